"""How seconds and memory grow with a book, stage by stage; prints its table.

Seconds are of the processor, which other work on the machine does not inflate; of the solver, which
works in processes of its own, they are those that passed.

``python tests/benchmarks/growth.py --help``
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd

TOP = Path(__file__).parents[2]
if str(TOP) not in sys.path:
    sys.path.insert(0, str(TOP))

from tests.benchmarks.instances import Size, book  # noqa: E402  the folder is not installed
from tests.benchmarks.run import surroundings  # noqa: E402

STAGES = ("read", "check", "build", "export", "solve", "extract", "audit", "write")
BASE = Size(8, 8, 3, 2, 1)
"""The book that is made so many times as large in one dimension."""
FACTORS = (1, 4, 16)
DIMENSIONS = ("offers", "workloads", "periods", "worlds")
WIDE = {"25 × 250": (25, 250), "50 × 500": (50, 500), "100 × 1,000": (100, 1000)}
"""Offers and workloads of books of one period in which every chip can do all work."""
GAP = 0.05
MEMORY = Path("/proc/self/status")
SOLVE_MOST = 3600.0


def grown(dimension: str, factor: int) -> Size:
    """The base size, so many times as large in a dimension."""
    return replace(BASE, **{dimension: getattr(BASE, dimension) * factor})


def wide(offers: int, workloads: int) -> dict[str, pd.DataFrame]:
    """A book of one period: an offer for each chip, a row of Performance for each pair."""
    draw = np.random.default_rng(1)
    chips, works = [f"C{n}" for n in range(offers)], [f"W{n}" for n in range(workloads)]
    price = draw.integers(10_000, 40_000, offers)
    speed = draw.uniform(0.7, 1.3, (offers, workloads)) * price[:, None] / 20_000
    sheets = {
        "Settings": [
            {"name": "first_period", "value": "2027"},
            {"name": "periods", "value": 1},
            {"name": "months_per_period", "value": 12},
            {"name": "discount_rate", "value": 0.08},
        ],
        "Vendors": [{"vendor": f"V{n}"} for n in range(5)],
        "Chips": [
            {
                "chip": chip,
                "vendor": f"V{n % 5}",
                "power_kw": 1.2,
                "life_years": 5,
                "value_loss_per_year": 0.35,
            }
            for n, chip in enumerate(chips)
        ],
        "Offers": [
            {
                "offer": f"{chip} direct",
                "chip": chip,
                "seller": f"V{n % 5}",
                "acquisition": "buy",
                "price": int(price[n]),
                "lot_size": 8,
            }
            for n, chip in enumerate(chips)
        ],
        "Sites": [
            {"site": f"S{n}", "power_mw": 10 * workloads, "pue": 1.2, "energy_price": 60 + n}
            for n in range(2)
        ],
        "Workloads": [{"workload": work} for work in works],
        "Demand": [{"workload": work, "2027": int(draw.integers(50, 500))} for work in works],
        "Performance": [
            {"chip": chip, "workload": work, "throughput": float(f"{speed[a, b]:.4g}")}
            for a, chip in enumerate(chips)
            for b, work in enumerate(works)
        ],
    }
    return {name: pd.DataFrame(rows) for name, rows in sheets.items()}


def memory(reset: bool = False) -> float:
    """Most resident memory of this process since the last reset, in MB."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
        return 0.0
    lines = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines())
    return float(lines["VmHWM"].split()[0]) / 1000


