"""Cash flow: every line of the objective by period, totals, discounting, the objective."""

from __future__ import annotations

from collections.abc import Callable

from ...contract.lines import (
    CAPEX,
    CASH_LINES,
    CHARGES,
    LINES,
    ON_PURCHASES,
    ON_RENTALS,
    OPEX,
    PLACE_LINES,
    VALUE_LINES,
)
from ...contract.outputs import OUTPUTS
from .buying import SHEET as BUYING
from .facts import Future
from .formula import letters
from .model import NUMBER, PRESENT, TOTAL, Model
from .sheets import FIRST, HEAD_ROW, TOP, UNIT_ROW, Sheet
from .tables import head_up, new_table

SHEET = "Cash flow"
NUMBERS = {line: number for number, line in enumerate(LINES, 1)}
"""Number of each line, by which the table Cash looks it up."""
Content = Callable[[Model, Future], str]


def add_cash_flow(model: Model) -> None:
    """The sheet Cash flow."""
    sheet = model.timeline(
        SHEET,
        "model",
        "Costs positive, what is received negative. Terminal value is discounted from the end.",
    )
    for future in model.futures:
        model.section(sheet, f"Cash {future.name}".strip())
        add_lines(model, sheet, future, CASH_LINES)
        model.section(sheet, f"No cash, but counted {future.name}".strip())
        add_lines(model, sheet, future, VALUE_LINES)
        model.section(sheet, f"Totals {future.name}".strip())
        add_totals(model, sheet, future)


def block(sheet: str, *names: str) -> Content:
    """The sum of blocks of a timeline sheet, in the formula's own period."""
    return lambda model, future: "+".join(model.sum_of(sheet, future, name) for name in names)


def column(sheet: str, name: str, when: str, sign: str = "") -> Content:
    """The sum of a list's column over the rows of the formula's own period."""
    return lambda model, future: sign + model.sum_ifs(sheet, future, name, when, model.t)


def purchases(model: Model, future: Future) -> str:
    """What is due with orders and on delivery."""
    with_order = model.sum_ifs("Ledger", future, "due with order", "ordered t", model.t)
    later = model.sum_ifs("Ledger", future, "due on delivery", "paid from t", model.t)
    return f"{with_order}+{later}"


def rent(model: Model, future: Future) -> str:
    """The rent of all units whose term runs."""
    running = ("arrival t", f'"<="&{model.t}', "leaves t", f'">"&{model.t}')
    return model.sum_ifs("Ledger", future, "rent per period", *running)


def terminal_value(model: Model, future: Future) -> str:
    """What units are worth at the plan's end less rebates, and residuals of projects."""
    units = total(model, future, "Ledger", "terminal value")
    rebates = total(model, future, "Rebates", "taken from terminal value")
    residual = model.sum_of("Projects", future, "residual")
    return f"0-TerminalValue*(({model.t}=Periods-1)*({units}-{rebates})+{residual})"


def total(model: Model, future: Future, sheet: str, name: str) -> str:
    """The sum of a list's column over all rows of a scenario."""
    area = model.sheet(sheet).part(name, future.name) if sheet in model.book.sheets else None
    return f"SUM({area})" if area else "0"


CONTENTS: dict[str, Content] = {
    **{line: block("Stock", line) for line in (*PLACE_LINES, *CHARGES)},
    "chip_purchases": purchases,
    "lease_and_cloud": rent,
    "order_fees": block(BUYING, "order_fees"),
    "setup": block(BUYING, "setup"),
    "running": column("Usage", "running cost", "t"),
    "programme_costs": block("Projects", "programme_costs", "cancellation"),
    "software": block("Projects", "software"),
    "site_projects": block("Projects", "site_projects"),
    "contract_fees": column("Contracts and deals", "fee", "t"),
    "shortfall_payments": column("Minimums", "shortfall payment", "to t"),
    "discounts": column("Rebates", "rebate", "paid t", "0-"),
    "deal_value": column("Milestones", "cash", "paid t", "0-"),
    "resale": column("Sales", "amount", "t", "0-"),
    "equity_value": column("Milestones", "equity", "paid t", "0-"),
    "unmet_penalty": block("Work", "unmet penalty"),
    "deferral_cost": block("Work", "deferral cost"),
    "rule_penalties": column("Rules", "penalty", "t"),
    "change_cost": block(BUYING, "change costs"),
    "terminal_value": terminal_value,
}
"""The formula of each line for the plan's first period."""


