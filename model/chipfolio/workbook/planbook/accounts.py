"""Accounts by formula: every cost and every item of the balance view, period by period."""

from __future__ import annotations

from ...contract.outputs import OUTPUTS
from ...contract.statement import COSTS, ITEMS
from .assets import (
    BEFORE,
    SHEET,
    add_chips,
    add_programmes,
    add_set_up,
    add_sites,
    chips_totals,
    put_opening,
)
from .cash import SHEET as CASH
from .facts import Future
from .model import TOTAL, Model
from .sheets import TOP, Sheet
from .tables import new_table

NAMES = tuple(COSTS)
HELD = tuple(ITEMS)
PARTS = ("opening", "additions", "used", "leaves", "closing")
COLUMNS = ("opening", "additions", "depreciation", "disposals", "amount")
"""Columns of Balance view, in the order of the parts."""
OF_LEASES = (
    "rights of use that begin",
    "liabilities that begin",
    "use of rights",
    "owed for leases",
    "interest",
    "right of use",
)
"""Lines that a scenario without leases leaves out."""


def add_accounts(model: Model) -> None:
    """The sheet Accounts."""
    doc = "Costs as accounts show them, and the balances they leave. Total column: at the start."
    sheet = model.timeline(SHEET, "views", doc)
    for future in model.futures:
        for words, add in (
            ("Owned chips by vintage", add_chips),
            ("Owned chips in all", chips_totals),
            ("Set-up by offer", add_set_up),
            ("Site steps", add_sites),
            ("Programmes", add_programmes),
            ("Leases", add_leases),
            ("Rebates, fees and deals", add_terms),
            ("Profit and loss: costs", add_costs),
            ("Balances", add_items),
        ):
            model.section(sheet, f"{words} {future.name}".strip())
            add(model, sheet, future)


# ------------------------------------------------------------------------- leases
def add_leases(model: Model, sheet: Sheet, future: Future) -> None:
    """Rents of clouds; of leases what they buy, use up, cost and leave to pay."""
    t, currency, own = model.t, model.facts.currency, model.own(SHEET, future)
    serving = ("arrival t", f'"<="&{t}', "leaves t", f'">"&{t}')
    rents = [
        model.sum_ifs("Ledger", future, "rent per period", *serving, "leased", leased)
        for leased in ("0", "1")
    ]
    texts = {"rents of clouds": rents[0], "rents of leases": rents[1]}
    opening = {"right of use": "0", "owed for leases": "0"}
    leased = any(unit.acquisition == "lease" for unit in future.units)
    if leased:
        ledger = model.sheet("Ledger")
        c = {
            name: str(ledger.part(name, future.name))
            for name in ("leased", "arrival t", "leaves t", "paid from t", "right of use",
                         "rent per period", "liability scale", "liability entered")
        }  # fmt: skip
        here = f"{c['leased']}*({c['arrival t']}<={t})*({c['leaves t']}>{t})"
        left = f"({c['leaves t']}-{t}-1)"
        span = still_serving(c)
        owing = f"{here}*{c['rent per period']}*{c['liability scale']}"
        worth = (
            f"IF(LeaseRate=0,SUMPRODUCT({owing}*{left}),LeaseShift/(1-LeaseFactor)"
            f"*SUMPRODUCT({owing}*(1-LeaseFactor^({left}*({left}>0)))))"
        )
        new = ("leased", "1", "arrival t", t)
        texts |= {
            "rights of use that begin": model.sum_ifs("Ledger", future, "right of use", *new),
            "liabilities that begin": model.sum_ifs("Ledger", future, "liability entered", *new),
            "use of rights": f"SUMPRODUCT({here}*{c['right of use']}/{span})",
            "owed for leases": worth,
        }
        old = ("leased", "1", "arrival t", '"<0"', "leaves t", '">0"')
        opening["right of use"] = model.sum_ifs("Ledger", future, "right of use", *old)
        begun = f"{c['leased']}*({c['arrival t']}<0)*({c['leaves t']}>0)"
        rest = f"{c['leaves t']}*({c['leaves t']}>0)"
        factors = f"{begun}*{c['rent per period']}*{c['liability scale']}"
        opening["owed for leases"] = (
            f"IF(LeaseRate=0,SUMPRODUCT({factors}*{rest}),"
            f"LeaseShift/(1-LeaseFactor)*SUMPRODUCT({factors}*(1-LeaseFactor^({rest}))))"
        )
    for name, text in texts.items():
        row = model.line(
            sheet, future, name, "", currency, "=" + text, "money",
            total=name != "owed for leases", key=("lease", name),
        )  # fmt: skip
        if name == "owed for leases":
            put_opening(model, sheet, row, "=" + opening[name])
    if not leased:
        model.empty |= {(SHEET, future.name, "lease", name) for name in OF_LEASES}
        return
    before = model.own(SHEET, future, TOTAL)
    owed = own.here("lease", "owed for leases")
    text = (
        f"={owed}+{own.here('lease', 'rents of leases')}"
        f"-{before.here('lease', 'owed for leases')}"
        f"-{own.here('lease', 'liabilities that begin')}"
    )
    model.line(sheet, future, "interest on leases", "", currency, text, "money",
               key=("lease", "interest"))  # fmt: skip
    text = (
        f"={BEFORE}{sheet.row + 1}+{own.here('lease', 'rights of use that begin')}"
        f"-{own.here('lease', 'use of rights')}"
    )
    row = model.line(sheet, future, "rights of use", "", currency, text, "money", total=False,
                     key=("lease", "right of use"))  # fmt: skip
    put_opening(model, sheet, row, "=" + opening["right of use"])


