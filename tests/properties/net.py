"""Books drawn at random with every feature of the contract, small enough to solve at once.

``draw(seed)`` gives sheets as lists of rows; the same seed gives the same book. ``ending`` says how
a book ends. ``python -m tests.properties.net FROM TO`` runs a range of seeds and counts the endings.
"""

from __future__ import annotations

import sys
from collections import Counter

import pandas as pd

import chipfolio
from chipfolio.errors import (
    AuditError,
    InfeasibleError,
    NoPlanInTimeError,
    PlanError,
    WorkbookError,
)
from tests.properties.drawn_earlier import hand_on
from tests.properties.drawn_more import thicken
from tests.properties.drawn_rules import before, control, futures, terms
from tests.properties.pick import Draw, Sheets, label

DENSE, HANDED_ON = 1_000_000, 2_000_000
"""Seeds from which books have several rules of a kind, and more of everything; and from which half
of them do, and all have a past."""


def draw(seed: int) -> Sheets:
    """The sheets of a book."""
    d = Draw(seed)
    d.sheets["Settings"] = settings(d)
    names = things(d)
    for add in (supply, work, holdings, projects, terms, control, futures, before):
        add(d, names)
    if seed >= DENSE and (seed < HANDED_ON or d.pick.random() < 0.5):
        thicken(d, names)
    if seed >= HANDED_ON:
        hand_on(d, names)
    return {name: rows for name, rows in d.sheets.items() if rows}


def settings(d: Draw) -> list[dict]:
    """Settings."""
    found = {
        "plan_name": "net",
        "currency": "USD",
        "first_period": label(d.months, 0),
        "periods": d.count,
        "months_per_period": d.months,
        "fiscal_year_start_month": d.of(1, 1, 4, 7),
        "discount_rate": d.of(0, 0.08),
        "cash_timing": d.of("start", "mid", "end"),
        "terminal_value": d.of("yes", "no"),
        "idle_power_pct": d.of(1, 1, 0.3),
        "frozen_periods": d.maybe(0.15, 1, 0),
        "change_cost_pct": d.maybe(0.15, 0.1, 0),
        "tail_weight": d.maybe(0.2, d.of(0.3, 1), 0),
        "tail_probability": d.of(0.05, 0.3),
    }
    return [{"name": name, "value": value} for name, value in found.items()]


def things(d: Draw) -> dict[str, list[str]]:
    """Names of what the book is about."""
    return {
        "vendors": ["V", "U"][: d.of(1, 2, 2)],
        "chips": ["C", "D"][: d.of(1, 2, 2)],
        "sites": ["S", "T"][: d.of(1, 1, 2)],
        "workloads": ["W", "X"][: d.of(1, 1, 2)],
        "offers": ["O", "P", "Q"][: d.of(1, 2, 3)],
    }


def supply(d: Draw, n: dict[str, list[str]]) -> None:
    """Vendors, platforms, chips, offers."""
    d.sheets["Vendors"] = [
        {
            "vendor": v,
            "country": d.of("US", "FR", None),
            "max_units": d.maybe(0.25, d.of(0, 3, 8)),
            "max_spend_per_fiscal_year": d.maybe(0.2, d.of(0, 60, 99.99, 200)),
        }
        for v in n["vendors"]
    ]
    platforms = d.maybe(0.4, ["A"], [])
    d.sheets["Platforms"] = [
        {"platform": p, "efficiency_at_start": d.of(1, 0.5, 0)} for p in platforms
    ]
    n["platforms"] = platforms
    d.sheets["Chips"] = [
        {
            "chip": c,
            "vendor": d.some(n["vendors"]),
            "platform": d.maybe(0.6, d.some(platforms)) if platforms else None,
            "power_kw": d.of(0, 333.333, 500, 1000),
            "life_years": d.of(0.5, 1, 2, 5),
            "availability": d.of(1, 1, 0.8),
            "cooling": d.of("air", "air", "liquid"),
            "upkeep_per_unit_year": d.of(0, 2),
            "value_loss_per_year": d.of(0, 0.3, 0.5),
            "resale_pct": d.maybe(0.35, d.of(0, 0.5, 1)),
        }
        for c in n["chips"]
    ]
    n["programmes"] = ["Own"] if d.pick.random() < 0.3 else []
    d.sheets["Offers"] = [offer(d, n, name, at == 0) for at, name in enumerate(n["offers"])]


