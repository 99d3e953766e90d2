"""What the model stands on: named scalars, periods, chips, and inputs period by period."""

from __future__ import annotations

from ...contract.exact import HALF_A_CENT, LARGE, SHARE
from ...contract.inputs import INPUTS
from ...contract.lines import CHARGES
from ...contract.periods import SHIFT
from ...contract.schema import Kind
from .facts import Future
from .model import Model
from .sheets import HEAD_ROW, TOP, UNIT_ROW, Sheet
from .tables import head_up, new_list

HOURS_PER_YEAR = 8760.0
DUST = 1e-9
"""What stays unserved below this share of demand is the solver's rounding."""
TOLERANCE = 1e-6
"""Rules hold within this share of their limit, as in the independent audit."""
MONEY_TOLERANCE = 1e-9
"""Money agrees within this share of the objective."""


def add_assumptions(model: Model) -> None:
    """Scalars, each under a name that formulas use."""
    facts, book = model.facts, model.book
    sheet = book.add(
        Sheet(
            "Assumptions",
            "inputs",
            "Assumptions",
            "Scalars of the plan; formulas use them by name. Blue on cream are inputs.",
        )
    )
    head_up(sheet)
    for column, head in enumerate(("name", "value", "unit", "meaning")):
        sheet.put(HEAD_ROW, column, head, "head")
        sheet.put(UNIT_ROW, column, None)
        sheet.columns[head] = column
    end_years = "=Periods*MonthsPerPeriod/12"
    lease_rate = facts.setting("lease_rate")
    lease_rate = facts.setting("discount_rate") if lease_rate is None else lease_rate
    scalars: tuple[tuple[str, object, str, str, str], ...] = (
        ("DiscountRate", facts.setting("discount_rate"), "percent", "per year", "discount rate"),
        ("MonthsPerPeriod", facts.months, "code", "months", "length of a period"),
        ("Periods", facts.count, "code", "periods", "length of the plan"),
        (
            "CashShift",
            SHIFT[facts.setting("cash_timing")] * facts.months,
            "number",
            "months",
            f"from a period's start to its cash ({facts.setting('cash_timing')})",
        ),
        ("EndYears", end_years, "exact", "years", "from the plan's start to its end"),
        ("EndFactor", "=1/(1+DiscountRate)^EndYears", "factor", "", "discount factor of the end"),
        ("LeaseRate", lease_rate, "percent", "per year", "interest at which leases are valued"),
        (
            "LeaseFactor",
            "=1/(1+LeaseRate)^(MonthsPerPeriod/12)",
            "factor",
            "",
            "discount factor of a period at the lease rate",
        ),
        (
            "LeaseShift",
            "=1/(1+LeaseRate)^(CashShift/12)",
            "factor",
            "",
            "from a period's start to its rent, at the lease rate",
        ),
        ("HoursPerYear", HOURS_PER_YEAR, "integer", "hours", "hours in a year"),
        (
            "HoursPerPeriod",
            "=HoursPerYear*MonthsPerPeriod/12",
            "integer",
            "hours",
            "hours in a period",
        ),
        ("IdlePower", facts.setting("idle_power_pct"), "percent", "", "draw of an idle unit"),
        (
            "TerminalValue",
            1 if facts.setting("terminal_value") else 0,
            "code",
            "1 = yes",
            "whether value at the plan's end is credited",
        ),
        (
            "TailWeight",
            facts.setting("tail_weight") if facts.several else 0.0,
            "percent",
            "",
            "weight of the worst futures in the objective",
        ),
        (
            "TailProbability",
            facts.setting("tail_probability"),
            "percent",
            "",
            "share of futures that counts as the worst",
        ),
        (
            "ChangeCost",
            facts.setting("change_cost_pct"),
            "percent",
            "of list value",
            "price of a unit ordered otherwise than in the previous plan",
        ),
        ("Dust", DUST, "small", "of demand", "unserved work below this is rounding"),
        ("Tolerance", TOLERANCE, "small", "of the limit", "within which rules hold"),
        (
            "MoneyTolerance",
            MONEY_TOLERANCE,
            "small",
            "of the objective",
            "within which money agrees",
        ),
        ("HalfACent", HALF_A_CENT, "exact", facts.currency, "this close to a threshold reaches it"),
        (
            "LargeAmount",
            LARGE,
            "integer",
            facts.currency,
            "from here on a share of it takes the place of half a cent",
        ),
        ("ThresholdShare", SHARE, "small", "of the amount", "this close to a threshold reaches it"),
        ("MoneyPlaces", 2, "code", "decimals", "differences of money are rounded to cents"),
        ("UnitPlaces", 6, "code", "decimals", "differences of quantities are rounded"),
    )
    for row, (name, value, kind, unit, meaning) in enumerate(scalars, TOP):
        sheet.put(row, 0, name)
        if isinstance(value, str):
            book.set(sheet, row, 1, value, kind)
        else:
            sheet.put(row, 1, value, "input", kind)
        sheet.put(row, 2, unit, "unit")
        sheet.put(row, 3, meaning)
        book.name(name, sheet, row, 1)
    sheet.row = TOP + len(scalars)


