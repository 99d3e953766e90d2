"""Software: projects, the efficiency levels they open, maturity (contract §2, §3.3)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states

ROCM = {
    "Platforms": "platform, efficiency_at_start\nR, 50%",
    "Chips": "chip, vendor, platform, life_years\nC, Nord, R, 10",
    "Offers": "offer, chip, seller, acquisition, price, lot_size\nO, C, Nord, buy, 10, 0",
}
HEAD = "project, platform, cost, duration, efficiency"


@states("software.starts_as_steps_say", "software.a_project_waits_for_what_it_requires")
def test_rows_of_projects():
    made = book(
        **ROCM,
        Software=f"{HEAD}, requires, first_start\n"
        "Port, R, 8, 1, 80%, , \nTune, R, 8, 1, 1, Port, 2028",
    )
    port = [f"software.starts_by[Port,{at}]" for at in range(3)]
    tune = [f"software.starts_by[Tune,{at}]" for at in (1, 2)]
    # started in a period: by it, but not by the one before
    steps = stated(made, "software.starts_as_steps_say")
    assert steps["Port", 2] == (0, {"software.starts[Port,2]": 1, port[2]: -1, port[1]: 1}, 0)
    assert steps["Tune", 1] == (0, {"software.starts[Tune,1]": 1, tune[0]: -1}, 0)
    assert len(steps) == 5
    # started by 2029 only if Port was started by 2028 and so finished before 2029
    waits = stated(made, "software.a_project_waits_for_what_it_requires")
    assert waits["Tune", 1] == (None, {tune[0]: 1, port[0]: -1}, 0)
    assert waits["Tune", 2] == (None, {tune[1]: 1, port[1]: -1}, 0)


def test_a_platform_runs_at_its_efficiency_at_start_until_a_project_is_finished():
    # 10 of work at 50 % need 20 units (200). A project of 2 periods, 40 a period, opens 100 % in
    # 2029 only, too late to help. With a year's duration: it cannot help 2027 either.
    demand = "workload, 2027, 2028, 2029\nW, 10, 10, 10"
    plan = solved(book(**ROCM, Demand=demand, Software=f"{HEAD}\nPort, R, 80, 2, 1"))
    assert plan.objective == pytest.approx(200)
    assert plan.tables["Software timeline"] == []
    # with demand from 2028 on, the project of a year pays: 20 + 100 instead of 200
    later = "workload, 2027, 2028, 2029\nW, 0, 10, 10"
    plan = solved(book(**ROCM, Demand=later, Software=f"{HEAD}\nPort, R, 20, 1, 1"))
    assert plan.objective == pytest.approx(120)
    assert seen(plan, "Software timeline", "project", "start", "end", "cost") == [
        ("Port", "2027", "2027", 20)
    ]
    assert seen(plan, "Usage", "period", "efficiency", "units") == [
        ("2028", 1, 10),
        ("2029", 1, 10),
    ]


def test_a_project_spreads_its_cost_evenly_and_pays_only_within_the_plan():
    # 3 periods of 5 from 2028: 2028 and 2029 fall into the plan. A rule asks for the start.
    plan = solved(
        book(
            **ROCM,
            Software=f"{HEAD}, first_start, last_start\nPort, R, 15, 3, 1, 2028, 2028",
            Custom_rules="rule, quantity, dimension, member, coefficient, sense, limit\n"
            "R, software_started, project, Port, 1, >=, 1",
        )
    )
    assert cash(plan, "software") == {"2028": 5, "2029": 5}
    assert seen(plan, "Software timeline", "end", "cost") == [("2030", 10)]


def test_efficiency_zero_at_start_runs_nothing_before_the_project_is_finished():
    zero = {**ROCM, "Platforms": "platform, efficiency_at_start\nR, 0"}
    software = f"{HEAD}\nPort, R, 20, 1, 125%"
    assert impossible(
        book(**zero, Software=software, Demand="workload, 2027, 2028, 2029\nW, 10, 0, 0")
    )
    # efficiency may exceed 100 %: 10 of work need 8 units
    plan = solved(book(**zero, Software=software, Demand="workload, 2027, 2028, 2029\nW, 0, 10, 0"))
    assert plan.objective == pytest.approx(20 + 80)


def test_a_level_matures_linearly_and_a_finished_project_is_usable_from_the_next_period():
    # Finished in 2026: age 0 in 2027 at 60 %, 1 in 2028 at 80 %, 2 (mature) from 2029 at 100 %.
    old = f"{HEAD}, finished, mature_efficiency, mature_after\nPort, R, 9, 1, 60%, 2026, 100%, 2"
    demand = "workload, 2027, 2028, 2029\nW, 6, 8, 10"
    plan = solved(book(**ROCM, Demand=demand, Software=old))
    assert seen(plan, "Usage", "period", "efficiency", "units") == [
        ("2027", 0.6, 10),
        ("2028", 0.8, 10),
        ("2029", 1, 10),
    ]
    assert plan.objective == pytest.approx(100)
    # mature at once where mature_after is blank
    plan = solved(book(**ROCM, Demand=demand, Software=old.replace("100%, 2", "100%,")))
    assert seen(plan, "Usage", "efficiency", "units", period="2027") == [(1, 6)]
    # done in 2024, long mature by 2027; finished within the plan, in 2027, it is usable from 2028
    plan = solved(book(**ROCM, Demand=demand, Software=old.replace("2026", "2024")))
    assert seen(plan, "Usage", "efficiency", period="2027") == [(1,)]
    # (its year of work lies in the plan then, and is paid there)
    plan = solved(book(**ROCM, Demand=demand, Software=old.replace("2026", "2027")))
    assert cash(plan, "software") == {"2027": 9}
    assert seen(plan, "Usage", "period", "efficiency") == [
        ("2027", 0.5),
        ("2028", 0.6),
        ("2029", 0.8),
    ]


def test_a_project_started_in_the_plan_matures_by_its_own_age():
    # Started in 2027 (1 period): 60 % in 2028 and 100 % in 2029. 6 and 10 of work: 10 units.
    plan = solved(
        book(
            **ROCM,
            Demand="workload, 2027, 2028, 2029\nW, 0, 6, 10",
            Software=f"{HEAD}, mature_efficiency, mature_after\nPort, R, 9, 1, 60%, 100%, 1",
        )
    )
    assert seen(plan, "Usage", "period", "efficiency", "units") == [
        ("2028", 0.6, 10),
        ("2029", 1, 10),
    ]
    assert plan.objective == pytest.approx(109)


def test_a_project_serves_the_workloads_it_names_and_levels_may_be_split():
    # Port is for W only: X stays at 50 % (10 units for 5 of work). W's 5 of work take 5 units.
    plan = solved(
        book(
            **ROCM,
            Workloads="workload\nW\nX",
            Performance="chip, workload, throughput\nC, W, 1\nC, X, 1",
            Demand="workload, 2027, 2028, 2029\nW, 0, 5, 0\nX, 0, 5, 0",
            Software=f"{HEAD}, workload\nPort, R, 9, 1, 1, W",
        )
    )
    assert seen(plan, "Usage", "workload", "efficiency", "units") == [("W", 1, 5), ("X", 0.5, 10)]
    # an unnamed workload list means all; a blank platform needs no porting
    plan = solved(book(Demand="workload, 2027, 2028, 2029\nW, 7, 0, 0"))
    assert seen(plan, "Usage", "efficiency", "units") == [(1, 7)]


def test_projects_wait_for_the_one_they_require():
    # Tune opens 200 % but needs Port first: Port 2027, Tune 2028, usable in 2029.
    made = {
        **ROCM,
        "Software": f"{HEAD}, requires\nPort, R, 1, 1, 60%, \nTune, R, 1, 1, 2, Port",
        "Demand": "workload, 2027, 2028, 2029\nW, 0, 0, 20",
    }
    plan = solved(book(**made))
    assert seen(plan, "Software timeline", "project", "start") == [
        ("Port", "2027"),
        ("Tune", "2028"),
    ]
    assert plan.objective == pytest.approx(2 + 100)
    # one finished before the plan is no wait
    made["Software"] = (
        f"{HEAD}, requires, finished\nPort, R, 1, 1, 60%, , 2025\nTune, R, 1, 1, 2, Port,"
    )
    made["Demand"] = "workload, 2027, 2028, 2029\nW, 0, 20, 0"
    assert solved(book(**made)).objective == pytest.approx(1 + 100)


def test_finished_software_keeps_its_residual():
    # 40 % of 10 for the one done before the plan, 60 % of 20 for the one done in its last period.
    plan = solved(
        book(
            **{
                **ROCM,
                "Chips": "chip, vendor, platform, life_years, value_loss_per_year\n"
                "C, Nord, R, 9, 1",
            },
            Software=f"{HEAD}, residual_pct, first_start, finished\n"
            "Old, R, 10, 1, 60%, 40%, , 2025\n"
            "New, R, 20, 2, 1, 60%, 2028,\nLate, R, 20, 2, 1, 40%, 2029,",
            Custom_rules="rule, quantity, coefficient, sense, limit\nR, software_started, 1, >=, 2",
            terminal_value="yes",
        )
    )
    # Late is started in 2029 for 10 and not finished
    assert plan.objective == pytest.approx(20 + 10 - 0.4 * 10 - 0.6 * 20)
