"""Volume discounts, contract minimums, signatures and milestones, window by window."""

from __future__ import annotations

from collections import defaultdict

from ...contract.exact import HALF_A_CENT, LARGE, SHARE
from ...contract.outputs import OUTPUTS
from ...contract.periods import Window
from .buying import SHEET as BUYING
from .facts import Future, Told
from .milestones import add_milestones, cell
from .model import Model
from .sheets import FIRST, TOP, Sheet
from .tables import mark_parts, new_list, new_table

EVERY = 10_000
"""Higher than any offer's number."""


def add_terms(model: Model) -> None:
    """Table Contracts and deals, and the lists its money follows from."""
    facts = model.facts
    rows = facts.plan.tables.get("Contracts and deals", [])
    extras = [("t", "period no."), ("fee", facts.currency)]
    sheet = new_table(model.book, OUTPUTS["Contracts and deals"], rows, extras)
    for at, row in enumerate(rows):
        signed = row["event"] == "signed" and row["period"] not in (None, "")
        fee = float(row["money"]) if signed else 0.0  # type: ignore[arg-type]
        sheet.put(TOP + at, sheet.columns["fee"], fee, "input", "money")
        when = facts.position(row["period"]) if row["event"] in ("signed", "milestone") else None
        sheet.put(TOP + at, sheet.columns["t"], when, "plain", "code")
    add_rebates(model)
    add_minimums(model)
    add_milestones(model)


def covered(model: Model, row: dict) -> list[str]:
    """Offers that a discount or contract covers."""
    return [
        name
        for name, offer in model.facts.by_name["Offers"].items()
        if offer["seller"] == row["seller"] and row["offer"] in (None, "", name)
    ]


def reach(model: Model, row: dict) -> tuple[int, int, int]:
    """Seller's number, and the lowest and highest number of the offers covered."""
    seller = model.facts.number("vendor", row["seller"])
    if row["offer"]:
        number = model.facts.number("offer", row["offer"])
        return seller, number, number
    return seller, 1, EVERY


def ledger_sum(model: Model, sheet: Sheet, future: Future, target: str, row: int) -> str:
    """Sum of the ledger over orders that a window covers."""
    return model.sum_ifs(
        "Ledger", future, target,
        "seller no.", cell(sheet, "seller no.", row),
        "offer no.", f'">="&{cell(sheet, "lowest offer", row)}',
        "offer no.", f'"<="&{cell(sheet, "highest offer", row)}',
        "ordered t", f'">="&{cell(sheet, "from t", row)}',
        "ordered t", f'"<="&{cell(sheet, "to t", row)}',
    )  # fmt: skip


# ---------------------------------------------------------------------------- discounts
def add_rebates(model: Model) -> None:
    """Rebates: one row per scheme and window; their tiers on a list of their own."""
    facts, money = model.facts, model.facts.currency
    schemes: dict[str, list[dict]] = defaultdict(list)
    for row in facts.rows("Discounts"):
        if row["kind"] != "cumulative" and covered(model, row):
            schemes[row["discount"]].append(row)
    if not schemes:
        return
    add_tiers(model, schemes)
    entries: list[tuple[Future, int, str, list[dict], Window]] = []
    for future in model.futures:
        for number, (name, tiers) in enumerate(schemes.items(), 1):
            for window in facts.calendar.windows(tiers[0]["window"]):
                entries.append((future, number, name, tiers, window))
    heads = [("scenario", ""), ("discount", ""), ("window", ""), ("kind", ""), ("basis", ""),
             ("discount no.", "no."), ("seller no.", "no."), ("lowest offer", "no."),
             ("highest offer", "no."), ("from t", "period no."), ("to t", "period no."),
             ("paid t", "period no."), ("bought", "1 = yes"), ("units so far", "units"),
             ("spend so far", money), ("credited so far", money),
             ("units", "units"), ("spend", money),
             ("quantity", "units or money"), ("list months", "months, or 1"),
             ("unit value", money), ("rebate", money),
             ("kept at end", "of price"), ("taken from terminal value", money)]  # fmt: skip
    doc = "Volume discounts by window: what counts, the tier it reaches, what comes back."
    sheet = new_list(model.book, "Rebates", "model", doc, heads, len(entries))
    for at, (future, number, name, tiers, window) in enumerate(entries):
        row = TOP + at
        seller, low, high = reach(model, tiers[0])
        told = facts.earlier("Discounts", name, window)
        bought = all(
            facts.by_name["Offers"][offer]["acquisition"] == "buy"
            for offer in covered(model, tiers[0])
        )
        values = (
            future.name, name, window.label, tiers[0]["kind"], tiers[0]["basis"], number, seller,
            low, high, min((*told.window.before, *window.positions)), window.last, window.last,
            1 if bought else 0,
        )  # fmt: skip
        for column, value in enumerate(values):
            sheet.put(row, column, value, "plain", "" if column < 5 else "code")
        kept = 0.0
        if bought:
            kept = max(kept_at_end(model, future, tiers[0], told.window), told.of("worth"))
        put_so_far(sheet, row, tiers[0]["basis"] == "units", told)
        sheet.put(row, sheet.columns["kept at end"], kept, "input", "percent")
        fill_rebate(model, sheet, future, row, tiers[0], told)
    mark_parts(sheet, [entry[0].name for entry in entries])


