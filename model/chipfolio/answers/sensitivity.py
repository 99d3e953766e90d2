"""sensitivity: which inputs matter? One at its low and high, the plan kept and made anew."""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.inputs import INPUTS, in_words
from ..formulation.linear import Linear
from ..formulation.whole import Whole
from .asked import constrain
from .engine import Asking
from .resolve import Ask, Best
from .spans import Span, finite, in_cell, number
from .study import Question, Study
from .variant import CellChange, Change, Edit, same

STEPS = 5
KEPT = (
    ("orders", "lots"),
    ("orders", "amount"),
    ("own_silicon", "starts"),
    ("software", "starts"),
    ("sites", "steps"),
    ("signing", "signs"),
)
"""Rooms and names of what a plan commits to: orders, starts and signatures."""
LOOSE = 1e-6


@dataclass(frozen=True)
class Kept:
    """The orders, starts and signatures of a plan, by the names of their variables."""

    values: tuple[tuple[str, float], ...]

    def add(self, whole: Whole, block: pyo.Block) -> None:
        """Fix them; a decision that has no place in this book makes it infeasible."""
        values, seen, fits = dict(self.values), set(), True
        for world in whole.worlds.values():
            for room, name in KEPT:
                for variable in world.rooms[room].decisions.get(name, {}).values():
                    if variable.name in seen:  # of a period that worlds share
                        continue
                    seen.add(variable.name)
                    value = values.get(variable.name, 0.0)
                    low = variable.lb if variable.lb is not None else value
                    high = variable.ub if variable.ub is not None else value
                    slack = LOOSE * max(1.0, abs(value))
                    fits = fits and low - slack <= value <= high + slack
                    variable.setlb(min(max(value, low), high))
                    variable.setub(min(max(value, low), high))
        if not fits or set(values) - seen:
            constrain(block, "is_possible", 1.0, Linear(0.0), None)


def kept(study: Study) -> Kept:
    """What the best plan commits to."""
    names = {
        variable.name
        for world in study.engine.plan.solved.whole.worlds.values()
        for room, name in KEPT
        for variable in world.rooms[room].decisions.get(name, {}).values()
    }
    found = [(name, value) for name, value in study.base.point.items() if name in names]
    return Kept(tuple(sorted(found)))


@dataclass(frozen=True)
class Input:
    """An input that moves: where it stands, how, and between which values."""

    question: Question
    operation: str
    low: float
    high: float

    def at(self, study: Study, value: float) -> Edit:
        """The change that brings it to a value."""
        q = self.question
        column = next((c for c in INPUTS[q.sheet] if c.name == q.column), None)
        if q.sheet == "Demand" or (column is not None and column.varies):
            first = 0 if q.first is None else q.first
            return Change(q.sheet, q.item, q.column, self.operation, value, first, q.last)
        return CellChange(q.sheet, q.item, q.column, self.operation, value)


def input_of(study: Study, question: Question) -> Input | None:
    """The input of a question: its own low and high, else those of its row in Ranges."""
    low, high, operation = question.low, question.high, question.operation
    if low is None or high is None:
        for row in study.book.rows("Ranges"):
            if (
                same(row["sheet"], question.sheet)
                and same(row["item"], question.item)
                and same(row["column"] or "", question.column)
            ):
                operation = row["operation"]
                low = row["low"] if low is None else low
                high = row["high"] if high is None else high
                break
        else:
            return None
    return Input(question, operation, low, high)


def moved_by(study: Study, mine: Input, name: str) -> str:
    """What moves, and from where to where, as the subject of a sentence."""
    if mine.operation == "multiply":
        return f"Taking the {name} from {number(mine.low)} to {number(mine.high)} times today's"
    declared = next(
        (c for c in INPUTS[mine.question.sheet] if c.name == mine.question.column), None
    )
    low, high = (
        number(value) if declared is None else in_cell(study.words, declared, value)
        for value in (mine.low, mine.high)
    )
    if mine.operation == "add":
        return f"Adding {low} to {high} to the {name}"
    return f"Taking the {name} from {low} to {high}"


def sensitivity(study: Study, question: Question) -> Asking:
    """One bar of the tornado, or a two-way table."""
    mine = input_of(study, question)
    name = in_words(question.sheet, question.item, question.column)
    if mine is None:
        study.say(question, name, f"For the {name} give low and high, or a row of Ranges.")
        return
    if question.across:
        yield from two_way(study, question, mine, name)
        return
    held = kept(study)
    edits = [(mine.at(study, mine.low),), (mine.at(study, mine.high),)]
    asks = [Ask(edit) for edit in edits] + [Ask(edit, (held,)) for edit in edits]
    at_low, at_high, kept_low, kept_high = yield asks
    costs = [at_low, study.base, at_high]
    span = Span.of(
        max(best.low for best in costs) - min(best.high for best in costs),
        max(best.high for best in costs) - min(best.low for best in costs),
        at_least_zero=True,
    )
    reasons = [
        f"at {word} the plan's own orders, starts and signatures cannot be kept within the rules"
        for word, best in (("low", kept_low), ("high", kept_high))
        if best.status == "infeasible"
    ]
    words = study.words
    text = moved_by(study, mine, name)
    text += f" {words.moved(span)}"
    if at_low.objective is None or at_high.objective is None:
        text += "; at one end the book has no plan"
    else:
        text += f": {words.money(at_low.high)} at the low end, "
        text += f"{words.money(at_high.high)} at the high end"
    study.tables["Tornado"].append(
        {
            "question": question.name,
            "sheet": question.sheet,
            "item": question.item,
            "column": question.column,
            "operation": mine.operation,
            "low_value": mine.low,
            "high_value": mine.high,
            "kept_at_low": kept_low.objective,
            "kept_at_high": kept_high.objective,
            "cost_at_low": at_low.objective,
            "cost_at_high": at_high.objective,
            "swing_low": finite(span.low),
            "swing_high": finite(span.high),
            "resolved": "yes" if span.is_resolved(study.scale) else "no",
            "reason": "; ".join(reasons),
        }
    )
    study.say(question, name, f"{text}.", span)


def two_way(study: Study, question: Question, mine: Input, name: str) -> Asking:
    """The cost as two inputs move, each over so many values."""
    other_question = next(q for q in study.asked if same(q.name, question.across))
    other = input_of(study, other_question)
    if other is None:
        study.say(question, name, f"{question.across}: give low and high, or a row of Ranges.")
        return
    count = max(question.steps or STEPS, 2)

    def values(one: Input) -> list[float]:
        return [one.low + (one.high - one.low) * at / (count - 1) for at in range(count)]

    pairs = [(row, column) for row in values(mine) for column in values(other)]
    asks = [Ask((mine.at(study, row), other.at(study, column))) for row, column in pairs]
    answers: list[Best] = yield asks
    for (row, column), best in zip(pairs, answers, strict=True):
        gap = None
        if best.objective is not None and best.bound is not None:
            gap = (best.objective - best.bound) / max(1.0, abs(best.objective))
        study.tables["Two-way"].append(
            {
                "question": question.name,
                "row_value": row,
                "column_value": column,
                "objective": best.objective,
                "gap": gap,
            }
        )
    costs = [best.high for best in answers if best.objective is not None]
    text = f"The {name} and {question.across} together: no plan at any of their values."
    if costs:
        words = study.words
        text = f"The {name} and {question.across} together bring the cost to between "
        text += f"{words.money(min(costs))} and {words.money(max(costs))}"
        missing = len(answers) - len(costs)
        text += f"; at {missing} of {len(answers)} pairs there is no plan." if missing else "."
    study.say(question, name, text)
