"""The book as the rules look at it, and the small questions that many rules ask."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from ...contract.dimensions import DIMENSIONS, SERVED_DIMENSIONS
from ...contract.inputs import INPUTS
from ...contract.lines import BUDGET_WORDS
from ...contract.periods import MONTHS_PER_YEAR
from ...contract.problems import Problem, fold, shown
from ...contract.schema import SEPARATOR
from ...tables import Row, Tables
from ..raw import RawBook, Unreadable

TOLERANCE = 1e-9


PROBABILITY_TOLERANCE = 1e-9


KW_PER_MW = 1000.0


PLAIN_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)


BUDGET_LINES = tuple(BUDGET_WORDS)


ORDERED = (*DIMENSIONS, "offer")


COUNTED_BY = {
    "order_units": ORDERED,
    "order_spend": ORDERED,
    "units_in_service": ORDERED,
    "power_mw": ORDERED,
    "served": (*SERVED_DIMENSIONS, "workload"),
    "unmet": ("workload",),
    "stage_started": ("stage", "programme"),
    "software_started": ("project", "platform"),
    "contract_signed": ("contract", "seller"),
}
"""By which dimensions each quantity of a custom rule can be narrowed."""


WINDOWED = ("Contracts", "Share rules", "Supplier counts", "Budgets", "Custom rules")


PAIRS = (
    ("Offers", "first_order", "last_order"),
    ("Site projects", "first_start", "last_start"),
    ("Programme stages", "first_start", "last_start"),
    ("Software", "first_start", "last_start"),
    ("Contracts", "first_signing", "last_signing"),
    ("Deals", "first_signing", "last_signing"),
    *((sheet, "from", "to") for sheet in WINDOWED),
    ("Scenario changes", "from", "to"),
    ("Ranges", "from", "to"),
    ("Questions", "from", "to"),
)
"""First and last periods that stand side by side."""


class View:
    """The book as the rules look at it: rows, cells as shown, values over time.

    Rules use ``row.get(column)``: a faulty cell is missing by then, and a check must not count
    as the model reading the column, which is watched as ``row[column]`` (test_no_dead_input).
    """

    def __init__(self, tables: Tables, book: RawBook) -> None:
        self.tables = tables
        self.book = book
        self.calendar = tables.calendar
        self.last = tables.calendar.count - 1
        self._named: dict[str, dict[str, Row]] = {}
        self._items: dict[str, dict[str, str]] = {}
        self._found: dict[str, tuple[dict[str, int], dict[int, list[object]]]] = {}

    # ------------------------------------------------------------------ rows and cells
    def rows(self, sheet: str) -> list[Row]:
        """Rows of a sheet in the book's order."""
        return self.tables.rows(sheet)

    def active(self, sheet: str) -> list[Row]:
        """Rows of a sheet of rules that are in force."""
        return [row for row in self.rows(sheet) if row.get("active")]

    def named(self, sheet: str) -> dict[str, Row]:
        """Rows by the name in their first key column."""
        if sheet not in self._named:
            key = INPUTS[sheet].key[0]
            self._named[sheet] = {
                str(row.get(key)): row for row in self.rows(sheet) if row.get(key) is not None
            }
        return self._named[sheet]

    def items(self, sheet: str) -> dict[str, str]:
        """What Timeline and changes can name on a sheet, by its folded form, as spelled there."""
        if sheet not in self._items:
            self._items[sheet] = {fold(item_of(row)): item_of(row) for row in self.rows(sheet)}
        return self._items[sheet]

    def groups(self, sheet: str, column: str) -> dict[str, list[Row]]:
        """Rows of a sheet that share a name in a column."""
        found: dict[str, list[Row]] = {}
        for row in self.rows(sheet):
            if row.get(column) is not None:
                found.setdefault(str(row.get(column)), []).append(row)
        return found

    def seen(self, row: Row, column: str) -> object:
        """A cell as the book shows it, before anything was made of it."""
        if row.sheet not in self._found:
            raw = self.book.tables[row.sheet]
            heads = {fold(head.header): at for at, head in enumerate(raw.columns)}
            self._found[row.sheet] = (heads, dict(raw.rows))
        heads, rows = self._found[row.sheet]
        if column not in heads or row.number not in rows:
            return None
        value = rows[row.number][heads[column]]
        return value.shown if isinstance(value, Unreadable) else value

    def blank(self, row: Row, column: str) -> bool:
        """Whether the book says nothing there; a cell that could not be read says something."""
        return self.seen(row, column) is None

    def complete(self, *columns: tuple[str, str]) -> bool:
        """Whether those columns are there and each of their cells could be read."""
        return all(
            sheet in self.book.tables
            and all(row.get(column) is not None for row in self.rows(sheet))
            for sheet, column in columns
        )

    def fault(self, row: Row, column: str, need: str, near: str = "") -> Problem:
        """A fault at the row's cell in a column."""
        return self.problem(row, column, need, near, "fault")

    def warning(self, row: Row, column: str, need: str, near: str = "") -> Problem:
        """A warning at the row's cell in a column."""
        return self.problem(row, column, need, near, "warning")

    def problem(
        self, row: Row, column: str, need: str, near: str = "", severity: str = "fault"
    ) -> Problem:
        """A problem at the row's cell in a column."""
        value = shown(self.seen(row, column))
        return Problem(self.title(row.sheet), row.cell(column), column, value, need, near, severity)

    def title(self, sheet: str) -> str:
        """The worksheet on which a contract sheet was found."""
        return self.book.tables[sheet].title

    def setting_warning(self, name: str, need: str) -> Problem:
        """A warning at the value of a setting."""
        return replace(self.setting_fault(name, need), severity="warning")

    def setting_fault(self, name: str, need: str) -> Problem:
        """A fault at the value of a setting."""
        raw = self.book.tables["Settings"]
        heads = [fold(head.header) for head in raw.columns]
        cell = ""
        if "name" in heads and "value" in heads:
            at, letter = heads.index("name"), raw.columns[heads.index("value")].letter
            cell = next((f"{letter}{n}" for n, row in raw.rows if fold(row[at]) == name), "")
        value = shown(self.tables.settings.get(name))
        return Problem(raw.title, cell, name, value, need)

    # ------------------------------------------------------------------ time
    def label(self, at: int) -> str:
        """The label of a period."""
        return self.calendar.label(at)

    def window_of(self, row: Row, first: str = "from", last: str = "to") -> tuple[int, int]:
        """First and last period of a row, cut to the plan."""
        start, end = row.get(first), row.get(last)
        return max(0, start or 0), self.last if end is None else min(self.last, end)

    def periods(self, months: float) -> int:
        """Months as whole periods, rounded up."""
        return max(1, math.ceil(months / self.calendar.months - TOLERANCE))

    def over_time(self, row: Row, column: str) -> list[float | None]:
        """Values of a varying column over the plan, with growth and Timeline, no scenario."""
        count = self.calendar.count
        if row.sheet == "Demand":
            return [row.over_time.get(at) for at in range(count)]
        declared = INPUTS[row.sheet].column(column)
        value = row.get(column)
        growth = (row.get(declared.moved_by) or 0.0) if declared.moved_by else 0.0
        values = [value] * count
        if growth and value is not None:
            values = [grown(value, growth, self.calendar.years(at)) for at in range(count)]
        over = self.timeline.get((row.sheet, item_of(row), column))
        for at, moved in over.over_time.items() if over else ():
            if 0 <= at < count and moved is not None:
                values[at] = None if moved == "none" else moved
        return values

    @cached_property
    def timeline(self) -> dict[tuple[object, object, object], Row]:
        """Rows of Timeline by sheet, item and column, as settled."""
        return {
            (row.get("sheet"), row.get("item"), row.get("column")): row
            for row in self.rows("Timeline")
        }

    def moved(self, sheet: str, item: str, *columns: str) -> bool:
        """Whether some scenario changes one of these values, so that the sheet is not all."""
        return any(
            row.get("sheet") == sheet
            and row.get("column") in columns
            and row.get("item") in ("all", item)
            for row in self.rows("Scenario changes")
        )

    def withdrawn(self, sheet: str, item: str) -> bool:
        """Whether some scenario removes an offer, a deal or a contract for a time."""
        return any(
            row.get("sheet") == sheet
            and row.get("operation") == "remove"
            and row.get("item") in ("all", item)
            for row in self.rows("Scenario changes")
        )

    def impossible(self, sheet: str, item: str, *columns: str) -> str:
        """Severity of what cannot be: a fault, unless some scenario changes what it rests on."""
        return "warning" if self.moved(sheet, item, *columns) else "fault"

    # ------------------------------------------------------------------ who is who
    def members(self, dimension: str) -> dict[str, str]:
        """The names of a dimension, by their folded form, as their sheet spells them."""
        if dimension == "stage":
            names: Iterable[object] = [item_of(row) for row in self.rows("Programme stages")]
        else:
            sheet, column = NAMED_ON[dimension]
            choices = INPUTS[sheet].column(column).choices
            names = choices or [row.get(column) for row in self.rows(sheet)]
        found: dict[str, str] = {}
        for name in names:
            if name is not None:
                found.setdefault(fold(name), str(name))
        return found

    def suits(self, chip: Row, site: Row) -> bool:
        """Whether a site's cooling suits a chip."""
        return site.get("cooling") in ("both", chip.get("cooling"))

    def open_sites(self, offer: Row) -> list[Row]:
        """Sites at which an offer's units may stand."""
        chip = self.named("Chips").get(str(offer.get("chip")))
        allowed = offer.get("sites")
        return [
            site
            for site in self.rows("Sites")
            if (not allowed or site.get("site") in allowed)
            and (chip is None or self.suits(chip, site))
        ]

    def tells(self, sheet: str, item: str) -> list[Row]:
        """Rows of So far on an item."""
        return [
            row
            for row in self.rows("So far")
            if (row.get("sheet"), row.get("item")) == (sheet, item)
        ]

    def told(self, sheet: str, item: str, measure: str) -> float:
        """Amount of a measure that So far tells of an item; 0 where it says nothing."""
        rows = [row for row in self.tells(sheet, item) if row.get("measure") == measure]
        return sum(row.get("amount") or 0.0 for row in rows)

    def covered(self, row: Row) -> list[Row]:
        """Offers that a discount or a contract covers."""
        return [offer for offer in self.rows("Offers") if covers(row, offer)]

    @cached_property
    def standing(self) -> list[Standing]:
        """Units that are in service whatever the plan decides: fleet, and orders sent to a site."""
        found = []
        chips = self.named("Chips")
        for row in self.rows("Fleet"):
            chip, since = chips.get(str(row.get("chip"))), row.get("in_service_since")
            if chip is None or since is None or not row.get("units"):
                continue
            last = self.leaves(chip, row.get("acquisition"), since, row.get("until"))
            found.append(Standing(row, chip, row.get("site"), row.get("acquisition"), since, last))
        offers = self.named("Offers")
        for row in self.rows("Committed orders"):
            offer, placed = offers.get(str(row.get("offer"))), row.get("order_period")
            chip = chips.get(str(offer.get("chip"))) if offer else None
            if chip is None or placed is None or not row.get("units"):
                continue
            if offer.get("acquisition") != "cloud" and row.get("site") is None:
                continue
            first = row.get("delivery_period")
            if first is None:
                first = placed + (offer.get("lead_time") or 0)
            term = offer.get("term_months")
            until = first + self.periods(term) - 1 if term else None
            last = self.leaves(chip, offer.get("acquisition"), first, until)
            site = None if offer.get("acquisition") == "cloud" else row.get("site")
            found.append(Standing(row, chip, site, offer.get("acquisition"), first, last))
        return found

    def leaves(self, chip: Row, acquisition: object, first: int, until: int | None) -> int:
        """Last period in which units serve."""
        if acquisition != "buy":
            return self.last if until is None else until
        years = chip.get("life_years") or 0.0
        return first + self.periods(years * MONTHS_PER_YEAR) - 1


