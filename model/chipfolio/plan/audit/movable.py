"""Which shares a decision of the plan can change at all (contract §3.7).

Orders that the previous plan freezes count as decisions: the freeze is the user's own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...contract.dimensions import PLACE_DIMENSIONS
from ...contract.periods import Window
from .amounts import ORDER_BASES, Amounts, Key, total
from .checks import RELATIVE
from .discounts import can_order
from .earlier import Past, in_all, past
from .facts import ROUNDING, Facts
from .payments import covered, schemes, spend
from .records import Batch, Fields
from .silicon import in_window
from .use import place_allowed


class Movable:
    """What orders, sales and placements could still move, by period."""

    def __init__(self, facts: Facts, amounts: Amounts) -> None:
        self.facts = facts
        self.amounts = amounts
        self.signed = [batch for batch in facts.batches if batch.kind == "committed"]
        self._sold: dict[tuple[str, str], float] = {}
        self.ordering = [
            (offer, at)
            for offer in facts.offers
            for at in facts.calendar.positions
            if self.orderable(offer, at)
        ]
        self._cache: dict[tuple[object, ...], set[str]] = {}

    def orderable(self, offer: str, at: int) -> bool:
        """Whether units of an offer could be ordered in a period."""
        row = self.facts.offers[offer]
        if not self.on_sale(offer, at):
            return False
        lot, least = row["lot_size"], self.facts.value("Offers", "min_order", offer, at)
        least = max(least, RELATIVE)
        if lot:
            least = max(1, math.ceil(least / lot - ROUNDING)) * lot
        limits = (self.limits_left, self.quota_left, self.spend_left)
        return all(
            left * (1.0 + RELATIVE) >= least for limit in limits for left in limit(offer, at)
        )

    def on_sale(self, offer: str, at: int) -> bool:
        """Whether an offer is open in a period and its programme could be ready by then."""
        programme = self.facts.offers[offer]["programme"]
        since = earliest_ready(self.facts, programme) if programme else at
        return can_order(self.facts, offer, at) and since is not None and since <= at

    def limits_left(self, offer: str, at: int) -> Iterator[float]:
        """What each limit on an offer leaves to order in a period, committed orders taken off."""
        facts, row = self.facts, self.facts.offers[offer]
        seller, programme = row["seller"], row["programme"]
        held = [
            (facts.offers[signed["offer"]], signed["order_period"], signed["units"])
            for signed in facts.committed_rows.values()
        ]
        own = sum(n for o, when, n in held if o["offer"] == offer and when == at)
        sold = sum(n for o, when, n in held if o["seller"] == seller and when == at)
        pools = [
            ([one for one in covered(facts, contract) if self.on_sale(one, at)], contract)
            for contract in map(dict, facts.world.rules("Contracts"))
            if contract["extra_supply"] and could_be_in_force(facts, contract, at)
        ]
        most = facts.limit("Offers", "max_order", offer, at)
        if most is not None:
            yield most - own + sum(one["extra_supply"] for offers, one in pools if offer in offers)
        most = facts.limit("Vendors", "max_units", seller, at)
        if most is not None:
            wide = sum(
                one["extra_supply"] for offers, one in pools if offers and one["seller"] == seller
            )
            yield most - sold + wide
        if row["total_limit"] is not None:
            inside = [n for o, when, n in held if o["offer"] == offer and 0 <= when < facts.end]
            yield row["total_limit"] - sum(inside) - in_all(facts, "Offers", offer, "ordered")
        ramp = {
            rung["periods_since_ready"]: rung["max_units"]
            for rung in map(dict, facts.world.rows("Programme ramp"))
            if rung["programme"] == programme
        }
        if programme and ramp:
            since = earliest_ready(facts, programme) or 0
            rungs = [max((r for r in ramp if r <= n), default=None) for n in range(at - since + 1)]
            used = sum(n for o, when, n in held if o["programme"] == programme and when == at)
            yield max(ramp[rung] for rung in rungs if rung is not None) - used

    def quota_left(self, offer: str, at: int) -> Iterator[float]:
        """What a quota leaves to order in a period, as long as what is ordered cannot be sold."""
        facts = self.facts
        arrival = facts.arrival(offer, at)
        last = min(facts.leaves(offer, arrival), facts.end)
        if self.sellable(offer):
            last = min(last, arrival + 1)
        for when in range(arrival, last):
            most = facts.limit("Offers", "max_in_service", offer, when)
            if most is not None:
                yield most - sum(
                    batch.units
                    for batch in self.signed
                    if batch.offer == offer
                    and batch.arrival <= when < batch.leaves
                    and not (self.sellable(offer) and batch.arrival < when)
                )

    def sellable(self, offer: str) -> bool:
        """Whether units of an offer may be sold, from the period after they arrive."""
        row = self.facts.offers[offer]
        return (
            row["acquisition"] == "buy" and self.facts.chips[row["chip"]]["resale_pct"] is not None
        )

    def spend_left(self, offer: str, at: int) -> Iterator[float]:
        """Units for which what a vendor sells in a year leaves money, at their lowest price."""
        facts = self.facts
        seller = facts.offers[offer]["seller"]
        most = facts.vendors[seller]["max_spend_per_fiscal_year"]
        price = self.lowest_spend(offer, at)
        if most is None or price <= 0.0:
            return
        year = next(w for w in facts.calendar.windows("fiscal_year") if at in w.positions)
        key = (seller, year.label)
        if key not in self._sold:
            told = past(facts, "Vendors", seller, year)
            inside = {*year.positions, *told.periods}
            self._sold[key] = told.of("spend") + sum(
                spend(facts, batch)
                for batch in self.signed
                if facts.offers[batch.offer]["seller"] == seller and batch.ordered in inside
            )
        yield (most - self._sold[key]) / price

    def lowest_spend(self, offer: str, at: int) -> float:
        """Least that a unit ordered in a period can cost up to the plan's end."""
        facts, row = self.facts, self.facts.offers[offer]
        cost = facts.list_value(offer, at)
        if row["acquisition"] == "buy" and facts.arrival(offer, at) >= facts.end:
            cost *= row["pay_on_order_pct"]
        off = sum(
            contract["price_cut_pct"] or 0.0
            for contract in map(dict, facts.world.rules("Contracts"))
            if offer in covered(facts, contract) and could_be_in_force(facts, contract, at)
        )
        for scheme in schemes(facts):
            if scheme.kind == "cumulative" and offer in scheme.offers:
                counted = in_all(facts, "Discounts", scheme.name, "counted")
                off += scheme.highest if at > 0 else scheme.reached(counted)[1]
        return cost * (1.0 - off)

    def share_can_change(self, row: Fields, window: Window, told: Past, member: str) -> bool:
        """Whether some decision changes a member's share in a window."""
        before = told.periods if row["basis"] in ORDER_BASES else frozenset()
        basis, dimension, workload = row["basis"], row["dimension"], row["workload"]
        key = (basis, dimension, window.positions, before, workload)
        if key not in self._cache:
            if basis in ORDER_BASES:
                moved = set(self.order_members(basis, dimension, window))
            elif basis == "served":
                moved = set(self.served_members(dimension, window, workload))
            else:
                moved = set(self.stock_members(basis, dimension, window))
            self._cache[key] = moved
        moved = self._cache[key]
        inside, outside = member in moved, bool(moved - {member})
        if inside and outside:
            return True
        if not inside and not outside:
            return False
        part, whole = told.of("part", member), told.of("whole")
        if basis != "served":
            parts = self.amounts.parts(basis, dimension, window.positions, before, workload)
            part, whole = part + parts.get(member, 0.0), whole + total(parts)
        return whole - part > 0.0 if inside else part > 0.0

    def order_members(self, basis: str, dimension: str, window: Window) -> Iterator[str]:
        """Members to which orders of a window could belong; what is free has no part in spend."""
        for offer, at in self.ordering:
            counts = basis == "order_units" or self.facts.list_price(offer, at) > 0.0
            if at in window.positions and counts:
                yield from self.members(dimension, offer)
        yield from self.placed_members(basis, dimension, window.positions)

    def placed_members(self, basis: str, dimension: str, periods: tuple[int, ...]) -> Iterator[str]:
        """Members that committed orders could join by the choice of their site."""
        if dimension not in PLACE_DIMENSIONS:
            return
        for batch in self.facts.batches:
            counts = basis == "order_units" or batch.price > 0.0
            committed = batch.kind == "committed" and batch.ordered in periods
            if committed and counts and self.chosen(batch):
                yield from self.members(dimension, batch.offer)

    def chosen(self, batch: Batch) -> bool:
        """Whether the plan chose the site of units whose number it did not choose."""
        if batch.acquisition == "cloud":
            return False
        return batch.kind == "order" or not self.facts.committed_rows[batch.row]["site"]

    def members(self, dimension: str, offer: str) -> Iterator[str]:
        """Members to which units of an offer can belong."""
        row = self.facts.offers[offer]
        for site in self.places(offer):
            yield self.amounts.member(dimension, (row["chip"], offer, row["acquisition"], site))

    def places(self, offer: str) -> list[str]:
        """Sites where units of an offer may stand; blank for cloud."""
        row = self.facts.offers[offer]
        if row["acquisition"] == "cloud":
            return [""]
        allowed = row["sites"] or self.facts.sites
        return [site for site in allowed if self.facts.suits(row["chip"], site)]

    def stock_groups(self, window: Window, sites: bool) -> Iterator[Key]:
        """Groups of units whose number in service in a window a decision can change.

        ``sites`` says whether the choice of a site alone is such a change.
        """
        facts, first, last = self.facts, window.positions[0], window.last
        for offer, at in self.ordering:
            arrival = facts.arrival(offer, at)
            if arrival > last or facts.leaves(offer, arrival) <= first:
                continue
            row = facts.offers[offer]
            for site in self.places(offer):
                yield row["chip"], offer, row["acquisition"], site
        for batch in facts.batches:
            there = batch.arrival <= last and batch.leaves > first
            if batch.kind == "order" or not there:
                continue
            sellable = batch.owned and facts.chips[batch.chip]["resale_pct"] is not None
            if sellable and batch.arrival < last:
                yield batch.chip, batch.offer, batch.acquisition, batch.site
            if sites and batch.kind != "fleet" and self.chosen(batch):
                places = self.places(batch.offer)
                for site in places if len(places) > 1 else ():
                    yield batch.chip, batch.offer, batch.acquisition, site

    def stock_members(self, basis: str, dimension: str, window: Window) -> Iterator[str]:
        """Members whose stock, or draw of power, a decision can change in a window."""
        # each site has its own PUE, so that the choice of a site moves any share of power
        sites = basis == "power" or dimension in PLACE_DIMENSIONS
        for group in self.stock_groups(window, sites):
            chip, _, acquisition, _ = group
            draws = acquisition != "cloud" and self.facts.chips[chip]["power_kw"] > 0.0
            if basis != "power" or draws:
                yield self.amounts.member(dimension, group)

    def served_members(self, dimension: str, window: Window, workload: str | None) -> Iterator[str]:
        """Members that could serve work in a window."""
        facts = self.facts
        there = {(chip, site) for chip, _, _, site in self.stock_groups(window, sites=True)}
        for (chip, _, _, site), path in self.amounts.stock.items():
            if any(path[at] > 0.0 for at in window.positions):
                there.add((chip, site))
        for chip, site in there:
            for work in facts.workloads if workload is None else (workload,):
                if self.can_serve(chip, site, work, window):
                    acquisition = "" if site else "cloud"
                    yield self.amounts.member(dimension, (chip, "", acquisition, site))

    def can_serve(self, chip: str, site: str, workload: str, window: Window) -> bool:
        """Whether a chip could serve a workload at a place in some period of a window."""
        facts = self.facts
        rate = facts.world.path("Performance", "throughput").get((chip, workload))
        if rate is None or not place_allowed(facts, workload, site):
            return False
        asked = facts.demand[workload]
        late = facts.workloads[workload]["defer_periods"] or 0
        earlier = [
            row["asked_in"]
            for row in map(dict, facts.world.rows("Waiting work"))
            if row["workload"] == workload and row["amount"]
        ]
        return any(
            rate[at]
            and (
                any(asked[max(0, at - late) : at + 1]) or any(when >= at - late for when in earlier)
            )
            and could_run(facts, facts.chips[chip]["platform"], workload, at)
            for at in window.positions
        )


