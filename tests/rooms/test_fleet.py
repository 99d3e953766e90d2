"""Fleet: stocks, lives, terms, quotas, early sale (contract §2, §3.2, §4)."""

from __future__ import annotations

import pytest

from tests.conftest import book, cash, impossible, seen, solved, stated, states
from tests.workbook.plans import failing

HEAD = "offer, chip, seller, acquisition, price"


# ------------------------------------------------------------------ coefficients
@states("fleet.units_in_service_follow_arrivals_and_exits", "fleet.only_what_is_there_is_sold")
def test_rows_of_stock_with_lives_and_sales():
    made = book(
        Chips="chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 2, 0.5, 50%",
        Offers=f"{HEAD}, lot_size, last_order\nO, C, Nord, buy, 10, 4, 2028",
    )
    # lots of 4 live two years: those of 2027 leave at the start of 2029, less what was sold of them
    # in 2028 already; those of 2028 may be sold in 2029
    rows = stated(made, "fleet.units_in_service_follow_arrivals_and_exits")
    here = [f"fleet.in_service[O,Hall,{at}]" for at in range(3)]
    sold = ["fleet.sold[order,O,Hall,0,1]", "fleet.sold[order,O,Hall,1,2]"]
    assert rows["O", "Hall", 0] == (0, {"orders.lots[O,0,Hall]": 4, here[0]: -1}, 0)
    assert rows["O", "Hall", 1] == (
        0,
        {here[0]: 1, "orders.lots[O,1,Hall]": 4, sold[0]: -1, here[1]: -1},
        0,
    )
    assert rows["O", "Hall", 2] == (
        0,
        {here[1]: 1, "orders.lots[O,0,Hall]": -4, sold[0]: 1, sold[1]: -1, here[2]: -1},
        0,
    )
    limits = stated(made, "fleet.only_what_is_there_is_sold")
    assert limits["order", "O", "Hall", 0] == (None, {sold[0]: 1, "orders.lots[O,0,Hall]": -4}, 0)
    assert len(limits) == 2


@states("fleet.units_in_service_stay_within_the_quota", "fleet.committed_units_are_placed")
def test_rows_of_the_quota_and_of_units_to_be_placed():
    made = book(
        Sites="site, power_mw, pue, energy_price\nHall, 9, 1, 0\nFjord, 9, 1, 0",
        Offers=f"{HEAD}, max_in_service\nO, C, Nord, buy, 10, 20",
        Committed_orders="offer, order_period, units, site\nO, 2026, 25, \nO, 2025, 7, Hall",
        Timeline="sheet, item, column, 2027, 2028, 2029\nOffers, O, max_in_service, , none, 40",
    )
    placed = {f"fleet.placed[2,{site}]": 1 for site in ("Hall", "Fjord")}
    assert stated(made, "fleet.committed_units_are_placed") == {2: (25, placed, 25)}
    quota = stated(made, "fleet.units_in_service_stay_within_the_quota")
    new = [
        {f"fleet.in_service[O,{site},{at}]": 1 for site in ("Hall", "Fjord")} for at in (0, 1, 2)
    ]
    # 25 + 7 committed are in service already: beyond the quota of 20 they leave nothing to order
    assert quota["O", 0] == (None, {**new[0], **placed}, 32 - 7)
    assert ("O", 1) not in quota
    assert quota["O", 2] == (None, {**new[2], **placed}, 40 - 7)


SHRINKS = {
    "Chips": "chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 50%, 0%",
    "Offers": f"{HEAD}, max_in_service\nO, C, Nord, buy, 10, 3",
    "Sites": "site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 0\nFjord, 9, 1, 0, 50",
    "Committed_orders": "offer, order_period, units, site, paid_pct\nO, 2026, 4, Fjord, 100%",
    "Demand": "workload, 2027, 2028, 2029\nW, 4, 4, 4",
}
"""Four committed units, one beyond the quota, whose hosting is dear and which can be given away."""


@states("fleet.new_units_stay_out_where_committed_ones_exceed_the_quota")
def test_rows_of_new_units_beside_committed_ones_that_can_be_sold():
    made = book(**SHRINKS)
    quota = stated(made, "fleet.units_in_service_stay_within_the_quota")
    new = stated(made, "fleet.new_units_stay_out_where_committed_ones_exceed_the_quota")
    here = {f"fleet.in_service[O,{site},0]": 1 for site in ("Hall", "Fjord")}
    sold = {"fleet.sold[committed,2,Fjord,-1,0]": -1}
    # 4 at most, 3 with any new one; the four that are committed stand on the other side
    assert quota["O", 0] == (None, {**here, **sold, "fleet.has_new[O,0]": 1}, 4 - 4)
    assert new["O", 0] == (None, {**here, "fleet.has_new[O,0]": -3}, 0)


