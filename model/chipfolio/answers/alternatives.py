"""alternatives: how different could the plan be at nearly the same cost?

Least and most of named measures over the plans that cost at most bound + within × |bound|
(modelling to generate alternatives: Lau, Patankar and Jenkins 2024), then the plan farthest from
all found. Shares are ratios: Dinkelbach (1967). What a plan buys that serves
nothing in its whole life is told apart, because a tolerance buys waste.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass

from ..contract.schema import SEPARATOR
from ..plan.words import percent
from ..tables import Tables
from .asked import CostAtMost
from .engine import Asking, in_step
from .idle import idle_part, signature
from .measures import (
    Capital,
    Distance,
    FirstStart,
    LargestSpend,
    PeakPower,
    Sellers,
    Spend,
    orders_of,
)
from .near import WANTED, Effort, effort_of, tolerance
from .plans import made_of, spend_by_seller
from .resolve import Ask, Best, Goal
from .spans import finite, number, of_unit
from .study import Question, Study

COUNTS = 0.05
"""Share of all spend from which a seller is looked at."""
MOST_SELLERS, MOST_FAR = 8, 6
ROUNDS = 8
TIE = 1e-6
PROVEN = 1e-3
"""Share of a measure up to which its end counts as found."""


@dataclass(frozen=True)
class Direction:
    """A measure made least or most."""

    named: str
    unit: str
    goal: Goal
    sign: float
    measure: str


@dataclass(frozen=True)
class Found:
    """The plan of a direction: its measure, and what of it serves nothing."""

    direction: Direction
    best: Best
    measure: float
    idle: float
    outer: float
    """What is proven: the measure is no less (no more) than this in any plan of the tolerance."""

    @property
    def is_open(self) -> bool:
        """Whether the measure may go further than in this plan by more than counts."""
        if not math.isfinite(self.outer):
            return True
        return abs(self.outer - self.measure) > PROVEN * max(abs(self.measure), abs(self.outer))


def alternatives(study: Study, question: Question) -> Asking:
    """Least and most of each measure, and the plan farthest from all."""
    within = question.within
    known = yield from tolerance(study, within)
    if known is None:
        text = f"Plans within {percent(within, 2)} of the best are not told at this gap."
        study.say(question, "alternatives", text)
        return
    limit, bound, _ = known
    cheap = CostAtMost(limit)
    effort = effort_of(study)
    plain = [d for d in directions(study) if not isinstance(d.goal, LargestSpend)]
    weights = study.engine.plan.solved.whole.weights()
    spend = spend_by_seller(study.engine.plan.tables, weights, study.book)
    little = effort.little * sum(spend.values())
    answers = yield [
        effort.ask(cheap, d.goal, little if d.unit == study.words.currency else 0.0) for d in plain
    ]
    found: list[Found] = []
    for direction, best in zip(plain, answers, strict=True):
        if best.objective is not None:
            measure = direction.sign * best.objective
            idle = idle_part(study, direction.measure, best.tables)
            outer = direction.sign * best.low
            found.append(Found(direction, best, measure, idle, outer))
    without = [d.named for d, best in zip(plain, answers, strict=True) if best.objective is None]
    if without:
        text = f"No plan was found in time that answers: {', '.join(without)}."
        study.say(question, "not told", text)
    limits = proven_spend(found)
    found = sellers_that_count(study, found)
    shares = [by_share(study, cheap, found, limits, sign, effort) for sign in (1.0, -1.0)]
    found += yield from in_step(shares)
    far = yield from farthest(study, cheap, found, effort)
    if far is not None:
        found.append(far)
    tell(study, question, found, bound, within)


def directions(study: Study) -> list[Direction]:
    """Measures that a board looks at, each least and most."""
    book, money = study.book, study.words.currency
    found = []
    sells = {row["seller"] for row in book.rows("Offers")}
    for seller in book.names("Vendors"):
        if seller in sells:
            for sign, word in ((1.0, "least"), (-1.0, "most")):
                name = f"{word} spend at {seller}"
                goal = Spend(seller, sign)
                found.append(Direction(name, money, goal, sign, f"spend at {seller}"))
    for sign, word in ((1.0, "least"), (-1.0, "most")):
        found.append(Direction(f"{word} capex", money, Capital(sign), sign, "capex"))
        if any(row["power_kw"] for row in book.rows("Chips")) and book.rows("Sites"):
            found.append(Direction(f"{word} peak power", "MW", PeakPower(sign), sign, "peak power"))
        found.append(Direction(f"{word} sellers", "sellers", Sellers(sign), sign, "sellers"))
        for programme in book.names("Programmes"):
            stages = [r for r in book.rows("Programme stages") if r["programme"] == programme]
            open_stages = [row for row in stages if row["started"] is None]
            if open_stages and len(open_stages) == len(stages):
                first = min(open_stages, key=lambda row: row["stage"])
                stage = f"{programme}{SEPARATOR}{first['stage']}"
                when = "earliest" if sign > 0 else "latest"
                name = f"{when} start of {programme}"
                goal = FirstStart(stage, sign)
                found.append(Direction(name, "period", goal, sign, f"start of {programme}"))
    if book.rows("Previous plan"):
        given = previous(study)
        name = "nearest to the previous plan"
        measure = "distance from the previous plan"
        found.append(Direction(name, money, Distance((given,)), 1.0, measure))
        name = "farthest from the previous plan"
        found.append(Direction(name, money, Distance((given,), -1.0), -1.0, measure))
    return found


def previous(study: Study) -> tuple[tuple[str, str, int, float], ...]:
    """Orders of the sheet Previous plan, by scenario."""
    names = study.engine.common.names or ("",)
    found: dict[tuple[str, str, int], float] = defaultdict(float)
    for row in study.book.rows("Previous plan"):
        for name in names:
            if not row.get("scenario") or row["scenario"] == name:
                found[name, row["offer"], row["order_period"]] += row["units"]
    return tuple((*key, units) for key, units in sorted(found.items()))


def sellers_that_count(study: Study, found: Sequence[Found]) -> list[Found]:
    """Without the sellers that cannot have 5 % of all spend; at most the eight largest."""
    weights = study.engine.plan.solved.whole.weights()
    most = {}
    for one in found:
        if one.direction.named.startswith("most spend at "):
            spend = spend_by_seller(one.best.tables, weights, study.book)
            if one.measure > COUNTS * sum(spend.values()):
                most[one.direction.measure] = one.measure
    kept = set(sorted(most, key=lambda name: -most[name])[:MOST_SELLERS])
    return [
        one
        for one in found
        if not one.direction.measure.startswith("spend at ") or one.direction.measure in kept
    ]


def proven_spend(found: Sequence[Found]) -> dict[str, tuple[float, float]]:
    """What is proven of each seller's spend: (no less than, no more than), by seller."""
    ends: dict[str, list[float]] = {}
    for one in found:
        goal = one.direction.goal
        if isinstance(goal, Spend):
            two = ends.setdefault(goal.seller, [0.0, math.inf])
            if goal.sign > 0:
                two[0] = max(one.outer, 0.0)
            else:
                two[1] = one.outer
    return {seller: (low, high) for seller, (low, high) in ends.items()}


