"""Where terms and rules stand in a solved world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..contract.exact import reaches
from ..contract.periods import Calendar
from ..formulation.linear import Linear
from ..formulation.pricing import list_value
from ..formulation.shares import Limit
from ..formulation.terms import Minimum
from ..formulation.whole import Furnished
from .quantities import NOTHING
from .verdicts import BROKEN, EMPTY, NOT_IN_FORCE, PAID, beyond, state_of, step_towards

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
        by_spend = scheme.tiers[0]["basis"] == "spend"
        reached = [tier for tier in scheme.tiers if reaches(quantity, tier["threshold"], by_spend)]
        if reached and max(quantity, abs(rebate)) > NOTHING:
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
    """Every rule in every window: level, limit, slack, what its limit is worth, and its state."""
    order = {row["rule"]: at for at, row in enumerate(f.world.rules("Share rules"))}
    basis = {row["rule"]: row["basis"] for row in f.world.rules("Share rules")}
    shares = sorted(
        (*f.shares.limits, *f.shares.idle),
        key=lambda limit: (order[limit.rule], limit.member, limit.window.first),
    )
    for limit in shares:
        yield share_row(limit, COUNTS[basis[limit.rule]], price(limit.constraint) * limit.scale)
    for limit in f.policies.limits:
        counts = COUNTS.get(limit.sheet) or counted(f, limit.rule)
        yield rule_row(limit, counts, price(limit.constraint) * limit.scale)
    for minimum in f.terms.minimums:
        if minimum.in_force.value() > 0.5:
            yield minimum_row(minimum)


ORDERED, PAID_WHEN_DUE = "ordered", "paid"
COUNTS = {
    "order_spend": ORDERED,
    "order_units": ORDERED,
    "units_in_service": "in service",
    "power": "drawn",
    "power_mw": "drawn",
    "served": "served",
    "unmet": "unmet",
    "stage_started": "started",
    "software_started": "started",
    "contract_signed": "signed",
    "Supplier counts": ORDERED,
    "Budgets": PAID_WHEN_DUE,
}
"""What a rule counts, by its basis, quantity or sheet: ordered is the whole commitment when it is
made, paid is what falls due.
"""


def counted(f: Furnished, rule: str) -> str:
    """What a custom rule counts: one word, or several."""
    rows = (row for row in f.world.rules("Custom rules") if row["rule"] == rule)
    return ", ".join(dict.fromkeys(COUNTS[row["quantity"]] for row in rows))


def share_row(limit: Limit, counts: str, dual: float) -> dict[str, object]:
    """A share rule in a window; a share of nothing has no level and no slack."""
    whole = limit.whole.value()
    if whole <= NOTHING:
        found = rule_row(limit, counts, 0.0, 0.0, (0.0, ""))
        state = NOT_IN_FORCE if found["state"] == NOT_IN_FORCE else EMPTY
        return {**found, "level": None, "slack": None, "state": state}
    form = Linear().plus(limit.level).plus(limit.whole, -limit.limit)
    step, one = step_towards(form, -1.0 if limit.sense == ">=" else 1.0)
    level = limit.level.value() / whole
    found = rule_row(limit, counts, dual * whole, level, (step / whole, one))
    return {**found, "whole": whole}


def rule_row(
    limit: Limit,
    counts: str,
    dual: float,
    level: float | None = None,
    step: tuple[float, str] | None = None,
) -> dict[str, object]:
    """One row of the table Rules; ``dual`` is the cost of one more unit of the right side."""
    shown = limit.rule if not limit.member else f"{limit.rule}: {limit.member}"
    level = limit.level.value() if level is None else level
    if step is None:
        step = step_towards(limit.level, -1.0 if limit.sense == ">=" else 1.0)
    saving = -dual
    if limit.sheet == "Share rules" and limit.sense == ">=":
        saving = dual
    violation = 0.0
    if limit.violation is not None:
        found = limit.violation
        violation = found.value() if isinstance(found, Linear) else found.value
    row = {
        "rule": shown,
        "window": limit.window.label,
        "level": level,
        "limit": limit.limit,
        "slack": -beyond(level, limit.limit, limit.sense),
        "marginal_value": saving if abs(saving) > 1e-6 else 0.0,
        "sheet": limit.sheet,
        "sense": limit.sense,
        "violation": violation,
        "penalty": violation * limit.penalty,
        "counts": counts,
        "whole": None,
        "step": step[0],
        "one": step[1],
    }
    in_force = limit.in_force is None or limit.in_force.value() > 0.5
    return {**row, "state": state_of(row) if in_force else NOT_IN_FORCE}


def minimum_row(minimum: Minimum) -> dict[str, object]:
    """A contract's minimum in a window of which it binds the whole."""
    contract, level = minimum.contract, minimum.level.value()
    missing = [x for x in (minimum.shortfall, minimum.missing) if x is not None]
    short = missing[0].value if missing else 0.0
    step, one = step_towards(minimum.level, -1.0)
    soft = minimum.missing is not None
    row = {
        "rule": contract["contract"],
        "window": minimum.window.label,
        "level": level,
        "limit": contract["minimum"],
        "slack": level - contract["minimum"],
        "marginal_value": 0.0,
        "sheet": "Contracts",
        "sense": ">=",
        "violation": short,
        "penalty": short * (contract["penalty"] or 0.0) if soft else 0.0,
        "counts": PAID_WHEN_DUE if contract["basis"] == "spend" else ORDERED,
        "whole": None,
        "step": step,
        "one": one,
    }
    state = state_of(row)
    return {**row, "state": PAID if state == BROKEN and not soft else state}
