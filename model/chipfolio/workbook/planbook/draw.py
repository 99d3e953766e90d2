"""From sheets of cells to a file: XlsxWriter, text as text, each formula with its value."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import CellFormulaTuple, CellNumberTuple, Worksheet

from .formula import letters
from .looks import NUMBERS, ROLES, ROSE, TABS, WINE
from .sheets import HEAD_ROW, LINE_HEIGHT, MASTER_ROW, TOP, UNIT_ROW, Book, Sheet, fit

CREATED = datetime(2026, 1, 1)
"""Stamped into every plan, so that equal input gives equal bytes."""
INDENTED = ("plain", "formula", "unit", "wrap", "solved", "input")
"""Roles whose text keeps a distance from the number beside it."""
A4, A3 = 9, 8
HELPERS = ("Payments due", "Chart data", "Names", "Formulas", "Seal")
"""Sheets that only formulas, charts and `verify` read: last, hidden, never printed."""
SHEETS = {A4: (780.0, 510.0), A3: (1130.0, 760.0)}
"""Room on paper within the margins, in landscape [points]."""
CHARACTER = 5.5
"""Width of a character of a column [points]."""
SPARED = 0.25
"""Part of a page that is not worth one of its own."""
WIDE = 130.0
"""Characters across from which a sheet is printed on the larger paper."""
Artist = Callable[[Workbook, Mapping[str, Worksheet]], None]
STAMPED = "Run"
"""The sheet that differs between equal runs; written last, its texts shift no other's."""
TEXT_LIMIT = 32_767
"""Longest text a cell holds."""


def draw(book: Book, artist: Artist | None = None) -> bytes:
    """The workbook as bytes; ``artist`` adds what is no cell, such as charts."""
    buffer = io.BytesIO()
    workbook = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    workbook.set_properties({"title": "Plan", "comments": "Made by chipfolio", "created": CREATED})
    workbook.set_calc_mode("auto")
    pens = Pens(workbook)
    sheets = {name: workbook.add_worksheet(name, PlanSheet) for name in book.sheets}
    for name, (sheet, row, column) in book.names.items():
        address = book.sheets[sheet].address(row, column)
        workbook.define_name(name, "=" + address)
    for name in sorted(book.sheets, key=lambda name: name == STAMPED):
        draw_sheet(sheets[name], book.sheets[name], pens)
    if artist is not None:
        artist(workbook, sheets)
    workbook.close()
    return buffer.getvalue()


class PlanSheet(Worksheet):
    """A worksheet that takes plain cells without asking and writes them straight out.

    XlsxWriter looks each formula through for thirty newer functions, and each attribute of each
    cell for characters to escape; that is most of the time it takes to write a plan. The bytes
    are the same.
    """

    def take(self, row: int, column: int, cell: CellNumberTuple | CellFormulaTuple) -> None:
        """Put a cell that needs no conversion within the corners that were claimed."""
        self.table[row][column] = cell

    def claim(self, places: Iterable[tuple[int, int]]) -> None:
        """Make room for cells."""
        rows, columns = zip(*places, strict=True)
        self._check_dimensions(min(rows), min(columns))
        self._check_dimensions(max(rows), max(columns))

    def _write_cell(self, row: int, col: int, cell) -> None:  # noqa: ANN001 - XlsxWriter's own
        kind = type(cell).__name__
        pen = cell.format._get_xf_index() if cell.format else None
        if pen is None or kind not in ("Number", "String", "Formula", "Blank"):
            super()._write_cell(row, col, cell)
            return
        head = f'<c r="{letters(col)}{row + 1}" s="{pen}"'
        if kind == "Number":
            self.fh.write(f"{head}><v>{cell.number:.16G}</v></c>")
        elif kind == "String":
            self.fh.write(f'{head} t="s"><v>{cell.string}</v></c>')
        elif kind == "Blank":
            self.fh.write(f"{head}/>")
        elif type(cell.value) is float:
            self.fh.write(f"{head}><f>{escaped(cell.formula)}</f><v>{cell.value}</v></c>")
        else:
            super()._write_cell(row, col, cell)


def escaped(text: str) -> str:
    """A text as XML holds it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Pens:
    """Cell formats, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.made: dict[tuple[str, str], Format] = {}
        self.warn = workbook.add_format({"bg_color": ROSE, "font_color": WINE, "bold": True})

    def __getitem__(self, look: tuple[str, str]) -> Format:
        if look not in self.made:
            role, kind = look
            style = {"font_size": 10, **ROLES[role], "num_format": NUMBERS[kind]}
            if kind == "text" and role in INDENTED:
                style |= {"align": "left", "indent": 1}
            self.made[look] = self.workbook.add_format(style)
        return self.made[look]


