r"""Fleet: which units are in service where, and which are sold early.

Reads      Chips              life_years, power_kw, availability, resale_pct …
           Fleet, Committed orders
           Offers             term_months, max_in_service, availability
Decides    in_service   units in service of new orders     [offer, site, period]
           sold         units sold at the period's start   [cohort, period]
           placed       where committed units go           [row, site]
           has_new      new units beside committed ones beyond a quota   [offer, period]
Hands on   stock        units [line, period]               to workloads, shares, money
           cohorts      units with their price and vintage to money

A line is a stock that is told apart in reports: an offer at a site, a row of Fleet, a committed
order at a site. Lines of new orders carry their own balance, so rows stay short however long the
plan: what is in service is what was, plus arrivals, less sales and units at the end of their life.
Where no order of a line can be in service there is no variable, and no stock of it is bound to be
more than the orders alive then can bring.

Symbols    i cohort, o offer, s site, t period, I in_service, x units, w units placed, S sold
           a arrival, \Lambda life or term, Q max_in_service, C units of committed orders,
           e has_new
Source     vintage accounting as in capacity-expansion models (Temoa; Hunter et al. 2013);
           contract §3.2
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..contract.periods import MONTHS_PER_YEAR
from ..tables import Row, World
from .linear import Linear, Room, linear, total
from .orders import CLOUD, OrdersDoor, places

KW_PER_MW = 1000.0

Line = tuple[str, object, str]
"""("order", offer, site), ("fleet", row number, site) or ("committed", row number, site)."""


@dataclass
class Cohort:
    """Units that arrived together: what was paid for them and when they leave."""

    line: Line
    chip: Row
    offer: Row | None
    row: Row | None
    site: str
    acquisition: str
    ordered: int | None
    arrival: int
    end: int
    units: Linear
    availability: float
    sold: dict[int, object] = field(default_factory=dict)
    """Units sold by period of sale."""

    @property
    def kind(self) -> str:
        """Where its units come from: "order" (a new one), "committed" or "fleet" (of today)."""
        return self.line[0]

    def price_paid(self, world: World) -> float:
        """List price of a new order, price of a committed one, cost of a unit of today [money].

        A committed order without a price of its own has the offer's of its period.
        """
        if self.kind == "fleet":
            return self.row["unit_cost"]
        if self.kind == "committed" and self.row["unit_price"] is not None:
            return self.row["unit_price"]
        if self.ordered >= 0:
            return world.path("Offers", "price")[self.offer["offer"]][self.ordered]
        growth = self.offer["price_change_per_year"] or 0.0
        return self.offer["price"] * (1.0 + growth) ** world.calendar.years(self.ordered)

    @property
    def all_sold(self) -> Linear:
        """Units sold over the plan."""
        return linear((1.0, variable) for variable in self.sold.values())


@dataclass
class FleetDoor:
    """What the fleet hands on."""

    cohorts: list[Cohort]
    stock: dict[Line, dict[int, Linear]]
    attributes: dict[Line, Cohort]
    """Any cohort of the line: its chip, offer, site and acquisition hold for all of it."""
    placed: dict
    steps: dict[int, float] = field(default_factory=dict)
    """The step in which a stock of whole lots moves, by its variable's identity."""

    def lines(self) -> Iterator[tuple[Line, Cohort]]:
        """Lines with their attributes, in a fixed order."""
        yield from self.attributes.items()


def life_periods(world: World, chip: Row) -> int:
    """Life of an owned unit in whole periods."""
    return math.ceil(chip["life_years"] * MONTHS_PER_YEAR / world.calendar.months - 1e-9)


def term_periods(world: World, offer: Row) -> int:
    """Term of a lease or cloud contract in whole periods."""
    return math.ceil(offer["term_months"] / world.calendar.months - 1e-9)


def serving_periods(world: World, offer: Row) -> int:
    """How long a unit of the offer serves, in periods."""
    if offer["acquisition"] == "buy":
        return life_periods(world, world.by_name("Chips")[offer["chip"]])
    return term_periods(world, offer)


