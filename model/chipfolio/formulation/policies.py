r"""Policies: supplier counts, budgets, rules of the team's own, and staying near the last plan.

Reads      Supplier counts, Budgets, Custom rules, Previous plan
           So far            spend, orders, spent, counted
           Settings          frozen_periods, change_cost_pct
Decides    counts      a supplier is active in a window     [rule, member, window]
           is_enough   divisible units are enough to count  [rule, member, window, order]
           beyond      violation of a soft rule             [sheet, rule, side, window]
           changed     units ordered otherwise than before  [offer, period]
Hands on   limits
Pays       rule_penalties, change_cost

A supplier counts in a window if one of its orders is enough (a lot; a unit where divisible), or if
it has an order and its share of the spend reaches the threshold. Bounds are what members could get
at most: U_m of the member, U_{-m} of all others.

Symbols    A what a rule adds up, b its limit, v beyond, of a soft rule
           m member, a counts, o order, x units, n lots, e is_enough, \ell least that counts
           \sigma share from which one counts, B_m its spend, B all spend, U most, U_{-m} of others
           x' units in the previous plan, c changed
Source     contract §2, §3.7; supplier selection with fixed links as in Chaudhry, Forst and
           Zydiak 1993
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyomo.core as pyo

from ..contract.dimensions import PLACE_DIMENSIONS
from ..contract.exact import HALF_A_CENT, missed
from ..contract.lines import BUDGET_WORDS
from ..contract.periods import Window
from ..contract.schema import SEPARATOR
from ..tables import Row, World
from .earlier import Earlier, earlier
from .linear import Linear, Room, total
from .orders import OrdersDoor
from .own_silicon import OwnSiliconDoor
from .pricing import committed_once, committed_spend, list_value, spend_may_differ
from .shares import Limit, Measures, members_of, scale_of
from .signing import SigningDoor
from .software import SoftwareDoor
from .workloads import WorkloadsDoor

LEAST_ORDER, LEAST_SHARE = 1e-3, 1e-5
"""Units of a divisible offer, or the share of its most, that make a supplier one with an order
where its share of the spend decides. With a share of 1e-8 HiGHS 1.15.1 cut off plans that keep
every row."""
ENOUGH = 0.5
"""Orders told by So far are whole numbers: from here on there is one."""
ROUNDING = 1e-6
"""A threshold is reached within this share of it."""


@dataclass
class PoliciesDoor:
    """What policies hand on."""

    limits: list[Limit]


@dataclass
class Sources:
    """The doors that custom rules look through."""

    measures: Measures
    orders: OrdersDoor
    workloads: WorkloadsDoor
    silicon: OwnSiliconDoor
    software: SoftwareDoor
    signing: SigningDoor


def add_policies(
    room: Room,
    world: World,
    sources: Sources,
    lines: dict[str, dict[int, Linear]],
) -> PoliciesDoor:
    """Furnish the room; ``lines`` are the cash lines, discounts in their parts."""
    limits = [
        *supplier_counts(room, world, sources.measures),
        *budgets(world, lines),
        *custom_rules(world, sources),
    ]
    # money spent may differ between worlds of one past: each then has its own violations
    apart = spend_may_differ(world)
    soft = {
        (*limit.key, side): world.calendar.count if apart else limit.window.last
        for limit in limits
        if limit.violation is not None
        for side in (("over", "under") if limit.sense == "=" else ("over",))
    }
    beyond = room.decide("beyond", soft, "violation of a soft rule [as the rule]")
    penalties = room.cost("rule_penalties")
    rows = {}
    for limit in limits:
        is_soft = limit.violation is not None
        scale = limit.scale = scale_of(limit.level)
        form = limit.level.times(scale)
        over = beyond.get((*limit.key, "over"))
        under = beyond.get((*limit.key, "under"))
        if is_soft:
            sign = 1.0 if limit.sense == ">=" else -1.0
            form.add(sign * scale, over)
            limit.violation = Linear().add(1.0, over)
            if under is not None:
                form.add(scale, under)
                limit.violation.add(1.0, under)
            penalties[limit.window.last].plus(limit.violation, limit.penalty)
        bound = limit.limit * scale
        if not is_soft and limit.sense != "=":
            bound = limit.level.firm(limit.limit, limit.money, limit.sense == "<=") * scale
        lower = bound if limit.sense in (">=", "=") else None
        upper = bound if limit.sense in ("<=", "=") else None
        rows[limit.key] = (lower, form, upper)
    constraint = room.require(
        "policies_are_kept",
        rows,
        "counts, budgets and custom rules stay within their limits",
        r"A - v \le b \quad (\text{least: } A + v \ge b)",
    )
    for limit in limits:
        if limit.key in constraint:
            limit.constraint = constraint[limit.key]
    stay(room, world, sources.orders)
    return PoliciesDoor(limits)


def settle_policies(door: PoliciesDoor) -> None:
    """Set what soft rules are missed by to what the plan's own amounts miss.

    A solver lets a cent of a hundred million pass; and a plan that is not proven may leave a
    supplier's flag down that could be up, and pay for it.
    """
    for limit in door.limits:
        if limit.violation is None:
            continue
        over = limit.level.value() - limit.limit
        signs = {"<=": (1.0,), ">=": (-1.0,), "=": (1.0, -1.0)}[limit.sense]
        for variable, sign in zip(limit.violation.variables, signs, strict=True):
            amount = missed(sign * over, limit.limit)
            if isinstance(limit.level, Number):  # exactly at its threshold, either holds
                amount = min(amount, round(variable.value))
            variable.set_value(amount, skip_validation=True)


def softened(limit: Limit, row: Row) -> Limit:
    """Mark a limit as soft where its row has a penalty."""
    if row["penalty"] is not None:
        limit.violation = True
        limit.penalty = row["penalty"]
    return limit


def supplier_counts(room: Room, world: World, measures: Measures) -> list[Limit]:
    """Least and most number of suppliers that are active in a window."""
    keys: dict[tuple, int] = {}
    single: dict[tuple, int] = {}
    since: dict[tuple, int] = {}
    drafts: list[tuple[Row, Earlier, dict[str | None, list[Order]]]] = []
    for row in world.rules("Supplier counts"):
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            before = earlier(world, "Supplier counts", row["rule"], window)
            found = orders_by_member(measures, row["dimension"], before.window)
            count_before(before, row, found)
            drafts.append((row, before, found))
            differs = row["active_if_pct"] is not None and spend_may_differ(world)
            for name, orders in found.items():
                if name is None:
                    continue
                key = (row["rule"], name, window.label)
                keys[key] = world.calendar.count if differs else window.last
                since[key] = window.first
                if row["min_count"] is not None and row["active_if_pct"] is None:
                    single.update(
                        {(*key, order.name): window.last for order in orders if order.needs_flag}
                    )
    counts = room.decide("counts", keys, "is active [yes = 1]", domain=pyo.Binary, since=since)
    enough = room.decide(
        "is_enough",
        single,
        "an order is enough to count [yes = 1]",
        domain=pyo.Binary,
        since={key: since[key[:3]] for key in single},
    )
    needs, makes, limits = {}, {}, []
    for row, before, found in drafts:
        window = before.window
        share = row["active_if_pct"]
        numbers = {sense: Number(found, share, sense == "<=") for sense in (">=", "<=")}
        most_of = {name: sum(order.most_spend for order in found[name]) for name in found}
        for name, orders in found.items():
            if name is None:
                continue
            key = (row["rule"], name, window.label)
            for number in numbers.values():
                number.add(1.0, counts[key])
            if row["min_count"] is not None:
                there = Linear().add(-1.0, counts[key])
                for order in orders:
                    there.plus(order.evidence(enough.get((*key, order.name)), share is not None))
                    if (*key, order.name) in enough:
                        form = order.units.times(1.0 / order.least)
                        needs[*key, f"enough of {order.name}"] = (
                            0.0,
                            form.add(-1.0, enough[*key, order.name]),
                            None,
                        )
                needs[*key, "order"] = (0.0, there, None)
            if share is not None:
                part, whole = measures.part("order_spend", window, **{row["dimension"]: name})
                part.constant += before.of("spend", name)
                whole.constant += sum(before.all_of("spend").values())
                for number in numbers.values():
                    number.splits[name] = part, whole
                form = Linear().plus(part).plus(whole, -share)
                scale = scale_of(form)
                least = share * sum(most for other, most in most_of.items() if other != name)
                most = (1.0 - share) * most_of[name]
                if row["min_count"] is not None:
                    least_form = form.times(scale).add(-least * scale, counts[key])
                    needs[*key, "share"] = (-least * scale, least_form, None)
                if row["max_count"] is not None:
                    most_form = form.times(scale).add(-most * scale, counts[key])
                    makes[*key, "share"] = (None, most_form, 0.0)
            elif row["max_count"] is not None:
                for order in orders:
                    makes[*key, order.name] = order.silent_unless(counts[key])
        for sense, limit in ((">=", row["min_count"]), ("<=", row["max_count"])):
            if limit is not None:
                dimension, level = row["dimension"], numbers[sense]
                rule = Limit("Supplier counts", row["rule"], dimension, window, sense, limit, level)
                rule.key = ("Supplier counts", row["rule"], sense, window.label)
                limits.append(softened(rule, row))
    room.require(
        "a_supplier_that_counts_is_active",
        needs,
        "orders or share ≥ threshold × counts",
        r"a_m \le \sum_o n_o + \sum_o e_o, \; \ell e_o \le x_o; "
        r"\quad B_m - \sigma B \ge -\sigma U_{-m} (1 - a_m)",
    )
    room.require(
        "a_supplier_that_is_active_counts",
        makes,
        "orders or share ≤ most × counts",
        r"x_o \le \ell + (U_o - \ell) a_m; \quad B_m - \sigma B \le (1 - \sigma) U_m a_m",
    )
    return limits


@dataclass
class Order:
    """An order as far as it belongs to one member: does it make a supplier count?"""

    name: str
    units: Linear
    least: float
    """Units from which it counts: a lot, or a unit where divisible."""
    most: float
    in_lots: bool
    """Whether it is decided in whole lots: then anything ordered is enough."""
    most_spend: float
    divisible: bool
    """Whether it comes in parts of any size, so that exactly a lot or unit is at the threshold."""

    @property
    def needs_flag(self) -> bool:
        """Whether it can be too small to count: units that move freely, up to enough."""
        return bool(self.units) and not self.in_lots and self.most >= self.least

    def evidence(self, enough: object | None, of_any_size: bool) -> Linear:
        """A form that is at least 1 only where it makes its supplier count."""
        if not self.units:
            least = LEAST_ORDER if of_any_size else self.least
            return Linear(float(self.units.constant >= least))
        if self.in_lots:
            return self.units.times(1.0 / self.least)
        if of_any_size:
            return self.units.times(1.0 / max(LEAST_ORDER, LEAST_SHARE * self.most))
        return Linear() if enough is None else Linear().add(1.0, enough)

    def silent_unless(self, counts: object) -> tuple[None, Linear, float]:
        """The row that lets it pass its least only where its supplier counts."""
        room = 0.0 if self.in_lots else self.least
        if not self.units:
            here = self.units.constant
            counts_for_sure = here > self.least if self.divisible else here >= self.least
            room = 0.0 if counts_for_sure else here
            return (None, Linear(here).add(room - here, counts), room)
        return (None, self.units.times(1.0).add(min(room - self.most, 0.0), counts), room)


class Number(Linear):
    """How many suppliers are active; its value is the true one, also where the rule leaves room.

    The rule only needs flags that err on its own side: two active suppliers may stand as one where
    one is asked for. One exactly at its threshold counts for a least number, and not for a most.
    """

    __slots__ = ("found", "most", "share", "splits")

    def __init__(
        self, found: dict[str | None, list[Order]], share: float | None, most: bool
    ) -> None:
        super().__init__()
        self.found = found
        self.share = share
        self.most = most
        """Whether so many suppliers are the most."""
        self.splits: dict[str, tuple[Linear, Linear]] = {}
        """Spend of a member and of all, where a share of it decides."""

    def value(self) -> float:
        """Suppliers active in the plan."""
        return float(sum(self.active(name) for name in self.found if name is not None))

    def active(self, name: str) -> bool:
        """Whether a member is active in the plan."""
        if self.share is None:
            return any(
                order.units.value() > order.least * (1.0 + ROUNDING)
                if self.most and order.divisible
                else order.units.value() >= order.least * (1.0 - ROUNDING)
                for order in self.found[name]
            )
        part, whole = (form.value() for form in self.splits[name])
        due = self.share * whole
        room = max(HALF_A_CENT, ROUNDING * due)
        if self.most:
            return part > due + room
        least = LEAST_ORDER * (1.0 - ROUNDING)
        return part >= due - room and any(o.units.value() >= least for o in self.found[name])


def orders_by_member(
    measures: Measures, dimension: str, window: Window
) -> dict[str | None, list[Order]]:
    """Orders of a window, new and committed, by member; None holds what belongs to no member."""
    world, orders = measures.world, measures.orders
    found: dict[str | None, dict[str, Order]] = {None: {}}
    found.update({name: {} for name in members_of(world, dimension)})
    inside = {*window.positions, *window.before}
    for key, batch in orders.batches.items():
        if batch.ordered not in inside:
            continue
        chip = measures.chips[batch.offer["chip"]]
        of = measures.tags(chip, batch.offer, batch.site, batch.offer["acquisition"])
        slot, lot = key[:2], batch.offer["lot_size"]
        name, most = SEPARATOR.join((slot[0], str(slot[1]))), orders.most[slot]
        spend = most * sum(measures.pricing.due[slot].values())
        order = Order(name, Linear(), lot or 1.0, most, bool(lot), spend, not lot)
        found[of.get(dimension)].setdefault(name, order).units.plus(batch.units)
    by_place = dimension in PLACE_DIMENSIONS
    signed = [cohort for cohort in measures.fleet.cohorts if cohort.kind == "committed"]
    for cohort in signed if by_place else committed_once(signed):
        if cohort.ordered not in inside:
            continue
        of = measures.tags(cohort.chip, cohort.offer, cohort.site, cohort.acquisition)
        name, units = f"row {cohort.row.number}", cohort.row["units"]
        spend, lot = units * committed_spend(world, cohort), cohort.offer["lot_size"]
        part = cohort.units if by_place else units
        chooses = by_place and bool(cohort.units)  # the plan does its sites, in parts of any size
        order = Order(name, Linear(), lot or 1.0, units, False, spend, not lot or chooses)
        found[of.get(dimension)].setdefault(name, order).units.plus(part)
    return {name: list(mine.values()) for name, mine in found.items()}


def count_before(before: Earlier, row: Row, found: dict[str | None, list[Order]]) -> None:
    """Add what So far says was ordered before the plan to the orders of each member."""
    spend, orders = before.all_of("spend"), before.all_of("orders")
    for member, _ in {**spend, **orders}:
        paid, units = spend.get((member, ""), 0.0), orders.get((member, ""), 0.0)
        if row["active_if_pct"] is not None and paid:
            units = max(units, 1.0)
        order = Order("before the plan", Linear(units), ENOUGH, units, False, paid, False)
        found[member or None].append(order)


def budgets(world: World, lines: dict[str, dict[int, Linear]]) -> list[Limit]:
    """Most money over lines in a window, undiscounted; a line named twice counts once."""
    limits = []
    for row in world.rules("Budgets"):
        words = [part.strip() for part in row["lines"].split(",") if part.strip()]
        chosen = dict.fromkeys(line for word in words for line in BUDGET_WORDS[word])
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            level = total(lines[line][at] for line in chosen for at in window.positions)
            level.constant += earlier(world, "Budgets", row["budget"], window).of("spent")
            found = Limit("Budgets", row["budget"], "", window, "<=", row["limit"], level)
            found.key = ("Budgets", row["budget"], "<=", window.label)
            found.money = True
            limits.append(softened(found, row))
    return limits


def custom_rules(world: World, sources: Sources) -> list[Limit]:
    """Linear rules typed in the sheet; rows of one name add up."""
    rows_of: dict[str, list[Row]] = defaultdict(list)
    for row in world.rules("Custom rules"):
        rows_of[row["rule"]].append(row)
    limits = []
    for name, rows in rows_of.items():
        ruling = next((row for row in rows if row["sense"] is not None), rows[0])
        priced = next((row for row in rows if row["penalty"] is not None), ruling)
        limit = next((row["limit"] for row in rows if row["limit"] is not None), 0.0)
        kind = next((row["window"] for row in rows if row["window"]), None)
        firsts = [row["from"] or 0 for row in rows]
        lasts = [world.calendar.count - 1 if r["to"] is None else r["to"] for r in rows]
        windows = world.calendar.windows(kind or "plan", min(firsts), max(lasts))
        for each in windows:
            told = earlier(world, "Custom rules", name, each)
            window, level = told.window, Linear(told.of("counted"))
            counted = False
            for row, first, last in zip(rows, firsts, lasts, strict=True):
                inside = tuple(at for at in window.positions if first <= at <= last)
                before = tuple(at for at in window.before if first >= 0 or at >= first)
                if inside:
                    counted = True
                    cut = Window(window.label, inside, before if inside[0] == 0 else ())
                    level.plus(quantity(world, sources, row, cut), row["coefficient"])
            if not counted:
                continue
            sense = ruling["sense"]
            found = Limit("Custom rules", name, "", window, sense, limit, level)
            found.key = ("Custom rules", name, sense, window.label)
            found.money = all(row["quantity"] == "order_spend" for row in rows)
            limits.append(softened(found, priced))
    return limits


def quantity(world: World, sources: Sources, row: Row, window: Window) -> Linear:
    """What a row of a custom rule counts in a window."""
    dimension, member = row["dimension"], row["member"]
    form = Linear()
    kind = row["quantity"]
    if kind in ("order_units", "order_spend", "units_in_service", "power_mw", "served"):
        basis = "power" if kind == "power_mw" else kind
        inside = set(window.positions)
        if kind.startswith("order"):
            inside |= set(window.before)
        for atom in sources.measures.atoms(basis):
            if atom.at not in inside or (dimension and atom.of.get(dimension) != member):
                continue
            if kind == "served" and row["workload"] and atom.of["workload"] != row["workload"]:
                continue
            form.plus(atom.amount)
    elif kind == "unmet":
        wanted = {row["workload"], member if dimension == "workload" else None} - {None}
        for (name, at), variable in sources.workloads.unmet.items():
            if at in window.positions and (not wanted or name in wanted):
                form.add(1.0, variable)
    elif kind == "stage_started":
        for (programme, stage), starts in sources.silicon.starts.items():
            if dimension == "stage" and member != f"{programme} / {stage}":
                continue
            if dimension == "programme" and member != programme:
                continue
            for start in starts:
                if start.at in window.positions:
                    form.plus(start.chosen)
    elif kind == "software_started":
        platforms = world.by_name("Software")
        for (project, at), variable in sources.software.starts.items():
            if dimension == "project" and member != project:
                continue
            if dimension == "platform" and platforms[project]["platform"] != member:
                continue
            if at in window.positions:
                form.add(1.0, variable)
    else:
        for name, contract in sources.signing.contracts.items():
            if dimension == "contract" and member != name:
                continue
            if dimension == "seller" and contract["seller"] != member:
                continue
            for (other, at), variable in sources.signing.signs.items():
                if other == name and at in window.positions:
                    form.add(1.0, variable)
    return form


def stay(room: Room, world: World, orders: OrdersDoor) -> None:
    """Frozen periods equal the previous plan; changes up to its last order have a price."""
    rows = world.rows("Previous plan")
    frozen = world.setting("frozen_periods")
    rate = world.setting("change_cost_pct")
    if not rows:
        return
    before: dict[tuple[str, int], float] = defaultdict(float)
    for row in rows:
        if row["scenario"] in (None, world.name):
            before[row["offer"], row["order_period"]] += row["units"]
    last = max(row["order_period"] for row in rows)
    offers = world.by_name("Offers")
    slots = dict.fromkeys([*orders.ordered, *before])
    near = [slot for slot in slots if 0 <= slot[1] < world.calendar.count]
    kept = {}
    for slot in near:
        if slot[1] < frozen:
            units = before.get(slot, 0.0)
            kept[slot] = (units, Linear().plus(orders.ordered.get(slot, 0.0)), units)
    room.require(
        "frozen_orders_stay", kept, "orders equal the previous plan's [units]", r"x_{ot} = x'_{ot}"
    )
    apart = any(row["scenario"] for row in rows)  # one order may be a change here, none there
    count = world.calendar.count
    keys = {slot: count if apart else slot[1] for slot in near if rate and slot[1] <= last}
    changed = room.decide("changed", keys, "units ordered otherwise than before [units]")
    more, less = {}, {}
    for slot, variable in changed.items():
        form = Linear().plus(orders.ordered.get(slot, 0.0))
        units = before.get(slot, 0.0)
        more[slot] = (None, form.times(1.0).add(-1.0, variable), units)
        less[slot] = (units, form.times(1.0).add(1.0, variable), None)
        price = rate * list_value(world, offers[slot[0]], slot[1])
        room.cost("change_cost")[slot[1]].add(price, variable)
    room.require(
        "orders_above_the_last_plan_are_changes",
        more,
        "orders − before ≤ changed [units]",
        r"x_{ot} - x'_{ot} \le c_{ot}",
    )
    room.require(
        "orders_below_the_last_plan_are_changes",
        less,
        "before − orders ≤ changed [units]",
        r"x'_{ot} - x_{ot} \le c_{ot}",
    )
