"""Each contender, run in a process of its own on one instance: ``python -m … JOB.json``.

It writes a line of JSON for each step of its best cost and its bound, and a last one on how it
ended; seconds count from the hand-over of the program, for all alike.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import highspy
import numpy as np
import pandas as pd
import pyomo.environ as pyo

import chipfolio
from chipfolio.formulation.whole import build
from chipfolio.plan.plan import names_of
from chipfolio.plan.shape import shape_of
from chipfolio.solver import hunt as hunting
from chipfolio.solver import others
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.engine import Outcome, run_highs
from chipfolio.solver.program import STATUS, finite, program

from .instances import SHIPPED, SIZES, book
from .textbook import textbook

Book = str | Mapping[str, pd.DataFrame]
Tell = Callable[[float | None, float | None], None]
DROPPED = 1e-9
WHOLE_SECONDS = 0.05
"""Steps nearer together than this are told as one."""


@dataclass(frozen=True)
class Job:
    """What one contender is asked to do."""

    contender: str
    size: str
    worlds: int
    seed: int
    gap: float
    seconds: float
    threads: int = 1

    @property
    def book(self) -> Book:
        """The instance: a shipped workbook, or a seeded one."""
        if self.size in SHIPPED:
            return str(SHIPPED[self.size])
        return book(SIZES[self.size].with_worlds(self.worlds), self.seed)


@dataclass
class Ending:
    """How a contender ended: its own word for it, its best cost and what it has proven."""

    status: str
    best: float | None
    bound: float | None


# ----------------------------------------------------------------------------- the product itself
def product(job: Job, tell: Tell, clock: Clock) -> Ending:
    """What ``chipfolio solve`` does from checked tables to its outcome (plan/plan.py, solve)."""
    tables = chipfolio.read(job.book)
    clock.lap("read")
    whole = build(tables, names_of(tables, None))
    clock.lap("build")
    matrix = to_matrix(whole.model)
    clock.lap("export")
    clock.start()
    outcome = run_highs(
        matrix,
        job.gap,
        job.seconds,
        job.threads,
        listener=lambda event: tell(event.objective, event.bound),
        shape=shape_of(whole, matrix),
    )
    return Ending(outcome.status, cost(matrix, outcome), outcome.bound)


def cost(matrix: Matrix, outcome: Outcome) -> float | None:
    """What a plan costs; None without one."""
    point = outcome.values  # noqa: PD011  a solver's outcome, no frame
    return None if point is None else float(matrix.cost @ point) + matrix.offset


# ------------------------------------------------------------------------ rivals on our own model
def built(job: Job) -> pyo.ConcreteModel:
    """Our model in Pyomo."""
    tables = chipfolio.read(job.book)
    return build(tables, names_of(tables, None)).model


def exported(job: Job) -> Matrix:
    """Our model as it leaves Pyomo: in the workbook's units, not scaled."""
    return to_matrix(built(job))


def arrays(matrix: Matrix) -> dict[str, np.ndarray]:
    """A program as engines take it: rows with numbers that they would drop are multiplied.

    Engines take coefficients up to 1e-9 for nothing, which leaves some of our rows without a plan.
    """
    body = matrix.coefficients
    inverse = body.copy()
    inverse.data = DROPPED / abs(body.data)
    lacks = inverse.max(axis=1).toarray().ravel()  # 0 in a row of nothing
    factor = np.exp2(np.ceil(np.log2(np.maximum(lacks, 1.0))) + (lacks >= 1.0))
    return {
        "cost": matrix.cost,
        "offset": np.array([matrix.offset]),
        "start": body.indptr.astype(np.int32),
        "index": body.indices.astype(np.int32),
        "value": body.data * np.repeat(factor, np.diff(body.indptr)),
        "row_lower": matrix.row_lower * factor,
        "row_upper": matrix.row_upper * factor,
        "lower": matrix.lower,
        "upper": matrix.upper,
        "integer": matrix.integer,
    }


def highs_on(data: dict[str, np.ndarray], job: Job, tell: Tell, clock: Clock) -> Ending:
    """HiGHS with no option set but gap, time and threads.

    It drops coefficients up to 1e-9 in silence: how many is told.
    """
    clock.start()
    options = {
        "log_to_console": False,
        "time_limit": float(job.seconds),
        "mip_rel_gap": job.gap,
        "threads": job.threads,
        "parallel": "choose" if job.threads == 1 else "on",
    }
    solver = highspy.Highs()
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(program(data))
    dropped = len(data["value"]) - solver.getNumNz()

    def hear(event: object) -> None:
        out = event.data_out
        tell(finite(out.mip_primal_bound), finite(out.mip_dual_bound))

    solver.cbMipInterrupt += hear
    solver.cbMipImprovingSolution += hear
    solver.solve()
    info, status = solver.getInfo(), STATUS.get(solver.getModelStatus(), "error")
    best = info.objective_function_value if info.primal_solution_status == 2 else None
    status += f" ({dropped} numbers dropped)" if dropped else ""
    return Ending(status, best, finite(info.mip_dual_bound))


