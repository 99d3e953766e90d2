"""case: the paper of a capital request. The plan with it against the plan with no more of it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

from ..contract.inputs import CASH_LINES
from ..contract.periods import SHIFT
from ..errors import PlanError
from ..plan.words import percent
from .asked import AtLeast, CostAtMost, Less
from .break_even import most_of
from .engine import Asking
from .measures import Distance, orders_of
from .resolve import Ask, Best
from .spans import Span, number
from .study import Question, Study
from .subject import rows_of, subject_of
from .variant import Edit, Without

WANTED = ("Cash", "Orders", "Scenario costs")
POINTS = 0.02
"""By how much the discount rate is moved."""
TERMINAL = "terminal_value"
SIGN = 1e-6
"""Share of the largest flow under which a flow has no sign."""
HIGHEST_RATE = 100.0
Flows = dict[tuple[str, int], float]


def case(study: Study, question: Question) -> Asking:
    """What having it brings: by line and year, its value, its rate of return, its payback."""
    book = study.book
    rows = rows_of(book, question.sheet, question.item)
    signed = question.sheet in ("Contracts", "Deals") and rows and rows[0]["signing"] == "signed"
    extras: tuple = ()
    edits: tuple[Edit, ...] = ()
    with_it = None
    if signed:
        edits = (Without(question.sheet, question.item),)
    else:
        try:
            subject = subject_of(book, question.sheet, question.item)
        except PlanError as error:
            study.say(question, question.item, f"{question.item}: {error}.")
            return
        extras = (Less(subject.decision, subject.amount, most=0.0),)
        if most_of(study, subject) < subject.amount * (1.0 - 1e-9):
            extra = AtLeast(subject.decision, subject.amount)
            (with_it,) = yield [Ask(extras=(extra,), tables=WANTED)]
    (without,) = yield [Ask(edits, extras, tables=WANTED)]
    if with_it is None:
        tables = {name: study.engine.plan.tables[name] for name in WANTED}
        base = study.base
        with_it = Best(
            base.status, base.objective, base.bound, base.cost, base.point, base.totals, tables
        )
    for best, words in ((with_it, "With"), (without, "Without")):
        if best.objective is None:
            text = f"{words} {question.item} the book has no plan: there is nothing to compare."
            study.say(question, question.item, text)
            return
    # of the plans without it that cost the same, the one nearest to the plan with it
    orders = orders_of(with_it.tables, book)
    cheap = CostAtMost(without.high + 1e-9 * max(1.0, abs(without.high)))
    (near,) = yield [
        Ask(edits, (*extras, cheap), Distance((orders,)), tables=WANTED, start=without.point)
    ]
    if near.objective is not None:
        tables, totals = near.tables, near.totals
    else:
        tables, totals = without.tables, without.totals
    tell(study, question, with_it, without, tables, totals, bool(signed))


def flows_of(study: Study, tables: Mapping[str, list[dict]]) -> Flows:
    """Expected amounts by line and period."""
    weights = study.engine.plan.solved.whole.weights()
    found: Flows = defaultdict(float)
    for row in tables["Cash"]:
        at = study.book.calendar.position(row["period"])
        found[row["line"], at] += weights[row["scenario"]] * row["amount"]
    return found


def tell(
    study: Study,
    question: Question,
    with_it: Best,
    without: Best,
    tables: Mapping[str, list[dict]],
    totals: Mapping[str, float],
    signed: bool,
) -> None:
    """Rows of Cases, and the figures of Answers."""
    calendar, words = study.book.calendar, study.words
    here, there = flows_of(study, with_it.tables), flows_of(study, tables)
    flow: Flows = {
        key: there.get(key, 0.0) - here.get(key, 0.0) for key in dict.fromkeys([*there, *here])
    }
    by_year: dict[tuple[str, str], float] = defaultdict(float)
    for (line, at), amount in flow.items():
        by_year[line, calendar.fiscal_year(at)] += amount
    for (line, year), amount in sorted(by_year.items(), key=lambda item: item[0]):
        if abs(amount) > SIGN:
            study.tables["Cases"].append(
                {"question": question.name, "line": line, "fiscal_year": year, "amount": amount}
            )
    name = question.item
    span = Span.between(without, with_it)
    verb = "was worth" if signed else "is worth"
    rate = study.book.setting("discount_rate")
    text = f"{name} {verb} {value_words(study, span)} at a discount rate of {percent(rate, 2)}."
    study.say(question, name, text, span)
    parts: dict[str, float] = defaultdict(float)
    for (line, at), amount in flow.items():
        part = "cash" if line in CASH_LINES else "terminal value" if line == TERMINAL else "other"
        factor = calendar.discount_at_end if line == TERMINAL else calendar.discount(at)
        parts[part] += amount * factor
    value = without.high - with_it.high
    weight = study.book.setting("tail_weight") if len(with_it.totals) > 1 else 0.0
    if weight > 0.0:
        parts["risk"] = value - sum(parts.values())
    for part in ("cash", "terminal value", "other", "risk"):
        if part in parts:
            said = f"Of that {words.money(parts[part])} is {part}."
            study.say(question, f"{name}: {part}", said, value=parts[part], unit=words.currency)
    for points in (-POINTS, POINTS):
        at_rate = revalued(study, flow, rate + points)
        said = f"At {percent(rate + points, 2)} the same flows are worth "
        said += f"{words.money(at_rate)}."
        label = f"{name}: at {percent(rate + points, 2)}"
        study.say(question, label, said, value=at_rate, unit=words.currency)
    cash = [0.0] * calendar.count
    for (line, at), amount in flow.items():
        if line in CASH_LINES:
            cash[at] += amount
    terminal = sum(amount for (line, _), amount in flow.items() if line == TERMINAL)
    tell_rate(study, question, name, cash, terminal, value)
    tell_payback(study, question, name, cash)


def value_words(study: Study, span: Span) -> str:
    """What it is worth, in words; a value below nothing is told as such."""
    if span.high < 0.0:
        return f"less than nothing: it costs {study.words.span(Span(-span.high, -span.low))}"
    return study.words.span(span)


def revalued(study: Study, flow: Flows, rate: float) -> float:
    """The flows at another discount rate."""
    return sum(
        amount * factor(study, rate, at, line == TERMINAL) for (line, at), amount in flow.items()
    )


def factor(study: Study, rate: float, at: int, at_end: bool) -> float:
    """The discount factor of a period, or of the plan's end, at a rate per year."""
    calendar = study.book.calendar
    if at_end:
        return (1.0 + rate) ** -calendar.years(calendar.count)
    shift = SHIFT[calendar.cash_timing]
    return (1.0 + rate) ** -calendar.years(at + shift)


