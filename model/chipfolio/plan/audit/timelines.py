"""What the timelines of stages, software and site steps show besides their starts."""

from __future__ import annotations

from .checks import differs, figure
from .facts import Facts
from .records import PlanRow, text

SHOWN = "timelines and site steps show their ends and costs truly"


def check_timelines(facts: Facts) -> None:
    """Ends, costs, sites and power of everything that is started."""
    table = "Programme timeline"
    for row in facts.rows(table):
        programme = text(row, "programme")
        number = facts.whole(row, "stage", table)
        run = facts.runs.get((programme, number))
        if run is None:
            continue
        name = f"{programme} / {number}"
        check_end(facts, row, table, name, run.done - 1 if run.ends else None)
        check_cost(facts, row, table, name, run.cost * inside(facts, run.start, run.done))
    table = "Software timeline"
    for row in facts.rows(table):
        name = text(row, "project")
        porting = facts.portings.get(name)
        if porting is None:
            facts.findings.fault(SHOWN, f"{table}: {name} has no start")
            continue
        fields = facts.software[name]
        rate = fields["cost"] / fields["duration"]
        check_end(facts, row, table, name, porting.done - 1)
        check_cost(facts, row, table, name, rate * inside(facts, porting.start, porting.done))
    table = "Site steps"
    for row in facts.rows(table):
        name = text(row, "project")
        start = facts.at(row, "start", table)
        if name not in facts.projects or start is None:
            continue
        fields, steps = facts.projects[name], facts.number(row, "steps", table)
        number = facts.whole(row, "row", table)
        given = next((s for s in facts.steps if s.given and s.row == number), None)
        check_cost(facts, row, table, name, given.due if given else steps * fields["cost_per_step"])
        ready = start + fields["lead_time"]
        mw = steps * fields["step_mw"]
        same = facts.at(row, "ready", table) == (ready if ready < facts.end else None)
        same = same and text(row, "site") == fields["site"]
        same = same and not differs(1e3 * facts.number(row, "mw", table), 1e3 * mw)
        facts.findings.unless(
            same,
            SHOWN,
            f"{table}: {name} brings {figure(mw)} MW to "
            f"{fields['site']} from {facts.label(ready)} on",
        )


def inside(facts: Facts, start: int, done: int) -> int:
    """Periods of the plan from a start to before an end."""
    return max(0, min(done, facts.end) - max(start, 0))


def check_end(facts: Facts, row: PlanRow, table: str, name: str, end: int | None) -> None:
    """The last period of something that was started."""
    facts.findings.unless(
        facts.at(row, "end", table) == end,
        SHOWN,
        f"{table}: {name} " + ("never ends" if end is None else f"ends in {facts.label(end)}"),
    )


def check_cost(facts: Facts, row: PlanRow, table: str, name: str, cost: float) -> None:
    """What something started costs within the plan."""
    shown = facts.number(row, "cost", table)
    facts.findings.unless(
        not differs(shown, cost),
        SHOWN,
        f"{table}: {name} costs {figure(cost)}",
    )
