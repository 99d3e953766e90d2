"""Repairs of a book that has no plan: the least change of each limit, verified by solving again.

A repair is a value that can be typed into its cell as it is shown: rounded outward to what the cell
shows. Limits give way by priority (5 first, 1 never), then by what the plan then costs; work that
must be met gives way last, as a share that may stay unmet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.schema import Column, Kind
from ..formulation.bounds import PLENTY
from ..formulation.whole import build
from ..plan.conflict import explain
from ..plan.lacking import LOWER, OF_MINIMUM, RAISE, Conflict
from ..plan.words import percent
from ..solver.bridge import to_matrix
from ..tables import Row, Tables
from .resolve import Ask, Best, Common, best_of
from .spans import finite
from .variant import Edit, Level, edited, same

GAP, SECONDS = 0.01, 60.0
"""To what gap, and how long at most, a repaired book is solved."""
NEVER, DEFAULT = 1.0, 2.0
DIGITS = {Kind.PERCENT: 3, Kind.INTEGER: 0, Kind.MONEY: 0}
"""Decimals that a cell shows, by what it holds; shares as fractions."""
ROUNDING = 1e-7
MOST = 6
"""Contradictions in the list at most, those that repairs leave among them."""
MUST_BE_MET = "its demand must be met"
SHARE_UNMET = "max_unmet_pct"


@dataclass(frozen=True)
class Repair:
    """One limit that gives way: which conflict, the cell, its value now and then."""

    conflict: int
    member: Conflict
    column: str
    now: float | None
    value: float
    edits: tuple[Edit, ...]
    is_last: bool = False

    @property
    def order(self) -> tuple[bool, float]:
        """What gives way first comes first."""
        return self.is_last, -priority(self.member)


def priority(member: Conflict) -> float:
    """A limit's priority; 2 where it states none."""
    given = member.limit.priority
    return given if given >= NEVER else DEFAULT


def repairs(
    tables: Tables, names: Sequence[str], every: Sequence[Sequence[Conflict]]
) -> dict[str, list[dict[str, object]]]:
    """Tables Conflicts and Repairs of contradictions that share no limit.

    Each repair is solved on the whole book, together with the first of every other contradiction in
    which its limit is not. Where the first of each are not enough, the contradiction that they
    leave stands in the list too, so that two cells together are a repair.
    """
    common = Common(tables, tuple(names))
    every = [list(conflict) for conflict in every]
    offered = [offers(tables, number, conflict) for number, conflict in enumerate(every, 1)]
    kept: dict[tuple[Edit, ...], Best] = {}

    def solved(chosen: Sequence[Repair]) -> Best:
        edits = tuple(edit for repair in chosen for edit in repair.edits)
        if edits not in kept:
            kept[edits] = best_of(common, Ask(edits), GAP, SECONDS)
        return kept[edits]

    while all(offered) and len(offered) < MOST:
        first = [mine[0] for mine in offered]
        if solved(first).status != "infeasible":
            break
        left = left_by(tables, names, first)
        known = {name_of(one) for conflict in every for one in conflict}
        new = [one for one in left if name_of(one) not in known]
        if not (mine := offers(tables, len(every) + 1, new)):
            break
        every.append(left)
        offered.append(mine)
    rows = []
    for number, mine in enumerate(offered):
        for repair in mine:
            best = None
            if all(offered):
                me = name_of(repair.member)
                together = [
                    repair if at == number else other[0]
                    for at, other in enumerate(offered)
                    if at == number or me not in map(name_of, every[at])
                ]
                best = solved(together)
            rows.append(row_of(repair, best))
    members = [
        {
            "conflict": number,
            "member": f"{one.limit.name}: {one.limit.says}",
            "sheet": one.limit.sheet,
            "cell": one.cell,
            "priority": priority(one),
        }
        for number, conflict in enumerate(every, 1)
        for one in conflict
    ]
    return {"Conflicts": members, "Repairs": rows}


def offers(tables: Tables, number: int, conflict: Sequence[Conflict]) -> list[Repair]:
    """The repairs of a contradiction, what gives way first at the head."""
    found = [repair_of(tables, number, one) for one in conflict if priority(one) > NEVER]
    return sorted((one for one in found if one is not None), key=lambda repair: repair.order)


