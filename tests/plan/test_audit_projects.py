"""Own silicon, software, site steps, deferral and reserve: one plan by hand, errors put into it."""

import pytest
from hand_plans import Hand, cash, rows

from chipfolio.plan.audit import batches, ordering, silicon, stock, use

YEARS = ["2027", "2028", "2029"]
FACTORS = (1.1**-0.5, 1.1**-1.5, 1.1**-2.5)
AT_END = 1.1**-3

BOOK = {
    "Settings": """
        name, value
        first_period, 2027
        periods, 3
        months_per_period, 12
        discount_rate, 10%""",
    "Vendors": "vendor\nNova\nHome",
    "Platforms": "platform, efficiency_at_start\nZeta, 50%",
    "Chips": """
        chip, vendor, platform, power_kw, life_years, value_loss_per_year, cooling
        H1, Nova, Zeta, 1, 5, 50%, air
        X1, Home, , 0.4, 3, 20%, liquid""",
    "Offers": """
        offer, chip, seller, acquisition, price, programme
        Own, X1, Home, buy, 10, Own silicon""",
    "Performance": """
        chip, workload, throughput
        H1, Train, 1
        X1, Train, 2
        X1, Chat, 2""",
    "Workloads": """
        workload, defer_periods, defer_cost, reserve_pct, runs_on, unmet_penalty
        Train, 1, 0.5, , any,
        Chat, , , 50%, one_chip, """,
    "Demand": """
        workload, 2027, 2028, 2029
        Train, 3, 2, 13
        Chat, 0, 0, 0.2""",
    "Sites": "site, power_mw, pue, energy_price, cooling\nHall, 0.005, 1, 0, both",
    "Site projects": """
        project, site, step_mw, max_steps, cost_per_step, lead_time, last_start, residual_pct
        Annex, Hall, 0.001, 2, 7, 1, 2028, 20%""",
    "Fleet": "chip, site, units, in_service_since, unit_cost\nH1, Hall, 4, 2026, 20",
    "Programmes": "programme, must_run, cancellation_cost, residual_pct\nOwn silicon, no, 50, 10%",
    "Programme stages": """
        programme, stage, duration, cost, last_start, max_wait
        Own silicon, 1, 1, 120, 2028,
        Own silicon, 2, 1, 60, , 0""",
    "Programme ramp": "programme, periods_since_ready, max_units\nOwn silicon, 0, 5",
    "Software": """
        project, platform, cost, duration, last_start, efficiency, mature_efficiency, mature_after, residual_pct
        Port, Zeta, 30, 1, 2028, 80%, 100%, 2, 50%""",  # noqa: E501 - a header is one line
}

