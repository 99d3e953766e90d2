"""Why a book has no plan: the limits that cannot hold together, and by how much each would give.

Elastic filter, then deletion filter, over named limits of the book (Chinneck 2008, ch. 6): limits
get priced slack; those that gave way are made hard one round after another until nothing is left
to give; what was made hard holds a conflict, and leaving out its members one by one leaves a
minimal one. Works for contradictions that only whole numbers show, which a solver's own conflict
sets do not. Definitions (stock balances, links of yes/no decisions) are never relaxed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import Outcome, run_highs
from ..tables import Row, Tables

SOLVE_SECONDS = 30.0
GIVES = 1e-6
PRIORITY_FACTS = 0.5
"""Supply, power and demand give way after any rule the team wrote itself."""

QUANTITIES = ("lots", "amount", "in_service")
"""Variables whose upper bounds only repeat limits that are rows as well."""


@dataclass(frozen=True)
class Limit:
    """One limit of the book: where it stands, what it says, and its unit."""

    sheet: str
    name: str
    says: str
    unit: str
    priority: float = PRIORITY_FACTS


@dataclass(frozen=True)
class Conflict:
    """A limit that cannot hold with the others; ``gives`` is how much relaxing it alone takes."""

    limit: Limit
    cell: str
    gives: float | None

    def __str__(self) -> str:
        place = f"{self.limit.sheet}!{self.cell} " if self.cell else f"{self.limit.sheet} "
        text = f"{place}{self.limit.name}: {self.limit.says}"
        if self.gives is not None:
            gives = f"{math.ceil(self.gives):,}" if self.gives >= 1000.0 else f"{self.gives:,.6g}"
            text += f" ({gives} {self.limit.unit} more room would do)"
        return text

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {
            "sheet": self.limit.sheet,
            "cell": self.cell,
            "name": self.limit.name,
            "says": self.limit.says,
            "gives": self.gives,
            "unit": self.limit.unit,
        }


LIMITS = {
    "demand_is_met": ("its demand must be met", "units of work", "Workloads"),
    "the_reserve_is_kept": ("its reserve_pct", "units of work", "Workloads"),
    "work_waits_no_longer_than_it_may": ("its defer_periods", "units of work", "Workloads"),
    "blocks_are_large_enough": ("its min_block", "units of work", "Workloads"),
    "power_fits_the_site": ("its power_mw", "MW", "Sites"),
    "an_offer_sells_no_more_than_it_has": ("its max_order", "units", "Offers"),
    "an_offer_stays_within_its_total": ("its total_limit", "units", "Offers"),
    "units_in_service_stay_within_the_quota": ("its max_in_service", "units", "Offers"),
    "an_order_is_at_least_the_minimum": ("its min_order", "units", "Offers"),
    "a_vendor_sells_no_more_than_it_has": ("its max_units", "units", "Vendors"),
    "a_vendor_sells_for_no_more_than_it_may": (
        "its max_spend_per_fiscal_year",
        "money",
        "Vendors",
    ),
    "steps_stay_within_the_project": ("its max_steps", "steps", "Site projects"),
    "a_programme_that_must_run_is_finished": ("must_run", "programmes", "Programmes"),
    "own_chips_ramp_up": ("its ramp", "units", "Programme ramp"),
    "a_contract_is_taken_or_paid": ("its minimum", "of the minimum", "Contracts"),
    "frozen_orders_stay": ("its frozen orders", "units", "Previous plan"),
}
"""Sentences that state a limit of the book: what it says, its unit, its sheet."""


def explain(whole: Whole, matrix: Matrix, seconds: float = SOLVE_SECONDS) -> list[Conflict]:
    """A minimal set of limits that cannot hold together; empty where none was found in time."""
    groups = limits_of(whole, matrix)
    names = list(groups)
    hard: list[Limit] = []
    while True:
        soft = [name for name in names if name not in hard]
        outcome, slack = elastic(matrix, groups, soft, seconds)
        if outcome.values is None:
            break
        gave = [name for name in soft if slack.get(name, 0.0) > GIVES]
        if not gave:
            return []
        hard += gave
    conflict = list(hard)
    for name in hard:
        rest = [other for other in conflict if other != name]
        free = [other for other in names if other not in rest]
        outcome, _ = elastic(matrix, groups, free, seconds, free_of_charge=True)
        if outcome.values is None:
            conflict = rest
    found = []
    for name in conflict:
        outcome, slack = elastic(matrix, groups, [name], seconds)
        gives = slack.get(name) if outcome.values is not None else None
        found.append(Conflict(name, cell_of(whole.tables, name), gives))
    return found


def limits_of(whole: Whole, matrix: Matrix) -> dict[Limit, list[tuple[int, float]]]:
    """Rows of each limit with the factor that turns the row's slack into the limit's unit."""
    scales: dict[int, tuple[Limit, float]] = {}
    for furnished in whole.worlds.values():
        for limit in (*furnished.shares.limits, *furnished.policies.limits):
            if limit.constraint is not None:
                named = rule_limit(whole.tables, limit.sheet, limit.rule)
                scales[id(limit.constraint)] = (named, 1.0 / limit.scale)
    groups: dict[Limit, list[tuple[int, float]]] = defaultdict(list)
    for at, row in enumerate(matrix.rows):
        if id(row) in scales:
            named, scale = scales[id(row)]
            groups[named].append((at, scale))
            continue
        sentence = row.parent_component().local_name
        if sentence in LIMITS:
            says, unit, sheet = LIMITS[sentence]
            index = row.index()
            name = str(index[0] if isinstance(index, tuple) else index)
            groups[Limit(sheet, name, says, unit)].append((at, 1.0))
    return dict(groups)


def rule_limit(tables: Tables, sheet: str, rule: str) -> Limit:
    """A rule of the team's own as a limit, with its priority."""
    key = {"Budgets": "budget"}.get(sheet, "rule")
    row = next(row for row in tables.rows(sheet) if row[key] == rule)
    unit = {"Budgets": "money", "Supplier counts": "suppliers"}.get(sheet, "of its basis")
    return Limit(sheet, rule, "the rule", unit, float(row["priority"]))


