r"""Suppliers: how many are active in a window, for the least and the most that policies ask.

Reads      Supplier counts
           So far            spend, orders
Decides    counts      a supplier is active in a window     [rule, member, window]
           is_enough   divisible units are enough to count  [rule, member, window, order]
Hands on   limits

A supplier counts in a window if one of its orders is enough (a lot; a unit where divisible), or if
it has an order and its share of the spend reaches the threshold. Bounds are what members could get
at most: U_m of the member, U_{-m} of all others.

Symbols    m member, a counts, o order, x units, n lots, e is_enough, \ell least that counts
           \sigma share from which one counts, B_m its spend, B all spend, U most, U_{-m} of others
Source     contract §2, §3.7; supplier selection with fixed links as in Chaudhry, Forst and
           Zydiak 1993
"""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.dimensions import PLACE_DIMENSIONS
from ..contract.exact import HALF_A_CENT
from ..contract.periods import Window
from ..contract.schema import SEPARATOR
from ..tables import Row, World
from .earlier import Earlier, earlier
from .linear import Linear, Room
from .pricing import committed_once, committed_spend, spend_may_differ
from .shares import Limit, Measures, members_of, scale_of, softened

LEAST_ORDER, LEAST_SHARE = 1e-3, 1e-5
"""Units of a divisible offer, or the share of its most, that make a supplier one with an order
where its share of the spend decides. With a share of 1e-8 HiGHS 1.15.1 cut off plans that keep
every row."""
ENOUGH = 0.5
"""Orders told by So far are whole numbers: from here on there is one."""
ROUNDING = 1e-6
"""A threshold is reached within this share of it."""


def supplier_counts(room: Room, world: World, measures: Measures) -> list[Limit]:
    """Least and most number of suppliers that are active in a window."""
    keys: dict[tuple, int] = {}
    single: dict[tuple, int] = {}
    since: dict[tuple, int] = {}
    drafts: list[tuple[Row, Earlier, dict[str | None, list[Order]]]] = []
    for row in world.rules("Supplier counts"):
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            before = earlier(world, "Supplier counts", row["rule"], window)
            found = orders_by_member(measures, row["dimension"], before.window)
            count_before(before, row, found)
            drafts.append((row, before, found))
            differs = row["active_if_pct"] is not None and spend_may_differ(world)
            for name, orders in found.items():
                if name is None:
                    continue
                key = (row["rule"], name, window.label)
                keys[key] = world.calendar.count if differs else window.last
                since[key] = window.first
                if row["min_count"] is not None and row["active_if_pct"] is None:
                    single.update(
                        {(*key, order.name): window.last for order in orders if order.needs_flag}
                    )
    counts = room.decide("counts", keys, "is active [yes = 1]", domain=pyo.Binary, since=since)
    enough = room.decide(
        "is_enough",
        single,
        "an order is enough to count [yes = 1]",
        domain=pyo.Binary,
        since={key: since[key[:3]] for key in single},
    )
    needs, makes, limits = {}, {}, []
    for row, before, found in drafts:
        window = before.window
        share = row["active_if_pct"]
        numbers = {sense: Number(found, share, sense == "<=") for sense in (">=", "<=")}
        most_of = {name: sum(order.most_spend for order in found[name]) for name in found}
        for name, orders in found.items():
            if name is None:
                continue
            key = (row["rule"], name, window.label)
            for number in numbers.values():
                number.add(1.0, counts[key])
            if row["min_count"] is not None:
                there = Linear().add(-1.0, counts[key])
                for order in orders:
                    there.plus(order.evidence(enough.get((*key, order.name)), share is not None))
                    if (*key, order.name) in enough:
                        form = order.units.times(1.0 / order.least)
                        needs[*key, f"enough of {order.name}"] = (
                            0.0,
                            form.add(-1.0, enough[*key, order.name]),
                            None,
                        )
                needs[*key, "order"] = (0.0, there, None)
            if share is not None:
                part, whole = measures.part("order_spend", window, **{row["dimension"]: name})
                part.constant += before.of("spend", name)
                whole.constant += sum(before.all_of("spend").values())
                for number in numbers.values():
                    number.splits[name] = part, whole
                form = Linear().plus(part).plus(whole, -share)
                scale = scale_of(form)
                least = share * sum(most for other, most in most_of.items() if other != name)
                most = (1.0 - share) * most_of[name]
                if row["min_count"] is not None:
                    least_form = form.times(scale).add(-least * scale, counts[key])
                    needs[*key, "share"] = (-least * scale, least_form, None)
                if row["max_count"] is not None:
                    most_form = form.times(scale).add(-most * scale, counts[key])
                    makes[*key, "share"] = (None, most_form, 0.0)
            elif row["max_count"] is not None:
                for order in orders:
                    makes[*key, order.name] = order.silent_unless(counts[key])
        for sense, limit in ((">=", row["min_count"]), ("<=", row["max_count"])):
            if limit is not None:
                dimension, level = row["dimension"], numbers[sense]
                rule = Limit("Supplier counts", row["rule"], dimension, window, sense, limit, level)
                rule.key = ("Supplier counts", row["rule"], sense, window.label)
                limits.append(softened(rule, row))
    room.require(
        "a_supplier_that_counts_is_active",
        needs,
        "orders or share ≥ threshold × counts",
        r"a_m \le \sum_o n_o + \sum_o e_o, \; \ell e_o \le x_o; "
        r"\quad B_m - \sigma B \ge -\sigma U_{-m} (1 - a_m)",
    )
    room.require(
        "a_supplier_that_is_active_counts",
        makes,
        "orders or share ≤ most × counts",
        r"x_o \le \ell + (U_o - \ell) a_m; \quad B_m - \sigma B \le (1 - \sigma) U_m a_m",
    )
    return limits


