"""Product and rivals on the same instances, cores and time limit, in one run; prints its table.

``python tests/benchmarks/run.py --help``
"""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import click
import psutil

HERE = Path(__file__).parent
TOP = HERE.parents[1]
if str(TOP) not in sys.path:
    sys.path.insert(0, str(TOP))

from chipfolio.solver.others import PACKAGES  # noqa: E402  the folder is not installed
from tests.benchmarks.contenders import CONTENDERS, Job, built, cost, exported  # noqa: E402
from tests.benchmarks.instances import SHIPPED, SIZES  # noqa: E402
from tests.benchmarks.textbook import textbook  # noqa: E402

GAPS = (0.01, 0.005, 0.001)
PRODUCT = "chipfolio"
LADDER = "standard"
"""The size whose worlds are multiplied."""
WATCH_SECONDS = 0.1
GRACE_SHARE, GRACE_SECONDS = 1.5, 120.0
FROM, TO = "<!-- table -->", "<!-- end of table -->"
UNPUBLISHED = {
    "gurobi": "its free licence forbids publishing benchmark results",
    "xpress": "its licence forbids publishing benchmark results",
    "copt": "its package carries no licence text that would allow it",
}
"""Rivals whose figures are shown on the terminal alone, and why."""
TITLES = {
    PRODUCT: "chipfolio",
    "highs": "HiGHS as it comes",
    "scip": "SCIP as it comes",
    "textbook": "HiGHS on the textbook's model",
    "gurobi": "Gurobi as it comes",
    "xpress": "Xpress as it comes",
    "cplex": "CPLEX as it comes",
    "copt": "COPT as it comes",
    "linopy": "linopy",
}


@dataclass
class Run:
    """What one contender did on one instance."""

    contender: str
    status: str = "died"
    best: float | None = None
    bound: float | None = None
    seconds: float = 0.0
    memory: float = 0.0
    laps: dict[str, float] = field(default_factory=dict)
    to_gap: dict[float, float] = field(default_factory=dict)
    note: str = ""

    @property
    def gap(self) -> float:
        """The gap proven in the end."""
        return gap_of(self.best, self.bound)


def gap_of(best: float | None, bound: float | None) -> float:
    """How far a best cost is above its bound, as a share of it."""
    if best is None or bound is None:
        return math.inf
    return max(best - bound, 0.0) / max(1.0, abs(best))


# ------------------------------------------------------------------------------ running contenders
def compete(job: Job, cores: int) -> Run:
    """One contender in a process of its own, held to so many cores, its memory watched."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps(asdict(job)))
        command = [sys.executable, "-m", "tests.benchmarks.contenders", str(folder / "job.json")]
        with (folder / "out").open("w") as out, (folder / "errors").open("w") as errors:
            process = psutil.Popen(command, cwd=TOP, stdout=out, stderr=errors, env=surroundings())
            if hasattr(process, "cpu_affinity"):
                process.cpu_affinity(process.cpu_affinity()[:cores])
            memory = watch(process, job.seconds * GRACE_SHARE + GRACE_SECONDS)
        run = read_run(job, (folder / "out").read_text(errors="replace"))
        run.memory = memory
        if run.status == "died":
            said = (folder / "errors").read_text(errors="replace").strip().splitlines()
            run.note = refusal(said[-1]) if said else "ended by the watch"
        return run


def refusal(said: str) -> str:
    """An engine's last words, short."""
    if any(word in said.lower() for word in ("license", "licence", "limits exceeded", "maximum")):
        return "refuses the size without a licence"
    return said[:120]


def surroundings() -> dict[str, str]:
    """The environment of a contender: it finds this folder, and the product where we found it."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOP), *filter(None, sys.path)])}


def watch(process: psutil.Popen, seconds: float) -> float:
    """Wait for the end; the most resident memory of the process and all below it, in MB."""
    most, began = 0.0, time.monotonic()
    while process.poll() is None:
        tree = [process]
        try:
            tree += process.children(recursive=True)
        except psutil.NoSuchProcess:
            break
        total = 0
        for one in tree:
            try:
                total += one.memory_info().rss
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        most = max(most, total / 1e6)
        if time.monotonic() - began > seconds:
            for one in reversed(tree):
                one.kill()
        time.sleep(WATCH_SECONDS)
    process.wait()
    return most


def read_run(job: Job, text: str) -> Run:
    """What a contender said, as one run."""
    run = Run(job.contender)
    for line in text.splitlines():
        if not line.startswith("#{"):
            continue
        said = json.loads(line[1:])
        if said["kind"] == "start":
            continue
        run.seconds = said["seconds"]
        if said["best"] is not None:
            run.best = min(said["best"], math.inf if run.best is None else run.best)
        if said["bound"] is not None:
            run.bound = max(said["bound"], -math.inf if run.bound is None else run.bound)
        if said["kind"] == "end":
            run.status, run.laps = said["status"], said["laps"]
            run.best = said["best"] if said["best"] is not None else run.best
        for gap in GAPS:
            if gap not in run.to_gap and run.gap <= gap * (1 + 1e-6):
                run.to_gap[gap] = run.seconds
    return run


def honest(runs: list[Run]) -> list[str]:
    """Contradictions between contenders: a bound above a cost that another has reached."""
    found = []
    for one in runs:
        for two in runs:
            if one.bound is None or two.best is None:
                continue
            if one.bound - two.best > 1e-6 * max(1.0, abs(two.best)):
                found.append(f"{one.contender} proves {one.bound:.8g}, {two.contender} reaches "
                             f"{two.best:.8g}")  # fmt: skip
    return found


# ------------------------------------------------------------------------------------------ tables
def clock(seconds: float) -> str:
    """Seconds in three figures."""
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds:.0f} s"


def cell(run: Run, ours: Run, gap: float, limit: float) -> str:
    """Time to a gap, with its ratio to the product's; "> limit" where it was not reached."""
    own, base = run.to_gap.get(gap), ours.to_gap.get(gap)
    text = f"> {limit:g} s" if own is None else clock(own)
    if run is ours or base is None:
        return text
    ratio = (limit if own is None else own) / max(base, 1e-3)
    return f"{text} (× {'> ' if own is None else ''}{ratio:.2g})"


