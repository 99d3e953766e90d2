"""One contract sheet as the template draws it: its fields, its rows, and what is said of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ..contract.inputs import INPUTS
from ..contract.schema import NUMERIC, Column, Kind, Table
from ..contract.sheets.questions import ASKED_OF

TITLE_ROW, DOC_ROW, LINK_ROW, UNIT_ROW, HEADER_ROW, FIRST_ROW = range(6)
LONGEST_MESSAGE = 255
"""Excel refuses a file whose messages are longer."""


@dataclass(frozen=True)
class Field:
    """One column of a sheet as drawn: a declared column, a period, or a free column."""

    name: str
    role: str
    """required, optional, period, label or note."""
    unit: str = ""
    column: Column | None = None

    @property
    def takes_input(self) -> bool:
        """Whether a reader of the template writes into it."""
        return self.role != "label"


@dataclass
class Sheet:
    """One contract sheet with its fields and rows."""

    table: Table
    fields: list[Field]
    rows: list[list[object]]
    settings: list[Column | None] = field(default_factory=list)
    """Of a vertical sheet: the setting that each row holds."""

    @property
    def name(self) -> str:
        """The contract's name of the sheet."""
        return self.table.name

    @property
    def last_row(self) -> int:
        """Last row of the table, which has at least one."""
        return FIRST_ROW + max(len(self.rows), 1) - 1

    def place(self, name: str) -> int:
        """Which column a field stands in."""
        return next(at for at, item in enumerate(self.fields) if item.name == name)

    def values(self, at: int) -> list[object]:
        """Values of one column, blanks left out."""
        return [row[at] for row in self.rows if row[at] is not None]


# ---------------------------------------------------------------------------- words
def kind_in_words(column: Column) -> str:
    """What the unit row says of a column that has no unit."""
    if column.kind is Kind.PERCENT:
        return "%"
    if column.kind is Kind.YES_NO:
        return "yes / no"
    if column.kind is Kind.CHOICE:
        return "choose"
    if column.kind in (Kind.NAME, Kind.NAMES):
        where = " or ".join(column.refers_to.split("|"))
        return ("names" if column.kind is Kind.NAMES else "name") + (
            f" from {where}" if where else ""
        )
    return {Kind.PERIOD: "period", Kind.TEXT: "text"}.get(column.kind, "number")


def unit_in_words(item: Field, currency: str) -> str:
    """What stands above a header: the unit, and † where the value may vary over time."""
    if item.column is None:
        return item.unit
    unit = item.column.unit or kind_in_words(item.column)
    if item.column.kind is Kind.PERCENT and unit != "%":
        unit = f"% {unit}"
    return in_currency(unit, currency) + (" †" if item.column.varies else "")


def in_currency(unit: str, currency: str) -> str:
    """A unit with the workbook's own currency."""
    return re.sub(r"\bmoney\b", lambda _: currency, unit)


def message(column: Column, currency: str) -> str:
    """The sentence shown when the cell is chosen: what it means, its unit, what it takes."""
    unit = in_currency(column.unit, currency)
    parts = [column.doc]
    if unit:
        parts.append(f"Unit: {unit}.")
    if column.kind in NUMERIC and column.limits:
        parts.append(f"Takes {column.limits}.")
    if column.kind is Kind.PERIOD:
        parts.append("Write it like the headings on Demand.")
    if column.kind is Kind.NAMES:
        parts.append("Separate names by commas.")
    if column.default not in (None, "") and not column.required:
        parts.append(f"Blank means {shown_default(column)}.")
    text = parts[0]
    for part in parts[1:]:
        if len(text) + 1 + len(part) <= LONGEST_MESSAGE:
            text += " " + part
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def shown_default(column: Column) -> str:
    """A default as a reader writes it."""
    if column.kind is Kind.PERCENT:
        return f"{column.default:.4g}".rstrip() if column.default > 1 else f"{column.default:.1%}"
    if column.kind in NUMERIC:
        return f"{column.default:,g}"
    return str(column.default)


def decimals(values: Iterable[object], scale: float = 1.0) -> int:
    """Decimals that show every value to four significant digits, four at most."""
    most = 0
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value == 0:
            continue
        number = abs(value * scale)
        shown = f"{number:.4g}" if number < 1000 else f"{round(number)}"
        if "e" in shown:
            shown = f"{number:.4f}".rstrip("0")
        most = max(most, len(shown.partition(".")[2]))
    return min(most, 4)


