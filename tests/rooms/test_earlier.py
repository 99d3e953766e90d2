"""What fell before the plan into a window that the plan cuts, told by the sheet So far."""

from __future__ import annotations

import pytest

from chipfolio.errors import InfeasibleError
from tests.rooms.by_hand import (
    FREE,
    LOOSE,
    TWO_OFFERS,
    bought,
    cost,
    line,
    quarters,
)
from tests.rooms.by_hand import plan_of as solved
from tests.workbook.plans import failing

HEAD = "sheet, item, member, workload, measure, amount\n"
LAST = {"fiscal_year_start_month": 7}
"""The plan begins in 2027Q1, the third quarter of its fiscal year FY2027."""
WORK = "workload, 2027Q1, 2027Q2 \n W, {}, {}"


def two(first: float, second: float, told: str = "", **sheets: str) -> dict:
    """Two quarters, the last of a fiscal year, with rows of So far."""
    if told:
        sheets["So_far"] = HEAD + told
    return quarters(2, LAST, Demand=WORK.format(first, second), **sheets)


def plan_of(sheets: dict) -> object:
    """The plan of a book; its workbook, formulas and all, says the same."""
    plan = solved(sheets)
    assert not failing(plan)
    return plan


# --------------------------------------------------------------------------- offers, vendors
def test_units_ordered_so_far_use_up_the_total_limit():
    # 12 over all time, 7 of them ordered: 5 are left at 100, the rest of 8 stays unmet at 400
    offers = "offer, chip, seller, acquisition, price, total_limit \n O, C, Nord, buy, 100, 12"
    sheets = {"Offers": offers, "Workloads": FREE.format(400)}
    plan = plan_of(two(8, 0, "Offers, O, , , ordered, 7", **sheets))
    assert bought(plan) == {("O", "2027Q1"): 5}
    assert plan.objective == pytest.approx(5 * 100 + 3 * 400)


@pytest.mark.parametrize(("paid", "setup"), [(1, 0), (0, 30)])
def test_a_setup_paid_before_is_not_paid_again(paid, setup):
    offers = "offer, chip, seller, acquisition, price, setup_cost \n O, C, Nord, buy, 100, 30"
    plan = plan_of(two(2, 2, f"Offers, O, , , set_up, {paid}", Offers=offers))
    assert plan.objective == pytest.approx(2 * 100 + setup)


def test_spend_of_the_year_so_far_uses_up_what_a_vendor_sells():
    # 1,000 a year, 650 spent since July: 3 units at 100
    vendors = "vendor, max_spend_per_fiscal_year \n Nord, 1000 \n Sud,"
    sheets = {"Vendors": vendors, "Workloads": FREE.format(400)}
    plan = plan_of(two(9, 9, "Vendors, Nord, , , spend, 650", **sheets))
    assert sum(bought(plan).values()) == 3


def test_a_row_stands_for_orders_before_the_plan():
    # the committed order of 15 at 60 in 2026Q4 counts 900 of 1,000; the row says nothing counts
    vendors = "vendor, max_spend_per_fiscal_year \n Nord, 1000 \n Sud,"
    committed = "offer, order_period, units, site, unit_price \n O, 2026Q4, 15, Hall, 60"
    sheets = {"Vendors": vendors, "Workloads": FREE.format(400), "Committed_orders": committed}
    assert sum(bought(plan_of(two(20, 20, **sheets))).values()) == 1
    told = two(20, 20, "Vendors, Nord, , , spend, 0", **sheets)
    assert sum(bought(plan_of(told)).values()) == 5


# --------------------------------------------------------------------------- discounts
TIERS = """
    discount, seller, offer, basis, window, kind, threshold, discount_pct
    Volume, Nord, O, {basis}, fiscal_year, {kind}, {first}, 10%
    Volume, Nord, O, {basis}, fiscal_year, {kind}, {second}, 20%
"""


@pytest.mark.parametrize("basis", ["units", "spend"])
def test_a_rebate_is_due_for_the_whole_window(basis):
    # 30 units for 3,000 before the plan, 20 now: 50 reach 20 % of 5,000
    each = 1 if basis == "units" else 100
    tiers = TIERS.format(basis=basis, kind="all_units", first=20 * each, second=50 * each)
    told = f"Discounts, Volume, , , counted, {30 * each}"
    if basis == "units":
        told += "\nDiscounts, Volume, , , spend, 3000"
    plan = plan_of(two(20, 20, told, Discounts=tiers))
    assert line(plan, "discounts") == {"2027Q2": -1000}


