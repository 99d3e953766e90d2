"""Leases as IFRS 16 has them: a right of use, what is owed for it, depreciation and interest.

At arrival the right of use and the liability are all payments of the term at the lease rate. What
is owed at the end of a period is what the payments to come are worth then; interest is what that
and the period's payment exceed the opening by.
"""

from __future__ import annotations

from .journal import Journal
from .records import Holding, Records


def post_leases(records: Records, journal: Journal) -> None:
    """Leased units, and clouds, which are expensed as paid."""
    for holding in records.holdings:
        if holding.acquisition == "cloud":
            for at, rent in records.payments(holding):
                journal.cost("cloud", at, rent, holding.place)
        elif holding.acquisition == "lease" and holding.leaves > 0:
            post_lease(records, journal, holding)


def post_lease(records: Records, journal: Journal, holding: Holding) -> None:
    """One leased holding over its periods in the plan."""
    rent = holding.cost * records.months * (1.0 - holding.paid)
    term = holding.leaves - holding.arrival
    if holding.arrival >= records.count:
        journal.open("prepayments", holding.cost * records.months * term * holding.paid)
        return
    owed = liability(records, rent, term)
    before = holding.arrival < 0
    first = max(holding.arrival, 0)
    ahead = holding.cost * records.months * term * holding.paid
    right = owed[0] + ahead
    scale = 1.0
    if before:
        right *= holding.leaves / term
        owing = owed[-holding.arrival]
        if holding.book_value is not None:
            right = holding.book_value
        if holding.lease_liability is not None:
            scale = holding.lease_liability / owing if owing else 0.0
            owing = holding.lease_liability
        journal.open("right of use", right)
        journal.open("lease liability", -owing)
    else:
        owing = owed[0]
        journal.add("right of use", first, right)
        journal.add("lease liability", first, -owing)
        if ahead:
            journal.open("prepayments", ahead)
            journal.dispose("prepayments", first, ahead)
    for at in range(first, min(holding.leaves, records.count)):
        used = right / (holding.leaves - first)
        journal.depreciate("right of use", at, used)
        journal.cost("right_of_use_depreciation", at, used, holding.place)
        closing = owed[at + 1 - holding.arrival] * scale
        interest = closing + rent - owing
        journal.add("lease liability", at, -interest)
        journal.dispose("lease liability", at, -rent)
        journal.cost("lease_interest", at, interest, holding.place)
        owing = closing


def liability(records: Records, rent: float, term: int) -> list[float]:
    """What is owed at the start of each period of a term, and nothing at its end."""
    owed, worth = [0.0], 0.0
    for periods in range(term):
        worth += records.lease_factor(periods)
        owed.append(rent * worth)
    return owed[::-1]
