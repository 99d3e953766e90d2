"""Scenarios, ranges, and the previous plan."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, FROM, NAME, NUMBER, PERCENT, PERIOD, TEXT, TO, YES_NO

SCENARIOS = Table(
    "Scenarios",
    "Futures that may come, branching from one another.",
    key=("scenario",),
    kind="future",
    columns=(
        Column("scenario", NAME, "", "Name of the scenario.", required=True),
        Column(
            "probability",
            PERCENT,
            "",
            "How likely; the active ones add up to 100 %.",
            required=True,
            low=0,
            high=1,
        ),
        Column(
            "branches_from",
            NAME,
            "",
            "Blank for the one trunk.",
            refers_to="Scenarios",
        ),
        Column(
            "branch_period",
            PERIOD,
            "",
            "First period in which it differs; required but for the trunk.",
        ),
        Column("active", YES_NO, "", "Whether it counts.", default="yes"),
    ),
)

SCENARIO_CHANGES = Table(
    "Scenario changes",
    "What is different in a scenario, in row order.",
    key=(),
    kind="future",
    columns=(
        Column("scenario", NAME, "", "Which scenario.", required=True, refers_to="Scenarios"),
        Column("sheet", TEXT, "", "Sheet of the value.", required=True),
        Column("item", TEXT, "", "Row of that sheet; `all` for every row.", required=True),
        Column("column", TEXT, "", "Column; blank for Demand and remove."),
        FROM,
        TO,
        Column(
            "operation",
            CHOICE,
            "",
            "How the value acts.",
            required=True,
            choices=("multiply", "add", "set", "remove"),
        ),
        Column("value", TEXT, "", "Number, yes or no, or none; blank for remove."),
    ),
)

RANGES = Table(
    "Ranges",
    "Inputs that nobody knows exactly: what Monte Carlo draws, around the plan's own values.",
    key=("range",),
    kind="future",
    read_by="monte carlo",
    columns=(
        Column("range", NAME, "", "Name of the range.", required=True),
        Column("sheet", TEXT, "", "Sheet of the value.", required=True),
        Column("item", TEXT, "", "Row of that sheet; `all` for every row.", required=True),
        Column("column", TEXT, "", "Column, as in Scenario changes; blank for Demand."),
        Column("from", PERIOD, "", "First period; blank: the first after what is decided now."),
        TO,
        Column(
            "operation",
            CHOICE,
            "",
            "How a draw acts on the value.",
            default="multiply",
            choices=("multiply", "add", "set"),
        ),
        Column("low", NUMBER, "", "Lowest draw.", required=True),
        Column("mode", NUMBER, "", "Most likely draw; blank: half-way between low and high."),
        Column("high", NUMBER, "", "Highest draw.", required=True),
        Column(
            "distribution",
            CHOICE,
            "",
            "How draws lie between low and high; uniform takes no mode.",
            default="triangular",
            choices=("triangular", "uniform"),
        ),
        Column("group", TEXT, "", "Ranges of one group move together; blank: on its own."),
        Column(
            "correlation",
            PERCENT,
            "",
            "With the group's common factor; minus moves against it.",
            default=1.0,
            low=-1,
            high=1,
        ),
    ),
)

PREVIOUS_PLAN = Table(
    "Previous plan",
    "Orders of the plan before; written by the roll-forward.",
    key=(),
    kind="link",
    columns=(
        Column(
            "scenario",
            NAME,
            "",
            "Of which scenario's plan; blank = of every one.",
            refers_to="Scenarios",
        ),
        Column("offer", NAME, "", "Which offer.", required=True, refers_to="Offers"),
        Column("order_period", PERIOD, "", "When ordered.", required=True),
        Column("units", NUMBER, "units", "How many.", required=True, low=0),
    ),
)
