"""Every column of the contract is read by the model, or by the report it is meant for."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import chipfolio
from chipfolio.checking import check as checking
from chipfolio.contract.inputs import INPUTS
from chipfolio.formulation.whole import build
from chipfolio.futures.montecarlo import draw
from chipfolio.tables import Row, Tables
from chipfolio.workbook.folder import frames_from

LAB = Path(__file__).parents[2] / "inputs" / "frontier_lab"
FOR_REPORTS = {
    ("Settings", "plan_name"),
    ("Settings", "currency"),
    ("Settings", "template_version"),
    ("Settings", "target_gap"),
    ("Settings", "time_limit_minutes"),
    ("Workloads", "unit"),
    ("Workloads", "kind"),
    ("Programme stages", "name"),
}
"""Said to people, or to the solver, not to the model."""
FOR_EXPLANATIONS = {"owner", "priority"}


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
    missing = {
        (table.name, column.name)
        for table in INPUTS.values()
        for column in table
        if (table.name == "Settings" or tables.rows(table.name))
        and (table.name, column.name) not in reads | FOR_REPORTS
        and column.name not in FOR_EXPLANATIONS
    }
    assert not missing


def test_the_rich_book_fills_every_sheet():
    apart = {"Ranges", "Questions"}  # read by Monte Carlo and answers, and tested there
    assert set(INPUTS) - apart <= set(rich())
