"""The main solve's view of an improver: starts it, waits for it, takes its plans.

Runs repeat to the byte although two processes share the work. Both sides count what they do in the
same unit, calls from the solver; a plan found by some count is taken by the main solve when its own
count times ``PACE`` comes to that, and where the improver's is not yet as far, the main solve waits
(conservative synchronisation: Chandy and Misra 1979). Only the time limit breaks this: a plan cut
short says so anyway.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import highspy

OVER, EARLY, CLOCK, TOLD, LEAST = "steps.over", "early.npy", "clock", "told", "least"
"""Files of an improver: that it has ended, a plan before its first step, how much it has done, what
its best plan so far costs, and what every plan costs at least."""
START = "start.npy"
"""File of a plan to start with."""
ROUND = 15
"""Work of a call for a plan, about once a round of cuts, in polls: set by trial on three
sizes."""
PACE = 1.5
"""Work of the improver to that of the main solve."""
LONGEST_WAIT = 3000
"""Work of the improver for which the main solve waits at its root for a first plan."""
PATIENCE = 0.02
ROUNDING = 1e-7
"""Of a gap that HiGHS calls closed."""
QUIET = {
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
}
"""Options of a main solve that leaves the search for plans to an improver."""


@contextmanager
def improving(folder: Path, present: bool) -> Iterator[None]:
    """Run an improver beside whatever is done meanwhile, where there is a shape to work on."""
    if not present:
        yield
        return
    for stale in (
        *folder.glob("step-*"),
        *(folder / it for it in (OVER, EARLY, CLOCK, TOLD, LEAST)),
    ):
        stale.unlink(missing_ok=True)
    with (folder / "improve.log").open("w") as log:
        improver = subprocess.Popen(
            [sys.executable, "-m", "chipfolio.solver.improve", str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

        def see_off() -> None:
            improver.wait()
            if folder.exists():
                (folder / OVER).touch()  # however it ended, nobody waits for it any more

        watcher = threading.Thread(target=see_off, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            improver.kill()
            watcher.join(timeout=5.0)
            improver.stdin.close()


class Lookout:
    """Takes an improver's plans into the main solve, at fixed calls of the solver."""

    def __init__(
        self,
        folder: Path,
        gap: float,
        time_limit: float,
        slack: float = 0.0,
        stopped: threading.Event | None = None,
    ) -> None:
        self.folder = folder
        self.gap = gap
        self.slack = slack
        """What may be left open besides, in units of the objective."""
        self.deadline = time.monotonic() + time_limit
        self.stopped = threading.Event() if stopped is None else stopped
        """Set by whoever asks the main solve to stop."""
        self.work = 0.0
        """What the main solve has done so far, in polls."""
        self.heard = 0.0
        """What the improver is known to have done so far, in polls of the main solve."""
        self.steps = 0
        self.last_bound = np.nan
        """The bound when the solver last asked for a plan."""
        self.objective = np.inf
        self.point: np.ndarray | None = None
        self.proven = False
        self.shift = 0.0
        """Add it to the main solve's objective or bound to compare it with the improver's."""
        self.floor = -np.inf
        """A bound known before the main solve has one."""

    def listen(self, solver: highspy.Highs) -> None:
        """Look whenever the solver asks for a plan; stop it once a plan is proven."""
        solver.cbMipUserSolution += self.called
        solver.cbMipInterrupt += self.judge

    def called(self, event: object) -> None:
        """Hand on the best plan taken until the solver takes it.

        Not one that ends the search: HiGHS 1.15.1 was seen to crash on a plan that leaves it no
        open node just before a dive. ``judge`` stops it instead.
        """
        self.keep_time(ROUND)
        bound, at_root = event.data_out.mip_dual_bound, event.data_out.mip_node_count == 0
        if at_root and bound == self.last_bound and self.steps == 0:
            self.wait_for_first()
        self.last_bound = bound
        best = event.data_out.mip_primal_bound + self.shift
        is_new = self.point is not None and best > self.objective + 1e-9 * abs(self.objective)
        if is_new and not self.proves(event):
            event.data_in.setSolution(self.point)

    def judge(self, event: object) -> None:
        """Stop where the best plan there is lies within the gap of the bound."""
        self.keep_time(1)
        if self.proves(event):
            event.interrupt()

    def proves(self, event: object) -> bool:
        """Whether the bound proves the best plan there is; once it does, it stays so."""
        best = event.data_out.mip_primal_bound + self.shift
        return self.closes(event.data_out.mip_dual_bound + self.shift, best)

    def closes(self, bound: float, best: float = np.inf) -> bool:
        """Whether a bound, or the floor, proves the best plan there is."""
        best, bound = min(self.objective, best), max(self.floor, bound)
        self.proven |= np.isfinite(best) and best - bound <= self.room(best)
        return self.proven

    def room(self, best: float) -> float:
        """How far a bound may lie under a plan that counts as proven."""
        return max(self.gap * max(abs(best), 1.0), self.slack)

    def is_over(self, bound: float = -np.inf) -> bool:
        """Whether there is nothing left to prove, or no more time for it."""
        return self.closes(bound) or self.stopped.is_set() or self.seconds_left() <= 0.0

    def seconds_left(self) -> float:
        """Until the time limit."""
        return max(self.deadline - time.monotonic(), 0.0)

    def keep_time(self, work: float) -> None:
        """Count work done, and take the improver's plans whose turn has come."""
        self.work += work
        due = PACE * self.work
        while self.heard < due:  # not known to be as far: what it has found until then may miss
            if self.hear() < due and self.waited_in_vain():
                return
        while (said := self.said()) is not None and said["work"] <= due:
            self.take(said)

    def wait_for_first(self) -> None:
        """Wait for the improver's first step once cuts have done what they can at the root.

        Strong branching has a plan to measure against then, and no dive is needed to find one.
        """
        while (said := self.said()) is None and self.hear() < LONGEST_WAIT:
            if self.waited_in_vain():
                return
        said = said or self.said()
        came = said["work"] if said is not None else np.inf
        self.work = max(self.work, min(came, LONGEST_WAIT) / PACE)
        if came <= LONGEST_WAIT:
            self.take(said)

    def hear(self) -> float:
        """What the improver is known to have done by now; infinite where it has ended."""
        over = (self.folder / OVER).exists()
        self.heard = np.inf if over else clock(self.folder)
        return self.heard

    def waited_in_vain(self) -> bool:
        """Wait a moment for the improver; whether there is no more time for it."""
        return self.seconds_left() <= 0.0 or self.stopped.wait(PATIENCE)

    def said(self) -> dict | None:
        """The improver's next step, where it has ended."""
        path = self.folder / f"step-{self.steps}.json"
        return json.loads(path.read_text()) if path.exists() else None

    def take(self, said: dict) -> None:
        """Count a step, and keep its plan where it is better."""
        objective = said["objective"]
        if objective is not None and objective < self.objective:
            self.objective = objective
            self.point = np.load(self.folder / f"step-{self.steps}.npy")
        self.steps += 1

    def take_early(self, data: dict) -> None:
        """Take what the improver had before its first step, where there is none; its bound too."""
        early = self.folder / EARLY
        self.floor = max(self.floor, number_in(self.folder / LEAST, -np.inf))
        if self.point is None and early.exists():
            self.point = np.load(early)
            self.objective = float(data["cost"] @ self.point + data["offset"][0])

    def better(
        self, result: dict, values: np.ndarray | None, data: dict, polish: Callable
    ) -> tuple[dict, np.ndarray | None]:
        """Result and point of the main solve, or the improver's point where that is better.

        A point of the improver that does not survive ``polish`` is left out.
        """
        ended_early = result["status"] in ("time_limit", "stopped")
        if ended_early and not self.proven:  # the time is up: take whatever more there is
            while (said := self.said()) is not None:
                self.take(said)
            self.take_early(data)
        if not (ended_early or result["status"] in ("optimal", "node_limit")):
            return result, values
        own = np.inf if values is None else float(data["cost"] @ values + data["offset"][0])
        if self.objective < own and polish(data, self.point) is not None:
            values, own = self.point, self.objective
        bound = result["bound"]
        if np.isfinite(self.floor):
            bound = result["bound"] = self.floor if bound is None else max(bound, self.floor)
        known = values is not None and bound is not None
        width, room = (own - bound, self.room(own)) if known else (np.inf, 0.0)
        if width <= room:
            result["status"] = "optimal"
        elif self.proven:  # by a plan that did not survive
            result["status"] = "time_limit"
        elif (
            known and result["status"] == "optimal" and width > room + ROUNDING * max(abs(own), 1.0)
        ):
            result["status"] = "time_limit"  # HiGHS measures its gap on the shifted objective
        return result, values


def clock(folder: Path) -> float:
    """What an improver has done so far, in polls."""
    return number_in(folder / CLOCK, 0.0)


def number_in(path: Path, none: float) -> float:
    """The number that a file holds; ``none`` where there is no file."""
    return float(path.read_text()) if path.exists() else none
