"""From the rows of the plan tables to facts: batches of units, use, stages, signings."""

from __future__ import annotations

from ...tables import World
from .batches import ONCE, note_once, read_committed, read_fleet, read_orders, read_sales
from .checks import Findings
from .earlier import read_told
from .facts import READABLE, Facts
from .records import Plan, Porting, Served, StageRun, Step, Use, text

EVENTS = {
    "contract": ("signed", "window"),
    "deal": ("signed", "milestone"),
    "discount": ("tier",),
}
STARTED = "stages under way and projects done stand as the workbook says"


def read(world: World, plan: Plan, findings: Findings) -> Facts:
    """The facts of one scenario."""
    facts = Facts(world, plan, findings)
    read_told(facts)
    read_fleet(facts)
    read_committed(facts)
    read_orders(facts)
    read_sales(facts)
    read_use(facts)
    read_stages(facts)
    read_software(facts)
    read_steps(facts)
    read_signings(facts)
    return facts


def read_use(facts: Facts) -> None:
    """Rows of Usage and Service."""
    table = "Usage"
    for shown in facts.rows(table):
        chip, site, workload = (text(shown, name) for name in ("chip", "site", "workload"))
        at = facts.at(shown, "period", table)
        if not facts.known(chip, facts.chips, table) or at is None:
            continue
        if site and not facts.known(site, facts.sites, table):
            continue
        if not facts.known(workload, facts.workloads, table):
            continue
        if not 0 <= at < facts.end:
            facts.findings.fault(READABLE, f"{table}: {text(shown, 'period')} is outside the plan")
            continue
        columns = ("efficiency", "units", "served", "ready")
        numbers = [facts.number(shown, column, table) for column in columns]
        facts.uses.append(Use(chip, site, workload, numbers[0], at, *numbers[1:]))
    table = "Service"
    seen: set[tuple[object, ...]] = set()
    for shown in facts.rows(table):
        workload, at = text(shown, "workload"), facts.at(shown, "period", table)
        if not facts.known(workload, facts.workloads, table) or at is None:
            continue
        note_once(facts, seen, (table, workload, facts.label(at)))
        names = ("demand", "served", "deferred", "unmet")
        facts.service[workload, at] = Served(*(facts.number(shown, n, table) for n in names))


def read_stages(facts: Facts) -> None:
    """Stages that run: those given in the workbook, and those the plan starts."""
    table = "Programme timeline"
    shown_starts: dict[tuple[str, int], int] = {}
    seen: set[tuple[object, ...]] = set()
    for shown in facts.rows(table):
        programme = text(shown, "programme")
        number = facts.whole(shown, "stage", table)
        start = facts.at(shown, "start", table)
        if not facts.known(programme, facts.programmes, table) or start is None:
            continue
        if number not in facts.stages[programme]:
            facts.findings.fault(READABLE, f"{table}: {programme} has no stage {number}")
            continue
        note_once(facts, seen, (table, programme, number))
        shown_starts[programme, number] = start
    for programme, stages in facts.stages.items():
        for number, row in sorted(stages.items()):
            values = dict(row)
            given = values["started"]
            start = shown_starts.get((programme, number)) if given is None else given
            if given is not None:
                facts.findings.unless(
                    shown_starts.get((programme, number), given) == given,
                    STARTED,
                    f"{programme} / {number} started in {facts.label(given)}",
                )
            given_up = facts.programmes[programme]["abandoned"]
            if start is None:
                continue
            if given is not None and given >= (0 if given_up else facts.end):
                continue  # a start after the plan, or after the programme was given up
            ends = facts.world.completes(row, start)
            length = facts.world.duration(row, start) if ends else values["duration"]
            if given_up and start + length > 0:
                ends, length = False, -start
            facts.runs[programme, number] = StageRun(
                programme=programme,
                stage=number,
                start=start,
                length=length,
                ends=ends,
                cost=values["cost"] / values["duration"],
                given=given is not None,
            )


