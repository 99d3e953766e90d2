"""Amounts a hair from a threshold, free quantities, prepaid orders, scenarios that weigh nothing."""

from __future__ import annotations

import pytest

import chipfolio
from tests.conftest import book, impossible, solved

OFFER = "offer, chip, seller, acquisition, price, max_order"
TIER = "discount, seller, offer, basis, window, kind, threshold, discount_pct"


def years(*demand: float, **parts: object) -> dict:
    """A book of as many years as demands, its Performance one for one."""
    periods = [str(2027 + at) for at in range(len(demand))]
    sheet = f"workload, {', '.join(periods)}\nW, {', '.join(map(str, demand))}"
    return book(**{"periods": len(demand), "Demand": sheet, **parts})


def cost(made: dict, **options: object) -> float:
    """Cost of the plan of a book."""
    return solved(made, **options).objective


# ------------------------------------------------------------------ a hair under a threshold
@pytest.mark.parametrize("most", [3, 30])
def test_one_cent_short_of_a_tier_is_no_rebate(most):
    # 3 · 33,333.33 = 99,999.99 lies under 100,000: no rebate. A fourth unit would bring 10 % of
    # 133,333.32, and cost 119,999.99 in all.
    tiers = f"{TIER}\nD, Nord, O, spend, plan, all_units, 100000, 10%"
    made = years(3, Offers=f"{OFFER}\nO, C, Nord, buy, 33333.33, {most}", Discounts=tiers)
    assert cost(made) == pytest.approx(99_999.99, abs=0.004)


def test_one_cent_short_of_a_price_break_is_no_break():
    # 3 units serve both years; nothing is bought in the second
    tiers = f"{TIER}\nD, Nord, O, spend, plan, cumulative, 100000, 10%"
    made = years(3, 3, Offers=f"{OFFER}\nO, C, Nord, buy, 33333.33, 30", Discounts=tiers)
    assert cost(made) == pytest.approx(99_999.99, abs=0.004)


def test_thirty_short_of_three_billion_is_short():
    tiers = f"{TIER}\nD, Nord, O, spend, plan, all_units, 3000000000, 10%"
    made = years(3, Offers=f"{OFFER}\nO, C, Nord, buy, 999999990, 30", Discounts=tiers)
    assert cost(made) == pytest.approx(2_999_999_970, rel=1e-12)


def test_exactly_at_a_threshold_of_mixed_prices_the_tier_holds():
    # 2 · 33,333.33 + 33,333.34 = 100,000.00: 10 % back, 90,000 in all
    offers = f"{OFFER}\nO, C, Nord, buy, 33333.33, 2\nP, C, Nord, buy, 33333.34, 1"
    tiers = f"{TIER}\nD, Nord, , spend, plan, all_units, 100000, 10%"
    assert cost(years(3, Offers=offers, Discounts=tiers)) == pytest.approx(90_000, abs=0.004)


def test_a_divisible_order_reaches_its_tier_exactly():
    # Demand 9.5 at 10 is 95; 10 units reach the tier of 100: 90 in all
    offers = f"{OFFER}, lot_size\nO, C, Nord, buy, 10, 30, 0"
    tiers = f"{TIER}\nD, Nord, O, spend, plan, all_units, 100, 10%"
    assert cost(years(9.5, Offers=offers, Discounts=tiers)) == pytest.approx(90, rel=1e-9)


def test_a_milestone_is_not_reached_a_kilowatt_short():
    # 3 · 333.333 kW = 0.999999 MW, under 1 MW
    made = years(
        3,
        Chips="chip, vendor, life_years, power_kw\nC, Nord, 5, 333.333",
        Offers=f"{OFFER}\nO, C, Nord, buy, 10, 3",
        Deals="deal, vendor, signing\nX, Nord, signed",
        Deal_milestones="deal, milestone, measure, threshold, value, kind\n"
        "X, m, installed_mw, 1, 5, cash",
    )
    assert cost(made) == pytest.approx(30)


# ------------------------------------------------------------------ real, but small for a solver
MINIMUM = "contract, seller, signing, basis, window, minimum"


