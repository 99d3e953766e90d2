"""Policies: rules of the team's own."""

from __future__ import annotations

import pytest

from tests.conftest import seen, states
from tests.rooms.by_hand import (
    TEN,
    TWO_OFFERS,
    book,
    bought,
    cost,
    model_of,
    plan_of,
    quarters,
    row,
)
from tests.workbook.plans import failing


def custom(rows: str, periods: int = 1, head: str = "", **sheets: str) -> dict:
    """A book of ten units under custom rules."""
    columns = "rule, quantity, dimension, member, coefficient, sense, limit"
    text = f"{columns}{', ' + head if head else ''}\n{rows}"
    return book(periods, **{**TEN, "Custom_rules": text, **sheets})


@pytest.mark.parametrize(
    ("quantity", "dimension", "member", "limit"),
    [
        ("order_units", "offer", "P", 3),
        ("order_units", "vendor", "Sud", 3),
        ("order_units", "seller_country", "FR", 3),
        ("order_spend", "chip", "K", 360),
        ("order_spend", "seller", "Sud", 350),
        ("units_in_service", "chip", "K", 3),
        ("power_mw", "vendor", "Sud", 3.6),
        ("served", "chip", "K", 3),
        ("served", "vendor", "Sud", 2.5),
    ],
)
def test_a_custom_rule_counts_what_its_row_names(quantity, dimension, member, limit):
    # three of P, each of 1 MW at a PUE of 1.2; 2.5 of work served on them need three units
    sheets = {
        "Chips": "chip, vendor, life_years, power_kw \n C, Nord, 10, 1000 \n K, Sud, 10, 1000",
        "Sites": "site, power_mw, pue, energy_price \n Hall, 1000, 1.2, 0",
    }
    plan = plan_of(custom(f"Least, {quantity}, {dimension}, {member}, 1, >=, {limit}", **sheets))
    assert bought(plan)["P", "2027"] == 3
    assert plan.objective == pytest.approx(1060)


def test_rows_of_one_name_add_up_with_their_coefficients():
    # of O at least twice as many as of P, of which at least two: 2 P − O ≤ 0 … here P ≥ 4: O ≥ 8
    rows = """Double, order_units, offer, P, 2, <=, 0
        Double, order_units, offer, O, -1, ,
        Some, order_units, offer, P, 1, >=, 4"""
    plan = plan_of(custom(rows))
    assert bought(plan) == {("O", "2027"): 8, ("P", "2027"): 4}


def test_an_equation_holds_on_both_sides():
    plan = plan_of(custom("Exactly, order_units, offer, P, 1, =, 4"))
    assert bought(plan) == {("O", "2027"): 6, ("P", "2027"): 4}


@pytest.mark.parametrize("limit", [4, 10])
def test_a_soft_equation_is_priced_below_it(limit):
    # 15 for each unit of P that is missing is less than the 20 that one costs more
    plan = plan_of(custom(f"Exactly, order_units, offer, P, 1, =, {limit}, 15", head="penalty"))
    assert plan.objective == pytest.approx(1000 + 15 * limit)


@pytest.mark.parametrize(("penalty", "units"), [(19, 10), (21, 6)])
def test_a_soft_equation_is_priced_above_it(penalty, units):
    # each unit of O beyond six costs the penalty, in its place one of P costs 20 more
    plan = plan_of(custom(f"Exactly, order_units, offer, O, 1, =, 6, {penalty}", head="penalty"))
    assert bought(plan)["O", "2027"] == units


def test_a_rule_without_a_window_sums_up_from_its_first_period_to_its_last():
    # units in service from 2027 to 2028, summed: 3 of P twice are 6
    sheets = {"Demand": "workload, 2027, 2028, 2029 \n W, 10, 10, 10"}
    rows = "Least, units_in_service, chip, K, 1, >=, 6, 2027, 2028"
    plan = plan_of(custom(rows, 3, head="from, to", **sheets))
    assert bought(plan)["P", "2027"] == 3


