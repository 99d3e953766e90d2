"""Contracts, discounts, deals, rules and the plan before: one plan by hand, errors put into it."""

import pytest
from hand_plans import Hand, cash, rows

from chipfolio.plan.audit import discounts, ordering, policies, tables_shown, terms
from chipfolio.plan.audit.lines import RULE

PERIODS = ["2027Q1", "2027Q2", "2027Q3", "2027Q4"]
BOOK = {
    "Settings": """
        name, value
        first_period, 2027Q1
        periods, 4
        discount_rate, 0
        terminal_value, no
        change_cost_pct, 10%""",
    "Vendors": "vendor\nAlpha\nBeta",
    "Chips": """
        chip, vendor, power_kw, life_years, value_loss_per_year
        A1, Alpha, 1, 5, 19%
        B1, Beta, 1, 5, 0""",
    "Offers": """
        offer, chip, seller, acquisition, price, max_order
        A direct, A1, Alpha, buy, 100,
        B direct, B1, Beta, buy, 80, 5""",
    "Performance": "chip, workload, throughput\nA1, Serve, 1",
    "Workloads": "workload\nServe",
    "Demand": "workload, 2027Q1, 2027Q2, 2027Q3, 2027Q4\nServe, 0, 0, 0, 0",
    "Sites": "site, power_mw, pue, energy_price\nHall, 1, 1, 0",
    "Contracts": """
        contract, seller, signing, signing_fee, minimum, shortfall_pct, price_cut_pct, extra_supply
        Frame, Alpha, signed, 99, 2500, 40%, 10%,
        More, Beta, optional, 5, , , , 3""",
    "Discounts": """
        discount, seller, offer, basis, window, kind, threshold, discount_pct
        Volume, Alpha, , units, fiscal_year, all_units, 10, 5%
        Volume, Alpha, , units, fiscal_year, all_units, 30, 8%
        Steps, Beta, B direct, spend, fiscal_year, incremental, 500, 10%
        Learning, Alpha, A direct, units, plan, cumulative, 8, 20%""",
    "Deals": "deal, vendor, signing\nWarrant, Beta, signed\nGrant, Alpha, optional",
    "Deal milestones": """
        deal, milestone, measure, threshold, value, kind, haircut_pct
        Warrant, Six, cumulative_units, 6, 100, equity, 30%
        Grant, Power, installed_mw, 0.015, 30, cash, """,
    "Share rules": """
        rule, dimension, member, basis, window, max_pct, penalty
        Alpha cap, vendor, Alpha, order_spend, , 70%, 2
        No monopoly, vendor, each, units_in_service, plan, 90%, """,
    "Supplier counts": "rule, dimension, min_count, active_if_pct\nTwo, vendor, 2, 10%",
    "Budgets": "budget, lines, limit, penalty\nChips, chip_purchases, 2200, 0.1",
    "Custom rules": """
        rule, quantity, dimension, member, from, to, coefficient, sense, limit, penalty
        Third quarter, order_units, offer, A direct, 2027Q3, 2027Q3, 1, <=, 8, 3""",
    "Previous plan": """
        offer, order_period, units
        A direct, 2027Q1, 8
        B direct, 2027Q2, 8""",
}

