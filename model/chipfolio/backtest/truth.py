"""What came true, as one workbook: the first one, with what the later ones know better.

A value of a period is what Actuals of a workbook say, the latest that does; else what the workbook
says whose first period it is, or the latest that began before it; from the last one's first period
on what that one says. So values that vary, Demand, prices agreed and deliveries are the same for
every way of deciding. Rules, offers and settings are those of the first workbook.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ..contract.inputs import INPUTS
from ..quarters.draft import Draft, draft_of
from .quarters import Quarter, label

NAME = "what came true"
FUTURES = ("Scenarios", "Scenario changes", "Ranges", "Questions", "Gates", "Previous plan")
ASIDE = (*FUTURES, "Actuals", "Timeline")
"""Sheets that the truth does not take from the first workbook."""
STILL = {"frozen_periods": 0, "change_cost_pct": 0, "tail_weight": 0}
"""Settings about uncertainty and earlier plans, of which the truth knows nothing."""
Place = tuple[str, str, str]
"""(sheet, item, column); the column of Demand is blank."""


@dataclass
class Truth:
    """Values by place, one for each period from the first workbook's first to the last one's end;
    deliveries by (offer, period of order); and who says so.
    """

    quarters: Sequence[Quarter]
    path: dict[Place, list[object]] = field(default_factory=dict)
    sources: dict[tuple[Place, int], str] = field(default_factory=dict)
    deliveries: dict[tuple[str, int], int] = field(default_factory=dict)
    delivered_by: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Periods of the truth."""
        return self.quarters[-1].ends

    @property
    def known(self) -> int:
        """Position up to which, itself included, things came true: the last one's first period."""
        return self.quarters[-1].begins


def truth_of(quarters: Sequence[Quarter]) -> Truth:
    """What came true, as the workbooks say it."""
    truth = Truth(quarters)
    for quarter in quarters:
        for place, path in paths(quarter).items():
            values = truth.path.setdefault(place, [])
            values += [values[-1] if values else path[0]] * (quarter.begins - len(values))
            values[quarter.begins :] = path
            for at in range(quarter.begins, quarter.ends):
                truth.sources[place, at] = quarter.name
    for values in truth.path.values():
        values += [values[-1]] * (truth.count - len(values))
        del values[truth.count :]
    for quarter in quarters:
        hear_facts(truth, quarter)
    return truth


def paths(quarter: Quarter) -> dict[Place, list[object]]:
    """Every value of a workbook that varies, by period."""
    world = quarter.world
    found: dict[Place, list[object]] = {
        ("Demand", label(key), ""): list(path) for key, path in world.path("Demand", "").items()
    }
    for sheet, table in INPUTS.items():
        for column in table:
            if column.varies and quarter.book.tables.rows(sheet):
                for key, path in world.path(sheet, column.name).items():
                    found[sheet, label(key), column.name] = list(path)
    return found


def hear_facts(truth: Truth, quarter: Quarter) -> None:
    """What a workbook's Committed orders and Actuals say of orders and demand."""
    tables = quarter.book.tables
    offers = set(tables.names("Offers"))
    for row in tables.rows("Committed orders"):
        if row["delivery_period"] is not None:
            key = row["offer"], quarter.at(row["order_period"])
            truth.deliveries[key] = quarter.at(row["delivery_period"])
            truth.delivered_by[key] = quarter.name
    for row in tables.rows("Actuals"):
        at, by = quarter.at(row["period"]), f"{quarter.name}, Actuals"
        if row["item"] not in offers:
            hear(truth, ("Demand", row["item"], ""), at, row["amount"], by)
            continue
        if row["unit_price"] is not None:
            hear(truth, ("Offers", row["item"], "price"), at, row["unit_price"], by)
        if row["delivery_period"] is not None:
            truth.deliveries[row["item"], at] = quarter.at(row["delivery_period"])
            truth.delivered_by[row["item"], at] = by


