"""The plan workbook before it is a file: sheets of cells, formulas filled over them, values.

Every formula is given once, for its first cell, and filled right or down; `calculate` computes
all of them, so that each is stored with its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from .formula import Formula, column_of, letters, quoted
from .looks import SIZED, shown_width
from .operators import Value

FIRST = 8
"""Column of the plan's first period on every timeline sheet (I)."""
QUOTED = re.compile(r"""("(?:[^"]|"")*"|'(?:[^']|'')*')""")
CELL = re.compile(r"(?<![A-Za-z0-9_.$])(\$?)([A-Z]{1,3})(\$?)([0-9]+)(?![A-Za-z0-9_.(!'])")
"""A reference to a cell: whether its column is fixed, the column, and the same of its row."""
LINE_HEIGHT = 15.0
"""Height of a row of one line [points]."""
TITLE_ROW, MASTER_ROW, DOC_ROW, UNIT_ROW, HEAD_ROW, TOP = range(6)
"""Rows that every sheet has; `TOP` is the first of its data."""


@dataclass
class Sheet:
    """One sheet: constants, formulas, looks, and how it is shown."""

    name: str
    kind: str
    title: str
    doc: str = ""
    values: dict[tuple[int, int], Value] = field(default_factory=dict)
    formulas: dict[tuple[int, int], Formula] = field(default_factory=dict)
    looks: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    texts: dict[tuple[int, int], tuple[Formula, str]] = field(default_factory=dict)
    """Formulas as they read, once they have been read."""
    widths: dict[int, float] = field(default_factory=dict)
    heights: dict[int, float] = field(default_factory=dict)
    table: tuple[int, int, int, int, list[str]] | None = None
    frozen: tuple[int, int] = (TOP, 0)
    row: int = TOP
    """Next free row."""
    timeline: bool = False
    columns: dict[str, int] = field(default_factory=dict)
    """Of a list: where each column stands."""
    parts: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Of a list: first and last row of each scenario."""
    sealed: bool = True
    landscape: bool = True
    narrowest: float = 9.0

    def put(self, row: int, column: int, value: object, role: str = "plain", kind: str = "") -> str:
        """Write a constant; returns its absolute address, sheet included."""
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = float(value)
            kind = kind or "general"
        elif value is not None and not isinstance(value, (str, bool)):
            value = str(value)
        if value is not None:
            self.values[row, column] = value  # type: ignore[assignment]
        self.looks[row, column] = (role, kind or "text")
        return self.address(row, column)

    def put_words(self, row: int, column: int, words: str, room: int) -> None:
        """Write words into a column of so many characters; the row grows with them."""
        self.put(row, column, words or None, "wrap")
        if len(words) > room:
            self.heights[row] = LINE_HEIGHT * -(-len(words) // room)

    def formula(
        self, row: int, column: int, formula: Formula, role: str = "formula", kind: str = "number"
    ) -> str:
        """Write a formula; a constant that stood there gives way."""
        self.values.pop((row, column), None)
        self.formulas[row, column] = formula
        self.looks[row, column] = (role, kind)
        return self.address(row, column)

    def text(self, row: int, column: int) -> str:
        """A formula as it reads in its cell; blank where there is none."""
        formula = self.formulas.get((row, column))
        if formula is None:
            return ""
        known = self.texts.get((row, column))
        if known is None or known[0] is not formula:
            known = self.texts[row, column] = (formula, formula.text(row, column))
        return known[1]

    # ------------------------------------------------------------------ addresses
    # Each names its sheet, but for a formula of the sheet's own (own=True), which need not.
    def prefix(self, own: bool) -> str:
        """What an address begins with: the sheet's name, or nothing."""
        return "" if own else f"{quoted(self.name)}!"

    def address(self, row: int, column: int, own: bool = False) -> str:
        """Absolute address of a cell."""
        return f"{self.prefix(own)}${letters(column)}${row + 1}"

    def area(self, rows: tuple[int, int], columns: tuple[int, int], own: bool = False) -> str:
        """Absolute address of an area from its first row and column to its last."""
        end = f"${letters(columns[1])}${rows[1] + 1}"
        return f"{self.address(rows[0], columns[0], own)}:{end}"

    def across(self, row: int, count: int, own: bool = False) -> str:
        """Absolute address of a timeline row's periods."""
        return self.area((row, row), (FIRST, FIRST + count - 1), own)

    def down(self, column: int, first: int, last: int, own: bool = False) -> str:
        """Absolute address of a stretch of a column."""
        return self.area((first, last), (column, column), own)

    def part(self, column: str, scenario: str) -> str | None:
        """A list's column over a scenario's rows; None where it has none."""
        if scenario not in self.parts:
            return None
        return self.down(self.columns[column], *self.parts[scenario])

    def moving(self, first: int, last: int, begin: int = FIRST, own: bool = False) -> str:
        """Rows in the current period, or the one before: the column moves with the formula."""
        return f"{self.here(first, begin, own)}:{letters(begin)}${last + 1}"

    def here(self, row: int, begin: int = FIRST, own: bool = False) -> str:
        """A row in the current period, or the one before: the column moves with the formula."""
        return f"{self.prefix(own)}{letters(begin)}${row + 1}"

    def cells(self, row: int) -> dict[str, str]:
        """Of a list: a row's cells by column, for a formula of its own that is filled down."""
        return {name: f"${letters(column)}{row + 1}" for name, column in self.columns.items()}


