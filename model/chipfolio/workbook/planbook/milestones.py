"""Milestones of deals: what they measure, when the plan has them pay, what they bring."""

from __future__ import annotations

from .facts import Future
from .model import Model
from .sheets import TOP, Sheet
from .tables import mark_parts, new_list


def add_milestones(model: Model) -> None:
    """Milestones of deals that are signed: what they measure, when they pay, what they bring."""
    facts, money = model.facts, model.facts.currency
    entries: list[tuple[Future, dict, dict, int | None]] = []
    for future in model.futures:
        signed = {
            str(row["name"])
            for row in future.table("Contracts and deals")
            if row["kind"] == "deal" and row["event"] == "signed"
        }
        pays = {
            (str(row["name"]), str(row["detail"])): facts.position(row["period"])
            for row in future.table("Contracts and deals")
            if row["event"] == "milestone"
        }
        for row in facts.rows("Deal milestones"):
            if row["deal"] in signed and row["met"] is None:
                deal = facts.by_name["Deals"][row["deal"]]
                when = pays.get((row["deal"], row["milestone"]))
                entries.append((future, row, deal, when))
    add_received(model)
    if not entries:
        return
    measures = model.timeline("Milestone measures", "model", "What milestones of deals measure.")
    for future in model.futures:
        model.section(measures, f"Measures {future.name}".strip())
        for mine, row, deal, _ in entries:
            key = (row["measure"], deal["vendor"])
            if mine is future and ("Milestone measures", future.name, *key) not in model.rows:
                add_measure(model, measures, future, *key)
    heads = [("scenario", ""), ("deal", ""), ("milestone", ""), ("measure", ""), ("kind", ""),
             ("threshold", "units, MW or money"), ("paid t", "period no."), ("value", money),
             ("haircut", "of value"), ("so far", "units or money"),
             ("level when paid", "units, MW or money"),
             ("highest level", "units, MW or money"), ("cash", money), ("equity", money),
             ("earned", money), ("vendor no.", "no."), ("own shares", "1 = yes"), ("grant", money),
             ("shares received", money), ("shares issued", money)]  # fmt: skip
    doc = "Milestones of deals: green is the period in which the plan has them pay."
    sheet = new_list(model.book, "Milestones", "model", doc, heads, len(entries))
    for at, (future, row, deal, when) in enumerate(entries):
        fill_milestone(model, sheet, future, TOP + at, row, deal, when)
    mark_parts(sheet, [entry[0].name for entry in entries])


def add_received(model: Model) -> None:
    """What was received for milestones before the plan: shares of vendors, or for ours."""
    facts, money = model.facts, model.facts.currency
    rows = [
        (row, facts.told("Deal milestones", f"{row['deal']} / {row['milestone']}", "received"))
        for row in facts.rows("Deal milestones")
    ]
    rows = [(row, had) for row, had in rows if had]
    if not rows:
        return
    heads = [("scenario", ""), ("deal", ""), ("milestone", ""), ("shares received", money),
             ("shares issued", money)]  # fmt: skip
    doc = "What milestones brought before the plan, as the sheet So far tells it."
    count = len(rows) * len(model.futures)
    sheet = new_list(model.book, "Milestones before", "inputs", doc, heads, count)
    names = [future.name for future in model.futures for _ in rows]
    for at, (name, (row, had)) in enumerate(zip(names, rows * len(model.futures), strict=True)):
        for column, value in enumerate((name, row["deal"], row["milestone"])):
            sheet.put(TOP + at, column, value)
        held = had if row["kind"] == "equity" else 0.0
        issued = had if row["account"] == "own_shares" else 0.0
        sheet.put(TOP + at, 3, held, "input", "money")
        sheet.put(TOP + at, 4, issued, "input", "money")
    mark_parts(sheet, names)


def fill_milestone(
    model: Model, sheet: Sheet, future: Future, at: int, row: dict, deal: dict, when: int | None
) -> None:
    """One milestone in one scenario."""
    book, column = model.book, sheet.columns
    texts = (future.name, row["deal"], row["milestone"], row["measure"], row["kind"])
    for place, value in enumerate(texts):
        sheet.put(at, place, value)
    sheet.put(at, column["threshold"], row["threshold"], "input", "number")
    sheet.put(at, column["paid t"], when, "solved", "code")
    sheet.put(at, column["value"], row["value"], "input", "money")
    sheet.put(at, column["haircut"], row["haircut_pct"] or 0.0, "input", "percent")
    item = f"{row['deal']} / {row['milestone']}"
    told = model.facts.told("Deal milestones", item, "counted")
    sheet.put(at, column["so far"], told, "input", "number")
    place = sheet.cells(at)
    levels = model.across("Milestone measures", future, row["measure"], deal["vendor"])
    level = f'=IF({place["paid t"]}="",0,{place["so far"]}+INDEX({levels},1,{place["paid t"]}+1))'
    book.set(sheet, at, column["level when paid"], level)
    book.set(sheet, at, column["highest level"], f"={place['so far']}+MAX({levels})")
    net = f"{place['value']}*(1-{place['haircut']})"
    due = f'=IF({place["paid t"]}="",0,{net})'
    book.set(sheet, at, column["earned"], due, "money")
    for kind in ("cash", "equity"):
        text = f"={place['earned']}" if kind == row["kind"] else "=0"
        book.set(sheet, at, column[kind], text, "money")
    fill_accounts(model, sheet, at, row, deal)


def fill_accounts(model: Model, sheet: Sheet, at: int, row: dict, deal: dict) -> None:
    """What a milestone is in the accounts: towards chips, shares held, or shares issued."""
    book, column = model.book, sheet.columns
    place = sheet.cells(at)
    number = model.facts.number("vendor", deal["vendor"])
    ours = 1 if row["account"] == "own_shares" else 0
    sheet.put(at, column["vendor no."], number, "plain", "code")
    sheet.put(at, column["own shares"], ours, "plain", "code")
    shares = f'IF({place["paid t"]}="",0,{place["value"]})'
    got = shares if row["kind"] == "equity" else place["cash"]
    texts = {
        "grant": f"(1-{place['own shares']})*{got}",
        "shares received": shares if row["kind"] == "equity" else "0",
        "shares issued": f"{place['own shares']}*{got}",
    }
    for name, text in texts.items():
        book.set(sheet, at, column[name], "=" + text, "money")


def add_measure(model: Model, sheet: Sheet, future: Future, measure: str, vendor: str) -> None:
    """One measure of one vendor's chips by period."""
    t, row = model.t, sheet.row
    number = model.facts.number("vendor", vendor)
    key = f"$E{row + 1}"
    lines = model.span("Stock", future, "lines")
    if measure == "installed_mw" and lines is None:
        text = "=0"
    elif measure == "installed_mw":
        register, here = model.sheet("Lines"), model.sheet("Stock").moving(*lines)
        text = (
            f"=SUMPRODUCT(({register.part('vendor no.', future.name)}={key})"
            f"*{register.part('on site', future.name)}*{register.part('power', future.name)}"
            f"*{here})/1000"
        )
    else:
        target = "units" if measure == "cumulative_units" else "window spend"
        text = "=" + model.sum_ifs(
            "Ledger", future, target,
            "vendor no.", key, "ordered t", '">="&0', "ordered t", f'"<="&{t}',
        )  # fmt: skip
    unit = {"installed_mw": "MW", "cumulative_units": "units"}.get(measure, model.facts.currency)
    model.line(sheet, future, measure, vendor, unit, text, "number", number=number, total=False)
