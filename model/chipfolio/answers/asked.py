"""What a question adds to the model: decisions forced or forbidden, a limit on cost, another aim.

Each is plain data with a method that writes it into a built model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.schema import SEPARATOR
from ..formulation.linear import Linear
from ..formulation.shares import scale_of
from ..formulation.whole import Furnished, Whole

LESS = 1e-5
"""Share of an amount by which something divisible stays under it."""


@dataclass(frozen=True)
class Decision:
    """New decisions of one kind, summed over sites and over the periods first … last.

    ``sheet`` and ``items`` name what is decided: units of Offers; starts of Programme stages
    (``programme / number``), Software; steps of Site projects; signatures of Contracts, Deals.
    """

    sheet: str
    items: tuple[str, ...]
    first: int = 0
    last: int | None = None

    def form(self, world: Furnished) -> Linear:
        """How much of it a world decides: units, starts, steps or signatures."""
        found = Linear()
        for at, part in self.parts(world):
            if at >= self.first and (self.last is None or at <= self.last):
                found.plus(part)
        return found

    def parts(self, world: Furnished) -> Iterator[tuple[int, Linear]]:
        """Each decision with its period."""
        for item in self.items:
            if self.sheet == "Offers":
                for (offer, at), form in world.orders.ordered.items():
                    if offer == item:
                        yield at, form
            elif self.sheet == "Programme stages":
                programme, _, number = item.rpartition(SEPARATOR)
                for start in world.silicon.starts.get((programme, int(number)), ()):
                    if start.chosen:
                        yield start.at, start.chosen
            elif self.sheet == "Software":
                for at, variable in world.software.start_terms(item):
                    yield at, Linear().add(1.0, variable)
            elif self.sheet == "Site projects":
                for (project, at), variable in world.sites.steps.items():
                    if project == item:
                        yield at, Linear().add(1.0, variable)
            else:
                for (name, at), variable in world.signing.signs.items():
                    if name == item:
                        yield at, Linear().add(1.0, variable)


def in_steps(form: Linear) -> bool:
    """Whether a quantity moves in whole numbers alone."""
    return all(v.is_integer() or v.is_binary() for v in form.variables)


def under(form: Linear, amount: float) -> float:
    """The most of a quantity that is less than an amount: one step, or a sliver, below it."""
    steps = [abs(int(c)) for c, _ in form.merged().values() if c and not c % 1]
    if not in_steps(form) or len(steps) < len(form.merged()) or not steps:
        return amount * (1.0 - LESS)
    step = math.gcd(*steps)
    return form.constant + step * (math.ceil((amount - form.constant) / step - 1e-9) - 1)


def weighed(whole: Whole) -> list[str]:
    """Worlds that count in the objective."""
    return [name for name, weight in whole.weights().items() if weight > 0.0]


def constrain(block: pyo.Block, name: str, low: float | None, form: Linear, high: float | None):  # noqa: ANN201
    """One more row; a form without variables is judged as it stands."""
    if not form:
        holds = (low is None or form.constant >= low) and (high is None or form.constant <= high)
        if holds:
            return
        block.add_component(f"{name}_nothing", pyo.Var(bounds=(0, 0)))
        form = Linear(form.constant).add(1.0, getattr(block, f"{name}_nothing"))
    scale = scale_of(form)
    body = form.times(scale)
    ends = [None if end is None else end * scale - body.constant for end in (low, high)]
    block.add_component(name, pyo.Constraint(expr=(ends[0], body.expression, ends[1])))


@dataclass(frozen=True)
class AtLeast:
    """At least ``amount`` of a decision in at least one scenario that counts."""

    decision: Decision
    amount: float

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        names = weighed(whole)
        if len(names) == 1:
            form = self.decision.form(whole.worlds[names[0]])
            constrain(block, "is_enough", self.amount, form, None)
            return
        block.here = pyo.Var(names, domain=pyo.Binary, doc="it is in this scenario [yes = 1]")
        somewhere = Linear()
        for number, name in enumerate(names):
            somewhere.add(1.0, block.here[name])
            form = self.decision.form(whole.worlds[name]).add(-self.amount, block.here[name])
            constrain(block, f"is_enough_{number}", 0.0, form, None)
        constrain(block, "is_somewhere", 1.0, somewhere, None)


@dataclass(frozen=True)
class Less:
    """Less than ``amount`` of a decision in every scenario; ``most`` instead, where given."""

    decision: Decision
    amount: float
    most: float | None = None

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        for number, world in enumerate(whole.worlds.values()):
            form = self.decision.form(world)
            most = self.most
            if most is None:
                most = under(form, self.amount)
            constrain(block, f"stays_under_{number}", None, form, max(most, 0.0))


@dataclass(frozen=True)
class CostAtMost:
    """The book's objective is at most ``limit`` [money]."""

    limit: float

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Write it into the model."""
        constrain(block, "is_cheap_enough", None, whole.objective.times(1.0), self.limit)
