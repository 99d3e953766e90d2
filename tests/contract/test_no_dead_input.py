"""Every column of the contract is read by the model, or by the report it is meant for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import chipfolio
from chipfolio.accounts import accounts
from chipfolio.checking import check as checking
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.schema import READERS
from chipfolio.formulation.whole import build
from chipfolio.futures.montecarlo import draw
from chipfolio.tables import Row, Tables
from chipfolio.workbook.folder import frames_from

LAB = Path(__file__).parents[2] / "inputs" / "frontier_lab"
EXTRA = {
    "Previous plan": {"order_period": "2027Q1", "units": 0},
    "Custom rules": {
        "rule": "own",
        "quantity": "served",
        "coefficient": 1,
        "sense": ">=",
        "limit": 0,
    },
    "Deals": {"deal": "maybe", "vendor": "NVIDIA", "signing": "optional"},
    "Fleet": {"units": 1, "in_service_since": "2026Q1", "acquisition": "buy"},
    "Committed steps": {"start_period": "2026Q1", "steps": 1},
    "Waiting work": {"asked_in": "2026Q4", "amount": 1},
    "So far": {"sheet": "Offers", "measure": "ordered", "amount": 0},
    "Scenarios": {"scenario": "trunk", "probability": 0.5},
    "Scenario changes": {
        "scenario": "branch",
        "sheet": "Offers",
        "item": "all",
        "column": "price",
        "operation": "multiply",
        "value": 1,
    },
}
"""Rows that make the sample lab use what it has no use for itself."""


def rich() -> dict[str, pd.DataFrame]:
    """The sample lab with rows added until the model reads every sheet."""
    found = frames_from(LAB)
    site = found["Sites"]["site"].iloc[0]
    owned = found["Chips"].dropna(subset=["value_loss_per_year"])
    extra = {sheet: dict(row) for sheet, row in EXTRA.items()}
    extra["Previous plan"]["offer"] = found["Offers"]["offer"].iloc[0]
    extra["Committed steps"]["project"] = found["Site projects"]["project"].iloc[0]
    extra["Waiting work"]["workload"] = found["Workloads"]["workload"].iloc[0]
    extra["So far"]["item"] = found["Offers"]["offer"].iloc[0]
    extra["Fleet"] |= {"site": site, "chip": owned["chip"].iloc[0]}
    for sheet, row in extra.items():
        rows = found[sheet].to_dict("records") if sheet in found else []
        if sheet.startswith("Scenario"):
            rows = []
        found[sheet] = pd.DataFrame([*rows, row])
    branch = {"scenario": "branch", "probability": 0.5, "branches_from": "trunk"}
    rows = [EXTRA["Scenarios"], {**branch, "branch_period": "2028Q1"}]
    found["Scenarios"] = pd.DataFrame(rows)
    found["Workloads"]["defer_periods"] = 1
    settings = found["Settings"]
    settings.loc[settings["name"] == "tail_weight", "value"] = 0.5
    if "tail_weight" not in set(settings["name"]):
        added = pd.DataFrame([{"name": "tail_weight", "value": 0.5}])
        found["Settings"] = pd.concat([settings, added], ignore_index=True)
    return found


def a_plan(tables: Tables) -> dict[str, list[dict[str, object]]]:
    """What every plan of the book holds: committed units and steps, and a first stage."""
    stage = tables.rows("Programme stages")[0]
    start, before = tables.calendar.label(0), tables.calendar.label(-1)
    return {
        "Committed units": [
            {"row": row.number, "units": row["units"], "site": row["site"], "unit_price": 1.0}
            for row in tables.rows("Committed orders")
        ],
        "Site steps": [
            {
                "row": row.number,
                "project": row["project"],
                "start": before,
                "steps": 1.0,
                "cost": 1.0,
            }
            for row in tables.rows("Committed steps")
        ],
        "Programme timeline": [
            {"programme": stage["programme"], "stage": stage["stage"], "start": start, "end": start}
        ],
    }


def test_every_column_is_read(monkeypatch):
    reads: set[tuple[str, str]] = set()

    class Watched(Row):
        def __getitem__(self, column):
            reads.add((self.sheet, column))
            return super().__getitem__(column)

    setting = Tables.setting

    def watched(self, name):
        reads.add(("Settings", name))
        return setting(self, name)

    monkeypatch.setattr(checking, "Row", Watched)
    monkeypatch.setattr(Tables, "setting", watched)
    tables = chipfolio.read(rich())
    names = [row["scenario"] for row in tables.scenarios]
    build(tables, names or None)
    draw(tables, 1, 1)
    calendar = {"first_period", "periods", "months_per_period", "fiscal_year_start_month"}
    calendar |= {"discount_rate", "cash_timing"}
    reads |= {("Settings", name) for name in calendar}  # read by the checker, held by the calendar
    of_model = set(reads)
    accounts(tables.world(names[0]), a_plan(tables))
    for table in INPUTS.values():
        if table.read_by != "model" or not (table.vertical or tables.rows(table.name)):
            continue
        for column in table:
            name, is_read = f"{table.name}.{column.name}", (table.name, column.name) in of_model
            if column.read_by == "model":
                assert is_read, (
                    f"no room of the model reads {name}: let one read it, or say who does in its "
                    f"declaration, read_by= one of {', '.join(READERS)}"
                )
            else:
                assert not is_read, (
                    f"{name} says read_by={column.read_by!r}, and the model reads it: drop read_by"
                )
            if column.read_by == "accounts":
                assert (table.name, column.name) in reads, f"no file of the accounts reads {name}"


def test_the_rich_book_fills_every_sheet():
    for table in INPUTS.values():
        assert table.name in rich() or table.read_by != "model", (
            f"add a row of {table.name} to EXTRA, so that its columns can be seen to be read; or "
            "say in its declaration that others read it, read_by="
        )
