"""Rows of a table that are none: sums below it, a heading between its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..contract.problems import fold
from ..contract.schema import SUMS, Table


def no_row(
    table: Table,
    cells: Sequence[object],
    place: Mapping[str, int],
    names: Mapping[str, Mapping[str, str]],
) -> tuple[int, str] | None:
    """Place of the first filled cell of a row that is none, and what it needs; None for a row.

    Told once, in place of a fault for each of its blank cells. ``place`` is where each column
    stands among the ``cells``, ``names`` are those known by sheet.
    """
    filled = [at for at in place.values() if cells[at] is not None]
    first = cells[filled[0]] if filled else None
    if not isinstance(first, str):
        return None
    needed = [column.name for column in table if column.required and column.name in place]
    blank = [name for name in needed if cells[place[name]] is None]
    own = table.column(table.key[0]) if table.key else None
    sheets = own.refers_to.split("|") if own is not None and own.refers_to else []
    unknown = bool(sheets) and not any(fold(first) in names.get(sheet, ()) for sheet in sheets)
    if fold(first) in SUMS and (blank or unknown):
        need = "looks like a row of sums, which no plan needs: delete it, or put it on a sheet "
        return filled[0], need + "of its own."
    if len(filled) == 1 and len(blank) > 1:
        need = f"stands alone in its row: fill {', '.join(blank)}, or move it out of the table."
        return filled[0], need
    return None
