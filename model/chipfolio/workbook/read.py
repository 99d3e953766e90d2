"""From a workbook's bytes to raw tables: found by name wherever they were moved, cells as shown.

openpyxl reads the bytes of a workbook with formulas twice, once for these and once for the values
stored beside them. A table is an Excel table (ListObject) that bears a contract name, on whatever
sheet; else the sheet of that name, its header row recognised by the column names. Nothing is judged
here but what stands in the way of reading.
"""

from __future__ import annotations

import io
import math
import os
import sys
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.workbook import Workbook
from openpyxl.worksheet.cell_range import CellRange
from openpyxl.worksheet.table import Table as ListObject
from openpyxl.worksheet.worksheet import Worksheet

from ..checking.check import IGNORED_HEADERS
from ..checking.raw import RawBook, RawColumn, RawTable, Unreadable
from ..contract.inputs import INPUTS
from ..contract.periods import PATTERNS, month_of
from ..contract.problems import Problem, fold
from ..contract.schema import Table
from .frames import CONTRACT_NAMES, near_misses, near_sheet, squeeze
from .preflight import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Opened, preflight, refusal

HEADER_ROWS = 40
"""How far down a sheet its header row may stand."""
LISTED = 6
"""How many rows a message lists before it only counts."""
TABLE_NAMES = {squeeze(prefix + name): name for name in INPUTS for prefix in ("", "tbl")}
SPELLED = {"Settings": ("name", "value")}

NEVER_CALCULATED = "has no calculated result: open the workbook in Excel, save it, run again."


def read_book(path: str | os.PathLike[str]) -> RawBook:
    """The raw book of an .xlsx or .xlsm file; WorkbookError or LockedError where it is none."""
    opened = preflight(Path(path))
    values = load(opened, data_only=True)
    formulas = load(opened, data_only=False) if opened.formulas else values
    return Reader(opened, formulas, values).read()


def load(opened: Opened, data_only: bool) -> Workbook:
    """The workbook from memory, links cut, macros left out."""
    assert openpyxl.DEFUSEDXML, "defusedxml must be installed and switched on to read workbooks"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(
                io.BytesIO(opened.content), data_only=data_only, keep_links=False
            )
    except Exception as error:  # the library has no error of its own for what it cannot read
        need = "cannot be read: open it in Excel, save it again as .xlsx and run again."
        raise refusal(opened.name, need) from error


def formulas_of(opened: Opened) -> dict[tuple[str, int, int], str]:
    """Every formula of a workbook as text, by worksheet, row and column."""
    if not opened.formulas:
        return {}
    return {
        (sheet.title, *at): formula_text(cell)
        for sheet in load(opened, data_only=False).worksheets
        for at, cell in sorted(sheet._cells.items())
        if is_formula(cell)
    }


@dataclass(frozen=True)
class Area:
    """Where a contract table stands: worksheet, header row, last row and columns."""

    sheet: str
    title: str
    header_row: int
    last_row: int
    first_column: int
    last_column: int
    bounded: ListObject | None = None
    """The Excel table that draws the borders; without one, all that stands below is data."""


