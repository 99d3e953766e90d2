"""Small books whose best plan is found by trying every order; shares nothing with the model.

Years, no deferral, no sales: one or two bought offers, one workload that may go unmet. What the
contract says of prices, tiers, breaks, minimums, milestones, limits, shares and budgets is worked
out for each combination of orders, in plain sums.
"""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field

Sheets = dict[str, list[dict]]
CENT = 0.005


def draw(seed: int) -> Sheets:
    """The sheets of a book; the same seed gives the same book."""
    pick = random.Random(seed)
    years = [str(2027 + at) for at in range(pick.choice((2, 2, 3)))]

    def maybe(chance: float, *values: object) -> object:
        return pick.choice(values) if pick.random() < chance else None

    chips = ["C", "D"][: pick.choice((1, 2))]
    names = ["O", "P"][: pick.choice((1, 2, 2))]
    sheets: Sheets = {
        "Settings": [
            {"name": name, "value": value}
            for name, value in {
                "first_period": "2027",
                "periods": len(years),
                "months_per_period": 12,
                "discount_rate": pick.choice((0, 0.1)),
                "cash_timing": "start",
                "terminal_value": pick.choice(("yes", "no")),
            }.items()
        ],
        "Vendors": [{"vendor": "V", "max_spend_per_fiscal_year": maybe(0.2, 40, 66.66, 99.99)}]
        + [{"vendor": "U"}],
        "Chips": [
            {
                "chip": chip,
                "vendor": pick.choice("VU"),
                "power_kw": pick.choice((333.333, 500, 1000)),
                "life_years": pick.choice((1, 2, 5)),
                "value_loss_per_year": pick.choice((0, 0.5)),
            }
            for chip in chips
        ],
        "Offers": [
            {
                "offer": name,
                "chip": pick.choice(chips),
                "seller": "V" if name == "O" else pick.choice("VU"),
                "acquisition": "buy",
                "price": pick.choice((0, 10, 33.33, 33.34, 20.01)),
                "lot_size": pick.choice((1, 1, 2)),
                "min_order": maybe(0.2, 1, 2),
                "max_order": pick.choice((2, 3)),
                "total_limit": maybe(0.2, 3),
                "order_fee": maybe(0.3, 1, 4),
                "setup_cost": maybe(0.2, 2, 5),
                "lead_time": pick.choice((0, 0, 1)),
                "pay_on_order_pct": maybe(0.3, 0.5, 1),
            }
            for name in names
        ],
        "Workloads": [{"workload": "W", "unmet_penalty": pick.choice((0, 15, 40, 200))}],
        "Performance": [
            {"chip": chip, "workload": "W", "throughput": pick.choice((1, 2))} for chip in chips
        ],
        "Demand": [{"workload": "W", **{year: pick.choice((0, 1, 2, 3, 4)) for year in years}}],
        "Sites": [{"site": "S", "power_mw": 100, "pue": 1, "energy_price": 0}],
    }
    if pick.random() < 0.6:
        kind = pick.choice(("all_units", "incremental", "cumulative"))
        basis = pick.choice(("spend", "units"))
        window = "plan" if kind == "cumulative" else pick.choice(("period", "plan"))
        low = pick.choice((0, 33.34, 66.66, 66.67, 99.99, 100) if basis == "spend" else (1, 2, 3))
        sheets["Discounts"] = [
            {
                "discount": "T",
                "seller": "V",
                "offer": "O",
                "basis": basis,
                "window": window,
                "kind": kind,
                "threshold": low * (1 + step) + step,
                "discount_pct": 0.1 * (1 + step),
            }
            for step in range(pick.choice((1, 2)))
        ]
    if pick.random() < 0.5:
        basis = pick.choice(("spend", "units"))
        paid = pick.random() < 0.5
        sheets["Contracts"] = [
            {
                "contract": "K",
                "seller": "V",
                "offer": "O",
                "signing": "signed",
                "basis": basis,
                "window": pick.choice(("period", "plan")),
                "minimum": pick.choice((0, 33.33, 66.66, 100) if basis == "spend" else (1, 3)),
                "shortfall_pct": pick.choice((0, 0.5, 1)) if paid else None,
                "penalty": None if paid else maybe(0.7, 0, 0.5, 30),
                "price_cut_pct": maybe(0.4, 0.1),
            }
        ]
    if pick.random() < 0.4:
        measure = pick.choice(("installed_mw", "cumulative_units", "cumulative_spend"))
        first = {"installed_mw": (0.5, 1), "cumulative_units": (1, 2, 3)}.get(measure)
        sheets["Deals"] = [{"deal": "X", "vendor": pick.choice("VU"), "signing": "signed"}]
        sheets["Deal milestones"] = [
            {
                "deal": "X",
                "milestone": "m",
                "measure": measure,
                "threshold": pick.choice(first or (33.33, 66.67, 100)),
                "deadline": maybe(0.3, *years),
                "value": pick.choice((3, 25)),
                "kind": "cash",
            }
        ]
    if pick.random() < 0.4:
        sheets["Share rules"] = [
            {
                "rule": "s",
                "dimension": "seller",
                "member": "V",
                "basis": pick.choice(("order_spend", "order_units")),
                "window": pick.choice(("period", "plan")),
                "max_pct": pick.choice((0.5, 2 / 3)),
                "penalty": pick.choice((0.1, 5)),
            }
        ]
    if pick.random() < 0.3:
        sheets["Budgets"] = [
            {
                "budget": "b",
                "lines": "chip_purchases",
                "window": pick.choice(("period", "plan")),
                "limit": pick.choice((0, 33.33, 66.66, 99.98)),
                "penalty": maybe(0.7, 0.5, 2),
            }
        ]
    return sheets


