"""The plan workbook keeps the rules of good modelling: one row one formula, no hidden constants."""

from __future__ import annotations

import re
import zipfile

import openpyxl
import openpyxl.utils
import pytest

from chipfolio.contract.outputs import OUTPUTS
from chipfolio.workbook.plan import write_plan
from chipfolio.workbook.planbook.draw import HELPERS
from chipfolio.workbook.planbook.functions import FUNCTIONS
from chipfolio.workbook.planbook.looks import shown_width
from chipfolio.workbook.planbook.sheets import FIRST, TOP, Book, Sheet
from tests.workbook.plans import PLANS, computed

CONSTANTS = {"0", "1", "12", "100", "1000"}
TOKENS = re.compile(r"""("(?:[^"]|"")*")|('(?:[^']|'')*'!)|(\$?[A-Z]{1,3}\$?\d+)|(\d+\.?\d*)""")
LONGEST = 900
"""A formula's length, sheet names included."""


@pytest.fixture(scope="module", params=PLANS)
def model(request):
    return computed(PLANS[request.param]())


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_plan(PLANS["plain"](), tmp_path_factory.mktemp("lint") / "plan.xlsx")


def formulas(model):
    for sheet in model.book.sheets.values():
        for (row, column), formula in sheet.formulas.items():
            yield sheet, row, column, formula


def test_one_row_has_one_formula(model):
    for sheet in model.book.sheets.values():
        if not sheet.timeline:
            continue
        for row in {row for row, column in sheet.formulas if column >= FIRST and row >= TOP}:
            of_row = {id(f) for (r, c), f in sheet.formulas.items() if r == row and c >= FIRST}
            constants = [c for r, c in sheet.values
                         if r == row and c >= FIRST and (r, c) not in sheet.formulas]  # fmt: skip
            assert len(of_row) == 1 and not constants, f"{sheet.name} row {row + 1}"


def test_a_row_of_a_list_reads_like_the_one_above(model):
    ledger = model.sheet("Ledger")
    for column in {column for _, column in ledger.formulas}:
        if ledger.values.get((TOP - 1, column)) in ("units", "unit price"):
            continue
        assert len({id(f) for (_, c), f in ledger.formulas.items() if c == column}) == 1


def test_no_constant_hides_in_a_formula(model):
    for sheet, row, column, formula in formulas(model):
        text = formula.text(row, column)
        for match in TOKENS.finditer(text):
            number = match[4]
            assert number is None or number in CONSTANTS, f"{sheet.name}: {text} holds {number}"


def test_formulas_use_only_functions_of_excel_2010(model):
    for sheet, row, column, formula in formulas(model):
        text = re.sub(r'"[^"]*"', "", formula.text(row, column))
        used = set(re.findall(r"([A-Za-z_.]+)\(", text))
        assert used <= {*FUNCTIONS, "_xlfn.ISFORMULA"}, f"{sheet.name}: {text}"
        if "_xlfn.ISFORMULA" in used:
            assert sheet.name == "Formulas" and text.startswith("=IFERROR(")
        assert len(text) <= LONGEST, f"{sheet.name}: {len(text)} characters in {text}"


def test_a_formula_filled_over_cells_is_read_once():
    book = Book()
    sheet = book.add(Sheet("S", "plan", "S"))
    first = book.read("=B$1*$C2+D5+'A1 b'!$E$9&\"A1\"", sheet, 1, 1)
    filled = book.read("=F$1*$C8+H11+'A1 b'!$E$9&\"A1\"", sheet, 7, 5)
    assert filled is first
    assert first.text(7, 5) == "=F$1*$C8+H11+'A1 b'!$E$9&\"A1\""
    others = ["=F$2*$C8", "=F$1*$D8", "=F$1*$C9", "=F$1*$C$8", '="A1"&F8', '="A2"&F8']
    assert len({id(book.read(text, sheet, 7, 5)) for text in others}) == len(others)
    assert book.read('="A2"&F8', sheet, 7, 5) is not book.read('="A1"&F7', sheet, 6, 5)


def test_every_formula_has_a_value_and_none_an_error(model):
    for sheet, row, column, formula in formulas(model):
        value = sheet.values.get((row, column))
        assert value is not None, f"{sheet.name} {formula.text(row, column)}"
        assert not str(value).startswith("#"), f"{sheet.name} {formula.text(row, column)}: {value}"


def test_numbers_over_time_have_a_unit(model):
    for sheet in model.book.sheets.values():
        if sheet.timeline:
            for row in {row for row, column in sheet.looks if column >= FIRST and row >= TOP}:
                if sheet.looks[row, FIRST][0] != "section" and sheet.name != "Chart data":
                    assert sheet.values.get((row, 3)), f"{sheet.name} row {row + 1}"


def test_periods_stand_in_the_same_columns(model):
    labels = model.facts.calendar.labels
    for sheet in model.book.sheets.values():
        if sheet.timeline and sheet.name != "By year":
            heads = [sheet.values[TOP - 1, FIRST + at] for at in range(len(labels))]
            assert heads == labels


def test_inputs_look_like_inputs_and_formulas_do_not(model):
    for sheet in model.book.sheets.values():
        for place, (role, _) in sheet.looks.items():
            if place in sheet.formulas:
                assert role not in ("input", "solved"), (sheet.name, place)


def test_every_number_fits_its_column(model):
    from chipfolio.workbook.planbook.sheets import fit

    for sheet in model.book.sheets.values():
        fit(sheet)
        for (row, column), (role, kind) in sheet.looks.items():
            value = sheet.values.get((row, column))
            if isinstance(value, float) and row >= TOP and role != "big":
                room = sheet.widths.get(column, 8.4)
                assert shown_width(value, kind) <= room, f"{sheet.name} {row + 1},{column}: {value}"


def test_every_sheet_shows_the_master_check(model):
    for sheet in model.book.sheets.values():
        if sheet.kind != "log":
            assert str(sheet.values[1, 0]).startswith("All "), sheet.name


def test_only_helpers_are_hidden_and_nothing_is_linked_or_protected(file):
    workbook = openpyxl.load_workbook(file)
    states = {sheet.title: sheet.sheet_state for sheet in workbook}
    hidden = [name for name, state in states.items() if state != "visible"]
    assert hidden == list(HELPERS) == list(states)[-len(HELPERS) :]  # last, and told in the guide
    assert {states[name] for name in HELPERS} == {"hidden"}
    guide = " ".join(str(cell.value) for row in workbook["Guide"] for cell in row)
    assert "Unhide" in guide and all(name in guide for name in HELPERS)
    assert not any(sheet.protection.sheet for sheet in workbook)
    assert not any(sheet.merged_cells.ranges for sheet in workbook)
    with zipfile.ZipFile(file) as parts:
        assert not [name for name in parts.namelist() if "externalLink" in name or "vba" in name]


def test_helper_columns_are_grouped_and_do_not_print(file):
    workbook = openpyxl.load_workbook(file)
    for name in ("Orders", "Cash", "Rules"):
        sheet, declared = workbook[name], len(OUTPUTS[name].names)
        area = sheet.print_area.rpartition("!")[2].replace("$", "")
        assert area.startswith("A1:") and openpyxl.utils.range_boundaries(area)[2] == declared
        grouped = [c for c, d in sheet.column_dimensions.items() if d.outlineLevel == 1]
        assert min(openpyxl.utils.column_index_from_string(c) for c in grouped) == declared + 1


def test_sheets_print_across_one_page_with_heads(file):
    workbook = openpyxl.load_workbook(file)
    for sheet in workbook:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert "Confidential" in str(sheet.oddFooter.left.text)
