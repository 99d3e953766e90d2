"""The template: complete, dressed, deterministic, and read back as what was written."""

import io
import os
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import get_column_letter, range_boundaries

from chipfolio.checking.check import check
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.schema import Kind
from chipfolio.errors import LockedError, WorkbookError
from chipfolio.workbook.folder import frames_from
from chipfolio.workbook.frames import frames_to_book
from chipfolio.workbook.read import read_book
from chipfolio.workbook.template import SAMPLES, template_bytes, write_template

INPUT_FOLDER = Path(__file__).parents[2] / "inputs"
BLUE, CREAM = "FF0000FF", "FFFFF9E5"
HEADER, FIRST = 5, 6
SPARE = 200
TABLES = list(INPUTS.values())
TALL = [table for table in TABLES if not table.vertical]


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def samples():
    return {name: template_bytes(frames_from(INPUT_FOLDER / name)) for name in SAMPLES}


@pytest.fixture(scope="module", params=(*SAMPLES, "blank"))
def book(request, samples):
    return opened(samples.get(request.param) or template_bytes(blank=True))


@pytest.fixture(scope="module")
def quickstart(samples):
    return opened(samples["quickstart"])


def headers(sheet):
    (table,) = sheet.tables.values()
    left, top, right, _ = range_boundaries(table.ref)
    return [sheet.cell(top, column).value for column in range(left, right + 1)]


def linked(sheet):
    return [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]


def rules_at(sheet, cell):
    return [rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref]


# ------------------------------------------------------------------ sheets and tables
def test_the_guide_comes_first_then_every_contract_sheet_in_order_then_the_lists(book):
    assert book.sheetnames == ["Guide", *INPUTS, "Lists"]
    assert {sheet.sheet_state for sheet in book} == {"visible"}


@pytest.mark.parametrize("table", TALL, ids=lambda table: table.name)
def test_each_sheet_holds_one_table_named_after_it_with_all_columns_then_note_and_source(
    book, table
):
    sheet = book[table.name]
    assert list(sheet.tables) == [table.name.replace(" ", "_")]
    (listed,) = sheet.tables.values()
    assert range_boundaries(listed.ref)[1] == HEADER
    found = headers(sheet)
    assert tuple(found[: len(table.columns)]) == table.names
    assert found[-2:] == ["note", "source"]
    assert [column.name for column in listed.tableColumns] == found


def test_the_unit_row_above_the_header_says_what_each_contract_column_is_measured_in(book):
    for table in TALL:
        sheet = book[table.name]
        for at, column in enumerate(table, 1):
            unit = sheet.cell(HEADER - 1, at).value
            assert unit, (table.name, column.name)
            assert unit.endswith(" †") is column.varies


def test_wide_sheets_have_a_column_for_each_period_of_the_plan(quickstart):
    labels = [f"{year}Q{quarter}" for year in (2027, 2028) for quarter in (1, 2, 3, 4)]
    for name, key in (("Demand", 1), ("Timeline", 3)):
        found = headers(quickstart[name])
        assert found[key:] == ["note unit", *labels, "note", "source"]
    assert quickstart["Demand"]["B6"].value == "A1 equivalents"


@pytest.mark.parametrize(
    ("months", "first", "labels"),
    [
        (1, "2026-11", ["2026-11", "2026-12", "2027-01"]),
        (6, "2026H2", ["2026H2", "2027H1", "2027H2"]),
        (12, 2026, ["2026", "2027", "2028"]),
    ],
)
def test_period_headings_follow_the_length_of_a_period(months, first, labels):
    names = ["first_period", "periods", "months_per_period"]
    settings = pd.DataFrame({"name": names, "value": [first, 3, months]}, dtype=object)
    sheet = opened(template_bytes({"Settings": settings}))["Demand"]
    assert headers(sheet)[2:5] == labels


def test_settings_list_every_setting_with_its_value_or_default_and_its_meaning(book):
    sheet = book["Settings"]
    assert headers(sheet) == ["name", "value", "unit", "meaning", "note", "source"]
    for row, column in enumerate(INPUTS["Settings"], FIRST):
        assert sheet.cell(row, 1).value == column.name
        assert sheet.cell(row, 4).value == column.doc
        if column.default is not None:
            assert sheet.cell(row, 2).value is not None


