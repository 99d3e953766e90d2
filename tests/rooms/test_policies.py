"""Policies: supplier counts, budgets, frozen periods and the cost of change."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.errors import InfeasibleError
from tests.conftest import states
from tests.rooms.by_hand import (
    TEN,
    TWO_OFFERS,
    book,
    bought,
    cost,
    line,
    model_of,
    plan_of,
    quarters,
    row,
)


def counted(head: str, cells: str, **sheets: str) -> dict:
    """A book of ten units, O at 100 or P at 120, under one supplier count."""
    rule = f"rule, dimension, {head} \n Rule, vendor, {cells}"
    return book(**{**TEN, "Supplier_counts": rule, **sheets})


def rules(plan: object, sheet: str) -> list[tuple]:
    """(window, level, limit, slack, violation) of the rules of a sheet."""
    return [
        tuple(entry[name] for name in ("window", "level", "limit", "slack", "violation"))
        for entry in plan.tables["Rules"]
        if entry["sheet"] == sheet
    ]


# --------------------------------------------------------------------------- supplier counts
def test_two_suppliers_are_two_with_an_order_each():
    # one unit of the dearer P: 9 × 100 + 120
    plan = plan_of(counted("min_count", "2"))
    assert bought(plan) == {("O", "2027"): 9, ("P", "2027"): 1}
    assert rules(plan, "Supplier counts") == [("FY2027", 2, 2, 0, 0)]


@pytest.mark.parametrize(("share", "units"), [(10, 1), (12, 2), (20, 2), (50, 5)])
def test_a_supplier_counts_from_its_share_of_the_spend_on(share, units):
    # n of P are 120 n of 1000 + 20 n: 11.8 % for one, 23 % for two; 50 %: five are 54.5 %
    plan = plan_of(counted("min_count, active_if_pct", f"2, {share}%"))
    assert bought(plan)["P", "2027"] == units


def test_at_its_threshold_a_supplier_may_count_or_not():
    # five at 100 each: 50 % of the spend exactly, enough for two that count and for one that does
    same = TWO_OFFERS["Offers"].replace("120", "100")
    both = """
        rule, dimension, min_count, max_count, active_if_pct
        At least, vendor, 2, , 50%
        At most, vendor, , 0, 50%
    """
    assert cost(counted("min_count", "0", Offers=same, Supplier_counts=both)) == pytest.approx(1000)


def test_without_a_share_a_lot_counts_and_less_than_a_unit_does_not():
    # P is divisible and expensive: a whole unit of it makes it count, and one lot of O
    offers = """
        offer, chip, seller, acquisition, price, lot_size
        O, C, Nord, buy, 100, 5
        P, K, Sud, buy, 120, 0
    """
    plan = plan_of(counted("min_count", "2", Offers=offers, Demand="workload, 2027 \n W, 4.5"))
    # a lot of O serves all; P still needs its unit: 500 + 120
    assert plan.objective == pytest.approx(620)


def test_two_orders_of_half_a_unit_are_no_order_of_a_unit():
    # 0.6 a year at most: in no order of P is there a unit
    offers = """
        offer, chip, seller, acquisition, price, lot_size, max_order
        O, C, Nord, buy, 100, 1,
        P, K, Sud, buy, 120, 0, 0.6
    """
    sheets = {**TWO_OFFERS, "Offers": offers, "Demand": "workload, 2027, 2028 \n W, 10, 10"}
    count = "rule, dimension, min_count, window \n Rule, vendor, 2, plan"
    with pytest.raises(InfeasibleError):
        plan_of(book(2, Supplier_counts=count, **sheets))
    enough = {**sheets, "Offers": offers.replace("0.6", "1")}
    assert cost(book(2, Supplier_counts=count, **enough)) == pytest.approx(900 + 120)


@pytest.mark.parametrize(("most", "total"), [(1, 1200), (2, 1060)])
def test_at_most_so_many_suppliers_have_an_order(most, total):
    # O sells seven: with one supplier all ten are P's, 1200; else 700 + 360
    limits = "sheet, item, column, 2027 \n Offers, O, max_order, 7"
    assert cost(counted("max_count", f"{most}", Timeline=limits)) == pytest.approx(total)


def test_a_small_order_of_divisible_units_does_not_count_against_the_most():
    # O sells nine, P may sell a unit beside it; for 10.5 P has to serve alone: 10.5 × 120
    sheets = {
        "Offers": """
            offer, chip, seller, acquisition, price, lot_size, max_order
            O, C, Nord, buy, 100, 1, 9
            P, K, Sud, buy, 120, 0,
        """,
        "Demand": "workload, 2027 \n W, {}",
        "Workloads": "workload, unmet_penalty \n W, 1000",
    }
    for demand, total in ((9.9, 900 + 108), (10, 900 + 120), (10.5, 1260)):
        terms = {**sheets, "Demand": sheets["Demand"].format(demand)}
        # up to exactly a unit either holds
        assert cost(counted("max_count", "1", **terms)) == pytest.approx(total)


def test_at_most_so_many_suppliers_have_more_than_their_share():
    # O sells seven. One of the two stays at 30 % of the spend or below: three of O beside seven of
    # P (300 of 1140, 26 %); or two of P beside seven of O (240 of 940) and one unmet
    for penalty, total in ((500, 300 + 840), (190, 700 + 240 + 190)):
        sheets = {
            "Timeline": "sheet, item, column, 2027 \n Offers, O, max_order, 7",
            "Workloads": f"workload, unmet_penalty \n W, {penalty}",
        }
        rule = counted("max_count, active_if_pct", "1, 30%", **sheets)
        assert cost(rule) == pytest.approx(total)


def test_committed_orders_make_their_supplier_count():
    committed = "offer, order_period, units, site \n P, 2027, 3, Hall"
    plan = plan_of(counted("min_count", "2", Committed_orders=committed))
    assert bought(plan) == {("O", "2027"): 7}
    most = plan_of(counted("max_count", "1", Committed_orders=committed))
    assert bought(most) == {("P", "2027"): 7}


@pytest.mark.parametrize("penalty", ["", "0", "5"])
def test_a_committed_lot_that_the_plan_places_is_at_the_threshold_of_its_site(penalty):
    # One lot is at S, and of the other the plan chooses the site, in parts of any size: a whole lot
    # at T is exactly at the threshold, where either holds. T costs nothing, S 100 a unit and year.
    sheets = {
        **TEN,
        "Demand": "workload, 2027 \n W, 2",
        "Sites": """
            site, power_mw, pue, energy_price, hosting_cost
            S, 50, 1, 0, 100
            T, 50, 1, 0, 0
        """,
        "Committed_orders": "offer, order_period, units, site \n O, 2027, 1, S \n O, 2027, 1,",
        "Supplier_counts": f"rule, dimension, max_count, penalty \n Rule, site, 1, {penalty}",
    }
    plan = plan_of(book(**sheets))
    assert plan.objective == pytest.approx(100 + 100 + 100)
    assert rules(plan, "Supplier counts") == [("FY2027", 1, 1, 0, 0)]


def test_an_order_of_the_fiscal_years_part_before_the_plan_counts():
    sheets = {
        **TWO_OFFERS,
        "Committed_orders": "offer, order_period, units, site \n P, 2026Q4, 3, Hall",
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 10, 10, 10",
        "Supplier_counts": "rule, dimension, min_count, to \n Rule, vendor, 2, 2027Q2",
    }
    plan = plan_of(quarters(3, {"fiscal_year_start_month": 7}, **sheets))
    assert bought(plan) == {("O", "2027Q1"): 7}


def test_what_belongs_to_no_member_is_spend_that_makes_no_supplier():
    # Nord has no country: its spend is in the whole and counts for none
    sheets = {
        "Vendors": "vendor, country \n Nord, \n Sud, FR",
        "Supplier_counts": """
            rule, dimension, min_count, active_if_pct
            Rule, seller_country, 1, 40%
        """,
    }
    # four of P are 480 of 1080, 44 %; three are 360 of 1060, 34 %
    plan = plan_of(book(**{**TEN, **sheets}))
    assert bought(plan) == {("O", "2027"): 6, ("P", "2027"): 4}


@pytest.mark.parametrize(("penalty", "total"), [(19, 1019), (21, 1020)])
def test_a_soft_count_is_missed_at_its_price(penalty, total):
    assert cost(counted("min_count, penalty", f"2, {penalty}")) == pytest.approx(total)


def test_a_count_that_holds_is_not_paid_for_where_the_solver_left_its_flags_down():
    # nine of O and one of P are two suppliers; an unproven plan may hold P's flag at 0 all the same
    from chipfolio.formulation.whole import build
    from chipfolio.plan.extract import load
    from chipfolio.solver.bridge import to_matrix
    from chipfolio.solver.engine import run_highs

    whole = build(chipfolio.read(counted("min_count, penalty", "2, 5000")))
    matrix = to_matrix(whole.model)
    values = run_highs(matrix, 1e-9, 60.0).values
    load(whole, matrix, values)
    proven = whole.objective.value()
    for at, column in enumerate(matrix.columns):
        if column.parent_component().local_name == "counts":
            values[at] = 0.0
        if column.parent_component().local_name == "beyond":
            values[at] = 2.0
    load(whole, matrix, values)
    assert whole.objective.value() == pytest.approx(proven)


def test_sites_are_counted_where_orders_go():
    sheets = {
        "Sites": """
            site, power_mw, pue, energy_price, hosting_cost
            Hall, 1000, 1, 0, 0
            Barn, 1000, 1, 0, 50
        """,
        "Supplier_counts": "rule, dimension, min_count \n Rule, site, 2",
    }
    # one unit has to stand in the barn
    assert cost(book(**{**TEN, **sheets})) == pytest.approx(1050)


# --------------------------------------------------------------------------- budgets
EVERYTHING = {
    "Chips": "chip, vendor, life_years, upkeep_per_unit_year, resale_pct, value_loss_per_year"
    "\n C, Nord, 10, 3, 50%, 10% \n K, Sud, 10, 0, ,",
    "Offers": """
        offer, chip, seller, acquisition, price, setup_cost, order_fee, term_months
        O, C, Nord, buy, 100, 40, 7,
        P, K, Sud, cloud, 5, , , 12
    """,
    "Performance": "chip, workload, throughput, running_cost \n C, W, 1, 2 \n K, V, 1, 0",
    "Workloads": "workload, unmet_penalty \n W, 5000 \n V, 5000",
    "Demand": "workload, 2027 \n W, 10 \n V, 2",
    "Discounts": """
        discount, seller, basis, window, kind, threshold, discount_pct
        Volume, Nord, units, plan, all_units, 10, 10%
        Cloud, Sud, spend, plan, all_units, 100, 50%
    """,
}
AMOUNTS = {
    "chip_purchases": 1000,
    "setup": 40,
    "order_fees": 7,
    "upkeep": 30,
    "running": 20,
    "lease_and_cloud": 120,
    "discounts": -100 - 60,
    "capex": 1000 + 40 - 100,
    "opex": 7 + 30 + 20 + 120 - 60,
    "all": 1000 + 40 + 7 + 30 + 20 + 120 - 160,
    "setup; order_fees; upkeep": 40 + 7 + 30,
    "capex; opex": 1000 + 40 + 7 + 30 + 20 + 120 - 160,
    "capex; setup": 1000 + 40 - 100,
}


@pytest.mark.parametrize("lines", AMOUNTS)
def test_a_budget_adds_up_its_lines_with_their_signs_each_once(lines):
    limit = AMOUNTS[lines]
    for slack, violation in ((0, 0), (-1, 1)):
        budget = f"budget, lines, limit, penalty \n Purse, {lines}, {limit + slack}, 0.001"
        plan = plan_of(book(**{**TWO_OFFERS, **EVERYTHING, "Budgets": budget}))
        found = rules(plan, "Budgets")
        assert found == [("FY2027", limit, limit + slack, slack, pytest.approx(violation))]
        assert plan.objective == pytest.approx(AMOUNTS["all"] + 0.001 * violation)


def test_a_hard_budget_leaves_work_unmet():
    # 750 buy seven units; three stay unmet at 110 each
    sheets = {"Workloads": "workload, unmet_penalty \n W, 110", "Demand": TEN["Demand"]}
    budget = "budget, lines, limit \n Purse, chip_purchases, 750"
    assert cost(book(Budgets=budget, **sheets)) == pytest.approx(700 + 330)


def test_a_budget_holds_in_each_of_its_windows_cut_to_its_dates():
    # 500 a fiscal year, from 2027Q2 on: 2027Q1 is free, and seven are bought in it
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1 \n W, 1, 12, 12, 12, 17",
        "Budgets": "budget, lines, from, limit \n Purse, capex, 2027Q2, 500",
    }
    plan = plan_of(quarters(5, {"discount_rate": "10%"}, **sheets))
    assert bought(plan) == {("O", "2027Q1"): 7, ("O", "2027Q2"): 5, ("O", "2028Q1"): 5}


def test_a_budget_of_a_period_is_not_one_of_a_year():
    sheets = {"Demand": "workload, 2027Q1, 2027Q2 \n W, 4, 8"}
    for window, expected in (("period", 4), ("fiscal_year", 4), ("plan", 4)):
        limit = 400 if window == "period" else 800
        budget = f"budget, lines, window, limit \n Purse, capex, {window}, {limit}"
        plan = plan_of(quarters(2, {"discount_rate": "10%"}, Budgets=budget, **sheets))
        assert bought(plan)["O", "2027Q1"] == expected
    budget = "budget, lines, window, limit \n Purse, capex, plan, 799"
    with pytest.raises(InfeasibleError):
        plan_of(quarters(2, Budgets=budget, **sheets))


@pytest.mark.parametrize(("penalty", "total"), [("0.09", 1000 + 0.09 * 300), ("0.11", 1030)])
def test_a_soft_budget_is_exceeded_at_its_price(penalty, total):
    # three of ten beyond 700: at 9 cents 27; or unmet, 110 instead of 100 each: 30
    sheets = {"Workloads": "workload, unmet_penalty \n W, 110", "Demand": TEN["Demand"]}
    budget = f"budget, lines, limit, penalty \n Purse, chip_purchases, 700, {penalty}"
    plan = plan_of(book(Budgets=budget, **sheets))
    assert plan.objective == pytest.approx(total)
    assert line(plan, "rule_penalties").get("2027", 0) == (27 if penalty == "0.09" else 0)


# --------------------------------------------------------------------------- the plan before
PREVIOUS = "offer, order_period, units \n O, 2027, 4 \n P, 2028, 3"
GROWING = "workload, 2027, 2028, 2029 \n W, 4, 8, 12"


def test_frozen_periods_order_what_the_previous_plan_ordered():
    # 2027: 4 of O; 2028: 3 of P, so one of O is missing in 2028 and cannot be ordered then
    sheets = {**TWO_OFFERS, "Previous_plan": PREVIOUS, "Demand": GROWING}
    sheets["Workloads"] = "workload, unmet_penalty \n W, 1000"
    plan = plan_of(book(3, {"frozen_periods": 2}, **sheets))
    assert bought(plan) == {("O", "2027"): 4, ("P", "2028"): 3, ("O", "2029"): 5}
    assert plan.objective == pytest.approx(400 + 360 + 1000 + 500)


def test_without_a_previous_plan_nothing_is_frozen():
    sheets = {**TWO_OFFERS, "Demand": GROWING}
    assert cost(book(3, {"frozen_periods": 2}, **sheets)) == pytest.approx(1200)


def test_sites_stay_free_in_frozen_periods():
    sheets = {
        "Sites": """
            site, power_mw, pue, energy_price, hosting_cost
            Hall, 1000, 1, 0, 9
            Barn, 1000, 1, 0, 1
        """,
        "Previous_plan": "offer, order_period, units \n O, 2027, 4",
        "Demand": "workload, 2027 \n W, 4",
    }
    assert cost(book(1, {"frozen_periods": 1}, **sheets)) == pytest.approx(404)


@pytest.mark.parametrize(("rate", "change"), [(6, 3 * 7.2 + 3 * 6), (30, 0)])
def test_a_change_costs_its_share_of_the_list_value_up_or_down(rate, change):
    # the last plan has 4 of O in 2027, 3 of P and one of O in 2028; cheaper by 60 is O for P: three
    # of P less and three of O more, 39.6 at 6 %, not at 30 %
    sheets = {
        **TWO_OFFERS,
        "Previous_plan": "offer, order_period, units \n O, 2027, 4 \n P, 2028, 3 \n O, 2028, 1",
        "Demand": GROWING,
    }
    plan = plan_of(book(3, {"change_cost_pct": f"{rate}%"}, **sheets))
    assert sum(line(plan, "change_cost").values()) == pytest.approx(change)
    assert plan.objective == pytest.approx(1200 + change if change else 1260)


def test_orders_after_the_previous_plans_last_are_no_change():
    sheets = {"Previous_plan": "offer, order_period, units \n O, 2027, 4", "Demand": GROWING}
    plan = plan_of(book(3, {"change_cost_pct": "50%"}, **sheets))
    assert line(plan, "change_cost") == {}


def test_the_list_value_of_a_rental_is_its_months_in_the_plan():
    # a two-year rental of 10 a month, ordered in 2028: one year in the plan, 120. The last plan had
    # one in 2028; none is needed: 10 % of 120
    sheets = {
        "Offers": """
            offer, chip, seller, acquisition, price, term_months
            O, C, Nord, cloud, 10, 24
        """,
        "Previous_plan": "offer, order_period, units \n O, 2028, 1",
        "Demand": "workload, 2027, 2028 \n W, 0, 0",
    }
    assert cost(book(2, {"change_cost_pct": "10%"}, **sheets)) == pytest.approx(12)


# --------------------------------------------------------------------------- rows
@states("policies.a_supplier_that_counts_is_active", "policies.a_supplier_that_is_active_counts")
def test_a_count_stands_on_lots_and_on_a_share_of_the_spend():
    offers = """
        offer, chip, seller, acquisition, price, max_order, lot_size
        O, C, Nord, buy, 100, 8, 4
        P, K, Sud, buy, 120, 10, 0
    """
    both = """
        rule, dimension, min_count, max_count, active_if_pct
        Share, vendor, 1, 1, 25%
        Order, vendor, 1, 1,
    """
    whole = model_of(book(**{**TEN, "Offers": offers, "Supplier_counts": both}))
    lots, amount = "lots[O,0,Hall]", "amount[P,0,Hall]"
    needs, makes = "a_supplier_that_counts_is_active", "a_supplier_that_is_active_counts"
    nord, sud = ("Share", "Nord", "FY2027"), ("Share", "Sud", "FY2027")
    # an order of any size: a lot of O, or a thousandth of P
    assert row(whole, "policies", needs, (*sud, "order")) == (
        0,
        {amount: 1000, "counts[Share,Sud,FY2027]": -1},
        None,
    )
    # 0.75 × 400 lots − 0.25 × 120 P ≥ −0.25 × 1200 (1 − counts), all divided by 300
    assert row(whole, "policies", needs, (*nord, "share")) == (
        -1,
        {lots: 1, amount: -0.1, "counts[Share,Nord,FY2027]": -1},
        None,
    )
    # … ≤ 0.75 × 800 counts
    assert row(whole, "policies", makes, (*nord, "share")) == (
        None,
        {lots: 1, amount: -0.1, "counts[Share,Nord,FY2027]": -2},
        0,
    )
    nord, sud = ("Order", "Nord", "FY2027"), ("Order", "Sud", "FY2027")
    assert row(whole, "policies", needs, (*nord, "order")) == (
        0,
        {lots: 1, "counts[Order,Nord,FY2027]": -1},
        None,
    )
    flag = "is_enough[Order,Sud,FY2027,P / 0]"
    assert row(whole, "policies", needs, (*sud, "order")) == (
        0,
        {flag: 1, "counts[Order,Sud,FY2027]": -1},
        None,
    )
    assert row(whole, "policies", needs, (*sud, "enough of P / 0")) == (
        0,
        {amount: 1, flag: -1},
        None,
    )
    assert row(whole, "policies", makes, (*nord, "O / 0")) == (
        None,
        {lots: 4, "counts[Order,Nord,FY2027]": -8},
        0,
    )
    assert row(whole, "policies", makes, (*sud, "P / 0")) == (
        None,
        {amount: 1, "counts[Order,Sud,FY2027]": -9},
        1,
    )


@states(
    "policies.orders_above_the_last_plan_are_changes",
    "policies.orders_below_the_last_plan_are_changes",
    "policies.frozen_orders_stay",
)
def test_a_change_is_the_distance_from_the_previous_plan():
    sheets = {**TWO_OFFERS, "Previous_plan": PREVIOUS, "Demand": GROWING}
    whole = model_of(book(3, {"frozen_periods": 1, "change_cost_pct": "5%"}, **sheets))
    lots, changed = "lots[P,1,Hall]", "changed[P,1]"
    assert row(whole, "policies", "orders_above_the_last_plan_are_changes", ("P", 1)) == (
        None,
        {lots: 1, changed: -1},
        3,
    )
    assert row(whole, "policies", "orders_below_the_last_plan_are_changes", ("P", 1)) == (
        3,
        {lots: 1, changed: 1},
        None,
    )
    assert row(whole, "policies", "frozen_orders_stay", ("O", 0)) == (4, {"lots[O,0,Hall]": 1}, 4)
