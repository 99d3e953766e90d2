"""Decide what compute to buy: read a workbook, solve, write a plan workbook.

``read(source) -> Tables``, ``solve(tables | source, …) -> Plan``, ``write(plan, path) -> Path``,
``answer(plan, questions=…) -> Answers``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from .answers import Answers
    from .plan.plan import Plan
    from .tables import Tables

__all__ = ["answer", "read", "solve", "write"]


def read(source: str | Path | Mapping[str, pd.DataFrame]) -> Tables:
    """Checked tables of a workbook (.xlsx, .xlsm), or of frames keyed by sheet name.

    Percent columns hold fractions. Raises WorkbookError with every fault at its cell.
    """
    from .checking.check import check
    from .collector import at_rest

    if isinstance(source, Mapping):
        from .workbook.frames import frames_to_book

        return check(frames_to_book(source))
    from .workbook.read import read_book

    with at_rest(and_sweep=True):
        book = read_book(Path(source))
    with at_rest():
        return check(book)


def solve(source: Tables | str | Path | Mapping[str, pd.DataFrame], **options: Any) -> Plan:
    """The best plan: ``gap`` (fraction), ``time_limit`` (seconds), ``scenario``, ``threads``.

    ``source`` is what ``read`` returned, or whatever ``read`` takes. Raises WorkbookError,
    InfeasibleError, NoPlanInTimeError, AuditError … (see ``chipfolio.errors``).
    """
    from .plan.plan import solve as solve_tables
    from .tables import Tables

    return solve_tables(source if isinstance(source, Tables) else read(source), **options)


def write(plan: Plan, path: str | Path) -> Path:
    """Write the plan workbook; never onto an existing file. Returns where it was written."""
    from .workbook.plan import write_plan

    return write_plan(plan, Path(path))


def answer(plan: Plan, questions: Any = None, **options: Any) -> Answers:
    """Answer questions about a plan: rows as of the sheet Questions, or None for that sheet.

    ``gap`` (fraction), ``minutes``, ``workers``, ``folder`` to go on from (see ``answers.ask``).
    The tables are put into ``plan.tables`` too. PlanError where something cannot be asked.
    """
    from .answers import answer as answer_questions

    return answer_questions(plan, questions, **options)
