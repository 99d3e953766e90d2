"""The plan as a whole: its settings, and values over time."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, INTEGER, NUMBER, PERCENT, PERIOD, TEXT, YES_NO

SETTINGS = Table(
    "Settings",
    "What holds for the whole plan: one row per setting.",
    key=("name",),
    required=True,
    vertical=True,
    kind="settings",
    columns=(
        Column("plan_name", TEXT, "", "Shown on every report.", default="Plan", read_by="reports"),
        Column("currency", TEXT, "", "Currency of every amount.", default="USD", read_by="reports"),
        Column(
            "first_period", PERIOD, "", "Label of the first period, such as 2027Q1.", required=True
        ),
        Column(
            "periods",
            INTEGER,
            "periods",
            "Length of the plan.",
            required=True,
            low=1,
            high=480,
        ),
        Column(
            "months_per_period",
            CHOICE,
            "months",
            "Length of a period: 1, 3, 6 or 12 months.",
            default=3,
            choices=("1", "3", "6", "12"),
        ),
        Column(
            "fiscal_year_start_month",
            INTEGER,
            "month",
            "Month in which the fiscal year begins.",
            default=1,
            low=1,
            high=12,
        ),
        Column(
            "discount_rate",
            PERCENT,
            "per year",
            "Rate at which later money counts less.",
            required=True,
            low=0,
            high=1,
        ),
        Column(
            "cash_timing",
            CHOICE,
            "",
            "When in a period its cash is taken to flow.",
            default="mid",
            choices=("start", "mid", "end"),
        ),
        Column(
            "terminal_value",
            YES_NO,
            "",
            "Whether what is still worth something at the plan's end is credited.",
            default="yes",
        ),
        Column(
            "idle_power_pct",
            PERCENT,
            "",
            "Share of full power that an idle unit draws.",
            default=1.0,
            low=0,
            high=1,
        ),
        Column(
            "tail_probability",
            PERCENT,
            "",
            "The worst share of futures that the tail measure averages.",
            default=0.05,
            above=0,
            high=1,
        ),
        Column(
            "tail_weight",
            PERCENT,
            "",
            "Weight of the tail against the mean in the objective.",
            default=0.0,
            low=0,
            high=1,
        ),
        Column(
            "target_gap",
            PERCENT,
            "",
            "The plan is proven to within this share of the best possible cost.",
            default=0.001,
            low=0,
            below=1,
            read_by="solver",
        ),
        Column(
            "time_limit_minutes",
            NUMBER,
            "minutes",
            "Longest time of a run, from reading this workbook to writing the plan's.",
            default=10.0,
            above=0,
            read_by="solver",
        ),
        Column(
            "frozen_periods",
            INTEGER,
            "periods",
            "Orders of the first so many periods equal the previous plan's.",
            default=0,
            low=0,
        ),
        Column(
            "change_cost_pct",
            PERCENT,
            "of list value",
            "Price of each unit ordered otherwise than in the previous plan.",
            default=0.0,
            low=0,
        ),
        Column(
            "lease_rate",
            PERCENT,
            "per year",
            "Rate of interest at which the accounts value leases; blank = discount_rate.",
            low=0,
            high=1,
            read_by="accounts",
        ),
        Column(
            "keep_within",
            PERCENT,
            "of cost",
            "Of plans that cost at most so much more than the best found, the one nearest to the "
            "previous plan is published.",
            default=0.0,
            low=0,
            high=1,
            read_by="solver",
        ),
        Column(
            "solve_now",
            TEXT,
            "",
            "Where it is given, watch solves only when this cell changes: write anything new.",
            read_by="runs",
        ),
        Column(
            "template_version",
            TEXT,
            "",
            "Version of the template this book was made from.",
            read_by="reports",
        ),
    ),
)

TIMELINE = Table(
    "Timeline",
    "Values over time: a row overrides a † column period by period, a blank cell keeps the path.",
    key=("sheet", "item", "column"),
    wide=True,
    kind="time",
    columns=(
        Column("sheet", TEXT, "", "Sheet of the value, such as Offers.", required=True),
        Column(
            "item", TEXT, "", "Row of that sheet; for Performance `chip / workload`.", required=True
        ),
        Column("column", TEXT, "", "Column of that sheet that varies (†).", required=True),
    ),
)
