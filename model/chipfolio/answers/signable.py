"""Decisions of the first periods as near-best plans are asked about them: least, most, left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.schema import SEPARATOR
from ..formulation.linear import Linear
from ..formulation.pricing import list_value
from ..formulation.whole import Furnished, Whole, parting
from ..tables import Tables
from .asked import Decision, constrain, in_steps
from .study import Study
from .variant import same, with_rows, with_values

SLIVER = 1e-3
"""Units of something divisible under which there is none of it."""
IDLE = " (serving nothing)"
DIGITS = 9
"""Digits to which two sums are the same but for their unit."""


@dataclass(frozen=True)
class ListValue:
    """List value of the orders of some offers in a period."""

    offers: tuple[str, ...]
    at: int

    def form(self, world: Furnished) -> Linear:
        """The sum in a world [money]."""
        found = Linear()
        rows = world.world.by_name("Offers")
        for name in self.offers:
            if (name, self.at) in world.orders.ordered:
                value = list_value(world.world, rows[name], self.at)
                found.plus(world.orders.ordered[name, self.at], value)
        return found


@dataclass(frozen=True)
class Signable:
    """A decision of a node of the tree: its worlds, its period, and how it is called."""

    named: str
    unit: str
    at: int
    worlds: tuple[str, ...]
    quantity: Decision | ListValue
    is_sum: bool = False

    def form(self, whole: Whole) -> Linear:
        """How much of it there is; worlds of one node share it."""
        return self.quantity.form(whole.worlds[self.worlds[0]])

    @property
    def offer(self) -> str:
        """The offer, of an order."""
        return self.quantity.items[0] if isinstance(self.quantity, Decision) else ""


@dataclass(frozen=True)
class Amount:
    """How much there is of a decision; ``sign`` -1 makes it most."""

    what: Signable
    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        return self.what.form(whole).times(self.sign)


@dataclass(frozen=True)
class Together:
    """All of some decisions, each as a share of an amount of it; ``sign`` -1 makes it most."""

    parts: tuple[tuple[Signable, float], ...]
    sign: float = 1.0

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        found = Linear()
        for one, amount in self.parts:
            found.plus(one.form(whole), self.sign / amount)
        return found


@dataclass(frozen=True)
class Subtree:
    """What some worlds cost together, their probabilities made to add up to 1; at most so much."""

    worlds: tuple[str, ...]
    most: float | None = None

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        weights = whole.weights()
        share = sum(weights[name] for name in self.worlds)
        found = Linear()
        for name in self.worlds:
            found.plus(whole.worlds[name].total, weights[name] / share if share else 1.0)
        return found

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Limit it."""
        constrain(block, "is_cheap_enough_here", None, self.form(whole, block), self.most)


@dataclass(frozen=True)
class WithoutOne:
    """At least one of these groups of decisions is left out, all of the group."""

    groups: tuple[tuple[Signable, ...], ...]

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        block.lacks = pyo.Var(range(len(self.groups)), domain=pyo.Binary, doc="is left out")
        some = Linear()
        for number_, group in enumerate(self.groups):
            some.add(1.0, block.lacks[number_])
            for place, one in enumerate(group):
                form = one.form(whole)
                most = max(form.range()[1], 0.0)
                left = 0.0 if in_steps(form) else 0.9 * SLIVER
                row = form.times(1.0).add(most - left, block.lacks[number_])
                constrain(block, f"lacks_{number_}_{place}", None, row, most)
        constrain(block, "lacks_one", 1.0, some, None)


@dataclass(frozen=True)
class WithOne:
    """At least one of these decisions is taken."""

    decisions: tuple[Signable, ...]

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        constrain(block, "has_one", 1.0, taken(whole, block, self.decisions), None)


@dataclass(frozen=True)
class MostOf:
    """As many of these decisions as can be are taken."""

    decisions: tuple[Signable, ...]

    def form(self, whole: Whole, block: pyo.Block) -> Linear:
        """The sum that is made least."""
        return taken(whole, block, self.decisions).times(-1.0)


def taken(whole: Whole, block: pyo.Block, decisions: tuple[Signable, ...]) -> Linear:
    """How many of some decisions are taken, at most; its variables and rows go into the block."""
    block.has = pyo.Var(range(len(decisions)), domain=pyo.Binary, doc="is taken")
    some = Linear()
    for number_, one in enumerate(decisions):
        some.add(1.0, block.has[number_])
        row = one.form(whole).times(1.0)
        row.add(-smallest_of(row), block.has[number_])
        constrain(block, f"has_{number_}", 0.0, row, None)
    return some


@dataclass(frozen=True)
class NoneUntil:
    """None of a decision in its node's worlds from its period to one before ``until``."""

    what: Signable
    until: int

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        quantity = dataclasses.replace(self.what.quantity, last=self.until - 1)
        for number_, name in enumerate(self.what.worlds):
            constrain(block, f"none_{number_}", None, quantity.form(whole.worlds[name]), 0.0)


