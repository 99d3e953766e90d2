"""From a solved model to the plan's tables: plain rows, in the contract's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from ..contract.inputs import DIMENSIONS, SERVED_DIMENSIONS
from ..contract.periods import Calendar, Window
from ..formulation.fleet import Cohort
from ..formulation.linear import Linear
from ..formulation.money import sale_value
from ..formulation.pricing import committed_payments, committed_price
from ..formulation.shares import Limit, members_of
from ..formulation.whole import Furnished, Whole
from ..formulation.workloads import Use
from ..solver.bridge import Matrix

NOTHING = 1e-9
"""Quantities below this are the solver's dust."""

Rows = list[dict[str, object]]
Price = Callable[[object], float]


def load(whole: Whole, matrix: Matrix, values: np.ndarray) -> None:
    """Put the solver's values into the model's variables, dust swept away."""
    for variable in whole.model.component_data_objects(ctype=_var_type(), descend_into=True):
        low = variable.lb if variable.lb is not None else 0.0
        variable.set_value(max(low, 0.0) if low != float("-inf") else 0.0, skip_validation=True)
    for variable, value in zip(matrix.columns, values.tolist(), strict=True):
        if abs(value) < NOTHING and (variable.lb or 0.0) <= 0.0:
            value = 0.0
        variable.set_value(value, skip_validation=True)
    whole.settle()


def _var_type() -> type:
    import pyomo.environ as pyo

    return pyo.Var


def marginal(matrix: Matrix, duals: np.ndarray | None) -> Price:
    """Price of one unit of a constraint's right side [money]; 0 where it does not bind."""
    found: dict[int, float] = {}
    if duals is not None:
        for row, dual in zip(matrix.rows, duals.tolist(), strict=True):
            found[id(row)] = found.get(id(row), 0.0) + dual
    return lambda constraint: found.get(id(constraint), 0.0)


def tables_of(whole: Whole, price: Price) -> dict[str, Rows]:
    """All tables that one world, or each world of a tree, fills."""
    found: dict[str, Rows] = defaultdict(list)
    for name, furnished in whole.worlds.items():
        for table, rows in one_world(name, furnished, price).items():
            found[table] += rows
        found["Scenario costs"].append(
            {
                "scenario": name,
                "probability": furnished.world.probability if name else 1.0,
                "total": furnished.total.value(),
            }
        )
    return dict(found)


def one_world(name: str, f: Furnished, price: Price) -> dict[str, Rows]:
    """The tables of one world."""
    calendar = f.world.calendar
    made: dict[str, Iterable[dict[str, object]]] = {
        "Orders": orders(f, calendar),
        "Committed units": committed(f, calendar),
        "Units in service": units_in_service(f, calendar),
        "Sales": sales(f, calendar),
        "Vendor split": splits(f, calendar),
        "Programme timeline": stages(f, calendar),
        "Software timeline": software(f, calendar),
        "Site steps": steps(f, calendar),
        "Usage": usage(f, calendar),
        "Service": service(f, calendar),
        "Power": power(f, calendar),
        "Contracts and deals": terms(f, calendar),
        "Cash": cash(f, calendar),
        "Profit and loss": profit_and_loss(f, calendar),
        "Rules": rules(f, price),
    }
    return {table: [{"scenario": name, **row} for row in rows] for table, rows in made.items()}


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
            "seller": offer["seller"],
            "order_period": calendar.label(batch.ordered),
            "delivery_period": label(calendar, batch.arrival),
            "site": batch.site,
            "units": units,
            "lots": round(units / offer["lot_size"]) if offer["lot_size"] else None,
            "unit_price": listed * (1.0 - off),
            "spend": f.pricing.spend[key].value(),
            "chip": offer["chip"],
            "acquisition": offer["acquisition"],
            "list_price": listed,
        }