@pytest.mark.parametrize(("penalty", "cost", "new"), [(100, 330, 3), (1000, 600, 0)])
def test_new_units_come_once_the_quota_holds_them_beside_committed_ones(penalty, cost, new):
    # keep all four, 50 each and year: 600; or give them away for three new ones: 30, and one unit
    # of work unmet each year. Four new ones, at 40, are one more than the quota.
    plan = solved(book(**SHRINKS, Workloads=f"workload, unmet_penalty\nW, {penalty}"))
    assert plan.objective == pytest.approx(cost)
    assert sum(row["units"] for row in plan.tables["Orders"]) == new


# ------------------------------------------------------------------ lives and terms
def test_life_and_terms_are_rounded_up_to_whole_periods():
    # Quarters: 0.6 years are 7.2 months = 3 quarters; a lease of 4 months is 2, of 6 months 2.
    made = {
        "first_period": "2027Q1",
        "months_per_period": 3,
        "periods": 5,
        "Chips": "chip, vendor, life_years\nC, Nord, 0.6",
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4, 2028Q1\nW, 1, 0, 0, 0, 0",
    }
    plan = solved(book(**made))
    assert seen(plan, "Units in service", "period") == [("2027Q1",), ("2027Q2",), ("2027Q3",)]
    for months in (4, 6):
        offer = f"{HEAD}, term_months\nO, C, Nord, lease, 10, {months}"
        plan = solved(book(**made, Offers=offer))
        # paid month by month while in service, for whole periods: 2 quarters of 30
        assert cash(plan, "lease_and_cloud") == {"2027Q1": 30, "2027Q2": 30}


def test_units_are_replaced_when_their_life_is_over():
    # Life 1 year, demand 3 years: 5 units are bought every year.
    plan = solved(
        book(
            Chips="chip, vendor, life_years\nC, Nord, 1",
            Demand="workload, 2027, 2028, 2029\nW, 5, 5, 5",
        )
    )
    assert seen(plan, "Orders", "order_period", "units") == [("2027", 5), ("2028", 5), ("2029", 5)]


def test_a_rental_is_paid_at_the_price_of_its_order_and_ends_with_its_term():
    # A 2-year lease at 10 a month ordered in 2028 (price 20 by then): 20 · 12 in 2028 and 2029; a
    # second lease of 2028 would cost the same, so that of 2027 (10 · 12 · 2) is no help in 2029.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 1, 1, 1",
            Offers=f"{HEAD}, term_months, price_change_per_year\nO, C, Nord, lease, 10, 24, 100%",
        )
    )
    # 1 from 2027 (2 years at 120) and one for 2029: at 40 · 12 ordered then, or 20 · 12 twice
    assert cash(plan, "lease_and_cloud") == pytest.approx({"2027": 120, "2028": 120, "2029": 480})


def test_todays_fleet_serves_until_its_life_or_term_ends():
    # Owned since 2025 with a life of 4 years: until 2028; leased until 2027 at 3 a month, 36 a
    # year; cloud until 2029 at 1 a month.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, upkeep_per_unit_year\nC, Nord, 4, 5",
            Fleet="chip, site, units, in_service_since, acquisition, until, price_per_month\n"
            "C, Hall, 10, 2025, , , \nC, Hall, 2, 2024, lease, 2027, 3\n"
            "C, , 1, 2026, cloud, 2029, 1",
        )
    )
    assert seen(plan, "Units in service", "acquisition", "period", "units") == [
        ("buy", "2027", 10),
        ("buy", "2028", 10),
        ("cloud", "2027", 1),
        ("cloud", "2028", 1),
        ("cloud", "2029", 1),
        ("lease", "2027", 2),
    ]
    assert cash(plan, "lease_and_cloud") == {"2027": 72 + 12, "2028": 12, "2029": 12}
    # upkeep on owned and leased units, not on cloud
    assert cash(plan, "upkeep") == {"2027": 60, "2028": 50}


