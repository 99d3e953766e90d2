"""Commitments recomputed: who is owed what by which decision, and what that is worth today."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from ...contract.statement import AVOIDABLE, FIRM
from .facts import Facts
from .payments import covered
from .records import Batch, Fields, text

COMMITMENTS = "Commitments are what orders, terms, steps, stages and signatures bind us to pay"
WORTH = "Commitments are worth their payments at the discount factors, continued past the end"
COLUMNS = ("counterparty", "kind", "bound_in", "fiscal_year", "bound", "begun")
Key = tuple[str, ...]


class Bound:
    """Payments that are bound, by the columns of the table."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.amounts: dict[Key, float] = defaultdict(float)
        self.worth: dict[Key, float] = defaultdict(float)

    def pay(
        self, who: str, kind: str, bound: int | None, at: int, money: float, begun: bool = False
    ) -> None:
        """One payment; ``bound`` is the period of the plan's own decision, None where it is not."""
        calendar = self.facts.calendar
        key = (
            who,
            kind,
            "" if bound is None else calendar.label(bound),
            calendar.fiscal_year(at),
            AVOIDABLE if bound else FIRM,
            "yes" if begun else "no",
        )
        self.amounts[key] += money
        self.worth[key] += money * calendar.discount(at)


def check_commitments(facts: Facts) -> None:
    """Table Commitments, amount and present value."""
    table = "Commitments"
    if table not in facts.plan:
        return
    due = Bound(facts)
    bind_orders(due)
    bind_projects(due)
    bind_terms(due)
    shown: dict[Key, float] = defaultdict(float)
    worth: dict[Key, float] = defaultdict(float)
    for row in facts.rows(table):
        key = tuple(text(row, column) for column in COLUMNS)
        shown[key] += facts.number(row, "amount", table)
        worth[key] += facts.number(row, "present_value", table)
    facts.findings.compare(COMMITMENTS, due.amounts, shown, money=True)
    facts.findings.compare(WORTH, due.worth, worth, money=True)


def to_the_last(facts: Facts, batch: Batch) -> list[tuple[int, float]]:
    """What units still make us pay, past the plan's end too."""
    first, whole = max(batch.arrival, 0), batch.units * batch.price
    if not batch.owned:
        rent = whole * facts.months * (1.0 - batch.paid)
        last = batch.leaves
        return [(at, rent) for at in range(first, last)]
    if batch.ordered is None:
        return []
    with_order = facts.offers[batch.offer]["pay_on_order_pct"] if batch.ordered >= 0 else 0.0
    ahead = max(with_order - batch.paid, 0.0)
    return [(max(batch.ordered, 0), whole * ahead), (first, whole * (1.0 - batch.paid - ahead))]


def bind_orders(due: Bound) -> None:
    """Units ordered or in service, and the fees and set-up of new orders."""
    facts, kinds = due.facts, {"buy": "purchase", "lease": "lease", "cloud": "cloud"}
    told = {
        row["item"]
        for row in map(dict, facts.world.rows("So far"))
        if (row["sheet"], row["measure"]) == ("Offers", "set_up") and row["amount"]
    }
    begun = told | {row["offer"] for row in facts.committed_rows.values()}
    new: dict[tuple[str, int], float] = defaultdict(float)
    for batch in facts.batches:
        seller = facts.offers[batch.offer]["seller"] if batch.offer else "today's fleet"
        mine = batch.ordered if batch.kind == "order" else None
        for at, money in to_the_last(facts, batch):
            due.pay(seller, kinds[batch.acquisition], mine, at, money, batch.arrival <= 0)
        if mine is not None:
            new[batch.offer, mine] += batch.units
    for offer, at in sorted(new, key=lambda key: key[1]):
        if new[offer, at] <= 1e-6:
            continue
        row = facts.offers[offer]
        fee = facts.value("Offers", "order_fee", offer, at)
        due.pay(row["seller"], "order fee", at, at, fee)
        if offer not in begun:
            begun.add(offer)
            due.pay(row["seller"], "set-up", at, at, row["setup_cost"] or 0.0)


