"""Shares that no decision can change: the model and the audit, each for itself, say which."""

from __future__ import annotations

import pytest

from tests.conftest import book, impossible, seen, solved
from tests.workbook.plans import failing

OFFERS = """
    offer, chip, seller, acquisition, price, lot_size, min_order, last_order, {}
    O, C, Nord, buy, 10, 1, , , {}
    Z, C, Nord, buy, 10, 1, , 2026,
    P, K, Sud, buy, 10, 1, , 2026,
"""
"""What can still be ordered is O alone."""
HELD = {
    "Vendors": "vendor\nNord\nSud",
    "Chips": "chip, vendor, life_years\nC, Nord, 10\nK, Sud, 10",
    "Offers": OFFERS.format("max_order", ""),
    "Committed_orders": "offer, order_period, units, site\nZ, 2027, 8, Hall\nP, 2027, 2, Hall",
    "Share_rules": """
        rule, dimension, member, basis, window, to, max_pct
        Half, vendor, Nord, order_units, fiscal_year, 2027, 50%
    """,
}
"""Nord has 8 of the 10 units of 2027: more of O would only make it more, so that a rule of at most
half cannot be kept; where no unit of O can be ordered in 2027, the rule is not applied."""
NONE = {"Offers": OFFERS.format("max_order", "0")}
CONTRACT = "contract, seller, offer, signing, signed_in, first_signing, extra_supply, active\n"


@pytest.mark.parametrize(
    "sheets",
    [
        {
            "Offers": OFFERS.format("total_limit", "100"),
            "So_far": "sheet, item, measure, amount\nOffers, O, ordered, 100",
        },
        {
            "Offers": OFFERS.format("programme", "Own"),
            "Programmes": "programme, abandoned\nOwn, yes",
            "Programme_stages": "programme, stage, duration, cost\nOwn, 1, 1, 0",
            "Committed_orders": HELD["Committed_orders"].replace("2027", "2028"),
            "Share_rules": HELD["Share_rules"].replace("2027", "2028"),
        },
        {**NONE, "Contracts": CONTRACT + "More, Nord, O, signed, , , 5, no"},
        {**NONE, "Contracts": CONTRACT + "More, Nord, O, signed, 2028, , 5, yes"},
        {**NONE, "Contracts": CONTRACT + "More, Nord, O, optional, , 2028, 5, yes"},
        # extra supply of an offer that is not open lifts its vendor's limit for no other
        {
            "Vendors": "vendor, max_units\nNord, 8\nSud,",
            "Contracts": CONTRACT + "More, Nord, Z, signed, , , 5, yes",
        },
        {
            "Vendors": "vendor, max_units\nNord, 8\nSud,\nEst,",
            "Contracts": CONTRACT + "More, Est, , signed, , , 5, yes",
        },
        {"Offers": OFFERS.format("max_in_service", "0")},
        {
            "Offers": OFFERS.format("max_in_service", "8"),
            "Committed_orders": HELD["Committed_orders"].replace("Z", "O"),
        },
        {"Offers": OFFERS.replace("10, 1, , ,", "10, 10, , ,").format("max_in_service", "5")},
        # 85 a year, 80 of it spent on what is committed: 5 is less than the 10 of a unit
        {"Vendors": "vendor, max_spend_per_fiscal_year\nNord, 85\nSud,"},
        {
            "Offers": OFFERS.replace("10, 1, , ,", "10, 1, 15, ,").format("total_limit", "20"),
            "So_far": "sheet, item, measure, amount\nOffers, O, ordered, 10",
        },
    ],
    ids=[
        "all of it ordered before",
        "its programme was given up",
        "extra supply of an inactive contract",
        "extra supply of a contract signed later",
        "extra supply of a contract to be signed later",
        "extra supply of an offer that is closed",
        "extra supply of a seller without offers",
        "a quota of nothing",
        "a quota in use",
        "a quota of less than a lot",
        "a vendor that has sold what it may",
        "less left than a least order",
    ],
)
def test_a_share_is_not_applied_where_nothing_can_be_ordered(sheets):
    plan = solved(book(**{**HELD, **sheets}))
    assert (0.8, "not applied") in seen(plan, "Rules", "level", "state")
    assert not failing(plan)


@pytest.mark.parametrize(
    ("vendors", "cell"),
    [
        ("vendor, country\nNord,\nSud,", "0"),
        ("vendor, max_spend_per_fiscal_year\nNord,\nSud, 0", ""),
    ],
)
@pytest.mark.parametrize("basis", ["order_spend", "units_in_service", "power", "served"])
def test_what_cannot_be_ordered_changes_no_share_of_any_basis(vendors, cell, basis):
    # K would do the work too, but none of it can be had: all of every basis is Nord's
    plan = solved(
        book(
            Vendors=vendors,
            Chips="chip, vendor, life_years, power_kw\nC, Nord, 10, 1\nK, Sud, 10, 1",
            Performance="chip, workload, throughput\nC, W, 1\nK, W, 1",
            Offers=f"""offer, chip, seller, acquisition, price, max_in_service
                O, C, Nord, buy, 10,
                P, K, Sud, buy, 10, {cell}""",
            Demand="workload, 2027, 2028, 2029\nW, 5, 5, 5",
            Share_rules=f"""rule, dimension, member, basis, window, max_pct
                Half, vendor, Nord, {basis}, plan, 50%""",
        )
    )
    assert plan.objective == pytest.approx(50)
    assert seen(plan, "Rules", "level", "state") == [(1, "not applied")]
    assert not failing(plan)


@pytest.mark.parametrize("left", [1, 10])
def test_a_share_that_one_unit_can_change_is_applied(left):
    # Nord may have half of what is ordered: with 5 of its own for the work, 5 of K beside them
    # where so many may be in service; one alone is not enough, and the rule is broken
    made = book(
        Chips="chip, vendor, life_years\nC, Nord, 10\nK, Sud, 10",
        Offers=f"""offer, chip, seller, acquisition, price, max_in_service
            O, C, Nord, buy, 10,
            P, K, Sud, buy, 10, {left}""",
        Demand="workload, 2027, 2028, 2029\nW, 5, 5, 5",
        Share_rules="""rule, dimension, member, basis, window, max_pct
            Half, vendor, Nord, order_units, plan, 50%""",
    )
    if left == 1:
        assert impossible(made)
    else:
        assert solved(made).objective == pytest.approx(100)
