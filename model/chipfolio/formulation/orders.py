r"""Orders: how many lots of each offer to order, in which period, for which site.

Reads      Offers             lot_size, min_order, max_order, lead_time, order_fee, setup_cost …
           Vendors            max_units
           Committed orders   units, order_period
           So far             ordered, set_up
Decides    lots           lots (units where divisible)  [offer, period, site]
           places_order   anything is ordered           [offer, period]
           sets_up        first order is placed         [offer, period]
           extra          units beyond the limits, under a contract   [contract, offer, period]
Hands on   ordered        units  [offer, period]        to own silicon, terms, policies
           batches        each (offer, period, site) with its units     to fleet, money, shares
Pays       order_fees, setup

An order that would arrive after the plan's end is no decision: it has no variable. Links between
"how much" and "whether" use the most that limits and demand allow, so they are as tight as the
data.

Symbols    o offer, t period, s site, v vendor, k contract, x lots, z places_order, L lot_size
           y sets_up, Y set up by, e extra, E extra_supply, f in force, Q limit on offer,
           C units of committed orders, U most units, \ell min_order in whole lots
Source     contract §2 (Offers, Vendors), §3.1; facility-location links after Krarup and Bilde 1977
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..tables import Row, World
from .earlier import told
from .linear import Caps, Linear, Once, Room, total

CLOUD = ""
"""The place of units that need no site."""
NO_ORDER = 1e-9
"""Units that are the solver's dust, and no order."""
LEAST_SHARE = 1e-5
"""Share of the most that a divisible order has at least where it pays a set-up and the book has
budgets: one too small to be seen would pay the set-up in a year of its choice."""
NO_LIMIT = 1e4
"""A limit of so many times what is enough limits nothing: the bound that stands in for a missing
one is used in its place. Where a flag allowed 1e8 times what was ordered, HiGHS 1.15.1 cut off
plans that keep every row, and called others optimal that were up to 0.3 % dearer."""


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
    sets_up: Once
    extra: dict
    most: dict[tuple[str, int], float]
    caps: Caps
    assumed: dict[tuple[str, int], float] = field(default_factory=dict)
    """Bounds that stand in for a missing limit; a plan that touches one is unbounded."""
    on_offer: list[tuple[str, int]] = field(default_factory=list)
    """(offer, period) in which it is open, whether or not its programme can be ready by then."""
    spend_scale: dict[tuple[str, str], float] = field(default_factory=dict)
    """Factor of a vendor's limit on spend in a fiscal year, as its row is stated."""


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
    for row in world.committed:
        key = (row["offer"], row["order_period"])
        if key[1] >= 0:
            found[key] = found.get(key, 0.0) + row["units"]
    return found


class Supply:
    """What offers and vendors have left once committed orders are taken off; None is no limit."""

    def __init__(self, world: World, committed: dict[tuple[str, int], float], bonus: dict) -> None:
        self.world = world
        self.committed = committed
        self.bonus = bonus
        """Units beyond the limits, under contracts, by (offer, period)."""
        self.offers = world.by_name("Offers")
        self.most = world.path("Offers", "max_order")
        self.most_of_vendor = world.path("Vendors", "max_units")

    def left(self, name: str, at: int) -> float | None:
        """Of an offer in a period; negative where committed orders alone exceed max_order."""
        most = self.most[name][at]
        return None if most is None else most - self.committed.get((name, at), 0.0)

    def left_of_vendor(self, vendor: str, at: int) -> float | None:
        """Of a vendor in a period; negative where committed orders alone exceed max_units."""
        most = self.most_of_vendor[vendor][at]
        if most is None:
            return None
        return most - sum(
            units
            for (name, when), units in self.committed.items()
            if when == at and self.offers[name]["seller"] == vendor
        )

    def left_in_total(self, name: str) -> float:
        """Of an offer's total_limit."""
        used = sum(units for (other, _), units in self.committed.items() if other == name)
        used += told(self.world, "Offers", name, "ordered")
        return max(self.offers[name]["total_limit"] - used, 0.0)

    def overdrawn(self, name: str, at: int) -> bool:
        """Whether committed orders exceed a limit that extra supply could lift again."""
        lefts = (self.left(name, at), self.left_of_vendor(self.offers[name]["seller"], at))
        lifted = any(
            when == at and self.offers[other]["seller"] == self.offers[name]["seller"]
            for other, when in self.bonus
        )
        return lifted and any(left is not None and left < 0 for left in lefts)


