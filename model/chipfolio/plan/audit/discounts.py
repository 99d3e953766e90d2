"""Volume discounts against §3.8: rebates by window, and what they take off the value at the end."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.periods import Window
from .checks import CENT, MONEY_RELATIVE, differs, figure
from .facts import Facts
from .payments import Scheme, schemes, window_spend
from .records import Batch, text

TIERS = "discounts are those of the tier reached"


@dataclass(frozen=True)
class Rebate:
    """What a volume discount gives back in one window."""

    scheme: Scheme
    window: Window
    basis: float
    discount: float
    money: float
    bought: bool


def rebates(facts: Facts) -> list[Rebate]:
    """What volume discounts give back, window by window."""
    found = []
    for scheme in schemes(facts):
        if scheme.kind == "cumulative" or not scheme.offers:
            continue
        facts.findings.look(TIERS)
        for window in facts.calendar.windows(scheme.window):
            inside = {*window.positions, *window.before}
            mine = [b for b in facts.batches if b.offer in scheme.offers and b.ordered in inside]
            found.append(rebate(facts, scheme, window, mine))
    return found


def rebate(facts: Facts, scheme: Scheme, window: Window, mine: list[Batch]) -> Rebate:
    """The rebate of one scheme in one window."""
    money = sum(window_spend(facts, batch) for batch in mine)
    basis = money if scheme.basis == "spend" else sum(batch.units for batch in mine)
    bought = all(facts.offers[offer]["acquisition"] == "buy" for offer in scheme.offers)
    sure, possible = scheme.reached(basis)
    if scheme.kind == "all_units":
        due = sure * money
        if sure != possible:
            shown = sum(
                facts.number(row, "money", "Contracts and deals")
                for row in facts.rows("Contracts and deals")
                if text(row, "kind") == "discount"
                and text(row, "name") == scheme.name
                and text(row, "period") == window.label
            )
            due = min((due, possible * money), key=lambda claim: abs(claim + shown))
            sure = possible if due == possible * money else sure
        return Rebate(scheme, window, basis, sure, due, bought)
    value = 1.0
    if scheme.basis == "units":
        value = facts.list_value(scheme.offers[0], window.positions[0])
    due = 0.0
    for place, (threshold, discount) in enumerate(scheme.tiers):
        above = scheme.tiers[place + 1][0] if place + 1 < len(scheme.tiers) else basis
        due += discount * max(0.0, min(basis, above) - threshold) * value
    return Rebate(scheme, window, basis, possible, due, bought)


def check_tiers(facts: Facts, given: list[Rebate]) -> None:
    """Tiers that the plan shows are those reached, and bring what they should."""
    table = "Contracts and deals"
    due = {(item.scheme.name, item.window.label): item for item in given}
    for row in facts.rows(table):
        if text(row, "kind") != "discount" or text(row, "event") != "tier":
            continue
        item = due.get((text(row, "name"), text(row, "period")))
        if item is None:
            continue
        money = facts.number(row, "money", table)
        basis = facts.number(row, "amount", table)
        room = max(CENT, MONEY_RELATIVE * abs(item.money))
        facts.findings.unless(
            abs(money + item.money) <= room and not differs(basis, item.basis),
            TIERS,
            f"{item.scheme.name} in {item.window.label}: {figure(item.money)} back on "
            f"{figure(item.basis)} is due, not {figure(-money)} on {figure(basis)}",
        )


def highest_worth(facts: Facts, item: Rebate) -> float:
    """Highest share of its price, at the plan's end, of a unit ordered under a rebate."""
    scheme, window = item.scheme, item.window
    if not item.bought:
        return 0.0
    shares = [0.0]
    for offer in scheme.offers:
        for at in window.positions:
            if can_order(facts, offer, at):
                shares.append(ordered_factor(facts, offer, at))
    inside = {*window.positions, *window.before}
    for batch in facts.batches:
        if batch.kind == "committed" and batch.offer in scheme.offers and batch.ordered in inside:
            shares.append(ordered_factor(facts, batch.offer, batch.ordered))
    return max(shares)


def can_order(facts: Facts, offer: str, at: int) -> bool:
    """Whether an order of a period can be made: on offer, and in time somewhere."""
    return facts.open(offer, at) and any(
        peer.arrival(offer, at) < facts.end for peer in facts.peers.get(at, [facts])
    )


def ordered_factor(facts: Facts, offer: str, at: int) -> float:
    """The same of a unit ordered in a period; 1 where it is still to come."""
    arrival = facts.arrival(offer, at)
    if arrival >= facts.end:
        return 1.0
    if facts.leaves(offer, arrival) <= facts.end:
        return 0.0
    return facts.worth(facts.offers[offer]["chip"], facts.end - arrival)
