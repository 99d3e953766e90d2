"""How a solve can end, each ending forced once: the word for it, the plan kept, the proof."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

from chipfolio.errors import SolverDiedError
from chipfolio.solver import ahead, child, engine
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.child import polish
from chipfolio.solver.engine import Outcome, left_behind, run_highs
from chipfolio.solver.program import load, program, relaxation


def hard(rows: int = 60, columns: int = 200) -> Matrix:
    """A multi-row knapsack that has plans at once and no proof for minutes."""
    draw = np.random.default_rng(7)
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(columns), domain=pyo.Integers, bounds=(0, 9))
    weight = draw.integers(100, 999, (rows, columns))
    gain = draw.integers(100, 999, columns)

    @m.Constraint(range(rows))
    def fits(_, r):
        return sum(int(weight[r, c]) * m.x[c] for c in range(columns)) <= int(weight[r].sum() * 2.5)

    m.cost = pyo.Objective(expr=-sum(int(gain[c]) * m.x[c] for c in range(columns)))
    return to_matrix(m)


def large_numbers(seed: int, most: float) -> Matrix:
    """Amounts y made of up to 200 million whole units x each, for demands of that size."""
    draw = np.random.default_rng(seed)
    m = pyo.ConcreteModel()
    count = draw.integers(2, 5)
    m.x = pyo.Var(range(count), domain=pyo.Integers, bounds=(0, most))
    m.y = pyo.Var(range(count), bounds=(0, 10 * most))
    m.unmet = pyo.Var(bounds=(0, 5 * most))
    rate = np.round(draw.uniform(0.01, 3, (count, count)), 3)
    demand = np.round(draw.uniform(0.05 * most, most, count), 2)

    @m.Constraint(range(count))
    def an_amount_is_made(_, i):
        return sum(float(rate[i, j]) * m.x[j] for j in range(count)) - m.y[i] == 0

    @m.Constraint(range(count))
    def demand_is_met(_, i):
        return m.y[i] + m.unmet >= float(demand[i])

    price = np.round(draw.uniform(1, 5, count), 2)
    m.cost = pyo.Objective(expr=sum(float(price[j]) * m.x[j] for j in range(count)) + 100 * m.unmet)
    return to_matrix(m)


def with_a_plan(solve: Callable[[float], Outcome]) -> Outcome:
    """How a solve ends at a limit of 2 seconds, or of 10 or 60 where the machine is too busy to
    find the first plan, which takes a moment, in that.
    """
    for limit in (2.0, 10.0, 60.0):
        outcome = solve(limit)
        if outcome.values is not None:
            break
    return outcome


def unsolvable(rows: int = 6, columns: int = 50) -> Matrix:
    """A market-split problem (Cornuéjols and Dawande 1998): no plan is found in seconds."""
    draw = np.random.default_rng(3)
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(columns), domain=pyo.Binary)
    weight = draw.integers(0, 100, (rows, columns))

    @m.Constraint(range(rows))
    def splits(_, r):
        return sum(int(weight[r, c]) * m.x[c] for c in range(columns)) == int(weight[r].sum() // 2)

    m.cost = pyo.Objective(expr=m.x[0])
    return to_matrix(m)


def linear(lower: float, upper: float) -> Matrix:
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Reals)
    m.low = pyo.Constraint(expr=m.x >= lower)
    m.high = pyo.Constraint(expr=m.x <= upper)
    m.cost = pyo.Objective(expr=m.x)
    return to_matrix(m)


def test_a_solved_program_has_its_value_and_its_prices():
    outcome = run_highs(linear(2, 5), 0.0, 10.0)
    assert outcome.status == "optimal"
    assert outcome.values.tolist() == [2.0]
    assert outcome.bound == pytest.approx(2.0)
    assert outcome.duals.tolist() == [1.0, 0.0]  # one more on the lower side costs one more


def test_a_contradiction_is_infeasible():
    outcome = run_highs(linear(5, 2), 0.0, 10.0)
    assert (outcome.status, outcome.values, outcome.bound) == ("infeasible", None, None)


def test_a_contradiction_of_whole_numbers_is_infeasible():
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.odd = pyo.Constraint(expr=2 * m.x == 5)
    m.cost = pyo.Objective(expr=m.x)
    assert run_highs(to_matrix(m), 0.0, 10.0).status == "infeasible"


def test_a_cost_without_end_is_unbounded():
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeReals)
    m.high = pyo.Constraint(expr=m.x >= 1)
    m.cost = pyo.Objective(expr=-m.x)
    assert run_highs(to_matrix(m), 0.0, 10.0).status in ("unbounded", "infeasible")


def test_the_time_limit_keeps_the_plan_and_its_true_bound():
    outcome = with_a_plan(lambda limit: run_highs(hard(), 0.0, limit))
    assert outcome.status == "time_limit"
    matrix = hard()
    cost = float(matrix.cost @ outcome.values)
    assert outcome.bound < cost
    activity = matrix.coefficients @ outcome.values
    assert (activity <= matrix.row_upper + 1e-6).all()
    assert np.array_equal(outcome.values, np.round(outcome.values))


def test_a_time_limit_without_a_plan_has_none():
    outcome = run_highs(unsolvable(), 0.0, 1.0)
    assert (outcome.status, outcome.values) == ("time_limit", None)


def child_of(monkeypatch) -> list:
    """The solver's processes as they are started."""
    started = []
    popen = engine.subprocess.Popen

    def note(*args, **options):
        started.append(popen(*args, **options))
        return started[-1]

    monkeypatch.setattr(engine.subprocess, "Popen", note)
    return started


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV])
def test_a_solver_that_dies_leaves_its_best_plan(monkeypatch, blow):
    started = child_of(monkeypatch)

    def strike(event):
        if event.objective is not None and event.seconds > 0.3 and started[0].poll() is None:
            with suppress(ProcessLookupError):  # it has died of an earlier blow
                os.kill(started[0].pid, blow)

    outcome = run_highs(hard(), 0.0, 20.0, listener=strike)
    assert outcome.status == "died"
    assert outcome.bound is None  # what it had proven died with it
    assert np.array_equal(outcome.values, np.round(outcome.values))


