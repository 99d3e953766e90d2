"""Checks: live comparisons that say what no longer holds, and one master check over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ...contract.outputs import OUTPUTS
from .assets import SHEET as ACCOUNTS
from .buying import SHEET as BUYING
from .cash import SHEET as CASH
from .facts import Future
from .formula import letters
from .model import PRESENT, TOTAL, Model
from .payments import SHEET as PAYMENTS
from .payments import of_kinds
from .sheets import FIRST, MASTER_ROW, TOP, Sheet
from .tables import new_table
from .years import years_of

MONEY, UNITS = "MoneyPlaces", "UnitPlaces"
EXTRAS = [("tolerance", ""), ("fails", "1 = yes"), ("made by", "")]
HOLDS, FAILS = "ok", "failed"


@dataclass(frozen=True)
class Live:
    """One check of the workbook: two formulas that agree within a tolerance."""

    sentence: str
    expected: str
    found: str
    tolerance: str
    kind: str = "money"


CENT_OR_SHARE = "MAX(1/100,MoneyTolerance*ABS({0}))"


def add_checks(model: Model) -> None:
    """Table Checks: the workbook's own checks first, then those of the independent audit."""
    book, facts = model.book, model.facts
    audit = facts.plan.tables.get("Checks", [])
    live = list(of_plan(model))
    for future in model.futures:
        live += of_future(model, future)
    blank = [dict.fromkeys(OUTPUTS["Checks"].names) for _ in range(len(live) + len(audit))]
    sheet = new_table(book, OUTPUTS["Checks"], blank, EXTRAS)
    sheet.kind = "checks"
    sheet.doc = "The workbook's checks are formulas; the audit's were made when the plan was."
    sheet.put(2, 0, sheet.doc, "note")
    sheet.widths[0] = 78.0
    for at, check in enumerate(live):
        put_live(model, sheet, TOP + at, check)
    for at, row in enumerate(audit, TOP + len(live)):
        found = row.get("result") == "ok"
        values = (row["check"], row["expected"], row["found"], row["difference"], row["result"])
        for column, value in enumerate(values):
            sheet.put(at, column, value, "plain", "text" if column in (0, 4) else "number")
        sheet.put(at, sheet.columns["fails"], 0 if found else 1, "plain", "signal")
        sheet.put(at, sheet.columns["made by"], "independent audit")
    last = TOP + len(live) + len(audit) - 1
    column = letters(sheet.columns["fails"])
    failed = f"SUM({column}{TOP + 1}:{column}{last + 1})"
    count = f"COUNT({column}{TOP + 1}:{column}{last + 1})"
    text = (
        f'=IFERROR(IF({failed}=0,"All "&{count}&" checks hold",'
        f'"CHECKS FAIL: "&{failed}&" of "&{count}&", see Checks"),"CHECKS FAIL: see Checks")'
    )
    book.set(sheet, MASTER_ROW, 0, text, "text", "big")
    book.name("MasterCheck", sheet, MASTER_ROW, 0)


def show_master(model: Model) -> None:
    """The master check on every other sheet."""
    for sheet in model.book.sheets.values():
        if (MASTER_ROW, 0) not in sheet.formulas and sheet.kind != "log":
            model.book.set(sheet, MASTER_ROW, 0, "=MasterCheck", "text", "big")


def put_live(model: Model, sheet: Sheet, row: int, check: Live) -> None:
    """One live check."""
    book, column = model.book, sheet.columns
    places = MONEY if check.kind == "money" else UNITS
    sheet.put(row, column["check"], check.sentence)
    book.set(sheet, row, column["expected"], "=" + check.expected, check.kind)
    book.set(sheet, row, column["found"], "=" + check.found, check.kind)
    kind = "cents" if check.kind == "money" else "exact"
    book.set(sheet, row, column["difference"], f"=ROUND(C{row + 1}-B{row + 1},{places})", kind)
    kind = "cents" if check.kind == "money" else "small"
    text = "=" + check.tolerance.format(f"B{row + 1}")
    book.set(sheet, row, column["tolerance"], text, kind)
    tolerance = f"{letters(column['tolerance'])}{row + 1}"
    fails = f"=IFERROR(IF(ABS(D{row + 1})<={tolerance},0,1),1)"
    book.set(sheet, row, column["fails"], fails, "signal")
    result = f'=IF({letters(column["fails"])}{row + 1}=0,"{HOLDS}","{FAILS}")'
    book.set(sheet, row, column["result"], result, "text")
    sheet.put(row, column["made by"], "this workbook")


