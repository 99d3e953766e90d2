"""Shares: every dimension, basis and window of a share rule (contract §2, §3.7)."""

from __future__ import annotations

import pytest

from chipfolio.contract.dimensions import DIMENSIONS
from tests.conftest import book, impossible, seen, solved, stated, states

HEAD = "offer, chip, seller, acquisition, price"
RULE = "rule, dimension, member, basis, workload, window, min_pct, max_pct, from, to, applies_if"
MARKET = {
    # C is Nord's chip, D is Sud's; Nord sells both (O and R), Sud lets D in its cloud (P)
    "Platforms": "platform, efficiency_at_start\nA, 1\nB, 1",
    "Chips": "chip, vendor, platform, life_years, power_kw\nC, Nord, A, 9, 1000\nD, Sud, B, 9, 500",
    "Programmes": "programme\nAsic",
    "Offers": f"{HEAD}, lot_size, term_months, programme\nO, C, Nord, buy, 10, 0, ,\n"
    "R, D, Nord, lease, 1, 0, 12,\nP, D, Sud, cloud, 2, 0, 12, Asic",
    "Sites": "site, country, power_mw, pue, energy_price\n"
    "Hall, NO, 90, 1.5, 0\nFjord, SE, 90, 1, 0",
    "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 2",
    "Demand": "workload, 2027, 2028, 2029\nW, 40, 40, 40",
}


def rules(*rows: str) -> str:
    """Sheet Share rules."""
    return "\n".join([RULE, *rows])


def row_of(made: dict, key: tuple) -> dict[str, float]:
    """Coefficients of a share rule in a window, brought to a largest of 1 by the model."""
    return stated(made, "shares.shares_stay_within_their_limits")[key][1]


def amounts(at: int) -> dict[str, str]:
    """Order variables of a period by a short name."""
    return {
        "O Hall": f"orders.amount[O,{at},Hall]",
        "O Fjord": f"orders.amount[O,{at},Fjord]",
        "R Hall": f"orders.amount[R,{at},Hall]",
        "R Fjord": f"orders.amount[R,{at},Fjord]",
        "P": f"orders.amount[P,{at},]",
    }


UNITS = dict.fromkeys(("O Hall", "O Fjord", "R Hall", "R Fjord", "P"), 1.0)
SPEND = {"O Hall": 10.0, "O Fjord": 10.0, "R Hall": 12.0, "R Fjord": 12.0, "P": 24.0}


MINE = {
    ("vendor", "Sud"): "R Hall, R Fjord, P",
    ("seller", "Nord"): "O Hall, O Fjord, R Hall, R Fjord",
    ("seller_country", "FR"): "P",
    ("platform", "B"): "R Hall, R Fjord, P",
    ("chip", "C"): "O Hall, O Fjord",
    ("acquisition", "lease"): "R Hall, R Fjord",
    ("site", "Hall"): "O Hall, R Hall",
    ("site_country", "SE"): "O Fjord, R Fjord",
    ("programme", "Asic"): "P",
}
"""Orders that belong to a member, of each dimension once."""


@states("shares.shares_stay_within_their_limits")
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_rows_of_order_shares_by_every_dimension(dimension):
    mine_of = {name: (member, mine) for (name, member), mine in MINE.items()}
    assert dimension in mine_of, f"add the orders of a member of {dimension} to MINE"
    member, mine = mine_of[dimension]
    made = book(
        **MARKET,
        Share_rules=rules(
            f"U, {dimension}, {member}, order_units, , period, , 40%, , ,",
            f"S, {dimension}, {member}, order_spend, , period, 25%, , , ,",
        ),
    )
    names, own = amounts(1), mine.split(", ")
    # units: part − 40 % of all ≤ 0, largest coefficient 0.6
    most = row_of(made, ("U", member, "most", "2028"))
    assert most == {names[k]: ((k in own) - 0.4) * UNITS[k] / 0.6 for k in names}
    # spend: 25 % of all − part ≤ 0; a rental's spend is 12 months' rent
    least = row_of(made, ("S", member, "least", "2028"))
    raw = {names[k]: (0.25 - (k in own)) * SPEND[k] for k in names}
    largest = max(map(abs, raw.values()))
    assert least == {name: value / largest for name, value in raw.items()}


