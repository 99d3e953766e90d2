"""What the plan finds: steps started, work that waits, what is delivered, signed, met, given up."""

from __future__ import annotations

import pytest

from tests.rooms.by_hand import FREE, TWO_OFFERS, book, bought, demand, line
from tests.rooms.by_hand import plan_of as solved
from tests.workbook.plans import failing

ONE_MW = "chip, vendor, life_years, power_kw, value_loss_per_year \n C, Nord, 10, 1000, 100%"


def plan_of(sheets: dict) -> object:
    """The plan of a book; its workbook, formulas and all, says the same."""
    plan = solved(sheets)
    assert not failing(plan)
    return plan


# --------------------------------------------------------------------------- steps
def grown(periods: int, steps: str, most: int = 5, **settings: object) -> dict:
    """A hall of 2 MW with steps of 1 MW for 30 that take a year; units of 1 MW; wanted are 4."""
    return book(
        periods,
        settings,
        Chips=ONE_MW,
        Sites="site, power_mw, pue, energy_price \n Hall, 2, 1, 0",
        Site_projects="project, site, step_mw, max_steps, cost_per_step, lead_time, residual_pct \n"
        f" More, Hall, 1, {most}, 30, 1, 50%",
        Committed_steps=f"project, start_period, steps, paid_pct \n {steps}",
        Demand=demand(*[4] * periods),
        Workloads=FREE.format(1000),
    )


def test_steps_started_before_give_power_and_cost_nothing_more():
    # two steps of 2026 are there in 2027: four units at 100, and nothing for sites
    plan = plan_of(grown(1, "More, 2026, 2,"))
    assert plan.objective == pytest.approx(400)


@pytest.mark.parametrize(("started", "paid", "due"), [(2026, "20%", 48), (2027, "", 60)])
def test_what_is_not_paid_of_a_step_is_paid_at_its_start_or_the_plans(started, paid, due):
    plan = plan_of(grown(2, f"More, {started}, 2, {paid}"))
    assert line(plan, "site_projects") == {"2027": due}


def test_steps_started_before_use_up_the_project():
    # two of three are started: one more may be, for the fifth unit, which is not worth 1,000 - 130
    made = grown(2, "More, 2026, 2,", most=3)
    made["Demand"] = made["Demand"].assign(**{"2028": [6]})
    plan = plan_of(made)
    assert [row["steps"] for row in plan.tables["Site steps"] if row["row"] is None] == [1]


def test_steps_started_before_are_still_worth_something_at_the_end():
    # 50 % of 2 × 30, ready within the plan; those of 2027 of a plan of one year too (at its end)
    for steps in ("More, 2026, 2,", "More, 2027, 2, 100%"):
        plan = plan_of(grown(1, steps, terminal_value="yes"))
        assert line(plan, "terminal_value") == {"2027": -30}


# --------------------------------------------------------------------------- waiting work
def later(waits: int, rows: str, *asked: float) -> dict:
    """Work that may be deferred, with some that waits already; a unit a year, rented for a year."""
    return book(
        len(asked),
        Offers="offer, chip, seller, acquisition, price, term_months \n O, C, Nord, cloud, 10, 12",
        Workloads=f"workload, unmet_penalty, defer_periods, defer_cost \n W, 999, {waits}, 7",
        Demand=demand(*asked),
        Waiting_work=f"workload, asked_in, amount \n {rows}",
    )


def test_work_that_waits_is_served():
    # 5 of 2026 on top of 3 of 2027: 8 units for 120 a year
    plan = plan_of(later(1, "W, 2026, 5", 3))
    assert plan.objective == pytest.approx(8 * 120)


def test_a_share_of_work_that_nobody_asks_for_in_a_period_holds():
    # 5 that wait are served in 2027, when nothing is asked for: no share of it counts. Of the 4
    # of 2028 at most half is Nord's, so 2 units are Sud's: 3 × 100 + 2 × 120
    made = book(
        2,
        **TWO_OFFERS | {"Workloads": "workload, defer_periods \n W, 1"},
        Demand=demand(0, 4),
        Waiting_work="workload, asked_in, amount \n W, 2026, 5",
        Share_rules="rule, dimension, member, basis, workload, max_pct \n"
        " Half, vendor, Nord, served, W, 50%",
    )
    plan = plan_of(made)
    assert bought(plan) == {("O", "2027"): 3, ("P", "2027"): 2}
    states = [(row["window"], row["state"]) for row in plan.tables["Rules"]]
    assert states == [("2027", "nothing to share"), ("2028", "binds")]