def test_a_rule_with_a_window_holds_in_each():
    sheets = {"Demand": "workload, 2027, 2028 \n W, 10, 20"}
    rows = "Each year, order_units, offer, P, 1, >=, 3, fiscal_year"
    plan = plan_of(custom(rows, 2, head="window", **sheets))
    assert bought(plan)["P", "2027"] == 3
    assert bought(plan)["P", "2028"] == 3


def test_a_rule_of_rows_with_different_dates_does_not_bind_between_them():
    # at least three of P in 2027 and in 2029; nothing is said of 2028
    sheets = {"Demand": "workload, 2027, 2028, 2029 \n W, 10, 20, 30"}
    rows = """Some, order_units, offer, P, 1, >=, 3, period, 2027, 2027
        Some, order_units, offer, P, 1, >=, 3, period, 2029, 2029"""
    plan = plan_of(custom(rows, 3, head="window, from, to", **sheets))
    assert bought(plan).get(("P", "2028"), 0) == 0
    assert plan.objective == pytest.approx(3000 + 2 * 3 * 20)


def test_unmet_work_is_counted_by_workload():
    sheets = {
        "Workloads": "workload, unmet_penalty \n W, 50 \n V, 50",
        "Performance": "chip, workload, throughput \n C, W, 1 \n K, V, 1",
        "Demand": "workload, 2027 \n W, 10 \n V, 10",
    }
    # leaving all unmet costs 1000; at most 4 of W unmet: 6 × 100 + 4 × 50 + 10 × 50
    plan = plan_of(custom("Most, unmet, workload, W, 1, <=, 4", **sheets))
    assert plan.objective == pytest.approx(600 + 200 + 500)
    rows = "Most, unmet, , , 1, <=, 4, W"
    assert cost(custom(rows, head="workload", **sheets)) == pytest.approx(1300)
    # both together at most 4: the dearer K is avoided
    both = plan_of(custom("Most, unmet, , , 1, <=, 4", **sheets))
    assert both.objective == pytest.approx(10 * 100 + 6 * 120 + 4 * 50)


def test_served_work_of_one_workload_is_counted_alone():
    sheets = {
        "Workloads": "workload \n W \n V",
        "Performance": "chip, workload, throughput \n C, W, 1 \n C, V, 1 \n K, W, 1 \n K, V, 1",
        "Demand": "workload, 2027 \n W, 10 \n V, 10",
    }
    rows = "Least, served, chip, K, 1, >=, 7, W"
    plan = plan_of(custom(rows, head="workload", **sheets))
    assert plan.objective == pytest.approx(13 * 100 + 7 * 120)


STAGES = {
    "Programmes": "programme \n Own",
    "Programme_stages": """
        programme, stage, duration, cost
        Own, 1, 1, 30
        Own, 2, 1, 30
    """,
    "Offers": """
        offer, chip, seller, acquisition, price, programme
        O, C, Nord, buy, 100,
        P, K, Sud, buy, 60, Own
    """,
}


def test_stages_are_counted_when_they_start():
    # P is own silicon at 60 once two stages of 30 are done; least volume 8 if the first is started
    rows = """Volume, order_units, programme, Own, 1, >=, 0
        Volume, stage_started, stage, Own / 1, -8, ,"""
    sheets = {**STAGES, "Demand": "workload, 2027, 2028, 2029 \n W, 0, 0, {}"}
    for units in (2, 6):
        terms = {**sheets, "Demand": sheets["Demand"].format(units)}
        # 2: 200 against 60 + 8 × 60; 6: 600 against 60 + 8 × 60 = 540
        expected = 200 if units == 2 else 540
        assert cost(custom(rows, 3, **terms)) == pytest.approx(expected)


def test_a_whole_programmes_stages_are_counted_together():
    rows = "Go, stage_started, programme, Own, 1, >=, 2"
    sheets = {**STAGES, "Demand": "workload, 2027, 2028 \n W, 1, 1"}
    assert cost(custom(rows, 2, **sheets)) == pytest.approx(160)


