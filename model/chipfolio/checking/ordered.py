"""Rows in one order: the same rows sorted otherwise are the same book."""

from __future__ import annotations

from collections.abc import Iterable

from ..contract.problems import fold
from ..contract.schema import Table
from ..tables import Row


def in_order(table: Table, rows: list[Row]) -> list[Row]:
    """Rows in the one order in which all that follows sees them, however the book sorts them.

    Changes of one column act one after another, so those keep the order that the book gives them.
    """
    if table.name == "Scenario changes":
        return sorted(rows, key=lambda row: ranked(map(row.get, ("scenario", "sheet", "column"))))
    names = [*table.key, *table.names]
    return sorted(
        rows,
        key=lambda row: ranked(
            [*map(row.get, names), *(value for _, value in sorted(row.over_time.items()))]
        ),
    )


def ranked(values: Iterable[object]) -> list[tuple[int, object]]:
    """Values of any kind as a key to sort by: blanks, numbers, then texts without case."""
    return [
        (0, 0)
        if value is None
        else (1, value)
        if isinstance(value, (int, float))
        else (2, fold(value))
        for value in values
    ]
