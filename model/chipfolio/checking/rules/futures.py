"""Scenarios, the previous plan, and ranges."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.inputs import INPUTS
from ...contract.problems import Problem
from ...contract.schema import Column, Table
from ...tables import Row, changed
from ..cells import Fault, number_of
from .spelling import (
    COMPLETES,
    DEMANDED,
    changeable,
    columns_of,
    settled_column,
    settled_item,
    settled_sheet,
    settled_without_column,
)
from .supply import whole
from .view import PROBABILITY_TOLERANCE, View, item_of, number, percent


def probabilities_add_up(view: View) -> Iterator[Problem]:
    """The probabilities of the active scenarios add up to 1."""
    rows = view.rows("Scenarios")
    active = [row for row in rows if row.get("active")]
    if rows and not active:
        need = "leaves no scenario active: the sheets as they stand are the one world."
        yield view.warning(rows[0], "active", need)
    if not active or any(row.get("probability") is None for row in active):
        return
    total = sum(row.get("probability") for row in active)
    if abs(total - 1) > PROBABILITY_TOLERANCE:
        need = f"and those of the other active scenarios add up to {percent(total)}, not 100 %."
        yield view.fault(active[0], "probability", need)


def scenarios_grow_from_one_trunk(view: View) -> Iterator[Problem]:
    """One scenario is the trunk; every other branches from an active one, and says when."""
    rows = view.named("Scenarios")
    trunks = [row for row in view.active("Scenarios") if view.blank(row, "branches_from")]
    for row in trunks[1:]:
        need = f"is blank, but {trunks[0].get('scenario')} is the trunk already: name a parent."
        yield view.fault(row, "branches_from", need)
    for row in view.rows("Scenarios"):
        parent, branch = rows.get(str(row.get("branches_from"))), row.get("branch_period")
        if parent is None:
            if view.blank(row, "branches_from") and branch is not None:
                row["branch_period"] = None
                yield view.warning(
                    row, "branch_period", "is not used: the trunk branches from none."
                )
            continue
        if row.get("active") and not parent.get("active"):
            need = "is not active: a scenario that counts branches from one that counts."
            yield view.fault(row, "branches_from", need)
        if view.blank(row, "branch_period"):
            yield view.fault(
                row, "branch_period", "is blank: all but the trunk say when they branch."
            )
        elif branch is not None:
            above = parent.get("branch_period")
            if above is not None and parent.get("branches_from") is not None and branch < above:
                need = f"lies before its parent branches ({view.label(above)})."
                yield view.fault(row, "branch_period", need)
            if branch > view.last:
                need = "lies after the plan: the scenario never differs from its parent."
                yield view.warning(row, "branch_period", need)


def changes_act_after_the_branch(view: View) -> Iterator[Problem]:
    """A scenario's changes act from its branch on; only lead times select earlier orders."""
    scenarios = view.named("Scenarios")
    for row in view.rows("Scenario changes"):
        scenario = scenarios.get(str(row.get("scenario")))
        branch = scenario.get("branch_period") if scenario else None
        if branch is None:
            continue
        if row.get("sheet") == "Offers" and row.get("column") == "lead_time":
            continue
        start, end = row.get("from"), row.get("to")
        if start is not None and start < branch:
            need = f"lies before {row.get('scenario')} branches ({view.label(branch)})."
            yield view.fault(row, "from", need)
        elif start is None and end is not None and end < branch:
            need = f"lies before {row.get('scenario')} branches ({view.label(branch)}): no effect."
            yield view.warning(row, "to", need)


def changed_values_stay_within_limits(view: View) -> Iterator[Problem]:
    """What a scenario makes of a value obeys the limits of its column."""
    told: set[int] = set()
    for scenario in view.active("Scenarios"):
        values: dict[tuple[str, str, str], list[float | None]] = {}
        for change, first, last in lineage_changes(view, scenario):
            sheet, column = str(change.get("sheet")), str(change.get("column") or "")
            limits = DEMANDED if sheet == "Demand" else INPUTS[sheet].column(column)
            for row in view.rows(sheet):
                item = item_of(row)
                if change.get("item") not in ("all", item):
                    continue
                key = (sheet, item, column)
                path = values.setdefault(key, list(view.over_time(row, column)))
                for at in range(first, last + 1):
                    path[at] = changed(path[at], change)
                bad = next((at for at in range(first, last + 1) if broken(path[at], limits)), None)
                if bad is not None and change.number not in told:
                    told.add(change.number)
                    need = f"makes {item} {number(path[bad])} in {view.label(bad)}, which "
                    need += broken(path[bad], limits)
                    yield view.fault(change, "value", need)


def broken(value: float | None, limits: Column) -> str:
    """Which limit of its column a value breaks; empty where it breaks none."""
    if value is None:
        return ""
    try:
        number_of(value, limits)
    except Fault as fault:
        return fault.need
    return ""


