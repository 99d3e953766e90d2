"""Every scenario solved alone, side by side: what a plan made for each future would look like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..contract.lines import CASH_LINES
from ..errors import InfeasibleError, NoPlanInTimeError, PlanError
from ..plan.plan import SECONDS_PER_MINUTE, solve
from ..plan.words import amount, apart, percent
from ..tables import Row, Tables, World
from .engine import Watcher, run
from .work import key_of

Rows = list[dict[str, object]]
KEPT = (
    "Orders",
    "Programme timeline",
    "Software timeline",
    "Site steps",
    "Service",
    "Cash",
    "Scenario costs",
)
"""Tables of a plan from which cards and differences are drawn."""
NOTHING = 1e-9


@dataclass(frozen=True)
class Comparison:
    """Scenarios side by side: ``tables`` to be written, ``results`` by scenario."""

    tables: dict[str, Rows]
    results: dict[str, dict]


def all_scenarios(
    tables: Tables,
    gap: float | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    folder: Path | None = None,
    watcher: Watcher | None = None,
) -> Comparison:
    """Solve every active scenario alone, to ``gap`` within ``time_limit`` seconds each."""
    names = [row["scenario"] for row in tables.scenarios]
    if not names:
        raise PlanError("the book has no active scenarios to compare")
    gap = tables.setting("target_gap") if gap is None else gap
    limit = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
    limit = limit if time_limit is None else time_limit
    keys = {
        name: key_of("alone", version("chipfolio"), tables.sha256, name, gap, limit)
        for name in names
    }
    tasks = {keys[name]: (name, gap, limit) for name in names}
    found = run("chipfolio.futures.sweep:alone", tables, tasks, workers, cluster, folder, watcher)
    results = {name: found[keys[name]] for name in names}
    return Comparison(
        {
            "Scenario cards": list(cards(tables, results)),
            "Scenario differences": list(differences(tables, results)),
        },
        results,
    )


def alone(tables: Tables, name: str, gap: float, limit: float) -> dict[str, object]:
    """The plan made for one scenario, audited, as plain values."""
    try:
        plan = solve(tables, gap=gap, time_limit=limit, scenario=name)
    except InfeasibleError as error:
        return {"status": "infeasible", "text": str(error).splitlines()[0], "tables": {}}
    except NoPlanInTimeError as error:
        return {"status": "no_plan", "text": " ".join(str(error).split()), "tables": {}}
    return {
        "status": plan.status,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "tables": {table: plan.tables.get(table, []) for table in KEPT},
    }


# ------------------------------------------------------------------ one card each
def cards(tables: Tables, results: Mapping[str, dict]) -> Iterator[dict[str, object]]:
    """Rows of the table Scenario cards."""
    currency = str(tables.setting("currency"))
    for row in tables.scenarios:
        name, result = row["scenario"], results[row["scenario"]]

        def line(
            section: str,
            item: str,
            value: object = None,
            unit: str = "",
            text: str = "",
            name: str = name,
        ) -> dict[str, object]:
            return {
                "scenario": name,
                "section": section,
                "item": item,
                "value": value,
                "unit": unit,
                "text": text,
            }

        yield line("Scenario", "Probability", row["probability"], "%")
        if row["branches_from"]:
            when = tables.calendar.label(row["branch_period"] or 0)
            yield line("Scenario", "Branches", text=f"from {row['branches_from']} in {when}")
        if "objective" not in result:
            yield line("Result", "No plan", text=result["text"])
            continue
        proof = "proven within the target gap" if result["status"] == "optimal" else "NOT PROVEN"
        yield line("Result", "Total discounted cost", result["objective"], currency)
        yield line("Result", "No plan can cost less than", result["bound"], currency)
        yield line("Result", "Gap", result["gap"], "%", proof)
        for year, paid in by_year(tables, result["tables"]["Cash"], CASH_LINES).items():
            yield line("Cash by fiscal year", year, paid, currency)
        spend = sums(result["tables"]["Orders"], ("seller",), "spend")
        whole = sum(spend.values())
        for (seller,), part in sorted(spend.items(), key=lambda pair: -pair[1]):
            share = f"{percent(part / whole)} of order spend" if whole else ""
            yield line("Vendors", str(seller), part, currency, share)
        for stage in result["tables"]["Programme timeline"]:
            until = f" to {stage['end']}" if stage["end"] else ", never finished"
            item = f"{stage['programme']}, stage {stage['stage']}"
            text = f"{stage['name']}: {stage['start']}{until}"
            yield line("Programmes", item, stage["cost"], currency, text)
        for project in result["tables"]["Software timeline"]:
            if project["start"]:
                text = f"{project['start']} to {project['end']}"
                yield line("Software", project["project"], project["cost"], currency, text)
        yield from short_demand(line, result["tables"]["Service"])


def short_demand(line: object, rows: Rows) -> Iterator[dict[str, object]]:
    """Share of each workload's demand that stays unserved."""
    demand, unmet = sums(rows, ("workload",), "demand"), sums(rows, ("workload",), "unmet")
    first: dict[object, object] = {}
    for row in rows:
        if row["unmet"] > NOTHING:
            first.setdefault(row["workload"], row["period"])
    for (workload,), short in unmet.items():
        share = short / demand[workload,] if demand[workload,] else 0.0
        text = f"first in {first[workload]}" if workload in first else "nothing goes short"
        yield line("Short demand", str(workload), share, "%", text)


