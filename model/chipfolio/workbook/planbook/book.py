"""The whole plan workbook, sheet by sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...contract.outputs import OUTPUTS
from .draw import draw
from .sheets import Book
from .tables import new_table

if TYPE_CHECKING:
    from ...plan.plan import Plan


def plan_book(plan: Plan) -> bytes:
    """The plan workbook as bytes."""
    book = Book()
    for name, table in OUTPUTS.items():
        new_table(book, table, plan.tables.get(name, []))
    book.calculate()
    return draw(book)