def hear(truth: Truth, place: Place, at: int, value: object, by: str) -> None:
    """Put a fact in the place of what was said."""
    if place in truth.path and 0 <= at < truth.count:
        truth.path[place][at] = value
        truth.sources[place, at] = by


# ------------------------------------------------------------------ as a workbook
def frames_of(truth: Truth) -> dict[str, pd.DataFrame]:
    """The truth as the sheets of one workbook of one world."""
    first = truth.quarters[0].book
    draft, calendar = draft_of(first), first.tables.calendar
    for sheet in ASIDE:
        draft.lines.pop(sheet, None)
        draft.heads.pop(sheet, None)
    draft.setting("periods", truth.count, NAME)
    for name, value in STILL.items():
        draft.setting(name, value, NAME)
    labels = [calendar.label(at) for at in range(truth.count)]
    for period in labels:
        draft.know("Demand", period)
    for row in first.tables.rows("Demand"):
        cells = draft.line(row).cells
        for period, value in zip(labels, truth.path["Demand", row.key, ""], strict=True):
            cells[period] = value
    for (sheet, item, column), values in truth.path.items():
        if sheet != "Demand" and values != usual(truth, sheet, item, column):
            shown = ["none" if value is None else value for value in values]
            cells = {"sheet": sheet, "item": item, "column": column}
            draft.add("Timeline", cells | dict(zip(labels, shown, strict=True)), NAME)
    settle_deliveries(truth, draft, labels)
    return draft.frames()


def usual(truth: Truth, sheet: str, item: str, column: str) -> list[object]:
    """What the first workbook's cell and its trend come to."""
    tables = truth.quarters[0].book.tables
    row = next(row for row in tables.rows(sheet) if label(row.key) == item)
    value, moved = row[column], INPUTS[sheet].column(column).moved_by
    growth = (row[moved] or 0.0) if moved else 0.0
    if value is None or not growth:
        return [value] * truth.count
    return [value * (1.0 + growth) ** tables.calendar.years(at) for at in range(truth.count)]


def settle_deliveries(truth: Truth, draft: Draft, labels: Sequence[str]) -> None:
    """Deliveries: of orders placed before, their cell; of later ones, the lead time then.

    What else came true of the trunk (slips, efficiency, removals) is as the last workbook says.
    """
    first, last = truth.quarters[0].book.tables, truth.quarters[-1]
    changes: list[dict[str, object]] = []
    for row in last.book.tables.rows("Scenario changes"):
        trunk = last.world.name
        if row["scenario"] == trunk and (row["sheet"], row["column"]) not in varying():
            cells = {name: row[name] for name in ("sheet", "item", "column", "operation", "value")}
            begin = 0 if row["from"] is None else row["from"]
            cells["from"] = first.calendar.label(last.at(begin))
            cells["to"] = None if row["to"] is None else first.calendar.label(last.at(row["to"]))
            changes.append(cells)
    told = {(row["offer"], row["order_period"]) for row in first.rows("Committed orders")}
    for row in first.rows("Committed orders"):
        at = truth.deliveries.get((row["offer"], row["order_period"]))
        if at is not None:
            draft.set(row, "delivery_period", first.calendar.label(at), NAME)
    usual_lead = {row["offer"]: row["lead_time"] for row in first.rows("Offers")}
    for (offer, ordered), delivered in sorted(truth.deliveries.items()):
        lead = max(delivered - ordered, 0)
        if not 0 <= ordered < truth.count or (offer, ordered) in told:
            continue
        if lead != usual_lead[offer] or changes:
            cells = {"sheet": "Offers", "item": offer, "column": "lead_time"}
            cells |= {"from": labels[ordered], "to": labels[ordered]}
            changes.append(cells | {"operation": "set", "value": lead})
    if changes:
        draft.add("Scenarios", {"scenario": NAME, "probability": 1}, NAME)
        for cells in changes:
            draft.add("Scenario changes", {"scenario": NAME, **cells}, NAME)


