"""why_not: why is this not in the plan, what would it cost, and which rules make it dear?

The decision is forced, and the book solved again; what changes is what it displaces. A rule makes
it dear where the decision, without the rule, costs no more than today's plan, and costs less than
it does now against the best plan without that rule: else every costly rule would be blamed for
every refusal. Rules are dropped together first, then in halves (group testing): what all of them
do not bring about, none does.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ..contract.inputs import INPUTS, in_words
from ..contract.schema import Column
from ..errors import PlanError
from ..formulation.whole import build
from ..plan.conflict import explain
from ..solver.bridge import to_matrix
from .asked import AtLeast
from .break_even import Search, Switch, most_of
from .engine import Asking
from .limits import EACH
from .plans import PARTS, apart, made_of
from .resolve import Ask, Best, add_asked
from .spans import Span, finite, in_cell, of_unit
from .study import Question, Study
from .subject import CENTRAL, Subject, rows_of, subject_of, text_of, value_now
from .variant import Drop, Edit, Level, MayBeUnmet, RampOff, Setting

TIE, NEARLY = 1e-7, 1e-9
MOST_SET = 3
"""Rules of which a set is named; more say no more."""


@dataclass(frozen=True)
class Suspect:
    """A rule that may make a decision dear, and the change that takes it away."""

    sheet: str
    named: str
    edit: Edit


def why_not(study: Study, question: Question) -> Asking:
    """Force a decision into the plan, and say what it costs, displaces and would need."""
    book = study.book
    near = nearest_name(study, question)
    if near is not None:
        study.say(question, question.item, near)
        return
    last = question.last if question.first is None or question.last else question.first
    try:
        subject = subject_of(
            book, question.sheet, question.item, question.amount, question.first, last
        )
    except PlanError as error:
        study.say(question, question.item, f"{question.item}: {error}.")
        return
    forced = forced_words(study, question, subject)
    if most_of(study, subject) >= subject.amount * (1.0 - NEARLY):
        none = Span(0.0, 0.0, at_least_zero=True)
        text = f"{forced[0].upper()}{forced[1:]}: the plan has it already, at no cost."
        tell_cost(study, question, forced, none, Switch(), text)
        return
    probe = None
    with suppress(PlanError):  # a deal without milestones has no value that could move
        probe = Search(study, priced(question), subject)
    extra = AtLeast(subject.decision, subject.amount)
    (here,) = yield [Ask(extras=(extra,), tables=PARTS)]
    if here.status == "infeasible":
        why = conflict_of(study, extra)
        why = f": {why}" if why else " within the rules of this book"
        none = Span(math.inf, math.inf, at_least_zero=True)
        text = f"{forced[0].upper()}{forced[1:]} cannot be{why}."
        tell_cost(study, question, forced, none, Switch(), text)
    span = Span.between(here, study.base, at_least_zero=True)
    if here.status != "infeasible":
        tell_displaced(study, question, here)
    blamed = yield from rules_behind(study, extra, here)
    switch = Switch()
    if probe is not None and here.status != "infeasible":
        switch = yield from probe.run()
    for group, then, decision in blamed:
        study.tables["Why not rules"].append(
            {
                "question": question.name,
                "sheet": ", ".join(dict.fromkeys(one.sheet for one in group)),
                "rule": " and ".join(one.named for one in group),
                "cost_when_dropped": finite(then.high),
                "decision_costs_then": finite(decision.value),
            }
        )
    words = sentence(study, forced, span, switch, blamed, question)
    if here.status == "infeasible":
        if blamed:
            study.say(question, f"{forced}: rules", words)
        return
    tell_cost(study, question, forced, span, switch, words)


def priced(question: Question) -> Question:
    """The question for the price at which the decision would win."""
    if question.sheet == "Deals":
        return replace(question, sheet="Deal milestones", column="value")
    return replace(question, column=CENTRAL[question.sheet])


def nearest_name(study: Study, question: Question) -> str | None:
    """What to say of a name that is on no row: the nearest ones; None where it is on one."""
    rows = study.book.rows(question.sheet)
    if rows_of(study.book, question.sheet, question.item):
        return None
    names = [text_of(row) for row in rows]
    close = difflib.get_close_matches(question.item, names, 3, 0.0)
    near = " or ".join(close) if close else "nothing else"
    return f"{question.item} is on no row of {question.sheet}: nearest to it is {near}."


def forced_words(study: Study, question: Question, subject: Subject) -> str:
    """What is forced, in words."""
    text = f"at least {of_unit(subject.amount, subject.unit)} of {subject.named}"
    if subject.unit in ("starts", "signatures"):
        text = f"{'start' if subject.unit == 'starts' else 'signature'} of {subject.named}"
    if question.first is not None:
        text += f" in {study.book.calendar.label(question.first)}"
    return text


def conflict_of(study: Study, extra: AtLeast) -> str:
    """Why a decision cannot be: the limits that it cannot hold together with."""
    whole = build(study.book, study.engine.common.names or None)
    add_asked(whole, Ask(extras=(extra,)))
    found = explain(whole, to_matrix(whole.model))
    return "; ".join(str(conflict) for conflict in found)


# ------------------------------------------------------------------ the rules behind it
def suspects(study: Study) -> list[Suspect]:
    """Rules that may be dropped: those that have a price, and the facts of supply and work."""
    book = study.book
    found = [
        Suspect(limit.sheet, limit.named, limit.drop)
        for limit in study.limits
        if limit.member != EACH
    ]
    for column in ("total_limit", "max_in_service", "min_order"):
        for row in book.rows("Offers"):
            if row[column]:
                named = in_words("Offers", row["offer"], column)
                found.append(Suspect("Offers", named, Drop("Offers", row["offer"], column)))
    for name in dict.fromkeys(row["programme"] for row in book.rows("Programme ramp")):
        found.append(Suspect("Programme ramp", f"ramp of {name}", RampOff(name)))
    for row in book.rows("Programmes"):
        if row["must_run"]:
            edit = Level("Programmes", row["programme"], "must_run", False)
            found.append(
                Suspect("Programmes", in_words("Programmes", row["programme"], "must_run"), edit)
            )
    if book.setting("frozen_periods") and book.rows("Previous plan"):
        found.append(Suspect("Settings", "frozen periods", Setting("frozen_periods", 0)))
    for row in book.rows("Workloads"):
        if row["unmet_penalty"] is None:
            edit = MayBeUnmet(row["workload"])
            found.append(Suspect("Workloads", f"work of {row['workload']} must be met", edit))
    return found


Blamed = list[tuple[tuple[Suspect, ...], Best, Span]]


def rules_behind(
    study: Study, extra: AtLeast, here: Best
) -> Generator[list[Ask], list[Best], Blamed]:
    """The rules that make a decision dear: each with its best cost, and what the decision costs."""
    base = study.base
    tie = TIE * max(1.0, abs(base.high))

    def ask(group: Sequence[Suspect], with_it: bool = True) -> Ask:
        edits = tuple(one.edit for one in group)
        until = (base.high + 2.0 * tie, base.low - tie) if with_it else (None, None)
        return Ask(edits, (extra,) if with_it else (), until=until)

    def is_enough(best: Best) -> bool:
        return best.high <= base.high + tie

    everyone = suspects(study)
    if not everyone:
        return []
    (best,) = yield [ask(everyone)]
    if not is_enough(best):
        return []
    single: list[Suspect] = []
    groups = [everyone]
    while groups:
        halves = [
            half
            for group in groups
            for half in (group[: len(group) // 2], group[len(group) // 2 :])
            if half
        ]
        answers = yield [ask(half) for half in halves]
        kept = [half for half, best in zip(halves, answers, strict=True) if is_enough(best)]
        single += [half[0] for half in kept if len(half) == 1]
        groups = [half for half in kept if len(half) > 1]
    sets = [(one,) for one in single]
    if not sets:
        sets = [(yield from smallest(everyone, ask, is_enough))]
    now = here.high - base.high
    blamed: Blamed = []
    for group in sets:
        edits = tuple(one.edit for one in group)
        forced, free = yield [Ask(edits, (extra,)), Ask(edits)]
        then = Span.between(forced, free, at_least_zero=True)
        if forced.high - free.high < now - tie:
            blamed.append((group, forced, then))
    return blamed


def smallest(everyone: list[Suspect], ask, is_enough) -> Generator:  # noqa: ANN001
    """A set of rules that together are enough, none of which can be spared."""
    chosen = list(everyone)
    size = max(len(chosen) // 2, 1)
    while size:
        at = 0
        while at < len(chosen):
            rest = chosen[:at] + chosen[at + size :]
            if rest and is_enough((yield [ask(rest)])[0]):
                chosen = rest
            else:
                at += size
        size //= 2
    return tuple(chosen)


# ------------------------------------------------------------------ what is told
def tell_displaced(study: Study, question: Question, here: Best) -> None:
    """Rows of what gives way."""
    plan = study.engine.plan
    weights = plan.solved.whole.weights()
    base = made_of(study.book, plan.tables, weights)
    new = made_of(study.book, here.tables, weights)
    for subject, item, window, was, now in apart(base, new):
        study.tables["Displacement"].append(
            {
                "question": question.name,
                "subject": subject,
                "item": item,
                "window": window,
                "base": was,
                "here": now,
                "difference": now - was,
            }
        )


def sentence(
    study: Study, forced: str, span: Span, switch: Switch, blamed: Blamed, question: Question
) -> str:
    """The finding."""
    moved = priced(question)
    price = INPUTS[moved.sheet].column(moved.column)
    text = f"{forced[0].upper()}{forced[1:]} would cost {study.words.span(span)} more."
    if span.low == math.inf:
        text = f"{forced[0].upper()}{forced[1:]} cannot be within the rules of this book."
    if switch.low is not None:
        value = in_cell(study.words, price, (switch.low + switch.high) / 2.0)
        text += f" It would win with its {price.called} at {value}{today(study, moved, price)}."
    elif not switch.is_told:
        text += f" At what {price.called} it would win is not told at this gap."
    elif switch.why:
        text += f" No {price.called} makes it win: {switch.why}."
    if blamed:
        named = "; ".join(" with ".join(one.named for one in group) for group, _, _ in blamed)
        text += f" What makes it dear: {named}."
    return text


def today(study: Study, asked: Question, price: Column) -> str:
    """The price as the book has it, in brackets."""
    now = value_now(study.book, asked.sheet, asked.item, asked.column)
    return "" if now is None else f" (today {in_cell(study.words, price, float(now))})"


def tell_cost(
    study: Study, question: Question, forced: str, span: Span, switch: Switch, text: str
) -> None:
    """The row of Why not, and its sentence."""
    study.tables["Why not"].append(
        {
            "question": question.name,
            "forced": forced,
            "cost_low": finite(span.low),
            "cost_high": finite(span.high),
            "price_low": finite(switch.low),
            "price_high": finite(switch.high),
            "finding": text,
        }
    )
    study.say(question, forced, text, span)
