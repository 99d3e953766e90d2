"""What is ordered, stands, works and is served: the quantities of a solved world."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..contract.periods import Calendar
from ..formulation.money import sale_value
from ..formulation.pricing import committed_payments
from ..formulation.sites import step_due
from ..formulation.whole import Furnished
from ..formulation.workloads import Use

NOTHING = 1e-9
"""Quantities below this are the solver's dust."""


def label(calendar: Calendar, at: int) -> str:
    """Label of a period of the plan or before it; blank after its end."""
    return calendar.label(at) if at < calendar.count else ""


def orders(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """New orders, one row per offer, period and site."""
    prices = f.world.path("Offers", "price")
    for key, batch in f.orders.batches.items():
        units = batch.units.value()
        if units <= NOTHING:
            continue
        offer = batch.offer
        listed = prices[key[0]][batch.ordered]
        off = 0.0
        for saving in f.pricing.savings.get(key[:2], ()):
            off += saving.share * round(saving.applies.value())
        yield {
            "offer": key[0],
            "order_period": calendar.label(batch.ordered),
            "delivery_period": label(calendar, batch.arrival),
            "site": batch.site,
            "units": units,
            "lots": round(units / offer["lot_size"]) if offer["lot_size"] else None,
            "unit_price": listed * (1.0 - off),
            "spend": f.pricing.spend[key].value(),
            "list_price": listed,
        }


def committed(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Units of committed orders where they were placed."""
    for cohort in f.fleet.cohorts:
        units = cohort.units.value() if cohort.kind == "committed" else 0.0
        if units > NOTHING:
            yield {
                "offer": cohort.offer["offer"],
                "order_period": calendar.label(cohort.ordered),
                "delivery_period": label(calendar, cohort.arrival),
                "site": cohort.site,
                "units": units,
                "unit_price": cohort.price_paid(f.world),
                "spend": units * sum(committed_payments(f.world, cohort)[0].values()),
                "row": cohort.row.number,
            }


def units_in_service(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Stock by chip, site and acquisition."""
    found: dict[tuple[str, str, str, int], float] = defaultdict(float)
    for line, cohort in f.fleet.lines():
        for at, form in f.fleet.stock[line].items():
            found[cohort.chip["chip"], cohort.site, cohort.acquisition, at] += form.value()
    for (chip, site, acquisition, at), units in found.items():
        if units > NOTHING:
            yield {
                "chip": chip,
                "site": site,
                "acquisition": acquisition,
                "period": calendar.label(at),
                "units": units,
            }


def sales(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Units sold early, by cohort."""
    for cohort in f.fleet.cohorts:
        for at, variable in cohort.sold.items():
            if variable.value > NOTHING:
                value = sale_value(f.world, cohort, at)
                yield {
                    "chip": cohort.chip["chip"],
                    "offer": cohort.offer["offer"] if cohort.offer else "",
                    "arrival": calendar.label(cohort.arrival),
                    "site": cohort.site,
                    "period": calendar.label(at),
                    "units": variable.value,
                    "unit_value": value,
                    "amount": value * variable.value,
                    "row": cohort.row.number if cohort.row else None,
                    "order_period": (
                        "" if cohort.ordered is None else calendar.label(cohort.ordered)
                    ),
                }


def stages(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Stages that were started."""
    for (programme, number), row in f.silicon.stages.items():
        for start in f.silicon.starts[programme, number]:
            if start.chosen.value() > 0.5:
                inside = [at for at in range(start.at, start.finish) if 0 <= at < calendar.count]
                yield {
                    "programme": programme,
                    "stage": number,
                    "start": calendar.label(start.at),
                    "end": calendar.label(start.finish - 1) if start.completes else "",
                    "cost": len(inside) * row["cost"] / row["duration"],
                    "name": row["name"] or f"Stage {number}",
                }


def software(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Software projects done before or started in the plan."""
    door = f.software
    for name, row in door.projects.items():
        if name in door.done:
            usable = door.done[name]
            inside = max(min(usable, calendar.count) - max(usable - row["duration"], 0), 0)
            yield {
                "project": name,
                "start": "" if row["started"] is None else calendar.label(row["started"]),
                "end": calendar.label(usable - 1),
                "cost": inside * row["cost"] / row["duration"],
            }
        for at, variable in door.start_terms(name):
            if variable.value > 0.5:
                inside = min(at + row["duration"], calendar.count) - at
                yield {
                    "project": name,
                    "start": calendar.label(at),
                    "end": calendar.label(at + row["duration"] - 1),
                    "cost": inside * row["cost"] / row["duration"],
                }


def steps(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Site expansions."""
    projects = f.world.by_name("Site projects")
    for (name, at), variable in f.sites.steps.items():
        number = round(variable.value)
        if number:
            row = projects[name]
            yield {
                "project": name,
                "site": row["site"],
                "start": calendar.label(at),
                "ready": label(calendar, at + row["lead_time"]),
                "steps": number,
                "mw": number * row["step_mw"],
                "cost": number * row["cost_per_step"],
                "row": None,
            }
    for step in f.sites.committed:
        row, start = projects[step["project"]], step["start_period"]
        yield {
            "project": step["project"],
            "site": row["site"],
            "start": calendar.label(start),
            "ready": label(calendar, start + row["lead_time"]),
            "steps": step["steps"],
            "mw": step["steps"] * row["step_mw"],
            "cost": step_due(step, row) if start < calendar.count else 0.0,
            "row": step.number,
        }


def usage(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Units used and kept ready by place; pools are shared out over their places in order."""
    capacity: dict[tuple[str, str, int], float] = defaultdict(float)
    for line, cohort in f.fleet.lines():
        for at, form in f.fleet.stock[line].items():
            key = (cohort.chip["chip"], cohort.site, at)
            capacity[key] += form.value() * cohort.availability
    pools: dict[tuple[str, tuple[str, ...], int], list[Use]] = defaultdict(list)
    for use in f.workloads.uses:
        pools[use.chip, use.pool, use.at].append(use)
    rows: dict[tuple, list[float]] = {}
    for (chip, pool, at), uses in pools.items():
        left = {place: capacity[chip, place, at] for place in pool}
        for kind in (0, 1):
            source = (f.workloads.used, f.workloads.ready)[kind]
            for use in uses:
                units = source[use.key].value if use.key in source else 0.0
                for place, part in spread(units, left, pool):
                    key = (chip, place, use.workload, use.level.efficiency, at)
                    row = rows.setdefault(key, [0.0, 0.0, 0.0])
                    row[kind] += part
                    if kind == 0:
                        row[2] += part * use.rate
    for (chip, place, workload, efficiency, at), (units, ready, served) in rows.items():
        yield {
            "chip": chip,
            "site": place,
            "workload": workload,
            "efficiency": efficiency,
            "period": calendar.label(at),
            "units": units,
            "served": served,
            "ready": ready,
        }


def spread(
    units: float, left: dict[str, float], pool: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Share units out over the places of a pool, filling them in order."""
    for place in pool:
        if units <= NOTHING:
            return
        part = units if place == pool[-1] else min(units, left[place])
        left[place] -= part
        units -= part
        if part > NOTHING:
            yield place, part


def service(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Demand and what becomes of it."""
    door = f.workloads
    for name, path in f.world.demand.items():
        for at in calendar.positions:
            waiting = door.waiting.get((name, at))
            unmet = door.unmet.get((name, at))
            yield {
                "workload": name,
                "period": calendar.label(at),
                "demand": path[at],
                "served": door.served[name, at].value(),
                "deferred": waiting.value if waiting is not None else 0.0,
                "unmet": unmet.value if unmet is not None else 0.0,
            }


def power(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Draw of every site against its power."""
    drawn: dict[tuple[str, int], float] = defaultdict(float)
    for atom in f.measures.atoms("power"):
        drawn[atom.of["site"], atom.at] += atom.amount.value()
    for (site, at), limit in f.sites.power.items():
        yield {
            "site": site,
            "period": calendar.label(at),
            "mw": drawn[site, at],
            "limit": limit.value(),
        }
