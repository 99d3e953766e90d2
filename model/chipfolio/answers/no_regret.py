"""no_regret: what is safe to sign, whatever near-best plan is chosen?

Least and most of each decision of the first periods over all plans within the tolerance (``node``).
The best plan without a decision comes first: it says what waiting costs, and mostly whether any
near-best plan does without.

After a branch the plans are those of the tree that cost the branch's own subtree at most so much
more than the least it costs among them: over the subtree alone the past would be free, decided by
someone who knew the branch.
"""

from __future__ import annotations

import dataclasses
import math

from ..plan.words import percent
from .asked import CostAtMost
from .engine import Asking, in_step
from .near import effort_of, tolerance
from .node import FEW, TIE, Ends, Node, can_wait
from .resolve import Ask, Best
from .signable import (
    IDLE,
    SLIVER,
    IdleCopy,
    ListValue,
    NoneUntil,
    Signable,
    SomeOf,
    Subtree,
    node_name,
    signables,
    smallest_of,
)
from .spans import DOWN, UP, Span, finite, number, of_unit
from .study import Question, Study

PERIODS = 2


def no_regret(study: Study, question: Question) -> Asking:
    """Least, most and a verdict of each decision of the first periods."""
    within = question.within
    known = yield from tolerance(study, within)
    if known is None:
        text = (
            f"What is safe to sign within {percent(within, 2)} of the best is not told at this gap."
        )
        study.say(question, "no regret", text)
        return
    limit, _, best = known
    search = Search(study, question, limit, best)
    yield from search.run(signables(study, int(question.amount or PERIODS)))
    search.judge()
    search.tell()


