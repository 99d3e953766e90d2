"""More of everything: several rules of a kind, rows of Timeline, things that need each other.

The net's first books have one rule of a kind at most. Here rules meet: shares of two dimensions,
sums over several rows, a contract that waits for another, committed steps, leases of today.
"""

from __future__ import annotations

from tests.properties.drawn_rules import control, terms
from tests.properties.pick import Draw, Sheets, label

NAMED = {
    "Share rules": "rule",
    "Supplier counts": "rule",
    "Budgets": "budget",
    "Custom rules": "rule",
    "Discounts": "discount",
    "Contracts": "contract",
    "Deals": "deal",
    "Deal milestones": "deal",
}
"""Sheets that get further rows under another name, and the column of the name."""


def thicken(d: Draw, n: dict[str, list[str]]) -> None:
    """Add to a drawn book what the first draw has one of at most."""
    for number in range(2, d.of(3, 4)):
        add(d, n, number)
    for more in (sums, needs, over_time, started, rented, changes, before):
        more(d, n)


def add(d: Draw, n: dict[str, list[str]], number: int) -> None:
    """Rules and terms once more, under other names."""
    first: Sheets = {sheet: d.sheets.pop(sheet, []) for sheet in NAMED}
    kept = {kind: n[kind] for kind in ("contracts", "deals")}
    terms(d, n)
    control(d, n)
    new = {*n["contracts"], *n["deals"]}
    for kind, names in kept.items():
        n[kind] = [*names, *(f"{name}{number}" for name in n[kind])]
    for sheet, column in NAMED.items():
        rows = d.sheets.get(sheet, [])
        for row in rows:
            row[column] = f"{row[column]}{number}"
            if row.get("applies_if") in new:
                row["applies_if"] = f"{row['applies_if']}{number}"
        d.sheets[sheet] = [*first[sheet], *rows]


def sums(d: Draw, n: dict[str, list[str]]) -> None:
    """A custom rule of two or three rows."""
    if d.pick.random() > 0.5:
        return
    quantity = d.of("order_units", "order_spend", "units_in_service", "power_mw")
    shared = {
        "rule": "sum",
        "quantity": quantity,
        "sense": d.of("<=", ">=", "="),
        "limit": d.of(0, 0, 2),
        **d.window(),
        **d.soft(),
    }
    members = [("offer", name) for name in n["offers"]] + [("chip", name) for name in n["chips"]]
    d.sheets.setdefault("Custom rules", []).extend(
        {**shared, "dimension": dimension, "member": member, "coefficient": d.of(1, -1, -2, 0.5)}
        for dimension, member in d.pick.sample(members, min(d.of(2, 3), len(members)))
    )


def needs(d: Draw, n: dict[str, list[str]]) -> None:
    """Contracts that wait for something; a second project of software; a second programme."""
    if d.sheets.get("Software") and d.pick.random() < 0.5:
        d.sheets["Software"].append(
            {
                "project": "Tune",
                "platform": "A",
                "requires": "Port",
                "cost": d.of(0, 2),
                "duration": 1,
                "efficiency": d.of(1.1, 1.3),
                "mature_efficiency": d.maybe(0.5, 1.5),
                "mature_after": d.maybe(0.5, 1),
            }
        )
    if n["programmes"] and d.pick.random() < 0.4:
        d.sheets["Programmes"].append(
            {"programme": "Next", "requires": "Own", "cancellation_cost": d.of(0, 2)}
        )
        d.sheets["Programme stages"].append(
            {"programme": "Next", "stage": 1, "duration": 1, "cost": d.of(0, 3)}
        )
        last = d.sheets["Offers"][-1]
        if len(n["offers"]) > 1 and not last["programme"]:
            last["programme"] = "Next"
    things = [*n["projects"], *n["programmes"], *n["contracts"]]
    for row in d.sheets.get("Contracts", ()):
        others = [name for name in things if name != row["contract"]]
        if others and row["signing"] == "optional" and d.pick.random() < 0.4:
            row["requires"] = others[0]


