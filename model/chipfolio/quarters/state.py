"""What a plan did before a period, as rows of the next workbook: orders, steps, stages, waits."""

from __future__ import annotations

from collections import defaultdict

from ..contract.schema import SEPARATOR
from ..plan.audit.facts import Facts
from ..plan.audit.records import Batch, text
from ..tables import Row
from .balances import Balances
from .branch import Branch
from .draft import Draft

NOTHING = 1e-9
ORDERED = "the plan ordered it"
ACTUAL = 10_000_000
"""Rows of actual orders are numbered from here on."""
ORDER_COLUMNS = ("offer", "order_period", "delivery_period", "units", "site", "unit_price",
                 "paid_pct")  # fmt: skip


def carry_orders(
    draft: Draft, facts: Facts, branch: Branch, until: int, balances: Balances
) -> None:
    """Orders become committed ones; those committed before say what is left, paid and where."""
    calendar, world = facts.calendar, branch.world
    rows = {row.number: row for row in world.committed}  # later ones stay as they are
    parts: dict[int, list[Batch]] = defaultdict(list)
    for batch in facts.batches:
        if batch.kind == "committed":
            parts[batch.row].append(batch)
    for number, row in rows.items():
        offer = facts.offer_rows[row["offer"]]
        arrival = world.arrival(offer, row)
        mine = [batch for batch in parts[number] if left(batch, until) > NOTHING]
        if facts.leaves(row["offer"], arrival) <= until or not mine:
            draft.drop(row, "its units serve no more" if mine else "its units are sold")
            continue
        price = mine[0].price
        draft.set(row, "unit_price", price, "the price that it had")
        draft.set(row, "delivery_period", calendar.label(arrival), "when it arrives")
        draft.set(row, "paid_pct", paid(facts, mine[0], arrival, until), "paid by then")
        if row["order_period"] >= until and row["site"] is None:
            set_balances(draft, row, [balances.of(batch) for batch in mine])
            continue  # where it goes can still be chosen
        first, *others = mine
        set_balances(draft, row, [balances.of(first)])
        draft.set(row, "units", left(first, until), "less what was sold, at this site")
        if first.site:
            draft.set(row, "site", first.site, "where the plan put it")
        for batch in others:
            cells = order_cells(draft, facts, batch, arrival, until) | balances.of(batch)
            draft.add("Committed orders", cells, "where the plan put the rest")
    for batch in facts.batches:
        fresh = batch.kind == "order" or batch.row >= ACTUAL
        if not fresh or batch.ordered is None or batch.ordered >= until:
            continue
        arrival = arrival_of(facts, branch, batch)
        if left(batch, until) <= NOTHING or facts.leaves(batch.offer, arrival) <= until:
            continue
        cells = order_cells(draft, facts, batch, arrival, until) | balances.of(batch)
        draft.add("Committed orders", cells, ORDERED)


def set_balances(draft: Draft, row: Row, parts: list[dict[str, float]]) -> None:
    """What a row stands at in the books: the sum of its parts."""
    for column in dict.fromkeys(name for part in parts for name in part):
        amount = sum(part.get(column, 0.0) for part in parts)
        draft.set(row, column, amount, "closing balance of the accounts")


def arrival_of(facts: Facts, branch: Branch, batch: Batch) -> int:
    """When an order arrives in the world that goes on, or did in fact."""
    if batch.kind == "committed":
        return branch.world.arrival(facts.offer_rows[batch.offer], facts.committed_rows[batch.row])
    return batch.ordered + branch.world.lead_time(facts.offer_rows[batch.offer], batch.ordered)


def order_cells(
    draft: Draft, facts: Facts, batch: Batch, arrival: int, until: int
) -> dict[str, object]:
    """A batch as a row of Committed orders."""
    label = draft.tables.calendar.label
    share = paid(facts, batch, arrival, until)
    values = (batch.offer, label(batch.ordered), label(arrival), left(batch, until),
              batch.site or None, batch.price, share)  # fmt: skip
    return dict(zip(ORDER_COLUMNS, values, strict=True))


def left(batch: Batch, until: int) -> float:
    """Units of a batch that were not sold before a period."""
    return batch.units - sum(units for at, units in batch.sold.items() if at < until)


def paid(facts: Facts, batch: Batch, arrival: int, until: int) -> float | None:
    """Share of an order's price paid before a period; a rental is paid month by month."""
    given = batch.shown.get("actual_paid")  # as the sheet Actuals says
    if given is not None:
        return float(given)  # type: ignore[arg-type]
    if not batch.owned:
        return batch.paid or None
    if arrival < until:
        return 1.0
    early = facts.offers[batch.offer]["pay_on_order_pct"] or 0.0
    if batch.ordered is not None and 0 <= batch.ordered < until:
        return max(batch.paid, early)
    return batch.paid


def carry_fleet(draft: Draft, facts: Facts, until: int, balances: Balances) -> None:
    """Units of today less what was sold; those that serve no more are dropped."""
    mine = {batch.row: batch for batch in facts.batches if batch.kind == "fleet"}
    for row in draft.tables.rows("Fleet"):
        batch = mine.get(row.number)
        if batch is None:
            continue
        if batch.leaves <= until:
            draft.drop(row, "its units serve no more")
        elif left(batch, until) <= NOTHING:
            draft.drop(row, "its units are sold")
        else:
            draft.set(row, "units", left(batch, until), "less what was sold")
            set_balances(draft, row, [balances.of(batch)])