def test_a_cloud_quota_limits_units_in_service_at_once():
    # A quota of 4 and terms of 2 years: of 10 units wanted each year, 4 come from the cloud.
    plan = solved(
        book(
            Demand="workload, 2027, 2028, 2029\nW, 10, 10, 10",
            Offers=f"{HEAD}, term_months, max_in_service\nO, C, Nord, cloud, 0, 24, 4\n"
            "P, C, Sud, cloud, 1, 12,",
        )
    )
    assert seen(plan, "Units in service", "period", "units") == [
        ("2027", 10),
        ("2028", 10),
        ("2029", 10),
    ]
    # 6 a year from Sud at 12 a year
    assert plan.objective == pytest.approx(3 * 6 * 12)


def test_units_stay_at_their_site_from_arrival_to_exit():
    # The work of 2028 may run only at Fjord, that of 2027 only at Hall: two units are bought,
    # though one would do if it could move.
    plan = solved(
        book(
            Sites="site, power_mw, pue, energy_price\nHall, 9, 1, 0\nFjord, 9, 1, 0",
            Workloads="workload, sites\nW, Hall\nX, Fjord",
            Performance="chip, workload, throughput\nC, W, 1\nC, X, 1",
            Demand="workload, 2027, 2028, 2029\nW, 1, 0, 0\nX, 0, 1, 0",
        )
    )
    assert seen(plan, "Orders", "site", "units") == [("Fjord", 1), ("Hall", 1)]


# ------------------------------------------------------------------ availability
def test_an_offers_availability_overrides_the_chips():
    # 9 units of work: chips available 90 % need 10 units; the spot offer at 50 % needs 18.
    made = {
        "Chips": "chip, vendor, life_years, availability\nC, Nord, 10, 90%",
        "Demand": "workload, 2027, 2028, 2029\nW, 9, 9, 9",
    }
    plan = solved(book(**made))
    assert seen(plan, "Orders", "units") == [(10,)]
    plan = solved(book(**made, Offers=f"{HEAD}, availability\nO, C, Nord, buy, 10, 50%"))
    assert seen(plan, "Orders", "units") == [(18,)]


# ------------------------------------------------------------------ early sale
FLEET = "chip, site, units, in_service_since, unit_cost\nC, Hall, 10, 2026, 100"
LOSES = "chip, vendor, life_years, value_loss_per_year, resale_pct\nC, Nord, 10, 50%, 40%"
PRICED = f"{HEAD}, price_change_per_year\nO, C, Nord, buy, 100, -20%"


def test_a_sale_brings_market_value_and_not_book_value():
    # All 10 are idle and hosting costs 1 a unit and year: they are sold at once, in 2027, at age 1:
    # 40 % × 0.5¹ × the list price of 100 = 20 each.
    hosted = "site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 1"
    plan = solved(book(Chips=LOSES, Fleet=FLEET, Offers=PRICED, Sites=hosted))
    assert cash(plan, "resale") == {"2027": -200}
    assert cash(plan, "hosting") == {}
    assert seen(plan, "Sales", "chip", "period", "units", "unit_value") == [("C", "2027", 10, 20)]
    # 4 are needed in 2027: 6 are sold then, the rest in 2028 at 40 % × 0.25 × 80 = 8 each; any
    # amount may be sold
    plan = solved(
        book(
            Chips=LOSES,
            Fleet=FLEET,
            Offers=PRICED,
            Sites=hosted,
            Demand="workload, 2027, 2028, 2029\nW, 3.5, 0, 0",
        )
    )
    assert cash(plan, "resale") == {"2027": -6.5 * 20, "2028": -3.5 * 8}


def test_units_are_sold_from_the_period_after_arrival_and_only_if_owned_and_resaleable():
    # Needed in 2027 only: bought then and sold in 2028 at 40 % × 0.5 × 80 = 16.
    made = {"Offers": PRICED, "Demand": "workload, 2027, 2028, 2029\nW, 1, 0, 0"}
    plan = solved(book(**made, Chips=LOSES))
    assert seen(plan, "Sales", "arrival", "period", "unit_value") == [("2027", "2028", 16)]
    # a blank resale_pct means no early sale; 0 % brings nothing
    for word in ("", "0%"):
        plan = solved(book(**made, Chips=LOSES.replace("40%", word)))
        assert plan.objective == pytest.approx(100)
    leased = f"{HEAD}, term_months\nO, C, Nord, lease, 10, 36"
    plan = solved(book(**made | {"Offers": leased}, Chips=LOSES))
    assert plan.tables["Sales"] == []


