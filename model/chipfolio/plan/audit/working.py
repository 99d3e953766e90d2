"""Unit cost and Utilisation: what units do, recomputed, and whose what they cost is."""

from __future__ import annotations

from collections import defaultdict

from ...contract.statement import COSTS, IDLE, UNALLOCATED
from .books import EVERYWHERE, Books
from .checks import figure
from .facts import Facts
from .money import HOURS_PER_YEAR, per_unit
from .records import text

UTILISATION = "Utilisation is what fleet, orders and use make of it"
UNIT_COST = "Unit cost shares out every cost of the year by the work that is done"
PER_UNIT = "cost per unit and per million tokens is cost by work served"
COLUMNS = ("in_service", "used", "ready", "idle", "out")
SOME = 1e-6
"""Units from which an offer counts as ordered, and a place as one where units stand."""
Place = tuple[str, str]


def standing(facts: Facts, usable: bool) -> dict[tuple[Place, int], float]:
    """Units in service by place and period; those that can work, where asked for."""
    found: dict[tuple[Place, int], float] = defaultdict(float)
    for batch in facts.batches:
        for at in range(max(batch.arrival, 0), min(batch.leaves, facts.end)):
            weight = batch.availability if usable else 1.0
            found[(batch.chip, batch.site), at] += batch.in_service(at) * weight
    return found


def check_utilisation(facts: Facts) -> None:
    """Table Utilisation, column by column."""
    if "Utilisation" not in facts.plan:
        return
    there, able = standing(facts, usable=False), standing(facts, usable=True)
    used: dict[tuple[Place, int], float] = defaultdict(float)
    ready: dict[tuple[Place, int], float] = defaultdict(float)
    for use in facts.uses:
        used[(use.chip, use.site), use.at] += use.units
        ready[(use.chip, use.site), use.at] += use.ready
    due: dict[tuple[str, ...], float] = {}
    for key, units in there.items():
        (chip, site), at = key
        parts = (units, used[key], ready[key], able[key] - used[key] - ready[key])
        for column, value in zip(COLUMNS, (*parts, units - able[key]), strict=True):
            due[chip, site, facts.label(at), column] = value
    shown: dict[tuple[str, ...], float] = {}
    for row in facts.rows("Utilisation"):
        key = tuple(text(row, name) for name in ("chip", "site", "period"))
        for column in COLUMNS:
            shown[*key, column] = facts.number(row, column, "Utilisation")
    facts.findings.compare(UTILISATION, due, shown, money=False)


def of_places(facts: Facts, found: Books) -> dict[tuple[str, Place, int], float]:
    """Every cost of chips by line, place and period; a chip's own is spread over its units."""
    costs = dict(found.placed)
    idle, year = facts.setting("idle_power_pct"), facts.months / 12.0
    used: dict[tuple[Place, int], float] = defaultdict(float)
    for use in facts.uses:
        used[(use.chip, use.site), use.at] += use.units
    there = standing(facts, usable=False)
    clouds = {(b.chip, b.site) for b in facts.batches if b.acquisition == "cloud"}
    for key, units in there.items():
        (chip, site), at = key
        if not site or key[0] in clouds:
            continue
        drawn = facts.chips[chip]["power_kw"] / 1000.0 * facts.value("Sites", "pue", site, at)
        price = facts.value("Sites", "energy_price", site, at) * HOURS_PER_YEAR * year
        drawing = idle * units + (1.0 - idle) * used[key]
        costs["energy", key[0], at] = drawn * price * drawing
        for line, price in per_unit(facts, chip, site, at).items():
            costs[line, key[0], at] = units * price
    ordered: dict[tuple[str, int], float] = defaultdict(float)
    for batch in facts.batches:
        if batch.kind == "order" and batch.ordered is not None:
            ordered[batch.offer, batch.ordered] += batch.units
    fees: dict[tuple[str, Place, int], float] = defaultdict(float)
    for (offer, at), units in ordered.items():
        if units > SOME:
            fee = facts.value("Offers", "order_fee", offer, at)
            fees["order_fees", (facts.offers[offer]["chip"], EVERYWHERE), at] += fee
    whole: dict[tuple[str, int], float] = defaultdict(float)
    for ((chip, _), at), units in there.items():
        whole[chip, at] += units
    for (line, (chip, site), at), amount in [*costs.items(), *fees.items()]:
        if site != EVERYWHERE:
            continue
        costs.pop((line, (chip, site), at), None)
        for (place, when), units in there.items():
            if place[0] == chip and when == at and whole[chip, at] > SOME:
                key = (line, place, at)
                costs[key] = costs.get(key, 0.0) + amount * units / whole[chip, at]
    return costs


