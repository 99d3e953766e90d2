"""The contract's output tables as sheets: one Excel table each, with filters and frozen heads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...contract.outputs import OUTPUTS
from ...contract.schema import Table
from .looks import number_kind
from .sheets import DOC_ROW, HEAD_ROW, TITLE_ROW, TOP, UNIT_ROW, Book, Sheet

Rows = Sequence[Mapping[str, object]]


def new_table(
    book: Book, table: Table, rows: Rows, kind: str = "plan", several: bool = True
) -> Sheet:
    """A sheet with one output table as constants."""
    sheet = book.add(Sheet(table.name, kind, table.name, table.doc))
    head_up(sheet)
    columns = list(table)
    for column, declared in enumerate(columns):
        sheet.put(UNIT_ROW, column, declared.unit, "unit")
        sheet.put(HEAD_ROW, column, declared.name, "head")
    for at, row in enumerate(rows):
        for column, declared in enumerate(columns):
            value = row.get(declared.name)
            sheet.put(TOP + at, column, None if value == "" else value, "plain", kind_of(declared))
    last = TOP + max(len(rows), 1) - 1
    sheet.row = last + 1
    sheet.table = (HEAD_ROW, 0, last, len(columns) - 1, [c.name for c in columns])
    return sheet


def kind_of(declared) -> str:  # noqa: ANN001 - a Column
    """Number format of a declared column."""
    return number_kind(declared)


def head_up(sheet: Sheet) -> None:
    """Title and sentence of a sheet."""
    sheet.put(TITLE_ROW, 0, sheet.title, "title")
    sheet.put(DOC_ROW, 0, sheet.doc, "note")


def column_of(table: str, name: str) -> int:
    """Place of a column in an output table."""
    return OUTPUTS[table].names.index(name)
