"""Vendor splits and rules: where every share, budget and contract stands, by formula."""

from __future__ import annotations

from dataclasses import dataclass

from ...contract.inputs import INPUTS
from ...contract.lines import BUDGET_WORDS, BUDGETED, CAPEX, OPEX
from ...contract.outputs import OUTPUTS
from ...contract.periods import Window
from ...contract.problems import fold
from ...plan.verdicts import BINDS, NOT_APPLIED, NOT_IN_FORCE
from .cash import SHEET as CASH
from .facts import Future
from .model import Model
from .sheets import TOP, Sheet
from .tables import new_table
from .work import WEIGHTS

PLAN = "plan"


@dataclass(frozen=True)
class Question:
    """A part of a whole: which basis, split by what, in which window."""

    basis: str
    dimension: str
    first: str
    """Cells: the window's first period (with those before the plan) and its last."""
    last: str
    weight: str
    """For served work: which demand it is measured against."""
    workload: str = ""
    """Cell of the workload's number; blank for all."""


def part_of(model: Model, future: Future, ask: Question, member: str | None) -> str:
    """Formula of a member's part, or of the whole where ``member`` is None."""
    column = f"{ask.dimension} no."
    mine = [column, member] if member else []
    if ask.basis in ("order_units", "order_spend"):
        target = "units" if ask.basis == "order_units" else "window spend"
        span = ["ordered t", f'">="&{ask.first}', "ordered t", f'"<="&{ask.last}']
        return model.sum_ifs("Ledger", future, target, *mine, *span)
    if ask.basis == "served":
        span = ["t", f'">="&{ask.first}', "t", f'"<="&{ask.last}']
        span += ["workload no.", ask.workload] if ask.workload else []
        return model.sum_ifs("Usage", future, ask.weight, *mine, *span)
    block = "lines" if ask.basis == "units_in_service" else "power"
    span = model.span("Stock", future, block)
    if span is None:
        return "0"
    area = model.area("Stock", future, block)
    inside = f"({model.times}>={ask.first})*({model.times}<={ask.last})"
    if not member:
        return f"SUMPRODUCT({inside}*{area})"
    register = model.sheet("Lines")
    begin = register.parts[future.name][0]
    numbers = register.down(register.columns[column], begin, begin + span[1] - span[0])
    return f"SUMPRODUCT(({numbers}={member})*{inside}*{area})"


def windows_of(model: Model) -> dict[str, Window]:
    """Every whole window by label: periods, fiscal years, the plan."""
    calendar = model.facts.calendar
    found: dict[str, Window] = {}
    for kind in ("period", "fiscal_year", "plan"):
        found.update({window.label: window for window in calendar.windows(kind)})
    return found


def weight_of(label: str) -> str:
    """The column of Usage that measures served work in a window."""
    if label == PLAN:
        return WEIGHTS[2]
    return WEIGHTS[1] if label.startswith("FY") else WEIGHTS[0]


# ---------------------------------------------------------------------------- splits
def add_splits(model: Model) -> None:
    """Table Vendor split by formula."""
    facts = model.facts
    rows = facts.plan.tables.get("Vendor split", [])
    extras = [("from t", "period no."), ("to t", "period no."), ("member no.", "no."),
              ("whole", "as the basis")]  # fmt: skip
    sheet = new_table(model.book, OUTPUTS["Vendor split"], rows, extras)
    by_name = {future.name: future for future in model.futures}
    windows, wholes = windows_of(model), {}
    for at, row in enumerate(rows):
        future = by_name[str(row["scenario"])]
        sheet.looks[TOP + at, sheet.columns["limit"]] = ("input", "percent")
        if stays_live(row, trunk=future is model.futures[0]):
            fill_split(model, future, TOP + at, row, windows[str(row["window"])], wholes)
        else:
            show_split(sheet, TOP + at, row)


def stays_live(row: dict, trunk: bool) -> bool:
    """Whether a share is a formula: all of the trunk, vendors' and limited ones everywhere."""
    return trunk or row["dimension"] == "vendor" or row["limit"] is not None


def show_split(sheet: Sheet, place: int, row: dict) -> None:
    """A share as it was when solved."""
    kind = "percent" if row["basis"] == "served" else "number"
    sheet.looks[place, sheet.columns["amount"]] = ("solved", kind)
    sheet.looks[place, sheet.columns["share"]] = ("solved", "percent")


