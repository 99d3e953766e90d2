"""A folder of CSV files, one per contract sheet, as frames: sample data in a form that diffs."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.inputs import INPUTS
from ..contract.problems import Problem, near_match
from ..contract.schema import NUMERIC, Column, Kind
from ..errors import WorkbookError

if TYPE_CHECKING:
    import pandas as pd

FREE_VALUES = {("Scenario changes", "value")}
"""Columns declared as text whose cells hold numbers all the same."""


def file_name(sheet: str) -> str:
    """Name of a sheet's file: ``Committed orders`` is ``committed_orders.csv``."""
    return sheet.lower().replace(" ", "_") + ".csv"


def frames_from(folder: str | os.PathLike[str]) -> dict[str, pd.DataFrame]:
    """Frames by sheet name, in the contract's order; numbers are numbers, empty cells are blank.

    WorkbookError where a CSV file bears no sheet's name; folders inside are not read.
    """
    import pandas as pd

    folder = Path(folder)
    sheets = {file_name(sheet): sheet for sheet in INPUTS}
    found = sorted(path.name for path in folder.glob("*.csv"))
    problems = [
        Problem(name, "", "", "", "is no sheet of the contract.", near_match(name, sheets))
        for name in found
        if name not in sheets
    ]
    if problems or not found:
        nothing = Problem(str(folder), "", "", "", "holds no CSV files.")
        raise WorkbookError(problems or [nothing])
    return {
        sheet: typed(pd.read_csv(folder / name, dtype=str, keep_default_na=False), sheet)
        for name, sheet in sheets.items()
        if name in found
    }


def typed(frame: pd.DataFrame, sheet: str) -> pd.DataFrame:
    """The frame of texts with numbers where the contract takes numbers, None where it is blank."""
    import pandas as pd

    table = INPUTS[sheet]
    declared = {column.name: column for column in table}

    def cell(text: str, name: str, row: int) -> object:
        if table.vertical and name == "value":
            column = declared.get(frame["name"].iloc[row])
            return value_of(text, numeric=column is not None and takes_numbers(column))
        if name in declared:
            numeric = takes_numbers(declared[name]) or (sheet, name) in FREE_VALUES
            return value_of(text, numeric)
        return value_of(text, numeric=table.wide and not name.startswith(("note", "source")))

    values = {
        name: [cell(text, name, row) for row, text in enumerate(frame[name])] for name in frame
    }
    return pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in values.items()})


def takes_numbers(column: Column) -> bool:
    """Whether a column's cells hold numbers; a choice among numbers does too."""
    return column.kind in NUMERIC or (
        column.kind is Kind.CHOICE and all(choice.isdigit() for choice in column.choices)
    )


def value_of(text: str, numeric: bool) -> object:
    """A CSV cell as a value: None where blank, a number where it is one and one is wanted."""
    if not text.strip():
        return None
    if numeric:
        try:
            number = float(text)
        except ValueError:
            return text
        if math.isfinite(number):
            return int(number) if number.is_integer() else number
    return text
