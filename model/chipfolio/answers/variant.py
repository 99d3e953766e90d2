"""A book with a named change: what is dropped, set, scaled or added, and nothing else.

A change is data, not code: it travels to another process, and its text is part of the name under
which an answer is kept. The tables handed in are never touched.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.schema import SEPARATOR, Kind
from ..tables import Key, Row, Tables, changed, key_of

NO_LIMIT = {("Sites", "power_mw"): 1e9}
"""What stands for no limit where a cell has to hold a number."""
RULES = {
    "Share rules": ("min_pct", "max_pct"),
    "Supplier counts": ("min_count", "max_count"),
    "Budgets": ("limit",),
    "Custom rules": ("limit",),
}
"""Sheets whose rows are nothing but limits, and the columns that hold them."""


@dataclass(frozen=True)
class Drop:
    """A limit taken away with its Timeline row and its changes in scenarios.

    ``member`` is one of a rule for ``each``; the others keep theirs.
    """

    sheet: str
    item: str
    column: str
    member: str = ""
    members: tuple[str, ...] = ()
    """All members of the rule, where one of them is dropped."""

    def apply(self, tables: Tables) -> Tables:
        """The tables without the limit."""
        if self.sheet == "Custom rules":
            return with_rows(tables, self.sheet, lambda row: [] if is_of(row, self.item) else [row])
        if self.member:
            return with_rows(tables, self.sheet, self.one_by_one)
        none = NO_LIMIT.get((self.sheet, self.column))
        tables = with_rows(tables, self.sheet, lambda row: self.without(row, none))
        return overridden(tables, self.sheet, self.item, self.column)

    def without(self, row: Row, none: float | None) -> list[Row]:
        """A row without the limit; no row where it has no other."""
        if not is_of(row, self.item):
            return [row]
        bare = with_values(row, {self.column: none})
        limits = RULES.get(self.sheet)
        return [] if limits and all(bare[column] is None for column in limits) else [bare]

    def one_by_one(self, row: Row) -> list[Row]:
        """A rule for each member as rules of one member each, one of them without the limit."""
        if not is_of(row, self.item) or row["member"] not in ("each", self.member):
            return [row]
        names = self.members if row["member"] == "each" else (row["member"],)
        found = []
        for name in names:
            own = with_values(row, {"member": name})
            found += self.without(own, None) if name == self.member else [own]
        return found


@dataclass(frozen=True)
class Level:
    """A cell set to a value, alike over the whole plan: its Timeline row and changes are off."""

    sheet: str
    item: str
    column: str
    value: object

    def apply(self, tables: Tables) -> Tables:
        """The tables with the cell at that value."""
        tables = with_rows(
            tables,
            self.sheet,
            lambda row: [
                with_values(row, {self.column: self.value}) if self.at(row) else row,
            ],
        )
        return overridden(tables, self.sheet, self.item, self.column)

    def at(self, row: Row) -> bool:
        """Whether a row holds the cell: of a custom rule, the one that says the limit."""
        blank = self.sheet == "Custom rules" and row[self.column] is None
        return is_of(row, self.item) and not blank


@dataclass(frozen=True)
class Move:
    """The whole path of a cell moved: to ``factor`` times itself, or to ``value`` from the start.

    Timeline moves with it; what scenarios ``set`` stays.
    """

    sheet: str
    item: str
    column: str
    factor: float | None = None
    value: object = None

    def apply(self, tables: Tables) -> Tables:
        """The tables with the path moved."""

        is_whole = INPUTS[self.sheet].column(self.column).kind is Kind.INTEGER

        def held(value: object) -> object:
            return round(value) if is_whole and isinstance(value, float) else value

        def moved(row: Row) -> list[Row]:
            if not is_of(row, self.item):
                return [row]
            if self.factor is None:
                return [with_values(row, {self.column: held(self.value)})]
            if row[self.column] is None:
                return [row]
            return [with_values(row, {self.column: held(row[self.column] * self.factor)})]

        tables = with_rows(tables, self.sheet, moved)
        if self.factor is None:
            return tables

        def later(row: Row) -> list[Row]:
            if not concerns(row, self.sheet, self.item, self.column):
                return [row]
            times = {
                at: held(value * self.factor) if isinstance(value, (int, float)) else value
                for at, value in row.over_time.items()
            }
            return [with_values(row, {}, times)]

        return with_rows(tables, "Timeline", later)


@dataclass(frozen=True)
class Change:
    """A change as a row of Scenario changes of the trunk would make it, in some periods.

    For values that vary and for demand; ``item`` may be ``all``.
    """

    sheet: str
    item: str
    column: str
    operation: str
    value: float
    first: int = 0
    last: int | None = None

    def apply(self, tables: Tables) -> Tables:
        """The tables with the values of those periods changed, before what scenarios change."""
        last = tables.calendar.count - 1 if self.last is None else self.last
        positions = range(max(self.first, 0), last + 1)

        def new(value: float | None) -> object:
            return changed(value, {"operation": self.operation, "value": self.value})

        trunk = next((row["scenario"] for row in tables.scenarios if not row["branches_from"]), "")
        if trunk:
            values = {
                "scenario": trunk,
                "sheet": self.sheet,
                "item": self.item,
                "column": self.column or None,
                "from": positions.start,
                "to": last,
                "operation": self.operation,
                "value": self.value,
            }
            more = Row(values, "Scenario changes", 0, {})
            rows = [*tables.rows("Scenario changes"), more]
            return dataclasses.replace(tables, sheets={**tables.sheets, "Scenario changes": rows})
        if self.sheet == "Demand":

            def asked(row: Row) -> list[Row]:
                if not is_of(row, self.item, also_all=True):
                    return [row]
                times = {at: new(v) if at in positions else v for at, v in row.over_time.items()}
                return [with_values(row, {}, times)]

            return with_rows(tables, "Demand", asked)
        paths = tables.world(None).path(self.sheet, self.column)
        keys = list(paths) if self.item == "all" else [key_of(self.item, self.sheet)]
        rows = [
            row
            for row in tables.rows("Timeline")
            if (row["sheet"], row["column"]) != (self.sheet, self.column)
            or key_of(row["item"], self.sheet) not in keys
        ]
        for key in keys:
            item = SEPARATOR.join(parts(key))
            moved = [new(v) if at in positions else v for at, v in enumerate(paths[key])]
            times = {at: "none" if v is None else v for at, v in enumerate(moved)}
            named = {"sheet": self.sheet, "item": item, "column": self.column}
            rows.append(Row(named, "Timeline", 0, {}, times))
        return dataclasses.replace(tables, sheets={**tables.sheets, "Timeline": rows})


@dataclass(frozen=True)
class CellChange:
    """A cell that does not vary over time, after an operation; ``item`` may be ``all``."""

    sheet: str
    item: str
    column: str
    operation: str
    value: float

    def apply(self, tables: Tables) -> Tables:
        """The tables with the cell changed; a whole number stays one."""

        def new(row: Row) -> list[Row]:
            if not is_of(row, self.item, also_all=True):
                return [row]
            value = changed(row[self.column], {"operation": self.operation, "value": self.value})
            if isinstance(value, float) and isinstance(row[self.column], int):
                value = round(value)
            return [with_values(row, {self.column: value})]

        return with_rows(tables, self.sheet, new)


@dataclass(frozen=True)
class Setting:
    """A setting at another value."""

    name: str
    value: object

    def apply(self, tables: Tables) -> Tables:
        """The tables with the setting changed."""
        return dataclasses.replace(tables, settings={**tables.settings, self.name: self.value})


@dataclass(frozen=True)
class Without:
    """A row of a sheet left out, with all rows of other sheets that hang on it."""

    sheet: str
    item: str

    def apply(self, tables: Tables) -> Tables:
        """The tables without the row."""
        tables = with_rows(tables, self.sheet, lambda row: [] if is_of(row, self.item) else [row])
        name = next(iter(INPUTS[self.sheet].key))
        if self.sheet == "Deals":
            tables = with_rows(
                tables,
                "Deal milestones",
                lambda row: [] if same(row["deal"], self.item) else [row],
            )
        for row in tables.rows("Contracts") if self.sheet == "Contracts" else ():
            if same(row["requires"] or "", self.item) and row["signing"] != "signed":
                tables = Without("Contracts", row["contract"]).apply(tables)  # it waits for ever
        if name in ("deal", "contract"):
            tables = with_rows(
                tables,
                "Share rules",
                lambda row: [] if same(row["applies_if"] or "", self.item) else [row],
            )
        return with_rows(
            tables,
            "Scenario changes",
            lambda row: (
                [] if row["sheet"] == self.sheet and same(row["item"], self.item) else [row]
            ),
        )


@dataclass(frozen=True)
class RampOff:
    """The ramp of a programme taken away."""

    programme: str

    def apply(self, tables: Tables) -> Tables:
        """The tables without the ramp."""
        return with_rows(
            tables,
            "Programme ramp",
            lambda row: [] if same(row["programme"], self.programme) else [row],
        )


@dataclass(frozen=True)
class MayBeUnmet:
    """Work that need not be met: all of it may be left unmet, at its penalty, else for nothing."""

    workload: str = ""
    """Blank: every workload."""

    def apply(self, tables: Tables) -> Tables:
        """The tables without the limit."""

        def free(row: Row) -> list[Row]:
            if self.workload and not same(row["workload"], self.workload):
                return [row]
            penalty = 0.0 if row["unmet_penalty"] is None else row["unmet_penalty"]
            return [with_values(row, {"max_unmet_pct": 1.0, "unmet_penalty": penalty})]

        return with_rows(tables, "Workloads", free)


@dataclass(frozen=True)
class Other:
    """Another book in this one's place; its hash is its name."""

    sha256: str
    tables: Tables = dataclasses.field(repr=False, compare=False)

    def apply(self, _: Tables) -> Tables:
        """The other book."""
        return self.tables