def tell_rate(
    study: Study, question: Question, name: str, cash: list[float], terminal: float, value: float
) -> None:
    """The rate of return, or why there is none."""
    subject = f"{name}: rate of return"
    flows = [*((at, amount, False) for at, amount in enumerate(cash)), (0, terminal, True)]
    size = max(abs(amount) for _, amount, _ in flows)
    signs = [amount > 0.0 for _, amount, _ in flows if abs(amount) > SIGN * max(size, 1.0)]
    changes = sum(one != other for one, other in zip(signs, signs[1:], strict=False))

    def worth(rate: float) -> float:
        return sum(amount * factor(study, rate, at, end) for at, amount, end in flows)

    own = worth(study.book.setting("discount_rate"))
    why = ""
    if not signs or changes == 0:
        why = "its cash never changes sign" if signs else "it moves no cash"
    elif changes > 1:
        why = "its cash changes sign more than once, so there are several rates"
    elif signs[0]:
        why = "it earns before it costs"
    elif (own > 0.0) != (value > 0.0):
        why = "its worth is not cash"
    if why:
        study.say(question, subject, f"{name} has no rate of return: {why}.")
        return
    low, high = -0.99, HIGHEST_RATE
    for _ in range(200):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worth(middle) > 0.0 else (low, middle)
    text = f"{name} returns {percent(low)} a year on cash and terminal value."
    study.say(question, subject, text, value=low, unit="per year")


def tell_payback(study: Study, question: Question, name: str, cash: list[float]) -> None:
    """Payback and peak cash."""
    running, sums = 0.0, []
    for amount in cash:
        running += amount
        sums.append(running)
    lowest = min(0.0, *sums)
    tiny = SIGN * max(1.0, max(map(abs, sums)))
    stays = [at for at in range(len(sums)) if all(s >= -tiny for s in sums[at:])]
    if stays and lowest < -tiny:
        label = study.book.calendar.label(stays[0])
        text = f"{name} has paid back by {label}."
        study.say(question, f"{name}: payback", text, value=stays[0] + 1.0, unit="periods")
    elif lowest < -tiny:
        study.say(question, f"{name}: payback", f"{name} does not pay back in cash in the plan.")
    words = study.words
    text = f"At its lowest point it has cost {words.money(-lowest)} in cash."
    if math.isclose(lowest, 0.0, abs_tol=tiny):
        text = f"It never costs cash on balance ({number(0.0)})."
    study.say(question, f"{name}: peak cash", text, value=lowest, unit=words.currency)
