"""The whole model: one world of rooms per scenario, joined door to door, and the objective.

Objective  (1 − tail_weight) · Σ_s probability_s · total_s + tail_weight · CVaR, the tail measure of
Rockafellar and Uryasev (2000): CVaR = η + Σ_s probability_s · excess_s / tail_probability with
excess_s ≥ total_s − η, excess_s ≥ 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..tables import Row, Tables, World
from .fleet import KW_PER_MW, FleetDoor, add_fleet
from .linear import Linear, Room
from .milestones import MilestonesDoor, add_milestones
from .money import Doors, cash_lines, discounted, terminal_value
from .orders import CLOUD, OrdersDoor, add_orders, committed_units, window
from .own_silicon import OwnSiliconDoor, add_own_silicon
from .policies import PoliciesDoor, Sources, add_policies, settle_counts
from .pricing import (
    PricingDoor,
    add_pricing,
    committed_once,
    committed_spend,
    covers,
    list_value,
)
from .shares import SITES, Measures, SharesDoor, add_shares, scale_of
from .signing import SigningDoor, add_signing
from .sites import SitesDoor, add_sites
from .software import SoftwareDoor, add_software
from .terms import TermsDoor, add_terms
from .workloads import WorkloadsDoor, add_workloads

ROOMS = (
    "sites",
    "software",
    "own_silicon",
    "signing",
    "orders",
    "fleet",
    "pricing",
    "workloads",
    "terms",
    "milestones",
    "shares",
    "policies",
    "money",
)
SAME_PROBABILITY = 1e-12


@dataclass
class Furnished:
    """One world with all its rooms' doors."""

    world: World
    rooms: dict[str, Room]
    sites: SitesDoor
    software: SoftwareDoor
    silicon: OwnSiliconDoor
    signing: SigningDoor
    orders: OrdersDoor
    fleet: FleetDoor
    pricing: PricingDoor
    workloads: WorkloadsDoor
    terms: TermsDoor
    milestones: MilestonesDoor
    shares: SharesDoor
    policies: PoliciesDoor
    measures: Measures
    lines: dict[str, dict[int, Linear]]
    total: Linear


@dataclass
class Whole:
    """The built model with its worlds by scenario name ('' for a book of one world)."""

    model: pyo.ConcreteModel
    tables: Tables
    worlds: dict[str, Furnished] = field(default_factory=dict)
    objective: Linear = field(default_factory=Linear)

    def weights(self) -> dict[str, float]:
        """Probability of each world among those modelled: one alone is certain."""
        given = {name: furnished.world.probability for name, furnished in self.worlds.items()}
        if len(given) == 1:
            return dict.fromkeys(given, 1.0)
        whole = sum(given.values())
        return {name: probability / whole for name, probability in given.items()}

    def settle(self) -> None:
        """Set soft supplier counts and the tail's own variables to what the plan makes of them.

        The value at risk is a lowest one that leaves no more than the tail above it.
        """
        for furnished in self.worlds.values():
            settle_counts(furnished.policies)
        if not hasattr(self.model, "at_risk"):
            return
        totals = {name: furnished.total.value() for name, furnished in self.worlds.items()}
        weights = self.weights()
        left = self.tables.setting("tail_probability")
        worst = sorted(totals, key=lambda name: -totals[name])
        at_risk = totals[worst[-1]]
        for name in worst:
            left -= weights[name]
            if left <= SAME_PROBABILITY:
                at_risk = totals[name]
                break
        self.model.at_risk.set_value(at_risk, skip_validation=True)
        for name, total in totals.items():
            self.model.excess[name].set_value(max(total - at_risk, 0.0), skip_validation=True)


def build(
    tables: Tables,
    scenarios: Sequence[str] | None = None,
    beside: Sequence[str] = (),
    replaced: Mapping[str, World] | None = None,
) -> Whole:
    """Build the model of the scenarios named, or of the sheets as they stand.

    One scenario is its own single world; several are a tree whose worlds share, outright, the
    variables of periods before they part. Scenarios ``beside`` are not modelled, but an order
    that arrives in time in one of them may be made here before the two part. ``replaced`` gives
    worlds that stand in for those of the book, by name.
    """
    model = pyo.ConcreteModel(name="chipfolio")
    model.world = pyo.Block(pyo.Any)
    whole = Whole(model, tables)
    names = list(scenarios or [""])
    worlds = {name: tables.world(name or None) for name in dict.fromkeys([*names, *beside])}
    worlds.update(replaced or {})
    most = assumed_most(list(worlds.values()))
    tree = parents({name: worlds[name] for name in names})
    for name in ordered(tree):
        parent = whole.worlds.get(tree[name])
        sharing = {
            other: parting(worlds[name], worlds[other]) if other != name else None
            for other in worlds
        }
        block = model.world[name]
        whole.worlds[name] = furnish(block, worlds[name], parent, worlds, sharing, most)
    whole.worlds = {name: whole.worlds[name] for name in names}
    set_objective(whole)
    return whole


