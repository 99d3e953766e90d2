"""A program as arrays, and HiGHS runs on it: what the solver's processes have in common."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import highspy
import numpy as np

if TYPE_CHECKING:
    from scipy import sparse

Program = dict[str, np.ndarray]
"""Arrays of a scaled program, as in ``model.npz``: cost, offset, lower, upper, integer by column;
row_lower and row_upper; start, index and value of the rows."""
LARGE = 40_000
"""Columns from which a relaxation was seen to take the simplex method twice as long as an interior
point method."""
STATUS = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
    highspy.HighsModelStatus.kTimeLimit: "time_limit",
    highspy.HighsModelStatus.kInterrupt: "stopped",
    highspy.HighsModelStatus.kSolutionLimit: "node_limit",
    highspy.HighsModelStatus.kMemoryLimit: "died",
}


def program(data: Program) -> highspy.HighsLp:
    """The arrays as HiGHS reads them."""
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = len(data["row_lower"]), len(data["cost"])
    lp.col_cost_, lp.offset_ = data["cost"], float(data["offset"][0])
    lp.col_lower_, lp.col_upper_ = data["lower"], data["upper"]
    lp.row_lower_, lp.row_upper_ = data["row_lower"], data["row_upper"]
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = lp.num_row_, lp.num_col_
    lp.a_matrix_.start_ = data["start"]
    lp.a_matrix_.index_ = data["index"]
    lp.a_matrix_.value_ = data["value"]
    if data["integer"].any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in data["integer"]]
    return lp


def load(lp: highspy.HighsLp, options: dict[str, object]) -> highspy.Highs:
    """A solver with the options and the program in it; RuntimeError where any is refused."""
    solver = highspy.Highs()
    for name, value in {"log_to_console": False, **options}.items():
        if solver.setOptionValue(name, value) != highspy.HighsStatus.kOk:
            raise RuntimeError(f"the solver refuses option {name} = {value}")
    nonzeros = len(lp.a_matrix_.value_)
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("the solver refuses the model")
    inside = (solver.getNumRow(), solver.getNumCol(), solver.getNumNz())
    if inside != (lp.num_row_, lp.num_col_, nonzeros):
        raise RuntimeError(f"the solver holds {inside} rows, columns, nonzeros; not what was sent")
    return solver


def held(data: Program, mask: np.ndarray, point: np.ndarray) -> Program:
    """The program with a point kept where a mask says so: whole, or at the nearer bound."""
    lower, upper = data["lower"].copy(), data["upper"].copy()
    nearer = np.where(point - lower < upper - point, lower, upper)
    kept = np.where(data["integer"], np.clip(np.round(point), lower, upper), nearer)
    lower[mask] = upper[mask] = kept[mask]
    return {**data, "lower": lower, "upper": upper}


def matrix_of(data: Program) -> sparse.csr_matrix:
    """The coefficients by row and column."""
    from scipy import sparse  # half a second that a small book does not need

    shape = (len(data["row_lower"]), len(data["cost"]))
    return sparse.csr_matrix((data["value"], data["index"], data["start"]), shape=shape)


def rows_within(matrix: sparse.csr_matrix, columns: np.ndarray) -> np.ndarray:
    """The rows that hold none but these columns."""
    outside = np.ones(matrix.shape[1])
    outside[columns] = 0.0
    pattern = matrix.copy()
    pattern.data = np.ones_like(matrix.data)
    return np.flatnonzero(pattern @ outside == 0.0)


def rows_and_columns(
    data: Program, matrix: sparse.csr_matrix, rows: np.ndarray, columns: np.ndarray
) -> Program:
    """These rows and columns of a program, without its objective."""
    part = matrix[rows][:, columns]
    part.sort_indices()
    return {
        "lower": data["lower"][columns],
        "upper": data["upper"][columns],
        "integer": data["integer"][columns],
        "row_lower": data["row_lower"][rows],
        "row_upper": data["row_upper"][rows],
        "start": part.indptr.astype(np.int32),
        "index": part.indices.astype(np.int32),
        "value": part.data,
    }


def relaxation(data: Program, seconds: float, **options: object) -> highspy.Highs:
    """A solver that has run the program without its whole numbers, for so many seconds at most."""
    relaxed = program({**data, "integer": np.zeros(len(data["cost"]), bool)})
    solver = load(relaxed, {"threads": 1, "time_limit": seconds, **options})
    solver.run()
    return solver


def finite(value: float) -> float | None:
    """The value, or None where it is infinite."""
    return float(value) if np.isfinite(value) and abs(value) < 1e29 else None


def keep(path: Path, array: np.ndarray) -> None:
    """Write an array so that a reader finds the old one or the new one, never half."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, array)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
