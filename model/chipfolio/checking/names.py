"""Names by sheet, read before any row, so that references can be looked up in any order."""

from __future__ import annotations

from ..contract.inputs import INPUTS
from ..contract.problems import fold
from .cells import as_text
from .raw import RawBook


def names_in(book: RawBook) -> tuple[dict[str, dict[str, str]], set[str]]:
    """Names in each sheet's first key column, by their folded form, and sheets with a row whose
    name is at fault."""
    found: dict[str, dict[str, str]] = {}
    nameless: set[str] = set()
    for table in INPUTS.values():
        raw = book.tables.get(table.name)
        if raw is None or not table.key or table.vertical or table.kind == "time":
            continue
        heads = [fold(column.header) for column in raw.columns]
        if table.key[0] not in heads:
            continue
        at = heads.index(table.key[0])
        names: dict[str, str] = {}
        places = [place for place, head in enumerate(heads) if head in table.names]
        for _, row in raw.rows:
            if isinstance(row[at], (str, int, float)) and not isinstance(row[at], bool):
                text = as_text(row[at])
                names.setdefault(fold(text), text)
            elif any(row[place] is not None for place in places):
                nameless.add(table.name)
        found[table.name] = names
    return found, nameless