def read_software(facts: Facts) -> None:
    """Software projects that run: those done already, and those the plan starts."""
    table = "Software timeline"
    seen: set[tuple[object, ...]] = set()
    for name, row in facts.software.items():
        done = None if row["finished"] is None else row["finished"] + 1
        if done is None and row["started"] is not None:
            done = row["started"] + row["duration"]
        if done is not None:
            facts.portings[name] = Porting(name, done - row["duration"], done, given=True)
    for shown in facts.rows(table):
        name, start = text(shown, "project"), facts.at(shown, "start", table)
        if not facts.known(name, facts.software, table):
            continue
        note_once(facts, seen, (table, name))
        given = facts.portings.get(name)
        if given is not None:
            facts.findings.unless(
                start is None or start == given.start, STARTED, f"{name} is finished already"
            )
        elif start is not None:
            done = start + facts.software[name]["duration"]
            facts.portings[name] = Porting(name, start, done, given=False)


def read_steps(facts: Facts) -> None:
    """Steps of site projects."""
    table = "Site steps"
    given = {row.number: dict(row) for row in facts.world.rows("Committed steps") if row["steps"]}
    for number, step in given.items():
        row, start, steps = facts.projects[step["project"]], step["start_period"], step["steps"]
        paid = step["paid_pct"]
        if paid is None:
            paid = 1.0 if start < 0 else 0.0
        due = (1.0 - paid) * steps * row["cost_per_step"] if start < facts.end else 0.0
        ready = start + row["lead_time"]
        facts.steps.append(
            Step(step["project"], row["site"], start, ready, steps, due, True, number)
        )
    for shown in facts.rows(table):
        name, start = text(shown, "project"), facts.at(shown, "start", table)
        if not facts.known(name, facts.projects, table) or start is None:
            continue
        row = facts.projects[name]
        steps = facts.number(shown, "steps", table)
        number = facts.whole(shown, "row", table)
        if number:
            step = given.get(number, {})
            told = (step.get("project"), step.get("start_period"), step.get("steps"))
            same = told == (name, start, steps)
            facts.findings.unless(same, STARTED, f"row {number} is not of {name}, {steps:g} steps")
            continue
        due = steps * row["cost_per_step"]
        facts.steps.append(Step(name, row["site"], start, start + row["lead_time"], steps, due))


def read_signings(facts: Facts) -> None:
    """When contracts and deals are signed; those signed already count from before the plan."""
    for kind, sheet in (("contract", "Contracts"), ("deal", "Deals")):
        for row in facts.world.rows(sheet):
            if dict(row)["signing"] == "signed":
                since = dict(row)["signed_in"]
                facts.signed[kind, dict(row)[kind]] = -1 if since is None else max(since, -1)
                facts.agreed.add((kind, dict(row)[kind]))
    table = "Contracts and deals"
    names = {
        "contract": set(facts.world.by_name("Contracts")),
        "deal": set(facts.world.by_name("Deals")),
        "discount": {dict(row)["discount"] for row in facts.world.rows("Discounts")},
    }
    for shown in facts.rows(table):
        kind, event, name = text(shown, "kind"), text(shown, "event"), text(shown, "name")
        if event not in EVENTS.get(kind, ()) or name not in names[kind]:
            facts.findings.fault(READABLE, f"{table}: {kind} {name!r} has no event {event!r}")
            continue
        if event != "signed":
            continue
        if (kind, name) in facts.agreed:
            free = facts.number(shown, "money", table) == 0.0
            facts.findings.unless(free, STARTED, f"{name} is signed already: it costs no fee")
        key = (kind, name)
        at = facts.at(shown, "period", table)
        if key in facts.agreed or at is None:
            continue
        if key in facts.signed:
            facts.findings.fault(ONCE, f"{' '.join(key)} is signed twice")
        facts.signed[key] = at
        facts.signings[key] = shown
