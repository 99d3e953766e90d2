"""Small books drawn at random, with every part of the contract that a quarter hands on."""

from __future__ import annotations

import random

import pandas as pd

from tests.rooms.by_hand import quarters

PERIODS = ("2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2")
FEATURES = (
    "stock",
    "fleet",
    "committed",
    "rent",
    "defer",
    "discounts",
    "breaks",
    "contracts",
    "deals",
    "shares",
    "served shares",
    "counts",
    "budgets",
    "custom",
    "programme",
    "software",
    "sites",
    "timeline",
    "limits",
)
WINDOWS = ("period", "fiscal_year", "fiscal_year", "plan")


def drawn(
    chance: random.Random, features: set[str] | None = None, periods: int = 5, tree: bool = False
) -> dict[str, pd.DataFrame]:
    """A book of so many quarters: two makers, three offers to buy, one to rent, two workloads."""
    if features is None:
        features = {one for one in FEATURES if chance.random() < 0.5}
    pick, whole = chance.choice, chance.randint
    on = features.__contains__
    labels = PERIODS[:periods]
    settings = {
        "discount_rate": pick(("0%", "8%", "20%")),
        "cash_timing": pick(("start", "mid", "end")),
        "terminal_value": pick(("yes", "no")),
        "fiscal_year_start_month": pick((1, 4, 7, 10)),
        "idle_power_pct": pick(("100%", "60%")),
    }
    sheets: dict[str, str] = {}
    sheets["Vendors"] = "vendor, country, max_units, max_spend_per_fiscal_year\n" + (
        f"Nord, NO, {whole(4, 9)}, {whole(500, 1500)}\nSud, FR, {whole(4, 9)},"
        if on("limits")
        else "Nord, NO, ,\nSud, FR, ,"
    )
    resale = "50%" if on("stock") else ""
    platform = "X" if on("software") else ""
    sheets["Chips"] = (
        "chip, vendor, life_years, value_loss_per_year, power_kw, resale_pct, platform, "
        "upkeep_per_unit_year\n"
        f"C, Nord, {pick((0.5, 1, 2))}, 30%, 500, {resale}, {platform}, 4\n"
        f"K, Sud, {pick((0.75, 2))}, 40%, 350, , , 2"
    )
    lot = [pick((0, 1, 1, 2)) for _ in range(3)]
    most = [whole(5, 9) if on("limits") else 12 for _ in range(3)]
    # the least order of a divisible offer may be a hair: it has no fee and no set-up to pay
    once = [pick((0, 20)) if lots else 0 for lots in lot]
    total = [whole(8, 20) if on("limits") else "" for _ in range(3)]
    sheets["Offers"] = (
        "offer, chip, seller, acquisition, price, price_change_per_year, lot_size, lead_time, "
        "max_order, total_limit, order_fee, setup_cost, pay_on_order_pct, term_months, programme\n"
        f"O, C, Nord, buy, {whole(60, 120)}, {pick(('', '-20%'))}, {lot[0]}, {pick((0, 1, 2))}, "
        f"{most[0]}, {total[0]}, {pick((0, 7)) if lot[0] else 0}, {once[0]}, {pick(('0%', '30%'))}, ,\n"
        f"P, K, Sud, buy, {whole(50, 110)}, , {lot[1]}, {pick((0, 1))}, {most[1]}, {total[1]}, 0, "
        f"{once[1]}, {pick(('0%', '50%'))}, ,\n"
        f"Q, C, Sud, buy, {whole(30, 60)}, , {lot[2]}, 0, {most[2]}, , 0, 0, 0%, , "
        f"{'Own' if on('programme') else ''}\n"
        + (f"R, C, Sud, {pick(('lease', 'cloud'))}, {whole(6, 14)}, {pick(('', '-10%'))}, 0, "
           f"{pick((0, 1))}, 9, , 0, 0, , {pick((3, 6, 12))},"
           if on("rent") else "")
    )  # fmt: skip
    if not on("programme"):
        sheets["Offers"] = sheets["Offers"].replace("\nQ, C, Sud, buy", "\nQ, K, Sud, buy")
    power = whole(3, 8) / 2  # units draw half a MW: more would look like a slip of typing
    sheets["Sites"] = (
        "site, country, power_mw, pue, energy_price, energy_price_change_per_year, hosting_cost\n"
        f"Hall, NO, {power}, 1.1, 0.001, 5%, 1\nFjord, FR, {whole(2, 6) / 2}, 1.2, 0.0008, , 2"
    )
    waits = pick((1, 2)) if on("defer") else 0
    sheets["Workloads"] = (
        "workload, unmet_penalty, max_unmet_pct, defer_periods, defer_cost, reserve_pct, sites\n"
        f"W, {whole(20, 90)}, , {waits}, {pick((0, 2))}, 0%,\n"
        f"V, {whole(20, 90)}, , 0, , {pick(('0%', '10%'))}, {pick(('', 'Hall'))}"
    )
    sheets["Performance"] = (
        "chip, workload, throughput, running_cost\nC, W, 1, 1\nK, W, 0.8, 0\nC, V, 1.5, 0\n"
        "K, V, 1.2, 0.5"
    )
    sheets["Demand"] = f"workload, {', '.join(labels)}\n" + "\n".join(
        f"{name}, {', '.join(str(whole(0, 7)) for _ in labels)}" for name in "WV"
    )
    if on("fleet"):
        sheets["Fleet"] = (
            "chip, site, units, in_service_since, unit_cost, acquisition, until, price_per_month\n"
            f"C, Hall, 1, 2026Q2, 90, buy, ,\n"
            f"K, Fjord, 1, 2026Q4, , lease, {pick(labels)}, 5"
        )
    if on("committed"):
        sheets["Committed_orders"] = (
            "offer, order_period, delivery_period, units, site, unit_price, paid_pct\n"
            f"O, 2026Q4, {pick(('', '2027Q1', '2027Q2', '2027Q4'))}, 2, {pick(('', 'Hall'))}, "
            f"{pick(('', 77))}, {pick(('', '40%'))}\n"
            f"P, {pick(('2026Q3', '2027Q1', '2027Q3'))}, , 1, {pick(('', 'Fjord'))}, ,"
            + (f"\nR, {pick(('2026Q4', '2027Q2'))}, , 1, , 6," if on("rent") else "")
        )
    if on("discounts"):
        basis = pick(("units", "spend"))
        each = 1 if basis == "units" else 80
        kind = pick(("all_units", "incremental"))
        offer = "O" if basis == "units" and kind == "incremental" else ""
        window = pick(WINDOWS)
        steps = sorted(chance.sample(range(1, 9), 2))
        sheets["Discounts"] = (
            "discount, seller, offer, basis, window, kind, threshold, discount_pct\n"
            + "\n".join(
                f"Volume, Nord, {offer}, {basis}, {window}, {kind}, {step * each}, {share}"
                for step, share in zip(steps, ("10%", "25%"), strict=True)
            )
        )
        if on("rent"):
            sheets["Discounts"] += "\nRents, Sud, R, spend, fiscal_year, all_units, 60, 15%"
    if on("breaks"):
        basis = pick(("units", "spend"))
        each = 1 if basis == "units" else 70
        head = "discount, seller, offer, basis, window, kind, threshold, discount_pct"
        sheets["Discounts"] = sheets.get("Discounts", head) + (
            f"\nCurve, Sud, P, {basis}, plan, cumulative, {whole(1, 3) * each}, 8%"
            f"\nCurve, Sud, P, {basis}, plan, cumulative, {whole(4, 6) * each}, 20%"
        )
    contracts = []
    if on("contracts"):
        basis = pick(("units", "spend"))
        least = whole(3, 7) * (1 if basis == "units" else 80)
        short = pick(("60%", ""))
        penalty = "" if short else pick((9, 2) if basis == "units" else (0.5, 2))
        contracts += [
            f"Frame, Nord, O, {pick(('signed', 'optional'))}, , , {pick((0, 12))}, "
            f"{pick(('', '2027Q2'))}, {pick(('', '2027Q4', '2028Q1'))}, {basis}, {pick(WINDOWS)}, "
            f"{least}, {short}, {pick(('', '10%'))}, {pick(('', 2))}, {penalty}",
            "Cut, Sud, , optional, 2027Q2, , 5, , , spend, , , , 12%, ,",
        ]
        sheets["Contracts"] = (
            "contract, seller, offer, signing, first_signing, last_signing, signing_fee, from, to, "
            "basis, window, minimum, shortfall_pct, price_cut_pct, extra_supply, penalty\n"
            + "\n".join(contracts)
        )
    if on("deals"):
        sheets["Deals"] = (
            f"deal, vendor, signing\nPact, Nord, {pick(('signed', 'optional'))}\n"
            "Other, Sud, optional"
        )
        sheets["Deal_milestones"] = (
            "deal, milestone, measure, threshold, deadline, value, kind, haircut_pct\n"
            f"Pact, One, cumulative_units, {whole(1, 4)}, , 30, cash,\n"
            f"Pact, Two, cumulative_units, {whole(5, 9)}, {pick(('', '2027Q4'))}, 50, equity, 20%\n"
            f"Pact, Mega, installed_mw, {whole(2, 5) / 2}, , 25, cash,\n"
            f"Other, Spent, cumulative_spend, {whole(1, 4) * 70}, , 35, cash,"
        )
    rules = []
    if on("shares"):
        rules += [
            f"Cap, seller, {pick(('Nord', 'each'))}, order_spend, , {pick(WINDOWS[1:])}, , "
            f"{pick(('70%', '85%'))}, , , , {pick((0.5, 3))}",
            f"Units, vendor, Sud, order_units, , {pick(WINDOWS)}, 20%, , {pick(('', '2027Q2'))}, "
            f"{pick(('', '2027Q4'))}, {'Pact' if on('deals') else ''}, 4",
            f"There, site, Hall, units_in_service, , {pick(WINDOWS)}, , 60%, , , , 1",
            f"Drawn, site_country, FR, power, , {pick(WINDOWS)}, 10%, , , , , 3",
        ]
    if on("served shares"):
        rules += [
            f"Work, vendor, Nord, served, {pick(('', 'W'))}, {pick(WINDOWS)}, , 75%, , , , 4",
        ]
    if rules:
        sheets["Share_rules"] = (
            "rule, dimension, member, basis, workload, window, min_pct, max_pct, from, to, "
            "applies_if, penalty\n" + "\n".join(rules)
        )
    if on("counts"):
        sheets["Supplier_counts"] = (
            "rule, dimension, min_count, max_count, active_if_pct, window, from, penalty\n"
            f"Two, seller, 2, , , {pick(WINDOWS)}, , 15\n"
            f"Shared, vendor, 2, , 20%, {pick(WINDOWS[1:])}, {pick(('', '2027Q2'))}, 11\n"
            f"Few, chip, , 1, , {pick(WINDOWS)}, , 8"
        )
    if on("budgets"):
        sheets["Budgets"] = (
            "budget, lines, window, from, to, limit, penalty\n"
            f"Capex, capex, {pick(WINDOWS)}, , , {whole(200, 700)}, 0.3\n"
            f"Whole, {pick(('all', 'opex; discounts'))}, {pick(WINDOWS[1:])}, , "
            f"{pick(('', '2027Q4'))}, {whole(200, 800)}, 0.4"
        )
    if on("custom"):
        window = pick(WINDOWS)
        sheets["Custom_rules"] = (
            "rule, quantity, dimension, member, workload, window, from, to, coefficient, sense, "
            "limit, penalty\n"
            f"Mix, order_units, offer, O, , {window}, , {pick(('', '2027Q2'))}, 1, <=, "
            f"{whole(1, 4)}, 3\n"
            f"Mix, order_units, offer, P, , {window}, , , -1, , ,\n"
            f"Stand, units_in_service, chip, C, , , {pick(('', '2027Q2'))}, "
            f"{pick(('', '2027Q4'))}, 1, <=, {whole(6, 14)}, 2\n"
            f"Left, unmet, , , W, {pick(WINDOWS)}, , , 1, <=, 2, 5"
        )
    if on("programme"):
        sheets["Programmes"] = (
            f"programme, cancellation_cost, residual_pct\nOwn, {pick((0, 25))}, {pick((0, '40%'))}"
        )
        sheets["Programme_stages"] = (
            "programme, stage, duration, cost, started, max_wait\n"
            f"Own, 1, {pick((1, 2))}, {whole(10, 40)}, {pick(('', '2026Q4'))},\n"
            f"Own, 2, 1, {whole(10, 40)}, , {pick(('', 1))}"
        )
        if chance.random() < 0.3:
            del sheets["Programme_stages"]
            sheets["Programmes"] = "programme\nOwn"
        sheets["Programme_ramp"] = (
            "programme, periods_since_ready, max_units\nOwn, 0, 2\nOwn, 1, 4\nOwn, 2, 9"
        )
    if on("software"):
        sheets["Platforms"] = f"platform, efficiency_at_start\nX, {pick(('50%', '80%'))}"
        sheets["Software"] = (
            "project, platform, workload, requires, cost, duration, efficiency, mature_efficiency, "
            "mature_after, residual_pct, started\n"
            f"Port, X, , , {whole(10, 50)}, {pick((1, 2))}, 90%, 110%, 2, 20%, "
            f"{pick(('', '2026Q4'))}\n"
            f"Tune, X, W, Port, {whole(10, 50)}, 1, 120%, , , ,"
        )
    if on("sites"):
        sheets["Site_projects"] = (
            "project, site, step_mw, max_steps, cost_per_step, lead_time, max_steps_per_period, "
            f"residual_pct\nMore, Hall, 1, 2, {whole(15, 50)}, {pick((0, 1, 2))}, 1, 30%"
        )
        if chance.random() < 0.5:
            sheets["Committed_steps"] = (
                "project, start_period, steps, paid_pct\n"
                f"More, {pick(('2026Q4', '2027Q2'))}, 1, {pick(('', '50%'))}"
            )
    if on("defer"):
        sheets["Waiting_work"] = "workload, asked_in, amount\nW, 2026Q4, 2"
    if on("timeline"):
        values = ", ".join(pick(("", str(whole(50, 120)))) for _ in labels)
        sheets["Timeline"] = (
            f"sheet, item, column, {', '.join(labels)}\nOffers, O, price, {values}\n"
            f"Sites, Hall, power_mw, {', '.join(pick(('', str(power + 0.5))) for _ in labels)}"
        )
    if tree:
        sheets |= a_tree(chance, labels, features)
    return quarters(periods, settings, **sheets)


