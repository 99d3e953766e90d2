"""Where the tables of the contract stand in a workbook: found by name, or by their column names.

A table is an Excel table (ListObject) that bears a contract name, on whatever sheet; else the
sheet of that name, its header row recognised by the column names.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.table import Table as ListObject
from openpyxl.worksheet.worksheet import Worksheet

from ..contract.inputs import INPUTS
from ..contract.periods import PATTERNS, month_of
from ..contract.problems import Problem, fold
from ..contract.schema import IGNORED_HEADERS, Table

At = tuple[int, int]
"""Row and column of a cell, counted from 1."""

NEAR = 0.8
"""How like a contract sheet's name a sheet's name must be to be taken for a slip."""
ALIKE = 0.8
"""Share of a header row that must be names of one contract table for it to be that table's."""
HEADER_ROWS = 40
"""How far down a sheet its header row may stand."""
SPELLED = {"Settings": ("name", "value")}
CONTRACT_NAMES = {fold(name): name for name in INPUTS}
COLUMN_NAMES = {name for table in INPUTS.values() for name in table.names}


@dataclass(frozen=True)
class Area:
    """Where a contract table stands: worksheet, header row, last row and columns."""

    sheet: str
    title: str
    header_row: int
    last_row: int
    first_column: int
    last_column: int
    bounds: str = ""
    """The Excel table that draws the borders, as named; blank: all that stands below is data."""
    totals: int = 0
    """Rows of totals under it, which are no data."""

    def holds(self, at: At) -> bool:
        """Whether a cell lies inside."""
        return (
            self.header_row <= at[0] <= self.last_row
            and self.first_column <= at[1] <= self.last_column
        )

    @property
    def box(self) -> str:
        """Its range, as Excel writes it."""
        last_row = self.last_row + self.totals
        return boxed([(self.header_row, self.first_column), (last_row, self.last_column)])