def of_plan(model: Model) -> Iterator[Live]:
    """Checks over the whole plan."""
    yield Live("objective: by this workbook = by the solver", "SolverObjective", "Objective",
               CENT_OR_SHARE)  # fmt: skip
    audited = audited_objective(model)
    if audited is not None:
        yield Live("objective: by this workbook = by the independent audit", audited, "Objective",
                   CENT_OR_SHARE)  # fmt: skip
    sheet = model.sheet("Objective")
    chances = sheet.down(1, TOP, TOP + len(model.futures) - 1)
    yield Live("probabilities add up to 100 %", "1", f"SUM({chances})", "Tolerance", "percent")
    cash = model.sheet("Cash")
    listed = cash.down(cash.columns["discounted"], TOP, cash.row - 1)
    totals = "+".join(
        model.sheet(CASH).address(model.row(CASH, future, "total discounted cost"), PRESENT)
        for future in model.futures
    )
    yield Live("table Cash adds up to the scenarios' totals", totals, f"SUM({listed})",
               CENT_OR_SHARE)  # fmt: skip
    orders = model.sheet("Orders")
    if orders.parts:
        span = (TOP, orders.row - 1)
        now, then, part = (
            orders.down(orders.columns[name], *span)
            for name in ("units", "units as solved", "part of a lot")
        )
        yield Live("orders stand as solved: so many were changed", "0",
                   f"SUMPRODUCT(({now}<>{then})*1)", "0", "code")  # fmt: skip
        yield Live("orders are whole lots: parts of lots ordered", "0", f"SUM({part})",
                   "Tolerance", "exact")  # fmt: skip
    rates = model.sheet("Rates")
    area = rates.area((TOP, rates.row - 1), (FIRST, FIRST + model.count - 1))
    written = model.sheet("Formulas").address(TOP, 4)
    yield Live("inputs by period stand as solved: their sum", written, f"SUM({area})",
               "MoneyTolerance*MAX(1,ABS({0}))", "exact")  # fmt: skip
    counts = model.sheet("Formulas")
    first, last = TOP, counts.row - 1
    yield Live("no formula was overwritten: formulas there", f"SUM({counts.down(1, first, last)})",
               f"SUM({counts.down(2, first, last)})", "0", "integer")  # fmt: skip
    yield Live("the input's hash is that of the run", "0",
               f"IF({counts.address(TOP, 5)}={model.hash_cell},0,1)", "0", "code")  # fmt: skip


def audited_objective(model: Model) -> str | None:
    """Cell that holds the objective as the independent audit recomputed it."""
    for row in model.facts.plan.tables.get("Checks", []):
        if row["check"] == "the recomputed lines add up to the objective":
            sheet = model.sheet("Objective")
            place = TOP + len(model.futures) + 8
            sheet.put(place, 0, "objective by the independent audit")
            sheet.put(place, 2, row["expected"], "solved", "money")
            sheet.put(place, 4, model.facts.currency, "unit")
            model.book.name("AuditObjective", sheet, place, 2)
            return "AuditObjective"
    return None


def of_future(model: Model, future: Future) -> list[Live]:
    """Checks of one scenario."""
    found = [*of_money(model, future), *of_units(model, future), *of_rules(model, future)]
    if not model.facts.several:
        return found
    return [
        Live(f"{check.sentence} ({future.name})", check.expected, check.found, check.tolerance,
             check.kind)
        for check in found
    ]  # fmt: skip


def total(model: Model, sheet: str, future: Future, *key: str) -> str:
    """Total of a line over the plan."""
    return model.sheet(sheet).address(model.row(sheet, future, *key), TOTAL)


def totals(model: Model, sheet: str, future: Future, block: str) -> str:
    """Sum of a block's totals."""
    span = model.span(sheet, future, block)
    return f"SUM({model.sheet(sheet).down(TOTAL, *span)})" if span else "0"


