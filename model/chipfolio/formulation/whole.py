"""The whole model: one world of rooms per scenario, joined door to door, and the objective.

Objective  (1 − tail_weight) · Σ_s probability_s · total_s + tail_weight · CVaR, the tail measure of
Rockafellar and Uryasev (2000): CVaR = η + Σ_s probability_s · excess_s / tail_probability with
excess_s ≥ total_s − η, excess_s ≥ 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyomo.core as pyo

from ..tables import Row, Tables, World
from .bounds import PLENTY, assumed_most
from .fleet import FleetDoor, add_fleet
from .joints import (
    committed_by_programme,
    earliest_ready,
    extra_supply,
    fit_power,
    limit_spend,
    never_positive,
    place_matters,
    ramp_most,
    wait_for_silicon,
)
from .linear import Claim, Linear, Room
from .milestones import MilestonesDoor, add_milestones
from .money import Doors, add_money, discounted, gathered
from .orders import OrdersDoor, add_orders, settle_orders
from .own_silicon import OwnSiliconDoor, add_own_silicon
from .policies import PoliciesDoor, Sources, add_policies, settle_policies
from .pricing import PricingDoor, add_pricing
from .shares import Measures, SharesDoor, add_shares, scale_of, settle_shares
from .signing import SigningDoor, add_signing
from .sites import SitesDoor, add_sites
from .software import SoftwareDoor, add_software
from .terms import TermsDoor, add_terms, settle_terms
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
    times: float = 1.0
    """Times what is thought enough that orders without a limit are bounded at."""

    @property
    def is_cramped(self) -> bool:
        """Whether bounds that only stand in for missing limits could be made wider."""
        return self.times < PLENTY and any(f.orders.assumed for f in self.worlds.values())

    def weights(self) -> dict[str, float]:
        """Probability of each world among those modelled: one alone is certain."""
        given = {name: furnished.world.probability for name, furnished in self.worlds.items()}
        if len(given) == 1:
            return dict.fromkeys(given, 1.0)
        whole = sum(given.values())
        return {name: probability / whole for name, probability in given.items()}

    @property
    def claims(self) -> list[Claim]:
        """What the plan takes for reached, in all worlds."""
        doors = [(f.terms, f.pricing, f.milestones) for f in self.worlds.values()]
        return [claim for three in doors for door in three for claim in door.claims]

    def settle(self) -> None:
        """Set what follows from the plan's amounts to what they make of it, to the cent.

        What contracts and soft rules are missed by comes first, then the tail's own variables.
        The value at risk is a lowest one that leaves no more than the tail above it.
        """
        for furnished in self.worlds.values():
            settle_orders(furnished.orders)
            settle_terms(furnished.terms)
            settle_shares(furnished.shares)
            settle_policies(furnished.policies)
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
    times: float = 1.0,
) -> Whole:
    """Build the model of the scenarios named, or of the sheets as they stand.

    One scenario is its own single world; several are a tree whose worlds share, outright, the
    variables of periods before they part. Scenarios ``beside`` are not modelled, but an order
    that arrives in time in one of them may be made here before the two part. ``replaced`` gives
    worlds that stand in for those of the book, by name. Bounds that stand in for missing limits on
    orders are so many ``times`` what is thought enough.
    """
    model = pyo.ConcreteModel(name="chipfolio")
    model.world = pyo.Block(pyo.Any)
    whole = Whole(model, tables, times=times)
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
        whole.worlds[name] = furnish(block, worlds[name], parent, worlds, sharing, most, times)
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
    times: float,
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
    signing = add_signing(rooms["signing"], world, software, silicon)
    orders = add_orders(
        rooms["orders"],
        world,
        arrives_somewhere=arrives_somewhere,
        assumed_most=most,
        times=times,
        extra_supply=extra_supply(world, signing),
        open_from=earliest_ready(world, silicon),
        ramp_most=ramp_most(silicon),
    )
    wait_for_silicon(rooms["own_silicon"], world, silicon, orders)
    fleet = add_fleet(rooms["fleet"], world, orders)
    fit_power(rooms["sites"], world, sites, fleet)
    committed = [cohort for cohort in fleet.cohorts if cohort.kind == "committed"]
    pricing = add_pricing(rooms["pricing"], world, orders, signing, committed)
    limit_spend(rooms["orders"], world, orders, pricing, fleet)
    workloads = add_workloads(rooms["workloads"], world, fleet, software, place_matters(world))
    terms = add_terms(rooms["terms"], world, orders, pricing, signing, fleet)
    milestones = add_milestones(rooms["milestones"], world, orders, pricing, signing, fleet)
    measures = Measures(world, orders, pricing, fleet, workloads)
    zero = never_positive(world, orders, pricing, fleet, workloads)
    shares = add_shares(rooms["shares"], world, measures, signing, zero)
    doors = Doors(
        orders=orders,
        pricing=pricing,
        fleet=fleet,
        workloads=workloads,
        sites=sites,
        silicon=silicon,
        software=software,
        terms=terms,
    )
    add_money(rooms["money"], world, doors)
    sources = Sources(
        measures=measures,
        orders=orders,
        workloads=workloads,
        silicon=silicon,
        software=software,
        signing=signing,
    )
    budgeted = gathered(world, rooms.values(), in_parts=True)
    policies = add_policies(rooms["policies"], world, sources, budgeted)
    lines = gathered(world, rooms.values())
    return Furnished(
        world=world,
        rooms=rooms,
        sites=sites,
        software=software,
        silicon=silicon,
        signing=signing,
        orders=orders,
        fleet=fleet,
        pricing=pricing,
        workloads=workloads,
        terms=terms,
        milestones=milestones,
        shares=shares,
        policies=policies,
        measures=measures,
        lines=lines,
        total=discounted(world, lines),
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