def in_lots(offer: Row, units: float) -> float:
    """Units rounded down to whole lots, none below zero."""
    lot = offer["lot_size"]
    return max(math.floor(units / lot + 1e-9) * lot if lot else units, 0.0)


def smallest_order(world: World, offer: Row, at: int) -> float:
    """Least units of an order of a period: its least order in whole lots, or a lot."""
    least = world.path("Offers", "min_order")[offer["offer"]][at] or 0.0
    lot = offer["lot_size"]
    return max(math.ceil(least / lot - 1e-9), 1) * lot if lot else max(least, NO_ORDER)


def add_orders(
    room: Room,
    world: World,
    arrives_somewhere: object,
    assumed_most: dict[str, float],
    times: float,
    extra_supply: dict,
    open_from: dict[str, int],
    ramp_most: dict[tuple[str, int], float],
) -> OrdersDoor:
    """Furnish the room.

    ``arrives_somewhere(offer, period)`` says whether an order arrives within the plan in a world
    that has not parted from this one; ``assumed_most``, so many ``times``, bounds each offer's
    units in a period where the book has no limit; ``extra_supply`` is {(contract, offer, period):
    (units, in force)}; ``open_from`` is the first period in which an own programme can be ready,
    ``ramp_most`` the most that its ramp can allow by (programme, period).
    """
    offers = world.by_name("Offers")
    committed = committed_units(world)
    least_order = world.path("Offers", "min_order")
    fee = world.path("Offers", "order_fee")
    set_up = {row["offer"] for row in world.committed}
    set_up |= {name for name in offers if told(world, "Offers", name, "set_up")}

    on_offer = [
        (name, at)
        for name, offer in offers.items()
        for at in window(world, offer)
        if arrives_somewhere(offer, at) and not world.removed("Offers", name, at)
    ]
    slots = {
        (name, at): at for name, at in on_offer if at >= open_from.get(offers[name]["programme"], 0)
    }

    extra = room.decide(
        "extra",
        {key: key[2] for key in extra_supply if key[1:] in slots},
        "units beyond the limits, under a contract [units]",
    )
    bonus: dict[tuple[str, int], Linear] = {}
    for (_, name, at), variable in extra.items():
        bonus.setdefault((name, at), Linear()).add(1.0, variable)

    supply = Supply(world, committed, bonus)
    size = {name: offer["lot_size"] or 1.0 for name, offer in offers.items()}
    most, assumed, keys = {}, {}, {}
    most_of_vendor: dict[tuple[str, int], float] = {}
    for name, at in slots:
        offer = offers[name]
        pools = {key: extra_supply[key][0] for key in extra if key[2] == at}
        own = sum(units for key, units in pools.items() if key[1] == name)
        wide = sum(
            {
                contract: units
                for (contract, other, _), units in pools.items()
                if offers[other]["seller"] == offer["seller"]
            }.values()
        )
        lefts = (supply.left(name, at), supply.left_of_vendor(offer["seller"], at))
        if lefts[1] is not None:
            most_of_vendor[offer["seller"], at] = max(lefts[1] + wide, 0.0)
        limits = [
            left + more for left, more in zip(lefts, (own, wide), strict=True) if left is not None
        ]
        if offer["total_limit"] is not None:
            limits.append(supply.left_in_total(name))
        if (offer["programme"], at) in ramp_most:
            limits.append(ramp_most[offer["programme"], at])
        if not limits or min(limits) > NO_LIMIT * assumed_most[name]:
            assumed[name, at] = times * assumed_most[name]
            limits.append(assumed[name, at])
        most[name, at] = in_lots(offer, min(limits))
        if most[name, at] > 0:
            keys.update({(name, at, site): at for site in places(world, offer)})

    def most_lots(key: tuple[str, int, str]) -> tuple[float, float]:
        return 0, most[key[:2]] / size[key[0]]

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

    budgeted = bool(world.rules("Budgets"))
    flagged: dict[tuple[str, int], int] = {}
    least: dict[tuple[str, int], float] = {}
    first_orders: dict[tuple[str, int], int] = {}
    for (name, at), form in ordered.items():
        if not form:
            continue
        offer = offers[name]
        floor = least_order[name][at] or 0.0
        pays_setup = offer["setup_cost"] and name not in set_up
        chooses_year = pays_setup and budgeted
        says_whether = (
            floor > (size[name] if offer["lot_size"] else 0.0),
            fee[name][at],
            pays_setup and not offer["lot_size"],
            supply.overdrawn(name, at),
        )
        if any(says_whether):
            flagged[name, at] = at
        if pays_setup:
            first_orders[name, at] = at
        least[name, at] = max(floor, LEAST_SHARE * most[name, at] if chooses_year else 0.0)
        if offer["lot_size"]:
            least[name, at] = max(math.ceil(floor / size[name] - 1e-9), 1) * size[name]
    places_order = room.decide(
        "places_order", flagged, "anything is ordered [yes = 1]", domain=pyo.Binary
    )
    sets_up = room.decide_once("sets_up", first_orders, "the first order is placed [yes = 1]")
    add_links(room, ordered, most, least, places_order, sets_up, size)
    add_limits(room, ordered, supply, places_order)
    add_extra(room, ordered, supply, extra, extra_supply)

    caps = Caps()
    for key, batch in batches.items():
        name, at, _ = key
        if key[:2] not in assumed:  # else no row keeps the sites' parts together
            caps.hold("offers", (name, at), batch.units, most[name, at])
        if (seller := offers[name]["seller"], at) in most_of_vendor:
            caps.hold("vendors", (seller, at), batch.units, most_of_vendor[seller, at])
        if offers[name]["total_limit"] is not None:
            caps.hold("plan", name, batch.units, supply.left_in_total(name))
    for (name, at), variable in places_order.items():
        room.cost("order_fees")[at].add(fee[name][at], variable)
    for (name, at), variable in sets_up.items():
        room.cost("setup")[at].add(offers[name]["setup_cost"], variable)
    return OrdersDoor(
        batches=batches,
        ordered=ordered,
        lots=lots,
        places_order=places_order,
        sets_up=sets_up,
        extra=extra,
        most=most,
        caps=caps,
        assumed=assumed,
        on_offer=on_offer,
    )


