"""no_regret: least, most and verdict of each order, against all plans counted out."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.asked import CostAtMost
from chipfolio.answers.engine import Engine
from chipfolio.answers.no_regret import Search, outside
from chipfolio.answers.node import Ends, Node
from chipfolio.answers.signable import multiples, signables
from chipfolio.answers.study import Question, Study
from tests.answers.brute import Book, Plans, feasible_books
from tests.answers.test_engine import book as two_offers

WITHIN = 0.05
LITTLE = 1e-6


def nodes_of(plans: Plans) -> dict[tuple[str, int], tuple[np.ndarray, str]]:
    """Near-best plans of each node (its name, its period), and a world of it."""
    book = plans.book
    limit = plans.best() * (1.0 + WITHIN) + 1e-7
    near = plans.ok & (plans.cost <= limit)
    first = next(iter(book.demand))
    found = {("", 0): (near, first)}
    if not book.is_tree:
        return {**found, ("", 1): (near, first)}
    by_world = plans.costs()
    for s in book.demand:
        cheapest = by_world[s][near].min()
        found[s, 1] = (near & (by_world[s] <= cheapest * (1.0 + WITHIN) + 1e-7), s)
    return found


def verdicts(plans: Plans) -> dict[tuple[str, str, int], tuple[float, float, str]]:
    """(least, most, verdict) by (node, offer, period)."""
    nodes = nodes_of(plans)
    names = [offer.name for offer in plans.book.offers]
    ends = {}
    for (node, at), (near, s) in nodes.items():
        for o, name in enumerate(names):
            values = plans.units[s][near, o, at]
            ends[node, name, at] = (values.min(), values.max())
    found = {}
    for (node, name, at), (least, most) in ends.items():
        alike = [key for key in ends if key[1:] == (name, at)]
        if all(ends[key][0] > LITTLE for key in alike):
            verdict = "do now"
        elif all(ends[key][1] < LITTLE for key in alike):
            verdict = "never"
        elif any(ends[key][0] > LITTLE for key in alike) or paired(
            plans, nodes, names, ends, (node, name, at)
        ):
            verdict = "depends"
        else:
            verdict = "free"
        found[node, name, at] = (least, most, verdict)
    return found


def paired(plans: Plans, nodes, names, ends, key) -> bool:  # noqa: ANN001
    """Whether all near-best plans that lack one other order of the node have this one."""
    node, name, _ = key
    for other, (near, s) in nodes.items():
        if other[0] != node:
            continue
        for o, its in enumerate(names):
            if (other[0], its, other[1]) == key or ends[other[0], its, other[1]][0] > LITTLE:
                continue
            lacking = near & (plans.units[s][:, o, other[1]] < LITTLE)
            mine = plans.units[s][:, names.index(name), key[2]]
            if lacking.any() and (mine[lacking] > LITTLE).all():
                return True
    return False


def is_waste(plans: Plans, name: str, at: int, s: str) -> bool:
    """Whether one more lot costs something, and the same with units that cannot serve."""
    book = plans.book
    o = [offer.name for offer in book.offers].index(name)
    offer = book.offers[o]
    has = plans.ok & (plans.units[s][:, o, at] >= offer.lot - LITTLE)
    if not has.any():
        return True
    useful = plans.cost[has].min()
    if useful <= plans.best() + LITTLE:
        return False
    worlds = list(plans.units) if at == 0 else [s]
    cost = plans.cost.copy()
    for world in worlds:
        units = plans.units[world]
        served = units.copy()
        served[:, o, at] -= offer.lot
        for both, sign in ((units, -1.0), (served, 1.0)):
            capacity = np.zeros((len(units), book.periods))
            for place, other in enumerate(book.offers):
                mine = both[:, place] if other.rented else both[:, place].cumsum(1)
                capacity += mine * other.throughput
            unmet = np.maximum(np.array(book.demand[world])[None] - capacity, 0.0)
            cost += sign * book.probability[world] * book.penalty * unmet.sum(1)
    return bool(cost[has].min() - useful <= LITTLE)


def against_all_plans(seed: int, book: Book, plans: Plans) -> int:
    """Compare every order of the first two periods; how many were."""
    plan = chipfolio.solve(book.read())
    asked = {"question": "n", "kind": "no_regret", "within": WITHIN}
    rows = answer(plan, [asked]).tables["No regret"]
    true = verdicts(plans)
    compared = 0
    for row in rows:
        if not row["decision"].startswith("order "):
            continue
        key = (row["node"], row["decision"].removeprefix("order "), int(row["period"]) - 2027)
        least, most, verdict = true[key]
        assert row["least"] == pytest.approx(least, abs=1e-5), (seed, key, row)
        assert row["most"] == pytest.approx(most, abs=1e-5), (seed, key, row)
        if row["verdict"] == "never" and verdict in ("free", "depends"):
            s = nodes_of(plans)[key[0], key[2]][1]
            assert is_waste(plans, key[1], key[2], s), (seed, key, row)
        else:
            assert row["verdict"] == verdict, (seed, key, verdict, row)
        compared += 1
    return compared


@pytest.mark.parametrize("tree", [False, True])
def test_verdicts_are_those_of_all_plans(tree):
    for seed, book, plans in feasible_books(1, tree, start=30):
        assert against_all_plans(seed, book, plans) >= 4


def test_waiting_costs_what_all_plans_say():
    _, book, plans = next(feasible_books(1, start=40))
    plan = chipfolio.solve(book.read())
    asked = {"question": "n", "kind": "no_regret", "within": WITHIN}
    rows = answer(plan, [asked]).tables["No regret"]
    orders = [r for r in rows if r["decision"].startswith("order ") and r["in_plan"] > LITTLE]
    assert orders
    for row in orders:
        name, at = row["decision"].removeprefix("order "), int(row["period"]) - 2027
        none = np.all([mine < LITTLE for mine in plans.ordered(name, at, at).values()], axis=0)
        true = plans.best(plans.ok & none) - plans.best()
        if np.isinf(true):
            assert row["cost_of_waiting_low"] is None
        else:
            assert row["cost_of_waiting_low"] - 1e-5 <= true <= row["cost_of_waiting_high"] + 1e-5


def test_what_is_so_many_times_another_decision_is_asked_with_it():
    """One offer a seller: units of its chip and orders at it, 60 USD a unit, are the order."""
    own = two_offers()
    study = Study(Engine(chipfolio.solve(own.read())))
    decisions = signables(study, 1)
    found = multiples(study.engine.plan.solved.whole, decisions)
    times = {one.named: (lead.named, factor) for one, (lead, factor) in found.items()}
    assert times == {
        "units of Ko0": ("order o0", 1.0),
        "units of Ko1": ("order o1", 1.0),
        "orders at Ada": ("order o0", own.offers[0].price),
        "orders at Bo": ("order o1", own.offers[1].price),
    }


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 7.0, "none more than 7 units"),
        (1.0, 7.0, "none has less than 1 or more than 7 units"),
        (0.0, math.inf, "it is not proven that none lies outside"),
    ],
)
def test_ends_that_are_not_proven_say_what_is(low, high, said):
    end = Ends(2.0, least=2.0, most=5.0, low=low, high=high)
    assert end.is_open
    assert outside(end, "units") == said


def test_a_sum_is_needed_where_a_decision_in_it_is():
    _, book_, _ = next(feasible_books(1, start=30))
    study = Study(Engine(chipfolio.solve(book_.read())))
    node = Node(study, signables(study, 1), (CostAtMost(study.base.high),))
    node.add(study.base)
    node.needed = {one for one in node.leads if one.named == "order o0"}
    node.count_sums()
    assert {one.named for one in node.needed} == {"order o0", "all orders"}


def test_a_best_plan_that_is_too_dear_is_no_near_best_plan():
    """Where the proof was driven on to tell the tolerance, the plan it found stands for the best."""
    study = Study(Engine(chipfolio.solve(two_offers().read())))
    best = study.base
    study.engine.base = replace(best, objective=2 * best.cost, cost=2 * best.cost)
    search = Search(study, Question("n", "no_regret"), 1.01 * best.cost, best)
    with pytest.raises(StopIteration) as ended:
        next(search.node(("",), signables(study, 1)))
    assert [plan.best for plan in ended.value.value.plans] == [best]


def test_what_no_plan_does_without_is_one_lot_at_least():
    """Orders of whole units of which a plan is known that has one: none can have less."""
    _, book_, _ = next(feasible_books(1, start=30))
    study = Study(Engine(chipfolio.solve(book_.read())))
    node = Node(study, signables(study, 1), (CostAtMost(study.base.high),))
    node.add(study.base)
    one = next(one for one in node.leads if one.named == "order o0")
    node.needed = {one}
    lot = node.step(one)
    assert lot == book_.offers[0].lot
    (known,) = node.plans
    known.values[one] = lot
    assert node.is_at_least(one) and node.ends(one, {}).low == lot
    known.values[one] = 2.0 * lot
    assert not node.is_at_least(one)
    assert node.ends(one, {(one, 1.0): 1.5 * lot}).low == 1.5 * lot
