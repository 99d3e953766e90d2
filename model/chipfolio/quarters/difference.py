"""What differs between the inputs of two workbooks, told by names.

Blind to the order of rows and columns, to where tables stand, to formatting and to spellings in
other cases; and to another first period where the value at a date is the same. Values are compared
cell by cell, so a difference is what somebody typed: its old value, its new one, and by how much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from ..contract.inputs import INPUTS
from ..contract.schema import Column, Kind, Table
from ..tables import Row
from .books import Book
from .order import reordered
from .pairing import Pairs, paired
from .values import Said, cell_of, close, label, plainly, restated, said, subject

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class Difference:
    """One thing that differs. ``what``: added, removed, changed or reordered.

    ``old`` and ``new`` are numbers, texts or None; of a whole row, its filled cells as a text.
    ``change`` is (new − old) ÷ |old|, a fraction, where both are numbers and old is not 0.
    ``cell`` is where it stands in the newer book, or in the older one if it is gone.
    """

    what: str
    sheet: str
    item: str
    column: str
    period: str
    old: object
    new: object
    change: float | None
    cell: str

    def as_dict(self) -> dict[str, object]:
        """Plain values, for JSON and tables."""
        return asdict(self)

    @property
    def moves(self) -> bool:
        """Whether any plan depends on it."""
        return moves_plan(self.sheet, self.item if self.sheet == "Settings" else self.column)


@dataclass
class Differences:
    """Differences of inputs, and those of notes and free sheets, which move no plan."""

    inputs: list[Difference] = field(default_factory=list)
    notes: list[Difference] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.inputs or self.notes)


def differences(old: Book, new: Book) -> Differences:
    """What differs from ``old`` to ``new``, in the contract's order of sheets."""
    found = Differences()
    for table in INPUTS.values():
        if table.vertical:
            found.inputs += settings(old, new)
            found.notes += setting_notes(old, new)
            continue
        sheet = table.name
        before, after = old.tables, new.tables
        pairs = paired(
            sheet, before.rows(sheet), after.rows(sheet), before.calendar, after.calendar
        )
        found.inputs += rows(table, pairs, old, new)
        found.inputs += [
            Difference(
                "reordered", sheet, item, column, "", was, now, None, new.place(row, "value")
            )
            for row, item, column, was, now in reordered(sheet, pairs.both, before, after)
        ]
        found.notes += notes(sheet, pairs, old, new)
    found.notes += free_rows(old, new)
    return found


def moves_plan(sheet: str, column: str) -> bool:
    """Whether a plan depends on a column; a blank one, or a period, stands for the whole row."""
    table = INPUTS[sheet]
    known = {one.name: one for one in table}
    return table.read_by == "model" and (column not in known or known[column].read_by == "model")


def difference(
    what: str, sheet: str, item: str, column: str, period: str, was: Said, now: Said, cell: str
) -> Difference:
    """A difference with its change as a share."""
    change = None
    if isinstance(was.key, float) and isinstance(now.key, float) and was.key:
        change = (now.key - was.key) / abs(was.key)
    return Difference(what, sheet, item, column, period, was.value, now.value, change, cell)


NOTHING = Said(None, None)


# ------------------------------------------------------------------------------ settings
def settings(old: Book, new: Book) -> Iterator[Difference]:
    """Settings whose values differ; one that is not given has its default."""
    for column in INPUTS["Settings"]:
        was = setting(old, column)
        now = setting(new, column)
        if was.key != now.key:
            cell = new.setting_place(column.name) or old.setting_place(column.name)
            yield difference(CHANGED, "Settings", column.name, "value", "", was, now, cell)


def setting(book: Book, column: Column) -> Said:
    """What a setting says."""
    calendar = book.tables.calendar
    if column.name == "first_period":
        return said(column, 0, calendar)
    value = book.tables.settings[column.name]
    if column.kind is Kind.CHOICE and str(value).isdigit():
        value = int(value)
    if column.kind is Kind.YES_NO and isinstance(value, str):
        value = value == "yes"
    return said(column, value, calendar)


def setting_notes(old: Book, new: Book) -> Iterator[Difference]:
    """Notes beside settings that differ."""
    before, after = dict(old.settings()), dict(new.settings())
    was, now = old.notes("Settings"), new.notes("Settings")
    for name in dict.fromkeys([*before, *after]):
        yield from noted(
            "Settings", name, was.get(before.get(name, 0)), now.get(after.get(name, 0))
        )


# ------------------------------------------------------------------------------ rows
def rows(table: Table, pairs: Pairs, old: Book, new: Book) -> Iterator[Difference]:
    """Rows that one book alone has, and cells of rows of both that differ."""
    for row in pairs.removed:
        yield from whole_row(REMOVED, table, row, old, new)
    for was, now in pairs.both:
        yield from cells(table, was, now, old, new)
    for row in pairs.added:
        yield from whole_row(ADDED, table, row, new, old)


