"""Price cuts under contracts and cumulative discounts: what an order is charged."""

from __future__ import annotations

import pytest

from tests.conftest import states
from tests.rooms.by_hand import (
    TWO_OFFERS,
    book,
    bought,
    cost,
    events,
    line,
    model_of,
    plan_of,
    row,
)

BREAKS = """
    discount, seller, basis, window, kind, threshold, discount_pct
    Learning, Nord, units, plan, cumulative, 10, 10%
    Learning, Nord, units, plan, cumulative, 20, 25%
"""
RISING = "workload, 2027, 2028, 2029 \n W, {}, {}, {}"


def three_years(first: int, second: int, third: int, **sheets: str) -> dict:
    """Demand that asks for so many units by year, under the price breaks."""
    return book(3, Demand=RISING.format(first, second, third), **{"Discounts": BREAKS, **sheets})


# --------------------------------------------------------------------------- price cuts
def test_a_cut_of_a_signed_contract_is_taken_off_every_order_while_it_is_in_force():
    # 2027: 4 × 100; 2028 to 2029, from … to: 3 × 90 + 2 × 90; in all 400 + 270 + 180 = 850
    contracts = """
        contract, seller, signing, from, to, basis, price_cut_pct
        Frame, Nord, signed, 2028, 2029, spend, 10%
    """
    plan = plan_of(book(3, Demand=RISING.format(4, 7, 9), Contracts=contracts))
    assert line(plan, "chip_purchases") == {"2027": 400, "2028": 270, "2029": 180}


def test_cuts_of_several_contracts_add_up():
    # 10 % and 5 % off together: 4 × 85 = 340
    contracts = """
        contract, seller, offer, signing, basis, price_cut_pct
        Frame, Nord, , signed, spend, 10%
        Extra, Nord, O, signed, spend, 5%
    """
    assert cost(book(Demand="workload, 2027 \n W, 4", Contracts=contracts)) == pytest.approx(340)


def test_cuts_and_price_breaks_add_up():
    # 2027: 10 × 95; 2028, after 10 units: 5 × (100 − 5 − 10) = 425; 950 + 425 = 1375
    contracts = "contract, seller, signing, basis, price_cut_pct \n Frame, Nord, signed, spend, 5%"
    plan = plan_of(three_years(10, 15, 15, Contracts=contracts))
    assert line(plan, "chip_purchases") == {"2027": 950, "2028": 425}


def test_a_cut_of_another_sellers_contract_does_not_apply():
    contracts = "contract, seller, signing, basis, price_cut_pct \n Frame, Sud, signed, spend, 10%"
    assert cost(book(Demand="workload, 2027 \n W, 4", Contracts=contracts)) == pytest.approx(400)


@pytest.mark.parametrize(("fee", "expected"), [(39, 399), (41, 400)])
def test_an_optional_contract_is_signed_where_its_cut_is_worth_its_fee(fee, expected):
    # the cut saves 10 % of 400 = 40: signed at a fee of 39 (360 + 39), not at 41
    contracts = f"""
        contract, seller, signing, signing_fee, basis, price_cut_pct
        Frame, Nord, optional, {fee}, spend, 10%
    """
    plan = plan_of(book(Demand="workload, 2027 \n W, 4", Contracts=contracts))
    assert plan.objective == pytest.approx(expected)
    assert bool(events(plan, "signed")) == (fee == 39)


def test_a_cut_lowers_the_rent_of_orders_placed_while_it_is_in_force_over_their_whole_term():
    # one unit rented for two years, ordered 2027 under 10 % off: 2 × 12 × 9 = 216; a second one
    # ordered in 2028, after the contract: 2 × 12 × 10 = 240, of which one year is in the plan: 120
    plan = plan_of(
        book(
            2,
            Offers="""
                offer, chip, seller, acquisition, price, term_months
                O, C, Nord, lease, 10, 24
            """,
            Contracts="""
                contract, seller, signing, from, to, basis, price_cut_pct
                Frame, Nord, signed, 2027, 2027, spend, 10%
            """,
            Demand="workload, 2027, 2028 \n W, 1, 2",
        )
    )
    assert line(plan, "lease_and_cloud") == {"2027": 108, "2028": 108 + 120}


