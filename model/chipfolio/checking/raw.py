"""What a reader hands to the checks: cells as found, with their addresses, nothing judged yet."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..contract.problems import Problem


@dataclass(frozen=True)
class Unreadable:
    """A cell whose value cannot be used: what it shows and what must be done."""

    shown: str
    need: str


@dataclass(frozen=True)
class RawColumn:
    """A header as found and the letter of its column."""

    header: object
    letter: str


@dataclass
class RawTable:
    """One table as found. ``rows`` are (row number, values in the order of ``columns``)."""

    sheet: str
    title: str
    header_row: int
    columns: list[RawColumn]
    rows: list[tuple[int, list[object]]]


@dataclass
class RawBook:
    """A workbook as found: tables by contract name, sheets ignored, what the reader noticed."""

    name: str
    sha256: str
    tables: dict[str, RawTable] = field(default_factory=dict)
    ignored_sheets: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