def add_fleet(room: Room, world: World, orders: OrdersDoor) -> FleetDoor:
    """Furnish the room; the door holds every line's stock by period and all cohorts."""
    chips = world.by_name("Chips")
    offers = world.by_name("Offers")
    cohorts = [*today(world, chips), *signed(room, world, chips, offers)]
    placed = room.decisions["placed"]
    for batch in orders.batches.values():
        offer = batch.offer
        chip = chips[offer["chip"]]
        cohorts.append(
            Cohort(
                line=("order", offer["offer"], batch.site),
                chip=chip,
                offer=offer,
                row=None,
                site=batch.site,
                acquisition=offer["acquisition"],
                ordered=batch.ordered,
                arrival=batch.arrival,
                end=batch.arrival + serving_periods(world, offer),
                units=batch.units,
                availability=offer["availability"] or chip["availability"],
            )
        )
    sell(room, world, cohorts)
    stock = balance(room, world, cohorts)
    attributes: dict[Line, Cohort] = {}
    for cohort in cohorts:
        attributes.setdefault(cohort.line, cohort)
    keep_quotas(room, world, cohorts, stock)
    cap_stock(world, orders, cohorts, room.decisions)
    return FleetDoor(cohorts, stock, attributes, placed, steps_of(room, cohorts))


def steps_of(room: Room, cohorts: list[Cohort]) -> dict[int, float]:
    """Lot size by stock variable, of lines of whole lots of which nothing can be sold."""
    free = {cohort.line for cohort in cohorts if cohort.sold}
    lots = {cohort.line: cohort.offer["lot_size"] for cohort in cohorts if cohort.kind == "order"}
    return {
        id(variable): lots["order", name, site]
        for (name, site, _), variable in room.decisions["in_service"].items()
        if lots["order", name, site] and ("order", name, site) not in free
    }


def cap_stock(world: World, orders: OrdersDoor, cohorts: list[Cohort], decided: dict) -> None:
    """Put down what all sites together can have of an offer in service, or of a committed order."""
    count = world.calendar.count
    arriving: dict[tuple[str, int], Cohort] = {}
    for cohort in cohorts:
        if cohort.kind == "order":
            arriving.setdefault((cohort.line[1], cohort.ordered), cohort)
    most: dict[tuple[str, int], float] = defaultdict(float)
    for slot, cohort in arriving.items():
        for at in range(cohort.arrival, min(cohort.end, count)):
            most[slot[0], at] += orders.caps.most(orders.ordered[slot])
    for (name, _, at), variable in decided["in_service"].items():
        group = ("in service", name, at)
        orders.caps.hold("offers", group, Linear().add(1.0, variable), most[name, at])
    for (number, _), variable in decided["placed"].items():
        orders.caps.hold("offers", ("placed", number), Linear().add(1.0, variable), variable.ub)


