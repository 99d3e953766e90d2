"""A plan's decisions held in another book: in its own, and in the one that it is rolled to."""

from __future__ import annotations

from collections.abc import Mapping
from unittest import mock

import chipfolio
from chipfolio.formulation.whole import Whole, build
from chipfolio.futures.settle import hold, of_plan
from chipfolio.plan import plan as pipeline
from tests.rooms.by_hand import in_this_process


def held(tables: chipfolio.Tables, rows: Mapping[str, list[dict]]) -> chipfolio.Plan:
    """The audited plan of a book of one world with a plan's commitments held; how work is run is
    free.
    """

    def furnished(of: chipfolio.Tables, names: list[str] | None = None, **more: float) -> Whole:
        whole, count = build(of, names, **more), of.calendar.count
        hold(whole.worlds[""], of_plan(of, rows, "", count), count)
        return whole

    with (
        mock.patch.object(pipeline, "build", furnished),
        mock.patch.object(pipeline, "run_highs", in_this_process),
    ):
        return chipfolio.solve(tables, gap=1e-7)


def remaining(plan, tables, to: str) -> dict[str, list[dict]]:
    """Rows of a plan's commitments from a period on, as the rolled book names what they are of."""
    calendar = tables.calendar
    columns = {"Orders": "order_period", "Programme timeline": "start", "Sales": "period"}
    columns |= {"Software timeline": "start", "Site steps": "start"}
    columns |= {"Contracts and deals": "period"}
    found = {}
    for table, column in columns.items():
        found[table] = [
            dict(row)
            for row in plan.tables[table]
            if not str(row[column]).startswith(("FY", "plan"))
            and row[column]
            and calendar.position(row[column]) >= 0
        ]
    committed = {
        (row["offer"], calendar.label(row["order_period"]), row["site"] or ""): row.number
        for row in tables.rows("Committed orders")
    }
    fleet = {
        (row["chip"], calendar.label(row["in_service_since"])): row.number
        for row in tables.rows("Fleet")
    }
    for row in found["Sales"]:
        key = (row["offer"], row["order_period"], row["site"])
        row["row"] = committed.get(key) if row["offer"] else fleet[row["chip"], row["arrival"]]
    free = {
        (row["offer"], calendar.label(row["order_period"])): row.number
        for row in tables.rows("Committed orders")
        if not row["site"]
    }
    found["Committed units"] = [
        {**row, "row": free[row["offer"], row["order_period"]]}
        for row in plan.tables["Committed units"]
        if (row["offer"], row["order_period"]) in free
    ]
    return found