def cell_of(tables: Tables, limit: Limit) -> str:
    """Address of the row that states a limit."""
    rows: Iterable[Row] = tables.rows(limit.sheet)
    for row in rows:
        if str(next(iter(row.values()))) == limit.name:
            return row.cell(next(iter(row)))
    return ""


def elastic(
    matrix: Matrix,
    groups: dict[Limit, list[tuple[int, float]]],
    soft: list[Limit],
    seconds: float,
    free_of_charge: bool = False,
) -> tuple[Outcome, dict[Limit, float]]:
    """Solve with the soft limits given slack at a price; the slack that each took, in its unit.

    A limit of priority 5 gives way ten thousand times more cheaply than one of priority 1. With
    ``free_of_charge`` only whether a plan exists is asked.
    """
    from scipy import sparse  # only here, and long in loading

    rows, signs, prices, owners = [], [], [], []
    for name in soft:
        for at, scale in groups[name]:
            size = max(abs(finite(matrix.row_upper[at])), abs(finite(matrix.row_lower[at])), 1.0)
            price = 0.0 if free_of_charge else 10.0 ** (5.0 - name.priority) / size
            for sign, side in ((-1.0, matrix.row_upper[at]), (1.0, matrix.row_lower[at])):
                if np.isfinite(side):
                    rows.append(at)
                    signs.append(sign)
                    prices.append(price)
                    owners.append((name, scale))
    count = len(matrix.cost)
    extra = sparse.csr_matrix(
        (signs, (rows, range(len(rows)))), shape=(len(matrix.rows), len(rows))
    )
    relaxed = matrix.with_coefficients(
        sparse.csr_matrix(sparse.hstack([matrix.coefficients, extra])),
        cost=np.concatenate([np.zeros(count), np.array(prices, dtype=float)]),
        offset=0.0,
        lower=np.concatenate([matrix.lower, np.zeros(len(rows))]),
        upper=np.concatenate([widened(matrix), np.full(len(rows), np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(len(rows), dtype=bool)]),
    )
    outcome = run_highs(relaxed, 1e-4, seconds)
    slack: dict[Limit, float] = {}
    if outcome.values is not None:
        for (name, scale), value in zip(owners, outcome.values[count:].tolist(), strict=True):
            slack[name] = max(slack.get(name, 0.0), value * scale)
    return outcome, slack


def widened(matrix: Matrix) -> np.ndarray:
    """Upper bounds, without those that only repeat what rows say."""
    repeats = [v.parent_component().local_name in QUANTITIES for v in matrix.columns]
    return np.where(repeats, np.inf, matrix.upper)


def finite(value: float) -> float:
    """The value, or 0 where it is infinite."""
    return float(value) if np.isfinite(value) else 0.0
