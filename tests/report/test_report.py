"""What a report says is the plan's, what is absent is not mentioned, and files are never lost."""

from __future__ import annotations

import copy
import dataclasses
import html
import os
import re
from importlib.resources import files

import pytest
from pages import Page, plain
from report_books import IMAGE, SCENARIO, SCRIPT

from chipfolio.contract.inputs import CASH_LINES
from chipfolio.errors import LockedError
from chipfolio.report import write_report
from chipfolio.report.actions import Order
from chipfolio.report.colours import Colours
from chipfolio.report.numbers import percent
from chipfolio.report.page import render
from chipfolio.report.story import Story

SCALES = {"": 1.0, "million": 1e6, "billion": 1e9, "trillion": 1e12}


def amounts(text: str, currency: str = "EUR") -> list[tuple[float, float]]:
    """Amounts of money in a text, each with half a unit of its last place."""
    found = []
    for digits, _, word in re.findall(rf"([\d,]+(\.\d+)?) ?(million|billion)? {currency}", text):
        places = len(digits.partition(".")[2])
        found.append((float(digits.replace(",", "")) * SCALES[word], SCALES[word] / 10**places / 2))
    return found


def close(shown: tuple[float, float], exact: float) -> bool:
    return abs(shown[0] - exact) <= shown[1] * 1.0001


def test_the_headline_is_the_plans(tree):
    wide = dataclasses.replace(tree, bound=tree.objective - 12_345.6, gap=12_345.6 / tree.objective)
    head = Page(render(wide)).words("head")
    sentence = head[head.index("The plan costs") : head.index("Peak cash out")]
    cost, net, room, bound = amounts(sentence)
    assert close(cost, wide.objective)
    assert close(net, wide.objective)
    assert close(room, 12_345.6)
    assert close(bound, wide.bound)
    assert f"({wide.gap:.2%}".replace("%", " %)") in sentence
    assert "on average over 3 scenarios" in sentence
    assert "PROVEN" in sentence
    assert "NOT PROVEN" not in head


def test_the_title_names_plan_and_cost(tree, tree_page):
    title = plain(re.search("<title>(.*?)</title>", tree_page.source)[1])
    assert title.startswith("Small lab &lt;b&gt; &amp; sons")
    assert close(amounts(title)[0], tree.objective)


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        ("time_limit", "Stopped at the time limit"),
        ("stopped", "Stopped by hand"),
        ("died", "The solver died"),
        ("mended", "The plan was mended after its proof"),
        ("refuted", "The solver's proof is false"),
    ],
)
def test_an_unproven_plan_says_so_at_once(world, ended, why):
    bound = world.objective * 0.9
    plan = dataclasses.replace(world, status="feasible", ended=ended, bound=bound, gap=0.1)
    page = Page(render(plan))
    head = page.words("head")
    assert f"NOT PROVEN {why}" in head
    assert close(amounts(head[head.index(why) :], "USD")[0], world.objective * 0.1)
    assert any("unproven" in value for value in page.values("class"))


def test_an_unproven_plan_without_a_bound_says_that_nothing_is_known(world):
    plan = dataclasses.replace(world, status="feasible", ended="time_limit", bound=None, gap=None)
    assert "No lower bound is known" in Page(render(plan)).words("head")


def test_four_figures_are_the_plans(tree, tree_page):
    head = tree_page.words("head")
    first = [r for r in tree.tables["Orders"] if r["order_period"] == "2027H1"]
    base = [row for row in first if row["scenario"] == "Base"]
    units = sum(row["units"] for row in base)
    assert f"Order in 2027H1 {units:,.0f} units" in head
    worth = re.search(r"units for ([^)]*? EUR)", head)[1]
    assert close(amounts(worth)[0], sum(row["spend"] for row in base))
    checks = tree.tables["Checks"]
    assert f"Independent checks {len(checks)} of {len(checks)} passed" in head


def test_cash_by_year_adds_up_to_the_plans_cash(tree, tree_page):
    rows = tree_page.rows["money"]
    assert rows[0] == ["EUR million", "FY2027", "FY2028", "Plan"]
    weights = {row["scenario"]: row["probability"] for row in tree.tables["Scenario costs"]}
    cash = sum(
        row["amount"] * weights[row["scenario"]]
        for row in tree.tables["Cash"]
        if row["line"] in CASH_LINES
    )
    assert rows[-1][0] == "Cash"
    assert abs(float(rows[-1][-1]) * 1e6 - cash) <= 5_001


