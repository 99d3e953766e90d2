"""frontier: how does the cost grow as a limit tightens?

Each level is an interval, never dropped, whatever its solve did. A bound at a looser level holds at
all tighter ones, and a plan is a plan of every level that it keeps: both are carried, so the curve
is monotone (epsilon-constraint method: Haimes, Lasdon and Wismer 1971). The ends come first: where
the limit begins to cost, and the tightest level that a plan can reach, each narrowed by halves that
jump to the level which a plan found really has. For tail_weight every plan is a line in the weight,
and the best cost is concave in it: plans are costed anew at each weight, chords carry bounds.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..contract.inputs import INPUTS
from ..contract.schema import Kind
from ..errors import PlanError
from ..formulation.whole import build
from ..plan.words import percent
from .engine import Asking, in_step
from .limits import EACH
from .near import is_large
from .plans import PARTS, made_of, spend_by_seller
from .resolve import Ask, Best, put
from .spans import Span, finite, number
from .study import Question, Study
from .subject import rows_of
from .variant import RULES, Drop, Level, Setting

STEPS = 9
PRECISE = 1e-3
"""Share of the range of levels to which its ends are found."""
COARSE = 1e-2
"""The same of a large book's looser end, since what it costs there is not told apart anyway."""
HALVES = 24
ANY = 1e18
"""A cost that every plan is under: the first plan found ends the search."""
TIE = 1e-7
MOST_WEIGHT = 0.99


@dataclass(frozen=True)
class Point:
    """One level: its interval, the plan behind its objective, and how its solve ended."""

    level: float
    low: float
    high: float
    status: str
    best: Best | None


def frontier(study: Study, question: Question) -> Asking:
    """Sweep the levels of a limit, or of the weight of the tail."""
    if question.sheet == "Settings":
        yield from of_weight(study, question)
        return
    try:
        sweep = Sweep(study, question)
    except PlanError as error:
        study.say(question, question.item, f"{question.item}: {error}.")
        return
    yield from sweep.run()