def over_time(d: Draw, n: dict[str, list[str]]) -> None:
    """Rows of Timeline."""
    menu = [
        ("Offers", d.some(n["offers"]), "price", (0, 5, 10, 33.33)),
        ("Offers", d.some(n["offers"]), "max_order", (0, 2, 5, None)),
        ("Offers", d.some(n["offers"]), "min_order", (0, 2, None)),
        ("Offers", d.some(n["offers"]), "max_in_service", (0, 2, 6, None)),
        ("Offers", d.some(n["offers"]), "order_fee", (0, 2, None)),
        ("Sites", d.some(n["sites"]), "power_mw", (0, 2, 8)),
        ("Vendors", d.some(n["vendors"]), "max_units", (0, 4, None)),
        ("Workloads", d.some(n["workloads"]), "unmet_penalty", (5, 50, 300)),
    ]
    if d.pick.random() < 0.5:
        d.sheets["Timeline"] = [
            {
                "sheet": sheet,
                "item": item,
                "column": column,
                **{label(d.months, at): d.of(*values) for at in range(d.count)},
            }
            for sheet, item, column, values in d.pick.sample(menu, d.of(1, 2))
        ]


def started(d: Draw, n: dict[str, list[str]]) -> None:
    """Steps of a site that are started already."""
    if d.sheets.get("Site projects") and d.pick.random() < 0.5:
        d.sheets["Committed steps"] = [
            {
                "project": "Grow",
                "start_period": d.period(-2, 1),
                "steps": 1,
                "paid_pct": d.maybe(0.5, d.of(0, 1)),
            }
        ]


def rented(d: Draw, n: dict[str, list[str]]) -> None:
    """Units of today that are leased, or rented from a cloud."""
    if d.pick.random() < 0.3:
        how = d.of("lease", "cloud")
        d.sheets.setdefault("Fleet", []).append(
            {
                "chip": d.some(n["chips"]),
                "site": None if how == "cloud" else d.some(n["sites"]),
                "units": d.of(1, 3),
                "in_service_since": label(d.months, d.pick.randint(-3, -1)),
                "acquisition": how,
                "until": d.period(),
                "price_per_month": d.of(0, 1),
            }
        )


def changes(d: Draw, n: dict[str, list[str]]) -> None:
    """Further changes of scenarios."""
    scenarios = [row["scenario"] for row in d.sheets.get("Scenarios", ())]
    menu = [
        ("Sites", d.some(n["sites"]), "power_mw", "multiply", d.of(0.5, 2)),
        ("Demand", d.some(n["workloads"]), None, "add", d.of(1, 2)),
        ("Offers", d.some(n["offers"]), "price", "add", d.of(1, 5)),
        ("Vendors", d.some(n["vendors"]), "max_units", "set", d.of(0, 6)),
        ("Chips", d.some(n["chips"]), "upkeep_per_unit_year", "set", d.of(0, 5)),
    ]
    if scenarios:
        for sheet, item, column, operation, value in d.pick.sample(menu, d.of(1, 2)):
            change = {"sheet": sheet, "item": item, "column": column, "operation": operation}
            d.sheets["Scenario changes"].append(
                {"scenario": d.some(scenarios[1:]), "from": None, **change, "value": value}
            )


def before(d: Draw, n: dict[str, list[str]]) -> None:
    """Orders of the previous plan for further offers."""
    offers = {row["offer"]: row for row in d.sheets["Offers"]}
    for name in n["offers"][1:] if d.sheets.get("Previous plan") else ():
        lot = offers[name]["lot_size"] or 1
        if d.pick.random() < 0.5:
            d.sheets["Previous plan"].append(
                {"offer": name, "order_period": d.period(), "units": lot * d.of(1, 3)}
            )
