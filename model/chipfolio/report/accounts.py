"""Accounts: what is bound to be paid, costs and balances by fiscal year, cost of work, use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..contract.statement import AVOIDABLE, COSTS, FIRM, GROUPS, IDLE, ITEMS, UNALLOCATED
from .blocks import Block, Figure, Grid, Key, Section
from .charts import Panel
from .colours import NAVY
from .numbers import percent, scale_for
from .story import Story

BAR = 0.36
PALE, MIDDLE, WINE = "#9DB7D5", "#5B86B5", "#B5533C"
GROUP_COLOURS = dict(zip(GROUPS, (NAVY, "#6C8EBF", "#2F6B5E", "#5E3B6E", "#B08D57"), strict=True))
"""What costs are spent on, with the colour of each."""
CENT = 0.005
USES = {"used": NAVY, "ready": MIDDLE, "idle": PALE, "out": WINE}
"""What units in service do, with the colour of each."""


def accounts_section(story: Story) -> Section | None:
    """Commitments, profit and loss, balances, unit cost and utilisation."""
    blocks: list[Block] = [*costs_drawn(story), *maturity(story), *utilisation(story)]
    blocks += [*costs(story), *balances(story), *unit_costs(story)]
    return Section("accounts", "Accounts", blocks) if blocks else None


def costs_drawn(story: Story) -> Iterator[Figure]:
    """Profit and loss by fiscal year and what it is spent on."""
    found = story.mean("Profit and loss", lambda row: (row["line"], row["fiscal_year"]), "amount")
    paths = {
        group: [sum(found.get((line, year), 0.0) for line in lines) for year in story.years]
        for group, lines in GROUPS.items()
    }
    totals = [sum(parts) for parts in zip(*paths.values(), strict=True)]
    shown = {group: path for group, path in paths.items() if any(abs(a) > CENT for a in path)}
    if not shown:
        return
    scale = scale_for([*totals, *(amount for path in shown.values() for amount in path)])
    panel = Panel(story.years, unit=scale.unit(story.currency), height=230)
    for at, total in enumerate(totals):
        up = down = 0.0
        for group, path in shown.items():
            part = path[at] / scale.divisor
            base = up if part > 0 else down
            panel.rect(at + 0.5 - BAR, at + 0.5 + BAR, base, base + part, GROUP_COLOURS[group])
            up, down = (up + part, down) if part > 0 else (up, down + part)
        panel.text(at + 0.5, up, scale.show(total))
    peak = max(range(len(totals)), key=lambda at: totals[at])
    main = max(shown, key=lambda group: shown[group][peak])
    title = f"Costs are highest in {story.years[peak]} at {story.money(totals[peak])}"
    if len(totals) == 1:
        title = f"Costs of {story.years[0]} are {story.money(totals[0])}"
    if totals[peak] > 0:
        title += f", {percent(shown[main][peak] / totals[peak], 0)} of it {main.lower()}"
    said = ", ".join(
        f"{year} {story.money(a)}" for year, a in zip(story.years, totals, strict=True)
    )
    keys = [Key(group, GROUP_COLOURS[group]) for group in shown]
    note = (
        f"{story.of_mean}Costs as accounts show them, before revenue, other interest and tax: what "
        "serves for years is spread over its book life. Gains hang below zero; totals are net."
    )
    yield Figure(title, panel.svg(f"{title}. By fiscal year: {said}."), keys, note)


def maturity(story: Story) -> Iterator[Figure]:
    """What is bound by fiscal year of payment, past the plan's end too."""
    found = story.mean("Commitments", lambda row: (row["fiscal_year"], row["bound"]), "amount")
    if not found:
        return
    years = sorted({str(year) for year, _ in found})
    sums = {kind: [found.get((year, kind), 0.0) for year in years] for kind in (FIRM, AVOIDABLE)}
    scale = scale_for([sum(both) for both in zip(*sums.values(), strict=True)])
    panel = Panel(years, unit=scale.unit(story.currency), height=230)
    for at in range(len(years)):
        low = 0.0
        for kind, colour in ((FIRM, NAVY), (AVOIDABLE, PALE)):
            high = low + sums[kind][at] / scale.divisor
            panel.rect(at + 0.5 - BAR, at + 0.5 + BAR, low, high, colour)
            low = high
    firm, later = (sum(sums[kind]) for kind in (FIRM, AVOIDABLE))
    title = f"{story.money(firm)} is bound before the plan or in its first {story.period}"
    if later:
        title += f"; later decisions bind {story.money(later)} more"
    said = ", ".join(f"{year} {story.money(a)}" for year, a in zip(years, sums[FIRM], strict=True))
    keys = [Key("Bound now", NAVY), Key("Bound by later decisions", PALE)]
    note = f"{story.of_mean}Undiscounted, by fiscal year of payment, past the plan's end too."
    yield Figure(title, panel.svg(f"{title}. Bound now: {said}."), keys, note)


