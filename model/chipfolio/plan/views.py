"""Views over a solved world: shares of every whole, cash, profit and loss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..contract.dimensions import DIMENSIONS, SERVED_DIMENSIONS
from ..contract.periods import Calendar, Window
from ..formulation.shares import members_of
from ..formulation.whole import Furnished
from .quantities import NOTHING, usage
from .standing import share_row
from .verdicts import EMPTY, NOT_IN_FORCE

STOCKS = ("units_in_service", "power")
"""Bases that hold during a period: what a window had of them is its average."""


def splits(f: Furnished, calendar: Calendar) -> Iterator[dict[str, object]]:
    """Shares of every basis by dimension, in the windows that rules and reports use.

    Orders add up over a window; units in service and power are told as its average.
    """
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
    limits = tightest(f)
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
            {
                **f.measures.tags(chips[row["chip"]], None, row["site"], ""),
                "workload": row["workload"],
            },
            calendar.position(row["period"]),
            row["served"],
        )
        for row in usage(f, calendar)
    ]
    demand = world.demand
    for (dimension, basis), by_label in windows.items():
        for window in by_label.values():
            inside = {*window.positions, *window.before}
            over = len(window.positions) if basis in STOCKS else 1
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
                    rule = limits.get((dimension, member, basis, window.positions))
                    limit, state = rule or (None, None)
                    yield {
                        "dimension": dimension,
                        "member": member,
                        "basis": basis,
                        "window": window.label,
                        "amount": parts[member] / over,
                        "share": parts[member] / whole,
                        "limit": limit,
                        "state": state,
                    }


def tightest(f: Furnished) -> dict[tuple[str, str, str, tuple[int, ...]], tuple[float, str]]:
    """The tightest most-share rule in force and its state, by dimension, member, basis, window.

    Rules on the work of one workload are left out: the split is that of all work.
    """
    rows = f.world.by_name("Share rules")
    found: dict[tuple[str, str, str, tuple[int, ...]], tuple[float, str]] = {}
    for limit in (*f.shares.limits, *f.shares.idle):
        row = rows[limit.rule]
        if limit.sense == ">=" or row["workload"]:
            continue
        state = str(share_row(limit, "", 0.0)["state"])
        key = (row["dimension"], limit.member, row["basis"], limit.window.positions)
        if state not in (NOT_IN_FORCE, EMPTY) and limit.limit <= found.get(key, (1.0, ""))[0]:
            found[key] = limit.limit, state
    return found


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
