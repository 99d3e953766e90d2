"""The whole: how rooms are joined, the objective over worlds, and that every row has a test."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pyomo.environ as pyo
import pytest

import chipfolio
from chipfolio import formulation
from chipfolio.errors import PlanError
from chipfolio.formulation.book import CHAPTERS, rules
from chipfolio.formulation.linear import Linear, Room
from chipfolio.formulation.whole import build
from tests.conftest import REGISTER, book, seen, solved, states

for test in sorted(Path(__file__).parent.glob("test_*.py")):
    if test.stem != "test_whole":
        import_module(f"tests.rooms.{test.stem}")  # importing them fills the register
FORMULATION = Path(formulation.__file__).parent
HEAD = "offer, chip, seller, acquisition, price"


STATED = {
    name: (chapter, meaning, formula)
    for chapter in CHAPTERS
    for name, meaning, formula in rules(ast.parse((FORMULATION / f"{chapter}.py").read_text()))
}
"""Every constraint of the model, with what is said of it."""


@pytest.mark.parametrize("name", STATED)
def test_every_constraint_has_a_structural_test(name):
    tested = {test.partition(".")[2] for test in REGISTER}
    assert name in tested, (
        f"no test compares the coefficients of {name} ({STATED[name][0]}): compare them with some "
        "worked out by hand, and mark that test with @states"
    )


def test_no_test_states_what_the_model_does_not():
    tested = {name.partition(".")[2] for name in REGISTER}
    assert tested - set(STATED) == {"what_is_beyond_counts_as_tail"}


@pytest.mark.parametrize("name", STATED)
def test_every_constraint_is_a_sentence_with_its_meaning_and_its_formula(name):
    _, meaning, formula = STATED[name]
    assert len(name.split("_")) >= 3, name
    assert meaning, f"{name} says nothing: require(name, rows, doc, maths)"
    assert re.search(r"\\le|\\ge|=", formula), f"{name} needs a formula: require(…, maths)"
    assert formula.count("{") == formula.count("}"), formula
    assert "|" not in formula, "a | ends the cell of the book's table: write \\mid"


# ------------------------------------------------------------------ the objective
TREE = {
    "Scenarios": "scenario, probability, branches_from, branch_period\n"
    "Calm, 60%, ,\nBoom, 40%, Calm, 2028",
    "Scenario_changes": "scenario, sheet, item, column, from, to, operation, value\n"
    "Boom, Demand, W, , , , multiply, 3",
    "Demand": "workload, 2027, 2028, 2029\nW, 0, 10, 10",
}


@states("whole.what_is_beyond_counts_as_tail")
def test_rows_of_the_tail():
    made = book(**TREE, tail_weight=0.25, tail_probability=0.2)
    model = build(chipfolio.read(made), ["Calm", "Boom"]).model
    row = model.what_is_beyond_counts_as_tail["Boom"]
    found = dict(zip([v.name for v in row.body.linear_vars], row.body.linear_coefs, strict=True))
    # total − value at risk − excess ≤ 0, brought to a largest coefficient of 1: units cost 10;
    # the order of 2027 is the trunk's own variable
    assert found == {
        "world[Calm].orders.lots[O,0,Hall]": 1,
        "world[Boom].orders.lots[O,1,Hall]": 1,
        "world[Boom].orders.lots[O,2,Hall]": 1,
        "at_risk": pytest.approx(-0.1),
        "excess[Boom]": pytest.approx(-0.1),
    }
    weights = {
        v.name: c
        for c, v in zip(
            *(lambda e: (e.linear_coefs, e.linear_vars))(joint_cost(model)), strict=True
        )
    }
    # mean: 75 % × (60 % or 40 %) × 10; tail: 25 % and 25 % × probability / 20 %
    assert weights["world[Boom].orders.lots[O,1,Hall]"] == pytest.approx(0.75 * 0.4 * 10)
    assert weights["world[Calm].orders.lots[O,0,Hall]"] == pytest.approx(0.75 * 10)
    assert weights["at_risk"] == pytest.approx(0.25)
    assert weights["excess[Boom]"] == pytest.approx(0.25 * 0.4 / 0.2)


def joint_cost(model: pyo.ConcreteModel) -> object:
    """The linear part of the objective."""
    expression = model.cost.expr
    return next(arg for arg in (expression, *expression.args) if hasattr(arg, "linear_coefs"))


def test_the_objective_is_the_mean_and_the_tail_of_the_worlds_totals():
    # Calm costs 100, Boom 300 (units are bought in 2028 once it is known). Mean 180; the worst
    # 20 % are all Boom: 300. 75 % × 180 + 25 % × 300 = 210.
    plan = solved(book(**TREE, tail_weight=0.25, tail_probability=0.2))
    assert seen(plan, "Scenario costs", "scenario", "total") == [("Boom", 300), ("Calm", 100)]
    assert plan.objective == pytest.approx(210)


# ------------------------------------------------------------------ assumed bounds
def test_what_costs_nothing_is_not_taken_for_an_order_without_end():
    # A free unit may be ordered up to any bound at no gain; the plan is found all the same.
    plan = solved(
        book(
            Offers=f"{HEAD}\nO, C, Nord, buy, 0",
            Demand="workload, 2027, 2028, 2029\nW, 7, 7, 7",
        )
    )
    assert plan.objective == pytest.approx(0)


def test_an_offer_that_pays_without_end_is_named():
    # Bought at 10 and sold at 15 (the price grows, nothing is lost): nobody would stop.
    made = {
        "Chips": "chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 0, 100%",
        "Offers": f"{HEAD}, price_change_per_year\nO, C, Nord, buy, 10, 50%",
    }
    with pytest.raises(PlanError, match="offer 'O' has no limit and the plan would order"):
        solved(book(**made))
    # with a limit it is a plan, and a good one
    made["Offers"] = f"{HEAD}, price_change_per_year, max_order\nO, C, Nord, buy, 10, 50%, 4"
    plan = solved(book(**made))
    # 4 of 2027 at 10 and 4 of 2028 at 15, all sold in 2029 at 22.5
    assert plan.objective == pytest.approx(4 * (10 - 22.5) + 4 * (15 - 22.5))


# ------------------------------------------------------------------ linear forms
def test_a_linear_form_adds_merges_and_knows_its_range():
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 4))
    model.y = pyo.Var(bounds=(-1, None))
    form = Linear(3).add(2, model.x).plus(Linear(1).add(5, model.x).add(-1, model.y), 2)
    assert form.constant == 5
    assert {v.name: c for c, v in form.merged().values()} == {"x": 12, "y": -2}
    assert form.range() == (-float("inf"), 5 + 48 + 2)
    model.x.value, model.y.value = 1, 2
    assert form.value() == 5 + 12 - 4
    assert not Linear(7)
    assert not Linear().add(0, model.x)


def test_a_row_without_variables_is_dropped_where_it_holds_and_infeasible_where_not():
    model = pyo.ConcreteModel()
    model.world = pyo.Block()
    room = Room(model.world, "a_room", "a room")
    made = room.require(
        "it_holds", {"yes": (None, Linear(1), 2), "no": (None, Linear(3), 2)}, "constants", "1"
    )
    assert list(made) == ["no"]
    assert made["no"].ub == -1
    assert room.nothing.bounds == (0, 0)
