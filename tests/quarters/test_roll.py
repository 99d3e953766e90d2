"""The next quarter: the law of the roll, what is carried, what reality changes."""

from __future__ import annotations

import random
from collections import defaultdict

import openpyxl
import pytest
from click.testing import CliRunner

import chipfolio
from chipfolio.cli import cli
from chipfolio.errors import LockedError, PlanError, WorkbookError
from chipfolio.plan.audit.books import books
from chipfolio.quarters.books import opened
from chipfolio.quarters.branch import branch_of
from chipfolio.quarters.migrate import migrate
from chipfolio.quarters.roll import checked, roll
from chipfolio.quarters.write import roll_file
from chipfolio.workbook.plan_back import read_plan
from chipfolio.workbook.template import template_bytes
from tests.quarters.drawn import FEATURES, PERIODS, drawn
from tests.quarters.rolled import held, remaining
from tests.rooms.by_hand import bought, plan_of, quarters

SOLVED = 2e-6
"""Two solves to 1e-7 agree so far."""
HELD = 1e-9


# ------------------------------------------------------------------ the law
@pytest.mark.parametrize("seed", range(16))
def test_what_is_carried_out_and_what_is_left_cost_what_the_plan_cost(seed):
    # features by turns, so that each is met with others and none is left to chance
    chance = random.Random(seed)
    features = {one for at, one in enumerate(FEATURES) if (at + seed) % 4 < 2}
    made = drawn(chance, features)
    plan, book = plan_of(made), opened(made)
    for to in chance.sample(PERIODS[1:5], 2):
        rolled = roll(book, plan.tables, to)
        tables = chipfolio.read(rolled.frames)
        scale = max(1.0, abs(plan.objective))
        left = held(tables, remaining(plan, tables, to)).objective
        kept = rolled.carried_out + rolled.factor * left
        cost = held(book.tables, plan.tables).objective
        assert kept == pytest.approx(cost, abs=HELD * scale)
        following = plan_of(rolled.frames)
        best = rolled.carried_out + rolled.factor * following.objective
        assert best == pytest.approx(plan.objective, abs=SOLVED * scale)
        closing = balances(book.tables, plan, book.tables.calendar.position(to))
        opening = balances(tables, following, 0)
        for item in {*closing, *opening}:
            assert opening[item] == pytest.approx(closing[item], abs=SOLVED * scale), item


def balances(tables, plan, until: int) -> dict[str, float]:
    """Items of the balance view at the start of a period."""
    check = checked(tables, plan.tables, [""], "")
    found = books(check.facts, check.lines, check.rebates)
    balance = defaultdict(float, found.opening)
    for (item, at), amount in found.change.items():
        balance[item] += amount if at < until else 0.0
    return balance


@pytest.mark.parametrize("seed", range(3))
def test_the_law_holds_before_and_after_branches(seed):
    features = {one for at, one in enumerate(FEATURES) if (at + seed) % 3 == 0} - {"served shares"}
    made = drawn(random.Random(seed), features, tree=True)
    plan, book = plan_of(made), opened(made)
    costs = {row["scenario"]: row["total"] for row in plan.tables["Scenario costs"]}
    likely = {row["scenario"]: row["probability"] for row in book.tables.scenarios}
    for to in PERIODS[1:5:2]:
        until = book.tables.calendar.position(to)
        names = list(costs)
        nodes = {branch_of(book.tables, names, name, until).trunk: name for name in names}
        for name in nodes.values():
            branch = branch_of(book.tables, names, name, until)
            rolled = roll(book, plan.tables, to, name)
            whole = sum(likely[one] for one in branch.open)
            cost = sum(likely[one] * costs[one] for one in branch.open) / whole
            best = rolled.carried_out + rolled.factor * plan_of(rolled.frames).objective
            assert best == pytest.approx(cost, abs=SOLVED * max(1.0, abs(cost)))