def could_be_in_force(facts: Facts, contract: Fields, at: int) -> bool:
    """Whether a contract acts, or could be signed so that it acts, on the orders of a period."""
    first, last = contract["from"], contract["to"]
    if (first is not None and at < first) or (last is not None and at > last):
        return False
    name = contract["contract"]
    if facts.world.removed("Contracts", name, at):
        return False
    if contract["signing"] == "signed":
        return (contract["signed_in"] or 0) <= at
    return any(
        in_window(facts, when, contract["first_signing"], contract["last_signing"])
        and not any(
            facts.world.removed("Contracts", one, when)
            for one in (name, contract["requires"])
            if one
        )
        for when in range(at + 1)
    )


def could_run(facts: Facts, platform: str | None, workload: str, at: int) -> bool:
    """Whether software could let a platform run a workload at all in a period."""
    if not platform:
        return True
    rows = map(dict, facts.world.rows("Platforms"))
    if any(row["platform"] == platform and row["efficiency_at_start"] for row in rows):
        return True
    for name, row in facts.software.items():
        mine = row["platform"] == platform and (not row["workload"] or workload in row["workload"])
        done = earliest_done(facts, name) if mine and row["efficiency"] else None
        if done is not None and done <= at:
            return True
    return False


def earliest_done(facts: Facts, project: str) -> int | None:
    """First period after a software project at its earliest; None where it cannot be done."""
    row = facts.software[project]
    if row["finished"] is not None:
        return int(row["finished"]) + 1
    if row["started"] is not None:
        return int(row["started"] + row["duration"])
    start = max(0, row["first_start"] or 0)
    if row["requires"]:
        other = earliest_done(facts, row["requires"])
        if other is None:
            return None
        start = max(start, other)
    if row["last_start"] is not None and start > row["last_start"]:
        return None
    return int(start + row["duration"])


def earliest_ready(facts: Facts, programme: str) -> int | None:
    """First period in which a programme could be ready; None where never."""
    at = 0
    required = facts.programmes[programme]["requires"]
    if required and facts.stages.get(programme):
        other = earliest_ready(facts, required)
        if other is None:
            return None
        at = max(at, other)
    for _, stage in sorted(facts.stages.get(programme, {}).items()):
        row = dict(stage)
        start = row["started"]
        if start is None and facts.programmes[programme]["abandoned"]:
            return None
        if start is None:
            start = max(at, row["first_start"] or 0)
            if row["last_start"] is not None and start > row["last_start"]:
                return None
        if not facts.world.completes(stage, start):
            return None
        at = start + facts.world.duration(stage, start)
    return at
