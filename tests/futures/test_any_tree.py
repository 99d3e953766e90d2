"""What holds of any tree of scenarios, tried on a book with something of everything."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import solved
from tests.futures.books import RICH, book, changes, costs, read, unshared

EVERYTHING = (
    "Demand, all, , multiply, 1.3",
    "Offers, all, price, multiply, 1.2",
    "Offers, LC, max_in_service, set, 3",
    "Offers, LB, min_order, set, 6",
    "Offers, KB, order_fee, multiply, 3",
    "Offers, KB, lead_time, add, 1",
    "Offers, KL, lead_time, add, 1",
    "Offers, KB, lead_time, set, 0",
    "Offers, LB, , remove,",
    "Offers, all, , remove,",
    "Vendors, Nord, max_units, set, 4",
    "Performance, L / W, throughput, multiply, 0.7",
    "Performance, K / W, throughput, set, 0",
    "Workloads, W, unmet_penalty, multiply, 2",
    "Workloads, V, min_block, set, 2",
    "Sites, all, energy_price, multiply, 3",
    "Sites, B, power_mw, multiply, 0.5",
    "Sites, B, pue, multiply, 1.1",
    "Chips, all, upkeep_per_unit_year, add, 2",
    "Programme stages, Asic / 1, duration, add, 1",
    "Programme stages, Asic / 2, duration, add, 1",
    "Programme stages, all, completes, set, no",
    "Software, port, efficiency, set, 0.6",
    "Contracts, frame, , remove,",
    "Deals, fund, , remove,",
)


def row_of(scenario: str, change: str, first: str = "", last: str = "") -> str:
    """A row of Scenario changes with its periods put in."""
    sheet, item, column, operation, value = (part.strip() for part in change.split(","))
    return f"{scenario}, {sheet}, {item}, {column}, {first}, {last}, {operation}, {value}"


@pytest.mark.parametrize("branch", ["2028", "2029", "2031"])
def test_nothing_of_a_common_past_is_decided_twice(branch):
    # every kind of change at once, one scenario each, and a child of each
    names = [f"S{number}" for number in range(len(EVERYTHING))]
    share = 1 / (1 + len(names) + 1)
    rows = [f"P, {share}, ,", *(f"{name}, {share}, P, {branch}" for name in names)]
    rows.append(f"child, {1 - share * (len(names) + 1)}, S5, 2031")
    tree = "\n".join(["scenario, probability, branches_from, branch_period", *rows])
    pairs = [row_of(name, change) for name, change in zip(names, EVERYTHING, strict=True)]
    tables = read(
        RICH, Scenarios=tree, Scenario_changes=changes(*pairs, row_of("child", EVERYTHING[0]))
    )
    assert unshared(tables) == []


@pytest.fixture(scope="module")
def rich() -> float:
    """Cost of the rich book as its sheets stand."""
    return solved(book(RICH)).objective


def test_a_tree_whose_futures_are_alike_costs_what_one_world_costs(rich):
    tree = """scenario, probability, branches_from, branch_period
        P, 50%, ,
        X, 20%, P, 2029
        Y, 30%, X, 2030"""
    plan = solved(book(RICH, Scenarios=tree))
    assert plan.objective == pytest.approx(rich, rel=1e-7)
    assert list(costs(plan).values()) == pytest.approx([rich] * 3, rel=1e-7)


APART = """scenario, probability, branches_from, branch_period
    P, 50%, ,
    X, 20%, P, 2027
    Y, 30%, X, 2027"""
SHIFTS = changes(
    "X, Demand, all, , , , multiply, 1.3",
    "X, Offers, KB, lead_time, , , add, 1",
    "Y, Offers, LC, price, , , multiply, 1.5",
    "Y, Programme stages, Asic / 2, duration, , , add, 1",
)


def test_a_tree_that_parts_at_once_is_a_set_of_worlds():
    tables = {name: text for name, text in RICH.items() if name != "Committed_orders"}
    frames = book(tables, Scenarios=APART, Scenario_changes=SHIFTS)
    alone = {name: solved(frames, scenario=name).objective for name in ("P", "X", "Y")}
    plan = solved(frames)
    assert costs(plan) == pytest.approx(alone, rel=1e-7)
    mean = 0.5 * alone["P"] + 0.2 * alone["X"] + 0.3 * alone["Y"]
    assert plan.objective == pytest.approx(mean, rel=1e-7)


# ------------------------------------------------------------------ information
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
@given(
    branches=st.lists(st.integers(2028, 2031), min_size=2, max_size=2),
    sooner=st.lists(st.integers(0, 3), min_size=2, max_size=2),
    picks=st.lists(st.sampled_from([0, 1, 3, 6, 11, 15]), min_size=2, max_size=2),
)
def test_more_information_never_costs_more(branches, sooner, picks):
    change = changes(
        *(
            row_of(name, EVERYTHING[pick], str(branch))
            for name, pick, branch in zip("XY", picks, branches, strict=True)
        )
    )

    def cost(whens: list[int]) -> float:
        rows = zip("XY", ("40%", "25%"), whens, strict=True)
        tree = ["scenario, probability, branches_from, branch_period", "P, 35%, ,"]
        tree += [f"{name}, {share}, P, {when}" for name, share, when in rows]
        frames = book(INFORMED, Scenarios="\n".join(tree), Scenario_changes=change)
        return solved(frames, gap=1e-7).objective

    late = cost(branches)
    soon = cost([max(b - s, 2027) for b, s in zip(branches, sooner, strict=True)])
    assert soon <= late + 1e-6 * abs(late)


INFORMED = {
    name: text
    for name, text in RICH.items()
    if name not in ("Contracts", "Discounts", "Deals", "Deal_milestones", "Committed_orders")
}
