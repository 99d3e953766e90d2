"""Terms, rules, futures and what happened before, as the net draws them."""

from __future__ import annotations

from tests.properties.pick import Draw, label


def terms(d: Draw, n: dict[str, list[str]]) -> None:
    """Discounts, contracts, deals."""
    offers = d.sheets["Offers"]
    if d.pick.random() < 0.45:
        one = d.pick.choice(offers)
        kind = d.of("all_units", "incremental", "cumulative")
        basis = d.of("spend", "units")
        low = d.of(0, 2, 4) if basis == "units" else d.of(0, 20, 33.34, 100)
        window = "plan" if kind == "cumulative" else d.of("period", "fiscal_year", "plan")
        d.sheets["Discounts"] = [
            {
                "discount": "Tier",
                "seller": one["seller"],
                "offer": one["offer"],
                "basis": basis,
                "window": window,
                "kind": kind,
                "threshold": low + step * (3 if basis == "units" else 60),
                "discount_pct": 0.1 + 0.1 * step,
            }
            for step in range(d.of(1, 2))
        ]
    n["contracts"] = []
    if d.pick.random() < 0.4:
        one = d.pick.choice(offers)
        basis = d.of("spend", "units")
        n["contracts"] = ["K"]
        missing = d.of("shortfall", "soft", "soft", "hard")
        signing = d.of("signed", "optional", "optional")
        d.sheets["Contracts"] = [
            {
                "contract": "K",
                "seller": one["seller"],
                "offer": one["offer"] if basis == "units" or d.pick.random() < 0.5 else None,
                "signing": signing,
                "signing_fee": d.of(0, 1),
                "basis": basis,
                "minimum": d.maybe(0.8, d.of(0, 2, 4) if basis == "units" else d.of(0, 20, 66.67)),
                "shortfall_pct": d.of(0, 0.5, 1) if missing == "shortfall" else None,
                "penalty": d.of(0, 1) if missing == "soft" else None,
                "price_cut_pct": d.maybe(0.5, 0.15),
                "extra_supply": d.maybe(0.3, 3),
                **d.window(),
            }
        ]
    n["deals"] = []
    if d.pick.random() < 0.3:
        n["deals"] = ["Deal"]
        measure = d.of("installed_mw", "cumulative_units", "cumulative_spend")
        d.sheets["Deals"] = [
            {
                "deal": "Deal",
                "vendor": d.some(n["vendors"]),
                "signing": d.of("signed", "optional", "no"),
            }
        ]
        base = {"installed_mw": 1, "cumulative_units": 2, "cumulative_spend": 33.34}[measure]
        d.sheets["Deal milestones"] = [
            {
                "deal": "Deal",
                "milestone": f"m{step}",
                "measure": measure,
                "threshold": base * step,
                "deadline": d.maybe(0.3, d.period()),
                "value": d.of(0, 2, 5),
                "kind": d.of("cash", "equity"),
                "haircut_pct": d.maybe(0.3, 0.2),
            }
            for step in range(1, d.of(2, 3))
        ]