def varying() -> set[tuple[str, str | None]]:
    """(sheet, column) of all values that vary; Demand has no column."""
    found = {(sheet, one.name) for sheet, table in INPUTS.items() for one in table if one.varies}
    return found | {("Demand", None), ("Demand", "")}


# ------------------------------------------------------------------ tables
def truth_rows(truth: Truth) -> list[dict[str, object]]:
    """Where the truth is not what the first workbook said."""
    first = truth.quarters[0]
    calendar, said = first.book.tables.calendar, paths(first)
    rows = []
    for place, values in truth.path.items():
        for at, value in enumerate(values):
            before = said[place][at] if at < first.ends else None
            beyond = at >= first.ends and place[0] != "Demand"
            if beyond or before == value:
                continue
            rows.append(row_of(place, calendar.label(at), before, value, truth.sources[place, at]))
    for (offer, ordered), delivered in sorted(truth.deliveries.items()):
        place = "Committed orders", offer, "delivery_period"
        by = truth.delivered_by[offer, ordered]
        usual_lead = first.book.tables.calendar.label(ordered + lead_of(first, offer))
        now = calendar.label(delivered)
        if now != usual_lead:
            rows.append(row_of(place, calendar.label(ordered), usual_lead, now, by))
    return rows


def lead_of(quarter: Quarter, offer: str) -> int:
    """An offer's lead time as a workbook says it."""
    rows = quarter.book.tables.rows("Offers")
    return next(row["lead_time"] for row in rows if row["offer"] == offer)


def row_of(place: Place, period: str, before: object, now: object, by: str) -> dict[str, object]:
    """A row of the table of what came true."""
    sheet, item, column = place
    return {"sheet": sheet, "item": item, "column": column, "period": period,
            "first_said": words(before), "truth": words(now), "source": by}  # fmt: skip


def words(value: object) -> str:
    """A value as text; no limit is none."""
    return "none" if value is None else f"{value:,.12g}" if isinstance(value, float) else str(value)


def bias_rows(truth: Truth) -> list[dict[str, object]]:
    """What workbooks said of periods that came true, against the truth, by periods ahead."""
    said: Mapping[tuple[str, str, int], list[tuple[float, float]]] = defaultdict(list)
    kinds = {("Demand", ""): "demand", ("Offers", "price"): "price"}
    for quarter in truth.quarters:
        for (sheet, item, column), path in paths(quarter).items():
            kind = kinds.get((sheet, column))
            if kind is None:
                continue
            for at in range(quarter.begins, min(truth.known + 1, quarter.ends)):
                pair = path[at - quarter.begins], truth.path[sheet, item, column][at]
                said[kind, item, at - quarter.begins].append(pair)
        for row in quarter.book.tables.rows("Committed orders"):
            ordered = quarter.at(row["order_period"])
            fact = truth.deliveries.get((row["offer"], ordered))
            promised = quarter.at(quarter.world.arrival(offer_of(quarter, row["offer"]), row))
            if fact is not None and promised >= quarter.begins and fact <= truth.known:
                pair = float(promised - ordered), float(fact - ordered)
                said["delivery", row["offer"], promised - quarter.begins].append(pair)
    rows = []
    for (kind, item, ahead), pairs in sorted(said.items()):
        mean = sum(one for one, _ in pairs) / len(pairs)
        fact = sum(one for _, one in pairs) / len(pairs)
        share = (mean - fact) / fact if fact else None
        rows.append(
            {
                "quantity": kind,
                "item": item,
                "ahead": ahead,
                "values": len(pairs),
                "said": mean,
                "truth": fact,
                "bias": mean - fact,
                "bias_pct": share,
            }
        )
    return rows


def offer_of(quarter: Quarter, name: str):  # noqa: ANN201 - a row
    """The row of an offer."""
    return next(row for row in quarter.book.tables.rows("Offers") if row["offer"] == name)
