"""The contract's output tables and the model's lists as sheets: one Excel table each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...contract.schema import Table
from .looks import number_kind
from .sheets import DOC_ROW, HEAD_ROW, TITLE_ROW, TOP, UNIT_ROW, Book, Sheet

Rows = Sequence[Mapping[str, object]]
Extra = tuple[str, str]
"""Name and unit of a column that the model adds to a table."""


def head_up(sheet: Sheet) -> None:
    """Title and sentence of a sheet."""
    sheet.put(TITLE_ROW, 0, sheet.title, "title")
    sheet.put(DOC_ROW, 0, sheet.doc, "note")


def new_table(
    book: Book, table: Table, rows: Rows, extras: Sequence[Extra] = (), kind: str = "plan"
) -> Sheet:
    """A sheet with an output table as constants, and room for the columns the model adds.

    Raises LookupError where the rows do not hold what the contract declares, neither less nor more.
    """
    for row in rows:
        if row.keys() != set(table.names):
            raise LookupError(unlike(table, row))
    columns = [(column.name, column.unit) for column in table]
    sheet = new_list(book, table.name, kind, table.doc, [*columns, *extras], len(rows))
    for column in range(len(table.names), len(columns) + len(extras)):
        sheet.looks[HEAD_ROW, column] = ("extra", "text")
    for at, row in enumerate(rows):
        for declared in table:
            value = row.get(declared.name)
            look = "solved" if declared.name in SOLVED.get(table.name, ()) else "plain"
            place = sheet.columns[declared.name]
            sheet.put(TOP + at, place, None if value == "" else value, look, number_kind(declared))
    if rows and "scenario" in rows[0]:
        mark_parts(sheet, [str(row["scenario"]) for row in rows])
    return sheet


def unlike(table: Table, row: Mapping[str, object]) -> str:
    """How a row differs from the columns that its table declares, and what to do."""
    for name in table.names:
        if name not in row:
            return (
                f"A row of {table.name} has no {name!r}: fill it where plan/extract.py makes the "
                "table, or drop the column from contract/outputs.py."
            )
    spare = next(name for name in row if name not in table.names)
    return (
        f"A row of {table.name} has {spare!r}, which is no column: declare it in "
        "contract/outputs.py, or leave it out."
    )


def new_list(
    book: Book, name: str, kind: str, doc: str, columns: Sequence[Extra], count: int
) -> Sheet:
    """A sheet with heads for a list of so many rows."""
    sheet = book.add(Sheet(name, kind, name, doc))
    head_up(sheet)
    for column, (head, unit) in enumerate(columns):
        sheet.put(UNIT_ROW, column, unit, "unit")
        sheet.put(HEAD_ROW, column, head, "head")
        sheet.columns[head] = column
    last = TOP + max(count, 1) - 1
    sheet.row = last + 1
    sheet.table = (HEAD_ROW, 0, last, len(columns) - 1, [head for head, _ in columns])
    return sheet


def mark_parts(sheet: Sheet, scenarios: Sequence[str]) -> None:
    """Note which rows belong to each scenario; a scenario's rows stand together."""
    for at, name in enumerate(scenarios):
        first, _ = sheet.parts.get(name, (TOP + at, TOP + at))
        sheet.parts[name] = (first, TOP + at)


SOLVED = {
    "Orders": ("units",),
    "Committed units": ("units",),
    "Sales": ("units",),
    "Usage": ("units", "ready"),
    "Site steps": ("steps",),
}
"""Columns that the solver decided and the model sheets stand on."""
