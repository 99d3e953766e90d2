"""LibreOffice, made to compute every formula, comes to the values that stand beside them."""

from __future__ import annotations

import openpyxl
import pytest

from chipfolio.workbook.plan import write_plan
from chipfolio.workbook.verify import verify
from tests.workbook.plans import PLANS, libreoffice

RELATIVE = 1e-9


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recalculated")
    written = {name: write_plan(plan(), folder / f"{name}.xlsx") for name, plan in PLANS.items()}
    saved = libreoffice(*written.values(), into=folder)
    again = {path: openpyxl.load_workbook(path, data_only=True) for path in saved}
    return {
        name: (written[name], path, again[path]) for name, path in zip(written, saved, strict=True)
    }


@pytest.mark.parametrize("name", PLANS)
def test_no_cell_differs_from_what_libreoffice_computes(books, name):
    written, _, again = books[name]
    formulas = openpyxl.load_workbook(written)
    stored = openpyxl.load_workbook(written, data_only=True)
    wrong, count = [], 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                count += 1
                mine = stored[sheet.title][cell.coordinate].value
                theirs = again[sheet.title][cell.coordinate].value
                if not agree(mine, theirs):
                    wrong.append((sheet.title, cell.coordinate, mine, theirs, cell.value))
    assert not wrong, wrong[:10]
    assert count > 1500


def agree(mine: object, theirs: object) -> bool:
    if isinstance(mine, (int, float)) and isinstance(theirs, (int, float)):
        return abs(mine - theirs) <= RELATIVE * max(1.0, abs(mine), abs(theirs))
    return (mine or "") == (theirs or "")


@pytest.mark.parametrize("name", PLANS)
def test_libreoffice_comes_to_the_solvers_objective(books, name):
    saved = books[name][2]
    sheet, _, cell = saved.defined_names["Objective"].attr_text.rpartition("!")
    value = saved[sheet.strip("'")][cell.replace("$", "")].value
    due = PLANS[name]().objective
    assert abs(value - due) <= max(0.01, RELATIVE * abs(due))


def test_a_plan_saved_by_libreoffice_still_bears_its_seal(books):
    result = verify(books["rich"][1])
    assert result.ok, str(result)
