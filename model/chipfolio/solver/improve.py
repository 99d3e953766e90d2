"""Better plans, found by a second process beside the main solve, which proves the bound.

On books of some size HiGHS's bound is good long before its plans are. So the main solve leaves the
search for plans to an improver on another core: it finds a first plan, coarse before fine, and goes
round neighbourhoods, windows of periods, in which all other whole-number decisions are kept and the
rest is solved anew (relax-and-fix and fix-and-optimize: Pochet and Wolsey 2006, chapter 3; large
neighbourhoods: Shaw 1998).

Coarse before fine: first only the yes/no decisions (programmes, deals, tiers, set-ups) must be
whole numbers, and quantities may be fractions. Yes/no decisions that are whole already in the LP
relaxation are fixed there (Berthold 2014, RENS). Then the quantities are made whole too. A tree's
worlds are planned one after another, each with its past fixed. All of this is done roughly first: a
plan that may be a fifth too dear takes a fraction of the time, and is there for who has no more.

Runs repeat to the byte although two processes share the work: a neighbourhood ends at a gap, or
after so many nodes or polls of the solver, never after seconds, and all of it is counted (lookout).

Run as ``python -m chipfolio.solver.improve FOLDER``; the end of standard input ends it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import sparse

from .lookout import CLOCK, EARLY, LEAST, QUIET, ROUND, START, TOLD
from .program import (
    LARGE,
    STATUS,
    Program,
    held,
    keep,
    load,
    matrix_of,
    program,
    relaxation,
    rows_and_columns,
    rows_within,
)
from .shape import Shape, read_shape

ROUGH_GAP = 0.2
"""Gap to which each step of a rough plan is solved."""
COARSE_GAP = 0.003
"""Gap for the yes/no decisions of a book of one scenario."""
WORLD_GAP = 0.01
"""Gap for the yes/no decisions of one scenario of a tree."""
FINE_GAP = 0.001
"""Gap for quantities, once the yes/no decisions are fixed."""
FIRST_GAP = 0.01
"""Gap for a first plan in which all is decided at once."""
NEAR_GAP = 1e-4
"""Gap for a neighbourhood of a known plan."""
BY_REDUCED_COST = {
    "mip_heuristic_run_root_reduced_cost": True,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
}
"""Options with which HiGHS decides the yes/no decisions of a book of one world in one search."""
BY_PLUNGING = {
    **QUIET,
    "mip_pscost_minreliable": 0,
    "mip_max_nodes": 90,
    "mip_lp_solver": "ipm",
}
"""Options with which it finds some where each step takes long: no trial of branches before one."""
AS_IS = {
    "threads": 1,
    "random_seed": 1,
    "mip_feasibility_tolerance": 1e-8,
    "primal_feasibility_tolerance": 1e-8,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "output_flag": False,
}
"""Options of every search."""
AT_ROOT = {"mip_max_nodes": 1}
"""Options of one that ends before it branches."""
ON_EDGE = 1e-6
"""How near a bound a row is just kept, in units of the scaled row."""
NODES, POLLS = 30, 200
SHARES, FEWEST = (0.3, 1.0, 0.5), 200
"""Share of a world's whole-number columns that a neighbourhood leaves free, round by round."""
FAR = 0.03
"""Share of the cost of the relaxation by which a plan given may lie above it and still be where the
search begins: from 8 % above it took up to twice as long as from a plan of its own."""
STEP_SHARE = 0.6
"""How far a window moves on, as a share of its periods."""
PART = 1.5
"""In a scenario tree, one solver callback here counts as this many callbacks of the main solve ×
(columns of this subproblem / all columns). Tuned on books of three and six scenarios."""
HEARTBEAT = 0.05
ROUNDED = 1e-6
"""Share by which the cost of a relaxation is rounded down before it is told as a bound."""

Found = tuple[float, np.ndarray]
"""Objective and point of a plan."""


