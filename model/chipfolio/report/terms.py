"""Contracts, deals and discounts: what is signed, taken and received; what stays due."""

from __future__ import annotations

from collections.abc import Iterator

from .blocks import Block, Grid, Section, Two
from .numbers import count, percent, plural, power, scale_for
from .story import Row, Story

Event = tuple[Two, str, float]
"""What, when, and what it costs (+) or brings (-)."""


def terms_section(story: Story) -> Section | None:
    """Contracts, deals, discounts reached, and what stays due after the plan's end."""
    blocks: list[Block] = []
    rows = [*contracts(story), *deals(story), *discounts(story)]
    if rows:
        scale = scale_for(amount for _, _, amount in rows)
        cells = [[what, when, scale.show(amount)] for what, when, amount in rows]
        heads = ["What", "When", scale.unit(story.currency)]
        of = f" (scenario {story.main})" if story.several else ""
        note = "Costs positive; what is received stands in brackets."
        title = f"What is signed and reached{of}"
        blocks.append(Grid(heads, cells, title=title, words=2, note=note, wide=True))
    blocks += commitments(story)
    return Section("terms", "Contracts, deals and commitments", blocks) if blocks else None


def contracts(story: Story) -> Iterator[Event]:
    """A row per contract: when it was signed, and whether its minimum was taken."""
    rows = [row for row in story.rows("Contracts and deals") if row["kind"] == "contract"]
    for name in dict.fromkeys(str(row["name"]) for row in rows):
        mine = [row for row in rows if row["name"] == name]
        windows = [row for row in mine if row["event"] == "window"]
        short = [row for row in windows if float(row["amount"]) < float(row["threshold"])]
        said = [f"short in {row['period']}: {level(story, row)}" for row in short]
        taken = len(windows) - len(short)
        if taken == 1 and not short:
            said.append(f"taken in {where(windows[0])}: {level(story, windows[0])}")
        elif taken:
            said.append(f"minimum taken in {plural(taken, 'window')}")
        what = Two(name, "; ".join(["contract", *said]))
        yield what, signed(mine), sum(float(row["money"] or 0.0) for row in mine)


def deals(story: Story) -> Iterator[Event]:
    """A row per milestone reached; one for a deal that reaches none."""
    measures = {row.key: str(row["measure"]) for row in story.inputs.rows("Deal milestones")}
    rows = [row for row in story.rows("Contracts and deals") if row["kind"] == "deal"]
    for name in dict.fromkeys(str(row["name"]) for row in rows):
        mine = [row for row in rows if row["name"] == name]
        reached = [row for row in mine if row["event"] == "milestone"]
        for row in reached:
            measure = measures[name, str(row["detail"])]
            got = reading(story, measure, float(row["amount"]))
            need = reading(story, measure, float(row["threshold"]))
            what = Two(name, f"deal, {row['detail']}: {got}, {need} needed")
            yield what, str(row["period"]), float(row["money"] or 0.0)
        if not reached:
            yield Two(name, "deal, no milestone reached"), signed(mine), 0.0


def discounts(story: Story) -> Iterator[Event]:
    """A row per tier reached."""
    basis = {str(row["discount"]): row["basis"] for row in story.inputs.rows("Discounts")}
    for row in story.rows("Contracts and deals"):
        if row["kind"] == "discount":
            name, amount = str(row["name"]), float(row["amount"])
            bought = story.money(amount) if basis[name] == "spend" else f"{count(amount)} units"
            what = Two(name, f"discount, {percent(float(str(row['detail'])))} with {bought}")
            yield what, where(row), float(row["money"] or 0.0)


def signed(rows: list[Row]) -> str:
    """When a contract or deal was signed."""
    when = next((str(row["period"] or "") for row in rows if row["event"] == "signed"), "")
    return f"signed {when}" if when else "signed before"


def where(row: Row) -> str:
    """A row's window in words."""
    return "the whole plan" if row["period"] == "plan" else str(row["period"])


def level(story: Story, row: Row) -> str:
    """How much of a contract's minimum is taken."""
    amount, least = float(row["amount"]), float(row["threshold"])
    if row["detail"] == "spend":
        return f"{story.money(amount)} of {story.money(least)}"
    return f"{count(amount)} of {count(least)} units"


def reading(story: Story, measure: str, amount: float) -> str:
    """What a deal's milestone counts, with its unit."""
    if measure == "installed_mw":
        return f"{power(amount)} installed"
    return story.money(amount) if measure == "cumulative_spend" else f"{count(amount)} units"


def commitments(story: Story) -> Iterator[Grid]:
    """Payments and terms that run past the plan's end."""
    found = [row for row in story.table("Summary") if str(row["section"]).startswith("Commitments")]
    if not found:
        return
    scale = scale_for(float(row["value"]) for row in found)
    rows = [
        [Two(str(row["item"]), str(row["text"])), scale.show(float(row["value"]))] for row in found
    ]
    note = story.of_mean.strip()
    title = "Due after the plan's end, not in its cost"
    yield Grid(["What", scale.unit(story.currency)], rows, title=title, note=note, wide=True)
