"""The limits of a book that can be dropped, and how far each would have to move for a plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.inputs import EACH, in_words
from ..formulation.shares import members_of
from ..formulation.whole import Whole
from ..plan.extract import marginal
from ..plan.plan import Solved
from ..tables import Tables
from .variant import RULES, Drop

NOTHING, ROUNDING = 1e-9, 1e-6
OTHERS = (
    ("Contracts", "minimum"),
    ("Vendors", "max_units"),
    ("Vendors", "max_spend_per_fiscal_year"),
    ("Sites", "power_mw"),
    ("Offers", "max_order"),
)
"""Limits beside the sheets of rules, by sheet and column."""
SENTENCES = {
    "a_vendor_sells_no_more_than_it_has": ("Vendors", "max_units"),
    "a_vendor_sells_for_no_more_than_it_may": ("Vendors", "max_spend_per_fiscal_year"),
    "power_fits_the_site": ("Sites", "power_mw"),
    "an_offer_sells_no_more_than_it_has": ("Offers", "max_order"),
}
"""Rows of the model that state a limit which is no rule."""
OWN_UNIT = "unit of the rule"
UNITS = {
    "max_units": "unit",
    "max_order": "unit",
    "power_mw": "MW",
    "min_pct": "percentage point",
    "max_pct": "percentage point",
    "min_count": "supplier",
    "max_count": "supplier",
}
"""What a limit is moved by, in words; money and a rule's own quantity are told as such."""


@dataclass(frozen=True)
class Limit:
    """One limit: a cell of the book, of one member where the rule is for each."""

    sheet: str
    item: str
    column: str
    member: str = ""
    members: tuple[str, ...] = ()
    priority: float | None = None

    @property
    def drop(self) -> Drop:
        """The change that takes it away."""
        member = "" if self.member == EACH else self.member
        return Drop(self.sheet, self.item, self.column, member, self.members if member else ())

    @property
    def atoms(self) -> frozenset[tuple[str, ...]]:
        """What it consists of: one limit, or one of each member."""
        names = self.members if self.member == EACH else (self.member,)
        return frozenset((self.sheet, self.item, self.column, name) for name in names)

    @property
    def named(self) -> str:
        """The limit in words."""
        return in_words(self.sheet, self.item, self.column, self.member)

    def unit(self, currency: str) -> str:
        """What it is moved by."""
        if self.sheet in ("Budgets",) or self.column == "max_spend_per_fiscal_year":
            return currency
        return UNITS.get(self.column, OWN_UNIT)


@dataclass(frozen=True)
class Excess:
    """By how much a plan passes a limit in one window and scenario; below 0 where it keeps it."""

    scenario: str
    window: str
    limit: float
    level: float
    excess: float
    marginal: float | None = None


def limits_of(tables: Tables) -> list[Limit]:
    """Every limit that ``each`` of the kind rule_price means, in the order of the book."""
    found: list[Limit] = []
    world = tables.world(tables.scenarios[0]["scenario"] if tables.scenarios else None)
    for sheet, columns in RULES.items():
        done: set[str] = set()
        for row in tables.rows(sheet):
            name = str(next(iter(row.values())))
            if not row["active"] or name in done:
                continue
            done.add(name)
            for column in columns:
                if sheet == "Custom rules":
                    own = [r for r in tables.rows(sheet) if r["rule"] == row["rule"]]
                    if all(one["limit"] is None for one in own):
                        continue
                elif row[column] is None:
                    continue
                priority = float(row["priority"])
                if sheet == "Share rules" and row["member"] == EACH:
                    names = tuple(members_of(world, row["dimension"]))
                    for member in (*names, EACH):
                        found.append(Limit(sheet, name, column, member, names, priority))
                else:
                    member = row["member"] if sheet == "Share rules" else ""
                    found.append(Limit(sheet, name, column, priority=priority))
    for sheet, column in OTHERS:
        for row in tables.rows(sheet):
            if "active" in row and not row["active"]:
                continue
            name = str(next(iter(row.values())))
            if is_set(tables, sheet, column, row, name):
                priority = float(row["priority"]) if row.get("priority") is not None else None
                found.append(Limit(sheet, name, column, priority=priority))
    return found


def is_set(tables: Tables, sheet: str, column: str, row: dict, name: str) -> bool:
    """Whether a cell holds a limit in some period of some scenario."""
    if row[column] is not None:
        return True
    said = [*tables.rows("Timeline"), *tables.rows("Scenario changes")]
    return any(
        one["sheet"] == sheet and one["column"] == column and one["item"] in (name, "all")
        for one in said
    )


