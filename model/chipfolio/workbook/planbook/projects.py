"""Own silicon, software and sites: what each project costs by period, and what is left of it."""

from __future__ import annotations

from ...contract.outputs import OUTPUTS
from .facts import Future
from .lives import life
from .model import Model
from .sheets import TOP, Sheet
from .tables import new_table

TABLES = ("Programme timeline", "Software timeline", "Site steps")


def add_project_tables(model: Model) -> None:
    """Tables of stages, software projects and site steps, with what their cost follows from."""
    facts, money = model.facts, model.facts.currency
    extras = {
        "Programme timeline": [
            ("start t", "period no."),
            ("paid until t", "period no."),
            ("planned cost", money),
            ("planned duration", "periods"),
            ("from t", "period no."),
            ("capitalised", "of cost"),
            ("capitalised per period", money),
            ("expensed per period", money),
            ("told", money),
            ("ready t", "period no."),
            ("age", "periods"),
            ("book life", "periods left"),
            ("opening", money),
            ("lost t", "period no."),
        ],
        "Software timeline": [
            ("start t", "period no."),
            ("paid until t", "period no."),
            ("planned cost", money),
            ("planned duration", "periods"),
            ("residual", "of cost"),
            ("terminal value", money),
        ],
        "Site steps": [
            ("start t", "period no."),
            ("ready t", "period no."),
            ("site no.", "no."),
            ("MW per step", "MW"),
            ("cost per step", money),
            ("paid before", "of cost"),
            ("residual", "of cost"),
            ("terminal value", money),
            ("begun", "1 = yes"),
            ("told", money),
            ("serves from t", "period no."),
            ("age", "periods"),
            ("book life", "periods left"),
            ("in the books", money),
            ("paid ahead", money),
        ],
    }
    for name in TABLES:
        rows = facts.plan.tables.get(name, [])
        new_table(model.book, OUTPUTS[name], rows, extras[name])
    for future in model.futures:
        put_stages(model, future)
        put_software(model, future)
        put_steps(model, future)


def put(sheet: Sheet, row: int, values: dict[str, object], looks: dict[str, str]) -> None:
    """Constants of a row; ``looks`` names the number format of inputs."""
    for name, value in values.items():
        role = "input" if name in looks else "plain"
        sheet.put(row, sheet.columns[name], value, role, looks.get(name, "code"))


COST_INSIDE = "=MAX(0,MIN({until},Periods)-MAX({start},0))*{cost}/{duration}"


def put_stages(model: Model, future: Future) -> None:
    """Stages: paid evenly from their start, a slip at the same rate."""
    sheet, facts = model.sheet("Programme timeline"), model.facts
    stages = {
        (dict(row)["programme"], int(dict(row)["stage"])): row
        for row in facts.tables.rows("Programme stages")
    }
    for place, row in future.rows.get("Programme timeline", []):
        stage = stages[str(row["programme"]), int(row["stage"])]  # type: ignore[call-overload]
        planned = dict(stage)
        start = facts.position(row["start"])
        length = planned["duration"]
        if row["end"] not in (None, ""):
            length = facts.position(row["end"]) - start + 1  # type: ignore[operator]
        if facts.by_name["Programmes"][str(row["programme"])]["abandoned"]:
            length = min(length, -start)  # type: ignore[operator]
        put(
            sheet,
            TOP + place,
            {
                "start t": start,
                "paid until t": start + length,
                "planned cost": planned["cost"],
                "planned duration": planned["duration"],
            },
            {"planned cost": "money", "planned duration": "code"},
        )
        put_stage_accounts(model, future, sheet, TOP + place, planned, start)  # type: ignore[arg-type]
    fill_cost(model, sheet, future)
    fill_stage_accounts(model, sheet, future)


def put_stage_accounts(
    model: Model, future: Future, sheet: Sheet, row: int, stage: dict, start: int
) -> None:
    """What the accounts of a stage follow from: its time, what is capitalised, when it is lost."""
    programme = stage["programme"]
    ready, lost = ready_in(model, future, programme), lost_in(model, future, programme)
    told = stage["book_value"]
    if model.facts.by_name["Programmes"][programme]["abandoned"] and ready is None:
        told, lost = told or 0.0, 0
    put(
        sheet,
        row,
        {
            "from t": max(start, 0),
            "capitalised": stage["capitalise_pct"],
            "told": told,
            "ready t": model.count if ready is None else max(ready, 0),
            "age": max(-ready, 0) if ready is not None else 0,
            "lost t": model.count if lost is None else lost,
        },
        {"capitalised": "percent", "told": "money"},
    )
    text = f"=MAX(Dust,{life(model, 'programme', programme)}-{sheet.cells(row)['age']})"
    model.book.set(sheet, row, sheet.columns["book life"], text, "exact")


