"""Asking: the questions of every book, the dearest rule on the Summary, the weight of the tail."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from click.testing import CliRunner

import chipfolio
from chipfolio.answers import ask, engine
from chipfolio.answers.ask import chosen, question_of, standard
from chipfolio.answers.words import question_in_words, sheet_of_rule
from chipfolio.cli import cli
from chipfolio.errors import PlanError, WorkbookError
from tests.answers.brute import feasible_books
from tests.answers.test_engine import book
from tests.conftest import frame
from tests.futures import books

HEAD = "question, kind, sheet, item, column, from, to, amount, low, high, across"


def test_a_book_without_questions_is_asked_the_standard_ones():
    plan = chipfolio.solve(book().read())
    asked = [(question.kind, question.item) for question in standard(plan)]
    used = {row["offer"] for row in plan.tables["Orders"]}
    unused = [name for name in ("o0", "o1") if name not in used]
    assert asked == [
        ("rule_price", "each"),
        *(("break_even", name) for name in unused),
        ("no_regret", ""),
    ]


@pytest.mark.parametrize(
    ("kinds", "few", "is_driven"),
    [
        (("frontier",), 0, False),
        (("frontier", "rule_price"), 0, True),
        (("frontier",), 300, True),
    ],
)
def test_a_frontier_alone_does_not_wait_for_the_proof_of_a_large_book(
    monkeypatch, kinds, few, is_driven
):
    """Its levels are compared with one another. ``few`` whole numbers make a book a large one."""
    own, driven = book(), []
    own.share = 0.5
    plan = chipfolio.solve(own.read())
    monkeypatch.setattr(engine, "FEW", few)
    monkeypatch.setattr(ask, "drive_on", lambda *_: driven.append(True))
    (rule,) = plan.inputs.names("Share rules")
    asked = [
        {"question": kind, "kind": kind, "sheet": "Share rules", "item": rule, "steps": 2}
        for kind in kinds
    ]
    found = chipfolio.answer(plan, asked)
    assert bool(driven) == is_driven
    assert all(row["gap"] <= 1e-3 for row in found.tables["Frontier"])


def test_the_summary_says_what_the_dearest_rule_of_control_costs():
    own = book()
    own.share = 0.2
    plan = chipfolio.solve(own.read())
    found = chipfolio.answer(plan, [{"question": "r", "kind": "rule_price", "item": "each"}])
    (line,) = [row for row in plan.tables["Summary"] if row["section"] == "What control costs"]
    prices = [row for row in found.tables["Rule prices"] if row["sheet"] != "Offers"]
    assert line["value"] == pytest.approx(max(row["saving_low"] for row in prices), abs=1e-4)
    assert line["text"] in {row["finding"] for row in prices}


def test_a_whole_weight_of_the_tail_is_answered_at_nearly_the_whole():
    tables = books.read(
        Settings=books.settings(tail_weight="100%", tail_probability="50%"),
        Scenarios="scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028",
        Scenario_changes=books.changes("X, Demand, W, , 2028, , set, 20"),
    )
    plan = chipfolio.solve(tables)
    asked = {"question": "p", "kind": "sensitivity", "sheet": "Offers", "item": "C"}
    found = chipfolio.answer(plan, [{**asked, "column": "price", "low": 0.5, "high": 2}])
    assert "99%" in found.tables["Answers"][0]["finding"]
    # X alone is the tail: 10 units in 2027 and 20 in three years, 840; P needs 480
    (row,) = found.tables["Tornado"]
    assert row["cost_at_low"] == pytest.approx(0.5 * (0.99 * 840 + 0.01 * (840 + 480) / 2))


def test_questions_are_chosen_by_name():
    _, one, _ = next(feasible_books(1))
    sheets = {**one.frames(), "Questions": frame(f"{HEAD}\nprice, rule_price, , each,,,,,,,")}
    tables = chipfolio.read(sheets)
    assert [question.name for question in chosen(tables, ("PRICE",))] == ["price"]
    with pytest.raises(
        PlanError, match="no active question 'prices' in the book: nearest to it is 'price'"
    ):
        chosen(tables, ("prices",))
    assert question_of({"question": "q", "kind": "case", "from": 1}).first == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("q, break_even, Offers, o0, ,,,,,,", "is blank: a question of kind break_even needs it"),
        ("q, frontier, Offers, o0, ,,,,,,", "cannot be asked for with frontier"),
        ("q, rule_price, Offers, o9, ,,,,,,", "is on no row of Offers"),
        ("q, break_even, Offers, o0, prize,,,,,,", "is no column of Offers"),
        ("q, sensitivity, Demand, W, ,,,,2,1,", "is above high"),
        ("q, sensitivity, Demand, W, ,,,,1,2,z", "is no other question of kind sensitivity"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_fault_at_its_cell(row, said):
    _, one, _ = next(feasible_books(1))
    with pytest.raises(WorkbookError) as caught:
        chipfolio.read({**one.frames(), "Questions": frame(f"{HEAD}\n{row}")})
    assert any(said in str(problem) for problem in caught.value.problems)


def test_a_question_in_words_names_period_and_amount():
    tables = book().read()
    asked = question_in_words(tables, "o0 2028 3")
    assert (asked["sheet"], asked["item"], asked["from"], asked["amount"]) == (
        "Offers",
        "o0",
        1,
        3.0,
    )
    assert question_in_words(tables, "o1")["from"] is None
    assert sheet_of_rule(tables, "CAP") == "Budgets"
    with pytest.raises(PlanError, match="no rule 'cup' in the book: nearest to it is 'cap'"):
        sheet_of_rule(tables, "cup")
    with pytest.raises(PlanError, match="no decision 'po0' in the book: nearest to it is 'o0'"):
        question_in_words(tables, "po0 2028 3")
    with pytest.raises(PlanError, match="no decision 'zzz' in the book; it has: o0, o1"):
        question_in_words(tables, "zzz")


def test_one_scenario_can_be_asked_alone(tmp_path):
    """A single plan of that world, published under its name, and what is asked is asked of it."""
    path, result = tmp_path / "tree.xlsx", tmp_path / "result.json"
    sheets = books.book(
        Scenarios="scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028",
        Scenario_changes=books.changes("X, Demand, W, , 2028, , set, 20"),
    )
    with pd.ExcelWriter(path) as writer:
        for name, rows in sheets.items():
            rows.to_excel(writer, sheet_name=name, index=False)
    words = ["alternatives", str(path), "--scenario", "X", "--out", str(tmp_path)]
    done = CliRunner().invoke(cli, [*words, "--json", str(result)])
    assert done.exit_code == 0, done.output
    alone = chipfolio.solve(chipfolio.read(path), scenario="X")
    found = json.loads(result.read_text())
    assert found["objective"] == alone.objective == 840.0  # 10 units in 2027, 20 in three years
    assert {row["scenario"] for row in found["tables"]["Orders"]} == {"X"}
    assert found["tables"]["Alternatives"]
    assert (tmp_path / "tree-X-plan.xlsx").exists()
    assert not (tmp_path / "tree-plan.xlsx").exists()
