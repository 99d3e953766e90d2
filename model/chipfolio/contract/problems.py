"""Faults and warnings of a workbook, each at its cell with what it needs."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time

LONGEST_SHOWN = 80
"""How much of a cell a message shows."""
MOST_LISTED = 6
"""How many names a message lists where none is near to the one seen."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong (or odd) at one place, in words that say what to do."""

    sheet: str
    cell: str
    column: str
    value: str
    need: str
    near: str = ""
    severity: str = "fault"
    cells: int = 1
    """How many cells of one block it is about."""

    @property
    def place(self) -> str:
        """Sheet and cell, as Excel writes them."""
        return f"{self.sheet}!{self.cell}" if self.cell else self.sheet

    def __str__(self) -> str:
        what = f" {self.column}:" if self.column else ""
        seen = f" {self.value!r}" if self.value != "" else ""
        hint = f" Did you mean {self.near!r}?" if self.near else ""
        need = self.need
        if self.cells > 1:
            seen = f" {self.cells:,} cells" + (f" with{seen}" if seen else "")
            need = f"are {need.removeprefix('is ')}"
        return f"{self.place}{what}{seen} {need}{hint}".replace("  ", " ")

    def as_dict(self) -> dict[str, str]:
        """Plain values, for JSON."""
        return asdict(self)


def shown(value: object) -> str:
    """A cell's value as a message shows it: whole numbers and dates without a tail, cut to fit."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return str(value)[:LONGEST_SHOWN]


def fold(name: object) -> str:
    """A name as it is compared: blanks tidied, letters composed, no case."""
    text = str(name)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text.replace("\u00a0", " "))
    return " ".join(text.split()).casefold()


def near_match(word: str, known: Iterable[str]) -> str:
    """The known word most like ``word``, or the one it is a part of; empty where none is near."""
    table = {fold(name): name for name in known}
    found = difflib.get_close_matches(fold(word), list(table), n=1, cutoff=0.6)
    if not found:  # "year" is near to fiscal_year, if no other name has that word
        found = [name for name in table if fold(word) in name.split("_")]
    return table[found[0]] if len(found) == 1 else ""


def not_there(what: str, name: str, known: Iterable[str]) -> str:
    """That a name given on the command line is not in the book: the nearest, else what there is."""
    names = list(dict.fromkeys(known))
    said = f"there is no {what} {name!r} in the book"
    if near := near_match(name, names):
        return f"{said}: nearest to it is {near!r}"
    rest = len(names) - MOST_LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return f"{said}; it has: {', '.join(names[:MOST_LISTED]) or 'none'}{more}"


def missing_from(where: str, known: Collection[str], near: str) -> str:
    """That a name is not on a sheet; what is there, where no name is near to it."""
    if near or not known:
        return f"is not on sheet {where}."
    names = list(known)
    rest = len(names) - MOST_LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return f"is not on sheet {where}, which has {', '.join(names[:MOST_LISTED])}{more}."
