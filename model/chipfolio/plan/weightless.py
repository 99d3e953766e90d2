"""Scenarios that weigh nothing are planned best for themselves (contract §4).

The objective leaves open what is done in a scenario of probability 0, and at tail_weight 100 % in
one outside the tail. Such a scenario is planned once more at its own least cost, given what it
shares with scenarios that weigh something: their decisions stay as they are, and so does the
objective.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ..formulation.whole import Furnished, Whole, ordered, parents
from ..solver.bridge import Matrix
from ..solver.engine import Outcome
from .extract import load
from .thresholds import read_exactly

SAME = 1e-9
"""Share of its cost by which a scenario must lie below the tail to be outside it."""
Run = Callable[[Matrix], Outcome]


def weightless(whole: Whole) -> list[str]:
    """Scenarios that the objective does not weigh in the plan loaded, parents before children."""
    weights = whole.weights()
    found = {name for name, weight in weights.items() if weight <= 0.0}
    if len(weights) > 1 and whole.tables.setting("tail_weight") >= 1.0:
        at_risk = whole.model.at_risk.value
        for name, furnished in whole.worlds.items():
            if furnished.total.value() < at_risk - SAME * max(1.0, abs(at_risk)):
                found.add(name)
    tree = parents({name: furnished.world for name, furnished in whole.worlds.items()})
    return [name for name in ordered(tree) if name in found]


def plan_weightless(whole: Whole, matrix: Matrix, outcome: Outcome, run: Run) -> Outcome:
    """The plan with each scenario that weighs nothing at its own least cost, loaded.

    ``outcome`` has values, which are loaded. ``run`` solves a program. A scenario for which nothing
    better is found in time keeps what it has.
    """
    left = weightless(whole)
    kept = columns_of(matrix, (f for name, f in whole.worlds.items() if name not in left))
    for name in left:
        furnished = whole.worlds[name]
        before = furnished.total.value()
        program = alone(matrix, outcome.values, kept, furnished)
        found = run(program)
        if found.values is not None:
            load(whole, matrix, found.values)
            found = read_exactly(whole, program, found, run)
        if found.values is not None and furnished.total.value() < before:
            outcome = replace(outcome, values=found.values)
        load(whole, matrix, outcome.values)
        kept |= columns_of(matrix, [furnished])
    return outcome


def columns_of(matrix: Matrix, worlds: Iterable[Furnished]) -> np.ndarray:
    """Whether each column is a decision of one of some scenarios."""
    mine = {
        id(variable)
        for furnished in worlds
        for room in furnished.rooms.values()
        for decision in room.decisions.values()
        for variable in decision.values()
    }
    return np.array([id(variable) in mine for variable in matrix.columns], dtype=bool)


def alone(matrix: Matrix, values: np.ndarray, kept: np.ndarray, furnished: Furnished) -> Matrix:
    """The program of one scenario's cost, with the columns ``kept`` at their values."""
    cost = np.zeros(len(matrix.columns))
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    for coefficient, variable in furnished.total.merged().values():
        if id(variable) in place:
            cost[place[id(variable)]] = coefficient
    return replace(
        matrix,
        cost=cost,
        offset=furnished.total.constant,
        lower=np.where(kept, values, matrix.lower),
        upper=np.where(kept, values, matrix.upper),
    )
