"""A workbook of an older template in the present one: everything in its place, or listed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ..checking.blocks import letters_of
from ..checking.cells import as_text
from ..checking.check import IGNORED_HEADERS
from ..checking.raw import RawBook, RawTable, Unreadable
from ..contract.inputs import INPUTS
from ..contract.periods import Calendar
from ..contract.problems import Problem, fold, shown
from ..contract.versions import TEMPLATE_VERSION, columns_of
from ..errors import WorkbookError
from ..workbook.free import Cells, cover_of, free_sheets
from ..workbook.plan_back import refuse_plan
from ..workbook.preflight import preflight
from ..workbook.read import formulas_of, read_book
from ..workbook.template import (
    Given,
    calendar_of,
    put_whole,
    refuse_existing,
    template_bytes,
)

OLDEST = "1"
"""The version of a workbook that does not say its own."""
OURS = ("unit", "meaning")
"""Columns of Settings that the template writes itself."""


@dataclass(frozen=True)
class Unplaced:
    """A cell of the old workbook that the new one has no place for, or holds as a value only."""

    place: str
    value: str
    why: str

    def __str__(self) -> str:
        return f"{self.place} {self.value!r} {self.why}"


@dataclass
class Migration:
    """What was done: versions, steps in words, cells without a place, formulas now values."""

    path: Path
    old_version: str
    steps: list[str] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    formulas: list[Unplaced] = field(default_factory=list)


def migrate(old: Path, new: Path) -> Migration:
    """Write the workbook ``old``, of an older template, in the present one as ``new``.

    The old file stays as it is; ``new`` must not exist. Raises WorkbookError for a workbook of a
    newer version or one that cannot be read, LockedError where ``new`` cannot be written.
    """
    refuse_existing(new)
    refuse_plan(old)
    raw = read_book(old)
    faults = [problem for problem in raw.problems if problem.severity == "fault"]
    if faults:
        raise WorkbookError(faults)
    done = Migration(new, version_of(raw))
    done.steps = steps(done.old_version)
    calendar = calendar_of(settings_of(raw))
    frames = {sheet: placed(table, calendar, done.unplaced) for sheet, table in raw.tables.items()}
    free = free_sheets(old, raw.ignored_sheets)
    take_formulas(old, raw, free, done)
    put_whole(template_bytes(frames, blank=True, free=free, cover=cover_of(old)), new)
    return done


def settings_of(raw: RawBook) -> Given | None:
    """The settings as plain values."""
    table = raw.tables.get("Settings")
    if table is None:
        return None
    return Given(
        [str(column.header) for column in table.columns],
        [[None if isinstance(v, Unreadable) else v for v in row] for _, row in table.rows],
    )


def version_of(raw: RawBook) -> str:
    """The version that a workbook says it is of; WorkbookError for one that is not known here."""
    settings = settings_of(raw)
    said = {}
    if settings is not None:
        names = [fold(name) for name in settings.column("name")]
        said = dict(zip(names, settings.column("value"), strict=True))
    found = as_text(said.get("template_version") or OLDEST)
    if found.isdigit() and int(found) > int(TEMPLATE_VERSION):
        need = (
            f"is newer than this chipfolio, which knows versions up to {TEMPLATE_VERSION}: "
            "install the chipfolio that the workbook was made with, or a later one."
        )
        raise WorkbookError([Problem("Settings", "", "template_version", found, need)])
    try:
        columns_of(found)
    except KeyError:
        need = (
            f"is no version of the template: versions are whole numbers up to {TEMPLATE_VERSION}."
        )
        raise WorkbookError([Problem("Settings", "", "template_version", found, need)]) from None
    return found


def steps(version: str) -> list[str]:
    """What each later version brought, in words."""
    found = []
    for number in range(int(version), int(TEMPLATE_VERSION)):
        before, after = columns_of(str(number)), columns_of(str(number + 1))
        for words, one, other in (("new", after, before), ("no more", before, after)):
            sheets = [sheet for sheet in one if sheet not in other]
            columns = [
                f"{sheet}.{column}"
                for sheet in one
                if sheet in other
                for column in one[sheet]
                if column not in other[sheet]
            ]
            for what, names in (("sheets", sheets), ("columns", columns)):
                if names:
                    step = f"version {number} to {number + 1}: {words} {what}: "
                    found.append(step + ", ".join(names))
    return found


def placed(table: RawTable, calendar: Calendar, unplaced: list[Unplaced]) -> pd.DataFrame:
    """A table with the headings of the present template; cells without one are listed."""
    names: list[str | None] = []
    for column in table.columns:
        name = heading(table.sheet, column.header, calendar)
        names.append(None if name in names else name)
    known = {column.name for column in INPUTS["Settings"]}
    rows = []
    for number, cells in table.rows:
        row = {}
        for name, column, value in zip(names, table.columns, cells, strict=True):
            place = f"{table.title}!{column.letter}{number}"
            if isinstance(value, Unreadable):
                unplaced.append(Unplaced(place, value.shown, value.need))
            elif name is not None:
                row[name] = value
            elif value is not None and not (INPUTS[table.sheet].vertical and ours(column.header)):
                why = f"stands under {column.header!r}, which the present template does not have"
                unplaced.append(Unplaced(place, shown(value), why))
        if table.sheet == "Settings":
            setting = fold(row.get("name") or "")
            if setting == "template_version":
                row["value"] = TEMPLATE_VERSION
            elif setting and setting not in known:
                place = f"{table.title}!{table.columns[names.index('name')].letter}{number}"
                why = "is a setting that the present template does not have"
                unplaced.append(Unplaced(place, f"{setting} = {shown(row.get('value'))}", why))
                continue
        rows.append(row)
    heads = [name for name in names if name is not None]
    while rows and all(value is None for value in rows[-1].values()):
        rows.pop()
    return pd.DataFrame(
        [[row.get(name) for name in heads] for row in rows], columns=heads, dtype=object
    )


def heading(sheet: str, header: object, calendar: Calendar) -> str | None:
    """The present template's heading for a column; None where it has none."""
    if header is None or isinstance(header, Unreadable):
        return None
    table, head = INPUTS[sheet], fold(header)
    if head in (("name", "value") if table.vertical else table.names):
        return head
    if head.startswith(IGNORED_HEADERS):
        return head if head in ("note", "source", "note unit") else as_text(header)
    position = calendar.position(header) if table.wide else None
    if position is not None and 0 <= position < calendar.count:
        return calendar.label(position)
    return None


