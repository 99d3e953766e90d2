"""Signing: which optional contracts and deals are signed, when, and from when they act."""

from __future__ import annotations

import pytest

from chipfolio.errors import InfeasibleError, WorkbookError
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
    quarters,
    row,
)

GROWING = "workload, 2027, 2028, 2029 \n W, 4, 8, 12"


def frame_contract(cells: str, columns: str = "") -> str:
    """One contract of Nord's on spend."""
    head = f"contract, seller, basis, signing{', ' + columns if columns else ''}"
    return f"{head}\nFrame, Nord, spend, {cells}"


def test_a_contract_is_signed_within_its_signing_window_and_acts_from_then_on():
    # 10 % off from 2028 on, the first year it can be signed in: 400 + 2 × 360
    contracts = frame_contract("optional, 2028, 10%", "first_signing, price_cut_pct")
    plan = plan_of(book(3, Demand=GROWING, Contracts=contracts))
    assert line(plan, "chip_purchases") == {"2027": 400, "2028": 360, "2029": 360}
    assert [period for _, period, *_ in events(plan, "signed")] == ["2028"]


def test_a_contract_is_not_signed_after_its_last_signing():
    # it must be signed in 2027 although it acts from 2028 on; the fee of 50 is paid in 2027
    contracts = frame_contract(
        "optional, 2027, 50, 2028, 10%", "last_signing, signing_fee, from, price_cut_pct"
    )
    plan = plan_of(book(3, Demand=GROWING, Contracts=contracts))
    assert events(plan, "signed") == [("Frame", "2027", "", 50)]
    assert line(plan, "contract_fees") == {"2027": 50}
    assert plan.objective == pytest.approx(400 + 360 + 360 + 50)


def test_a_fee_is_paid_once_in_the_period_of_signing():
    # money has its price, so it is signed as late as it is of use: in 2028
    contracts = frame_contract("optional, 10, 2028, 10%", "signing_fee, from, price_cut_pct")
    plan = plan_of(book(3, {"discount_rate": "25%"}, Demand=GROWING, Contracts=contracts))
    assert line(plan, "contract_fees") == {"2028": 10}
    assert plan.objective == pytest.approx(400 + 370 * 0.8 + 360 * 0.64)


def test_a_contract_signed_already_charges_no_fee():
    contracts = frame_contract("signed, 999, 10%", "signing_fee, price_cut_pct")
    assert cost(book(Demand="workload, 2027 \n W, 4", Contracts=contracts)) == pytest.approx(360)


def test_a_contract_that_is_not_active_does_nothing():
    contracts = frame_contract("signed, 999, 10%, no", "minimum, price_cut_pct, active")
    assert cost(book(Demand="workload, 2027 \n W, 4", Contracts=contracts)) == pytest.approx(400)


def test_signing_a_contract_binds_the_whole_of_the_window_in_which_it_is_signed():
    # 10 % off in 2028Q3 saves 40, but the minimum of 900 over the year then binds orders of its
    # first quarters too: 4 × 100 + 4 × 90 = 760, and 140 more at 100 %; not signed: 800
    sheets = {
        "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4 \n W, 4, 4, 8, 8",
        "Contracts": """
            contract, seller, basis, signing, first_signing, minimum, shortfall_pct, price_cut_pct
            Frame, Nord, spend, optional, 2027Q3, {}, 100%, 10%
        """,
    }
    for minimum, expected in ((760, 760), (790, 790), (900, 800)):
        terms = {**sheets, "Contracts": sheets["Contracts"].format(minimum)}
        assert cost(quarters(4, **terms)) == pytest.approx(expected)


def test_a_contract_signed_after_a_window_does_not_bind_it():
    # 60 % off against a minimum of 590 a year: signed in 2029 only, whose 12 orders then cost
    # 12 × 40 = 480 and the missing 110, against 1200; 2027 and 2028 pay 400 each and no shortfall
    contracts = frame_contract(
        "optional, 2029, 590, 100%, 60%", "first_signing, minimum, shortfall_pct, price_cut_pct"
    )
    plan = plan_of(book(3, Demand="workload, 2027, 2028, 2029 \n W, 4, 8, 20", Contracts=contracts))
    assert plan.objective == pytest.approx(400 + 400 + 590)
    assert line(plan, "shortfall_payments") == {"2029": 110}


