"""How the plan stands to its rules: which bind or are broken, whose shares, what is short."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...tables import Tables, World
from ..verdicts import BINDS, BROKEN, NOT_APPLIED, PAID, close, worst_first
from ..words import (
    BOUNDS,
    apart,
    level_and_limit,
    listed,
    not_applied,
    percent,
    plain,
    unmet_penalty,
)
from .lines import SHORT, Rows, line

MOST_BINDING = 12
"""Rules that bind, as far as they are listed; the sheet Rules has them all."""
BASES = {"order_spend": "of order spend", "served": "of work served"}
"""Shares on the page, and of what whole they are."""


def by_rule(rows: Rows, state: str) -> dict[tuple[str, str], Rows]:
    """Rows of a state by rule and sense."""
    found: dict[tuple[str, str], Rows] = defaultdict(list)
    for row in rows:
        if row["state"] == state:
            found[str(row["rule"]), str(row["sense"])].append(row)
    return found


def beyond_rules(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """Rules beyond their limit: not applied, broken at their price, minimums paid for."""
    currency = str(tables.setting("currency"))
    for rule, text in not_applied(plan["Rules"], currency).items():
        yield line("Rules not applied", rule, None, "", text)
    for (rule, _), rows in by_rule(plan["Rules"], BROKEN).items():
        price = sum(row["penalty"] * weights[row["scenario"]] for row in rows)
        text = missed(rows, currency, "broken")
        yield line("Rules broken at their price", rule, price, currency, text)
    for (rule, _), rows in by_rule(plan["Rules"], PAID).items():
        price = sum(
            event["money"] * weights[event["scenario"]]
            for event in plan["Contracts and deals"]
            if event["event"] == "window" and event["name"] == rule
        )
        text = missed(rows, currency, "missed")
        yield line("Minimums missed and paid for", rule, price, currency, text)


def missed(rows: Rows, currency: str, word: str) -> str:
    """Where rows of one rule are farthest beyond their limit, and in how many more windows."""
    worst = worst_first(rows)[0]
    level, limit = level_and_limit(worst, currency)
    where = worst["window"] or "its window"
    text = f"undiscounted; {level} in {where}, where it asks for {BOUNDS[worst['sense']]} {limit}"
    others = len({row["window"] for row in rows}) - 1
    if others:
        text += f"; {word} in {others} more window{'s' if others > 1 else ''}"
    return text


def binding(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """Rules without room for one lot, step or unit of what is ordered, and where."""
    found = by_rule(plan["Rules"], BINDS)
    section = "Rules that bind"
    currency = str(tables.setting("currency"))
    for (rule, sense), rows in list(found.items())[:MOST_BINDING]:
        yield line(section, name_of(rule, sense, found), None, "", held(plan, rows, currency))
    if len(found) > MOST_BINDING:
        yield line(section, f"and {len(found) - MOST_BINDING} more, see Rules")


def name_of(rule: str, sense: str, found: Mapping[tuple[str, str], Rows]) -> str:
    """A rule's name, with its side where both bind."""
    both = sum(other == rule for other, _ in found) > 1
    return f"{rule} ({BOUNDS[sense]})" if both else rule


def held(plan: Mapping[str, Rows], rows: Rows, currency: str) -> str:
    """Level and limit where a rule binds first, and in how many of its windows and scenarios."""
    first = rows[0]
    level, limit = level_and_limit(first, currency)
    at = f"{level} of {BOUNDS[first['sense']]} {limit} in {first['window'] or 'its window'}"
    if abs(first["slack"]) > close(first["limit"]):
        at += f", within one {first['one']}"
    same = [
        row
        for row in plan["Rules"]
        if (row["rule"], row["sense"]) == (first["rule"], first["sense"])
    ]
    every, tight = ({row["window"] for row in some} for some in (same, rows))
    if len(every) > 1:
        at += f"; binds in {len(tight)} of {len(every)} windows"
    cases = dict.fromkeys(str(row["scenario"]) for row in rows)
    if len(cases) < len({row["scenario"] for row in same}):
        at += f", if {listed(cases)}"
    return at


