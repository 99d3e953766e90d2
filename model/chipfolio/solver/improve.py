"""Better plans, found by a second process beside the main solve, which proves the bound.

On books of some size HiGHS's bound is good long before its plans are. So the main solve leaves the
search for plans to an improver on another core: it finds a first plan (of a tree: world by world,
each with its past fixed) and goes round neighbourhoods, windows of periods of one world, in which
all other whole-number decisions are kept and the rest is solved anew (relax-and-fix and
fix-and-optimize: Pochet and Wolsey 2006, chapter 3; large neighbourhoods: Shaw 1998).

Runs repeat to the byte although two processes share the work. A neighbourhood ends at a gap, or
after so many nodes or polls of the solver, never after seconds; and the main solve takes the plans
found at fixed calls of its own, waiting there for the improver where that is not yet as far. Only
the time limit breaks this: a plan cut short says so anyway.

Run as ``python -m chipfolio.solver.improve FOLDER``; the end of standard input ends it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import highspy

FIRST_GAP, NEAR_GAP = 0.01, 1e-4
"""Gaps to which a first plan and a neighbourhood are solved."""
NODES, POLLS = 30, 200
SIZES = (200, 280, 380, 500)
"""Whole-number columns that a neighbourhood leaves free, round by round."""
STEP_SHARE = 0.6
"""How far a window moves on, as a share of its periods."""
ROUNDS_WITHOUT_GAIN = 2
LOOKS_APART, NODES_A_ROUND = 6, 8
"""Rounds of the main solve from one look at the improver's plans to the next: a round is one of
cuts at the root, or so many nodes of the tree."""
PATIENCE = 0.05
SHAPE, OVER, EARLY = "shape.npz", "steps.over", "early.npy"
QUIET = {
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
}
"""Options of a main solve that leaves the search for plans to an improver."""


@dataclass(frozen=True)
class Shape:
    """What an improver must know of a program beyond its matrix, all by column.

    ``period`` and ``world`` say when and in which world a column is decided first (-1: neither);
    ``members`` lists each world's columns, those it shares included, and ``costs`` what they add
    to the world's total, in money. Worlds stand parents first.
    """

    period: np.ndarray
    world: np.ndarray
    members: list[np.ndarray]
    costs: list[np.ndarray]

    def save(self, folder: Path, column_factor: np.ndarray, unit: float) -> None:
        """Write it in the units of a scaled program."""
        costs = {
            f"cost{at}": cost * column_factor[columns] / unit
            for at, (columns, cost) in enumerate(zip(self.members, self.costs, strict=True))
        }
        members = {f"members{at}": columns for at, columns in enumerate(self.members)}
        count = np.array(len(self.members))
        np.savez(
            folder / SHAPE, period=self.period, world=self.world, count=count, **members, **costs
        )


def read_shape(folder: Path) -> Shape:
    """The shape as ``save`` left it."""
    with np.load(folder / SHAPE) as file:
        count = int(file["count"])
        return Shape(
            file["period"],
            file["world"],
            [file[f"members{at}"] for at in range(count)],
            [file[f"cost{at}"] for at in range(count)],
        )


# ------------------------------------------------------------------ the parent's side
@contextmanager
def improving(folder: Path, present: bool) -> Iterator[None]:
    """Run an improver beside whatever is done meanwhile, where there is a shape to work on."""
    if not present:
        yield
        return
    for stale in (*folder.glob("step-*"), folder / OVER, folder / EARLY):
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


# ------------------------------------------------------------------ the main solve's side
class Lookout:
    """Takes an improver's plans into the main solve, at fixed calls of the solver."""

    def __init__(self, folder: Path, gap: float, time_limit: float) -> None:
        self.folder = folder
        self.gap = gap
        self.deadline = time.monotonic() + time_limit
        self.stopped = threading.Event()
        """Set by whoever asks the main solve to stop."""
        self.calls = 0
        self.next_look = LOOKS_APART
        self.steps = 0
        self.objective = np.inf
        self.point: np.ndarray | None = None
        self.proven = False
        self.shift = 0.0
        """What the main solve's objective and bound lie under the improver's."""

    def listen(self, solver: highspy.Highs) -> None:
        """Look whenever the solver asks for a plan; stop it once a plan is proven."""
        solver.cbMipUserSolution += self.called
        solver.cbMipInterrupt += self.judge

    def keep_time(self, nodes: int) -> None:
        """Take the improver's next plan when its turn has come."""
        rounds = self.calls + nodes / NODES_A_ROUND
        if rounds >= self.next_look and self.look():
            self.next_look = rounds + LOOKS_APART

    def called(self, event: object) -> None:
        """Hand on the best plan taken until the solver takes it."""
        self.calls += 1
        self.keep_time(event.data_out.mip_node_count)
        best = event.data_out.mip_primal_bound + self.shift
        if self.point is not None and best > self.objective + 1e-9 * abs(self.objective):
            event.data_in.setSolution(self.point)

    def judge(self, event: object) -> None:
        """Stop where the best plan taken is within the gap of the bound."""
        self.keep_time(event.data_out.mip_node_count)
        bound = event.data_out.mip_dual_bound + self.shift
        limit = self.gap * max(abs(self.objective), 1.0)
        if self.point is not None and self.objective - bound <= limit:
            self.proven = True
        if self.proven:
            event.interrupt()

    def look(self) -> bool:
        """Take the next step's plan, once it is there; False where there are no more steps."""
        said = self.folder / f"step-{self.steps}.json"
        over = self.folder / OVER
        while not said.exists():
            if over.exists() and not said.exists():
                return False
            if time.monotonic() > self.deadline or self.stopped.wait(PATIENCE):
                return False
        self.take(said)
        return True

    def take(self, said: Path) -> None:
        """Count a step, and keep its plan where it is better."""
        self.steps += 1
        objective = json.loads(said.read_text())["objective"]
        if objective is not None and objective < self.objective:
            self.objective, self.point = objective, np.load(said.with_suffix(".npy"))

    def better(
        self, result: dict, values: np.ndarray | None, data: dict, polish: Callable
    ) -> tuple[dict, np.ndarray | None]:
        """Result and point of the main solve, or the improver's point where that is better.

        A point of the improver that does not survive ``polish`` is left out.
        """
        ended_early = result["status"] in ("time_limit", "stopped")
        if ended_early and not self.proven:  # the time is up: take whatever more there is
            while (said := self.folder / f"step-{self.steps}.json").exists():
                self.take(said)
            early = self.folder / EARLY
            if self.point is None and values is None and early.exists():
                self.point = np.load(early)
                self.objective = float(data["cost"] @ self.point + data["offset"][0])
        if self.point is None or not (ended_early or result["status"] == "optimal"):
            return result, values
        own = np.inf if values is None else float(data["cost"] @ values + data["offset"][0])
        if self.objective < own and polish(data, self.point) is not None:
            values, own = self.point, self.objective
        bound = result["bound"]
        if values is None:
            result["status"] = "time_limit" if self.proven else result["status"]
        elif bound is not None and own - bound <= self.gap * max(abs(own), 1.0):
            result["status"] = "optimal"
        elif self.proven:
            result["status"] = "time_limit"
        return result, values


