"""Workloads: service, deferral, reserve, where work runs, blocks (contract §2, §3.3, §3.4)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states

HEAD = "offer, chip, seller, acquisition, price"
TWO_CHIPS = {
    "Chips": "chip, vendor, life_years\nC, Nord, 10\nD, Sud, 10",
    "Offers": f"{HEAD}, lot_size\nO, C, Nord, buy, 10, 0\nP, D, Sud, buy, 15, 0",
}
TWO_SITES = "site, power_mw, pue, energy_price\nHall, 1000, 1, 0\nFjord, 1000, 1, 0"
CLOUD = "\nL, C, Nord, cloud, 100, 0"


def work(columns: str = "", values: str = "") -> str:
    """Sheet Workloads with one workload W."""
    return f"workload{columns and ', ' + columns}\nW{values and ', ' + values}"


# ------------------------------------------------------------------ coefficients
@states(
    "workloads.work_fits_the_units_in_service",
    "workloads.the_reserve_is_kept",
    "workloads.demand_is_met",
    "workloads.work_waits_no_longer_than_it_may",
    "workloads.work_runs_at_levels_that_are_open",
)
def test_rows_of_service_reserve_deferral_and_levels():
    made = book(
        Platforms="platform, efficiency_at_start\nR, 50%",
        Chips="chip, vendor, platform, life_years, availability\nC, Nord, R, 10, 80%",
        Software="project, platform, cost, duration, efficiency\nPort, R, 7, 1, 90%",
        Performance="chip, workload, throughput\nC, W, 10",
        Workloads=work("reserve_pct, defer_periods, unmet_penalty", "25%, 1, 9"),
        Demand="workload, 2027, 2028, 2029\nW, 100, 60, 40",
        Fleet="chip, site, units, in_service_since\nC, Hall, 6, 2026",
    )
    old, new = (f"[C,Hall,W,{level},1]" for level in ("start", "Port / 0"))
    used = {f"workloads.{kind}{key}": 1 for kind in ("used", "ready") for key in (old, new)}
    assert stated(made, "workloads.work_fits_the_units_in_service")["C", "Hall", 1] == (
        None,
        {**used, "fleet.in_service[O,Hall,1]": -0.8},
        pytest.approx(6 * 0.8),
    )
    # a unit serves 10 × 50 % or 10 × 90 %
    assert stated(made, "workloads.the_reserve_is_kept")["W", 1] == (
        0,
        {
            f"workloads.ready{old}": 5,
            f"workloads.ready{new}": 9,
            f"workloads.used{old}": -0.25 * 5,
            f"workloads.used{new}": -0.25 * 9,
        },
        None,
    )
    assert stated(made, "workloads.demand_is_met")["W", 1] == (
        60,
        {
            f"workloads.used{old}": 5,
            f"workloads.used{new}": 9,
            "workloads.unmet[W,1]": 1,
            "workloads.waiting[W,1]": 1,
            "workloads.waiting[W,0]": -1,
        },
        60,
    )
    # what waits at the end of 2028 was asked for in 2028 and is not given up
    assert stated(made, "workloads.work_waits_no_longer_than_it_may") == {
        ("W", 0): (None, {"workloads.waiting[W,0]": 1, "workloads.unmet[W,0]": 1}, 100),
        ("W", 1): (None, {"workloads.waiting[W,1]": 1, "workloads.unmet[W,1]": 1}, 60),
    }
    # at the project's level no more than what can be due, 100 + 60, and a quarter in reserve
    assert stated(made, "workloads.work_runs_at_levels_that_are_open")["W", "Port / 0", 1] == (
        None,
        {
            f"workloads.used{new}": 9,
            f"workloads.ready{new}": 9,
            "software.starts_by[Port,0]": -160 * 1.25,
        },
        0,
    )


@states(
    "workloads.work_is_done_where_it_runs",
    "workloads.blocks_are_large_enough",
    "workloads.the_reserve_stands_where_work_runs",
    "workloads.work_runs_on_one",
)
def test_rows_of_work_that_runs_on_one_chip_in_blocks():
    made = book(
        **TWO_CHIPS,
        Sites=TWO_SITES,
        Performance="chip, workload, throughput\nC, W, 2\nD, W, 3",
        Workloads=work("reserve_pct, runs_on, min_block", "10%, one_chip, 8"),
        Demand="workload, 2027, 2028, 2029\nW, 20, 20, 7",
    )
    run = "workloads.runs[W,chip,C,1]"
    one, ready = (f"workloads.{kind}[C,'Fjord, Hall',W,,1]" for kind in ("used", "ready"))
    done = stated(made, "workloads.work_is_done_where_it_runs")
    assert done["W", "chip", "C", 1] == (None, {one: 2, run: -20}, 0)
    # a block of 8 exceeds the demand of 2029: nothing can run then
    assert done["W", "chip", "C", 2] == (None, {one.replace(",1]", ",2]"): 2}, 0)
    blocks = stated(made, "workloads.blocks_are_large_enough")
    assert blocks["W", "chip", "C", 1] == (0, {one: 2, run: -8}, None)
    kept = stated(made, "workloads.the_reserve_stands_where_work_runs")
    assert kept["W", "chip", "C", 1] == (None, {ready: 2, run: -2}, 0)
    alone = stated(made, "workloads.work_runs_on_one")
    assert alone["W", 1] == (None, {run: 1, "workloads.runs[W,chip,D,1]": 1}, 1)


def test_names_that_look_like_joined_names_stay_apart():
    # Two sites whose names joined are the name of a third, in pools of different workloads.
    made = book(
        Sites="site, power_mw, pue, energy_price\nA, 9, 1, 0\nB, 9, 1, 0\nA+B, 9, 1, 0",
        Workloads="workload, sites\nW,\nX, A+B",
        Performance="chip, workload, throughput\nC, W, 1\nC, X, 2",
        Demand="workload, 2027, 2028, 2029\nW, 1, 1, 1\nX, 2, 2, 2",
    )
    fits = stated(made, "workloads.work_fits_the_units_in_service")
    assert [key[1] for key in fits if key[2] == 0] == ["A, B", "A+B"]
    assert seen(solved(made), "Service", "workload", "served", period="2027") == [
        ("W", 1),
        ("X", 2),
    ]


# ------------------------------------------------------------------ service and what it costs
def test_units_used_are_work_over_throughput_and_demand_is_met_and_no_more():
    # 10 of work at 4 a unit: 2.5 units used of 3. Revenue of 1 a unit of work (a negative running
    # cost) does not make the plan serve more than was asked for.
    plan = solved(
        book(
            Performance="chip, workload, throughput, running_cost\nC, W, 4, -1",
            Demand="workload, 2027, 2028, 2029\nW, 10, 6, 0",
        )
    )
    assert seen(plan, "Usage", "period", "units", "served", "efficiency") == [
        ("2027", 2.5, 10, 1),
        ("2028", 1.5, 6, 1),
    ]
    assert cash(plan, "running") == {"2027": -10, "2028": -6}
    assert plan.objective == pytest.approx(30 - 16)
    assert seen(plan, "Service", "period", "demand", "served", "deferred", "unmet") == [
        ("2027", 10, 10, 0, 0),
        ("2028", 6, 6, 0, 0),
        ("2029", 0, 0, 0, 0),
    ]


def test_throughput_and_running_cost_vary_over_time_and_a_missing_pair_cannot_run():
    # C's throughput doubles in 2028; D cannot run W at all, though it is free.
    plan = solved(
        book(
            Chips="chip, vendor, life_years\nC, Nord, 1\nD, Sud, 10",
            Offers=f"{HEAD}\nO, C, Nord, buy, 10\nP, D, Sud, buy, 0",
            Performance="chip, workload, throughput, running_cost\nC, W, 1, 2\nD, X, 1,",
            Workloads="workload\nW\nX",
            Demand="workload, 2027, 2028, 2029\nW, 4, 4, 4\nX, 0, 0, 1",
            Timeline="sheet, item, column, 2027, 2028, 2029\n"
            "Performance, C / W, throughput, , 2, 2\nPerformance, C / W, running_cost, , , 0",
        )
    )
    assert seen(plan, "Orders", "offer", "order_period", "units")[:3] == [
        ("O", "2027", 4),
        ("O", "2028", 2),
        ("O", "2029", 2),
    ]
    assert cash(plan, "running") == {"2027": 8, "2028": 8}


def test_unmet_work_has_a_price_and_a_limit():
    # A unit costs 10 and serves one a year: three years of unmet work cost 3 × 4 = 12 > 10, but of
    # the peak (one year of 10 more, 4 each) it is cheaper not to serve: 40 < 100.
    made = {"Demand": "workload, 2027, 2028, 2029\nW, 5, 15, 5"}
    plan = solved(book(**made, Workloads=work("unmet_penalty", "4")))
    assert seen(plan, "Service", "period", "served", "unmet") == [
        ("2027", 5, 0),
        ("2028", 5, 10),
        ("2029", 5, 0),
    ]
    assert plan.objective == pytest.approx(50 + 40)
    # at most 40 % of demand may stay unmet: 9 of 15 are served, 6 are not
    plan = solved(book(**made, Workloads=work("unmet_penalty, max_unmet_pct", "4, 40%")))
    assert seen(plan, "Service", "served", "unmet", period="2028") == [(9, 6)]
    # the penalty may vary over time; where it is `none`, all must be met
    plan = solved(
        book(
            **made,
            Workloads=work("unmet_penalty", "4"),
            Timeline="sheet, item, column, 2027, 2028, 2029\n"
            "Workloads, W, unmet_penalty, , none, 0",
        )
    )
    assert plan.objective == pytest.approx(150)


def test_what_cannot_be_served_and_must_be_is_infeasible():
    made = {"Offers": f"{HEAD}, max_order\nO, C, Nord, buy, 10, 5"}
    assert impossible(book(**made, Demand="workload, 2027, 2028, 2029\nW, 6, 6, 6"))
    assert not impossible(book(**made, Demand="workload, 2027, 2028, 2029\nW, 5, 10, 15"))


# ------------------------------------------------------------------ deferral
def test_deferred_work_is_served_within_defer_periods_and_all_of_it_by_the_end():
    # A unit costs 10; demand 9, 0, 0. It may wait 2 periods: 3 a year by 3 units, 6 and 3 waiting
    # at the ends of 2027 and 2028, at 0.5 each.
    made = {"Demand": "workload, 2027, 2028, 2029\nW, 9, 0, 0"}
    plan = solved(book(**made, Workloads=work("defer_periods, defer_cost", "2, 0.5")))
    assert seen(plan, "Service", "period", "served", "deferred") == [
        ("2027", 3, 6),
        ("2028", 3, 3),
        ("2029", 3, 0),
    ]
    assert cash(plan, "deferral_cost") == {"2027": 3, "2028": 1.5}
    assert plan.objective == pytest.approx(30 + 4.5)
    # one period only: 4.5 a year in 2027 and 2028, by 5 units of whole lots
    plan = solved(book(**made, Workloads=work("defer_periods, defer_cost", "1, 0.5")))
    assert seen(plan, "Service", "period", "served", "deferred") == [
        ("2027", 5, 4),
        ("2028", 4, 0),
        ("2029", 0, 0),
    ]
    # nothing waits at the plan's end: demand of the last period is served in it
    late = {"Demand": "workload, 2027, 2028, 2029\nW, 0, 0, 9"}
    plan = solved(book(**late, Workloads=work("defer_periods", "2")))
    assert seen(plan, "Service", "served", "deferred", period="2029") == [(9, 0)]


def test_work_given_up_cannot_be_deferred_first():
    # 8 may be unmet of 2027's 10, at 1 each; it is given up when asked for, so that only what is
    # kept waits: 2 units' worth of work, one a year by one unit.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 10, 0, 0",
            Workloads=work("defer_periods, unmet_penalty, max_unmet_pct", "1, 1, 80%"),
        )
    )
    assert seen(plan, "Service", "period", "served", "deferred", "unmet") == [
        ("2027", 1, 1, 8),
        ("2028", 1, 0, 0),
        ("2029", 0, 0, 0),
    ]


# ------------------------------------------------------------------ reserve
def test_a_reserve_of_ready_units_is_kept_at_no_running_cost():
    # 10 of work at 2 a unit need 5 units; 20 % in reserve is 2 of work, one more unit, idle.
    plan = solved(
        book(
            Performance="chip, workload, throughput, running_cost\nC, W, 2, 1",
            Workloads=work("reserve_pct", "20%"),
            Demand="workload, 2027, 2028, 2029\nW, 10, 0, 0",
        )
    )
    assert seen(plan, "Orders", "units") == [(6,)]
    assert seen(plan, "Usage", "units", "served", "ready") == [(5, 10, 1)]
    assert cash(plan, "running") == {"2027": 10}


def test_the_reserve_draws_idle_power_only_and_obeys_sites():
    # 1 MW units, idle at 40 %: a used unit draws 8.76 GWh a year at 1 a MWh = 8760, a ready one
    # 3504. The reserve must stand at Hall too, though Fjord's energy is free.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, power_kw\nC, Nord, 10, 1000",
            Sites="site, power_mw, pue, energy_price\nHall, 1000, 1, 1\nFjord, 1000, 1, 0",
            Workloads=work("reserve_pct, sites", "50%, Hall"),
            Demand="workload, 2027, 2028, 2029\nW, 2, 0, 0",
            idle_power_pct=0.4,
        )
    )
    assert seen(plan, "Orders", "site", "units") == [("Hall", 3)]
    assert cash(plan, "energy") == pytest.approx(
        {"2027": 2 * 8760 + 3504, "2028": 3 * 3504, "2029": 3 * 3504}
    )


# ------------------------------------------------------------------ where work runs
def test_cloud_may_serve_unless_no_cloud_is_said():
    # The cloud is cheaper; `sites` of Hall alone leaves it allowed, no_cloud forbids it.
    made = {
        "Offers": f"{HEAD}, term_months\nO, C, Nord, buy, 10,\nL, C, Nord, cloud, 0.25, 12",
        "Demand": "workload, 2027, 2028, 2029\nW, 1, 0, 0",
        "Sites": TWO_SITES.replace("Hall, 1000, 1, 0", "Hall, 1000, 1, 0"),
    }
    plan = solved(book(**made, Workloads=work("sites", "Hall")))
    assert seen(plan, "Orders", "offer", "site") == [("L", "")]
    plan = solved(book(**made, Workloads=work("sites", "no_cloud;Hall")))
    assert seen(plan, "Orders", "offer", "site") == [("O", "Hall")]
    # no_cloud alone leaves every site
    plan = solved(book(**made, Workloads=work("sites", "no_cloud")))
    assert seen(plan, "Orders", "offer") == [("O",)]


SPLIT = {
    # Hall has power for 6 units of C and Fjord for 6, or for 4 of D each, which cost more.
    "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 1000\nD, Sud, 10, 1500",
    "Offers": f"{HEAD}, max_order\nO, C, Nord, buy, 10, 6\nP, D, Sud, buy, 50, ",
    "Sites": "site, power_mw, pue, energy_price\nHall, 6, 1, 0\nFjord, 4, 1, 0",
    "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 2",
    "Demand": "workload, 2027, 2028, 2029\nW, 8, 0, 0",
}


@pytest.mark.parametrize(
    ("runs_on", "orders", "cost"),
    [
        # 6 of C do 6, one D does 2
        ("any", {("O", 6), ("P", 1)}, 110),
        # only 6 of C can be had: 4 of D, 2 at each site (6 MW and 3 MW)
        ("one_chip", {("P", 4)}, 200),
        # all at Hall: C and D together within 6 MW: 2 D (3 MW) + 3 C do 7; 3 D + 1 C (5.5) do 7;
        # 4 D are 6 MW and do 8
        ("one_site", {("P", 4)}, 200),
        ("one_chip_and_site", {("P", 4)}, 200),
    ],
)
def test_all_of_a_periods_work_may_have_to_be_on_one(runs_on, orders, cost):
    plan = solved(book(**SPLIT, Workloads=work("runs_on", runs_on)))
    assert plan.objective == pytest.approx(cost)
    chips = {chip for (chip,) in seen(plan, "Usage", "chip")}
    sites = {site for (site,) in seen(plan, "Usage", "site")}
    if "chip" in runs_on:
        assert len(chips) == 1
    if "site" in runs_on:
        assert len(sites) == 1
    placed: dict[str, float] = {}
    for offer, units in seen(plan, "Orders", "offer", "units"):
        placed[offer] = placed.get(offer, 0.0) + units
    assert set(placed.items()) == orders


def test_all_cloud_together_is_one_site():
    # Two clouds with a quota of 5 each count as one site; Hall has power for 9 of 10 units.
    made = {
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 1000\nD, Sud, 10, 1000",
        "Offers": f"{HEAD}, term_months, max_in_service\nO, C, Nord, buy, 1, ,\n"
        "L, C, Nord, cloud, 10, 12, 5\nM, D, Sud, cloud, 10, 12, 5",
        "Sites": "site, power_mw, pue, energy_price\nHall, 9, 1, 0",
        "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 1",
        "Demand": "workload, 2027, 2028, 2029\nW, 10, 0, 0",
    }
    plan = solved(book(**made, Workloads=work("runs_on", "one_site")))
    assert seen(plan, "Usage", "chip", "site", "units") == [("C", "", 5), ("D", "", 5)]
    plan = solved(book(**made, Workloads=work("runs_on", "any")))
    assert plan.objective == pytest.approx(9 + 120)


def test_a_chip_serves_at_least_a_block_of_a_workload_or_none():
    # 10 of work: 8 by the cheap C (its quota) and 2 by D; but a block is 4: 6 by C and 4 by D.
    made = {
        "Chips": "chip, vendor, life_years\nC, Nord, 10\nD, Sud, 10",
        "Offers": f"{HEAD}, lot_size, max_order\nO, C, Nord, buy, 10, 0, 8\nP, D, Sud, buy, 15, 0,",
        "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 1",
        "Demand": "workload, 2027, 2028, 2029\nW, 10, 0, 0",
    }
    plan = solved(book(**made, Workloads=work("min_block", "4")))
    assert seen(plan, "Usage", "chip", "served") == [("C", 6), ("D", 4)]
    # a block above the demand cannot be: with a penalty the work stays unmet
    plan = solved(book(**made, Workloads=work("min_block, unmet_penalty", "11, 50")))
    assert plan.objective == pytest.approx(500)


def test_a_chip_need_not_serve_any_workload():
    # D runs nothing, yet the plan may hold it.
    plan = solved(
        book(
            Chips=TWO_CHIPS["Chips"],
            Offers=TWO_CHIPS["Offers"],
            Custom_rules="rule, quantity, dimension, member, coefficient, sense, limit\n"
            "R, order_units, chip, D, 1, >=, 3",
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("P", 3)]
