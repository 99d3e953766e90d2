"""Cost of work: what places cost by line, whose work they do, and tables Unit cost, Utilisation."""

from __future__ import annotations

from ...contract.lines import PLACE_LINES
from ...contract.outputs import OUTPUTS
from ...contract.statement import IDLE, PLACED, UNALLOCATED
from .accounts import NAMES, still_serving, years_of_table
from .assets import SHEET as ACCOUNTS
from .buying import SHEET as BUYING
from .facts import Future
from .model import Model
from .sheets import FIRST, TOP, Sheet
from .tables import new_table

SHEET = "Cost of work"
NO_PLACE = "no place"


def add_costs(model: Model) -> None:
    """The sheet Cost of work; a place is a chip at a site, or in the cloud."""
    sheet = model.timeline(
        SHEET,
        "views",
        "Costs of each place by line, and the shares of it that work, idle units and nobody have.",
    )
    for future in model.futures:
        model.section(sheet, f"Cost of places by line {future.name}".strip())
        for line in lines_of(future):
            add_line(model, sheet, future, line)
        model.section(sheet, f"Whose the cost of places is {future.name}".strip())
        add_shares(model, sheet, future)
        model.section(sheet, f"Running cost by workload {future.name}".strip())
        add_running(model, sheet, future)


def lines_of(future: Future) -> list[str]:
    """Costs of places that a scenario has."""
    had = {str(row["line"]) for row in future.table("Profit and loss")}
    return [line for line in PLACED if line in had]


def stretch(model: Model, future: Future, line: str) -> tuple[int, int]:
    """First and last place that a line can cost; places at our sites come before clouds."""
    places = list(model.place_numbers(future))
    count = len(places)
    sites = sum(bool(site) for _, site in places)
    if line in PLACE_LINES or line == "depreciation_chips":
        return 0, sites - 1
    return (sites, count - 1) if line == "cloud" else (0, count - 1)


def add_line(model: Model, sheet: Sheet, future: Future, line: str) -> None:
    """One line of cost, place by place, and what of it is at no place."""
    first = sheet.row
    low, high = stretch(model, future, line)
    if line not in PLACE_LINES:
        for place, number in list(model.place_numbers(future).items())[low : high + 1]:
            text = at_place(model, future, line, place, f"$E{sheet.row + 1}")
            model.line(
                sheet, future, line, f"{place[0]}, {place[1] or 'cloud'}", model.facts.currency,
                "=" + text, "money", number=number, key=(line, str(number)),
            )  # fmt: skip
        model.block(sheet, future, line, first)
    span = model.spans.get((SHEET, future.name, line))
    placed = f"SUM(I{span[0] + 1}:I{span[1] + 1})" if span else "0"
    if line in PLACE_LINES:
        placed = model.sum_of("Stock", future, line)
    cost = model.here(ACCOUNTS, future, "cost", line)
    # what is left may be the rounding of costs that are nothing themselves
    text = f"=IF(ABS({cost}-{placed})<=Dust*(1000+ABS({cost})),0,{cost}-{placed})"
    model.line(sheet, future, line, NO_PLACE, model.facts.currency, text, "money",
               key=(line, NO_PLACE))  # fmt: skip


def at_place(model: Model, future: Future, line: str, place: tuple[str, str], key: str) -> str:
    """What a place costs in a period by one line."""
    t = model.t
    if line == "cloud":
        return model.sum_ifs(
            "Ledger", future, "rent per period", "arrival t", f'"<="&{t}', "leaves t", f'">"&{t}',
            "place no.", key, "leased", "0",
        )  # fmt: skip
    if line == "depreciation_chips":
        return of_block(model, future, "depreciation", key)
    if line == "discounts":
        return f"0-{of_block(model, future, 'rebates on rents', key)}"
    if line in ("depreciation_setup", "order_fees"):
        return of_chip(model, future, line, place)
    return of_leases(model, future, line, key)


def of_block(model: Model, future: Future, block: str, key: str) -> str:
    """Sum of a block of Accounts over the rows of a place."""
    span = model.span(ACCOUNTS, future, block)
    if span is None:
        return "0"
    numbers = model.row_number(ACCOUNTS, future, block)
    return f"SUMIFS({model.sheet(ACCOUNTS).moving(*span)},{numbers},{key})"


