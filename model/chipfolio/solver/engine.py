"""The one door to a solver: runs it in a process of its own and says truly how it ended."""

from __future__ import annotations

import json
import logging
import math
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import numpy as np

from ..errors import PlanError, SolverDiedError
from .ahead import process
from .bridge import Matrix, Scaled
from .lookout import EARLY, LEAST, START, TOLD, improving, number_in
from .shape import Shape

log = logging.getLogger(__name__)

SEED = 1
OTHER_SEED = 20
NOTHING = 1e-9
"""What a row of no columns may lack."""
FEASIBILITY, NO_SLACK = 1e-8, 1e-9
HEURISTIC_EFFORT = 0.3
"""Share of its work that HiGHS spends on looking for plans where nobody else does. By itself it
spends 0.05 and was seen to prove for a minute what one better plan would have ended."""
GRACE_SHARE, GRACE_SECONDS = 1.05, 5.0
"""A solver that ignores its time limit is ended at limit × share + seconds from its beginning."""
LONGEST_START = 60.0
"""It has so many seconds to begin."""
POLISH_SECONDS = 60.0
"""From when it says that it makes its plan exact, it is left so many seconds more."""
STOP_SECONDS = 3.0
ROUNDING = 1e-6
"""Share of its objective by which a plan may lie under a bound that is still believed."""


@dataclass(frozen=True)
class Ended:
    """How the solver's process ended: its return code, whether a hand stopped it, and whether it
    did not end by itself when its time was up."""

    code: int
    is_stopped: bool
    is_late: bool


@dataclass
class Progress:
    """One event of a run: seconds, best objective and bound so far (money; None if none yet)."""

    seconds: float
    objective: float | None
    bound: float | None


@dataclass
class Outcome:
    """How a solve ended.

    ``status``: optimal (within the gap) | time_limit | stopped | died | infeasible | unbounded, or
    refuted, where a plan was found under the solver's bound; answered, where what was asked for
    (``until``) was known before the gap was reached; node_limit, after so many nodes as were asked.
    ``values`` by column, exact in its integers; None without a plan. ``duals`` by row in money, of
    the problem with its integers fixed. ``bound`` in money; None where nothing is proven.
    """

    status: str
    values: np.ndarray | None
    duals: np.ndarray | None
    bound: float | None
    seconds: float
    log: str = ""


Listener = Callable[[Progress], None]
Until = tuple[float | None, float | None]
"""A bound at or above the first [money], or a plan at or below the second, ends a search."""
NEVER: Until = (None, None)


def run_highs(
    matrix: Matrix,
    gap: float,
    time_limit: float,
    threads: int = 1,
    listener: Listener | None = None,
    start: np.ndarray | None = None,
    shape: Shape | None = None,
    solver: str = "highs",
    until: Until = NEVER,
    nodes: int | None = None,
    slack: float = 0.0,
) -> Outcome:
    """Solve to a relative gap within seconds; the returned point is polished and exact.

    With a ``shape``, a second process looks for better plans meanwhile. A ``start`` holds values
    by column, NaN where it has none. The search ends early once what is asked ``until`` is known,
    or after so many ``nodes``; ``slack`` [money] may be left open where the gap would allow less.
    Where a plan lies under its bound, and refutes its proof, it is sought again from that plan.
    PlanError where two seeds both return points that do not survive rounding.
    """
    began = time.monotonic()
    if not matrix.columns:  # a book in which nothing is left to decide
        if (matrix.row_lower > NOTHING).any() or (matrix.row_upper < -NOTHING).any():
            return Outcome("infeasible", None, None, None, 0.0)
        nothing = np.zeros(0)
        return Outcome("optimal", nothing, np.zeros(len(matrix.rows)), matrix.offset, 0.0)
    refuted: Outcome | None = None
    for seed in (SEED, OTHER_SEED):
        left = max(time_limit - (time.monotonic() - began), 1.0)
        outcome = attempt(
            matrix, gap, left, threads, seed, listener, start, shape, solver, until, nodes, slack
        )
        if outcome is None:
            log.warning("the solver's point did not survive rounding; trying another seed")
            continue
        outcome.seconds = time.monotonic() - began
        if refuted is not None and outcome.values is None:  # the plan at hand is kept
            is_stopped = outcome.status == "stopped"
            return replace(refuted, status="stopped", bound=None) if is_stopped else refuted
        if not is_refuted(outcome, matrix):
            return outcome
        log.warning("a plan lies under the solver's bound; trying another seed")
        refuted, start = outcome, outcome.values
    if refuted is not None:
        return refuted
    raise PlanError(
        "the solver twice returned a point that breaks rules when rounded: no plan is published; "
        "check the workbook for very large numbers beside very small ones"
    )


