"""Committed orders, the fleet, leases and sales: one plan by hand, errors put into it."""

import pytest
from hand_plans import Hand, cash, rows

from chipfolio.plan.audit import batches, money, ordering, stock

PERIODS = ["2027Q1", "2027Q2"]
BOOK = {
    "Settings": "name, value\nfirst_period, 2027Q1\nperiods, 2\ndiscount_rate, 0",
    "Vendors": "vendor\nNova",
    "Chips": """
        chip, vendor, power_kw, life_years, value_loss_per_year, resale_pct
        H1, Nova, 1, 4, 19%, 50%""",
    "Offers": """
        offer, chip, seller, acquisition, price, lead_time, term_months, pay_on_order_pct, setup_cost
        Direct, H1, Nova, buy, 1000, 1, , 25%, 70
        Lease, H1, Nova, lease, 20, 0, 6, , 70""",  # noqa: E501 - a header is one line
    "Performance": "chip, workload, throughput\nH1, Serve, 1",
    "Workloads": "workload\nServe",
    "Demand": "workload, 2027Q1, 2027Q2\nServe, 0, 0",
    "Sites": "site, power_mw, pue, energy_price\nHall, 1, 1, 0",
    "Fleet": """
        chip, site, units, in_service_since, unit_cost, acquisition, until, price_per_month
        H1, Hall, 5, 2026Q1, 800, , ,
        H1, Hall, 2, 2026Q3, , lease, 2027Q1, 15""",
    "Committed orders": """
        offer, order_period, units, site, unit_price, paid_pct
        Direct, 2026Q4, 4, , ,
        Direct, 2027Q1, 2, Hall, 900, 10%
        Lease, 2026Q4, 3, Hall, , 50%
        Direct, 2027Q2, 1, Hall, , """,
}

# Row 2, ordered in 2026Q4 with 25 % paid then: the rest of 4,000 in Q1. Row 3: 25 % less the 10 %
# paid before of 1,800 in Q1, the other 75 % in Q2. Row 4: half the rent, 3 × 20 × 3 months × ½ in
# Q1, its last quarter. Row 5: 25 % of 1,000 in Q2, it arrives after the end.
# The fleet's lease: 2 × 15 × 3 in Q1. Two of the five owned are sold after five quarters: half of
# 1,000 × 0.81^1.25 each. Left at the end: 4,000 × 0.81^½ and 1,800 × 0.81^¼ and 3 × 800 × 0.81^1½
# and the 250 paid for row 5.
VALUE = 0.5 * 1000 * 0.81**1.25
WORTH = 3600 + 1800 * 0.81**0.25 + 2400 * 0.729 + 250
LINES = {
    "chip_purchases": [3000 + 270, 1350 + 250],
    "lease_and_cloud": [90 + 90, 0],
    "resale": [0, -2 * VALUE],
    "terminal_value": [0, -WORTH],
}
PLAN = Hand(
    BOOK,
    {
        "Committed units": rows("""
            offer, order_period, delivery_period, site, units, unit_price, spend, row
            Direct, 2026Q4, 2027Q1, Hall, 4, 1000, 3000, 2
            Direct, 2027Q1, 2027Q2, Hall, 2, 900, 1620, 3
            Lease, 2026Q4, 2026Q4, Hall, 3, 20, 90, 4
            Direct, 2027Q2, , Hall, 1, 1000, 250, 5"""),
        "Units in service": rows("""
            chip, site, acquisition, period, units
            H1, Hall, buy, 2027Q1, 9
            H1, Hall, lease, 2027Q1, 5
            H1, Hall, buy, 2027Q2, 9"""),
        "Sales": rows(f"""
            chip, offer, arrival, site, period, units, unit_value, amount, row, order_period
            H1, , 2026Q1, Hall, 2027Q2, 2, {VALUE!r}, {2 * VALUE!r}, 2, """),
        "Power": rows("""
            site, period, mw, limit
            Hall, 2027Q1, 0.014, 1
            Hall, 2027Q2, 0.009, 1"""),
        # over 16 quarters: the fleet 5 × 50 and 3 × 50, row 2 250 twice, row 3 112.50; two are sold
        # at a loss against the 550 that 800 are worth in the books after five quarters. At a rate
        # of 0 a right of use is all its rents: the fleet's lease 270 over three quarters, row 4 360
        # over two, half of it paid before. Prepaid: 1,000 and 180 before, 270 and 250 more.
        "Profit and loss": rows(f"""
            fiscal_year, line, amount
            FY2027, depreciation_chips, 1012.5
            FY2027, right_of_use_depreciation, 270
            FY2027, gain_or_loss_on_sale, {2 * (550 - VALUE)!r}"""),
        "Balance view": rows("""
            fiscal_year, item, opening, additions, depreciation, disposals, amount
            FY2027, chips, 3000, 5800, 1012.5, 1100, 6687.5
            FY2027, right of use, 270, 0, 270, 0, 0
            FY2027, prepayments, 1180, 520, 0, 1450, 250
            FY2027, lease liability, -180, 0, 0, -180, 0"""),
        "Cash": cash(PERIODS, **LINES),
    },
    sum(sum(amounts) for amounts in LINES.values()),
)


