"""The older book at the periods of the newer one: rolled to its start, cut or grown to its end."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..contract.problems import fold
from ..quarters.books import Book, opened
from ..quarters.draft import Draft, draft_of
from ..quarters.pairing import paired
from ..quarters.roll import roll
from ..tables import Row
from .sides import Side


def at_periods_of(old: Side, new: Side, scenario: str | None = None) -> tuple[Book, float]:
    """The older side's book with the newer one's first period and length; what lies before [money].

    The plan carries out what comes before, as ``roll`` does; ``scenario`` is the one that came true
    where scenarios part before then. Periods that the older book does not have are as in the newer
    one; a workload that only the older one has asks in them for what it asks in its last period.
    PlanError as ``roll`` raises it.
    """
    book, carried = old.book, 0.0
    before, after = book.tables.calendar, new.book.tables.calendar
    if before.first_month < after.first_month:
        rolled = roll(book, old.tables, after.label(0), scenario or old.scenario or None)
        book, carried = opened(rolled.frames), rolled.carried_out
    if book.tables.calendar.count == after.count:
        return book, carried
    return opened(with_end(book, new.book)), carried


def with_end(book: Book, other: Book) -> dict[str, pd.DataFrame]:
    """A book's sheets with the periods of another that begins with it."""
    draft = draft_of(book)
    calendar = other.tables.calendar
    labels = [calendar.label(at) for at in calendar.positions]
    for line in draft.lines["Settings"]:
        if fold(line.cells.get("name") or "") == "periods":
            line.cells["value"] = calendar.count
    for sheet in ("Demand", "Timeline"):
        if sheet in draft.heads:
            fill(draft, sheet, labels, book, other)
    return draft.frames()


def fill(draft: Draft, sheet: str, labels: list[str], book: Book, other: Book) -> None:
    """Give the rows of a wide sheet the periods of the other book."""
    mine = book.tables.calendar
    have = [mine.label(at) for at in mine.positions]
    pairs = paired(
        sheet, book.tables.rows(sheet), other.tables.rows(sheet), mine, other.tables.calendar
    )
    theirs: Mapping[int, Row] = {id(was): now for was, now in pairs.both}
    heads = draft.heads[sheet]
    spare = set(have) - set(labels)
    draft.heads[sheet] = [head for head in heads if head not in spare]
    draft.heads[sheet] += [label for label in labels if label not in heads]
    for row in book.tables.rows(sheet):
        cells = draft.line(row).cells
        twin = theirs.get(id(row))
        for at, label in enumerate(labels):
            if at < mine.count:
                continue
            if twin is not None:
                cells[label] = twin.over_time.get(at)
            elif sheet == "Demand":
                cells[label] = row.over_time.get(mine.count - 1)
    if sheet == "Timeline":
        draft.lines[sheet] = [
            line
            for line in draft.lines[sheet]
            if any(line.cells.get(label) is not None for label in labels)
        ]
