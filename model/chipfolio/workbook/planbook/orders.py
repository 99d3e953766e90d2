"""Tables Orders, Committed units and Sales: quantities decided, prices and money by formula."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...contract.outputs import OUTPUTS
from .basis import chip_datum
from .facts import CUT_DIGITS
from .ledger import sales_of
from .model import Model
from .sheets import DOC_ROW, TOP, Sheet
from .tables import Rows, new_table

SAME_ORDER = ("offer", "order_period", "site", "units")
"""What tells an order from others, whatever the scenario."""


def add_orders(model: Model) -> None:
    """Table Orders: units decided, prices looked up, spend from the ledger."""
    table, rows = OUTPUTS["Orders"], model.facts.plan.tables.get("Orders", [])
    extras = [
        *([("ordered in", "scenarios")] if model.facts.several else []),
        ("order t", "period no."),
        ("offer no.", "no."),
        ("cut", "of list price"),
        ("lot_size", "units per lot"),
        ("part of a lot", "lots"),
        ("units as solved", "units"),
        ("ledger no.", "no."),
    ]
    sheet = new_table(model.book, table, rows, extras)
    words = "What to order, from whom, when. Green is decided: change units and all follows."
    sheet.put(DOC_ROW, 0, words, "note")
    if model.facts.several:
        for at, words in enumerate(shared(rows, [future.name for future in model.futures])):
            sheet.put(TOP + at, sheet.columns["ordered in"], words)
    for at, row in enumerate(rows):
        place = TOP + at
        offer = model.facts.by_name["Offers"][str(row["offer"])]
        listed, paid = float(row["list_price"]), float(row["unit_price"])  # type: ignore[arg-type]
        cut = round(1.0 - paid / listed, CUT_DIGITS) if listed else 0.0
        ordered = model.facts.position(row["order_period"])
        sheet.put(place, sheet.columns["order t"], ordered, "plain", "code")
        number = model.facts.number("offer", row["offer"])
        sheet.put(place, sheet.columns["offer no."], number, "plain", "code")
        sheet.put(place, sheet.columns["cut"], cut, "solved", "percent")
        sheet.put(place, sheet.columns["lot_size"], offer["lot_size"], "input", "number")
        sheet.put(place, sheet.columns["units as solved"], row["units"], "plain", "number")


def shared(rows: Rows, names: Sequence[str]) -> Iterator[str]:
    """In how many scenarios each order is placed as it is here: same site, same units."""
    cases: dict[tuple[object, ...], set[str]] = {}
    keys = [tuple(row[head] for head in SAME_ORDER) for row in rows]
    for key, row in zip(keys, rows, strict=True):
        cases.setdefault(key, set()).add(str(row["scenario"]))
    for key, row in zip(keys, rows, strict=True):
        if len(cases[key]) == len(names):
            yield "every scenario"
        elif len(cases[key]) == 1:
            yield f"{row['scenario']} alone"
        else:
            yield f"{len(cases[key])} of {len(names)}"


def fill_orders(model: Model, ledger: Sheet) -> None:
    """Formulas of the table Orders, once the ledger stands; shared orders follow their trunk."""
    sheet, book = model.sheet("Orders"), model.book
    column = sheet.columns
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        prices = model.area("Rates", future, "price")
        look_up = f"=INDEX({prices},{c['offer no.']},{c['order t']}+1)"
        book.fill_down(sheet, first, last, column["list_price"], look_up, "money")
        net = f"={c['list_price']}*(1-{c['cut']})"
        book.fill_down(sheet, first, last, column["unit_price"], net, "money")
        lots = f'=IF({c["lot_size"]}=0,"",{c["units"]}/{c["lot_size"]})'
        book.fill_down(sheet, first, last, column["lots"], lots, "number")
        part = f"=IF({c['lot_size']}=0,0,ABS({c['lots']}-ROUND({c['lots']},0)))"
        book.fill_down(sheet, first, last, column["part of a lot"], part, "exact")
        spend = ledger.down(ledger.columns["spend"], TOP, ledger.row - 1)
        text = f"=INDEX({spend},{c['ledger no.']})"
        book.fill_down(sheet, first, last, column["spend"], text, "money")
    follow_trunk(model, sheet)


def follow_trunk(model: Model, sheet: Sheet) -> None:
    """Orders placed before a scenario branches are those of the scenario it branches from."""
    seen: dict[tuple[str, object, object, object], int] = {}
    units = sheet.columns["units"]
    for future in model.futures:
        line = [row["scenario"] for row in future.world.lineage]
        for place, row in future.rows.get("Orders", []):
            key = (row["offer"], row["order_period"], row["site"])
            seen[(future.name, *key)] = TOP + place
            ordered = model.facts.position(row["order_period"])
            parent = next((name for name in reversed(line[:-1]) if (name, *key) in seen), None)
            if parent is None or ordered is None or ordered >= future.world.branch():
                continue
            source = sheet.address(seen[(parent, *key)], units, own=True)
            sheet.values.pop((TOP + place, units), None)
            model.book.set(sheet, TOP + place, units, f"={source}", "number")


def add_committed(model: Model) -> None:
    """Table Committed units."""
    rows = model.facts.plan.tables.get("Committed units", [])
    sheet = new_table(model.book, OUTPUTS["Committed units"], rows, [("ledger no.", "no.")])
    for at in range(len(rows)):
        price = sheet.columns["unit_price"]
        sheet.looks[TOP + at, price] = ("input", "money")


def add_sales(model: Model) -> None:
    """Table Sales, with the ledger row each sale is of."""
    facts = model.facts
    rows = facts.plan.tables.get("Sales", [])
    extras = [("ledger no.", "no."), ("t", "period no."), ("line no.", "no."),
              ("arrival t", "period no."), ("leaves t", "period no."), ("chip no.", "no."),
              ("market price", facts.currency)]  # fmt: skip
    sheet = new_table(model.book, OUTPUTS["Sales"], rows, extras)
    offset = 0
    for future in model.futures:
        rows = dict(future.rows.get("Sales", []))
        for place, (at, unit) in sales_of(model, future).items():
            values = {
                "ledger no.": offset + at + 1,
                "t": facts.position(rows[place]["period"]),
                "line no.": model.line_numbers(future)[unit.line],
                "arrival t": unit.arrival,
                "leaves t": unit.leaves,
                "chip no.": facts.number("chip", unit.chip),
            }
            for name, value in values.items():
                sheet.put(TOP + place, sheet.columns[name], value, "plain", "code")
        offset += len(future.units)


def fill_sales(model: Model) -> None:
    """Formulas of the table Sales."""
    sheet, book = model.sheet("Sales"), model.book
    column = sheet.columns
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        market = model.area("Market", future, "market price")
        base = model.row_number("Market", future, "market price")
        book.fill_down(
            sheet, first, last, column["market price"],
            f"=INDEX({market},MATCH({c['chip no.']},{base},0),{c['t']}+1)", "money",
        )  # fmt: skip
        loss = chip_datum(model, "value_loss", c["chip no."])
        share = chip_datum(model, "resale", c["chip no."])
        book.fill_down(
            sheet, first, last, column["unit_value"],
            f"={share}*(1-{loss})^(({c['t']}-{c['arrival t']})*MonthsPerPeriod/12)"
            f"*{c['market price']}", "money",
        )  # fmt: skip
        book.fill_down(
            sheet, first, last, column["amount"], f"={c['units']}*{c['unit_value']}", "money"
        )