def of_chip(model: Model, future: Future, line: str, place: tuple[str, str]) -> str:
    """A chip's set-up or order fees, by where its units stand."""
    source, block = ACCOUNTS, "set-up depreciation"
    if line == "order_fees":
        source, block = BUYING, "order_fees"
    span = model.span(source, future, block)
    if span is None:
        return "0"
    here = model.sheet(source).moving(*span)
    numbers = model.row_number(source, future, block)
    number = str(model.place_numbers(future)[place])
    units = model.here("Stock", future, "units at place", number)
    whole = model.here("Stock", future, "chip", place[0])
    cell = model.sheet("Book lives").address(model.lives["chip", place[0]], 5)
    return f"IF({whole}>Tolerance,SUMIFS({here},{numbers},{cell})*{units}/{whole},0)"


def of_leases(model: Model, future: Future, line: str, key: str) -> str:
    """Depreciation of rights of use, or interest, of a place's leases."""
    ledger, t = model.sheet("Ledger"), model.t
    names = ("leased", "place no.", "arrival t", "leaves t", "paid from t", "right of use",
             "rent per period", "liability scale")  # fmt: skip
    c = {name: str(ledger.part(name, future.name)) for name in names}
    here = f"{c['leased']}*({c['place no.']}={key})*({c['arrival t']}<={t})*({c['leaves t']}>{t})"
    if line == "right_of_use_depreciation":
        return f"SUMPRODUCT({here}*{c['right of use']}/{still_serving(c)})"
    # interest is what a period's start and its rent let the liability grow by
    rent, left = f"{c['rent per period']}", f"({c['leaves t']}-{t}-1)"
    kept = f"(1-LeaseFactor^({left}*({left}>0)))"
    was = f"(1-LeaseFactor^(({left}+1)*({left}>0-1)))"
    return (
        f"IF(LeaseRate=0,SUMPRODUCT({here}*{rent}*(1-{c['liability scale']})),"
        f"SUMPRODUCT({here}*{rent}*(1+{c['liability scale']}*LeaseShift/(1-LeaseFactor)"
        f"*({kept}-{was}))))"
    )


# ------------------------------------------------------------------------- shares
def add_shares(model: Model, sheet: Sheet, future: Future) -> None:
    """Shares of each place's cost that its workloads have: (used + ready) ÷ what is usable."""
    t = model.t
    for name, work in model.facts.numbers["workload"].items():
        first = sheet.row
        for place, number in model.place_numbers(future).items():
            here = ("place no.", f"$E{sheet.row + 1}", "workload no.", f"$F{sheet.row + 1}", "t", t)
            busy = "+".join(
                model.sum_ifs("Usage", future, kind, *here) for kind in ("units", "ready")
            )
            usable = model.here("Stock", future, "usable", str(number))
            model.line(
                sheet, future, f"share of {name}", f"{place[0]}, {place[1] or 'cloud'}", "of cost",
                f"=IF({usable}>Tolerance,({busy})/{usable},0)", "rate", number=number,
                constant=work, constant_kind="code", total=False,
                key=("share", name, str(number)),
            )  # fmt: skip
        model.block(sheet, future, f"share {name}", first)


def add_running(model: Model, sheet: Sheet, future: Future) -> None:
    """Running cost of each workload."""
    for name, number in model.facts.numbers["workload"].items():
        text = "=" + model.sum_ifs(
            "Usage", future, "running cost", "workload no.", f"$E{sheet.row + 1}", "t", model.t
        )
        model.line(
            sheet, future, "running", name, model.facts.currency, text, "money", number=number
        )


