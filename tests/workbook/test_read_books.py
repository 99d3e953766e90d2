"""What is true of a file as a whole: formulas, macros, dates, where its tables stand."""

from __future__ import annotations

import hashlib
from datetime import datetime

import openpyxl
import pytest
import xlsxwriter
from awkward_books import (
    calculated,
    make_table,
    part_of,
    put,
    read,
    replaced,
    rewritten,
    said,
    saved,
    small_book,
    small_rows,
)
from openpyxl.chart import BarChart
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from chipfolio.checking.raw import Unreadable
from chipfolio.workbook.read import read_book

PROGRAMS = (
    "warning: book.xlsx holds formulas that no spreadsheet program has calculated: the values that "
    "the writing program stored are used."
)


def with_formula(folder, formula, stored):
    """The small book by a library that stores values beside formulas; Offers!E2 is a formula."""
    path = folder / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in small_rows().items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name == "Offers":
                sheet.write_formula("E2", formula, None, stored)
    return path


def price(path):
    return read(path).rows("Offers")[0]["price"]


def test_a_formula_is_read_by_its_stored_value(tmp_path):
    path = calculated(with_formula(tmp_path, "=15000*2", 30000))
    assert said(path) == []
    assert price(path) == 30000


def test_a_formula_stored_as_zero_by_a_program_was_never_calculated(tmp_path):
    path = with_formula(tmp_path, "=15000*2", 0)
    assert said(path) == [
        "fault: Offers!E2 price: '=15000*2' has no calculated result: open the workbook in Excel, "
        "save it, run again."
    ]
    assert price(calculated(path)) == 0


def test_a_value_stored_by_a_program_is_used_with_a_warning(tmp_path):
    path = with_formula(tmp_path, "=15000*2", 30000)
    assert said(path) == [PROGRAMS]


def test_a_formula_that_yields_an_empty_text_is_a_blank(tmp_path):
    path = calculated(with_formula(tmp_path, '=""', "x"))
    path = replaced(path, part_of(path, "Offers"), "<v>x</v>", "<v></v>")
    assert said(path) == ["fault: Offers!E2 price: is blank: money at least 0 is needed."]


def test_a_formula_that_yields_an_error_is_told_with_its_formula(tmp_path):
    path = calculated(with_formula(tmp_path, "=B1/0", "#DIV/0!"))
    assert said(path) == ["fault: Offers!E2 price: '#DIV/0!' is an error: mend the formula =B1/0."]


def test_manual_calculation_is_a_warning_where_formulas_are_used(tmp_path):
    path = calculated(with_formula(tmp_path, "=15000*2", 30000))
    path = replaced(path, "xl/workbook.xml", "<calcPr ", '<calcPr calcMode="manual" ')
    assert said(path) == [
        "warning: book.xlsx is calculated by hand only: press F9 and save, or its values may be "
        "old."
    ]


def test_macros_are_neither_run_nor_kept(tmp_path):
    path = saved(small_book(), tmp_path)
    path = rewritten(path, lambda parts: parts.update({"xl/vbaProject.bin": b"x"}), "book.xlsm")
    assert said(path) == ["warning: book.xlsm holds macros: they are neither run nor kept."]


def test_links_to_other_workbooks_are_told(tmp_path):
    path = saved(small_book(), tmp_path)
    link = b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    parts = {f"xl/externalLinks/externalLink{n}.xml": link for n in (1, 2)}
    path = rewritten(path, lambda old: old.update(parts))
    assert said(path) == [
        "warning: book.xlsx links to 2 other workbooks: the last stored values are used."
    ]


def test_dates_are_right_in_a_book_that_counts_from_1904(tmp_path):
    book = small_book()
    book.epoch = CALENDAR_MAC_1904
    book["Settings"]["B2"] = datetime(2027, 2, 15)
    assert read(saved(book, tmp_path)).calendar.labels[0] == "2027Q1"


