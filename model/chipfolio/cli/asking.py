"""Verbs that ask something of a plan: answer, explain, alternatives, frontier."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .base import BOOK, CLUSTER, JSON, OUT, WORKERS, cli
from .running import (
    locked,
    progress,
    read_or_report,
    repaired,
    report_of,
    reported,
    safe,
    tell_reading,
    write_json,
)
from .telling import tell, tell_places

if TYPE_CHECKING:
    from ..runs.solving import Run

MINUTES = click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="Longest time for the answers; to solve the book before them has a limit of its own, the "
    "setting time_limit_minutes.",
)
SCENARIO = click.option("--scenario", help="Ask of this scenario alone.")
HTML = click.option("--html", is_flag=True, help="Write a self-contained HTML report beside it.")


@cli.command()
@BOOK
@click.option("--question", "names", multiple=True, help="Answer this question of the sheet alone.")
@SCENARIO
@MINUTES
@WORKERS
@CLUSTER
@OUT
@HTML
@JSON
def answer(
    book: Path,
    names: tuple[str, ...],
    scenario: str | None,
    minutes: float | None,
    workers: int | None,
    cluster: str | None,
    folder: Path,
    html: bool,
    json_file: Path | None,
) -> None:
    """Solve a workbook and answer its sheet Questions."""
    options = sharing(scenario, minutes, workers, cluster)
    run(book, folder, options, html, json_file, names)


def sharing(
    scenario: str | None, minutes: float | None, workers: int | None, cluster: str | None
) -> dict[str, Any]:
    """What all verbs that ask have in common."""
    return {"scenario": scenario, "minutes": minutes, "workers": workers, "cluster": cluster}


def run(
    book: Path,
    folder: Path,
    options: dict[str, Any],
    html: bool,
    json_file: Path | None,
    names: Sequence[str] = (),
    questions: Callable[[Any], list[dict[str, object]]] | None = None,
    said: object = None,
) -> None:
    """Solve, answer, write one plan workbook; what is done when it is stopped is kept."""
    scenario = options["scenario"]
    target = book.stem + (f"-{safe(scenario)}-plan" if scenario else "-plan")
    kept = folder / f".{target.removesuffix('-plan')}-answers"
    asked_for = {"questions": list(names) if questions is None else said, "html": html}
    asked_for["scenario"] = scenario
    with locked(folder, book), reported(json_file):
        from ..runs.solving import Run

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
    questions: Callable[[Any], list[dict[str, object]]] | None,
) -> int:
    """Solve and answer in a run of its own; returns the command's exit code."""
    from ..answers.ask import answer as answer_all
    from ..answers.ask import chosen, standard
    from ..errors import StoppedError
    from ..futures.engine import cores
    from ..plan.plan import solve

    tables = read_or_report(run.input, json_file)
    tell_reading(tables)
    run.body = report_of(tables)
    asked = chosen(tables, names) if questions is None else questions(tables)
    scenario = options["scenario"]
    with progress() as listener, repaired(tables, scenario):
        plan = solve(tables, scenario=scenario, listener=listener)
    if asked is None:
        asked = standard(plan)
        told = ", ".join(question.name for question in asked)
        words = "no active question on a sheet Questions: answered is what every book is asked"
        click.echo(f"{words}: {told}", err=True)

    from ..tables import counted

    told_of = -1

    def heard(step: Any) -> None:
        nonlocal told_of
        if step.questions == told_of and not sys.stderr.isatty():
            return
        told_of = step.questions
        solves = counted(step.solved, "solve")
        click.echo(f"{step.questions} of {step.of} questions answered, {solves}", err=True)

    sharing_it = {"minutes": options["minutes"], "cluster": options["cluster"]}
    sharing_it["workers"] = options["workers"] or cores()
    try:
        found = answer_all(plan, asked, **sharing_it, folder=kept, listener=heard)
    except (KeyboardInterrupt, StoppedError):
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


class Share(click.ParamType):
    """A number, or a share written with a percent sign."""

    name = "level"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None):  # noqa: ANN201
        """The number; a share as a fraction."""
        if isinstance(value, float):
            return value
        text = str(value).strip().replace(",", "")
        try:
            return float(text[:-1]) / 100.0 if text.endswith("%") else float(text)
        except ValueError:
            self.fail(f"{value!r} is no number such as 0.6 or 60%", param, ctx)


LEVEL = Share()


@cli.command()
@BOOK
@click.option("--rule", required=True, help="A rule or budget of the book, or tail_weight.")
@click.option("--column", default="", help="Which limit, where the row has two.")
@click.option("--from", "low", type=LEVEL, help="First level; blank: where it begins to cost.")
@click.option("--to", "high", type=LEVEL, help="Last level; blank: the tightest reachable.")
@click.option("--steps", type=click.IntRange(2), help="Number of levels, ends included.")
@SCENARIO
@MINUTES
@WORKERS
@CLUSTER
@OUT
@HTML
@JSON
def frontier(
    book: Path,
    rule: str,
    column: str,
    low: float | None,
    high: float | None,
    steps: int | None,
    scenario: str | None,
    minutes: float | None,
    workers: int | None,
    cluster: str | None,
    folder: Path,
    html: bool,
    json_file: Path | None,
) -> None:
    """Draw the cost as one limit tightens."""
    ends = sorted(end for end in (low, high) if end is not None)
    question: dict[str, object] = {"question": "frontier", "kind": "frontier", "item": rule}
    question |= {"column": column, "steps": steps}
    if len(ends) == 2:
        question |= {"low": ends[0], "high": ends[1]}
    elif ends:
        raise click.UsageError("give --from and --to, or neither")

    def asked(tables: Any) -> list[dict[str, object]]:
        from ..answers.words import sheet_of_rule

        return [{**question, "sheet": sheet_of_rule(tables, rule)}]

    options = sharing(scenario, minutes, workers, cluster)
    run(book, folder, options, html, json_file, questions=asked, said=question)


@cli.command()
@BOOK
@click.option("--within", type=LEVEL, default="1%", show_default=True, help="Share of the cost.")
@SCENARIO
@MINUTES
@WORKERS
@CLUSTER
@OUT
@HTML
@JSON
def alternatives(
    book: Path,
    within: float,
    scenario: str | None,
    minutes: float | None,
    workers: int | None,
    cluster: str | None,
    folder: Path,
    html: bool,
    json_file: Path | None,
) -> None:
    """Show how different the plan could be at nearly the same cost."""
    question = {"question": "alternatives", "kind": "alternatives", "within": within}
    options = sharing(scenario, minutes, workers, cluster)
    run(book, folder, options, html, json_file, questions=lambda _: [question], said=question)


@cli.command()
@BOOK
@click.option(
    "--why",
    required=True,
    help="What is not in the plan: a name, a period if it matters, an amount if it matters.",
)
@SCENARIO
@MINUTES
@WORKERS
@CLUSTER
@OUT
@HTML
@JSON
def explain(
    book: Path,
    why: str,
    scenario: str | None,
    minutes: float | None,
    workers: int | None,
    cluster: str | None,
    folder: Path,
    html: bool,
    json_file: Path | None,
) -> None:
    """Say why something is not in the plan, what it would cost and what makes it dear."""

    def asked(tables: Any) -> list[dict[str, object]]:
        from ..answers.words import question_in_words

        return [question_in_words(tables, why)]

    options = sharing(scenario, minutes, workers, cluster)
    run(book, folder, options, html, json_file, questions=asked, said=why)
