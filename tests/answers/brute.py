"""Small random books whose every plan is counted out: costs by hand, nothing of the model.

A book of two or three periods, some with a tree of two scenarios that part in the second. Offers
are bought (they serve to the plan's end) or rented for a period, in lots, each at most ``MOST``
lots over the plan. Units serve one workload; what is not served costs a penalty. Money is not
discounted. So a plan is a few whole numbers, all plans are a table, and every question is a
minimum over some of its rows.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

import chipfolio
from chipfolio.tables import Tables
from tests.conftest import frames

MOST = 3
VENDORS = ("Ada", "Bo", "Cy")
SCENARIOS = ("P", "X")
Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Offer:
    """An offer as the book has it."""

    name: str
    vendor: str
    rented: bool
    price: float
    lot: int
    fee: float
    throughput: float
    max_order: int | None


@dataclass
class Book:
    """A random book: what it says, and how many periods; ``demand`` by scenario."""

    offers: list[Offer]
    periods: int
    penalty: float
    demand: dict[str, list[float]]
    probability: dict[str, float]
    price_in_x: dict[str, float] = field(default_factory=dict)
    """Price of an offer in scenario X from the second period on, where it differs."""
    share: float | None = None
    least: float | None = None
    """Most and least share of the first vendor in all order units over the plan."""
    each: float | None = None
    """Most share of each vendor in all order units over the plan."""
    budget: float | None = None
    count: int | None = None
    max_units: int | None = None
    """Of the first vendor, in a period."""
    custom: float | None = None
    """Most units of the first offer over the plan; penalty 0 = hard."""
    soft: float | None = None
    previous: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def is_tree(self) -> bool:
        return len(self.demand) > 1

    # ---------------------------------------------------------------- as a workbook
    def frames(self) -> Mapping[str, object]:
        years = [str(2027 + t) for t in range(self.periods)]
        trunk = next(iter(self.demand))

        def cell(value: object) -> str:
            return "" if value is None else str(value)

        sheets = {
            "Settings": f"""name, value
                first_period, 2027
                periods, {self.periods}
                months_per_period, 12
                discount_rate, 0
                cash_timing, start
                terminal_value, no
                target_gap, 0.000000001""",
            "Vendors": "vendor, max_units\n"
            + "\n".join(
                f"{v}, {cell(self.max_units if v == VENDORS[0] else None)}" for v in VENDORS
            ),
            "Sites": "site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
            "Chips": "chip, vendor, life_years\n"
            + "\n".join(f"K{o.name}, {o.vendor}, 10" for o in self.offers),
            "Offers": "offer, chip, seller, acquisition, price, lot_size, order_fee, term_months,"
            " max_order, total_limit\n"
            + "\n".join(
                f"{o.name}, K{o.name}, {o.vendor}, {'cloud' if o.rented else 'buy'}, {o.price},"
                f" {o.lot}, {o.fee}, {12 if o.rented else ''}, {cell(o.max_order)}, {MOST * o.lot}"
                for o in self.offers
            ),
            "Performance": "chip, workload, throughput\n"
            + "\n".join(f"K{o.name}, W, {o.throughput}" for o in self.offers),
            "Workloads": f"workload, unmet_penalty\nW, {self.penalty}",
            "Demand": "workload, "
            + ", ".join(years)
            + "\nW, "
            + ", ".join(map(str, self.demand[trunk])),
        }
        rules = []
        first = VENDORS[0]
        if self.share is not None or self.least is not None:
            rules.append(
                f"split, vendor, {first}, order_units, plan, {cell(self.least)}, {cell(self.share)}"
            )
        if self.each is not None:
            rules.append(f"spread, vendor, each, order_units, plan, , {self.each}")
        if rules:
            head = "rule, dimension, member, basis, window, min_pct, max_pct"
            sheets["Share_rules"] = "\n".join([head, *rules])
        if self.budget is not None:
            sheets["Budgets"] = (
                "budget, lines, window, limit, penalty\n"
                f"cap, all, plan, {self.budget}, {cell(self.soft)}"
            )
        if self.count is not None:
            sheets["Supplier_counts"] = (
                "rule, dimension, min_count, window\nmany, vendor, " + f"{self.count}, plan"
            )
        if self.custom is not None:
            sheets["Custom_rules"] = (
                "rule, quantity, dimension, member, coefficient, sense, limit\n"
                f"own, order_units, offer, {self.offers[0].name}, 1, <=, {self.custom}"
            )
        if self.previous:
            sheets["Previous_plan"] = "offer, order_period, units\n" + "\n".join(
                f"{name}, {2027 + t}, {units}" for (name, t), units in self.previous.items()
            )
        if self.is_tree:
            sheets["Scenarios"] = (
                "scenario, probability, branches_from, branch_period\n"
                f"P, {self.probability['P']}, ,\nX, {self.probability['X']}, P, 2028"
            )
            changes = [
                f"X, Demand, W, , {2027 + t}, {2027 + t}, set, {self.demand['X'][t]}"
                for t in range(1, self.periods)
            ]
            changes += [f"X, Offers, {n}, price, , , set, {p}" for n, p in self.price_in_x.items()]
            sheets["Scenario_changes"] = "\n".join(
                ["scenario, sheet, item, column, from, to, operation, value", *changes]
            )
        return frames(**sheets)

    def read(self) -> Tables:
        return chipfolio.read(self.frames())

    # ---------------------------------------------------------------- all its plans
    def count_out(self) -> Plans:
        """Every plan of the book, rules apart."""
        scenarios = list(self.demand)
        slots = [("", 0)] + [(s, t) for s in scenarios for t in range(1, self.periods)]
        choices = []
        for _ in self.offers:
            mine = [
                combo
                for combo in itertools.product(range(MOST + 1), repeat=len(slots))
                if all(lots_in(combo, slots, s) <= MOST for s in scenarios)
            ]
            choices.append(mine)
        sizes = [len(one) for one in choices]
        grid = np.indices(sizes).reshape(len(sizes), -1)
        lots = {s: np.zeros((grid.shape[1], len(self.offers), self.periods)) for s in scenarios}
        for o, mine in enumerate(choices):
            table = np.array(mine)[grid[o]]
            for at, (where, t) in enumerate(slots):
                for s in scenarios:
                    if where in ("", s):
                        lots[s][:, o, t] = table[:, at]
        return Plans(self, lots)


def lots_in(combo: tuple[int, ...], slots: list[tuple[str, int]], scenario: str) -> int:
    """Lots of an offer over the plan in one scenario; the first slot is of all of them."""
    mine = [n for n, (where, _) in zip(combo[1:], slots[1:], strict=True) if where == scenario]
    return combo[0] + sum(mine)


class Plans:
    """All plans of a book: units by scenario [plan, offer, period], and what they cost."""

    def __init__(self, book: Book, lots: dict[str, np.ndarray]) -> None:
        self.book = book
        size = np.array([offer.lot for offer in book.offers])[None, :, None]
        self.units = {s: mine * size for s, mine in lots.items()}
        self.cost = self.cost_at()
        self.masks = self.kept()
        self.ok = self.with_all()

    def price(self, s: str, prices: dict[str, float] | None = None) -> np.ndarray:
        """Price of each offer in each period of a scenario, per unit."""
        book = self.book
        found = np.zeros((len(book.offers), book.periods))
        for o, offer in enumerate(book.offers):
            found[o] = (prices or {}).get(offer.name, offer.price)
            if s == "X" and offer.name in book.price_in_x:
                found[o, 1:] = book.price_in_x[offer.name]
            if offer.rented:
                found[o] *= 12
        return found

    def costs(
        self,
        prices: dict[str, float] | None = None,
        demand: dict[str, list[float]] | None = None,
        throughput: dict[str, float] | None = None,
    ) -> dict[str, np.ndarray]:
        """Cost of every plan by scenario, at these prices, demand and throughput."""
        book = self.book
        found = {}
        for s, units in self.units.items():
            fee = np.array([offer.fee for offer in book.offers])[None, :, None]
            cost = (units * self.price(s, prices)[None]).sum((1, 2))
            cost = cost + ((units > 0) * fee).sum((1, 2))
            capacity = np.zeros((len(units), book.periods))
            for o, offer in enumerate(book.offers):
                mine = units[:, o] if offer.rented else units[:, o].cumsum(1)
                capacity += mine * (throughput or {}).get(offer.name, offer.throughput)
            due = np.array((demand or book.demand)[s])[None]
            unmet = np.maximum(due - capacity, 0.0)
            found[s] = cost + (unmet * book.penalty).sum(1)
            self.unmet = unmet
        return found

    def cost_at(self, **changed: object) -> np.ndarray:
        """Expected cost of every plan, soft rules included."""
        by_scenario = self.costs(**changed)  # type: ignore[arg-type]
        total = sum(self.book.probability[s] * cost for s, cost in by_scenario.items())
        if self.book.soft is not None and self.book.budget is not None:
            for s in self.units:
                over = np.maximum(self.cash(s, **changed) - self.book.budget, 0.0)
                total = total + self.book.probability[s] * self.book.soft * over
        return total

    def cash(self, s: str, prices: dict[str, float] | None = None, **_: object) -> np.ndarray:
        """What every plan pays in a scenario, unmet work apart."""
        units = self.units[s]
        fee = np.array([offer.fee for offer in self.book.offers])[None, :, None]
        return (units * self.price(s, prices)[None]).sum((1, 2)) + ((units > 0) * fee).sum((1, 2))

    def of_vendor(self, s: str, vendor: str) -> np.ndarray:
        """Units of a vendor by plan and period."""
        mine = [o for o, offer in enumerate(self.book.offers) if offer.vendor == vendor]
        return self.units[s][:, mine].sum(1)

    def share(self, s: str, vendor: str) -> tuple[np.ndarray, np.ndarray]:
        """Part and whole of a vendor's order units over the plan."""
        return self.of_vendor(s, vendor).sum(1), self.units[s].sum((1, 2))

    def kept(self, prices: dict[str, float] | None = None) -> dict[Key, np.ndarray]:
        """Which plans keep each limit, by (sheet, item, column, member)."""
        book, found = self.book, {}

        def put(key: Key, test) -> None:  # noqa: ANN001
            found[key] = np.all([test(s) for s in self.units], axis=0)

        def at_most(vendor: str, most: float):  # noqa: ANN202
            def test(s: str) -> np.ndarray:
                part, whole = self.share(s, vendor)
                return part <= most * whole + 1e-9

            return test

        first = VENDORS[0]
        if book.share is not None:
            put(("Share rules", "split", "max_pct", ""), at_most(first, book.share))
        if book.least is not None:

            def enough(s: str) -> np.ndarray:
                part, whole = self.share(s, first)
                return part >= book.least * whole - 1e-9

            put(("Share rules", "split", "min_pct", ""), enough)
        if book.each is not None:
            for vendor in VENDORS:
                put(("Share rules", "spread", "max_pct", vendor), at_most(vendor, book.each))
        if book.count is not None:

            def many(s: str) -> np.ndarray:
                active = [(self.of_vendor(s, v).sum(1) > 0).astype(int) for v in VENDORS]
                return np.sum(active, axis=0) >= book.count

            put(("Supplier counts", "many", "min_count", ""), many)
        if book.budget is not None:
            key = ("Budgets", "cap", "limit", "")
            if book.soft is None:
                put(key, lambda s: self.cash(s, prices) <= book.budget + 1e-9)
            else:
                put(key, lambda s: np.ones(len(self.units[s]), dtype=bool))
        if book.custom is not None:
            put(
                ("Custom rules", "own", "limit", ""),
                lambda s: self.units[s][:, 0].sum(1) <= book.custom + 1e-9,
            )
        if book.max_units is not None:
            put(
                ("Vendors", first, "max_units", ""),
                lambda s: (self.of_vendor(s, first) <= book.max_units + 1e-9).all(1),
            )
        for o, offer in enumerate(book.offers):
            if offer.max_order is not None:
                put(
                    ("Offers", offer.name, "max_order", ""),
                    lambda s, o=o, most=offer.max_order: (self.units[s][:, o] <= most).all(1),
                )
        return found

    def with_all(self, masks: dict[Key, np.ndarray] | None = None, but: tuple = ()) -> np.ndarray:
        """Plans that keep all limits but some."""
        masks = self.masks if masks is None else masks
        found = np.ones(len(self.cost), dtype=bool)
        for key, mask in masks.items():
            if key not in but:
                found &= mask
        return found

    def best(self, ok: np.ndarray | None = None, cost: np.ndarray | None = None) -> float:
        """The least cost over some plans; infinite where there is none."""
        cost = self.cost if cost is None else cost
        return float(np.min(cost[self.ok if ok is None else ok], initial=np.inf))

    def best_without(self, *keys: Key) -> float:
        """The least cost without some limits, a soft budget among them."""
        cost = self.cost
        if self.book.soft is not None and ("Budgets", "cap", "limit", "") in keys:
            plain = self.costs()
            cost = sum(self.book.probability[s] * own for s, own in plain.items())
        return self.best(self.with_all(but=keys), cost)

    def ordered(self, name: str, first: int = 0, last: int | None = None) -> dict[str, np.ndarray]:
        """Units of an offer by scenario and plan, in some periods."""
        o = [offer.name for offer in self.book.offers].index(name)
        end = self.book.periods if last is None else last + 1
        return {s: units[:, o, first:end].sum(1) for s, units in self.units.items()}


