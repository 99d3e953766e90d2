"""The tables of a plan workbook read back, as the plan had them."""

from __future__ import annotations

from pathlib import Path

import openpyxl
from openpyxl.workbook.workbook import Workbook

from ..checking.raw import RawBook
from ..contract.outputs import OUTPUTS
from ..contract.problems import Problem
from ..contract.schema import NUMERIC, Table
from ..errors import WorkbookError
from .frames import frames_to_book
from .planbook.inputs_read import BEFORE
from .planbook.inputs_read import SHEET as INPUTS_AS_READ
from .planbook.sheets import HEAD_ROW, TOP
from .verify import UNREADABLE, load

NEEDED = ("Scenario costs", "Orders", "Cash", "Service")
"""Tables without which a workbook tells no plan; an empty one may have no sheet."""


PlanTables = dict[str, list[dict[str, object]]]


def read_plan(path: str | Path) -> PlanTables:
    """Rows of every output table by name; tables without a sheet are empty.

    Texts that are blank are empty texts, blank numbers None, as in ``Plan.tables``. WorkbookError
    where the file is no plan workbook, or holds formulas without values.
    """
    path = Path(path)
    return tables_in(path, load(path, values=True))


def read_plan_and_inputs(path: str | Path) -> tuple[PlanTables, RawBook]:
    """The tables of a plan workbook as ``read_plan``, and the input that it was made of.

    The input is read from the plan's own record of it, each row with the number that it had, by
    which the plan's tables name it. WorkbookError where the plan workbook has lost that record.
    """
    path = Path(path)
    workbook = load(path, values=True)
    return tables_in(path, workbook), inputs_in(path, workbook)


def is_plan(names: set[str]) -> bool:
    """Whether a workbook with sheets of these names is a plan workbook."""
    return {"Scenario costs", "Cash", "Run"} <= names


def plan_made_of(path: str | Path) -> str | None:
    """The name of the workbook that a plan workbook was made of; None where it is no plan."""
    try:
        workbook = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except UNREADABLE:
        return None
    try:
        if not is_plan(set(workbook.sheetnames)):
            return None
        run = {line[0]: line[1] for line in workbook["Run"].iter_rows(max_col=2, values_only=True)}
        return str(run.get("input") or "its input")
    finally:
        workbook.close()


def refuse_plan(path: str | Path) -> None:
    """WorkbookError where a plan workbook is named in place of an input workbook."""
    if source := plan_made_of(path):
        need = f"is a plan: name the workbook that it was made of, {source}"
        raise WorkbookError([Problem(Path(path).name, "", "", "", need)])


def inputs_in(path: Path, workbook: Workbook) -> RawBook:
    """The input as the sheet of inputs keeps it."""
    import pandas as pd

    if INPUTS_AS_READ not in workbook.sheetnames:
        need = f"has no sheet {INPUTS_AS_READ} any more: name a plan as it was written"
        raise WorkbookError([Problem(path.name, "", "", "", need)])
    lines: dict[str, list[tuple]] = {}
    for line in workbook[INPUTS_AS_READ].iter_rows(min_row=TOP + 1, values_only=True):
        if line[0] is not None:
            lines.setdefault(str(line[0]), []).append(line)
    if any(not found[0][1] for found in lines.values()):
        need = "was written by an earlier version that kept no row numbers: solve its book again"
        raise WorkbookError([Problem(path.name, "", "", "", need)])
    frames = {}
    for name, found in lines.items():
        heads, *rows = (line[BEFORE:] for line in found)
        used = [
            at for at in range(len(heads)) if any(line[at] is not None for line in (heads, *rows))
        ]
        body = [[row[at] for at in used] for row in rows]
        frames[name] = pd.DataFrame(body, columns=[heads[at] for at in used], dtype=object)
    book = frames_to_book(frames)
    for name, table in book.tables.items():
        table.header_row = int(lines[name][0][1])
        numbers = [int(line[1]) for line in lines[name][1:]]
        # blank rows at the end are no rows of a frame
        table.rows = [(n, cells) for n, (_, cells) in zip(numbers, table.rows, strict=False)]
    return book


def tables_in(path: Path, workbook: Workbook) -> PlanTables:
    """The output tables of an opened plan workbook."""
    if not is_plan(set(workbook.sheetnames)):
        need = "is no plan workbook: name a plan, its name ends in -plan.xlsx"
        raise WorkbookError([Problem(path.name, "", "", "", need)])
    found: PlanTables = {}
    for name, table in OUTPUTS.items():
        found[name] = []
        if name in workbook.sheetnames:
            found[name] = rows_of(workbook[name].iter_rows(values_only=True), table)
    if any(row["total"] is None for row in found["Scenario costs"]):
        need = "holds formulas without values: open it in Excel or LibreOffice and save it"
        raise WorkbookError([Problem(path.name, "", "", "", need)])
    return found


def rows_of(lines: object, table: Table) -> list[dict[str, object]]:
    """Rows of one table, from the lines of its sheet."""
    grid = list(lines)  # type: ignore[call-overload]
    heads = list(grid[HEAD_ROW])
    place = {name: heads.index(name) for name in table.names if name in heads}
    found = []
    for line in grid[TOP:]:
        cells = {name: line[at] for name, at in place.items()}
        if all(value is None for value in cells.values()):
            continue
        found.append(
            {column.name: value(cells.get(column.name), column.kind in NUMERIC) for column in table}
        )
    return found


def value(cell: object, number: bool) -> object:
    """A cell as the plan's table holds it."""
    if cell is None:
        return None if number else ""
    return cell if number else str(cell)
