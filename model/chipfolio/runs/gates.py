"""Gates: is a plan so unusual that somebody should look before it is published?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..contract.periods import Calendar, month_of
from ..contract.sheets.gates import BASELINE
from ..plan.verdicts import NOT_IN_FORCE
from ..tables import Row, Tables

Rows = list[dict[str, Any]]
ROUNDING = 1e-12
"""A measure this much beyond a limit, relative to it, is still at it."""


@dataclass(frozen=True)
class Published:
    """What stands published: its tables, its dates and probabilities, its input's differences.

    ``input_change`` measures how far the present input is from that plan's, when it is asked for.
    """

    run: int
    tables: Mapping[str, Rows]
    basis: Mapping[str, Any]
    input_change: Callable[[], float]


@dataclass(frozen=True)
class Verdict:
    """What a gate found: its measure's value (None where nothing stands published), and whether
    it holds the plan back."""

    gate: str
    value: float | None
    holds: bool
    sentence: str


def basis_of(tables: Tables, scenario: str | None) -> dict[str, Any]:
    """What a later run must know to cost this plan on its own dates."""
    calendar = tables.calendar
    chances = {str(row["scenario"]): row["probability"] for row in tables.scenarios}
    return {
        "first_month": calendar.first_month,
        "months": calendar.months,
        "count": calendar.count,
        "probabilities": {"": 1.0} if scenario or not chances else chances,
    }


def judge(
    tables: Tables, found: Mapping[str, Rows], gap: float | None, standing: Published | None
) -> list[Verdict]:
    """What each active gate of a book says of a plan's tables ``found``."""
    chances = basis_of(tables, None)["probabilities"]
    verdicts = []
    for row in tables.rows("Gates"):
        if not row["active"]:
            continue
        if row["measure"] in BASELINE and standing is None:
            words = f"gate {row['gate']!r} passes: no earlier plan stands published"
            verdicts.append(Verdict(row["gate"], None, False, words))
            continue
        verdicts.append(
            verdict(row, measured(row, tables, found, chances, gap, standing), standing)
        )
    return verdicts


def verdict(row: Row, value: float, standing: Published | None) -> Verdict:
    """A gate's verdict on a measured value, in a sentence."""
    limit, below = row["limit"], row["measure"] == "rule_slack_pct"
    room = ROUNDING * max(1.0, abs(limit))
    holds = value < limit - room if below else value > limit + room
    about = f" of {row['item']}" if row["item"] else ""
    against = f" against run {standing.run}" if standing and row["measure"] in BASELINE else ""
    word = ("below" if below else "above") if holds else ("at least" if below else "at most")
    who = f"; {row['owner']} answers for it" if row["owner"] and holds else ""
    sentence = (
        f"gate {row['gate']!r} {'holds the plan back' if holds else 'passes'}: {row['measure']}"
        f"{about}{against} is {share(value)}, {word} {share(limit)}{who}"
    )
    return Verdict(row["gate"], value, holds, sentence)


def share(value: float) -> str:
    """A share in percent."""
    return "without limit" if math.isinf(value) else f"{100 * value:.4g} %"


def measured(
    row: Row,
    tables: Tables,
    found: Mapping[str, Rows],
    chances: Mapping[str, float],
    gap: float | None,
    standing: Published | None,
) -> float:
    """The value of a gate's measure, a fraction."""
    measure, item = row["measure"], row["item"]
    if measure == "gap_pct":
        return math.inf if gap is None else gap
    if measure == "unmet_pct":
        return unmet(found["Service"], chances, item)
    if measure == "rule_slack_pct":
        return slack(found["Rules"], chances, item)
    assert standing is not None
    if measure == "input_change_pct":
        return standing.input_change()
    if measure == "cost_change_pct":
        best = sum(chances.get(one["scenario"], 0.0) * one["discounted"] for one in found["Cash"])
        before = cost_from_now(standing, tables.calendar)
        return relative(abs(best - before), abs(before))
    return orders_change(tables, found["Orders"], chances, standing)


def relative(part: float, whole: float) -> float:
    """A share; of nothing it is 0 where the part is nothing too, else without limit."""
    return part / whole if whole else (math.inf if part else 0.0)


