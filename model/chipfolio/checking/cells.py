"""One cell: as a number, as a text, as a name; what is wrong with it and what it may mean."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from ..contract.problems import fold
from ..contract.schema import RESERVED, SEPARATOR, Column, Kind
from .likely import likely_number, names_currency
from .raw import Unreadable

LARGEST_NUMBER = 1e15
YES = {"yes": True, "no": False, "true": True, "false": False}
DUST = 1e-9
"""A number this near to its bound, or to a whole one where one is needed, is that: dust of sums."""
LAST_DIGITS = 4e-12
"""The same where no whole number is needed: 99,999,999.98 keeps its cents."""
NO_LIMIT = ("none", "unlimited", "no limit", "no", "n/a", "na", "-", "∞", "inf", "infinite")
UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u180e\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]"
)
"""Characters that nobody sees in a cell and that make two names of one."""


class Fault(Exception):  # noqa: N818 - a fault of a cell, in the contract's word
    """A cell that cannot be used: what is needed, and a near match."""

    def __init__(self, need: str, near: str = "") -> None:
        super().__init__(need)
        self.need, self.near = need, near


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a decimal point, letters composed, blanks tidied."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = unicodedata.normalize("NFC", str(value))
    return " ".join(text.replace("\u00a0", " ").split())


def check_seen(text: str) -> None:
    """Fault where a text holds a character that nobody sees; it is named."""
    if found := UNSEEN.search(text):
        code = ord(found[0])
        name = unicodedata.name(found[0], "control character").lower()
        after = f"after {text[: found.start()]!r}" if found.start() else "at its start"
        raise Fault(
            f"holds a character that cannot be seen (U+{code:04X}, {name}) {after}: type it anew."
        )


def check_text(value: object) -> None:
    """Fault where a spreadsheet has turned a name into something else."""
    if isinstance(value, bool):
        raise Fault(
            f"is the truth value {str(value).upper()}: if it is a name, type it with ' before it."
        )
    if isinstance(value, (datetime, date, time)):
        raise Fault(
            "is a date: a spreadsheet turns names like MAR1 into one; format the cell as text and "
            "type the name anew."
        )


def check_name(text: str) -> None:
    """Fault where a text cannot be a name."""
    if "," in text or SEPARATOR in text:
        raise Fault("holds a comma or ' / ', which names may not.")
    if fold(text) in RESERVED:
        raise Fault(f"is a reserved word ({', '.join(RESERVED)}): choose another name.")


def number_of(value: object, column: Column) -> float | int:
    """A cell as a number within the column's limits; Fault says what is wrong."""
    if isinstance(value, Unreadable):
        raise Fault(value.need)
    if isinstance(value, bool):
        raise Fault("is a truth value: a number is needed.")
    if isinstance(value, (datetime, date)):
        raise Fault("is a date, a number is needed: check the cell's number format.")
    if isinstance(value, (time, timedelta)):
        raise Fault("is a time of day, a number is needed: check the cell's number format.")
    if isinstance(value, str):
        raise Fault(text_for_number(value, column))
    if not isinstance(value, (int, float)) or value != value:
        raise Fault("is not a number.")
    if abs(value) > LARGEST_NUMBER:
        raise Fault(f"is beyond {LARGEST_NUMBER:g}: check its unit.")
    number = without_dust(float(value), column)
    low = (column.low is not None and number < column.low) or (
        column.above is not None and number <= column.above
    )
    high = (column.high is not None and number > column.high) or (
        column.below is not None and number >= column.below
    )
    if low or high:
        hint = ""
        if column.kind is Kind.PERCENT and abs(number) >= 1:
            hint = f"; {number:g} % is written {number / 100:g} or {number:g}%"
        raise Fault(f"is not {column.limits}{hint}.")
    if column.kind is Kind.INTEGER:
        if not number.is_integer():
            raise Fault("is not a whole number.")
        return int(number)
    return number


def text_for_number(text: str, column: Column) -> str:
    """What is said of a text where a number is needed."""
    if fold(text) in NO_LIMIT and not column.required:
        if "max" in column.name or "limit" in column.name:
            return "is text: leave the cell blank, which means no limit."
        if column.default is None:
            return "is text: leave the cell blank."
    likely = likely_number(text, column)
    if likely is not None:
        whose = " in the plan's currency" if names_currency(text) else ""
        return f"is text, not a number; it may mean {likely:,.10g}: type it as a number{whose}."
    return f"is text: {column.takes} is needed."


def without_dust(number: float, column: Column) -> float:
    """The whole number or the bound that a number is but for the dust that sums leave."""
    whole = float(round(number))
    room = DUST if column.kind is Kind.INTEGER else LAST_DIGITS
    if number != whole and abs(number - whole) <= room * abs(whole):
        return whole
    for bound in (column.low, column.high):
        if bound is not None and abs(number - bound) <= DUST * max(1.0, abs(bound)):
            outside = number < bound if bound == column.low else number > bound
            return float(bound) if outside else number
    return number
