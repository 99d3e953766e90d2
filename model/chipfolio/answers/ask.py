"""From questions to answers: every kind by its name, all of them served by one engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..contract.problems import not_there
from ..errors import PlanError
from ..tables import Tables
from .alternatives import alternatives
from .break_even import break_even
from .case import case
from .driving import drive_on
from .engine import Asking, Engine, Progress, apart_gap, scale_of
from .frontier import frontier
from .no_regret import no_regret
from .own_orders import own_orders
from .rule_price import rule_price
from .sensitivity import sensitivity
from .study import Question, Study
from .variant import Setting, edited
from .why_not import why_not

if TYPE_CHECKING:
    from ..plan.plan import Plan

Rows = list[dict[str, object]]
KINDS: dict[str, Callable[[Study, Question], Asking]] = {
    "rule_price": rule_price,
    "break_even": break_even,
    "why_not": why_not,
    "own_orders": own_orders,
    "frontier": frontier,
    "alternatives": alternatives,
    "no_regret": no_regret,
    "sensitivity": sensitivity,
    "case": case,
}
"""How each kind of question is answered."""
APART = ("frontier", "alternatives")
"""Kinds to which the plan's own proof matters little: a frontier solves all that it compares, and
what alternatives may cost is counted from the bound, which is good long before the plan is."""

NOT_WHOLLY = {
    "question": "tail_weight",
    "kind": "",
    "subject": "tail_weight",
    "finding": "At a tail weight of 100% scenarios outside the tail weigh nothing: these answers "
    "are those of 99%.",
    "value": None,
    "unit": "",
    "low": None,
    "high": None,
    "resolved": "",
}
"""What is said first where the book weighs its worst scenarios alone."""
NEARLY_WHOLE = 0.99
CONTROL = ("Share rules", "Supplier counts", "Budgets", "Custom rules")
SECTION = "What control costs"
"""Heading on the Summary."""


@dataclass(frozen=True)
class Answers:
    """``tables`` by name: Answers and those of the kinds asked; ``solves`` done for them."""

    tables: Mapping[str, Rows]
    solves: int


def answer(
    plan: Plan,
    questions: Sequence[Question | Mapping[str, object]] | None = None,
    *,
    gap: float | None = None,
    minutes: float | None = None,
    workers: int = 1,
    cluster: str | None = None,
    folder: Path | None = None,
    listener: Callable[[Progress], None] | None = None,
) -> Answers:
    """Answer questions about a plan's book; the tables are put into ``plan.tables`` too.

    The plan's proof is driven on first, so far as answers need it (``driving``); a better plan that
    is found on the way takes its place in ``plan``. Where all questions are of kinds ``APART`` none
    needs it, and it is left as it is in a large book, or to a ``gap`` that is given.

    ``questions`` are as in the sheet Questions (dicts by column name will do); None takes that
    sheet, or without one the questions of ``standard``. ``gap`` (a fraction) is that of each
    re-solve. PlanError where a question cannot be asked.
    """
    if questions is None:
        questions = on_sheet(plan.inputs) or standard(plan)
    asked = [question_of(question) for question in questions]
    apart = gap
    is_apart = all(question.kind in APART for question in asked)
    if is_apart and gap is None and plan.solved is not None:
        apart = apart_gap(plan, scale_of(plan))
    if not is_apart or apart is None:
        drive_on(plan, gap, minutes, folder)
    base = told_apart(plan, gap)
    engine = Engine(base, apart, minutes, None, workers, cluster, folder, listener)
    study = Study(engine, [*asked, *unasked(plan.inputs, asked)])
    engine.answer([KINDS[question.kind](study, question) for question in asked])
    tables: dict[str, Rows] = {
        "Answers": [row for question in asked for row in study.rows_of[question.name]]
    }
    tables.update({name: rows for name, rows in study.tables.items() if rows})
    if base is not plan:
        tables["Answers"].insert(0, dict(NOT_WHOLLY))
    if "Summary" in plan.tables:
        plan.tables["Summary"] += dearest(tables.get("Rule prices", []), study)
    plan.tables.update(tables)
    return Answers(tables, engine.solves)


def unasked(tables: Tables, asked: Sequence[Question]) -> list[Question]:
    """Questions of the sheet that are not asked now: another may go across one of them."""
    names = {question.name.casefold() for question in asked}
    rest = [question_of(row) for row in tables.rows("Questions")]
    return [question for question in rest if question.name.casefold() not in names]


def told_apart(plan: Plan, gap: float | None) -> Plan:
    """The plan; at a tail weight of 100% that of 99 %, where every scenario weighs something."""
    if plan.solved is None or len(plan.solved.whole.worlds) < 2:
        return plan
    if plan.inputs.setting("tail_weight") < 1.0:
        return plan
    from ..plan.plan import solve

    return solve(edited(plan.inputs, (Setting("tail_weight", NEARLY_WHOLE),)), gap=gap)


def dearest(rows: Rows, study: Study) -> Rows:
    """A row of the Summary: what the dearest rule of control costs, as an interval."""
    mine = [row for row in rows if row["sheet"] in CONTROL and row["saving_high"] is not None]
    top = max(mine, key=lambda row: (row["saving_low"], row["saving_high"]), default=None)
    if top is None:
        return []
    middle = (top["saving_low"] + top["saving_high"]) / 2.0
    line = {"section": SECTION, "item": "Dearest rule", "value": middle}
    return [{**line, "unit": study.words.currency, "text": top["finding"]}]


def on_sheet(tables: Tables) -> list[Question]:
    """The active questions of the sheet."""
    return [question_of(row) for row in tables.rows("Questions") if row["active"]]


def chosen(tables: Tables, names: Sequence[str]) -> list[Question] | None:
    """The questions of those names; PlanError where one is not on the sheet.

    No name means all of the sheet, and None where there is none: the questions of every book.
    """
    asked = on_sheet(tables)
    if not names:
        return asked or None
    by_name = {question.name.casefold(): question for question in asked}
    for name in names:
        if name.casefold() not in by_name:
            names_there = [question.name for question in asked]
            raise PlanError(not_there("active question", name, names_there))
    return [by_name[name.casefold()] for name in names]


def standard(plan: Plan) -> list[Question]:
    """What is asked of a book without questions of its own.

    The price of every limit, what is safe to sign, and at what price each offer that the plan does
    not use would come in.
    """
    used = {row["offer"] for row in plan.tables["Orders"]}
    unused = [row["offer"] for row in plan.inputs.rows("Offers") if row["offer"] not in used]
    return [
        Question("rule prices", "rule_price", item="each"),
        *(Question(f"price of {name}", "break_even", "Offers", name, "price") for name in unused),
        Question("safe to sign", "no_regret"),
    ]


def question_of(row: Question | Mapping[str, object]) -> Question:
    """A row of the sheet as a question."""
    if isinstance(row, Question):
        return row
    names = {"question": "name", "from": "first", "to": "last"}
    given = {names.get(str(key), str(key)): value for key, value in row.items()}
    known = Question.__dataclass_fields__
    return Question(**{k: v for k, v in given.items() if k in known and v is not None})
