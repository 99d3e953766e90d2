"""why_not: what a decision costs and which rules make it dear, against all plans counted out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.limits import Limit
from tests.answers.brute import MOST, Book, Plans, feasible_books


def masks_of(plans: Plans) -> dict:
    """The limits of the book, those that why_not adds among them, by the words of the finding."""
    found = {}
    for (sheet, item, column, member), mask in plans.masks.items():
        found[Limit(sheet, item, column, member).named] = mask
    return found


def against_all_plans(seed: int, book: Book, plans: Plans, name: str, first: int | None) -> bool:
    """Compare cost and rules; whether some rule was to blame."""
    amount = next(offer.lot for offer in book.offers if offer.name == name)
    ordered = plans.ordered(name) if first is None else plans.ordered(name, first, first)
    has = np.any([mine >= amount - 1e-9 for mine in ordered.values()], axis=0)
    plan = chipfolio.solve(book.read())
    asked = {"question": "w", "kind": "why_not", "sheet": "Offers", "item": name, "from": first}
    found = answer(plan, [asked])
    row = found.tables["Why not"][0]
    best, forced = plans.best(), plans.best(plans.ok & has)
    if np.isinf(forced):
        assert row["cost_high"] is None, (seed, row)
    else:
        assert row["cost_low"] - 1e-5 <= forced - best <= row["cost_high"] + 1e-5, (seed, row)
    masks = masks_of(plans)

    def cost(dropped: tuple[str, ...], with_it: bool) -> float:
        ok = np.ones(len(plans.cost), dtype=bool)
        for key, mask in masks.items():
            if key not in dropped:
                ok &= mask
        return plans.best(ok & has if with_it else ok)

    blamed = [r["rule"] for r in found.tables.get("Why not rules", [])]
    if forced <= best + 1e-7 * max(1.0, best):
        assert blamed == [], (seed, blamed)
        return False
    right = [
        rule
        for rule in masks
        if cost((rule,), True) <= best + 1e-6
        and cost((rule,), True) - cost((rule,), False) < forced - best - 1e-6
    ]
    singles = [rule for rule in blamed if " and " not in rule]
    others = {rule for rule in singles if rule not in masks}
    assert {rule for rule in singles if rule in masks} == set(right), (seed, name, blamed, right)
    assert not others or all(rule.startswith("total limit") for rule in others), (seed, others)
    enough = [rule for rule in masks if cost((rule,), True) <= best + 1e-6]
    for rule in blamed:
        group = tuple(rule.split(" and "))
        if len(group) > 1 and all(one in masks for one in group):
            assert cost(group, True) <= best + 1e-6, (seed, group)
            for fewer in itertools.combinations(group, len(group) - 1):
                assert cost(fewer, True) > best + 1e-6, (seed, group, fewer)
            assert not enough
    return bool(right)


@pytest.mark.parametrize("tree", [False, True])
def test_the_rules_named_are_those_that_make_it_dear(tree):
    for seed, book, plans in feasible_books(2, tree, start=3):
        against_all_plans(seed, book, plans, book.offers[0].name, None)
        against_all_plans(seed, book, plans, book.offers[1].name, 1)


def test_what_is_not_there_is_answered_with_the_nearest():
    _, book, _ = next(feasible_books(1))
    plan = chipfolio.solve(book.read())
    asked = {"question": "w", "kind": "why_not", "sheet": "Offers", "item": "o00"}
    (row,) = answer(plan, [asked]).tables["Answers"]
    assert row["finding"].startswith("o00 is on no row of Offers: nearest to it is o0")
    assert MOST