def test_the_market_price_is_the_lowest_open_buy_offer_less_all_cuts_that_could_apply():
    # Open in 2027: O at 100 and Q at 90, whose contract could cut 10 % and whose highest tier takes
    # 15 %: 90 × (1 − 0.25) = 67.5; × 40 % × 0.5 = 13.5. The lease is no market price.
    made = {
        "Chips": LOSES,
        "Fleet": FLEET,
        "Contracts": "contract, seller, signing, price_cut_pct, first_signing\n"
        "K, Sud, optional, 10%, 2029",
        "Discounts": "discount, seller, basis, window, kind, threshold, discount_pct\n"
        "T, Sud, units, plan, all_units, 10, 5%\nT, Sud, units, plan, all_units, 20, 15%",
    }
    rows = [
        f"{HEAD}, last_order, term_months",
        "O, C, Nord, buy, 100, 2028,",
        "Q, C, Sud, buy, 90, 2027,",
        "L, C, Nord, lease, 1, , 12",
    ]
    hosted = "site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 99"
    # Discounts of Sud would mix bought and rented offers: the lease is Nord's.
    plan = solved(book(**made, Offers="\n".join(rows), Sites=hosted))
    assert seen(plan, "Sales", "period", "unit_value") == [("2027", 13.5)]
    # units that are needed until 2028 are sold in 2029, when no offer is open: the last open one is
    # O, closed after 2028, at 100: 40 % × 0.5³ × 100 = 5
    plan = solved(
        book(
            **made,
            Offers="\n".join(rows),
            Sites=hosted,
            Demand="workload, 2027, 2028, 2029\nW, 10, 10, 0",
        )
    )
    assert seen(plan, "Sales", "period", "unit_value") == [("2029", 5)]


def test_a_chip_nobody_sells_has_no_market_price():
    plan = solved(
        book(
            Chips=LOSES + "\nD, Nord, 10, 50%, 40%",
            Fleet=FLEET.replace("C, Hall", "D, Hall"),
            Sites="site, power_mw, pue, energy_price, hosting_cost\nHall, 9, 1, 0, 1",
        )
    )
    # sold for nothing, to save the hosting
    assert plan.objective == pytest.approx(0)
    assert seen(plan, "Sales", "chip", "units", "amount") == [("D", 10, 0)]


def test_selling_makes_room_for_units_that_draw_power():
    # The site's 10 MW are full of 10 old units; 5 new ones, which do twice the work, need 5 MW.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, power_kw, value_loss_per_year, resale_pct\n"
            "C, Nord, 10, 1000, 50%, 40%\nD, Nord, 10, 1000, ,",
            Offers=f"{HEAD}\nO, D, Nord, buy, 10",
            Sites="site, power_mw, pue, energy_price\nHall, 10, 1, 0",
            Fleet=FLEET,
            Performance="chip, workload, throughput\nC, W, 1\nD, W, 2",
            Demand="workload, 2027, 2028, 2029\nW, 10, 15, 15",
        )
    )
    assert sum(units for (units,) in seen(plan, "Orders", "units")) == pytest.approx(5)
    assert sum(units for (units,) in seen(plan, "Sales", "units")) == pytest.approx(5)


def test_what_a_site_cannot_power_cannot_stand_there():
    made = {
        "Chips": "chip, vendor, life_years, power_kw\nC, Nord, 10, 1000",
        "Sites": "site, power_mw, pue, energy_price\nHall, 10, 1.1, 0",
    }
    # 9 units draw 9.9 MW with the PUE, 10 would draw 11
    solved(book(**made, Demand="workload, 2027, 2028, 2029\nW, 9, 9, 9"))
    assert impossible(book(**made, Demand="workload, 2027, 2028, 2029\nW, 10, 10, 10"))


@pytest.mark.parametrize(
    ("since", "worth"),
    # 10 units of 100 that lose 10 % a year: since 2028 they are two years old at the plan's end;
    # of what comes after the plan nothing is there, and nothing has been ordered
    [(2026, 1000 * 0.9**4), (2028, 1000 * 0.9**2), (2029, 900), (2030, 0), (2045, 0)],
)
def test_units_of_the_fleet_are_worth_something_at_the_end_where_they_serve_by_then(since, worth):
    plan = solved(
        book(
            terminal_value="yes",
            Chips="chip, vendor, life_years, value_loss_per_year\nC, Nord, 10, 10%",
            Fleet=f"chip, site, units, in_service_since, unit_cost\nC, Hall, 10, {since}, 100",
        )
    )
    assert plan.objective == pytest.approx(-worth)
    assert not failing(plan)
    unused = [w for w in plan.inputs.warnings if "lies after the plan: it is not used" in str(w)]
    assert len(unused) == (since > 2029)
