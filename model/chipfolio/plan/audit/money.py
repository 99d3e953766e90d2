"""Every line of contract §4, period by period, from the facts alone."""

from __future__ import annotations

from collections import defaultdict

from ...contract.lines import CHARGES, LINES
from .checks import MONEY_RELATIVE, RELATIVE, figure
from .discounts import Rebate, highest_worth
from .earlier import in_all
from .facts import Facts
from .payments import covered, payments, schemes
from .records import Batch, PlanRow, text
from .silicon import residuals, software_costs, stage_costs, step_costs
from .stock import Stock

HOURS_PER_YEAR = 8760.0
NEVER = -(10**6)
"""A period before all others, of what has never been."""
UNIT_VALUES = "sold units bring their market value"
DISCOUNTED = "amounts are discounted to the plan's start"

Lines = dict[str, list[float]]


def empty(facts: Facts) -> Lines:
    """Every line, nothing in it."""
    return {line: [0.0] * facts.end for line in LINES}


def add_orders(facts: Facts, lines: Lines) -> None:
    """Purchases, rents, fees and set-up."""
    first: dict[str, int] = {}
    ordering: dict[tuple[str, int], float] = defaultdict(float)
    for batch in facts.batches:
        line = "chip_purchases" if batch.owned else "lease_and_cloud"
        for at, money in payments(facts, batch):
            lines[line][at] += money
        if batch.kind == "order" and batch.ordered is not None:
            ordering[batch.offer, batch.ordered] += batch.units
    for (offer, at), units in ordering.items():
        if units <= RELATIVE:
            continue
        lines["order_fees"][at] += facts.value("Offers", "order_fee", offer, at)
        first[offer] = min(at, first.get(offer, at))
    set_up = {row["offer"] for row in facts.committed_rows.values()}
    set_up |= {offer for offer in first if in_all(facts, "Offers", offer, "set_up")}
    for offer, at in first.items():
        if offer not in set_up:
            lines["setup"][at] += facts.offers[offer]["setup_cost"] or 0.0


def add_running(facts: Facts, units: Stock, lines: Lines) -> None:
    """Energy, running costs, and what columns of Chips and Sites charge."""
    idle = facts.setting("idle_power_pct")
    hours = HOURS_PER_YEAR * facts.months / 12.0
    drawing: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0] * facts.end)
    for (chip, _, acquisition, site), path in units.items():
        if acquisition == "cloud" or not site:
            continue
        for at, amount in enumerate(path):
            if amount == 0.0:
                continue
            for line, price in per_unit(facts, chip, site, at).items():
                lines[line][at] += amount * price
            drawing[chip, site][at] += idle * amount
    for use in facts.uses:
        running = facts.world.path("Performance", "running_cost").get((use.chip, use.workload))
        if running is not None:
            lines["running"][use.at] += use.served * (running[use.at] or 0.0)
        if use.site:
            drawing[use.chip, use.site][use.at] += (1.0 - idle) * use.units
    for (chip, site), path in drawing.items():
        megawatts = facts.chips[chip]["power_kw"] / 1000.0
        for at, amount in enumerate(path):
            pue = facts.value("Sites", "pue", site, at)
            price = facts.value("Sites", "energy_price", site, at)
            lines["energy"][at] += megawatts * pue * hours * price * amount
    for line, charge in CHARGES.items():
        if charge.fixed:
            for at in range(facts.end):
                prices = (facts.value("Sites", charge.column, site, at) for site in facts.sites)
                lines[line][at] += sum(prices) * (facts.months / 12.0 if charge.a_year else 1.0)


def per_unit(facts: Facts, chip: str, site: str, at: int) -> dict[str, float]:
    """What each line charges for a unit in service at a site, in a period."""
    found = {}
    for line, charge in CHARGES.items():
        if not charge.fixed:
            item = chip if charge.sheet == "Chips" else site
            price = facts.value(charge.sheet, charge.column, item, at)
            found[line] = price * (facts.months / 12.0 if charge.a_year else 1.0)
    return found


def add_projects(facts: Facts, lines: Lines) -> None:
    """Own silicon, software and site projects."""
    lines["programme_costs"] = stage_costs(facts)
    lines["software"] = software_costs(facts)
    lines["site_projects"] = step_costs(facts)


def add_service(facts: Facts, lines: Lines) -> None:
    """Penalties of unmet work and cost of waiting."""
    for (workload, at), line in facts.service.items():
        if not 0 <= at < facts.end:
            continue
        penalty = facts.value("Workloads", "unmet_penalty", workload, at)
        lines["unmet_penalty"][at] += penalty * line.unmet
        cost = facts.workloads[workload]["defer_cost"] or 0.0
        lines["deferral_cost"][at] += cost * line.deferred


