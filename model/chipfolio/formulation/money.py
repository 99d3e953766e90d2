r"""Money: every line of the objective by period, discounting, and what is left at the end.

Reads      Sites      energy_price, pue
           Chips      value_loss_per_year, resale_pct
           Sites, Chips   the columns of `lines.CHARGES`
           Performance running_cost
           Settings   discount_rate, cash_timing, terminal_value, idle_power_pct
Decides    sold_cut   sold units whose price had been cut   [cut, cohort]
Hands on   lines      money [line, period], undiscounted, costs positive
Pays       chip_purchases, lease_and_cloud, energy, hosting, upkeep, running, resale, terminal_value

Symbols    r discount rate, m months per period, \gamma_t = (1 + r)^{-(t m + shift)/12}
           total = \sum_{line, t} \gamma_t\, amount_{line,t}, the terminal value with its own factor
           h sold_cut, S sold, U most units, f cut in force
Source     contract §4
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..contract.lines import CHARGES, SHOWN_IN
from ..contract.periods import MONTHS_PER_YEAR
from ..tables import Row, World
from .fleet import KW_PER_MW, Cohort, FleetDoor
from .linear import Linear, Room
from .orders import CLOUD, OrdersDoor, window
from .own_silicon import OwnSiliconDoor
from .pricing import PricingDoor, committed_payments, covers, value_left
from .sites import SitesDoor
from .software import SoftwareDoor
from .terms import TermsDoor
from .workloads import WorkloadsDoor

HOURS_PER_YEAR = 8760.0
NEVER = -(10**6)
"""The period of what has not come about: before all others."""


@dataclass
class Doors:
    """What the rooms handed on, as money reads it."""

    orders: OrdersDoor
    pricing: PricingDoor
    fleet: FleetDoor
    workloads: WorkloadsDoor
    sites: SitesDoor
    silicon: OwnSiliconDoor
    software: SoftwareDoor
    terms: TermsDoor


def gathered(
    world: World, rooms: Iterable[Room], in_parts: bool = False
) -> dict[str, dict[int, Linear]]:
    """What all rooms pay, by line and period [money]; ``in_parts`` keeps a line's parts apart."""
    shown_in = {name: name for name in SHOWN_IN} if in_parts else SHOWN_IN
    periods = world.calendar.positions
    lines = {line: {at: Linear() for at in periods} for line in shown_in.values()}
    for room in rooms:
        for name, by_period in room.costs.items():
            for at, form in by_period.items():
                lines[shown_in[name]][at].plus(form)
    return lines


def add_money(room: Room, world: World, doors: Doors) -> None:
    """Furnish the room: what is paid for units and their use, and what is left at the end."""
    purchases(room, world, doors)
    operations(room, world, doors)
    charges(room, world, doors)
    for cohort in doors.fleet.cohorts:
        for at, variable in cohort.sold.items():
            room.cost("resale")[at].add(-sale_value(world, cohort, at), variable)
    last = world.calendar.count - 1
    room.cost("terminal_value")[last].plus(terminal_value(room, world, doors), -1.0)


def purchases(room: Room, world: World, doors: Doors) -> None:
    """What is paid for units: bought, leased and in the cloud; new, committed and of today."""
    months = world.calendar.months
    for key, charged in doors.pricing.charged.items():
        batch = doors.orders.batches[key]
        line = "chip_purchases" if batch.offer["acquisition"] == "buy" else "lease_and_cloud"
        for at, amount in doors.pricing.due[key[:2]].items():
            room.cost(line)[at].plus(charged, amount)
    for cohort in doors.fleet.cohorts:
        if cohort.kind == "committed":
            line = "chip_purchases" if cohort.acquisition == "buy" else "lease_and_cloud"
            for at, amount in committed_payments(world, cohort)[0].items():
                room.cost(line)[at].plus(cohort.units, amount)
        elif cohort.kind == "fleet" and cohort.acquisition != "buy":
            rent = cohort.row["price_per_month"] * months
            for at, form in doors.fleet.stock[cohort.line].items():
                room.cost("lease_and_cloud")[at].plus(form, rent)


