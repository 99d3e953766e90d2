"""Linear forms, the only thing that passes through a door between rooms.

Pyomo's operators build a tree node per term; these forms collect coefficients in flat lists and
become one ``LinearExpression`` at the end, which is what keeps building fast (Pyomo reads such a
node without walking a tree).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

import pyomo.core as pyo
from pyomo.core.expr import LinearExpression

from ..contract.exact import reaches, rounding, summed
from ..contract.lines import SHOWN_IN

Key = Hashable
Row = tuple[float | None, "Linear", float | None]
"""A constraint: lower limit, form, upper limit; None where there is no limit."""


STEPS, STEPS_SAY = "_as_steps_say", "now = by now − by the period before"
STEPS_MATHS = r"y_t = Y_t - Y_{t-1}, \; y_t \ge 0, \; Y_t \in \{0, 1\}"
"""End of the name, meaning and formula of the rows of what is decided once."""
FINEST = 1e-7
"""Share of a threshold that a step must have for a solver to tell the sides of it apart: ten times
what a row may be off."""
NEAR = 1e-6
"""Share of a limit within which a solver may take an amount for it."""
EMPTY: Mapping[int, float] = MappingProxyType({})


class Linear:
    """A sum of coefficient × variable plus a constant."""

    __slots__ = ("coefficients", "constant", "variables")

    def __init__(self, constant: float = 0.0) -> None:
        self.coefficients: list[float] = []
        self.variables: list = []
        self.constant = constant

    def add(self, coefficient: float, variable: object) -> Linear:
        """Add one term; a coefficient of zero adds nothing."""
        if coefficient:
            self.coefficients.append(coefficient)
            self.variables.append(variable)
        return self

    def plus(self, other: Linear | float, factor: float = 1.0) -> Linear:
        """Add ``factor`` × ``other``."""
        if not isinstance(other, Linear):
            self.constant += factor * other
            return self
        if factor:
            if factor == 1.0:
                self.coefficients.extend(other.coefficients)
            else:
                self.coefficients.extend([factor * c for c in other.coefficients])
            self.variables.extend(other.variables)
            self.constant += factor * other.constant
        return self

    def times(self, factor: float) -> Linear:
        """A new form, ``factor`` times this one."""
        return Linear().plus(self, factor)

    def merged(self) -> dict[int, tuple[float, object]]:
        """Coefficient and variable by the variable's identity, in order of first appearance."""
        found: dict[int, tuple[float, object]] = {}
        for coefficient, variable in zip(self.coefficients, self.variables, strict=True):
            before = found.get(id(variable))
            total = summed(before[0], coefficient) if before else coefficient
            found[id(variable)] = (total, variable)
        return found

    def range(self) -> tuple[float, float]:
        """Least and most the form can be within the bounds of its variables."""
        least = most = self.constant
        for coefficient, variable in self.merged().values():
            low = -float("inf") if variable.lb is None else variable.lb
            high = float("inf") if variable.ub is None else variable.ub
            ends = (coefficient * low, coefficient * high) if coefficient else (0.0, 0.0)
            least += min(ends)
            most += max(ends)
        return least, most

    def step(self, steps: Mapping[int, float] = EMPTY) -> Fraction | None:
        """The step in which a sum of whole numbers moves; None where it moves freely.

        It is the greatest common divisor of the coefficients, read to twelve digits as they were
        typed: 3 units at 33,333.33 move in steps of 33,333.33. ``steps`` are those of variables
        that are no whole numbers but follow from some, by the variable's identity.
        """
        found = Fraction(0)
        for coefficient, variable in self.merged().values():
            if not coefficient:
                continue
            whole = variable.is_integer() or variable.is_binary()
            size = 1.0 if whole else steps.get(id(variable))
            if size is None:
                return None
            one = Fraction(f"{abs(coefficient * size):.12g}")
            common = found.denominator * one.denominator
            found = Fraction(math.gcd(int(found * common), int(one * common)), common)
        return found

    def edges(self, threshold: float, money: bool, step: Fraction | None) -> tuple[float, float]:
        """The largest value under a threshold, and the least one that reaches it.

        ``step`` is the form's own, asked for once where there are many thresholds. Both values are
        the threshold itself where the form moves freely, or in steps too fine for a solver to tell
        apart: what was reached is then read off the plan (``Claim``).
        """
        large = max(abs(threshold), 1.0)
        least = threshold - rounding(threshold, money)
        if step == 0:
            reached = self.constant >= least
            return (self.constant - large, self.constant) if reached else (self.constant, threshold)
        if step is None or step < FINEST * large:
            return threshold, threshold
        constant = Fraction(f"{self.constant:.12g}")
        number = math.ceil((Fraction(least) - constant) / step)
        return float(constant + (number - 1) * step), float(constant + number * step)

    def firm(self, limit: float, money: bool, most: bool) -> float:
        """The limit of a row that no solver's tolerance can stretch by a step of the form.

        Where the first step beyond a limit is so near that a solver takes it for the limit, the
        last step within is the limit; else the limit itself is. ``most`` says which side it is on.
        """
        step = self.step()
        if not step:
            return limit
        side = 1 if most else -1
        constant = Fraction(f"{self.constant:.12g}")
        room = side * Fraction(limit) + Fraction(rounding(limit, money))
        within = math.floor((room - side * constant) / step) * step * side + constant
        beyond = abs(float(within + side * step) - limit)
        return float(within) if beyond <= NEAR * max(1.0, abs(limit)) else limit

    def value(self) -> float:
        """Its value at the variables' values."""
        return self.constant + sum(
            c * v.value for c, v in zip(self.coefficients, self.variables, strict=True)
        )

    @property
    def expression(self) -> LinearExpression:
        """The form without its constant, as Pyomo reads it, each variable once."""
        coefficients, variables = self.coefficients, self.variables
        if len({id(variable) for variable in variables}) < len(variables):
            pairs = self.merged().values()
            coefficients, variables = map(list, zip(*pairs, strict=True))
        return LinearExpression(constant=0, linear_coefs=coefficients, linear_vars=variables)

    def __bool__(self) -> bool:
        return bool(self.variables)


