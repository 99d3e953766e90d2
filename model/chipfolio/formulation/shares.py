r"""Shares: who gets what part of a whole, and the limits on it.

Reads      Share rules   dimension, member, basis, window, min_pct, max_pct, applies_if …
           So far        part, whole, demand
Decides    beyond      the basis beyond a soft rule's share   [rule, member, side, window]
Hands on   limits      each rule in each window with its level   to the plan's tables
Pays       rule_penalties

A share is written as a linear row in the basis itself: part − limit × whole ≤ 0. Where no decision
can change the share (part and whole are proportional in every variable) a hard rule has no row; a
soft one pays its penalty all the same.

Symbols    m member, B_m its part, B the whole, \sigma limit, v beyond, of a soft rule
Source     contract §2 (Share rules), §3.7
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from ..contract.dimensions import DIMENSIONS, PLACE_DIMENSIONS
from ..contract.exact import missed
from ..contract.inputs import INPUTS
from ..contract.periods import Window
from ..tables import Row, World
from .earlier import Earlier, earlier
from .fleet import KW_PER_MW, FleetDoor
from .linear import Linear, Room
from .orders import CLOUD, OrdersDoor
from .pricing import PricingDoor, committed_spend, spend_may_differ
from .signing import SigningDoor
from .workloads import WorkloadsDoor

STOCKS = ("units_in_service", "power", "served")


@dataclass(frozen=True)
class Atom:
    """One piece of a basis: whose it is, by dimension, when, and how much."""

    of: dict[str, str]
    at: int
    amount: Linear


@dataclass
class Limit:
    """A rule in one window, as built: its level against its limit."""

    sheet: str
    rule: str
    member: str
    window: Window
    sense: str
    limit: float
    level: Linear
    whole: Linear | None = None
    violation: object | None = None
    penalty: float = 0.0
    constraint: object | None = None
    scale: float = 1.0
    money: bool = False
    """Whether the level is an amount of money."""
    key: tuple = ()
    in_force: Linear | None = None
    """Whether what it depends on is signed; None where it depends on nothing."""


def softened(limit: Limit, row: Row) -> Limit:
    """Mark a limit as soft where its row has a penalty."""
    if row["penalty"] is not None:
        limit.violation = True
        limit.penalty = row["penalty"]
    return limit


@dataclass
class SharesDoor:
    """What shares hand on."""

    limits: list[Limit]
    idle: list[Limit] = field(default_factory=list)
    """Hard rules in windows where no decision can change the share."""


class Measures:
    """Every basis as atoms, made once and asked often."""

    def __init__(
        self,
        world: World,
        orders: OrdersDoor,
        pricing: PricingDoor,
        fleet: FleetDoor,
        workloads: WorkloadsDoor,
    ) -> None:
        self.world = world
        self.orders = orders
        self.pricing = pricing
        self.fleet = fleet
        self.workloads = workloads
        self.caps = orders.caps
        self.chips = world.by_name("Chips")
        self._atoms: dict[str, list[Atom]] = {}

    def tags(self, chip: Row, offer: Row | None, site: str, acquisition: str) -> dict[str, str]:
        """Members by dimension; absent where it belongs to no member."""
        name = offer["offer"] if offer is not None else ""
        known = {"chip": chip["chip"], "offer": name, "acquisition": acquisition, "site": site}
        of = {"offer": name} if name else {}
        for dimension in DIMENSIONS.values():
            member = known[dimension.start]
            for sheet, column in dimension.steps:
                member = self.world.by_name(sheet)[member][column] if member else ""
            if member:
                of[dimension.name] = member
        return of

    def atoms(self, basis: str) -> list[Atom]:
        """All atoms of a basis over the plan (and before it, for orders)."""
        if basis not in self._atoms:
            make = {
                "order_units": self._orders,
                "order_spend": self._orders,
                "units_in_service": self._stock,
                "power": self._stock,
                "served": self._served,
            }[basis]
            self._atoms[basis] = list(make(basis))
        return self._atoms[basis]

    def _orders(self, basis: str) -> Iterable[Atom]:
        for key, batch in self.orders.batches.items():
            chip = self.chips[batch.offer["chip"]]
            of = self.tags(chip, batch.offer, batch.site, batch.offer["acquisition"])
            amount = batch.units if basis == "order_units" else self.pricing.spend[key]
            yield Atom(of, batch.ordered, amount)
        for cohort in self.fleet.cohorts:
            if cohort.kind == "committed":
                per_unit = 1.0 if basis == "order_units" else committed_spend(self.world, cohort)
                of = self.tags(cohort.chip, cohort.offer, cohort.site, cohort.acquisition)
                yield Atom(of, cohort.ordered, cohort.units.times(per_unit))

    def _stock(self, basis: str) -> Iterable[Atom]:
        pue = self.world.path("Sites", "pue")
        for line, cohort in self.fleet.lines():
            of = self.tags(cohort.chip, cohort.offer, cohort.site, cohort.acquisition)
            for at, form in self.fleet.stock[line].items():
                if not form and not form.constant:
                    continue
                if basis == "units_in_service":
                    yield Atom(of, at, form)
                elif cohort.site != CLOUD:
                    draw = cohort.chip["power_kw"] / KW_PER_MW * pue[cohort.site][at]
                    yield Atom(of, at, form.times(draw))

    def _served(self, basis: str) -> Iterable[Atom]:
        for use in self.workloads.uses:
            of = self.tags(self.chips[use.chip], None, use.pool[0], "")
            if len(use.pool) > 1:
                of = {name: member for name, member in of.items() if name not in PLACE_DIMENSIONS}
            of["workload"] = use.workload
            yield Atom(of, use.at, Linear().add(use.rate, self.workloads.used[use.key]))

    def part(self, basis: str, window: Window, **members: str | None) -> tuple[Linear, Linear]:
        """(part of the members, whole) of a basis in a window."""
        part, whole = Linear(), Linear()
        positions = set(window.positions) | set(window.before)
        for atom in self.atoms(basis):
            if atom.at in positions:
                whole.plus(atom.amount)
                if all(atom.of.get(d) == m for d, m in members.items() if m is not None):
                    part.plus(atom.amount)
        return part, whole

    def served_share(
        self, before: Earlier, dimension: str, member: str, workload: str | None
    ) -> tuple[Linear, Linear]:
        """(part, whole) of served work: of one workload, or of all, each divided by its demand.

        Workloads without demand in the window are left out.
        """
        part, whole = Linear(), Linear()
        weight = self.weights(before, workload)
        inside = set(before.window.positions)
        for name, base in weight.items():
            if base > 0:
                key = "" if workload else name
                whole.constant += before.of("whole", "", key) / base
                part.constant += before.of("part", member, key) / base
        for atom in self.atoms("served"):
            base = weight.get(atom.of["workload"], 0.0)
            if atom.at in inside and base > 0:
                whole.plus(atom.amount, 1.0 / base)
                if atom.of.get(dimension) == member:
                    part.plus(atom.amount, 1.0 / base)
        return part, whole

    def most_served(self, before: Earlier, workload: str | None) -> float:
        """Most that all served work can add up to as ``served_share`` counts it: the work due."""
        window, due = before.window, self.workloads.work
        told = {
            name: before.of("whole", "", "" if workload else name) for name in self.world.demand
        }
        return sum(
            (sum(due[name, at] for at in window.positions) + told[name]) / base
            for name, base in self.weights(before, workload).items()
            if base > 0
        )

    def weights(self, before: Earlier, workload: str | None) -> dict[str, float]:
        """What each workload's work is divided by; 0 leaves it out."""
        found = {}
        for name, path in self.world.demand.items():
            if workload in (None, name):
                asked = sum(path[at] for at in before.window.positions)
                asked += before.of("demand", "", name)
                found[name] = asked if workload is None or asked <= 0 else 1.0
        return found


