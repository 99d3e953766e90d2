"""What can never act, found without a solver: offers, chips, rules that exclude each other."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ...contract.problems import Problem
from ...tables import Row
from .supply import extra_supply, quota_at_arrival
from .view import TOLERANCE, View, number, percent
from .work import raised

UNITS_OF_OFFER = ("max_order", "max_in_service")
"""Limits of an offer that may vary over time."""
OWN_LIMITS = (*UNITS_OF_OFFER, "total_limit")


def offers_leave_room_for_an_order(view: View) -> Iterator[Problem]:
    """Lot, least order and all limits of an offer, its vendor's too, leave some order."""
    vendors = view.named("Vendors")
    for row in view.rows("Offers"):
        name, vendor = str(row.get("offer")), vendors.get(str(row.get("seller")))
        moved = view.moved("Offers", name, "min_order", "lead_time", *UNITS_OF_OFFER)
        if moved or view.moved("Vendors", str(row.get("seller")), "max_units"):
            continue
        limits = {"max_order": view.over_time(row, "max_order")}
        limits["max_in_service"] = quota_at_arrival(view, row)
        if vendor is not None:
            limits["the vendor's max_units"] = view.over_time(vendor, "max_units")
        limits["total_limit"] = [row.get("total_limit")] * view.calendar.count
        least, lot = view.over_time(row, "min_order"), row.get("lot_size")
        first, last = view.window_of(row, "first_order", "last_order")
        found = [
            room(lot, least[at], {name: path[at] for name, path in limits.items()})
            for at in range(first, last + 1)
        ]
        if not found or extra_supply(view, row) or None in found:
            continue
        column, most, smallest = found[0]
        if column in OWN_LIMITS and (least[first] or 0.0) > most:
            continue  # told at min_order
        if any(most for _, most, _ in found):  # a limit of 0 switches an offer off on purpose
            need = f"leaves no order: the smallest is {number(smallest)} units (in lots of "
            need += f"{number(lot or 0)}), and {column} is {number(most)}. It is never used."
            place = column if column in OWN_LIMITS else "lot_size"
            yield view.warning(row, place, need)


def room(
    lot: float | None, least: float | None, limits: dict[str, float | None]
) -> tuple[str, float, float] | None:
    """None where an order fits in a period; else the tightest limit, it, and the least order."""
    lot = lot or 0.0
    smallest = max(lot, least or 0.0)
    if lot:
        smallest = math.ceil(smallest / lot - TOLERANCE) * lot
    given = {name: limit for name, limit in limits.items() if limit is not None}
    if not given:
        return None
    column = min(given, key=given.__getitem__)
    fits = given[column] > 0 and smallest <= given[column] * (1 + TOLERANCE)
    return None if fits else (column, given[column], smallest)


def chips_find_software(view: View) -> Iterator[Problem]:
    """A chip on a platform that starts at 0 % has a project that makes some work run on it."""
    pairs = view.groups("Performance", "chip")
    for name, row in view.named("Chips").items():
        platform = view.named("Platforms").get(str(row.get("platform")))
        if platform is None or platform.get("efficiency_at_start") != 0 or name not in pairs:
            continue
        if not any(raised(view, platform, pair.get("workload")) for pair in pairs[name]):
            need = "starts at 0 %, and no project on sheet Software raises it for any work of "
            need += f"{name}: the chip never serves."
            yield view.warning(row, "platform", need)


def shares_leave_room_for_each_other(view: View) -> Iterator[Problem]:
    """A least share of a member lies at or below every most share of it in the same window."""
    rules = [row for row in view.active("Share rules") if row.get("member") is not None]
    for low in rules:
        for high in rules:
            if low is high or low.get("min_pct") is None or high.get("max_pct") is None:
                continue
            if low.get("min_pct") <= high.get("max_pct") + TOLERANCE or not same_share(low, high):
                continue
            at = together(view, low, high)
            if at is None:
                continue
            need = f"is at least {percent(low.get('min_pct'))}, but {high.get('rule')} "
            need += (
                f"({high.cell('max_pct')}) allows at most {percent(high.get('max_pct'))} of the "
            )
            need += f"same in {view.label(at)}."
            yield view.problem(low, "min_pct", need, severity=gravity(low, high))


def same_share(low: Row, high: Row) -> bool:
    """Whether two share rules are about the same share of the same whole."""
    about = ("dimension", "basis", "workload", "window")
    if any(low.get(column) != high.get(column) for column in about):
        return False
    members = {low.get("member"), high.get("member")}
    return len(members) == 1 or "each" in members


def counts_leave_room_for_each_other(view: View) -> Iterator[Problem]:
    """A least number of suppliers lies at or below every most number of them.

    Where a share of the spend decides, suppliers exactly at it may count for one and not the other.
    """
    rules = [row for row in view.active("Supplier counts") if row.get("active_if_pct") is None]
    for low in rules:
        for high in rules:
            least, most = low.get("min_count"), high.get("max_count")
            about = ("dimension", "window")
            if low is high or least is None or most is None or least <= most:
                continue
            at = together(view, low, high)
            if at is None or any(low.get(column) != high.get(column) for column in about):
                continue
            need = f"is above the most that {high.get('rule')} ({high.cell('max_count')}) allows "
            need += f"in {view.label(at)}: {number(most)}."
            yield view.problem(low, "min_count", need, severity=gravity(low, high))


def custom_rules_leave_room_for_each_other(view: View) -> Iterator[Problem]:
    """Two custom rules on one quantity do not ask for more than they allow."""
    about = ("quantity", "dimension", "member", "workload", "window", "from", "to")
    alone = [
        rows[0]
        for rows in view.groups("Custom rules", "rule").values()
        if len(rows) == 1 and rows[0].get("active") and (rows[0].get("coefficient") or 0) > 0
    ]
    lows = [row for row in alone if row.get("sense") in (">=", "=")]
    highs = [row for row in alone if row.get("sense") in ("<=", "=")]
    for low in lows:
        for high in highs:
            same = all(low.get(column) == high.get(column) for column in about)
            if low is high or not same or None in (low.get("limit"), high.get("limit")):
                continue
            least = low.get("limit") / low.get("coefficient")
            most = high.get("limit") / high.get("coefficient")
            if least > most + TOLERANCE * max(1.0, abs(most)):
                need = f"asks for at least {number(least)}, but {high.get('rule')} "
                need += f"({high.cell('limit')}) allows at most {number(most)} of the same."
                yield view.problem(low, "limit", need, severity=gravity(low, high))


def together(view: View, one: Row, other: Row) -> int | None:
    """The first period in which two rules are in force; None where there is none."""
    (first, last), (start, end) = view.window_of(one), view.window_of(other)
    at = max(first, start)
    return at if at <= min(last, end) else None


def gravity(*rules: Row) -> str:
    """A fault where all the rules are hard and unconditional."""
    soft = any(
        rule.get("penalty") is not None or rule.get("applies_if") is not None for rule in rules
    )
    return "warning" if soft else "fault"
