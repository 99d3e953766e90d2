"""Every kind of answer against all plans counted out, on as many random books as wanted.

``python -m tests.answers.long --help``; the suite asks the same of a few.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator

import click

from tests.answers import (
    test_alternatives,
    test_break_even,
    test_frontier,
    test_no_regret,
    test_own_orders,
    test_rule_price,
    test_sensitivity,
    test_why_not,
)
from tests.answers.brute import Book, Plans, feasible_books

Compare = Callable[[int, Book, Plans], object]


def first_offers(compare: Callable[..., object], *more: object) -> Compare:
    """The same comparison of the first two offers of a book, one after the other."""

    def both(seed: int, book: Book, plans: Plans) -> object:
        return [compare(seed, book, plans, offer.name, *more) for offer in book.offers[:2]]

    return both


def break_even(seed: int, book: Book, plans: Plans) -> list[int]:
    """The solves that the price of each of the first two offers took."""
    against = test_break_even.against_all_plans
    return [against(seed, book, plans, o.name, o.price) for o in book.offers[:2]]


def own_orders(seed: int, book: Book, _plans: Plans) -> object:
    """Orders from the first and from the second period on."""
    return [test_own_orders.against_all_plans(seed, book, at) for at in (0, 1)]


KINDS: dict[str, Compare] = {
    "rule_price": test_rule_price.against_all_plans,
    "break_even": break_even,
    "why_not": first_offers(test_why_not.against_all_plans, None),
    "own_orders": own_orders,
    "frontier": test_frontier.against_all_plans,
    "alternatives": test_alternatives.against_all_plans,
    "no_regret": test_no_regret.against_all_plans,
    "sensitivity": test_sensitivity.against_all_plans,
    "case": first_offers(test_alternatives.case_against_all_plans),
}


def books(kind: str, count: int, tree: bool, start: int) -> Iterator[tuple[int, Book, Plans]]:
    """Random books on which a kind can be asked."""
    if kind == "frontier":
        return test_frontier.books_with_a_share(count, tree, start)
    return feasible_books(count, tree, start)


@click.command()
@click.option("--kinds", default=",".join(KINDS), show_default=True)
@click.option("--books", "count", default=20, show_default=True, help="Books of one future.")
@click.option("--trees", default=10, show_default=True, help="Books of several futures.")
@click.option("--start", default=1000, show_default=True, help="First seed.")
def main(kinds: str, count: int, trees: int, start: int) -> None:
    """Compare, print every difference in full, and count."""
    for kind in kinds.split(","):
        ended: Counter = Counter()
        began, solves = time.process_time(), []
        for tree, number in ((False, count), (True, trees)):
            for seed, book, plans in books(kind, number, tree, start):
                try:
                    found = KINDS[kind](seed, book, plans)
                    ended["equal"] += 1
                    solves += found if kind == "break_even" else []
                except Exception:
                    ended["different"] += 1
                    click.echo(f"{kind}, seed {seed}, tree {tree}\n{traceback.format_exc()}")
        seconds = time.process_time() - began
        middle = f", solves in the median {sorted(solves)[len(solves) // 2]}" if solves else ""
        click.echo(f"{kind}: {dict(ended)}{middle} ({seconds:.0f} s of the processor)")


if __name__ == "__main__":
    main()
