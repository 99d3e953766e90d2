"""The rolled workbook as a file: the team's notes and sheets kept, and a sheet of what changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import PlanError
from ..workbook.free import Cells, cover_of, free_sheets
from ..workbook.plan_back import read_plan_and_inputs, refuse_plan
from ..workbook.template import put_whole, refuse_existing, template_bytes
from .books import Book, opened
from .difference import Differences, differences
from .migrate import Migration, take_formulas
from .roll import Rolled, roll
from .words import lines

SHEET = "Rolled"
HEADS = ("what", "sheet", "item", "column", "before", "now", "why")
MOST_TOLD = 12
"""Lines of differences that a refusal shows."""
ORDER = ("to update", "actual", "restated", "carried", "dropped", "formula")


@dataclass(frozen=True)
class Written:
    """Where the next quarter's workbook stands, and what is in it."""

    path: Path
    rolled: Rolled
    formulas: int


def roll_file(
    book: Path,
    plan: Path,
    to: str,
    scenario: str | None = None,
    periods: int | None = None,
    out: Path | None = None,
) -> Written:
    """Write the workbook of the quarter that begins in ``to``; see ``roll``.

    ``out`` must not exist; left out it is ``BOOK-PERIOD.xlsx`` beside the workbook. Raises
    WorkbookError, PlanError as ``roll`` does and where the plan is of another input, LockedError
    where it cannot be written.
    """
    refuse_plan(book)
    opened_book = opened(book)
    label = opened_book.tables.calendar.position(to)
    period = to if label is None else opened_book.tables.calendar.label(label)
    path = out or book.with_name(f"{book.stem}-{period}.xlsx")
    refuse_existing(path)
    tables, inputs = read_plan_and_inputs(plan)
    refuse_other(opened_book, opened(inputs), book.name, plan.name)
    rolled = roll(opened_book, tables, to, scenario, periods)
    free = free_sheets(book, opened_book.raw.ignored_sheets)
    free = {title: cells for title, cells in free.items() if title != SHEET}
    done = Migration(path, "")
    take_formulas(book, opened_book.raw, free, done)
    free[SHEET] = sheet_of(rolled, done)
    put_whole(template_bytes(rolled.frames, blank=True, free=free, cover=cover_of(book)), path)
    return Written(path, rolled, len(done.formulas))


def refuse_other(book: Book, of_plan: Book, name: str, plan: str) -> None:
    """PlanError where a plan is of another input than the workbook that is to be rolled.

    What no plan depends on may differ, as the sheet Actuals does by its nature.
    """
    found = Differences([one for one in differences(of_plan, book).inputs if one.moves])
    if found:
        told = "\n".join(list(lines(found))[:MOST_TOLD])
        number = len(found.inputs)
        raise PlanError(
            f"{plan} is no plan of {name} as it stands: {number} "
            f"input{' differs' if number == 1 else 's differ'}. Name the workbook that {plan} was "
            f"made of, and put what is new into the rolled one; or solve {name} first.\n{told}"
        )


def sheet_of(rolled: Rolled, done: Migration) -> Cells:
    """The sheet Rolled: what finance must update first, then every change, then formulas."""
    lines: list[tuple[object, ...]] = [
        (one.what, one.sheet, one.item, one.column, one.old, one.new, one.why)
        for one in sorted(rolled.changes, key=lambda one: ORDER.index(one.what))
    ]
    for one in (*done.formulas, *done.unplaced):
        sheet, _, cell = one.place.rpartition("!")
        lines.append(("formula", sheet, cell, "", one.value.lstrip("="), "its value", one.why))
    cells: Cells = {(1, at): head for at, head in enumerate(HEADS, 1)}
    for row, line in enumerate(lines, 2):
        cells |= {(row, at): value for at, value in enumerate(line, 1) if value not in (None, "")}
    return cells
