"""Verbs that make a plan and check one: solve, verify."""

from __future__ import annotations

import shutil
import sys
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
    safe,
    tell_reading,
    write_json,
)
from .telling import tell

if TYPE_CHECKING:
    from ..plan.plan import Plan
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
    "--time-limit", type=click.FloatRange(0, min_open=True), help="Longest solving time, seconds."
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
    json_file: Path | None,
) -> None:
    """Find the best plan and write its workbook."""
    from ..solver.ahead import start_ahead

    if bool(scenario) + all_scenarios + expected > 1:
        raise click.UsageError("--scenario, --all-scenarios and --expected exclude each other")
    if all_scenarios and solver != "highs":
        raise click.UsageError("--all-scenarios runs with highs alone")
    sweep = {"workers": workers, "cluster": cluster}
    with locked(folder, book), reported(json_file):
        if not all_scenarios:
            start_ahead()
        tables = read_or_report(book, json_file)
        tell_reading(tables)
        if all_scenarios:
            side_by_side(tables, folder, book, gap, time_limit, sweep, json_file)
            return
        from ..plan.plan import plain
        from ..plan.plan import solve as solve_tables
        from ..workbook.plan import write_plan

        with progress() as listener:
            plan = solve_tables(
                tables,
                gap=gap,
                time_limit=time_limit,
                scenario=scenario,
                threads=threads,
                listener=listener,
                solver=solver,
            )
        if risk or samples:
            look_ahead(plan, risk, samples, seed, gap, time_limit, sweep)
        name = book.stem + (f"-{safe(scenario)}" if scenario else "") + "-plan.xlsx"
        path = write_plan(plan, folder / name)
        if plan.solver_log:
            path.with_suffix(".log").write_text(plan.solver_log)
        if json_file:
            write_json(json_file, {**plain(plan), **report_of(tables), "plan": str(path)})
        tell(plan, path)
        if html:
            from ..report.page import write_report

            click.echo(f"report: {write_report(plan, path.with_suffix('.html'))}")
    sys.exit(plan.exit_code)


def look_ahead(
    plan: Plan,
    risk: bool,
    samples: int | None,
    seed: int,
    gap: float | None,
    time_limit: float | None,
    sweep: dict[str, Any],
) -> None:
    """Add what uncertainty costs, and how the plan fares against drawn futures."""
    from .. import futures

    if risk:
        plan.tables["Risk"] = futures.risk(
            plan, plan.inputs, gap=gap, time_limit=time_limit, **sweep
        )
    if samples:
        drawn = futures.monte_carlo(
            plan.inputs, plan, samples=samples, seed=seed, time_limit=time_limit, **sweep
        )
        plan.tables.update(drawn.tables)


def side_by_side(
    tables: Tables,
    folder: Path,
    book: Path,
    gap: float | None,
    time_limit: float | None,
    sweep: dict[str, Any],
    json_file: Path | None,
) -> None:
    """Solve every scenario alone; one workbook of cards and differences.

    What is done when it is stopped is kept beside the reports, and the next run goes on from there.
    """
    from .. import futures
    from ..errors import StoppedError
    from ..workbook.plan import write_comparison

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
    path = write_comparison(found.tables, folder / f"{book.stem}-scenarios.xlsx")
    if json_file:
        write_json(json_file, {"scenarios": found.results, "tables": found.tables})
    currency = tables.setting("currency")
    unproven = 0
    for name, result in found.results.items():
        if "objective" in result:
            proof = f"gap {result['gap']:.4%}" if result["gap"] is not None else "no bound is known"
            if result["status"] != "optimal":
                unproven += 1
                proof = f"NOT PROVEN, {proof}"
            click.echo(f"{name}: {result['objective']:,.2f} {currency}, {proof}")
        else:
            click.echo(f"{name}: {result['text']}")
    click.echo(f"{len(found.results)} scenarios, each solved alone: {path}")
    shutil.rmtree(kept, ignore_errors=True)
    if unproven:
        sys.exit(4)


@cli.command()
@click.argument("plan_file", metavar="PLAN", type=click.Path(path_type=Path))
def verify(plan_file: Path) -> None:
    """Recompute a plan workbook without a solver; say what was changed and what no longer holds."""
    from ..workbook.verify import verify as verify_file

    result = verify_file(plan_file)
    click.echo(str(result), err=not result.ok)
    sys.exit(0 if result.ok else 9)