Edit = Drop | Level | Move | Change | CellChange | Setting | Without | RampOff | MayBeUnmet | Other


def edited(tables: Tables, edits: Iterable[Edit]) -> Tables:
    """The tables after all the changes, in order."""
    for edit in edits:
        tables = edit.apply(tables)
    return tables


# ------------------------------------------------------------------ rows
def same(one: object, other: object) -> bool:
    """Whether two names are one."""
    return str(one).strip().casefold() == str(other).strip().casefold()


def is_of(row: Row, item: str, also_all: bool = False) -> bool:
    """Whether a row is the one that an item names, or one of all those of its first part."""
    key = row.key
    if (also_all and item == "all") or same(SEPARATOR.join(parts(key)), item):
        return True
    return SEPARATOR not in item and len(parts(key)) > 1 and same(parts(key)[0], item)


def parts(key: Key) -> tuple[str, ...]:
    """A key as its parts."""
    return (key,) if isinstance(key, str) else key


def with_values(row: Row, values: dict[str, object], times: dict | None = None) -> Row:
    """A copy of a row with other values, or other values over time."""
    over = dict(row.over_time) if times is None else times
    return Row({**row, **values}, row.sheet, row.number, row.cells, over)


def with_rows(tables: Tables, sheet: str, made: Callable[[Row], Sequence[Row]]) -> Tables:
    """The tables with each row of a sheet replaced by the rows made of it.

    What So far says of a row goes with it.
    """
    if sheet not in tables.sheets:
        return tables
    rows = [new for row in tables.sheets[sheet] for new in made(row)]
    sheets = {**tables.sheets, sheet: rows}
    gone = {row.key for row in tables.sheets[sheet]} - {row.key for row in rows}
    names = {SEPARATOR.join(parts(key)) for key in gone} if INPUTS[sheet].key else set()
    if names and tables.rows("So far"):
        sheets["So far"] = [
            row
            for row in tables.rows("So far")
            if row["sheet"] != sheet or row["item"].split(SEPARATOR)[0] not in names
        ]
    return dataclasses.replace(tables, sheets=sheets)


def concerns(row: Row, sheet: str, item: str, column: str) -> bool:
    """Whether a row of Timeline or Scenario changes is about one cell."""
    return row["sheet"] == sheet and row["column"] == column and same(row["item"], item)


def overridden(tables: Tables, sheet: str, item: str, column: str) -> Tables:
    """The tables without what Timeline and scenarios say of one cell; of the others it stays."""
    tables = with_rows(
        tables, "Timeline", lambda row: [] if concerns(row, sheet, item, column) else [row]
    )

    def spared(row: Row) -> Iterator[Row]:
        if concerns(row, sheet, item, column):
            return
        if row["sheet"] == sheet and row["column"] == column and row["item"] == "all":
            for other in tables.rows(sheet):
                if not is_of(other, item):
                    yield with_values(row, {"item": SEPARATOR.join(parts(other.key))})
            return
        yield row

    return with_rows(tables, "Scenario changes", lambda row: list(spared(row)))
