"""own_orders: what orders of one's own cost and break, against all plans counted out."""

from __future__ import annotations

import random

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from tests.answers.brute import MOST, VENDORS, Book, Plans, feasible_books


def with_orders(seed: int, book: Book) -> Book:
    """The book with orders of its own: some lots of each offer in some periods."""
    dice = random.Random(seed)
    book.previous = {}
    for offer in book.offers:
        left = MOST
        for at in range(book.periods):
            lots = dice.randint(0, min(left, 2))
            left -= lots
            if lots:
                book.previous[offer.name, at] = lots * offer.lot
    return book


def broken(plans: Plans) -> np.ndarray:
    """Σ over rules of the share by which every plan breaks it in its worst scenario."""
    book, worlds = plans.book, list(plans.units)
    best = int(np.flatnonzero(plans.ok & (plans.cost <= plans.best() + 1e-9))[0])
    total = np.zeros(len(plans.cost))

    def add(over, norm) -> None:  # noqa: ANN001
        nonlocal total
        worst = np.max([np.maximum(over(s), 0.0) / (norm(s) or 1.0) for s in worlds], axis=0)
        total = total + worst

    def of_share(vendor: str, limit: float, sign: float) -> None:
        def over(s: str) -> np.ndarray:
            part, whole = plans.share(s, vendor)
            return sign * (part - limit * whole)

        add(over, lambda s: limit * plans.units[s][best].sum())

    if book.share is not None:
        of_share(VENDORS[0], book.share, 1.0)
    if book.least is not None:
        of_share(VENDORS[0], book.least, -1.0)
    if book.each is not None:
        for vendor in VENDORS:
            of_share(vendor, book.each, 1.0)
    if book.count is not None:

        def missing(s: str) -> np.ndarray:
            active = [(plans.of_vendor(s, v).sum(1) > 0).astype(float) for v in VENDORS]
            return book.count - np.sum(active, axis=0)

        add(missing, lambda s: book.count)
    if book.budget is not None:
        add(lambda s: plans.cash(s) - book.budget, lambda s: book.budget)
    if book.custom is not None:
        add(lambda s: plans.units[s][:, 0].sum(1) - book.custom, lambda s: book.custom)
    return total


def against_all_plans(seed: int, book: Book, first: int) -> bool:
    """Compare what own orders cost from a period on; whether they break a rule."""
    plans = with_orders(seed, book).count_out()
    plan = chipfolio.solve(book.read())
    found = answer(plan, [{"question": "o", "kind": "own_orders", "from": first}]).tables
    own = np.ones(len(plans.cost), dtype=bool)
    for o, offer in enumerate(book.offers):
        for at in range(first, book.periods):
            units = book.previous.get((offer.name, at), 0)
            for s in plans.units:
                own &= np.isclose(plans.units[s][:, o, at], units)
    free = np.ones(len(plans.cost), dtype=bool)
    for (sheet, name, column, _), _mask in plans.masks.items():
        if column in ("max_order", "max_units") and first:  # earlier orders keep these
            for s in plans.units:
                if sheet == "Offers":
                    o = [offer.name for offer in book.offers].index(name)
                    free &= plans.units[s][:, o, :first].max(1) <= book.offers[o].max_order
                else:
                    free &= plans.of_vendor(s, name)[:, :first].max(1) <= book.max_units
    share = broken(plans)
    able = own & free
    least = share[able].min()
    true = plans.cost[able & (share <= least + 1e-6)].min()
    (row,) = found["Answers"]
    told = true - plans.best()
    assert row["low"] is not None, (seed, row, book, found)
    assert row["low"] - 1e-4 <= told <= row["high"] + 1e-4, (seed, told, row)
    rules = [r for r in found.get("Own orders", []) if r["kind"] == "rule"]
    team = [r for r in rules if r["sheet"] not in ("Offers", "Vendors")]
    assert sum(r["broken_pct"] for r in team) == pytest.approx(least, abs=1e-4), (seed, rules)
    return bool(rules)


@pytest.mark.parametrize("tree", [False, True])
def test_own_orders_cost_and_break_what_all_plans_say(tree):
    for seed, book, _ in feasible_books(1, tree, start=50):
        against_all_plans(seed, book, 0)
        against_all_plans(seed, book, 1)
