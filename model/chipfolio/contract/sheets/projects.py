"""Own silicon and software."""

from __future__ import annotations

from ..schema import Column, Table
from .words import INTEGER, MONEY, NAME, NAMES, NUMBER, PERCENT, PERIOD, TEXT, YES_NO

PROGRAMMES = Table(
    "Programmes",
    "Own-silicon programmes.",
    key=("programme",),
    columns=(
        Column("programme", NAME, "", "Name of the programme.", required=True),
        Column(
            "requires",
            NAME,
            "",
            "Another programme that must be ready first.",
            refers_to="Programmes",
        ),
        Column(
            "must_run",
            YES_NO,
            "",
            "Whether the last stage must be finished within the plan.",
            default="no",
            title="duty to finish",
        ),
        Column(
            "abandoned",
            YES_NO,
            "",
            "Whether it was given up: nothing more starts, and its cancellation is paid already.",
            default="no",
        ),
        Column(
            "cancellation_cost",
            MONEY,
            "money",
            "Paid once if the programme is abandoned after its start.",
            default=0.0,
            low=0,
        ),
        Column(
            "residual_pct",
            PERCENT,
            "of all its stages' cost",
            "Share of the cost still worth at the plan's end if finished.",
            default=0.0,
            low=0,
            high=1,
        ),
        Column(
            "book_life_years",
            NUMBER,
            "years",
            "Over what the accounts depreciate a programme that is ready; blank = 5.",
            default=5.0,
            above=0,
            read_by="accounts",
        ),
    ),
)

PROGRAMME_STAGES = Table(
    "Programme stages",
    "The stages of a programme in order: design, tape-out, qualification …",
    key=("programme", "stage"),
    kind="link",
    columns=(
        Column("programme", NAME, "", "Which programme.", required=True, refers_to="Programmes"),
        Column("stage", INTEGER, "", "1, 2 … in order.", required=True, low=1),
        Column("name", TEXT, "", "What the stage is called.", read_by="reports"),
        Column("duration", INTEGER, "periods", "How long it takes.", required=True, low=1),
        Column(
            "cost", MONEY, "money", "Spread evenly over the duration (NRE).", required=True, low=0
        ),
        Column("first_start", PERIOD, "", "First period in which it can start."),
        Column("last_start", PERIOD, "", "Last period in which it can start."),
        Column("started", PERIOD, "", "Period of the start, if already under way or done."),
        Column(
            "max_wait",
            INTEGER,
            "periods",
            "Periods allowed idle after the stage before; blank = any.",
            low=0,
            title="longest wait",
        ),
        Column(
            "capitalise_pct",
            PERCENT,
            "of cost",
            "Share that the accounts capitalise; the rest is an expense as it is spent.",
            default=1.0,
            low=0,
            high=1,
            read_by="accounts",
        ),
        Column(
            "book_value",
            MONEY,
            "money",
            "What is in the books at the plan's start; blank = what was spent and capitalised, "
            "depreciated by this book's lives.",
            low=0,
            read_by="accounts",
        ),
    ),
)

PROGRAMME_RAMP = Table(
    "Programme ramp",
    "How fast volume may grow once a programme is ready; no rows = no limit.",
    key=("programme", "periods_since_ready"),
    kind="link",
    columns=(
        Column("programme", NAME, "", "Which programme.", required=True, refers_to="Programmes"),
        Column("periods_since_ready", INTEGER, "periods", "0, 1 … in order.", required=True, low=0),
        Column(
            "max_units",
            NUMBER,
            "units per period",
            "Most units ordered in a period over all the programme's offers; the last row goes on.",
            required=True,
            low=0,
            title="unit limit",
        ),
    ),
)

SOFTWARE = Table(
    "Software",
    "Porting and optimisation projects.",
    key=("project",),
    columns=(
        Column("project", NAME, "", "Name of the project.", required=True),
        Column("platform", NAME, "", "Which platform.", required=True, refers_to="Platforms"),
        Column("workload", NAMES, "", "Which workloads; blank = all.", refers_to="Workloads"),
        Column(
            "requires",
            NAME,
            "",
            "Another project that must be finished first.",
            refers_to="Software",
        ),
        Column("cost", MONEY, "money", "Spread evenly over the duration.", required=True, low=0),
        Column("duration", INTEGER, "periods", "How long it takes.", required=True, low=1),
        Column("first_start", PERIOD, "", "First period in which it can start."),
        Column("last_start", PERIOD, "", "Last period in which it can start."),
        Column(
            "started",
            PERIOD,
            "",
            "First period of work, if under way; what falls into the plan is still paid.",
        ),
        Column(
            "finished", PERIOD, "", "Last period of work, if done already; may be before the plan."
        ),
        Column(
            "efficiency",
            PERCENT,
            "of rated throughput",
            "Throughput once finished; may exceed 100 %.",
            required=True,
            low=0,
        ),
        Column(
            "mature_efficiency",
            PERCENT,
            "of rated throughput",
            "Throughput once mature; linear in between; blank = as at the finish.",
            low=0,
        ),
        Column(
            "mature_after",
            INTEGER,
            "periods",
            "Periods from the finish to maturity; blank = at once.",
            low=0,
        ),
        Column(
            "residual_pct",
            PERCENT,
            "of cost",
            "Share of the cost still worth at the plan's end if finished.",
            default=0.0,
            low=0,
            high=1,
        ),
    ),
)
