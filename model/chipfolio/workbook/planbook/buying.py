"""Orders and payments by offer and period, with fees, set-up and the cost of changing plans."""

from __future__ import annotations

from collections import defaultdict

from .facts import Future
from .model import CONSTANT, UNIT, Model
from .sheets import Sheet

SHEET = "Buying"


def add_buying(model: Model) -> None:
    """The sheet Buying."""
    sheet = model.timeline(
        SHEET, "model", "Units ordered and money paid by offer and by seller; fees and set-up."
    )
    for future in model.futures:
        model.section(sheet, f"Units ordered {future.name}".strip())
        add_ordered(model, sheet, future)
        model.section(sheet, f"Fees, set-up and changes {future.name}".strip())
        add_fees(model, sheet, future)
        add_changes(model, sheet, future)
        model.section(sheet, f"Payments for units by offer {future.name}".strip())
        add_payments(model, sheet, future, "offer")
        model.section(sheet, f"Payments for units by seller {future.name}".strip())
        add_payments(model, sheet, future, "seller")
        model.section(sheet, f"Payments by time of order {future.name}".strip())
        add_commitments(model, sheet, future)


def offers_of(model: Model, future: Future) -> list[str]:
    """Offers that the ledger or the previous plan names, in the workbook's order."""
    named = {unit.offer for unit in future.units}
    if model.facts.setting("change_cost_pct"):
        named |= {row["offer"] for row in model.facts.rows("Previous plan")}
    return [offer for offer in model.facts.numbers["offer"] if offer in named]


def add_ordered(model: Model, sheet: Sheet, future: Future) -> None:
    """New orders by offer."""
    first = sheet.row
    for offer in offers_of(model, future):
        text = "=" + model.sum_ifs(
            "Orders", future, "units", "offer no.", f"$E{sheet.row + 1}", "order t", model.t
        )
        number = model.facts.number("offer", offer)
        model.line(sheet, future, "ordered", offer, "units", text, "number", number=number)
    model.block(sheet, future, "ordered", first)


def add_fees(model: Model, sheet: Sheet, future: Future) -> None:
    """Fee in each period with an order; set-up with the first order ever."""
    facts, own = model.facts, model.own(SHEET, future)
    set_up = {
        row["offer"]
        for row in facts.rows("Committed orders")
        if row["units"] and row["order_period"] < facts.count
    }
    set_up |= {name for name in facts.numbers["offer"] if facts.told("Offers", name, "set_up")}
    first = sheet.row
    for offer in offers_of(model, future):
        if ("Rates", future.name, "order_fee", offer) in model.rows:
            ordered = own.here("ordered", offer)
            fee = model.here("Rates", future, "order_fee", offer)
            model.line(
                sheet, future, "order fee", offer, facts.currency,
                f"=({ordered}>Tolerance)*{fee}", "money",
                number=facts.number("chip", facts.by_name["Offers"][offer]["chip"]),
            )  # fmt: skip
    model.block(sheet, future, "order_fees", first)
    first = sheet.row
    for offer in offers_of(model, future):
        cost = facts.by_name["Offers"][offer]["setup_cost"] or 0.0
        if not cost or offer in set_up:
            continue
        row = model.row(SHEET, future, "ordered", offer)
        now = f"I${row + 1}"
        text = f"=({now}>Tolerance)*(SUM($I${row + 1}:{now})-{now}<=Tolerance)*$F{sheet.row + 1}"
        model.line(
            sheet, future, "set-up", offer, facts.currency, text, "money",
            constant=cost, constant_kind="money",
        )  # fmt: skip
    model.block(sheet, future, "setup", first)


def add_changes(model: Model, sheet: Sheet, future: Future) -> None:
    """Units ordered otherwise than in the previous plan, at a share of their list value."""
    facts, own = model.facts, model.own(SHEET, future)
    rows = facts.rows("Previous plan")
    offers = offers_of(model, future) if rows and facts.setting("change_cost_pct") else []
    before: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row["scenario"] in (None, future.name):
            before[row["offer"]][row["order_period"]] += row["units"]
    last = max((row["order_period"] for row in rows), default=0)
    for offer in offers:
        months = [facts.list_months(future.world, offer, at) for at in range(model.count)]
        was = [before[offer].get(at, 0.0) for at in range(model.count)]
        model.line(sheet, future, "previous plan", offer, "units", was, "number")
        model.line(
            sheet, future, "months of list value", offer, "months", months, "code", total=False
        )
    first = sheet.row
    for offer in offers:
        ordered, previous, span = (
            own.here(name, offer) for name in ("ordered", "previous plan", "months of list value")
        )
        price = model.here("Rates", future, "price", offer)
        model.line(
            sheet, future, "change cost", offer, facts.currency,
            f"=({model.t}<=$F{sheet.row + 1})*ChangeCost*ABS({ordered}-{previous})*{price}*{span}",
            "money", constant=last, constant_kind="code",
        )  # fmt: skip
    model.block(sheet, future, "change costs", first)


def add_payments(model: Model, sheet: Sheet, future: Future, by: str) -> None:
    """What falls due for units, purchases and rents together."""
    facts, t = model.facts, model.t
    if by == "offer":
        members = offers_of(model, future)
        column = "offer no."
    else:
        sellers = {unit.seller for unit in future.units if unit.seller}
        members = [name for name in facts.numbers["vendor"] if name in sellers]
        column = "seller no."
    numbers = {name: facts.number(by, name) for name in members}
    if any(not unit.offer for unit in future.units):
        numbers["fleet of today"] = 0
    first = sheet.row
    for name, number in numbers.items():
        key = f"$E{sheet.row + 1}"
        parts = [
            model.sum_ifs("Ledger", future, "due with order", column, key, "ordered t", t),
            model.sum_ifs("Ledger", future, "due on delivery", column, key, "paid from t", t),
            model.sum_ifs(
                "Ledger", future, "rent per period",
                column, key, "arrival t", f'"<="&{t}', "leaves t", f'">"&{t}',
            ),
        ]  # fmt: skip
        model.line(
            sheet, future, f"paid by {by}", name, facts.currency, "=" + "+".join(parts), "money",
            number=number,
        )  # fmt: skip
    model.block(sheet, future, f"paid by {by}", first)


CLASSES = ("already committed", "ordered now", "ordered next period", "ordered later")


def add_commitments(model: Model, sheet: Sheet, future: Future) -> None:
    """Payments due by period, by when their order is placed; what falls after the plan."""
    t, first = model.t, sheet.row
    for number, name in enumerate(CLASSES, 1):
        key = f"$E{sheet.row + 1}"
        parts = [
            model.sum_ifs("Ledger", future, "due with order", "class", key, "ordered t", t),
            model.sum_ifs("Ledger", future, "due on delivery", "class", key, "paid from t", t),
            model.sum_ifs(
                "Ledger", future, "rent per period",
                "class", key, "arrival t", f'"<="&{t}', "leaves t", f'">"&{t}',
            ),
        ]  # fmt: skip
        row = sheet.row
        model.line(
            sheet, future, "commitments due", name, model.facts.currency,
            "=" + "+".join(parts), "money", number=number,
        )  # fmt: skip
        after = model.sum_ifs("Ledger", future, "after the plan", "class", f"$E{row + 1}")
        model.book.set(sheet, row, CONSTANT, f"={after}", "money")
        sheet.put(row, UNIT, f"{model.facts.currency}; constant = after the plan", "unit")
    model.block(sheet, future, "commitments", first)
