"""The tables of a plan workbook read back, as the plan had them."""

from __future__ import annotations

from pathlib import Path

from ..contract.outputs import OUTPUTS
from ..contract.problems import Problem
from ..contract.schema import NUMERIC, Table
from ..errors import WorkbookError
from .planbook.sheets import HEAD_ROW, TOP
from .verify import load

NEEDED = ("Scenario costs", "Orders", "Cash", "Service")
"""Tables without which a workbook tells no plan; an empty one may have no sheet."""


def read_plan(path: str | Path) -> dict[str, list[dict[str, object]]]:
    """Rows of every output table by name; tables without a sheet are empty.

    Texts that are blank are empty texts, blank numbers None, as in ``Plan.tables``. WorkbookError
    where the file is no plan workbook, or holds formulas without values.
    """
    path = Path(path)
    workbook = load(path, values=True)
    if not {"Scenario costs", "Cash", "Run"} <= set(workbook.sheetnames):
        need = "is no plan workbook: name a plan, its name ends in -plan.xlsx"
        raise WorkbookError([Problem(path.name, "", "", "", need)])
    found: dict[str, list[dict[str, object]]] = {}
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