class Improver:
    """Finds plans of a scaled program and leaves each step's best on disk."""

    def __init__(self, folder: Path, data: Program, shape: Shape) -> None:
        self.folder = folder
        self.data = data
        self.shape = shape
        self.integer = data["integer"]
        self.matrix = matrix_of(data)
        self.is_tree = len(shape.members) > 1
        self.steps, self.work = 0, 0.0
        self.last_beat = time.monotonic()
        self.point: np.ndarray | None = None
        self.objective = np.inf
        self.early_objective = np.inf

    def run(self) -> None:
        """Find a plan, then go round the neighbourhoods of each share until all bring nothing."""
        self.take(self.begin())
        idle = turn = 0
        while self.point is not None and idle < len(SHARES):
            before = self.objective
            for free in windows(self.shape, SHARES[turn % len(SHARES)]):
                self.take(self.around(free))
            gained = before - self.objective > 1e-6 * abs(before)
            idle = 0 if gained else idle + 1
            turn += 1

    def take(self, found: Found | None) -> None:
        """End a step: keep what was found if it is better, and say so on disk."""
        name = f"step-{self.steps}"
        if found is not None and found[0] < self.objective:
            self.objective, self.point = found
            keep(self.folder / f"{name}.npy", self.point)
            self.tell(TOLD, min(self.objective, self.early_objective))
        part = self.folder / f"{name}.part"
        objective = None if self.point is None else self.objective
        part.write_text(json.dumps({"objective": objective, "work": self.work}))
        part.replace(self.folder / f"{name}.json")
        self.steps += 1
        self.beat()

    def given(self) -> Found | None:
        """The plan with which the search was told to start; None where there is none, or where its
        whole numbers do not make a plan of this program.
        """
        path = self.folder / START
        if not path.exists():
            return None
        start = np.load(path)
        if np.isnan(start).any():
            return None
        return self.around(np.zeros(len(self.integer), dtype=bool), start)

    def begin(self) -> Found | None:
        """The plan to go on from: the one given, or a first plan, where none is or it is far."""
        given = self.given()
        if given is not None:
            if not self.is_far(given[0]):
                return given
            self.early(given[1])
        found = [plan for plan in (given, self.first()) if plan is not None]
        return min(found, key=lambda plan: plan[0], default=None)

    def is_far(self, objective: float) -> bool:
        """Whether a plan costs so much more than the relaxation that another is soon better.

        None counts as far of a tree, whose relaxation takes long, nor where anything but the cost
        is made least: there a first plan takes long.
        """
        is_told = self.shape.is_cost and not self.is_tree
        point = self.relaxed(self.data) if is_told else None
        if point is None:
            return False
        least = self.cost_of(point)
        return objective - least > FAR * abs(least)

    def first(self) -> Found | None:
        """A first plan, coarse before fine; where that fails, of the whole at once.

        Before it, one that orders nothing and a rough one are left for a main solve whose time is
        up.
        """
        nothing = self.without_orders()
        if nothing is not None:
            self.early(nothing)
        point = None if self.is_tree else self.relaxed(self.data)
        if point is not None:
            least = self.cost_of(point)
            self.tell(LEAST, least - ROUNDED * abs(least))
        if self.is_tree:
            rough = self.world_by_world(rough=True)
        else:
            rough = self.coarse_then_fine(self.data, self.shape.fine, point, rough=True)
        if rough is not None:
            self.early(rough[1])
        if self.is_tree:
            found = self.world_by_world()
        else:
            found = self.coarse_then_fine(self.data, self.shape.fine, point, tell=self.early)
        for patience in (1, 100):
            found = found or self.solve(self.data, FIRST_GAP, patience, tell=self.early)
        return found

    def without_orders(self) -> np.ndarray | None:
        """A plan whose quantities are the least there are; None where none such is found at once.

        It depends on nothing that others wait for, and so its work is not counted.
        """
        least = np.where(np.isfinite(self.data["lower"]), self.data["lower"], 0.0)
        bare = held(self.data, self.shape.fine & self.integer, least)
        solver = load(program(bare), {**AS_IS, **QUIET, "mip_rel_gap": ROUGH_GAP, **AT_ROOT})
        solver.run()
        if solver.getInfo().primal_solution_status != 2:
            return None
        return np.array(solver.getSolution().col_value)

    def early(self, point: np.ndarray) -> None:
        """Leave what there is before the first step ends, for a main solve whose time is up."""
        objective = self.cost_of(point)
        if objective < self.early_objective:
            self.early_objective = objective
            keep(self.folder / EARLY, point)
            self.tell(TOLD, objective)

    def cost_of(self, point: np.ndarray) -> float:
        """What a point costs."""
        return float(self.data["cost"] @ point + self.data["offset"][0])

    def tell(self, what: str, objective: float) -> None:
        """Let whoever watches know of a plan's cost or of a bound; no search rests on it."""
        part = self.folder / f"{what}.part"
        part.write_text(repr(objective))
        part.replace(self.folder / what)

    def world_by_world(self, rough: bool = False) -> Found | None:
        """Worlds alone, parents first: what a world shares is as its parent decided it."""
        values = np.full(len(self.integer), np.nan)
        for columns, costs in zip(self.shape.members, self.shape.costs, strict=True):
            one = alone(self.data, self.matrix, columns, costs, values)
            found = self.coarse_then_fine(one, self.shape.fine[columns], self.relaxed(one), rough)
            found = found or self.solve(one, ROUGH_GAP if rough else FIRST_GAP)
            if found is None:
                return None
            values[columns] = found[1]
        return self.around(np.zeros(len(self.integer), dtype=bool), np.nan_to_num(values))

    def around(self, free: np.ndarray, point: np.ndarray | None = None) -> Found | None:
        """The best plan that keeps the whole numbers of a point but the free ones."""
        start = self.point if point is None else None
        point = self.point if point is None else point
        near = held(self.data, self.shape.kept & ~free, point)
        reach = self.shape.reach(free) if start is not None else np.arange(len(free))
        if len(reach) < len(free):
            near, start = part_of(near, self.matrix, reach, point), start[reach]
        more: dict[str, object] = {"mip_heuristic_run_rens": False}
        if len(near["cost"]) > LARGE:
            more["mip_pscost_minreliable"] = 0
        found = self.solve(near, NEAR_GAP, start=start, more=more)
        if found is None or len(reach) == len(free):
            return found
        whole = point.copy()
        whole[reach] = found[1]
        return found[0], whole

    def relaxed(self, data: Program) -> np.ndarray | None:
        """The point of a program without its whole numbers; None where that has no optimum."""
        large = len(data["cost"]) > LARGE
        relaxed = relaxation(data, np.inf, **({"solver": "ipx"} if large else {}))
        if STATUS.get(relaxed.getModelStatus()) != "optimal":
            return None
        return np.array(relaxed.getSolution().col_value)

    def coarse_then_fine(
        self,
        data: Program,
        fine: np.ndarray,
        point: np.ndarray | None,
        rough: bool = False,
        tell: Callable[[np.ndarray], None] | None = None,
    ) -> Found | None:
        """A plan of a program: what commits first, then quantities; None where that fails.

        ``point`` is its relaxation's. Of a large program, what commits is sought by plunging and to
        a lesser gap. Of a large or a rough one, and of a world among several, quantities that are
        whole without being made so are kept.
        """
        if point is None:
            return None
        large, whole = len(data["cost"]) > LARGE, data["integer"]
        commits = whole & ~fine
        coarse = {**data, "integer": commits}
        near = held(coarse, commits & is_whole(point), point)
        gap, more = (WORLD_GAP, {}) if self.is_tree else (COARSE_GAP, BY_REDUCED_COST)
        last_gap = FINE_GAP
        if large:
            gap, more = FIRST_GAP, BY_PLUNGING
        if rough:
            gap = last_gap = ROUGH_GAP
            more = BY_PLUNGING if large else {}
        first = self.solve(near, gap, more=more) or self.solve(coarse, gap, more=more)
        if first is None:
            return None
        point = first[1]
        last = held(data, commits, point)
        found = None
        if large or rough or self.is_tree:
            quantities = whole & is_whole(point)
            found = self.solve(held(last, quantities, point), last_gap, tell=tell)
            if found is None:
                free = self.on_edge(data, commits, point)
                near = held(data, (commits | quantities) & ~free, point)
                found = self.solve(near, last_gap, tell=tell)
        return found or self.solve(last, last_gap, tell=tell)

    def on_edge(self, data: Program, commits: np.ndarray, point: np.ndarray) -> np.ndarray:
        """Which of what commits rests on quantities that are not whole yet at a point.

        That is what shares a row that is just kept with any of them: a payment due from a size of
        fleet, say, which the quantities reach as fractions and may miss as whole numbers.
        """
        matrix = self.matrix if data["cost"] is self.data["cost"] else matrix_of(data)
        done = matrix @ point
        sides = (data["row_lower"], data["row_upper"])
        is_tight = np.any([np.abs(done - side) < ON_EDGE for side in sides], axis=0)
        pattern = matrix != 0
        fractions = data["integer"] & ~commits & ~is_whole(point)
        return commits & (pattern.T @ (is_tight & (pattern @ fractions)))

    def solve(
        self,
        data: Program,
        gap: float,
        patience: int = 1,
        start: np.ndarray | None = None,
        more: dict[str, object] | None = None,
        tell: Callable[[np.ndarray], None] | None = None,
    ) -> Found | None:
        """Objective and point of a program, to a gap or until so many nodes or polls of the solver.

        Each better point on the way is told.
        """
        limits = {"mip_rel_gap": gap, "mip_max_nodes": patience * NODES}
        options = {**AS_IS, **limits, **(more or {})}
        solver = load(program(data), options)
        if start is not None:
            solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
        count = 0
        share = PART * len(data["cost"]) / len(self.integer) if self.is_tree else 1.0

        def polled(event: object) -> None:
            nonlocal count
            count += 1
            self.count(share)
            if count > patience * POLLS:
                event.interrupt()

        solver.cbMipInterrupt += polled
        solver.cbMipUserSolution += lambda _: self.count(ROUND * share)
        if tell is not None:
            solver.cbMipImprovingSolution += lambda event: tell(
                np.array(event.data_out.mip_solution)
            )
        solver.solve()
        info = solver.getInfo()
        if info.primal_solution_status != 2:  # feasible, in HiGHS's words
            return None
        return info.objective_function_value, np.array(solver.getSolution().col_value)

    def count(self, polls: float) -> None:
        """Count work done, and let the main solve know of it now and then."""
        self.work += polls
        if time.monotonic() - self.last_beat > HEARTBEAT:
            self.beat()

    def beat(self) -> None:
        """Let the main solve know how far this is: what was found so far is on disk."""
        part = self.folder / f"{CLOCK}.part"
        part.write_text(str(self.work))
        part.replace(self.folder / CLOCK)
        self.last_beat = time.monotonic()


