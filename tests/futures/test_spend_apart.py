"""What depends on money spent, where an order of the common past is delivered late in one future.

Such an order pays less up to the plan's end there, so that each scenario has its own amount.
"""

from __future__ import annotations

import pytest

import chipfolio
from tests.conftest import book, seen, solved
from tests.futures.books import costs
from tests.workbook.plans import failing

TREE = """
    scenario, probability, branches_from, branch_period
    Base, 50%, ,
    Late, 50%, Base, {}
"""
LATER = "scenario, sheet, item, column, from, to, operation, value\nLate, Offers, O, lead_time, {}"
RULE = "rule, quantity, dimension, member, from, to, coefficient, sense, limit\n"


def plan_of(branch: int, late: str, **sheets: object) -> chipfolio.Plan:
    """The plan of a tree that parts in a year, with what is late; its workbook says the same."""
    tree = {"Scenarios": TREE.format(branch), "Scenario_changes": LATER.format(late)}
    plan = solved(book(**sheets, **tree))
    assert not failing(plan)
    return plan


def test_a_soft_share_of_spend_is_missed_in_each_future_by_its_own_spend():
    # ten units of O are rented at 12 a year for two years: 240 beside 100 of P, 70 above the half;
    # late they serve one year: 120 beside 100, 10 above it; each costs a tenth
    plan = plan_of(
        2028,
        ", , add, 1",
        Chips="chip, vendor, life_years\nC, Nord, 10\nK, Sud, 10",
        Offers="""offer, chip, seller, acquisition, price, term_months, lead_time
            O, C, Nord, lease, 1, 36, 1
            P, K, Sud, buy, 100, , 0""",
        Performance="chip, workload, throughput\nC, W, 1\nK, V, 1",
        Workloads="workload, unmet_penalty\nW, 1000\nV,",
        Demand="workload, 2027, 2028, 2029\nW, 0, 0, 10\nV, 1, 1, 1",
        Share_rules="""rule, dimension, member, basis, window, to, max_pct, penalty
            Half, vendor, Nord, order_spend, period, 2027, 50%, 0.1""",
        Custom_rules=RULE
        + """First, order_units, offer, O, 2027, 2027, 1, =, 10
            Then, order_units, offer, O, 2028, 2029, 1, =, 0""",
    )
    assert seen(plan, "Rules", "scenario", "violation", rule="Half: Nord") == [
        ("Base", 70),
        ("Late", 10),
    ]
    assert costs(plan) == pytest.approx({"Base": 240 + 100 + 7, "Late": 120 + 100 + 1})


def test_a_price_break_by_spend_is_reached_in_each_future_by_its_own_spend():
    # ten units rented in 2027 at 12 a year come to 360, late to 240: only 360 makes those of 2028
    # half as dear. They serve two years. Late, the work of 2029 stays undone.
    plan = plan_of(
        2029,
        "2027, 2027, add, 1",
        periods=5,
        Offers="""offer, chip, seller, acquisition, price, term_months, lead_time
            O, C, Nord, lease, 1, 60, 2""",
        Demand="workload, 2027, 2028, 2029, 2030, 2031\nW, 0, 0, 10, 20, 20",
        Workloads="workload, unmet_penalty\nW, 1000",
        Custom_rules=RULE + "First, order_units, , , 2027, 2027, 1, =, 10",
        Discounts="""discount, seller, offer, basis, window, kind, threshold, discount_pct
            Break, Nord, O, spend, plan, cumulative, 300, 50%""",
    )
    assert seen(plan, "Orders", "scenario", "unit_price", order_period="2028") == [
        ("Base", 0.5),
        ("Late", 1),
    ]
    assert costs(plan) == pytest.approx({"Base": 360 + 120, "Late": 240 + 240 + 10 * 1000})


def test_what_prices_of_the_common_past_decide_is_each_futures_own():
    # Ten of O are paid with 1000 in 2029, late not within the plan: only then ten of P cost 50 each
    # in 2028, else 100. The contract lacks 300 of 800 at half that price, late nothing;
    # ten units bring a tenth of what they cost back.
    plan = plan_of(
        2029,
        ", , add, 2",
        periods=4,
        Offers="""offer, chip, seller, acquisition, price, lead_time
            O, C, Nord, buy, 100, 2
            P, C, Nord, buy, 100, 0""",
        Demand="workload, 2027, 2028, 2029, 2030\nW, 0, 0, 0, 0",
        Custom_rules=RULE
        + """First, order_units, offer, O, 2027, 2027, 1, =, 10
            Second, order_units, offer, P, 2028, 2028, 1, =, 10""",
        Discounts="""discount, seller, offer, basis, window, kind, threshold, discount_pct
            Break, Nord, , spend, plan, cumulative, 1000, 50%
            Tier, Nord, P, units, period, all_units, 10, 10%""",
        Contracts="""contract, seller, offer, signing, basis, window, from, to, minimum, shortfall_pct
            Least, Nord, P, signed, spend, period, 2028, 2028, 800, 50%""",
    )
    assert costs(plan) == pytest.approx({"Base": 1000 + 500 + 0.5 * 300 - 50, "Late": 1000 - 100})
