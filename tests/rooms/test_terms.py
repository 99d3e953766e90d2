"""Terms: volume discounts of every kind."""

from __future__ import annotations

import pytest

from tests.conftest import states
from tests.rooms.by_hand import (
    COMMITTED,
    FREE,
    LOOSE,
    ONLY,
    TWO_OFFERS,
    book,
    bought,
    cost,
    demand,
    line,
    model_of,
    plan_of,
    quarters,
    relaxed,
    row,
)

# Nothing from 20 units on 10 %, from 50 on 20 %
TIERS = """
    discount, seller, basis, window, kind, threshold, discount_pct
    Volume, Nord, {basis}, {window}, {kind}, {first}, 10%
    Volume, Nord, {basis}, {window}, {kind}, {second}, 20%
"""


def tiers(kind: str, basis: str = "units", window: str = "period", offer: str = "") -> str:
    """Two tiers, at 20 and 50 units or at what these cost."""
    each = 1 if basis == "units" else 100
    text = TIERS.format(kind=kind, basis=basis, window=window, first=20 * each, second=50 * each)
    if offer:
        text = text.replace("seller,", "seller, offer,").replace("Nord,", f"Nord, {offer},")
    return text


# --------------------------------------------------------------------------- all units
@pytest.mark.parametrize("basis", ["units", "spend"])
@pytest.mark.parametrize(
    ("units", "rebate"),
    [(1, 0), (17, 0), (19, 0), (20, 200), (21, 210), (49, 490), (50, 1000), (51, 1020)],
)
def test_the_tier_reached_takes_its_discount_off_everything(units, rebate, basis):
    # as many as are on offer are asked for: none more can be bought to reach a tier
    sheets = {"Discounts": tiers("all_units", basis), "Offers": ONLY.format(units)}
    plan = plan_of(book(Demand=demand(units), **sheets))
    assert line(plan, "chip_purchases") == {"2027": 100 * units}
    assert line(plan, "discounts").get("2027", 0) == -rebate


@pytest.mark.parametrize(
    ("units", "best"), [(17, 17), (18, 18), (19, 20), (44, 44), (45, 50), (46, 50), (50, 50)]
)
def test_fifty_units_are_cheaper_than_forty_six(units, best):
    # 50 cost 50 × 80 = 4000; 46 cost 46 × 90 = 4140; 44 cost 3960; 45 cost 4050
    # 20 cost 1800, as much as 18; 19 cost 1900
    plan = plan_of(book(Demand=demand(units), Discounts=tiers("all_units")))
    each = 100 if best < 20 else 90 if best < 50 else 80
    assert plan.objective == pytest.approx(best * each)


@pytest.mark.parametrize("basis", ["units", "spend"])
def test_a_rebate_is_paid_in_the_last_period_of_its_window(basis):
    # 12 in the first quarter and 10 more in the third reach 20 in the year: 220 in the fourth;
    # one more in 2028 is too late to count, and too few for a tier of its own
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1 \n W, 12, 12, 22, 22, 23",
        "Timeline": """
            sheet, item, column, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1
            Offers, O, max_order, 12, 0, 10, 0, 1
        """,
        "Discounts": tiers("all_units", basis, "fiscal_year"),
    }
    plan = plan_of(quarters(5, **sheets))
    assert line(plan, "discounts") == {"2027Q4": -220}


def test_a_window_over_the_plan_counts_all_its_orders():
    # 12 + 12 = 24 reach 20 over the plan, not in a year
    sheets = {"Demand": demand(12, 24), "Offers": ONLY.format(12)}
    for window, expected in (("plan", 2160), ("period", 2400), ("fiscal_year", 2400)):
        terms = tiers("all_units", window=window)
        assert cost(book(2, Discounts=terms, **sheets)) == pytest.approx(expected)


def test_offers_of_different_prices_share_a_scheme_of_their_seller():
    # 12 of O and 8 of P (at 50): 20 units, 10 % off 1200 + 400
    sheets = {
        **TWO_OFFERS,
        "Offers": """
            offer, chip, seller, acquisition, price
            O, C, Nord, buy, 100
            P, K, Nord, buy, 50
        """,
        "Performance": "chip, workload, throughput \n C, W, 1 \n K, V, 1",
        "Workloads": "workload \n W \n V",
        "Demand": "workload, 2027 \n W, 12 \n V, 8",
    }
    assert cost(book(Discounts=tiers("all_units"), **sheets)) == pytest.approx(1440)


