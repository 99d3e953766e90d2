"""Every scenario alone, side by side: cards, and what differs in inputs and plans."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.errors import PlanError
from chipfolio.futures import all_scenarios
from chipfolio.futures.sweep import plans_apart
from tests.futures.books import CLOUD, STAGES, book, changes

TREE = """scenario, probability, branches_from, branch_period
    P, 50%, ,
    X, 30%, P, 2028
    Z, 20%, X, 2029"""
CHANGES = changes(
    "X, Demand, W, , , , multiply, 2",
    "X, Programme stages, Asic / 2, duration, , , add, 1",
    "Z, Offers, C, price, 2029, 2029, add, 5",
    "Z, Offers, O, , , , remove,",
)


@pytest.fixture(scope="module")
def comparison():
    return all_scenarios(chipfolio.read(book(STAGES, Scenarios=TREE, Scenario_changes=CHANGES)))


def card(comparison, scenario: str) -> dict[tuple[str, str], tuple[object, str]]:
    return {
        (row["section"], row["item"]): (row["value"], row["text"])
        for row in comparison.tables["Scenario cards"]
        if row["scenario"] == scenario
    }


def test_each_scenario_has_its_card(comparison):
    base = card(comparison, "P")
    assert base["Result", "Total discounted cost"][0] == pytest.approx(40 + 240 + 24)
    assert base["Result", "Gap"][1] == "proven within the target gap"
    assert base["Cash by fiscal year", "FY2027"][0] == pytest.approx(140)
    assert base["Vendors", "Nord"] == (pytest.approx(264), "100% of order spend")
    assert base["Programmes", "Asic, stage 2"] == (pytest.approx(20), "Stage 2: 2028 to 2028")
    assert base["Short demand", "W"] == (0.0, "nothing goes short")
    assert card(comparison, "X")["Scenario", "Branches"][1] == "from P in 2028"


def test_inputs_and_plans_are_told_apart(comparison):
    rows = comparison.tables["Scenario differences"]
    found = {(r["scenario"], r["side"], r["subject"], r["item"], r["window"]): r for r in rows}
    demand = found["X", "input", "Demand", "W", "2028 to 2030"]
    assert (demand["base"], demand["here"], demand["difference"]) == (1.0, 2.0, 1.0)
    slip = found["Z", "input", "Programme stages, duration", "Asic / 2", "2028 to 2030"]
    assert slip["text"] == "add 1"
    price = found["Z", "input", "Offers, price", "C", "2029"]
    assert (price["base"], price["here"]) == (10.0, 15.0)
    assert found["Z", "input", "Offers", "O", "2029 to 2030"]["text"] == "remove"
    total = found["X", "plan", "Total discounted cost", "", "plan"]
    assert total["difference"] == pytest.approx(total["here"] - total["base"])
    stage = found["X", "plan", "Programme stage", "Asic / 2", "plan"]
    assert stage["text"] == "2028 to 2028 → 2028 to 2029"
    assert found["X", "plan", "Units ordered", "C", "FY2028"]["difference"] == 1.0
    assert not any(row["scenario"] == "P" for row in rows)


def test_what_lies_within_the_two_gaps_is_told_as_such():
    # bests lie in 90 … 100 and in 95 … 108: 8 dearer, by 15 less … 18 more
    def result(objective, bound, units, spend):
        order = {"offer": "O", "order_period": "2027", "units": units, "spend": spend}
        tables = {"Orders": [order], "Cash": [{"line": "chip_purchases", "discounted": spend}],
                  "Site steps": [], "Service": [], "Programme timeline": [],
                  "Software timeline": []}  # fmt: skip
        return {"objective": objective, "bound": bound, "tables": tables}

    tables = chipfolio.read(book(STAGES, Scenarios=TREE, Scenario_changes=CHANGES))

    def texts(base, here):
        return {row["subject"]: row["text"] for row in plans_apart(tables, base, here)}

    base = result(100.0, 90.0, 10.0, 100.0)
    near = texts(base, result(108.0, 95.0, 11.0, 110.0))
    within = "within the two gaps: not told apart"
    # a unit more costs 10, and both gaps come to 10 + 13
    assert near == dict.fromkeys(
        ("Total discounted cost", "Discounted cost", "Units ordered"), within
    )
    far = texts(base, result(200.0, 195.0, 20.0, 200.0))
    assert far == {
        "Total discounted cost": "95 to 110 USD",
        "Discounted cost": "",
        "Units ordered": "",
    }
    lost = texts(base, result(200.0, None, 20.0, 200.0))
    assert set(lost.values()) == {"no bound is known: not told apart"}


def test_a_scenario_without_a_plan_says_so():
    sheets = {
        "Workloads": "workload\nW",
        "Scenarios": TREE.replace("30%", "50%").replace("Z, 20%, X, 2029", ""),
    }
    change = changes("X, Offers, C, , , , remove,")
    comparison = all_scenarios(
        chipfolio.read(book(**{**CLOUD, **sheets, "Scenario_changes": change}))
    )
    assert card(comparison, "P")["Result", "Total discounted cost"][0] == pytest.approx(480)
    assert "no plan" in card(comparison, "X")["Result", "No plan"][1]


def test_a_book_of_one_world_has_nothing_to_compare():
    with pytest.raises(PlanError, match="no active scenarios"):
        all_scenarios(chipfolio.read(book()))
