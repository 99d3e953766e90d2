"""Plans are read exactly: what lies a hair under a threshold has not reached it.

A solver takes a row for kept within its tolerance, so it may claim a tier that is a few cents away
where the sums are large. Such a claim is found here, from the plan's own amounts. Two programs then
give the right plan: one keeps the orders and takes the thresholds as they truly are, the other
keeps the amounts in question clear of them. The better one is the plan; the bound of the first
solve holds for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ..formulation.linear import Claim, Linear
from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import Outcome
from .extract import load

CLEAR = 1e-7
"""Share of a threshold by which amounts are kept clear of it: ten times what a row may be off."""
ROUNDS = 5
"""Times that the plan is sought again, each with the claims found wrong before."""
Run = Callable[[Matrix], Outcome]


def wrong(whole: Whole) -> list[tuple[Claim, float]]:
    """Claims of the plan loaded that its own amounts refute, and which way."""
    found = [(claim, claim.wrong()) for claim in whole.claims]
    return [(claim, side) for claim, side in found if side]


def read_exactly(whole: Whole, matrix: Matrix, outcome: Outcome, run: Run) -> Outcome:
    """The plan with every threshold taken as it truly is, loaded into the model.

    ``outcome`` has values, which are loaded. ``run`` solves a program. Returns the outcome itself
    where no claim is wrong; else one with the bound of the first, without values where none is
    found.
    """
    found = wrong(whole)
    if not found:
        return outcome
    best: Outcome | None = None
    cost = math.inf
    for program, row in ((with_orders_kept(whole, matrix), truth), (matrix, clear)):
        load(whole, matrix, outcome.values)
        for _ in range(ROUNDS):
            rows = [row(claim, side) for claim, side in wrong(whole)]
            if not rows:
                break
            program = program.with_rows(
                [form.merged().values() for form, _ in rows],
                [most - form.constant for form, most in rows],
                [form for form, _ in rows],
            )
            other = run(program)
            if other.values is None:
                break
            load(whole, matrix, other.values)
            if not wrong(whole) and whole.objective.value() < cost:
                best, cost = other, whole.objective.value()
    if best is None:
        return replace(outcome, status="infeasible", values=None, duals=None)
    load(whole, matrix, best.values)
    duals = None if best.duals is None else best.duals[: len(matrix.rows)]
    return replace(best, bound=outcome.bound, duals=duals)


def with_orders_kept(whole: Whole, matrix: Matrix) -> Matrix:
    """The program with all orders as they stand in the plan loaded."""
    lots = {
        id(variable)
        for furnished in whole.worlds.values()
        for name in ("lots", "amount")
        for variable in furnished.rooms["orders"].decisions[name].values()
    }
    kept = np.array([id(variable) in lots for variable in matrix.columns])
    values = np.array([variable.value for variable in matrix.columns])
    return replace(
        matrix,
        lower=np.where(kept, values, matrix.lower),
        upper=np.where(kept, values, matrix.upper),
    )


def truth(claim: Claim, side: float) -> tuple[Linear, float]:
    """A row, form ≤ most, that takes a claim as it truly is."""
    if side < 0:
        return claim.reached.times(1.0), 0.0
    due = Linear(1.0) if claim.only_if is None else claim.only_if.times(1.0)
    return due.plus(claim.reached, -1.0), 0.0


def clear(claim: Claim, side: float) -> tuple[Linear, float]:
    """A row, form ≤ most, that keeps an amount clear of the threshold on the side claimed."""
    scale = 1.0 / max(claim.threshold, 1.0)
    if side < 0:
        form = claim.reached.times(claim.threshold * (1.0 + CLEAR) * scale)
        return form.plus(claim.amount, -scale), 0.0
    most = claim.amount.range()[1] * scale
    form = claim.amount.times(scale).plus(claim.reached, -most)
    if claim.only_if is not None:
        form.plus(claim.only_if, most).plus(-most)
    return form, claim.threshold * (1.0 - CLEAR) * scale