def test_a_stage_under_way_already_does_not_count_as_started():
    sheets = {**STAGES, "Demand": "workload, 2027, 2028 \n W, 1, 1"}
    sheets["Programme_stages"] = """
        programme, stage, duration, cost, started
        Own, 1, 1, 30, 2026
        Own, 2, 1, 30,
    """
    rows = "Go, stage_started, programme, Own, 1, >=, 1"
    assert cost(custom(rows, 2, **sheets)) == pytest.approx(130)


def test_software_projects_are_counted_when_they_start():
    sheets = {
        "Platforms": "platform, efficiency_at_start \n Stack, 100%",
        "Chips": "chip, vendor, life_years, platform \n C, Nord, 10, Stack \n K, Sud, 10, Stack",
        "Software": """
            project, platform, cost, duration, efficiency
            Port, Stack, 15, 1, 110%
            Tune, Stack, 25, 1, 120%
        """,
    }
    for dimension, member, total in (
        ("project", "Tune", 1025),
        ("platform", "Stack", 1015),
        ("", "", 1015),
    ):
        rows = f"Go, software_started, {dimension}, {member}, 1, >=, 1"
        assert cost(custom(rows, **sheets)) == pytest.approx(total)


@pytest.mark.parametrize(("member", "total"), [("Frame", 1011), ("", 1005)])
def test_contracts_are_counted_when_they_are_signed(member, total):
    # one signed before the plan does not count as signed in it
    contracts = """
        contract, seller, basis, signing, signing_fee
        Old, Nord, spend, signed, 3
        Frame, Nord, spend, optional, 11
        Other, Sud, spend, optional, 5
    """
    dimension = "contract" if member else ""
    rows = f"Go, contract_signed, {dimension}, {member}, 1, >=, 1"
    assert cost(custom(rows, Contracts=contracts)) == pytest.approx(total)


def test_contracts_may_exclude_one_another():
    # both cuts together would cost 1000 − 250 + 2; at most one of them: the better, 15 %
    contracts = """
        contract, seller, basis, signing, signing_fee, price_cut_pct
        Frame, Nord, spend, optional, 1, 10%
        Other, Nord, spend, optional, 1, 15%
    """
    rows = "One, contract_signed, , , 1, <=, 1"
    assert cost(custom(rows, Contracts=contracts)) == pytest.approx(851)
    assert cost(book(**TEN, Contracts=contracts)) == pytest.approx(752)


def test_a_rule_that_is_not_active_does_not_hold():
    rows = "Least, order_units, offer, P, 1, >=, 4, no"
    assert cost(custom(rows, head="active")) == pytest.approx(1000)


def test_committed_orders_count_in_custom_rules_also_before_the_plan():
    sheets = {
        **TWO_OFFERS,
        "Committed_orders": """
            offer, order_period, units, site
            P, 2026Q4, 3, Hall
            P, 2027Q1, 2, Hall
        """,
        "Demand": "workload, 2027Q1, 2027Q2 \n W, 10, 10",
        "Custom_rules": """
            rule, quantity, dimension, member, coefficient, sense, limit, window
            Least, order_units, offer, P, 1, >=, 6, {}
        """,
    }
    # over the fiscal year since 2026Q3: 5 committed and one more; without a window: 4 more
    for window, units in (("fiscal_year", 1), ("", 4)):
        terms = {**sheets, "Custom_rules": sheets["Custom_rules"].format(window)}
        plan = plan_of(quarters(2, {"fiscal_year_start_month": 7}, **terms))
        assert sum(n for (offer, _), n in bought(plan).items() if offer == "P") == units