class Sweep:
    """The frontier of one rule."""

    def __init__(self, study: Study, question: Question) -> None:
        self.study, self.question = study, question
        self.sheet, self.item = question.sheet, question.item
        rows = rows_of(study.book, self.sheet, self.item)
        if not rows or not rows[0]["active"]:
            raise PlanError(f"there is no active row of {self.sheet} of that name")
        have = [
            column
            for column in RULES[self.sheet]
            if any(row[column] is not None for row in rows) and question.column in ("", column)
        ]
        if not have:
            raise PlanError("it has no such limit")
        self.column = have[0]
        self.row = next(row for row in rows if row[self.column] is not None)
        if self.row.get("sense") == "=":
            raise PlanError("a rule that asks for an exact amount has no frontier")
        self.is_most = self.column.startswith("max") or (
            self.column == "limit" and self.row.get("sense", "<=") == "<="
        )
        self.is_soft = self.row["penalty"] is not None
        self.whole = INPUTS[self.sheet].column(self.column).kind is Kind.INTEGER
        self.measured = build(study.book, study.engine.common.names or None)
        self.members = (EACH,) if self.row.get("member") == EACH else ("",)

    # ---------------------------------------------------------------- levels of plans
    def tighter(self, one: float, other: float) -> bool:
        """Whether a level is tighter than another."""
        return one < other if self.is_most else one > other

    def level_of(self, best: Best) -> tuple[float, float]:
        """What a plan comes to: over the whole plan, and in its tightest window."""
        put(self.measured, best.point)
        weights = self.measured.weights()
        worst = -math.inf if self.is_most else math.inf
        part = whole = 0.0
        for name, world in self.measured.worlds.items():
            for limit in (*world.shares.limits, *world.policies.limits):
                sense = "<=" if self.is_most else ">="
                if (limit.sheet, limit.rule, limit.sense) != (self.sheet, self.row_name, sense):
                    continue
                level = limit.level.value()
                if limit.whole is not None:
                    base = limit.whole.value()
                    part, whole = part + weights[name] * level, whole + weights[name] * base
                    if base <= 1e-9:
                        continue
                    level /= base
                else:
                    part += weights[name] * level
                worst = max(worst, level) if self.is_most else min(worst, level)
        if math.isinf(worst):
            worst = 0.0 if self.is_most else self.edge()
        return (part / whole if whole > 1e-9 else part), worst

    @property
    def row_name(self) -> str:
        """The rule's name as the book spells it."""
        return str(next(iter(self.row.values())))

    def edge(self) -> float:
        """The tightest level that could be asked for."""
        if self.column == "max_count":
            return 0.0
        if self.column == "min_count":
            return float(len(self.study.book.rows("Vendors")) + len(self.study.book.rows("Chips")))
        if self.sheet == "Share rules":
            return 0.0 if self.is_most else 1.0
        size = 10.0 * max(abs(self.study.scale), abs(self.row[self.column] or 0.0))
        return -size if self.is_most else size

    def at(self, level: float, start: Best | None = None, **more: Any) -> Ask:
        """The book with the limit at a level."""
        edit = Level(self.sheet, self.row_name, self.column, int(level) if self.whole else level)
        point = start.point if start is not None else None
        return Ask((edit,), tables=PARTS, start=point, **more)

    # ---------------------------------------------------------------- the sweep
    def run(self) -> Asking:
        """Find the ends, then every level between them."""
        study, question = self.study, self.question
        if self.is_soft and (question.low is None or question.high is None):
            study.say(question, self.item, f"{self.item} is soft: give low and high.")
            return
        plans: list[tuple[float, Best]] = []
        free = None
        loose, tight = question.high, question.low
        if not self.is_most:
            loose, tight = tight, loose
        if not self.is_soft:
            (free,) = yield [Ask((Drop(self.sheet, self.row_name, self.column),), tables=PARTS)]
            if free.objective is None:
                study.say(question, self.item, f"Without {self.item} the book has no plan.")
                return
            plans.append((self.level_of(free)[1], free))
            begins, reachable = yield from self.ends(plans, free)
            tight = reachable if tight is None else tight
            loose = begins if loose is None else loose
        levels = self.levels(loose, tight)
        starts = [self.nearest(plans, level) for level in levels]
        answers = yield [self.at(x, start=s) for x, s in zip(levels, starts, strict=True)]
        points = self.carried(levels, answers, plans, free)
        self.tell(points, free)

    def nearest(self, plans: Sequence[tuple[float, Best]], level: float) -> Best | None:
        """The cheapest plan known that keeps a level."""
        able = [best for own, best in plans if not self.tighter(level, own)]
        return min(able, key=lambda best: best.high, default=None)

    def levels(self, loose: float, tight: float) -> list[float]:
        """Levels from the loosest to the tightest, both included."""
        count = max(self.question.steps or STEPS, 2)
        found = [loose + (tight - loose) * at / (count - 1) for at in range(count)]
        if self.whole:
            found = [float(round(level)) for level in found]
        return list(dict.fromkeys(found))

    def ends(self, plans: list[tuple[float, Best]], free: Best) -> Asking:
        """Where the limit begins to cost, and the tightest level that a plan can reach.

        The range of a share is known, so both are searched at once; else the one ends the other.
        """
        if self.sheet == "Share rules":
            both = [self.tightest(plans), self.begins(plans, free, self.edge())]
            reachable, begins = yield from in_step(both)
            return begins, begins if self.tighter(begins, reachable) else reachable
        reachable = yield from self.tightest(plans)
        begins = yield from self.begins(plans, free, reachable)
        return begins, reachable

    def tightest(self, plans: list[tuple[float, Best]]) -> Generator[list[Ask], list[Best], float]:
        """The tightest level that a plan can reach, as one that a plan has."""
        near = plans[0][0]
        far = self.edge()
        span = max(abs(near - far), 1e-9)
        for _ in range(HALVES):
            if abs(near - far) <= (0.5 if self.whole else PRECISE * span):
                break
            middle = (near + far) / 2.0
            if self.whole:
                middle = float(math.floor(middle) if self.is_most else math.ceil(middle))
                middle = far if middle == near else middle
            (best,) = yield [self.at(middle, until=(None, ANY), alone=True)]
            if best.objective is None:
                far = middle + (1.0 if self.is_most else -1.0) if self.whole else middle
                if self.whole and not self.tighter(far, near):
                    break
            else:
                own = self.level_of(best)[1]
                own = own if self.tighter(own, middle) or own == middle else middle
                plans.append((own, best))
                near = own
        return near

    def begins(
        self, plans: list[tuple[float, Best]], free: Best, tight: float
    ) -> Generator[list[Ask], list[Best], float]:
        """The level from which the limit costs something: just looser than it costs nothing.

        Of a large book, from which it costs more than is told apart.
        """
        near, far = plans[0][0], tight
        tie = self.untold(free)
        span = max(abs(near - far), 1e-9)
        precise = (COARSE if is_large(self.study.engine) else PRECISE) * span
        for _ in range(HALVES):
            if abs(near - far) <= (0.5 if self.whole else precise):
                break
            middle = (near + far) / 2.0
            if self.whole:
                middle = float(math.floor(middle) if self.is_most else math.ceil(middle))
                middle = far if middle == near else middle
            (best,) = yield [self.at(middle, until=(free.high + tie, free.high + tie))]
            if best.high <= free.high + tie:
                own = self.level_of(best)[1]
                near = own if self.tighter(own, middle) else middle
                plans.append((near, best))
            else:
                far = middle
                if self.whole and abs(near - far) <= 1.0:
                    break
        return near

    def untold(self, free: Best) -> float:
        """What a level may cost that counts as nothing [money]."""
        engine = self.study.engine
        gap = engine.gap if is_large(engine) else None
        return max(TIE, gap or 0.0) * max(1.0, abs(free.high))

    def carried(
        self,
        levels: list[float],
        answers: list[Best],
        plans: list[tuple[float, Best]],
        free: Best | None,
    ) -> list[Point]:
        """Every level with the best of what is known: plans that keep it, bounds of looser ones."""
        known = [*plans]
        for level, best in zip(levels, answers, strict=True):
            if best.objective is not None:
                own = self.level_of(best)[1] if not self.is_soft else level
                known.append((own if self.tighter(own, level) else level, best))
        floor = free.low if free is not None else -math.inf
        points = []
        for level, best in zip(levels, answers, strict=True):
            able = [one for own, one in known if not self.tighter(level, own)]
            if self.is_soft:
                able = [best] if best.objective is not None else []
            cheapest = min(able, key=lambda one: one.high, default=None)
            floor = max(floor, best.low)
            high = cheapest.high if cheapest is not None else math.inf
            if math.isfinite(high):
                floor = min(floor, high)
            points.append(Point(level, floor, high, best.status, cheapest))
        return points

    # ---------------------------------------------------------------- what is told
    def tell(self, points: list[Point], free: Best | None) -> None:
        """Rows of the frontier and its plans, kinks and the price of the whole way."""
        study, question = self.study, self.question
        for point in points:
            share = binding = None
            if point.best is not None:
                share, binding = self.level_of(point.best)
            put_point(study, question, point, share, binding)
        words = study.words
        first, last = points[0], points[-1]
        unit = self.shown(first.level), self.shown(last.level)
        span = Span.of(last.low - first.high, last.high - first.low, at_least_zero=True)
        if math.isinf(last.high):
            text = f"{self.item}: no plan is known at {unit[1]}."
            study.say(question, self.item, text)
            return
        text = f"Tightening {self.item} from {unit[0]} to {unit[1]} costs {words.span(span)}"
        text += f" on a plan of {words.money(first.high)}."
        if free is not None and question.low is None and question.high is None:
            untold = self.untold(free)
            nothing = "nothing"
            if untold > TIE * max(1.0, abs(free.high)):
                nothing = f"less than {words.money(untold)}, which is not told apart,"
            text += f" It costs {nothing} {'down' if self.is_most else 'up'} to {unit[0]}"
            text += f", and {unit[1]} is the tightest that a plan can reach."
        if span.high <= TIE * study.scale:
            text = f"{self.item} costs nothing at any level from {unit[0]} to {unit[1]}."
        study.say(question, self.item, text, span)
        for kink in self.kinks(points):
            study.say(question, f"{self.item}: kink", kink)

    def kinks(self, points: Sequence[Point]) -> list[str]:
        """Where something is started or signed for the first time as the limit tightens."""
        found = []
        weights = self.study.engine.plan.solved.whole.weights()
        before: set[str] | None = None
        last = 0.0
        for point in points:
            if point.best is None or not point.best.tables:
                continue
            made = made_of(self.study.book, point.best.tables, weights)
            now = {item for (subject, item, _) in made if subject not in ("units ordered",)}
            if before is not None:
                side = "below" if self.is_most else "above"
                for item in sorted(now - before):
                    found.append(f"{item} starts {side} {self.shown(last)}.")
                for item in sorted(before - now):
                    found.append(f"{item} is left out {side} {self.shown(last)}.")
            before, last = now, point.level
        return found

    def shown(self, level: float) -> str:
        """A level in words."""
        if self.column.endswith("_pct"):
            return percent(level, 2)
        if self.sheet == "Budgets":
            return self.study.words.money(level)
        return number(level)