def believed(outcome: Outcome, objective: float) -> Outcome:
    """How it ended, given what the plan costs in money: its bound is no higher than that.

    A bound that lies above the plan by more than rounding is refuted by it, and proves nothing.
    """
    bound = outcome.bound
    if bound is None or bound <= objective:
        return outcome
    if bound - objective <= ROUNDING * max(1.0, abs(objective)):
        return replace(outcome, bound=objective)
    ended = "refuted" if outcome.status == "optimal" else outcome.status
    return replace(outcome, status=ended, bound=None)


def is_refuted(outcome: Outcome, matrix: Matrix) -> bool:
    """Whether a search says that it is done, and its own plan lies under its bound."""
    if outcome.values is None:
        return False
    objective = float(matrix.cost @ outcome.values) + matrix.offset
    return believed(outcome, objective).status == "refuted"


def attempt(
    matrix: Matrix,
    gap: float,
    time_limit: float,
    threads: int,
    seed: int,
    listener: Listener | None,
    start: np.ndarray | None,
    shape: Shape | None,
    solver: str,
    until: Until = NEVER,
    nodes: int | None = None,
    slack: float = 0.0,
) -> Outcome | None:
    """One run in a private folder; None where its point does not survive rounding."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chipfolio-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        scaled = matrix.scaled()
        np.savez(folder / "model.npz", **scaled.arrays)
        time_limit = max(time_limit - (time.monotonic() - began), 1.0)
        options = {
            "time_limit": float(time_limit),
            "mip_rel_gap": float(gap),
            "mip_abs_gap": max(slack / scaled.unit, NO_SLACK),
            "mip_feasibility_tolerance": FEASIBILITY,
            "primal_feasibility_tolerance": FEASIBILITY,
            "random_seed": seed,
            "threads": threads,
            "output_flag": True,
            "mip_min_logging_interval": 1.0,
            # these cost more time than their plans are worth
            "mip_heuristic_run_root_reduced_cost": False,
            "mip_heuristic_run_feasibility_jump": False,
        }
        if nodes is not None:
            options["mip_max_nodes"] = nodes
            options["mip_allow_restart"] = False  # its root would take as long again
        if shape is None:  # nobody else looks for plans
            options["mip_heuristic_effort"] = HEURISTIC_EFFORT
        job: dict[str, object] = {"options": options, "search": True, "solver": solver}
        job["ends"] = time.time() + time_limit  # a clock that both processes have
        if until != NEVER:
            job["until"] = [None if money is None else money / scaled.unit for money in until]
        if start is not None:
            np.save(folder / START, scaled.start(start))
            job["start"] = START
        if shape is not None:
            shape.save(folder, scaled.column_factor, scaled.unit)
            # only what worlds cost falls apart into worlds
            job |= {"beside": float(gap), "worlds": len(shape.members) if shape.is_cost else 1}
        with improving(folder, shape is not None):
            ended = run_child(folder, job, time_limit, scaled, listener)
        result_file = folder / "result.json"
        solver_log = folder / "solver.log"
        text = solver_log.read_text(errors="replace") if solver_log.exists() else ""
        if ended.code == 0 and result_file.exists():
            result = json.loads(result_file.read_text())
            return read_outcome(folder, scaled, result, text, ended.is_stopped)
        status = "stopped" if ended.is_stopped else "time_limit" if ended.is_late else "died"
        if status == "died":
            log.warning("the solver's process ended with code %d", ended.code)
        best = left_behind(folder, scaled.arrays["cost"])
        if best is None:
            if status != "died":
                return Outcome(status, None, None, None, 0.0, text)
            raise SolverDiedError(
                "the solver ended without an answer and without a plan (out of memory?): "
                "run again, or try --threads 1"
            )
        shutil.copy(best, folder / START)
        rescue: dict[str, object] = {**job, "search": False, "start": START}
        run_child(folder, rescue, POLISH_SECONDS, scaled, None)
        if not (folder / "values.npy").exists():
            raise SolverDiedError("the solver ended early, and its best plan breaks rules")
        result = {"status": status, "bound": None}
        return read_outcome(folder, scaled, result, text, ended.is_stopped)


def left_behind(folder: Path, cost: np.ndarray) -> Path | None:
    """The best plan that a solver that is gone left on disk, or an improver beside it."""
    steps = sorted(folder.glob("step-*.npy"), key=lambda path: int(path.stem.split("-")[1]))
    found = [path for path in (folder / "best.npy", folder / EARLY) if path.exists()] + steps[-1:]
    return min(found, key=lambda path: float(cost @ np.load(path)), default=None)


def read_outcome(
    folder: Path, scaled: Scaled, result: dict, text: str, stopped: bool
) -> Outcome | None:
    """What the child left, in money; None where a point was found but not polished."""
    status = result["status"]
    if status == "error":
        raise SolverDiedError(
            result.get("message")
            or "the solver reports an error of its own; its log is kept with the run"
        )
    if result.get("polished") is False:
        return None
    values = duals = None
    if (folder / "values.npy").exists():
        values = scaled.values(np.load(folder / "values.npy"))
        duals = scaled.duals(np.load(folder / "duals.npy"))
    bound = scaled.money(result["bound"])
    if stopped and status in ("time_limit", "stopped"):
        status = "stopped"
    return Outcome(status, values, duals, bound, 0.0, text)


def run_child(
    folder: Path,
    job: dict[str, object],
    time_limit: float,
    scaled: Scaled,
    listener: Listener | None,
) -> Ended:
    """Run the solver's process to its end."""
    for stale in ("result.json", "values.npy", "duals.npy"):
        (folder / stale).unlink(missing_ok=True)
    (folder / "job.json").write_text(json.dumps(job))
    child = process()
    tell(child, str(folder))
    lines: Queue[str] = Queue()
    errors: list[str] = []

    def read() -> None:
        for line in child.stdout:
            lines.put(line)
        child.wait()
        lines.put("")  # who listens need not wait for more

    readers = [
        threading.Thread(target=read, daemon=True),
        threading.Thread(target=lambda: errors.extend(child.stderr), daemon=True),
    ]
    for reader in readers:
        reader.start()
    stopped, late, stop_by = False, False, math.inf
    ear = Ear(folder, scaled, listener, time_limit)
    try:
        while child.poll() is None or not lines.empty():
            try:
                ear.hear(lines)
                if time.monotonic() > min(ear.deadline, stop_by) and child.poll() is None:
                    late = True
                    child.kill()
            except KeyboardInterrupt:
                if stopped:
                    child.kill()
                stopped = True
                tell(child, "stop")
                stop_by = time.monotonic() + STOP_SECONDS
    finally:
        if child.poll() is None:
            child.kill()
        child.wait()
        for reader in readers:
            reader.join(timeout=1.0)
        for pipe in (child.stdin, child.stdout, child.stderr):
            pipe.close()
    if errors and child.returncode != 0:
        log.error("the solver's process said: %s", "".join(errors[-3:]).strip())
    return Ended(child.returncode, stopped, late)


