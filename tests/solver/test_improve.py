"""An improver beside the main solve: same optimum, same bytes, and plans found step by step."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy import sparse

from chipfolio.solver import improve
from chipfolio.solver.bridge import to_matrix
from chipfolio.solver.engine import run_highs
from chipfolio.solver.improve import Improver, alone, windows
from chipfolio.solver.lookout import EARLY, LEAST, START, TOLD
from chipfolio.solver.shape import SHAPE, Shape, read_shape
from tests.solver.programs import lots, permit, tree

GAP = 1e-4


class Deaf(Shape):
    """A shape that no improver can read."""

    def save(self, folder, column_factor, unit):
        (folder / SHAPE).write_text("no such thing")


def test_with_an_improver_the_optimum_is_the_same_and_equal_to_the_byte():
    matrix, shape = lots()
    alone_ = run_highs(matrix, GAP, 60.0)
    runs = [run_highs(matrix, GAP, 60.0, shape=shape) for _ in range(2)]
    cost = [float(matrix.cost @ run.values) + matrix.offset for run in (alone_, *runs)]
    assert [run.status for run in runs] == ["optimal", "optimal"]
    assert cost[1] == pytest.approx(cost[0], rel=2 * GAP)
    assert runs[0].values.tobytes() == runs[1].values.tobytes()
    assert runs[0].bound == runs[1].bound
    assert runs[0].bound <= cost[1] + 1e-6 and cost[1] - runs[0].bound <= GAP * cost[1]


def test_a_dead_improver_is_not_waited_for():
    matrix, shape = lots()
    deaf = Deaf(*(getattr(shape, field.name) for field in fields(shape)))
    outcome = run_highs(matrix, GAP, 60.0, shape=deaf)
    assert outcome.status == "optimal" and outcome.seconds < 50.0


def test_a_contradiction_stays_one_beside_an_improver():
    m = pyo.ConcreteModel()
    m.x = pyo.Var(range(3), domain=pyo.Integers, bounds=(0, 9))
    m.odd = pyo.Constraint(expr=2 * m.x[0] + 2 * m.x[1] + 4 * m.x[2] == 7)
    m.cost = pyo.Objective(expr=m.x[0])
    matrix = to_matrix(m)
    count = len(matrix.columns)
    none = np.zeros(count, int)
    shape = Shape(none, none, none, none, matrix.integer, [np.arange(count)], [matrix.cost])
    assert run_highs(matrix, GAP, 20.0, shape=shape).status == "infeasible"


def test_a_shape_is_read_as_it_was_saved(tmp_path):
    shape = Shape(
        np.array([0, 1, -1]),
        np.array([0, 0, -1]),
        np.array([0, 1, -1]),
        np.array([True, False, False]),
        np.array([True, False, True]),
        [np.array([0]), np.array([0, 1])],
        [np.array([8.0]), np.array([8.0, 6.0])],
        is_cost=False,
    )
    shape.save(tmp_path, np.array([1.0, 0.5, 1.0]), 2.0)
    read = read_shape(tmp_path)
    assert [cost.tolist() for cost in read.costs] == [[4.0], [4.0, 1.5]]
    assert [columns.tolist() for columns in read.members] == [[0], [0, 1]]
    assert read.period.tolist() == read.world.tolist() == [0, 1, -1]
    assert read.since.tolist() == [0, 0, -1]
    assert read.fine.tolist() == [True, False, False]
    assert read.kept.tolist() == [True, False, True]
    assert not read.is_cost


def test_windows_cover_every_whole_number_and_stay_small(monkeypatch):
    # 3 whole numbers a period in world 0 (periods 0 to 5), 2 a period in world 1 (3 to 5)
    period = np.array(
        [t for t in range(6) for _ in range(3)] + [t for t in (3, 4, 5) for _ in "ab"]
    )
    world = np.array([0] * 18 + [1] * 6)
    integer = np.ones(24, bool)
    integer[0] = False
    shared = np.arange(9)  # the first three periods of world 0
    members = [np.arange(18), np.concatenate([shared, np.arange(18, 24)])]
    shape = Shape(period, period, world, np.zeros(24, bool), integer, members, [])
    monkeypatch.setattr(improve, "FEWEST", 7)
    found = list(windows(shape, 0.2))  # fewer than the fewest: 3.4 and 1.2
    # at last of both worlds, twice 7: 2 + 3 + 3 + 5, on by 2 periods: 3 + 5 + 5, on by 2: 5 + 5,
    # in which nothing is shared any more
    assert [mask.sum() for mask in found[-2:]] == [13, 13]
    assert (found[-1] | found[-2]).sum() == 18 and len(np.unique(world[found[-1]])) == 2
    found = found[:-2]
    assert (np.sum(found, axis=0)[1:] > 0).all() and not any(mask[0] for mask in found)
    assert max(mask.sum() for mask in found) <= 7
    assert all(len(np.unique(world[mask])) == 1 for mask in found)
    # one period alone may hold more than its share
    monkeypatch.setattr(improve, "FEWEST", 1)
    found = [mask.sum() for mask in windows(shape, 0.01)]
    assert found[:9] == [2, 3, 3, 3, 3, 3, 2, 2, 2]
    # half of 17 is 8.5: 2 + 3 + 3, on by 2 periods: 3 + 3, on by 1; half of 6: one period of 2
    found = [mask.sum() for mask in windows(shape, 0.5)]
    assert found[:7] == [8, 6, 6, 6, 2, 2, 2]


def test_what_follows_from_a_year_is_free_with_each_of_its_periods(monkeypatch):
    # eight quarters with a whole number each; then a tier a year, decided in its last quarter
    period, since = np.array([*range(8), 3, 7]), np.array([*range(8), 0, 4])
    none, kept = np.zeros(10, int), np.ones(10, bool)
    shape = Shape(period, since, none, none, kept, [np.arange(10)], [])
    monkeypatch.setattr(improve, "FEWEST", 3)
    # three quarters, on by two; the fourth and the last count for two numbers each
    found = [np.flatnonzero(mask).tolist() for mask in windows(shape, 0.1)]
    assert found == [[0, 1, 2, 8], [2, 3, 8], [3, 4, 8, 9], [4, 5, 6, 9], [6, 7, 9]]


def test_only_worlds_that_a_decision_concerns_move_with_it():
    # columns: 0 shared by all, 1 and 2 shared by the last two, 3 to 5 each world's own, 6 nobody's
    members = [np.array([0, 3]), np.array([0, 1, 2, 4]), np.array([0, 1, 2, 5])]
    shape = Shape(
        np.zeros(7),
        np.zeros(7),
        np.array([0, 1, 1, 0, 1, 2, -1]),
        np.zeros(7, bool),
        None,
        members,
        [],
    )
    for free, reach in ((0, range(7)), (2, (1, 2, 4, 5, 6)), (5, (5, 6))):
        assert shape.reach(np.arange(7) == free).tolist() == list(reach)


def test_a_part_of_a_program_is_solved_beside_what_is_kept(tmp_path):
    """Only z is free: of the second world, where x stays 1 and so z ≥ 1; y stays 5 in the cost."""
    data, shape = tree()
    x, y, z = (int(np.flatnonzero(data["cost"] == cost)[0]) for cost in (2.0, 1.5, 0.5))
    improver = Improver(tmp_path, data, shape)
    point = np.zeros(3)
    point[[x, y, z]] = 1.0, 5.0, 3.0
    improver.take((2.0 + 7.5 + 1.5, point))
    assert shape.reach(np.arange(3) == z).tolist() == [z]
    objective, found = improver.around(np.arange(3) == z)
    assert objective == pytest.approx(2.0 + 7.5 + 0.5) and found[[x, y, z]].tolist() == [1, 5, 1]


def test_a_first_plan_of_a_tree_goes_world_by_world(tmp_path):
    data, shape = tree()
    # the first world alone orders 4 x (8) rather than y (12); so the second needs no z: 2 × 4 = 8
    objective, point = Improver(tmp_path, data, shape).world_by_world()
    assert objective == pytest.approx(8.0)
    # around that plan: all free finds 4 y and 2 z, 1.5 × 4 + 0.5 × 2 = 7
    improver = Improver(tmp_path, data, shape)
    improver.take((objective, point))
    objective, point = improver.around(np.ones(3, bool))
    assert objective == pytest.approx(7.0)


def test_a_world_alone_has_its_rows_and_keeps_what_is_known():
    data, shape = tree()
    known = np.full(3, np.nan)
    known[shape.members[0]] = [2.0, 2.0]
    matrix = sparse.csr_matrix((data["value"], data["index"], data["start"]), shape=(2, 3))
    part = alone(data, matrix, shape.members[1], shape.costs[1], known)
    assert len(part["row_lower"]) == 1
    fixed = part["lower"] == part["upper"]
    assert fixed.sum() == 1 and part["lower"][fixed][0] == 2.0


class Watched(Improver):
    """An improver of which it is known what each of its programs left free."""

    def __init__(self, *args):
        super().__init__(*args)
        self.left_free: list[list[int]] = []

    def solve(self, data, *args, **more):
        free = data["integer"] & (data["lower"] < data["upper"])
        self.left_free.append(np.flatnonzero(free).tolist())
        return super().solve(data, *args, **more)


def test_a_plan_is_made_coarse_before_fine(tmp_path):
    matrix, place = permit()
    none, fine = np.zeros(3, int), np.arange(3) == place["lots"]
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled = matrix.scaled()
    improver = Watched(tmp_path, scaled.arrays, shape)
    objective, point = improver.first()
    plan = scaled.values(point)
    # roughly first, then to the gaps asked for
    assert improver.left_free == 2 * [[place["z"]], [place["lots"]]]
    assert plan[place["z"]] == 1 and plan[place["lots"]] == 3
    assert scaled.money(objective) == pytest.approx(13.0)


@pytest.mark.parametrize(("is_met_at_any_price", "cost"), [(False, 28.0), (True, None)])
def test_a_plan_that_orders_nothing_is_the_first_where_it_is_one(
    tmp_path, is_met_at_any_price, cost
):
    """Nothing ordered leaves 7 unmet at 4 each: 28, and no permit; none where all must be met."""
    matrix, place = permit()
    if is_met_at_any_price:
        matrix.upper[place["unmet"]] = 0.0
    none, fine = np.zeros(3, int), np.arange(3) == place["lots"]
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled = matrix.scaled()
    point = Improver(tmp_path, scaled.arrays, shape).without_orders()
    if cost is None:
        assert point is None
    else:
        assert float(matrix.cost @ scaled.values(point)) == pytest.approx(cost)


def test_what_rests_on_fractions_is_decided_anew_with_whole_quantities(tmp_path):
    """A rebate of 10 (z) from 7 units on, of which 7 can be had, in lots of 3 at 1; unmet cost 4.

    Fractions: 7/3 lots earn it, 7/3 − 10. Whole lots reach 6, and with z at 1 there is no plan: so
    z is left free, 2 lots and 1 unmet, 2 + 4 = 6.
    """
    m = pyo.ConcreteModel()
    m.z = pyo.Var(domain=pyo.Binary)
    m.lots = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.unmet = pyo.Var(bounds=(0, 7))
    m.earned = pyo.Constraint(expr=3 * m.lots >= 7 * m.z)
    m.supply = pyo.Constraint(expr=3 * m.lots <= 7)
    m.need = pyo.Constraint(expr=3 * m.lots + m.unmet >= 7)
    m.cost = pyo.Objective(expr=-10 * m.z + m.lots + 4 * m.unmet)
    matrix = to_matrix(m)
    names = [variable.name for variable in matrix.columns]
    none, fine = np.zeros(3, int), np.array([name == "lots" for name in names])
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled = matrix.scaled()
    improver = Watched(tmp_path, scaled.arrays, shape)
    point = improver.relaxed(scaled.arrays)
    objective, _ = improver.coarse_then_fine(scaled.arrays, fine, point, rough=True)
    steps = [sorted(names[at] for at in free) for free in improver.left_free]
    assert steps == [[], ["lots"], ["lots", "z"]]
    assert scaled.money(objective) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("lots_given", "far", "begins_at"), [(0, 0.03, 13.0), (4, 0.03, 13.0), (4, 3.0, 14.0)]
)
def test_a_plan_given_is_where_the_search_begins_unless_it_is_far_dearer(
    tmp_path, monkeypatch, lots_given, far, begins_at
):
    """The relaxation costs 4.67. Given: nothing ordered, 28, or 4 lots and the permit, 14.

    Either costs more than 3 % beyond it, so a first plan is made, the best one, 13; at three times
    the relaxation beyond it, 18.67, the plan of 14 is near enough to begin from.
    """
    monkeypatch.setattr(improve, "FAR", far)
    matrix, place = permit()
    none, fine = np.zeros(3, int), np.arange(3) == place["lots"]
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled, given = matrix.scaled(), np.zeros(3)
    given[place["lots"]] = lots_given
    given[place["z"]] = min(lots_given, 1)
    given[place["unmet"]] = 0.0 if lots_given else 7.0
    np.save(tmp_path / START, scaled.start(given))
    found = Improver(tmp_path, scaled.arrays, shape).begin()
    assert scaled.money(found[0]) == pytest.approx(begins_at)
    assert (tmp_path / EARLY).exists() == (begins_at == 13.0)  # what was given is not lost
    other = replace(shape, is_cost=False)  # where anything but the cost is made least
    found = Improver(tmp_path, scaled.arrays, other).begin()
    assert scaled.money(found[0]) == pytest.approx(14.0 if lots_given else 28.0)


def test_what_every_plan_costs_at_least_is_told_by_the_relaxation(tmp_path):
    """7 served by 7/3 lots, z = 7/30: 4.67, where the best plan costs more."""
    matrix, place = permit()
    none, fine = np.zeros(3, int), np.arange(3) == place["lots"]
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled = matrix.scaled()
    improver = Improver(tmp_path, scaled.arrays, shape)
    found = improver.first()
    least = float((tmp_path / LEAST).read_text())
    assert scaled.money(least) == pytest.approx(7 / 3 + 7 / 3, rel=1e-5)
    assert least < found[0]


def test_quantities_are_made_whole_together(tmp_path):
    """Of 7/3 lots 3, in one step with the teams: a lot each, so 3 teams."""
    m = pyo.ConcreteModel()
    m.z = pyo.Var(domain=pyo.Binary)
    m.lots = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.teams = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.unmet = pyo.Var(bounds=(0, 7))
    m.link = pyo.Constraint(expr=3 * m.lots <= 30 * m.z)
    m.need = pyo.Constraint(expr=3 * m.lots + m.unmet >= 7)
    m.crew = pyo.Constraint(expr=m.lots == m.teams)
    m.cost = pyo.Objective(expr=10 * m.z + m.lots + m.teams + 4 * m.unmet)
    matrix = to_matrix(m)
    names = [variable.name for variable in matrix.columns]
    fine = np.array([name in ("lots", "teams") for name in names])
    none = np.zeros(4, int)
    scaled = matrix.scaled()
    improver = Watched(
        tmp_path, scaled.arrays, Shape(none, none, none, fine, None, [np.arange(4)], [])
    )
    objective, _ = improver.first()
    steps = [[names[at] for at in free] for free in improver.left_free]
    assert steps == 2 * [["z"], ["lots", "teams"]]  # roughly first
    assert scaled.money(objective) == pytest.approx(16.0)


def test_of_a_large_program_quantities_that_are_whole_already_are_kept(tmp_path, monkeypatch):
    """A permit (10) and lots of 3 for 7 units, as above: 13; and 2 lots for 6 more: 15."""
    monkeypatch.setattr(improve, "LARGE", 0)
    m = pyo.ConcreteModel()
    m.z = pyo.Var(domain=pyo.Binary)
    m.lots = pyo.Var([7, 6], domain=pyo.Integers, bounds=(0, 10))
    m.unmet = pyo.Var([7, 6], bounds=(0, 7))
    m.link = pyo.Constraint([7, 6], rule=lambda m, need: 3 * m.lots[need] <= 30 * m.z)
    m.need = pyo.Constraint([7, 6], rule=lambda m, need: 3 * m.lots[need] + m.unmet[need] >= need)
    m.cost = pyo.Objective(expr=10 * m.z + sum(m.lots[n] + 4 * m.unmet[n] for n in (7, 6)))
    matrix = to_matrix(m)
    names = [variable.name for variable in matrix.columns]
    fine = np.array([name.startswith("lots") for name in names])
    none, scaled = np.zeros(5, int), matrix.scaled()
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(5)], [matrix.cost])
    improver = Watched(tmp_path, scaled.arrays, shape)
    objective, _ = improver.first()
    steps = [[names[at] for at in free] for free in improver.left_free]
    assert steps == 2 * [["z"], ["lots[7]"]]  # roughly first
    assert scaled.money(objective) == pytest.approx(15.0)


def test_a_rough_plan_is_left_first_and_its_cost_told(tmp_path):
    """On the way to 13, which is no better than the rough plan: the one that is kept is told."""
    matrix, place = permit()
    none, fine = np.zeros(3, int), np.arange(3) == place["lots"]
    shape = Shape(none, none, none, fine, matrix.integer, [np.arange(3)], [matrix.cost])
    scaled, left = matrix.scaled(), []

    class Careless(Improver):
        def without_orders(self):
            return None

        def coarse_then_fine(self, data, fine, point, rough=False, tell=None):
            left.append((rough, (tmp_path / EARLY).exists()))
            if rough:  # nothing is ordered: 4 for each of 7
                return 28.0 / scaled.unit, scaled.start(np.array([0.0, 0.0, 7.0])[order])
            return super().coarse_then_fine(data, fine, point, rough, tell)

    names = ("z", "lots", "unmet")
    order = [names.index(variable.name) for variable in matrix.columns]
    improver = Careless(tmp_path, scaled.arrays, shape)
    found = improver.first()
    assert left == [(True, False), (False, True)]
    assert scaled.money(found[0]) == pytest.approx(13.0)
    improver.take(found)
    assert scaled.money(float((tmp_path / TOLD).read_text())) == pytest.approx(13.0)


def test_pulses_are_kept_and_their_steps_follow():
    """A start in period 0, 1 or 2 at 5, 3 or 1; a window over 0 and 1 may move it, or drop it."""
    m = pyo.ConcreteModel()
    m.by = pyo.Var(range(3), domain=pyo.Binary)
    m.now = pyo.Var(range(3), bounds=(0, 1))
    m.other = pyo.Var(domain=pyo.Binary)
    m.steps = pyo.Constraint(
        range(3), rule=lambda m, t: m.now[t] == m.by[t] - (m.by[t - 1] if t else 0)
    )
    m.needed = pyo.Constraint(expr=m.by[2] + m.other >= 1)
    m.cost = pyo.Objective(expr=5 * m.now[0] + 3 * m.now[1] + m.now[2] + 2 * m.other)
    matrix = to_matrix(m)
    names = [column.name for column in matrix.columns]
    period = np.array([int(name[-2]) if "[" in name else 0 for name in names])
    kept = np.array([not name.startswith("by") for name in names])
    none = np.zeros(len(names), int)
    shape = Shape(period, period, none, none, kept, [np.arange(len(names))], [matrix.cost])
    point = np.array(
        [1.0 if name in ("by[0]", "by[1]", "by[2]", "now[0]") else 0 for name in names]
    )
    improver = Improver(None, matrix.scaled().arrays, shape)
    improver.objective, improver.point = 5.0, matrix.scaled().start(point)
    # with now[2] kept at nothing, the start moves to 1 at 3, or the other is taken at 2
    objective, _ = improver.around(kept & (period < 2))
    assert objective * matrix.scaled().unit == pytest.approx(2)
    window = kept & (period < 2) & np.array([name != "other" for name in names])
    objective, found = improver.around(window)
    assert objective * matrix.scaled().unit == pytest.approx(3)
    values = dict(zip(names, matrix.scaled().values(found), strict=True))
    assert [values[f"now[{at}]"] for at in range(3)] == pytest.approx([0, 1, 0])
