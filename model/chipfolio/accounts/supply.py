"""Chips that are bought: deposits, arrival, sale, end of life; and the set-up of offers."""

from __future__ import annotations

from .assets import Asset, value_at_start
from .journal import Journal
from .records import SOME, Holding, Records


def post_chips(records: Records, journal: Journal, assets: list[Asset]) -> None:
    """Owned units: prepayments until they arrive, then straight-line over their book life."""
    for holding in records.holdings:
        if holding.owned:
            assets.append(chips_of(records, journal, holding))
            post_deposit(records, journal, holding)


def chips_of(records: Records, journal: Journal, holding: Holding) -> Asset:
    """The asset that an order's units at one site are."""
    life = records.book_life(holding.chip)
    asset = Asset(
        item="chips",
        key=holding.key,
        begins=holding.arrival,
        life=life,
        line="depreciation_chips",
        vendor=records.chips[holding.chip]["vendor"],
        place=holding.place,
        ends=holding.leaves,
    )
    before = holding.kind == "fleet" or holding.arrival < 0
    if not before:
        asset.added[holding.arrival] += holding.cost
        if holding.book_value:  # rebates had already on units still to come
            journal.open("rebates to come", holding.book_value)
            if holding.arrival < records.count:
                asset.added[holding.arrival] += holding.book_value
                journal.add("rebates to come", holding.arrival, -holding.book_value)
    elif holding.book_value is not None:
        asset.opening = holding.book_value
    elif holding.leaves > 0:
        asset.opening = value_at_start(holding.cost, life, -holding.arrival)
    left = holding.units
    for at in sorted(holding.sold):
        share = min(holding.sold[at] / left, 1.0) if left > 0.0 else 0.0
        asset.sold[at] = (share, holding.brought[at])
        left -= holding.sold[at]
    return asset


def post_deposit(records: Records, journal: Journal, holding: Holding) -> None:
    """What is paid ahead of arrival; below zero where units delivered are still to be paid."""
    if holding.kind == "fleet":
        return
    if holding.arrival < 0:
        owed = holding.cost * (1.0 - holding.paid)
        journal.open("prepayments", -owed)
        journal.add("prepayments", 0, owed)
        return
    ahead = holding.cost * (holding.paid + holding.early)
    journal.open("prepayments", holding.cost * holding.paid)
    if holding.early and holding.ordered is not None:
        journal.add("prepayments", holding.ordered, holding.cost * holding.early)
    if ahead and holding.arrival < records.count:
        journal.dispose("prepayments", holding.arrival, ahead)


def post_setup(records: Records, journal: Journal, assets: list[Asset]) -> None:
    """Set-up of offers, from their first arrival over the chip's book life or the term."""
    for name, offer in records.offers.items():
        had = records.so_far("Offers", name, "set_up_value") or 0.0
        due = records.set_ups.get(name)
        if due is None and not had:
            continue
        arrivals = [h.arrival for h in records.holdings if h.offer == name and h.units > SOME]
        rented = offer["acquisition"] != "buy"
        asset = Asset(
            item="set-up",
            key=("setup", name),
            begins=min(arrivals, default=0),
            life=records.serving(offer) if rented else records.book_life(offer["chip"]),
            line="depreciation_setup",
            place=(offer["chip"], ""),
            opening=had,
        )
        if due is not None:
            asset.added[due[0]] += due[1]
        assets.append(asset)