def test_rows_of_shares_of_stock_and_power():
    made = book(
        **MARKET,
        Fleet="chip, site, units, in_service_since, acquisition, until\n"
        "C, Hall, 8, 2026, buy,\nD, , 4, 2026, cloud, 2029",
        Share_rules=rules(
            "U, chip, D, units_in_service, , , , 50%, 2028, 2028,",
            "P, site, Hall, power, , plan, , 50%, , ,",
        ),
    )
    found = stated(made, "shares.shares_stay_within_their_limits")
    # a blank window is a period for stocks; from … to leave 2028 only
    assert [key for key in found if key[0] == "U"] == [("U", "D", "most", "2028")]
    lower, form, upper = found["U", "D", "most", "2028"]
    one = {
        name: f"fleet.in_service[{name},1]"
        for name in ("O,Hall", "O,Fjord", "R,Hall", "R,Fjord", "P,")
    }
    assert form == {
        one["O,Hall"]: -1,
        one["O,Fjord"]: -1,
        one["R,Hall"]: 1,
        one["R,Fjord"]: 1,
        one["P,"]: 1,
    }
    # of today's 8 + 4 units, 4 are D's: 4 − 50 % of 12 = −2, halves brought to 1
    assert (lower, upper) == (None, pytest.approx(4))
    # power counts PUE: C draws 1.5 MW at Hall and 1 at Fjord, D half of that; cloud draws none
    _, form, upper = found["P", "Hall", "most", "plan"]
    draw = {"O,Hall": 1.5, "O,Fjord": -1, "R,Hall": 0.75, "R,Fjord": -0.5}
    assert form == {
        f"fleet.in_service[{name},{at}]": 0.5 * value / 0.75
        for name, value in draw.items()
        for at in range(3)
    }
    assert upper == pytest.approx(-3 * 8 * 1.5 * 0.5 / 0.75)


def test_rows_of_shares_of_served_work_divide_each_workload_by_its_demand():
    made = book(
        **MARKET
        | {
            "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 2\nC, X, 3\nD, X, 5",
            "Demand": "workload, 2027, 2028, 2029\nW, 40, 40, 40\nX, 10, 0, 0",
        },
        Workloads="workload\nW\nX",
        Share_rules=rules(
            "A, chip, C, served, , period, , 50%, , ,", "B, chip, C, served, W, plan, , 50%, , ,"
        ),
    )
    used = "workloads.used[{},{}]".format
    here = "'Fjord, Hall'"
    # 2027: W by 40, X by 10; a unit of D serves 5 of X: 0.5, half of it counts: the largest
    assert row_of(made, ("A", "C", "most", "2027")) == {
        used("C", f"{here},W,start,0"): 0.5 / 40 / 0.25,
        used("C", f"{here},X,start,0"): 1.5 / 10 / 0.25,
        used("D", f"{here},W,start,0"): -1 / 40 / 0.25,
        used("D", f"{here},X,start,0"): -1,
        used("D", ",W,start,0"): -1 / 40 / 0.25,
        used("D", ",X,start,0"): -1,
    }
    # 2028: X has no demand and is left out; one workload alone is divided by its demand too
    assert set(row_of(made, ("A", "C", "most", "2028"))) == {
        used("C", f"{here},W,start,1"),
        used("D", f"{here},W,start,1"),
        used("D", ",W,start,1"),
    }
    assert len(row_of(made, ("B", "C", "most", "plan"))) == 9


def test_a_programmes_share_and_what_belongs_to_no_member():
    # At most 25 % of order units from the programme; the rest of the whole belongs to no programme.
    plan = solved(
        book(
            Offers=f"{HEAD}, programme, lot_size\n"
            "O, C, Nord, buy, 1, P, 0\nQ, C, Sud, buy, 10, , 0",
            Programmes="programme\nP",
            Demand="workload, 2027, 2028, 2029\nW, 40, 40, 40",
            Share_rules=rules("S, programme, each, order_units, , , , 25%, , ,"),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 10), ("Q", 30)]
    assert seen(plan, "Rules", "rule", "level", "limit", window="FY2027") == [("S: P", 0.25, 0.25)]


def test_each_member_of_the_dimension_has_a_rule_of_its_own():
    # No seller more than 60 %: 24 of 40 units from the cheap one, 16 from the dear one.
    plan = solved(
        book(
            Offers=f"{HEAD}, lot_size\nO, C, Nord, buy, 1, 0\nQ, C, Sud, buy, 10, 0",
            Demand="workload, 2027, 2028, 2029\nW, 40, 40, 40",
            Share_rules=rules("S, seller, each, order_units, , , , 60%, , ,"),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 24), ("Q", 16)]
    assert plan.objective == pytest.approx(24 + 160)
    split = seen(
        plan,
        "Vendor split",
        "member",
        "share",
        "limit",
        dimension="seller",
        basis="order_units",
        window="FY2027",
    )
    assert split == [("Nord", 0.6, 0.6), ("Sud", 0.4, 0.6)]