def add_lines(model: Model, sheet: Sheet, future: Future, lines: tuple[str, ...]) -> None:
    """One row per line, with its total and present value."""
    first = sheet.row
    for name in lines:
        row = model.line(
            sheet, future, name, "", model.facts.currency, "=" + CONTENTS[name](model, future),
            "money", number=NUMBERS[name], key=(name,),
        )  # fmt: skip
        factors = model.across("Time", None, "factor")
        span = sheet.across(row, model.count, own=True)
        text = f"=SUMPRODUCT({span}*{factors})"
        if name == "terminal_value":
            text = f"={letters(TOTAL)}{row + 1}*EndFactor"
        model.book.set(sheet, row, PRESENT, text, "money")
    model.block(sheet, future, "cash" if lines is CASH_LINES else "value", first)


def add_totals(model: Model, sheet: Sheet, future: Future) -> None:
    """All cash, capital and running, cumulative cash, and the present value."""
    currency, own = model.facts.currency, model.own(SHEET, future)

    def add(name: str, text: str, total: bool = True, present: bool = True) -> None:
        row = model.line(
            sheet, future, name, "", currency, "=" + text, "money",
            role="total", total=total, key=(name,),
        )  # fmt: skip
        if present:
            factors = model.across("Time", None, "factor")
            span = sheet.across(row, model.count, own=True)
            model.book.set(sheet, row, PRESENT, f"=SUMPRODUCT({span}*{factors})", "money", "total")

    def rebates(bought: str) -> str:
        return model.sum_ifs("Rebates", future, "rebate", "paid t", model.t, "bought", bought)

    add(ON_PURCHASES, f"0-{rebates('1')}")
    add("capex", "+".join(own.here(line) for line in CAPEX))
    add("all cash", own.sum("cash"))
    add(ON_RENTALS, f"0-{rebates('0')}")
    add("opex", "+".join(own.here(line) for line in OPEX))
    so_far = f"{letters(TOTAL)}{sheet.row + 1}+{own.here('all cash')}"
    add("cash since start", so_far, total=False, present=False)
    add("not cash", own.sum("value"), present=False)
    row = sheet.row
    sheet.row += 1
    sheet.put(row, 0, future.name)
    sheet.put(row, 1, "total discounted cost", "total")
    sheet.put(row, 2, "sum of all lines' present values", "total")
    sheet.put(row, 3, currency, "unit")
    spans = [model.spans[SHEET, future.name, name] for name in ("cash", "value")]
    column = letters(PRESENT)
    text = "=" + "+".join(f"SUM({column}{a + 1}:{column}{b + 1})" for a, b in spans)
    model.book.set(sheet, row, PRESENT, text, "money", "total")
    model.rows[SHEET, future.name, "total discounted cost"] = row


def add_cash_table(model: Model) -> None:
    """Table Cash: looked up on Cash flow."""
    facts = model.facts
    rows = facts.plan.tables.get("Cash", [])
    sheet = new_table(model.book, OUTPUTS["Cash"], rows, [("t", "period no."), ("line no.", "no.")])
    for at, row in enumerate(rows):
        sheet.put(TOP + at, sheet.columns["t"], facts.position(row["period"]), "plain", "code")
        number = NUMBERS[str(row["line"])]
        sheet.put(TOP + at, sheet.columns["line no."], number, "plain", "code")
    for future in model.futures:
        if future.name not in sheet.parts:
            continue
        first, end = sheet.parts[future.name]
        low = model.spans[SHEET, future.name, "cash"][0]
        high = model.spans[SHEET, future.name, "value"][1]
        flow = model.sheet(SHEET)
        numbers = flow.down(NUMBER, low, high)
        area = flow.area((low, high), (FIRST, FIRST + model.count - 1))
        c = sheet.cells(first)
        text = f"=INDEX({area},MATCH({c['line no.']},{numbers},0),{c['t']}+1)"
        model.book.fill_down(sheet, first, end, sheet.columns["amount"], text, "money")
        factor = model.across("Time", None, "factor")
        ending = flow.address(model.row(SHEET, future, "terminal_value"), NUMBER)
        later = f"IF({c['line no.']}={ending},EndFactor,INDEX({factor},1,{c['t']}+1))"
        text = f"={c['amount']}*{later}"
        model.book.fill_down(sheet, first, end, sheet.columns["discounted"], text, "money")