def utilisation(story: Story) -> Iterator[Figure]:
    """Units in service by what they do, period by period."""
    rows = story.rows("Utilisation")
    if not rows:
        return
    place = {label: at for at, label in enumerate(story.labels)}
    sums = {name: [0.0] * len(story.labels) for name in USES}
    for row in rows:
        for name in USES:
            sums[name][place[str(row["period"])]] += float(row[name])  # type: ignore[arg-type]
    totals = [sum(parts) for parts in zip(*sums.values(), strict=True)]
    panel = Panel(story.labels, unit="% of units in service", percent=True, height=230, highest=100)
    for at, total in enumerate(totals):
        low = 0.0
        for name, colour in USES.items():
            high = low + (100.0 * sums[name][at] / total if total else 0.0)
            panel.rect(at, at + 1, low, high, colour)
            low = high
    share = sum(sums["used"]) / sum(totals) if sum(totals) else 0.0
    idle = sum(sums["idle"]) / sum(totals) if sum(totals) else 0.0
    title = f"{percent(share, 0)} of units in service work, {percent(idle, 0)} stand idle"
    keys = [Key(name.capitalize(), colour) for name, colour in USES.items()]
    of = f"Scenario {story.main}. " if story.several else ""
    note = f"{of}Out: repair and the like. Every chip counts as one unit."
    yield Figure(title, panel.svg(f"{title}, over the plan."), keys, note)


def by_year(
    story: Story, table: str, column: str, names: Sequence[str], title: str, note: str, total: bool
) -> Iterator[Grid]:
    """A table of the accounts, fiscal years across."""
    heads = {"Profit and loss": "line", "Balance view": "item"}
    found = story.mean(table, lambda row: (row[heads[table]], row["fiscal_year"]), column)
    shown = [name for name in names if any(found.get((name, y)) for y in story.years)]
    if not shown:
        return
    sums = [sum(found.get((name, year), 0.0) for name in shown) for year in story.years]
    scale = scale_for([*sums, *(found.get((n, y), 0.0) for n in shown for y in story.years)])
    rows = [
        [named(name), *(scale.show(found.get((name, year), 0.0)) for year in story.years)]
        for name in shown
    ]
    if total:
        rows.append(["All", *(scale.show(amount) for amount in sums)])
    head = [scale.unit(story.currency), *story.years]
    yield Grid(head, rows, title=title, total=total, note=note, wide=True, folded=True)


def costs(story: Story) -> Iterator[Grid]:
    """Profit and loss by fiscal year."""
    note = f"{story.of_mean}Costs positive; before revenue, other interest and tax."
    yield from by_year(
        story, "Profit and loss", "amount", list(COSTS), "Profit and loss: costs", note, True
    )


def balances(story: Story) -> Iterator[Grid]:
    """Balances at each fiscal year's end."""
    note = f"{story.of_mean}What the plan's cash leaves in the balance sheet; liabilities negative."
    yield from by_year(
        story, "Balance view", "amount", list(ITEMS), "Balances at the year's end", note, True
    )


def unit_costs(story: Story) -> Iterator[Grid]:
    """Cost of a unit served, and of a million tokens, by workload and fiscal year."""
    spent: dict[tuple[str, str], list[float | None]] = {}
    for row in story.rows("Unit cost"):
        if row["workload"] in (IDLE, UNALLOCATED) or not row["served"]:
            continue
        found = spent.setdefault((str(row["workload"]), str(row["fiscal_year"])), [0.0, None])
        found[0] += float(row["per_unit"] or 0.0)  # type: ignore[operator, arg-type]
        if row["per_million_tokens"] is not None:
            found[1] = (found[1] or 0.0) + float(row["per_million_tokens"])  # type: ignore[arg-type]
    if not spent:
        return
    units = {str(row["workload"]): str(row["unit"]) for row in story.inputs.rows("Workloads")}
    rows = []
    for name in dict.fromkeys(name for name, _ in spent):
        for at, unit in enumerate((f"per {units[name]} and {story.period}", "per million tokens")):
            cells = [spent.get((name, year), [None, None])[at] for year in story.years]
            if any(cell is not None for cell in cells):
                rows.append([f"{name}, {unit}", *map(small, cells)])
    of = f"Scenario {story.main}. " if story.several else ""
    note = f"{of}Without idle units and what belongs to no chip: see the table Unit cost."
    yield Grid([story.currency, *story.years], rows, title="What work costs", note=note, wide=True)


def small(amount: float | None) -> str:
    """An amount that may be a few cents."""
    if amount is None:
        return ""
    places = 0 if abs(amount) >= 100 else 2 if abs(amount) >= 1 else 3
    return f"{amount:,.{places}f}"


def named(name: str) -> str:
    """A line or item as a reader reads it."""
    words = name.replace("depreciation_", "depreciation of ").replace("offs_", "offs of ")
    words = words.replace("write_offs", "write-offs").replace("setup", "set-up").replace("_", " ")
    return words[:1].upper() + words[1:]
