"""Verbs on a workbook before it is solved: template, check."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from .base import BOOK, JSON, cli
from .running import read_or_report, report_of, tell_reading, write_json

log = logging.getLogger(__name__)


@cli.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--blank", is_flag=True, help="Without the worked example.")
@click.option(
    "--from",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Fill it with a folder of CSV files, one per sheet (such as inputs/quickstart).",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there already.")
def template(path: Path, blank: bool, folder: Path | None, overwrite: bool) -> None:
    """Write a workbook to fill in, with a small worked example."""
    from ..workbook.folder import frames_from
    from ..workbook.template import write_template

    frames = frames_from(folder) if folder else None
    click.echo(f"written: {write_template(path, frames, blank=blank, overwrite=overwrite)}")


@cli.command()
@BOOK
@JSON
def check(book: Path, json_file: Path | None) -> None:
    """Check a workbook: every fault in one pass, each with sheet, cell and remedy."""
    from ..tables import counted

    tables = read_or_report(book, json_file)
    if json_file:
        write_json(json_file, {"status": "valid", **report_of(tables)})
    tell_reading(tables)
    for entry in tables.accounting:
        words = f"{entry.sheet}: {counted(entry.read, 'row')} read, {entry.used:,} used"
        if entry.ignored:
            click.echo(f"{words} ({entry.reason})")
        else:
            log.info(words)
    read = sum(entry.read for entry in tables.accounting)
    used = sum(entry.used for entry in tables.accounting)
    warnings = counted(len(tables.warnings), "warning") if tables.warnings else "no warnings"
    rows = f"{counted(read, 'row')} read, " + ("all used" if used == read else f"{used:,} used")
    click.echo(f"{tables.name}: no faults, {warnings}; {rows}")
