"""The small book as a workbook, and the tools to damage one."""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.table import Table as ListObject
from openpyxl.worksheet.worksheet import Worksheet

sys.path.append(str(Path(__file__).parents[1] / "contract"))

from small_books import frames  # noqa: E402 - the helper of the folder beside this one

from chipfolio.checking.check import check  # noqa: E402
from chipfolio.errors import WorkbookError  # noqa: E402
from chipfolio.tables import Tables  # noqa: E402
from chipfolio.workbook.frames import plain  # noqa: E402
from chipfolio.workbook.read import read_book  # noqa: E402


class Awkward(list):
    """Damages to the small book, each with the sentences that must answer it, as cases of a test."""

    def says(self, *sentences: str) -> Callable:
        """List a damage with its sentences; its name is the test's."""

        def note(damage: Callable[[Workbook], None]) -> Callable[[Workbook], None]:
            name = damage.__name__.strip("_").replace("_", " ")
            self.append(pytest.param(damage, list(sentences), id=name))
            return damage

        return note


def small_rows(**sheets: str | None) -> dict[str, list[list[object]]]:
    """The small book as rows by sheet, header first."""
    return {
        name: [list(frame.columns), *([plain(v) for v in row] for row in frame.values.tolist())]
        for name, frame in frames(**sheets).items()
    }


def small_book(**sheets: str | None) -> Workbook:
    """The small book as an openpyxl workbook, a plain sheet per table."""
    return book_of(small_rows(**sheets))


def book_of(sheets: dict[str, list[list[object]]]) -> Workbook:
    """Rows by sheet as an openpyxl workbook, a plain sheet per table."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def put(sheet: Worksheet, rows: list[list[object]], corner: str = "A1") -> str:
    """Write rows from a corner on; the area they fill."""
    first = sheet[corner]
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            sheet.cell(first.row + down, first.column + across, value)
    last = get_column_letter(first.column + len(rows[0]) - 1)
    return f"{corner}:{last}{first.row + len(rows) - 1}"


def make_table(sheet: Worksheet, name: str, area: str) -> ListObject:
    """Make an area an Excel table."""
    table = ListObject(displayName=name, ref=area)
    sheet.add_table(table)
    return table


def saved(book: Workbook, folder: Path, name: str = "book.xlsx") -> Path:
    """The workbook on disk."""
    path = folder / name
    book.save(path)
    return path


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None], name: str = "") -> Path:
    """The package with its parts changed, as no library would write it."""
    with zipfile.ZipFile(path) as package:
        parts = {part: package.read(part) for part in package.namelist()}
    change(parts)
    target = path.with_name(name or path.name)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return target


def replaced(path: Path, part: str, old: str, new: str) -> Path:
    """The package with a text replaced in one part."""

    def change(parts: dict[str, bytes]) -> None:
        assert old.encode() in parts[part]
        parts[part] = parts[part].replace(old.encode(), new.encode())

    return rewritten(path, change)


def part_of(path: Path, title: str) -> str:
    """Name of the part that holds a worksheet."""
    names = openpyxl.load_workbook(path).sheetnames
    return f"xl/worksheets/sheet{names.index(title) + 1}.xml"


def calculated(path: Path) -> Path:
    """The workbook as a spreadsheet program leaves it: not to be calculated on load."""
    return replaced(path, "xl/workbook.xml", ' fullCalcOnLoad="1"', "")


def read(path: Path) -> Tables:
    """Checked tables of a workbook."""
    return check(read_book(path))


def said(path: Path) -> list[str]:
    """All that is said of a workbook, as sentences, each with its severity."""
    try:
        problems = read(path).warnings
    except WorkbookError as error:
        problems = error.problems
    return [f"{problem.severity}: {problem}" for problem in problems]