def test_the_cheapest_unit_is_bought_to_reach_a_tier_of_a_whole_range():
    # 19 of O at 100; one idle P at 50 reaches 20: 10 % off 1950 = 1755 beats 20 × 90 = 1800
    sheets = {
        **TWO_OFFERS,
        "Offers": """
            offer, chip, seller, acquisition, price
            O, C, Nord, buy, 100
            P, K, Nord, buy, 50
        """,
        "Performance": "chip, workload, throughput \n C, W, 1",
        "Demand": demand(19),
        "Discounts": tiers("all_units"),
    }
    plan = plan_of(book(**sheets))
    assert bought(plan) == {("O", "2027"): 19, ("P", "2027"): 1}
    assert plan.objective == pytest.approx(1755)


@pytest.mark.parametrize(("quantity", "total"), [(5, 450), (19, 1710), (20, 1600), (30, 2400)])
def test_units_are_counted_whole_while_cuts_lower_what_the_tier_is_on(quantity, total):
    # a cut of 10 % and, from 20 units (not 20 × 100 of spend), 10 % of 90 a unit off as well …
    contracts = "contract, seller, signing, basis, price_cut_pct \n Frame, Nord, signed, spend, 10%"
    sheets = {"Contracts": contracts, "Offers": ONLY.format(quantity)}
    terms = """
        discount, seller, basis, window, kind, threshold, discount_pct
        Volume, Nord, units, period, all_units, 20, {}
    """
    # … written as 11.11 % of 90 = 10, so that a unit costs 80
    plan = plan_of(book(Demand=demand(quantity), Discounts=terms.format(1 / 9), **sheets))
    assert plan.objective == pytest.approx(total)


def test_spend_is_counted_net_of_cuts():
    # 20 units cost 1800 after the cut of 10 %: under the threshold of 2000; 23 come to 2070:
    # 10 % of it back, 1863; demanded are 22, 1980 without and 1863 with one more
    contracts = "contract, seller, signing, basis, price_cut_pct \n Frame, Nord, signed, spend, 10%"
    terms = tiers("all_units", "spend")
    assert cost(
        book(Demand=demand(20), Contracts=contracts, Discounts=terms, Offers=ONLY.format(20))
    ) == pytest.approx(1800)
    plan = plan_of(book(Demand=demand(22), Contracts=contracts, Discounts=terms))
    assert bought(plan) == {("O", "2027"): 23}
    assert plan.objective == pytest.approx(1863)


def test_an_optional_contracts_cut_and_a_tier_act_on_each_other():
    # the contract (fee 150) takes 10 % off, the tier 10 % of what is left from 20 units:
    # 20 units cost 2000, less 200 = 1800, less 10 % = 1620; + 150 = 1770 against 1800 without
    contracts = """
        contract, seller, signing, signing_fee, basis, price_cut_pct
        Frame, Nord, optional, 150, spend, 10%
    """
    plan = plan_of(
        book(
            Demand=demand(20),
            Contracts=contracts,
            Discounts=tiers("all_units"),
            Offers=ONLY.format(20),
        )
    )
    assert plan.objective == pytest.approx(1770)


# --------------------------------------------------------------------------- incremental
@pytest.mark.parametrize("basis", ["units", "spend"])
@pytest.mark.parametrize(
    ("units", "rebate"),
    [(19, 0), (20, 0), (21, 10), (30, 100), (49, 290), (50, 300), (51, 320), (60, 500)],
)
def test_an_incremental_discount_is_on_the_part_above_each_threshold(units, rebate, basis):
    # 10 % of what lies between 20 and 50, 20 % of what lies above
    plan = plan_of(book(Demand=demand(units), Discounts=tiers("incremental", basis)))
    assert line(plan, "discounts").get("2027", 0) == -rebate
    assert plan.objective == pytest.approx(100 * units - rebate)


def test_incremental_units_are_valued_at_the_list_price_of_the_windows_first_period():
    # 20 at 100 in 2027, 10 more at 80 in 2028: 10 units above the threshold are worth 100 each
    offers = """
        offer, chip, seller, acquisition, price, price_change_per_year, max_order
        O, C, Nord, buy, 100, -20%, 20
    """
    sheets = {"Demand": demand(20, 30), "Discounts": tiers("incremental", window="plan")}
    plan = plan_of(book(2, Offers=offers, **sheets))
    assert line(plan, "chip_purchases") == {"2027": 2000, "2028": 800}
    assert line(plan, "discounts") == {"2028": -100}


def test_an_incremental_discount_does_not_make_more_units_cheaper():
    for units in (19, 46, 49):
        plan = plan_of(book(Demand=demand(units), Discounts=tiers("incremental")))
        assert bought(plan) == {("O", "2027"): units}


