"""A dict of pandas frames, keyed by sheet names, is as good as a workbook."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..checking.blocks import letters_of
from ..checking.raw import RawBook, RawColumn, RawTable
from ..contract.inputs import INPUTS
from ..contract.problems import Problem, fold
from ..errors import WorkbookError
from .areas import CONTRACT_NAMES
from .leftover import list_free_sheet

if TYPE_CHECKING:
    import pandas as pd

FIRST_ROW = 2
"""Row 1 of a sheet holds the column names."""


def frames_to_book(frames: Mapping[str, pd.DataFrame]) -> RawBook:
    """A raw book of frames; what is no contract sheet is listed as ignored."""
    book = RawBook(name="DataFrames", sha256="")
    free: dict[str, pd.DataFrame] = {}
    for key, frame in frames.items():
        title = str(key)
        sheet = CONTRACT_NAMES.get(fold(title))
        if sheet is None:
            free[title] = frame
        elif sheet in book.tables:
            need = f"is given twice, also as {book.tables[sheet].title!r}: keep one of them."
            book.problems.append(Problem(title, "", "", "", need))
        elif not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
            raise WorkbookError(
                [Problem(title, "", "", type(frame).__name__, "is no pandas DataFrame.")]
            )
        elif len(frame.columns) or INPUTS[sheet].required:
            book.tables[sheet] = table_of(frame, sheet, title)
    for title, frame in free.items():
        list_free_sheet(book, title, grid_of(frame))
    book.sha256 = hashlib.sha256(rendering(book).encode()).hexdigest()
    return book


def grid_of(frame: object) -> dict[tuple[int, int], object]:
    """What a frame holds, by row and column as on a sheet; nothing for what is no frame."""
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        return {}
    table = table_of(frame, "", "")
    cells = {(1, at): column.header for at, column in enumerate(table.columns, 1)}
    for number, row in table.rows:
        cells.update({(number, at): value for at, value in enumerate(row, 1)})
    return {at: value for at, value in cells.items() if value is not None}


def table_of(frame: pd.DataFrame, sheet: str, title: str) -> RawTable:
    """One frame as a table: row i is numbered i + 2, letters follow the columns' places."""
    heads = [plain(name) for name in frame.columns]
    values = [[plain(value) for value in frame.iloc[:, at].tolist()] for at in range(len(heads))]
    columns = [
        RawColumn(head, letters_of(at), sum(value is not None for value in (head, *cells)))
        for at, (head, cells) in enumerate(zip(heads, values, strict=True), 1)
    ]
    rows = [list(row) for row in zip(*values, strict=True)]
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    return RawTable(sheet, title, 1, columns, list(enumerate(rows, FIRST_ROW)))


def plain(value: object) -> object:
    """A frame's value as a workbook would hold it: plain Python, None where there is nothing."""
    import pandas as pd

    if isinstance(value, pd.Period):
        return value.start_time.to_pydatetime(warn=False)
    if value is pd.NaT or value is pd.NA or value is None:
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if type(value).__module__ == "numpy" and hasattr(value, "dtype") and not value.shape:
        if value.dtype.kind == "M":
            return plain(pd.Timestamp(value))
        value = value.item()
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        return math.inf  # no number that anything can be reckoned with
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, (bool, int, float, datetime, date, time, timedelta)):
        return value
    return str(value)


def rendering(book: RawBook) -> str:
    """The tables as one text that depends on nothing but what they say."""
    return json.dumps(
        [
            [
                sheet,
                [canonical(column.header) for column in table.columns],
                [[canonical(value) for value in row] for _, row in table.rows],
            ]
            for sheet, table in sorted(book.tables.items())
        ],
        ensure_ascii=True,
        separators=(",", ":"),
    )


def canonical(value: object) -> object:
    """A value as it is hashed: 5 and 5.0 are the same number, a date is its ISO text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (int, float)):
        return repr(float(value))
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)
