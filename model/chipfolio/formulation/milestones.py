r"""Milestones: what deals pay once the units of a vendor come to a threshold.

Reads      Deals, Deal milestones
           So far     counted
Decides    pays       a milestone pays in this period   [deal, milestone, period]
Hands on   pays       as decided                        [deal, milestone, period]
           measures   what a milestone looks at         [deal, milestone, period]
Pays       deal_value, equity_value (after haircuts)

A milestone pays once, in the first period in which its deal is signed and its measure is there.
Milestones of one deal on one measure are a ladder, climbed rung by rung. What a measure can come to
counts what all sites share once; before that reaches a threshold there is nothing to decide.

Symbols    k milestone, t period, p pays, P paid by, G signed by, m measure, U most of it
           \theta threshold, \theta^- the step under it
Source     contract §2 (Deals, Deal milestones), §3.9, §4
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ..contract.exact import reaches, rounding
from ..contract.schema import SEPARATOR
from ..tables import Row, World
from .earlier import told
from .fleet import KW_PER_MW, FleetDoor
from .linear import Claim, Linear, Once, Room
from .orders import CLOUD, OrdersDoor
from .pricing import PricingDoor, committed_once, committed_spend, spend_may_differ
from .signing import SigningDoor


@dataclass
class MilestonesDoor:
    """What milestones hand on."""

    pays: Once = field(default_factory=lambda: Once({}, {}))
    measures: dict = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)


def add_milestones(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
) -> MilestonesDoor:
    """A milestone pays once, in the first period signed and reached, until its deadline."""
    door = MilestonesDoor()
    count = world.calendar.count
    keys: dict[tuple, int] = {}
    rows_of: dict[tuple[str, str], Row] = {}
    most_of: dict[tuple, float] = {}
    for row in world.rows("Deal milestones"):
        if row["deal"] not in signing.deals or row["met"] is not None:
            continue
        last = count - 1 if row["deadline"] is None else min(row["deadline"], count - 1)
        vendor = signing.deals[row["deal"]]["vendor"]
        rows_of[row["deal"], row["milestone"]] = row
        # money spent may differ between worlds of one past: each then pays when it is due there
        apart = row["measure"] == "cumulative_spend" and spend_may_differ(world)
        for at in range(last + 1):
            if not signing.can_be_signed_by(row["deal"], at):
                continue
            key = (row["deal"], row["milestone"], at)
            measure = measured(world, row["measure"], vendor, at, orders, pricing, fleet)
            measure.constant += counted_before(world, row)
            door.measures[key] = measure
            most_of[key] = orders.caps.most(measure)
            if reaches(most_of[key], row["threshold"], row["measure"] == "cumulative_spend"):
                keys[key] = count if apart else at
    since = {key: key[2] for key in keys}
    pays = room.decide_once("pays", keys, "the milestone pays now [yes = 1]", since=since)
    reached, agreed, prompt = {}, {}, {}
    paid: dict[tuple, Linear] = {}
    for (deal, name), row in rows_of.items():
        withdrawn = any(world.removed("Deals", deal, at) for at in range(count))
        for key, measure in door.measures.items():
            if key[:2] != (deal, name):
                continue
            at = key[2]
            so_far = paid[key] = pays.by(*key)
            if key not in pays:  # out of reach
                continue
            threshold = row["threshold"]
            money = row["measure"] == "cumulative_spend"
            under, least = measure.edges(threshold, money, measure.step(fleet.steps))
            scale = 1.0 / max(threshold, 1.0)
            signed = signing.signed_by(deal, at)
            reached[key] = (0.0, measure.times(scale).add(-least * scale, pays[key]), None)
            now, still_due = Linear().add(1.0, pays[key]), signed.times(1.0).plus(so_far, -1.0)
            door.claims.append(Claim(measure, threshold, money, now, still_due))
            now = Linear().add(1.0, pays[key]) if withdrawn else so_far.times(1.0)
            agreed[key] = (None, now.plus(signed, -1.0), 0.0)
            most = max(most_of[key] - under, 0.0) * scale
            form = measure.times(scale).plus(so_far, -most).plus(signed, most)
            prompt[key] = (None, form, under * scale + most)
            value = row["value"] * (1.0 - row["haircut_pct"])
            line = "deal_value" if row["kind"] == "cash" else "equity_value"
            room.cost(line)[at].add(-value, pays[key])
    door.pays = pays
    room.require(
        "a_milestone_that_pays_is_reached",
        reached,
        "measure ≥ threshold × pays",
        r"m_t \ge \theta p_t",
    )
    room.require(
        "a_milestone_pays_under_a_signed_deal", agreed, "paid so far ≤ signed", r"P_t \le G_t"
    )
    room.require(
        "a_milestone_pays_as_soon_as_it_is_reached",
        prompt,
        "measure ≤ threshold until it has paid, while signed",
        r"m_t \le \theta^- + (U - \theta^-)(1 - G_t + P_t)",
    )
    climb(room, world, orders, pricing, signing, fleet, rows_of, paid)
    return door


def counted_before(world: World, row: Row) -> float:
    """What a cumulative measure had come to before the plan, as So far tells it."""
    return told(world, "Deal milestones", SEPARATOR.join(row.key), "counted")


def climb(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
    rows_of: dict[tuple[str, str], Row],
    paid: dict[tuple, Linear],
) -> None:
    """Milestones of one deal on one measure are a ladder; all that have paid were reached.

    These rows follow from the ones before in whole numbers. They keep the relaxation from taking
    many milestones a little, or one milestone a little in every period.
    """
    ladders: dict[tuple, list[tuple[float, str]]] = defaultdict(list)
    for (deal, name), row in rows_of.items():
        periods = tuple(at for (d, n, at) in paid if (d, n) == (deal, name))
        counted = counted_before(world, row)
        room_for = rounding(row["threshold"], row["measure"] == "cumulative_spend")
        rung = (row["threshold"] - room_for, name)
        ladders[deal, row["measure"], counted, periods].append(rung)
    order, together = {}, {}
    for (deal, measure, counted, periods), rungs in ladders.items():
        rungs.sort()
        scale = 1.0 / max(rungs[-1][0], 1.0)
        for at in periods:
            form = most_so_far(
                world, measure, signing.deals[deal]["vendor"], at, orders, pricing, fleet
            )
            form = form.plus(counted).times(scale)
            below = 0.0
            for number, (threshold, name) in enumerate(rungs):
                form.plus(paid[deal, name, at], -(threshold - below) * scale)
                below = threshold
                if number and paid[deal, name, at]:
                    step = paid[deal, name, at].times(1.0)
                    step.plus(paid[deal, rungs[number - 1][1], at], -1.0)
                    order[deal, name, at] = (None, step, 0.0)
            together[deal, measure, rungs[-1][1], at] = (0.0, form, None)
    room.require(
        "milestones_are_climbed_in_order",
        order,
        "paid so far ≤ the one below it paid",
        r"P_{k+1,t} \le P_{kt}",
    )
    room.require(
        "milestones_paid_were_reached",
        together,
        "most of the measure so far ≥ sum of the steps between thresholds paid for",
        r"\sum_k (\theta_k - \theta_{k-1}) P_{kt} \le \max_{\tau \le t} m_\tau",
    )


def most_so_far(
    world: World,
    measure: str,
    vendor: str,
    at: int,
    orders: OrdersDoor,
    pricing: PricingDoor,
    fleet: FleetDoor,
) -> Linear:
    """No less than a measure has been in any period so far: power counts what ever arrived."""
    if measure != "installed_mw":
        return measured(world, measure, vendor, at, orders, pricing, fleet)
    form = Linear()
    for cohort in fleet.cohorts:
        there = cohort.arrival <= at and cohort.end > 0 and cohort.site != CLOUD
        if there and cohort.chip["vendor"] == vendor:
            form.plus(cohort.units, cohort.chip["power_kw"] / KW_PER_MW)
    return form


def measured(
    world: World,
    measure: str,
    vendor: str,
    at: int,
    orders: OrdersDoor,
    pricing: PricingDoor,
    fleet: FleetDoor,
) -> Linear:
    """What a milestone looks at, in a period, of chips designed by a vendor."""
    form = Linear()
    if measure == "installed_mw":
        for line, cohort in fleet.lines():
            if cohort.chip["vendor"] == vendor and cohort.site != CLOUD:
                form.plus(fleet.stock[line][at], cohort.chip["power_kw"] / KW_PER_MW)
        return form
    chips = world.by_name("Chips")
    for key, batch in orders.batches.items():
        if batch.ordered <= at and chips[batch.offer["chip"]]["vendor"] == vendor:
            form.plus(batch.units if measure == "cumulative_units" else pricing.spend[key])
    for cohort in committed_once(fleet.cohorts):
        if cohort.chip["vendor"] == vendor and 0 <= cohort.ordered <= at:
            per_unit = 1.0 if measure == "cumulative_units" else committed_spend(world, cohort)
            form.constant += cohort.row["units"] * per_unit
    return form
