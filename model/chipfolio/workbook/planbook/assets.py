"""Book values by formula: chips by vintage, set-up by offer, site steps and programmes."""

from __future__ import annotations

from .buying import SHEET as BUYING
from .facts import Future
from .formula import letters
from .lives import life, serves
from .model import CONSTANT, TOTAL, Model, Vintage
from .sheets import FIRST, TOP, Sheet

SHEET = "Accounts"
HERE, BEFORE = letters(FIRST), letters(TOTAL)
"""Columns of a period and of the one before it, in a formula written for the first period."""


def put_opening(model: Model, sheet: Sheet, row: int, text: str) -> None:
    """What a row stands at when the plan starts, in its total column."""
    model.book.set(sheet, row, TOTAL, text, "money", "total")


# ------------------------------------------------------------------------- chips
def add_chips(model: Model, sheet: Sheet, future: Future) -> None:
    """Owned units by vintage: value before a period's depreciation, and that; what is sold."""
    vintages, t, currency = vintages_of(model, future), model.t, model.facts.currency
    start, losing = sheet.row, sheet.row + len(vintages)
    sold = [v for v in vintages if v.sold]
    leaving = losing + len(vintages)
    grants = grants_of(model, future)
    factors = {name: leaving + len(sold) + 4 * at + 3 for at, name in enumerate(grants)}

    def line(v: Vintage, what: str, text: str, number: int, constant: object, kind: str) -> None:
        label = f"{v.chip}, {v.site}, in service {model.facts.calendar.label(v.arrival)}"
        model.line(
            sheet, future, what, label, currency, text, "money", number=number,
            constant=constant, constant_kind=kind, total=False, key=(what, str(v.number)),
        )  # fmt: skip

    def there(at: int, v: Vintage) -> tuple[str, str]:
        """What there is of a vintage when a period has begun, and whether it still serves."""
        came = f"$F{losing + at + 1}"
        left = f"({BEFORE}{start + at + 1}-{BEFORE}{losing + at + 1})"
        vendor = model.facts.by_name["Chips"][v.chip]["vendor"]
        if vendor in factors:
            left += f"*{BEFORE}${factors[vendor] + 1}"
        coming = f"({t}=MAX(0,{came}))*$F{start + at + 1}"
        return f"({left}+{coming})", f"({t}<{came}+{serves(model, v.chip)})"

    for at, v in enumerate(vintages):
        value, serving = there(at, v)
        if v.sold:
            serving += "*" + kept(model, future, f"$E{leaving + sold.index(v) + 1}", v.sold)
        key = f"$E{sheet.row + 1}"
        booked, opening = (
            "=" + model.sum_ifs("Ledger", future, name, "vintage no.", key)
            for name in ("booked", "opening book value")
        )
        line(v, "before depreciation", f"={value}*{serving}", v.number, booked, "money")
        put_opening(model, sheet, sheet.row - 1, opening)
    model.block(sheet, future, "before depreciation", start)
    for at, v in enumerate(vintages):
        came = f"$F{sheet.row + 1}"
        left = f"{life(model, 'chip', v.chip)}-({t}-{came})"
        text = f"={HERE}{start + at + 1}*IF({t}<{came},0,1/MAX(1,{left}))"
        number = model.place_numbers(future)[v.chip, v.site]
        line(v, "depreciation", text, number, v.arrival, "code")
    model.block(sheet, future, "depreciation", losing)
    for at, v in enumerate(vintages):
        if v.sold:
            value, serving = there(at, v)
            stays = kept(model, future, f"$E{sheet.row + 1}", v.sold)
            text = f"={value}*{serving}*(1-{stays})"
            line(v, "book value sold", text, v.sold, None, "code")
    model.block(sheet, future, "book value sold", leaving)
    for name in grants:
        add_grant(model, sheet, future, name)


def vintages_of(model: Model, future: Future) -> list[Vintage]:
    """Vintages of a scenario; those of a vendor's chips stand together."""
    chips = model.facts.by_name["Chips"]

    def place(v: Vintage) -> tuple[int, int]:
        return model.facts.number("vendor", chips[v.chip]["vendor"]), v.number

    return sorted(model.vintages[future.name], key=place)


def kept(model: Model, future: Future, number: str, ledger: int) -> str:
    """Share of a ledger row's units that a period's sale leaves."""
    sales = ("Sales", future, "units", "ledger no.", number)
    now = model.sum_ifs(*sales, "t", model.t)
    earlier = model.sum_ifs(*sales, "t", f'"<"&{model.t}')
    sheet = model.sheet("Ledger")
    units = sheet.address(TOP + ledger - 1, sheet.columns["units"])
    left = f"({units}-{earlier})"
    return f"IF({left}-{now}<=Dust*{units},0,1-{now}/{left})"


