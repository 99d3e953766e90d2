"""Plans of small books as sides of a comparison, every solve in this process."""

from __future__ import annotations

from unittest import mock

from chipfolio.answers import resolve
from chipfolio.comparing.sides import Side, side_of_plan
from chipfolio.comparing.telling import Comparison, compare
from chipfolio.quarters.books import opened
from tests.rooms.by_hand import Book, in_this_process, plan_of


def side(made: Book, name: str = "A", plan: object = None) -> Side:
    """The plan of a book, solved to the end."""
    return side_of_plan(name, opened(made), plan or plan_of(made))


def compared(one: Side, other: Side, **options: object) -> Comparison:
    """The comparison, worlds between solved to the end."""
    with mock.patch.object(resolve, "run_highs", in_this_process):
        return compare(one, other, **{"gap": 1e-7, **options})


def steps(found: Comparison, column: str = "total") -> dict[str, object]:
    """What each step adds, by subject; the two plans left out."""
    return {row["step"]: row[column] for row in found.tables["Bridge"][1:-1]}
