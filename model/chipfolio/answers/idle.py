"""Units of a plan that serve nothing in their whole life: a tolerance buys waste."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from ..contract.periods import Calendar
from ..tables import Tables
from .plans import made_of
from .study import Study

TIE = 1e-6


def idle_units(book: Tables, tables: Mapping[str, Sequence[Mapping]]) -> dict[int, float]:
    """Units of each row of Orders that serve nothing and are not kept ready in their whole life.

    Units of a chip at a place stand in for one another, so the latest orders are idle first.
    """
    calendar = book.calendar
    chips = {row["chip"]: row for row in book.rows("Chips")}
    offers = {row["offer"]: row for row in book.rows("Offers")}
    spare: dict[tuple[str, str, str, int], float] = defaultdict(float)
    busy: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for row in tables["Units in service"]:
        key = (row["scenario"], row["chip"], row["site"] or "", calendar.position(row["period"]))
        spare[key] += row["units"]
    for row in tables["Usage"]:
        key = (row["scenario"], row["chip"], row["site"] or "", calendar.position(row["period"]))
        busy[key] += (row["units"] + row["ready"]) / chips[row["chip"]]["availability"]
    for key in spare:
        spare[key] = max(spare[key] - busy[key], 0.0)
    found: dict[int, float] = {}
    rows = list(enumerate(tables["Orders"]))
    for place, row in sorted(rows, key=lambda pair: -calendar.position(pair[1]["order_period"])):
        offer = offers[row["offer"]]
        if not row["delivery_period"]:
            found[place] = row["units"]
            continue
        first = calendar.position(row["delivery_period"])
        last = min(first + life_of(offer, chips, calendar), calendar.count)
        keys = [(row["scenario"], row["chip"], row["site"] or "", at) for at in range(first, last)]
        free = min((spare[key] for key in keys), default=0.0)
        lot = offer["lot_size"] or 0.0
        idle = min(free, row["units"])
        idle = (idle + TIE) // lot * lot if lot else idle
        if idle > TIE:
            found[place] = idle
            for key in keys:
                spare[key] -= idle
    return found


def life_of(offer: Mapping, chips: Mapping[str, Mapping], calendar: Calendar) -> int:
    """Periods that a unit serves, rounded up to whole ones."""
    months = 12.0 * chips[offer["chip"]]["life_years"]
    if offer["acquisition"] != "buy":
        months = float(offer["term_months"])
    return int(-(-months // calendar.months))


def idle_part(study: Study, measure: str, tables: Mapping[str, Sequence[Mapping]]) -> float:
    """What of a measure is of units that serve nothing, expected."""
    if not (measure.startswith("spend at ") or measure in ("capex", "distance")):
        return 0.0
    weights = study.engine.plan.solved.whole.weights()
    total = 0.0
    for place, idle in idle_units(study.book, tables).items():
        row = tables["Orders"][place]
        if measure.startswith("spend at ") and row["seller"] != measure.removeprefix("spend at "):
            continue
        if measure == "capex" and row["acquisition"] != "buy":
            continue
        total += weights[row["scenario"]] * row["spend"] * idle / row["units"]
    return total


def signature(study: Study, tables: Mapping[str, Sequence[Mapping]]) -> tuple:
    """What a plan is made of without the units that serve nothing."""
    idle = idle_units(study.book, tables)
    orders = [
        {**row, "units": row["units"] - idle.get(place, 0.0)}
        for place, row in enumerate(tables["Orders"])
    ]
    weights = study.engine.plan.solved.whole.weights()
    made = made_of(study.book, {**tables, "Orders": orders}, weights)
    return tuple(sorted((*key, round(value, 4)) for key, value in made.items()))
