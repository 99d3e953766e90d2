r"""Own silicon: when to start each stage of a programme, to wait, or to abandon it.

Reads      Programmes        requires, must_run, cancellation_cost, residual_pct, abandoned
           Programme stages  duration, cost, first_start, last_start, started, max_wait
           Programme ramp    max_units
Decides    starts      stage starts in this period        [programme, stage, period]
           abandons    abandoned after this stage         [programme, stage]
Hands on   ready       ready for orders from this period  [programme, period]   to orders
           allowed     units that may be ordered          [programme, period]   to orders
           residual    money                                                    to money
Pays       programme_costs

A stage started in t with duration d fills t … t+d−1; the next may start from t+d. Not starting it
is how a programme is abandoned: what that costs falls in the plan's last period. In a programme
that was abandoned before the plan nothing starts, and a stage under way ends with the past.

Symbols    p programme, q one that p requires, k stage, K the last, t period, T the plan's end,
           y starts, Y started by, d duration, w max_wait, a abandons,
           N starts of stages that never finish
Source     precedence in start-indexed binaries: Pritsker, Watters and Wolfe 1969, in the
           disaggregated form of Christofides, Alvarez-Valdes and Tamarit 1987, which in step
           variables is two entries a row (Pritsker and Watters 1968); contract §3.6
"""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import Row, World
from .linear import Linear, Room

Stage = tuple[str, int]


@dataclass(frozen=True)
class Start:
    """One possible (or past) start of a stage: its period, its 0-1 form, its fate.

    ``duration`` is how long it is paid for, also where it never ``completes``.
    """

    at: int
    chosen: Linear
    duration: int
    completes: bool

    @property
    def finish(self) -> int:
        """First period after the stage, finished or not."""
        return self.at + self.duration


@dataclass(frozen=True)
class OwnSiliconDoor:
    """What own silicon hands on."""

    stages: dict[Stage, Row]
    starts: dict[Stage, list[Start]]
    abandons: dict
    residual: Linear
    ready: dict[tuple[str, int], Linear]
    allowed: dict[tuple[str, int], Linear]


def add_own_silicon(room: Room, world: World, committed: dict) -> OwnSiliconDoor:
    """Furnish the room; ``committed`` holds units already ordered by (programme, period)."""
    end = world.calendar.count
    programmes = world.by_name("Programmes")
    rows = sorted(world.rows("Programme stages"), key=lambda row: row["stage"])
    stages = {(row["programme"], row["stage"]): row for row in rows}
    of = {name: [key for key in stages if key[0] == name] for name in programmes}

    keys: dict[tuple[str, int, int], int] = {}
    for (name, number), row in stages.items():
        if row["started"] is None and not programmes[name]["abandoned"]:
            first = 0 if row["first_start"] is None else max(row["first_start"], 0)
            last = end - 1 if row["last_start"] is None else min(row["last_start"], end - 1)
            keys.update({(name, number, at): at for at in range(first, last + 1)})
    variables = room.decide_once("starts", keys, "stage starts [yes = 1]")
    starts: dict[Stage, list[Start]] = {key: [] for key in stages}
    for key, row in stages.items():
        at, given_up = row["started"], programmes[key[0]]["abandoned"]
        if at is None or at >= (0 if given_up else end):  # a later start is not used
            continue
        duration, completes = fate(world, row, at)
        if given_up and at + duration > 0:
            duration, completes = -at, False
        starts[key].append(Start(at, Linear(1.0), duration, completes))
    for (name, number, at), variable in variables.items():
        row = stages[name, number]
        chosen = Linear().add(1.0, variable)
        starts[name, number].append(Start(at, chosen, *fate(world, row, at)))

    def started_by(key: Stage, at: int) -> Linear:
        if stages[key]["started"] is not None:
            return gather(starts[key], lambda start: start.at <= at)
        return variables.by(*key, at)

    def finished_by(key: Stage, at: int) -> Linear:
        done = [start for start in starts[key] if start.completes and start.finish <= at]
        if done and done == starts[key][: len(done)]:
            return started_by(key, done[-1].at)
        return gather(done, lambda _: True)

    ordered, prompt, required = {}, {}, {}
    for name, own in of.items():
        for place, key in enumerate(own):
            row = stages[key]
            if row["started"] is not None:
                continue
            needs = programmes[name]["requires"]
            for start in starts[key]:
                if place == 0 and needs and of[needs]:
                    form = started_by(key, start.at).plus(finished_by(of[needs][-1], start.at), -1)
                    required[(*key, start.at)] = (None, form, 0.0)
                if place == 0:
                    continue
                before = own[place - 1]
                form = started_by(key, start.at).plus(finished_by(before, start.at), -1.0)
                ordered[(*key, start.at)] = (None, form, 0.0)
                if row["max_wait"] is not None:
                    oldest = start.at - row["max_wait"]
                    recent = gather(
                        starts[before],
                        lambda s, low=oldest, high=start.at: (
                            s.completes and low <= s.finish <= high
                        ),
                    )
                    form = Linear().plus(start.chosen).plus(recent, -1.0)
                    prompt[(*key, start.at)] = (None, form, 0.0)
    room.require(
        "a_stage_waits_for_the_one_before",
        ordered,
        "a stage starts once the one before is done",
        r"Y_{p,k+1,t} \le \sum_{\tau + d_\tau \le t} y_{pk\tau}",
    )
    room.require(
        "a_stage_does_not_wait_too_long",
        prompt,
        "a stage starts within max_wait of the one before",
        r"y_{p,k+1,t} \le \sum_{t-w \le \tau + d_\tau \le t} y_{pk\tau}",
    )
    room.require(
        "a_programme_waits_for_the_one_it_requires",
        required,
        "a programme starts once the one it requires is ready",
        r"Y_{p,1,t} \le \sum_{\tau + d_\tau \le t} y_{qK\tau}",
    )
    room.require(
        "a_programme_that_must_run_is_finished",
        {
            name: (1.0, must(starts, own, end), None)
            for name, own in of.items()
            if programmes[name]["must_run"] and own
        },
        "the last stage is finished within the plan, or the one that never finishes is started",
        r"\sum_{\tau + d_\tau \le T} y_{pK\tau} + \sum_{(k,\tau) \in N} y_{pk\tau} \ge 1",
    )
    payment = room.cost("programme_costs")
    for key, row in stages.items():
        for start in starts[key]:
            for at in range(max(start.at, 0), min(start.finish, end)):
                payment[at].plus(start.chosen, row["cost"] / row["duration"])
    abandons, cancellation = cancel(room, world, programmes, of, stages, starts)
    payment[end - 1].plus(cancellation)
    residual = Linear()
    for name, own in of.items():
        if own:
            cost = sum(stages[key]["cost"] for key in own)
            residual.plus(finished_by(own[-1], end), programmes[name]["residual_pct"] * cost)
    ready, allowed = {}, {}
    for name, own in of.items():
        steps = ramp(world, name)
        for at in world.calendar.positions:
            if not own:
                ready[name, at] = Linear(1.0)
                arrivals = [(0, Linear(1.0))]
            else:
                ready[name, at] = finished_by(own[-1], at)
                arrivals = [(s.finish, s.chosen) for s in starts[own[-1]] if s.completes]
            if steps:
                form = Linear()
                for since, chosen in arrivals:
                    if since <= at:
                        room_left = max(
                            reached(steps, at - since) - committed.get((name, at), 0), 0
                        )
                        form.plus(chosen, room_left)
                allowed[name, at] = form
    return OwnSiliconDoor(stages, starts, abandons, residual, ready, allowed)


