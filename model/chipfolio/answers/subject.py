"""What a question is about: a decision of the plan, and the least of it that counts."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.schema import SEPARATOR
from ..errors import PlanError
from ..tables import Row, Tables
from .asked import Decision
from .variant import same

CENTRAL = {
    "Offers": "price",
    "Programme stages": "cost",
    "Software": "cost",
    "Site projects": "cost_per_step",
    "Contracts": "signing_fee",
}
"""The price of what is decided, by its sheet."""


@dataclass(frozen=True)
class Subject:
    """A decision, how much of it counts, and how it is called."""

    decision: Decision
    amount: float
    named: str
    unit: str


def subject_of(
    tables: Tables,
    sheet: str,
    item: str,
    amount: float | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Subject:
    """The decision that a row stands for; PlanError where there is none left to take."""
    ends = (0 if first is None else first, last)
    name, *_ = item.split(SEPARATOR)
    if sheet in ("Offers", "Chips", "Performance"):
        column = "offer" if sheet == "Offers" else "chip"
        offers = [row for row in tables.rows("Offers") if same(row[column], name)]
        least = amount if amount is not None else min(map(least_of, offers), default=1.0)
        names = tuple(row["offer"] for row in offers)
        if not names:
            raise PlanError(f"no offer sells {name}: there is nothing to decide about it")
        return Subject(Decision("Offers", names, *ends), least, name, "units")
    least = 1.0 if amount is None else amount
    if sheet in ("Programmes", "Programme ramp", "Programme stages"):
        stage = stage_of(tables, item if sheet == "Programme stages" else name)
        return Subject(Decision("Programme stages", (stage,), *ends), least, stage, "starts")
    if sheet in ("Software", "Site projects"):
        unit = "starts" if sheet == "Software" else "steps"
        return Subject(Decision(sheet, (name,), *ends), least, name, unit)
    sheet = "Deals" if sheet == "Deal milestones" else sheet
    return Subject(Decision(sheet, (name,), *ends), least, name, "signatures")


def least_of(offer: Row) -> float:
    """The least of an offer that counts: one lot, else its minimum order, else one unit."""
    return float(offer["lot_size"] or offer["min_order"] or 1.0)


def stage_of(tables: Tables, item: str) -> str:
    """The stage that an item names; of a programme the first that is not begun."""
    if SEPARATOR in item:
        return item
    mine = [row for row in tables.rows("Programme stages") if same(row["programme"], item)]
    for row in sorted(mine, key=lambda row: row["stage"]):
        if row["started"] is None:
            return f"{row['programme']}{SEPARATOR}{row['stage']}"
    raise PlanError(f"all stages of {item} are begun: there is nothing left to decide about it")


def rows_of(tables: Tables, sheet: str, item: str) -> list[Row]:
    """Rows that an item names: the one of that name, or all of its first part."""
    full = [row for row in tables.rows(sheet) if same(text_of(row), item)]
    return full or [row for row in tables.rows(sheet) if same(next(iter(row.values())), item)]


def text_of(row: Row) -> str:
    """A row's name as one text."""
    return row.key if isinstance(row.key, str) else SEPARATOR.join(row.key)


def value_now(tables: Tables, sheet: str, item: str, column: str) -> float | None:
    """A cell's value in the plan's first period, Timeline included."""
    rows = rows_of(tables, sheet, item)
    if not rows:
        raise PlanError(f"{item} is on no row of {sheet}")
    declared = INPUTS[sheet].column(column)
    if declared.varies:
        return tables.world(None).path(sheet, column)[rows[0].key][0]
    return rows[0][column]