def lineage_changes(view: View, scenario: Row) -> Iterator[tuple[Row, int, int]]:
    """Changes to varying values on a scenario's line, ancestors first, with their periods."""
    scenarios = view.named("Scenarios")
    line = [scenario]
    while (parent := scenarios.get(str(line[0].get("branches_from")))) and parent not in line:
        line.insert(0, parent)
    for one in line:
        for row in view.rows("Scenario changes"):
            if row.get("scenario") != one.get("scenario") or row.get("operation") == "remove":
                continue
            sheet, operand = row.get("sheet"), row.get("value")
            if sheet not in INPUTS or not (isinstance(operand, float) or operand == "none"):
                continue
            column = next((c for c in INPUTS[sheet] if c.name == row.get("column")), None)
            if sheet != "Demand" and (column is None or not column.varies):
                continue
            if operand == "none" and (column is None or row.get("operation") != "set"):
                continue
            start = row.get("from") if row.get("from") is not None else one.get("branch_period")
            end = view.last if row.get("to") is None else min(row.get("to"), view.last)
            yield row, max(0, start or 0), end


def previous_orders_can_be_repeated(view: View) -> Iterator[Problem]:
    """Frozen orders of the previous plan are whole lots of offers, each in one row."""
    offers = view.named("Offers")
    frozen = view.tables.settings.get("frozen_periods") or 0
    seen: dict[tuple[object, ...], int] = {}
    for row in view.rows("Previous plan"):
        at, offer = row.get("order_period"), offers.get(str(row.get("offer")))
        key = (row.get("scenario"), row.get("offer"), at)
        if None not in key[1:] and key in seen:
            yield view.warning(
                row, "order_period", f"is in row {seen[key]} too: units are added up."
            )
        seen.setdefault(key, row.number)
        lot, units = offer.get("lot_size") if offer else None, row.get("units")
        is_frozen = at is not None and 0 <= at < frozen
        if lot and units is not None and is_frozen and not whole(units / lot):
            need = f"is frozen, but no multiple of the lot of {number(lot)}."
            yield view.warning(row, "units", need)


def ranges_name_what_may_change(view: View) -> Iterator[Problem]:
    """A range names a number that scenarios may change."""
    for row in view.rows("Ranges"):
        table = yield from settled_sheet(view, row)
        if table is None:
            continue

        def drawn(column: Column, table: Table = table) -> bool:
            return changeable(table)(column) and column is not COMPLETES

        able = [column.name for column in columns_of(table) if drawn(column)]
        if table.name == "Demand":
            yield from settled_without_column(view, row, table)
        elif not able:
            yield view.fault(row, "sheet", "holds nothing that a range can draw.")
        elif row.get("column") is None and view.blank(row, "column"):
            yield view.fault(row, "column", f"is blank: name what is drawn ({', '.join(able)}).")
        else:
            yield from settled_column(view, row, table, drawn)
        yield from settled_item(view, row, table, every=True)


def ranges_run_from_low_to_high(view: View) -> Iterator[Problem]:
    """low ≤ mode ≤ high, and the ends of a range leave values within the limits of their column."""
    for row in view.rows("Ranges"):
        low, mode, high = row.get("low"), row.get("mode"), row.get("high")
        if low is None or high is None:
            continue
        if low > high:
            yield view.fault(row, "low", f"is above high ({high:,.10g}).")
        elif mode is not None and row.get("distribution") == "uniform":
            yield view.warning(row, "mode", "is not used: a uniform range has no mode.")
        elif mode is not None and not low <= mode <= high:
            yield view.fault(row, "mode", f"lies outside low … high ({low:,.10g} … {high:,.10g}).")
        if row.get("group") is None and not view.blank(row, "correlation"):
            yield view.warning(row, "correlation", "is not used: the range is in no group.")
        for end, value in (("low", low), ("high", high)):
            need = leaves_its_limits(view, row, value)
            if need:
                yield view.fault(row, end, need)
                break


def leaves_its_limits(view: View, row: Row, value: float) -> str:
    """What a draw breaks: the limits of the column in some period; empty where it breaks none."""
    sheet = str(row.get("sheet"))
    if sheet not in INPUTS or (row.get("column") is None and sheet != "Demand"):
        return ""
    if row.get("operation") == "multiply" and value < 0:
        return "is below 0: a factor cannot be negative."
    column = next((c for c in INPUTS[sheet] if c.name == row.get("column")), None)
    limits = DEMANDED if sheet == "Demand" else column
    if limits is None or (column is not None and not column.varies):
        return ""
    first, last = view.window_of(row)
    draw = {"operation": row.get("operation"), "value": value}
    for other in view.rows(sheet):
        if row.get("item") not in ("all", item_of(other)):
            continue
        path = view.over_time(other, str(row.get("column") or ""))
        for at in range(first, last + 1):
            moved = changed(path[at], draw) if path[at] is not None else None
            if broken(moved, limits):
                need = f"makes {item_of(other)} {number(moved)} in {view.label(at)}, which "
                return need + broken(moved, limits)
    return ""
