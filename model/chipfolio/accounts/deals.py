"""What vendors give: towards the cost of their chips, in their own shares, or for ours."""

from __future__ import annotations

from collections import defaultdict

from .journal import Journal
from .records import Records


def post_deals(records: Records, journal: Journal) -> dict[tuple[str, int], float]:
    """Post milestones; returns what lowers the cost of chips, by vendor and period."""
    deals = records.world.by_name("Deals")
    grants: dict[tuple[str, int], float] = defaultdict(float)
    terms = {}
    for row in records.world.rows("Deal milestones"):
        shares = row["account"] == "own_shares"
        name = f"{row['deal']} / {row['milestone']}"
        terms[row["deal"], row["milestone"]] = (row, shares)
        had = records.so_far("Deal milestones", name, "received") or 0.0
        if shares:
            journal.open("shares issued", -had)
        if row["kind"] == "equity":
            journal.open("vendor shares", had)
    for shown in records.events("deal", "milestone"):
        row, shares = terms[str(shown["name"]), str(shown["detail"])]
        at = records.at(shown["period"])
        assert at is not None
        value = row["value"]
        if row["kind"] == "equity":
            journal.add("vendor shares", at, value)
        else:
            value = -float(shown["money"])  # type: ignore[arg-type]
        if shares:
            journal.add("shares issued", at, -value)
        else:
            grants[deals[row["deal"]]["vendor"], at] += value
    return grants