def operations(room: Room, world: World, doors: Doors) -> None:
    """Energy and running cost."""
    energy, work = room.cost("energy"), room.cost("running")
    calendar = world.calendar
    hours = HOURS_PER_YEAR * calendar.months / MONTHS_PER_YEAR
    idle = world.setting("idle_power_pct")
    pue = world.path("Sites", "pue")
    tariff = world.path("Sites", "energy_price")
    running = world.path("Performance", "running_cost")
    chips = world.by_name("Chips")
    for line, cohort in doors.fleet.lines():
        if cohort.acquisition == "cloud":
            continue
        for at, form in doors.fleet.stock[line].items():
            draw = cohort.chip["power_kw"] / KW_PER_MW * pue[cohort.site][at] * hours
            energy[at].plus(form, draw * tariff[cohort.site][at] * idle)
    for use in doors.workloads.uses:
        variable = doors.workloads.used[use.key]
        cost = running[use.chip, use.workload][use.at]
        work[use.at].add(cost * use.rate, variable)
        place = use.pool[0]
        if idle < 1.0 and place != CLOUD:
            draw = chips[use.chip]["power_kw"] / KW_PER_MW * pue[place][use.at] * hours
            energy[use.at].add(draw * tariff[place][use.at] * (1.0 - idle), variable)


def charges(room: Room, world: World, doors: Doors) -> None:
    """What columns of Chips and Sites charge for units in service at sites, and for the sites."""
    year = world.calendar.months / MONTHS_PER_YEAR
    for name, charge in CHARGES.items():
        due, prices = room.cost(name), world.path(charge.sheet, charge.column)
        part = year if charge.a_year else 1.0
        if charge.fixed:
            for path in prices.values():
                for at, price in enumerate(path):
                    due[at].constant += price * part
            continue
        for line, cohort in doors.fleet.lines():
            if cohort.acquisition != "cloud":
                path = prices[cohort.site if charge.sheet == "Sites" else cohort.chip["chip"]]
                for at, form in doors.fleet.stock[line].items():
                    due[at].plus(form, path[at] * part)


def sale_value(world: World, cohort: Cohort, at: int) -> float:
    """What a unit of a cohort brings when sold at a period's start (contract §4)."""
    chip = cohort.chip
    age = world.calendar.years(at - cohort.arrival)
    worth = (1.0 - (chip["value_loss_per_year"] or 0.0)) ** age
    return chip["resale_pct"] * worth * market_price(world, chip["chip"], at)


def market_price(world: World, chip: str, at: int) -> float:
    """The chip's lowest buy list price in a period, less all cuts that could apply to it.

    Of the offers open then; of the last open one if none is; 0 for a chip nobody sells.
    """
    offers = [
        row for row in world.rows("Offers") if row["chip"] == chip and row["acquisition"] == "buy"
    ]
    if not offers:
        return 0.0
    open_now = [
        row
        for row in offers
        if at in window(world, row) and not world.removed("Offers", row["offer"], at)
    ]
    if not open_now:
        ends = {row["offer"]: last_open(world, row, at) for row in offers}
        latest = max(ends.values())
        open_now = [row for row in offers if ends[row["offer"]] == latest]
    price = world.path("Offers", "price")
    lowest = min(price[row["offer"]][at] for row in open_now)
    cheapest = [row for row in open_now if price[row["offer"]][at] == lowest]
    # cuts that never meet may come to more than all of it: a sale still brings no less than nothing
    return lowest * max(1.0 - max(highest_cuts(world, row) for row in cheapest), 0.0)


def last_open(world: World, offer: Row, at: int) -> int:
    """Last period up to ``at`` in which an offer was open, one before the plan too; else NEVER."""
    before = [
        when
        for when in window(world, offer)
        if when <= at and not world.removed("Offers", offer["offer"], when)
    ]
    if before:
        return before[-1]
    if offer["last_order"] is not None and offer["last_order"] < 0:
        return offer["last_order"]
    if offer["first_order"] is not None and offer["first_order"] < 0:
        return -1  # withdrawn from the plan's start
    return NEVER


