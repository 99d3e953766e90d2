r"""Joints: what two rooms settle between them, and what a room is told before it is furnished.

Reads      Vendors     max_spend_per_fiscal_year
           So far      spend
           Offers      max_in_service
           Sites       pue
           Contracts   extra_supply
           Settings    idle_power_pct
Decides    nothing
Hands on   what a contract, a programme and its ramp allow to be ordered     to orders
           what is 0 because its orders have no room                         to shares

A room knows the rooms before it only by what they hand on. Where a rule ties two of them together,
such as power of sites to units of the fleet, it stands here, and its rows belong to one of the two.

Symbols    o offer, i cohort, s site, v vendor, p programme, t period, Y fiscal year
           x units ordered, U most, R programme is ready, y last stage ends, I in_service
           P power of a site
           Q max_spend_per_fiscal_year, C spend of committed orders
Source     contract §2 (Programmes, Vendors), §3.5
"""

from __future__ import annotations

from collections import defaultdict

from ..contract.dimensions import PLACE_DIMENSIONS
from ..tables import Row, World
from .earlier import Earlier, earlier
from .fleet import KW_PER_MW, Cohort, FleetDoor, Line
from .linear import Linear, Room
from .orders import CLOUD, NO_ORDER, OrdersDoor, committed_units, smallest_order, window
from .own_silicon import OwnSiliconDoor
from .pricing import PricingDoor, committed_once, committed_spend, covers
from .shares import scale_of
from .signing import SigningDoor
from .sites import SitesDoor
from .workloads import WorkloadsDoor


def committed_by_programme(world: World) -> dict[tuple[str, int], float]:
    """Units of committed orders by (programme, period of order)."""
    offers = world.by_name("Offers")
    found: dict[tuple[str, int], float] = defaultdict(float)
    for (name, at), units in committed_units(world).items():
        if offers[name]["programme"]:
            found[offers[name]["programme"], at] += units
    return found


def extra_supply(world: World, signing: SigningDoor) -> dict:
    """{(contract, offer, period): (units, in force)} where a contract brings extra supply."""
    found = {}
    for name, row in signing.contracts.items():
        if not row["extra_supply"]:
            continue
        for offer in world.rows("Offers"):
            if not covers(row, offer):
                continue
            for at in window(world, offer):
                in_force = signing.in_force(name, at)
                if in_force or in_force.constant:
                    found[name, offer["offer"], at] = (row["extra_supply"], in_force)
    return found


def earliest_ready(world: World, silicon: OwnSiliconDoor) -> dict[str, int]:
    """First period in which a programme can be ready at all; the first of all without stages."""
    ready: dict[str, int] = {}
    programmes = world.by_name("Programmes")

    def of(name: str) -> int:
        if name in ready:
            return ready[name]
        row = programmes[name]
        own = [key for key in silicon.stages if key[0] == name]
        at = of(row["requires"]) if row["requires"] and own else 0
        if own and silicon.stages[own[0]]["started"] is not None:
            at = -world.calendar.count - 1000
        for key in own:
            ends = [s.finish for s in silicon.starts[key] if s.completes and s.at >= at]
            at = min(ends, default=world.calendar.count)
        ready[name] = at
        return at

    return {name: of(name) for name in programmes}


def ramp_most(silicon: OwnSiliconDoor) -> dict[tuple[str, int], float]:
    """Most units that a programme's ramp allows in a period, whenever it was ready."""
    return {
        key: form.constant + max((units for units, _ in form.merged().values()), default=0.0)
        for key, form in silicon.allowed.items()
    }


