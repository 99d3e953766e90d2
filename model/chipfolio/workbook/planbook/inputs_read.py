"""The input workbook as it was read: every sheet, row by row, for whoever must know years later."""

from __future__ import annotations

from datetime import date, datetime

from .model import Model
from .sheets import DOC_ROW, HEAD_ROW, TITLE_ROW, TOP, Sheet

SHEET = "Inputs as read"
BEFORE = 2
"""Columns ahead of a row's cells: its sheet and its number."""


def add_inputs(model: Model) -> None:
    """The sheet Inputs as read."""
    frames, numbers = model.facts.tables.frames, model.facts.tables.numbers
    sheet = model.book.add(Sheet(SHEET, "inputs", SHEET))
    sheet.put(TITLE_ROW, 0, SHEET, "title")
    words = (
        "A record of the input workbook, with each row's number there, blanks and notes too; "
        "formulas use Rates instead."
    )
    sheet.put(DOC_ROW, 0, words, "note")
    for column, head in enumerate(("sheet", "row", "cells as read")):
        sheet.put(HEAD_ROW, column, head, "head")
    row = TOP
    for name, lines in frames.items():
        for at, (number, line) in enumerate(zip(numbers[name], lines, strict=True)):
            sheet.put(row, 0, name)
            sheet.put(row, 1, number, "plain", "code")
            for column, value in enumerate(line):
                if value is not None and value != "":
                    role = "section" if at == 0 else "plain"
                    sheet.put(row, BEFORE + column, plain(value), role, kind_of(value))
            row += 1
    sheet.row = row
    for column in range(
        BEFORE, BEFORE + max((len(line) for f in frames.values() for line in f), default=0)
    ):
        sheet.widths[column] = 16.0


def plain(value: object) -> object:
    """A cell as the sheet holds it: dates as text."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()[:10]
    return value


def kind_of(value: object) -> str:
    """Numbers as they came, all else as text."""
    return "general" if isinstance(value, (int, float)) and not isinstance(value, bool) else "text"
