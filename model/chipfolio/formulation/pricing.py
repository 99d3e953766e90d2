r"""Pricing: what orders cost after price cuts and cumulative discounts.

Reads      Offers      price, pay_on_order_pct
           Contracts   price_cut_pct
           Discounts   of kind cumulative
Decides    cut         units that a cut applies to      [contract or tier, offer, period, site]
           reached     a cumulative tier is reached     [discount, tier, period]
Hands on   charged     units less the units that all cuts are worth   [offer, period, site]
           due         payments per charged unit        [offer, period] → [period]
           spend       money [offer, period, site]      to terms, milestones, shares, policies

Every amount of an order is proportional to the price paid, so one quantity carries all cuts:
charged = units × (1 − cuts). A cut under a contract that may be signed is the product of units
and a 0-1 form, written by its convex hull (McCormick 1976) within the order's own bounds.

A cumulative tier k is reached in t once what was ordered before t, B_t, comes to its threshold;
price breaks by cumulative volume state a learning curve (Wright 1936). Where orders are whole lots,
B_t moves in steps: "reached" means at least the first step that reaches the threshold, "not
reached" at most the step under it.

Symbols    x units, s site, f in force, y cut units, U most units at all sites together
           k tier, t period, r reached, \theta threshold, \theta^- the step under it
           B_t units or spend of earlier periods, M_t most that B_t can be
Source     contract §2 (Contracts, Discounts), §3.7, §3.8
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..contract.exact import reaches
from ..contract.schema import SEPARATOR
from ..tables import Row, World
from .earlier import told
from .fleet import Cohort, life_periods, serving_periods
from .linear import Claim, Linear, Room
from .orders import Batch, OrdersDoor
from .signing import SigningDoor


@dataclass
class Saving:
    """A discount on an order: the share off, and whether it applies."""

    name: str
    share: float
    applies: Linear


@dataclass
class PricingDoor:
    """What pricing hands on."""

    world: World
    charged: dict[tuple[str, int, str], Linear]
    due: dict[tuple[str, int], dict[int, float]]
    spend: dict[tuple[str, int, str], Linear]
    savings: dict[tuple[str, int], list[Saving]]
    cut: dict
    reached: dict = field(default_factory=dict)
    cumulative: dict[str, list[Row]] = field(default_factory=dict)
    so_far: dict = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    apart: set[str] = field(default_factory=set)
    """Savings by their name that may apply in one world and not in another of the same past."""


def payments(
    world: World, offer: Row, ordered: int, arrival: int, price: float
) -> dict[int, float]:
    """What one unit at that price makes us pay, by period of the plan."""
    count = world.calendar.count
    found: dict[int, float] = defaultdict(float)
    if offer["acquisition"] == "buy":
        share = offer["pay_on_order_pct"]
        if share and 0 <= ordered < count:
            found[ordered] += share * price
        if 0 <= arrival < count:
            found[arrival] += (1.0 - share) * price
        return dict(found)
    for at in range(max(arrival, 0), min(arrival + serving_periods(world, offer), count)):
        found[at] += price * world.calendar.months
    return dict(found)


def list_value(world: World, offer: Row, ordered: int) -> float:
    """List value of a unit ordered in a period: price, for rentals × months inside the plan."""
    price = world.path("Offers", "price")[offer["offer"]][ordered]
    if offer["acquisition"] == "buy":
        return price
    arrival = ordered + world.lead_time(offer, ordered)
    return sum(payments(world, offer, ordered, arrival, price).values())


def committed_payments(world: World, cohort: Cohort) -> tuple[dict[int, float], float]:
    """What one committed unit still makes us pay, by period; and what of it was paid before.

    Of a rental, what was paid before is the rest of its rents up to the plan's end.
    """
    row, offer = cohort.row, cohort.offer
    count = world.calendar.count
    price = cohort.price_paid(world)
    paid = row["paid_pct"]
    if offer["acquisition"] != "buy":
        share = paid or 0.0
        due = payments(world, offer, cohort.ordered, cohort.arrival, price * (1.0 - share))
        served = max(min(cohort.end, count) - cohort.arrival, 0)
        return due, served * price * world.calendar.months - sum(due.values())
    if paid is None:
        before_plan = cohort.ordered < 0
        paid = offer["pay_on_order_pct"] if before_plan else 0.0
        if before_plan and cohort.arrival < 0:
            paid = 1.0
    due: dict[int, float] = defaultdict(float)
    with_order = max(offer["pay_on_order_pct"] - paid, 0.0) if cohort.ordered >= 0 else 0.0
    if with_order and cohort.ordered < count:
        due[cohort.ordered] += with_order * price
    rest = 1.0 - paid - with_order
    if rest and cohort.arrival < count:
        due[max(cohort.arrival, 0)] += rest * price
    return dict(due), paid * price


def committed_spend(world: World, cohort: Cohort) -> float:
    """Spend per unit of a committed order: all that is paid for it up to the plan's end.

    What was paid before the plan counts, wherever the order is dated (contract §3.7).
    """
    due, before = committed_payments(world, cohort)
    return sum(due.values()) + before


def committed_once(cohorts: Iterable[Cohort]) -> Iterator[Cohort]:
    """One cohort per committed order: the sites' parts of it add up to its row's units."""
    seen: set[int] = set()
    for cohort in cohorts:
        if cohort.kind == "committed" and cohort.row.number not in seen:
            seen.add(cohort.row.number)
            yield cohort


def spend_may_differ(world: World) -> bool:
    """Whether an order of a common past can make worlds pay differently: deliveries may slip."""
    return any(
        row["sheet"] == "Offers" and row["column"] == "lead_time"
        for row in world.rows("Scenario changes")
    )


def covers(row: Row, offer: Row) -> bool:
    """Whether a contract or discount of a seller covers an offer."""
    return offer["seller"] == row["seller"] and (not row["offer"] or row["offer"] == offer["offer"])


def value_left(world: World, chip: Row, arrival: int) -> float:
    """Share of the price that a unit is still worth at the plan's end (contract §4)."""
    end = world.calendar.count
    if arrival >= end:
        return 1.0
    if arrival + life_periods(world, chip) <= end or chip["value_loss_per_year"] is None:
        return 0.0
    return (1.0 - chip["value_loss_per_year"]) ** world.calendar.years(end - arrival)