def of_money(model: Model, future: Future) -> Iterator[Live]:
    """Money of one scenario, counted in different ways."""
    solved = {row["scenario"]: row["total"] for row in model.facts.plan.tables["Scenario costs"]}[
        future.name
    ]
    place = model.sheet(CASH)
    row = model.row(CASH, future, "total discounted cost")
    place.put(row, TOTAL, solved, "solved", "money")
    place.put(row, 5, "as solved:", "note")
    yield Live("total discounted cost = as solved", place.address(row, TOTAL),
               place.address(row, PRESENT), CENT_OR_SHARE)  # fmt: skip
    paid = "+".join(total(model, CASH, future, n) for n in ("chip_purchases", "lease_and_cloud"))
    for by in ("offer", "seller"):
        yield Live(f"paid for units: by {by} = by period", paid,
                   totals(model, BUYING, future, f"paid by {by}"), CENT_OR_SHARE)  # fmt: skip
    yield Live("paid for units: by time of order = by period", paid,
               totals(model, BUYING, future, "commitments"), CENT_OR_SHARE)  # fmt: skip
    yield Live("cash by fiscal year = by period", total(model, CASH, future, "all cash"),
               model.sheet("By year").address(
                   model.row("By year", future, "all cash", "Cash flow in all"), TOTAL),
               CENT_OR_SHARE)  # fmt: skip
    yield from of_accounts(model, future)


CLASSES = {
    "set-up": "set-up at end",
}
"""Items of the balance view that blocks of vintages or offers add up to."""


def of_accounts(model: Model, future: Future) -> Iterator[Live]:
    """The law of the accounts year by year, and balances counted in two ways."""
    sheet = model.sheet("By year")
    for at, year in enumerate(years_of(model)):
        column = FIRST + at
        cash = sheet.address(model.row("By year", future, "all cash", "Cash flow in all"), column)
        costs = sheet.address(model.row("By year", future, "all costs", "Costs in all"), column)
        sums = []
        for part in ("closing", "opening"):
            span = model.spans["By year", future.name, part]
            sums.append(f"SUM({sheet.down(column, *span)})")
        yield Live(f"cash of FY{year} = costs of Profit and loss + closing - opening balances",
                   cash, f"{costs}+{sums[0]}-{sums[1]}",
                   f"MAX(1/100,MoneyTolerance*(ABS({sums[0]})+ABS({sums[1]})))")  # fmt: skip
    accounts, end = model.sheet(ACCOUNTS), FIRST + model.count - 1
    for item, keys in ENDS.items():
        if (ACCOUNTS, future.name, *keys) not in model.rows:
            continue
        sign = "0-" if item == "lease liability" else ""
        yield Live(f"{item} at the end: rolled forward = valued",
                   sign + accounts.address(model.row(ACCOUNTS, future, *keys), end),
                   accounts.address(model.row(ACCOUNTS, future, "closing", item), end),
                   CENT_OR_SHARE)  # fmt: skip
    for item, block in CLASSES.items():
        span = model.span(ACCOUNTS, future, block)
        if span:
            yield Live(f"{item} at the end: rolled forward = valued one by one",
                       f"SUM({accounts.down(end, *span)})",
                       accounts.address(model.row(ACCOUNTS, future, "closing", item), end),
                       CENT_OR_SHARE)  # fmt: skip
    yield from of_commitments(model, future)
    unit = model.sheet("Unit cost")
    loss = model.sheet("Profit and loss")
    if future.name in unit.parts:
        yield Live("Unit cost adds up to the costs of Profit and loss",
                   f"SUM({loss.part('amount', future.name)})",
                   f"SUM({unit.part('amount', future.name)})",
                   "1/100*Periods+MoneyTolerance*ABS({0})")  # fmt: skip


