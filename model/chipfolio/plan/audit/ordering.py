"""Orders against contract §3.1: lots, limits, windows, lead times, places, readiness."""

from __future__ import annotations

from collections import defaultdict

from .checks import CENT, MONEY_RELATIVE, RELATIVE, differs, exceeds
from .earlier import in_all, past
from .facts import Facts
from .payments import covered, due_in_plan, in_force, spend
from .records import Batch, text
from .silicon import ready

LOTS = "orders are whole lots, and each lot goes to one site"
LEAST = "an order is at least its offer's least order"
MOST = "orders stay within max_order and extra supply"
WINDOW = "orders lie in their offer's window"
DELIVERY = "orders arrive their lead time later, and within the plan"
VENDOR_UNITS = "orders stay within each vendor's max_units and extra supply"
VENDOR_SPEND = "orders stay within each vendor's max_spend_per_fiscal_year"
TOTAL = "orders stay within their offer's total_limit"
QUOTA = "units in service stay within their offer's max_in_service"
SITES = "units stand where their offer, their commitment and their cooling allow"
READY = "own silicon is ordered once its programme is ready, and as it ramps up"
DESCRIBED = "Orders and Committed units describe their offers truly"
PRICES = "unit prices are list prices less cuts and price breaks"
SPEND = "spend of each order is what it makes us pay within the plan"


def check_orders(facts: Facts) -> None:
    """Every rule on orders."""
    new = [batch for batch in facts.batches if batch.kind == "order"]
    committed = [batch for batch in facts.batches if batch.kind == "committed"]
    for batch in new:
        check_order(facts, batch)
    for batch in committed:
        check_place(facts, batch)
        check_columns(facts, batch, "Committed units")
    check_limits(facts, new, committed)
    check_vendors(facts, new, committed)
    check_quotas(facts)
    check_ramps(facts, new, committed)


def name_of(facts: Facts, batch: Batch) -> str:
    """An order as a reader names it."""
    when = facts.label(batch.ordered) if batch.ordered is not None else ""
    return f"{batch.offer} ordered in {when}" + (f" for {batch.site}" if batch.site else "")


def check_order(facts: Facts, batch: Batch) -> None:
    """One order by itself."""
    say, offer, name = facts.findings, facts.offers[batch.offer], name_of(facts, batch)
    at = batch.ordered or 0
    lot = offer["lot_size"]
    lots = batch.units / lot if lot else 0.0
    say.unless(
        batch.units >= -RELATIVE and abs(lots - round(lots)) <= RELATIVE,
        LOTS,
        f"{name}: {batch.units:,.6g} units are {lots:,.6g} lots of {lot:g}",
    )
    if lot:
        shown_lots = facts.number(batch.shown, "lots", "Orders")
        say.unless(not differs(shown_lots, lots), DESCRIBED, f"{name}: shows {shown_lots:g} lots")
    say.unless(facts.open(batch.offer, at), WINDOW, f"{name}: it is not on offer then")
    in_time = any(
        peer.arrival(batch.offer, at) < facts.end for peer in facts.peers.get(at, [facts])
    )
    say.unless(in_time, DELIVERY, f"{name}: it would arrive after the plan's end")
    programme = offer["programme"]
    if programme:
        since = ready(facts, programme)
        say.unless(
            since is not None and since <= at,
            READY,
            f"{name}: {programme} is "
            + ("never ready" if since is None else f"ready from {facts.label(since)} on"),
        )
    check_place(facts, batch)
    check_columns(facts, batch, "Orders")


def check_place(facts: Facts, batch: Batch) -> None:
    """Where units stand: no place for cloud, one that suits for all others."""
    say, name = facts.findings, name_of(facts, batch)
    if batch.acquisition == "cloud":
        say.unless(not batch.site, SITES, f"{name}: cloud has no site")
        return
    allowed = facts.offers[batch.offer]["sites"]
    asked = facts.committed_rows[batch.row]["site"] if batch.kind == "committed" else None
    if not batch.site:
        # units that never arrive within the plan need no place
        away = batch.kind == "committed" and (batch.arrival >= facts.end or batch.leaves <= 0)
        say.unless(away, SITES, f"{name}: it needs a site")
        return
    if asked:
        say.unless(asked == batch.site, SITES, f"{name}: it was signed for {asked}")
    else:
        say.unless(
            not allowed or batch.site in allowed, SITES, f"{name}: its offer is not for that site"
        )
    say.unless(
        facts.suits(batch.chip, batch.site), SITES, f"{name}: the site's cooling does not suit it"
    )