# --------------------------------------------------------------------------- several schemes
def test_several_schemes_add_up():
    # 25 units: 10 % all units by number and 10 % of the 500 above 2000 by spend: 250 + 50
    schemes = (
        tiers("all_units")
        + """
        Range, Nord, spend, plan, incremental, 2000, 10%
    """
    )
    plan = plan_of(book(Demand=demand(25), Discounts=schemes))
    assert plan.objective == pytest.approx(2500 - 250 - 50)


def test_all_three_kinds_hold_at_once():
    # 2027: 20 at 100, 10 % back = 200. 2028: 10 more at 90 after the break, too few for a tier.
    # Over the plan 2900 spent: 5 % of what is above 2500 = 20
    schemes = (
        tiers("all_units")
        + """
        Learning, Nord, units, plan, cumulative, 20, 10%
        Range, Nord, spend, plan, incremental, 2500, 5%
    """
    )
    plan = plan_of(book(2, Demand=demand(20, 30), Discounts=schemes, Offers=ONLY.format(20)))
    assert line(plan, "chip_purchases") == {"2027": 2000, "2028": 900}
    assert line(plan, "discounts") == {"2027": -200, "2028": -20}


def test_rented_capacity_has_its_tiers_on_what_it_makes_us_pay_in_the_plan():
    # 2 units for two years of which both in the plan: 2 × 12 × 10 × 2 = 480; ordered a year later
    # another one: 120 in the plan. Over the plan 600: 10 % from 500 on
    sheets = {
        "Offers": """
            offer, chip, seller, acquisition, price, term_months, max_order
            O, C, Nord, cloud, 10, 24, 2
        """,
        "Discounts": """
            discount, seller, basis, window, kind, threshold, discount_pct
            Volume, Nord, spend, plan, all_units, 500, 10%
        """,
        "Demand": demand(2, 3),
    }
    plan = plan_of(book(2, **sheets))
    assert plan.objective == pytest.approx(540)


# --------------------------------------------------------------------------- committed orders


def test_committed_orders_count_towards_a_tier_and_get_its_discount():
    # 15 committed at 60 and 5 new at 100 are 20 units: 10 % of 900 + 500
    sheets = {"Committed_orders": COMMITTED.format(2027), "Demand": demand(20)}
    plan = plan_of(book(Discounts=tiers("all_units"), **sheets))
    assert line(plan, "discounts") == {"2027": -140}


def test_a_committed_order_for_any_site_gets_the_discount_too():
    sheets = {
        "Sites": """
            site, power_mw, pue, energy_price
            Hall, 1000, 1, 0
            Barn, 1000, 1, 0
        """,
        "Committed_orders": "offer, order_period, units, unit_price \n O, 2027, 15, 60",
        "Demand": demand(20),
    }
    for kind, basis, rebate in (
        ("all_units", "units", 140),
        ("all_units", "spend", 0),
        ("incremental", "units", 0),
    ):
        plan = plan_of(book(Discounts=tiers(kind, basis), **sheets))
        assert line(plan, "discounts").get("2027", 0) == -rebate


def test_a_fiscal_year_that_began_before_the_plan_counts_what_was_committed_in_it():
    # the fiscal year 2027 begins in 2026Q3: 15 units of 2026Q4 (900, paid) and 5 of 2027Q1 or Q2
    sheets = {
        "Committed_orders": COMMITTED.format("2026Q4"),
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 15, 20, 20",
        "Discounts": tiers("all_units", window="fiscal_year"),
    }
    plan = plan_of(quarters(3, {"fiscal_year_start_month": 7}, **sheets))
    assert line(plan, "discounts") == {"2027Q2": -140}
    # ordered before the fiscal year they do not count
    sheets["Committed_orders"] = COMMITTED.format("2026Q2")
    plan = plan_of(quarters(3, {"fiscal_year_start_month": 7}, **sheets))
    assert line(plan, "discounts") == {}


def test_a_rental_committed_before_the_plan_counts_with_all_its_spend():
    # 5 units for a year from 2026Q4 on: 5 × 10 × 3 × 4 = 600 in all, 450 of it in the plan;
    # the discount of 10 % from 600 on is due on all of it
    sheets = {
        "Offers": """
            offer, chip, seller, acquisition, price, term_months
            O, C, Nord, cloud, 10, 12
        """,
        "Committed_orders": "offer, order_period, units \n O, 2026Q4, 5",
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3 \n W, 5, 5, 5",
        "Discounts": """
            discount, seller, basis, window, kind, threshold, discount_pct
            Volume, Nord, spend, fiscal_year, all_units, 600, 10%
        """,
    }
    plan = plan_of(quarters(3, {"fiscal_year_start_month": 7}, **sheets))
    assert line(plan, "lease_and_cloud") == {"2027Q1": 150, "2027Q2": 150, "2027Q3": 150}
    assert line(plan, "discounts") == {"2027Q2": -60}


