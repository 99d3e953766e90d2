"""How a limit that cannot hold is told."""

from __future__ import annotations

import pytest

from chipfolio.plan.conflict import Conflict, Limit


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (19_608_299.4, "19,608,300 money"),  # rounded up: a unit less would not do
        (1_000.0, "1,000 money"),
        (0.25, "0.25 money"),
    ],
)
def test_what_a_limit_lacks_is_told_as_finance_writes_it(gives, told):
    limit = Limit("Budgets", "Capex", "at most 8 in FY2027", "money")
    said = str(Conflict(limit, "F6", gives))
    assert said == f"Budgets!F6 Capex: at most 8 in FY2027 ({told} more room would do)"
