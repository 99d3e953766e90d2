"""One plan of four fiscal years, every figure of its accounts worked by hand."""

from __future__ import annotations

from collections import defaultdict

import pytest

import chipfolio
from chipfolio.accounts import accounts
from chipfolio.contract.statement import COSTS as COST_LINES
from chipfolio.contract.statement import GROUPS
from tests.conftest import frames
from tests.plan.hand_plans import rows

# Four years. Money is not discounted; leases are valued at 10 %, rents at each year's end.
# K serves 4 years and is written off over 2. 8 K are bought in 2027 for 800, 5 for 500 and 5 of
# another offer for 400 in 2028: 900 in that window bring 10 % back, 90, at its end.
BOOK = {
    "Settings": """
        name, value
        first_period, 2027
        periods, 4
        months_per_period, 12
        discount_rate, 0
        lease_rate, 10%
        cash_timing, end""",
    "Vendors": "vendor\nNord\nSud",
    "Chips": """
        chip, vendor, life_years, book_life_years, resale_pct, value_loss_per_year
        K, Nord, 4, 2, 50%, 20%
        L, Sud, 4, , , 20%""",
    "Offers": """
        offer, chip, seller, acquisition, price, term_months
        KB, K, Nord, buy, 100,
        KC, K, Nord, buy, 80,
        LL, L, Sud, lease, 1, 36
        LC, L, Sud, cloud, 2, 12""",
    "Performance": "chip, workload, throughput\nK, W, 1\nL, W, 1",
    "Workloads": "workload, unmet_penalty, million_tokens\nW, 1, 5",
    "Demand": "workload, 2027, 2028, 2029, 2030\nW, 9, 9, 19, 10",
    "Sites": "site, power_mw, pue, energy_price\nHall, 9, 1, 0",
    "Site projects": """
        project, site, step_mw, max_steps, cost_per_step, lead_time, book_life_years
        More, Hall, 1, 1, 300, 1, 3""",
    "Programmes": """
        programme, cancellation_cost, book_life_years
        A, 500, 2
        B, 10,""",
    "Programme stages": """
        programme, stage, duration, cost, capitalise_pct, max_wait
        A, 1, 2, 200, 60%,
        B, 1, 1, 50, ,
        B, 2, 1, 50, , 0""",
    "Discounts": """
        discount, seller, basis, window, kind, threshold, discount_pct
        Volume, Nord, spend, fiscal_year, all_units, 900, 10%""",
    "Contracts": """
        contract, seller, offer, signing, from, to, basis, minimum, shortfall_pct
        Frame, Sud, LC, signed, 2028, 2028, spend, 40, 50%""",
    "Deals": "deal, vendor, signing\nWarrant, Nord, signed\nFund, Sud, signed",
    "Deal milestones": """
        deal, milestone, measure, threshold, value, kind, haircut_pct, account
        Warrant, one, cumulative_units, 1, 100, equity, 30%, cost_reduction
        Fund, one, cumulative_units, 1, 50, cash, , own_shares""",
}
PLAN = {
    "Orders": rows("""
        offer, seller, order_period, site, units, unit_price
        KB, Nord, 2027, Hall, 8, 100
        KB, Nord, 2028, Hall, 5, 100
        KC, Nord, 2028, Hall, 5, 80
        LL, Sud, 2029, Hall, 10, 1
        LC, Sud, 2027, , 1, 2"""),
    "Sales": rows("""
        chip, offer, arrival, site, period, units, unit_value, amount, row, order_period
        K, KB, 2027, Hall, 2028, 4, 30, 120, , 2027"""),
    "Site steps": rows("project, start, steps, cost, row\nMore, 2027, 1, 300, "),
    "Programme timeline": rows("""
        programme, stage, start, end
        A, 1, 2027, 2028
        B, 1, 2027, 2027"""),
    "Usage": rows("""
        chip, site, workload, efficiency, period, units, served, ready
        K, Hall, W, 1, 2027, 4, 4, 2
        L, , W, 1, 2027, 1, 1, 0
        K, Hall, W, 1, 2028, 7, 7, 0
        K, Hall, W, 1, 2029, 14, 14, 0
        L, Hall, W, 1, 2029, 5, 5, 0
        L, Hall, W, 1, 2030, 10, 10, 0"""),
    "Contracts and deals": rows("""
        kind, name, event, period, detail, money
        contract, Frame, signed, , , 0
        contract, Frame, window, FY2028, spend, 20
        discount, Volume, tier, FY2028, 0.1, -90
        deal, Warrant, milestone, 2028, one, -70
        deal, Fund, milestone, 2029, one, -50"""),
    "Cash": rows("""
        line, period, amount
        chip_purchases, 2027, 800
        lease_and_cloud, 2027, 24
        site_projects, 2027, 300
        programme_costs, 2027, 150
        chip_purchases, 2028, 900
        programme_costs, 2028, 100
        shortfall_payments, 2028, 20
        discounts, 2028, -90
        resale, 2028, -120
        lease_and_cloud, 2029, 120
        deal_value, 2029, -50
        lease_and_cloud, 2030, 120
        programme_costs, 2030, 10"""),
}

