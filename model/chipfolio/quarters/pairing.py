"""Which row of one book is which of another: by names, whatever their order."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.periods import Calendar
from ..tables import Row
from .values import cell_of, subject

Pair = tuple[Row, Row]


@dataclass
class Pairs:
    """Rows that are the same row of both books, and rows that one book alone has."""

    both: list[Pair]
    removed: list[Row]
    added: list[Row]


def paired(sheet: str, old: list[Row], new: list[Row], before: Calendar, after: Calendar) -> Pairs:
    """Pair the rows of a sheet.

    A row with a unique name is paired by it. Rows that share one (tiers, changes, orders) are
    paired where all their cells are equal, then with the most similar of that name, then where a
    single cell differs and the first name is the same. Equal rows are paired in their order.
    """
    columns = list(INPUTS[sheet])
    cells = {id(row): keys_of(row, columns, before) for row in old}
    cells |= {id(row): keys_of(row, columns, after) for row in new}
    places = [columns.index(column) for column in subject(sheet)]
    pairs = Pairs([], old, new)

    def name(row: Row) -> Hashable:
        return tuple(cells[id(row)][at] for at in places)

    def first_name(row: Row) -> Hashable:
        return cells[id(row)][places[0]]

    def alike(one: Row, other: Row) -> int:
        return sum(a == b for a, b in zip(cells[id(one)], cells[id(other)], strict=True))

    take(pairs, lambda row: cells[id(row)], lambda one, other: 1)
    take(pairs, name, alike)
    if not INPUTS[sheet].key or INPUTS[sheet].scheme:
        least = len(columns) - 1
        take(pairs, first_name, lambda one, other: max(alike(one, other) - least + 1, 0))
    order = {id(row): at for at, row in enumerate(old)}
    pairs.both.sort(key=lambda pair: order[id(pair[0])])
    return pairs


def keys_of(row: Row, columns: list, calendar: Calendar) -> tuple[Hashable, ...]:
    """All that a row says, comparable with rows of other books."""
    found = [cell_of(row, column, calendar).key for column in columns]
    months = calendar.months
    wide = {calendar.first_month + at * months: v for at, v in row.over_time.items()}
    return (*found, tuple(sorted(wide.items())))


def take(pairs: Pairs, name: Callable[[Row], Hashable], alike: Callable[[Row, Row], int]) -> None:
    """Pair what is left by name, the most alike first; rows alike in nothing (0) stay apart."""
    waiting: dict[Hashable, list[Row]] = {}
    for row in pairs.added:
        waiting.setdefault(name(row), []).append(row)
    chances = [
        (-likeness, at, beside, row, other)
        for at, row in enumerate(pairs.removed)
        for beside, other in enumerate(waiting.get(name(row), []))
        if (likeness := alike(row, other))
    ]
    gone: set[int] = set()
    for _, _, _, row, other in sorted(chances, key=lambda chance: chance[:3]):
        if id(row) not in gone and id(other) not in gone:
            gone |= {id(row), id(other)}
            pairs.both.append((row, other))
    pairs.removed = [row for row in pairs.removed if id(row) not in gone]
    pairs.added = [row for row in pairs.added if id(row) not in gone]
