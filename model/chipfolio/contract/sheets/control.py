"""Rules of control: shares, counts, budgets, custom rules."""

from __future__ import annotations

from ..dimensions import DIMENSIONS
from ..schema import Column, Table
from .words import (
    CHOICE,
    FROM,
    INTEGER,
    MONEY,
    NAME,
    NUMBER,
    PERCENT,
    POLICY,
    TEXT,
    TO,
    WINDOWS,
)

SHARE_RULES = Table(
    "Share rules",
    "Vendor splits and control: least and most share of a whole.",
    key=("rule",),
    kind="rules",
    columns=(
        Column("rule", NAME, "", "Name of the rule.", required=True),
        Column(
            "dimension",
            CHOICE,
            "",
            "By what the whole is split.",
            required=True,
            choices=tuple(DIMENSIONS),
        ),
        Column(
            "member",
            TEXT,
            "",
            "Whose share; `each` = every name of that dimension, one rule each.",
            required=True,
        ),
        Column(
            "basis",
            CHOICE,
            "",
            "What is split.",
            required=True,
            choices=("order_spend", "order_units", "units_in_service", "power", "served"),
        ),
        Column(
            "workload",
            NAME,
            "",
            "For served only; blank = all, each divided by its demand in the window.",
            refers_to="Workloads",
        ),
        Column(
            "window",
            CHOICE,
            "",
            "Blank: fiscal_year for orders, period for stocks and served work.",
            choices=WINDOWS,
        ),
        Column("min_pct", PERCENT, "", "Least share.", low=0, high=1, title="minimum share"),
        Column("max_pct", PERCENT, "", "Most share.", low=0, high=1, title="maximum share"),
        FROM,
        TO,
        Column(
            "applies_if",
            NAME,
            "",
            "In force only in windows by whose last period this is signed.",
            refers_to="Deals|Contracts",
        ),
        *POLICY,
    ),
)

SUPPLIER_COUNTS = Table(
    "Supplier counts",
    "How many suppliers there must or may be.",
    key=("rule",),
    kind="rules",
    columns=(
        Column("rule", NAME, "", "Name of the rule.", required=True),
        Column(
            "dimension",
            CHOICE,
            "",
            "What is counted.",
            required=True,
            choices=tuple(DIMENSIONS),
        ),
        Column("min_count", INTEGER, "", "Least number.", low=0, title="minimum number"),
        Column("max_count", INTEGER, "", "Most number.", low=0, title="maximum number"),
        Column(
            "active_if_pct",
            PERCENT,
            "of order spend",
            "Share of the window's order spend from which a supplier counts; blank = an order of "
            "at least one lot, or one unit.",
            above=0,
            high=1,
        ),
        Column("window", CHOICE, "", "Blank: fiscal_year.", choices=WINDOWS),
        FROM,
        TO,
        *POLICY,
    ),
)

BUDGETS = Table(
    "Budgets",
    "Most money over cash lines in a window.",
    key=("budget",),
    kind="rules",
    columns=(
        Column("budget", NAME, "", "Name of the budget.", required=True),
        Column(
            "lines",
            TEXT,
            "",
            "Cash lines, comma-separated, or capex, opex or all; summed with their signs.",
            required=True,
        ),
        Column("window", CHOICE, "", "Blank: fiscal_year.", choices=WINDOWS),
        FROM,
        TO,
        Column("limit", MONEY, "money per window", "Most per window.", required=True),
        *POLICY,
    ),
)

QUANTITIES = (
    "order_units",
    "order_spend",
    "units_in_service",
    "power_mw",
    "served",
    "unmet",
    "stage_started",
    "software_started",
    "contract_signed",
)

CUSTOM_RULES = Table(
    "Custom rules",
    "Linear rules of the team's own: rows of one name add up, coefficient × quantity.",
    key=("rule",),
    scheme=True,
    kind="rules",
    columns=(
        Column("rule", NAME, "", "Name of the rule.", required=True),
        Column("quantity", CHOICE, "", "What is counted.", required=True, choices=QUANTITIES),
        Column(
            "dimension",
            CHOICE,
            "",
            "Narrows the quantity; a stage is named `programme / number`.",
            choices=(*DIMENSIONS, "offer", "workload", "stage", "project", "contract"),
        ),
        Column("member", TEXT, "", "The name in that dimension."),
        Column(
            "workload", NAME, "", "For served and unmet only; blank = all.", refers_to="Workloads"
        ),
        Column(
            "window",
            CHOICE,
            "",
            "Blank = the sum over from … to, stocks summed over periods.",
            choices=WINDOWS,
        ),
        FROM,
        TO,
        Column("coefficient", NUMBER, "", "Factor of the quantity.", required=True),
        Column("sense", CHOICE, "", "<=, >= or =.", choices=("<=", ">=", "=")),
        Column("limit", NUMBER, "", "Right side of the rule."),
        *POLICY,
    ),
)
