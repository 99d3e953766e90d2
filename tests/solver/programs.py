"""Small programs with the shape that an improver knows of them."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.shape import Shape


def lots(items: int = 8, periods: int = 12, constant: float = 0.0) -> tuple[Matrix, Shape]:
    """Lot-sizing of several items on one machine with set-up costs; decided period by period."""
    draw = np.random.default_rng(5)
    need = draw.integers(10, 50, (items, periods))
    m = pyo.ConcreteModel()
    slots = [(i, t) for i in range(items) for t in range(periods)]
    m.makes = pyo.Var(slots, bounds=(0, 400))
    m.sets_up = pyo.Var(slots, domain=pyo.Binary)
    m.stock = pyo.Var(slots, domain=pyo.NonNegativeReals)

    @m.Constraint(slots)
    def stock_follows(_, i, t):
        before = m.stock[i, t - 1] if t else 0
        return before + m.makes[i, t] - m.stock[i, t] == int(need[i, t])

    @m.Constraint(slots)
    def a_lot_is_set_up(_, i, t):
        return m.makes[i, t] <= int(need[i, t:].sum()) * m.sets_up[i, t]

    @m.Constraint(range(periods))
    def the_machine_has_so_much(_, t):
        return sum(m.makes[i, t] + 15 * m.sets_up[i, t] for i in range(items)) <= 480

    m.cost = pyo.Objective(
        expr=constant + sum(200 * m.sets_up[s] + (1 + s[0] % 3) * m.stock[s] for s in slots)
    )
    matrix = to_matrix(m)
    period = np.array([variable.index()[1] for variable in matrix.columns])
    everything = np.arange(len(period))
    never = np.zeros(len(period), int)
    whole = matrix.integer
    return matrix, Shape(
        period, period, np.zeros_like(period), never, whole, [everything], [matrix.cost]
    )


def tree() -> tuple[dict[str, np.ndarray], Shape]:
    """Two worlds: x is shared, y is the first's own, z the second's; 0 to 5 whole units each.

    Needs: x + y ≥ 4 in the first world, x + z ≥ 2 in the second. Costs: x 2, y 3, z 1 a unit;
    the worlds are equally likely, so the whole costs 2 x + 1.5 y + 0.5 z.
    """
    m = pyo.ConcreteModel()
    m.x = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.y = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.z = pyo.Var(domain=pyo.Integers, bounds=(0, 5))
    m.first = pyo.Constraint(expr=m.x + m.y >= 4)
    m.second = pyo.Constraint(expr=m.x + m.z >= 2)
    m.cost = pyo.Objective(expr=2 * m.x + 1.5 * m.y + 0.5 * m.z)
    matrix = to_matrix(m)
    place = {variable.name: at for at, variable in enumerate(matrix.columns)}
    x, y, z = place["x"], place["y"], place["z"]
    period, world = np.zeros(3, int), np.zeros(3, int)
    period[[y, z]] = 1
    world[z] = 1
    one = np.array([2.0, 3.0, 0.0])[np.argsort([x, y, z])]
    two = np.array([2.0, 0.0, 1.0])[np.argsort([x, y, z])]
    members = [np.array(sorted((x, y))), np.array(sorted((x, z)))]
    never = np.zeros(3, bool)
    shape = Shape(
        period, period, world, never, matrix.integer, members, [one[members[0]], two[members[1]]]
    )
    return matrix.scaled().arrays, shape


def permit() -> tuple[Matrix, dict[str, int]]:
    """Pay 10 (z) to be allowed to order x of lots worth 3 each, for a demand of 7; else pay 4 each.

    Fractions: z = 7/30 is enough for 7/3 lots, 7/3 + 10 × 7/30 = 4.67. Whole z, fractions of lots:
    10 + 7/3 = 12.33 against 28, so z = 1. Whole lots then: 3, so 10 + 3 = 13.
    """
    m = pyo.ConcreteModel()
    m.z = pyo.Var(domain=pyo.Binary)
    m.lots = pyo.Var(domain=pyo.Integers, bounds=(0, 10))
    m.unmet = pyo.Var(bounds=(0, 7))
    m.link = pyo.Constraint(expr=3 * m.lots <= 30 * m.z)
    m.need = pyo.Constraint(expr=3 * m.lots + m.unmet >= 7)
    m.cost = pyo.Objective(expr=10 * m.z + m.lots + 4 * m.unmet)
    matrix = to_matrix(m)
    return matrix, {variable.name: at for at, variable in enumerate(matrix.columns)}
