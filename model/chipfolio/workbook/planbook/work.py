"""Work: what units serve, what becomes of demand, and what not serving costs."""

from __future__ import annotations

from ...contract.dimensions import SERVED_DIMENSIONS
from ...contract.outputs import OUTPUTS
from .facts import Future
from .model import TOTAL, UNIT, Model
from .sheets import TOP, Sheet
from .tables import new_table

USAGE_EXTRAS = (
    ("t", "period no."),
    ("place no.", "no."),
    ("workload no.", "no."),
    ("pair no.", "no."),
    *((f"{dimension} no.", "no.") for dimension in SERVED_DIMENSIONS),
    ("throughput", "per unit and period"),
    ("could serve", "workload units"),
)
WEIGHTS = ("of the period's demand", "of the year's demand", "of the plan's demand")
OF_DUE = "of the work due"
"""Part of a period's demand and of what waits from before: never above the whole."""


def add_usage(model: Model) -> Sheet:
    """Table Usage: units decided, work served by formula."""
    facts = model.facts
    rows = facts.plan.tables.get("Usage", [])
    extras = [
        *USAGE_EXTRAS,
        ("running cost", facts.currency),
        *((name, "share") for name in (*WEIGHTS, OF_DUE)),
    ]
    sheet = new_table(model.book, OUTPUTS["Usage"], rows, extras)
    for future in model.futures:
        places = model.place_numbers(future)
        pairs = sorted({(str(row["chip"]), str(row["workload"])) for row in future.table("Usage")})
        for place, row in future.rows.get("Usage", []):
            chip, site = str(row["chip"]), str(row["site"] or "")
            members = facts.members(chip, "", "" if site else "cloud", site)
            values = {
                "t": facts.position(row["period"]),
                "place no.": places[chip, site],
                "workload no.": facts.number("workload", row["workload"]),
                "pair no.": pairs.index((chip, str(row["workload"]))) + 1,
            }
            for name in SERVED_DIMENSIONS:
                values[f"{name} no."] = members[name]
            for name, value in values.items():
                sheet.put(TOP + place, sheet.columns[name], value, "plain", "code")
    return sheet


def fill_usage(model: Model) -> None:
    """Formulas of the table Usage."""
    sheet, book = model.sheet("Usage"), model.book
    column = sheet.columns
    years = model.across("Time", None, "fiscal year")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        at = f"{c['pair no.']},{c['t']}+1)"
        demand = model.area("Rates", future, "demand")
        of_work = f"{c['workload no.']},{c['t']}+1)"
        of_period = f"INDEX({demand},{of_work}"
        of_plan = f"SUM(INDEX({demand},{c['workload no.']},0))"
        waits = f"INDEX({model.area('Work', future, 'waiting at end', TOTAL)},{of_work}"
        year = f"INDEX({years},1,{c['t']}+1)"
        of_year = f"SUMIFS(INDEX({demand},{c['workload no.']},0),{years},{year})"
        texts = {
            "throughput": (f"=INDEX({model.area('Rates', future, 'throughput')},{at}", "exact"),
            "served": (f"={c['units']}*{c['throughput']}*{c['efficiency']}", "number"),
            "could serve": (f"={c['ready']}*{c['throughput']}*{c['efficiency']}", "number"),
            "running cost": (
                f"={c['served']}*INDEX({model.area('Rates', future, 'running_cost')},{at}",
                "money",
            ),
            WEIGHTS[0]: (share(c["served"], of_period), "rate"),
            WEIGHTS[1]: (share(c["served"], of_year), "rate"),
            WEIGHTS[2]: (share(c["served"], of_plan), "rate"),
            OF_DUE: (share(c["served"], f"({of_period}+{waits})"), "rate"),
        }
        for name, (text, kind) in texts.items():
            book.fill_down(sheet, first, last, column[name], text, kind)


def share(part: str, whole: str) -> str:
    """A part of a whole; 0 where the whole is."""
    return f"=IF({whole}>0,{part}/{whole},0)"


def add_work(model: Model) -> None:
    """The sheet Work: demand, served, waiting, unmet, service level, penalties."""
    sheet = model.timeline(
        "Work", "model", "Demand and what becomes of it; penalties of what is not served in time."
    )
    for future in model.futures:
        model.section(sheet, f"Demand and service {future.name}".strip())
        add_balance(model, sheet, future)
        model.section(sheet, f"Penalties {future.name}".strip())
        add_penalties(model, sheet, future)


