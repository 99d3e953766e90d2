"""Every scenario's vendors, capacity and power are on the page; a plan of one world has no folds."""

from __future__ import annotations

import copy
import re
from collections import defaultdict

import pytest
from browser import measured
from pages import Fold, Page, plain
from report_books import SCENARIO, SITE

from chipfolio.plan.plan import Plan
from chipfolio.report import cases
from chipfolio.report.page import render
from chipfolio.report.story import Story

NAMES = ["Base", SCENARIO, "Slip"]
SECTIONS = ("vendors", "capacity", "power")


def fold(page: Page, section: str, scenario: str) -> Fold:
    return next(found for found in page.folds[section] if found.heading.startswith(scenario))


def heard(page: Page, section: str, scenario: str, start: str) -> str:
    """What is read out in place of a picture of a scenario."""
    found = [plain(text) for text in fold(page, section, scenario).heard]
    return next(text for text in found if start in text)


def rows(plan: Plan, table: str, scenario: str) -> list[dict]:
    return [row for row in plan.tables[table] if row["scenario"] == scenario]


def shares(sizes: dict[str, float]) -> str:
    """Members with their shares, the largest first."""
    whole = sum(sizes.values())
    order = sorted(sizes, key=lambda name: -sizes[name])
    return ", ".join(f"{name} {sizes[name] / whole:.0%}".replace("%", " %") for name in order)


def alike(plan: Plan, table: str, **where: str) -> Plan:
    """The plan with the Slip's rows like the Base's."""
    found = copy.copy(plan)
    held = {**where, "scenario": "Slip"}
    kept = [row for row in plan.tables[table] if any(row[name] != held[name] for name in held)]
    base = [
        {**row, "scenario": "Slip"}
        for row in rows(plan, table, "Base")
        if all(row[name] == where[name] for name in where)
    ]
    found.tables = {**plan.tables, table: kept + base}
    return found


@pytest.mark.parametrize("section", SECTIONS)
def test_a_fold_for_each_scenario_and_the_first_is_open(tree_page, section):
    folds = tree_page.folds[section]
    weights = ["50 %", "30 %", "20 %"]
    assert [plain(found.heading) for found in folds] == [
        f"{name} (probability {weight})" for name, weight in zip(NAMES, weights, strict=True)
    ]
    assert [found.open for found in folds] == [True, False, False]
    assert all(found.heard for found in folds)


def test_power_of_every_scenario(tree, tree_page):
    peaks = set()
    for name in NAMES:
        top = max(rows(tree, "Power", name), key=lambda row: row["mw"])
        peak = f"{top['mw']:.1f} MW"
        assert f"peak {peak} of {top['limit']:.1f} MW in {top['period']}" in (
            heard(tree_page, "power", name, SITE)
        )
        assert f"Peak {peak} in {top['period']}" in fold(tree_page, "power", name).words
        peaks.add(peak)
    assert len(peaks) == 3


def test_chips_that_serve_in_every_scenario(tree, tree_page):
    story, said = Story(tree), set()
    designer = story.colours.designer
    colours = story.colours.chips(list(designer))
    for name in NAMES:
        usage = rows(tree, "Usage", name)
        served: dict[str, float] = defaultdict(float)
        for row in usage:
            if (row["workload"], row["period"]) == ("Serve", "2028H2"):
                served[designer[row["chip"]]] += row["served"]
        text = f"2028H2: {shares(served)}."
        assert text in heard(tree_page, "capacity", name, "Serve: ")
        used = {colours[row["chip"]] for row in usage if row["served"]}
        assert fold(tree_page, "capacity", name).fills & set(colours.values()) == used
        said.add(text)
    assert len(said) == 3


def test_what_is_short_is_said_in_the_heading_of_every_scenario(tree, tree_page):
    for name in NAMES:
        service = rows(tree, "Service", name)
        worst = max(service, key=lambda row: row["unmet"] / row["demand"])
        share = f"{worst['unmet'] / worst['demand']:.1%}".replace("%", " %")
        text = f"Short of Serve; at worst by {share} (Serve, {worst['period']})"
        assert text in fold(tree_page, "capacity", name).words


def test_vendors_shares_in_every_scenario(tree, tree_page):
    designer, said = Story(tree).colours.designer, set()
    for name in NAMES:
        work = heard(tree_page, "vendors", name, "share of work served")
        last = [
            row
            for row in rows(tree, "Vendor split", name)
            if (row["dimension"], row["basis"], row["window"]) == ("vendor", "served", "2028H2")
        ]
        assert len(last) > 1
        for row in last:
            share = f"{row['share']:.0%} in 2028H2".replace("%", " %")
            assert re.search(f"{re.escape(row['member'])} [^;]*{share}", work)
        spend: dict[str, float] = defaultdict(float)
        for row in rows(tree, "Orders", name):
            spend[designer[row["chip"]]] += row["spend"]
        text = f"Whole plan: {shares(spend)}."
        assert text in heard(tree_page, "vendors", name, "of order spend")
        said.add(text)
    assert len(said) > 1


@pytest.mark.parametrize("section", SECTIONS)
def test_scenarios_are_drawn_to_one_scale(tree_page, section):
    first, *others = tree_page.folds[section]
    scales = [[t for t in axis if t[0].isdigit() and "H" not in t] for axis in first.axes]
    assert all(len(scale) > 2 for scale in scales)
    for other in others:  # pictures that all scenarios share stand in the first fold alone
        assert [t for t in other.axes[-1] if t[0].isdigit() and "H" not in t] in scales


def test_scenarios_that_look_the_same_share_a_fold(tree, tree_page):
    page = Page(render(alike(tree, "Power")))
    assert [plain(found.heading) for found in page.folds["power"]] == [
        "Base and Slip (probability 70 %)",
        f"{SCENARIO} (probability 30 %)",
    ]
    assert page.source.count("<svg") == tree_page.source.count("<svg") - 1


def test_a_picture_that_the_first_scenario_shows_is_not_drawn_again(tree):
    plan = alike(alike(tree, "Usage", workload="Train & tune"), "Service", workload="Train & tune")
    slip = fold(Page(render(plan)), "capacity", "Slip")
    assert "As in Base: Train & tune: demand met in every half-year." in slip.words
    assert len(slip.heard) == 1


def test_many_scenarios_show_fewer_pictures_each(tree, monkeypatch):
    monkeypatch.setattr(cases, "MOST_IN_ALL", 3)
    monkeypatch.setattr(cases, "FEWEST", 1)
    page = Page(render(tree))
    for found in page.folds["capacity"]:
        assert len(found.heard) <= 1
        assert "The rest stands in the plan workbook." in found.words
    assert all("The rest" not in found.words for found in page.folds["power"])


def test_one_world_has_neither_folds_nor_their_style(world_page, tree_page):
    assert not world_page.folds
    assert ".case" not in world_page.source
    assert ".case" in tree_page.source
    words = world_page.words("capacity")
    assert words.index("N1 (Nord)") < words.index("Serve: demand met in every year")


def test_print_shows_every_fold(tree_page, world_page, tmp_path):
    found, flat = measured([(tree_page.source, 700), (world_page.source, 700)], tmp_path)
    folded = sum(len(f.heard) for s in SECTIONS for f in tree_page.folds[s] if not f.open)
    assert found["printed"] == len(found["drawn"])
    assert found["shown"] == len(found["drawn"]) - folded < len(found["drawn"])
    assert flat["shown"] == flat["printed"] == len(flat["drawn"])
