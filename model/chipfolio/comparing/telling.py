"""From the worlds between to the tables of a comparison, and the sentences over them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..answers.engine import Engine, Progress
from ..answers.spans import number
from ..contract.problems import fold
from .bridge import Bridge, rank
from .moves import NOTHING, ORDER, decided, months_of, nervousness, promises, value_of
from .sides import Side, refuse_unlike
from .subjects import SUBJECTS, TIME
from .way import Node, Way

Rows = list[dict[str, object]]
TINY = 1e-9
"""Share of the larger cost below which a step is nothing."""


@dataclass
class Comparison:
    """Two plans side by side: ``tables`` by name, the sentence over them, whether all is proven."""

    one: Side
    other: Side
    finding: str
    tables: dict[str, Rows]
    proven: bool
    currency: str
    solves: int = 0

    @property
    def exit_code(self) -> int:
        """0, or 4 where a limit of time left a world without its proof."""
        return 0 if self.proven else 4


def compare(
    one: Side,
    other: Side,
    *,
    scenario: str | None = None,
    gap: float | None = None,
    minutes: float | None = None,
    workers: int = 1,
    folder: Path | None = None,
    listener: Callable[[Progress], None] | None = None,
) -> Comparison:
    """The bridge from the first plan's cost to the second's, and what moved between them.

    ``scenario`` is the one that came true, where scenarios part before the newer plan begins.
    ``gap`` (a fraction) is that of each world between, the tighter target of the two books by
    default. PlanError where the plans cannot be set side by side.
    """
    refuse_unlike(one, other)
    turned = other.first_month < one.first_month
    if one.first_month == other.first_month:
        turned = rank(other) < rank(one)
    old, new = (other, one) if turned else (one, other)
    asked = [side.book.tables.setting("target_gap") for side in (old, new)]
    engine = Engine(
        None, min(asked) if gap is None else gap, minutes, None, workers, None, folder, listener,
        old.book.tables,
    )  # fmt: skip
    return told(Bridge(one, other, old, new, engine, scenario))


def told(bridge: Bridge) -> Comparison:
    """All tables of the comparison."""
    found = bridge.found()
    ways, effects, why = found.ways, found.effects, found.why
    if bridge.turned:
        ways = (ways[1].turned(ways[0].name), ways[0].turned(ways[1].name))
    one, other = bridge.one, bridge.other
    steps = [step for step in SUBJECTS if step in ways[0].steps]
    inputs = inputs_apart(bridge)
    parts = [way.parts() for way in ways]
    bounds = [way.bounds() for way in ways]
    shared = {step: names for way in ways for step, names in way.together().items()}
    rows: Rows = [end_row(one.name, one.objective, one.bound)]
    for step in steps:
        total = (parts[0][step] + parts[1][step]) / 2.0
        low = (bounds[0][0][step] + bounds[1][0][step]) / 2.0
        high = (bounds[0][1][step] + bounds[1][1][step]) / 2.0
        small = abs(total) <= TINY * max(abs(one.objective), abs(other.objective), 1.0)
        apart = low > 0.0 or high < 0.0 or (small and low == high)
        effect = effects.get(step)
        row: dict[str, object] = {
            "step": step,
            "cells": sum(entry["step"] == step for entry in inputs),
            "total": total,
            "low": low if math.isfinite(low) else None,
            "high": high if math.isfinite(high) else None,
            "told_apart": "yes" if apart else "no",
            "forward": parts[0][step],
            "reverse": parts[1][step],
            "effect": effect,
            "response": None if effect is None else total - effect,
        }
        rows.append(row)
    say = Said(bridge.currency, max((abs(float(row["total"])) for row in rows[1:]), default=0.0)  # type: ignore[arg-type]
               or abs(one.objective))  # fmt: skip
    for row in rows[1:]:
        step = str(row["step"])
        row["finding"] = sentence(bridge, say, row, shared.get(step, ()), why.get(step, ""))
    rows.append(end_row(other.name, other.objective, other.bound))
    moved = moved_rows(bridge, ways)
    kept = list(promises(one, other))
    currency = bridge.currency
    tables = {
        "Bridge": rows,
        "Bridge inputs": inputs,
        "Moved decisions": moved,
        "Promises": kept,
        "Nervousness": nervousness(kept, currency),
        "Bridge worlds": world_rows(bridge, ways, found.every),
    }
    nodes = [node for way in ways for node in way.nodes]
    proven = all(node.status in ("optimal", "answered", "infeasible", "refused", "plan")
                 for node in nodes)  # fmt: skip
    title = headline(bridge, say, rows)
    return Comparison(one, other, title, tables, proven, currency, bridge.engine.solves)


def end_row(name: str, cost: float, bound: float | None) -> dict[str, object]:
    """The row of a plan itself."""
    return {
        "step": name,
        "cells": None,
        "total": cost,
        "low": bound,
        "high": cost,
        "told_apart": "",
        "forward": None,
        "reverse": None,
        "effect": None,
        "response": None,
        "finding": "What the plan costs, as it says itself.",
    }


# ------------------------------------------------------------------------------ words
UNITS = ((1e9, " bn"), (1e6, " m"), (1.0, ""))


@dataclass(frozen=True)
class Said:
    """How the amounts of one comparison are said: all in one unit, to the same places."""

    currency: str
    largest: float

    @property
    def unit(self) -> tuple[float, str]:
        """Divisor and word."""
        return next((one for one in UNITS if self.largest >= one[0]), UNITS[-1])

    def __call__(self, amount: float) -> str:
        """An amount without its sign."""
        divisor, word = self.unit
        if abs(amount) >= 1000.0 * self.largest:
            divisor, word = next((one for one in UNITS if abs(amount) >= one[0]), UNITS[-1])
        places = 0 if divisor == 1.0 and self.largest >= 1000.0 else 2
        return f"{abs(amount) / divisor:,.{places}f}{word}"

    def more(self, amount: float) -> str:
        """An amount with its direction in a word."""
        if amount == 0.0:
            return "adds nothing"
        return f"{'adds' if amount > 0 else 'saves'} {self(amount)} {self.currency}"

    def signed(self, amount: float) -> str:
        """An amount with its sign."""
        return f"{'+' if amount >= 0 else '−'}{self(amount)}"


def sentence(
    bridge: Bridge, say: Said, row: Mapping[str, object], shared: Sequence[str], why: str
) -> str:
    """A step in words."""
    said = say.more(float(row["total"]))  # type: ignore[arg-type]
    if row["told_apart"] == "no":
        said += "; smaller than the gaps, so it may be nothing"
    if row["step"] == TIME and bridge.carried and not bridge.turned:
        label = bridge.new.book.tables.calendar.label(0)
        said += f"; {say(bridge.carried)} {say.currency} of {bridge.one.name} lies before {label}"
    effect = row["effect"]
    if effect is not None:
        said += f"; with {bridge.one.name} kept as it is {say.more(float(effect))}"  # type: ignore[arg-type]
    elif why:
        said += f"; at unchanged decisions it has no effect to tell: {why}"
    if shared:
        others = " and ".join(shared)
        said += f"; between {others} lies a world without a plan, so they share their sum equally"
    return said[:1].upper() + said[1:]


def headline(bridge: Bridge, say: Said, rows: Rows) -> str:
    """The finding: what the cost comes to, and the steps that make most of the change."""
    one, other = bridge.one, bridge.other
    change = other.objective - one.objective
    between = [row for row in rows[1:-1] if row["total"]]
    if not between:
        return f"Both plans cost {say(one.objective)} {say.currency}"
    title = f"The second plan costs {say(change)} {say.currency} {'more' if change > 0 else 'less'}"
    if change == 0.0:
        title = "Both plans cost the same"
    steps = [row for row in between if row["told_apart"] == "yes"]
    steps.sort(key=lambda row: -abs(float(row["total"])))  # type: ignore[arg-type]
    if not steps:
        return f"{title}; no step is larger than the gaps"
    named = [f"{row['step']} {say.signed(float(row['total']))}" for row in steps[:3]]  # type: ignore[arg-type]
    return f"{title}: {', '.join(named)}"


# ------------------------------------------------------------------------------ tables
def inputs_apart(bridge: Bridge) -> Rows:
    """Every difference of the inputs, by step."""
    rows: Rows = []
    for step, one, moves in bridge.inputs():
        rows.append(
            {
                "step": step,
                "what": one.what,
                "sheet": one.sheet,
                "item": one.item,
                "column": one.column,
                "period": one.period,
                "old": text_of(one.old),
                "new": text_of(one.new),
                "change_pct": one.change,
                "moves": "yes" if moves else "no",
            }
        )
    return sorted(rows, key=lambda row: SUBJECTS.index(str(row["step"])))


def text_of(value: object) -> str:
    """A value of an input as text."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def world_rows(bridge: Bridge, ways: Sequence[Way], every: bool) -> Rows:
    """The worlds of both orders."""
    rows: Rows = []

    def second(node: Node) -> str:
        newer = set(node.newer)
        names = [one for one in bridge.between if (one in newer) != bridge.turned]
        return ", ".join(names)

    for way in ways:
        for number_, node in enumerate(way.nodes):
            rows.append(
                {
                    "order": way.name,
                    "number": number_,
                    "as_second": second(node),
                    "status": node.status,
                    "cost": node.cost,
                    "bound": node.bound,
                    "note": node.note,
                }
            )
    orders = "every order of the subjects" if every else "the forward and the reverse order"
    rows.append(
        {
            "order": "kept",
            "number": 0,
            "as_second": "",
            "status": "",
            "cost": None,
            "bound": None,
            "note": f"effects are means over {orders}",
        }
    )
    return rows


