"""Answers: what was asked, a sentence each, with what is proven beside it."""

from __future__ import annotations

from collections.abc import Iterator

from .answer_pictures import ladder, pictures, tornado
from .blocks import Block, Grid, Section, Two
from .numbers import NBSP, first_up, percent, percents, scale_for
from .story import Row, Story

KINDS = {
    "rule_price": "What each rule costs",
    "break_even": "At what value we would switch",
    "why_not": "Why it is not in the plan",
    "own_orders": "What our own orders would cost",
    "frontier": "How the cost grows as the limit tightens",
    "alternatives": "How different the plan could be at nearly the same cost",
    "no_regret": "What is safe to sign",
    "sensitivity": "Which inputs matter",
    "case": "The paper of a capital request",
}
"""Kinds of question, as headings."""
TOGETHER = ("break_even", "sensitivity", "why_not")
"""Kinds of which all questions stand under one title."""
MOST = 40
SHARES = ("share", "of spend", "per year")
"""Units of shares, which are shown in percent."""
UNTOLD = ("", "as the cell")
"""Units that are no word to stand after a figure."""
FIGURES = 10_000.0
"""From here on figures are whole."""


def answers_section(story: Story) -> Section | None:
    """Every answer; nothing where nothing was asked."""
    rows = story.table("Answers")
    if not rows:
        return None
    blocks: list[Block] = []
    groups: dict[str, list[Row]] = {}
    for row in rows:
        kind = str(row["kind"])
        name = "" if kind in TOGETHER else f"{row['question']}: "
        groups.setdefault(name + KINDS.get(kind, kind), []).append(row)
    for title, mine in groups.items():
        kind = str(mine[0]["kind"])
        blocks += pictures(story, str(mine[0]["question"]), kind)
        picture = {"break_even": ladder, "sensitivity": tornado}.get(kind)
        figure = picture(story) if picture else None
        blocks += [figure] if figure is not None else []
        blocks += grids(story, title, mine)
    return Section("answers", "Answers", blocks)


def grids(story: Story, title: str, rows: list[Row]) -> Iterator[Grid]:
    """Answers under one title: sentences, and the ends of what is proven."""
    told = [row for row in rows if row["value"] is not None or row["finding"]]
    money = [
        abs(float(row[end]))
        for row in told
        if row["unit"] == story.currency
        for end in ("low", "high")
        if row[end] is not None
    ]
    scale = scale_for(money or [0.0])

    def end(row: Row, name: str) -> str:
        if row[name] is None:
            return ""
        value, way = float(row[name]), {"low": -1, "high": 1}[name]
        way = 0 if row["kind"] == "alternatives" else way  # ends that plans reach, not bounds
        if row["unit"] == story.currency:
            return scale.show(value, way)
        if row["unit"] in SHARES:
            return percent(value)
        shown = f"{value:,.4g}" if abs(value) < FIGURES else f"{value:,.0f}"
        return shown if row["unit"] in UNTOLD else f"{shown}{NBSP}{row['unit']}"

    told = sorted(told, key=lambda row: -float(row["high"] or 0.0)) if money else told
    cells = [
        [
            Two(first_up(str(row["subject"])), percents(str(row["finding"]))),
            end(row, "low"),
            end(row, "high"),
        ]
        for row in told[:MOST]
    ]
    notes = []
    if money:
        notes.append(f"Amounts in {scale.unit(story.currency)}: at least and at most, as proven.")
    if len(told) > MOST:
        notes.append(f"{len(told) - MOST} more stand in the workbook.")
    heads = ["Answer", f"At{NBSP}least", f"At{NBSP}most"]
    if not any(low or high for _, low, high in cells):
        heads, cells = heads[:1], [cell[:1] for cell in cells]
    yield Grid(heads, cells, title=title, note=" ".join(notes), wide=True)
