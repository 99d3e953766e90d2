"""Numbers as a board reads them: thousands, millions with their unit, shares as 35 %."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

MANY = 10_000.0
"""From so many units on, decimals are noise."""
NBSP = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
WORDS = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
EXACT = 1e-9
TABLE_FROM = 20.0
"""A table changes to the larger unit once its largest amount is so many of them."""


@dataclass(frozen=True)
class Scale:
    """The one unit in which all amounts of a table or chart are shown."""

    divisor: float
    word: str
    places: int

    def unit(self, currency: str) -> str:
        """The unit as a heading, such as ``USD million``."""
        return f"{currency} {self.word}".strip()

    def show(self, amount: float | None, way: int = 0) -> str:
        """An amount in the table: thousands, negative in brackets, nothing as a dash.

        ``way`` is that of ``outward``.
        """
        if amount is None:
            return ""
        return bracketed(outward(amount / self.divisor, self.places, way), self.places)


def scale_for(amounts: Iterable[float], largest: float = 1e12) -> Scale:
    """The unit that suits amounts shown side by side, none above ``largest``."""
    top = max((abs(amount) for amount in amounts), default=0.0)
    for divisor, word in WORDS:
        if divisor <= largest and top >= TABLE_FROM * divisor:
            return Scale(divisor, word, 0 if top >= MANY * divisor else 1)
    if top >= 1e6:
        return Scale(1e6, "million", 2)
    return Scale(1.0, "", 0)


def bracketed(value: float, places: int = 0) -> str:
    """A number for a column: ``1,234.5``, ``(1,234.5)``, and a dash for nothing."""
    shown = f"{abs(value):,.{places}f}"
    if not shown.strip("0.,"):
        tiny = f"<{10.0**-places:.{places}f}"
        return DASH if value == 0 or places == 0 else f"({tiny})" if value < 0 else tiny
    return f"({shown})" if value < 0 else shown


def outward(value: float, places: int, way: int) -> float:
    """A value rounded down (-1: it is at least that) or up (1: at most); 0 leaves it as it is."""
    steps = value * 10.0**places
    if not way or abs(steps - round(steps)) <= EXACT * max(1.0, abs(steps)):
        return value
    return (math.floor(steps) if way < 0 else math.ceil(steps)) / 10.0**places


def money(amount: float, currency: str, way: int = 0) -> str:
    """An amount in a sentence: ``453.7 billion USD``, ``12,300 USD``; ``way`` as in ``outward``."""
    size = abs(amount)
    sign = MINUS if amount < 0 else ""
    for divisor, word in WORDS:
        if size >= 0.9995 * divisor:
            value = size / divisor
            shown = f"{outward(value, 2, way):,.2f}" if way else figures(value)
            return f"{sign}{shown}{NBSP}{word} {currency}"
    return f"{sign}{outward(size, 0, way):,.0f}{NBSP}{currency}"


def figures(value: float) -> str:
    """Three or four figures: ``6.29``, ``62.9``, ``629.1``."""
    return f"{value:,.2f}" if value < 9.995 else f"{value:,.1f}"


LEAST_PERCENT = 0.001
DUST = 1e-7
"""A per cent below which a share is a rounding of the solver's, and nothing."""


def percent(share: float, places: int | None = None) -> str:
    """A share: ``35 %``, ``84.7 %``; tiny ones with the places they need, never as nothing."""
    value = share * 100.0
    if places is None and DUST < value < LEAST_PERCENT / 2:
        return f"under {LEAST_PERCENT}{NBSP}%"
    if places is None:
        places = 0 if abs(value - round(value)) < 0.05 else 1
        if DUST < abs(value) < 0.95:
            places = 2 if abs(value) >= 0.1 else 3
    shown = f"{abs(value):.{places}f}"
    sign = MINUS if value < 0 and shown.strip("0.") else ""
    return f"{sign}{shown}{NBSP}%"


def count(value: float) -> str:
    """Units or work: whole where large, with the places that matter where small."""
    size = abs(value)
    if size >= 100 or abs(value - round(value)) < 1e-6:
        return f"{value:,.0f}".replace("-", MINUS)
    return f"{value:,.1f}".replace("-", MINUS) if size >= 1 else f"{value:.3g}".replace("-", MINUS)


def plural(number: int, word: str) -> str:
    """``1 quarter``, ``3 quarters``, ``2 branches``."""
    if number != 1:
        word = word[:-1] + "ies" if word.endswith("y") else word + "s"
    return f"{number}{NBSP}{word}"


def power(mw: float) -> str:
    """Power in MW, or in GW from one gigawatt."""
    if mw >= 1000:
        return f"{mw / 1000:,.2f}{NBSP}GW"
    return f"{mw:,.0f}{NBSP}MW" if mw >= 100 else f"{mw:,.1f}{NBSP}MW"


def spaced(words: str) -> str:
    """A share or an amount of ``plan.words`` as the page writes it: ``59.99 %``, unbroken."""
    return words.replace("%", f"{NBSP}%").replace(" ", NBSP).replace("-", MINUS)


def percents(text: str) -> str:
    """A sentence with its shares as the page writes them."""
    return re.sub(r"(?<=\d)%", f"{NBSP}%", text)


def first_up(text: str) -> str:
    """The text with its first letter large."""
    return text[:1].upper() + text[1:]
