"""Sheets that are none of the contract's: the team's own pages, read only to be compared."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..checking.cells import as_text
from .preflight import preflight
from .read import blank, load

OURS = ("Guide", "Lists")
"""Sheets that the template writes beside the contract's: they say nothing about a plan."""


def free_sheets(path: Path, titles: Iterable[str]) -> dict[str, list[tuple[str, ...]]]:
    """Rows of the sheets named ``titles``, each the texts of its filled cells, blank rows left out.

    Sheets that the template itself writes are left out too.
    """
    wanted = [title for title in titles if title not in OURS]
    if not wanted:
        return {}
    book = load(preflight(path), data_only=True)
    found = {}
    for title in wanted:
        rows: dict[int, dict[int, str]] = {}
        for (row, column), cell in getattr(book[title], "_cells", {}).items():
            if not blank(cell.value):
                rows.setdefault(row, {})[column] = as_text(cell.value)
        found[title] = [tuple(rows[at][c] for c in sorted(rows[at])) for at in sorted(rows)]
    return found
