"""Which orders, starts and signatures moved between two plans, by how much, and by which steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from ..contract.schema import SEPARATOR
from ..formulation.pricing import list_value
from ..tables import Tables
from .sides import Side

Key = tuple[str, str, str]
"""Kind of decision, what it is of, the period."""
PROMISED = 4
"""So many periods of the second plan are looked at for what the first one promised."""
NOTHING = 1e-6
ORDER, STAGE, SOFTWARE, STEPS, SIGNED = (
    "order",
    "stage start",
    "software start",
    "site steps",
    "signature",
)


def decided(
    tables: Mapping[str, Sequence[Mapping]], weights: Mapping[str, float], months: Mapping[str, int]
) -> dict[Key, float]:
    """What a plan decides in the periods given, expected over its scenarios."""
    found: dict[Key, float] = defaultdict(float)

    def put(kind: str, item: object, period: object, row: Mapping, amount: float) -> None:
        if period in months:
            found[kind, str(item), str(period)] += weights.get(str(row["scenario"]), 0.0) * amount

    for row in tables.get("Orders", ()):
        put(ORDER, row["offer"], row["order_period"], row, row["units"])
    for row in tables.get("Programme timeline", ()):
        item = f"{row['programme']}{SEPARATOR}{row['stage']}"
        put(STAGE, item, row["start"], row, 1.0)
    for row in tables.get("Software timeline", ()):
        put(SOFTWARE, row["project"], row["start"], row, 1.0)
    for row in tables.get("Site steps", ()):
        if row.get("row") is None:
            put(STEPS, row["project"], row["start"], row, row["steps"])
    for row in tables.get("Contracts and deals", ()):
        if row["event"] == "signed":
            put(SIGNED, row["name"], row["period"], row, 1.0)
    return {key: value for key, value in found.items() if abs(value) > NOTHING}


def months_of(tables: Tables) -> dict[str, int]:
    """Labels of a book's periods, with the month in which each begins."""
    calendar = tables.calendar
    return {
        calendar.label(at): calendar.first_month + at * calendar.months for at in calendar.positions
    }


def value_of(tables: Tables, scenarios: Mapping[str, float], offer: str, period: str) -> float:
    """List value of a unit of an offer ordered in a period, expected over scenarios."""
    at = tables.calendar.position(period)
    row = next((one for one in tables.rows("Offers") if one["offer"] == offer), None)
    if row is None or at is None or not 0 <= at < tables.calendar.count:
        return 0.0
    worlds = [(weight, tables.world(name or None)) for name, weight in scenarios.items()]
    return sum(weight * list_value(world, row, at) for weight, world in worlds)


def promises(one: Side, other: Side) -> Iterator[dict[str, object]]:
    """Orders that the first plan has in the second one's first periods, and what became of them.

    Of the second plan, orders that its book counts as committed already, and the first one's book
    does not, are kept promises too.
    """
    before, after = one.book.tables, other.book.tables
    both = months_of(before).keys() & dict(list(months_of(after).items())[:PROMISED]).keys()
    periods = {period: 0 for period in months_of(after) if period in both}
    was = decided(one.tables, one.weights, periods)
    now = decided(other.tables, other.weights, periods)
    for sign, tables in ((1.0, after), (-1.0, before)):
        for row in tables.rows("Committed orders"):
            period = tables.calendar.label(row["order_period"])
            if period in periods:
                key = (ORDER, row["offer"], period)
                now[key] = now.get(key, 0.0) + sign * row["units"]
    offers = {key[1:]: None for key in (*was, *now) if key[0] == ORDER}
    for offer, period in sorted(offers, key=lambda key: (months_of(after)[key[1]], key[0])):
        promised = was.get((ORDER, offer, period), 0.0)
        kept = max(now.get((ORDER, offer, period), 0.0), 0.0)
        unit = value_of(before, one.weights, offer, period)
        new = unit or value_of(after, other.weights, offer, period)
        if promised <= NOTHING and kept <= NOTHING:
            continue
        yield {
            "offer": offer,
            "period": period,
            "promised": promised,
            "now": kept,
            "unit_value": unit or new,
            "promised_value": unit * promised,
            "lowered": unit * max(promised - kept, 0.0),
            "new": new * max(kept - promised, 0.0),
        }


def nervousness(rows: Sequence[Mapping[str, object]], currency: str) -> list[dict[str, object]]:
    """What of the promises was lowered or dropped, as a share; what is new, apart."""
    total, lowered, new = (
        sum(float(row[name]) for row in rows)  # type: ignore[arg-type]
        for name in ("promised_value", "lowered", "new")
    )
    share = lowered / total if total else None
    return [
        {"item": "promised orders, list value", "value": total, "unit": currency},
        {"item": "of these lowered or dropped", "value": lowered, "unit": currency},
        {"item": "nervousness", "value": share, "unit": "share" if total else "nothing promised"},
        {"item": "orders not promised, list value", "value": new, "unit": currency},
    ]
