"""The guide: what each sheet is for, what the colours mean, how to try something out."""

from __future__ import annotations

from .model import Model
from .sheets import DOC_ROW, HEAD_ROW, TITLE_ROW, TOP, Sheet

SHEET = "Guide"
WIDTH = 120
"""Characters of a line."""
LEGEND = (
    (
        "input",
        "input",
        "Blue on cream: an input as it was solved with. Change it, and all follows.",
    ),
    ("solved", "decided", "Green: decided by the solver. Change it, and all follows."),
    ("formula", "formula", "Black: a formula, stored with its value."),
    ("unit", "unit", "Grey: a unit or a note."),
)
NOTES = (
    "Costs are positive; what is received is negative, in brackets.",
    "To try something out: change green units on Orders, or cream figures on Rates, Assumptions or "
    "Chip data. Every figure follows; Checks says what no longer holds.",
    "Orders of a scenario that are shared with the one it branches from follow that one.",
    "Prices by period stand on Rates with growth and scenario changes applied; lead times, lives "
    "and starts stand as periods, 0 being the plan's first.",
    "`chipfolio verify FILE` computes this workbook anew with no solver and names every cell that "
    "was changed since it was written.",
    "Custom rules, counts of suppliers by least order, the green shares of Vendor split, and what "
    "Commitments hold of minimums (take-or-pay) stand as solved; all other figures are formulas.",
    "The last five sheets, Payments due, Chart data, Names, Formulas and Seal, serve the table "
    "Commitments, charts, formulas, `verify`: they are hidden, so that they do not print; a right "
    "click on a tab and Unhide shows them. Grouped columns to the right of a table are helpers "
    "too, and do not print.",
    "The state of a rule, on Rules, is that of the plan as it was solved; level and slack follow.",
    "Titles of charts, and words on the Summary, say what was found when the plan was made.",
)


def add_guide(model: Model) -> None:
    """The sheet Guide."""
    others = list(model.book.sheets.values())
    sheet = model.book.add(Sheet(SHEET, "log", SHEET))
    sheet.put(TITLE_ROW, 0, SHEET, "title")
    sheet.put(DOC_ROW, 0, "What each sheet is for, what colours mean, how to use this.", "note")
    for column, head in enumerate(("what", "meaning")):
        sheet.put(HEAD_ROW, column, head, "head")
    row = TOP
    for role, name, words in LEGEND:
        sheet.put(row, 0, name, role)
        sheet.put(row, 1, words)
        row += 1
    for words in NOTES:
        row += 1
        sheet.put_words(row, 1, words, WIDTH)
    row += 2
    sheet.put(row, 0, "sheet", "section")
    sheet.put(row, 1, "what it holds", "section")
    for other in others:
        row += 1
        sheet.put(row, 0, other.name)
        sheet.put_words(row, 1, other.doc or DOCS.get(other.name, other.title), WIDTH)
    sheet.row = row + 1
    sheet.widths.update({0: 26.0, 1: float(WIDTH)})


DOCS = {
    "Summary": "What a board reads first: what to order, what it costs, how well it is proven.",
    "Charts": "Pictures, each titled with its finding.",
    "Inputs as read": "The input workbook as it was read, row by row.",
}
