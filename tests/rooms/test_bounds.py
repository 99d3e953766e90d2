"""Bounds: where a book sets no limit, none is set that a good plan would have to break."""

from __future__ import annotations

import pytest

from chipfolio.errors import InfeasibleError
from chipfolio.formulation import bounds
from tests.rooms.by_hand import book, bought, cost, plan_of

THREE = {
    "Vendors": "vendor, country \n Nord, NO \n Sud, FR \n Est, PL",
    "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Sud, 10 \n E, Est, 10",
    "Offers": """
        offer, chip, seller, acquisition, price
        O, C, Nord, buy, 100
        P, K, Sud, buy, {}
        Q, E, Est, buy, 100
    """,
    "Performance": "chip, workload, throughput \n C, W, 1 \n K, X, 1 \n E, X, 1",
    "Workloads": "workload \n W \n X",
    "Demand": "workload, 2027 \n W, 10 \n X, 1",
}
"""Ten units of O do the work W, at 1,000; one of P or of Q does the work X."""


def three(price: float, **sheets: str):  # noqa: ANN201
    """The book of three vendors, with the price of P."""
    return book(1, **{**THREE, "Offers": THREE["Offers"].format(price), **sheets})


@pytest.mark.parametrize(
    ("price", "share", "units"), [(84, "40%", 8), (10, "10%", 12), (1, "1%", 11), (1, "40%", 667)]
)
def test_a_second_supplier_counts_by_orders_that_no_work_asks_for(price, share, units):
    # P must come to its share of 1,000 + P: 666.7 at 40 %, 111.1 at 10 %, 10.1 at 1 %
    counts = f"rule, dimension, min_count, active_if_pct \n R, vendor, 2, {share}"
    plan = plan_of(three(price, Supplier_counts=counts))
    assert bought(plan) == {("O", "2027"): 10, ("P", "2027"): units}


def test_three_suppliers_count_by_orders_that_no_work_asks_for():
    # 30 % each beside 1,000: two times 750 of 2,500, in lots of 100 two times 800 of 2,600
    counts = "rule, dimension, min_count, active_if_pct \n R, vendor, 3, 30%"
    assert cost(three(100, Supplier_counts=counts)) == pytest.approx(2600)


def test_two_least_shares_beside_a_third_vendor_are_ordered_whatever_the_work():
    # 40 % each beside 1,000: two times 2,000 of 5,000
    shares = """
        rule, dimension, member, basis, min_pct
        Two, vendor, Sud, order_spend, 40%
        Three, vendor, Est, order_spend, 40%
    """
    assert cost(three(100, Share_rules=shares)) == pytest.approx(5000)


@pytest.mark.parametrize(("quantity", "units"), [("order_spend", 40), ("order_units", 20)])
def test_a_rule_of_two_rows_asks_for_orders_that_no_work_asks_for(quantity, units):
    # of P twice what there is of O: 2,000 at 50, or twice ten units
    rule = f"""
        rule, quantity, dimension, member, coefficient, sense, limit
        R, {quantity}, offer, P, 1, >=, 0
        R, {quantity}, offer, O, -2, >=, 0
    """
    plan = plan_of(three(50, Custom_rules=rule))
    assert bought(plan) == {("O", "2027"): 10, ("P", "2027"): units}


CHAIN = {
    "Custom_rules": """
        rule, quantity, dimension, member, coefficient, sense, limit
        R, order_units, offer, P, 1, >=, 0
        R, order_units, offer, O, -2, >=, 0
    """,
    "Share_rules": """
        rule, dimension, member, basis, min_pct
        S, vendor, Est, order_units, 90%
    """,
}
"""Of P twice what there is of O, and of Est nine times what there is of both: a rule of a rule."""


def test_rules_that_feed_each_other_are_met_whatever_the_bounds_of_ours():
    # ten of O at 100, twenty of P at 1, nine times thirty of Q at 100
    assert cost(three(1, **CHAIN)) == pytest.approx(1000 + 20 + 27_000)


def test_a_contradiction_of_such_rules_is_found_with_wider_bounds_too():
    rows = CHAIN["Custom_rules"] + "L, order_units, offer, Q, 1, <=, 269\n"
    with pytest.raises(InfeasibleError) as caught:
        plan_of(three(1, **{**CHAIN, "Custom_rules": rows}))
    assert {"L", "R", "S", "W"} == {one["name"] for one in caught.value.conflicts}


@pytest.mark.parametrize("units", [0.5, 3.0, 9.0])
def test_a_bound_that_is_too_small_costs_time_but_not_the_plan(monkeypatch, units):
    # ten of O at 100 and one of P at 84 are the plan, whatever we thought enough
    monkeypatch.setattr(bounds, "enough", lambda *_: units)
    plan = plan_of(three(84))
    assert bought(plan) == {("O", "2027"): 10, ("P", "2027"): 1}


# ------------------------------------------------------------------ the plan before
@pytest.mark.parametrize("units", [2, 3, 4, 50])
def test_frozen_orders_may_be_more_than_the_work_could_ask_for(units):
    # one unit does all the work; what the previous plan orders is ordered all the same, at 100
    sheets = {
        "Previous_plan": f"offer, order_period, units \n O, 2027, {units}",
        "Demand": "workload, 2027 \n W, 1",
    }
    plan = plan_of(book(1, {"frozen_periods": 1}, **sheets))
    assert plan.objective == pytest.approx(100 * units)


def test_orders_that_are_dear_to_change_stay_however_many():
    # at 250 % of its list value a unit less costs 250, which a unit of 100 more does not
    sheets = {
        "Previous_plan": "offer, order_period, units \n O, 2027, 50",
        "Demand": "workload, 2027 \n W, 1",
    }
    plan = plan_of(book(1, {"change_cost_pct": 2.5}, **sheets))
    assert bought(plan) == {("O", "2027"): 50}
    assert plan.objective == pytest.approx(5000)
