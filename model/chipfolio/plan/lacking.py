"""A limit that cannot hold, in words: which way it would have to give, by how much, and to what."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..formulation.linear import Linear

ROUNDING = 1e-3
"""Of the last digit told: more is rounded up."""
PRIORITY_FACTS = 0.5
"""Supply, power and demand give way after any rule the team wrote itself."""
SHARE = "of its basis"
"""The unit of a share, told in percentage points."""
OF_MINIMUM = "of the minimum"
"""The unit of a contract's minimum: a share of it."""
WAIVED = "signing without it"
"""What is told of a limit that is kept or not, and has no amount."""
RAISE, LOWER, MOVE = "raise it by {}", "lower it by {}", "move it by {}"
"""Which way a limit has to give; ``{}`` is the amount with its unit."""


@dataclass(frozen=True)
class Limit:
    """One limit of the book: where it stands, what it says, its unit, and which way it gives.

    ``value`` is the limit itself, in its unit, where it is one number for all its windows.
    """

    sheet: str
    name: str
    says: str
    unit: str
    priority: float = PRIORITY_FACTS
    way: str = RAISE
    value: float | None = None


@dataclass(frozen=True)
class Stated:
    """A row of the matrix that states a limit: the factor that turns its slack into the limit's
    unit, when it holds, in words, and of what it is a share.
    """

    at: int
    scale: float
    when: str
    whole: Linear | None = None


@dataclass(frozen=True)
class Given:
    """What a limit gave at most, in its unit, and when; in how many other windows it gave less.

    ``alone``: this is enough for a plan; else it ends this contradiction, and another is left.
    """

    amount: float
    when: str
    others: int = 0
    alone: bool = True


@dataclass(frozen=True)
class Conflict:
    """A limit that cannot hold with the others; ``gives`` is how much relaxing it alone takes."""

    limit: Limit
    cell: str
    gives: Given | None

    def __str__(self) -> str:
        text = f"{self.place}{self.limit.name}: {self.limit.says}"
        return text if self.gives is None else f"{text} ({self.lacks})"

    @property
    def place(self) -> str:
        """Sheet and cell, as a sentence begins with it."""
        return f"{self.limit.sheet}!{self.cell} " if self.cell else f"{self.limit.sheet} "

    @property
    def lacks(self) -> str:
        """What would do: which way, by no less than it takes, to what, and when."""
        if self.limit.unit == WAIVED:
            return f"{WAIVED}{self.gives.when} would do"
        amount, unit = enough(self.points(self.gives.amount)), self.limit.unit
        if unit == SHARE:
            unit = "percentage points"
        if amount == 1.0:
            unit = re.sub(r"^(unit|step|supplier)s", r"\1", unit)
        text = self.limit.way.format(f"{written(amount)} {unit}".rstrip())
        if self.limit.value is not None and self.limit.way in (RAISE, LOWER):
            sign = 1.0 if self.limit.way == RAISE else -1.0
            target = self.points(self.limit.value) + sign * amount
            text += f", to {as_fine(target, amount)}" + {SHARE: " %"}.get(self.limit.unit, "")
            text += "," if self.gives.when else ""
        text += self.gives.when
        if self.gives.others:
            others = self.gives.others
            text += f"; by less in {others} other window{'s' if others > 1 else ''}"
        return text if self.gives.alone else f"{text}; another contradiction is left then"

    def points(self, amount: float) -> float:
        """An amount as it is told: shares in percentage points."""
        return 100.0 * amount if self.limit.unit == SHARE else amount

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        gives = self.gives
        return {
            "sheet": self.limit.sheet,
            "cell": self.cell,
            "name": self.limit.name,
            "says": self.limit.says,
            "advice": None if gives is None else self.lacks,
            "gives": None if gives is None else gives.amount,
            "when": None if gives is None else gives.when.strip(),
            "other_windows": 0 if gives is None else gives.others,
            "enough": gives is not None and gives.alone,
            "unit": self.limit.unit,
        }


def which_is_enough(conflicts: Sequence[Conflict]) -> str:
    """Which of some limits that cannot hold together is enough alone, as a line of its own."""
    known = [one for one in conflicts if one.gives is not None]
    able = [one for one in known if one.gives.alone]
    if len(able) == len(conflicts):
        return "\nany one of these, relaxed by that much, is enough"
    if able:
        names = " or ".join(f"{one.place}{one.limit.name}" for one in able)
        return f"\nenough alone, relaxed by that much: {names}"
    if known and len(known) == len(conflicts):
        return (
            "\none of these has to give; the book holds another contradiction, which is told once "
            "it has"
        )
    return ""


def digits_of(amount: float) -> int:
    """Digits after the point that are told of an amount."""
    return 0 if amount >= 1000.0 else 5 - math.floor(math.log10(amount))


def enough(amount: float) -> float:
    """An amount to the digits told, rounded up: a little less would not do."""
    digits = digits_of(amount)
    return math.ceil(amount * 10.0**digits - ROUNDING) / 10.0**digits


def as_fine(target: float, amount: float) -> str:
    """What a limit comes to, to the digits told of the amount by which it gives."""
    shown = f"{target:,.{max(digits_of(amount), 0)}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def written(amount: float) -> str:
    """An amount as finance writes it."""
    return f"{amount:,.0f}" if abs(amount) >= 1000.0 else f"{amount:,.6g}"