# Chips. 2027: 800 over two years, 400. At the start of 2028 four of the eight are sold: 200 in the
# books for 120, a loss of 80; the other four lose their last 200. The 900 of 2028 cost 810 after
# the rebate, 405 a year; at the year's end 405 are left, and the warrant, worth 100 before its
# haircut, lowers them to 305, which 2029 uses up.
# The step is ready in 2028: 300 over three years. Of A's 100 a year 60 are capitalised, 40 are
# expensed; it is ready in 2029: 120 over two years. B's second stage had to follow at once: from
# 2029 on it can be finished no more, 50 are written off; giving up costs 10 in the last year.
# The lease: 10 × 1 × 12 months = 120 at the end of 2029, 2030 and 2031: at 10 %
# 120 / 1.1 + 120 / 1.21 + 120 / 1.331 = 298.422239; a third a year; interest a tenth of what is
# owed: 29.842224, then of 298.422239 + 29.842224 − 120 = 208.264463: 20.826446; left 109.090909.
# The contract wants 40 of clouds in 2028 and gets none: half of it. The fund's 50 are shares of ours.
RIGHT = 298.422239
COSTS = """
    2027, depreciation_chips, 400
    2027, cloud, 24
    2027, expensed_stages, 40
    2028, depreciation_chips, 605
    2028, depreciation_sites, 100
    2028, gain_or_loss_on_sale, 80
    2028, expensed_stages, 40
    2028, shortfall_payments, 20
    2029, depreciation_chips, 305
    2029, depreciation_sites, 100
    2029, depreciation_programmes, 60
    2029, write_offs_programmes, 50
    2029, right_of_use_depreciation, 99.474080
    2029, lease_interest, 29.842224
    2030, depreciation_sites, 100
    2030, depreciation_programmes, 60
    2030, right_of_use_depreciation, 99.474080
    2030, lease_interest, 20.826446
    2030, expensed_stages, 10"""
BALANCES = """
    2027, chips, 0, 800, 400, 0, 400
    2027, sites, 0, 300, 0, 0, 300
    2027, programmes, 0, 110, 0, 0, 110
    2028, chips, 400, 810, 605, 300, 305
    2028, sites, 300, 0, 100, 0, 200
    2028, programmes, 110, 60, 0, 0, 170
    2028, rebates to come, 0, 90, 0, 90, 0
    2028, vendor shares, 0, 100, 0, 0, 100
    2029, chips, 305, 0, 305, 0, 0
    2029, sites, 200, 0, 100, 0, 100
    2029, programmes, 170, 0, 60, 50, 60
    2029, right of use, 0, 298.422239, 99.474080, 0, 198.948159
    2029, vendor shares, 100, 0, 0, 0, 100
    2029, lease liability, 0, -328.264463, 0, -120, -208.264463
    2029, shares issued, 0, -50, 0, 0, -50
    2030, sites, 100, 0, 100, 0, 0
    2030, programmes, 60, 0, 60, 0, 0
    2030, right of use, 198.948159, 0, 99.474080, 0, 99.474080
    2030, vendor shares, 100, 0, 0, 0, 100
    2030, lease liability, -208.264463, -20.826446, 0, -120, -109.090909
    2030, shares issued, -50, 0, 0, 0, -50"""
# Firm are the first year's orders, the step, A's whole stage (stopping would cost more), of B what
# stopping costs, and half of the contract's minimum, for no order of the first year covers it.
BOUND = """
    , Sud, take-or-pay, 2028, firm, no, 20
    2027, A, programme stage, 2027, firm, no, 100
    2027, A, programme stage, 2028, firm, no, 100
    2027, B, programme stage, 2027, firm, no, 10
    2027, More, site step, 2027, firm, no, 300
    2027, Nord, purchase, 2027, firm, yes, 800
    2027, Sud, cloud, 2027, firm, yes, 24
    2028, Nord, purchase, 2028, avoidable, no, 900
    2029, Sud, lease, 2029, avoidable, no, 120
    2029, Sud, lease, 2030, avoidable, no, 120
    2029, Sud, lease, 2031, avoidable, no, 120"""