def members_of(world: World, dimension: str) -> list[str]:
    """All names of a dimension, as `each` runs through them."""
    sheet, column = DIMENSIONS[dimension].listed_on
    if choices := INPUTS[sheet].column(column).choices:
        return list(choices)
    return list(dict.fromkeys(row[column] for row in world.rows(sheet) if row[column]))


def fixed(part: Linear, whole: Linear, zero: Set[int] = frozenset()) -> bool:
    """True where no decision can change part / whole; variables in ``zero`` are 0 in any plan.

    Orders that the previous plan freezes count as decisions: the freeze is the user's own.
    """
    parts, wholes = part.merged(), whole.merged()
    ratios = {
        round(parts.get(key, (0.0, None))[0] / coefficient, 12)
        for key, (coefficient, _) in wholes.items()
        if coefficient and key not in zero
    }
    if whole.constant:
        ratios.add(round(part.constant / whole.constant, 12))
    return len(ratios) <= 1


def add_shares(
    room: Room, world: World, measures: Measures, signing: SigningDoor, zero: Set[int]
) -> SharesDoor:
    """Furnish the room; ``zero`` are variables, by their identity, that are 0 in any plan."""
    door, penalties = SharesDoor([]), room.cost("rule_penalties")
    soft: dict[tuple, int] = {}
    found: list[tuple[tuple, Limit, Row]] = []
    for row in world.rules("Share rules"):
        default = "period" if row["basis"] in STOCKS else "fiscal_year"
        # money spent may differ between worlds of one past: each then has its own violation
        apart = row["basis"] == "order_spend" and spend_may_differ(world)
        names = [row["member"]]
        if names == ["each"]:
            names = members_of(world, row["dimension"])
        windows = world.calendar.windows(row["window"] or default, row["from"] or 0, row["to"])
        for name in names:
            for window in windows:
                for limit in of_rule(measures, row, name, window):
                    if row["applies_if"]:
                        limit.in_force = signing.signed_by(row["applies_if"], window.last)
                    if row["penalty"] is None and fixed(limit.level, limit.whole, zero):
                        door.idle.append(limit)
                        continue
                    side = "most" if limit.sense == "<=" else "least"
                    limit.key = (row["rule"], name, side, window.label)
                    found.append((limit.key, limit, row))
                    if row["penalty"] is not None:
                        soft[limit.key] = world.calendar.count if apart else window.last
    beyond = room.decide("beyond", soft, "the basis beyond a soft rule's share [as the basis]")
    rows = {}
    for key, limit, row in found:
        sign = 1.0 if limit.sense == "<=" else -1.0
        form = limit.level.times(sign).plus(limit.whole, -sign * limit.limit)
        limit.scale = scale_of(form)
        if key in beyond:
            limit.violation = beyond[key]
            limit.penalty = row["penalty"]
            form.add(-1.0, beyond[key])
            penalties[limit.window.last].add(row["penalty"], beyond[key])
        upper = 0.0
        signed = limit.in_force
        if signed is not None:
            if not signed and not signed.constant:
                continue
            if signed:
                most = max(measures.caps.most(form), 0.0)
                if row["basis"] == "served":
                    side = limit.limit if limit.sense == ">=" else 1.0 - limit.limit
                    before = earlier(world, "Share rules", row["rule"], limit.window)
                    whole = measures.most_served(before, row["workload"])
                    most = min(most, side * whole)
                form.plus(signed, most)
                upper = most
        rows[key] = (None, form.times(limit.scale), upper * limit.scale)
        door.limits.append(limit)
    constraint = room.require(
        "shares_stay_within_their_limits",
        rows,
        "part − limit × whole ≤ 0 (or ≥ 0) [as the basis]",
        r"B_m - \sigma B \le v \quad (\text{least: } \sigma B - B_m \le v)",
    )
    for limit in door.limits:
        if limit.key in constraint:
            limit.constraint = constraint[limit.key]
    return door


