"""What was decided, by date, and rows of the model that hold it or that follow a rule of thumb.

Orders are held by offer and period, over all sites; starts, steps and signatures as they are.
Where units stand, what is sold and how work is run is decided best by every policy alike.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyomo.core as pyo

from ..formulation.linear import Linear
from ..formulation.whole import Furnished, Whole
from ..futures.settle import NOTHING
from .quarters import Quarter, label

Decided = dict[tuple[str, str, int], float]
"""By (kind, name, position in the truth): units, steps, or 1 of what starts or is signed."""
KINDS = {
    "stage": ("own_silicon", "starts"),
    "software": ("software", "starts"),
    "steps": ("sites", "steps"),
    "signature": ("signing", "signs"),
}
"""Rooms of the model in which a kind is decided, and the decision's name there."""
COMMITTED = {
    "order": ("Committed orders", "offer", "order_period", "units"),
    "steps": ("Committed steps", "project", "start_period", "steps"),
}
"""Sheet and columns of what was bound: by what, when, how much."""


# ------------------------------------------------------------------ what was decided
def executed(quarters: Sequence[Quarter], at: int) -> Decided:
    """What was done in a workbook's quarter, as the next workbook says it."""
    mine, after = quarters[at], quarters[at + 1]
    tables, found = after.book.tables, defaultdict(float)
    first = quarters[0]

    def put(kind: str, name: str, position: int | None, value: float) -> None:
        when = None if position is None else after.at(position)
        if when is not None and mine.begins <= when < mine.until:
            found[kind, name, when] += value

    for kind, (sheet, *columns) in COMMITTED.items():
        for row in tables.rows(sheet):
            put(kind, *(row[column] for column in columns))
        for row in first.book.tables.rows(sheet):  # known before anything was decided
            name, position, amount = (row[column] for column in columns)
            if (kind, name, position) in found:
                found[kind, name, position] -= amount
    for row in tables.rows("Programme stages"):
        put("stage", label(row.key), row["started"], 1.0)
    for row in tables.rows("Software"):
        start = row["started"]
        if start is None and row["finished"] is not None:
            start = row["finished"] - row["duration"]
        put("software", row["project"], start, 1.0)
    for sheet in ("Contracts", "Deals"):
        for row in tables.rows(sheet):
            if row["signing"] == "signed":
                put("signature", str(row.key), row["signed_in"], 1.0)
    return {key: value for key, value in found.items() if value > NOTHING}


def planned(quarter: Quarter, rows: Mapping[str, Sequence[Mapping]], scenario: str) -> Decided:
    """What a workbook's plan decides in its quarter, of the scenario named."""
    calendar, tables = quarter.book.tables.calendar, quarter.book.tables
    found: Decided = defaultdict(float)
    done = {
        ("stage", label(r.key)) for r in tables.rows("Programme stages") if r["started"] is not None
    }
    done |= {
        ("software", r["project"]) for r in tables.rows("Software") if r["started"] is not None
    }
    for sheet in ("Contracts", "Deals"):
        rows_of = tables.rows(sheet)
        done |= {("signature", str(r.key)) for r in rows_of if r["signing"] == "signed"}

    def put(kind: str, row: Mapping, name: str, period: object, value: float) -> None:
        position = calendar.position(period) if period else None
        if position is None or (row["scenario"] or "") != scenario or (kind, name) in done:
            return
        when = quarter.at(position)
        if quarter.begins <= when < quarter.until:
            found[kind, name, when] += value

    for row in rows["Orders"]:
        put("order", row, row["offer"], row["order_period"], row["units"])
    for row in rows["Programme timeline"]:
        put("stage", row, label((row["programme"], str(row["stage"]))), row["start"], 1.0)
    for row in rows["Software timeline"]:
        put("software", row, row["project"], row["start"], 1.0)
    for row in rows["Site steps"]:
        if row.get("row") is None:
            put("steps", row, row["project"], row["start"], row["steps"])
    for row in rows["Contracts and deals"]:
        if row["event"] == "signed":
            put("signature", row, row["name"], row["period"], 1.0)
    return dict(found)


