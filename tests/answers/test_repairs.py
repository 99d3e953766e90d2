"""Contradictions that share no limit, and repairs: typed into their cells as shown, they work."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.answers.repairs import in_words, outward, repairs
from chipfolio.contract.inputs import INPUTS
from chipfolio.errors import InfeasibleError
from tests.conftest import frames

BOOK = {
    "Settings": """name, value
        first_period, 2027
        periods, 2
        months_per_period, 12
        discount_rate, 0
        cash_timing, start
        terminal_value, no
        target_gap, 0.000000001""",
    "Vendors": "vendor\nNord\nSud",
    "Chips": "chip, vendor, life_years\nK, Nord, 10\nL, Sud, 10",
    "Sites": "site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
    "Offers": """offer, chip, seller, acquisition, price, max_order
        B, K, Nord, buy, 100, 9
        C, L, Sud, buy, 150, 9""",
    "Performance": "chip, workload, throughput\nK, W, 1\nL, V, 1",
    "Workloads": "workload\nW\nV",
    "Demand": "workload, 2027, 2028\nW, 3, 3\nV, 2, 2",
}


def contradictions(**sheets: str) -> tuple:
    """The tables of a book, and what is told of why it has no plan."""
    tables = chipfolio.read(frames(**{**BOOK, **sheets}))
    with pytest.raises(InfeasibleError) as caught:
        chipfolio.solve(tables)
    return tables, caught.value


def test_contradictions_far_apart_are_each_a_set_of_their_own():
    # At most 2 of B, and W needs 3; at most 1 of C, and V needs 2: nothing joins the two.
    tables, error = contradictions(
        Custom_rules="""rule, quantity, dimension, member, coefficient, sense, limit
            few B, order_units, offer, B, 1, <=, 2
            few C, order_units, offer, C, 1, <=, 1"""
    )
    found = [sorted(one.limit.name for one in conflict) for conflict in error.contradictions]
    assert sorted(found) == [["V", "few C"], ["W", "few B"]]
    tables_told = repairs(tables, (), error.contradictions)
    assert {row["conflict"] for row in tables_told["Conflicts"]} == {1, 2}
    first = {row["member"]: row for row in tables_told["Repairs"]}
    assert first["few B: limit"]["value"] == 3.0
    assert first["few C: limit"]["value"] == 2.0
    assert first["few B: limit"]["verified"] == "yes"
    # with both repaired: 3 of B for 300 and 2 of C for 300
    assert first["few B: limit"]["cost_high"] == pytest.approx(600.0)


def test_a_repair_works_as_it_is_shown_in_its_cell():
    # 3 units of 5 may come from Nord: 60 %; a third of them (33.3 %) may not.
    share = (
        "rule, dimension, member, basis, window, max_pct\nhalf, vendor, Nord, order_units, plan,"
    )
    tables, error = contradictions(
        Share_rules=f"{share} 33%",
        Offers="""offer, chip, seller, acquisition, price, max_order, total_limit
            B, K, Nord, buy, 100, 9, 9
            C, L, Sud, buy, 150, 9, 2""",
    )
    rows = repairs(tables, (), error.contradictions)["Repairs"]
    mine = next(row for row in rows if row["member"] == "half: max_pct")
    assert mine["value"] == pytest.approx(0.6)
    assert mine["verified"] == "yes"
    mended = frames(**{**BOOK, "Share_rules": f"{share} {mine['value']}"})
    assert chipfolio.solve(chipfolio.read(mended)).objective == pytest.approx(600.0)


def test_what_never_gives_way_is_told_and_not_offered():
    tables, error = contradictions(
        Custom_rules="""rule, quantity, dimension, member, coefficient, sense, limit, priority
            few B, order_units, offer, B, 1, <=, 2, 1"""
    )
    told = repairs(tables, (), error.contradictions)
    assert "few B: its limit" in {row["member"] for row in told["Conflicts"]}
    assert {row["member"] for row in told["Repairs"]} == {"W: max_unmet_pct"}
    (row,) = told["Repairs"]
    assert row["value"] == pytest.approx(0.334)  # one of three, rounded up to what a cell shows
    assert row["verified"] == "yes"
    # 2 units of B for W and 2 of C for V: 200 and 300
    assert in_words(tables, row) == (
        "  Workloads!A2 W: max_unmet_pct from blank to 33.4% and its unmet_penalty from blank to 0; "
        "the plan then costs 500 at most"
    )


def test_a_share_that_may_stay_unmet_gives_way_by_more():
    # 4 of W are asked for, 1 may stay unmet (25%) and 2 of B may be bought: 1 more, 50%
    tables, error = contradictions(
        Workloads="workload, unmet_penalty, max_unmet_pct\nW, 10, 25%\nV,,",
        Demand="workload, 2027, 2028\nW, 4, 4\nV, 2, 2",
        Custom_rules="""rule, quantity, dimension, member, coefficient, sense, limit
            few B, order_units, offer, B, 1, <=, 2""",
    )
    rows = {row["member"]: row for row in repairs(tables, (), error.contradictions)["Repairs"]}
    row = rows["W: max_unmet_pct"]
    assert (row["now"], row["value"], row["verified"]) == (0.25, 0.5, "yes")
    # 2 of B for 200, 2 of C for 300, 2 unmet in each of two years at 10
    assert in_words(tables, row) == (
        "  Workloads!C2 W: max_unmet_pct from 25% to 50%; the plan then costs 540 at most"
    )


def test_a_repair_is_told_as_it_is_typed():
    tables, error = contradictions(
        Custom_rules="""rule, quantity, dimension, member, coefficient, sense, limit
            few B, order_units, offer, B, 1, <=, 2"""
    )
    rows = {row["member"]: row for row in repairs(tables, (), error.contradictions)["Repairs"]}
    # 3 of B for 300 and 2 of C for 300
    assert in_words(tables, rows["few B: limit"]) == (
        "  Custom rules!G2 few B: limit from 2 to 3; the plan then costs 600 at most"
    )


@pytest.mark.parametrize(
    ("sheet", "column", "value", "sign", "shown"),
    [
        ("Share rules", "max_pct", 0.46181, 1.0, 0.462),
        ("Share rules", "min_pct", 0.46181, -1.0, 0.461),
        ("Budgets", "limit", 250.2, 1.0, 251.0),
        ("Supplier counts", "min_count", 1.5, -1.0, 1),
        ("Share rules", "max_pct", 0.462, 1.0, 0.462),
    ],
)
def test_a_value_is_rounded_outward_to_what_its_cell_shows(sheet, column, value, sign, shown):
    found = outward(INPUTS[sheet].column(column), value, sign)
    assert found == shown
