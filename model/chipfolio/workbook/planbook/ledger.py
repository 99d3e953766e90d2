"""The ledger of all units that money runs on, and the registers of stock lines and places."""

from __future__ import annotations

from collections.abc import Sequence

from ...contract.dimensions import DIMENSIONS
from .basis import chip_datum
from .facts import Future, Unit
from .lives import chip_life
from .model import Model, Vintage, less
from .sheets import TOP, Sheet
from .tables import mark_parts, new_list

KINDS = {"order": 1, "committed": 2, "fleet": 3}


def number_columns() -> list[tuple[str, str]]:
    """Heads of the columns that hold numbers of members."""
    return [(f"{dimension} no.", "no.") for dimension in DIMENSIONS]


def put_members(model: Model, sheet: Sheet, row: int, parts: Sequence[str]) -> None:
    """Numbers of the members to which units belong."""
    for dimension, number in model.facts.members(*parts).items():
        sheet.put(row, sheet.columns[f"{dimension} no."], number, "plain", "code")


def add_ledger(model: Model) -> Sheet:
    """The ledger: every unit got, by scenario, with what it costs and when."""
    names = [
        ("scenario", ""),
        ("no.", ""),
        ("scenario no.", "no."),
        ("kind", ""),
        ("offer", ""),
        ("chip", ""),
        ("site", ""),
        ("line no.", "no."),
        ("offer no.", "no."),
        *number_columns(),
        ("class", "1 to 4"),
        ("vintage no.", "no."),
        ("place no.", "no."),
        ("ordered t", "period no."),
        ("arrival t", "period no."),
        ("leaves t", "period no."),
        ("owned", "1 = yes"),
        ("leased", "1 = yes"),
        ("is order", "1 = yes"),
        ("here before", "1 = yes"),
        ("units", "units"),
        ("unit price", model.facts.currency),
        ("paid before", "of price"),
        ("with order", "of price"),
        *((name, model.facts.currency) for name in MONEY_COLUMNS[:3]),
        ("paid from t", "period no."),
        *((name, model.facts.currency) for name in MONEY_COLUMNS[3:6]),
        ("units left", "units"),
        ("factor at end", "of price"),
        *((name, model.facts.currency) for name in MONEY_COLUMNS[6:]),
        ("rebate per spend", "of spend"),
        ("rebate per spend here", "of spend"),
        *((name, model.facts.currency) for name in BOOK_COLUMNS),
    ]
    count = sum(len(future.units) for future in model.futures)
    doc = "Every unit of the plan once: today's fleet, committed and new orders; what is paid when."
    sheet = new_list(model.book, "Ledger", "model", doc, names, count)
    at, vintage = 0, 0
    scenarios: list[str] = []
    for future in model.futures:
        lines, places = model.line_numbers(future), model.place_numbers(future)
        found: dict[tuple[object, ...], Vintage] = {}
        sold = {unit for unit, _ in sales_of(model, future).values()}
        for place, unit in enumerate(future.units):
            number = 0
            if unit.acquisition == "buy":
                alone = at + 1 if place in sold else 0
                key = (unit.chip, unit.site, unit.arrival, alone)
                if key not in found:
                    vintage += 1
                    found[key] = Vintage(
                        vintage, unit.chip, unit.site, unit.arrival, unit.leaves, alone
                    )
                number = found[key].number
            numbers = (lines[unit.line], number, places[unit.chip, unit.site])
            sheet.put(
                TOP + at, sheet.columns["scenario no."], model.scenario_number(future),
                "plain", "code",
            )  # fmt: skip
            put_unit(model, sheet, future, unit, at, numbers)
            scenarios.append(future.name)
            at += 1
        model.vintages[future.name] = list(found.values())
    mark_parts(sheet, scenarios)
    return sheet


