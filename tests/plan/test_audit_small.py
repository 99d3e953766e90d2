"""A small plan by hand: the audit finds nothing wrong with it, and every error put into it."""

import pytest
from hand_plans import SMALL, WORTH

from chipfolio.contract.outputs import OUTPUTS
from chipfolio.plan.audit import audit, batches, discounts, lines, money, ordering, stock, use
from chipfolio.plan.audit.facts import READABLE

DIRECT = {"offer": "Direct"}
CLOUD = {"offer": "Cloud"}
SECOND = {"period": "2027Q2"}
FIRST = {"period": "2027Q1"}


def test_a_right_plan_passes_every_check():
    checks = SMALL.checks()
    assert {check.check: check.detail for check in checks if not check.ok} == {}
    assert len(checks) > 40


def test_rows_of_checks_have_the_columns_of_the_table():
    for check in SMALL.checks():
        assert list(check.as_row()) == list(OUTPUTS["Checks"].names)
    names = [check.check for check in SMALL.checks()]
    assert len(names) == len(set(names))


def test_money_is_told_in_sums():
    found = {check.check: check for check in SMALL.checks()}
    energy = found["energy is recomputed to the cent"]
    assert energy.expected == pytest.approx(1971.0)
    assert energy.found == pytest.approx(1971.0)
    assert found["terminal_value is recomputed to the cent"].expected == pytest.approx(-WORTH)


def test_a_message_names_the_place_in_the_books_words():
    tight = SMALL.sheets["Sites"].replace("0.0072", "0.007")
    message = SMALL.with_sheets(Sites=tight).failed()[stock.POWER]
    assert message == "Texas in 2027Q2 draws 0.0072 MW, 0.007 MW are there"


def book(sheet: str, old: str, new: str):
    """The small plan on a book with one text replaced."""
    assert old in SMALL.sheets[sheet]
    return SMALL.with_sheets(**{sheet: SMALL.sheets[sheet].replace(old, new)})


CENTS = "{} is recomputed to the cent"