def draw_sheet(worksheet: PlanSheet, sheet: Sheet, pens: Pens) -> None:
    """All cells of a sheet, its widths, panes, table and print set-up."""
    worksheet.set_tab_color(TABS[sheet.kind])
    worksheet.hide_gridlines(2)
    align_heads(sheet)
    fit(sheet)
    for column, width in sheet.widths.items():
        worksheet.set_column(column, column, width)
    for row, height in sheet.heights.items():
        worksheet.set_row(row, height)
    put_cells(worksheet, sheet, pens)
    if sheet.table is not None:
        add_table(worksheet, sheet, pens)
    worksheet.freeze_panes(*sheet.frozen)
    worksheet.conditional_format(
        MASTER_ROW,
        0,
        MASTER_ROW,
        0,
        {"type": "text", "criteria": "begins with", "value": "CHECKS", "format": pens.warn},
    )
    if sheet.name == "Checks":
        mark_failures(worksheet, sheet, pens)
    set_print(worksheet, sheet)


def put_cells(worksheet: PlanSheet, sheet: Sheet, pens: Pens) -> None:
    """Constants, and formulas with their values."""
    worksheet.claim(sheet.looks)
    for (row, column), look in sheet.looks.items():
        pen = pens[look]
        value = sheet.values.get((row, column))
        if (row, column) in sheet.formulas:
            text = sheet.text(row, column).removeprefix("=")
            worksheet.take(row, column, CellFormulaTuple(text, pen, value))
        elif isinstance(value, float):
            worksheet.take(row, column, CellNumberTuple(value, pen))
        elif isinstance(value, bool):
            worksheet.write_boolean(row, column, value, pen)
        elif value is None:
            worksheet.write_blank(row, column, None, pen)
        else:
            worksheet.write_string(row, column, value[:TEXT_LIMIT], pen)


def mark_failures(worksheet: Worksheet, sheet: Sheet, pens: Pens) -> None:
    """Checks that fail stand out."""
    column = sheet.columns["result"]
    rule = {"type": "text", "criteria": "begins with", "value": "failed", "format": pens.warn}
    worksheet.conditional_format(TOP, column, sheet.row, column, rule)


def align_heads(sheet: Sheet) -> None:
    """Heads and units over numbers stand to the right, as the numbers do."""
    if (HEAD_ROW, 0) not in sheet.looks:
        return
    numbers = {
        column
        for (row, column), (_, kind) in sheet.looks.items()
        if row > HEAD_ROW and kind != "text"
    }
    for column in numbers:
        for row in (HEAD_ROW, UNIT_ROW):
            role, kind = sheet.looks.get((row, column), ("", ""))
            if role in ("head", "extra", "unit"):
                sheet.looks[row, column] = (f"{role} right", kind)


def add_table(worksheet: Worksheet, sheet: Sheet, pens: Pens) -> None:
    """An Excel table over the rows, with filters; its header cells are its columns' names."""
    first_row, first, last_row, last, heads = sheet.table  # type: ignore[misc]
    worksheet.add_table(
        first_row,
        first,
        max(last_row, first_row + 1),
        last,
        {
            "name": "tbl" + "".join(word.capitalize() for word in re.findall(r"\w+", sheet.name)),
            "style": "Table Style Light 1",
            "columns": [
                {"header": head, "header_format": pens[sheet.looks[first_row, first + at]]}
                for at, head in enumerate(heads)
            ],
        },
    )


def set_print(worksheet: Worksheet, sheet: Sheet) -> None:
    """Landscape, one page wide, heads repeated, the file and page in the footer.

    Columns that the model adds to a table are grouped and stay off paper; so do helper sheets,
    which are hidden.
    """
    if sheet.landscape:
        worksheet.set_landscape()
    added = extra_columns(sheet)
    across = sum(width for column, width in sheet.widths.items() if column not in added)
    charts = sheet.kind == "charts"
    worksheet.set_paper(A3 if across > WIDE and not charts else A4)
    if added:
        last = max((row for row, _ in sheet.looks), default=TOP)
        worksheet.print_area(0, 0, last, min(added) - 1)
        for column in added:
            worksheet.set_column(column, column, sheet.widths[column], None, {"level": 1})
    if not charts:
        worksheet.fit_to_pages(1, pages_down(sheet, across))
    worksheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    if sheet.frozen[0]:
        worksheet.repeat_rows(min(HEAD_ROW, sheet.frozen[0] - 1))
    worksheet.set_footer("&L&8Confidential · &F&C&8&A&R&8&P of &N")
    if sheet.name in HELPERS:
        worksheet.hide()


def pages_down(sheet: Sheet, across: float) -> int:
    """Pages on which a sheet is printed; 0 = as many as it takes.

    A last page with a few lines is spared: the sheet is then printed that much smaller.
    """
    larger = across > WIDE
    width, height = SHEETS[A3 if larger else A4]
    scale = min(1.0, width / max(across * CHARACTER, 1.0))
    last = max((row for row, _ in sheet.looks), default=0)
    lines = sum(sheet.heights.get(row, LINE_HEIGHT) for row in range(last + 1))
    pages = lines * scale / height
    whole = int(pages)
    return whole if whole and pages - whole <= SPARED else 0


def extra_columns(sheet: Sheet) -> list[int]:
    """Columns that the model adds to an output table."""
    return [
        column
        for (row, column), (role, _) in sheet.looks.items()
        if row == HEAD_ROW and role.startswith("extra")
    ]