def left_by(tables: Tables, names: Sequence[str], given: Sequence[Repair]) -> list[Conflict]:
    """The contradiction that a book still holds with these repairs."""
    edits = [edit for repair in given for edit in repair.edits]
    whole = build(edited(tables, edits), tuple(names) or None, times=PLENTY)
    return explain(whole, to_matrix(whole.model))


def name_of(one: Conflict) -> tuple[str, str, str]:
    """What a limit is known by, whatever its value."""
    return one.limit.sheet, one.limit.name, one.limit.says


def in_words(tables: Tables, row: Mapping[str, object]) -> str:
    """A row of Repairs as a sentence: the cell, what to type into it, what the plan then costs."""
    sheet, (item, _, name) = str(row["cell"]).partition("!")[0], str(row["member"]).rpartition(": ")
    column, also = INPUTS[sheet].column(name), ""
    if name == SHARE_UNMET:
        work = next(work for work in tables.rows(sheet) if same(work["workload"], item))
        also = " and its unmet_penalty from blank to 0" if work["unmet_penalty"] is None else ""
    return (
        f"  {row['cell']} {row['member']} from {typed(column, row['now'])} to "
        f"{typed(column, row['value'])}{also}; the plan then costs {row['cost_high']:,.0f} at most"
    )


def typed(column: Column, value: object) -> str:
    """A value as it is typed into its cell."""
    if value is None:
        return "blank"
    assert isinstance(value, (int, float))
    return percent(value, 6) if column.kind is Kind.PERCENT else f"{value:,.12g}"


def row_of(repair: Repair, best: Best | None) -> dict[str, object]:
    """A row of Repairs."""
    works = best is not None and best.objective is not None
    return {
        "conflict": repair.conflict,
        "member": f"{repair.member.limit.name}: {repair.column}",
        "cell": f"{repair.member.limit.sheet}!{repair.member.cell}",
        "now": repair.now,
        "value": repair.value,
        "cost_low": finite(best.low) if works else None,
        "cost_high": finite(best.high) if works else None,
        "verified": "yes" if works else "no",
    }


def repair_of(tables: Tables, number: int, one: Conflict) -> Repair | None:
    """The least change of a limit that works; None where no single value says it."""
    limit = one.limit
    if one.gives is None:
        return None
    row = next(
        (r for r in tables.rows(limit.sheet) if same(next(iter(r.values())), limit.name)), None
    )
    if row is None:
        return None
    if limit.says in (MUST_BE_MET, f"its {SHARE_UNMET}"):
        return unmet_share(tables, number, one, row)
    column = limit.says.removeprefix("its ")
    names = [declared.name for declared in INPUTS[limit.sheet]]
    if column not in names or limit.way not in (RAISE, LOWER):
        return None
    declared = INPUTS[limit.sheet].column(column)
    now = row[column]
    if not isinstance(now, (int, float)) or isinstance(now, bool):
        return None
    sign = 1.0 if limit.way == RAISE else -1.0
    amount = one.gives.amount * (now if limit.unit == OF_MINIMUM else 1.0)
    value = outward(declared, now + sign * amount, sign)
    edit = Level(limit.sheet, limit.name, column, value)
    return Repair(number, one, column, float(now), float(value), (edit,))


def unmet_share(tables: Tables, number: int, one: Conflict, row: Row) -> Repair | None:
    """The share of a workload that would have to stay unmet, beyond what may: in every period as in
    the one that asks for least."""
    name = row["workload"]
    demand = [value for at, value in tables.world(None).demand.items() if at == name]
    asked = [value for path in demand for value in path if value > 0.0]
    if not asked:
        return None
    declared = INPUTS["Workloads"].column(SHARE_UNMET)
    may = row[SHARE_UNMET] or 0.0
    share = min(outward(declared, may + one.gives.amount / min(asked), 1.0), 1.0)
    edits: tuple[Edit, ...] = (Level("Workloads", name, SHARE_UNMET, share),)
    if row["unmet_penalty"] is None:
        edits = (*edits, Level("Workloads", name, "unmet_penalty", 0.0))
    return Repair(number, one, SHARE_UNMET, row[SHARE_UNMET], share, edits, is_last=True)


def outward(declared: Column, value: float, sign: float) -> float:
    """A value to the digits that its cell shows, never less than it takes."""
    digits = DIGITS.get(declared.kind, 2)
    scaled = sign * value * 10.0**digits
    found = sign * math.ceil(scaled - ROUNDING * max(1.0, abs(scaled))) / 10.0**digits
    return int(found) if declared.kind is Kind.INTEGER else found
