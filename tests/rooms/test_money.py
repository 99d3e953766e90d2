"""Money: every line of contract §4, discounting, price paths and what is left at the plan's end."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, seen, solved, stated, states
from tests.workbook.plans import failing

HEAD = "offer, chip, seller, acquisition, price"
KEEPS = "chip, vendor, life_years, value_loss_per_year\nC, Nord, 10, 20%"
ONE = "workload, 2027, 2028, 2029\nW, 1, 1, 1"


# ------------------------------------------------------------------ coefficients
@states(
    "money.a_sold_cut_is_sold",
    "money.a_sold_cut_was_in_force",
    "money.a_cut_in_force_covers_what_is_sold",
)
def test_rows_of_sold_units_whose_price_was_cut():
    made = book(
        Chips="chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 20%, 50%",
        Offers=f"{HEAD}, max_order, last_order\nO, C, Nord, buy, 10, 6, 2027",
        Contracts="contract, seller, signing, price_cut_pct\nK, Nord, optional, 10%",
        Demand="workload, 2027, 2028, 2029\nW, 9, 9, 9",
        terminal_value="yes",
    )
    key = ("K", "O", "Hall", 0)
    cut = "money.sold_cut[K,O,Hall,0]"
    sold = {f"fleet.sold[order,O,Hall,0,{at}]": -1 for at in (1, 2)}
    signed = "signing.signs_by[K,0]"
    assert stated(made, "money.a_sold_cut_is_sold")[key] == (None, {cut: 1, **sold}, 0)
    # at most the 6 that can be ordered: no more is sold with a cut than that, where it is in force
    assert stated(made, "money.a_sold_cut_was_in_force")[key] == (None, {cut: 1, signed: -6}, 0)
    assert stated(made, "money.a_cut_in_force_covers_what_is_sold")[key] == (
        -6,
        {cut: 1, **sold, signed: -6},
        None,
    )


# ------------------------------------------------------------------ running costs
def test_energy_is_power_times_pue_times_hours_times_price():
    # 10 units of 500 kW, PUE 1.2, a quarter of 2190 hours at 50 a MWh: 10 · 0.5 · 1.2 · 2190 · 50.
    # Half of them are used in the second quarter; at idle_power_pct 100 % (default) that is no
    # matter, at 40 % used units draw all and the others 40 %.
    made = {
        "first_period": "2027Q1",
        "months_per_period": 3,
        "periods": 2,
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 500",
        "Sites": "site, power_mw, pue, energy_price, energy_price_change_per_year\n"
        "Hall, 1000, 1.2, 50, 300%",
        "Fleet": "chip, site, units, in_service_since\nC, Hall, 10, 2026Q4",
        "Demand": "workload, 2027Q1, 2027Q2\nW, 10, 5",
    }
    full = 10 * 0.5 * 1.2 * 2190 * 50
    # the price grows by 300 % a year, so by 4^(1/4) in a quarter
    plan = solved(book(**made))
    assert cash(plan, "energy") == pytest.approx({"2027Q1": full, "2027Q2": full * 4**0.25})
    plan = solved(book(**made, idle_power_pct=0.4))
    assert cash(plan, "energy") == pytest.approx({"2027Q1": full, "2027Q2": 0.7 * full * 4**0.25})


def test_work_goes_where_energy_is_cheap_when_idle_units_draw_less():
    # 4 units at each site and work for 4: those of Fjord do it, those of Hall stay idle at 50 %.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, power_kw\nC, Nord, 10, 1000",
            Sites="site, power_mw, pue, energy_price\nHall, 9, 1, 2\nFjord, 9, 1, 1",
            Fleet="chip, site, units, in_service_since\nC, Hall, 4, 2026\nC, Fjord, 4, 2026",
            Demand="workload, 2027, 2028, 2029\nW, 4, 0, 0",
            idle_power_pct=0.5,
        )
    )
    assert seen(plan, "Usage", "site", "units") == [("Fjord", 4)]
    assert cash(plan, "energy")["2027"] == pytest.approx(8760 * (4 * 2 * 0.5 + 4 * 1))
    assert cash(plan, "energy")["2028"] == pytest.approx(8760 * (4 * 2 + 4 * 1) * 0.5)


def test_hosting_is_paid_per_unit_and_period_and_upkeep_per_unit_and_year():
    # Half-years: 3 units, hosting 7 a period, upkeep 10 a year: 21 and 15. Cloud pays neither.
    plan = solved(
        book(
            first_period="2027H1",
            months_per_period=6,
            periods=2,
            Chips="chip, vendor, life_years, upkeep_per_unit_year\nC, Nord, 10, 10",
            Sites="site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 7",
            Fleet="chip, site, units, in_service_since, acquisition, until\n"
            "C, Hall, 2, 2026H2, buy, \nC, Hall, 1, 2026H2, lease, 2028H1\n"
            "C, , 5, 2026H2, cloud, 2028H1",
            Demand="workload, 2027H1, 2027H2\nW, 0, 0",
            Timeline="sheet, item, column, 2027H1, 2027H2\nSites, Hall, hosting_cost, , 0\n"
            "Chips, C, upkeep_per_unit_year, , 20",
        )
    )
    assert cash(plan, "hosting") == {"2027H1": 21}
    assert cash(plan, "upkeep") == {"2027H1": 15, "2027H2": 30}


# ------------------------------------------------------------------ payments and prices
def test_purchases_pay_with_the_order_and_on_delivery():
    # 4 units at 10, ordered in 2027 for 2028: 30 % with the order, the rest on delivery.
    plan = solved(
        book(
            Offers=f"{HEAD}, lead_time, pay_on_order_pct, last_order\n"
            "O, C, Nord, buy, 10, 1, 30%, 2027",
            Demand="workload, 2027, 2028, 2029\nW, 0, 4, 4",
        )
    )
    assert cash(plan, "chip_purchases") == {"2027": 12, "2028": 28}
    assert seen(plan, "Orders", "unit_price", "spend") == [(10, 40)]


def test_rentals_pay_from_arrival_to_the_end_of_term_or_plan():
    # A cloud term of 24 months from 2029 (lead time 1): only 2029 lies in the plan: 12 months at
    # the price of the order's period, 10 × 1.5.
    plan = solved(
        book(
            Offers=f"{HEAD}, lead_time, term_months, price_change_per_year, first_order\n"
            "O, C, Nord, cloud, 10, 1, 24, 50%, 2028",
            Demand="workload, 2027, 2028, 2029\nW, 0, 0, 1",
        )
    )
    assert cash(plan, "lease_and_cloud") == {"2029": 180}
    assert seen(plan, "Orders", "order_period", "unit_price", "spend") == [("2028", 15, 180)]


def test_prices_grow_from_the_first_period_and_timeline_overrides_single_periods():
    # 100 falling by 19 % a year in half-years: 100, 90, 81; Timeline says 70 in 2027H2 only.
    made = {
        "first_period": "2027H1",
        "months_per_period": 6,
        "Chips": "chip, vendor, life_years\nC, Nord, 0.5",
        "Offers": f"{HEAD}, price_change_per_year\nO, C, Nord, buy, 100, -19%",
        "Demand": "workload, 2027H1, 2027H2, 2028H1\nW, 1, 1, 1",
    }
    plan = solved(book(**made))
    assert cash(plan, "chip_purchases") == pytest.approx(
        {"2027H1": 100, "2027H2": 90, "2028H1": 81}
    )
    line = "sheet, item, column, 2027H1, 2027H2, 2028H1\nOffers, O, price, , 70, "
    plan = solved(book(**made, Timeline=line))
    assert cash(plan, "chip_purchases") == pytest.approx(
        {"2027H1": 100, "2027H2": 70, "2028H1": 81}
    )


@pytest.mark.parametrize(("timing", "shift"), [("start", 0), ("mid", 6), ("end", 12)])
def test_cash_is_discounted_by_its_timing(timing, shift):
    plan = solved(
        book(
            Chips="chip, vendor, life_years\nC, Nord, 1",
            Demand=ONE,
            discount_rate=0.1,
            cash_timing=timing,
        )
    )
    assert plan.objective == pytest.approx(
        sum(10 * 1.1 ** (-(12 * at + shift) / 12) for at in range(3))
    )
    assert seen(plan, "Cash", "period", "amount", "discounted", line="chip_purchases")[1] == (
        "2028",
        10,
        pytest.approx(10 * 1.1 ** (-(12 + shift) / 12), abs=1e-5),
    )


# ------------------------------------------------------------------ terminal value (a) to (d)
def test_owned_units_are_worth_what_was_paid_less_the_loss_of_value():
    # Bought at 10 in 2027, three years old at the end: 10 × 0.8³ = 5.12; the fleet's of 2026 at
    # 50: 50 × 0.8⁴ = 20.48; a committed one of 2028 at 20: 20 × 0.8². All of it is discounted at
    # 10 % over 3 years.
    plan = solved(
        book(
            Chips=KEEPS,
            Demand="workload, 2027, 2028, 2029\nW, 2, 2, 3",
            Fleet="chip, site, units, in_service_since, unit_cost\nC, Hall, 1, 2026, 50",
            Committed_orders="offer, order_period, units, site, unit_price\nO, 2028, 1, Hall, 20",
            Offers=f"{HEAD}, last_order\nO, C, Nord, buy, 10, 2027",
            discount_rate=0.1,
            terminal_value="yes",
        )
    )
    worth = 10 * 0.8**3 + 50 * 0.8**4 + 20 * 0.8**2
    assert cash(plan, "terminal_value") == pytest.approx({"2029": -worth})
    assert plan.objective == pytest.approx(10 + 20 / 1.1 - worth / 1.1**3)
    assert seen(plan, "Cash", "discounted", line="terminal_value") == [
        (pytest.approx(-worth / 1.331, abs=1e-5),)
    ]


def test_units_are_worth_nothing_once_their_life_is_over_nor_are_rented_ones():
    # A life of 3 years from 2027 ends with the plan: no value. From 2028 on: 10 × 0.8².
    made = {"Demand": ONE, "terminal_value": "yes"}
    life = KEEPS.replace("10, 20%", "3, 20%")
    plan = solved(book(**made, Chips=life))
    assert plan.objective == pytest.approx(10)
    plan = solved(book(**made | {"Demand": "workload, 2027, 2028, 2029\nW, 0, 1, 1"}, Chips=life))
    assert plan.objective == pytest.approx(10 - 6.4)
    plan = solved(
        book(**made, Chips=KEEPS, Offers=f"{HEAD}, term_months\nO, C, Nord, lease, 1, 60")
    )
    assert plan.objective == pytest.approx(36)


def test_the_value_at_the_end_is_net_of_price_cuts():
    # Bought at 10 less 20 % in 2027: 8, of which 0.8³ is left.
    made = {
        "Chips": KEEPS,
        "Demand": ONE,
        "Contracts": "contract, seller, signing, price_cut_pct\nK, Nord, signed, 20%",
        "terminal_value": "yes",
    }
    assert solved(book(**made)).objective == pytest.approx(8 - 8 * 0.8**3)


def test_sold_units_take_their_value_at_the_end_with_them():
    # Two units; one is needed in 2027 only, and its hosting of 4 a year makes the plan sell it in
    # 2028 at 60 % × 0.8 × 10 = 4.8. Both were bought at 8, as the optional contract is free.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, value_loss_per_year, resale_pct\n"
            "C, Nord, 10, 20%, 60%",
            Demand="workload, 2027, 2028, 2029\nW, 2, 1, 1",
            Offers=f"{HEAD}, max_order\nO, C, Nord, buy, 10, 9",
            Sites="site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 4",
            Contracts="contract, seller, signing, price_cut_pct\nK, Nord, optional, 20%",
            terminal_value="yes",
        )
    )
    # market price: 10 less the 20 % that could apply = 8; 60 % × 0.8 × 8 = 3.84
    assert cash(plan, "resale") == {"2028": pytest.approx(-3.84)}
    assert cash(plan, "terminal_value") == {"2029": pytest.approx(-8 * 0.8**3)}
    assert plan.objective == pytest.approx(16 + 4 * 4 - 3.84 - 8 * 0.8**3)


# ten units that nobody needs, each at a hosting of 100 a year: all are sold at once
IDLE = {
    "Chips": "chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 0%, 100%",
    "Fleet": "chip, site, units, in_service_since\nC, Hall, 10, 2026",
    "Sites": "site, power_mw, pue, energy_price, hosting_cost\nHall, 1000, 1, 0, 100",
    "Demand": "workload, 2027, 2028\nW, 0, 0",
    "periods": 2,
}


def test_a_sale_never_brings_less_than_nothing():
    # two cuts of 60 % that never meet come to 120 % together
    cuts = "A, Nord, signed, 2027, 2027, 60%\nB, Nord, signed, 2028, 2028, 60%"
    contracts = f"contract, seller, signing, from, to, price_cut_pct\n{cuts}"
    plan = solved(book(**IDLE, Contracts=contracts))
    assert plan.objective == 0.0
    assert not failing(plan)


@pytest.mark.parametrize(
    ("closed", "price"),
    [
        ("O, C, Nord, buy, 10, 2020,\nP, C, Sud, buy, 3, , 2024", 10),
        ("O, C, Nord, buy, 10, ,\nP, C, Sud, buy, 3, , 2020", 3),  # O has never been open
    ],
)
def test_a_sale_goes_by_the_offer_open_last_before_the_plan_too(closed, price):
    # O is withdrawn from the plan's start on; P closed before it
    plan = solved(
        book(
            **IDLE,
            Offers=f"{HEAD}, first_order, last_order\n{closed}",
            Scenarios="scenario, probability\nS, 100%",
            Scenario_changes="scenario, sheet, item, operation\nS, Offers, O, remove",
        )
    )
    assert cash(plan, "resale") == {"2027": -10.0 * price}
    assert not failing(plan)


def test_what_was_prepaid_on_orders_that_arrive_later_is_kept():
    # A committed order of 2029 arrives in 2030: 30 % of 10 × 5 units is paid in 2029 and credited;
    # of one of 2028 at lead time 2 that was prepaid in full before the plan, all of it.
    plan = solved(
        book(
            Chips=KEEPS,
            Offers=f"{HEAD}, lead_time, pay_on_order_pct\nO, C, Nord, buy, 10, 1, 30%\n"
            "P, C, Nord, buy, 10, 2, 0",
            Committed_orders="offer, order_period, units, site, unit_price, paid_pct\n"
            "O, 2029, 5, Hall, , \nP, 2028, 2, Hall, 7, 100%",
            discount_rate=0.1,
            terminal_value="yes",
        )
    )
    assert cash(plan, "chip_purchases") == {"2029": 15}
    assert cash(plan, "terminal_value") == {"2029": -(15 + 14)}
    assert plan.objective == pytest.approx(15 / 1.21 - 29 / 1.331)


def test_rebates_take_back_their_share_of_the_value_at_the_end():
    # 10 units at 10, a rebate of 20 % on all: 20. The latest order of the window keeps 0.8¹ of its
    # price at the end, so 20 × 0.8 of the units' value is taken back.
    plan = solved(
        book(
            Chips=KEEPS,
            Demand="workload, 2027, 2028, 2029\nW, 10, 10, 10",
            Discounts="discount, seller, basis, window, kind, threshold, discount_pct\n"
            "T, Nord, units, plan, all_units, 5, 20%",
            terminal_value="yes",
        )
    )
    assert cash(plan, "discounts") == {"2029": -20}
    assert cash(plan, "terminal_value") == {"2029": pytest.approx(-(100 * 0.8**3 - 20 * 0.8))}


def test_without_terminal_value_nothing_is_credited():
    plan = solved(book(Chips=KEEPS, Demand=ONE))
    assert cash(plan, "terminal_value") == {}
    assert plan.objective == pytest.approx(10)


def test_the_cash_lines_add_up_to_the_objective():
    # Every line that this book fills, discounted, is the objective; Scenario costs say the same.
    plan = solved(
        book(
            Chips=KEEPS.replace("20%", "20%, 30%, 5").replace(
                "value_loss_per_year", "value_loss_per_year, resale_pct, upkeep_per_unit_year"
            ),
            Offers=f"{HEAD}, order_fee, setup_cost\nO, C, Nord, buy, 10, 1, 2",
            Workloads="workload, unmet_penalty, defer_periods, defer_cost\nW, 40, 1, 0.1",
            Demand="workload, 2027, 2028, 2029\nW, 5, 2, 8",
            discount_rate=0.08,
            cash_timing="mid",
            terminal_value="yes",
        )
    )
    lines = seen(plan, "Cash", "line", "discounted")
    assert sum(amount for _, amount in lines) == pytest.approx(plan.objective)
    assert seen(plan, "Scenario costs", "total") == [(pytest.approx(plan.objective, abs=1e-5),)]
    assert {"chip_purchases", "order_fees", "setup", "upkeep", "terminal_value"} <= {
        line for line, _ in lines
    }