def number_format(kind: Kind | None, values: list[object]) -> str:
    """The number format of a column: money in thousands, percent with a decimal, zero shown."""
    if kind is Kind.PERCENT:
        return "0." + "0" * max(1, min(decimals(values, 100), 2)) + "%"
    if kind is Kind.INTEGER:
        return "#,##0"
    if kind in (Kind.PERIOD, Kind.NAME, Kind.NAMES):
        return "@"
    if kind in (Kind.TEXT, Kind.CHOICE, Kind.YES_NO):
        return "General"
    places = decimals(values)
    if kind is Kind.MONEY:
        return f"[>=1000]#,##0;#,##0.{'0' * max(places, 2)}" if places else "#,##0"
    if not values:
        return "[>=1000]#,##0;[<=-1000]-#,##0;General"
    return "#,##0" + ("." + "0" * places if places else "")


# ---------------------------------------------------------------------------- rules of cells
def list_name(sheet: str) -> str:
    """The defined name of a sheet's list of names."""
    return sheet.replace(" ", "_") + "_names"


def joined(tests: list[str]) -> str:
    """One formula that is true where any test is."""
    return f"OR({','.join(tests)})" if len(tests) > 1 else "".join(tests)


def number_rule(column: Column, cell: str) -> dict[str, object]:
    """The limits of a number in Excel's words."""
    rule: dict[str, object] = {"validate": "integer" if column.kind is Kind.INTEGER else "decimal"}
    limits = [
        (">=", column.low),
        (">", column.above),
        ("<=", column.high),
        ("<", column.below),
    ]
    given = [(sign, limit) for sign, limit in limits if limit is not None]
    if not given:
        return rule | {"criteria": "between", "minimum": -1e15, "maximum": 1e15}
    if len(given) == 1:
        return rule | {"criteria": given[0][0], "value": given[0][1]}
    if column.low is not None and column.high is not None:
        return rule | {"criteria": "between", "minimum": column.low, "maximum": column.high}
    tests = ",".join(f"{cell}{sign}{limit!r}" for sign, limit in given)
    return {"validate": "custom", "value": f"=AND(ISNUMBER({cell}),{tests})"}


def free_message(item: Field) -> dict[str, object]:
    """What is said of a column that nobody reads."""
    text = "Free text, kept and compared, never read."
    if item.name == "source":
        text = "Where the figures come from and of what date. Kept and compared, never read."
    return {"validate": "any", "input_title": item.name[:32], "input_message": text}


def derived_choices(sheet: str, column: str) -> list[str]:
    """What the contract implies for columns that name sheets and columns."""
    varying = [table for table in INPUTS.values() if any(c.varies for c in table)]
    changing = ("Demand", "Programme stages", "Software", "Deals", "Contracts")
    choices: dict[tuple[str, str], Callable[[], list[str]]] = {
        ("Timeline", "sheet"): lambda: [table.name for table in varying],
        ("Timeline", "column"): lambda: unique(c.name for t in varying for c in t if c.varies),
        ("Scenario changes", "sheet"): lambda: [
            name for name, t in INPUTS.items() if t in varying or name in changing
        ],
        ("Scenario changes", "column"): lambda: unique(
            [c.name for t in varying for c in t if c.varies]
            + ["lead_time", "duration", "completes", "efficiency"]
        ),
        ("Questions", "sheet"): lambda: unique(
            ["Demand", *(name for names in ASKED_OF.values() for name in names)]
        ),
    }
    found = choices.get((sheet, column))
    return found() if found else []


def wraps(item: Field) -> bool:
    """Whether a column's texts are broken into lines where they are long."""
    names = item.column is not None and item.column.kind is Kind.NAMES
    return item.role in ("note", "label") or names


def unique(names: Iterable[str]) -> list[str]:
    """Each name once, in order."""
    return list(dict.fromkeys(names))


def wrapped_lines(text: str, width: float) -> int:
    """Lines that a text takes when wrapped at blanks."""
    lines, used = 1, 0
    for word in text.split():
        if used and used + 1 + len(word) > width:
            lines, used = lines + 1, len(word)
        else:
            used += len(word) + (1 if used else 0)
    return lines
