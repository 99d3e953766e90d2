"""Random small books with everything a sentence can be told of: rules of all kinds, two futures."""

from __future__ import annotations

import random

from tests.conftest import book


def made(seed: int) -> dict[str, object]:
    """A book of three years, two vendors, two workloads; with two futures if the seed is odd."""
    dice = random.Random(seed)
    pick, whole = dice.choice, dice.randint
    price = [whole(40, 300) * 1000 for _ in range(3)]
    lots = [pick((1, 3, 4)), pick((0, 2, 5))]
    need = [[whole(0, 14) for _ in range(3)] for _ in range(2)]
    alone = pick((True, False))  # only one vendor's chip runs V: no decision changes its share
    cap, split, least = pick((40, 60, 85)), pick((55, 70, 90)), pick((5, 20))
    soft = pick(("", f"{whole(1, 9) / 10}"))
    sheets = {
        "plan_name": f"Lab {seed}",
        "currency": "EUR",
        "fiscal_year_start_month": pick((1, 4)),
        "discount_rate": pick((0, 0.08)),
        "terminal_value": pick(("yes", "no")),
        "Chips": "chip, vendor, life_years, power_kw, value_loss_per_year\n"
        f"C, Nord, {whole(2, 5)}, 1, 30%\nD, Sud, {whole(2, 5)}, 1, 40%",
        "Offers": "offer, chip, seller, acquisition, price, lot_size, term_months, max_order, "
        f"order_fee\nO, C, Nord, buy, {price[0]}, {lots[0]}, , {whole(8, 30)}, {whole(0, 3) * 1000}\n"
        f"P, D, Sud, buy, {price[1]}, {lots[1]}, , 20, 0\n"
        f"L, C, Sud, cloud, {price[2] // 9}, 0, 12, 40, 0",
        "Workloads": f"workload, unit, unmet_penalty, max_unmet_pct\nW, run, {whole(30, 200) * 1000},\n"
        "V, run, 500000,",
        "Performance": "chip, workload, throughput\nC, W, 1\nD, W, 0.8\nC, V, 1.5"
        + ("" if alone else "\nD, V, 1.1"),
        "Demand": "workload, 2027, 2028, 2029\n"
        + "\n".join(f"{n}, {', '.join(map(str, row))}" for n, row in zip("WV", need, strict=True)),
        "Share_rules": "rule, dimension, member, basis, workload, window, max_pct, min_pct, penalty\n"
        f"Cap V, vendor, Nord, served, V, period, {cap}%, ,\n"
        f"Split, seller, each, order_spend, , fiscal_year, {split}%, , {soft or 0.2}\n"
        f"Units, seller, Sud, order_units, , plan, {cap}%, {least}%, 5000",
        "Budgets": "budget, lines, window, limit, penalty\n"
        f"Capex, capex, fiscal_year, {whole(3, 25) * 100000}, {whole(1, 5) / 10}",
        "Contracts": "contract, seller, signing, basis, window, minimum, shortfall_pct\n"
        f"Frame, Sud, signed, spend, fiscal_year, {whole(1, 12) * 50000}, {whole(1, 9) * 10}%",
    }
    if seed % 2:
        sheets["Scenarios"] = (
            "scenario, probability, branches_from, branch_period\n"
            f"Base, {60}%, ,\nRush, 40%, Base, {pick((2028, 2029))}"
        )
        sheets["Scenario_changes"] = (
            "scenario, sheet, item, operation, value\n"
            f"Rush, Demand, W, multiply, {pick((0.2, 1.7))}\nRush, Demand, V, add, {whole(0, 6)}"
        )
    return book(**sheets)
