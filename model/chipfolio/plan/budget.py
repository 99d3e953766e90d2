"""One time limit over all stages of a run, from reading the workbook to writing the plan's.

Only the solver can be told when to end. Reading, building, checking and writing take what they
take; so it is estimated from the size of the book what is still to come of them, that time is set
aside, and the solver gets the rest. The estimate is in seconds of a machine that does nothing else
(fitted to books of 700 to 300,000 cells), times how much slower this run has been so far.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from ..tables import Tables

STARTING, POLISHING = 1.0, 0.5
"""Seconds to load what a command needs; to start the solver and to make the least plan exact."""
READ_CELL, WRITE_CELL = 2.5e-5, 5e-5
"""Seconds to read a cell of the input and check it; to copy it into the plan's workbook."""
BUILD_COLUMN, CHECK_COLUMN = 6e-5, 1e-4
"""Seconds to build a column of the model with its rows; to round, extract and audit it."""
WRITE_ROW = 1e-3
"""Seconds to write a row of the plan's tables, with the formulas that recompute it."""
HTML = 3.0
"""Seconds to draw the report's charts."""
FASTEST, SLOWEST = 0.5, 50.0
"""Within what a run is believed to be slower than that machine."""
TELLING = 0.05
"""Seconds of work from which its time tells a pace: what is done in a moment tells none."""
LEAST_SHARE, LEAST_SECONDS = 0.25, 1.0
"""What the solver gets in any case: a share of the limit, and no less than so many seconds. Where
all else takes nine tenths of the limit, the run ends 15 % beyond it."""
AGAIN = 1.1
"""Times as long as was said, from which it is said anew."""
FIRST_PLAN = 3.0
"""It gets as many times as long as building takes too: by then there is a first plan, and a run
that ends without one was for nothing."""


@dataclass(frozen=True)
class Work:
    """What cannot be cut short, in seconds of a machine that does nothing else."""

    read: float
    build: float
    check: float
    write: float

    @property
    def after(self) -> float:
        """What comes after the solver."""
        return self.check + self.write

    @property
    def total(self) -> float:
        """All of it."""
        return self.read + self.build + self.after


def work_of(
    tables: Tables, worlds: int, columns: int | None = None, writes: bool = True, html: bool = False
) -> Work:
    """The work of a book that is planned over so many worlds.

    ``columns`` are the model's once it is built; until then they are guessed. ``writes`` says
    whether the plan workbook is part of the run, ``html`` whether the report is too.
    """
    cells = sum(len(row) for frame in tables.frames.values() for row in frame)
    offers, workloads, pairs = (
        len(tables.rows(sheet)) for sheet in ("Offers", "Workloads", "Performance")
    )
    periods = worlds * tables.calendar.count
    guess = periods * (15 + 3 * offers + 2 * pairs)
    columns = guess if columns is None else columns
    rows = 250 + periods * (40 + 3 * offers + 2 * workloads)
    return Work(
        read=STARTING + READ_CELL * cells,
        build=BUILD_COLUMN * columns,
        check=POLISHING + CHECK_COLUMN * columns,
        write=writes * (WRITE_ROW * rows + WRITE_CELL * cells) + html * HTML,
    )


class Budget:
    """The seconds of a run: ``limit`` from when it ``began``, by a clock."""

    def __init__(
        self,
        limit: float,
        began: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limit = limit
        self.clock = clock
        self.began = clock() if began is None else began
        self.pace = 1.0
        """How many times as long as estimated the work of this run takes."""
        self.told = 0.0
        """After how many seconds the run was said to end."""

    def left(self, ahead: float = 0.0) -> float:
        """Seconds until the limit, but for the work ahead; below zero once it is over."""
        return self.limit - (self.clock() - self.began) - ahead * self.pace

    def measure(self, done: float) -> None:
        """Learn the pace: all time so far went into this work."""
        if done >= TELLING:
            self.pace = min(max((self.clock() - self.began) / done, FASTEST), SLOWEST)

    def least(self, building: float) -> float:
        """What the solver gets in any case, of a model whose building takes so long elsewhere."""
        first = FIRST_PLAN * building * self.pace
        return max(LEAST_SHARE * self.limit, LEAST_SECONDS, first)

    def for_solver(self, ahead: float, building: float) -> float:
        """Seconds for the solver's first search, with the work ahead set aside."""
        return max(self.left(ahead), self.least(building))

    def too_short(self, ahead: float, building: float) -> str:
        """A sentence where the limit leaves the solver no time worth the name; else empty.

        Empty too where such a sentence said much the same before.
        """
        least = self.least(building)
        if self.left(ahead) >= least:
            return ""
        work = self.limit - self.left(ahead)
        if work + least <= AGAIN * self.told:
            return ""
        self.told = work + least
        return (
            f"the time limit of {self.limit:g} seconds is too short: reading, building, checking "
            f"and writing alone take about {work:.0f} seconds here; so that there is a first plan, "
            f"the solver gets {least:.0f} all the same, and the run ends after about "
            f"{self.told:.0f}"
        )