def committed(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Units of committed orders where they were placed."""
    for cohort in f.fleet.cohorts:
        units = cohort.units.value() if cohort.line[0] == "committed" else 0.0
        if units > NOTHING:
            yield {
                "offer": cohort.offer["offer"],
                "order_period": calendar.label(cohort.ordered),
                "delivery_period": label(calendar, cohort.arrival),
                "site": cohort.site,
                "units": units,
                "unit_price": committed_price(f.world, cohort.row),
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


def splits(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Shares of every basis by dimension, in the windows that rules and reports use."""
    world = f.world
    windows: dict[tuple[str, str], dict[str, Window]] = defaultdict(dict)
    bases = ("order_spend", "order_units", "units_in_service", "power", "served")
    for basis in bases:
        for dimension in SERVED_DIMENSIONS if basis == "served" else DIMENSIONS:
            for kind in ("fiscal_year", "plan"):
                for window in calendar.windows(kind):
                    windows[dimension, basis][window.label] = window
    for row in world.rules("Share rules"):
        stock = row["basis"] in ("units_in_service", "power", "served")
        kind = row["window"] or ("period" if stock else "fiscal_year")
        for window in calendar.windows(kind, row["from"] or 0, row["to"]):
            windows[row["dimension"], row["basis"]].setdefault(window.label, window)
    limits: dict[tuple[str, str, str, str], float] = {}
    for row in world.rules("Share rules"):
        if row["max_pct"] is None or row["workload"]:
            continue
        stock = row["basis"] in ("units_in_service", "power", "served")
        kind = row["window"] or ("period" if stock else "fiscal_year")
        names = [row["member"]]
        if names == ["each"]:
            names = members_of(world, row["dimension"])
        for window in calendar.windows(kind, row["from"] or 0, row["to"]):
            for name in names:
                key = (row["dimension"], name, row["basis"], window.label)
                limits[key] = min(limits.get(key, 1.0), row["max_pct"])
    values: dict[str, list[tuple[dict[str, str], int, float]]] = {}
    for basis in bases[:-1]:
        values[basis] = [
            (atom.of, atom.at, amount)
            for atom in f.measures.atoms(basis)
            if (amount := atom.amount.value()) > NOTHING
        ]
    chips = world.by_name("Chips")
    values["served"] = [
        (
            {**f.measures.tags(chips[row["chip"]], None, row["site"], ""), "workload": row["workload"]},
            calendar.position(row["period"]),
            row["served"],
        )
        for row in usage(f, calendar)
    ]
    demand = world.demand
    for (dimension, basis), by_label in windows.items():
        for window in by_label.values():
            inside = {*window.positions, *window.before}
            weight = {
                name: sum(path[at] for at in window.positions) for name, path in demand.items()
            }
            parts: dict[str, float] = defaultdict(float)
            whole = 0.0
            for of, at, amount in values[basis]:
                if at not in inside:
                    continue
                if basis == "served":
                    if weight[of["workload"]] <= 0:
                        continue
                    amount /= weight[of["workload"]]
                whole += amount
                if dimension in of:
                    parts[of[dimension]] += amount
            for member in members_of(world, dimension):
                if parts.get(member, 0.0) > NOTHING * max(whole, 1e-9):
                    yield {
                        "dimension": dimension,
                        "member": member,
                        "basis": basis,
                        "window": window.label,
                        "amount": parts[member],
                        "share": parts[member] / whole,
                        "limit": limits.get((dimension, member, basis, window.label)),
                    }


def stages(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Stages that were started."""
    for (programme, number), row in f.silicon.stages.items():
        for start in f.silicon.starts[programme, number]:
            if start.chosen.value() > 0.5:
                length = start.duration if start.completes else row["duration"]
                inside = [
                    at for at in range(start.at, start.at + length) if 0 <= at < calendar.count
                ]
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
                "start": "",
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


def terms(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Signatures, minimums, tiers and milestones."""
    kinds = {
        **dict.fromkeys(f.signing.contracts, "contract"),
        **dict.fromkeys(f.signing.deals, "deal"),
    }
    rows = {**f.signing.contracts, **f.signing.deals}
    for name, kind in kinds.items():
        event = {"kind": kind, "name": name, "event": "signed"}
        blank = {"amount": None, "threshold": None}
        if rows[name]["signing"] == "signed":
            detail = {"period": "", "detail": "signed before the plan"}
            yield {**event, **detail, **blank, "money": 0.0}
        for (other, at), variable in f.signing.signs.items():
            if other == name and variable.value > 0.5:
                fee = rows[name]["signing_fee"] if kind == "contract" else 0.0
                yield {**event, "period": calendar.label(at), "detail": "", **blank, "money": fee}
    for minimum in f.terms.minimums:
        if minimum.in_force.value() < 0.5:
            continue
        row = minimum.contract
        missing = minimum.shortfall.value if minimum.shortfall is not None else 0.0
        value = 0.0
        if missing > NOTHING:
            value = missing * shortfall_price(f, row, minimum.window.last)
        yield {
            "kind": "contract",
            "name": row["contract"],
            "event": "window",
            "period": minimum.window.label,
            "detail": row["basis"],
            "amount": minimum.level.value(),
            "threshold": row["minimum"],
            "money": value,
        }
    for scheme in f.terms.schemes:
        rebate = scheme.rebate.value()
        quantity = scheme.quantity.value()
        reached = [
            tier for tier in scheme.tiers if quantity >= tier["threshold"] - 1e-6 * max(1, quantity)
        ]
        if reached and quantity > NOTHING:
            yield {
                "kind": "discount",
                "name": scheme.name,
                "event": "tier",
                "period": scheme.window.label,
                "detail": f"{reached[-1]['discount_pct']:.6g}",
                "amount": quantity,
                "threshold": reached[-1]["threshold"],
                "money": -rebate,
            }
    for (name, number, at), variable in f.pricing.reached.items():
        earlier = f.pricing.reached.get((name, number, at - 1))
        if variable.value > 0.5 and (earlier is None or earlier.value < 0.5):
            tier = f.pricing.cumulative[name][number]
            yield {
                "kind": "discount",
                "name": name,
                "event": "tier",
                "period": calendar.label(at),
                "detail": f"{tier['discount_pct']:.6g}",
                "amount": f.pricing.so_far[name, at].value(),
                "threshold": tier["threshold"],
                "money": 0.0,
            }
    milestones = f.world.by_name("Deal milestones")
    for (deal, name, at), variable in f.terms.pays.items():
        if variable.value > 0.5:
            row = milestones[deal, name]
            yield {
                "kind": "deal",
                "name": deal,
                "event": "milestone",
                "period": calendar.label(at),
                "detail": name,
                "amount": f.terms.measures[deal, name, at].value(),
                "threshold": row["threshold"],
                "money": -row["value"] * (1.0 - row["haircut_pct"]),
            }


def shortfall_price(f: Furnished, contract: dict, last: int) -> float:
    """Money per unit that a contract's minimum is missed by."""
    from ..formulation.pricing import list_value

    if contract["basis"] == "spend":
        return contract["shortfall_pct"]
    offer = f.world.by_name("Offers")[contract["offer"]]
    return contract["shortfall_pct"] * list_value(f.world, offer, last)


def cash(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Every line by period."""
    for line, by_period in f.lines.items():
        for at, form in by_period.items():
            amount = form.value()
            if amount:
                factor = (
                    calendar.discount_at_end if line == "terminal_value" else calendar.discount(at)
                )
                yield {
                    "line": line,
                    "period": calendar.label(at),
                    "amount": amount,
                    "discounted": amount * factor,
                }


EXPENSES = (
    "lease_and_cloud",
    "order_fees",
    "setup",
    "energy",
    "hosting",
    "upkeep",
    "running",
    "programme_costs",
    "software",
    "site_projects",
    "contract_fees",
    "shortfall_payments",
    "discounts",
    "deal_value",
)


def profit_and_loss(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Expenses by fiscal year; purchases as straight-line depreciation, sales as gain or loss."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for line in EXPENSES:
        for at, form in f.lines[line].items():
            found[calendar.fiscal_year(at), line] += form.value()
    for cohort in f.fleet.cohorts:
        if cohort.acquisition != "buy":
            continue
        units = cohort.units.value()
        if units <= NOTHING:
            continue
        cost = unit_cost(f, cohort)
        life = cohort.end - cohort.arrival
        sold = 0.0
        for at in range(max(cohort.arrival, 0), min(cohort.end, calendar.count)):
            year = calendar.fiscal_year(at)
            if at in cohort.sold and cohort.sold[at].value > NOTHING:
                gone = cohort.sold[at].value
                sold += gone
                book = cost * (1.0 - (at - cohort.arrival) / life)
                found[year, "loss_on_sale"] += gone * (book - sale_value(f.world, cohort, at))
            found[year, "depreciation"] += (units - sold) * cost / life
    order = ("depreciation", "loss_on_sale", *EXPENSES)
    for year in dict.fromkeys(calendar.fiscal_year(at) for at in calendar.positions):
        for line in order:
            if found[year, line]:
                yield {"fiscal_year": year, "line": line, "amount": found[year, line]}


def unit_cost(f: Furnished, cohort: Cohort) -> float:
    """What was paid for one owned unit of a cohort."""
    if cohort.line[0] == "fleet":
        return cohort.row["unit_cost"]
    if cohort.line[0] == "committed":
        return committed_price(f.world, cohort.row)
    listed = f.world.path("Offers", "price")[cohort.line[1]][cohort.ordered]
    charged = f.pricing.charged[cohort.line[1], cohort.ordered, cohort.site].value()
    return listed * charged / cohort.units.value()


def rules(f: Furnished, price: Price) -> Iterator[dict[str, object]]:
    """Every rule in every window: level, limit, slack and what its limit is worth."""
    for limit in f.shares.limits:
        whole = limit.whole.value()
        level = limit.level.value() / whole if whole > NOTHING else 0.0
        yield rule_row(limit, level, price(limit.constraint) * limit.scale * whole)
    for limit in f.policies.limits:
        yield rule_row(limit, limit.level.value(), price(limit.constraint) * limit.scale)
    for minimum in f.terms.minimums:
        row = minimum.contract
        if minimum.in_force.value() < 0.5:
            continue
        level = minimum.level.value()
        missing = [x for x in (minimum.shortfall, minimum.missing) if x is not None]
        short = missing[0].value if missing else 0.0
        yield {
            "rule": row["contract"],
            "window": minimum.window.label,
            "level": level,
            "limit": row["minimum"],
            "slack": level - row["minimum"],
            "marginal_value": 0.0,
            "sheet": "Contracts",
            "sense": ">=",
            "violation": short,
            "penalty": short * (row["penalty"] or 0.0) if minimum.missing is not None else 0.0,
        }


def rule_row(limit: Limit, level: float, dual: float) -> dict[str, object]:
    """One row of the table Rules; ``dual`` is the cost of one more unit of the right side."""
    shown = limit.rule if not limit.member else f"{limit.rule}: {limit.member}"
    room = limit.limit - level if limit.sense == "<=" else level - limit.limit
    if limit.sense == "=":
        room = -abs(level - limit.limit)
    saving = -dual
    if limit.sheet == "Share rules" and limit.sense == ">=":
        saving = dual
    violation = 0.0
    if limit.violation is not None:
        found = limit.violation
        violation = found.value() if isinstance(found, Linear) else found.value
    return {
        "rule": shown,
        "window": limit.window.label,
        "level": level,
        "limit": limit.limit,
        "slack": room,
        "marginal_value": saving if abs(saving) > 1e-6 else 0.0,
        "sheet": limit.sheet,
        "sense": limit.sense,
        "violation": violation,
        "penalty": violation * limit.penalty,
    }
