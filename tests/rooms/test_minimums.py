"""Terms: what a contract makes us take or pay, and the supply it brings."""

from __future__ import annotations

import pytest

from chipfolio.errors import InfeasibleError
from tests.conftest import states
from tests.rooms.by_hand import (
    COMMITTED,
    FREE,
    LOOSE,
    ONLY,
    TWO_OFFERS,
    book,
    bought,
    cost,
    demand,
    line,
    model_of,
    plan_of,
    quarters,
    row,
)

MINIMUM = """
    contract, seller, offer, signing, basis, window, {head}
    Frame, Nord, O, signed, {cells}
"""


def minimum(basis: str, window: str, amount: float, **columns: object) -> str:
    """A signed contract of O with a minimum."""
    columns = {"minimum": amount, **columns}
    cells = ", ".join(map(str, (basis, window, *columns.values())))
    return MINIMUM.format(head=", ".join(columns), cells=cells)


def test_a_hard_minimum_of_units_is_ordered_though_not_needed():
    contracts = minimum("units", "period", 7)
    assert cost(book(Demand=demand(4), Contracts=contracts)) == pytest.approx(700)


@pytest.mark.parametrize(("share", "total"), [(99, 400 + 297), (100, 700)])
def test_a_missing_unit_is_paid_at_its_share_of_the_list_price(share, total):
    contracts = minimum("units", "period", 7, shortfall_pct=f"{share}%")
    assert cost(book(Demand=demand(4), Contracts=contracts)) == pytest.approx(total)


def test_missing_units_cost_the_list_price_of_the_windows_last_period():
    # prices fall by half: 4 in 2027 and none after leave 6 of 10 missing, at 25 each in 2029: 150;
    # buying the six in 2029 would cost as much, so the share is 90 %: 135
    offers = """
        offer, chip, seller, acquisition, price, price_change_per_year
        O, C, Nord, buy, 100, -50%
    """
    contracts = minimum("units", "plan", 10, shortfall_pct="90%")
    plan = plan_of(book(3, Demand=demand(4, 4, 4), Offers=offers, Contracts=contracts))
    assert line(plan, "shortfall_payments") == {"2029": 135}


@pytest.mark.parametrize(("window", "due"), [("fiscal_year", {"2027Q4": 200}), ("plan", {})])
def test_take_or_pay_counts_what_falls_due_in_its_window(window, due):
    # 4 in 2027 fall due 400 of 600; 8 more in 2028 fall due 800 of 600. A year's surplus does not
    # make up for another's lack, in a window over the plan it does (1200 of 600)
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1 \n W, 4, 4, 4, 4, 12",
        "Contracts": minimum("spend", window, 600, shortfall_pct="100%"),
        "Vendors": "vendor, max_units \n Nord, 8",
        "Timeline": """
            sheet, item, column, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1
            Offers, O, max_order, 4, 0, 0, 0, 8
        """,
    }
    assert line(plan_of(quarters(5, **sheets)), "shortfall_payments") == due


def test_a_contracts_spend_is_what_falls_due_and_not_what_is_ordered():
    # ordered in 2027, 30 % then and 70 % on delivery in 2028: 120 and 280 of 200 a year
    sheets = {
        "Offers": """
            offer, chip, seller, acquisition, price, lead_time, pay_on_order_pct
            O, C, Nord, buy, 100, 1, 30%
        """,
        "Demand": demand(0, 4),
        "Contracts": minimum("spend", "period", 200, shortfall_pct="50%"),
    }
    assert line(plan_of(book(2, **sheets)), "shortfall_payments") == {"2027": 40}


def test_committed_orders_count_towards_a_minimum():
    sheets = {
        "Committed_orders": COMMITTED.format(2027),
        "Demand": demand(15),
        "Contracts": minimum("units", "period", 15),
    }
    assert cost(book(**sheets)) == pytest.approx(900)
    sheets["Contracts"] = minimum("spend", "period", 1000, shortfall_pct="50%")
    assert cost(book(**sheets)) == pytest.approx(950)


def test_a_minimum_over_a_year_that_began_before_the_plan_counts_what_was_paid_in_it():
    # 15 × 60 = 900 paid in 2026Q4 of a fiscal year from July on; 100 missing of 1000
    sheets = {
        "Committed_orders": COMMITTED.format("2026Q4"),
        "Demand": "workload, 2027Q1, 2027Q2 \n W, 15, 15",
        "Contracts": minimum("spend", "fiscal_year", 1000, shortfall_pct="50%"),
    }
    plan = plan_of(quarters(2, {"fiscal_year_start_month": 7}, **sheets))
    assert line(plan, "shortfall_payments") == {"2027Q2": 50}


def test_a_minimum_from_a_period_before_the_plan_leaves_out_what_was_committed_earlier():
    # the fiscal year began in 2026Q3, the contract in 2026Q4: the order of 2026Q3 does not count
    sheets = {
        "Committed_orders": """
            offer, order_period, units, site
            O, 2026Q3, 5, Hall
            O, 2026Q4, 6, Hall
        """,
        "Demand": "workload, 2027Q1, 2027Q2 \n W, 11, 11",
        "Contracts": """
            contract, seller, offer, signing, basis, window, minimum, from, shortfall_pct
            Frame, Nord, O, signed, units, fiscal_year, 10, {}, 50%
        """,
    }
    for first, missing in (("2026Q4", 4), ("", 0)):
        terms = {**sheets, "Contracts": sheets["Contracts"].format(first)}
        plan = plan_of(quarters(2, {"fiscal_year_start_month": 7}, **terms))
        assert line(plan, "shortfall_payments").get("2027Q2", 0) == pytest.approx(missing * 50)


