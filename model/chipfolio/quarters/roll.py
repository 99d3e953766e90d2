"""From one quarter to the next: a plan's decisions before a period become the workbook's state.

The law: in an unchanged world with the same end, what is carried out before the period, plus the
discounted best cost of the rolled workbook, is the best cost of the workbook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ..contract.inputs import INPUTS
from ..contract.lines import LINES
from ..errors import PlanError
from ..plan.audit import checks_of
from ..plan.audit.checks import Findings
from ..plan.audit.discounts import highest_worth
from ..plan.audit.lines import WorldCheck
from ..tables import Tables
from .actual import with_actuals
from .balances import Balances
from .books import Book
from .branch import Branch, branch_of, carry_scenarios
from .counted import counted
from .draft import Change, Draft, draft_of
from .state import (
    carry_fleet,
    carry_orders,
    carry_projects,
    carry_so_far,
    carry_steps,
    carry_terms,
    carry_waiting,
)

PlanTables = Mapping[str, Sequence[Mapping[str, object]]]
WINDOWED = ("Share rules", "Supplier counts", "Budgets", "Custom rules")
NOTHING = 1e-9


@dataclass
class Rolled:
    """The next quarter's sheets, what changed, and what was carried out before it [money]."""

    frames: dict[str, pd.DataFrame]
    changes: list[Change] = field(default_factory=list)
    carried_out: float = 0.0
    """Discounted to the old plan's start: all lines before the period, and what windows closed
    before it take from the value at the plan's end."""
    factor: float = 1.0
    """What a cost at the new plan's start is worth at the old one's."""


def roll(
    book: Book,
    plan: PlanTables,
    to: object,
    scenario: str | None = None,
    periods: int | None = None,
) -> Rolled:
    """The workbook of the quarter that begins in the period ``to``.

    ``plan`` are the tables of a plan of the workbook. PlanError where the period does not lie
    after the plan's first and in the plan, where scenarios part before it and none is named, or
    where fewer periods are asked for than one.
    """
    tables = book.tables
    calendar = tables.calendar
    until = calendar.position(to)
    if until is None:
        raise PlanError(f"{to} is no period: write it like {calendar.label(1)}")
    if calendar.count == 1:
        raise PlanError(f"{calendar.label(0)} is the plan's only period: none is left to roll to")
    if not 0 < until < calendar.count:
        first, last = calendar.label(1), calendar.label(calendar.count - 1)
        raise PlanError(f"{to} is not one of {first} … {last}, the plan's periods after its first")
    if periods is not None and periods < 1:
        raise PlanError(f"a plan of {periods} periods is none")
    planned = [str(row["scenario"]) for row in plan["Scenario costs"]]
    branch = branch_of(tables, planned, scenario, until)
    draft = draft_of(book)
    tables, told = with_actuals(tables, plan, branch.source, until, draft)
    check = checked(tables, told, planned, branch.source)
    facts = check.facts
    carry_scenarios(draft, branch, until)
    balances = Balances(check, until)
    carry_orders(draft, facts, branch, until, balances)
    carry_fleet(draft, facts, until, balances)
    carry_steps(draft, facts, until, balances)
    carry_projects(draft, facts, until, balances)
    carry_terms(draft, facts, until)
    carry_waiting(draft, facts, until)
    dropped = drop_rules_that_are_over(draft, until)
    so_far = [*counted(check, until), *balances.so_far()]
    so_far = [one for one in so_far if (one.sheet, one.item) not in dropped]
    carry_so_far(draft, so_far)
    carry_previous(draft, plan, planned, branch, until)
    restate(draft, until)
    settle_time(draft, until, periods)
    say_what_to_update(draft, until)
    rolled = Rolled(draft.frames(), draft.changes)
    rolled.factor = (1.0 + calendar.discount_rate) ** -calendar.years(until)
    rolled.carried_out = carried_out(check, until)
    return rolled


def checked(tables: Tables, plan: PlanTables, planned: Sequence[str], source: str) -> WorldCheck:
    """The scenario of the plan whose decisions are carried out, read from its tables."""
    findings = Findings()
    names = None if list(planned) == [""] else list(planned)
    found = checks_of(tables, plan, names, findings)  # type: ignore[arg-type]
    return found[list(planned).index(source)]


def carried_out(check: WorldCheck, until: int) -> float:
    """Discounted lines before a period, and what rebates of windows closed by then take."""
    calendar = check.facts.calendar
    cost = 0.0
    for line in LINES:
        if line != "terminal_value":
            for at in range(until):
                cost += check.lines[line][at] * calendar.discount(at)
    if check.facts.setting("terminal_value"):
        for item in check.rebates:
            if item.window.last < until and item.money:
                taken = item.money * highest_worth(check.facts, item)
                cost += taken * calendar.discount_at_end
    return cost


