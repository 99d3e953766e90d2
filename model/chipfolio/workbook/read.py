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
import re
import sys
import warnings
from pathlib import Path
from traceback import walk_tb
from types import FrameType

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter, range_boundaries
from openpyxl.utils.escape import unescape
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from ..checking.raw import RawBook, RawColumn, RawTable, Unreadable
from ..contract.problems import Problem, fold
from ..contract.schema import IGNORED_HEADERS
from ..tables import Unread
from .areas import CONTRACT_NAMES, Area, At, Finder, boxed, near_sheet
from .leftover import list_beside, list_free_sheet
from .preflight import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Opened, preflight, refusal

LISTED = 6
"""How many rows a message lists before it only counts."""

CURRENCY = re.compile(r"USD|EUR|GBP|CHF|JPY|CNY|INR|[$€£¥₹]")
SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
"""Currencies in number formats."""
PARTS = {
    "openpyxl.styles": "the cells' formats",
    "openpyxl.worksheet.table": "an Excel table",
    "openpyxl.worksheet.datavalidation": "a drop-down list",
    "openpyxl.worksheet": "a sheet",
    "openpyxl.formatting": "a conditional format",
    "openpyxl.chart": "a chart",
    "openpyxl.drawing": "a drawing",
    "openpyxl.comments": "a comment",
    "openpyxl.pivot": "a pivot table",
    "openpyxl.packaging.core": "the file's properties",
    "openpyxl.packaging.custom": "the file's properties",
    "openpyxl.workbook": "the list of sheets and names",
    "openpyxl.reader.strings": "the texts of the cells",
}
"""Where the library may fail, in a reader's words."""
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
        part = culprit(error)
        why = f", for {part} holds what no spreadsheet program writes" if part else ""
        need = f"cannot be read{why}: open it in Excel, save it again as .xlsx and run again."
        raise refusal(opened.name, need) from error


def culprit(error: BaseException) -> str:
    """The part of a workbook at which the library failed, in a reader's words; blank if unknown."""
    found, sheet, cell = "", "", ""
    cause: BaseException | None = error
    frames: list[FrameType] = []
    while cause is not None:
        frames += [frame for frame, _ in walk_tb(cause.__traceback__)]
        cause = cause.__cause__
    for frame in frames:
        module = str(frame.f_globals.get("__name__", ""))
        found = next((words for name, words in PARTS.items() if module.startswith(name)), found)
        known = frame.f_locals
        if module == "openpyxl.reader.excel":
            sheet = getattr(known.get("sheet"), "name", "") or sheet
        if module == "openpyxl.worksheet._reader":
            cell = known.get("coordinate") or cell
    if sheet and cell:
        return f"{sheet}!{cell}"
    return f"{found} on sheet {sheet!r}" if found and sheet else found


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


