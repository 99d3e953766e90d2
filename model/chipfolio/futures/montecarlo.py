"""Monte Carlo: a plan's first decisions, replayed against futures drawn from ranges.

A sample is one more scenario: it branches, at the end of the first stage, from a scenario of the
book drawn by its probability, and its changes are the draws of the sheet Ranges. What the plan
decides before that (orders, programmes, software, sites, signatures, sales) is held; all later
decisions are taken anew for the sample, knowing it. So a sample's cost is what the first stage
leads to at best, a little less than a planner without foresight would pay.

Draws: each range has a standard normal, its own or ρ × its group's + √(1 − ρ²) × its own (a
Gaussian copula), turned into a share by the normal distribution and into a value by the inverse of
the range's distribution (Law, "Simulation Modeling and Analysis", §8.3 and §8.5). A draw hangs on
the range's name, the seed and the sample's number: it is the same whatever the order of the rows,
the other ranges, and the number of samples, workers or machines.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from ..contract.outputs import OUTPUTS
from ..contract.problems import fold
from ..errors import PlanError
from ..formulation.whole import Furnished, build
from ..plan.plan import SECONDS_PER_MINUTE
from ..tables import Row, Tables
from .engine import Watcher, run
from .settle import cash_by_period, hold, of_plan, parting_of, settle
from .work import key_of

if TYPE_CHECKING:
    from ..plan.plan import Plan

Rows = list[dict[str, object]]
SAMPLES, SEED, GAP = 200, 1, 0.01
PERCENTILES = (5, 25, 50, 75, 95)
DECIDING = (
    "Orders",
    "Programme timeline",
    "Software timeline",
    "Site steps",
    "Contracts and deals",
    "Sales",
    "Committed units",
)
"""Tables of a plan that say what it decides."""


@dataclass(frozen=True)
class Draw:
    """One value drawn: of which range, how it acts, on what, in which periods."""

    range: str
    sheet: str
    item: str
    column: str | None
    first: int | None
    last: int | None
    operation: str
    value: float


@dataclass(frozen=True)
class Sample:
    """One future drawn: the scenario it branches from and its draws."""

    number: int
    scenario: str
    draws: tuple[Draw, ...]

    @property
    def name(self) -> str:
        """The name of its scenario."""
        return f"sample {self.number}"


@dataclass(frozen=True)
class MonteCarlo:
    """``tables`` to be written; ``results`` by sample number, as plain values."""

    tables: dict[str, Rows]
    results: dict[int, dict]


def monte_carlo(
    tables: Tables,
    plan: Plan,
    samples: int = SAMPLES,
    seed: int = SEED,
    first_stage: int | None = None,
    gap: float = GAP,
    time_limit: float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    folder: Path | None = None,
    watcher: Watcher | None = None,
) -> MonteCarlo:
    """Replay the plan against ``samples`` draws of the sheet Ranges.

    ``first_stage`` is how many periods of the plan's decisions are held (those before the scenarios
    part; without scenarios the first). Each sample is solved to ``gap``; one that needs more than
    ``time_limit`` seconds says so, and is then not bound to repeat.
    """
    if not tables.rows("Ranges"):
        raise PlanError("the book has no sheet Ranges: there is nothing to draw")
    held = first_stage if first_stage is not None else stage_of(tables)
    if not 0 <= held <= tables.calendar.count:
        raise PlanError(f"first_stage is {held}, and the plan has {tables.calendar.count} periods")
    limit = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
    limit = limit if time_limit is None else time_limit
    decided = {name: plan.tables.get(name, []) for name in DECIDING}
    drawn = [draw(tables, seed, number) for number in range(1, samples + 1)]
    if {sample.scenario for sample in drawn} - {row["scenario"] for row in costs(plan)}:
        raise PlanError("the plan must be one over all scenarios of the book")
    keys = {
        sample.number: key_of(
            "sample", tables.sha256, dataclasses.asdict(sample), decided, held, gap, limit
        )
        for sample in drawn
    }
    found = run(
        "chipfolio.futures.montecarlo:replayed",
        (tables, decided),
        {keys[sample.number]: (sample, held, gap, limit) for sample in drawn},
        workers,
        cluster,
        folder,
        watcher,
    )
    results = {number: found[key] for number, key in keys.items()}
    return MonteCarlo(
        {
            "Monte Carlo": list(spread(tables, results)),
            "Monte Carlo samples": list(log_of(tables, drawn, results, held)),
        },
        results,
    )


def costs(plan: Plan) -> Rows:
    """The plan's cost by scenario."""
    return plan.tables["Scenario costs"]