def fill_split(
    model: Model,
    future: Future,
    place: int,
    row: dict,
    window: Window,
    wholes: dict[tuple[str, str, str], str],
) -> None:
    """A share by formula; ``wholes`` says where the whole of its basis and window stands."""
    sheet = model.sheet("Vendor split")
    column = sheet.columns
    basis = str(row["basis"])
    orders = basis in ("order_units", "order_spend")
    first = start_of(window) if orders else window.positions[0]
    number = model.facts.number(str(row["dimension"]), row["member"])
    for name, value in (("from t", first), ("to t", window.last), ("member no.", number)):
        sheet.put(place, column[name], value, "plain", "code")
    cells = sheet.cells(place)
    ask = Question(
        basis,
        str(row["dimension"]),
        cells["from t"],
        cells["to t"],
        weight_of(window.label),
    )
    kind = "percent" if basis == "served" else "number"
    stock = basis in ("units_in_service", "power")
    average = f"/({cells['to t']}-{cells['from t']}+1)" if stock else ""
    part = part_of(model, future, ask, cells["member no."]) + average
    model.book.set(sheet, place, column["amount"], f"={part}", kind)
    same = (future.name, basis, window.label)
    whole = wholes.get(same) or part_of(model, future, ask, None) + average
    wholes.setdefault(same, sheet.address(place, column["whole"], own=True))
    model.book.set(sheet, place, column["whole"], f"={whole}", kind)
    text = f"=IF({cells['whole']}>0,{cells['amount']}/{cells['whole']},0)"
    model.book.set(sheet, place, column["share"], text, "percent")


def start_of(window: Window) -> int:
    """First position of a window, the periods before the plan included."""
    return min((*window.before, *window.positions))


# ---------------------------------------------------------------------------- rules
def add_rules(model: Model) -> None:
    """Table Rules with its constants; formulas follow once the cash flow stands."""
    facts = model.facts
    rows = facts.plan.tables.get("Rules", [])
    extras = [("t", "period no."), ("from t", "period no."), ("member no.", "no."),
              ("workload no.", "no."), ("so far", "as the basis"),
              ("so far in all", "as the basis"), ("part", "as the basis"),
              ("spend of all", facts.currency), ("penalty rate", facts.currency),
              ("hard", "1 = yes")]  # fmt: skip
    sheet = new_table(model.book, OUTPUTS["Rules"], rows, extras)
    for at, row in enumerate(rows):
        rate = penalty_rate(model, row)
        share = row["sheet"] == "Share rules"
        place, kind = TOP + at, "percent" if share else "number"
        sheet.looks[place, sheet.columns["level"]] = ("solved", kind)
        sheet.looks[place, sheet.columns["limit"]] = ("input", kind)
        sheet.looks[place, sheet.columns["violation"]] = ("solved", "exact")
        sheet.put(place, sheet.columns["penalty rate"], rate or 0.0, "input", "cents")
        sheet.looks[place, sheet.columns["step"]] = ("solved", kind)
        if row["state"] == BINDS and not row["marginal_value"]:  # a dash would read as "nothing"
            sheet.values.pop((place, sheet.columns["marginal_value"]), None)
        hard = rate is None and row["state"] not in (NOT_APPLIED, NOT_IN_FORCE)
        sheet.put(place, sheet.columns["hard"], 1 if hard else 0, "plain", "code")


def source_rows(model: Model, sheet: str, name: str) -> list[dict]:
    """Input rows of a rule by name."""
    key = {"Budgets": "budget", "Contracts": "contract"}.get(sheet, "rule")
    return [row for row in model.facts.rows(sheet) if row[key] == name]


def rule_of(model: Model, row: dict) -> tuple[list[dict], str]:
    """The input rows of a rule as the plan shows it, and its member."""
    sheet, shown = str(row["sheet"]), str(row["rule"])
    found = source_rows(model, sheet, shown)
    if found and sheet != "Share rules":
        return found, ""
    if "rule" in INPUTS[sheet].names:
        names = {row["rule"] for row in model.facts.rows(sheet)}
        for name in sorted(names, key=len, reverse=True):
            if shown.startswith(f"{name}: "):
                return source_rows(model, sheet, name), shown[len(name) + 2 :]
    return found, ""


def penalty_rate(model: Model, row: dict) -> float | None:
    """Money per unit of violation; None where the rule is hard."""
    rows, _ = rule_of(model, row)
    if row["sheet"] == "Contracts" and rows and rows[0]["shortfall_pct"] is not None:
        return 0.0
    return next((source["penalty"] for source in rows if source["penalty"] is not None), None)


