"""What a single cell cannot show: faults and warnings across rows and sheets.

Each rule is a generator named as the sentence that holds for a good book. Those that settle
spellings come first, because the others, and every room, compare names exactly. A fault is what
the contract forbids or what no plan could keep; what is legal but odd is a warning.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ..tables import Row, Tables, changed
from .check import LARGEST_NUMBER, YES, Fault, likely_number, number_of
from .inputs import ACQUISITIONS, CASH_LINES, DIMENSIONS, INPUTS, SERVED_DIMENSIONS
from .periods import MONTHS_PER_YEAR, Window
from .problems import Problem, fold, near_match, shown
from .raw import RawBook, Unreadable
from .schema import SEPARATOR, Column, Kind, Table

TOLERANCE = 1e-9
PROBABILITY_TOLERANCE = 1e-9
KW_PER_MW = 1000.0
PLAIN_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
BUDGET_LINES = (*CASH_LINES, "capex", "opex", "all")

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

CHANGED_BESIDE_VARYING = {
    ("Programme stages", "duration"),
    ("Programme stages", "completes"),
    ("Offers", "lead_time"),
    ("Software", "efficiency"),
}
"""What scenarios may change though Timeline may not."""
REMOVED = ("Offers", "Deals", "Contracts")
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
)
"""First and last periods that stand side by side."""


def across_rows(tables: Tables, book: RawBook) -> Iterator[Problem]:
    """Every fault and warning that needs more than one cell to be seen."""
    view = View(tables, book)
    for rule in RULES:
        yield from rule(view)


class View:
    """The book as the rules look at it: rows, cells as shown, values over time.

    Cells are read with ``get``: a faulty one may be missing, and a rule is no use of a column.
    """

    def __init__(self, tables: Tables, book: RawBook) -> None:
        self.tables = tables
        self.book = book
        self.calendar = tables.calendar
        self.last = tables.calendar.count - 1
        self._named: dict[str, dict[str, Row]] = {}
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
        raw = self.book.tables["Settings"]
        heads = [fold(head.header) for head in raw.columns]
        cell = ""
        if "name" in heads and "value" in heads:
            at, letter = heads.index("name"), raw.columns[heads.index("value")].letter
            cell = next((f"{letter}{n}" for n, row in raw.rows if fold(row[at]) == name), "")
        value = shown(self.tables.settings.get(name))
        return Problem(raw.title, cell, name, value, need, severity="warning")

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

    def impossible(self, sheet: str, item: str, *columns: str) -> str:
        """Severity of what cannot be: a fault, unless some scenario changes what it rests on."""
        return "warning" if self.moved(sheet, item, *columns) else "fault"

    # ------------------------------------------------------------------ who is who
    def members(self, dimension: str) -> dict[str, str]:
        """The names of a dimension, by their folded form, as their sheet spells them."""
        if dimension == "acquisition":
            names: Iterable[object] = ACQUISITIONS
        elif dimension == "stage":
            names = [item_of(row) for row in self.rows("Programme stages")]
        else:
            sheet, column = NAMED_ON[dimension]
            names = [row.get(column) for row in self.rows(sheet)]
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
    def sellable(self) -> bool:
        """Whether the plan may sell them early."""
        return self.acquisition == "buy" and self.chip.get("resale_pct") is not None


NAMED_ON = {
    "vendor": ("Vendors", "vendor"),
    "seller": ("Vendors", "vendor"),
    "seller_country": ("Vendors", "country"),
    "platform": ("Platforms", "platform"),
    "chip": ("Chips", "chip"),
    "site": ("Sites", "site"),
    "site_country": ("Sites", "country"),
    "programme": ("Programmes", "programme"),
    "offer": ("Offers", "offer"),
    "workload": ("Workloads", "workload"),
    "project": ("Software", "project"),
    "contract": ("Contracts", "contract"),
}
"""Sheet and column that list the names of a dimension."""


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


def number(value: float) -> str:
    """A number as a reader writes it."""
    return f"{value:,.6g}"


def percent(value: float) -> str:
    """A share as a reader writes it."""
    return f"{100 * value:.6g} %"


# ---------------------------------------------------------------------- spellings settled first
def one_name_has_one_spelling(view: View) -> Iterator[Problem]:
    """Rows of one scheme or rule, and vendors or sites of one country, are spelled alike."""
    for sheet, column in (
        ("Discounts", "discount"),
        ("Custom rules", "rule"),
        ("Vendors", "country"),
        ("Sites", "country"),
    ):
        first: dict[str, str] = {}
        for row in view.rows(sheet):
            name = row.get(column)
            if name is not None:
                row[column] = first.setdefault(fold(name), str(name))
    yield from ()


def timeline_names_values_that_vary(view: View) -> Iterator[Problem]:
    """A row of Timeline names a sheet, an item of it and a column that may vary."""
    for row in view.rows("Timeline"):
        table = yield from settled_sheet(view, row)
        if table is None:
            continue
        if not any(column.varies for column in table):
            need = "holds nothing that varies over time."
            if table.name == "Demand":
                need = "has its own columns by period: write the values there."
            yield view.fault(row, "sheet", need)
            continue
        column = yield from settled_column(view, row, table, lambda column: column.varies)
        item = yield from settled_item(view, row, table)
        if column is None or item is None:
            continue
        yield from timeline_values(view, row, column)


def timeline_values(view: View, row: Row, column: Column) -> Iterator[Problem]:
    """Values of a Timeline row obey the limits of the column that they override."""
    for at, value in row.over_time.items():
        if value is None:
            continue
        need = ""
        if value == "none":
            if not takes_none(column):
                need = f"is no value of {column.name}: only a limit can be taken away."
        else:
            try:
                number_of(value, column)
            except Fault as fault:
                need = fault.need
        if need:
            title, cell = view.title("Timeline"), period_cell(view, row, at)
            yield Problem(title, cell, column.name, shown(value), need)


def takes_none(column: Column) -> bool:
    """Whether a blank cell of a column means that there is no limit."""
    return not column.required and column.default is None


def period_cell(view: View, row: Row, at: int) -> str:
    """Address of a wide row's cell in a period."""
    names = INPUTS[row.sheet].names
    for head in view.book.tables[row.sheet].columns:
        if head.header is None or isinstance(head.header, Unreadable):
            continue
        if fold(head.header) not in names and view.calendar.position(head.header) == at:
            return f"{head.letter}{row.number}"
    return row.cell("")


def settled_sheet(view: View, row: Row) -> Generator[Problem, None, Table | None]:
    """The sheet that a row names, spelled as the contract does; returns its table."""
    text = row.get("sheet")
    if text is None:
        return None
    known = {fold(name): table for name, table in INPUTS.items()}
    table = known.get(fold(text))
    if table is None:
        yield view.fault(row, "sheet", "is no sheet of the contract.", near_match(text, INPUTS))
        return None
    row["sheet"] = table.name
    return table


def settled_column(
    view: View, row: Row, table: Table, legal: Callable[[Column], bool]
) -> Generator[Problem, None, Column | None]:
    """The column that a row names, spelled as the contract does; returns it."""
    text = row.get("column")
    if text is None:
        return None
    columns = columns_of(table)
    able = [column.name for column in columns if legal(column)]
    column = next((column for column in columns if fold(column.name) == fold(text)), None)
    if column is None or not legal(column):
        what = "is no column of" if column is None else "cannot change on"
        need = f"{what} {table.name}: choose {', '.join(able)}."
        yield view.fault(row, "column", need, near_match(text, able))
        return None
    row["column"] = column.name
    return column


def columns_of(table: Table) -> tuple[Column, ...]:
    """Columns that a change may name: those of the sheet, and whether a stage completes."""
    return (*table, COMPLETES) if table.name == "Programme stages" else table.columns


def settled_item(
    view: View, row: Row, table: Table, every: bool = False
) -> Generator[Problem, None, str | None]:
    """The item that a row names, spelled as on its own sheet; returns it."""
    text = row.get("item")
    if text is None:
        return None
    if every and fold(text) == "all":
        row["item"] = "all"
        return "all"
    known = {fold(item_of(other)): item_of(other) for other in view.rows(table.name)}
    if fold(text) not in known:
        need = f"is not on sheet {table.name}."
        if len(table.key) > 1:
            need = f"is not on sheet {table.name}: write it as {SEPARATOR.join(table.key)}."
        yield view.fault(row, "item", need, near_match(text, known.values()))
        return None
    row["item"] = known[fold(text)]
    return known[fold(text)]


