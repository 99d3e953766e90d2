"""Past quarters on what came true: small histories solved by hand, and parts that add up."""

from __future__ import annotations

import json
import random
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

import chipfolio
from chipfolio.answers import resolve
from chipfolio.backtest import backtest
from chipfolio.backtest.regret import Clock
from chipfolio.cli import cli
from chipfolio.errors import WorkbookError
from chipfolio.plan import plan as pipeline
from chipfolio.quarters.books import opened
from chipfolio.quarters.roll import roll
from chipfolio.workbook.template import template_bytes
from tests.quarters.drawn import drawn
from tests.rooms.by_hand import in_this_process, plan_of, quarters

WAIT = {
    "Offers": "offer, chip, seller, acquisition, price \n O, C, Nord, buy, 100 \n P, K, Sud, buy, 130",
    "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Sud, 10",
    "Performance": "chip, workload, throughput \n C, W, 1 \n K, W, 1",
    "Workloads": "workload, unmet_penalty \n W, 50",
}
"""A unit costs 100 or 130 and serves to the end; work that is not done costs 50 a quarter."""


def judged(*books, **options):
    """A backtest with every solve in this process, to the end."""
    with (
        mock.patch.object(pipeline, "run_highs", in_this_process),
        mock.patch.object(resolve, "run_highs", in_this_process),
    ):
        return backtest(books, gap=1e-7, **options)


def costs(found) -> dict[str, float | None]:
    return {row["policy"]: row["cost"] for row in found.tables["Backtest policies"]}


def parts(found) -> list[tuple[float, float, float]]:
    return [
        tuple(round(row[name], 6) for name in ("forecast", "policy", "execution"))
        for row in found.tables["Backtest regret"]
    ]


def test_a_forecast_that_was_too_low():
    # The first book expects 4 in each of 3 quarters: 4 units, 400. In truth 4, then 10, and 10 to
    # the end; Actuals say 9 of the first quarter. Known: 10 units at 100 cost 1,000, and 1,000 is
    # also 9 now and one later. As decided: 4 now, 5 unmet at 50 = 250; 6 more at 100: 1,250.
    first = quarters(3, **WAIT, Demand="workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4")
    second = roll(opened(first), plan_of(first).tables, "2027Q2").frames
    second["Demand"][["2027Q2", "2027Q3"]] = 10
    first["Actuals"] = quarters(3, **WAIT, Demand="workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4",
                                Actuals="item, period, amount \n W, 2027Q1, 9")["Actuals"]  # fmt: skip
    found = judged(first, second)
    assert found.regret == pytest.approx(250)
    assert parts(found) == [(250, 0, 0)]
    assert costs(found)["cheapest first"] == pytest.approx(1000)
    bias = {
        (r["quantity"], r["item"], r["ahead"]): r["bias"] for r in found.tables["Backtest bias"]
    }
    assert bias["demand", "W", 0] == pytest.approx((4 - 9 + 10 - 10) / 2)
    assert bias["demand", "W", 1] == 4 - 10


def test_a_price_that_fell():
    # 2 quarters of 4 units of work. At 100 the first book buys 4 now: 400. In truth the next
    # quarter's price is 20: waiting costs 4 × 50 + 4 × 20 = 280. Regret 120, all of it forecast.
    sheets = {**WAIT, "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4"}
    first = quarters(3, **sheets)
    second = roll(opened(first), plan_of(first).tables, "2027Q2").frames
    second["Offers"]["price"] = [20, 130]
    found = judged(first, second)
    assert costs(found)["hindsight"] == pytest.approx(280)
    assert parts(found) == [(120, 0, 0)]
    assert found.regret == pytest.approx(120)


def test_what_was_done_was_not_what_was_planned():
    # Planned are 4 units at 100, done is an order of 4 at 130: execution costs 120.
    sheets = {**WAIT, "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4"}
    plain = quarters(3, **sheets)
    first = quarters(3, **sheets, Actuals="item, period, amount \n O, 2027Q1, 0 \n P, 2027Q1, 4")
    second = roll(opened(first), plan_of(plain).tables, "2027Q2").frames
    found = judged(first, second)
    assert parts(found) == [(0, 0, 120)]


def test_units_that_came_late():
    # O is promised at once, and comes a quarter late: 4 × 50 unmet. P at 130 comes in time. Known:
    # 4 × 130 = 520; as decided 400 + 200 = 600. The promise was wrong: forecast 80.
    sheets = {**WAIT, "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4"}
    first = quarters(
        3, **sheets, Actuals="item, period, amount, delivery_period \n O, 2027Q1, 4, 2027Q2"
    )
    second = roll(opened(first), plan_of(first).tables, "2027Q2").frames
    found = judged(first, second)
    assert costs(found)["hindsight"] == pytest.approx(520)
    assert parts(found) == [(80, 0, 0)]