def test_a_deal_off_the_table_pays_nothing():
    sheets = {
        "Demand": "workload, 2027 \n W, 4",
        "Deals": "deal, vendor, signing \n Warrant, Nord, {}",
        "Deal_milestones": """
            deal, milestone, measure, threshold, value, kind
            Warrant, First, cumulative_units, 4, 50, cash
        """,
    }
    expected = {"no": 400, "signed": 350, "optional": 350}
    for signing, total in expected.items():
        terms = {**sheets, "Deals": sheets["Deals"].format(signing)}
        assert cost(book(**terms)) == pytest.approx(total)


def test_a_share_rule_rests_on_the_signing_of_a_deal():
    # signing brings 60 but then Sud (dearer by 20) must have 40 % of 10 orders: 4 × 20 = 80 lost;
    # with 25 %: 3 whole units, 60 lost: not worth it either; with 20 %: 2 units, 40 lost: signed
    sheets = {
        **TWO_OFFERS,
        "Demand": "workload, 2027 \n W, 10",
        "Deals": "deal, vendor, signing \n Entry, Sud, optional",
        "Deal_milestones": """
            deal, milestone, measure, threshold, value, kind
            Entry, Start, cumulative_units, 1, 65, cash
        """,
        "Share_rules": """
            rule, dimension, member, basis, min_pct, applies_if
            Foothold, vendor, Sud, order_units, {}%, Entry
        """,
    }
    for share, expected in ((40, 1000), (20, 1000 + 40 - 65)):
        terms = {**sheets, "Share_rules": sheets["Share_rules"].format(share)}
        plan = plan_of(book(**terms))
        assert plan.objective == pytest.approx(expected)
        assert bool(events(plan, "signed")) == (share == 20)


@pytest.mark.parametrize("basis", ["units_in_service", "power", "served", "order_spend"])
def test_a_rule_on_any_basis_may_rest_on_a_contract(basis):
    # 30 % off everything of Nord's while at most 60 % is Nord's; without it all is Nord's
    sheets = {
        **TWO_OFFERS,
        "Chips": "chip, vendor, life_years, power_kw \n C, Nord, 10, 10 \n K, Sud, 10, 10",
        "Demand": "workload, 2027 \n W, 10",
        "Contracts": """
            contract, seller, basis, signing, price_cut_pct
            Courtship, Nord, spend, optional, 30%
        """,
        "Share_rules": f"""
            rule, dimension, member, basis, max_pct, applies_if
            Courted, vendor, Nord, {basis}, 60%, Courtship
        """,
    }
    # signed: 6 × 70 + 4 × 120 = 900 (of spend, 420 / 900 = 47 %: even 7 × 70 + 3 × 120 = 850,
    # 58 %); not signed: 1000
    expected = 850 if basis == "order_spend" else 900
    assert cost(book(**sheets)) == pytest.approx(expected)


def test_a_rule_that_rests_on_what_is_never_signed_does_not_hold():
    sheets = {
        **TWO_OFFERS,
        "Demand": "workload, 2027 \n W, 10",
        "Deals": "deal, vendor, signing \n Entry, Sud, no",
        "Share_rules": """
            rule, dimension, member, basis, min_pct, applies_if
            Foothold, vendor, Sud, order_units, 40%, Entry
        """,
    }
    assert cost(book(**sheets)) == pytest.approx(1000)


def test_a_rule_that_rests_on_a_deal_holds_in_windows_by_whose_end_it_is_signed():
    # the deal can be signed in 2028 only: in 2027 all is Nord's, ten being all it sells in a year
    sheets = {
        **TWO_OFFERS,
        "Vendors": "vendor, max_units \n Nord, 10 \n Sud, ",
        "Demand": "workload, 2027, 2028 \n W, 10, 20",
        "Deals": "deal, vendor, signing, first_signing \n Entry, Sud, optional, 2028",
        "Deal_milestones": """
            deal, milestone, measure, threshold, value, kind
            Entry, Start, cumulative_units, 1, 1000, cash
        """,
        "Share_rules": """
            rule, dimension, member, basis, min_pct, applies_if
            Foothold, vendor, Sud, order_units, 40%, Entry
        """,
    }
    plan = plan_of(book(2, **sheets))
    assert bought(plan) == {("O", "2027"): 10, ("O", "2028"): 6, ("P", "2028"): 4}