def test_work_waits_no_longer_than_it_may_the_past_included():
    # of 2025 it must be served in 2027, of 2026 by 2028; dear units in 2027, free ones in 2028
    made = later(2, "W, 2025, 5 \n W, 2026, 4", 3, 0)
    made["Offers"] = made["Offers"].assign(price_change_per_year=[-0.5])
    plan = plan_of(made)
    # 2027: 5 at 120; what waits costs 7 a unit: 4 + 3; 2028: 7 at 60
    assert bought(plan) == {("O", "2027"): 5, ("O", "2028"): 7}
    assert plan.objective == pytest.approx(5 * 120 + 7 * 7 + 7 * 60)


def test_a_last_period_serves_all_that_waits():
    assert bought(plan_of(later(3, "W, 2026, 4", 0))) == {("O", "2027"): 4}


# --------------------------------------------------------------------------- deliveries
@pytest.mark.parametrize(("delivered", "fresh"), [("", 4), ("2027", 0), ("2028", 4)])
def test_a_delivery_comes_when_it_is_said_to(delivered, fresh):
    # 4 units ordered in 2026 with a lead time of two years; wanted are 4 in 2027
    made = book(
        2,
        Offers="offer, chip, seller, acquisition, price, lead_time \n"
        " O, C, Nord, buy, 100, 2 \n P, C, Nord, buy, 150, 0",
        Committed_orders="offer, order_period, delivery_period, units, site, unit_price \n"
        f" O, 2026, {delivered}, 4, Hall, 90",
        Demand=demand(4, 4),
    )
    plan = plan_of(made)
    assert bought(plan).get(("P", "2027"), 0) == fresh
    when = delivered or "2028"
    assert line(plan, "chip_purchases").get(when, 0) == 360 + (150 * fresh if when == "2027" else 0)


def test_a_slip_acts_on_what_was_promised():
    # delivery promised for 2027; the branch delays all of O by a year, the trunk's delay is in it
    made = book(
        2,
        Offers="offer, chip, seller, acquisition, price, lead_time \n O, C, Nord, buy, 100, 0",
        Committed_orders="offer, order_period, delivery_period, units, site \n O, 2026, 2027, 4, Hall",
        Demand=demand(4, 4),
        Workloads=FREE.format(50),
        Scenarios="scenario, probability, branches_from, branch_period \n"
        " trunk, 0.5, , \n late, 0.5, trunk, 2027",
        Scenario_changes="scenario, sheet, item, column, operation, value \n"
        " trunk, Offers, O, lead_time, add, 1 \n late, Offers, O, lead_time, add, 1",
    )
    plan = plan_of(made)
    arrives = {row["scenario"]: row["delivery_period"] for row in plan.tables["Committed units"]}
    assert arrives == {"trunk": "2027", "late": "2028"}


# --------------------------------------------------------------------------- software, silicon
def test_software_under_way_goes_on():
    # started in 2026 for two years at 30 a year: level open from 2028 on, and 30 due in 2027
    made = book(
        2,
        Platforms="platform, efficiency_at_start \n X, 50%",
        Chips="chip, vendor, life_years, platform \n C, Nord, 10, X",
        Software="project, platform, cost, duration, started, efficiency \n"
        " Port, X, 60, 2, 2026, 100%",
        Demand=demand(2, 4),
    )
    plan = plan_of(made)
    assert line(plan, "software") == {"2027": 30}
    assert bought(plan) == {("O", "2027"): 4}


@pytest.mark.parametrize("abandoned", ["no", "yes"])
def test_what_was_given_up_starts_no_more_and_costs_no_more(abandoned):
    # stage 1 is done; stage 2 and own chips at 10 instead of 100 would save 10 × 90 for 40
    made = book(
        2,
        Offers="offer, chip, seller, acquisition, price, programme \n"
        " O, C, Nord, buy, 100, \n P, C, Nord, buy, 10, Own",
        Programmes=f"programme, cancellation_cost, abandoned \n Own, 25, {abandoned}",
        Programme_stages="programme, stage, duration, cost, started \n"
        " Own, 1, 1, 40, 2026 \n Own, 2, 1, 40,",
        Demand=demand(0, 10),
    )
    assert plan_of(made).objective == pytest.approx(1000 if abandoned == "yes" else 140)


