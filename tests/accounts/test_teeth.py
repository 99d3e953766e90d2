"""No cell of the accounts' tables can be changed without the audit saying so."""

from __future__ import annotations

import copy

from chipfolio.accounts import accounts
from chipfolio.plan.audit.accounts import check_accounts
from chipfolio.plan.audit.books import books
from chipfolio.plan.audit.bound import check_commitments
from chipfolio.plan.audit.checks import Findings
from chipfolio.plan.audit.discounts import rebates
from chipfolio.plan.audit.payments import set_prices
from chipfolio.plan.audit.reading import read
from chipfolio.plan.audit.working import check_unit_cost, check_utilisation
from tests.accounts.worlds import Made, made


def passes(drawn: Made, plan: dict) -> bool:
    """Whether the audit finds nothing in the tables of the accounts."""
    findings = Findings()
    facts = read(drawn.world, plan, findings)
    set_prices(facts)
    found = books(facts, drawn.lines, rebates(facts))
    check_accounts(facts, drawn.lines, found)
    check_unit_cost(facts, found)
    check_utilisation(facts)
    check_commitments(facts)
    return all(check.ok for check in findings.checks())


def test_every_cell_matters():
    drawn = made(7)
    tables = accounts(drawn.world, drawn.plan)
    assert passes(drawn, {**drawn.plan, **tables})
    missed = []
    for name, rows in tables.items():
        for column in rows[0]:
            at = next(at for at, row in enumerate(rows) if row[column] not in (None, "", 0.0))
            changed = copy.deepcopy(tables)
            cell = changed[name][at][column]
            other = cell * 1.01 + 1.0 if isinstance(cell, float) else f"{cell}x"
            changed[name][at][column] = other
            if passes(drawn, {**drawn.plan, **changed}):
                missed.append((name, column, cell, other))
    assert missed == []


def test_a_row_that_is_missing_is_missed():
    drawn = made(7)
    tables = accounts(drawn.world, drawn.plan)
    for name, rows in tables.items():
        figure = "in_service" if name == "Utilisation" else "amount"
        last = max(at for at, row in enumerate(rows) if abs(row[figure]) > 1.0)
        without = [*rows[:last], *rows[last + 1 :]]
        assert not passes(drawn, {**drawn.plan, **tables, name: without}), name
