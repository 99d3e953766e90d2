"""The contents of the template's sheets: columns, periods and rows, as given or blank."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..contract.inputs import INPUTS
from ..contract.periods import Calendar, month_of
from ..contract.problems import fold
from ..contract.schema import Column, Kind, Table
from ..contract.versions import TEMPLATE_VERSION
from .template_sheet import Field, Sheet, kind_in_words

BLANK_START, BLANK_PERIODS = "2027Q1", 20
"""What the period headings of an empty template say."""


@dataclass(frozen=True)
class Given:
    """A frame as plain values: headers and rows."""

    headers: list[str]
    rows: list[list[object]]

    def column(self, name: str) -> list[object]:
        """Values under a header, compared as the contract compares names; blanks if absent."""
        for at, header in enumerate(self.headers):
            if fold(header) == fold(name):
                return [row[at] for row in self.rows]
        return [None] * len(self.rows)


def calendar_of(settings: Given | None) -> Calendar:
    """The calendar that the settings say; that of an empty template where they say none."""
    found: dict[str, object] = {}
    if settings is not None:
        names = [fold(name) for name in settings.column("name")]
        found = dict(zip(names, settings.column("value"), strict=True))
    months = int(found.get("months_per_period") or 3)
    first = month_of(found.get("first_period"), months) if found.get("first_period") else None
    if first is None:
        start = (
            BLANK_START if months == 3 else BLANK_START[:4] + {1: "-01", 6: "H1"}.get(months, "")
        )
        first = month_of(start, months)
    return Calendar(first, months, int(found.get("periods") or BLANK_PERIODS))


def compose(table: Table, given: Given | None, calendar: Calendar) -> Sheet:
    """A sheet with all its contract columns, the periods of a wide one, and its free columns."""
    if table.vertical:
        return compose_settings(table, given, calendar)
    fields = [
        Field(column.name, "required" if column.required else "optional", column.unit, column)
        for column in table
    ]
    if table.wide:
        fields.append(Field("note unit", "label", "unit"))
        role = "required" if table.required else "optional"
        fields += [Field(label, "period " + role, "") for label in calendar.labels]
    known = {fold(item.name) for item in fields} | {"note", "source"}
    extra = [head for head in (given.headers if given else []) if fold(head) not in known]
    fields += [Field(head, "note") for head in (*extra, "note", "source")]
    rows = []
    if given is not None:
        columns = [given.column(item.name) for item in fields]
        rows = [
            [written(value, item, calendar) for value, item in zip(row, fields, strict=True)]
            for row in zip(*columns, strict=True)
        ]
    return Sheet(table, fields, rows)


def compose_settings(table: Table, given: Given | None, calendar: Calendar) -> Sheet:
    """The settings, each in a row: as given, else their default, else blank."""
    fields = [
        Field("name", "label", "setting"),
        Field("value", "required", "value"),
        Field("unit", "label", "unit"),
        Field("meaning", "label", "what it does"),
        Field("note", "note"),
        Field("source", "note"),
    ]
    heads = ("value", "note", "source")
    names = given.column("name") if given else []
    columns = zip(*(given.column(head) for head in heads), strict=True) if given else ()
    found = {fold(name): row for name, row in zip(names, columns, strict=True)}
    starting = {
        "first_period": calendar.label(0),
        "periods": calendar.count,
        "template_version": TEMPLATE_VERSION,
    }
    rows: list[list[object]] = []
    settings: list[Column | None] = []
    for column in table:
        value, note, source = found.pop(fold(column.name), (None, None, None))
        if value is None:
            value = starting.get(column.name, column.default)
        unit = column.unit or kind_in_words(column)
        value = written(value, Field("value", "required", "", column), calendar)
        rows.append([column.name, value, unit, column.doc, note, source])
        settings.append(column)
    for name, (value, note, source) in found.items():
        rows.append([name, value, None, None, note, source])
        settings.append(None)
    return Sheet(table, fields, rows, settings)


def written(value: object, item: Field, calendar: Calendar) -> object:
    """A value as the template writes it: yes and no in words, periods as labels."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (datetime, date)) and item.column is not None:
        position = calendar.position(value) if item.column.kind is Kind.PERIOD else None
        return value.isoformat() if position is None else calendar.label(position)
    return value


def fill_units(sheets: list[Sheet]) -> None:
    """Say beside each row of a wide sheet in which unit its numbers are."""
    named = {sheet.name: sheet for sheet in sheets}
    workloads = named["Workloads"]
    name, unit = workloads.place("workload"), workloads.place("unit")
    default = workloads.table.column("unit").default
    units = {fold(row[name]): row[unit] or default for row in workloads.rows}
    for row in named["Demand"].rows:
        at = named["Demand"].place("note unit")
        row[at] = row[at] or units.get(fold(row[0]), "")
    for row in named["Timeline"].rows:
        at = named["Timeline"].place("note unit")
        table = next((INPUTS[name] for name in INPUTS if fold(name) == fold(row[0])), None)
        columns = {column.name: column for column in table} if table else {}
        column = columns.get(fold(row[2]))
        row[at] = row[at] or (column.unit if column else "")
