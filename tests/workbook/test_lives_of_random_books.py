"""Random books solved: book lives typed into their plans give the accounts of a fresh solve.

The fresh solve has the same lives in its input. LibreOffice computes the plan workbook anew; every
figure of the accounts agrees with the fresh plan's within 1e-9 of its size, and every check holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import openpyxl

import chipfolio
from chipfolio.workbook.planbook.model import Model
from chipfolio.workbook.planbook.sheets import TOP
from tests.accounts.worlds import book
from tests.conftest import frames
from tests.workbook.plans import edited, libreoffice

SEEDS = (0, 6, 7, 27)
"""A set-up and a fleet that are worth nothing at the first lives, a lease that ended just before
the plan, units sold to the last, a rebate that has to be paid back."""
LIVES = (0.4, 0.8, 1.0, 1.7, 2.25, 3.0, 4.0, 6.0, 9.0)
NAMED = {"Chips": "chip", "Site projects": "project", "Programmes": "programme"}
TABLES = {
    "Profit and loss": ("amount",),
    "Balance view": ("opening", "additions", "depreciation", "disposals", "amount"),
    "Unit cost": ("amount", "per_unit", "per_million_tokens"),
    "Commitments": ("amount", "present_value"),
    "Utilisation": ("in_service", "used", "ready", "idle", "out"),
}
RELATIVE = 1e-9


@dataclass
class Pair:
    """A plan, other book lives, and the plan of the input with these."""

    plan: chipfolio.Plan
    lives: dict[str, float]
    fresh: chipfolio.Plan


def pair(seed: int) -> Pair:
    """A random book solved as it is, and with other lives in it."""
    sheets = frames(**book(Random(seed)))
    plan = chipfolio.solve(chipfolio.read(sheets), gap=0.05)
    random, lives = Random(seed), {}
    for sheet, column in NAMED.items():
        names = [str(name) for name in sheets[sheet][column]]
        lives |= {name: random.choice(LIVES) for name in names}
        sheets[sheet]["book_life_years"] = [lives[name] for name in names]
    return Pair(plan, lives, chipfolio.solve(chipfolio.read(sheets), gap=0.05))


def typed(made: Pair, path: Path) -> Path:
    """The first plan's workbook with the lives typed into its cells, nothing recomputed."""

    def change(model: Model) -> None:
        sheet = model.sheet("Book lives")
        for row in range(TOP, sheet.row):
            name = str(sheet.values[row, 1])
            sheet.values[row, sheet.columns["book_life_years"]] = made.lives[name]

    return edited(made.plan, change, path, again=False)


def figures(sheet, rows: list[list[object]]) -> dict[tuple[str, ...], list[float]]:  # noqa: ANN001
    """Figures of a table by the words of its rows, zeros left out; ``rows`` begin with heads."""
    heads, *lines = rows
    found = {}
    for line in lines:
        row = dict(zip(heads, line, strict=True))
        numbers = [float(row[name] or 0.0) for name in TABLES[sheet]]
        words = tuple(str(row[name] or "") for name in heads if name in WORDS[sheet])
        if any(numbers):
            found[words] = numbers
    return found


WORDS = {
    "Profit and loss": ("fiscal_year", "line"),
    "Balance view": ("fiscal_year", "item"),
    "Unit cost": ("workload", "fiscal_year", "line"),
    "Commitments": ("counterparty", "kind", "bound_in", "fiscal_year", "bound", "begun"),
    "Utilisation": ("chip", "site", "period"),
}


def compared(made: Pair, saved: Path) -> tuple[int, list[object]]:
    """How many figures of the accounts were compared, and those that differ; failed checks too."""
    assert made.plan.objective == made.fresh.objective
    workbook, count, wrong = openpyxl.load_workbook(saved, data_only=True), 0, []
    for table in TABLES:
        cells = [[cell.value for cell in row] for row in workbook[table].iter_rows(min_row=TOP)]
        seen = figures(table, [row for row in cells if row[0] is not None or any(row)])
        due_rows = made.fresh.tables[table]
        due = (
            figures(table, [list(due_rows[0]), *(list(r.values()) for r in due_rows)])
            if due_rows
            else {}
        )
        for key in {**due, **seen}:
            blank = [0.0] * len(TABLES[table])
            for one, other in zip(seen.get(key, blank), due.get(key, blank), strict=True):
                count += 1
                if abs(one - other) > RELATIVE * max(1.0, abs(one), abs(other)):
                    wrong.append((table, key, one, other))
    checks = workbook["Checks"]
    heads = [cell.value for cell in checks[TOP]]
    for row in checks.iter_rows(min_row=TOP + 1, values_only=True):
        line = dict(zip(heads, row, strict=True))
        if line["check"] and line["result"] != "ok":
            wrong.append(line)
    return count, wrong


def test_lives_typed_into_plans_of_random_books(tmp_path):
    pairs = {seed: pair(seed) for seed in SEEDS}
    paths = [typed(made, tmp_path / f"{seed}.xlsx") for seed, made in pairs.items()]
    moved = 0
    for made, saved in zip(pairs.values(), libreoffice(*paths, into=tmp_path), strict=True):
        count, wrong = compared(made, saved)
        assert not wrong, wrong[:5]
        assert count > 50
        moved += made.plan.tables["Profit and loss"] != made.fresh.tables["Profit and loss"]
    assert moved == len(SEEDS)
