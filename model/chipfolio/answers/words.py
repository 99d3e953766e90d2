"""Questions as they are typed on the command line."""

from __future__ import annotations

from ..contract.problems import not_there
from ..contract.schema import SEPARATOR
from ..contract.sheets.questions import ASKED_OF, RULE_SHEETS
from ..errors import PlanError
from ..tables import Tables
from .subject import text_of
from .variant import same


def sheet_of_rule(tables: Tables, rule: str) -> str:
    """The sheet of a rule; PlanError where none has it."""
    if same(rule, "tail_weight"):
        return "Settings"
    names = []
    for sheet in RULE_SHEETS:
        for row in tables.rows(sheet):
            name = str(next(iter(row.values())))
            names.append(name)
            if same(name, rule):
                return sheet
    raise PlanError(not_there("rule", rule, names))


def question_in_words(tables: Tables, text: str) -> dict[str, object]:
    """``NAME [PERIOD] [AMOUNT]`` as a question of kind why_not; a name may hold blanks.

    PlanError, with the nearest name, where nothing in the book has that name.
    """
    question: dict[str, object] = {"question": "why not", "kind": "why_not"}
    words = text.split()
    amount = period = None
    sheet, item = named(tables, " ".join(words))
    if not sheet and len(words) > 1 and is_number(words[-1]):
        amount = float(words.pop().replace(",", ""))
        sheet, item = named(tables, " ".join(words))
    if not sheet and len(words) > 1:
        period = tables.calendar.position(words[-1])
        if period is not None:
            words.pop()
            sheet, item = named(tables, " ".join(words))
    if period is not None and not 0 <= period < tables.calendar.count:
        raise PlanError(f"{tables.calendar.label(period)} lies outside the plan")
    if not sheet:
        every = [text_of(row) for of in ASKED_OF["why_not"] for row in tables.rows(of)]
        raise PlanError(not_there("decision", " ".join(words), every))
    question |= {"sheet": sheet, "item": item}
    return {**question, "from": period, "to": period, "amount": amount}


def named(tables: Tables, text: str) -> tuple[str, str]:
    """The sheet and the name that a text is; blank where it is none."""
    for sheet in ASKED_OF["why_not"]:
        for row in tables.rows(sheet):
            name = text_of(row)
            if same(name, text) or same(name.replace(SEPARATOR, " "), text):
                return sheet, name
    return "", ""


def is_number(text: str) -> bool:
    """Whether a word is an amount."""
    try:
        float(text.replace(",", ""))
    except ValueError:
        return False
    return True