def still_serving(c: dict[str, str]) -> str:
    """Periods of the plan's time and after that units serve; 1 of what is gone, to divide by."""
    last, first = c["leaves t"], c["paid from t"]
    return f"({last}-{first}+({last}<={first})*(1+{first}-{last}))"


# ------------------------------------------------------------------------- terms
def add_terms(model: Model, sheet: Sheet, future: Future) -> None:
    """Rebates that lower costs and rents, deposits, fees, and what vendors give."""
    t, currency = model.t, model.facts.currency
    add_rent_rebates(model, sheet, future)
    here = ("paid from t", t)
    texts: dict[tuple[str, str], str] = {
        ("rebate", "on units"): model.sum_ifs("Ledger", future, "rebate on cost", *here),
        ("rebate", "on rents"): model.own(SHEET, future).sum("rebates on rents")
        + "+"
        + listed(model, future, "Rebates", "rebate without rents", "paid t", t),
        ("rebate", "on units gone"): listed(model, future, "Rebates", "gone", "gone t", t),
        ("rebate", "credited"): listed(model, future, "Rebates", "rebate", "paid t", t),
        ("deposit", "paid"): model.sum_ifs("Ledger", future, "due with order", "ordered t", t),
        ("deposit", "delivered"): model.sum_ifs(
            "Ledger", future, "paid ahead", "arrival t", t, "is order", "1"
        ),
        ("deposit", "owed before"): f"({t}=0)*" + owed_before(model, future),
        ("steps", "owed before"): listed(
            model, future, "Site steps", "cost", "begun", "1", "start t", t
        ),
        ("steps", "paid ahead"): listed(
            model, future, "Site steps", "paid ahead", "begun", "0", "start t", t
        ),
        ("fee", "paid"): model.sum_ifs("Contracts and deals", future, "fee", "t", t),
        ("fee", "spread"): spread(model, future),
        ("shares", "received"): listed(model, future, "Milestones", "shares received", "paid t", t),
        ("shares", "issued"): listed(model, future, "Milestones", "shares issued", "paid t", t),
        ("shares", "grant"): listed(model, future, "Milestones", "grant", "paid t", t),
    }
    for key, text in texts.items():
        model.line(sheet, future, " ".join(key), "", currency, "=" + text, "money", key=key)


def listed(model: Model, future: Future, sheet: str, column: str, *criteria: str) -> str:
    """Sum of a list's column over a scenario's rows; 0 where the book has no such list."""
    if sheet not in model.book.sheets:
        return "0"
    if criteria:
        return model.sum_ifs(sheet, future, column, *criteria)
    part = model.sheet(sheet).part(column, future.name)
    return f"SUM({part})" if part else "0"


