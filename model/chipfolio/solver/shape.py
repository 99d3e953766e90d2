"""What an improver must know of a program beyond its matrix: whose each column is, and when."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

SHAPE = "shape.npz"
BY_COLUMN = ("period", "since", "world", "fine", "kept")


@dataclass(frozen=True)
class Shape:
    """What an improver must know of a program beyond its matrix, all by column.

    ``period`` and ``world`` say when and in which world a column is decided first (-1: neither);
    ``since`` is the first period of what it follows from, as a tier does from a year's orders;
    ``fine`` are the quantities that a first plan makes whole after what commits;
    ``kept`` are those that a neighbourhood keeps or frees, for the others follow from them;
    ``members`` lists each world's columns, those it shares included, and ``costs`` what they add to
    the world's total, in money. Worlds stand parents first. ``is_cost`` says whether the program's
    objective is the worlds' costs together.
    """

    period: np.ndarray
    since: np.ndarray
    world: np.ndarray
    fine: np.ndarray
    kept: np.ndarray
    members: list[np.ndarray]
    costs: list[np.ndarray]
    is_cost: bool = True

    def reach(self, free: np.ndarray) -> np.ndarray:
        """Columns that may move with the free ones: all but those of worlds that know none."""
        kept = np.zeros(len(free), dtype=bool)
        for columns in self.members:
            if not free[columns].any():
                kept[columns] = True
        return np.flatnonzero(~kept)

    def save(self, folder: Path, column_factor: np.ndarray, unit: float) -> None:
        """Write it in the units of a scaled program."""
        costs = {
            f"cost{at}": cost * column_factor[columns] / unit
            for at, (columns, cost) in enumerate(zip(self.members, self.costs, strict=True))
        }
        members = {f"members{at}": columns for at, columns in enumerate(self.members)}
        count = np.array(len(self.members))
        by_column = {name: getattr(self, name) for name in BY_COLUMN}
        whole = {"count": count, "is_cost": np.array(self.is_cost)}
        np.savez(folder / SHAPE, **whole, **by_column, **members, **costs)


def read_shape(folder: Path) -> Shape:
    """The shape as ``save`` left it."""
    with np.load(folder / SHAPE) as file:
        count = int(file["count"])
        return Shape(
            *(file[name] for name in BY_COLUMN),
            [file[f"members{at}"] for at in range(count)],
            [file[f"cost{at}"] for at in range(count)],
            bool(file["is_cost"]),
        )
