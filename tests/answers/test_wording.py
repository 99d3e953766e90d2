"""What answers say reads as English: one of a thing, nothing of it, and what was not told."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace

import pytest

import chipfolio
from chipfolio.answers.ask import on_sheet
from chipfolio.answers.break_even import Search, Switch
from chipfolio.answers.limits import Limit
from chipfolio.answers.rule_price import shown
from chipfolio.answers.spans import Span, Words, of_unit
from chipfolio.answers.study import Question
from chipfolio.answers.why_not import sentence
from chipfolio.contract.inputs import INPUTS, in_words
from tests.answers.brute import feasible_books

WORDS = Words("USD", 1e6)
STUDY = SimpleNamespace(words=WORDS)
PRICE = Question("why", "why_not", "Offers", "A")
WRONG = (
    r"\b1 (units|starts|steps|signatures|sellers|decisions|plans|rules)\b",
    r"costs? not told|costs? the same|by (not told|the same|nothing)",
    r"is always .* sellers\b",
    r"\b0 decisions are|\bin plan\b",
    r"\bNone\b|\bnan\b|\binf\b|  |\.\.|^[ a-z]?[.:,]| [.,;:]",
    r"No .* makes it win: .*(not told|gap)",
    r"\d %|\.\d*0+%",
    r"\b[a-z]+_[a-z_]+\b",
)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [(1.0, "units", "1 unit"), (2.0, "units", "2 units"), (0.0, "starts", "0 starts"),
     (1.0, "USD", "1 USD"), (1.0, "signatures", "1 signature"), (1.5, "lots", "1.5 lots")],
)  # fmt: skip
def test_one_of_a_thing_is_singular(value, unit, said):
    assert of_unit(value, unit) == said


def test_what_was_not_told_is_never_told_as_a_no():
    much = Span(10.0, 20.0)
    open_ = sentence(STUDY, "at least 1 unit of A", much, Switch(why="x", is_told=False), [], PRICE)
    assert open_.endswith(" At what price it would win is not told at this gap.")
    shut = Switch(why="it stays out of the plan even at 0")
    told = sentence(STUDY, "at least 1 unit of A", much, shut, [], PRICE)
    assert told.endswith(" No price makes it win: it stays out of the plan even at 0.")


def test_a_side_that_was_not_told_apart_is_no_proof_for_a_break_even():
    price = INPUTS["Offers"].column("price")
    search = SimpleNamespace(
        now=5.0, subject=SimpleNamespace(named="A"), has=False, declared=price, shown=str
    )
    found = Switch(why="at today's value", is_told=False)
    assert Search.sentence(search, found, None) == (
        "A is not in the plan; at what price (today 5.0) that changes is not told at this gap, which "
        "does not tell the two sides apart at today's value."
    )


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (Span(0.0, 0.0, at_least_zero=True), "does not move the cost"),
        (Span(-1e5, 1e5), "does not move the cost by as much as this gap can tell"),
        (Span(-100.0, 100.0), "leaves the cost the same to within 200 USD"),
        (Span(100.0, math.inf), "moves the cost by at least 100 USD"),
    ],
)
def test_how_a_cost_moves_is_a_sentence(span, said):
    assert WORDS.moved(span) == said


@pytest.mark.parametrize("gap", [1e-3, 0.2])
def test_no_answer_about_small_books_reads_wrongly(gap):
    _, one, _ = next(feasible_books(1, start=3))
    tables = one.read()
    plan = chipfolio.solve(tables, gap=gap)
    about = {"sheet": "Offers", "column": "price", "low": 0.9, "high": 1.1}
    asked = [{"question": kind, "kind": kind} for kind in ("no_regret", "alternatives")]
    asked += [{"question": "rule_price", "kind": "rule_price", "item": "each"}]
    for kind in ("break_even", "why_not", "sensitivity"):
        asked += [{**about, "question": f"{kind} {name}", "kind": kind, "item": name}
                  for name in tables.names("Offers")]  # fmt: skip
    said = [row["finding"] for row in chipfolio.answer(plan, asked, gap=gap).tables["Answers"]]
    assert len(said) > len(asked)
    assert [(text, wrong) for text in said for wrong in WRONG if re.search(wrong, text)] == []


def test_no_answer_about_the_quickstart_reads_wrongly():
    # at a wide gap, which is soon proven; what takes long is asked of a small book above
    plan = chipfolio.solve("inputs/quickstart.xlsx", gap=0.05)
    soon = ("rule_price", "frontier", "sensitivity", "case")
    asked = [one for one in on_sheet(plan.inputs) if one.kind in soon]
    said = [row["finding"] for row in chipfolio.answer(plan, asked, gap=0.05).tables["Answers"]]
    assert len(said) > len(asked) >= len(soon)
    assert [(text, wrong) for text in said for wrong in WRONG if re.search(wrong, text)] == []
    assert any(re.search(r"\d%", text) for text in said)
    assert any(text.startswith("The power limit of Reno costs ") for text in said)


@pytest.mark.parametrize(
    ("sheet", "item", "column", "member", "said"),
    [
        ("Sites", "Reno", "power_mw", "", "power limit of Reno"),
        ("Share rules", "Half", "max_pct", "Nord", "maximum share of Nord in Half"),
        ("Share rules", "Half", "max_pct", "each", "maximum share of every member in Half"),
        ("Workloads", "Serving", "max_unmet_pct", "", "limit on unmet work of Serving"),
        ("Offers", "B", "order_fee", "", "order fee of B"),
        ("Demand", "Serving", "", "", "demand for Serving"),
    ],
)
def test_a_cell_has_one_name_in_every_sentence(sheet, item, column, member, said):
    assert in_words(sheet, item, column, member) == said


@pytest.mark.parametrize(
    ("limit", "amount", "said"),
    [
        (Limit("Share rules", "R", "max_pct", "V"), 0.28, "28 percentage points"),
        (Limit("Sites", "S", "power_mw"), 1.88584, "1.886 MW"),
        (Limit("Offers", "O", "max_order"), 1, "1 unit"),
        (Limit("Vendors", "V", "max_units"), 1200, "1,200 units"),
        (Limit("Budgets", "B", "limit"), 1_500_000, "1,500,000 EUR"),
        (Limit("Custom rules", "C", "limit"), 2_500_000, "2,500,000"),
    ],
)
def test_what_a_plan_passes_a_limit_by_has_its_unit_and_no_exponent(limit, amount, said):
    assert shown(limit, amount, "EUR") == said
