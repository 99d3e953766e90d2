"""Published problems, solved through the product to their published optimum."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import solved

CASES = Path(__file__).parent / "cases"
PLAIN = {
    "discount_rate": 0,
    "cash_timing": "start",
    "terminal_value": "no",
    "target_gap": 1e-9,
}


def settings(**values: object) -> pd.DataFrame:
    return pd.DataFrame(list({**PLAIN, **values}.items()), columns=["name", "value"])


def table(rows: list[dict]) -> pd.DataFrame:
    return pd.DataFrame(rows)


def test_warehouses_are_opened_where_or_library_says():
    facilities = pd.read_csv(CASES / "orlib_cflp/cap41_facilities.csv")
    customers = pd.read_csv(CASES / "orlib_cflp/cap41_customers.csv")
    names = list(facilities.facility)
    book = {
        "Settings": settings(first_period="2027", periods=1, months_per_period=12),
        "Vendors": table([{"vendor": f} for f in names]),
        "Chips": table([{"chip": f, "vendor": f, "life_years": 5} for f in names]),
        "Offers": table(
            [
                {
                    "offer": row.facility,
                    "chip": row.facility,
                    "seller": row.facility,
                    "acquisition": "cloud",
                    "price": 0,
                    "lot_size": 0,
                    "setup_cost": row.fixed_cost,
                    "max_order": row.capacity,
                    "term_months": 12,
                }
                for row in facilities.itertuples()
            ]
        ),
        "Workloads": table([{"workload": c} for c in customers.customer]),
        "Demand": table(
            [{"workload": r.customer, "2027": r.demand} for r in customers.itertuples()]
        ),
        "Performance": table(
            [
                {
                    "chip": f,
                    "workload": row["customer"],
                    "throughput": 1,
                    "running_cost": row[f] / row["demand"],
                }
                for _, row in customers.iterrows()
                for f in names
            ]
        ),
    }
    assert solved(book).objective == pytest.approx(1040444.375, rel=1e-6)


def test_tiers_on_all_units_are_bought_at_their_thresholds():
    tiers = pd.read_csv(CASES / "tiers_all_units/tiers.csv")
    problem = json.loads((CASES / "tiers_all_units/problem.json").read_text())
    capacity = problem["supplier_capacity"]
    base = tiers.groupby("supplier").unit_price.max()
    book = {
        "Settings": settings(first_period="2027", periods=1, months_per_period=12),
        "Vendors": table([{"vendor": f"S{s}"} for s in capacity]),
        "Chips": table([{"chip": f"C{s}", "vendor": f"S{s}", "life_years": 5} for s in capacity]),
        "Offers": table(
            [
                {
                    "offer": f"O{s}",
                    "chip": f"C{s}",
                    "seller": f"S{s}",
                    "acquisition": "buy",
                    "price": base[int(s)],
                    "lot_size": 1,
                    "max_order": limit,
                }
                for s, limit in capacity.items()
            ]
        ),
        "Sites": table([{"site": "Hall", "power_mw": 1, "pue": 1, "energy_price": 0}]),
        "Workloads": table([{"workload": "W"}]),
        "Demand": table([{"workload": "W", "2027": problem["demand"]}]),
        "Performance": table(
            [{"chip": f"C{s}", "workload": "W", "throughput": 1} for s in capacity]
        ),
        "Discounts": table(
            [
                {
                    "discount": f"D{row.supplier}",
                    "seller": f"S{row.supplier}",
                    "basis": "units",
                    "window": "period",
                    "kind": "all_units",
                    "threshold": row.from_quantity,
                    "discount_pct": 1 - row.unit_price / base[row.supplier],
                }
                for row in tiers.itertuples()
            ]
        ),
    }
    assert solved(book).objective == pytest.approx(124000, rel=1e-6)


def test_order_timing_is_wagner_and_whitins():
    periods = pd.read_csv(CASES / "wagner_whitin_1958/periods.csv")
    labels = [f"2027-{n:02d}" for n in periods.period]
    book = {
        "Settings": settings(first_period="2027-01", periods=12, months_per_period=1),
        "Vendors": table([{"vendor": "V"}]),
        "Chips": table([{"chip": "C", "vendor": "V", "life_years": 10}]),
        "Offers": table(
            [{"offer": "O", "chip": "C", "seller": "V", "acquisition": "buy", "price": 0}]
        ),
        "Sites": table(
            [{"site": "S", "power_mw": 1, "pue": 1, "energy_price": 0, "hosting_cost": 1}]
        ),
        "Workloads": table([{"workload": "W"}]),
        "Demand": table(
            [{"workload": "W", **dict(zip(labels, periods.demand.cumsum(), strict=True))}]
        ),
        "Performance": table([{"chip": "C", "workload": "W", "throughput": 1}]),
        "Timeline": table(
            [
                {
                    "sheet": "Offers",
                    "item": "O",
                    "column": "order_fee",
                    **dict(zip(labels, periods.setup_cost, strict=True)),
                }
            ]
        ),
    }
    plan = solved(book)
    assert plan.objective == pytest.approx(864 + 3860, rel=1e-6)


@pytest.mark.parametrize("acquisition", ["buy", "lease"])
def test_cars_are_replaced_when_taha_says(acquisition):
    costs = pd.read_csv(CASES / "rentcar_replacement/costs.csv")
    labels = [str(2026 + n) for n in range(1, 5)]
    names = {row.Index: f"{row.acquired_year} for {row.years_kept}" for row in costs.itertuples()}
    book = {
        "Settings": settings(first_period="2027", periods=4, months_per_period=12),
        "Vendors": table([{"vendor": "V"}]),
        "Chips": table(
            [
                {"chip": names[r.Index], "vendor": "V", "life_years": r.years_kept}
                for r in costs.itertuples()
            ]
        ),
        "Offers": table(
            [
                {
                    "offer": names[r.Index],
                    "chip": names[r.Index],
                    "seller": "V",
                    "acquisition": acquisition,
                    "price": r.cost / (1 if acquisition == "buy" else 12 * r.years_kept),
                    "term_months": None if acquisition == "buy" else 12 * r.years_kept,
                    "first_order": labels[r.acquired_year - 1],
                    "last_order": labels[r.acquired_year - 1],
                }
                for r in costs.itertuples()
            ]
        ),
        "Sites": table([{"site": "S", "power_mw": 1, "pue": 1, "energy_price": 0}]),
        "Workloads": table([{"workload": "W"}]),
        "Demand": table([{"workload": "W", **dict.fromkeys(labels, 1)}]),
        "Performance": table(
            [{"chip": name, "workload": "W", "throughput": 1} for name in names.values()]
        ),
    }
    assert solved(book).objective == pytest.approx(12500, rel=1e-6)


def lands(scenario_rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    technologies = pd.read_csv(CASES / "lands_two_stage/technologies.csv")
    limits = json.loads((CASES / "lands_two_stage/limits.json").read_text())
    modes = ["mode1", "mode2", "mode3"]
    chips = list(technologies.technology)
    scenarios = list(scenario_rows.scenario)
    return {
        "Settings": settings(first_period="2027Q1", periods=2),
        "Vendors": table([{"vendor": "V"}]),
        "Chips": table([{"chip": c, "vendor": "V", "life_years": 5} for c in chips]),
        "Offers": table(
            [
                {
                    "offer": r.technology,
                    "chip": r.technology,
                    "seller": "V",
                    "acquisition": "buy",
                    "price": r.investment_cost,
                    "lot_size": 0,
                    "lead_time": 1,
                    "last_order": "2027Q1",
                }
                for r in technologies.itertuples()
            ]
        ),
        "Sites": table([{"site": "S", "power_mw": 1, "pue": 1, "energy_price": 0}]),
        "Workloads": table([{"workload": m} for m in modes]),
        "Demand": table([{"workload": m, "2027Q1": 0, "2027Q2": 1} for m in modes]),
        "Performance": table(
            [
                {
                    "chip": row["technology"],
                    "workload": m,
                    "throughput": 1,
                    "running_cost": row[f"op_{m}"],
                }
                for _, row in technologies.iterrows()
                for m in modes
            ]
        ),
        "Budgets": table(
            [
                {
                    "budget": "investment",
                    "lines": "chip_purchases",
                    "window": "plan",
                    "limit": limits["investment_budget"],
                }
            ]
        ),
        "Custom rules": table(
            [
                {
                    "rule": "capacity",
                    "quantity": "order_units",
                    "dimension": "chip",
                    "member": c,
                    "coefficient": 1,
                    "sense": ">=",
                    "limit": limits["min_total_capacity"],
                }
                for c in chips
            ]
        ),
        "Scenarios": table(
            [
                {
                    "scenario": r.scenario,
                    "probability": r.probability,
                    "branches_from": None if r.scenario == scenarios[0] else scenarios[0],
                    "branch_period": None if r.scenario == scenarios[0] else "2027Q2",
                }
                for r in scenario_rows.itertuples()
            ]
        ),
        "Scenario changes": table(
            [
                {
                    "scenario": r["scenario"],
                    "sheet": "Demand",
                    "item": m,
                    "from": "2027Q2",
                    "operation": "set",
                    "value": r[f"demand_{m}"],
                }
                for _, r in scenario_rows.iterrows()
                for m in modes
            ]
        ),
    }


def test_plants_are_built_before_demand_is_known_as_in_lands():
    rows = pd.read_csv(CASES / "lands_two_stage/scenarios.csv")
    assert solved(lands(rows)).objective == pytest.approx(381.853333, rel=1e-6)


def test_knowing_demand_beforehand_is_worth_what_lands_says():
    rows = pd.read_csv(CASES / "lands_two_stage/scenarios.csv")
    book = lands(rows)
    mean = sum(
        row.probability * solved(book, scenario=row.scenario).objective for row in rows.itertuples()
    )
    assert mean == pytest.approx(380.1667, abs=1e-3)


@pytest.mark.parametrize(
    ("instance", "runs_on", "optimum"),
    [
        ("first_release", "any", 10.10),
        ("current", "one_chip", 6.70),
        ("current", "any", 4.68),
    ],
)
def test_gpu_types_are_mixed_as_in_melange(instance, runs_on, optimum):
    gpus = pd.read_csv(CASES / "melange_gpu/gpus.csv").query("instance == @instance")
    load = pd.read_csv(CASES / "melange_gpu/workload.csv").query("instance == @instance").iloc[0]
    buckets = ["in1_out1", "in1_out2", "in2_out1", "in2_out2"]
    book = {
        "Settings": settings(first_period="2027-01", periods=1, months_per_period=1),
        "Vendors": table([{"vendor": "V"}]),
        "Chips": table([{"chip": g, "vendor": "V", "life_years": 5} for g in gpus.gpu]),
        "Offers": table(
            [
                {
                    "offer": r.gpu,
                    "chip": r.gpu,
                    "seller": "V",
                    "acquisition": "cloud",
                    "price": r.hourly_cost,
                    "term_months": 1,
                }
                for r in gpus.itertuples()
            ]
        ),
        "Workloads": table([{"workload": b, "runs_on": runs_on} for b in buckets]),
        "Demand": table(
            [{"workload": b, "2027-01": load["total_request_rate"] * load[b]} for b in buckets]
        ),
        "Performance": table(
            [
                {"chip": row["gpu"], "workload": b, "throughput": row[b]}
                for _, row in gpus.iterrows()
                for b in buckets
            ]
        ),
    }
    assert solved(book).objective == pytest.approx(optimum, rel=1e-6)
