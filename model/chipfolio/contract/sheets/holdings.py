"""What we have: the fleet and committed orders."""

from __future__ import annotations

from ..schema import Column, Table
from .words import ACQUISITIONS, CHOICE, MONEY, NAME, NUMBER, PERCENT, PERIOD

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
        Column(
            "book_value",
            MONEY,
            "money",
            "Of the row, at the plan's start (of a lease: of the right of use); blank = its cost "
            "depreciated so far by this book's lives.",
            low=0,
            read_by="accounts",
        ),
        Column(
            "lease_liability",
            MONEY,
            "money",
            "Of the row, at the plan's start; blank = as entered at arrival.",
            low=0,
            read_by="accounts",
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
        Column(
            "delivery_period",
            PERIOD,
            "",
            "When its units arrive or arrived; blank = its offer's lead_time after order_period.",
        ),
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
        Column(
            "book_value",
            MONEY,
            "money",
            "Of the row, at the plan's start; of an order still to come: minus the rebates had on "
            "it already. Blank = its cost depreciated so far by this book's lives.",
            read_by="accounts",
        ),
        Column(
            "lease_liability",
            MONEY,
            "money",
            "Of the row, at the plan's start; blank = as entered at arrival.",
            low=0,
            read_by="accounts",
        ),
    ),
)