def fill_rules(model: Model) -> None:
    """Formulas of the table Rules."""
    sheet, facts = model.sheet("Rules"), model.facts
    by_name = {future.name: future for future in model.futures}
    for at, row in enumerate(facts.plan.tables.get("Rules", [])):
        place = TOP + at
        future = by_name[str(row["scenario"])]
        cells = sheet.cells(place)
        sources, member = rule_of(model, row)
        window = window_of(model, row, sources)
        for name, value in (("t", window.last), ("from t", window.positions[0])):
            sheet.put(place, sheet.columns[name], value, "plain", "code")
        level = level_of(model, future, row, sources, member, window, cells, place)
        kind = sheet.looks[place, sheet.columns["limit"]][1]
        if level is not None:
            model.book.set(sheet, place, sheet.columns["level"], level, kind)
            is_idle = row["state"] in (NOT_APPLIED, NOT_IN_FORCE)
            beyond = "=0" if is_idle else violation_of(row, cells)
            model.book.set(sheet, place, sheet.columns["violation"], beyond, "exact")
        penalty = f"={cells['violation']}*{cells['penalty rate']}"
        model.book.set(sheet, place, sheet.columns["penalty"], penalty, "money")
        slack = f"={cells['limit']}-{cells['level']}"
        if row["sense"] == ">=":
            slack = f"={cells['level']}-{cells['limit']}"
        if row["sense"] == "=":
            slack = f"=0-ABS({cells['level']}-{cells['limit']})"
        places = "UnitPlaces" if kind == "percent" else "MoneyPlaces"
        text = f"=ROUND({slack[1:]},{places})"
        if row["sheet"] == "Share rules" and level is not None:
            text = f'=IF({cells["whole"]}>0,{text[1:]},"")'
        elif row["level"] is None:
            continue
        model.book.set(sheet, place, sheet.columns["slack"], text, kind)


def window_of(model: Model, row: dict, sources: list[dict]) -> Window:
    """The window of a row of Rules, cut to the from … to of each row of the rule."""
    calendar, label = model.facts.calendar, str(row["window"] or "")
    rules = sources or [{"from": None, "to": None}]
    found = [
        window
        for rule in rules
        for kind in ("period", "fiscal_year", "plan")
        for window in calendar.windows(kind, rule["from"] or 0, rule["to"])
        if window.label == label
    ]
    if not found:
        return next(iter(calendar.windows("plan", rules[0]["from"] or 0, rules[0]["to"])))
    held = {at for window in found for at in window.positions}
    before = {at for window in found for at in window.before}
    return Window(label, tuple(sorted(held)), tuple(sorted(before)))


def violation_of(row: dict, cells: dict[str, str]) -> str:
    """How far a rule is broken, in the units of its basis."""
    sign = "" if row["sense"] == "<=" else "-"
    if row["sheet"] == "Share rules":
        over = f"{cells['part']}-{cells['limit']}*{cells['whole']}"
        return f"=IF({sign}({over})<=Dust*{cells['whole']},0,{sign}({over}))"
    over = f"({cells['level']}-{cells['limit']})"
    if row["sense"] == "=":
        return f"=IF(ABS{over}<=Dust*MAX(1,ABS({cells['limit']})),0,ABS{over})"
    return f"=IF({sign}{over}<=Dust*MAX(1,ABS({cells['limit']})),0,{sign}{over})"