@pytest.mark.parametrize(("penalty", "bought_units"), [(99, 4), (101, 7)])
def test_a_soft_minimum_is_missed_at_its_penalty(penalty, bought_units):
    contracts = minimum("units", "period", 7, penalty=penalty)
    plan = plan_of(book(Demand=demand(4), Contracts=contracts))
    assert bought(plan) == {("O", "2027"): bought_units}
    assert line(plan, "rule_penalties").get("2027", 0) == (3 * 99 if penalty == 99 else 0)


def test_a_shortfall_that_costs_nothing_binds_nothing():
    contracts = minimum("units", "period", 7, shortfall_pct="0%")
    assert cost(book(Demand=demand(4), Contracts=contracts)) == pytest.approx(400)


def test_very_large_money_stands_beside_single_units():
    # a minimum of 6.2 bn against units at 600: nothing is lost in scaling
    offers = "offer, chip, seller, acquisition, price \n O, C, Nord, buy, 600"
    contracts = minimum("spend", "period", 6_206_000_000, shortfall_pct="100%")
    plan = plan_of(book(Demand=demand(4), Offers=offers, Contracts=contracts))
    assert plan.objective == pytest.approx(6_206_000_000)


def test_extra_supply_is_pooled_over_the_offers_it_covers():
    # each of O and P has 5, the vendor 10, the contract brings 3 more for both together:
    # 13 units at 100, 2 are unmet at 500
    sheets = {
        **TWO_OFFERS,
        "Vendors": "vendor, max_units \n Nord, 10",
        "Offers": """
            offer, chip, seller, acquisition, price, max_order
            O, C, Nord, buy, 100, 5
            P, K, Nord, buy, 100, 5
        """,
        "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Nord, 10",
        "Workloads": FREE.format(500),
        "Demand": demand(15),
        "Contracts": """
            contract, seller, signing, signing_fee, basis, extra_supply
            More, Nord, {}, 200, spend, 3
        """,
    }
    expected = {"signed": 1300 + 1000, "optional": 1300 + 200 + 1000}
    for signing, total in expected.items():
        terms = {**sheets, "Contracts": sheets["Contracts"].format(signing)}
        assert cost(book(**terms)) == pytest.approx(total)
    dear = sheets["Contracts"].format("optional").replace("200", "1201")
    assert cost(book(**{**sheets, "Contracts": dear})) == pytest.approx(1000 + 2500)


def test_extra_supply_of_one_offer_does_not_serve_another():
    # the vendor sells 10 in all and 3 more of P alone
    sheets = {
        **TWO_OFFERS,
        "Vendors": "vendor, max_units \n Nord, 10",
        "Offers": """
            offer, chip, seller, acquisition, price, max_order
            O, C, Nord, buy, 100,
            P, K, Nord, buy, 400, 5
        """,
        "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Nord, 10",
        "Workloads": FREE.format(500),
        "Demand": demand(15),
        "Contracts": """
            contract, seller, offer, signing, basis, extra_supply
            More, Nord, P, signed, spend, 3
        """,
    }
    # ten of O, three of P, two unmet
    assert cost(book(**sheets)) == pytest.approx(1000 + 1200 + 1000)


# --------------------------------------------------------------------------- rows
@states("terms.a_contract_is_taken_or_paid")
def test_take_or_pay_is_level_and_shortfall_above_the_minimum_in_force():
    contracts = """
        contract, seller, offer, signing, basis, window, minimum, shortfall_pct
        Frame, Nord, O, optional, units, period, 40, 50%
    """
    whole = model_of(book(Demand=demand(4), Contracts=contracts, Offers=LOOSE))
    found = row(whole, "terms", "a_contract_is_taken_or_paid", ("Frame", "2027"))
    assert found == (
        0,
        {"amount[O,0,Hall]": 0.025, "shortfall[Frame,2027]": 0.025, "signs_by[Frame,0]": -1},
        None,
    )


def test_a_minimum_beyond_what_is_on_offer_has_no_plan():
    sheets = {
        "Contracts": minimum("spend", "period", 2000),
        "Offers": ONLY.format(10),
        "Demand": demand(4),
    }
    with pytest.raises(InfeasibleError):
        plan_of(book(**sheets))


def test_a_hard_minimum_binds_the_periods_by_whose_end_it_is_signed():
    # 5 units in each of 2028 and 2029 at 100; in 2027 the contract is not signed, nothing is sold
    offers = "offer, chip, seller, acquisition, price, first_order \n O, C, Nord, buy, 100, 2028"
    contracts = minimum("units", "period", 5, signed_in=2028)
    plan = plan_of(book(3, Offers=offers, Contracts=contracts, Demand=demand(0, 0, 0)))
    assert bought(plan) == {("O", "2028"): 5, ("O", "2029"): 5}
    assert plan.objective == pytest.approx(1000)
