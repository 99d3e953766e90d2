"""One time limit over all stages: what cannot be cut short is set aside for, and said beforehand."""

from __future__ import annotations

import logging

import pytest

import chipfolio
from chipfolio.plan import plan as planning
from chipfolio.plan.budget import (
    BUILD_COLUMN,
    CHECK_COLUMN,
    POLISHING,
    READ_CELL,
    STARTING,
    WRITE_CELL,
    WRITE_ROW,
    Budget,
    work_of,
)
from chipfolio.solver.engine import Outcome
from tests.conftest import book


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_what_is_ahead_is_set_aside_at_the_pace_so_far():
    clock = Clock()
    budget = Budget(60.0, clock=clock)
    clock.now += 8.0
    budget.measure(2.0)  # what takes 2 seconds elsewhere took 8: four times as long
    # 60 − 8 gone − 5 × 4 ahead
    assert budget.for_solver(5.0, 1.0) == pytest.approx(32.0)
    clock.now += 32.0
    assert budget.left(5.0) == pytest.approx(0.0)
    assert budget.left() == pytest.approx(20.0)


def test_the_solver_gets_a_quarter_of_the_limit_in_any_case_and_that_is_said():
    clock = Clock()
    budget = Budget(30.0, clock=clock)
    clock.now += 4.0
    budget.measure(2.0)
    assert budget.too_short(9.0, 1.0) == ""  # 4 + 9 × 2 = 22, and 8 are left
    assert budget.for_solver(9.0, 1.0) == pytest.approx(8.0)
    assert budget.for_solver(20.0, 1.0) == pytest.approx(7.5)
    assert budget.too_short(20.0, 1.0) == (
        "the time limit of 30 seconds is too short: reading, building, checking and writing alone "
        "take about 44 seconds here; so that there is a first plan, the solver gets 8 all the same, "
        "and the run ends after about 52"
    )
    assert budget.too_short(21.0, 1.0) == ""  # 54, which is much the same
    assert budget.too_short(24.0, 1.0).endswith("the run ends after about 60")


def test_the_solver_gets_as_long_as_a_first_plan_takes_in_any_case():
    clock = Clock()
    budget = Budget(30.0, clock=clock)
    clock.now += 16.0
    budget.measure(
        4.0
    )  # four times as slow; building is 1.5 of it: a first plan within 3 × 1.5 × 4
    assert budget.for_solver(9.0, 1.5) == pytest.approx(18.0)
    assert budget.too_short(9.0, 1.5).endswith(  # 16 + 9 × 4
        "take about 52 seconds here; so that there is a first plan, the solver gets 18 all the "
        "same, and the run ends after about 70"
    )


def test_a_pace_is_believed_within_bounds_and_not_before_there_is_any():
    clock = Clock()
    budget = Budget(60.0, clock=clock)
    budget.measure(0.0)
    assert budget.pace == 1.0
    clock.now += 1.0
    budget.measure(0.01)  # what is done in a moment tells nothing, however long it took
    assert budget.pace == 1.0
    clock.now += 1000.0
    budget.measure(1.0)
    assert budget.pace == 50.0
    budget = Budget(60.0, clock=clock)
    budget.measure(1.0)  # no time at all
    assert budget.pace == 0.5


def test_the_work_of_a_book_by_hand():
    tables = chipfolio.read(book())
    cells = sum(len(row) for frame in tables.frames.values() for row in frame)
    # 3 years, an offer, a workload and a pair of them; two worlds: 6 times
    work = work_of(tables, worlds=2)
    assert work.read == pytest.approx(STARTING + READ_CELL * cells)
    assert work.build == pytest.approx(BUILD_COLUMN * 6 * (15 + 3 + 2))
    assert work.check == pytest.approx(POLISHING + CHECK_COLUMN * 6 * (15 + 3 + 2))
    rows = 250 + 6 * (40 + 3 + 2)
    assert work.write == pytest.approx(WRITE_ROW * rows + WRITE_CELL * cells)
    assert work.total == pytest.approx(work.read + work.build + work.after)
    built = work_of(tables, worlds=2, columns=1000)
    assert built.build == pytest.approx(BUILD_COLUMN * 1000) and built.write == work.write
    assert work_of(tables, worlds=2, writes=False).write == 0.0
    assert work_of(tables, worlds=2, html=True).write == pytest.approx(work.write + 3.0)


def asked_for(monkeypatch, clock: Clock, building: float, **options) -> tuple[float, object]:
    """Seconds that a solve gives its solver where building takes so many; and the plan."""
    given = []
    build, run, budget = planning.build, planning.run_highs, planning.Budget

    def slow(*args, **more):
        clock.now += building
        return build(*args, **more)

    def noted(matrix, gap, seconds, *args, **more):
        given.append(seconds)
        return run(matrix, gap, 60.0, *args, **more)

    monkeypatch.setattr(planning, "build", slow)
    monkeypatch.setattr(planning, "run_highs", noted)
    monkeypatch.setattr(planning, "Budget", lambda *args: budget(*args, clock=clock))
    demand = "workload, 2027, 2028, 2029\nW, 0, 3, 0"
    plan = chipfolio.solve(chipfolio.read(book(Demand=demand)), **options)
    return given[0], plan


def test_a_solve_gives_its_solver_what_reading_and_building_leave(monkeypatch):
    clock = Clock()
    clock.now += 2.0  # reading took so long
    seconds, plan = asked_for(monkeypatch, clock, 8.0, time_limit=100.0, began=100.0)
    work = work_of(plan.inputs, worlds=1, columns=plan.size["columns"])
    pace = min(10.0 / (work.read + work.build), 50.0)
    assert seconds == pytest.approx(100.0 - 10.0 - pace * work.after)


def test_a_limit_that_cannot_hold_is_said_before_anything_is_built(monkeypatch, caplog):
    clock = Clock()
    with caplog.at_level(logging.WARNING):
        seconds, _ = asked_for(monkeypatch, clock, 8.0, time_limit=0.5)
    assert "the time limit of 0.5 seconds is too short" in caplog.text
    assert seconds == 1.0


def test_what_building_shows_of_the_end_is_said_before_the_solver_starts(monkeypatch, caplog):
    clock = Clock()
    with caplog.at_level(logging.WARNING):
        asked_for(monkeypatch, clock, 90.0, time_limit=100.0)
    # nothing was known before the model was built: 90 seconds, and 50 times as slow as elsewhere
    assert caplog.text.count("the time limit of 100 seconds is too short") == 1


def test_where_time_is_up_without_a_plan_only_what_is_left_goes_into_the_nearest(monkeypatch):
    clock, solving, given = Clock(), [], []
    clock.now += 2.0  # reading took so long
    tables = chipfolio.read(book(Demand="workload, 2027, 2028, 2029\nW, 0, 3, 0"))

    def nothing(matrix, gap, seconds, *_, **__):
        solving.append(seconds)
        clock.now += seconds
        return Outcome("time_limit", None, None, None, seconds)

    def nearest(whole, matrix, seconds):
        given.append(seconds)
        return []

    monkeypatch.setattr(planning, "run_highs", nothing)
    monkeypatch.setattr(planning, "nearest", nearest)
    budget = planning.Budget
    monkeypatch.setattr(planning, "Budget", lambda *args: budget(*args, clock=clock))
    with pytest.raises(planning.NoPlanInTimeError, match="within 20 seconds"):
        chipfolio.solve(tables, time_limit=20.0, began=100.0)
    # nothing is checked or written without a plan: what was set aside for that is left
    assert given == [pytest.approx(18.0 - solving[0])] and 10.0 < solving[0] < 17.0
