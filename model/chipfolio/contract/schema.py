"""The grammar in which a contract is written: columns, tables, and what a column may hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a cell holds; the value names it to a reader of the dictionary."""

    TEXT = "text"
    NAME = "name"
    NAMES = "names, comma-separated"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    INTEGER = "whole number"
    PERIOD = "period"
    CHOICE = "one of"
    YES_NO = "yes or no"


NUMERIC = {Kind.NUMBER, Kind.MONEY, Kind.PERCENT, Kind.INTEGER}
READERS = {
    "model": "",
    "reports": "For people: it moves no decision.",
    "accounts": "For the accounts: it moves no decision.",
    "solver": "For the solver: it moves no optimum.",
    "conflicts": "Read where rules contradict each other.",
    "monte carlo": "Read by Monte Carlo and tornados only.",
    "answers": "Read by answers only.",
    "runs": "Read where a plan is published.",
    "quarters": "Read by roll and backtest only.",
}
"""Who reads a column or a sheet, and what the dictionary says of it."""
RESERVED = ("all", "each", "none")
IGNORED_HEADERS = ("note", "source", "as of")
"""How the header of a free column begins: such columns are kept, and never read."""
SUMS = ("total", "totals", "sum", "subtotal", "grand total", "average", "summe", "gesamt")
"""What people write before sums under a table."""
SEPARATOR = " / "
"""Joins the parts of a composite item, as in ``chip / workload``."""


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, its unit and one sentence for the dictionary.

    ``refers_to`` is a sheet whose key the cell must name, or several joined by ``|``.
    ``also`` lists words that are legal beside a reference. ``low`` and ``high`` are inclusive;
    ``above`` and ``below`` are exclusive. ``varies`` is the contract's dagger: Timeline and
    scenarios may set the value period by period. ``read_by`` is one of `READERS`.
    ``copies`` is for a plan's tables: the sheet whose row, named in the table's row, has the value
    in its column of this name. ``title`` is what a sentence calls it where its name does not do.
    """

    name: str
    kind: Kind
    unit: str
    doc: str
    required: bool = False
    default: object = None
    low: float | None = None
    high: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    also: tuple[str, ...] = ()
    varies: bool = False
    moved_by: str = ""
    format: str = ""
    read_by: str = "model"
    copies: str = ""
    title: str = ""

    @property
    def called(self) -> str:
        """What a sentence calls it: its title, or its name as words."""
        return self.title or self.name.removesuffix("_pct").replace("_", " ")

    @property
    def meaning(self) -> str:
        """The sentence of the dictionary, and who reads the column where it is not the model."""
        return f"{self.doc} {READERS[self.read_by]}".strip()

    @property
    def limits(self) -> str:
        """The limits in words, empty where there is none."""
        show = (lambda x: f"{x:.0%}") if self.kind is Kind.PERCENT else (lambda x: f"{x:,g}")
        parts = []
        if self.low is not None and self.high is not None:
            return f"between {show(self.low)} and {show(self.high)}"
        if self.low is not None:
            parts.append(f"at least {show(self.low)}")
        if self.above is not None:
            parts.append(f"above {show(self.above)}")
        if self.high is not None:
            parts.append(f"at most {show(self.high)}")
        if self.below is not None:
            parts.append(f"below {show(self.below)}")
        return " and ".join(parts)

    @property
    def takes(self) -> str:
        """What the cell takes, in words."""
        if self.kind is Kind.CHOICE:
            return "one of " + ", ".join(self.choices)
        if self.kind is Kind.YES_NO:
            return "yes or no"
        words = self.kind.value + (f" {self.limits}" if self.limits else "")
        if self.refers_to:
            words += " from " + " or ".join(self.refers_to.split("|"))
        if self.also:
            words += " (or " + ", ".join(self.also) + ")"
        return words


@dataclass(frozen=True)
class Table:
    """One sheet. ``wide``: one more column per period; ``vertical``: a row per name."""

    name: str
    doc: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    wide: bool = False
    vertical: bool = False
    scheme: bool = False
    """Rows of one name belong together (tiers, coefficients); the first key part may repeat."""
    kind: str = "master"
    """How a reader looks it up: settings, master, link, time, rules, terms, future."""
    read_by: str = "model"
    """One of `READERS`: who reads the whole sheet."""

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError where there is none."""
        return next_or_raise(self.columns, name)

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in their written order."""
        return tuple(column.name for column in self.columns)


def next_or_raise(columns: tuple[Column, ...], name: str) -> Column:
    """The column called ``name``; KeyError where there is none."""
    for column in columns:
        if column.name == name:
            return column
    raise KeyError(name)