def scenario_changes_name_what_may_change(view: View) -> Iterator[Problem]:
    """A change names a scenario's sheet, item and column that may change, and a fitting value."""
    for row in view.rows("Scenario changes"):
        operation = row.get("operation")
        table = yield from settled_sheet(view, row)
        if table is None:
            continue
        may_change = changeable(table)
        able = [column.name for column in columns_of(table) if may_change(column)]
        column = None
        if operation == "remove" or table.name == "Demand":
            yield from settled_without_column(view, row, table)
        elif not able:
            yield view.fault(row, "sheet", "holds nothing that scenarios can change.")
        elif row.get("column") is None and view.blank(row, "column"):
            yield view.fault(row, "column", f"is blank: name what changes ({', '.join(able)}).")
        else:
            column = yield from settled_column(view, row, table, may_change)
        yield from settled_item(view, row, table, every=True)
        yield from settled_value(view, row, table, column)


def changeable(table: Table) -> Callable[[Column], bool]:
    """Whether scenarios may change a column of that sheet."""
    return lambda column: column.varies or (table.name, column.name) in CHANGED_BESIDE_VARYING


def settled_without_column(view: View, row: Row, table: Table) -> Iterator[Problem]:
    """Demand, and a removal, name no column; only offers, deals and contracts are removed."""
    if row.get("operation") == "remove" and table.name not in REMOVED:
        yield view.fault(row, "operation", f"takes from {listed(REMOVED)} only, not {table.name}.")
    column = row.get("column")
    if column is not None:
        row["column"] = None
        why = "a removal" if row.get("operation") == "remove" else "Demand"
        yield view.fault(row, "column", f"must be blank for {why}.")


def settled_value(view: View, row: Row, table: Table, column: Column | None) -> Iterator[Problem]:
    """The value of a change as a number, yes, no or none, as its operation needs."""
    operation, text = row.get("operation"), row.get("value")
    if operation is None or (text is None and not view.blank(row, "value")):
        return
    if operation == "remove":
        if text is not None:
            yield view.fault(row, "value", "must be blank for a removal.")
        return
    if text is None:
        yield view.fault(row, "value", f"is blank: {operation} needs a value.")
        return
    if column is COMPLETES:
        answer = YES.get(fold(text))
        if answer is None or operation != "set":
            yield view.fault(row, "value", "is no answer: completes is set to yes or no.")
        row["value"] = "no" if answer is False else "yes"
        return
    if fold(text) == "none":
        row["value"] = "none"
        if operation != "set" or column is None or not takes_none(column):
            what = column.name if column is not None else table.name
            yield view.fault(
                row, "value", f"is no value for {what}: only a limit can be set to it."
            )
        return
    if not PLAIN_NUMBER.fullmatch(str(text)):
        likely = likely_number(str(text))
        means = f"; it may mean {likely:,.10g}" if likely is not None else ""
        yield view.fault(row, "value", f"is not a number{means}: type it as a number.")
        row["value"] = 1.0 if operation == "multiply" else 0.0
        return
    row["value"] = float(text)
    limits = column or DEMANDED
    if operation == "multiply":
        limits = FACTOR
    elif operation == "add":
        limits = STEP
    try:
        number_of(row["value"], limits)
    except Fault as fault:
        yield view.fault(row, "value", fault.need)


COMPLETES = Column("completes", Kind.YES_NO, "", "Whether a stage ever finishes.", default="yes")
DEMANDED = Column("demand", Kind.NUMBER, "", "Work asked for.", low=0)
FACTOR = Column("factor", Kind.NUMBER, "", "What a value is multiplied by.", low=0)
STEP = Column("step", Kind.NUMBER, "", "What is added to a value.")


def budget_lines_are_cash_lines(view: View) -> Iterator[Problem]:
    """A budget names cash lines, capex, opex or all, each once."""
    known = {fold(line): line for line in BUDGET_LINES}
    for row in view.rows("Budgets"):
        text = row.get("lines")
        if text is None:
            continue
        lines = []
        for part in str(text).split(","):
            if not part.strip():
                continue
            line = known.get(fold(part)) or known.get(fold(part).replace(" ", "_"))
            if line is None:
                need = f"names {part.strip()!r}, which is no cash line, capex, opex or all."
                yield view.fault(row, "lines", need, near_match(part, BUDGET_LINES))
            elif line in lines:
                yield view.fault(row, "lines", f"names {line} twice.")
            else:
                lines.append(line)
        if not lines and view.seen(row, "lines") is not None and not text.strip(", "):
            yield view.fault(row, "lines", "names no line.")
        if len(lines) > 1 and "all" in lines:
            yield view.warning(row, "lines", "counts every line already by all, others twice.")
        row["lines"] = ", ".join(lines)


def share_rules_split_what_can_be_split(view: View) -> Iterator[Problem]:
    """A share rule names a member of its dimension and a basis that the dimension can split."""
    for row in view.rows("Share rules"):
        dimension, basis = row.get("dimension"), row.get("basis")
        if basis == "served" and dimension is not None and dimension not in SERVED_DIMENSIONS:
            need = f"cannot split served work: use {', '.join(SERVED_DIMENSIONS)}."
            yield view.fault(row, "dimension", need)
        if basis is not None and basis != "served" and row.get("workload") is not None:
            yield view.fault(row, "workload", f"is for basis served only, not for {basis}.")
        yield from settled_member(view, row, each=True)


def custom_rules_count_what_can_be_counted(view: View) -> Iterator[Problem]:
    """A custom rule's quantity, dimension, member and workload fit together."""
    for row in view.rows("Custom rules"):
        quantity, dimension = row.get("quantity"), row.get("dimension")
        if row.get("dimension") is None and row.get("member") is not None:
            if view.blank(row, "dimension"):
                yield view.fault(row, "dimension", "is blank: a member needs its dimension.")
        elif row.get("member") is None and row.get("dimension") is not None:
            if view.blank(row, "member"):
                yield view.fault(row, "member", f"is blank: name a {dimension}, or no dimension.")
        else:
            yield from settled_member(view, row, each=False)
        if quantity is None:
            continue
        if dimension is not None and dimension not in COUNTED_BY[quantity]:
            need = f"does not narrow {quantity}: use {', '.join(COUNTED_BY[quantity])}."
            yield view.fault(row, "dimension", need)
        if row.get("workload") is not None and quantity not in ("served", "unmet"):
            yield view.fault(row, "workload", f"is for served and unmet only, not for {quantity}.")
        elif row.get("workload") is not None and dimension == "workload":
            yield view.fault(row, "workload", "is named as the member already: leave it blank.")


def settled_member(view: View, row: Row, each: bool) -> Iterator[Problem]:
    """The member that a rule names, spelled as on its own sheet."""
    dimension, member = row.get("dimension"), row.get("member")
    if dimension is None or member is None:
        return
    if each and fold(member) == "each":
        row["member"] = "each"
        return
    known = view.members(dimension)
    if fold(member) in known:
        row["member"] = known[fold(member)]
        return
    sheet = {"stage": "Programme stages", "acquisition": "Offers"}.get(dimension)
    where = f"sheet {sheet or NAMED_ON[dimension][0]}"
    if dimension == "stage":
        where += ": write it as programme / number"
    need = f"is no {dimension} on {where}."
    if fold(member) == "each":
        need = f"stands for one {dimension} at a time here: each is for Share rules."
    yield view.fault(row, "member", need, near_match(member, known.values()))


# ---------------------------------------------------------------------- pairs and windows
def first_is_not_after_last(view: View) -> Iterator[Problem]:
    """Where a first and a last period stand side by side, the first comes first."""
    for sheet, first, last in PAIRS:
        for row in view.rows(sheet):
            start, end = row.get(first), row.get(last)
            if start is not None and end is not None and start > end:
                yield view.fault(row, last, f"lies before {first} ({view.label(start)}).")


def least_is_not_above_most(view: View) -> Iterator[Problem]:
    """Where a least and a most stand side by side, the least is not above the most."""
    for sheet, least, most in (
        ("Share rules", "min_pct", "max_pct"),
        ("Supplier counts", "min_count", "max_count"),
    ):
        for row in view.rows(sheet):
            low, high = row.get(least), row.get(most)
            if low is not None and high is not None and low > high:
                shown = percent(high) if least == "min_pct" else number(high)
                yield view.fault(row, least, f"is above {most} ({shown}).")
            if low is None and high is None and view.blank(row, least) and view.blank(row, most):
                yield view.warning(
                    row, least, f"is blank, and so is {most}: the rule binds nothing."
                )


