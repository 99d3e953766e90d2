"""Aims in place of cost: what a plan spends, draws, starts, and how far it is from another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.lines import CAPEX
from ..formulation.linear import Linear
from ..formulation.pricing import list_value
from ..formulation.whole import Furnished, Whole
from .asked import Decision, constrain

LEAST_OF_SHARE = 1e-6


def capital_of(world: Furnished) -> Linear:
    """Capital expenditure of a world, undiscounted."""
    found = Linear()
    for room in world.rooms.values():
        for line in CAPEX:
            for form in room.costs.get(line, {}).values():
                found.plus(form)
    return found


def spend_of(world: Furnished, seller: str | None = None) -> Linear:
    """Order spend in a world, new and committed in the plan, at one seller or at all."""
    found = Linear()
    for atom in world.measures.atoms("order_spend"):
        if atom.at >= 0 and seller in (None, atom.of.get("seller")):
            found.plus(atom.amount)
    return found


def drawn_by(world: Furnished) -> dict[int, Linear]:
    """MW drawn over all sites, by period."""
    found: dict[int, Linear] = {at: Linear() for at in world.world.calendar.positions}
    for atom in world.measures.atoms("power"):
        if atom.at in found:
            found[atom.at].plus(atom.amount)
    return found


def expected(whole: Whole, of_world) -> Linear:  # noqa: ANN001
    """The mean of a form over the worlds."""
    found = Linear()
    for name, weight in whole.weights().items():
        found.plus(of_world(whole.worlds[name]), weight)
    return found


@dataclass(frozen=True)
class Spend:
    """Expected spend at a seller less ``less`` × all spend; ``sign`` -1 makes it most."""

    seller: str
    sign: float = 1.0
    less: float = 0.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        found = expected(whole, lambda world: spend_of(world, self.seller)).times(self.sign)
        return found.plus(expected(whole, spend_of), -self.sign * self.less)


@dataclass(frozen=True)
class LargestSpend:
    """Expected spend at the largest seller less ``less`` × all spend."""

    sellers: tuple[str, ...]
    less: float

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        block.largest = pyo.Var(domain=pyo.Reals, doc="spend at the largest seller [money]")
        for number, seller in enumerate(self.sellers):
            form = expected(whole, lambda world, name=seller: spend_of(world, name))
            constrain(block, f"largest_{number}", None, form.add(-1.0, block.largest), 0.0)
        found = Linear().add(1.0, block.largest)
        return found.plus(expected(whole, spend_of), -self.less)


@dataclass(frozen=True)
class Capital:
    """Expected capital expenditure."""

    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        return expected(whole, capital_of).times(self.sign)


@dataclass(frozen=True)
class PeakPower:
    """Expected MW over all sites in the period where that is highest."""

    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        found = Linear()
        names = list(whole.worlds)
        block.peak = pyo.Var(names, domain=pyo.NonNegativeReals, doc="highest draw [MW]")
        if self.sign < 0:
            periods = list(next(iter(whole.worlds.values())).world.calendar.positions)
            block.is_peak = pyo.Var(names, periods, domain=pyo.Binary, doc="the highest [yes = 1]")
        for number, (name, weight) in enumerate(whole.weights().items()):
            world = whole.worlds[name]
            drawn = drawn_by(world)
            most = dict.fromkeys(drawn, 0.0)
            for (_, at), power in world.sites.power.items():
                most[at] += max(power.range()[1], 0.0)
            top = max(most.values(), default=0.0)
            one = Linear()
            for at, form in drawn.items():
                row = form.times(1.0).add(-1.0, block.peak[name])
                if self.sign > 0:
                    constrain(block, f"under_{number}_{at}", None, row, 0.0)
                else:
                    one.add(1.0, block.is_peak[name, at])
                    row.add(-top, block.is_peak[name, at])
                    constrain(block, f"over_{number}_{at}", -top, row, None)
            if self.sign < 0:
                constrain(block, f"one_{number}", 1.0, one, 1.0)
            found.add(self.sign * weight, block.peak[name])
        return found


@dataclass(frozen=True)
class FirstStart:
    """Expected period of a stage's start, 1 = the first; one after the last where there is none."""

    stage: str
    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""

        def of(world: Furnished) -> Linear:
            after = world.world.calendar.count + 1.0
            found = Linear(after)
            for at, form in Decision("Programme stages", (self.stage,)).parts(world):
                found.plus(form, at + 1.0 - after)
            return found

        return expected(whole, of).times(self.sign)


