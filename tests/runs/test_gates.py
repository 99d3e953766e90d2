"""Each gate's measure, reckoned by hand on small tables."""

from __future__ import annotations

import math

import pytest

import chipfolio
from chipfolio.errors import WorkbookError
from chipfolio.runs.gates import Published, judge
from tests.conftest import book, solved

HEAD = "gate, measure, item, limit, owner, active\n"


def gated(measure: str, limit: str, item: str = "", **sheets: object):
    """A book of 2027 to 2029 at 10 % a year with one gate."""
    rows = f"{HEAD}G, {measure}, {item}, {limit}, , yes"
    return chipfolio.read(book(discount_rate=0.1, Gates=rows, **sheets))


def standing(cash=(), orders=(), chances=None, change=0.0, first=2027, count=3) -> Published:
    basis = {
        "first_month": first * 12,
        "months": 12,
        "count": count,
        "probabilities": chances or {"": 1.0},
    }
    return Published(7, {"Cash": list(cash), "Orders": list(orders)}, basis, lambda: change)


def cash(line: str, period: int, amount: float, discounted: float = 0.0, scenario: str = ""):
    return {
        "scenario": scenario,
        "line": line,
        "period": str(period),
        "amount": amount,
        "discounted": discounted,
    }


def order(offer: str, period: int, units: float, price: float = 10.0, scenario: str = ""):
    return {
        "scenario": scenario,
        "offer": offer,
        "order_period": str(period),
        "units": units,
        "list_price": price,
    }


EMPTY = {"Cash": [], "Orders": [], "Service": [], "Rules": []}


def only(tables, found=None, gap=0.0, published=None):
    (verdict,) = judge(tables, {**EMPTY, **(found or {})}, gap, published)
    return verdict


def test_the_cost_is_compared_from_the_present_first_period_on_at_its_factors():
    # Published for 2026–2028: 2026 is over; 110 in 2027 and 121 in 2028, cash at the start, so
    # 110 + 121 / 1.1 = 220; its terminal value of 24.2 falls due at the end of 2028, two years on:
    # 24.2 / 1.21 = 20. Together 200; the new plan costs 230: 15 % more.
    tables = gated("cost_change_pct", "14%")
    before = standing(
        [cash("energy", 2026, 999), cash("energy", 2027, 110), cash("energy", 2028, 121),
         cash("terminal_value", 2028, -24.2)],
        first=2026,
    )  # fmt: skip
    verdict = only(tables, {"Cash": [cash("energy", 2027, 230, 230)]}, published=before)
    assert verdict.value == pytest.approx(0.15)
    assert verdict.holds
    assert not only(
        gated("cost_change_pct", "15%"),
        {"Cash": [cash("energy", 2027, 230, 230)]},
        published=before,
    ).holds


TREE = {
    "Scenarios": "scenario, probability, branches_from, branch_period\nup, 0.25, ,\ndown, 0.75, up, 2028"
}


def test_trees_are_compared_by_expected_values():
    # 0.25 · 40 + 0.75 · 80 = 70 stand; 0.25 · 100 + 0.75 · 60 = 70 are found
    tables = gated("cost_change_pct", "0%", **TREE)
    before = standing(
        [cash("energy", 2027, 40, scenario="up"), cash("energy", 2027, 80, scenario="down")],
        chances={"up": 0.25, "down": 0.75},
    )
    found = [cash("energy", 2027, 0, 100, "up"), cash("energy", 2027, 0, 60, "down")]
    verdict = only(tables, {"Cash": found}, published=before)
    assert (verdict.value, verdict.holds) == (0.0, False)


def test_orders_of_the_first_period_are_compared_by_list_value():
    # list prices now: O 10 to buy; R 2 a month for 24 months, 48. Published: 8 O, 1 R, and 4 of
    # what is offered no more, at 5: 80 + 48 + 20 = 148. Found: 6 O, 2 R: 20 + 48 + 20 = 88 moved.
    offers = (
        "offer, chip, seller, acquisition, price, term_months\n"
        "O, C, Nord, buy, 10,\nR, C, Nord, cloud, 2, 24"
    )
    tables = gated("next_orders_change_pct", "50%", Offers=offers)
    before = standing(
        orders=[
            order("O", 2027, 8),
            order("R", 2027, 1),
            order("Gone", 2027, 4, 5),
            order("O", 2028, 99),
        ]
    )
    found = [order("O", 2027, 4), order("O", 2027, 2), order("R", 2027, 2), order("O", 2028, 1)]
    verdict = only(tables, {"Orders": found}, published=before)
    assert verdict.value == pytest.approx(88 / 148)
    assert verdict.holds
    nothing = only(tables, {"Orders": found}, published=standing())
    assert nothing.value == math.inf
    assert "is without limit, above 50 %" in nothing.sentence


def test_a_rental_that_outlasts_the_plan_counts_to_its_end():
    # arriving in 2028, 24 of its 60 months fall into the plan: 48 a unit
    offers = "offer, chip, seller, acquisition, price, term_months, lead_time\nR, C, Nord, cloud, 2, 60, 1"
    tables = gated("next_orders_change_pct", "50%", Offers=offers + "\nO, C, Nord, buy, 10, ,")
    before = standing(orders=[order("R", 2027, 1), order("O", 2027, 1)])
    verdict = only(tables, {"Orders": [order("R", 2027, 1)]}, published=before)
    assert verdict.value == pytest.approx(10 / 58)


