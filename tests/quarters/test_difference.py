"""What differs between two books is told by names: each edit with its old and new value, no more."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pandas as pd
import pytest
from click.testing import CliRunner

from chipfolio.cli import cli
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.periods import month_of
from chipfolio.contract.schema import NUMERIC, Column, Kind
from chipfolio.errors import WorkbookError
from chipfolio.quarters.books import opened
from chipfolio.quarters.difference import Difference, differences
from chipfolio.quarters.words import lines
from chipfolio.workbook.template import write_template
from tests.conftest import book, frame
from tests.workbook.rich_book import rich_book

OVER_TIME = ("Settings", "Demand", "Timeline")
Frames = dict[str, pd.DataFrame]


def found(old: Frames, new: Frames) -> list[Difference]:
    return differences(opened(old), opened(new)).inputs


def told(old: Frames, new: Frames) -> list[tuple]:
    return [(d.what, d.sheet, d.item, d.column, d.period, d.old, d.new) for d in found(old, new)]


# ------------------------------------------------------------------------------ single edits
def edited(value: object, column: Column | None, chance: random.Random) -> object:
    """Another value for a cell: a period header's where no column is declared."""
    if column is None or column.kind in NUMERIC:
        if value is None:
            return 1.0
        return float(value) + 1.0 if not value or chance.random() < 0.3 else float(value) * 1.25
    if column.kind is Kind.YES_NO:
        return "no" if value in (None, "yes") else "yes"
    if column.kind is Kind.CHOICE:
        return chance.choice([one for one in column.choices if one != value])
    if column.kind is Kind.PERIOD:
        return chance.choice([p for p in ("2027Q2", "2027Q3", "2028Q1") if p != value])
    return f"{value} anew" if value else "anew"


def single_edits(start: Frames, seed: int, wanted: int) -> Iterator[tuple]:
    """Valid books with one cell of ``start`` edited: (book, sheet, row, heading, old, new)."""
    chance = random.Random(seed)
    places = [
        (sheet, row, name)
        for sheet, table in start.items()
        for row in range(len(table))
        for name in table.columns
    ]
    unchanged = opened(start).tables.sheets
    while wanted:
        sheet, row, name = chance.choice(places)
        declared = {column.name: column for column in INPUTS[sheet]}
        if sheet == "Settings":
            if name == "name":
                continue
            column = declared[start[sheet]["name"].iloc[row]]
        else:
            column = declared.get(name)
        old = start[sheet][name].iloc[row]
        new = edited(old, column, chance)
        changed = start[sheet].copy()
        changed.iloc[row, list(changed.columns).index(name)] = new
        made = {**start, sheet: changed}
        try:
            if opened(made).tables.sheets == unchanged and sheet not in OVER_TIME:
                continue  # such as the branch period of a trunk, which nothing reads
        except WorkbookError:
            continue
        yield made, sheet, row, name, column, old, new
        wanted -= 1


def same(shown: object, typed: object, column: Column | None) -> bool:
    """Whether what a difference shows is what was typed; a blank cell shows its default."""
    if typed is None:
        return (
            shown is None or shown == column.default or (shown == "" and column.kind is Kind.NAMES)
        )
    if isinstance(typed, float):
        return float(shown) == typed
    return str(shown) == str(typed)


def test_each_single_edit_is_told_with_its_old_and_new_value():
    start = rich_book()
    before = opened(start)
    for made, sheet, row, name, column, old, new in single_edits(start, seed=5, wanted=80):
        what = differences(before, opened(made)).inputs
        where = f"{sheet} row {row} {name}: {old} -> {new}: {what}"
        assert {one.sheet for one in what} == {sheet}, where
        if len(what) == 2:  # another name, or another row of a sheet without names
            gone, come = what
            assert (gone.what, come.what) == ("removed", "added"), where
            assert name in (*INPUTS[sheet].key, "chip", "offer", "scenario", "item"), where
            continue
        one = what[0]
        assert len(what) == 1, where
        assert same(one.old, old, column), where
        assert same(one.new, new, column), where
        if isinstance(old, float) and old:
            assert one.change == pytest.approx((new - old) / abs(old)), where


# ------------------------------------------------------------------------------ blindness
def shuffled(start: Frames, seed: int) -> Frames:
    chance = random.Random(seed)
    made = {}
    for sheet, table in start.items():
        rows, columns = list(range(len(table))), list(table.columns)
        if sheet != "Scenario changes":
            chance.shuffle(rows)
        chance.shuffle(columns)
        made[sheet] = table.iloc[rows][columns].reset_index(drop=True)
    names = list(made)
    chance.shuffle(names)
    return {name: made[name] for name in names}


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_columns_and_sheets_is_no_difference(seed):
    assert told(rich_book(), shuffled(rich_book(), seed)) == []


def test_names_in_other_letters_and_defaults_written_out_are_no_difference():
    plain = book(Offers="offer, chip, seller, acquisition, price\nO, C, Nord, buy, 10")
    other = book(
        Vendors="vendor, country\nNORD, no\nSud, FR",
        Offers="offer, chip, seller, acquisition, price, lot_size, sites\no, c, nord, buy, 10, 1, ",
        months_per_period=12,
    )
    assert told(plain, other) == []


