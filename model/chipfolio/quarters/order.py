"""Rows of Scenario changes act one after another: where their order matters, it is a difference."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..contract.problems import fold
from ..tables import Row, Tables
from .pairing import Pair
from .values import label, plainly


def reordered(
    sheet: str, both: list[Pair], old: Tables, new: Tables
) -> Iterator[tuple[Row, str, str, str, str]]:
    """Changes of one cell in one period that stand in another order.

    Yields (later row, its label, its column, the old order, the new order). Changes of different
    scenarios act in the order of the tree, never in that of the rows.
    """
    if sheet != "Scenario changes":
        return
    for at, (one, here) in enumerate(both):
        for other, there in both[at + 1 :]:
            if not touch(one, other, old):
                continue
            if (one.number < other.number) != (here.number < there.number):
                first, second = (one, other) if one.number < other.number else (other, one)
                was = f"{short(first)} then {short(second)}"
                now = f"{short(second)} then {short(first)}"
                yield there, label(there, new.calendar), str(one["column"] or ""), was, now


def touch(one: Row, other: Row, tables: Tables) -> bool:
    """Whether two changes act on one cell in one period."""
    for name in ("scenario", "sheet", "column"):
        if fold(one[name] or "") != fold(other[name] or ""):
            return False
    items = {fold(one["item"]), fold(other["item"])}
    if len(items) > 1 and "all" not in items:
        return False
    return start(one) <= end(other) and start(other) <= end(one)


def start(row: Row) -> float:
    """First period of a change; minus infinity where it is blank."""
    return -math.inf if row["from"] is None else row["from"]


def end(row: Row) -> float:
    """Last period of a change; infinity where it is blank."""
    return math.inf if row["to"] is None else row["to"]


def short(row: Row) -> str:
    """A change in words."""
    value = row["value"]
    return row["operation"] + ("" if value is None else f" {plainly(value)}")
