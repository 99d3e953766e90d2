"""Questions: each is asked of something that the book has."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.inputs import EACH, INPUTS
from ...contract.problems import Problem, fold, near_match
from ...contract.schema import NUMERIC, RESERVED, Kind, Table
from ...contract.sheets.questions import ASKED_OF, NEEDS
from ...tables import Row
from .spelling import settled_sheet
from .view import View, item_of

VARIED = NUMERIC | {Kind.PERIOD}
"""What a sensitivity may move: numbers, and periods by so many."""


def questions_can_be_asked(view: View) -> Iterator[Problem]:
    """A question names what its kind is asked of: a sheet, a row of it, a column."""
    for row in view.rows("Questions"):
        kind = row.get("kind")
        if kind is None:
            continue
        for column in NEEDS[kind]:
            demand = column == "column" and fold(row.get("sheet") or "") == "demand"
            if row.get(column) is None and view.blank(row, column) and not demand:
                yield view.fault(row, column, f"is blank: a question of kind {kind} needs it.")
        yield from of_sheet(view, row, kind)
        yield from of_levels(view, row, kind)


def of_sheet(view: View, row: Row, kind: str) -> Iterator[Problem]:
    """The sheet, item and column of a question."""
    if row.get("sheet") is None:
        return
    table = yield from settled_sheet(view, row)
    if table is None:
        return
    allowed = ASKED_OF[kind]
    if allowed and table.name not in allowed:
        need = f"cannot be asked for with {kind}: it takes {', '.join(allowed)}."
        yield view.fault(row, "sheet", need)
        return
    if kind != "why_not":  # a name that does not exist is answered with the nearest
        yield from of_item(view, row, table, kind)
    text = row.get("column")
    if text is not None and table.name not in ("Demand",):
        found = next((c.name for c in table if fold(c.name) == fold(text)), None)
        if found is None:
            near = near_match(str(text), [column.name for column in table])
            yield view.fault(row, "column", f"is no column of {table.name}.", near)
        else:
            row["column"] = found
            if kind == "sensitivity" and table.column(found).kind not in VARIED:
                yield view.fault(
                    row, "column", "holds neither numbers nor periods, so it cannot be varied."
                )
    elif text is None and kind == "sensitivity" and table.name not in ("Demand",):
        yield view.fault(row, "column", f"is blank: name a column of {table.name}.")


def of_item(view: View, row: Row, table: Table, kind: str) -> Iterator[Problem]:
    """The row that a question names."""
    text = row.get("item")
    if text is None or (kind == "rule_price" and fold(text) == EACH):
        return
    if fold(text) == "all" and kind == "sensitivity":
        return
    if table.name == "Settings":
        row["item"] = fold(text)
        if fold(text) != "tail_weight":
            yield view.fault(
                row, "item", "is no setting that a frontier is drawn of.", "tail_weight"
            )
        return
    names = [name for other in view.rows(table.name) if (name := item_of(other))]
    if kind in ("break_even", "case") and len(INPUTS[table.name].key) > 1:
        names += [str(other.get(INPUTS[table.name].key[0])) for other in view.rows(table.name)]
    found = next((name for name in names if fold(name) == fold(text)), None)
    if found is None:
        need = f"is on no row of {table.name}" + ("." if text not in RESERVED else " by itself.")
        yield view.fault(row, "item", need, near_match(str(text), names))
    else:
        row["item"] = found


def of_levels(view: View, row: Row, kind: str) -> Iterator[Problem]:
    """Levels run from low to high, and a two-way table crosses another sensitivity."""
    low, high = row.get("low"), row.get("high")
    if low is not None and high is not None and low > high:
        yield view.fault(row, "low", f"is above high ({high:,.10g}).")
    text = row.get("across")
    if text is None:
        return
    others = {
        fold(other.get("question") or ""): other
        for other in view.rows("Questions")
        if other.get("kind") == "sensitivity" and other is not row
    }
    if kind != "sensitivity":
        yield view.warning(row, "across", f"is not used by a question of kind {kind}.")
    elif fold(text) not in others:
        names = [str(other.get("question")) for other in others.values()]
        need = "is no other question of kind sensitivity."
        yield view.fault(row, "across", need, near_match(str(text), names))
    else:
        row["across"] = str(others[fold(text)].get("question"))