def test_tables_hold_real_rows_only_and_an_empty_one_a_single_blank_row(quickstart):
    assert quickstart["Offers"].tables["Offers"].ref.endswith("8")
    platforms = quickstart["Platforms"]
    assert platforms.tables["Platforms"].ref == "A5:D6"
    assert [cell.value for cell in platforms[6]] == [None] * 4


def test_columns_of_ones_own_and_unknown_ones_are_kept():
    frame = pd.DataFrame({"vendor": ["A"], "note on price": ["ask again"], "colour": ["red"]})
    sheet = opened(template_bytes({"Vendors": frame}))["Vendors"]
    found = headers(sheet)
    assert found[4:] == ["note on price", "colour", "note", "source"]
    assert [cell.value for cell in sheet[6]][4:6] == ["ask again", "red"]


def test_a_frame_that_is_no_sheet_is_refused_with_the_nearest_name():
    with pytest.raises(WorkbookError, match="Did you mean 'Vendors'"):
        template_bytes({"Vendor": pd.DataFrame({"vendor": ["A"]})})


# ------------------------------------------------------------------ drop-downs and messages
@pytest.mark.parametrize("table", TALL, ids=lambda table: table.name)
def test_every_column_explains_itself_also_below_the_table(book, table):
    sheet = book[table.name]
    (listed,) = sheet.tables.values()
    last = range_boundaries(listed.ref)[3]
    for at, column in enumerate(table, 1):
        for row in (FIRST, last + SPARE):
            (rule,) = rules_at(sheet, f"{get_column_letter(at)}{row}")
            assert rule.promptTitle == column.name
            assert rule.prompt.startswith(column.doc)
            assert len(rule.prompt) <= 255
    for at in range(len(table.columns) + 1, len(headers(sheet)) + 1):
        if headers(sheet)[at - 1] != "note unit":
            assert rules_at(sheet, f"{get_column_letter(at)}{FIRST}")


@pytest.mark.parametrize("table", TALL, ids=lambda table: table.name)
def test_choices_and_references_have_drop_downs(book, table):
    sheet = book[table.name]
    for at, column in enumerate(table, 1):
        (rule,) = rules_at(sheet, f"{get_column_letter(at)}{FIRST}")
        if column.kind is Kind.CHOICE:
            assert rule.formula1 == '"' + ",".join(column.choices) + '"'
        elif column.kind is Kind.YES_NO:
            assert rule.formula1 == '"yes,no"'
        elif column.kind is Kind.NAME and column.refers_to in INPUTS:
            name = column.refers_to.replace(" ", "_") + "_names"
            assert rule.formula1 == name
            assert name in book.defined_names
        elif column.kind is Kind.PERIOD:
            assert rule.formula1 == "Plan_periods"
        if rule.type == "list":
            assert len(rule.formula1) <= 257


def test_lists_of_names_end_with_the_last_name(book):
    for name, defined in book.defined_names.items():
        if not name.endswith("_names"):
            continue
        sheet = name.removesuffix("_names").replace("_", " ")
        start, end = defined.attr_text.split(":INDEX(")
        assert start == f"'{sheet}'!$A$6"
        assert "COUNTA(" in end


def test_settings_have_their_own_drop_downs(quickstart):
    sheet = quickstart["Settings"]
    names = [sheet.cell(row, 1).value for row in range(FIRST, sheet.max_row + 1)]
    (rule,) = rules_at(sheet, f"B{FIRST + names.index('cash_timing')}")
    assert rule.formula1 == '"start,mid,end"'
    (rule,) = rules_at(sheet, f"B{FIRST + names.index('months_per_period')}")
    assert rule.formula1 == '"1,3,6,12"'
    (rule,) = rules_at(sheet, f"B{FIRST + names.index('discount_rate')}")
    assert (rule.type, rule.formula1, rule.formula2) == ("decimal", "0", "1")


