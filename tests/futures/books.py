"""Small books that branch: plans of four years, free money, no discounting, solved by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

import chipfolio
from chipfolio.formulation.whole import build
from chipfolio.tables import Tables
from tests.conftest import frames

SETTINGS = """name, value
    first_period, 2027
    periods, 4
    months_per_period, 12
    discount_rate, 0
    cash_timing, start
    terminal_value, no
    target_gap, 0.000000001"""
CLOUD = {
    "Settings": SETTINGS,
    "Vendors": "vendor\nNord",
    "Chips": "chip, vendor, life_years\nK, Nord, 10",
    "Offers": """offer, chip, seller, acquisition, price, term_months
        C, K, Nord, cloud, 1, 12""",
    "Performance": "chip, workload, throughput\nK, W, 1",
    "Workloads": "workload, unmet_penalty\nW, 100",
    "Demand": "workload, 2027, 2028, 2029, 2030\nW, 10, 10, 10, 10",
}
"""Ten units of work a year, rented at 12 a unit and year: 480 in all. Unmet work costs 100."""
CHANGES = "scenario, sheet, item, column, from, to, operation, value"


def book(base: Mapping[str, str] = CLOUD, **sheets: str) -> dict[str, pd.DataFrame]:
    """Frames of a base with sheets replaced or added."""
    return frames(**{**base, **sheets})


def read(base: Mapping[str, str] = CLOUD, **sheets: str) -> Tables:
    """Checked tables of a base with sheets replaced or added."""
    return chipfolio.read(book(base, **sheets))


def changes(*rows: str) -> str:
    """The sheet Scenario changes."""
    return "\n".join([CHANGES, *rows])


def settings(**values: object) -> str:
    """The common settings, with some added or replaced."""
    lines = [line for line in SETTINGS.splitlines() if line.split(",")[0].strip() not in values]
    return "\n".join([*lines, *(f"{name}, {value}" for name, value in values.items())])


def costs(plan: chipfolio.plan.plan.Plan) -> dict[str, float]:
    """What each scenario costs under a plan."""
    return {str(row["scenario"]): float(row["total"]) for row in plan.tables["Scenario costs"]}


def orders(plan: chipfolio.plan.plan.Plan, scenario: str) -> dict[tuple[str, str], float]:
    """Units ordered in a scenario, by offer and period."""
    found: dict[tuple[str, str], float] = {}
    for row in plan.tables["Orders"]:
        if row["scenario"] == scenario:
            key = (row["offer"], row["order_period"])
            found[key] = found.get(key, 0.0) + row["units"]
    return found


def unshared(tables: Tables) -> list[str]:
    """Decisions of a common past that two worlds of the tree do not share."""
    whole = build(tables, [row["scenario"] for row in tables.scenarios])
    wrong = []
    for name, furnished in whole.worlds.items():
        for room_name, room in furnished.rooms.items():
            if room.inherited is None:
                continue
            for decision, mine in room.decisions.items():
                theirs = room.inherited.decisions[decision]
                past = {k for k, at in room.decided[decision].items() if at < room.branch}
                past |= {
                    k for k, at in room.inherited.decided[decision].items() if at < room.branch
                }
                wrong += [
                    f"{name}: {room_name}.{decision} {key}"
                    for key in sorted(past, key=str)
                    if mine.get(key) is None or mine[key] is not theirs.get(key)
                ]
    return wrong