def carry_steps(draft: Draft, facts: Facts, until: int, balances: Balances) -> None:
    """Site steps that were started are committed, and paid."""
    label = facts.calendar.label
    given = {step.row: step for step in facts.steps if step.given}
    for row in draft.tables.rows("Committed steps"):
        if row["start_period"] < until and row.number in given:
            draft.set(row, "paid_pct", 1.0, "paid by then")
            set_balances(draft, row, [balances.of(given[row.number])])
    for step in facts.steps:
        if not step.given and step.start < until and step.steps > NOTHING:
            draft.add(
                "Committed steps",
                {
                    "project": step.project,
                    "start_period": label(step.start),
                    "steps": round(step.steps),
                    "paid_pct": 1.0,
                    **balances.of(step),
                },
                "the plan started them",
            )


def carry_projects(draft: Draft, facts: Facts, until: int, balances: Balances) -> None:
    """Stages and software projects that were started say so."""
    label = facts.calendar.label
    for row in draft.tables.rows("Programme stages"):
        run = facts.runs.get((row["programme"], row["stage"]))
        if run is not None and not run.given and run.start < until:
            draft.set(row, "started", label(run.start), "the plan started it")
        if run is not None and run.start < until:
            set_balances(draft, row, [balances.of(run)])
    for row in draft.tables.rows("Software"):
        porting = facts.portings.get(row["project"])
        if porting is None or row["finished"] is not None or porting.start >= until:
            continue
        if porting.done <= until:
            draft.set(row, "finished", label(porting.done - 1), "it is done by then")
            draft.set(row, "started", None, "finished says more")
        else:
            draft.set(row, "started", label(porting.start), "the plan started it")
    staged = {row["programme"] for row in draft.tables.rows("Programme stages")}
    ramped = {row["programme"] for row in draft.tables.rows("Programme ramp")}
    for row in draft.tables.rows("Programmes"):
        name = row["programme"]
        if name in ramped and name not in staged:
            draft.add(
                "Programme stages",
                {
                    "programme": name,
                    "stage": 1,
                    "name": "ready at the start",
                    "duration": 1,
                    "cost": 0,
                    "started": label(-1),
                    "book_value": 0.0,
                },
                "its ramp goes on from where it was",
            )


def carry_terms(draft: Draft, facts: Facts, until: int) -> None:
    """What was signed and met says when."""
    label = facts.calendar.label
    for kind, sheet in (("contract", "Contracts"), ("deal", "Deals")):
        for row in draft.tables.rows(sheet):
            at = facts.signed.get((kind, row[kind]))
            if row["signing"] == "optional" and at is not None and 0 <= at < until:
                draft.set(row, "signing", "signed", "the plan signed it")
                draft.set(row, "signed_in", label(at), "the plan signed it")
    for shown in facts.rows("Contracts and deals"):
        at = facts.at(shown, "period", "Contracts and deals")
        if text(shown, "event") != "milestone" or at is None or at >= until:
            continue
        name = (text(shown, "name"), text(shown, "detail"))
        for row in draft.tables.rows("Deal milestones"):
            if (row["deal"], row["milestone"]) == name:
                draft.set(row, "met", label(at), "it paid then")


def carry_waiting(draft: Draft, facts: Facts, until: int) -> None:
    """What waits at the period's start, by when it was asked for: the newest waits."""
    label = facts.calendar.label
    for row in draft.tables.rows("Waiting work"):
        draft.drop(row, "what waits is told anew")
    before: dict[str, list[Row]] = defaultdict(list)
    for row in draft.tables.rows("Waiting work"):
        before[row["workload"]].append(row)
    for name, workload in facts.workloads.items():
        line = facts.service.get((name, until - 1))
        waits = line.deferred if line is not None else 0.0
        accepted = {row["asked_in"]: row["amount"] for row in before[name]}
        for at in range(until):
            one = facts.service.get((name, at))
            accepted[at] = (one.demand - one.unmet) if one is not None else 0.0
            if one is not None and workload["defer_periods"]:
                more = facts.demand[name][at] - one.demand  # asked for in fact, beyond the plan
                accepted[at] += more
                waits = max(waits + more, 0.0)
        found = []
        for at in sorted(accepted, reverse=True):
            part = min(waits, accepted[at])
            if part > NOTHING:
                found.append((at, part))
            waits -= part
        for at, part in reversed(found):
            draft.add(
                "Waiting work",
                {"workload": name, "asked_in": label(at), "amount": part},
                "the plan left it waiting",
            )


def carry_so_far(draft: Draft, told: list) -> None:
    """What counted so far, told anew."""
    for row in draft.tables.rows("So far"):
        draft.drop(row, "what counted so far is told anew")
    for one in told:
        cells = {
            "sheet": one.sheet,
            "item": one.item,
            "member": one.member,
            "workload": one.workload,
            "measure": one.measure,
            "amount": one.amount,
        }
        draft.add("So far", cells, "it fell before the plan into a window that the plan cuts")


def item_of(row: Row, *columns: str) -> str:
    """Parts of a row's name joined."""
    return SEPARATOR.join(str(row[column]) for column in columns)