def relative(text: str, row: int, column: int) -> Iterator[object]:
    """A formula with distances for what moves with the cell: equal where it was filled."""
    for at, part in enumerate(QUOTED.split(text)):
        if at % 2:  # a text, or a sheet's name
            yield part
            continue
        words, *bits = CELL.split(part)
        yield words
        for fixed_column, letter, fixed_row, number, words in zip(*[iter(bits)] * 5, strict=True):
            yield fixed_column, letter if fixed_column else column_of(letter) - column
            yield fixed_row, number if fixed_row else int(number) - row
            yield words


class Book:
    """All sheets, in the order in which they are shown."""

    def __init__(self) -> None:
        self.sheets: dict[str, Sheet] = {}
        self.names: dict[str, tuple[str, int, int]] = {}
        self.order: list[str] = []
        """Names of sheets in the order in which they are computed."""
        self._read: dict[tuple[object, ...], Formula] = {}
        self._blocks: dict[tuple[str, int, int, int, int], np.ndarray] = {}

    def add(self, sheet: Sheet) -> Sheet:
        """Take in a sheet."""
        self.sheets[sheet.name] = sheet
        self.order.append(sheet.name)
        return sheet

    def name(self, name: str, sheet: Sheet, row: int, column: int) -> None:
        """Give a cell a name that formulas can use."""
        self.names[name] = (sheet.name, row, column)

    # ------------------------------------------------------------------ writing formulas
    def read(self, text: str, sheet: Sheet, row: int, column: int) -> Formula:
        """A formula as it stands in a cell; read once where only its place tells it apart."""
        key = (sheet.name, *relative(text, row, column))
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = Formula(text, sheet.name, row, column, self)
        return found

    def set(
        self,
        sheet: Sheet,
        row: int,
        column: int,
        text: str,
        kind: str = "number",
        role: str = "formula",
    ) -> str:
        """One formula in one cell."""
        return sheet.formula(row, column, self.read(text, sheet, row, column), role, kind)

    def fill_right(
        self,
        sheet: Sheet,
        row: int,
        count: int,
        text: str,
        kind: str = "number",
        role: str = "formula",
        first: int = FIRST,
    ) -> None:
        """One formula over all periods of a row; written as for the first."""
        formula = self.read(text, sheet, row, first)
        for column in range(first, first + count):
            sheet.formula(row, column, formula, role, kind)

    def fill_down(
        self,
        sheet: Sheet,
        first: int,
        last: int,
        column: int,
        text: str,
        kind: str = "number",
        role: str = "formula",
    ) -> None:
        """One formula over a stretch of a column; written as for its first row."""
        if last < first:
            return
        formula = self.read(text, sheet, first, column)
        for row in range(first, last + 1):
            sheet.formula(row, column, formula, role, kind)

    # ------------------------------------------------------------------ where formulas look
    def value(self, sheet: str, row: int, column: int) -> Value:
        """Value of a cell, computed if need be."""
        cells = self.sheets[sheet]
        known = cells.values.get((row, column))
        if known is not None:
            return known
        formula = cells.formulas.get((row, column))
        if formula is None:
            return None
        found = formula.compute(row, column)
        found = float(found) if type(found) in (int, np.float64) else found
        cells.values[row, column] = found
        return found

    def block(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> np.ndarray:
        """Numbers of a range; not-a-number where there is none."""
        key = (sheet, r1, c1, r2, c2)
        found = self._blocks.get(key)
        if found is None:
            numbers = [
                value if type(value) is float else np.nan
                for value in self.texts(sheet, r1, c1, r2, c2)
            ]
            found = np.array(numbers).reshape(r2 - r1 + 1, c2 - c1 + 1)
            self._blocks[key] = found
        return found

    def texts(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> list[Value]:
        """Values of a range, row by row."""
        value = self.value
        return [value(sheet, r, c) for r in range(r1, r2 + 1) for c in range(c1, c2 + 1)]

    def formulas(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> int:
        """How many cells of a range hold formulas."""
        return sum(
            r1 <= row <= r2 and c1 <= column <= c2 for row, column in self.sheets[sheet].formulas
        )

    def named(self, name: str) -> tuple[str, int, int] | None:
        """Cell of a defined name."""
        return self.names.get(name)

    def forget(self) -> None:
        """Drop every computed value, so that the next `calculate` computes all anew."""
        self._blocks.clear()
        for sheet in self.sheets.values():
            for place in sheet.formulas:
                sheet.values.pop(place, None)

    def calculate(self, only: Iterable[str] | None = None) -> None:
        """Compute every formula."""
        for name in only or self.order:
            for row, column in self.sheets[name].formulas:
                self.value(name, row, column)


def fit(sheet: Sheet, widest: float = 46.0) -> None:
    """Widen every column to its longest number and to a fair share of its words."""
    needed: dict[int, float] = {}
    largest: dict[tuple[int, str, str], float] = {}
    for (row, column), (role, kind) in sheet.looks.items():
        value = sheet.values.get((row, column))
        if row < UNIT_ROW or value is None or role in ("title", "alarm", "big"):
            continue
        if isinstance(value, float):
            key = (column, role, kind)
            if kind in SIZED:
                largest[key] = max(largest.get(key, 0.0), abs(value))
            else:
                needed[column] = max(needed.get(column, 0.0), room_for(value, role, kind))
        elif role != "section":
            heading = role.startswith(("head", "extra", "unit"))
            words = len(str(value)) + (3.5 if heading else 2.5)
            needed[column] = max(needed.get(column, 0.0), min(words, 24 if heading else widest))
    for (column, role, kind), value in largest.items():
        needed[column] = max(needed.get(column, 0.0), room_for(value, role, kind))
    for column, width in needed.items():
        sheet.widths.setdefault(column, max(width + 0.7, sheet.narrowest))


def room_for(value: float, role: str, kind: str) -> float:
    """Width of a number with some air."""
    return max(shown_width(value, kind) + (2 if role == "total" else 1), 4)


def put_row(sheet: Sheet, row: int, values: Sequence[object], role: str = "plain") -> None:
    """Constants side by side from the first column."""
    for column, value in enumerate(values):
        sheet.put(row, column, value, role)