def random_book(seed: int, tree: bool = False, soft: bool = False) -> Book:
    """A book of the seed; a tree has two periods."""
    dice = random.Random(seed)
    offers = []
    for number in range(dice.choice([2, 3])):
        rented = dice.random() < 0.3
        lot = dice.choice([1, 1, 2])
        offers.append(
            Offer(
                name=f"o{number}",
                vendor=VENDORS[number],
                rented=rented,
                price=float(dice.randint(2, 9) if rented else dice.randint(40, 160)),
                lot=lot,
                fee=float(dice.choice([0, 0, 25])),
                throughput=dice.choice([0.75, 1.0, 1.5]),
                max_order=dice.choice([None, None, lot, 2 * lot]),
            )
        )
    periods = 2
    demand = {"" if not tree else "P": [float(dice.randint(1, 4)), float(dice.randint(2, 6))]}
    probability = {next(iter(demand)): 1.0}
    price_in_x = {}
    if tree:
        demand["X"] = [demand["P"][0], float(dice.randint(0, 8))]
        likely = dice.choice([0.25, 0.5, 0.75])
        probability = {"P": likely, "X": 1.0 - likely}
        if dice.random() < 0.5:
            price_in_x = {"o0": float(dice.randint(2, 160))}
    book = Book(
        offers, periods, float(dice.choice([60, 150, 400])), demand, probability, price_in_x
    )
    some = dice.sample(["share", "least", "each", "budget", "count", "max_units", "custom"], 3)
    if "share" in some:
        book.share = dice.choice([0.3, 0.5, 0.6])
    if "least" in some:
        book.least = dice.choice([0.2, 0.4])
        if book.share is not None:
            book.least = 0.2
    if "each" in some:
        book.each = dice.choice([0.5, 0.7, 0.8])
    if "budget" in some:
        book.budget = float(dice.randint(150, 500))
        if soft:
            book.soft = dice.choice([0.5, 2.0])
    if "count" in some:
        book.count = 2
    if "max_units" in some:
        book.max_units = max(dice.choice([1, 2, 3]), offers[0].lot)
    if "custom" in some:
        book.custom = dice.choice([1.5, 3.5])
    return book


def feasible_books(count: int, tree: bool = False, start: int = 1, soft: bool = False):  # noqa: ANN201
    """So many random books that have a plan, with all their plans."""
    seed, found = start, 0
    while found < count:
        book = random_book(seed, tree, soft)
        plans = book.count_out()
        if np.isfinite(plans.best()):
            found += 1
            yield seed, book, plans
        seed += 1
