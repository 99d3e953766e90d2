"""The command and its verbs' common options; the order in which help shows the verbs."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from .examples import Verb

VERBS = (
    "template",
    "check",
    "solve",
    "verify",
    "answer",
    "explain",
    "alternatives",
    "frontier",
    "roll",
    "diff",
    "compare",
    "history",
    "watch",
    "desk",
    "backtest",
    "migrate",
    "ask",
)
"""The verbs in the order in which a newcomer meets them."""

BOOK = click.argument("book", type=click.Path(path_type=Path))
JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write the result as JSON to this file (- for standard output).",
)
WORKERS = click.option(
    "--workers", type=click.IntRange(1), help="Processes for sweeps; the number of cores if blank."
)
CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run sweeps on this Dask scheduler, or on a `local` one (needs chipfolio[cluster]).",
)
OUT = click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the plan workbook.",
)


class Verbs(click.Group):
    """The group of verbs; help lists them as VERBS does, whatever the order of their modules."""

    command_class = Verb

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names of the verbs there are, in the order of VERBS."""
        return sorted(self.commands, key=VERBS.index)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Say more of what is being done.")
@click.version_option(package_name="chipfolio")
def cli(verbose: bool) -> None:
    """Decide what compute to buy: from a workbook that finance edits to a proven plan."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr
    )
