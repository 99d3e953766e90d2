"""Accounts: depreciation by vintage, book values, gain or loss on sale, profit and loss."""

from __future__ import annotations

from ...contract.lines import EXPENSED_LINES
from ...contract.outputs import OUTPUTS
from .cash import SHEET as CASH
from .facts import Future
from .formula import letters
from .model import TOTAL, Model, less
from .sheets import TOP, Sheet
from .tables import new_table

SHEET = "Accounts"
STATEMENT = ("depreciation", "loss_on_sale", *EXPENSED_LINES)
"""Lines of Profit and loss: purchases are depreciated, sales leave book value."""


def add_accounts(model: Model) -> None:
    """The sheet Accounts."""
    sheet = model.timeline(
        SHEET,
        "views",
        "Straight-line depreciation over life; a sale's loss is book value less what it brings.",
    )
    for future in model.futures:
        model.section(sheet, f"Depreciation by vintage {future.name}".strip())
        add_vintages(model, sheet, future)
        model.section(sheet, f"Book value of owned units {future.name}".strip())
        add_book_value(model, sheet, future)
        model.section(sheet, f"Profit and loss: costs {future.name}".strip())
        add_costs(model, sheet, future)


def own(model: Model, future: Future, *key: str) -> str:
    """A line of this sheet in the formula's own period."""
    return model.here(SHEET, future, *key).rsplit("!", 1)[-1]


def here(model: Model, future: Future, block: str) -> str:
    """Sum of a block of this sheet."""
    return model.sum_of(SHEET, future, block).replace(f"{SHEET}!", "")


def add_vintages(model: Model, sheet: Sheet, future: Future) -> None:
    """Depreciation and book value at the period's end, by chip and period of arrival."""
    facts, t = model.facts, model.t
    ends = {
        (unit.chip, unit.arrival): unit.leaves
        for unit in future.units
        if unit.acquisition == "buy" and unit.leaves > 0 and unit.arrival < model.count
    }
    sold = {(str(row["chip"]), facts.position(row["arrival"])) for row in future.table("Sales")}
    found = sorted(ends, key=lambda key: (facts.number("chip", key[0]), key[1]))
    first = sheet.row
    for chip, arrival in found:
        key = f"$E{sheet.row + 1}"
        inside = ("vintage no.", key, "leaves t", f'">"&{t}')
        text = model.sum_ifs("Ledger", future, "depreciation", *inside, "arrival t", f'"<="&{t}')
        if (chip, arrival) in sold:
            gone = model.sum_ifs("Sales", future, "depreciation", *inside, "t", f'"<="&{t}')
            text = less(text, gone)
        text = "=" + text
        number = model.vintage_numbers[future.name, chip, arrival]
        model.line(
            sheet, future, "depreciation", f"{chip}, in service {facts.calendar.label(arrival)}",
            facts.currency, text, "money", number=number, key=("vintage", str(number)),
        )  # fmt: skip
    model.block(sheet, future, "depreciation", first)
    first = sheet.row
    for chip, arrival in found:
        number = model.vintage_numbers[future.name, chip, arrival]
        due = own(model, future, "vintage", str(number))
        model.line(
            sheet, future, "book value at end",
            f"{chip}, in service {facts.calendar.label(arrival)}",
            facts.currency, f"={due}*($F{sheet.row + 1}-{t}-1)", "money", number=number,
            constant=ends[chip, arrival], constant_kind="code", total=False,
            key=("book", str(number)),
        )  # fmt: skip
    model.block(sheet, future, "book", first)


def add_book_value(model: Model, sheet: Sheet, future: Future) -> None:
    """Book value rolled forward: additions, depreciation, sales."""
    t, currency = model.t, model.facts.currency
    column = {
        name: model.sheet("Ledger").part(name, future.name)
        for name in ("arrival t", "leaves t", "depreciation")
    }
    opening = "=0"
    if column["depreciation"]:
        opening = (
            f"=SUMPRODUCT(({column['arrival t']}<0)*({column['leaves t']}>0)"
            f"*{column['depreciation']}*{column['leaves t']})"
        )
    model.line(
        sheet, future, "additions", "owned units that arrive", currency,
        "=" + model.sum_ifs("Ledger", future, "cost", "arrival t", t), "money", key=("additions",),
    )  # fmt: skip
    model.line(
        sheet, future, "depreciation", "all vintages", currency,
        "=" + here(model, future, "depreciation"), "money", key=("all depreciation",),
    )  # fmt: skip
    model.line(
        sheet, future, "book value of units sold", "", currency,
        "=" + model.sum_ifs("Sales", future, "book value", "t", t), "money", key=("sold",),
    )  # fmt: skip
    row = sheet.row
    begun = "$I${0}:I${0}"
    sums = [
        "SUM(" + begun.format(model.row(SHEET, future, name) + 1) + ")"
        for name in ("additions", "all depreciation", "sold")
    ]
    text = f"=ROUND(${letters(TOTAL)}{row + 1}+{'-'.join(sums)},MoneyPlaces)"
    model.line(
        sheet, future, "book value at end", "rolled forward; total column = at start", currency,
        text, "money", total=False, role="total", key=("closing",),
    )  # fmt: skip
    model.book.set(sheet, row, TOTAL, opening, "money", "total")
    model.line(
        sheet, future, "book value at end", "sum of vintages", currency,
        "=" + here(model, future, "book"), "money", total=False, key=("by vintage",),
    )  # fmt: skip


def add_costs(model: Model, sheet: Sheet, future: Future) -> None:
    """Costs of each period as accounts show them."""
    currency, first = model.facts.currency, sheet.row
    sales = model.sum_ifs("Sales", future, "amount", "t", model.t)
    texts = {
        "depreciation": "=" + own(model, future, "all depreciation"),
        "loss_on_sale": f"={own(model, future, 'sold')}-{sales}",
    }
    for number, name in enumerate(STATEMENT, 1):
        text = texts.get(name, "=" + model.here(CASH, future, name))
        model.line(
            sheet, future, name, "", currency, text, "money", number=number, key=("cost", name)
        )
    model.block(sheet, future, "costs", first)
    model.line(
        sheet, future, "all costs", "before revenue, interest and tax", currency,
        "=" + here(model, future, "costs"), "money", role="total", key=("all costs",),
    )  # fmt: skip
    model.line(
        sheet, future, "terminal value", "apart: no income of the accounts", currency,
        "=" + model.here(CASH, future, "terminal_value"), "money", key=("terminal value",),
    )  # fmt: skip


def add_profit_and_loss(model: Model) -> None:
    """Table Profit and loss: looked up on Accounts by fiscal year."""
    rows = model.facts.plan.tables.get("Profit and loss", [])
    extras = [("year", "ends in"), ("line no.", "no.")]
    sheet = new_table(model.book, OUTPUTS["Profit and loss"], rows, extras)
    for at, row in enumerate(rows):
        year = int(str(row["fiscal_year"]).removeprefix("FY"))
        sheet.put(TOP + at, sheet.columns["year"], year, "plain", "code")
        number = STATEMENT.index(str(row["line"])) + 1
        sheet.put(TOP + at, sheet.columns["line no."], number, "plain", "code")
    years = model.across("Time", None, "fiscal year")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        area = model.area(SHEET, future, "costs")
        line = f"${letters(sheet.columns['line no.'])}{first + 1}"
        year = f"${letters(sheet.columns['year'])}{first + 1}"
        text = f"=SUMIFS(INDEX({area},{line},0),{years},{year})"
        model.book.fill_down(sheet, first, last, sheet.columns["amount"], text, "money")
