"""Volume discounts against contract §3.8: rebates by window, and what they take off at the end."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.exact import reaches
from ...contract.periods import Window
from .checks import CENT, MONEY_RELATIVE, RELATIVE, differs, figure
from .earlier import Past, past
from .facts import Facts
from .payments import Scheme, schemes, spend
from .records import Batch, PlanRow, text

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
    told: Past


def rebates(facts: Facts) -> list[Rebate]:
    """What volume discounts give back, window by window."""
    found = []
    for scheme in schemes(facts):
        if scheme.kind == "cumulative":
            continue
        facts.findings.look(TIERS)
        for window in facts.calendar.windows(scheme.window):
            told = past(facts, "Discounts", scheme.name, window)
            inside = {*window.positions, *told.periods}
            mine = [b for b in facts.batches if b.offer in scheme.offers and b.ordered in inside]
            found.append(rebate(facts, scheme, window, mine, told))
    return found


def rebate(facts: Facts, scheme: Scheme, window: Window, mine: list[Batch], told: Past) -> Rebate:
    """The rebate of one scheme in one window, less what of it was credited before the plan."""
    by_spend = scheme.basis == "spend"
    money = sum(spend(facts, batch) for batch in mine)
    money += told.of("counted" if by_spend else "spend")
    basis = money if by_spend else told.of("counted") + sum(batch.units for batch in mine)
    had = told.of("credited")
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
            due = min((due, possible * money), key=lambda claim: abs(claim - had + shown))
            sure = possible if due == possible * money else sure
        return Rebate(scheme, window, basis, sure, due - had, bought, told)
    value = 1.0
    if scheme.basis == "units":
        value = told.of("list_price")
        if not value and scheme.offers:
            value = facts.list_value(scheme.offers[0], window.positions[0])
    due = 0.0
    for place, (threshold, discount) in enumerate(scheme.tiers):
        above = scheme.tiers[place + 1][0] if place + 1 < len(scheme.tiers) else basis
        due += discount * max(0.0, min(basis, above) - threshold) * value
    return Rebate(scheme, window, basis, possible, due - had, bought, told)


def check_tiers(facts: Facts, given: list[Rebate]) -> None:
    """Tiers that the plan shows are those reached, and bring what they should."""
    table = "Contracts and deals"
    due = {(item.scheme.name, item.window.label): item for item in given}
    shown = {(text(row, "name"), text(row, "period")) for row in facts.rows(table)}
    for key, one in due.items():
        told = one.money <= CENT or key in shown
        facts.findings.unless(told, TIERS, f"{' in '.join(key)}: its rebate is not shown")
    breaks = {s.name: s for s in schemes(facts) if s.kind == "cumulative"}
    for row in facts.rows(table):
        if text(row, "kind") != "discount" or text(row, "event") != "tier":
            continue
        name, period = text(row, "name"), text(row, "period")
        item, where = due.get((name, period)), f"{name} in {period}"
        if name in breaks:
            at = facts.at(row, "period", table)
            basis = facts.so_far.get((name, at)) if at is not None else None
            if basis is None:
                facts.findings.fault(TIERS, f"{where}: no such tier")
            else:
                check_tier(facts, row, where, breaks[name], basis, 0.0)
        elif item is None:
            facts.findings.fault(TIERS, f"{where}: no such discount or window")
        else:
            check_tier(facts, row, where, item.scheme, item.basis, item.money)


def check_tier(
    facts: Facts, row: PlanRow, where: str, scheme: Scheme, basis: float, money: float
) -> None:
    """One row of a tier: what was reached, what had to be, what it takes off, what it brings."""
    table = "Contracts and deals"
    back, amount = -facts.number(row, "money", table), facts.number(row, "amount", table)
    facts.findings.unless(
        abs(back - money) <= max(CENT, MONEY_RELATIVE * abs(money)) and not differs(amount, basis),
        TIERS,
        f"{where}: {figure(money)} back on {figure(basis)} is due, "
        f"not {figure(back)} on {figure(amount)}",
    )
    tier = (facts.number(row, "threshold", table), facts.number(row, "detail", table))
    reached = [one for one in scheme.tiers if reaches(basis, one[0], scheme.basis == "spend")]
    allowed = reached if scheme.kind == "cumulative" else reached[-1:]
    same = any(not differs(tier[0], one[0]) and abs(tier[1] - one[1]) < RELATIVE for one in allowed)
    facts.findings.unless(same, TIERS, f"{where}: {tier[1]:.4%} from {figure(tier[0])} is not due")


def highest_worth(facts: Facts, item: Rebate) -> float:
    """Highest share of its price, at the plan's end, of a unit ordered under a rebate."""
    scheme, window = item.scheme, item.window
    if not item.bought:
        return 0.0
    shares = [item.told.of("worth")]
    for offer in scheme.offers:
        for at in window.positions:
            if can_order(facts, offer, at):
                shares.append(ordered_factor(facts, offer, at))
    inside = {*window.positions, *item.told.periods}
    for batch in facts.batches:
        if batch.kind == "committed" and batch.offer in scheme.offers and batch.ordered in inside:
            shares.append(arrival_factor(facts, batch.offer, batch.arrival))
    return max(shares)


def can_order(facts: Facts, offer: str, at: int) -> bool:
    """Whether an order of a period can be made: on offer, and in time somewhere."""
    return facts.open(offer, at) and any(
        peer.arrival(offer, at) < facts.end for peer in facts.peers.get(at, [facts])
    )


def ordered_factor(facts: Facts, offer: str, at: int) -> float:
    """The same of a unit ordered in a period; 1 where it is still to come."""
    return arrival_factor(facts, offer, facts.arrival(offer, at))


def arrival_factor(facts: Facts, offer: str, arrival: int) -> float:
    """The same of a unit that arrives in a period."""
    if arrival >= facts.end:
        return 1.0
    if facts.leaves(offer, arrival) <= facts.end:
        return 0.0
    return facts.worth(facts.offers[offer]["chip"], facts.end - arrival)