@dataclass
class Book:
    """A drawn book as the enumeration reads it."""

    sheets: Sheets
    count: int = 0
    rate: float = 0.0
    offers: dict[str, dict] = field(default_factory=dict)
    chips: dict[str, dict] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look up what is asked often."""
        given = {row["name"]: row["value"] for row in self.sheets["Settings"]}
        self.count, self.rate = given["periods"], given["discount_rate"]
        self.ends_with_worth = given["terminal_value"] == "yes"
        self.offers = {row["offer"]: row for row in self.sheets["Offers"]}
        self.chips = {row["chip"]: row for row in self.sheets["Chips"]}

    def rows(self, sheet: str) -> list[dict]:
        """Rows of a sheet."""
        return self.sheets.get(sheet, [])

    def windows(self, kind: str) -> list[range]:
        """Windows of a rule; a fiscal year is a year."""
        if kind == "plan":
            return [range(self.count)]
        return [range(at, at + 1) for at in range(self.count)]


def reaches(amount: float, threshold: float, money: bool) -> bool:
    """To the cent for money, exactly for units."""
    return amount >= threshold - (CENT if money else 1e-9)


def best(sheets: Sheets) -> float | None:
    """The least cost over every combination of orders; None where none keeps the hard rules."""
    book = Book(sheets)
    slots, menus = [], []
    for name, offer in book.offers.items():
        lot, least = offer["lot_size"], offer["min_order"] or 0
        menu = [0, *(n for n in range(lot, offer["max_order"] + 1, lot) if n >= least)]
        for at in range(book.count):
            if at + offer["lead_time"] < book.count:
                slots.append((name, at))
                menus.append(menu)
    costs = (
        cost(book, dict(zip(slots, units, strict=True))) for units in itertools.product(*menus)
    )
    return min((one for one in costs if one is not None), default=None)


def cost(book: Book, units: dict[tuple[str, int], int]) -> float | None:
    """Cost of one combination of orders; None where it breaks a hard rule."""
    for name, offer in book.offers.items():
        placed = sum(n for (one, _), n in units.items() if one == name)
        if offer["total_limit"] is not None and placed > offer["total_limit"]:
            return None
    cash = [0.0] * book.count
    prices, so_far = {}, 0.0
    tiers = sorted(book.rows("Discounts"), key=lambda row: row["threshold"])
    breaks = tiers if tiers and tiers[0]["kind"] == "cumulative" else []
    cut = sum(row["price_cut_pct"] or 0.0 for row in book.rows("Contracts"))
    for at in range(book.count):
        ordered_now = 0.0
        for (name, when), n in units.items():
            if when != at:
                continue
            off = 0.0
            if name == "O":
                off = cut
                reached = [
                    row
                    for row in breaks
                    if reaches(so_far, row["threshold"], row["basis"] == "spend")
                ]
                off += max((row["discount_pct"] for row in reached), default=0.0)
            prices[name, at] = book.offers[name]["price"] * (1.0 - off)
            if name == "O":
                by_units = bool(breaks) and breaks[0]["basis"] == "units"
                ordered_now += n * (1.0 if by_units else prices[name, at])
        so_far += ordered_now
    spend = {slot: n * prices[slot] for slot, n in units.items()}
    paid = [0.0] * book.count
    due = {"O": [0.0] * book.count}
    for (name, at), money in spend.items():
        early = book.offers[name]["pay_on_order_pct"] or 0.0
        for when, part in ((at, early), (at + book.offers[name]["lead_time"], 1.0 - early)):
            paid[when] += money * part
            due.setdefault(name, [0.0] * book.count)[when] += money * part
    for at in range(book.count):
        cash[at] += paid[at]
    for name, offer in book.offers.items():
        placed = [at for at in range(book.count) if units.get((name, at))]
        for at in placed:
            cash[at] += offer["order_fee"] or 0.0
        if placed:
            cash[placed[0]] += offer["setup_cost"] or 0.0
    stock = serving(book, units)
    rate = {row["chip"]: row["throughput"] for row in book.rows("Performance")}
    demand, penalty = book.rows("Demand")[0], book.rows("Workloads")[0]["unmet_penalty"]
    for at in range(book.count):
        able = sum(stock[chip][at] * rate[chip] for chip in stock)
        cash[at] += penalty * max(0.0, demand[str(2027 + at)] - able)
    extra = rules(book, units, spend, paid, due, stock, cash)
    if extra is None:
        return None
    worth = extra
    if book.ends_with_worth:
        for (name, at), money in spend.items():
            arrival = at + book.offers[name]["lead_time"]
            worth += money * left(book, name, arrival)
    else:
        worth = 0.0
    total = sum(amount / (1.0 + book.rate) ** at for at, amount in enumerate(cash))
    return total - worth / (1.0 + book.rate) ** book.count


def left(book: Book, name: str, arrival: int) -> float:
    """Share of its price that a unit is worth at the plan's end."""
    chip = book.chips[book.offers[name]["chip"]]
    if arrival >= book.count:
        return 1.0
    if arrival + chip["life_years"] <= book.count:
        return 0.0
    return (1.0 - chip["value_loss_per_year"]) ** (book.count - arrival)


