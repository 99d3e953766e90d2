"""Checked values by sheet, and the world that one scenario makes of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from .contract.inputs import FOR_ACCOUNTS, INPUTS
from .contract.periods import Calendar
from .contract.problems import Problem
from .contract.schema import SEPARATOR

Key = str | tuple[str, ...]


class Row(dict):
    """One checked row: typed values by column, and where it stood.

    Numbers are floats (whole numbers ints), percent cells fractions, periods positions relative
    to the plan's first, lists of names tuples, yes/no booleans, blanks None. ``over_time`` holds
    the period columns of a wide sheet by position.
    """

    def __init__(
        self,
        values: dict[str, object],
        sheet: str,
        number: int,
        cells: dict[str, str],
        over_time: dict[int, object] | None = None,
    ) -> None:
        super().__init__(values)
        self.sheet = sheet
        self.number = number
        self.cells = cells
        self.over_time = over_time or {}

    @property
    def key(self) -> Key:
        """The row's name: one text, or a tuple where the key has several columns."""
        parts = tuple(str(self[name]) for name in INPUTS[self.sheet].key)
        return parts[0] if len(parts) == 1 else parts

    def cell(self, column: str) -> str:
        """Address of the row's cell in a column; the row's first cell where it has none."""
        letter = self.cells.get(column) or next(iter(self.cells.values()), "A")
        return f"{letter}{self.number}"


@dataclass(frozen=True)
class Accounting:
    """Rows of one sheet: read = used + ignored, always."""

    sheet: str
    read: int
    used: int
    ignored: int
    reason: str = ""


OWN = "template"
"""Kind of the cells that the template itself wrote, and nobody changed."""


@dataclass(frozen=True)
class Unread:
    """Cells that hold something and that nobody reads: where they stand, how many, and why."""

    sheet: str
    area: str
    """Ranges as Excel writes them, joined by commas; blank for a sheet without cells."""
    cells: int
    kind: str
    """sheet (one of no contract name), outside (on a table's sheet, in no table), column, or
    template (its own words: the Guide, titles, units).
    """
    why: str
    free: bool = True
    """Whether the contract leaves them free; if not, a fault or a warning stands there too."""

    @property
    def words(self) -> str:
        """The place on its sheet, how much is there, and why nobody reads it."""
        return f"{self.area or 'whole sheet'} ({counted(self.cells, 'cell')}, {self.why})"

    def __str__(self) -> str:
        return f"{self.sheet}!{self.words}" if self.area else f"{self.sheet}: {self.words}"


def counted(number: int, what: str) -> str:
    """A number with its noun: ``1 cell``, ``1,204 cells``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


@dataclass
class Tables:
    """Everything a workbook says, checked."""

    name: str
    sha256: str
    settings: dict[str, object]
    sheets: dict[str, list[Row]]
    calendar: Calendar
    warnings: list[Problem] = field(default_factory=list)
    accounting: list[Accounting] = field(default_factory=list)
    cells_read: int = 0
    """Cells of the workbook that hold something and were read; ``unread`` lists all the others."""
    unread: list[Unread] = field(default_factory=list)
    frames: dict[str, list[list[object]]] = field(default_factory=dict)
    """The sheets as read, header first: the frozen copy that a plan workbook carries."""
    numbers: dict[str, list[int]] = field(default_factory=dict)
    """Where each line of ``frames`` stood on its sheet."""

    def setting(self, name: str):  # noqa: ANN201 - a setting holds any type
        """Value of a setting, its default where the book is silent."""
        return self.settings[name]

    def rows(self, sheet: str) -> list[Row]:
        """Checked rows of a sheet in the book's order; empty where it is absent."""
        return self.sheets.get(sheet, [])

    def names(self, sheet: str) -> list[str]:
        """Names in the sheet's first key column, each once, in order."""
        column = INPUTS[sheet].key[0]
        return list(dict.fromkeys(str(row[column]) for row in self.rows(sheet)))

    @cached_property
    def scenarios(self) -> list[Row]:
        """Active scenarios in the book's order; empty for a book of one world."""
        return [row for row in self.rows("Scenarios") if row["active"]]

    @cached_property
    def so_far(self) -> dict[tuple[str, str], dict[tuple[str, str, str], float]]:
        """Amounts of So far that rules count, by (sheet, item), then (measure, member, workload).

        Blank members and workloads are empty texts.
        """
        found: dict[tuple[str, str], dict[tuple[str, str, str], float]] = {}
        for row in self.rows("So far"):
            if (row["sheet"], row["measure"]) in FOR_ACCOUNTS:
                continue
            place = (row["measure"], row["member"] or "", row["workload"] or "")
            found.setdefault((row["sheet"], row["item"]), {})[place] = row["amount"]
        return found

    def world(self, scenario: str | None = None) -> World:
        """The world of one scenario; without a name, the data as the sheets stand."""
        return World(self, scenario)


