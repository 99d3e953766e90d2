"""The verb that judges past quarters by what came true: backtest."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .base import JSON, OUT, WORKERS, cli
from .running import reported, write_json


@cli.command()
@click.argument("books", metavar="BOOK BOOK …", nargs=-1, type=click.Path(path_type=Path))
@click.option("--gap", type=click.FloatRange(0, 1), help="Gap of each solve; the books' targets.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="Longest time for all.")
@WORKERS
@OUT
@JSON
def backtest(
    books: tuple[Path, ...],
    gap: float | None,
    minutes: float | None,
    workers: int | None,
    folder: Path,
    json_file: Path | None,
) -> None:
    """Cost what was decided in past quarters, hindsight and rules of thumb on what came true.

    BOOKs are the workbooks of those quarters in order, each with the decisions of the one before.
    """
    from ..backtest import backtest as judge
    from ..futures.engine import cores
    from ..report.backtest import render
    from ..workbook.plan import put_down
    from ..workbook.planbook.backtest import backtest_book

    with reported(json_file):
        found = judge(
            books,
            gap=gap,
            minutes=minutes,
            workers=workers or cores(),
            listener=lambda words: click.echo(words, err=True),
        )
        content = backtest_book(found.tables, found.finding, found.currency)
        path = put_down(content, folder / f"{books[-1].stem}-backtest.xlsx")
        page = render(found.tables, found.finding, found.currency, found.proven).encode("utf-8")
        report = put_down(page, path.with_suffix(".html"))
    if json_file:
        body = {
            "status": "optimal" if found.proven else "feasible",
            "finding": found.finding,
            "regret": found.regret,
            "currency": found.currency,
            "backtest": str(path),
            "report": str(report),
            "tables": found.tables,
        }
        write_json(json_file, body)
    click.echo(found.finding)
    for row in found.tables["Backtest policies"]:
        cost = row["note"] if row["cost"] is None else f"{row['cost']:,.2f} {found.currency}"
        click.echo(f"  {row['policy']:<16}  {cost}")
    for row in found.tables["Backtest regret"]:
        parts = ", ".join(
            f"{name} {row[name]:+,.2f}" for name in ("forecast", "policy", "execution")
        )
        click.echo(f"  {row['period']}: regret {row['regret']:,.2f} = {parts}")
        if row["note"]:
            click.echo(f"    {row['note']}")
    click.echo(f"backtest: {path}\nreport: {report}")
    sys.exit(found.exit_code)