def test_a_stock_is_told_as_the_average_of_its_window_and_orders_as_their_sum():
    # 40 units from 2027 on and 60 more in 2029, when they are cheapest: (40 + 40 + 100) / 3 = 60 in
    # service on average, 100 ordered in all; each draws 1 MW.
    plan = solved(
        book(
            Chips="chip, vendor, life_years, power_kw\nC, Nord, 9, 1000",
            Sites="site, country, power_mw, pue, energy_price\nHall, NO, 200, 1, 0",
            Offers=f"{HEAD}, lot_size, price_change_per_year\nO, C, Nord, buy, 1, 0, -10%",
            Demand="workload, 2027, 2028, 2029\nW, 40, 40, 100",
        )
    )
    told = {
        row["basis"]: (row["amount"], row["share"])
        for row in plan.tables["Vendor split"]
        if (row["dimension"], row["window"]) == ("vendor", "plan")
    }
    assert told["units_in_service"] == (pytest.approx(60), 1)
    assert told["power"] == (pytest.approx(60), 1)
    assert told["order_units"] == (pytest.approx(100), 1)


def test_a_share_of_nothing_is_kept():
    # No orders at all: the least share of Sud is kept, the sum being zero.
    plan = solved(
        book(
            Offers=f"{HEAD}\nO, C, Nord, buy, 1\nQ, C, Sud, buy, 10",
            Share_rules=rules("S, seller, Sud, order_units, , , 50%, , , ,"),
        )
    )
    assert plan.objective == pytest.approx(0)


def test_a_least_share_makes_the_plan_buy_what_stands_idle_if_need_be():
    # W runs on C only; 20 % of spend must go to Sud, whose D costs 1/100 of C and serves nothing:
    # 40 · 100 for C, so 1000 for D, which are 1000 units, far more than any work would ask for.
    plan = solved(
        book(
            Chips="chip, vendor, life_years\nC, Nord, 9\nD, Sud, 9",
            Offers=f"{HEAD}, lot_size\nO, C, Nord, buy, 100, 0\nQ, D, Sud, buy, 1, 0",
            Demand="workload, 2027, 2028, 2029\nW, 40, 40, 40",
            Share_rules=rules("S, seller, Sud, order_spend, , , 20%, , , ,"),
        )
    )
    assert seen(plan, "Orders", "offer", "units") == [("O", 40), ("Q", 1000)]


def test_where_no_decision_can_change_a_share_the_rule_holds():
    # Today's fleet is all Nord's and nothing can be in service before 2028: 2027 is as it is, in
    # 2028 the rule holds: 10 of D beside 10 of C.
    made = {
        "Chips": "chip, vendor, life_years\nC, Nord, 9\nD, Sud, 9",
        "Fleet": "chip, site, units, in_service_since\nC, Hall, 10, 2026",
        "Offers": f"{HEAD}, lot_size, lead_time, term_months\nQ, D, Sud, lease, 1, 0, 1, 12",
        "Share_rules": rules("S, vendor, Nord, units_in_service, , , , 50%, , ,"),
    }
    plan = solved(book(**made))
    warnings = [row["value"] for row in plan.tables["Run"] if row["item"].startswith("warning")]
    assert [
        text
        for text in warnings
        if text.startswith("rule S: Nord: not applied in 2027: it stands at 100% ")
    ]
    assert seen(plan, "Units in service", "chip", "period", "units", chip="D") == [
        ("D", "2028", 10),
        ("D", "2029", 10),
    ]
    # a lease of Sud's that can be ordered in 2027 only serves in 2028: 2029 is as it is
    made["Offers"] = (
        made["Offers"]
        .replace("lot_size", "last_order, lot_size")
        .replace("1, 0, 1, 12", "1, 2027, 0, 1, 12")
    )
    plan = solved(book(**made))
    assert seen(plan, "Units in service", "period", "units", chip="D") == [("2028", 10)]
    # an offer whose most is less than a lot changes nothing either
    made["Offers"] = f"{HEAD}, lot_size, max_order\nQ, D, Sud, buy, 1, 8, 5"
    assert stated(book(**made), "shares.shares_stay_within_their_limits") == {}