def row_of(name: str, run: Run, ours: Run, limit: float) -> str:
    """One line of the table."""
    title = TITLES[run.contender]
    if run.note:
        return f"| {name} | {title} | {run.note} | | | | |"
    cells = [cell(run, ours, gap, limit) for gap in GAPS]
    gap = "no plan" if math.isinf(run.gap) else f"{run.gap:.3%}"
    memory = f"{run.memory:.0f} MB"
    if run is not ours:
        memory += f" (× {run.memory / max(ours.memory, 1.0):.2g})"
    return "| " + " | ".join([name, title, *cells, gap, memory]) + " |"


def means(results: dict[str, list[Run]], limit: float) -> list[str]:
    """Geometric means of the ratios over instances in which the product reached the gap."""
    lines = []
    for contender in TITLES:
        parts = []
        for gap in GAPS:
            logs, lower = [], False
            for runs in results.values():
                ours = runs[0].to_gap.get(gap)
                theirs = [run for run in runs[1:] if run.contender == contender and not run.note]
                if ours is None or not theirs:
                    continue
                lower |= gap not in theirs[0].to_gap
                logs.append(math.log(theirs[0].to_gap.get(gap, limit) / max(ours, 1e-3)))
            if logs:
                mean = math.exp(sum(logs) / len(logs))
                parts.append(f"× {'> ' if lower else ''}{mean:.2g} ({len(logs)})")
            else:
                parts.append("–")
        if any(part != "–" for part in parts):
            lines.append(f"| all | {TITLES[contender]} | " + " | ".join(parts) + " | | |")
    return lines


