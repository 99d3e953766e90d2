"""What a plan is made of, as figures that can be set beside those of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..contract.schema import SEPARATOR
from ..tables import Tables

PARTS = (
    "Orders",
    "Committed units",
    "Programme timeline",
    "Software timeline",
    "Site steps",
    "Contracts and deals",
    "Cash",
)
"""Tables of a plan that say what it is made of."""
NOTHING = 1e-6
Made = dict[tuple[str, str, str], float]


def made_of(
    book: Tables, tables: Mapping[str, Sequence[Mapping]], weights: Mapping[str, float]
) -> Made:
    """Decisions of a plan, expected over scenarios, by (subject, item, window)."""
    found: Made = defaultdict(float)
    calendar = book.calendar

    def year(label: str) -> str:
        return calendar.fiscal_year(calendar.position(label))

    for row in tables["Orders"]:
        weight = weights[row["scenario"]]
        found["units ordered", row["offer"], year(row["order_period"])] += weight * row["units"]
    started = {row.key for row in book.rows("Programme stages") if row["started"] is not None}
    for row in tables["Programme timeline"]:
        if (row["programme"], str(row["stage"])) not in started:
            item = f"{row['programme']}{SEPARATOR}{row['stage']}"
            found["stage started", item, row["start"]] += weights[row["scenario"]]
    for row in tables["Software timeline"]:
        if row["start"]:
            found["software started", row["project"], row["start"]] += weights[row["scenario"]]
    for row in tables["Site steps"]:
        steps = weights[row["scenario"]] * row["steps"]
        found["site steps started", row["project"], row["start"]] += steps
    for row in tables["Contracts and deals"]:
        if row["event"] == "signed" and row["period"]:
            found["signed", row["name"], row["period"]] += weights[row["scenario"]]
    return {key: value for key, value in found.items() if abs(value) > NOTHING}


def apart(base: Made, here: Made) -> list[tuple[str, str, str, float, float]]:
    """Where two plans differ: (subject, item, window, base, here)."""
    found = []
    for key in dict.fromkeys([*base, *here]):
        one, other = base.get(key, 0.0), here.get(key, 0.0)
        if abs(one - other) > NOTHING * max(1.0, abs(one), abs(other)):
            found.append((*key, one, other))
    return sorted(found, key=lambda row: (row[0], row[1], row[2]))


def spend_by_seller(
    tables: Mapping[str, Sequence[Mapping]], weights: Mapping[str, float], book: Tables
) -> dict[str, float]:
    """Expected order spend by seller: new orders, and committed ones dated in the plan."""
    sellers = {row["offer"]: row["seller"] for row in book.rows("Offers")}
    found: dict[str, float] = defaultdict(float)
    for name in ("Orders", "Committed units"):
        for row in tables.get(name, []):
            if book.calendar.position(row["order_period"]) >= 0:
                found[sellers[row["offer"]]] += weights[row["scenario"]] * row["spend"]
    return dict(found)