def rules_hold_within_the_plan(view: View) -> Iterator[Problem]:
    """A rule whose periods all lie outside the plan is never in force."""
    for sheet in (*WINDOWED, "Scenario changes", "Ranges"):
        for row in view.rows(sheet):
            start, end = row.get("from"), row.get("to")
            if row.get("active") is False:
                continue
            if (end is not None and end < 0) or (start is not None and start > view.last):
                column = "to" if end is not None and end < 0 else "from"
                yield view.warning(row, column, "lies outside the plan: this is never in force.")


def choices_open_within_the_plan(view: View) -> Iterator[Problem]:
    """What the plan may start, order or sign can be started, ordered or signed within it."""
    for sheet, first, last in PAIRS[:6]:
        for row in view.rows(sheet):
            start, end = row.get(first), row.get(last)
            if row.get("signing") in ("signed", "no") or not view.blank(row, "started"):
                continue
            if not view.blank(row, "finished"):
                continue
            if (end is not None and end < 0) or (start is not None and start > view.last):
                column = last if end is not None and end < 0 else first
                yield view.warning(row, column, "lies outside the plan: it can never be chosen.")


def windows_are_whole(view: View) -> Iterator[Problem]:
    """A minimum or a budget by fiscal year, where the plan holds only a part of the year."""
    for sheet, column in (
        ("Contracts", "minimum"),
        ("Budgets", "limit"),
        ("Custom rules", "limit"),
    ):
        for row in view.active(sheet):
            if row.get(column) is None:
                continue
            if sheet == "Custom rules" and row.get("sense") == "<=":
                continue
            window = row.get("window")
            if window is None and sheet != "Custom rules":
                window = "fiscal_year"
            if window != "fiscal_year":
                continue
            first, last = view.window_of(row)
            cut = [one.label for one in cut_years(view, first, last)]
            if cut:
                need = (
                    f"runs by fiscal year, and the plan cuts {listed(cut)}: it holds there in full."
                )
                yield view.warning(row, column, need)


def cut_years(view: View, first: int, last: int) -> list[Window]:
    """Fiscal years between two periods that the plan holds only in part."""
    calendar = view.calendar
    found = []
    for window in calendar.windows("fiscal_year", first, last):
        year = calendar.fiscal_year_number(window.last)
        begins_before = calendar.fiscal_year_number(-1) == year
        ends_after = calendar.fiscal_year_number(calendar.count) == year
        if begins_before or ends_after:
            found.append(window)
    return found


# ---------------------------------------------------------------------- settings
def settings_that_need_a_sheet_have_it(view: View) -> Iterator[Problem]:
    """Settings that speak of a previous plan or of scenarios come with those sheets."""
    settings = view.tables.settings
    for name in ("frozen_periods", "change_cost_pct"):
        if settings.get(name) and not view.rows("Previous plan"):
            yield view.setting_warning(name, "has no effect without rows on sheet Previous plan.")
    if settings.get("tail_weight") and not view.rows("Scenarios"):
        yield view.setting_warning("tail_weight", "has no effect without rows on sheet Scenarios.")


# ---------------------------------------------------------------------- chips
def bought_chips_state_their_loss_of_value(view: View) -> Iterator[Problem]:
    """A chip that is bought states value_loss_per_year where terminal_value is yes."""
    if not view.tables.settings.get("terminal_value"):
        return
    for row in view.rows("Chips"):
        by = bought_by(view, str(row.get("chip")))
        if by and row.get("value_loss_per_year") is None and view.blank(row, "value_loss_per_year"):
            need = f"is blank: {by} buys this chip and terminal_value is yes, so it needs one."
            yield view.fault(row, "value_loss_per_year", need)


def bought_by(view: View, chip: str) -> str:
    """What buys a chip, in words; empty where nothing does."""
    for row in view.rows("Offers"):
        if row.get("chip") == chip and row.get("acquisition") == "buy":
            return f"offer {row.get('offer')}"
    for row in view.rows("Fleet"):
        if row.get("chip") == chip and row.get("acquisition") == "buy":
            return "the Fleet"
    return ""


def chips_that_stand_with_us_draw_power(view: View) -> Iterator[Problem]:
    """A chip without power_kw draws none, which is odd unless it is only rented as cloud."""
    for row in view.rows("Chips"):
        if not view.blank(row, "power_kw"):
            continue
        if ways_to(view, str(row.get("chip"))) != {"cloud"}:
            yield view.warning(row, "power_kw", "is blank: the chip is read as drawing no power.")


def ways_to(view: View, chip: str) -> set[object]:
    """The ways in which a chip is got: buy, lease, cloud."""
    return {
        row.get("acquisition")
        for sheet in ("Offers", "Fleet")
        for row in view.rows(sheet)
        if row.get("chip") == chip
    }


def resale_rests_on_a_loss_of_value(view: View) -> Iterator[Problem]:
    """A resale price is a share of what is left of the value, so the loss of value is stated."""
    for row in view.rows("Chips"):
        if row.get("resale_pct") is None or not view.blank(row, "value_loss_per_year"):
            continue
        if view.tables.settings.get("terminal_value") and bought_by(view, str(row.get("chip"))):
            continue  # a fault already
        need = "is given without value_loss_per_year: the chip is read as losing no value."
        yield view.warning(row, "resale_pct", need)


# ---------------------------------------------------------------------- offers
def rentals_have_a_term(view: View) -> Iterator[Problem]:
    """A lease or a cloud offer states its term; a purchase has none."""
    for row in view.rows("Offers"):
        acquisition = row.get("acquisition")
        if acquisition in ("lease", "cloud") and view.blank(row, "term_months"):
            yield view.fault(row, "term_months", f"is blank: a {acquisition} needs its term.")
        if acquisition == "buy" and not view.blank(row, "term_months"):
            yield view.warning(row, "term_months", "is not used: a purchase has no term.")


def only_purchases_are_paid_on_order(view: View) -> Iterator[Problem]:
    """Leases and clouds are paid month by month, so nothing is paid on order."""
    for row in view.rows("Offers"):
        if row.get("acquisition") in ("lease", "cloud") and row.get("pay_on_order_pct"):
            need = "is for purchases only: leases and clouds are paid month by month."
            yield view.fault(row, "pay_on_order_pct", need)


def orders_can_reach_their_minimum(view: View) -> Iterator[Problem]:
    """min_order is not above max_order, max_in_service or total_limit."""
    for row in view.rows("Offers"):
        name = str(row.get("offer"))
        least = view.over_time(row, "min_order")
        first, last = view.window_of(row, "first_order", "last_order")
        ats = [at for at in range(first, last + 1) if at < len(least) and least[at]]
        if not ats:
            continue
        for column in ("max_order", "max_in_service"):
            most = view.over_time(row, column)
            bad = [at for at in ats if most[at] and least[at] > most[at] * (1 + TOLERANCE)]
            opens = [at for at in ats if most[at] is None or most[at]]
            if not bad or (column == "max_order" and extra_supply(view, row)):
                continue
            if len(bad) == len(opens):
                need = f"is above {column} ({number(most[bad[0]])})."
                severity = view.impossible("Offers", name, "min_order", column)
                yield view.problem(row, "min_order", need, severity=severity)
            else:
                need = f"is above {column} in {listed(map(view.label, bad))}: no orders there."
                yield view.warning(row, "min_order", need)
        total = row.get("total_limit")
        smallest = min(least[at] for at in ats)
        if total and smallest > total * (1 + TOLERANCE):
            severity = view.impossible("Offers", name, "min_order")
            need = f"is above total_limit ({number(total)})."
            yield view.problem(row, "min_order", need, severity=severity)


def extra_supply(view: View, offer: Row) -> float:
    """Units per period that contracts in force may add to an offer's limit."""
    return sum(
        row.get("extra_supply") or 0.0 for row in view.active("Contracts") if covers(row, offer)
    )


def limits_are_whole_lots(view: View) -> Iterator[Problem]:
    """A limit on orders that is no multiple of the lot can never be reached."""
    for row in view.rows("Offers"):
        lot = row.get("lot_size")
        if not lot:
            continue
        for column in ("max_order", "total_limit"):
            most = row.get(column)
            if most is not None and not whole(most / lot):
                reach = math.floor(most / lot + TOLERANCE) * lot
                need = f"is no multiple of the lot of {number(lot)}: at most {number(reach)} fit."
                yield view.warning(row, column, need)