@pytest.mark.parametrize("how", ["shortfall_pct", "penalty"])
def test_a_missing_cent_of_a_minimum_is_paid(how):
    # 3 · 33,333,333.33 = 99,999,999.99 of 100,000,000: one cent more is due
    contracts = f"{MINIMUM}, {how}\nK, Nord, signed, spend, plan, 1e8, 1"
    made = years(3, Offers=f"{OFFER}\nO, C, Nord, buy, 33333333.33, 10", Contracts=contracts)
    assert cost(made) == pytest.approx(100_000_000, abs=0.004)


def test_a_hard_minimum_is_not_met_a_cent_short():
    # the fourth unit has to be bought
    contracts = f"{MINIMUM}\nK, Nord, signed, spend, plan, 1e8"
    made = years(3, Offers=f"{OFFER}\nO, C, Nord, buy, 33333333.33, 10", Contracts=contracts)
    assert cost(made) == pytest.approx(133_333_333.32, abs=0.004)


@pytest.mark.parametrize("sheet", ["Budgets", "Vendors", "Custom_rules"])
def test_a_hard_limit_is_not_kept_a_cent_over(sheet):
    # 2 units are bought; the third would cost 99,999,999.99 in all, and its work is unmet at 5
    limits = {
        "Budgets": "budget, lines, window, limit\nB, chip_purchases, plan, 99999999.98",
        "Vendors": "vendor, max_spend_per_fiscal_year\nNord, 99999999.98",
        "Custom_rules": "rule, quantity, coefficient, sense, limit\nB, order_spend, 1, <=, "
        "99999999.98",
    }
    made = years(
        3,
        Offers=f"{OFFER}\nO, C, Nord, buy, 33333333.33, 10",
        Workloads="workload, unmet_penalty\nW, 50000000",
        **{sheet: limits[sheet]},
    )
    assert cost(made) == pytest.approx(66_666_666.66 + 50_000_000, abs=0.004)


def test_a_cent_over_a_soft_budget_is_paid():
    budgets = "budget, lines, window, limit, penalty\nB, chip_purchases, plan, 99999999.98, 1"
    made = years(3, Offers=f"{OFFER}\nO, C, Nord, buy, 33333333.33, 10", Budgets=budgets)
    assert cost(made) == pytest.approx(100_000_000, abs=0.004)


@pytest.mark.parametrize(("signing", "right"), [("signed", 10), ("optional", 9)])
def test_a_shortfall_that_costs_nothing_is_still_what_is_missing(signing, right):
    cut = "" if signing == "signed" else "10%"
    contracts = f"{MINIMUM}, shortfall_pct, price_cut_pct\nK, Nord, {signing}, spend, period, 100,"
    plan = solved(years(1, 1, Contracts=f"{contracts} 0%, {cut}"))
    assert plan.objective == pytest.approx(right)
    missing = {row["window"]: row["violation"] for row in plan.tables["Rules"]}
    assert missing == {"2027": pytest.approx(100 - right), "2028": 100}


# ------------------------------------------------------------------ divisible orders
CLOUD = "offer, chip, seller, acquisition, price, term_months, lot_size, max_order"


@pytest.mark.parametrize(
    ("column", "value", "right"),
    [("order_fee", "1", 9), ("setup_cost", "1", 8), ("min_order", "1", 7)],
)
@pytest.mark.parametrize("most", ["1e6", "1e10", ""])
def test_a_divisible_order_may_be_as_small_as_it_is_needed(column, value, right, most):
    # 3.5 units a year at 1 each: 2 · 3.5 = 7, and a fee for each order, or one set-up
    offers = f"{CLOUD}, {column}\nR, C, Nord, cloud, {1 / 12}, 12, 0, {most}, {value}"
    assert cost(years(3.5, 3.5, Offers=offers)) == pytest.approx(right, rel=1e-9)


def test_a_fee_is_paid_under_a_quota_too():
    offers = f"{CLOUD}, order_fee, max_in_service\nR, C, Nord, cloud, {1 / 12}, 12, 0, 1e6, 1, 5"
    assert cost(years(3.5, 3.5, Offers=offers)) == pytest.approx(9, rel=1e-9)