def test_the_plan_passes_every_check():
    assert PLAN.failed() == {}


def test_a_new_order_of_an_offer_with_commitments_pays_no_set_up():
    more = PLAN.plus(
        "Orders",
        """offer, seller, order_period, delivery_period, site, units, lots, unit_price, spend
        Lease, Nova, 2027Q2, 2027Q2, Hall, 1, 1, 20, 60""",
    )
    failed = more.failed()
    assert "setup is recomputed to the cent" not in failed
    assert "2027Q2 shows 0, 60 is due" in failed["lease_and_cloud is recomputed to the cent"]


def test_cuts_and_tiers_that_could_apply_come_off_the_market_value():
    # half of all units could be 10 % off by contract and 4 % by volume: 86 % of the list price
    cheaper = PLAN.with_sheets(
        Contracts="contract, seller, signing, price_cut_pct\nFrame, Nova, optional, 10%",
        Discounts="""
            discount, seller, offer, basis, window, kind, threshold, discount_pct
            Volume, Nova, Direct, units, plan, all_units, 100, 4%""",
    )
    value = 0.86 * VALUE
    assert f"brings {value:,.6g} a unit" in cheaper.failed()[money.UNIT_VALUES]


def test_prices_before_the_plan_follow_the_growth_back():
    # 21 % a year, a quarter back: 1,000 / 1.21^¼
    growing = PLAN.with_sheets(
        Offers="""
            offer, chip, seller, acquisition, price, price_change_per_year, lead_time, term_months
            Direct, H1, Nova, buy, 1000, 21%, 1,
            Lease, H1, Nova, lease, 20, , 0, 6"""
    )
    assert "Direct ordered in 2026Q4 for Hall: 953.4" in growing.failed()[ordering.PRICES]


ERRORS = {
    "units not placed": (PLAN.but("Committed units", {"row": 2.0}, units=3), batches.PLACED),
    "an order not placed": (PLAN.without("Committed units", row=4.0), batches.PLACED),
    "an order nobody signed": (PLAN.but("Committed units", {"row": 2.0}, row=9), batches.PLACED),
    "moved to another site": (
        PLAN.with_sheets(Sites=BOOK["Sites"] + "\nOslo, 1, 1, 0").but(
            "Committed units", {"row": 3.0}, site="Oslo"
        ),
        ordering.SITES,
    ),
    "a price agreed otherwise": (
        PLAN.but("Committed units", {"row": 3.0}, unit_price=1000),
        ordering.PRICES,
    ),
    "paid twice": (
        PLAN.but("Cash", {"line": "chip_purchases", "period": "2027Q1"}, amount=4270),
        "chip_purchases is recomputed",
    ),
    "a lease for nothing": (
        PLAN.but("Cash", {"line": "lease_and_cloud"}, amount=90, discounted=90),
        "lease_and_cloud is recomputed",
    ),
    "a lease beyond its term": (
        PLAN.plus(
            "Units in service", "chip, site, acquisition, period, units\nH1, Hall, lease, 2027Q2, 3"
        ),
        stock.STOCK,
    ),
    "more sold than there are": (PLAN.but("Sales", {}, units=6), stock.SALES),
    "sold before it could be": (PLAN.but("Sales", {}, period="2026Q4"), stock.SALES),
    "leased units sold": (PLAN.but("Sales", {}, row=3, arrival="2026Q3"), stock.SALES),
    "units sold that never were": (PLAN.but("Sales", {}, row=7), batches.SALE_FITS),
    "of another vintage": (PLAN.but("Sales", {}, arrival="2026Q2"), batches.SALE_FITS),
    "sold too dear": (PLAN.but("Sales", {}, unit_value=400), money.UNIT_VALUES),
    "sold though it may not be": (
        PLAN.with_sheets(Chips=BOOK["Chips"].replace("19%, 50%", "19%, ")),
        stock.SALES,
    ),
    "sold for nothing": (PLAN.without("Cash", line="resale"), "resale is recomputed"),
}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_caught_by_the_check_that_names_it(error):
    hand, sentence = ERRORS[error]
    failed = hand.failed()
    assert any(found.startswith(sentence) for found in failed), failed