def fate(world: World, row: Row, at: int) -> tuple[int, bool]:
    """Periods that a stage started in a period is paid for, and whether it ever finishes."""
    completes = world.completes(row, at)
    return world.duration(row, at) if completes else row["duration"], completes


def gather(starts: list[Start], keep: object) -> Linear:
    """The sum of the starts that are kept."""
    form = Linear()
    for start in starts:
        if keep(start):
            form.plus(start.chosen)
    return form


def must(starts: dict[Stage, list[Start]], own: list[Stage], end: int) -> Linear:
    """1 where a programme that must run did what it can: see contract §3.6."""
    form = gather(starts[own[-1]], lambda start: start.completes and start.finish <= end)
    for key in own:
        form.plus(gather(starts[key], lambda start: not start.completes))
    return form


def ramp(world: World, programme: str) -> list[tuple[int, float]]:
    """(periods since ready, most units) in order; empty where there is no limit."""
    rows = [row for row in world.rows("Programme ramp") if row["programme"] == programme]
    return sorted((row["periods_since_ready"], row["max_units"]) for row in rows)


def reached(steps: list[tuple[int, float]], age: int) -> float:
    """Most units so many periods after ready: the last row that has been reached goes on."""
    level = 0.0
    for since, units in steps:
        if since <= age:
            level = units
    return level


def cancel(
    room: Room,
    world: World,
    programmes: dict[str, Row],
    of: dict[str, list[Stage]],
    stages: dict[Stage, Row],
    starts: dict[Stage, list[Start]],
) -> tuple[dict, Linear]:
    """What it costs to have abandoned programmes by the plan's end (contract §3.6).

    With a stage under way the cost is a coefficient of its start. Otherwise it is paid if the
    next stage was not started and can no longer be: ``abandons`` is 1 then, being bounded below
    by (finished too long ago) − (next started); no big constant is needed.
    """
    end = world.calendar.count
    cost = Linear()
    rows, keys = {}, {}
    for name, own in of.items():
        fee = programmes[name]["cancellation_cost"]
        for place, key in enumerate(own):
            if not fee or programmes[name]["abandoned"]:
                continue
            row = stages[key]
            idle = Linear()
            for start in starts[key]:
                left = start.finish - end
                if left > 0:
                    cost.plus(start.chosen, min(fee, row["cost"] / row["duration"] * left))
                elif not start.completes:
                    cost.plus(start.chosen, fee)
                elif place + 1 < len(own):
                    wait = stages[own[place + 1]]["max_wait"]
                    if wait is None or start.finish + wait < end:
                        idle.plus(start.chosen)
            if idle or idle.constant:
                following = gather(starts[own[place + 1]], lambda start: True)
                keys[key] = end - 1
                rows[key] = idle.plus(following, -1.0)
    abandons = room.decide(
        "abandons", keys, "abandoned after this stage [yes = 1]", bounds=lambda _: (0, 1)
    )
    room.require(
        "an_abandoned_programme_is_cancelled",
        {key: (None, form.add(-1.0, abandons[key]), 0.0) for key, form in rows.items()},
        "a stage done too long ago, with the next not started, counts as abandoned",
        r"a_{pk} \ge \sum_{\tau + d_\tau + w < T} y_{pk\tau} - \sum_\tau y_{p,k+1,\tau}",
    )
    for key, variable in abandons.items():
        cost.add(programmes[key[0]]["cancellation_cost"], variable)
    return abandons, cost
