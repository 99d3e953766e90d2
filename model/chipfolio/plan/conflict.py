"""Why a book has no plan: the limits that cannot hold together, and by how much each would give.

Elastic filter, then deletion filter, over named limits of the book (Chinneck 2008, ch. 6). First
every limit may be broken at a price. The limits that the cheapest solution breaks are made
unbreakable, and it is solved again, until there is no solution. The limits made unbreakable on the
way contain a contradiction. Dropping those that it does not need, one at a time, leaves a minimal
one. This finds contradictions that only whole numbers show, which a solver's own conflict sets do
not. Definitions (stock balances, links of yes/no decisions) are never relaxed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import PlanError, SolverDiedError, StoppedError
from ..formulation.linear import Linear
from ..formulation.shares import Limit as Rule
from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import run_highs
from ..tables import Row, Tables
from .lacking import LOWER, MOVE, OF_MINIMUM, RAISE, SHARE, WAIVED, Conflict, Given, Limit, Stated

if TYPE_CHECKING:
    from scipy import sparse

SOLVE_SECONDS = 30.0
GIVES, GIVES_AT_ALL = 1e-6, 1e-8
"""From how much on a limit counts as giving; and where none gives so much."""
MONEY = "money"
"""The unit that is told in the book's currency."""

QUANTITIES = ("lots", "amount", "in_service")
"""Variables whose upper bounds only repeat limits that are rows as well."""
FLAGS = (
    "places_order",
    "sets_up",
    "sets_up_by",
    "in_tier",
    "counts",
    "reached",
    "signs",
    "signs_by",
)
"""Variables that say whether there may be any units, and stand beside the most of them."""


WORK, UNITS = "units of work", "units"
LIMITS = {
    "demand_is_met": ("its demand must be met", WORK, "Workloads", "leave {} unmet"),
    "the_reserve_is_kept": ("its reserve_pct", WORK, "Workloads", LOWER),
    "work_waits_no_longer_than_it_may": (
        "its defer_periods",
        WORK,
        "Workloads",
        "let {} wait longer",
    ),
    "blocks_are_large_enough": ("its min_block", WORK, "Workloads", LOWER),
    "power_fits_the_site": ("its power_mw", "MW", "Sites", RAISE),
    "an_offer_sells_no_more_than_it_has": ("its max_order", UNITS, "Offers", RAISE),
    "an_offer_stays_within_its_total": ("its total_limit", UNITS, "Offers", RAISE),
    "units_in_service_stay_within_the_quota": ("its max_in_service", UNITS, "Offers", RAISE),
    "new_units_stay_out_where_committed_ones_exceed_the_quota": (
        "its max_in_service",
        UNITS,
        "Offers",
        RAISE,
    ),
    "an_order_is_at_least_the_minimum": ("its min_order", UNITS, "Offers", LOWER),
    "a_vendor_sells_no_more_than_it_has": ("its max_units", UNITS, "Vendors", RAISE),
    "a_vendor_sells_for_no_more_than_it_may": (
        "its max_spend_per_fiscal_year",
        MONEY,
        "Vendors",
        RAISE,
    ),
    "steps_stay_within_the_project": ("its max_steps", "steps", "Site projects", RAISE),
    "a_programme_that_must_run_is_finished": ("must_run", "of it", "Programmes", "do without {}"),
    "own_chips_ramp_up": ("its ramp", UNITS, "Programme ramp", RAISE),
    "a_contract_is_taken_or_paid": ("its minimum", OF_MINIMUM, "Contracts", LOWER),
    "a_contract_waits_for_what_it_requires": ("its requires", WAIVED, "Contracts", RAISE),
    "frozen_orders_stay": ("its frozen orders", UNITS, "Previous plan", "change them by {}"),
}
"""Sentences that state a limit of the book: what it says, its unit, its sheet, how it gives."""

