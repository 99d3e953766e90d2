"""Rows behind the charts that stand on no other sheet; all follow the model."""

from __future__ import annotations

from ...contract.lines import LINES
from .chart_pen import least_shown
from .facts import Future
from .model import NUMBER, PRESENT, TOTAL, Model
from .payments import bound
from .sheets import FIRST, Sheet
from .work import OF_DUE, WEIGHTS

SHEET = "Chart data"
MOST_CHIPS = 11
OTHERS = "other chips"
MOST_WORKLOADS = 40
"""Workloads added up in one formula."""


def add_chart_data(model: Model) -> None:
    """The sheet Chart data: of the first scenario, and of all side by side."""
    doc = "What the charts show: of the first scenario, and of all side by side."
    sheet = model.timeline(SHEET, "views", doc)
    future = model.futures[0]
    model.section(sheet, "Work served by chip, against demand and what waits from before")
    add_served(model, sheet, future)
    model.section(sheet, "Share of work served by vendor, against its limit")
    add_shares(model, sheet, future)
    model.section(sheet, "Power by site")
    add_power(model, sheet, future)
    model.section(sheet, "Discounted cost by line, largest first (present value)")
    add_breakdown(model, sheet, future)
    model.section(sheet, "What units in service do")
    add_utilisation(model, sheet, future)
    model.section(sheet, "Bound to be paid by fiscal year: now (present value), later (total)")
    add_maturity(model, sheet)
    model.section(sheet, "Projects: start (constant) and duration (present value), in periods")
    add_bars(model, sheet, future)
    if model.facts.several:
        add_scenarios(model, sheet)


def add_scenarios(model: Model, sheet: Sheet) -> None:
    """Cash, work and own silicon of every scenario."""
    model.section(sheet, "Cash paid so far, by scenario")
    for future in model.futures:
        flow, row = model.sheet("Cash flow"), model.row("Cash flow", future, "all cash")
        text = f"=SUM({flow.address(row, FIRST)}:{flow.here(row, own=True)})"
        model.line(
            sheet, future, "cash so far", future.name, model.facts.currency, text, "money",
            total=False,
        )  # fmt: skip
    unit, names = main_unit(model)
    model.section(sheet, f"Work served and demand, by scenario ({unit})")
    for what in ("served", "demand"):
        for future in model.futures:
            text = "=" + "+".join(model.here("Work", future, what, name) for name in names)
            model.line(sheet, future, f"{what} in all", future.name, unit, text)
    model.section(sheet, "Own silicon by scenario: start and duration, in periods")
    for programme in dict.fromkeys(
        str(row["programme"]) for row in model.facts.plan.tables.get("Programme timeline", [])
    ):
        for future in model.futures:
            add_span(model, sheet, future, programme)


def main_unit(model: Model) -> tuple[str, list[str]]:
    """The unit that most workloads are measured in, and these workloads."""
    by_unit: dict[str, list[str]] = {}
    for row in model.facts.rows("Workloads"):
        by_unit.setdefault(str(row["unit"]), []).append(row["workload"])
    unit = max(by_unit, key=lambda name: len(by_unit[name]))
    return unit, by_unit[unit][:MOST_WORKLOADS]


def add_span(model: Model, sheet: Sheet, future: Future, programme: str) -> None:
    """From the start of a programme's first stage to the end of its last, where it is started."""
    source = model.sheet("Programme timeline")
    rows = [
        (place, row)
        for place, row in future.rows.get("Programme timeline", [])
        if row["programme"] == programme
    ]
    if not rows:
        return
    starts, ends = (
        ",".join(source.address(5 + place, source.columns[name]) for place, _ in rows)
        for name in ("start t", "paid until t")
    )
    end = rows[-1][1]["end"]
    first = f"MAX(0,MIN({starts}))"
    cells = {5: first, 6: f"MAX(0,MIN(MAX({ends}),Periods)-{first})"}
    item = f"{programme}, {future.name}" + (f" (to {end})" if end else " (no end)")
    put_bar(model, sheet, future, "span", item, cells)


