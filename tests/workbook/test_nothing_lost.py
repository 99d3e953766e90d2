"""The law of reading: every cell that holds something is read, or listed where it stands.

Ninety odd workbooks: each layout that a contract table may have, with each thing that people type
around one. Their cells are counted in the file's own XML, which shares nothing with the reader.
"""

from __future__ import annotations

import re
import zipfile
from itertools import product
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from awkward_books import book_of, make_table, put, saved, small_rows
from openpyxl.utils import range_boundaries
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from chipfolio.checking.check import Checker
from chipfolio.cli.running import unread_in_short
from chipfolio.errors import WorkbookError
from chipfolio.workbook.read import read_book
from chipfolio.workbook.template import write_template

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
OFFERS = small_rows()["Offers"]
SHARE_RULE = [
    ["rule", "dimension", "member", "basis", "max_pct"],
    ["No more than 60 %", "vendor", "Nvidia", "order_spend", 0.6],
]


# ---------------------------------------------------------------------- layouts of the book
def plain_sheets():
    return book_of(small_rows()), "Offers", (1, 1)


def excel_tables():
    book = book_of(small_rows())
    for sheet in book.worksheets:
        make_table(sheet, sheet.title, sheet.dimensions)
    return book, "Offers", (1, 1)


def tables_of_another_name():
    book = book_of(small_rows())
    for number, sheet in enumerate(book.worksheets, 1):
        make_table(sheet, f"Table{number}", sheet.dimensions)
    return book, "Offers", (1, 1)


def titled_tables():
    book = book_of({})
    for name, rows in small_rows().items():
        sheet = book.create_sheet(name)
        sheet["A1"], sheet["C4"] = f"All {name}", "in USD"
        make_table(sheet, f"tbl{name}", put(sheet, rows, "C5"))
    return book, "Offers", (5, 3)


def two_tables_above_each_other():
    rows = small_rows()
    book = book_of({name: rows[name] for name in rows if name not in ("Offers", "Sites")})
    sheet = book.create_sheet("Supply")
    make_table(sheet, "Sites", put(sheet, rows["Sites"], "B3"))
    make_table(sheet, "Offers", put(sheet, rows["Offers"], "B20"))
    return book, "Supply", (20, 2)


def two_tables_beside_each_other():
    rows = small_rows()
    book = book_of({name: rows[name] for name in rows if name not in ("Offers", "Sites")})
    sheet = book.create_sheet("Offers")
    make_table(sheet, "Offers", put(sheet, rows["Offers"], "A1"))
    make_table(sheet, "Sites", put(sheet, rows["Sites"], "AA1"))
    return book, "Offers", (1, 1)


LAYOUTS = (
    plain_sheets,
    excel_tables,
    tables_of_another_name,
    titled_tables,
    two_tables_above_each_other,
    two_tables_beside_each_other,
)


# ---------------------------------------------------------------------- what stands around a table
def strays(sheet, corner, place, values):
    """Values down from a place given as rows and columns from the table's corner."""
    for down, value in enumerate(values):
        sheet.cell(corner[0] + place[0] + down, corner[1] + place[1], value)