@dataclass(frozen=True)
class SomeOf:
    """At least so much of a decision in its node."""

    what: Signable
    amount: float

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        constrain(block, "is_enough", self.amount, self.what.form(whole), None)


@dataclass(frozen=True)
class IdleCopy:
    """An offer of the same price and place whose units can serve nothing."""

    offer: str

    def apply(self, tables: Tables) -> Tables:
        """The tables with the copy."""
        row = next(row for row in tables.rows("Offers") if same(row["offer"], self.offer))
        chip, copy = row["chip"] + IDLE, row["offer"] + IDLE

        def chips(one):  # noqa: ANN001, ANN202
            return [one, with_values(one, {"chip": chip})] if one["chip"] == row["chip"] else [one]

        def offers(one):  # noqa: ANN001, ANN202
            twin = {"offer": copy, "chip": chip}
            return [one, with_values(one, twin)] if one is row else [one]

        def cells(one):  # noqa: ANN001, ANN202
            twins = {("Offers", row["offer"]): copy, ("Chips", row["chip"]): chip}
            twin = twins.get((one["sheet"], one["item"]))
            return [one, with_values(one, {"item": twin})] if twin else [one]

        tables = with_rows(with_rows(tables, "Chips", chips), "Offers", offers)
        return with_rows(with_rows(tables, "Timeline", cells), "Scenario changes", cells)


def smallest_of(form: Linear) -> float:
    """The least of a quantity that is some of it."""
    if not in_steps(form):
        return SLIVER
    steps = [abs(c) for c, _ in form.merged().values() if c]
    return min(steps, default=1.0)


def multiples(
    whole: Whole, decisions: Sequence[Signable]
) -> dict[Signable, tuple[Signable, float]]:
    """Decisions that are so many times one before them, as orders at a seller of one offer are."""
    first: dict[tuple, tuple[Signable, float]] = {}
    found = {}
    for one in decisions:
        form = one.form(whole)
        terms = {at: factor for at, (factor, _) in form.merged().items() if factor}
        if not terms or form.constant:
            continue
        unit = next(iter(terms.values()))
        shape = tuple(sorted((at, round(factor / unit, DIGITS)) for at, factor in terms.items()))
        if shape in first:
            lead, its = first[shape]
            found[one] = (lead, unit / its)
        else:
            first[shape] = (one, unit)
    return found


# ------------------------------------------------------------------ the decisions
def nodes_at(whole: Whole, at: int) -> list[tuple[str, ...]]:
    """Groups of worlds that are one in a period."""
    groups: list[list[str]] = []
    for name, world in whole.worlds.items():
        for group in groups:
            if parting(whole.worlds[group[0]].world, world.world) > at:
                group.append(name)
                break
        else:
            groups.append([name])
    return [tuple(group) for group in groups]


def signables(study: Study, periods: int) -> list[Signable]:
    """What can be ordered, started and signed in the first periods, and sums of orders."""
    whole, book = study.engine.plan.solved.whole, study.book
    offers = book.rows("Offers")
    found = []
    for at in range(min(periods, book.calendar.count)):
        for worlds in nodes_at(whole, at):

            def put(
                named: str,
                unit: str,
                quantity: Decision | ListValue,
                is_sum: bool = False,
                at: int = at,
                worlds: tuple[str, ...] = worlds,
            ) -> None:
                one = Signable(named, unit, at, worlds, quantity, is_sum)
                if one.form(whole):
                    found.append(one)

            for row in offers:
                name = row["offer"]
                put(f"order {name}", "units", Decision("Offers", (name,), at, at))
            for row in book.rows("Programme stages"):
                item = f"{row['programme']}{SEPARATOR}{row['stage']}"
                put(f"start {item}", "starts", Decision("Programme stages", (item,), at, at))
            for sheet, unit in (("Software", "starts"), ("Site projects", "steps")):
                for name in book.names(sheet):
                    put(f"start {name}", unit, Decision(sheet, (name,), at, at))
            for sheet in ("Contracts", "Deals"):
                for name in book.names(sheet):
                    put(f"sign {name}", "signatures", Decision(sheet, (name,), at, at))
            for chip in book.names("Chips"):
                names = tuple(row["offer"] for row in offers if row["chip"] == chip)
                if names:
                    put(f"units of {chip}", "units", Decision("Offers", names, at, at), True)
            money = study.words.currency
            for seller in book.names("Vendors"):
                names = tuple(row["offer"] for row in offers if row["seller"] == seller)
                if names:
                    put(f"orders at {seller}", money, ListValue(names, at), True)
            put("all orders", money, ListValue(tuple(row["offer"] for row in offers), at), True)
    return found


def node_name(one: Signable) -> str:
    """The node of the tree in which a decision is taken."""
    return one.worlds[0]
