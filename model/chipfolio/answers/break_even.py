"""break_even: at what value of a cell would we switch?

*With* is the best plan that has at least an amount of the item, *less* the best that has less.
Where the value moves the cost alone, and no rule or discount looks at it, a plan's cost is a line
in the value, so the best cost *with* is concave and rises, and *less* does not move: the next value
to try is where the line of the last plan meets *less* (Dinkelbach 1967), and three or four solves
prove the switch. Otherwise a coarse grid finds the first change of sides from today's value, and
bisection narrows it.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property

from ..contract.inputs import INPUTS, in_words
from ..contract.schema import NUMERIC, Column, Kind
from ..errors import PlanError
from ..formulation.whole import build
from ..plan.words import change
from ..solver.engine import NEVER
from .asked import AtLeast, Less
from .engine import Asking
from .resolve import Ask, Best, put
from .spans import finite, in_cell
from .study import Question, Study
from .subject import Subject, rows_of, subject_of, value_now
from .variant import Move, edited

MANY = 10.0
"""How many times today's value the search goes up to."""
NARROW = 0.002
"""Share of a value to which a switch is narrowed."""
TIE, NEARLY = 1e-7, 1e-9
LINES, RISING, SEARCH = "lines", "rising", "search"
STEPS, PARTS = 8, 4
GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Points of the coarse grid between today's value and the end of a search."""
BETTER_HIGH = {
    "throughput",
    "life_years",
    "availability",
    "resale_pct",
    "max_order",
    "max_in_service",
    "total_limit",
    "max_units",
    "efficiency",
    "mature_efficiency",
    "price_cut_pct",
    "extra_supply",
    "value",
    "residual_pct",
    "step_mw",
    "max_steps",
    "max_steps_per_period",
    "last_order",
    "last_start",
    "last_signing",
}
"""Columns of which more is better; of all others less is."""
COSTS = {
    ("Offers", "price"),
    ("Offers", "order_fee"),
    ("Offers", "setup_cost"),
    ("Software", "cost"),
    ("Programme stages", "cost"),
    ("Site projects", "cost_per_step"),
    ("Contracts", "signing_fee"),
}
"""Cells that stand in the cost alone, where nothing counts money."""


@dataclass
class Sides:
    """Both costs at one value, and which side is cheaper: True with, False less, None not told."""

    value: float
    wins: bool | None
    with_it: Best
    less: Best


def break_even(study: Study, question: Question) -> Asking:
    """The value of a cell at which the plan would take an item in, or leave it."""
    try:
        search = Search(study, question)
    except PlanError as error:
        study.say(question, question.item, f"{question.item}: {error}.")
        return
    found = yield from search.run()
    search.tell(found)


@dataclass
class Switch:
    """Where the plan switches: between two values, proven on both sides; or nowhere, and why."""

    low: float | None = None
    high: float | None = None
    other: float | None = None
    why: str = ""
    is_told: bool = True
    """Whether that there is none is proven; else it was not told at this gap."""


def most_of(study: Study, subject: Subject) -> float:
    """The most that the best plan has of a decision in a scenario."""
    whole = study.engine.plan.solved.whole
    put(whole, study.base.point)
    return max(subject.decision.form(world).value() for world in whole.worlds.values())


