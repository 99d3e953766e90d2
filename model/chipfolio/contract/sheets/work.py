"""Workloads, what is asked of them, and what can run them."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, INTEGER, MONEY, NAME, NAMES, NUMBER, PERCENT, TEXT

PERFORMANCE = Table(
    "Performance",
    "What a chip does for a workload; a missing pair cannot run.",
    key=("chip", "workload"),
    required=True,
    kind="link",
    columns=(
        Column("chip", NAME, "", "Which chip.", required=True, refers_to="Chips"),
        Column("workload", NAME, "", "Which workload.", required=True, refers_to="Workloads"),
        Column(
            "throughput",
            NUMBER,
            "workload units per unit and period",
            "Workload units that one unit serves in a period at full use.",
            required=True,
            low=0,
            varies=True,
        ),
        Column(
            "running_cost",
            MONEY,
            "money per workload unit",
            "Licences, traffic, per workload unit served and period; negative = revenue.",
            default=0.0,
            varies=True,
        ),
    ),
)

WORKLOADS = Table(
    "Workloads",
    "What must be computed, and what it costs not to.",
    key=("workload",),
    required=True,
    columns=(
        Column("workload", NAME, "", "Name of the workload.", required=True),
        Column(
            "unit",
            TEXT,
            "",
            "What its demand counts, such as million tokens.",
            default="unit",
            read_by="reports",
        ),
        Column(
            "kind",
            CHOICE,
            "",
            "What the work is.",
            default="other",
            choices=("training", "inference", "other"),
            read_by="reports",
        ),
        Column(
            "unmet_penalty",
            MONEY,
            "money per unit and period",
            "Cost of not serving one unit; blank = must be met.",
            low=0,
            varies=True,
        ),
        Column(
            "max_unmet_pct",
            PERCENT,
            "of demand",
            "Most that may stay unmet; 100 % where a penalty is given.",
            low=0,
            high=1,
            title="limit on unmet work",
        ),
        Column(
            "reserve_pct",
            PERCENT,
            "of served work",
            "Units kept ready, idle, that could serve so much more than is served.",
            default=0.0,
            low=0,
        ),
        Column(
            "defer_periods",
            INTEGER,
            "periods",
            "How long work may wait.",
            default=0,
            low=0,
        ),
        Column(
            "defer_cost",
            MONEY,
            "money per unit waiting",
            "Cost per unit waiting at a period's end.",
            default=0.0,
            low=0,
        ),
        Column(
            "sites",
            NAMES,
            "",
            "Where it may run; blank = any. Cloud may always serve unless no_cloud is among them.",
            refers_to="Sites",
            also=("no_cloud",),
        ),
        Column(
            "runs_on",
            CHOICE,
            "",
            "Whether all of a period's work must be on one chip, one site, or one of both.",
            default="any",
            choices=("any", "one_chip", "one_site", "one_chip_and_site"),
        ),
        Column(
            "min_block",
            NUMBER,
            "workload units",
            "A chip that serves this workload in a period serves at least this much.",
            low=0,
            varies=True,
            title="smallest block",
        ),
        Column(
            "million_tokens",
            NUMBER,
            "million tokens",
            "What a unit served for a period stands for; blank = no tokens.",
            above=0,
            read_by="accounts",
        ),
    ),
)

DEMAND = Table(
    "Demand",
    "Work asked for: one row per workload, one column per period.",
    key=("workload",),
    required=True,
    wide=True,
    kind="time",
    columns=(
        Column("workload", NAME, "", "Which workload.", required=True, refers_to="Workloads"),
    ),
)
