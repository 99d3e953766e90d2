"""By year: cash, costs, book value, spend by seller and budgets by fiscal year."""

from __future__ import annotations

from ...contract.lines import CASH_LINES
from ...contract.statement import GROUPS
from .accounts import HELD
from .accounts import NAMES as COSTS
from .assets import SHEET as ACCOUNTS
from .buying import SHEET as BUYING
from .cash import SHEET as CASH
from .facts import Future
from .formula import letters
from .model import HEADS, TOTAL, Model
from .sheets import FIRST, HEAD_ROW, TOP, UNIT_ROW, Sheet
from .tables import head_up

SHEET = "By year"
COSTS_BLOCK = "Costs of the accounts"


def years_of(model: Model) -> list[int]:
    """Fiscal years of the plan, by the calendar year in which each ends."""
    calendar = model.facts.calendar
    names = dict.fromkeys(calendar.fiscal_year(at) for at in calendar.positions)
    return [int(name.removeprefix("FY")) for name in names]


def add_years(model: Model) -> None:
    """The sheet By year; its columns are fiscal years."""
    doc = "Cash flow, costs, book value, spend by seller and budgets by fiscal year."
    sheet = model.book.add(Sheet(SHEET, "views", SHEET, doc, timeline=True, frozen=(TOP, 3)))
    head_up(sheet)
    for column, head in enumerate(HEADS):
        sheet.put(HEAD_ROW, column, head, "head")
    for at, year in enumerate(years_of(model)):
        sheet.put(UNIT_ROW, FIRST + at, year, "unit", "code")
        sheet.put(HEAD_ROW, FIRST + at, f"FY{year}", "head")
    for future in model.futures:
        add_block(model, sheet, future, "Cash flow", CASH, [(name,) for name in CASH_LINES])
        totals = [("capex",), ("opex",), ("all cash",)]
        add_block(model, sheet, future, "Cash flow in all", CASH, totals)
        add_block(model, sheet, future, COSTS_BLOCK, ACCOUNTS,
                  [("cost", name) for name in COSTS])  # fmt: skip
        add_block(model, sheet, future, "Costs in all", ACCOUNTS, [("all costs",)])
        add_groups(model, sheet, future)
        add_ends(model, sheet, future)
        add_sellers(model, sheet, future)
        add_budgets(model, sheet, future)


def year_line(
    model: Model,
    sheet: Sheet,
    future: Future,
    what: str,
    item: str,
    text: str | list,
    **more: object,
) -> int:
    """One row over fiscal years."""
    row, count = sheet.row, len(years_of(model))
    sheet.row += 1
    sheet.put(row, 0, future.name)
    sheet.put(row, 1, what)
    sheet.put(row, 2, item)
    sheet.put(row, 3, model.facts.currency, "unit")
    role = str(more.get("role", "formula"))
    if isinstance(text, str):
        model.book.fill_right(sheet, row, count, text, "money", role)
    else:
        for at, value in enumerate(text):
            sheet.put(row, FIRST + at, value, "input", "money")
    if more.get("total", True):
        span = f"{letters(FIRST)}{row + 1}:{letters(FIRST + count - 1)}{row + 1}"
        model.book.set(sheet, row, TOTAL, f"=SUM({span})", "money", role)
    model.rows[(SHEET, future.name, *more.get("key", (what, item)))] = row  # type: ignore[misc]
    return row


def heading(model: Model, sheet: Sheet, words: str, future: Future) -> None:
    """A heading over the year columns."""
    if sheet.row > TOP:
        sheet.row += 1
    for column in range(FIRST + len(years_of(model))):
        shown = f"{words} {future.name}".strip() if column == 0 else None
        sheet.put(sheet.row, column, shown, "section")
    sheet.row += 1


def by_year(model: Model, source: str, future: Future, *key: str) -> str:
    """Sum of a line over the fiscal year of the column."""
    years = model.across("Time", None, "fiscal year")
    return f"SUMIFS({model.across(source, future, *key)},{years},I${UNIT_ROW + 1})"