def put_so_far(sheet: Sheet, row: int, by_units: bool, told: Told) -> None:
    """What So far says of a window of a discount."""
    counted = told.of("counted")
    amounts = {
        "units so far": (counted if by_units else 0.0, "number"),
        "spend so far": (told.of("spend") if by_units else counted, "money"),
        "credited so far": (told.of("credited"), "money"),
    }
    for name, (amount, kind) in amounts.items():
        sheet.put(row, sheet.columns[name], amount, "input", kind)


def add_tiers(model: Model, schemes: dict[str, list[dict]]) -> None:
    """Tiers of all schemes; a tier's step is what it adds to the discount below."""
    heads = [("discount no.", "no."), ("discount", ""), ("threshold", "units or money"),
             ("discount_pct", "of list"), ("step", "of list")]  # fmt: skip
    count = sum(len(tiers) for tiers in schemes.values())
    sheet = new_list(model.book, "Tiers", "inputs", "Tiers of volume discounts.", heads, count)
    row = TOP
    for number, (name, tiers) in enumerate(schemes.items(), 1):
        tiers.sort(key=lambda tier: tier["threshold"])
        for place, tier in enumerate(tiers):
            sheet.put(row, 0, number, "plain", "code")
            sheet.put(row, 1, name)
            sheet.put(row, 2, tier["threshold"], "input", "number")
            sheet.put(row, 3, tier["discount_pct"], "input", "percent")
            step = f"=D{row + 1}-D{row}" if place else f"=D{row + 1}"
            model.book.set(sheet, row, 4, step, "percent")
            row += 1


def fill_rebate(
    model: Model, sheet: Sheet, future: Future, row: int, first: dict, told: Told
) -> None:
    """Formulas of one window of a discount."""
    book, tiers = model.book, model.sheet("Tiers")
    span = (TOP, tiers.row - 1)
    numbers, thresholds, steps = (
        tiers.down(tiers.columns[name], *span) for name in ("discount no.", "threshold", "step")
    )
    place = {name: cell(sheet, name, row) for name in sheet.columns}
    column = sheet.columns
    units = ledger_sum(model, sheet, future, "units", row)
    book.set(sheet, row, column["units"], f"={place['units so far']}+{units}")
    spend = ledger_sum(model, sheet, future, "window spend", row)
    spend = f"={place['spend so far']}+{spend}"
    book.set(sheet, row, column["spend"], spend, "money")
    basis = place["units"] if first["basis"] == "units" else place["spend"]
    book.set(sheet, row, column["quantity"], f"={basis}", "number")
    by_unit = first["kind"] == "incremental" and first["basis"] == "units"
    offer = first["offer"] if by_unit else None
    if by_unit and told.of("list_price"):
        sheet.put(row, column["unit value"], told.of("list_price"), "input", "cents")
    else:
        put_unit_value(model, sheet, future, row, offer, told.window.first)
    quantity = place["quantity"]
    share = f"{SHARE:g}*MAX(1,{quantity})"
    room = share if first["basis"] == "units" else f"IF({quantity}<{LARGE:g},{HALF_A_CENT},{share})"
    reached = f"({quantity}+{room})"
    if first["kind"] == "all_units":
        text = (
            f'=SUMIFS({steps},{numbers},{place["discount no."]},{thresholds},"<="&{reached})'
            f"*{place['spend']}"
        )
    else:
        text = (
            f"=SUMPRODUCT(({numbers}={place['discount no.']})*({place['quantity']}>{thresholds})"
            f"*({place['quantity']}-{thresholds})*{steps})*{place['unit value']}"
        )
    text += f"-{place['credited so far']}"
    book.set(sheet, row, column["rebate"], text, "money")
    taken = f"={place['rebate']}*{place['kept at end']}"
    book.set(sheet, row, column["taken from terminal value"], taken, "money")


