"""Sheets of answers: one sentence each, its interval beside it, and the tables of each kind."""

from __future__ import annotations

from ...contract.answered import ANSWERED
from .model import Model
from .sheets import TOP
from .tables import new_table

WIDE, ROOM = 80.0, 84
"""Width of a column of sentences, and the characters that fit into a line of it."""


def add_answers(model: Model) -> None:
    """A sheet for each table of answers that has rows."""
    for table in ANSWERED:
        rows = model.facts.plan.tables.get(table.name)
        if not rows:
            continue
        sheet = new_table(model.book, table, rows)
        if "finding" in sheet.columns:
            place = sheet.columns["finding"]
            sheet.widths[place] = WIDE
            for at, row in enumerate(rows):
                sheet.put_words(TOP + at, place, str(row["finding"]), ROOM)