def test_the_gap_that_is_not_known_is_without_limit():
    assert only(gated("gap_pct", "1%"), gap=0.01).holds is False
    assert only(gated("gap_pct", "1%"), gap=0.02).holds
    assert only(gated("gap_pct", "1%"), gap=None).holds


def service(workload: str, demand: float, unmet: float, scenario: str = ""):
    return {"scenario": scenario, "workload": workload, "demand": demand, "unmet": unmet}


def test_unmet_work_is_a_share_of_demand_over_the_plan():
    # W: 10 of 100; V: 3 of 10
    rows = [service("W", 40, 0), service("W", 60, 10), service("V", 10, 3)]
    works = {
        "Workloads": "workload\nW\nV",
        "Demand": "workload, 2027, 2028, 2029\nW, 0, 0, 0\nV, 0, 0, 0",
    }
    works["Performance"] = "chip, workload, throughput\nC, W, 1\nC, V, 1"
    any_work = only(gated("unmet_pct", "20%", **works), {"Service": rows})
    assert (any_work.value, any_work.holds) == (pytest.approx(0.3), True)
    one = only(gated("unmet_pct", "20%", "w", **works), {"Service": rows})
    assert (one.value, one.holds) == (pytest.approx(0.1), False)


def test_a_rule_is_held_where_its_least_slack_is_below():
    rule = "rule, dimension, member, basis, max_pct\nSecond source, vendor, each, order_spend, 70%"
    rows = [
        {"scenario": "", "sheet": "Share rules", "rule": f"Second source: {vendor}", "window": w,
         "sense": "<=", "limit": 0.7, "slack": slack, "state": "kept"}
        for vendor, w, slack in (("Nord", "2027", 0.35), ("Nord", "2028", 0.07), ("Sud", "2027", 0.5))
    ]  # fmt: skip
    other = {**rows[0], "rule": "Second sourcery", "slack": 0.0}
    tables = gated("rule_slack_pct", "11%", "second source", Share_rules=rule)
    verdict = only(tables, {"Rules": [*rows, other]})
    assert verdict.value == pytest.approx(0.1)
    assert verdict.sentence == (
        "gate 'G' holds the plan back: rule_slack_pct of Second source is 10 %, below 11 %"
    )
    assert not only(
        gated("rule_slack_pct", "10%", "Second source", Share_rules=rule), {"Rules": rows}
    ).holds


def test_a_rule_has_no_slack_where_nothing_is_shared_or_it_is_not_in_force():
    # 5 chips a year from 2028 on, all Nord's: in 2027 nothing is ordered. A limit of 80 % leaves
    # no room in 2028, the other rule, at 90 %, waits for a contract that is not signed.
    head = "rule, dimension, member, basis, max_pct, applies_if, penalty\n"
    sheets = {
        "Share_rules": f"{head}Half, vendor, Nord, order_spend, 80%, , 1\n"
        "Later, vendor, Nord, order_spend, 90%, K, 1",
        "Contracts": "contract, seller, signing, signing_fee\nK, Nord, optional, 100",
        "Demand": "workload, 2027, 2028, 2029\nW, 0, 5, 5",
    }
    for rule, slack in (("Half", -0.25), ("Later", math.inf)):
        plan = solved(book(**sheets, Gates=f"{HEAD}G, rule_slack_pct, {rule}, 0%, , yes"))
        (verdict,) = judge(plan.inputs, plan.tables, plan.gap, None)
        assert verdict.value == pytest.approx(slack)
        assert verdict.holds == (slack < 0)


def test_inputs_are_compared_with_the_published_runs():
    assert only(gated("input_change_pct", "5%"), published=standing(change=0.2)).holds
    assert not only(gated("input_change_pct", "5%"), published=standing(change=0.05)).holds


@pytest.mark.parametrize(
    "measure", ["cost_change_pct", "next_orders_change_pct", "input_change_pct"]
)
def test_without_a_plan_published_earlier_nothing_is_compared_and_that_is_told(measure):
    verdict = only(gated(measure, "0%"))
    assert (verdict.value, verdict.holds) == (None, False)
    assert "passes: no earlier plan stands published" in verdict.sentence


def test_a_gate_that_is_off_says_nothing():
    rows = f"{HEAD}G, gap_pct, , 0%, , no"
    assert judge(chipfolio.read(book(Gates=rows)), EMPTY, None, None) == []


@pytest.mark.parametrize(
    ("measure", "item", "need"),
    [
        ("rule_slack_pct", "", "is blank: name the rule whose slack is meant"),
        ("rule_slack_pct", "Nobody", "is not on sheet Share rules or Supplier counts"),
        ("unmet_pct", "X", "is not on sheet Workloads"),
        ("gap_pct", "W", "must be blank: gap_pct is about the whole plan"),
    ],
)
def test_a_gate_measures_what_there_is(measure, item, need):
    with pytest.raises(WorkbookError, match=need):
        gated(measure, "5%", item)