SUPPLY = ("its max_order", "its total_limit", "its max_units", "its ramp")
"""What bounds an order, and stands as the large constant in rows that say whether one is placed."""
CONSTANTS = (
    "an_order_stays_within_what_is_on_offer",
    "an_order_is_preceded_by_its_setup",
    "an_order_lies_in_the_tier_chosen",
    "a_cut_applies_where_it_is_in_force",
    "a_supplier_that_is_active_counts",
)
"""Rows whose negative coefficients of such flags are such constants: supply that gives makes them
larger."""
WIDER = 100.0
"""Times as large: more than any supply is asked to give."""


def explain_all(
    whole: Whole, matrix: Matrix, seconds: float = SOLVE_SECONDS
) -> list[list[Conflict]]:
    """Minimal sets of limits that cannot hold together, none of which shares a limit.

    Each found is set aside until the rest can hold, or none is found in time.
    """
    found: list[list[Conflict]] = []
    aside: list[Limit] = []
    while conflict := explain(whole, matrix, seconds, aside):
        found.append(conflict)
        aside += [one.limit for one in conflict]
    return found


def explain(
    whole: Whole, matrix: Matrix, seconds: float = SOLVE_SECONDS, aside: Sequence[Limit] = ()
) -> list[Conflict]:
    """A minimal set of limits that cannot hold together; empty where none was found in time.

    Limits ``aside`` give as much as they like, and are in no such set.
    """
    groups = limits_of(whole, matrix)
    names = [name for name in groups if name not in aside]
    hard: list[Limit] = []
    while True:
        soft = [name for name in names if name not in hard]
        try:
            given = elastic(matrix, groups, soft, seconds, aside)
        except TimeoutError:
            return []
        if given is None:
            break
        if not given:
            return []
        hard += given
    conflict = list(hard)
    for name in hard:
        rest = [other for other in conflict if other != name]
        free = [other for other in groups if other not in rest]
        with suppress(TimeoutError):  # what was not settled stays
            if elastic(matrix, groups, [], seconds, free) is None:
                conflict = rest
    found = []
    for name in conflict:
        gives = None
        with suppress(TimeoutError):
            gives = enough_alone(matrix, groups, name, [*conflict, *aside], seconds, aside)
        found.append(Conflict(name, cell_of(whole.tables, name), gives))
    return found


def enough_alone(
    matrix: Matrix,
    groups: dict[Limit, list[Stated]],
    name: Limit,
    conflict: list[Limit],
    seconds: float,
    aside: Sequence[Limit] = (),
) -> Given | None:
    """What a limit gives where it alone gives; where that is no plan, where all others outside the
    contradiction do too: then another contradiction is left.
    """
    given = elastic(matrix, groups, [name], seconds, aside)
    if given is not None:
        found = given.get(name)
        return None if found is None else replace(found, alone=not aside)
    outside = [other for other in groups if other not in conflict]
    given = elastic(matrix, groups, [name], seconds, [*outside, *aside])
    found = None if given is None else given.get(name)
    return None if found is None else replace(found, alone=False)


def nearest(
    whole: Whole, matrix: Matrix, seconds: float = SOLVE_SECONDS, is_held: bool = False
) -> list[Conflict]:
    """What the plan nearest to the limits breaks, as far as one is found in so many seconds.

    ``is_held``: decisions that have one value only, as those of a plan that is kept, stay.
    """
    groups = limits_of(whole, matrix)
    given: dict[Limit, Given] | None = None
    with suppress(TimeoutError):
        given = elastic(matrix, groups, list(groups), seconds, is_held=is_held)
    found = (given or {}).items()
    return [Conflict(name, cell_of(whole.tables, name), gives) for name, gives in found]