def sums(rows: Rows, by: Sequence[str], column: str) -> dict[tuple, float]:
    """Sums of a column by others, in order of appearance."""
    found: dict[tuple, float] = defaultdict(float)
    for row in rows:
        found[tuple(row[name] for name in by)] += row[column]
    return dict(found)


def by_year(tables: Tables, rows: Rows, lines: Sequence[str]) -> dict[str, float]:
    """Undiscounted amounts of some lines by fiscal year."""
    calendar = tables.calendar
    found = dict.fromkeys((calendar.fiscal_year(at) for at in calendar.positions), 0.0)
    for row in rows:
        if row["line"] in lines:
            found[calendar.fiscal_year(calendar.position(row["period"]))] += row["amount"]
    return found


# ------------------------------------------------------------------ what differs
def differences(tables: Tables, results: Mapping[str, dict]) -> Iterator[dict[str, object]]:
    """Rows of the table Scenario differences: inputs, then plans, against the first scenario."""
    names = list(results)
    base = tables.world(names[0])
    for name in names[1:]:
        here = tables.world(name)
        for row in inputs_apart(base, here):
            yield {"scenario": name, "side": "input", **row}
        if "objective" in results[name] and "objective" in results[names[0]]:
            for row in plans_apart(tables, results[names[0]], results[name]):
                yield {"scenario": name, "side": "plan", **row}


def row_of(
    subject: str, item: str, window: str, base: float | None, here: float | None, text: str = ""
) -> dict[str, object]:
    """One difference."""
    both = base is not None and here is not None
    return {
        "subject": subject,
        "item": item,
        "window": window,
        "base": base,
        "here": here,
        "difference": here - base if both else None,
        "text": text,
    }


def inputs_apart(base: World, here: World) -> Iterator[dict[str, object]]:
    """Values that differ, over stretches of periods in which they differ, by their means."""
    changed: dict[tuple[str, str], list[Row]] = {}
    for row in base.tables.rows("Scenario changes"):
        if row["scenario"] in {step["scenario"] for step in (*base.lineage, *here.lineage)}:
            changed.setdefault((row["sheet"], row["column"] or ""), []).append(row)
    for (sheet, column), rows in changed.items():
        subject = f"{sheet}, {column}" if column else sheet
        whole = {"lead_time", "duration", "completes"}
        if rows[0]["operation"] == "remove" or column in whole:
            yield from words_apart(base, here, subject, rows)
            continue
        theirs, ours = base.path(sheet, column), here.path(sheet, column)
        for key, path in theirs.items():
            item = key if isinstance(key, str) else " / ".join(key)
            apart = [at for at, value in enumerate(path) if value != ours[key][at]]
            for first, last in stretches(apart):
                there, now = (average(p[first : last + 1]) for p in (path, ours[key]))
                window = window_of(base, first, last)
                text = ""
                if there is None or now is None:
                    text = f"{'no limit' if there is None else there} → "
                    text += "no limit" if now is None else f"{now}"
                yield row_of(subject, item, window, there, now, text)


def words_apart(
    base: World, here: World, subject: str, rows: Sequence[Row]
) -> Iterator[dict[str, object]]:
    """Changes that are no path of numbers: slips, lead times, failures, what is removed."""
    lines = {step["scenario"] for step in base.lineage}
    ours = {step["scenario"]: step for step in here.lineage}
    for row in rows:
        if row["scenario"] in lines or row["scenario"] not in ours:
            continue
        branch = ours[row["scenario"]]["branch_period"] or 0
        first = branch if row["from"] is None else row["from"]
        last = here.calendar.count - 1 if row["to"] is None else row["to"]
        text = str(row["operation"])
        if row["value"] is not None:
            text += f" {row['value']:g}" if isinstance(row["value"], float) else f" {row['value']}"
        window = window_of(here, first, last)
        yield row_of(subject, str(row["item"]), window, None, None, text)


