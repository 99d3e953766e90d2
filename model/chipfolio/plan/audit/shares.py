"""Share rules and supplier counts against contract §3.7, window by window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.dimensions import PLACE_DIMENSIONS
from ...contract.periods import Window
from ...contract.problems import fold
from .amounts import ORDER_BASES, Amounts, total
from .checks import CENT, RELATIVE
from .earlier import Past, past
from .facts import Facts
from .levels import Level, windows
from .movable import Movable
from .payments import signed_by
from .records import Batch, Fields


def share_levels(facts: Facts, amounts: Amounts, movable: Movable) -> Iterator[Level]:
    """Where each share rule stands in each of its windows."""
    for row in map(dict, facts.world.rules("Share rules")):
        default = "fiscal_year" if row["basis"] in ORDER_BASES else "period"
        every = fold(row["member"]) == "each"
        members = amounts.names(row["dimension"]) if every else [row["member"]]
        for window in windows(facts, row, default):
            if not applies(facts, row, window):
                continue
            for member in members:
                yield from share_level(amounts, movable, row, window, member)


def applies(facts: Facts, row: Fields, window: Window) -> bool:
    """Whether the deal or contract on which a rule hangs is signed by a window's last period."""
    name = row["applies_if"]
    if not name:
        return True
    contracts = [dict(r) for r in facts.world.rows("Contracts")]
    for contract in contracts:
        if contract["contract"] == name and not contract["active"]:
            return False
    return any(signed_by(facts, kind, name, window.last) for kind in ("contract", "deal"))


def share_level(
    amounts: Amounts, movable: Movable, row: Fields, window: Window, member: str
) -> Iterator[Level]:
    """One rule in one window for one member: a level for its least and one for its most share."""
    told = past(amounts.facts, "Share rules", row["rule"], window, row)
    before = told.periods if row["basis"] in ORDER_BASES else frozenset()
    asked = (row["basis"], row["dimension"], window.positions, before, row["workload"])
    if row["basis"] == "served" and not row["workload"] and told.amounts:
        part, whole = weighted(amounts, row["dimension"], window, told, fold(member))
    else:
        parts = amounts.parts(*asked)
        part = parts.get(fold(member), 0.0) + told.of("part", fold(member))
        whole = total(parts) + told.of("whole")
    work = row["workload"] if row["basis"] == "served" else None
    if work and asked_for(amounts.facts, work, window, told) <= 0.0:
        part = whole = 0.0  # what is served then was asked for before: nothing to share
    for sense, limit in ((">=", row["min_pct"]), ("<=", row["max_pct"])):
        if limit is None:
            continue
        beyond = max(0.0, part - limit * whole if sense == "<=" else limit * whole - part)
        hard = row["penalty"] is None
        lifted = (
            beyond > 0.0 and hard and not movable.share_can_change(row, window, told, fold(member))
        )
        if lifted:
            beyond = 0.0  # the rule counts as kept; a soft one pays all the same
        yield Level(
            sheet="Share rules",
            rule=row["rule"],
            member=member,
            window=window.label,
            last=window.last,
            sense=sense,
            level=part / whole if whole > 0.0 else 0.0,
            limit=limit,
            violation=beyond,
            scale=whole,
            penalty=row["penalty"],
            empty=whole <= 0.0,
            lifted=lifted,
        )


def weighted(
    amounts: Amounts, dimension: str, window: Window, told: Past, member: str
) -> tuple[float, float]:
    """Part and whole of all work in a window, each workload by what was asked of it, so far too."""
    facts, part, whole = amounts.facts, 0.0, 0.0
    for name in facts.demand:
        asked = asked_for(facts, name, window, told)
        if asked <= 0.0:
            continue
        parts = amounts.parts("served", dimension, window.positions, frozenset(), name)
        part += (parts.get(member, 0.0) + told.of("part", member, name)) / asked
        whole += (total(parts) + told.of("whole", None, name)) / asked
    return part, whole


def asked_for(facts: Facts, workload: str, window: Window, told: Past) -> float:
    """Demand of a workload in a window, so far too."""
    asked = sum(facts.demand[workload][at] for at in window.positions)
    return asked + told.of("demand", None, workload)