class Watch:
    """Seconds and most memory by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.megabytes: dict[str, float] = {}
        self.began = self.now()

    def now(self) -> tuple[float, float]:
        """Seconds of this process, and seconds that passed."""
        return time.process_time(), time.perf_counter()

    def lap(self, stage: str) -> None:
        """Book what there was since the last lap to a stage."""
        kind = stage == "solve"
        took = self.now()[kind] - self.began[kind]
        self.seconds[stage] = self.seconds.get(stage, 0.0) + took
        self.megabytes[stage] = max(self.megabytes.get(stage, 0.0), memory())
        memory(reset=True)
        self.began = self.now()


def measure(path: Path, seconds: float) -> dict[str, object]:
    """Stages of one book from its workbook to the plan's."""
    from chipfolio.checking.check import check
    from chipfolio.collector import at_rest
    from chipfolio.plan import plan as planning
    from chipfolio.workbook.plan import write_plan
    from chipfolio.workbook.read import read_book

    watch = Watch()
    with at_rest(and_sweep=True):
        raw = read_book(path)
    watch.lap("read")
    with at_rest():
        tables = check(raw)
    watch.lap("check")
    planning.Stopwatch = lambda: watch
    rows = {name: len(tables.rows(name)) for name in ("Offers", "Performance", "Workloads")}
    found: dict[str, object] = {"rows": rows}
    try:
        plan = planning.solve(tables, gap=GAP, time_limit=seconds)
        watch.lap("audit")
        write_plan(plan, path.with_name("plan.xlsx"))
        watch.lap("write")
        found |= {"size": plan.size, "gap": plan.gap, "checks": len(plan.tables["Checks"])}
        found |= {"objective": plan.objective}
    except planning.PlanError as error:
        watch.lap("solve")
        found["ended"] = str(error).splitlines()[0]
    return {**found, "seconds": watch.seconds, "megabytes": watch.megabytes}


def run(frames: dict[str, pd.DataFrame], seconds: float) -> dict[str, object]:
    """One book in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="growth-") as name:
        path = Path(name) / "book.xlsx"
        with pd.ExcelWriter(path, engine="xlsxwriter") as writer:
            for sheet, frame in frames.items():
                frame.to_excel(writer, sheet_name=sheet, index=False)
        command = [sys.executable, "-m", "tests.benchmarks.growth", "--child", str(path)]
        command += ["--seconds", str(seconds)]
        said = subprocess.run(
            command, cwd=TOP, env=surroundings(), capture_output=True, text=True, check=False
        )
        if said.returncode:
            lines = said.stderr.strip().splitlines()
            return {"seconds": {}, "megabytes": {}, "ended": lines[-1] if lines else "died"}
        return json.loads(said.stdout.splitlines()[-1])


def row_of(name: str, found: dict) -> str:
    """A line of the table."""
    seconds, megabytes = found["seconds"], found["megabytes"]
    cells = [
        f"{seconds[stage]:.1f} s, {megabytes[stage]:.0f}" if stage in seconds else "–"
        for stage in STAGES
    ]
    size = found.get("size", {})
    shape = f"{size['rows']:,} × {size['columns']:,}" if size else found.get("ended", "")
    gap = f"{found['gap']:.2%}" if found.get("gap") is not None else "–"
    return "| " + " | ".join([name, shape, *cells, gap]) + " |"


@click.command()
@click.option("--dimensions", default=",".join(DIMENSIONS), show_default=True)
@click.option("--factors", default=",".join(map(str, FACTORS)), show_default=True)
@click.option("--wide", "widths", default="; ".join(WIDE), show_default=True)
@click.option("--seconds", default=SOLVE_MOST, show_default=True, help="Time limit of a book.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the figures as JSON lines.")
@click.option("--child", type=click.Path(path_type=Path), hidden=True)
def main(
    dimensions: str, factors: str, widths: str, seconds: float, out: Path | None, child: Path | None
) -> None:
    """Seconds and most memory [MB] by stage of books that grow."""
    if child is not None:
        click.echo(json.dumps(measure(child, seconds)))
        return
    books = {
        f"{dimension} × {factor}": (lambda d=dimension, f=int(factor): book(grown(d, f)))
        for dimension in filter(None, dimensions.split(","))
        for factor in factors.split(",")
    }
    for name in filter(None, (one.strip() for one in widths.split(";"))):
        books[name] = lambda name=name: wide(*WIDE[name])
    click.echo("| book | rows × columns | " + " | ".join(STAGES) + " | gap |")
    click.echo("|---" * (len(STAGES) + 3) + "|")
    for name, make in books.items():
        found = run(make(), seconds)
        click.echo(row_of(name, found))
        if out is not None:
            with out.open("a") as file:
                file.write(json.dumps({"book": name, **found}) + "\n")


if __name__ == "__main__":
    main()
