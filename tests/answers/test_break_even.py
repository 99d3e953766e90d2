"""break_even: the value at which the plan switches, against all plans counted out."""

from __future__ import annotations

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from tests.answers.brute import Book, Plans, feasible_books, random_book

GRID = 400


def margins(plans: Plans, name: str, amount: float):  # noqa: ANN201
    """What the best plan with an amount of an offer costs more than the best with less, by price."""
    ordered = plans.ordered(name)
    has = np.any([mine >= amount - 1e-9 for mine in ordered.values()], axis=0)

    def at(price: float) -> float:
        prices = {name: price}
        if name in plans.book.price_in_x:
            pass  # what a scenario sets stays as it is
        ok = plans.with_all(plans.kept(prices))
        cost = plans.cost_at(prices=prices)
        with_it, less = plans.best(ok & has, cost), plans.best(ok & ~has, cost)
        return with_it - less if np.isfinite(less) or np.isfinite(with_it) else np.nan

    return at


def expected(plans: Plans, name: str, now: float, amount: float) -> tuple[bool, float | None]:
    """Whether the plan has it, and the price of the first switch from today's; None if none."""
    at = margins(plans, name, amount)
    wins = at(now) < -1e-7
    end = 10.0 * now if wins else 0.0
    last = now
    for value in np.linspace(now, end, GRID)[1:]:
        if not np.isnan(at(value)) and (at(value) < -1e-7) != wins:
            low, high = last, value
            for _ in range(50):
                middle = (low + high) / 2.0
                low, high = (middle, high) if (at(middle) < -1e-7) == wins else (low, middle)
            return wins, (low + high) / 2.0
        last = value
    return wins, None


def against_all_plans(seed: int, book: Book, plans: Plans, name: str, now: float) -> int:
    """Compare the break-even price of an offer; the number of solves that it took."""
    plan = chipfolio.solve(book.read())
    asked = {"question": "b", "kind": "break_even", "sheet": "Offers", "item": name}
    found = answer(plan, [{**asked, "column": "price"}])
    row = found.tables["Break-even"][0]
    amount = next(offer.lot for offer in book.offers if offer.name == name)
    _, true = expected(plans, name, now, amount)
    if true is None:
        assert row["value_low"] is None, (seed, name, row)
    else:
        assert row["value_low"] is not None, (seed, name, true, row)
        assert row["value_low"] <= true * 1.01 + 1e-6, (seed, name, true, row)
        assert row["value_high"] >= true * 0.99 - 1e-6, (seed, name, true, row)
        assert row["value_high"] - row["value_low"] <= 0.01 * row["value_high"] + 1e-6, (seed, row)
    return found.solves


@pytest.mark.parametrize("tree", [False, True])
def test_a_price_switches_where_all_plans_say(tree):
    for seed, book, plans in feasible_books(2, tree):
        for offer in book.offers[:2]:
            against_all_plans(seed, book, plans, offer.name, offer.price)


def test_an_offer_enters_where_a_budget_can_pay_for_it():
    """Above 7.23 USD every plan that has o1 breaks the budget of 424 USD: no bound of its search is
    the answer to anything there, that it has no plan is."""
    own = random_book(730003, tree=True)
    plans = own.count_out()
    _, true = expected(plans, "o1", 9.0, 2.0)
    assert true == pytest.approx(7.2292, abs=1e-4)
    against_all_plans(730003, own, plans, "o1", 9.0)
