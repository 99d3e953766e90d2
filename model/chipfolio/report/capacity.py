"""Capacity: work served by chip against demand, shortages, and power against limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..plan.verdicts import NOT_APPLIED
from ..plan.words import listed, unmet_penalty
from .blocks import Block, Figure, Grid, Key, Section, Two, Words
from .cases import cases
from .charts import MOST_BARS, Panel
from .colours import DEMAND, RED
from .numbers import count, first_up, percent, plural, power, scale_for
from .story import Row, Story

SHORT = 1e-6
DRAW = "#6C8EBF"
MOST_PICTURES = 12
"""Workloads or sites drawn; the rest stand in the plan workbook."""


def capacity_section(story: Story) -> Section | None:
    """By scenario, one picture per workload: who serves it, and what was asked for."""
    if not story.table("Service"):
        return None
    usage = [row for _, rows in story.by_scenario("Usage") for row in rows]
    colours = story.colours.chips(list(dict.fromkeys(str(row["chip"]) for row in usage)))
    names = [str(row["workload"]) for row in story.inputs.rows("Workloads")]

    def pictures(scenario: str) -> Iterator[Figure]:
        """One picture per workload."""
        return (workload(story, scenario, name, colours) for name in names[:MOST_PICTURES])

    def finding(scenario: str, _: Sequence[Figure]) -> str:
        """What is short in a scenario."""
        return outlook(story.rows("Service", scenario))

    keys = [Key(f"{chip} ({story.colours.designer[chip]})", c) for chip, c in colours.items()]
    keys.append(Key("demand", DEMAND, "line"))
    blocks = [*cases(story, pictures, finding, keys), *shortage(story)]
    return Section("capacity", "Capacity against demand", blocks, () if story.several else keys)


def workload(story: Story, scenario: str, name: str, colours: dict[str, str]) -> Figure:
    """Work served by chip, stacked, under the line of demand."""
    by_chip: dict[str, list[float]] = defaultdict(lambda: [0.0] * len(story.labels))
    for row in story.rows("Usage", scenario):
        if row["workload"] == name:
            by_chip[str(row["chip"])][story.at(row["period"])] += float(row["served"])
    service = [row for row in story.rows("Service", scenario) if row["workload"] == name]
    demand = [float(row["demand"]) for row in service]
    unit = next(
        str(row["unit"]) for row in story.inputs.rows("Workloads") if row["workload"] == name
    )
    top = story.top("Service", ("demand", "served"), workload=name)
    scale = scale_for([top])
    words = f"{unit}, {scale.word}" if scale.word else unit
    panel = Panel(story.labels, unit=words, reach=top / scale.divisor)
    stack(panel, {c: by_chip[c] for c in colours if c in by_chip}, colours, scale.divisor)
    for at, asked in enumerate(demand):
        panel.rule(at, at + 1, asked / scale.divisor, DEMAND)
    title = f"{name}: {verdict(story, service)}{lifted(story, scenario, name)}"
    return Figure(title, panel.svg(f"{title}. {parts_said(story, by_chip)}"))


def lifted(story: Story, scenario: str, workload: str) -> str:
    """Rules on the shares of one workload that are not applied, as they end a title."""
    rules = {
        str(row["rule"]) for row in story.inputs.rows("Share rules") if row["workload"] == workload
    }
    found = dict.fromkeys(
        name
        for row in story.rows("Rules", scenario)
        if row["state"] == NOT_APPLIED and (name := str(row["rule"]).partition(": ")[0]) in rules
    )
    return f"; NOT APPLIED: {listed(found)}" if found else ""


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
    short = [row for row in service if is_short(row)]
    waits = [row for row in service if float(row["deferred"]) > SHORT]
    if not short:
        met = f"demand met in every {story.period}"
        return met + (f", some of it later, in {plural(len(waits), story.period)}" if waits else "")
    worst = max(short, key=lack)
    return (
        f"short in {len(short)} of {plural(len(service), story.period)}, "
        f"worst {percent(lack(worst))} in {worst['period']}"
    )


def outlook(service: list[Row]) -> str:
    """Which workloads are short in a scenario, and how much at worst."""
    short = [row for row in service if is_short(row)]
    if not short:
        return "all demand met"
    worst = max(short, key=lack)
    names = dict.fromkeys(str(row["workload"]) for row in short)
    where = f"{worst['workload']}, {worst['period']}"
    return f"short of {', '.join(names)}; at worst by {percent(lack(worst))} ({where})"


def is_short(row: Row) -> bool:
    """Whether demand is left unserved."""
    return float(row["unmet"]) > SHORT * max(float(row["demand"]), 1)


def lack(row: Row) -> float:
    """Share of demand left unserved."""
    return float(row["unmet"]) / float(row["demand"])


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
            short = [row for row in mine if is_short(row)]
            if not short:
                continue
            asked = sum(float(row["demand"]) for row in mine)
            missing = sum(float(row["unmet"]) for row in short)
            worst = max(short, key=lack)
            when = story.spans([str(row["period"]) for row in short])
            case = f"{scenario}: {when}" if story.several else when
            lost = f"{count(missing)} {units[name]}"
            worst_cell = Two(percent(lack(worst)), f"in {worst['period']}")
            rows.append([Two(name, case), worst_cell, Two(percent(missing / asked), lost)])
    if not rows:
        every = " in every scenario" if story.several else ""
        return [Words([f"All demand is served{every}."], tone="good")]
    heads = ["Workload and when", "At worst", "Over the plan"]
    said = unmet_penalty(story.table("Cash"), story.weights, story.currency)
    note = first_up(said) + "." if said else ""
    title = "Where demand is short"
    return [Grid(heads, rows, title=title, note=note, wide=True)]


def power_section(story: Story) -> Section | None:
    """By scenario, one picture per site: draw against its power."""
    if not story.rows("Power"):
        return None

    def pictures(scenario: str) -> Iterator[Figure]:
        """One picture per site."""
        found = by_site(story.rows("Power", scenario))
        return (site_power(story, s, found[s]) for s in list(found)[:MOST_PICTURES])

    def finding(scenario: str, _: Sequence[Figure]) -> str:
        """How much power a scenario draws."""
        return peak(story.rows("Power", scenario))

    keys = [Key("drawn, PUE included", DRAW), Key("limit with finished steps", RED, "line")]
    blocks = cases(story, pictures, finding, keys)
    return Section("power", "Power by site", blocks, () if story.several else keys)


def by_site(rows: list[Row]) -> dict[str, list[Row]]:
    """Rows of each site."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[str(row["site"])].append(row)
    return found


