r"""Terms: volume discounts, contract minimums and the milestones of deals.

Reads      Discounts   of kinds all_units and incremental
           Contracts   minimum, shortfall_pct
           Deals, Deal milestones
Decides    in_tier      the window's quantity lies in this tier   [discount, window, tier]
           part         quantity, if it lies in this tier         [discount, window, tier]
           share        units of an order, if in this tier        [discount, window, tier, order]
           shortfall    missing amount that is paid for           [contract, window]
           pays         a milestone pays in this period           [deal, milestone, period]
Hands on   rebates      money [period], on purchases and on rentals
           credit       terminal value that rebates take back   money
           shortfalls, milestones in cash and equity            money [period]
           violations   of soft contract minimums

Tiers are a multiple-choice model, the convex hull of the piecewise-linear rebate (Croxton, Gendron
and Magnanti 2003): the quantity is split over tiers, of which one is chosen, and each part lies
within its tier's ends; the relaxation then equals the lower convex envelope.

Symbols    k tier, z in_tier, q part, \theta threshold, \delta discount, B quantity of the window
           \sum_k z_k = 1,\; \sum_k q_k = B,\; \theta_k z_k \le q_k \le \theta_{k+1} z_k
           all units: \sum_k \delta_k q_k;  incremental: \sum_k (R_k z_k + \delta_k (q_k - \theta_k z_k))
Source     contract §2 (Discounts, Contracts, Deals), §3.7–§3.9, §4
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import pyomo.environ as pyo

from ..contract.periods import Window
from ..tables import Row, World
from .fleet import FleetDoor
from .linear import Linear, Room
from .orders import CLOUD, OrdersDoor
from .pricing import (
    PricingDoor,
    committed_payments,
    committed_price,
    covers,
    list_value,
    value_left,
)
from .signing import SigningDoor

KW_PER_MW = 1000.0


@dataclass
class Scheme:
    """One discount scheme in one window: its quantity and what each tier brings."""

    name: str
    window: Window
    tiers: list[Row]
    quantity: Linear
    rebate: Linear
    rented: bool
    kept: float
    """Highest share of a price that any unit under it is still worth at the plan's end."""


@dataclass
class Minimum:
    """A contract's minimum in one window."""

    contract: Row
    window: Window
    level: Linear
    in_force: Linear
    shortfall: object | None = None
    missing: object | None = None


@dataclass
class TermsDoor:
    """What terms hand on."""

    schemes: list[Scheme] = field(default_factory=list)
    in_tier: dict = field(default_factory=dict)
    minimums: list[Minimum] = field(default_factory=list)
    pays: dict = field(default_factory=dict)
    measures: dict = field(default_factory=dict)
    rebates_bought: dict[int, Linear] = field(default_factory=dict)
    rebates_rented: dict[int, Linear] = field(default_factory=dict)
    credit: Linear = field(default_factory=Linear)
    shortfalls: dict[int, Linear] = field(default_factory=dict)
    cash: dict[int, Linear] = field(default_factory=dict)
    equity: dict[int, Linear] = field(default_factory=dict)
    penalties: dict[int, Linear] = field(default_factory=dict)


def add_terms(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
) -> TermsDoor:
    """Furnish the room."""
    door = TermsDoor()
    for name in ("rebates_bought", "rebates_rented", "shortfalls", "cash", "equity", "penalties"):
        setattr(door, name, {at: Linear() for at in world.calendar.positions})
    add_tiers(room, world, orders, pricing, fleet, door)
    add_minimums(room, world, orders, pricing, signing, fleet, door)
    add_milestones(room, world, orders, pricing, signing, fleet, door)
    return door


