"""Risk, by hand: what uncertainty costs, what hedging costs and buys, each as a proven interval."""

from __future__ import annotations

import dataclasses

import pytest

import chipfolio
from chipfolio.errors import PlanError
from chipfolio.futures import risk
from chipfolio.futures.measures import Interval, at_risk, exactly, measures, tail_of
from tests.futures import books
from tests.futures.books import AHEAD, DEMANDS, THREE, book

# Ten units (P, 60 %), twenty (X, 10 %) or fourteen (Y, 30 %) are needed in 2028; ordering in 2027
# costs 100, a unit short 150. Ten are ordered: 1000, 2500, 1600.
BY_HAND = {
    ("expected cost", ""): 0.6 * 1000 + 0.1 * 2500 + 0.3 * 1600,
    ("tail 5%", ""): 2500,
    ("tail 25%", ""): (0.1 * 2500 + 0.15 * 1600) / 0.25,
    ("value at risk 5%", ""): 2500,
    ("value at risk 25%", ""): 1600,
    ("worst case", "X"): 2500,
    ("own best", "P"): 1000,
    ("own best", "X"): 2000,
    ("own best", "Y"): 1400,
    ("regret", "P"): 0,
    ("regret", "X"): 500,
    ("regret", "Y"): 200,
    ("wait and see", ""): 0.6 * 1000 + 0.1 * 2000 + 0.3 * 1400,
    ("here and now", ""): 1330,
    ("perfect information", ""): 110,
    # mean demand 12.2: twelve are ordered; 1200, 1200 + 8 x 150, 1200 + 2 x 150
    ("plan for the mean", ""): 0.6 * 1200 + 0.1 * 2400 + 0.3 * 1500,
    ("stochastic solution", ""): 1410 - 1330,
    # half the weight on the worst 5 %: fourteen are ordered, 1490 in the mean, 2300 in the tail
    ("insurance premium", ""): 1490 - 1330,
    ("insurance buys", ""): 2500 - 2300,
}


@pytest.fixture(scope="module")
def tables():
    text = books.settings(target_gap=1e-9)
    return chipfolio.read(book(AHEAD, Settings=text, Scenarios=THREE, Scenario_changes=DEMANDS))


def test_every_measure_by_hand(tables):
    rows = risk(chipfolio.solve(tables), tables, workers=2)
    found = {(row["measure"], row["scenario"]): row for row in rows}
    assert {key: found[key]["value"] for key in BY_HAND} == pytest.approx(BY_HAND, abs=1e-3)
    for row in rows:
        assert row["low"] <= row["value"] <= row["high"], row
        assert row["gap"] <= 1e-5, row


def test_a_hedged_plan_is_compared_with_the_one_best_in_the_mean(tables):
    settings = {**tables.settings, "tail_weight": 0.5}
    hedged = dataclasses.replace(tables, settings=settings, sha256="hedged")
    rows = risk(chipfolio.solve(hedged), hedged, workers=2)
    found = {(row["measure"], row["scenario"]): row["value"] for row in rows}
    assert found["expected cost", ""] == pytest.approx(1490)
    assert found["here and now", ""] == pytest.approx(1330)
    assert found["insurance premium", ""] == pytest.approx(160)
    assert found["insurance buys", ""] == pytest.approx(200)
    assert found["perfect information", ""] == pytest.approx(110)


def test_risk_needs_a_plan_over_the_tree(tables):
    with pytest.raises(PlanError, match="over all scenarios"):
        risk(chipfolio.solve(tables, scenario="X"), tables)


def test_tails_of_a_discrete_distribution():
    # 10 with 50 %, 20 with 30 %, 100 with 20 %
    totals, shares = {"a": 10, "b": 20, "c": 100}, {"a": 0.5, "b": 0.3, "c": 0.2}
    assert tail_of(totals, shares, 1.0) == pytest.approx(0.5 * 10 + 0.3 * 20 + 0.2 * 100)
    assert tail_of(totals, shares, 0.2) == pytest.approx(100)
    assert tail_of(totals, shares, 0.1) == pytest.approx(100)
    assert tail_of(totals, shares, 0.4) == pytest.approx((0.2 * 100 + 0.2 * 20) / 0.4)
    assert at_risk(totals, shares, 0.2) == 20  # 100 is exceeded never, 20 with 20 %
    assert at_risk(totals, shares, 0.1) == 100
    assert at_risk(totals, shares, 0.5) == 10


def test_differences_of_intervals():
    one, other = Interval(10, 8, 10), Interval(7, 6, 7)
    assert one - other == Interval(3, 1, 4)
    assert (other - one).at_least_zero() == Interval(0, 0, 0)
    assert exactly(5) - Interval(3, None, 3) == Interval(2, 2, float("inf"))


def test_a_plan_found_anywhere_is_used_everywhere(tables):
    # P alone was solved badly: 1100, at least 900. The plan at hand costs 1000 in P, another found
    # there costs 1050; Y was not solved in time, and costs 1600 and 1500 in these two.
    own = {"P": Interval(1100, 900, 1100), "X": Interval(2000, 2000, 2000), "Y": None}
    totals = {"P": 1000.0, "X": 2500.0, "Y": 1600.0}
    other = {"objective": None, "bound": None, "status": "no_plan",
             "totals": {"P": 1050.0, "X": 2300.0, "Y": 1500.0}}  # fmt: skip
    nothing = {"objective": None, "bound": None, "status": "no_plan", "totals": {}}
    mine = Interval(1330, 1300, 1330)
    rows = {(r["measure"], r["scenario"]): (r["value"], r["low"], r["high"])
            for r in measures(tables, totals, own, mine, nothing, other, (), 0.5)}  # fmt: skip
    assert rows["own best", "P"] == (1000.0, 900, 1000.0)
    assert rows["regret", "P"] == (0.0, 0.0, 100.0)
    assert rows["own best", "Y"] == (1500.0, None, 1500.0)
    assert rows["regret", "Y"][:2] == (100.0, 100.0)
    # the other plan costs 0.6 * 1050 + 0.1 * 2300 + 0.3 * 1500 = 1310 in the mean, less than mine
    assert rows["here and now", ""] == pytest.approx((1310.0, 1300, 1310.0))