class Reader:
    """One pass over an opened workbook."""

    def __init__(self, opened: Opened, formulas: Workbook, values: Workbook) -> None:
        self.opened = opened
        self.formulas = formulas
        self.values = values
        self.grids: dict[str, dict[tuple[int, int], Cell]] = {}
        self.programs_values = False
        self.formulas_used = False
        self.book = RawBook(opened.name, opened.sha256)

    def warn(self, title: str, cell: str, need: str) -> None:
        """Note something odd that does not stop the reading."""
        self.book.problems.append(Problem(title, cell, "", "", need, severity="warning"))

    def fault(self, title: str, cell: str, need: str) -> None:
        """Note something that stops the plan."""
        self.book.problems.append(Problem(title, cell, "", "", need))

    # ------------------------------------------------------------------ the pass
    def read(self) -> RawBook:
        """Find the tables, read their cells, say what was odd."""
        for sheet in self.values.worksheets:
            if sheet.max_row > MAX_ROWS or sheet.max_column > MAX_COLUMNS:
                raise refusal(
                    self.opened.name,
                    f"reaches row {sheet.max_row:,} and column {sheet.max_column:,} on "
                    f"{sheet.title}: delete the empty rows and columns beyond the data, save.",
                )
        areas = self.areas()
        for area in areas:
            self.book.tables[area.sheet] = self.table(area)
        used = {area.title for area in areas} | self.empty_sheets()
        self.book.ignored_sheets = [title for title in self.values.sheetnames if title not in used]
        self.whole_book()
        return self.book

    def empty_sheets(self) -> set[str]:
        """Sheets of a contract name that hold nothing: a feature switched off, not ignored."""
        return {
            sheet.title
            for sheet in self.values.worksheets
            if fold(sheet.title) in CONTRACT_NAMES and not self.grid(sheet.title)
        }

    def whole_book(self) -> None:
        """What is odd about the file as a whole."""
        name = self.opened.name
        if self.opened.macros:
            self.warn(name, "", "holds macros: they are neither run nor kept.")
        if self.opened.links:
            plural = "s" if self.opened.links > 1 else ""
            need = f"links to {self.opened.links} other workbook{plural}: the last stored values "
            self.warn(name, "", need + "are used.")
        if self.opened.manual and self.formulas_used:
            need = "is calculated by hand only: press F9 and save, or its values may be old."
            self.warn(name, "", need)
        if self.programs_values:
            need = "holds formulas that no spreadsheet program has calculated: the values that the "
            self.warn(name, "", need + "writing program stored are used.")
        for title in self.book.ignored_sheets:
            self.near_miss(title)

    def near_miss(self, title: str) -> None:
        """A sheet, or a table on it, whose name is nearly one of the contract."""
        if fold(title) in CONTRACT_NAMES:
            return  # said already: it stands twice, or shows no header row
        problems = near_misses([title])
        if not problems and title in self.values and hasattr(self.values[title], "tables"):
            for name in self.values[title].tables:
                bare = name[3:] if name.casefold().startswith("tbl") else name
                if near := near_sheet(bare.rstrip("0123456789")):
                    need = f"holds the table {name!r}, which is none of the contract and not read."
                    problems.append(Problem(title, "", "", "", need, near, "warning"))
        self.book.problems.extend(problems)

    # ------------------------------------------------------------------ where tables stand
    def areas(self) -> list[Area]:
        """Where each contract table stands, in the contract's order."""
        found: dict[str, list[Area]] = {}
        for sheet in self.values.worksheets:
            for table in sheet.tables.values():
                name = TABLE_NAMES.get(squeeze(table.displayName or table.name or ""))
                if name is not None and (area := self.listed_area(name, sheet, table)):
                    found.setdefault(name, []).append(area)
        taken = {(area.sheet, area.title) for areas in found.values() for area in areas}
        for sheet in self.values.worksheets:
            name = CONTRACT_NAMES.get(fold(sheet.title))
            if name is None or (name, sheet.title) in taken:
                continue
            area = self.named_area(INPUTS[name], sheet, silent=name in found)
            if area is not None:
                found.setdefault(name, []).append(area)
        for name, areas in found.items():
            for other in areas[1:]:
                here = f"{get_column_letter(other.first_column)}{other.header_row}"
                need = (
                    f"the table {name} stands here and on {areas[0].title} too: keep one of them."
                )
                self.fault(other.title, here, need)
        return [found[name][0] for name in INPUTS if name in found]

    def listed_area(self, name: str, sheet: Worksheet, table: ListObject) -> Area | None:
        """The area of an Excel table; None, with a fault, where it has no header row."""
        left, top, right, bottom = range_boundaries(table.ref)
        if table.headerRowCount == 0:
            need = f"the table {table.displayName} has no header row: switch it on in Table Design."
            self.fault(sheet.title, f"{get_column_letter(left)}{top}", need)
            return None
        bottom -= table.totalsRowCount or 0
        return Area(name, sheet.title, top, bottom, left, right, table)

    def named_area(self, table: Table, sheet: Worksheet, silent: bool) -> Area | None:
        """The area on the sheet of that name, from its header row to its last value.

        ``silent`` where the table was found elsewhere: then a sheet without header is no fault.
        """
        grid = self.grid(sheet.title)
        if not grid:
            if table.required and not silent:
                return Area(table.name, sheet.title, 1, 1, 1, 0)
            return None
        header_row = self.header_row(table, grid)
        if header_row is None:
            if not silent:
                wanted = ", ".join(SPELLED.get(table.name, table.names)[:6])
                need = f"shows no column names in its first {HEADER_ROWS} rows: write them above "
                need += f"the data ({wanted} …)."
                self.fault(sheet.title, "", need)
            return None
        for other in sheet.tables.values():
            left, top, right, bottom = range_boundaries(other.ref)
            if top == header_row and other.headerRowCount != 0:
                bottom -= other.totalsRowCount or 0
                return Area(table.name, sheet.title, top, bottom, left, right, other)
        columns = [column for row, column in grid if row >= header_row]
        last_row = max(row for row, _ in grid)
        return Area(table.name, sheet.title, header_row, last_row, min(columns), max(columns))

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

    # ------------------------------------------------------------------ what they hold
    def grid(self, title: str) -> dict[tuple[int, int], Cell]:
        """The cells of a sheet that hold something, by row and column."""
        if title not in self.grids:
            # the sheet's own store: walking rows and columns would make a cell for every gap
            stored = self.values[title]._cells
            formulas = self.formulas[title]._cells
            self.grids[title] = {
                at: cell
                for at, cell in stored.items()
                if not blank(cell.value) or is_formula(formulas.get(at))
            }
        return self.grids[title]

    def table(self, area: Area) -> RawTable:
        """The raw table of an area; rows below the last value are no rows."""
        area = self.with_rows_below(area)
        grid = self.grid(area.title)
        spot = f"{get_column_letter(area.first_column)}{area.header_row}"
        inside = [
            (row, column)
            for row, column in grid
            if area.header_row <= row <= area.last_row
            and area.first_column <= column <= area.last_column
        ]
        last_row = max((row for row, _ in inside), default=area.header_row)
        places = sorted({column for _, column in inside})
        if len(places) * (last_row - area.header_row) > 2 * MAX_CELLS:
            need = f"the table at {spot} is too large: delete what lies far from the data."
            raise refusal(area.title, need)
        headers = [self.shown(area.title, area.header_row, column) for column in places]
        columns = [
            RawColumn(header, get_column_letter(column))
            for header, column in zip(headers, places, strict=True)
        ]
        free = [fold(header).startswith(IGNORED_HEADERS) for header in headers]
        rows = [
            (
                row,
                [
                    self.shown(area.title, row, column, unread)
                    for column, unread in zip(places, free, strict=True)
                ],
            )
            for row in range(area.header_row + 1, last_row + 1)
        ]
        self.merged_cells(area, last_row)
        self.hidden(area, rows, places)
        return RawTable(area.sheet, area.title, area.header_row, columns, rows)

    def shown(self, title: str, row: int, column: int, unread: bool = False) -> object:
        """What a cell shows; Unreadable where its formula has no result or an error.

        ``unread`` cells belong to a column that nobody reads: they never stop a plan.
        """
        cell = self.grid(title).get((row, column))
        if cell is None:
            return None
        source = self.formulas[title]._cells.get((row, column))
        value = cell.value
        if is_formula(source):
            self.formulas_used = True
            formula = formula_text(source)
            # a formula that yields an empty text is a blank; one without any result is not
            if value is None and cell.data_type == "str":
                return None
            if value is None or (value == 0 and self.opened.uncalculated):
                return formula if unread else Unreadable(formula, NEVER_CALCULATED)
            self.programs_values = self.programs_values or self.opened.uncalculated
            need = f"is an error: mend the formula {formula}."
        else:
            need = "is an error: type the value that is meant."
        if cell.data_type == "e":
            return str(value) if unread else Unreadable(str(value), need)
        if blank(value):
            return None
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            return math.inf  # no number that anything can be reckoned with
        return value

    # ------------------------------------------------------------------ what is odd about them
    def merged_cells(self, area: Area, last_row: int) -> None:
        """Merged cells inside a table: only the first of them holds a value."""
        for merged in self.values[area.title].merged_cells.ranges:
            rows = merged.min_row <= last_row and merged.max_row >= area.header_row
            columns = merged.min_col <= area.last_column and merged.max_col >= area.first_column
            if rows and columns:
                need = f"the cells {merged.coord} are merged: unmerge them, each row needs its own "
                first = f"{get_column_letter(merged.min_col)}{merged.min_row}"
                self.fault(area.title, first, need + "values.")

    def hidden(self, area: Area, rows: list[tuple[int, list[object]]], places: list[int]) -> None:
        """Hidden sheets, rows and columns are used like any other, and that is said."""
        sheet = self.values[area.title]
        if sheet.sheet_state != "visible":
            self.warn(area.title, "", "is a hidden sheet: it is used like any other.")
        dimensions = sheet.row_dimensions
        hidden = [
            str(row)
            for row, values in rows
            if row in dimensions
            and dimensions[row].hidden
            and any(value is not None for value in values)
        ]
        if hidden:
            self.warn(area.title, f"A{hidden[0]}", used_anyway("row", hidden))
        letters = [
            get_column_letter(column)
            for column in places
            if any(
                dimension.hidden and dimension.min <= column <= dimension.max
                for dimension in sheet.column_dimensions.values()
                if dimension.min and dimension.max
            )
        ]
        if letters:
            cell = f"{letters[0]}{area.header_row}"
            self.warn(area.title, cell, used_anyway("column", letters))

    def with_rows_below(self, area: Area) -> Area:
        """The area with the rows directly under an Excel table: whoever typed them means them.

        Under a totals row they cannot be told from notes: a fault.
        """
        if area.bounded is None:
            return area
        grid = self.grid(area.title)
        totals = area.bounded.totalsRowCount or 0
        columns = range(area.first_column, area.last_column + 1)
        last = below = area.last_row + totals + 1
        tables = [CellRange(other.ref) for other in self.values[area.title].tables.values()]
        taken = {
            row
            for other in tables
            if other.min_col <= area.last_column and other.max_col >= area.first_column
            for row in range(other.min_row, other.max_row + 1)
        }
        while last not in taken and any((last, column) in grid for column in columns):
            last += 1
        self.rows_further_below(area, area.bounded, last, taken)
        count = last - below
        if not count:
            return area
        lie = "1 row lies" if count == 1 else f"{count} rows lie"
        name, cell = area.bounded.displayName, f"{get_column_letter(area.first_column)}{below}"
        need = f"{lie} directly below the table {name} ({area.bounded.ref})"
        if totals:
            need += " and its totals row: move them into the table, or away from it."
            self.fault(area.title, cell, need)
            return area
        counts = "counts" if count == 1 else "count"
        need += f" and {counts} as part of it: drag the table's corner down."
        self.warn(area.title, cell, need)
        return replace(area, last_row=last - 1)

    def rows_further_below(
        self, area: Area, table: ListObject, first: int, taken: set[int]
    ) -> None:
        """Rows of several values under a table and a blank row: it is said that nobody reads them.

        Rows that a table of the worksheet has taken are no concern of this one.
        """
        filled: dict[int, int] = {}
        for row, column in self.grid(area.title):
            if (
                row >= first
                and row not in taken
                and area.first_column <= column <= area.last_column
            ):
                filled[row] = filled.get(row, 0) + 1
        found = sorted(row for row, values in filled.items() if values > 1)
        if found:
            rows = "1 row" if len(found) == 1 else f"{len(found)} rows"
            need = f"{rows} below the table {table.displayName} and a blank row: not read."
            self.warn(area.title, f"{get_column_letter(area.first_column)}{found[0]}", need)


def used_anyway(what: str, hidden: list[str]) -> str:
    """The sentence on hidden rows or columns, with their count and the first of them."""
    some = ", ".join(hidden[:LISTED]) + (" …" if len(hidden) > LISTED else "")
    if len(hidden) == 1:
        return f"1 hidden {what} ({some}) is used like any other."
    return f"{len(hidden)} hidden {what}s ({some}) are used like any other."


def blank(value: object) -> bool:
    """Whether a value is nothing to a reader: no value, or blanks alone."""
    return value is None or (isinstance(value, str) and not value.strip())


def is_formula(cell: Cell | None) -> bool:
    """Whether the formula view holds a formula here."""
    return cell is not None and cell.data_type == "f"


def formula_text(cell: Cell) -> str:
    """A formula as a reader sees it, cut to a readable length."""
    text = getattr(cell.value, "text", None) or cell.value
    text = str(text) if isinstance(text, str) else "="
    return text if len(text) <= 60 else text[:59] + "…"
