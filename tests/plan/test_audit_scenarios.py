"""A tree of two scenarios by hand: one world until they part, the objective with its tail."""

import pytest
from hand_plans import Hand, cash, rows

from chipfolio.plan.audit import futures, lines

PERIODS = ["2027Q1", "2027Q2"]
BOOK = {
    "Settings": """
        name, value
        first_period, 2027Q1
        periods, 2
        discount_rate, 0
        tail_probability, 70%
        tail_weight, 50%""",
    "Vendors": "vendor\nNova",
    "Chips": "chip, vendor, life_years\nH1, Nova, 1",
    "Offers": """
        offer, chip, seller, acquisition, price, term_months
        Cloud, H1, Nova, cloud, 10, 3""",
    "Performance": "chip, workload, throughput\nH1, Serve, 1",
    "Workloads": "workload\nServe",
    "Demand": "workload, 2027Q1, 2027Q2\nServe, 10, 10",
    "Scenarios": """
        scenario, probability, branches_from, branch_period
        Base, 60%, ,
        Slump, 40%, Base, 2027Q2""",
    "Scenario changes": """
        scenario, sheet, item, operation, value
        Slump, Demand, Serve, multiply, 0.5""",
}


def world(scenario, units):
    """Tables of one scenario: so many cloud units in each quarter, all at work."""
    both = list(zip(PERIODS, units, strict=True))
    return {
        "Orders": rows(
            "offer, seller, order_period, delivery_period, units, lots, unit_price, spend\n"
            + "\n".join(f"Cloud, Nova, {at}, {at}, {n}, {n}, 10, {30 * n}" for at, n in both),
            scenario,
        ),
        "Units in service": rows(
            "chip, acquisition, period, units\n"
            + "\n".join(f"H1, cloud, {at}, {n}" for at, n in both),
            scenario,
        ),
        "Usage": rows(
            "chip, workload, efficiency, period, units, served\n"
            + "\n".join(f"H1, Serve, 1, {at}, {n}, {n}" for at, n in both),
            scenario,
        ),
        "Service": rows(
            "workload, period, demand, served\n"
            + "\n".join(f"Serve, {at}, {n}, {n}" for at, n in both),
            scenario,
        ),
        "Cash": cash(PERIODS, scenario, lease_and_cloud=[30 * n for n in units]),
    }


# Base costs 600, Slump 450: 540 on average. The worst 70 % are all of Base and a tenth of Slump:
# (0.6 × 600 + 0.1 × 450) / 0.7 = 578.571; half of each is the objective.
OBJECTIVE = 0.5 * 540 + 0.5 * 405 / 0.7
BASE, SLUMP = world("Base", [10, 10]), world("Slump", [10, 5])
TREE = Hand(
    BOOK,
    {table: BASE[table] + SLUMP[table] for table in BASE}
    | {
        "Scenario costs": [
            {"scenario": "Base", "probability": 0.6, "total": 600.0},
            {"scenario": "Slump", "probability": 0.4, "total": 450.0},
        ]
    },
    OBJECTIVE,
    ["Base", "Slump"],
)


def test_the_tree_passes_every_check():
    assert TREE.failed() == {}


def test_one_scenario_alone_is_certain():
    alone = Hand(BOOK, SLUMP, 450.0, ["Slump"])
    assert alone.failed() == {}
    unnamed = {table: [{**row, "scenario": ""} for row in found] for table, found in SLUMP.items()}
    assert Hand(BOOK, unnamed, 450.0, ["Slump"]).failed() == {}


def test_a_mean_alone_is_not_the_objective():
    wrong = Hand(TREE.sheets, TREE.plan, 540.0, TREE.scenarios)
    assert set(wrong.failed()) == {lines.ADDS_UP, lines.RECOMPUTED}


def test_the_tail_is_the_mean_of_the_worst():
    totals, likely = [1.0, 5.0, 3.0], [0.5, 0.2, 0.3]
    mean = futures.expected_objective(totals, likely, 0.25, 0.0)
    assert mean == pytest.approx(2.4)
    # all of the 5, and 0.05 of the 3
    assert futures.expected_objective(totals, likely, 0.25, 1.0) == pytest.approx(4.6)
    assert futures.expected_objective(totals, likely, 1.0, 1.0) == pytest.approx(2.4)


@pytest.mark.parametrize("table", ["Orders", "Usage", "Service"])
def test_scenarios_of_one_world_must_decide_the_same(table):
    where = {"scenario": "Slump"}
    where["order_period" if table == "Orders" else "period"] = "2027Q1"
    cells = {"units": 9, "lots": 9} if table == "Orders" else {"served": 9}
    if table == "Usage":
        cells["units"] = 9
    detail = TREE.but(table, where, **cells).failed()[futures.SAME]
    assert "in 2027Q1: 10 in Base, 9 in Slump" in detail


def test_they_may_part_once_they_have_branched():
    later = TREE.with_sheets(Scenarios=BOOK["Scenarios"].replace("Base, 2027Q2", "Base, 2027Q1"))
    assert futures.SAME not in later.failed()


def test_messages_say_in_which_scenario():
    wrong = TREE.but("Service", {"scenario": "Slump", "period": "2027Q2"}, demand=6)
    assert all("(scenario Slump)" in detail for detail in wrong.failed().values())


def test_a_row_of_no_scenario_is_caught():
    wrong = TREE.but("Orders", {"scenario": "Slump", "order_period": "2027Q2"}, scenario="Boom")
    assert "every row of the plan belongs to one of its scenarios" in wrong.failed()


def test_probabilities_and_totals_are_checked():
    assert lines.TOTALS in TREE.but("Scenario costs", {"scenario": "Base"}, total=601.0).failed()
    assert (
        lines.TOTALS in TREE.but("Scenario costs", {"scenario": "Base"}, probability=0.5).failed()
    )
    assert lines.TOTALS in TREE.without("Scenario costs", scenario="Base").failed()
