"""Milestones: what deals pay, and when."""

from __future__ import annotations

import pytest

from tests.conftest import states
from tests.rooms.by_hand import (
    FREE,
    ONLY,
    TWO_OFFERS,
    book,
    bought,
    cost,
    demand,
    events,
    line,
    model_of,
    plan_of,
    row,
)


def deal(rows: str, signing: str = "signed") -> dict[str, str]:
    """A deal with Nord and its milestones."""
    return {
        "Deals": f"deal, vendor, signing \n Alliance, Nord, {signing}",
        "Deal_milestones": f"""
            deal, milestone, measure, threshold, deadline, value, kind, haircut_pct
            {rows}
        """,
        "Chips": "chip, vendor, life_years, power_kw \n C, Nord, 10, 500 \n K, Sud, 10, 500",
    }


@pytest.mark.parametrize(("units", "due"), [(9, {}), (10, {"2027": -80}), (11, {"2027": -80})])
@pytest.mark.parametrize(
    ("measure", "threshold"),
    [("installed_mw", 5), ("cumulative_units", 10), ("cumulative_spend", 1000)],
)
def test_a_milestone_pays_from_its_threshold_on(measure, threshold, units, due):
    # a unit draws 0.5 MW and costs 100: ten are 5 MW and 1000
    sheets = deal(f"Alliance, First, {measure}, {threshold}, , 80, cash,")
    offers = ONLY.format(units)
    plan = plan_of(book(Demand=demand(units), Offers=offers, **sheets))
    assert line(plan, "deal_value") == due


def test_a_milestone_is_worth_buying_more_for():
    # the tenth unit costs 100 and brings 101
    plan = plan_of(
        book(Demand=demand(9), **deal("Alliance, First, cumulative_units, 10, , 101, cash,"))
    )
    assert bought(plan) == {("O", "2027"): 10}


def test_equity_counts_after_its_haircut_and_is_no_cash():
    plan = plan_of(
        book(Demand=demand(10), **deal("Alliance, First, installed_mw, 5, , 200, equity, 40%"))
    )
    assert line(plan, "equity_value") == {"2027": -120}
    assert line(plan, "deal_value") == {}
    assert plan.objective == pytest.approx(1000 - 120)


def test_a_milestone_pays_once_in_the_first_period_that_reaches_it():
    sheets = deal("Alliance, First, cumulative_units, 10, , 80, cash,")
    plan = plan_of(book(3, Demand=demand(6, 10, 14), Offers=ONLY.format(6), **sheets))
    assert events(plan, "milestone") == [("Alliance", "2028", "First", -80)]


@pytest.mark.parametrize(("deadline", "due"), [(2027, {}), (2028, {"2028": -80})])
def test_a_milestone_after_its_deadline_pays_nothing(deadline, due):
    sheets = deal(f"Alliance, First, cumulative_units, 10, {deadline}, 80, cash,")
    plan = plan_of(book(3, Demand=demand(6, 10, 14), Offers=ONLY.format(6), **sheets))
    assert line(plan, "deal_value") == due


def test_a_milestone_pays_when_the_deal_is_signed_after_it_was_reached():
    # reached in 2027, signed in 2028 at the earliest, and no later, for money has its price
    sheets = deal("Alliance, First, cumulative_units, 10, , 80, cash,")
    sheets["Deals"] = "deal, vendor, signing, first_signing \n Alliance, Nord, optional, 2028"
    plan = plan_of(book(3, {"discount_rate": "10%"}, Demand=demand(10, 10, 10), **sheets))
    assert events(plan, "milestone") == [("Alliance", "2028", "First", -80)]


def test_a_milestone_cannot_be_put_off_to_where_a_budget_needs_its_money():
    # rent of 1200 a year; the budget of 2028 is short by 50, but the milestone of 80 is reached and
    # paid in 2027 already
    sheets = deal("Alliance, First, cumulative_units, 10, , 80, cash,")
    sheets |= {
        "Offers": """
            offer, chip, seller, acquisition, price, term_months, last_order
            O, C, Nord, lease, 10, 24, 2027
        """,
        "Workloads": FREE.format(5000),
        "Demand": demand(10, 10),
        "Budgets": "budget, lines, from, limit \n Tight, all, 2028, 1150",
    }
    plan = plan_of(book(2, **sheets))
    # nine units for both years: 9 × 120 = 1080 a year, one unit of work unmet each year, no
    # milestone; against ten, which the budget forbids
    assert plan.objective == pytest.approx(2 * 1080 + 2 * 5000)