PLAIN = {
    "Chips": "chip, vendor, life_years, power_kw \n C, Nord, 2, 1000",
    "Offers": "offer, chip, seller, acquisition, price, lead_time, pay_on_order_pct, "
    "price_change_per_year, note \n O, C, Nord, buy, 100, 1, 30%, -20%, asked twice",
    "Workloads": "workload, unmet_penalty, defer_periods, defer_cost \n W, 500, 2, 1",
    "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1 \n W, 3, 5, 9, 9, 11",
    "Budgets": "budget, lines, limit, owner, window \n Purse, capex, 5000, Ann, fiscal_year",
}


def frame_rows(frame) -> list[tuple]:
    """Rows of a frame without blank cells, numbers rounded."""
    return [
        tuple(
            round(cell, 6) if isinstance(cell, float) else cell
            for cell in row
            if cell is not None and cell == cell
        )
        for row in frame.itertuples(index=False)
    ]


VOLUME = "discount, seller, basis, window, kind, threshold, discount_pct \n"
VOLUME += "Volume, Nord, {}, plan, all_units, {}, 10%"


@pytest.mark.parametrize(
    ("more", "worth"),
    # 8 units that came at 100 in 2027Q2 have served one of 8 quarters in 2027Q3; 10 % comes back
    [
        ({}, 800 * 7 / 8),
        ({"Discounts": VOLUME.format("spend", 500)}, 720 * 7 / 8),
        ({"Discounts": VOLUME.format("units", 5)}, 720 * 7 / 8),
    ],
)
def test_rolled_twice_is_rolled_once(more, worth):
    made = quarters(5, {"discount_rate": "10%"}, **PLAIN, **more)
    plan = plan_of(made)
    once = roll(opened(made), plan.tables, "2027Q3")
    assert once.frames["Committed orders"]["book_value"][0] == pytest.approx(worth)
    first = roll(opened(made), plan.tables, "2027Q2")
    then = plan_of(first.frames)
    late = {key: units for key, units in bought(plan).items() if key[1] > "2027Q1"}
    assert bought(then) == late  # there is one best plan
    twice = roll(opened(first.frames), then.tables, "2027Q3")
    assert set(once.frames) == set(twice.frames)
    for sheet, frame in once.frames.items():
        assert frame_rows(frame) == frame_rows(twice.frames[sheet]), sheet
    cost = first.carried_out + first.factor * twice.carried_out
    assert cost == pytest.approx(once.carried_out, rel=1e-9)


# ------------------------------------------------------------------ what is carried
def test_orders_waiting_work_and_counts_are_carried():
    # units come a quarter late: 3 of 2027Q1 wait, 8 are ordered then, 30 % of them paid
    made = quarters(5, **PLAIN)
    plan = plan_of(made)
    rolled = roll(opened(made), plan.tables, "2027Q2")
    assert frame_rows(rolled.frames["Committed orders"]) == [
        ("O", "2027Q1", "2027Q2", 8, "Hall", 100, 0.3)
    ]
    assert frame_rows(rolled.frames["Waiting work"]) == [("W", "2027Q1", 3)]
    assert ("Budgets", "Purse", "spent", 240) in frame_rows(rolled.frames["So far"])
    assert list(rolled.frames["Demand"].columns)[1:] == ["2027Q2", "2027Q3", "2027Q4", "2028Q1"]
    offers = rolled.frames["Offers"].iloc[0]
    assert offers["price"] == pytest.approx(100 * 0.8**0.25)
    assert offers["note"] == "asked twice"
    told = {(one.what, one.sheet, one.column) for one in rolled.changes}
    assert {("restated", "Offers", "price"), ("dropped", "Demand", "2027Q1")} <= told
    assert ("to update", "Actuals", "") in told


def test_reality_wins_over_the_plan():
    # 5 were ordered at 90 for two quarters later, half paid; 4 were asked for, not 3
    made = quarters(
        5,
        **PLAIN,
        Actuals="item, period, amount, unit_price, delivery_period, paid_pct \n"
        " O, 2027Q1, 5, 90, 2027Q3, 50% \n W, 2027Q1, 4, , ,",
    )
    rolled = roll(opened(made), plan_of(made).tables, "2027Q2")
    assert frame_rows(rolled.frames["Committed orders"]) == [
        ("O", "2027Q1", "2027Q3", 5, "Hall", 90, 0.5)
    ]
    assert frame_rows(rolled.frames["Waiting work"]) == [("W", "2027Q1", 4)]
    assert ("Budgets", "Purse", "spent", 0.3 * 5 * 90) in frame_rows(rolled.frames["So far"])
    actual = {(one.item, one.old, one.new) for one in rolled.changes if one.what == "actual"}
    assert actual == {("O", 8, 5), ("W", 3, 4)}


