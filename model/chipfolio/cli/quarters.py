"""Verbs from one quarter to the next: diff, migrate."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .base import cli
from .running import write_json

DIFFERENT = 10
"""Exit code of diff where there are differences."""


@cli.command()
@click.argument("old", metavar="A", type=click.Path(path_type=Path))
@click.argument("new", metavar="B", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As JSON on standard output.")
def diff(old: Path, new: Path, as_json: bool) -> None:
    """What differs in the inputs of two workbooks, by names; exit code 10 where anything does.

    Of a plan workbook, the input that it was made of is compared.
    """
    from ..quarters.books import opened_or_input
    from ..quarters.difference import differences
    from ..quarters.words import lines

    found = differences(opened_or_input(old), opened_or_input(new))
    if as_json:
        body = {
            "same": not found,
            "differences": [one.as_dict() for one in found.inputs],
            "notes": [one.as_dict() for one in found.notes],
        }
        write_json(Path("-"), body)
    else:
        click.echo("\n".join(lines(found)))
    sys.exit(DIFFERENT if found else 0)


@cli.command()
@click.argument("old", metavar="OLD", type=click.Path(path_type=Path))
@click.option(
    "--out",
    "new",
    type=click.Path(path_type=Path),
    help="The new workbook; OLD-v2.xlsx beside the old one if not given.",
)
def migrate(old: Path, new: Path | None) -> None:
    """Write a workbook of an older template in the present one; list what has no place there."""
    from ..contract.versions import TEMPLATE_VERSION
    from ..quarters.migrate import migrate as write_present

    new = new or old.with_name(f"{old.stem}-v{TEMPLATE_VERSION}.xlsx")
    done = write_present(old, new)
    for step in done.steps:
        click.echo(step)
    if done.old_version == TEMPLATE_VERSION:
        click.echo(f"the workbook is of the present version, {TEMPLATE_VERSION}, already")
    for cell in (*done.formulas, *done.unplaced):
        click.echo(cell)
    click.echo(f"{len(done.unplaced)} cells without a place, {len(done.formulas)} formulas")
    click.echo(f"written: {done.path}")


@cli.command()
@click.argument("book", type=click.Path(path_type=Path))
@click.argument("plan", type=click.Path(path_type=Path))
@click.option("--to", "period", metavar="PERIOD", required=True, help="First period of the next.")
@click.option("--scenario", metavar="NAME", help="The scenario that came true.")
@click.option("--periods", type=click.IntRange(1), help="Length of the next plan; the same end.")
@click.option("--out", "path", type=click.Path(path_type=Path), help="The workbook to write.")
def roll(
    book: Path, plan: Path, period: str, scenario: str | None, periods: int | None, path: Path
) -> None:
    """Write the next quarter's workbook: what PLAN does before PERIOD is carried out."""
    from ..quarters.write import SHEET, roll_file

    done = roll_file(book, plan, period, scenario, periods, path)
    counts: dict[str, int] = {}
    for change in done.rolled.changes:
        counts[change.what] = counts.get(change.what, 0) + 1
    for change in done.rolled.changes:
        if change.what in ("actual", "to update"):
            where = " ".join(part for part in (change.sheet, change.item, change.column) if part)
            told = (
                f" ({change.old:,.10g} planned, {change.new:,.10g} in fact)"
                if change.what == "actual"
                else ""
            )
            click.echo(f"{change.what}: {where}: {change.why}{told}")
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    click.echo(f"{said}; {done.formulas} formulas are values now; all on sheet {SHEET}")
    click.echo(f"written: {done.path}")
