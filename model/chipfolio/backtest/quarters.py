"""Workbooks of past quarters in order: do they follow each other?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.problems import Problem, fold, near_match
from ..contract.schema import SEPARATOR
from ..errors import WorkbookError
from ..futures.settle import trunk_of
from ..quarters.books import Book
from ..tables import World

ALIKE = ("currency", "months_per_period", "fiscal_year_start_month")
"""Settings in which workbooks of one history are the same."""
NAMED = (
    "Vendors",
    "Platforms",
    "Chips",
    "Offers",
    "Performance",
    "Workloads",
    "Sites",
    "Site projects",
    "Programmes",
    "Programme stages",
    "Software",
    "Contracts",
    "Deals",
)
"""Sheets whose names all have to stand in the first workbook: its model costs every policy."""


@dataclass(frozen=True)
class Quarter:
    """One workbook, and where its periods lie in the truth that begins with the first one's."""

    name: str
    book: Book
    begins: int
    """Position of its first period."""
    ends: int
    """Position after its last period."""
    until: int
    """Position of the next workbook's first period; after the last one, of its own."""

    @property
    def world(self) -> World:
        """What it says where no branch has come true: its one world, or the trunk."""
        tables = self.book.tables
        return tables.world(trunk_of(tables) if tables.scenarios else None)

    def at(self, position: int) -> int:
        """Position in the truth of a position in this workbook."""
        return position + self.begins


def quarters_of(books: Sequence[tuple[str, Book]]) -> list[Quarter]:
    """The workbooks with their places; WorkbookError with every reason why they do not follow."""
    faults = list(faults_of(books))
    if faults:
        raise WorkbookError(faults)
    first = books[0][1].tables.calendar
    begins = [
        (book.tables.calendar.first_month - first.first_month) // first.months for _, book in books
    ]
    return [
        Quarter(
            name,
            book,
            begins[at],
            begins[at] + book.tables.calendar.count,
            begins[min(at + 1, len(books) - 1)],
        )
        for at, (name, book) in enumerate(books)
    ]


def faults_of(books: Sequence[tuple[str, Book]]) -> Iterator[Problem]:
    """Why workbooks do not follow each other, all of it."""
    if len(books) < 2:
        yield Problem("", "", "", "", "needs two workbooks or more: nothing came true of one")
        return
    first_name, first = books[0]
    for name, book in books[1:]:
        for setting in ALIKE:
            value, other = book.tables.setting(setting), first.tables.setting(setting)
            if value != other:
                need = f"has to be {other!r} as in {first_name}"
                yield fault(name, book.setting_place(setting), setting, value, need)
        for sheet in NAMED:
            known = {fold(label(row.key)): label(row.key) for row in first.tables.rows(sheet)}
            for row in book.tables.rows(sheet):
                if fold(label(row.key)) not in known:
                    need = (
                        f"is not in {first_name}: enter it there too, to be had from when it was "
                        "known, so that one model costs all ways of deciding."
                    )
                    column = INPUTS[sheet].key[-1]
                    near = near_match(label(row.key), known.values())
                    yield fault(name, book.place(row, column), column, label(row.key), need, near)
    for (before, earlier), (name, book) in zip(books, books[1:], strict=False):
        one, other = earlier.tables.calendar, book.tables.calendar
        if one.months != other.months:
            continue
        place = book.setting_place("first_period")
        begins = (other.first_month - one.first_month) / one.months
        if begins <= 0 or begins != int(begins):
            need = (
                f"has to come after {one.label(0)}, where {before} begins: give workbooks in order"
            )
            yield fault(name, place, "first_period", other.label(0), need)
        elif begins > one.count:
            need = f"leaves periods untold: {before} ends with {one.label(one.count - 1)}"
            yield fault(name, place, "first_period", other.label(0), need)


def fault(name: str, place: str, column: str, value: object, need: str, near: str = "") -> Problem:
    """A fault of one of the workbooks, at its cell."""
    sheet, _, cell = (place or "Settings!").rpartition("!")
    return Problem(f"{name} {sheet}", cell, column, str(value), need, near)


def label(key: object) -> str:
    """A row's key as one text."""
    return SEPARATOR.join(key) if isinstance(key, tuple) else str(key)
