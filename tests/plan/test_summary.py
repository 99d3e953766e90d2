"""The page a board reads first, over several futures: what they share comes first."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.plan.summary import summarise
from tests.conftest import book, frames, solved

BOOK = frames(
    Settings="name, value\nfirst_period, 2027\nperiods, 3\nmonths_per_period, 12\n"
    "discount_rate, 0\ncurrency, EUR\ntail_weight, 50%\ntail_probability, 20%",
    Vendors="vendor\nNord",
    Chips="chip, vendor, life_years\nN1, Nord, 5",
    Offers="offer, chip, seller, acquisition, price, term_months\nN1 cloud, N1, Nord, cloud, 1, 24\n"
    "N2 cloud, N1, Nord, cloud, 1, 12",
    Performance="chip, workload, throughput\nN1, Serve, 1",
    Workloads="workload, unmet_penalty\nServe, 5",
    Demand="workload, 2027, 2028, 2029\nServe, 10, 20, 20",
    Programmes="programme\nAsic",
    Programme_stages="programme, stage, name, duration, cost\nAsic, 1, Design, 1, 100",
    Scenarios="scenario, probability, branches_from, branch_period\nBase, 50%, , \n"
    "Boom, 30%, Base, 2028\nSlump, 20%, Base, 2028",
)


def order(scenario, offer, period, units):
    return {"scenario": scenario, "offer": offer, "seller": "Nord", "chip": "N1", "site": "",
            "order_period": period, "units": units, "spend": units * 12.0, "unit_price": 1.0,
            "acquisition": "cloud"}  # fmt: skip


def stage(scenario, cost, end):
    return {"scenario": scenario, "programme": "Asic", "stage": 1, "name": "Design",
            "start": "2027", "end": end, "cost": cost}  # fmt: skip


def paid(scenario, line, amount, discounted):
    return {"scenario": scenario, "line": line, "period": "2027", "amount": amount,
            "discounted": discounted}  # fmt: skip


def rule(name, window, level, limit, violation):
    return {"scenario": "Base", "rule": name, "window": window, "level": level, "limit": limit,
            "sense": "<=", "sheet": "Share rules", "violation": violation,
            "penalty": violation * 1000.0, "slack": limit - level, "one": "lot",
            "state": "broken" if violation else "binds", "counts": "ordered"}  # fmt: skip


def split(window, share, limit, member="Nord", scenario="Base", amount=0.0):
    return {"scenario": scenario, "dimension": "vendor", "member": member, "basis": "order_spend",
            "window": window, "share": share, "limit": limit, "amount": amount,
            "state": "binds" if share == limit else "kept"}  # fmt: skip


@pytest.fixture(scope="module")
def page():
    tables = chipfolio.read(BOOK)
    worlds = {name: tables.world(name) for name in ("Base", "Boom", "Slump")}
    plan = {
        "Orders": [
            *(order(name, "N1 cloud", "2027", 4.0) for name in worlds),
            order("Base", "N1 cloud", "2028", 6.0),
            order("Boom", "N1 cloud", "2028", 9.0),
            order("Slump", "N1 cloud", "2028", 6.0),
            order("Boom", "N1 cloud", "2029", 2.0),
        ],
        "Programme timeline": [
            stage("Base", 100.0, "2027"),
            stage("Boom", 100.0, "2027"),
            stage("Slump", 200.0, None),
        ],
        "Software timeline": [],
        "Site steps": [
            {
                "scenario": name,
                "project": "Hall 2",
                "site": "Reno",
                "start": "2028",
                "steps": 2.0,
                "mw": 30.0,
                "cost": 7.0,
            }
            for name in worlds
        ],
        "Scenario costs": [
            {"scenario": "Base", "probability": 0.5, "total": 100.0},
            {"scenario": "Boom", "probability": 0.3, "total": 200.0},
            {"scenario": "Slump", "probability": 0.2, "total": 50.0},
        ],
        "Cash": [
            paid(name, line, amount, discounted)
            for name in worlds
            for line, amount, discounted in (
                ("lease_and_cloud", 100.0, 80.0),
                ("chip_purchases", 50.0, 50.0),
                ("unmet_penalty", 20.0, 15.0),
            )
        ],
        "Rules": [
            rule("Half", "2027", 0.6, 0.5, 0.1),
            rule("Half", "2028", 0.55, 0.5, 0.05),
            rule("Half", "2029", 0.5, 0.5, 0.0),
        ],
        "Vendor split": [
            split("plan", 0.6, None, amount=60.0),
            split("plan", 0.4, None, member="Sud", amount=40.0),
            split("plan", 1.0, None, member="Sud", scenario="Boom", amount=10.0),
            split("2027", 0.5, 0.5),
            split("2028", 0.2, 0.4),
        ],
        "Service": [],
    }
    result = {"status": "optimal", "ended": "optimal", "objective": 120.0, "bound": 119.0,
              "gap": 1 / 120}  # fmt: skip
    found = {}
    for row in summarise(tables, plan, worlds, result):
        found.setdefault(row["section"], []).append((row["item"], row["value"], row["text"]))
    return found


def test_the_head_line_says_what_a_net_cost_is_made_of(page):
    # each world pays 130, discounted, and loses 15 by work not served; none keeps a chip
    assert page["Result"][1] == (
        "Total discounted cost", 120.0,
        "145 EUR net on average: 130 paid (discounted), plus 15 counted for work not served",
    )  # fmt: skip


def test_each_scenario_has_its_cost_and_stands_against_the_mean(page):
    assert page["Cost by scenario"] == [
        ("Base", 100.0, "probability 50%; 20 EUR below the mean"),
        ("Boom", 200.0, "probability 30%, from 2028 on; 80 EUR above the mean"),
        ("Slump", 50.0, "probability 20%, from 2028 on; 70 EUR below the mean"),
    ]


def test_orders_that_all_share_come_before_those_of_some(page):
    sections = [name for name in page if name.startswith("Order in")]
    assert sections == ["Order in 2027, the same in every scenario", "Order in 2028, by scenario"]
    assert page[sections[0]] == [("N1 cloud", 4.0, "N1 from Nord, 48 EUR")]
    assert page[sections[1]] == [
        ("N1 cloud", 6.0, "if Base and Slump: N1 from Nord, 72 EUR"),
        ("N1 cloud", 9.0, "if Boom: N1 from Nord, 108 EUR"),
    ]


def test_a_start_that_costs_more_in_one_scenario_says_so(page):
    assert page["Start in 2027"] == [
        ("Asic", pytest.approx(120.0), "stage 1 Design; the mean, from 100 EUR (Base) to "
         "200 EUR (Slump)"),
    ]  # fmt: skip


def test_steps_of_a_site_are_starts_too(page):
    assert page["Start in 2028"] == [("Hall 2", pytest.approx(7.0), "2 steps at Reno, 30 MW")]


def test_a_programme_that_goes_another_way_is_told_by_scenario(page):
    assert page["Own silicon by scenario: Asic"] == [
        ("Base", 100.0, "Design 2027–2027"),
        ("Boom", 100.0, "Design 2027–2027"),
        ("Slump", 200.0, "Design 2027–never finished"),
    ]
    assert "Own silicon" not in page


def test_what_stays_due_is_a_mean_with_its_ends(page):
    # ordered in 2028 for two years: all within the plan; Boom's two of 2029 run a year beyond
    assert page["Commitments past the plan's end (mean)"] == [
        ("N1 cloud", pytest.approx(0.3 * 2 * 12), "from orders in this plan, not in its cost; the mean, from 0 EUR (Base) to "
         "24 EUR (Boom)"),
    ]  # fmt: skip


def test_cash_leads_to_cost_line_by_line(page):
    # each world pays 150, 130 discounted, and loses 15: mean 145; the objective is 120
    steps = page["From cash to cost"]
    assert steps == [
        ("Cash of all years, as paid", pytest.approx(150.0), ""),
        ("Discounting", pytest.approx(-20.0), ""),
        ("unmet_penalty", pytest.approx(15.0), "no cash; discounted"),
        ("Weight of the worst 20%", pytest.approx(-25.0), "beyond the mean of 145 EUR"),
        ("Total discounted cost", 120.0, ""),
    ]
    assert sum(value for _, value, _ in steps[:-1]) == pytest.approx(steps[-1][1])


def test_a_rule_broken_at_its_price_is_told_with_its_worst_window(page):
    # in Base alone, probability a half: (0.1 + 0.05) * 1000 / 2
    assert page["Rules broken at their price"] == [
        ("Half", pytest.approx(75.0),
         "undiscounted; 60% in 2027, where it asks for at most 50%; broken in 1 more window"),
    ]  # fmt: skip


def test_a_rule_that_binds_is_told_with_its_level_and_windows(page):
    assert page["Rules that bind"] == [
        ("Half", None, "50% of at most 50% in 2029; binds in 1 of 3 windows"),
    ]  # fmt: skip


def test_a_share_over_scenarios_is_a_ratio_of_expected_amounts_and_has_its_own_limit(page):
    # Nord: 0.5 * 60 of 0.5 * 100 + 0.3 * 10; the mean of shares would be 0.3 and, for Sud, 0.5
    assert page["Vendor share of order spend, whole plan"] == [
        ("Nord", pytest.approx(30.0 / 53.0),
         "limit 50% falling to 40%; nearest to it in 2027: 50%, where 50% is the most, binds"),
        ("Sud", pytest.approx(23.0 / 53.0), ""),
    ]  # fmt: skip


def test_no_share_is_told_where_only_a_scenario_that_weighs_nothing_buys():
    # nothing is asked for, but 2 in 2028 if the stress comes, which weighs nothing
    plan = chipfolio.solve(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 0, 0, 0",
            Offers="offer, chip, seller, acquisition, price\nO, C, Nord, buy, 10",
            **{
                "Scenarios": "scenario, probability, branches_from, branch_period\n"
                "Base, 100%, ,\nStress, 0%, Base, 2028",
                "Scenario changes": "scenario, sheet, item, operation, value\n"
                "Stress, Demand, W, add, 2",
            },
        )
    )
    assert [(row["scenario"], row["units"]) for row in plan.tables["Orders"]] == [("Stress", 2)]
    assert not [row for row in plan.tables["Summary"] if "share" in row["section"].lower()]


def test_what_stays_due_of_a_stage_that_slipped_is_what_it_still_costs():
    # 400 over four years, in truth over eight: 100 in each, 300 in the plan, 500 after it
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 0, 0, 0",
            Programmes="programme, cancellation_cost\nX, 1000",
            Programme_stages="programme, stage, duration, cost, started\nX, 1, 4, 400, 2027",
            Scenarios="scenario, probability\nS, 100%",
            Scenario_changes="scenario, sheet, item, column, operation, value\n"
            "S, Programme stages, X / 1, duration, set, 8",
        )
    )
    rows = [row for row in plan.tables["Summary"] if row["section"].startswith("Commitments past")]
    assert [(row["item"], row["value"]) for row in rows] == [("X Stage 1", pytest.approx(500.0))]
