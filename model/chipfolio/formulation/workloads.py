r"""Workloads: what is served on which units, what waits, what stays unmet.

Reads      Demand, Workloads   unmet_penalty, max_unmet_pct, reserve_pct, defer_periods, sites …
           Performance         throughput
           Waiting work        asked_in, amount
Decides    used       units used     [chip, pool, workload, level, period]
           ready      units kept ready, idle   [chip, pool, workload, level, period]
           unmet, waiting   work     [workload, period]
           runs       a chip (site) works for a workload   [workload, chip or site, period]
Hands on   served     work           [workload, chip, pool, level, period]   to shares, money
           used       units          to money
Pays       unmet_penalty, deferral_cost

A pool is a set of places whose units of a chip are interchangeable: same workloads allowed there
and no cost that depends on the place. Work at an efficiency level, on a chosen chip or on a chosen
site is bounded by the work that can be due in the period, which is the tightest constant there is.

Symbols    w workload, c chip, s place, e level, t period, i cohort; u used, r ready
           q throughput × level, \alpha availability, I units in service, d defer_periods
           W work that can be due, \rho reserve_pct, open level is open, \ell min_block
           g chip, site or both, b the workload runs there
Source     contract §2 (Workloads, Performance), §3.3, §3.4; demand-bounded links after
           Krarup and Bilde 1977; backlog as in Pochet and Wolsey 2006, ch. 10
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import pyomo.core as pyo

from ..tables import Row, World
from .fleet import FleetDoor
from .linear import Linear, Room
from .orders import CLOUD
from .software import Level, SoftwareDoor

NO_CLOUD = "no_cloud"


@dataclass(frozen=True)
class Use:
    """One way of doing one workload's work in one period."""

    chip: str
    pool: tuple[str, ...]
    workload: str
    level: Level
    at: int
    rate: float
    """Work that one unit serves: throughput × efficiency."""

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        """Key of its variables."""
        return self.chip, ", ".join(self.pool), self.workload, self.level.name, self.at


@dataclass
class WorkloadsDoor:
    """What workloads hand on."""

    uses: list[Use]
    used: dict
    ready: dict
    served: dict[tuple[str, int], Linear]
    unmet: dict
    waiting: dict
    work: dict[tuple[str, int], float]


def allowed(workload: Row, place: str) -> bool:
    """Whether a workload may run at a place."""
    if place == CLOUD:
        return NO_CLOUD not in workload["sites"]
    named = [site for site in workload["sites"] if site != NO_CLOUD]
    return not named or place in named


def add_workloads(
    room: Room, world: World, fleet: FleetDoor, software: SoftwareDoor, by_place: bool
) -> WorkloadsDoor:
    """Furnish the room; ``by_place`` keeps every place a pool of its own."""
    periods = world.calendar.positions
    workloads = world.by_name("Workloads")
    demand = world.demand
    before = waiting_before(world)
    work = {
        (name, at): sum(demand[name][max(at - row["defer_periods"], 0) : at + 1])
        + waits_still(before[name], at - row["defer_periods"])
        for name, row in workloads.items()
        for at in periods
    }
    uses = list(ways(world, fleet, software, workloads, work, by_place))
    most = {use.key: work[use.workload, use.at] / use.rate for use in uses}
    used = room.decide(
        "used",
        {use.key: use.at for use in uses},
        "units used [units]",
        bounds=lambda k: (0, most[k]),
    )
    kept = {use.key: use.at for use in uses if workloads[use.workload]["reserve_pct"]}
    ready = room.decide("ready", kept, "units kept ready, idle [units]")
    served = {(name, at): Linear() for name in workloads for at in periods}
    reserve = {(name, at): Linear() for name in workloads for at in periods}
    for use in uses:
        served[use.workload, use.at].add(use.rate, used[use.key])
        if use.key in ready:
            reserve[use.workload, use.at].add(use.rate, ready[use.key])
    fit_capacity(room, fleet, uses, used, ready)
    open_levels(room, workloads, uses, used, ready, work)
    room.require(
        "the_reserve_is_kept",
        {
            key: (0.0, form.plus(served[key], -workloads[key[0]]["reserve_pct"]), None)
            for key, form in reserve.items()
            if workloads[key[0]]["reserve_pct"]
        },
        "work that ready units could serve ≥ reserve_pct × served [work]",
        r"\sum_{c,s,e} q\, r \ge \rho_w \sum_{c,s,e} q\, u",
    )
    unmet, waiting = meet_demand(room, world, workloads, demand, served, work)
    gather_on_one(room, world, workloads, uses, used, ready, work)
    penalties = world.path("Workloads", "unmet_penalty")
    for (name, at), variable in unmet.items():
        room.cost("unmet_penalty")[at].add(penalties[name][at], variable)
    for (name, at), variable in waiting.items():
        room.cost("deferral_cost")[at].add(workloads[name]["defer_cost"], variable)
    return WorkloadsDoor(uses, used, ready, served, unmet, waiting, work)