def test_the_plans_end_values_a_unit_at_the_price_paid_net_of_cuts():
    # bought at 90, worth 90 × 0.8 after a year
    sheets = {
        "Chips": "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 20%",
        "Contracts": """
            contract, seller, signing, basis, price_cut_pct
            Frame, Nord, signed, spend, 10%
        """,
        "Demand": "workload, 2027 \n W, 1",
    }
    plan = plan_of(book(settings={"terminal_value": "yes"}, **sheets))
    assert line(plan, "terminal_value") == {"2027": -72}


def test_a_sale_brings_market_value_less_all_that_could_be_taken_off():
    # list 100, 50 % of it on resale, 0.8 of it after a year, less cut 10 %, tier 5 %, break 15 %
    # and another contract's 8 % that is not even signed: 100 × 0.5 × 0.8 × (1 − 0.38) = 24.8
    plan = plan_of(
        book(
            2,
            Chips="""
                chip, vendor, life_years, value_loss_per_year, resale_pct
                C, Nord, 10, 20%, 50%
            """,
            Contracts="""
                contract, seller, signing, signing_fee, basis, price_cut_pct
                Frame, Nord, signed, , spend, 10%
                Dear, Nord, optional, 9999, spend, 8%
            """,
            Discounts="""
                discount, seller, basis, window, kind, threshold, discount_pct
                Volume, Nord, units, plan, all_units, 500, 2%
                Volume, Nord, units, plan, all_units, 900, 5%
                Learning, Nord, units, plan, cumulative, 900, 15%
            """,
            Demand="workload, 2027, 2028 \n W, 1, 0",
        )
    )
    assert line(plan, "resale") == {"2028": -24.8}


# --------------------------------------------------------------------------- price breaks
@pytest.mark.parametrize(
    ("first", "second_year"), [(9, 6 * 100), (10, 5 * 90), (11, 4 * 90), (19, 0), (20, 0)]
)
def test_a_price_break_lowers_later_orders_once_it_is_reached(first, second_year):
    # 15 units by 2028; 10 by the end of 2027 bring 10 % off what is ordered from 2028 on, 9 do not:
    # the order of 2027 is tied by demand, and a tenth unit in advance would cost as much as later
    # (10 × 100 + 5 × 90 = 1450 beats 9 × 100 + 6 × 100 = 1500), so it is capped here
    offers = """
        offer, chip, seller, acquisition, price
        O, C, Nord, buy, 100
    """
    sheets = {"Offers": offers, "Vendors": "vendor, max_units \n Nord, 20"}
    timeline = f"sheet, item, column, 2027, 2028, 2029 \n Vendors, Nord, max_units, {first}, 20, 20"
    wanted = max(first, 15)
    plan = plan_of(three_years(first, wanted, wanted, Timeline=timeline, **sheets))
    assert line(plan, "chip_purchases").get("2028", 0) == second_year


def test_ordering_ahead_to_reach_a_price_break_pays():
    # nine now and six later cost 1500; one ahead costs 10 × 100 + 5 × 90 = 1450;
    # eleven ahead would save no more: 11 × 100 + 4 × 90 = 1460
    plan = plan_of(three_years(9, 15, 15))
    assert bought(plan) == {("O", "2027"): 10, ("O", "2028"): 5}
    assert plan.objective == pytest.approx(1450)


def test_orders_of_the_period_that_reaches_a_break_are_not_yet_cheaper():
    # all 30 at once: the whole of 2027 at list price, although both thresholds lie below
    assert cost(three_years(30, 30, 30)) == pytest.approx(3000)