def add_objective(model: Model) -> None:
    """The sheet Objective: totals of the scenarios, their mean, their tail, the objective."""
    book, facts = model.book, model.facts
    sheet = book.add(
        Sheet(
            "Objective",
            "model",
            "Objective",
            "(1 − tail weight) × mean of the scenarios' totals + tail weight × tail measure.",
        )
    )
    head_up(sheet)
    heads = ("scenario", "probability", "total discounted cost", "tail measure from here", "unit")
    for column, head in enumerate(heads):
        sheet.put(HEAD_ROW, column, head, "head")
        sheet.put(UNIT_ROW, column, None)
    first, last = TOP, TOP + len(model.futures) - 1
    totals, chances = f"$C${first + 1}:$C${last + 1}", f"$B${first + 1}:$B${last + 1}"
    for at, future in enumerate(model.futures):
        row = TOP + at
        sheet.put(row, 0, future.name or "the plan")
        sheet.put(row, 1, future.probability, "input", "percent")
        flow = model.sheet(SHEET)
        total = flow.address(model.row(SHEET, future, "total discounted cost"), PRESENT)
        book.set(sheet, row, 2, f"={total}", "money")
        tail = (
            f"=C{row + 1}+SUMPRODUCT(({totals}>C{row + 1})*({totals}-C{row + 1})*{chances})"
            "/TailProbability"
        )
        book.set(sheet, row, 3, tail, "money")
        sheet.put(row, 4, facts.currency, "unit")
    row = last + 2
    lines = (
        ("mean", f"=SUMPRODUCT({totals}*{chances})", "MeanCost"),
        ("tail measure (CVaR)", f"=MIN($D${first + 1}:$D${last + 1})", "TailCost"),
        ("objective", "=(1-TailWeight)*MeanCost+TailWeight*TailCost", "Objective"),
    )
    for words, text, name in lines:
        sheet.put(row, 0, words, "total")
        book.set(sheet, row, 2, text, "money", "total")
        sheet.put(row, 4, facts.currency, "unit")
        book.name(name, sheet, row, 2)
        row += 1
    bound, keeping = facts.plan.bound, facts.plan.keeping
    if keeping is not None:
        place = TOP + len(model.futures) + 9  # below what the audit found, see checks
        sheet.put(place, 0, "of it to keep near the previous plan")
        sheet.put(place, 2, keeping.cost, "solved", "money")
        sheet.put(place, 4, facts.currency, "unit")
        book.name("KeepingCost", sheet, place, 2)
    best = "Objective" if keeping is None else "(Objective-KeepingCost)"
    for words, value, name in (
        ("objective by the solver", facts.plan.objective, "SolverObjective"),
        ("no plan can cost less than", bound, "SolverBound"),
    ):
        if value is None:
            continue
        sheet.put(row, 0, words)
        sheet.put(row, 2, value, "solved", "money")
        sheet.put(row, 4, facts.currency, "unit")
        book.name(name, sheet, row, 2)
        row += 1
    if bound is not None:
        sheet.put(row, 0, "gap in money")
        book.set(sheet, row, 2, f"=MAX(0,ROUND({best}-SolverBound,MoneyPlaces))", "money")
        sheet.put(row, 4, facts.currency, "unit")
        book.name("GapMoney", sheet, row, 2)
        sheet.put(row + 1, 0, "gap")
        book.set(sheet, row + 1, 2, f"=GapMoney/MAX(1,ABS({best}))", "percent")
        book.name("Gap", sheet, row + 1, 2)


def add_scenario_costs(model: Model) -> None:
    """Table Scenario costs: from Objective."""
    rows = model.facts.plan.tables.get("Scenario costs", [])
    sheet = new_table(model.book, OUTPUTS["Scenario costs"], rows)
    for name, letter, kind in (("probability", "B", "percent"), ("total", "C", "money")):
        text, last = f"=Objective!{letter}{TOP + 1}", TOP + len(rows) - 1
        model.book.fill_down(sheet, TOP, last, sheet.columns[name], text, kind)
