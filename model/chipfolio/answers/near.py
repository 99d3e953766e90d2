"""Plans nearly as cheap as the best: what they may cost, and how far an end is sought in them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from .asked import CostAtMost
from .engine import Engine
from .plans import PARTS
from .resolve import Ask, Best, Goal
from .study import Study

WANTED = (*PARTS, "Usage", "Units in service", "Sales")
"""Tables that tell one such plan from another."""
LITTLE, LITTLE_OF_FEW = 1e-4, 1e-5
"""Share of all spend that is little, in a large book and in one of few whole numbers."""
LARGE, COARSE, NODES = 300, 0.02, 30
"""Whole-number columns from which a measure's end is sought to a wider gap, that gap, and after how
many nodes of the search what is found by then is told, with its bound."""


def tolerance(study: Study, within: float) -> Generator[list[Ask], list[Best], tuple | None]:
    """(most that a plan may cost, bound, plan); None where the proof is too wide to tell."""
    base = study.base
    low, high, best = base.low, base.high, base
    if high > low + within * abs(low):
        (best,) = yield [Ask(gap=within / 2.0)]
        low = max(low, best.low)
        best = best if best.high < high else base
        high = best.high
    limit = low + within * abs(low)
    return None if high > limit else (limit, low, best)


def is_large(engine: Engine) -> bool:
    """Whether a plan has so many whole numbers that not every end is sought to the last."""
    return engine.plan.size.get("integers", 0) > LARGE


@dataclass(frozen=True)
class Effort:
    """How far the end of a measure is sought: to a ``gap``, for so many ``nodes``.

    ``little`` is the share of all spend by which it may be missed.
    """

    gap: float | None
    nodes: int | None
    little: float

    def at_most(self, most: int) -> int | None:
        """So many at most in a large book; None, no limit, in one of few whole numbers."""
        return None if self.nodes is None else most

    def ask(self, cheap: CostAtMost, goal: Goal, slack: float = 0.0, **more: Any) -> Ask:
        """The least of a goal among cheap plans; ``slack``, in its unit, may be left open."""
        return Ask(
            (), (cheap,), goal, gap=self.gap, nodes=self.nodes, slack=slack, tables=WANTED, **more
        )


def effort_of(study: Study) -> Effort:
    """How far the end of a measure is sought in this book."""
    large = is_large(study.engine)
    gap, nodes = (COARSE, NODES) if large else (None, None)
    return Effort(gap, nodes, LITTLE if large else LITTLE_OF_FEW)