def stretches(positions: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Runs of consecutive positions."""
    first = None
    for place, at in enumerate(positions):
        first = at if first is None else first
        if place + 1 == len(positions) or positions[place + 1] != at + 1:
            yield first, at
            first = None


def average(values: Sequence[float | None]) -> float | None:
    """Their mean; None where one has no value."""
    return None if any(value is None for value in values) else sum(values) / len(values)


def window_of(world: World, first: int, last: int) -> str:
    """A stretch of periods in words."""
    calendar = world.calendar
    begin, end = calendar.label(first), calendar.label(min(last, calendar.count - 1))
    return begin if begin == end else f"{begin} to {end}"


def plans_apart(tables: Tables, base: dict, here: dict) -> Iterator[dict[str, object]]:
    """Costs by line, units by offer and year, service, and dates of programmes that differ.

    Both plans may be cheaper by their gaps: what is worth no more than these together, in money or
    in units, is told as lying within them.
    """
    gaps = gap_of(base, here)
    yield row_of(
        "Total discounted cost", "", "plan", base["objective"], here["objective"],
        between(base, here, str(tables.setting("currency"))),
    )  # fmt: skip
    there, now = base["tables"], here["tables"]
    costs = [sums(rows["Cash"], ("line",), "discounted") for rows in (there, now)]
    yield from numbers_apart("Discounted cost", *costs, gaps)
    calendar = tables.calendar

    def ordered(rows: Rows, column: str) -> dict[tuple, float]:
        found: dict[tuple, float] = defaultdict(float)
        for row in rows:
            year = calendar.fiscal_year(calendar.position(row["order_period"]))
            found[row["offer"], year] += row[column]
        return dict(sorted(found.items()))

    units, spend = (
        [ordered(rows["Orders"], column) for rows in (there, now)] for column in ("units", "spend")
    )
    yield from numbers_apart("Units ordered", *units, gaps, worth(units, spend))
    steps, paid = (
        [sums(rows["Site steps"], ("project", "start"), column) for rows in (there, now)]
        for column in ("mw", "cost")
    )
    yield from numbers_apart("Power added [MW]", *steps, gaps, worth(steps, paid))
    unmet = [sums(rows["Service"], ("workload",), "unmet") for rows in (there, now)]
    yield from numbers_apart("Unmet work", *unmet)
    yield from dates_apart("Programme stage", "programme", "stage", there, now)
    yield from dates_apart("Software", "project", None, there, now)


WITHIN, UNKNOWN = "within the two gaps: not told apart", "no bound is known: not told apart"


def gap_of(base: Mapping, here: Mapping) -> float | None:
    """Money by which both plans together may be dearer than the best; None where unknown."""
    if base["bound"] is None or here["bound"] is None:
        return None
    return sum(max(one["objective"] - one["bound"], 0.0) for one in (base, here))


def between(base: Mapping, here: Mapping, currency: str) -> str:
    """The interval in which the difference of two best costs is proven to lie, in words."""
    gaps = gap_of(base, here)
    if gaps is None:
        return UNKNOWN
    if abs(here["objective"] - base["objective"]) <= gaps:
        return WITHIN
    least, most = here["bound"] - base["objective"], here["objective"] - base["bound"]
    return "{} to {} {}".format(*apart([least, most], amount), currency)


def worth(units: Sequence[Mapping], spend: Sequence[Mapping]) -> dict[tuple, float]:
    """Money per unit by key, the mean over both plans."""
    keys = dict.fromkeys([*units[0], *units[1]])
    sums = {key: [sum(one.get(key, 0.0) for one in two) for two in (units, spend)] for key in keys}
    return {key: paid / number for key, (number, paid) in sums.items() if number}


def numbers_apart(
    subject: str,
    base: Mapping[tuple, float],
    here: Mapping[tuple, float],
    gaps: float | None = 0.0,
    price: Mapping[tuple, float] | None = None,
) -> Iterator[dict[str, object]]:
    """Numbers by key that differ, and whether by more than the gaps are worth [money]."""
    for key in dict.fromkeys([*base, *here]):
        there, now = base.get(key, 0.0), here.get(key, 0.0)
        if abs(there - now) > NOTHING * max(1.0, abs(there), abs(now)):
            window = str(key[1]) if len(key) > 1 else "plan"
            money = abs(there - now) * (1.0 if price is None else price.get(key, 0.0))
            text = UNKNOWN if gaps is None else WITHIN if money <= gaps else ""
            yield row_of(subject, str(key[0]), window, there, now, text)


def dates_apart(
    subject: str, name: str, number: str | None, base: dict, here: dict
) -> Iterator[dict[str, object]]:
    """Starts and ends that differ."""
    table = "Programme timeline" if number else "Software timeline"

    def dates(tables: dict) -> dict[str, str]:
        found = {}
        for row in tables[table]:
            item = f"{row[name]} / {row[number]}" if number else str(row[name])
            found[item] = f"{row['start'] or 'before'} to {row['end'] or 'never'}"
        return found

    there, now = dates(base), dates(here)
    for item in dict.fromkeys([*there, *now]):
        was, is_now = there.get(item, "not started"), now.get(item, "not started")
        if was != is_now:
            yield row_of(subject, item, "plan", None, None, f"{was} → {is_now}")
