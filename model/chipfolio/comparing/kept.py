"""A plan kept whole in another world: its orders, starts, signatures and sales, costed anew.

How work is run on what it buys is decided anew; the decisions themselves are fixed. A world in
which they have no place, or break a limit, is one in which the plan is no plan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..answers.resolve import NotAPlanError
from ..errors import PlanError
from ..futures.settle import hold, of_plan
from ..tables import Tables

if TYPE_CHECKING:
    import pyomo.core as pyo

    from ..formulation.whole import Whole

Rows = Mapping[str, Sequence[Mapping[str, object]]]
DECISIONS = {
    "Orders": "order_period",
    "Programme timeline": "start",
    "Software timeline": "start",
    "Site steps": "start",
    "Contracts and deals": "period",
    "Sales": "period",
    "Committed units": "order_period",
}
"""Tables of a plan that hold decisions, and the column that says when each is taken."""


@dataclass(frozen=True)
class Kept:
    """A plan's decisions, fixed in a model; ``name`` says which plan, for kept answers."""

    name: str
    rows: Rows = field(repr=False, compare=False)

    def add(self, whole: Whole, _: pyo.Block) -> None:
        """Fix them; NotAPlanError where one of them has no place."""
        tables = whole.tables
        count = tables.calendar.count
        known = {str(row["scenario"]) for row in self.rows["Scenario costs"]}
        try:
            rows = remaining(self.rows, tables)
            for name, furnished in whole.worlds.items():
                if name not in known:
                    raise NotAPlanError(f"the plan does not say what to do in scenario {name}")
                held = of_plan(tables, rows, name, count)
                placed = furnished.rooms["fleet"].decisions.get("placed", {})
                limits = {key: (one.lb, one.ub) for key, one in placed.items()}
                hold(furnished, held, count)
                told = {key[0] for room, what, key in held if (room, what) == ("fleet", "placed")}
                for key, (low, high) in limits.items():
                    if key[0] not in told:  # an order that the plan did not know of: place it
                        placed[key].setlb(low)
                        placed[key].setub(high)
        except NotAPlanError:
            raise
        except (PlanError, KeyError) as error:
            raise NotAPlanError(str(error)) from error


def remaining(plan: Rows, tables: Tables) -> dict[str, list[dict[str, object]]]:
    """A plan's decisions from a book's first period on, naming rows as that book has them.

    The book may be the one of the plan, or one that it was rolled to. Units of orders placed before
    count as committed ones.
    """
    calendar = tables.calendar
    found: dict[str, list[dict[str, object]]] = {}
    for table, column in DECISIONS.items():
        found[table] = []
        for row in plan.get(table, ()):
            at = calendar.position(row[column]) if row[column] else None
            if at is not None and at >= 0:
                found[table].append(dict(row))
    committed: dict[tuple[object, ...], int] = {}
    for row in tables.rows("Committed orders"):
        label = calendar.label(row["order_period"])
        committed[row["offer"], label, row["site"] or ""] = row.number
        committed.setdefault((row["offer"], label), row.number)
    fleet = {
        (row["chip"], calendar.label(row["in_service_since"]), row["site"] or ""): row.number
        for row in tables.rows("Fleet")
    }
    for row in found["Sales"]:
        if not row["offer"]:
            row["row"] = fleet.get((row["chip"], row["arrival"], row["site"]))
            row["row"] = -1 if row["row"] is None else row["row"]
        elif row["row"] is not None or calendar.position(row["order_period"]) < 0:
            key = (row["offer"], row["order_period"])
            row["row"] = committed.get((*key, row["site"]), committed.get(key, -1))
    free = {
        (row["offer"], calendar.label(row["order_period"])): row.number
        for row in tables.rows("Committed orders")
        if not row["site"]
    }
    placed = plan.get("Committed units", ())
    found["Committed units"] = [
        {**row, "row": free[row["offer"], row["order_period"]]}
        for row in placed
        if (row["offer"], row["order_period"]) in free
    ]
    return found


# ------------------------------------------------------------------------------ Shapley's mean
EXACT = 8
"""So many subjects at most are averaged over all their orders."""
WORK = 1_000_000
"""Columns of the model × worlds up to which all orders are taken."""


def all_orders(subjects: Sequence[str], columns: int) -> bool:
    """Whether the mean is taken over every order of the subjects, or over two opposite ones."""
    return len(subjects) <= EXACT and columns * 2 ** len(subjects) <= WORK


def worlds_of(subjects: Sequence[str], every: bool) -> list[frozenset[str]]:
    """The sets of subjects whose worlds the mean needs, the empty one first."""
    if every:
        return [
            frozenset(one for at, one in enumerate(subjects) if number >> at & 1)
            for number in range(2 ** len(subjects))
        ]
    forward = [frozenset(subjects[:at]) for at in range(len(subjects) + 1)]
    reverse = [frozenset(subjects[at:]) for at in range(len(subjects), -1, -1)]
    return list(dict.fromkeys([*forward, *reverse]))


def shapley(
    subjects: Sequence[str], every: bool, value: Callable[[frozenset[str]], float | None]
) -> dict[str, float] | None:
    """What each subject adds to a value, the mean over orders; None where a value is missing.

    Shapley (1953): with ``every``, the weights of all orders, by the number of subjects before.
    """
    number = len(subjects)
    found = dict.fromkeys(subjects, 0.0)
    if any(value(one) is None for one in worlds_of(subjects, every)):
        return None
    if not every:
        for order in (subjects, subjects[::-1]):
            for at, one in enumerate(order):
                here, there = frozenset(order[: at + 1]), frozenset(order[:at])
                found[one] += (value(here) - value(there)) / 2.0  # type: ignore[operator]
        return found
    for one in subjects:
        for before in worlds_of([other for other in subjects if other != one], True):
            size = len(before)
            weight = math.factorial(size) * math.factorial(number - size - 1)
            added = value(before | {one}) - value(before)  # type: ignore[operator]
            found[one] += weight / math.factorial(number) * added
    return found
