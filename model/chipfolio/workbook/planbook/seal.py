"""The seal: a short print of every cell, so that `verify` can say which one was changed.

It guards against slips and quiet edits, not against a forger: who can rewrite a cell can rewrite
the seal. Formulas are sealed by their text, so a recalculation by Excel changes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from .formula import letters
from .operators import Value
from .sheets import QUOTED, TOP, Book
from .tables import new_list

SHEET = "Seal"
WHOLE = "the whole workbook"
NAMES = "defined names"
EMPTY = "-"
PRINT = 4
"""Characters of a cell's print."""
DIGITS = 12
SHAKE = 4e-15
"""Relative change of a number that a spreadsheet program may make on saving."""
STAMPS = ("seconds",)
"""Items of the sheet Run that differ between equal runs; they are not sealed."""
NEEDLESS = re.compile(r"'[A-Za-z_]+'")
Cell = tuple[str, Value]
"""A formula's text, or blank, and a constant's value."""


def print_of(formula: str, value: Value) -> str:
    """The print of a cell."""
    return digest(content_of(formula, value))[:PRINT]


def digest(text: str) -> str:
    """Hash of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_of(formula: str, value: Value) -> str:
    """What a cell holds, in one spelling."""
    if formula:
        return "F" + plain_formula(formula)
    if isinstance(value, bool):
        return f"B{int(value)}"
    if isinstance(value, (int, float)):
        return f"N{float(value) + 0.0:.{DIGITS}g}"  # a file keeps no sign of nothing
    text = "" if value is None else str(value)
    return "T" + text.replace("\r\n", "\n").replace("\r", "\n").strip()


def plain_formula(text: str) -> str:
    """A formula without blanks outside texts and names, and without needless quotes."""
    found = []
    for part in QUOTED.split(text.removeprefix("=")):
        if part.startswith("'") and NEEDLESS.fullmatch(part):
            part = part.strip("'")
        elif not part.startswith(('"', "'")):
            part = "".join(part.split()).upper().replace("_XLFN.", "")
        found.append(part)
    return "".join(found)


def same(formula: str, value: Value, seal: str) -> bool:
    """Whether a cell bears a print; a number's last bits do not count."""
    if print_of(formula, value) == seal:
        return True
    if formula or isinstance(value, (bool, str)) or value is None:
        return False
    return any(print_of("", float(value) * (1.0 + by)) == seal for by in (SHAKE, -SHAKE))


def is_empty(formula: str, value: Value) -> bool:
    """Whether a cell counts as empty."""
    return not formula and (value is None or value == "")


def seal_row(cells: Mapping[int, Cell]) -> str:
    """Prints of a row's cells from the first column to the last that is not empty."""
    filled = {column: cell for column, cell in cells.items() if not is_empty(*cell)}
    if not filled:
        return ""
    return " ".join(
        print_of(*filled[column]) if column in filled else EMPTY
        for column in range(max(filled) + 1)
    )


def rows_of(book: Book, name: str) -> dict[int, dict[int, Cell]]:
    """Cells of a sheet by row, as they are sealed."""
    sheet, rows = book.sheets[name], {}
    for row, column in {**dict.fromkeys(sheet.values), **dict.fromkeys(sheet.formulas)}:
        text = sheet.text(row, column)
        value = None if text else sheet.values.get((row, column))
        rows.setdefault(row, {})[column] = (text, value)
    if name == "Run":
        rows = {row: cells for row, cells in rows.items() if not is_stamp(cells)}
    return rows


def is_stamp(cells: Mapping[int, Cell]) -> bool:
    """Whether a row of Run differs between equal runs."""
    return 0 in cells and str(cells[0][1]).startswith(STAMPS)


def seal_names(names: Mapping[str, str]) -> str:
    """Print of all defined names with what they stand for."""
    return digest("\n".join(f"{name}={names[name]}" for name in sorted(names)))


def whole_seal(rows: Iterable[tuple[str, int, str]]) -> str:
    """Hash over all rows' seals."""
    return digest("\n".join(f"{sheet}|{row}|{seal}" for sheet, row, seal in rows))


def add_seal(book: Book) -> None:
    """The sheet Seal: written last, over all others."""
    names = {name: book.sheets[s].address(r, c) for name, (s, r, c) in book.names.items()}
    found: list[tuple[str, int, str]] = [(NAMES, 0, seal_names(names))]
    for name in book.sheets:
        rows = rows_of(book, name)
        for row in sorted(rows):
            if seal := seal_row(rows[row]):
                found.append((name, row + 1, seal))
    doc = "Prints of every cell as written; `chipfolio verify` compares them. Not for editing."
    heads = [("sheet", ""), ("row", "no."), ("seal", "a print per cell")]
    sheet = new_list(book, SHEET, "log", doc, heads, len(found) + 1)
    sheet.sealed = False
    for at, (name, row, seal) in enumerate([(WHOLE, 0, whole_seal(found)), *found]):
        sheet.put(TOP + at, 0, name)
        sheet.put(TOP + at, 1, row, "plain", "code")
        sheet.put(TOP + at, 2, seal)
    sheet.widths[2] = 60


def places(seal: str, cells: Mapping[int, Cell]) -> list[int]:
    """Columns in which a row no longer bears its seal."""
    prints = seal.split()
    width = max([len(prints) - 1, *cells])
    wrong = []
    for column in range(width + 1):
        formula, value = cells.get(column, ("", None))
        due = prints[column] if column < len(prints) else EMPTY
        if is_empty(formula, value):
            if due != EMPTY:
                wrong.append(column)
        elif due == EMPTY or not same(formula, value, due):
            wrong.append(column)
    return wrong


def address(row: int, column: int) -> str:
    """Address of a cell within its sheet."""
    return f"{letters(column)}{row}"