def keep_quotas(
    room: Room, world: World, cohorts: list[Cohort], stock: dict[Line, dict[int, Linear]]
) -> None:
    """Units of an offer in service at once; committed ones beyond it leave nothing to order.

    Where some of those can be sold, new ones may be in service once the quota holds them all.
    """
    forms: dict[tuple[str, int], Linear] = {}
    most: dict[tuple[str, int], tuple[float, float]] = {}
    fresh: dict[tuple[str, int], Linear] = {}
    for name, limits in world.path("Offers", "max_in_service").items():
        own = [c for c in cohorts if c.offer is not None and c.offer["offer"] == name]
        lines = dict.fromkeys(cohort.line for cohort in own)
        signed_rows = {c.row.number: c for c in own if c.row is not None}
        for at, limit in enumerate(limits):
            if limit is None:
                continue
            held = sum(c.row["units"] for c in signed_rows.values() if c.arrival <= at < c.end)
            form = total(stock[line][at] for line in lines)
            if form:
                forms[name, at] = form
                most[name, at] = limit, max(limit, held)
            can_shrink = any(at >= when for c in own if c.row is not None for when in c.sold)
            new = total(stock[line][at] for line in lines if line[0] == "order")
            if held > limit and can_shrink and new:
                fresh[name, at] = new
    has_new = room.decide(
        "has_new",
        {key: key[1] for key in fresh},
        "new units are in service beside committed ones [yes = 1]",
        domain=pyo.Binary,
    )
    rows, kept_out = {}, {}
    for key, form in forms.items():
        limit, held = most[key]
        if key in has_new:
            form.add(held - limit, has_new[key])
            kept_out[key] = (None, fresh[key].add(-limit, has_new[key]), 0.0)
        rows[key] = (None, form, held)
    room.require(
        "units_in_service_stay_within_the_quota",
        rows,
        "units in service ≤ max_in_service, or committed ones with no new ones beside [units]",
        r"\sum_s I_{ost} + (\max(Q_{ot}, C_{ot}) - Q_{ot}) \, e_{ot} \le \max(Q_{ot}, C_{ot})",
    )
    room.require(
        "new_units_stay_out_where_committed_ones_exceed_the_quota",
        kept_out,
        "new units in service ≤ max_in_service, where there may be any [units]",
        r"\sum_s I_{ost} \le Q_{ot} \, e_{ot}",
    )


def today(world: World, chips: dict[str, Row]) -> Iterator[Cohort]:
    """Cohorts of the sheet Fleet."""
    for row in world.fleet:
        chip = chips[row["chip"]]
        if row["acquisition"] == "buy":
            end = row["in_service_since"] + life_periods(world, chip)
        else:
            end = row["until"] + 1
        yield Cohort(
            line=("fleet", row.number, row["site"] or CLOUD),
            chip=chip,
            offer=None,
            row=row,
            site=row["site"] or CLOUD,
            acquisition=row["acquisition"],
            ordered=None,
            arrival=row["in_service_since"],
            end=end,
            units=Linear(row["units"]),
            availability=chip["availability"],
        )


def signed(
    room: Room, world: World, chips: dict[str, Row], offers: dict[str, Row]
) -> Iterator[Cohort]:
    """Cohorts of committed orders; where the sheet names no site, the model chooses."""
    rows = world.committed
    open_rows = {}
    for row in rows:
        offer = offers[row["offer"]]
        if offer["acquisition"] != "cloud" and not row["site"]:
            for site in places(world, offer):
                open_rows[row.number, site] = -1  # the same in every scenario
    units_of = {row.number: row["units"] for row in rows}
    placed = room.decide(
        "placed",
        open_rows,
        "where committed units go [units]",
        bounds=lambda key: (0, units_of[key[0]]),
    )
    room.require(
        "committed_units_are_placed",
        {
            number: (
                units,
                linear((1.0, v) for (other, _), v in placed.items() if other == number),
                units,
            )
            for number, units in units_of.items()
            if any(other == number for other, _ in placed)
        },
        "the sites' parts of a committed order add up to it [units]",
        r"\sum_s w_{is} = C_i",
    )
    for row in rows:
        offer = offers[row["offer"]]
        chip = chips[offer["chip"]]
        arrival = world.arrival(offer, row)
        where = [site for (number, site) in placed if number == row.number]
        given = CLOUD if offer["acquisition"] == "cloud" else row["site"] or CLOUD
        for site in where or [given]:
            units = Linear(row["units"])
            if where:
                units = Linear().add(1.0, placed[row.number, site])
            yield Cohort(
                line=("committed", row.number, site),
                chip=chip,
                offer=offer,
                row=row,
                site=site,
                acquisition=offer["acquisition"],
                ordered=row["order_period"],
                arrival=arrival,
                end=arrival + serving_periods(world, offer),
                units=units,
                availability=offer["availability"] or chip["availability"],
            )


