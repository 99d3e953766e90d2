"""Questions that once ended with a traceback: each has an answer."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.ask import chosen
from tests.conftest import book

# three units of B at 100 serve both years; C costs 150
TWO = {
    "Chips": "chip, vendor, life_years\nK, Nord, 10\nL, Sud, 10",
    "Performance": "chip, workload, throughput\nK, W, 1\nL, W, 1",
    "Offers": "offer, chip, seller, acquisition, price, max_order, lead_time\n"
    "B, K, Nord, buy, 100, 9, 0\nC, L, Sud, buy, 150, 9, 0",
    "Demand": "workload, 2027, 2028\nW, 3, 3",
    "periods": 2,
}


def answers(made: dict, *questions: dict, names: list[str] | None = None) -> dict[str, list[dict]]:
    """Tables of the answers to questions, or to those of the sheet that are named."""
    tables = chipfolio.read(made)
    asked = list(questions) if names is None else chosen(tables, names)
    return dict(answer(chipfolio.solve(tables), asked).tables)


def test_a_lead_time_is_moved_in_whole_periods():
    # in time for 2027 B is bought; a year late it leaves 2027 to C, whose units serve 2028 too
    asked = {"question": "q", "kind": "break_even", "sheet": "Offers", "item": "B"}
    found = answers(book(**TWO), {**asked, "column": "lead_time"})
    (row,) = found["Break-even"]
    assert row["value_now"] == 0
    assert (row["value_low"], row["value_high"]) == (0, 1)


def test_a_question_is_crossed_with_one_that_is_not_asked():
    head = "question, kind, sheet, item, column, low, high, steps, across, active"
    rows = "s, sensitivity, Offers, B, price, 1, 1.1, 2, t, yes\n"
    rows += "t, sensitivity, Demand, W, , 1, 2, 2, , no"
    found = answers(book(**TWO, Questions=f"{head}\n{rows}"), names=["s"])
    # 3 and 6 units, at 100 and 110
    costs = sorted(row["objective"] for row in found["Two-way"])
    assert costs == pytest.approx([300.0, 330.0, 600.0, 660.0])


def test_a_contract_that_another_waits_for_is_left_out_with_it():
    # 3 units of B at 10 % off cost 270, at 30 % off 210; a is signed, b may be, while a is
    contracts = "contract, seller, signing, requires, price_cut_pct\n"
    contracts += "a, Nord, signed, , 10%\nb, Nord, optional, a, 20%"
    asked = {"question": "q", "kind": "case", "sheet": "Contracts", "item": "a"}
    (row, *_) = answers(book(**TWO, Contracts=contracts), asked)["Answers"]
    assert (row["low"], row["high"]) == (90.0, 90.0)
