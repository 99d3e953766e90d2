"""How a limit that cannot hold is told."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.errors import InfeasibleError, NoPlanInTimeError
from chipfolio.formulation.whole import build
from chipfolio.plan.conflict import SHARE, Conflict, Given, Limit
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
    wanted = f"Budgets!F6 Capex: at most 8 in FY2027 ({told} in FY2027 more room would do)"
    assert said == wanted


def test_what_a_share_lacks_is_told_in_percentage_points():
    conflict = Conflict(Limit("Share rules", "Half", "the rule", SHARE), "A4", Given(0.125, ""))
    assert "(12.5 percentage points more room would do)" in str(conflict)


# C costs 10 and serves 1; 3 are needed in 2028, 5 in the slump's, and 2 a year are sold
SHORT = {
    "Offers": "offer, chip, seller, acquisition, price, term_months, max_order\n"
    "O, C, Nord, cloud, 10, 12, 2",
    "Demand": "workload, 2027, 2028, 2029\nW, 0, 3, 0",
}
SLUMP = {
    "Scenarios": "scenario, probability, branches_from, branch_period\n"
    "Base, 60%, ,\nRush, 40%, Base, 2028",
    "Scenario changes": "scenario, sheet, item, operation, value\nRush, Demand, W, add, 2",
}


def said_of(made, error, status):
    tables = chipfolio.read(made)
    whole = build(tables, names_of(tables, None))
    with pytest.raises(error) as caught:
        outcome = Outcome(status, None, None, None, 0.0)
        refuse(outcome, whole, to_matrix(whole.model), 5.0)
    return str(caught.value).splitlines()


def test_a_contradiction_says_when_and_that_one_limit_is_enough():
    first, *limits, last = said_of(book(**SHORT), InfeasibleError, "infeasible")
    assert first.endswith("these cannot hold together:")
    assert sorted(line.split(": ", 1)[1] for line in limits) == [
        "its demand must be met (1 units of work in 2028 more room would do)",
        "its max_order (1 units in 2028 more room would do)",
    ]
    assert last == "any one of these, relaxed by that much, is enough"


def test_a_contradiction_names_the_scenario():
    # the slump's demand alone must give by 3, the base's by 1: most is told
    _, *limits, _ = said_of(book(**SHORT, **SLUMP), InfeasibleError, "infeasible")
    assert any("(3 units of work in 2028, scenario 'Rush' more room" in line for line in limits)


def test_a_plan_not_found_in_time_names_what_the_nearest_one_breaks():
    # whether demand or supply gives is alike to the solver
    first, only = said_of(book(**SHORT), NoPlanInTimeError, "time_limit")
    assert first.startswith("no plan was found within 5 seconds: allow more time, or relax")
    assert "in 2028 more room would do" in only
