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
"""Room and name of whole numbers of which there are many, none of them worth much by itself."""


def shape_of(whole: Whole, matrix: Matrix, is_cost: bool = True) -> Shape | None:
    """The shape of a model; None where it is small enough for one process.

    ``is_cost`` says whether its aim is what its worlds cost.
    """
    if matrix.integer.sum() < WORTHWHILE:
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    period = np.full(len(place), -1)
    since = np.full(len(place), -1)
    world = np.full(len(place), -1)
    fine = np.zeros(len(place), dtype=bool)
    kept = matrix.integer.astype(bool)
    members, costs = [], []
    tree = parents({name: furnished.world for name, furnished in whole.worlds.items()})
    for number, name in enumerate(ordered(tree)):
        furnished = whole.worlds[name]
        mine = []
        for at, when, first, is_fine, is_kept in decided(furnished, place):
            mine.append(at)
            kept[at] = kept[at] if is_kept is None else is_kept
            if world[at] < 0:
                world[at], period[at], since[at], fine[at] = number, when, first, is_fine
        columns = np.array(sorted(mine), dtype=np.int64)
        cost = np.zeros(len(place))
        for coefficient, variable in furnished.total.merged().values():
            at = place.get(id(variable))
            if at is not None:
                cost[at] = coefficient
        members.append(columns)
        costs.append(cost[columns])
    kept &= world >= 0  # what a question adds is free in every neighbourhood
    return Shape(period, since, world, fine, kept, members, costs, is_cost)


def decided(
    furnished: Furnished, place: dict[int, int]
) -> Iterator[tuple[int, int, int, bool, bool | None]]:
    """Each of a world's columns, its period, since when, is fine, is kept (None: if whole)."""
    for room_name, room in furnished.rooms.items():
        steps = {f"{name}_by" for name in room.pulses}
        for name, found in room.decisions.items():
            is_fine = (room_name, name) in FINE
            is_kept = True if name in room.pulses else False if name in steps else None
            for key, variable in found.items():
                if id(variable) in place:
                    when = room.decided[name][key]
                    since = room.since[name].get(key, when)
                    yield place[id(variable)], when, since, is_fine, is_kept