@dataclass(frozen=True)
class Claim:
    """What a plan takes for reached: an amount against a threshold, and the flags that say so.

    ``reached`` is 1 where the plan takes it as reached. Where ``only_if`` is given the plan may
    also not, while that is 0.
    """

    amount: Linear
    threshold: float
    money: bool
    reached: Linear
    only_if: Linear | None = None

    def wrong(self) -> float:
        """1 where the threshold is reached and not taken so, -1 the other way round, else 0."""
        is_there = reaches(self.amount.value(), self.threshold, self.money)
        claimed = self.reached.value() > 0.5
        if claimed:
            return 0.0 if is_there else -1.0
        due = self.only_if is None or self.only_if.value() > 0.5
        return 1.0 if is_there and due else 0.0


class Caps:
    """What variables come to together, where that is less than their own bounds add up to.

    Orders of an offer for three sites may each be all that is on offer, and together no more than
    that. A *family* puts variables into groups that share none, each group with its cap.
    """

    def __init__(self) -> None:
        self._families: dict[str, dict[int, tuple[Key, float]]] = {}
        self._most: dict[tuple[str, Key], float] = {}

    def hold(self, family: str, group: Key, form: Linear, most: float) -> None:
        """Record that ``form``, over variables that are never negative, is at most ``most``.

        Groups of one family share no variable.
        """
        members = self._families.setdefault(family, {})
        for coefficient, variable in form.merged().values():
            members[id(variable)] = group, coefficient
        self._most[family, group] = most

    def most(self, form: Linear) -> float:
        """The most a form can be within bounds and caps, of one family at a time."""
        terms = form.merged()
        return min(
            (self._most_of(terms, form.constant, family) for family in self._families),
            default=form.range()[1],
        )

    def _most_of(self, terms: dict, most: float, family: str) -> float:
        """Each group filled up to its cap, what counts most per unit of the cap first."""
        members, groups = self._families[family], defaultdict(list)
        for key, (coefficient, variable) in terms.items():
            limit = variable.ub if coefficient > 0 else variable.lb
            own = math.copysign(math.inf, coefficient) if limit is None else coefficient * limit
            if coefficient > 0 and key in members:
                group, size = members[key]
                groups[group].append((coefficient / size, own))
            elif coefficient:
                most += own
        for group, found in groups.items():
            left = self._most[family, group]
            for each, own in sorted(found, reverse=True):
                part = min(own, each * left)
                most += part
                left = max(left - part / each, 0.0)
        return most


def total(forms: Iterable[Linear]) -> Linear:
    """The sum of forms."""
    result = Linear()
    for form in forms:
        result.plus(form)
    return result


class Once(dict):
    """0-1 variables by (item, …, period), the pulses of what happens once per item at most."""

    def __init__(self, now: dict, steps: dict) -> None:
        super().__init__(now)
        self._steps: dict[tuple, list] = defaultdict(list)
        for key in sorted(steps, key=lambda key: key[-1]):
            self._steps[key[:-1]].append((key[-1], steps[key]))

    def by(self, *key: Key) -> Linear:
        """Whether it has happened by a period, that period included: (item, …, period)."""
        *item, at = key
        past = [step for when, step in self._steps.get(tuple(item), ()) if when <= at]
        return Linear().add(1.0, past[-1]) if past else Linear()