def add_time(model: Model) -> None:
    """Periods, fiscal years and discount factors."""
    calendar = model.facts.calendar
    sheet = model.timeline("Time", "inputs", "The plan's periods, the same columns on every sheet.")
    model.line(sheet, None, "t", "period", "no.", list(calendar.positions), "code",
               total=False, key=("t",))  # fmt: skip
    years = [calendar.fiscal_year_number(at) for at in calendar.positions]
    years = [year + (1 if calendar.fiscal_year_start_month > 1 else 0) for year in years]
    model.line(sheet, None, "fiscal year", "ends in", "year", years, "code",
               total=False, key=("fiscal year",))  # fmt: skip
    ends = [
        1 if at + 1 == calendar.count or years[at + 1] != years[at] else 0
        for at in calendar.positions
    ]
    model.line(sheet, None, "last of its fiscal year", "within the plan", "1 = yes", ends, "code",
               total=False, key=("year ends",))  # fmt: skip
    begins = [1 if at == 0 or years[at - 1] != years[at] else 0 for at in calendar.positions]
    model.line(sheet, None, "first of its fiscal year", "within the plan", "1 = yes", begins,
               "code", total=False, key=("year begins",))  # fmt: skip
    model.line(
        sheet,
        None,
        "years to cash",
        "from the plan's start",
        "years",
        f"=({model.t}*MonthsPerPeriod+CashShift)/12",
        "exact",
        total=False,
        key=("years",),
    )
    model.line(
        sheet,
        None,
        "discount factor",
        "of the period's cash",
        "factor",
        f"=1/(1+DiscountRate)^{model.here('Time', None, 'years')}",
        "factor",
        total=False,
        key=("factor",),
    )


def add_chips(model: Model) -> None:
    """Figures of each chip that do not vary."""
    facts = model.facts
    chips = facts.rows("Chips")
    sheet = new_list(
        model.book,
        "Chip data",
        "inputs",
        "Figures of each chip, as read from the input workbook.",
        [
            ("no.", ""),
            ("chip", ""),
            ("vendor", ""),
            ("power_kw", "kW per unit"),
            ("value_loss", "per year"),
            ("resale", "of residual value"),
        ],
        len(chips),
    )
    for at, chip in enumerate(chips):
        row = TOP + at
        sheet.put(row, 0, at + 1, "plain", "code")
        sheet.put(row, 1, chip["chip"])
        sheet.put(row, 2, chip["vendor"])
        sheet.put(row, 3, chip["power_kw"] or 0.0, "input", "exact")
        sheet.put(row, 4, chip["value_loss_per_year"] or 0.0, "input", "percent")
        sheet.put(row, 5, chip["resale_pct"] or 0.0, "input", "percent")