def sales_of(model: Model, future: Future) -> dict[int, tuple[int, Unit]]:
    """Of each row of Sales in the plan's table: place of its units in the ledger, and the units."""
    places = {}
    for at, unit in enumerate(future.units):
        source = ("", unit.book_row) if unit.kind != "order" else (unit.offer, None)
        ordered = "" if unit.ordered is None else model.facts.calendar.label(unit.ordered)
        places[(*source, unit.site, ordered)] = (at, unit)
    found = {}
    for place, row in future.rows.get("Sales", []):
        number = row["row"]
        offer = row["offer"] if number is None else ""
        found[place] = places[offer, number, row["site"] or "", row["order_period"] or ""]  # type: ignore[index]
    return found


MONEY_COLUMNS = (
    "due with order",
    "due on delivery",
    "rent per period",
    "spend",
    "window spend",
    "after the plan",
    "terminal value",
    "cost",
)
BOOK_COLUMNS = (
    "book value told",
    "liability told",
    "opening book value",
    "rebate on cost",
    "booked",
    "paid ahead",
    "right of use",
    "liability entered",
    "liability scale",
)
"""What the accounts stand on; what is told is a fact of the workbook, blank where it has none."""


def put_unit(
    model: Model, sheet: Sheet, future: Future, unit: Unit, at: int, numbers: tuple[int, int, int]
) -> None:
    """Constants of one row of the ledger."""
    row, column = TOP + at, sheet.columns
    facts = model.facts
    line, vintage, standing = numbers
    early = unit.ordered is None or unit.ordered < 0 or unit.kind != "order"
    group = 1 if early else min(unit.ordered, 2) + 2  # type: ignore[type-var, operator]
    constants: dict[str, object] = {
        "scenario": future.name,
        "no.": at + 1,
        "kind": unit.kind,
        "offer": unit.offer or None,
        "chip": unit.chip,
        "site": unit.site or None,
        "line no.": line,
        "offer no.": facts.number("offer", unit.offer),
        "class": group,
        "vintage no.": vintage,
        "place no.": standing,
        "ordered t": unit.ordered,
        "arrival t": unit.arrival,
        "leaves t": unit.leaves,
        "owned": 1 if unit.acquisition == "buy" else 0,
        "leased": 1 if unit.acquisition == "lease" else 0,
        "is order": 0 if unit.kind == "fleet" else 1,
        "here before": 1 if unit.kind == "fleet" or unit.arrival < 0 else 0,
    }
    for name, value in constants.items():
        sheet.put(row, column[name], value, "plain", "code" if name not in TEXTS else "text")
    put_members(model, sheet, row, (unit.chip, unit.offer, unit.acquisition, unit.site))
    sheet.put(row, column["book value told"], unit.book_value, "input", "money")
    sheet.put(row, column["liability told"], unit.lease_liability, "input", "money")
    sheet.put(row, column["paid before"], unit.paid, "input", "percent")
    sheet.put(row, column["with order"], unit.with_order, "input", "percent")
    if unit.kind == "fleet":
        sheet.put(row, column["units"], unit.units, "input", "number")
        sheet.put(row, column["unit price"], unit.price, "input", "money")
        return
    table = model.sheet("Orders" if unit.kind == "order" else "Committed units")
    place = TOP + unit.source
    sheet_units = table.address(place, table.columns["units"])
    sheet_price = table.address(place, table.columns["unit_price"])
    model.book.set(sheet, row, column["units"], f"={sheet_units}", "number")
    model.book.set(sheet, row, column["unit price"], f"={sheet_price}", "money")
    table.put(place, table.columns["ledger no."], at + 1, "plain", "code")


TEXTS = ("scenario", "kind", "offer", "chip", "site")