def waiting_before(world: World) -> dict[str, dict[int, float]]:
    """Work that waits at the plan's start, by workload and the period before the plan it is of."""
    found: dict[str, dict[int, float]] = {name: {} for name in world.by_name("Workloads")}
    for row in world.rows("Waiting work"):
        found[row["workload"]][row["asked_in"]] = row["amount"]
    return found


def waits_still(before: dict[int, float], since: int) -> float:
    """Of work that waits at the plan's start, what was asked for in a period or later."""
    return sum(amount for asked, amount in before.items() if asked >= since)


def ways(
    world: World,
    fleet: FleetDoor,
    software: SoftwareDoor,
    workloads: dict[str, Row],
    work: dict[tuple[str, int], float],
    by_place: bool,
) -> list[Use]:
    """Every way in which units that can be there can do work that can be due.

    Pools are made period by period, of the places where units of the chip can be then: so worlds
    with a common past have the same pools in it, whatever comes later.
    """
    chips = world.by_name("Chips")
    throughput = world.path("Performance", "throughput")
    runs: dict[str, list[str]] = defaultdict(list)
    for chip, workload in throughput:
        runs[chip].append(workload)
    present: dict[tuple[str, str], set[int]] = defaultdict(set)
    for line, cohort in fleet.lines():
        here = present[cohort.chip["chip"], cohort.site]
        here.update(at for at, form in fleet.stock[line].items() if form or form.constant)
    found = []
    places = [*(row["site"] for row in world.rows("Sites")), CLOUD]
    for chip, runnable in runs.items():
        pools: dict[object, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for place in places:
            able = tuple(w for w in runnable if allowed(workloads[w], place))
            signature = (able, place) if by_place else (able, place == CLOUD)
            for at in sorted(present.get((chip, place), ())):
                pools[signature][at].append(place)
        for signature, members in pools.items():
            for workload in signature[0]:
                for at in sorted(members):
                    pool = tuple(members[at])
                    rate = throughput[chip, workload][at] or 0.0
                    if not rate or work[workload, at] <= 0:
                        continue
                    for level in software.levels(chips[chip]["platform"], workload, at):
                        if level.efficiency > 0:
                            value = rate * level.efficiency
                            found.append(Use(chip, pool, workload, level, at, value))
    return found


def fit_capacity(room: Room, fleet: FleetDoor, uses: list[Use], used: dict, ready: dict) -> None:
    """Units used and kept ready fit into what is in service and available."""
    lines: dict[tuple[str, str], list] = defaultdict(list)
    for line, cohort in fleet.lines():
        lines[cohort.chip["chip"], cohort.site].append((line, cohort.availability))
    busy: dict[tuple[str, tuple[str, ...], int], Linear] = {}
    for use in uses:
        form = busy.setdefault((use.chip, use.pool, use.at), Linear())
        form.add(1.0, used[use.key])
        if use.key in ready:
            form.add(1.0, ready[use.key])
    rows = {}
    for (chip, pool, at), form in busy.items():
        for place in pool:
            for line, availability in lines[chip, place]:
                form.plus(fleet.stock[line][at], -availability)
        rows[chip, ", ".join(pool), at] = (None, form, 0.0)
    room.require(
        "work_fits_the_units_in_service",
        rows,
        "units used + kept ready ≤ units in service × availability [units]",
        r"\sum_{w,e} (u + r) \le \sum_i \alpha_i I_{it}",
    )


def open_levels(
    room: Room,
    workloads: dict[str, Row],
    uses: list[Use],
    used: dict,
    ready: dict,
    work: dict[tuple[str, int], float],
) -> None:
    """Work runs at an efficiency level only while the level is open."""
    at_level: dict[tuple[str, str, int], Linear] = {}
    opened: dict[tuple[str, str, int], Linear] = {}
    for use in uses:
        if use.level.open is None:
            continue
        key = (use.workload, use.level.name, use.at)
        form = at_level.setdefault(key, Linear())
        opened[key] = use.level.open
        form.add(use.rate, used[use.key])
        if use.key in ready:
            form.add(use.rate, ready[use.key])
    rows = {}
    for key, form in at_level.items():
        bound = work[key[0], key[2]] * (1.0 + workloads[key[0]]["reserve_pct"])
        rows[key] = (None, form.plus(opened[key], -bound), 0.0)
    room.require(
        "work_runs_at_levels_that_are_open",
        rows,
        "work at a project's efficiency ≤ work that can be due × (the level is open) [work]",
        r"\sum_{c,s} q\, (u_e + r_e) \le (1 + \rho_w)\, W_{wt}\, open_{et}",
    )


def meet_demand(
    room: Room,
    world: World,
    workloads: dict[str, Row],
    demand: dict[str, list[float]],
    served: dict[tuple[str, int], Linear],
    work: dict[tuple[str, int], float],
) -> tuple[dict, dict]:
    """Balance demand with what is served, waits and stays unmet."""
    count = world.calendar.count
    penalties = world.path("Workloads", "unmet_penalty")
    before = waiting_before(world)
    short, delayed = {}, {}
    for name, row in workloads.items():
        for at in range(count):
            if penalties[name][at] is not None and demand[name][at] > 0:
                short[name, at] = at
            if row["defer_periods"] and at < count - 1 and work[name, at] > 0:
                delayed[name, at] = at

    def most_unmet(key: tuple[str, int]) -> tuple[float, float]:
        share = workloads[key[0]]["max_unmet_pct"]
        return 0, demand[key[0]][key[1]] * (1.0 if share is None else share)

    unmet = room.decide("unmet", short, "work not served [work]", bounds=most_unmet)
    waiting = room.decide("waiting", delayed, "work waiting at the period's end [work]")
    balance, prompt = {}, {}
    for name, row in workloads.items():
        for at in range(count):
            form = Linear().plus(served[name, at])
            if (name, at) in unmet:
                form.add(1.0, unmet[name, at])
            if (name, at) in waiting:
                form.add(1.0, waiting[name, at])
                late = Linear().add(1.0, waiting[name, at])
                late.constant -= waits_still(before[name], at - row["defer_periods"] + 1)
                for k in range(max(at - row["defer_periods"] + 1, 0), at + 1):
                    late.constant -= demand[name][k]
                    if (name, k) in unmet:
                        late.add(1.0, unmet[name, k])
                prompt[name, at] = (None, late, 0.0)
            if (name, at - 1) in waiting:
                form.add(-1.0, waiting[name, at - 1])
            due = demand[name][at] + (sum(before[name].values()) if at == 0 else 0.0)
            balance[name, at] = (due, form, due)
    room.require(
        "demand_is_met",
        balance,
        "served + unmet + waiting at the end = demand + waiting at the start [work]",
        r"\sum_{c,s,e} q\, u + unmet_{wt} + wait_{wt} = demand_{wt} + wait_{w,t-1}",
    )
    room.require(
        "work_waits_no_longer_than_it_may",
        prompt,
        "what waits was asked for in the last defer_periods and is not given up [work]",
        r"wait_{wt} \le \sum_{k<d} (demand_{w,t-k} - unmet_{w,t-k})",
    )
    return unmet, waiting


def gather_on_one(
    room: Room,
    world: World,
    workloads: dict[str, Row],
    uses: list[Use],
    used: dict,
    ready: dict,
    work: dict[tuple[str, int], float],
) -> None:
    """runs_on and min_block: work on one chip or site, and blocks of at least a size."""
    blocks = world.path("Workloads", "min_block")
    groups: dict[tuple, Linear] = {}
    keys: dict[tuple, int] = {}
    least: dict[tuple, float] = {}
    alone: dict[tuple, list[tuple]] = defaultdict(list)
    for use in uses:
        row = workloads[use.workload]
        block = blocks[use.workload][use.at] or 0.0
        place = use.pool[0]
        parts = set()
        if row["runs_on"] == "one_chip" or block:
            parts.add(("chip", use.chip))
        if row["runs_on"] == "one_site":
            parts.add(("site", place))
        if row["runs_on"] == "one_chip_and_site":
            parts.add(("chip and site", f"{use.chip} / {place}"))
        for kind, name in sorted(parts):
            key = (use.workload, kind, name, use.at)
            keys[key] = use.at
            form = groups.setdefault(key, Linear())
            form.add(use.rate, used[use.key])
            if block and kind == "chip":
                least[key] = block
    runs = room.decide("runs", keys, "does the workload's work [yes = 1]", domain=pyo.Binary)
    for key in keys:
        kind = {"one_chip": "chip", "one_site": "site", "one_chip_and_site": "chip and site"}.get(
            workloads[key[0]]["runs_on"]
        )
        if key[1] == kind:
            alone[key[0], key[3]].append(key)
    kept: dict[tuple, Linear] = {}
    for use in uses:
        if use.key not in ready:
            continue
        row = workloads[use.workload]
        place = use.pool[0]
        group = {
            "one_chip": ("chip", use.chip),
            "one_site": ("site", place),
            "one_chip_and_site": ("chip and site", f"{use.chip} / {place}"),
        }.get(row["runs_on"])
        if group:
            key = (use.workload, *group, use.at)
            kept.setdefault(key, Linear()).add(use.rate, ready[use.key])
    capped, floored, waiting_ready = {}, {}, {}
    for key, form in groups.items():
        bound = work[key[0], key[3]]
        if least.get(key, 0.0) > bound:
            capped[key] = (None, Linear().plus(form), 0.0)
            continue
        capped[key] = (None, Linear().plus(form).add(-bound, runs[key]), 0.0)
        if key in least:
            floored[key] = (0.0, Linear().plus(form).add(-least[key], runs[key]), None)
    for key, form in kept.items():
        bound = work[key[0], key[3]] * workloads[key[0]]["reserve_pct"]
        waiting_ready[key] = (None, form.add(-bound, runs[key]), 0.0)
    room.require(
        "work_is_done_where_it_runs",
        capped,
        "served on a chip or site ≤ due × runs there [work]",
        r"\sum_{(c,s) \in g} q\, u \le W_{wt}\, b_{wgt}",
    )
    room.require(
        "blocks_are_large_enough",
        floored,
        "served on a chip ≥ min_block × runs [work]",
        r"\sum_{s,e} q\, u \ge \ell_{wt}\, b_{wct}",
    )
    room.require(
        "the_reserve_stands_where_work_runs",
        waiting_ready,
        "reserve ≤ due × runs there [work]",
        r"\sum_{(c,s) \in g} q\, r \le \rho_w W_{wt}\, b_{wgt}",
    )
    room.require(
        "work_runs_on_one",
        {key: (None, total_of(runs, members), 1.0) for key, members in alone.items()},
        "all of a period's work is on one chip, site or both",
        r"\sum_g b_{wgt} \le 1",
    )


def total_of(variables: dict, keys: list[tuple]) -> Linear:
    """The sum of variables."""
    form = Linear()
    for key in keys:
        form.add(1.0, variables[key])
    return form
