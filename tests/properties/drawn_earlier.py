"""What fell before the plan, and dates that lie outside it, as the net draws them.

Rows of So far on whatever the book has, orders and units dated before the plan and after it, rows
of one rule that hold at different times, cuts that never meet, programmes given up, work that
waits. Every book is one that a quarter might hand on to the next.
"""

from __future__ import annotations

from tests.properties.pick import Draw, label


def hand_on(d: Draw, n: dict[str, list[str]]) -> None:
    """Add to a drawn book what a quarter hands on, and dates outside the plan."""
    for more in (dated, apart, steps, given_up, so_far, cuts, waiting, withdrawn):
        if d.pick.random() < 0.5:
            more(d, n)


def dated(d: Draw, n: dict[str, list[str]]) -> None:
    """Orders delivered earlier or later than promised, units that come and orders that are dated
    after the plan."""
    offers = {row["offer"]: row for row in d.sheets["Offers"]}
    rows = d.sheets.setdefault("Committed orders", [])
    for _ in range(d.of(1, 2)):
        name = d.some(n["offers"])
        ordered = d.pick.randint(-4, d.count)
        late = d.maybe(0.4, d.pick.randint(0, 2))
        rows.append(
            {
                "offer": name,
                "order_period": label(d.months, ordered),
                "units": (offers[name]["lot_size"] or 1) * d.of(0, 1, 2),
                "unit_price": d.maybe(0.5, d.of(0, 7.77)),
                "delivery_period": None if late is None else label(d.months, ordered + late),
            }
        )
    for row in d.sheets.get("Fleet", ()):
        if row.get("until") is None:
            row["in_service_since"] = d.period(-4, d.count)


def apart(d: Draw, n: dict[str, list[str]]) -> None:
    """Rows of a custom rule that hold at times of their own."""
    quantity = d.of("order_units", "order_spend", "units_in_service")
    shared = {"rule": "apart", "quantity": quantity, **d.soft()}
    shared |= {"window": d.of(None, "period", "fiscal_year", "plan")}
    shared |= {"sense": d.of("<=", "<=", ">="), "limit": d.of(0, 2, 20)}
    for _ in range(2):
        first, last = sorted((d.pick.randint(-2, d.count - 1), d.pick.randint(0, d.count)))
        d.sheets.setdefault("Custom rules", []).append(
            {
                **shared,
                "dimension": "offer",
                "member": d.some(n["offers"]),
                "coefficient": d.of(1, 1, 2, -1),
                "from": d.maybe(0.7, label(d.months, first)),
                "to": d.maybe(0.7, label(d.months, last)),
            }
        )


def steps(d: Draw, n: dict[str, list[str]]) -> None:
    """Stages whose start is given, before the plan, in it or after it."""
    for row in d.sheets.get("Programme stages", ())[:1]:
        row["started"], row["first_start"] = d.period(-2, d.count), None
        row["duration"] = d.of(1, 2, 3)


def given_up(d: Draw, n: dict[str, list[str]]) -> None:
    """Programmes that are abandoned."""
    for row in d.sheets.get("Programmes", ()):
        if row.get("must_run") != "yes":
            row["abandoned"] = d.of("yes", "no")


def so_far(d: Draw, n: dict[str, list[str]]) -> None:
    """Rows of So far on things of the book."""
    menu: list[tuple[str, str, dict[str, object]]] = []
    menu += [("Offers", name, {"ordered": d.of(0, 2), "set_up": 1}) for name in n["offers"]]
    menu += [("Vendors", name, {"spend": d.of(0, 30)}) for name in n["vendors"]]
    for row in d.sheets.get("Discounts", ()):
        counted = {"counted": d.of(0, 3, 40), "credited": d.of(0, 1)}
        if row["basis"] == "units":
            counted |= {"spend": 40, "list_price": 10}
        menu.append(("Discounts", row["discount"], counted))
    sheets = (("Contracts", "contract", "counted"), ("Budgets", "budget", "spent"))
    for sheet, key, measure in (*sheets, ("Custom rules", "rule", "counted")):
        for row in d.sheets.get(sheet, ()):
            if sheet == "Custom rules" or row["window"] in ("fiscal_year", "plan"):
                menu.append((sheet, row[key], {measure: d.of(0, 2, 30)}))
    for row in d.sheets.get("Deal milestones", ()):
        if row["measure"] != "installed_mw":
            menu.append(("Deal milestones", f"{row['deal']} / {row['milestone']}", {"counted": 2}))
    chosen = {row[:2]: row for row in d.pick.sample(menu, min(d.of(1, 2, 3), len(menu)))}
    d.sheets["So far"] = [
        {"sheet": sheet, "item": item, "measure": measure, "amount": amount}
        for sheet, item, measures in chosen.values()
        for measure, amount in measures.items()
    ]


def cuts(d: Draw, n: dict[str, list[str]]) -> None:
    """Two deep cuts of one seller's prices that never meet."""
    seller, middle = d.some(n["vendors"]), d.pick.randint(0, d.count - 2)
    for name, part in (("Early", ("to", middle)), ("Late", ("from", middle + 1))):
        d.sheets.setdefault("Contracts", []).append(
            {
                "contract": name,
                "seller": seller,
                "signing": "signed",
                "signed_in": d.maybe(0.3, d.period()),
                "price_cut_pct": 0.6,
                part[0]: label(d.months, part[1]),
            }
        )


def waiting(d: Draw, n: dict[str, list[str]]) -> None:
    """Work that waits since before the plan."""
    for row in d.sheets["Workloads"]:
        if row.get("defer_periods"):
            d.sheets.setdefault("Waiting work", []).append(
                {
                    "workload": row["workload"],
                    "asked_in": label(d.months, -1),
                    "amount": d.of(0, 1, 3),
                }
            )


def withdrawn(d: Draw, n: dict[str, list[str]]) -> None:
    """Offers open since long ago, or closed before the plan; the first can always help."""
    for row in d.sheets["Offers"][1:]:
        row["first_order"] = d.of(None, label(d.months, -6))
        row["last_order"] = d.of(None, label(d.months, -2))
