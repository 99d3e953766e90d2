"""Workbooks of every template that was handed out come into the present one; nothing goes lost."""

from __future__ import annotations

import hashlib
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

import chipfolio
from chipfolio.cli import cli
from chipfolio.contract.versions import RECORDS, TEMPLATE_VERSION, columns_of
from chipfolio.errors import LockedError, WorkbookError
from chipfolio.quarters.books import opened
from chipfolio.quarters.difference import differences
from chipfolio.quarters.migrate import migrate, steps
from chipfolio.workbook.template import write_template
from tests.conftest import book

FROZEN = Path(__file__).parent / "frozen"
RELEASED = {"1": "c9c40f68", "2": "d2f56c41"}
"""First digits of the hash of each record that was handed out: such a record never changes.

A change of a sheet or column makes a record differ and this test fail: raise TEMPLATE_VERSION, and
``python -m chipfolio.documents`` writes the next record. To hand that version out, freeze a workbook
of it (``frozen/3.xlsx``) that uses what is new, and add its hash.
"""


def hash_of(version: str) -> str:
    return hashlib.sha256((RECORDS / f"{version}.csv").read_bytes()).hexdigest()[:8]


@pytest.mark.parametrize("version", RELEASED)
def test_a_version_that_was_handed_out_never_changes(version):
    assert hash_of(version) == RELEASED[version], (
        f"version {version} of the template has been handed out: raise TEMPLATE_VERSION instead"
    )


def test_the_present_version_is_the_last_one_handed_out_or_the_next():
    newest = max(map(int, RELEASED))
    assert int(TEMPLATE_VERSION) in (newest, newest + 1)
    assert {path.stem for path in FROZEN.glob("*.xlsx")} == set(RELEASED)


@pytest.mark.parametrize("version", RELEASED)
def test_a_frozen_workbook_of_each_version_comes_over_whole(version, tmp_path):
    old = FROZEN / f"{version}.xlsx"
    before = old.read_bytes()
    done = migrate(old, tmp_path / "new.xlsx")
    assert (done.old_version, done.unplaced, done.formulas) == (version, [], [])
    assert old.read_bytes() == before
    found = differences(opened(old), opened(tmp_path / "new.xlsx"))
    older = version != TEMPLATE_VERSION
    assert [d.item for d in found.inputs] == ["template_version"] * older
    assert not found.notes
    migrate(tmp_path / "new.xlsx", tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "new.xlsx").read_bytes()


def test_each_step_says_what_it_brought():
    brought = " ".join(steps("1"))
    for sheet, columns in columns_of(TEMPLATE_VERSION).items():
        if sheet not in columns_of("1"):
            assert sheet in brought
        else:
            new = set(columns) - set(columns_of("1")[sheet])
            assert all(f"{sheet}.{column}" in brought for column in new)
    assert steps(TEMPLATE_VERSION) == []


def odd(folder: Path) -> Path:
    """A workbook as a team left it: own columns, own sheets, a formula, a date as a heading."""
    path = write_template(
        folder / "old.xlsx", book(Demand="workload, 2027, 2028, 2029\nW, 1, 2, 3")
    )
    made = openpyxl.load_workbook(path)
    settings, offers, demand = made["Settings"], made["Offers"], made["Demand"]
    last = settings.max_row + 1
    settings[f"A{last}"], settings[f"B{last}"] = "lucky_number", 7
    wide = offers.max_column + 1
    offers.cell(5, wide, "colour").value, offers.cell(6, wide).value = "colour", "blue"
    offers["E6"] = "=5*2"  # never calculated, so it has no value to carry over
    demand["B6"] = "asked by Ann"
    row = next(cell.row for cell in made["Guide"]["B"] if cell.value == "Owner of this workbook")
    made["Guide"][f"C{row}"] = "Ann"
    own = made.create_sheet("Our workings")
    own["B3"], own["C3"], own["D4"] = "units", 12.5, "=C3*2"
    del made["Settings"].tables["Settings"], made["Offers"].tables["Offers"]
    made.save(path)
    return path


def test_what_has_no_place_is_listed_cell_by_cell_and_free_sheets_are_carried(tmp_path):
    old = odd(tmp_path)
    done = migrate(old, tmp_path / "new.xlsx")
    said = [str(cell) for cell in done.unplaced]
    for what in ("'lucky_number = 7' is a setting", "'blue' stands under 'colour'"):
        assert any(what in one for one in said)
    assert {"Offers!E6", "Our workings!D4"} <= {cell.place for cell in done.unplaced}
    assert len(said) == 4
    assert done.formulas == []
    new = openpyxl.load_workbook(tmp_path / "new.xlsx")
    assert (new["Our workings"]["B3"].value, new["Our workings"]["C3"].value) == ("units", 12.5)
    assert new["Demand"]["B6"].value == "asked by Ann"
    assert "Ann" in [cell.value for cell in new["Guide"]["C"]]


def test_formulas_become_their_values_and_are_listed(tmp_path, monkeypatch):
    path = write_template(tmp_path / "old.xlsx", book())
    formulas = {("Offers", 6, 5): "=5*2"}
    monkeypatch.setattr("chipfolio.quarters.migrate.formulas_of", lambda _: formulas)
    done = migrate(path, tmp_path / "new.xlsx")
    assert [str(cell) for cell in done.formulas] == [
        "Offers!E6 '=5*2' is a formula: its value was taken"
    ]
    assert opened(tmp_path / "new.xlsx").tables.rows("Offers")[0]["price"] == 10


def test_a_newer_template_is_refused_by_migrate_and_by_check(tmp_path):
    path = write_template(tmp_path / "old.xlsx", book(template_version=int(TEMPLATE_VERSION) + 1))
    for act in (chipfolio.read, lambda it: migrate(it, tmp_path / "new.xlsx")):
        with pytest.raises(WorkbookError, match="is newer than"):
            act(path)
    assert not (tmp_path / "new.xlsx").exists()
    run = CliRunner().invoke(cli, ["migrate", str(path)])
    assert run.exception.exit_code == 2


def test_the_new_workbook_never_takes_the_place_of_another_file(tmp_path):
    path = write_template(tmp_path / "old.xlsx", book())
    run = CliRunner().invoke(cli, ["migrate", str(path)])
    assert run.exit_code == 0, run.output
    assert f"written: {tmp_path}/old-v{TEMPLATE_VERSION}.xlsx" in run.output
    with pytest.raises(LockedError, match="exists already"):
        migrate(path, tmp_path / f"old-v{TEMPLATE_VERSION}.xlsx")
