r"""Orders: how many lots of each offer to order, in which period, for which site.

Reads      Offers             lot_size, min_order, max_order, lead_time, order_fee, setup_cost …
           Vendors            max_units
           Committed orders   units, order_period
Decides    lots           lots (units where divisible)  [offer, period, site]
           places_order   anything is ordered           [offer, period]
           sets_up        first order is placed         [offer, period]
           extra          units beyond the limits, under a contract   [contract, offer, period]
Hands on   ordered        units  [offer, period]        to own silicon, terms, policies
           batches        each (offer, period, site) with its units     to fleet, money, shares

An order that would arrive after the plan's end is no decision: it has no variable. Links between
"how much" and "whether" use the most that limits and demand allow, so they are as tight as the data.

Symbols    o offer, t period, s site, x lots, z places_order, y sets_up, L lot_size, U most units
           \ell z \le \sum_s L x_{ots} \le U_{ot} z_{ot},\quad z_{ot} \le \sum_{\tau \le t} y_{o\tau}
Source     contract §2 (Offers, Vendors), §3.1; facility-location links after Krarup and Bilde 1977
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pyomo.environ as pyo

from ..tables import Row, World
from .linear import Linear, Room, total

CLOUD = ""
"""The place of units that need no site."""


@dataclass(frozen=True)
class Batch:
    """What one offer, period of order and site can bring: its units and when they serve."""

    offer: Row
    ordered: int
    site: str
    arrival: int
    units: Linear

    @property
    def key(self) -> tuple[str, int, str]:
        """(offer, period of order, site)."""
        return self.offer["offer"], self.ordered, self.site


@dataclass
class OrdersDoor:
    """What orders hand on."""

    batches: dict[tuple[str, int, str], Batch]
    ordered: dict[tuple[str, int], Linear]
    lots: dict
    places_order: dict
    sets_up: dict
    extra: dict
    most: dict[tuple[str, int], float]
    assumed: dict[tuple[str, int], float] = field(default_factory=dict)
    """Bounds that stand in for a missing limit; a plan that touches one is unbounded."""
    fees: dict[int, Linear] = field(default_factory=dict)
    setup: dict[int, Linear] = field(default_factory=dict)


def window(world: World, offer: Row) -> range:
    """Periods of the plan in which an offer is open."""
    first = 0 if offer["first_order"] is None else max(offer["first_order"], 0)
    last = world.calendar.count - 1
    if offer["last_order"] is not None:
        last = min(last, offer["last_order"])
    return range(first, last + 1)


def places(world: World, offer: Row) -> list[str]:
    """Where an offer's units may stand: sites it names whose cooling suits, or the cloud."""
    if offer["acquisition"] == "cloud":
        return [CLOUD]
    needed = world.by_name("Chips")[offer["chip"]]["cooling"]
    return [
        row["site"]
        for row in world.rows("Sites")
        if row["cooling"] in ("both", needed)
        and (not offer["sites"] or row["site"] in offer["sites"])
    ]


def committed_units(world: World) -> dict[tuple[str, int], float]:
    """Units of committed orders by (offer, period of order), dated in the plan."""
    found: dict[tuple[str, int], float] = {}
    for row in world.rows("Committed orders"):
        key = (row["offer"], row["order_period"])
        if 0 <= key[1] < world.calendar.count:
            found[key] = found.get(key, 0.0) + row["units"]
    return found


