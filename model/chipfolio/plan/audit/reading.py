"""From the rows of the plan tables to facts: batches of units, use, stages, signings."""

from __future__ import annotations

from ...tables import World
from .checks import Findings, differs
from .facts import READABLE, Batch, Facts, Plan, PlanRow, Porting, Served, StageRun, Step, Use, text

PLACED = "units of committed orders are placed in full, as signed"
ONCE = "nothing stands twice in the plan"
SALE_FITS = "only owned units that are there are sold"
STARTED = "stages under way and projects done stand as the workbook says"


def read(world: World, plan: Plan, findings: Findings) -> Facts:
    """The facts of one scenario."""
    facts = Facts(world, plan, findings)
    read_fleet(facts)
    read_committed(facts)
    read_orders(facts)
    read_sales(facts)
    read_use(facts)
    read_stages(facts)
    read_software(facts)
    read_steps(facts)
    read_signings(facts)
    return facts


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
        number = int(facts.number(shown, "row", table))
        row = facts.committed_rows.get(number)
        if row is None:
            facts.findings.fault(PLACED, f"row {number} is no row of Committed orders")
            continue
        site = text(shown, "site")
        if site and not facts.known(site, facts.sites, table):
            continue
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
    facts: Facts, number: int, row: dict, site: str, units: float, shown: PlanRow
) -> Batch:
    """A committed order's units for one site, with the price agreed and the share paid."""
    name, ordered = row["offer"], row["order_period"]
    offer = facts.offers[name]
    arrival = facts.arrival(name, ordered)
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


def availability(facts: Facts, offer: dict) -> float:
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
        number = int(facts.number(shown, "row", table))
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


def read_use(facts: Facts) -> None:
    """Rows of Usage and Service."""
    table = "Usage"
    for shown in facts.rows(table):
        chip, site, workload = (text(shown, name) for name in ("chip", "site", "workload"))
        at = facts.at(shown, "period", table)
        if not facts.known(chip, facts.chips, table) or at is None:
            continue
        if site and not facts.known(site, facts.sites, table):
            continue
        if not facts.known(workload, facts.workloads, table):
            continue
        if not 0 <= at < facts.end:
            facts.findings.fault(READABLE, f"{table}: {text(shown, 'period')} is outside the plan")
            continue
        columns = ("efficiency", "units", "served", "ready")
        numbers = [facts.number(shown, column, table) for column in columns]
        facts.uses.append(Use(chip, site, workload, numbers[0], at, *numbers[1:]))
    table = "Service"
    seen: set[tuple[object, ...]] = set()
    for shown in facts.rows(table):
        workload, at = text(shown, "workload"), facts.at(shown, "period", table)
        if not facts.known(workload, facts.workloads, table) or at is None:
            continue
        note_once(facts, seen, (table, workload, facts.label(at)))
        names = ("demand", "served", "deferred", "unmet")
        facts.service[workload, at] = Served(*(facts.number(shown, n, table) for n in names))


def read_stages(facts: Facts) -> None:
    """Stages that run: those given in the workbook, and those the plan starts."""
    table = "Programme timeline"
    shown_starts: dict[tuple[str, int], int] = {}
    seen: set[tuple[object, ...]] = set()
    for shown in facts.rows(table):
        programme = text(shown, "programme")
        number = int(facts.number(shown, "stage", table))
        start = facts.at(shown, "start", table)
        if not facts.known(programme, facts.programmes, table) or start is None:
            continue
        if number not in facts.stages[programme]:
            facts.findings.fault(READABLE, f"{table}: {programme} has no stage {number}")
            continue
        note_once(facts, seen, (table, programme, number))
        shown_starts[programme, number] = start
    for programme, stages in facts.stages.items():
        for number, row in sorted(stages.items()):
            values = dict(row)
            given = values["started"]
            start = shown_starts.get((programme, number)) if given is None else given
            if given is not None:
                facts.findings.unless(
                    shown_starts.get((programme, number), given) == given,
                    STARTED,
                    f"{programme} / {number} started in {facts.label(given)}",
                )
            if start is None:
                continue
            ends = facts.world.completes(row, start)
            length = facts.world.duration(row, start) if ends else values["duration"]
            facts.runs[programme, number] = StageRun(
                programme=programme,
                stage=number,
                start=start,
                length=length,
                ends=ends,
                cost=values["cost"] / values["duration"],
                given=given is not None,
            )


def read_software(facts: Facts) -> None:
    """Software projects that run: those done already, and those the plan starts."""
    table = "Software timeline"
    seen: set[tuple[object, ...]] = set()
    for name, row in facts.software.items():
        if row["finished"] is not None:
            done = row["finished"] + 1
            facts.portings[name] = Porting(name, done - row["duration"], done, given=True)
    for shown in facts.rows(table):
        name, start = text(shown, "project"), facts.at(shown, "start", table)
        if not facts.known(name, facts.software, table):
            continue
        note_once(facts, seen, (table, name))
        given = facts.portings.get(name)
        if given is not None:
            facts.findings.unless(
                start is None or start == given.start, STARTED, f"{name} is finished already"
            )
        elif start is not None:
            done = start + facts.software[name]["duration"]
            facts.portings[name] = Porting(name, start, done, given=False)


def read_steps(facts: Facts) -> None:
    """Steps of site projects."""
    table = "Site steps"
    for shown in facts.rows(table):
        name, start = text(shown, "project"), facts.at(shown, "start", table)
        if not facts.known(name, facts.projects, table) or start is None:
            continue
        row = facts.projects[name]
        steps = facts.number(shown, "steps", table)
        facts.steps.append(Step(name, row["site"], start, start + row["lead_time"], steps))


def read_signings(facts: Facts) -> None:
    """When contracts and deals are signed; those signed already count from before the plan."""
    for kind, sheet in (("contract", "Contracts"), ("deal", "Deals")):
        for row in facts.world.rows(sheet):
            if dict(row)["signing"] == "signed":
                facts.signed[kind, dict(row)[kind]] = -1
    table = "Contracts and deals"
    for shown in facts.rows(table):
        if text(shown, "event") != "signed":
            continue
        key = (text(shown, "kind"), text(shown, "name"))
        at = facts.at(shown, "period", table)
        if facts.signed.get(key) == -1 or at is None:
            continue
        if key in facts.signed:
            facts.findings.fault(ONCE, f"{' '.join(key)} is signed twice")
        facts.signed[key] = at


def note_once(facts: Facts, seen: set[tuple[object, ...]], key: tuple[object, ...]) -> None:
    """A row that may stand only once."""
    facts.findings.look(ONCE)
    if key in seen:
        facts.findings.fault(ONCE, f"{key[0]}: {' '.join(map(str, key[1:]))} stands twice")
    seen.add(key)