def test_a_rebate_is_due_where_no_order_can_change_it_less_what_was_credited():
    # 30 units reach the first tier; nothing is ordered: 300 less the 120 that were credited
    tiers = TIERS.format(basis="units", kind="all_units", first=20, second=50)
    told = "Discounts, Volume, , , counted, 30\nDiscounts, Volume, , , spend, 3000\n"
    told += "Discounts, Volume, , , credited, 120"
    plan = plan_of(two(0, 0, told, Discounts=tiers))
    assert plan.objective == pytest.approx(-180)


def test_incremental_units_are_valued_at_the_list_price_of_their_windows_start():
    # 15 before at a list price of 90; 10 now: 5 above 20 at 10 % of 90
    tiers = TIERS.format(basis="units", kind="incremental", first=20, second=50)
    told = "Discounts, Volume, , , counted, 15\nDiscounts, Volume, , , list_price, 90"
    plan = plan_of(two(10, 10, told, Discounts=tiers))
    assert plan.objective == pytest.approx(1000 - 0.1 * 90 * 5)


def test_a_rebate_takes_from_the_end_value_by_the_best_unit_of_its_window():
    # 30 units before: 300 back. A unit of that window may still be worth 80 % of its price, more
    # than the 0.9^0.5 … of a fresh unit at 1 - 0.51 a year: 300 - 0.8 × 300 = 60 are gained
    chips = "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 51%"
    tiers = TIERS.format(basis="units", kind="all_units", first=20, second=50)
    told = "Discounts, Volume, , , counted, 30\nDiscounts, Volume, , , spend, 3000\n"
    told += "Discounts, Volume, , , worth, 80%"
    made = quarters(
        2,
        {**LAST, "terminal_value": "yes"},
        Demand=WORK.format(0, 0),
        Chips=chips,
        Discounts=tiers,
        So_far=HEAD + told,
        Offers="offer, chip, seller, acquisition, price, last_order \nO, C, Nord, buy, 100, 2027Q1",
    )
    # fresh units of 2027Q1 keep 0.49^0.5 = 70 % at the end of 2027Q2
    assert cost(made) == pytest.approx(-300 + 0.8 * 300)


@pytest.mark.parametrize(
    ("basis", "kind", "more", "due"),
    [
        ("spend", "all_units", "", 0.1 * 100),
        ("spend", "incremental", "Discounts, D, , , credited, 4", 0.1 * 50 - 4),
        ("units", "all_units", "Discounts, D, , , spend, 300", 0.1 * 300),
        ("units", "incremental", "Discounts, D, , , list_price, 3", 0.1 * 50 * 3),
    ],
)
def test_a_rebate_is_due_though_nothing_is_on_offer_any_more(basis, kind, more, due):
    # 100 counted so far reach the threshold of 50; Sud sells nothing now
    tiers = "discount, seller, basis, window, kind, threshold, discount_pct\n"
    tiers += f"D, Sud, {basis}, fiscal_year, {kind}, 50, 10%"
    plan = plan_of(two(0, 0, f"Discounts, D, , , counted, 100\n{more}", Discounts=tiers))
    assert line(plan, "discounts") == {"2027Q2": pytest.approx(-due)}


def test_what_was_credited_too_much_is_paid_back_though_nothing_counts():
    tiers = "discount, seller, basis, window, kind, threshold, discount_pct\n"
    tiers += "D, Sud, spend, fiscal_year, all_units, 0, 10%"
    plan = plan_of(two(0, 0, "Discounts, D, , , counted, 0\nDiscounts, D, , , credited, 4",
                       Discounts=tiers))  # fmt: skip
    assert line(plan, "discounts") == {"2027Q2": pytest.approx(4)}


def test_a_unit_has_its_list_price_where_a_scheme_names_no_offer():
    # O is all that Nord sells: 5 of 10 units at 100 lie above the threshold, 10 % of them is back
    tiers = "discount, seller, basis, window, kind, threshold, discount_pct\n"
    tiers += "D, Nord, units, fiscal_year, incremental, 5, 10%"
    assert plan_of(two(10, 0, Discounts=tiers)).objective == pytest.approx(1000 - 0.1 * 5 * 100)