def level_of(
    model: Model,
    future: Future,
    row: dict,
    sources: list[dict],
    member: str,
    window: Window,
    cells: dict[str, str],
    place: int,
) -> str | None:
    """Formula of a rule's level; None where the level stands as solved."""
    sheet = model.sheet("Rules")
    name = str(sources[0].get("rule", row["rule"])) if sources else ""
    told = model.facts.earlier(str(row["sheet"]), name, window)
    if row["sheet"] == "Budgets":
        level = budget_level(model, future, sources[0]["lines"], cells)
        if told.amounts:
            sheet.put(place, sheet.columns["so far"], told.of("spent"), "input", "money")
            level += f"+{cells['so far']}"
        return level
    if row["sheet"] == "Contracts":
        return minimum_level(model, future, row)
    if row["sheet"] == "Supplier counts":
        if told.amounts:
            return None
        return count_level(model, future, sources[0], told.window, cells, row, place)
    if row["sheet"] != "Share rules" or not sources:
        return None
    rule = sources[0]
    label = window.label
    whole_window = windows_of(model)[label]
    cut = whole_window.positions != window.positions
    if rule["basis"] == "served" and (cut or told.amounts):
        return None
    if rule["basis"] in ("order_units", "order_spend"):
        sheet.put(place, sheet.columns["from t"], start_of(told.window), "plain", "code")
    number = model.facts.number(rule["dimension"], member)
    sheet.put(place, sheet.columns["member no."], number, "plain", "code")
    workload = ""
    if rule["workload"]:
        number = model.facts.number("workload", rule["workload"])
        sheet.put(place, sheet.columns["workload no."], number, "plain", "code")
        workload = cells["workload no."]
    ask = Question(
        rule["basis"], rule["dimension"], cells["from t"], cells["t"], weight_of(label), workload
    )
    for name, who, before, amount in (
        ("part", cells["member no."], "so far", told.of("part", member)),
        ("whole", None, "so far in all", told.of("whole")),
    ):
        text = f"={part_of(model, future, ask, who)}"
        if told.amounts:
            sheet.put(place, sheet.columns[before], amount, "input", "number")
            text += f"+{cells[before]}"
        model.book.set(sheet, place, sheet.columns[name], text, "exact")
    return f'=IF({cells["whole"]}>0,{cells["part"]}/{cells["whole"]},"")'


def budget_lines(lines: str) -> list[str]:
    """Rows of the cash flow that a budget adds up."""
    names = {name for word in map(fold, lines.split(",")) for name in BUDGET_WORDS[word]}
    totals = {"all cash": BUDGET_WORDS["all"], "capex": CAPEX, "opex": OPEX}
    found = []
    for total, parts in totals.items():
        if names.issuperset(parts):
            found.append(total)
            names.difference_update(parts)
    return [*found, *(name for name in BUDGETED if name in names)]


def budget_level(model: Model, future: Future, lines: str, cells: dict[str, str]) -> str:
    """Sum of a budget's cash lines over its window."""
    text = ""
    for name in budget_lines(lines):
        span, times = model.across(CASH, future, name), model.times
        text += f'+SUMIFS({span},{times},">="&{cells["from t"]},{times},"<="&{cells["t"]})'
    return "=" + text.removeprefix("+")


def minimum_level(model: Model, future: Future, row: dict) -> str | None:
    """Level of a contract's minimum, from the sheet Minimums."""
    if "Minimums" not in model.book.sheets:
        return None
    sheet = model.sheet("Minimums")
    first, last = sheet.parts.get(future.name, (0, -1))
    for at in range(first, last + 1):
        if sheet.values.get((at, 1)) == row["rule"] and sheet.values.get((at, 2)) == row["window"]:
            return "=" + sheet.address(at, sheet.columns["level"])
    return None


def count_level(
    model: Model,
    future: Future,
    rule: dict,
    window: Window,
    cells: dict[str, str],
    row: dict,
    place: int,
) -> str | None:
    """How many suppliers reach their share of the window's order spend."""
    if rule["active_if_pct"] is None or future.name not in model.sheet("Ledger").parts:
        return None
    rules, names = model.sheet("Rules"), model.sheet("Names")
    rules.put(place, rules.columns["from t"], start_of(window), "plain", "code")
    rules.put(place, rules.columns["part"], rule["active_if_pct"], "input", "percent")
    kind = model.facts.kind(rule["dimension"])
    last = TOP + len(model.facts.numbers[kind]) - 1
    numbers = names.down(names.columns[kind], TOP, last)
    ask = Question("order_spend", rule["dimension"], cells["from t"], cells["t"], "")
    whole = part_of(model, future, ask, None)
    model.book.set(rules, place, rules.columns["spend of all"], f"={whole}", "money")
    part = part_of(model, future, ask, numbers)
    side = "+" if row["sense"] == "<=" else "-"
    need = f"{cells['part']}*{cells['spend of all']}*(1{side}Tolerance)"
    ordered = part
    if row["sense"] == ">=":  # free orders count too where nothing is spent at all
        units = Question("order_units", rule["dimension"], cells["from t"], cells["t"], "")
        ordered = part_of(model, future, units, numbers)
    return f"=SUMPRODUCT(({part}>={need})*({ordered}>0))"
