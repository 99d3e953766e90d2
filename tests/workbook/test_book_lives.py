"""Another book life typed into the plan workbook gives the accounts of a fresh run with it."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

import chipfolio
from chipfolio.accounts import accounts
from chipfolio.workbook.planbook.model import Model
from chipfolio.workbook.planbook.sheets import TOP
from tests.workbook.plans import computed, edited, libreoffice, recompute, rich_plan
from tests.workbook.rich_book import rich_book

YEARS = {"A1": 6.0, "B1": 0.6, "C1": 3.0, "Hall": 4.0, "Own chip": 2.25}
"""Longer than a chip serves, shorter, and others; a site project's and a programme's too."""
TABLES = {
    "Profit and loss": ("amount",),
    "Balance view": ("opening", "additions", "depreciation", "disposals", "amount"),
    "Unit cost": ("amount", "per_unit"),
}
RELATIVE = 1e-9


def fresh() -> dict[str, list[dict]]:
    """Tables of the accounts of the same decisions, from an input with these lives."""
    book = rich_book()
    for sheet, column in (
        ("Chips", "chip"),
        ("Site projects", "project"),
        ("Programmes", "programme"),
    ):
        book[sheet]["book_life_years"] = [YEARS.get(name) for name in book[sheet][column]]
    tables, plan = chipfolio.read(book), rich_plan().tables
    found: dict[str, list[dict]] = {name: [] for name in TABLES}
    for name in [row["scenario"] for row in plan["Scenario costs"]]:
        mine = {
            table: [row for row in rows if row.get("scenario", name) == name]
            for table, rows in plan.items()
        }
        made = accounts(tables.world(name), mine)
        for table in TABLES:
            found[table] += [{"scenario": name, **row} for row in made[table]]
    return found


def type_lives(model: Model) -> None:
    """What a reader does: other figures in the cells of the sheet Book lives."""
    sheet = model.sheet("Book lives")
    for row in range(TOP, sheet.row):
        name = str(sheet.values[row, 1])
        sheet.values[row, sheet.columns["book_life_years"]] = YEARS[name]


def as_seen(cell) -> dict[tuple, list[float]]:
    """Figures of the tables by their keys; ``cell`` looks one up by table, row and column."""
    found = {}
    for table, columns in TABLES.items():
        for at, row in enumerate(rich_plan().tables[table]):
            words = tuple(v for v in row.values() if isinstance(v, str))
            found[table, *words] = [float(cell(table, at, name) or 0.0) for name in columns]
    return found


def as_due() -> dict[tuple, list[float]]:
    """The same of the fresh run."""
    found = {}
    for table, rows in fresh().items():
        for row in rows:
            words = tuple(v for v in row.values() if isinstance(v, str))
            found[table, *words] = [float(row[name] or 0.0) for name in TABLES[table]]
    return found


def agree(seen: dict, due: dict) -> None:
    """Every figure is the same; what only one side has is nothing."""
    wrong = {
        key: (seen.get(key), due.get(key))
        for key in [*due, *(k for k in seen if k not in due)]
        if not close(seen.get(key), due.get(key))
    }
    assert not wrong, dict(list(wrong.items())[:5])


def close(one: list[float] | None, other: list[float] | None) -> bool:
    one, other = (values or [0.0] * len(one or other or []) for values in (one, other))
    return all(
        abs(a - b) <= RELATIVE * max(1.0, abs(a), abs(b)) for a, b in zip(one, other, strict=True)
    )


def test_a_life_typed_in_gives_the_accounts_of_a_fresh_run():
    model = computed(rich_plan())
    before = as_seen(lambda *at: cell_of(model, *at))
    type_lives(model)
    recompute(model)
    after = as_seen(lambda *at: cell_of(model, *at))
    agree(after, as_due())
    assert sum(before[key] != after[key] for key in before) > 50
    assert str(model.book.value("Checks", 1, 0)).startswith("All")


def cell_of(model: Model, table: str, at: int, column: str) -> object:
    value = model.sheet(table).values.get((TOP + at, model.sheet(table).columns[column]))
    return 0.0 if value in ("", None) else value


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("lives")
    path = edited(rich_plan(), type_lives, folder / "lives.xlsx", again=False)
    return libreoffice(path, into=folder)[0]


def test_libreoffice_comes_to_the_accounts_of_a_fresh_run(saved):
    book = openpyxl.load_workbook(saved, data_only=True)

    def cell(table: str, at: int, column: str) -> object:
        sheet = book[table]
        heads = [head.value for head in sheet[TOP]]
        value = sheet.cell(TOP + 1 + at, heads.index(column) + 1).value
        return 0.0 if value in ("", None) else value

    agree(as_seen(cell), as_due())
