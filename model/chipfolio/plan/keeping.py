"""Near the previous plan: of plans that cost nearly the same, the one that changes least.

Two runs of one quarter differ by the solver's choice among plans within the gap. With the setting
keep_within, a second program looks for the orders nearest to the sheet Previous plan (contract §8):
of all plans that cost at most keep_within × |best plan found| more than it, those with the least
expected Σ list value of |orders − previous orders|, an L1 distance. Where several are as near, the
cheapest of them is taken, and of these the one that comes first by the names of its orders: so the
choice is nobody's (lexicographic goals, each held as the next is sought). A last one takes these
orders as they are and decides all else at the least cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..formulation.linear import Linear
from ..formulation.pricing import list_value
from ..formulation.whole import Whole
from ..solver.bridge import Matrix
from ..solver.engine import Outcome
from .extract import load

Run = Callable[[Matrix, np.ndarray, bool], Outcome]
"""Solves a program from values by column, NaN where there are none: to the gap that is asked of the
book, or, where small differences count, to ``EXACT`` as far as ``NODES`` of a search lead.
"""
FINEST = 1e-6
"""Units by which orders that are the same may differ."""
EXACT = 1e-9
"""Gap to which a goal is sought where small differences count, and share by which it is held."""
NODES = 200
"""Nodes of a search after which what was found is taken: a count, so that no clock decides."""


@dataclass(frozen=True)
class Keeping:
    """What keeping near the previous plan comes to, in money.

    ``best`` is the cost of the best plan found, ``cost`` what the published one costs more.
    ``distance`` is the list value of the orders that differ from the previous plan, ``before`` that
    of the best plan's; ``proven`` that no plan within the share is nearer (within the gap).
    """

    within: float
    best: float
    cost: float
    distance: float
    before: float
    proven: bool


@dataclass(frozen=True)
class Change:
    """What may be ordered otherwise than before: units, units before, list value of one."""

    scenario: str
    offer: str
    period: int
    units: Linear
    before: float
    value: float
    most: float

    @property
    def name(self) -> str:
        """What the column of the change is called."""
        return f"change of {self.offer} in {self.period} {self.scenario}".strip()


def changes(whole: Whole) -> Iterator[Change]:
    """Every order that may differ from the previous plan, its value weighed by probability."""
    rows = whole.tables.rows("Previous plan")
    for name, weight in whole.weights().items():
        world, orders = whole.worlds[name].world, whole.worlds[name].orders
        before: dict[tuple[str, int], float] = defaultdict(float)
        for row in rows:
            if row["scenario"] in (None, name):
                before[row["offer"], row["order_period"]] += row["units"]
        offers = world.by_name("Offers")
        for (offer, at), units in orders.ordered.items():
            value = weight * list_value(world, offers[offer], at)
            if value and units.variables:
                most = max(orders.most[offer, at], before[offer, at])
                yield Change(name, offer, at, units, before[offer, at], value, most)


def distance(found: list[Change]) -> float:
    """List value of the orders that differ, in the plan that is loaded."""
    return sum(one.value * abs(one.units.value() - one.before) for one in found)


def rounding(found: list[Change]) -> float:
    """What distances may differ by and be the same, for orders are sums of floats [money]."""
    return max(FINEST, EXACT * sum(one.value * max(one.units.value(), one.before) for one in found))


def kept_near(
    whole: Whole,
    matrix: Matrix,
    outcome: Outcome,
    run: Run,
    settled: Callable[[Matrix, Outcome], Outcome],
) -> tuple[Outcome, Keeping | None]:
    """The outcome with the plan nearest to the previous one, loaded; as it was without a wish.

    ``outcome`` has values, which are loaded. ``settled`` makes a plan of a solver's point, loaded.
    Where no nearer plan is found in time, the outcome stays.
    """
    tables = whole.tables
    within = tables.setting("keep_within")
    if not within or not tables.rows("Previous plan") or outcome.values is None:
        return outcome, None
    found = list(changes(whole))
    best, before = whole.objective.value(), distance(found)
    same = rounding(found)
    if before <= same:
        return outcome, Keeping(within, best, 0.0, before, before, True)
    limit = best + within * abs(best)
    program = nearest(matrix, found, limit)
    gaps = np.array([abs(one.units.value() - one.before) for one in found])
    nearer = run(program, np.concatenate([outcome.values, gaps]), False)
    stay = Keeping(within, best, 0.0, before, before, nearer.status == "optimal")
    if nearer.values is None:
        return outcome, replace(stay, proven=False)
    values = nearer.values
    if nearer.status == "optimal" and program.cost @ values > same:
        values = without_ties(matrix, program, found, nearer, run)
    values = values[: len(matrix.columns)]
    fixed = with_orders(matrix, found, values)
    cheapest = run(fixed, values, True)  # finer than the gap: the cost of keeping is a difference
    if cheapest.values is not None:
        cheapest = settled(fixed, cheapest)
    if cheapest.values is not None:
        load(whole, matrix, cheapest.values)
        cost, apart = whole.objective.value(), distance(found)
        as_cheap = cost <= best + EXACT * abs(best)
        if cost <= limit and (apart < before - same or (as_cheap and apart <= before + same)):
            done = Keeping(within, best, cost - best, apart, before, stay.proven)
            return replace(outcome, values=cheapest.values, duals=cheapest.duals), done
    load(whole, matrix, outcome.values)
    return outcome, stay


def nearest(matrix: Matrix, found: list[Change], limit: float) -> Matrix:
    """The program of the least distance among plans that cost at most ``limit``.

    Each change has a column of its own at the end, at least the units by which the order differs.
    """
    count = len(matrix.columns)
    gaps = list(found)
    wider = replace(
        matrix,
        cost=np.concatenate([np.zeros(count), [one.value for one in found]]),
        offset=0.0,
        lower=np.concatenate([matrix.lower, np.zeros(len(gaps))]),
        upper=np.concatenate([matrix.upper, [one.most for one in found]]),
        integer=np.concatenate([matrix.integer, np.zeros(len(gaps), dtype=matrix.integer.dtype)]),
        columns=[*matrix.columns, *gaps],
    )
    rows, upper = [], []
    for one in found:
        for sign in (1.0, -1.0):
            units = [(sign * c, variable) for c, variable in one.units.merged().values()]
            rows.append([*units, (-1.0, one)])
            upper.append(sign * (one.before - one.units.constant))
    costs = [
        (coefficient, variable)
        for coefficient, variable in zip(matrix.cost, matrix.columns, strict=True)
        if coefficient
    ]
    names = [f"{one.name}, {side}" for one in found for side in ("more", "less")]
    return wider.with_rows(
        [*rows, costs], [*upper, limit - matrix.offset], [*names, "cost is near the best"]
    )


def without_ties(
    matrix: Matrix, program: Matrix, found: list[Change], nearer: Outcome, run: Run
) -> np.ndarray:
    """Of the plans as near as the one found, the cheapest; of these the first by name.

    Values by column of ``program``, as far as they were found in time.
    """
    values = nearer.values
    costs = np.concatenate([matrix.cost, np.zeros(len(found))])
    for goal in (program.cost, costs, by_name(program, found)):
        best = run(replace(program, cost=goal), values, True)
        if best.values is None:
            break
        values = best.values
        if best.status != "optimal":
            break
        least = float(goal @ values)
        terms = [(c, column) for c, column in zip(goal, program.columns, strict=True) if c]
        program = program.with_rows([terms], [least + EXACT * max(1.0, abs(least))], ["held"])
    return values


def by_name(program: Matrix, found: list[Change]) -> np.ndarray:
    """A goal that ranks orders by period, offer and scenario: list value by the root of its rank.

    Roots of different numbers add up to the same only by chance, so it tells any two plans apart.
    """
    place = {id(column): at for at, column in enumerate(program.columns)}
    goal = np.zeros(len(program.columns))
    ranked = sorted(found, key=lambda one: (one.period, one.offer.casefold(), one.scenario))
    for rank, one in enumerate(ranked, 1):
        for coefficient, variable in one.units.merged().values():
            goal[place[id(variable)]] += one.value * coefficient * np.sqrt(rank)
    return goal


def with_orders(matrix: Matrix, found: list[Change], values: np.ndarray) -> Matrix:
    """The program with all orders at their values."""
    ordered = {id(variable) for one in found for variable in one.units.variables}
    held = np.array([id(variable) in ordered for variable in matrix.columns], dtype=bool)
    return replace(
        matrix,
        lower=np.where(held, values, matrix.lower),
        upper=np.where(held, values, matrix.upper),
    )