def unmet(service: Rows, chances: Mapping[str, float], workload: str | None) -> float:
    """The largest share of demand that a workload leaves unmet over the plan."""
    asked: dict[str, float] = {}
    missed: dict[str, float] = {}
    for row in service:
        chance = chances.get(row["scenario"], 0.0)
        name = row["workload"]
        asked[name] = asked.get(name, 0.0) + chance * row["demand"]
        missed[name] = missed.get(name, 0.0) + chance * row["unmet"]
    names = [workload] if workload else list(asked)
    return max((relative(missed.get(n, 0.0), asked.get(n, 0.0)) for n in names), default=0.0)


def slack(rules: Rows, chances: Mapping[str, float], rule: str) -> float:
    """The least slack of a rule over its windows and members, against its limit.

    Where there is nothing to share, or the rule is not in force, there is no slack.
    """
    room: dict[tuple, float] = {}
    limit: dict[tuple, float] = {}
    for row in rules:
        if row["rule"] != rule and not row["rule"].startswith(f"{rule}: "):
            continue
        if row["slack"] is None or row["state"] == NOT_IN_FORCE:
            continue
        key = (row["sheet"], row["rule"], row["window"], row["sense"])
        chance = chances.get(row["scenario"], 0.0)
        room[key] = room.get(key, 0.0) + chance * row["slack"]
        limit[key] = limit.get(key, 0.0) + chance * row["limit"]
    return min((relative(room[key], abs(limit[key])) for key in room), default=math.inf)


def cost_from_now(standing: Published, calendar: Calendar) -> float:
    """What the published decisions cost from the present first period on, at its factors."""
    basis, chances = standing.basis, standing.basis["probabilities"]
    total = 0.0
    for row in standing.tables["Cash"]:
        month = month_of(row["period"], basis["months"])
        assert month is not None
        if month < calendar.first_month:
            continue
        if row["line"] == "terminal_value":
            months = basis["first_month"] + basis["count"] * basis["months"] - calendar.first_month
            factor = (1.0 + calendar.discount_rate) ** (-months / 12)
        else:
            factor = calendar.discount((month - calendar.first_month) / calendar.months)
        total += chances.get(row["scenario"], 0.0) * row["amount"] * factor
    return total


def orders_change(
    tables: Tables, orders: Rows, chances: Mapping[str, float], standing: Published
) -> float:
    """List value of the first period's orders that differ from the published plan's, by theirs."""
    label = tables.calendar.label(0)
    values = list_values(tables)
    now = first_orders(orders, chances, label)
    before = first_orders(standing.tables["Orders"], standing.basis["probabilities"], label)
    gone = {
        row["offer"]: row["list_price"]
        for row in standing.tables["Orders"]
        if row["offer"] not in values
    }
    values = {**gone, **values}
    moved = sum(
        abs(now.get(offer, 0.0) - before.get(offer, 0.0)) * values[offer]
        for offer in dict.fromkeys([*now, *before])
    )
    return relative(moved, sum(units * values[offer] for offer, units in before.items()))


def first_orders(orders: Iterable[dict], chances: Mapping[str, float], label: str) -> dict:
    """Units ordered in one period by offer, expected over scenarios."""
    units: dict[str, float] = {}
    for row in orders:
        if row["order_period"] == label:
            chance = chances.get(row["scenario"], 0.0)
            units[row["offer"]] = units.get(row["offer"], 0.0) + chance * row["units"]
    return units


def list_values(tables: Tables) -> dict[str, float]:
    """List value of a unit ordered in the first period, by offer; of rentals over the plan."""
    calendar, world = tables.calendar, tables.world()
    prices = world.path("Offers", "price")
    values = {}
    for offer in tables.rows("Offers"):
        months = 1.0
        if offer["acquisition"] != "buy":
            term = math.ceil(offer["term_months"] / calendar.months)
            inside = max(min(term, calendar.count - offer["lead_time"]), 0)
            months = float(inside * calendar.months)
        values[offer["offer"]] = prices[offer["offer"]][0] * months
    return values