def add_served(model: Model, sheet: Sheet, future: Future) -> None:
    """Share of the work due that each chip serves, the mean over workloads with demand.

    Due in a period is its demand and what waits from before: work served late is no more than due.
    """
    facts, t = model.facts, model.t
    asked = [name for name, path in future.world.demand.items() if any(path)]
    worth: dict[str, float] = {}
    for row in future.table("Usage"):
        demand = sum(future.world.demand[str(row["workload"])]) or 1.0
        worth[str(row["chip"])] = worth.get(str(row["chip"]), 0.0) + row["served"] / demand  # type: ignore[operator]
    ranked = sorted(worth, key=lambda chip: -worth[chip])
    shown = set(ranked[:MOST_CHIPS])
    names = model.sheet("Names")
    many = f"COUNT({names.down(names.columns['workload'], 5, 4 + len(asked))})"
    for chip in facts.numbers["chip"]:
        if chip in shown:
            share = model.sum_ifs("Usage", future, OF_DUE, "chip no.", f"$E{sheet.row + 1}", "t", t)
            model.line(
                sheet, future, "served by chip", chip, "of the work due", f"={share}/{many}",
                "percent", number=facts.number("chip", chip), total=False,
            )  # fmt: skip
    if len(ranked) > len(shown):
        rows = [
            row
            for key, row in model.rows.items()
            if key[:3] == (SHEET, future.name, "served by chip")
        ]
        share = model.sum_ifs("Usage", future, OF_DUE, "t", t)
        span = f"SUM(I{min(rows) + 1}:I{max(rows) + 1})"
        model.line(
            sheet, future, "served by chip", OTHERS, "of the work due", f"={share}/{many}-{span}",
            "percent", total=False,
        )  # fmt: skip
    first, last = model.spans["Work", future.name, "demand"]
    here = model.sheet("Work").moving(first, last)
    first, last = model.spans["Work", future.name, "waiting at end"]
    waits = model.sheet("Work").moving(first, last, TOTAL)
    model.line(
        sheet, future, "due line", "all work due", "of the work due",
        f"=SUMPRODUCT(({here}+{waits}>0)*1)/{many}", "percent", total=False,
    )  # fmt: skip


def add_shares(model: Model, sheet: Sheet, future: Future) -> None:
    """Each vendor's share of work served, and the limits on it."""
    facts, t = model.facts, model.t
    vendors = {facts.by_name["Chips"][str(row["chip"])]["vendor"] for row in future.table("Usage")}
    whole = model.sum_ifs("Usage", future, WEIGHTS[0], "t", t)
    for vendor, number in facts.numbers["vendor"].items():
        if vendor in vendors:
            part = model.sum_ifs(
                "Usage", future, WEIGHTS[0], "vendor no.", f"$E{sheet.row + 1}", "t", t
            )
            model.line(
                sheet, future, "share of work", vendor, "share", f"=IF({whole}>0,{part}/{whole},0)",
                "percent", number=number, total=False,
            )  # fmt: skip
    limits: dict[str, dict[int, float]] = {}
    for row in facts.rows("Share rules"):
        if (row["dimension"], row["basis"]) != ("vendor", "served") or row["workload"]:
            continue
        if row["max_pct"] is None or not row["active"]:
            continue
        members = [row["member"]] if row["member"] != "each" else sorted(vendors)
        for window in facts.calendar.windows("period", row["from"] or 0, row["to"]):
            for member in members:
                path = limits.setdefault(member, {})
                path[window.last] = min(path.get(window.last, 1.0), row["max_pct"])
    for member, path in limits.items():
        values = [path.get(at) for at in range(model.count)]
        model.line(
            sheet, future, "limit on share", f"limit on {member}", "share", values, "percent",
            total=False, key=("limit on share", member),
        )  # fmt: skip


