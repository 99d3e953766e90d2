"""One search by an engine other than HiGHS: what it is given, and what it gives back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

ENDLESS = 1e19
TELL_SECONDS = 0.5


@dataclass
class Found:
    """How a search ended; ``bound`` None where nothing is proven."""

    status: str
    bound: float | None
    point: np.ndarray | None
    nodes: int = 0


@dataclass
class Hunt:
    """One search: the program, its limits, and whom to tell. Blank options are the engine's own."""

    data: dict[str, np.ndarray]
    gap: float
    seconds: float
    threads: int = 1
    seed: int | None = None
    tolerance: float | None = None
    improved: Callable[[np.ndarray], None] = lambda point: None
    tell: Callable[[float, float | None, float | None], None] = lambda *event: None
    stopping: threading.Event = field(default_factory=threading.Event)
    began: float = field(default_factory=time.monotonic)
    told: float = 0.0

    @property
    def rows(self) -> sparse.csr_matrix:
        """Coefficients, row by row."""
        from scipy import sparse

        data = self.data
        shape = (len(data["row_lower"]), len(data["cost"]))
        return sparse.csr_matrix((data["value"], data["index"], data["start"]), shape=shape)

    @property
    def offset(self) -> float:
        """What the objective is when all columns are zero."""
        return float(self.data["offset"][0])

    @property
    def tight(self) -> float:
        """The gap over the best cost, for engines that divide by the larger of cost and bound."""
        return self.gap / (1.0 + self.gap)

    def sides(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sense of each row (L, E, G, R), its right side, and the width of a range."""
        low, high = self.data["row_lower"], self.data["row_upper"]
        senses = np.full(len(low), "R")
        senses[~np.isfinite(low)] = "L"
        senses[~np.isfinite(high)] = "G"
        senses[low == high] = "E"
        return senses, np.where(senses == "G", low, high), np.where(senses == "R", high - low, 0.0)

    def bounds(self, endless: float) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the columns with the engine's own number for no limit."""
        return tuple(np.clip(self.data[name], -endless, endless) for name in ("lower", "upper"))

    def kinds(self) -> np.ndarray:
        """C or I by column."""
        return np.where(self.data["integer"], "I", "C")

    def event(self, best: float, bound: float, now: bool = False) -> None:
        """Tell how far it is, not too often."""
        seconds = time.monotonic() - self.began
        if now or seconds - self.told >= TELL_SECONDS:
            self.told = seconds
            self.tell(seconds, finite(best), finite(bound))

    def found(self, point: object, best: float, bound: float) -> None:
        """Keep a better point, and tell."""
        self.improved(np.array(point, dtype=float))
        self.event(best, bound, now=True)

    def on_stop(self, stop: Callable[[], None]) -> None:
        """Call ``stop`` once the search is asked to end."""
        threading.Thread(target=lambda: (self.stopping.wait(), stop()), daemon=True).start()


def finite(value: float) -> float | None:
    """The value, or None where an engine means that there is none."""
    return float(value) if abs(value) < ENDLESS else None