class Search:
    """The nodes of the tree in the first periods, and what is found of their decisions."""

    def __init__(self, study: Study, question: Question, limit: float, best: Best) -> None:
        self.study, self.question, self.limit, self.best = study, question, limit, best
        self.whole = study.engine.plan.solved.whole
        self.nodes: list[Node] = []
        self.ends: dict[Signable, Ends] = {}

    def run(self, decisions: list[Signable]) -> Asking:
        """All ends, what waiting costs, and how long each decision can wait."""
        groups: dict[tuple[str, ...], list[Signable]] = {}
        for one in decisions:
            groups.setdefault(one.worlds, []).append(one)
        self.nodes = yield from in_step(
            [self.node(worlds, mine) for worlds, mine in groups.items()]
        )
        yield from self.waiting()
        yield from in_step([node.put_off(self.in_plan(node)) for node in self.nodes])
        for found in (yield from in_step([node.search() for node in self.nodes])):
            self.ends.update(found)
        yield from in_step([self.idle(), *(self.last(node) for node in self.nodes)])

    def node(self, worlds: tuple[str, ...], decisions: list[Signable]) -> Asking:
        """A node with the plans known of it so far."""
        extras: tuple[CostAtMost | Subtree, ...] = (CostAtMost(self.limit),)
        known = [self.best] if self.best is self.study.base else [self.best, self.study.base]
        if len(worlds) < len(self.whole.worlds):
            (cheapest,) = yield [Ask((), extras, Subtree(worlds))]
            if cheapest.objective is not None:
                floor = cheapest.low
                most = max(floor + self.question.within * abs(floor), cheapest.objective)
                extras = (*extras, Subtree(worlds, most))
                known = [cheapest, *known]
        node = Node(self.study, decisions, extras)
        for best in known:
            node.add(best)
        return node

    def in_plan(self, node: Node) -> list[Signable]:
        """The decisions of the best plan in a node that can be put off."""
        return [one for one in node.decisions if node.in_plan[one] >= SLIVER and can_wait(one)]

    def waiting(self) -> Asking:
        """The best plan that does without each decision in its period, near the best or not."""
        asked = [(node, one) for node in self.nodes for one in self.in_plan(node)]
        nodes = effort_of(self.study).at_most(FEW)
        asks = [Ask((), (NoneUntil(one, one.at + 1),), nodes=nodes, alone=True) for _, one in asked]
        self.without: dict[Signable, Best] = {}
        for (node, one), best in zip(asked, (yield asks) if asks else [], strict=True):
            self.without[one] = best
            node.without(one, best)

    def wait(self, node: Node, one: Signable) -> Span | None:
        """What waiting a period costs; None where it cannot wait.

        Every plan known that does without it says what it costs at most.
        """
        best, base = self.without[one], self.study.base
        if best.status == "infeasible":
            return None
        weights = self.whole.weights()
        share = sum(weights[name] for name in one.worlds) or 1.0
        known = node.cheapest_without(one)
        high = best.high if known is None else min(best.high, known.cost)
        ends = (best.low - base.high) / share, (high - base.low) / share
        return Span.of(*ends, at_least_zero=True)

    def last(self, node: Node) -> Asking:
        """The last period of each decision of the best plan."""
        calendar = self.study.book.calendar
        found = yield from node.last_periods(self.in_plan(node))
        for one, at in found.items():
            self.ends[one].waiting = self.wait(node, one)
            self.ends[one].last = calendar.label(min(at, calendar.count - 1))

    # ---------------------------------------------------------------- verdicts
    def idle(self) -> Asking:
        """Orders that would only be waste: one more lot costs the same whether it serves or not.

        Whether it costs anything is asked first, and ends many a search at once. In a large book a
        lot whose price is less than the proof of the best leaves open is not told apart from none.
        """
        base = self.study.base
        tie = max(TIE, self.study.engine.gap or 0.0) * max(1.0, abs(base.high))
        asked = [
            one
            for one, end in self.ends.items()
            if end.most > SLIVER
            and end.in_plan < SLIVER
            and can_wait(one)
            and one.quantity.sheet == "Offers"
        ]
        lots = {one: smallest_of(one.form(self.whole)) for one in asked}
        nodes, free = effort_of(self.study).at_most(FEW), base.high + tie
        if nodes is not None:
            asked = [one for one in asked if self.price(one, lots[one]) > tie]
        asks = [
            Ask((), (SomeOf(one, lots[one]),), until=(free, free), nodes=nodes, alone=True)
            for one in asked
        ]
        answers = (yield asks) if asks else []
        asked = [one for one, best in zip(asked, answers, strict=True) if best.low >= free]
        asks = []
        for one in asked:
            twin = dataclasses.replace(one.quantity, items=(one.offer + IDLE,))
            copy = dataclasses.replace(one, quantity=twin)
            asks += [
                Ask((), (SomeOf(one, lots[one]),)),
                Ask((IdleCopy(one.offer),), (SomeOf(copy, lots[one]),)),
            ]
        answers = iter((yield asks) if asks else [])
        for one in asked:
            useful, useless = next(answers), next(answers)
            if useless.high - useful.low <= tie:
                self.ends[one].verdict = "never"

    def price(self, one: Signable, units: float) -> float:
        """List value of an order, as the objective weighs its node [money]."""
        weights = self.whole.weights()
        value = ListValue((one.offer,), one.at).form(self.whole.worlds[one.worlds[0]])
        each = max(abs(factor) for factor, _ in value.merged().values())
        return sum(weights[name] for name in one.worlds) * each * units

    def judge(self) -> None:
        """The verdict of each decision, over all nodes of its period."""
        alike: dict[tuple[str, int], list[Signable]] = {}
        for one in self.ends:
            alike.setdefault((one.named, one.at), []).append(one)
        for group in alike.values():
            ends = {one: self.ends[one] for one in group}
            needed = [one for one, end in ends.items() if end.low >= SLIVER]
            barred = [
                one for one, end in ends.items() if end.high < SLIVER or end.verdict == "never"
            ]
            whole = sum(len(one.worlds) for one in group) == len(self.whole.worlds)
            for end in ends.values():
                if len(needed) == len(group) and whole:
                    end.verdict, end.depends_on = "do now", ""
                elif len(barred) == len(group):
                    end.verdict, end.depends_on = "never", ""
                elif needed:
                    end.verdict = "depends"
                    end.depends_on = "on " + " or ".join(node_name(x) for x in needed)
                else:
                    end.verdict = "depends" if end.depends_on else "free"

    # ---------------------------------------------------------------- what is told
    def tell(self) -> None:
        """Rows of No regret, and the sentences of what is safe and what never pays."""
        study, question, ends = self.study, self.question, self.ends
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
            amounts += f", and {outside(end, one.unit)}"
        text = {
            "do now": f"{name}: do now; {which} {amounts}",
            "never": f"{name}: never; it is in no near-best plan but as waste",
            "depends": f"{name}: depends ({end.depends_on}); {amounts}",
            "free": f"{name}: free; {amounts}",
        }[end.verdict]
        if end.waiting is not None:
            text += f". Waiting a period costs {self.study.words.span(end.waiting)}"
        return f"{text}."


def outside(end: Ends, unit: str) -> str:
    """What is proven of the ends of a decision where that is less than what was found."""
    if math.isinf(end.high):
        return "it is not proven that none lies outside"
    low, high = number(end.low, DOWN), of_unit(end.high, unit, UP)
    return f"none has less than {low} or more than {high}" if end.low else f"none more than {high}"