def put_unit_value(
    model: Model, sheet: Sheet, future: Future, row: int, offer: str | None, at: int
) -> None:
    """List value of a unit of an offer in a period; 1 where money is counted."""
    factor = 1.0 if offer is None else model.facts.list_months(future.world, offer, at)
    sheet.put(row, sheet.columns["list months"], factor, "input", "code")
    text = "=" + cell(sheet, "list months", row)
    if offer is not None:
        line = model.row("Rates", future, "price", offer)
        text += "*" + model.sheet("Rates").address(line, FIRST + at)
    model.book.set(sheet, row, sheet.columns["unit value"], text, "money")


def kept_at_end(model: Model, future: Future, tier: dict, window: Window) -> float:
    """Highest share of its price, at the plan's end, of a unit that the window can cover."""
    facts, best = model.facts, 0.0
    chips = facts.by_name["Chips"]

    def share(offer: str, arrival: int) -> float:
        row = facts.by_name["Offers"][offer]
        if arrival >= model.count:
            return 1.0
        if arrival + facts.serving(row) <= model.count:
            return 0.0
        loss = chips[row["chip"]]["value_loss_per_year"] or 0.0
        return (1.0 - loss) ** facts.calendar.years(model.count - arrival)

    for offer in covered(model, tier):
        row = facts.by_name["Offers"][offer]
        low = 0 if row["first_order"] is None else row["first_order"]
        high = model.count - 1 if row["last_order"] is None else row["last_order"]
        for at in window.positions:
            if low <= at <= high and not future.world.removed("Offers", offer, at):
                near = facts.together(future, at)
                if any(facts.arrival(other.world, offer, at) < model.count for other in near):
                    best = max(best, share(offer, facts.arrival(future.world, offer, at)))
    inside = {*window.positions, *window.before}
    for unit in future.units:
        mine = unit.kind == "committed" and unit.offer in covered(model, tier)
        if mine and unit.ordered in inside:
            best = max(best, share(unit.offer, unit.arrival))
    return best


# ---------------------------------------------------------------------------- contracts
def add_minimums(model: Model) -> None:
    """Contract minimums: one row per contract and window in which it is signed."""
    facts, money = model.facts, model.facts.currency
    entries: list[tuple[Future, dict, Window]] = []
    for future in model.futures:
        signed = {
            str(row["name"]): facts.position(row["period"])
            for row in future.table("Contracts and deals")
            if row["kind"] == "contract" and row["event"] == "signed"
        }
        for row in facts.rows("Contracts"):
            if not row["active"] or row["minimum"] is None or row["contract"] not in signed:
                continue
            since = signed[row["contract"]] or 0
            first = row["from"] or 0
            for window in facts.calendar.windows(row["window"] or "fiscal_year", first, row["to"]):
                gone = future.world.removed("Contracts", row["contract"], window.last)
                if since <= window.last and not gone:
                    entries.append((future, row, window))
    if not entries:
        return
    heads = [("scenario", ""), ("contract", ""), ("window", ""), ("basis", ""),
             ("seller no.", "no."), ("lowest offer", "no."), ("highest offer", "no."),
             ("from t", "period no."), ("first t", "period no."), ("to t", "period no."),
             ("minimum", "units or money"), ("so far", "units or money"),
             ("level", "units or money"),
             ("missing", "units or money"), ("shortfall", "of what is missing"),
             ("list months", "months, or 1"), ("unit value", money),
             ("shortfall payment", money), ("penalty rate", money),
             ("penalty", money), ("hard", "1 = yes")]  # fmt: skip
    doc = "Take-or-pay: what counts in each window, what is missing, what that costs."
    sheet = new_list(model.book, "Minimums", "model", doc, heads, len(entries))
    for at, (future, contract, window) in enumerate(entries):
        fill_minimum(model, sheet, future, TOP + at, contract, window)
    mark_parts(sheet, [entry[0].name for entry in entries])