def wait_for_silicon(room: Room, world: World, silicon: OwnSiliconDoor, orders: OrdersDoor) -> None:
    """Own chips are ordered once their programme is ready, within its ramp."""
    offers = world.by_name("Offers")
    together: dict[tuple[str, int], Linear] = {}
    alone = {}
    for slot, form in orders.ordered.items():
        programme = offers[slot[0]]["programme"]
        if not programme or not form:
            continue
        key = (programme, slot[1])
        ready = silicon.ready[key]
        if ready or not ready.constant:
            alone[slot] = (None, Linear().plus(form).plus(ready, -orders.most[slot]), 0.0)
        if key in silicon.allowed:
            together.setdefault(key, Linear()).plus(form)
    room.require(
        "own_chips_wait_for_their_programme",
        alone,
        "orders ≤ most × (programme is ready) [units]",
        r"x_{ot} \le U_{ot} R_{pt}",
    )
    room.require(
        "own_chips_ramp_up",
        {key: (None, form.plus(silicon.allowed[key], -1.0), 0.0) for key, form in together.items()},
        "orders over a programme's offers ≤ its ramp [units]",
        r"\sum_o x_{ot} \le \sum_{\tau \le t} ramp_{t-\tau}\, y_{p\tau}",
    )


def fit_power(room: Room, world: World, sites: SitesDoor, fleet: FleetDoor) -> None:
    """Units in service draw no more than a site has (contract §3.5).

    A site where nothing can be decided about the draw has a row too: steps may have to power it.
    """
    pue = world.path("Sites", "pue")
    drawn: dict[tuple[str, int], Linear] = {}
    for line, cohort in fleet.lines():
        if cohort.site == CLOUD or not cohort.chip["power_kw"]:
            continue
        for at, form in fleet.stock[line].items():
            draw = cohort.chip["power_kw"] / KW_PER_MW * pue[cohort.site][at]
            drawn.setdefault((cohort.site, at), Linear()).plus(form, draw)
    room.require(
        "power_fits_the_site",
        {key: (None, form.plus(sites.power[key], -1.0), 0.0) for key, form in drawn.items()},
        "units in service × power × PUE ≤ power of the site with finished steps [MW]",
        r"\sum_i kW_i\, pue_{st}\, I_{it} \le P_{st}",
    )


def limit_spend(
    room: Room, world: World, orders: OrdersDoor, pricing: PricingDoor, fleet: FleetDoor
) -> None:
    """A vendor sells to one customer only so much in a fiscal year."""
    rows = {}
    for vendor in world.rows("Vendors"):
        if vendor["max_spend_per_fiscal_year"] is None:
            continue
        for each in world.calendar.windows("fiscal_year"):
            before = earlier(world, "Vendors", vendor["vendor"], each)
            year, form = before.window, Linear()
            for key, batch in orders.batches.items():
                if batch.ordered in year.positions and batch.offer["seller"] == vendor["vendor"]:
                    form.plus(pricing.spend[key])
            if form:
                scale = scale_of(form)
                left = max(spend_left(world, fleet, vendor, before), 0.0)
                left = form.firm(left, money=True, most=True)
                orders.spend_scale[vendor["vendor"], year.label] = scale
                rows[vendor["vendor"], year.label] = (None, form.times(scale), left * scale)
    room.require(
        "a_vendor_sells_for_no_more_than_it_may",
        rows,
        "spend ≤ max_spend_per_fiscal_year [money]",
        r"\sum_{o,\, t \in Y} spend_{ot} \le Q_v - C_{vY}",
    )


def spend_left(world: World, fleet: FleetDoor, vendor: Row, before: Earlier) -> float:
    """What a vendor still sells in a fiscal year once committed orders are taken off."""
    year = before.window
    return vendor["max_spend_per_fiscal_year"] - (
        before.of("spend")
        + sum(
            cohort.row["units"] * committed_spend(world, cohort)
            for cohort in committed_once(fleet.cohorts)
            if cohort.offer["seller"] == vendor["vendor"]
            and cohort.ordered in (*year.positions, *year.before)
        )
    )


