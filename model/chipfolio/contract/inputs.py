"""Every input sheet, declared once: checks, template, dictionary and formats come from here."""

from __future__ import annotations

from .schema import Column, Kind, Table

TEXT, NAME, NAMES, NUMBER = Kind.TEXT, Kind.NAME, Kind.NAMES, Kind.NUMBER
MONEY, PERCENT, INTEGER = Kind.MONEY, Kind.PERCENT, Kind.INTEGER
PERIOD, CHOICE, YES_NO = Kind.PERIOD, Kind.CHOICE, Kind.YES_NO

DIMENSIONS = (
    "vendor",
    "seller",
    "seller_country",
    "platform",
    "chip",
    "acquisition",
    "site",
    "site_country",
    "programme",
)
SERVED_DIMENSIONS = ("vendor", "platform", "chip", "site", "site_country")
WINDOWS = ("period", "fiscal_year", "plan")
ACQUISITIONS = ("buy", "lease", "cloud")
CASH_LINES = (
    "chip_purchases",
    "lease_and_cloud",
    "order_fees",
    "setup",
    "energy",
    "hosting",
    "upkeep",
    "running",
    "programme_costs",
    "software",
    "site_projects",
    "contract_fees",
    "shortfall_payments",
    "discounts",
    "deal_value",
    "resale",
)
VALUE_LINES = (
    "equity_value",
    "unmet_penalty",
    "deferral_cost",
    "rule_penalties",
    "change_cost",
    "terminal_value",
)
LINES = CASH_LINES + VALUE_LINES
"""Every line of the objective: cash first, then what is no cash but counts."""

POLICY = (
    Column("active", YES_NO, "", "Whether the rule is in force.", default="yes"),
    Column("owner", TEXT, "", "Who answers for the rule."),
    Column(
        "priority",
        INTEGER,
        "",
        "1 = never gives way … 5 = gives way first; used only when rules contradict each other.",
        default=2,
        low=1,
        high=5,
    ),
    Column(
        "penalty",
        MONEY,
        "money per unit of violation",
        "Blank makes the rule hard; a price makes it soft: paid per unit of violation and window.",
        low=0,
    ),
)
FROM = Column("from", PERIOD, "", "First period in force; blank means the plan's first.")
TO = Column("to", PERIOD, "", "Last period in force; blank means the plan's last.")

SETTINGS = Table(
    "Settings",
    "What holds for the whole plan: one row per setting.",
    key=("name",),
    required=True,
    vertical=True,
    kind="settings",
    columns=(
        Column("plan_name", TEXT, "", "Shown on every report.", default="Plan"),
        Column("currency", TEXT, "", "Currency of every amount.", default="USD"),
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
        ),
        Column(
            "time_limit_minutes",
            NUMBER,
            "minutes",
            "Longest time for solving.",
            default=10.0,
            above=0,
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
        Column("template_version", TEXT, "", "Version of the template this book was made from."),
    ),
)

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
        Column("unit", TEXT, "", "What its demand counts, such as million tokens.", default="unit"),
        Column(
            "kind",
            CHOICE,
            "",
            "For reports.",
            default="other",
            choices=("training", "inference", "other"),
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
        Column("step_mw", NUMBER, "MW per step", "Power that a step adds.", required=True, low=0),
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
    ),
)

FLEET = Table(
    "Fleet",
    "Units in service today.",
    key=(),
    kind="link",
    columns=(
        Column("chip", NAME, "", "Which chip.", required=True, refers_to="Chips"),
        Column("site", NAME, "", "Where it stands; cloud: blank.", refers_to="Sites"),
        Column("units", NUMBER, "units", "How many.", required=True, low=0),
        Column(
            "in_service_since",
            PERIOD,
            "",
            "Period of arrival; may be before the plan.",
            required=True,
        ),
        Column("unit_cost", MONEY, "money per unit", "What was paid.", default=0.0, low=0),
        Column(
            "acquisition", CHOICE, "", "How they were got.", default="buy", choices=ACQUISITIONS
        ),
        Column("until", PERIOD, "", "Last period of a lease or cloud term."),
        Column(
            "price_per_month",
            MONEY,
            "money per unit and month",
            "Rent of a lease or cloud.",
            default=0.0,
            low=0,
        ),
    ),
)

