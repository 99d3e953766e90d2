"""What more room in a rule is worth has the rule's own unit."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chipfolio.report.numbers import money
from chipfolio.report.rules import limit_text, value_of

CONTRACTS = [{"contract": "By spend", "basis": "spend"}, {"contract": "By units", "basis": "units"}]
STORY = SimpleNamespace(
    currency="USD",
    inputs=SimpleNamespace(rows=lambda _: CONTRACTS),
    money=lambda amount: money(amount, "USD"),
)


@pytest.mark.parametrize(
    ("sheet", "rule", "marginal", "said"),
    [
        ("Share rules", "R", 32_000_000.0, ("320,000\u00a0USD", "per percentage point, in FY2027")),
        ("Supplier counts", "C", 370.4e6, ("370.4\u00a0million USD", "per supplier, in FY2027")),
        ("Budgets", "B", 0.32, ("0.32 USD", "per USD more, in FY2027")),
        ("Contracts", "By spend", 0.32, ("0.32 USD", "per USD more, in FY2027")),
        ("Contracts", "By units", 5_000.0, ("5,000\u00a0USD", "per unit, in FY2027")),
        ("Custom rules", "X", 5_000.0, ("5,000\u00a0USD", "per unit, in FY2027")),
    ],
)
def test_more_room_is_worth_so_much_per_unit_of_the_rule(sheet, rule, marginal, said):
    row = {
        "rule": rule,
        "sheet": sheet,
        "window": "FY2027",
        "marginal_value": marginal,
        "slack": 0.0,
    }
    cell = value_of(STORY, sheet, [("", row)])
    assert (cell.main, cell.sub) == said


def test_a_contract_by_spend_has_a_limit_in_money():
    assert limit_text(STORY, "Contracts", "By spend", 2.5e6) == "2.50\u00a0million USD"
    assert limit_text(STORY, "Contracts", "By units", 9_320.0) == "9,320 units"
