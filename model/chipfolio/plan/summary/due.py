"""What stays due after the plan's end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...tables import Tables, World
from .lines import SHORT, Rows, line, spread


def commitments(
    tables: Tables,
    plan: Mapping[str, Rows],
    worlds: Mapping[str, World],
    weights: Mapping[str, float],
) -> Iterator[dict]:
    """Payments and terms that run past the plan's end, the mean; not in the objective."""
    currency = str(tables.setting("currency"))
    found: dict[tuple[str, str], dict[str, float]] = {}
    for name, world in worlds.items():
        for item, amount, text in commitments_of(plan, name, world):
            entry = found.setdefault((item, text), dict.fromkeys(worlds, 0.0))
            entry[name] += amount
    section = "Commitments past the plan's end" + (" (mean)" if len(worlds) > 1 else "")
    for (item, text), amounts in found.items():
        mean = sum(weights[name] * amount for name, amount in amounts.items())
        text = (text + spread(amounts, currency)).removeprefix("; ")
        yield line(section, item, mean, currency, text)


def commitments_of(
    plan: Mapping[str, Rows], name: str, world: World
) -> Iterator[tuple[str, float, str]]:
    """Those of one scenario: offer or stage, amount, words."""
    calendar = world.calendar
    offers = world.by_name("Offers")
    rent: dict[str, float] = defaultdict(float)
    for row in plan["Orders"]:
        if row["scenario"] != name:
            continue
        offer = offers[row["offer"]]
        ordered = calendar.position(row["order_period"])
        arrival = ordered + world.lead_time(offer, ordered)
        if row["acquisition"] == "buy":
            if arrival >= calendar.count:
                rest = 1.0 - offer["pay_on_order_pct"]
                rent[row["offer"]] += row["units"] * row["unit_price"] * rest
            continue
        end = arrival + -(-offer["term_months"] // calendar.months)
        beyond = max(end - max(arrival, calendar.count), 0)
        rent[row["offer"]] += row["units"] * row["unit_price"] * calendar.months * beyond
    for offer, amount in rent.items():
        if amount > SHORT:
            yield offer, amount, "from orders in this plan, not in its cost"
    stages = {row.key: row for row in world.rows("Programme stages")}
    for row in plan["Programme timeline"]:
        if row["scenario"] == name:
            planned = stages[row["programme"], str(row["stage"])]["cost"]
            left = planned - row["cost"]
            if calendar.position(row["start"]) >= 0 and left > SHORT:
                yield f"{row['programme']} {row['name']}", left, ""