def add_balance(model: Model, sheet: Sheet, future: Future) -> None:
    """Demand, served, waiting (decided), unmet (what is left), service level."""
    facts, t, own = model.facts, model.t, model.own("Work", future)
    work = facts.by_name["Workloads"]
    waiting = {
        (str(row["workload"]), facts.position(row["period"])): row["deferred"]
        for row in future.table("Service")
    }
    names = facts.numbers["workload"]

    def rows(name: str, text, kind: str = "number", total: bool = True, unit: str = "") -> None:  # noqa: ANN001
        first = sheet.row
        for workload, number in names.items():
            content = text(workload, sheet.row)
            model.line(
                sheet, future, name, workload, unit or work[workload]["unit"], content, kind,
                number=number, total=total, role="" if isinstance(content, str) else "solved",
            )  # fmt: skip
        model.block(sheet, future, name, first)

    rows("demand", lambda w, r: "=" + model.here("Rates", future, "demand", w))
    rows(
        "served",
        lambda w, r: (
            "=" + model.sum_ifs("Usage", future, "served", "workload no.", f"$E{r + 1}", "t", t)
        ),
    )
    rows(
        "waiting at end",
        lambda w, r: [waiting.get((w, at), 0.0) for at in range(model.count)],
        total=False,
    )

    for workload in names:
        put_waiting(model, sheet, future, workload)

    def unmet(workload: str, row: int) -> str:
        asked, served = (own.here(name, workload) for name in ("demand", "served"))
        left = own.here("waiting at end", workload)
        waited = model.own("Work", future, TOTAL).here("waiting at end", workload)
        rest = f"{asked}+{waited}-{served}-{left}"
        return f"=IF(ABS({rest})<=Dust*MAX(1,{asked}),0,{rest})"

    rows("unmet", unmet)

    def most(workload: str, row: int) -> str:
        return f"={own.here('demand', workload)}*$F{row + 1}"

    first = sheet.row
    for workload, number in names.items():
        paths = future.world.path("Workloads", "unmet_penalty")[workload]
        share = work[workload]["max_unmet_pct"]
        share = 1.0 if share is None else share
        allowed = [0.0 if rate is None else share for rate in paths]
        content: str | list = most(workload, sheet.row)
        if len(set(allowed)) > 1:
            content = [
                part * asked
                for part, asked in zip(allowed, future.world.demand[workload], strict=True)
            ]
        model.line(
            sheet, future, "most unmet", workload, work[workload]["unit"], content, "number",
            number=number, total=False, constant=allowed[0], constant_kind="percent",
        )  # fmt: skip
    model.block(sheet, future, "most unmet", first)
    rows(
        "service level",
        lambda w, r: (
            f"=IF({own.here('demand', w)}>0,1-{own.here('unmet', w)}/{own.here('demand', w)},1)"
        ),
        "percent",
        False,
        "of demand",
    )


def put_waiting(model: Model, sheet: Sheet, future: Future, workload: str) -> None:
    """Work that waits at the plan's start, in the column before the periods."""
    row = model.row("Work", future, "waiting at end", workload)
    waits = sum(
        one["amount"] for one in model.facts.rows("Waiting work") if one["workload"] == workload
    )
    if waits:
        sheet.put(row, TOTAL, waits, "input", "number")
        unit = model.facts.by_name["Workloads"][workload]["unit"] or ""
        sheet.put(row, UNIT, f"{unit}; total = waits at the start".lstrip("; "), "unit")


def add_penalties(model: Model, sheet: Sheet, future: Future) -> None:
    """Unmet work and waiting work in money, and units kept ready against what must be."""
    facts, t, own = model.facts, model.t, model.own("Work", future)
    work = facts.by_name["Workloads"]
    for name, base in (("unmet penalty", "unmet"), ("deferral cost", "waiting at end")):
        first = sheet.row
        for workload, number in facts.numbers["workload"].items():
            level = own.here(base, workload)
            rate, constant = model.here("Rates", future, "unmet_penalty", workload), None
            if name == "deferral cost":
                rate, constant = f"$F{sheet.row + 1}", work[workload]["defer_cost"] or 0.0
            model.line(
                sheet, future, name, workload, facts.currency, f"={level}*{rate}", "money",
                number=number, constant=constant, constant_kind="cents",
            )  # fmt: skip
        model.block(sheet, future, name, first)
    first = sheet.row
    for workload, number in facts.numbers["workload"].items():
        could = model.sum_ifs(
            "Usage", future, "could serve", "workload no.", f"$E{sheet.row + 1}", "t", t
        )
        served = own.here("served", workload)
        model.line(
            sheet, future, "reserve beyond its least", workload, work[workload]["unit"],
            f"={could}-$F{sheet.row + 1}*{served}", "number", number=number, total=False,
            constant=work[workload]["reserve_pct"] or 0.0, constant_kind="percent",
        )  # fmt: skip
    model.block(sheet, future, "reserve", first)


def add_service(model: Model) -> None:
    """Table Service: looked up on Work, but for what waits, which is decided."""
    facts = model.facts
    rows = facts.plan.tables.get("Service", [])
    extras = [("t", "period no."), ("workload no.", "no."), ("service level", "of demand")]
    sheet = new_table(model.book, OUTPUTS["Service"], rows, extras)
    for at, row in enumerate(rows):
        sheet.put(TOP + at, sheet.columns["t"], facts.position(row["period"]), "plain", "code")
        number = facts.number("workload", row["workload"])
        sheet.put(TOP + at, sheet.columns["workload no."], number, "plain", "code")
    blocks = {"demand": "demand", "served": "served", "unmet": "unmet"}
    blocks |= {"deferred": "waiting at end", "service level": "service level"}
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        for column, block in blocks.items():
            text = f"=INDEX({model.area('Work', future, block)},{c['workload no.']},{c['t']}+1)"
            kind = "percent" if column == "service level" else "number"
            model.book.fill_down(sheet, first, last, sheet.columns[column], text, kind)