def peak(rows: list[Row]) -> str:
    """The most that all sites draw together, and which of them reach their limits."""
    drawn: dict[str, float] = defaultdict(float)
    for row in rows:
        drawn[str(row["period"])] += float(row["mw"])
    when = max(drawn, key=lambda period: drawn[period])
    if not drawn[when]:
        return "no power drawn"
    full = [site for site, mine in by_site(rows).items() if any(map(is_full, mine))]
    ends = "no site reaches its limit"
    if full:
        ends = f"{listed(full)} {'reaches its limit' if len(full) == 1 else 'reach their limits'}"
    return f"peak {power(drawn[when])} in {when}; {ends}"


def is_full(row: Row) -> bool:
    """Whether a site draws all it may."""
    return float(row["limit"]) > 0 and float(row["mw"]) >= float(row["limit"]) * (1 - SHORT)


def site_power(story: Story, site: str, rows: list[Row]) -> Figure:
    """Draw of one site under its limit."""
    drawn = [float(row["mw"]) for row in rows]
    limits = [float(row["limit"]) for row in rows]
    highest = story.top("Power", ("mw", "limit"), site=site)
    panel = Panel(story.labels, unit="MW", height=180, reach=highest)
    stack(panel, {"": drawn}, {"": DRAW}, 1.0)
    for at, limit in enumerate(limits):
        panel.rule(at, at + 1, limit, RED)
    top = max(range(len(drawn)), key=lambda at: drawn[at])
    full = sum(map(is_full, rows))
    title = f"{site}: peak {power(drawn[top])} of {power(limits[top])} in {rows[top]['period']}"
    if not max(drawn):
        title = f"{site}: not used"
    if full:
        title += f", at its limit in {full} of {plural(len(rows), story.period)}"
    elif max(drawn):
        title += ", never at its limit"
    says = f"{first_up(title)}. Limit {power(limits[0])} at first, {power(limits[-1])} at the end."
    return Figure(title, panel.svg(says))
