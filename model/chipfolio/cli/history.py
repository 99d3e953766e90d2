"""The verb history: list, show, compare, publish and prune runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from .base import OUT, cli
from .running import write_json

LISTED = 50
"""Runs that a list shows unless asked for more."""


@cli.command()
@click.argument("book", type=click.Path(path_type=Path), required=False)
@OUT
@click.option("--show", type=int, metavar="RUN", help="All about one run.")
@click.option("--compare", "pair", type=int, nargs=2, metavar="RUN RUN", help="What differs.")
@click.option("--publish", type=int, metavar="RUN", help="Wave a held run through.")
@click.option("--because", metavar="TEXT", help="Why; with --publish.")
@click.option("--prune", type=click.IntRange(0), metavar="KEEP", help="Remove all but the newest.")
@click.option("--rebuild", is_flag=True, help="Make the index anew from the runs' folders.")
@click.option("--all", "everything", is_flag=True, help=f"List more than {LISTED} runs.")
@click.option("--json", "as_json", is_flag=True, help="As JSON on standard output.")
def history(
    book: Path | None,
    folder: Path,
    show: int | None,
    pair: tuple[int, int] | None,
    publish: int | None,
    because: str | None,
    prune: int | None,
    rebuild: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """List the runs of a folder, or of one workbook: what was solved, what stands published.

    --prune never removes a run that was ever published or that a gate holds back.
    """
    from ..runs.store import Store, user
    from ..runs.telling import listed, shown

    if (publish is None) != (because is None):
        raise click.UsageError("--publish and --because belong together")
    store = Store(folder, anew=rebuild)
    if publish is not None:
        run = store.run(publish)
        store.wave_through(run, because or "", user())
        click.echo(f"published: {folder / run.main} is the plan of run {run.run}")
        if store.gone:
            click.echo(store.gone)
    elif prune is not None:
        removed = store.prune(prune)
        click.echo(f"{len(removed)} runs removed")
    elif show is not None:
        run = store.run(show)
        if as_json:
            write_json(Path("-"), asdict(run))
        else:
            click.echo("\n".join(shown(store, run)))
    elif pair is not None:
        from ..runs.comparing import compared

        found = compared(store, store.run(pair[0]), store.run(pair[1]))
        if as_json:
            write_json(Path("-"), found.as_dict())
        else:
            click.echo("\n".join(found.lines()))
    else:
        name = str(book) if book else ""
        runs = list(store.runs(name, -1 if everything or as_json else LISTED))
        if as_json:
            write_json(Path("-"), {"runs": [asdict(run) for run in runs]})
        else:
            click.echo("\n".join(listed(store, runs)))
