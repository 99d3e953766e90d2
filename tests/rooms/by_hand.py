"""Small books solved in this process: the plan audited as ever, the relaxation, the rows."""

from __future__ import annotations

from collections.abc import Mapping
from unittest import mock

import highspy
import numpy as np
import pandas as pd

import chipfolio
from chipfolio.formulation.whole import Whole, build
from chipfolio.plan import plan as pipeline
from chipfolio.solver.bridge import Matrix, to_matrix
from chipfolio.solver.engine import Outcome
from tests.conftest import coefficients, frames

Book = dict[str, pd.DataFrame]

PLAIN = {"discount_rate": 0, "cash_timing": "start", "terminal_value": "no"}
ONE_OFFER = {
    "Vendors": "vendor, country \n Nord, NO \n Sud, FR",
    "Chips": "chip, vendor, life_years \n C, Nord, 10",
    "Offers": "offer, chip, seller, acquisition, price \n O, C, Nord, buy, 100",
    "Sites": "site, power_mw, pue, energy_price \n Hall, 1000, 1, 0",
    "Performance": "chip, workload, throughput \n C, W, 1",
    "Workloads": "workload \n W",
}
TWO_OFFERS = {
    **ONE_OFFER,
    "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Sud, 10",
    "Offers": """
        offer, chip, seller, acquisition, price
        O, C, Nord, buy, 100
        P, K, Sud, buy, 120
    """,
    "Performance": "chip, workload, throughput \n C, W, 1 \n K, W, 1",
}
TEN = {**TWO_OFFERS, "Demand": "workload, 2027 \n W, 10"}
"""Ten units of work, on O at 100 or P at 120."""
ONLY = "offer, chip, seller, acquisition, price, max_order \n O, C, Nord, buy, 100, {}"
"""The one offer, at most so many units of it in a period."""
LOOSE = """
    offer, chip, seller, acquisition, price, max_order, lot_size
    O, C, Nord, buy, 100, 60, 0
"""
"""The one offer, divisible, at most 60 units of it in a period."""
FREE = "workload, unmet_penalty \n W, {}"
"""Work that may stay unmet at a price."""
COMMITTED = "offer, order_period, units, site, unit_price \n O, {}, 15, Hall, 60"
"""15 units of the one offer ordered already, in the period given."""


def demand(*units: float) -> str:
    """Demand by year."""
    years = ", ".join(str(2027 + at) for at in range(len(units)))
    return f"workload, {years} \n W, {', '.join(map(str, units))}"


def book(periods: int = 1, settings: Mapping[str, object] | None = None, **sheets: str) -> Book:
    """A book of yearly periods from 2027 on: one offer at 100 unless sheets say otherwise."""
    years = {"first_period": 2027, "periods": periods, "months_per_period": 12}
    return settled({**PLAIN, **years, **(settings or {})}, sheets)


def quarters(periods: int, settings: Mapping[str, object] | None = None, **sheets: str) -> Book:
    """A book of quarters from 2027Q1 on."""
    return settled(
        {**PLAIN, "first_period": "2027Q1", "periods": periods, **(settings or {})}, sheets
    )


def settled(settings: Mapping[str, object], sheets: Mapping[str, str]) -> Book:
    """Sheets with their settings."""
    rows = "\n".join(f"{name}, {value}" for name, value in settings.items())
    return frames(Settings=f"name, value\n{rows}", **{**ONE_OFFER, **sheets})


def run(
    matrix: Matrix, integers: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> highspy.Highs:
    """HiGHS on the arrays, with the columns given as integers."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("mip_rel_gap", 1e-9)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.coefficients.shape
    lp.col_cost_ = matrix.cost
    lp.col_lower_, lp.col_upper_ = lower, upper
    lp.row_lower_, lp.row_upper_ = matrix.row_lower, matrix.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = matrix.coefficients.indptr
    lp.a_matrix_.index_ = matrix.coefficients.indices
    lp.a_matrix_.value_ = matrix.coefficients.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(whole)] for whole in integers]
    highs.passModel(lp)
    highs.run()
    return highs


def in_this_process(matrix: Matrix, *_: object, **__: object) -> Outcome:
    """What the solver's own process would answer, without starting one."""
    highs = run(matrix, matrix.integer, matrix.lower, matrix.upper)
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return Outcome("infeasible", None, None, None, 0.0)
    found = np.array(highs.getSolution().col_value)
    lower = np.where(matrix.integer, np.round(found), matrix.lower)
    upper = np.where(matrix.integer, np.round(found), matrix.upper)
    fixed = run(matrix, np.zeros_like(matrix.integer), lower, upper)
    values = np.array(fixed.getSolution().col_value)
    values = np.where(matrix.integer, np.round(found), values)
    bound = highs.getInfo().mip_dual_bound if matrix.integer.any() else None
    objective = float(matrix.cost @ values)
    proven = objective if bound is None or not np.isfinite(bound) else min(bound, objective)
    return Outcome("optimal", values, None, proven + matrix.offset, 0.0)


def plan_of(sheets: Mapping[str, pd.DataFrame], **options: object) -> chipfolio.Plan:
    """The audited plan of a book, solved to the end."""
    with mock.patch.object(pipeline, "run_highs", in_this_process):
        return chipfolio.solve(chipfolio.read(sheets), **{"gap": 1e-7, **options})


def cost(sheets: Mapping[str, pd.DataFrame]) -> float:
    """The least cost of a book, its plan audited."""
    return plan_of(sheets).objective


def relaxed(sheets: Mapping[str, pd.DataFrame]) -> float:
    """The least cost where every whole number may be any number."""
    matrix = to_matrix(model_of(sheets).model)
    highs = run(matrix, np.zeros_like(matrix.integer), matrix.lower, matrix.upper)
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return highs.getObjectiveValue() + matrix.offset


def model_of(sheets: Mapping[str, pd.DataFrame]) -> Whole:
    """The built model of a book of one world."""
    return build(chipfolio.read(sheets))


def row(whole: Whole, room: str, name: str, key: object) -> tuple[object, dict, object]:
    """A constraint as (lower, {variable: coefficient}, upper), variables named within their room.

    Names are ``variable[key]``; zeros are left out, numbers rounded to nine figures.
    """
    constraint = getattr(getattr(whole.model.world[""], room), name)[key]
    found: dict[str, float] = {}
    for title, value in coefficients(constraint).items():
        found[title.partition(".")[2].replace("'", "")] = round(value, 9)
    lower, upper = (
        None if side is None else round(side, 9) for side in (constraint.lb, constraint.ub)
    )
    return lower, found, upper


def events(plan: chipfolio.Plan, event: str) -> list[tuple]:
    """(name, period, detail, money) of one kind of event in Contracts and deals."""
    return [
        (entry["name"], entry["period"], entry["detail"], round(entry["money"], 6))
        for entry in plan.tables["Contracts and deals"]
        if entry["event"] == event
    ]


def line(plan: chipfolio.Plan, name: str) -> dict[str, float]:
    """Amounts of a cash line by period."""
    return {
        entry["period"]: round(entry["amount"], 6)
        for entry in plan.tables["Cash"]
        if entry["line"] == name
    }


def bought(plan: chipfolio.Plan) -> dict[tuple[str, str], float]:
    """Units ordered by offer and period."""
    found: dict[tuple[str, str], float] = {}
    for entry in plan.tables["Orders"]:
        key = (entry["offer"], entry["order_period"])
        found[key] = round(found.get(key, 0.0) + entry["units"], 6)
    return found
