"""Monte Carlo: a plan's first decisions, replayed against drawn futures, the same to the byte."""

from __future__ import annotations

import os
import signal
import threading

import pytest

import chipfolio
from chipfolio.errors import PlanError, WorkbookError
from chipfolio.futures import montecarlo
from chipfolio.futures.montecarlo import chosen, draw, fan, monte_carlo, quantile
from tests.futures.books import AHEAD, RICH, THREE, book, changes, costs, read

RANGES = "range, sheet, item, column, from, to, operation, low, mode, high, distribution, group, correlation\n"
DEMAND = RANGES + "demand, Demand, W, , , , , 0.5, , 1.5, uniform, ,"


@pytest.fixture(scope="module")
def ahead():
    tables = read(AHEAD, Ranges=DEMAND)
    return tables, chipfolio.solve(tables)


def results(found, item: str) -> dict[int, float]:
    rows = found.tables["Monte Carlo samples"]
    return {row["sample"]: row["value"] for row in rows if row["item"] == item}


def test_the_first_stage_is_held_and_the_rest_decided_anew(ahead):
    # ten units are ordered in 2027 for 1000; each unit of work beyond them costs 150
    tables, plan = ahead
    found = monte_carlo(tables, plan, samples=5, workers=2)
    factors, totals = results(found, "demand"), results(found, "total")
    assert len(set(factors.values())) == 5
    by_hand = {n: 1000 + 150 * max(10 * factor - 10, 0) for n, factor in factors.items()}
    assert totals == pytest.approx(by_hand, rel=1e-6)
    rows = {(r["measure"], r["item"], r["period"]): r for r in found.tables["Monte Carlo"]}
    assert rows["samples solved to the gap", "", ""]["samples"] == 5
    assert rows["total", "", ""]["mean"] == pytest.approx(sum(by_hand.values()) / 5)
    assert rows["cash", "", "2028"]["p50"] == pytest.approx(1000)
    assert rows["demand", "W", "2028"]["highest"] == pytest.approx(10 * max(factors.values()))
    assert rows["unmet", "W", "2027"]["highest"] == 0


def test_samples_are_the_same_whoever_solves_them(ahead, tmp_path):
    tables, plan = ahead

    def watch(step) -> None:
        if step.kind == "begun" and not killed:
            killed.append(step.worker)
            threading.Timer(0.3, os.kill, (step.worker, signal.SIGKILL)).start()

    killed: list[int] = []
    alone = monte_carlo(tables, plan, samples=3, workers=1, folder=tmp_path / "one")
    hurt = monte_carlo(tables, plan, samples=3, workers=2, folder=tmp_path / "two", watcher=watch)
    assert killed
    assert hurt.tables == alone.tables

    def answers(name: str) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in (tmp_path / name / "answers").iterdir()}

    assert answers("one") == answers("two")


def test_a_sample_is_a_future_of_its_scenario(tmp_path):
    # Draws act after the branch alone; what is held is what the tree decided for its scenario.
    change = changes("X, Demand, W, , 2028, 2028, set, 20", "Y, Demand, W, , 2028, 2028, set, 14")
    tables = read(
        AHEAD,
        Ranges=RANGES + "late, Offers, B, lead_time, , , add, 1, , 1, , ,",
        Scenarios=THREE,
        Scenario_changes=change,
    )
    plan = chipfolio.solve(tables)
    found = monte_carlo(tables, plan, samples=3, workers=2)
    needed = {"P": 10, "X": 20, "Y": 14}
    drawn = {row["sample"]: row["scenario"] for row in found.tables["Monte Carlo samples"]}
    # what was ordered in 2027 comes a year late in every sample: all the work is unmet
    by_hand = {n: 1000 + 150 * needed[scenario] for n, scenario in drawn.items()}
    assert results(found, "total") == pytest.approx(by_hand)


@pytest.mark.parametrize("held", [1, 5])
def test_a_plan_replayed_in_its_own_future_costs_no_more(held):
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2029"
    change = changes("X, Demand, all, , , , multiply, 1.2", "X, Offers, LC, price, , , add, 2")
    text = RANGES + "nothing, Offers, LC, price, , , , 1, 1, 1, , ,"
    tables = read(RICH, Ranges=text, Scenarios=tree, Scenario_changes=change)
    plan = chipfolio.solve(tables, gap=1e-3)
    for number in (1, 2):
        sample = montecarlo.Sample(number, "PX"[number - 1], draw(tables, 1, number).draws)
        decided = {name: plan.tables[name] for name in montecarlo.DECIDING}
        found = montecarlo.replayed((tables, decided), sample, held, 1e-4, 60.0)
        total = costs(plan)[sample.scenario]
        assert found["objective"] <= total * (1 + 2e-4)
        if held == 5:
            assert found["objective"] == pytest.approx(total, rel=5e-3)