def whole(value: float) -> bool:
    """Whether a number is whole, but for rounding."""
    return abs(value - round(value)) <= TOLERANCE * max(1.0, abs(value))


def orders_arrive_within_the_plan(view: View) -> Iterator[Problem]:
    """Some order of an offer can arrive before the plan ends."""
    for row in view.rows("Offers"):
        lead, first = row.get("lead_time"), max(0, row.get("first_order") or 0)
        if lead is None or view.moved("Offers", str(row.get("offer")), "lead_time"):
            continue
        if first <= view.last < first + lead:
            need = f"is so long that no order arrives by {view.label(view.last)}: it is never used."
            yield view.warning(row, "lead_time", need)


def offers_find_a_site(view: View) -> Iterator[Problem]:
    """An offer's units have a site that suits them; cloud needs none."""
    for row in view.rows("Offers"):
        if row.get("acquisition") == "cloud":
            if row.get("sites"):
                yield view.warning(row, "sites", "is not used: cloud needs no site.")
        elif row.get("acquisition") and view.rows("Sites") and not view.open_sites(row):
            chip = view.named("Chips").get(str(row.get("chip")))
            cooling = chip.get("cooling") if chip else ""
            need = f"no site that it may stand at offers {cooling} cooling: it is never used."
            yield view.warning(row, "sites", need)


def prices_stay_finite(view: View) -> Iterator[Problem]:
    """A value that grows by the year stays a number that can be reckoned with."""
    for sheet, column in (("Offers", "price"), ("Sites", "energy_price")):
        growth = INPUTS[sheet].column(column).moved_by
        for row in view.rows(sheet):
            highest = max((value or 0.0 for value in view.over_time(row, column)), default=0.0)
            if highest > LARGEST_NUMBER:
                need = f"makes {column} grow beyond {LARGEST_NUMBER:g} within the plan."
                yield view.fault(row, growth, need)


# ---------------------------------------------------------------------- work
def workloads_have_demand(view: View) -> Iterator[Problem]:
    """Each workload has its row on sheet Demand."""
    if "Demand" not in view.book.tables:
        return
    asked = view.named("Demand")
    for name, row in view.named("Workloads").items():
        if name not in asked:
            need = "has no row on sheet Demand: add one, with 0 where nothing is asked for."
            yield view.fault(row, "workload", need)


def unmet_work_has_its_price(view: View) -> Iterator[Problem]:
    """max_unmet_pct goes with unmet_penalty, and defer_cost with defer_periods."""
    for row in view.rows("Workloads"):
        free = all(price is None for price in view.over_time(row, "unmet_penalty"))
        blank = free and view.blank(row, "unmet_penalty")
        if row.get("max_unmet_pct") and blank:
            name = str(row.get("workload"))
            if not view.moved("Workloads", name, "unmet_penalty"):
                need = "has no effect: without an unmet_penalty the work must be met."
                yield view.warning(row, "max_unmet_pct", need)
        if row.get("defer_cost") and not row.get("defer_periods"):
            yield view.warning(row, "defer_cost", "has no effect: defer_periods is 0.")


def work_can_be_run(view: View) -> Iterator[Problem]:
    """Work that is asked for can be run by something that is owned or on offer."""
    if not view.complete(("Offers", "chip"), ("Offers", "acquisition"), ("Performance", "chip")):
        return
    asked = view.named("Demand")
    for name, row in view.named("Workloads").items():
        if name not in asked or not any(view.over_time(asked[name], "")):
            continue
        if any(
            runs(view, pair) for pair in view.rows("Performance") if pair.get("workload") == name
        ):
            continue
        if must_be_met(view, row):
            changed = any(
                view.moved("Performance", item_of(pair), "throughput")
                for pair in view.rows("Performance")
            ) or any(change.get("sheet") == "Software" for change in view.rows("Scenario changes"))
            need = (
                "must be met, but no chip in the fleet or on offer can run it: give a throughput "
            )
            need += "on sheet Performance, or an unmet_penalty."
            yield view.problem(row, "workload", need, severity="warning" if changed else "fault")
        else:
            need = "can be run by no chip in the fleet or on offer: all of it stays unmet."
            yield view.warning(row, "workload", need)


def must_be_met(view: View, workload: Row) -> bool:
    """Whether a workload's demand must be met: no penalty is given for leaving it unmet."""
    if view.moved("Workloads", str(workload.get("workload")), "unmet_penalty"):
        return False
    if not view.blank(workload, "unmet_penalty"):
        return False
    return all(price is None for price in view.over_time(workload, "unmet_penalty"))


def runs(view: View, pair: Row) -> bool:
    """Whether a chip that can be had runs a workload at some efficiency, now or later."""
    if not view.blank(pair, "throughput") and pair.get("throughput") is None:
        return True  # a fault already
    if not any(view.over_time(pair, "throughput")):
        return False
    name = pair.get("chip")
    if not ways_to(view, str(name)):
        return False
    chip = view.named("Chips").get(str(name))
    platform = view.named("Platforms").get(str(chip.get("platform"))) if chip else None
    if platform is None or platform.get("efficiency_at_start") != 0:
        return True
    return any(
        project.get("platform") == platform.get("platform")
        and (not project.get("workload") or pair.get("workload") in project.get("workload"))
        and ((project.get("efficiency") or 0) > 0 or (project.get("mature_efficiency") or 0) > 0)
        for project in view.rows("Software")
    )


def blocks_fit_demand(view: View) -> Iterator[Problem]:
    """A least block of work that exceeds the demand bars every chip from it."""
    asked = view.named("Demand")
    for row in view.rows("Workloads"):
        demand = asked.get(str(row.get("workload")))
        if demand is None:
            continue
        blocks, wanted = view.over_time(row, "min_block"), view.over_time(demand, "")
        barred = [
            at
            for at, (block, want) in enumerate(zip(blocks, wanted, strict=True))
            if block and want and block > want * (1 + TOLERANCE)
        ]
        if barred:
            when = listed(map(view.label, barred))
            need = (
                f"is above the demand of {when}: no chip can serve the work of that period alone."
            )
            yield view.warning(row, "min_block", need)


# ---------------------------------------------------------------------- places
def things_that_need_a_place_have_sites(view: View) -> Iterator[Problem]:
    """Sheet Sites has rows as soon as something bought, leased or owned needs a place."""
    if view.rows("Sites"):
        return
    for sheet, column in (("Offers", "offer"), ("Fleet", "chip")):
        for row in view.rows(sheet):
            acquisition = row.get("acquisition")
            if acquisition in ("buy", "lease"):
                need = f"needs a place ({acquisition}): add the sheet Sites with at least one site."
                yield view.fault(row, column, need)
                return


def fleet_stands_where_it_can(view: View) -> Iterator[Problem]:
    """Owned and leased units stand at a site whose cooling suits them; cloud units at none."""
    chips, sites = view.named("Chips"), view.named("Sites")
    for row in view.rows("Fleet"):
        if row.get("acquisition") == "cloud":
            if row.get("site") is not None:
                yield view.fault(row, "site", "must be blank: cloud stands at no site of ours.")
            continue
        if view.blank(row, "site") and view.rows("Sites"):
            yield view.fault(row, "site", "is blank: owned and leased units stand at a site.")
        chip, site = chips.get(str(row.get("chip"))), sites.get(str(row.get("site")))
        if chip is not None and site is not None and not view.suits(chip, site):
            yield view.fault(row, "site", cooling_need(chip, site))


def cooling_need(chip: Row, site: Row) -> str:
    """The sentence on a site that cannot cool a chip."""
    return (
        f"offers {site.get('cooling')} cooling, but {chip.get('chip')} needs "
        f"{chip.get('cooling')} cooling."
    )


def committed_orders_stand_where_they_can(view: View) -> Iterator[Problem]:
    """Committed purchases and leases go to a site that suits them."""
    offers, sites = view.named("Offers"), view.named("Sites")
    for row in view.rows("Committed orders"):
        offer = offers.get(str(row.get("offer")))
        if offer is None or not row.get("units"):
            continue
        chip = view.named("Chips").get(str(offer.get("chip")))
        site = sites.get(str(row.get("site")))
        if offer.get("acquisition") == "cloud":
            if site is not None:
                yield view.warning(row, "site", "is not used: cloud needs no site.")
        elif site is not None:
            if chip is not None and not view.suits(chip, site):
                yield view.fault(row, "site", cooling_need(chip, site))
            allowed = offer.get("sites")
            if allowed and site.get("site") not in allowed:
                need = f"is no site of offer {offer.get('offer')} ({listed(allowed)})."
                yield view.fault(row, "site", need)
        elif view.blank(row, "site") and view.rows("Sites") and not view.open_sites(offer):
            yield view.fault(row, "offer", "has no site that suits it, yet its units must stand.")