def fill_stage_accounts(model: Model, sheet: Sheet, future: Future) -> None:
    """What of each stage is capitalised and expensed in a period, and what it opens with."""
    if future.name not in sheet.parts:
        return
    first, last = sheet.parts[future.name]
    c = sheet.cells(first)
    rate = f"{c['planned cost']}/{c['planned duration']}"
    before = f"MAX(0,MIN({c['paid until t']},0)-{c['start t']})"
    spent = f"{before}*{c['capitalised per period']}*{aged_share(c)}"
    texts = {
        "capitalised per period": f"={rate}*{c['capitalised']}",
        "expensed per period": f"={rate}*(1-{c['capitalised']})",
        "opening": f'=IF({c["start t"]}>=0,0,IF({c["told"]}="",{spent},{c["told"]}))',
    }
    for name, text in texts.items():
        model.book.fill_down(sheet, first, last, sheet.columns[name], text, "money")


def aged_share(c: dict[str, str]) -> str:
    """Share of a cost still in the books at the plan's start, by what is left of its life."""
    left = f"{c['book life']}/({c['book life']}+{c['age']})"
    return f"IF({c['age']}=0,1,IF({c['book life']}>Dust,{left},0))"


def ready_in(model: Model, future: Future, programme: str) -> int | None:
    """First period in which a programme is ready; None where it is not."""
    stages, started = stages_of(model, future, programme)
    last = started.get(stages[-1]["stage"]) if stages else None
    if last is None or last["end"] in (None, ""):
        return None
    return model.facts.position(last["end"]) + 1  # type: ignore[operator]


def lost_in(model: Model, future: Future, programme: str) -> int | None:
    """Period in which what is capitalised of a programme is written off; None where it is not."""
    facts, count = model.facts, model.count
    stages, started = stages_of(model, future, programme)
    if not started:
        return None
    last = max(started)
    row = next(stage for stage in stages if stage["stage"] == last)
    waiting = [stage for stage in stages if stage["stage"] > last]
    finishes = started[last]["end"] not in (None, "")
    if finishes and not waiting:
        return None
    start, end = (facts.position(started[last][name]) for name in ("start", "end"))
    done = end + 1 if finishes else start + row["duration"]  # type: ignore[operator]
    closed = [stage["last_start"] + 1 for stage in waiting if stage["last_start"] is not None]
    if not finishes:
        closed.append(done)
    elif waiting[0]["max_wait"] is not None:
        closed.append(done + waiting[0]["max_wait"] + 1)
    soonest = min(closed, default=count)
    if soonest < count:
        return max(soonest, 0)
    wait = waiting[0]["max_wait"] if finishes else None
    hopes = wait is not None and count - done <= wait
    return None if done > count or hopes else count - 1


def fill_cost(model: Model, sheet: Sheet, future: Future) -> None:
    """Cost within the plan of a scenario's stages or software projects."""
    if future.name in sheet.parts:
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        text = COST_INSIDE.format(
            until=c["paid until t"],
            start=c["start t"],
            cost=c["planned cost"],
            duration=c["planned duration"],
        )
        model.book.fill_down(sheet, first, last, sheet.columns["cost"], text, "money")


def put_software(model: Model, future: Future) -> None:
    """Software projects; those finished before the plan cost nothing more."""
    sheet, facts = model.sheet("Software timeline"), model.facts
    for place, row in future.rows.get("Software timeline", []):
        project = facts.by_name["Software"][str(row["project"])]
        done = facts.position(row["end"]) + 1  # type: ignore[operator]
        start = facts.position(row["start"])
        put(
            sheet,
            TOP + place,
            {
                "start t": done - project["duration"] if start is None else start,
                "paid until t": done,
                "planned cost": project["cost"],
                "planned duration": project["duration"],
                "residual": project["residual_pct"] or 0.0,
            },
            {"planned cost": "money", "planned duration": "code", "residual": "percent"},
        )
    fill_cost(model, sheet, future)
    if future.name in sheet.parts:
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        text = f"=({c['paid until t']}<=Periods)*{c['residual']}*{c['planned cost']}"
        model.book.fill_down(sheet, first, last, sheet.columns["terminal value"], text, "money")


