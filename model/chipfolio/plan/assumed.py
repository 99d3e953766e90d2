"""Bounds of ours that stand in for limits the book does not give, and plans that touch one.

What costs nothing may be ordered up to such a bound by accident, and is sought again with less.
Where a plan profits from one, or there is none within them, the bounds are made wider once
(formulation/bounds) before the book is called unbounded or impossible.
"""

from __future__ import annotations

from dataclasses import replace

from ..errors import PlanError
from ..formulation.linear import Linear
from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import Outcome
from .extract import NOTHING, load
from .thresholds import Run, read_exactly

PROOF_TOLERANCE = 1e-7
"""A gap this much above the target still counts as reached: the bound's own rounding."""
LESS = 0.75
"""Share of an assumed bound within which a plan that touches it is sought again."""
ROUNDS = 4
"""Times that a plan which touches assumed bounds is sought again: it may touch others then."""


class CrampedError(PlanError):
    """No plan, or one that pays without end, within bounds that only stand in for limits."""


def doubt(outcome: Outcome, whole: Whole) -> None:
    """CrampedError where bounds of ours might be all that is in the way of a plan."""
    if outcome.status == "infeasible" and whole.is_cramped:
        raise CrampedError("no plan within bounds that only stand in for missing limits")


def touch_no_assumed_bound(
    whole: Whole,
    matrix: Matrix,
    outcome: Outcome,
    gap: float,
    run: Run,
) -> Outcome:
    """PlanError where a plan gains by using up a bound that stands in for a missing limit.

    What costs nothing may be ordered up to such a bound by accident. So a plan that touches one is
    sought again with less; where that is as good (within ``gap``), it is the plan.
    """
    before = whole.objective.value()
    room = PROOF_TOLERANCE * max(1.0, abs(before))
    bound = before if outcome.bound is None else outcome.bound
    good = max(before, bound + gap * max(1.0, abs(before))) + room
    program, found = matrix, outcome
    for _ in range(ROUNDS):
        touched = touching(whole)
        if not touched:
            return found
        program = with_less(program, touched)
        curbed = run(program)
        if curbed.values is not None:
            load(whole, program, curbed.values)
            curbed = read_exactly(whole, program, curbed, run)
        if curbed.values is None and curbed.status != "infeasible":
            return replace(curbed, bound=outcome.bound)
        if curbed.values is None or whole.objective.value() > good:
            break
        duals = None if curbed.duals is None else curbed.duals[: len(matrix.rows)]
        found = replace(curbed, bound=outcome.bound, duals=duals)
    raise (CrampedError if whole.is_cramped else PlanError)(
        f"offer {touched[0][0]!r} has no limit and the plan would order without end: give it "
        "a max_order or a total_limit, or mend the prices that make it pay"
    )


def touching(whole: Whole) -> list[tuple[str, Linear, float]]:
    """Offers whose orders in a period come to an assumed bound: (offer, units ordered, bound)."""
    found = []
    for furnished in whole.worlds.values():
        orders = furnished.orders
        for slot, most in orders.assumed.items():
            lot = furnished.world.by_name("Offers")[slot[0]]["lot_size"]
            if orders.ordered[slot].value() > most - max(lot, NOTHING * most):
                found.append((slot[0], orders.ordered[slot], most))
    return found


def with_less(matrix: Matrix, touched: list[tuple[str, Linear, float]]) -> Matrix:
    """The program with orders that touch an assumed bound kept well under it."""
    return matrix.with_rows(
        [ordered.merged().values() for _, ordered, _ in touched],
        [LESS * most for _, _, most in touched],
        [ordered for _, ordered, _ in touched],
    )