@pytest.mark.parametrize("is_found", [True, False])
def test_a_solver_that_does_not_heed_its_limit_has_not_died(monkeypatch, is_found):
    monkeypatch.setattr(engine, "GRACE_SECONDS", 0.5)
    started = child_of(monkeypatch)

    def freeze(event):
        if started[0].poll() is None and (event.objective is not None or not is_found):
            with suppress(ProcessLookupError):  # it was ended
                os.kill(started[0].pid, signal.SIGSTOP)

    outcome = run_highs(hard() if is_found else unsolvable(), 0.0, 3.0, listener=freeze)
    assert outcome.status == "time_limit"
    assert (outcome.values is not None) == is_found


def test_a_solver_that_dies_before_a_plan_says_so(monkeypatch):
    started = child_of(monkeypatch)

    def strike():
        while not started:
            time.sleep(0.01)
        time.sleep(0.5)
        os.kill(started[0].pid, signal.SIGKILL)

    threading.Thread(target=strike).start()
    with pytest.raises(SolverDiedError, match="without a plan"):
        run_highs(unsolvable(), 0.0, 20.0)


def test_of_what_a_solver_and_an_improver_left_the_best_plan_counts(tmp_path):
    cost = np.array([1.0, 10.0])
    assert left_behind(tmp_path, cost) is None
    for name, point in (("best", [3.0, 0.0]), ("step-9", [0.0, 1.0]), ("step-10", [2.0, 0.0])):
        np.save(tmp_path / f"{name}.npy", np.array(point))
    assert left_behind(tmp_path, cost).stem == "step-10"  # the last of the improver's is its best
    np.save(tmp_path / "best.npy", np.array([1.0, 0.0]))
    assert left_behind(tmp_path, cost).stem == "best"


def test_a_hand_that_stops_it_keeps_the_plan():
    hands = []

    def stop_it(event):
        if event.objective is not None and not hands:
            hands.append(threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)))
            hands[0].start()

    outcome = run_highs(hard(), 0.0, 300.0, listener=stop_it)
    assert outcome.status == "stopped"
    assert outcome.values is not None
    assert outcome.bound is not None


def test_equal_programs_have_equal_answers():
    first, second = (run_highs(hard(4, 20), 0.0, 60.0) for _ in range(2))
    assert first.values.tobytes() == second.values.tobytes()


def test_two_threads_give_a_polished_plan():
    outcome = run_highs(hard(4, 20), 0.01, 60.0, threads=2)
    assert outcome.status == "optimal"
    assert outcome.duals is not None


