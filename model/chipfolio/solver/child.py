"""The solver's own process: reads arrays, runs HiGHS, polishes, writes what it found.

It stands apart so that a crash, a hang or a memory limit of the solver cannot take the plan with
it: each better plan is on disk as soon as it is found. Run as ``python -m chipfolio.solver.child``;
the first line on standard input names the folder, another, or its end, stops it.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import highspy
import numpy as np

from .lookout import QUIET, Lookout
from .program import LARGE, STATUS, Program, finite, held, keep, load, program, relaxation
from .shape import read_shape
from .worlds import WORTHWHILE, bound_by_worlds

POLISH_TOLERANCE = 1e-9
SHIFT_STEPS = 20_000
WIDER = (10.0, 100.0)
"""Times the tolerance of a search whose point HiGHS finds to break a row after all, one by one."""
LEAST_SECONDS = 1.0
"""Time of a search that begins when its time is up."""
FEW_CUTS = {"mip_pool_soft_limit": 1000}
"""Options of any main solve beside an improver: how many cuts HiGHS keeps, ten thousand by itself.
Set by trial on standard books and on three worlds."""
AT_ONCE = {"mip_allow_restart": False}
"""Options of a main solve of one world: its root is not solved anew once a plan has fixed some
columns. Of a tree it is, which was seen to pay."""
LONG_STEPS = {"mip_lp_solver": "ipm", "mip_pscost_minreliable": 0}
"""Options of a main solve whose relaxations are long in solving: no trial of branches."""


Polished = tuple[np.ndarray, np.ndarray] | None
"""Values by column and duals by row; None where there are none."""


class Stop:
    """The order to stop: a line on standard input, or its end. It reaches whatever search runs."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.solver: highspy.Highs | None = None
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Wait for the order, and hand it on."""
        sys.stdin.readline()
        self.asked.set()
        if self.solver is not None:
            self.solver.cancelSolve()

    def reaches(self, solver: highspy.Highs) -> None:
        """From now on the order stops this solver; at once, where it was given before."""
        self.solver = solver
        if self.asked.is_set():
            solver.cancelSolve()


def say(**event: object) -> None:
    """One event to the parent, as a line of JSON."""
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def polish(data: Program, found: np.ndarray) -> Polished:
    """Round, fix, solve the linear program left: exact values and duals; None if it has no plan.

    The step is a lie detector too: a point that leaned on tolerances (an order without its fee)
    does not survive the rounding.
    """
    fixed = held(data, data["integer"], found)
    fixed["integer"] = np.zeros(len(found), dtype=bool)
    highspy.Highs.resetGlobalScheduler(True)  # else another number of threads is refused
    for tolerance in (POLISH_TOLERANCE, 1e-8, 1e-7):
        options = {
            "primal_feasibility_tolerance": tolerance,
            "dual_feasibility_tolerance": tolerance,
            "threads": 1,
        }
        solver = load(program(fixed), options)
        solver.run()
        if solver.getModelStatus() == highspy.HighsModelStatus.kOptimal:
            solution = solver.getSolution()
            values = np.clip(solution.col_value, fixed["lower"], fixed["upper"])
            return values, np.array(solution.row_dual)
    return None


def polishing() -> Callable[[Program, np.ndarray], Polished]:
    """``polish``, which says first that the search is over, and does the same point but once."""
    done: list[tuple[np.ndarray, Polished]] = []

    def once(data: Program, found: np.ndarray) -> Polished:
        say(stage="polish")
        for point, polished in done:
            if point is found:
                return polished
        done.append((found, polish(data, found)))
        return done[-1][1]

    return once


def main(folder: Path) -> None:
    """Solve what lies in the folder; leave ``result.json``, ``values.npy``, ``duals.npy``."""
    job = json.loads((folder / "job.json").read_text())
    say(stage="search" if job["search"] else "polish")
    with np.load(folder / "model.npz") as file:
        data = dict(file)
    # how long this process took to begin is part of its time
    left = max(job["ends"] - time.time(), LEAST_SECONDS)
    job["options"]["time_limit"] = min(left, job["options"]["time_limit"])
    result: dict[str, object] = {"status": "optimal", "bound": None}
    values, exact = None, polishing()
    if job.get("start"):
        values = np.load(folder / job["start"])
    if job["search"] and job.get("solver", "highs") != "highs":
        from . import others

        result, values = others.search(job, data, lambda x: keep(folder / "best.npy", x), say)
    elif job["search"]:
        lookout, stop = None, Stop()
        if "beside" in job:
            limit, slack = job["options"]["time_limit"], job["options"]["mip_abs_gap"]
            lookout = Lookout(folder, job["beside"], limit, slack, stop.asked)
        result, values = search(folder, job, data, lookout, stop)
        if result["status"] == "infeasible" and relaxes(data, job["options"]["time_limit"]):
            result, values = search(folder, without_presolve(job, result), data, None, stop)
        if result["status"] == "error":
            result, values = less_exactly(folder, job, result, data, stop)
        if lookout is not None:
            result, values = lookout.better(result, values, data, exact)
    if values is not None:
        better = exact(data, values)
        result["polished"] = better is not None
        if better is not None:
            keep(folder / "values.npy", better[0])
            keep(folder / "duals.npy", better[1])
    part = folder / "result.part"
    part.write_text(json.dumps(result))
    part.replace(folder / "result.json")


def relaxes(data: Program, seconds: float) -> bool:
    """Whether the program has a plan without whole numbers, as found without presolve.

    HiGHS's presolve was seen to call a program infeasible that has a plan; so its word alone does
    not count.
    """
    solver = relaxation(data, seconds, presolve="off")
    return solver.getModelStatus() != highspy.HighsModelStatus.kInfeasible


def without_presolve(job: dict, result: dict) -> dict:
    """The same job once more, without presolve, in the time that is left."""
    left = max(job["options"]["time_limit"] - result["seconds"], 1.0)
    return {**job, "options": {**job["options"], "presolve": "off", "time_limit": left}}


def less_exactly(
    folder: Path, job: dict, result: dict, data: dict, stop: Stop
) -> tuple[dict[str, object], np.ndarray | None]:
    """A search that ended with an error, again to wider tolerances; its status and point.

    HiGHS 1.15.1 calls a run an error whose best point breaks a row by more than the tolerance once
    presolve is undone, as rounding does beside large numbers. What was found is where the next run
    starts, and is the plan, with what was proven by then, where all end with an error.
    """
    best, given, values = folder / "best.npy", job["options"], None
    proven, left = result["bound"], given["time_limit"]
    for times in WIDER:
        left = max(left - result["seconds"], LEAST_SECONDS)
        options = {**given, "time_limit": left}
        for name in ("mip_feasibility_tolerance", "primal_feasibility_tolerance"):
            options[name] = times * given[name]
        again = {**job, "options": options}
        if best.exists():
            again["start"] = "start-again.npy"
            keep(folder / again["start"], np.load(best))
        result, values = search(folder, again, data, None, stop)
        proven = max((b for b in (proven, result["bound"]) if b is not None), default=None)
        if result["status"] != "error":
            break
    if result["status"] in ("error", "infeasible", "unbounded") and best.exists():
        result, values = {**result, "status": "died"}, np.load(best)  # a plan refutes them all
    if result["status"] not in ("infeasible", "unbounded"):
        result["bound"] = proven
    return result, values


def search(
    folder: Path, job: dict, data: dict, lookout: Lookout | None, stop: Stop
) -> tuple[dict[str, object], np.ndarray | None]:
    """The branch-and-bound run: its status, bound and best point."""
    options = {**job["options"], "log_file": str(folder / "solver.log")}
    shift, began = 0.0, time.monotonic()
    if lookout is not None:
        if job["worlds"] > 1:
            by_worlds(folder, data, lookout, began)
        if lookout.is_over():
            seconds = time.monotonic() - began
            return {"status": "time_limit", "bound": None, "nodes": 0, "seconds": seconds}, None
        shift = lookout.shift = shift_of(data, lookout.seconds_left())
        options |= {**QUIET, **FEW_CUTS, "time_limit": max(lookout.seconds_left(), 1.0)}
        if job["worlds"] == 1:
            options |= AT_ONCE
        if len(data["cost"]) > LARGE:
            options |= LONG_STEPS
    offset = data["offset"] - shift
    solver = load(program({**data, "offset": offset}), options)
    solver.HandleUserInterrupt = True
    stop.reaches(solver)

    def improved(event: object) -> None:
        keep(folder / "best.npy", np.array(event.data_out.mip_solution))
        tell(event)

    proven = -np.inf

    def tell(event: object) -> None:
        nonlocal proven
        out = event.data_out
        proven = max(proven, out.mip_dual_bound)
        say(
            seconds=out.running_time,
            objective=finite(out.mip_primal_bound + shift),
            bound=finite(out.mip_dual_bound + shift),
            nodes=out.mip_node_count,
        )

    if data["integer"].any():
        solver.cbMipImprovingSolution += improved
        solver.cbMipLogging += tell
    if lookout is not None:
        lookout.listen(solver)
    answered = threading.Event()
    if job.get("until"):
        enough, good = job["until"]

        def judge(event: object) -> None:
            bound, best = event.data_out.mip_dual_bound, event.data_out.mip_primal_bound
            if finite(bound) is None:
                return  # nothing is proven yet, or that there is no plan, which the search will say
            if (enough is not None and bound + shift >= enough) or (
                good is not None and best + shift <= good
            ):
                answered.set()
                event.interrupt()

        solver.cbMipInterrupt += judge
    if job.get("start"):
        start = np.load(folder / job["start"])
        known = np.flatnonzero(~np.isnan(start)).astype(np.int32)
        solver.setSolution(len(known), known, start[known])
    ended = solver.solve()
    if shift:
        with (folder / "solver.log").open("a") as file:
            file.write(f"\nObjectives and bounds above are {shift:.6f} less than they are.\n")
    if ended == highspy.HighsStatus.kError:
        seconds = time.monotonic() - began
        return {"status": "error", "bound": finite(proven + shift), "seconds": seconds}, None
    info = solver.getInfo()
    status = STATUS.get(solver.getModelStatus(), "error")
    if solver.getModelStatus() == highspy.HighsModelStatus.kUnboundedOrInfeasible:
        status = "infeasible"
    bound = info.mip_dual_bound if data["integer"].any() else info.objective_function_value
    bound += shift
    if status == "stopped" and answered.is_set() and not stop.asked.is_set():
        status = "answered"
    ended_well = status in (
        "optimal",
        "answered",
        "node_limit",
        "time_limit",
        "stopped",
        "died",
    )
    has_point = ended_well and info.primal_solution_status == 2  # feasible, in HiGHS's words
    point = np.array(solver.getSolution().col_value) if has_point else None
    return {
        "status": status,
        "bound": finite(bound) if status != "infeasible" else None,
        "nodes": int(info.mip_node_count),
        "seconds": time.monotonic() - began,
    }, point


def by_worlds(folder: Path, data: Program, lookout: Lookout, began: float) -> None:
    """Search the worlds of a tree of some size one by one, for a bound before the whole has one."""
    if len(data["cost"]) <= WORTHWHILE:
        return
    with (folder / "solver.log").open("a") as log:

        def tell(nodes: int) -> None:
            seconds, best, bound = time.monotonic() - began, lookout.objective, lookout.floor
            say(seconds=seconds, objective=finite(best), bound=finite(bound), nodes=nodes)
            log.write(f"worlds one by one: {seconds:.1f} s, bound {bound:.6f}, plan {best:.6f}\n")
            log.flush()

        bound_by_worlds(data, read_shape(folder), lookout, tell)


def shift_of(data: Program, seconds: float) -> float:
    """What to take off the objective so that HiGHS accepts one plan after another.

    It compares the objective of a plan handed in, constant included, with its own best one less
    the constant, and so drops every plan after the first where that constant is above zero. Twice
    a lower bound of the objective, as far as some steps of the dual simplex method get, makes it
    negative and leaves the objective no larger in size than it was: HiGHS's gaps are then no
    smaller than they are. 0 where that bound is not above zero.
    """
    relaxed = relaxation(data, seconds, simplex_iteration_limit=SHIFT_STEPS)
    ended = (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kIterationLimit)
    if relaxed.getModelStatus() not in ended:
        return 0.0
    return 2.0 * max(relaxed.getInfo().objective_function_value, 0.0)


if __name__ == "__main__":
    if named := sys.stdin.readline().rstrip("\n"):
        main(Path(named))