def never_ordered(
    world: World, orders: OrdersDoor, pricing: PricingDoor, fleet: FleetDoor
) -> set[tuple[str, int]]:
    """Orders, as (offer, period), whose least does not fit into what limits leave."""
    quotas = world.path("Offers", "max_in_service")
    signed = {c.row.number: c for c in fleet.cohorts if c.kind == "committed"}
    room: dict[tuple[str, int], list[float]] = {
        slot: [orders.most[slot]] for slot, form in orders.ordered.items() if form
    }
    for cohort in fleet.cohorts:
        if cohort.kind != "order":
            continue
        name, at = cohort.offer["offer"], cohort.ordered
        for when in range(cohort.arrival, min(cohort.end, world.calendar.count)):
            if quotas[name][when] is not None and not can_be_gone(cohort, when):
                stays = sum(
                    one.row["units"]
                    for one in signed.values()
                    if one.offer["offer"] == name
                    and one.arrival <= when < one.end
                    and not can_be_gone(one, when)
                )
                room[name, at].append(quotas[name][when] - stays)
    offers, vendors = world.by_name("Offers"), world.by_name("Vendors")
    for vendor in vendors.values():
        if vendor["max_spend_per_fiscal_year"] is None:
            continue
        for year in world.calendar.windows("fiscal_year"):
            before = earlier(world, "Vendors", vendor["vendor"], year)
            left = spend_left(world, fleet, vendor, before)
            for slot, limits in room.items():
                if slot[1] in year.positions and offers[slot[0]]["seller"] == vendor["vendor"]:
                    off = sum(saving.share for saving in pricing.savings.get(slot, ()))
                    price = sum(pricing.due[slot].values()) * (1.0 - off)
                    limits += [left / price] if price > 0 else []
    return {
        slot
        for slot, limits in room.items()
        if min(limits) < smallest_order(world, offers[slot[0]], slot[1]) * (1.0 - NO_ORDER)
    }


def can_be_gone(cohort: Cohort, at: int) -> bool:
    """Whether units of a cohort can have been sold by a period."""
    return any(when <= at for when in cohort.sold)


def never_positive(
    world: World,
    orders: OrdersDoor,
    pricing: PricingDoor,
    fleet: FleetDoor,
    workloads: WorkloadsDoor,
) -> set[int]:
    """Variables, by their identity, that are 0 because their orders have no room."""
    never = never_ordered(world, orders, pricing, fleet)
    if not never:
        return set()
    zero: set[int] = set()
    kept: set[tuple[Line, int]] = set()
    for key, batch in orders.batches.items():
        if key[:2] in never:
            zero.update(map(id, batch.units.variables))
    zero.update(id(variable) for key, variable in pricing.cut.items() if key[1:3] in never)
    for cohort in fleet.cohorts:
        if cohort.kind == "order" and (cohort.line[1], cohort.ordered) in never:
            zero.update(map(id, cohort.sold.values()))
        else:
            kept.update((cohort.line, at) for at in range(max(cohort.arrival, 0), cohort.end))
    there: set[tuple[str, str, int]] = set()
    for line, cohort in fleet.lines():
        for at, form in fleet.stock[line].items():
            if (line, at) in kept:
                there.add((cohort.chip["chip"], cohort.site, at))
            else:
                zero.update(map(id, form.variables))
    for use in workloads.uses:
        if not any((use.chip, site, use.at) in there for site in use.pool):
            zero.add(id(workloads.used[use.key]))
    return zero


def place_matters(world: World) -> bool:
    """Whether which site does the work matters beyond what may run there."""
    if world.setting("idle_power_pct") < 1.0:
        return True
    if any(row["runs_on"] in ("one_site", "one_chip_and_site") for row in world.rows("Workloads")):
        return True
    shares = [row for row in world.rules("Share rules") if row["basis"] == "served"]
    customs = [row for row in world.rules("Custom rules") if row["quantity"] == "served"]
    return any(row["dimension"] in PLACE_DIMENSIONS for row in (*shares, *customs))
