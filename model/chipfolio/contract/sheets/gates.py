"""Gates: what holds a plan back from publication."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, NAME, PERCENT, TEXT, YES_NO

MEASURES = (
    "cost_change_pct",
    "next_orders_change_pct",
    "gap_pct",
    "unmet_pct",
    "rule_slack_pct",
    "input_change_pct",
)
BASELINE = ("cost_change_pct", "next_orders_change_pct", "input_change_pct")
"""Measures against the plan that stands published; without one they hold nothing back."""
ITEM_OF = {
    "unmet_pct": ("Workloads",),
    "rule_slack_pct": ("Share rules", "Supplier counts", "Budgets", "Custom rules", "Contracts"),
}
"""Measures that may be about one item, and the sheets that name it."""

GATES = Table(
    "Gates",
    "What holds a plan back from publication until somebody waves it through.",
    key=("gate",),
    kind="rules",
    read_by="runs",
    columns=(
        Column("gate", NAME, "", "Name of the gate.", required=True),
        Column(
            "measure",
            CHOICE,
            "",
            "Against the published plan: cost_change_pct, next_orders_change_pct, "
            "input_change_pct. Of the plan itself: gap_pct, unmet_pct (worst workload), "
            "rule_slack_pct (least slack). See reports/unattended.md.",
            required=True,
            choices=MEASURES,
        ),
        Column(
            "item",
            TEXT,
            "",
            "A workload for unmet_pct (blank = any), a rule for rule_slack_pct (required).",
        ),
        Column(
            "limit",
            PERCENT,
            "",
            "The plan is held back above it; of rule_slack_pct below it.",
            required=True,
            low=0,
        ),
        Column("owner", TEXT, "", "Who answers for the gate."),
        Column("active", YES_NO, "", "Whether it is in force.", default="yes"),
    ),
)
