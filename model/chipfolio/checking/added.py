"""A book with one row more: what somebody asks on a page is checked as if it stood in the book."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..contract.inputs import INPUTS
from ..contract.problems import fold
from ..contract.schema import NUMERIC
from .cells import likely_number
from .raw import RawBook, RawColumn, RawTable


def with_row(book: RawBook, sheet: str, values: Mapping[str, object]) -> RawBook:
    """The raw book with a row added to a sheet, texts that are numbers made numbers.

    The sheet is made where it is missing; columns that it lacks are added to it.
    """
    table = INPUTS[sheet]
    given = {name: typed(sheet, name, value) for name, value in values.items() if value != ""}
    raw = book.tables.get(sheet) or RawTable(sheet, sheet, 1, [], [])
    heads = [fold(column.header) for column in raw.columns]
    missing = [name for name in table.names if name not in heads]
    columns = [*raw.columns, *(RawColumn(name, "A") for name in missing)]
    last = max((number for number, _ in raw.rows), default=raw.header_row)
    row = [given.get(fold(column.header or "")) for column in columns]
    rows = [(number, [*cells, *([None] * len(missing))]) for number, cells in raw.rows]
    made = RawTable(sheet, raw.title, raw.header_row, columns, [*rows, (last + 1, row)])
    return replace(book, tables={**book.tables, sheet: made})


def typed(sheet: str, name: str, value: object) -> object:
    """A text as the number that it writes, where its column holds numbers."""
    column = INPUTS[sheet].column(name)
    if column.kind in NUMERIC and isinstance(value, str):
        number = likely_number(value)
        return value if number is None else number
    return value
