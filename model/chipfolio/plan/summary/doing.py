"""What to do: orders and starts of the first periods, and what becomes of each programme."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...tables import Tables, World
from ..words import listed
from .lines import NEXT_PERIODS, Rows, alike, line, spread


def orders(tables: Tables, plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """What to order in the first periods, over sites: first what all scenarios share."""
    for at in range(min(NEXT_PERIODS, tables.calendar.count)):
        period = tables.calendar.label(at)
        found: dict[tuple[str, str, str], dict[str, list[float]]] = {}
        for row in plan["Orders"]:
            if row["order_period"] == period:
                key = str(row["offer"]), str(row["seller"]), str(row["chip"])
                entry = found.setdefault(key, {name: [0.0, 0.0] for name in worlds})
                entry[row["scenario"]][0] += row["units"]
                entry[row["scenario"]][1] += row["spend"]
        yield from in_period(f"Order in {period}", found, str(tables.setting("currency")))


def in_period(
    section: str, found: Mapping[tuple[str, str, str], Mapping[str, list[float]]], currency: str
) -> Iterator[dict]:
    """Orders of one period: those common to all scenarios, then the others by scenario."""
    if not found:
        yield line(section, "Nothing to order")
    apart = []
    for (offer, seller, chip), entry in found.items():
        groups = alike({name: units for name, (units, _) in entry.items()})
        for units, names in groups.items():
            text = f"{chip} from {seller}, {entry[names[0]][1]:,.0f} {currency}"
            if len(groups) > 1:
                text = f"if {listed(names)}: {text if units else 'none'}"
                apart.append(line(f"{section}, by scenario", offer, units, "units", text))
            else:
                everywhere = ", the same in every scenario" if len(entry) > 1 else ""
                yield line(f"{section}{everywhere}", offer, units, "units", text)
    yield from apart


def starts(
    tables: Tables, plan: Mapping[str, Rows], weights: Mapping[str, float]
) -> Iterator[dict]:
    """Stages, software projects and steps of sites that start in the first periods, and their mean
    cost.
    """
    currency = str(tables.setting("currency"))
    soon = tables.calendar.labels[:NEXT_PERIODS]
    found: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for row in plan["Programme timeline"]:
        text = f"stage {row['stage']} {row['name']}"
        found[row["start"], row["programme"], text][row["scenario"]] = row["cost"]
    for row in plan["Software timeline"]:
        found[row["start"], row["project"], "software project"][row["scenario"]] = row["cost"]
    for row in plan["Site steps"]:
        if row.get("row") is not None:
            continue
        text = f"{row['steps']:g} step{'s' if row['steps'] > 1 else ''} at {row['site']}"
        text += f", {row['mw']:g} MW"
        found[row["start"], row["project"], text][row["scenario"]] = row["cost"]
    soonest = sorted((key for key in found if key[0] in soon), key=lambda key: soon.index(key[0]))
    for key in soonest:
        (period, name, text), costs = key, found[key]
        if len(costs) < len(weights):
            text = f"if {listed(costs)}: {text}"
        whole = sum(weights[case] for case in costs)
        shares = {case: weights[case] / whole if whole else 1.0 / len(costs) for case in costs}
        mean = sum(shares[case] * cost for case, cost in costs.items())
        yield line(f"Start in {period}", name, mean, currency, text + spread(costs, currency))


def programmes(plan: Mapping[str, Rows], worlds: Mapping[str, World]) -> Iterator[dict]:
    """What becomes of each programme; by scenario where the scenarios differ."""
    names = next(iter(worlds.values())).tables.names("Programmes")
    for programme in names:
        fates = {case: fate(plan, world, case, programme) for case, world in worlds.items()}
        if len(set(fates.values())) == 1:
            cost, words = next(iter(fates.values()))
            everywhere = "in every scenario: " if len(worlds) > 1 else ""
            yield line("Own silicon", programme, cost, "", everywhere + words)
    for programme in names:
        fates = {case: fate(plan, world, case, programme) for case, world in worlds.items()}
        if len(set(fates.values())) > 1:
            for case, (cost, words) in fates.items():
                yield line(f"Own silicon by scenario: {programme}", case, cost, "", words)


def fate(
    plan: Mapping[str, Rows], world: World, scenario: str, programme: str
) -> tuple[float | None, str]:
    """Cost of a programme in a scenario and when its stages are under way."""
    stages = [row for row in world.rows("Programme stages") if row["programme"] == programme]
    rows = [
        row
        for row in plan["Programme timeline"]
        if row["scenario"] == scenario and row["programme"] == programme
    ]
    if not rows:
        return None, "not started" if stages else "ready"
    words = "; ".join(
        f"{row['name']} {row['start']}–{row['end'] or 'never finished'}" for row in rows
    )
    if len(rows) < len(stages):
        words += "; then no further"
    return sum(row["cost"] for row in rows), words
