"""The workbook of a backtest: the finding and the ways of deciding, then every table."""

from __future__ import annotations

from collections.abc import Mapping

from ...contract.backtested import BACKTESTED
from .draw import draw
from .sheets import DOC_ROW, TOP, Book, Sheet
from .tables import Rows, new_table

WIDE, ROOM = 70.0, 74
NOTES = 5
"""Column of remarks on the first sheet."""
PARTS = ("forecast", "policy", "execution")
MEANINGS = (
    "Forecast: what a workbook's own plan costs on the truth, less what its plan would have cost "
    "had it known the truth.",
    "Policy: what that plan costs, less the best: the workbook's rules, settings and end.",
    "Execution: what was done in fact, less what the workbook's own plan would have done.",
)


def backtest_book(tables: Mapping[str, Rows], finding: str, currency: str) -> bytes:
    """The workbook as bytes."""
    book = Book()
    page = book.add(Sheet("Summary", "summary", finding))
    page.put(0, 0, "Past quarters on what came true", "title")
    page.put(DOC_ROW, 0, finding, "note")
    page.widths |= dict.fromkeys(range(1, NOTES), 16.0) | {NOTES: WIDE}
    row = TOP
    for at, head in enumerate(("Way of deciding", f"Cost, {currency}", "Regret")):
        page.put(row, at, head, "section")
    for entry in tables["Backtest policies"]:
        row += 1
        page.put(row, 0, str(entry["policy"]).capitalize())
        page.put(row, 1, entry["cost"], "plain", "money")
        page.put(row, 2, entry["regret"], "plain", "money")
        page.put(row, NOTES, str(entry["note"] or ""), "note")
    row += 2
    for at, head in enumerate(("Quarter", *PARTS, "Regret")):
        page.put(row, at, head.capitalize(), "section")
    for entry in tables["Backtest regret"]:
        row += 1
        page.put(row, 0, str(entry["period"]))
        for at, name in enumerate((*PARTS, "regret"), 1):
            page.put(row, at, entry[name], "plain", "money")
        page.put(row, NOTES, str(entry["note"]), "note")
    row += 2
    for words in MEANINGS:
        page.put(row, 0, words, "note")
        row += 1
    for name, table in BACKTESTED.items():
        sheet = new_table(book, table, tables[name])
        for column in ("meaning", "note"):
            if column in sheet.columns:
                place = sheet.columns[column]
                sheet.widths[place] = WIDE
                for at, entry in enumerate(tables[name]):
                    sheet.put_words(TOP + at, place, str(entry[column]), ROOM)
    return draw(book)