# ------------------------------------------------------------------ the improver's side
class Improver:
    """Finds plans of a scaled program and leaves each step's best on disk."""

    def __init__(self, folder: Path, data: dict[str, np.ndarray], shape: Shape) -> None:
        self.folder = folder
        self.data = data
        self.shape = shape
        self.integer = data["integer"]
        self.steps = 0
        self.point: np.ndarray | None = None
        self.objective = np.inf

    def run(self) -> None:
        """Find a plan, then go round the neighbourhoods until rounds bring nothing."""
        self.take(self.first())
        idle = turn = 0
        while self.point is not None and idle < ROUNDS_WITHOUT_GAIN:
            before = self.objective
            size = SIZES[min(turn, len(SIZES) - 1)]
            for free in windows(self.shape, self.integer, size):
                self.take(self.around(free))
            turn += 1
            gained = before - self.objective > 1e-6 * abs(before)
            idle = 0 if gained or turn < len(SIZES) else idle + 1

    def take(self, found: tuple[float, np.ndarray] | None) -> None:
        """End a step: keep what was found if it is better, and say so on disk."""
        from .child import keep

        if found is not None and found[0] < self.objective:
            self.objective, self.point = found
        name = f"step-{self.steps}"
        if self.point is not None:
            keep(self.folder / f"{name}.npy", self.point)
        part = self.folder / f"{name}.part"
        objective = None if self.point is None else self.objective
        part.write_text(json.dumps({"objective": objective}))
        part.replace(self.folder / f"{name}.json")
        self.steps += 1

    def first(self) -> tuple[float, np.ndarray] | None:
        """A first plan: of a tree world by world, else (or where that fails) of the whole."""
        found = self.world_by_world() if len(self.shape.members) > 1 else None
        limits = ((NODES, POLLS), (100 * NODES, 100 * POLLS))
        for nodes, polls in limits:
            found = found or solve(self.data, FIRST_GAP, nodes, polls, tell=self.early)
        return found

    def early(self, point: np.ndarray) -> None:
        """Leave what there is before the first step ends, for a main solve whose time is up."""
        from .child import keep

        keep(self.folder / EARLY, point)

    def world_by_world(self) -> tuple[float, np.ndarray] | None:
        """Worlds alone, parents first: what a world shares is as its parent decided it."""
        values = np.full(len(self.integer), np.nan)
        matrix = sparse.csr_matrix(
            (self.data["value"], self.data["index"], self.data["start"]),
            shape=(len(self.data["row_lower"]), len(self.integer)),
        )
        for columns, costs in zip(self.shape.members, self.shape.costs, strict=True):
            found = solve(alone(self.data, matrix, columns, costs, values), FIRST_GAP, NODES, POLLS)
            if found is None:
                return None
            values[columns] = found[1]
        return self.around(np.zeros(len(self.integer), dtype=bool), np.nan_to_num(values))

    def around(
        self, free: np.ndarray, point: np.ndarray | None = None
    ) -> tuple[float, np.ndarray] | None:
        """The best plan that keeps the whole numbers of a point but the free ones."""
        start = self.point if point is None else None
        point = self.point if point is None else point
        held = self.integer & ~free
        lower, upper = self.data["lower"].copy(), self.data["upper"].copy()
        lower[held] = upper[held] = np.clip(np.round(point[held]), lower[held], upper[held])
        near = {**self.data, "lower": lower, "upper": upper}
        return solve(near, NEAR_GAP, NODES, POLLS, start, {"mip_heuristic_run_rens": False})


