"""Commitments in the plan workbook follow the plan, and its checks miss no payment."""

from __future__ import annotations

import pytest

from chipfolio.accounts import accounts
from chipfolio.workbook.planbook.model import Model
from chipfolio.workbook.planbook.sheets import TOP
from tests.workbook.plans import PLANS, computed, recompute, rich_plan

ORDERED = 3.0
"""Times as many units, typed into Orders."""


def shown(model: Model, sheet: str, column: str) -> list[float]:
    """A column of figures."""
    cells = model.sheet(sheet)
    return [float(cells.values[row, cells.columns[column]]) for row in range(TOP, cells.row)]


@pytest.mark.parametrize("name", PLANS)
def test_every_row_is_the_sum_of_its_payments(name):
    plan = PLANS[name]()
    model, rows = computed(plan), plan.tables["Commitments"]
    for column in ("amount", "present_value"):
        due = [float(row[column]) for row in rows]
        assert shown(model, "Commitments", column) == pytest.approx(due, rel=1e-12)


def changed(rows: list[dict], times: float) -> list[dict]:
    """Orders of so many times as many units."""
    return [{**row, "units": row["units"] * times} for row in rows]


def test_commitments_follow_orders_that_a_reader_changes():
    """They come to what the accounts of these orders are; minimums stand as solved."""
    plan = rich_plan()
    tables = {**plan.tables, "Orders": changed(plan.tables["Orders"], ORDERED)}
    model = computed(plan)
    sheet, before = model.sheet("Orders"), shown(model, "Commitments", "amount")
    for at in range(len(tables["Orders"])):
        place = (TOP + at, sheet.columns["units"])
        if place not in sheet.formulas:  # else it follows the scenario it branches from
            sheet.values[place] = float(sheet.values[place]) * ORDERED
    recompute(model)
    after = shown(model, "Commitments", "amount")
    keys = [key_of(row) for row in plan.tables["Commitments"]]
    due = {}
    for name in [row["scenario"] for row in plan.tables["Scenario costs"]]:
        mine = {
            t: [r for r in rows if r.get("scenario", name) == name] for t, rows in tables.items()
        }
        for row in accounts(plan.inputs.world(name), mine)["Commitments"]:
            due[key_of({"scenario": name, **row})] = row["amount"]
    told = [at for at, key in enumerate(keys) if key[2] != "take-or-pay"]
    assert [after[at] for at in told] == pytest.approx([due[keys[at]] for at in told], rel=1e-9)
    assert sum(after[at] != before[at] for at in told) > 10


def key_of(row: dict) -> tuple[object, ...]:
    names = ("scenario", "counterparty", "kind", "bound_in", "fiscal_year", "bound", "begun")
    return tuple(row[name] or "" for name in names)


def failing(model: Model) -> list[str]:
    """Sentences of the checks that fail."""
    recompute(model)
    sheet = model.sheet("Checks")
    at, fails = sheet.columns["check"], sheet.columns["fails"]
    return [
        str(sheet.values[row, at])
        for row in range(TOP, sheet.row)
        if sheet.values.get((row, fails))
    ]


KINDS = {
    "purchase": "units",
    "lease": "units",
    "order fee": "order fees",
    "set-up": "set-up",
    "site step": "site steps",
    "signing fee": "signing fees",
}


def test_payments_that_are_overwritten_fail_the_check_of_their_kind():
    model = computed(rich_plan())
    sheet = model.sheet("Payments due")
    of, amount = sheet.columns["kind"], sheet.columns["amount"]
    for kind in KINDS:
        row = next(r for r in range(TOP, sheet.row) if sheet.values[r, of] == kind)
        found = float(sheet.values[row, amount])
        assert found
        del sheet.formulas[row, amount]
        sheet.values[row, amount] = found * 1.001
    wrong = failing(model)
    for words in KINDS.values():
        words = f"Commitments for {words} = paid for them in the plan and after it"
        assert any(sentence.startswith(words) for sentence in wrong), words


def test_a_payment_taken_out_of_its_row_fails_the_checks_in_all():
    model = computed(rich_plan())
    sheet = model.sheet("Payments due")
    sheet.values[TOP, sheet.columns["row no."]] = 0.0
    found = failing(model)
    assert any(sentence.startswith("Commitments in all") for sentence in found)
    assert any(sentence.startswith("Commitments at present value") for sentence in found)
