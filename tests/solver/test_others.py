"""Other engines end as HiGHS does, with the same plan; one that is not installed says how to."""

from __future__ import annotations

import os
import signal
import threading
import tomllib
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyomo.environ as pyo
import pytest

import chipfolio
from chipfolio.cli import solve as solve_verb
from chipfolio.errors import InfeasibleError, NoPlanInTimeError, PlanError, SolverDiedError
from chipfolio.solver import others
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.engine import run_highs
from tests.conftest import frames
from tests.solver.test_engine import hard, linear, with_a_plan

TOP = Path(__file__).parents[2]
TAKES = {"scip": np.inf, "gurobi": 2000, "xpress": 2500, "cplex": 1000, "copt": 2000}
"""Most rows, and most columns, without a licence."""
TESTED = [n for n, p in others.PACKAGES.items() if n == "scip" or (n != "highs" and find_spec(p))]
"""SCIP comes with the extra ``test``; the others, which need licences, where installed."""
engines = pytest.mark.parametrize("name", TESTED)


def mixed() -> Matrix:
    """Every kind of row and bound: ranges, equalities, one side; free, integer and fixed columns.

    By hand: x whole, 2x + y in [5, 7], y = z − 1, z ≥ 1/2, so y ≥ −1/2. Cost x + 10z + 3: z = 1/2
    costs 5 and lets x be 3 (6 − 1/2 in the range); so 3 + 5 + 3 = 11.
    """
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Integers, bounds=(-4, 9))
    m.y = pyo.Var()
    m.z = pyo.Var(bounds=(None, 8))
    m.w = pyo.Var(domain=pyo.Binary)
    m.range = pyo.Constraint(expr=(5, 2 * m.x + m.y, 7))
    m.equal = pyo.Constraint(expr=m.y - m.z == -1)
    m.least = pyo.Constraint(expr=m.z >= 0.5)
    m.most = pyo.Constraint(expr=m.w + m.z <= 8)
    m.cost = pyo.Objective(expr=m.x + 10 * m.z + m.w + 3)
    return to_matrix(m)


def cost(matrix: Matrix, values: np.ndarray) -> float:
    return float(matrix.cost @ values) + matrix.offset


@engines
def test_every_kind_of_row_and_column_is_handed_over(name):
    outcome = run_highs(mixed(), 0.0, 20.0, solver=name)
    assert outcome.status == "optimal"
    assert cost(mixed(), outcome.values) == pytest.approx(11.0)
    assert outcome.bound == pytest.approx(11.0, abs=1e-6)


@engines
def test_a_linear_program_has_its_bound_and_prices(name):
    outcome = run_highs(linear(2, 5), 0.0, 10.0, solver=name)
    assert (outcome.status, outcome.values.tolist()) == ("optimal", [2.0])
    assert outcome.bound == pytest.approx(2.0)
    assert outcome.duals.tolist() == [1.0, 0.0]


@engines
def test_a_contradiction_is_infeasible(name):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.odd = pyo.Constraint(expr=2 * m.x == 5)
    m.cost = pyo.Objective(expr=m.x)
    for matrix in (to_matrix(m), linear(5, 2)):
        outcome = run_highs(matrix, 0.0, 10.0, solver=name)
        assert (outcome.status, outcome.values, outcome.bound) == ("infeasible", None, None)


@engines
def test_a_cost_without_end_is_unbounded(name):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeReals)
    m.high = pyo.Constraint(expr=m.x >= 1)
    m.cost = pyo.Objective(expr=-m.x)
    outcome = run_highs(to_matrix(m), 0.0, 10.0, solver=name)
    assert outcome.status in ("unbounded", "infeasible")


@engines
def test_the_time_limit_keeps_the_plan_its_true_bound_and_tells_of_it(name):
    matrix, events = hard(), []

    def limited(limit):
        events.clear()
        return run_highs(matrix, 0.0, limit, listener=events.append, solver=name)

    outcome = with_a_plan(limited)
    assert outcome.status == "time_limit"
    best = cost(matrix, outcome.values)
    assert outcome.bound < best
    assert (matrix.coefficients @ outcome.values <= matrix.row_upper + 1e-6).all()
    assert len(events) > 1
    assert events[-1].bound <= best
    told = [e.objective for e in events if e.objective is not None]
    assert told and min(told) >= best - 1e-6 * abs(best)  # the last plan may come untold


