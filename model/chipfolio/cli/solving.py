"""Verbs that make a plan and check one: solve, verify."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import PlanError
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
from .telling import money_to, tell, tell_places

if TYPE_CHECKING:
    from ..plan.plan import Plan
    from ..runs.manifest import Manifest
    from ..runs.solving import Run
    from ..tables import Tables


@cli.command()
@BOOK
@OUT
@click.option("--scenario", help="Solve this scenario alone.")
@click.option(
    "--all-scenarios", is_flag=True, help="Solve every scenario alone and set them side by side."
)
@click.option("--expected", is_flag=True, help="Solve over all scenarios (the default).")
@click.option("--risk", is_flag=True, help="Measure the tail, regrets and worth of knowing.")
@click.option(
    "--samples",
    type=click.IntRange(1),
    help="Replay the plan against so many draws of the sheet Ranges.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the draws.")
@WORKERS
@CLUSTER
@click.option("--gap", type=click.FloatRange(0, 1), help="Target gap, such as 0.001.")
@click.option(
    "--time-limit",
    type=click.FloatRange(0, min_open=True),
    help="Longest time from reading the book to writing the plan, in seconds; with --risk or "
    "--samples, of each solve beside it too.",
)
@click.option(
    "--solver",
    type=click.Choice(["highs", "scip", "gurobi", "xpress", "cplex", "copt"]),
    default="highs",
    show_default=True,
    help="Engine of the search; each but highs is an extra to install, such as chipfolio[scip].",
)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--html", is_flag=True, help="Write a self-contained HTML report beside the plan.")
@click.option(
    "--progress",
    "progress_file",
    type=click.Path(path_type=Path),
    help="Write how far it is to this file, as JSON, again and again.",
)
@click.option("--again", is_flag=True, help="Solve even what an earlier run solved already.")
@click.option(
    "--on-finish",
    metavar="COMMAND",
    help="Run this when all is done; it finds CHIPFOLIO_EXIT_CODE and CHIPFOLIO_MESSAGE set.",
)
@JSON
def solve(
    book: Path,
    folder: Path,
    scenario: str | None,
    all_scenarios: bool,
    expected: bool,
    risk: bool,
    samples: int | None,
    seed: int,
    workers: int | None,
    cluster: str | None,
    gap: float | None,
    time_limit: float | None,
    solver: str,
    threads: int,
    html: bool,
    progress_file: Path | None,
    again: bool,
    on_finish: str | None,
    json_file: Path | None,
) -> None:
    """Find the best plan and publish its workbook; every run keeps a folder of its own."""
    began = time.monotonic()
    if bool(scenario) + all_scenarios + expected > 1:
        raise click.UsageError("--scenario, --all-scenarios and --expected exclude each other")
    if all_scenarios and solver != "highs":
        raise click.UsageError("--all-scenarios runs with highs alone")
    sweep = {"workers": workers, "cluster": cluster}
    options: dict[str, Any] = {"scenario": scenario, "solver": solver, "threads": threads}
    options |= {"html": html, "risk": risk, "samples": samples, "seed": seed if samples else None}
    kind = f"-{safe(scenario)}-plan" if scenario else "-plan"
    target = book.stem + ("-scenarios" if all_scenarios else kind)
    with finishing(on_finish) as told, locked(folder, book), reported(json_file):
        from ..runs.solving import Run

        with Run(folder, book, target, options=options) as run:
            told["folder"] = folder
            with run.kept():
                if all_scenarios:
                    told["code"] = side_by_side(
                        run, folder, book, gap, time_limit, sweep, json_file
                    )
                else:
                    limits = {"gap": gap, "time_limit": time_limit}
                    told["code"] = one_plan(
                        run, limits, sweep, again, json_file, progress_file, began
                    )
    sys.exit(told["code"])


def one_plan(
    run: Run,
    limits: dict[str, Any],
    sweep: dict[str, Any],
    again: bool,
    json_file: Path | None,
    progress_file: Path | None,
    began: float,
) -> int:
    """Solve, or name the run that solved the same already; then publish. Returns the exit code."""
    from ..solver.ahead import start_ahead

    start_ahead()
    tables = read_or_report(run.input, json_file)
    tell_reading(tables)
    can_look_ahead(tables, run.options)
    run.body = report_of(tables)
    asked = tables.setting("target_gap") if limits["gap"] is None else limits["gap"]
    earlier = run.earlier(tables, asked)
    if earlier is not None and not again:
        return solved_already(run, earlier, tables, json_file)
    from ..plan.plan import solve as solve_tables

    options = run.options
    with progress(progress_file) as listener, repaired(tables, options["scenario"]):
        plan = solve_tables(
            tables,
            began=began,
            html=options["html"],
            scenario=options["scenario"],
            threads=options["threads"],
            listener=listener,
            solver=options["solver"],
            **limits,
        )
    if options["risk"] or options["samples"]:
        look_ahead(plan, options, limits, sweep)
    code = run.finish(plan)
    if run.manifest.held:
        click.echo(run.held_words())
    if json_file:
        write_json(json_file, run.result())
    tell(plan)
    tell_places(run)
    return code


def solved_already(run: Run, earlier: Manifest, tables: Tables, json_file: Path | None) -> int:
    """Name an earlier run that solved the same, and publish it where another plan stands."""
    code = run.again(earlier, tables)
    if run.manifest.held:
        click.echo(run.held_words())
    if json_file:
        write_json(json_file, run.result())
    click.echo(
        f"solved already, by run {earlier.run} of {earlier.finished}: total "
        f"{earlier.objective:,.2f} {earlier.currency} (--again solves it once more)"
    )
    tell_places(run)
    return code


@contextmanager
def finishing(command: str | None) -> Iterator[dict[str, Any]]:
    """Run a command when all is done, however it ended, and tell it how that was."""
    told: dict[str, Any] = {"code": 1, "folder": None}
    error: BaseException | None = None
    try:
        yield told
    except BaseException as raised:
        error = raised
        told["code"] = (
            130 if isinstance(raised, KeyboardInterrupt) else getattr(raised, "exit_code", 1)
        )
        raise
    finally:
        if command:
            import os
            import subprocess

            message = str(error).partition("\n")[0] if error else ""
            told_it = {"CHIPFOLIO_EXIT_CODE": str(told["code"]), "CHIPFOLIO_MESSAGE": message}
            ended = subprocess.run(command, shell=True, env={**os.environ, **told_it}, check=False)
            if ended.returncode:
                click.echo(f"--on-finish ended with {ended.returncode}: {command}", err=True)


def can_look_ahead(tables: Tables, options: dict[str, Any]) -> None:
    """PlanError, before anything is solved, where a book has nothing to look ahead on."""
    if options["risk"] and len(tables.scenarios) < 2:
        has = f"{len(tables.scenarios)} active row" if tables.scenarios else "no active row"
        raise PlanError(f"--risk compares scenarios, and the sheet Scenarios has {has}")
    if options["risk"] and options["scenario"]:
        raise PlanError("--risk is measured over all scenarios: leave out --scenario")
    if options["samples"] and not tables.rows("Ranges"):
        raise PlanError("--samples draws from the sheet Ranges, which has no row")


def look_ahead(
    plan: Plan, options: dict[str, Any], limits: dict[str, Any], sweep: dict[str, Any]
) -> None:
    """Add what uncertainty costs, and how the plan fares against drawn futures."""
    from .. import futures

    if options["risk"]:
        plan.tables["Risk"] = futures.risk(plan, plan.inputs, **limits, **sweep)
    if options["samples"]:
        drawn = futures.monte_carlo(
            plan.inputs,
            plan,
            samples=options["samples"],
            seed=options["seed"],
            time_limit=limits["time_limit"],
            **sweep,
        )
        plan.tables.update(drawn.tables)


def side_by_side(
    run: Run,
    folder: Path,
    book: Path,
    gap: float | None,
    time_limit: float | None,
    sweep: dict[str, Any],
    json_file: Path | None,
) -> int:
    """Solve every scenario alone; one workbook of cards and differences.

    What is done when it is stopped is kept beside the reports, and the next run goes on from there.
    """
    from .. import futures
    from ..errors import StoppedError

    tables = read_or_report(run.input, json_file)
    tell_reading(tables)
    kept, ended = folder / f".{book.stem}-scenarios", [0, len(tables.scenarios)]

    def told(step: Any) -> None:
        ended[:] = step.done, step.total
        if step.kind == "done":
            click.echo(f"{step.done} of {step.total} scenarios done", err=True)

    try:
        found = futures.all_scenarios(
            tables, gap=gap, time_limit=time_limit, folder=kept, watcher=told, **sweep
        )
    except KeyboardInterrupt:
        done, total = ended
        words = f"stopped with {done} of {total} scenarios done"
        words += ": the same command goes on from there" if done else ""
        raise StoppedError(words) from None
    body = {"scenarios": found.results, "tables": found.tables}
    code = run.compared(body, tables)
    if json_file:
        write_json(json_file, run.result())
    currency = tables.setting("currency")
    for name, result in found.results.items():
        if "objective" in result:
            proof = f"gap {result['gap']:.4%}" if result["gap"] is not None else "no bound is known"
            if result["status"] != "optimal":
                proof = f"NOT PROVEN, {proof}"
            room = abs(result["objective"]) * (result["gap"] or 1.0)
            click.echo(f"{name}: {money_to(result['objective'], room)} {currency}, {proof}")
        else:
            click.echo(f"{name}: {result['text']}")
    click.echo(f"{len(found.results)} scenarios, each solved alone: {folder / run.manifest.main}")
    shutil.rmtree(kept, ignore_errors=True)
    return code


@cli.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
def verify(plan_file: Path) -> None:
    """Recompute a plan workbook without a solver; say what was changed and what no longer holds."""
    from ..workbook.verify import verify as verify_file

    result = verify_file(plan_file)
    click.echo(str(result), err=not result.ok)
    sys.exit(0 if result.ok else 9)
