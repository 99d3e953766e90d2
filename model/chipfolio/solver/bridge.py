"""From a Pyomo model to arrays, with a guard on every number and every count.

Pyomo's own HiGHS interfaces drop whole batches of rows when one number is out of range, and say
nothing; so the model's rows are read one by one into arrays that are checked here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pyomo.core as pyo
from pyomo.common.numeric_types import native_numeric_types
from pyomo.core.base.enums import SortComponents
from pyomo.core.base.var import VarData
from pyomo.core.expr import LinearExpression, MonomialTermExpression

from ..errors import PlanError

if TYPE_CHECKING:
    from scipy import sparse

ORDER = SortComponents.unsorted
"""Components as they were declared: an order that no hash has a part in."""
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

    Row i has ``value[k]`` in column ``index[k]`` for k from ``start[i]`` to ``start[i + 1]``.
    Sides without a limit are infinite. ``columns`` and ``rows`` are the Pyomo components, in the
    order of the arrays.
    """

    cost: np.ndarray
    offset: float
    start: np.ndarray
    index: np.ndarray
    value: np.ndarray
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
            "rows": len(self.rows),
            "columns": len(self.columns),
            "nonzeros": len(self.value),
            "integers": int(self.integer.sum()),
        }

    @property
    def coefficients(self) -> sparse.csr_matrix:
        """Rows × columns as scipy holds them."""
        from scipy import sparse  # beside Pyomo it takes a second to load, and few need it

        shape = (len(self.start) - 1, len(self.cost))
        return sparse.csr_matrix((self.value, self.index, self.start), shape=shape)

    def with_coefficients(self, body: sparse.csr_matrix, **changes: object) -> Matrix:
        """The program with other rows × columns, and whatever else changes with them."""
        parts = {"start": body.indptr, "index": body.indices, "value": body.data}
        return replace(self, **parts, **changes)

    def with_rows(
        self, forms: Iterable[Iterable[tuple[float, object]]], upper: list[float], names: list
    ) -> Matrix:
        """The program with more rows, (coefficient, variable) pairs that are limited above."""
        place = {id(variable): at for at, variable in enumerate(self.columns)}
        start, index, value = list(self.start), [*self.index], [*self.value]
        for form in forms:
            pairs = sorted((place[id(variable)], coefficient) for coefficient, variable in form)
            index.extend(at for at, _ in pairs)
            value.extend(coefficient for _, coefficient in pairs)
            start.append(len(index))
        return replace(
            self,
            start=np.array(start),
            index=np.array(index, dtype=int),
            value=np.array(value, dtype=float),
            row_lower=np.concatenate([self.row_lower, np.full(len(names), -np.inf)]),
            row_upper=np.concatenate([self.row_upper, upper]),
            rows=[*self.rows, *names],
        )

    def scaled(self) -> Scaled:
        """The program with rows and continuous columns brought near 1 by powers of two.

        Money stands beside megawatts and shares in these rows, and a solver's tolerances are
        absolute; powers of two lose no bit (geometric scaling: Tomlin 1975).
        """
        row_of = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        row_factor, column_factor = factors(self, row_of)
        value = self.value * row_factor[row_of] * column_factor[self.index]
        sizes = np.abs(value)
        if ((sizes > 0) & (sizes <= SMALLEST_COEFFICIENT)).any():
            at = int(np.flatnonzero((sizes > 0) & (sizes <= SMALLEST_COEFFICIENT))[0])
            raise out_of_range(self, at, self.value[at])
        cost = self.cost * column_factor
        largest = np.abs(cost).max(initial=0.0)
        unit = 1.0
        if largest > 0:
            unit = 10.0 ** max(0, int(np.ceil(np.log10(largest / COST_TARGET))))
        arrays = {
            "cost": cost / unit,
            "offset": np.array([self.offset / unit]),
            "start": self.start.astype(np.int32),
            "index": self.index.astype(np.int32),
            "value": value,
            "row_lower": self.row_lower * row_factor,
            "row_upper": self.row_upper * row_factor,
            "lower": self.lower / column_factor,
            "upper": self.upper / column_factor,
            "integer": self.integer,
        }
        return Scaled(arrays, unit, row_factor, column_factor)


