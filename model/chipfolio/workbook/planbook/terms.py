"""Volume discounts, contract minimums, signatures and milestones, window by window."""

from __future__ import annotations

from collections import defaultdict

from ...contract.outputs import OUTPUTS
from ...contract.periods import Window, before_a_plan_window
from .buying import SHEET as BUYING
from .facts import Future, Told
from .milestones import add_milestones
from .model import Model
from .sheets import FIRST, TOP, Sheet
from .tables import mark_parts, new_list, new_table

EVERY = 10_000
"""Higher than any offer's number."""


def add_terms(model: Model) -> None:
    """Table Contracts and deals, and the lists its money follows from."""
    facts = model.facts
    rows = facts.plan.tables.get("Contracts and deals", [])
    extras = [("t", "period no."), ("fee", facts.currency), ("prepaid", facts.currency),
              ("spread from t", "period no."), ("spread to t", "period no.")]  # fmt: skip
    sheet = new_table(model.book, OUTPUTS["Contracts and deals"], rows, extras)
    for at, row in enumerate(rows):
        signed = row["event"] == "signed" and row["period"] not in (None, "")
        fee = float(row["money"]) if signed else 0.0  # type: ignore[arg-type]
        sheet.put(TOP + at, sheet.columns["fee"], fee, "input", "money")
        when = facts.position(row["period"]) if row["event"] in ("signed", "milestone") else None
        sheet.put(TOP + at, sheet.columns["t"], when, "plain", "code")
        first = last = 0
        had = 0.0
        if row["kind"] == "contract" and row["event"] == "signed":
            contract = facts.by_name["Contracts"][str(row["name"])]
            if contract["signing"] == "signed":
                had = facts.told("Contracts", str(row["name"]), "prepaid_fee")
            first, last = time_of(model, facts.by_name["Contracts"][str(row["name"])], when or 0)
        sheet.put(TOP + at, sheet.columns["prepaid"], had, "input", "money")
        for name, value in (("spread from t", first), ("spread to t", last)):
            sheet.put(TOP + at, sheet.columns[name], value, "plain", "code")
    add_rebates(model)
    fill_rebates_on_cost(model)
    add_minimums(model)
    add_milestones(model)


def time_of(model: Model, contract: dict, signed: int) -> tuple[int, int]:
    """First and last period over which a contract's fee is spread."""
    first = max(contract["from"] or 0, signed)
    last = model.count - 1 if contract["to"] is None else contract["to"]
    return first, max(first, last)


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
    c = sheet.cells(row)
    return model.sum_ifs(
        "Ledger", future, target,
        "seller no.", c["seller no."],
        "offer no.", f'">="&{c["lowest offer"]}',
        "offer no.", f'"<="&{c["highest offer"]}',
        "ordered t", f'">="&{c["from t"]}',
        "ordered t", f'"<="&{c["to t"]}',
    )  # fmt: skip


# ---------------------------------------------------------------------------- discounts
def add_rebates(model: Model) -> None:
    """Rebates: one row per scheme and window; their tiers on a list of their own."""
    facts, money = model.facts, model.facts.currency
    schemes: dict[str, list[dict]] = defaultdict(list)
    for row in facts.rows("Discounts"):
        if row["kind"] != "cumulative":
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
             ("kept at end", "of price"), ("taken from terminal value", money),
             ("scenario no.", "no."), ("lowers from t", "period no."),
             ("lowered before", money), ("rebate per spend", "of spend"),
             ("spend of units here", money), ("rebate per spend here", "of spend"),
             ("gone t", "period no."), ("gone", money), ("rents", money),
             ("rebate per rent", "of rent"), ("rebate without rents", money)]  # fmt: skip
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
        number = model.scenario_number(future)
        sheet.put(row, sheet.columns["scenario no."], number, "plain", "code")
        fill_rebate(model, sheet, future, row, tiers[0], told)
        accrued = facts.told("Discounts", name, "accrued") if window.first == 0 else 0.0
        sheet.put(row, sheet.columns["lowered before"], accrued, "input", "money")
        inside = {*window.positions, *window.before}
        if window.label == "plan":
            inside |= earlier_orders(model, future, tiers[0], told)
        sheet.put(row, sheet.columns["lowers from t"], min(inside), "plain", "code")
        fill_use(model, sheet, future, row, bought)
    mark_parts(sheet, [entry[0].name for entry in entries])


