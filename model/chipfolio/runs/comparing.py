"""Two runs side by side: what differs in their inputs, their costs and their orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..quarters.books import opened
from ..quarters.difference import Differences, differences
from ..quarters.words import lines as difference_lines
from .manifest import Manifest
from .store import Store

Moved = tuple[str, str, str, float, float]
"""An order that differs: scenario, offer, period, units of the first run, of the second."""


@dataclass
class Compared:
    """Two runs side by side."""

    one: Manifest
    other: Manifest
    inputs: Differences
    orders: list[Moved] = field(default_factory=list)

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        names = ("scenario", "offer", "order_period", "units", "units_then")
        return {
            "runs": [self.one.run, self.other.run],
            "objective": [self.one.objective, self.other.objective],
            "bound": [self.one.bound, self.other.bound],
            "inputs": [found.as_dict() for found in self.inputs.inputs],
            "notes": [found.as_dict() for found in self.inputs.notes],
            "orders": [dict(zip(names, moved, strict=True)) for moved in self.orders],
        }

    def lines(self) -> Iterator[str]:
        """The comparison as lines."""
        for run in (self.one, self.other):
            total = "no plan" if run.objective is None else f"{run.objective:,.2f} {run.currency}"
            yield f"run {run.run}: {total}, {run.word}, {run.finished}"
        yield difference_of_cost(self.one, self.other)
        yield "Inputs"
        yield from (f"  {line}" for line in difference_lines(self.inputs))
        yield "Orders"
        if not self.orders:
            yield "  no differences"
        for scenario, offer, period, before, after in self.orders:
            where = " · ".join(part for part in (scenario, offer, period) if part)
            yield f"  {where}: {before:,.6g} → {after:,.6g}"


def difference_of_cost(one: Manifest, other: Manifest) -> str:
    """How much more the second costs, as an interval: each best cost is known to its gap only."""
    if one.objective is None or other.objective is None:
        return "costs cannot be compared: one of the runs has no plan"
    if one.bound is None or other.bound is None:
        return "best costs cannot be compared: of one of the runs no bound is known"
    low, high = other.bound - one.objective, other.objective - one.bound
    if low > 0 or high < 0:
        word = "more" if low > 0 else "less"
        least, most = sorted((abs(low), abs(high)))
        return f"the best cost is {least:,.0f} to {most:,.0f} {other.currency} {word}"
    return f"best costs are not told apart at these gaps ({low:+,.0f} to {high:+,.0f})"


def compared(store: Store, one: Manifest, other: Manifest) -> Compared:
    """What differs between the inputs and the orders of two runs."""
    if "invalid_input" in (one.status, other.status):
        inputs = Differences()
    else:
        inputs = differences(
            opened(store.place(one) / one.book), opened(store.place(other) / other.book)
        )
    before, after = orders(store, one), orders(store, other)
    moved = [
        (*key, before.get(key, 0.0), after.get(key, 0.0))
        for key in dict.fromkeys([*before, *after])
        if before.get(key, 0.0) != after.get(key, 0.0)
    ]
    return Compared(one, other, inputs, sorted(moved, key=lambda row: (row[0], row[2], row[1])))


def orders(store: Store, run: Manifest) -> dict[tuple[str, str, str], float]:
    """Units ordered by scenario, offer and period."""
    found: dict[tuple[str, str, str], float] = {}
    for row in store.result(run).get("tables", {}).get("Orders", []):
        key = (row["scenario"], row["offer"], row["order_period"])
        found[key] = found.get(key, 0.0) + row["units"]
    return found
