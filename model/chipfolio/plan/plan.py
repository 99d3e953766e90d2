"""The whole way from checked tables to a checked plan."""

from __future__ import annotations

import logging
import math
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import numpy as np

from ..collector import at_rest
from ..contract.problems import not_there
from ..errors import AuditError, InfeasibleError, NoPlanInTimeError, PlanError, StoppedError
from ..formulation.bounds import PLENTY
from ..formulation.whole import Whole, build
from ..solver.bridge import Matrix, to_matrix
from ..solver.engine import SEED, Listener, Outcome, believed, run_highs
from ..solver.others import require
from ..solver.shape import Shape
from ..tables import OWN, Tables
from .assumed import PROOF_TOLERANCE, CrampedError, doubt, touch_no_assumed_bound
from .audit import audit
from .budget import Budget, work_of
from .conflict import SOLVE_SECONDS, explain_all, nearest
from .extract import load, marginal, tables_of
from .keeping import EXACT, NODES, Keeping, kept_near
from .lacking import which_is_enough
from .shape import shape_of
from .summary import summarise
from .thresholds import Run, read_exactly
from .weightless import plan_weightless
from .words import not_applied

log = logging.getLogger(__name__)

SECONDS_PER_MINUTE = 60.0
LEAST_SECONDS = 1.0
"""For a solve that follows the main one, however late it is."""
EXPLAINING = 0.25
"""Share of the time left that each step to a contradiction gets."""
Rows = list[dict[str, object]]


Search = Callable[[Matrix, np.ndarray, Shape | None], Outcome]
"""A search of a program from a plan of it."""


@dataclass(frozen=True)
class Solved:
    """A built model with values in it, its program, and how its solve ended."""

    whole: Whole
    matrix: Matrix
    outcome: Outcome


@dataclass(frozen=True)
class Asked:
    """What was asked of a solve: gap (a fraction), limit [s], threads, scenario, solver, and the
    solver's name with its version.
    """

    gap: float
    limit: float
    threads: int
    scenario: str | None
    solver: str
    engine: str


@dataclass
class Plan:
    """A checked plan.

    ``status``: optimal (proven within the gap) or feasible. ``objective``, ``bound`` in money,
    ``gap`` a fraction, ``seconds`` by stage, ``tables`` the rows of each output table by name.
    ``ended`` says how the solver ended: optimal, time_limit, stopped or died.
    """

    status: str
    objective: float
    bound: float | None
    gap: float | None
    seconds: dict[str, float]
    tables: dict[str, Rows]
    inputs: Tables
    ended: str = "optimal"
    size: dict[str, int] = field(default_factory=dict)
    solver_log: str = ""
    keeping: Keeping | None = None
    """What keeping near the previous plan comes to, where Settings ask for it (keep_within)."""
    solved: Solved | None = field(default=None, repr=False)
    """The model with the plan's values in it: what answers are got from."""
    asked: Asked | None = field(default=None, repr=False)

    def become(self, other: Plan) -> None:
        """Take over another plan of the same book, for all who hold this one."""
        vars(self).update(vars(other))

    @property
    def best(self) -> float:
        """Cost of the best plan found, which its bound and gap are about."""
        return self.objective if self.keeping is None else self.keeping.best

    @property
    def exit_code(self) -> int:
        """The command's exit code for this plan (contract §5)."""
        codes = {"optimal": 0, "died": 8, "stopped": 130}
        return 0 if self.status == "optimal" else codes.get(self.ended, 4)


