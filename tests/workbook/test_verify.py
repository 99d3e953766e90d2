"""Damage to a plan workbook is told: by its own checks, by `verify`, or by both."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from chipfolio.errors import WorkbookError
from chipfolio.workbook.plan import write_plan
from chipfolio.workbook.planbook.seal import SHEET
from chipfolio.workbook.planbook.sheets import FIRST, TOP
from chipfolio.workbook.verify import VerifyResult, compare_seal, verify, verify_plan
from tests.workbook.plans import computed, edited, plain_plan, recompute


def orders(units: float):
    def change(model):
        sheet = model.sheet("Orders")
        sheet.values[TOP, sheet.columns["units"]] += units

    return change


def rate(column: str, factor: float, at: int = 1):
    def change(model):
        future = model.futures[0]
        first, _ = model.spans["Rates", future.name, column]
        sheet = model.sheet("Rates")
        for place in range(model.count):
            sheet.values[first, FIRST + place] *= factor

    return change


def scalar(name: str, by: float):
    def change(model):
        sheet, row, column = model.book.names[name]
        model.book.sheets[sheet].values[row, column] += by

    return change


def cell(sheet: str, column: str, value: object, row: int = TOP):
    def change(model):
        cells = model.sheet(sheet)
        cells.values[row, cells.columns[column]] = value
        cells.formulas.pop((row, cells.columns[column]), None)

    return change


def overwrite(value):
    """A formula of the cash flow gives way to a value."""

    def change(model):
        row = model.row("Cash flow", model.futures[0], "energy")
        sheet = model.sheet("Cash flow")
        place = (row, FIRST + 1)
        seen = sheet.values[place]
        del sheet.formulas[place]
        sheet.values[place] = seen if value is None else seen * value

    return change


def other_formula(model):
    row = model.row("Cash flow", model.futures[0], "energy")
    sheet = model.sheet("Cash flow")
    sheet.values.pop((row, FIRST))
    model.book.set(sheet, row, FIRST, f"=J{row + 1}*1", "money")


def equal_formula(model):
    """Another formula that comes to the very same value."""
    row = model.row("Time", None, "factor")
    sheet = model.sheet("Time")
    text = sheet.formulas[row, FIRST].text(row, FIRST)
    sheet.values.pop((row, FIRST))
    model.book.set(sheet, row, FIRST, text + "+0", "factor")


def row_inserted(model):
    sheet = model.sheet("Service")
    move = lambda cells: {(r + 1 if r > TOP + 1 else r, c): v for (r, c), v in cells.items()}  # noqa: E731
    sheet.values, sheet.formulas, sheet.looks = map(
        move, (sheet.values, sheet.formulas, sheet.looks)
    )


def renamed(model):
    sheet, row, column = model.book.names["DiscountRate"]
    model.book.names["DiscountRate"] = (sheet, row + 1, column)


def served_less(model):
    sheet = model.sheet("Usage")
    sheet.values[TOP, sheet.columns["units"]] -= 5.0


DAMAGES = {
    "one lot more": orders(8.0),
    "half a lot more": orders(4.0),
    "a lot less": orders(-8.0),
    "a price 1 % up": rate("price", 1.01),
    "a throughput 1 % down": rate("throughput", 0.99),
    "a demand 1 % up": rate("demand", 1.01),
    "a power limit halved": rate("power_mw", 0.5),
    "an energy price doubled": rate("energy_price", 2.0),
    "the discount rate": scalar("DiscountRate", 0.001),
    "the hours of a year": scalar("HoursPerYear", -24.0),
    "a unit used less": served_less,
    "a formula overwritten with another value": overwrite(1.02),
    "a formula overwritten with its own value": overwrite(None),
    "a formula overwritten with another": other_formula,
    "a formula overwritten with an equal one": equal_formula,
    "a number typed as text": cell("Ledger", "paid before", "none at all"),
    "an availability": cell("Lines", "availability", 0.2),
    "a life": cell("Ledger", "leaves t", 5.0),
    "a name in a table": cell("Orders", "seller", "Someone else"),
    "the solver's objective": scalar("SolverObjective", 1.0),
    "a row inserted": row_inserted,
    "a defined name moved": renamed,
    "a check silenced": cell("Checks", "fails", 0.0),
}
BY_SEAL_ALONE = {
    "a formula overwritten with an equal one",
    "a name in a table",
    "a check silenced",
}
"""What no figure shows: only `verify` can tell."""


@pytest.fixture(scope="module")
def whole():
    """A computed and sealed model, and how to bring it back after damage."""
    model = computed(plain_plan())
    sheets = {
        name: (dict(sheet.values), dict(sheet.formulas), dict(sheet.looks))
        for name, sheet in model.book.sheets.items()
    }
    names = dict(model.book.names)

    def restore():
        for name, (values, formulas, looks) in sheets.items():
            sheet = model.book.sheets[name]
            sheet.values, sheet.formulas, sheet.looks = dict(values), dict(formulas), dict(looks)
        model.book.names = dict(names)

    return model, restore


def broken_seals(model) -> list:
    """What `verify` says of the seal."""
    book, sheet = model.book, model.sheet(SHEET)
    sealed = [
        (str(sheet.values[row, 0]), int(sheet.values[row, 1]), str(sheet.values[row, 2]))
        for row in range(TOP, sheet.row)
    ]
    names = {name: book.sheets[s].address(r, c) for name, (s, r, c) in book.names.items()}
    return list(compare_seal(book, names, sealed, VerifyResult(Path("plan.xlsx"))))


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told(damage, whole):
    model, restore = whole
    restore()
    assert not broken_seals(model)
    DAMAGES[damage](model)
    recompute(model)
    assert broken_seals(model), damage
    master = str(model.book.value("Checks", 1, 0))
    assert master.startswith("CHECKS FAIL") != (damage in BY_SEAL_ALONE), (damage, master)
    restore()


@pytest.mark.parametrize("damage", ["half a lot more", "a price 1 % up", "a check silenced"])
def test_damage_is_told_of_a_file(damage, tmp_path):
    assert verify_plan(edited(plain_plan(), DAMAGES[damage], tmp_path / "plan.xlsx"))


def test_a_value_stored_falsely_beside_its_formula_is_told(tmp_path):
    def change(model):
        row = model.row("Cash flow", model.futures[0], "all cash")
        model.sheet("Cash flow").values[row, FIRST] += 1000.0

    path = edited(plain_plan(), change, tmp_path / "plan.xlsx", again=False)
    (problem, *_) = verify_plan(path)
    assert problem.sheet == "Cash flow"
    assert "the formula comes to" in problem.need


def test_a_changed_cell_is_named(tmp_path):
    path = edited(plain_plan(), cell("Orders", "seller", "Someone else"), tmp_path / "plan.xlsx")
    (problem,) = verify_plan(path)
    assert (problem.sheet, problem.cell, problem.value) == ("Orders", "C6", "Someone else")


def test_a_row_put_in_is_told_as_such(tmp_path):
    path = edited(plain_plan(), row_inserted, tmp_path / "plan.xlsx")
    assert any("1 row put in at row 8" in str(problem) for problem in verify_plan(path))


def test_a_sheet_that_is_gone_is_named(tmp_path):
    path = write_plan(plain_plan(), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    del book["Ledger"]
    book.save(path)
    assert any("Ledger is gone" in str(problem) for problem in verify_plan(path))


def test_a_plan_without_its_seal_is_told(tmp_path):
    path = write_plan(plain_plan(), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    del book[SHEET]
    book.save(path)
    (problem,) = verify_plan(path)
    assert "no sheet named Seal" in problem.need


def test_a_seal_whose_rows_are_no_numbers_is_told(tmp_path):
    path = write_plan(plain_plan(), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    book[SHEET].cell(TOP + 3, 2).value = "abc"  # the first row of a sheet
    book.save(path)
    assert any(problem.sheet == SHEET for problem in verify_plan(path))


def test_a_plan_saved_without_values_is_told_once(tmp_path):
    # openpyxl keeps formulas and drops what they came to: nothing is false, nothing is there
    path = write_plan(plain_plan(), tmp_path / "plan.xlsx")
    openpyxl.load_workbook(path).save(path)
    (problem,) = verify_plan(path)
    assert problem.need.endswith("open it in Excel and save it")


def test_a_plan_as_written_holds(tmp_path):
    result = verify(write_plan(plain_plan(), tmp_path / "plan.xlsx"))
    assert result.ok, str(result)
    assert str(result).startswith("plan.xlsx is as it was written: ")
    assert result.formulas > 1500
    assert result.checks > 70


def test_what_is_no_plan_is_refused_in_words(tmp_path):
    book = openpyxl.Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(WorkbookError, match="is no plan workbook"):
        verify_plan(tmp_path / "other.xlsx")
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    with pytest.raises(WorkbookError, match="cannot be read as an Excel workbook"):
        verify_plan(tmp_path / "broken.xlsx")
    with pytest.raises(WorkbookError, match="is not there"):
        verify_plan(tmp_path / "absent.xlsx")


def test_computing_again_changes_nothing():
    model = computed(plain_plan())
    before = {name: dict(sheet.values) for name, sheet in model.book.sheets.items()}
    recompute(model)
    assert before == {name: dict(sheet.values) for name, sheet in model.book.sheets.items()}


def test_scenarios_side_by_side_are_no_plan_and_it_is_said_what_to_verify_instead(tmp_path):
    from chipfolio.workbook.planbook.comparison import CARDS, comparison_book

    path = tmp_path / "lab-scenarios.xlsx"
    card = {"scenario": "Base", "section": "Result", "item": "Plan", "value": None, "unit": "",
            "text": "Lab"}  # fmt: skip
    path.write_bytes(comparison_book({CARDS: [card]}))
    with pytest.raises(WorkbookError, match="solve one with --scenario NAME and give verify its"):
        verify(path)