def count_levels(facts: Facts, amounts: Amounts) -> Iterator[Level]:
    """Where each supplier count stands; at the threshold itself a supplier may count or not."""
    for row in map(dict, facts.world.rules("Supplier counts")):
        for window in windows(facts, row, "fiscal_year"):
            least, most = suppliers(facts, amounts, row, window)
            for sense, limit in ((">=", row["min_count"]), ("<=", row["max_count"])):
                if limit is None:
                    continue
                count = most if sense == ">=" else least
                beyond = limit - count if sense == ">=" else count - limit
                yield Level(
                    sheet="Supplier counts",
                    rule=row["rule"],
                    member=row["dimension"],
                    window=window.label,
                    last=window.last,
                    sense=sense,
                    level=float(count),
                    limit=float(limit),
                    violation=max(0.0, float(beyond)),
                    scale=1.0,
                    penalty=row["penalty"],
                    either=least != most,
                )


def suppliers(facts: Facts, amounts: Amounts, row: Fields, window: Window) -> tuple[int, int]:
    """How many suppliers count for sure, and how many may."""
    told = past(facts, "Supplier counts", row["rule"], window, row)
    before = told.periods
    inside = {*window.positions, *before}
    threshold = row["active_if_pct"]
    if threshold is not None:
        parts = dict(amounts.parts("order_spend", row["dimension"], window.positions, before))
        for member, amount in told.members("spend").items():
            parts[member] = parts.get(member, 0.0) + amount
        due = threshold * total(parts)
        room = max(CENT, RELATIVE * due)
        units = amounts.parts("order_units", row["dimension"], window.positions, before)
        ordered = [member for member, amount in units.items() if amount > 0.0]
        named = {who: parts.get(who, 0.0) for who in {**parts, **dict.fromkeys(ordered)} if who}
        return (
            sum(amount > due + room for amount in named.values()),
            # one whose orders cost nothing is at the threshold where nothing is spent at all
            sum(
                amount >= due - room and (amount > 0.0 or member in ordered)
                for member, amount in named.items()
            ),
        )
    enough = {who for who, orders in told.members("orders").items() if who and orders >= 1.0}
    sure, may = set(enough), set(enough)
    for (member, *_), order in orders_in(facts, amounts, row["dimension"], inside).items():
        if order.may_count:
            may.add(member)
        if order.counts:
            sure.add(member)
    return len(sure), len(may)


@dataclass
class Order:
    """Units of one order over its sites, and from how many on it makes its supplier count."""

    least: float
    """A lot, or a unit where divisible."""
    is_whole: bool
    """Whether it comes in whole lots, so that exactly one is enough."""
    units: float = 0.0

    @property
    def may_count(self) -> bool:
        """Whether it is enough, rounding apart."""
        return self.units >= self.least * (1.0 - RELATIVE)

    @property
    def counts(self) -> bool:
        """Whether it is enough for sure: a whole lot; exactly one divisible unit may not be."""
        return self.may_count and (self.is_whole or self.units > self.least * (1.0 + RELATIVE))


def chooses(facts: Facts, batch: Batch) -> bool:
    """Whether the plan chooses the sites of a committed order, in parts of any size."""
    return batch.kind == "committed" and not facts.committed_rows[batch.row]["site"]


def orders_in(
    facts: Facts, amounts: Amounts, dimension: str, periods: set[int]
) -> dict[tuple[str, str, int, int], Order]:
    """Orders placed in some periods by folded member, offer, period and committed row."""
    found: dict[tuple[str, str, int, int], Order] = {}
    for batch in facts.batches:
        if batch.ordered not in periods:
            continue
        key = (batch.chip, batch.offer, batch.acquisition, batch.site)
        member = amounts.member(dimension, key)
        if member:
            lot = facts.offers[batch.offer]["lot_size"]
            is_whole = bool(lot) and not (dimension in PLACE_DIMENSIONS and chooses(facts, batch))
            place = (member, batch.offer, batch.ordered or 0, batch.row)
            order = found.setdefault(place, Order(float(lot or 1.0), is_whole))
            order.units += batch.units
    return found
