"""Opening balances are facts: what the books say at the plan's start is what the accounts begin with."""

from __future__ import annotations

import pytest

import chipfolio
from chipfolio.workbook.verify import verify_plan
from tests.conftest import frames

# Two years at the end of a short life, and nothing to decide.
# K: 4 bought in 2026 at 100, three years in the books. The books say 150 (by this book's lives it
# would be 267): two years are left, 75 each.
# L: 10 leased from 2026 to 2028 at 1 a month, 120 a year at each year's end, valued at 10 %. The
# right of use stands at 180, 90 a year. What is owed stands at 210, where the rate would say
# 120 / 1.1 + 120 / 1.21 = 208.26, and 109.09 a year later: in the same proportion that is 110. So
# interest is 110 + 120 − 210 = 20, then 0 + 120 − 110 = 10.
BOOK = {
    "Settings": """
        name, value
        first_period, 2027
        periods, 2
        months_per_period, 12
        discount_rate, 0
        lease_rate, 10%
        cash_timing, end
        terminal_value, no""",
    "Vendors": "vendor\nNord",
    "Chips": "chip, vendor, life_years, book_life_years\nK, Nord, 3, 3\nL, Nord, 3, 3",
    "Offers": "offer, chip, seller, acquisition, price, term_months\nC, K, Nord, cloud, 9, 12",
    "Performance": "chip, workload, throughput\nK, W, 1\nL, W, 1",
    "Workloads": "workload\nW",
    "Demand": "workload, 2027, 2028\nW, 14, 14",
    "Sites": "site, power_mw, pue, energy_price\nHall, 9, 1, 0",
}
FLEET = """
    chip, site, units, in_service_since, unit_cost, acquisition, until, price_per_month{0}
    K, Hall, 4, 2026, 100, buy, , {1}
    L, Hall, 10, 2026, , lease, 2028, 1{2}"""
GIVEN = (", book_value, lease_liability", ", 150, ", ", 180, 210")


def accounts_of(*, given: bool) -> tuple[dict, dict]:
    """Balances (opening, closing) by year and item, and costs by year and line."""
    fleet = FLEET.format(*(GIVEN if given else ("", "", "")))
    tables = chipfolio.solve(chipfolio.read(frames(**BOOK, Fleet=fleet))).tables
    balances = {
        (row["fiscal_year"], row["item"]): (row["opening"], row["amount"])
        for row in tables["Balance view"]
    }
    costs = {(row["fiscal_year"], row["line"]): row["amount"] for row in tables["Profit and loss"]}
    return balances, costs


def test_what_the_books_say_is_what_the_accounts_begin_with():
    balances, costs = accounts_of(given=True)
    assert balances["FY2027", "chips"] == pytest.approx((150, 75))
    assert balances["FY2028", "chips"] == pytest.approx((75, 0))
    assert balances["FY2027", "right of use"] == pytest.approx((180, 90))
    assert balances["FY2027", "lease liability"] == pytest.approx((-210, -110))
    assert balances["FY2028", "lease liability"] == pytest.approx((-110, 0))
    lines = ("depreciation_chips", "right_of_use_depreciation", "lease_interest")
    assert [costs["FY2027", line] for line in lines] == pytest.approx([75, 90, 20])
    assert [costs["FY2028", line] for line in lines] == pytest.approx([75, 90, 10])


def test_where_they_say_nothing_it_is_what_the_lives_and_the_rate_say():
    balances, costs = accounts_of(given=False)
    owed = 120 / 1.1 + 120 / 1.21
    assert balances["FY2027", "chips"] == pytest.approx((400 * 2 / 3, 400 / 3))
    assert balances["FY2027", "lease liability"] == pytest.approx((-owed, -120 / 1.1))
    assert costs["FY2027", "lease_interest"] == pytest.approx(0.1 * owed)


# Of K, 2 were bought in 2026 at 100, two of four years in the books, and 1 in 2025. A discount of
# 10 % over the plan says that 200 counted so far: it began with the order of 2026. Nothing is
# bought, so 10 % of 200 comes back, and lowers what the 2 stand at: (100 − 20) / 2 years.
COUNTED = {
    **BOOK,
    "Settings": BOOK["Settings"].replace("2027", "2028"),
    "Chips": "chip, vendor, life_years\nK, Nord, 4",
    "Offers": "offer, chip, seller, acquisition, price, term_months\n"
    "B, K, Nord, buy, 100,\nC, K, Nord, cloud, 9, 12",
    "Performance": "chip, workload, throughput\nK, W, 1",
    "Demand": "workload, 2028, 2029\nW, 3, 2",
    "Committed orders": "offer, order_period, units, site\nB, 2026, 2, Hall\nB, 2025, 1, Hall",
    "Discounts": "discount, seller, offer, basis, window, kind, threshold, discount_pct\n"
    "Volume, Nord, B, spend, plan, all_units, 150, 10%",
    "So far": "sheet, item, measure, amount\nDiscounts, Volume, counted, 200",
}


def test_a_rebate_over_the_plan_lowers_the_orders_before_it_that_counted(tmp_path):
    plan = chipfolio.solve(chipfolio.read(frames(**COUNTED)))
    balances = {
        (row["fiscal_year"], row["item"]): (row["opening"], row["amount"])
        for row in plan.tables["Balance view"]
    }
    assert balances["FY2028", "chips"] == pytest.approx((100 + 25, 40))
    assert balances["FY2028", "rebates to come"] == pytest.approx((0, 20))
    costs = {
        (row["fiscal_year"], row["line"]): row["amount"] for row in plan.tables["Profit and loss"]
    }
    assert costs["FY2028", "depreciation_chips"] == pytest.approx(40 + 25)
    assert not costs.get(("FY2028", "rebates_on_units_gone"))
    assert verify_plan(chipfolio.write(plan, tmp_path / "plan.xlsx")) == []
