"""Verbs that ask something of a plan: answer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from .base import BOOK, CLUSTER, JSON, OUT, WORKERS, cli
from .running import locked, progress, read_or_report, reported, tell_reading, write_json
from .solving import tell

MINUTES = click.option(
    "--minutes", type=click.FloatRange(0, min_open=True), help="Longest time for all answers."
)
HTML = click.option("--html", is_flag=True, help="Write a self-contained HTML report beside it.")


@cli.command()
@BOOK
@click.option("--question", "names", multiple=True, help="Answer this question of the sheet alone.")
@MINUTES
@WORKERS
@CLUSTER
@OUT
@HTML
@JSON
def answer(
    book: Path,
    names: tuple[str, ...],
    minutes: float | None,
    workers: int | None,
    cluster: str | None,
    folder: Path,
    html: bool,
    json_file: Path | None,
) -> None:
    """Solve a workbook and answer its sheet Questions."""
    options = {"minutes": minutes, "workers": workers, "cluster": cluster}
    run(book, folder, options, html, json_file, names)


def run(
    book: Path,
    folder: Path,
    options: dict[str, Any],
    html: bool,
    json_file: Path | None,
    names: Sequence[str] = (),
    questions: list[dict[str, object]] | None = None,
) -> None:
    """Solve, answer, write one plan workbook; what is done when it is stopped is kept."""
    from ..errors import StoppedError
    from ..futures.engine import cores

    kept = folder / f".{book.stem}-answers"
    with locked(folder, book), reported(json_file):
        tables = read_or_report(book, json_file)
        tell_reading(tables)
        from ..answers.ask import answer as answer_all
        from ..answers.ask import chosen
        from ..plan.plan import plain, solve
        from ..workbook.plan import write_plan

        asked = chosen(tables, names) if questions is None else questions
        with progress() as listener:
            plan = solve(tables, listener=listener)

        def heard(step: Any) -> None:
            click.echo(
                f"{step.questions} of {step.of} questions answered, {step.solved} solves", err=True
            )

        workers = options["workers"] or cores()
        try:
            found = answer_all(
                plan, asked, **{**options, "workers": workers}, folder=kept, listener=heard
            )
        except KeyboardInterrupt:
            raise StoppedError(
                "stopped: what was answered is kept, the same command goes on from there"
            ) from None
        path = write_plan(plan, folder / f"{book.stem}-plan.xlsx")
        if json_file:
            write_json(json_file, {**plain(plan), "plan": str(path)})
        for row in found.tables["Answers"]:
            click.echo(f"{row['question']}: {row['finding']}")
        tell(plan, path)
        if html:
            from ..report.page import write_report

            click.echo(f"report: {write_report(plan, path.with_suffix('.html'))}")
    shutil.rmtree(kept, ignore_errors=True)
    sys.exit(plan.exit_code)
