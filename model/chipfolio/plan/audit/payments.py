"""What orders cost: cuts in force, price breaks reached, payments by period, spend."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ...contract.exact import rounding
from .earlier import in_all
from .facts import Facts
from .records import Batch, Fields


@dataclass(frozen=True)
class Scheme:
    """The tiers of one discount, lowest threshold first."""

    name: str
    offers: tuple[str, ...]
    basis: str
    window: str
    kind: str
    tiers: tuple[tuple[float, float], ...]
    """(threshold, share off)."""

    def reached(self, amount: float) -> tuple[float, float]:
        """Discounts of the highest tier reached, and of the one that rounding may have reached."""
        sure = possible = 0.0
        for threshold, discount in self.tiers:
            room = rounding(threshold, self.basis == "spend")
            if amount >= threshold:
                sure = discount
            if amount >= threshold - room:
                possible = discount
        return sure, possible

    @property
    def highest(self) -> float:
        """The most it takes off."""
        return max(discount for _, discount in self.tiers)


def schemes(facts: Facts) -> list[Scheme]:
    """The discounts of the workbook, tiers joined by name."""
    found: dict[str, list[Fields]] = defaultdict(list)
    for row in facts.world.rows("Discounts"):
        found[dict(row)["discount"]].append(dict(row))
    return [
        Scheme(
            name=name,
            offers=covered(facts, rows[0]),
            basis=rows[0]["basis"],
            window=rows[0]["window"],
            kind=rows[0]["kind"],
            tiers=tuple(sorted((row["threshold"], row["discount_pct"]) for row in rows)),
        )
        for name, rows in found.items()
    ]


def covered(facts: Facts, terms: Fields) -> tuple[str, ...]:
    """Offers that a contract or discount covers: its one, or all of its seller's."""
    return tuple(
        name
        for name, row in facts.offers.items()
        if row["seller"] == terms["seller"] and terms["offer"] in (None, "", name)
    )


def signed_by(facts: Facts, kind: str, name: str, at: int) -> bool:
    """Whether a contract or deal is signed by a period, and stands in it."""
    since = facts.signed.get((kind, name))
    sheet = "Contracts" if kind == "contract" else "Deals"
    return since is not None and since <= at and not facts.world.removed(sheet, name, at)


def in_force(facts: Facts, contract: Fields, at: int) -> bool:
    """Whether a contract acts on the orders of a period."""
    if not contract["active"] or not signed_by(facts, "contract", contract["contract"], at):
        return False
    first, last = contract["from"], contract["to"]
    return (first is None or at >= first) and (last is None or at <= last)


def cut(facts: Facts, offer: str, at: int) -> float:
    """Sum of the price cuts on an offer's orders of a period."""
    return float(
        sum(
            contract["price_cut_pct"] or 0.0
            for contract in map(dict, facts.world.rows("Contracts"))
            if offer in covered(facts, contract) and in_force(facts, contract, at)
        )
    )


def set_prices(facts: Facts) -> None:
    """Give each new order the price it is due: list price less cuts and price breaks."""
    breaks = [scheme for scheme in schemes(facts) if scheme.kind == "cumulative"]
    so_far = {s.name: in_all(facts, "Discounts", s.name, "counted") for s in breaks}
    by_period: dict[int, list[Batch]] = defaultdict(list)
    for batch in facts.batches:
        if batch.ordered is not None and batch.ordered >= 0:
            by_period[batch.ordered].append(batch)
    cuts: dict[tuple[str, int], float] = {}
    for at in facts.calendar.positions:
        facts.so_far.update({(name, at): amount for name, amount in so_far.items()})
        for batch in by_period[at]:
            if batch.kind != "order":
                continue
            key = (batch.offer, at)
            if key not in cuts:
                cuts[key] = cut(facts, *key)
            mine = [s.reached(so_far[s.name]) for s in breaks if batch.offer in s.offers]
            sure, possible = (sum(pair[side] for pair in mine) for side in (0, 1))
            shown = facts.number(batch.shown, "unit_price", "Orders")
            prices = [batch.price * (1.0 - cuts[key] - off) for off in (sure, possible)]
            batch.price = nearest(prices, shown)
        for scheme in breaks:
            for batch in by_period[at]:
                if batch.offer in scheme.offers:
                    units = scheme.basis == "units"
                    so_far[scheme.name] += batch.units if units else spend(facts, batch)


def nearest(prices: list[float], shown: float) -> float:
    """The price nearest to the one shown: rounding alone decides between them."""
    return min(prices, key=lambda price: abs(price - shown))


def payments(facts: Facts, batch: Batch) -> list[tuple[int, float]]:
    """What a batch makes us pay within the plan, by period."""
    if not batch.owned:
        first, last = max(batch.arrival, 0), min(batch.leaves, facts.end)
        rent = batch.units * batch.price * facts.months * (1.0 - batch.paid)
        return [(at, rent) for at in range(first, last)]
    if batch.kind == "fleet" or batch.ordered is None:
        return []
    whole = batch.units * batch.price
    early = facts.offers[batch.offer]["pay_on_order_pct"] if batch.ordered >= 0 else 0.0
    due = [(batch.ordered, whole * max(0.0, early - batch.paid))] if batch.ordered >= 0 else []
    if batch.arrival < facts.end:
        due.append((max(batch.arrival, 0), whole * (1.0 - max(batch.paid, early))))
    return due


def due_in_plan(facts: Facts, batch: Batch) -> float:
    """What a batch makes us pay within the plan."""
    return sum(money for _, money in payments(facts, batch))


def spend(facts: Facts, batch: Batch) -> float:
    """Spend of an order: all that is paid for it up to the plan's end, before the plan too."""
    if batch.owned:
        return due_in_plan(facts, batch) + batch.units * batch.price * batch.paid
    served = max(0, min(batch.leaves, facts.end) - batch.arrival)
    return batch.units * batch.price * facts.months * served
