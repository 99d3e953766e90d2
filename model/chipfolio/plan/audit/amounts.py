"""What rules count: orders, stocks, power and served work, split by any dimension."""

from __future__ import annotations

from collections import defaultdict

from ...contract.dimensions import DIMENSIONS
from ...contract.inputs import INPUTS
from ...contract.problems import fold
from .facts import Facts
from .payments import spend
from .stock import Stock

Parts = dict[str, float]
"""Amount by folded member; blank for what belongs to none."""
Key = tuple[str, str, str, str]

ORDER_BASES = ("order_units", "order_spend")


class Amounts:
    """Sums of one scenario's plan, by basis, window and dimension."""

    def __init__(self, facts: Facts, units: Stock) -> None:
        self.facts = facts
        self.stock = units
        self.orders: dict[str, dict[Key, list[float]]] = {basis: {} for basis in ORDER_BASES}
        self.before: dict[str, list[tuple[int, Key, float]]] = {basis: [] for basis in ORDER_BASES}
        for batch in facts.batches:
            if batch.ordered is None:
                continue
            key = (batch.chip, batch.offer, batch.acquisition, batch.site)
            both = {"order_units": batch.units, "order_spend": spend(facts, batch)}
            for basis, amount in both.items():
                if batch.ordered < 0:
                    self.before[basis].append((batch.ordered, key, amount))
                    continue
                path = self.orders[basis].setdefault(key, [0.0] * facts.end)
                path[batch.ordered] += amount
        self.power: dict[Key, list[float]] = {}
        for key, path in units.items():
            chip, _, acquisition, site = key
            if acquisition == "cloud" or not site:
                continue
            megawatts = facts.chips[chip]["power_kw"] / 1000.0
            self.power[key] = [
                amount * megawatts * facts.value("Sites", "pue", site, at) if amount else 0.0
                for at, amount in enumerate(path)
            ]
        self.served: dict[tuple[str, str, str], list[float]] = {}
        for use in facts.uses:
            place = (use.chip, use.site, use.workload)
            self.served.setdefault(place, [0.0] * facts.end)[use.at] += use.served
        self._members: dict[tuple[str, Key], str] = {}
        self._cache: dict[tuple[object, ...], Parts] = {}

    def member(self, dimension: str, key: Key) -> str:
        """Member to which a group of units belongs, folded."""
        if (dimension, key) not in self._members:
            self._members[dimension, key] = self.facts.member(dimension, *key)
        return self._members[dimension, key]

    def parts(
        self,
        basis: str,
        dimension: str,
        positions: tuple[int, ...],
        before: frozenset[int] = frozenset(),
        workload: str | None = None,
    ) -> Parts:
        """Amount of each member over the periods of a window."""
        key = (basis, dimension, positions, before, workload)
        if key not in self._cache:
            if basis == "served":
                self._cache[key] = self._served_parts(dimension, positions, workload)
            else:
                self._cache[key] = self._parts(basis, dimension, positions, before)
        return self._cache[key]

    def _parts(
        self, basis: str, dimension: str, positions: tuple[int, ...], before: frozenset[int]
    ) -> Parts:
        found: Parts = defaultdict(float)
        paths = self.orders.get(basis)
        if paths is None:
            paths = self.power if basis in ("power", "power_mw") else self.stock
        for group, path in paths.items():
            amount = sum(path[at] for at in positions)
            if amount:
                found[self.member(dimension, group)] += amount
        for at, group, amount in self.before.get(basis, ()):
            if at in before:
                found[self.member(dimension, group)] += amount
        return found

    def _served_parts(
        self, dimension: str, positions: tuple[int, ...], workload: str | None
    ) -> Parts:
        """Served work; of all workloads together, each divided by its demand in the window."""
        found: Parts = defaultdict(float)
        demand = self.facts.demand
        asked = {name: sum(path[at] for at in positions) for name, path in demand.items()}
        for (chip, site, name), path in self.served.items():
            if workload is not None and name != workload:
                continue
            if workload is None and asked[name] <= 0.0:
                continue
            amount = sum(path[at] for at in positions)
            member = self.member(dimension, (chip, "", "" if site else "cloud", site))
            found[member] += amount if workload is not None else amount / asked[name]
        return found

    def names(self, dimension: str) -> list[str]:
        """Every name of a dimension, as its sheet writes it."""
        sheet, column = DIMENSIONS[dimension].listed_on
        choices = INPUTS[sheet].column(column).choices
        names = choices or [row[column] for row in self.facts.named(sheet).values()]
        return list({fold(name): str(name) for name in names if name}.values())


def total(parts: Parts) -> float:
    """Sum of all parts, also of what belongs to no member."""
    return sum(parts.values())
