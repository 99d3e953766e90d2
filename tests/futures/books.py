"""Small books that branch: plans of four years, free money, no discounting, solved by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

import chipfolio
from chipfolio.formulation.whole import build
from chipfolio.tables import Tables
from tests.conftest import frames

SETTINGS = """name, value
    first_period, 2027
    periods, 4
    months_per_period, 12
    discount_rate, 0
    cash_timing, start
    terminal_value, no
    target_gap, 0.000000001"""
CLOUD = {
    "Settings": SETTINGS,
    "Vendors": "vendor\nNord",
    "Chips": "chip, vendor, life_years\nK, Nord, 10",
    "Offers": """offer, chip, seller, acquisition, price, term_months
        C, K, Nord, cloud, 1, 12""",
    "Performance": "chip, workload, throughput\nK, W, 1",
    "Workloads": "workload, unmet_penalty\nW, 100",
    "Demand": "workload, 2027, 2028, 2029, 2030\nW, 10, 10, 10, 10",
}
"""Ten units of work a year, rented at 12 a unit and year: 480 in all. Unmet work costs 100."""
AHEAD = {
    **CLOUD,
    "Offers": """offer, chip, seller, acquisition, price, lead_time, last_order
        B, K, Nord, buy, 100, 1, 2027""",
    "Sites": "site, power_mw, pue, energy_price\nHall, 10, 1, 0",
    "Workloads": "workload, unmet_penalty\nW, 150",
    "Demand": "workload, 2027, 2028, 2029, 2030\nW, 0, 10, 0, 0",
}
"""Units must be ordered in 2027 for the work of 2028; a unit short costs 150, one ordered 100."""
STAGES = {
    **CLOUD,
    "Chips": "chip, vendor, life_years\nK, Nord, 10\nOwn, Nord, 10",
    "Offers": """offer, chip, seller, acquisition, price, term_months, programme
        C, K, Nord, cloud, 10, 12,
        O, Own, Nord, cloud, 1, 12, Asic""",
    "Performance": "chip, workload, throughput\nK, W, 1\nOwn, W, 1",
    "Workloads": "workload\nW",
    "Demand": "workload, 2027, 2028, 2029, 2030\nW, 1, 1, 1, 1",
    "Programmes": "programme, cancellation_cost\nAsic, 5",
    "Programme_stages": "programme, stage, duration, cost\nAsic, 1, 1, 20\nAsic, 2, 1, 20",
}
"""Own chips cost 12 a year instead of 120, once two stages of a year, at 20 each, are done."""
CHANGES = "scenario, sheet, item, column, from, to, operation, value"


def book(base: Mapping[str, str] = CLOUD, **sheets: str) -> dict[str, pd.DataFrame]:
    """Frames of a base with sheets replaced or added."""
    return frames(**{**base, **sheets})


def read(base: Mapping[str, str] = CLOUD, **sheets: str) -> Tables:
    """Checked tables of a base with sheets replaced or added."""
    return chipfolio.read(book(base, **sheets))


def changes(*rows: str) -> str:
    """The sheet Scenario changes."""
    return "\n".join([CHANGES, *rows])


def settings(**values: object) -> str:
    """The common settings, with some added or replaced."""
    lines = [line for line in SETTINGS.splitlines() if line.split(",")[0].strip() not in values]
    return "\n".join([*lines, *(f"{name}, {value}" for name, value in values.items())])


RICH = {
    "Settings": settings(terminal_value="yes", discount_rate="10%", periods=5, target_gap=1e-9),
    "Vendors": "vendor, max_units\nNord, 40\nSud,",
    "Platforms": "platform, efficiency_at_start\nS, 50%",
    "Chips": """chip, vendor, platform, life_years, power_kw, value_loss_per_year, resale_pct
        K, Nord, S, 3, 1000, 30%, 60%
        L, Sud, , 3, 1200, 30%,
        Own, Sud, , 4, 800, 30%,""",
    "Offers": """offer, chip, seller, acquisition, price, lead_time, lot_size, order_fee, setup_cost, term_months, pay_on_order_pct, programme
        KB, K, Nord, buy, 90, 1, 2, 5, , , 30%,
        LB, L, Sud, buy, 110, 0, 3, , 8, , ,
        LC, L, Sud, cloud, 6, 0, 1, , , 12, ,
        KL, K, Nord, lease, 4, 1, 1, , , 24, ,
        OB, Own, Sud, buy, 30, 0, 1, , , , , Asic""",
    "Performance": """chip, workload, throughput
        K, W, 1
        L, W, 1.2
        Own, W, 1.5
        L, V, 1""",
    "Workloads": """workload, unmet_penalty, defer_periods, defer_cost, reserve_pct
        W, 300, 1, 3, 10%
        V, 200, , ,""",
    "Demand": """workload, 2027, 2028, 2029, 2030, 2031
        W, 8, 12, 17, 21, 20
        V, 2, 3, 3, 4, 4""",
    "Sites": """site, power_mw, pue, energy_price
        A, 14, 1.1, 0.002
        B, 20, 1.2, 0.003""",
    "Site_projects": """project, site, step_mw, max_steps, cost_per_step, lead_time
        more, A, 5, 2, 60, 1""",
    "Programmes": "programme, cancellation_cost\nAsic, 5",
    "Programme_stages": "programme, stage, duration, cost\nAsic, 1, 1, 90\nAsic, 2, 1, 90",
    "Software": "project, platform, cost, duration, efficiency\nport, S, 60, 1, 100%",
    "Contracts": """contract, seller, signing, signing_fee, price_cut_pct, minimum, basis, shortfall_pct
        frame, Nord, optional, 10, 10%, 100, spend, 20%""",
    "Discounts": """discount, seller, offer, basis, window, kind, threshold, discount_pct
        volume, Sud, LB, spend, fiscal_year, all_units, 600, 8%""",
    "Deals": "deal, vendor, signing\nfund, Nord, optional",
    "Deal_milestones": """deal, milestone, measure, threshold, value, kind
        fund, first, cumulative_units, 8, 40, cash""",
    "Fleet": "chip, site, units, in_service_since, unit_cost\nK, A, 3, 2026, 100",
    "Committed_orders": "offer, order_period, units, site\nKB, 2027, 2,",
}
"""Something of everything that can change, over five years."""
THREE = "scenario, probability, branches_from, branch_period\nP, 60%, ,\nX, 10%, P, 2028\nY, 30%, P, 2028"
DEMANDS = changes("X, Demand, W, , 2028, 2028, set, 20", "Y, Demand, W, , 2028, 2028, set, 14")


def costs(plan: chipfolio.plan.plan.Plan) -> dict[str, float]:
    """What each scenario costs under a plan."""
    return {str(row["scenario"]): float(row["total"]) for row in plan.tables["Scenario costs"]}


def orders(plan: chipfolio.plan.plan.Plan, scenario: str) -> dict[tuple[str, str], float]:
    """Units ordered in a scenario, by offer and period."""
    found: dict[tuple[str, str], float] = {}
    for row in plan.tables["Orders"]:
        if row["scenario"] == scenario:
            key = (row["offer"], row["order_period"])
            found[key] = found.get(key, 0.0) + row["units"]
    return found


def unshared(tables: Tables) -> list[str]:
    """Decisions of a common past that two worlds of the tree do not share."""
    whole = build(tables, [row["scenario"] for row in tables.scenarios])
    wrong = []
    for name, furnished in whole.worlds.items():
        for room_name, room in furnished.rooms.items():
            if room.inherited is None:
                continue
            for decision, mine in room.decisions.items():
                theirs = room.inherited.decisions[decision]
                past = {k for k, at in room.decided[decision].items() if at < room.branch}
                past |= {
                    k for k, at in room.inherited.decided[decision].items() if at < room.branch
                }
                wrong += [
                    f"{name}: {room_name}.{decision} {key}"
                    for key in sorted(past, key=str)
                    if mine.get(key) is None or mine[key] is not theirs.get(key)
                ]
    return wrong