def offer(d: Draw, n: dict[str, list[str]], name: str, first: bool) -> dict:
    """One offer; the first one can always help."""
    how = d.of("buy", "buy", "lease", "cloud")
    lot = d.of(1, 1, 2, 0, 0.5)
    opens = None if first else d.maybe(0.2, d.period(-2))
    return {
        "offer": name,
        "chip": d.some(n["chips"]),
        "seller": d.some(n["vendors"]),
        "acquisition": how,
        "price": d.of(0, 1 / 3, 3.33, 10, 26) if how != "buy" else d.of(0, 8, 10, 33.33, 33.34),
        "price_change_per_year": d.maybe(0.3, d.of(-0.2, 0.1)),
        "first_order": opens,
        "last_order": None if first else d.maybe(0.25, d.period(-3)) if opens is None else None,
        "lead_time": d.of(0, 0, 0, 1),
        "lot_size": lot,
        "min_order": d.maybe(0.2, d.of(1, 2, 4)),
        "max_order": d.maybe(0.6, d.of(4, 9, 30, 1e6)),
        "max_in_service": d.maybe(0.15, d.of(3, 10)),
        "total_limit": d.maybe(0.2, d.of(4, 12)),
        "order_fee": d.maybe(0.25, d.of(1, 5)),
        "setup_cost": d.maybe(0.2, d.of(1, 6)),
        "term_months": d.of(3, 12, 18) if how != "buy" else None,
        "pay_on_order_pct": d.maybe(0.3, d.of(0.3, 1)) if how == "buy" else None,
        "programme": "Own" if not first and n["programmes"] and d.pick.random() < 0.6 else None,
        "availability": d.maybe(0.1, 0.9),
        "sites": d.maybe(0.15, d.some(n["sites"])) if how != "cloud" else None,
    }


def work(d: Draw, n: dict[str, list[str]]) -> None:
    """Performance, workloads, demand, sites."""
    d.sheets["Performance"] = [
        {
            "chip": c,
            "workload": w,
            "throughput": d.of(1, 1, 2, 0.5),
            "running_cost": d.maybe(0.2, d.of(0.1, -0.1)),
        }
        for c in n["chips"]
        for w in n["workloads"]
        if c == n["chips"][0] or d.pick.random() < 0.7
    ]
    d.sheets["Workloads"] = [
        {
            "workload": w,
            "unmet_penalty": d.maybe(0.85, d.of(0, 5, 30, 200)),
            "max_unmet_pct": d.maybe(0.2, d.of(0.5, 1)),
            "reserve_pct": d.maybe(0.2, 0.25),
            "defer_periods": d.maybe(0.25, 1),
            "defer_cost": d.maybe(0.3, d.of(0, 0.5)),
            "runs_on": d.maybe(0.2, d.of("one_chip", "one_site", "one_chip_and_site")),
            "min_block": d.maybe(0.15, d.of(1, 2)),
            "sites": d.maybe(0.15, d.some([*n["sites"], "no_cloud"])),
        }
        for w in n["workloads"]
    ]
    d.sheets["Demand"] = [
        {"workload": w, **{label(d.months, t): d.of(0, 1, 3, 3.5, 6) for t in range(d.count)}}
        for w in n["workloads"]
    ]
    d.sheets["Sites"] = [
        {
            "site": s,
            "country": d.of("US", "NO", None),
            "power_mw": d.of(3, 5, 20),
            "pue": d.of(1, 1.25),
            "energy_price": d.of(0, 0.01),
            "hosting_cost": d.maybe(0.2, 0.5),
            "cooling": "both",
        }
        for s in n["sites"]
    ]


def holdings(d: Draw, n: dict[str, list[str]]) -> None:
    """Fleet and committed orders, prepaid and late ones."""
    offers = {row["offer"]: row for row in d.sheets["Offers"]}
    if d.pick.random() < 0.4:
        d.sheets["Fleet"] = [
            {
                "chip": d.some(n["chips"]),
                "site": d.some(n["sites"]),
                "units": d.of(1, 2),
                "in_service_since": label(d.months, d.pick.randint(-3, -1)),
                "unit_cost": d.of(0, 10),
            }
        ]
    if d.pick.random() < 0.45:
        rows = []
        for _ in range(d.of(1, 1, 2)):
            name = d.some(n["offers"])
            lot = offers[name]["lot_size"] or 1
            rows.append(
                {
                    "offer": name,
                    "order_period": d.period(-3),
                    "units": lot * d.of(1, 2, 3),
                    "site": d.maybe(0.6, d.some(n["sites"]))
                    if offers[name]["acquisition"] != "cloud" and not offers[name]["sites"]
                    else None,
                    "unit_price": d.maybe(0.5, d.of(0, 9.99, 12)),
                    "paid_pct": d.maybe(0.5, d.of(0, 0.5, 1)),
                }
            )
        d.sheets["Committed orders"] = rows