def share_at_most(limits: Mapping[str, tuple[float, float]], seller: str) -> float:
    """A share of all spend that a seller's cannot be above, by what is proven of all sellers'."""
    most = limits.get(seller, (0.0, math.inf))[1]
    rest = sum(low for name, (low, _) in limits.items() if name != seller)
    return most / (most + rest) if math.isfinite(most) and most + rest > 0 else 1.0


def by_share(
    study: Study,
    cheap: CostAtMost,
    found: Sequence[Found],
    limits: Mapping[str, tuple[float, float]],
    sign: float,
    effort: Effort,
) -> Generator[list[Ask], list[Best], Found]:
    """The least or most that the largest seller's share of expected spend can be."""
    weights = study.engine.plan.solved.whole.weights()
    sellers = tuple(
        name
        for name in study.book.names("Vendors")
        if any(row["seller"] == name for row in study.book.rows("Offers"))
    )

    def share(tables: Mapping[str, list[dict]]) -> tuple[float, str]:
        spend = spend_by_seller(tables, weights, study.book)
        whole = sum(spend.values())
        top = max(spend, key=lambda name: spend[name], default="")
        return (spend[top] / whole if whole else 0.0), top

    known = [one.best for one in found]
    base = Best(
        study.base.status,
        study.base.objective,
        study.base.bound,
        study.base.cost,
        study.base.point,
        study.base.totals,
        {name: study.engine.plan.tables.get(name, []) for name in WANTED},
    )
    best = min([base, *known], key=lambda one: sign * share(one.tables)[0])
    word = "least" if sign > 0 else "most"
    is_end = False
    no_more: set[str] = set()  # sellers whose share is proven to be no greater than the best found
    for _ in range(ROUNDS):
        ratio = share(best.tables)[0]
        goals: list[Goal] = [LargestSpend(sellers, ratio)]
        if sign < 0:
            can = [name for name in sellers if share_at_most(limits, name) > ratio]
            can = [name for name in can if name not in no_more]
            goals = [Spend(name, -1.0, ratio) for name in can]
        # no share is better by more than is little once the bound says so
        slack = effort.little * sum(spend_by_seller(best.tables, weights, study.book).values())
        answers = yield [
            effort.ask(cheap, goal, slack, until=(-slack, None), start=best.point) for goal in goals
        ]
        if sign < 0:
            no_more |= {name for name, one in zip(can, answers, strict=True) if one.low >= -slack}
        plans = [one for one in answers if one.objective is not None]
        better = min(plans, key=lambda one: sign * share(one.tables)[0], default=best)
        gain = sign * (ratio - share(better.tables)[0])
        best = better if gain > 0.0 else best
        if gain < effort.little:
            is_end = all(one.status in ("optimal", "answered", "infeasible") for one in answers)
        if gain < (PROVEN if effort.nodes else effort.little):
            break
    direction = Direction(
        f"{word} share of the largest seller",
        "share",
        LargestSpend(sellers, 0.0),
        sign,
        "share of the largest seller",
    )
    own = share(best.tables)[0]
    return Found(direction, best, own, 0.0, own if is_end else math.nan)


