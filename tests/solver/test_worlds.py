"""Worlds searched one by one: their bounds add up, and prove what the whole would take long for."""

from __future__ import annotations

import threading

import numpy as np
import pyomo.environ as pyo
import pytest

from chipfolio.solver import child
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.engine import run_highs
from chipfolio.solver.lookout import Lookout
from chipfolio.solver.shape import Shape, read_shape
from chipfolio.solver.worlds import bound_by_worlds, worlds_of


def machines(tail: float = 0.0) -> tuple[Matrix, Shape]:
    """One order of machines of 4 for two worlds alike, which need 6 or 3; what lacks is rented at 4.

    A machine costs 10, so 2.5 a unit; ``tail`` is what the dearer world's cost weighs beside the
    mean. One machine: 10 + 0.5 × 4 × 2 + 0 = 14. Two: 20. None: 0.5 × 24 + 0.5 × 12 = 18. So 14, or
    with a tail of 1 (10 + 8) + 14 = 32 against 20 + 20 = 40 for two machines and 24 + 18 = 42.
    Fractions: 1.5 machines are 15 alone, and 3/4 of one 7.5 + 0.5 × 12 = 13.5 is the least.
    """
    m = pyo.ConcreteModel()
    m.machines = pyo.Var(domain=pyo.Integers, bounds=(0, 3))
    m.rent = pyo.Var([0, 1], bounds=(0, 10))
    m.worst = pyo.Var(bounds=(0, None))
    needs = {0: 6, 1: 3}
    costs = {w: 10 * m.machines + 4 * m.rent[w] for w in needs}

    @m.Constraint([0, 1])
    def need_is_met(_, w):
        return 4 * m.machines + m.rent[w] >= needs[w]

    if tail:

        @m.Constraint([0, 1])
        def the_worst_is_no_better(_, w):
            return m.worst >= costs[w]

    m.cost = pyo.Objective(expr=0.5 * (costs[0] + costs[1]) + (tail * m.worst if tail else 0))
    matrix = to_matrix(m)
    place = {variable.name: at for at, variable in enumerate(matrix.columns)}
    members = [np.array(sorted((place["machines"], place[f"rent[{w}]"]))) for w in (0, 1)]
    each = np.zeros(len(place))
    each[place["machines"]] = 10.0
    each[place["rent[0]"]] = each[place["rent[1]"]] = 4.0
    world = np.full(len(place), -1)
    for number, columns in reversed(list(enumerate(members))):
        world[columns] = number
    period = np.where(world < 0, -1, 0)
    shape = Shape(
        period,
        period,
        world,
        np.zeros(len(place), bool),
        matrix.integer.astype(bool),
        members,
        [each[columns] for columns in members],
    )
    return matrix, shape


class Silence:
    """Standard input on which nobody ever says stop."""

    def readline(self):
        threading.Event().wait()


class Told(Lookout):
    """A lookout that waits for nobody."""

    def keep_time(self, work):
        self.work += work


@pytest.mark.parametrize(("tail", "relaxed", "best"), [(0.0, 13.5, 14.0), (1.0, 30.0, 32.0)])
def test_bounds_of_worlds_add_up_between_the_relaxation_and_the_best_plan(
    tmp_path, tail, relaxed, best
):
    # a tail of 1: 1.5 machines are 15 + 15 = 30 in fractions, 3/4 of one 13.5 + 19.5 = 33
    matrix, shape = machines(tail)
    scaled = matrix.scaled()
    shape = saved(tmp_path, shape, scaled)
    constant, found = worlds_of(scaled.arrays, shape, lambda: 10.0)
    assert scaled.money(constant + sum(world.bound for world in found)) == pytest.approx(relaxed)
    lookout = Told(tmp_path, 1e-6, 10.0)
    told = []
    bound_by_worlds(scaled.arrays, shape, lookout, told.append)
    assert len(told) == 3 and all(world.columns.size == 2 for world in found)
    bound = scaled.money(lookout.floor)
    assert relaxed - 1e-6 <= bound <= best + 1e-6
    assert run_highs(matrix, 0.0, 10.0).bound == pytest.approx(best)


def saved(folder, shape: Shape, scaled) -> Shape:
    shape.save(folder, scaled.column_factor, scaled.unit)
    return read_shape(folder)


def test_worlds_that_share_nothing_prove_their_plan_without_a_search_of_the_whole(
    tmp_path, monkeypatch
):
    """Each world its own machines: 2 of 10 or 10 + 8 = 18 for six, 10 for three; 0.5 × 28 = 14."""
    monkeypatch.setattr(child, "WORTHWHILE", 0)
    m = pyo.ConcreteModel()
    m.machines = pyo.Var([0, 1], domain=pyo.Integers, bounds=(0, 3))
    m.rent = pyo.Var([0, 1], bounds=(0, 10))
    m.need = pyo.Constraint([0, 1], rule=lambda m, w: 4 * m.machines[w] + m.rent[w] >= (6, 3)[w])
    m.cost = pyo.Objective(expr=sum(5 * m.machines[w] + 2 * m.rent[w] for w in (0, 1)))
    matrix = to_matrix(m)
    place = {variable.name: at for at, variable in enumerate(matrix.columns)}
    members = [np.array(sorted((place[f"machines[{w}]"], place[f"rent[{w}]"]))) for w in (0, 1)]
    world = np.zeros(4, int)
    world[members[1]] = 1
    none = np.zeros(4, int)
    costs = [matrix.cost[columns] * 2 for columns in members]
    shape = Shape(none, none, world, none.astype(bool), matrix.integer, members, costs)
    scaled = matrix.scaled()
    saved(tmp_path, shape, scaled)
    lookout = Told(tmp_path, 1e-4, 10.0)
    plan = {"machines[0]": 1.0, "rent[0]": 2.0, "machines[1]": 1.0, "rent[1]": 0.0}
    values = np.array([plan[variable.name] for variable in matrix.columns])
    lookout.point = scaled.start(values)
    data = scaled.arrays
    lookout.objective = float(data["cost"] @ lookout.point + data["offset"][0])
    monkeypatch.setattr("sys.stdin", Silence())
    job = {"worlds": 2, "options": {"time_limit": 10.0, "mip_rel_gap": 1e-4, "threads": 1}}
    result, point = child.search(tmp_path, job, data, lookout, child.Stop())
    result, point = lookout.better(result, point, data, child.polish)
    assert result["status"] == "optimal"
    assert scaled.money(result["bound"]) == pytest.approx(14.0, rel=1e-4)
    assert "worlds one by one" in (tmp_path / "solver.log").read_text()