def put_steps(model: Model, future: Future) -> None:
    """Site steps: paid when started."""
    sheet, facts = model.sheet("Site steps"), model.facts
    given = {row.number: dict(row) for row in facts.tables.rows("Committed steps")}
    for place, row in future.rows.get("Site steps", []):
        project = facts.by_name["Site projects"][str(row["project"])]
        start = facts.position(row["start"])
        step = given.get(row["row"], {"paid_pct": 0.0, "book_value": None})  # type: ignore[call-overload]
        paid, ready = step["paid_pct"], start + project["lead_time"]
        put(
            sheet,
            TOP + place,
            {
                "start t": max(start, 0),
                "ready t": start + project["lead_time"],
                "site no.": facts.number("site", row["site"]),
                "MW per step": project["step_mw"],
                "cost per step": project["cost_per_step"],
                "paid before": float(start < 0) if paid is None else paid,
                "residual": project["residual_pct"] or 0.0,
                "begun": 1 if start < 0 else 0,
                "told": step["book_value"],
                "serves from t": max(ready, 0),
                "age": max(-ready, 0),
            },
            {
                "told": "money",
                "MW per step": "number",
                "cost per step": "money",
                "paid before": "percent",
                "residual": "percent",
            },
        )
        age = sheet.cells(TOP + place)["age"]
        text = f"=MAX(Dust,{life(model, 'site project', str(row['project']))}-{age})"
        model.book.set(sheet, TOP + place, sheet.columns["book life"], text, "exact")
    if future.name not in sheet.parts:
        return
    first, last = sheet.parts[future.name]
    c = sheet.cells(first)
    whole, inside = f"{c['steps']}*{c['cost per step']}", f"({c['start t']}<Periods)"
    aged = aged_share(c)
    texts = {
        "mw": (f"={c['steps']}*{c['MW per step']}", "number"),
        "cost": (
            f"=({c['start t']}<Periods)*{c['steps']}*{c['cost per step']}*(1-{c['paid before']})",
            "money",
        ),
        "terminal value": (
            f"=({c['ready t']}<=Periods)*{c['residual']}*{c['steps']}*{c['cost per step']}",
            "money",
        ),
        "in the books": (
            f'=IF({c["begun"]}=0,{whole},IF({c["told"]}="",{whole}*{aged},{c["told"]}))',
            "money",
        ),
        "paid ahead": (f"=(1-{c['begun']})*{inside}*{whole}*{c['paid before']}", "money"),
    }
    for name, (text, kind) in texts.items():
        model.book.fill_down(sheet, first, last, sheet.columns[name], text, kind)


def add_projects(model: Model) -> None:
    """The sheet Projects: cost by period of each stage, project and expansion."""
    sheet = model.timeline(
        "Projects", "model", "Cost by period of own silicon, software and site expansions."
    )
    for future in model.futures:
        model.section(sheet, f"Own silicon {future.name}".strip())
        add_spread(model, sheet, future, "Programme timeline", "programme_costs")
        add_cancellation(model, sheet, future)
        model.section(sheet, f"Software {future.name}".strip())
        add_spread(model, sheet, future, "Software timeline", "software")
        model.section(sheet, f"Site expansions {future.name}".strip())
        add_steps(model, sheet, future)
        add_residual(model, sheet, future)


def add_spread(model: Model, sheet: Sheet, future: Future, table: str, line: str) -> None:
    """One row per stage or project: its cost spread evenly over its duration."""
    source, t, first = model.sheet(table), model.t, sheet.row
    for place, row in future.rows.get(table, []):
        at = {name: source.address(TOP + place, column) for name, column in source.columns.items()}
        name = str(row.get("programme") or row.get("project"))
        item = f"stage {int(row['stage'])} {row['name']}" if "stage" in row else ""  # type: ignore[call-overload]
        text = (
            f"=({t}>={at['start t']})*({t}<{at['paid until t']})"
            f"*{at['planned cost']}/{at['planned duration']}"
        )
        model.line(
            sheet, future, name, item, model.facts.currency, text, "money",
            key=(line, name, item),
        )  # fmt: skip
    model.block(sheet, future, line, first)