def test_a_soft_rule_of_rows_with_a_gap_pays_in_the_last_period_that_a_row_holds():
    # 5 ordered in 2027Q1, 3 are free: 2 are paid in 2027Q2, in which the year's one row ends,
    # although the rule goes on in 2028Q1; discounted by half a year at 21 %, hence by 1.1
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1 \n W, 5, 5, 5, 5, 5",
        "Custom_rules": """
            rule, quantity, window, from, to, coefficient, sense, limit, penalty
            Most, order_units, fiscal_year, 2027Q1, 2027Q2, 1, <=, 3, 7
            Most, order_units, fiscal_year, 2028Q1, 2028Q1, 1, , ,
        """,
    }
    plan = plan_of(quarters(5, {"discount_rate": 0.21, "cash_timing": "end"}, **sheets))
    assert seen(plan, "Cash", "period", "amount", "discounted", line="rule_penalties") == [
        ("2027Q2", 14, pytest.approx(14 / 1.1))
    ]
    assert not failing(plan)


BOUGHT_BEFORE = """
    offer, order_period, units, site
    O, 2026Q3, 7, Hall
    O, 2026Q4, 5, Hall
"""


def test_each_row_counts_the_past_from_its_own_first_period():
    # of the fiscal year since 2026Q3: 7 + 5 + 8 in the row without a date, 5 + 8 in the other
    sheets = {
        "Committed_orders": BOUGHT_BEFORE,
        "Demand": "workload, 2027Q1, 2027Q2 \n W, 20, 20",
        "Custom_rules": """
            rule, quantity, window, from, coefficient, sense, limit
            Most, order_units, fiscal_year, 2026Q4, 1, <=, 100
            Most, order_units, fiscal_year, , 1, ,
        """,
    }
    plan = plan_of(quarters(2, {"fiscal_year_start_month": 7}, **sheets))
    assert seen(plan, "Rules", "level", rule="Most") == [(33,)]
    assert not failing(plan)


@pytest.mark.parametrize("window", ["", "plan", "fiscal_year"])
@pytest.mark.parametrize(
    ("dates", "right"),
    [
        # 50 before the plan; units of 2027Q1 and 2027Q2, 5 each, count in the row that holds them
        (("2027Q2, ", ", "), 50 + 2 * 5 + 5),
        # the first row is over and held what was told, the other begins later
        (("2026Q3, 2026Q4", "2027Q2, "), 50 + 5),
        # nothing of the rule fell before the plan
        (("2027Q2, ", "2027Q2, "), 5 + 5),
    ],
)
def test_what_fell_before_the_plan_counts_whichever_row_begins_first(window, dates, right):
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2 \n W, 5, 10",
        "So_far": "sheet, item, measure, amount \n Custom rules, Most, counted, 50",
        "Custom_rules": f"""
            rule, quantity, window, from, to, coefficient, sense, limit
            Most, order_units, {window}, {dates[0]}, 1, <=, 100
            Most, order_units, {window}, {dates[1]}, 1, ,
        """,
    }
    settings = {"fiscal_year_start_month": 7, "discount_rate": 0.1}
    plan = plan_of(quarters(2, settings, **sheets))
    assert seen(plan, "Rules", "level", rule="Most") == [(right,)]
    assert not failing(plan)


# --------------------------------------------------------------------------- rows
@states("policies.policies_are_kept")
def test_a_soft_rule_has_its_violation_on_the_side_it_is_missed_on():
    rows = """Most, order_units, offer, P, 2, <=, 6, 5
        Even, order_units, offer, O, 4, =, 8, 5"""
    whole = model_of(custom(rows, head="penalty"))
    key = ("Custom rules", "Most", "<=", "plan")
    over = "beyond[Custom rules,{},{},plan,{}]".format
    assert row(whole, "policies", "policies_are_kept", key) == (
        None,
        {"lots[P,0,Hall]": 1, over("Most", "<=", "over"): -0.5},
        3,
    )
    key = ("Custom rules", "Even", "=", "plan")
    assert row(whole, "policies", "policies_are_kept", key) == (
        2,
        {
            "lots[O,0,Hall]": 1,
            over("Even", "=", "over"): -0.25,
            over("Even", "=", "under"): 0.25,
        },
        2,
    )
