"""Better plans for trees, found beside the main solve, which proves the bound.

On a tree of worlds HiGHS's bound is good long before its plans are. So a second process builds a
plan world by world (the trunk alone, then each child with its past fixed: small problems, where
HiGHS finds plans fast) and improves it by neighbourhoods: all integers but those of the common
past, of one world, or of a window of periods keep their values, and the rest is solved anew
(relax-and-fix after Pochet and Wolsey 2006, §3.6; large neighbourhoods after Danna, Rothberg and
Le Pape 2005; scenario by scenario as in progressive hedging's first pass, Rockafellar and Wets
1991).

Runs repeat to the byte although two processes share the work. A neighbourhood ends at a gap or after
so many nodes or polls of the solver, never after seconds; the main solve looks at what was found at
fixed polls of its own, and waits there until the improver is as far as the schedule says. It stops
as soon as the plan found by then is proven by its bound. Only the time limit breaks this: a plan
cut short says so anyway.

Run as ``python -m chipfolio.solver.improve FOLDER``; the end of standard input ends it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import highspy

PAST_GAP, FIRST_GAP = 5e-4, 0.01
"""Gaps to which a neighbourhood and each world of a first plan are solved."""
NODES, POLLS = 60, 400
ROUNDS = 4
WINDOW, OVERLAP = 6, 1
FIRST_LOOK, LOOKS_APART = 60.0, 1.4
"""The main solve looks after this many polls, then each time after a fixed factor more."""
POLL_SECONDS = 0.05
SHAPE, OVER = "shape.npz", "steps.over"


@dataclass(frozen=True)
class Shape:
    """What an improver must know of a tree beyond its matrix, all by column.

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
        np.savez(
            folder / SHAPE,
            period=self.period,
            world=self.world,
            count=np.array(len(self.members)),
            **members,
            **costs,
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
    for stale in (*folder.glob("step-*"), folder / OVER):
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
    """Watches an improver from within the main solve, at fixed polls."""

    def __init__(self, folder: Path, gap: float) -> None:
        self.folder = folder
        self.gap = gap
        self.polls = 0
        self.steps = 0
        self.best: tuple[float, Path] | None = None
        self.proven = False

    def listen(self, solver: highspy.Highs) -> None:
        """Look whenever the solver polls for an interruption."""
        solver.cbMipInterrupt += self.polled

    def polled(self, event: object) -> None:
        """Count a poll; at the next look, take what the improver has and stop if it is proven."""
        self.polls += 1
        if self.proven:
            event.interrupt()
            return
        while self.polls >= FIRST_LOOK * LOOKS_APART**self.steps and self.look():
            self.steps += 1
        if self.best is None:
            return
        objective, bound = self.best[0], event.data_out.mip_dual_bound
        if objective - bound <= self.gap * max(abs(objective), 1.0):
            self.proven = True
            event.interrupt()

    def look(self) -> bool:
        """Take the next step's plan, once it is there; False where there are no more steps."""
        said = self.folder / f"step-{self.steps}.json"
        over = self.folder / OVER
        while not said.exists():
            if over.exists() and not said.exists():
                return False
            time.sleep(POLL_SECONDS)
        objective = json.loads(said.read_text())["objective"]
        if objective is not None and (self.best is None or objective < self.best[0]):
            self.best = (objective, said.with_suffix(".npy"))
        return True

    def last(self) -> None:
        """Take whatever more there is: the time is up."""
        while (self.folder / f"step-{self.steps}.json").exists() and self.look():
            self.steps += 1

    def better(self, result: dict, values: np.ndarray | None, cost: np.ndarray, offset: float):  # noqa: ANN201
        """Result and point of the main solve, or the improver's point where that is better."""
        if self.proven:
            result["status"] = "optimal"
        elif result["status"] in ("time_limit", "stopped"):
            self.last()
        if self.best is None or result["status"] not in ("optimal", "time_limit", "stopped"):
            return result, values
        own = np.inf if values is None else float(cost @ values) + offset
        if self.best[0] < own:
            values = np.load(self.best[1])
            bound = result["bound"]
            near = bound is not None and self.best[0] - bound <= self.gap * abs(self.best[0])
            result["status"] = "optimal" if near else result["status"]
        return result, values


# ------------------------------------------------------------------ the improver's side
class Improver:
    """Finds plans of a scaled program and leaves each step's best on disk."""

    def __init__(self, folder: Path, data: dict[str, np.ndarray], shape: Shape) -> None:
        self.folder = folder
        self.data = data
        self.shape = shape
        self.integer = data["integer"]
        self.matrix = sparse.csr_matrix(
            (data["value"], data["index"], data["start"]),
            shape=(len(data["row_lower"]), len(data["cost"])),
        )
        self.steps = 0
        self.point: np.ndarray | None = None
        self.objective: float | None = None

    def run(self) -> None:
        """Build a plan, then go round the neighbourhoods until a round brings nothing."""
        self.take(self.construct())
        if self.point is None:
            return
        for turn in range(ROUNDS):
            before = self.objective
            for free in self.neighbourhoods():
                self.take(self.around(free, NODES * (turn + 1), POLLS * (turn + 1)))
            if before - self.objective <= 1e-6 * abs(before):
                return

    def take(self, found: tuple[float, np.ndarray] | None) -> None:
        """End a step: keep what was found if it is better, and say so on disk."""
        from .child import keep

        if found is not None and (self.objective is None or found[0] < self.objective):
            self.objective, self.point = found
        name = f"step-{self.steps}"
        if self.point is not None:
            keep(self.folder / f"{name}.npy", self.point)
        part = self.folder / f"{name}.part"
        part.write_text(json.dumps({"objective": self.objective}))
        part.replace(self.folder / f"{name}.json")
        self.steps += 1

    # -------------------------------------------------------------- a first plan
    def construct(self) -> tuple[float, np.ndarray] | None:
        """World by world, parents first: what a world shares is as its parent decided it."""
        values = np.full(len(self.integer), np.nan)
        for world in range(len(self.shape.members)):
            found = self.alone(world, values, FIRST_GAP)
            if found is None:
                return None
            values[self.shape.members[world]] = found
        self.point = np.nan_to_num(values)
        return self.around(np.zeros(len(self.integer), dtype=bool), 1, POLLS)

    def alone(self, world: int, known: np.ndarray, gap: float) -> np.ndarray | None:
        """One world by itself, with what is known of it fixed; None where it has no plan so."""
        columns = self.shape.members[world]
        inside = np.zeros(len(self.integer), dtype=np.int8)
        inside[columns] = 1
        pattern = self.matrix.copy()
        pattern.data = np.ones_like(pattern.data)
        rows = np.flatnonzero(pattern @ inside == np.diff(self.matrix.indptr))
        part = self.matrix[rows][:, columns]
        part.sort_indices()
        data = {
            "cost": self.shape.costs[world],
            "offset": np.zeros(1),
            "lower": self.data["lower"][columns].copy(),
            "upper": self.data["upper"][columns].copy(),
            "integer": self.integer[columns],
            "row_lower": self.data["row_lower"][rows],
            "row_upper": self.data["row_upper"][rows],
            "start": part.indptr.astype(np.int32),
            "index": part.indices.astype(np.int32),
            "value": part.data,
        }
        fixed = ~np.isnan(known[columns])
        value = known[columns][fixed]
        whole = data["integer"][fixed]
        value = np.where(whole, np.round(value), value)
        data["lower"][fixed] = data["upper"][fixed] = value
        found = solve(data, gap, NODES, POLLS, None, tolerance=1e-7)
        return None if found is None else found[1]

    # -------------------------------------------------------------- neighbourhoods
    def neighbourhoods(self) -> Iterator[np.ndarray]:
        """Columns that are free in turn: the common past, each world, windows of periods."""
        period, world = self.shape.period, self.shape.world
        count = len(self.shape.members)
        own = [period[world == at] for at in range(1, count)]
        parting = max((int(at[at >= 0].min()) for at in own if (at >= 0).any()), default=0)
        last = int(period.max())
        yield period <= parting
        for at in range(count):
            yield world == at
        for first in range(0, last + 1, WINDOW - OVERLAP):
            yield (period >= first) & (period < first + WINDOW)
        yield period < 0

    def around(self, free: np.ndarray, nodes: int, polls: int) -> tuple[float, np.ndarray] | None:
        """The best plan that keeps all integers of the present one but the free ones."""
        held = self.integer & ~free
        lower, upper = self.data["lower"].copy(), self.data["upper"].copy()
        lower[held] = upper[held] = np.clip(np.round(self.point[held]), lower[held], upper[held])
        data = {**self.data, "lower": lower, "upper": upper}
        start = self.point if self.objective is not None else None
        return solve(data, PAST_GAP, nodes, polls, start)


def solve(
    data: dict[str, np.ndarray],
    gap: float,
    nodes: int,
    polls: int,
    start: np.ndarray | None,
    tolerance: float = 1e-8,
) -> tuple[float, np.ndarray] | None:
    """Objective and point of a program, to a gap or until so many nodes or polls of the solver."""
    from .child import load, program

    options = {
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": gap,
        "mip_max_nodes": nodes,
        "mip_feasibility_tolerance": tolerance,
        "primal_feasibility_tolerance": tolerance,
        "output_flag": False,
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
    solver.solve()
    info = solver.getInfo()
    if info.primal_solution_status != 2:
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