def add_tiers(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    fleet: FleetDoor,
    door: TermsDoor,
) -> None:
    """Rebates of all-units and incremental schemes, window by window."""
    schemes: dict[str, list[Row]] = defaultdict(list)
    for row in world.rows("Discounts"):
        if row["kind"] != "cumulative":
            schemes[row["discount"]].append(row)
    made: list[tuple[Scheme, list, list[float], float]] = []
    tier_keys: dict[tuple, int] = {}
    share_keys: dict[tuple, int] = {}
    for name, rows in schemes.items():
        tiers = sorted(rows, key=lambda row: row["threshold"])
        first = tiers[0]
        for window in world.calendar.windows(first["window"]):
            batches = [
                batch
                for batch in orders.batches.values()
                if batch.ordered in window.positions and covers(first, batch.offer)
            ]
            signed = [
                cohort
                for cohort in fleet.cohorts
                if cohort.line[0] == "committed"
                and cohort.ordered in (*window.positions, *window.before)
                and covers(first, cohort.offer)
            ]
            if not batches and not signed:
                continue
            units, spend = Linear(), Linear()
            for batch in batches:
                units.plus(batch.units)
                spend.plus(pricing.spend[batch.key])
            for cohort in signed:
                units.plus(cohort.units)
                spend.plus(cohort.units, committed_spend(world, cohort))
            by_units = first["basis"] == "units"
            quantity = units if by_units else spend
            rented = any(source.offer["acquisition"] != "buy" for source in (*batches, *signed))
            kept = max(
                (
                    value_left(world, world.by_name("Chips")[b.offer["chip"]], b.arrival)
                    for b in batches
                    if b.offer["acquisition"] == "buy"
                ),
                default=0.0,
            )
            ends = [0.0] if first["threshold"] > 0 else []
            ends += [row["threshold"] for row in tiers]
            most = max(quantity.range()[1], ends[-1])
            scheme = Scheme(name, window, tiers, quantity, Linear(), rented, kept)
            made.append((scheme, batches, [*ends, most], spend.constant))
            for number in range(len(ends)):
                tier_keys[name, window.label, number] = window.last
                if by_units and first["kind"] == "all_units":
                    for batch in batches:
                        share_keys[name, window.label, number, *batch.key] = window.last
    in_tier = room.decide(
        "in_tier", tier_keys, "the quantity lies in this tier [yes = 1]", domain=pyo.Binary
    )
    part = room.decide("part", tier_keys, "quantity, if it lies in this tier [units or money]")
    share = room.decide("share", share_keys, "charged units of an order, if in this tier [units]")
    one, whole, above, below, split, inside, hull = {}, {}, {}, {}, {}, {}, {}
    for scheme, batches, ends, constant in made:
        first = scheme.tiers[0]
        discounts = [0.0] if first["threshold"] > 0 else []
        discounts += [row["discount_pct"] for row in scheme.tiers]
        here = (scheme.name, scheme.window.label)
        scale = 1.0 / max(ends[-1], 1.0)
        chosen, parts = Linear(), Linear()
        earned = 0.0
        for number, discount in enumerate(discounts):
            key = (*here, number)
            low, high = ends[number], ends[number + 1]
            chosen.add(1.0, in_tier[key])
            parts.add(scale, part[key])
            above[key] = (
                0.0,
                Linear().add(scale, part[key]).add(-low * scale, in_tier[key]),
                None,
            )
            below[key] = (
                None,
                Linear().add(scale, part[key]).add(-high * scale, in_tier[key]),
                0.0,
            )
            if first["kind"] == "incremental":
                value = 1.0
                if first["basis"] == "units":
                    offer = world.by_name("Offers")[first["offer"]]
                    value = list_value(world, offer, scheme.window.positions[0])
                scheme.rebate.add((earned - discount * low) * value, in_tier[key])
                scheme.rebate.add(discount * value, part[key])
                earned += discount * (high - low)
            elif first["basis"] == "spend":
                scheme.rebate.add(discount, part[key])
            else:
                scheme.rebate.add(discount * constant, in_tier[key])
                units_here = Linear()
                for batch in batches:
                    variable = share[(*key, *batch.key)]
                    per_unit = sum(pricing.due[batch.key[:2]].values())
                    scheme.rebate.add(discount * per_unit, variable)
                    most = pricing.charged[batch.key].range()[1]
                    form = Linear().add(1.0, variable).add(-most, in_tier[key])
                    inside[(*key, *batch.key)] = (None, form, 0.0)
                    units_here.add(1.0, variable)
        if share_keys and first["basis"] == "units" and first["kind"] == "all_units":
            cut_free = all(not pricing.savings.get(batch.key[:2]) for batch in batches)
            for batch in batches:
                form = Linear().plus(pricing.charged[batch.key], -1.0)
                for number in range(len(discounts)):
                    form.add(1.0, share[(*here, number, *batch.key)])
                split[(*here, *batch.key)] = (0.0, form, 0.0)
            if cut_free and not any(
                cohort.line[0] == "committed" and covers(first, cohort.offer)
                for cohort in fleet.cohorts
            ):
                # without cuts the parts of the orders are the parts of the quantity: the hull
                for number in range(len(discounts)):
                    form = Linear().add(-1.0, part[(*here, number)])
                    for batch in batches:
                        form.add(1.0, share[(*here, number, *batch.key)])
                    hull[(*here, number)] = (0.0, form, 0.0)
        one[here] = (1.0, chosen, 1.0)
        whole[here] = (0.0, parts.plus(scheme.quantity, -scale), 0.0)
        bucket = door.rebates_rented if scheme.rented else door.rebates_bought
        bucket[scheme.window.last].plus(scheme.rebate)
        door.credit.plus(scheme.rebate, scheme.kept)
        door.schemes.append(scheme)
    door.in_tier = in_tier
    room.require("a_window_lies_in_one_tier", one, "one tier is chosen")
    room.require("the_parts_add_up_to_the_quantity", whole, "parts add up to the quantity")
    room.require("a_part_lies_above_its_threshold", above, "part ≥ threshold × chosen")
    room.require("a_part_lies_below_the_next_threshold", below, "part ≤ next threshold × chosen")
    room.require("an_order_is_split_over_tiers", split, "an order's parts add up to it [units]")
    room.require(
        "orders_in_a_tier_are_its_part", hull, "orders' parts add up to the tier's [units]"
    )
    room.require("an_order_lies_in_the_tier_chosen", inside, "an order's part ≤ most × chosen")


