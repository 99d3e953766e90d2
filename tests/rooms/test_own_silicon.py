"""Own silicon: stages, waiting, ramps, must_run, cancellation, residuals (contract §2, §3.6)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states

PROGRAMMES = "programme, requires, must_run, cancellation_cost, residual_pct"
STAGES = "programme, stage, duration, cost, first_start, last_start, started, max_wait"
OFFERS = "offer, chip, seller, acquisition, price, programme, lot_size"
OWN = {
    "Offers": f"{OFFERS}\nO, C, Nord, buy, 1, P, 0\nQ, C, Sud, buy, 10, , 0",
    "Programmes": f"{PROGRAMMES}\nP, , no, ,",
    "Programme_stages": f"{STAGES}\nP, 1, 1, 6, , , ,\nP, 2, 1, 4, , , ,",
}


def programme(*cells: str) -> str:
    """Sheet Programmes."""
    return "\n".join([PROGRAMMES, *cells])


def stages(*rows: str) -> str:
    """Sheet Programme stages."""
    return "\n".join([STAGES, *rows])


def demand(*values: float) -> str:
    """Sheet Demand of W."""
    return "workload, 2027, 2028, 2029\nW, " + ", ".join(map(str, values))


# ------------------------------------------------------------------ coefficients
def y(stage: int, at: int, name: str = "P") -> str:
    """Name of the start of a stage in a period."""
    return f"own_silicon.starts[{name},{stage},{at}]"


def by(stage: int, at: int, name: str = "P") -> str:
    """Name of the start of a stage by a period."""
    return f"own_silicon.starts_by[{name},{stage},{at}]"


@states(
    "own_silicon.starts_as_steps_say",
    "own_silicon.a_stage_waits_for_the_one_before",
    "own_silicon.a_stage_does_not_wait_too_long",
    "own_silicon.a_programme_waits_for_the_one_it_requires",
    "own_silicon.a_programme_that_must_run_is_finished",
    "own_silicon.an_abandoned_programme_is_cancelled",
)
def test_rows_of_stages():
    made = book(
        Programmes=programme("P, , no, 50,", "R, P, yes, ,"),
        Programme_stages=stages("P, 1, 1, 6, , , ,", "P, 2, 1, 4, , , , 0", "R, 1, 1, 1, , , ,"),
    )
    # started in a period: by it, but not by the one before
    assert stated(made, "own_silicon.starts_as_steps_say")["P", 1, 2] == (
        0,
        {y(1, 2): 1, by(1, 2): -1, by(1, 1): 1},
        0,
    )
    # stage 2 started by 2029 only if stage 1 was started by 2028
    assert stated(made, "own_silicon.a_stage_waits_for_the_one_before")["P", 2, 2] == (
        None,
        {by(2, 2): 1, by(1, 1): -1},
        0,
    )
    # no wait at all: stage 2 starts in 2029 only right after a stage 1 of 2028
    assert stated(made, "own_silicon.a_stage_does_not_wait_too_long")["P", 2, 2] == (
        None,
        {y(2, 2): 1, y(1, 1): -1},
        0,
    )
    # R is started by 2028 only if P's stage 2 was started in 2027
    assert stated(made, "own_silicon.a_programme_waits_for_the_one_it_requires")["R", 1, 1] == (
        None,
        {by(1, 1, "R"): 1, by(2, 0): -1},
        0,
    )
    assert stated(made, "own_silicon.a_programme_that_must_run_is_finished") == {
        "R": (1, {y(1, at, "R"): 1 for at in range(3)}, None)
    }
    # done too long ago at the plan's end: stage 1 of 2027 or 2028 (that of 2029 may still go on)
    assert stated(made, "own_silicon.an_abandoned_programme_is_cancelled") == {
        ("P", 1): (
            None,
            {
                y(1, 0): 1,
                y(1, 1): 1,
                y(2, 0): -1,
                y(2, 1): -1,
                y(2, 2): -1,
                "own_silicon.abandons[P,1]": -1,
            },
            0,
        )
    }


@states("own_silicon.own_chips_wait_for_their_programme", "own_silicon.own_chips_ramp_up")
def test_rows_of_readiness_and_ramp():
    made = book(
        Offers=f"{OFFERS}, max_order\nO, C, Nord, buy, 1, P, 0, 30\nL, C, Nord, buy, 2, P, 0, 40",
        Programmes=programme("P, , no, ,"),
        Programme_stages=stages("P, 1, 1, 6, , , ,"),
        Programme_ramp="programme, periods_since_ready, max_units\nP, 0, 10\nP, 1, 25",
        Committed_orders="offer, order_period, units, site\nO, 2029, 4, Hall",
        Demand=demand(90, 90, 90),
    )
    # ready in 2028 if started in 2027; nothing can be ordered before
    waits = stated(made, "own_silicon.own_chips_wait_for_their_programme")
    # (the ramp allows 10 then at most, less than the offer's 30)
    assert waits["O", 1] == (None, {"orders.amount[O,1,Hall]": 1, by(1, 0): -10}, 0)
    assert ("O", 0) not in waits
    # in 2029: 25 − 4 committed if ready since 2028, 10 − 4 if since 2029, over both offers
    ramps = stated(made, "own_silicon.own_chips_ramp_up")
    assert ramps["P", 2] == (
        None,
        {
            "orders.amount[O,2,Hall]": 1,
            "orders.amount[L,2,Hall]": 1,
            y(1, 0): -21,
            y(1, 1): -6,
        },
        0,
    )


# ------------------------------------------------------------------ stages and readiness
def test_stages_follow_one_another_and_orders_follow_the_last():
    # Two stages of a year in 2027 and 2028 (6 + 4); ready in 2029 at 1 a unit; 10 units are bought
    # of Sud for 2027 (100), and 20 more come from the programme in 2029.
    plan = solved(book(**OWN, Demand=demand(10, 10, 30)))
    assert seen(plan, "Programme timeline", "stage", "start", "end", "cost") == [
        (1, "2027", "2027", 6),
        (2, "2028", "2028", 4),
    ]
    assert seen(plan, "Orders", "offer", "order_period", "units") == [
        ("O", "2029", 20),
        ("Q", "2027", 10),
    ]
    assert cash(plan, "programme_costs") == {"2027": 6, "2028": 4}
    assert plan.objective == pytest.approx(100 + 20 + 10)
    # for 1 unit it does not pay: no stage is started, nothing is cancelled
    plan = solved(book(**OWN, Demand=demand(10, 10, 11)))
    assert plan.tables["Programme timeline"] == []
    assert plan.objective == pytest.approx(110)


def test_cost_is_spread_evenly_and_windows_hold():
    # A stage of 3 periods and 9 of cost, only from 2028 on: 3 in 2028 and in 2029; must_run cannot
    # be, for it would end in 2030. Started before the plan, in 2026, it is ready in 2029.
    made = {**OWN, "Demand": demand(0, 0, 30)}
    made["Programme_stages"] = stages("P, 1, 3, 9, , , 2026,")
    plan = solved(book(**made))
    assert cash(plan, "programme_costs") == {"2027": 3, "2028": 3}
    assert plan.objective == pytest.approx(6 + 30)
    made["Programme_stages"] = stages("P, 1, 3, 9, 2028, 2028, ,")
    rule = "rule, quantity, dimension, member, coefficient, sense, limit\n"
    made["Custom_rules"] = rule + "R, stage_started, stage, P / 1, 1, >=, 1"
    plan = solved(book(**made))
    assert cash(plan, "programme_costs") == {"2028": 3, "2029": 3}
    assert seen(plan, "Programme timeline", "start", "end", "cost") == [("2028", "2030", 6)]


def test_a_stage_starts_within_its_max_wait_of_the_one_before():
    # Stage 1 was done in 2026 (started then); stage 2 may wait 1 period: until 2028.
    made = {**OWN, "Programmes": programme("P, , no, ,")}
    rule = "rule, quantity, dimension, member, from, coefficient, sense, limit\n"
    late = rule + "R, stage_started, stage, P / 2, 2029, 1, >=, 1"
    made["Programme_stages"] = stages("P, 1, 1, 6, , , 2026,", "P, 2, 1, 4, , , , 1")
    assert impossible(book(**made, Custom_rules=late))
    assert not impossible(book(**made, Custom_rules=late.replace("2029", "2028")))
    made["Programme_stages"] = stages("P, 1, 1, 6, , , 2026,", "P, 2, 1, 4, , , ,")
    assert not impossible(book(**made, Custom_rules=late))


def test_a_programme_that_requires_another_waits_until_that_is_ready():
    # R needs P's two stages first: P in 2027 and 2028, R in 2029; must_run asks for it.
    made = {**OWN, "Programmes": programme("P, , no, ,", "R, P, yes, ,")}
    made["Programme_stages"] = OWN["Programme_stages"] + "\nR, 1, 1, 7, , , ,"
    plan = solved(book(**made))
    assert seen(plan, "Programme timeline", "programme", "stage", "start") == [
        ("P", 1, "2027"),
        ("P", 2, "2028"),
        ("R", 1, "2029"),
    ]
    assert plan.objective == pytest.approx(17)
    # with a longer stage R cannot be finished within the plan
    made["Programme_stages"] = OWN["Programme_stages"] + "\nR, 1, 2, 7, , , ,"
    made["Programmes"] = programme("P, , no, ,", "R, P, no, ,")
    rule = "rule, quantity, dimension, member, coefficient, sense, limit\n"
    made["Custom_rules"] = rule + "R, stage_started, programme, R, 1, >=, 1"
    plan = solved(book(**made))
    assert seen(plan, "Programme timeline", "end", programme="R") == [("2030",)]


def test_a_programme_without_stages_is_ready_at_the_start():
    # … also where it requires another; its ramp counts from the plan's start: 5, then 8, then 8.
    made = {
        "Offers": OWN["Offers"],
        "Programmes": programme("P, S, no, ,", "S, , no, ,"),
        "Programme_stages": stages("S, 1, 2, 99, , , ,"),
        "Programme_ramp": "programme, periods_since_ready, max_units\nP, 0, 5\nP, 1, 8",
        "Demand": demand(10, 20, 30),
    }
    plan = solved(book(**made, discount_rate=1))
    assert seen(plan, "Orders", "offer", "order_period", "units") == [
        ("O", "2027", 5),
        ("O", "2028", 8),
        ("O", "2029", 8),
        ("Q", "2027", 5),
        ("Q", "2028", 2),
        ("Q", "2029", 2),
    ]


def test_the_last_row_of_a_ramp_goes_on_and_committed_orders_use_it_up():
    # Ready since 2025 (its one stage was started in 2024): 2 periods ago in 2027, so 8 a period, of
    # which 3 are committed in 2027.
    plan = solved(
        book(
            Offers=OWN["Offers"],
            Programmes=OWN["Programmes"],
            Programme_stages=stages("P, 1, 1, 6, , , 2024,"),
            Programme_ramp="programme, periods_since_ready, max_units\nP, 0, 5\nP, 1, 8",
            Committed_orders="offer, order_period, units, site\nO, 2027, 3, Hall",
            Demand=demand(10, 10, 10),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 5), ("Q", 2)]
    assert cash(plan, "programme_costs") == {}


# ------------------------------------------------------------------ must_run, cancellation
def test_must_run_finishes_the_last_stage_within_the_plan():
    # Nobody needs it, yet both stages are run, by the end at the latest: with discounting, in 2028
    # and 2029.
    made = {**OWN, "Programmes": programme("P, , yes, ,")}
    plan = solved(book(**made, discount_rate=1))
    assert seen(plan, "Programme timeline", "stage", "start") == [(1, "2028"), (2, "2029")]
    assert plan.objective == pytest.approx(6 / 2 + 4 / 4)
    made["Programme_stages"] = stages("P, 1, 2, 6, , , ,", "P, 2, 1, 4, , , 2028,")
    # stage 2 is started in 2028 already although stage 1 … the check refuses that order of starts
    from chipfolio.errors import WorkbookError

    with pytest.raises(WorkbookError):
        solved(book(**made))


NEXT = "P, 2, 2, 400, , , "


@pytest.mark.parametrize(
    ("rows", "running", "paid"),
    [
        # stage 1 done in 2026, the next may wait for ever: "not within its given max_wait"
        (("P, 1, 1, 6, , , 2026, ", NEXT + ","), 0, 50),
        # … within 2 periods: 2027 and 2028, which have passed at the plan's end
        (("P, 1, 1, 6, , , 2026, ", NEXT + ", 2"), 0, 50),
        # … within 3 periods: it may still start in 2030
        (("P, 1, 1, 6, , , 2026, ", NEXT + ", 3"), 0, 0),
        # started in 2029 for 2 periods: under way at the end, 15 of its 30 remain
        (("P, 1, 2, 30, , , 2029, ", NEXT + ","), 15, 15),
        # 60 of its 120 remain: the smaller is the cancellation cost
        (("P, 1, 2, 120, , , 2029, ", NEXT + ","), 60, 50),
        # finished exactly at the end, the next still to come without a given wait
        (("P, 1, 2, 30, , , 2028, ", NEXT + ","), 30, 50),
        # … with a wait of 0: it may start right then
        (("P, 1, 2, 30, , , 2028, ", NEXT + ", 0"), 30, 0),
        # the last stage is finished, or the last is under way
        (("P, 1, 1, 6, , , 2025, ", "P, 2, 2, 40, , , 2026, "), 20, 0),
        (("P, 1, 1, 6, , , 2025, ", "P, 2, 2, 40, , , 2029, "), 20, 20),
        # nothing was started
        (("P, 1, 1, 6, , , , ",), 0, 0),
    ],
)
def test_what_a_programme_left_unfinished_costs(rows, running, paid):
    plan = solved(book(Programmes=programme("P, , no, 50,"), Programme_stages=stages(*rows)))
    assert plan.objective == pytest.approx(running + paid)
    assert sum(cash(plan, "programme_costs").values()) == pytest.approx(running + paid)


def test_it_is_cheaper_to_go_on_than_to_cancel():
    # Stage 1 done in 2026; cancelling costs 50, stage 2 of a year costs 40 in 2029 at the latest.
    made = {
        "Programmes": programme("P, , no, 50,"),
        "Programme_stages": stages("P, 1, 1, 6, , , 2026,", "P, 2, 1, 40, , , ,"),
    }
    assert solved(book(**made)).objective == pytest.approx(40)
    # of 4 periods and 80: started in 2029 it pays 20 and the smaller of 50 and 60, more than
    # the 50 of cancelling at once
    made["Programme_stages"] = stages("P, 1, 1, 6, , , 2026,", "P, 2, 4, 80, , , ,")
    assert solved(book(**made)).objective == pytest.approx(50)


def test_a_finished_programme_keeps_a_share_of_all_its_stages_cost():
    # 10 % of 6 + 4, finished in 2029; the stage begun before the plan counts in full.
    made = {
        "Programmes": programme("P, , yes, , 10%"),
        "Programme_stages": stages("P, 1, 2, 6, , , 2026,", "P, 2, 1, 4, , , ,"),
        "Chips": "chip, vendor, life_years, value_loss_per_year\nC, Nord, 9, 1",
    }
    plan = solved(book(**made, terminal_value="yes"))
    assert plan.objective == pytest.approx(3 + 4 - 1)
    assert solved(book(**made)).objective == pytest.approx(7)


# ------------------------------------------------------------------ slips and failures
def changed(*rows: str) -> dict[str, str]:
    """One scenario, which is the trunk, with changes to stages."""
    head = "scenario, sheet, item, column, from, to, operation, value"
    lines = [f"Bad, Programme stages, {row}" for row in rows]
    return {
        "Scenarios": "scenario, probability\nBad, 1",
        "Scenario_changes": "\n".join([head, *lines]),
    }


def test_a_slip_goes_on_costing_as_much_per_period():
    # The stage under way since 2026, 2 periods at 3, takes 4: 3 more in 2027, 2028 and 2029.
    made = {
        "Programmes": programme("P, , yes, ,"),
        "Programme_stages": stages("P, 1, 2, 6, , , 2026,"),
    }
    plan = solved(book(**made, **changed("P / 1, duration, 2027, , set, 4")))
    assert cash(plan, "programme_costs") == {"2027": 3, "2028": 3, "2029": 3}
    assert seen(plan, "Programme timeline", "end") == [("2029",)]


def test_a_stage_that_never_finishes_counts_as_abandoned_after_its_planned_duration():
    # Stage 1, 2 periods from 2026, never finishes: 3 of it are paid in 2027, then the programme is
    # abandoned: 50. must_run asks only that all stages up to it are started.
    fails = changed("P / 1, completes, 2027, , set, no")
    made = {
        "Programmes": programme("P, , yes, 50,"),
        "Programme_stages": stages("P, 1, 2, 6, , , 2026,", "P, 2, 1, 40, , , ,"),
        "Demand": demand(0, 0, 30),
        "Offers": OWN["Offers"],
    }
    plan = solved(book(**made, **fails))
    assert cash(plan, "programme_costs") == {"2027": 3, "2029": 50}
    assert seen(plan, "Orders", "offer", "units") == [("Q", 30)]
    assert seen(plan, "Programme timeline", "stage", "end", "cost") == [(1, "", 3)]
    # still within its planned duration at the end: the smaller of 50 and what remains of it
    made["Programme_stages"] = stages("P, 1, 6, 12, , , 2026,", "P, 2, 1, 40, , , ,")
    plan = solved(book(**made, **fails))
    assert cash(plan, "programme_costs") == {"2027": 2, "2028": 2, "2029": 2 + 4}
    # the second of two stages fails: both are started
    made["Programme_stages"] = stages("P, 1, 1, 6, , , ,", "P, 2, 1, 40, , , ,")
    plan = solved(book(**made, **changed("P / 2, completes, 2027, , set, no")))
    assert seen(plan, "Programme timeline", "stage", "end") == [(1, "2027"), (2, "")] or seen(
        plan, "Programme timeline", "stage"
    ) == [(1,), (2,)]
    assert plan.objective == pytest.approx(6 + 40 + 50 + 300)
