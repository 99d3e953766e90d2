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
            "What is measured. cost_change_pct: the best cost against what the decisions last "
            "published cost from the present first period on. next_orders_change_pct: list value "
            "of the first period's orders that differ from the published plan's, against theirs. "
            "gap_pct: the gap. unmet_pct: largest share of a workload's demand left unmet over the "
            "plan. rule_slack_pct: least slack of a rule against its limit. input_change_pct: "
            "largest change of a number that diff reports against the published run's input; a "
            "row or a text that changed counts 100 %.",
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
