"""Every input sheet in its place: checks, template, dictionary and formats come from here."""

from __future__ import annotations

from .dimensions import DIMENSIONS, SERVED_DIMENSIONS
from .lines import CASH_LINES, LINES, VALUE_LINES
from .schema import Table
from .sheets.control import BUDGETS, CUSTOM_RULES, SHARE_RULES, SUPPLIER_COUNTS
from .sheets.futures import PREVIOUS_PLAN, RANGES, SCENARIO_CHANGES, SCENARIOS
from .sheets.gates import GATES
from .sheets.holdings import COMMITTED_ORDERS, FLEET
from .sheets.places import SITE_PROJECTS, SITES
from .sheets.plan import SETTINGS, TIMELINE
from .sheets.projects import PROGRAMME_RAMP, PROGRAMME_STAGES, PROGRAMMES, SOFTWARE
from .sheets.questions import QUESTIONS
from .sheets.state import ACTUALS, COMMITTED_STEPS, FOR_ACCOUNTS, MEASURES, SO_FAR, WAITING_WORK
from .sheets.supply import CHIPS, OFFERS, PLATFORMS, VENDORS
from .sheets.terms import CONTRACTS, DEAL_MILESTONES, DEALS, DISCOUNTS
from .sheets.words import ACQUISITIONS
from .sheets.work import DEMAND, PERFORMANCE, WORKLOADS

__all__ = [
    "ACQUISITIONS",
    "CASH_LINES",
    "DIMENSIONS",
    "INPUTS",
    "LINES",
    "FOR_ACCOUNTS",
    "MEASURES",
    "SERVED_DIMENSIONS",
    "VALUE_LINES",
]

EACH = "each"
"""Member of a share rule that holds for each."""
INPUTS: dict[str, Table] = {
    table.name: table
    for table in (
        SETTINGS,
        VENDORS,
        PLATFORMS,
        CHIPS,
        OFFERS,
        PERFORMANCE,
        WORKLOADS,
        DEMAND,
        TIMELINE,
        SITES,
        SITE_PROJECTS,
        FLEET,
        COMMITTED_ORDERS,
        COMMITTED_STEPS,
        WAITING_WORK,
        SO_FAR,
        ACTUALS,
        PROGRAMMES,
        PROGRAMME_STAGES,
        PROGRAMME_RAMP,
        SOFTWARE,
        DISCOUNTS,
        CONTRACTS,
        DEALS,
        DEAL_MILESTONES,
        SHARE_RULES,
        SUPPLIER_COUNTS,
        BUDGETS,
        CUSTOM_RULES,
        SCENARIOS,
        SCENARIO_CHANGES,
        RANGES,
        PREVIOUS_PLAN,
        QUESTIONS,
        GATES,
    )
}
"""The contract's input sheets by name, in the order in which a template shows them."""


def in_words(sheet: str, item: str, column: str = "", member: str = "") -> str:
    """A cell as a sentence calls it: ``power limit of Reno``, ``maximum share of Nord in Half``.

    ``member`` is the one of whom a rule for each is meant, or ``each``. KeyError where the sheet or
    the column is not in the contract.
    """
    if not column:
        return f"{sheet.lower()} for {item}"
    called = INPUTS[sheet].column(column).called
    if member:
        return f"{called} of {'every member' if member == EACH else member} in {item}"
    return f"{called} of {item}"


CHANGED_BESIDE_VARYING = {
    ("Programme stages", "duration"),
    ("Programme stages", "completes"),
    ("Offers", "lead_time"),
    ("Software", "efficiency"),
}
"""What scenarios may change though Timeline may not."""

REMOVED = ("Offers", "Deals", "Contracts")
"""Sheets whose rows a scenario can remove."""
