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
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from ..errors import StoppedError
from ..formulation.linear import Linear
from ..formulation.shares import Limit as Rule
from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import run_highs
from ..tables import Row, Tables

SOLVE_SECONDS = 30.0
GIVES = 1e-6
ROUNDING = 1e-3
"""Of the last digit told: more is rounded up."""
PRIORITY_FACTS = 0.5
"""Supply, power and demand give way after any rule the team wrote itself."""

MONEY, SHARE = "money", "of its basis"
"""Units that are told in the book's currency, and in percentage points."""

WAIVED = "signing without it"
"""What is told of a limit that is kept or not, and has no amount."""

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
class Stated:
    """A row of the matrix that states a limit: the factor that turns its slack into the limit's
    unit, when it holds, in words, and of what it is a share.
    """

    at: int
    scale: float
    when: str
    whole: Linear | None = None


@dataclass(frozen=True)
class Given:
    """What a limit gave at most, in its unit, and when; in how many other windows it gave less."""

    amount: float
    when: str
    others: int = 0


@dataclass(frozen=True)
class Conflict:
    """A limit that cannot hold with the others; ``gives`` is how much relaxing it alone takes."""

    limit: Limit
    cell: str
    gives: Given | None

    def __str__(self) -> str:
        text = f"{self.place}{self.limit.name}: {self.limit.says}"
        return text if self.gives is None else f"{text} ({self.lacks} would do)"

    @property
    def place(self) -> str:
        """Sheet and cell, as a sentence begins with it."""
        return f"{self.limit.sheet}!{self.cell} " if self.cell else f"{self.limit.sheet} "

    @property
    def lacks(self) -> str:
        """What it gives, as finance writes it, no less than it takes, and when."""
        amount, unit = self.gives.amount, self.limit.unit
        if unit == WAIVED:
            return unit + self.gives.when
        if unit == SHARE:
            amount, unit = 100.0 * amount, "percentage points"
        digits = 0 if amount >= 1000.0 else 5 - math.floor(math.log10(amount))
        told = math.ceil(amount * 10.0**digits - ROUNDING) / 10.0**digits
        text = f"{told:,.0f}" if amount >= 1000.0 else f"{told:,.6g}"
        text = f"{text} {unit}".rstrip() + " more" + self.gives.when
        others = self.gives.others
        windows = f"{others} other window{'s' if others > 1 else ''}"
        return text + (f", and up to that in {windows}," if others else "")

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON."""
        return {
            "sheet": self.limit.sheet,
            "cell": self.cell,
            "name": self.limit.name,
            "says": self.limit.says,
            "gives": None if self.gives is None else self.gives.amount,
            "when": None if self.gives is None else self.gives.when.strip(),
            "other_windows": 0 if self.gives is None else self.gives.others,
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
        MONEY,
        "Vendors",
    ),
    "steps_stay_within_the_project": ("its max_steps", "steps", "Site projects"),
    "a_programme_that_must_run_is_finished": ("must_run", "programmes", "Programmes"),
    "own_chips_ramp_up": ("its ramp", "units", "Programme ramp"),
    "a_contract_is_taken_or_paid": ("its minimum", "of the minimum", "Contracts"),
    "a_contract_waits_for_what_it_requires": ("its requires", WAIVED, "Contracts"),
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
        try:
            given = elastic(matrix, groups, soft, seconds)
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
        free = [other for other in names if other not in rest]
        with suppress(TimeoutError):  # what was not settled stays
            if elastic(matrix, groups, free, seconds, free_of_charge=True) is None:
                conflict = rest
    found = []
    for name in conflict:
        given = None
        with suppress(TimeoutError):
            given = elastic(matrix, groups, [name], seconds)
        gives = None if given is None else given.get(name)
        found.append(Conflict(name, cell_of(whole.tables, name), gives))
    return found


def nearest(whole: Whole, matrix: Matrix, seconds: float = SOLVE_SECONDS) -> list[Conflict]:
    """What the plan nearest to the limits breaks, as far as one is found in so many seconds."""
    groups = limits_of(whole, matrix)
    given: dict[Limit, Given] | None = None
    with suppress(TimeoutError):
        given = elastic(matrix, groups, list(groups), seconds)
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
            says, unit, sheet = LIMITS[sentence]
            index = row.index() if isinstance(row.index(), tuple) else (row.index(),)
            if sentence == "demand_is_met" and may_be_unmet(whole.tables, index[0]):
                says, unit = "its max_unmet_pct", "units of work unmet"
            limit = Limit(sheet, str(index[0]), says, in_money(whole.tables, unit))
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
    return Limit(stated.sheet, stated.rule, says, unit, float(row["priority"]))


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
    free_of_charge: bool = False,
) -> dict[Limit, Given] | None:
    """Solve with the soft limits given slack at a price: what each gave; None if there is no plan.

    A limit of priority 5 gives way ten thousand times more cheaply than one of priority 1. With
    ``free_of_charge`` only whether a plan exists is asked. StoppedError where it is stopped by
    hand, TimeoutError where it is not settled in time.
    """
    from scipy import sparse  # only here, and long in loading

    rows, signs, prices, owners = [], [], [], []
    for name in soft:
        for stated in groups[name]:
            low, high = matrix.row_lower[stated.at], matrix.row_upper[stated.at]
            size = max(abs(finite(high)), abs(finite(low)), 1.0)
            price = 0.0 if free_of_charge else 10.0 ** (5.0 - name.priority) / size
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
        sparse.csr_matrix(sparse.hstack([matrix.coefficients, extra])),
        cost=np.concatenate([np.zeros(count), np.array(prices, dtype=float)]),
        offset=0.0,
        lower=np.concatenate([matrix.lower, np.zeros(len(rows))]),
        upper=np.concatenate([widened(matrix), np.full(len(rows), np.inf)]),
        integer=np.concatenate([matrix.integer, np.zeros(len(rows), dtype=bool)]),
    )
    outcome = run_highs(relaxed, 1e-4, seconds)
    if outcome.status == "stopped":
        raise StoppedError("stopped while it was sought which limits cannot hold together")
    if outcome.values is None:
        if outcome.status != "infeasible":
            raise TimeoutError
        return None
    place = {id(variable): at for at, variable in enumerate(matrix.columns)}
    gave: dict[Limit, dict[str, float]] = defaultdict(dict)
    for (name, stated), value in zip(owners, outcome.values[count:].tolist(), strict=True):
        if value * stated.scale > GIVES:
            amount = value * stated.scale
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


def widened(matrix: Matrix) -> np.ndarray:
    """Upper bounds, without those that only repeat what rows say."""
    repeats = [v.parent_component().local_name in QUANTITIES for v in matrix.columns]
    return np.where(repeats, np.inf, matrix.upper)


def finite(value: float) -> float:
    """The value, or 0 where it is infinite."""
    return float(value) if np.isfinite(value) else 0.0
