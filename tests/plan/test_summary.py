"""The page a board reads first, over several futures: what they share comes first."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.plan.summary import summarise
from tests.conftest import frames

BOOK = frames(
    Settings="name, value\nfirst_period, 2027\nperiods, 3\nmonths_per_period, 12\n"
    "discount_rate, 0\ncurrency, EUR",
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
        "Scenario costs": [
            {"scenario": "Base", "probability": 0.5, "total": 100.0},
            {"scenario": "Boom", "probability": 0.3, "total": 200.0},
            {"scenario": "Slump", "probability": 0.2, "total": 50.0},
        ],
        "Cash": [],
        "Vendor split": [],
        "Service": [],
    }
    result = {"status": "optimal", "ended": "optimal", "objective": 120.0, "bound": 119.0,
              "gap": 1 / 120}  # fmt: skip
    found = {}
    for row in summarise(tables, plan, worlds, result):
        found.setdefault(row["section"], []).append((row["item"], row["value"], row["text"]))
    return found


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
    assert page["Start now"] == [
        ("Asic", pytest.approx(120.0), "stage 1 Design starts in 2027; from 100 EUR (Base) to "
         "200 EUR (Slump)"),
    ]  # fmt: skip


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
        ("N1 cloud", pytest.approx(0.3 * 2 * 12), "from orders in this plan, not in its cost; from 0 EUR (Base) to "
         "24 EUR (Boom)"),
    ]  # fmt: skip