def test_orders_common_to_all_scenarios_come_before_the_others(tree_page):
    words = tree_page.words("now")
    common = words.index("Order in 2027H1, the same in every scenario")
    apart = words.index("Order in 2027H2, by scenario")
    assert common < apart < words.index("by scenario Offer Base")
    assert "Orders are the same in every scenario for 1 half-year; from 2027H2 on" in words
    assert f"S1 bought from {IMAGE}" in words


def test_scenarios_that_order_the_same_for_the_same_site_stand_together():
    order = Order({})
    for scenario, units, site in [("A", 4, "Hall"), ("B", 4, "Hall"), ("C", 4, "Barn")]:
        order.add(scenario, {"units": units, "spend": 1.0, "site": site})
    order.add("E", {"units": 5, "spend": 1.0, "site": "Hall"})
    assert order.groups(["A", "B", "C", "D", "E"]) == [["A", "B"], ["C"], ["E"]]


def test_a_scenario_goes_by_its_first_word_where_that_tells_it_apart(tree):
    story = Story(tree)
    story.weights = {"S1 base": 0.5, "S2 boom": 0.2, "High demand": 0.2, "High prices": 0.1}
    assert [story.short(name) for name in story.scenarios] == [
        "S1", "S2", "High demand", "High prices",
    ]  # fmt: skip


def test_power_fans_out_by_scenario(tree, tree_page):
    ends = {}
    for row in tree.tables["Power"]:
        if row["period"] == "2028H2":
            ends[row["scenario"]] = ends.get(row["scenario"], 0.0) + row["mw"]
    high = max(ends, key=ends.__getitem__)
    words = tree_page.words("scenarios")
    assert "Power drawn in 2028H2 runs from" in words
    assert f"MW ({high})" in words


def test_programmes_go_on_or_not_by_branch(tree_page):
    rows = [row for row in tree_page.rows["scenarios"] if len(row) == 3]
    assert ["Scenario", "=Silicon & Co", "Never"] in rows
    assert ["Base", "ready 2028H1", "not started"] in rows
    assert ["Slip", "stopped after stage 1 in 2027H1", "not started"] in rows
    assert "How =Silicon & Co goes on depends on the scenario" in tree_page.words("scenarios")


def test_scenarios_cost_what_the_plan_says(tree, tree_page):
    shown = {row[0]: row for row in tree_page.rows["scenarios"] if len(row) == 4}
    for row in tree.tables["Scenario costs"]:
        found = shown[row["scenario"]]
        assert found[1] == f"{row['probability']:.0%}".replace("%", " %")
        assert abs(float(found[2]) * 1e6 - row["total"]) <= 5_001
    assert abs(float(shown["Mean"][2]) * 1e6 - tree.objective) <= 5_001


def test_titles_state_the_finding(tree_page):
    vendors = tree_page.words("vendors")
    assert (
        f"{SCRIPT}'s share of work served falls from 80 % to 52 %, at its limit in 2027H1 and 2027H2"
        in (vendors)
    )
    assert "Train & tune: demand met in every half-year" in tree_page.words("capacity")
    assert "never at its limit" in tree_page.words("power") or "at its limit in" in (
        tree_page.words("power")
    )


def test_binding_rules_say_what_more_room_is_worth(tree, tree_page):
    rule = f"Two sources: {SCRIPT}"
    best = max(row["marginal_value"] for row in tree.tables["Rules"] if row["rule"] == rule)
    row = next(row for row in tree_page.rows["rules"] if row[0].startswith(rule))
    assert "at most 80 %" in row[0]
    assert close(amounts(row[2])[0], best / 100)
    assert "per percentage point" in row[2]


def test_what_is_absent_is_not_mentioned(world_page):
    assert set(world_page.sections) == {
        "head",
        "now",
        "money",
        "accounts",
        "vendors",
        "capacity",
        "proof",
    }
    said = " ".join(world_page.words(name) for name in world_page.sections if name != "proof")
    assert "cenario" not in said
    assert "served in full" in said


def test_a_vendor_has_one_colour_everywhere(tree, tree_page):
    legend = re.findall(
        r'<span class="block" style="color:(#\w+)"></span>([^<]*)</li>', tree_page.source
    )
    for vendor, colour in Colours(tree.inputs).vendors.items():
        shown = {found for found, name in legend if plain(html.unescape(name)) == vendor}
        assert shown in ({colour}, set())
    assert len(legend) > 8