COMMITTED_ORDERS = Table(
    "Committed orders",
    "Orders already signed; a rerun cannot move them.",
    key=(),
    kind="link",
    columns=(
        Column("offer", NAME, "", "Which offer.", required=True, refers_to="Offers"),
        Column("order_period", PERIOD, "", "When ordered; may be before the plan.", required=True),
        Column("units", NUMBER, "units", "How many.", required=True, low=0),
        Column("site", NAME, "", "Where they go; blank = the model chooses.", refers_to="Sites"),
        Column(
            "unit_price",
            MONEY,
            "as the offer's price",
            "Blank = the offer's price of that period.",
            low=0,
        ),
        Column(
            "paid_pct",
            PERCENT,
            "of price",
            "Paid before the plan; blank: pay_on_order_pct if ordered before the plan, else 0.",
            low=0,
            high=1,
        ),
    ),
)

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
        Column("name", TEXT, "", "What the stage is called."),
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

DISCOUNTS = Table(
    "Discounts",
    "Volume discounts: rows of one name are the tiers of one scheme. A cumulative scheme over the "
    "plan states a learning curve: 10,000 units so far, then 6 % off; 20,000, then 11 % off.",
    key=("discount", "threshold"),
    scheme=True,
    kind="terms",
    columns=(
        Column("discount", NAME, "", "Name of the scheme.", required=True),
        Column("seller", NAME, "", "Who grants it.", required=True, refers_to="Vendors"),
        Column(
            "offer",
            NAME,
            "",
            "Blank = all of the seller's, bought or all rented, not mixed.",
            refers_to="Offers",
        ),
        Column(
            "basis",
            CHOICE,
            "",
            "What counts towards the threshold.",
            required=True,
            choices=("spend", "units"),
        ),
        Column(
            "window",
            CHOICE,
            "",
            "Over what the counting runs.",
            required=True,
            choices=WINDOWS,
        ),
        Column(
            "kind",
            CHOICE,
            "",
            "all_units: on everything once reached; incremental: on the part above; cumulative: on "
            "orders of later periods.",
            required=True,
            choices=("all_units", "incremental", "cumulative"),
        ),
        Column(
            "threshold",
            NUMBER,
            "money or units",
            "Reached when the basis is at least this.",
            required=True,
            low=0,
        ),
        Column(
            "discount_pct",
            PERCENT,
            "of list",
            "Discount of the tier.",
            required=True,
            low=0,
            below=1,
        ),
    ),
)

CONTRACTS = Table(
    "Contracts",
    "Take-or-pay agreements and reservations.",
    key=("contract",),
    kind="terms",
    columns=(
        Column("contract", NAME, "", "Name of the contract.", required=True),
        Column("seller", NAME, "", "With whom.", required=True, refers_to="Vendors"),
        Column(
            "offer",
            NAME,
            "",
            "Blank = all of the seller's; required with basis units.",
            refers_to="Offers",
        ),
        Column(
            "signing",
            CHOICE,
            "",
            "Whether it is signed already or the plan may sign it.",
            required=True,
            choices=("signed", "optional"),
        ),
        Column("first_signing", PERIOD, "", "First period in which it can be signed."),
        Column("last_signing", PERIOD, "", "Last period in which it can be signed."),
        Column(
            "signing_fee",
            MONEY,
            "money",
            "Paid at signing; not charged when signed already.",
            default=0.0,
            low=0,
        ),
        FROM,
        TO,
        Column(
            "basis",
            CHOICE,
            "",
            "What the minimum counts.",
            default="spend",
            choices=("spend", "units"),
        ),
        Column("window", CHOICE, "", "Over what the minimum runs.", choices=WINDOWS),
        Column("minimum", NUMBER, "money or units", "Least per window.", low=0),
        Column(
            "shortfall_pct",
            PERCENT,
            "of the missing amount",
            "Share of the missing amount paid anyway; blank = the minimum is hard.",
            low=0,
            high=1,
        ),
        Column(
            "price_cut_pct",
            PERCENT,
            "of list",
            "On orders placed while in force; cuts add up.",
            default=0.0,
            low=0,
            below=1,
        ),
        Column(
            "extra_supply",
            NUMBER,
            "units per period",
            "On top of max_order and of the vendor's max_units while in force, pooled.",
            default=0.0,
            low=0,
        ),
        *POLICY,
    ),
)