def owed_before(model: Model, future: Future) -> str:
    """What is still to be paid of units that came before the plan."""
    return model.sum_ifs("Ledger", future, "due on delivery", "arrival t", '"<0"', "is order", "1")


def spread(model: Model, future: Future) -> str:
    """Signing fees over the time of their contracts."""
    terms = model.sheet("Contracts and deals")
    if future.name not in terms.parts:
        return "0"
    fee, had, first, last = (
        terms.part(name, future.name) for name in ("fee", "prepaid", "spread from t", "spread to t")
    )
    return f"SUMPRODUCT(({fee}+{had})*({first}<={model.t})*({last}>={model.t})/({last}-{first}+1))"


def add_rent_rebates(model: Model, sheet: Sheet, future: Future) -> None:
    """Rebates on rentals: what each takes off the rents of its window, by place."""
    first = sheet.row
    rebates = model.book.sheets.get("Rebates")
    if rebates is not None and future.name in rebates.parts:
        column = rebates.columns
        begin, end = rebates.parts[future.name]
        places = model.place_numbers(future)
        for row in range(begin, end + 1):
            if rebates.values[row, column["bought"]]:
                continue
            low, high = (rebates.values[row, column[n]] for n in ("lowest offer", "highest offer"))
            seller = rebates.values[row, column["seller no."]]
            mine = {
                (unit.chip, unit.site)
                for unit in future.units
                if unit.offer
                and model.facts.number("vendor", unit.seller) == seller
                and low <= model.facts.number("offer", unit.offer) <= high  # type: ignore[operator]
            }
            for place in places:
                if place in mine:
                    rent_rebate(model, sheet, future, rebates, row, place)
    model.block(sheet, future, "rebates on rents", first)


def rent_rebate(
    model: Model, sheet: Sheet, future: Future, rebates: Sheet, row: int, place: tuple[str, str]
) -> None:
    """One rental rebate's part of one place's rents, period by period."""
    t = model.t
    at = {name: rebates.address(row, column) for name, column in rebates.columns.items()}
    covered = (
        "seller no.", at["seller no."], "offer no.", f'">="&{at["lowest offer"]}',
        "offer no.", f'"<="&{at["highest offer"]}', "ordered t", f'">="&{at["lowers from t"]}',
        "ordered t", f'"<="&{at["to t"]}', "arrival t", f'"<="&{t}', "leaves t", f'">"&{t}',
    )  # fmt: skip
    rent = model.sum_ifs(
        "Ledger", future, "rent per period", *covered, "place no.", f"$E{sheet.row + 1}"
    )
    inside = f"({t}>=MAX(0,{at['from t']}))*({t}<={at['to t']})"
    text = f"={inside}*{at['rebate per rent']}*{rent}"
    model.line(
        sheet, future, "rebate on rents",
        f"{rebates.values[row, 1]}, {rebates.values[row, 2]}, {place[0]}", model.facts.currency,
        text, "money", number=model.place_numbers(future)[place],
        key=("rebate on rents", str(row), *place),
    )  # fmt: skip


# ------------------------------------------------------------------------- statements
def add_costs(model: Model, sheet: Sheet, future: Future) -> None:
    """Costs of each period, line by line."""
    currency, first, own = model.facts.currency, sheet.row, model.own(SHEET, future)
    sales = model.sum_ifs("Sales", future, "amount", "t", model.t)
    before = model.own(SHEET, future, TOTAL)
    sites = "+".join((before.here("sites at end"), own.here("sites started")))
    made, lost, left, spent = (
        own.here("programmes", name)
        for name in ("capitalised", "written off", "at end", "expensed")
    )
    granted = own.here("shares", "grant")
    texts = {
        "depreciation_chips": own.sum("depreciation"),
        "depreciation_setup": own.sum("set-up depreciation"),
        "depreciation_sites": f"{sites}-{own.here('sites at end')}",
        "depreciation_programmes": (f"{before.here('programmes', 'at end')}+{made}-{lost}-{left}"),
        "write_offs_chips": own.here("chips written off"),
        "write_offs_programmes": lost,
        "gain_or_loss_on_sale": f"{own.sum('book value sold')}-{sales}",
        "right_of_use_depreciation": own.here("lease", "use of rights"),
        "lease_interest": own.here("lease", "interest"),
        "cloud": own.here("lease", "rents of clouds"),
        "expensed_stages": f"{spent}+{model.sum_of('Projects', future, 'cancellation')}",
        "contract_fees": own.here("fee", "spread"),
        "discounts": "0-" + own.here("rebate", "on rents"),
        "rebates_on_units_gone": "0-" + own.here("rebate", "on units gone"),
        "vendor_consideration": f"{own.here('taken by grants')}-{granted}",
    }
    for number, name in enumerate(NAMES, 1):
        text = "=" + (texts.get(name) or model.here(CASH, future, name))
        model.line(
            sheet, future, name, "", currency, text, "money", number=number, key=("cost", name)
        )
    model.block(sheet, future, "costs", first)
    model.line(
        sheet, future, "all costs", "before revenue, other interest and tax", currency,
        "=" + own.sum("costs"), "money", role="total", key=("all costs",),
    )  # fmt: skip