def parents(worlds: dict[str, World]) -> dict[str, str | None]:
    """The nearest ancestor of each world that is itself modelled; None for the trunk."""
    found: dict[str, str | None] = {}
    for name, world in worlds.items():
        line = [row["scenario"] for row in world.lineage[:-1]]
        found[name] = next((other for other in reversed(line) if other in worlds), None)
    return found


def ordered(tree: dict[str, str | None]) -> list[str]:
    """Names with every parent before its children, else in the order given."""
    done: list[str] = []
    while len(done) < len(tree):
        done += [
            name for name, parent in tree.items() if name not in done and parent in (None, *done)
        ]
    return done


def parting(one: World, other: World) -> int:
    """First period in which two worlds differ."""
    mine = [row["scenario"] for row in one.lineage]
    theirs = [row["scenario"] for row in other.lineage]
    common = 0
    while common < min(len(mine), len(theirs)) and mine[common] == theirs[common]:
        common += 1
    branches = [
        row["branch_period"] or 0 for world in (one, other) for row in world.lineage[common:][:1]
    ]
    return min(branches)


def furnish(
    block: pyo.Block,
    world: World,
    parent: Furnished | None,
    worlds: dict[str, World],
    sharing: dict[str, int | None],
    most: dict[str, float],
) -> Furnished:
    """All rooms of one world, door to door."""
    branch = parting(world, parent.world) if parent else 0
    rooms = {
        name: Room(block, name, name, parent.rooms[name] if parent else None, branch)
        for name in ROOMS
    }
    count = world.calendar.count

    def arrives_somewhere(offer: Row, at: int) -> bool:
        return any(
            (until is None or at < until) and at + worlds[name].lead_time(offer, at) < count
            for name, until in sharing.items()
        )

    sites = add_sites(rooms["sites"], world)
    software = add_software(rooms["software"], world)
    silicon = add_own_silicon(rooms["own_silicon"], world, committed_by_programme(world))
    signing = add_signing(rooms["signing"], world)
    orders = add_orders(
        rooms["orders"],
        world,
        arrives_somewhere,
        most,
        extra_supply(world, signing),
        earliest_ready(world, silicon),
        ramp_most(silicon),
    )
    wait_for_silicon(rooms["own_silicon"], world, silicon, orders)
    fleet = add_fleet(rooms["fleet"], world, orders)
    fit_power(rooms["sites"], world, sites, fleet)
    committed = [cohort for cohort in fleet.cohorts if cohort.line[0] == "committed"]
    pricing = add_pricing(rooms["pricing"], world, orders, signing, committed)
    limit_spend(rooms["orders"], world, orders, pricing, fleet)
    workloads = add_workloads(rooms["workloads"], world, fleet, software, place_matters(world))
    terms = add_terms(rooms["terms"], world, orders, pricing, signing, fleet)
    milestones = add_milestones(rooms["milestones"], world, orders, pricing, signing, fleet)
    measures = Measures(world, orders, pricing, fleet, workloads)
    shares = add_shares(rooms["shares"], world, measures, signing)
    doors = Doors(
        orders,
        pricing,
        fleet,
        workloads,
        sites,
        silicon,
        software,
        terms,
        milestones,
        signing.payment,
    )
    lines = cash_lines(world, doors)
    sources = Sources(measures, orders, workloads, silicon, software, signing)
    policies = add_policies(rooms["policies"], world, sources, lines, terms.rebates_bought)
    for at in world.calendar.positions:
        lines["rule_penalties"][at] = (
            Linear().plus(shares.penalties[at]).plus(policies.penalties[at])
        ).plus(terms.penalties[at])
        lines["change_cost"][at] = policies.change_cost[at]
    worth = terminal_value(rooms["money"], world, doors)
    lines["terminal_value"][count - 1] = worth.times(-1.0)
    return Furnished(
        world,
        rooms,
        sites,
        software,
        silicon,
        signing,
        orders,
        fleet,
        pricing,
        workloads,
        terms,
        milestones,
        shares,
        policies,
        measures,
        lines,
        discounted(world, lines),
    )