def test_a_number_of_four_hundred_digits_is_a_fault_of_its_cell(tmp_path):
    path = saved(small_book(), tmp_path)
    path = replaced(path, part_of(path, "Offers"), "<v>30000</v>", f"<v>{'9' * 400}</v>")
    assert said(path) == ["fault: Offers!E2 price: 'inf' is beyond 1e+15: check its unit."]


def test_an_infinite_number_is_a_fault_of_its_cell(tmp_path):
    path = saved(small_book(), tmp_path)
    path = replaced(path, part_of(path, "Offers"), "<v>30000</v>", "<v>1e309</v>")
    assert said(path) == ["fault: Offers!E2 price: 'inf' is beyond 1e+15: check its unit."]


def test_a_date_beyond_the_calendar_is_a_fault_of_its_cell(tmp_path):
    book = small_book()
    book["Offers"]["I1"], book["Offers"]["I2"] = "first_order", 123456789012
    book["Offers"]["I2"].number_format = "yyyy-mm-dd"
    assert said(saved(book, tmp_path)) == [
        "fault: Offers!I2 first_order: '#VALUE!' is an error: type the value that is meant."
    ]


def test_titles_descriptions_and_units_may_stand_above_the_header(tmp_path):
    book = small_book()
    for sheet in book.worksheets:
        sheet.insert_rows(1, 4)
        sheet.insert_cols(1, 2)
        sheet["A1"] = sheet.title
        sheet["A2"] = "vendor, chip and offer names are those of the contract"
        sheet["C4"], sheet["D4"] = "name", "USD per unit"
    found = read(saved(book, tmp_path))
    assert found.warnings == []
    assert found.rows("Offers")[0].cell("price") == "G6"


def test_a_header_row_further_down_than_forty_rows_is_not_found(tmp_path):
    book = small_book()
    book["Sites"].insert_rows(1, 40)
    assert (
        "fault: Sites shows no column names in its first 40 rows" in said(saved(book, tmp_path))[0]
    )


def test_a_table_is_found_by_its_name_on_any_sheet_at_its_true_cells(tmp_path):
    book = small_book()
    del book["Offers"]
    sheet = book.create_sheet("Everything else")
    rows = small_rows()["Offers"]
    rows[1][4] = "dear"
    make_table(sheet, "tblOffers", put(sheet, rows, "AA30"))
    sheet["A1"] = "offer"
    assert said(saved(book, tmp_path)) == [
        "fault: Everything else!AE31 price: 'dear' is text: money at least 0 is needed."
    ]


def test_two_tables_may_share_a_sheet(tmp_path):
    book = small_book()
    rows = small_rows()
    for name in ("Offers", "Sites"):
        del book[name]
    sheet = book.create_sheet("Both")
    make_table(sheet, "Offers", put(sheet, rows["Offers"], "B3"))
    make_table(sheet, "SITES", put(sheet, rows["Sites"], "B20"))
    found = read(saved(book, tmp_path))
    assert {row["site"] for row in found.rows("Sites")} == {"Texas", "Norway"}
    assert len(found.rows("Offers")) == 3


def test_a_table_of_another_name_on_a_contract_sheet_draws_its_borders(tmp_path):
    book = small_book()
    make_table(book["Offers"], "Table7", "A1:H4")
    book["Offers"]["A9"] = "Prices are those of the last quotation."
    assert said(saved(book, tmp_path)) == [
        "warning: Offers!A9 'Prices are those of the last quotation.' stands below the table Table7 "
        "and is not read."
    ]


def test_formatted_rows_below_the_data_are_no_rows(tmp_path):
    book = small_book()
    for row in range(5, 500):
        book["Offers"].cell(row, 1).number_format = "0.00"
        book["Offers"].cell(row, 2, "  ")
    (offers,) = [one for one in read(saved(book, tmp_path)).accounting if one.sheet == "Offers"]
    assert (offers.read, offers.used, offers.ignored) == (3, 3, 0)


