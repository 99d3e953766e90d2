"""Random books rolled twice and rolled once over the same quarters: the next workbook is the same.

``python -m tests.quarters.twice FROM TO`` runs a range of seeds, prints what differs, and counts.
"""

from __future__ import annotations

import random
import sys
import traceback
from collections import Counter, defaultdict
from collections.abc import Mapping

import pandas as pd

from chipfolio.errors import PlanError
from chipfolio.quarters.books import opened
from chipfolio.quarters.roll import Rolled, roll
from tests.quarters.drawn import PERIODS, drawn
from tests.quarters.rolled import held, remaining
from tests.rooms.by_hand import plan_of

SAME = 2e-6
"""Relative to the cost of the plan: how work is run is decided by a solve each time."""


def both_ways(made: Mapping[str, pd.DataFrame], to: int) -> tuple[Rolled, Rolled]:
    """A book rolled over so many quarters at once, and one by one."""
    plan, book = plan_of(made), opened(made)
    once = roll(book, plan.tables, PERIODS[to])
    rows: Mapping[str, list[dict]] = plan.tables
    for at in range(1, to + 1):
        twice = roll(book, rows, PERIODS[at])
        if at < to:
            book = opened(twice.frames)
            rows = held(book.tables, remaining(plan, book.tables, PERIODS[at])).tables
    return once, twice


def amounts(rolled: Rolled) -> dict[tuple, float]:
    """Numbers of a workbook, by sheet, column and the words of their row, added up."""
    found: dict[tuple, float] = defaultdict(float)
    for sheet, frame in rolled.frames.items():
        for row in frame.to_dict("records"):
            words = tuple(str(cell) for cell in row.values() if isinstance(cell, str))
            for column, cell in row.items():
                if isinstance(cell, int | float) and cell == cell:
                    found[sheet, column, *words] += cell
    return found


def differences(seed: int) -> list[str] | None:
    """What differs between the two workbooks of a seed; None where the book has no plan."""
    chance = random.Random(seed)
    made = drawn(chance)
    try:
        once, twice = both_ways(made, chance.choice((2, 2, 3)))
    except PlanError:
        return None
    one, other = amounts(once), amounts(twice)
    scale = max(1.0, *map(abs, one.values()))
    return [
        f"{' | '.join(map(str, key))}: {one.get(key)} once, {other.get(key)} twice"
        for key in dict.fromkeys((*one, *other))
        if abs(one.get(key, 0.0) - other.get(key, 0.0)) > SAME * scale
    ]


def main(first: int, last: int) -> None:
    """Run a range of seeds; print every difference, and the counts."""
    counts: Counter = Counter()
    for seed in range(first, last):
        try:
            found = differences(seed)
        except Exception:
            found = [traceback.format_exc()[-1500:]]
        counts["no plan" if found is None else "different" if found else "same"] += 1
        for one in found or ():
            print(seed, one, flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
