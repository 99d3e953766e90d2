"""What is said of a rule in a window: kept, binding, broken, paid for, not applied.

A limit binds where no room is left, or less than one lot, step or unit of what the plan orders
takes: a limit of 60 % at 59.99 % is as much in the way as one at 60 %. Where lots of several sizes
count, the largest is asked for: the limit is in the way of that one.

A share rule that no decision of the plan can change holds by contract §3.7; where its level lies
beyond its limit it is *not applied*, and everybody who tells of the plan says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..formulation.linear import Linear

KEPT, BINDS, BROKEN, PAID = "kept", "binds", "broken", "paid for"
NOT_APPLIED, NOT_IN_FORCE, EMPTY = "not applied", "not in force", "nothing to share"
STATES = (KEPT, BINDS, BROKEN, PAID, NOT_APPLIED, NOT_IN_FORCE, EMPTY)
ROOM = 1e-6
"""Of a limit, or of 1 where it is less: what is nearer than this is there."""
USED = 1e-9
STEPS = {
    "lots": "lot",
    "amount": "unit",
    "steps": "step",
    "starts": "start",
    "in_service": "unit",
    "used": "unit",
}
"""What one more of a decision is called, by the name of its variable."""
STOCKS = ("in_service", "used")
"""What follows from orders: it is asked only where nothing is ordered."""


def beyond(level: float, limit: float, sense: str) -> float:
    """How far a level lies beyond its limit; negative where there is room."""
    over = level - limit
    return {"<=": over, ">=": -over, "=": abs(over)}[sense]


def close(limit: float) -> float:
    """What is nothing beside a limit."""
    return ROOM * max(1.0, abs(limit))


def state_of(row: Mapping[str, object]) -> str:
    """The state of a hard rule in force, or of a soft one, from its row of the table Rules."""
    limit = float(row["limit"])  # type: ignore[arg-type]
    level = row["level"]
    if level is None:
        return EMPTY
    if float(row["violation"] or 0.0) > close(limit):  # type: ignore[arg-type]
        return BROKEN
    over = beyond(float(level), limit, str(row["sense"]))  # type: ignore[arg-type]
    if over > close(limit):
        return NOT_APPLIED
    step = float(row["step"] or 0.0)  # type: ignore[arg-type]
    return BINDS if -over <= close(limit) or -over < step - close(limit) else KEPT


def step_towards(form: Linear, sign: float) -> tuple[float, str]:
    """The most by which one lot, step or unit moves a sum, and what that one is.

    Of the decisions that the plan takes, else of all that are open; 0 where the sum moves freely.
    ``sign`` is 1 where the sum must not rise, -1 where it must not fall.
    """
    found: dict[bool, list[tuple[float, str]]] = {True: [], False: []}
    work: list[tuple[float, str]] = []
    for coefficient, variable in form.merged().values():
        word = STEPS.get(variable.parent_component().local_name)
        if word is None or abs(coefficient) <= USED:
            continue
        value = variable.value or 0.0
        taken = value > USED
        rises = coefficient * sign > 0.0
        if rises and variable.ub is not None and value >= variable.ub - USED:
            continue
        if not rises and not taken:
            continue
        if variable.parent_component().local_name in STOCKS:
            work.append((abs(coefficient), word))
        else:
            found[taken].append((abs(coefficient), word))
    every = found[True] or found[False] or work
    return max(every, default=(0.0, ""))


def worst_first(rows: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Rows of one rule, the one farthest beyond its limit first."""
    return sorted(rows, key=lambda row: float(row["slack"] or 0.0))  # type: ignore[arg-type]