def check_unit_cost(facts: Facts, found: Books) -> None:
    """Table Unit cost: shares of each place's cost, what is left of it idle, the rest nobody's."""
    if "Unit cost" not in facts.plan:
        return
    year_of, able = facts.calendar.fiscal_year, standing(facts, usable=True)
    due: dict[tuple[str, str, str], float] = defaultdict(float)
    served: dict[tuple[str, str], float] = defaultdict(float)
    busy: dict[tuple[Place, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for use in facts.uses:
        key = ((use.chip, use.site), use.at)
        busy[key][use.workload] += (use.units + use.ready) / able[key] if able[key] > SOME else 0.0
        served[use.workload, year_of(use.at)] += use.served
        path = facts.world.path("Performance", "running_cost").get((use.chip, use.workload))
        amount = use.served * (path[use.at] or 0.0) if path else 0.0
        due[use.workload, year_of(use.at), "running"] += amount
    for (line, place, at), amount in of_places(facts, found).items():
        if able[place, at] <= SOME:
            continue
        for workload, share in busy[place, at].items():
            due[workload, year_of(at), line] += amount * share
        due[IDLE, year_of(at), line] += amount * (1.0 - sum(busy[place, at].values()))
    for (line, at), amount in found.costs.items():
        due[UNALLOCATED, year_of(at), line] += amount
    for (whose, year, line), amount in list(due.items()):
        if whose != UNALLOCATED:
            due[UNALLOCATED, year, line] -= amount
    shown: dict[tuple[str, str, str], float] = defaultdict(float)
    table, years = "Unit cost", {year_of(at) for at in facts.calendar.positions}
    for row in facts.rows(table):
        whose, year, line = (text(row, name) for name in ("workload", "fiscal_year", "line"))
        amount = facts.number(row, "amount", table)
        shown[whose, year, line] += amount
        check_per_unit(facts, row, served[whose, year])
        known = whose in (*facts.workloads, IDLE, UNALLOCATED) and line in COSTS and year in years
        facts.findings.unless(known, UNIT_COST, f"{whose} in {year}: no such line {line}")
    facts.findings.compare(UNIT_COST, due, shown, money=True)


def check_per_unit(facts: Facts, row, served: float) -> None:  # noqa: ANN001 - a plan's row
    """Work served, and cost by it."""
    table, whose = "Unit cost", text(row, "workload")
    work = facts.number(row, "served", table) if whose in facts.workloads else 0.0
    amount, each, tokens = (
        facts.number(row, name, table) for name in ("amount", "per_unit", "per_million_tokens")
    )
    size = facts.workloads[whose]["million_tokens"] if whose in facts.workloads else None
    due = amount / served if served else 0.0
    room = 1e-6 * max(1.0, abs(due))
    right = abs(work - served) <= 1e-6 * max(1.0, served) and abs(each - due) <= room
    right = right and abs(tokens - (due / size if size else 0.0)) <= room
    where = f"{whose} in {text(row, 'fiscal_year')}"
    facts.findings.unless(right, PER_UNIT, f"{where}: {figure(due)} a unit is due")
