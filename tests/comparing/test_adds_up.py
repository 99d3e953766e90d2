"""Bridges of random books: they add up, and exchanging the plans changes signs and nothing else."""

from __future__ import annotations

import random

import pytest

from chipfolio.comparing import kept
from chipfolio.comparing.sides import Side, side_of_plan
from chipfolio.quarters.books import opened
from chipfolio.quarters.roll import roll
from tests.comparing.sides import compared, side, steps
from tests.quarters.drawn import FEATURES, drawn
from tests.rooms.by_hand import Book, plan_of

EXACT = 1e-9


def changed(made: Book, chance: random.Random) -> Book:
    """The book a quarter later as finance would edit it: three of its sheets, demand always."""
    found = {sheet: frame.copy() for sheet, frame in made.items()}
    demand = found["Demand"]
    for column in demand.columns[1:]:
        demand[column] = [float(v or 0) + chance.choice((0, 0, 1, 2)) for v in demand[column]]
    edits = [
        ("Offers", "price", lambda v: v * chance.choice((0.9, 1.1))),
        ("Offers", "lead_time", lambda v: v + chance.choice((0, 1))),
        ("Sites", "power_mw", lambda v: v + 0.5),
        ("Workloads", "unmet_penalty", lambda v: v * 1.2),
    ]
    orders = found.get("Committed orders")
    if orders is not None and "unit_price" in orders:
        edits.append(("Committed orders", "unit_price", lambda v: v + 5))
    for sheet, column, new in chance.sample(edits, 2):
        found[sheet][column] = [new(float(v or 0)) for v in found[sheet][column]]
    return found


def check(one: Side, other: Side) -> None:
    """Adds up, turned round flips signs, effect and response make the total."""
    there, back = compared(one, other), compared(other, one)
    scale = max(abs(one.objective), abs(other.objective), 1.0)
    total, reverse = steps(there), steps(back)
    change = other.objective - one.objective
    assert sum(total.values()) == pytest.approx(change, abs=EXACT * scale)
    assert set(total) == set(reverse)
    for step, amount in total.items():
        assert reverse[step] == pytest.approx(-amount, abs=EXACT * scale), step
    for found in (there, back):
        for row in found.tables["Bridge"][1:-1]:
            if row["effect"] is not None:
                assert row["effect"] + row["response"] == pytest.approx(row["total"])
            if row["low"] is not None and row["high"] is not None:
                slack = EXACT * scale
                assert row["low"] - slack <= row["total"] <= row["high"] + slack
        for row in found.tables["Moved decisions"]:
            parts = [part.rsplit(" ", 1)[1] for part in row["moved_by"].split(", ") if part]
            amounts = [float(part.replace("−", "-").replace(",", "")) for part in parts]
            assert sum(amounts) == pytest.approx(row["change"], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_a_quarter_that_was_edited(seed):
    chance = random.Random(seed)
    features = {one for at, one in enumerate(FEATURES) if (at + seed) % 3 == 0}
    made = drawn(chance, features, periods=3)
    check(side(made), side(changed(made, chance), "B"))


@pytest.mark.parametrize("seed", range(5))
def test_a_quarter_that_was_rolled_and_edited(seed):
    chance = random.Random(100 + seed)
    features = {one for at, one in enumerate(FEATURES) if (at + seed) % 3 == 0}
    made = drawn(chance, features, periods=3)
    plan = plan_of(made)
    rolled = roll(opened(made), plan.tables, "2027Q2")
    later = rolled.frames if seed % 3 == 0 else changed(rolled.frames, chance)
    one = side_of_plan("A", opened(made), plan)
    other = side(later, "B")
    check(one, other)
    if seed % 3 == 0:  # nothing but time went by: what is left costs what the roll says
        found = compared(one, other)
        assert list(steps(found)) == ["time rolled"]
        row = found.tables["Bridge"][1]
        assert row["response"] == pytest.approx(0.0, abs=2e-6 * max(1.0, abs(one.objective)))


@pytest.mark.parametrize("seed", range(2))
def test_two_books_that_have_little_in_common(seed, monkeypatch):
    monkeypatch.setattr(kept, "EXACT", 2)  # more subjects: effects over two opposite orders
    features = {one for at, one in enumerate(FEATURES) if (at + seed) % 4 == 0}
    one, other = (drawn(random.Random(200 + seed + at), features, periods=3) for at in range(2))
    check(side(one), side(other, "B"))


def test_a_tree_that_was_edited():
    chance = random.Random(7)
    made = drawn(chance, {"stock", "committed"}, periods=3, tree=True)
    later = changed(made, chance)
    later["Scenarios"] = later["Scenarios"].assign(probability=[0.3, 0.3, 0.3, 0.1])
    check(side(made), side(later, "B"))
