"""From a Pyomo model to arrays, with a guard on every number and every count.

Pyomo's own HiGHS interfaces drop whole batches of rows when one number is out of range, and say
nothing; so the model goes through Pyomo's standard form to arrays that are checked here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyomo.environ as pyo
from pyomo.repn.plugins.standard_form import LinearStandardFormCompiler
from scipy import sparse

from ..errors import PlanError

LARGEST_COEFFICIENT = 1e15
LARGEST_SIDE = 1e18
SMALLEST_COEFFICIENT = 1e-9
COST_TARGET = 1e6
"""The largest cost coefficient is brought to this by a power of ten."""


class NumberError(PlanError):
    """A number that the solver would silently drop or misread."""


@dataclass(frozen=True)
class Scaled:
    """A program as a solver's process gets it, and the way back to the model's units."""

    arrays: dict[str, np.ndarray]
    unit: float
    row_factor: np.ndarray
    column_factor: np.ndarray

    def values(self, found: np.ndarray) -> np.ndarray:
        """Values by column in the model's units."""
        return found * self.column_factor

    def start(self, values: np.ndarray) -> np.ndarray:
        """Values in the model's units as the solver's process takes them."""
        return values / self.column_factor

    def duals(self, found: np.ndarray) -> np.ndarray:
        """Prices by row: money per unit of the model's row."""
        return found * self.row_factor * self.unit

    def money(self, found: float | None) -> float | None:
        """An objective or bound in money; None stays None."""
        return None if found is None else found * self.unit


@dataclass
class Matrix:
    """A mixed-integer program as arrays: rows × columns in compressed rows.

    Sides without a limit are infinite. ``columns`` and ``rows`` are the Pyomo components, in the
    order of the arrays.
    """

    cost: np.ndarray
    offset: float
    coefficients: sparse.csr_matrix
    row_lower: np.ndarray
    row_upper: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    integer: np.ndarray
    columns: list
    rows: list

    @property
    def size(self) -> dict[str, int]:
        """Rows, columns, nonzeros and integer columns."""
        return {
            "rows": self.coefficients.shape[0],
            "columns": self.coefficients.shape[1],
            "nonzeros": int(self.coefficients.nnz),
            "integers": int(self.integer.sum()),
        }

    def scaled(self) -> Scaled:
        """The program with rows and continuous columns brought near 1 by powers of two.

        Money stands beside megawatts and shares in these rows, and a solver's tolerances are
        absolute; powers of two lose no bit (geometric scaling: Tomlin 1975).
        """
        row_factor, column_factor = factors(self.coefficients, self.integer)
        matrix = self.coefficients.copy()
        counts = np.diff(matrix.indptr)
        matrix.data = matrix.data * np.repeat(row_factor, counts) * column_factor[matrix.indices]
        sizes = np.abs(matrix.data)
        if ((sizes > 0) & (sizes <= SMALLEST_COEFFICIENT)).any():
            at = int(np.flatnonzero((sizes > 0) & (sizes <= SMALLEST_COEFFICIENT))[0])
            raise out_of_range(self, at, self.coefficients.data[at])
        cost = self.cost * column_factor
        largest = np.abs(cost).max(initial=0.0)
        unit = 1.0
        if largest > 0:
            unit = 10.0 ** max(0, int(np.ceil(np.log10(largest / COST_TARGET))))
        arrays = {
            "cost": cost / unit,
            "offset": np.array([self.offset / unit]),
            "start": matrix.indptr.astype(np.int32),
            "index": matrix.indices.astype(np.int32),
            "value": matrix.data,
            "row_lower": self.row_lower * row_factor,
            "row_upper": self.row_upper * row_factor,
            "lower": self.lower / column_factor,
            "upper": self.upper / column_factor,
            "integer": self.integer,
        }
        return Scaled(arrays, unit, row_factor, column_factor)