def is_whole(point: np.ndarray) -> np.ndarray:
    """Where a point is as good as whole."""
    return np.abs(point - np.round(point)) < 1e-6


def windows(shape: Shape, share: float) -> Iterator[np.ndarray]:
    """Masks of whole-number columns of consecutive periods, a share of a world's each.

    Of a tree, at last of all worlds together, twice as many, as far as they share something: that
    was planned for one of them alone.
    """
    own = [shape.kept & (shape.world == world) for world in range(len(shape.members))]
    sizes = [max(share * mask.sum(), FEWEST) for mask in own]
    for mask, size in zip(own, sizes, strict=True):
        yield from windows_of(mask, shape, size)
    if len(own) > 1:
        shared = np.bincount(np.concatenate(shape.members), minlength=len(shape.kept)) > 1
        for free in windows_of(shape.kept & (shape.world >= 0), shape, 2 * max(sizes)):
            if (free & shared).any():
                yield free


def windows_of(own: np.ndarray, shape: Shape, size: float) -> Iterator[np.ndarray]:
    """Parts of a mask, consecutive periods of about so many columns, each overlapping the next.

    What follows from several periods is free where any of them is.
    """
    periods, counts = np.unique(shape.period[own], return_counts=True)
    first = 0
    while first < len(periods):
        total = np.cumsum(counts[first:])
        last = first + max(int(np.searchsorted(total, size, side="right")), 1)
        inside = periods[first:last]
        yield own & (shape.period >= inside[0]) & (shape.since <= inside[-1])
        if last >= len(periods):
            break
        first += max(round(STEP_SHARE * (last - first)), 1)


def part_of(
    data: Program, matrix: sparse.csr_matrix, columns: np.ndarray, point: np.ndarray
) -> Program:
    """The program of some columns, all others kept at a point's values."""
    away = point.copy()
    away[columns] = 0.0
    rows = np.unique(matrix[:, columns].nonzero()[0])
    done = matrix[rows] @ away
    return {
        **rows_and_columns(data, matrix, rows, columns),
        "cost": data["cost"][columns],
        "offset": data["offset"] + data["cost"] @ away,
        "row_lower": data["row_lower"][rows] - done,
        "row_upper": data["row_upper"][rows] - done,
    }


def alone(
    data: Program,
    matrix: sparse.csr_matrix,
    columns: np.ndarray,
    costs: np.ndarray,
    known: np.ndarray,
) -> Program:
    """The program of one world by itself; what is known (not NaN) of its columns is fixed."""
    found = rows_and_columns(data, matrix, rows_within(matrix, columns), columns)
    found |= {"cost": costs, "offset": np.zeros(1)}
    # only whole numbers are fixed: the rest follows, and must not fail by a rounding
    return held(found, ~np.isnan(known[columns]) & found["integer"], known[columns])


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