def put_point(
    study: Study,
    question: Question,
    point: Point,
    share: float | None = None,
    binding: float | None = None,
) -> None:
    """The row of a level, and what its plan is made of."""
    best, high = point.best, finite(point.high)
    gap = None
    if high is not None and math.isfinite(point.low):
        gap = (high - point.low) / max(1.0, abs(high))
    weights = study.engine.plan.solved.whole.weights()
    status = point.status
    if status == "answered" or (status in ("optimal", "feasible") and gap is not None):
        target = study.engine.gap or 0.0
        status = "optimal" if gap is not None and gap <= target + TIE else "feasible"
    study.tables["Frontier"].append(
        {
            "question": question.name,
            "level": point.level,
            "objective": high,
            "bound": finite(point.low),
            "gap": gap,
            "tail": tail_of(study, best.totals, weights) if best is not None else None,
            "share": share,
            "binding": binding,
            "status": status,
        }
    )
    if best is None or not best.tables:
        return
    rows = [
        ("spend by seller", item, value, study.words.currency)
        for item, value in sorted(spend_by_seller(best.tables, weights, study.book).items())
    ]
    rows += [
        (subject, f"{item}, {window}", value, "")
        for (subject, item, window), value in made_of(study.book, best.tables, weights).items()
        if subject != "units ordered"
    ]
    for section, item, value, unit in rows:
        study.tables["Frontier plans"].append(
            {
                "question": question.name,
                "level": point.level,
                "section": section,
                "item": item,
                "value": value,
                "unit": unit,
            }
        )


