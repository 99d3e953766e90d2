"""From a solved model to the plan's tables: plain rows, in the contract's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

import numpy as np
import pyomo.core as pyo

from ..accounts import accounts
from ..contract.inputs import INPUTS
from ..contract.outputs import OUTPUTS
from ..formulation.whole import Furnished, Whole
from ..solver.bridge import Matrix
from ..tables import World
from . import quantities, standing, views
from .quantities import NOTHING

Rows = list[dict[str, object]]
Price = Callable[[object], float]


def load(whole: Whole, matrix: Matrix, values: np.ndarray) -> None:
    """Put the solver's values into the model's variables, dust swept away."""
    for variable in whole.model.component_data_objects(ctype=pyo.Var, descend_into=True):
        low = variable.lb if variable.lb is not None else 0.0
        variable.set_value(max(low, 0.0) if low != float("-inf") else 0.0, skip_validation=True)
    for variable, value in zip(matrix.columns, values.tolist(), strict=True):
        if abs(value) < NOTHING and (variable.lb or 0.0) <= 0.0:
            value = 0.0
        variable.set_value(value, skip_validation=True)
    whole.settle()


def marginal(matrix: Matrix, duals: np.ndarray | None) -> Price:
    """Price of one unit of a constraint's right side [money]; 0 where it does not bind."""
    found: dict[int, float] = {}
    if duals is not None:
        for row, dual in zip(matrix.rows, duals.tolist(), strict=True):
            found[id(row)] = found.get(id(row), 0.0) + dual
    return lambda constraint: found.get(id(constraint), 0.0)


def tables_of(whole: Whole, price: Price) -> dict[str, Rows]:
    """All tables that one world, or each world of a tree, fills."""
    found: dict[str, Rows] = defaultdict(list)
    for name, furnished in whole.worlds.items():
        for table, rows in one_world(name, furnished, price).items():
            found[table] += rows
        found["Scenario costs"].append(
            {
                "scenario": name,
                "probability": furnished.world.probability if name else 1.0,
                "total": furnished.total.value(),
            }
        )
    return dict(found)


def whole(world: World, table: str, row: dict[str, object]) -> dict[str, object]:
    """A row with what it copies from the input row that it names, in the order of its columns."""
    copied = {
        column.name: world.by_name(column.copies)[row[INPUTS[column.copies].key[0]]][column.name]
        for column in OUTPUTS[table]
        if column.copies
    }
    if not copied:
        return row
    row = {**row, **copied}
    return {name: row[name] for name in OUTPUTS[table].names if name in row} | row


def one_world(name: str, f: Furnished, price: Price) -> dict[str, Rows]:
    """The tables of one world."""
    calendar = f.world.calendar
    made: dict[str, Iterable[dict[str, object]]] = {
        "Orders": quantities.orders(f, calendar),
        "Committed units": quantities.committed(f, calendar),
        "Units in service": quantities.units_in_service(f, calendar),
        "Sales": quantities.sales(f, calendar),
        "Vendor split": views.splits(f, calendar),
        "Programme timeline": quantities.stages(f, calendar),
        "Software timeline": quantities.software(f, calendar),
        "Site steps": quantities.steps(f, calendar),
        "Usage": quantities.usage(f, calendar),
        "Service": quantities.service(f, calendar),
        "Power": quantities.power(f, calendar),
        "Contracts and deals": standing.terms(f, calendar),
        "Cash": views.cash(f, calendar),
        "Rules": standing.rules(f, price),
    }
    found = {table: [whole(f.world, table, row) for row in rows] for table, rows in made.items()}
    found |= accounts(f.world, found)
    return {table: [{"scenario": name, **row} for row in rows] for table, rows in found.items()}
