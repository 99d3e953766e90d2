"""Periods: labels, positions, fiscal years and discount factors (contract §1 and §4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from .exact import reaches

MONTHS_PER_YEAR = 12
MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
SHIFT = {"start": 0.0, "mid": 0.5, "end": 1.0}
"""Where in a period its cash flows, as a share of the period."""


@dataclass(frozen=True)
class Calendar:
    """The plan's periods; position 0 is the first, negative positions lie before the plan."""

    first_month: int
    """Months since year 0 of the first month of the first period."""
    months: int
    count: int
    fiscal_year_start_month: int = 1
    discount_rate: float = 0.0
    cash_timing: str = "mid"

    @property
    def positions(self) -> range:
        """Positions of the plan's periods."""
        return range(self.count)

    def label(self, position: int) -> str:
        """The label of a position, such as ``2027Q1``."""
        year, month = divmod(self.first_month + position * self.months, MONTHS_PER_YEAR)
        return label_of(year, month + 1, self.months)

    @property
    def labels(self) -> list[str]:
        """Labels of the plan's periods in order."""
        return [self.label(position) for position in self.positions]

    def joined(self, names: Iterable[str]) -> str:
        """Periods, or fiscal years, in words; runs joined: ``2027Q1–2027Q3, 2028Q1``.

        ValueError for a name that is neither in the plan.
        """
        named, labels = set(names), self.labels
        years = list(dict.fromkeys(self.fiscal_year(at) for at in self.positions))
        order = labels if named <= set(labels) else years
        runs: list[list[int]] = []
        for at in sorted(map(order.index, named)):
            if runs and at == runs[-1][1] + 1:
                runs[-1][1] = at
            else:
                runs.append([at, at])
        return ", ".join("–".join(order[at] for at in sorted(set(run))) for run in runs)

    def position(self, value: object) -> int | None:
        """The position that a label or date names; None where it names none."""
        month = month_of(value, self.months)
        if month is None:
            return None
        return (month - self.first_month) // self.months

    def fiscal_year_number(self, position: int) -> int:
        """A number that grows by one from fiscal year to fiscal year."""
        return (
            self.first_month + position * self.months - (self.fiscal_year_start_month - 1)
        ) // MONTHS_PER_YEAR

    def fiscal_year(self, position: int) -> str:
        """Name of the fiscal year: the calendar year in which it ends, such as ``FY2027``."""
        year = self.fiscal_year_number(position)
        return f"FY{year + (1 if self.fiscal_year_start_month > 1 else 0)}"

    @property
    def years_named(self) -> str:
        """How fiscal years are named, where they are not calendar years; else nothing."""
        start = self.fiscal_year_start_month
        if start == 1:
            return ""
        month = MONTH_NAMES[start - 1]
        return f"a fiscal year begins in {month} and is named by the year in which it ends"

    def in_year(self, name: str) -> tuple[int, int]:
        """How many periods of a fiscal year lie in the plan, and how many it has."""
        inside = sum(self.fiscal_year(at) == name for at in self.positions)
        at = next(at for at in self.positions if self.fiscal_year(at) == name)
        number = self.fiscal_year_number(at)
        around = range(-MONTHS_PER_YEAR, self.count + MONTHS_PER_YEAR)
        return inside, sum(self.fiscal_year_number(at) == number for at in around)

    def windows(self, window: str, first: int = 0, last: int | None = None) -> list[Window]:
        """The windows of that kind, each cut to ``first`` … ``last`` and to the plan.

        A ``first`` before the plan leaves out what lies before it of a year that began earlier.
        """
        earliest = first if first < 0 else None
        first = max(first, 0)
        last = self.count - 1 if last is None else min(last, self.count - 1)
        inside = range(first, last + 1)
        if not inside:
            return []
        if window == "plan":
            return [Window("plan", tuple(inside), ())]
        if window == "period":
            return [Window(self.label(at), (at,), ()) for at in inside]
        years: dict[int, list[int]] = {}
        for at in inside:
            years.setdefault(self.fiscal_year_number(at), []).append(at)
        return [
            Window(
                self.fiscal_year(ats[0]),
                tuple(ats),
                tuple(at for at in self.before(year) if earliest is None or at >= earliest)
                if ats[0] == 0
                else (),
            )
            for year, ats in years.items()
        ]

    def before(self, year: int) -> tuple[int, ...]:
        """Positions before the plan that lie in fiscal year ``year``, in order."""
        found = []
        at = -1
        while self.fiscal_year_number(at) == year:
            found.append(at)
            at -= 1
        return tuple(reversed(found))

    def years(self, positions: float) -> float:
        """Periods as years."""
        return positions * self.months / MONTHS_PER_YEAR

    def discount(self, position: int) -> float:
        """Discount factor of cash in a period (contract §4)."""
        shift = SHIFT[self.cash_timing] * self.months
        return (1.0 + self.discount_rate) ** (-(position * self.months + shift) / MONTHS_PER_YEAR)

    @property
    def discount_at_end(self) -> float:
        """Discount factor of the plan's end date, that of the terminal value."""
        return (1.0 + self.discount_rate) ** (-self.years(self.count))