# ------------------------------------------------------------------------- tables
def add_unit_cost(model: Model) -> None:
    """Table Unit cost: shares of each line's places, summed over the fiscal year."""
    rows = model.facts.plan.tables.get("Unit cost", [])
    extras = [("year", "ends in"), ("million tokens", "a unit served for a period")]
    sheet = new_table(model.book, OUTPUTS["Unit cost"], rows, extras)
    years_of_table(model, sheet, rows)
    workloads = model.facts.by_name["Workloads"]
    years = model.across("Time", None, "fiscal year")
    column = sheet.columns
    for future in model.futures:
        for place, row in future.rows.get("Unit cost", []):
            at = TOP + place
            whose, line = str(row["workload"]), str(row["line"])
            c = sheet.cells(at)
            amount = unit_amount(model, future, whose, line, years, c["year"])
            model.book.set(sheet, at, column["amount"], "=" + amount, "money")
            if whose not in workloads:
                continue
            done = model.across("Work", future, "served", whose)
            text = f"=SUMIFS({done},{years},{c['year']})"
            model.book.set(sheet, at, column["served"], text, "number")
            tokens = workloads[whose]["million_tokens"]
            sheet.put(at, column["million tokens"], tokens, "input", "exact")
            served = c["served"]
            text = f'=IF({served}>0,{c["amount"]}/{served},"")'
            model.book.set(sheet, at, column["per_unit"], text, "cents")
            if tokens:
                text = f'=IF({served}>0,{c["per_unit"]}/{c["million tokens"]},"")'
                model.book.set(sheet, at, column["per_million_tokens"], text, "exact")


def unit_amount(model: Model, future: Future, whose: str, line: str, years: str, year: str) -> str:
    """What a workload, idle units or nobody bear of a line in a fiscal year."""
    if line == "running":
        return f"SUMIFS({model.across(SHEET, future, 'running', whose)},{years},{year})"
    if line not in PLACED:
        assert whose == UNALLOCATED and line in NAMES
        return f"SUMIFS({model.across(ACCOUNTS, future, 'cost', line)},{years},{year})"
    nobody = f"SUMIFS({model.across(SHEET, future, line, NO_PLACE)},{years},{year})"
    sheet = "Stock" if line in PLACE_LINES else SHEET
    if model.span(sheet, future, line) is None:
        return nobody
    cost = f"{model.area(sheet, future, line)}*({years}={year})"
    low, high = stretch(model, future, line)
    if whose not in (IDLE, UNALLOCATED):
        return f"SUMPRODUCT({part(model, SHEET, future, f'share {whose}', low, high)}*{cost})"
    used, ready, usable = (
        part(model, "Stock", future, name, low, high) for name in ("used", "kept ready", "usable")
    )
    if whose == UNALLOCATED:
        return f"{nobody}+SUMPRODUCT(({usable}<=Tolerance)*{cost})"
    share = f"(1-({used}+{ready})/({usable}+({usable}<=Tolerance)))"
    return f"SUMPRODUCT(({usable}>Tolerance)*{share}*{cost})"


def part(model: Model, sheet: str, future: Future, block: str, low: int, high: int) -> str:
    """Some places of a block over all periods."""
    first, _ = model.spans[sheet, future.name, block]
    columns = (FIRST, FIRST + model.count - 1)
    return model.sheet(sheet).area((first + low, first + high), columns)


def add_utilisation(model: Model) -> None:
    """Table Utilisation: looked up on Stock."""
    facts = model.facts
    rows = facts.plan.tables.get("Utilisation", [])
    extras = [("t", "period no."), ("place no.", "no.")]
    sheet = new_table(model.book, OUTPUTS["Utilisation"], rows, extras)
    column = sheet.columns
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        numbers = model.place_numbers(future)
        for place, row in future.rows["Utilisation"]:
            number = numbers[str(row["chip"]), str(row["site"] or "")]
            sheet.put(TOP + place, column["t"], facts.position(row["period"]), "plain", "code")
            sheet.put(TOP + place, column["place no."], number, "plain", "code")
        c = sheet.cells(first)

        def found(block: str, future: Future = future, c: dict[str, str] = c) -> str:
            area = model.area("Stock", future, block)
            base = model.row_number("Stock", future, block)
            return f"INDEX({area},MATCH({c['place no.']},{base},0),{c['t']}+1)"

        texts = {
            "in_service": found("units at place"),
            "used": found("used"),
            "ready": found("kept ready"),
            "idle": f"{found('usable')}-{c['used']}-{c['ready']}",
            "out": f"{c['in_service']}-{found('usable')}",
        }
        for name, text in texts.items():
            model.book.fill_down(sheet, first, last, column[name], "=" + text, "number")