# A direct: 10 in Q1 at 100 less Frame's 10 % = 900; 10 in Q3, when 8 have been ordered before, at
#   100 less 10 % and 20 % = 700. B direct: 8 in Q2 at 80 = 640, three of them More's extra supply.
# Volume: 20 units of Alpha reach 10: 5 % of 1,600 = 80 back. Steps: 10 % of 640 − 500 = 14 back.
# Frame: 1,600 of 2,500 fall due; 40 % of the missing 900 = 360. More is signed in Q2 for 5.
# Warrant: the 6th unit of Beta comes in Q2: 100 less 30 %. Grant, signed in Q1: 15 kW in Q3: 30.
# Alpha has 1,600 of 2,240: 32 more than 70 %, at 2. Chips cost 2,240 of 2,200: 40 at 0.1.
# Q3 orders 2 more than 8, at 3. Q1 orders 2 more than before, worth 200 at list, at 10 %.
LINES = {
    "chip_purchases": [900, 640, 700, 0],
    "contract_fees": [0, 5, 0, 0],
    "shortfall_payments": [0, 0, 0, 360],
    "discounts": [0, 0, 0, -94],
    "deal_value": [0, 0, -30, 0],
    "equity_value": [0, -70, 0, 0],
    "rule_penalties": [0, 0, 6, 68],
    "change_cost": [20, 0, 0, 0],
}
PLAN = Hand(
    BOOK,
    {
        "Orders": rows("""
            offer, seller, order_period, delivery_period, site, units, lots, unit_price, spend
            A direct, Alpha, 2027Q1, 2027Q1, Hall, 10, 10, 90, 900
            B direct, Beta, 2027Q2, 2027Q2, Hall, 8, 8, 80, 640
            A direct, Alpha, 2027Q3, 2027Q3, Hall, 10, 10, 70, 700"""),
        "Units in service": rows("""
            chip, site, acquisition, period, units
            A1, Hall, buy, 2027Q1, 10
            A1, Hall, buy, 2027Q2, 10
            A1, Hall, buy, 2027Q3, 20
            A1, Hall, buy, 2027Q4, 20
            B1, Hall, buy, 2027Q2, 8
            B1, Hall, buy, 2027Q3, 8
            B1, Hall, buy, 2027Q4, 8"""),
        "Service": [],
        "Power": rows("""
            site, period, mw, limit
            Hall, 2027Q1, 0.010, 1
            Hall, 2027Q2, 0.018, 1
            Hall, 2027Q3, 0.028, 1
            Hall, 2027Q4, 0.028, 1"""),
        "Contracts and deals": rows("""
            kind, name, event, period, detail, amount, threshold, money
            contract, Frame, signed, , , , , 0
            contract, More, signed, 2027Q2, , , , 5
            contract, Frame, window, FY2027, spend, 1600, 2500, 360
            deal, Grant, signed, 2027Q1, , , , 0
            deal, Warrant, milestone, 2027Q2, Six, 8, 6, -70
            deal, Grant, milestone, 2027Q3, Power, 0.02, 0.015, -30
            discount, Volume, tier, FY2027, 0.05, 20, 10, -80
            discount, Steps, tier, FY2027, 0.1, 640, 500, -14
            discount, Learning, tier, 2027Q2, 0.2, 10, 8, 0"""),
        "Rules": rows("""
            rule, window, level, limit, slack, sheet, sense, violation, penalty
            Alpha cap: Alpha, FY2027, 0.714285714285714, 0.7, -0.0142857, Share rules, <=, 32, 64
            Chips, FY2027, 2240, 2200, -40, Budgets, <=, 40, 4
            Third quarter, plan, 10, 8, -2, Custom rules, <=, 2, 6
            Two: vendor, FY2027, 2, 2, 0, Supplier counts, >=, 0, 0"""),
        "Cash": cash(PERIODS, **LINES),
    },
    2505.0,
)


def book(sheet, old, new):
    assert old in BOOK[sheet]
    return PLAN.with_sheets(**{sheet: BOOK[sheet].replace(old, new)})


def due(hand, line):
    return hand.failed()[f"{line} is recomputed to the cent"]


def test_the_plan_passes_every_check():
    assert PLAN.failed() == {}


def test_rebates_take_no_more_off_the_value_at_the_end_than_the_youngest_unit_keeps():
    # A1 loses 19 % a year: 900 × 0.81 + 700 × 0.9; B1 keeps 640. A unit of A1 ordered in Q4 is
    # three months old at the end, so Volume's 80 count 0.81^¼; one of B1 is worth all of Steps' 14.
    worth = 900 * 0.81 + 700 * 0.9 + 640 - 80 * 0.81**0.25 - 14
    valued = book("Settings", "terminal_value, no", "terminal_value, yes")
    assert f"2027Q4 shows 0, -{worth:,.2f} is due" in due(valued, "terminal_value")