def sites_can_power_what_stands_there(view: View) -> Iterator[Problem]:
    """A site can power its fleet and the orders on their way to it, in every period."""
    for name, site in view.named("Sites").items():
        there = [one for one in view.standing if one.site == name and one.acquisition != "cloud"]
        if not there:
            continue
        limits, pues = view.over_time(site, "power_mw"), view.over_time(site, "pue")
        severity = view.impossible("Sites", name, "power_mw", "pue")
        for at in view.calendar.positions:
            if limits[at] is None or pues[at] is None:
                break
            power = limits[at] + step_power(view, name, at)
            here = [one for one in there if one.first <= at <= one.last]
            drawn = sum(draw(one) for one in here) * pues[at]
            kept = sum(draw(one) for one in here if not one.sellable) * pues[at]
            if drawn <= power * (1 + TOLERANCE) + TOLERANCE:
                continue
            fixed = kept > power * (1 + TOLERANCE) + TOLERANCE
            worst = max(here, key=draw)
            need = f"draw {number(drawn)} MW with all that stands at {name} in {view.label(at)}, "
            need += f"which has {number(power)} MW" + ("." if fixed else ": some must be sold.")
            grave = severity if fixed and surely_there(view, worst) else "warning"
            yield view.problem(worst.row, "units", need, severity=grave)
            break


def surely_there(view: View, standing: Standing) -> bool:
    """Whether no scenario moves the arrival of units."""
    row = standing.row
    return row.sheet == "Fleet" or not view.moved("Offers", str(row.get("offer")), "lead_time")


def draw(standing: Standing) -> float:
    """Power that units draw before PUE, in MW."""
    return standing.units * (standing.chip.get("power_kw") or 0.0) / KW_PER_MW


def step_power(view: View, site: str, at: int) -> float:
    """Most power that a site's projects can have added by a period, in MW."""
    power = 0.0
    for row in view.rows("Site projects"):
        if row.get("site") != site:
            continue
        first, last = view.window_of(row, "first_start", "last_start")
        starts = max(0, min(last, at - (row.get("lead_time") or 0)) - first + 1)
        steps = row.get("max_steps") or 0
        if row.get("max_steps_per_period") is not None:
            steps = min(steps, starts * row.get("max_steps_per_period"))
        power += (row.get("step_mw") or 0.0) * (steps if starts else 0)
    return power


def site_projects_end_within_the_plan(view: View) -> Iterator[Problem]:
    """A step of a site project can be finished before the plan ends."""
    for row in view.rows("Site projects"):
        lead, first = row.get("lead_time") or 0, max(0, row.get("first_start") or 0)
        if first <= view.last < first + lead:
            need = f"is so long that no step is finished by {view.label(view.last)}."
            yield view.warning(row, "lead_time", need)


# ---------------------------------------------------------------------- what we have
def fleet_serves_in_the_plan(view: View) -> Iterator[Problem]:
    """Fleet rows speak of units that are in service today, and rented ones of their term."""
    chips = view.named("Chips")
    for row in view.rows("Fleet"):
        since, until = row.get("in_service_since"), row.get("until")
        if since is not None and since > 0:
            need = (
                "lies after the plan's first period: what still comes stands on Committed orders."
            )
            yield view.warning(row, "in_service_since", need)
        if row.get("acquisition") == "buy":
            for column in ("until", "price_per_month"):
                if row.get(column):
                    yield view.warning(row, column, "is not used: these units are owned.")
            chip = chips.get(str(row.get("chip")))
            if chip is not None and since is not None:
                last = view.leaves(chip, "buy", since, None)
                if last < 0:
                    need = f"is so long ago that their life ended in {view.label(last)}: not used."
                    yield view.warning(row, "in_service_since", need)
            continue
        if view.blank(row, "until"):
            need = f"is blank: say in which period the {row.get('acquisition')} ends."
            yield view.fault(row, "until", need)
        elif until is not None and since is not None and until < since:
            need = f"lies before in_service_since ({view.label(since)})."
            yield view.fault(row, "until", need)
        elif until is not None and until < 0:
            yield view.warning(row, "until", "lies before the plan: the units serve nothing.")


def committed_orders_keep_within_limits(view: View) -> Iterator[Problem]:
    """Committed orders that exceed a limit of their offer leave nothing to order beside them."""
    for name, offer in view.named("Offers").items():
        rows = [row for row in view.rows("Committed orders") if row.get("offer") == name]
        most = view.over_time(offer, "max_order")
        placed: dict[int, float] = {}
        for row in rows:
            at = row.get("order_period")
            if at is None:
                continue
            if at > view.last:
                yield view.warning(row, "order_period", "lies after the plan: it is not used.")
                continue
            if offer.get("acquisition") in ("lease", "cloud") and row.get("paid_pct"):
                need = "is odd for a rental, which is paid month by month."
                yield view.warning(row, "paid_pct", need)
            if at < 0:
                continue
            placed[at] = placed.get(at, 0.0) + (row.get("units") or 0.0)
            if most[at] is not None and placed[at] > most[at] * (1 + TOLERANCE):
                need = (
                    f"exceed max_order of {number(most[at])} in {view.label(at)}: nothing can be "
                )
                yield view.warning(row, "units", need + "ordered beside them.")
        total = offer.get("total_limit")
        if total is not None and sum(placed.values()) > total * (1 + TOLERANCE):
            need = f"and others exceed total_limit of {number(total)}: nothing more can be ordered."
            yield view.warning(rows[-1], "units", need)


# ---------------------------------------------------------------------- projects
def requirements_make_no_loop(view: View) -> Iterator[Problem]:
    """Nothing requires itself, at once or by way of others; scenarios do not branch in circles."""
    for sheet, column in (
        ("Programmes", "requires"),
        ("Software", "requires"),
        ("Scenarios", "branches_from"),
    ):
        rows = view.named(sheet)
        told: set[str] = set()
        for name in rows:
            line = [name]
            while (above := rows[line[-1]].get(column)) in rows and above not in line:
                line.append(str(above))
            if above == name and not told.intersection(line):
                told.update(line)
                need = f"leads back to itself: {' → '.join([*line, name])}."
                yield view.fault(rows[name], column, need)


def stages_of(view: View) -> dict[str, list[Row]]:
    """Stages of each programme in order, where they are numbered 1 to n."""
    found = {}
    for programme, rows in view.groups("Programme stages", "programme").items():
        numbers = [row.get("stage") for row in rows]
        if None not in numbers and sorted(numbers) == list(range(1, len(rows) + 1)):
            found[programme] = sorted(rows, key=lambda row: row.get("stage"))
    return found


def stages_are_numbered_in_order(view: View) -> Iterator[Problem]:
    """A programme's stages are numbered 1, 2 … without a gap, and so are its ramp's periods."""
    for sheet, column, first in (
        ("Programme stages", "stage", 1),
        ("Programme ramp", "periods_since_ready", 0),
    ):
        for programme, rows in view.groups(sheet, "programme").items():
            numbers = [row.get(column) for row in rows]
            if None in numbers:
                continue
            for wanted, row in enumerate(sorted(rows, key=lambda row: row.get(column)), first):
                if row.get(column) != wanted:
                    need = f"leaves a gap: {wanted} is missing in {programme}."
                    yield view.fault(row, column, need)
                    break


def stages_started_in_order(view: View) -> Iterator[Problem]:
    """A stage under way follows a stage that is finished by then."""
    for programme, rows in stages_of(view).items():
        for before, row in zip(rows, rows[1:], strict=False):
            started, earlier = row.get("started"), before.get("started")
            if started is None:
                continue
            if earlier is None:
                if view.blank(before, "started"):
                    need = (
                        f"is given, but stage {before.get('stage')} of {programme} is not started."
                    )
                    yield view.fault(row, "started", need)
                continue
            ends = earlier + (before.get("duration") or 1)
            if started < ends:
                need = f"lies before the end of stage {before.get('stage')}: {view.label(ends)} or "
                yield view.fault(row, "started", need + "later is possible.")
        for row in rows:
            if row.get("started") is not None and row.get("started") > 0:
                need = "lies in the plan: the stage is read as fixed to start then."
                yield view.warning(row, "started", need)


