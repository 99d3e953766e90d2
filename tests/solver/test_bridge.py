"""The way from Pyomo to arrays loses nothing and refuses what a solver would drop."""

from __future__ import annotations

import math

import highspy
import numpy as np
import pyomo.environ as pyo
import pytest

from chipfolio.errors import PlanError
from chipfolio.formulation.linear import linear
from chipfolio.solver.bridge import NumberError, guard, to_matrix
from chipfolio.solver.engine import run_highs


def small(coefficient: float = 1.0, side: float = 4.0) -> pyo.ConcreteModel:
    """Min 2x + 3y + 5, coefficient x + y ≥ side, 1 ≤ x - y ≤ 3, x whole, y in [0, 10]."""
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.NonNegativeIntegers)
    m.y = pyo.Var(bounds=(0, 10))
    m.enough = pyo.Constraint(expr=coefficient * m.x + m.y >= side)
    m.apart = pyo.Constraint(expr=(1, m.x - m.y, 3))
    m.cost = pyo.Objective(expr=2 * m.x + 3 * m.y + 5)
    return m


def test_every_number_arrives():
    found = to_matrix(small())
    # the ranged row becomes one row a side; the order of rows and columns is the model's
    assert [v.name for v in found.columns] == ["x", "y"]
    assert found.cost.tolist() == [2, 3]
    assert found.offset == 5
    dense = found.coefficients.toarray().tolist()
    assert dense == [[1, 1], [1, -1], [1, -1]]
    assert found.row_lower.tolist() == [4, -math.inf, 1]
    assert found.row_upper.tolist() == [math.inf, 3, math.inf]
    assert found.lower.tolist() == [0, 0]
    assert found.upper.tolist() == [math.inf, 10]
    assert found.integer.tolist() == [True, False]


def test_large_costs_are_brought_near_a_million_by_a_power_of_ten():
    m = small()
    m.cost.set_value(3e9 * m.x + m.y)
    scaled = to_matrix(m).scaled()
    assert scaled.unit == 1e4
    assert np.abs(scaled.arrays["cost"]).max() == pytest.approx(3e5)


def test_scaling_by_powers_of_two_loses_nothing():
    m = small()
    m.money = pyo.Constraint(expr=3e9 * m.y + 7e5 * m.x <= 4e10)
    found = to_matrix(m)
    scaled = found.scaled()
    for factor in (scaled.row_factor, scaled.column_factor):
        assert np.array_equal(np.exp2(np.round(np.log2(factor))), factor)
    assert scaled.column_factor[found.integer].tolist() == [1.0]  # whole numbers stay whole
    sizes = np.abs(scaled.arrays["value"])
    assert sizes.max() / sizes.min() < 1e4  # from 3e9 beside 1 in the model's units
    back = scaled.arrays["value"] / np.repeat(scaled.row_factor, np.diff(found.coefficients.indptr))
    back /= scaled.column_factor[found.coefficients.indices]
    assert np.array_equal(back, found.coefficients.data)
    point = np.array([2.0, 0.5])
    assert np.array_equal(scaled.values(scaled.start(point)), point)


def test_whatever_is_linear_arrives_and_what_is_not_is_refused():
    m = small()
    m.p = pyo.Param(initialize=2.0, mutable=True)
    m.z = pyo.Var(initialize=3.0)
    m.z.fix()
    m.e = pyo.Expression(expr=m.x + 2 * m.y)
    m.nested = pyo.Constraint(expr=m.p * (m.e + m.z) + m.x - m.x <= m.p * m.y + 20)
    # 2 (x + 2 y + 3) ≤ 2 y + 20, that is 2 x + 2 y ≤ 14
    found = to_matrix(m)
    assert [v.name for v in found.columns] == ["x", "y"]
    assert found.coefficients.toarray().tolist()[-1] == [2, 2] and found.row_upper[-1] == 14
    m.alone = pyo.Constraint(expr=m.p * m.x <= 8)
    assert to_matrix(m).coefficients.toarray().tolist()[-1] == [2, 0]
    m.square = pyo.Constraint(expr=m.x * m.y <= 1)
    with pytest.raises(PlanError, match="is not linear"):
        to_matrix(m)


def test_one_objective_is_minimised_and_no_other():
    m = small()
    m.cost.sense = pyo.maximize
    with pytest.raises(PlanError, match="minimised"):
        to_matrix(m)
    m.cost.sense = pyo.minimize
    m.second = pyo.Objective(expr=m.x)
    with pytest.raises(PlanError, match="one objective"):
        to_matrix(m)


def test_an_infinite_side_on_the_wrong_side_is_refused():
    m = small()
    m.endless = pyo.Constraint(expr=m.x + math.inf <= 1)
    with pytest.raises(NumberError, match="of endless is too large"):
        to_matrix(m)


@pytest.mark.parametrize(("side", "status"), [(4, "infeasible"), (1, "optimal")])
def test_a_row_about_nothing_left_to_decide_still_counts(side, status):
    m = pyo.ConcreteModel()
    m.x = pyo.Var(bounds=(0, 5))
    m.x.fix(1)
    m.enough = pyo.Constraint(expr=m.x >= side)
    m.cost = pyo.Objective(expr=2 * m.x)
    assert run_highs(to_matrix(m), 0.01, 10.0).status == status


def test_what_rounding_leaves_where_coefficients_cancel_out_is_no_coefficient():
    assert 33.33 - 3 * 3.333 - 7 * 3.333 != 0.0  # a residue of 1e-15, and nothing is meant
    m = small()
    form = linear((part, m.x) for part in [33.33, *[-3.333] * 10]).add(2e-6, m.y).add(-1e-6, m.y)
    assert [total for total, _ in form.merged().values()] == [0, 1e-6]  # a small one stays
    m.sums = pyo.Constraint(expr=form.expression <= 7)
    found = to_matrix(m)
    assert found.coefficients.toarray()[-1].tolist() == [0, 1e-6]
    assert len(found.value) == 7


def test_rows_said_twice_are_kept_once():
    m = small()
    m.again = pyo.Constraint(expr=m.x + m.y >= 4)
    assert to_matrix(m).size["rows"] == 3


@pytest.mark.parametrize("poison", [1e16, -1e15])
def test_a_coefficient_out_of_range_is_refused_by_name(poison):
    with pytest.raises(NumberError, match="of x in enough is out of range"):
        to_matrix(small(coefficient=poison))


def test_a_side_out_of_range_is_refused_by_name():
    with pytest.raises(NumberError, match="of enough is too large"):
        to_matrix(small(side=1e20))


def test_a_cost_that_is_no_number_is_refused():
    found = to_matrix(small())
    found.cost[0] = math.inf
    with pytest.raises(NumberError, match="cost coefficient"):
        guard(found)


def test_all_routes_to_the_solver_agree(tmp_path):
    # by hand: x − y ≥ 1 and x + y ≥ 4; x = 3, y = 1 costs 14; x = 4, y = 1 more; x = 3 is best
    m = small()
    found = to_matrix(m)
    outcome = run_highs(found, 0.0, 10.0)
    bridge = float(found.cost @ outcome.values) + found.offset
    pyo.SolverFactory("appsi_highs").solve(m)
    m.write(str(tmp_path / "m.lp"))
    file = highspy.Highs()
    file.setOptionValue("output_flag", False)
    file.readModel(str(tmp_path / "m.lp"))
    file.run()
    assert bridge == pytest.approx(14.0, abs=1e-9)
    assert pyo.value(m.cost) == pytest.approx(14.0, abs=1e-9)
    assert file.getInfo().objective_function_value == pytest.approx(14.0, abs=1e-9)