def test_a_discount_counts_orders_of_the_fiscal_year_placed_before_the_plan():
    # The fiscal year begins in April: two quarters and the six units of 2026Q4 lie in the
    # first one. 10 + 6 units of Alpha in FY2027 reach 10 of Volume: 5 % of 900 + 600
    # in Q1; 700 in FY2028 too.
    early = PLAN.with_sheets(
        Settings=BOOK["Settings"] + "\nfiscal_year_start_month, 4",
        **{"Committed orders": "offer, order_period, units, site\nA direct, 2026Q4, 6, Hall"},
    ).plus(
        "Committed units",
        """offer, order_period, delivery_period, site, units, unit_price, spend, row
        A direct, 2026Q4, 2026Q4, Hall, 6, 100, 0, 2""",
    )
    detail = due(early, "discounts")
    assert "2027Q1 shows 0, -75 is due" in detail
    # FY2028 holds 10 units of Alpha at 700 and B's 640
    assert "2027Q4 shows -94, -49 is due" in detail


def test_frozen_periods_order_what_was_ordered_before():
    frozen = PLAN.with_sheets(Settings=BOOK["Settings"] + "\nfrozen_periods, 1")
    assert "A direct in 2027Q1: 10 ordered, 8 before" in frozen.failed()[policies.FROZEN]


def test_a_share_that_no_decision_can_change_holds():
    # before anything can arrive the fleet of Alpha alone is there: 100 % breaks no rule of 60 %
    fleet = PLAN.with_sheets(
        Fleet="chip, site, units, in_service_since, unit_cost\nA1, Hall, 3, 2026Q4, 0",
        **{
            "Share rules": """
                rule, dimension, member, basis, window, max_pct, to
                Now, vendor, Alpha, units_in_service, period, 60%, 2027Q1""",
            "Offers": BOOK["Offers"]
            .replace("acquisition,", "acquisition, lead_time,")
            .replace("buy,", "buy, 1,"),
        },
    )
    assert RULE["Share rules"] not in fleet.failed()


def test_a_share_is_broken_by_frozen_orders_too():
    rule = """
        rule, dimension, member, basis, window, max_pct, from, to
        First, vendor, Alpha, order_spend, period, 60%, 2027Q1, 2027Q1"""
    free = PLAN.with_sheets(
        **{
            "Share rules": rule,
            "Previous plan": "offer, order_period, units\nA direct, 2027Q1, 10",
            "Fleet": "chip, site, units, in_service_since, unit_cost\nB1, Hall, 1, 2026Q4, 0",
        }
    )
    assert "First (Alpha) in 2027Q1: 100.0000%" in free.failed()[RULE["Share rules"]]
    frozen = free.with_sheets(Settings=BOOK["Settings"] + "\nfrozen_periods, 1")
    assert "First (Alpha) in 2027Q1: 100.0000%" in frozen.failed()[RULE["Share rules"]]


def test_extra_supply_lifts_the_vendors_limit_for_the_offers_it_covers():
    # Beta sells 5 a quarter and 3 more under More, which covers all of its offers
    held = PLAN.with_sheets(Vendors="vendor, max_units\nAlpha,\nBeta, 5")
    assert held.failed() == {}
    tight = PLAN.with_sheets(Vendors="vendor, max_units\nAlpha,\nBeta, 4")
    assert "Beta in 2027Q2: 8 units, 7 are sold" in tight.failed()[ordering.VENDOR_UNITS]


