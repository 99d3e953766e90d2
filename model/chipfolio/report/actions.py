"""What to do now: orders, starts, signatures and sales, common to all scenarios first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ..plan.summary import NEXT_PERIODS, listed
from .blocks import Block, Cell, Grid, Section, Two, Words
from .numbers import Scale, count, plural, power, scale_for
from .story import Row, Story

SAME = 1e-6
"""Relative difference below which two scenarios order the same."""


@dataclass
class Order:
    """What one offer gets in one period, in each scenario that orders it."""

    row: Row
    units: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    spend: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    sites: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, scenario: str, row: Row) -> None:
        """Count a row in."""
        self.units[scenario] += float(row["units"])
        self.spend[scenario] += float(row["spend"])
        here = self.sites[scenario]
        place = str(row["site"] or "cloud")
        here[place] = here.get(place, 0.0) + float(row["units"])

    def common(self, scenarios: list[str]) -> bool:
        """Whether every scenario orders the same."""
        sizes = [self.units.get(name, 0.0) for name in scenarios]
        return max(sizes) - min(sizes) <= SAME * max(sizes)

    def groups(self, scenarios: list[str]) -> list[list[str]]:
        """Scenarios that order it, those that order the same together."""
        found: list[list[str]] = []
        for name in scenarios:
            if name not in self.units:
                continue
            for group in found:
                if self.common([group[0], name]) and self.place(group[0]) == self.place(name):
                    group.append(name)
                    break
            else:
                found.append([name])
        return found

    def place(self, scenario: str) -> str:
        """Where the units go; how many where there are several places."""
        places = self.sites[scenario]
        if len(places) == 1:
            return next(iter(places))
        return ", ".join(f"{site} {count(units)}" for site, units in places.items())


def actions(story: Story) -> Section:
    """The section of what to do in the first periods."""
    orders = gather(story)
    blocks: list[Block] = []
    soon = story.labels[:NEXT_PERIODS]
    near = [order for (period, _), order in orders.items() if period in soon]
    scale = scale_for(spend for order in near for spend in order.spend.values())
    for period in soon:
        mine = [order for (when, _), order in orders.items() if when == period]
        blocks += in_period(story, period, mine, scale)
    starts = list(others(story))
    if starts:
        scale = scale_for(amount for _, _, amounts in starts for amount in amounts)
        rows = [[what, when, run(scale, amounts)] for what, when, amounts in starts]
        heads = ["What", "When", scale.unit(story.currency)]
        blocks.append(Grid(heads, rows, title="Start, sign and sell", words=2, wide=True))
    blocks += later(story, orders)
    return Section("now", "What to do now", blocks)


def gather(story: Story) -> dict[tuple[str, str], Order]:
    """Orders of the whole plan by period and offer."""
    found: dict[tuple[str, str], Order] = {}
    for scenario, rows in story.by_scenario("Orders"):
        for row in rows:
            key = (str(row["order_period"]), str(row["offer"]))
            found.setdefault(key, Order(row)).add(scenario, row)
    return found


def in_period(story: Story, period: str, orders: list[Order], scale: Scale) -> Iterator[Block]:
    """The orders of one period: those common to all scenarios, then the others."""
    common = [order for order in orders if order.common(story.scenarios)]
    apart = [order for order in orders if order not in common]
    everywhere = ", the same in every scenario" if story.several else ""
    if not orders:
        yield Words([f"Nothing to order in {period}{everywhere}."])
        return
    heads = ["Offer", "Units", scale.unit(story.currency)]
    if common:
        rows = [line(order, story.main, scale) for order in common]
        spend = sum(order.spend[story.main] for order in common)
        rows.append(["Total", "", scale.show(spend)])
        yield Grid(heads, rows, title=f"Order in {period}{everywhere}", total=True)
    if apart:
        rows = [
            line(order, names[0], scale, f"if {listed(names)}")
            for order in apart
            for names in order.groups(story.scenarios)
        ]
        yield Grid(heads, rows, title=f"Order in {period}, by scenario")


def line(order: Order, scenario: str, scale: Scale, case: str = "") -> list[Cell]:
    """One row of a table of orders."""
    row = order.row
    kind = {"buy": "bought from", "lease": "leased from", "cloud": "rented from"}
    where = order.place(scenario)
    sub = f"{row['chip']} {kind.get(str(row['acquisition']), 'from')} {row['seller']}"
    sub += "" if where == "cloud" else f", for {where}"
    if case:
        sub = f"{case}: {sub}"
    units = count(order.units[scenario])
    return [Two(str(row["offer"]), sub), units, scale.show(order.spend[scenario])]


def run(scale: Scale, amounts: list[float]) -> str:
    """An amount, or from which to which it runs over the scenarios."""
    low, high = scale.show(min(amounts)), scale.show(max(amounts))
    return low if low == high else f"{low} to {high}"


def others(story: Story) -> Iterator[tuple[Cell, str, list[float]]]:
    """Starts of stages, software and site steps, signatures and sales of the first periods."""
    soon = story.labels[:NEXT_PERIODS]
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for name in story.scenarios:
        for what, sub, when, amount in started(story, name):
            if when in soon:
                case = found[what, sub, when]
                case[name] = case.get(name, 0.0) + amount
    for (what, sub, when), cases in sorted(found.items(), key=lambda item: soon.index(item[0][2])):
        if len(cases) < len(story.scenarios):
            sub = f"if {listed(cases)}: {sub}"
        yield Two(what, sub), when, list(cases.values())


def started(story: Story, name: str) -> Iterator[tuple[str, str, str, float]]:
    """Everything that a scenario starts, signs or sells: what, detail, when, cost."""
    for row in story.rows("Programme timeline", name):
        stage = f"own silicon, stage {row['stage']}: {row['name']}"
        yield str(row["programme"]), stage, str(row["start"]), float(row["cost"])
    for row in story.rows("Software timeline", name):
        end = f"software, until {row['end']}"
        yield str(row["project"]), end, str(row["start"]), float(row["cost"])
    for row in story.rows("Site steps", name):
        if row.get("row") is not None:
            continue
        what = f"{power(float(row['mw']))} more at {row['site']}"
        if row["ready"]:
            what += f" from {row['ready']}"
        yield str(row["project"]), what, str(row["start"]), float(row["cost"])
    for row in story.rows("Contracts and deals", name):
        if row["event"] == "signed":
            yield f"Sign {row['name']}", str(row["kind"]), str(row["period"]), float(row["money"])
    sold: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in story.rows("Sales", name):
        entry = sold[str(row["chip"]), str(row["period"])]
        entry[0] += float(row["units"])
        entry[1] += float(row["amount"])
    for (chip, period), (units, amount) in sold.items():
        yield f"Sell {count(units)} {chip}", "units in service or on order", period, -amount


def later(story: Story, orders: Mapping[tuple[str, str], Order]) -> Iterator[Block]:
    """All orders by offer and fiscal year; with scenarios, by offer and scenario."""
    if not orders:
        return
    if story.several:
        yield from by_scenario(story, orders)
    units: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (period, offer), order in orders.items():
        units[offer][story.year_of[period]] += order.units.get(story.main, 0.0)
    names = [row["offer"] for row in story.inputs.rows("Offers") if row["offer"] in units]
    rows = [
        [str(name), *(dash(units[name][year]) for year in story.years)]
        for name in names
        if any(units[name].values())
    ]
    heads = ["Offer", *story.years]
    of = f", scenario {story.main}" if story.several else ""
    yield Grid(heads, rows, title=f"All orders of the plan, units{of}", folded=True, wide=True)


def by_scenario(story: Story, orders: Mapping[tuple[str, str], Order]) -> Iterator[Block]:
    """How far the scenarios order alike, and what they order after that."""
    apart = [key for key, order in orders.items() if not order.common(story.scenarios)]
    if not apart:
        yield Words(["All orders of the plan are the same in every scenario."], tone="good")
        return
    first = min(story.at(period) for period, _ in apart)
    alike = f"Orders are the same in every scenario for {plural(first, story.period)}; "
    start = (
        "From the first period on "
        if first == 0
        else f"{alike}from {story.calendar.label(first)} on "
    )
    yield Words([f"{start}they follow what has happened by then."])
    rows = []
    for offer in dict.fromkeys(offer for _, offer in apart):
        mine = [order for (p, o), order in orders.items() if o == offer and story.at(p) >= first]
        sizes = [sum(order.units.get(name, 0.0) for order in mine) for name in story.scenarios]
        rows.append([offer, *(dash(size) for size in sizes)])
    title = f"Units ordered from {story.calendar.label(first)} on, by scenario"
    yield Grid(["Offer", *story.scenarios], rows, title=title, wide=True)


def dash(units: float) -> str:
    """A number of units; a dash for none."""
    return count(units) if units > SAME else "–"
