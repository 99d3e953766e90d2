"""The main solve beside an improver: when it takes its plans, waits for them, and goes on alone."""

from __future__ import annotations

import json
import threading
import time
from queue import Queue
from types import SimpleNamespace

import numpy as np
import pytest

from chipfolio.solver import child
from chipfolio.solver.engine import Ear, run_highs
from chipfolio.solver.lookout import CLOCK, EARLY, LEAST, OVER, ROUND, TOLD, Lookout
from tests.solver.programs import lots, permit, tree


class Silence:
    """Standard input on which nobody ever says stop."""

    def readline(self):
        threading.Event().wait()


def write_step(folder, number: int, objective: float, point: np.ndarray, work: int = 0) -> None:
    np.save(folder / f"step-{number}.npy", point)
    said = {"objective": objective, "work": work}
    (folder / f"step-{number}.json").write_text(json.dumps(said))


def test_a_plan_is_taken_when_the_main_solve_has_done_its_share_and_not_before(tmp_path):
    # found when the improver's work was 6: due at the fourth poll of the main solve, 4 × 1.5 = 6
    write_step(tmp_path, 0, 7.0, np.zeros(3), work=6)
    (tmp_path / CLOCK).write_text("100")
    lookout = Lookout(tmp_path, 1e-4, 10.0)
    taken = []
    for _ in range(5):
        lookout.keep_time(1)
        taken.append(lookout.steps)
    assert taken == [0, 0, 0, 1, 1] and lookout.objective == 7.0


def test_the_main_solve_waits_for_an_improver_that_is_behind(tmp_path):
    lookout = Lookout(tmp_path, 1e-4, 30.0)
    (tmp_path / CLOCK).write_text("10")

    def later():
        write_step(tmp_path, 0, 7.0, np.zeros(3), work=12)
        (tmp_path / CLOCK).write_text("99")

    threading.Timer(0.3, later).start()
    lookout.keep_time(ROUND)  # 15 × 1.5 = 22.5: it cannot know yet what came by then
    assert lookout.steps == 1 and lookout.heard == 99
    lookout.stopped.set()
    lookout.keep_time(1000)  # asked to stop, it waits for nobody
    assert lookout.heard == 99


def test_a_better_plan_of_the_improver_wins_and_one_that_breaks_rows_does_not(tmp_path):
    data, _ = tree()
    good, bad = np.array([0.0, 4.0, 2.0]), np.zeros(3)
    cost = float(data["cost"] @ good)
    for point, expected in ((good, True), (bad, False)):
        lookout = Lookout(tmp_path, 1e-4, 10.0)
        objective = float(data["cost"] @ point)
        write_step(tmp_path, 0, objective, point)
        result = {"status": "time_limit", "bound": cost}
        found, values = lookout.better(result, None, data, child.polish)
        assert (values is not None) == expected
        # its bound proves the good plan; without a plan nothing is proven
        assert found["status"] == ("optimal" if expected else "time_limit")


def test_what_the_solver_calls_optimal_beyond_the_gap_is_not_proven(tmp_path):
    data, _ = tree()
    good = np.array([0.0, 4.0, 2.0])
    cost = float(data["cost"] @ good)
    for bound, expected in ((cost * 0.99, "time_limit"), (cost, "optimal")):
        lookout = Lookout(tmp_path, 1e-4, 10.0)
        result = {"status": "optimal", "bound": bound}
        found, values = lookout.better(result, good, data, child.polish)
        assert found["status"] == expected and values is good


def test_when_time_is_up_before_the_first_step_the_early_plan_counts(tmp_path):
    data, _ = tree()
    np.save(tmp_path / EARLY, np.array([0.0, 4.0, 2.0]))
    lookout = Lookout(tmp_path, 1e-4, 10.0)
    result, values = lookout.better(
        {"status": "time_limit", "bound": None}, None, data, child.polish
    )
    assert result["status"] == "time_limit" and values.tolist() == [0.0, 4.0, 2.0]
    assert result["bound"] is None  # nothing is proven of it yet
    cost = float(data["cost"] @ values)
    for least, status in ((0.5 * cost, "time_limit"), (cost, "optimal")):
        (tmp_path / LEAST).write_text(repr(least))  # the improver's relaxation
        lookout = Lookout(tmp_path, 1e-4, 10.0)
        late = {"status": "time_limit", "bound": None}
        result, values = lookout.better(late, None, data, child.polish)
        assert (result["status"], result["bound"]) == (status, least)


def test_a_listener_hears_of_the_improver_s_plan_before_the_solver_has_one(tmp_path):
    matrix, _ = permit()
    heard, lines = [], Queue()
    ear = Ear(tmp_path, matrix.scaled(), heard.append, 10.0)
    ear.hear(lines)
    assert heard == []  # nothing is known, so nothing is said
    (tmp_path / TOLD).write_text("28.0")
    ear.hear(lines)
    lines.put(json.dumps({"seconds": 1.0, "objective": 30.0, "bound": 12.0}))
    ear.hear(lines)
    assert [(event.objective, event.bound) for event in heard] == [(28.0, None), (28.0, 12.0)]