def add_orders(
    room: Room,
    world: World,
    arrives_somewhere: object,
    assumed_most: dict[str, float],
    extra_supply: dict,
    open_from: dict[str, int],
) -> OrdersDoor:
    """Furnish the room.

    ``arrives_somewhere(offer, period)`` says whether an order arrives within the plan in a world
    that has not parted from this one; ``assumed_most`` bounds each offer's units in a period where
    the book has no limit; ``extra_supply`` is {(contract, offer, period): (units, in force)};
    ``open_from`` is the first period in which an own programme can be ready.
    """
    count = world.calendar.count
    offers = world.by_name("Offers")
    committed = committed_units(world)
    most_order = world.path("Offers", "max_order")
    least_order = world.path("Offers", "min_order")
    fee = world.path("Offers", "order_fee")
    vendor_most = world.path("Vendors", "max_units")
    has_committed = {row["offer"] for row in world.rows("Committed orders")}

    slots: dict[tuple[str, int], int] = {}
    for name, offer in offers.items():
        for at in window(world, offer):
            if offer["programme"] and at < open_from.get(offer["programme"], 0):
                continue
            if arrives_somewhere(offer, at) and not world.removed("Offers", name, at):
                slots[name, at] = at

    extra = room.decide(
        "extra",
        {key: key[2] for key in extra_supply if key[1:] in slots},
        "units beyond the limits, under a contract [units]",
    )
    bonus: dict[tuple[str, int], Linear] = {}
    for (_, name, at), variable in extra.items():
        bonus.setdefault((name, at), Linear()).add(1.0, variable)

    most, assumed = {}, {}
    for name, at in slots:
        offer = offers[name]
        limits = []
        if most_order[name][at] is not None:
            limits.append(most_order[name][at] - committed.get((name, at), 0.0))
        seller_limit = vendor_most[offer["seller"]][at]
        if seller_limit is not None:
            sold = sum(
                units
                for (other, when), units in committed.items()
                if when == at and offers[other]["seller"] == offer["seller"]
            )
            limits.append(seller_limit - sold)
        more = sum(extra_supply[key][0] for key in extra if key[1:] == (name, at))
        limits = [max(limit, 0.0) + more for limit in limits]
        if offer["total_limit"] is not None:
            used = sum(units for (other, _), units in committed.items() if other == name)
            limits.append(max(offer["total_limit"] - used, 0.0))
        if not limits or min(limits) > assumed_most[name]:
            assumed[name, at] = assumed_most[name]
            limits.append(assumed_most[name])
        most[name, at] = min(limits)

    size = {name: offer["lot_size"] or 1.0 for name, offer in offers.items()}
    keys = {
        (name, at, site): at
        for name, at in slots
        for site in places(world, offers[name])
        if most[name, at] > 0
    }

    def most_lots(key: tuple[str, int, str]) -> tuple[float, float]:
        lots = most[key[:2]] / size[key[0]]
        return 0, math.floor(lots + 1e-9) if offers[key[0]]["lot_size"] else lots

    whole = {key: at for key, at in keys.items() if offers[key[0]]["lot_size"]}
    parts = {key: at for key, at in keys.items() if not offers[key[0]]["lot_size"]}
    lots = {
        **room.decide(
            "lots", whole, "lots ordered [lots]", domain=pyo.NonNegativeIntegers, bounds=most_lots
        ),
        **room.decide("amount", parts, "units ordered [units]", bounds=most_lots),
    }
    batches = {
        key: Batch(
            offers[key[0]],
            key[1],
            key[2],
            key[1] + world.lead_time(offers[key[0]], key[1]),
            Linear().add(size[key[0]], lots[key]),
        )
        for key in keys
    }
    ordered = {slot: Linear() for slot in slots}
    for key, batch in batches.items():
        ordered[key[:2]].plus(batch.units)

    flagged: dict[tuple[str, int], int] = {}
    least: dict[tuple[str, int], float] = {}
    first_orders: dict[tuple[str, int], int] = {}
    for (name, at), form in ordered.items():
        if not form:
            continue
        offer = offers[name]
        floor = least_order[name][at] or 0.0
        pays_setup = offer["setup_cost"] and name not in has_committed
        if floor > (size[name] if offer["lot_size"] else 0.0) or fee[name][at]:
            flagged[name, at] = at
        elif pays_setup and not offer["lot_size"]:
            flagged[name, at] = at
        if pays_setup:
            first_orders[name, at] = at
        least[name, at] = max(floor, size[name] if offer["lot_size"] else 0.0)
    places_order = room.decide(
        "places_order", flagged, "anything is ordered [yes = 1]", domain=pyo.Binary
    )
    sets_up = room.decide(
        "sets_up", first_orders, "the first order is placed [yes = 1]", domain=pyo.Binary
    )
    add_links(room, ordered, most, least, places_order, sets_up, size, batches)
    add_limits(room, world, ordered, extra, bonus, extra_supply, committed)

    door = OrdersDoor(batches, ordered, lots, places_order, sets_up, extra, most, assumed)
    door.fees = {at: Linear() for at in range(count)}
    door.setup = {at: Linear() for at in range(count)}
    for (name, at), variable in places_order.items():
        door.fees[at].add(fee[name][at], variable)
    for (name, at), variable in sets_up.items():
        door.setup[at].add(offers[name]["setup_cost"], variable)
    return door