class Finder:
    """The areas of the contract's tables on the sheets of a workbook.

    ``grids`` holds the cells that hold something, by sheet and by row and column.
    """

    def __init__(
        self, sheets: list[Worksheet], grids: Mapping[str, dict[At, Cell]], problems: list[Problem]
    ) -> None:
        self.sheets = sheets
        self.sheets_by_name = {sheet.title: sheet for sheet in sheets}
        self.grids = grids
        self.problems = problems

    def fault(self, title: str, cell: str, need: str, severity: str = "fault") -> None:
        """Note what is wrong with where a table stands."""
        self.problems.append(Problem(title, cell, "", "", need, severity=severity))

    def areas(self) -> list[Area]:
        """Where each contract table stands, in the contract's order."""
        found: dict[str, list[Area]] = {}
        for sheet in self.sheets:
            for table in sheet.tables.values():
                name = TABLE_NAMES.get(squeeze(table.displayName or table.name or ""))
                if name is not None and (area := self.listed_area(name, sheet, table)):
                    found.setdefault(name, []).append(area)
        taken = {(area.sheet, area.title) for areas in found.values() for area in areas}
        for sheet in self.sheets:
            name = CONTRACT_NAMES.get(fold(sheet.title))
            if name is None or (name, sheet.title) in taken:
                continue
            others = [area for areas in found.values() for area in areas]
            here = [area for area in others if area.title == sheet.title]
            area = self.named_area(INPUTS[name], sheet, here, silent=name in found)
            if area is not None:
                found.setdefault(name, []).append(area)
        for name, areas in found.items():
            for other in areas[1:]:
                here = f"{get_column_letter(other.first_column)}{other.header_row}"
                need = (
                    f"the table {name} stands here and on {areas[0].title} too: keep one of them."
                )
                self.fault(other.title, here, need)
        return [self.with_rows_below(found[name][0]) for name in INPUTS if name in found]

    def listed_area(self, name: str, sheet: Worksheet, table: ListObject) -> Area | None:
        """The area of an Excel table; None, with a fault, where it has no header row."""
        left, top, right, bottom = range_boundaries(table.ref)
        if table.headerRowCount == 0:
            need = f"the table {table.displayName} has no header row: switch it on in Table Design."
            self.fault(sheet.title, f"{get_column_letter(left)}{top}", need)
            return None
        totals = table.totalsRowCount or 0
        name_there = table.displayName
        return Area(name, sheet.title, top, bottom - totals, left, right, name_there, totals)

    def named_area(
        self, table: Table, sheet: Worksheet, others: list[Area], silent: bool
    ) -> Area | None:
        """The area on the sheet of that name, from its header row to its last value.

        ``others`` are areas found on the sheet before; ``silent`` where the table was found
        elsewhere: then a sheet without header is no fault.
        """
        grid = self.grids[sheet.title]
        if others:
            grid = {at: c for at, c in grid.items() if not any(o.holds(at) for o in others)}
        if not grid:
            if table.required and not silent and not others:
                return Area(table.name, sheet.title, 1, 1, 1, 0)
            return None
        header_row = self.header_row(table, grid)
        if column := self.stands_on_its_side(table, grid, header_row):
            if not silent:
                letter = get_column_letter(column)
                need = (
                    "stands on its side, its column names one below the other: copy it and paste "
                )
                need += "it transposed, so that they stand in one row."
                self.fault(sheet.title, f"{letter}{min(row for row, _ in grid)}", need)
            return None
        if header_row is None:
            if not silent:
                wanted = ", ".join(SPELLED.get(table.name, table.names)[:6])
                need = f"shows no column names in its first {HEADER_ROWS} rows: write them above "
                need += f"the data ({wanted} …)."
                self.fault(sheet.title, "", need)
            return None
        columns = [column for row, column in grid if row >= header_row]
        left, right = min(columns), max(columns)
        for other in sheet.tables.values():
            first, top, last, bottom = range_boundaries(other.ref)
            heads = [
                grid[header_row, at] for at in range(first, last + 1) if (header_row, at) in grid
            ]
            if top == header_row and other.headerRowCount != 0 and self.names(table, heads):
                totals, name = other.totalsRowCount or 0, other.displayName
                return Area(
                    table.name, sheet.title, top, bottom - totals, first, last, name, totals
                )
        right = self.second_beside(grid, header_row, left, right)
        last_row = max(row for row, _ in grid)
        if second := self.second_header(grid, header_row):
            last_row = second - 1
        for other in others:  # the rest of a sheet that other tables share
            if other.header_row > header_row and other.first_column <= right:
                last_row = min(last_row, other.header_row - 1)
            elif other.first_column > left:
                right = min(right, other.first_column - 1)
            else:
                left = max(left, other.last_column + 1)
        return Area(table.name, sheet.title, header_row, last_row, left, right)

    def names(self, table: Table, heads: list[Cell]) -> int:
        """How many of these cells hold a column name of the table."""
        known = set(SPELLED.get(table.name, table.names))
        return sum(isinstance(head.value, str) and fold(head.value) in known for head in heads)

    def second_header(self, grid: dict[tuple[int, int], Cell], header_row: int) -> int:
        """The first row below the header row that is the header row of some table; 0 if none."""
        rows: dict[int, list[object]] = {}
        for (row, _), cell in grid.items():
            if (
                row > header_row
                and isinstance(cell.value, str)
                and fold(cell.value) in COLUMN_NAMES
            ):
                rows.setdefault(row, [])
        for (row, _), cell in grid.items() if rows else ():
            if row in rows:
                rows[row].append(cell.value)
        return next((row for row in sorted(rows) if table_of_heads(rows[row])), 0)

    def second_beside(self, grid: dict[At, Cell], header_row: int, left: int, right: int) -> int:
        """The last column before a blank one behind which the header of another table begins."""
        for column in range(left + 1, right):
            if (header_row, column) in grid or (header_row, column + 1) not in grid:
                continue
            behind = range(column + 1, right + 1)
            heads = [grid[header_row, at].value for at in behind if (header_row, at) in grid]
            if table_of_heads(heads) and not any((row, column) in grid for row, _ in grid):
                return column
        return right

    def stands_on_its_side(self, table: Table, grid: dict[At, Cell], header_row: int | None) -> int:
        """The column down which a table's names run, more of them than along any row; else 0."""
        known = set(SPELLED.get(table.name, table.names))
        places = [
            at
            for at, cell in grid.items()
            if isinstance(cell.value, str) and fold(cell.value) in known
        ]
        columns = [column for _, column in places]
        best = max(columns, key=columns.count, default=0)
        along = sum(row == header_row for row, _ in places)
        return best if columns.count(best) > max(1, along) else 0

    def header_row(self, table: Table, grid: dict[tuple[int, int], Cell]) -> int | None:
        """The row that holds most of the table's column names; None where no row holds one."""
        known = set(SPELLED.get(table.name, table.names))
        names: dict[int, int] = {}
        periods: dict[int, int] = {}
        for (row, _), cell in grid.items():
            if row > HEADER_ROWS:
                continue
            if isinstance(cell.value, str) and fold(cell.value) in known:
                names[row] = names.get(row, 0) + 1
            elif table.wide and any(
                month_of(cell.value, months) is not None for months in PATTERNS
            ):
                periods[row] = periods.get(row, 0) + 1
        if not names:
            return None
        return max(names, key=lambda row: (names[row], periods.get(row, 0), -row))

    def with_rows_below(self, area: Area) -> Area:
        """The area with the rows directly under an Excel table: whoever typed them means them.

        Under a totals row they cannot be told from notes: they are left over.
        """
        if not area.bounds:
            return area
        grid = self.grids[area.title]
        columns = range(area.first_column, area.last_column + 1)
        last = below = area.last_row + area.totals + 1
        taken = {
            row
            for table in self.sheets_by_name[area.title].tables.values()
            if (other := CellRange(table.ref))
            and other.min_col <= area.last_column
            and other.max_col >= area.first_column
            for row in range(other.min_row, other.max_row + 1)
        }
        while last not in taken and any((last, column) in grid for column in columns):
            last += 1
        count = last - below
        if not count or area.totals:
            return area
        lie = "1 row lies" if count == 1 else f"{count} rows lie"
        cell = f"{get_column_letter(area.first_column)}{below}"
        need = f"{lie} directly below the table {area.bounds} ({area.box})"
        counts = "counts" if count == 1 else "count"
        need += f" and {counts} as part of it: drag the table's corner down."
        self.fault(area.title, cell, need, "warning")
        return replace(area, last_row=last - 1)


