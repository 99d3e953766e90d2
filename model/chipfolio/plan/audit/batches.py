"""Batches of units of a plan: the fleet, committed orders, new orders, and their sales."""

from __future__ import annotations

from .checks import differs
from .facts import READABLE, Facts
from .records import Batch, Fields, PlanRow, text

PLACED = "units of committed orders are placed in full, as signed"
ONCE = "nothing stands twice in the plan"
SALE_FITS = "only owned units that are there are sold"


def read_fleet(facts: Facts) -> None:
    """Units in service today, from the workbook."""
    for number, row in facts.fleet_rows.items():
        since, chip = row["in_service_since"], row["chip"]
        if row["acquisition"] == "buy":
            leaves = since + facts.life(chip)
        else:
            leaves = facts.end if row["until"] is None else row["until"] + 1
        facts.batches.append(
            Batch(
                kind="fleet",
                offer="",
                chip=chip,
                acquisition=row["acquisition"],
                site=row["site"] or "",
                row=number,
                ordered=None,
                arrival=since,
                leaves=leaves,
                units=row["units"],
                price=row["unit_cost"] if row["acquisition"] == "buy" else row["price_per_month"],
                availability=facts.chips[chip]["availability"],
            )
        )


def read_committed(facts: Facts) -> None:
    """Where committed orders go, from the plan; what they are, from the workbook."""
    placed = dict.fromkeys(facts.committed_rows, 0.0)
    table = "Committed units"
    for shown in facts.rows(table):
        number = facts.whole(shown, "row", table)
        row = facts.committed_rows.get(number)
        if row is None:
            facts.findings.fault(PLACED, f"row {number} is no row of Committed orders")
            continue
        site = text(shown, "site")
        if site and not facts.known(site, facts.sites, table):
            continue
        ordered = facts.at(shown, "order_period", table)
        same = text(shown, "offer") == row["offer"] and ordered == row["order_period"]
        facts.findings.unless(same, PLACED, f"row {number} is of {row['offer']}, ordered otherwise")
        units = facts.number(shown, "units", table)
        placed[number] += units
        facts.batches.append(committed_batch(facts, number, row, site, units, shown))
    for number, row in facts.committed_rows.items():
        name = f"{row['offer']} of {facts.label(row['order_period'])} (row {number})"
        facts.findings.unless(
            not differs(placed[number], row["units"]),
            PLACED,
            f"{name}: {placed[number]:,.6g} units are placed, {row['units']:,.6g} were ordered",
        )


def committed_batch(
    facts: Facts, number: int, row: Fields, site: str, units: float, shown: PlanRow
) -> Batch:
    """A committed order's units for one site, with the price agreed and the share paid."""
    name, ordered = row["offer"], row["order_period"]
    offer = facts.offers[name]
    arrival = facts.committed_arrival(number)
    bought = offer["acquisition"] == "buy"
    paid = row["paid_pct"]
    if paid is None and bought:
        # delivered ones are fully paid unless the row says otherwise (contract §3.1)
        paid = 1.0 if arrival < 0 else offer["pay_on_order_pct"] if ordered < 0 else 0.0
    price = row["unit_price"]
    return Batch(
        kind="committed",
        offer=name,
        chip=offer["chip"],
        acquisition=offer["acquisition"],
        site=site,
        row=number,
        ordered=ordered,
        arrival=arrival,
        leaves=facts.leaves(name, arrival),
        units=units,
        price=facts.list_price(name, ordered) if price is None else price,
        paid=paid or 0.0,
        availability=availability(facts, offer),
        shown=shown,
    )


def availability(facts: Facts, offer: Fields) -> float:
    """Availability of an offer's units: its own, else the chip's."""
    own = offer["availability"]
    return float(facts.chips[offer["chip"]]["availability"] if own is None else own)


def read_orders(facts: Facts) -> None:
    """New orders, from the plan; prices are list prices until cuts are known."""
    table = "Orders"
    seen: set[tuple[object, ...]] = set()
    for shown in facts.rows(table):
        name, site = text(shown, "offer"), text(shown, "site")
        ordered = facts.at(shown, "order_period", table)
        if not facts.known(name, facts.offers, table) or ordered is None:
            continue
        if site and not facts.known(site, facts.sites, table):
            continue
        if not 0 <= ordered < facts.end:
            facts.findings.fault(READABLE, f"{table}: {name} is ordered outside the plan")
            continue
        note_once(facts, seen, (table, name, facts.label(ordered), site))
        offer = facts.offers[name]
        arrival = facts.arrival(name, ordered)
        facts.batches.append(
            Batch(
                kind="order",
                offer=name,
                chip=offer["chip"],
                acquisition=offer["acquisition"],
                site=site,
                row=0,
                ordered=ordered,
                arrival=arrival,
                leaves=facts.leaves(name, arrival),
                units=facts.number(shown, "units", table),
                price=facts.list_price(name, ordered),
                availability=availability(facts, offer),
                shown=shown,
            )
        )


def read_sales(facts: Facts) -> None:
    """Sales, laid on the batches they come from."""
    table = "Sales"
    if not facts.rows(table):
        return
    index = {(b.kind, b.row, b.offer, b.ordered, b.site): b for b in facts.batches}
    facts.findings.look(SALE_FITS)
    for shown in facts.rows(table):
        offer, site = text(shown, "offer"), text(shown, "site")
        number = facts.whole(shown, "row", table)
        at = facts.at(shown, "period", table)
        ordered = facts.at(shown, "order_period", table) if offer else None
        kind = "fleet" if not offer else "committed" if number else "order"
        batch = index.get((kind, number, offer, ordered, site))
        what = f"{text(shown, 'chip')} at {site} sold in {text(shown, 'period')}"
        if batch is None or batch.chip != text(shown, "chip") or at is None:
            facts.findings.fault(SALE_FITS, f"{what}: the plan has no such units")
            continue
        came = facts.at(shown, "arrival", table)
        if came != batch.arrival:
            facts.findings.fault(SALE_FITS, f"{what}: they arrive in {facts.label(batch.arrival)}")
        batch.sold[at] = batch.sold.get(at, 0.0) + facts.number(shown, "units", table)


def note_once(facts: Facts, seen: set[tuple[object, ...]], key: tuple[object, ...]) -> None:
    """A row that may stand only once."""
    facts.findings.look(ONCE)
    if key in seen:
        facts.findings.fault(ONCE, f"{key[0]}: {' '.join(map(str, key[1:]))} stands twice")
    seen.add(key)
