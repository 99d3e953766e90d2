"""Seeded books of any size, shaped like the sample lab: demand near supply, power scarce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_YEAR = 2027
VENDORS = 6
GROWTH_PER_YEAR = 0.35


@dataclass(frozen=True)
class Size:
    """How large a book is."""

    offers: int
    periods: int
    workloads: int
    sites: int
    programmes: int = 2
    worlds: int = 1


SIZES = {
    "tiny": Size(4, 8, 2, 1, 0),
    "small": Size(8, 12, 3, 2, 1),
    "standard": Size(12, 20, 4, 3, 2),
    "large": Size(24, 28, 8, 6, 3),
    "largest": Size(40, 40, 12, 10, 3),
    "standard, 3 worlds": Size(12, 20, 4, 3, 2, 3),
    "standard, 9 worlds": Size(12, 20, 4, 3, 2, 9),
    "standard, 27 worlds": Size(12, 20, 4, 3, 2, 27),
}


def labels(periods: int) -> list[str]:
    """Labels of so many quarters."""
    return [f"{FIRST_YEAR + at // 4}Q{at % 4 + 1}" for at in range(periods)]


def book(size: Size, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Frames by sheet of one instance; equal size and seed give equal frames."""
    draw = np.random.default_rng(seed)
    quarters = labels(size.periods)
    vendors = [f"V{n}" for n in range(VENDORS)]
    chips = [f"C{n}" for n in range(size.offers)]
    works = [f"W{n}" for n in range(size.workloads)]
    sites = [f"S{n}" for n in range(size.sites)]
    programmes = [f"P{n}" for n in range(size.programmes)]
    own = {chips[-1 - n]: programme for n, programme in enumerate(programmes)}
    grows = (1 + GROWTH_PER_YEAR) ** (np.arange(size.periods) / 4)
    base = draw.uniform(20_000, 60_000, size.workloads).round(-2)

    platform_of = {c: f"F{n % 4}" for n, c in enumerate(chips)}
    generation = np.sort(draw.uniform(0.8, 4.0, size.offers)).round(2)
    kw = (0.9 * generation**0.6 + draw.uniform(0.2, 0.5, size.offers)).round(3)
    price = (generation * draw.uniform(24_000, 40_000, size.offers)).round(-2)
    first = (np.arange(size.offers) * size.periods // (2 * size.offers)).astype(int)
    offers, timeline = [], []
    peak = float(base.sum() * grows[-1])
    for n, chip in enumerate(chips):
        kind = "cloud" if n % 5 == 4 and chip not in own else "buy"
        supply = peak / generation[n] / size.offers * draw.uniform(0.35, 0.8)
        lot = [64, 128, 256, 512][n % 4]
        offers.append(
            {
                "offer": f"O{n}",
                "chip": chip,
                "seller": vendors[n % VENDORS],
                "acquisition": kind,
                "price": price[n] if kind == "buy" else round(price[n] / 30, 1),
                "price_change_per_year": -0.08,
                "first_order": quarters[first[n]],
                "lead_time": 2 if kind == "buy" else 0,
                "lot_size": lot,
                "max_order": round(supply / lot + 1) * lot,
                "setup_cost": 2e7 if n % 3 == 0 else None,
                "term_months": None if kind == "buy" else 12,
                "pay_on_order_pct": 0.2 if kind == "buy" else None,
                "programme": own.get(chip),
            }
        )
    performance = [
        {
            "chip": chip,
            "workload": work,
            "throughput": round(float(generation[n] * draw.uniform(0.7, 1.1)), 3),
        }
        for n, chip in enumerate(chips)
        for w, work in enumerate(works)
        if (n + w) % 4
    ]
    power = peak / generation.mean() * kw.mean() / 1000
    frames = {
        "Settings": [
            {"name": "first_period", "value": quarters[0]},
            {"name": "periods", "value": size.periods},
            {"name": "discount_rate", "value": 0.1},
            {"name": "tail_weight", "value": 0.0},
        ],
        "Vendors": [{"vendor": v, "country": "US"} for v in vendors],
        "Platforms": [
            {"platform": f"F{n}", "efficiency_at_start": [1.0, 0.5, 0.3, 0.6][n]} for n in range(4)
        ],
        "Chips": [
            {
                "chip": chip,
                "vendor": vendors[n % VENDORS],
                "platform": platform_of[chip],
                "power_kw": kw[n],
                "life_years": 5,
                "availability": 0.96,
                "upkeep_per_unit_year": round(price[n] * 0.03),
                "value_loss_per_year": 0.32,
            }
            for n, chip in enumerate(chips)
        ],
        "Offers": offers,
        "Performance": performance,
        "Workloads": [
            {
                "workload": work,
                "unmet_penalty": 15_000 + 1_000 * n,
                "reserve_pct": 0.05 if n % 3 == 0 else None,
            }
            for n, work in enumerate(works)
        ],
        "Demand": [
            {"workload": work, **dict(zip(quarters, (base[n] * grows).round(1), strict=True))}
            for n, work in enumerate(works)
        ],
        "Sites": [
            {
                "site": site,
                "country": "US",
                "power_mw": round(power / size.sites * draw.uniform(0.3, 0.6), 1),
                "pue": round(float(draw.uniform(1.08, 1.2)), 3),
                "energy_price": round(float(draw.uniform(45, 90)), 1),
            }
            for site in sites
        ],
        "Site projects": [
            {
                "project": f"{site} step",
                "site": site,
                "step_mw": round(power / size.sites / 8, 1),
                "max_steps": 8,
                "cost_per_step": round(power / size.sites / 8 * 1e7),
                "lead_time": 4,
                "max_steps_per_period": 2,
                "residual_pct": 0.5,
            }
            for site in sites
        ],
        "Programmes": [
            {"programme": p, "cancellation_cost": 2e7, "residual_pct": 0.0} for p in programmes
        ],
        "Programme stages": [
            {
                "programme": p,
                "stage": k,
                "duration": [3, 2][k - 1],
                "cost": [2.5e8, 6e7][k - 1] * (1 + n),
                "max_wait": 4 if k == 2 else None,
            }
            for n, p in enumerate(programmes)
            for k in (1, 2)
        ],
        "Programme ramp": [
            {"programme": p, "periods_since_ready": k, "max_units": [500, 2000, 6000][k]}
            for p in programmes
            for k in range(3)
        ],
        "Software": [
            {
                "project": f"port F{n}",
                "platform": f"F{n}",
                "cost": 4e7 * n,
                "duration": 2,
                "efficiency": 1.0,
            }
            for n in range(1, 4)
        ],
        "Share rules": [
            {
                "rule": "cap",
                "dimension": "vendor",
                "member": "each",
                "basis": "order_spend",
                "max_pct": 0.45,
                "penalty": 0.5,
            }
        ],
        "Discounts": [
            {
                "discount": f"D{v}",
                "seller": vendors[v],
                "offer": f"O{v}",
                "basis": "spend",
                "window": "fiscal_year",
                "kind": "all_units",
                "threshold": threshold * peak * 8_000 / size.offers,
                "discount_pct": cut,
            }
            for v in range(min(3, size.offers))
            for threshold, cut in ((1.0, 0.04), (2.0, 0.07))
        ],
        "Timeline": timeline,
    }
    frames = {name: rows for name, rows in frames.items() if rows}
    if size.worlds > 1:
        frames["Scenarios"] = [
            {
                "scenario": f"X{n}",
                "probability": 1 / size.worlds,
                "branches_from": None if n == 0 else "X0",
                "branch_period": None if n == 0 else quarters[4 + n % 3],
            }
            for n in range(size.worlds)
        ]
        frames["Scenario changes"] = [
            change
            for n in range(1, size.worlds)
            for change in (
                {
                    "scenario": f"X{n}",
                    "sheet": "Demand",
                    "item": "all",
                    "operation": "multiply",
                    "value": round(float(draw.uniform(0.8, 1.2)), 3),
                },
                {
                    "scenario": f"X{n}",
                    "sheet": "Offers",
                    "item": f"O{n % size.offers}",
                    "column": "price",
                    "operation": "multiply",
                    "value": round(float(draw.uniform(0.85, 1.2)), 3),
                },
            )
        ]
    return {name: pd.DataFrame(rows) for name, rows in frames.items()}