# ------------------------------------------------------------------------- sales
def add_resale(facts: Facts, lines: Lines) -> None:
    """What sold units bring."""
    for batch in facts.batches:
        for at, units in batch.sold.items():
            if 0 <= at < facts.end:
                lines["resale"][at] -= units * market_value(facts, batch, at)
    for row in facts.rows("Sales"):
        check_sale(facts, row)


def market_value(facts: Facts, batch: Batch, at: int) -> float:
    """What one unit of a batch brings when sold at the start of a period."""
    share = facts.chips[batch.chip]["resale_pct"] or 0.0
    worth = facts.worth(batch.chip, at - batch.arrival)
    return float(share * worth * market_price(facts, batch.chip, at))


def market_price(facts: Facts, chip: str, at: int) -> float:
    """Lowest list price of a chip in a period, less all cuts and tiers that could apply."""
    offers = [n for n, r in facts.offers.items() if r["chip"] == chip and r["acquisition"] == "buy"]
    if not offers:
        return 0.0
    open_now = [offer for offer in offers if facts.open(offer, at)]
    if not open_now:
        closed = {offer: last_open(facts, offer, at) for offer in offers}
        latest = max(closed.values())
        open_now = [offer for offer, when in closed.items() if when == latest]
    lowest = min(facts.list_price(offer, at) for offer in open_now)
    cheapest = [offer for offer in open_now if facts.list_price(offer, at) == lowest]
    return lowest * max(0.0, 1.0 - max(deepest_cut(facts, offer) for offer in cheapest))


def last_open(facts: Facts, offer: str, at: int) -> int:
    """Last period up to ``at`` in which an offer was open, one before the plan included.

    An offer that has never been open comes before all others.
    """
    inside = next((t for t in range(at, -1, -1) if facts.open(offer, t)), None)
    if inside is not None:
        return inside
    opened, closed = (facts.offers[offer][column] for column in ("first_order", "last_order"))
    if closed is not None and closed < 0:
        return int(closed)
    return -1 if opened is not None and opened < 0 else NEVER


def deepest_cut(facts: Facts, offer: str) -> float:
    """Sum of all cuts and highest tiers that could apply to an offer."""
    contracts = [dict(row) for row in facts.world.rules("Contracts")]
    cuts = sum(row["price_cut_pct"] or 0.0 for row in contracts if offer in covered(facts, row))
    return float(cuts + sum(s.highest for s in schemes(facts) if offer in s.offers))


def check_sale(facts: Facts, row: PlanRow) -> None:
    """Unit value and amount of one row of Sales."""
    units = facts.number(row, "units", "Sales")
    value = facts.number(row, "unit_value", "Sales")
    amount = facts.number(row, "amount", "Sales")
    chip, at = text(row, "chip"), facts.at(row, "period", "Sales")
    arrival = facts.at(row, "arrival", "Sales")
    if at is None or arrival is None or chip not in facts.chips or not 0 <= at < facts.end:
        return
    share = facts.chips[chip]["resale_pct"] or 0.0
    due = share * facts.worth(chip, at - arrival) * market_price(facts, chip, at)
    room = MONEY_RELATIVE * max(1.0, due)
    facts.findings.unless(
        abs(value - due) <= room and abs(amount - units * due) <= max(0.005, room * units),
        UNIT_VALUES,
        f"{chip} sold in {facts.label(at)} brings {figure(due)} a unit, not {figure(value)}",
    )


# ------------------------------------------------------------------------- the plan's end
def add_terminal(facts: Facts, given: list[Rebate], lines: Lines) -> None:
    """What is still worth something at the plan's end."""
    if not facts.setting("terminal_value"):
        return
    worth = residuals(facts)
    for batch in facts.batches:
        if not batch.owned:
            continue
        if batch.arrival >= facts.end:
            early = 0.0
            if batch.ordered is not None and batch.ordered >= 0:
                early = facts.offers[batch.offer]["pay_on_order_pct"]
            worth += batch.units * batch.price * max(batch.paid, early)
        else:
            worth += batch.left * batch.price * end_factor(facts, batch)
    for item in given:
        if item.money:
            worth -= item.money * highest_worth(facts, item)
    lines["terminal_value"][-1] -= worth


def end_factor(facts: Facts, batch: Batch) -> float:
    """Share of its price that a unit is worth at the plan's end; zero once its life is over."""
    if batch.leaves <= facts.end:
        return 0.0
    return facts.worth(batch.chip, facts.end - batch.arrival)