class Search:
    """The search of one break-even value."""

    def __init__(self, study: Study, question: Question, subject: Subject | None = None) -> None:
        self.study, self.question = study, question
        book = study.book
        self.sheet, self.item, self.column = question.sheet, question.item, question.column
        self.declared: Column = INPUTS[self.sheet].column(self.column)
        if self.declared.kind not in NUMERIC:
            raise PlanError(f"{self.column} holds no number that could move")
        self.subject = subject or subject_of(book, self.sheet, self.item, question.amount)
        now = value_now(book, self.sheet, self.item, self.column)
        if now is None and self.declared.low is None:
            raise PlanError(f"{self.column} is blank: there is no limit to move")
        self.now = float(now or 0.0)
        self.whole = self.declared.kind is Kind.INTEGER
        self.tie = TIE * max(1.0, abs(study.base.high))
        self.known: dict[float, Sides] = {}
        self.fixed_less: Best | None = None
        self.has = most_of(study, self.subject) >= self.subject.amount * (1.0 - NEARLY)

    # ---------------------------------------------------------------- what is asked
    def move(self, value: float) -> tuple[Move, ...]:
        """The change that brings the cell to a value."""
        if value == self.now:
            return ()
        if self.now:
            return (Move(self.sheet, self.item, self.column, factor=value / self.now),)
        value = round(value) if self.whole else value
        return (Move(self.sheet, self.item, self.column, value=value),)

    def asks(self, value: float) -> list[Ask]:
        """Both sides at a value; *with* ends once it is told which is cheaper, less being known."""
        edits, less = self.move(value), self.fixed_less
        until = (less.high, less.low - 2.0 * self.tie) if less and less.objective else NEVER
        extra = AtLeast(self.subject.decision, self.subject.amount)
        with_it = Ask(edits, (extra,), until=until if self.mode != LINES else (until[0], None))
        return [with_it, Ask(edits, (Less(self.subject.decision, self.subject.amount),))]

    def sides(self, values: list[float]) -> Generator[list[Ask], list[Best], list[Sides]]:
        """Both costs at each value; what is known already is not asked again."""
        todo = [value for value in dict.fromkeys(values) if value not in self.known]
        asked: list[Ask] = []
        for value in todo:
            pair = self.asks(value)
            asked += pair[:1] if self.fixed_less else pair
        answers = iter((yield asked) if asked else [])
        for value in todo:
            with_it = next(answers)
            less = self.fixed_less or next(answers)
            if value == self.now:
                mine = with_it if self.has else less
                if self.study.base.high <= mine.high:
                    with_it, less = (
                        (self.study.base, less) if self.has else (with_it, self.study.base)
                    )
            self.known[value] = Sides(value, self.wins(with_it, less), with_it, less)
        return [self.known[value] for value in values]

    def wins(self, with_it: Best, less: Best) -> bool | None:
        """Which side is cheaper; a tie counts as less."""
        if with_it.status == less.status == "infeasible":
            return None
        if with_it.high < less.low - self.tie:
            return True
        if with_it.low >= less.high - self.tie:
            return False
        return None

    # ---------------------------------------------------------------- the search
    def ends(self) -> tuple[float, float]:
        """The least and the most that the value may come to."""
        top = MANY * self.now
        if not self.now:
            top = abs(self.study.base.high)
            if self.whole:
                top = float(self.study.book.calendar.count)
        low, high = 0.0, top
        declared = self.declared
        for end in (declared.low, declared.above):
            low = max(low, end) if end is not None else low
        for end in (declared.high, declared.below):
            high = min(high, end) if end is not None else high
        sliver = 1e-6 * max(abs(low), 1.0)
        low = low + (1.0 if self.whole else sliver) if declared.above == low else low
        high = high - sliver if declared.below is not None and declared.below == high else high
        return low, max(high, self.now)

    def run(self) -> Generator[list[Ask], list[Best], Switch]:
        """Find the first switch from today's value."""
        low, high = self.ends()
        now = (yield from self.sides([self.now]))[0]
        if now.wins is None:
            return Switch(why="at today's value", is_told=False)
        better, worse = (low, high) if self.column not in BETTER_HIGH else (high, low)
        end, other_end = (worse, better) if now.wins else (better, worse)
        if self.mode != SEARCH:
            self.fixed_less = now.less
        if self.mode == LINES and end != self.now:
            return (yield from self.by_lines(now, end))
        if self.mode == RISING and end != self.now:
            return (yield from self.by_halves(now, end))
        points = self.grid(end)
        away = self.grid(other_end)
        yield from self.sides([*points, *away])
        found = yield from self.first_change(points, now.wins)
        if found is None:
            return self.nowhere(points, now.wins)
        others = [
            self.known[v].value
            for v in [*points, *away]
            if self.known[v].wins == now.wins
            and v != self.now
            and (v - self.now) * (found[1] - self.now) > 0.0
            and abs(v - self.now) > abs(found[1] - self.now)
        ]
        others += [v for v in away if self.known[v].wins == (not now.wins)]
        other = min(others, key=lambda v: abs(v - self.now), default=None)
        return Switch(min(found), max(found), other)

    def grid(self, end: float) -> list[float]:
        """Values from today's to an end."""
        if self.whole:
            span = int(end - self.now)
            step = max(abs(span) // PARTS, 1)
            values = range(0, abs(span) + 1, step)
            found = [self.now + math.copysign(at, span) for at in values]
            return list(dict.fromkeys([*found, float(round(end))]))
        return [self.now + share * (end - self.now) for share in GRID]

    def first_change(
        self, points: list[float], wins: bool
    ) -> Generator[list[Ask], list[Best], tuple[float, float] | None]:
        """The two values, one on each side, nearest to the first change of sides."""
        last = points[0]
        for value in points[1:]:
            if self.known[value].wins is (not wins):
                break
            if self.known[value].wins is wins:
                last = value
        else:
            return None
        return (yield from self.narrowed(last, value, wins))

    def narrowed(
        self, near: float, far: float, wins: bool
    ) -> Generator[list[Ask], list[Best], tuple[float, float]]:
        """Two values, one on each side, halved until they are neighbours."""
        while not self.is_narrow(near, far):
            middle = (near + far) / 2.0
            middle = float(round(middle)) if self.whole else middle
            side = (yield from self.sides([middle]))[0].wins
            if side is None:
                break
            near, far = (middle, far) if side is wins else (near, middle)
        return near, far

    def is_narrow(self, one: float, other: float) -> bool:
        """Whether two values are neighbours."""
        if self.whole:
            return abs(one - other) <= 1.0
        return abs(one - other) <= NARROW * max(abs(one), abs(other), 1e-9)

    def nowhere(self, points: list[float], wins: bool) -> Switch:
        """No switch on the way to the end of the search."""
        end = points[-1]
        last = self.known[end]
        if wins:
            return Switch(why=f"it stays in the plan up to {self.shown(end)}")
        if last.wins is None:
            if last.with_it.status == last.less.status == "infeasible":
                return Switch(why="further on no plan keeps the rules")
            return Switch(why=f"at {self.shown(end)}", is_told=False)
        free = last.with_it.low >= last.less.high - self.tie
        same = free and abs(last.with_it.high - last.less.high) <= self.tie
        if same and end == 0.0:
            return Switch(why="free, it would save nothing")
        return Switch(why=f"it stays out of the plan even at {self.shown(end)}")

    def by_halves(self, now: Sides, end: float) -> Generator[list[Ask], list[Best], Switch]:
        """The one switch of a cost that rises with the value; first where a plan's line meets."""
        near, far = self.now, end
        if now.with_it.objective is not None:
            zero, there = self.cost_at(now.with_it, 0.0), now.with_it.high
            slope = (there - zero) / self.now
            if slope > 0.0:
                value = (now.less.high - zero) / slope
                for probe in (value, value * (1.0 - 0.9 * NARROW)):
                    if min(near, far) < probe < max(near, far):
                        side = (yield from self.sides([probe]))[0].wins
                        if side is None:
                            break
                        near, far = (probe, far) if side is now.wins else (near, probe)
        if far == end:
            side = (yield from self.sides([end]))[0].wins
            if side is not (not now.wins):
                return self.nowhere([end], now.wins)
        found = yield from self.narrowed(near, far, now.wins)
        return Switch(min(found), max(found))

    # ---------------------------------------------------------------- by lines
    @cached_property
    def mode(self) -> str:
        """How the switch is found: by LINES, where the value stands in the cost alone and *less* is
        free of it; by halves, where *with* is still RISING in it; else by SEARCH.

        A resale or a tail of cost bends the lines; a limit on money is met less easily as the
        value rises, and everything else that counts money may move either way.
        """
        book = self.study.book
        if (self.sheet, self.column) not in COSTS or not self.now:
            return SEARCH
        if not self.is_apart():
            return SEARCH
        limited = any(r["active"] for r in book.rows("Budgets")) or any(
            row["max_spend_per_fiscal_year"] is not None for row in book.rows("Vendors")
        )
        return RISING if limited or book.setting("tail_weight") > 0.0 else LINES

    def is_apart(self) -> bool:
        """Whether less is free of the value, and with can but rise with it."""
        book = self.study.book
        least = subject_of(book, self.sheet, self.item).amount
        if self.subject.amount > least:
            return False
        if self.sheet == "Programme stages" and len(rows_of(book, self.sheet, self.item)) > 1:
            return False
        if self.sheet != "Offers":
            return not book.rows("Committed steps") if self.sheet == "Site projects" else True
        counts = (
            any(r["active"] and r["basis"] == "order_spend" for r in book.rows("Share rules")),
            any(r["active"] and r["active_if_pct"] for r in book.rows("Supplier counts")),
            any(r["active"] and r["quantity"] == "order_spend" for r in book.rows("Custom rules")),
            any(r["active"] for r in book.rows("Contracts")),
            any(row["measure"] == "cumulative_spend" for row in book.rows("Deal milestones")),
            bool(book.rows("Discounts")),
            bool(book.rows("Committed orders")),
            any(row["resale_pct"] is not None for row in book.rows("Chips")),
        )
        return not any(counts)

    def cost_at(self, best: Best, value: float) -> float:
        """What a plan costs at another value."""
        whole = build(edited(self.study.book, self.move(value)), self.study.engine.common.names)
        put(whole, best.point)
        return whole.objective.value()

    def by_lines(self, now: Sides, end: float) -> Generator[list[Ask], list[Best], Switch]:
        """The switch, by lines of plans from above and one proof from below."""
        less = now.less
        best, at = now.with_it, self.now
        proven: float | None = self.now if now.wins else None
        value = self.now
        for _ in range(STEPS):
            if best.objective is None:
                return Switch(why="no plan that has it keeps the rules")
            zero, there = self.cost_at(best, 0.0), self.cost_at(best, at)
            slope = (there - zero) / at if at else 0.0
            if zero >= less.high - self.tie:
                if not now.wins and at > 0.0:  # another plan may do better at 0
                    side = (yield from self.sides([0.0]))[0]
                    if side.wins is True:
                        best, at = side.with_it, 0.0
                        zero, slope = best.high, self.slope_of(best)
                    else:
                        return self.nowhere([0.0], wins=False)
                else:
                    return self.nowhere([0.0], wins=False)
            if slope <= 0.0:
                return Switch(why=f"it stays in the plan up to {self.shown(end)}")
            value = (less.high - zero) / slope
            low = (less.low - zero) / slope
            proven = low if proven is None else max(proven, low)
            if now.wins and value >= end:
                side = (yield from self.sides([end]))[0]
                if side.wins is not False:
                    return Switch(why=f"it stays in the plan up to {self.shown(end)}")
            side = (yield from self.sides([value]))[0]
            if side.wins is False:
                return Switch(min(proven, value), value)
            if side.wins is None:
                return (yield from self.proven_above(proven, value, side, slope, less))
            best, at = side.with_it, value
        return Switch(proven, value)

    def slope_of(self, best: Best) -> float:
        """What a plan's cost grows by with the value."""
        return (self.cost_at(best, self.now) - self.cost_at(best, 0.0)) / self.now

    def proven_above(
        self, low: float, value: float, side: Sides, slope: float, less: Best
    ) -> Generator[list[Ask], list[Best], Switch]:
        """A value a little further on, at which less is proven to be no dearer."""
        for _ in range(3):
            value += 1.1 * max(less.high - side.with_it.low, self.tie) / slope
            side = (yield from self.sides([value]))[0]
            if side.wins is False:
                return Switch(low, value)
        return Switch(low, max(value, self.ends()[1]))

    # ---------------------------------------------------------------- what is told
    def tell(self, found: Switch) -> None:
        """The row of Break-even, and its sentence."""
        study, subject = self.study, self.subject
        middle = None if found.low is None else (found.low + found.high) / 2.0
        text = self.sentence(found, middle)
        change = None
        if middle is not None and self.now:
            change = middle / self.now - 1.0
        study.tables["Break-even"].append(
            {
                "question": self.question.name,
                "sheet": self.sheet,
                "item": self.item,
                "column": self.column,
                "amount": subject.amount,
                "value_now": self.now,
                "value_low": finite(found.low),
                "value_high": finite(found.high),
                "change_pct": change,
                "other_crossing": finite(found.other),
                "finding": text,
            }
        )
        row = in_words(self.sheet, self.item, self.column)
        study.say(self.question, row, text, value=middle, unit="as the cell")
        last = study.rows_of[self.question.name][-1]
        last["low"], last["high"] = finite(found.low), finite(found.high)
        last["resolved"] = "no" if middle is None else "yes"

    def shown(self, value: float) -> str:
        """A value of the cell in words."""
        return in_cell(self.study.words, self.declared, value)

    def sentence(self, found: Switch, middle: float | None) -> str:
        """The finding."""
        now, called = f"today {self.shown(self.now)}", self.declared.called
        name = f"{self.subject.named}"
        state = "is in" if self.has else "is not in"
        if middle is None and not found.is_told:
            return (
                f"{name} {state} the plan; at what {called} ({now}) that changes is not told "
                f"at this gap, which does not tell the two sides apart {found.why}."
            )
        if middle is None:
            return (
                f"{name} {state} the plan, and no value of its {called} ({now}) changes that: "
                f"{found.why}."
            )
        moved = f", {change(middle / self.now - 1.0)}" if self.now else ""
        verb = "leaves" if self.has else "enters"
        value = self.shown(middle)
        if self.whole:
            value = f"between {self.shown(found.low)} and {self.shown(found.high)}"
        text = f"{name} {verb} the plan with its {called} at {value} ({now}{moved})."
        if found.other is not None:
            text += f" It switches again by {self.shown(found.other)}."
        return text
