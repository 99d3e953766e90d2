r"""Policies: supplier counts, budgets, rules of the team's own, and staying near the last plan.

Reads      Budgets, Custom rules, Previous plan
           So far            spent, counted
           Settings          frozen_periods, change_cost_pct
Decides    beyond      violation of a soft rule             [sheet, rule, side, window]
           changed     units ordered otherwise than before  [offer, period]
Hands on   limits
Pays       rule_penalties, change_cost

Symbols    A what a rule adds up, b its limit, v beyond, of a soft rule
           x units, x' units in the previous plan, c changed
Source     contract §2, §3.7
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..contract.exact import missed
from ..contract.lines import BUDGET_WORDS
from ..contract.periods import Window
from ..tables import Row, World
from .earlier import earlier
from .linear import Linear, Room, total
from .orders import OrdersDoor
from .own_silicon import OwnSiliconDoor
from .pricing import list_value, spend_may_differ
from .shares import Limit, Measures, scale_of, softened
from .signing import SigningDoor
from .software import SoftwareDoor
from .suppliers import Number, supplier_counts
from .workloads import WorkloadsDoor


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
        for window, own in custom_windows(world, rows):
            told = earlier(world, "Custom rules", name, window)
            level = Linear(told.of("counted"))
            for row, cut in own:
                cut = earlier(world, "Custom rules", name, cut).window
                level.plus(quantity(world, sources, row, cut), row["coefficient"])
            held = {at for _, cut in own for at in cut.positions}
            window = replace(told.window, positions=tuple(sorted(held)))
            sense = ruling["sense"]
            found = Limit("Custom rules", name, "", window, sense, limit, level)
            found.key = ("Custom rules", name, sense, window.label)
            found.money = all(row["quantity"] == "order_spend" for row in rows)
            limits.append(softened(found, priced))
    return limits


def custom_windows(
    world: World, rows: list[Row]
) -> Iterator[tuple[Window, list[tuple[Row, Window]]]]:
    """Windows from the first period of any row to the last, with the rows that hold in each."""
    kind = rows[0]["window"] or "plan"
    firsts = [row["from"] or 0 for row in rows]
    lasts = [world.calendar.count - 1 if row["to"] is None else row["to"] for row in rows]
    own: dict[str, list[tuple[Row, Window]]] = defaultdict(list)
    for row, first, last in zip(rows, firsts, lasts, strict=True):
        for cut in world.calendar.windows(kind, first, last):
            own[cut.label].append((row, cut))
    for window in world.calendar.windows(kind, min(firsts), max(lasts)):
        if window.label in own:
            yield window, own[window.label]


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