# ---------------------------------------------------------------------------- names
def table_of_heads(heads: Iterable[object]) -> str:
    """The contract table of which these are the column names, all required ones among them."""
    heads = list(heads)
    words = {fold(head) for head in heads if isinstance(head, str)}
    free = sum(word.startswith(IGNORED_HEADERS) for word in words)
    best, most = "", 1
    for table in INPUTS.values():
        required = {column.name for column in table if column.required}
        if table.vertical or not required or not required <= words:
            continue
        hits = len(words.intersection(table.names))
        if table.wide:
            periods = sum(is_period(head) for head in heads)
            hits += periods
            if not periods and table.required:
                continue
        if hits > most and hits + free >= ALIKE * len(heads):
            best, most = table.name, hits
    return best


def is_period(head: object) -> bool:
    """Whether a header names a period, of whatever length."""
    return any(month_of(head, months) is not None for months in PATTERNS)


def squeeze(name: str) -> str:
    """A name without case and without anything but letters and digits."""
    return re.sub(r"[\W_]", "", name).casefold()


TABLE_NAMES = {squeeze(prefix + name): name for name in INPUTS for prefix in ("", "tbl")}
"""Contract sheets by the names that their Excel tables may bear."""


def near_sheet(name: str) -> str:
    """The contract sheet that a name may mean; empty where it resembles none."""
    known = {squeeze(sheet): sheet for sheet in INPUTS}
    found = difflib.get_close_matches(squeeze(name), list(known), n=1, cutoff=NEAR)
    return known[found[0]] if found else ""


# ---------------------------------------------------------------------------- addresses
def address(at: At) -> str:
    """A cell as Excel writes it."""
    return f"{get_column_letter(at[1])}{at[0]}"


def boxed(cells: Iterable[At]) -> str:
    """The least range that holds all the cells; blank where there is none."""
    cells = list(cells)
    if not cells:
        return ""
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    first, last = address((min(rows), min(columns))), address((max(rows), max(columns)))
    return first if first == last else f"{first}:{last}"