def add_power(model: Model, sheet: Sheet, future: Future) -> None:
    """Power drawn by site, and what all sites have."""
    for site in model.facts.numbers["site"]:
        text = "=" + model.here("Stock", future, "site power drawn", site)
        model.line(sheet, future, "power drawn", site, "MW", text, "number", total=False)
    if model.facts.numbers["site"]:
        span = model.spans["Stock", future.name, "site limit"]
        text = f"=SUM({model.sheet('Stock').moving(*span)})"
        model.line(
            sheet, future, "power of all sites", "power there is", "MW", text, "number", total=False
        )


def add_breakdown(model: Model, sheet: Sheet, future: Future) -> None:
    """Present value by line, the largest first; what would read as zero is left out."""
    sums = dict.fromkeys(LINES, 0.0)
    for row in future.table("Cash"):
        sums[str(row["line"])] += row["discounted"]  # type: ignore[operator]
    least = least_shown(max(map(abs, sums.values())))
    for name in sorted(LINES, key=lambda line: -sums[line]):
        if abs(sums[name]) >= least:
            source = model.sheet("Cash flow").address(model.row("Cash flow", future, name), PRESENT)
            put_bar(model, sheet, future, "cost of line", name.replace("_", " "), {PRESENT: source})


USES = ("used", "ready", "idle", "out")
"""What units in service do: columns of the table Utilisation."""


def add_utilisation(model: Model, sheet: Sheet, future: Future) -> None:
    """Shares of all units in service, every chip counting as one."""
    if ("Stock", future.name, "units at place") not in model.spans:
        return
    units, used, ready, usable = (
        model.sum_of("Stock", future, name)
        for name in ("units at place", "used", "kept ready", "usable")
    )
    parts = dict(zip(USES, (used, ready, f"{usable}-{used}-{ready}", f"{units}-{usable}"),
                     strict=True))  # fmt: skip
    for name, part in parts.items():
        model.line(
            sheet, future, "use of units", name, "of units", f"=IF({units}>0,({part})/{units},0)",
            "percent", total=False,
        )  # fmt: skip


def add_maturity(model: Model, sheet: Sheet) -> None:
    """What is bound now, and what later decisions bind, by fiscal year of payment; the mean."""
    rows = model.facts.plan.tables.get("Commitments", [])
    for year in sorted({str(row["fiscal_year"]) for row in rows}):
        row = sheet.row
        sheet.put(row, NUMBER, int(year.removeprefix("FY")), "plain", "code")
        cell = f"$E${row + 1}"
        cells = {PRESENT: bound(model, True, cell), TOTAL: bound(model, False, cell)}
        put_bar(model, sheet, None, "bound", year, cells)


def put_bar(
    model: Model, sheet: Sheet, future: Future | None, what: str, item: str, cells: dict[int, str]
) -> None:
    """A row with figures ahead of the periods."""
    row = sheet.row
    sheet.row += 1
    name = future.name if future else ""
    for column, value in enumerate((name, what, item)):
        sheet.put(row, column, value)
    for column, text in cells.items():
        model.book.set(
            sheet, row, column, f"={text}", "code" if what in ("bar", "span") else "money"
        )
    model.rows[SHEET, name, what, item] = row


def add_bars(model: Model, sheet: Sheet, future: Future) -> None:
    """Stages and software projects: when they start and how long they take."""
    for table, kind in (("Programme timeline", "own silicon"), ("Software timeline", "software")):
        source = model.sheet(table)
        for place, row in future.rows.get(table, []):
            start = model.facts.position(row["start"])
            if start is None:
                continue
            item = str(row.get("project") or f"{row.get('programme')}: {row.get('name')}")
            at = {
                name: source.address(5 + place, source.columns[name])
                for name in ("start t", "paid until t")
            }
            item += f" ({row['start']} to {row['end'] or 'no end'})"
            cells = {5: f"MAX(0,{at['start t']})"}
            cells[6] = f"MAX(0,MIN({at['paid until t']},Periods)-MAX(0,{at['start t']}))"
            put_bar(model, sheet, future, "bar", item, cells)
            where = sheet.row - 1
            sheet.put(where, 1, kind)
