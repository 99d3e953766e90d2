"""Sheets that are none of the contract's: the team's own pages, carried along and compared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from openpyxl.workbook import Workbook

from ..checking.cells import as_text
from .preflight import preflight
from .read import blank, load
from .template_guide import COVER

OURS = ("Guide", "Lists")
"""Sheets that the template writes beside the contract's: they say nothing about a plan."""
Cells = dict[tuple[int, int], object]
"""Values by (row, column), both counted from 1."""


def free_sheets(path: Path, titles: Iterable[str]) -> dict[str, Cells]:
    """Filled cells of the sheets named ``titles``, less those that the template itself writes."""
    wanted = [title for title in titles if title not in OURS]
    if not wanted:
        return {}
    book = load(preflight(path), data_only=True)
    return {title: cells_of(book, title) for title in wanted}


def cells_of(book: Workbook, title: str) -> Cells:
    """Filled cells of a sheet; none of a chart sheet."""
    stored = getattr(book[title], "_cells", {})
    return {at: stored[at].value for at in sorted(stored) if not blank(stored[at].value)}


def rows_of(cells: Cells) -> list[tuple[str, ...]]:
    """Rows as the texts of their filled cells, wherever on the sheet they stand."""
    rows: dict[int, list[str]] = {}
    for (row, _), value in cells.items():
        rows.setdefault(row, []).append(as_text(value))
    return [tuple(row) for row in rows.values()]


def cover_of(path: Path) -> dict[str, object]:
    """What was answered on the template's first sheet, by the lines of COVER."""
    book = load(preflight(path), data_only=True)
    if OURS[0] not in book.sheetnames:
        return {}
    cells = cells_of(book, OURS[0])
    return {
        str(value): cells[row, column + 1]
        for (row, column), value in cells.items()
        if value in COVER and (row, column + 1) in cells
    }
