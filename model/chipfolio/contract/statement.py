"""The words of the accounts: lines of Profit and loss, items of Balance view, whose a cost is."""

from __future__ import annotations

from .lines import CHARGES, EXPENSED_LINES, LINES, PLACE_LINES

COSTS: dict[str, str] = {
    "depreciation_chips": "Owned chips, in equal parts over their book life.",
    "depreciation_setup": "Set-up of offers, over the chip's book life or the rental's term.",
    "depreciation_sites": "Finished site steps, over their book life.",
    "depreciation_programmes": "Capitalised stages of programmes that are ready.",
    "write_offs_chips": "Book value of chips whose service ends before their book life.",
    "write_offs_programmes": "What is capitalised of programmes that can no more be finished.",
    "gain_or_loss_on_sale": "Book value of units sold less what they bring; a gain is negative.",
    "right_of_use_depreciation": "Leased units, in equal parts over their term.",
    "lease_interest": "Interest on what is owed for leases.",
    "cloud": "Rents of cloud capacity, as paid.",
    "order_fees": "Fees of orders.",
    "energy": "Energy of units at our sites.",
    "hosting": "Space and staff.",
    "upkeep": "Maintenance.",
    "running": "Licences and traffic of the work served.",
    "software": "Porting and optimisation projects.",
    "expensed_stages": "What is not capitalised of programmes, and cancellation costs.",
    "contract_fees": "Signing fees, spread over the time of the contract.",
    "shortfall_payments": "What is paid for minimums that are missed.",
    "discounts": "Rebates on rentals, over the rents of their window.",
    "rebates_on_units_gone": "Rebates on units that left before the plan.",
    "vendor_consideration": "What a vendor gives beyond the book value of its chips.",
}
COSTS |= {line: LINES[line].doc for line in EXPENSED_LINES if line not in COSTS}
"""Lines of Profit and loss in their order; costs are positive."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Owned chips": (
        "depreciation_chips",
        "depreciation_setup",
        "write_offs_chips",
        "gain_or_loss_on_sale",
        "rebates_on_units_gone",
        "vendor_consideration",
    ),
    "Leases and cloud": ("right_of_use_depreciation", "lease_interest", "cloud", "discounts"),
    "Sites and power": tuple(dict.fromkeys(("depreciation_sites", *PLACE_LINES, *CHARGES))),
    "Own silicon": ("depreciation_programmes", "write_offs_programmes", "expensed_stages"),
}
GROUPS["Licences, software and fees"] = tuple(
    line for line in COSTS if not any(line in lines for lines in GROUPS.values())
)
"""Lines of Profit and loss by what they are spent on, for pictures."""

ITEMS: dict[str, str] = {
    "chips": "Book value of owned chips.",
    "set-up": "Book value of what was spent to set offers up.",
    "sites": "Book value of site steps, under way and finished.",
    "programmes": "Book value of what is capitalised of own silicon.",
    "right of use": "Leased units over the rest of their term.",
    "prepayments": "Deposits on units to come and signing fees to spread; negative where units "
    "delivered are still to be paid.",
    "rebates to come": "Rebates that lowered costs before they are credited; negative where they "
    "were credited before the units arrive.",
    "vendor shares": "Shares of vendors received, at their value before haircut.",
    "lease liability": "What is owed for leases; negative.",
    "shares issued": "What vendors invested in us; negative.",
}
"""Items of Balance view in their order; liabilities are negative."""

PLACED = (
    "depreciation_chips",
    "depreciation_setup",
    "right_of_use_depreciation",
    "lease_interest",
    "cloud",
    "order_fees",
    *PLACE_LINES,
    "discounts",
)
"""Costs that belong to chips at a place, and are shared out over the work done there."""

IDLE, UNALLOCATED = "idle", "unallocated"
"""Rows of Unit cost beside the workloads: units that do no work, and what belongs to no chip."""
PAYMENTS = (
    "purchase",
    "lease",
    "cloud",
    "order fee",
    "set-up",
    "site step",
    "programme stage",
    "signing fee",
    "take-or-pay",
)
"""Kinds of payment that Commitments tells apart."""
FIRM, AVOIDABLE = "firm", "avoidable"
"""Commitments bound before the plan or in its first period, and those that later decisions bind."""
