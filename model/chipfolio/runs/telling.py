"""Runs as a person reads them: a list, and one run."""

from __future__ import annotations

from collections.abc import Iterator

from .manifest import Manifest
from .store import Store

HEAD = ("run", "finished", "workbook", "state", "total", "gap", "exit")


def listed(store: Store, runs: list[Manifest]) -> Iterator[str]:
    """A table of runs; a mark at those whose plan stands published."""
    if not runs:
        yield f"no runs in {store.folder}"
        return
    standing = {target: store.standing(target) for target in {run.target for run in runs}}
    rows = [HEAD]
    for run in runs:
        stands = standing[run.target]
        here = stands is not None and stands.run == run.run
        rows.append(
            (
                str(run.run),
                run.finished.replace("T", " ").rstrip("Z"),
                run.target.removesuffix("-plan"),
                "PUBLISHED" if here else run.word,
                "" if run.objective is None else f"{run.objective:,.0f} {run.currency}",
                "" if run.gap is None else f"{run.gap:.3%}",
                str(run.exit_code),
            )
        )
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    right = {"run", "total", "gap", "exit"}
    for row in rows:
        cells = [
            text.rjust(width) if name in right else text.ljust(width)
            for name, text, width in zip(HEAD, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def shown(store: Store, run: Manifest) -> Iterator[str]:
    """All about one run."""
    yield f"run {run.run} of {run.book}: {run.word}, exit code {run.exit_code}"
    if run.message:
        yield f"  {run.message}"
    for sentence in run.held:
        yield f"  {sentence}"
    if run.objective is not None:
        gap = "no bound is known" if run.gap is None else f"gap {run.gap:.4%}"
        yield f"  total {run.objective:,.2f} {run.currency}, {run.status}, {gap}"
    yield f"  from {run.started} to {run.finished}"
    for entry in run.published:
        who = f" by {entry['by']}" if entry["by"] else ""
        why = f", because {entry['because']}" if entry["because"] else ""
        yield f"  published {entry['at']}{who}{why}"
    options = ", ".join(f"{name} {value}" for name, value in run.options.items() if value)
    yield f"  options: {options}"
    yield f"  versions: {', '.join(f'{name} {value}' for name, value in run.versions.items())}"
    yield f"  {store.place(run)}: {', '.join(run.files)}"
