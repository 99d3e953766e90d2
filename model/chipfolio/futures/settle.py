"""One solve of some worlds, as plain values: what risk and Monte Carlo are made of.

Decisions of the here and now can be held: those taken before a period are fixed to what another
plan says, and everything later is decided anew (recourse).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..contract.lines import CASH_LINES
from ..contract.periods import Calendar
from ..errors import InfeasibleError, NoPlanInTimeError, PlanError
from ..formulation.whole import Furnished, Whole
from ..plan.extract import load
from ..plan.shape import shape_of
from ..solver.bridge import to_matrix
from ..solver.engine import believed, run_highs
from ..tables import Tables, World

Decision = tuple[str, str, object]
"""(room, name of the decision, its key)."""
HELD = {
    ("orders", "lots"),
    ("orders", "amount"),
    ("own_silicon", "starts"),
    ("software", "starts"),
    ("sites", "steps"),
    ("signing", "signs"),
    ("fleet", "sold"),
    ("fleet", "placed"),
}
"""What a plan commits to; how work is run on it is decided anew."""
NOTHING = 1e-9
LOOSE = 1e-6


@dataclass(frozen=True)
class Settled:
    """How a solve ended: its objective and bound in money, and each world's total.

    ``status``: optimal (within the gap) | feasible | infeasible | no_plan.
    """

    status: str
    objective: float | None = None
    bound: float | None = None
    totals: Mapping[str, float] = dataclasses.field(default_factory=dict)

    def plain(self) -> dict[str, object]:
        """As JSON holds it."""
        return {
            "status": self.status,
            "objective": self.objective,
            "bound": self.bound,
            "totals": dict(self.totals),
        }


def settle(whole: Whole, gap: float, time_limit: float) -> Settled:
    """Solve a built model and leave its values in it."""
    matrix = to_matrix(whole.model)
    shape = shape_of(whole, matrix) if len(whole.worlds) > 1 else None  # workers share the cores
    outcome = run_highs(matrix, gap, time_limit, shape=shape)
    if outcome.status in ("infeasible", "unbounded") or outcome.values is None:
        return Settled("infeasible" if outcome.status == "infeasible" else "no_plan")
    load(whole, matrix, outcome.values)
    objective = whole.objective.value()
    totals = {name: furnished.total.value() for name, furnished in whole.worlds.items()}
    outcome = believed(outcome, objective)
    status = "optimal" if outcome.status == "optimal" else "feasible"
    return Settled(status, objective, outcome.bound, totals)


def needed(settled: Settled, what: str) -> Settled:
    """The same, where there is a plan; InfeasibleError or NoPlanInTimeError where there is none."""
    if settled.status == "infeasible":
        raise InfeasibleError(f"{what}: no plan keeps all the rules of this book")
    if settled.objective is None:
        raise NoPlanInTimeError(f"{what}: no plan was found in time")
    return settled


def with_weight(tables: Tables, weight: float) -> Tables:
    """The same book with another weight of the tail."""
    return dataclasses.replace(tables, settings={**tables.settings, "tail_weight": weight})


def parting_of(tables: Tables) -> int:
    """First period in which some scenarios differ: before it, all decisions are one."""
    branches = [row["branch_period"] or 0 for row in tables.scenarios if row["branches_from"]]
    return max(min(branches, default=tables.calendar.count), 0)


# ------------------------------------------------------------------ holding decisions
def decisions(furnished: Furnished, until: int) -> dict[Decision, float]:
    """What a solved world decides before a period."""
    found: dict[Decision, float] = {}
    for room, name in sorted(HELD):
        own = furnished.rooms[room]
        for key, at in own.decided.get(name, {}).items():
            value = own.decisions[name][key].value
            if at < until and abs(value) > NOTHING:
                found[room, name, key] = value
    return found


def hold(furnished: Furnished, held: Mapping[Decision, float], until: int) -> None:
    """Fix what a world decides before a period to the decisions given; all else to nothing.

    PlanError where a decision has no place in this world: the plan was made for another book.
    """
    placed = set()
    for room, name in sorted(HELD):
        own = furnished.rooms[room]
        for key, at in own.decided.get(name, {}).items():
            if at >= until:
                continue
            variable = own.decisions[name][key]
            value = held.get((room, name, key), 0.0)
            placed.add((room, name, key))
            low = variable.lb if variable.lb is not None else value
            high = variable.ub if variable.ub is not None else value
            if not low - LOOSE * max(1.0, abs(low)) <= value <= high + LOOSE * max(1.0, abs(high)):
                bound = f"at most {high:,.6g}" if value > high else f"at least {low:,.6g}"
                said = what_it_decides(furnished.world.calendar, (room, name, key), value)
                raise PlanError(f"the plan {said}; here it can be {bound}")
            value = min(max(value, low), high)
            variable.setlb(value)
            variable.setub(value)
    for room, name, key in held:
        if (room, name, key) not in placed:
            said = what_it_decides(
                furnished.world.calendar, (room, name, key), held[room, name, key]
            )
            raise PlanError(f"the plan {said}, which has no place in this book")


def what_it_decides(calendar: Calendar, decision: Decision, value: float) -> str:
    """A plan's decision in words, as they follow "the plan": "orders 3 lots of O in 2027Q1"."""
    _, name, key = decision
    *parts, at = key if isinstance(key, tuple) else (key,)
    amount = f"{value:,.6g}"
    if name in ("lots", "amount"):
        offer, at, site = key  # type: ignore[misc]
        what = f"orders {amount} {'lots' if name == 'lots' else 'units'} of {offer}"
        what += f" for {site}" if site else ""
    elif name == "starts":
        thing = f"stage {parts[1]} of {parts[0]}" if len(parts) == 2 else parts[0]
        what = f"starts {thing}" if value else f"does not start {thing}"
    elif name == "steps":
        what = f"starts {amount} steps of {parts[0]}"
    elif name == "signs":
        what = f"signs {parts[0]}" if value else f"does not sign {parts[0]}"
    elif name == "sold":
        kind, thing, site, *_ = parts
        thing = thing if kind == "order" else f"row {thing} of {kind.capitalize()}"
        what = f"sells {amount} units of {thing}" + (f" at {site}" if site else "")
    else:
        return f"places {amount} units of row {parts[0]} of Committed orders at {at}"
    return f"{what} in {calendar.label(at)}"