def test_a_share_that_is_something_is_never_shown_as_nothing():
    # 0.05 of 36,100 is 0.00014 %; a billionth of a billionth is what a solver leaves behind
    shown = [percent(share).replace("\u00a0", " ") for share in (0.05 / 36_100, 2e-5, 0.0, 1e-18)]
    assert shown == ["under 0.001 %", "0.002 %", "0 %", "0 %"]


def test_figures_can_be_heard(tree_page):
    figures = [value for tag, name, value in tree_page.attributes if (tag, name) == ("svg", "role")]
    labels = [
        value for tag, name, value in tree_page.attributes if (tag, name) == ("svg", "aria-label")
    ]
    assert len(figures) == len(labels) > 8
    assert all(len(label) > 40 for label in labels)
    assert ("html", "lang", "en") in tree_page.attributes
    assert "width=device-width, initial-scale=1" in tree_page.values("content")


def test_equal_plans_give_equal_bytes(tree, tmp_path):
    first = write_report(tree, tmp_path / "plan.html")
    second = write_report(copy.deepcopy(tree), tmp_path / "plan.html")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size < 200_000


def test_nothing_is_overwritten(world, tmp_path):
    (tmp_path / "plan.html").write_text("mine")
    assert write_report(world, tmp_path / "plan.html").name == "plan-2.html"
    assert write_report(world, tmp_path / "plan").name == "plan-3.html"
    assert (tmp_path / "plan.html").read_text() == "mine"
    assert {path.name for path in tmp_path.iterdir()} == {
        "plan.html",
        "plan-2.html",
        "plan-3.html",
    }


def test_a_folder_that_cannot_be_written_to_is_said(world, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(LockedError, match="cannot be written"):
        write_report(world, tmp_path / "file" / "plan.html")


def test_a_failed_write_leaves_nothing_behind(world, tmp_path, monkeypatch):
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(LockedError, match="No space left"):
        write_report(world, tmp_path / "plan.html")
    assert not list(tmp_path.iterdir())


def test_risk_and_drawn_futures_are_shown_when_there(tree):
    plan = copy.copy(tree)
    plan.tables = dict(tree.tables)
    risk = {"measure": "regret", "scenario": SCENARIO, "value": 250_000.0, "low": 200_000.0}
    plan.tables["Risk"] = [{**risk, "high": None, "gap": None, "text": "<b>what it means"}]
    spread = {"p5": 1e6, "p25": 2e6, "p50": 3e6, "p75": 4e6, "p95": 5e6, "mean": 3e6}
    spread |= {"samples": 200, "lowest": 5e5, "highest": 6e6, "deviation": 1.0}
    drawn = [("total", "", ""), *(("cash", "", label) for label in tree.inputs.calendar.labels)]
    for kind in ("demand", "served", "unmet"):
        drawn += [(kind, "Serve", label) for label in tree.inputs.calendar.labels]
    plan.tables["Monte Carlo"] = [
        {"measure": measure, "item": item, "period": period, **spread}
        for measure, item, period in drawn
    ]
    page = Page(render(plan))
    words = page.words("risk")
    assert "Nine in ten of 200 draws cost between 1.00 million EUR and 5.00 million EUR" in words
    assert [f"Regret ({SCENARIO})<b>what it means", "250,000", "200,000", "unknown"] in (
        page.rows["risk"]
    )
    assert "b" not in page.tags


def test_template_and_style_are_part_of_the_package():
    names = {path.name for path in files("chipfolio.report").iterdir()}
    assert {"report.html.j2", "report.css", "cases.css"} <= names


def test_contracts_say_what_is_taken_and_deals_what_is_reached(tree):
    plan = copy.copy(tree)
    plan.tables = dict(tree.tables)
    blank = {"scenario": "Base", "amount": None, "threshold": None, "money": 0.0}
    frame = {**blank, "kind": "contract", "name": "Frame", "detail": "spend"}
    plan.tables["Contracts and deals"] = [
        {**frame, "event": "signed", "period": "2027H2", "detail": "", "money": 9_000.0},
        {**frame, "event": "window", "period": "FY2027", "amount": 6e5, "threshold": 5e5},
        {**frame, "event": "window", "period": "FY2028", "amount": 4e5, "threshold": 5e5},
        {**blank, "kind": "deal", "name": "Warrant", "event": "signed", "period": "", "detail": ""},
    ]
    rows = Page(render(plan)).rows["terms"]
    said = "contract; short in FY2028: 400,000 EUR of 500,000 EUR; minimum taken in 1 window"
    assert [f"Frame{said}", "signed 2027H2", "9,000"] in rows
    assert ["Warrantdeal, no milestone reached", "signed before", "–"] in rows
