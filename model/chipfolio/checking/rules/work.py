"""Workloads and what can run them."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.problems import Problem
from ...tables import Row
from .supply import ways_to
from .view import TOLERANCE, View, item_of, listed


def workloads_have_demand(view: View) -> Iterator[Problem]:
    """Each workload has its row on sheet Demand."""
    if "Demand" not in view.book.tables:
        return
    asked = view.named("Demand")
    for name, row in view.named("Workloads").items():
        if name not in asked:
            need = "has no row on sheet Demand: add one, with 0 where nothing is asked for."
            yield view.fault(row, "workload", need)


def unmet_work_has_its_price(view: View) -> Iterator[Problem]:
    """max_unmet_pct goes with unmet_penalty, and defer_cost with defer_periods."""
    for row in view.rows("Workloads"):
        free = all(price is None for price in view.over_time(row, "unmet_penalty"))
        blank = free and view.blank(row, "unmet_penalty")
        if row.get("max_unmet_pct") and blank:
            name = str(row.get("workload"))
            if not view.moved("Workloads", name, "unmet_penalty"):
                need = "has no effect: without an unmet_penalty the work must be met."
                yield view.warning(row, "max_unmet_pct", need)
        if row.get("defer_cost") and not row.get("defer_periods"):
            yield view.warning(row, "defer_cost", "has no effect: defer_periods is 0.")


def work_can_be_run(view: View) -> Iterator[Problem]:
    """Work that is asked for can be run by something that is owned or on offer."""
    if not view.complete(("Offers", "chip"), ("Offers", "acquisition"), ("Performance", "chip")):
        return
    asked = view.named("Demand")
    pairs = view.groups("Performance", "workload")
    for name, row in view.named("Workloads").items():
        if name not in asked or not any(view.over_time(asked[name], "")):
            continue
        if any(runs(view, pair) for pair in pairs.get(name, ())):
            continue
        if must_be_met(view, row):
            changed = any(
                view.moved("Performance", item_of(pair), "throughput")
                for pair in view.rows("Performance")
            ) or any(change.get("sheet") == "Software" for change in view.rows("Scenario changes"))
            need = (
                "must be met, but no chip in the fleet or on offer can run it: give a throughput "
            )
            need += "on sheet Performance, or an unmet_penalty."
            yield view.problem(row, "workload", need, severity="warning" if changed else "fault")
        else:
            need = "can be run by no chip in the fleet or on offer: all of it stays unmet."
            yield view.warning(row, "workload", need)


def must_be_met(view: View, workload: Row) -> bool:
    """Whether a workload's demand must be met: no penalty is given for leaving it unmet."""
    if view.moved("Workloads", str(workload.get("workload")), "unmet_penalty"):
        return False
    if not view.blank(workload, "unmet_penalty"):
        return False
    return all(price is None for price in view.over_time(workload, "unmet_penalty"))


def runs(view: View, pair: Row) -> bool:
    """Whether a chip that can be had runs a workload at some efficiency, now or later."""
    if not view.blank(pair, "throughput") and pair.get("throughput") is None:
        return True  # a fault already
    if not any(view.over_time(pair, "throughput")):
        return False
    name = pair.get("chip")
    if not ways_to(view, str(name)):
        return False
    chip = view.named("Chips").get(str(name))
    platform = view.named("Platforms").get(str(chip.get("platform"))) if chip else None
    if platform is None or platform.get("efficiency_at_start") != 0:
        return True
    return raised(view, platform, pair.get("workload"))


def raised(view: View, platform: Row, workload: object) -> bool:
    """Whether a project on sheet Software makes a workload run on a platform."""
    return any(
        project.get("platform") == platform.get("platform")
        and (not project.get("workload") or workload in project.get("workload"))
        and ((project.get("efficiency") or 0) > 0 or (project.get("mature_efficiency") or 0) > 0)
        for project in view.rows("Software")
    )


def blocks_fit_demand(view: View) -> Iterator[Problem]:
    """A least block of work that exceeds the demand bars every chip from it."""
    asked = view.named("Demand")
    for row in view.rows("Workloads"):
        demand = asked.get(str(row.get("workload")))
        if demand is None:
            continue
        blocks, wanted = view.over_time(row, "min_block"), view.over_time(demand, "")
        barred = [
            at
            for at, (block, want) in enumerate(zip(blocks, wanted, strict=True))
            if block and want and block > want * (1 + TOLERANCE)
        ]
        if barred:
            when = listed(map(view.label, barred))
            need = (
                f"is above the demand of {when}: no chip can serve the work of that period alone."
            )
            yield view.warning(row, "min_block", need)