def farthest(
    study: Study, cheap: CostAtMost, found: Sequence[Found], effort: Effort
) -> Generator[list[Ask], list[Best], Found | None]:
    """The plan whose least distance to all plans found is greatest."""
    plans = [orders_of(study.engine.plan.tables, study.book)]
    for one in found:
        orders = orders_of(one.best.tables, study.book)
        if orders not in plans:
            plans.append(orders)
    goal = Distance(tuple(plans[:MOST_FAR]), -1.0)
    (best,) = yield [effort.ask(cheap, goal)]
    if best.objective is None:
        return None
    name = "farthest from all of these"
    direction = Direction(name, study.words.currency, goal, -1.0, "distance")
    idle = idle_part(study, "distance", best.tables)
    return Found(direction, best, -best.objective, idle, -best.low)


# ------------------------------------------------------------------ what is told
def tell(
    study: Study, question: Question, found: Sequence[Found], bound: float, within: float
) -> None:
    """Rows of Alternatives and their plans, one sentence a measure, and what all share."""
    weights = study.engine.plan.solved.whole.weights()
    base = {name: study.engine.plan.tables.get(name, []) for name in WANTED}
    seen = {signature(study, base): "the best plan"}
    ends: dict[str, dict[float, Found]] = defaultdict(dict)
    for one in found:
        mine = signature(study, one.best.tables)
        same = seen.setdefault(mine, one.direction.named)
        same = "" if same == one.direction.named else same
        ends[one.direction.measure][one.direction.sign] = one
        study.tables["Alternatives"].append(
            {
                "question": question.name,
                "direction": one.direction.named,
                "objective": one.best.cost,
                "over_best_pct": (one.best.cost - bound) / max(1.0, abs(bound)),
                "measure": one.measure,
                "unit": one.direction.unit,
                "idle_part": one.idle,
                "same_as": same,
                # of a ratio the bound is not a figure: no plan is better by more than is little
                "proven": finite(one.outer) if one.direction.unit != "share" else None,
            }
        )
        if not same:
            put_plan(study, question, one, weights)
    for measure, two in ends.items():
        least, most = two.get(1.0), two.get(-1.0)
        if least is None or most is None:
            continue
        unit = least.direction.unit
        named = "the number of sellers" if measure == "sellers" else f"the {measure}"
        text = f"Within {percent(within, 2)} of the best cost, {named} can be anything from "
        text += f"{told(study, least.measure, unit)} to {told(study, most.measure, unit)}."
        if abs(least.measure - most.measure) <= TIE * max(1.0, abs(most.measure)):
            text = f"Within {percent(within, 2)} of the best cost, {named} is always "
            text += f"{told(study, least.measure, unit)}."
        if least.is_open or most.is_open:
            text = (
                f"Plans within {percent(within, 2)} of the best cost were found with {named} from "
            )
            text += f"{told(study, least.measure, unit)} to {told(study, most.measure, unit)}; "
            text += proven(study, least, most, unit)
        if most.idle > TIE:
            without = told(study, most.measure - most.idle, unit)
            text += f" Without units that serve nothing the most is {without}."
        study.say(question, measure, text, value=most.measure - least.measure, unit=unit)
        row = study.rows_of[question.name][-1]
        row["low"], row["high"] = least.measure, most.measure
    shared = set(signature(study, base))
    for one in found:
        shared &= set(signature(study, one.best.tables))
    text = f"All {len(found) + 1} plans found share: {all_of(study.book, shared) or 'nothing'}."
    study.say(question, "what all share", text, value=float(len(shared)), unit="decisions")
    count = len(seen)
    text = f"{count} of these {len(found) + 1} plans differ in more than units that serve nothing."
    if count == 1:
        text = "No direction gives another plan: at this tolerance there is no alternative."
    else:
        text += (
            f" Two of them place, on average, {percent(diversity(study, found), 0)} of the spend "
        )
        text += "with other sellers."
    study.say(question, "how different", text, value=diversity(study, found), unit="of spend")