def settle_shares(door: SharesDoor) -> None:
    """Set what soft shares are missed by to what the plan's own amounts miss."""
    for limit in door.limits:
        if limit.violation is None:
            continue
        whole = limit.whole.value()
        over = limit.level.value() - limit.limit * whole
        over = over if limit.sense == "<=" else -over
        binds = limit.in_force is None or limit.in_force.value() > 0.5
        limit.violation.set_value(missed(over, whole) if binds else 0.0, skip_validation=True)


def of_rule(measures: Measures, row: Row, member: str, window: Window) -> Iterable[Limit]:
    """The one or two limits of a share rule for a member in a window."""
    before = earlier(measures.world, "Share rules", row["rule"], window)
    if row["basis"] == "served":
        part, whole = measures.served_share(before, row["dimension"], member, row["workload"])
    else:
        part, whole = measures.part(row["basis"], before.window, **{row["dimension"]: member})
        part.constant += before.of("part", member)
        whole.constant += before.of("whole")
    for sense, limit in (("<=", row["max_pct"]), (">=", row["min_pct"])):
        if limit is not None:
            yield Limit("Share rules", row["rule"], member, window, sense, limit, part, whole)


def scale_of(form: Linear) -> float:
    """A factor that brings a row's largest coefficient to 1: rows in dollars stay near units."""
    largest = max((abs(c) for c, _ in form.merged().values()), default=1.0)
    return 1.0 / largest if largest > 0 else 1.0