def whole_row(what: str, table: Table, row: Row, book: Book, other: Book) -> Iterator[Difference]:
    """A row that one book alone has: its cells as one text; of a wide sheet, each period's."""
    calendar = book.tables.calendar
    item = label(row, calendar)
    if table.wide:
        for month in periods(book, other):
            value = over_time(row, book, month)
            if value.key is not None:
                yield dated(what, row, month, value, book)
        return
    said_of = {column: cell_of(row, column, calendar) for column in table}
    filled = [
        f"{column.name} {plainly(found.value)}"
        for column, found in said_of.items()
        if found.key not in (None, frozenset()) and found.value != column.default
        if column not in subject(table.name)
    ]
    text = ", ".join(filled)
    was, now = (None, text) if what == ADDED else (text, None)
    cell = book.place(row, table.names[0])
    yield Difference(what, table.name, item, "", "", was, now, None, cell)


def cells(table: Table, was: Row, now: Row, old: Book, new: Book) -> Iterator[Difference]:
    """Cells of one row that differ between two books."""
    before, after = old.tables.calendar, new.tables.calendar
    item = label(now, after)
    first = max(before.first_month, after.first_month)
    for column in table:
        one, other = cell_of(was, column, before), cell_of(now, column, after)
        if before.first_month != after.first_month and column.moved_by:
            one, other = (
                restated(was, column, before, first),
                restated(now, column, after, first),
            )
            if close(one.key, other.key):
                continue
        if one.key != other.key:
            place = new.place(now, column.name)
            yield difference(CHANGED, table.name, item, column.name, "", one, other, place)
    if not table.wide:
        return
    ends = {end_of(old), end_of(new)}
    for month in periods(old, new):
        one, other = over_time(was, old, month), over_time(now, new, month)
        if one.key == other.key:
            continue
        if len(ends) > 1 and month >= min(ends):
            if other.key is not None:
                yield dated(ADDED, now, month, other, new)
            else:
                yield dated(REMOVED, was, month, one, old)
            continue
        at = (month - after.first_month) // after.months
        place, period = new.period_place(now, at), after.label(at)
        yield difference(CHANGED, table.name, item, varied(now), period, one, other, place)


def dated(what: str, row: Row, month: int, value: Said, book: Book) -> Difference:
    """A value of a period that one book alone has."""
    calendar = book.tables.calendar
    at = (month - calendar.first_month) // calendar.months
    was, now = (NOTHING, value) if what == ADDED else (value, NOTHING)
    item, place = label(row, calendar), book.period_place(row, at)
    return difference(what, row.sheet, item, varied(row), calendar.label(at), was, now, place)


def varied(row: Row) -> str:
    """The column that a row of Timeline varies; a row of Demand names none."""
    return str(row["column"]) if row.sheet == "Timeline" else ""


def end_of(book: Book) -> int:
    """The first month after a book's plan."""
    calendar = book.tables.calendar
    return calendar.first_month + calendar.count * calendar.months


def periods(one: Book, other: Book) -> list[int]:
    """First months of the periods that are compared: those over in one of the books are not."""
    first = max(one.tables.calendar.first_month, other.tables.calendar.first_month)
    months = {
        book.tables.calendar.first_month + at * book.tables.calendar.months
        for book in (one, other)
        for at in book.tables.calendar.positions
    }
    return sorted(month for month in months if month >= first)


def over_time(row: Row, book: Book, month: int) -> Said:
    """What a row of a wide sheet says of the period that begins in a month."""
    calendar = book.tables.calendar
    at, rest = divmod(month - calendar.first_month, calendar.months)
    value = None if rest or not 0 <= at < calendar.count else row.over_time.get(at)
    if isinstance(value, (int, float)):
        return Said(float(value), value)
    return Said(value, value)


# ------------------------------------------------------------------------------ notes
def notes(sheet: str, pairs: Pairs, old: Book, new: Book) -> Iterator[Difference]:
    """Notes of the rows of both books that differ."""
    was, now = old.notes(sheet), new.notes(sheet)
    for one, other in pairs.both:
        item = label(other, new.tables.calendar)
        yield from noted(sheet, item, was.get(one.number), now.get(other.number))


def noted(
    sheet: str,
    item: str,
    was: dict[str, tuple[str, str]] | None,
    now: dict[str, tuple[str, str]] | None,
) -> Iterator[Difference]:
    """Notes of one row that differ, by heading."""
    before, after = was or {}, now or {}
    for head in dict.fromkeys([*before, *after]):
        one, at = before.get(head, (None, ""))
        other, place = after.get(head, (None, at))
        if one != other:
            what = ADDED if one is None else REMOVED if other is None else CHANGED
            yield Difference(what, sheet, item, head, "", one, other, None, f"{sheet}!{place}")


def free_rows(old: Book, new: Book) -> Iterator[Difference]:
    """Rows of free sheets that one book alone has, whatever their order."""
    for title in dict.fromkeys([*old.free, *new.free]):
        left = list(new.free.get(title, []))
        gone = []
        for row in old.free.get(title, []):
            if row in left:
                left.remove(row)
            else:
                gone.append(row)
        for row in gone:
            yield Difference(REMOVED, title, "", "", "", " | ".join(row), None, None, title)
        for row in left:
            yield Difference(ADDED, title, "", "", "", None, " | ".join(row), None, title)
