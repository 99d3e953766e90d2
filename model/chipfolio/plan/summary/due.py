"""What stays due after the plan's end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...contract.statement import AVOIDABLE, FIRM
from ...tables import Tables, World
from .. import words
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
    for row in plan["Programme timeline"]:
        if row["scenario"] == name and row["end"]:
            start, end = (calendar.position(row[column]) for column in ("start", "end"))
            inside = calendar.count - max(start, 0)
            left = row["cost"] / inside * (end + 1 - calendar.count) if inside > 0 else 0.0
            if left > SHORT:
                yield f"{row['programme']} {row['name']}", left, ""


def maturity(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """What is bound now by fiscal year of payment, the mean; beside it what is bound later."""
    currency = str(tables.setting("currency"))
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    worth = 0.0
    for row in plan.get("Commitments", ()):
        share = weights.get(str(row["scenario"]), 1.0)
        found[str(row["fiscal_year"])][str(row["bound"])] += share * float(row["amount"])  # type: ignore[arg-type]
        if row["bound"] == FIRM:
            worth += share * float(row["present_value"])  # type: ignore[arg-type]
    if not found:
        return
    section = "Bound to be paid, by fiscal year" + (" (mean)" if len(weights) > 1 else "")
    for year in sorted(found):
        later = found[year][AVOIDABLE]
        text = f"and {words.amount(later)} {currency} that later decisions bind" if later else ""
        yield line(section, year, found[year][FIRM], currency, text)
    firm, later = (sum(parts[kind] for parts in found.values()) for kind in (FIRM, AVOIDABLE))
    text = f"and {words.amount(later)} {currency} that later decisions bind" if later else ""
    yield line(section, "In all", firm, currency, text)
    yield line(section, "Present value", worth, currency, "of what is bound now")
