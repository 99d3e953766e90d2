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

LARGEST_COEFFICIENT = 1e13
LARGEST_SIDE = 1e18
SMALLEST_COEFFICIENT = 1e-9
COST_TARGET = 1e6
"""The largest cost coefficient is brought to this by a power of ten."""


class NumberError(PlanError):
    """A number that the solver would silently drop or misread."""


@dataclass
class Matrix:
    """A mixed-integer program as arrays: rows × columns in compressed rows.

    ``cost`` (columns) is divided by ``unit``; ``offset`` is not. Sides without a limit are
    infinite. ``columns`` and ``rows`` are the Pyomo components, in the order of the arrays.
    """

    cost: np.ndarray
    unit: float
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

    def arrays(self) -> dict[str, np.ndarray]:
        """What a solver's process needs, without any Pyomo object."""
        return {
            "cost": self.cost,
            "start": self.coefficients.indptr.astype(np.int32),
            "index": self.coefficients.indices.astype(np.int32),
            "value": self.coefficients.data,
            "row_lower": self.row_lower,
            "row_upper": self.row_upper,
            "lower": self.lower,
            "upper": self.upper,
            "integer": self.integer,
        }


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
    largest = np.abs(cost).max(initial=0.0)
    unit = 10.0 ** max(0, int(np.ceil(np.log10(largest / COST_TARGET)))) if largest > 0 else 1.0
    found = Matrix(
        cost=cost / unit,
        unit=unit,
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


def guard(matrix: Matrix) -> None:
    """NumberError, naming the row or column, for numbers that solvers drop in silence."""
    values = matrix.coefficients.data
    sizes = np.abs(values)
    bad = ~np.isfinite(values) | (sizes >= LARGEST_COEFFICIENT)
    bad |= (sizes > 0) & (sizes <= SMALLEST_COEFFICIENT)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        row = int(np.searchsorted(matrix.coefficients.indptr, at, side="right") - 1)
        column = matrix.columns[matrix.coefficients.indices[at]]
        raise NumberError(
            f"the coefficient {values[at]:g} of {column.name} in {matrix.rows[row].name} is out of "
            "range: check the units of the numbers behind it"
        )
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
