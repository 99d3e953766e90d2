"""Volume rebates: they lower what was bought from arrival on, and the rents of their window."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..contract.periods import Window, before_a_plan_window
from ..tables import Row
from .assets import Asset
from .journal import Journal
from .records import Holding, Records


def post_rebates(records: Records, journal: Journal, assets: Sequence[Asset]) -> None:
    """Every rebate of every window, its cash and what it lowers."""
    by_key = {asset.key: asset for asset in assets}
    for terms, window, cash in granted(records):
        name = terms["discount"]
        accrued = records.so_far("Discounts", name, "accrued") or 0.0
        credited = records.so_far("Discounts", name, "credited") or 0.0
        if cut(window):
            journal.open("rebates to come", accrued - credited)
        else:
            accrued = credited = 0.0
        journal.dispose("rebates to come", window.last, cash)
        covered = records.covered(terms)
        mine = [h for h in records.holdings if h.offer in covered and h.ordered is not None]
        inside = {*window.positions, *window.before}
        if window.label == "plan":
            inside |= earlier(records, terms, mine)
        mine = [holding for holding in mine if holding.ordered in inside]
        whole = cash + credited
        if all(records.offers[offer]["acquisition"] == "buy" for offer in covered):
            lower_costs(records, journal, by_key, (terms, window, whole, accrued), mine)
        else:
            lower_rents(records, journal, window, whole - accrued, mine)


def granted(records: Records) -> Iterator[tuple[Row, Window, float]]:
    """Schemes with a window, and the money that they credit in it.

    Where no tier is reached, what was credited before the plan is paid back.
    """
    schemes: dict[str, Row] = {}
    for row in records.world.rows("Discounts"):
        if row["kind"] != "cumulative":
            schemes.setdefault(row["discount"], row)
    paid: dict[tuple[str, str], float] = {}
    for shown in records.events("discount", "tier"):
        key = (str(shown["name"]), str(shown["period"]))
        paid[key] = paid.get(key, 0.0) - float(shown["money"] or 0.0)  # type: ignore[arg-type]
    for name, row in schemes.items():
        accrued, credited = (
            records.so_far("Discounts", name, measure) or 0.0 for measure in ("accrued", "credited")
        )
        for window in records.calendar.windows(row["window"]):
            cash = paid.get((name, window.label), -credited if cut(window) else 0.0)
            if cash or (cut(window) and (accrued or credited)):
                yield row, window, cash


def earlier(records: Records, terms: Row, orders: Sequence[Holding]) -> set[int]:
    """Periods before the plan whose orders a discount's window over the plan counts."""
    spend = [(holding.ordered, records.spend(holding)) for holding in orders]
    return before_a_plan_window(spend, spent_so_far(records, terms))


def spent_so_far(records: Records, terms: Row) -> float:
    """Money that a discount's cut window counts of the time before the plan, as So far says."""
    measure = "spend" if terms["basis"] == "units" else "counted"
    return records.so_far("Discounts", terms["discount"], measure) or 0.0


def cut(window: Window) -> bool:
    """Whether a window holds the plan's first period, and so may have begun before it."""
    return window.first == 0


def lower_costs(
    records: Records,
    journal: Journal,
    assets: dict[tuple[object, ...], Asset],
    rebate: tuple[Row, Window, float, float],
    mine: Sequence[Holding],
) -> None:
    """Lower the cost of what was bought in a window, in proportion to spend.

    Units that arrived before the plan share what is left of their part after what lowered costs
    already; the part of units that are gone is a line of its own.
    """
    terms, window, whole, accrued = rebate
    spend = {id(holding): records.spend(holding) for holding in mine}
    old = [h for h in mine if h.ordered is not None and h.ordered < 0]
    past = sum(spend[id(holding)] for holding in old)
    if cut(window) and records.counted_so_far("Discounts", terms["discount"]):
        past = spent_so_far(records, terms)
    total = past + sum(spend[id(h)] for h in mine if h.ordered is not None and h.ordered >= 0)
    rate = whole / total if total else 0.0
    to_come = [h for h in mine if h.arrival >= 0]
    for holding in to_come:
        if holding.arrival < records.count:
            part = rate * spend[id(holding)]
            assets[holding.key].added[holding.arrival] -= part
            journal.add("rebates to come", holding.arrival, part)
    there = past - sum(spend[id(holding)] for holding in old if holding.arrival >= 0)
    left = (whole if not total else rate * there) - accrued
    gone = left
    for holding in old:
        if holding.arrival < 0 < holding.leaves and there:
            part = left * spend[id(holding)] / there
            assets[holding.key].added[0] -= part
            journal.add("rebates to come", 0, part)
            gone -= part
    if gone:
        at = 0 if there else window.last
        journal.add("rebates to come", at, gone)
        journal.cost("rebates_on_units_gone", at, -gone)


def lower_rents(
    records: Records, journal: Journal, window: Window, amount: float, mine: Sequence[Holding]
) -> None:
    """Lower the rents that a window's orders pay in it, all by the same share."""
    rents = [
        (at, rent, holding.place)
        for holding in mine
        for at, rent in records.payments(holding)
        if at in window.positions
    ]
    whole = sum(rent for _, rent, _ in rents)
    if not whole:
        rents, whole = [(window.last, 1.0, ("", ""))], 1.0
    for at, rent, place in rents:
        part = amount * rent / whole
        journal.add("rebates to come", at, part)
        journal.cost("discounts", at, -part, place)
