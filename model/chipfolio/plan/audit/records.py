"""The records of a plan: batches of units, use, service, stages, projects, steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fields = dict[str, Any]
"""One row of the workbook, by column."""
PlanRow = Mapping[str, object]
Plan = Mapping[str, Sequence[PlanRow]]


@dataclass
class Batch:
    """Units got at once for one place: of the fleet, a committed order or a new order."""

    kind: str
    offer: str
    chip: str
    acquisition: str
    site: str
    row: int
    """Excel row of a fleet or committed entry; 0 for new orders."""
    ordered: int | None
    arrival: int
    leaves: int
    """First period in which the units serve no more."""
    units: float
    price: float
    """Paid per unit, or per unit and month; net of cuts once these are known."""
    paid: float = 0.0
    """Share of the price paid before the plan."""
    availability: float = 1.0
    shown: PlanRow = field(default_factory=dict)
    sold: dict[int, float] = field(default_factory=dict)

    @property
    def owned(self) -> bool:
        """Whether the units are ours for good."""
        return self.acquisition == "buy"

    @property
    def left(self) -> float:
        """Units not sold."""
        return self.units - sum(self.sold.values())

    def in_service(self, at: int) -> float:
        """Units that serve during a period."""
        if not self.arrival <= at < self.leaves:
            return 0.0
        if not self.sold:
            return self.units
        return self.units - sum(units for sale, units in self.sold.items() if sale <= at)


@dataclass(frozen=True)
class Use:
    """One row of Usage."""

    chip: str
    site: str
    workload: str
    efficiency: float
    at: int
    units: float
    served: float
    ready: float


@dataclass(frozen=True)
class Served:
    """One row of Service."""

    demand: float
    served: float
    deferred: float
    unmet: float


@dataclass(frozen=True)
class StageRun:
    """A stage of a programme as it runs in this world."""

    programme: str
    stage: int
    start: int
    length: int
    """Periods in which its cost falls."""
    ends: bool
    """Whether it ever finishes."""
    cost: float
    """Money per period."""
    given: bool
    """Started before the plan was made."""

    @property
    def done(self) -> int:
        """First period after it."""
        return self.start + self.length


@dataclass(frozen=True)
class Porting:
    """A software project as it runs in this world."""

    project: str
    start: int
    done: int
    """First period after it."""
    given: bool


@dataclass(frozen=True)
class Step:
    """Steps of a site project started at once."""

    project: str
    site: str
    start: int
    ready: int
    steps: float
    due: float
    """What they make us pay within the plan."""
    given: bool = False
    """Started before the plan was made."""
    row: int = 0
    """Row of Committed steps; 0 for new ones."""


def text(row: PlanRow, column: str) -> str:
    """Text of a cell; blank where there is none."""
    value = row.get(column)
    return "" if value is None else str(value)
