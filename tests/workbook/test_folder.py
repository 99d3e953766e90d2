"""Sample data as CSV: numbers are numbers, a stray file is named."""

from pathlib import Path

import pytest

from chipfolio.checking.check import check
from chipfolio.contract.inputs import INPUTS
from chipfolio.errors import WorkbookError
from chipfolio.workbook.folder import file_name, frames_from
from chipfolio.workbook.frames import frames_to_book

INPUT_FOLDER = Path(__file__).parents[2] / "inputs"
FOLDERS = ("quickstart", "frontier_lab")


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_row_has_a_note_and_a_source_column(folder):
    for sheet, frame in frames_from(INPUT_FOLDER / folder).items():
        assert list(frame.columns[-2:]) == ["note", "source"], sheet
        assert len(frame) > 0, sheet


def test_the_quickstart_passes_the_check_without_a_word():
    assert check(frames_to_book(frames_from(INPUT_FOLDER / "quickstart"))).warnings == []


def test_the_frontier_lab_is_warned_of_nothing_but_its_steep_discount():
    warnings = check(frames_to_book(frames_from(INPUT_FOLDER / "frontier_lab"))).warnings
    assert [(warning.sheet, warning.value) for warning in warnings] == [("Discounts", "300000")]


def test_the_frontier_lab_is_a_tree_of_six_futures():
    scenarios = check(frames_to_book(frames_from(INPUT_FOLDER / "frontier_lab"))).scenarios
    assert [row["scenario"][:2] for row in scenarios] == ["S1", "S2", "S3", "S4", "S5", "S6"]
    assert [row["branches_from"] for row in scenarios] == [None] + ["S1 base"] * 5
    assert sum(row["probability"] for row in scenarios) == pytest.approx(1)


def test_cells_become_what_their_column_takes(tmp_path):
    (tmp_path / "settings.csv").write_text("name,value,note\nperiods,8,2\nplan_name,2027,\n")
    (tmp_path / "demand.csv").write_text("workload,2027Q1,note\n7,1.5,\n")
    (tmp_path / "timeline.csv").write_text("sheet,item,column,2027Q1\nOffers,A,max_order,none\n")
    (tmp_path / "scenario_changes.csv").write_text(
        "scenario,sheet,item,operation,value\nS,Demand,all,multiply,1.2\nS,X,y,set,no\n"
    )
    frames = frames_from(tmp_path)
    assert list(frames) == ["Settings", "Demand", "Timeline", "Scenario changes"]
    assert frames["Settings"].to_numpy().tolist() == [
        ["periods", 8, "2"],
        ["plan_name", "2027", None],
    ]
    assert frames["Demand"].iloc[0].tolist() == ["7", 1.5, None]
    assert frames["Timeline"].iloc[0].tolist()[-1] == "none"
    assert frames["Scenario changes"]["value"].tolist() == [1.2, "no"]


def test_a_file_that_is_no_sheet_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "offer.csv").write_text("offer\n")
    with pytest.raises(WorkbookError, match=r"offer\.csv is no sheet.*'offers\.csv'"):
        frames_from(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(WorkbookError, match="holds no CSV files"):
        frames_from(tmp_path)


def test_files_are_named_after_their_sheets():
    assert file_name("Committed orders") == "committed_orders.csv"
    assert len({file_name(sheet) for sheet in INPUTS}) == len(INPUTS)
