"""Book lives: over how many years the accounts spread each chip, site project and programme."""

from __future__ import annotations

from .formula import letters
from .model import Model
from .sheets import TOP
from .tables import new_list

SHEET = "Book lives"
FIFTEEN, FIVE = 15.0, 5.0
CLASSES = (("chip", "Chips"), ("site project", "Site projects"), ("programme", "Programmes"))


def add_lives(model: Model) -> None:
    """The sheet Book lives: type another life, and all accounts follow."""
    entries = [
        (kind, row[name], row.get("life_years"), life_of(kind, row))
        for (kind, sheet), name in zip(CLASSES, ("chip", "project", "programme"), strict=True)
        for row in model.facts.rows(sheet)
    ]
    heads = [("of", ""), ("name", ""), ("life_years", "years in service"),
             ("book_life_years", "years; type another one"), ("book life", "periods"),
             ("no.", "no."), ("serves", "periods")]  # fmt: skip
    doc = "Type another book life: profit and loss, balances and unit cost follow."
    sheet = new_list(model.book, SHEET, "inputs", doc, heads, len(entries))
    for at, (kind, name, years, life) in enumerate(entries):
        row = TOP + at
        sheet.put(row, 0, kind)
        sheet.put(row, 1, name)
        sheet.put(row, 2, years, "plain", "number")
        sheet.put(row, 3, life, "input", "number")
        if kind == "chip":
            sheet.put(row, 5, model.facts.number("chip", name), "plain", "code")
            periods = model.facts.whole_periods(12.0 * years)
            sheet.put(row, 6, periods, "plain", "code")
    if entries:
        years = f"${letters(3)}{TOP + 1}"
        text = f"={years}*12/MonthsPerPeriod"
        model.book.fill_down(sheet, TOP, TOP + len(entries) - 1, 4, text, "exact")
    model.lives = {(kind, str(name)): TOP + at for at, (kind, name, *_) in enumerate(entries)}


def life_of(kind: str, row: dict) -> float:
    """Book life in years, as the workbook says or by its rule."""
    blank = {"chip": row.get("life_years"), "site project": FIFTEEN, "programme": FIVE}[kind]
    return row["book_life_years"] or blank


def life(model: Model, kind: str, name: str) -> str:
    """Cell of a book life in periods."""
    return model.sheet(SHEET).address(model.lives[kind, name], 4)


def chip_life(model: Model, number: str) -> str:
    """Book life of a chip in periods, by its number."""
    sheet = model.sheet(SHEET)
    last = TOP + len(model.facts.numbers["chip"]) - 1
    return f"INDEX({sheet.down(4, TOP, last)},{number})"


def serves(model: Model, chip: str) -> str:
    """Cell of the periods for which an owned unit serves."""
    return model.sheet(SHEET).address(model.lives["chip", chip], 6)
