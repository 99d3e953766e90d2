"""The audit is not asleep: nearly every cell of every plan made by hand, changed, is caught."""

import copy

import pytest
from hand_plans import SMALL
from test_audit_committed import PLAN as COMMITTED
from test_audit_projects import PLAN as PROJECTS
from test_audit_scenarios import TREE
from test_audit_terms import PLAN as TERMS

import chipfolio
from chipfolio.plan.audit import audit
from tests.conftest import frames

PLANS = {
    "small": SMALL,
    "projects": PROJECTS,
    "terms": TERMS,
    "scenarios": TREE,
    "committed": COMMITTED,
}
FREE = {("Usage", "ready")}
"""More may be kept ready than must be."""
TOLD = {("Contracts and deals", "detail")}
"""Words for the reader, where they are no tier or milestone."""


def changed(value: object) -> object:
    """Another value of the same kind; None where the cell holds nothing."""
    if isinstance(value, float):
        return 1.0 if value != value else value - max(0.02, abs(value) / 100)
    return f"{value}x" if isinstance(value, str) and value else None


@pytest.mark.parametrize("name", PLANS)
def test_every_cell_matters(name):
    hand = PLANS[name]
    tables = chipfolio.read(frames(**hand.sheets))
    missed = []
    for table, lines in hand.plan.items():
        for at, row in enumerate(lines):
            for column, value in row.items():
                other = changed(value)
                if other is None or (table, column) in FREE:
                    continue
                if (table, column) in TOLD and row["event"] in ("signed", "window"):
                    continue
                plan = copy.copy(hand.plan)
                plan[table] = [*lines[:at], {**row, column: other}, *lines[at + 1 :]]
                checks = audit(tables, plan, hand.objective, hand.scenarios)
                if all(check.ok for check in checks):
                    missed.append((table, at, column, value, other))
    assert missed == []


@pytest.mark.parametrize("table", ["Orders", "Usage", "Service", "Cash", "Units in service"])
@pytest.mark.parametrize("name", ["small", "scenarios"])
def test_every_row_matters(name, table):
    hand = PLANS[name]
    tables = chipfolio.read(frames(**hand.sheets))
    for at in range(len(hand.plan[table])):
        plan = hand.plan | {table: hand.plan[table][:at] + hand.plan[table][at + 1 :]}
        assert not all(check.ok for check in audit(tables, plan, hand.objective, hand.scenarios))