def add_links(
    room: Room,
    ordered: dict,
    most: dict,
    least: dict,
    places_order: dict,
    sets_up: dict,
    size: dict[str, float],
    batches: dict,
) -> None:
    """Tie how much is ordered to whether anything is."""
    capped, floored, covered, real = {}, {}, {}, {}
    by_offer: dict[str, list[tuple[int, object]]] = {}
    for (name, at), variable in sets_up.items():
        by_offer.setdefault(name, []).append((at, variable))
    for slot, flag in places_order.items():
        capped[slot] = (None, Linear().plus(ordered[slot]).add(-most[slot], flag), 0.0)
        floored[slot] = (0.0, Linear().plus(ordered[slot]).add(-least[slot], flag), None)
    for slot, variable in sets_up.items():
        name, at = slot
        so_far = [(when, other) for when, other in by_offer[name] if when <= at]
        if slot in places_order:
            form = Linear().add(1.0, places_order[slot])
            scale = 1.0
            real[slot] = (None, Linear().add(1, variable).add(-1, places_order[slot]), 0.0)
        else:
            form = Linear().plus(ordered[slot])
            scale = most[slot]
            real[slot] = (None, Linear().add(size[name], variable).plus(ordered[slot], -1.0), 0.0)
        for _, other in so_far:
            form.add(-scale, other)
        covered[slot] = (None, form, 0.0)
    room.require(
        "an_order_stays_within_what_is_on_offer", capped, "nothing is ordered without the flag"
    )
    room.require("an_order_is_at_least_the_minimum", floored, "zero or at least min_order [units]")
    room.require("an_order_is_preceded_by_its_setup", covered, "no order before the set-up")
    room.require("a_setup_comes_with_an_order", real, "the set-up falls in a period with an order")
    room.require(
        "an_offer_is_set_up_once",
        {
            name: (None, total(Linear().add(1.0, v) for _, v in pairs), 1.0)
            for name, pairs in by_offer.items()
        },
        "an offer is set up at most once",
    )


def add_limits(
    room: Room,
    world: World,
    ordered: dict,
    extra: dict,
    bonus: dict,
    extra_supply: dict,
    committed: dict,
) -> None:
    """What offer and vendor can supply, committed orders taken off."""
    offers = world.by_name("Offers")
    most_order = world.path("Offers", "max_order")
    per_offer, per_plan, per_vendor, beyond = {}, {}, {}, {}
    for slot, form in ordered.items():
        name, at = slot
        limit = most_order[name][at]
        if limit is not None and form:
            left = max(limit - committed.get(slot, 0.0), 0.0)
            per_offer[slot] = (None, Linear().plus(form).plus(bonus.get(slot, 0.0), -1.0), left)
        if slot in bonus:
            beyond[slot] = (None, Linear().plus(bonus[slot]).plus(form, -1.0), 0.0)
    for name, offer in offers.items():
        if offer["total_limit"] is not None:
            form = total(form for (other, _), form in ordered.items() if other == name)
            used = sum(units for (other, _), units in committed.items() if other == name)
            per_plan[name] = (None, form, max(offer["total_limit"] - used, 0.0))
    for vendor, limits in world.path("Vendors", "max_units").items():
        sold = [slot for slot in ordered if offers[slot[0]]["seller"] == vendor]
        for at, limit in enumerate(limits):
            here = [slot for slot in sold if slot[1] == at]
            if limit is None or not here:
                continue
            used = sum(
                units
                for (other, when), units in committed.items()
                if when == at and offers[other]["seller"] == vendor
            )
            form = total(ordered[slot] for slot in here)
            for slot in here:
                form.plus(bonus.get(slot, 0.0), -1.0)
            per_vendor[vendor, at] = (None, form, max(limit - used, 0.0))
    pooled: dict[tuple[str, int], Linear] = {}
    for (contract, name, at), variable in extra.items():
        units, in_force = extra_supply[contract, name, at]
        if (contract, at) not in pooled:
            pooled[contract, at] = in_force.times(-units)
        pooled[contract, at].add(1.0, variable)
    room.require("an_offer_sells_no_more_than_it_has", per_offer, "orders ≤ max_order [units]")
    room.require("an_offer_stays_within_its_total", per_plan, "orders ≤ total_limit [units]")
    room.require("a_vendor_sells_no_more_than_it_has", per_vendor, "orders ≤ max_units [units]")
    room.require("extra_supply_is_ordered", beyond, "extra supply ≤ what is ordered [units]")
    room.require(
        "extra_supply_comes_with_its_contract",
        {key: (None, form, 0.0) for key, form in pooled.items()},
        "extra supply over the covered offers ≤ extra_supply while in force [units]",
    )
