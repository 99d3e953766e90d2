"""The book's own proof is driven on before anything is answered: the same plan or a better one."""

from __future__ import annotations

import numpy as np

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.driving import drive_on, keep, kept
from chipfolio.solver.engine import Outcome
from tests.answers.test_engine import book

LEFT_OPEN = 50.0
"""What the plan's proof is made to leave open [money]."""


def loose():  # noqa: ANN201
    """A plan of a small book, as it would be had its proof ended early."""
    plan = chipfolio.solve(book().read())
    plan.bound = plan.objective - LEFT_OPEN
    plan.gap = LEFT_OPEN / plan.objective
    return plan


def test_a_loose_proof_is_driven_on_until_differences_are_told_apart(tmp_path):
    plan = loose()
    before = plan.objective
    drive_on(plan, folder=tmp_path)
    assert plan.bound == before == plan.objective
    assert plan.gap == 0.0
    assert plan.status == "optimal" and plan.exit_code == 0
    run = {row["item"]: row["value"] for row in plan.tables["Run"]}
    assert run["gap"] == "0.0"  # all that is told of the plan is told anew


def test_a_run_that_goes_on_takes_the_proof_of_the_one_before(tmp_path, monkeypatch):
    first, second = loose(), loose()
    drive_on(first, folder=tmp_path)
    monkeypatch.setattr("chipfolio.answers.driving.run_highs", None)  # nothing may be solved again
    drive_on(second, folder=tmp_path)
    assert second.tables["Orders"] == first.tables["Orders"]
    assert (second.objective, second.bound) == (first.objective, first.bound)


def test_how_a_search_ended_comes_back_as_it_was_kept(tmp_path):
    path = tmp_path / "one.npz"
    keep(path, Outcome("time_limit", np.array([1.0, 2.0]), np.array([3.0]), None, 5.0))
    back = kept(path)
    assert (back.status, back.bound) == ("time_limit", None)
    assert back.values.tolist() == [1.0, 2.0] and back.duals.tolist() == [3.0]


def test_answers_of_a_loose_plan_are_those_of_a_tight_one():
    plan, best = loose(), chipfolio.solve(book().read())
    one = answer(plan, [{"question": "q", "kind": "rule_price"}]).tables
    other = answer(best, [{"question": "q", "kind": "rule_price"}]).tables
    for mine, its in zip(one["Rule prices"], other["Rule prices"], strict=True):
        for name in ("saving_low", "saving_high"):
            assert abs(mine[name] - its[name]) <= 1e-4 * abs(best.objective)
