r"""Policies: supplier counts, budgets, rules of the team's own, and staying near the last plan.

Reads      Supplier counts, Budgets, Custom rules, Previous plan
           Settings          frozen_periods, change_cost_pct
Decides    counts      a supplier is active in a window     [rule, member, window]
           beyond      violation of a soft rule             [sheet, rule, side, window]
           changed     units ordered otherwise than before  [offer, period]
Hands on   limits, penalties, change_cost

Symbols    a counts, U most spend or units:  B_m \le U a,\; B_m - p B \ge -U (1 - a)
Source     contract §2, §3.7; supplier selection with fixed links as in Chaudhry, Forst and Zydiak 1993
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyomo.environ as pyo

from ..contract.inputs import CASH_LINES
from ..contract.periods import Window
from ..tables import Row, World
from .linear import Linear, Room
from .orders import OrdersDoor
from .own_silicon import OwnSiliconDoor
from .pricing import list_value
from .shares import Limit, Measures, members_of, scale_of
from .signing import SigningDoor
from .software import SoftwareDoor
from .workloads import WorkloadsDoor

CAPEX = ("chip_purchases", "setup", "site_projects", "programme_costs", "resale")
"""Capital lines; of discounts, those on purchases come on top (contract §4)."""
LEAST_ORDER = 1e-3
"""An order of less than this many units is no order, where any order makes a supplier count."""


@dataclass
class PoliciesDoor:
    """What policies hand on."""

    limits: list[Limit]
    penalties: dict[int, Linear]
    change_cost: dict[int, Linear]


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
    rebates_bought: dict[int, Linear],
) -> PoliciesDoor:
    """Furnish the room; ``lines`` are the cash lines, ``rebates_bought`` discounts on purchases."""
    limits = [
        *supplier_counts(room, world, sources.measures),
        *budgets(world, lines, rebates_bought),
        *custom_rules(world, sources),
    ]
    soft = {
        (*limit.key, side): limit.window.last
        for limit in limits
        if limit.violation is not None
        for side in (("over", "under") if limit.sense == "=" else ("over",))
    }
    beyond = room.decide("beyond", soft, "violation of a soft rule [as the rule]")
    penalties = {at: Linear() for at in world.calendar.positions}
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
        lower = bound if limit.sense in (">=", "=") else None
        upper = bound if limit.sense in ("<=", "=") else None
        rows[limit.key] = (lower, form, upper)
    constraint = room.require(
        "policies_are_kept", rows, "counts, budgets and custom rules stay within their limits"
    )
    for limit in limits:
        if limit.key in constraint:
            limit.constraint = constraint[limit.key]
    change = stay(room, world, sources.orders)
    return PoliciesDoor(limits, penalties, change)


def softened(limit: Limit, row: Row) -> Limit:
    """Mark a limit as soft where its row has a penalty."""
    if row["penalty"] is not None:
        limit.violation = True
        limit.penalty = row["penalty"]
    return limit


def supplier_counts(room: Room, world: World, measures: Measures) -> list[Limit]:
    """Least and most number of suppliers that are active in a window."""
    keys: dict[tuple, int] = {}
    rows: list[tuple[Row, Window, list[str]]] = []
    for row in world.rules("Supplier counts"):
        names = members_of(world, row["dimension"])
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            rows.append((row, window, names))
            keys.update({(row["rule"], name, window.label): window.last for name in names})
    counts = room.decide("counts", keys, "is active [yes = 1]", domain=pyo.Binary)
    offers = world.by_name("Offers")
    needs, limits_active, limits = {}, {}, []
    for row, window, names in rows:
        share = row["active_if_pct"]
        inside = set(window.positions) | set(window.before)
        number = Linear()
        for name in names:
            key = (row["rule"], name, window.label)
            number.add(1.0, counts[key])
            orders = Linear()
            for atom in measures.atoms("order_units"):
                if atom.at in inside and atom.of.get(row["dimension"]) == name:
                    lot = offers[atom.of["offer"]]["lot_size"] or 1.0
                    orders.plus(atom.amount, 1.0 / lot)
            if row["min_count"] is not None:
                least = 1.0 if share is None else LEAST_ORDER
                needs[*key, "order"] = (0.0, orders.times(1.0).add(-least, counts[key]), None)
            part, whole = measures.part("order_spend", window, **{row["dimension"]: name})
            if share is not None:
                form = Linear().plus(part).plus(whole, -share)
                low, high = form.range()
                scale = scale_of(form)
                if row["min_count"] is not None:
                    least_form = form.times(scale).add(min(low, 0.0) * scale, counts[key])
                    needs[*key, "share"] = (min(low, 0.0) * scale, least_form, None)
                if row["max_count"] is not None:
                    most_form = form.times(scale).add(-max(high, 0.0) * scale, counts[key])
                    limits_active[*key, 0] = (None, most_form, 0.0)
            elif row["max_count"] is not None:
                for atom_number, atom in enumerate(measures.atoms("order_units")):
                    if atom.at in inside and atom.of.get(row["dimension"]) == name:
                        most = max(atom.amount.range()[1], 0.0)
                        form = atom.amount.times(1.0).add(-most, counts[key])
                        limits_active[*key, atom_number] = (None, form, 0.0)
        for sense, limit in ((">=", row["min_count"]), ("<=", row["max_count"])):
            if limit is not None:
                found = Limit(
                    "Supplier counts", row["rule"], row["dimension"], window, sense, limit, number
                )
                found.key = ("Supplier counts", row["rule"], sense, window.label)
                limits.append(softened(found, row))
    room.require("a_supplier_that_counts_is_active", needs, "orders or share ≥ threshold × counts")
    room.require(
        "a_supplier_that_is_active_counts", limits_active, "orders or share ≤ most × counts"
    )
    return limits


def budgets(
    world: World, lines: dict[str, dict[int, Linear]], rebates_bought: dict[int, Linear]
) -> list[Limit]:
    """Most money over lines in a window, undiscounted."""
    limits = []
    for row in world.rules("Budgets"):
        chosen = [part.strip() for part in row["lines"].split(",") if part.strip()]
        kind = row["window"] or "fiscal_year"
        for window in world.calendar.windows(kind, row["from"] or 0, row["to"]):
            level = Linear()
            for at in window.positions:
                for word in chosen:
                    for line, factor in expand(word):
                        level.plus(lines[line][at], factor)
                    if word == "capex":
                        level.plus(rebates_bought[at], -1.0)
                    elif word == "opex":
                        level.plus(rebates_bought[at])
            found = Limit("Budgets", row["budget"], "", window, "<=", row["limit"], level)
            found.key = ("Budgets", row["budget"], "<=", window.label)
            limits.append(softened(found, row))
    return limits


def expand(word: str) -> list[tuple[str, float]]:
    """Lines that a word of a budget stands for; discounts on purchases are set apart."""
    if word == "all":
        return [(line, 1.0) for line in CASH_LINES]
    if word == "capex":
        return [(line, 1.0) for line in CAPEX]
    if word == "opex":
        return [(line, 1.0) for line in CASH_LINES if line not in CAPEX]
    return [(word, 1.0)]


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
        for window in windows:
            level = Linear()
            for row, first, last in zip(rows, firsts, lasts, strict=True):
                inside = tuple(at for at in window.positions if first <= at <= last)
                before = window.before if first <= 0 and kind == "fiscal_year" else ()
                cut = Window(window.label, inside, before)
                level.plus(quantity(world, sources, row, cut), row["coefficient"])
            sense = ruling["sense"]
            found = Limit("Custom rules", name, "", window, sense, limit, level)
            found.key = ("Custom rules", name, sense, window.label)
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
            if contract["signing"] == "signed":
                form.constant += 1.0
            for (other, at), variable in sources.signing.signs.items():
                if other == name and at in window.positions:
                    form.add(1.0, variable)
    return form


def stay(room: Room, world: World, orders: OrdersDoor) -> dict[int, Linear]:
    """Frozen periods equal the previous plan; changes up to its last order have a price."""
    rows = world.rows("Previous plan")
    cost = {at: Linear() for at in world.calendar.positions}
    frozen = world.setting("frozen_periods")
    rate = world.setting("change_cost_pct")
    if not rows:
        return cost
    before: dict[tuple[str, int], float] = defaultdict(float)
    for row in rows:
        before[row["offer"], row["order_period"]] += row["units"]
    last = max(at for _, at in before)
    offers = world.by_name("Offers")
    slots = dict.fromkeys([*orders.ordered, *before])
    near = [slot for slot in slots if 0 <= slot[1] < world.calendar.count]
    kept = {}
    for slot in near:
        if slot[1] < frozen:
            units = before.get(slot, 0.0)
            kept[slot] = (units, Linear().plus(orders.ordered.get(slot, 0.0)), units)
    room.require("frozen_orders_stay", kept, "orders equal the previous plan's [units]")
    keys = {slot: slot[1] for slot in near if rate and slot[1] <= last}
    changed = room.decide("changed", keys, "units ordered otherwise than before [units]")
    more, less = {}, {}
    for slot, variable in changed.items():
        form = Linear().plus(orders.ordered.get(slot, 0.0))
        units = before.get(slot, 0.0)
        more[slot] = (None, form.times(1.0).add(-1.0, variable), units)
        less[slot] = (units, form.times(1.0).add(1.0, variable), None)
        cost[slot[1]].add(rate * list_value(world, offers[slot[0]], slot[1]), variable)
    room.require(
        "orders_above_the_last_plan_are_changes", more, "orders − before ≤ changed [units]"
    )
    room.require(
        "orders_below_the_last_plan_are_changes", less, "before − orders ≤ changed [units]"
    )
    return cost