@dataclass
class Stopwatch:
    """Seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        """Book the time since the last lap to a stage."""
        now = time.perf_counter()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self.began
        self.began = now


def solve(
    tables: Tables,
    gap: float | None = None,
    time_limit: float | None = None,
    scenario: str | None = None,
    threads: int = 1,
    listener: Listener | None = None,
    solver: str = "highs",
    began: float | None = None,
    html: bool = False,
) -> Plan:
    """The best plan within ``gap`` (a fraction) and ``time_limit`` (seconds).

    The limit counts from here to the checked plan; where a run ``began`` before (by
    ``time.monotonic``), from then until its workbook, and with ``html`` its report, is written.
    With scenarios in the book and none named, the plan is good over all of them. Raises
    InfeasibleError, NoPlanInTimeError, StoppedError, AuditError, or PlanError for an unbounded
    book.
    """
    clock = Stopwatch()
    engine = require(solver)
    gap = tables.setting("target_gap") if gap is None else gap
    limit = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
    limit = limit if time_limit is None else time_limit
    names = names_of(tables, scenario)
    size = {"worlds": len(names or [""]), "writes": began is not None, "html": html}
    budget, work = Budget(limit, began), work_of(tables, **size)
    read = 0.0 if began is None else work.read
    budget.measure(read)
    if said := budget.too_short(work.build + work.after, work.build):
        log.warning("warning: %s", said)
    asked = Asked(gap, limit, threads, scenario, solver, engine)

    def sought(times: float) -> Plan:
        with at_rest():
            whole = build(tables, names, times=times)
            clock.lap("build")
            matrix = to_matrix(whole.model)
            clock.lap("export")
            shape = shape_of(whole, matrix) if solver == "highs" else None
        log.info("%(rows)d rows, %(columns)d columns, %(integers)d integers", matrix.size)
        work = work_of(tables, columns=len(matrix.columns), **size)
        if times == 1.0:  # else the clock has the first search in it
            budget.measure(read + work.build)
        if said := budget.too_short(work.after, work.build):
            log.warning("warning: %s", said)
        seconds = budget.for_solver(work.after, work.build)
        outcome = run_highs(matrix, gap, seconds, threads, listener, shape=shape, solver=solver)
        return concluded(whole, matrix, outcome, asked, budget, work.after, clock)

    try:
        return sought(1.0)
    except CrampedError:
        log.info("sought again with more room for orders that the book does not limit")
        return sought(PLENTY)


def driven_on(plan: Plan, search: Search, seconds: float) -> Plan:
    """A plan's proof driven on by a search of at most so many seconds, given the plan to start.

    The plan itself where no better bound became known. Whether it counts as proven is judged by
    the gap first asked for. PlanError where it was read from a file.
    """
    if plan.solved is None or plan.asked is None:
        raise PlanError("only a plan that was just solved can be driven on, not one from a file")
    whole, matrix, asked = plan.solved.whole, plan.solved.matrix, plan.asked
    clock, budget = Stopwatch(dict(plan.seconds)), Budget(seconds)
    start = np.array([variable.value or 0.0 for variable in matrix.columns])
    outcome = search(matrix, start, shape_of(whole, matrix))
    if outcome.status == "stopped":
        raise StoppedError("stopped while the proof of the plan was driven on")
    known = -math.inf if plan.bound is None else plan.bound
    if outcome.values is None or outcome.bound is None or outcome.bound <= known:
        return plan
    load(whole, matrix, outcome.values)
    best = whole.objective.value()
    if outcome.status == "time_limit" and best - outcome.bound <= asked.gap * max(1.0, abs(best)):
        outcome = replace(outcome, status="optimal")
    return concluded(whole, matrix, outcome, asked, budget, 0.0, clock)


def concluded(
    whole: Whole,
    matrix: Matrix,
    outcome: Outcome,
    asked: Asked,
    budget: Budget,
    after: float,
    clock: Stopwatch,
) -> Plan:
    """The checked plan that a solver's outcome comes to; raises what one without a plan means.

    ``after`` are the seconds of the budget that are set aside for what follows.
    """
    gap, tables = asked.gap, whole.tables
    doubt(outcome, whole)
    refuse(outcome, whole, matrix, budget)
    load(whole, matrix, outcome.values)

    def again(program: Matrix) -> Outcome:
        left = max(budget.left(after), LEAST_SECONDS)
        return run_highs(program, gap, left, asked.threads, solver=asked.solver)

    outcome = finished(whole, matrix, outcome, gap, again)
    doubt(outcome, whole)
    refuse(outcome, whole, matrix, budget)

    def from_start(program: Matrix, start: np.ndarray, fine: bool) -> Outcome:
        left = max(budget.left(after), LEAST_SECONDS)
        to, nodes = (min(EXACT, gap), NODES) if fine else (gap, None)
        return run_highs(
            program, to, left, asked.threads, start=start, solver=asked.solver, nodes=nodes
        )

    def settled(program: Matrix, found: Outcome) -> Outcome:
        load(whole, program, found.values)
        return finished(whole, program, found, gap, again)

    outcome, keeping = kept_near(whole, matrix, outcome, from_start, settled)
    clock.lap("solve")
    plan = assemble(whole, matrix, outcome, gap, keeping)
    plan.asked = asked
    clock.lap("extract")
    verify(plan, whole)
    clock.lap("audit")
    plan.seconds = clock.seconds
    worlds = {name: furnished.world for name, furnished in whole.worlds.items()}
    result = {
        "status": plan.status,
        "ended": plan.ended,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "keeping": plan.keeping,
    }
    plan.tables["Summary"] = summarise(tables, plan.tables, worlds, result)
    lifted = not_applied(plan.tables["Rules"], str(tables.setting("currency")))
    found = [*map(str, tables.warnings), *(f"rule {name}: {text}" for name, text in lifted.items())]
    plan.tables["Run"] = run_rows(plan, asked, found)
    return plan


def names_of(tables: Tables, scenario: str | None) -> list[str] | None:
    """Scenarios to model: the one named, all active ones, or none for a book of one world."""
    names = [row["scenario"] for row in tables.scenarios]
    if scenario is None:
        return names or None
    known = {name.casefold(): name for name in tables.names("Scenarios")}
    if scenario.casefold() not in known:
        raise PlanError(not_there("scenario", scenario, known.values()))
    return [known[scenario.casefold()]]


def refuse(outcome: Outcome, whole: Whole, matrix: Matrix, budget: Budget) -> None:
    """Raise what an outcome without a plan means."""
    if outcome.status == "infeasible":
        raise contradictory(whole, matrix, budget)
    if outcome.status == "unbounded":
        raise PlanError("the cost has no lower end: something in the book pays without limit")
    if outcome.values is None:
        if outcome.status == "stopped":
            raise StoppedError("stopped before a plan was found")
        message = f"no plan was found within {budget.limit:g} seconds: allow more time"
        broken = nearest(whole, matrix, min(max(budget.left(), LEAST_SECONDS), SOLVE_SECONDS))
        if broken:
            message += ", or relax what the plan nearest to the limits breaks:\n"
            message += "\n".join(f"  {conflict}" for conflict in broken)
        raise NoPlanInTimeError(message, [conflict.as_dict() for conflict in broken])


def contradictory(whole: Whole, matrix: Matrix, budget: Budget) -> InfeasibleError:
    """What is said of a book that has no plan: the limits that cannot hold together.

    Where these are not settled in time, what the plan nearest to the limits breaks.
    """
    seconds = min(max(EXPLAINING * budget.left(), LEAST_SECONDS), SOLVE_SECONDS)
    every = explain_all(whole, matrix, seconds)
    conflicts = [one for conflict in every for one in conflict]
    message = "no plan keeps all the limits of this book"
    if len(every) > 1:
        message += f"; there are {len(every)} contradictions that share no limit"
        for number, conflict in enumerate(every, 1):
            message += f"\ncontradiction {number}, these cannot hold together:\n"
            message += "\n".join(f"  {one}" for one in conflict)
        message += "\none limit of each has to give"
    elif len(conflicts) == 1:
        message += f"; this cannot hold with the rest of the book:\n  {conflicts[0]}"
    elif conflicts:
        message += "; these cannot hold together:\n"
        message += "\n".join(f"  {one}" for one in conflicts) + which_is_enough(conflicts)
    elif broken := nearest(whole, matrix, seconds):
        message += "; which of them contradict one another was not settled in time. The plan "
        message += "nearest to the limits breaks:\n" + "\n".join(f"  {one}" for one in broken)
        return InfeasibleError(message, [one.as_dict() for one in broken])
    told = [
        {"conflict": number, **one.as_dict()}
        for number, conflict in enumerate(every, 1)
        for one in conflict
    ]
    error = InfeasibleError(message, told)
    error.contradictions = every
    return error


def finished(whole: Whole, matrix: Matrix, outcome: Outcome, gap: float, run: Run) -> Outcome:
    """What a solver's point, loaded into the model, becomes before it is a plan; loaded too.

    Thresholds are taken as they truly are, no bound of ours is used up, and scenarios that weigh
    nothing are planned for themselves. ``run`` solves a program. The outcome has no values where
    that leaves no plan; PlanError for an unbounded book.
    """
    outcome = read_exactly(whole, matrix, outcome, run)
    if outcome.values is None:
        return outcome
    outcome = touch_no_assumed_bound(whole, matrix, outcome, gap, run)
    if outcome.values is None or outcome.status == "stopped":
        return outcome
    return plan_weightless(whole, matrix, outcome, run)


def assemble(
    whole: Whole, matrix: Matrix, outcome: Outcome, target: float, keeping: Keeping | None = None
) -> Plan:
    """The plan's tables and its proof, which is that of the best plan where another was kept."""
    tables = tables_of(whole, marginal(matrix, outcome.duals))
    objective = whole.objective.value()
    best = objective if keeping is None else keeping.best
    outcome = believed(outcome, best)
    bound = outcome.bound
    gap = None if bound is None else (best - bound) / max(1.0, abs(best))
    proven = outcome.status == "optimal" and gap is not None and gap <= target + PROOF_TOLERANCE
    ended = outcome.status if outcome.status != "optimal" or proven else "mended"
    return Plan(
        status="optimal" if proven else "feasible",
        objective=objective,
        bound=bound,
        gap=gap,
        seconds={},
        tables=tables,
        inputs=whole.tables,
        ended=ended,
        size=matrix.size,
        solver_log=outcome.log,
        solved=Solved(whole, matrix, outcome),
        keeping=keeping,
    )


