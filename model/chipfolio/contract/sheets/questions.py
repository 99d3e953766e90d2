"""Questions: what the answers are asked."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, INTEGER, NAME, NUMBER, PERCENT, PERIOD, TEXT, YES_NO

STARTED = ("Programme stages", "Software", "Site projects", "Contracts", "Deals")
"""Sheets of what is started or signed."""
RULE_SHEETS = ("Share rules", "Supplier counts", "Budgets", "Custom rules")
ASKED_OF: dict[str, tuple[str, ...]] = {
    "rule_price": (*RULE_SHEETS, "Contracts", "Vendors", "Sites", "Offers"),
    "break_even": (
        "Offers",
        "Chips",
        "Performance",
        "Programmes",
        "Programme stages",
        "Programme ramp",
        "Software",
        "Site projects",
        "Contracts",
        "Deals",
        "Deal milestones",
    ),
    "why_not": ("Offers", *STARTED),
    "own_orders": (),
    "frontier": (*RULE_SHEETS, "Settings"),
    "alternatives": (),
    "no_regret": (),
    "sensitivity": (),
    "case": ("Offers", "Programmes", "Software", "Site projects", "Contracts", "Deals"),
}
"""Kinds of question, and the sheets that each may be asked of; none named means any, or none."""
NEEDS: dict[str, tuple[str, ...]] = {
    "rule_price": (),
    "break_even": ("sheet", "item", "column"),
    "why_not": ("sheet", "item"),
    "own_orders": (),
    "frontier": ("sheet", "item"),
    "alternatives": (),
    "no_regret": (),
    "sensitivity": ("sheet", "item"),
    "case": ("sheet", "item"),
}
"""Columns that each kind cannot do without."""

QUESTIONS = Table(
    "Questions",
    "What is asked of the plan; the command `chipfolio answer` answers every active row.",
    key=("question",),
    kind="future",
    read_by="answers",
    columns=(
        Column("question", NAME, "", "Name of the question.", required=True),
        Column(
            "kind",
            CHOICE,
            "",
            "What is asked: a rule's price, a price at which we would switch, why something "
            "is not in the plan, our own orders, cost against a limit, other plans, what is "
            "safe to sign, what inputs matter, a capital request.",
            required=True,
            choices=tuple(ASKED_OF),
        ),
        Column("sheet", TEXT, "", "Sheet of what is asked about."),
        Column("item", TEXT, "", "Row of that sheet; `each` for rule_price of all its limits."),
        Column("column", TEXT, "", "Column of that row, where the kind asks about a cell."),
        Column("from", PERIOD, "", "First period; blank means the plan's first."),
        Column("to", PERIOD, "", "Last period; blank means the plan's last."),
        Column(
            "amount",
            NUMBER,
            "",
            "Least amount for break_even and why_not (blank: the least that counts); number of "
            "periods for no_regret (blank: 2).",
            above=0,
        ),
        Column(
            "operation",
            CHOICE,
            "",
            "How low and high act on the value (sensitivity).",
            default="multiply",
            choices=("multiply", "add", "set"),
        ),
        Column("low", NUMBER, "", "Lowest value or level; blank: the kind's own, or of Ranges."),
        Column("high", NUMBER, "", "Highest value or level; blank: as for low."),
        Column(
            "steps", INTEGER, "", "Number of levels, ends included (blank: 9; two-way: 5).", low=2
        ),
        Column(
            "within",
            PERCENT,
            "of cost",
            "How much more than the best a plan may cost (alternatives, no_regret).",
            default=0.01,
            low=0,
            high=1,
        ),
        Column("across", TEXT, "", "Another question of kind sensitivity: a two-way table."),
        Column("active", YES_NO, "", "Whether it is asked.", default="yes"),
    ),
)