def sell(room: Room, world: World, cohorts: list[Cohort]) -> None:
    """Let owned units be sold from the period after arrival, where the chip has a resale_pct."""
    count = world.calendar.count
    keys: dict[tuple, int] = {}
    most: dict[tuple, float] = {}
    for cohort in cohorts:
        if cohort.acquisition == "buy" and cohort.chip["resale_pct"] is not None:
            since = "" if cohort.ordered is None else cohort.ordered
            for at in range(max(cohort.arrival + 1, 0), min(cohort.end, count)):
                keys[*cohort.line, since, at] = at
                most[*cohort.line, since, at] = cohort.units.range()[1]
    sold = room.decide(
        "sold",
        keys,
        "units sold at the period's start [units]",
        bounds=lambda key: (0, most[key]),
    )
    rows = {}
    for cohort in cohorts:
        since = "" if cohort.ordered is None else cohort.ordered
        cohort.sold = {
            at: sold[*cohort.line, since, at]
            for at in range(max(cohort.arrival + 1, 0), min(cohort.end, count))
            if (*cohort.line, since, at) in sold
        }
        if cohort.sold:
            rows[*cohort.line, since] = (None, cohort.all_sold.plus(cohort.units, -1.0), 0.0)
    room.require(
        "only_what_is_there_is_sold",
        rows,
        "units sold ≤ units of the cohort [units]",
        r"\sum_t S_{it} \le x_i",
    )


def balance(room: Room, world: World, cohorts: list[Cohort]) -> dict[Line, dict[int, Linear]]:
    """Stock of every line by period: a constant, or a variable with its balance."""
    count = world.calendar.count
    by_line: dict[Line, list[Cohort]] = defaultdict(list)
    for cohort in cohorts:
        by_line[cohort.line].append(cohort)
    stock: dict[Line, dict[int, Linear]] = {}
    keys: dict[tuple, int] = {}
    most: dict[tuple, float] = {}
    for line, members in by_line.items():
        alive = [
            (cohort.units.range()[1], range(cohort.arrival, min(cohort.end, count)))
            for cohort in members
            if line[0] == "order"
        ]
        for at in range(count):
            here = [units for units, periods in alive if at in periods]
            if here:
                keys[*line[1:], at] = at
                most[*line[1:], at] = sum(here)
    in_service = room.decide(
        "in_service",
        keys,
        "units in service of new orders [units]",
        bounds=lambda key: (0, most[key]),
    )
    rows = {}
    for line, members in by_line.items():
        stock[line] = {at: Linear() for at in range(count)}
        if line[0] == "order":
            change = {at: Linear() for at in range(count + 1)}
            for cohort in members:
                if cohort.arrival < count:
                    change[cohort.arrival].plus(cohort.units)
                for at, variable in cohort.sold.items():
                    change[at].add(-1.0, variable)
                if cohort.end < count:
                    change[cohort.end].plus(cohort.units, -1.0).plus(cohort.all_sold)
            before = None
            for at in range(count):
                key = (*line[1:], at)
                if key not in in_service:
                    before = None
                    continue
                form = change[at].add(-1.0, in_service[key])
                if before is not None:
                    form.add(1.0, before)
                before = in_service[key]
                rows[key] = (0.0, form, 0.0)
                stock[line][at] = Linear().add(1.0, before)
            continue
        for cohort in members:
            for at in range(max(cohort.arrival, 0), min(cohort.end, count)):
                stock[line][at].plus(cohort.units)
                for when, variable in cohort.sold.items():
                    if when <= at:
                        stock[line][at].add(-1.0, variable)
    room.require(
        "units_in_service_follow_arrivals_and_exits",
        rows,
        "in service = before + arrivals − end of life − sales [units]",
        r"I_t = I_{t-1} + \sum_{a_i = t} x_i - \sum_{a_i + \Lambda = t} (x_i - \sum_\tau S_{i\tau})"
        r" - \sum_i S_{it}",
    )
    return stock
