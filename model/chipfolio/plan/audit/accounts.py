"""Table Profit and loss: expenses as they fall, purchases written off in equal parts over life."""

from __future__ import annotations

from collections import defaultdict

from ...contract.lines import EXPENSED_LINES
from .facts import Facts
from .money import Lines, market_value
from .records import text

ACCOUNTS = "Profit and loss writes purchases off in equal parts and shows all other expenses"


def check_accounts(facts: Facts, lines: Lines) -> None:
    """Every line of every fiscal year."""
    table = "Profit and loss"
    if not facts.rows(table):
        return
    due: dict[tuple[str, str], float] = defaultdict(float)
    for line in EXPENSED_LINES:
        for at, amount in enumerate(lines[line]):
            if amount:
                due[facts.calendar.fiscal_year(at), line] += amount
    for batch in facts.batches:
        life = batch.leaves - batch.arrival
        if not batch.owned or life <= 0:
            continue
        for at in range(max(batch.arrival, 0), min(batch.leaves, facts.end)):
            year = facts.calendar.fiscal_year(at)
            due[year, "depreciation"] += batch.in_service(at) * batch.price / life
            if at in batch.sold:
                book = batch.price * (1.0 - (at - batch.arrival) / life)
                gain = market_value(facts, batch, at) - book
                due[year, "loss_on_sale"] -= batch.sold[at] * gain
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in facts.rows(table):
        key = (text(row, "fiscal_year"), text(row, "line"))
        found[key] += facts.number(row, "amount", table)
    facts.findings.compare(ACCOUNTS, due, found, money=True)