def test_a_point_that_leans_on_tolerances_does_not_survive():
    # x ≤ 1e6 z with z = 1e-7 lets x = 0.1 through any tolerance; rounded, z = 0 forbids x
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, 1e6))
    m.z = pyo.Var(domain=pyo.Binary)
    m.link = pyo.Constraint(expr=m.x - 1e6 * m.z <= 0)
    m.need = pyo.Constraint(expr=m.x >= 0.1)
    m.cost = pyo.Objective(expr=m.z)
    found = to_matrix(m)
    assert [v.name for v in found.columns] == ["z", "x"]
    scaled = found.scaled()
    assert polish(scaled.arrays, scaled.start(np.array([1e-7, 0.1]))) is None
    values, _ = polish(scaled.arrays, scaled.start(np.array([1.0 - 1e-9, 0.1])))
    assert values[0] == 1.0


def test_a_process_started_ahead_is_the_one_that_solves():
    ahead.start_ahead()
    child = ahead._waiting[-1]
    assert run_highs(linear(2.0, 5.0), 0.0, 10.0).values.tolist() == [2.0]
    assert child.returncode == 0 and not ahead._waiting


def test_one_that_has_died_while_it_waited_is_replaced():
    ahead.start_ahead()
    child = ahead._waiting[-1]
    child.kill()
    child.wait()
    assert run_highs(linear(2.0, 5.0), 0.0, 10.0).values.tolist() == [2.0]


def test_one_for_which_no_work_comes_ends_with_its_parent():
    child = ahead.start()
    child.stdin.close()
    assert child.wait(timeout=30.0) == 0
    child.stdout.close()
    child.stderr.close()


# ------------------------------------------------------------------ large numbers
LARGE_SEEDS = ((1, 2e8), (8, 2e8), (21, 2e8), (1, 2e9))
"""Programs whose best point HiGHS 1.15.1 says breaks a row by 3e-8, and calls that an error."""


@pytest.mark.parametrize(("seed", "most"), LARGE_SEEDS)
def test_a_point_that_rounding_moves_past_the_tolerance_is_a_plan(seed, most):
    matrix = large_numbers(seed, most)
    data = matrix.scaled().arrays
    options = {"mip_feasibility_tolerance": 1e-8, "primal_feasibility_tolerance": 1e-8}
    bare = load(program(data), {**options, "threads": 1, "output_flag": False})
    assert bare.solve() == highspy.HighsStatus.kError  # else this test says nothing
    outcome = run_highs(matrix, 1e-4, 60.0)
    assert outcome.status == "optimal"
    cost = float(matrix.cost @ outcome.values) + matrix.offset
    # the relaxation is as good as the best: a unit in 200 million more or less
    least = relaxation(data, 60.0).getInfo().objective_function_value
    assert outcome.bound <= cost <= matrix.scaled().money(least) * (1 + 1e-6)


def test_what_was_found_is_kept_where_wider_searches_end_with_errors_too(tmp_path, monkeypatch):
    tried = []

    def fails(folder, job, data, lookout, stop):
        tried.append(job)
        return {"status": "error", "bound": 3.0, "seconds": 1.0}, None

    monkeypatch.setattr(child, "search", fails)
    options = {
        "mip_feasibility_tolerance": 1e-8,
        "primal_feasibility_tolerance": 1e-8,
        "time_limit": 60.0,
    }
    first = {"status": "error", "bound": 4.0, "seconds": 20.0}
    ended = child.less_exactly(tmp_path, {"options": options}, first, {}, None)
    assert ended == ({"status": "error", "bound": 4.0, "seconds": 1.0}, None)  # nothing was found
    np.save(tmp_path / "best.npy", np.array([5.0]))
    result, values = child.less_exactly(tmp_path, {"options": options}, first, {}, None)
    assert (result["status"], result["bound"], values.tolist()) == ("died", 4.0, [5.0])
    monkeypatch.setattr(child, "search", lambda *_: ({"status": "infeasible", "bound": None}, None))
    refuted, values = child.less_exactly(tmp_path, {"options": options}, first, {}, None)
    assert (refuted["status"], values.tolist()) == ("died", [5.0])
    options = [job["options"] for job in tried[2:]]
    assert [one["mip_feasibility_tolerance"] for one in options] == pytest.approx([1e-7, 1e-6])
    assert [one["time_limit"] for one in options] == pytest.approx([40.0, 39.0])
    assert np.load(tmp_path / tried[2]["start"]).tolist() == [5.0]
