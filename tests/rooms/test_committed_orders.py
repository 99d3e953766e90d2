"""Committed orders: what is paid, where they stand, what they use up (contract §2, §3.1)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, seen, solved
from tests.rooms.test_orders import offers
from tests.workbook.plans import failing


def committed(*rows: str) -> str:
    """Sheet Committed orders."""
    return "\n".join(["offer, order_period, units, site, unit_price, paid_pct", *rows])


def test_committed_orders_need_no_lots_minimum_window_or_fee_and_their_setup_is_paid():
    # 3 units committed in 2027 although lots are 4, at least 8, only from 2028 on; 7 more are
    # needed in 2029: 2 lots of 4 = 8 units, one fee, no set-up.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 3, 3, 10",
            Offers=offers(
                "lot_size, min_order, first_order, order_fee, setup_cost",
                "O, C, Nord, buy, 10, 4, 8, 2028, 5, 1000",
            ),
            Committed_orders=committed("O, 2027, 3, Hall, ,"),
        )
    )
    assert plan.objective == pytest.approx(30 + 80 + 5)
    assert seen(plan, "Committed units", "order_period", "site", "units", "spend") == [
        ("2027", "Hall", 3, 30)
    ]
    assert cash(plan, "setup") == {}


def test_the_model_chooses_the_site_of_a_committed_order_without_one():
    # Hosting is 1 at Fjord and 2 at Hall, but Fjord has power for 6 of the 10 units only.
    made = {
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 1000",
        "Sites": "site, power_mw, pue, energy_price, hosting_cost\n"
        "Hall, 99, 1, 0, 2\nFjord, 6, 1, 0, 1",
    }
    plan = solved(book(**made, Committed_orders=committed("O, 2027, 10, , ,")))
    assert seen(plan, "Committed units", "site", "units") == [("Fjord", 6), ("Hall", 4)]
    assert cash(plan, "hosting") == {"2027": 14, "2028": 14, "2029": 14}
    plan = solved(book(**made, Committed_orders=committed("O, 2027, 10, Hall, ,")))
    assert cash(plan, "hosting") == {"2027": 20, "2028": 20, "2029": 20}


@pytest.mark.parametrize(
    ("row", "paid"),
    [
        # in the plan: 30 % with the order, the rest on delivery
        ("O, 2027, 10, Hall, ,", {"2027": 30, "2028": 70}),
        ("O, 2027, 10, Hall, 8,", {"2027": 24, "2028": 56}),
        # 20 % paid before the plan: 10 % more with the order; 50 %: nothing with the order
        ("O, 2027, 10, Hall, , 20%", {"2027": 10, "2028": 70}),
        ("O, 2027, 10, Hall, , 50%", {"2028": 50}),
        ("O, 2027, 10, Hall, , 100%", {}),
        # ordered before the plan and delivered in its first period: what was paid is 30 %
        ("O, 2026, 10, Hall, ,", {"2027": 70}),
        ("O, 2026, 10, Hall, , 0%", {"2027": 100}),
        # delivered before the plan: fully paid unless the row says otherwise
        ("O, 2025, 10, Hall, ,", {}),
        ("O, 2025, 10, Hall, , 60%", {"2027": 40}),
        # after the end: only what is due with the order
        ("O, 2029, 10, Hall, ,", {"2029": 30}),
    ],
)
def test_what_a_committed_purchase_still_makes_us_pay(row, paid):
    plan = solved(
        book(
            Offers=offers("lead_time, pay_on_order_pct", "O, C, Nord, buy, 10, 1, 30%"),
            Committed_orders=committed(row),
        )
    )
    assert cash(plan, "chip_purchases") == paid


def test_a_committed_rental_pays_while_in_service_at_its_own_price():
    # 2 units for 18 months from mid-2026 … years: 18 months are 2 years, 2026 and 2027. A quarter
    # was paid before. The cloud needs no site, whatever the row says.
    plan = solved(
        book(
            Offers=offers("term_months", "O, C, Nord, cloud, 10, 18"),
            Committed_orders=committed("O, 2026, 2, Hall, 5, 25%"),
            Sites="site, power_mw, pue, energy_price, hosting_cost\nHall, 1, 1, 9, 9",
            Chips="chip, vendor, life_years, power_kw, upkeep_per_unit_year\nC, Nord, 10, 10000, 9",
        )
    )
    assert plan.objective == pytest.approx(2 * 5 * 12 * 0.75)
    assert seen(plan, "Units in service", "site", "acquisition", "period", "units") == [
        ("", "cloud", "2027", 2)
    ]


def test_the_price_of_a_committed_order_is_the_offers_price_of_that_period():
    # 10 in 2027, growing by 100 % a year: 20 in 2028, and 5 in 2026, of which nothing was paid yet.
    plan = solved(
        book(
            Offers=offers("price_change_per_year, last_order", "O, C, Nord, buy, 10, 100%, 2026"),
            Committed_orders=committed("O, 2026, 1, Hall, , 0%", "O, 2028, 1, Hall, ,"),
        )
    )
    assert cash(plan, "chip_purchases") == {"2027": 5, "2028": 20}
    assert seen(plan, "Committed units", "order_period", "unit_price") == [
        ("2026", 5),
        ("2028", 20),
    ]


def test_extra_supply_lifts_what_committed_orders_have_used_up():
    # 10 a period on offer and 10 more under the contract; 15 are committed: 5 are left, the other
    # 6 units come from Sud. The vendor's own limit of 12 is lifted to 22 by the same units.
    made = {
        "Demand": "workload, 2027, 2028, 2029\nW, 26, 26, 26",
        "Vendors": "vendor, max_units\nNord, 12\nSud,",
        "Offers": offers("max_order", "O, C, Nord, buy, 1, 10", "P, C, Sud, buy, 9,"),
        "Committed_orders": committed("O, 2027, 15, Hall, ,"),
    }
    signed = "contract, seller, signing, extra_supply\nMore, Nord, signed, 10"
    plan = solved(book(**made, Contracts=signed))
    assert seen(plan, "Orders", "offer", "units") == [("O", 5), ("P", 6)]
    plan = solved(book(**made))
    assert seen(plan, "Orders", "offer", "units") == [("P", 11)]


def test_extra_supply_that_committed_orders_use_leaves_the_vendors_limit_to_others():
    # Nord sells 10 in all. 15 of O are committed, 10 of them as O's extra supply, so 5 are left
    # for the other offer N; without the contract, none.
    made = {
        "Demand": "workload, 2027, 2028, 2029\nW, 22, 22, 22",
        "Vendors": "vendor, max_units\nNord, 10\nSud,",
        "Offers": offers(
            "lot_size",
            "O, C, Nord, buy, 9, 1",
            "N, C, Nord, buy, 1, 1",
            "P, C, Sud, buy, 8, 1",
        ),
        "Committed_orders": committed("O, 2027, 15, Hall, ,"),
    }
    signed = "contract, seller, offer, signing, extra_supply\nMore, Nord, O, signed, 10"
    plan = solved(book(**made, Contracts=signed))
    assert seen(plan, "Orders", "offer", "units", order_period="2027") == [("N", 5), ("P", 2)]
    plan = solved(book(**made))
    assert seen(plan, "Orders", "offer", "units", order_period="2027") == [("P", 7)]


def test_a_committed_order_of_no_units_is_nothing():
    # … and asks for no site: the book has none that could take it.
    made = {"Sites": "site, power_mw, pue, energy_price, cooling\nHall, 9, 1, 0, liquid"}
    plan = solved(
        book(
            **made,
            Offers=offers("term_months", "O, C, Nord, buy, 10,", "L, C, Sud, cloud, 1, 12"),
            Committed_orders=committed("O, 2027, 0, , ,"),
        )
    )
    assert plan.objective == pytest.approx(0)
    assert plan.tables["Committed units"] == []


@pytest.mark.parametrize("dated", [2030, 2045])
@pytest.mark.parametrize("site", ["Hall", ""])
@pytest.mark.parametrize("offer", ["O", "L", "K"])
def test_a_committed_order_dated_after_the_plan_is_not_used(dated, site, offer):
    # The plan is that of a book without the row: 5 units at 10 and a set-up of 7, which an order
    # of later does not pay; at the end 5 × 10 × 0.9^3 are left, and nothing of what was prepaid.
    chips = "chip, vendor, life_years, value_loss_per_year\nC, Nord, 10, 10%"
    sold = (
        "O, C, Nord, buy, 10, , 7",
        "L, C, Nord, lease, 90, 24, 7",
        "K, C, Sud, cloud, 90, 12, 7",
    )
    place = "" if offer == "K" else site
    plan = solved(
        book(
            terminal_value="yes",
            Chips=chips,
            Demand="workload, 2027, 2028, 2029\nW, 5, 5, 5",
            Offers=offers("term_months, setup_cost", *sold),
            Committed_orders=committed(f"{offer}, {dated}, 8, {place}, , 50%"),
            Custom_rules="rule, quantity, dimension, member, coefficient, sense, limit\n"
            "R, order_units, chip, C, 1, <=, 5",
        )
    )
    assert plan.objective == pytest.approx(50 + 7 - 50 * 0.9**3)
    assert plan.tables["Committed units"] == []
    assert not failing(plan)


@pytest.mark.parametrize(("units", "setup"), [(0, {"2028": 1000}), (1, {})])
@pytest.mark.parametrize("dated", [2026, 2027])
def test_a_committed_order_of_no_units_pays_no_setup(dated, units, setup):
    # 5 units are needed from 2028 on, when the offer opens; its set-up is 1,000, paid with the
    # first order: a row of 0 units is none
    plan = solved(
        book(
            Offers=offers("setup_cost, first_order", "O, C, Nord, buy, 10, 1000, 2028"),
            Committed_orders=committed(f"O, {dated}, {units}, Hall, , 100%"),
            Demand="workload, 2027, 2028, 2029\nW, 0, 5, 5",
        )
    )
    assert cash(plan, "setup") == setup
    assert plan.objective == pytest.approx(10 * (5 - units) + sum(setup.values()))
    assert not failing(plan)
