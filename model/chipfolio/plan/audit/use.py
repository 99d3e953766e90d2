"""The use of units and the work they serve, against contract §3.3 and §3.4."""

from __future__ import annotations

from collections import defaultdict

from .checks import RELATIVE, differs, exceeds, figure
from .facts import Facts
from .records import Use
from .stock import usable_units

CAPACITY = "units used and kept ready are in service and available"
WORK = "work served is units times throughput times efficiency"
EFFICIENCY = "work runs at an efficiency that is open"
PLACES = "workloads run only where they may, on chips that can"
ONE_PLACE = "workloads that run on one chip or one site do"
BLOCK = "a chip that serves a workload serves at least its block"
RESERVE = "reserve is kept ready"
BALANCE = "served, unmet and waiting work add up to what was asked for"
WAITING = "deferred work is served in time, all of it by the plan's end"
UNMET = "unmet work stays within its limit"


def levels_open(facts: Facts, chip: str, workload: str, at: int) -> list[float]:
    """Efficiencies at which a chip can run a workload in a period."""
    platform = facts.chips[chip]["platform"]
    if not platform:
        return [1.0]
    rows = (dict(row) for row in facts.world.rows("Platforms"))
    found = [row["efficiency_at_start"] for row in rows if row["platform"] == platform]
    for name, porting in facts.portings.items():
        row = facts.software[name]
        if row["platform"] != platform or porting.done > at:
            continue
        if row["workload"] and workload not in row["workload"]:
            continue
        found.append(efficiency(facts, name, at - porting.done, at))
    return found


def efficiency(facts: Facts, project: str, age: int, at: int) -> float:
    """Efficiency of a finished project so many periods after its finish."""
    row = facts.software[project]
    fresh = facts.value("Software", "efficiency", project, at)
    mature, after = row["mature_efficiency"], row["mature_after"]
    if mature is None:
        return fresh
    if not after or age >= after:
        return float(mature)
    return float(fresh + (mature - fresh) * age / after)


def check_use(facts: Facts) -> None:
    """Every row of Usage, and the units it draws on."""
    say = facts.findings
    used: dict[tuple[str, str, int], float] = defaultdict(float)
    by_work: dict[tuple[str, int], list[Use]] = defaultdict(list)
    opened: dict[tuple[str, str, int], list[float]] = {}
    throughput = facts.world.path("Performance", "throughput")
    for use in facts.uses:
        used[use.chip, use.site, use.at] += use.units + use.ready
        by_work[use.workload, use.at].append(use)
        where = f"{use.workload} on {use.chip} at {use.site or 'cloud'} in {facts.label(use.at)}"
        path = throughput.get((use.chip, use.workload))
        if path is None:
            say.fault(PLACES, f"{where}: the chip cannot run it")
            continue
        say.unless(
            place_allowed(facts, use.workload, use.site), PLACES, f"{where}: it may not run there"
        )
        key = (use.chip, use.workload, use.at)
        if key not in opened:
            opened[key] = levels_open(facts, *key)
        say.unless(
            any(abs(level - use.efficiency) <= RELATIVE for level in opened[key]),
            EFFICIENCY,
            f"{where}: {use.efficiency:.4%} is not open",
        )
        due = use.units * path[use.at] * use.efficiency
        low = min(use.units, use.ready, use.served) < -RELATIVE
        say.unless(
            not differs(due, use.served) and not low,
            WORK,
            f"{where}: {figure(use.units)} units serve {figure(due)}, not {figure(use.served)}",
        )
    usable = usable_units(facts)
    for (chip, site, at), taken in used.items():
        there = usable.get((chip, site), [0.0] * facts.end)[at]
        say.unless(
            not exceeds(taken, there),
            CAPACITY,
            f"{chip} at {site or 'cloud'} in {facts.label(at)}: {figure(taken)} units are used or "
            f"kept ready, {figure(there)} are there",
        )
    check_workloads(facts, by_work)


def place_allowed(facts: Facts, workload: str, site: str) -> bool:
    """Whether a workload may run at a site, or in the cloud where that is blank."""
    sites = facts.workloads[workload]["sites"] or ()
    if not site:
        return "no_cloud" not in sites
    named = [name for name in sites if name != "no_cloud"]
    return not named or site in named