def fill_ledger(model: Model) -> None:
    """Formulas of the ledger."""
    sheet, book = model.sheet("Ledger"), model.book
    column = sheet.columns
    first, last = TOP, sheet.row - 1
    c = sheet.cells(first)
    value = f"{c['units']}*{c['unit price']}"
    rest = f"(1-{c['paid before']}-{c['with order']})"
    inside = f"MAX(0,MIN({c['leaves t']},Periods)-MAX({c['arrival t']},0))"
    lasting = f"{c['units left']}*{c['unit price']}*{c['factor at end']}"
    loss = chip_datum(model, "value_loss", c["chip no."])
    formulas = {
        "due with order": (f"={c['owned']}*{value}*{c['with order']}", "money"),
        "due on delivery": (
            f"={c['owned']}*({c['arrival t']}<Periods)*{value}*{rest}",
            "money",
        ),
        "rent per period": (
            f"=(1-{c['owned']})*{value}*MonthsPerPeriod*(1-{c['paid before']})",
            "money",
        ),
        "paid from t": (f"=MAX({c['arrival t']},0)", "code"),
        "spend": (
            f"={c['is order']}*({c['due with order']}+{c['due on delivery']}"
            f"+{c['rent per period']}*{inside})",
            "money",
        ),
        "window spend": (
            f"={c['is order']}*IF({c['owned']}=1,{c['spend']}+{value}*{c['paid before']},"
            f"{value}*MonthsPerPeriod*MAX(0,MIN({c['leaves t']},Periods)-{c['arrival t']}))",
            "money",
        ),
        "after the plan": (
            f"={c['owned']}*({c['arrival t']}>=Periods)*{value}*{rest}+{c['rent per period']}"
            f"*MAX(0,{c['leaves t']}-MAX({c['arrival t']},Periods))",
            "money",
        ),
        "units left": ("=" + less(c["units"], sold(model, c["no."])), "number"),
        "factor at end": (
            f"=IF({c['leaves t']}<=Periods,0,(1-{loss})"
            f"^(MAX(0,Periods-{c['arrival t']})*MonthsPerPeriod/12))",
            "rate",
        ),
        "terminal value": (
            f"={c['owned']}*IF({c['arrival t']}>=Periods,{value}*({c['paid before']}"
            f"+{c['with order']}),{lasting})",
            "money",
        ),
        "cost": (f"={c['owned']}*{value}", "money"),
        **book_formulas(model, c, value),
    }
    for name, (text, kind) in formulas.items():
        if sheet.parts:
            book.fill_down(sheet, first, last, column[name], text, kind)


def book_formulas(model: Model, c: dict[str, str], value: str) -> dict[str, tuple[str, str]]:
    """What the accounts carry of a row: its opening, what comes at arrival, what is paid ahead."""
    told, owed = c["book value told"], c["liability told"]
    age, life = f"MAX(0,0-{c['arrival t']})", chip_life(model, c["chip no."])
    left, term = c["leaves t"], f"({c['leaves t']}-{c['arrival t']})"
    before, serving = c["here before"], f"({left}>0)"
    rents = f"{value}*MonthsPerPeriod*{c['paid before']}*{term}"
    begun = f"{c['leased']}*({c['arrival t']}<0)*{serving}"
    rest = f"{c['rent per period']}*{annuity(f'MAX(0,{left})')}"
    return {
        "opening book value": (
            f"={c['owned']}*{before}*IF({told}=\"\",{c['cost']}*{serving}*MAX(0,1-{age}/{life}),{told})",
            "money",
        ),
        "booked": (
            f"={c['owned']}*((1-{before})*({c['cost']}+IF({told}=\"\",0,{told}))"
            f"-{c['rebate on cost']})",
            "money",
        ),
        "paid ahead": (
            f"={c['owned']}*{c['is order']}*{value}*({c['paid before']}+{c['with order']})"
            f"+{c['leased']}*{rents}",
            "money",
        ),
        "right of use": (
            f"={c['leased']}*{serving}*IF({c['arrival t']}<0,IF({told}=\"\","
            f"({c['liability entered']}+{rents})*{left}/{term},{told}),"
            f"{c['liability entered']}+{rents})",
            "money",
        ),
        "liability entered": (
            f"={c['leased']}*{c['rent per period']}*{annuity(term)}", "money",
        ),
        "liability scale": (
            f"=IF({begun}=0,1,IF({owed}=\"\",1,IF({rest}=0,0,{owed}/({rest}))))", "rate",
        ),
    }  # fmt: skip