def to_matrix(model: pyo.ConcreteModel) -> Matrix:
    """The model's arrays; NumberError where a number cannot be handed over truly."""
    form = LinearStandardFormCompiler().write(model, mixed_form=True)
    matrix = sparse.csr_matrix(form.A)
    matrix.sort_indices()
    count = matrix.shape[0]
    lower = np.full(count, -np.inf)
    upper = np.full(count, np.inf)
    for at, (row, side) in enumerate(zip(form.rows, form.rhs, strict=True)):
        if row.bound_type >= 0:
            upper[at] = side
        if row.bound_type <= 0:
            lower[at] = side
    columns = list(form.columns)
    cost = np.asarray(form.c.todense()).ravel() if form.c.shape[0] else np.zeros(len(columns))
    rows = [row.constraint for row in form.rows]
    matrix, lower, upper, rows = once(matrix, lower, upper, rows)
    found = Matrix(
        cost=cost,
        offset=float(form.c_offset[0]) if len(form.c_offset) else 0.0,
        coefficients=matrix,
        row_lower=lower,
        row_upper=upper,
        lower=np.array([-np.inf if v.lb is None else v.lb for v in columns], dtype=float),
        upper=np.array([np.inf if v.ub is None else v.ub for v in columns], dtype=float),
        integer=np.array([v.is_integer() or v.is_binary() for v in columns], dtype=bool),
        columns=columns,
        rows=rows,
    )
    guard(found)
    return found


def once(
    matrix: sparse.csr_matrix, lower: np.ndarray, upper: np.ndarray, rows: list
) -> tuple[sparse.csr_matrix, np.ndarray, np.ndarray, list]:
    """Keep one of each set of equal rows: worlds of one tree state their common past alike."""
    seen: set[tuple] = set()
    keep = []
    for at in range(matrix.shape[0]):
        part = slice(matrix.indptr[at], matrix.indptr[at + 1])
        key = (
            matrix.indices[part].tobytes(),
            matrix.data[part].tobytes(),
            lower[at],
            upper[at],
        )
        if key not in seen:
            seen.add(key)
            keep.append(at)
    if len(keep) == matrix.shape[0]:
        return matrix, lower, upper, rows
    return matrix[keep], lower[keep], upper[keep], [rows[at] for at in keep]


def out_of_range(matrix: Matrix, at: int, value: float) -> NumberError:
    """The error for the coefficient at a place of the matrix."""
    row = int(np.searchsorted(matrix.coefficients.indptr, at, side="right") - 1)
    column = matrix.columns[matrix.coefficients.indices[at]]
    return NumberError(
        f"the coefficient {value:g} of {column.name} in {matrix.rows[row].name} is out of range: "
        "check the units of the numbers behind it"
    )


def factors(
    matrix: sparse.csr_matrix, integer: np.ndarray, passes: int = 4
) -> tuple[np.ndarray, np.ndarray]:
    """Powers of two by row and by continuous column that bring coefficients near 1.

    Each pass divides a row, then a column, by the geometric mean of its least and largest size.
    """
    rows, columns = matrix.shape
    sizes = np.abs(matrix.data)
    keep = sizes > 0
    log = np.log2(np.where(keep, sizes, 1.0))
    row_of = np.repeat(np.arange(rows), np.diff(matrix.indptr))
    column_of = matrix.indices
    row_log, column_log = np.zeros(rows), np.zeros(columns)
    for _ in range(passes):
        for of, other, own, far in (
            (row_of, column_of, row_log, column_log),
            (column_of, row_of, column_log, row_log),
        ):
            low, high = np.full(len(own), np.inf), np.full(len(own), -np.inf)
            np.minimum.at(low, of[keep], (log + far[other])[keep])
            np.maximum.at(high, of[keep], (log + far[other])[keep])
            found = np.isfinite(low)
            own[found] = -(low[found] + high[found]) / 2.0
            if own is column_log:
                own[integer] = 0.0
    return np.exp2(np.round(row_log)), np.exp2(np.round(column_log))


def guard(matrix: Matrix) -> None:
    """NumberError, naming the row or column, for numbers that solvers drop in silence."""
    values = matrix.coefficients.data
    sizes = np.abs(values)
    bad = ~np.isfinite(values) | (sizes >= LARGEST_COEFFICIENT)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise out_of_range(matrix, at, values[at])
    for name, side in (("lower", matrix.row_lower), ("upper", matrix.row_upper)):
        wrong = np.isnan(side) | (np.isfinite(side) & (np.abs(side) >= LARGEST_SIDE))
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise NumberError(
                f"the {name} side {side[at]:g} of {matrix.rows[at].name} is too large"
            )
    if not np.isfinite(matrix.cost).all() or not np.isfinite(matrix.offset):
        raise NumberError("a cost coefficient is not a finite number")
    if np.isnan(matrix.lower).any() or np.isnan(matrix.upper).any():
        raise NumberError("a variable's bound is not a number")
