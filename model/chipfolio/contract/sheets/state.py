"""What happened before the plan: what counted so far in windows that the plan cuts."""

from __future__ import annotations

from dataclasses import dataclass

from ..schema import Column, Table
from .words import CHOICE, INTEGER, MONEY, NAME, NUMBER, PERCENT, PERIOD, TEXT


@dataclass(frozen=True)
class Measure:
    """One thing that So far can tell of an item: what it is, and what it is told by."""

    name: str
    doc: str
    by: tuple[str, ...] = ()
    """Columns that say whose it is: member, workload."""
    low: float | None = 0.0
    high: float | None = None
    accounts: bool = False
    """For the accounts alone: it counts in no rule, and is no row that an item is counted by."""


MEASURES: dict[str, tuple[Measure, ...]] = {
    "Offers": (
        Measure("ordered", "units ordered, towards total_limit"),
        Measure("set_up", "1 = the set-up has been paid", high=1.0),
        Measure("set_up_value", "what is in the books of its set-up", accounts=True),
    ),
    "Vendors": (Measure("spend", "spend of the fiscal year so far"),),
    "Discounts": (
        Measure(
            "counted",
            "units or spend, as its basis, towards thresholds; of a window over the plan, its "
            "rebate lowers the cost of the newest committed orders whose spend is no more",
        ),
        Measure("spend", "of basis units: money that an all_units rebate is a share of"),
        Measure(
            "list_price",
            "of incremental tiers on units: list value of a unit in the window's first period",
        ),
        Measure("credited", "rebate of this window had already", low=None),
        Measure("accrued", "rebate of this window that lowered costs already", accounts=True),
        Measure(
            "worth",
            "highest share of its price that a unit of an offer open before the plan "
            "is still worth at the plan's end",
            high=1.0,
        ),
    ),
    "Contracts": (
        Measure("counted", "what counts towards the minimum, in the basis"),
        Measure("prepaid_fee", "what is left of a signing fee paid ahead", accounts=True),
    ),
    "Share rules": (
        Measure("part", "what members had, in the basis", by=("member", "workload")),
        Measure("whole", "what all had together", by=("workload",)),
        Measure("demand", "of basis served: work asked for", by=("workload",)),
    ),
    "Supplier counts": (
        Measure("spend", "order spend; blank member = all others", by=("member",)),
        Measure(
            "orders", "orders of a lot, or of a unit; blank member = all others", by=("member",)
        ),
    ),
    "Budgets": (Measure("spent", "what the lines came to, with their signs", low=None),),
    "Custom rules": (Measure("counted", "the sum, coefficients included", low=None),),
    "Deal milestones": (
        Measure("counted", "units or money ordered since the deal's start"),
        Measure("received", "vendor shares held for it, or shares issued", accounts=True),
    ),
}
"""What So far can tell, by the sheet of its item."""

FOR_ACCOUNTS = frozenset(
    (sheet, one.name) for sheet, measures in MEASURES.items() for one in measures if one.accounts
)
"""(sheet, measure) that stand for the accounts alone."""

SO_FAR = Table(
    "So far",
    "What fell before the plan into the one window of a rule that the plan cuts, or into its "
    "window over the plan. An item with a row counts this in place of Committed orders dated "
    "before the plan. Stocks in period-sums (units × periods).",
    key=(),
    kind="link",
    columns=(
        Column(
            "sheet",
            CHOICE,
            "",
            "Sheet of the item.",
            required=True,
            choices=tuple(MEASURES),
        ),
        Column(
            "item",
            TEXT,
            "",
            "Name on that sheet; of a milestone `deal / milestone`.",
            required=True,
        ),
        Column("member", TEXT, "", "Whose it is, where the measure is told by member."),
        Column(
            "workload",
            NAME,
            "",
            "Of which workload, where the measure is told by workload.",
            refers_to="Workloads",
        ),
        Column(
            "measure",
            CHOICE,
            "",
            "What is counted; the dictionary lists what can be told of each sheet's items.",
            required=True,
            choices=tuple(dict.fromkeys(one.name for all_ in MEASURES.values() for one in all_)),
        ),
        Column("amount", NUMBER, "as the measure", "How much.", required=True),
    ),
)

COMMITTED_STEPS = Table(
    "Committed steps",
    "Steps of site projects that are started already; a rerun cannot move them.",
    key=(),
    kind="link",
    columns=(
        Column("project", NAME, "", "Which project.", required=True, refers_to="Site projects"),
        Column("start_period", PERIOD, "", "When started; may be before the plan.", required=True),
        Column("steps", INTEGER, "steps", "How many.", required=True, low=0),
        Column(
            "paid_pct",
            PERCENT,
            "of cost",
            "Paid before the plan; blank: all if started before the plan, else nothing.",
            low=0,
            high=1,
        ),
        Column(
            "book_value",
            MONEY,
            "money",
            "Of the row, at the plan's start; blank = its cost, depreciated by this book's lives.",
            low=0,
            read_by="accounts",
        ),
    ),
)

WAITING_WORK = Table(
    "Waiting work",
    "Work that was asked for before the plan and still waits: served oldest first, each within "
    "defer_periods of the period it was asked in.",
    key=("workload", "asked_in"),
    kind="link",
    columns=(
        Column("workload", NAME, "", "Which workload.", required=True, refers_to="Workloads"),
        Column("asked_in", PERIOD, "", "When asked for; before the plan.", required=True),
        Column("amount", NUMBER, "workload units", "How much waits.", required=True, low=0),
    ),
)

ACTUALS = Table(
    "Actuals",
    "Where reality left the plan, for the roll-forward: what was ordered, at what price and for "
    "when, and what was asked for.",
    key=(),
    kind="link",
    read_by="quarters",
    columns=(
        Column(
            "item",
            NAME,
            "",
            "An offer, or a workload.",
            required=True,
            refers_to="Offers|Workloads",
        ),
        Column("period", PERIOD, "", "Of the order, or of the demand.", required=True),
        Column(
            "amount",
            NUMBER,
            "units, or workload units",
            "Units ordered then in fact, in place of the plan's, or work asked for; 0 = was not.",
            required=True,
            low=0,
        ),
        Column("site", NAME, "", "Where the units go; blank = as planned.", refers_to="Sites"),
        Column(
            "unit_price",
            MONEY,
            "as the offer's price",
            "Agreed per unit; blank = as planned.",
            low=0,
        ),
        Column("delivery_period", PERIOD, "", "When they arrive; blank = as planned."),
        Column(
            "paid_pct",
            PERCENT,
            "of price",
            "Paid before the next plan; blank = as the offer's terms say.",
            low=0,
            high=1,
        ),
    ),
)