def grants_of(model: Model, future: Future) -> list[str]:
    """Vendors whose milestones lower the cost of their chips in a scenario."""
    if "Milestones" not in model.book.sheets:
        return []
    rows = {(row["deal"], row["milestone"]): row for row in model.facts.rows("Deal milestones")}
    found = [
        model.facts.by_name["Deals"][str(row["name"])]["vendor"]
        for row in future.table("Contracts and deals")
        if row["event"] == "milestone"
        and rows[str(row["name"]), str(row["detail"])]["account"] == "cost_reduction"
    ]
    return list(dict.fromkeys(found))


def add_grant(model: Model, sheet: Sheet, future: Future, vendor: str) -> None:
    """A vendor's chips in service, what it gives for them, takes off them, and what that leaves."""
    t, currency, number = model.t, model.facts.currency, model.facts.number("vendor", vendor)
    own = model.own(SHEET, future)
    chips = model.facts.by_name["Chips"]
    mine = [
        at for at, v in enumerate(vintages_of(model, future)) if chips[v.chip]["vendor"] == vendor
    ]
    text = "0"
    if mine:
        spans = [
            model.spans[SHEET, future.name, block][0]
            for block in ("before depreciation", "depreciation")
        ]
        low, high = min(mine), max(mine)
        came = sheet.down(CONSTANT, spans[1] + low, spans[1] + high, own=True)
        parts = [sheet.moving(first + low, first + high, own=True) for first in spans]
        text = "-".join(f'SUMIFS({part},{came},"<="&{t})' for part in parts)
    model.line(
        sheet, future, "book value that a vendor's grant can lower", vendor, currency, "=" + text,
        "money", number=number, total=False, key=("can lower", vendor),
    )  # fmt: skip
    given = model.sum_ifs(
        "Milestones", future, "grant", "vendor no.", f"$E{sheet.row + 1}", "paid t", t
    )
    model.line(
        sheet, future, "grant", vendor, currency, "=" + given, "money", number=number,
        key=("grant", vendor),
    )  # fmt: skip
    base, grant = (own.here(name, vendor) for name in ("can lower", "grant"))
    model.line(
        sheet, future, "taken off by a grant", vendor, currency, f"=MIN({grant},{base})", "money",
        number=number, key=("taken by", vendor),
    )  # fmt: skip
    taken = own.here("taken by", vendor)
    row = model.line(
        sheet, future, "share of book value left by a grant", vendor, "share",
        f"=IF({taken}=0,1,1-{taken}/{base})", "rate", total=False, key=("left by", vendor),
    )  # fmt: skip
    sheet.put(row, TOTAL, 1.0, "input", "rate")


def chips_totals(model: Model, sheet: Sheet, future: Future) -> None:
    """All vintages: what grants take, what is left, what ended before its book life."""
    currency, t, own = model.facts.currency, model.t, model.own(SHEET, future)
    before = model.own(SHEET, future, TOTAL)
    grants = [own.here("taken by", name) for name in grants_of(model, future)]
    model.line(sheet, future, "taken off by grants", "of vendors", currency,
               "=" + ("+".join(grants) or "0"), "money", key=("taken by grants",))  # fmt: skip
    start, lost = (own.sum(name) for name in ("before depreciation", "depreciation"))
    row = model.line(
        sheet, future, "book value of chips", "", currency,
        f"={start}-{lost}-{own.here('taken by grants')}", "money", total=False,
        key=("chips at end",),
    )  # fmt: skip
    put_opening(model, sheet, row, "=" + before.sum("before depreciation"))
    booked = model.sum_ifs("Ledger", future, "booked", "paid from t", t)
    was = before.here("chips at end")
    rest = f"{was}+{booked}-{own.sum('book value sold')}-{start}"
    text = f"=IF(ABS({rest})<=Dust/1000*({was}+ABS({booked})),0,{rest})"
    model.line(sheet, future, "written off", "units that end before their book life", currency,
               text, "money", key=("chips written off",))  # fmt: skip


