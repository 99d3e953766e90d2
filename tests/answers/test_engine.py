"""The engine: known answers are not asked again, workers change nothing."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.engine import Ask, Best, Engine
from chipfolio.answers.spans import Span, Words
from chipfolio.answers.variant import Drop, Level, Move, edited
from tests.answers.brute import Book, Offer, random_book

ASKED = [
    {"question": "r", "kind": "rule_price", "item": "each"},
    {"question": "b", "kind": "break_even", "sheet": "Offers", "item": "o0", "column": "price"},
]
RULES = [("Budgets", "cap", "limit"), ("Custom rules", "own", "limit")]


def book() -> Book:
    """Two offers, a share rule and a budget."""
    cheap = Offer("o0", "Ada", False, 60.0, 1, 0.0, 1.0, 2)
    dear = Offer("o1", "Bo", False, 90.0, 1, 0.0, 1.5, None)
    return Book(
        [cheap, dear], 2, 400.0, {"": [2.0, 4.0]}, {"": 1.0}, share=0.5, budget=400.0, custom=3.5
    )


@pytest.fixture(scope="module")
def plan():  # noqa: ANN201
    """Its plan."""
    return chipfolio.solve(book().read())


def test_a_kept_answer_is_not_solved_again(plan, tmp_path: Path):
    first = answer(plan, ASKED, folder=tmp_path)
    assert first.solves > 0
    again = answer(plan, ASKED, folder=tmp_path)
    assert again.solves == 0
    assert json.dumps(first.tables, sort_keys=True) == json.dumps(again.tables, sort_keys=True)


@pytest.mark.parametrize("workers", [1, 4])
def test_an_answer_that_a_killed_run_left_cut_short_is_solved_anew(plan, tmp_path: Path, workers):
    engine = Engine(plan, workers=workers, folder=tmp_path)
    asks = [Ask(edits=(Drop(*rule),)) for rule in RULES]
    for ask in asks:
        path = tmp_path / "answers" / engine.key_of(replace(ask, start=engine.base.point))
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(asdict(Best("cut"))))
    assert [best.status for best in engine.solve(asks)] == ["optimal", "optimal"]


def test_workers_give_the_same_to_the_byte(plan):
    one, four = answer(plan, ASKED), answer(plan, ASKED, workers=4)
    assert json.dumps(one.tables) == json.dumps(four.tables)


def test_a_search_that_takes_two_processors_is_done_by_half_the_workers(plan, monkeypatch):
    """Three alone: by three of four workers; two with a helper beside them: by two."""
    seen = []

    def run(function, common, tasks, workers, cluster, folder):  # noqa: ANN001, ANN202
        seen.append((len(tasks), workers))
        return {key: asdict(Best("optimal", 1.0, 1.0)) for key in tasks}

    monkeypatch.setattr("chipfolio.answers.engine.run", run)
    asks = [Ask(until=(float(at), None), alone=at < 3) for at in range(5)]
    assert len(Engine(plan, workers=4).solve(asks)) == 5
    assert seen == [(3, 4), (2, 2)]


def test_an_answer_with_no_time_says_so(plan):
    engine = Engine(plan, minutes=1e-9)
    (best,) = engine.solve([Ask(edits=(Drop("Budgets", "cap", "limit"),))])
    assert (best.status, best.low, best.high) == ("cut", float("-inf"), float("inf"))


def test_a_search_ends_once_its_question_is_answered(plan):
    engine = Engine(plan)
    asked = Ask(edits=(Drop("Custom rules", "own", "limit"),), until=(0.0, None))
    (best,) = engine.solve([asked])
    assert best.status in ("answered", "optimal")
    assert best.low <= plan.objective


def test_a_change_of_the_book_leaves_the_book_as_it_is():
    tables = random_book(3).read()
    before = json.dumps(tables.sheets, default=str)
    offer = tables.rows("Offers")[0]["offer"]
    moved = edited(tables, (Move("Offers", offer, "price", factor=2.0),))
    assert moved.rows("Offers")[0]["price"] == 2.0 * tables.rows("Offers")[0]["price"]
    level = edited(tables, (Level("Offers", offer, "total_limit", 1.0),))
    assert level.rows("Offers")[0]["total_limit"] == 1.0
    assert json.dumps(tables.sheets, default=str) == before


@pytest.mark.parametrize(
    ("low", "high", "is_cut", "said"),
    [
        (0.0, 4e5, True, "less than 400,000 USD"),
        (0.0, 0.0, True, "nothing (0 USD)"),
        (-1e6, 2e6, False, "not told apart at this gap"),
        (-1e5, 2e5, False, "the same to within 300,000 USD"),
        (2.5e9, 2.6e9, True, "between 2.5 and 2.6 billion USD"),
        (3e6, 3e6, True, "3 million USD"),
        (12.084e6, 12.0988e6, True, "between 12.08 and 12.10 million USD"),
        (999_990.0, 1_000_010.0, True, "1 million USD"),
        (987_654.0, 1_234_510.0, True, "between 987,654 USD and 1.235 million USD"),
        (1.23456e6, float("inf"), True, "at least 1.234 million USD"),
        (0.0, 1.23412e6, True, "less than 1.235 million USD"),
        (1e6, float("inf"), True, "at least 1 million USD"),
    ],
)
def test_an_interval_is_never_a_number_with_a_sign_that_is_not_known(low, high, is_cut, said):
    assert Words("USD", 1e9).span(Span.of(low, high, is_cut)) == said


@pytest.mark.parametrize(
    ("low", "high", "is_cut", "resolved"),
    [
        (0.0, 2e5, True, False),  # 0 by logic, and not under 0.01 % of 1 bn
        (0.0, 9e4, True, True),
        (5e6, 5.9e6, True, True),  # narrower than 0.1 % of 1 bn
        (5e8, 5.04e8, True, True),  # narrower than 1 % of its middle
        (5e7, 5.2e7, True, False),
    ],
)
def test_an_interval_is_resolved_where_it_is_narrow(low, high, is_cut, resolved):
    assert Span.of(low, high, is_cut).is_resolved(1e9) is resolved
