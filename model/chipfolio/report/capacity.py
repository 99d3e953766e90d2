"""Capacity: work served by chip against demand, shortages, and power against limits."""

from __future__ import annotations

from collections import defaultdict

from .blocks import Block, Figure, Grid, Key, Section, Two, Words
from .charts import MOST_BARS, Panel
from .colours import DEMAND, RED
from .numbers import count, first_up, percent, plural, power, scale_for
from .story import Row, Story

SHORT = 1e-6
DRAW = "#6C8EBF"
MOST_PICTURES = 12
"""Workloads or sites drawn; the rest stand in the plan workbook."""


def capacity_section(story: Story) -> Section | None:
    """One picture per workload: who serves it, and what was asked for."""
    if not story.table("Service"):
        return None
    usage = story.rows("Usage")
    shown = list(dict.fromkeys(str(row["chip"]) for row in usage))
    colours = story.colours.chips(shown)
    names = [row["workload"] for row in story.inputs.rows("Workloads")]
    blocks: list[Block] = [
        workload(story, str(name), usage, colours) for name in names[:MOST_PICTURES]
    ]
    blocks += shortage(story)
    keys = [Key(f"{chip} ({story.colours.designer[chip]})", c) for chip, c in colours.items()]
    keys.append(Key("demand", DEMAND, "line"))
    return Section("capacity", "Capacity against demand", blocks, keys)


def workload(story: Story, name: str, usage: list[Row], colours: dict[str, str]) -> Figure:
    """Work served by chip, stacked, under the line of demand."""
    by_chip: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(story.labels))
    for row in usage:
        if row["workload"] == name:
            by_chip[str(row["chip"])][story.at(row["period"])] += float(row["served"])
    service = [row for row in story.rows("Service") if row["workload"] == name]
    demand = [float(row["demand"]) for row in service]
    unit = next(
        str(row["unit"]) for row in story.inputs.rows("Workloads") if row["workload"] == name
    )
    scale = scale_for([*demand, *(float(row["served"]) for row in service)])
    words = f"{unit}, {scale.word}" if scale.word else unit
    panel = Panel(story.labels, unit=words)
    stack(panel, {c: by_chip[c] for c in colours if c in by_chip}, colours, scale.divisor)
    for at, asked in enumerate(demand):
        panel.rule(at, at + 1, asked / scale.divisor, DEMAND)
    title = f"{name}: {verdict(story, service)}"
    return Figure(title, panel.svg(f"{title}. {parts_said(story, by_chip)}"), (), story.of_main)


def stack(
    panel: Panel, parts: dict[str, list[float]], colours: dict[str, str], divisor: float
) -> None:
    """Bars of one period each, stacked in the order of the parts."""
    number = len(panel.labels)
    gap = 0.07 if number <= MOST_BARS else 0.0
    base = [0.0] * number
    for name, sizes in parts.items():
        for at, size in enumerate(sizes):
            if size > 0:
                top = base[at] + size / divisor
                panel.rect(at + gap, at + 1 - gap, base[at], top, colours[name])
                base[at] = top


def verdict(story: Story, service: list[Row]) -> str:
    """Whether demand is met, and where it is not."""
    short = [row for row in service if float(row["unmet"]) > SHORT * max(float(row["demand"]), 1)]
    waits = [row for row in service if float(row["deferred"]) > SHORT]
    if not short:
        met = f"demand met in every {story.period}"
        return met + (f", some of it later, in {plural(len(waits), story.period)}" if waits else "")
    worst = max(short, key=lambda row: float(row["unmet"]) / float(row["demand"]))
    share = percent(float(worst["unmet"]) / float(worst["demand"]))
    return (
        f"short in {len(short)} of {plural(len(service), story.period)}, "
        f"worst {share} in {worst['period']}"
    )


def parts_said(story: Story, by_chip: dict[str, list[float]]) -> str:
    """Which vendors serve it in the first and last period, in words."""
    said = []
    for at in (0, len(story.labels) - 1):
        parts: dict[str, float] = defaultdict(float)
        for chip, sizes in by_chip.items():
            parts[story.colours.designer[chip]] += sizes[at]
        whole = sum(parts.values())
        if whole > 0:
            order = sorted(parts.items(), key=lambda item: -item[1])
            words = ", ".join(f"{n} {percent(p / whole, 0)}" for n, p in order if p > 0)
            said.append(f"{story.labels[at]}: {words}.")
    return " ".join(said)


def shortage(story: Story) -> list[Block]:
    """Where demand is short, by scenario; or that it is not."""
    rows = []
    units = {row["workload"]: row["unit"] for row in story.inputs.rows("Workloads")}
    for scenario, service in story.by_scenario("Service"):
        for name in dict.fromkeys(str(row["workload"]) for row in service):
            mine = [row for row in service if row["workload"] == name]
            short = [r for r in mine if float(r["unmet"]) > SHORT * max(float(r["demand"]), 1)]
            if not short:
                continue
            asked = sum(float(row["demand"]) for row in mine)
            missing = sum(float(row["unmet"]) for row in short)
            worst = max(short, key=lambda row: float(row["unmet"]) / float(row["demand"]))
            worst_share = percent(float(worst["unmet"]) / float(worst["demand"]))
            when = story.spans([str(row["period"]) for row in short])
            case = f"{scenario}: {when}" if story.several else when
            lost = f"{count(missing)} {units[name]}"
            worst_cell = Two(worst_share, f"in {worst['period']}")
            rows.append([Two(name, case), worst_cell, Two(percent(missing / asked), lost)])
    if not rows:
        every = " in every scenario" if story.several else ""
        return [Words([f"All demand is served{every}."], tone="good")]
    heads = ["Workload and when", "At worst", "Over the plan"]
    cost = story.mean("Cash", lambda r: "" if r["line"] == "unmet_penalty" else None, "amount")
    note = f"Counted as a penalty of {story.money(cost[''])}, undiscounted." if cost else ""
    title = "Where demand is short"
    return [Grid(heads, rows, title=title, note=note, wide=True)]


def power_section(story: Story) -> Section | None:
    """One picture per site: draw against its power."""
    rows = story.rows("Power")
    sites = list(dict.fromkeys(str(row["site"]) for row in rows))
    if not sites:
        return None
    blocks = [site_power(story, s, [r for r in rows if r["site"] == s]) for s in sites]
    keys = [Key("drawn, PUE included", DRAW), Key("limit with finished steps", RED, "line")]
    return Section("power", "Power by site", blocks[:MOST_PICTURES], keys)


def site_power(story: Story, site: str, rows: list[Row]) -> Figure:
    """Draw of one site under its limit."""
    drawn = [float(row["mw"]) for row in rows]
    limits = [float(row["limit"]) for row in rows]
    panel = Panel(story.labels, unit="MW", height=180)
    stack(panel, {"": drawn}, {"": DRAW}, 1.0)
    for at, limit in enumerate(limits):
        panel.rule(at, at + 1, limit, RED)
    peak = max(range(len(drawn)), key=lambda at: drawn[at])
    full = sum(
        mw >= limit * (1 - SHORT) and limit > 0 for mw, limit in zip(drawn, limits, strict=True)
    )
    title = f"{site}: peak {power(drawn[peak])} of {power(limits[peak])} in {rows[peak]['period']}"
    if not max(drawn):
        title = f"{site}: not used"
    if full:
        title += f", at its limit in {full} of {plural(len(rows), story.period)}"
    elif max(drawn):
        title += ", never at its limit"
    says = f"{first_up(title)}. Limit {power(limits[0])} at first, {power(limits[-1])} at the end."
    return Figure(title, panel.svg(says), (), story.of_main)
