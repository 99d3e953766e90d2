"""The scenario tree, solved by hand: who shares what, and what each kind of change does."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.errors import WorkbookError
from tests.conftest import solved
from tests.futures import books
from tests.futures.books import AHEAD, CLOUD, STAGES, book, changes, costs, orders, read

HALVES = "scenario, probability, branches_from, branch_period\nP, 60%, ,\nX, 40%, P, 2029"

FLEET = {
    **CLOUD,
    "Chips": "chip, vendor, life_years, power_kw\nK, Nord, 10, 1000",
    "Sites": "site, power_mw, pue, energy_price\nHall, 10, 1, 0",
    "Fleet": "chip, site, units, in_service_since, unit_cost\nK, Hall, 10, 2027, 0",
}
"""The work of four years is done by ten units of a megawatt each that stand there: it costs 0."""
MWH = 8760


@pytest.mark.parametrize(
    ("change", "total"),
    [
        ("X, Demand, all, , , , multiply, 2", 240 + 480),
        ("X, Demand, W, , , , add, 5", 240 + 360),
        ("X, Demand, W, , , , set, 0", 240),
        ("X, Demand, W, , 2030, , multiply, 3", 360 + 360),
        ("X, Demand, W, , 2029, 2029, multiply, 3", 240 + 360 + 120),
        ("X, Offers, C, price, , , multiply, 1.5", 240 + 360),
        ("X, Offers, all, price, , , set, 3", 240 + 720),
        ("X, Offers, C, order_fee, , , add, 7", 480 + 14),
        ("X, Offers, C, min_order, , , set, 15", 240 + 360),
        ("X, Offers, C, max_order, , , set, 6", 240 + 2 * (72 + 400)),
        ("X, Offers, C, max_in_service, , , set, 6", 240 + 2 * (72 + 400)),
        ("X, Vendors, Nord, max_units, 2030, , set, 6", 360 + 72 + 400),
        ("X, Performance, K / W, throughput, , , multiply, 0.5", 240 + 480),
        ("X, Performance, K / W, running_cost, , , add, 1", 480 + 20),
        ("X, Workloads, W, unmet_penalty, , , set, 5", 240 + 100),
        ("X, Workloads, W, min_block, , , set, 20", 240 + 2000),
        ("X, Offers, C, , , , remove,", 240 + 2000),
        ("X, Offers, all, , 2030, , remove,", 360 + 1000),
    ],
)
def test_a_change_acts_from_the_branch_on(change, total):
    # ten units at 12 a year: 480 unless changed; the two years before 2029 are 240 in any case
    plan = solved(book(Scenarios=HALVES, Scenario_changes=changes(change)))
    assert costs(plan) == pytest.approx({"P": 480, "X": total})
    assert plan.objective == pytest.approx(0.6 * 480 + 0.4 * total)


def test_a_limit_can_be_taken_away():
    # 6 of 10 can be ordered: 6 x 12 + 4 x 100 a year, until the limit goes in 2029
    offers = "offer, chip, seller, acquisition, price, term_months, max_order\nC, K, Nord, cloud, 1, 12, 6"
    change = changes("X, Offers, C, max_order, , , set, none")
    plan = solved(book(Offers=offers, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 4 * 472, "X": 2 * 472 + 240})


def test_changes_act_in_row_order():
    # (10 + 5) x 2 = 30, and 10 x 2 + 5 = 25
    one = changes("X, Demand, W, , , , add, 5", "X, Demand, W, , , , multiply, 2")
    other = changes("X, Demand, W, , , , multiply, 2", "X, Demand, W, , , , add, 5")
    assert costs(solved(book(Scenarios=HALVES, Scenario_changes=one)))["X"] == 240 + 30 * 24
    assert costs(solved(book(Scenarios=HALVES, Scenario_changes=other)))["X"] == 240 + 25 * 24


@pytest.mark.parametrize(
    ("change", "total"),
    [
        ("X, Sites, Hall, energy_price, , , add, 1", 2 * 10 * MWH),
        ("X, Sites, Hall, hosting_cost, , , set, 3", 60),
        ("X, Chips, K, upkeep_per_unit_year, , , add, 4", 80),
    ],
)
def test_a_change_acts_on_what_stands_there(change, total):
    plan = solved(book(FLEET, Scenarios=HALVES, Scenario_changes=changes(change)))
    assert costs(plan) == pytest.approx({"P": 0, "X": total})


def test_pue_multiplies_energy():
    sites = "site, power_mw, pue, energy_price\nHall, 20, 1, 1"
    change = changes("X, Sites, Hall, pue, , , multiply, 2")
    plan = solved(book(FLEET, Sites=sites, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 40 * MWH, "X": 60 * MWH})


def test_less_power_makes_units_go():
    # A unit brings 50 % of 40 when sold and costs 12 a year to replace: ten go in 2030 (-200 + 120).
    # With power for 5 in 2029, five go a year sooner and cost 12 more each: -80 + 60.
    sheets = {
        "Chips": "chip, vendor, life_years, power_kw, value_loss_per_year, resale_pct\n"
        "K, Nord, 10, 1000, 0, 50%",
        "Offers": """offer, chip, seller, acquisition, price, term_months
            C, K, Nord, cloud, 1, 12
            B, K, Nord, buy, 40, """,
    }
    change = changes("X, Sites, Hall, power_mw, , , set, 5")
    plan = solved(book(FLEET, **sheets, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": -80, "X": -20})


def test_children_of_children_carry_their_line():
    # A: 15 from 2028, 16 in 2030.  B, from A in 2029: ten more.  C, from A in 2030: price doubled.
    tree = """scenario, probability, branches_from, branch_period
        P, 40%, ,
        B, 20%, A, 2029
        A, 30%, P, 2028
        C, 10%, A, 2030"""
    change = changes(
        "B, Demand, W, , , , add, 10",
        "A, Demand, W, , , , add, 5",
        "A, Demand, W, , 2030, , add, 1",
        "C, Offers, C, price, , , multiply, 2",
    )
    plan = solved(book(Scenarios=tree, Scenario_changes=change))
    total = {
        "P": 480,
        "A": 12 * (10 + 15 + 15 + 16),
        "B": 12 * (10 + 15 + 25 + 26),
        "C": 12 * (10 + 15 + 15 + 32),
    }
    assert costs(plan) == pytest.approx(total)
    expected = 0.4 * total["P"] + 0.3 * total["A"] + 0.2 * total["B"] + 0.1 * total["C"]
    assert plan.objective == pytest.approx(expected)


@pytest.mark.parametrize(
    ("likely", "units", "total"), [("40%", 10, 1000 + 0.4 * 1500), ("70%", 20, 2000)]
)
def test_an_order_before_the_branch_is_one_for_all(likely, units, total):
    # the newsvendor: ten more units at 100 pay where 150 x probability of high demand > 100
    tree = f"scenario, probability, branches_from, branch_period\nP, {100 - int(likely[:2])}%, ,"
    tree += f"\nX, {likely}, P, 2028"
    change = changes("X, Demand, W, , 2028, 2028, set, 20")
    plan = solved(book(AHEAD, Scenarios=tree, Scenario_changes=change))
    assert orders(plan, "P") == orders(plan, "X") == {("B", "2027"): units}
    assert plan.objective == pytest.approx(total)


def test_a_lead_time_reaches_orders_that_are_under_way():
    # Offer B: lead 1. X, from 2028, adds a year: what was ordered in 2027 comes in 2029, too late
    # for the work of 2028. Ordering pays 40 % x 100 + 60 % x 150 saved... 10 x 100 against 10 x 150.
    tree = "scenario, probability, branches_from, branch_period\nP, 90%, ,\nX, 10%, P, 2028"
    plan = solved(
        book(AHEAD, Scenarios=tree, Scenario_changes=changes("X, Offers, B, lead_time, , , add, 1"))
    )
    assert costs(plan) == pytest.approx({"P": 1000, "X": 1000 + 1500})
    arrivals = {row["scenario"]: row["delivery_period"] for row in plan.tables["Orders"]}
    assert arrivals == {"P": "2028", "X": "2029"}
    alone = solved(
        book(
            AHEAD, Scenarios=tree, Scenario_changes=changes("X, Offers, B, lead_time, , , add, 1")
        ),
        scenario="X",
    )
    assert alone.objective == pytest.approx(1500)  # knowing it, nothing is ordered


def test_lead_times_select_orders_and_move_nothing_into_the_past():
    tree = """scenario, probability, branches_from, branch_period
        P, 20%, ,
        late, 20%, P, 2029
        soon, 20%, P, 2029
        some, 20%, P, 2029
        more, 20%, late, 2030"""
    change = changes(
        "late, Offers, C, lead_time, , , add, 1",
        "soon, Offers, C, lead_time, , , set, 0",
        "some, Offers, C, lead_time, 2028, 2028, multiply, 2",
        "more, Offers, C, lead_time, , , add, 1",
    )
    offers = "offer, chip, seller, acquisition, price, term_months, lead_time\nC, K, Nord, cloud, 1, 12, 2"
    tables = read(Offers=offers, Scenarios=tree, Scenario_changes=change)
    offer = tables.rows("Offers")[0]

    def leads(scenario: str) -> list[int]:
        world = tables.world(scenario)
        return [world.lead_time(offer, at) for at in (-1, 0, 1, 2, 3)]

    assert leads("P") == [2, 2, 2, 2, 2]
    assert leads("late") == [2, 3, 3, 3, 3]  # what came in 2028 had come already
    assert leads("soon") == [2, 2, 1, 0, 0]  # nothing comes before 2029
    assert leads("some") == [2, 2, 4, 2, 2]
    assert leads("more") == [2, 4, 4, 4, 4]  # late's 2030 (ordered 2027) slips once more


def test_an_order_may_come_too_late_in_one_future():
    # Ordered in 2029 for 2030; in X it comes after the plan's end: 40 % is paid, nothing serves.
    # Half and half: 0.5 x 100 + 0.5 x (40 + 500) = 320, against 500 without the order.
    sheets = {
        "Settings": books.settings(terminal_value="yes"),
        "Chips": "chip, vendor, life_years, value_loss_per_year\nK, Nord, 1, 0",
        "Offers": """offer, chip, seller, acquisition, price, lead_time, first_order, pay_on_order_pct
            B, K, Nord, buy, 100, 1, 2029, 40%""",
        "Workloads": "workload, unmet_penalty\nW, 500",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 0, 0, 0, 1",
    }
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2030"
    change = changes("X, Offers, B, lead_time, , , add, 1")
    late = book(AHEAD, **sheets, Scenarios=tree, Scenario_changes=change)
    plan = solved(late)
    # what is prepaid on an order still to come is worth what was paid: 540 - 40
    assert costs(plan) == pytest.approx({"P": 100, "X": 500})
    row = next(row for row in plan.tables["Orders"] if row["scenario"] == "X")
    assert (row["delivery_period"], row["spend"]) == ("", pytest.approx(40))
    settled = {**late, "Settings": books.book(Settings=books.SETTINGS)["Settings"]}
    assert costs(solved(settled)) == pytest.approx({"P": 100, "X": 540})


def test_nobody_orders_what_comes_too_late_everywhere():
    sheets = {
        "Offers": """offer, chip, seller, acquisition, price, lead_time
            B, K, Nord, buy, 100, 2""",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 0, 0, 0, 1",
    }
    change = changes("X, Offers, B, lead_time, , , add, 1")
    plan = solved(book(AHEAD, **sheets, Scenarios=HALVES, Scenario_changes=change))
    assert {period for _, period in orders(plan, "X")} <= {"2027", "2028"}


def test_a_slip_costs_on_and_delays_what_follows():
    # P: 40 for the programme, 120 x 2, then 12 x 2.
    # X learns in 2028 that stage 2, under way, takes two years: 20 more, 120 x 3, then 12.
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028"
    change = changes("X, Programme stages, Asic / 2, duration, , , add, 1")
    plan = solved(book(STAGES, Scenarios=tree, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 40 + 240 + 24, "X": 60 + 360 + 12})


def test_a_stage_that_never_finishes_is_paid_and_cancelled():
    # X learns in 2028 that stage 1, under way for two years, fails: planned cost 40, fee 5, 480.
    stages = "programme, stage, duration, cost\nAsic, 1, 2, 40"
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028"
    change = changes("X, Programme stages, Asic / 1, completes, , , set, no")
    plan = solved(book(STAGES, Programme_stages=stages, Scenarios=tree, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 40 + 240 + 24, "X": 40 + 5 + 480})
    started = {
        (row["scenario"], row["start"], row["end"]) for row in plan.tables["Programme timeline"]
    }
    assert started == {("P", "2027", "2028"), ("X", "2027", "")}


def test_fates_of_stages_begin_with_the_branch():
    tree = """scenario, probability, branches_from, branch_period
        P, 25%, ,
        slip, 25%, P, 2029
        haste, 25%, P, 2029
        fail, 25%, P, 2029"""
    change = changes(
        "slip, Programme stages, Asic / 1, duration, , , add, 1",
        "haste, Programme stages, Asic / 1, duration, , , set, 1",
        "fail, Programme stages, all, completes, , 2029, set, no",
    )
    stages = "programme, stage, duration, cost\nAsic, 1, 2, 40"
    tables = read(STAGES, Programme_stages=stages, Scenarios=tree, Scenario_changes=change)
    stage = tables.rows("Programme stages")[0]
    starts = range(-1, 4)

    def durations(scenario: str) -> list[int]:
        return [tables.world(scenario).duration(stage, at) for at in starts]

    assert durations("P") == [2, 2, 2, 2, 2]
    assert durations("slip") == [2, 2, 3, 3, 3]  # done by the end of 2028: history
    assert durations("haste") == [2, 2, 1, 1, 1]  # begun in 2028: done in 2029 at the soonest
    fails = [not tables.world("fail").completes(stage, at) for at in starts]
    assert fails == [False, False, True, True, False]


def test_software_may_disappoint():
    # K runs at half its rate until a project (30, one year) brings it to 100 %, or 75 % in X.
    sheets = {
        "Platforms": "platform, efficiency_at_start\nS, 50%",
        "Chips": "chip, vendor, platform, life_years\nK, Nord, S, 10",
        "Software": "project, platform, cost, duration, efficiency\nport, S, 30, 1, 100%",
        "Offers": """offer, chip, seller, acquisition, price, term_months, lot_size
            C, K, Nord, cloud, 1, 12, 0""",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 6, 6, 6, 6",
    }
    change = changes("X, Software, port, efficiency, , , set, 0.75")
    plan = solved(book(**sheets, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 30 + 144 + 3 * 72, "X": 30 + 144 + 72 + 2 * 96})


def test_an_offer_removed_still_delivers_what_was_ordered():
    # B is withdrawn in X from 2028: ten ordered in 2027 come in 2028; the ten more of 2029 go short.
    # Ten more in 2027 would cost 80 more in P than in 2028, and save 150 - 100 in X: not bought.
    sheets = {
        "Offers": """offer, chip, seller, acquisition, price, lead_time
            B, K, Nord, buy, 100, 1""",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 0, 10, 20, 0",
        "Timeline": "sheet, item, column, 2028\nOffers, B, price, 20",
    }
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028"
    change = changes("X, Offers, B, , , , remove,")
    plan = solved(book(AHEAD, **sheets, Scenarios=tree, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 1200, "X": 1000 + 1500})
    assert orders(plan, "X") == {("B", "2027"): 10}


def test_a_contract_removed_is_not_in_force():
    # A signed contract cuts prices by half. In X it is gone from 2029 on.
    contracts = """contract, seller, signing, price_cut_pct
        deal, Nord, signed, 50%"""
    change = changes("X, Contracts, deal, , , , remove,")
    plan = solved(book(Contracts=contracts, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 240, "X": 120 + 240})


def test_a_contract_may_lapse_for_a_while():
    contracts = """contract, seller, signing, price_cut_pct
        deal, Nord, signed, 50%"""
    change = changes("X, Contracts, all, , 2029, 2029, remove,")
    plan = solved(book(Contracts=contracts, Scenarios=HALVES, Scenario_changes=change))
    assert costs(plan)["X"] == pytest.approx(120 + 120 + 60)


def test_a_deal_removed_pays_no_milestone():
    # 35 units by 2030 bring 50; they are reached in 2030, when X has lost the deal.
    sheets = {
        "Deals": "deal, vendor, signing\nfund, Nord, signed",
        "Deal_milestones": """deal, milestone, measure, threshold, value, kind
            fund, first, cumulative_units, 35, 50, cash""",
    }
    change = changes("X, Deals, fund, , , , remove,")
    plan = solved(book(**sheets, Scenarios=HALVES, Scenario_changes=change))
    # in P the 35th unit could come earlier, but nothing is gained: undiscounted
    assert costs(plan) == pytest.approx({"P": 430, "X": 480})


def test_committed_units_stand_at_one_place_in_every_future():
    # Ten units come in 2028, to A or B. A is cheaper by 1 in P, dearer by 8 in X: B it is, although
    # each future alone would choose otherwise. It holds for worlds that part in the first period too.
    sheets = {
        "Offers": "offer, chip, seller, acquisition, price, lead_time\nB, K, Nord, buy, 0, 1",
        "Sites": "site, power_mw, pue, energy_price\nA, 10, 1, 1\nB, 10, 1, 2",
        "Committed_orders": "offer, order_period, units\nB, 2027, 10",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 0, 10, 10, 10",
    }
    for branch, years in (("2028", 3), ("2027", 3), ("2030", 1)):
        tree = (
            f"scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, {branch}"
        )
        change = changes("X, Sites, A, energy_price, , , set, 10")
        frames = book(FLEET, **sheets, Scenarios=tree, Scenario_changes=change)
        del frames["Fleet"]
        plan = solved(frames)
        at_a, at_b = 10 * MWH * (3 + (3 - years) + years * 10) / 2, 10 * MWH * 3 * 2
        assert plan.objective == pytest.approx(min(at_a, at_b))
        where = {(row["scenario"], row["site"]) for row in plan.tables["Committed units"]}
        assert where == {("P", "B"), ("X", "B")}
        assert solved(frames, scenario="P").tables["Committed units"][0]["site"] == "A"


def test_sales_and_deferral_before_the_branch_are_shared():
    # Two units of work in 2027 may wait until 2028 at 1 each; renting costs 12 in 2027, and in 2028
    # nothing (P) or 30 (X). Half and half: waiting costs 1 + 15 on average, so nothing waits.
    sheets = {
        "Workloads": "workload, defer_periods, defer_cost\nW, 1, 1",
        "Demand": "workload, 2027, 2028, 2029, 2030\nW, 2, 0, 0, 0",
        "Timeline": "sheet, item, column, 2028\nOffers, C, price, 0",
    }
    tree = "scenario, probability, branches_from, branch_period\nP, 50%, ,\nX, 50%, P, 2028"
    change = changes("X, Offers, C, price, 2028, 2028, set, 2.5")
    plan = solved(book(**sheets, Scenarios=tree, Scenario_changes=change))
    assert costs(plan) == pytest.approx({"P": 24, "X": 24})
    assert (
        solved(book(**sheets, Scenarios=tree, Scenario_changes=change), scenario="P").objective == 2
    )


# ------------------------------------------------------------------ faults at their cells
@pytest.mark.parametrize(
    ("tree", "change", "said"),
    [
        ("P, 60%, ,\nX, 30%, P, 2029", "", "Scenarios!B2"),
        ("P, 60%, ,\nA, 20%, P, 2029\nB, 20%, A, 2028", "", "Scenarios!D4"),
        ("P, 60%, ,\nA, 20%, B, 2029\nB, 20%, A, 2029", "", "Scenarios!C3"),
        ("P, 60%, ,\nA, 40%, Q, 2029", "", "Scenarios!C3"),
        (
            "P, 60%, ,\nA, 40%, P, 2029",
            "A, Offers, D, price, , , multiply, 2",
            "Scenario changes!C2",
        ),
        (
            "P, 60%, ,\nA, 40%, P, 2029",
            "A, Offers, C, price, 2028, , set, 2",
            "Scenario changes!E2",
        ),
    ],
)
def test_a_tree_that_cannot_be_is_refused_at_its_cell(tree, change, said):
    tree = "scenario, probability, branches_from, branch_period\n" + tree
    with pytest.raises(WorkbookError) as error:
        chipfolio.read(book(Scenarios=tree, Scenario_changes=changes(*[change] if change else [])))
    assert said in [
        problem.place for problem in error.value.problems if problem.severity == "fault"
    ]