def moved_rows(bridge: Bridge, ways: Sequence[Way]) -> Rows:
    """Decisions that differ between the plans, with what each step adds to them."""
    one, other = bridge.one, bridge.other
    before, after = months_of(one.book.tables), months_of(other.book.tables)
    periods = {label: month for label, month in before.items() if label in after}
    periods |= {label: month for label, month in after.items() if month > max(before.values())}
    was = decided(one.tables, one.weights, periods)
    now = decided(other.tables, other.weights, periods)
    halves: dict[tuple, dict[str, float]] = {}
    for way in ways:
        known = [decided(node.tables, node.weights, periods) for node in way.nodes]
        for key in dict.fromkeys([*was, *now]):
            added = way.parts(
                lambda node, key=key, known=known, way=way: amount(way, node, known, key)
            )
            mine = halves.setdefault(key, {})
            for step, value in added.items():
                mine[step] = mine.get(step, 0.0) + value / 2.0
    rows: Rows = []
    for key in dict.fromkeys([*was, *now]):
        kind, item, period = key
        change = now.get(key, 0.0) - was.get(key, 0.0)
        if abs(change) <= NOTHING * max(1.0, abs(was.get(key, 0.0))):
            continue
        value = None
        if kind == ORDER:
            unit = value_of(other.book.tables, other.weights, item, period)
            value = change * (unit or value_of(one.book.tables, one.weights, item, period))
        steps = {step: part for step, part in halves[key].items() if abs(part) > NOTHING}
        rows.append(
            {
                "kind": kind,
                "item": item,
                "period": period,
                "before": was.get(key, 0.0),
                "after": now.get(key, 0.0),
                "change": change,
                "list_value": value,
                "moved_by": ", ".join(
                    f"{step} {'+' if part > 0 else '−'}{number(abs(part))}"
                    for step, part in sorted(steps.items(), key=lambda one: SUBJECTS.index(one[0]))
                ),
            }
        )
    kinds = list(dict.fromkeys(["order", *(str(row["kind"]) for row in rows)]))
    return sorted(
        rows,
        key=lambda row: (
            kinds.index(str(row["kind"])),
            fold(row["item"]),
            periods[str(row["period"])],
        ),
    )


def amount(way: Way, node: Node, known: Sequence[Mapping], key: tuple) -> float:
    """How much of a decision a node's plan has."""
    at = next(at for at, one in enumerate(way.nodes) if one is node)
    return known[at].get(key, 0.0)
