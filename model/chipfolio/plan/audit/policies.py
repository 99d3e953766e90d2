"""Budgets, custom rules, frozen periods and the cost of changing the previous plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...contract.lines import BUDGET_WORDS
from ...contract.periods import Window
from ...contract.problems import fold
from .amounts import ORDER_BASES, Amounts, total
from .checks import differs, figure
from .earlier import past
from .facts import Facts
from .levels import Level, windows
from .records import Fields

FROZEN = "frozen periods order what the previous plan ordered"
STARTS = ("stage_started", "software_started", "contract_signed")


# ------------------------------------------------------------------------- budgets
def parts_of(lines: str) -> set[str]:
    """Cash lines that a budget names, discounts split by what they are on."""
    return {line for word in map(fold, lines.split(",")) for line in BUDGET_WORDS[word]}


def budget_levels(facts: Facts, cash: dict[str, list[float]]) -> Iterator[Level]:
    """Where each budget stands in each of its windows."""
    for row in map(dict, facts.world.rules("Budgets")):
        lines = parts_of(row["lines"])
        for window in windows(facts, row, "fiscal_year"):
            amounts = [cash[line][at] for line in lines for at in window.positions]
            told = past(facts, "Budgets", row["budget"], window).of("spent")
            level = sum(amounts) + told
            yield Level(
                sheet="Budgets",
                rule=row["budget"],
                member="",
                window=window.label,
                last=window.last,
                sense="<=",
                level=level,
                limit=row["limit"],
                violation=max(0.0, level - row["limit"]),
                scale=max(abs(row["limit"]), sum(map(abs, [*amounts, told]))),
                penalty=row["penalty"],
            )


# ------------------------------------------------------------------------- custom rules
def custom_levels(facts: Facts, amounts: Amounts) -> Iterator[Level]:
    """Where each custom rule stands in each of its windows; rows of one name add up."""
    rules: dict[str, list[Fields]] = defaultdict(list)
    for row in map(dict, facts.world.rules("Custom rules")):
        rules[row["rule"]].append(row)
    for name, rows in rules.items():
        sense = next((row["sense"] for row in rows if row["sense"]), "<=")
        limit = next((row["limit"] for row in rows if row["limit"] is not None), 0.0)
        penalty = next((row["penalty"] for row in rows if row["penalty"] is not None), None)
        sums: dict[str, list[float]] = defaultdict(list)
        last: dict[str, int] = {}
        for row in rows:
            for label, window in custom_windows(facts, row):
                amount = row["coefficient"] * quantity(facts, amounts, row, window)
                sums[label].append(amount)
                last[label] = max(last.get(label, 0), window.last)
        for label, counted in told_of(facts, name, rows):
            if label in sums:
                sums[label].append(counted)
        for label, terms in sums.items():
            level = sum(terms)
            over, under = level - limit, limit - level
            beyond = {"<=": over, ">=": under, "=": abs(over)}[sense]
            yield Level(
                sheet="Custom rules",
                rule=name,
                member="",
                window=label,
                last=last[label],
                sense=sense,
                level=level,
                limit=limit,
                violation=max(0.0, beyond),
                scale=max(abs(limit), sum(map(abs, terms))),
                penalty=penalty,
            )


def custom_windows(facts: Facts, row: Fields) -> Iterator[tuple[str, Window]]:
    """Windows of one row; without a window, all its periods are one."""
    if row["window"]:
        for window in windows(facts, row, row["window"]):
            yield window.label, window
        return
    for window in facts.calendar.windows("plan", row["from"] or 0, row["to"]):
        yield "", window


def told_of(facts: Facts, name: str, rows: list[Fields]) -> Iterator[tuple[str, float]]:
    """What fell before the plan, in the window of its first period, if any row began by then."""
    if any((row["from"] or 0) <= 0 for row in rows):
        for label, window in custom_windows(facts, {**rows[0], "from": None, "to": 0}):
            yield label, past(facts, "Custom rules", name, window).of("counted")


def quantity(facts: Facts, amounts: Amounts, row: Fields, window: Window) -> float:
    """What one row of a custom rule counts in a window."""
    name, positions = row["quantity"], window.positions
    if name in STARTS:
        return starts(facts, row, positions)
    dimension, member = row["dimension"], fold(row["member"] or "")
    workload = row["workload"]
    if dimension == "workload":
        workload, dimension = spelt(facts.workloads, member), None
    if name == "unmet":
        return sum(
            line.unmet
            for (work, at), line in facts.service.items()
            if at in positions and workload in (None, work)
        )
    if name == "served":
        return sum(
            path[at]
            for (chip, site, work), path in amounts.served.items()
            if workload in (None, work) and served_by(facts, dimension, member, chip, site)
            for at in positions
        )
    before = frozenset()
    if name in ORDER_BASES:
        before = past(facts, "Custom rules", row["rule"], window, row).periods
    parts = amounts.parts(name, dimension or "acquisition", positions, before)
    return parts.get(member, 0.0) if dimension else total(parts)


def spelt(names: dict[str, Fields], folded: str) -> str:
    """A name as its sheet writes it."""
    return next((name for name in names if fold(name) == folded), folded)


def served_by(facts: Facts, dimension: str | None, member: str, chip: str, site: str) -> bool:
    """Whether work on a chip at a site belongs to a member."""
    if not dimension:
        return True
    return facts.member(dimension, chip, "", "" if site else "cloud", site) == member


def starts(facts: Facts, row: Fields, positions: tuple[int, ...]) -> float:
    """Stages or projects started, or contracts signed, in a window."""
    member, dimension = fold(row["member"] or ""), row["dimension"]
    found: list[tuple[int, str]] = []
    if row["quantity"] == "stage_started":
        for (programme, stage), run in facts.runs.items():
            name = programme if dimension == "programme" else f"{programme} / {stage}"
            found.append((run.start, name))
    elif row["quantity"] == "software_started":
        for name, porting in facts.portings.items():
            if dimension == "platform":
                name = facts.software[name]["platform"]
            if not porting.given:
                found.append((porting.start, name))
    else:
        found = [
            (at, key[1])
            for key, at in facts.signed.items()
            if key[0] == "contract" and key not in facts.agreed
        ]
    return float(
        sum(at in positions and (not member or fold(name) == member) for at, name in found)
    )


# ------------------------------------------------------------------------- the plan before
def check_previous(facts: Facts) -> list[float]:
    """Frozen orders, and the cost of units ordered otherwise, by period."""
    costs = [0.0] * facts.end
    rows = [dict(row) for row in facts.world.rows("Previous plan")]
    if not rows:
        return costs
    before: dict[tuple[str, int], float] = defaultdict(float)
    for row in rows:
        if row["scenario"] in (None, facts.world.name):
            before[row["offer"], row["order_period"]] += row["units"]
    now: dict[tuple[str, int], float] = defaultdict(float)
    for batch in facts.batches:
        if batch.kind == "order" and batch.ordered is not None:
            now[batch.offer, batch.ordered] += batch.units
    frozen = facts.setting("frozen_periods") or 0
    rate = facts.setting("change_cost_pct") or 0.0
    last = max(row["order_period"] for row in rows)
    for offer, at in dict.fromkeys([*before, *now]):
        if not 0 <= at < facts.end:
            continue
        due, ordered = before.get((offer, at), 0.0), now.get((offer, at), 0.0)
        if at < frozen:
            facts.findings.unless(
                not differs(due, ordered),
                FROZEN,
                f"{offer} in {facts.label(at)}: {figure(ordered)} ordered, {figure(due)} before",
            )
        if at <= last and rate:
            costs[at] += rate * abs(ordered - due) * facts.list_value(offer, at)
    return costs
