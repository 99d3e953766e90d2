"""Commitments: what is bound to be paid, to whom, by which decision, past the plan's end too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..contract.periods import Calendar, Window
from ..contract.statement import AVOIDABLE, FIRM
from ..tables import Row
from .records import SOME, Holding, Records
from .statements import NOTHING

SOURCES = {
    "with order": "Holding.key",
    "on delivery": "Holding.key",
    "rent": "Holding.key",
    "order fee": "offer",
    "set-up": "offer",
    "site step": "place among the rows of Site steps",
    "stage": "programme and number; one period of it",
    "stop": "programme and number; what stopping it costs",
    "signing fee": "contract",
    "minimum": "contract",
}
"""Names of what a payment is, with what follows the name in ``Due.source``."""


@dataclass(frozen=True)
class Due:
    """One payment that is bound."""

    counterparty: str
    kind: str
    bound: int | None
    """Period of the decision that binds it; None before the plan."""
    at: int
    """Period in which it is paid."""
    amount: float
    begun: bool = False
    source: tuple[object, ...] = ()
    """What the amount is: a name of ``SOURCES``, and what it is of."""

    @property
    def rank(self) -> int:
        """When it is bound, all that is firm at once."""
        return max(self.bound or 0, 0)


def commitments(records: Records) -> Iterator[dict[str, object]]:
    """Payments that are bound, by counterparty, kind, decision and fiscal year."""
    calendar = records.calendar
    amounts: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for due in payments_due(records):
        key = words_of(due, calendar)
        amounts[key][0] += due.amount
        amounts[key][1] += due.amount * calendar.discount(due.at)
    order = sorted(
        amounts, key=lambda key: (key[4] != FIRM, key[2], key[0], key[1], key[3], key[5])
    )
    for key in order:
        if abs(amounts[key][0]) > NOTHING:
            yield {
                **dict(zip(WORDS, key, strict=True)),
                "amount": amounts[key][0],
                "present_value": amounts[key][1],
            }


def payments_due(records: Records) -> Iterator[Due]:
    """Every payment that is bound, one by one."""
    yield from of_orders(records)
    yield from of_projects(records)
    yield from of_terms(records)


WORDS = ("counterparty", "kind", "bound_in", "fiscal_year", "bound", "begun")
"""Columns by which payments are added up."""


def words_of(due: Due, calendar: Calendar) -> tuple[str, ...]:
    """What the table says of a payment, in the order of ``WORDS``."""
    return (
        due.counterparty,
        due.kind,
        "" if due.bound is None or due.bound < 0 else calendar.label(due.bound),
        calendar.fiscal_year(due.at),
        AVOIDABLE if due.rank > 0 else FIRM,
        "yes" if due.begun else "no",
    )


# ------------------------------------------------------------------------- orders
def of_orders(records: Records) -> Iterator[Due]:
    """Orders and whole terms, with the fees and set-up that come with them."""
    for holding in records.holdings:
        kind = {"buy": "purchase", "lease": "lease", "cloud": "cloud"}[holding.acquisition]
        who = holding.seller or "today's fleet"
        begun = holding.arrival <= 0
        for place, (at, amount) in enumerate(records.payments(holding, beyond=True)):
            part = "with order" if holding.early and not place else "on delivery"
            source = (part if holding.owned else "rent", holding.key)
            yield Due(who, kind, bound_by(holding), at, amount, begun, source)
    yield from with_orders(records)


def bound_by(holding: Holding) -> int | None:
    """Period of the order that binds it; None where that is not the plan's decision."""
    return holding.ordered if holding.kind == "order" else None


def with_orders(records: Records) -> Iterator[Due]:
    """Fees of orders, and set-up with the first."""
    fees = records.world.path("Offers", "order_fee")
    units: dict[tuple[str, int], float] = defaultdict(float)
    for holding in records.holdings:
        if holding.kind == "order" and holding.ordered is not None:
            units[holding.offer, holding.ordered] += holding.units
    ordered = {key: amount for key, amount in units.items() if amount > SOME}
    due = [("order fee", offer, at, fees[offer][at] or 0.0) for offer, at in ordered]
    due += [("set-up", offer, at, cost) for offer, (at, cost) in records.set_ups.items()]
    for kind, offer, at, cost in due:
        yield Due(records.offers[offer]["seller"], kind, at, at, cost, source=(kind, offer))