def all_of(book: Tables, shared: Collection[tuple[str, str, str, float]]) -> str:
    """Decisions in words, by subject and item, their periods joined."""
    subjects: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for subject, item, window, _ in sorted(shared):
        subjects[subject][item].append(window)
    return "; ".join(
        f"{subject}: "
        + ", ".join(f"{item} in {book.calendar.joined(when)}" for item, when in items.items())
        for subject, items in subjects.items()
    )


def proven(study: Study, least: Found, most: Found, unit: str) -> str:
    """What is proven of the ends of a measure where that is less than what was found."""
    if math.isfinite(least.outer) and math.isfinite(most.outer):
        low, high = told(study, least.outer, unit), told(study, most.outer, unit)
        return f"it is proven that none lies outside {low} to {high}."
    return "it is not proven that none lies outside."


def diversity(study: Study, found: Sequence[Found]) -> float:
    """Mean over pairs of plans of half the sum of |differences| of sellers' shares of spend."""
    weights = study.engine.plan.solved.whole.weights()
    shares = []
    for tables in [study.engine.plan.tables, *(one.best.tables for one in found)]:
        spend = spend_by_seller(tables, weights, study.book)
        whole = sum(spend.values()) or 1.0
        shares.append({name: value / whole for name, value in spend.items()})
    pairs = [
        sum(abs(one.get(n, 0.0) - other.get(n, 0.0)) for n in dict.fromkeys([*one, *other])) / 2.0
        for place, one in enumerate(shares)
        for other in shares[place + 1 :]
    ]
    return sum(pairs) / len(pairs) if pairs else 0.0


def put_plan(study: Study, question: Question, one: Found, weights: Mapping[str, float]) -> None:
    """What the plan of a direction is made of."""
    rows = [
        ("spend by seller", item, value, study.words.currency)
        for item, value in sorted(spend_by_seller(one.best.tables, weights, study.book).items())
    ]
    rows += [
        (subject, f"{item}, {window}", value, "")
        for (subject, item, window), value in made_of(study.book, one.best.tables, weights).items()
    ]
    for section, item, value, unit in rows:
        study.tables["Alternative plans"].append(
            {
                "question": question.name,
                "direction": one.direction.named,
                "section": section,
                "item": item,
                "value": value,
                "unit": unit,
            }
        )


def told(study: Study, amount: float, unit: str) -> str:
    """A measure in words."""
    if unit == study.words.currency:
        return study.words.money(amount)
    if unit == "sellers":
        return number(amount)
    if unit == "share":
        return percent(amount)
    if unit == "period":
        at = round(amount) - 1
        count = study.book.calendar.count
        if abs(amount - round(amount)) < TIE:
            return study.book.calendar.label(at) if at < count else "never"
        return f"period {number(amount)} on average"
    return of_unit(amount, unit)
