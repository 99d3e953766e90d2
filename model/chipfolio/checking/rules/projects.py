"""Own silicon and software."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...contract.problems import Problem
from ...tables import Row
from .view import View


def requirements_make_no_loop(view: View) -> Iterator[Problem]:
    """Nothing requires itself, at once or by way of others; scenarios do not branch in circles."""
    for sheet, column in (
        ("Programmes", "requires"),
        ("Software", "requires"),
        ("Contracts", "requires"),
        ("Scenarios", "branches_from"),
    ):
        rows = view.named(sheet)
        told: set[str] = set()
        for name in rows:
            line = [name]
            while (above := rows[line[-1]].get(column)) in rows and above not in line:
                line.append(str(above))
            if above == name and not told.intersection(line):
                told.update(line)
                need = f"leads back to itself: {' → '.join([*line, name])}."
                yield view.fault(rows[name], column, need)


def stages_of(view: View) -> dict[str, list[Row]]:
    """Stages of each programme in order, where they are numbered 1 to n."""
    found = {}
    for programme, rows in view.groups("Programme stages", "programme").items():
        numbers = [row.get("stage") for row in rows]
        if None not in numbers and sorted(numbers) == list(range(1, len(rows) + 1)):
            found[programme] = sorted(rows, key=lambda row: row.get("stage"))
    return found


def stages_are_numbered_in_order(view: View) -> Iterator[Problem]:
    """A programme's stages are numbered 1, 2 … without a gap, and so are its ramp's periods."""
    for sheet, column, first in (
        ("Programme stages", "stage", 1),
        ("Programme ramp", "periods_since_ready", 0),
    ):
        for programme, rows in view.groups(sheet, "programme").items():
            numbers = [row.get(column) for row in rows]
            if None in numbers:
                continue
            for wanted, row in enumerate(sorted(rows, key=lambda row: row.get(column)), first):
                if row.get(column) != wanted:
                    need = f"leaves a gap: {wanted} is missing in {programme}."
                    yield view.fault(row, column, need)
                    break


def stages_started_in_order(view: View) -> Iterator[Problem]:
    """A stage under way follows a stage that is finished by then."""
    for programme, rows in stages_of(view).items():
        for before, row in zip(rows, rows[1:], strict=False):
            started, earlier = row.get("started"), before.get("started")
            if started is None:
                continue
            if earlier is None:
                if view.blank(before, "started"):
                    need = (
                        f"is given, but stage {before.get('stage')} of {programme} is not started."
                    )
                    yield view.fault(row, "started", need)
                continue
            ends = earlier + (before.get("duration") or 1)
            if started < ends:
                need = f"lies before the end of stage {before.get('stage')}: {view.label(ends)} or "
                yield view.fault(row, "started", need + "later is possible.")
        given_up = (view.named("Programmes").get(programme) or {}).get("abandoned")
        for row in rows:
            started = row.get("started")
            if started is None or started < 0 or (started == 0 and not given_up):
                continue
            need = "lies in the plan: the stage is read as fixed to start then."
            if started > view.last:
                need = "lies after the plan: it is not used."
            if given_up:
                need = f"is not before the plan, and {programme} is abandoned: it is not used."
            yield view.warning(row, "started", need)


def programmes_that_must_run_can(view: View) -> Iterator[Problem]:
    """A programme that must run can finish its last stage within the plan."""
    for name, row in view.named("Programmes").items():
        ready = earliest_ready(view, name)
        if row.get("abandoned") and row.get("must_run"):
            yield view.fault(row, "must_run", "cannot be kept: the programme was abandoned.")
        if ready is None or ready <= view.calendar.count or row.get("abandoned"):
            continue
        stages = stages_of(view).get(name, [])
        moved = any(
            change.get("sheet") == "Programme stages" for change in view.rows("Scenario changes")
        )
        why = "the windows of its stages do not meet."
        if ready < math.inf:
            why = f"its last stage ends in {view.label(int(ready) - 1)} at the earliest."
        if row.get("must_run"):
            severity = "warning" if moved else "fault"
            yield view.problem(row, "must_run", f"cannot be kept: {why}", severity=severity)
        elif stages and not moved:
            yield view.warning(row, "programme", f"is never ready within the plan: {why}")


def earliest_ready(view: View, name: str, above: tuple[str, ...] = ()) -> float | None:
    """First period in which a programme can be ready; None where its rows do not say."""
    row = view.named("Programmes").get(name)
    if row is None or name in above:
        return None
    if not any(stage.get("programme") == name for stage in view.rows("Programme stages")):
        return 0
    stages = stages_of(view).get(name)
    if stages is None or any(stage.get("duration") is None for stage in stages):
        return None
    start: float = 0
    if row.get("requires") is not None:
        required = earliest_ready(view, str(row.get("requires")), (*above, name))
        if required is None:
            return None
        start = required
    free = None
    for stage in stages:
        begins = stage.get("started")
        if begins is None:
            begins = max(
                start if free is None else max(start, free), stage.get("first_start") or 0, 0
            )
            last = stage.get("last_start")
            wait = stage.get("max_wait")
            late = free is not None and wait is not None and begins > free + wait
            if (last is not None and begins > last) or late:
                return math.inf
        free = begins + stage.get("duration")
    return free


def earliest_usable(view: View, name: str, above: tuple[str, ...] = ()) -> float | None:
    """First period in which a software project can be used; None where its row does not say."""
    row = view.named("Software").get(name)
    if row is None or name in above or row.get("duration") is None:
        return None
    if row.get("finished") is not None:
        return row.get("finished") + 1
    begins = row.get("started")
    if begins is None:
        begins = max(row.get("first_start") or 0, 0)
        if row.get("requires") is not None:
            required = earliest_usable(view, str(row.get("requires")), (*above, name))
            if required is None:
                return None
            begins = max(begins, required)
        if row.get("last_start") is not None and begins > row.get("last_start"):
            return math.inf
    return begins + row.get("duration")


def projects_finished_in_order(view: View) -> Iterator[Problem]:
    """A software project that is finished requires one that is finished too, and earlier."""
    rows = view.named("Software")
    for row in rows.values():
        required = rows.get(str(row.get("requires")))
        if row.get("finished") is None or required is None:
            continue
        done = required.get("finished")
        if done is None and required.get("started") is not None:
            done = required.get("started") + (required.get("duration") or 1) - 1
        if done is None:
            if view.blank(required, "finished"):
                need = f"is given, but {row.get('requires')}, which it requires, is not finished."
                yield view.fault(row, "finished", need)
        elif done >= row.get("finished"):
            need = f"is not after {row.get('requires')}, which it requires ({view.label(done)})."
            yield view.warning(row, "finished", need)


def projects_can_end_within_the_plan(view: View) -> Iterator[Problem]:
    """A software project that is started in the plan can be finished in it."""
    for row in view.rows("Software"):
        duration, first = row.get("duration"), max(0, row.get("first_start") or 0)
        if duration is None or not view.blank(row, "finished"):
            continue
        if not view.blank(row, "started"):
            continue
        if first <= view.last < first + duration - 1:
            need = f"is so long that the project cannot be finished by {view.label(view.last)}."
            yield view.warning(row, "duration", need)
    for row in view.rows("Software"):
        if row.get("mature_after") and view.blank(row, "mature_efficiency"):
            yield view.warning(row, "mature_after", "has no effect without mature_efficiency.")
