"""What fell before the plan into a window: told by So far, else the committed orders of old."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.inputs import FOR_ACCOUNTS
from ...contract.periods import Window
from ...contract.problems import fold
from .facts import Facts
from .records import Fields


@dataclass(frozen=True)
class Past:
    """Periods before the plan whose orders count in a window, and what So far adds."""

    periods: frozenset[int]
    amounts: tuple[tuple[str, str, str, float], ...] = ()
    """(measure, folded member, workload, amount)."""

    def of(self, measure: str, member: str | None = None, workload: str | None = None) -> float:
        """Amount of a measure, over all members or workloads where none is named."""
        return sum(
            amount
            for name, whose, work, amount in self.amounts
            if name == measure and member in (None, whose) and workload in (None, work)
        )

    def members(self, measure: str) -> dict[str, float]:
        """Amount of a measure by folded member."""
        found: dict[str, float] = {}
        for name, whose, _, amount in self.amounts:
            if name == measure:
                found[whose] = found.get(whose, 0.0) + amount
        return found


def past(facts: Facts, sheet: str, item: str, window: Window, row: Fields | None = None) -> Past:
    """What counts before the plan in a window of an item; ``row`` may say from when it holds."""
    told = facts.told.get((sheet, item))
    if told is None:
        first = row.get("from") if row else None
        inside = (at for at in window.before if first is None or first >= 0 or at >= first)
        return Past(frozenset(inside))
    return Past(frozenset(), tuple(told) if window.positions[0] == 0 else ())


def in_all(facts: Facts, sheet: str, item: str, measure: str) -> float:
    """Amount of a measure that no window holds, as an offer's units ordered so far."""
    return sum(one[3] for one in facts.told.get((sheet, item), ()) if one[0] == measure)


def read_told(facts: Facts) -> None:
    """Rows of So far, by the item they speak of."""
    for row in map(dict, facts.world.rows("So far")):
        if (row["sheet"], row["measure"]) in FOR_ACCOUNTS:
            continue
        facts.told[row["sheet"], row["item"]].append(
            (row["measure"], fold(row["member"] or ""), row["workload"] or "", row["amount"])
        )