def of_commitments(model: Model, future: Future) -> Iterator[Live]:
    """What is bound in all, and by kind as it is paid in the plan and after it."""
    table = model.sheet("Commitments")
    if future.name not in table.parts:
        return
    parts = "+".join(model.sum_ifs(PAYMENTS, future, "amount", "firm", firm) for firm in ("1", "0"))
    yield Live("Commitments in all = firm and avoidable payments due", parts,
               f"SUM({table.part('amount', future.name)})", CENT_OR_SHARE)  # fmt: skip
    due, factor = (
        model.sheet(PAYMENTS).part(name, future.name) for name in ("amount", "discount factor")
    )
    yield Live("Commitments at present value = payments due × discount factors",
               f"SUMPRODUCT({due}*{factor})",
               f"SUM({table.part('present_value', future.name)})", CENT_OR_SHARE)  # fmt: skip
    steps, ledger = model.sheet("Site steps"), model.sheet("Ledger")
    after = {"units": f"SUM({ledger.part('after the plan', future.name)})", "sites": "0"}
    if future.name not in ledger.parts:
        after["units"] = "0"
    if future.name in steps.parts:
        c = {name: steps.part(name, future.name) for name in
             ("start t", "steps", "cost per step", "paid before")}  # fmt: skip
        after["sites"] = (
            f"SUMPRODUCT(({c['start t']}>=Periods)*{c['steps']}*{c['cost per step']}"
            f"*(1-{c['paid before']}))"
        )
    for words, kinds, lines, later in (
        ("units", ("purchase", "lease", "cloud"), ("chip_purchases", "lease_and_cloud"),
         after["units"]),
        ("order fees", ("order fee",), ("order_fees",), "0"),
        ("set-up", ("set-up",), ("setup",), "0"),
        ("site steps", ("site step",), ("site_projects",), after["sites"]),
        ("signing fees", ("signing fee",), ("contract_fees",), "0"),
    ):  # fmt: skip
        if not any(row["kind"] in kinds for row in future.table("Commitments")) and not any(
            row["line"] in lines for row in future.table("Cash")
        ):
            continue
        paid = "+".join(total(model, CASH, future, line) for line in lines)
        yield Live(f"Commitments for {words} = paid for them in the plan and after it",
                   f"{paid}+{later}", of_kinds(model, future, *kinds),
                   CENT_OR_SHARE)  # fmt: skip
    stages = model.sheet("Programme timeline")
    if future.name in stages.parts:
        c = {name: stages.part(name, future.name) for name in
             ("paid until t", "from t", "planned cost", "planned duration")}  # fmt: skip
        rest = (
            f"SUMPRODUCT(({c['paid until t']}>{c['from t']})*({c['paid until t']}-{c['from t']})"
            f"*{c['planned cost']}/{c['planned duration']})"
        )
        bound = of_kinds(model, future, "programme stage")
        yield Live("Commitments for stages: beyond what is left to pay of them", "0",
                   f"MAX(0,{bound}-{rest})", f"MAX(1/100,MoneyTolerance*ABS({rest}))")  # fmt: skip


ENDS = {
    "chips": ("chips at end",),
    "sites": ("sites at end",),
    "programmes": ("programmes", "at end"),
    "right of use": ("lease", "right of use"),
    "lease liability": ("lease", "owed for leases"),
}
"""Items of the balance view that a line of the sheet Accounts values."""


def of_units(model: Model, future: Future) -> Iterator[Live]:
    """Units, work and power of one scenario."""
    ledger = model.sheet("Ledger")
    if ("Stock", future.name, "lines") in model.spans:
        units, arrival, leaves = (
            ledger.part(name, future.name) for name in ("units", "arrival t", "leaves t")
        )
        inside = (
            f"(({leaves}<Periods)*{leaves}+({leaves}>=Periods)*Periods-({arrival}>0)*{arrival})"
            f"*({leaves}>0)*({arrival}<Periods)"
        )
        expected = f"SUMPRODUCT({units}*{inside})"
        sales = model.sheet("Sales")
        if future.name in sales.parts:
            sold, gone, when = (
                sales.part(name, future.name) for name in ("units", "leaves t", "t")
            )
            expected += (
                f"-SUMPRODUCT({sold}*(({gone}<Periods)*{gone}+({gone}>=Periods)*Periods-{when}))"
            )
        yield Live("units in service × periods: ledger = stock", expected,
                   f"SUM({model.area('Stock', future, 'lines')})",
                   "Tolerance*MAX(1,ABS({0}))", "number")  # fmt: skip
        used, ready, usable = (
            model.area("Stock", future, name) for name in ("used", "kept ready", "usable")
        )
        yield Live("units used and kept ready are there: places and periods without", "0",
                   f"SUMPRODUCT(({used}+{ready}>{usable}*(1+Tolerance)+Tolerance)*1)", "0",
                   "code")  # fmt: skip
        lines = model.area("Stock", future, "lines")
        yield Live("no stock is below zero: lines and periods that are", "0",
                   f"SUMPRODUCT(({lines}<0-Tolerance)*1)", "0", "code")  # fmt: skip
    usage = model.sheet("Usage")
    if future.name in usage.parts:
        yield Live("work served: by use = by workload", f"SUM({usage.part('served', future.name)})",
                   f"SUM({model.area('Work', future, 'served')})",
                   "MoneyTolerance*MAX(1,ABS({0}))", "number")  # fmt: skip
    demand, unmet, waiting, spare, served = (
        model.area("Work", future, name)
        for name in ("demand", "unmet", "waiting at end", "reserve", "served")
    )
    yield Live("nothing is served that was not asked for: workloads and periods", "0",
               f"SUMPRODUCT(({unmet}<0-Tolerance*{demand}-Tolerance)*1)", "0", "code")  # fmt: skip
    most = model.area("Work", future, "most unmet")
    yield Live("unmet work is within what may be unmet: workloads and periods beyond", "0",
               f"SUMPRODUCT(({unmet}>{most}+Tolerance*{demand}+Tolerance)*1)", "0",
               "code")  # fmt: skip
    yield Live("work waits for no one past the end, and never below zero", "0",
               f"SUMPRODUCT(({waiting}<0-Tolerance)*1)+SUMPRODUCT(({model.times}=Periods-1)"
               f"*({waiting}>Tolerance*{demand}+Tolerance))", "0", "code")  # fmt: skip
    yield Live("units kept ready are enough: workloads and periods short", "0",
               f"SUMPRODUCT(({spare}<0-Tolerance*{served}-Tolerance)*1)", "0", "code")  # fmt: skip
    if ("Stock", future.name, "site share") in model.spans:
        used = model.area("Stock", future, "site share")
        yield Live("power fits every site: sites and periods beyond their limit", "0",
                   f"SUMPRODUCT(({used}>1+Tolerance)*1)", "0", "code")  # fmt: skip


