"""One cell: as a number, as a text, as a name; what is wrong with it and what it may mean."""

from __future__ import annotations

import re
from datetime import date, datetime

from ..contract.problems import fold
from ..contract.schema import RESERVED, SEPARATOR, Column, Kind
from .raw import Unreadable

LARGEST_NUMBER = 1e15
YES = {"yes": True, "no": False, "true": True, "false": False}
NUMBER_LIKE = re.compile(r"[-+]?[\d.,'\s]*\d[\d.,'\s]*%?")


class Fault(Exception):  # noqa: N818 - a fault of a cell, in the contract's word
    """A cell that cannot be used: what is needed, and a near match."""

    def __init__(self, need: str, near: str = "") -> None:
        super().__init__(need)
        self.need, self.near = need, near


def as_text(value: object) -> str:
    """A cell as text: whole numbers without a decimal point, outer blanks gone."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return " ".join(str(value).replace("\u00a0", " ").split())


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
    if isinstance(value, str):
        likely = likely_number(value)
        if likely is not None:
            raise Fault(f"is text, not a number; it may mean {likely:,.10g}: type it as a number.")
        raise Fault(f"is text: {column.takes} is needed.")
    if not isinstance(value, (int, float)) or value != value:
        raise Fault("is not a number.")
    if abs(value) > LARGEST_NUMBER:
        raise Fault(f"is beyond {LARGEST_NUMBER:g}: check its unit.")
    number = float(value)
    low = (column.low is not None and number < column.low) or (
        column.above is not None and number <= column.above
    )
    high = (column.high is not None and number > column.high) or (
        column.below is not None and number >= column.below
    )
    if low or high:
        hint = ""
        if column.kind is Kind.PERCENT and number > 1:
            hint = f"; {number:g} % is written {number / 100:g} or {number:g}%"
        raise Fault(f"is not {column.limits}{hint}.")
    if column.kind is Kind.INTEGER:
        if not number.is_integer():
            raise Fault("is not a whole number.")
        return int(number)
    return number


def likely_number(text: str) -> float | None:
    """The number that a text may mean: thousands, decimal comma, percent, currency; else None."""
    bare = re.sub(r"[^\d.,'%\s+-]", "", text).strip()
    if not bare or not NUMBER_LIKE.fullmatch(bare) or sum(c.isalpha() for c in text) > 3:
        return None
    percent = bare.endswith("%")
    digits = re.sub(r"[\s'%]", "", bare)
    if digits.rfind(",") > digits.rfind("."):
        digits = digits.replace(".", "")
        whole = re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+", digits)
        digits = digits.replace(",", "" if whole else ".")
    else:
        digits = digits.replace(",", "")
    try:
        number = float(digits)
    except ValueError:
        return None
    return number / 100 if percent else number