def settle_orders(door: OrdersDoor) -> None:
    """Set whether anything is ordered, and the first order, to what the plan's own orders say.

    Of a divisible offer the rows allow the flag, and its fee, without an order.
    """
    for slot, variable in door.places_order.items():
        placed = door.ordered[slot].value() > NO_ORDER
        variable.set_value(float(placed), skip_validation=True)
    first: dict[str, int] = {}
    for (name, at), form in door.ordered.items():
        if form.value() > NO_ORDER:
            first[name] = min(at, first.get(name, at))
    for (name, at), variable in door.sets_up.items():
        variable.set_value(float(first.get(name) == at), skip_validation=True)


def add_links(
    room: Room,
    ordered: dict,
    most: dict,
    least: dict,
    places_order: dict,
    sets_up: Once,
    size: dict[str, float],
) -> None:
    """Tie how much is ordered to whether anything is."""
    capped, floored, covered, real = {}, {}, {}, {}
    for slot, flag in places_order.items():
        capped[slot] = (None, Linear().plus(ordered[slot]).add(-most[slot], flag), 0.0)
        if least[slot]:
            floored[slot] = (0.0, Linear().plus(ordered[slot]).add(-least[slot], flag), None)
    for slot, variable in sets_up.items():
        name = slot[0]
        if slot in places_order:
            form = Linear().add(1.0, places_order[slot])
            scale = 1.0
            real[slot] = (None, Linear().add(1, variable).add(-1, places_order[slot]), 0.0)
        else:
            form = Linear().plus(ordered[slot])
            scale = most[slot]
            real[slot] = (None, Linear().add(size[name], variable).plus(ordered[slot], -1.0), 0.0)
        covered[slot] = (None, form.plus(sets_up.by(*slot), -scale), 0.0)
    room.require(
        "an_order_stays_within_what_is_on_offer",
        capped,
        "nothing is ordered without the flag",
        r"\sum_s L_o x_{ots} \le U_{ot} z_{ot}",
    )
    room.require(
        "an_order_is_at_least_the_minimum",
        floored,
        "zero or at least min_order [units]",
        r"\sum_s L_o x_{ots} \ge \ell_{ot} z_{ot}",
    )
    room.require(
        "an_order_is_preceded_by_its_setup",
        covered,
        "no order before the set-up",
        r"z_{ot} \le Y_{ot}",
    )
    room.require(
        "a_setup_comes_with_an_order",
        real,
        "the set-up falls in a period with an order",
        r"y_{ot} \le z_{ot}",
    )


