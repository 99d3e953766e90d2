"""sensitivity: costs at low and high, kept and anew, against all plans counted out."""

from __future__ import annotations

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from tests.answers.brute import Book, Plans, feasible_books

FACTORS = (0.7, 1.6)


def against_all_plans(seed: int, book: Book, plans: Plans) -> int:
    """Compare a price and the demand, each at low and high; how many costs were."""
    plan = chipfolio.solve(book.read())
    low, high = FACTORS
    name = book.offers[0].name
    ends = {"kind": "sensitivity", "low": low, "high": high}
    asked = [
        {"question": "p", "sheet": "Offers", "item": name, "column": "price", **ends},
        {"question": "d", "sheet": "Demand", "item": "W", **ends},
    ]
    rows = {row["question"]: row for row in answer(plan, asked).tables["Tornado"]}
    kept = kept_plan(plans, plan.tables["Orders"])
    compared = 0
    for end, factor in (("low", low), ("high", high)):
        for question in ("p", "d"):
            # what scenario X sets stays as it is: a change of the trunk comes before it
            prices = {name: factor * book.offers[0].price} if question == "p" else None
            demand = None
            if question == "d":
                scaled = [factor * units for units in next(iter(book.demand.values()))]
                demand = {
                    s: scaled if s != "X" else [scaled[0], *book.demand["X"][1:]]
                    for s in book.demand
                }
            cost = plans.cost_at(prices=prices, demand=demand)
            ok = plans.with_all(plans.kept(prices))
            true = plans.best(ok, cost)
            told = rows[question][f"cost_at_{end}"]
            assert (told is None) == np.isinf(true), (seed, question, end)
            if told is not None:
                assert told == pytest.approx(true), (seed, question, end)
            own = rows[question][f"kept_at_{end}"]
            assert (own is None) == (not ok[kept]), (seed, question, end, own)
            if own is not None:
                assert own == pytest.approx(cost[kept]), (seed, question, end)
            compared += 2
    return compared


def kept_plan(plans: Plans, orders: list[dict]) -> int:
    """Which of all plans a table of orders is."""
    same = np.ones(len(plans.cost), dtype=bool)
    names = [offer.name for offer in plans.book.offers]
    for s, units in plans.units.items():
        wanted = np.zeros(units.shape[1:])
        for row in orders:
            if row["scenario"] == s:
                wanted[names.index(row["offer"]), int(row["order_period"]) - 2027] += row["units"]
        same &= np.isclose(units, wanted[None]).all((1, 2))
    return int(np.flatnonzero(same)[0])


@pytest.mark.parametrize("tree", [False, True])
def test_inputs_move_the_cost_as_all_plans_say(tree):
    for seed, book, plans in feasible_books(2, tree, start=5):
        assert against_all_plans(seed, book, plans) == 8


def test_two_inputs_cross_in_a_table():
    _, book, plans = next(feasible_books(1))
    plan = chipfolio.solve(book.read())
    name = book.offers[0].name
    ends = {"kind": "sensitivity", "low": 0.5, "high": 1.5, "steps": 2}
    price = {"question": "p", "sheet": "Offers", "item": name, "column": "price", **ends}
    work = {"question": "d", "sheet": "Demand", "item": "W", "across": "p", **ends}
    rows = answer(plan, [price, work]).tables["Two-way"]
    assert [(row["row_value"], row["column_value"]) for row in rows] == [
        (0.5, 0.5),
        (0.5, 1.5),
        (1.5, 0.5),
        (1.5, 1.5),
    ]
    for row in rows:
        prices = {name: row["column_value"] * book.offers[0].price}
        demand = {s: [row["row_value"] * d for d in path] for s, path in book.demand.items()}
        true = plans.best(
            plans.with_all(plans.kept(prices)), plans.cost_at(prices=prices, demand=demand)
        )
        assert row["objective"] == (None if np.isinf(true) else pytest.approx(true))
