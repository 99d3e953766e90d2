"""frontier: every level and both ends, against all plans counted out."""

from __future__ import annotations

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from tests.answers.brute import VENDORS, Book, Plans, feasible_books

SHARE = ("Share rules", "split", "max_pct", "")


def worst_share(plans: Plans) -> np.ndarray:
    """The first vendor's largest share of order units in a scenario; 0 where nothing is ordered."""
    found = []
    for s in plans.units:
        part, whole = plans.share(s, VENDORS[0])
        found.append(np.where(whole > 0, part / np.maximum(whole, 1e-9), 0.0))
    return np.max(found, axis=0)


def against_all_plans(seed: int, book: Book, plans: Plans) -> int:
    """Compare the frontier of the first vendor's share; how many levels were."""
    plan = chipfolio.solve(book.read())
    asked = {"question": "f", "kind": "frontier", "sheet": "Share rules", "item": "split"}
    rows = answer(plan, [{**asked, "column": "max_pct", "steps": 5}]).tables["Frontier"]
    share = worst_share(plans)
    others = plans.with_all(but=(SHARE,))
    free = plans.best(others)
    reachable = float(np.min(share[others]))
    begins = float(np.min(share[others & (plans.cost <= free + 1e-6)]))
    assert rows[0]["level"] == pytest.approx(begins, abs=2e-3), (seed, begins, rows)
    assert rows[-1]["level"] == pytest.approx(reachable, abs=2e-3), (seed, reachable, rows)
    last = -np.inf
    for row in rows:
        true = plans.best(others & (share <= row["level"] + 1e-7))
        assert row["bound"] - 1e-5 <= true <= row["objective"] + 1e-5, (seed, true, row)
        assert row["objective"] - row["bound"] <= 1e-5
        assert row["objective"] >= last - 1e-9
        assert row["binding"] <= row["level"] + 1e-6
        last = row["objective"]
    return len(rows)


def books_with_a_share(count: int, tree: bool, start: int = 1):  # noqa: ANN201
    found = 0
    for seed, book, plans in feasible_books(40 * count, tree, start):
        if book.share is not None:
            yield seed, book, plans
            found += 1
            if found == count:
                return


@pytest.mark.parametrize("tree", [False, True])
def test_every_level_costs_what_all_plans_say(tree):
    for seed, book, plans in books_with_a_share(1, tree):
        assert against_all_plans(seed, book, plans) >= 1