def add_limits(room: Room, ordered: dict, supply: Supply, places_order: dict) -> None:
    """What offer and vendor can supply, committed orders taken off.

    Where committed orders alone exceed a limit, ``left`` is negative: a new order then needs the
    extra supply of a contract to make up for it first, which ``places_order`` says.
    """
    per_offer, per_plan, per_vendor = {}, {}, {}
    for slot, form in ordered.items():
        left = supply.left(*slot)
        if left is not None and form:
            row = Linear().plus(form).plus(supply.bonus.get(slot, 0.0), -1.0)
            if left < 0 and slot in places_order:
                row.add(-left, places_order[slot])
            per_offer[slot] = (None, row, max(left, 0.0))
    for name, offer in supply.offers.items():
        if offer["total_limit"] is not None:
            form = total(form for (other, _), form in ordered.items() if other == name)
            per_plan[name] = (None, form, supply.left_in_total(name))
    for vendor in supply.most_of_vendor:
        for at in supply.world.calendar.positions:
            left = supply.left_of_vendor(vendor, at)
            here = [
                slot
                for slot in ordered
                if slot[1] == at and supply.offers[slot[0]]["seller"] == vendor and ordered[slot]
            ]
            if left is None or not here:
                continue
            form = total(ordered[slot] for slot in here)
            for slot, extra in supply.bonus.items():
                if slot[1] == at and supply.offers[slot[0]]["seller"] == vendor:
                    form.plus(extra, -1.0)
            flags = [slot for slot in here if slot in places_order]
            if left >= 0 or not flags:
                per_vendor[vendor, at, ""] = (None, form, max(left, 0.0))
                continue
            for slot in flags:
                row = Linear().plus(form).add(-left, places_order[slot])
                per_vendor[vendor, at, slot[0]] = (None, row, 0.0)
    room.require(
        "an_offer_sells_no_more_than_it_has",
        per_offer,
        "orders ≤ max_order [units]",
        r"\sum_s L_o x_{ots} - \sum_k e_{kot} \le Q_{ot} - C_{ot}",
    )
    room.require(
        "an_offer_stays_within_its_total",
        per_plan,
        "orders ≤ total_limit [units]",
        r"\sum_{t,s} L_o x_{ots} \le Q_o - C_o",
    )
    room.require(
        "a_vendor_sells_no_more_than_it_has",
        per_vendor,
        "orders ≤ max_units [units]",
        r"\sum_{o,s} L_o x_{ots} - \sum_{k,o} e_{kot} \le Q_{vt} - C_{vt}",
    )


def add_extra(room: Room, ordered: dict, supply: Supply, extra: dict, extra_supply: dict) -> None:
    """Extra supply under contracts: pooled over the offers covered, while in force."""
    beyond = {
        slot: (None, Linear().plus(form).plus(ordered[slot], -1.0), supply.committed.get(slot, 0.0))
        for slot, form in supply.bonus.items()
    }
    pooled: dict[tuple[str, int], Linear] = {}
    for (contract, name, at), variable in extra.items():
        units, in_force = extra_supply[contract, name, at]
        if (contract, at) not in pooled:
            pooled[contract, at] = in_force.times(-units)
        pooled[contract, at].add(1.0, variable)
    room.require(
        "extra_supply_is_ordered",
        beyond,
        "extra supply ≤ what is ordered, committed orders included [units]",
        r"\sum_k e_{kot} \le \sum_s L_o x_{ots} + C_{ot}",
    )
    room.require(
        "extra_supply_comes_with_its_contract",
        {key: (None, form, 0.0) for key, form in pooled.items()},
        "extra supply over the covered offers ≤ extra_supply while in force [units]",
        r"\sum_o e_{kot} \le E_k f_{kt}",
    )