# 2027: four H1 at 50 % serve 2 of 3, one waits (0.5). The first stage (120) and the port (30).
# 2028: the port is open at 80 %: 3.75 units serve 3. The second stage (60), one step of 1 kW (7).
# 2029: the port is half way to maturity (90 %): 3.6 from H1, 9.4 from 4.7 X1; Chat takes 0.1 X1 and
#       keeps 0.05 ready. Five X1 (50), as many as the ramp allows. Draw 4 × 1 + 5 × 0.4 = 6 kW.
# At the end: X1 50 × 0.8 = 40, H1 80 × 0.5⁴ = 5, programme 18, port 15, step 1.4: 79.4.
SPENT = {
    "chip_purchases": [0, 0, 50],
    "programme_costs": [120, 60, 0],
    "software": [30, 0, 0],
    "site_projects": [0, 7, 0],
    "deferral_cost": [0.5, 0, 0],
    "terminal_value": [0, 0, -79.4],
}
TOTAL = 150.5 * FACTORS[0] + 67 * FACTORS[1] + 50 * FACTORS[2] - 79.4 * AT_END
PLAN = Hand(
    BOOK,
    {
        "Orders": rows("""
            offer, seller, order_period, delivery_period, site, units, lots, unit_price, spend
            Own, Home, 2029, 2029, Hall, 5, 5, 10, 50"""),
        "Units in service": rows("""
            chip, site, acquisition, period, units
            H1, Hall, buy, 2027, 4
            H1, Hall, buy, 2028, 4
            H1, Hall, buy, 2029, 4
            X1, Hall, buy, 2029, 5"""),
        "Usage": rows("""
            chip, site, workload, efficiency, period, units, served, ready
            H1, Hall, Train, 0.5, 2027, 4, 2, 0
            H1, Hall, Train, 0.8, 2028, 3.75, 3, 0
            H1, Hall, Train, 0.9, 2029, 4, 3.6, 0
            X1, Hall, Train, 1, 2029, 4.7, 9.4, 0
            X1, Hall, Chat, 1, 2029, 0.1, 0.2, 0.05"""),
        "Service": rows("""
            workload, period, demand, served, deferred, unmet
            Train, 2027, 3, 2, 1, 0
            Train, 2028, 2, 3, 0, 0
            Train, 2029, 13, 13, 0, 0
            Chat, 2029, 0.2, 0.2, 0, 0"""),
        "Power": rows("""
            site, period, mw, limit
            Hall, 2027, 0.004, 0.005
            Hall, 2028, 0.004, 0.005
            Hall, 2029, 0.006, 0.006"""),
        "Programme timeline": rows("""
            programme, stage, start, end, cost
            Own silicon, 1, 2027, 2027, 120
            Own silicon, 2, 2028, 2028, 60"""),
        "Software timeline": rows("project, start, end, cost\nPort, 2027, 2027, 30"),
        "Site steps": rows("""
            project, site, start, ready, steps, mw, cost
            Annex, Hall, 2028, 2029, 1, 0.001, 7"""),
        "Cash": cash(YEARS, "", FACTORS, AT_END, **SPENT),
    },
    TOTAL,
)
# periods of a year are numbers in these little tables: labels are text
for name, table in PLAN.plan.items():
    for row in table:
        for column in ("period", "order_period", "delivery_period", "start", "end", "ready"):
            if isinstance(row.get(column), float) and (name, column) != ("Usage", "ready"):
                row[column] = str(int(row[column]))


def book(sheet, old, new):
    assert old in BOOK[sheet]
    return PLAN.with_sheets(**{sheet: BOOK[sheet].replace(old, new)})


def test_the_plan_passes_every_check():
    assert PLAN.failed() == {}


def test_a_programme_left_half_way_pays_its_cancellation():
    # without the second stage nothing can be ordered; after it may wait no longer, 50 is paid
    left = PLAN.without("Programme timeline", stage=2.0)
    detail = left.failed()["programme_costs is recomputed to the cent"]
    assert "2028 shows 60, 0 is due" in detail
    assert "2029 shows 0, 50 is due" in detail
    assert "never ready" in left.failed()[ordering.READY]


def test_a_programme_that_may_still_wait_pays_nothing():
    waiting = book("Programme stages", "Own silicon, 2, 1, 60, , 0", "Own silicon, 2, 1, 60, , 2")
    detail = waiting.without("Programme timeline", stage=2.0).failed()
    assert "50 is due" not in detail["programme_costs is recomputed to the cent"]


def test_a_stage_under_way_pays_the_smaller_of_its_rest_and_the_cancellation():
    # two years of 30 each, one of them after the plan's end: 30 is less than 50
    late = book("Programme stages", "Own silicon, 2, 1, 60, , 0", "Own silicon, 2, 2, 60, , 1").but(
        "Programme timeline", {"stage": 2.0}, start="2029"
    )
    assert "2029 shows 0, 60 is due" in late.failed()["programme_costs is recomputed to the cent"]


