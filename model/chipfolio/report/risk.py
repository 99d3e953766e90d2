"""Uncertainty: what it costs, and how cost and service spread when inputs are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..workbook.planbook.looks import shaded
from .blocks import Block, Figure, Grid, Key, Section, Two
from .charts import Panel
from .colours import NAVY
from .numbers import count, first_up, percent, scale_for
from .story import Row, Story

WIDE, NARROW = shaded(NAVY, 0.80), shaded(NAVY, 0.55)
DEMAND = "#C55A11"
MOST_WORKLOADS = 8
SHORT = 1e-6


def risk_section(story: Story) -> Section | None:
    """Measures of risk and the spread of drawn futures; nothing where neither was asked for."""
    drawn = [row for row in story.table("Monte Carlo") if row.get("p50") is not None]
    blocks: list[Block] = [*measures(story), *spread(story, drawn)]
    keys = []
    if drawn:
        keys = [
            Key("90 % of draws", WIDE),
            Key("half of draws", NARROW),
            Key("median", NAVY, "line"),
            Key("median demand", DEMAND, "line"),
        ]
    return Section("risk", "Risk", blocks, keys) if blocks else None


def measures(story: Story) -> Iterator[Grid]:
    """Table of what uncertainty costs, each figure with the range in which it is proven."""
    rows = [row for row in story.table("Risk") if row.get("value") is not None]
    if not rows:
        return
    scale = scale_for(float(row["value"]) for row in rows)
    cells = []
    for row in rows:
        case = f" ({row['scenario']})" if row.get("scenario") else ""
        what = Two(first_up(f"{row['measure']}{case}"), str(row.get("text") or ""))
        low, high = row.get("low"), row.get("high")
        ends = ["unknown" if end is None else scale.show(float(end)) for end in (low, high)]
        cells.append([what, scale.show(float(row["value"])), *ends])
    heads = ["Measure", scale.unit(story.currency), "At least", "At most"]
    note = "At least and at most: what is proven, where a figure rests on solves with a gap."
    yield Grid(heads, cells, title="What uncertainty costs", note=note, wide=True)


def spread(story: Story, drawn: list[Row]) -> Iterator[Block]:
    """Total cost, cash by period and service by workload over the draws."""
    total = next((row for row in drawn if row["measure"] == "total"), None)
    if total:
        names = {"p5": "5 % are below", "p50": "Median", "mean": "Mean", "p95": "5 % are above"}
        scale = scale_for([float(total["lowest"]), float(total["highest"])])
        rows = [[name, scale.show(float(total[key]))] for key, name in names.items()]
        title = (
            f"Nine in ten of {count(float(total['samples']))} draws cost between "
            f"{story.money(float(total['p5']))} and {story.money(float(total['p95']))}"
        )
        yield Grid(["Total cost", scale.unit(story.currency)], rows, title=title)
    cash = [row for row in drawn if row["measure"] == "cash"]
    if cash:
        top = max(cash, key=lambda row: row["p95"])
        high = story.money(float(top["p95"]))
        title = f"Cash of a {story.period} can reach {high} in {top['period']}"
        scale = scale_for(float(row["p95"]) for row in cash)
        yield fan(story, title, scale.unit(story.currency), scale.divisor, cash)
    for name in [str(row["workload"]) for row in story.inputs.rows("Workloads")][:MOST_WORKLOADS]:
        mine = [row for row in drawn if row["item"] == name]
        served = [row for row in mine if row["measure"] == "served"]
        if served:
            asked = [row for row in mine if row["measure"] == "demand"]
            yield fan_of_work(story, name, served, asked, mine)


def fan_of_work(
    story: Story, name: str, served: list[Row], asked: list[Row], mine: list[Row]
) -> Figure:
    """Spread of work served, with the median of demand."""
    wanted = {row["period"]: float(row["p50"]) for row in asked}
    short = [
        float(row["p95"]) / wanted[row["period"]]
        for row in mine
        if row["measure"] == "unmet" and wanted.get(row["period"])
    ]
    title = f"{name}: demand met in 95 % of draws"
    if max(short, default=0.0) > SHORT:
        share = percent(max(short))
        title = f"{name}: in 5 % of draws {share} or more of a {story.period} is missing"
    scale = scale_for(float(row["p95"]) for row in [*served, *asked])
    return fan(story, title, scale.word, scale.divisor, served, asked)


def fan(
    story: Story,
    title: str,
    unit: str,
    divisor: float,
    rows: list[Row],
    asked: Sequence[Row] = (),
) -> Figure:
    """Bands of nine in ten and of half the draws, their median, and the median of demand."""
    panel = Panel(story.labels, unit=unit)
    for row in rows:
        at = story.at(row["period"])
        for low, high, colour in (("p5", "p95", WIDE), ("p25", "p75", NARROW)):
            panel.rect(at, at + 1, float(row[low]) / divisor, float(row[high]) / divisor, colour)
        panel.rule(at, at + 1, float(row["p50"]) / divisor, NAVY)
    panel.line(
        [(story.at(row["period"]) + 0.5, float(row["p50"]) / divisor) for row in asked], DEMAND
    )
    last = rows[-1]
    said = f"{last['period']}: median {count(float(last['p50']))}, "
    said += f"nine in ten from {count(float(last['p5']))} to {count(float(last['p95']))}."
    return Figure(title, panel.svg(f"{title}. {said}"))
