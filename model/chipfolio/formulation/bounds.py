r"""Bounds: how many units of an offer are enough, where the book sets no limit.

Reads      Performance, Software, Demand   what a unit serves at least, and what is asked of it
           Contracts, Deal milestones, Custom rules, Discounts   what asks for more
           Share rules, Supplier counts    what a share asks beside all others
           Previous plan                   orders that are to stay
Decides    nothing
Hands on   most        units of each offer in a period     to orders

A bound must never cut off a good plan, and is all the better for being small: it is the factor of
every "nothing is ordered without the flag". Where a book seems to have no plan, or a plan profits
from such a bound, the book is built once more with PLENTY times as much; only a plan that profits
from that too is called unbounded.

Symbols    D demand, peak over the periods it can wait, a throughput at its least, q reserve
           U = 2 \sum_w D_w (1 + q_w) / a_w + minimums + thresholds + what was ordered before
               + what a share asks beside
Source     our convention
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ..tables import Row, World
from .fleet import KW_PER_MW
from .orders import window
from .pricing import covers, list_value
from .workloads import waiting_before

OF_UNITS = {
    "order_units": "units",
    "order_spend": "order_spend",
    "units_in_service": "units",
    "power_mw": "power",
}
"""What a quantity of Custom rules counts units by; others do not count units."""
PLENTY = 100.0
"""Times as many units as are thought enough, where a bound might be all that is in the way."""
TIE = 1e-9
"""Shares that come to the whole but for this do."""


def assumed_most(worlds: list[World]) -> dict[str, float]:
    """A bound on each offer's units in a period, derived from the whole book.

    Enough units of the chip to do all the work it can do at its lowest rate, reserve included,
    twice over; to meet every minimum, milestone and custom limit that could ask for more; to order
    what the previous plan does; and to keep its share beside as much of all other offers, or its
    part of a sum, where a rule may ask for that.
    """
    found: dict[str, float] = defaultdict(float)
    for world in worlds:
        asked = due(world)
        units = {row["offer"]: enough(world, row, asked) for row in world.rows("Offers")}
        others, ratios = Others(world, units), balances(world)
        for row in world.rows("Offers"):
            most = units[row["offer"]] + beside(row, others, ratios) + by_sums(row, others)
            found[row["offer"]] = max(found[row["offer"]], most)
    return dict(found)


class Others:
    """What all that an offer stands beside counts for at its most, by basis."""

    def __init__(self, world: World, units: dict[str, float]) -> None:
        self.world, self.units = world, units
        self.held: dict[str, float] = {}
        self.parts: dict[str, dict[str, float]] = {}

    def most(self, basis: str, name: str) -> float:
        """Units of today, of committed orders, and of all offers but the one named."""
        if basis not in self.parts:
            self.held[basis] = held(self.world, basis)
            self.parts[basis] = {
                row["offer"]: self.units[row["offer"]] * weight(self.world, row, basis, max)
                for row in self.world.rows("Offers")
            }
        parts = self.parts[basis].items()
        return self.held[basis] + sum(part for other, part in parts if other != name)


def beside(offer: Row, others: Others, ratios: set[tuple[str, float]]) -> float:
    """Units of an offer that balance the most of all others under the strictest rule on shares."""
    most = 0.0
    for basis, ratio in ratios:
        own = weight(others.world, offer, basis, min)
        if own > 0:
            most = max(most, ratio * others.most(basis, offer["offer"]) / own)
    return most


def balances(world: World) -> set[tuple[str, float]]:
    """What rules on shares may ask of one member for each of all others: (basis, ratio).

    A member with a least share m has m / (1 - m) of all others; where others have theirs too, s
    together, it has m / (1 - s) of what has none. All others than one with a most share M, or
    than those that stay under the share M from which a supplier counts, have (1 - M) / M of it.
    """
    found = set()
    least: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for rule in world.rules("Share rules"):
        mine = least[rule["basis"], rule["dimension"]]
        mine[rule["member"]] = max(mine.get(rule["member"], 0.0), rule["min_pct"] or 0.0)
    for rule in world.rules("Share rules"):
        if rule["basis"] != "served":
            own, limit = rule["min_pct"] or 0.0, rule["max_pct"]
            together = sum(least[rule["basis"], rule["dimension"]].values())
            found |= {(rule["basis"], own / (1.0 - s)) for s in (own, together) if s < 1.0 - TIE}
            found |= {(rule["basis"], (1.0 - limit) / limit)} if limit else set()
    for rule in world.rules("Supplier counts"):
        share, count = rule["active_if_pct"], rule["min_count"] or 0
        if share:
            together = {share * suppliers for suppliers in (1, count - 1, count)}
            found |= {("order_spend", share / (1.0 - s)) for s in together if s < 1.0 - TIE}
            if rule["max_count"] is not None:
                found.add(("order_spend", (1.0 - share) / share))
    return found


def by_sums(offer: Row, others: Others) -> float:
    """Units of an offer that balance the most of all else in custom rules of several rows."""
    world = others.world
    rules: dict[str, list[Row]] = defaultdict(list)
    for row in world.rules("Custom rules"):
        rules[row["rule"]].append(row)
    work = sum(sum(demand) for demand in world.demand.values())
    found = 0.0
    for rows in rules.values():
        own, rest = [], 0.0
        for row in rows if len(rows) > 1 else ():
            factor, basis = abs(row["coefficient"]), OF_UNITS.get(row["quantity"])
            if basis is None:
                rest += factor * (work if row["quantity"] in ("served", "unmet") else 1.0)
                continue
            scale = factor / KW_PER_MW if basis == "power" else factor
            own.append(scale * weight(world, offer, basis, min))
            rest += scale * others.most(basis, offer["offer"]) * world.calendar.count
        some = [amount for amount in own if amount > 0]
        found = max(found, rest / min(some) if some else 0.0)
    return found


def held(world: World, basis: str) -> float:
    """What units of today and of committed orders count for in a basis."""
    chips, offers = world.by_name("Chips"), world.by_name("Offers")
    found = 0.0
    for row in (*world.fleet, *world.committed):
        offer = offers[row["offer"]] if row.sheet == "Committed orders" else None
        chip = chips[row["chip"] if offer is None else offer["chip"]]
        if basis == "power":
            found += row["units"] * chip["power_kw"]
        elif basis != "order_spend":
            found += row["units"]
        elif offer is not None:
            months = 1.0 if offer["acquisition"] == "buy" else offer["term_months"]
            price = row["unit_price"] or max(world.path("Offers", "price")[offer["offer"]])
            found += row["units"] * price * max(months, 1.0)
    return found


def weight(world: World, offer: Row, basis: str, choose: Callable) -> float:
    """What a unit of an offer counts for in a basis, in the period that ``choose`` takes."""
    if basis == "power":
        on_site = offer["acquisition"] != "cloud"
        return world.by_name("Chips")[offer["chip"]]["power_kw"] if on_site else 0.0
    if basis != "order_spend":
        return 1.0
    values = [list_value(world, offer, at) for at in window(world, offer)]
    return choose((value for value in values if value > 0), default=0.0)


def due(world: World) -> dict[str, list[tuple[float, float]]]:
    """By chip, each workload it can do: (most work due in a period with its reserve, least rate).

    Work is due in a period if it is asked for then, or could have waited until then.
    """
    peaks, before = {}, waiting_before(world)
    for name, row in world.by_name("Workloads").items():
        demand, waits = world.demand[name], row["defer_periods"]
        peak = max(sum(demand[max(at - waits, 0) : at + 1]) for at in world.calendar.positions)
        peak += sum(before[name].values())
        peaks[name] = peak * (1.0 + row["reserve_pct"])
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for (chip, workload), path in world.path("Performance", "throughput").items():
        rates = [rate for rate in path if rate]
        if rates:
            found[chip].append((peaks[workload], min(rates)))
    return found


def enough(world: World, offer: Row, asked: dict[str, list[tuple[float, float]]]) -> float:
    """Units of one offer that are enough for everything one world could ask of it.

    ``asked`` is what ``due`` says of that world.
    """
    chip = world.by_name("Chips")[offer["chip"]]
    efficiency = [1.0]
    if chip["platform"]:
        start = world.by_name("Platforms")[chip["platform"]]["efficiency_at_start"]
        projects = [r for r in world.rows("Software") if r["platform"] == chip["platform"]]
        efficiency = [start]
        for row in projects:
            efficiency += world.path("Software", "efficiency")[row["project"]]
            efficiency += [row["mature_efficiency"] or 0.0]
        efficiency = [share for share in efficiency if share > 0] or [1.0]
    available = offer["availability"] or chip["availability"]
    units = 0.0
    for work, rate in asked.get(offer["chip"], ()):
        units += work / (rate * min(efficiency) * available)
    units *= 2.0
    prices = [price for price in world.path("Offers", "price")[offer["offer"]] if price]
    price = min(prices) if prices else 1.0
    for row in world.rules("Contracts"):
        if covers(row, offer) and row["minimum"]:
            units += row["minimum"] / (price if row["basis"] == "spend" else 1.0)
    for row in world.rows("Deal milestones"):
        per_unit = {
            "installed_mw": chip["power_kw"] / KW_PER_MW,
            "cumulative_units": 1.0,
            "cumulative_spend": price,
        }[row["measure"]]
        if per_unit:
            units += row["threshold"] / per_unit
    for row in world.rules("Custom rules"):
        per_unit = {"order_spend": price, "power_mw": chip["power_kw"] / KW_PER_MW}
        amount = row["coefficient"] * per_unit.get(row["quantity"], 1.0)
        if row["limit"] and amount:
            units += abs(row["limit"] / amount)
    for row in world.rows("Discounts"):
        if covers(row, offer):
            units += row["threshold"] / (price if row["basis"] == "spend" else 1.0)
    before: dict[int, float] = defaultdict(float)
    for row in world.rows("Previous plan"):
        if row["offer"] == offer["offer"] and row["scenario"] in (None, world.name):
            before[row["order_period"]] += row["units"]
    units += max(before.values(), default=0.0)
    least = max(
        (units or 0.0 for units in world.path("Offers", "min_order")[offer["offer"]]), default=0
    )
    lot = offer["lot_size"] or 1.0
    return max(units, 2.0 * least, 2.0 * lot) + lot