def add_pricing(
    room: Room, world: World, orders: OrdersDoor, signing: SigningDoor, committed: list[Cohort]
) -> PricingDoor:
    """Furnish the room; ``committed`` are the cohorts of committed orders."""
    price = world.path("Offers", "price")
    offers = world.by_name("Offers")
    due = {
        (batch.key[0], batch.ordered): payments(
            world,
            batch.offer,
            batch.ordered,
            batch.arrival,
            price[batch.key[0]][batch.ordered],
        )
        for batch in orders.batches.values()
    }
    savings: dict[tuple[str, int], list[Saving]] = defaultdict(list)
    for name, row in signing.contracts.items():
        if row["price_cut_pct"]:
            for slot in orders.ordered:
                form = signing.in_force(name, slot[1])
                if covers(row, offers[slot[0]]) and (form or form.constant):
                    savings[slot].append(Saving(name, row["price_cut_pct"], form))
    schemes: dict[str, list[Row]] = defaultdict(list)
    for row in world.rows("Discounts"):
        if row["kind"] == "cumulative":
            schemes[row["discount"]].append(row)
    for tiers in schemes.values():
        tiers.sort(key=lambda row: row["threshold"])
    count = world.calendar.count
    # money spent may differ between worlds of one past: each then reaches its own tiers
    own = {
        name
        for name, tiers in schemes.items()
        if tiers[0]["basis"] == "spend" and spend_may_differ(world)
    }
    apart: set[str] = set()
    since = {
        (name, number, at): at
        for name, tiers in schemes.items()
        for number in range(len(tiers))
        for at in world.calendar.positions
        if at > 0
    }
    reached = room.decide(
        "reached",
        {key: count if key[0] in own else at for key, at in since.items()},
        "a cumulative tier is reached [yes = 1]",
        domain=pyo.Binary,
        since=since,
    )
    for name, tiers in schemes.items():
        for slot in orders.ordered:
            if not covers(tiers[0], offers[slot[0]]):
                continue
            before = 0.0
            for number, tier in enumerate(tiers):
                share = tier["discount_pct"] - before
                before = tier["discount_pct"]
                title = SEPARATOR.join((name, str(number)))  # no contract can be named so
                if name in own:
                    apart.add(title)
                counted = told(world, "Discounts", name, "counted")
                if reaches(counted, tier["threshold"], tier["basis"] == "spend"):
                    savings[slot].append(Saving(title, share, Linear(1.0)))
                elif slot[1] > 0:
                    form = Linear().add(1.0, reached[name, number, slot[1]])
                    savings[slot].append(Saving(title, share, form))
    keys = {
        (saving.name, *batch.key): count if saving.name in apart else batch.ordered
        for batch in orders.batches.values()
        for saving in savings.get(batch.key[:2], ())
        if saving.applies
    }
    cut = room.decide(
        "cut",
        keys,
        "units that a cut applies to [units]",
        bounds=lambda key: (0, orders.batches[key[1:]].units.range()[1]),
    )
    charged = {key: cut_units(batch, savings, cut) for key, batch in orders.batches.items()}
    link_cuts(room, orders, savings, cut)
    spend = {key: form.times(sum(due[key[:2]].values())) for key, form in charged.items()}
    door = PricingDoor(world, charged, due, spend, savings, cut, reached, dict(schemes))
    door.apart = apart
    climb(room, world, orders, door, committed)
    return door