def test_rows_read_are_rows_used_and_rows_ignored(tmp_path):
    book = small_book()
    book["Offers"].insert_rows(3)
    for one in read(saved(book, tmp_path)).accounting:
        assert one.read == one.used + one.ignored
    (offers,) = [one for one in read(saved(book, tmp_path)).accounting if one.sheet == "Offers"]
    assert (offers.read, offers.used, offers.ignored) == (4, 3, 1)


def test_sheets_that_nobody_reads_are_listed_and_charts_among_them(tmp_path):
    book = small_book()
    book.create_sheet("Notes")["A1"] = "anything"
    book.create_sheet("Share rules")
    book.create_chartsheet("Picture").add_chart(BarChart())
    raw = read_book(saved(book, tmp_path))
    assert raw.ignored_sheets == ["Notes", "Picture"]
    assert raw.problems == []


def test_cells_of_note_columns_are_shown_and_never_unreadable(tmp_path):
    book = small_book()
    book["Offers"]["I1"], book["Offers"]["I2"] = "note", "#REF!"
    book["Offers"]["I3"] = "=1+1"
    table = read_book(saved(book, tmp_path)).tables["Offers"]
    assert [row[-1] for _, row in table.rows] == ["#REF!", "=1+1", None]
    assert not any(isinstance(value, Unreadable) for _, row in table.rows for value in row)


def test_the_file_is_hashed_and_left_as_it_was(tmp_path):
    path = saved(small_book(), tmp_path)
    before, when = path.read_bytes(), path.stat().st_mtime_ns
    raw = read_book(path)
    assert raw.sha256 == hashlib.sha256(before).hexdigest()
    assert raw.name == "book.xlsx"
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, when)


def test_the_file_is_opened_once(tmp_path, monkeypatch):
    path = saved(small_book(), tmp_path)
    opened = []
    kind = type(path)
    real = kind.open
    monkeypatch.setattr(kind, "open", lambda self, *a, **k: opened.append(a) or real(self, *a, **k))
    read_book(path)
    assert opened == [("rb",)]


def test_a_book_without_the_safe_parser_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(openpyxl, "DEFUSEDXML", False)
    with pytest.raises(AssertionError, match="defusedxml must be installed"):
        read_book(saved(small_book(), tmp_path))


def test_a_path_may_be_a_text(tmp_path):
    assert set(read_book(str(saved(small_book(), tmp_path))).tables) == set(small_rows())


def test_two_currencies_in_the_formats_of_one_book_are_a_warning(tmp_path):
    book = small_book()
    book["Offers"]["E2"].number_format = '"$"#,##0'
    book["Offers"]["E3"].number_format = "#,##0 [$€-407]"
    book["Sites"]["E2"].number_format = "[$-409]#,##0"
    assert said(saved(book, tmp_path)) == [
        "warning: book.xlsx shows amounts in 2 currencies by their formats: USD (Offers!E2), EUR "
        "(Offers!E3). All amounts of a plan are read as one currency."
    ]


def test_merged_cells_in_free_columns_are_no_fault(tmp_path):
    book = small_book()
    for column, head in enumerate(("note", "source", "as of"), 9):
        book["Offers"].cell(1, column, head)
    book["Offers"]["I2"] = "one note for two offers"
    book["Offers"].merge_cells("I2:K3")
    assert said(saved(book, tmp_path)) == []
    book["Offers"].merge_cells("H3:I4")
    assert "the cells H3:I4 are merged" in said(saved(book, tmp_path))[0]


def test_a_link_to_a_sheet_that_is_gone_is_a_warning(tmp_path):
    book = small_book()
    guide = book.create_sheet("Guide")
    guide["B2"] = "Share rules"
    guide["B2"].hyperlink = "#'Share rules'!A1"
    assert said(saved(book, tmp_path)) == [
        "warning: Guide!B2 links to a sheet that the book no longer has: Share rules. If it was "
        "renamed, give it that name again; if not, nothing of it is planned."
    ]