def set_objective(whole: Whole) -> None:
    """Mean and tail of the worlds' totals (contract §4)."""
    model, tables = whole.model, whole.tables
    weights = whole.weights()
    weight = tables.setting("tail_weight") if len(weights) > 1 else 0.0
    for name, furnished in whole.worlds.items():
        whole.objective.plus(furnished.total, (1.0 - weight) * weights[name])
    if weight > 0:
        tail = tables.setting("tail_probability")
        names = list(weights)
        model.at_risk = pyo.Var(doc="value at risk [money]")
        model.excess = pyo.Var(names, domain=pyo.NonNegativeReals, doc="beyond it [money]")

        @model.Constraint(names, doc="excess ≥ total − value at risk [money]")
        def what_is_beyond_counts_as_tail(_, name):  # noqa: ANN001, ANN202
            form = whole.worlds[name].total.times(1.0)
            form.add(-1.0, model.at_risk).add(-1.0, model.excess[name])
            scale = scale_of(form)
            form = form.times(scale)
            return (None, form.expression, -form.constant)

        whole.objective.add(weight, model.at_risk)
        for name, probability in weights.items():
            whole.objective.add(weight * probability / tail, model.excess[name])
    merged = whole.objective.merged().values()
    form = Linear(whole.objective.constant)
    for coefficient, variable in merged:
        form.add(coefficient, variable)
    whole.objective = form
    expression = form.expression
    model.cost = pyo.Objective(expr=expression + form.constant if form else form.constant)


# ------------------------------------------------------------------ joints between two rooms
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
        "own_chips_wait_for_their_programme", alone, "orders ≤ most × (programme is ready) [units]"
    )
    room.require(
        "own_chips_ramp_up",
        {key: (None, form.plus(silicon.allowed[key], -1.0), 0.0) for key, form in together.items()},
        "orders over a programme's offers ≤ its ramp [units]",
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
    )


def limit_spend(
    room: Room, world: World, orders: OrdersDoor, pricing: PricingDoor, fleet: FleetDoor
) -> None:
    """A vendor sells to one customer only so much in a fiscal year."""
    rows = {}
    for vendor in world.rows("Vendors"):
        limit = vendor["max_spend_per_fiscal_year"]
        if limit is None:
            continue
        for year in world.calendar.windows("fiscal_year"):
            form = Linear()
            for key, batch in orders.batches.items():
                if batch.ordered in year.positions and batch.offer["seller"] == vendor["vendor"]:
                    form.plus(pricing.spend[key])
            used = sum(
                cohort.row["units"] * committed_spend(world, cohort)
                for cohort in committed_once(fleet.cohorts)
                if cohort.offer["seller"] == vendor["vendor"]
                and cohort.ordered in (*year.positions, *year.before)
            )
            if form:
                scale = scale_of(form)
                left = max(limit - used, 0.0)
                orders.spend_scale[vendor["vendor"], year.label] = scale
                rows[vendor["vendor"], year.label] = (None, form.times(scale), left * scale)
    room.require(
        "a_vendor_sells_for_no_more_than_it_may", rows, "spend ≤ max_spend_per_fiscal_year [money]"
    )


def place_matters(world: World) -> bool:
    """Whether which site does the work matters beyond what may run there."""
    if world.setting("idle_power_pct") < 1.0:
        return True
    if any(row["runs_on"] in ("one_site", "one_chip_and_site") for row in world.rows("Workloads")):
        return True
    shares = [row for row in world.rules("Share rules") if row["basis"] == "served"]
    customs = [row for row in world.rules("Custom rules") if row["quantity"] == "served"]
    return any(row["dimension"] in SITES for row in (*shares, *customs))


def assumed_most(worlds: list[World]) -> dict[str, float]:
    """A bound on each offer's units in a period, derived from the whole book.

    Enough units of the chip to do all the work it can do at its lowest rate, reserve included,
    twice over; to meet every minimum, milestone and custom limit that could ask for more; and to
    keep its share beside as much of all other offers, where a share rule may ask for that.
    """
    found: dict[str, float] = defaultdict(float)
    for world in worlds:
        units = {row["offer"]: enough(world, row) for row in world.rows("Offers")}
        for row in world.rows("Offers"):
            most = units[row["offer"]] + beside(world, row, units)
            found[row["offer"]] = max(found[row["offer"]], most)
    return dict(found)


