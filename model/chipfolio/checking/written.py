"""The calendar as the sheet Demand writes it, for the rest of the pass where Settings is at fault.

A book with a fault in its first period, or in how many there are, is refused in any case: this
calendar only lets the faults on all other sheets be found in the same pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ..contract.periods import PATTERNS, month_of
from .raw import RawTable


def written_periods(demand: RawTable | None, months: int | None) -> tuple[int, int, int] | None:
    """First month since year 0, months per period, number of periods; None where none is written.

    ``months`` is the length of a period as Settings gives it, None where that cell is at fault.
    """
    heads = [column.header for column in demand.columns] if demand is not None else []
    if months is None:  # a date lies in a period of any length
        heads = [head for head in heads if not isinstance(head, date)]
    for length in PATTERNS if months is None else (months,):
        starts = months_written(heads, length)
        if starts:
            return starts[0], length, (starts[-1] - starts[0]) // length + 1
    return None


def months_written(heads: Sequence[object], months: int) -> list[int]:
    """First months of the periods of a length that heads of columns name, in order."""
    found = (month_of(head, months) for head in heads if head is not None)
    return sorted({month for month in found if month is not None})