WIDTH, HEIGHT = len(OFFERS[0]), len(OFFERS)
AROUND = {
    "nothing": ("", lambda sheet, at: None),
    "a column of the contract beside": (
        "fault",
        lambda sheet, at: strays(sheet, at, (0, WIDTH), ["order_fee", 5, 5, 5]),
    ),
    "a column of the contract further away": (
        "fault",
        lambda sheet, at: strays(sheet, at, (0, WIDTH + 2), ["order_fee", 5]),
    ),
    "a column whose name is nearly one": (
        "warning",
        lambda sheet, at: strays(sheet, at, (0, WIDTH), ["order_fees", 5]),
    ),
    "a column of notes beside": (
        "",
        lambda sheet, at: strays(sheet, at, (0, WIDTH), ["note of mine", "x"]),
    ),
    "figures without a header": (
        "warning",
        lambda sheet, at: strays(sheet, at, (1, WIDTH + 1), [5, 6]),
    ),
    "an offer below and a blank row": (
        "fault",
        lambda sheet, at: [
            strays(sheet, at, (HEIGHT + 1, across), [value])
            for across, value in enumerate(["H late", "H", "Nvidia", "buy", 5])
        ],
    ),
    "a remark below": (
        "warning",
        lambda sheet, at: strays(sheet, at, (HEIGHT + 2, 0), ["Prices of the last quotation"]),
    ),
    "a figure far away": ("warning", lambda sheet, at: strays(sheet, at, (60, 40), [7])),
    "a formula far away": ("warning", lambda sheet, at: strays(sheet, at, (60, 40), ["=1+1"])),
    "a second table of offers below": (
        "fault",
        lambda sheet, at: [
            strays(sheet, at, (HEIGHT + 3 + down, across), [value])
            for down, row in enumerate(OFFERS)
            for across, value in enumerate(row)
        ],
    ),
    "a table of share rules below": (
        "fault",
        lambda sheet, at: [
            strays(sheet, at, (HEIGHT + 3 + down, across), [value])
            for down, row in enumerate(SHARE_RULE)
            for across, value in enumerate(row)
        ],
    ),
    "a sheet that Numbers has named": (
        "fault",
        lambda sheet, at: put(sheet.parent.create_sheet("Share rules - Table 1"), SHARE_RULE),
    ),
    "a sheet of share rules called Rules": (
        "fault",
        lambda sheet, at: put(sheet.parent.create_sheet("Rules"), SHARE_RULE, "B4"),
    ),
    "an old copy of the offers": (
        "warning",
        lambda sheet, at: put(sheet.parent.create_sheet("Offers of May"), OFFERS),
    ),
    "a sheet of one's own": (
        "",
        lambda sheet, at: put(
            sheet.parent.create_sheet("Thoughts"), [["a", 1], [None, "=1+1"]], "C3"
        ),
    ),
}
BOOKS = [
    pytest.param(*both, id=f"{both[0].__name__}-{both[1]}") for both in product(LAYOUTS, AROUND)
]


# ---------------------------------------------------------------------- counted another way
def filled_cells(path) -> set[tuple[str, int, int]]:
    """Every cell of the file that holds a value other than blanks, or a formula."""
    names = openpyxl.load_workbook(path, read_only=True).sheetnames
    found = set()
    with zipfile.ZipFile(path) as package:
        shared = [""]
        if "xl/sharedStrings.xml" in package.namelist():
            root = ElementTree.fromstring(package.read("xl/sharedStrings.xml"))
            shared = ["".join(text.itertext()) for text in root]
        for number, name in enumerate(names, 1):
            root = ElementTree.fromstring(package.read(f"xl/worksheets/sheet{number}.xml"))
            for cell in root.iter(f"{MAIN}c"):
                value = cell.findtext(f"{MAIN}v") or ""
                text = shared[int(value)] if cell.get("t") == "s" and value else value
                text += "".join(part.text or "" for part in cell.iter(f"{MAIN}t"))
                if text.strip() or cell.find(f"{MAIN}f") is not None:
                    letter, row = coordinate_from_string(cell.get("r"))
                    found.add((name, row, column_index_from_string(letter)))
    return found


def listed_cells(unread) -> set[tuple[str, int, int]]:
    """Every cell within the ranges that are listed as not read."""
    found = set()
    for entry in unread:
        for area in filter(None, entry.area.split(", ")):
            left, top, right, bottom = range_boundaries(area)
            columns = range(left, right + 1)
            found |= {(entry.sheet, row, at) for row in range(top, bottom + 1) for at in columns}
    return found


def checked(path):
    """The checker after its pass, all that it said, and the rows if there is no fault."""
    checker = Checker(read_book(path))
    try:
        tables = checker.run()
    except WorkbookError as error:
        return checker, error.problems, None
    settings = dict(tables.settings)
    rows = {
        name: [(dict(row), row.over_time) for row in rows] for name, rows in tables.sheets.items()
    }
    return checker, tables.warnings, (settings, rows)


