"""A workbook being changed: its sheets as rows of cells, and what was changed and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ..checking.raw import Unreadable
from ..contract.inputs import INPUTS
from ..contract.problems import fold
from ..contract.schema import Kind, Table
from ..tables import Row, Tables
from .books import Book, shown

OURS = ("unit", "meaning", "note unit")
"""Columns that the template writes itself."""


@dataclass(frozen=True)
class Change:
    """One thing that is otherwise than in the workbook rolled: where, what, why."""

    what: str
    """carried, restated, dropped, or to update."""
    sheet: str
    item: str
    column: str
    old: object
    new: object
    why: str


@dataclass
class Line:
    """One row: its number in the old workbook (0 for a new one) and its cells by heading."""

    number: int
    cells: dict[str, object]


@dataclass
class Draft:
    """The sheets of a workbook by name, each a list of lines; changes in the order made."""

    tables: Tables
    heads: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[str, list[Line]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    # ------------------------------------------------------------------ lines
    def line(self, row: Row) -> Line:
        """The line of a checked row."""
        return next(line for line in self.lines[row.sheet] if line.number == row.number)

    def set(self, row: Row, column: str, value: object, why: str, what: str = "carried") -> None:
        """Put a value into a row's cell; one that stands there already changes nothing."""
        line = self.line(row)
        old = line.cells.get(column)
        if old == value or (old in (None, "") and value is None):
            return
        self.know(row.sheet, column)
        line.cells[column] = value
        self.note(what, row.sheet, name_of(row), column, old, value, why)

    def setting(self, name: str, value: object, why: str) -> None:
        """Put a value into Settings."""
        for line in self.lines["Settings"]:
            if fold(line.cells.get("name") or "") == name:
                old, line.cells["value"] = line.cells.get("value"), value
                break
        else:
            old = None
            self.lines["Settings"].append(Line(0, {"name": name, "value": value}))
        if old != value:
            self.note("carried", "Settings", name, "value", old, value, why)

    def add(self, sheet: str, cells: Mapping[str, object], why: str) -> None:
        """Put a new row onto a sheet."""
        for column in cells:
            self.know(sheet, column)
        self.lines.setdefault(sheet, []).append(Line(0, dict(cells)))
        told = {name: value for name, value in cells.items() if value is not None}
        keys = [name for name in INPUTS[sheet].names if name in told and name != "amount"]
        item = " / ".join(str(told[name]) for name in keys[:4])
        last = list(told)[-1]
        self.note("carried", sheet, item, last, None, told[last], why)

    def drop(self, row: Row, why: str) -> None:
        """Take a row off its sheet."""
        self.lines[row.sheet] = [
            line for line in self.lines[row.sheet] if line.number != row.number
        ]
        self.note("dropped", row.sheet, name_of(row), "", "the row", None, why)

    def know(self, sheet: str, column: str) -> None:
        """Give a sheet a heading, if it has it not."""
        heads = self.heads.setdefault(sheet, [])
        if column not in heads:
            heads.append(column)

    def note(
        self, what: str, sheet: str, item: str, column: str, old: object, new: object, why: str
    ) -> None:
        """Note a change."""
        self.changes.append(Change(what, sheet, item, column, old, new, why))

    # ------------------------------------------------------------------ out
    def frames(self) -> dict[str, pd.DataFrame]:
        """The sheets as frames; optional ones without a row are left out."""
        found = {}
        for name in INPUTS:
            lines = self.lines.get(name, [])
            if not lines and not INPUTS[name].required:
                continue
            heads = self.heads[name]
            rows = [[line.cells.get(head) for head in heads] for line in lines]
            found[name] = pd.DataFrame(rows, columns=heads, dtype=object)
        return found


def name_of(row: Row) -> str:
    """A row as a reader knows it: its key, or its first cells."""
    table = INPUTS[row.sheet]
    names = table.key or table.names[:2]
    parts = []
    for name in names:
        value = row[name]
        if table.column(name).kind is Kind.PERIOD and value is not None:
            continue
        parts.append("" if value is None else str(value))
    return " / ".join(part for part in parts if part)


def draft_of(book: Book) -> Draft:
    """A workbook's sheets as they stand, periods headed by their labels."""
    draft = Draft(book.tables)
    for sheet, raw in book.raw.tables.items():
        table = INPUTS[sheet]
        names = [heading(table, column.header, book.tables) for column in raw.columns]
        draft.heads[sheet] = list(dict.fromkeys(name for name in names if name))
        draft.lines[sheet] = [
            Line(
                number,
                {
                    name: shown(value) if isinstance(value, Unreadable) else value
                    for name, value in zip(names, cells, strict=True)
                    if name
                },
            )
            for number, cells in raw.rows
        ]
    return draft


def heading(table: Table, header: object, tables: Tables) -> str:
    """A column's heading: of the contract, a period's label, or the team's own; else blank."""
    if header is None or isinstance(header, Unreadable):
        return ""
    head = fold(header)
    known = ("name", "value") if table.vertical else table.names
    if head in known:
        return head
    if head in OURS:
        return ""
    if table.wide:
        at = tables.calendar.position(header)
        if at is not None:
            return tables.calendar.label(at)
    return " ".join(str(header).split())
