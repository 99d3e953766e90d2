"""Units in service by line and place, what they draw, and what running them costs."""

from __future__ import annotations

from ...contract.lines import CHARGES, PLACE_LINES
from ...contract.outputs import OUTPUTS
from .basis import chip_datum
from .facts import Future
from .model import Model, less
from .sheets import TOP, Sheet
from .tables import new_table

CLOUD = "cloud"
TODAY = "fleet of today"


def add_stock(model: Model) -> None:
    """The sheet Stock: one block per scenario and quantity."""
    sheet = model.timeline(
        "Stock", "model", "Units in service, use, power and running cost by place and period."
    )
    for future in model.futures:
        name = future.name
        model.section(sheet, f"Units in service by line {name}".strip())
        add_line_rows(model, sheet, future)
        model.section(sheet, f"Places: units, use, power and cost {name}".strip())
        add_place_rows(model, sheet, future)
        model.section(sheet, f"Sites: power against its limit {name}".strip())
        add_site_rows(model, sheet, future)
        model.section(sheet, f"Units in service by chip {name}".strip())
        add_chip_rows(model, sheet, future)


def add_line_rows(model: Model, sheet: Sheet, future: Future) -> None:
    """Stock of each line: what has arrived and not left, less what is sold."""
    t, first = model.t, sheet.row
    for line, number in model.line_numbers(future).items():
        chip, offer, acquisition, site = line
        key = f"$E{sheet.row + 1}"
        inside = ("line no.", key, "leaves t", f'">"&{t}')
        text = model.sum_ifs("Ledger", future, "units", *inside, "arrival t", f'"<="&{t}')
        if line in sold_lines(model, future):
            gone = model.sum_ifs("Sales", future, "units", *inside, "t", f'"<="&{t}')
            text = less(text, gone)
        item = f"{chip}, {offer or TODAY}, {site or CLOUD}"
        model.line(
            sheet, future, f"in service ({acquisition})", item, "units", "=" + text, "number",
            number=number, total=False, key=("line", str(number)),
        )  # fmt: skip
    model.block(sheet, future, "lines", first)
    register, first, own = model.sheet("Lines"), sheet.row, model.own("Stock", future)
    for line, number in model.line_numbers(future).items():
        if line[3]:
            units = own.here("line", str(number))
            power = register.address(TOP + number - 1, register.columns["power"])
            model.line(
                sheet, future, "power of line", f"{line[0]}, {line[1] or TODAY}, {line[3]}", "MW",
                f"={units}*$F{sheet.row + 1}/1000*{model.here('Rates', future, 'pue', line[3])}",
                "exact", number=number, constant=f"={power}", total=False,
            )  # fmt: skip
    model.block(sheet, future, "power", first)


def sold_lines(model: Model, future: Future) -> set[tuple[str, str, str, str]]:
    """Stock lines of which units are sold early."""
    sheet = model.sheet("Sales")
    if future.name not in sheet.parts:
        return set()
    first, last = sheet.parts[future.name]
    numbers = {sheet.values[row, sheet.columns["line no."]] for row in range(first, last + 1)}
    return {line for line, number in model.line_numbers(future).items() if number in numbers}


def add_place_rows(model: Model, sheet: Sheet, future: Future) -> None:
    """Per place: units, usable and busy ones, power, energy, what columns charge for them."""
    if not future.places:
        for line in PLACE_LINES:
            model.block(sheet, future, line, sheet.row)
        return
    t, currency = model.t, model.facts.currency
    lines = sheet.moving(*model.spans["Stock", future.name, "lines"], own=True)
    register = model.sheet("Lines")
    of_place = register.part("place no.", future.name)
    usable = register.part("availability", future.name)
    numbers = model.place_numbers(future)

    def rows(name: str, unit: str, text, kind: str, on_site: bool, power: bool = False) -> None:  # noqa: ANN001
        first = sheet.row
        for (chip, site), number in numbers.items():
            if on_site and not site:
                continue
            kilowatts = None
            if power:
                places = model.sheet("Places")
                kilowatts = "=" + chip_datum(
                    model, "power_kw", places.address(TOP + number - 1, places.columns["chip no."])
                )
            model.line(
                sheet, future, name, f"{chip}, {site or CLOUD}", unit, text(chip, site, sheet.row),
                kind, number=number, constant=kilowatts, total=name in PLACE_LINES,
                key=(name, str(number)),
            )  # fmt: skip
        model.block(sheet, future, name, first)

    def units(name: str, chip: str, site: str) -> str:
        return model.own("Stock", future).here(name, str(numbers[chip, site]))

    def rate(column: str, item: str) -> str:
        return model.here("Rates", future, column, item)

    rows(
        "units at place", "units",
        lambda chip, site, row: f"=SUMIFS({lines},{of_place},$E{row + 1})", "number", False,
    )  # fmt: skip
    rows(
        "usable", "units",
        lambda chip, site, row: f"=SUMPRODUCT(({of_place}=$E{row + 1})*{usable}*{lines})",
        "number", False,
    )  # fmt: skip
    for name, column in (("used", "units"), ("kept ready", "ready")):
        rows(
            name, "units",
            lambda chip, site, row, column=column: "="
            + model.sum_ifs("Usage", future, column, "place no.", f"$E{row + 1}", "t", t),
            "number", False,
        )  # fmt: skip
    rows(
        "energy", currency,
        lambda chip, site, row: f"=HoursPerPeriod*{rate('energy_price', site)}"
        f"*{rate('pue', site)}*$F{row + 1}/1000*(IdlePower*{units('units at place', chip, site)}"
        f"+(1-IdlePower)*{units('used', chip, site)})", "money", True, True,
    )  # fmt: skip
    for name, charge in CHARGES.items():
        if not charge.fixed:
            rows(
                name, currency,
                lambda chip, site, row, charge=charge: f"={units('units at place', chip, site)}*"
                + rate(charge.column, chip if charge.sheet == "Chips" else site)
                + ("*MonthsPerPeriod/12" if charge.a_year else ""), "money", True,
            )  # fmt: skip