def test_a_longer_plan_asks_for_its_demand():
    made = quarters(5, **PLAIN)
    rolled = roll(opened(made), plan_of(made).tables, "2027Q2", periods=6)
    assert list(rolled.frames["Demand"].columns)[-2:] == ["2028Q2", "2028Q3"]
    asked = [one.column for one in rolled.changes if one.what == "to update" and one.column]
    assert {"2028Q2", "2028Q3"} <= set(asked)


def test_a_committed_order_of_after_the_plan_waits_for_a_longer_one():
    # 4 units are agreed for 2028Q2, one period after the plan: they serve in the longer plan's last
    late = "offer, order_period, units, site \n O, 2028Q2, 4, Hall"
    made = quarters(5, **PLAIN, Committed_orders=late)
    rolled = roll(opened(made), plan_of(made).tables, "2027Q2", periods=6)
    assert ("O", "2028Q2", 4, "Hall") in frame_rows(rolled.frames["Committed orders"])
    rolled.frames["Demand"][["2028Q2", "2028Q3"]] = 0
    placed = plan_of(rolled.frames).tables["Committed units"]
    assert ("2028Q2", "2028Q3", 4) in [
        (row["order_period"], row["delivery_period"], row["units"]) for row in placed
    ]


TREE = {
    **PLAIN,
    "Scenarios": "scenario, probability, branches_from, branch_period \n"
    " trunk, 0.5, , \n boom, 0.3, trunk, 2027Q2 \n bust, 0.2, trunk, 2027Q4",
    "Scenario_changes": "scenario, sheet, item, column, operation, value \n"
    " boom, Demand, W, , multiply, 2 \n boom, Offers, O, lead_time, add, 1",
}


def test_the_branch_that_came_true_becomes_the_base():
    made = quarters(5, **TREE)
    plan = plan_of(made)
    rolled = roll(opened(made), plan.tables, "2027Q3", "boom")
    assert frame_rows(rolled.frames["Scenarios"]) == [("boom", 1)]
    assert frame_rows(rolled.frames["Demand"]) == [("W", 18, 18, 22)]
    assert frame_rows(rolled.frames["Scenario changes"]) == [
        ("boom", "Offers", "O", "lead_time", "add", 1)
    ]
    other = roll(opened(made), plan.tables, "2027Q3", "bust")
    assert frame_rows(other.frames["Scenarios"]) == [
        ("trunk", round(0.5 / 0.7, 6)),
        ("bust", round(0.2 / 0.7, 6), "trunk", "2027Q4"),
    ]


@pytest.mark.parametrize(
    ("to", "scenario", "said"),
    [
        ("2027Q1", None, "2027Q1 is not one of 2027Q2 … 2028Q1"),
        ("2028Q2", None, "2028Q2 is not one of 2027Q2 … 2028Q1"),
        ("soon", None, "soon is no period"),
        ("2027Q3", None, r"scenarios part before 2027Q3: name the one .*\(boom, trunk\)"),
        ("2027Q3", "bom", "bom is no scenario of the workbook: boom?"),
    ],
)
def test_what_cannot_be_rolled_says_why(to, scenario, said):
    made = quarters(5, **TREE)
    with pytest.raises(PlanError, match=said):
        roll(opened(made), plan_of(made).tables, to, scenario)


def test_the_only_period_left_is_not_rolled():
    made = quarters(1, Demand="workload, 2027Q1 \n W, 3")
    with pytest.raises(PlanError, match="2027Q1 is the plan's only period"):
        roll(opened(made), plan_of(made).tables, "2027Q2")