def programmes_that_must_run_can(view: View) -> Iterator[Problem]:
    """A programme that must run can finish its last stage within the plan."""
    for name, row in view.named("Programmes").items():
        ready = earliest_ready(view, name)
        if ready is None or ready <= view.calendar.count:
            continue
        stages = stages_of(view).get(name, [])
        moved = any(
            change.get("sheet") == "Programme stages" for change in view.rows("Scenario changes")
        )
        why = "the windows of its stages do not meet."
        if ready < math.inf:
            why = f"its last stage ends in {view.label(int(ready) - 1)} at the earliest."
        if row.get("must_run"):
            severity = "warning" if moved else "fault"
            yield view.problem(row, "must_run", f"cannot be kept: {why}", severity=severity)
        elif stages and not moved:
            yield view.warning(row, "programme", f"is never ready within the plan: {why}")


def earliest_ready(view: View, name: str, above: tuple[str, ...] = ()) -> float | None:
    """First period in which a programme can be ready; None where its rows do not say."""
    row = view.named("Programmes").get(name)
    if row is None or name in above:
        return None
    if not any(stage.get("programme") == name for stage in view.rows("Programme stages")):
        return 0
    stages = stages_of(view).get(name)
    if stages is None or any(stage.get("duration") is None for stage in stages):
        return None
    start: float = 0
    if row.get("requires") is not None:
        required = earliest_ready(view, str(row.get("requires")), (*above, name))
        if required is None:
            return None
        start = required
    free = None
    for stage in stages:
        begins = stage.get("started")
        if begins is None:
            begins = max(
                start if free is None else max(start, free), stage.get("first_start") or 0, 0
            )
            last = stage.get("last_start")
            wait = stage.get("max_wait")
            late = free is not None and wait is not None and begins > free + wait
            if (last is not None and begins > last) or late:
                return math.inf
        free = begins + stage.get("duration")
    return free


def projects_finished_in_order(view: View) -> Iterator[Problem]:
    """A software project that is finished requires one that is finished too, and earlier."""
    rows = view.named("Software")
    for row in rows.values():
        required = rows.get(str(row.get("requires")))
        if row.get("finished") is None or required is None:
            continue
        done = required.get("finished")
        if done is None:
            if view.blank(required, "finished"):
                need = f"is given, but {row.get('requires')}, which it requires, is not finished."
                yield view.fault(row, "finished", need)
        elif done >= row.get("finished"):
            need = f"is not after {row.get('requires')}, which it requires ({view.label(done)})."
            yield view.warning(row, "finished", need)


def projects_can_end_within_the_plan(view: View) -> Iterator[Problem]:
    """A software project that is started in the plan can be finished in it."""
    for row in view.rows("Software"):
        duration, first = row.get("duration"), max(0, row.get("first_start") or 0)
        if duration is None or not view.blank(row, "finished"):
            continue
        if first <= view.last < first + duration - 1:
            need = f"is so long that the project cannot be finished by {view.label(view.last)}."
            yield view.warning(row, "duration", need)
    for row in view.rows("Software"):
        if row.get("mature_after") and view.blank(row, "mature_efficiency"):
            yield view.warning(row, "mature_after", "has no effect without mature_efficiency.")


# ---------------------------------------------------------------------- terms of trade
def tiers_agree_on_their_scheme(view: View) -> Iterator[Problem]:
    """The tiers of one discount agree on seller, offer, basis, window and kind."""
    for name, rows in view.groups("Discounts", "discount").items():
        for row in rows[1:]:
            for column in ("seller", "offer", "basis", "window", "kind"):
                if row.get(column) != rows[0].get(column):
                    first = rows[0].cell(column)
                    need = f"differs from {first}: all tiers of {name} share one {column}."
                    yield view.fault(row, column, need)


def discounts_rise_with_their_thresholds(view: View) -> Iterator[Problem]:
    """A higher threshold brings a higher discount."""
    for rows in view.groups("Discounts", "discount").values():
        tiers = ascending(rows)
        for before, row in zip(tiers, tiers[1:], strict=False):
            if row.get("discount_pct") < before.get("discount_pct"):
                need = (
                    f"is below the {percent(before.get('discount_pct'))} of the lower threshold "
                    f"{number(before.get('threshold'))}: discounts rise with their thresholds."
                )
                yield view.fault(row, "discount_pct", need)
            elif row.get("discount_pct") == before.get("discount_pct"):
                need = f"is the discount of {number(before.get('threshold'))} already."
                yield view.warning(row, "discount_pct", need)


def ascending(rows: list[Row]) -> list[Row]:
    """Tiers by threshold, those left out that could not be read."""
    whole_rows = [
        row
        for row in rows
        if row.get("threshold") is not None and row.get("discount_pct") is not None
    ]
    return sorted(whole_rows, key=lambda row: row.get("threshold"))


def schemes_are_of_a_known_form(view: View) -> Iterator[Problem]:
    """Cumulative schemes run over the plan; an incremental one on units has one offer."""
    for name, rows in view.groups("Discounts", "discount").items():
        row = rows[0]
        covered = view.covered(row)
        window, kind = row.get("window"), row.get("kind")
        if kind == "cumulative" and window is not None and window != "plan":
            need = "does not fit kind cumulative, which counts from the plan's start: use plan."
            yield view.fault(row, "window", need)
        several = len(covered) > 1 and view.blank(row, "offer")
        if kind == "incremental" and row.get("basis") == "units" and several:
            need = f"is blank: {name} is incremental on units and needs one offer."
            yield view.fault(row, "offer", need)
        bought = [o for o in covered if o.get("acquisition") == "buy"]
        rented = [o for o in covered if o.get("acquisition") in ("lease", "cloud")]
        if bought and rented and view.blank(row, "offer"):
            need = (
                f"is blank, but {row.get('seller')} both sells ({bought[0].get('offer')}) and "
                f"rents ({rented[0].get('offer')}): name one offer, a scheme does not mix them."
            )
            yield view.fault(row, "offer", need)


def terms_cover_offers_of_their_seller(view: View) -> Iterator[Problem]:
    """Discounts and contracts name an offer of their own seller, and cover at least one."""
    offers = view.named("Offers")
    for sheet in ("Discounts", "Contracts"):
        for row in view.rows(sheet):
            offer, seller = offers.get(str(row.get("offer"))), row.get("seller")
            if offer is not None and seller is not None:
                if offer.get("seller") is not None and offer.get("seller") != seller:
                    need = f"is sold by {offer.get('seller')}, not by {seller}."
                    yield view.fault(row, "offer", need)
            elif seller is not None and view.blank(row, "offer") and not view.covered(row):
                yield view.warning(row, "seller", "has no offer: this binds nothing.")


def contracts_on_units_name_an_offer(view: View) -> Iterator[Problem]:
    """A contract that counts units names the offer whose units it counts."""
    for row in view.rows("Contracts"):
        if row.get("basis") == "units" and view.blank(row, "offer"):
            yield view.fault(row, "offer", "is blank: a contract with basis units needs an offer.")


def contracts_bind_something(view: View) -> Iterator[Problem]:
    """An optional contract brings something, and a shortfall share has a minimum."""
    for row in view.rows("Contracts"):
        if row.get("shortfall_pct") is not None and view.blank(row, "minimum"):
            yield view.warning(row, "shortfall_pct", "has no effect without a minimum.")
        brings = row.get("price_cut_pct") or row.get("extra_supply")
        if (
            row.get("signing") == "optional"
            and not brings
            and not referred_to(view, row, "contract")
        ):
            need = "is optional and brings no price cut and no supply: signing it gains nothing."
            yield view.warning(row, "contract", need)


def referred_to(view: View, row: Row, column: str) -> bool:
    """Whether a rule applies only if this deal or contract is signed, or counts its signing."""
    name = row.get(column)
    return any(rule.get("applies_if") == name for rule in view.rows("Share rules")) or any(
        rule.get("quantity") == "contract_signed" and rule.get("member") in (None, name)
        for rule in view.rows("Custom rules")
    )


