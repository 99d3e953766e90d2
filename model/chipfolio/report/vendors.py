"""Vendors: who gets the money, who does the work, and how far that is from the limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ..plan.verdicts import BINDS, BROKEN, NOT_APPLIED
from ..plan.words import listed
from .blocks import Figure, Grid, Key, Section
from .cases import cases
from .charts import Panel
from .numbers import first_up, percent, plural, scale_for
from .story import Row, Story

BASES = {
    "order_spend": "order spend",
    "order_units": "units ordered",
    "units_in_service": "units in service",
    "power": "power drawn",
    "served": "work served",
}
STATES = {
    NOT_APPLIED: "above its limit, a rule NOT APPLIED,",
    BROKEN: "above its limit, at a price,",
    BINDS: "at its limit",
}
"""States of a limit that a picture's title tells, the worst first."""
MOST_FIGURES = 6
BAR = 0.4
FEW = 3
"""A table of no more fiscal years than this takes half the page."""
Group = tuple[str, str, str]
"""Dimension, basis and kind of window of a picture of shares."""


def vendor_section(story: Story) -> Section | None:
    """Spend by vendor, and by scenario every split that has a limit."""

    def pictures(scenario: str) -> Iterator[Figure]:
        """Spend in a scenario where there are several, and its splits."""
        if story.several:
            yield from spend(story, scenario)
        yield from splits(story, scenario)

    def finding(_: str, figures: Sequence[Figure]) -> str:
        """What the first pictures say."""
        return "; ".join(figure.title for figure in figures[:2])

    blocks = [*spend(story), *cases(story, pictures, finding), *paid(story)]
    return Section("vendors", "Vendors", blocks) if blocks else None


def splits(story: Story, scenario: str) -> Iterator[Figure]:
    """Every split of a scenario that has a limit; of work served in any case."""
    groups = limited(story, scenario)
    for group, rows in list(groups.items())[:MOST_FIGURES]:
        yield shares(story, group, rows)
    if not any(dimension == "vendor" and basis == "served" for dimension, basis, _ in groups):
        yield from work(story, scenario)


def spend(story: Story, scenario: str | None = None) -> Iterator[Figure]:
    """Order spend by designer of the chips and fiscal year, stacked; the mean by default."""
    found = spent(story, "vendor", scenario)
    whole = sum(found.values())
    if whole <= 0:
        return
    names = [name for name in story.colours.vendors if any((name, y) in found for y in story.years)]
    totals = [sum(found.get((name, year), 0.0) for name in names) for year in story.years]
    top = max(totals) if scenario is None else most_spent(story)
    scale = scale_for([top])
    reach = top / scale.divisor
    panel = Panel(story.years, unit=scale.unit(story.currency), height=230, reach=reach)
    for at, year in enumerate(story.years):
        base = 0.0
        for name in names:
            part = found.get((name, year), 0.0) / scale.divisor
            colour = story.colours.vendors[name]
            panel.rect(at + 0.5 - BAR, at + 0.5 + BAR, base, base + part, colour)
            base += part
        panel.text(at + 0.5, base, scale.show(totals[at]))
    parts = {name: sum(found.get((name, y), 0.0) for y in story.years) for name in names}
    order = sorted(parts, key=lambda name: -parts[name])
    said = [f"{name} {percent(parts[name] / whole, 0)}" for name in order]
    title = f"{order[0]} takes {percent(parts[order[0]] / whole, 0)} of order spend"
    if len(order) > 1:
        title += f", {order[1]} {percent(parts[order[1]] / whole, 0)}"
    mean = story.of_mean if scenario is None else ""
    note = f"{mean}By the designer of the chip, in the fiscal year of the order."
    keys = [Key(name, story.colours.vendors[name]) for name in names]
    yield Figure(title, panel.svg(f"{title}. Whole plan: {', '.join(said)}."), keys, note)