@engines
def test_a_hand_that_stops_it_keeps_the_plan(name):
    hands = []

    def stop_it(event):
        if event.objective is not None and not hands:
            hands.append(threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGINT)))
            hands[0].start()

    outcome = run_highs(hard(), 0.0, 300.0, listener=stop_it, solver=name)
    assert outcome.status == "stopped"
    assert outcome.values is not None
    assert outcome.bound is not None


def quickstart() -> object:
    return chipfolio.read(TOP / "inputs" / "quickstart.xlsx")


@engines
def test_a_book_has_the_plan_that_highs_finds(name):
    ours = chipfolio.solve(quickstart(), gap=1e-6)
    plan = chipfolio.solve(quickstart(), gap=1e-6, solver=name)
    assert (plan.status, plan.exit_code) == ("optimal", 0)
    assert plan.objective == pytest.approx(ours.objective, rel=2e-6)
    run = {row["item"]: row["value"] for row in plan.tables["Run"]}
    assert run["solver"].startswith(others.PACKAGES[name])


@pytest.mark.parametrize("name", [name for name in TESTED if name != "cplex"])
def test_a_time_limit_with_a_plan_is_never_called_optimal(name):
    from tests.benchmarks.instances import SIZES, book

    # CPLEX is left out: its free version refuses a book that takes minutes
    tables = chipfolio.read(book(SIZES["standard"]))
    for limit in (15.0, 60.0, 240.0):  # a busy machine takes longer to the first plan
        with suppress(NoPlanInTimeError):
            plan = chipfolio.solve(tables, gap=0.0, time_limit=limit, solver=name)
            break
    assert (plan.status, plan.ended, plan.exit_code) == ("feasible", "time_limit", 4)
    assert plan.bound < plan.objective


@engines
def test_a_book_that_cannot_be_kept_is_explained(name):
    tables = frames(
        Settings="name, value\nfirst_period, 2027Q1\nperiods, 2\ndiscount_rate, 0\nterminal_value, no",
        Vendors="vendor\nNord",
        Chips="chip, vendor, life_years\nN1, Nord, 5",
        Offers="offer, chip, seller, acquisition, price, max_order, last_order\n"
        "N1 buy, N1, Nord, buy, 100, 1, 2027Q1",
        Performance="chip, workload, throughput\nN1, serve, 1",
        Workloads="workload\nserve",
        Demand="workload, 2027Q1, 2027Q2\nserve, 2, 2",
        Sites="site, power_mw, pue, energy_price\nHall, 1, 1, 0",
    )
    with pytest.raises(InfeasibleError, match="cannot hold together"):
        chipfolio.solve(chipfolio.read(tables), solver=name)


@pytest.mark.parametrize("name", [name for name in TESTED if np.isfinite(TAKES[name])])
def test_a_model_beyond_the_free_licence_is_refused_in_the_engines_words(name):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(3000), domain=pyo.Integers, bounds=(0, 5))
    m.row = pyo.Constraint(range(3000), rule=lambda m, i: m.x[i] + m.x[(i + 1) % 3000] >= 1.5)
    m.cost = pyo.Objective(expr=sum(m.x.values()))
    with pytest.raises(SolverDiedError, match=f"{name}: .*(?i:limit|size|licen|maximum)"):
        run_highs(to_matrix(m), 0.0, 20.0, solver=name)


def test_an_engine_that_is_not_installed_says_what_to_install(monkeypatch):
    monkeypatch.setattr(others, "find_spec", lambda package: None)
    with pytest.raises(PlanError, match=r"pip install 'chipfolio\[gurobi\]'") as error:
        chipfolio.solve(quickstart(), solver="gurobi")
    assert error.value.exit_code == 1


def test_every_engine_is_offered_and_has_its_extra():
    option = next(p for p in solve_verb.params if p.name == "solver")
    assert tuple(option.type.choices) == tuple(others.PACKAGES)
    assert set(others.ENGINES) == set(others.PACKAGES) - {"highs"}
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    for name in others.ENGINES:
        extra = project["optional-dependencies"][name]
        assert extra[0].split("==")[0] == others.PACKAGES[name]
