"""Own silicon, software and site steps against contract §3.5 and §3.6, and what they cost."""

from __future__ import annotations

from collections import defaultdict

from .checks import RELATIVE, exceeds
from .facts import Facts
from .records import StageRun

ORDER_OF_STAGES = "a stage starts after the stage before it, within its wait"
STAGE_WINDOW = "stages start in their window"
REQUIRED = "what a programme, project or contract requires is ready first"
MUST_RUN = "programmes that must run are finished within the plan"
SOFTWARE_WINDOW = "software projects start in their window"
STEPS = "site steps are whole, in their window and within their limits"


def ready(facts: Facts, programme: str) -> int | None:
    """First period in which a programme's chips can be ordered; None where there is none."""
    stages = facts.stages.get(programme)
    if not stages:
        return 0
    last = facts.runs.get((programme, max(stages)))
    return last.done if last is not None and last.ends else None


def check_programmes(facts: Facts) -> None:
    """Precedence, waits, windows and what must run."""
    say = facts.findings
    for programme, row in facts.programmes.items():
        numbers = sorted(facts.stages.get(programme, {}))
        before: StageRun | None = None
        for place, number in enumerate(numbers):
            run = facts.runs.get((programme, number))
            if run is None:
                before = None
                continue
            stage = dict(facts.stages[programme][number])
            name = f"{programme} / {number} started in {facts.label(run.start)}"
            if not run.given:
                say.unless(not row["abandoned"], ORDER_OF_STAGES, f"{name}: it was given up")
                inside = in_window(facts, run.start, stage["first_start"], stage["last_start"])
                say.unless(inside, STAGE_WINDOW, f"{name}: outside its window")
                if place:
                    check_precedence(facts, name, run, before, stage["max_wait"])
            if row["requires"] and not place and not run.given:
                other = ready(facts, row["requires"])
                say.unless(
                    other is not None and other <= run.start,
                    REQUIRED,
                    f"{name}: {row['requires']} is not ready",
                )
            before = run
        if row["must_run"] and numbers:
            check_must_run(facts, programme, numbers)


def check_precedence(
    facts: Facts, name: str, run: StageRun, before: StageRun | None, wait: int | None
) -> None:
    """One stage against the stage before it."""
    if before is None or not before.ends or before.done > run.start:
        facts.findings.fault(ORDER_OF_STAGES, f"{name}: the stage before is not finished")
        return
    idle = run.start - before.done
    facts.findings.unless(
        wait is None or idle <= wait,
        ORDER_OF_STAGES,
        f"{name}: {idle} periods after the stage before, {wait} are allowed",
    )


def check_must_run(facts: Facts, programme: str, numbers: list[int]) -> None:
    """The last stage ends within the plan, or all up to one that never ends are started."""
    runs = [facts.runs.get((programme, number)) for number in numbers]
    stuck = any(run is not None and not run.ends for run in runs)
    last = runs[-1]
    facts.findings.unless(
        stuck or (last is not None and last.done <= facts.end),
        MUST_RUN,
        f"{programme} is not finished by {facts.label(facts.end - 1)}",
    )


def in_window(facts: Facts, at: int, first: int | None, last: int | None) -> bool:
    """Whether a period lies in a window of the plan whose blanks are open."""
    if not 0 <= at < facts.end:
        return False
    return (first is None or at >= first) and (last is None or at <= last)


def stage_costs(facts: Facts) -> list[float]:
    """Cost of stages by period, cancellations in the last."""
    costs = [0.0] * facts.end
    for run in facts.runs.values():
        for at in range(max(run.start, 0), min(run.done, facts.end)):
            costs[at] += run.cost
    for programme in facts.programmes:
        costs[-1] += cancellation(facts, programme)
    return costs


def cancellation(facts: Facts, programme: str) -> float:
    """What a programme left unfinished costs at the plan's end."""
    numbers = sorted(facts.stages.get(programme, {}))
    cost = float(facts.programmes[programme]["cancellation_cost"] or 0.0)
    if facts.programmes[programme]["abandoned"]:
        return 0.0
    runs = [facts.runs[programme, n] for n in numbers if (programme, n) in facts.runs]
    if not runs:
        return 0.0
    last = runs[-1]
    if last.done > facts.end:
        return min(cost, last.cost * (last.done - facts.end))
    if not last.ends:
        return cost
    if last.stage == numbers[-1]:
        return 0.0
    following = next(number for number in numbers if number > last.stage)
    wait = dict(facts.stages[programme][following])["max_wait"]
    return 0.0 if wait is not None and facts.end - last.done <= wait else cost


