"""What a single cell cannot show: faults and warnings across rows and sheets."""

from __future__ import annotations

from collections.abc import Iterator

from ..tables import Tables
from .problems import Problem
from .raw import RawBook


def across_rows(tables: Tables, book: RawBook) -> Iterator[Problem]:
    """Every fault and warning that needs more than one cell to be seen."""
    yield from ()
