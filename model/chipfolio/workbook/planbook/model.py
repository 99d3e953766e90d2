"""What the model sheets share: the book, the facts, and rows over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .facts import Facts, Future
from .formula import letters
from .sheets import FIRST, HEAD_ROW, TOP, UNIT_ROW, Book, Sheet
from .tables import head_up

SCENARIO, WHAT, ITEM, UNIT, NUMBER, CONSTANT, PRESENT, TOTAL = range(8)
"""Columns of every timeline sheet ahead of the periods."""
HEADS = ("scenario", "line", "item", "unit", "no.", "constant", "present value", "total")
GAP = 1
"""Empty rows between blocks."""
Place = TypeVar("Place")
"""Where something stands: the row of a line, or the first and last row of a block."""


@dataclass(frozen=True)
class Vintage:
    """Owned units of a chip that came to a place at once; where some are sold, a row alone."""

    number: int
    chip: str
    site: str
    arrival: int
    leaves: int
    sold: int
    """Number of the ledger's row whose units are sold; 0 where none is."""


class Model:
    """The book under construction, with the rows that later sheets refer to."""

    def __init__(self, facts: Facts, sheets: Sequence[str]) -> None:
        self.facts = facts
        self.known = frozenset(sheets)
        """Names of all sheets that a plan workbook may have."""
        self.book = Book()
        self.count = facts.count
        self.rows: dict[tuple[str, ...], int] = {}
        """Row of a timeline line by (sheet, scenario, name, item …)."""
        self.hash_cell = ""
        """Cell of the input's hash on the sheet Run."""
        self.vintages: dict[str, list[Vintage]] = {}
        """Owned units that the accounts carry together, by scenario."""
        self.lives: dict[tuple[str, str], int] = {}
        """Row of each book life by what it is of and its name."""
        self.spans: dict[tuple[str, ...], tuple[int, int]] = {}
        """First and last row of a block by (sheet, scenario, name)."""
        self.empty: set[tuple[str, ...]] = set()
        """Blocks and lines that are part of their sheet and have no row in this book."""

    @property
    def futures(self) -> list[Future]:
        """The plan's scenarios."""
        return self.facts.futures

    def sheet(self, name: str) -> Sheet:
        """A sheet by name."""
        return self.book.sheets[name]

    # ------------------------------------------------------------------ timelines
    def timeline(self, name: str, kind: str, doc: str) -> Sheet:
        """A new timeline sheet with its heads."""
        sheet = self.book.add(Sheet(name, kind, name, doc, timeline=True, frozen=(TOP, 3)))
        head_up(sheet)
        for column, head in enumerate(HEADS):
            sheet.put(HEAD_ROW, column, head, "head")
        calendar = self.facts.calendar
        for at, label in enumerate(calendar.labels):
            sheet.put(UNIT_ROW, FIRST + at, calendar.fiscal_year(at), "unit")
            sheet.put(HEAD_ROW, FIRST + at, label, "head")
        return sheet

    def close_timelines(self) -> None:
        """Narrow the columns ahead of the periods that a timeline has no use for."""
        for sheet in self.book.sheets.values():
            if not sheet.timeline:
                continue
            for column in (SCENARIO, NUMBER, CONSTANT, PRESENT, TOTAL):
                used = any(
                    (row, column) in sheet.values or (row, column) in sheet.formulas
                    for row in range(TOP, sheet.row)
                    if sheet.values.get((row, column), "") != ""
                    and sheet.looks[row, column][0] != "section"
                )
                if not used:
                    sheet.values.pop((HEAD_ROW, column), None)
                    sheet.widths[column] = 3.0

    def section(self, sheet: Sheet, words: str) -> None:
        """A heading over the next rows."""
        if sheet.row > TOP:
            sheet.row += GAP
        for column in range(FIRST + self.count):
            sheet.put(sheet.row, column, words if column == 0 else None, "section")
        sheet.row += 1

    def line(
        self,
        sheet: Sheet,
        future: Future | None,
        what: str,
        item: str,
        unit: str,
        content: str | Sequence[object],
        kind: str = "number",
        number: int | None = None,
        constant: object = None,
        constant_kind: str = "exact",
        total: bool = True,
        role: str = "",
        key: tuple[str, ...] = (),
    ) -> int:
        """One row over time: a formula for the first period, or constants; returns its row."""
        row = sheet.row
        sheet.row += 1
        name = future.name if future else ""
        sheet.put(row, SCENARIO, name)
        sheet.put(row, WHAT, what)
        sheet.put(row, ITEM, item)
        sheet.put(row, UNIT, unit, "unit")
        if number is not None:
            sheet.put(row, NUMBER, number, "plain", "code")
        if isinstance(constant, str) and constant.startswith("="):
            self.book.set(sheet, row, CONSTANT, constant, constant_kind)
        elif constant is not None:
            sheet.put(row, CONSTANT, constant, "input", constant_kind)
        look = role or ("formula" if isinstance(content, str) else "input")
        if isinstance(content, str):
            self.book.fill_right(sheet, row, self.count, content, kind, look)
        else:
            for at, value in enumerate(content):
                sheet.put(row, FIRST + at, value, look, kind)
        if total:
            span = f"{letters(FIRST)}{row + 1}:{letters(FIRST + self.count - 1)}{row + 1}"
            look = role if role == "total" else "formula"
            self.book.set(sheet, row, TOTAL, f"=SUM({span})", kind, look)
        self.rows[(sheet.name, name, *(key or (what, item)))] = row
        return row

    def block(self, sheet: Sheet, future: Future, name: str, first: int) -> None:
        """Note that the rows from ``first`` on are a block of the scenario; it may be empty."""
        if sheet.row > first:
            self.spans[sheet.name, future.name, name] = (first, sheet.row - 1)
        else:
            self.empty.add((sheet.name, future.name, name))

    # ------------------------------------------------------------------ references
    def row(self, sheet: str, future: Future | None, *key: str) -> int:
        """Row of a line."""
        return self.rows[(sheet, future.name if future else "", *key)]

    def find(self, places: dict[tuple[str, ...], Place], *key: str) -> Place | None:
        """Where a line or block stands; None where it, or its sheet, is left out of this book.

        Raises LookupError where its sheet is there and nothing says that it is left out, and where
        no plan workbook has such a sheet.
        """
        stands = self.stands(key[0])
        if key not in places and key not in self.empty and stands:
            raise LookupError(
                f"Sheet {key[0]} of the plan workbook has no line or block "
                f"{' / '.join(filter(None, key[1:]))!r}: write it in the module that makes the "
                "sheet, by model.line(…) or model.block(…)."
            )
        return places.get(key)

    def stands(self, sheet: str) -> bool:
        """Whether this book has a sheet; LookupError where no plan workbook knows its name."""
        if sheet not in self.known:
            raise LookupError(
                f"No plan workbook has a sheet {sheet!r}: name it in ORDER of planbook/book.py."
            )
        return sheet in self.book.sheets

    def span(self, sheet: str, future: Future, name: str) -> tuple[int, int] | None:
        """First and last row of a block; None and LookupError as of `find`."""
        return self.find(self.spans, sheet, future.name, name)

    def here(self, sheet: str, future: Future | None, *key: str) -> str:
        """A line in the formula's own period; zero where it is left out."""
        row = self.find(self.rows, sheet, future.name if future else "", *key)
        return "0" if row is None else self.sheet(sheet).here(row)

    def own(self, sheet: str, future: Future, begin: int = FIRST) -> Own:
        """A scenario's rows as formulas of their own sheet write them."""
        return Own(self, sheet, future, begin)

    def across(self, sheet: str, future: Future | None, *key: str) -> str:
        """All periods of a line."""
        return self.sheet(sheet).across(self.row(sheet, future, *key), self.count)

    def sum_of(self, sheet: str, future: Future, name: str) -> str:
        """Sum of a block in the formula's own period; zero where it is left out."""
        span = self.span(sheet, future, name)
        return f"SUM({self.sheet(sheet).moving(*span)})" if span else "0"

    def area(self, sheet: str, future: Future, name: str, begin: int = FIRST) -> str:
        """A block over all periods; from column TOTAL on, each stands one period later."""
        columns = (begin, FIRST + self.count - 1)
        return self.sheet(sheet).area(self.spans[sheet, future.name, name], columns)

    def row_number(self, sheet: str, future: Future, name: str) -> str:
        """Numbers (column no.) of a block's rows."""
        return self.sheet(sheet).down(NUMBER, *self.spans[sheet, future.name, name])

    # ------------------------------------------------------------------ numbering
    def scenario_number(self, future: Future) -> int:
        """Number of a scenario in the lists."""
        return self.futures.index(future) + 1

    def line_numbers(self, future: Future) -> dict[tuple[str, str, str, str], int]:
        """Number of each stock line of a scenario, over all scenarios."""
        before = 0
        for other in self.futures:
            if other is future:
                break
            before += len(other.lines)
        return {line: before + at + 1 for at, line in enumerate(future.lines)}

    def place_numbers(self, future: Future) -> dict[tuple[str, str], int]:
        """Number of each place of a scenario, over all scenarios."""
        before = 0
        for other in self.futures:
            if other is future:
                break
            before += len(other.places)
        return {place: before + at + 1 for at, place in enumerate(future.places)}

    @property
    def t(self) -> str:
        """The number of the formula's own period, 0 for the plan's first."""
        return self.here("Time", None, "t")

    @property
    def times(self) -> str:
        """Numbers of all periods."""
        return self.across("Time", None, "t")

    def sum_ifs(self, sheet: str, future: Future, target: str, *criteria: str) -> str:
        """SUMIFS over a scenario's rows of a list; criteria are column, condition, ….

        Zero where the list is left out of this book or the scenario has no row of it.
        """
        if not self.stands(sheet) or future.name not in self.sheet(sheet).parts:
            return "0"
        cells = self.sheet(sheet)
        area = cells.part(target, future.name)
        parts = [area]
        for column, condition in pairs(criteria):
            parts += [str(cells.part(column, future.name)), condition]
        return f"SUMIFS({','.join(parts)})"


@dataclass(frozen=True)
class Own:
    """A scenario's rows of a sheet, for formulas of that sheet: their addresses do not name it."""

    model: Model
    sheet: str
    future: Future
    begin: int
    """Column of the period: FIRST for the formula's own, TOTAL for the one before."""

    def here(self, *key: str) -> str:
        """A line; zero where it is left out."""
        row = self.model.find(self.model.rows, self.sheet, self.future.name, *key)
        return "0" if row is None else self.model.sheet(self.sheet).here(row, self.begin, own=True)

    def sum(self, block: str) -> str:
        """Sum of a block; zero where it is left out."""
        span = self.model.span(self.sheet, self.future, block)
        if span is None:
            return "0"
        return f"SUM({self.model.sheet(self.sheet).moving(*span, self.begin, own=True)})"


def less(gross: str, part: str) -> str:
    """What is left of a whole; nothing where only rounding is."""
    if part == "0":
        return gross
    return f"IF(ABS({gross}-{part})<=Dust*ABS({gross}),0,{gross}-{part})"


def pairs(items: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Items two by two."""
    yield from zip(items[::2], items[1::2], strict=True)
