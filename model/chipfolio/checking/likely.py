"""What a text that people type may mean: a number with its sign and size, or a period's label.

Where a text can be read in two ways, nothing is said: a wrong guess is worse than none.
"""

from __future__ import annotations

import re

from ..contract.periods import label_of, month_of
from ..contract.problems import fold
from ..contract.schema import Column, Kind

SIZES = {
    "k": 1e3,
    "thousand": 1e3,
    "tsd": 1e3,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "mrd": 1e9,
    "billion": 1e9,
    "billions": 1e9,
}
"""Words of size; a small m alone is said of money only, and b too."""
MONEY_ALONE = ("m", "b")
CURRENCIES = ("usd", "eur", "gbp", "chf", "jpy", "cny", "$", "€", "£", "¥", "us$")
PERCENT = ("%", "percent", "pct")
MINUS = "-\u2212\u2012\u2013"
PARTS = re.compile(
    r"(?P<before>[^\d.,+\-(]*)(?P<sign>[+-]?)\s*(?P<digits>[\d., ']*\d[\d., ']*)(?P<after>.*)"
)
LONGEST = 60
"""Longer texts are no numbers."""
EXPONENT = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d{1,3}")
GROUPED = {
    ",": r"\d{1,3}(,\d{3})+",
    ".": r"\d{1,3}(\.\d{3})+",
    " ": r"\d{1,3}( \d{3})+",
    "'": r"\d{1,3}('\d{3})+",
}
"""Whole numbers in groups of three."""


def likely_number(text: str, column: Column | None = None) -> float | None:
    """The number that a text may mean, with its sign and size; None where that is not clear.

    Understood are thousands in groups, decimal commas, percent, currencies, k, M, Mio, bn,
    brackets for a loss, and the unit of the ``column``.
    """
    text = re.sub(r"[\s\u00a0\u2009\u202f]+", " ", text).strip().replace("\u2019", "'")
    for dash in MINUS:
        text = text.replace(dash, "-")
    if len(text) > LONGEST:
        return None
    if EXPONENT.fullmatch(text):
        return float(text.replace(",", "."))
    negative = bool(re.fullmatch(r"\(.*\)", text))
    text = text[1:-1].strip() if negative else text
    if re.fullmatch(r"[^-]*\d-", text):  # a minus behind, as accounting programs print it
        negative, text = True, text[:-1]
    match = PARTS.fullmatch(text)
    if match is None or (match["sign"] and negative):
        return None
    number = digits_of(match["digits"].strip())
    size = size_of(f"{match['before']} {match['after']}", column)
    if number is None or size is None:
        return None
    return round(-number * size if negative or match["sign"] == "-" else number * size, 12)


def names_currency(text: str) -> bool:
    """Whether a text names a currency, which may not be the plan's."""
    return any(word in fold(text) for word in CURRENCIES)


def digits_of(digits: str) -> float | None:
    """Digits with separators as a number; None where they can be read in two ways."""
    decimal = re.fullmatch(r"(.*\d)?([.,])(\d+)", digits)
    if decimal is None:
        grouped = any(re.fullmatch(GROUPED[mark], digits) for mark in " '")
        return float(re.sub("[ ']", "", digits)) if digits.isdecimal() or grouped else None
    whole, mark, part = decimal[1] or "0", decimal[2], decimal[3]
    if re.fullmatch(GROUPED[mark], digits) and not whole.startswith("0"):
        if mark == "." and digits.count(".") == 1:
            return None  # 16.000 is sixteen or sixteen thousand
        return float(digits.replace(mark, ""))
    others = [other for other in GROUPED if other != mark and other in whole]
    if mark in whole or len(others) > 1:
        return None
    if others and not re.fullmatch(GROUPED[others[0]], whole):
        return None
    return float(f"{re.sub(r'[^0-9]', '', whole)}.{part}")


def size_of(words: str, column: Column | None) -> float | None:
    """What the words around a number multiply it by; None where one of them is not known."""
    size = 1.0
    units = set(re.findall(r"[a-z%]+", fold(column.unit))) if column is not None else set()
    money = column is not None and column.kind is Kind.MONEY
    for word in re.findall(r"[^\W\d]+\$?|[^\w\s]", fold(words)):
        capital = word.upper() in words
        if word in PERCENT:
            size /= 100
        elif word in SIZES and (money or capital or word not in MONEY_ALONE):
            size *= SIZES[word]
        elif word not in CURRENCIES and word not in units:
            return None
    return size


def likely_period(value: object, months: int, fiscal_year_start_month: int = 1) -> str:
    """The label that a text may mean, such as ``2027Q3`` for ``Q3'27``; blank where none is clear.

    A fiscal year (``Q2 FY28``) is understood where it is the calendar year.
    """
    if not isinstance(value, str):
        return ""
    text = fold(value).upper().replace("\u2019", "'")
    if "FY" in text and fiscal_year_start_month != 1:
        return ""
    text = re.sub(r"[\s'_./,-]+", " ", text.replace("FY", " ")).strip()
    for length, letter in ((3, "Q"), (6, "H")):
        year = r"(?P<year>20\d\d|\d\d)"
        part = rf"(?:{letter} ?(?P<a>\d)|(?P<b>\d) ?{letter})"
        match = re.fullmatch(f"{year} ?{part}", text) or re.fullmatch(f"{part} ?{year}", text)
        number = int(match["a"] or match["b"]) if match else 0
        if 1 <= number <= 12 // length and length >= months:
            month = (int(match["year"]) % 100 + 2000) * 12 + (number - 1) * length
            return label_at(month, months) if length == months else ""
    for length in (1, 3, 6, 12):  # a label of another length lies in one of this length
        month = month_of(text.replace(" ", "-") if length == 1 else text, length)
        if month is not None and length < months:
            return label_at(month, months)
    if months == 12 and (match := re.fullmatch(r"(20)?(\d\d)", text)):
        return label_at((2000 + int(match[2])) * 12, 12)
    return ""


def label_at(month: int, months: int) -> str:
    """Label of the period in which a month lies, counted since year 0."""
    year, at = divmod(month - month % months, 12)
    return label_of(year, at + 1, months)
