"""A small book of everything a report shows: three futures, own silicon, and names that attack."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from tests.conftest import frames

SCRIPT = "Nord <script>alert(1)</script>"
IMAGE = 'Sud "><img src=x onerror=alert(2)>'
SITE = "Hall </svg></style><iframe>"
SCENARIO = "Boom {{ 7*7 }} <em>"

SHEETS = {
    "Settings": """name, value
        plan_name, Small lab <b> & sons
        currency, EUR
        first_period, 2027H1
        periods, 4
        months_per_period, 6
        discount_rate, 10%""",
    "Vendors": f"""vendor, country
        {SCRIPT}, NO
        {IMAGE}, FR
        Own, FR""",
    "Platforms": "platform, efficiency_at_start\nOpen, 70%",
    "Chips": f"""chip, vendor, platform, power_kw, life_years, value_loss_per_year
        N1, {SCRIPT}, , 1.5, 5, 30%
        S1, {IMAGE}, Open, 1.2, 5, 35%
        X1, Own, , 1.0, 5, 30%""",
    "Offers": f"""offer, chip, seller, acquisition, price, lot_size, term_months, programme
        N1 buy, N1, {SCRIPT}, buy, 30000, 0, ,
        S1 buy, S1, {IMAGE}, buy, 20000, 0, ,
        N1 cloud, N1, {SCRIPT}, cloud, 2500, 0, 6,
        X1 make, X1, Own, buy, 6000, 0, , =Silicon & Co""",
    "Performance": """chip, workload, throughput
        N1, Train & tune, 1
        N1, Serve, 3
        S1, Serve, 2.5
        X1, Serve, 3.5""",
    "Workloads": """workload, unit, unmet_penalty
        Train & tune, N1,
        Serve, million tokens, 3000""",
    "Demand": """workload, 2027H1, 2027H2, 2028H1, 2028H2
        Train & tune, 200, 240, 280, 320
        Serve, 600, 800, 1300, 2200""",
    "Sites": f"site, country, power_mw, pue, energy_price\n{SITE}, NO, 0.8, 1.2, 60",
    "Site_projects": f"""project, site, step_mw, max_steps, cost_per_step, lead_time, residual_pct
        Wing, {SITE}, 0.5, 4, 1000000, 1, 50%""",
    "Fleet": f"""chip, site, units, in_service_since, unit_cost
        N1, {SITE}, 350, 2026H1, 32000""",
    "Programmes": "programme, cancellation_cost\n=Silicon & Co, 200000\nNever, 0",
    "Programme_stages": """programme, stage, name, duration, cost
        =Silicon & Co, 1, Design, 1, 800000
        =Silicon & Co, 2, Tape-out, 1, 600000
        Never, 1, Dream, 2, 900000000""",
    "Software": """project, platform, cost, duration, efficiency
        Port <u>, Open, 100000, 1, 95%""",
    "Share_rules": f"""rule, dimension, member, basis, window, max_pct
        Two sources, vendor, {SCRIPT}, served, period, 80%""",
    "Contracts": f"""contract, seller, signing, basis, minimum, shortfall_pct, price_cut_pct
        Frame, {IMAGE}, signed, spend, 500000, 50%, 6%""",
    "Scenarios": f"""scenario, probability, branches_from, branch_period
        Base, 50%, ,
        {SCENARIO}, 30%, Base, 2028H1
        Slip, 20%, Base, 2027H2""",
    "Scenario_changes": f"""scenario, sheet, item, column, operation, value
        {SCENARIO}, Demand, Serve, , multiply, 1.4
        Slip, Programme stages, =Silicon & Co / 2, completes, set, no""",
}


def tree_book() -> Mapping[str, pd.DataFrame]:
    """Three scenarios."""
    return frames(**SHEETS)


def one_world() -> Mapping[str, pd.DataFrame]:
    """The least a plan can be: one chip, one workload, no site, no rule, two years."""
    return frames(
        Settings="name, value\nfirst_period, 2027\nperiods, 2\nmonths_per_period, 12\n"
        "discount_rate, 0",
        Vendors="vendor\nNord",
        Chips="chip, vendor, life_years\nN1, Nord, 5",
        Offers="offer, chip, seller, acquisition, price, term_months, lot_size\n"
        "N1 cloud, N1, Nord, cloud, 1000, 12, 0",
        Performance="chip, workload, throughput\nN1, Serve, 1",
        Workloads="workload\nServe",
        Demand="workload, 2027, 2028\nServe, 10, 20",
    )