def ours(header: object) -> bool:
    """Whether a column of Settings is written by the template itself."""
    return header is not None and fold(header) in OURS


def take_formulas(path: Path, raw: RawBook, free: dict[str, Cells], done: Migration) -> None:
    """List the formulas of tables and free sheets: the new workbook holds their values.

    A formula of a table without a value is listed already, as a cell that cannot be read.
    """
    why = "is a formula: its value was taken"
    formulas = {
        (title, f"{letters_of(at)}{row}"): text
        for (title, row, at), text in formulas_of(preflight(path)).items()
    }
    filled = {
        title: {f"{letters_of(at)}{row}" for row, at in cells} for title, cells in free.items()
    }
    for table in raw.tables.values():
        for number, cells in table.rows:
            for column, value in zip(table.columns, cells, strict=True):
                text = formulas.get((table.title, f"{column.letter}{number}"))
                if text is not None and not isinstance(value, Unreadable):
                    place = f"{table.title}!{column.letter}{number}"
                    done.formulas.append(Unplaced(place, text, why))
    for (title, cell), text in formulas.items():
        if title in free:
            place = f"{title}!{cell}"
            if cell in filled[title]:
                done.formulas.append(Unplaced(place, text, why))
            else:
                done.unplaced.append(Unplaced(place, text, "has no calculated value"))