def cut_units(batch: Batch, savings: dict, cut: dict) -> Linear:
    """Units less the units that all cuts are worth."""
    form = Linear().plus(batch.units)
    for saving in savings.get(batch.key[:2], ()):
        if saving.applies:
            form.add(-saving.share, cut[saving.name, *batch.key])
        else:
            form.plus(batch.units, -saving.share * saving.applies.constant)
    return form


def link_cuts(room: Room, orders: OrdersDoor, savings: dict, cut: dict) -> None:
    """A cut applies to all units of an order exactly where it is in force.

    The order is what it is over all its sites, so the most of it counts once.
    """
    within, only, all_of = {}, {}, {}
    cuts, orders_of = defaultdict(Linear), defaultdict(Linear)
    applies = {
        (saving.name, *slot): saving.applies for slot, found in savings.items() for saving in found
    }
    for key, variable in cut.items():
        units = orders.batches[key[1:]].units
        within[key] = (None, Linear().add(1.0, variable).plus(units, -1.0), 0.0)
        cuts[key[:3]].add(1.0, variable)
        orders_of[key[:3]].plus(units)
    for key, form in cuts.items():
        most = orders.caps.most(orders_of[key])
        only[key] = (None, form.times(1.0).plus(applies[key], -most), 0.0)
        not_cut = form.times(1.0).plus(orders_of[key], -1.0)
        all_of[key] = (-most, not_cut.plus(applies[key], -most), None)
    room.require(
        "a_cut_applies_to_what_is_ordered", within, "cut units ≤ units [units]", r"y_s \le x_s"
    )
    room.require(
        "a_cut_applies_where_it_is_in_force",
        only,
        "cut units ≤ most units × in force",
        r"\sum_s y_s \le U f",
    )
    room.require(
        "a_cut_in_force_applies_to_all",
        all_of,
        "cut units ≥ units − most units × (not in force)",
        r"\sum_s y_s \ge \sum_s x_s - U (1 - f)",
    )


def climb(
    room: Room, world: World, orders: OrdersDoor, door: PricingDoor, committed: list[Cohort]
) -> None:
    """A cumulative tier is reached once own units or spend of earlier periods come to it."""
    offers = world.by_name("Offers")
    enough, taken, ladder, kept = {}, {}, {}, {}
    for name, tiers in door.cumulative.items():
        units = tiers[0]["basis"] == "units"
        for at in world.calendar.positions:
            if at == 0:
                continue
            so_far = Linear(told(world, "Discounts", name, "counted"))
            for key, batch in orders.batches.items():
                if key[1] < at and covers(tiers[0], offers[key[0]]):
                    so_far.plus(batch.units if units else door.spend[key])
            for cohort in committed_once(committed):
                if 0 <= cohort.ordered < at and covers(tiers[0], cohort.offer):
                    per_unit = 1.0 if units else committed_spend(world, cohort)
                    so_far.constant += cohort.row["units"] * per_unit
            door.so_far[name, at] = so_far
            most = orders.caps.most(so_far)
            steps = so_far.times(1.0 / max(tiers[-1]["threshold"], 1.0))
            below, step = 0.0, so_far.step()
            for number, tier in enumerate(tiers):
                variable = door.reached[name, number, at]
                threshold = tier["threshold"]
                scale = 1.0 / max(threshold, 1.0)
                under, least = so_far.edges(threshold, not units, step)
                door.claims.append(Claim(so_far, threshold, not units, Linear().add(1.0, variable)))
                steps.add(-(least - below) / max(tiers[-1]["threshold"], 1.0), variable)
                below = least
                taken[name, number, at] = (
                    None,
                    so_far.times(scale).add(-max(most - under, 0.0) * scale, variable),
                    under * scale,
                )
                if number:
                    form = Linear().add(1.0, variable).add(-1.0, door.reached[name, number - 1, at])
                    ladder[name, number, at] = (None, form, 0.0)
                if at > 1:
                    form = Linear().add(-1.0, variable).add(1.0, door.reached[name, number, at - 1])
                    kept[name, number, at] = (None, form, 0.0)
            enough[name, at] = (0.0, steps, None)
    room.require(
        "tiers_are_reached_by_what_was_ordered",
        enough,
        "so far ≥ sum of the steps between thresholds reached",
        r"\sum_k (\theta_k - \theta_{k-1}) r_{kt} \le B_t",
    )
    room.require(
        "a_tier_that_is_reached_is_taken",
        taken,
        "so far ≤ threshold where not reached",
        r"B_t \le \theta_k^- + (M_t - \theta_k^-) r_{kt}",
    )
    room.require(
        "tiers_are_reached_in_order",
        ladder,
        "a tier is reached after the one below",
        r"r_{kt} \le r_{k-1,t}",
    )
    room.require(
        "a_tier_once_reached_stays_so", kept, "reached before ≤ reached", r"r_{k,t-1} \le r_{kt}"
    )
