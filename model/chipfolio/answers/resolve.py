"""One re-solve: a book with a change, rows or another aim added, solved and audited.

It runs anywhere: what it takes and what it gives back are plain values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Protocol

import numpy as np
import pyomo.core as pyo

from ..errors import PlanError, SolverDiedError, StoppedError
from ..formulation.bounds import PLENTY
from ..formulation.linear import Linear
from ..formulation.whole import Whole, build
from ..plan.audit import audit
from ..plan.conflict import SOLVE_SECONDS, nearest
from ..plan.extract import load, marginal, tables_of
from ..plan.plan import finished
from ..plan.shape import shape_of
from ..solver.bridge import Matrix, to_matrix
from ..solver.engine import NEVER, Outcome, Until, believed, run_highs
from ..tables import Tables
from .variant import Edit, edited

Point = Mapping[str, float]
"""A plan as values by the names of the model's variables; what is not named is 0."""
NOTHING = 1e-12
TOLD = 3
"""So many limits that a plan breaks are named."""
STATUS = {"optimal": "optimal", "answered": "answered", "node_limit": "searched"}
"""How a re-solve ended with a plan, by how its search did; else it was cut short."""
WITHOUT = {"answered": "answered", "node_limit": "searched"}
"""How it ended without one, where it did not take as much time as it had."""


class NotAPlanError(PlanError):
    """What is asked for has no place in the book: there is nothing to solve."""


class Extra(Protocol):
    """Rows that a question adds to a built model."""

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write them into the model; NotAPlanError where they have no place in it."""


class Goal(Protocol):
    """What is made least in place of the book's objective."""

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""


@dataclass(frozen=True)
class Ask:
    """One re-solve: the book with ``edits``, ``extras`` added, ``goal`` in place of its cost.

    It ends at the ``gap`` (a fraction; None: that of the answers), or once a bound at or above
    ``until[0]`` or a plan at or below ``until[1]`` [money] is known, or after so many ``nodes``;
    of what is made least, ``slack`` may be left open. ``start`` is a plan to begin
    with (None: the plan of the book). ``tables`` names tables of the plan that are wanted.
    """

    edits: tuple[Edit, ...] = ()
    extras: tuple[Extra, ...] = ()
    goal: Goal | None = None
    until: Until = NEVER
    nodes: int | None = None
    slack: float = 0.0
    gap: float | None = None
    tables: tuple[str, ...] = ()
    pardon: tuple[str, ...] = ()
    """Checks of the audit that may fail, where rules are broken on purpose."""
    alone: bool = False
    """Whether nobody looks for better plans beside the search: where any plan will do, or little is
    asked of it, HiGHS was seen to find it and to end several times as fast by itself."""
    names: tuple[str, ...] | None = None
    """Scenarios that are modelled; None: those of the plan that is asked about."""
    lacks: bool = False
    """Whether to say, where there is no plan, what the one nearest to the limits breaks."""
    start: Point | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Best:
    """How a re-solve ended.

    ``status``: optimal (within the gap) | answered (early) | searched (so far as was asked) |
    feasible | infeasible | unbounded | cut (by a limit, without a plan) | failed.
    ``objective`` and ``bound`` are of what was made least; ``cost`` is the book's objective of the
    plan found, ``totals`` its scenarios'.
    """

    status: str
    objective: float | None = None
    bound: float | None = None
    cost: float | None = None
    point: Point = field(default_factory=dict, repr=False)
    totals: Mapping[str, float] = field(default_factory=dict)
    tables: Mapping[str, list[dict]] = field(default_factory=dict, repr=False)
    note: str = ""

    @property
    def low(self) -> float:
        """What it is at least; infinite where there is no plan."""
        if self.status == "infeasible":
            return math.inf
        return -math.inf if self.bound is None else self.bound

    @property
    def high(self) -> float:
        """What it is at most; infinite where no plan is known."""
        return math.inf if self.objective is None else self.objective

    @property
    def is_sure(self) -> bool:
        """Whether it is known what was asked: no limit of time cut it short."""
        return self.status in ("optimal", "answered", "searched", "infeasible", "unbounded")


@dataclass(frozen=True)
class Common:
    """What all re-solves of one book share: its tables and the scenarios that are modelled."""

    tables: Tables
    names: tuple[str, ...]


def resolve(common: Common, ask: Ask, gap: float, seconds: float) -> dict[str, object]:
    """Solve a change of the book; plain values, as ``Best`` holds them."""
    return asdict(best_of(common, ask, gap, seconds))