def contracts_can_be_kept(view: View) -> Iterator[Problem]:
    """A signed minimum of units can be bought under the offer's and the vendor's limits."""
    offers = view.named("Offers")
    for row in view.active("Contracts"):
        offer, minimum = offers.get(str(row.get("offer"))), row.get("minimum")
        if row.get("basis") != "units" or offer is None or not minimum:
            continue
        first, last = view.window_of(row)
        for window in view.calendar.windows(row.get("window") or "fiscal_year", first, last):
            most = most_units(view, offer, window)
            if minimum <= most * (1 + TOLERANCE) + TOLERANCE:
                continue
            hard = row.get("signing") == "signed"
            hard = hard and row.get("shortfall_pct") is None and row.get("penalty") is None
            seller = str(offer.get("seller"))
            moved = view.moved("Offers", str(offer.get("offer")), "max_order", "lead_time")
            moved = moved or view.moved("Vendors", seller, "max_units")
            need = f"is above what can be ordered in {window.label}: {number(most)} at most."
            severity = "fault" if hard and not moved else "warning"
            yield view.problem(row, "minimum", need, severity=severity)
            break


def most_units(view: View, offer: Row, window: Window) -> float:
    """Most units of an offer that a window can count; infinite where nothing limits them."""
    name = str(offer.get("offer"))
    seller = view.named("Vendors").get(str(offer.get("seller")))
    orders, sold = view.over_time(offer, "max_order"), [None] * view.calendar.count
    if seller is not None:
        sold = view.over_time(seller, "max_units")
    extra = extra_supply(view, offer)
    first, last = view.window_of(offer, "first_order", "last_order")
    most = 0.0
    for at in window.positions:
        if first <= at <= last:
            caps = [cap for cap in (orders[at], sold[at]) if cap is not None]
            most += (min(caps) + extra) if caps else math.inf
    if offer.get("total_limit") is not None:
        most = min(most, offer.get("total_limit"))
    committed = [
        (row.get("order_period"), row.get("units") or 0.0)
        for row in view.rows("Committed orders")
        if row.get("offer") == name
    ]
    inside = sum(units for at, units in committed if at in window.positions)
    return max(most, inside) + sum(units for at, units in committed if at in window.before)


def prices_stay_above_nothing(view: View) -> Iterator[Problem]:
    """All cuts and highest tiers that can meet on one offer stay below 100 % off."""
    told: set[tuple[str, int]] = set()
    for offer in view.rows("Offers"):
        tiers = []
        for rows in view.groups("Discounts", "discount").values():
            covering = [row for row in ascending(rows) if covers(row, offer)]
            if covering:
                tiers.append(max(covering, key=lambda row: row.get("discount_pct")))
        cuts = [
            row
            for row in view.active("Contracts")
            if row.get("price_cut_pct") and covers(row, offer)
        ]
        for at in view.calendar.positions:
            met = [(row, "discount_pct") for row in tiers] + [
                (row, "price_cut_pct")
                for row in cuts
                if view.window_of(row)[0] <= at <= view.window_of(row)[1]
            ]
            off = sum(row.get(column) for row, column in met)
            if off >= 1 - TOLERANCE:
                row, column = met[-1]
                if (row.sheet, row.number) not in told:
                    told.add((row.sheet, row.number))
                    names = listed(item_of(one).split(SEPARATOR)[0] for one, _ in met)
                    need = f"brings {offer.get('offer')} to {percent(off)} off together ({names}): "
                    yield view.fault(row, column, need + "all cuts must stay below 100 %.")
                break


def more_is_not_cheaper_than_less(view: View) -> Iterator[Problem]:
    """An all_units tier makes its threshold cheaper than a little less."""
    for rows in view.groups("Discounts", "discount").values():
        tiers = [row for row in ascending(rows) if row.get("kind") == "all_units"]
        before = 0.0
        for row in tiers:
            threshold, off = row.get("threshold"), row.get("discount_pct")
            if threshold > 0 and off > before:
                from_here = threshold * (1 - off) / (1 - before)
                need = f"makes {number(threshold)} cheaper than anything from {number(from_here)} "
                need += "up to it: the plan may buy more to pay less."
                yield view.warning(row, "threshold", need)
                break
            before = off


def deals_and_contracts_have_names_of_their_own(view: View) -> Iterator[Problem]:
    """No deal bears the name of a contract."""
    contracts = {fold(name): row for name, row in view.named("Contracts").items()}
    for name, row in view.named("Deals").items():
        if fold(name) in contracts:
            other = contracts[fold(name)]
            need = f"is a contract's name too ({view.title('Contracts')}!{other.cell('contract')})."
            yield view.fault(row, "deal", need)


def deals_bind_something(view: View) -> Iterator[Problem]:
    """A deal that may be signed has a milestone, or a rule that rests on it."""
    named = {row.get("deal") for row in view.rows("Deal milestones")}
    for name, row in view.named("Deals").items():
        if row.get("signing") == "no":
            continue
        if name not in named and not referred_to(view, row, "deal"):
            yield view.warning(
                row, "deal", "has no milestone and no rule rests on it: it binds nothing."
            )


def milestones_can_be_met(view: View) -> Iterator[Problem]:
    """A milestone's deadline lies in the plan and after the deal can be signed."""
    deals = view.named("Deals")
    for row in view.rows("Deal milestones"):
        deadline, deal = row.get("deadline"), deals.get(str(row.get("deal")))
        if deadline is None:
            continue
        if deadline < 0:
            yield view.warning(row, "deadline", "lies before the plan: it can pay nothing.")
        elif deal is not None and deal.get("signing") == "optional":
            first = deal.get("first_signing")
            if first is not None and deadline < first:
                need = f"lies before the deal can be signed ({view.label(first)}): it pays nothing."
                yield view.warning(row, "deadline", need)


# ---------------------------------------------------------------------- rules of control
def least_shares_fit_into_the_whole(view: View) -> Iterator[Problem]:
    """Least shares of one whole add up to no more than all of it."""
    for row in view.active("Share rules"):
        if row.get("member") != "each" or row.get("dimension") is None:
            continue
        count = len(reachable(view, row.get("dimension")))
        low, high = row.get("min_pct"), row.get("max_pct")
        if low is not None and count * low > 1 + TOLERANCE:
            need = f"for each of {count} makes {percent(count * low)}: more than the whole."
            yield view.problem(row, "min_pct", need, severity=binding(row))
        if high is not None and count * high < 1 - TOLERANCE:
            need = f"for each of {count} makes {percent(count * high)}: less than the whole."
            yield view.warning(row, "max_pct", need)
    for rows in same_whole(view).values():
        for at in view.calendar.positions:
            here = [row for row in rows if view.window_of(row)[0] <= at <= view.window_of(row)[1]]
            floors: dict[object, float] = {}
            for row in here:
                member = row.get("member")
                if member in reachable(view, row.get("dimension")):
                    floors[member] = max(floors.get(member, 0.0), row.get("min_pct") or 0.0)
            if len(floors) > 1 and sum(floors.values()) > 1 + TOLERANCE:
                names = listed(row.get("rule") for row in here)
                total = percent(sum(floors.values()))
                need = f"and those of {names} add up to {total} in {view.label(at)}."
                yield view.fault(here[-1], "min_pct", need)
                break


def reachable(view: View, dimension: str) -> set[object]:
    """The names of a dimension that an offer or today's units can belong to."""
    if dimension in ("site", "site_country"):
        return set(view.members(dimension).values())
    found = {offer_member(view, offer, dimension) for offer in view.rows("Offers")}
    return (found | {member_of(view, one, dimension) for one in view.standing}) - {None}