@pytest.mark.parametrize(
    ("basis", "price"), [("order_spend", 0), ("order_spend", 1), ("order_units", 0)]
)
def test_what_is_free_changes_no_share_of_spend(basis, price):
    # Nord's O at 1 does the work of 10; Sud's P is no use. Nord has half at most: free or at 1, 10
    # of P go with O. Of the spend P is nothing while it is free: the rule is not applied.
    made = book(
        Chips="chip, vendor, life_years\nC, Nord, 9\nD, Sud, 9",
        Offers=f"{HEAD}, lot_size\nO, C, Nord, buy, 1, 0\nP, D, Sud, buy, {price}, 0",
        Demand="workload, 2027, 2028, 2029\nW, 10, 0, 0",
        Share_rules=rules(f"S, seller, Nord, {basis}, , plan, , 50%, , ,"),
    )
    plan = solved(made)
    bought = {row["offer"]: row["units"] for row in plan.tables["Orders"]}
    lifted = {row["state"] for row in plan.tables["Rules"]} == {"not applied"}
    assert lifted is (basis == "order_spend" and price == 0)
    assert bought.get("O") == pytest.approx(10)
    assert plan.objective == pytest.approx(10 + 10 * price)
    if not lifted:
        assert bought["P"] >= 10 - 1e-6


def test_frozen_orders_are_the_users_own_decision():
    # The previous plan's 10 of Nord in 2027 are frozen, and Sud's 0: a hard share of at most 50 %
    # contradicts that. A soft one pays for the 5 beyond it, 5 · 3; 2028's 10 more are shared out
    # half and half: 10 · 1 + 5 · 1 + 5 · 2 + 15 = 40.
    made = {
        "Offers": f"{HEAD}, lot_size\nO, C, Nord, buy, 1, 0\nQ, C, Sud, buy, 2, 0",
        "Demand": "workload, 2027, 2028, 2029\nW, 10, 20, 20",
        "Previous_plan": "offer, order_period, units\nO, 2027, 10",
        "frozen_periods": 1,
    }
    rule = rules("S, seller, Nord, order_units, , period, , 50%, , ,")
    assert impossible(book(Share_rules=rule, **made))
    soft = f"{RULE}, penalty\nS, seller, Nord, order_units, , period, , 50%, , , , 3"
    plan = solved(book(Share_rules=soft, **made))
    assert plan.objective == pytest.approx(40)
    assert seen(plan, "Orders", "offer", "order_period", "units") == [
        ("O", "2027", 10),
        ("O", "2028", 5),
        ("Q", "2028", 5),
    ]


def test_fiscal_year_windows_count_committed_orders_dated_before_the_plan():
    # Half-years, fiscal year from July: 30 of Nord were ordered in 2026H2 at 10, fully paid. Of the
    # fiscal year's spend at most 75 % may be Nord's: for 10 units at 10 more, all must be Sud's.
    made = {
        "first_period": "2027H1",
        "months_per_period": 6,
        "fiscal_year_start_month": 7,
        "Offers": f"{HEAD}, lot_size\nO, C, Nord, buy, 10, 0\nQ, C, Sud, buy, 12, 0",
        "Committed_orders": "offer, order_period, units, site\nO, 2026H2, 30, Hall",
        "Demand": "workload, 2027H1, 2027H2, 2028H1\nW, 40, 40, 40",
    }
    # 300 of Nord's at most 75 %: 100 of Sud's would do: 8.33 units at 12; the rest, 1.67, adds to
    # both: (300 + 10 n) ≤ 0.75 (300 + 10 n + 12 q), n + q = 10 → n = 15/11.5
    plan = solved(book(**made, Share_rules=rules("S, seller, Nord, order_spend, , , , 75%, , ,")))
    nord = 15 / 11.5
    assert seen(plan, "Orders", "offer", "units") == [
        ("O", pytest.approx(nord, abs=1e-5)),
        ("Q", pytest.approx(10 - nord, abs=1e-5)),
    ]
    # a window of the plan counts from its start: n ≤ 75 % of 10 n + 12 q
    plan = solved(
        book(**made, Share_rules=rules("S, seller, Nord, order_spend, , plan, , 75%, , ,"))
    )
    assert plan.objective < 12 * 10