# ------------------------------------------------------------------ files
def test_the_rolled_workbook_keeps_what_is_the_teams_own(tmp_path):
    book, plan = tmp_path / "lab.xlsx", tmp_path / "lab-plan.xlsx"
    made = quarters(5, **PLAIN)
    free = {"Minutes": {(1, 1): "said", (2, 3): 7}}
    book.write_bytes(template_bytes(made, blank=True, free=free))
    solved = plan_of(chipfolio_frames(book))
    chipfolio.write(solved, plan)
    answer = CliRunner().invoke(cli, ["roll", str(book), str(plan), "--to", "2027Q2"])
    assert answer.exit_code == 0, answer.output
    assert "to update: Actuals all" in answer.output
    path = tmp_path / "lab-2027Q2.xlsx"
    written = openpyxl.load_workbook(path)
    assert written["Minutes"]["C2"].value == 7
    assert written["Rolled"]["A1"].value == "what"
    assert "asked twice" in {cell.value for row in written["Offers"] for cell in row}
    tables = chipfolio.read(path)
    assert tables.setting("first_period") == "2027Q2"
    assert tables.rows("Budgets")[0]["owner"] == "Ann"
    back = roll(opened(book), read_plan(plan), "2027Q2")
    best = back.carried_out + back.factor * plan_of(chipfolio_frames(path)).objective
    assert best == pytest.approx(solved.objective, rel=1e-7)
    with pytest.raises(LockedError, match="exists already"):
        roll_file(book, plan, "2027Q2")


def chipfolio_frames(path) -> dict:
    """A workbook's own sheets as frames."""
    import pandas as pd

    tables = chipfolio.read(path)
    return {
        name: pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
        for name, rows in tables.frames.items()
    }


# ------------------------------------------------------------------ the wrong file
def files(tmp_path):
    """A workbook and its plan."""
    book, plan = tmp_path / "lab.xlsx", tmp_path / "lab-plan.xlsx"
    made = quarters(5, **PLAIN, Actuals="item, period, amount \n W, 2027Q1, 3")
    book.write_bytes(template_bytes(made, blank=True))
    chipfolio.write(chipfolio.solve(book), plan)
    return book, plan


def edited(path, sheet: str, cell_of: str, value: object) -> None:
    """Put a value below a heading, in the first row of a sheet's table."""
    workbook = openpyxl.load_workbook(path)
    head = next(c for row in workbook[sheet] for c in row if c.value == cell_of)
    head.offset(1).value = value
    workbook.save(path)


def test_a_plan_of_other_inputs_is_not_rolled(tmp_path):
    book, plan = files(tmp_path)
    edited(book, "Offers", "price", 90)
    with pytest.raises(PlanError, match="(?s)lab-plan.xlsx is no plan of lab.xlsx.*1 input.*price"):
        roll_file(book, plan, "2027Q2")


def test_actuals_and_owners_may_be_entered_after_the_plan(tmp_path):
    book, plan = files(tmp_path)
    edited(book, "Actuals", "amount", 4)
    edited(book, "Budgets", "owner", "Bea")
    rolled = roll_file(book, plan, "2027Q2").rolled
    assert [(one.old, one.new) for one in rolled.changes if one.what == "actual"] == [(3, 4)]


def test_a_plan_in_place_of_a_workbook_is_told(tmp_path):
    book, plan = files(tmp_path)
    with pytest.raises(WorkbookError, match="lab-plan.xlsx.*is a plan.*made of, lab"):
        roll_file(plan, plan, "2027Q2")
    with pytest.raises(WorkbookError, match="lab.xlsx.*is no plan workbook"):
        roll_file(book, book, "2027Q2")
    with pytest.raises(WorkbookError, match="lab-plan.xlsx.*is a plan"):
        migrate(plan, tmp_path / "new.xlsx")
    same = CliRunner().invoke(cli, ["diff", str(plan), str(book)])
    assert (same.exit_code, same.output) == (0, "no differences\n")
    wrong = tmp_path / "notes.xlsx"
    openpyxl.Workbook().save(wrong)
    said = CliRunner().invoke(cli, ["diff", str(book), str(wrong)]).exception
    assert "in notes.xlsx:" in str(said)