def limits_of(whole: Whole, matrix: Matrix) -> dict[Limit, list[Stated]]:
    """The rows that state each limit."""
    rules: dict[int, tuple[Limit, float, str, Linear | None]] = {}
    for name, furnished in whole.worlds.items():
        for limit in (*furnished.shares.limits, *furnished.policies.limits):
            if limit.constraint is not None:
                named = rule_limit(whole.tables, limit)
                when = when_of(whole, name, limit.window.label)
                rules[id(limit.constraint)] = (named, 1.0 / limit.scale, when, limit.whole)
    groups: dict[Limit, list[Stated]] = defaultdict(list)
    for at, row in enumerate(matrix.rows):
        if id(row) in rules:
            named, *rest = rules[id(row)]
            groups[named].append(Stated(at, *rest))
            continue
        sentence = row.parent_component().local_name
        if sentence in LIMITS:
            says, unit, sheet, way = LIMITS[sentence]
            index = row.index() if isinstance(row.index(), tuple) else (row.index(),)
            if sentence == "demand_is_met" and may_be_unmet(whole.tables, index[0]):
                says = "its max_unmet_pct"
            unit = in_money(whole.tables, unit)
            limit = Limit(sheet, str(index[0]), says, unit, way=way)
            world = row.parent_block().parent_block().index()
            label = index[-1] if len(index) > 1 else ""
            if isinstance(label, int):
                label = whole.worlds[world].world.calendar.label(label)
            scale = 1.0
            if sentence == "a_vendor_sells_for_no_more_than_it_may":
                scale = 1.0 / whole.worlds[world].orders.spend_scale[index]
            groups[limit].append(Stated(at, scale, when_of(whole, world, label)))
    return dict(groups)


def may_be_unmet(tables: Tables, workload: str) -> bool:
    """Whether some of a workload's demand need not be met."""
    row = next(row for row in tables.rows("Workloads") if row["workload"] == workload)
    return row["max_unmet_pct"] is not None and row["max_unmet_pct"] > 0.0


def when_of(whole: Whole, world: str, label: str) -> str:
    """A window, and in a tree the scenario, as they end a phrase."""
    when = f" in {label}" if label not in ("", "plan") else ""
    return when + (f", scenario {world!r}" if len(whole.worlds) > 1 else "")


def in_money(tables: Tables, unit: str) -> str:
    """A unit, money being the book's currency."""
    return tables.setting("currency") if unit == MONEY else unit


def rule_limit(tables: Tables, stated: Rule) -> Limit:
    """A rule of the team's own as a limit, with its priority."""
    key = {"Budgets": "budget"}.get(stated.sheet, "rule")
    row = next(row for row in tables.rows(stated.sheet) if row[key] == stated.rule)
    most = stated.sense == "<="
    says, unit = {
        "Budgets": ("its limit", MONEY),
        "Supplier counts": ("its max_count" if most else "its min_count", "suppliers"),
        "Share rules": ("its max_pct" if most else "its min_pct", SHARE),
    }.get(stated.sheet, ("its limit", ""))
    unit = in_money(tables, unit)
    way = {"<=": RAISE, ">=": LOWER, "=": MOVE}[stated.sense]
    return Limit(stated.sheet, stated.rule, says, unit, float(row["priority"]), way, stated.limit)


def cell_of(tables: Tables, limit: Limit) -> str:
    """Address of the cell that states a limit, or of its row's first."""
    rows: Iterable[Row] = tables.rows(limit.sheet)
    column = limit.says.removeprefix("its ")
    for row in rows:
        if str(next(iter(row.values()))) == limit.name:
            return row.cell(column if column in row else next(iter(row)))
    return ""