DEALS = Table(
    "Deals",
    "Partnerships and vendor financing.",
    key=("deal",),
    kind="terms",
    columns=(
        Column("deal", NAME, "", "Name of the deal.", required=True),
        Column("vendor", NAME, "", "With whom.", required=True, refers_to="Vendors"),
        Column(
            "signing",
            CHOICE,
            "",
            "Whether it is signed already, the plan may sign it, or it is off.",
            required=True,
            choices=("signed", "optional", "no"),
        ),
        Column("first_signing", PERIOD, "", "First period in which it can be signed."),
        Column("last_signing", PERIOD, "", "Last period in which it can be signed."),
    ),
)

DEAL_MILESTONES = Table(
    "Deal milestones",
    "What a deal pays when: an equity warrant by gigawatt, an investment paid out by gigawatt.",
    key=("deal", "milestone"),
    kind="terms",
    columns=(
        Column("deal", NAME, "", "Which deal.", required=True, refers_to="Deals"),
        Column("milestone", NAME, "", "Name of the milestone.", required=True),
        Column(
            "measure",
            CHOICE,
            "",
            "What must be reached, of chips designed by that vendor.",
            required=True,
            choices=("installed_mw", "cumulative_units", "cumulative_spend"),
        ),
        Column("threshold", NUMBER, "MW, units or money", "Level to reach.", required=True, low=0),
        Column("deadline", PERIOD, "", "Last period in which it counts."),
        Column("value", MONEY, "money", "What is received.", required=True, low=0),
        Column("kind", CHOICE, "", "Cash or equity.", required=True, choices=("cash", "equity")),
        Column(
            "haircut_pct",
            PERCENT,
            "of value",
            "Share of the value not counted.",
            default=0.0,
            low=0,
            high=1,
        ),
    ),
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
            choices=DIMENSIONS,
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
        Column("min_pct", PERCENT, "", "Least share.", low=0, high=1),
        Column("max_pct", PERCENT, "", "Most share.", low=0, high=1),
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
            choices=DIMENSIONS,
        ),
        Column("min_count", INTEGER, "", "Least number.", low=0),
        Column("max_count", INTEGER, "", "Most number.", low=0),
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
        Column("offer", NAME, "", "Which offer.", required=True, refers_to="Offers"),
        Column("order_period", PERIOD, "", "When ordered.", required=True),
        Column("units", NUMBER, "units", "How many.", required=True, low=0),
    ),
)

INPUTS: dict[str, Table] = {
    table.name: table
    for table in (
        SETTINGS,
        VENDORS,
        PLATFORMS,
        CHIPS,
        OFFERS,
        PERFORMANCE,
        WORKLOADS,
        DEMAND,
        TIMELINE,
        SITES,
        SITE_PROJECTS,
        FLEET,
        COMMITTED_ORDERS,
        PROGRAMMES,
        PROGRAMME_STAGES,
        PROGRAMME_RAMP,
        SOFTWARE,
        DISCOUNTS,
        CONTRACTS,
        DEALS,
        DEAL_MILESTONES,
        SHARE_RULES,
        SUPPLIER_COUNTS,
        BUDGETS,
        CUSTOM_RULES,
        SCENARIOS,
        SCENARIO_CHANGES,
        RANGES,
        PREVIOUS_PLAN,
    )
}
"""The contract's input sheets by name, in the order in which a template shows them."""