def test_cells_that_cannot_be_right_turn_rose_even_when_pasted(quickstart):
    sheet = quickstart["Offers"]
    formulas = {
        str(area.sqref): rule.formula[0]
        for area, rules in sheet.conditional_formatting._cf_rules.items()
        for rule in rules
        if rule.type == "expression"
    }
    assert formulas["B6:B208"] == (
        "OR(AND(COUNTA($A6:$U6)>0,LEN(TRIM(B6))=0),"
        "AND(LEN(TRIM(B6))>0,ISNA(MATCH(B6,Chips_names,0))))"
    )
    assert 'NOT(OR(D6="buy",D6="lease",D6="cloud"))' in formulas["D6:D208"]
    assert "E6<0" in formulas["E6:E208"]


# ------------------------------------------------------------------ looks
def test_every_cell_to_fill_in_is_blue_on_cream_and_no_other(book):
    for table in TABLES:
        sheet = book[table.name]
        (listed,) = sheet.tables.values()
        heads = headers(sheet)
        bottom = range_boundaries(listed.ref)[3]
        labels = {"note unit"} | ({"name", "unit", "meaning"} if table.vertical else set())
        for row in sheet.iter_rows(FIRST, bottom, 1, len(heads)):
            for cell, head in zip(row, heads, strict=True):
                looks = (cell.font.color.rgb, cell.fill.fgColor.rgb)
                is_input = looks == (BLUE, CREAM)
                own_label = head in labels and not (head == "unit" and table.name == "Workloads")
                assert is_input is not own_label, (table.name, cell.coordinate)


def test_required_headers_look_unlike_optional_ones_and_notes(quickstart):
    sheet = quickstart["Offers"]
    fills = [cell.fill.fgColor.rgb for cell in sheet[HEADER]]
    required = {fill for fill, c in zip(fills, INPUTS["Offers"], strict=False) if c.required}
    optional = {fill for fill, c in zip(fills, INPUTS["Offers"], strict=False) if not c.required}
    assert len(required) == len(optional) == len({*required, *optional, fills[-1]}) - 2 == 1


def test_money_and_percent_show_as_such(quickstart):
    offers, sites = quickstart["Offers"], quickstart["Sites"]
    assert offers["E6"].number_format == "#,##0"
    assert offers["F6"].number_format == "0.0%"
    assert offers["P6"].number_format == "#,##0"
    assert sites["C6"].number_format == "#,##0.0"
    lab = opened(template_bytes(frames_from(INPUT_FOLDER / "frontier_lab")))
    assert lab["Offers"]["E6"].number_format == "[>=1000]#,##0;#,##0.00"


def test_tabs_are_coloured_by_kind(book):
    colours = {}
    for table in TABLES:
        colours.setdefault(table.kind, set()).add(book[table.name].sheet_properties.tabColor.rgb)
    assert all(len(found) == 1 for found in colours.values())
    assert len({colour for found in colours.values() for colour in found}) == len(colours)


def test_panes_are_frozen_under_the_header_and_right_of_the_key(book):
    for table in TABLES:
        letter = get_column_letter(max(len(table.key), 1) + 1)
        assert book[table.name].freeze_panes == f"{letter}{FIRST}"


def test_every_sheet_prints_landscape_one_page_wide_with_its_header_and_a_footer(book):
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)  # left out of the file, it is one
        assert sheet.page_setup.fitToHeight == 0
        assert sheet.oddFooter.right.text == "Page &P of &N"
    for table in TABLES:
        assert book[table.name].print_title_rows == "$4:$5"


def test_columns_are_wide_enough_for_their_header(book):
    for table in TABLES:
        sheet = book[table.name]
        for at, head in enumerate(headers(sheet), 1):
            width = sheet.column_dimensions[get_column_letter(at)].width
            assert width >= len(head) * 0.98, (table.name, head)


def test_no_formulas_no_merged_cells_no_hidden_rows(book):
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert not any(dimension.hidden for dimension in sheet.row_dimensions.values())
        assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)


def test_the_guide_links_to_every_sheet_and_states_the_signs(quickstart):
    guide = quickstart["Guide"]
    links = {cell.hyperlink.location for cell in linked(guide)}
    assert links == {f"'{name}'!A1" for name in INPUTS}
    words = " ".join(str(cell.value) for row in guide.iter_rows() for cell in row if cell.value)
    for text in ("Costs are positive", "in five steps", "chipfolio solve", "Blue on cream"):
        assert text.casefold() in words.casefold()
    for table in TABLES:
        assert table.doc in words


