"""Verbs on a workbook before it is solved: template, check."""

from __future__ import annotations

from pathlib import Path

import click

from .base import BOOK, JSON, cli
from .running import read_or_report, report_of, write_json


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
    tables = read_or_report(book, json_file)
    if json_file:
        write_json(json_file, {"status": "valid", **report_of(tables)})
    for warning in tables.warnings:
        click.echo(f"warning: {warning}", err=True)
    for entry in tables.accounting:
        note = f" ({entry.reason})" if entry.ignored else ""
        click.echo(f"{entry.sheet}: {entry.read} rows read, {entry.used} used{note}")
    count = len(tables.warnings)
    click.echo(f"no faults, {count} warning{'s' if count != 1 else ''}")