def best_of(common: Common, ask: Ask, gap: float, seconds: float, times: float = 1.0) -> Best:
    """Solve a change of the book, audit its plan; StoppedError where it is stopped by hand.

    Where it seems to have no plan, or to pay without end, wider bounds are tried on orders that the
    book does not limit: so many ``times`` what is thought enough.
    """
    tables = edited(common.tables, ask.edits)
    try:
        names = common.names if ask.names is None else ask.names
        whole = build(tables, names or None, times=times)
        aim = add_asked(whole, ask)
        matrix = to_matrix(whole.model)
        start = start_of(matrix, ask.start) if ask.start else None
        width = gap if ask.gap is None else ask.gap
        shape = None if ask.alone else shape_of(whole, matrix, is_cost=ask.goal is None)
        asked = {"until": ask.until, "nodes": ask.nodes, "slack": ask.slack}
        outcome = run_highs(matrix, width, seconds, start=start, shape=shape, **asked)
        if outcome.status == "stopped":
            raise StoppedError("stopped while a question was being answered")
        if outcome.status in ("infeasible", "unbounded"):
            if outcome.status == "infeasible" and whole.is_cramped:
                return best_of(common, ask, gap, seconds, PLENTY)
            return Best(outcome.status, note=broken(whole, matrix, seconds) if ask.lacks else "")
        if outcome.values is None:
            return Best(WITHOUT.get(outcome.status, "cut"), bound=outcome.bound)
        load(whole, matrix, outcome.values)
        if ask.goal is None:
            outcome = checked_bounds(whole, matrix, outcome, width, seconds)
            if (outcome is None or outcome.status == "infeasible") and whole.is_cramped:
                return best_of(common, ask, gap, seconds, PLENTY)
            if outcome is None:
                return Best("unbounded", note="an order grows without end where nothing limits it")
            if outcome.values is None:
                return Best("infeasible")
        return read(common, tables, whole, matrix, outcome, ask, aim)
    except (SolverDiedError, NotAPlanError) as error:
        return Best("failed", note=str(error))


def add_asked(whole: Whole, ask: Ask) -> Linear:
    """Write the question's rows and its aim into the model; what is made least."""
    for number, extra in enumerate(ask.extras):
        block = pyo.Block()
        whole.model.add_component(f"asked_{number}", block)
        extra.add(whole, block)
    if ask.goal is None:
        return whole.objective
    whole.model.aim_rows = pyo.Block()
    aim = ask.goal.form(whole, whole.model.aim_rows)
    merged = Linear(aim.constant)
    for coefficient, variable in aim.merged().values():
        merged.add(coefficient, variable)
    whole.model.cost.deactivate()
    expression = merged.expression + merged.constant if merged else merged.constant
    whole.model.aim = pyo.Objective(expr=expression)
    return merged


def broken(whole: Whole, matrix: Matrix, seconds: float) -> str:
    """The limits that a plan breaks which is held whole, as little as it can, and by how much."""
    found = nearest(whole, matrix, min(seconds, SOLVE_SECONDS), is_held=True)
    limits = [f"{one.limit.sheet} {one.limit.name}: {one.limit.says} ({one.lacks})"
              for one in found[:TOLD]]  # fmt: skip
    more = len(found) - len(limits)
    return "; ".join(limits) + (f"; and {more} more" if more else "")


def checked_bounds(
    whole: Whole, matrix: Matrix, outcome: Outcome, gap: float, seconds: float
) -> Outcome | None:
    """The outcome, without orders at a bound that only stands in for a limit; None if unbounded."""
    try:
        return finished(whole, matrix, outcome, gap, lambda one: run_highs(one, gap, seconds))
    except SolverDiedError:
        raise
    except PlanError:
        return None


def read(
    common: Common,
    tables: Tables,
    whole: Whole,
    matrix: Matrix,
    outcome: Outcome,
    ask: Ask,
    aim: Linear,
) -> Best:
    """The plan found, audited against the changed book by code that shares nothing with it."""
    objective = aim.value()
    outcome = believed(outcome, objective)
    cost = whole.objective.value()
    rows = tables_of(whole, marginal(matrix, outcome.duals))
    names = [name for name in whole.worlds if name]
    checks = audit(tables, rows, cost, names or None)
    failed = [check for check in checks if not check.ok and check.check not in ask.pardon]
    if failed:
        return Best("failed", note=f"{failed[0].check}: {failed[0].detail}")
    status = STATUS.get(outcome.status, "feasible")
    return Best(
        status=status,
        objective=objective,
        bound=outcome.bound,
        cost=cost,
        point=point_of(matrix),
        totals={name: furnished.total.value() for name, furnished in whole.worlds.items()},
        tables={name: rows.get(name, []) for name in ask.tables},
    )


def point_of(matrix: Matrix) -> dict[str, float]:
    """The values of a solved model that are not 0, by name."""
    return {v.name: float(v.value) for v in matrix.columns if abs(v.value or 0.0) > NOTHING}


def start_of(matrix: Matrix, point: Point) -> np.ndarray:
    """A plan's values in the order of a program's columns."""
    return np.array([point.get(variable.name, 0.0) for variable in matrix.columns])


def put(whole: Whole, point: Point) -> None:
    """Put a plan's values into a model of the same book, or of one much like it."""
    for variable in whole.model.component_data_objects(ctype=pyo.Var, descend_into=True):
        variable.set_value(point.get(variable.name, 0.0), skip_validation=True)
    whole.settle()
