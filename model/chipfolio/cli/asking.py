"""Verbs that ask something of a plan: answer."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import BOOK, CLUSTER, JSON, OUT, WORKERS, cli
from .running import (
    locked,
    progress,
    read_or_report,
    report_of,
    reported,
    tell_reading,
    write_json,
)
from .telling import tell, tell_places

if TYPE_CHECKING:
    from ..runs.solving import Run

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
    kept = folder / f".{book.stem}-answers"
    asked_for = {"questions": list(names) if questions is None else questions, "html": html}
    with locked(folder, book), reported(json_file):
        from ..runs.solving import Run

        target = f"{book.stem}-plan"
        with Run(folder, book, target, "answer", asked_for) as run, run.kept():
            code = answered(run, kept, options, json_file, names, questions)
    shutil.rmtree(kept, ignore_errors=True)
    sys.exit(code)


def answered(
    run: Run,
    kept: Path,
    options: dict[str, Any],
    json_file: Path | None,
    names: Sequence[str],
    questions: list[dict[str, object]] | None,
) -> int:
    """Solve and answer in a run of its own; returns the command's exit code."""
    from ..answers.ask import answer as answer_all
    from ..answers.ask import chosen
    from ..errors import StoppedError
    from ..futures.engine import cores
    from ..plan.plan import solve

    tables = read_or_report(run.input, json_file)
    tell_reading(tables)
    run.body = report_of(tables)
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
    code = run.finish(plan)
    if run.manifest.held:
        click.echo(run.held_words())
    if json_file:
        write_json(json_file, run.result())
    for row in found.tables["Answers"]:
        click.echo(f"{row['question']}: {row['finding']}")
    tell(plan)
    tell_places(run)
    return code
