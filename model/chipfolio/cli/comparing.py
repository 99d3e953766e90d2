"""The verb that sets two plans side by side: compare."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..plan.words import percent
from .base import JSON, OUT, WORKERS, cli
from .running import reported, write_json

if TYPE_CHECKING:
    from ..comparing import Comparison


@cli.command()
@click.argument("one", metavar="PLAN_A", type=click.Path(path_type=Path))
@click.argument("other", metavar="PLAN_B", type=click.Path(path_type=Path))
@click.option("--scenario", metavar="NAME", help="The scenario that came true between the two.")
@click.option("--gap", type=click.FloatRange(0, 1), help="Gap of each world between; the books'.")
@click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Longest time for all worlds."
)
@WORKERS
@OUT
@JSON
def compare(
    one: Path,
    other: Path,
    scenario: str | None,
    gap: float | None,
    minutes: float | None,
    workers: int | None,
    folder: Path,
    json_file: Path | None,
) -> None:
    """Say why PLAN_B costs more or less than PLAN_A, in steps that add up, and what moved."""
    from ..comparing import compare as compare_sides
    from ..comparing import side_of
    from ..errors import StoppedError
    from ..futures.engine import cores
    from ..report.bridge import render
    from ..tables import counted
    from ..workbook.plan import put_down
    from ..workbook.planbook.bridge import bridge_book

    kept = folder / f".{other.stem}-from-{one.stem}"

    def heard(step) -> None:  # noqa: ANN001 - how far the engine is
        if step.solved:
            click.echo(f"{counted(step.solved, 'world')} solved", err=True)

    with reported(json_file):
        try:
            found = compare_sides(
                side_of(one),
                side_of(other),
                scenario=scenario,
                gap=gap,
                minutes=minutes,
                workers=workers or cores(),
                folder=kept,
                listener=heard,
            )
        except (KeyboardInterrupt, StoppedError):
            raise StoppedError(
                "stopped: worlds that were solved are kept, the same command goes on from there"
            ) from None
        parts = (found.tables, found.finding, found.currency)
        name = f"{other.stem}-from-{one.stem}"
        book = put_down(bridge_book(*parts), folder / f"{name}.xlsx")
        page = render(*parts, found.proven).encode("utf-8")
        report = put_down(page, book.with_suffix(".html"))
    shutil.rmtree(kept, ignore_errors=True)
    if json_file:
        write_json(json_file, {**plain(found, book, report), "scenario": scenario or ""})
    tell(found)
    click.echo(f"comparison: {book}\nreport: {report}")
    sys.exit(found.exit_code)


def plain(found: Comparison, book: Path, report: Path) -> dict[str, object]:
    """The comparison as plain values, for JSON."""
    return {
        "status": "optimal" if found.proven else "feasible",
        "finding": found.finding,
        "plans": [found.one.name, found.other.name],
        "objective": [found.one.objective, found.other.objective],
        "bound": [found.one.bound, found.other.bound],
        "currency": found.currency,
        "solves": found.solves,
        "comparison": str(book),
        "report": str(report),
        "tables": found.tables,
    }


def tell(found: Comparison) -> None:
    """The bridge as a table on the terminal."""
    rows = found.tables["Bridge"]
    click.echo(found.finding)
    names = [str(row["step"]) for row in rows]
    amounts = [
        f"{row['total']:,.2f}" if at in (0, len(rows) - 1) else f"{row['total']:+,.2f}"
        for at, row in enumerate(rows)
    ]
    wide, long = max(map(len, names)), max(map(len, amounts))
    for at, (name, amount, row) in enumerate(zip(names, amounts, rows, strict=True)):
        ends = at in (0, len(rows) - 1)
        remark = "" if ends or row["told_apart"] == "yes" else "  smaller than the gaps"
        click.echo(f"  {name:<{wide}}  {amount:>{long}} {found.currency}{remark}")
    moved = found.tables["Moved decisions"]
    counts: dict[str, int] = {}
    for row in moved:
        counts[str(row["kind"])] = counts.get(str(row["kind"]), 0) + 1
    said = ", ".join(f"{kind} {number}" for kind, number in counts.items())
    click.echo(f"moved decisions: {said}" if moved else "no order, start or signature moved")
    nervous = {row["item"]: row["value"] for row in found.tables["Nervousness"]}
    share = nervous["nervousness"]
    if share is None:
        click.echo("nervousness: nothing was promised for the next four periods")
    else:
        click.echo(
            f"nervousness: {percent(share)} of the promised orders lowered or dropped; new orders "
            f"worth {nervous['orders not promised, list value']:,.0f} {found.currency} at list"
        )
    if not found.proven:
        click.secho("NOT PROVEN: a limit of time cut worlds between short", fg="red", bold=True)