def chip_datum(model: Model, column: str, number: str) -> str:
    """A chip's figure by its number."""
    sheet = model.sheet("Chip data")
    last = TOP + len(model.facts.numbers["chip"]) - 1
    return f"INDEX({sheet.down(sheet.columns[column], TOP, last)},{number})"


def add_rates(model: Model) -> None:
    """Inputs period by period, as solved in each scenario."""
    sheet = model.timeline(
        "Rates",
        "inputs",
        "Frozen copy of the inputs by period, growth, Timeline and scenario changes applied.",
    )
    for future in model.futures:
        model.section(sheet, f"Inputs {future.name}".strip())
        add_future(model, sheet, future)


def add_future(model: Model, sheet: Sheet, future: Future) -> None:
    """The rows of one scenario."""
    facts, world = model.facts, future.world
    currency = facts.currency

    def rows(
        column: str, source: tuple[str, str], items: list, unit: str | dict, kind: str
    ) -> None:
        first = sheet.row
        paths = world.demand if source == ("Demand", "") else world.path(*source)
        for item in items:
            name = " / ".join(item) if isinstance(item, tuple) else item
            shown = unit if isinstance(unit, str) else unit[name]
            values = [None if value is None else value for value in paths[item]]
            model.line(
                sheet, future, column, name, shown, values, kind, total=False, key=(column, name)
            )
        model.block(sheet, future, column, first)

    bought = {
        name: f"{currency} per unit" + ("" if row["acquisition"] == "buy" else " and month")
        for name, row in facts.by_name["Offers"].items()
    }
    offers = list(facts.numbers["offer"])
    rows("price", ("Offers", "price"), offers, bought, "money")
    fees = world.path("Offers", "order_fee")
    rows(
        "order_fee",
        ("Offers", "order_fee"),
        [name for name in offers if any(fees[name])],
        f"{currency} per period with an order",
        "money",
    )
    sites = list(facts.numbers["site"])
    for column in INPUTS["Sites"]:
        if column.varies:
            unit = column.unit.replace("money", currency) or "factor"
            kind = "cents" if column.kind is Kind.MONEY else "exact"
            rows(column.name, ("Sites", column.name), sites, unit, kind)
    chips = list(dict.fromkeys(chip for chip, site in future.places if site))
    for name in (charge.column for charge in CHARGES.values() if charge.sheet == "Chips"):
        unit = INPUTS["Chips"].column(name).unit.replace("money", currency)
        rows(name, ("Chips", name), chips, unit, "money")
    pairs = sorted({(str(row["chip"]), str(row["workload"])) for row in future.table("Usage")})
    work = facts.by_name["Workloads"]
    units = {" / ".join(pair): f"{work[pair[1]]['unit']} per unit" for pair in pairs}
    rows("throughput", ("Performance", "throughput"), pairs, units, "exact")
    costs = {" / ".join(pair): f"{currency} per {work[pair[1]]['unit']}" for pair in pairs}
    rows("running_cost", ("Performance", "running_cost"), pairs, costs, "exact")
    workloads = list(facts.numbers["workload"])
    asked = {name: work[name]["unit"] for name in workloads}
    rows("demand", ("Demand", ""), workloads, asked, "number")
    penalty = {name: f"{currency} per {work[name]['unit']}" for name in workloads}
    rows("unmet_penalty", ("Workloads", "unmet_penalty"), workloads, penalty, "money")


def add_names(model: Model) -> None:
    """The sheet Names: the numbers under which names stand in the lists."""
    numbers = model.facts.numbers
    heads = [part for kind in numbers for part in ((kind, "no."), (f"{kind} name", ""))]
    count = max(len(names) for names in numbers.values())
    sheet = new_list(
        model.book, "Names", "model", "The number of each name in the lists.", heads, count
    )
    for place, names in enumerate(numbers.values()):
        for at, (name, number) in enumerate(names.items()):
            sheet.put(TOP + at, 2 * place, number, "plain", "code")
            sheet.put(TOP + at, 2 * place + 1, name)