def bind_projects(due: Bound) -> None:
    """Site steps as they are due; of each stage the cheaper of going on and giving up."""
    facts = due.facts
    for step in facts.steps:
        mine = None if step.given else step.start
        money = step.due
        if step.given and step.start >= facts.end:
            row = next(r for r in facts.world.rows("Committed steps") if r.number == step.row)
            share = 1.0 - (dict(row)["paid_pct"] or 0.0)
            money = share * step.steps * facts.projects[step.project]["cost_per_step"]
        due.pay(step.project, "site step", mine, max(step.start, 0), money, step.start < 0)
    for run in facts.runs.values():
        stop = facts.programmes[run.programme]["cancellation_cost"] or 0.0
        first, mine = max(run.start, 0), None if run.given else run.start
        rest = max(run.done - first, 0) * run.cost
        begun = run.start < 0
        if stop < rest:
            due.pay(run.programme, "programme stage", mine, first, stop, begun)
            continue
        for at in range(first, run.done):
            due.pay(run.programme, "programme stage", mine, at, run.cost, begun)


def bind_terms(due: Bound) -> None:
    """Signing fees, and minimums less what is bound as early."""
    facts = due.facts
    for row in map(dict, facts.world.rows("Contracts")):
        name = row["contract"]
        since = facts.signed.get(("contract", name))
        if since is None:
            continue
        agreed = row["signing"] == "signed"
        mine = None if agreed else since
        if not agreed:
            due.pay(row["seller"], "signing fee", mine, since, row["signing_fee"] or 0.0)
        hard = row["shortfall_pct"] is None and row["penalty"] is None
        share = 1.0 if hard else row["shortfall_pct"] or 0.0
        if not row["active"] or row["minimum"] is None:
            continue
        calendar = facts.calendar
        if row["to"] is not None and row["to"] >= calendar.count:
            calendar = replace(calendar, count=row["to"] + 1)
        for window in calendar.windows(row["window"] or "fiscal_year", row["from"] or 0, row["to"]):
            at = window.last
            if at < max(since, 0) or facts.world.removed("Contracts", name, at):
                continue
            short = row["minimum"] - level(facts, row, window.positions, window.before, mine or 0)
            if row["basis"] == "units":
                short *= unit_value(facts, row["offer"], at)
            if short > 1e-7:
                due.pay(row["seller"], "take-or-pay", mine, at, share * short)


def level(
    facts: Facts, row: Fields, inside: tuple[int, ...], before: tuple[int, ...], rank: int
) -> float:
    """What orders bound by a period bring to a minimum."""
    told = facts.told.get(("Contracts", row["contract"]))
    if row["from"] is not None and row["from"] >= 0:
        before = tuple(at for at in before if at >= row["from"])
    had = 0.0
    if told is not None:
        before = ()
        if inside[0] == 0:
            had = sum(amount for measure, _, _, amount in told if measure == "counted")
    offers = covered(facts, row)
    for batch in facts.batches:
        decided = batch.ordered if batch.kind == "order" else 0
        if batch.offer not in offers or (decided or 0) > rank:
            continue
        if row["basis"] == "units":
            had += batch.units if batch.ordered in (*inside, *before) else 0.0
            continue
        due = to_the_last(facts, batch)
        had += sum(money for at, money in due if at in inside)
        if batch.ordered in before:
            whole = batch.units * batch.price
            if not batch.owned:
                whole *= facts.months * (batch.leaves - batch.arrival)
            had += whole - sum(money for _, money in due)
    return had


def unit_value(facts: Facts, offer: str, at: int) -> float:
    """What a missing unit costs: its list price, of a rental over its term in the plan."""
    price = facts.value("Offers", "price", offer, min(at, facts.end - 1))
    if facts.offers[offer]["acquisition"] == "buy":
        return price
    arrival = facts.arrival(offer, at)
    end = min(facts.leaves(offer, arrival), max(facts.end, at + 1))
    return price * facts.months * max(0, end - arrival)