def test_todays_fleet_counts_as_installed_and_not_as_ordered():
    fleet = "chip, site, units, in_service_since \n C, Hall, 8, 2025"
    for measure, threshold, due in (
        ("installed_mw", 5, {"2027": -80}),
        ("cumulative_units", 10, {}),
    ):
        sheets = deal(f"Alliance, First, {measure}, {threshold}, , 80, cash,")
        plan = plan_of(book(Demand=demand(10), Fleet=fleet, Offers=ONLY.format(2), **sheets))
        assert line(plan, "deal_value") == due


def test_cloud_units_are_ordered_but_not_installed():
    offers = """
        offer, chip, seller, acquisition, price, term_months, max_order
        O, C, Sud, cloud, 10, 12, 10
    """
    for measure, threshold, due in (
        ("installed_mw", 5, {}),
        ("cumulative_units", 10, {"2027": -80}),
        ("cumulative_spend", 1200, {"2027": -80}),
    ):
        sheets = deal(f"Alliance, First, {measure}, {threshold}, , 80, cash,")
        plan = plan_of(book(Demand=demand(10), Offers=offers, **sheets))
        assert line(plan, "deal_value") == due


def test_another_designers_chips_do_not_count():
    sheets = {**TWO_OFFERS, **deal("Alliance, First, cumulative_units, 10, , 80, cash,")}
    sheets["Deals"] = "deal, vendor, signing \n Alliance, Sud, signed"
    assert cost(book(Demand=demand(10), **sheets)) == pytest.approx(1000)


def test_units_sold_are_installed_no_more():
    # ten in 2027, none needed in 2028: kept for a milestone of a deal signed in 2028 only if it
    # brings more than their sale at 100 × 0.5 × 0.9 each
    sheets = {
        "Chips": """
            chip, vendor, life_years, power_kw, resale_pct, value_loss_per_year
            C, Nord, 10, 500, 50%, 10%
        """,
        "Deals": "deal, vendor, signing, first_signing \n Alliance, Nord, optional, 2028",
        "Timeline": "sheet, item, column, 2027, 2028 \n Offers, O, max_order, 10, 0",
        "Demand": demand(10, 0),
    }
    for value, kept in ((451, True), (449, False)):
        terms = {**deal(f"Alliance, First, installed_mw, 5, , {value}, cash,"), **sheets}
        plan = plan_of(book(2, **terms))
        assert line(plan, "deal_value") == ({"2028": -451} if kept else {})
        assert line(plan, "resale") == ({} if kept else {"2028": -450})


def test_a_warrant_that_vests_by_gigawatt_is_a_few_rows():
    # 1,000 kW a unit: 1 GW a thousand; 1,000 in 2027 and 2,000 in 2028 vest two of three tranches,
    # worth less and less as the share price they need is higher
    warrant = """Alliance, 1 GW, installed_mw, 1000, 2029, 9000, equity, 10%
        Alliance, 2 GW, installed_mw, 2000, 2029, 9000, equity, 20%
        Alliance, 3 GW, installed_mw, 3000, 2029, 9000, equity, 40%"""
    sheets = deal(warrant)
    sheets["Chips"] = "chip, vendor, life_years, power_kw \n C, Nord, 10, 1000"
    sheets["Sites"] = "site, power_mw, pue, energy_price \n Hall, 9000, 1.2, 0"
    plan = plan_of(book(3, Demand=demand(1000, 2000, 2000), **sheets))
    assert line(plan, "equity_value") == {"2027": -8100, "2028": -7200}
    assert events(plan, "milestone") == [
        ("Alliance", "2027", "1 GW", -8100),
        ("Alliance", "2028", "2 GW", -7200),
    ]