def control(d: Draw, n: dict[str, list[str]]) -> None:
    """Share rules, supplier counts, budgets, custom rules."""
    places = {"vendor": n["vendors"], "seller": n["vendors"], "chip": n["chips"]}
    places |= {"acquisition": ["buy", "lease", "cloud"], "site": n["sites"]}
    if n["platforms"]:
        places["platform"] = n["platforms"]
    if n["programmes"]:
        places["programme"] = n["programmes"]
    if d.pick.random() < 0.45:
        dimension = d.some(list(places))
        served = dimension in ("vendor", "platform", "chip", "site")
        bases = ["order_spend", "order_units", "units_in_service", "power"]
        most = d.pick.random() < 0.7
        signed = [*n["contracts"], *n["deals"]]
        d.sheets["Share rules"] = [
            {
                "rule": "share",
                "dimension": dimension,
                "member": d.maybe(0.7, d.some(places[dimension]), "each"),
                "basis": d.some([*bases, "served"] if served else bases),
                "min_pct": None if most else d.of(0.1, 1 / 3, 0.5),
                "max_pct": d.of(0, 0.5, 0.6, 0.9) if most else None,
                "applies_if": d.maybe(0.3, d.some(signed)) if signed else None,
                **d.window(),
                **d.soft(),
            }
        ]
        if d.sheets["Share rules"][0]["member"] == "each" and not most:
            d.sheets["Share rules"][0]["min_pct"] = 0.1
    if d.pick.random() < 0.25:
        least = d.pick.random() < 0.5
        d.sheets["Supplier counts"] = [
            {
                "rule": "suppliers",
                "dimension": d.of("vendor", "seller", "chip", "site"),
                "min_count": d.of(1, 2) if least else None,
                "max_count": None if least else d.of(0, 1),
                "active_if_pct": d.maybe(0.5, d.of(0, 0.1, 0.5)),
                **d.window(),
                **d.soft(),
            }
        ]
    if d.pick.random() < 0.3:
        d.sheets["Budgets"] = [
            {
                "budget": "cap",
                "lines": d.of("capex", "opex", "all", "chip_purchases", "setup, order_fees"),
                "limit": d.of(0, 20, 66.66, 150),
                **d.window(),
                **d.soft(),
            }
        ]
    if d.pick.random() < 0.3:
        kind = d.of("order_units", "order_spend", "units_in_service", "power_mw", "unmet")
        dimension = "workload" if kind == "unmet" else d.of("offer", "chip", "vendor")
        member = {"workload": n["workloads"], "offer": n["offers"]}.get(
            dimension, places.get(dimension, [])
        )
        sense = d.of("<=", ">=", "=")
        d.sheets["Custom rules"] = [
            {
                "rule": "own",
                "quantity": kind,
                "dimension": dimension,
                "member": d.some(member),
                "coefficient": d.of(1, 2, 0.5),
                "sense": sense,
                "limit": d.of(0, 2, 5),
                **d.window(),
                **d.soft(),
            }
        ]


def futures(d: Draw, n: dict[str, list[str]]) -> None:
    """A tree of two or three scenarios."""
    if d.pick.random() > 0.35:
        return
    branch = label(d.months, d.pick.randint(1, d.count - 1))
    names = ["a", "b", "c"][: d.of(2, 2, 3)]
    chances = {2: d.of((0.5, 0.5), (1, 0), (0.7, 0.3)), 3: d.of((0.5, 0.3, 0.2), (0.5, 0.5, 0))}
    d.sheets["Scenarios"] = [
        {
            "scenario": name,
            "probability": chance,
            "branches_from": None if name == "a" else "a",
            "branch_period": None if name == "a" else branch,
        }
        for name, chance in zip(names, chances[len(names)], strict=True)
    ]
    menu = [
        {"sheet": "Demand", "item": "all", "operation": "multiply", "value": d.of(0, 0.5, 2)},
        {
            "sheet": "Offers",
            "item": d.some(n["offers"]),
            "column": "price",
            "operation": "multiply",
            "value": d.of(0, 0.5, 1.5),
        },
        {"sheet": "Offers", "item": d.some(n["offers"]), "operation": "remove"},
        {
            "sheet": "Offers",
            "item": d.some(n["offers"]),
            "column": "lead_time",
            "operation": "add",
            "value": 1,
        },
        {
            "sheet": "Offers",
            "item": d.some(n["offers"]),
            "column": "max_order",
            "operation": "set",
            "value": d.of(0, 2, 5),
        },
    ]
    if n["contracts"]:
        menu.append({"sheet": "Contracts", "item": "K", "operation": "remove"})
    if n["deals"]:
        menu.append({"sheet": "Deals", "item": "Deal", "operation": "remove"})
    if n["programmes"]:
        menu.append(
            {
                "sheet": "Programme stages",
                "item": "Own / 1",
                "column": "duration",
                "operation": "add",
                "value": 1,
            }
        )
    d.sheets["Scenario changes"] = [
        {"scenario": name, "from": None, **d.pick.choice(menu)} for name in names[1:]
    ]


def before(d: Draw, n: dict[str, list[str]]) -> None:
    """The previous plan."""
    need = {row["name"]: row["value"] for row in d.sheets["Settings"]}
    if not (need["frozen_periods"] or need["change_cost_pct"]):
        return
    offers = {row["offer"]: row for row in d.sheets["Offers"]}
    name = n["offers"][0]
    lot = offers[name]["lot_size"] or 1
    d.sheets["Previous plan"] = [
        {"offer": name, "order_period": label(d.months, at), "units": lot * d.of(0, 2, 4)}
        for at in range(d.of(1, 2))
    ]