def table(results: dict[str, list[Run]], sizes: dict[str, str], limit: float) -> str:
    """The table of all runs, in Markdown."""
    head = [
        "| instance | contender | to 1 % | to 0.5 % | to 0.1 % | gap in the end | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    lines = []
    for name, runs in results.items():
        lines += [row_of(f"{name}: {sizes[name]}", runs[0], runs[0], limit)]
        lines += [row_of("", run, runs[0], limit) for run in runs[1:]]
    return "\n".join([*head, *lines, *means(results, limit)])


def building(results: dict[str, list[Run]]) -> str:
    """The table of building and exporting, in Markdown; empty without linopy."""
    lines = []
    for name, runs in results.items():
        theirs = [run for run in runs if run.contender == "linopy" and not run.note]
        if not theirs:
            continue
        ours, linopy = runs[0].laps, theirs[0].laps
        lines.append(
            f"| {name} | {ours['build']:.2f} s | {ours['export']:.2f} s | "
            f"{linopy['build']:.2f} s | {linopy['export']:.2f} s |"
        )
    if not lines:
        return ""
    head = [
        "",
        "| instance | chipfolio builds | and exports | linopy builds | and exports |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *lines])


def stamp(gap: float, limit: float, cores: int, seeds: str) -> str:
    """Date, versions and terms of a run."""
    names = {"chipfolio": "chipfolio", "HiGHS": "highspy", "PySCIPOpt": "pyscipopt"}
    names |= {"CPLEX": "cplex", "linopy": "linopy", "Pyomo": "pyomo"}
    known = [f"{n} {version(p)}" for n, p in names.items() if find_spec(p)]
    return (
        f"{date.today()}; {', '.join(known)}; Python {sys.version.split()[0]}; {cores} cores, "
        f"at most {limit:g} s each, target gap {gap:.2%}, seeds {seeds}."
    )


def keep(text: str) -> None:
    """Put the run between the markers of the README."""
    file = HERE / "README.md"
    before, rest = file.read_text(encoding="utf-8").split(FROM)
    after = rest.split(TO)[1]
    file.write_text(f"{before}{FROM}\n{text}\n{TO}{after}", encoding="utf-8")


# ----------------------------------------------------------------------------------------- command
def instances(sizes: str, worlds: str, seeds: str) -> dict[str, tuple[str, int, int]]:
    """Size, worlds and seed by name: each size alone, and the ladder of worlds on one size."""
    known = [*SHIPPED, *SIZES]
    names = [name.strip() for name in sizes.split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise click.BadParameter(f"no size {name!r}; there are: {', '.join(known)}")
    steps = [int(word) for word in worlds.split(",") if word.strip()]
    wanted = [(name, 1) for name in names] + [(LADDER, step) for step in steps if step > 1]
    found = {}
    for size, count in wanted:
        for seed in map(int, seeds.split(",")):
            name = size + (f", {count} worlds" if count > 1 else "")
            if size in SHIPPED:
                found[name] = (size, count, seed)
            else:
                found[name + (f", seed {seed}" if "," in seeds else "")] = (size, count, seed)
    return found


def absent(contender: str) -> str:
    """Why a contender does not run; empty where it does."""
    package = PACKAGES.get(contender, contender)
    if contender in (*PACKAGES, "linopy") and find_spec(package) is None:
        return f"not run: {package} is not installed"
    return ""


def same_optimum(job: Job) -> None:
    """Say whether our model and the textbook's have one best plan."""
    from chipfolio.solver.bridge import to_matrix
    from chipfolio.solver.engine import run_highs

    model = built(job)
    matrix = to_matrix(model)
    ends = [run_highs(each, 1e-7, job.seconds) for each in (matrix, textbook(model))]
    costs = [cost(matrix, end) for end in ends]
    if None in costs:
        click.echo(f"{job.size}: a model has no plan in time")
        return
    click.echo(f"{job.size}: ours {costs[0]:.9g} ({ends[0].status}), "
               f"textbook {costs[1]:.9g} ({ends[1].status})")  # fmt: skip


@click.command()
@click.option("--sizes", default="quickstart,small,standard,large,largest", show_default=True)
@click.option("--worlds", default="1,3,9,27", show_default=True, help=f"Ladder, on {LADDER!r}.")
@click.option("--rivals", default="highs,scip,textbook,cplex,linopy", show_default=True)
@click.option("--time-limit", type=float, default=300.0, show_default=True, help="Seconds each.")
@click.option("--gap", type=float, default=0.001, show_default=True)
@click.option("--cores", type=int, default=2, show_default=True)
@click.option("--threads", type=int, default=1, show_default=True, help="Of each engine.")
@click.option("--seeds", default="1", show_default=True, help="Of the draws; each is an instance.")
@click.option("--keep", "keeps", is_flag=True, help="Keep the table in the README beside this.")
@click.option("--check", is_flag=True, help="Only compare the textbook's optimum with ours.")
def main(
    sizes: str,
    worlds: str,
    rivals: str,
    time_limit: float,
    gap: float,
    cores: int,
    threads: int,
    seeds: str,
    keeps: bool,
    check: bool,
) -> None:
    """Run product and rivals on the same instances, and print times to proven gaps."""
    names = [name.strip() for name in rivals.split(",") if name.strip()]
    for name in names:
        if name not in CONTENDERS:
            raise click.BadParameter(f"no rival {name!r}; there are: {', '.join(CONTENDERS)}")
    results: dict[str, list[Run]] = {}
    counts: dict[str, str] = {}
    for name, (size, count, seed) in instances(sizes, worlds, seeds).items():
        jobs = [Job(who, size, count, seed, gap, time_limit, threads) for who in (PRODUCT, *names)]
        if check:
            same_optimum(jobs[0])
            continue
        shape = exported(jobs[0]).size
        counts[name] = "{rows:,} × {columns:,}, {integers:,} whole".format(**shape)
        results[name] = []
        for job in jobs:
            note = absent(job.contender)
            run = Run(job.contender, note=note) if note else compete(job, cores)
            results[name].append(run)
            click.echo(f"{name} {job.contender}: {run.status} {run.note} in {run.seconds:.1f} s, "
                       f"gap {run.gap:.4%}, {run.memory:.0f} MB", err=True)  # fmt: skip
        for fault in honest(results[name]):
            click.echo(f"CONTRADICTION on {name}: {fault}", err=True)
    if check:
        return
    click.echo(report(results, counts, time_limit))
    if keeps:
        hidden = {name: [hide(run) for run in runs] for name, runs in results.items()}
        text = report(hidden, counts, time_limit)
        keep(f"{stamp(gap, time_limit, cores, seeds)}\n\n{text}")


def hide(run: Run) -> Run:
    """A run as it may be published."""
    reason = UNPUBLISHED.get(run.contender)
    return Run(run.contender, note=f"not shown: {reason}") if reason else run


def report(results: dict[str, list[Run]], counts: dict[str, str], limit: float) -> str:
    """Both tables."""
    solving = {
        name: [run for run in runs if run.contender != "linopy"] for name, runs in results.items()
    }
    return table(solving, counts, limit) + "\n" + building(results)


if __name__ == "__main__":
    main()
