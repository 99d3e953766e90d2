"""The tail of the futures beside their mean, solved by hand."""

from __future__ import annotations

import pytest

from tests.conftest import solved
from tests.futures import books
from tests.futures.books import AHEAD, DEMANDS, THREE, book, costs


def tail(weight: object, probability: object) -> object:
    text = books.settings(tail_weight=weight, tail_probability=probability)
    return solved(book(AHEAD, Settings=text, Scenarios=THREE, Scenario_changes=DEMANDS))


def test_without_weight_the_tail_does_not_count():
    # units 11 to 14 pay 150 in 40 % of the futures: 60 < 100, so ten are ordered
    plan = tail(0, "5%")
    assert plan.objective == pytest.approx(0.6 * 1000 + 0.1 * 2500 + 0.3 * 1600)


def test_a_tail_of_everything_is_the_mean():
    assert tail("100%", "100%").objective == pytest.approx(tail(0, "5%").objective)
    assert tail("40%", "100%").objective == pytest.approx(tail(0, "5%").objective)


def test_the_worst_future_alone_is_its_cost():
    # all weight on X: 20 are ordered, 2000 whatever happens
    for probability in ("10%", "4%"):
        plan = tail("100%", probability)
        assert plan.objective == pytest.approx(2000)
        assert costs(plan)["X"] == pytest.approx(2000)


def test_a_tail_cuts_through_a_scenario():
    # Tail of 25 %: X whole and 15 % of Y. With 10 + k units ordered, k in 0 … 10:
    # X costs 100 (10 + k) + 150 (10 - k); Y 100 (10 + k) + 150 max(4 - k, 0).
    # Mean + tail half and half, by hand for each k:
    def by_hand(k: int) -> float:
        x, y = 100 * (10 + k) + 150 * (10 - k), 100 * (10 + k) + 150 * max(4 - k, 0)
        worst = (0.10 * x + 0.15 * y) / 0.25
        return 0.5 * (0.6 * 100 * (10 + k) + 0.1 * x + 0.3 * y) + 0.5 * worst

    plan = tail("50%", "25%")
    assert plan.objective == pytest.approx(min(by_hand(k) for k in range(11)))
    assert plan.gap <= 1e-8