def same_whole(view: View) -> dict[tuple[object, ...], list[Row]]:
    """Hard least shares of named members, by the whole that they are shares of."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in view.active("Share rules"):
        named = row.get("member") not in (None, "each") and row.get("min_pct")
        if named and row.get("applies_if") is None and row.get("penalty") is None:
            key = tuple(row.get(name) for name in ("dimension", "basis", "workload", "window"))
            found.setdefault(key, []).append(row)
    return found


def binding(row: Row) -> str:
    """Severity of a rule that cannot hold: a fault where it is hard and unconditional."""
    soft = row.get("penalty") is not None or row.get("applies_if") is not None
    return "warning" if soft else "fault"


def todays_fleet_keeps_the_shares(view: View) -> Iterator[Problem]:
    """A share rule on units or power, from the first period on, is kept by what stands today."""
    today = [one for one in view.standing if one.first <= 0 <= one.last]
    for row in view.active("Share rules"):
        dimension, basis = row.get("dimension"), row.get("basis")
        if (
            basis not in ("units_in_service", "power")
            or (row.get("window") or "period") != "period"
        ):
            continue
        if dimension is None or row.get("member") is None or view.window_of(row)[0] > 0:
            continue
        whole_amount = sum(amount(view, one, basis) for one in today)
        if whole_amount <= 0:
            continue
        members = [row.get("member")]
        if members == ["each"]:
            held = reachable(view, dimension)
            members = [name for name in view.members(dimension).values() if name in held]
        for member in members:
            own = [one for one in today if member_of(view, one, dimension) == member]
            share = sum(amount(view, one, basis) for one in own) / whole_amount
            low, high = row.get("min_pct"), row.get("max_pct")
            column = ""
            if low is not None and share < low - TOLERANCE:
                column, bound = "min_pct", f"below {percent(low)}"
            elif high is not None and share > high + TOLERANCE:
                column, bound = "max_pct", f"above {percent(high)}"
            if column:
                need = f"is broken by what stands today: {member} has {percent(share)}, {bound}."
                yield view.warning(row, column, need)
                break


def amount(view: View, standing: Standing, basis: str) -> float:
    """What units count for in a share of units or of power."""
    if basis == "units_in_service":
        return standing.units
    site = view.named("Sites").get(str(standing.site))
    if site is None or standing.acquisition == "cloud":
        return 0.0
    return draw(standing) * (view.over_time(site, "pue")[0] or 1.0)


def member_of(view: View, standing: Standing, dimension: str) -> object:
    """The member of a dimension to which standing units belong; None where to none."""
    if dimension in ("vendor", "platform", "chip"):
        return standing.chip.get(dimension)
    if dimension == "acquisition":
        return standing.acquisition
    if dimension == "site":
        return standing.site
    if dimension == "site_country":
        site = view.named("Sites").get(str(standing.site))
        return site.get("country") if site else None
    offer = view.named("Offers").get(str(standing.row.get("offer")))
    return offer_member(view, offer, dimension) if offer else None


def offer_member(view: View, offer: Row, dimension: str) -> object:
    """The member of a dimension to which orders of an offer belong."""
    if dimension in ("seller", "programme", "acquisition", "chip"):
        return offer.get(dimension)
    if dimension == "seller_country":
        seller = view.named("Vendors").get(str(offer.get("seller")))
        return seller.get("country") if seller else None
    chip = view.named("Chips").get(str(offer.get("chip")))
    return chip.get(dimension) if chip else None


def rules_rest_on_what_can_be_signed(view: View) -> Iterator[Problem]:
    """A rule that applies if something is signed rests on something that can be signed."""
    deals, contracts = view.named("Deals"), view.named("Contracts")
    for row in view.active("Share rules"):
        name = str(row.get("applies_if"))
        off = name in deals and deals[name].get("signing") == "no"
        if off or (name in contracts and contracts[name].get("active") is False):
            yield view.warning(row, "applies_if", "is switched off: this rule is never in force.")


def counts_can_be_reached(view: View) -> Iterator[Problem]:
    """A least number of suppliers is not above the number that there are."""
    for row in view.active("Supplier counts"):
        dimension, least = row.get("dimension"), row.get("min_count")
        if dimension is None or not least or not view.complete(("Offers", "chip")):
            continue
        there = reachable(view, dimension)
        if least > len(there):
            names = listed(sorted(map(str, there)))
            need = f"is above the {len(there)} that there are ({names})."
            yield view.problem(row, "min_count", need, severity=binding(row))
        share = row.get("active_if_pct")
        if share is not None and least * share > 1 + TOLERANCE:
            need = f"times active_if_pct is {percent(least * share)}: more than all spend."
            yield view.problem(row, "min_count", need, severity=binding(row))


def rows_of_a_custom_rule_agree(view: View) -> Iterator[Problem]:
    """sense, limit and penalty stand in one row of a custom rule, or are equal in all."""
    for name, rows in view.groups("Custom rules", "rule").items():
        for column in ("sense", "limit", "penalty"):
            given = [row for row in rows if row.get(column) is not None]
            for row in given[1:]:
                if row.get(column) != given[0].get(column):
                    first = given[0].cell(column)
                    yield view.fault(row, column, f"differs from {first}: {name} has one {column}.")
            unread = any(not view.blank(row, column) for row in rows)
            if not given and column != "penalty" and not unread:
                yield view.fault(rows[0], column, f"is blank in all rows of {name}: it needs one.")
        for column in ("window", "active"):
            for row in rows[1:]:
                if row.get(column) != rows[0].get(column):
                    first = rows[0].cell(column)
                    need = f"differs from {first}: all rows of {name} share one {column}."
                    yield view.fault(row, column, need)
        if all(row.get("coefficient") == 0 for row in rows):
            yield view.warning(
                rows[0], "coefficient", f"is 0 in all rows of {name}: it binds nothing."
            )


# ---------------------------------------------------------------------- futures
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
                    need = f"makes {item} {path[bad]:,.6g} in {view.label(bad)}, which "
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


# ---------------------------------------------------------------------- the plan before
def previous_orders_can_be_repeated(view: View) -> Iterator[Problem]:
    """Frozen orders of the previous plan are whole lots of offers, each in one row."""
    offers = view.named("Offers")
    frozen = view.tables.settings.get("frozen_periods") or 0
    seen: dict[tuple[object, object], int] = {}
    for row in view.rows("Previous plan"):
        at, offer = row.get("order_period"), offers.get(str(row.get("offer")))
        key = (row.get("offer"), at)
        if None not in key and key in seen:
            yield view.warning(
                row, "order_period", f"is in row {seen[key]} too: units are added up."
            )
        seen.setdefault(key, row.number)
        lot, units = offer.get("lot_size") if offer else None, row.get("units")
        is_frozen = at is not None and 0 <= at < frozen
        if lot and units is not None and is_frozen and not whole(units / lot):
            need = f"is frozen, but no multiple of the lot of {number(lot)}."
            yield view.warning(row, "units", need)


# ---------------------------------------------------------------------- ranges of Monte Carlo
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
                need = f"makes {item_of(other)} {moved:,.6g} in {view.label(at)}, which "
                return need + broken(moved, limits)
    return ""


RULES: tuple[Callable[[View], Iterator[Problem]], ...] = (
    one_name_has_one_spelling,
    timeline_names_values_that_vary,
    scenario_changes_name_what_may_change,
    budget_lines_are_cash_lines,
    share_rules_split_what_can_be_split,
    custom_rules_count_what_can_be_counted,
    first_is_not_after_last,
    least_is_not_above_most,
    rules_hold_within_the_plan,
    choices_open_within_the_plan,
    windows_are_whole,
    settings_that_need_a_sheet_have_it,
    bought_chips_state_their_loss_of_value,
    chips_that_stand_with_us_draw_power,
    resale_rests_on_a_loss_of_value,
    rentals_have_a_term,
    only_purchases_are_paid_on_order,
    orders_can_reach_their_minimum,
    limits_are_whole_lots,
    orders_arrive_within_the_plan,
    offers_find_a_site,
    prices_stay_finite,
    workloads_have_demand,
    unmet_work_has_its_price,
    work_can_be_run,
    blocks_fit_demand,
    things_that_need_a_place_have_sites,
    fleet_stands_where_it_can,
    committed_orders_stand_where_they_can,
    sites_can_power_what_stands_there,
    site_projects_end_within_the_plan,
    fleet_serves_in_the_plan,
    committed_orders_keep_within_limits,
    requirements_make_no_loop,
    stages_are_numbered_in_order,
    stages_started_in_order,
    programmes_that_must_run_can,
    projects_finished_in_order,
    projects_can_end_within_the_plan,
    tiers_agree_on_their_scheme,
    discounts_rise_with_their_thresholds,
    schemes_are_of_a_known_form,
    terms_cover_offers_of_their_seller,
    contracts_on_units_name_an_offer,
    contracts_bind_something,
    contracts_can_be_kept,
    prices_stay_above_nothing,
    more_is_not_cheaper_than_less,
    deals_and_contracts_have_names_of_their_own,
    deals_bind_something,
    milestones_can_be_met,
    least_shares_fit_into_the_whole,
    todays_fleet_keeps_the_shares,
    rules_rest_on_what_can_be_signed,
    counts_can_be_reached,
    rows_of_a_custom_rule_agree,
    probabilities_add_up,
    scenarios_grow_from_one_trunk,
    changes_act_after_the_branch,
    changed_values_stay_within_limits,
    previous_orders_can_be_repeated,
    ranges_name_what_may_change,
    ranges_run_from_low_to_high,
)
"""Every rule, in the order in which they are asked; those that settle spellings come first."""