def check_columns(facts: Facts, batch: Batch, table: str) -> None:
    """What the plan says of an order besides its units."""
    say, offer, name = facts.findings, facts.offers[batch.offer], name_of(facts, batch)
    truth = {"seller": offer["seller"], "chip": batch.chip, "acquisition": batch.acquisition}
    for column, value in truth.items():
        if column in batch.shown:
            shown = text(batch.shown, column)
            say.unless(shown == value, DESCRIBED, f"{name}: {column} is {value}, not {shown}")
    arrives = batch.arrival if batch.arrival < facts.end else None
    shown_at = facts.at(batch.shown, "delivery_period", table)
    if shown_at is not None and shown_at >= facts.end:
        shown_at = None
    due = "after the plan" if arrives is None else f"in {facts.label(arrives)}"
    say.unless(shown_at == arrives, DELIVERY, f"{name}: it arrives {due}")
    ordered = batch.ordered or 0
    if "list_price" in batch.shown:
        due_list = facts.list_price(batch.offer, ordered)
        shown_list = facts.number(batch.shown, "list_price", table)
        same = not differs(shown_list, due_list, 1.0)
        say.unless(same, PRICES, f"{name}: list price is {due_list:,.6g}, not {shown_list:,.6g}")
    shown_price = facts.number(batch.shown, "unit_price", table)
    close = abs(shown_price - batch.price) <= MONEY_RELATIVE * max(1.0, abs(batch.price))
    say.unless(close, PRICES, f"{name}: {batch.price:,.10g} is due, not {shown_price:,.10g}")
    due_spend, shown_spend = due_in_plan(facts, batch), facts.number(batch.shown, "spend", table)
    close = abs(shown_spend - due_spend) <= max(CENT, MONEY_RELATIVE * abs(due_spend))
    say.unless(close, SPEND, f"{name}: {due_spend:,.2f} is spent, not {shown_spend:,.2f}")


def sums(batches: list[Batch]) -> dict[tuple[str, int], float]:
    """Units by offer and period of order, within the plan."""
    found: dict[tuple[str, int], float] = defaultdict(float)
    for batch in batches:
        if batch.ordered is not None and batch.ordered >= 0:
            found[batch.offer, batch.ordered] += batch.units
    return found


def check_limits(facts: Facts, new: list[Batch], committed: list[Batch]) -> None:
    """Least and most orders, over all sites."""
    say = facts.findings
    ordered, bound = sums(new), sums(committed)
    beyond: dict[int, dict[str, float]] = defaultdict(dict)
    for (offer, at), units in ordered.items():
        if units <= RELATIVE:
            continue
        least = facts.limit("Offers", "min_order", offer, at)
        where = f"{offer} in {facts.label(at)}"
        say.unless(
            least is None or not exceeds(least, units),
            LEAST,
            f"{where}: {units:,.6g} units, at least {least or 0:,.6g} must be ordered",
        )
        most = facts.limit("Offers", "max_order", offer, at)
        if most is not None:
            beyond[at][offer] = units + bound.get((offer, at), 0.0) - most
    for at, excess in beyond.items():
        check_extra(facts, at, excess)
    for offer, row in facts.offers.items():
        if row["total_limit"] is None:
            continue
        units = sum(units for (name, _), units in ordered.items() if name == offer)
        held = sum(units for (name, _), units in bound.items() if name == offer)
        held += in_all(facts, "Offers", offer, "ordered")
        say.unless(
            units <= RELATIVE or not exceeds(units + held, row["total_limit"]),
            TOTAL,
            f"{offer}: {units + held:,.6g} units, {row['total_limit']:,.6g} are the most",
        )


def extra_supply(facts: Facts, at: int) -> list[tuple[tuple[str, ...], float]]:
    """Pools of extra supply in a period: offers covered, units."""
    return [
        (covered(facts, contract), contract["extra_supply"])
        for contract in map(dict, facts.world.rows("Contracts"))
        if contract["extra_supply"] and in_force(facts, contract, at)
    ]


def check_extra(facts: Facts, at: int, excess: dict[str, float]) -> None:
    """Units beyond max_order fit the pools of extra supply that cover them."""
    pools = extra_supply(facts, at)
    for seller in dict.fromkeys(facts.offers[offer]["seller"] for offer in excess):
        mine = {o: e for o, e in excess.items() if facts.offers[o]["seller"] == seller}
        wide = sum(units for offers, units in pools if len(offers) > 1 and set(mine) & set(offers))
        open_excess = 0.0
        for offer, units in mine.items():
            own = sum(extra for offers, extra in pools if offers == (offer,))
            open_excess += max(0.0, units - own)
            most = facts.limit("Offers", "max_order", offer, at) or 0.0
            facts.findings.unless(
                not exceeds(units, own + wide, most),
                MOST,
                f"{offer} in {facts.label(at)}: {units + most:,.6g} units, committed ones "
                f"included, {most + own + wide:,.6g} are the most",
            )
        facts.findings.unless(
            not exceeds(open_excess, wide, sum(map(abs, mine.values()))),
            MOST,
            f"{seller} in {facts.label(at)}: {open_excess:,.6g} units beyond max_order, "
            f"{wide:,.6g} of extra supply",
        )