def add_block(
    model: Model, sheet: Sheet, future: Future, words: str, source: str, keys: list[tuple[str, ...]]
) -> None:
    """Lines of another sheet, by fiscal year."""
    heading(model, sheet, words, future)
    first = sheet.row
    for key in keys:
        text = "=" + by_year(model, source, future, *key)
        role = "total" if words.endswith("in all") else "formula"
        year_line(model, sheet, future, key[-1], "", text, role=role, key=(key[-1], words))
    model.block(sheet, future, words, first)


def add_groups(model: Model, sheet: Sheet, future: Future) -> None:
    """Costs of the accounts by what they are spent on."""
    heading(model, sheet, "Costs by what they are spent on", future)
    first = sheet.row
    for group, lines in GROUPS.items():
        cells = [f"I${model.row(SHEET, future, line, COSTS_BLOCK) + 1}" for line in lines]
        year_line(model, sheet, future, group, "", "=" + "+".join(cells), key=("group", group))
    model.block(sheet, future, "groups", first)


def add_ends(model: Model, sheet: Sheet, future: Future) -> None:
    """Balances at each year's start and end; what the plan is still worth, apart."""
    years = model.across("Time", None, "fiscal year")
    for words, part, mark in (
        ("Balances at the year's start", "opening", "year begins"),
        ("Balances at the year's end", "closing", "year ends"),
    ):
        heading(model, sheet, words, future)
        at, first = model.across("Time", None, mark), sheet.row
        for name in HELD:
            span = model.across(ACCOUNTS, future, part, name)
            text = f"=SUMIFS({span},{years},I${UNIT_ROW + 1},{at},1)"
            year_line(model, sheet, future, name, "", text, total=False, key=(part, name))
        model.block(sheet, future, part, first)
    heading(model, sheet, "Apart: no balance of the accounts", future)
    text = "=0-" + by_year(model, CASH, future, "terminal_value")
    year_line(model, sheet, future, "terminal value", "undiscounted; no cash", text)


def add_sellers(model: Model, sheet: Sheet, future: Future) -> None:
    """What is paid to each seller for units."""
    keys = [key[2:] for key in model.rows if key[:3] == (BUYING, future.name, "paid by seller")]
    heading(model, sheet, "Paid for units by seller", future)
    first = sheet.row
    for what, seller in keys:
        year_line(
            model, sheet, future, what, seller, "=" + by_year(model, BUYING, future, what, seller)
        )
    model.block(sheet, future, "sellers", first)


def add_budgets(model: Model, sheet: Sheet, future: Future) -> None:
    """Capital and budgets by fiscal year: spent, allowed, left."""
    from .rules import budget_lines

    heading(model, sheet, "Capital and budgets", future)
    year_line(model, sheet, future, "capex", "spent", "=" + by_year(model, CASH, future, "capex"))
    calendar = model.facts.calendar
    for budget in model.facts.rows("Budgets"):
        if not budget["active"] or (budget["window"] or "fiscal_year") != "fiscal_year":
            continue
        windows = calendar.windows("fiscal_year", budget["from"] or 0, budget["to"])
        inside = {int(window.label.removeprefix("FY")) for window in windows}
        limits = [budget["limit"] if year in inside else None for year in years_of(model)]
        lines = "+".join(
            by_year(model, CASH, future, name) for name in budget_lines(budget["lines"])
        )
        name = budget["budget"]
        year_line(model, sheet, future, f"spent on the lines of {name}", "actual",
                  "=" + lines)  # fmt: skip
        spent = sheet.row
        year_line(model, sheet, future, f"limit of {name}", "budget", limits)
        text = f'=IF(I${spent + 1}="","",ROUND(I${spent + 1}-I${spent},MoneyPlaces))'
        year_line(model, sheet, future, f"left of {name}", "headroom", text, total=False)