# ------------------------------------------------------------------ how far a plan passes them
def excesses(whole: Whole, solved: Solved | None = None) -> dict[tuple[str, ...], list[Excess]]:
    """By limit (sheet, item, column, member of a rule for each), what a plan in the model does.

    With ``solved``, the model as it was solved, each has the saving per unit that its dual says,
    integers fixed; None where its sign is wrong.
    """
    price = marginal(solved.matrix, solved.outcome.duals) if solved else None
    found: dict[tuple[str, ...], list[Excess]] = {}
    for key, excess in all_excesses(whole, price):
        found.setdefault(key, []).append(excess)
    return found


def all_excesses(whole: Whole, price) -> Iterator[tuple[tuple[str, ...], Excess]]:  # noqa: ANN001
    """Each limit in each window and scenario."""
    each = {
        (row["rule"], column)
        for row in whole.tables.rows("Share rules")
        if row["member"] == EACH
        for column in ("min_pct", "max_pct")
    }
    for name, world in whole.worlds.items():
        for limit in world.shares.limits:
            base = limit.whole.value()
            level = limit.level.value() / base if base > NOTHING else limit.limit
            column = "max_pct" if limit.sense == "<=" else "min_pct"
            member = limit.member if (limit.rule, column) in each else ""
            over = (level - limit.limit) * (1.0 if limit.sense == "<=" else -1.0)
            dual = priced(price, limit.constraint, limit.scale * base / 100.0)
            key = ("Share rules", limit.rule, column, member)
            yield key, Excess(name, limit.window.label, limit.limit, level, over, dual)
        for limit in world.policies.limits:
            level = limit.level.value()
            column = {"Supplier counts": "max_count" if limit.sense == "<=" else "min_count"}.get(
                limit.sheet, "limit"
            )
            over = (level - limit.limit) * (1.0 if limit.sense == "<=" else -1.0)
            if limit.sense == "=":
                over = abs(level - limit.limit)
            dual = priced(price, limit.constraint, limit.scale, limit.sense)
            key = (limit.sheet, limit.rule, column, "")
            yield key, Excess(name, limit.window.label, limit.limit, level, over, dual)
        for minimum in world.terms.minimums:
            if minimum.in_force.value() < 0.5:
                continue
            level, least = minimum.level.value(), minimum.contract["minimum"]
            key = ("Contracts", minimum.contract["contract"], "minimum", "")
            yield key, Excess(name, minimum.window.label, least, level, least - level)
        yield from of_facts(name, whole, price)


def of_facts(name: str, whole: Whole, price) -> Iterator[tuple[tuple[str, ...], Excess]]:  # noqa: ANN001
    """Limits of vendors, offers and sites in one world."""
    world = whole.worlds[name]
    calendar = world.world.calendar
    for room in ("orders", "sites"):
        for component in world.rooms[room].block.component_objects(pyo.Constraint):
            if component.local_name not in SENTENCES:
                continue
            sheet, column = SENTENCES[component.local_name]
            for index, row in component.items():
                item, when = str(index[0]), index[1]
                window = calendar.label(when) if isinstance(when, int) else str(when)
                scale = 1.0
                if column == "max_spend_per_fiscal_year":
                    scale = 1.0 / world.orders.spend_scale[index]
                upper = pyo.value(row.upper) * scale
                over = pyo.value(row.body) * scale - upper
                limit = limit_at(world.world, sheet, column, item, when)
                dual = priced(price, row, 1.0 / scale)
                yield (
                    (sheet, item, column, ""),
                    Excess(name, window, limit, limit + over, over, dual),
                )


def limit_at(world, sheet: str, column: str, item: str, when: object) -> float:  # noqa: ANN001
    """What the book says of a limit in a period."""
    if isinstance(when, int):
        value = world.path(sheet, column)[item][when]
    else:
        value = world.by_name(sheet)[item][column]
    return 0.0 if value is None else float(value)


def priced(price, constraint, scale: float, sense: str = "<=") -> float | None:  # noqa: ANN001
    """What one more unit of a limit saves, by its dual; None where its sign cannot be."""
    if price is None or constraint is None or sense == "=":
        return None
    saving = price(constraint) * scale * (-1.0 if sense == "<=" else 1.0)
    if saving < -ROUNDING:
        return None
    return saving if saving > ROUNDING else 0.0