# ------------------------------------------------------------------ rows of the model
@dataclass(frozen=True)
class Held:
    """What is decided before a position, fixed; nothing else is decided before it."""

    decided: tuple[tuple[tuple[str, str, int], float], ...]
    until: int

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        given = dict(self.decided)
        block.held = pyo.ConstraintList()
        for key, form in forms_of(the_world(whole), self.until).items():
            value = given.get(key, 0.0)
            fixed = value - form.constant
            block.held.add((fixed, form.expression, fixed))

    def misplaced(self, whole: Whole) -> list[str]:
        """What of it this model has no place for, in words."""
        known = forms_of(the_world(whole), self.until)
        label_of = the_world(whole).world.calendar.label
        return [
            f"{kind} {name} of {label_of(at)}"
            for (kind, name, at), value in self.decided
            if (kind, name, at) not in known and value > NOTHING
        ]


@dataclass(frozen=True)
class Mix:
    """Shares of sellers in the list value of what is ordered before a position, nearly."""

    shares: tuple[tuple[str, float], ...]
    until: int
    within: float

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        parts: dict[str, Linear] = defaultdict(Linear)
        everything = Linear()
        for seller, value, form in values_of(the_world(whole), self.until):
            parts[seller].plus(form, value)
            everything.plus(form, value)
        shares = dict(self.shares)
        block.mixed = pyo.ConstraintList()
        for seller, part in parts.items():
            share = shares.get(seller, 0.0)
            for limit, sign in ((share + self.within, 1.0), (share - self.within, -1.0)):
                form, merged = Linear().plus(part, sign).plus(everything, -sign * limit), Linear()
                for coefficient, variable in form.merged().values():
                    merged.add(coefficient, variable)
                if merged:
                    block.mixed.add((None, merged.expression, -form.constant))


@dataclass(frozen=True)
class Only:
    """Orders before a position are of these (offer, period) alone."""

    open: tuple[tuple[str, int], ...]
    until: int

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        block.closed = pyo.ConstraintList()
        for (offer, at), form in the_world(whole).orders.ordered.items():
            if at < self.until and (offer, at) not in self.open and form:
                block.closed.add((None, form.expression, -form.constant))


def the_world(whole: Whole) -> Furnished:
    """The one world of the truth."""
    return next(iter(whole.worlds.values()))


def forms_of(world: Furnished, until: int) -> dict[tuple[str, str, int], Linear]:
    """All that can be decided before a position, by kind, name and position."""
    found = {
        ("order", offer, at): form
        for (offer, at), form in world.orders.ordered.items()
        if at < until and form
    }
    for kind, (room, name) in KINDS.items():
        own = world.rooms[room]
        for key, at in own.decided.get(name, {}).items():
            if 0 <= at < until:
                parts = key[:-1] if isinstance(key, tuple) else (key,)
                item = label(tuple(map(str, parts)))
                form = Linear().add(1.0, own.decisions[name][key])
                found[kind, item, at] = form
    return found


def values_of(world: Furnished, until: int) -> Iterator[tuple[str, float, Linear]]:
    """(seller, list value of a unit, units ordered) of every offer and period before a position."""
    calendar = world.world.calendar
    offers = world.world.by_name("Offers")
    prices = world.world.path("Offers", "price")
    for (offer, at), form in world.orders.ordered.items():
        if at < until and form:
            row = offers[offer]
            months = 1.0 if row["acquisition"] == "buy" else row["term_months"]
            months = min(months, (calendar.count - at) * calendar.months)
            yield row["seller"], prices[offer][at] * months, form


def cheapest(world: Furnished, until: int) -> tuple[tuple[str, int], ...]:
    """(offer, period) with the least list price per unit of work, for some workload, then."""
    calendar, data = world.world.calendar, world.world
    offers, prices = data.by_name("Offers"), data.path("Offers", "price")
    lives = {row["chip"]: row["life_years"] for row in data.rows("Chips")}
    throughput = data.path("Performance", "throughput")
    found = set()
    for at in range(until):
        least: dict[str, tuple[float, str]] = {}
        for (offer, when), form in world.orders.ordered.items():
            if when != at or not form:
                continue
            row = offers[offer]
            months = lives[row["chip"]] * 12 / calendar.months
            a_period = prices[offer][at] / months
            if row["acquisition"] != "buy":
                a_period = prices[offer][at] * calendar.months
            for (chip, workload), rate in throughput.items():
                if chip == row["chip"] and rate[at]:
                    mine = a_period / rate[at], offer
                    least[workload] = min(least.get(workload, mine), mine)
        found |= {(offer, at) for _, offer in least.values()}
    return tuple(sorted(found))