def test_a_hundred_thousandth_of_a_unit_is_an_order():
    offers = "offer, chip, seller, acquisition, price, lot_size, order_fee\n"
    made = years(0.00001, Offers=offers + "O, C, Nord, buy, 1000, 0, 1")
    assert cost(made) == pytest.approx(1.01)


# ------------------------------------------------------------------ what was before the plan
def test_spend_counts_what_was_paid_before_the_plan():
    # Nord sells for 100 a year: 2 units at 20 are committed, half paid; 60 is left, 3 of the 5 more
    # that are needed. The other 2 are unmet at 30: 20 + 60 + 60 = 140.
    made = years(
        7,
        Vendors="vendor, max_spend_per_fiscal_year\nNord, 100",
        Workloads="workload, unmet_penalty\nW, 30",
        Offers="offer, chip, seller, acquisition, price\nO, C, Nord, buy, 20",
        Committed_orders="offer, order_period, units, site, paid_pct\nO, 2027, 2, Hall, 50%",
    )
    assert cost(made) == pytest.approx(140)


def test_a_supplier_counts_with_an_order_paid_before_the_plan():
    # Nord's 4 units at 26, all paid, are 104 of 124 if a unit of Sud's is bought: two suppliers.
    # At most one is allowed, so the work is unmet at 50.
    made = years(
        1,
        Chips="chip, vendor, life_years\nC, Nord, 5\nD, Sud, 5",
        Workloads="workload, unmet_penalty\nW, 50",
        Performance="chip, workload, throughput\nD, W, 1",
        Offers=f"{OFFER}\nO, C, Nord, buy, 26, 9\nP, D, Sud, buy, 20, 9",
        Committed_orders="offer, order_period, units, site, unit_price, paid_pct\n"
        "O, 2027, 4, Hall, 26, 100%",
        Supplier_counts="rule, dimension, max_count, active_if_pct, window\n"
        "one, vendor, 1, 10%, fiscal_year",
    )
    assert cost(made) == pytest.approx(50)


def test_a_chip_that_nobody_sells_any_more_has_its_last_price():
    # O closed in 2026 at 10, P in 2025 at 8: O's price counts. A unit sold in 2027 brings
    # 50 % · 0.9 · 10 = 4.5, in 2028 50 % · 0.81 · 10 = 4.05; one is needed in 2027, upkeep 4:
    # −4.5 − 4.05 + 4 = −4.55.
    made = years(
        1,
        0,
        Chips="chip, vendor, life_years, value_loss_per_year, resale_pct, upkeep_per_unit_year\n"
        "C, Nord, 5, 10%, 50%, 4",
        Offers="offer, chip, seller, acquisition, price, last_order\n"
        "O, C, Nord, buy, 10, 2026\nP, C, Nord, buy, 8, 2025",
        Fleet="chip, site, units, in_service_since, unit_cost\nC, Hall, 2, 2026, 10",
    )
    assert cost(made) == pytest.approx(-4.55)


def test_a_rebate_takes_back_the_worth_of_own_silicon_that_is_on_offer():
    # 10 % back on 10; D, open in the window though its programme cannot be ready, would keep all
    # of its worth: the rebate of 1 is taken from the terminal value. 10 − 1 + 1 = 10.
    made = years(
        1,
        1,
        terminal_value="yes",
        Chips="chip, vendor, life_years, value_loss_per_year\nC, Nord, 2, 50%\nD, Nord, 5, 0%",
        Offers=f"{OFFER}, programme\nO, C, Nord, buy, 10, 1,\nP, D, Nord, buy, 100, 1, Own",
        Performance="chip, workload, throughput\nC, W, 1\nD, W, 1",
        Programmes="programme, cancellation_cost\nOwn, 0",
        Programme_stages="programme, stage, duration, cost, first_start\nOwn, 1, 1, 1000, 2028",
        Discounts=f"{TIER}\nR, Nord, , spend, fiscal_year, all_units, 10, 10%",
    )
    assert cost(made) == pytest.approx(10)


