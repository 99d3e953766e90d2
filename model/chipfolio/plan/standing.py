"""Where terms and rules stand in a solved world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..contract.periods import Calendar
from ..formulation.linear import Linear
from ..formulation.pricing import list_value
from ..formulation.shares import Limit
from ..formulation.whole import Furnished
from .quantities import NOTHING

Price = Callable[[object], float]


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
            since = rows[name]["signed_in"]
            detail = {"period": "", "detail": "signed before the plan"}
            if since is not None and since >= 0:
                detail = {"period": calendar.label(since), "detail": "agreed before the plan"}
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
    for (deal, name, at), variable in f.milestones.pays.items():
        if variable.value > 0.5:
            row = milestones[deal, name]
            yield {
                "kind": "deal",
                "name": deal,
                "event": "milestone",
                "period": calendar.label(at),
                "detail": name,
                "amount": f.milestones.measures[deal, name, at].value(),
                "threshold": row["threshold"],
                "money": -row["value"] * (1.0 - row["haircut_pct"]),
            }


def shortfall_price(f: Furnished, contract: dict, last: int) -> float:
    """Money per unit that a contract's minimum is missed by."""
    if contract["basis"] == "spend":
        return contract["shortfall_pct"]
    offer = f.world.by_name("Offers")[contract["offer"]]
    return contract["shortfall_pct"] * list_value(f.world, offer, last)


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
