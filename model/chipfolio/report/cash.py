"""Money: cash by fiscal year and line, and what makes up the discounted total."""

from __future__ import annotations

from collections.abc import Mapping

from ..contract.lines import CASH_LINES, LINES
from .blocks import Figure, Grid, Key, Section
from .charts import TEXT, Panel, finished, marks
from .colours import COLOUR_OF, GREEN, GREY, INK, NAVY
from .drawing import clean, draw
from .numbers import Scale, first_up, percent, scale_for
from .story import Story

BAR = 0.36
ROW = 26
"""Height of a bar of the breakdown with its gap [px]."""
NAMES = 128
"""Width of the names of the breakdown [px]."""
MAIN = 0.75
"""The largest lines named in the breakdown's title make up so much of the costs."""


def money_section(story: Story) -> Section:
    """Cash by fiscal year, its table, and the cost breakdown."""
    cash = story.mean(
        "Cash",
        lambda row: (
            (row["line"], story.year_of[str(row["period"])]) if row["line"] in CASH_LINES else None
        ),
        "amount",
    )
    lines = [line for line in CASH_LINES if any((line, year) in cash for year in story.years)]
    amounts = {line: [cash.get((line, year), 0.0) for year in story.years] for line in lines}
    totals = [sum(parts) for parts in zip(*amounts.values(), strict=True)] if lines else []
    blocks = []
    if lines:
        blocks.append(by_year(story, amounts, totals))
    blocks.append(breakdown(story))
    if lines:
        blocks.append(table(story, amounts, totals))
    return Section("money", "Money", blocks)


def by_year(story: Story, amounts: Mapping[str, list[float]], totals: list[float]) -> Figure:
    """Stacked bars: a year's cash by line; credits hang below zero."""
    scale = scale_for(totals)
    panel = Panel(story.years, unit=scale.unit(story.currency), height=250)
    for at in range(len(story.years)):
        up = down = 0.0
        for line, parts in amounts.items():
            part = parts[at] / scale.divisor
            base = up if part > 0 else down
            panel.rect(at + 0.5 - BAR, at + 0.5 + BAR, base, base + part, COLOUR_OF[line])
            up, down = (up + part, down) if part > 0 else (up, down + part)
        panel.text(at + 0.5, up, scale.show(totals[at]))
    peak = max(range(len(totals)), key=lambda at: totals[at])
    largest = max(amounts, key=lambda line: amounts[line][peak])
    share = amounts[largest][peak] / totals[peak] if totals[peak] > 0 else 0.0
    when = f"{story.years[peak]}"
    title = f"Cash out peaks in {when} at {story.money(totals[peak])}"
    if len(totals) == 1:
        title = f"Cash out in {when} is {story.money(totals[0])}"
    if share:
        title += f", {percent(share, 0)} of it {named(largest)}"
    said = ", ".join(
        f"{year} {story.money(total)}" for year, total in zip(story.years, totals, strict=True)
    )
    keys = [Key(first_up(named(line)), COLOUR_OF[line]) for line in amounts]
    note = f"{story.of_mean}Undiscounted. Income and rebates hang below zero; totals are net."
    return Figure(title, panel.svg(f"{title}. By fiscal year: {said}."), keys, note)


def table(story: Story, amounts: Mapping[str, list[float]], totals: list[float]) -> Grid:
    """The same as a table."""
    scale = scale_for([*totals, *(part for parts in amounts.values() for part in parts)])
    rows = [
        [first_up(named(line)), *map(scale.show, parts), scale.show(sum(parts))]
        for line, parts in amounts.items()
    ]
    rows.append(["Cash", *map(scale.show, totals), scale.show(sum(totals))])
    heads = [scale.unit(story.currency), *story.years, "Plan"]
    mean = ", mean over the scenarios" if story.several else ""
    title = f"Cash by fiscal year, undiscounted{mean}"
    return Grid(heads, rows, title=title, total=True, wide=True)


def breakdown(story: Story) -> Figure:
    """Bars by line of the discounted total, credits to the left, the total below."""
    found = story.mean("Cash", lambda row: row["line"], "discounted")
    lines = sorted((line for line in LINES if found.get(line)), key=lambda line: -found[line])
    total = sum(found.values())
    scale = scale_for([*found.values(), total])
    costs = sum(amount for amount in found.values() if amount > 0)
    credit = sum(amount for amount in found.values() if amount < 0)
    title = breakdown_title(story, found, lines, costs, credit)
    says = "; ".join(f"{named(line)} {story.money(found[line])}" for line in lines)
    spec = bars(story, [(line, found[line]) for line in lines], total, scale)
    unit = scale.unit(story.currency)
    note = (
        f"{story.of_mean}{unit}, discounted; in green, what comes back or is still worth something."
    )
    svg = draw(spec, clean(f"{title}. {says}; total {story.money(total)}."))
    return Figure(title, svg, (), note)


def breakdown_title(
    story: Story, found: Mapping[object, float], lines: list[str], costs: float, credit: float
) -> str:
    """The lines that make up most of the costs, and what comes back."""
    if not costs:
        return "Nothing is spent"
    main: list[str] = []
    while sum(found[line] for line in main) < MAIN * costs and len(main) < 3:
        main.append(lines[len(main)])
    share = percent(sum(found[line] for line in main) / costs, 0)
    verb = "is" if len(main) == 1 else "are"
    title = f"{first_up(' plus '.join(named(line) for line in main))} {verb} {share} of costs"
    left = -found.get("terminal_value", 0.0)
    if left > 0:
        title += f"; {story.money(left)} of value is left at the end"
    elif credit:
        title += f"; {story.money(-credit)} comes back"
    return title


def bars(
    story: Story, parts: list[tuple[str, float]], total: float, scale: Scale
) -> dict[str, object]:
    """The breakdown as a chart of horizontal bars with their amounts."""
    import altair as alt

    rows = []
    for at, (line, amount) in enumerate([*parts, ("total", total)]):
        colour = GREEN if amount < 0 else (NAVY if line == "total" else "#6C8EBF")
        shown = scale.show(amount)
        label = "Total" if line == "total" else first_up(named(line))
        row = {"n": label, "t": shown, "c": colour, "p": at, "z": 0.0}
        rows.append({**row, "v": amount / scale.divisor, "e": max(amount, 0.0) / scale.divisor})
    low = min(0.0, *(row["v"] for row in rows))
    high = max(0.0, *(row["v"] for row in rows))
    room = 0.22 * ((high - low) or 1.0)
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[low, high + room]))
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelLimit=NAMES, minExtent=NAMES, maxExtent=NAMES
    )
    y = alt.Y("n:N", sort=alt.EncodingSortField("p"), axis=axis)
    base = marks("bars")
    ends = base.mark_text(align="left", dx=5, fontSize=TEXT, color=INK)
    layers = [
        base.mark_bar(height=ROW - 8).encode(
            x=x, x2="z:Q", y=y, color=alt.Color("c:N", scale=None)
        ),
        ends.encode(x=alt.X("e:Q", axis=None), y=y, text="t:N"),
        marks("zero").mark_rule(color=GREY).encode(x="v:Q"),
    ]
    return finished(layers, {"bars": rows, "zero": [{"v": 0.0}]}, ROW * len(rows))


WORDS = {"lease_and_cloud": "leases and cloud", "setup": "set-up"}


def named(line: str) -> str:
    """A line of cost in words."""
    return WORDS.get(line, line.replace("_", " "))