@dataclass(frozen=True)
class Standing:
    """Units whose place and time are known before any decision."""

    row: Row
    chip: Row
    site: str | None
    acquisition: object
    first: int
    last: int

    @property
    def units(self) -> float:
        """How many."""
        return float(self.row.get("units") or 0.0)

    @property
    def known(self) -> dict[str, object]:
        """Chip, offer (none of today's fleet), acquisition and site."""
        return {
            "chip": self.chip.get("chip"),
            "offer": self.row.get("offer"),
            "acquisition": self.acquisition,
            "site": self.site,
        }

    @property
    def sellable(self) -> bool:
        """Whether the plan may sell them early."""
        return self.acquisition == "buy" and self.chip.get("resale_pct") is not None


NAMED_ON = {
    **{name: found.listed_on for name, found in DIMENSIONS.items()},
    "offer": ("Offers", "offer"),
    "workload": ("Workloads", "workload"),
    "project": ("Software", "project"),
    "contract": ("Contracts", "contract"),
}
"""Sheet and column that list the names of a dimension, those of custom rules included."""


def covers(row: Row, offer: Row) -> bool:
    """Whether a discount or a contract covers an offer."""
    if row.get("seller") is None or row.get("seller") != offer.get("seller"):
        return False
    return row.get("offer") in (None, offer.get("offer"))


def item_of(row: Row) -> str:
    """A row's name as one text, its parts joined."""
    return SEPARATOR.join(str(row.get(column)) for column in INPUTS[row.sheet].key)


def grown(value: float, growth: float, years: float) -> float:
    """A value after years of growth; infinite where it grows past what a number can hold."""
    try:
        return value * (1.0 + growth) ** years
    except OverflowError:
        return math.inf


def listed(words: Iterable[object], most: int = 6) -> str:
    """Words as a list in a sentence, cut after a few."""
    words = [str(word) for word in words]
    return ", ".join(words[:most]) + (" …" if len(words) > most else "")


EXPONENT_FROM = 1e5
"""From here on six digits are whole numbers, which are never written with an exponent."""


def number(value: float) -> str:
    """A number as a reader writes it."""
    return f"{value:,.6g}" if abs(value) < EXPONENT_FROM else f"{value:,.0f}"


def percent(value: float) -> str:
    """A share as a reader writes it."""
    return f"{100 * value:.6g} %"