def moves(model: Model, future: Future) -> dict[str, tuple[str, str, str]]:
    """What comes to each item in a period, is used up of it, and leaves it."""
    own = model.own(SHEET, future)
    at, leased = own.here, own.here("lease", "interest") != "0"

    def cost(name: str) -> str:
        return at("cost", name)

    lowered = "+".join(at("rebate", name) for name in ("on units", "on rents", "on units gone"))
    sold = own.sum("book value sold")
    return {
        "chips": (
            model.sum_ifs("Ledger", future, "booked", "paid from t", model.t),
            cost("depreciation_chips"),
            f"{sold}+{at('chips written off')}+{at('taken by grants')}",
        ),
        "set-up": (model.here(CASH, future, "setup"), cost("depreciation_setup"), "0"),
        "sites": (at("sites started"), cost("depreciation_sites"), "0"),
        "programmes": (
            at("programmes", "capitalised"),
            cost("depreciation_programmes"),
            cost("write_offs_programmes"),
        ),
        "right of use": (
            at("lease", "rights of use that begin"),
            cost("right_of_use_depreciation"),
            "0",
        ),
        "prepayments": (
            f"{at('deposit', 'paid')}+{at('deposit', 'owed before')}+{at('fee', 'paid')}"
            f"+{at('steps', 'owed before')}",
            cost("contract_fees"),
            f"{at('deposit', 'delivered')}+{at('steps', 'paid ahead')}",
        ),
        "rebates to come": (lowered + "-" + told_at(model, future), "0", at("rebate", "credited")),
        "vendor shares": (at("shares", "received"), "0", "0"),
        "lease liability": (
            f"0-{at('lease', 'liabilities that begin')}-{cost('lease_interest')}",
            "0",
            f"0-{at('lease', 'rents of leases')}" if leased else "0",
        ),
        "shares issued": ("0-" + at("shares", "issued"), "0", "0"),
    }


def told_at(model: Model, future: Future) -> str:
    """Rebates that were had on units before they arrive, in the period of their arrival."""
    return model.sum_ifs(
        "Ledger", future, "book value told", "arrival t", model.t, "is order", "1",
        "here before", "0", "owned", "1",
    )  # fmt: skip


def openings(model: Model, future: Future) -> dict[str, str]:
    """What each item stands at when the plan starts."""
    ledger, before = model.sheet("Ledger"), model.own(SHEET, future, TOTAL)
    chips, early = "0", "0"
    if future.name in ledger.parts:
        part = {
            name: ledger.part(name, future.name)
            for name in ("opening book value", "units", "unit price", "paid before", "owned",
                         "is order", "here before", "leased", "paid ahead")
        }  # fmt: skip
        chips = f"SUM({part['opening book value']})"
        early = (
            f"SUMPRODUCT((1-{part['here before']})*({part['owned']}*{part['is order']}"
            f"*{part['units']}*{part['unit price']}*{part['paid before']}"
            f"+{part['leased']}*{part['paid ahead']}))"
        )
    told = model.sum_ifs(
        "Ledger", future, "book value told", "is order", "1", "here before", "0", "owned", "1"
    )
    return {
        "chips": chips,
        "sites": before.here("sites at end"),
        "programmes": before.here("programmes", "at end"),
        "right of use": before.here("lease", "right of use"),
        "set-up": before.sum("set-up at end"),
        "prepayments": (
            f"{early}-{owed_before(model, future)}"
            f"+{listed(model, future, 'Contracts and deals', 'prepaid')}"
            f"+{listed(model, future, 'Site steps', 'paid ahead')}"
            f"-{listed(model, future, 'Site steps', 'cost', 'begun', '1')}"
        ),
        "rebates to come": (
            f"{told}+{listed(model, future, 'Rebates', 'lowered before')}"
            f"-{listed(model, future, 'Rebates', 'credited so far')}"
        ),
        "vendor shares": listed(model, future, "Milestones before", "shares received"),
        "shares issued": "0-" + listed(model, future, "Milestones before", "shares issued"),
        "lease liability": "0-" + before.here("lease", "owed for leases"),
    }