@pytest.mark.parametrize(
    ("abandoned", "started", "cost"),
    # own chips at 10 need a stage of two years at 100; 5 are wanted in 2028, others cost 100.
    # Under way since 2026: 50 more and 5 × 10; given up, it ends: 5 × 100. Done by 2026: 5 × 10.
    # Given up before it starts: nothing starts.
    [
        ("no", 2026, 50 + 50),
        ("yes", 2026, 500),
        ("yes", 2025, 50),
        ("yes", 2027, 500),
    ],
)
def test_a_stage_under_way_of_what_was_given_up_ends_there(abandoned, started, cost):
    made = book(
        2,
        Offers="offer, chip, seller, acquisition, price, programme \n"
        " O, C, Nord, buy, 100, \n P, C, Nord, buy, 10, Own",
        Programmes=f"programme, cancellation_cost, abandoned \n Own, 30, {abandoned}",
        Programme_stages="programme, stage, duration, cost, started, book_value \n"
        f" Own, 1, 2, 100, {started}, {'40' if started < 2027 else ''}",
        Demand=demand(0, 5),
    )
    plan = plan_of(made)
    assert plan.objective == pytest.approx(cost)
    lost = [
        row["amount"]
        for row in plan.tables["Profit and loss"]
        if row["line"] == "write_offs_programmes" and row["amount"]
    ]
    assert lost == ([pytest.approx(40)] if (abandoned, started) == ("yes", 2026) else [])


@pytest.mark.parametrize(
    ("stages", "cost"),
    # a stage of after the plan is not started by its end, and nothing is paid; where an earlier one
    # is done, the programme stands still at the plan's end: the fee of 30, but for its wait
    [
        (" Own, 1, 2, 100, 2029,", 0),
        (" Own, 1, 1, 100, 2026, \n Own, 2, 1, 100, 2029,", 30),
        (" Own, 1, 1, 100, 2026, \n Own, 2, 1, 100, 2029, 2", 0),
        (" Own, 1, 2, 100, 2028,", 50 + 30),
    ],
)
def test_a_stage_dated_after_the_plan_is_not_used(stages, cost):
    made = book(
        2,
        Programmes="programme, cancellation_cost \n Own, 30",
        Programme_stages=f"programme, stage, duration, cost, started, max_wait \n{stages}",
        Demand=demand(0, 0),
    )
    assert plan_of(made).objective == pytest.approx(cost)


# --------------------------------------------------------------------------- deals, contracts
DEAL = """
    deal, milestone, measure, threshold, value, kind, met
    Pact, One, cumulative_units, 3, 40, cash, {}
    Pact, Two, cumulative_units, 5, 70, cash,
"""


@pytest.mark.parametrize(("met", "paid"), [("2026", 70), ("", 110)])
def test_a_milestone_that_was_met_pays_no_more(met, paid):
    made = book(
        1,
        Deals="deal, vendor, signing, signed_in \n Pact, Nord, signed, 2025",
        Deal_milestones=DEAL.format(met),
        Demand=demand(6),
    )
    assert line(plan_of(made), "deal_value") == {"2027": -paid}


def test_a_contract_is_in_force_from_when_it_was_signed():
    # agreed to be signed in 2028: 10 % off then, not in 2027; no fee
    made = book(
        2,
        Contracts="contract, seller, signing, signed_in, signing_fee, price_cut_pct \n"
        " Frame, Nord, signed, 2028, 500, 10%",
        Demand=demand(2, 5),
    )
    assert plan_of(made).objective == pytest.approx(200 + 270)


# --------------------------------------------------------------------------- the plan before
def test_the_plan_before_may_tell_scenarios_apart():
    # 5 in the trunk and 7 in the other world were planned for 2028; 10 % of list for each change
    made = book(
        2,
        {"change_cost_pct": "10%"},
        Demand=demand(0, 6),
        Scenarios="scenario, probability, branches_from, branch_period \n"
        " trunk, 0.5, , \n other, 0.5, trunk, 2028",
        Previous_plan="scenario, offer, order_period, units \n"
        " trunk, O, 2028, 5 \n other, O, 2028, 7",
    )
    plan = plan_of(made)
    assert [row["units"] for row in plan.tables["Orders"]] == [6, 6]
    assert plan.objective == pytest.approx(600 + 10)