# 2027: 4 used and 2 ready of 8 K: three quarters of 400; the cloud's unit works all year. 2028: 7 of
# 14. 2029: all 14, and 5 of the 10 leased; 2030: all 10 leased.
UNIT = """
    2027, W, depreciation_chips, 300
    2027, W, cloud, 24
    2027, idle, depreciation_chips, 100
    2027, unallocated, expensed_stages, 40
    2028, W, depreciation_chips, 302.5
    2028, idle, depreciation_chips, 302.5
    2028, unallocated, depreciation_sites, 100
    2028, unallocated, gain_or_loss_on_sale, 80
    2028, unallocated, expensed_stages, 40
    2028, unallocated, shortfall_payments, 20
    2029, W, depreciation_chips, 305
    2029, W, right_of_use_depreciation, 49.737040
    2029, W, lease_interest, 14.921112
    2029, idle, right_of_use_depreciation, 49.737040
    2029, idle, lease_interest, 14.921112
    2029, unallocated, depreciation_sites, 100
    2029, unallocated, depreciation_programmes, 60
    2029, unallocated, write_offs_programmes, 50
    2030, W, right_of_use_depreciation, 99.474080
    2030, W, lease_interest, 20.826446
    2030, unallocated, depreciation_sites, 100
    2030, unallocated, depreciation_programmes, 60
    2030, unallocated, expensed_stages, 10"""
SERVED = {"FY2027": 5, "FY2028": 7, "FY2029": 19, "FY2030": 10}


@pytest.fixture(scope="module")
def found():
    world = chipfolio.read(frames(**BOOK)).world()
    return accounts(world, PLAN)


def figures(text: str, words: int) -> dict[tuple[str, ...], list[float]]:
    """Lines of a table: so many words, then numbers."""
    made = {}
    for line in text.strip().splitlines():
        cells = [cell.strip() for cell in line.split(",")]
        made[tuple(cells[:words])] = [float(cell) for cell in cells[words:]]
    return made


def seen(rows: list[dict], words: list[str], numbers: list[str]) -> dict[tuple, list[float]]:
    """The same of a table's rows; rows of nothing but zeros are left out."""
    made = {}
    for row in rows:
        values = [float(row[name]) for name in numbers]
        if any(abs(value) > 1e-9 for value in values):
            made[tuple(str(row[name]).removeprefix("FY") for name in words)] = values
    return made


def the_same(found: dict, due: dict) -> bool:
    """Whether figures agree to a ten-thousandth of a cent."""
    return found.keys() == due.keys() and all(
        found[key] == pytest.approx(due[key], abs=1e-6) for key in due
    )


def test_every_line_of_profit_and_loss(found):
    made = seen(found["Profit and loss"], ["fiscal_year", "line"], ["amount"])
    assert the_same(made, figures(COSTS, 2)), made


def test_every_balance(found):
    parts = ["opening", "additions", "depreciation", "disposals", "amount"]
    made = seen(found["Balance view"], ["fiscal_year", "item"], parts)
    assert the_same(made, figures(BALANCES, 2)), made


def test_every_commitment(found):
    words = ["bound_in", "counterparty", "kind", "fiscal_year", "bound", "begun"]
    made = seen(found["Commitments"], words, ["amount"])
    assert the_same(made, figures(BOUND, 6)), made
    assert made == seen(found["Commitments"], words, ["present_value"])


def test_every_unit_cost(found):
    made = seen(found["Unit cost"], ["fiscal_year", "workload", "line"], ["amount"])
    assert the_same(made, figures(UNIT, 3)), made
    for row in found["Unit cost"]:
        if row["workload"] == "W":
            served = SERVED[row["fiscal_year"]]
            assert row["served"] == served
            assert row["per_unit"] == pytest.approx(row["amount"] / served)
            assert row["per_million_tokens"] == pytest.approx(row["amount"] / served / 5)


def test_the_law_year_by_year(found):
    left: dict[str, float] = defaultdict(float)
    for row in PLAN["Cash"]:
        left[f"FY{row['period']:g}"] += row["amount"]
    for row in found["Profit and loss"]:
        left[row["fiscal_year"]] -= row["amount"]
    for row in found["Balance view"]:
        left[row["fiscal_year"]] -= row["amount"] - row["opening"]
    assert dict(left) == pytest.approx(dict.fromkeys(SERVED, 0.0), abs=1e-9)


def test_every_cost_is_of_one_group():
    assert sorted(line for lines in GROUPS.values() for line in lines) == sorted(COST_LINES)


def test_units_are_used_ready_idle_or_out(found):
    made = {(r["chip"], r["site"], r["period"]): r for r in found["Utilisation"]}
    row = made["K", "Hall", "2027"]
    parts = [row[name] for name in ("in_service", "used", "ready", "idle", "out")]
    assert parts == [8, 4, 2, 2, 0]
    assert made["L", "Hall", "2029"]["idle"] == 5
