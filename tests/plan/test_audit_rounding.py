"""Where rules stand, beside amounts so large that a float holds them to a few hundred-thousandths."""

from types import SimpleNamespace

import numpy as np
import pytest

from chipfolio.plan.audit.checks import Findings
from chipfolio.plan.audit.levels import Level
from chipfolio.plan.audit.tables_shown import check_level

LIMIT = 161_100_000_000.0
STEP = float(np.spacing(LIMIT))  # 3.05e-5: the next number above the limit


def faults(penalty: float = 0.0, **shown: float) -> list[str]:
    """What is found against a row that shows a budget, soft at 0.2 a dollar, just at its limit."""
    level = Level(
        sheet="Budgets",
        rule="Cash",
        member="",
        window="FY2031",
        last=3,
        sense="<=",
        level=LIMIT + STEP,
        limit=LIMIT,
        violation=STEP,
        scale=LIMIT,
        penalty=0.2,
    )
    row = {"window": "FY2031", "limit": LIMIT, "level": LIMIT, "violation": 0.0, "slack": 0.0}
    facts = SimpleNamespace(number=lambda row, column, _: row[column], findings=Findings())
    check_level(facts, {**row, "penalty": penalty, **shown}, "Cash", level)
    return [check.detail for check in facts.findings.checks() if not check.ok]


def test_the_last_digit_of_a_large_amount_is_no_fault():
    assert faults() == []
    assert faults(slack=-2 * STEP) == []


# a billionth of the limit is 161.1, and 32.22 of penalty
@pytest.mark.parametrize("wrong", [{"slack": 200.0}, {"penalty": 40.0}, {"violation": 2e5}])
def test_anything_beyond_rounding_is(wrong):
    assert len(faults(**wrong)) == 1