class Reader:
    """One pass over an opened workbook."""

    def __init__(self, opened: Opened, formulas: Workbook, values: Workbook) -> None:
        self.opened = opened
        # the sheets' own stores: walking rows and columns would make a cell for every gap, and
        # the workbook goes through all its sheets whenever it is asked for one
        self.formulas = {sheet.title: sheet._cells for sheet in formulas.worksheets}
        self.values = values
        self.grids = {sheet.title: self.filled(sheet) for sheet in values.worksheets}
        self.currencies: dict[str, str] = {}
        """The first cell in each currency that a number format shows."""
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
        areas = Finder(self.values.worksheets, self.grids, self.book.problems).areas()
        for area in areas:
            self.book.tables[area.sheet] = self.table(area)
        self.leftover(areas)
        self.whole_book()
        return self.book

    def leftover(self, areas: list[Area]) -> None:
        """List every cell that belongs to no table, sheet by sheet."""
        for title in self.values.sheetnames:
            here = [area for area in areas if area.title == title]
            grid = self.content(title)
            name = CONTRACT_NAMES.get(fold(title))
            if here:
                list_beside(self.book, here, self.other_tables(title, here), grid)
            elif name is None:
                before = len(self.book.problems)
                list_free_sheet(self.book, title, grid)
                if len(self.book.problems) == before:
                    self.near_table(title)
            elif grid:  # its table stands elsewhere, or its header row was not found
                why = "no table was found here"
                cells = Unread(title, boxed(grid), len(grid), "sheet", why, free=False)
                self.book.unread.append(cells)
                if name in self.book.tables and not any(
                    p.sheet == title for p in self.book.problems
                ):
                    other = self.book.tables[name].title
                    self.warn(title, "", f"is not read: the table {name} stands on {other}.")

    def other_tables(self, title: str, areas: list[Area]) -> list[Area]:
        """Excel tables on a sheet that are none of these areas."""
        found = []
        for name, reference in self.values[title].tables.items():
            left, top, right, bottom = range_boundaries(reference)
            if not any(area.holds((top, left)) for area in areas):
                found.append(Area("", title, top, bottom, left, right, name))
        return found

    def filled(self, sheet: Worksheet) -> dict[At, Cell]:
        """The cells of a sheet that hold something, by row and column."""
        formulas = self.formulas[sheet.title]
        return {
            at: cell
            for at, cell in sheet._cells.items()
            if not blank(cell.value) or is_formula(formulas.get(at))
        }

    def content(self, title: str) -> dict[At, object]:
        """What the cells of a sheet hold, by row and column; formulas without value as text."""
        if title not in self.grids:
            return {}  # a sheet that is a chart
        formulas = self.formulas[title]
        return {
            at: formula_text(formulas[at]) if blank(cell.value) else cell.value
            for at, cell in self.grids[title].items()
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
        if len(self.currencies) > 1:
            places = ", ".join(f"{name} ({cell})" for name, cell in self.currencies.items())
            need = (
                f"shows amounts in {len(self.currencies)} currencies by their formats: {places}. "
            )
            self.warn(name, "", need + "All amounts of a plan are read as one currency.")
        self.links_to_nothing()

    def links_to_nothing(self) -> None:
        """Links of free sheets, such as the Guide, to contract sheets that are there no more."""
        there = set(self.book.tables) | {
            CONTRACT_NAMES.get(fold(t)) for t in self.values.sheetnames
        }
        for title in self.book.ignored_sheets:
            gone: dict[str, str] = {}
            for cell in self.grids.get(title, {}).values():
                link = cell.hyperlink
                target = (link.location or str(link.target or "").lstrip("#")) if link else ""
                name = CONTRACT_NAMES.get(fold(target.rpartition("!")[0].strip("'")))
                if name is not None and name not in there and name not in self.book.likely:
                    gone.setdefault(name, cell.coordinate)
            if gone:
                what = "a sheet" if len(gone) == 1 else "sheets"
                need = f"links to {what} that the book no longer has: {', '.join(gone)}. If it was "
                need += "renamed, give it that name again; if not, nothing of it is planned."
                self.warn(title, next(iter(gone.values())), need)

    def near_table(self, title: str) -> None:
        """A table on a free sheet whose name is nearly one of the contract."""
        for name in getattr(self.values[title], "tables", ()):
            bare = name[3:] if name.casefold().startswith("tbl") else name
            if near := near_sheet(bare.rstrip("0123456789")):
                need = f"holds the table {name!r}, which is none of the contract and not read."
                self.book.problems.append(Problem(title, "", "", "", need, near, "warning"))

    # ------------------------------------------------------------------ what tables hold
    def table(self, area: Area) -> RawTable:
        """The raw table of an area; rows below the last value are no rows."""
        grid = self.grids[area.title]
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
        filled = dict.fromkeys(places, 0)
        for _, column in inside:
            filled[column] += 1
        columns = [
            RawColumn(header, get_column_letter(column), filled[column])
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
        self.note_currencies(area, inside)
        unread = {column for column, is_free in zip(places, free, strict=True) if is_free}
        merged = {
            (row, places.index(column))
            for row, column in self.merged_cells(area, last_row, unread)
            if column in places
        }
        self.hidden(area, rows, places)
        return RawTable(area.sheet, area.title, area.header_row, columns, rows, frozenset(merged))

    def shown(self, title: str, row: int, column: int, unread: bool = False) -> object:
        """What a cell shows; Unreadable where its formula has no result or an error.

        ``unread`` cells belong to a column that nobody reads: they never stop a plan.
        """
        cell = self.grids[title].get((row, column))
        if cell is None:
            return None
        source = self.formulas[title].get((row, column))
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
        if isinstance(value, str) and "_x" in value:
            return unescape(value)  # so Excel writes the line breaks of texts from elsewhere
        return value

    # ------------------------------------------------------------------ what is odd about them
    def note_currencies(self, area: Area, inside: list[At]) -> None:
        """Note the first cell of each currency that the formats of a table's numbers show."""
        shown: dict[int, str] = {}
        for at in inside:
            cell = self.grids[area.title][at]
            if isinstance(cell.value, (int, float)) and cell.has_style:
                number = cell._style.numFmtId  # the cell's property looks it up for every cell
                if number not in shown:
                    shown[number] = currency_of(cell.number_format)
                if shown[number]:
                    self.currencies.setdefault(shown[number], f"{area.title}!{cell.coordinate}")

    def merged_cells(self, area: Area, last_row: int, free: set[int]) -> set[At]:
        """Faults for merged cells in columns that are read; those that hold no value, for only
        the first of them does."""
        empty: set[At] = set()
        for merged in self.values[area.title].merged_cells.ranges:
            rows = merged.min_row <= last_row and merged.max_row >= area.header_row
            first = max(merged.min_col, area.first_column)
            columns = set(range(first, min(merged.max_col, area.last_column) + 1))
            if rows and columns - free:
                need = f"the cells {merged.coord} are merged: unmerge them, each row needs its own "
                first = f"{get_column_letter(merged.min_col)}{merged.min_row}"
                self.fault(area.title, first, need + "values.")
                empty |= {
                    (row, column)
                    for row in range(
                        max(merged.min_row, area.header_row), 1 + min(merged.max_row, last_row)
                    )
                    for column in columns
                    if (row, column) != (merged.min_row, merged.min_col)
                }
        return empty

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


def used_anyway(what: str, hidden: list[str]) -> str:
    """The sentence on hidden rows or columns, with their count and the first of them."""
    some = ", ".join(hidden[:LISTED]) + (" …" if len(hidden) > LISTED else "")
    if len(hidden) == 1:
        return f"1 hidden {what} ({some}) is used like any other."
    return f"{len(hidden)} hidden {what}s ({some}) are used like any other."


def currency_of(number_format: str) -> str:
    """The currency that a number format shows; blank where it shows none."""
    bare = re.sub(r"\[\$([^\]-]*)[^\]]*\]", r"\1", number_format)
    found = CURRENCY.search(bare)
    return SIGNS.get(found[0], found[0]) if found else ""


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