# ------------------------------------------------------------------------- projects
def of_projects(records: Records) -> Iterator[Due]:
    """Site steps, and of each stage the smaller of what is left of it and what stopping costs."""
    projects = records.world.by_name("Site projects")
    committed = {row.number: row for row in records.world.rows("Committed steps")}
    for place, shown in enumerate(records.rows("Site steps")):
        name, at = str(shown["project"]), records.at(shown["start"])
        assert at is not None
        due = float(shown["cost"])  # type: ignore[arg-type]
        if shown["row"]:
            due = step_due(committed[shown["row"]], projects[name])
        bound = None if shown["row"] else at
        yield Due(name, "site step", bound, max(at, 0), due, at < 0, ("site step", place))
    for name, stages in records.stages.items():
        stop = records.world.by_name("Programmes")[name]["cancellation_cost"]
        for stage in stages.values():
            first = max(stage.start, 0)
            rest = (stage.done - first) * stage.per_period
            begun = stage.start < 0
            bound = None if stage.row["started"] is not None else stage.start
            due = [(at, stage.per_period, "stage") for at in range(first, stage.done)]
            for at, amount, part in due if rest <= stop else [(first, stop, "stop")]:
                source = (part, name, stage.number)
                yield Due(name, "programme stage", bound, at, amount, begun, source)


def step_due(step: Row, project: Row) -> float:
    """What committed steps still make us pay."""
    paid = step["paid_pct"]
    if paid is None:
        paid = 1.0 if step["start_period"] < 0 else 0.0
    return (1.0 - paid) * step["steps"] * project["cost_per_step"]


# ------------------------------------------------------------------------- terms
def of_terms(records: Records) -> Iterator[Due]:
    """Signing fees, and what minimums bind beyond the orders bound as early."""
    rows = records.world.by_name("Contracts")
    for shown in records.events("contract", "signed"):
        row, signed = rows[str(shown["name"])], records.at(shown["period"])
        if signed is not None and shown["money"]:
            fee = float(shown["money"])  # type: ignore[arg-type]
            source = ("signing fee", row["contract"])
            yield Due(row["seller"], "signing fee", signed, signed, fee, source=source)
        if row["active"] and row["minimum"] is not None:
            yield from of_minimum(records, row, signed)


def of_minimum(records: Records, row: Row, signed: int | None) -> Iterator[Due]:
    """A contract's minimums less what orders bound as early cover, at the price of missing it."""
    share = row["shortfall_pct"]
    if share is None:
        share = 1.0 if row["penalty"] is None else 0.0
    covered = records.covered(row)
    rank = 0 if row["signing"] == "signed" else max(signed or 0, 0)
    mine = [h for h in records.holdings if h.offer in covered and (bound_by(h) or 0) <= rank]
    agreed = None if row["signing"] == "signed" else signed
    for window in windows_of(records, row):
        gone = records.world.removed("Contracts", row["contract"], window.last)
        if window.last < (signed or 0) or gone or not share:
            continue
        missing = row["minimum"] - covers(records, row, window, mine)
        if row["basis"] == "units":
            missing *= list_value(records, row["offer"], window.last)
        if missing > NOTHING:
            due = share * missing
            source = ("minimum", row["contract"])
            yield Due(row["seller"], "take-or-pay", agreed, window.last, due, source=source)


def windows_of(records: Records, row: Row) -> list[Window]:
    """Windows in which a contract binds, past the plan's end where it says so."""
    calendar, last = records.calendar, row["to"]
    if last is not None and last >= calendar.count:
        calendar = replace(calendar, count=last + 1)
    return calendar.windows(row["window"] or "fiscal_year", row["from"] or 0, last)


def covers(records: Records, row: Row, window: Window, mine: Sequence[Holding]) -> float:
    """What orders count towards a minimum: units ordered in the window, or payments due in it."""
    before, level = window.before, 0.0
    if row["from"] is not None and row["from"] >= 0:
        before = tuple(at for at in before if at >= row["from"])
    if records.counted_so_far("Contracts", row["contract"]):
        before = ()
        if window.first == 0:
            level = records.so_far("Contracts", row["contract"], "counted") or 0.0
    if row["basis"] == "units":
        inside = {*window.positions, *before}
        return level + sum(h.units for h in mine if h.ordered in inside)
    for holding in mine:
        due = records.payments(holding, beyond=True)
        level += sum(money for at, money in due if at in window.positions)
        if holding.ordered in before:
            whole = sum(money for at, money in due)
            paid = holding.cost - whole
            if not holding.owned:
                served = holding.leaves - holding.arrival
                paid = holding.cost * records.months * served - whole
            level += paid
    return level


def list_value(records: Records, offer: str, at: int) -> float:
    """List price of a unit in a period; of a rented one, times the months of its term."""
    row = records.offers[offer]
    price = records.world.path("Offers", "price")[offer][min(at, records.count - 1)]
    if row["acquisition"] == "buy":
        return price
    arrival = at + records.world.lead_time(row, at)
    end = min(arrival + records.serving(row), max(records.count, at + 1))
    return price * records.months * max(0, end - arrival)
