"""What must be true of every small book: order of rows, monotone costs, scale, repeatability."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import book, seen, solved

FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
HEAD = (
    "offer, chip, seller, acquisition, price, lot_size, lead_time, max_order, order_fee, "
    "term_months"
)
SOLVER = 1e-6


@st.composite
def books(draw: st.DrawFn) -> dict[str, object]:
    """Sheets and settings of a small book: two chips, three ways to get them, two workloads."""
    whole = st.integers
    price = [draw(whole(50, 400)) for _ in range(3)]
    lots = [draw(st.sampled_from((0, 1, 3))) for _ in range(2)]
    need = [[draw(whole(0, 12)) for _ in range(3)] for _ in range(2)]
    return {
        "discount_rate": draw(st.sampled_from((0, 0.08))),
        "terminal_value": draw(st.sampled_from(("yes", "no"))),
        "Chips": "chip, vendor, life_years, power_kw, value_loss_per_year, resale_pct\n"
        f"C, Nord, {draw(whole(1, 4))}, 1000, 30%, 50%\nD, Sud, {draw(whole(2, 4))}, 600, 40%,",
        "Offers": f"{HEAD}\nO, C, Nord, buy, {price[0]}, {lots[0]}, 0, 20, {draw(whole(0, 90))},\n"
        f"P, D, Sud, buy, {price[1]}, {lots[1]}, 1, 15, 0,\n"
        f"L, C, Sud, cloud, {price[2] / 6:.3f}, 0, 0, 30, 0, 12",
        "Sites": "site, power_mw, pue, energy_price, hosting_cost\n"
        f"Hall, {draw(whole(3, 12))}, 1.2, 0.001, 2\nFjord, 4, 1.1, 0.0005, 3",
        "Workloads": f"workload, unmet_penalty, defer_periods, defer_cost, reserve_pct\n"
        f"W, {draw(whole(60, 500))}, {draw(whole(0, 1))}, 3, 0\nX, 210, 0, , 10%",
        "Performance": "chip, workload, throughput\nC, W, 1\nC, X, 1.7\nD, W, 0.8\nD, X, 2.3",
        "Demand": "workload, 2027, 2028, 2029\n"
        + "\n".join(
            f"{name}, {', '.join(map(str, row))}" for name, row in zip("WX", need, strict=True)
        ),
        "Share_rules": "rule, dimension, member, basis, max_pct\nS, seller, Sud, order_spend, 80%",
    }


def cost(parts: dict[str, object]) -> float:
    """The objective of a book."""
    return solved(book(**parts)).objective


def lines(text: str) -> list[list[str]]:
    """Cells of a sheet typed as text."""
    return [[cell.strip() for cell in row.split(",")] for row in text.split("\n")]


def text(rows: list[list[str]]) -> str:
    """The inverse of ``lines``."""
    return "\n".join(", ".join(row) for row in rows)


@FEW
@given(books(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_changes_nothing(parts, chance):
    made = book(**parts)
    shuffled: dict[str, pd.DataFrame] = {}
    for sheet in chance.sample(list(made), len(made)):
        frame = made[sheet]
        rows = chance.sample(range(len(frame)), len(frame))
        columns = chance.sample(list(frame.columns), len(frame.columns))
        shuffled[sheet] = frame.iloc[rows][columns].reset_index(drop=True)
    one, other = solved(made), solved(shuffled)
    assert other.objective == pytest.approx(one.objective, rel=SOLVER, abs=SOLVER)


def test_the_order_of_rows_does_not_move_a_plan_that_is_alone_the_best():
    parts = {
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 9, 1000\nD, Sud, 9, 500",
        "Offers": "offer, chip, seller, acquisition, price, max_order\n"
        "O, C, Nord, buy, 100, 4\nP, D, Sud, buy, 130, 9\nQ, C, Sud, buy, 170,",
        "Sites": "site, power_mw, pue, energy_price, hosting_cost\n"
        "Hall, 3, 1, 0, 1\nFjord, 9, 1, 0, 2",
        "Workloads": "workload\nW\nX",
        "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 1\nC, X, 1\nD, X, 1",
        "Demand": "workload, 2027, 2028, 2029\nW, 4, 7, 9\nX, 3, 3, 3",
        "discount_rate": 0.05,
    }
    one = solved(book(**parts))
    for sheet in ("Chips", "Offers", "Sites", "Workloads", "Performance", "Demand"):
        head, *rows = lines(parts[sheet])
        parts[sheet] = text([head, *reversed(rows)])
    other = solved(book(**parts))
    assert other.objective == pytest.approx(one.objective)
    for table, columns in (
        ("Orders", ("offer", "order_period", "site", "units", "spend")),
        ("Units in service", ("chip", "site", "acquisition", "period", "units")),
        ("Service", ("workload", "period", "demand", "served", "unmet")),
        ("Power", ("site", "period", "mw", "limit")),
        ("Cash", ("line", "period", "amount", "discounted")),
    ):
        assert seen(one, table, *columns) == seen(other, table, *columns)


@FEW
@given(books(), st.integers(1, 10))
def test_looser_limits_and_one_more_offer_never_cost_more(parts, more):
    before = cost(parts)
    head, *rows = lines(parts["Offers"])
    at = head.index("max_order")
    looser = [[*row[:at], str(int(row[at]) + more), *row[at + 1 :]] for row in rows]
    room = SOLVER * max(1.0, abs(before))
    assert cost({**parts, "Offers": text([head, *looser])}) <= before + room
    another = ["N", "D", "Nord", "buy", "120", "1", "0", "9", "7", ""]
    assert cost({**parts, "Offers": text([head, *rows, another])}) <= before + room
    assert cost({**parts, "Share_rules": None}) <= before + room


@FEW
@given(books(), st.integers(1, 5), st.integers(0, 2))
def test_more_demand_never_costs_less(parts, more, year):
    # Units may stand idle and nothing is earned by serving, so more work cannot be cheaper.
    head, *rows = lines(parts["Demand"])
    rows[0][1 + year] = str(int(rows[0][1 + year]) + more)
    before = cost(parts)
    after = cost({**parts, "Demand": text([head, *rows])})
    assert after >= before - SOLVER * max(1.0, abs(before))


MONEY = {
    "Offers": ("price", "order_fee"),
    "Sites": ("energy_price", "hosting_cost"),
    "Workloads": ("unmet_penalty", "defer_cost"),
}


@FEW
@given(books())
def test_the_objective_scales_with_the_currency(parts):
    made = book(**parts)
    other = {sheet: frame.copy() for sheet, frame in made.items()}
    for sheet, columns in MONEY.items():
        for column in columns:
            values = other[sheet][column]
            other[sheet][column] = [None if cell is None else cell * 1000 for cell in values]
    one, thousand = solved(made).objective, solved(other).objective
    assert thousand == pytest.approx(1000 * one, rel=SOLVER, abs=SOLVER)


@FEW
@given(books())
def test_without_discounting_the_objective_is_the_plain_sum_of_the_lines(parts):
    plan = solved(book(**{**parts, "discount_rate": 0}))
    amounts = [row["amount"] for row in plan.tables["Cash"]]
    assert plan.objective == pytest.approx(sum(amounts), rel=1e-9, abs=1e-9)
    assert all(row["amount"] == row["discounted"] for row in plan.tables["Cash"])


@FEW
@given(books())
def test_the_same_book_twice_gives_the_same_tables(parts):
    one, other = solved(book(**parts)), solved(book(**parts))
    for table, rows in one.tables.items():
        if table != "Run":
            assert rows == other.tables[table], table
