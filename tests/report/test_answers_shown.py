"""Answers on the page: what is proven is rounded outward, words fit, units stand at their figures."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from chipfolio.report.answer_pictures import (
    GAP,
    LETTER,
    NAMES,
    Bar,
    ends_in_words,
    pictures,
    room_for,
)
from chipfolio.report.answers import grids
from chipfolio.report.charts import WIDTH
from chipfolio.report.numbers import money, outward, scale_for

STORY = SimpleNamespace(currency="USD")


def row(**values):
    blank = dict.fromkeys(
        ("question", "kind", "subject", "finding", "value", "unit", "low", "high")
    )
    return {**blank, "finding": "It is so.", **values}


@pytest.mark.parametrize(
    ("value", "places", "way", "shown"),
    [
        (12.084, 2, -1, 12.08),
        (12.084, 2, 1, 12.09),
        (12.08, 2, 1, 12.08),  # 1208.0000000000002 hundredths: no more than what is shown
        (-0.331, 2, -1, -0.34),
        (0.004, 2, -1, 0.0),
        (12.084, 2, 0, 12.084),
    ],
)
def test_what_is_proven_is_rounded_away_from_what_is_not(value, places, way, shown):
    assert outward(value, places, way) == shown


def test_at_least_is_never_more_than_is_proven():
    assert money(12_086_000.0, "USD", -1) == "12.08\u00a0million USD"
    assert money(12_086_000.0, "USD") == "12.1\u00a0million USD"
    scale = scale_for([2_598_473.0])
    assert ends_in_words(scale, 2_595_900.0, 2_598_473.0) == "2.59 to 2.60"
    assert ends_in_words(scale, 0.0, 7_818.0) == "less than 0.01"


@pytest.mark.parametrize("words", ["1", "12.08 to 12.10", "between the two of them"])
@pytest.mark.parametrize("lengths", [(12.1, 1.7), (1.0,), (-5.0, 3.0), (-5.0,)])
def test_the_words_at_every_bar_end_inside_the_picture(words, lengths):
    bars = [Bar("a", min(v, 0.0), max(v, 0.0), words) for v in lengths]
    low, high = min(0.0, *lengths, 0.0), max(0.0, *lengths, 0.0)
    wide = (WIDTH - NAMES) / (high - low + room_for(bars, low, high))
    for bar in bars:
        assert NAMES + (bar.high - low) * wide + GAP + LETTER * len(words) <= WIDTH + 1e-9


def test_what_is_safe_to_sign_is_a_calendar_with_last_dates():
    labels = ["2027Q1", "2027Q2", "2027Q3"]

    def decision(name, verdict, period, last):
        return {
            "question": "n",
            "decision": name,
            "node": "",
            "verdict": verdict,
            "period": period,
            "last_period": last,
        }

    rows = [
        decision("order A", "free", "2027Q1", "2027Q1"),
        decision("order B", "do now", "2027Q2", "2027Q3"),
        decision("order C", "never", "2027Q1", ""),  # not in the plan: nothing to wait with
    ]
    story = SimpleNamespace(
        table=lambda _: rows, at=labels.index, labels=labels, period="quarter", currency="USD"
    )
    (figure,) = pictures(story, "n", "no_regret")
    assert figure.title == "1 decision is safe to sign, the first by 2027Q3"
    assert "order B, 2027Q2 by 2027Q3; order A, 2027Q1 by 2027Q1" in str(figure.svg)
    assert "order C" not in str(figure.svg)
    (none,) = pictures(
        SimpleNamespace(**{**vars(story), "table": lambda _: rows[:1]}), "n", "no_regret"
    )
    assert none.title.startswith("Nothing in the plan is safe to sign")


def test_units_stand_at_figures_that_are_no_money():
    rows = [
        row(
            kind="alternatives",
            subject="capex",
            unit="USD",
            low=58.0294e6,
            high=61.714e6,
            value=1.0,
        ),
        row(kind="alternatives", subject="power", unit="MW", low=5.26608, high=5.5, value=1.0),
        row(kind="alternatives", subject="share", unit="share", low=0.54, high=0.7, value=1.0),
    ]
    (grid,) = grids(STORY, "Other plans", rows)
    assert [cells[1:] for cells in grid.rows] == [
        ["58.0", "61.7"],
        ["5.266\u00a0MW", "5.5\u00a0MW"],
        ["54\u00a0%", "70\u00a0%"],
    ]
    assert grid.note == "Amounts in USD million: at least and at most, as proven."


def test_answers_without_ends_have_no_columns_for_them():
    (grid,) = grids(
        STORY, "Safe to sign", [row(kind="no_regret", subject="A", unit="units", value=4)]
    )
    assert (grid.heads, len(grid.rows[0]), grid.note) == (["Answer"], 1, "")


def test_a_long_name_stands_on_two_lines_at_its_bar():
    limit = {
        "question": "n",
        "sheet": "Share rules",
        "rule": "Second source",
        "column": "max_pct",
        "member": "Boreal",
        "saving_low": 331_106.0,
        "saving_high": 335_981.0,
    }
    story = SimpleNamespace(
        table=lambda _: [limit],
        currency="USD",
        money=lambda amount, way=0: money(amount, "USD", way),
    )
    (figure,) = pictures(story, "n", "rule_price")
    assert figure.title.startswith("Maximum share of Boreal in Second source is the dearest limit")
    lines = re.findall("<tspan[^>]*>([^<]*)</tspan>", str(figure.svg))
    assert lines == ["maximum share of Boreal in", "Second source"]


def test_shares_in_a_finding_stand_as_on_the_rest_of_the_page():
    told = row(kind="case", subject="A", finding="At 12.5% it is worth 3 USD.", value=1.0)
    (grid,) = grids(STORY, "A", [told])
    assert "At 12.5\u00a0% it is worth" in grid.rows[0][0].sub