# ------------------------------------------------------------------------- set-up
def add_set_up(model: Model, sheet: Sheet, future: Future) -> None:
    """Set-up of each offer: depreciation and book value."""
    facts, t = model.facts, model.t
    told = {name: facts.told("Offers", name, "set_up_value") for name in facts.numbers["offer"]}
    due = {key[3] for key in model.rows if key[:3] == (BUYING, future.name, "set-up")}
    bought = {unit.offer for unit in future.units if unit.units > SOME}
    offers = [name for name in told if told[name] or (name in due and name in bought)]
    coming = {
        name: model.here(BUYING, future, "set-up", name) if name in due else "0" for name in offers
    }
    first = sheet.row
    for at, name in enumerate(offers):
        offer = facts.by_name["Offers"][name]
        closing = first + len(offers) + at
        arrivals = [u.arrival for u in future.units if u.offer == name and u.units > SOME]
        begins = min(arrivals, default=0)
        over = life(model, "chip", offer["chip"])
        if offer["acquisition"] != "buy":
            over = str(facts.serving(offer))
            constant: object = facts.serving(offer)
        value = f"({BEFORE}{closing + 1}+{coming[name]})"
        over = over if offer["acquisition"] == "buy" else f"$G{sheet.row + 1}"
        text = f"={value}*IF({t}<$F{sheet.row + 1},0,1/MAX(1,{over}-({t}-$F{sheet.row + 1})))"
        row = model.line(
            sheet, future, "depreciation of set-up", name, facts.currency, text, "money",
            number=facts.number("chip", offer["chip"]), constant=begins, constant_kind="code",
            key=("set-up depreciation", name),
        )  # fmt: skip
        if offer["acquisition"] != "buy":
            sheet.put(row, CONSTANT + 1, constant, "input", "code")
    model.block(sheet, future, "set-up depreciation", first)
    for at, name in enumerate(offers):
        row = sheet.row
        text = f"={BEFORE}{row + 1}+{coming[name]}-{HERE}{first + at + 1}"
        model.line(
            sheet, future, "book value of set-up", name, facts.currency, text, "money",
            total=False, key=("set-up at end", name),
        )  # fmt: skip
        sheet.put(row, TOTAL, told[name], "input", "money")
    model.block(sheet, future, "set-up at end", first + len(offers))


SOME = 1e-6


# ------------------------------------------------------------------------- projects
def served(model: Model, begins: str, over: str) -> str:
    """Share of book life served by the period's end, over a list; at most the whole of it."""
    share = f"(({model.t}+1-{begins})/{over})"
    return f"({model.t}>={begins})*({share}*({share}<1)+({share}>=1))"


def add_sites(model: Model, sheet: Sheet, future: Future) -> None:
    """Site steps: what is started, and what is left of it."""
    steps, t, currency = model.sheet("Site steps"), model.t, model.facts.currency
    text = coming = "=0"
    opening = "=0"
    if future.name in steps.parts:
        c = {
            name: str(steps.part(name, future.name))
            for name in ("begun", "start t", "serves from t", "in the books", "book life")
        }
        there = f"(({c['begun']}=1)+({c['begun']}=0)*({c['start t']}<={t}))"
        left = f"(1-{served(model, c['serves from t'], c['book life'])})"
        text = f"=SUMPRODUCT({there}*{c['in the books']}*{left})"
        coming = "=" + model.sum_ifs(
            "Site steps", future, "in the books", "start t", t, "begun", "0"
        )
        opening = "=" + model.sum_ifs("Site steps", future, "in the books", "begun", "1")
    model.line(sheet, future, "steps started", "", currency, coming, "money",
               key=("sites started",))  # fmt: skip
    row = model.line(sheet, future, "book value of steps", "", currency, text, "money",
                     total=False, key=("sites at end",))  # fmt: skip
    put_opening(model, sheet, row, opening)


def add_programmes(model: Model, sheet: Sheet, future: Future) -> None:
    """Stages: what is spent and capitalised, expensed, written off, and what is left."""
    stages, t, currency = model.sheet("Programme timeline"), model.t, model.facts.currency
    texts = dict.fromkeys(("capitalised", "written off", "at end", "expensed"), "=0")
    opening = "=0"
    if future.name in stages.parts:
        names = ("from t", "paid until t", "capitalised per period", "expensed per period",
                 "opening", "ready t", "book life", "lost t")  # fmt: skip
        c = {name: str(stages.part(name, future.name)) for name in names}
        running = f"({c['from t']}<={t})*({c['paid until t']}>{t})"
        texts["capitalised"] = f"=SUMPRODUCT({running}*{c['capitalised per period']})"
        texts["expensed"] = f"=SUMPRODUCT({running}*{c['expensed per period']})"

        def spent(last: str) -> str:
            """What is spent of each stage by the end of a period, and what was before."""
            periods = (
                f"({c['paid until t']}>{c['from t']})*(({last}+1-{c['from t']})"
                f"*({last}+1>{c['from t']})-({last}+1-{c['paid until t']})"
                f"*({last}+1>{c['paid until t']}))"
            )
            return f"({c['opening']}+{c['capitalised per period']}*{periods})"

        gone = served(model, c["ready t"], c["book life"])
        texts["at end"] = f"=SUMPRODUCT(({c['lost t']}>{t})*{spent(t)}*(1-{gone}))"
        texts["written off"] = (
            f"=SUMPRODUCT(({c['lost t']}={t})*{spent(t)})"
            f"+SUMPRODUCT(({c['lost t']}<{t})*{running}*{c['capitalised per period']})"
        )
        opening = f"=SUM({c['opening']})"
    labels = {
        "capitalised": "what is spent and capitalised",
        "written off": "programmes that can no more be finished",
        "expensed": "what is spent and expensed",
        "at end": "book value of programmes",
    }
    for name, text in texts.items():
        row = model.line(
            sheet, future, labels[name], "", currency, text, "money", total=name != "at end",
            key=("programmes", name),
        )  # fmt: skip
        if name == "at end":
            put_opening(model, sheet, row, opening)
