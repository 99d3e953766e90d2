"""Orders: lots, limits, fees, set-up, lead times, windows (contract §2, §3.1)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states

HEAD = "offer, chip, seller, acquisition, price"
TEN = "workload, 2027, 2028, 2029\nW, 10, 10, 10"
LATER = "workload, 2027, 2028, 2029\nW, 0, 10, 10"


def offers(columns: str, *rows: str) -> str:
    """Sheet Offers: the required columns, more columns, and rows of both."""
    return "\n".join([f"{HEAD}, {columns}", *rows])


@states(
    "orders.an_order_stays_within_what_is_on_offer",
    "orders.an_order_is_at_least_the_minimum",
    "orders.an_order_is_preceded_by_its_setup",
    "orders.a_setup_comes_with_an_order",
    "orders.sets_up_as_steps_say",
)
def test_rows_that_tie_how_much_to_whether():
    made = book(
        Sites="site, power_mw, pue, energy_price\nHall, 9, 1, 0\nFjord, 9, 1, 0",
        Demand=TEN,
        Offers=offers(
            "lot_size, min_order, max_order, order_fee, setup_cost",
            "O, C, Nord, buy, 10, 4, 9, 22, 5, 100",
            "P, C, Sud, buy, 10, 8, , , , 100",
        ),
    )
    # lots of 4: at least 9 is at least 12 units, at most 22 is at most 20
    most = stated(made, "orders.an_order_stays_within_what_is_on_offer")
    assert most["O", 1] == (
        None,
        {
            "orders.lots[O,1,Hall]": 4,
            "orders.lots[O,1,Fjord]": 4,
            "orders.places_order[O,1]": -20,
        },
        0,
    )
    least = stated(made, "orders.an_order_is_at_least_the_minimum")
    assert least["O", 1] == (
        0,
        {
            "orders.lots[O,1,Hall]": 4,
            "orders.lots[O,1,Fjord]": 4,
            "orders.places_order[O,1]": -12,
        },
        None,
    )
    # an order is preceded by the set-up: of O by its flag, of P (no fee, no minimum) by its units
    before = stated(made, "orders.an_order_is_preceded_by_its_setup")
    assert before["O", 1] == (
        None,
        {"orders.places_order[O,1]": 1, "orders.sets_up_by[O,1]": -1},
        0,
    )
    # P has no limit: twice the peak demand and a lot, 2 · 10 + 8 = 28, is 24 in lots of 8
    assert before["P", 0] == (
        None,
        {"orders.lots[P,0,Hall]": 8, "orders.lots[P,0,Fjord]": 8, "orders.sets_up_by[P,0]": -24},
        0,
    )
    real = stated(made, "orders.a_setup_comes_with_an_order")
    assert real["O", 2] == (None, {"orders.sets_up[O,2]": 1, "orders.places_order[O,2]": -1}, 0)
    assert real["P", 2] == (
        None,
        {"orders.sets_up[P,2]": 8, "orders.lots[P,2,Hall]": -8, "orders.lots[P,2,Fjord]": -8},
        0,
    )
    once = stated(made, "orders.sets_up_as_steps_say")
    by = "orders.sets_up_by[O,{}]"
    assert once["O", 0] == (0, {"orders.sets_up[O,0]": 1, by.format(0): -1}, 0)
    assert once["O", 1] == (0, {"orders.sets_up[O,1]": 1, by.format(1): -1, by.format(0): 1}, 0)


@states(
    "orders.an_offer_sells_no_more_than_it_has",
    "orders.an_offer_stays_within_its_total",
    "orders.a_vendor_sells_no_more_than_it_has",
    "orders.extra_supply_is_ordered",
    "orders.extra_supply_comes_with_its_contract",
)
def test_rows_of_limits_with_committed_orders_and_extra_supply():
    made = book(
        Demand=TEN,
        Vendors="vendor, max_units\nNord, 50\nSud,",
        Offers=offers(
            "lot_size, max_order, total_limit",
            "O, C, Nord, buy, 10, 0, 30, 80",
            "P, C, Nord, buy, 10, 1, ,",
        ),
        Committed_orders="offer, order_period, units, site\nO, 2028, 12, Hall\nO, 2026, 7, Hall",
        Contracts="contract, seller, signing, extra_supply\nMore, Nord, optional, 25",
    )
    x, more = "orders.amount[O,1,Hall]", "orders.extra[More,O,1]"
    # the committed 12 of 2028 use up limits, the 7 of before the plan do not
    assert stated(made, "orders.an_offer_sells_no_more_than_it_has")["O", 1] == (
        None,
        {x: 1, more: -1},
        30 - 12,
    )
    assert stated(made, "orders.an_offer_stays_within_its_total")["O"] == (
        None,
        {f"orders.amount[O,{at},Hall]": 1 for at in range(3)},
        80 - 12,
    )
    assert stated(made, "orders.a_vendor_sells_no_more_than_it_has")["Nord", 1, ""] == (
        None,
        {x: 1, "orders.lots[P,1,Hall]": 1, more: -1, "orders.extra[More,P,1]": -1},
        50 - 12,
    )
    assert stated(made, "orders.extra_supply_is_ordered")["O", 1] == (None, {more: 1, x: -1}, 12)
    assert stated(made, "orders.extra_supply_comes_with_its_contract")["More", 1] == (
        None,
        {
            more: 1,
            "orders.extra[More,P,1]": 1,
            "signing.signs_by[More,1]": -25,
        },
        0,
    )


def test_orders_are_whole_lots_unless_divisible():
    # 10 units in lots of 4 are 12 units: 120; divisible they are exactly 10: 100.
    made = {"Demand": TEN}
    plan = solved(book(**made, Offers=offers("lot_size", "O, C, Nord, buy, 10, 4")))
    assert seen(plan, "Orders", "units", "lots", "spend") == [(12, 3, 120)]
    half = made | {"Demand": "workload, 2027, 2028, 2029\nW, 9.5, 9.5, 9.5"}
    plan = solved(book(**half, Offers=offers("lot_size", "O, C, Nord, buy, 10, 0")))
    assert seen(plan, "Orders", "units", "lots", "spend") == [(9.5, None, 95)]
    # the default is lots of one
    assert solved(book(**half)).objective == pytest.approx(100)


def test_a_lot_goes_to_one_site():
    # Two sites of 5 units' power each and lots of 4: one lot each, so 10 units cannot stand, 8 can.
    made = {
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 1000",
        "Sites": "site, power_mw, pue, energy_price\nHall, 5, 1, 0\nFjord, 5, 1, 0",
        "Offers": offers("lot_size", "O, C, Nord, buy, 10, 4"),
    }
    assert impossible(book(**made, Demand=TEN))
    plan = solved(book(**made, Demand="workload, 2027, 2028, 2029\nW, 8, 8, 8"))
    assert seen(plan, "Orders", "site", "units") == [("Fjord", 4), ("Hall", 4)]


def test_min_order_holds_if_anything_is_ordered_in_a_period():
    # 5 more each year at 10, then 5, then 2.5. At least 8 units a period: 8 in 2027 serve that year
    # but not 2028; 8 more in 2028 serve the rest: 80 + 40. All 10 in 2027 and 8 in 2029: 100 + 20,
    # which a host's 1 a unit and year makes dearer: 10 + 10 + 18 instead of 8 + 16 + 16 is 2 less.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 5, 10, 15",
            Offers=offers("min_order, price_change_per_year", "O, C, Nord, buy, 10, 8, -50%"),
            Sites="site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 1",
        )
    )
    assert seen(plan, "Orders", "order_period", "units") == [("2027", 10), ("2029", 8)]
    assert plan.objective == pytest.approx(100 + 20 + 38)


def test_max_order_total_limit_and_vendor_supply_push_orders_to_the_dear_offer():
    # 10 units wanted at once. O at 1 sells 6 a period, N at 2 sells within Nord's 8, the rest at 9.
    rows = ("O, C, Nord, buy, 1, 6,", "N, C, Nord, buy, 2, , 1", "P, C, Sud, buy, 9, ,")
    made = {"Demand": TEN, "Offers": offers("max_order, total_limit", *rows)}
    plan = solved(book(**made, Vendors="vendor, max_units\nNord, 8\nSud,"))
    assert seen(plan, "Orders", "offer", "units") == [("N", 1), ("O", 6), ("P", 3)]
    assert plan.objective == pytest.approx(6 + 2 + 27)
    # `none` in Timeline takes both limits away
    plan = solved(
        book(
            **made,
            Vendors="vendor, max_units\nNord, 8\nSud,",
            Timeline="sheet, item, column, 2027, 2028, 2029\n"
            "Offers, O, max_order, none, , \nVendors, Nord, max_units, none, , ",
        )
    )
    assert plan.objective == pytest.approx(10)


def test_a_vendor_sells_to_one_customer_only_so_much_in_a_fiscal_year():
    # 40 of money buys 4 units at 10 in 2027; the other 6 come from Sud at 12.
    plan = solved(
        book(
            Demand=TEN,
            Vendors="vendor, max_spend_per_fiscal_year\nNord, 40\nSud,",
            Offers=offers("lot_size", "O, C, Nord, buy, 10, 1", "P, C, Sud, buy, 12, 1"),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 4), ("P", 6)]


@states("orders.a_vendor_sells_for_no_more_than_it_may")
def test_rows_of_the_limit_on_spend_count_the_whole_fiscal_year():
    # Half-years; the fiscal year begins in July, so 2027H1 shares FY2027 with 2026H2 before it.
    made = book(
        first_period="2027H1",
        months_per_period=6,
        fiscal_year_start_month=7,
        Demand="workload, 2027H1, 2027H2, 2028H1\nW, 1, 1, 1",
        Vendors="vendor, max_spend_per_fiscal_year\nNord, 1000\nSud,",
        Offers=offers(
            "lead_time, term_months, pay_on_order_pct",
            "O, C, Nord, buy, 10, 0, , 30%",
            "L, C, Nord, lease, 2, 1, 6,",
        ),
        Committed_orders="offer, order_period, units, site, unit_price, paid_pct\n"
        "O, 2026H2, 20, Hall, 11,\nO, 2026H1, 99, Hall, 11,\nO, 2027H1, 5, , , 50%",
    )
    found = stated(made, "orders.a_vendor_sells_for_no_more_than_it_may")
    # rows are scaled so that the largest coefficient is 1: a lease's 2 · 6 months = 12
    # FY2027: 1000 − 20 · 11 − 5 · 10, what was paid before the plan included
    assert found["Nord", "FY2027"] == (
        None,
        {"orders.lots[O,0,Hall]": 10 / 12, "orders.lots[L,0,Hall]": 1},
        pytest.approx((1000 - 220 - 50) / 12),
    )
    # a lease ordered in the last period would arrive after the end: it is not made
    assert found["Nord", "FY2028"] == (
        None,
        {
            "orders.lots[O,1,Hall]": 10 / 12,
            "orders.lots[O,2,Hall]": 10 / 12,
            "orders.lots[L,1,Hall]": 1,
        },
        pytest.approx(1000 / 12),
    )


def test_the_order_fee_is_paid_in_each_period_with_an_order_over_all_sites():
    # 5 more each year, hosting 1 a unit and year. All 15 at once: one fee and 45 of hosting; in two
    # orders: two fees and 35; in three: three fees and 30.
    made = {
        "Demand": "workload, 2027, 2028, 2029\nW, 5, 10, 15",
        "Sites": "site, power_mw, pue, energy_price, hosting_cost\n"
        "Hall, 9, 1, 0, 1\nFjord, 9, 1, 0, 1",
    }
    once = solved(book(**made, Offers=offers("order_fee", "O, C, Nord, buy, 0, 16")))
    assert cash(once, "order_fees") == {"2027": 16}
    assert once.objective == pytest.approx(16 + 45)
    twice = solved(book(**made, Offers=offers("order_fee", "O, C, Nord, buy, 0, 8")))
    assert twice.objective == pytest.approx(8 + 8 + 35)
    # the fee may vary over time: nothing in 2028 and 2029
    free = solved(
        book(
            **made,
            Offers=offers("order_fee", "O, C, Nord, buy, 0, 12"),
            Timeline="sheet, item, column, 2027, 2028, 2029\nOffers, O, order_fee, , 0, 0",
        )
    )
    assert cash(free, "order_fees") == {"2027": 12}
    assert free.objective == pytest.approx(12 + 5 + 10 + 15)


def test_setup_is_paid_once_with_the_first_order():
    # Set-up 50 in 2028, with the first order; 100 % discounting: 50/2 + 5·10/2 + 5·10/4.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 0, 5, 10",
            Offers=offers("setup_cost", "O, C, Nord, buy, 10, 50"),
            discount_rate=1,
        )
    )
    assert cash(plan, "setup") == {"2028": 50}
    assert plan.objective == pytest.approx(25 + 25 + 12.5)
    # of two offers only one is set up, though the other is a little cheaper for the last units
    plan = solved(
        book(
            Demand=TEN,
            Offers=offers(
                "lot_size, max_order, setup_cost",
                "O, C, Nord, buy, 10, 0, , 50",
                "P, C, Sud, buy, 9, 0, 4, 50",
            ),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 10)]
    assert plan.objective == pytest.approx(150)


def test_orders_lie_in_their_window_and_arrive_their_lead_time_later():
    # 10 units needed in 2029; O opens in 2028 and takes a year; P arrives at once but costs 30.
    made = {
        "Demand": "workload, 2027, 2028, 2029\nW, 0, 3, 10",
        "Offers": offers(
            "first_order, last_order, lead_time",
            "O, C, Nord, buy, 10, 2028, , 1",
            "P, C, Sud, buy, 30, 2028, 2028, 0",
        ),
    }
    plan = solved(book(**made))
    assert seen(plan, "Orders", "offer", "order_period", "delivery_period", "units") == [
        ("O", "2028", "2029", 7),
        ("P", "2028", "2028", 3),
    ]
    # nothing serves before it arrives
    assert seen(plan, "Units in service", "period", "units") == [("2028", 3), ("2029", 10)]
    # without P, the 3 units of 2028 cannot be had
    alone = offers("first_order, last_order, lead_time", "O, C, Nord, buy, 10, 2028, , 1")
    assert impossible(book(**made | {"Offers": alone}))


def test_an_order_that_would_arrive_after_the_end_has_no_variable():
    made = book(Offers=offers("lead_time, order_fee", "O, C, Nord, buy, 10, 2, 1"))
    rows = stated(made, "orders.an_order_stays_within_what_is_on_offer")
    assert list(rows) == [("O", 0)]


def test_buying_more_than_needed_is_allowed():
    # A rule asks for 7 units of C though nobody needs any: they stand idle.
    plan = solved(
        book(
            Custom_rules="rule, quantity, coefficient, sense, limit\nR, order_units, 1, >=, 7",
        )
    )
    assert seen(plan, "Orders", "units") == [(7,)]
    assert plan.tables["Usage"] == []


def test_what_has_no_limit_is_bounded_by_the_whole_book_and_refused_when_it_pays():
    # A unit that is paid for being bought (revenue of a rule's penalty cannot do it; a deal can).
    from chipfolio.errors import PlanError

    made = book(
        Demand=TEN,
        Chips="chip, vendor, life_years, value_loss_per_year\nC, Nord, 10, 0",
        Offers=offers("price_change_per_year", "O, C, Nord, buy, 10, -50%"),
        terminal_value="yes",
        discount_rate=0,
        Software=None,
        Deals="deal, vendor, signing\nD, Nord, signed",
        Deal_milestones="deal, milestone, measure, threshold, value, kind\n"
        "D, M, cumulative_units, 5, 1, cash",
    )
    # price 10 and worth 10 at the end: idle units cost nothing, so some plan is found and kept
    assert solved(made).objective == pytest.approx(-1)
    cheaper = book(
        Demand=TEN,
        Chips="chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 0, 100%",
        Offers=offers("price_change_per_year", "O, C, Nord, buy, 10, 50%"),
        terminal_value="yes",
    )
    # bought at 10 and sold at 15: without a limit nobody would stop
    with pytest.raises(PlanError, match="offer 'O' has no limit"):
        solved(cheaper)


def test_an_order_needs_its_quota_when_it_arrives():
    # 40 are needed from 2028 on; 50 at least are ordered in 2027 and come in 2028, when the quota
    # of 10 is one of 100: 50 × 10
    plan = solved(
        book(
            Offers=offers(
                "lead_time, last_order, min_order, max_in_service",
                "O, C, Nord, buy, 10, 1, 2027, 50, 10",
            ),
            Timeline="sheet, item, column, 2028, 2029\nOffers, O, max_in_service, 100, 100",
            Demand="workload, 2027, 2028, 2029\nW, 0, 40, 40",
        )
    )
    assert plan.objective == pytest.approx(500)