def test_a_break_on_spend_counts_what_earlier_orders_make_us_pay():
    # 1000 spent by the end of 2027, exactly the threshold: 2028 at 90; then 1450 < 1500: 2029 at 90
    breaks = """
        discount, seller, basis, window, kind, threshold, discount_pct
        Learning, Nord, spend, plan, cumulative, 1000, 10%
        Learning, Nord, spend, plan, cumulative, 1500, 25%
    """
    plan = plan_of(three_years(10, 15, 17, Discounts=breaks))
    # unless one unit more in 2028 (540, 1540 in all) brings 2029's last unit to 75: 1615 < 1630
    assert plan.objective == pytest.approx(1000 + 6 * 90 + 75)


def test_a_break_at_zero_is_reached_from_the_start():
    breaks = """
        discount, seller, basis, window, kind, threshold, discount_pct
        Learning, Nord, units, plan, cumulative, 0, 5%
        Learning, Nord, units, plan, cumulative, 10, 10%
    """
    # 10 × 95 + 5 × 90
    assert cost(three_years(10, 15, 15, Discounts=breaks)) == pytest.approx(1400)


def test_committed_orders_in_the_plan_count_towards_a_break_and_pay_their_own_price():
    # ten committed in 2027 at 70: 700; five more in 2028 at 90
    committed = "offer, order_period, units, unit_price, site \n O, 2027, 10, 70, Hall"
    plan = plan_of(three_years(10, 15, 15, Committed_orders=committed))
    assert line(plan, "chip_purchases") == {"2027": 700, "2028": 450}


def test_committed_orders_before_the_plan_do_not_count_towards_a_break():
    committed = "offer, order_period, units, site \n O, 2026, 10, Hall"
    assert cost(three_years(10, 15, 15, Committed_orders=committed)) == pytest.approx(500)


def test_a_committed_order_whose_site_is_open_counts_once():
    # 9 committed, to stand anywhere, and one more in 2027 reach 10: 2028 at 90
    sheets = {
        "Sites": """
            site, power_mw, pue, energy_price
            Hall, 1000, 1, 0
            Barn, 1000, 1, 0
        """,
        "Committed_orders": "offer, order_period, units \n O, 2027, 9",
    }
    plan = plan_of(three_years(9, 15, 15, **sheets))
    assert line(plan, "chip_purchases") == {"2027": 1000, "2028": 450}


def test_a_break_covers_one_offer_where_it_names_one():
    sheets = {
        **TWO_OFFERS,
        "Offers": """
            offer, chip, seller, acquisition, price, last_order
            O, C, Nord, buy, 100,
            P, K, Nord, buy, 100, 2027
        """,
        "Performance": "chip, workload, throughput \n C, W, 1 \n K, V, 1",
        "Workloads": "workload \n W \n V",
        "Demand": "workload, 2027, 2028, 2029 \n W, 0, 5, 5 \n V, 10, 10, 10",
        "Discounts": """
            discount, seller, offer, basis, window, kind, threshold, discount_pct
            Learning, Nord, O, units, plan, cumulative, 10, 10%
        """,
    }
    # ten of P do not bring O's price down
    assert cost(book(3, **sheets)) == pytest.approx(1500)


def test_a_break_lowers_the_price_at_once_in_spend_and_in_the_value_at_the_end():
    sheets = {
        "Chips": "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 50%",
        "Demand": RISING.format(10, 14, 14),
        "Discounts": BREAKS,
    }
    plan = plan_of(book(3, settings={"terminal_value": "yes"}, **sheets))
    # 10 × 100 × 0.125 + 4 × 90 × 0.25
    assert line(plan, "terminal_value") == {"2029": -(125 + 90)}
    spent = {entry["order_period"]: entry["spend"] for entry in plan.tables["Orders"]}
    assert spent == {"2027": 1000, "2028": pytest.approx(360)}