@pytest.mark.parametrize("seed", range(6))
def test_parts_add_up_to_the_regret(seed):
    chance = random.Random(seed)
    features = ({"fleet", "rent"}, {"software", "committed"}, {"programme", "discounts"})[seed % 3]
    books = [drawn(chance, set(features), periods=5)]
    for to in ("2027Q2", "2027Q3"):
        books.append(roll(opened(books[-1]), plan_of(books[-1]).tables, to).frames)
        demand = books[-1]["Demand"]
        for period in demand.columns[1:]:
            demand[period] = [max(0, value + chance.randint(-2, 4)) for value in demand[period]]
    found = judged(*books)
    assert found.regret is not None
    rows = found.tables["Backtest regret"]
    told = sum(row[name] for row in rows for name in ("forecast", "policy", "execution"))
    cost = costs(found)
    assert told == pytest.approx(cost["as decided"] - cost["hindsight"], rel=1e-9, abs=1e-9)
    assert found.regret >= -1e-5 * cost["hindsight"]


def test_a_history_from_the_command_line_as_workbook_and_page(tmp_path):
    # 4 of O serve since 2026. The first book expects 6 in each quarter, the second 10 from 2027Q2
    # on: in hindsight 6 more units at 100 cost 600, and 2 units, then 4 more, cost 600 as well.
    # The split before was all Nord's, whose O is the cheapest: 600 too.
    wide = "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 6, 6, 6"
    placed = "offer, order_period, units, site \n O, 2026Q4, 4, Hall"
    first = quarters(3, **WAIT, Demand=wide, Committed_orders=placed)
    second = roll(opened(first), plan_of(first).tables, "2027Q2").frames
    second["Demand"][["2027Q2", "2027Q3"]] = 10
    paths = [tmp_path / "one.xlsx", tmp_path / "two.xlsx"]
    for path, made in zip(paths, (first, second), strict=True):
        path.write_bytes(template_bytes(made, blank=True))
    out = ["--out", str(tmp_path / "out"), "--json", str(tmp_path / "found.json")]
    out += ["--workers", "1", "--minutes", "5"]
    with (
        mock.patch.object(pipeline, "run_highs", in_this_process),
        mock.patch.object(resolve, "run_highs", in_this_process),
    ):
        done = CliRunner().invoke(cli, ["backtest", *map(str, paths), *out])
    assert done.exit_code == 0, done.output
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    costs = {row["policy"]: row["cost"] for row in found["tables"]["Backtest policies"]}
    names = ("hindsight", "as decided", "last split kept", "cheapest first")
    assert [costs[name] for name in names] == pytest.approx([600.0] * 4)
    said = {row["policy"]: row["meaning"] for row in found["tables"]["Backtest policies"]}
    assert said["last split kept"].endswith("as ordered before, within 5%: Nord 100%.")
    page = Path(found["report"]).read_text(encoding="utf-8")
    assert f"<h1>{found['finding']}</h1>" in page
    assert page.count("<svg") == 1
    assert "Last split kept" in page
    assert Path(found["backtest"]).with_suffix(".html") == Path(found["report"])


def too_low() -> tuple[dict, dict]:
    """Two workbooks: the first expects 4 in each of 3 quarters, the second 10 from 2027Q2 on."""
    first = quarters(3, **WAIT, Demand="workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4")
    second = roll(opened(first), plan_of(first).tables, "2027Q2").frames
    second["Demand"][["2027Q2", "2027Q3"]] = 10
    return first, second


def test_two_workers_find_what_one_finds():
    books = too_low()
    alone, shared = judged(*books), backtest(books, gap=1e-7, workers=2)
    assert costs(shared) == pytest.approx(costs(alone))
    assert parts(shared) == parts(alone)


def test_what_was_not_costed_in_time_is_no_finding():
    found = judged(*too_low(), minutes=1e-9)
    assert (found.exit_code, found.regret) == (4, None)
    assert found.tables["Backtest regret"] == []
    notes = {row["policy"]: row["note"] for row in found.tables["Backtest policies"]}
    assert notes.pop("hindsight") == ""
    assert notes.pop("last split kept") == "nothing was ordered before the first workbook"
    assert set(notes.values()) == {"no time was left for it"}


def test_time_is_shared_out_over_the_solves_to_come(monkeypatch):
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    tables = chipfolio.read(quarters(3, {"time_limit_minutes": 1}, **WAIT,
                                     Demand="workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4"))  # fmt: skip
    clock = Clock(minutes=2, left=4, begun=now)
    assert clock.share(tables) == 30
    now = 90
    assert clock.share(tables) == 10  # 30 s are left for 3
    now = 119
    assert clock.share(tables) == 5  # the least that a solve gets
    assert Clock(minutes=None, left=4).share(tables) is None  # the book's own minute
    assert Clock(minutes=60, left=4, begun=now).share(tables) is None


def test_books_that_do_not_follow_say_all_of_it():
    sheets = {**WAIT, "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 4, 4, 4"}
    first = quarters(3, {"currency": "USD"}, **sheets)
    other = {**sheets, "Offers": sheets["Offers"].replace("P, K", "New, K")}
    second = quarters(3, {"currency": "EUR"}, **other)
    with pytest.raises(WorkbookError) as caught:
        judged(first, second)
    text = str(caught.value)
    assert "3 faults" in text
    for words in ("currency", "'New'", "give workbooks in order"):
        assert words in text
    with pytest.raises(WorkbookError, match="two workbooks"):
        judged(first)
