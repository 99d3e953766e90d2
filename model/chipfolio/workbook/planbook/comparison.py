"""Scenarios solved alone, as a workbook: side by side, then a card each, then what differs."""

from __future__ import annotations

from collections.abc import Mapping

from ...contract.outputs import OUTPUTS
from .draw import draw
from .sheets import TOP, Book, Sheet
from .tables import Rows, new_list, new_table

CARDS, DIFFERENCES, BESIDE = "Scenario cards", "Scenario differences", "Side by side"
DOC = "Every scenario solved alone: no plan of one knows of the others."
IN_WORDS = ("Programmes", "Software")
"""Sections of which dates tell more than amounts."""
MILLIONS = 1e8
"""Money from here on is shown in millions."""
COSTS = ("Total discounted cost", "Discounted cost")
Line = tuple[str, str, str]
"""Section, item and unit of a row."""


def comparison_book(tables: Mapping[str, Rows]) -> bytes:
    """The workbook as bytes."""
    book = Book()
    if tables.get(CARDS):
        add_beside(book, tables[CARDS])
    for name, rows in tables.items():
        sheet = new_table(book, OUTPUTS[name], rows)
        for at, row in enumerate(rows):
            if name == CARDS:
                sheet.looks[TOP + at, sheet.columns["value"]] = ("plain", kind_of(row))
            if name == DIFFERENCES and row["subject"] in COSTS:
                for head in ("base", "here", "difference"):
                    sheet.looks[TOP + at, sheet.columns[head]] = ("plain", "money")
    return draw(book)


def kind_of(row: Mapping[str, object]) -> str:
    """Number format of a card's value: money unless it is a share."""
    if row["unit"] != "%":
        return "money"
    return "gap" if row["item"] == "Gap" else "portion"


def add_beside(book: Book, cards: Rows) -> Sheet:
    """One row per item, one column per scenario."""
    names = list(dict.fromkeys(str(row["scenario"]) for row in cards))
    lines = lines_of(cards)
    heads = [("section", ""), ("item", ""), ("unit", ""), *((name, "") for name in names)]
    sheet = new_list(book, BESIDE, "summary", DOC, heads, len(lines))
    sheet.frozen = (TOP, 3)
    for at, ((section, item, unit), found) in enumerate(lines.items()):
        amounts = [abs(float(row["value"] or 0.0)) for row in found.values()]  # type: ignore[arg-type]
        large = unit != "%" and max(amounts) >= MILLIONS and section not in IN_WORDS
        words = f"{unit} million" if large else unit
        for column, value in enumerate((section, item, None if unit == "%" else words)):
            sheet.put(TOP + at, column, value or None)
        for column, name in enumerate(names, 3):
            if name in found:
                put_cell(sheet, TOP + at, column, found[name], large)
    return sheet


def lines_of(cards: Rows) -> dict[Line, dict[str, Mapping[str, object]]]:
    """Rows of the cards by line and scenario, in the order of sections."""
    found: dict[Line, dict[str, Mapping[str, object]]] = {}
    sections = list(dict.fromkeys(str(row["section"]) for row in cards))
    for section in sections:
        for row in cards:
            if row["section"] == section:
                unit = "" if section in IN_WORDS else str(row["unit"] or "")
                key = section, str(row["item"]), unit
                found.setdefault(key, {})[str(row["scenario"])] = row
    return found


def put_cell(sheet: Sheet, row: int, column: int, entry: Mapping[str, object], large: bool) -> None:
    """An amount, or words where they tell more."""
    if entry["value"] is None or entry["section"] in IN_WORDS:
        sheet.put(row, column, entry["text"], "wrap")
    else:
        kind = "millions" if large else kind_of(entry)
        sheet.put(row, column, entry["value"], "plain", kind)
