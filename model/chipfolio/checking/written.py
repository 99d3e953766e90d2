"""The calendar as the sheet Demand writes it, for the rest of the pass where Settings is at fault.

A book with a fault in its first period, or in how many there are, is refused in any case: this
calendar only lets the faults on all other sheets be found in the same pass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from ..contract.periods import PATTERNS, Calendar, month_of
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


def missing_periods(
    calendar: Calendar, found: Collection[int], meant: Collection[str]
) -> Iterator[list[str]]:
    """Labels of the plan's periods that have no column, a list for each run of neighbours.

    ``found`` are positions that have one, ``meant`` labels that a header of another name meant.
    """
    run: list[str] = []
    for at in calendar.positions:
        label = calendar.label(at)
        if at not in found and label not in meant:
            run.append(label)
        elif run:
            yield run
            run = []
    if run:
        yield run


def follow_demand(settings: dict[str, object], demand: RawTable | None) -> None:
    """Where the calendar is at fault, the one that Demand writes, to find all other faults."""
    first, months, count = (
        settings[name] for name in ("first_period", "months_per_period", "periods")
    )
    if first is None or months is None or count is None:
        written = written_periods(demand, months)
        if written is not None:
            start, months, number = written
            first = start if first is None else first
            left = number - (first - start) // months
            count = (left if left > 0 else None) if count is None else count
    settings["first_period"], settings["periods"] = first, count
    settings["months_per_period"] = months or 3
