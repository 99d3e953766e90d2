"""Which scenario came true: the world that goes on, and the scenarios that can still happen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..contract.inputs import INPUTS
from ..contract.problems import near_match
from ..contract.schema import SEPARATOR
from ..errors import PlanError
from ..tables import Row, Tables, World
from .draft import Draft

SETTLED_BY_PERIOD = "a scenario that came true: its values now stand in the base"


@dataclass(frozen=True)
class Branch:
    """What is known of the future at a period."""

    world: World
    """The world that goes on, as the old workbook tells it."""
    source: str
    """The scenario of the plan whose rows tell what was done."""
    trunk: str | None
    """The new trunk; None in a book without scenarios."""
    open: tuple[str, ...] = ()
    """Scenarios that can still happen, the trunk among them."""


def branch_of(tables: Tables, planned: Sequence[str], name: str | None, until: int) -> Branch:
    """The branch that a plan's decisions before a period belong to.

    ``planned`` are the plan's scenarios. Without a name, all of them must still be one world then;
    PlanError where they are not, or the name is none of theirs.
    """
    rows = {row["scenario"]: row for row in tables.rows("Scenarios")}
    if not rows:
        if name:
            raise PlanError(f"{name} is no scenario: the workbook has none")
        return Branch(tables.world(None), planned[0], None)
    if name is not None and name not in rows:
        near = near_match(name, rows)
        raise PlanError(f"{name} is no scenario of the workbook" + (f": {near}?" if near else ""))
    lines = {one: [row["scenario"] for row in tables.world(one).lineage] for one in rows}

    def node(one: str) -> str:
        """The scenario whose world a scenario still is just before the period."""
        past = [s for s in lines[one] if (rows[s]["branch_period"] or 0) < until
                or rows[s]["branch_period"] is None]  # fmt: skip
        return past[-1]

    nodes = list(dict.fromkeys(node(one) for one in planned))
    if name is None and len(nodes) > 1:
        label = tables.calendar.label(until)
        raise PlanError(
            f"scenarios part before {label}: name the one that came true with --scenario "
            f"({', '.join(nodes)})"
        )
    trunk = node(name) if name is not None else nodes[0]
    still = tuple(one for one in rows if node(one) == trunk)
    sources = [one for one in planned if node(one) == trunk]
    if not sources:
        raise PlanError(f"the plan says nothing of scenario {name}: it is of {', '.join(planned)}")
    source = trunk if trunk in sources else sources[0]
    return Branch(tables.world(trunk), source, trunk, still)


def carry_scenarios(draft: Draft, branch: Branch, until: int) -> None:
    """Drop what can happen no more, make the branch that came true the trunk, share out anew."""
    tables = draft.tables
    if branch.trunk is None:
        return
    rows = {row["scenario"]: row for row in tables.rows("Scenarios")}
    whole = sum(rows[one]["probability"] for one in branch.open if rows[one]["active"])
    for one, row in rows.items():
        if one not in branch.open:
            draft.drop(row, "it can happen no more")
            continue
        if one == branch.trunk:
            why = "it came true: it is the trunk now"
            draft.set(row, "branches_from", None, why)
            draft.set(row, "branch_period", None, why)
        if row["active"] and whole > 0 and len(branch.open) < len(rows):
            why = "shares of what can still happen"
            draft.set(row, "probability", row["probability"] / whole, why, "restated")
    carry_changes(draft, branch, until)


def carry_changes(draft: Draft, branch: Branch, until: int) -> None:
    """Changes that came true act on the base period by period, or stay with the trunk."""
    tables = draft.tables
    lineage = [row["scenario"] for row in branch.world.lineage]
    moved = len(lineage) > 1
    mine: list[tuple[int, Row]] = []
    baked: dict[tuple[str, str], list[str]] = {}
    for row in tables.rows("Scenario changes"):
        if row["scenario"] in lineage:
            mine.append((lineage.index(row["scenario"]), row))
        elif row["scenario"] not in branch.open:
            draft.drop(row, "its scenario can happen no more")
        elif row["to"] is not None and row["to"] < until and by_period(row):
            draft.drop(row, "its periods are over")
    mine.sort(key=lambda pair: pair[0])
    kept = []
    for place, row in mine:
        if by_period(row) and row["to"] is not None and row["to"] < until:
            draft.drop(row, "its periods are over")
        elif moved and varies(row):
            baked.setdefault((row["sheet"], row["column"] or ""), []).append(row["item"])
            draft.drop(row, SETTLED_BY_PERIOD)
        else:
            branched = branch.world.lineage[place]["branch_period"] or 0
            keep_change(draft, branch, row, branched)
            kept.append(row.number)
    lines = draft.lines.get("Scenario changes", [])
    order = {number: place for place, number in enumerate(kept)}
    first = sorted((one for one in lines if one.number in order), key=lambda x: order[x.number])
    draft.lines["Scenario changes"] = first + [one for one in lines if one.number not in order]
    for (sheet, column), items in baked.items():
        bake(draft, branch, sheet, column, items, until)
    if len(branch.open) == 1 and not draft.lines["Scenario changes"]:
        for sheet in ("Scenarios", "Scenario changes"):
            draft.lines.pop(sheet, None)
        why = "one world is left: what came true stands in the base"
        draft.note("dropped", "Scenarios", branch.trunk or "", "", "the row", None, why)


def by_period(row: Row) -> bool:
    """Whether a change acts period by period, so that it is over once its last period is."""
    return row["column"] not in ("duration", "completes")


def varies(row: Row) -> bool:
    """Whether Demand or Timeline can say what a change does."""
    if row["operation"] == "remove":
        return False
    if row["sheet"] == "Demand":
        return True
    column = next((c for c in INPUTS[row["sheet"]] if c.name == row["column"]), None)
    return column is not None and column.varies


def keep_change(draft: Draft, branch: Branch, row: Row, branched: int) -> None:
    """Leave a change with the trunk, acting from when it did."""
    why = "its scenario came true: it is the trunk's now"
    if row["scenario"] != branch.trunk:
        draft.set(row, "scenario", branch.trunk, why)
    if row["from"] is None and row["column"] != "lead_time":
        since = draft.tables.calendar.label(branched)
        draft.set(row, "from", since, "it has acted since then", "restated")


def bake(
    draft: Draft, branch: Branch, sheet: str, column: str, items: list[str], until: int
) -> None:
    """Write the values of the world that goes on into Demand or Timeline."""
    calendar = draft.tables.calendar
    paths = branch.world.demand if sheet == "Demand" else branch.world.path(sheet, column)
    for key, path in paths.items():
        item = SEPARATOR.join(key) if isinstance(key, tuple) else key
        if item not in items and "all" not in items:
            continue
        cells = {
            calendar.label(at): "none" if path[at] is None else path[at]
            for at in range(until, calendar.count)
        }
        if sheet == "Demand":
            found = next((r for r in draft.tables.rows("Demand") if r["workload"] == item), None)
        else:
            found = next(
                (
                    r
                    for r in draft.tables.rows("Timeline")
                    if (r["sheet"], r["item"], r["column"]) == (sheet, item, column)
                ),
                None,
            )
        if found is not None:
            for label, value in cells.items():
                draft.set(found, label, value, SETTLED_BY_PERIOD)
        else:
            head = {"workload": item} if sheet == "Demand" else {
                "sheet": sheet, "item": item, "column": column}  # fmt: skip
            draft.add("Demand" if sheet == "Demand" else "Timeline", head | cells,
                      SETTLED_BY_PERIOD)  # fmt: skip
