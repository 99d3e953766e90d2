"""Cost of work: what a unit of each workload costs, and a million tokens where that is its unit."""

from __future__ import annotations

import re

from ...contract.lines import PLACE_LINES
from .facts import Future
from .formula import letters
from .model import TOTAL, Model, less
from .sheets import Sheet

SHEET = "Cost of work"
SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
SHORT_SCALES = {"k": 1e3, "m": 1e6, "b": 1e9, "g": 1e9, "t": 1e12}
HOURS_PER_YEAR, SECONDS_PER_HOUR = 8760.0, 3600.0


def million_tokens(unit: str, months: int) -> float | None:
    """Million tokens in one workload unit and period; None where the unit is no tokens."""
    text = unit.casefold()
    if "tok" not in text:
        return None
    scale = next((size for word, size in SCALES.items() if word in text), 0.0)
    if not scale:
        match = re.search(r"\b([kmbgt])\s?tok", text)
        scale = SHORT_SCALES[match[1]] if match else 1.0
    rate = re.search(r"(/|per |a )\s?s(ec|econd)?\b", text)
    times = HOURS_PER_YEAR * months / 12.0 * SECONDS_PER_HOUR if rate else 1.0
    return scale * times / 1e6


def add_costs(model: Model) -> None:
    """The sheet Cost of work; shares each chip's cost out over the work it does."""
    sheet = model.timeline(
        SHEET,
        "views",
        "A chip's depreciation, rent, energy, hosting and upkeep, shared out by units used and "
        "kept ready; idle units are paid for by the work on the same chip.",
    )
    for future in model.futures:
        model.section(sheet, f"Cost by chip {future.name}".strip())
        add_chips(model, sheet, future)
        model.section(sheet, f"Cost by workload {future.name}".strip())
        add_workloads(model, sheet, future)


def own(model: Model, future: Future, *key: str) -> str:
    """A line of this sheet in the formula's own period."""
    return model.here(SHEET, future, *key).rsplit("!", 1)[-1]


def add_chips(model: Model, sheet: Sheet, future: Future) -> None:
    """Cost of each chip by period, and its busy units."""
    facts, t, currency = model.facts, model.t, model.facts.currency
    chips = list(dict.fromkeys(line[0] for line in sorted(future.lines)))
    places = model.sheet("Places")
    first = sheet.row
    for chip in chips:
        key = f"$E{sheet.row + 1}"
        inside = ("chip no.", key, "arrival t", f'"<="&{t}', "leaves t", f'">"&{t}')
        parts = [
            model.sum_ifs("Ledger", future, name, *inside)
            for name in ("depreciation", "rent per period")
        ]
        if chip in {str(row["chip"]) for row in future.table("Sales")}:
            gone = model.sum_ifs(
                "Sales", future, "depreciation",
                "chip no.", key, "t", f'"<="&{t}', "leaves t", f'">"&{t}',
            )  # fmt: skip
            parts[0] = less(parts[0], gone)
        for block in PLACE_LINES:
            span = model.spans.get(("Stock", future.name, block))
            if span:
                begin = places.parts[future.name][0]
                numbers = places.down(places.columns["chip no."], begin, begin + span[1] - span[0])
                parts.append(f"SUMIFS({model.sheet('Stock').moving(*span)},{numbers},{key})")
        text = "=" + "+".join(parts)
        model.line(
            sheet, future, "cost of chip", chip, currency, text, "money",
            number=facts.number("chip", chip),
        )  # fmt: skip
    model.block(sheet, future, "chips", first)
    first = sheet.row
    for chip in chips:
        key = f"$E{sheet.row + 1}"
        busy = [
            model.sum_ifs("Usage", future, name, "chip no.", key, "t", t)
            for name in ("units", "ready")
        ]
        model.line(
            sheet, future, "busy units", chip, "units", "=" + "+".join(busy), "number",
            number=facts.number("chip", chip), total=False,
        )  # fmt: skip
    model.block(sheet, future, "busy", first)
    fill_usage_cost(model, future)


def fill_usage_cost(model: Model, future: Future) -> None:
    """The column of Usage that holds its share of the chip's cost, and its running cost."""
    usage = model.sheet("Usage")
    if future.name not in usage.parts:
        return
    first, last = usage.parts[future.name]
    c = {name: f"${letters(at)}{first + 1}" for name, at in usage.columns.items()}
    place = f"MATCH({c['chip no.']},{model.row_number(SHEET, future, 'chips')},0),{c['t']}+1)"
    busy = f"INDEX({model.area(SHEET, future, 'busy')},{place}"
    cost = f"INDEX({model.area(SHEET, future, 'chips')},{place}"
    text = f"=IF({busy}>0,({c['units']}+{c['ready']})/{busy}*{cost},0)+{c['running cost']}"
    model.book.fill_down(usage, first, last, usage.columns["cost of work"], text, "money")


def add_workloads(model: Model, sheet: Sheet, future: Future) -> None:
    """Cost of each workload, per unit served, and per million tokens."""
    facts, t, currency = model.facts, model.t, model.facts.currency
    work = facts.by_name["Workloads"]
    first = sheet.row
    for workload, number in facts.numbers["workload"].items():
        text = "=" + model.sum_ifs(
            "Usage", future, "cost of work", "workload no.", f"$E{sheet.row + 1}", "t", t
        )
        model.line(sheet, future, "cost of work", workload, currency, text, "money", number=number)
    model.block(sheet, future, "work", first)
    idle = (
        f"={model.sum_of(SHEET, future, 'chips')}+{model.here('Cash flow', future, 'running')}"
        f"-{model.sum_of(SHEET, future, 'work')}"
    ).replace(f"'{SHEET}'!", "")
    model.line(
        sheet, future, "cost of work", "none: chips that do no work", currency,
        f"=ROUND({idle[1:]},MoneyPlaces)", "money", key=("idle",),
    )  # fmt: skip
    first = sheet.row
    for workload in facts.numbers["workload"]:
        spent = own(model, future, "cost of work", workload)
        served = model.here("Work", future, "served", workload)
        row = model.line(
            sheet, future, "cost per unit served", workload,
            f"{currency} per {work[workload]['unit']}",
            f"=IF({served}>0,{spent}/{served},0)", "cents", total=False,
        )  # fmt: skip
        total_served = model.sheet("Work").address(
            model.row("Work", future, "served", workload), TOTAL
        )
        total_cost = sheet.address(model.row(SHEET, future, "cost of work", workload), TOTAL)
        text = f"=IF({total_served}>0,{total_cost.rsplit('!', 1)[1]}/{total_served},0)"
        model.book.set(sheet, row, TOTAL, text, "cents")
    model.block(sheet, future, "per unit", first)
    for workload in facts.numbers["workload"]:
        tokens = million_tokens(str(work[workload]["unit"]), facts.months)
        if tokens:
            unit_cost = own(model, future, "cost per unit served", workload)
            row = model.line(
                sheet, future, "cost per million tokens", workload,
                f"{currency} per million tokens", f"={unit_cost}/$F{sheet.row + 1}", "cents",
                constant=tokens, constant_kind="exact", total=False,
            )  # fmt: skip
            over = model.row(SHEET, future, "cost per unit served", workload)
            text = f"=H{over + 1}/$F{row + 1}"
            model.book.set(sheet, row, TOTAL, text, "cents")