def of_rules(model: Model, future: Future) -> Iterator[Live]:
    """Rules, splits, milestones of one scenario."""
    rules = model.sheet("Rules")
    if future.name in rules.parts:
        hard, slack, limit = (rules.part(n, future.name) for n in ("hard", "slack", "limit"))
        yield Live("hard rules, budgets and contracts hold: windows in which one does not", "0",
                   f"SUMPRODUCT(({hard}=1)*({slack}<0-Tolerance-Tolerance*({limit}>0)*{limit}))",
                   "0", "code")  # fmt: skip
    splits = model.sheet("Vendor split")
    for basis, words in (("order_spend", "order spend"), ("served", "work served")):
        cells, whole = [], ""
        for place, row in future.rows.get("Vendor split", []):
            if (row["dimension"], row["basis"], row["window"]) == ("vendor", basis, "plan"):
                cells.append(splits.address(TOP + place, splits.columns["amount"]))
                whole = splits.address(TOP + place, splits.columns["whole"])
        if cells:
            yield Live(f"{words}: by vendor = in all", whole, "+".join(cells), CENT_OR_SHARE
                       if basis == "order_spend" else "Tolerance",
                       "money" if basis == "order_spend" else "percent")  # fmt: skip
    if "Milestones" in model.book.sheets:
        sheet = model.sheet("Milestones")
        if future.name in sheet.parts:
            earned, level, need = (
                sheet.part(n, future.name) for n in ("earned", "level when paid", "threshold")
            )
            yield Live("milestones that pay are reached: those that are not", "0",
                       f"SUMPRODUCT(({earned}>0)*({level}<{need}*(1-Tolerance)))", "0",
                       "code")  # fmt: skip


def add_counts(model: Model) -> None:
    """The sheet Formulas: how many each sheet holds, and the sum of the inputs by period."""
    from .tables import new_list

    heads = [("sheet", ""), ("written", "formulas"), ("found", "formulas"), ("cells", ""),
             ("inputs by period", "sum as solved"), ("input sha256", "")]  # fmt: skip
    names = [name for name in model.book.sheets if name not in ("Summary", "Checks")]
    doc = "Formulas written on each sheet, and found now. Excel before 2013 cannot count them."
    sheet = new_list(model.book, "Formulas", "log", doc, heads, len(names))
    for at, name in enumerate(names):
        sheet.put(TOP + at, 0, name)


def fill_counts(model: Model) -> None:
    """Counts, once every other sheet stands."""
    sheet, book = model.sheet("Formulas"), model.book
    for row in range(TOP, sheet.row):
        name = str(sheet.values[row, 0])
        source = book.sheets[name]
        cells = [cell for cell in source.formulas if cell[0] >= TOP]
        last_row = max((row for row, _ in source.looks), default=TOP)
        last = max((column for _, column in source.looks), default=0)
        area = source.area((TOP, max(last_row, TOP)), (0, last))
        sheet.put(row, 1, len(cells), "plain", "integer")
        text = f"=IFERROR(SUMPRODUCT(_xlfn.ISFORMULA({area})*1),B{row + 1})"
        book.set(sheet, row, 2, text, "integer")
        sheet.put(row, 3, area)
    rates = model.sheet("Rates")
    numbers = [
        value
        for (row, column), value in rates.values.items()
        if row >= TOP and column >= FIRST and isinstance(value, float)
    ]
    sheet.put(TOP, 4, sum(numbers), "plain", "exact")
    sheet.put(TOP, 5, model.facts.tables.sha256)