def committed_spend(world: World, cohort: object) -> float:
    """Spend per unit of a committed order: what the plan pays; all of it if dated before."""
    due, before = committed_payments(world, cohort)
    if cohort.ordered >= 0:
        return sum(due.values())
    if cohort.acquisition == "buy":
        return committed_price(world, cohort.row)
    return sum(due.values()) + before


def add_minimums(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
    door: TermsDoor,
) -> None:
    """Take-or-pay: a minimum per window, missed at a price, softly, or not at all."""
    for name, row in signing.contracts.items():
        if row["minimum"] is None:
            continue
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            in_force = signing.signed_by(name, window.last)
            if not in_force and not in_force.constant:
                continue
            level = Linear()
            for key, batch in orders.batches.items():
                if not covers(row, batch.offer):
                    continue
                if row["basis"] == "units":
                    if batch.ordered in window.positions:
                        level.plus(batch.units)
                else:
                    falls = sum(
                        amount
                        for at, amount in pricing.due[key[:2]].items()
                        if at in window.positions
                    )
                    level.plus(pricing.charged[key], falls)
            for cohort in fleet.cohorts:
                if cohort.line[0] != "committed" or not covers(row, cohort.offer):
                    continue
                inside = cohort.ordered in (*window.positions, *window.before)
                if row["basis"] == "units":
                    if inside:
                        level.plus(cohort.units)
                else:
                    due, before = committed_payments(world, cohort)
                    falls = sum(amount for at, amount in due.items() if at in window.positions)
                    if cohort.ordered in window.before:
                        falls += before
                    level.plus(cohort.units, falls)
            door.minimums.append(Minimum(row, window, level, in_force))
    keys = {(m.contract["contract"], m.window.label): m for m in door.minimums}
    priced = {k: m.window.last for k, m in keys.items() if m.contract["shortfall_pct"] is not None}
    soft = {
        key: minimum.window.last
        for key, minimum in keys.items()
        if key not in priced and minimum.contract["penalty"] is not None
    }
    shortfall = room.decide("shortfall", priced, "missing amount that is paid for [money or units]")
    missing = room.decide("missing", soft, "missing amount of a soft minimum [money or units]")
    rows = {}
    for key, minimum in keys.items():
        row, last = minimum.contract, minimum.window.last
        scale = 1.0 / max(row["minimum"], 1.0)
        form = minimum.level.times(scale).plus(minimum.in_force, -row["minimum"] * scale)
        if key in priced:
            minimum.shortfall = shortfall[key]
            form.add(scale, shortfall[key])
            value = 1.0
            if row["basis"] == "units":
                value = list_value(world, world.by_name("Offers")[row["offer"]], last)
            door.shortfalls[last].add(row["shortfall_pct"] * value, shortfall[key])
        elif key in soft:
            minimum.missing = missing[key]
            form.add(scale, missing[key])
            door.penalties[last].add(row["penalty"], missing[key])
        rows[key] = (0.0, form, None)
    room.require(
        "a_contract_is_taken_or_paid",
        rows,
        "what falls due (or is ordered) + shortfall ≥ minimum while signed",
    )