# ------------------------------------------------------------------ shares
FROZEN = {
    "first_period": "2027Q1",
    "periods": 2,
    "months_per_period": 3,
    "frozen_periods": 1,
    "fiscal_year_start_month": 4,
    "Offers": f"{OFFER}\nO, C, Nord, buy, 10, 9\nP, C, Sud, buy, 10, 9",
    "Demand": "workload, 2027Q1, 2027Q2\nW, 1, 1",
    "Previous_plan": "offer, order_period, units\nO, 2027Q2, 0",
    "Committed_orders": "offer, order_period, units, site, unit_price, paid_pct\n"
    "O, 2026Q3, 2, Hall, 10, 100%",
}
SHARE = "rule, dimension, member, basis, window, max_pct, penalty"


def test_a_soft_share_pays_also_where_frozen_orders_leave_nothing_to_decide():
    # Nord has 2 of 2 units in both fiscal years, 1 too many in each: 5 + 5
    rule = f"{SHARE}\nr, seller, Nord, units_in_service, fiscal_year, 50%, 5"
    assert cost(book(Share_rules=rule, **FROZEN)) == pytest.approx(10)


def test_a_hard_share_and_a_freeze_contradict_each_other():
    rule = f"{SHARE}\nr, seller, Nord, units_in_service, fiscal_year, 50%,"
    assert impossible(book(Share_rules=rule, **FROZEN))


def test_a_share_of_what_is_sold_out_cannot_be_changed():
    # Sud's total limit is used up by what is committed: no decision can change Nord's share of
    # 2027, so the hard rule counts as kept there
    made = years(
        4,
        Offers=f"{OFFER}, total_limit\nO, C, Nord, buy, 10, 9,\nP, C, Sud, buy, 10, , 1",
        Committed_orders="offer, order_period, units, site, paid_pct\n"
        "P, 2027, 1, Hall, 100%\nO, 2027, 3, Hall, 100%",
        Share_rules=f"{SHARE}\nr, seller, Nord, order_units, fiscal_year, 50%,",
        Vendors="vendor, max_units\nNord, 3\nSud, 9",
    )
    assert cost(made) == pytest.approx(0)


# ------------------------------------------------------------------ scenarios that weigh nothing
TREE = "scenario, probability, branches_from, branch_period"
CHANGES = "scenario, sheet, item, operation, value, from"


def totals(plan: object) -> dict[str, float]:
    """Cost by scenario."""
    return {row["scenario"]: row["total"] for row in plan.tables["Scenario costs"]}


def test_a_scenario_of_probability_zero_is_planned_best_for_itself():
    # 4 units early at 10 serve 0 or 4; a stress case of 8 buys 4 more late at 26: 40 + 104
    made = years(
        0,
        0,
        Offers=f"{OFFER}, first_order, last_order\n"
        "O, C, Nord, buy, 10, 100, , 2027\nE, C, Nord, buy, 26, 100, 2028,",
        Scenarios=f"{TREE}\nt, 50%, ,\nm, 50%, t, 2028\nh, 0%, t, 2028",
        Scenario_changes=f"{CHANGES}\nm, Demand, W, set, 4, 2028\nh, Demand, W, set, 8, 2028",
    )
    plan = solved(made)
    assert plan.objective == pytest.approx(40)
    assert totals(plan) == {"t": 40, "m": 40, "h": pytest.approx(144)}


def test_scenarios_outside_a_tail_that_is_all_are_planned_best_for_themselves():
    # nothing is shared before 2028, so each costs what it costs alone
    offers = "\n".join(
        f"E{at}, C, Nord, buy, {price}, 6, 2028" for at, price in enumerate((14, 14, 16))
    )
    parts = {
        "tail_probability": 0.2,
        "Chips": "chip, vendor, life_years, upkeep_per_unit_year\nC, Nord, 5, 1",
        "Offers": f"{OFFER}, first_order\n{offers}",
        "Scenarios": f"{TREE}\nt, 50%, ,\nm, 30%, t, 2028\nh, 20%, t, 2028",
        "Scenario_changes": f"{CHANGES}\nm, Demand, W, set, 9, 2028\nh, Demand, W, set, 14, 2028",
    }
    calm, tense = (years(0, 3, 4, tail_weight=weight, **parts) for weight in (0, 1))
    tables = chipfolio.read(calm)
    alone = {s: chipfolio.solve(tables, gap=1e-9, scenario=s).objective for s in ("t", "m", "h")}
    assert totals(solved(tense)) == pytest.approx(alone)