def test_a_rule_applies_only_if_its_contract_is_signed():
    # The contract halves Nord's price but binds us to buy at most 20 % of units from Sud. Sud at 1
    # is cheaper than Nord at 10 or 5: not signed, all 40 from Sud. At 6 for Sud: signed, 36 of Nord
    # (its most) and 4 of Sud.
    offers = f"{HEAD}, lot_size, max_order\nO, C, Nord, buy, 10, 0, 36\nQ, C, Sud, buy, "
    made = {
        "Contracts": "contract, seller, signing, price_cut_pct\nK, Nord, optional, 50%",
        "Demand": "workload, 2027, 2028, 2029\nW, 40, 40, 40",
        "Share_rules": rules("S, seller, Sud, order_units, , , , 20%, , , K"),
    }
    plan = solved(book(**made, Offers=offers + "1, 0, "))
    assert seen(plan, "Orders", "offer", "units") == [("Q", 40)]
    plan = solved(book(**made, Offers=offers + "6, 0, "))
    assert seen(plan, "Orders", "offer", "units") == [("O", 36), ("Q", 4)]
    assert plan.objective == pytest.approx(180 + 24)
    # at 4.5 for Sud, the contract would force the dearer Nord on us: not signed
    plan = solved(book(**made, Offers=offers + "4.5, 0, "))
    assert seen(plan, "Contracts and deals", "name", event="signed") == []
    assert plan.objective == pytest.approx(180)


@pytest.mark.parametrize("basis", ["units_in_service", "power", "order_spend", "served"])
def test_rules_that_hang_on_a_signature_have_a_finite_bound_in_every_basis(basis):
    made = book(
        **MARKET,
        Contracts="contract, seller, signing, price_cut_pct\nK, Nord, optional, 10%",
        Share_rules=rules(f"S, chip, D, {basis}, , period, 10%, 60%, , , K"),
    )
    for lower, form, upper in stated(made, "shares.shares_stay_within_their_limits").values():
        assert lower is None
        assert 0 <= upper < 1e6
        (signed,) = (c for name, c in form.items() if name.startswith("signing.signs_by[K,"))
        assert signed == pytest.approx(upper)


def test_a_soft_rule_costs_its_penalty_on_the_basis_beyond_the_share():
    # At most 50 % from Nord at 1 against Sud's 10; a penalty of 4 a unit beyond: all 40 from Nord,
    # 20 beyond: 80, less than 20 × 9. At a penalty of 20 the rule is kept.
    made = {
        "Offers": f"{HEAD}, lot_size\nO, C, Nord, buy, 1, 0\nQ, C, Sud, buy, 10, 0",
        "Demand": "workload, 2027, 2028, 2029\nW, 40, 40, 40",
    }
    sheet = "rule, dimension, member, basis, max_pct, penalty\nS, seller, Nord, order_units, 50%, "
    plan = solved(book(**made, Share_rules=sheet + "4"))
    assert plan.objective == pytest.approx(40 + 80)
    assert seen(plan, "Rules", "rule", "level", "violation", "penalty", window="FY2027") == [
        ("S: Nord", 1, 20, 80)
    ]
    plan = solved(book(**made, Share_rules=sheet + "20"))
    assert plan.objective == pytest.approx(20 + 200)
    # a rule that is not active is not in force
    off = "rule, dimension, member, basis, max_pct, active\nS, seller, Nord, order_units, 50%, no"
    assert solved(book(**made, Share_rules=off)).objective == pytest.approx(40)


def test_the_sites_share_of_served_work_is_told_apart_by_place():
    # At most half of the work at Fjord, whose hosting is free; Hall's costs 3 a unit.
    made = {
        "Sites": "site, country, power_mw, pue, energy_price, hosting_cost\n"
        "Hall, NO, 90, 1, 0, 3\nFjord, SE, 90, 1, 0, 0",
        "Demand": "workload, 2027, 2028, 2029\nW, 8, 8, 8",
    }
    plan = solved(book(**made, Share_rules=rules("S, site, Fjord, served, W, period, , 50%, , ,")))
    assert seen(plan, "Usage", "site", "served", period="2028") == [("Fjord", 4), ("Hall", 4)]
    by_country = rules("S, site_country, SE, served, , plan, , 25%, , ,")
    plan = solved(book(**made, Share_rules=by_country))
    assert sum(served for (served,) in seen(plan, "Usage", "served", site="Fjord")) <= 6 + 1e-6


def test_a_least_share_of_two_that_contradict_is_infeasible():
    made = {
        "Offers": f"{HEAD}\nO, C, Nord, buy, 1\nQ, C, Sud, buy, 10",
        "Demand": "workload, 2027, 2028, 2029\nW, 8, 8, 8",
    }
    both = rules(
        "S, seller, Nord, order_units, , , , 40%, , ,",
        "T, seller, Sud, order_units, , , , 40%, , ,",
    )
    assert impossible(book(**made, Share_rules=both))
