"""Scenarios: what each costs, how cost and capacity fan out, which programmes go on."""

from __future__ import annotations

from collections import defaultdict
from itertools import accumulate

from ..contract.lines import CASH_LINES
from ..plan.summary import listed
from .blocks import Block, Figure, Grid, Key, Section
from .charts import Panel
from .colours import series
from .numbers import percent, power, scale_for
from .story import Story
from .timeline import outcome

MOST_WORKLOADS = 8
DEMAND = "#CBD2DA"


def futures_section(story: Story) -> Section | None:
    """The section of scenarios; nothing for a plan of one world."""
    if not story.several:
        return None
    colours = series(story.scenarios)
    blocks: list[Block] = [costs(story), fan_of_cost(story, colours)]
    names = [str(row["workload"]) for row in story.inputs.rows("Workloads")]
    blocks += [fan_of_work(story, name, colours) for name in names[:MOST_WORKLOADS]]
    blocks += fan_of_power(story, colours)
    blocks += go_or_not(story)
    keys = [Key(name, colour, "line") for name, colour in colours.items()]
    keys.append(Key("demand", DEMAND, "band"))
    return Section("scenarios", "Scenarios", blocks, keys)


def costs(story: Story) -> Grid:
    """Cost by scenario against the mean."""
    found = {str(row["scenario"]): float(row["total"]) for row in story.table("Scenario costs")}
    mean = sum(story.weights[name] * total for name, total in found.items())
    scale = scale_for([*found.values(), mean])
    rows = [
        [name, percent(story.weights[name]), scale.show(total), scale.show(total - mean)]
        for name, total in found.items()
    ]
    rows.append(["Mean", percent(sum(story.weights.values())), scale.show(mean), ""])
    low = min(found, key=lambda name: found[name])
    high = max(found, key=lambda name: found[name])
    title = (
        f"Cost runs from {story.money(found[low])} ({low}) to {story.money(found[high])} ({high})"
    )
    heads = ["Scenario", "Probability", f"Cost, {scale.unit(story.currency)}", "Against mean"]
    note = "Discounted, with what is still worth something at the plan's end."
    return Grid(heads, rows, title=title, total=True, note=note)


def line_widths(story: Story) -> dict[str, float]:
    """Later lines are thinner: where scenarios are one, all their colours still show."""
    number = len(story.scenarios)
    return {name: 1.5 + 4.0 * (number - 1 - at) / number for at, name in enumerate(story.scenarios)}


def fan_of_cost(story: Story, colours: dict[str, str]) -> Figure:
    """Cash paid so far, by scenario."""
    paid: dict[str, list[float]] = {}
    for name, rows in story.by_scenario("Cash"):
        by_period = [0.0] * len(story.labels)
        for row in rows:
            if row["line"] in CASH_LINES:
                by_period[story.at(row["period"])] += float(row["amount"])
        paid[name] = list(accumulate(by_period))
    ends = {name: path[-1] for name, path in paid.items()}
    scale = scale_for(ends.values())
    panel = Panel(story.labels, unit=scale.unit(story.currency))
    widths = line_widths(story)
    for name, path in paid.items():
        points = [(at + 0.5, v / scale.divisor) for at, v in enumerate(path)]
        panel.line(points, colours[name], widths[name])
    low, high = min(ends, key=lambda n: ends[n]), max(ends, key=lambda n: ends[n])
    title = (
        f"Cash paid by {story.labels[-1]} runs from {story.money(ends[low])} ({low}) to "
        f"{story.money(ends[high])} ({high})"
    )
    said = ", ".join(f"{name} {story.money(amount)}" for name, amount in ends.items())
    note = "Cash so far, undiscounted."
    return Figure(title, panel.svg(f"{title}. {said}."), (), note)


def fan_of_work(story: Story, name: str, colours: dict[str, str]) -> Figure:
    """Work served by scenario, over its demand."""
    panel, widths = Panel(story.labels), line_widths(story)
    paths: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for scenario, rows in story.by_scenario("Service"):
        paths[scenario] = [
            (float(row["demand"]), float(row["served"]), float(row["unmet"]))
            for row in rows
            if row["workload"] == name
        ]
    scale = scale_for(
        value for path in paths.values() for asked, got, _ in path for value in (asked, got)
    )
    unit = next(
        str(row["unit"]) for row in story.inputs.rows("Workloads") if row["workload"] == name
    )
    panel.unit = f"{unit}, {scale.word}" if scale.word else unit
    for scenario, path in paths.items():
        served = [(at + 0.5, got / scale.divisor) for at, (_, got, _) in enumerate(path)]
        panel.line(served, colours[scenario], widths[scenario])
    for path in paths.values():
        asked = [(at + 0.5, want / scale.divisor) for at, (want, _, _) in enumerate(path)]
        panel.band(asked, DEMAND)
    missing = {
        scenario: sum(short for _, _, short in path) / (sum(want for want, _, _ in path) or 1.0)
        for scenario, path in paths.items()
    }
    worst = max(missing, key=lambda scenario: missing[scenario])
    title = f"{name}: demand met in every scenario"
    if missing[worst] > 1e-6:
        title = f"{name}: up to {percent(missing[worst])} of demand unserved ({worst})"
    said = ", ".join(f"{case} {percent(share)} unserved" for case, share in missing.items())
    return Figure(title, panel.svg(f"{title}. {said}."))


def fan_of_power(story: Story, colours: dict[str, str]) -> list[Figure]:
    """Power drawn at all sites, by scenario; nothing where no site draws any."""
    drawn: dict[str, list[float]] = {}
    for name, rows in story.by_scenario("Power"):
        path = drawn.setdefault(name, [0.0] * len(story.labels))
        for row in rows:
            path[story.at(row["period"])] += float(row["mw"])
    ends = {name: path[-1] for name, path in drawn.items()}
    if not any(max(path) for path in drawn.values()):
        return []
    panel, widths = Panel(story.labels, unit="MW"), line_widths(story)
    for name, path in drawn.items():
        panel.line([(at + 0.5, mw) for at, mw in enumerate(path)], colours[name], widths[name])
    low, high = min(ends, key=lambda n: ends[n]), max(ends, key=lambda n: ends[n])
    title = (
        f"Power drawn in {story.labels[-1]} runs from {power(ends[low])} ({low}) to "
        f"{power(ends[high])} ({high})"
    )
    said = ", ".join(f"{name} {power(mw)}" for name, mw in ends.items())
    return [Figure(title, panel.svg(f"{title}. {said}."), (), "At all sites, PUE included.")]


def go_or_not(story: Story) -> list[Grid]:
    """What becomes of each programme in each scenario."""
    programmes = story.inputs.names("Programmes")
    if not programmes:
        return []
    rows = [
        [scenario, *(outcome(story, programme, scenario) for programme in programmes)]
        for scenario in story.scenarios
    ]
    changed = [
        name for at, name in enumerate(programmes, 1) if len({str(row[at]) for row in rows}) > 1
    ]
    title = "Own silicon goes the same way in every scenario"
    if changed:
        goes = "goes" if len(changed) == 1 else "go"
        title = f"How {listed(changed)} {goes} on depends on the scenario"
    heads = ["Scenario", *programmes]
    return [Grid(heads, rows, title=title, words=len(heads), wide=True)]
