"""Whether runs of the command hold their time limit while the machine has other work.

``python tests/benchmarks/limits.py --help``
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import pandas as pd

TOP = Path(__file__).parents[2]
if str(TOP) not in sys.path:
    sys.path.insert(0, str(TOP))

from tests.benchmarks.instances import SHIPPED, SIZES, book  # noqa: E402  not installed
from tests.benchmarks.run import surroundings  # noqa: E402

SHARE, SECONDS = 1.15, 5.0
"""A limit holds where a run takes no longer than limit × share + seconds."""
TOLD = re.compile(r"the run ends after about ([\d,]+)")
"""What a run says before it solves, where what cannot be cut is longer than its limit; it is said
anew where building shows that it takes longer than was thought."""
BUSY = "while True: pass"


def workbook(name: str, folder: Path) -> Path:
    """The workbook of a shipped book, or of a size drawn by its seed (``standard:3``)."""
    if name in SHIPPED:
        return SHIPPED[name]
    size, _, worlds = name.partition(":")
    path = folder / f"{size}{worlds}.xlsx"
    if not path.exists():
        with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
            for sheet, frame in book(SIZES[size].with_worlds(int(worlds or 1))).items():
                frame.to_excel(writer, sheet_name=sheet, index=False)
    return path


@click.command()
@click.option("--books", default="quickstart,sample,standard,standard:3", show_default=True)
@click.option("--limits", default="10,30,60", show_default=True, help="Time limits, seconds.")
@click.option("--times", default=1, show_default=True, help="Runs of each book and limit.")
@click.option("--busy", default=4, show_default=True, help="Processes that do nothing but work.")
@click.option("--gap", default=0.0001, show_default=True)
def main(books: str, limits: str, times: int, busy: int, gap: float) -> None:
    """Seconds of whole runs, from start to exit, against their limit."""
    others = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(busy)]
    over = runs = 0
    click.echo("| book | limit | took | exit code | holds |\n|---|---|---|---|---|")
    try:
        with tempfile.TemporaryDirectory(prefix="limits-") as made:
            folder = Path(made)
            for name in books.split(","):
                path = workbook(name, folder)
                for limit in map(float, limits.split(",")):
                    for _ in range(times):
                        with tempfile.TemporaryDirectory(prefix="limits-") as out:
                            began = time.monotonic()
                            command = [sys.executable, "-m", "chipfolio", "solve", str(path)]
                            command += ["--time-limit", str(limit), "--gap", str(gap)]
                            command += ["--out", out]
                            ended = subprocess.run(
                                command, env=surroundings(), capture_output=True, check=False
                            )
                            took = time.monotonic() - began
                        told = TOLD.findall(ended.stderr.decode())
                        most = max(limit, float(told[-1].replace(",", ""))) if told else limit
                        holds = took <= most * SHARE + SECONDS
                        runs, over = runs + 1, over + (not holds)
                        word = "yes" if holds else "no"
                        if told:
                            word += f", told beforehand: {most:g} s"
                        row = (
                            f"| {name} | {limit:g} s | {took:.1f} s | {ended.returncode} | {word} |"
                        )
                        click.echo(row)
    finally:
        for one in others:
            one.kill()
    click.echo(f"{runs - over} of {runs} runs held their limit")


if __name__ == "__main__":
    main()
