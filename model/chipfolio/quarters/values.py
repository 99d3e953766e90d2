"""What a checked value says whatever its book's first period: compared so, and shown so."""

from __future__ import annotations

from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.periods import Calendar
from ..contract.problems import fold
from ..contract.schema import SEPARATOR, Column, Kind
from ..tables import Row

RESTATED = 1e-9
"""Relative difference up to which a value restated at another first period is the same."""
EXACT_TEXTS = ("plan_name", "currency", "unit", "owner", "name", "template_version")
"""Texts that are no names: their case counts."""
APART = {("Timeline", "column")}
"""Parts of a key that are told as the column, not as the item."""
LISTS = ("lines",)
"""Texts that list names, in any order."""


@dataclass(frozen=True)
class Said:
    """A value twice: ``key`` to be compared, ``value`` to be shown (None, number or text)."""

    key: object
    value: object


def said(column: Column, value: object, calendar: Calendar) -> Said:
    """What a cell says: periods as dates, names without case, lists of names without order."""
    if value is None:
        return Said(None, None)
    if column.kind is Kind.PERIOD:
        month = calendar.first_month + int(value) * calendar.months
        return Said(month, calendar.label(int(value)))
    if isinstance(value, bool):
        return Said(value, "yes" if value else "no")
    if isinstance(value, (int, float)):
        return Said(float(value), value)
    if isinstance(value, tuple):
        return Said(frozenset(map(fold, value)), ", ".join(map(str, value)))
    text = str(value)
    if column.name in LISTS:
        return Said(frozenset(map(fold, text.split(","))), text)
    return Said(" ".join(text.split()) if column.name in EXACT_TEXTS else fold(text), text)


def cell_of(row: Row, column: Column, calendar: Calendar) -> Said:
    """What a row's cell says."""
    return said(column, row[column.name], calendar)


def growth(row: Row, column: Column) -> float:
    """Change per year of a value with a trend; 0 where it has none."""
    return float(row[column.moved_by] or 0.0) if column.moved_by else 0.0


def restated(row: Row, column: Column, calendar: Calendar, first_month: int) -> Said:
    """What a cell with a trend says at another first period."""
    found = cell_of(row, column, calendar)
    if not isinstance(found.key, float) or not growth(row, column):
        return found
    years = (first_month - calendar.first_month) / 12
    value = found.key * (1.0 + growth(row, column)) ** years
    return Said(value, value)


def close(one: object, other: object) -> bool:
    """Whether two keys are the same, numbers to within ``RESTATED``."""
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= RESTATED * max(abs(one), abs(other))
    return one == other


def plainly(value: object) -> str:
    """A value inside a text: numbers without a needless tail."""
    return f"{value:,.12g}" if isinstance(value, (int, float)) else str(value)


def label(row: Row, calendar: Calendar) -> str:
    """A row's name: its key, or where it has none what it must say of itself."""
    columns = [column for column in subject(row.sheet) if (row.sheet, column.name) not in APART]
    return SEPARATOR.join(plainly(cell_of(row, column, calendar).value) for column in columns)


def subject(sheet: str) -> list[Column]:
    """The columns that say which row it is: the key; without one, required names and periods."""
    table = INPUTS[sheet]
    if table.key:
        return [table.column(name) for name in table.key]
    kinds = (Kind.NAME, Kind.TEXT, Kind.PERIOD)
    return [column for column in table if column.required and column.kind in kinds]