def add_milestones(
    room: Room,
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    signing: SigningDoor,
    fleet: FleetDoor,
    door: TermsDoor,
) -> None:
    """A milestone pays once, in the first period signed and reached, until its deadline."""
    count = world.calendar.count
    keys: dict[tuple, int] = {}
    rows_of: dict[tuple[str, str], Row] = {}
    for row in world.rows("Deal milestones"):
        if row["deal"] not in signing.deals:
            continue
        last = count - 1 if row["deadline"] is None else min(row["deadline"], count - 1)
        rows_of[row["deal"], row["milestone"]] = row
        keys.update({(row["deal"], row["milestone"], at): at for at in range(last + 1)})
    pays = room.decide("pays", keys, "the milestone pays now [yes = 1]", domain=pyo.Binary)
    once, reached, agreed, prompt = {}, {}, {}, {}
    for (deal, name), row in rows_of.items():
        vendor = signing.deals[deal]["vendor"]
        so_far = Linear()
        for at in [key[2] for key in keys if key[:2] == (deal, name)]:
            key = (deal, name, at)
            measure = measured(world, row["measure"], vendor, at, orders, pricing, fleet)
            door.measures[key] = measure
            threshold = row["threshold"]
            scale = 1.0 / max(threshold, 1.0)
            so_far.add(1.0, pays[key])
            signed = signing.signed_by(deal, at)
            reached[key] = (
                0.0,
                measure.times(scale).add(-threshold * scale, pays[key]),
                None,
            )
            agreed[key] = (None, Linear().add(1.0, pays[key]).plus(signed, -1.0), 0.0)
            most = max(measure.range()[1] - threshold, 0.0) * scale
            form = measure.times(scale).plus(so_far, -most).plus(signed, most)
            prompt[key] = (None, form, threshold * scale + most)
            value = row["value"] * (1.0 - row["haircut_pct"])
            bucket = door.cash if row["kind"] == "cash" else door.equity
            bucket[at].add(value, pays[key])
        once[deal, name] = (None, Linear().plus(so_far), 1.0)
    door.pays = pays
    room.require("a_milestone_pays_once", once, "a milestone pays at most once")
    room.require("a_milestone_that_pays_is_reached", reached, "measure ≥ threshold × pays")
    room.require("a_milestone_pays_under_a_signed_deal", agreed, "pays ≤ signed")
    room.require(
        "a_milestone_pays_as_soon_as_it_is_reached",
        prompt,
        "measure ≤ threshold until it has paid, while signed",
    )


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
    for cohort in fleet.cohorts:
        if (
            cohort.line[0] == "committed"
            and cohort.chip["vendor"] == vendor
            and 0 <= cohort.ordered <= at
        ):
            per_unit = 1.0 if measure == "cumulative_units" else committed_spend(world, cohort)
            form.plus(cohort.units, per_unit)
    return form
