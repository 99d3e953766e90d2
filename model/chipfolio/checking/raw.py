"""What a reader hands to the checks: cells as found, with their addresses, nothing judged yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..contract.problems import Problem
from ..tables import Unread


@dataclass(frozen=True)
class Unreadable:
    """A cell whose value cannot be used: what it shows and what must be done."""

    shown: str
    need: str


@dataclass(frozen=True)
class RawColumn:
    """A header as found, the letter of its column, and how many of its cells hold something."""

    header: object
    letter: str
    filled: int


@dataclass
class RawTable:
    """One table as found. ``rows`` are (row number, values in the order of ``columns``)."""

    sheet: str
    title: str
    header_row: int
    columns: list[RawColumn]
    rows: list[tuple[int, list[object]]]
    merged: frozenset[tuple[int, int]] = frozenset()
    """Row number and place of cells that hold nothing, for they are merged into another."""


@dataclass
class RawBook:
    """A workbook as found: tables by contract name, what is in none, what the reader noticed."""

    name: str
    sha256: str
    tables: dict[str, RawTable] = field(default_factory=dict)
    ignored_sheets: list[str] = field(default_factory=list)
    likely: dict[str, str] = field(default_factory=dict)
    """Sheets of another name that hold the columns of a contract sheet, by its name."""
    unread: list[Unread] = field(default_factory=list)
    """Cells that belong to no table."""
    problems: list[Problem] = field(default_factory=list)