def windows(shape: Shape, integer: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Masks of whole-number columns of one world and consecutive periods, about ``size`` each."""
    for world in range(len(shape.members)):
        own = integer & (shape.world == world)
        periods, counts = np.unique(shape.period[own], return_counts=True)
        first = 0
        while first < len(periods):
            total = np.cumsum(counts[first:])
            last = first + max(int(np.searchsorted(total, size, side="right")), 1)
            inside = periods[first:last]
            yield own & (shape.period >= inside[0]) & (shape.period <= inside[-1])
            if last >= len(periods):
                break
            first += max(round(STEP_SHARE * (last - first)), 1)


def alone(
    data: dict[str, np.ndarray],
    matrix: sparse.csr_matrix,
    columns: np.ndarray,
    costs: np.ndarray,
    known: np.ndarray,
) -> dict[str, np.ndarray]:
    """The program of one world by itself; what is known (not NaN) of its columns is fixed."""
    inside = np.zeros(matrix.shape[1])
    inside[columns] = 1.0
    pattern = sparse.csr_matrix(
        (np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape
    )
    rows = np.flatnonzero(pattern @ inside == np.diff(matrix.indptr))
    part = matrix[rows][:, columns]
    part.sort_indices()
    found = {
        "cost": costs,
        "offset": np.zeros(1),
        "lower": data["lower"][columns].copy(),
        "upper": data["upper"][columns].copy(),
        "integer": data["integer"][columns],
        "row_lower": data["row_lower"][rows],
        "row_upper": data["row_upper"][rows],
        "start": part.indptr.astype(np.int32),
        "index": part.indices.astype(np.int32),
        "value": part.data,
    }
    # only whole numbers are fixed: the rest follows, and must not fail by a rounding
    fixed = ~np.isnan(known[columns]) & found["integer"]
    found["lower"][fixed] = found["upper"][fixed] = np.round(known[columns][fixed])
    return found


def solve(
    data: dict[str, np.ndarray],
    gap: float,
    nodes: int,
    polls: int,
    start: np.ndarray | None = None,
    more: dict[str, object] | None = None,
    tell: Callable[[np.ndarray], None] | None = None,
) -> tuple[float, np.ndarray] | None:
    """Objective and point of a program, to a gap or until so many nodes or polls of the solver.

    Each better point on the way is told.
    """
    from .child import load, program

    options = {
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": gap,
        "mip_max_nodes": nodes,
        "mip_feasibility_tolerance": 1e-8,
        "primal_feasibility_tolerance": 1e-8,
        "mip_heuristic_run_feasibility_jump": False,
        "mip_heuristic_run_root_reduced_cost": False,
        "output_flag": False,
        **(more or {}),
    }
    solver = load(program(data), options)
    if start is not None:
        solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
    count = 0

    def polled(event: object) -> None:
        nonlocal count
        count += 1
        if count > polls:
            event.interrupt()

    solver.cbMipInterrupt += polled
    if tell is not None:
        solver.cbMipImprovingSolution += lambda event: tell(np.array(event.data_out.mip_solution))
    solver.solve()
    info = solver.getInfo()
    if info.primal_solution_status != 2:  # feasible, in HiGHS's words
        return None
    return info.objective_function_value, np.array(solver.getSolution().col_value)


def main(folder: Path) -> None:
    """Improve what lies in the folder until there is nothing left to try."""

    def listen() -> None:
        sys.stdin.read()
        os._exit(0)  # the parent is gone: nobody wants this any more

    threading.Thread(target=listen, daemon=True).start()
    with np.load(folder / "model.npz") as file:
        data = dict(file)
    Improver(folder, data, read_shape(folder)).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
