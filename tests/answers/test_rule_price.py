"""rule_price: what every limit costs, against all plans counted out; slack rules among them."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.answers import answer
from tests.answers.brute import Book, Offer, feasible_books

ASKED = [{"question": "r", "kind": "rule_price", "item": "each"}]


def against_all_plans(seed: int, book: Book, plans) -> int:
    """Compare every row of the table with the least cost over all plans; how many were."""
    plan = chipfolio.solve(book.read())
    assert plan.objective == pytest.approx(plans.best())
    compared = 0
    for row in answer(plan, ASKED).tables["Rule prices"]:
        key = (row["sheet"], row["rule"], row["column"], row["member"])
        if key[0] == "Sites":
            continue
        keys = [k for k in plans.masks if k[:3] == key[:3] and key[3] in ("each", k[3])]
        true = plans.best() - plans.best_without(*keys)
        assert row["saving_low"] - 1e-5 <= true <= row["saving_high"] + 1e-5, (seed, key)
        compared += 1
    return compared


@pytest.mark.parametrize(("tree", "soft", "start"), [(0, 0, 1), (1, 0, 1), (0, 1, 500)])
def test_every_limit_costs_what_all_plans_say(tree, soft, start):
    for seed, book, plans in feasible_books(2, bool(tree), start, bool(soft)):
        assert against_all_plans(seed, book, plans) > 2


def test_a_slack_rule_that_matters_has_its_price():
    # Units cost 10, work that is not served 100, and 3 pieces are asked for. Of 2.5 units allowed
    # 2 are bought, whole as they are: half a unit is slack, and yet a third would save 100 - 10.
    offer = Offer("o0", "Ada", False, 10.0, 1, 0.0, 1.0, None)
    more = Offer("o1", "Bo", False, 1000.0, 1, 0.0, 1.0, None)
    book = Book([offer, more], 2, 100.0, {"": [0.0, 3.0]}, {"": 1.0}, custom=2.5)
    plan = chipfolio.solve(book.read())
    rows = answer(plan, ASKED).tables["Rule prices"]
    own = next(row for row in rows if row["sheet"] == "Custom rules")
    assert own["saving_low"] == pytest.approx(90.0)
    assert own["saving_high"] == pytest.approx(90.0)
    assert (own["level_without"], own["relaxation"]) == (3.0, 0.5)