def usable_extra(facts: Facts, at: int, units: dict[str, float]) -> float:
    """Extra supply that the orders of one vendor's offers can draw on."""
    pools = extra_supply(facts, at)
    own = wide = 0.0
    for offer, ordered in units.items():
        own += min(ordered, sum(extra for offers, extra in pools if offers == (offer,)))
    for offers, extra in pools:
        if len(offers) > 1 and set(offers) & set(units):
            wide += extra
    return own + min(wide, sum(units.values()) - own)


def check_vendors(facts: Facts, new: list[Batch], committed: list[Batch]) -> None:
    """What each vendor sells to us in a period and in a fiscal year."""
    say = facts.findings
    ordered, bound = sums(new), sums(committed)
    for vendor, row in facts.vendors.items():
        offers = {name for name, offer in facts.offers.items() if offer["seller"] == vendor}
        for at in facts.calendar.positions:
            most = facts.limit("Vendors", "max_units", vendor, at)
            units = sum(ordered.get((offer, at), 0.0) for offer in offers)
            if most is None or units <= RELATIVE:
                continue
            whole = {o: ordered.get((o, at), 0.0) + bound.get((o, at), 0.0) for o in offers}
            extra = usable_extra(facts, at, whole)
            units = sum(whole.values())
            say.unless(
                not exceeds(units, most + extra),
                VENDOR_UNITS,
                f"{vendor} in {facts.label(at)}: {units:,.6g} units, {most + extra:,.6g} are sold",
            )
        limit = row["max_spend_per_fiscal_year"]
        if limit is None:
            continue
        mine = [batch for batch in [*new, *committed] if batch.offer in offers]
        for window in facts.calendar.windows("fiscal_year"):
            told = past(facts, "Vendors", vendor, window)
            inside = {*window.positions, *told.periods}
            fresh = sum(spend(facts, b) for b in mine if b.kind == "order" and b.ordered in inside)
            total = sum(spend(facts, b) for b in mine if b.ordered in inside)
            total += told.of("spend")
            say.unless(
                fresh <= CENT or not exceeds(total, limit),
                VENDOR_SPEND,
                f"{vendor} in {window.label}: {total:,.2f} is spent, {limit:,.2f} is the most",
            )


def check_quotas(facts: Facts) -> None:
    """Units of one offer in service at once."""
    limited = facts.world.path("Offers", "max_in_service")
    for offer in facts.offers:
        mine = [batch for batch in facts.batches if batch.offer == offer]
        for at in facts.calendar.positions:
            most = limited[offer][at]
            if most is None:
                continue
            fresh = sum(b.in_service(at) for b in mine if b.kind == "order")
            units = sum(b.in_service(at) for b in mine)
            facts.findings.unless(
                fresh <= RELATIVE or not exceeds(units, most),
                QUOTA,
                f"{offer} in {facts.label(at)}: {units:,.6g} in service, {most:,.6g} are the most",
            )


def check_ramps(facts: Facts, new: list[Batch], committed: list[Batch]) -> None:
    """Orders of own silicon grow no faster than their programme's ramp."""
    ramps: dict[str, dict[int, float]] = defaultdict(dict)
    for row in map(dict, facts.world.rows("Programme ramp")):
        ramps[row["programme"]][row["periods_since_ready"]] = row["max_units"]
    ordered, bound = sums(new), sums(committed)
    for programme, ramp in ramps.items():
        since = ready(facts, programme)
        offers = [name for name, row in facts.offers.items() if row["programme"] == programme]
        facts.findings.look(READY)
        if since is None:
            continue
        for at in facts.calendar.positions:
            fresh = sum(ordered.get((offer, at), 0.0) for offer in offers)
            reached = [rung for rung in ramp if rung <= at - since]
            if fresh <= RELATIVE or not reached:
                continue
            units = fresh + sum(bound.get((offer, at), 0.0) for offer in offers)
            most = ramp[max(reached)]
            facts.findings.unless(
                not exceeds(units, most),
                READY,
                f"{programme} in {facts.label(at)}: {units:,.6g} units are ordered, "
                f"its ramp allows {most:,.6g}",
            )