def stage_of(tables: Tables) -> int:
    """Periods before the scenarios part; at least one."""
    return max(parting_of(tables), 1) if len(tables.scenarios) > 1 else 1


# ------------------------------------------------------------------ draws
def draw(tables: Tables, seed: int, number: int) -> Sample:
    """The sample of that number: its scenario, and a value for each range."""
    scenario = chosen(tables, float(np.random.default_rng([seed, number]).random()))
    draws = []
    for row in tables.rows("Ranges"):
        own = normal(seed, number, "range", row["range"])
        if row["group"]:
            share = row["correlation"]
            factor = normal(seed, number, "group", row["group"])
            own = share * factor + math.sqrt(1.0 - share * share) * own
        draws.append(
            Draw(
                row["range"],
                row["sheet"],
                row["item"],
                row["column"],
                row["from"],
                row["to"],
                row["operation"],
                quantile(row, float(ndtr(own))),
            )
        )
    return Sample(number, scenario, tuple(draws))


def normal(seed: int, number: int, kind: str, name: str) -> float:
    """A standard normal that hangs on the seed, the sample and a name, and on no row's place."""
    digest = hashlib.sha256(f"{kind} {fold(name)}".encode()).digest()
    words = [int.from_bytes(digest[at : at + 4], "big") for at in range(0, 16, 4)]
    return float(np.random.default_rng([seed, number, *words]).standard_normal())


def chosen(tables: Tables, share: float) -> str:
    """The scenario at a share of the summed probabilities; '' in a book of one world."""
    rows = tables.scenarios
    whole = sum(row["probability"] for row in rows)
    for row in rows:
        share -= row["probability"] / whole
        if share < 0:
            return row["scenario"]
    return rows[-1]["scenario"] if rows else ""


def quantile(row: Row, share: float) -> float:
    """The value of a range below which a share of its draws lies."""
    low, mode, high = row["low"], row["mode"], row["high"]
    if row["distribution"] == "uniform" or high == low:
        return low + share * (high - low)
    mode = (low + high) / 2.0 if mode is None else mode
    at_mode = (mode - low) / (high - low)
    if share <= at_mode:
        return low + math.sqrt(share * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - share) * (high - low) * (high - mode))


def with_sample(tables: Tables, sample: Sample, held: int) -> Tables:
    """The book with the sample as one more scenario."""
    parents = tables.rows("Scenarios")
    if not sample.scenario:
        parents = [scenario_row("plan", 1.0, None, None)]
    name = sample.name
    above = sample.scenario or "plan"
    rows = [
        Row(
            {
                "scenario": name,
                "sheet": one.sheet,
                "item": one.item,
                "column": one.column,
                "from": begins(one, held),
                "to": one.last,
                "operation": one.operation,
                "value": one.value,
            },
            "Scenario changes",
            number,
            {},
        )
        for number, one in enumerate(sample.draws, 1)
        if one.last is None or one.last >= held or is_lead_time(one)
    ]
    sheets = {
        **tables.sheets,
        "Scenarios": [*parents, scenario_row(name, 0.0, above, held)],
        "Scenario changes": [*tables.rows("Scenario changes"), *rows],
    }
    return dataclasses.replace(tables, sheets=sheets)


def scenario_row(name: str, share: float, above: str | None, branch: int | None) -> Row:
    """A row of the sheet Scenarios."""
    values = {
        "scenario": name,
        "probability": share,
        "branches_from": above,
        "branch_period": branch,
        "active": True,
    }
    return Row(values, "Scenarios", 0, {})


def is_lead_time(one: Draw) -> bool:
    """Whether a draw moves lead times, whose periods select orders, not arrivals."""
    return one.sheet == "Offers" and one.column == "lead_time"


def begins(one: Draw, held: int) -> int | None:
    """The first period of a change: not before the first stage ends."""
    if is_lead_time(one):
        return one.first
    return max(held, one.first or 0)


