"""What all kinds of answers stand on: plan, engine, money in words, the tables they fill."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property

from ..tables import Tables
from .engine import Engine
from .limits import Excess, Limit, excesses, limits_of
from .resolve import Best, put
from .spans import Span, Words, finite

Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Question:
    """One row of the sheet Questions, as far as its kind needs it."""

    name: str
    kind: str
    sheet: str = ""
    item: str = ""
    column: str = ""
    first: int | None = None
    last: int | None = None
    amount: float | None = None
    operation: str = "multiply"
    low: float | None = None
    high: float | None = None
    steps: int | None = None
    within: float = 0.01
    across: str = ""


@dataclass
class Study:
    """One plan and what is asked of it; ``tables`` fills with rows by table."""

    engine: Engine
    asked: list[Question] = field(default_factory=list)
    """All questions that are asked with this one, and those of the sheet that are not asked now."""
    tables: dict[str, Rows] = field(default_factory=lambda: defaultdict(list))
    rows_of: dict[str, list[dict]] = field(default_factory=lambda: defaultdict(list))
    """Rows of Answers by question, so that they stand in the order of the questions."""

    @property
    def book(self) -> Tables:
        """The book as it is."""
        return self.engine.plan.inputs

    @property
    def base(self) -> Best:
        """Its best plan."""
        return self.engine.base

    @property
    def scale(self) -> float:
        """Σ |discounted lines| of the best plan, expected over scenarios [money]."""
        return self.engine.scale

    @cached_property
    def words(self) -> Words:
        """How money is said."""
        return Words(str(self.book.setting("currency")), self.scale)

    @cached_property
    def limits(self) -> list[Limit]:
        """Every limit that a rule price can be asked of."""
        return limits_of(self.book)

    @cached_property
    def today(self) -> dict[tuple[str, ...], list[Excess]]:
        """How the best plan stands against each limit."""
        solved = self.engine.plan.solved
        put(solved.whole, self.base.point)
        return excesses(solved.whole, solved)

    def passed(self, best: Best) -> dict[tuple[str, ...], list[Excess]]:
        """How another plan stands against the limits of the book as it is."""
        whole = self.engine.plan.solved.whole
        put(whole, best.point)
        found = excesses(whole)
        put(whole, self.base.point)
        return found

    def say(
        self,
        question: Question,
        subject: str,
        finding: str,
        span: Span | None = None,
        value: float | None = None,
        unit: str | None = None,
    ) -> None:
        """One row of Answers; money with its interval, or another figure with its unit."""
        row: dict[str, object] = {
            "question": question.name,
            "kind": question.kind,
            "subject": subject,
            "finding": finding,
            "value": value,
            "unit": unit or "",
            "low": None,
            "high": None,
            "resolved": "",
        }
        if span is not None:
            row["value"] = finite(span.value if value is None else value)
            row["unit"] = self.words.currency if unit is None else unit
            row["low"], row["high"] = finite(span.low), finite(span.high)
            row["resolved"] = "yes" if span.is_resolved(self.scale) else "no"
        self.rows_of[question.name].append(row)
