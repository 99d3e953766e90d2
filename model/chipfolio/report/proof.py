"""Why the plan can be trusted: checks, warnings and facts of the run."""

from __future__ import annotations

from .blocks import Block, Grid, Section, Words
from .numbers import first_up, plural
from .story import Story


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