def test_a_solver_s_process_is_left_as_long_as_its_stage_allows(tmp_path, monkeypatch):
    matrix, _ = permit()
    lines, now = Queue(), 1000.0
    monkeypatch.setattr("chipfolio.solver.engine.time.monotonic", lambda: now)
    ear = Ear(tmp_path, matrix.scaled(), None, 100.0)
    allowed = [ear.deadline - now]
    for stage in ("search", "polish"):
        lines.put(json.dumps({"stage": stage}))
        ear.hear(lines)
        allowed.append(ear.deadline - now)
    # to begin; 100 × 1.05 + 5 of a search; to make its plan exact
    assert allowed == [pytest.approx(wanted) for wanted in (60.0, 110.0, 60.0)]


def test_the_main_solve_takes_one_plan_after_another(tmp_path, monkeypatch):
    """HiGHS drops all plans but the first where the objective has a large constant (see child)."""
    monkeypatch.setattr("sys.stdin", Silence())
    matrix, _ = lots(constant=1e6)
    data = matrix.scaled().arrays
    rough = run_highs(matrix, 0.2, 60.0).values
    better = run_highs(matrix, 0.0002, 60.0).values
    points = [matrix.scaled().start(point) for point in (rough, better)]
    costs = [float(data["cost"] @ point + data["offset"][0]) for point in points]
    if costs[1] >= costs[0]:
        pytest.fail("the second plan must be better for this test to mean anything")

    class Hands(Lookout):
        seen: list = []

        def listen(self, solver):
            solver.cbMipUserSolution += self.hand

        def hand(self, event):
            self.seen.append(event.data_out.mip_primal_bound + self.shift)
            event.data_in.setSolution(points[0] if len(self.seen) <= 2 else points[1])

    options = {"time_limit": 60.0, "mip_rel_gap": 0.0, "threads": 1}
    lookout = Hands(tmp_path, 1e-4, 60.0)
    child.search(tmp_path, {"options": options, "worlds": 1}, data, lookout, child.Stop())
    assert any(seen == pytest.approx(costs[0], rel=1e-9) for seen in lookout.seen)
    assert any(seen <= costs[1] * (1 + 1e-9) for seen in lookout.seen)


class Asked:
    """What HiGHS shows at a call, and what it was handed."""

    def __init__(self, primal: float, dual: float, nodes: int = 0):
        self.data_out = SimpleNamespace(
            mip_primal_bound=primal, mip_dual_bound=dual, mip_node_count=nodes
        )
        self.data_in = SimpleNamespace(setSolution=lambda point: self.handed.append(point))
        self.handed: list = []
        self.stopped = False

    def interrupt(self):
        self.stopped = True


def test_a_plan_that_ends_the_search_is_not_handed_in_but_stops_it(tmp_path):
    """HiGHS crashed where such a plan left it no open node just before a dive."""
    # objectives and bounds of the main solve lie 100 lower; gap 2 %: a plan of 50 needs 49
    for bound, ends in ((48.9, False), (49.0, True)):
        folder = tmp_path / str(bound)
        folder.mkdir()
        write_step(folder, 0, 50.0, np.zeros(3), work=0)
        (folder / CLOCK).write_text("1000")
        lookout = Lookout(folder, 0.02, 10.0)
        lookout.shift = 100.0
        call, poll = Asked(-20.0, bound - 100.0), Asked(-20.0, bound - 100.0)
        lookout.called(call)
        lookout.judge(poll)
        assert len(call.handed) == (0 if ends else 1)
        assert poll.stopped == ends and lookout.proven == ends


@pytest.mark.parametrize(
    ("bounds", "nodes", "waits"),
    [
        ((2.0, 3.0), 0, False),  # cuts still raise the bound
        ((3.0, 3.0), 5, False),  # it branches already
        ((3.0, 3.0), 0, True),
    ],
)
def test_the_main_solve_waits_at_its_root_for_a_first_plan(tmp_path, bounds, nodes, waits):
    lookout = Lookout(tmp_path, 1e-4, 30.0)
    (tmp_path / CLOCK).write_text("99")  # more than 2 × 15 × 1.5: no other need to wait
    late = threading.Timer(
        0.2, lambda: write_step(tmp_path, 0, 7.0, np.array([4.0, 2.0]), work=600)
    )
    calls = [Asked(np.inf, bound, nodes) for bound in bounds]
    lookout.called(calls[0])
    late.start()
    lookout.called(calls[1])
    assert [point.tolist() for point in calls[1].handed] == ([[4.0, 2.0]] if waits else [])
    # it has waited for as long as it would have worked meanwhile
    assert lookout.work == (400 if waits else 30)
    late.join()


@pytest.mark.parametrize("work", [None, 3001])
def test_it_does_not_wait_for_a_first_plan_that_is_too_long_in_coming(tmp_path, work):
    lookout = Lookout(tmp_path, 1e-4, 30.0)
    (tmp_path / CLOCK).write_text("5000")
    if work:  # whether it has come by the time somebody looks must not matter
        write_step(tmp_path, 0, 7.0, np.array([4.0, 2.0]), work=work)
    for _ in range(2):
        lookout.called(Asked(np.inf, 3.0))
    assert lookout.steps == 0 and lookout.work == 2000


def test_the_main_solve_does_not_wait_for_a_first_plan_of_an_improver_that_is_gone(tmp_path):
    lookout = Lookout(tmp_path, 1e-4, 60.0)
    (tmp_path / OVER).touch()
    began = time.monotonic()
    for _ in range(2):
        lookout.called(Asked(np.inf, 3.0))
    assert lookout.steps == 0 and time.monotonic() - began < 30.0