def spent(story: Story, dimension: str, scenario: str | None = None) -> dict[object, float]:
    """Order spend by member and fiscal year; the mean over the scenarios by default."""

    def key(row: Row) -> object:
        wanted = (row["dimension"], row["basis"]) == (dimension, "order_spend")
        return (row["member"], row["window"]) if wanted and row["window"] in story.years else None

    return story.mean("Vendor split", key, "amount", scenario)


def most_spent(story: Story) -> float:
    """The highest order spend of a fiscal year in any scenario."""
    found: dict[object, float] = defaultdict(float)
    for scenario in story.scenarios:
        for (_, year), amount in spent(story, "vendor", scenario).items():
            found[scenario, year] += amount
    return max(found.values())


def paid(story: Story) -> Iterator[Grid]:
    """Order spend by seller and fiscal year."""
    found = spent(story, "seller")
    if not found:
        return
    names = [name for name in story.colours.vendors if any((name, y) in found for y in story.years)]
    scale = scale_for([*found.values(), sum(found.values())])
    rows = []
    for name in names:
        parts = [found.get((name, year), 0.0) for year in story.years]
        rows.append([name, *map(scale.show, parts), scale.show(sum(parts))])
    totals = [sum(found.get((name, year), 0.0) for name in names) for year in story.years]
    rows.append(["All sellers", *map(scale.show, totals), scale.show(sum(totals))])
    mean = ", mean over the scenarios" if story.several else ""
    title = f"Order spend by seller{mean}"
    heads = [scale.unit(story.currency), *story.years, "Plan"]
    yield Grid(heads, rows, title=title, total=True, wide=len(story.years) > FEW)


def work(story: Story, scenario: str) -> Iterator[Figure]:
    """Share of work by vendor and fiscal year, where no rule limits it."""
    rows = [
        row
        for row in story.rows("Vendor split", scenario)
        if (row["dimension"], row["basis"]) == ("vendor", "served") and row["window"] in story.years
    ]
    if rows:
        yield shares(story, ("vendor", "served", "fiscal year"), rows)


def limited(story: Story, scenario: str) -> dict[Group, list[Row]]:
    """Rows of every split with a limit, in the windows where something is limited."""
    found: dict[Group, list[Row]] = defaultdict(list)
    held: set[tuple[Group, str]] = set()
    for row in story.rows("Vendor split", scenario):
        group = (str(row["dimension"]), str(row["basis"]), window_kind(story, str(row["window"])))
        if not group[2]:
            continue
        found[group].append(row)
        if row["limit"] is not None:
            held.add((group, str(row["window"])))
    order = sorted({group for group, _ in held}, key=lambda g: (g[0] != "vendor", g))
    return {
        group: [row for row in found[group] if (group, str(row["window"])) in held]
        for group in order
    }


def window_kind(story: Story, window: str) -> str:
    """The kind of a window: fiscal year, the period's word, or nothing for the whole plan."""
    if window in story.years:
        return "fiscal year"
    return story.period if window in story.year_of else ""


def shares(story: Story, group: Group, rows: list[Row]) -> Figure:
    """A picture of shares: lines over periods, bars over fiscal years; limits in black."""
    dimension, basis, kind = group
    names = list(dict.fromkeys(str(row["member"]) for row in rows))
    colours = story.colours.of(dimension, names)
    capped = [n for n in names if any(r["member"] == n and r["limit"] is not None for r in rows)]
    title = first_up(shares_title(story, group, rows, capped))
    if kind == story.period:
        panel = over_periods(story, rows, names, colours)
    else:
        panel = over_years(story, rows, names, colours)
    keys = [Key(name, colours[name]) for name in names]
    if capped:
        keys.append(Key("limit", "#111111", "line"))
    said = "; ".join(f"{name} {ends(rows, name)}" for name in names)
    note = f"Share of {BASES[basis]} by {dimension.replace('_', ' ')}."
    return Figure(title, panel.svg(f"{title}. {said}."), keys, note)


