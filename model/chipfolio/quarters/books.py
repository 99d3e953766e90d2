"""A workbook opened to be compared: its checked tables, its notes and its free sheets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..checking.cells import as_text
from ..checking.check import check
from ..checking.raw import RawBook, Unreadable
from ..contract.problems import fold
from ..contract.schema import IGNORED_HEADERS
from ..errors import WorkbookError
from ..tables import Row, Tables
from ..workbook.frames import frames_to_book
from ..workbook.free import free_sheets, rows_of
from ..workbook.plan_back import plan_made_of, read_plan_and_inputs
from ..workbook.read import read_book

if TYPE_CHECKING:
    import pandas as pd

TEMPLATE_NOTES = ("note unit",)
"""Note columns that the template fills itself."""


@dataclass
class Book:
    """Checked tables and, beside them, what no plan depends on."""

    tables: Tables
    raw: RawBook
    free: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)

    def notes(self, sheet: str) -> dict[int, dict[str, tuple[str, str]]]:
        """Notes by row number and folded heading: (text, cell)."""
        table = self.raw.tables.get(sheet)
        if table is None:
            return {}
        places = [
            (at, column.letter, fold(column.header))
            for at, column in enumerate(table.columns)
            if is_note(column.header)
        ]
        return {
            number: {
                head: (shown(cells[at]), f"{letter}{number}")
                for at, letter, head in places
                if cells[at] is not None
            }
            for number, cells in table.rows
        }

    def settings(self) -> Iterator[tuple[str, int]]:
        """Names of the settings given, with the number of their row."""
        table = self.raw.tables["Settings"]
        heads = [fold(column.header) for column in table.columns]
        for number, cells in table.rows:
            name = cells[heads.index("name")]
            if name is not None:
                yield fold(name), number

    def place(self, row: Row, column: str) -> str:
        """Sheet and cell of a row's column, as Excel writes them."""
        return f"{self.raw.tables[row.sheet].title}!{row.cell(column)}"

    def setting_place(self, name: str) -> str:
        """Sheet and cell of a setting's value; empty where it is not given."""
        table = self.raw.tables["Settings"]
        heads = [fold(column.header) for column in table.columns]
        numbers = dict(self.settings())
        if name not in numbers:
            return ""
        return f"{table.title}!{table.columns[heads.index('value')].letter}{numbers[name]}"

    def period_place(self, row: Row, at: int) -> str:
        """Sheet and cell of a row's value in the period at a position."""
        table = self.raw.tables[row.sheet]
        for column in table.columns:
            if column.header is not None and not isinstance(column.header, Unreadable):
                free = fold(column.header) in row or is_note(column.header)
                if not free and self.tables.calendar.position(column.header) == at:
                    return f"{table.title}!{column.letter}{row.number}"
        return f"{table.title}!{row.cell('')}"


def opened_or_input(path: Path) -> Book:
    """A workbook as ``opened``, or of a plan workbook the input that it was made of.

    WorkbookError says in which file the faults are.
    """
    try:
        if plan_made_of(path):
            return opened(read_plan_and_inputs(path)[1])
        return opened(path)
    except WorkbookError as error:
        raise WorkbookError(error.problems, error.unread, Path(path).name) from error


def opened(source: str | Path | RawBook | Mapping[str, pd.DataFrame]) -> Book:
    """A workbook, or frames by sheet name, read and checked; WorkbookError with every fault.

    One that was read already, such as a plan's record of its input, is checked.
    """
    if isinstance(source, RawBook):
        return Book(check(source), source)
    if isinstance(source, Mapping):
        raw = frames_to_book(source)
        return Book(check(raw), raw)
    raw = read_book(Path(source))
    free = free_sheets(Path(source), raw.ignored_sheets)
    return Book(check(raw), raw, {title: rows_of(cells) for title, cells in free.items()})


def is_note(header: object) -> bool:
    """Whether a column is the team's own: headed note, source or as of."""
    if header is None or isinstance(header, Unreadable):
        return False
    head = fold(header)
    return head.startswith(IGNORED_HEADERS) and head not in TEMPLATE_NOTES


def shown(value: object) -> str:
    """A note's cell as text."""
    return as_text(value.shown if isinstance(value, Unreadable) else value)