def highest_cuts(world: World, offer: Row) -> float:
    """The sum of the highest cuts and tiers that could apply to an offer."""
    cuts = sum(row["price_cut_pct"] for row in world.rules("Contracts") if covers(row, offer))
    tiers: dict[str, float] = {}
    for row in world.rows("Discounts"):
        if covers(row, offer):
            tiers[row["discount"]] = max(tiers.get(row["discount"], 0.0), row["discount_pct"])
    return cuts + sum(tiers.values())


def terminal_value(room: Room, world: World, doors: Doors) -> Linear:
    """What is still worth something at the plan's end date, undiscounted (contract §4)."""
    worth = Linear()
    if not world.setting("terminal_value"):
        return worth
    count = world.calendar.count
    keys = {
        (saving.name, *cohort.line[1:], cohort.ordered): count - 1
        for cohort in doors.fleet.cohorts
        if cohort.kind == "order" and cohort.sold
        for saving in doors.pricing.savings.get((cohort.line[1], cohort.ordered), ())
        if saving.applies
    }
    sold_cut = room.decide("sold_cut", keys, "sold units whose price had been cut [units]")
    within, only, all_of = {}, {}, {}
    for cohort in doors.fleet.cohorts:
        if cohort.acquisition != "buy":
            continue
        left = value_left(world, cohort.chip, cohort.arrival)
        paid = cohort.price_paid(world)
        if cohort.kind == "order":
            slot = (cohort.line[1], cohort.ordered)
            charged = doors.pricing.charged[slot[0], slot[1], cohort.site]
            if cohort.arrival >= count:
                worth.plus(charged, paid * cohort.offer["pay_on_order_pct"])
                continue
            worth.plus(charged, paid * left)
            share = 1.0
            for saving in doors.pricing.savings.get(slot, ()):
                if not saving.applies:
                    share -= saving.share * saving.applies.constant
                elif cohort.sold:
                    key = (saving.name, *cohort.line[1:], cohort.ordered)
                    variable = sold_cut[key]
                    worth.add(paid * left * saving.share, variable)
                    most = cohort.units.range()[1]
                    own = Linear().add(1.0, variable)
                    within[key] = (None, own.times(1.0).plus(cohort.all_sold, -1.0), 0.0)
                    only[key] = (None, own.times(1.0).plus(saving.applies, -most), 0.0)
                    gone = own.times(1.0).plus(cohort.all_sold, -1.0).plus(saving.applies, -most)
                    all_of[key] = (-most, gone, None)
            worth.plus(cohort.all_sold, -paid * left * share)
        elif cohort.kind == "committed" and cohort.arrival >= count:
            due, before = committed_payments(world, cohort)
            worth.plus(cohort.units, before + sum(due.values()))
        else:
            worth.plus(cohort.units, paid * left).plus(cohort.all_sold, -paid * left)
    room.require(
        "a_sold_cut_is_sold", within, "sold units that were cut ≤ sold [units]", r"h \le \sum_t S_t"
    )
    room.require(
        "a_sold_cut_was_in_force", only, "sold units that were cut ≤ most × in force", r"h \le U f"
    )
    room.require(
        "a_cut_in_force_covers_what_is_sold",
        all_of,
        "≥ sold − most × (not in force)",
        r"h \ge \sum_t S_t - U (1 - f)",
    )
    worth.plus(doors.silicon.residual).plus(doors.software.residual).plus(doors.sites.residual)
    worth.plus(doors.terms.credit, -1.0)
    return worth


def discounted(world: World, lines: dict[str, dict[int, Linear]]) -> Linear:
    """The discounted sum of all lines: a scenario's total."""
    total = Linear()
    for line, by_period in lines.items():
        for at, form in by_period.items():
            factor = world.calendar.discount(at)
            if line == "terminal_value":
                factor = world.calendar.discount_at_end
            total.plus(form, factor)
    return total