def over_periods(story: Story, rows: list[Row], names: list[str], colours: dict[str, str]) -> Panel:
    """Lines of shares; a limit is a black step over each period in which it holds."""
    panel = Panel(story.labels, unit="", percent=True, highest=100.0)
    for name in names:
        mine = [row for row in rows if row["member"] == name]
        points = [(story.at(row["window"]) + 0.5, float(row["share"]) * 100) for row in mine]
        panel.line(points, colours[name])
        if len(points) == 1:
            panel.dots.append({"x": points[0][0], "y": points[0][1], "c": colours[name]})
        for row in mine:
            if row["limit"] is not None:
                at = story.at(row["window"])
                panel.rule(at, at + 1, float(row["limit"]) * 100, "#111111")
    return panel


def over_years(story: Story, rows: list[Row], names: list[str], colours: dict[str, str]) -> Panel:
    """Bars of shares side by side; a limit is a black line across its bar."""
    panel = Panel(story.years, percent=True, highest=100.0)
    width = 0.84 / len(names)
    for row in rows:
        left = story.years.index(str(row["window"])) + 0.08 + width * names.index(row["member"])
        share = float(row["share"]) * 100
        panel.rect(left, left + width * 0.92, 0.0, share, colours[str(row["member"])])
        if row["limit"] is not None:
            panel.rule(left, left + width * 0.92, float(row["limit"]) * 100, "#111111")
    return panel


def shares_title(story: Story, group: Group, rows: list[Row], capped: list[str]) -> str:
    """What the picture says of the limits."""
    _, basis, kind = group
    if not capped:
        top = max((r for r in rows if r["window"] == rows[0]["window"]), key=lambda r: r["share"])
        mine = [row for row in rows if row["member"] == top["member"]]
        return f"{top['member']}'s share of {BASES[basis]} {moves(mine)}"
    hits = [row for row in rows if row["member"] in capped and row["limit"] is not None]
    if len(capped) == 1:
        text = f"{capped[0]}'s share of {BASES[basis]} {moves(hits)}"
        said = [
            f"{words} in {where(story, kind, hits, found)}"
            for state, words in STATES.items()
            if (found := [row for row in hits if row["state"] == state])
        ]
        return ", ".join([text, *said]) if said else f"{text}, always below its limit"
    said = []
    for state, words in STATES.items():
        names = list(dict.fromkeys(str(r["member"]) for r in hits if r["state"] == state))
        if names:
            verb = "is" if len(names) == 1 else "are"
            every = [row for row in hits if row["member"] in names]
            some = [row for row in every if row["state"] == state]
            when = f"some {kind}s"
            if len(names) == 1 or len(some) == len(every):
                when = where(story, kind, every, some)
            said.append(f"{listed(names)} {verb} {words} in {when}")
    which = group[0].replace("_", " ")
    return "; ".join(said) or f"no {which} reaches its limit of {BASES[basis]}"


def where(story: Story, kind: str, every: list[Row], some: list[Row]) -> str:
    """In how many windows; in which, where they are few and not all."""
    labels = list(dict.fromkeys(str(row["window"]) for row in some))
    if len(some) == len(every) and len(labels) > 1:
        return f"every {kind}"
    if len(labels) <= FEW:
        return listed(labels)
    return f"{len(labels)} of {plural(len(every), kind)}"


def moves(rows: list[Row]) -> str:
    """How a share goes from the first window to the last."""
    first, last = float(rows[0]["share"]), float(rows[-1]["share"])
    a, b = percent(first, 0), percent(last, 0)
    if a == b:
        return f"is {a}" if len(rows) == 1 else f"stays near {a}"
    return f"{'falls' if last < first else 'rises'} from {a} to {b}"


def ends(rows: list[Row], name: str) -> str:
    """First and last share of a member, in words."""
    mine = [row for row in rows if row["member"] == name]
    first, last = mine[0], mine[-1]
    said = f"{percent(float(first['share']), 0)} in {first['window']}"
    if last is not first:
        said += f", {percent(float(last['share']), 0)} in {last['window']}"
    return said
