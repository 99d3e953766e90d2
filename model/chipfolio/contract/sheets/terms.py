"""Terms of trade: discounts, contracts, deals."""

from __future__ import annotations

from ..schema import Column, Table
from .words import CHOICE, FROM, MONEY, NAME, NUMBER, PERCENT, PERIOD, POLICY, TO, WINDOWS

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

SIGNED_IN = Column(
    "signed_in", PERIOD, "", "When it was signed, where signing = signed; blank = before the plan."
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
        Column(
            "requires",
            NAME,
            "",
            "Can be signed once this project is finished, programme ready or contract signed.",
            refers_to="Software|Programmes|Contracts",
        ),
        Column("first_signing", PERIOD, "", "First period in which it can be signed."),
        Column("last_signing", PERIOD, "", "Last period in which it can be signed."),
        SIGNED_IN,
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
        SIGNED_IN,
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
        Column("met", PERIOD, "", "Period before the plan in which it paid; it pays no more."),
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
        Column(
            "account",
            CHOICE,
            "",
            "cost_reduction: lowers the cost of the vendor's chips; own_shares: the vendor invests "
            "in us.",
            default="cost_reduction",
            choices=("cost_reduction", "own_shares"),
            read_by="accounts",
        ),
    ),
)
