"""One book in several disguises: the same tables, whatever people and programs did to the file."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from awkward_books import make_table, put, read, saved, small_book, small_rows
from openpyxl.workbook import Workbook

RICH = {
    "Settings": """name,value
        first_period,2027Q1
        periods,4
        discount_rate,0.1
        plan_name,The plan
        tail_weight,0.25""",
    "Timeline": """sheet,item,column,2027Q2,2027Q3
        Offers,H buy,price,28000,27000
        Vendors,AMD,max_units,,none""",
    "Committed orders": """offer,order_period,units,site
        H buy,2026Q4,16,Texas""",
    "Share rules": """rule,dimension,member,basis,max_pct,active
        Not all from one,vendor,each,order_spend,0.9,yes""",
    "Scenarios": """scenario,probability,branches_from,branch_period
        base,0.6,,
        boom,0.4,base,2027Q2""",
    "Scenario changes": """scenario,sheet,item,column,operation,value
        boom,Demand,all,,multiply,1.5""",
}


def rich_rows() -> dict[str, list[list[object]]]:
    """The small book with sheets of every kind."""
    return small_rows(**RICH)


def as_tables(rows: dict[str, list[list[object]]], corner: str = "A1") -> Workbook:
    """A workbook with an Excel table per sheet."""
    book = Workbook()
    book.remove(book.active)
    for name, cells in rows.items():
        sheet = book.create_sheet(name)
        make_table(sheet, name.replace(" ", "_"), put(sheet, cells, corner))
    return book


def plain_sheets(folder: Path) -> Path:
    return saved(small_book(**RICH), folder)


def tables_moved(folder: Path) -> Path:
    return saved(as_tables(rich_rows(), "D7"), folder)


def sheets_renamed(folder: Path) -> Path:
    book = as_tables(rich_rows())
    for number, sheet in enumerate(book.worksheets):
        sheet.title = f"Page {number}"
    return saved(book, folder)


def columns_reordered(folder: Path) -> Path:
    chance = random.Random(7)
    rows = {}
    for name, cells in rich_rows().items():
        order = list(range(len(cells[0])))
        chance.shuffle(order)
        rows[name] = [[row[at] for at in order] for row in cells]
    return saved(as_tables(rows), folder)


def columns_and_sheets_added(folder: Path) -> Path:
    rows = {
        name: [
            ["our own" if number else "note", *row, number if number else "source"]
            for number, row in enumerate(cells)
        ]
        for name, cells in rich_rows().items()
    }
    book = as_tables(rows)
    book.create_sheet("Diary", 0)["A1"] = "what we think"
    return saved(book, folder)


def names_in_other_letters(folder: Path) -> Path:
    rows = {
        name.upper(): [[f" {head.upper()} " for head in cells[0]], *cells[1:]]
        for name, cells in rich_rows().items()
    }
    book = Workbook()
    book.remove(book.active)
    for name, cells in rows.items():
        put(book.create_sheet(name), cells)
    return saved(book, folder)


def with_macros_allowed(folder: Path) -> Path:
    return saved(small_book(**RICH), folder, "book.xlsm")


def saved_by_libreoffice(folder: Path) -> Path:
    office = shutil.which("soffice")
    if office is None and "CI" not in os.environ:
        pytest.skip("LibreOffice is not installed")
    assert office, "CI needs LibreOffice"
    path = saved(as_tables(rich_rows(), "B3"), folder)
    target = folder / "again"
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [office, profile, "--headless", "--convert-to", "xlsx", "--outdir"]
    subprocess.run([*command, str(target), str(path)], check=True, capture_output=True, timeout=120)
    return target / path.name


DISGUISES = (
    tables_moved,
    sheets_renamed,
    columns_reordered,
    columns_and_sheets_added,
    names_in_other_letters,
    with_macros_allowed,
    saved_by_libreoffice,
)


@pytest.mark.parametrize("disguise", DISGUISES, ids=lambda one: one.__name__)
def test_a_disguise_changes_nothing(disguise, tmp_path):
    for folder in ("plain", "other"):
        (tmp_path / folder).mkdir()
    plain, other = read(plain_sheets(tmp_path / "plain")), read(disguise(tmp_path / "other"))
    assert other.settings == plain.settings
    assert other.calendar == plain.calendar
    assert list(other.sheets) == list(plain.sheets)
    for name, rows in plain.sheets.items():
        assert other.sheets[name] == rows
        assert [row.over_time for row in other.sheets[name]] == [row.over_time for row in rows]
    assert other.warnings == plain.warnings == []