def fill_minimum(
    model: Model, sheet: Sheet, future: Future, row: int, contract: dict, window: Window
) -> None:
    """One window of a contract."""
    book, column = model.book, sheet.columns
    told = model.facts.earlier("Contracts", contract["contract"], window)
    window = told.window
    seller, low, high = reach(model, contract)
    values = (
        future.name, contract["contract"], window.label, contract["basis"], seller, low, high,
        min((*window.before, *window.positions)), window.positions[0], window.last,
    )  # fmt: skip
    for place, value in enumerate(values):
        sheet.put(row, place, value, "plain", "" if place < 4 else "code")
    sheet.put(row, column["minimum"], contract["minimum"], "input", "number")
    sheet.put(row, column["so far"], told.of("counted"), "input", "number")
    soft = contract["shortfall_pct"] is None
    sheet.put(row, column["shortfall"], contract["shortfall_pct"] or 0.0, "input", "percent")
    rate = (contract["penalty"] or 0.0) if soft else 0.0
    sheet.put(row, column["penalty rate"], rate, "input", "cents")
    sheet.put(
        row, column["hard"], 1 if soft and contract["penalty"] is None else 0, "plain", "code"
    )
    place = {name: cell(sheet, name, row) for name in column}
    by_unit = contract["basis"] == "units"
    if by_unit:
        text = "=" + ledger_sum(model, sheet, future, "units", row)
    else:
        text = "=" + due_in_window(model, sheet, future, row, contract)
    text += f"+{place['so far']}"
    book.set(sheet, row, column["level"], text, "number")
    put_unit_value(model, sheet, future, row, contract["offer"] if by_unit else None, window.last)
    short = f"{place['minimum']}-{place['level']}"
    missing = f"=IF({short}<=Dust*MAX(1,{place['minimum']}),0,{short})"
    book.set(sheet, row, column["missing"], missing, "number")
    payment = f"={place['missing']}*{place['shortfall']}*{place['unit value']}"
    book.set(sheet, row, column["shortfall payment"], payment, "money")
    penalty = f"={place['missing']}*{place['penalty rate']}"
    book.set(sheet, row, column["penalty"], penalty, "money")


def due_in_window(model: Model, sheet: Sheet, future: Future, row: int, contract: dict) -> str:
    """Payments that fall due in a window for the offers covered, and what was paid before it."""
    by, key = ("offer", "lowest offer") if contract["offer"] else ("seller", "seller no.")
    numbers = model.row_number(BUYING, future, f"paid by {by}")
    area = model.area(BUYING, future, f"paid by {by}")
    covers = f"({numbers}={cell(sheet, key, row)})"
    first, last = cell(sheet, "first t", row), cell(sheet, "to t", row)
    text = f"SUMPRODUCT({covers}*({model.times}>={first})*({model.times}<={last})*{area})"
    early = [
        model.sum_ifs(
            "Ledger", future, target,
            "seller no.", cell(sheet, "seller no.", row),
            "offer no.", f'">="&{cell(sheet, "lowest offer", row)}',
            "offer no.", f'"<="&{cell(sheet, "highest offer", row)}',
            "ordered t", f'">="&{cell(sheet, "from t", row)}',
            "ordered t", f'"<"&{cell(sheet, "first t", row)}',
        )
        for target in ("window spend", "spend")
    ]  # fmt: skip
    return f"{text}+{early[0]}-{early[1]}"