def highs(job: Job, tell: Tell, clock: Clock) -> Ending:
    """HiGHS as it comes on our model."""
    return highs_on(arrays(exported(job)), job, tell, clock)


def on_textbook(job: Job, tell: Tell, clock: Clock) -> Ending:
    """HiGHS as it comes on the textbook's model of the same instance."""
    return highs_on(arrays(textbook(built(job))), job, tell, clock)


def other(job: Job, tell: Tell, clock: Clock) -> Ending:
    """Another engine as it comes on our model."""
    hunting.TELL_SECONDS = WHOLE_SECONDS
    data = arrays(exported(job))
    clock.start()
    hunt = hunting.Hunt(
        data,
        gap=job.gap,
        seconds=job.seconds,
        threads=job.threads,
        tell=lambda _seconds, best, bound: tell(best, bound),
    )
    found = others.run(job.contender, hunt)
    best = None
    if found.point is not None:
        best = float(data["cost"] @ found.point) + hunt.offset
    return Ending(found.status, best, found.bound)


# ------------------------------------------------------------------------------- building a model
def linopy(job: Job, _tell: Tell, clock: Clock) -> Ending:
    """Builds the same rows in linopy, from coefficients that are ready, and hands them to HiGHS.

    That flatters linopy: the product's build works the coefficients out of the tables too.
    """
    import linopy as library
    import xarray as xr

    matrix = exported(job)
    body, count = matrix.coefficients, len(matrix.rows)
    rules: dict[str, list[int]] = {}
    for at, row in enumerate(matrix.rows):
        rules.setdefault(row.parent_component().name, []).append(at)
    kinds = {"whole": matrix.integer, "part": ~matrix.integer}
    clock.start()
    model = library.Model()
    label = np.zeros(len(matrix.columns), dtype=int)
    for name, chosen in kinds.items():
        here = np.flatnonzero(chosen)
        if len(here):
            lower, upper = (
                xr.DataArray(side[here], dims=[name], coords={name: here})
                for side in (matrix.lower, matrix.upper)
            )
            added = model.add_variables(lower, upper, integer=name == "whole", name=name)
            label[here] = added.labels.to_numpy()
    lengths = np.diff(body.indptr)
    for name, rows in rules.items():
        most = lengths[rows].max()
        names, values = np.full((len(rows), most), -1), np.full((len(rows), most), np.nan)
        for place, at in enumerate(rows):
            span = slice(*body.indptr[at : at + 2])
            names[place, : lengths[at]] = label[body.indices[span]]
            values[place, : lengths[at]] = body.data[span]
        form = library.LinearExpression(
            xr.Dataset({"coeffs": (("row", "_term"), values), "vars": (("row", "_term"), names)}),
            model,
        )
        for sign, side in (("<=", matrix.row_upper[rows]), (">=", matrix.row_lower[rows])):
            there = np.isfinite(side)
            if there.any():
                part = form.isel(row=np.flatnonzero(there))
                right = xr.DataArray(side[there], dims=["row"])
                model.add_constraints(part, sign, right, name=f"{name} {sign}")
    cost = xr.Dataset({"coeffs": (("_term",), matrix.cost), "vars": (("_term",), label)})
    model.add_objective(library.LinearExpression(cost, model))
    clock.lap("build")
    solver = library.io.to_highspy(model)
    clock.lap("export")
    assert solver.getNumCol() == len(matrix.columns), "linopy built another model"
    assert solver.getNumRow() >= count, "linopy built another model"
    return Ending("built", None, None)


CONTENDERS: dict[str, Callable[..., Ending]] = {
    "chipfolio": product,
    "highs": highs,
    "textbook": on_textbook,
    "linopy": linopy,
    **dict.fromkeys(others.ENGINES, other),
}


class Clock:
    """Seconds since the hand-over, and laps before it."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self.began = self.last = time.perf_counter()

    def lap(self, name: str) -> None:
        """Book the time since the last lap."""
        now = time.perf_counter()
        self.laps[name], self.last = now - self.last, now

    def start(self) -> None:
        """From here on seconds count."""
        self.began = self.last = time.perf_counter()
        say({"kind": "start"})

    @property
    def seconds(self) -> float:
        """Seconds since the hand-over."""
        return time.perf_counter() - self.began


def say(line: dict[str, object]) -> None:
    """One line to whoever runs us; the marker sets it apart from what engines print."""
    sys.__stdout__.write("\n#" + json.dumps(line) + "\n")
    sys.__stdout__.flush()


def main(file: Path) -> None:
    """Do the job of a file."""
    job, clock = Job(**json.loads(file.read_text())), Clock()
    last: dict[str, object] = {"at": -1.0, "pair": (None, None)}

    def tell(best: float | None, bound: float | None) -> None:
        pair = (best, bound)
        if pair != last["pair"] and clock.seconds - last["at"] >= WHOLE_SECONDS:
            last.update(at=clock.seconds, pair=pair)
            say({"kind": "step", "seconds": clock.seconds, "best": best, "bound": bound})

    ending = CONTENDERS[job.contender](job, tell, clock)
    say({"kind": "end", "seconds": clock.seconds, "laps": clock.laps, **vars(ending)})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