def serving(book: Book, units: dict[tuple[str, int], int]) -> dict[str, list[int]]:
    """Units in service by chip and year."""
    stock = {chip: [0] * book.count for chip in book.chips}
    for (name, at), n in units.items():
        chip = book.offers[name]["chip"]
        first = at + book.offers[name]["lead_time"]
        for when in range(first, min(first + book.chips[chip]["life_years"], book.count)):
            stock[chip][when] += n
    return stock


def rules(
    book: Book,
    units: dict,
    spend: dict,
    paid: list[float],
    due: dict,
    stock: dict,
    cash: list[float],
) -> float | None:
    """Add what rules and terms cost or bring; what rebates take from the worth at the end."""
    for vendor in book.rows("Vendors"):
        most = vendor.get("max_spend_per_fiscal_year")
        for at in range(book.count):
            mine = sum(
                money
                for (name, when), money in spend.items()
                if when == at and book.offers[name]["seller"] == vendor["vendor"]
            )
            if most is not None and mine > most + CENT:
                return None
    taken = rebates(book, units, spend, cash)
    for row in book.rows("Contracts"):
        for window in book.windows(row["window"]):
            if row["basis"] == "units":
                level = sum(n for (name, at), n in units.items() if name == "O" and at in window)
                value = book.offers["O"]["price"]
            else:
                level, value = sum(due["O"][at] for at in window), 1.0
            missing = max(0.0, row["minimum"] - level)
            if row["shortfall_pct"] is not None:
                cash[window[-1]] += row["shortfall_pct"] * value * missing
            elif row["penalty"] is not None:
                cash[window[-1]] += row["penalty"] * missing
            elif missing > 1e-9:
                return None
    for row in book.rows("Deal milestones"):
        vendor = book.rows("Deals")[0]["vendor"]
        for at in range(book.count):
            late = row["deadline"] is not None and 2027 + at > int(row["deadline"])
            if late:
                break
            level = measured(book, row["measure"], vendor, at, units, spend, stock)
            if reaches(level, row["threshold"], row["measure"] == "cumulative_spend"):
                cash[at] -= row["value"]
                break
    for row in book.rows("Share rules"):
        amounts = spend if row["basis"] == "order_spend" else units
        for window in book.windows(row["window"]):
            whole = sum(n for (_, at), n in amounts.items() if at in window)
            part = sum(
                n
                for (name, at), n in amounts.items()
                if at in window and book.offers[name]["seller"] == row["member"]
            )
            cash[window[-1]] += row["penalty"] * max(0.0, part - row["max_pct"] * whole)
    for row in book.rows("Budgets"):
        for window in book.windows(row["window"]):
            over = sum(paid[at] for at in window) - row["limit"]
            if row["penalty"] is not None:
                cash[window[-1]] += row["penalty"] * max(0.0, over)
            elif over > 1e-9:
                return None
    return -taken