@dataclass
class Order:
    """An order as far as it belongs to one member: does it make a supplier count?"""

    name: str
    units: Linear
    least: float
    """Units from which it counts: a lot, or a unit where divisible."""
    most: float
    in_lots: bool
    """Whether it is decided in whole lots: then anything ordered is enough."""
    most_spend: float
    divisible: bool
    """Whether it comes in parts of any size, so that exactly a lot or unit is at the threshold."""

    @property
    def needs_flag(self) -> bool:
        """Whether it can be too small to count: units that move freely, up to enough."""
        return bool(self.units) and not self.in_lots and self.most >= self.least

    def evidence(self, enough: object | None, of_any_size: bool) -> Linear:
        """A form that is at least 1 only where it makes its supplier count."""
        if not self.units:
            least = LEAST_ORDER if of_any_size else self.least
            return Linear(float(self.units.constant >= least))
        if self.in_lots:
            return self.units.times(1.0 / self.least)
        if of_any_size:
            return self.units.times(1.0 / max(LEAST_ORDER, LEAST_SHARE * self.most))
        return Linear() if enough is None else Linear().add(1.0, enough)

    def silent_unless(self, counts: object) -> tuple[None, Linear, float]:
        """The row that lets it pass its least only where its supplier counts."""
        room = 0.0 if self.in_lots else self.least
        if not self.units:
            here = self.units.constant
            counts_for_sure = here > self.least if self.divisible else here >= self.least
            room = 0.0 if counts_for_sure else here
            return (None, Linear(here).add(room - here, counts), room)
        return (None, self.units.times(1.0).add(min(room - self.most, 0.0), counts), room)


class Number(Linear):
    """How many suppliers are active; its value is the true one, also where the rule leaves room.

    The rule only needs flags that err on its own side: two active suppliers may stand as one where
    one is asked for. One exactly at its threshold counts for a least number, and not for a most.
    """

    __slots__ = ("found", "most", "share", "splits")

    def __init__(
        self, found: dict[str | None, list[Order]], share: float | None, most: bool
    ) -> None:
        super().__init__()
        self.found = found
        self.share = share
        self.most = most
        """Whether so many suppliers are the most."""
        self.splits: dict[str, tuple[Linear, Linear]] = {}
        """Spend of a member and of all, where a share of it decides."""

    def value(self) -> float:
        """Suppliers active in the plan."""
        return float(sum(self.active(name) for name in self.found if name is not None))

    def active(self, name: str) -> bool:
        """Whether a member is active in the plan."""
        if self.share is None:
            return any(
                order.units.value() > order.least * (1.0 + ROUNDING)
                if self.most and order.divisible
                else order.units.value() >= order.least * (1.0 - ROUNDING)
                for order in self.found[name]
            )
        part, whole = (form.value() for form in self.splits[name])
        due = self.share * whole
        room = max(HALF_A_CENT, ROUNDING * due)
        if self.most:
            return part > due + room
        least = LEAST_ORDER * (1.0 - ROUNDING)
        return part >= due - room and any(o.units.value() >= least for o in self.found[name])


def orders_by_member(
    measures: Measures, dimension: str, window: Window
) -> dict[str | None, list[Order]]:
    """Orders of a window, new and committed, by member; None holds what belongs to no member."""
    world, orders = measures.world, measures.orders
    found: dict[str | None, dict[str, Order]] = {None: {}}
    found.update({name: {} for name in members_of(world, dimension)})
    inside = {*window.positions, *window.before}
    for key, batch in orders.batches.items():
        if batch.ordered not in inside:
            continue
        chip = measures.chips[batch.offer["chip"]]
        of = measures.tags(chip, batch.offer, batch.site, batch.offer["acquisition"])
        slot, lot = key[:2], batch.offer["lot_size"]
        name, most = SEPARATOR.join((slot[0], str(slot[1]))), orders.most[slot]
        spend = most * sum(measures.pricing.due[slot].values())
        order = Order(name, Linear(), lot or 1.0, most, bool(lot), spend, not lot)
        found[of.get(dimension)].setdefault(name, order).units.plus(batch.units)
    by_place = dimension in PLACE_DIMENSIONS
    signed = [cohort for cohort in measures.fleet.cohorts if cohort.kind == "committed"]
    for cohort in signed if by_place else committed_once(signed):
        if cohort.ordered not in inside:
            continue
        of = measures.tags(cohort.chip, cohort.offer, cohort.site, cohort.acquisition)
        name, units = f"row {cohort.row.number}", cohort.row["units"]
        spend, lot = units * committed_spend(world, cohort), cohort.offer["lot_size"]
        part = cohort.units if by_place else units
        chooses = by_place and bool(cohort.units)  # the plan does its sites, in parts of any size
        order = Order(name, Linear(), lot or 1.0, units, False, spend, not lot or chooses)
        found[of.get(dimension)].setdefault(name, order).units.plus(part)
    return {name: list(mine.values()) for name, mine in found.items()}


def count_before(before: Earlier, row: Row, found: dict[str | None, list[Order]]) -> None:
    """Add what So far says was ordered before the plan to the orders of each member."""
    spend, orders = before.all_of("spend"), before.all_of("orders")
    for member, _ in {**spend, **orders}:
        paid, units = spend.get((member, ""), 0.0), orders.get((member, ""), 0.0)
        if row["active_if_pct"] is not None and paid:
            units = max(units, 1.0)
        order = Order("before the plan", Linear(units), ENOUGH, units, False, paid, False)
        found[member or None].append(order)
