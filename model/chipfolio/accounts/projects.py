"""Site steps and own-silicon programmes: what is capitalised, from when it serves, what is lost."""

from __future__ import annotations

from .assets import Asset, value_at_start
from .journal import Journal
from .records import Records, Stage


def post_sites(records: Records, journal: Journal, assets: list[Asset]) -> None:
    """Steps of site projects: paid at their start, depreciated from their finish."""
    projects = records.world.by_name("Site projects")
    committed = {row.number: row for row in records.world.rows("Committed steps")}
    for shown in records.rows("Site steps"):
        row, start = projects[str(shown["project"])], records.at(shown["start"])
        assert start is not None
        ready, life = start + row["lead_time"], records.years(row["book_life_years"])
        step = committed.get(shown["row"] or 0)  # type: ignore[arg-type]
        asset = Asset(
            item="sites",
            key=("step", row["project"], start, step.number if step else 0),
            begins=ready,
            life=life,
            line="depreciation_sites",
        )
        cost = float(shown["steps"]) * row["cost_per_step"]  # type: ignore[arg-type]
        if start < 0:
            told = step["book_value"] if step else None
            asset.opening = value_at_start(cost, life, -ready) if told is None else told
        else:
            asset.added[start] += cost
        if step is not None:
            post_paid(records, journal, start, cost, float(shown["cost"]))  # type: ignore[arg-type]
        assets.append(asset)


def post_paid(records: Records, journal: Journal, start: int, cost: float, due: float) -> None:
    """What of committed steps is paid ahead of their start, or still owed after it."""
    if start < 0:
        journal.open("prepayments", -due)
        journal.add("prepayments", 0, due)
    elif start < records.count:
        journal.open("prepayments", cost - due)
        journal.dispose("prepayments", start, cost - due)


def post_programmes(records: Records, journal: Journal, assets: list[Asset]) -> None:
    """Stages: capitalised in part, from ready on depreciated; written off once it is in vain."""
    cancelled = records.cash("programme_costs")
    for name, row in records.world.by_name("Programmes").items():
        stages = [r for r in records.world.rows("Programme stages") if r["programme"] == name]
        stages.sort(key=lambda stage: stage["stage"])
        runs = records.stages.get(str(name), {})
        ready = ready_at(runs, [stage["stage"] for stage in stages])
        lost = lost_at(records, runs, stages, ready)
        given_up = row["abandoned"] and ready is None
        if given_up:
            lost = 0
        life = records.years(row["book_life_years"])
        for stage in stages:
            run = runs.get(stage["stage"])
            if run is None:
                continue
            asset = Asset(
                item="programmes",
                key=("stage", name, stage["stage"]),
                begins=records.count if ready is None else ready,
                life=life,
                line="depreciation_programmes",
                ends=lost,
            )
            share = stage["capitalise_pct"]
            asset.opening = opening_of(run, share, life, ready, given_up)
            for at in range(max(run.start, 0), min(run.done, records.count)):
                cancelled[at] -= run.per_period
                asset.added[at] += run.per_period * share
                if share < 1.0:
                    journal.cost("expensed_stages", at, run.per_period * (1.0 - share))
            assets.append(asset)
    for at, amount in cancelled.items():  # what is no stage's cost is paid for giving one up
        journal.cost("expensed_stages", at, amount)


def ready_at(runs: dict[int, Stage], numbers: list[int]) -> int | None:
    """First period in which a programme's chips can be ordered; None where there is none."""
    last = runs.get(numbers[-1]) if numbers else None
    return last.done if last is not None and last.finishes else None


def opening_of(run: Stage, share: float, life: float, ready: int | None, given_up: bool) -> float:
    """What a stage stands for in the books at the plan's start."""
    told = run.row["book_value"]
    if run.start >= 0 or told is not None or given_up:
        return (told or 0.0) if run.start < 0 else 0.0
    spent = max(0, min(run.done, 0) - run.start) * run.per_period * share
    if ready is None or ready >= 0:
        return spent
    return value_at_start(spent, life, -ready)


def lost_at(
    records: Records, runs: dict[int, Stage], stages: list, ready: int | None
) -> int | None:
    """Period in which a programme begun is written off; None where it is not (contract §4)."""
    if not runs or ready is not None:
        return None
    count = records.count
    begun = max(runs)
    last = runs[begun]
    vain: list[int] = []
    if not last.finishes:
        vain.append(last.done)
    waiting = [stage for stage in stages if stage["stage"] > begun]
    if last.finishes and waiting and waiting[0]["max_wait"] is not None:
        vain.append(last.done + waiting[0]["max_wait"] + 1)
    vain += [stage["last_start"] + 1 for stage in waiting if stage["last_start"] is not None]
    first = max(min(vain), 0) if vain else count
    if first < count:
        return first
    under_way = last.done > count
    wait = waiting[0]["max_wait"] if waiting else None
    hopes = last.finishes and wait is not None and count - last.done <= wait
    return None if under_way or hopes else count - 1