def shares(plan: Mapping[str, Rows], weights: Mapping[str, float]) -> Iterator[dict]:
    """Share of order spend and of served work by vendor, over the plan, against its limit.

    Over scenarios it is the ratio of expected amounts: a future without orders is no share of 0 %.
    Where the limit holds in other windows, the one nearest to it is told.
    """
    for basis, words in BASES.items():
        parts, whole = expected(plan["Vendor split"], basis, weights)
        if not whole:  # only scenarios that weigh nothing have any
            continue
        limited: dict[str, Rows] = defaultdict(list)
        for row in plan["Vendor split"]:
            if (row["dimension"], row["basis"]) == ("vendor", basis) and row["limit"] is not None:
                limited[row["member"]].append(row)
        for member, part in parts.items():
            text = against(limited[member]) if limited[member] else ""
            yield line(f"Vendor share {words}, whole plan", member, part / whole, "%", text)


def expected(
    splits: Rows, basis: str, weights: Mapping[str, float]
) -> tuple[dict[str, float], float]:
    """Expected amount of each vendor over the plan, and of them all."""
    parts: dict[str, float] = defaultdict(float)
    for row in splits:
        if (row["dimension"], row["basis"], row["window"]) == ("vendor", basis, "plan"):
            parts[row["member"]] += row["amount"] * weights[row["scenario"]]
    return parts, sum(parts.values())


def against(rows: Rows) -> str:
    """A member's limit, and where it is nearest to it or farthest beyond."""
    limits = [row["limit"] for row in rows]
    high, low = apart([max(limits), min(limits)], percent, 0)
    text = f"limit {high}" + (f" falling to {low}" if high != low else "")
    near = min(rows, key=lambda row: row["limit"] - row["share"])
    if near["window"] == "plan" and near["state"] != NOT_APPLIED:
        return text
    share, limit = apart([near["share"], near["limit"]], percent)
    over = near["state"] in (BROKEN, NOT_APPLIED)
    text += f"; {'most above' if over else 'nearest to'} it in {near['window']}: {share}, "
    state = f", {near['state']}" if over or near["state"] == BINDS else ""
    return text + f"where {limit} is the most{state}"


def shortfalls(
    tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]
) -> Iterator[dict]:
    """Where and when demand is short, by how much at worst and over the plan, and its penalty."""
    currency = str(tables.setting("currency"))
    for name in worlds:
        section = "Demand not served" + (f", scenario {name}" if len(worlds) > 1 else "")
        short: dict[str, Rows] = defaultdict(list)
        for row in plan["Service"]:
            if row["scenario"] == name and row["unmet"] > SHORT * max(row["demand"], 1.0):
                short[row["workload"]].append(row)
        if not short:
            yield line(section, "All demand is served")
        for workload, rows in short.items():
            worst = max(rows, key=lambda row: row["unmet"] / row["demand"])
            share = worst["unmet"] / worst["demand"]
            text = f"in {worst['period']}, {plain(worst['unmet'])} of {plain(worst['demand'])}"
            if len(rows) > 1:
                text = (
                    f"at worst, {text}; some in {len(rows)} periods from {rows[0]['period']} to "
                    f"{rows[-1]['period']}"
                )
            asked = sum(
                row["demand"]
                for row in plan["Service"]
                if (row["scenario"], row["workload"]) == (name, workload)
            )
            missing = sum(row["unmet"] for row in rows)
            text += f"; over the plan, {plain(missing)} of {plain(asked)}"
            yield line(section, workload, share, "%", text)
        cash = [row for row in plan["Cash"] if row["scenario"] == name]
        if short and (said := unmet_penalty(cash, {name: 1.0}, currency)):
            yield line(section, "all workloads", None, "", said)
