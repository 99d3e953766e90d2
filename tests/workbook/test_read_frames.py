"""A dict of frames is as good as a workbook."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from awkward_books import read, saved, small_book
from small_books import frames

from chipfolio.checking.blocks import letters_of
from chipfolio.checking.check import check
from chipfolio.errors import WorkbookError
from chipfolio.workbook.frames import frames_to_book, plain


def test_frames_and_a_workbook_give_the_same_tables(tmp_path):
    by_frames = check(frames_to_book(frames()))
    by_book = read(saved(small_book(), tmp_path))
    assert by_frames.sheets == by_book.sheets
    assert by_frames.settings == by_book.settings
    assert by_frames.calendar == by_book.calendar
    assert by_frames.rows("Offers")[1].cell("price") == by_book.rows("Offers")[1].cell("price")


def test_row_numbers_and_letters_are_those_of_a_sheet_with_a_header_in_row_one():
    table = frames_to_book(frames()).tables["Offers"]
    assert [number for number, _ in table.rows] == [2, 3, 4]
    assert [column.letter for column in table.columns] == list("ABCDEFGH")
    assert (table.title, table.header_row) == ("Offers", 1)


@pytest.mark.parametrize(
    ("column", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (702, "ZZ"), (703, "AAA")]
)
def test_letters_are_those_of_a_spreadsheet(column, letters):
    assert letters_of(column) == letters


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (None, None),
        (float("nan"), None),
        (np.nan, None),
        (pd.NaT, None),
        (pd.NA, None),
        (np.datetime64("NaT"), None),
        (np.float64("nan"), None),
        ("", None),
        ("  ", None),
        (np.int64(7), 7),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("x"), "x"),
        (True, True),
        (Decimal("1.5"), 1.5),
        (10**400, float("inf")),
        (pd.Timestamp("2027-02-03"), datetime(2027, 2, 3)),
        (pd.Timestamp("2027-02-03 00:00:00.000000001"), datetime(2027, 2, 3)),
        (np.datetime64("2027-02-03"), datetime(2027, 2, 3)),
        (date(2027, 2, 3), date(2027, 2, 3)),
        (pd.Period("2027Q1"), datetime(2027, 1, 1)),
        (pd.Period("2027-05", "M"), datetime(2027, 5, 1)),
        ("text", "text"),
        ((1, 2), "(1, 2)"),
    ],
)
def test_values_become_plain(value, wanted):
    found = plain(value)
    assert found == wanted
    assert type(found) is type(wanted)


def test_period_columns_and_values_are_read():
    book = frames()
    book["Demand"].columns = ["workload", *pd.period_range("2027Q1", periods=4, freq="Q")]
    book["Offers"]["first_order"] = pd.Series([pd.Period("2027Q2"), None, pd.NaT], dtype=object)
    found = check(frames_to_book(book))
    assert found.rows("Demand")[0].over_time == {0: 0, 1: 100, 2: 150, 3: 200}
    assert [row["first_order"] for row in found.rows("Offers")] == [1, None, None]


def test_categories_dates_and_integers_with_gaps_are_read():
    book = frames()
    book["Offers"]["acquisition"] = book["Offers"]["acquisition"].astype("category")
    book["Offers"]["lead_time"] = pd.array([1, None, 0], dtype="Int64")
    book["Offers"]["first_order"] = pd.to_datetime(["2027-02-01", None, None])
    found = check(frames_to_book(book)).rows("Offers")
    assert [row["lead_time"] for row in found] == [1, 0, 0]
    assert [row["first_order"] for row in found] == [0, None, None]


def test_the_hash_depends_on_what_is_said_and_on_nothing_else():
    first = frames_to_book(frames()).sha256
    shuffled = dict(reversed(frames().items()))
    assert frames_to_book(shuffled).sha256 == first
    integers = frames()
    integers["Demand"] = integers["Demand"].astype({"2027Q1": int})
    assert frames_to_book(integers).sha256 == first
    assert frames_to_book({**frames(), "Diary": pd.DataFrame({"a": [1]})}).sha256 == first
    changed = frames()
    changed["Offers"].loc[0, "price"] = 30001.0
    assert frames_to_book(changed).sha256 != first
    assert len(first) == 64


def test_frames_are_left_as_they_were():
    book, same = frames(), frames()
    frames_to_book(book)
    for name, frame in book.items():
        pd.testing.assert_frame_equal(frame, same[name])


def test_unknown_sheets_are_listed_and_near_ones_named():
    anything = pd.DataFrame({"a": [1]})
    book = frames_to_book({**frames(), "Diary": anything, "Share rule": anything})
    assert book.ignored_sheets == ["Diary", "Share rule"]
    assert [str(problem) for problem in book.problems] == [
        "Share rule is no sheet of the contract and is not read. Did you mean 'Share rules'?"
    ]


def test_sheet_names_are_compared_without_case_and_outer_blanks():
    book = {name.upper() + " ": frame for name, frame in frames().items()}
    assert check(frames_to_book(book)).rows("Sites")


def test_a_sheet_given_twice_is_a_fault():
    book = frames()
    book["offers"] = book["Offers"]
    with pytest.raises(WorkbookError, match="offers is given twice, also as 'Offers'"):
        check(frames_to_book(book))


def test_what_is_no_frame_is_a_fault():
    with pytest.raises(WorkbookError, match="Offers 'list' is no pandas DataFrame"):
        frames_to_book({**frames(), "Offers": [1, 2]})


def test_an_empty_frame_of_an_optional_sheet_is_a_feature_switched_off():
    assert check(frames_to_book({**frames(), "Discounts": pd.DataFrame()})).warnings == []


def test_empty_trailing_rows_are_no_rows():
    book = frames()
    book["Offers"].loc[3] = None
    book["Offers"].loc[4] = np.nan
    assert len(frames_to_book(book).tables["Offers"].rows) == 3


def test_a_column_twice_is_a_fault_at_its_cell():
    book = frames()
    book["Sites"].columns = ["site", "country", "power_mw", "pue", "pue"]
    with pytest.raises(WorkbookError, match="Sites!E1 pue: stands twice in the sheet"):
        check(frames_to_book(book))


def test_reading_a_workbook_needs_no_pandas(tmp_path):
    path = saved(small_book(), tmp_path)
    code = (
        "import sys; from chipfolio.workbook.read import read_book; "
        f"read_book({str(path)!r}); assert 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