def test_a_price_break_goes_on_where_it_stood():
    # 45 units before: 5 more at 90 % of 100, and from 50 on at 80 %
    breaks = """
        discount, seller, offer, basis, window, kind, threshold, discount_pct
        Curve, Nord, O, units, plan, cumulative, 20, 10%
        Curve, Nord, O, units, plan, cumulative, 50, 20%
    """
    told = "Discounts, Curve, , , counted, 45"
    plan = plan_of(two(5, 8, told, Discounts=breaks))
    assert plan.objective == pytest.approx(5 * 90 + 3 * 80)


# --------------------------------------------------------------------------- contracts, deals
@pytest.mark.parametrize(("basis", "told", "missing"), [("units", 30, 10), ("spend", 3500, 500)])
def test_a_minimum_counts_what_was_taken_before(basis, told, missing):
    # of 50 units (or 5,000) in the year, 30 (or 3,500) were taken; 10 at 100 more are needed
    least = 50 if basis == "units" else 5000
    contracts = f"""
        contract, seller, offer, signing, basis, window, minimum, shortfall_pct
        Frame, Nord, O, signed, {basis}, fiscal_year, {least}, 50%
    """
    row = f"Contracts, Frame, , , counted, {told}"
    plan = plan_of(two(10, 10, row, Contracts=contracts))
    each = 100 if basis == "units" else 1
    assert line(plan, "shortfall_payments") == {"2027Q2": 0.5 * missing * each}


def test_a_milestone_counts_on():
    # 18 ordered before, 3 now: past 20 in the first quarter
    deals = {
        "Deals": "deal, vendor, signing \n Pact, Nord, signed",
        "Deal_milestones": """
            deal, milestone, measure, threshold, value, kind
            Pact, One, cumulative_units, 20, 40, cash
            Pact, Two, cumulative_units, 30, 70, cash
        """,
    }
    told = "Deal milestones, Pact / One, , , counted, 18\n"
    told += "Deal milestones, Pact / Two, , , counted, 18"
    assert line(plan_of(two(3, 3, told, **deals)), "deal_value") == {"2027Q1": -40}


# --------------------------------------------------------------------------- rules
def test_a_share_counts_what_was_bought_before():
    # 40 % of the year's spend at most with Nord; 600 of 1,000 went to it: P fills up until
    # 0.4 × (1000 + 120 p + 100 o) ≥ 600 + 100 o; ten units in all: o = 0 and 1,000 + 1,200 allow
    # 880 - 600 = 280: o = 2 (100 × 2 + 600 = 800 ≤ 0.4 × (1000 + 200 + 960) = 864)
    rules = "rule, dimension, member, basis, max_pct \n Cap, seller, Nord, order_spend, 40%"
    told = "Share rules, Cap, Nord, , part, 600\nShare rules, Cap, , , whole, 1000"
    plan = plan_of(two(10, 10, told, **TWO_OFFERS, Share_rules=rules))
    assert bought(plan) == {("O", "2027Q1"): 2, ("P", "2027Q1"): 8}


def test_a_soft_share_that_nothing_can_change_pays_all_the_same():
    # all 300 go to Nord, 180 beyond 40 %, at 0.5 each; a hard rule has no say
    rules = (
        "rule, dimension, member, basis, max_pct, penalty \n Cap, seller, Nord, order_spend, 40%,"
    )
    assert plan_of(two(3, 3, Share_rules=rules)).objective == pytest.approx(300)
    assert plan_of(two(3, 3, Share_rules=f"{rules} 0.5")).objective == pytest.approx(300 + 90)


@pytest.mark.parametrize("workload", ["", "W"])
def test_a_share_of_work_counts_what_was_served_before(workload):
    # at least 30 % of the year's work on K: 40 of 100 were served, 4 of them on K; 20 + 20 come:
    # 0.3 × 80 = 24 in all, 20 more on K in two quarters: 10 units from the first on (10 + 10)
    rules = f"""
        rule, dimension, member, basis, workload, window, min_pct
        Least, chip, K, served, {workload}, fiscal_year, 30%
    """
    of = "" if workload else "W"
    told = f"Share rules, Least, K, {of}, part, 4\nShare rules, Least, , {of}, whole, 40\n"
    told += "Share rules, Least, , W, demand, 40"
    plan = plan_of(two(20, 20, told, **TWO_OFFERS, Share_rules=rules))
    assert plan.objective == pytest.approx(10 * 100 + 10 * 120)