# --------------------------------------------------------------------------- value at the end
def test_the_plans_end_takes_back_the_rebates_share_of_what_is_left():
    # 20 units, 80 % of 2000 left after a year, less 80 % of the rebate of 200
    sheets = {
        "Chips": "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 20%",
        "Demand": demand(20),
        "Discounts": tiers("all_units"),
        "Offers": ONLY.format(20),
    }
    plan = plan_of(book(1, {"terminal_value": "yes"}, **sheets))
    assert line(plan, "terminal_value") == {"2027": -(1600 - 160)}


def test_a_rebate_is_taken_back_in_full_where_an_order_can_still_be_to_come():
    # an order of 2028 arrives after the plan if made then; in 2028's window nothing can be ordered,
    # in a window over the plan the last that can is of 2027, worth 64 % at the end of 2028
    sheets = {
        "Chips": "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 20%",
        "Offers": """
            offer, chip, seller, acquisition, price, lead_time, max_order
            O, C, Nord, buy, 100, 1, 20
        """,
        "Demand": "workload, 2027, 2028 \n W, 0, 20",
        "Discounts": tiers("all_units", window="plan"),
    }
    plan = plan_of(book(2, {"terminal_value": "yes"}, **sheets))
    assert line(plan, "terminal_value") == {"2028": -(1600 - 160)}


def test_a_committed_order_still_to_come_sets_what_the_end_takes_back():
    # 15 committed in 2027 arrive after the plan, 10 % paid in advance at 60: 90 still to come;
    # with 5 new ones the tier of 20 is reached: 10 % of 90 + 500 = 59, all of it taken back
    sheets = {
        "Chips": "chip, vendor, life_years, value_loss_per_year \n C, Nord, 10, 20%",
        "Offers": """
            offer, chip, seller, acquisition, price, lead_time, max_order, pay_on_order_pct
            O, C, Nord, buy, 100, 0, 5, 0%
            L, C, Nord, buy, 60, 1, 0, 10%
        """,
        "Committed_orders": "offer, order_period, units, site \n L, 2027, 15, Hall",
        "Demand": demand(5),
        "Discounts": tiers("all_units"),
    }
    plan = plan_of(book(1, {"terminal_value": "yes"}, **sheets))
    assert line(plan, "discounts") == {"2027": -59}
    assert line(plan, "terminal_value") == {"2027": -(90 + 400 - 59)}


# --------------------------------------------------------------------------- convex hull
# Work may stay unmet at a price, and no more can be ordered than is asked for: the cost is then
# the tiers' own piecewise-linear cost plus a straight line, and its least value lies at a corner of
# its lower convex envelope, which is what the relaxation must see.
@pytest.mark.parametrize("penalty", [70, 79, 81, 85, 91, 95, 99, 101])
@pytest.mark.parametrize("basis", ["units", "spend"])
@pytest.mark.parametrize("kind", ["all_units", "incremental"])
def test_the_relaxation_of_one_scheme_is_exact(kind, basis, penalty):
    sheets = {
        "Discounts": tiers(kind, basis),
        "Offers": LOOSE,
        "Workloads": FREE.format(penalty),
        "Demand": demand(60),
    }
    found = book(**sheets)
    assert relaxed(found) == pytest.approx(cost(found), rel=1e-9)


@pytest.mark.parametrize("basis", ["units", "spend"])
@pytest.mark.parametrize("kind", ["all_units", "incremental"])
def test_the_relaxation_of_one_scheme_over_several_orders_is_exact(kind, basis):
    # two years of at most 30; unmet work costs 200 in the first, 80 in the second. By hand, all
    # units: 30 and then 20 reach 50: 50 × 80 + 10 × 80 = 4800; 30 alone cost 2700 + 2400 = 5100.
    # Split order by order the tiers see that the first year's 30 cannot be "half in the top tier"
    sheets = {
        "Discounts": tiers(kind, basis, "plan"),
        "Offers": LOOSE.replace("60, 0", "30, 0"),
        "Workloads": "workload, unmet_penalty \n W, 200 \n V, 80",
        "Chips": "chip, vendor, life_years \n C, Nord, 1",
        "Performance": "chip, workload, throughput \n C, W, 1 \n C, V, 1",
        "Demand": "workload, 2027, 2028 \n W, 30, 0 \n V, 0, 30",
    }
    found = book(2, **sheets)
    if kind == "all_units":
        assert cost(found) == pytest.approx(4800)
    assert relaxed(found) == pytest.approx(cost(found), rel=1e-9)