def test_a_contract_withdrawn_by_a_scenario_is_not_in_force_there():
    sheets = {
        "Demand": "workload, 2027, 2028 \n W, 4, 8",
        "Contracts": frame_contract("signed, 10%", "price_cut_pct"),
        "Scenarios": """
            scenario, probability, branches_from, branch_period
            Kept, 50%, ,
            Withdrawn, 50%, Kept, 2028
        """,
        "Scenario_changes": """
            scenario, sheet, item, column, operation, value
            Withdrawn, Contracts, Frame, , remove,
        """,
    }
    # kept 720; withdrawn 360 + 400, or all eight in 2027 in both: 720 < (720 + 760) / 2
    assert cost(book(2, **sheets)) == pytest.approx(720)
    assert plan_of(book(2, **sheets), scenario="Withdrawn").objective == pytest.approx(720)
    fixed = {**sheets, "Vendors": "vendor, max_units \n Nord, 4 \n Sud, "}
    assert plan_of(book(2, **fixed), scenario="Withdrawn").objective == pytest.approx(760)


def test_what_must_be_bought_under_a_contract_that_cannot_be_kept_has_no_plan():
    contracts = """
        contract, seller, offer, basis, signing, minimum
        Frame, Nord, O, units, signed, 20
    """
    timeline = "sheet, item, column, 2027 \n Offers, O, max_order, 10"
    with pytest.raises((InfeasibleError, WorkbookError)):
        plan_of(book(Demand="workload, 2027 \n W, 4", Contracts=contracts, Timeline=timeline))


@states("signing.signs_as_steps_say")
def test_it_is_signed_at_most_once():
    contracts = frame_contract("optional, 10%", "price_cut_pct")
    whole = model_of(book(3, Demand=GROWING, Contracts=contracts))
    # signed in a period: by it, but not by the one before; by the last one at most once
    for at in range(3):
        before = {f"signs_by[Frame,{at - 1}]": 1} if at else {}
        assert row(whole, "signing", "signs_as_steps_say", ("Frame", at)) == (
            0,
            {f"signs[Frame,{at}]": 1, f"signs_by[Frame,{at}]": -1, **before},
            0,
        )
    assert whole.worlds[""].rooms["signing"].decisions["signs_by"]["Frame", 2].bounds == (0, 1)


# ------------------------------------------------------------------ what a contract requires
PORT = {
    "Platforms": "platform, efficiency_at_start \n ROCm, 100%",
    "Software": "project, platform, cost, duration, efficiency, finished \n Port, ROCm, {}, 1, 1, {}",
    "Demand": GROWING,
    "Contracts": frame_contract("optional, Port, 10%", "requires, price_cut_pct"),
}


def ported(cost: object, finished: object = "") -> dict[str, str]:
    """A price of 10 % off that the port of a second source earns."""
    return {**PORT, "Software": PORT["Software"].format(cost, finished)}


@pytest.mark.parametrize(("port", "total"), [(30, 400 + 360 + 360 + 30), (90, 1200)])
def test_a_price_is_had_from_when_the_project_it_requires_is_finished(port, total):
    # the port takes 2027, so that the price is signed in 2028 and saves 40 a year: worth 30, not 90
    plan = plan_of(book(3, **ported(port)))
    assert plan.objective == pytest.approx(total)
    assert [period for _, period, *_ in events(plan, "signed")] == ["2028"] * (port == 30)


def test_a_project_that_is_finished_already_lets_sign_at_once():
    plan = plan_of(book(3, **ported(999, 2026)))
    assert plan.objective == pytest.approx(3 * 360)
    assert [period for _, period, *_ in events(plan, "signed")] == ["2027"]