def add_cancellation(model: Model, sheet: Sheet, future: Future) -> None:
    """What abandoning a programme costs, in the plan's last period."""
    facts, t = model.facts, model.t
    first = sheet.row
    for programme, row in facts.by_name["Programmes"].items():
        amount = cancellation(model, future, programme, row["cancellation_cost"] or 0.0)
        if amount:
            model.line(
                sheet, future, programme, "cancellation", facts.currency,
                f"=({t}=Periods-1)*$F{sheet.row + 1}", "money",
                constant=amount, constant_kind="money",
            )  # fmt: skip
    model.block(sheet, future, "cancellation", first)


def stages_of(model: Model, future: Future, programme: str) -> tuple[list[dict], dict[int, dict]]:
    """A programme's stages in order, and the plan's row of each that was started."""
    stages = [row for row in model.facts.rows("Programme stages") if row["programme"] == programme]
    started = {
        int(row["stage"]): dict(row)  # type: ignore[call-overload]
        for row in future.table("Programme timeline")
        if row["programme"] == programme
    }
    return sorted(stages, key=lambda row: row["stage"]), started


def cancellation(model: Model, future: Future, programme: str, cost: float) -> float:
    """Cost of a programme that stands unfinished at the plan's end (contract §3.6)."""
    stages, started = stages_of(model, future, programme)
    if not started or model.facts.by_name["Programmes"][programme]["abandoned"]:
        return 0.0
    last = max(started)
    row = next(stage for stage in stages if stage["stage"] == last)
    if started[last]["end"] in (None, ""):
        start = model.facts.position(started[last]["start"])
        left = start + row["duration"] - model.count  # type: ignore[operator]
        return min(cost, row["cost"] / row["duration"] * left) if left > 0 else cost
    done = model.facts.position(started[last]["end"]) + 1  # type: ignore[operator]
    if done > model.count:
        return min(cost, row["cost"] / row["duration"] * (done - model.count))
    later = [stage for stage in stages if stage["stage"] > last]
    if not later:
        return 0.0
    wait = later[0]["max_wait"]
    return 0.0 if wait is not None and model.count - done <= wait else cost


def add_residual(model: Model, sheet: Sheet, future: Future) -> None:
    """What finished programmes, software and steps are still worth at the plan's end."""
    facts, t = model.facts, model.t
    first = sheet.row
    for programme, row in facts.by_name["Programmes"].items():
        worth = (row["residual_pct"] or 0.0) * finished_cost(model, future, programme)
        if worth:
            model.line(
                sheet, future, programme, "residual value", facts.currency,
                f"=({t}=Periods-1)*$F{sheet.row + 1}", "money",
                constant=worth, constant_kind="money",
            )  # fmt: skip
    for table in ("Software timeline", "Site steps"):
        total = model.sum_ifs(table, future, "terminal value", "start t", '"<"&Periods')
        if total != "0":
            model.line(
                sheet, future, table, "residual value", facts.currency,
                f"=({t}=Periods-1)*{total}", "money",
            )  # fmt: skip
    model.block(sheet, future, "residual", first)


def finished_cost(model: Model, future: Future, programme: str) -> float:
    """Cost of all stages of a programme that is ready within the plan; else nothing."""
    stages, started = stages_of(model, future, programme)
    if not stages:
        return 0.0
    last = started.get(stages[-1]["stage"])
    if last is None or last["end"] in (None, ""):
        return 0.0
    done = model.facts.position(last["end"]) + 1  # type: ignore[operator]
    return sum(stage["cost"] for stage in stages) if done <= model.count else 0.0


def add_steps(model: Model, sheet: Sheet, future: Future) -> None:
    """Cost of expansions by site, when started."""
    first = sheet.row
    for site, number in model.facts.numbers["site"].items():
        text = "=" + model.sum_ifs(
            "Site steps", future, "cost", "site no.", f"$E{sheet.row + 1}", "start t", model.t
        )
        model.line(
            sheet, future, "expansion", site, model.facts.currency, text, "money", number=number
        )
    model.block(sheet, future, "site_projects", first)
