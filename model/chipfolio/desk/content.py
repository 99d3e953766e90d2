"""What a workbook says to the model: a mark that changes only when the plan may change."""

from __future__ import annotations

import json
from pathlib import Path

from ..checking.check import check
from ..checking.raw import RawBook, RawTable
from ..contract.problems import fold
from ..errors import WorkbookError
from ..runs.manifest import sha256
from ..tables import Tables
from ..workbook.frames import rendering
from ..workbook.read import read_book


def mark_of(path: Path) -> str:
    """A mark of what ``read`` hands to the model, whatever the file's bytes.

    Where Settings has a value for solve_now, it is the mark of that value alone. A workbook with
    faults is marked by all its cells. WorkbookError or LockedError where it cannot be opened.
    """
    raw = read_book(path)
    asked = solve_now(raw)
    if asked is not None:
        return f"solve_now {sha256(str(asked).encode())}"
    try:
        return sha256(said(check(raw)).encode())
    except WorkbookError:
        return f"faults {sha256(rendering(raw).encode())}"


def solve_now(raw: RawBook) -> object:
    """The value of solve_now; None where there is none."""
    table: RawTable | None = raw.tables.get("Settings")
    if table is None:
        return None
    heads = [fold(column.header) for column in table.columns]
    if "name" not in heads or "value" not in heads:
        return None
    name, value = heads.index("name"), heads.index("value")
    return next((row[value] for _, row in table.rows if fold(row[name]) == "solve_now"), None)


def said(tables: Tables) -> str:
    """All that checked tables hand to the model, as one text."""
    sheets = {
        name: [[dict(row), sorted(row.over_time.items())] for row in rows]
        for name, rows in tables.sheets.items()
        if rows
    }
    return json.dumps([tables.settings, vars(tables.calendar), sheets], sort_keys=True, default=str)
