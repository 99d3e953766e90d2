"""The command line: thin, one function a verb. Heavy imports wait until a verb needs them."""

from __future__ import annotations

import json
import logging
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from .plan.plan import Plan
    from .solver.engine import Listener
    from .tables import Tables

BOOK = click.argument("book", type=click.Path(path_type=Path))
JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write the result as JSON to this file (- for standard output).",
)


class Verbs(click.Group):
    """The verbs in the order in which a newcomer meets them."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Names in the order of their definition."""
        return list(self.commands)


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", is_flag=True, help="Say more of what is being done.")
@click.version_option(package_name="chipfolio")
def cli(verbose: bool) -> None:
    """Decide what compute to buy: from a workbook that finance edits to a proven plan."""
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr
    )


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
    from .workbook.folder import frames_from
    from .workbook.template import write_template

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


WORKERS = click.option(
    "--workers", type=click.IntRange(1), help="Processes for sweeps; the number of cores if blank."
)
CLUSTER = click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run sweeps on this Dask scheduler, or on a `local` one (needs chipfolio[cluster]).",
)


@cli.command()
@BOOK
@click.option(
    "--out",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the plan workbook.",
)
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
    from .solver.ahead import start_ahead

    if bool(scenario) + all_scenarios + expected > 1:
        raise click.UsageError("--scenario, --all-scenarios and --expected exclude each other")
    if all_scenarios and solver != "highs":
        raise click.UsageError("--all-scenarios runs with highs alone")
    sweep = {"workers": workers, "cluster": cluster}
    with locked(folder, book), reported(json_file):
        if not all_scenarios:
            start_ahead()
        tables = read_or_report(book, json_file)
        for warning in tables.warnings:
            click.echo(f"warning: {warning}", err=True)
        if all_scenarios:
            side_by_side(tables, folder, book, gap, time_limit, sweep, json_file)
            return
        from .plan.plan import plain
        from .plan.plan import solve as solve_tables
        from .workbook.plan import write_plan

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
            write_json(json_file, {**plain(plan), "plan": str(path)})
        tell(plan, path)
        if html:
            from .report.page import write_report

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
    from . import futures

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
    from . import futures
    from .errors import StoppedError
    from .workbook.plan import write_comparison

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
    from .workbook.verify import verify as verify_file

    result = verify_file(plan_file)
    click.echo(str(result), err=not result.ok)
    sys.exit(0 if result.ok else 9)


def tell(plan: Plan, path: Path) -> None:
    """Say on the terminal what the plan costs, how well it is proven and where it lies."""
    currency = plan.inputs.setting("currency")
    proof = "proven" if plan.status == "optimal" else "NOT PROVEN"
    if plan.gap is None:
        click.echo(f"total {plan.objective:,.2f} {currency}, {proof}: no bound is known")
    else:
        money = max(plan.objective - (plan.bound or 0.0), 0.0)
        click.echo(
            f"total {plan.objective:,.2f} {currency}, {proof} within {plan.gap:.4%} "
            f"({money:,.2f} {currency})"
        )
    checks = plan.tables["Checks"]
    click.echo(f"{len(checks)} independent checks passed")
    click.echo(f"plan: {path}")


def safe(name: str) -> str:
    """A name that any file system takes; never a path."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)[:60]


def read_or_report(book: Path, json_file: Path | None) -> Tables:
    """Checked tables; on faults their JSON is written before the error goes on."""
    from . import read
    from .errors import WorkbookError

    try:
        return read(book)
    except WorkbookError as error:
        if json_file:
            problems = [problem.as_dict() for problem in error.problems]
            write_json(json_file, {"status": "invalid_input", "problems": problems})
        raise


def report_of(tables: Tables) -> dict[str, object]:
    """Warnings and row accounting as plain values."""
    return {
        "problems": [warning.as_dict() for warning in tables.warnings],
        "rows": [vars(entry) for entry in tables.accounting],
    }


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON whole or not at all; ``-`` is standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    if str(path) == "-":
        click.echo(text)
        return
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


@contextmanager
def locked(folder: Path, book: Path) -> Iterator[None]:
    """One run per workbook and folder at a time; LockedError where another is under way."""
    from filelock import FileLock, Timeout

    from .errors import LockedError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{book.stem}.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise LockedError(f"another run on {book.name} is writing into {folder}: wait") from error
    except OSError as error:
        raise LockedError(f"cannot write into {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reported(json_file: Path | None) -> Iterator[None]:
    """Write how a run without a plan ended to the JSON file."""
    from .errors import InfeasibleError, NoPlanInTimeError, PlanError, WorkbookError

    try:
        yield
    except WorkbookError:
        raise
    except PlanError as error:
        if json_file:
            status = {InfeasibleError: "infeasible", NoPlanInTimeError: "no_plan"}
            word = status.get(type(error), "error")
            conflicts = getattr(error, "conflicts", [])
            body = {"status": word, "message": str(error), "conflicts": conflicts}
            write_json(
                json_file,
                {**body, "objective": None, "bound": None, "gap": None, "tables": {}},
            )
        raise


@contextmanager
def progress() -> Iterator[Listener | None]:
    """A live line with gap, bound and time on a terminal; nothing otherwise."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("building the model …") as status:

        def listen(event: Any) -> None:
            words = f"solving, {event.seconds:.0f} s"
            if event.objective is not None:
                words += f" · best {event.objective:,.0f}"
            if event.bound is not None:
                words += f" · bound {event.bound:,.0f}"
            if event.objective is not None and event.bound is not None:
                gap = (event.objective - event.bound) / max(1.0, abs(event.objective))
                words += f" · gap {gap:.3%}"
            status.update(words)

        yield listen


def main() -> None:
    """Run a verb; every foreseen failure is a sentence and an exit code, never a traceback."""
    from .errors import PlanError

    received: list[int] = []

    def terminate(number: int, _frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        sys.exit(stopped_by(received))
    except PlanError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code if error.exit_code != 130 else stopped_by(received))
    except SystemExit as ending:
        sys.exit(stopped_by(received) if ending.code == 130 else ending.code)


def stopped_by(received: list[int]) -> int:
    """130 after Ctrl-C, 143 after a request to terminate."""
    return 128 + (received[0] if received else signal.SIGINT)