@dataclass(frozen=True)
class Sellers:
    """Expected number of sellers with an order, committed ones dated in the plan included."""

    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        names = list(whole.worlds)
        sellers = whole.tables.names("Vendors")
        block.sells = pyo.Var(names, sellers, domain=pyo.Binary, doc="has an order [yes = 1]")
        found = Linear()
        for number, (name, weight) in enumerate(whole.weights().items()):
            world = whole.worlds[name]
            offers = world.world.by_name("Offers")
            fixed = {
                offers[row["offer"]]["seller"]
                for row in world.world.committed
                if row["order_period"] >= 0
            }
            for place, seller in enumerate(sellers):
                flag = block.sells[name, seller]
                found.add(self.sign * weight, flag)
                mine = [
                    slot for slot in world.orders.ordered if offers[slot[0]]["seller"] == seller
                ]
                if seller in fixed:
                    constrain(block, f"sure_{number}_{place}", 1.0, Linear().add(1.0, flag), None)
                    continue
                evidence = Linear().add(-1.0, flag)
                for index, slot in enumerate(mine):
                    form = world.orders.ordered[slot]
                    if not form:
                        continue
                    most = world.orders.most[slot]
                    lot = offers[slot[0]]["lot_size"] or max(LEAST_OF_SHARE * most, 1e-6)
                    evidence.plus(form, 1.0 / lot)
                    row = form.times(1.0).add(-most, flag)
                    constrain(block, f"silent_{number}_{place}_{index}", None, row, 0.0)
                constrain(block, f"real_{number}_{place}", 0.0, evidence, None)
        return found


@dataclass(frozen=True)
class Distance:
    """Expected Σ list value of |orders − orders given|; by (scenario, offer, period).

    ``sign`` -1 makes the least distance to any of several plans most.
    """

    plans: tuple[tuple[tuple[str, str, int, float], ...], ...]
    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        block.least = pyo.Var(domain=pyo.Reals, doc="least distance [money]")
        found = Linear()
        for number, plan in enumerate(self.plans):
            distance = Linear()
            for place, (value, form, given) in enumerate(self.slots(whole, plan)):
                gap = pyo.Var(domain=pyo.NonNegativeReals)
                block.add_component(f"gap_{number}_{place}", gap)
                distance.add(value, gap)
                name = f"{number}_{place}"
                if self.sign > 0:
                    over = form.times(1.0).add(-1.0, gap)
                    under = form.times(-1.0).add(-1.0, gap)
                    constrain(block, f"over_{name}", None, over, given)
                    constrain(block, f"under_{name}", None, under, -given)
                    continue
                least, most = form.range()
                above = form.times(-1.0).add(1.0, gap)
                below = form.times(1.0).add(1.0, gap)
                if least < given < most:  # else it can lie on one side only
                    side = pyo.Var(domain=pyo.Binary)
                    block.add_component(f"side_{name}", side)
                    above.add(-2.0 * (given - least), side)
                    below.add(2.0 * (most - given), side)
                if given < most:
                    constrain(block, f"above_{name}", None, above, -given)
                if given > least or given >= most:
                    constrain(block, f"below_{name}", None, below, max(given, 2.0 * most - given))
            if self.sign > 0:
                return distance
            row = distance.times(-1.0).add(1.0, block.least)
            constrain(block, f"nearest_{number}", None, row, 0.0)
        return found.add(-1.0, block.least)

    @staticmethod
    def slots(
        whole: Whole, plan: tuple[tuple[str, str, int, float], ...]
    ) -> Iterator[tuple[float, Linear, float]]:
        """(list value × probability, units, units given) of each order there can be."""
        given = {(scenario, offer, at): units for scenario, offer, at, units in plan}
        for name, weight in whole.weights().items():
            world = whole.worlds[name]
            offers = world.world.by_name("Offers")
            for (offer, at), form in world.orders.ordered.items():
                value = weight * list_value(world.world, offers[offer], at)
                units = given.get((name, offer, at), 0.0)
                if value and (form or units):
                    yield value, form, units


def orders_of(tables, book) -> tuple[tuple[str, str, int, float], ...]:  # noqa: ANN001
    """Orders of a plan's table as (scenario, offer, period, units)."""
    found: dict[tuple[str, str, int], float] = {}
    for row in tables["Orders"]:
        key = (row["scenario"], row["offer"], book.calendar.position(row["order_period"]))
        found[key] = found.get(key, 0.0) + row["units"]
    return tuple((*key, units) for key, units in sorted(found.items()))
