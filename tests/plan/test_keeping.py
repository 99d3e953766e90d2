"""Of plans that cost nearly the same, the one nearest to the previous plan is published."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import chipfolio
from chipfolio.cli.telling import told
from chipfolio.plan import plan as pipeline
from chipfolio.plan.keeping import EXACT, NODES
from chipfolio.plan.plan import plain
from chipfolio.runs.gates import Published, basis_of, judge
from chipfolio.solver import engine
from chipfolio.workbook.verify import verify
from tests.conftest import book, seen, solved

OFFERS = "offer, chip, seller, acquisition, price\nO, C, Nord, buy, 10\nP, C, Sud, buy, 10.1"
DEMAND = "workload, 2027, 2028, 2029\nW, 5, 5, 5"
BEFORE = "offer, order_period, units\nP, 2027, 5"


def lab(within: object, **more: object):
    """Five units are needed; O costs 10, P 10.1, and the previous plan ordered five P."""
    sheets = {"Offers": OFFERS, "Demand": DEMAND, "Previous_plan": BEFORE, **more}
    return book(keep_within=within, **sheets)


def orders(plan: object) -> list[tuple]:
    return seen(plan, "Orders", "offer", "order_period", "units")


def test_without_the_setting_the_cheapest_is_published():
    plan = solved(lab(0))
    assert orders(plan) == [("O", "2027", 5.0)]
    assert plan.keeping is None


def test_within_the_share_the_previous_orders_are_kept_and_what_that_costs_stands_apart():
    # five P cost 50.5, 1 % more than five O: within 2 %
    plan = solved(lab(0.02))
    assert orders(plan) == [("P", "2027", 5.0)]
    assert plan.objective == pytest.approx(50.5)
    assert plan.keeping.best == pytest.approx(50.0)
    assert plan.keeping.cost == pytest.approx(0.5)
    assert plan.keeping.distance == pytest.approx(0.0)
    assert plan.keeping.before == pytest.approx(5 * 10 + 5 * 10.1)
    assert (plan.status, plan.exit_code) == ("optimal", 0)
    assert plan.gap == pytest.approx(0.0, abs=1e-9)  # the best plan's, not 1 %
    assert plain(plan)["keeping"]["cost"] == pytest.approx(0.5)


def test_a_smaller_share_keeps_as_much_as_it_can():
    # 0.5 % of 50 is 0.25: two P of whole lots cost 0.2 more, three 0.3
    plan = solved(lab(0.005))
    assert orders(plan) == [("O", "2027", 3.0), ("P", "2027", 2.0)]
    assert plan.keeping.distance == pytest.approx(3 * 10 + 3 * 10.1)
    assert plan.keeping.proven


def test_it_is_said_on_the_terminal_and_in_the_summary_and_the_workbook_holds(tmp_path: Path):
    plan = solved(lab(0.02))
    lines = [text for text, _ in told(plan)]
    assert any("that costs 0 USD more" in line or "that costs 1 USD more" in line for line in lines)
    assert lines[0].endswith("proven within 0.0000% (0.00 USD)")
    (row,) = [r for r in plan.tables["Summary"] if r["item"] == "Keeping near the previous plan"]
    assert row["value"] == pytest.approx(0.5)
    result = verify(chipfolio.write(plan, tmp_path / "plan.xlsx"))
    assert result.ok, str(result)


def test_of_a_tree_the_expected_distance_is_least():
    # After 2028 the futures part. In `up` (75 %) the previous plan had 2 P more in 2028, in
    # `down` none; two are needed in both. All of it is within the share.
    tree = "scenario, probability, branches_from, branch_period\nup, 0.75, ,\ndown, 0.25, up, 2028"
    before = "scenario, offer, order_period, units\n, P, 2027, 5\nup, P, 2028, 2\ndown, O, 2028, 2"
    demand = "workload, 2027, 2028, 2029\nW, 5, 7, 7"
    plan = solved(lab(0.02, Scenarios=tree, Previous_plan=before, Demand=demand))
    found = seen(plan, "Orders", "scenario", "offer", "order_period", "units")
    assert found == [
        ("down", "O", "2028", 2.0),
        ("down", "P", "2027", 5.0),
        ("up", "P", "2027", 5.0),
        ("up", "P", "2028", 2.0),
    ]


def test_a_run_of_an_unchanged_book_gives_the_same_orders_whatever_its_rows_order():
    # four offers at one price: any split is best, and without the setting chance decides
    names = ["A", "B", "D", "E"]
    chance = random.Random(2)
    for units in ((1, 4), (2, 3)):
        chance.shuffle(names)
        rows = [f"{name}, C, Nord, buy, 10" for name in names]
        offers = "offer, chip, seller, acquisition, price\n" + "\n".join(rows)
        before = f"offer, order_period, units\n{names[0]}, 2027, {units[0]}\n{names[1]}, 2027, {units[1]}"
        plan = solved(lab(0.002, Offers=offers, Previous_plan=before))
        kept = sorted([(names[0], "2027", float(units[0])), (names[1], "2027", float(units[1]))])
        assert orders(plan) == kept
        assert plan.keeping.cost == pytest.approx(0.0, abs=1e-9)


def test_a_rerun_gives_the_same_orders_whatever_the_rows_order_and_the_seed(monkeypatch):
    # within 0.2 % the dearest two of four offers may be kept; 5 of the cheapest would be best
    names = ["A", "B", "D", "E"]
    rows = [f"{name}, C, Nord, buy, {10 + 0.005 * at}" for at, name in enumerate(names)]
    before = "offer, order_period, units\nD, 2027, 3\nE, 2027, 2"

    def run(rows: list[str]) -> object:
        offers = "offer, chip, seller, acquisition, price\n" + "\n".join(rows)
        return solved(lab(0.002, Offers=offers, Previous_plan=before), gap=0.001)

    first = run(rows)
    monkeypatch.setattr(engine, "SEED", 7)
    for plan in (first, run(rows), run(rows[::-1])):
        assert orders(plan) == [("D", "2027", 3.0), ("E", "2027", 2.0)]
        assert plan.keeping.best < plan.objective
        assert plan.objective == pytest.approx(3 * 10.01 + 2 * 10.015)


@pytest.mark.parametrize(("order", "seed"), [("ABDE", 0), ("EDBA", 0), ("DAEB", 7)])
def test_of_plans_as_near_the_first_by_name_is_taken_whatever_the_rows_order(
    order, seed, monkeypatch
):
    # A cannot be had any more. 6 are needed in 2027 of B, D or E, which cost the same: 6 × 10 are
    # new, whichever they are, and the 2 B of 2028 are kept
    rows = [f"{name}, C, Nord, buy, 10, {'0' if name == 'A' else ''}" for name in order]
    offers = "offer, chip, seller, acquisition, price, max_order\n" + "\n".join(rows)
    before = "offer, order_period, units\nA, 2027, 5\nB, 2028, 2"
    demand = "workload, 2027, 2028, 2029\nW, 6, 8, 8"
    monkeypatch.setattr(engine, "SEED", seed)
    made = lab(0.002, Offers=offers, Previous_plan=before, Demand=demand)
    plan = solved(made, gap=0.001)
    assert plan.keeping.distance == pytest.approx(60)
    assert orders(plan) == [("B", "2027", 6.0), ("B", "2028", 2.0)]


@pytest.mark.parametrize("order", ["BD", "DB"])
def test_of_plans_as_near_the_cheaper_is_taken(order):
    # B and D cost the same to buy and are as far from 5 A; one of B costs 0.01 a year to keep. All
    # of it is within the share, and the name of B comes first: D is cheaper all the same
    offers = "offer, chip, seller, acquisition, price, max_order\nA, C, Nord, buy, 10, 0\n"
    offers += "\n".join(f"{name}, {'CK'[name == 'D']}, Nord, buy, 10," for name in order)
    chips = "chip, vendor, life_years, upkeep_per_unit_year\nC, Nord, 5, 0.01\nK, Nord, 5, 0"
    made = lab(
        0.02,
        Offers=offers,
        Chips=chips,
        Performance="chip, workload, throughput\nC, W, 1\nK, W, 1",
        Previous_plan="offer, order_period, units\nA, 2027, 5",
    )
    plan = solved(made, gap=0.02)
    assert orders(plan) == [("D", "2027", 5.0)]


def test_a_best_plan_that_orders_as_before_is_published_as_it_is(monkeypatch):
    # five O, but for a float's last digits: nothing is sought, and keeping costs nothing
    before = "offer, order_period, units\nO, 2027, 5.000000001"
    solves = []

    def heard(*rest, **options):
        solves.append(rest)
        return engine.run_highs(*rest, **options)

    monkeypatch.setattr(pipeline, "run_highs", heard)
    plan = solved(lab(0.02, Previous_plan=before))
    assert orders(plan) == [("O", "2027", 5.0)]
    assert (plan.keeping.cost, plan.keeping.proven) == (0.0, True)
    assert len(solves) == 1


def test_what_keeping_costs_is_found_finer_than_the_gap(monkeypatch):
    # a plan that may be 1 % off would make keeping look dearer than it is
    asked = []

    def heard(program, gap, *rest, **options):
        asked.append((gap, options.get("nodes")))
        return engine.run_highs(program, gap, *rest, **options)

    monkeypatch.setattr(pipeline, "run_highs", heard)
    plan = solved(lab(0.02), gap=0.01)
    assert plan.keeping.cost == pytest.approx(0.5)
    assert asked[0] == (0.01, None)
    assert asked[-1] == (EXACT, NODES)


def test_a_gate_measures_what_the_plan_that_is_published_costs():
    # five P were published at 50.5 and are kept: nothing changed, though the best costs 50
    gate = {"Gates": "gate, measure, limit\nCost, cost_change_pct, 0%"}
    tables = chipfolio.read(lab(0.02, **gate))
    plan = chipfolio.solve(tables, gap=1e-9)
    stands = Published(1, plan.tables, basis_of(tables, None), lambda: 0.0)
    (kept,) = judge(tables, plan.tables, plan.gap, stands)
    assert (kept.value, kept.holds) == (pytest.approx(0.0, abs=1e-12), False)
    # without the setting the cheapest is published: 0.5 of 50.5 less
    cheapest = solved(lab(0, **gate))
    (moved,) = judge(tables, cheapest.tables, cheapest.gap, stands)
    assert (moved.value, moved.holds) == (pytest.approx(0.5 / 50.5), True)