def add_items(model: Model, sheet: Sheet, future: Future) -> None:
    """Items of the balance view: opening, what comes, is used and leaves, closing."""
    currency, first, count = model.facts.currency, sheet.row, len(HELD)
    told, start = moves(model, future), openings(model, future)
    closing = first + 4 * count
    for place, part in enumerate(PARTS):
        begin = sheet.row
        for at, name in enumerate(HELD):
            row = sheet.row
            if part == "opening":
                text = f"={BEFORE}{closing + at + 1}"
            elif part == "closing":
                parts = [f"I{first + step * count + at + 1}" for step in range(4)]
                text = f"={parts[0]}+{parts[1]}-{parts[2]}-{parts[3]}"
            else:
                text = "=" + told[name][place - 1]
            model.line(
                sheet, future, part, name, currency, text, "money",
                total=part not in ("opening", "closing"), number=at + 1, key=(part, name),
                role="total" if part == "closing" else "",
            )  # fmt: skip
            if part == "closing":
                put_opening(model, sheet, row, "=" + start.get(name, "0"))
        model.block(sheet, future, part, begin)


def years_of_table(model: Model, sheet: Sheet, rows: list) -> None:
    """The number of each row's fiscal year."""
    for at, row in enumerate(rows):
        year = int(str(row["fiscal_year"]).removeprefix("FY"))
        sheet.put(TOP + at, sheet.columns["year"], year, "plain", "code")


def add_profit_and_loss(model: Model) -> None:
    """Table Profit and loss: looked up on Accounts by fiscal year."""
    rows = model.facts.plan.tables.get("Profit and loss", [])
    extras = [("year", "ends in"), ("line no.", "no.")]
    sheet = new_table(model.book, OUTPUTS["Profit and loss"], rows, extras)
    years_of_table(model, sheet, rows)
    for at, row in enumerate(rows):
        number = NAMES.index(str(row["line"])) + 1
        sheet.put(TOP + at, sheet.columns["line no."], number, "plain", "code")
    years = model.across("Time", None, "fiscal year")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        area = model.area(SHEET, future, "costs")
        c = sheet.cells(first)
        text = f"=SUMIFS(INDEX({area},{c['line no.']},0),{years},{c['year']})"
        model.book.fill_down(sheet, first, last, sheet.columns["amount"], text, "money")


def add_balance_view(model: Model) -> None:
    """Table Balance view: looked up on Accounts by fiscal year."""
    rows = model.facts.plan.tables.get("Balance view", [])
    extras = [("year", "ends in"), ("item no.", "no.")]
    sheet = new_table(model.book, OUTPUTS["Balance view"], rows, extras)
    years_of_table(model, sheet, rows)
    for at, row in enumerate(rows):
        number = HELD.index(str(row["item"])) + 1
        sheet.put(TOP + at, sheet.columns["item no."], number, "plain", "code")
    years = model.across("Time", None, "fiscal year")
    marks = {
        "opening": "," + model.across("Time", None, "year begins") + ",1",
        "closing": "," + model.across("Time", None, "year ends") + ",1",
    }
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        for part, column in zip(PARTS, COLUMNS, strict=True):
            area = model.area(SHEET, future, part)
            found = f"INDEX({area},{c['item no.']},0),{years},{c['year']}"
            text = f"=SUMIFS({found}{marks.get(part, '')})"
            model.book.fill_down(sheet, first, last, sheet.columns[column], text, "money")