ERRORS = {
    "half a lot": (SMALL.but("Orders", DIRECT, units=2, lots=1), ordering.LOTS),
    "lots misstated": (SMALL.but("Orders", DIRECT, lots=2), ordering.DESCRIBED),
    "a lot more": (SMALL.but("Orders", DIRECT, units=8, lots=2), ordering.MOST),
    "a lot more than in all": (SMALL.but("Orders", DIRECT, units=8, lots=2), ordering.TOTAL),
    "less than the least": (
        book("Offers", "4, 4, 4, 10, 100, 25%, , , 4", "4, 8, 8, 10, 100, 25%, , , 8"),
        ordering.LEAST,
    ),
    "out of its window": (book("Offers", "2027Q1", "2026Q4"), ordering.WINDOW),
    "too late to arrive": (book("Offers", "buy, 1000, 1", "buy, 1000, 2"), ordering.DELIVERY),
    "late delivery": (SMALL.but("Orders", DIRECT, delivery_period="2027Q1"), ordering.DELIVERY),
    "no delivery": (SMALL.but("Orders", DIRECT, delivery_period=None), ordering.DELIVERY),
    "vendor's units": (book("Vendors", "5, 4150", "3, 4150"), ordering.VENDOR_UNITS),
    "vendor's spend": (book("Vendors", "5, 4150", "5, 3999"), ordering.VENDOR_SPEND),
    "cloud quota": (SMALL.but("Orders", CLOUD, units=2, lots=2), ordering.QUOTA),
    "cloud at a site": (SMALL.but("Orders", CLOUD, site="Texas"), ordering.SITES),
    "bought for no site": (SMALL.but("Orders", DIRECT, site=None), ordering.SITES),
    "another seller": (SMALL.but("Orders", DIRECT, seller="Cirrus"), ordering.DESCRIBED),
    "another chip": (SMALL.but("Orders", DIRECT, chip="H2"), ordering.DESCRIBED),
    "a price": (SMALL.but("Orders", DIRECT, unit_price=990), ordering.PRICES),
    "a list price": (SMALL.but("Orders", DIRECT, list_price=990), ordering.PRICES),
    "a spend": (SMALL.but("Orders", CLOUD, spend=151), ordering.SPEND),
    "an order twice": (
        SMALL.plus("Orders", "offer, order_period, site, units\nDirect, 2027Q1, Texas, 4"),
        batches.ONCE,
    ),
    "an unknown offer": (SMALL.but("Orders", DIRECT, offer="Indirect"), READABLE),
    "no number": (SMALL.but("Orders", DIRECT, units=float("nan")), READABLE),
    "no period": (SMALL.but("Orders", DIRECT, order_period="soon"), READABLE),
    "outside the plan": (SMALL.but("Orders", DIRECT, order_period="2027Q4"), READABLE),
    "a unit more in service": (SMALL.but("Units in service", SECOND, units=7), stock.STOCK),
    "no units in service": (SMALL.without("Units in service", site=None), stock.STOCK),
    "at another site": (SMALL.but("Orders", DIRECT, site="Oslo"), stock.STOCK),
    "more used than there are": (
        SMALL.but("Usage", SECOND, units=6.1, served=61).but("Service", SECOND, served=61),
        use.CAPACITY,
    ),
    "availability": (book("Chips", "life_years", "availability, life_years"), use.CAPACITY),
    "kept ready on top": (SMALL.but("Usage", SECOND, ready=1.1), use.CAPACITY),
    "serves too much": (SMALL.but("Usage", SECOND, served=51), use.WORK),
    "efficiency not open": (SMALL.but("Usage", SECOND, efficiency=1.1), use.EFFICIENCY),
    "no_cloud": (
        book("Workloads", "max_unmet_pct", "sites, max_unmet_pct"),
        use.PLACES,
    ),
    "served without demand": (
        SMALL.but("Usage", SECOND, units=5.5, served=55).but("Service", SECOND, served=55),
        use.BALANCE,
    ),
    "served by no unit": (SMALL.without("Usage", site=None), use.BALANCE),
    "no row in Service": (SMALL.without("Service", **SECOND), use.BALANCE),
    "demand misstated": (SMALL.but("Service", FIRST, demand=23, unmet=0), use.BALANCE),
    "too much unmet": (book("Workloads", "10%", "7%"), use.UNMET),
    "unmet without leave": (book("Workloads", "30, 10%", ", 10%"), use.UNMET),
    "waits though it may not": (SMALL.but("Service", FIRST, unmet=1, deferred=1), use.WAITING),
    "power overdrawn": (book("Sites", "0.0072", "0.0071"), stock.POWER),
    "power misstated": (SMALL.but("Power", SECOND, mw=0.007), stock.POWER_TABLE),
    "limit misstated": (SMALL.but("Power", {"site": "Texas"}, limit=0.0073), stock.POWER_TABLE),
    "power left out": (SMALL.without("Power", site="Texas", period="2027Q2"), stock.POWER_TABLE),
    "a missing energy payment": (
        SMALL.without("Cash", line="energy", period="2027Q1"),
        CENTS.format("energy"),
    ),
    "a cent of hosting": (
        SMALL.but("Cash", {"line": "hosting", "period": "2027Q2"}, amount=30.01, discounted=30.01),
        CENTS.format("hosting"),
    ),
    "set-up twice": (
        SMALL.but("Cash", {"line": "setup"}, amount=200, discounted=200),
        CENTS.format("setup"),
    ),
    "paid a period late": (
        SMALL.but("Cash", {"line": "chip_purchases", "period": "2027Q1"}, period="2027Q2"),
        CENTS.format("chip_purchases"),
    ),
    "value of a dead fleet": (
        SMALL.but("Cash", {"line": "terminal_value"}, amount=-5000, discounted=-5000),
        CENTS.format("terminal_value"),
    ),
    "an unknown line": (
        SMALL.but("Cash", {"line": "setup"}, line="presents"),
        lines.UNKNOWN_LINE,
    ),
    "discounted at no rate": (
        SMALL.but("Cash", {"line": "setup"}, discounted=90),
        money.DISCOUNTED,
    ),
    "a total": (SMALL.but("Scenario costs", {}, total=1.0), lines.TOTALS),
    "a share": (SMALL.but("Vendor split", {"member": "Nova"}, share=0.9), "table Vendor split"),
    "a stock summed over quarters": (
        SMALL.but("Vendor split", {"member": "buy"}, amount=8),
        "table Vendor split",
    ),
    "power summed over quarters": (
        SMALL.but("Vendor split", {"basis": "power"}, amount=0.0096),
        "table Vendor split",
    ),
    "a part": (SMALL.but("Vendor split", {"member": "Cirrus"}, amount=2), "table Vendor split"),
}
ERRORS["availability"] = (
    ERRORS["availability"][0].with_sheets(
        Chips=SMALL.sheets["Chips"]
        .replace("life_years", "availability, life_years")
        .replace("1, 1, 40", "1, 80%, 1, 40")
    ),
    use.CAPACITY,
)
ERRORS["no_cloud"] = (
    SMALL.with_sheets(
        Workloads=SMALL.sheets["Workloads"]
        .replace("max_unmet_pct", "sites, max_unmet_pct")
        .replace("30, 10%", "30, no_cloud, 10%")
    ),
    use.PLACES,
)


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_caught_by_the_check_that_names_it(error):
    hand, sentence = ERRORS[error]
    failed = hand.failed()
    assert any(found.startswith(sentence) for found in failed), failed


def test_an_objective_that_does_not_add_up_is_caught():
    SMALL.objective += 0.02
    failed = SMALL.failed()
    SMALL.objective -= 0.02
    assert set(failed) == {lines.ADDS_UP, lines.RECOMPUTED}


def test_absent_features_bring_no_checks():
    said = {check.check for check in SMALL.checks()}
    assert not said & {discounts.TIERS, use.RESERVE, use.ONE_PLACE, use.BLOCK}
    assert audit.__doc__