def tail_of(study: Study, totals: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Mean total of the worst scenarios, as many as the tail holds."""
    left = tail = study.book.setting("tail_probability")
    found = 0.0
    for name in sorted(totals, key=lambda name: -totals[name]):
        part = min(left, weights[name])
        found += part * totals[name]
        left -= part
    return found / tail


def of_weight(study: Study, question: Question) -> Asking:
    """The frontier of mean against tail: each plan a line in the weight."""
    if not study.book.scenarios or len(study.engine.common.names) < 2:
        study.say(question, "tail_weight", "The plan has one scenario: its tail is its cost.")
        return
    low = 0.0 if question.low is None else question.low
    high = min(1.0 if question.high is None else question.high, MOST_WEIGHT)
    count = max(question.steps or STEPS, 2)
    levels = [low + (high - low) * at / (count - 1) for at in range(count)]
    answers = yield [Ask((Setting("tail_weight", w),), tables=PARTS) for w in levels]
    weights = study.engine.plan.solved.whole.weights()
    lines = []
    for best in answers:
        if best.objective is not None:
            mean = sum(weights[name] * total for name, total in best.totals.items())
            lines.append((mean, tail_of(study, best.totals, weights), best))
    points = []
    for at, weight in enumerate(levels):
        costs = [((1.0 - weight) * mean + weight * tail, best) for mean, tail, best in lines]
        cost, best = min(costs, key=lambda pair: pair[0], default=(math.inf, None))
        floor = answers[at].low
        for i in range(at):
            for j in range(at + 1, len(levels)):
                part = (weight - levels[i]) / (levels[j] - levels[i])
                floor = max(floor, (1.0 - part) * answers[i].low + part * answers[j].low)
        points.append(Point(weight, min(floor, cost), cost, answers[at].status, best))
    for point in points:
        put_point(study, question, point)
    first, last = points[0].best, points[-1].best
    if first is None or last is None:
        study.say(question, "tail_weight", "No plan is known at one of its ends.")
        return
    ends = [
        (
            sum(weights[name] * total for name, total in best.totals.items()),
            tail_of(study, best.totals, weights),
        )
        for best in (first, last)
    ]
    words = study.words
    text = (
        f"With the tail weight from {percent(low)} to {percent(high)} the mean cost goes from "
        f"{words.money(ends[0][0])} to {words.money(ends[1][0])}, and that of the worst scenarios "
        f"from {words.money(ends[0][1])} to {words.money(ends[1][1])}."
    )
    if (question.high is None or question.high >= 1.0) and high == MOST_WEIGHT:
        text += " 99% stands for 100%, at which the other scenarios would weigh nothing."
    study.say(question, "tail_weight", text)
