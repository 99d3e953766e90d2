"""Where a rule stands in one window, and the windows of a rule."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.periods import Window
from .checks import RELATIVE
from .facts import Facts
from .records import Fields


@dataclass(frozen=True)
class Level:
    """Where a rule stands in one window."""

    sheet: str
    rule: str
    member: str
    """Member or dimension that the rule is on; blank where it has none."""
    window: str
    last: int
    """Last period of the window, in which penalties fall."""
    sense: str
    level: float
    limit: float
    violation: float
    """In the unit in which a soft rule is priced."""
    scale: float
    penalty: float | None
    """Money per unit of violation; None where the rule is hard."""
    empty: bool = False
    """Nothing there to be shared."""
    shortfall: float = 0.0
    """What is paid for missing a minimum."""
    lifted: bool = False
    """A hard share beyond its limit that no decision of the plan can change: not applied."""
    either: bool = False
    """The level depends on rounding at a threshold: either answer is right."""

    @property
    def slack(self) -> float:
        """Room left; negative where the rule is broken."""
        room = self.limit - self.level
        return {"<=": room, ">=": -room, "=": -abs(room)}[self.sense]

    @property
    def broken(self) -> bool:
        """Whether a hard rule does not hold."""
        room = RELATIVE * max(1.0, abs(self.scale))
        return self.penalty is None and self.violation > room

    @property
    def money(self) -> float:
        """What a soft rule's violation costs."""
        return (self.penalty or 0.0) * self.violation


def windows(facts: Facts, row: Fields, default: str) -> list[Window]:
    """The windows in which a row holds."""
    return facts.calendar.windows(row["window"] or default, row["from"] or 0, row["to"])
