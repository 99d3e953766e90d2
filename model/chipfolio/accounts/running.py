"""Costs of their period: energy, hosting, upkeep, running, fees, and all that costs as paid."""

from __future__ import annotations

from collections import defaultdict

from ..contract.lines import CHARGES, LINES
from .journal import Journal, Place
from .records import MONTHS_PER_YEAR, SOME, Records

HOURS_PER_YEAR = 8760.0
AS_PAID = tuple(name for name, line in LINES.items() if line.expensed and line.work == "none")
"""Lines that cost what is paid, when it is paid, and belong to no work."""


def post_running(records: Records, journal: Journal) -> None:
    """All costs that the accounts take as they fall."""
    post_places(records, journal)
    for shown in records.rows("Usage"):
        prices = records.world.path("Performance", "running_cost")
        price = prices[str(shown["chip"]), str(shown["workload"])]
        at = records.at(shown["period"]) or 0
        if price[at]:
            amount = float(shown["served"]) * price[at]  # type: ignore[arg-type]
            journal.cost("running", at, amount, ("", str(shown["workload"])))
    post_order_fees(records, journal)
    for line in AS_PAID:
        for at, amount in records.cash(line).items():
            journal.cost(line, at, amount)


def post_places(records: Records, journal: Journal) -> None:
    """Energy of units at our sites, and what columns charge for them there."""
    world, year = records.world, records.months / MONTHS_PER_YEAR
    idle = world.setting("idle_power_pct")
    on_site: dict[Place, dict[int, float]] = {}
    for holding in records.holdings:
        if holding.acquisition != "cloud" and holding.site:
            path = on_site.setdefault(holding.place, defaultdict(float))
            for at in range(max(holding.arrival, 0), min(holding.leaves, records.count)):
                path[at] += holding.in_service(at)
    used: dict[Place, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for shown in records.rows("Usage"):
        place = (str(shown["chip"]), str(shown["site"] or ""))
        used[place][records.at(shown["period"]) or 0] += float(shown["units"])  # type: ignore[arg-type]
    for (chip, site), path in on_site.items():
        megawatts = records.chips[chip]["power_kw"] / 1000.0
        pue, price = (world.path("Sites", name)[site] for name in ("pue", "energy_price"))
        charged = {
            line: (
                world.path(charge.sheet, charge.column)[chip if charge.sheet == "Chips" else site],
                year if charge.a_year else 1.0,
            )
            for line, charge in CHARGES.items()
            if not charge.fixed
        }
        for at, units in path.items():
            drawing = idle * units + (1.0 - idle) * used[chip, site][at]
            hours = HOURS_PER_YEAR * year
            amounts = {"energy": megawatts * pue[at] * hours * price[at] * drawing}
            for line, (charge, part) in charged.items():
                amounts[line] = units * (charge[at] or 0.0) * part
            for line, amount in amounts.items():
                if amount:
                    journal.cost(line, at, amount, (chip, site))


def post_order_fees(records: Records, journal: Journal) -> None:
    """Fees of periods with an order, by the offer's chip."""
    fees = records.world.path("Offers", "order_fee")
    ordered: dict[tuple[str, int], float] = defaultdict(float)
    for holding in records.holdings:
        if holding.kind == "order" and holding.ordered is not None:
            ordered[holding.offer, holding.ordered] += holding.units
    for (offer, at), units in ordered.items():
        if units > SOME and fees[offer][at]:
            journal.cost("order_fees", at, fees[offer][at], (records.offers[offer]["chip"], ""))
