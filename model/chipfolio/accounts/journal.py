"""The journal: costs by line and place, and items of the balance view rolled forward."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ..contract.statement import COSTS, ITEMS

Place = tuple[str, str]
"""What a cost belongs to: (chip, site), site blank in the cloud; ("", workload); ("", "") none."""
NOWHERE: Place = ("", "")


@dataclass
class Roll:
    """An item of the balance view: opening + additions − depreciation − disposals = closing."""

    opening: float = 0.0
    additions: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    depreciation: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    disposals: dict[int, float] = field(default_factory=lambda: defaultdict(float))

    def change(self, at: int) -> float:
        """Closing less opening of a period."""
        return self.additions[at] - self.depreciation[at] - self.disposals[at]


class Journal:
    """All postings of one scenario, by period of the plan."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.costs: dict[tuple[str, Place], dict[int, float]] = {}
        self.items = {name: Roll() for name in ITEMS}
        self.possible: dict[tuple[str, Place], set[int]] = defaultdict(set)
        """Periods in which a line can cost something, be it nothing at the present book lives."""
        self.held: set[str] = set()
        """Items that can be worth something at some book life."""

    def cost(self, line: str, at: int, amount: float, place: Place = NOWHERE) -> None:
        """A cost of a period."""
        assert line in COSTS
        path = self.costs.setdefault((line, place), defaultdict(float))
        path[at] += amount

    def allow(self, line: str, at: int, place: Place = NOWHERE) -> None:
        """A cost that another book life can bring in a period."""
        self.possible[line, place].add(at)

    def open(self, item: str, amount: float) -> None:
        """What an item stands at when the plan starts."""
        self.items[item].opening += amount

    def add(self, item: str, at: int, amount: float) -> None:
        """What comes to an item in a period."""
        self.items[item].additions[at] += amount

    def depreciate(self, item: str, at: int, amount: float) -> None:
        """What is used up of an item in a period."""
        self.items[item].depreciation[at] += amount

    def dispose(self, item: str, at: int, amount: float) -> None:
        """What leaves an item in a period."""
        self.items[item].disposals[at] += amount

    def line(self, line: str, at: int) -> float:
        """A line of Profit and loss in a period."""
        return sum(path.get(at, 0.0) for (name, _), path in self.costs.items() if name == line)