def annuity(periods: str) -> str:
    """Worth of one payment in each of so many periods, at the start of the first."""
    return f"IF(LeaseRate=0,{periods},LeaseShift*(1-LeaseFactor^{periods})/(1-LeaseFactor))"


def sold(model: Model, number: str) -> str:
    """Units of a ledger row that are sold within the plan."""
    sales = model.sheet("Sales")
    if not sales.parts:
        return "0"
    span = (TOP, sales.row - 1)
    area = sales.down(sales.columns["units"], *span)
    return f"SUMIFS({area},{sales.down(sales.columns['ledger no.'], *span)},{number})"


def add_lines(model: Model) -> None:
    """Registers: lines of stock that reports never tell apart, and places."""
    heads = [
        ("scenario", ""),
        ("no.", ""),
        ("chip", ""),
        ("offer", ""),
        ("acquisition", ""),
        ("site", ""),
        ("place no.", "no."),
        ("on site", "1 = yes, 0 = cloud"),
        ("availability", "of time"),
        ("power", "kW per unit"),
        *number_columns(),
    ]
    total = sum(len(future.lines) for future in model.futures)
    doc = "Lines of stock: units of one chip and offer at one site. Rows of Stock follow them."
    sheet = new_list(model.book, "Lines", "model", doc, heads, total)
    at, scenarios = 0, []
    for future in model.futures:
        places = model.place_numbers(future)
        usable = {unit.line: unit.availability for unit in future.units}
        for line in future.lines:
            chip, offer, acquisition, site = line
            row = TOP + at
            for name, value in zip(
                sheet.columns,
                (future.name, at + 1, chip, offer or None, acquisition, site or None),
                strict=False,
            ):
                sheet.put(row, sheet.columns[name], value, "plain", "code" if name == "no." else "")
            sheet.put(row, sheet.columns["place no."], places[chip, site], "plain", "code")
            cloud = acquisition == "cloud" or not site
            sheet.put(row, sheet.columns["on site"], 0 if cloud else 1, "plain", "code")
            sheet.put(row, sheet.columns["availability"], usable[line], "input", "percent")
            put_members(model, sheet, row, line)
            kilowatts = chip_datum(model, "power_kw", sheet.cells(row)["chip no."])
            model.book.set(sheet, row, sheet.columns["power"], f"={kilowatts}", "exact")
            scenarios.append(future.name)
            at += 1
    mark_parts(sheet, scenarios)
    add_places(model)


def add_places(model: Model) -> None:
    """Register of places: one chip at one site, or in the cloud."""
    heads = [("scenario", ""), ("no.", ""), ("chip", ""), ("site", ""), ("chip no.", "no."),
             ("site no.", "no."), ("vendor no.", "no.")]  # fmt: skip
    total = sum(len(future.places) for future in model.futures)
    doc = "Places: one chip at one site, or in the cloud. Rows of Stock follow them."
    sheet = new_list(model.book, "Places", "model", doc, heads, total)
    at, scenarios = 0, []
    for future in model.futures:
        for chip, site in future.places:
            vendor = model.facts.by_name["Chips"][chip]["vendor"]
            values = (
                future.name,
                at + 1,
                chip,
                site or "cloud",
                model.facts.number("chip", chip),
                model.facts.number("site", site),
                model.facts.number("vendor", vendor),
            )
            for column, value in enumerate(values):
                sheet.put(TOP + at, column, value, "plain", "" if column in (0, 2, 3) else "code")
            scenarios.append(future.name)
            at += 1
    mark_parts(sheet, scenarios)
