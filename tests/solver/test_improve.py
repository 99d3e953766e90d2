"""An improver beside the main solve: same optimum, same bytes, and nothing waits for a dead one."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import fields
from queue import Queue
from types import SimpleNamespace

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy import sparse

from chipfolio.solver import child, improve
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.engine import Ear, run_highs
from chipfolio.solver.improve import Improver, alone, windows
from chipfolio.solver.lookout import CLOCK, EARLY, OVER, ROUND, TOLD, Lookout
from chipfolio.solver.shape import SHAPE, Shape, read_shape

GAP = 1e-4


def lots(items: int = 8, periods: int = 12, constant: float = 0.0) -> tuple[Matrix, Shape]:
    """Lot-sizing of several items on one machine with set-up costs; decided period by period."""
    draw = np.random.default_rng(5)
    need = draw.integers(10, 50, (items, periods))
    m = pyo.ConcreteModel()
    slots = [(i, t) for i in range(items) for t in range(periods)]
    m.makes = pyo.Var(slots, bounds=(0, 400))
    m.sets_up = pyo.Var(slots, domain=pyo.Binary)
    m.stock = pyo.Var(slots, domain=pyo.NonNegativeReals)

    @m.Constraint(slots)
    def stock_follows(_, i, t):
        before = m.stock[i, t - 1] if t else 0
        return before + m.makes[i, t] - m.stock[i, t] == int(need[i, t])

    @m.Constraint(slots)
    def a_lot_is_set_up(_, i, t):
        return m.makes[i, t] <= int(need[i, t:].sum()) * m.sets_up[i, t]

    @m.Constraint(range(periods))
    def the_machine_has_so_much(_, t):
        return sum(m.makes[i, t] + 15 * m.sets_up[i, t] for i in range(items)) <= 480

    m.cost = pyo.Objective(
        expr=constant + sum(200 * m.sets_up[s] + (1 + s[0] % 3) * m.stock[s] for s in slots)
    )
    matrix = to_matrix(m)
    period = np.array([variable.index()[1] for variable in matrix.columns])
    everything = np.arange(len(period))
    never = np.zeros(len(period), int)
    whole = matrix.integer
    return matrix, Shape(
        period, period, np.zeros_like(period), never, whole, [everything], [matrix.cost]
    )


class Silence:
    """Standard input on which nobody ever says stop."""

    def readline(self):
        threading.Event().wait()


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
    )
    shape.save(tmp_path, np.array([1.0, 0.5, 1.0]), 2.0)
    read = read_shape(tmp_path)
    assert [cost.tolist() for cost in read.costs] == [[4.0], [4.0, 1.5]]
    assert [columns.tolist() for columns in read.members] == [[0], [0, 1]]
    assert read.period.tolist() == read.world.tolist() == [0, 1, -1]
    assert read.since.tolist() == [0, 0, -1]
    assert read.fine.tolist() == [True, False, False]
    assert read.kept.tolist() == [True, False, True]


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


def tree() -> tuple[dict[str, np.ndarray], Shape]:
    """Two worlds: x is shared, y is the first's own, z the second's; 0 to 5 whole units each.

    Needs: x + y ≥ 4 in the first world, x + z ≥ 2 in the second. Costs: x 2, y 3, z 1 a unit;
    the worlds are equally likely, so the whole costs 2 x + 1.5 y + 0.5 z.
    """
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.y = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.z = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.first = pyo.Constraint(expr=m.x + m.y >= 4)
    m.second = pyo.Constraint(expr=m.x + m.z >= 2)
    m.cost = pyo.Objective(expr=2 * m.x + 1.5 * m.y + 0.5 * m.z)
    matrix = to_matrix(m)
    place = {variable.name: at for at, variable in enumerate(matrix.columns)}
    x, y, z = place["x"], place["y"], place["z"]
    period, world = np.zeros(3, int), np.zeros(3, int)
    period[[y, z]] = 1
    world[z] = 1
    one = np.array([2.0, 3.0, 0.0])[np.argsort([x, y, z])]
    two = np.array([2.0, 0.0, 1.0])[np.argsort([x, y, z])]
    members = [np.array(sorted((x, y))), np.array(sorted((x, z)))]
    never = np.zeros(3, bool)
    shape = Shape(
        period, period, world, never, matrix.integer, members, [one[members[0]], two[members[1]]]
    )
    return matrix.scaled().arrays, shape


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


class Watched(Improver):
    """An improver of which it is known what each of its programs left free."""

    def __init__(self, *args):
        super().__init__(*args)
        self.left_free: list[list[int]] = []

    def solve(self, data, *args, **more):
        free = data["integer"] & (data["lower"] < data["upper"])
        self.left_free.append(np.flatnonzero(free).tolist())
        return super().solve(data, *args, **more)


def permit() -> tuple[Matrix, dict[str, int]]:
    """Pay 10 (z) to be allowed to order x of lots worth 3 each, for a demand of 7; else pay 4 each.

    Fractions: z = 7/30 is enough for 7/3 lots, 7/3 + 10 × 7/30 = 4.67. Whole z, fractions of lots:
    10 + 7/3 = 12.33 against 28, so z = 1. Whole lots then: 3, so 10 + 3 = 13.
    """
    m = pyo.ConcreteModel()
    m.z = pyo.Var(domain=pyo.Binary)
    m.lots = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.unmet = pyo.Var(bounds=(0, 7))
    m.link = pyo.Constraint(expr=3 * m.lots <= 30 * m.z)
    m.need = pyo.Constraint(expr=3 * m.lots + m.unmet >= 7)
    m.cost = pyo.Objective(expr=10 * m.z + m.lots + 4 * m.unmet)
    matrix = to_matrix(m)
    return matrix, {variable.name: at for at, variable in enumerate(matrix.columns)}


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
    lookout = Hands(tmp_path, GAP, 60.0)
    child.search(tmp_path, {"options": options, "worlds": 1}, data, lookout)
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
