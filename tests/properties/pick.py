"""How the books of the net are drawn: chance by a seed, names of periods, sheets of rows."""

from __future__ import annotations

import random

Sheets = dict[str, list[dict]]
LENGTHS = (3, 6, 12)


def label(months: int, at: int) -> str:
    """Period so many after 2027's first, which may be before it."""
    each = 12 // months
    year, part = divmod(2027 * each + at, each)
    return {1: f"{year}", 2: f"{year}H{part + 1}", 4: f"{year}Q{part + 1}"}[each]


class Draw:
    """One book while it is drawn."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)
        self.months = self.pick.choice(LENGTHS)
        self.count = self.pick.randint(2, 4)
        self.sheets: Sheets = {}

    def maybe(self, chance: float, value: object, other: object = None) -> object:
        """A value, with a chance; else the other."""
        return value if self.pick.random() < chance else other

    def of(self, *values: object) -> object:
        """One of some values."""
        return self.pick.choice(values)

    def period(self, low: int = 0, high: int | None = None) -> str:
        """A label from … to, relative to the plan's start."""
        high = self.count - 1 if high is None else high
        return label(self.months, self.pick.randint(low, max(low, high)))

    def some(self, names: list[str]) -> str:
        """One of some names."""
        return self.pick.choice(names)

    def window(self) -> dict[str, object]:
        """Window, from and to of a rule."""
        first = self.maybe(0.25, self.pick.randint(-1, self.count - 1))
        last = self.maybe(0.2, self.pick.randint(max(first or 0, 0), self.count))
        return {
            "window": self.of(None, "period", "fiscal_year", "plan"),
            "from": None if first is None else label(self.months, first),
            "to": None if last is None else label(self.months, last),
        }

    def soft(self) -> dict[str, object]:
        """Penalty, mostly given: hard rules make most books impossible."""
        return {"penalty": self.maybe(0.7, self.of(0, 0.5, 3, 40))}
