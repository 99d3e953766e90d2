"""Straight-line assets, run forward together, for a vendor's grants fall on all of its chips.

An asset with a book life of L periods that began to serve in b loses, in a period t from b on, its
book value at the start × 1 / (L − (t − b)), all of it once less than a period of life is left. That
is straight-line depreciation with a whole first period and a last one in part; what is added later
(a rebate, a grant) is spread over the rest of the life, and an opening balance over what is left
of it, whatever the life was before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .journal import NOWHERE, Journal, Place
from .records import Records


@dataclass
class Asset:
    """What is depreciated as one: an order's units at one site, a set-up, a step, a programme."""

    item: str
    """Item of Balance view."""
    key: tuple[object, ...]
    """What it is of: the sheet and its row, or the decision."""
    begins: int
    """First period of depreciation."""
    life: float
    """Book life in periods."""
    line: str
    """Line of Profit and loss of its depreciation."""
    vendor: str = ""
    """Designer of the chips, whose grants lower their cost."""
    place: Place = NOWHERE
    opening: float = 0.0
    added: dict[int, float] = field(default_factory=lambda: defaultdict(float))
    """By period, at its start."""
    sold: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Share of what is there that is sold at a period's start, and the money it brings."""
    ends: int | None = None
    """Period from whose start on what is left, and what still comes, is written off."""
    closing: dict[int, float] = field(default_factory=dict)
    """Book value at the end of each period, once run."""

    def depreciation(self, value: float, at: int) -> float:
        """What a period takes off a value at its start."""
        if at < self.begins:
            return 0.0
        left = self.life - (at - self.begins)
        return value if left <= 1.0 else value / left


def value_at_start(cost: float, life: float, age: int) -> float:
    """Book value after so many periods of straight-line depreciation."""
    return cost * max(0.0, 1.0 - max(age, 0) / life)


WRITE_OFFS = {"chips": "write_offs_chips", "programmes": "write_offs_programmes"}


def post_assets(
    records: Records,
    journal: Journal,
    assets: Sequence[Asset],
    grants: Mapping[tuple[str, int], float],
) -> None:
    """Post additions, sales, write-offs, depreciation and grants of all assets, in this order.

    ``grants`` are what vendors give towards the cost of their chips, by vendor and period.
    """
    value = {id(asset): asset.opening for asset in assets}
    for asset in assets:
        journal.open(asset.item, asset.opening)
        journal.held.add(asset.item)
    for at in range(records.count):
        for asset in assets:
            book = value[id(asset)] + asset.added.get(at, 0.0)
            if at in asset.added:
                journal.add(asset.item, at, asset.added[at])
            if at in asset.sold:
                share, money = asset.sold[at]
                journal.dispose(asset.item, at, book * share)
                journal.cost("gain_or_loss_on_sale", at, book * share - money)
                journal.allow("gain_or_loss_on_sale", at)
                book -= book * share
            if asset.ends is not None and at >= asset.ends and book:
                journal.dispose(asset.item, at, book)
                journal.cost(WRITE_OFFS[asset.item], at, book)
                book = 0.0
            if asset.begins <= at and (asset.ends is None or at < asset.ends):
                journal.allow(asset.line, at, asset.place)
            lost = asset.depreciation(book, at)
            if lost:
                journal.depreciate(asset.item, at, lost)
                journal.cost(asset.line, at, lost, asset.place)
            value[id(asset)] = book - lost
        for (vendor, when), grant in grants.items():
            if when == at:
                give(journal, at, grant, [a for a in assets if a.vendor == vendor], value)
        for asset in assets:
            asset.closing[at] = value[id(asset)]


def give(
    journal: Journal, at: int, grant: float, assets: Sequence[Asset], value: dict[int, float]
) -> None:
    """Lower the book value of a vendor's chips in service in proportion, never below zero."""
    serving = [asset for asset in assets if asset.begins <= at and value[id(asset)] > 0.0]
    whole = sum(value[id(asset)] for asset in serving)
    used = min(grant, whole)
    for asset in serving:
        part = used * value[id(asset)] / whole
        journal.dispose(asset.item, at, part)
        value[id(asset)] -= part
    if grant > used:
        journal.cost("vendor_consideration", at, used - grant)
