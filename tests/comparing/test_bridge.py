"""The bridge of small books solved by hand: steps, effects, what moved, what cannot be."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

import chipfolio
from chipfolio.cli import cli
from chipfolio.comparing.kept import shapley
from chipfolio.comparing.sides import side_of, side_of_plan
from chipfolio.comparing.subjects import split
from chipfolio.contract.compared import COMPARED
from chipfolio.errors import PlanError
from chipfolio.quarters.books import opened
from chipfolio.quarters.roll import roll
from chipfolio.quarters.write import roll_file
from chipfolio.workbook.template import template_bytes
from tests.comparing.sides import compared, side, steps
from tests.rooms.by_hand import FREE, ONLY, TWO_OFFERS, plan_of, quarters

PRICED = "offer, chip, seller, acquisition, price \n O, C, Nord, buy, {}"


def asked(*units: float, periods: int | None = None) -> str:
    """Demand by quarter."""
    labels = [f"2027Q{at + 1}" for at in range(periods or len(units))]
    return f"workload, {', '.join(labels)} \n W, {', '.join(map(str, units))}"


def lab(price: float = 100, units: float = 10, **more: str) -> dict:
    """One quarter in which so many units are bought at a price."""
    return quarters(1, **{"Offers": PRICED.format(price), "Demand": asked(units), **more})


# ------------------------------------------------------------------ steps
def test_demand_up_and_price_down():
    # 10 × 100 = 1,000 → 12 × 80 = 960. Demand first: +200, then −240; price first: −200, then +160.
    # Ten units at 80 are no plan for 12; at unchanged decisions the price alone saves 200.
    one, other = side(lab()), side(lab(80, 12), "B")
    found = compared(one, other)
    assert steps(found) == {"demand": 180, "prices": -220}
    assert steps(found, "forward") == {"demand": 200, "prices": -240}
    assert steps(found, "effect") == {"demand": None, "prices": -200}
    assert steps(found, "response") == {"demand": None, "prices": -20}
    assert set(steps(found, "told_apart").values()) == {"yes"}
    assert found.finding == "The second plan costs 40.00 USD less: prices −220.00, demand +180.00"
    told = "the first plan breaks Workloads W: its demand must be met (leave 2 units of work unmet"
    assert told in steps(found, "finding")["demand"]
    back = compared(other, one)
    assert steps(back) == {"demand": -180, "prices": 220}
    # twelve units are a plan for ten, and demand changes nothing about their cost
    assert steps(back, "effect") == {"demand": 0, "prices": 240}


def test_what_moved_and_what_became_of_promises():
    one, other = side(lab()), side(lab(80, 12), "B")
    found = compared(one, other)
    moved = found.tables["Moved decisions"]
    assert [(row["item"], row["before"], row["after"], row["moved_by"]) for row in moved] == [
        ("O", 10, 12, "demand +2")
    ]
    assert moved[0]["list_value"] == 160
    # ten promised at 100 and two more: nothing is lowered; back, 2 of 12 at 80 are dropped
    told = {row["item"]: row["value"] for row in found.tables["Nervousness"]}
    assert told["nervousness"] == 0
    assert told["orders not promised, list value"] == 200
    back = {row["item"]: row["value"] for row in compared(other, one).tables["Nervousness"]}
    assert back["nervousness"] == pytest.approx(2 / 12)
    assert back["orders not promised, list value"] == 0


def test_a_plan_that_is_no_plan_any_more_says_which_limit_it_breaks_and_by_how_much():
    # ten units for 1,000 break a budget of 900 by 100, and are two more than a most of 8
    budget = "budget, lines, window, limit \n Purse, capex, plan, {}"
    work = {"Workloads": FREE.format(200)}
    one = side(lab(**work, Budgets=budget.format(5000)))
    found = compared(one, side(lab(**work, Budgets=budget.format(900)), "B"))
    told = "the first plan breaks Budgets Purse: its limit (raise it by 100 USD, to 1,000)"
    assert told in steps(found, "finding")["policy"]
    fewer = lab(**work, Budgets=budget.format(5000), Offers=ONLY.format(8))
    found = compared(one, side(fewer, "B"))
    told = "the plan orders 10 lots of O for Hall in 2027Q1; here it can be at most 8"
    assert told in steps(found, "finding")["supply"]


def test_changes_that_a_plan_bears_alone_but_not_together_say_so():
    # ten units at 100 in a budget of 1,050; at 105 or in one of 1,000 they are still a plan: no more
    # with both
    budget = "budget, lines, window, limit \n Purse, capex, plan, {}"
    work = {"Workloads": FREE.format(200)}
    one = side(lab(**work, Budgets=budget.format(1050)))
    found = compared(one, side(lab(105, **work, Budgets=budget.format(1000)), "B"))
    told = "under prices and policy together the first plan breaks Budgets Purse: its limit (raise"
    for step in ("prices", "policy"):
        assert told in steps(found, "finding")[step]


def test_the_effect_of_demand_where_work_may_stay_unmet():
    # Work may stay unmet at 200. Price 100 → 80 and upkeep 0 → 8 a year, 2 a quarter, are both of
    # the subject prices: 820 for ten kept units, −180; two more asked for stay unmet, +400.
    # Decided anew: 1,000; 1,200 with demand, 820 with prices, 984 = 12 × 82 with both.
    chips = "chip, vendor, life_years, upkeep_per_unit_year \n C, Nord, 10, {}"
    work = {"Workloads": FREE.format(200), "Chips": chips.format(0)}
    one = side(lab(**work))
    other = side(lab(80, 12, **{**work, "Chips": chips.format(8)}), "B")
    found = compared(one, other)
    assert steps(found, "effect") == pytest.approx({"demand": 400, "prices": -180})
    assert steps(found) == pytest.approx({"demand": 182, "prices": -198})


def test_a_quarter_rolled_and_more_asked_for():
    # A buys 5, then 3 more at 100: 800. At 2027Q2 the 3 are left: 300. B asks for 9: 4 more, 400.
    made = quarters(2, Demand=asked(5, 8))
    plan = plan_of(made)
    rolled = roll(opened(made), plan.tables, "2027Q2").frames
    rolled["Demand"]["2027Q2"] = [9.0]
    one, other = side_of_plan("A", opened(made), plan), side(rolled, "B")
    found = compared(one, other)
    assert steps(found) == {"time rolled": -500, "demand": 100}
    assert steps(found, "effect") == {"time rolled": -500, "demand": None}
    assert "500.00 USD of A lies before 2027Q2" in steps(found, "finding")["time rolled"]
    assert steps(compared(other, one)) == {"time rolled": 500, "demand": -100}
    subjects = {(row["step"], row["sheet"], row["item"]) for row in found.tables["Bridge inputs"]}
    assert subjects == {
        ("time rolled", "Settings", "first_period"),
        ("time rolled", "Settings", "periods"),
        ("demand", "Demand", "W"),
    }


def test_an_order_that_came_dearer_is_an_actual():
    # the five are ordered in 2027Q1 for 2027Q2, paid on delivery at 110 in place of 100
    late = "offer, chip, seller, acquisition, price, lead_time \n O, C, Nord, buy, 100, 1"
    made = quarters(2, Offers=late, Demand=asked(0, 5))
    plan = plan_of(made)
    rolled = roll(opened(made), plan.tables, "2027Q2").frames
    rolled["Committed orders"]["unit_price"] = [110.0]
    found = compared(side_of_plan("A", opened(made), plan), side(rolled, "B"))
    assert steps(found) == {"time rolled": 0, "actuals": 50}
    assert steps(found, "effect") == {"time rolled": 0, "actuals": 50}


def test_a_longer_plan_is_time():
    # a second quarter in which 4 more are asked for: 400, whatever else is the same
    found = compared(side(lab()), side(quarters(2, Demand=asked(10, 14)), "B"))
    assert steps(found) == {"time rolled": 400}
    assert steps(compared(side(quarters(2, Demand=asked(10, 14))), side(lab(), "B"))) == {
        "time rolled": -400
    }


# ------------------------------------------------------------------ no differences, no plan
def test_equal_books_have_no_step_to_tell():
    found = compared(side(lab()), side(lab(), "B"))
    assert steps(found) == {"settings": 0}
    assert found.finding == "Both plans cost 1,000 USD"
    assert found.tables["Bridge inputs"] == found.tables["Moved decisions"] == []


def test_what_moves_no_plan_is_listed_and_is_no_step():
    made = lab()
    named = {**made, "Settings": made["Settings"].copy()}
    named["Settings"].loc[len(named["Settings"])] = ["plan_name", "Spring"]
    found = compared(side(made), side(named, "B"))
    assert steps(found) == {"settings": 0}
    (row,) = found.tables["Bridge inputs"]
    assert (row["item"], row["moves"]) == ("plan_name", "no")


def test_the_last_digit_of_a_number_is_no_difference():
    found = compared(side(lab()), side(lab(price=100.00000000000001), "B"))
    assert found.tables["Bridge inputs"] == []
    assert steps(found) == {"settings": pytest.approx(0)}


def test_steps_around_a_world_without_a_plan_share_their_sum():
    # 10 of at most 10 → 20 of at most 20. Demand first: no plan, both share 1,000 equally.
    # Supply first: 0, then demand 1,000. Means: demand 750, supply 250.
    one = side(lab(Offers=ONLY.format(10)))
    other = side(lab(units=20, Offers=ONLY.format(20)), "B")
    found = compared(one, other)
    assert steps(found) == {"demand": 750, "supply": 250}
    assert "a world without a plan" in steps(found, "finding")["demand"]
    status = {(row["order"], row["number"]): row["status"] for row in found.tables["Bridge worlds"]}
    assert status["forward", 1] == "infeasible"
    assert found.exit_code == 0
    assert steps(compared(other, one)) == {"demand": -750, "supply": -250}


def test_worlds_for_which_there_was_no_time_are_told():
    # no world between is known: what the plans differ by is shared equally, and is not proven
    found = compared(side(lab()), side(lab(80, 12), "B"), minutes=1e-9)
    assert steps(found) == {"demand": -20, "prices": -20}
    assert {row["status"] for row in found.tables["Bridge worlds"]} == {"plan", "cut", ""}
    assert found.exit_code == 4
    assert not found.proven


def test_another_version_is_a_step_of_its_own():
    # an older version found 1,005 for the same book: 5 less now, then as ever
    old = replace(side(lab()), objective=1005.0, bound=990.0, versions=("0.0.1", "1", "6"))
    found = compared(old, side(lab(80), "B"))
    assert steps(found) == {"prices": -200, "software version": -5}
    # that plan was proven to 15: its version may have saved nothing, or found too much by 5
    assert steps(found, "told_apart") == {"prices": "yes", "software version": "no"}
    assert steps(compared(side(lab(80)), old)) == {"prices": 200, "software version": 5}
    assert steps(compared(side(lab()), old)) == {"software version": 5}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"currency": "EUR"}, "the currency is USD in A and EUR in B"),
        ({"first_period": 2027, "months_per_period": 12}, "the length of a period is 3 in A"),
    ],
)
def test_plans_that_cannot_be_set_side_by_side(settings, said):
    label = "2027" if "first_period" in settings else "2027Q1"
    later = quarters(1, settings, Demand=f"workload, {label} \n W, 10")
    with pytest.raises(PlanError, match=said):
        compared(side(lab()), side(later, "B"))


# ------------------------------------------------------------------ subjects
def test_a_deal_withdrawn_is_of_the_terms_and_one_signed_is_an_actual():
    # ten units of Nord earn 60 where the deal is signed, which costs nothing
    tie = "deal, vendor, signing \n Tie, Nord, {}"
    ten = "deal, milestone, measure, threshold, value, kind \n Tie, Ten, cumulative_units, 10, 60, cash"
    one, two, three = (
        side(lab(Deals=tie.format(signing), Deal_milestones=ten), signing)
        for signing in ("optional", "no", "signed")
    )
    assert steps(compared(one, two)) == {"terms": 60}
    assert steps(compared(one, three)) == {"actuals": 0}


def test_a_new_chip_comes_with_its_offer_and_throughput():
    # K serves twice as much for 150: 5 of K cost 750
    one = lab()
    more = {
        "Chips": "chip, vendor, life_years \n C, Nord, 10 \n K, Sud, 10",
        "Offers": "offer, chip, seller, acquisition, price \n O, C, Nord, buy, 100"
        "\n P, K, Sud, buy, 150",
        "Performance": "chip, workload, throughput \n C, W, 1 \n K, W, 2",
        "Demand": asked(10),
    }
    found = compared(side(one), side(quarters(1, **more), "B"))
    assert steps(found) == {"supply": -250}
    assert {row["step"] for row in found.tables["Bridge inputs"]} == {"supply"}


def test_every_difference_has_one_subject():
    one = quarters(1, **TWO_OFFERS, Demand=asked(10))
    other = quarters(
        1,
        {"discount_rate": "10%"},
        **{
            **TWO_OFFERS,
            "Chips": "chip, vendor, life_years, power_kw \n C, Nord, 10, 1 \n K, Sud, 10, ",
            "Offers": TWO_OFFERS["Offers"].replace("100", "90"),
            "Sites": "site, power_mw, pue, energy_price \n Hall, 900, 1, 20",
        },
        Demand=asked(11),
        Share_rules="rule, dimension, member, basis, max_pct \n Two, seller, Nord, order_spend, 60%",
        Discounts="discount, seller, basis, window, kind, threshold, discount_pct \n"
        " Big, Nord, units, plan, all_units, 5, 10%",
    )
    told = {
        (piece.sheet, piece.differences[0].column or piece.differences[0].item): piece.subject
        for piece in split(opened(one), opened(other)).pieces
    }
    assert told == {
        ("Settings", "value"): "settings",
        ("Chips", "power_kw"): "performance",
        ("Offers", "price"): "prices",
        ("Demand", "W"): "demand",
        ("Sites", "power_mw"): "sites",
        ("Sites", "energy_price"): "prices",
        ("Share rules", "Two"): "policy",
        ("Discounts", "Big / 5"): "terms",
    }


def test_shapley_mean_of_a_known_game():
    # a glove game: b and c are alike, a pairs with either: 2/3, 1/6, 1/6
    worth = {frozenset(one): 1.0 for one in ("ab", "ac", "abc")}
    found = shapley("abc", True, lambda one: worth.get(one, 0.0))
    assert found == pytest.approx({"a": 2 / 3, "b": 1 / 6, "c": 1 / 6})
    two = shapley(("a", "b", "c"), False, lambda one: worth.get(one, 0.0))
    assert sum(two.values()) == pytest.approx(1.0)


# ------------------------------------------------------------------ from the command line
def test_two_plan_workbooks_from_the_command_line(tmp_path):
    names = {"a-plan": lab(), "b-plan": lab(80, 12)}
    paths = [
        chipfolio.write(plan_of(made), tmp_path / f"{name}.xlsx") for name, made in names.items()
    ]
    out = ["--out", str(tmp_path), "--json", str(tmp_path / "c.json"), "--workers", "1"]
    done = CliRunner().invoke(cli, ["compare", *map(str, paths), *out])
    assert done.exit_code == 0, done.output
    assert re.search(r"  demand +\+180.00 USD\n", done.output)
    told = json.loads((tmp_path / "c.json").read_text(encoding="utf-8"))
    assert told["objective"] == [1000, 960]
    assert {name: list(table) for name, table in COMPARED.items()}.keys() == told["tables"].keys()
    assert sum(row["total"] for row in told["tables"]["Bridge"][1:-1]) == pytest.approx(-40)
    page = (tmp_path / "b-plan-from-a-plan.html").read_text(encoding="utf-8")
    assert "<h1>The second plan costs 40.00 USD less" in page
    assert page.count("<svg") == 1
    refused = CliRunner().invoke(cli, ["compare", str(tmp_path / "c.json"), str(paths[1])])
    assert refused.exception is not None
    assert "c.json" in str(refused.exception)


def test_files_rolled_unchanged_differ_by_time_alone(tmp_path):
    # orders placed before the plan stand below others on a sheet that begins further down: 3 and 2
    # units of O and P, P's dearer, serve already; demand grows by 4, on O
    offers = "offer, chip, seller, acquisition, price, lead_time \n O, C, Nord, buy, 100, 1 \n"
    made = quarters(
        3,
        **{**TWO_OFFERS, "Offers": f"{offers} P, K, Sud, buy, 120, 1"},
        Demand=asked(5, 5, 9),
        Committed_orders="offer, order_period, delivery_period, units, site, unit_price \n"
        "P, 2026Q4, 2027Q1, 2, Hall, 110 \n O, 2026Q4, 2027Q1, 3, Hall, 90",
    )
    book, later = tmp_path / "lab.xlsx", tmp_path / "later.xlsx"
    book.write_bytes(template_bytes(made, blank=True))
    plan = chipfolio.write(chipfolio.solve(book), tmp_path / "lab-plan.xlsx")
    roll_file(book, plan, "2027Q2", out=later)
    after = chipfolio.write(chipfolio.solve(later), tmp_path / "later-plan.xlsx")
    found = compared(side_of(plan), side_of(after))
    # five units paid in 2027Q1: 2 × 110 + 3 × 90
    assert steps(found) == {"time rolled": pytest.approx(-490)}
    assert steps(found, "response") == {"time rolled": pytest.approx(0)}