# --------------------------------------------------------------------------- rows
@states(
    "pricing.a_cut_applies_to_what_is_ordered",
    "pricing.a_cut_applies_where_it_is_in_force",
    "pricing.a_cut_in_force_applies_to_all",
)
def test_a_cut_under_an_optional_contract_is_the_hull_of_a_product():
    contracts = """
        contract, seller, signing, basis, price_cut_pct
        Frame, Nord, optional, spend, 10%
    """
    offers = "offer, chip, seller, acquisition, price, max_order \n O, C, Nord, buy, 100, 8"
    whole = model_of(book(Demand="workload, 2027 \n W, 4", Contracts=contracts, Offers=offers))
    key = ("Frame", "O", 0, "Hall")
    lots, cut, signs = "lots[O,0,Hall]", "cut[Frame,O,0,Hall]", "signs_by[Frame,0]"
    assert row(whole, "pricing", "a_cut_applies_to_what_is_ordered", key) == (
        None,
        {cut: 1, lots: -1},
        0,
    )
    assert row(whole, "pricing", "a_cut_applies_where_it_is_in_force", key[:3]) == (
        None,
        {cut: 1, signs: -8},
        0,
    )
    assert row(whole, "pricing", "a_cut_in_force_applies_to_all", key[:3]) == (
        -8,
        {cut: 1, lots: -1, signs: -8},
        None,
    )


@states("pricing.a_cut_applies_where_it_is_in_force", "pricing.a_cut_in_force_applies_to_all")
def test_the_most_that_a_cut_applies_to_counts_once_for_all_sites():
    contracts = """
        contract, seller, signing, basis, price_cut_pct
        Frame, Nord, optional, spend, 10%
    """
    sites = "site, power_mw, pue, energy_price \n Hall, 9, 1, 0 \n Fjord, 9, 1, 0"
    offers = "offer, chip, seller, acquisition, price, max_order \n O, C, Nord, buy, 100, 8"
    demand = "workload, 2027 \n W, 4"
    whole = model_of(book(Demand=demand, Contracts=contracts, Offers=offers, Sites=sites))
    cuts = {f"cut[Frame,O,0,{site}]": 1 for site in ("Hall", "Fjord")}
    lots = {f"lots[O,0,{site}]": -1 for site in ("Hall", "Fjord")}
    signs, key = {"signs_by[Frame,0]": -8}, ("Frame", "O", 0)
    only = row(whole, "pricing", "a_cut_applies_where_it_is_in_force", key)
    assert only == (None, {**cuts, **signs}, 0)
    all_of = row(whole, "pricing", "a_cut_in_force_applies_to_all", key)
    assert all_of == (-8, {**cuts, **lots, **signs}, None)


@states(
    "pricing.tiers_are_reached_by_what_was_ordered",
    "pricing.a_tier_that_is_reached_is_taken",
    "pricing.tiers_are_reached_in_order",
    "pricing.a_tier_once_reached_stays_so",
)
def test_a_break_in_whole_lots_is_missed_only_by_a_whole_lot():
    # lots of 4, threshold 10: reached from 12, missed at 8; at most 20 a period
    offers = """
        offer, chip, seller, acquisition, price, max_order, lot_size
        O, C, Nord, buy, 100, 20, 4
    """
    whole = model_of(three_years(4, 4, 4, Offers=offers))
    lots, reached = "lots[O,0,Hall]", "reached[Learning,0,1]"
    key = ("Learning", 0, 1)
    # so far ≥ 12 for the first tier and 8 more for the second, all divided by 20
    found = row(whole, "pricing", "tiers_are_reached_by_what_was_ordered", ("Learning", 1))
    assert found == (0, {lots: 0.2, reached: -0.6, "reached[Learning,1,1]": -0.4}, None)
    assert row(whole, "pricing", "a_tier_that_is_reached_is_taken", key) == (
        None,
        {lots: 0.4, reached: -1.2},
        0.8,
    )
    assert row(whole, "pricing", "tiers_are_reached_in_order", ("Learning", 1, 1)) == (
        None,
        {"reached[Learning,1,1]": 1, reached: -1},
        0,
    )
    assert row(whole, "pricing", "a_tier_once_reached_stays_so", ("Learning", 0, 2)) == (
        None,
        {reached: 1, "reached[Learning,0,2]": -1},
        0,
    )
