"""What near-best plans decide in one node of the tree: least and most of each decision.

Found by elimination, as backbones are in satisfiability (Janota, Lynce and Marques-Silva 2015):
plans that strike out many decisions at once, then one solve that asks for a plan which does without
at least one of the decisions that all plans known share; each answer strikes out several, and the
refusal proves all that are left. Every plan known narrows what is left to ask, and is where the
search for an end begins that lies beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .asked import CostAtMost, Decision
from .engine import Asking, in_step
from .near import effort_of
from .resolve import Ask, Best, Extra, Goal, put
from .signable import (
    SLIVER,
    Amount,
    MostOf,
    NoneUntil,
    Signable,
    Subtree,
    Together,
    WithOne,
    WithoutOne,
    multiples,
    smallest_of,
)
from .spans import Span
from .study import Study

TIE = 1e-7
MOST_PAIRS = 12
ANY = 1e18
"""A cost that every plan is under: the first plan found ends the search."""
ROOT = 1
"""Nodes of the search for an end in a large book: more were seen to find and to prove nothing."""
FEW = 10
"""Nodes of a search there that ends seldom by itself: thirty were seen to prove little more, the
root a billion of 425 less in the same time."""
ROUNDS, SOON = 2, 10
"""How often a later period is asked for there, and for how many nodes of a search: a plan was found
within them or not at all, and that there is none need not be proven."""
NONE = 1e-6
"""Units, starts or signatures up to which there is nothing of a decision."""


@dataclass
class Ends:
    """What is known of a decision: in the plan, the least and the most found, and as proven."""

    in_plan: float
    least: float = 0.0
    most: float = 0.0
    low: float = 0.0
    high: float = math.inf
    """No near-best plan has less than ``low`` or more than ``high``."""
    verdict: str = ""
    depends_on: str = ""
    waiting: Span | None = None
    last: str = ""

    @property
    def is_open(self) -> bool:
        """Whether a near-best plan may yet lie outside least and most."""
        rest = max(self.least - self.low, self.high - self.most)
        return rest > SLIVER * max(1.0, abs(self.most))


@dataclass(frozen=True)
class Known:
    """A near-best plan, and how much it has of each decision."""

    best: Best
    values: dict[Signable, float]


class Node:
    """The near-best plans of a node: those that keep ``extras``."""

    def __init__(
        self,
        study: Study,
        decisions: Sequence[Signable],
        extras: tuple[CostAtMost | Subtree, ...],
    ) -> None:
        self.study, self.extras = study, extras
        self.effort = effort_of(study)
        self.whole = study.engine.plan.solved.whole
        self.decisions = decisions
        self.multiples = multiples(self.whole, decisions)
        self.leads = [one for one in decisions if one not in self.multiples]
        self.in_plan = self.values(study.base)
        self.plans: list[Known] = []
        self.needed: set[Signable] = set()
        """Decisions that no near-best plan does without, as proven."""
        self.barred: set[Signable] = set()
        """Decisions that no near-best plan takes, as proven."""

    # ---------------------------------------------------------------- plans known
    def values(self, best: Best) -> dict[Signable, float]:
        """How much a plan has of each decision."""
        put(self.whole, best.point)
        found = {one: one.form(self.whole).value() for one in self.decisions}
        put(self.whole, self.study.base.point)
        return found

    def add(self, best: Best) -> None:
        """Keep a plan, where it is one and is near the best."""
        if best.objective is not None and self.is_near(best):
            self.plans.append(Known(best, self.values(best)))

    def is_near(self, best: Best) -> bool:
        """Whether a plan is cheap enough, and its part in this node is."""
        weights = self.whole.weights()
        for extra in self.extras:
            cost, most = best.cost, None
            if isinstance(extra, CostAtMost):
                most = extra.limit
            elif extra.most is not None:
                share = sum(weights[name] for name in extra.worlds)
                parts = sum(weights[name] * best.totals[name] for name in extra.worlds)
                cost, most = (parts / share if share else 0.0), extra.most
            if most is not None and cost > most + TIE * max(1.0, abs(most)):
                return False
        return True

    def without(self, one: Signable, best: Best) -> None:
        """Learn from the best plan that has none of a decision in its period."""
        limit = next(extra.limit for extra in self.extras if isinstance(extra, CostAtMost))
        if best.low > limit + TIE * max(1.0, abs(limit)):
            self.needed.add(one)
        self.add(best)

    def cheapest_without(self, one: Signable) -> Best | None:
        """The cheapest plan known that has none of a decision."""
        able = [plan.best for plan in self.plans if plan.values[one] <= NONE]
        return min(able, key=lambda best: best.cost, default=None)

    def always(self) -> list[Signable]:
        """What all plans known have, and is not proven to be in every one."""
        found = [one for one in self.leads if one not in self.needed]
        return [one for one in found if all(plan.values[one] >= SLIVER for plan in self.plans)]

    def never(self) -> list[Signable]:
        """What no plan known has."""
        found = [one for one in self.leads if one not in self.barred]
        return [one for one in found if all(plan.values[one] < SLIVER for plan in self.plans)]

    # ---------------------------------------------------------------- the search
    def put_off(self, asked: Sequence[Signable]) -> Asking:
        """A near-best plan that has none of each decision in its period, or that there is none.

        Of those alone of which neither is known.
        """
        open_ = [one for one in asked if one not in self.needed]
        left = [one for one in open_ if self.cheapest_without(one) is None]
        asks = [self.any_plan(NoneUntil(one, one.at + 1)) for one in left]
        for one, best in zip(left, (yield asks) if asks else [], strict=True):
            self.add(best)
            if best.status == "infeasible":
                self.needed.add(one)

    def search(self) -> Asking:
        """Least and most of each decision; the pairs of which one at least is taken."""
        self.count_sums()
        yield from in_step([self.swept(self.always, self.all_of), self.swept(self.never, most_of)])
        yield from in_step(
            [
                self.struck(self.always, without_one, self.needed),
                self.struck(self.never, WithOne, self.barred),
            ]
        )
        self.count_sums()
        yield from self.swept(self.below_most, self.most_of_all)
        ends = yield from self.amounts()
        for one, other in (yield from self.pairs()):
            for mine, its in ((one, other), (other, one)):
                if not ends[mine].depends_on:
                    ends[mine].depends_on = f"needed without: {its.named}"
        return ends

    def count_sums(self) -> None:
        """A sum that holds a decision which no plan does without is in every plan as well."""
        held = [self.columns(one) for one in self.leads if one in self.needed]
        for one in self.leads:
            mine = self.columns(one)
            if one.is_sum and any(its <= mine for its in held):
                self.needed.add(one)

    def columns(self, one: Signable) -> set[int]:
        """The variables that a decision is made of."""
        return {at for at, (factor, _) in one.form(self.whole).merged().items() if factor > 0.0}

    def all_of(self, left: list[Signable]) -> Together:
        """All of some decisions together, each as a share of the most that a plan has of it."""
        return Together(tuple((one, self.most_found(one)) for one in left))

    def below_most(self) -> list[Signable]:
        """Decisions of which the book lets a plan have more than any plan known has."""
        return [one for one in self.leads if not one.is_sum and not self.is_at_most(one)]

    def most_of_all(self, left: list[Signable]) -> Together:
        """As much of some decisions as can be, each as a share of the most that may be had."""
        return Together(tuple((one, self.reach(one)) for one in left), sign=-1.0)

    def most_found(self, one: Signable) -> float:
        """The most that a plan known has of a decision."""
        return max(plan.values[one] for plan in self.plans)

    def reach(self, one: Signable) -> float:
        """The most of a decision that the book lets any plan have."""
        return one.form(self.whole).range()[1]

    def is_at_most(self, one: Signable) -> bool:
        """Whether no near-best plan can have more of a decision than is found."""
        most = self.reach(one)
        return one in self.barred or self.most_found(one) >= most - NONE * max(1.0, abs(most))

    def step(self, one: Signable) -> float:
        """The least of a decision that is some of it: one start, one lot, or a sliver."""
        if isinstance(one.quantity, Decision) and one.quantity.sheet != "Offers":
            return 1.0
        form = one.form(self.whole)
        is_plain = not form.constant and all(by > 0.0 for by, _ in form.merged().values())
        return smallest_of(form) if is_plain else SLIVER

    def is_at_least(self, one: Signable) -> bool:
        """Whether a plan known has as little of a decision as is some of it."""
        least = min(plan.values[one] for plan in self.plans)
        return least <= self.step(one) * (1.0 + NONE)

    def swept(
        self, left_now: Callable[[], list[Signable]], goal: Callable[[list[Signable]], Goal]
    ) -> Asking:
        """Plans that strike out many decisions at once, before those left are asked for one by one.

        What is left stands alike in all plans known. Each search ends as that of a measure does.
        """
        while len(left := left_now()) > 1:
            (best,) = yield [self.end_of(goal(left))]
            self.add(best)
            if best.objective is None or len(left_now()) == len(left):
                return

    def struck(
        self,
        left_now: Callable[[], list[Signable]],
        extra: Callable[[tuple[Signable, ...]], Extra],
        proven: set[Signable],
    ) -> Asking:
        """Strike out decisions until none is left, or what is left is ``proven``."""
        while left := left_now():
            (best,) = yield [self.any_plan(extra(tuple(left)))]
            self.add(best)
            if best.status == "infeasible":
                proven.update(left)
            if best.objective is None or len(left_now()) == len(left):
                return  # where not told in time, nothing is called proven

    def end_of(self, goal: Goal, **more: Any) -> Ask:
        """The near-best plan with the least of a goal; of a large book, as its root finds it."""
        nodes = self.effort.at_most(ROOT)
        return Ask((), self.extras, goal, gap=self.effort.gap, nodes=nodes, **more)

    def any_plan(self, extra: Extra, most: int | None = None) -> Ask:
        """Whether there is a near-best plan with something more asked of it.

        In a large book it is sought for so many nodes at ``most``.
        """
        until, nodes = (None, ANY), self.effort.nodes if most is None else self.effort.at_most(most)
        extras = (*self.extras, extra)
        return Ask((), extras, gap=1.0, until=until, nodes=nodes, alone=True)

    def amounts(self) -> Asking:
        """The ends of each decision: each search begins at the plan that is nearest to its end.

        None is made where a plan has the most that the book lets anyone have, or the least that is
        some of it.
        """
        needed = [one for one in self.leads if one in self.needed]
        asked = [(one, 1.0) for one in needed if not self.is_at_least(one)]
        asked += [(one, -1.0) for one in self.leads if not self.is_at_most(one)]
        asks = []
        for one, sign in asked:
            nearest = min(self.plans, key=lambda plan: sign * plan.values[one])
            asks.append(self.end_of(Amount(one, sign), start=nearest.best.point, alone=True))
        proven: dict[tuple[Signable, float], float] = {}
        for (one, sign), best in zip(asked, (yield asks) if asks else [], strict=True):
            proven[one, sign] = sign * best.low
            self.add(best)
        return {one: self.ends(one, proven) for one in self.decisions}

    def ends(self, one: Signable, proven: dict[tuple[Signable, float], float]) -> Ends:
        """What is known of a decision, by the one of which it is a multiple."""
        lead, times = self.multiples.get(one, (one, 1.0))
        values = [plan.values[one] for plan in self.plans]
        found = Ends(self.in_plan[one], min(values), max(values))
        if lead in self.needed:
            found.low = times * max(proven.get((lead, 1.0), 0.0), self.step(lead))
        reach = 0.0 if lead in self.barred else proven.get((lead, -1.0), self.reach(lead))
        found.high = times * reach
        found.low, found.high = min(found.low, found.least), max(found.high, found.most)
        return found

    def pairs(self) -> Asking:
        """Pairs of decisions of which every near-best plan takes one at least."""
        able = [
            one
            for one in self.leads
            if one not in self.needed and not one.is_sum and self.most_found(one) >= SLIVER
        ][:MOST_PAIRS]
        every = [(a, b) for place, a in enumerate(able) for b in able[place + 1 :]]

        def left_now() -> list[tuple[Signable, Signable]]:
            return [
                (a, b)
                for a, b in every
                if all(max(plan.values[a], plan.values[b]) >= SLIVER for plan in self.plans)
            ]

        while left := left_now():
            (best,) = yield [self.any_plan(WithoutOne(tuple(left)))]
            self.add(best)
            if best.status == "infeasible":
                return left
            if best.objective is None or len(left_now()) == len(left):
                return []
        return []

    # ---------------------------------------------------------------- how long it can wait
    def last_periods(self, asked: Sequence[Signable]) -> Asking:
        """The period from which each decision is taken at the latest that is known to be near.

        In steps that double while plans are found, then by halves, in a large book so often alone;
        a plan found moves every decision to where it takes it. What a search did not find in time
        does not count.
        """
        count = self.study.book.calendar.count
        reach = {one: [one.at, count] for one in asked}
        step = dict.fromkeys(asked, 1)
        seen = 0

        def learn() -> None:
            nonlocal seen
            for plan in self.plans[seen:]:
                for one, first in self.first_taken(plan.best, asked).items():
                    reach[one][0] = max(reach[one][0], first)
            seen = len(self.plans)

        learn()
        for one in asked:
            if one in self.needed:
                reach[one] = [one.at, one.at]
        rounds = self.effort.at_most(ROUNDS) or count
        while (open_ := [one for one in asked if reach[one][0] < reach[one][1]]) and rounds:
            rounds -= 1
            middles = [min((sum(reach[one]) + 1) // 2, reach[one][0] + step[one]) for one in open_]
            later = list(zip(open_, middles, strict=True))
            answers = yield [self.any_plan(NoneUntil(one, q), SOON) for one, q in later]
            for (one, q), best in zip(later, answers, strict=True):
                self.add(best)
                if best.objective is not None:
                    reach[one][0] = max(reach[one][0], q)
                    step[one] *= 2
                else:
                    reach[one][1] = q - 1
            learn()
            for ends in reach.values():
                ends[1] = max(ends)
        return {one: ends[0] for one, ends in reach.items()}

    def first_taken(self, best: Best, asked: Sequence[Signable]) -> dict[Signable, int]:
        """The first period, from its own on, in which a plan takes each decision."""
        put(self.whole, best.point)
        found = {}
        for one in asked:
            taken = [
                at
                for name in one.worlds
                for at, form in one.quantity.parts(self.whole.worlds[name])
                if at >= one.at and form.value() > NONE
            ]
            found[one] = min(taken, default=self.study.book.calendar.count)
        put(self.whole, self.study.base.point)
        return found


def can_wait(one: Signable) -> bool:
    """Whether a decision is one that can be put off, not a sum of several."""
    return not one.is_sum and isinstance(one.quantity, Decision)


def most_of(left: list[Signable]) -> MostOf:
    """As many of some decisions as can be."""
    return MostOf(tuple(left))


def without_one(left: tuple[Signable, ...]) -> WithoutOne:
    """At least one of some decisions is left out."""
    return WithoutOne(tuple((one,) for one in left))