def to_matrix(model: pyo.ConcreteModel) -> Matrix:
    """The model's arrays; NumberError where a number cannot be handed over truly.

    Rows stand in the model's order, a ranged one as one row a side; columns in the order in which
    the objective and then the rows name their components. PlanError where something is not linear,
    or there is more to do than to minimise one objective.
    """
    place: dict[int, int] = {}
    columns: list = []

    def known(variable: object) -> bool:
        """Whether it has a column, given to it and all of its component at their first mention."""
        if id(variable) not in place and isinstance(variable, VarData):
            for one in variable.parent_component().values():
                if not one.fixed:
                    place[id(one)] = len(columns)
                    columns.append(one)
        return id(variable) in place

    def add(body: object) -> tuple[dict[int, float], float]:
        """Coefficients by column, equal ones summed, and the constant."""
        pairs, constant = terms(body)
        if not all(
            type(coefficient) in native_numeric_types and (id(variable) in place or known(variable))
            for coefficient, variable in pairs
        ):
            pairs, constant = taken_apart(body)
            for _, variable in pairs:
                known(variable)
        found: dict[int, float] = {}
        for coefficient, variable in pairs:
            at = place[id(variable)]
            found[at] = found.get(at, 0.0) + coefficient
        return found, constant

    objectives = list(model.component_data_objects(pyo.Objective, active=True, sort=ORDER))
    if len(objectives) > 1 or any(one.sense != pyo.minimize for one in objectives):
        raise PlanError("a model has one objective, and that is minimised")
    cost, offset = add(objectives[0].expr) if objectives else ({}, 0.0)
    rows, lines, lower, upper = [], [], [], []
    for row in model.component_data_objects(pyo.Constraint, active=True, sort=ORDER):
        low, body, high = row.to_bounded_expression(evaluate_bounds=True)
        line, constant = add(body)
        low = -np.inf if low is None else low - constant
        high = np.inf if high is None else high - constant
        is_range = np.isfinite(low) and np.isfinite(high) and low != high
        for one_low, one_high in ((-np.inf, high), (low, np.inf)) if is_range else ((low, high),):
            rows.append(row)
            lines.append(line)
            lower.append(one_low)
            upper.append(one_high)
    kept = list(once(lines, lower, upper))
    costs = np.zeros(len(columns))
    costs[list(cost)] = list(cost.values())
    row_of = np.repeat(np.arange(len(kept)), [len(lines[at]) for at in kept])
    index = np.fromiter(chain.from_iterable(lines[at] for at in kept), int, len(row_of))
    value = np.fromiter(chain.from_iterable(lines[at].values() for at in kept), float, len(row_of))
    row_of, index, value = (part[value != 0.0] for part in (row_of, index, value))
    order = np.lexsort((index, row_of))
    used = np.union1d(index, np.flatnonzero(costs))
    variables = [columns[at] for at in used]
    found = Matrix(
        cost=costs[used],
        offset=offset,
        start=np.searchsorted(row_of, np.arange(len(kept) + 1)),
        index=np.searchsorted(used, index[order]),
        value=value[order],
        row_lower=np.array([lower[at] for at in kept], dtype=float),
        row_upper=np.array([upper[at] for at in kept], dtype=float),
        lower=np.array([-np.inf if v.lb is None else v.lb for v in variables], dtype=float),
        upper=np.array([np.inf if v.ub is None else v.ub for v in variables], dtype=float),
        integer=np.array([v.is_integer() or v.is_binary() for v in variables], dtype=bool),
        columns=variables,
        rows=[rows[at] for at in kept],
    )
    guard(found)
    return found


def terms(body: object) -> tuple[list[tuple[float, object]], float]:
    """(coefficient, variable) pairs and the constant of a sum, read as it stands."""
    pairs, constant = [], 0.0
    for part in body.args if type(body) is LinearExpression else (body,):
        if type(part) is MonomialTermExpression:
            pairs.append(part.args)
        elif type(part) in native_numeric_types:
            constant += part
        else:
            pairs.append((1.0, part))
    return pairs, float(constant)


def taken_apart(body: object) -> tuple[list[tuple[float, object]], float]:
    """The same of any linear expression, by Pyomo; else PlanError."""
    from pyomo.repn import generate_standard_repn

    found = generate_standard_repn(body, compute_values=True)
    if not found.is_linear():
        raise PlanError(f"{body} is not linear")
    pairs = list(zip(found.linear_coefs, found.linear_vars, strict=True))
    return pairs, float(found.constant)


def once(
    lines: Sequence[Mapping[int, float]], lower: Sequence[float], upper: Sequence[float]
) -> Iterator[int]:
    """One of each set of equal rows: worlds of one tree state their common past alike."""
    seen: set[tuple] = set()
    for at, line in enumerate(lines):
        key = (frozenset(line.items()), lower[at], upper[at])
        if key not in seen:
            seen.add(key)
            yield at


def out_of_range(matrix: Matrix, at: int, value: float) -> NumberError:
    """The error for the coefficient at a place of the matrix."""
    row = int(np.searchsorted(matrix.start, at, side="right") - 1)
    column = matrix.columns[matrix.index[at]]
    return NumberError(
        f"the coefficient {value:g} of {column.name} in {matrix.rows[row].name} is out of range: "
        "check the units of the numbers behind it"
    )


def factors(matrix: Matrix, row_of: np.ndarray, passes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Powers of two by row and by continuous column that bring coefficients near 1.

    Each pass divides a row, then a column, by the geometric mean of its least and largest size.
    """
    column_of, sizes = matrix.index, np.abs(matrix.value)
    keep = sizes > 0
    log = np.log2(np.where(keep, sizes, 1.0))
    row_log, column_log = np.zeros(len(matrix.start) - 1), np.zeros(len(matrix.cost))
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
                own[matrix.integer] = 0.0
    return np.exp2(np.round(row_log)), np.exp2(np.round(column_log))


def guard(matrix: Matrix) -> None:
    """NumberError, naming the row or column, for numbers that solvers drop in silence."""
    values = matrix.value
    sizes = np.abs(values)
    bad = ~np.isfinite(values) | (sizes >= LARGEST_COEFFICIENT)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise out_of_range(matrix, at, values[at])
    for name, side in (("lower", matrix.row_lower), ("upper", matrix.row_upper)):
        never = np.inf if name == "lower" else -np.inf
        wrong = np.isnan(side) | (np.isfinite(side) & (np.abs(side) >= LARGEST_SIDE))
        wrong |= side == never
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise NumberError(
                f"the {name} side {side[at]:g} of {matrix.rows[at].name} is too large"
            )
    if not np.isfinite(matrix.cost).all() or not np.isfinite(matrix.offset):
        raise NumberError("a cost coefficient is not a finite number")
    if np.isnan(matrix.lower).any() or np.isnan(matrix.upper).any():
        raise NumberError("a variable's bound is not a number")