@dataclass(frozen=True)
class Window:
    """Periods over which a rule holds; ``before`` are its periods ahead of the plan."""

    label: str
    positions: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def first(self) -> int:
        """Position of its first period."""
        return self.positions[0]

    @property
    def last(self) -> int:
        """Position of its last period."""
        return self.positions[-1]


def label_of(year: int, month: int, months: int) -> str:
    """Label of the period of that length that begins in a month."""
    if months == 12:
        return f"{year}"
    if months == 6:
        return f"{year}H{(month - 1) // 6 + 1}"
    if months == 3:
        return f"{year}Q{(month - 1) // 3 + 1}"
    return f"{year}-{month:02d}"


PATTERNS = {
    3: (r"(\d{4})\s*[-/ ]?\s*Q([1-4])", r"Q([1-4])\s*[-/ ]?\s*(\d{4})"),
    6: (r"(\d{4})\s*[-/ ]?\s*H([12])", r"H([12])\s*[-/ ]?\s*(\d{4})"),
    1: (r"(\d{4})-(\d{1,2})", r"(\d{1,2})/(\d{4})"),
    12: (r"(\d{4})",),
}
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")


def month_of(value: object, months: int) -> int | None:
    """Months since year 0 of the first month of the period that ``value`` names.

    ``value`` is a label, a date, or (years only) a whole number; None where it names no period.
    """
    if isinstance(value, (datetime, date)):
        return floor_to(value.year * 12 + value.month - 1, months)
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        if months == 12 and float(value).is_integer() and 1900 <= value <= 2200:
            return int(value) * 12
        return None
    text = str(value).strip().upper()
    if match := DATE.fullmatch(text):
        try:
            day = date.fromisoformat(match[1])
        except ValueError:  # 2027-06-31 is no day
            return None
        return floor_to(day.year * 12 + day.month - 1, months)
    for number, pattern in enumerate(PATTERNS[months]):
        match = re.fullmatch(pattern, text)
        if match is None:
            continue
        parts = match.groups() if number == 0 else tuple(reversed(match.groups()))
        year = int(parts[0])
        part = int(parts[1]) if len(parts) > 1 else 1
        if not 1 <= part <= 12 // months:
            return None
        return year * 12 + (part - 1) * months
    return None


def before_a_plan_window(orders: Iterable[tuple[int | None, float]], counted: float) -> set[int]:
    """Periods before the plan that lie in a window over the plan which began before it.

    No column says when it began. So the newest periods are taken, as long as the orders of the
    past, given as (period, spend), come to no more than what So far says was counted in it.
    """
    spent: dict[int, float] = {}
    for at, money in orders:
        if at is not None and at < 0:
            spent[at] = spent.get(at, 0.0) + money
    found, whole = set(), 0.0
    for at in sorted(spent, reverse=True):
        whole += spent[at]
        if not reaches(counted, whole, money=True):
            break
        found.add(at)
    return found


def floor_to(month: int, months: int) -> int:
    """The first month of the calendar-aligned period that holds ``month``."""
    return month - month % months