def rebates(book: Book, units: dict, spend: dict, cash: list[float]) -> float:
    """Credit rebates; what they take from the terminal value."""
    tiers = sorted(book.rows("Discounts"), key=lambda row: row["threshold"])
    if not tiers or tiers[0]["kind"] == "cumulative":
        return 0.0
    money_counts = tiers[0]["basis"] == "spend"
    taken = 0.0
    for window in book.windows(tiers[0]["window"]):
        money = sum(m for (name, at), m in spend.items() if name == "O" and at in window)
        count = sum(n for (name, at), n in units.items() if name == "O" and at in window)
        amount = money if money_counts else count
        rebate = 0.0
        if tiers[0]["kind"] == "all_units":
            for row in tiers:
                if reaches(amount, row["threshold"], money_counts):
                    rebate = row["discount_pct"] * money
        else:
            value = 1.0 if money_counts else book.offers["O"]["price"]
            for row, above in itertools.zip_longest(tiers, tiers[1:]):
                top = amount if above is None else min(amount, above["threshold"])
                rebate += row["discount_pct"] * max(0.0, top - row["threshold"]) * value
        cash[window[-1]] -= rebate
        lead = book.offers["O"]["lead_time"]
        shares = [left(book, "O", at + lead) for at in window if at + lead < book.count]
        taken += rebate * max(shares, default=0.0)
    return taken


def measured(
    book: Book, measure: str, vendor: str, at: int, units: dict, spend: dict, stock: dict
) -> float:
    """What a milestone looks at in a year."""
    if measure == "installed_mw":
        return sum(
            path[at] * book.chips[chip]["power_kw"] / 1000.0
            for chip, path in stock.items()
            if book.chips[chip]["vendor"] == vendor
        )
    amounts = units if measure == "cumulative_units" else spend
    return sum(
        n
        for (name, when), n in amounts.items()
        if when <= at and book.chips[book.offers[name]["chip"]]["vendor"] == vendor
    )
