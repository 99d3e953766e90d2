"""alternatives and case: least and most of each measure, and what having an offer is worth."""

from __future__ import annotations

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.alternatives import Direction, Found, all_of, proven, share_at_most
from chipfolio.answers.asked import CostAtMost
from chipfolio.answers.engine import Ask, Engine
from chipfolio.answers.measures import Distance, Spend
from chipfolio.answers.study import Study
from tests import conftest
from tests.answers.brute import VENDORS, Book, Plans, feasible_books

WITHIN = 0.15


def measures_of(plans: Plans) -> dict[str, np.ndarray]:
    """Expected measures of every plan, by name."""
    book = plans.book
    found: dict[str, np.ndarray] = {}
    spend: dict[str, np.ndarray] = {}
    for vendor in VENDORS:
        mine = [o for o, offer in enumerate(book.offers) if offer.vendor == vendor]
        if mine:
            spend[vendor] = sum(
                book.probability[s] * (units * plans.price(s)[None])[:, mine].sum((1, 2))
                for s, units in plans.units.items()
            )
            found[f"spend at {vendor}"] = spend[vendor]
    bought = [o for o, offer in enumerate(book.offers) if not offer.rented]
    found["capex"] = sum(
        book.probability[s] * (units * plans.price(s)[None])[:, bought].sum((1, 2))
        for s, units in plans.units.items()
    )
    found["sellers"] = sum(
        book.probability[s]
        * np.sum([(plans.of_vendor(s, v).sum(1) > 0).astype(float) for v in VENDORS], axis=0)
        for s in plans.units
    )
    whole = sum(spend.values())
    top = np.max(list(spend.values()), axis=0)
    found["share of the largest seller"] = np.where(whole > 0, top / np.maximum(whole, 1e-9), 0.0)
    return found


def against_all_plans(seed: int, book: Book, plans: Plans) -> int:
    """Compare least and most of each measure; how many ends were."""
    plan = chipfolio.solve(book.read())
    asked = {"question": "a", "kind": "alternatives", "within": WITHIN}
    found = answer(plan, [asked]).tables
    rows = {row["direction"]: row for row in found["Alternatives"]}
    near = plans.ok & (plans.cost <= plans.best() * (1.0 + WITHIN) + 1e-7)
    compared = 0
    for measure, values in measures_of(plans).items():
        for word, true in (("least", values[near].min()), ("most", values[near].max())):
            row = rows.get(f"{word} {measure}")
            if row is None:
                assert measure.startswith("spend"), (seed, word, measure)
                continue
            assert row["measure"] == pytest.approx(true, abs=1e-5), (seed, word, measure)
            assert row["objective"] <= plans.best() * (1.0 + WITHIN) + 1e-5
            compared += 1
    assert "farthest from all of these" in rows
    return compared


@pytest.mark.parametrize("tree", [False, True])
def test_least_and_most_are_those_of_all_plans(tree):
    for seed, book, plans in feasible_books(1, tree, start=9):
        assert against_all_plans(seed, book, plans) >= 6


@pytest.mark.parametrize("tree", [False, True])
def test_the_plan_farthest_from_two_is_that_of_all_plans(tree):
    for seed, book, plans in feasible_books(2, tree, start=9):
        plan = chipfolio.solve(book.read())
        engine = Engine(plan)
        near = np.flatnonzero(plans.ok & (plans.cost <= plans.best() * (1.0 + WITHIN) + 1e-7))
        two = (near[0], near[-1])
        given = [
            tuple(
                (s if tree else "", offer.name, at, float(units[k, o, at]))
                for s, units in plans.units.items()
                for o, offer in enumerate(book.offers)
                for at in range(book.periods)
            )
            for k in two
        ]
        away = [
            sum(
                book.probability[s] * (np.abs(units - units[k]) * plans.price(s)[None]).sum((1, 2))
                for s, units in plans.units.items()
            )
            for k in two
        ]
        limit = plans.best() * (1.0 + WITHIN)
        for goal, true in (
            (Distance(tuple(given), -1.0), -np.min(away, axis=0)[near].max()),
            (Distance((given[1],)), away[1][near].min()),
        ):
            (best,) = engine.solve([Ask((), (CostAtMost(limit),), goal, gap=0.0)])
            assert best.objective == pytest.approx(true, abs=1e-4), (seed, goal.sign)