# ---------------------------------------------------------------------- the law
@pytest.fixture(scope="module")
def said_before(tmp_path_factory):
    """How much is said of each layout with nothing around its tables."""
    folder = tmp_path_factory.mktemp("before")
    return {layout: len(checked(saved(layout()[0], folder))[1]) for layout in LAYOUTS}


@pytest.mark.parametrize(("layout", "around"), BOOKS)
def test_every_cell_is_read_or_listed_and_what_was_meant_is_told(
    layout, around, tmp_path, said_before
):
    book, title, corner = layout()
    severity, add = AROUND[around]
    add(book[title], corner)
    path = saved(book, tmp_path)
    filled = filled_cells(path)
    checker, problems, _ = checked(path)

    listed = listed_cells(checker.unread) & filled
    assert checker.cells_read + sum(entry.cells for entry in checker.unread) == len(filled)
    assert checker.cells_read == len(filled - listed)

    new = {problem.severity for problem in problems[said_before[layout] :]} or {""}
    if layout is plain_sheets and severity:  # without borders it may belong to the table
        assert new != {""} or not checker.unread
    else:
        assert max(new, key=["", "warning", "fault"].index) == severity


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "around", ["a column of notes beside", "a remark below", "a sheet of one's own"]
)
def test_a_cell_that_is_read_changes_what_is_read_and_one_that_is_listed_does_not(
    layout, around, tmp_path
):
    book, title, corner = layout()
    AROUND[around][1](book[title], corner)
    path = saved(book, tmp_path)
    checker, problems, values = checked(path)
    if values is None:
        assert layout is plain_sheets
        return
    filled = sorted(filled_cells(path))
    listed = listed_cells(checker.unread)
    for at in filled[:: max(1, len(filled) // 6)]:
        sheet, row, column = at
        other = openpyxl.load_workbook(path)
        cell = other[sheet].cell(row, column)
        cell.value = cell.value + 1 if isinstance(cell.value, (int, float)) else f"{cell.value} too"
        after = checked(saved(other, tmp_path, "other.xlsx"))
        assert (after[2] == values and after[1] == problems) == (at in listed), at


@pytest.mark.parametrize("blank", [True, False])
def test_what_the_template_wrote_is_known_and_what_the_team_writes_beside_it_is_listed(
    blank, tmp_path
):
    path = write_template(tmp_path / "book.xlsx", blank=blank)
    unread = read_book(path).unread
    assert {entry.kind for entry in unread} == {"template"}
    assert {"Guide", "Lists", "Settings", "Share rules"} <= {entry.sheet for entry in unread}
    notes = unread_in_short(checked(path)[0].unread)
    assert re.fullmatch(r"\d+ cells of notes and sources \(chipfolio -v lists each place\)", notes)

    book = openpyxl.load_workbook(path)
    book["Guide"]["C7"] = "Ann"  # beside "Owner of this workbook"
    book["Guide"]["B20"].value = str(book["Guide"]["B20"].value) + " (ask Ann)"
    book["Offers"]["A2"] = "Offers as of March"
    book["Offers"]["E1"] = "Chips of the year"
    other = saved(book, tmp_path, "other.xlsx")
    mine = [entry for entry in read_book(other).unread if entry.kind != "template"]
    assert [(entry.sheet, entry.area, entry.cells) for entry in mine] == [
        ("Guide", "B7:C20", 2), ("Offers", "E1, A2", 2)]  # fmt: skip
    said = unread_in_short(mine)
    assert said == "sheet Guide (2 cells); 2 cells around tables (chipfolio -v lists each place)"


def test_the_guide_of_an_older_template_is_the_templates_own_too():
    older = Path(__file__).parents[1] / "quarters" / "frozen" / "1.xlsx"
    assert {entry.kind for entry in read_book(older).unread} == {"template"}


def test_as_many_books_as_the_law_asks_for():
    assert len(BOOKS) >= 60
    assert all(re.fullmatch(r"[a-z_]+-.+", book.id) for book in BOOKS)