def earlier_orders(model: Model, future: Future, tier: dict, told: Told) -> set[int]:
    """Periods before the plan whose orders a window over the plan counts."""
    offers, end, months = covered(model, tier), model.count, model.facts.calendar.months
    spent = []
    for unit in future.units:
        if unit.offer in offers:
            parts = 1.0 if unit.arrival < end else unit.paid + unit.with_order
            if unit.acquisition != "buy":
                parts = months * max(0, min(unit.leaves, end) - unit.arrival)
            spent.append((unit.ordered, unit.units * unit.price * parts))
    return before_a_plan_window(spent, told.of("spend" if tier["basis"] == "units" else "counted"))


def fill_use(model: Model, sheet: Sheet, future: Future, row: int, bought: bool) -> None:
    """What a rebate lowers: the cost of units in proportion to spend, or the window's rents."""
    place = sheet.cells(row)
    whole = f"({place['rebate']}+{place['credited so far']})"
    rest = f"({whole}-{place['lowered before']})"

    def spent(*criteria: str) -> str:
        """Spend of the orders covered that fit, in the window or before the plan."""
        return model.sum_ifs(
            "Ledger", future, "window spend",
            "seller no.", place["seller no."], "offer no.", f'">="&{place["lowest offer"]}',
            "offer no.", f'"<="&{place["highest offer"]}',
            "ordered t", f'">="&{place["lowers from t"]}',
            "ordered t", f'"<="&{place["to t"]}', *criteria,
        )  # fmt: skip

    new = spent("ordered t", '">=0"')
    coming = spent("ordered t", '"<0"', "arrival t", '">=0"')
    here = spent("ordered t", '"<0"', "arrival t", '"<0"', "leaves t", '">0"')
    rate, there = place["rebate per spend"], place["spend of units here"]
    due = f"IF({place['spend']}=0,{whole},{rate}*{there})-{place['lowered before']}"
    rents = "0" if bought else rents_of(model, future, place)
    texts = {
        "rebate per spend": (f"IF({place['spend']}=0,0,{whole}/{place['spend']})", "rate"),
        "spend of units here": (f"{place['spend']}-{new}-{coming}", "money"),
        "rebate per spend here": (f"IF({there}<=Dust*{place['spend']},0,({due})/{there})", "rate"),
        "gone t": (f"IF({there}<=Dust*{place['spend']},{place['to t']},0)", "code"),
        "gone": (f"{due}-{place['rebate per spend here']}*{here}", "money"),
        "rents": (rents, "money"),
        "rebate per rent": (f"IF({place['rents']}=0,0,{rest}/{place['rents']})", "rate"),
        "rebate without rents": (f"({place['rents']}=0)*{rest}", "money"),
    }
    for name, (text, kind) in texts.items():
        mine = "rent" not in name
        factor = place["bought"] if mine else f"(1-{place['bought']})"
        factor = "" if name in ("spend of units here", "gone t", "rents") else f"{factor}*"
        model.book.set(sheet, row, sheet.columns[name], f"={factor}({text})", kind)


def rents_of(model: Model, future: Future, place: dict[str, str]) -> str:
    """Rents that a window's orders pay in it."""
    ledger = model.sheet("Ledger")
    names = ("seller no.", "offer no.", "ordered t", "leaves t", "paid from t", "rent per period")
    c = {name: ledger.part(name, future.name) for name in names}
    if c["offer no."] is None:
        return "0"
    first, after = f"MAX(0,{place['from t']})", f"({place['to t']}+1)"
    end = f"({after}+({c['leaves t']}-{after})*({c['leaves t']}<{after}))"
    begin = f"({first}+({c['paid from t']}-{first})*({c['paid from t']}>{first}))"
    return (
        f"SUMPRODUCT(({c['seller no.']}={place['seller no.']})"
        f"*({c['offer no.']}>={place['lowest offer']})*({c['offer no.']}<={place['highest offer']})"
        f"*({c['ordered t']}>={place['lowers from t']})*({c['ordered t']}<={place['to t']})"
        f"*{c['rent per period']}*({end}>{begin})*({end}-{begin}))"
    )


