"""Verbs from one quarter to the next: diff."""

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
    """What differs in the inputs of two workbooks, by names; exit code 10 where anything does."""
    from ..quarters.books import opened
    from ..quarters.difference import differences
    from ..quarters.words import lines

    found = differences(opened(old), opened(new))
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