class Room:
    """A block of the model that belongs to one business concept and one world.

    ``inherited`` is the same room of the world this one branches from: decisions of periods before
    ``branch`` are that room's own variables, so worlds that have not parted share them outright
    (Rockafellar and Wets 1991 call this implementable by construction).
    """

    def __init__(
        self,
        world_block: pyo.Block,
        name: str,
        doc: str,
        inherited: Room | None = None,
        branch: int = 0,
    ) -> None:
        self.block = pyo.Block(doc=doc)
        world_block.add_component(name, self.block)
        self.inherited = inherited
        self.branch = branch
        self.decisions: dict[str, dict] = {}
        self.decided: dict[str, dict[Key, int]] = {}
        """The period in which each decision is taken, by name and key."""
        self.since: dict[str, dict[Key, int]] = {}
        """The first period of what a decision sums up, where it is not the one it is taken in."""
        self.pulses: set[str] = set()
        """Names of decisions that are whole because their steps are."""
        self.costs: dict[str, dict[int, Linear]] = {}
        """What the room adds to lines of the objective, by line and period [money]."""

    def cost(self, line: str) -> dict[int, Linear]:
        """What the room adds to a line of the objective, by period: to be added to [money].

        Costs are positive, what is received is negative. Raises ValueError for a line that
        ``contract/lines.py`` does not declare.
        """
        if line not in SHOWN_IN:
            raise ValueError(f"No line {line!r}: declare it in contract/lines.py.")
        return self.costs.setdefault(line, defaultdict(Linear))

    def decide(
        self,
        name: str,
        periods: Mapping[Key, int],
        doc: str,
        domain: object = pyo.NonNegativeReals,
        bounds: Callable[[Key], tuple[float | None, float | None]] | None = None,
        since: Mapping[Key, int] | None = None,
    ) -> dict:
        """Variables by key; ``periods`` says in which period each is decided.

        One that follows from what happens in a window, as a tier does, says ``since`` when.
        """
        before = self.inherited.decisions[name] if self.inherited else {}
        shared = max(self.branch, 0)  # what was decided before the plan is the same for all
        found = {key: before[key] for key, at in periods.items() if at < shared and key in before}
        own = [key for key in periods if key not in found]
        variable = pyo.Var(
            own,
            domain=domain,
            bounds=(lambda _, *key: bounds(key if len(key) > 1 else key[0])) if bounds else None,
            doc=doc,
        )
        self.block.add_component(name, variable)
        for key in own:
            found[key] = variable[key]
        self.decisions[name] = {key: found[key] for key in periods}
        self.decided[name] = dict(periods)
        self.since[name] = dict(since or {})
        return self.decisions[name]

    def decide_once(
        self,
        name: str,
        periods: Mapping[Key, int],
        doc: str,
        since: Mapping[Key, int] | None = None,
    ) -> Once:
        """0-1 variables by (item, …, period), of which at most one per item is 1.

        Whole is whether it has happened *by* a period, not in it: a step splits what can still
        happen in halves where a pulse splits off one period (Pritsker and Watters 1968; Artigues
        2017 compares both).
        """
        by = self.decide(f"{name}_by", periods, f"{doc}, now or before", domain=pyo.Binary)
        now = self.decide(name, periods, doc, bounds=lambda _: (0, 1), since=since)
        self.pulses.add(name)
        once = Once(now, by)
        rows = {}
        for key, variable in now.items():
            if variable.parent_block() is self.block:
                form = Linear().add(1.0, variable).plus(once.by(*key), -1.0)
                rows[key] = (0.0, form.plus(once.by(*key[:-1], key[-1] - 1)), 0.0)
        self.require(name + STEPS, rows, STEPS_SAY, STEPS_MATHS)
        return once

    def require(self, name: str, rows: Mapping[Key, Row], doc: str, maths: str) -> pyo.Constraint:
        """Constraints by key. ``name`` is a sentence that is true of a good plan.

        ``doc`` says it in words with its unit, ``maths`` as a formula in LaTeX, in the symbols of
        the room's docstring; the model's book prints both.

        A row without variables is dropped where it holds, and kept on a variable fixed at zero
        where it does not, so that infeasible input is found by the solver and can be explained.
        """
        bodies: dict[Key, tuple] = {}
        for key, (lower, form, upper) in rows.items():
            lower = None if lower is None else lower - form.constant
            upper = None if upper is None else upper - form.constant
            if not form:
                tolerance = 1e-9 * max(1.0, abs(form.constant))
                if (lower is None or lower <= tolerance) and (upper is None or upper >= -tolerance):
                    continue
                form = Linear().add(1.0, self.nothing)
            bodies[key] = (
                (lower, form.expression, upper)
                if lower is None or upper is None or lower != upper
                else (lower, form.expression, lower)
            )
        keys = list(bodies)
        constraint = pyo.Constraint(
            keys, rule=lambda _, *key: bodies[key if len(key) > 1 else key[0]], doc=doc
        )
        self.block.add_component(name, constraint)
        return constraint

    @property
    def nothing(self) -> object:
        """A variable that is always zero."""
        if not hasattr(self.block, "nothing"):
            self.block.nothing = pyo.Var(bounds=(0, 0), doc="always zero")
        return self.block.nothing


def linear(terms: Iterable[tuple[float, object]], constant: float = 0.0) -> Linear:
    """A form of (coefficient, variable) pairs."""
    form = Linear(constant)
    for coefficient, variable in terms:
        form.add(coefficient, variable)
    return form