def fill_rebates_on_cost(model: Model) -> None:
    """The columns of the ledger that say by how much rebates lower what units cost."""
    ledger = model.sheet("Ledger")
    if not ledger.parts:
        return
    first, last = TOP, ledger.row - 1
    c = ledger.cells(first)
    rates = {"rebate per spend": "0", "rebate per spend here": "0"}
    rebates = model.book.sheets.get("Rebates")
    if rebates is not None:
        area = {
            name: rebates.down(at, TOP, rebates.row - 1) for name, at in rebates.columns.items()
        }
        when = f"SUM({c['ordered t']})"
        for name in rates:
            rates[name] = (
                f"SUMIFS({area[name]},{area['scenario no.']},{c['scenario no.']},"
                f"{area['seller no.']},{c['seller no.']},"
                f'{area["lowest offer"]},"<="&{c["offer no."]},'
                f'{area["highest offer"]},">="&{c["offer no."]},'
                f'{area["lowers from t"]},"<="&{when},{area["to t"]},">="&{when})'
            )
    for name, text in rates.items():
        model.book.fill_down(ledger, first, last, ledger.columns[name], f"={text}", "rate")
    there = f"({c['arrival t']}<Periods)*({c['leaves t']}>0)"
    rate = f"IF({c['arrival t']}<0,{c['rebate per spend here']},{c['rebate per spend']})"
    text = f"={c['owned']}*{c['is order']}*{there}*{c['window spend']}*{rate}"
    model.book.fill_down(ledger, first, last, ledger.columns["rebate on cost"], text, "money")


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
    place = sheet.cells(row)
    column = sheet.columns
    units = ledger_sum(model, sheet, future, "units", row)
    book.set(sheet, row, column["units"], f"={place['units so far']}+{units}")
    spend = ledger_sum(model, sheet, future, "window spend", row)
    spend = f"={place['spend so far']}+{spend}"
    book.set(sheet, row, column["spend"], spend, "money")
    basis = place["units"] if first["basis"] == "units" else place["spend"]
    book.set(sheet, row, column["quantity"], f"={basis}", "number")
    by_unit = first["kind"] == "incremental" and first["basis"] == "units"
    offer = next(iter(covered(model, first)), None) if by_unit else None
    if by_unit and (told.of("list_price") or offer is None):
        sheet.put(row, column["unit value"], told.of("list_price"), "input", "cents")
    else:
        put_unit_value(model, sheet, future, row, offer, told.window.first)
    quantity = place["quantity"]
    share = f"ThresholdShare*MAX(1,{quantity})"
    cents = f"IF({quantity}<LargeAmount,HalfACent,{share})"
    room = share if first["basis"] == "units" else cents
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
    text = f"={sheet.cells(row)['list months']}"
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
    place = sheet.cells(row)
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
    c, times, text = sheet.cells(row), model.times, "0"
    if model.span(BUYING, future, f"paid by {by}"):
        numbers = model.row_number(BUYING, future, f"paid by {by}")
        area = model.area(BUYING, future, f"paid by {by}")
        inside = f"({times}>={c['first t']})*({times}<={c['to t']})"
        text = f"SUMPRODUCT(({numbers}={c[key]})*{inside}*{area})"
    early = [
        model.sum_ifs(
            "Ledger", future, target,
            "seller no.", c["seller no."],
            "offer no.", f'">="&{c["lowest offer"]}',
            "offer no.", f'"<="&{c["highest offer"]}',
            "ordered t", f'">="&{c["from t"]}',
            "ordered t", f'"<"&{c["first t"]}',
        )
        for target in ("window spend", "spend")
    ]  # fmt: skip
    return f"{text}+{early[0]}-{early[1]}"