ERRORS = {
    "no cut": (
        PLAN.but("Orders", {"order_period": "2027Q1"}, unit_price=100, spend=1000),
        ordering.PRICES,
    ),
    "a price break too early": (
        PLAN.but("Orders", {"order_period": "2027Q1"}, unit_price=70),
        ordering.PRICES,
    ),
    "no price break": (
        PLAN.but("Orders", {"order_period": "2027Q3"}, unit_price=90),
        ordering.PRICES,
    ),
    "extra supply unsigned": (
        PLAN.without("Contracts and deals", name="More"),
        ordering.MOST,
    ),
    "more than the extra supply": (
        PLAN.but("Orders", {"offer": "B direct"}, units=9, lots=9),
        ordering.MOST,
    ),
    "signed too late": (
        PLAN.but("Contracts and deals", {"name": "More"}, period="2027Q3"),
        ordering.MOST,
    ),
    "signed out of its window": (
        book("Contracts", "signing,", "signing, last_signing,").with_sheets(
            Contracts=BOOK["Contracts"]
            .replace("signing,", "signing, last_signing,")
            .replace("signed,", "signed, ,")
            .replace("optional,", "optional, 2027Q1,")
        ),
        terms.SIGNING,
    ),
    "no fee": (PLAN.without("Cash", line="contract_fees"), "contract_fees is recomputed"),
    "a shortfall unpaid": (
        PLAN.without("Cash", line="shortfall_payments"),
        "shortfall_payments is recomputed",
    ),
    "a hard minimum missed": (book("Contracts", "2500, 40%", "2500, "), terms.MINIMUM),
    "a minimum misstated": (
        PLAN.but("Contracts and deals", {"event": "window"}, amount=1700),
        terms.MINIMUM,
    ),
    "a window that does not bind": (
        PLAN.but("Contracts and deals", {"event": "window"}, name="More"),
        terms.MINIMUM,
    ),
    "a milestone too early": (
        PLAN.but("Contracts and deals", {"detail": "Power"}, period="2027Q2"),
        terms.MILESTONES,
    ),
    "a milestone twice": (
        PLAN.plus(
            "Contracts and deals",
            """kind, name, event, period, detail
            deal, Warrant, milestone, 2027Q3, Six""",
        ),
        terms.MILESTONES,
    ),
    "a milestone not taken": (
        PLAN.without("Contracts and deals", detail="Six"),
        terms.MILESTONES,
    ),
    "a milestone of an unsigned deal": (
        PLAN.without("Contracts and deals", name="Grant", event="signed"),
        terms.MILESTONES,
    ),
    "a milestone after its deadline": (
        PLAN.with_sheets(
            **{
                "Deal milestones": BOOK["Deal milestones"]
                .replace("haircut_pct", "haircut_pct, deadline")
                .replace("30%", "30%, 2027Q1")
                .replace("cash, ", "cash, , ")
            }
        ),
        terms.MILESTONES,
    ),
    "no haircut": (
        PLAN.but("Cash", {"line": "equity_value"}, amount=-100, discounted=-100),
        "equity_value is recomputed",
    ),
    "a tier not reached": (
        PLAN.but("Contracts and deals", {"name": "Volume"}, money=-128),
        discounts.TIERS,
    ),
    "a rebate on everything where it is on the part above": (
        PLAN.but("Contracts and deals", {"name": "Steps"}, money=-64),
        discounts.TIERS,
    ),
    "a rebate too early": (
        PLAN.but("Cash", {"line": "discounts"}, period="2027Q3"),
        "discounts is recomputed",
    ),
    "a share over": (book("Share rules", "70%, 2", "70%, "), RULE["Share rules"]),
    "a share under": (
        book("Share rules", "max_pct, penalty", "min_pct, penalty").with_sheets(
            **{
                "Share rules": """
                    rule, dimension, member, basis, window, min_pct
                    Beta share, seller, Beta, order_units, plan, 30%"""
            }
        ),
        RULE["Share rules"],
    ),
    "one of each over": (book("Share rules", "plan, 90%, ", "period, 90%, "), RULE["Share rules"]),
    "a violation priced wrong": (
        PLAN.but("Rules", {"rule": "Alpha cap: Alpha"}, penalty=60),
        tables_shown.RULES_TABLE,
    ),
    "a level misstated": (
        PLAN.but("Rules", {"rule": "Chips"}, level=2200),
        tables_shown.RULES_TABLE,
    ),
    "no penalty": (
        PLAN.without("Cash", line="rule_penalties", period="2027Q4"),
        "rule_penalties is recomputed",
    ),
    "too few suppliers": (book("Supplier counts", "2, 10%", "2, 40%"), RULE["Supplier counts"]),
    "over budget": (book("Budgets", "2200, 0.1", "2200, "), RULE["Budgets"]),
    "over a custom rule": (book("Custom rules", "<=, 8, 3", "<=, 8, "), RULE["Custom rules"]),
    "a free change": (PLAN.without("Cash", line="change_cost"), "change_cost is recomputed"),
}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_caught_by_the_check_that_names_it(error):
    hand, sentence = ERRORS[error]
    failed = hand.failed()
    assert any(found.startswith(sentence) for found in failed), failed
