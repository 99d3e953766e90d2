"""The book's own proof, driven on until differences to its plan are told apart.

Every answer is a difference to the plan's cost, so what the plan's proof leaves open stands in each
of them. It is worth more work than any one answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..plan.plan import SECONDS_PER_MINUTE, driven_on
from ..solver.bridge import Matrix
from ..solver.engine import Outcome, run_highs
from ..solver.shape import Shape
from .engine import WITHIN, base_gap, name_of, scale_of

if TYPE_CHECKING:
    from ..plan.plan import Plan

LEAST_SECONDS, TIMES = 150.0, 3.0
"""A proof is driven on for so long at least, and for so many times the plan's own solve."""
SHARE = 0.25
"""Share of the minutes for all answers that it may take."""
KEPT = "proof"
"""Where its end is kept for a run that goes on, under the folder of answers."""


def drive_on(
    plan: Plan, gap: float | None = None, minutes: float | None = None, folder: Path | None = None
) -> None:
    """Make a plan's gap as narrow as answers need it, in place: a better plan may take over.

    ``gap`` (a fraction) is that which was asked of answers, ``minutes`` is for all of them. What
    was found is kept in ``folder``, so that a run that goes on starts from the same plan.
    """
    if plan.solved is None or plan.gap is None or plan.status != "optimal":
        return
    wanted = base_gap(plan, scale_of(plan)) if gap is None else gap
    if plan.gap <= wanted * WITHIN:
        return
    limit = plan.inputs.setting("time_limit_minutes") * SECONDS_PER_MINUTE
    seconds = min(limit, max(LEAST_SECONDS, TIMES * plan.seconds.get("solve", 0.0)))
    if minutes is not None:
        seconds = min(seconds, SHARE * minutes * SECONDS_PER_MINUTE)

    def search(matrix: Matrix, start: np.ndarray, shape: Shape | None) -> Outcome:
        path = None
        if folder is not None:
            names = tuple(name for name in plan.solved.whole.worlds if name)
            path = folder / KEPT / f"{name_of(plan.inputs, names, wanted, plan.objective)}.npz"
            if path.exists():
                return kept(path)
        outcome = run_highs(matrix, wanted, seconds, 1, None, start, shape)
        if path is not None and outcome.values is not None and outcome.status != "stopped":
            keep(path, outcome)
        return outcome

    plan.become(driven_on(plan, search, seconds))


def keep(path: Path, outcome: Outcome) -> None:
    """Write how a search ended, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    bound = np.nan if outcome.bound is None else outcome.bound
    with part.open("wb") as file:
        np.savez(
            file, values=outcome.values, duals=outcome.duals, bound=bound, status=outcome.status
        )
    part.replace(path)


def kept(path: Path) -> Outcome:
    """How a search of an earlier run ended."""
    with np.load(path) as file:
        bound = float(file["bound"])
        return Outcome(
            str(file["status"]),
            file["values"],
            file["duals"],
            None if np.isnan(bound) else bound,
            0.0,
        )
