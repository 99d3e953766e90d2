"""Money that is known as an interval, and how it is said (contract §7.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..contract.schema import Column, Kind
from ..plan.words import SIZES, percent
from .resolve import Best

SHARE_OF_ALL, SHARE_OF_MIDDLE, NEGLIGIBLE = 1e-3, 1e-2, 1e-4
"""An interval is resolved where it is narrower than so much of all discounted lines, or of its own
middle; one that begins at 0 by logic, where its upper end is under so much of all lines."""
NOTHING = 1e-7
"""Share of all lines that is rounding."""
DOWN, UP = -1, 1
EXACT = 1e-9
"""So near to what its digits show, a number is not rounded."""


@dataclass(frozen=True)
class Span:
    """An interval [low, high] in money; infinite where nothing is known on that side.

    ``at_least_zero``: the change is purely a relaxation (a saving) or a restriction (a cost), so
    the lower end is no less than 0 by logic.
    """

    low: float
    high: float
    at_least_zero: bool = False

    @classmethod
    def between(cls, one: Best, other: Best, at_least_zero: bool = False) -> Span:
        """What ``one`` costs more than ``other``."""
        return cls.of(one.low - other.high, one.high - other.low, at_least_zero)

    @classmethod
    def of(cls, low: float, high: float, at_least_zero: bool = False) -> Span:
        """The interval, cut by logic; ends of no number are infinite."""
        low = -math.inf if math.isnan(low) else low
        high = math.inf if math.isnan(high) else high
        if at_least_zero:
            low, high = max(low, 0.0), max(high, 0.0)
        return cls(low, high, at_least_zero)

    @property
    def width(self) -> float:
        """Its width."""
        return self.high - self.low

    @property
    def value(self) -> float | None:
        """Its middle; None where an end is not known."""
        return (self.low + self.high) / 2.0 if math.isfinite(self.width) else None

    def is_resolved(self, scale: float) -> bool:
        """Whether it is told apart; ``scale`` is the sum of |discounted lines| of the best plan."""
        if not math.isfinite(self.width):
            return False
        if self.at_least_zero and self.low <= NOTHING * scale:
            return self.high < NEGLIGIBLE * scale
        middle = abs((self.low + self.high) / 2.0)
        return self.width < SHARE_OF_ALL * scale or self.width < SHARE_OF_MIDDLE * middle


POWER = ("MW", "kW")
"""Units that are told after a number as they are."""
PLURALS = ("units", "starts", "steps", "signatures", "sellers", "periods", "lots", "decisions")
"""Units of which one is told in the singular."""


@dataclass(frozen=True)
class Words:
    """How money is said: the currency, and the scale against which it is little."""

    currency: str
    scale: float

    def money(self, amount: float, way: int = 0) -> str:
        """An amount as a board reads it, to four digits; ``way`` as in ``number``."""
        size, word = size_of(amount)
        return f"{number(amount / size, way)}{word} {self.currency}"

    def between(self, span: Span) -> str:
        """Both ends of an interval, none closer to the other than is proven."""
        low, high = self.money(span.low, DOWN), self.money(span.high, UP)
        size, word = size_of(span.low)
        if size_of(span.high)[0] != size:
            return f"between {low} and {high}"
        ends = [number(span.low / size, DOWN), number(span.high / size, UP)]
        places = max(len(end.partition(".")[2]) for end in ends)
        low, high = (f"{float(end.replace(',', '')):,.{places}f}" for end in ends)
        return f"between {low} and {high}{word} {self.currency}"

    def moved(self, span: Span) -> str:
        """By how much something changes a cost, after ``it``: ``moves the cost by 3 USD``."""
        said = self.span(span)
        if said.startswith("the same"):
            return f"leaves the cost {said}"
        if said.startswith("nothing"):
            return "does not move the cost"
        if said.startswith("not told"):
            return "does not move the cost by as much as this gap can tell"
        return f"moves the cost by {said}"

    def span(self, span: Span) -> str:
        """An interval in words; never a number with a sign where the sign is not known."""
        tiny = NOTHING * self.scale
        if span.at_least_zero and span.high <= tiny:
            return f"nothing ({self.money(0.0)})"
        if not math.isfinite(span.width):
            if math.isfinite(span.low) and span.low > tiny:
                return f"at least {self.money(span.low, DOWN)}"
            if math.isfinite(span.high):
                return f"at most {self.money(span.high, UP)}"
            return "an amount that was not found in time"
        if span.at_least_zero and span.low <= tiny:
            return f"less than {self.money(span.high, UP)}"
        if span.low < -tiny and span.high > tiny:
            if span.is_resolved(self.scale):
                return f"the same to within {self.money(span.width, UP)}"
            return "not told apart at this gap"
        if abs(span.low) <= tiny and abs(span.high) <= tiny:
            return f"the same to within {self.money(max(span.width, tiny), UP)}"
        if span.width <= max(1e-3 * abs(span.low + span.high) / 2.0, tiny):
            return self.money((span.low + span.high) / 2.0)
        return self.between(span)


def of_unit(value: float, unit: str, way: int = 0) -> str:
    """A number with its unit, one of it in the singular: ``1 unit``, ``3 signatures``."""
    shown = number(value, way)
    return f"{shown} {unit.removesuffix('s') if shown == '1' and unit in PLURALS else unit}"


def in_cell(words: Words, declared: Column, value: float) -> str:
    """A value of a cell in a sentence: money in the currency, shares in percent."""
    if declared.kind is Kind.MONEY:
        return words.money(value)
    if declared.kind is Kind.PERCENT:
        return percent(value, 2)
    return f"{number(value)} {declared.unit}" if declared.unit in POWER else number(value)


def size_of(amount: float) -> tuple[float, str]:
    """The unit in which an amount is told, and its word."""
    return next(((s, f" {w}") for s, w in SIZES if abs(amount) >= s), (1.0, ""))


def number(value: float, way: int = 0) -> str:
    """A number to four digits, in groups of three: rounded, or ``DOWN`` or ``UP``.

    What is proven at least is rounded down, what is proven at most up.
    """
    size = abs(value)
    if size == 0.0:
        return "0"
    digits = max(3 - math.floor(math.log10(size)), 0)
    steps = value * 10.0**digits
    if way and abs(steps - round(steps)) > EXACT * abs(steps):
        value = (math.floor(steps) if way == DOWN else math.ceil(steps)) / 10.0**digits
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def finite(value: float | None) -> float | None:
    """The value, or None where it is infinite or there is none."""
    return value if value is not None and math.isfinite(value) else None