# ------------------------------------------------------------------ one sample
def replayed(
    common: tuple[Tables, Mapping[str, Rows]], sample: Sample, held: int, gap: float, limit: float
) -> dict[str, object]:
    """What the plan's first stage leads to in one sample."""
    book, decided = common
    tables = with_sample(book, sample, held)
    others = [row["scenario"] for row in tables.rows("Scenarios") if row["scenario"] != sample.name]
    whole = build(tables, [sample.name], beside=others)
    world = whole.worlds[sample.name]
    hold(world, of_plan(tables, decided, sample.scenario, held), held)
    settled = settle(whole, gap, limit)
    result = settled.plain()
    if settled.objective is None:
        return result
    return {**result, "cash": cash_by_period(world), "service": service(world)}


def service(world: Furnished) -> dict[str, dict[str, list[float]]]:
    """Demand, served and unmet work by workload, one value per period."""
    door, positions = world.workloads, world.world.calendar.positions
    found = {}
    for name, demand in world.world.demand.items():
        unmet = [
            door.unmet[name, at].value if (name, at) in door.unmet else 0.0 for at in positions
        ]
        served = [door.served[name, at].value() for at in positions]
        found[name] = {"demand": demand, "served": served, "unmet": unmet}
    return found


# ------------------------------------------------------------------ what came of it
def spread(tables: Tables, results: Mapping[int, dict]) -> Iterator[dict[str, object]]:
    """Rows of the table Monte Carlo: fans over the samples that have a plan."""
    good = [result for result in results.values() if result["objective"] is not None]
    labels = tables.calendar.labels
    for measure, count in counts(results.values()):
        blank = dict.fromkeys(column.name for column in OUTPUTS["Monte Carlo"].columns)
        yield {**blank, "measure": measure, "item": "", "period": "", "samples": count}
    if not good:
        return
    yield fan("total", "", "", [result["objective"] for result in good])
    for at, label in enumerate(labels):
        yield fan("cash", "", label, [result["cash"][at] for result in good])
    for workload in good[0]["service"]:
        for kind in ("demand", "served", "unmet"):
            for at, label in enumerate(labels):
                values = [result["service"][workload][kind][at] for result in good]
                yield fan(kind, workload, label, values)


def counts(results: Iterable[Mapping]) -> Iterator[tuple[str, int]]:
    """How many samples ended how."""
    found: dict[str, int] = defaultdict(int)
    for result in results:
        found[result["status"]] += 1
    words = {
        "optimal": "samples solved to the gap",
        "feasible": "samples stopped at the time limit",
        "infeasible": "samples without any plan",
        "no_plan": "samples without a plan in time",
    }
    for status, measure in words.items():
        yield measure, found[status]


def fan(measure: str, item: str, period: str, values: Sequence[float]) -> dict[str, object]:
    """Mean, deviation and percentiles (linear between samples) of some values."""
    array = np.array(values, dtype=float)
    row: dict[str, object] = {
        "measure": measure,
        "item": item,
        "period": period,
        "samples": len(values),
        "mean": float(array.mean()),
        "deviation": float(array.std(ddof=1)) if len(values) > 1 else 0.0,
        "lowest": float(array.min()),
        "highest": float(array.max()),
    }
    for percent, value in zip(PERCENTILES, np.percentile(array, PERCENTILES), strict=True):
        row[f"p{percent}"] = float(value)
    return row


def log_of(
    tables: Tables, drawn: Sequence[Sample], results: Mapping[int, dict], held: int
) -> Iterator[dict[str, object]]:
    """Rows of the table Monte Carlo samples: every changed value, then what came of it."""
    calendar = tables.calendar
    for sample in drawn:
        base = {"sample": sample.number, "scenario": sample.scenario}
        for one in sample.draws:
            first = begins(one, held) or 0
            last = calendar.count - 1 if one.last is None else min(one.last, calendar.count - 1)
            where = " | ".join(part for part in (one.sheet, one.item, one.column) if part)
            text = f"{where}, {one.operation}, {calendar.label(first)} to {calendar.label(last)}"
            if last < first:
                text = f"{where}: its periods lie before the draws act"
            yield {**base, "kind": "change", "item": one.range, "value": one.value, "text": text}
        result = results[sample.number]
        for item, value in (("total", result["objective"]), ("bound", result["bound"])):
            text = result["status"] if item == "total" else ""
            yield {**base, "kind": "result", "item": item, "value": value, "text": text}