# ------------------------------------------------------------------ rules
def drop_rules_that_are_over(draft: Draft, until: int) -> set[tuple[str, str]]:
    """Rules whose last period is over can act no more; those that a sheet names are kept."""
    named = {
        str(line.cells.get(column) or "")
        for sheet, column in (("Questions", "item"), ("Gates", "item"))
        for line in draft.lines.get(sheet, [])
    }
    gone = set()
    for sheet in WINDOWED:
        column = INPUTS[sheet].key[0]
        rows = draft.tables.rows(sheet)
        for row in rows:
            alike = [one for one in rows if one[column] == row[column]]
            over = all(one["to"] is not None and one["to"] < until for one in alike)
            if over and row[column] not in named:
                draft.drop(row, "its last period is over")
                gone.add((sheet, row[column]))
    return gone


# ------------------------------------------------------------------ the plan before
def carry_previous(
    draft: Draft, plan: PlanTables, planned: Sequence[str], branch: Branch, until: int
) -> None:
    """The plan's orders from the period on, by scenario where they differ."""
    calendar = draft.tables.calendar
    for row in draft.tables.rows("Previous plan"):
        draft.drop(row, "the plan just made is the previous one now")
    mine = [one for one in planned if not branch.open or one in branch.open]
    units: dict[tuple[str, str], dict[str, float]] = {}
    for row in plan.get("Orders", ()):
        at = calendar.position(row["order_period"])
        name = str(row["scenario"] or "")
        if at is None or at < until or name not in mine:
            continue
        key = (str(row["offer"]), str(row["order_period"]))
        found = units.setdefault(key, dict.fromkeys(mine, 0.0))
        found[name] += float(row["units"])  # type: ignore[arg-type]
    for (offer, period), by_name in units.items():
        same = max(by_name.values()) - min(by_name.values()) <= NOTHING
        for name, amount in by_name.items():
            cells = {"scenario": None if same else name, "offer": offer,
                     "order_period": period, "units": amount}  # fmt: skip
            if same or amount > NOTHING:
                draft.add("Previous plan", cells, "the plan orders it from here on")
            if same:
                break


# ------------------------------------------------------------------ time
def restate(draft: Draft, until: int) -> None:
    """Values with a trend are those of the new first period."""
    calendar = draft.tables.calendar
    for table in INPUTS.values():
        for column in table:
            if not column.moved_by:
                continue
            for row in draft.tables.rows(table.name):
                growth = row[column.moved_by] or 0.0
                if growth and row[column.name] is not None:
                    value = row[column.name] * (1.0 + growth) ** calendar.years(until)
                    why = f"its trend carries it to {calendar.label(until)}"
                    draft.set(row, column.name, value, why, "restated")


def settle_time(draft: Draft, until: int, periods: int | None) -> None:
    """The new first period and length; Demand and Timeline lose what is over, gain what is new."""
    calendar = draft.tables.calendar
    count = calendar.count - until if periods is None else periods
    draft.setting("first_period", calendar.label(until), "the new plan begins then")
    draft.setting("periods", count, "what is left" if periods is None else "as asked for")
    labels = [calendar.label(until + at) for at in range(count)]
    for sheet in ("Demand", "Timeline"):
        if sheet not in draft.heads:
            continue
        for head in draft.heads[sheet]:
            at = calendar.position(head) if head not in INPUTS[sheet].names else None
            if at is not None and head not in labels:
                why = "its period is over" if at < until else "beyond the new plan's end"
                draft.note("dropped", sheet, "all rows", head, "the column", None, why)
        kept = [
            head
            for head in draft.heads[sheet]
            if head in INPUTS[sheet].names or calendar.position(head) is None or head in labels
        ]
        new = [label for label in labels if label not in kept]
        draft.heads[sheet] = [*kept, *new]
        for label in new if sheet == "Demand" else ():
            why = "a new period: say what is asked for"
            draft.note("to update", sheet, "all rows", label, None, None, why)
    for row in draft.tables.rows("Timeline"):
        line = draft.line(row)
        if all(line.cells.get(label) is None for label in labels):
            draft.drop(row, "its periods are over")


def say_what_to_update(draft: Draft, until: int) -> None:
    """What nobody but finance knows."""
    calendar = draft.tables.calendar
    first = calendar.label(until)
    if not any(0 <= row["period"] < until for row in draft.tables.rows("Actuals")):
        why = "nothing says where reality left the plan: enter it, and roll again"
        draft.note("to update", "Actuals", "all", "", None, None, why)
    restated = [change for change in draft.changes if change.what == "restated"]
    for change in restated:
        if change.column in ("price", "energy_price"):
            why = f"is the trend's guess for {first}: put in what is quoted now"
            draft.note("to update", change.sheet, change.item, change.column, change.new, None, why)
    if draft.lines.get("So far"):
        why = "is what the plan comes to: put in what the ledger says"
        draft.note("to update", "So far", "all", "amount", None, None, why)
    for line in draft.lines.get("Committed orders", []):
        delivered = calendar.position(line.cells.get("delivery_period") or first)
        if line.number == 0 and delivered is not None and delivered >= until:
            item = f"{line.cells['offer']} / {line.cells['order_period']}"
            why = "is what was promised: put in what the vendor says now"
            draft.note("to update", "Committed orders", item, "delivery_period",
                       line.cells["delivery_period"], None, why)  # fmt: skip
