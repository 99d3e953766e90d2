"""Units in service and the power they draw, against contract §3.2 and §3.5."""

from __future__ import annotations

from collections import defaultdict

from .checks import RELATIVE, differs, exceeds, figure
from .facts import Facts
from .records import text
from .silicon import power_limit

STOCK = "units in service are what fleet, orders, terms and sales leave"
SALES = "units are sold from the period after arrival, never more than there are"
POWER = "sites draw no more power than they have"
POWER_TABLE = "table Power is what units in service draw"

Stock = dict[tuple[str, str, str, str], list[float]]


def stock(facts: Facts) -> Stock:
    """Units in service by chip, offer, acquisition and site, period by period."""
    found: Stock = {}
    for batch in facts.batches:
        key = (batch.chip, batch.offer, batch.acquisition, batch.site)
        units = found.setdefault(key, [0.0] * facts.end)
        for at in range(max(batch.arrival, 0), min(batch.leaves, facts.end)):
            units[at] += batch.in_service(at)
    return found


def check_stock(facts: Facts, units: Stock) -> None:
    """Table Units in service, and sales."""
    expected: dict[tuple[str, ...], float] = defaultdict(float)
    for (chip, _, acquisition, site), path in units.items():
        for at, amount in enumerate(path):
            if abs(amount) > RELATIVE:
                expected[chip, site, acquisition, facts.label(at)] += amount
    found: dict[tuple[str, ...], float] = defaultdict(float)
    for row in facts.rows("Units in service"):
        key = tuple(text(row, name) for name in ("chip", "site", "acquisition", "period"))
        found[key] += facts.number(row, "units", "Units in service")
    facts.findings.compare(STOCK, expected, found, money=False)
    for batch in facts.batches:
        if not batch.sold:
            continue
        name = f"{batch.chip} at {batch.site} that arrived in {facts.label(batch.arrival)}"
        may = batch.owned and facts.chips[batch.chip]["resale_pct"] is not None
        facts.findings.unless(may, SALES, f"{name} cannot be sold")
        facts.findings.unless(
            not exceeds(0.0, batch.left, batch.units) and min(batch.sold.values()) >= -RELATIVE,
            SALES,
            f"{name}: {figure(batch.units - batch.left)} sold of {figure(batch.units)}",
        )
        for at in batch.sold:
            facts.findings.unless(
                batch.arrival < at < batch.leaves and 0 <= at < facts.end,
                SALES,
                f"{name}: sold in {facts.label(at)}, when they cannot be",
            )


def usable_units(facts: Facts) -> dict[tuple[str, str], list[float]]:
    """Units in service times availability by chip and site, period by period."""
    found: dict[tuple[str, str], list[float]] = {}
    for batch in facts.batches:
        path = found.setdefault((batch.chip, batch.site), [0.0] * facts.end)
        for at in range(max(batch.arrival, 0), min(batch.leaves, facts.end)):
            path[at] += batch.in_service(at) * batch.availability
    return found


def check_power(facts: Facts, units: Stock) -> None:
    """Draw of each site against its power, and table Power."""
    drawn = power_drawn(facts, units)
    shown: dict[tuple[str, str], tuple[float, float | None]] = {}
    for row in facts.rows("Power"):
        limit = None if row.get("limit") in (None, "") else facts.number(row, "limit", "Power")
        key = (text(row, "site"), text(row, "period"))
        shown[key] = (facts.number(row, "mw", "Power"), limit)
    for site in facts.sites:
        for at in facts.calendar.positions:
            mw, limit = drawn[site][at], power_limit(facts, site, at)
            where = f"{site} in {facts.label(at)}"
            facts.findings.unless(
                limit is None or not exceeds(mw, limit),
                POWER,
                f"{where} draws {figure(mw)} MW, {figure(limit or 0.0)} MW are there",
            )
            seen = shown.pop((site, facts.label(at)), None)
            right = mw <= RELATIVE if seen is None else not differs(seen[0], mw)
            if right and seen is not None and limit is not None:
                right = seen[1] is not None and not differs(seen[1], limit)
            facts.findings.unless(
                right, POWER_TABLE, f"{where}: {figure(mw)} MW of {figure(limit or 0.0)} MW are due"
            )
    for site, period in shown:
        facts.findings.fault(POWER_TABLE, f"{site} in {period} is no site and period of the plan")


def power_drawn(facts: Facts, units: Stock) -> dict[str, list[float]]:
    """MW drawn by each site, PUE included."""
    drawn = {site: [0.0] * facts.end for site in facts.sites}
    for (chip, _, acquisition, site), path in units.items():
        if acquisition == "cloud" or not site:
            continue
        megawatts = facts.chips[chip]["power_kw"] / 1000.0
        for at, amount in enumerate(path):
            drawn[site][at] += amount * megawatts * facts.value("Sites", "pue", site, at)
    return drawn