def elastic(
    matrix: Matrix,
    groups: dict[Limit, list[Stated]],
    soft: list[Limit],
    seconds: float,
    free: Sequence[Limit] = (),
    is_held: bool = False,
) -> dict[Limit, Given] | None:
    """Solve with the soft limits given slack at a price: what each gave; None if there is no plan.

    A limit of priority 5 gives way ten thousand times more cheaply than one of priority 1; those in
    ``free`` give as much as they like. StoppedError where it is stopped by hand, TimeoutError where
    it is not settled in time.
    """
    from scipy import sparse  # only here, and long in loading

    rows, signs, prices, owners = [], [], [], []
    priced = set(soft)
    for name in (*soft, *free):
        for stated in groups[name]:
            low, high = matrix.row_lower[stated.at], matrix.row_upper[stated.at]
            size = max(abs(finite(high)), abs(finite(low)), 1.0)
            price = 10.0 ** (5.0 - name.priority) / size if name in priced else 0.0
            for sign, side in ((-1.0, high), (1.0, low)):
                if np.isfinite(side):
                    rows.append(stated.at)
                    signs.append(sign)
                    prices.append(price)
                    owners.append((name, stated))
    count = len(matrix.cost)
    extra = sparse.csr_matrix(
        (signs, (rows, range(len(rows)))), shape=(len(matrix.rows), len(rows))
    )
    relaxed = matrix.with_coefficients(
        sparse.csr_matrix(sparse.hstack([with_constants(matrix, (*soft, *free)), extra])),
        cost=np.concatenate([np.zeros(count), np.array(prices, dtype=float)]),
        offset=0.0,
        lower=np.concatenate([matrix.lower, np.zeros(len(rows))]),
        upper=np.concatenate([widened(matrix, is_held), np.full(len(rows), np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(len(rows), dtype=bool)]),
    )
    try:
        outcome = run_highs(relaxed, 1e-4, seconds)
    except SolverDiedError:
        raise
    except PlanError as error:  # no point survives rounding: nothing is settled
        raise TimeoutError from error
    if outcome.status == "stopped":
        raise StoppedError("stopped while it was sought which limits cannot hold together")
    if outcome.values is None:
        if outcome.status != "infeasible":
            raise TimeoutError
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    gave: dict[Limit, dict[str, float]] = defaultdict(dict)
    slack = outcome.values[count:].tolist()
    amounts = [value * one.scale for (_, one), value in zip(owners, slack, strict=True)]
    # by a hair, where none gives more
    least = GIVES if max(amounts, default=0.0) > GIVES else GIVES_AT_ALL
    for (name, stated), amount in zip(owners, amounts, strict=True):
        if name in priced and amount > least:
            if stated.whole is not None:
                amount /= worth(stated.whole, place, outcome.values)
            gave[name][stated.when] = max(amount, gave[name].get(stated.when, 0.0))
    given = {}
    for name, amounts in gave.items():
        most = max(amounts, key=lambda when: amounts[when])
        given[name] = Given(amounts[most], most, len(amounts) - 1)
    return given


def worth(form: Linear, place: dict[int, int], values: np.ndarray) -> float:
    """The value of a sum at a point; what has no column is at its own value."""
    found = form.constant
    for coefficient, variable in form.merged().values():
        at = place.get(id(variable))
        found += coefficient * (values[at] if at is not None else variable.value or 0.0)
    return found


def widened(matrix: Matrix, is_held: bool = False) -> np.ndarray:
    """Upper bounds, without those that only repeat what rows say, or ``is_held`` hold a value."""
    free = matrix.lower < matrix.upper if is_held else True
    return np.where(are_of(matrix, QUANTITIES) & free, np.inf, matrix.upper)


def are_of(matrix: Matrix, names: Sequence[str]) -> np.ndarray:
    """Which columns are of variables of these names, by column."""
    return np.array([v.parent_component().local_name in names for v in matrix.columns], bool)


def with_constants(matrix: Matrix, giving: Iterable[Limit]) -> sparse.csr_matrix:
    """The coefficients; where supply gives, the constants that stand for it are larger."""
    body = matrix.coefficients
    if not any(limit.says in SUPPLY for limit in giving):
        return body
    body = body.copy()
    flags = are_of(matrix, FLAGS)
    for at, row in enumerate(matrix.rows):
        if row.parent_component().local_name in CONSTANTS:
            span = slice(body.indptr[at], body.indptr[at + 1])
            is_constant = (body.data[span] < 0.0) & flags[body.indices[span]]
            body.data[span] *= np.where(is_constant, WIDER, 1.0)
    return body


def finite(value: float) -> float:
    """The value, or 0 where it is infinite."""
    return float(value) if np.isfinite(value) else 0.0