def test_the_relaxation_is_exact_with_committed_orders_in_the_window():
    sheets = {
        "Discounts": tiers("all_units"),
        "Offers": LOOSE.replace("60, 0", "30, 0"),
        "Committed_orders": "offer, order_period, units, site \n O, 2027, 10, Hall",
        "Workloads": FREE.format(88),
        "Demand": demand(40),
    }
    found = book(**sheets)
    assert relaxed(found) == pytest.approx(cost(found), rel=1e-9)


# --------------------------------------------------------------------------- rows
@states(
    "terms.a_window_lies_in_one_tier",
    "terms.an_order_is_split_over_tiers",
    "terms.a_part_lies_above_its_threshold",
    "terms.a_part_lies_below_the_next_threshold",
    "terms.an_order_lies_in_the_tier_chosen",
)
def test_tiers_are_a_multiple_choice_of_parts_split_order_by_order():
    offers = """
        offer, chip, seller, acquisition, price, max_order, lot_size
        O, C, Nord, buy, 100, 60, 4
    """
    whole = model_of(book(Demand=demand(30), Discounts=tiers("all_units"), Offers=offers))
    here = ("Volume", "2027")
    share = "share[Volume,2027,{},O,0]".format
    flag = "in_tier[Volume,2027,{}]".format
    assert row(whole, "terms", "a_window_lies_in_one_tier", here) == (
        1,
        {flag(0): 1, flag(1): 1, flag(2): 1},
        1,
    )
    assert row(whole, "terms", "an_order_is_split_over_tiers", (*here, "O", 0)) == (
        0,
        {"lots[O,0,Hall]": -4, share(0): 1, share(1): 1, share(2): 1},
        0,
    )
    # the middle tier, from 20 to below 50, ends at 48 units, the last whole lot below 50
    middle = (*here, 1)
    assert row(whole, "terms", "a_part_lies_above_its_threshold", middle) == (
        0,
        {share(1): 0.05, flag(1): -1},
        None,
    )
    assert row(whole, "terms", "a_part_lies_below_the_next_threshold", middle) == (
        None,
        {share(1): round(1 / 48, 9), flag(1): -1},
        0,
    )
    assert row(whole, "terms", "an_order_lies_in_the_tier_chosen", (*middle, "O", 0)) == (
        None,
        {share(1): 1, flag(1): -48},
        0,
    )


@states(
    "terms.an_orders_cuts_are_split_over_tiers",
    "terms.a_cut_lies_in_its_orders_tier",
    "terms.a_part_lies_above_its_threshold",
    "terms.an_order_lies_in_the_tier_chosen",
)
def test_cuts_are_split_over_tiers_with_the_orders_they_act_on():
    # 10 % off for certain and 5 % where the optional contract is signed: in a tier a unit is worth
    # 100 × 0.9, less 100 × 0.05 for each cut unit
    contracts = """
        contract, seller, signing, basis, price_cut_pct
        Frame, Nord, signed, spend, 10%
        Other, Nord, optional, spend, 5%
    """
    schemes = tiers("all_units", "spend").replace("2000,", "1800,").replace("5000,", "4500,")
    whole = model_of(book(Demand=demand(30), Discounts=schemes, Contracts=contracts, Offers=LOOSE))
    here, slot = ("Volume", "2027"), ("Other", "O", 0)
    share, flag = "share[Volume,2027,1,O,0]", "in_tier[Volume,2027,1]"
    cut = "cut_share[Volume,2027,{},Other,O,0]".format
    assert row(whole, "terms", "an_orders_cuts_are_split_over_tiers", (*here, *slot)) == (
        0,
        {"cut[Other,O,0,Hall]": -1, cut(0): 1, cut(1): 1, cut(2): 1},
        0,
    )
    assert row(whole, "terms", "a_cut_lies_in_its_orders_tier", (*here, 1, *slot)) == (
        None,
        {cut(1): 1, share: -1},
        0,
    )
    # divided by the threshold, 1800
    assert row(whole, "terms", "a_part_lies_above_its_threshold", (*here, 1)) == (
        0,
        {share: 0.05, cut(1): round(-5 / 1800, 9), flag: -1},
        None,
    )
    # no more units than cost 4500 at the lowest price, 85
    assert row(whole, "terms", "an_order_lies_in_the_tier_chosen", (*here, 1, "O", 0)) == (
        None,
        {share: 1, flag: round(-4500 / 85, 9)},
        0,
    )