def test_a_share_of_stock_counts_period_sums():
    # units × periods of the year: K had 10 of 100; 10 + 10 now, at least 20 % of 120 on K: 14
    # more in two quarters, 7 units
    rules = """
        rule, dimension, member, basis, window, min_pct
        Least, chip, K, units_in_service, fiscal_year, 20%
    """
    told = "Share rules, Least, K, , part, 10\nShare rules, Least, , , whole, 100"
    plan = plan_of(two(10, 10, told, **TWO_OFFERS, Share_rules=rules))
    assert bought(plan) == {("O", "2027Q1"): 3, ("P", "2027Q1"): 7}


@pytest.mark.parametrize("orders", [0, 1])
def test_a_supplier_of_the_year_so_far_counts(orders):
    counts = "rule, dimension, min_count \n Two, vendor, 2"
    told = f"Supplier counts, Two, Sud, , orders, {orders}"
    plan = plan_of(two(4, 4, told, **TWO_OFFERS, Supplier_counts=counts))
    assert plan.objective == pytest.approx(400 if orders else 300 + 120)


@pytest.mark.parametrize(("spend", "units"), [(100, 4), (700, 3)])
def test_a_suppliers_share_counts_its_spend_so_far(spend, units):
    # Sud reaches 10 % of all spend with 100 of 100 + 400; of 700 spent elsewhere it needs 120
    counts = "rule, dimension, min_count, active_if_pct \n Two, vendor, 2, 10%"
    who = "Sud" if spend == 100 else ""
    told = f"Supplier counts, Two, {who}, , spend, {spend}"
    plan = plan_of(two(4, 4, told, **TWO_OFFERS, Supplier_counts=counts))
    assert bought(plan)["O", "2027Q1"] == units


def test_a_budget_has_what_was_spent_taken_off():
    # 1,000 of capex in the year, 640 spent: 3 units
    sheets = {"Budgets": "budget, lines, limit \n Purse, capex, 1000"}
    plan = plan_of(
        two(9, 9, "Budgets, Purse, , , spent, 640", Workloads=FREE.format(400), **sheets)
    )
    assert sum(bought(plan).values()) == 3


def test_a_penalty_is_due_though_nothing_can_change_it():
    sheets = {"Budgets": "budget, lines, limit, penalty \n Purse, capex, 1000, 0.5"}
    plan = plan_of(two(0, 0, "Budgets, Purse, , , spent, 1200", **sheets))
    assert plan.objective == pytest.approx(100)


def test_a_budget_spent_before_has_no_plan():
    sheets = {"Budgets": "budget, lines, limit \n Purse, capex, 1000"}
    with pytest.raises(InfeasibleError):
        plan_of(two(0, 0, "Budgets, Purse, , , spent, 1200", **sheets))


def test_a_rule_of_the_teams_own_counts_on():
    # O - P at most 4 in the plan's window; 7 - 1 = 6 before: two of P more than of O
    rules = """
        rule, quantity, dimension, member, coefficient, sense, limit
        Mix, order_units, offer, O, 1, <=, 4
        Mix, order_units, offer, P, -1, ,
    """
    told = "Custom rules, Mix, , , counted, 6"
    plan = plan_of(two(10, 10, told, **TWO_OFFERS, Custom_rules=rules))
    assert bought(plan) == {("O", "2027Q1"): 4, ("P", "2027Q1"): 6}


def test_a_divisible_offer_reaches_a_tier_with_what_was_ordered_before():
    # 12.5 before; 7.5 more reach 20: 10 % of 2,000, though 6 are asked for (540 less 125 beats 600)
    tiers = TIERS.format(basis="units", kind="all_units", first=20, second=50)
    told = "Discounts, Volume, , , counted, 12.5\nDiscounts, Volume, , , spend, 1250"
    plan = plan_of(two(6, 6, told, Discounts=tiers, Offers=LOOSE))
    assert plan.objective == pytest.approx(750 - 200)