# ------------------------------------------------------------------ bytes and files
def test_equal_input_gives_equal_bytes(samples):
    assert template_bytes(frames_from(INPUT_FOLDER / "quickstart")) == samples["quickstart"]
    assert template_bytes(blank=True) == template_bytes(blank=True)


@pytest.mark.parametrize("name", SAMPLES)
def test_the_committed_workbook_is_what_its_folder_gives(samples, name):
    committed = (INPUT_FOLDER / f"{name}.xlsx").read_bytes()
    assert committed == samples[name], "run: python -m chipfolio.documents"


def test_without_frames_the_worked_example_is_written(tmp_path, samples):
    path = write_template(tmp_path / "book.xlsx")
    assert path.read_bytes() == samples["quickstart"]
    assert [file.name for file in tmp_path.iterdir()] == ["book.xlsx"]


def test_an_existing_file_is_left_alone_unless_told(tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_text("mine")
    with pytest.raises(LockedError, match="exists already"):
        write_template(path)
    assert path.read_text() == "mine"
    write_template(path, blank=True, overwrite=True)
    assert path.read_bytes() == template_bytes(blank=True)


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(LockedError, match="cannot be written"):
        write_template(tmp_path / "nowhere" / "book.xlsx")


@pytest.mark.parametrize(
    "text", ["=1+1", "=HYPERLINK(0)", "{=1+1}", "+1", "@SUM(A1)", "http://example.org", "007"]
)
def test_a_text_that_looks_like_a_formula_stays_text(text):
    frame = pd.DataFrame({"vendor": [text], "note": [text], "source": [text]})
    settings = pd.DataFrame({"name": ["plan_name"], "value": [text]})
    book = opened(template_bytes({"Vendors": frame, "Settings": settings}))
    sheet = book["Vendors"]
    for cell in (sheet["A6"], sheet["E6"], sheet["F6"], book["Settings"]["B6"]):
        assert (cell.value, cell.data_type) == (text, "s")
    assert book["Guide"]["B1"].data_type == "s"
    assert [cell.coordinate for cell in linked(sheet)] == ["A3"]


# ------------------------------------------------------------------ read back
@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_read_back_says_what_its_folder_says(tmp_path, samples, name):
    path = tmp_path / "book.xlsx"
    path.write_bytes(samples[name])
    tables = check(read_book(path))
    direct = check(frames_to_book(frames_from(INPUT_FOLDER / name)))
    assert values(tables) == values(direct)
    assert {warning.sheet for warning in tables.warnings} <= {"Discounts"}


def test_a_blank_template_lacks_nothing_but_what_must_be_filled_in(tmp_path):
    path = write_template(tmp_path / "blank.xlsx", blank=True)
    with pytest.raises(WorkbookError) as caught:
        check(read_book(path))
    faults = [problem for problem in caught.value.problems if problem.severity == "fault"]
    places = {(problem.sheet, problem.column) for problem in faults}
    assert ("Settings", "discount_rate") in places
    required = {name for name, table in INPUTS.items() if table.required and not table.vertical}
    assert {sheet for sheet, _ in places} == {"Settings", *required}
    lines = [str(problem) for problem in faults]
    assert "Vendors!A6 holds no row: it is required, so fill in at least one." in lines


@pytest.mark.skipif(
    shutil.which("soffice") is None and "CI" not in os.environ, reason="needs LibreOffice"
)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_save_in_libreoffice_changes_nothing_that_is_read(tmp_path, samples, name):
    source = tmp_path / "book.xlsx"
    source.write_bytes(samples[name])
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(tmp_path / "saved"),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    saved = check(read_book(tmp_path / "saved" / "book.xlsx"))
    assert values(saved) == values(check(read_book(source)))


def values(tables):
    """Settings and rows as plain values; an absent sheet is an empty one."""
    rows = {
        name: [(dict(row), row.over_time) for row in rows]
        for name, rows in tables.sheets.items()
        if rows
    }
    settings = {name: v for name, v in tables.settings.items() if name != "template_version"}
    return settings, rows