class World:
    """One timeline's data: what every room reads.

    Values that vary are paths over the plan's periods, with price growth, Timeline and the
    changes of the scenario and its ancestors applied in that order (contract §1 and §2).
    """

    def __init__(self, tables: Tables, scenario: str | None = None) -> None:
        self.tables = tables
        self.calendar = tables.calendar
        self.name = scenario or ""
        self.lineage = self._lineage(scenario)
        self._paths: dict[tuple[str, str], dict[Key, list]] = {}
        self._by_name: dict[str, dict[Key, Row]] = {}

    def _lineage(self, scenario: str | None) -> list[Row]:
        """The scenario's ancestors from the trunk down to itself."""
        if scenario is None:
            return []
        rows = {row["scenario"]: row for row in self.tables.rows("Scenarios")}
        if scenario not in rows:
            raise KeyError(scenario)
        line = [rows[scenario]]
        while line[0]["branches_from"]:
            line.insert(0, rows[line[0]["branches_from"]])
        return line

    @property
    def probability(self) -> float:
        """The scenario's probability; 1 where the book has one world."""
        return self.lineage[-1]["probability"] if self.lineage else 1.0

    def setting(self, name: str):  # noqa: ANN201 - a setting holds any type
        """Value of a setting."""
        return self.tables.setting(name)

    def rows(self, sheet: str) -> list[Row]:
        """Rows of a sheet in the book's order."""
        return self.tables.rows(sheet)

    def rules(self, sheet: str) -> list[Row]:
        """Rows of a rule sheet that are in force."""
        return [row for row in self.tables.rows(sheet) if row["active"]]

    @cached_property
    def fleet(self) -> list[Row]:
        """Units of today, up to the plan's end; what is said to come later is not used."""
        rows = self.rows("Fleet")
        return [row for row in rows if row["in_service_since"] < self.calendar.count]

    @cached_property
    def committed(self) -> list[Row]:
        """Committed orders of some units, dated up to the plan's end; a later one is not used."""
        rows = self.rows("Committed orders")
        return [row for row in rows if row["units"] and row["order_period"] < self.calendar.count]

    def by_name(self, sheet: str) -> dict[Key, Row]:
        """Rows of a sheet by their key."""
        if sheet not in self._by_name:
            self._by_name[sheet] = {row.key: row for row in self.tables.rows(sheet)}
        return self._by_name[sheet]

    # ---------------------------------------------------------------- values over time
    def path(self, sheet: str, column: str) -> dict[Key, list]:
        """Values of a varying column by item, one per period of the plan; None is no limit."""
        if (sheet, column) not in self._paths:
            self._paths[sheet, column] = self._make_path(sheet, column)
        return self._paths[sheet, column]

    def _make_path(self, sheet: str, column: str) -> dict[Key, list]:
        calendar = self.calendar
        if sheet == "Demand":
            paths = {
                row.key: [float(row.over_time[at]) for at in calendar.positions]
                for row in self.rows(sheet)
            }
        else:
            declared = INPUTS[sheet].column(column)
            paths = {}
            for row in self.rows(sheet):
                value = row[column]
                growth = (row[declared.moved_by] or 0.0) if declared.moved_by else 0.0
                paths[row.key] = (
                    [
                        None if value is None else value * (1.0 + growth) ** calendar.years(at)
                        for at in calendar.positions
                    ]
                    if growth
                    else [value] * calendar.count
                )
            self._override(paths, sheet, column)
        for change, at in self._changes(sheet, column):
            for key in self._items(sheet, change["item"], paths):
                paths[key][at] = changed(paths[key][at], change)
        return paths

    def _override(self, paths: dict[Key, list], sheet: str, column: str) -> None:
        """Lay the rows of Timeline over the paths."""
        for row in self.rows("Timeline"):
            if row["sheet"] != sheet or row["column"] != column:
                continue
            key = key_of(row["item"], sheet)
            for at, value in row.over_time.items():
                if 0 <= at < self.calendar.count and value is not None:
                    paths[key][at] = None if value == "none" else value

    def _items(self, sheet: str, item: str, known: Iterable[Key]) -> list[Key]:
        return list(known) if item == "all" else [key_of(item, sheet)]

    def _changes(self, sheet: str, column: str) -> Iterator[tuple[Row, int]]:
        """Changes of this scenario's line to a column, each with the periods it acts in."""
        for row, first, last in self.changes(sheet, column):
            for at in range(max(first, 0), min(last, self.calendar.count - 1) + 1):
                yield row, at

    def changes(self, sheet: str, column: str | None) -> Iterator[tuple[Row, int, int]]:
        """Changes of this scenario's line: (row, first period, last period), ancestors first."""
        for scenario in self.lineage:
            branch = scenario["branch_period"]
            start = 0 if branch is None else branch
            for row in self.rows("Scenario changes"):
                if row["scenario"] != scenario["scenario"] or row["sheet"] != sheet:
                    continue
                if sheet != "Demand" and row["column"] != column:
                    continue
                first = start if row["from"] is None else row["from"]
                last = self.calendar.count - 1 if row["to"] is None else row["to"]
                yield row, first, last

    @cached_property
    def demand(self) -> dict[str, list[float]]:
        """Demand by workload and period; zero where the sheet has no row."""
        paths = self.path("Demand", "")
        none = [0.0] * self.calendar.count
        return {row.key: paths.get(row.key, none) for row in self.rows("Workloads")}

    # ------------------------------------------------- values that scenarios alone can move
    def branch(self) -> int:
        """First period in which this scenario differs from its parent; 0 for a trunk."""
        at = self.lineage[-1]["branch_period"] if self.lineage else None
        return 0 if at is None else at

    def arrival(self, offer: Row, order: Row) -> int:
        """First period in which a committed order's units are there.

        Where the order says when it is delivered, changes of the trunk are in that already.
        """
        ordered, delivered = order["order_period"], order["delivery_period"]
        if delivered is None:
            return ordered + self.lead_time(offer, ordered)
        return ordered + self._delayed(offer, ordered, delivered - ordered, self.lineage[1:])

    def lead_time(self, offer: Row, order_period: int) -> int:
        """Periods from an order placed in ``order_period`` to its arrival."""
        return self._delayed(offer, order_period, offer["lead_time"], self.lineage)

    def _delayed(self, offer: Row, order_period: int, lead: int, lineage: list[Row]) -> int:
        for scenario in lineage:
            branch = scenario["branch_period"] or 0
            for row in self.rows("Scenario changes"):
                if (
                    row["scenario"] != scenario["scenario"]
                    or row["sheet"] != "Offers"
                    or row["column"] != "lead_time"
                    or row["item"] not in ("all", offer["offer"])
                ):
                    continue
                if row["from"] is not None and order_period < row["from"]:
                    continue
                if row["to"] is not None and order_period > row["to"]:
                    continue
                if order_period + lead < branch:
                    continue  # arrived before the branch: history
                lead = max(round(changed(lead, row)), 0, branch - order_period)
        return lead

    def duration(self, stage: Row, start: int) -> int:
        """Periods that a stage started in ``start`` takes."""
        length = stage["duration"]
        item = SEPARATOR.join(stage.key)
        for row, first, last in self.changes("Programme stages", "duration"):
            if row["item"] in ("all", item) and start + length > first and start <= last:
                length = max(round(changed(length, row)), 1, first - start)
        return length

    def completes(self, stage: Row, start: int) -> bool:
        """Whether a stage started in ``start`` ever finishes."""
        item = SEPARATOR.join(stage.key)
        ends = True
        for row, first, last in self.changes("Programme stages", "completes"):
            under_way = start <= last and start + self.duration(stage, start) > first
            if row["item"] in ("all", item) and under_way:
                ends = row["value"] == "yes"
        return ends

    def removed(self, sheet: str, item: str, at: int) -> bool:
        """Whether an offer, deal or contract is withdrawn in a period."""
        return any(
            row["operation"] == "remove" and row["item"] in ("all", item) and first <= at <= last
            for row, first, last in self.changes(sheet, None)
        )


def key_of(item: str, sheet: str) -> Key:
    """The key that an item's text names: a name, or the parts around `` / ``."""
    parts = tuple(item.split(SEPARATOR))
    return parts[0] if len(INPUTS[sheet].key) == 1 else parts


def changed(value: float | None, change: Row) -> float | None:
    """A value after a scenario change; no limit stays none under multiply and add."""
    operand = change["value"]
    if change["operation"] == "set":
        return None if operand == "none" else operand
    if value is None:
        return None
    return value * operand if change["operation"] == "multiply" else value + operand