def test_a_later_first_period_with_the_same_values_at_each_date_is_one_difference():
    # 100 falling by 10 % a year is 90 a year later; what was asked for in 2027 is over
    offers = "offer, chip, seller, acquisition, price, price_change_per_year, last_order\n"
    before = book(
        Offers=f"{offers}O, C, Nord, buy, 100, -10%, 2028",
        Demand="workload, 2027, 2028, 2029\nW, 5, 6, 7",
        Timeline="sheet, item, column, 2027, 2028\nSites, Hall, pue, 1.3, 1.2",
    )
    after = book(
        first_period=2028,
        periods=2,
        Offers=f"{offers}O, C, Nord, buy, 90, -10%, 2028",
        Demand="workload, 2028, 2029\nW, 6, 7",
        Timeline="sheet, item, column, 2028\nSites, Hall, pue, 1.2",
    )
    assert told(before, after) == [
        ("changed", "Settings", "first_period", "value", "", "2027", "2028"),
        ("changed", "Settings", "periods", "value", "", 3, 2),
    ]
    dearer = {**after, "Offers": frame(f"{offers}O, C, Nord, buy, 99, -10%, 2028")}
    rest = [d for d in found(before, dearer) if d.sheet != "Settings"]
    assert [(d.column, d.old, d.new) for d in rest] == [("price", pytest.approx(90), 99)]
    assert rest[0].change == pytest.approx(0.1)


def test_periods_beyond_the_older_plan_are_added():
    longer = book(periods=4, Demand="workload, 2027, 2028, 2029, 2030\nW, 0, 0, 0, 8")
    assert ("added", "Demand", "W", "", "2030", None, 8) in told(book(), longer)
    assert ("removed", "Demand", "W", "", "2030", 8, None) in told(longer, book())


# ------------------------------------------------------------------------------ rows of one name
CHANGES = "scenario, sheet, item, column, operation, value\n"
TREE = "scenario, probability, branches_from, branch_period\nbase, 0.5, ,\nboom, 0.5, base, 2028"


def test_the_order_of_changes_of_one_cell_is_a_difference_and_of_others_is_none():
    first, second = "boom, Offers, O, price, add, 5", "boom, Offers, all, price, multiply, 2"
    third = "boom, Demand, W, , multiply, 3"
    one = book(Scenarios=TREE, Scenario_changes=CHANGES + "\n".join((first, second, third)))
    same = book(Scenarios=TREE, Scenario_changes=CHANGES + "\n".join((third, first, second)))
    other = book(Scenarios=TREE, Scenario_changes=CHANGES + "\n".join((second, third, first)))
    assert told(one, same) == []
    was, now = "add 5 then multiply 2", "multiply 2 then add 5"
    item = "boom / Offers / all"
    assert told(one, other) == [("reordered", "Scenario changes", item, "price", "", was, now)]


def test_tiers_of_one_scheme_are_paired_by_likeness():
    head = "discount, seller, basis, window, kind, threshold, discount_pct\n"
    tier = "T, Nord, spend, plan, all_units, "
    two = book(Discounts=f"{head}{tier}100, 5%\n{tier}200, 8%")
    moved = book(Discounts=f"{head}{tier}250, 8%\n{tier}100, 5%")
    assert told(two, moved) == [
        ("changed", "Discounts", "T / 250", "threshold", "", 200.0, 250.0),
    ]


def test_orders_of_one_offer_and_period_are_paired_in_their_likeness():
    head = "offer, order_period, units, site\n"
    two = book(Committed_orders=f"{head}O, 2026, 5, Hall\nO, 2026, 5, Hall\nO, 2025, 2, Hall")
    one = book(Committed_orders=f"{head}O, 2025, 2, Hall\nO, 2026, 5, Hall\nO, 2026, 6, Hall")
    assert told(two, one) == [("changed", "Committed orders", "O / 2026", "units", "", 5.0, 6.0)]
    gone = book(Committed_orders=f"{head}O, 2025, 2, Hall\nO, 2026, 5, Hall")
    assert [row[0] for row in told(two, gone)] == ["removed"]


# ------------------------------------------------------------------------------ the command
def test_the_command_tells_notes_apart_and_exits_with_10(tmp_path):
    head = "workload, 2027, 2028, 2029"
    old = book(Demand=f"{head}\nW, 10, 10, 10")
    new = book(
        Demand=f"{head}, note\nW, 10, 11, 11, asked again",
        Offers="offer, chip, seller, acquisition, price\nO, C, Nord, buy, 12",
    )
    paths = [write_template(tmp_path / f"{n}.xlsx", b) for n, b in (("a", old), ("b", new))]
    run = CliRunner().invoke(cli, ["diff", *map(str, paths)])
    assert run.exit_code == 10
    assert "O · price: 10 → 12, +20% (Offers!E6)" in run.output
    assert "W · 2028 … 2029, 2 values: +10%" in run.output
    assert run.output.index("on which no plan depends") < run.output.index("asked again")
    as_json = CliRunner().invoke(cli, ["diff", "--json", *map(str, paths)])
    body = json.loads(as_json.output)
    assert [d["column"] for d in body["differences"]] == ["price", "", ""]
    assert [d["new"] for d in body["notes"]] == ["asked again"]
    again = CliRunner().invoke(cli, ["diff", str(paths[0]), str(paths[0])])
    assert (again.exit_code, again.output) == (0, "no differences\n")


def test_months_of_periods_are_dates():
    assert month_of("2027", 12) == 2027 * 12
    assert list(lines(differences(opened(book()), opened(book())))) == ["no differences"]
