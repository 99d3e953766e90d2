"""The shape of a built model as an improver needs it: whose each column is, and when decided."""

from __future__ import annotations

import numpy as np

from ..formulation.whole import Furnished, Whole, ordered, parents
from ..solver.bridge import Matrix
from ..solver.improve import Shape

WORTHWHILE = 300
"""Whole-number columns from which improving beside the main solve is worth a second process."""


def shape_of(whole: Whole, matrix: Matrix) -> Shape | None:
    """The shape of a model; None where it is small enough for one process."""
    if matrix.integer.sum() < WORTHWHILE:
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    period = np.full(len(place), -1)
    world = np.full(len(place), -1)
    members, costs = [], []
    tree = parents({name: furnished.world for name, furnished in whole.worlds.items()})
    for number, name in enumerate(ordered(tree)):
        furnished = whole.worlds[name]
        mine = decided(furnished, place)
        for at, when in mine.items():
            if world[at] < 0:
                world[at], period[at] = number, when
        columns = np.array(sorted(mine), dtype=np.int64)
        cost = np.zeros(len(place))
        for coefficient, variable in furnished.total.merged().values():
            at = place.get(id(variable))
            if at is not None:
                cost[at] = coefficient
        members.append(columns)
        costs.append(cost[columns])
    return Shape(period, world, members, costs)


def decided(furnished: Furnished, place: dict[int, int]) -> dict[int, int]:
    """Period of decision of each of a world's columns, by column."""
    return {
        place[id(variable)]: room.decided[name][key]
        for room in furnished.rooms.values()
        for name, found in room.decisions.items()
        for key, variable in found.items()
        if id(variable) in place
    }
