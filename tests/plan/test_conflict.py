"""How a limit that cannot hold is told."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.errors import InfeasibleError, NoPlanInTimeError, StoppedError
from chipfolio.formulation.whole import build
from chipfolio.plan import conflict
from chipfolio.plan.budget import Budget
from chipfolio.plan.lacking import LOWER, SHARE, Conflict, Given, Limit, which_is_enough
from chipfolio.plan.plan import names_of, refuse
from chipfolio.solver.bridge import to_matrix
from chipfolio.solver.engine import Outcome
from tests.conftest import book


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (19_608_299.4, "19,608,300 USD"),  # rounded up: a unit less would not do
        (1_000.0, "1,000 USD"),
        (0.25, "0.25 USD"),
    ],
)
def test_what_a_limit_lacks_is_told_as_finance_writes_it(gives, told):
    limit = Limit("Budgets", "Capex", "at most 8 in FY2027", "USD")
    said = str(Conflict(limit, "F6", Given(gives, " in FY2027")))
    wanted = f"Budgets!F6 Capex: at most 8 in FY2027 (raise it by {told} in FY2027)"
    assert said == wanted


def test_what_a_share_lacks_is_told_in_percentage_points_and_which_way():
    least = Limit("Share rules", "Half", "its min_pct", SHARE, way=LOWER, value=0.7)
    said = str(Conflict(least, "H4", Given(0.1001, " in FY2027", 2)))
    assert said.endswith(
        "its min_pct (lower it by 10.01 percentage points, to 59.99 %, in FY2027; "
        "by less in 2 other windows)"
    )
    left = str(Conflict(least, "H4", Given(0.1, "", 0, alone=False)))
    assert left.endswith("to 60 %; another contradiction is left then)")


def test_what_a_limit_comes_to_has_the_digits_of_what_it_lacks():
    share = Limit("Share rules", "Half", "its max_pct", SHARE, value=0.5)
    assert "(raise it by 2.5e-05 percentage points, to 50.000025 %)" in str(
        Conflict(share, "F2", Given(2.5e-7, ""))
    )
    money = Limit("Budgets", "Capex", "its limit", "USD", value=20_000.0)
    assert "(raise it by 0.25 USD, to 20,000.25)" in str(Conflict(money, "F2", Given(0.25, "")))


def test_a_limit_that_lacks_a_hair_is_named():
    # 2 units of Nord's C are in service, and any of Sud's D can be leased: one of the two has half
    # of all or more, and 49.99999 % are allowed
    made = book(
        Vendors="vendor\nNord\nSud",
        Chips="chip, vendor, life_years\nC, Nord, 9\nD, Sud, 9",
        Offers="offer, chip, seller, acquisition, price, term_months\nP, D, Sud, cloud, 10, 12",
        Performance="workload, chip, throughput\nW, C, 1\nW, D, 1",
        Fleet="chip, site, units, in_service_since\nC, Hall, 2, 2026",
        Share_rules="rule, dimension, member, basis, max_pct, window\n"
        "Half, vendor, each, units_in_service, 49.99999%, period",
    )
    with pytest.raises(InfeasibleError) as caught:
        chipfolio.solve(made)
    assert "Half: its max_pct (raise it by 1e-05 percentage points, to 50 %" in str(caught.value)


def test_what_is_enough_alone_is_told_apart_from_what_leaves_another_contradiction():
    def one(name, alone):
        gives = None if alone is None else Given(1.0, "", 0, alone)
        return Conflict(Limit("Offers", name, "its max_order", "units"), "", gives)

    every = [one("A", True), one("B", True)]
    assert which_is_enough(every) == "\nany one of these, relaxed by that much, is enough"
    some = [one("A", True), one("B", False), one("C", None), one("D", True)]
    told = "\nenough alone, relaxed by that much: Offers A or Offers D"
    assert which_is_enough(some) == told
    assert which_is_enough([one("B", False), one("C", False)]).startswith(
        "\none of these has to give; "
    )
    assert which_is_enough([one("B", False), one("C", None)]) == ""


# C costs 10 and serves 1; 3 are needed in 2028, 5 in the rush's, and 2 a year are sold
SHORT = {
    "Offers": "offer, chip, seller, acquisition, price, term_months, max_order\n"
    "O, C, Nord, cloud, 10, 12, 2",
    "Demand": "workload, 2027, 2028, 2029\nW, 0, 3, 0",
}
RUSH = {
    "Scenarios": "scenario, probability, branches_from, branch_period\n"
    "Base, 60%, ,\nRush, 40%, Base, 2028",
    "Scenario changes": "scenario, sheet, item, operation, value\nRush, Demand, W, add, 2",
}


def said_of(made, error, status):
    tables = chipfolio.read(made)
    whole = build(tables, names_of(tables, None))
    with pytest.raises(error) as caught:
        outcome = Outcome(status, None, None, None, 0.0)
        refuse(outcome, whole, to_matrix(whole.model), Budget(5.0))
    return str(caught.value).splitlines()


def test_a_contradiction_says_when_and_that_one_limit_is_enough():
    first, *limits, last = said_of(book(**SHORT), InfeasibleError, "infeasible")
    assert first.endswith("these cannot hold together:")
    assert sorted(line.split(": ", 1)[1] for line in limits) == [
        "its demand must be met (leave 1 unit of work unmet in 2028)",
        "its max_order (raise it by 1 unit in 2028)",
    ]
    assert last == "any one of these, relaxed by that much, is enough"


def test_a_contradiction_names_the_scenario():
    # the rush's demand must give by 3, and the base's by 1: most is told
    _, *limits, _ = said_of(book(**SHORT, **RUSH), InfeasibleError, "infeasible")
    told = "(leave 3 units of work unmet in 2028, scenario 'Rush'; by less in 1 other window)"
    assert any(told in line for line in limits)


def test_what_a_share_lacks_is_of_its_whole():
    # 3 whole units are needed in 2028: 2 of one vendor are 66.67 %, where 40 % are the most
    offers = "offer, chip, seller, acquisition, price, term_months\n"
    rules = "rule, dimension, member, basis, max_pct\nShares, vendor, each, order_spend, 40%"
    made = book(
        Offers=offers + "O, C, Nord, cloud, 10, 12\nP, D, Sud, cloud, 10, 12",
        Chips="chip, vendor, life_years\nC, Nord, 10\nD, Sud, 10",
        Performance="chip, workload, throughput\nC, W, 1\nD, W, 1",
        Demand="workload, 2027, 2028, 2029\nW, 0, 3, 0",
        Share_rules=rules,
    )
    _, *limits, _ = said_of(made, InfeasibleError, "infeasible")
    (share,) = (line for line in limits if "Share rules" in line)
    assert (
        "Share rules!E2 Shares: its max_pct (raise it by 26.6667 percentage points, to 66.6667 %, "
        "in FY2028)" in share
    )


def test_a_plan_not_found_in_time_names_what_the_nearest_one_breaks():
    # whether demand or supply gives is alike to the solver
    first, only = said_of(book(**SHORT), NoPlanInTimeError, "time_limit")
    assert first.startswith("no plan was found within 5 seconds: allow more time, or relax")
    assert "(leave 1 unit of work unmet in 2028)" in only or "(raise it by 1 unit in 2028)" in only


def test_what_a_vendor_sells_too_little_for_is_told_in_money():
    # 3 units at 10 a month for a year are 360; 100 may be sold: 260 are missing
    vendors = "vendor, max_spend_per_fiscal_year\nNord, 100\nSud,"
    made = book(
        **{**SHORT, "Vendors": vendors, "Offers": SHORT["Offers"].replace("12, 2", "12, 9")}
    )
    _, *limits, _ = said_of(made, InfeasibleError, "infeasible")
    assert any("(raise it by 260 USD in FY2028)" in line for line in limits)


def test_a_limit_that_doubles_as_a_large_constant_has_its_amount_too():
    # an order has a fee, so that max_order stands beside the flag as well: 2 where 3 are needed
    offers = (
        SHORT["Offers"].replace("max_order", "max_order, order_fee").replace("12, 2", "12, 2, 5")
    )
    _, *limits, last = said_of(book(**{**SHORT, "Offers": offers}), InfeasibleError, "infeasible")
    assert sorted(line.split(": ", 1)[1] for line in limits) == [
        "its demand must be met (leave 1 unit of work unmet in 2028)",
        "its max_order (raise it by 1 unit in 2028)",
    ]
    assert last == "any one of these, relaxed by that much, is enough"


@pytest.mark.parametrize("kind", [None, "cumulative"])
def test_a_supplier_s_share_of_all_is_no_large_constant(kind):
    # 2 units at Nord are committed, so one of the two suppliers has half of all spend or more,
    # whatever is cut from it: what a cut is worth has a sign of its own in the share
    cuts = "discount, seller, basis, window, kind, threshold, discount_pct\n" + "".join(
        f"{seller}'s, {seller}, spend, plan, {kind}, 20, 10%\n" for seller in ("Nord", "Sud")
    )
    made = book(
        Vendors="vendor\nNord\nSud",
        Chips="chip, vendor, life_years\nC, Nord, 9\nD, Sud, 9",
        Offers="offer, chip, seller, acquisition, price, max_order\n"
        "O, C, Nord, buy, 10, 9\nP, D, Sud, buy, 10, 9",
        Performance="workload, chip, throughput\nW, C, 1\nW, D, 1",
        **{
            "Committed orders": "offer, order_period, units\nO, 2027, 2",
            "Supplier counts": "rule, dimension, max_count, active_if_pct, window\n"
            "Nobody, vendor, 0, 10%, plan",
            **({"Discounts": cuts} if kind else {}),
        },
    )
    with pytest.raises(InfeasibleError) as caught:
        chipfolio.solve(made)
    assert len(caught.value.conflicts) == 1
    assert "its max_count (raise it by 1 supplier, to 1)" in str(caught.value)


def test_contradictions_that_share_no_limit_are_all_told_each_with_its_amounts():
    # 3 of W and 3 of V are needed in 2028; 2 of C and 1 of D a year are sold
    made = book(
        Chips="chip, vendor, life_years\nC, Nord, 10\nD, Nord, 10",
        Offers=SHORT["Offers"] + "\nP, D, Nord, cloud, 10, 12, 1",
        Workloads="workload\nW\nV",
        Performance="chip, workload, throughput\nC, W, 1\nD, V, 1",
        Demand="workload, 2027, 2028, 2029\nW, 0, 3, 0\nV, 0, 3, 0",
    )
    first, *lines, last = said_of(made, InfeasibleError, "infeasible")
    assert first.endswith("; there are 2 contradictions that share no limit")
    assert last == "one limit of each has to give"
    limits = [line for line in lines if line.startswith("  ")]
    assert len(limits) == 4
    amounts = {"W": 1, "O": 1, "V": 2, "P": 2}
    for line in limits:
        amount = next(n for name, n in amounts.items() if f" {name}: " in line)
        assert f" {amount} unit" in line
        assert line.endswith("in 2028; another contradiction is left then)")


def test_a_stop_while_limits_are_sought_is_a_stop(monkeypatch):
    stopped = Outcome("stopped", None, None, None, 0.0)
    monkeypatch.setattr(conflict, "run_highs", lambda *_: stopped)
    said_of(book(**SHORT), StoppedError, "infeasible")


def test_what_is_not_settled_in_time_proves_nothing(monkeypatch):
    late = Outcome("time_limit", None, None, None, 0.0)
    monkeypatch.setattr(conflict, "run_highs", lambda *_: late)
    assert said_of(book(**SHORT), InfeasibleError, "infeasible") == [
        "no plan keeps all the limits of this book"
    ]


def test_where_no_set_is_settled_in_time_the_plan_nearest_is_told(monkeypatch):
    # SHORT lacks units: the first search says so; that it is all there is to it, none says
    true = conflict.run_highs
    late = Outcome("time_limit", None, None, None, 0.0)

    def seldom(program, gap, seconds):
        found = true(program, gap, seconds)
        return found if found.values is not None else late

    monkeypatch.setattr(conflict, "run_highs", seldom)
    said = said_of(book(**SHORT), InfeasibleError, "infeasible")
    assert said[0].endswith("not settled in time. The plan nearest to the limits breaks:")
    assert len(said) > 1 and all(line.startswith("  ") for line in said[1:])
