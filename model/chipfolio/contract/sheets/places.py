"""Sites, and how their power may grow."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, INTEGER, MONEY, NAME, NUMBER, PERCENT, PERIOD, TEXT

SITES = Table(
    "Sites",
    "Where owned and leased units stand; needed as soon as there are any.",
    key=("site",),
    columns=(
        Column("site", NAME, "", "Name of the site.", required=True),
        Column("country", TEXT, "", "Where it is; used by rules on site_country."),
        Column(
            "power_mw",
            NUMBER,
            "MW",
            "All the power the site may draw.",
            required=True,
            low=0,
            varies=True,
            title="power limit",
        ),
        Column(
            "pue",
            NUMBER,
            "",
            "Power drawn by the site per power drawn by the units.",
            required=True,
            low=1,
            high=5,
            varies=True,
        ),
        Column(
            "energy_price",
            MONEY,
            "money per MWh",
            "Price of energy in the plan's first period.",
            required=True,
            low=0,
            varies=True,
            moved_by="energy_price_change_per_year",
        ),
        Column(
            "energy_price_change_per_year",
            PERCENT,
            "per year",
            "Moves the energy price.",
            default=0.0,
            above=-1,
        ),
        Column(
            "hosting_cost",
            MONEY,
            "money per unit in service and period",
            "Space and staff per unit.",
            default=0.0,
            low=0,
            varies=True,
        ),
        Column(
            "cooling",
            CHOICE,
            "",
            "Cooling the site offers.",
            default="both",
            choices=("air", "liquid", "both"),
        ),
    ),
)

SITE_PROJECTS = Table(
    "Site projects",
    "Expansions of a site's power in steps.",
    key=("project",),
    columns=(
        Column("project", NAME, "", "Name of the expansion.", required=True),
        Column("site", NAME, "", "Which site.", required=True, refers_to="Sites"),
        Column(
            "step_mw",
            NUMBER,
            "MW per step",
            "Power that a step adds.",
            required=True,
            low=0,
            title="power per step",
        ),
        Column("max_steps", INTEGER, "steps", "Most steps over the plan.", required=True, low=0),
        Column(
            "cost_per_step", MONEY, "money per step", "Paid at the start.", required=True, low=0
        ),
        Column("lead_time", INTEGER, "periods", "From the start to the power.", default=0, low=0),
        Column("first_start", PERIOD, "", "First period in which a step can be started."),
        Column("last_start", PERIOD, "", "Last period in which a step can be started."),
        Column(
            "max_steps_per_period",
            INTEGER,
            "steps per period",
            "Most steps started at once.",
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
        Column(
            "book_life_years",
            NUMBER,
            "years",
            "Over what the accounts depreciate a finished step; blank = 15.",
            default=15.0,
            above=0,
            read_by="accounts",
        ),
    ),
)
