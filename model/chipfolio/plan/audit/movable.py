"""Which shares a decision of the plan can change at all (§3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.dimensions import PLACE_DIMENSIONS
from ...contract.periods import Window
from .amounts import ORDER_BASES, Amounts, Key, total
from .discounts import can_order
from .earlier import Past
from .facts import Facts
from .records import Batch, Fields
from .use import place_allowed


class Movable:
    """What orders, sales and placements could still move, by period."""

    def __init__(self, facts: Facts, amounts: Amounts) -> None:
        self.facts = facts
        self.amounts = amounts
        self.frozen = frozen_periods(facts)
        self.ordering = [
            (offer, at)
            for offer in facts.offers
            for at in facts.calendar.positions
            if self.orderable(offer, at)
        ]
        self._cache: dict[tuple[object, ...], set[str]] = {}

    def orderable(self, offer: str, at: int) -> bool:
        """Whether units of an offer could be ordered in a period."""
        facts, row = self.facts, self.facts.offers[offer]
        if not can_order(facts, offer, at):
            return False
        if row["programme"]:
            since = earliest_ready(facts, row["programme"])
            if since is None or since > at:
                return False
        contracts = map(dict, facts.world.rules("Contracts"))
        extra = any(c["extra_supply"] and c["seller"] == row["seller"] for c in contracts)
        most = facts.limit("Offers", "max_order", offer, at)
        return extra or most is None or (most > 0 and most >= row["lot_size"])

    def share_can_change(self, row: Fields, window: Window, told: Past, member: str) -> bool:
        """Whether some decision changes a member's share in a window."""
        before = told.periods if row["basis"] in ORDER_BASES else frozenset()
        basis, dimension, workload = row["basis"], row["dimension"], row["workload"]
        key = (basis, dimension, window.positions, before, workload)
        if key not in self._cache:
            if basis in ORDER_BASES:
                moved = set(self.order_members(dimension, window))
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

    def order_members(self, dimension: str, window: Window) -> Iterator[str]:
        """Members to which orders of a window could belong."""
        for offer, at in self.ordering:
            if at in window.positions:
                free = at >= self.frozen or dimension in PLACE_DIMENSIONS
                if free:
                    yield from self.members(dimension, offer)
        yield from self.placed_members(dimension, window.positions)

    def placed_members(self, dimension: str, periods: tuple[int, ...]) -> Iterator[str]:
        """Members that committed orders could join by the choice of their site."""
        if dimension not in PLACE_DIMENSIONS:
            return
        for batch in self.facts.batches:
            if batch.kind == "committed" and batch.ordered in periods and self.chosen(batch):
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
            if at < self.frozen or arrival > last or facts.leaves(offer, arrival) <= first:
                continue
            row = facts.offers[offer]
            for site in self.places(offer):
                yield row["chip"], offer, row["acquisition"], site
        for batch in facts.batches:
            there = batch.arrival <= last and batch.leaves > first
            free = batch.kind == "order" and batch.ordered not in range(self.frozen)
            if free or not there:
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


def frozen_periods(facts: Facts) -> int:
    """Periods whose orders are the previous plan's; none without one."""
    if not facts.world.rows("Previous plan"):
        return 0
    return int(facts.setting("frozen_periods") or 0)


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
    if required:
        other = earliest_ready(facts, required)
        if other is None:
            return None
        at = max(at, other)
    for _, stage in sorted(facts.stages.get(programme, {}).items()):
        row = dict(stage)
        start = row["started"]
        if start is None:
            start = max(at, row["first_start"] or 0)
            if row["last_start"] is not None and start > row["last_start"]:
                return None
        if not facts.world.completes(stage, start):
            return None
        at = start + facts.world.duration(stage, start)
    return at
