"""Where reality left the plan: the sheet Actuals wins over the plan's orders and the demand.

What was ordered in fact is put to the audit as an order committed then, with its own price and
delivery, in place of what the plan ordered of that offer in that period; so all that counts from
orders counts what was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..contract.inputs import INPUTS
from ..tables import Row, Tables
from .draft import Draft
from .state import ACTUAL

PlanTables = Mapping[str, Sequence[Mapping[str, object]]]
WON = "reality won over the plan"


def with_actuals(
    tables: Tables, plan: PlanTables, source: str, until: int, draft: Draft
) -> tuple[Tables, PlanTables]:
    """The workbook and the plan with actual orders and demand of the periods before one."""
    rows = [row for row in tables.rows("Actuals") if 0 <= row["period"] < until]
    if not rows:
        return tables, plan
    offers = {row["offer"] for row in tables.rows("Offers")}
    orders: dict[tuple[str, int], list[Row]] = defaultdict(list)
    asked: dict[tuple[str, int], float] = {}
    for row in rows:
        if row["item"] in offers:
            orders[row["item"], row["period"]].append(row)
        else:
            asked[row["item"], row["period"]] = row["amount"]
    sheets = dict(tables.sheets)
    sheets["Demand"] = [with_demand(row, asked, draft) for row in tables.rows("Demand")]
    told = {name: list(found) for name, found in plan.items()}
    committed = list(tables.rows("Committed orders"))
    for (offer, at), mine in orders.items():
        planned = taken_out(told, tables, offer, at, source)
        units = sum(float(row["units"]) for row in planned)  # type: ignore[arg-type]
        actual = sum(row["amount"] for row in mine)
        period = tables.calendar.label(at)
        draft.note("actual", "Actuals", offer, period, units, actual, WON)
        for row in mine:
            if row["amount"]:
                number = ACTUAL + len(committed)
                committed.append(as_committed(row, planned, number))
                told["Committed units"].append(placed(row, planned, number, period, source))
    sheets["Committed orders"] = committed
    return replace(tables, sheets=sheets), told


def with_demand(row: Row, asked: Mapping[tuple[str, int], float], draft: Draft) -> Row:
    """A row of Demand with what was asked for in fact."""
    over_time = dict(row.over_time)
    for at, value in row.over_time.items():
        actual = asked.get((row["workload"], at))
        if actual is not None and actual != value:
            period = draft.tables.calendar.label(at)
            draft.note("actual", "Actuals", row["workload"], period, value, actual, WON)
            over_time[at] = actual
    return Row(dict(row), row.sheet, row.number, row.cells, over_time)


def taken_out(
    told: dict[str, list[Mapping[str, object]]], tables: Tables, offer: str, at: int, source: str
) -> list[Mapping[str, object]]:
    """Take what the plan ordered of an offer in a period out of it; what is taken of a scenario."""
    kept, gone = [], []
    for row in told["Orders"]:
        same = row["offer"] == offer and tables.calendar.position(row["order_period"]) == at
        (gone if same else kept).append(row)
    told["Orders"] = kept
    return [row for row in gone if (row["scenario"] or "") == source]


def as_committed(row: Row, planned: Sequence[Mapping[str, object]], number: int) -> Row:
    """An actual order as a row of Committed orders; what it does not say is as planned."""
    price = row["unit_price"]
    if price is None and planned:
        price = planned[0]["unit_price"]
    values = dict.fromkeys(INPUTS["Committed orders"].names) | {
        "offer": row["item"],
        "order_period": row["period"],
        "delivery_period": row["delivery_period"],
        "units": row["amount"],
        "site": site_of(row, planned),
        "unit_price": price,
        "paid_pct": None,
    }
    return Row(values, "Committed orders", number, {})


def site_of(row: Row, planned: Sequence[Mapping[str, object]]) -> str | None:
    """Where an actual order goes: as it says, else where the plan sends most of it."""
    if row["site"] is not None or not planned:
        return row["site"]
    largest = max(planned, key=lambda one: float(one["units"]))  # type: ignore[arg-type]
    return str(largest["site"]) or None


def placed(
    row: Row, planned: Sequence[Mapping[str, object]], number: int, period: str, source: str
) -> dict[str, object]:
    """The row of Committed units by which the audit finds an actual order."""
    return {
        "scenario": source,
        "offer": row["item"],
        "order_period": period,
        "site": site_of(row, planned) or "",
        "units": row["amount"],
        "row": number,
        "actual_paid": row["paid_pct"],
    }
