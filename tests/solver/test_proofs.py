"""What the solver calls proven is true: runs that take other ways end at the same optimum."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

import chipfolio
from chipfolio.solver import child, engine
from chipfolio.solver.bridge import Matrix, to_matrix
from tests.benchmarks.instances import SIZES, book

WIDEST = 1e6
"""HiGHS 1.15.1 counts activities of rows to about 1e-16 of what moves in them, and whole numbers to
the tolerance of 1e-8: a yes or no that weighs less than this share of its row is lost."""


class CaughtError(Exception):
    """The model is built, and its matrix kept."""


@pytest.fixture
def matrix_of(monkeypatch):
    def build(tables) -> Matrix:
        caught = []

        def attempt(matrix, *rest):
            caught.append(matrix)
            raise CaughtError

        with monkeypatch.context() as patch:
            patch.setattr(engine, "attempt", attempt)
            with pytest.raises(CaughtError):
                chipfolio.solve(tables)
        return caught[0]

    return build


# of thirty drawn books these three once had proofs of plans that were up to 0.8 % too dear
@pytest.mark.parametrize("draw", [3, 11, 13])
def test_every_seed_of_the_solver_proves_the_same_optimum(matrix_of, monkeypatch, draw):
    matrix = matrix_of(chipfolio.read(book(replace(SIZES["small"], features=0.6), draw)))
    found = []
    for seed in (1, 2, 3, 4):
        monkeypatch.setattr(engine, "SEED", seed)
        outcome = engine.run_highs(matrix, gap=1e-6, time_limit=60.0)
        assert outcome.status == "optimal"
        found.append(matrix.cost @ outcome.values + matrix.offset)
    assert max(found) <= min(found) * (1 + 2e-6)


@pytest.mark.parametrize("features", [0.6, 1.0])
def test_no_yes_or_no_is_too_small_for_its_row(matrix_of, features):
    matrix = matrix_of(chipfolio.read(book(replace(SIZES["standard"], features=features), 1)))
    most = np.maximum(np.abs(matrix.lower), np.abs(matrix.upper))
    weight = np.abs(matrix.value) * most[matrix.index]
    whole = matrix.integer[matrix.index]
    row = np.repeat(np.arange(len(matrix.rows)), np.diff(matrix.start))
    lightest = np.full(len(matrix.rows), np.inf)
    heaviest = np.zeros(len(matrix.rows))
    np.minimum.at(lightest, row[whole], np.abs(matrix.value[whole]))
    np.maximum.at(heaviest, row[np.isfinite(weight)], weight[np.isfinite(weight)])
    worst = int(np.argmax(heaviest / lightest))
    assert heaviest[worst] <= WIDEST * lightest[worst], matrix.rows[worst].name


# cost x, x whole and at least 2.5: the best plan costs 3
@pytest.mark.parametrize(
    ("status", "bound", "ended", "believed"),
    [
        ("optimal", 3.0, "optimal", 3.0),
        ("optimal", 3.0000001, "optimal", 3.0000001),  # rounding
        ("time_limit", 2.5, "time_limit", 2.5),
        ("optimal", 3.1, "refuted", None),
        ("time_limit", 3.1, "time_limit", None),
    ],
)
def test_a_bound_above_a_plan_proves_nothing(tmp_path, monkeypatch, status, bound, ended, believed):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.enough = pyo.Constraint(expr=m.x >= 2.5)
    m.cost = pyo.Objective(expr=m.x)
    np.savez(tmp_path / "model.npz", **to_matrix(m).scaled().arrays)
    (tmp_path / "job.json").write_text(json.dumps({"search": True, "options": {}}))
    said = {"status": status, "bound": bound}
    monkeypatch.setattr(child, "search", lambda *_: (said, np.array([3.0])))
    child.main(tmp_path)
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["status"], result["bound"]) == (ended, believed)
    assert np.load(tmp_path / "values.npy").tolist() == [3.0]