def check_workloads(facts: Facts, by_work: dict[tuple[str, int], list[Use]]) -> None:
    """Each workload in each period: what is served, kept ready, left waiting and unmet."""
    demand = facts.demand
    for workload, row in facts.workloads.items():
        earlier = {
            row["asked_in"]: row["amount"]
            for row in map(dict, facts.world.rows("Waiting work"))
            if row["workload"] == workload
        }
        waiting = [0.0] * facts.end
        taken_on = [0.0] * facts.end
        for at in range(facts.end):
            uses = by_work.get((workload, at), [])
            asked = demand[workload][at]
            before = waiting[at - 1] if at else sum(earlier.values())
            line = facts.service.get((workload, at))
            where = f"{workload} in {facts.label(at)}"
            if line is None:
                if asked + before > RELATIVE or uses:
                    facts.findings.fault(BALANCE, f"{where}: it has no row in Service")
                continue
            served = sum(use.served for use in uses)
            scale = asked + before
            right = (
                not differs(line.demand, asked)
                and not differs(line.served, served, scale)
                and not differs(line.served + line.unmet + line.deferred, asked + before)
                and min(line.served, line.unmet, line.deferred) >= -RELATIVE * max(1.0, scale)
            )
            facts.findings.unless(
                right,
                BALANCE,
                f"{where}: {figure(asked)} asked for and {figure(before)} waiting; "
                f"{figure(line.served)} served ({figure(served)} by units), "
                f"{figure(line.unmet)} unmet, {figure(line.deferred)} left waiting",
            )
            waiting[at], taken_on[at] = line.deferred, asked - line.unmet
            most = most_unmet(facts, workload, at) * asked
            facts.findings.unless(
                not exceeds(line.unmet, most, asked),
                UNMET,
                f"{where}: {figure(line.unmet)} unmet, {figure(most)} may be",
            )
            check_shape(facts, workload, at, uses)
            check_reserve(facts, where, row["reserve_pct"] or 0.0, uses)
        check_waiting(facts, workload, waiting, taken_on, earlier)


def most_unmet(facts: Facts, workload: str, at: int) -> float:
    """Share of a workload's demand that may stay unmet."""
    if facts.limit("Workloads", "unmet_penalty", workload, at) is None:
        return 0.0
    most = facts.workloads[workload]["max_unmet_pct"]
    return 1.0 if most is None else float(most)


def check_waiting(
    facts: Facts,
    workload: str,
    waiting: list[float],
    taken_on: list[float],
    earlier: dict[int, float],
) -> None:
    """Work waits no longer than it may, first come first served."""
    periods = facts.workloads[workload]["defer_periods"] or 0
    for at, left in enumerate(waiting):
        young = sum(taken_on[max(0, at - periods + 1) : at + 1]) if periods else 0.0
        young += sum(amount for asked, amount in earlier.items() if asked >= at - periods + 1)
        most = 0.0 if at == facts.end - 1 else young
        facts.findings.unless(
            not exceeds(left, most, sum(taken_on[: at + 1]) + sum(earlier.values())),
            WAITING,
            f"{workload} in {facts.label(at)}: {figure(left)} waits, {figure(most)} may",
        )


def check_shape(facts: Facts, workload: str, at: int, uses: list[Use]) -> None:
    """One chip, one site, and the least block of a chip."""
    row, where = facts.workloads[workload], f"{workload} in {facts.label(at)}"
    busy = [use for use in uses if use.units > RELATIVE or use.ready > RELATIVE]
    chips = dict.fromkeys(use.chip for use in busy)
    sites = dict.fromkeys(use.site or "cloud" for use in busy)
    if row["runs_on"] in ("one_chip", "one_chip_and_site"):
        facts.findings.unless(len(chips) <= 1, ONE_PLACE, f"{where}: on {', '.join(chips)}")
    if row["runs_on"] in ("one_site", "one_chip_and_site"):
        facts.findings.unless(len(sites) <= 1, ONE_PLACE, f"{where}: at {', '.join(sites)}")
    block = facts.limit("Workloads", "min_block", workload, at)
    if not block:
        return
    for chip in chips:
        served = sum(use.served for use in uses if use.chip == chip)
        facts.findings.unless(
            served <= RELATIVE * max(1.0, block) or not exceeds(block, served),
            BLOCK,
            f"{where}: {chip} serves {figure(served)}, at least {figure(block)} is a block",
        )


def check_reserve(facts: Facts, where: str, share: float, uses: list[Use]) -> None:
    """Ready units could serve so much more than is served."""
    if share <= 0.0:
        return
    throughput = facts.world.path("Performance", "throughput")
    served = sum(use.served for use in uses)
    could = sum(
        use.ready * throughput[use.chip, use.workload][use.at] * use.efficiency
        for use in uses
        if (use.chip, use.workload) in throughput
    )
    facts.findings.unless(
        not exceeds(share * served, could, served),
        RESERVE,
        f"{where}: ready units could serve {figure(could)}, {figure(share * served)} is to be kept",
    )