def beside(world: World, offer: Row, units: dict[str, float]) -> float:
    """Units of an offer that balance the most of all others under the strictest share rule."""
    most = 0.0
    for rule in world.rules("Share rules"):
        if rule["basis"] == "served":
            continue
        least, limit = rule["min_pct"] or 0.0, rule["max_pct"]
        ratios = [least / (1.0 - least)] if least < 1.0 else []
        ratios += [(1.0 - limit) / limit] if limit else []
        own = weight(world, offer, rule["basis"], min)
        others = held(world, rule["basis"]) + sum(
            units[row["offer"]] * weight(world, row, rule["basis"], max)
            for row in world.rows("Offers")
            if row["offer"] != offer["offer"]
        )
        if own > 0 and ratios:
            most = max(most, max(ratios) * others / own)
    return most


def held(world: World, basis: str) -> float:
    """What units of today and of committed orders count for in a basis."""
    chips, offers = world.by_name("Chips"), world.by_name("Offers")
    found = 0.0
    for row in (*world.rows("Fleet"), *world.rows("Committed orders")):
        offer = offers[row["offer"]] if row.sheet == "Committed orders" else None
        chip = chips[row["chip"] if offer is None else offer["chip"]]
        if basis == "power":
            found += row["units"] * chip["power_kw"]
        elif basis != "order_spend":
            found += row["units"]
        elif offer is not None:
            months = 1.0 if offer["acquisition"] == "buy" else offer["term_months"]
            price = row["unit_price"] or max(world.path("Offers", "price")[offer["offer"]])
            found += row["units"] * price * max(months, 1.0)
    return found


def weight(world: World, offer: Row, basis: str, choose: Callable) -> float:
    """What a unit of an offer counts for in a basis, in the period that ``choose`` takes."""
    if basis == "power":
        on_site = offer["acquisition"] != "cloud"
        return world.by_name("Chips")[offer["chip"]]["power_kw"] if on_site else 0.0
    if basis != "order_spend":
        return 1.0
    values = [list_value(world, offer, at) for at in window(world, offer)]
    return choose((value for value in values if value > 0), default=0.0)


def enough(world: World, offer: Row) -> float:
    """Units of one offer that are enough for everything one world could ask of it."""
    workloads = world.by_name("Workloads")
    chip = world.by_name("Chips")[offer["chip"]]
    throughput = world.path("Performance", "throughput")
    efficiency = [1.0]
    if chip["platform"]:
        start = world.by_name("Platforms")[chip["platform"]]["efficiency_at_start"]
        projects = [r for r in world.rows("Software") if r["platform"] == chip["platform"]]
        efficiency = [start]
        for row in projects:
            efficiency += world.path("Software", "efficiency")[row["project"]]
            efficiency += [row["mature_efficiency"] or 0.0]
        efficiency = [share for share in efficiency if share > 0] or [1.0]
    available = offer["availability"] or chip["availability"]
    units = 0.0
    for (name, workload), path in throughput.items():
        rates = [rate for rate in path if rate]
        if name != offer["chip"] or not rates:
            continue
        row = workloads[workload]
        demand = world.demand[workload]
        waits = row["defer_periods"]
        peak = max(sum(demand[max(at - waits, 0) : at + 1]) for at in world.calendar.positions)
        rate = min(rates) * min(efficiency) * available
        units += peak * (1.0 + row["reserve_pct"]) / rate
    units *= 2.0
    prices = [price for price in world.path("Offers", "price")[offer["offer"]] if price]
    price = min(prices) if prices else 1.0
    for row in world.rules("Contracts"):
        if covers(row, offer) and row["minimum"]:
            units += row["minimum"] / (price if row["basis"] == "spend" else 1.0)
    for row in world.rows("Deal milestones"):
        per_unit = {
            "installed_mw": chip["power_kw"] / KW_PER_MW,
            "cumulative_units": 1.0,
            "cumulative_spend": price,
        }[row["measure"]]
        if per_unit:
            units += row["threshold"] / per_unit
    for row in world.rules("Custom rules"):
        per_unit = {"order_spend": price, "power_mw": chip["power_kw"] / KW_PER_MW}
        amount = row["coefficient"] * per_unit.get(row["quantity"], 1.0)
        if row["limit"] and amount:
            units += abs(row["limit"] / amount)
    for row in world.rows("Discounts"):
        if covers(row, offer):
            units += row["threshold"] / (price if row["basis"] == "spend" else 1.0)
    least = max(
        (units or 0.0 for units in world.path("Offers", "min_order")[offer["offer"]]), default=0
    )
    lot = offer["lot_size"] or 1.0
    return max(units, 2.0 * least, 2.0 * lot) + lot
