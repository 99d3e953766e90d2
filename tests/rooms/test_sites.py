"""Sites: power, PUE, expansion steps and what they cost (contract §2, §3.5, §4)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states

UNITS = "chip, vendor, life_years, power_kw\nC, Nord, 10, 100"
DEMAND = "workload, 2027, 2028, 2029\nW, 40, 40, 80"
PROJECTS = (
    "project, site, step_mw, max_steps, cost_per_step, lead_time, max_steps_per_period\n"
    "Wing, Hall, 2, 3, 1000, 1, 2"
)


@states("sites.power_fits_the_site", "sites.steps_stay_within_the_project")
def test_rows_of_power_and_steps():
    made = book(
        Chips=UNITS,
        Demand=DEMAND,
        Sites="site, power_mw, pue, energy_price\nHall, 4, 1.25, 0",
        Site_projects=PROJECTS,
    )
    # 100 kW × 1.25 = 0.125 MW a unit; a step of 2 MW counts from the period after its start.
    power = stated(made, "sites.power_fits_the_site")
    assert power["Hall", 0] == (None, {"fleet.in_service[O,Hall,0]": 0.125}, 4)
    assert power["Hall", 2] == (
        None,
        {
            "fleet.in_service[O,Hall,2]": 0.125,
            "sites.steps[Wing,0]": -2,
            "sites.steps[Wing,1]": -2,
        },
        4,
    )
    # a step started in the last period is finished at the plan's end: no power, but a residual
    steps = stated(made, "sites.steps_stay_within_the_project")
    assert steps["Wing"] == (None, {f"sites.steps[Wing,{at}]": 1 for at in range(3)}, 3)


def test_power_is_drawn_with_pue_and_steps_are_bought_when_it_runs_out():
    # 80 units × 100 kW × 1.25 = 10 MW in 2029; 4 MW are there: 3 steps of 2 MW, at most 2 at once,
    # and 2 of them by 2028 for its 5 MW … one step (from 2027) is enough for 2028.
    # Discounting at 100 % a year makes late steps cheaper: 1 in 2027, 2 in 2028.
    plan = solved(
        book(
            Chips=UNITS,
            Demand="workload, 2027, 2028, 2029\nW, 32, 40, 80",
            Sites="site, power_mw, pue, energy_price\nHall, 4, 1.25, 0",
            Site_projects=PROJECTS,
            discount_rate=1,
        )
    )
    assert seen(plan, "Site steps", "project", "start", "ready", "steps", "mw", "cost") == [
        ("Wing", "2027", "2028", 1, 2, 1000),
        ("Wing", "2028", "2029", 2, 4, 2000),
    ]
    assert seen(plan, "Power", "site", "period", "mw", "limit") == [
        ("Hall", "2027", 4, 4),
        ("Hall", "2028", 5, 6),
        ("Hall", "2029", 10, 10),
    ]
    # 32·10 + (8·10 + 1000… paid at the start): 1000 + 320; (2000 + 80)/2; 400/4
    assert plan.objective == pytest.approx(1320 + 1040 + 100)
    assert cash(plan, "site_projects") == {"2027": 1000, "2028": 2000}


def test_steps_stay_within_their_window_and_their_most_per_period():
    # 6 MW more are needed in 2028: three steps in 2027, but only two can be started at once.
    made = {
        "Chips": UNITS,
        "Demand": "workload, 2027, 2028, 2029\nW, 0, 100, 100",
        "Sites": "site, power_mw, pue, energy_price\nHall, 4, 1, 0",
    }
    assert impossible(book(**made, Site_projects=PROJECTS))
    unlimited = PROJECTS.replace("1, 2", "1, 3")
    assert solved(book(**made, Site_projects=unlimited)).objective == pytest.approx(1000 + 3000)
    late = unlimited.replace("lead_time", "first_start, lead_time").replace(
        "1000, 1", "1000, 2028, 1"
    )
    assert impossible(book(**made, Site_projects=late))


def test_todays_fleet_can_force_a_step_when_power_falls():
    # Nothing is to be decided about the fleet's 5 MW, but power falls to 4 MW in 2028.
    plan = solved(
        book(
            Chips=UNITS,
            Fleet="chip, site, units, in_service_since\nC, Hall, 50, 2026",
            Sites="site, power_mw, pue, energy_price\nHall, 5, 1, 0",
            Site_projects=PROJECTS,
            Timeline="sheet, item, column, 2027, 2028, 2029\nSites, Hall, power_mw, , 4, ",
        )
    )
    assert seen(plan, "Power", "period", "limit") == [("2027", 5), ("2028", 6), ("2029", 7)]
    assert plan.objective == pytest.approx(1000)


def test_a_finished_step_keeps_its_residual_at_the_plans_end():
    # One step of 1000 in 2027, needed in 2028; 40 % of it is still worth at the end: 2030 is three
    # years on, so 400 / 1.1³ are taken off. Units keep nothing (value_loss 100 %).
    plan = solved(
        book(
            Chips=UNITS.replace("power_kw", "power_kw, value_loss_per_year").replace(
                "100", "100, 1"
            ),
            Demand="workload, 2027, 2028, 2029\nW, 0, 50, 50",
            Sites="site, power_mw, pue, energy_price\nHall, 4, 1, 0",
            Site_projects=PROJECTS.replace("lead_time", "residual_pct, lead_time").replace(
                "1000, ", "1000, 40%, "
            ),
            discount_rate=0.1,
            terminal_value="yes",
        )
    )
    assert plan.objective == pytest.approx(1000 + 500 / 1.1 - 400 / 1.1**3)
    assert cash(plan, "terminal_value") == {"2029": -400}


def test_cooling_decides_where_units_may_stand():
    # Liquid-cooled units cannot stand in the air-cooled Hall, so they go to the dearer Fjord.
    made = {
        "Chips": "chip, vendor, life_years, cooling\nC, Nord, 10, liquid\nA, Nord, 10, air",
        "Offers": "offer, chip, seller, acquisition, price\n"
        "O, C, Nord, buy, 10\nP, A, Nord, buy, 10",
        "Workloads": "workload\nW\nX",
        "Performance": "chip, workload, throughput\nC, W, 1\nA, X, 1",
        "Demand": "workload, 2027, 2028, 2029\nW, 1, 1, 1\nX, 1, 1, 1",
        "Sites": "site, power_mw, pue, energy_price, hosting_cost, cooling\n"
        "Hall, 9, 1, 0, 1, air\nFjord, 9, 1, 0, 2, liquid\nBoth, 9, 1, 0, 3, both",
    }
    plan = solved(book(**made))
    assert seen(plan, "Orders", "offer", "site") == [("O", "Fjord"), ("P", "Hall")]
    assert cash(plan, "hosting") == {"2027": 3, "2028": 3, "2029": 3}
    # an offer's own list of sites narrows the choice: `sites` without Fjord leaves Both
    made["Offers"] = (
        "offer, chip, seller, acquisition, price, sites\n"
        "O, C, Nord, buy, 10, Hall;Both\nP, A, Nord, buy, 10,"
    )
    plan = solved(book(**made))
    assert seen(plan, "Orders", "offer", "site") == [("O", "Both"), ("P", "Hall")]