def of_plan(
    tables: Tables, rows: Mapping[str, Sequence[Mapping]], scenario: str, until: int
) -> dict[Decision, float]:
    """What a plan's tables decide for a scenario before a period."""
    calendar = tables.calendar
    offers = {row["offer"]: row for row in tables.rows("Offers")}
    started = {row.key for row in tables.rows("Programme stages") if row["started"] is not None}
    under_way = {row["project"] for row in tables.rows("Software") if row["started"] is not None}
    agreed = {
        row.key
        for sheet in ("Contracts", "Deals")
        for row in tables.rows(sheet)
        if row["signing"] == "signed"
    }
    found: dict[Decision, float] = {}

    def mine(table: str) -> list[Mapping]:
        return [row for row in rows.get(table, []) if (row.get("scenario") or "") == scenario]

    def put(room: str, name: str, key: object, at: int, value: float) -> None:
        if at < until and abs(value) > NOTHING:
            found[room, name, key] = value

    for row in mine("Orders"):
        at, lot = calendar.position(row["order_period"]), offers[row["offer"]]["lot_size"]
        key = (row["offer"], at, row["site"])
        put("orders", "lots" if lot else "amount", key, at, row["units"] / (lot or 1.0))
    for row in mine("Programme timeline"):
        at = calendar.position(row["start"])
        if (row["programme"], str(row["stage"])) not in started:
            put("own_silicon", "starts", (row["programme"], row["stage"], at), at, 1.0)
    for row in mine("Software timeline"):
        if row["start"] and row["project"] not in under_way:
            at = calendar.position(row["start"])
            put("software", "starts", (row["project"], at), at, 1.0)
    for row in mine("Site steps"):
        if row.get("row") is not None:
            continue
        at = calendar.position(row["start"])
        put("sites", "steps", (row["project"], at), at, row["steps"])
    for row in mine("Contracts and deals"):
        if row["event"] == "signed" and row["period"] and row["name"] not in agreed:
            at = calendar.position(row["period"])
            put("signing", "signs", (row["name"], at), at, 1.0)
    for row in mine("Sales"):
        at = calendar.position(row["period"])
        since = calendar.position(row["order_period"]) if row["order_period"] else ""
        kind, name = "order", row["offer"]
        if row["row"] is not None:
            kind, name = "committed" if row["offer"] else "fleet", row["row"]
        put("fleet", "sold", (kind, name, row["site"], since, at), at, row["units"])
    free = {
        row.number
        for row in tables.rows("Committed orders")
        if not row["site"] and offers[row["offer"]]["acquisition"] != "cloud"
    }
    for row in mine("Committed units"):
        if row["row"] in free:
            put("fleet", "placed", (row["row"], row["site"]), -1, row["units"])
    return found


# ------------------------------------------------------------------ worlds that stand in
class MeanWorld(World):
    """The trunk with every varying value at its mean over the scenarios.

    What is no number that can be averaged (lead times, durations, fates, what is removed) is as in
    the trunk. A limit that some scenarios do not have is the mean of those that have it, unless
    the likelier half has none.
    """

    def __init__(self, tables: Tables, trunk: str) -> None:
        super().__init__(tables, trunk)
        self.parts = [
            (row["probability"], tables.world(row["scenario"])) for row in tables.scenarios
        ]

    def _make_path(self, sheet: str, column: str) -> dict:
        paths = [(share, world.path(sheet, column)) for share, world in self.parts]
        return {
            key: [mean([(s, path[key][at]) for s, path in paths]) for at in range(len(own))]
            for key, own in paths[0][1].items()
        }


def mean(values: list[tuple[float, float | None]]) -> float | None:
    """Weighted mean; None where most of the weight has no value."""
    known = [(share, value) for share, value in values if value is not None]
    weight = sum(share for share, _ in known)
    if not known or weight < sum(share for share, _ in values) / 2.0:
        return None
    same = {value for _, value in known}
    return same.pop() if len(same) == 1 else sum(s * v for s, v in known) / weight


def trunk_of(tables: Tables) -> str:
    """The scenario that branches from none."""
    return next(row["scenario"] for row in tables.scenarios if not row["branches_from"])


def cash_by_period(furnished: Furnished) -> list[float]:
    """Undiscounted cash of each period."""
    count = furnished.world.calendar.count
    return [sum(furnished.lines[line][at].value() for line in CASH_LINES) for at in range(count)]
