"""Earlier: what fell before the plan into a window, as the sheet So far tells it.

Reads      So far   sheet, item, member, workload, measure, amount

Where So far has a row of an item, its amounts stand for the periods before the plan in the window
that holds the plan's first period, and Committed orders dated before the plan count there no more.

Source     contract §2 (So far), §3.1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..contract.periods import Window
from ..tables import World


@dataclass(frozen=True)
class Earlier:
    """A window as orders count in it, and what So far adds to it."""

    window: Window
    amounts: Mapping[tuple[str, str, str], float] = field(default_factory=dict)
    """By measure, member and workload; the last two blank where a measure has none."""

    def of(self, measure: str, member: str = "", workload: str = "") -> float:
        """Amount of a measure; 0 where So far says nothing."""
        return self.amounts.get((measure, member, workload), 0.0)

    def all_of(self, measure: str) -> dict[tuple[str, str], float]:
        """Amounts of a measure by (member, workload)."""
        return {key[1:]: amount for key, amount in self.amounts.items() if key[0] == measure}


def earlier(world: World, sheet: str, item: str, window: Window) -> Earlier:
    """What So far says of an item, where the window holds the plan's first period."""
    amounts = world.tables.so_far.get((sheet, item))
    if amounts is None:
        return Earlier(window)
    return Earlier(replace(window, before=()), amounts if window.first == 0 else {})


def told(world: World, sheet: str, item: str, measure: str) -> float:
    """Amount of a measure that runs over all time, as an offer's units ordered so far."""
    return world.tables.so_far.get((sheet, item), {}).get((measure, "", ""), 0.0)