def a_tree(chance: random.Random, labels: tuple[str, ...], features: set[str]) -> dict[str, str]:
    """Four scenarios, two of them on one branch, with changes of every kind."""
    pick = chance.choice
    first, second = sorted(chance.sample(range(1, len(labels)), 2))
    rows = [
        f"trunk, Demand, W, , , , multiply, {pick((1, 1.2))}",
        "boom, Demand, all, , , , multiply, 1.5",
        "boom, Offers, O, price, , , add, 10",
        f"bust, Demand, V, , {labels[second]}, , add, 1",
        f"late, Offers, O, lead_time, , , add, {pick((1, 2))}",
        f"late, Sites, Hall, power_mw, {labels[second]}, , multiply, 0.9",
        "late, Offers, P, , , , remove,",
    ]
    if "programme" in features:
        rows += ["boom, Programme stages, all, duration, , , add, 1"]
    if "software" in features:
        rows += ["boom, Software, Port, efficiency, , , multiply, 1.1"]
    return {
        "Scenarios": "scenario, probability, branches_from, branch_period\n"
        f"trunk, 0.4, ,\nboom, 0.2, trunk, {labels[first]}\nlate, 0.3, boom, {labels[second]}\n"
        f"bust, 0.1, trunk, {labels[second]}",
        "Scenario_changes": "scenario, sheet, item, column, from, to, operation, value\n"
        + "\n".join(rows),
    }
