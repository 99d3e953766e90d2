"""Shares that no decision can change: the model and the audit, each for itself, say which."""

from __future__ import annotations

import pytest

from tests.conftest import book, seen, solved
from tests.workbook.plans import failing

OFFERS = """
    offer, chip, seller, acquisition, price, last_order, {}
    O, C, Nord, buy, 10, , {}
    Z, C, Nord, buy, 10, 2026,
    P, K, Sud, buy, 10, 2026,
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
    ],
    ids=[
        "all of it ordered before",
        "its programme was given up",
        "extra supply of an inactive contract",
        "extra supply of a contract signed later",
        "extra supply of a contract to be signed later",
        "extra supply of an offer that is closed",
        "extra supply of a seller without offers",
    ],
)
def test_a_share_is_not_applied_where_nothing_can_be_ordered(sheets):
    plan = solved(book(**{**HELD, **sheets}))
    assert (0.8, "not applied") in seen(plan, "Rules", "level", "state")
    assert not failing(plan)
