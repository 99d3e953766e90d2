"""Vendors and platforms, chips and offers."""

from __future__ import annotations

from ..schema import Column, Table
from .words import ACQUISITIONS, CHOICE, INTEGER, MONEY, NAME, NAMES, NUMBER, PERCENT, PERIOD, TEXT

VENDORS = Table(
    "Vendors",
    "Who designs or sells chips.",
    key=("vendor",),
    required=True,
    columns=(
        Column("vendor", NAME, "", "Name of the vendor.", required=True),
        Column("country", TEXT, "", "Where the vendor sits; used by rules on seller_country."),
        Column(
            "max_units",
            NUMBER,
            "units per period",
            "Most the vendor sells in a period over all its offers.",
            low=0,
            varies=True,
        ),
        Column(
            "max_spend_per_fiscal_year",
            MONEY,
            "money per fiscal year",
            "Most the vendor sells to one customer in a fiscal year.",
            low=0,
        ),
    ),
)

PLATFORMS = Table(
    "Platforms",
    "Software ecosystems, such as CUDA, ROCm or XLA.",
    key=("platform",),
    columns=(
        Column("platform", NAME, "", "Name of the platform.", required=True),
        Column(
            "efficiency_at_start",
            PERCENT,
            "of rated throughput",
            "100 % = every workload runs at rated throughput on day one; 0 % = nothing runs until "
            "a software project is finished.",
            required=True,
            low=0,
        ),
    ),
)

CHIPS = Table(
    "Chips",
    "What can do work: one row per kind of unit.",
    key=("chip",),
    required=True,
    columns=(
        Column("chip", NAME, "", "Name of the chip.", required=True),
        Column("vendor", NAME, "", "Its designer.", required=True, refers_to="Vendors"),
        Column(
            "platform",
            NAME,
            "",
            "Its software ecosystem; blank = nothing to port, 100 %.",
            refers_to="Platforms",
        ),
        Column(
            "power_kw",
            NUMBER,
            "kW per unit",
            "Draw of one unit at full load with its share of server and network, before PUE.",
            default=0.0,
            low=0,
        ),
        Column(
            "life_years",
            NUMBER,
            "years",
            "How long an owned unit serves; rounded up to whole periods.",
            required=True,
            above=0,
        ),
        Column(
            "availability",
            PERCENT,
            "",
            "Share of time in which a unit can work.",
            default=1.0,
            above=0,
            high=1,
        ),
        Column(
            "cooling",
            CHOICE,
            "",
            "Cooling the unit needs.",
            default="air",
            choices=("air", "liquid"),
        ),
        Column(
            "upkeep_per_unit_year",
            MONEY,
            "money per unit and year",
            "Maintenance of a unit in service; cloud excepted.",
            default=0.0,
            low=0,
            varies=True,
        ),
        Column(
            "value_loss_per_year",
            PERCENT,
            "per year",
            "Declining-balance loss of value; required if bought and terminal_value is yes.",
            low=0,
            high=1,
        ),
        Column(
            "resale_pct",
            PERCENT,
            "of residual value",
            "Share of the residual value got when sold early; blank = no early sale.",
            low=0,
            high=1,
        ),
        Column(
            "book_life_years",
            NUMBER,
            "years",
            "Over what the accounts depreciate an owned unit; blank = life_years.",
            above=0,
            read_by="accounts",
        ),
    ),
)

OFFERS = Table(
    "Offers",
    "A way to get a chip: one row per chip, seller and kind of deal.",
    key=("offer",),
    required=True,
    columns=(
        Column("offer", NAME, "", "Name of the offer.", required=True),
        Column("chip", NAME, "", "What is got.", required=True, refers_to="Chips"),
        Column("seller", NAME, "", "Who sells or lets it.", required=True, refers_to="Vendors"),
        Column(
            "acquisition",
            CHOICE,
            "",
            "Whether units are bought, leased for our sites, or used in a cloud.",
            required=True,
            choices=ACQUISITIONS,
        ),
        Column(
            "price",
            MONEY,
            "buy: money per unit; lease, cloud: money per unit and month",
            "List price in the plan's first period.",
            required=True,
            low=0,
            varies=True,
            moved_by="price_change_per_year",
        ),
        Column(
            "price_change_per_year",
            PERCENT,
            "per year",
            "Moves the price: minus 8 % holds -0.08.",
            default=0.0,
            above=-1,
        ),
        Column("first_order", PERIOD, "", "First period in which it can be ordered."),
        Column("last_order", PERIOD, "", "Last period in which it can be ordered."),
        Column("lead_time", INTEGER, "periods", "From order to arrival.", default=0, low=0),
        Column(
            "lot_size",
            NUMBER,
            "units per lot",
            "Units are ordered in whole lots; 0 = divisible.",
            default=1.0,
            low=0,
        ),
        Column(
            "min_order",
            NUMBER,
            "units per period",
            "Least order, if anything is ordered in that period.",
            low=0,
            varies=True,
        ),
        Column(
            "max_order", NUMBER, "units per period", "Most units per period.", low=0, varies=True
        ),
        Column(
            "max_in_service",
            NUMBER,
            "units",
            "Most units of this offer in service at once: a cloud quota.",
            low=0,
            varies=True,
        ),
        Column("total_limit", NUMBER, "units", "Most units over the plan.", low=0),
        Column(
            "order_fee",
            MONEY,
            "money per period with an order",
            "Paid in each period with an order.",
            default=0.0,
            low=0,
            varies=True,
        ),
        Column(
            "setup_cost", MONEY, "money", "Paid once, with the first order.", default=0.0, low=0
        ),
        Column(
            "term_months",
            NUMBER,
            "months",
            "Term of a lease or cloud contract, rounded up to whole periods; required for both.",
            above=0,
        ),
        Column(
            "pay_on_order_pct",
            PERCENT,
            "of price",
            "Paid with the order, the rest on delivery; purchases only.",
            default=0.0,
            low=0,
            high=1,
        ),
        Column(
            "programme",
            NAME,
            "",
            "Own-silicon programme that must be ready before this can be ordered.",
            refers_to="Programmes",
        ),
        Column(
            "availability",
            PERCENT,
            "",
            "Overrides the chip's: spot and decentralised capacity is less dependable.",
            above=0,
            high=1,
        ),
        Column(
            "sites",
            NAMES,
            "",
            "Where its units may stand; blank = any that suits.",
            refers_to="Sites",
        ),
    ),
)
