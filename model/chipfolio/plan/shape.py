"""The shape of a tree as an improver needs it: whose each column is, and when it is decided."""

from __future__ import annotations

import numpy as np

from ..formulation.whole import Whole, ordered, parents
from ..solver.bridge import Matrix
from ..solver.improve import Shape


def shape_of(whole: Whole, matrix: Matrix) -> Shape | None:
    """The shape of a tree of several worlds; None for a single world."""
    if len(whole.worlds) < 2:
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    period = np.full(len(place), -1)
    world = np.full(len(place), -1)
    members, costs = [], []
    tree = parents({name: furnished.world for name, furnished in whole.worlds.items()})
    for number, name in enumerate(ordered(tree)):
        furnished = whole.worlds[name]
        mine: dict[int, int] = {}
        for room in furnished.rooms.values():
            for decision, found in room.decisions.items():
                for key, variable in found.items():
                    at = place.get(id(variable))
                    if at is not None:
                        mine[at] = room.decided[decision][key]
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