def test_a_price_is_had_from_when_the_programme_it_requires_is_ready():
    # the one stage fills 2027 and 2028 and costs 20; signed in 2029 the price saves 40
    sheets = {
        "Demand": GROWING,
        "Programmes": "programme \n Asic",
        "Programme_stages": "programme, stage, duration, cost \n Asic, 1, 2, 20",
        "Contracts": frame_contract("optional, Asic, 10%", "requires, price_cut_pct"),
    }
    plan = plan_of(book(3, **sheets))
    assert plan.objective == pytest.approx(400 + 400 + 360 + 20)
    assert [period for _, period, *_ in events(plan, "signed")] == ["2029"]


def test_a_contract_that_requires_another_is_signed_with_it_or_later():
    # the frame costs 25 and brings nothing itself; with it 10 % off each year: 25 for 120
    sheets = {
        "Demand": GROWING,
        "Contracts": """
            contract, seller, basis, signing, requires, first_signing, signing_fee, price_cut_pct
            Frame, Nord, spend, optional, , {}, 25,
            Price, Nord, spend, optional, Frame, , , 10%
        """,
    }
    for first, total in ((2027, 3 * 360 + 25), (2028, 400 + 2 * 360 + 25), (2029, 400 + 400 + 385)):
        terms = {**sheets, "Contracts": sheets["Contracts"].format(first)}
        plan = plan_of(book(3, **terms))
        assert plan.objective == pytest.approx(total)
        assert {period for _, period, *_ in events(plan, "signed")} == {str(first)}


def test_what_is_switched_off_or_withdrawn_earns_no_price():
    sheets = {
        "Demand": GROWING,
        "Contracts": """
            contract, seller, basis, signing, requires, price_cut_pct, active, first_signing
            Frame, Nord, spend, {}, , , {}, 2028
            Price, Nord, spend, optional, Frame, 10%, yes, 2028
        """,
    }
    trees = {
        "Scenarios": """
            scenario, probability, branches_from, branch_period
            Kept, 50%, ,
            Withdrawn, 50%, Kept, 2028
        """,
        "Scenario_changes": """
            scenario, sheet, item, column, operation, value
            Withdrawn, Contracts, Frame, , remove,
        """,
    }
    for signing, active, total in (("signed", "no", 1200), ("signed", "yes", 1120)):
        terms = {**sheets, "Contracts": sheets["Contracts"].format(signing, active)}
        assert cost(book(3, **terms)) == pytest.approx(total)
    terms = {**sheets, **trees, "Contracts": sheets["Contracts"].format("optional", "yes")}
    assert plan_of(book(3, **terms), scenario="Kept").objective == pytest.approx(1120)
    assert plan_of(book(3, **terms), scenario="Withdrawn").objective == pytest.approx(1200)


@states("signing.a_contract_waits_for_what_it_requires")
def test_rows_of_what_a_contract_requires():
    whole = model_of(book(3, **ported(30)))
    rows = {
        at: row(whole, "signing", "a_contract_waits_for_what_it_requires", ("Frame", at))
        for at in range(3)
    }
    # signed by ≤ finished before: nothing in 2027; a port started by 2027 (2028) in 2028 (2029)
    port = {at: f"starts_by[Port,{at - 1}]" for at in (1, 2)}
    assert rows == {
        0: (None, {"signs_by[Frame,0]": 1}, 0),
        **{at: (None, {f"signs_by[Frame,{at}]": 1, port[at]: -1}, 0) for at in (1, 2)},
    }


def test_a_price_that_must_be_signed_before_it_is_earned_is_explained():
    sheets = {
        **ported(30),
        "Custom_rules": """
            rule, quantity, dimension, member, coefficient, sense, limit, to
            Sign, contract_signed, contract, Frame, 1, >=, 1, 2027
        """,
    }
    with pytest.raises(InfeasibleError) as caught:
        plan_of(book(3, **sheets))
    said = str(caught.value)
    assert "Contracts!E2 Frame: its requires (signing without it in 2027 would do)" in said
    assert "Custom rules!G2 Sign: its limit" in said