def projects(d: Draw, n: dict[str, list[str]]) -> None:
    """Site projects, programmes, software."""
    if d.pick.random() < 0.2:
        d.sheets["Site projects"] = [
            {
                "project": "Grow",
                "site": d.some(n["sites"]),
                "step_mw": d.of(1, 2),
                "max_steps": d.of(1, 2),
                "cost_per_step": d.of(0, 4),
                "lead_time": d.of(0, 1),
                "first_start": d.maybe(0.3, d.period()),
                "residual_pct": d.maybe(0.4, 0.5),
            }
        ]
    if n["programmes"]:
        d.sheets["Programmes"] = [
            {
                "programme": "Own",
                "must_run": d.maybe(0.15, "yes", "no"),
                "cancellation_cost": d.of(0, 3),
                "residual_pct": d.maybe(0.3, 0.4),
            }
        ]
        d.sheets["Programme stages"] = [
            {
                "programme": "Own",
                "stage": at + 1,
                "duration": 1,
                "cost": d.of(0, 2, 6),
                "first_start": d.maybe(0.2, d.period()) if at == 0 else None,
                "started": d.maybe(0.2, label(d.months, -1)) if at == 0 else None,
                "max_wait": d.maybe(0.2, 0) if at else None,
            }
            for at in range(d.of(1, 2))
        ]
        if d.sheets["Programme stages"][0]["started"]:
            d.sheets["Programme stages"][0]["first_start"] = None
        if d.pick.random() < 0.4:
            d.sheets["Programme ramp"] = [
                {"programme": "Own", "periods_since_ready": at, "max_units": most}
                for at, most in enumerate((2, 6))
            ]
    if n["platforms"] and d.pick.random() < 0.7:
        d.sheets["Software"] = [
            {
                "project": "Port",
                "platform": "A",
                "workload": d.maybe(0.3, d.some(n["workloads"])),
                "cost": d.of(0, 3),
                "duration": 1,
                "first_start": d.maybe(0.2, d.period()),
                "finished": d.maybe(0.15, label(d.months, -1)),
                "efficiency": d.of(0.8, 1, 1.2),
                "residual_pct": d.maybe(0.2, 0.5),
            }
        ]
        if d.sheets["Software"][0]["finished"]:
            d.sheets["Software"][0]["first_start"] = None
    n["projects"] = ["Port"] if "Software" in d.sheets else []


def frames(sheets: Sheets) -> dict[str, pd.DataFrame]:
    """Sheets as the reader takes them."""
    return {name: pd.DataFrame(rows, dtype=object) for name, rows in sheets.items()}


def ending(sheets: Sheets, seconds: float = 60.0) -> tuple[str, str]:
    """How a book ends, and what was said."""
    try:
        tables = chipfolio.read(frames(sheets))
    except WorkbookError as error:
        return "refused by check", str(error)
    try:
        plan = chipfolio.solve(tables, gap=1e-6, time_limit=seconds)
    except InfeasibleError as error:
        named = bool(error.conflicts)
        return ("contradiction" if named else "contradiction without a name"), str(error)
    except NoPlanInTimeError as error:
        return "no plan in time", str(error)
    except AuditError as error:
        return "exit 9", str(error)
    except PlanError as error:
        return ("unbounded" if "without end" in str(error) else "exit 1"), str(error)
    except Exception as error:  # noqa: BLE001 - a traceback is what the net is for
        return "exit 1", f"{type(error).__name__}: {error}"
    return ("plan" if plan.status == "optimal" else "plan, not proven"), repr(plan.objective)


def main(first: int, last: int) -> None:
    """Run a range of seeds; say every ending that must not be, and the counts."""
    counts: Counter = Counter()
    for seed in range(first, last):
        how, said = ending(draw(seed))
        counts[how] += 1
        if how in ("exit 9", "exit 1", "contradiction without a name", "plan, not proven"):
            print(seed, how, said[:600].replace("\n", " | "), flush=True)
        if (seed - first) % 100 == 99:
            print(seed, dict(counts), flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