def add_site_rows(model: Model, sheet: Sheet, future: Future) -> None:
    """Per site: what is drawn, what there is, how much of it is used, what is charged for it."""
    t, steps, own = model.t, model.sheet("Site steps"), model.own("Stock", future)
    register = model.sheet("Lines")
    sites = model.facts.numbers["site"]
    span = model.span("Stock", future, "power")
    first = sheet.row
    for site, number in sites.items():
        text = "=0"
        if span:
            begin = register.parts[future.name][0]
            area = register.down(register.columns["site no."], begin, begin + span[1] - span[0])
            here = sheet.moving(*span, own=True)
            text = f"=SUMIFS({here},{area},$E{sheet.row + 1})"
        model.line(
            sheet, future, "site power drawn", site, "MW", text, "exact", number=number, total=False
        )
    model.block(sheet, future, "site power", first)
    first = sheet.row
    for site, number in sites.items():
        base = model.here("Rates", future, "power_mw", site)
        added = "0"
        if future.name in steps.parts:
            added = model.sum_ifs(
                "Site steps", future, "mw",
                "site no.", f"$E{sheet.row + 1}", "ready t", f'"<="&{t}',
            )  # fmt: skip
        model.line(
            sheet, future, "site power limit", site, "MW", f'=IF({base}="","",{base}+{added})',
            "exact", number=number, total=False,
        )  # fmt: skip
    model.block(sheet, future, "site limit", first)
    first = sheet.row
    for site, number in sites.items():
        drawn = own.here("site power drawn", site)
        limit = own.here("site power limit", site)
        model.line(
            sheet, future, "share of power used", site, "of the limit",
            f"=IF(SUM({limit})=0,0,{drawn}/{limit})", "percent", number=number, total=False,
        )  # fmt: skip
    model.block(sheet, future, "site share", first)
    for name, charge in CHARGES.items():
        if charge.fixed:
            first = sheet.row
            for site, number in sites.items():
                price = model.here("Rates", future, charge.column, site)
                model.line(
                    sheet, future, name, site, model.facts.currency,
                    f"={price}" + ("*MonthsPerPeriod/12" if charge.a_year else ""), "money",
                    number=number,
                )  # fmt: skip
            model.block(sheet, future, name, first)


def add_chip_rows(model: Model, sheet: Sheet, future: Future) -> None:
    """Units in service by chip."""
    if not future.lines:
        return
    lines = sheet.moving(*model.spans["Stock", future.name, "lines"], own=True)
    of_chip = model.sheet("Lines").part("chip no.", future.name)
    first = sheet.row
    for chip in dict.fromkeys(line[0] for line in future.lines):
        text = f"=SUMIFS({lines},{of_chip},$E{sheet.row + 1})"
        model.line(
            sheet, future, "chip", chip, "units", text, "number",
            number=model.facts.number("chip", chip), total=False,
        )  # fmt: skip
    model.block(sheet, future, "chips", first)


def add_service_units(model: Model) -> None:
    """Table Units in service: looked up on Stock."""
    rows = model.facts.plan.tables.get("Units in service", [])
    sheet = new_table(
        model.book,
        OUTPUTS["Units in service"],
        rows,
        [("t", "period no."), ("chip no.", "no."), ("site no.", "no."), ("acquisition no.", "no.")],
    )
    facts = model.facts
    for at, row in enumerate(rows):
        sheet.put(TOP + at, sheet.columns["t"], facts.position(row["period"]), "plain", "code")
        for dimension in ("chip", "site", "acquisition"):
            number = facts.number(dimension, row[dimension])
            sheet.put(TOP + at, sheet.columns[f"{dimension} no."], number, "plain", "code")


def fill_service_units(model: Model) -> None:
    """Formulas of the table Units in service."""
    sheet, register = model.sheet("Units in service"), model.sheet("Lines")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        area = model.area("Stock", future, "lines")
        c = sheet.cells(first)
        tests = ",".join(
            f"{register.part(name, future.name)},{c[name]}"
            for name in ("chip no.", "site no.", "acquisition no.")
        )
        text = f"=SUMIFS(INDEX({area},0,{c['t']}+1),{tests})"
        model.book.fill_down(sheet, first, last, sheet.columns["units"], text, "number")


def add_power(model: Model) -> None:
    """Table Power: looked up on Stock."""
    facts = model.facts
    rows = facts.plan.tables.get("Power", [])
    extras = [("t", "period no."), ("site no.", "no.")]
    sheet = new_table(model.book, OUTPUTS["Power"], rows, extras)
    for at, row in enumerate(rows):
        sheet.put(TOP + at, sheet.columns["t"], facts.position(row["period"]), "plain", "code")
        number = facts.number("site", row["site"])
        sheet.put(TOP + at, sheet.columns["site no."], number, "plain", "code")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, last = sheet.parts[future.name]
        c = sheet.cells(first)
        for column, block in (("mw", "site power"), ("limit", "site limit")):
            area = model.area("Stock", future, block)
            text = f"=INDEX({area},{c['site no.']},{c['t']}+1)"
            model.book.fill_down(sheet, first, last, sheet.columns[column], text, "exact")