class Ear:
    """Passes on to a listener what the solver's process says and what an improver has found."""

    def __init__(
        self, folder: Path, scaled: Scaled, listener: Listener | None, time_limit: float
    ) -> None:
        self.folder = folder
        self.scaled = scaled
        self.listener = listener
        self.began = time.monotonic()
        self.time_limit = time_limit
        self.deadline = self.began + LONGEST_START
        """When the process is ended: by the stage that it said it has come to."""
        self.objective: float | None = None
        self.bound: float | None = None

    def hear(self, lines: Queue[str]) -> None:
        """Pass the next event on, waiting a moment for it."""
        event: dict[str, Any] = {}
        with suppress(Empty, ValueError):
            event = json.loads(lines.get(timeout=0.1))
        stage = event.pop("stage", None)
        if stage == "search":
            allowed = self.time_limit * GRACE_SHARE + GRACE_SECONDS
            self.deadline = time.monotonic() + allowed
        elif stage == "polish":
            self.deadline = time.monotonic() + POLISH_SECONDS
        if self.listener is None:
            return
        before = self.objective
        # of the improver: what its best plan so far costs, and what every plan costs at least
        best, least = (number_in(self.folder / name, math.nan) for name in (TOLD, LEAST))
        found = (event.get("objective"), self.objective, best)
        self.objective = min((money for money in found if is_known(money)), default=None)
        found = (event.get("bound"), self.bound, least)
        self.bound = max((money for money in found if is_known(money)), default=None)
        if event or self.objective != before:
            seconds, money = time.monotonic() - self.began, self.scaled.money
            self.listener(Progress(seconds, money(self.objective), money(self.bound)))


def is_known(money: float | None) -> bool:
    """Whether there is such a number."""
    return money is not None and not math.isnan(money)


def tell(child: subprocess.Popen, line: str) -> None:
    """Say a line to the solver's process."""
    try:
        child.stdin.write(line + "\n")
        child.stdin.flush()
    except (BrokenPipeError, ValueError):
        log.debug("the solver's process had ended already")
