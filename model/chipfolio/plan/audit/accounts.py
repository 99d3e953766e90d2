"""Profit and loss and Balance view: recomputed, rolled forward, and tied to cash by their law."""

from __future__ import annotations

from collections import defaultdict

from ...contract.inputs import CASH_LINES
from ...contract.statement import COSTS as COSTS_OF
from ...contract.statement import ITEMS
from .books import Books
from .checks import CENT, MONEY_RELATIVE, figure
from .facts import Facts
from .money import Lines
from .records import text

LAW = "cash of every fiscal year = costs of Profit and loss + closing - opening balances"
COSTS = "Profit and loss is recomputed to the cent"
KNOWN = "Profit and loss has lines and fiscal years that there are"
BALANCES = "Balance view is recomputed to the cent"
ROLLED = "each balance opens as it closed, and is rolled forward by what comes, is used and leaves"
NOTHING = 1e-6


def check_accounts(facts: Facts, lines: Lines, found: Books) -> None:
    """Every line and every item of every fiscal year, of a plan that keeps accounts."""
    if "Balance view" not in facts.plan:
        return
    check_costs(facts, found)
    check_balances(facts, found)
    check_law(facts, lines)


def check_costs(facts: Facts, found: Books) -> None:
    """Table Profit and loss."""
    years = {facts.calendar.fiscal_year(at) for at in facts.calendar.positions}
    facts.findings.look(KNOWN)
    due: dict[tuple[str, str], float] = defaultdict(float)
    for (line, at), amount in found.costs.items():
        due[facts.calendar.fiscal_year(at), line] += amount
    shown: dict[tuple[str, str], float] = defaultdict(float)
    for row in facts.rows("Profit and loss"):
        key = (text(row, "fiscal_year"), text(row, "line"))
        shown[key] += facts.number(row, "amount", "Profit and loss")
        known = key[0] in years and key[1] in COSTS_OF
        facts.findings.unless(known, KNOWN, f"{key[1]} in {key[0]}")
    facts.findings.compare(COSTS, due, shown, money=True)


def check_balances(facts: Facts, found: Books) -> None:
    """Table Balance view: opening and closing of every item, and the way between them."""
    table = "Balance view"
    value, due = dict(found.opening), {}
    items = dict.fromkeys([*found.opening, *(item for item, _ in found.change)])
    for at in facts.calendar.positions:
        year = facts.calendar.fiscal_year(at)
        for item in items:
            due.setdefault((year, item, "opening"), value.get(item, 0.0))
            value[item] = value.get(item, 0.0) + found.change.get((item, at), 0.0)
            due[year, item, "amount"] = value[item]
    years = {facts.calendar.fiscal_year(at) for at in facts.calendar.positions}
    shown: dict[tuple[str, str, str], float] = {}
    closed: dict[str, float] = {}
    for row in facts.rows(table):
        year, item = text(row, "fiscal_year"), text(row, "item")
        parts = [
            facts.number(row, column, table)
            for column in ("opening", "additions", "depreciation", "disposals", "amount")
        ]
        shown[year, item, "opening"], shown[year, item, "amount"] = parts[0], parts[4]
        room = max(CENT, MONEY_RELATIVE * sum(map(abs, parts)))
        rolled = parts[0] + parts[1] - parts[2] - parts[3]
        same = abs(rolled - parts[4]) <= room and year in years and item in ITEMS
        same = same and abs(closed.get(item, parts[0]) - parts[0]) <= room
        facts.findings.unless(
            same, ROLLED, f"{item} in {year}: {figure(rolled)} is due, not {figure(parts[4])}"
        )
        closed[item] = parts[4]
    facts.findings.look(ROLLED)
    facts.findings.compare(BALANCES, due, shown, money=True)


def check_law(facts: Facts, lines: Lines) -> None:
    """What cash buys is a cost of the year or stands in the balance view at its end."""
    due: dict[str, float] = defaultdict(float)
    scale = 0.0
    for line in CASH_LINES:
        for at, amount in enumerate(lines[line]):
            due[facts.calendar.fiscal_year(at)] += amount
            scale += abs(amount)
    shown: dict[str, float] = defaultdict(float)
    for row in facts.rows("Profit and loss"):
        shown[text(row, "fiscal_year")] += facts.number(row, "amount", "Profit and loss")
    for row in facts.rows("Balance view"):
        change = facts.number(row, "amount", "Balance view")
        change -= facts.number(row, "opening", "Balance view")
        shown[text(row, "fiscal_year")] += change
        scale = max(scale, abs(change))
    facts.findings.compare(LAW, due, shown, money=True, scale=scale)