def test_draws_follow_their_distributions():
    text = RANGES + "a, Demand, W, , , , , 1, 2, 5, , ,\nb, Demand, W, , , , , 1, , 3, uniform, ,"
    tilted, flat = read(Ranges=text).rows("Ranges")
    assert [quantile(tilted, share) for share in (0.0, 0.25, 1.0)] == [1, 2, 5]
    assert quantile(tilted, 0.75) == pytest.approx(5 - (0.25 * 4 * 3) ** 0.5)
    assert [quantile(flat, share) for share in (0.0, 0.5, 1.0)] == [1, 2, 3]


def test_groups_move_together():
    text = RANGES + "\n".join(
        [
            "a, Demand, W, , , , , 0, , 1, uniform, g,",
            "b, Offers, C, price, , , , 0, , 1, uniform, g, 100%",
            "c, Offers, C, order_fee, , , add, 0, , 1, uniform, g, -100%",
            "d, Offers, C, max_order, , , add, 0, , 1, uniform, ,",
        ]
    )
    tables = read(Ranges=text)
    for number in range(1, 20):
        a, b, c, d = (one.value for one in draw(tables, 1, number).draws)
        assert b == pytest.approx(a)
        assert c == pytest.approx(1 - a)
        assert d not in (a, c)
    assert draw(tables, 1, 7) == draw(tables, 1, 7)
    assert draw(tables, 2, 7) != draw(tables, 1, 7)


def test_a_draw_hangs_on_the_ranges_name_and_on_no_row():
    rows = [
        "a, Demand, W, , , , , 0, , 1, uniform, g,",
        "b, Offers, C, price, , , , 0, , 1, uniform, g, 50%",
        "c, Offers, C, order_fee, , , add, 0, , 1, uniform, h, 50%",
        "d, Offers, C, max_order, , , add, 0, , 1, uniform, ,",
    ]

    def values(rows):
        tables = read(Ranges=RANGES + "\n".join(rows))
        return [{one.range: one.value for one in draw(tables, 3, n).draws} for n in range(1, 6)]

    every = values(rows)
    assert values(rows[::-1]) == every
    assert values(rows[1:]) == [{k: v for k, v in one.items() if k != "a"} for one in every]
    assert values([row.replace("a, D", "A, D") for row in rows])[0]["A"] == every[0]["a"]


def test_scenarios_are_drawn_by_their_probabilities():
    change = changes("X, Demand, W, , 2028, 2028, set, 20")
    tables = read(AHEAD, Scenarios=THREE, Scenario_changes=change)
    assert [chosen(tables, share) for share in (0.0, 0.59, 0.61, 0.69, 0.71, 0.999)] == list(
        "PPXXYY"
    )
    assert chosen(read(), 0.5) == ""


def test_percentiles_lie_between_samples():
    row = fan("total", "", "", [0.0, 10.0, 20.0])
    assert (row["p25"], row["p50"], row["p95"], row["mean"]) == (5.0, 10.0, 19.0, 10.0)
    assert row["deviation"] == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("row", "cell"),
    [
        ("a, Ofers, C, price, , , , 1, , 2, , ,", "B2"),
        ("a, Offers, D, price, , , , 1, , 2, , ,", "C2"),
        ("a, Offers, C, lot_size, , , , 1, , 2, , ,", "D2"),
        ("a, Programme stages, all, completes, , , , 1, , 2, , ,", "D2"),
        ("a, Offers, C, price, , , , 3, , 2, , ,", "H2"),
        ("a, Offers, C, price, , , , 1, 4, 2, , ,", "I2"),
        ("a, Offers, C, price, , , , -1, , 2, , ,", "H2"),
        ("a, Workloads, W, unmet_penalty, , , add, -200, , 2, , ,", "H2"),
        ("a, Demand, W, 2027, , , , 1, , 2, , ,", "D2"),
    ],
)
def test_a_range_that_cannot_be_is_refused_at_its_cell(row, cell):
    with pytest.raises(WorkbookError) as error:
        read(Ranges=RANGES + row)
    faults = [p.place for p in error.value.problems if p.severity == "fault"]
    assert f"Ranges!{cell}" in faults


def test_there_must_be_something_to_draw(ahead):
    with pytest.raises(PlanError, match="no sheet Ranges"):
        monte_carlo(chipfolio.read(book(AHEAD)), ahead[1])