def test_sellers_whose_share_cannot_be_larger_are_known_by_what_is_proven():
    # B and C spend 30 and 20 at least, so A is 50 of 100 at most; what D spends is not known
    limits = {"A": (0.0, 50.0), "B": (30.0, 60.0), "C": (20.0, 20.0)}
    assert share_at_most(limits, "A") == pytest.approx(0.5)
    assert share_at_most(limits, "B") == pytest.approx(60.0 / 80.0)
    assert share_at_most(limits, "D") == 1.0


def test_what_all_plans_share_is_told_by_subject_with_periods_joined():
    shared = {
        ("site steps started", "Hall", "2028", 1.0),
        ("site steps started", "Hall", "2029", 2.0),
        ("site steps started", "Annex", "2027", 1.0),
        ("units ordered", "O", "FY2027", 4.0),
        ("units ordered", "O", "FY2029", 4.0),
    }
    assert all_of(chipfolio.read(conftest.book()), shared) == (
        "site steps started: Annex in 2027, Hall in 2028–2029; units ordered: O in FY2027, FY2029"
    )


def test_an_end_that_is_not_proven_says_what_is():
    """Of a large book each end is sought for so many nodes: here the sample's, and for one."""
    plan = chipfolio.solve("inputs/quickstart.xlsx")
    study = Study(Engine(plan))
    extras = (CostAtMost(1.01 * plan.bound),)
    least, short = study.engine.solve(
        [Ask((), extras, Spend("Aster")), Ask((), extras, Spend("Aster"), nodes=1)]
    )
    assert short.status == "searched" and short.is_sure  # the same on every machine
    assert short.low <= least.low <= least.high <= short.high
    assert short.high - short.low > 1e-3 * short.high
    one = Found(Direction("", "USD", Spend("Aster"), 1.0, ""), short, short.high, 0.0, short.low)
    other = Found(Direction("", "USD", Spend("Aster", -1.0), -1.0, ""), short, 7e7, 0.0, 8e7)
    assert one.is_open and other.is_open
    low = study.words.money(short.low)
    assert proven(study, one, other, "USD") == (
        f"it is proven that none lies outside {low} to 80 million USD."
    )


def case_against_all_plans(seed: int, book: Book, plans: Plans, name: str) -> None:
    """Compare what an offer is worth: of either sign, and its flows add up to it."""
    plan = chipfolio.solve(book.read())
    asked = {"question": "c", "kind": "case", "sheet": "Offers", "item": name}
    found = answer(plan, [asked]).tables
    amount = next(offer.lot for offer in book.offers if offer.name == name)
    ordered = plans.ordered(name)
    has = np.any([mine >= amount - 1e-9 for mine in ordered.values()], axis=0)
    none = np.all([mine < 1e-9 for mine in ordered.values()], axis=0)
    without, with_it = plans.best(plans.ok & none), plans.best(plans.ok & has)
    first = found["Answers"][0]
    if np.isinf(without) or np.isinf(with_it):
        assert "no plan" in first["finding"], (seed, first)
        return
    true = without - with_it
    assert first["low"] - 1e-5 <= true <= first["high"] + 1e-5, (seed, name, true, first)
    flows = sum(row["amount"] for row in found.get("Cases", []))
    assert flows == pytest.approx(true, abs=1e-4), (seed, name)


@pytest.mark.parametrize("tree", [False, True])
def test_a_case_is_the_difference_of_two_best_plans(tree):
    for seed, book, plans in feasible_books(2, tree, start=20):
        for offer in book.offers[:2]:
            case_against_all_plans(seed, book, plans, offer.name)