def test_an_investment_paid_out_per_gigawatt_is_a_few_rows():
    # 10,000 in cash for each gigawatt, while it lasts: units ordered ahead for it are not worth it
    investment = """Alliance, 1 GW, installed_mw, 1000, , 10000, cash,
        Alliance, 2 GW, installed_mw, 2000, , 10000, cash,
        Alliance, 3 GW, installed_mw, 3000, , 10000, cash,"""
    sheets = deal(investment)
    sheets["Chips"] = "chip, vendor, life_years, power_kw \n C, Nord, 10, 1000"
    sheets["Sites"] = "site, power_mw, pue, energy_price \n Hall, 9000, 1.2, 0"
    plan = plan_of(book(2, Demand=demand(1500, 2500), **sheets))
    assert line(plan, "deal_value") == {"2027": -10000, "2028": -10000}
    assert plan.objective == pytest.approx(250_000 - 20_000)


# --------------------------------------------------------------------------- rows
@states(
    "milestones.a_milestone_that_pays_is_reached",
    "milestones.a_milestone_pays_under_a_signed_deal",
    "milestones.a_milestone_pays_as_soon_as_it_is_reached",
    "milestones.pays_as_steps_say",
)
def test_a_milestone_pays_only_and_at_once_where_it_is_signed_and_reached():
    sheets = deal("Alliance, First, cumulative_units, 10, , 80, cash,", "optional")
    whole = model_of(book(2, Demand=demand(4, 8), Offers=ONLY.format(12), **sheets))
    lots, pays = "lots[O,0,Hall]", "pays[Alliance,First,0]"
    key = ("Alliance", "First", 0)
    assert row(whole, "milestones", "a_milestone_that_pays_is_reached", key) == (
        0,
        {lots: 0.1, pays: -1},
        None,
    )
    assert row(whole, "milestones", "a_milestone_pays_under_a_signed_deal", key) == (
        None,
        {"pays_by[Alliance,First,0]": 1, "signs_by[Alliance,0]": -1},
        0,
    )
    # at most 12 against 9, the last number below 10: 0.3 of the threshold
    assert row(whole, "milestones", "a_milestone_pays_as_soon_as_it_is_reached", key) == (
        None,
        {lots: 0.1, "pays_by[Alliance,First,0]": -0.3, "signs_by[Alliance,0]": 0.3},
        1.2,
    )
    later = ("Alliance", "First", 1)
    assert row(whole, "milestones", "a_milestone_pays_under_a_signed_deal", later) == (
        None,
        {"pays_by[Alliance,First,1]": 1, "signs_by[Alliance,1]": -1},
        0,
    )
    # pays in a period: by it, but not by the one before
    assert row(whole, "milestones", "pays_as_steps_say", later) == (
        0,
        {
            "pays[Alliance,First,1]": 1,
            "pays_by[Alliance,First,1]": -1,
            "pays_by[Alliance,First,0]": 1,
        },
        0,
    )


@states("milestones.milestones_are_climbed_in_order", "milestones.milestones_paid_were_reached")
def test_milestones_of_one_measure_are_a_ladder():
    # 0.5 MW a unit: what ever arrived is worth 4 MW for the first rung and 6 more for the second
    sheets = deal(
        """Alliance, First, installed_mw, 4, , 80, cash,
        Alliance, Second, installed_mw, 10, , 80, cash,"""
    )
    fleet = "chip, site, units, in_service_since \n C, Hall, 2, 2020"
    whole = model_of(book(2, Demand=demand(4, 8), Offers=ONLY.format(12), Fleet=fleet, **sheets))
    first, second = ({f"pays_by[Alliance,{name},1]": 1} for name in ("First", "Second"))
    key = ("Alliance", "Second", 1)
    assert row(whole, "milestones", "milestones_are_climbed_in_order", key) == (
        None,
        {**second, **dict.fromkeys(first, -1)},
        0,
    )
    key = ("Alliance", "installed_mw", "Second", 1)
    assert row(whole, "milestones", "milestones_paid_were_reached", key) == (
        -0.1,
        {
            "lots[O,0,Hall]": 0.05,
            "lots[O,1,Hall]": 0.05,
            **dict.fromkeys(first, -0.4),
            **dict.fromkeys(second, -0.6),
        },
        None,
    )