def verify(plan: Plan, whole: Whole) -> None:
    """Audit the plan; AuditError where anything does not hold."""
    names = [name for name in whole.worlds if name]
    checks = audit(plan.inputs, plan.tables, plan.objective, names or None)
    plan.tables["Checks"] = [check.as_row() for check in checks]
    failed = [check for check in checks if not check.ok]
    if failed:
        raise AuditError(
            f"the plan fails {len(failed)} of {len(checks)} independent checks; nothing is "
            "published:\n" + "\n".join(f"  {check.check}: {check.detail}" for check in failed[:20]),
            [check.check for check in failed],
        )


def run_rows(plan: Plan, asked: Asked, warnings: list[str]) -> Rows:
    """Rows of the table Run."""
    tables = plan.inputs
    facts: dict[str, object] = {
        "input": tables.name,
        "input sha256": tables.sha256,
        "scenario": asked.scenario or ("all" if tables.scenarios else ""),
        "status": plan.status,
        "ended": plan.ended,
        "objective": repr(plan.objective),
        "bound": repr(plan.bound),
        "gap": repr(plan.gap),
        "target gap": repr(asked.gap),
        "time limit [s]": f"{asked.limit:g}",
        "threads": asked.threads,
        "seed": SEED,
        "solver": asked.engine,
        "chipfolio": version("chipfolio"),
        "highspy": version("highspy"),
        "pyomo": version("pyomo"),
        "python": platform.python_version(),
    }
    facts.update({f"model {name}": number for name, number in plan.size.items()})
    facts.update({f"seconds {stage}": f"{s:.3f}" for stage, s in plan.seconds.items()})
    for entry in tables.accounting:
        facts[f"rows of {entry.sheet}"] = (
            f"{entry.read} read = {entry.used} used + {entry.ignored} ignored"
        )
    missed = sum(entry.cells for entry in tables.unread)
    own = sum(entry.cells for entry in tables.unread if entry.kind == OWN)
    facts["cells that hold something"] = (
        f"{tables.cells_read + missed} = {tables.cells_read} read + {own} of the template's own "
        f"words + {missed - own} not read"
    )
    others = [entry for entry in tables.unread if entry.kind != OWN]
    for sheet in dict.fromkeys(entry.sheet for entry in others):
        here = [entry for entry in others if entry.sheet == sheet]
        facts[f"not read on {sheet}"] = "; ".join(entry.words for entry in here)
    for number, warning in enumerate(warnings, 1):
        facts[f"warning {number}"] = warning
    return [{"item": item, "value": str(value)} for item, value in facts.items()]


def plain(plan: Plan) -> Mapping[str, object]:
    """The plan as plain values, for JSON (contract §5)."""
    return {
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "seconds": plan.seconds,
        "ended": plan.ended,
        "keeping": None if plan.keeping is None else vars(plan.keeping),
        "size": plan.size,
        "tables": plan.tables,
    }
