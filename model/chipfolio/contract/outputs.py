"""Every table of a plan, declared once: extraction, workbook formats and dictionary follow it."""

from __future__ import annotations

from .answered import ANSWERED
from .schema import Column, Kind, Table
from .statement import PAYMENTS

TEXT, NUMBER, MONEY = Kind.TEXT, Kind.NUMBER, Kind.MONEY
PERCENT, INTEGER, PERIOD = Kind.PERCENT, Kind.INTEGER, Kind.PERIOD

SCENARIO = Column("scenario", TEXT, "", "Which future; blank where the book has one world.")

UNPROVEN = {
    "time_limit": "stopped at the time limit",
    "stopped": "stopped by hand",
    "died": "the solver died; this is its best plan",
    "mended": "the plan was mended after its proof, and costs more than that allows",
    "refuted": "the solver's proof is false, a plan lies under its bound",
}
"""How a solve ended whose plan is not proven, in words."""


def unproven(ended: str) -> str:
    """Why a plan is not proven, given how its solve ended."""
    return UNPROVEN.get(ended, "target gap not reached")


def output(name: str, doc: str, key: tuple[str, ...], *columns: Column) -> Table:
    """An output table."""
    return Table(name, doc, key, columns, kind="plan")


SUMMARY = output(
    "Summary",
    "What a board reads first.",
    ("section", "item"),
    Column("section", TEXT, "", "Part of the page."),
    Column("item", TEXT, "", "What is said."),
    Column("value", NUMBER, "", "How much, where it is a number."),
    Column("unit", TEXT, "", "Unit of the value."),
    Column("text", TEXT, "", "What is said, where it is words."),
)
ORDERS = output(
    "Orders",
    "What to order, from whom, when, for which site.",
    ("scenario", "offer", "order_period", "site"),
    SCENARIO,
    Column("offer", TEXT, "", "Which offer."),
    Column("seller", TEXT, "", "From whom.", copies="Offers"),
    Column("order_period", PERIOD, "", "When to order."),
    Column("delivery_period", PERIOD, "", "When it arrives; blank after the plan's end."),
    Column("site", TEXT, "", "Where it goes; blank for cloud."),
    Column("units", NUMBER, "units", "How many."),
    Column("lots", NUMBER, "lots", "Whole lots; blank where the offer is divisible."),
    Column(
        "unit_price",
        MONEY,
        "as the offer's price",
        "Price paid per unit (per unit and month if rented), net of cuts and cumulative discounts.",
    ),
    Column("spend", MONEY, "money", "What the order makes us pay within the plan."),
    Column("chip", TEXT, "", "Which chip.", copies="Offers"),
    Column("acquisition", TEXT, "", "buy, lease or cloud.", copies="Offers"),
    Column("list_price", MONEY, "as the offer's price", "Price before cuts."),
)
COMMITTED = output(
    "Committed units",
    "Where orders already signed go, and what they still cost.",
    ("scenario", "offer", "order_period", "site"),
    SCENARIO,
    Column("offer", TEXT, "", "Which offer."),
    Column("order_period", PERIOD, "", "When it was ordered."),
    Column("delivery_period", PERIOD, "", "When it arrives."),
    Column("site", TEXT, "", "Where it goes; blank for cloud."),
    Column("units", NUMBER, "units", "How many."),
    Column("unit_price", MONEY, "as the offer's price", "Price agreed."),
    Column("spend", MONEY, "money", "What it still makes us pay within the plan."),
    Column("row", INTEGER, "", "Row of the sheet Committed orders it comes from."),
)
SERVICE_UNITS = output(
    "Units in service",
    "Stock of units by chip, site and kind of acquisition.",
    ("scenario", "chip", "site", "acquisition", "period"),
    SCENARIO,
    Column("chip", TEXT, "", "Which chip."),
    Column("site", TEXT, "", "Where; blank for cloud."),
    Column("acquisition", TEXT, "", "buy, lease or cloud."),
    Column("period", PERIOD, "", "During which period."),
    Column("units", NUMBER, "units", "How many."),
)
SALES = output(
    "Sales",
    "Owned units sold early.",
    ("scenario", "chip", "offer", "arrival", "site", "period"),
    SCENARIO,
    Column("chip", TEXT, "", "Which chip."),
    Column("offer", TEXT, "", "Offer it came from; blank for the fleet."),
    Column("arrival", PERIOD, "", "When it entered service (its vintage)."),
    Column("site", TEXT, "", "Where it stood."),
    Column("period", PERIOD, "", "At the start of which period it is sold."),
    Column("units", NUMBER, "units", "How many."),
    Column("unit_value", MONEY, "money per unit", "What a unit brings."),
    Column("amount", MONEY, "money", "What they bring."),
    Column("row", INTEGER, "", "Row of its sheet (Fleet, Committed orders); blank for new orders."),
    Column("order_period", PERIOD, "", "When it was ordered; blank for the fleet."),
)
VENDOR_SPLIT = output(
    "Vendor split",
    "How each whole is shared out, against the limits that hold.",
    ("scenario", "dimension", "member", "basis", "window"),
    SCENARIO,
    Column("dimension", TEXT, "", "By what the whole is split."),
    Column("member", TEXT, "", "Whose part."),
    Column("basis", TEXT, "", "What is split."),
    Column("window", TEXT, "", "Over which window."),
    Column(
        "amount",
        NUMBER,
        "as the basis",
        "The member's part: orders add up over the window; units in service and MW drawn are the "
        "window's average; of served work, the part of all work due.",
    ),
    Column("share", PERCENT, "", "Its share of the whole."),
    Column("limit", PERCENT, "", "Tightest most-share rule in force; blank if none."),
    Column("state", TEXT, "", "State of that rule, as in the table Rules."),
)
PROGRAMME_TIMELINE = output(
    "Programme timeline",
    "Stages of own silicon: start, end and cost.",
    ("scenario", "programme", "stage"),
    SCENARIO,
    Column("programme", TEXT, "", "Which programme."),
    Column("stage", INTEGER, "", "Which stage."),
    Column("start", PERIOD, "", "First period."),
    Column("end", PERIOD, "", "Last period; blank where it never finishes."),
    Column("cost", MONEY, "money", "What the stage costs within the plan."),
    Column("name", TEXT, "", "What the stage is called."),
)
SOFTWARE_TIMELINE = output(
    "Software timeline",
    "Porting and optimisation projects: start, end and cost.",
    ("scenario", "project"),
    SCENARIO,
    Column("project", TEXT, "", "Which project."),
    Column("start", PERIOD, "", "First period; blank if finished before."),
    Column("end", PERIOD, "", "Last period."),
    Column("cost", MONEY, "money", "What it costs within the plan."),
)
SITE_STEPS = output(
    "Site steps",
    "Expansions of sites.",
    ("scenario", "project", "start", "row"),
    SCENARIO,
    Column("project", TEXT, "", "Which expansion."),
    Column("site", TEXT, "", "Which site."),
    Column("start", PERIOD, "", "When started."),
    Column("ready", PERIOD, "", "First period with the power; blank after the plan's end."),
    Column("steps", INTEGER, "steps", "How many."),
    Column("mw", NUMBER, "MW", "Power added."),
    Column("cost", MONEY, "money", "What they cost within the plan."),
    Column("row", INTEGER, "", "Row of the sheet Committed steps; blank for new ones."),
)
USAGE = output(
    "Usage",
    "Which units do which work.",
    ("scenario", "chip", "site", "workload", "efficiency", "period"),
    SCENARIO,
    Column("chip", TEXT, "", "Which chip."),
    Column("site", TEXT, "", "Where; blank for cloud."),
    Column("workload", TEXT, "", "Which work."),
    Column("efficiency", PERCENT, "of rated throughput", "Software efficiency it runs at."),
    Column("period", PERIOD, "", "During which period."),
    Column("units", NUMBER, "units", "Units used."),
    Column("served", NUMBER, "workload units", "Work served."),
    Column("ready", NUMBER, "units", "Units kept ready, idle, as reserve."),
)
SERVICE = output(
    "Service",
    "Demand and what becomes of it.",
    ("scenario", "workload", "period"),
    SCENARIO,
    Column("workload", TEXT, "", "Which work."),
    Column("period", PERIOD, "", "During which period."),
    Column("demand", NUMBER, "workload units", "Asked for."),
    Column("served", NUMBER, "workload units", "Served."),
    Column("deferred", NUMBER, "workload units", "Waiting at the period's end."),
    Column("unmet", NUMBER, "workload units", "Not served at all."),
)
POWER = output(
    "Power",
    "Draw of each site against its limit.",
    ("scenario", "site", "period"),
    SCENARIO,
    Column("site", TEXT, "", "Which site."),
    Column("period", PERIOD, "", "During which period."),
    Column("mw", NUMBER, "MW", "Drawn, PUE included."),
    Column("limit", NUMBER, "MW", "Power of the site with finished steps."),
)
TERMS = output(
    "Contracts and deals",
    "What was signed, which tier was reached, which milestone paid, when.",
    ("scenario", "kind", "name", "event", "period"),
    SCENARIO,
    Column("kind", TEXT, "", "contract, deal or discount."),
    Column("name", TEXT, "", "Which one."),
    Column("event", TEXT, "", "signed, window, milestone or tier."),
    Column("period", TEXT, "", "Period or window of the event."),
    Column("detail", TEXT, "", "Which milestone, or which tier."),
    Column("amount", NUMBER, "money, units or MW", "What was reached."),
    Column("threshold", NUMBER, "money, units or MW", "What had to be reached."),
    Column("money", MONEY, "money", "What it costs (+) or brings (−)."),
)
CASH = output(
    "Cash",
    "Every line of the objective by period; costs positive.",
    ("scenario", "line", "period"),
    SCENARIO,
    Column("line", TEXT, "", "Cash line, or line of value that is not cash."),
    Column("period", PERIOD, "", "In which period."),
    Column("amount", MONEY, "money", "Undiscounted."),
    Column("discounted", MONEY, "money", "At the plan's start."),
)
PROFIT_AND_LOSS = output(
    "Profit and loss",
    "Costs as accounts show them: what serves for years is spread over its book life.",
    ("scenario", "fiscal_year", "line"),
    SCENARIO,
    Column("fiscal_year", TEXT, "", "Which fiscal year."),
    Column("line", TEXT, "", "Which line."),
    Column("amount", MONEY, "money", "Undiscounted; costs positive."),
)
BALANCE_VIEW = output(
    "Balance view",
    "What the plan's cash leaves in the balance sheet; liabilities negative.",
    ("scenario", "fiscal_year", "item"),
    SCENARIO,
    Column("fiscal_year", TEXT, "", "Which fiscal year."),
    Column("item", TEXT, "", "Which item."),
    Column("opening", MONEY, "money", "At the year's start."),
    Column("additions", MONEY, "money", "What comes to it."),
    Column("depreciation", MONEY, "money", "What is used up of it."),
    Column("disposals", MONEY, "money", "What leaves it: sold, written off, delivered, paid."),
    Column(
        "amount",
        MONEY,
        "money",
        "At the year's end: opening + additions − depreciation − disposals.",
    ),
)
COMMITMENTS = output(
    "Commitments",
    "What is bound to be paid from the plan's start on, past its end too.",
    ("scenario", "counterparty", "kind", "bound_in", "fiscal_year", "bound", "begun"),
    SCENARIO,
    Column("counterparty", TEXT, "", "To whom; the project or programme where to no vendor."),
    Column(
        "kind",
        TEXT,
        "",
        f"{', '.join(PAYMENTS[:-1])} or {PAYMENTS[-1]}.",
    ),
    Column("bound_in", PERIOD, "", "Period of the decision that binds it; blank before the plan."),
    Column("fiscal_year", TEXT, "", "In which it is paid."),
    Column(
        "bound",
        TEXT,
        "",
        "firm: bound before the plan or in its first period; avoidable: by a later decision.",
    ),
    Column("begun", TEXT, "", "Whether its units serve, or its stage or step is under way, now."),
    Column("amount", MONEY, "money", "Undiscounted."),
    Column("present_value", MONEY, "money", "At the plan's start."),
)
UNIT_COST = output(
    "Unit cost",
    "What work costs by the accounts; adds up to Profit and loss of the year.",
    ("scenario", "workload", "fiscal_year", "line"),
    SCENARIO,
    Column("workload", TEXT, "", "Which work; idle: units that do none; unallocated: no chip's."),
    Column("fiscal_year", TEXT, "", "Which fiscal year."),
    Column("served", NUMBER, "units and periods", "Work served in the year."),
    Column("line", TEXT, "", "Line of Profit and loss."),
    Column("amount", MONEY, "money", "Its part of the line."),
    Column("per_unit", MONEY, "money per unit served for a period", "Amount ÷ served."),
    Column(
        "per_million_tokens",
        MONEY,
        "money per million tokens",
        "By the workload's million_tokens; blank where it has none.",
    ),
)
UTILISATION = output(
    "Utilisation",
    "What units do: used, kept ready, idle, out.",
    ("scenario", "chip", "site", "period"),
    SCENARIO,
    Column("chip", TEXT, "", "Which chip."),
    Column("site", TEXT, "", "Where; blank for cloud."),
    Column("period", PERIOD, "", "During which period."),
    Column("in_service", NUMBER, "units", "Used + ready + idle + out."),
    Column("used", NUMBER, "units", "At work."),
    Column("ready", NUMBER, "units", "Kept ready as reserve."),
    Column("idle", NUMBER, "units", "Could work and do not."),
    Column("out", NUMBER, "units", "Not available: repair and the like."),
)
RULES = output(
    "Rules",
    "Every rule in every window: where it stands against its limit.",
    ("scenario", "rule", "window"),
    Column("rule", TEXT, "", "Which rule, with its member where there are several."),
    Column("window", TEXT, "", "Over which window."),
    Column("level", NUMBER, "as the rule", "Where the plan stands; blank for a share of nothing."),
    Column("limit", NUMBER, "as the rule", "Where it must stand."),
    Column(
        "slack",
        NUMBER,
        "as the rule",
        "Room left; negative where broken, paid for or not applied.",
    ),
    Column(
        "marginal_value",
        MONEY,
        "money per unit of the limit",
        "What one more unit of the limit saves, with the integers fixed.",
    ),
    SCENARIO,
    Column("sheet", TEXT, "", "Sheet of the rule."),
    Column("sense", TEXT, "", "<=, >= or =."),
    Column("violation", NUMBER, "as the rule", "By how much a soft rule is broken."),
    Column("penalty", MONEY, "money", "What the violation costs."),
    Column(
        "state",
        TEXT,
        "",
        "kept; binds: no room for one lot, step or unit of what the plan orders; broken: a soft "
        "rule, at its penalty; paid for: a minimum missed at its price; not applied: beyond its "
        "limit, where no decision of the plan can change it; not in force: what it depends on is "
        "not signed; nothing to share: the whole is zero.",
    ),
    Column(
        "counts",
        TEXT,
        "",
        "What is counted: ordered (all that an order makes us pay, when it is ordered), paid (what "
        "falls due), in service, drawn, served, unmet, started or signed.",
    ),
    Column(
        "whole",
        NUMBER,
        "as the basis",
        "What a share is a share of, as the violation counts it (units in service and MW summed "
        "over the window's periods); blank for other rules.",
    ),
    Column(
        "step",
        NUMBER,
        "as the rule",
        "By how much one lot, step or unit that the plan orders moves the level, the largest of "
        "them; 0 where the level moves freely.",
    ),
    Column("one", TEXT, "", "What that one is: lot, step, unit or start."),
)
CHECKS = output(
    "Checks",
    "What was recomputed independently of the model.",
    ("check",),
    Column("check", TEXT, "", "What was checked."),
    Column("expected", NUMBER, "", "What it should be."),
    Column("found", NUMBER, "", "What it is."),
    Column("difference", NUMBER, "", "Between the two."),
    Column("result", TEXT, "", "ok or failed."),
)
RUN = output(
    "Run",
    "Where this plan comes from and how good it is proven to be.",
    ("item",),
    Column("item", TEXT, "", "What is said."),
    Column("value", TEXT, "", "How much or what."),
)
SCENARIO_COSTS = output(
    "Scenario costs",
    "What each future costs under the plan.",
    ("scenario",),
    SCENARIO,
    Column("probability", PERCENT, "", "How likely."),
    Column("total", MONEY, "money", "Discounted sum of all lines."),
)
RISK = output(
    "Risk",
    "What uncertainty costs: the plan's tail, its regrets, and the worth of hedging and knowing.",
    ("measure", "scenario"),
    Column("measure", TEXT, "", "What is measured."),
    SCENARIO,
    Column("value", MONEY, "money", "Best figure known."),
    Column("low", MONEY, "money", "It is proven to be no less."),
    Column("high", MONEY, "money", "It is proven to be no more."),
    Column("gap", PERCENT, "", "Width of what is proven, as a share of the value."),
    Column("text", TEXT, "", "What it means."),
)
SCENARIO_CARDS = output(
    "Scenario cards",
    "Every scenario solved alone: what a plan made for it would look like.",
    ("scenario", "section", "item"),
    SCENARIO,
    Column("section", TEXT, "", "Part of the card."),
    Column("item", TEXT, "", "What is said."),
    Column("value", NUMBER, "", "How much, where it is a number."),
    Column("unit", TEXT, "", "Unit of the value."),
    Column("text", TEXT, "", "What is said, where it is words."),
)
SCENARIO_DIFFERENCES = output(
    "Scenario differences",
    "What differs from the first scenario: in the inputs, and in the plan made for each alone.",
    ("scenario", "side", "subject", "item", "window"),
    SCENARIO,
    Column("side", TEXT, "", "input or plan."),
    Column("subject", TEXT, "", "Sheet and column, or what of the plan."),
    Column("item", TEXT, "", "Of what."),
    Column("window", TEXT, "", "When."),
    Column("base", NUMBER, "", "In the first scenario."),
    Column("here", NUMBER, "", "In this one."),
    Column("difference", NUMBER, "", "This one less the first."),
    Column(
        "text",
        TEXT,
        "",
        "What it was and is, where it is words; of a difference in cost, the interval in which it "
        "is proven to lie; `within the two gaps` where it is worth no more than both plans may be "
        "dearer than the best.",
    ),
)
MONTE_CARLO = output(
    "Monte Carlo",
    "How costs, cash and service spread when inputs are drawn from their ranges.",
    ("measure", "item", "period"),
    Column("measure", TEXT, "", "What is measured."),
    Column("item", TEXT, "", "Of what; blank for the whole."),
    Column("period", TEXT, "", "When; blank for the whole plan."),
    Column("samples", INTEGER, "", "Samples that count."),
    Column("mean", NUMBER, "", "Mean over them."),
    Column("deviation", NUMBER, "", "Standard deviation."),
    Column("lowest", NUMBER, "", "Least of them."),
    Column("p5", NUMBER, "", "5 % lie below."),
    Column("p25", NUMBER, "", "A quarter lies below."),
    Column("p50", NUMBER, "", "Half lie below."),
    Column("p75", NUMBER, "", "A quarter lies above."),
    Column("p95", NUMBER, "", "5 % lie above."),
    Column("highest", NUMBER, "", "Most of them."),
)
MONTE_CARLO_SAMPLES = output(
    "Monte Carlo samples",
    "Each sample: what was drawn, what it changed, and what came of it.",
    ("sample", "item"),
    Column("sample", INTEGER, "", "Number of the sample."),
    SCENARIO,
    Column("kind", TEXT, "", "change or result."),
    Column("item", TEXT, "", "Range that was drawn, or what came of it."),
    Column("value", NUMBER, "", "How much."),
    Column("text", TEXT, "", "What the draw changes, or how the sample ended."),
)

OUTPUTS: dict[str, Table] = {
    table.name: table
    for table in (
        SUMMARY,
        *ANSWERED,
        ORDERS,
        COMMITTED,
        SERVICE_UNITS,
        SALES,
        VENDOR_SPLIT,
        PROGRAMME_TIMELINE,
        SOFTWARE_TIMELINE,
        SITE_STEPS,
        USAGE,
        SERVICE,
        POWER,
        TERMS,
        SCENARIO_COSTS,
        RISK,
        SCENARIO_CARDS,
        SCENARIO_DIFFERENCES,
        MONTE_CARLO,
        MONTE_CARLO_SAMPLES,
        CASH,
        PROFIT_AND_LOSS,
        BALANCE_VIEW,
        COMMITMENTS,
        UNIT_COST,
        UTILISATION,
        RULES,
        CHECKS,
        RUN,
    )
}
"""The contract's output tables by name, in the order of the plan workbook."""
