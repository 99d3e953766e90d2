"""The shape of a built model as an improver needs it: whose each column is, and when decided."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..formulation.whole import Furnished, Whole, ordered, parents
from ..solver.bridge import Matrix
from ..solver.shape import Shape

WORTHWHILE = 300
"""Whole-number columns from which improving beside the main solve is worth a second process."""
FINE = {("orders", "lots"), ("workloads", "runs")}
"""Room and name of whole quantities: many, and none of them worth much by itself."""


def shape_of(whole: Whole, matrix: Matrix) -> Shape | None:
    """The shape of a model; None where it is small enough for one process."""
    if matrix.integer.sum() < WORTHWHILE:
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    period = np.full(len(place), -1)
    world = np.full(len(place), -1)
    fine = np.zeros(len(place), dtype=bool)
    members, costs = [], []
    tree = parents({name: furnished.world for name, furnished in whole.worlds.items()})
    for number, name in enumerate(ordered(tree)):
        furnished = whole.worlds[name]
        mine = []
        for at, when, is_fine in decided(furnished, place):
            mine.append(at)
            if world[at] < 0:
                world[at], period[at], fine[at] = number, when, is_fine
        columns = np.array(sorted(mine), dtype=np.int64)
        cost = np.zeros(len(place))
        for coefficient, variable in furnished.total.merged().values():
            at = place.get(id(variable))
            if at is not None:
                cost[at] = coefficient
        members.append(columns)
        costs.append(cost[columns])
    return Shape(period, world, fine, members, costs)


def decided(furnished: Furnished, place: dict[int, int]) -> Iterator[tuple[int, int, bool]]:
    """Each of a world's columns, its period of decision, and whether it is a whole quantity."""
    for room_name, room in furnished.rooms.items():
        for name, found in room.decisions.items():
            is_fine = (room_name, name) in FINE
            for key, variable in found.items():
                if id(variable) in place:
                    yield place[id(variable)], room.decided[name][key], is_fine
