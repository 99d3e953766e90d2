"""Why the plan can be trusted: checks, run facts, warnings, and tables shown as they are."""

from __future__ import annotations

from ..contract.outputs import OUTPUTS
from .blocks import Block, Grid, Section, Words
from .numbers import count, first_up, plural
from .story import Story

MOST_ROWS = 40
"""Rows shown of a table that the report knows nothing about."""


def proof_section(story: Story) -> Section:
    """Checks passed, facts of the run."""
    blocks: list[Block] = []
    checks = story.table("Checks")
    if checks:
        passed = [row for row in checks if row["result"] == "ok"]
        failed = [row for row in checks if row["result"] != "ok"]
        said = f"{len(passed)} of {plural(len(checks), 'independent check')} passed."
        told = [said] + [f"FAILED: {row['check']}" for row in failed]
        blocks.append(Words(told, tone="alarm" if failed else "good"))
    warnings = [row for row in story.table("Run") if str(row["item"]).startswith("warning ")]
    if warnings:
        blocks.append(Words([f"Warning: {row['value']}" for row in warnings]))
    if checks:
        rows = [[first_up(str(row["check"])), str(row["result"])] for row in checks]
        blocks.append(Grid(["Check", "Result"], rows, title="All checks", folded=True, wide=True))
    facts = [row for row in story.table("Run") if row not in warnings and row["value"] != ""]
    if facts:
        rows = [[first_up(str(row["item"])), str(row["value"])] for row in facts]
        heads = ["Fact", "Value"]
        grid = Grid(heads, rows, title="Run facts and inputs", words=2, folded=True, wide=True)
        blocks.append(grid)
    return Section("proof", "Checks and run", blocks)


def further_section(story: Story) -> Section | None:
    """Small tables of the plan that have no section of their own, shown as they are."""
    blocks: list[Block] = []
    for name, rows in story.plan.tables.items():
        if name in OUTPUTS and name != "Risk" or not rows:
            continue
        heads = [head for head in rows[0] if any(row.get(head) not in (None, "") for row in rows)]
        words = {head for head in heads if any(isinstance(row.get(head), str) for row in rows)}
        heads.sort(key=lambda head: head not in words)
        cells = [[shown(row.get(head)) for head in heads] for row in rows[:MOST_ROWS]]
        more = len(rows) - MOST_ROWS
        note = f"{plural(more, 'more row')} in the plan workbook." if more > 0 else ""
        titles = [first_up(head.replace("_", " ")) for head in heads]
        blocks.append(Grid(titles, cells, title=name, words=len(words), note=note, wide=True))
    return Section("further", "Further", blocks) if blocks else None


def shown(value: object) -> str:
    """A cell of a table that the report knows nothing about."""
    if value is None:
        return ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return count(float(value))
    return str(value)