ERRORS = {
    "before its programme is ready": (
        PLAN.but("Orders", {}, order_period="2028", delivery_period="2028"),
        ordering.READY,
    ),
    "faster than its ramp": (PLAN.but("Orders", {}, units=6, lots=6), ordering.READY),
    "two stages at once": (
        PLAN.but("Programme timeline", {"stage": 2.0}, start="2027"),
        silicon.ORDER_OF_STAGES,
    ),
    "a wait too long": (
        PLAN.but("Programme timeline", {"stage": 2.0}, start="2029"),
        silicon.ORDER_OF_STAGES,
    ),
    "a stage out of its window": (
        PLAN.but("Programme timeline", {"stage": 1.0}, start="2029"),
        silicon.STAGE_WINDOW,
    ),
    "a stage twice": (
        PLAN.plus("Programme timeline", "programme, stage, start\nOwn silicon, 1, 2027"),
        batches.ONCE,
    ),
    "what must run does not": (
        book("Programmes", "silicon, no", "silicon, yes").without("Programme timeline", stage=2.0),
        silicon.MUST_RUN,
    ),
    "a project out of its window": (
        PLAN.but("Software timeline", {}, start="2029"),
        silicon.SOFTWARE_WINDOW,
    ),
    "an efficiency before its project": (
        PLAN.but("Software timeline", {}, start="2028"),
        use.EFFICIENCY,
    ),
    "mature before its time": (
        PLAN.but("Usage", {"efficiency": 0.9}, efficiency=1.0, served=4.0),
        use.EFFICIENCY,
    ),
    "no software paid": (PLAN.without("Cash", line="software"), "software is recomputed"),
    "half a step": (PLAN.but("Site steps", {}, steps=0.5), silicon.STEPS),
    "too many steps": (PLAN.but("Site steps", {}, steps=3), silicon.STEPS),
    "a step out of its window": (PLAN.but("Site steps", {}, start="2029"), silicon.STEPS),
    "no step, no power": (PLAN.without("Site steps", project="Annex"), stock.POWER),
    "hot chips in a cool hall": (book("Sites", "both", "air"), ordering.SITES),
    "work waits too long": (book("Workloads", "Train, 1, 0.5", "Train, 0, 0.5"), use.WAITING),
    "waiting costs nothing": (
        PLAN.without("Cash", line="deferral_cost"),
        "deferral_cost is recomputed",
    ),
    "work waits past the end": (
        PLAN.but("Service", {"period": "2029", "workload": "Train"}, served=12, deferred=1),
        use.WAITING,
    ),
    "too little in reserve": (PLAN.but("Usage", {"workload": "Chat"}, ready=0.04), use.RESERVE),
    "on two chips": (
        book("Workloads", "Train, 1, 0.5, , any", "Train, 1, 0.5, , one_chip"),
        use.ONE_PLACE,
    ),
    "less than a block": (
        PLAN.with_sheets(
            Workloads=BOOK["Workloads"]
            .replace("unmet_penalty", "min_block")
            .replace("any,", "any, 4")
        ),
        use.BLOCK,
    ),
    "a chip that cannot run it": (book("Performance", "X1, Chat, 2", "H1, Chat, 2"), use.PLACES),
    "a residual left out": (
        PLAN.but("Cash", {"line": "terminal_value"}, amount=-61.4, discounted=-61.4 * AT_END),
        "terminal_value is recomputed",
    ),
}


@pytest.mark.parametrize("error", ERRORS)
def test_an_error_is_caught_by_the_check_that_names_it(error):
    hand, sentence = ERRORS[error]
    failed = hand.failed()
    assert any(found.startswith(sentence) for found in failed), failed


SIGNED = "kind, name, event, period, detail, amount, threshold, money\ncontract, {}, signed, Y{}, , , , 0"


@pytest.mark.parametrize(
    ("required", "first"), [("Port", 2028), ("Own silicon", 2029), ("Frame", 2028)]
)
def test_a_contract_signed_before_what_it_requires_is_caught(required, first):
    # the port is finished after 2027, own silicon ready in 2029; Frame is signed in 2028
    contracts = """
        contract, seller, signing, requires
        Frame, Home, optional,
        Price, Home, optional, {}"""
    for year in (first - 1, first):
        hand = PLAN.with_sheets(Contracts=contracts.format(required))
        for name, when in (("Frame", 2028), ("Price", year)):
            hand = hand.plus("Contracts and deals", SIGNED.format(name, when))
        for row in hand.plan["Contracts and deals"]:
            row["period"] = row["period"].removeprefix("Y")
        failed = hand.failed()
        assert list(failed) == ([silicon.REQUIRED] if year < first else [])
        if failed:
            said = f"Price in {year}: {required} is not finished, ready or signed"
            assert failed[silicon.REQUIRED] == said