def check_software(facts: Facts) -> None:
    """Windows and what is required first."""
    for name, porting in facts.portings.items():
        if porting.given:
            continue
        row = facts.software[name]
        label = f"{name} started in {facts.label(porting.start)}"
        inside = in_window(facts, porting.start, row["first_start"], row["last_start"])
        facts.findings.unless(inside, SOFTWARE_WINDOW, f"{label}: outside its window")
        if row["requires"]:
            other = facts.portings.get(row["requires"])
            facts.findings.unless(
                other is not None and other.done <= porting.start,
                REQUIRED,
                f"{label}: {row['requires']} is not finished",
            )


def software_costs(facts: Facts) -> list[float]:
    """Cost of software projects by period."""
    costs = [0.0] * facts.end
    for name, porting in facts.portings.items():
        row = facts.software[name]
        for at in range(max(porting.start, 0), min(porting.done, facts.end)):
            costs[at] += row["cost"] / row["duration"]
    return costs


def check_steps(facts: Facts) -> None:
    """Site steps: whole, in their window, not too many."""
    say = facts.findings
    total: dict[str, float] = defaultdict(float)
    at_once: dict[tuple[str, int], float] = defaultdict(float)
    for step in facts.steps:
        row = facts.projects[step.project]
        name = f"{step.project} in {facts.label(step.start)}"
        whole = abs(step.steps - round(step.steps)) <= RELATIVE and step.steps >= -RELATIVE
        say.unless(whole, STEPS, f"{name}: {step.steps:g} steps are not whole")
        total[step.project] += step.steps
        if step.given:
            continue
        inside = in_window(facts, step.start, row["first_start"], row["last_start"])
        say.unless(inside, STEPS, f"{name}: outside its window")
        at_once[step.project, step.start] += step.steps
    for project, steps in total.items():
        most = facts.projects[project]["max_steps"]
        fresh = any(s.project == project and s.steps and not s.given for s in facts.steps)
        say.unless(
            not fresh or not exceeds(steps, most),
            STEPS,
            f"{project}: {steps:g} steps, {most:g} are the most",
        )
    for (project, at), steps in at_once.items():
        most = facts.projects[project]["max_steps_per_period"]
        say.unless(
            most is None or not exceeds(steps, most),
            STEPS,
            f"{project} in {facts.label(at)}: {steps:g} steps, {most} are the most at once",
        )


def step_costs(facts: Facts) -> list[float]:
    """Cost of site steps by period."""
    costs = [0.0] * facts.end
    for step in facts.steps:
        if step.start < facts.end:
            costs[max(step.start, 0)] += step.due
    return costs


def power_limit(facts: Facts, site: str, at: int) -> float | None:
    """Power of a site with its finished steps; None where there is no limit."""
    base = facts.limit("Sites", "power_mw", site, at)
    if base is None:
        return None
    return base + sum(
        step.steps * float(facts.projects[step.project]["step_mw"])
        for step in facts.steps
        if step.site == site and step.ready <= at
    )


def residuals(facts: Facts) -> float:
    """What finished programmes, software and site steps are still worth at the plan's end."""
    worth = 0.0
    for programme, row in facts.programmes.items():
        since = ready(facts, programme)
        if since is not None and since <= facts.end:
            stages = facts.stages.get(programme, {})
            worth += (row["residual_pct"] or 0.0) * sum(dict(s)["cost"] for s in stages.values())
    for name, porting in facts.portings.items():
        if porting.done <= facts.end:
            worth += (facts.software[name]["residual_pct"] or 0.0) * facts.software[name]["cost"]
    for step in facts.steps:
        if step.ready <= facts.end:
            project = facts.projects[step.project]
            worth += (project["residual_pct"] or 0.0) * step.steps * project["cost_per_step"]
    return worth
