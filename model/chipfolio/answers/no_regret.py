"""no_regret: what is safe to sign, whatever near-best plan is chosen?

Least and most of each decision of the first periods over all plans within the tolerance, found by
elimination, as backbones are in satisfiability (Janota, Lynce and Marques-Silva 2015): one solve
asks for a plan that does without at least one of the decisions that all plans known share; each
answer strikes out several, and the refusal proves all that are left.

After a branch the plans are those of the tree that cost the branch's own subtree at most so much
more than the least it costs among them: over the subtree alone the past would be free, decided by
someone who knew the branch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

from ..plan.words import percent
from .asked import CostAtMost, Decision
from .engine import Asking
from .near import effort_of, tolerance
from .resolve import Ask, Best, Goal, put
from .signable import (
    IDLE,
    SLIVER,
    Amount,
    IdleCopy,
    MostOf,
    NoneUntil,
    Signable,
    SomeOf,
    Subtree,
    Together,
    WithOne,
    WithoutOne,
    node_name,
    signables,
    smallest_of,
)
from .spans import Span, finite, number, of_unit
from .study import Question, Study

PERIODS = 2
TIE = 1e-7
MOST_PAIRS = 12


@dataclass
class Ends:
    """What is known of a decision: in the plan, and the least and the most."""

    in_plan: float
    least: float = 0.0
    most: float = 0.0
    is_open: bool = False
    """Whether it is not proven that no near-best plan lies outside least and most."""
    verdict: str = ""
    depends_on: str = ""
    waiting: Span | None = None
    last: str = ""


def proven(best: Best) -> bool:
    """Whether an amount is the least (or most) there is, rounding apart."""
    if best.objective is None:
        return False
    return best.objective - best.low <= SLIVER * max(1.0, abs(best.objective))


def no_regret(study: Study, question: Question) -> Asking:
    """Least, most and a verdict of each decision of the first periods."""
    within = question.within
    periods = int(question.amount or PERIODS)
    known = yield from tolerance(study, within)
    if known is None:
        text = (
            f"What is safe to sign within {percent(within, 2)} of the best is not told at this gap."
        )
        study.say(question, "no regret", text)
        return
    limit, _, _ = known
    search = Search(study, question, limit, within)
    decisions = signables(study, periods)
    groups: dict[tuple[str, ...], list[Signable]] = {}
    for one in decisions:
        groups.setdefault(one.worlds, []).append(one)
    ends: dict[Signable, Ends] = {}
    for worlds, mine in groups.items():
        ends.update((yield from search.node(worlds, mine)))
    yield from search.idle(ends)
    search.judge(ends)
    yield from search.wait(ends)
    search.tell(ends)


class Search:
    """Elimination over the nodes of the tree."""

    def __init__(self, study: Study, question: Question, limit: float, within: float) -> None:
        self.study, self.question = study, question
        self.limit, self.within = limit, within
        self.whole = study.engine.plan.solved.whole
        self.effort = effort_of(study)

    def values(self, best: Best, decisions: Sequence[Signable]) -> dict[Signable, float]:
        """How much a plan has of each decision."""
        put(self.whole, best.point)
        found = {one: one.form(self.whole).value() for one in decisions}
        put(self.whole, self.study.base.point)
        return found

    def node(
        self, worlds: tuple[str, ...], decisions: list[Signable]
    ) -> Generator[list[Ask], list[Best], dict[Signable, Ends]]:
        """Least and most of a node's decisions over its near-best plans."""
        extras: tuple = (CostAtMost(self.limit),)
        base = self.study.base
        if len(worlds) < len(self.whole.worlds):
            (cheapest,) = yield [Ask((), extras, Subtree(worlds))]
            if cheapest.objective is not None:
                floor = cheapest.low
                most = floor + self.within * abs(floor)
                extras = (*extras, Subtree(worlds, most))
                base = cheapest
        self.extras_of = getattr(self, "extras_of", {})
        self.extras_of[worlds] = extras
        own = self.values(self.study.base, decisions)
        plans = [self.values(base, decisions)]
        if base is self.study.base or self.is_near(worlds, extras):
            plans.append(own)
        sure = yield from self.sure(extras, decisions, plans)
        barred = yield from self.barred(extras, decisions, plans)
        ends = {one: Ends(own[one]) for one in decisions}
        asks = [
            Ask((), extras, Amount(one), gap=self.effort.gap, nodes=self.effort.nodes)
            for one in sure
        ]
        asks += [
            Ask((), extras, Amount(one, -1.0), gap=self.effort.gap, nodes=self.effort.nodes)
            for one in decisions
            if one not in barred
        ]
        answers = iter((yield asks) if asks else [])
        for one in sure:
            best = next(answers)
            ends[one].least = best.objective if best.objective is not None else 0.0
            ends[one].is_open |= not proven(best)
            self.add_plan(plans, best, decisions)
        for one in decisions:
            if one not in barred:
                best = next(answers)
                known = max(plan[one] for plan in plans)
                ends[one].most = known if best.objective is None else -best.objective
                ends[one].is_open |= not proven(best)
                self.add_plan(plans, best, decisions)
        pairs = yield from self.pairs(extras, decisions, plans, sure)
        for one, other in pairs:
            for mine, its in ((one, other), (other, one)):
                if not ends[mine].depends_on:
                    ends[mine].depends_on = f"needed without: {its.named}"
        return ends

    def is_near(self, worlds: tuple[str, ...], extras: tuple) -> bool:
        """Whether the best plan is one of a node's near-best plans."""
        weights = self.whole.weights()
        share = sum(weights[name] for name in worlds)
        totals = self.study.base.totals
        cost = sum(weights[name] * totals[name] for name in worlds) / share if share else 0.0
        return all(one.most is None or cost <= one.most for one in extras[1:])

    def add_plan(
        self, plans: list[dict[Signable, float]], best: Best, decisions: Sequence[Signable]
    ) -> None:
        """Keep what another plan within the tolerance decides."""
        if best.objective is not None:
            plans.append(self.values(best, decisions))

    def sure(
        self, extras: tuple, decisions: list[Signable], plans: list[dict[Signable, float]]
    ) -> Generator[list[Ask], list[Best], list[Signable]]:
        """Decisions that no near-best plan does without."""

        def together(left: list[Signable]) -> Together:
            return Together(tuple((one, max(plan[one] for plan in plans)) for one in left))

        yield from self.swept(extras, decisions, plans, together, SLIVER.__le__)
        while True:
            left = [one for one in decisions if all(plan[one] >= SLIVER for plan in plans)]
            if not left:
                return []
            extra = WithoutOne(tuple((one,) for one in left))
            (best,) = yield [Ask((), (*extras, extra), gap=1.0, until=(None, 1e18))]
            if best.status == "infeasible":
                return left
            if best.objective is None or not self.strikes(best, left, plans, decisions):
                return []  # not told in time: nothing is called sure

    def swept(
        self,
        extras: tuple,
        decisions: list[Signable],
        plans: list[dict[Signable, float]],
        goal: Callable[[list[Signable]], Goal],
        is_left: Callable[[float], bool],
    ) -> Asking:
        """Plans that strike out many decisions at once, before those left are asked for one by one.

        What is left stands alike in all plans known. Each search ends as that of a measure does.
        """
        left = [one for one in decisions if all(is_left(plan[one]) for plan in plans)]
        while len(left) > 1:
            asked = Ask((), extras, goal(left), gap=self.effort.gap, nodes=self.effort.nodes)
            (best,) = yield [asked]
            if best.objective is None:
                return
            plans.append(self.values(best, decisions))
            still = [one for one in left if is_left(plans[-1][one])]
            if len(still) == len(left):
                return
            left = still

    def strikes(
        self,
        best: Best,
        left: Sequence[Signable],
        plans: list[dict[Signable, float]],
        decisions: Sequence[Signable],
    ) -> bool:
        """Keep a plan; whether it does without one of those left."""
        plans.append(self.values(best, decisions))
        return any(plans[-1][one] < SLIVER for one in left)

    def barred(
        self, extras: tuple, decisions: list[Signable], plans: list[dict[Signable, float]]
    ) -> Generator[list[Ask], list[Best], set[Signable]]:
        """Decisions that no near-best plan takes."""

        def most_of(left: list[Signable]) -> MostOf:
            return MostOf(tuple(left))

        yield from self.swept(extras, decisions, plans, most_of, SLIVER.__gt__)
        while True:
            left = [one for one in decisions if all(plan[one] < SLIVER for plan in plans)]
            if not left:
                return set()
            extra = WithOne(tuple(left))
            (best,) = yield [Ask((), (*extras, extra), gap=1.0, until=(None, 1e18))]
            if best.status == "infeasible":
                return set(left)
            if best.objective is None:
                return set()
            plans.append(self.values(best, decisions))
            if all(plans[-1][one] < SLIVER for one in left):
                return set()

    def pairs(
        self,
        extras: tuple,
        decisions: list[Signable],
        plans: list[dict[Signable, float]],
        sure: Sequence[Signable],
    ) -> Generator[list[Ask], list[Best], list[tuple[Signable, Signable]]]:
        """Pairs of decisions of which every near-best plan takes one at least."""
        able = [
            one
            for one in decisions
            if one not in sure and not one.is_sum and any(plan[one] >= SLIVER for plan in plans)
        ][:MOST_PAIRS]
        every = [(a, b) for place, a in enumerate(able) for b in able[place + 1 :]]
        while True:
            left = [
                pair for pair in every if all(max(p[pair[0]], p[pair[1]]) >= SLIVER for p in plans)
            ]
            if not left:
                return []
            (best,) = yield [
                Ask((), (*extras, WithoutOne(tuple(left))), gap=1.0, until=(None, 1e18))
            ]
            if best.status == "infeasible":
                return left
            if best.objective is None:
                return []
            plans.append(self.values(best, decisions))
            if all(max(plans[-1][a], plans[-1][b]) >= SLIVER for a, b in left):
                return []

    # ---------------------------------------------------------------- verdicts
    def idle(self, ends: dict[Signable, Ends]) -> Asking:
        """Orders that would only be waste: one more lot costs the same whether it serves or not."""
        base = self.study.base
        tie = max(TIE, self.study.engine.gap or 0.0) * max(1.0, abs(base.high))
        asked = [
            one
            for one, end in ends.items()
            if end.most > SLIVER
            and end.in_plan < SLIVER
            and not one.is_sum
            and isinstance(one.quantity, Decision)
            and one.quantity.sheet == "Offers"
        ]
        asks = []
        for one in asked:
            lot = smallest_of(one.form(self.whole))
            twin = dataclasses.replace(one.quantity, items=(one.offer + IDLE,))
            copy = dataclasses.replace(one, quantity=twin)
            asks += [
                Ask((), (SomeOf(one, lot),)),
                Ask((IdleCopy(one.offer),), (SomeOf(copy, lot),)),
            ]
        answers = iter((yield asks) if asks else [])
        for one in asked:
            useful, useless = next(answers), next(answers)
            costs = useful.low > base.high + tie
            if costs and useless.high - useful.low <= tie:
                ends[one].verdict = "never"

    def judge(self, ends: dict[Signable, Ends]) -> None:
        """The verdict of each decision, over all nodes of its period."""
        alike: dict[tuple[str, int], list[Signable]] = {}
        for one in ends:
            alike.setdefault((one.named, one.at), []).append(one)
        for group in alike.values():
            needed = [one for one in group if ends[one].least >= SLIVER]
            barred = [
                one for one in group if ends[one].most < SLIVER or ends[one].verdict == "never"
            ]
            whole = sum(len(one.worlds) for one in group) == len(self.whole.worlds)
            for one in group:
                end = ends[one]
                if len(needed) == len(group) and whole:
                    end.verdict, end.depends_on = "do now", ""
                elif len(barred) == len(group):
                    end.verdict, end.depends_on = "never", ""
                elif needed:
                    end.verdict = "depends"
                    end.depends_on = "on " + " or ".join(node_name(x) for x in needed)
                else:
                    end.verdict = "depends" if end.depends_on else "free"

    def wait(self, ends: dict[Signable, Ends]) -> Asking:
        """What waiting a period costs, and how long it can wait within the tolerance."""
        mine = [
            one
            for one, end in ends.items()
            if end.in_plan >= SLIVER and not one.is_sum and isinstance(one.quantity, Decision)
        ]
        weights = self.whole.weights()
        answers = (yield [Ask((), (NoneUntil(one, one.at + 1),)) for one in mine]) if mine else []
        count = self.study.book.calendar.count
        reach = {one: [one.at, count] for one in mine}
        for one, best in zip(mine, answers, strict=True):
            if best.status != "infeasible":
                share = sum(weights[name] for name in one.worlds) or 1.0
                span = Span.between(best, self.study.base, at_least_zero=True)
                ends[one].waiting = Span(span.low / share, span.high / share, at_least_zero=True)
        while True:
            open_ = [one for one in mine if reach[one][0] < reach[one][1]]
            if not open_:
                break
            middles = [(sum(reach[one]) + 1) // 2 for one in open_]
            asks = [
                Ask(
                    (),
                    (*self.extras_of[one.worlds], NoneUntil(one, q)),
                    gap=1.0,
                    until=(None, 1e18),
                )
                for one, q in zip(open_, middles, strict=True)
            ]
            for one, q, best in zip(open_, middles, (yield asks), strict=True):
                if best.objective is not None:
                    reach[one][0] = q
                else:
                    reach[one][1] = q - 1
        for one in mine:
            last = min(reach[one][0], count - 1)
            ends[one].last = self.study.book.calendar.label(last)

    # ---------------------------------------------------------------- what is told
    def tell(self, ends: dict[Signable, Ends]) -> None:
        """Rows of No regret, and the sentences of what is safe and what never pays."""
        study, question = self.study, self.question
        calendar = study.book.calendar
        for one, end in ends.items():
            waiting = end.waiting
            study.tables["No regret"].append(
                {
                    "question": question.name,
                    "node": node_name(one) if len(one.worlds) < len(self.whole.worlds) else "",
                    "decision": one.named,
                    "period": calendar.label(one.at),
                    "in_plan": end.in_plan,
                    "least": end.least,
                    "most": end.most,
                    "verdict": end.verdict,
                    "depends_on": end.depends_on,
                    "cost_of_waiting_low": finite(waiting.low) if waiting else None,
                    "cost_of_waiting_high": finite(waiting.high) if waiting else None,
                    "last_period": end.last,
                    "finding": self.sentence(one, end),
                }
            )
        within = percent(question.within, 2)
        for one, end in ends.items():
            if end.verdict == "do now" and not one.is_sum:
                subject = f"{one.named}, {calendar.label(one.at)}"
                study.say(
                    question, subject, self.sentence(one, end), value=end.least, unit=one.unit
                )
        count = sum(end.verdict == "do now" and not one.is_sum for one, end in ends.items())
        what = "1 decision is" if count == 1 else f"{count} decisions are"
        text = f"{what} safe to sign, in every plan within {within} of the best. "
        text += "Each holds by itself: with one of them left out the others may change."
        if not count:
            text = (
                f"No decision is safe to sign: none is in every plan within {within} of the best."
            )
        study.say(question, "safe to sign", text, value=float(count), unit="decisions")

    def sentence(self, one: Signable, end: Ends) -> str:
        """The finding of one decision."""
        when = self.study.book.calendar.label(one.at)
        name = f"{one.named[0].upper()}{one.named[1:]} in {when}"
        amounts = f"between {number(end.least)} and {of_unit(end.most, one.unit)}"
        if abs(end.most - end.least) <= SLIVER:
            amounts = of_unit(end.least, one.unit)
        which = "all near-best plans have"
        if end.is_open:
            which = "near-best plans found have"
            amounts += ", and it is not proven that none lies outside"
        text = {
            "do now": f"{name}: do now; {which} {amounts}",
            "never": f"{name}: never; it is in no near-best plan but as waste",
            "depends": f"{name}: depends ({end.depends_on}); {amounts}",
            "free": f"{name}: free; {amounts}",
        }[end.verdict]
        if end.waiting is not None:
            text += f". Waiting a period costs {self.study.words.span(end.waiting)}"
        return f"{text}."
