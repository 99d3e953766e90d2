"""Payments due: every payment that is bound, one by one, and the table Commitments over them."""

from __future__ import annotations

from ...accounts.commitments import WORDS, Due, payments_due, words_of
from ...accounts.records import Records
from ...contract.outputs import OUTPUTS
from .buying import SHEET as BUYING
from .facts import Future, Unit
from .model import Model
from .sheets import FIRST, TOP
from .tables import mark_parts, new_list, new_table

SHEET = "Payments due"
COLUMNS = {
    "with order": ("due with order",),
    "on delivery": ("due on delivery", "after the plan"),
    "rent": ("rent per period",),
}
"""Columns of the ledger that add up to a payment for units; an owned unit's delivery is paid within
the plan or after it, and the other column is zero."""


def add_commitments(model: Model) -> None:
    """The sheet Payments due, and table Commitments as sums over it."""
    rows = model.facts.plan.tables.get("Commitments", [])
    table = new_table(model.book, OUTPUTS["Commitments"], rows, [("no.", "no.")])
    places: dict[tuple[str, ...], int] = {}
    for at, row in enumerate(rows):
        table.put(TOP + at, table.columns["no."], at + 1, "plain", "code")
        places[str(row["scenario"]), *(str(row[name] or "") for name in WORDS)] = at + 1
    found = [due for future in model.futures for due in listed(model, future, places)]
    add_list(model, found)
    for future in model.futures:
        if future.name in table.parts:
            first, last = table.parts[future.name]
            number = table.cells(first)["no."]
            for name, source in (("amount", "amount"), ("present_value", "present value")):
                text = model.sum_ifs(SHEET, future, source, "row no.", number)
                place = table.columns[name]
                model.book.fill_down(table, first, last, place, f"={text}", "money")


def listed(
    model: Model, future: Future, places: dict[tuple[str, ...], int]
) -> list[tuple[Future, int, Due]]:
    """Payments of a scenario that the table holds, by its rows and then by period."""
    records = Records(future.world, {name: future.table(name) for name in future.rows})
    found = []
    for due in payments_due(records):
        number = places.get((future.name, *words_of(due, records.calendar)))
        if number is not None and due.amount:
            found.append((future, number, due))
    return sorted(found, key=lambda entry: (entry[1], entry[2].at))


def add_list(model: Model, found: list[tuple[Future, int, Due]]) -> None:
    """The list itself: when, to whom, and the amount as a formula wherever the plan has it."""
    facts, money = model.facts, model.facts.currency
    heads = [("scenario", ""), ("row no.", "of Commitments"), ("counterparty", ""), ("kind", ""),
             ("kind no.", "no."), ("t", "period no."), ("year", "ends in"), ("firm", "1 = yes"),
             ("discount factor", "factor"), ("amount", money),
             ("present value", money)]  # fmt: skip
    doc = "Every payment that is bound, past the plan's end too; amounts follow the plan."
    sheet = new_list(model.book, SHEET, "views", doc, heads, len(found))
    column = sheet.columns
    sources = {future.name: Sources(model, future) for future in model.futures}
    for row, (future, number, due) in enumerate(found, TOP):
        numbers: dict[str, object] = {
            "row no.": number,
            "kind no.": facts.number("payment", due.kind),
            "t": due.at,
            "year": int(facts.calendar.fiscal_year(due.at).removeprefix("FY")),
            "firm": 0 if due.rank else 1,
        }
        sheet.put(row, column["scenario"], future.name)
        sheet.put(row, column["counterparty"], due.counterparty)
        sheet.put(row, column["kind"], due.kind)
        for name, value in numbers.items():
            sheet.put(row, column[name], value, "plain", "code")
        text = sources[future.name].formula(due)
        if text is None:
            sheet.put(row, column["amount"], due.amount, "input", "money")
        else:
            model.book.set(sheet, row, column["amount"], text, "money")
    mark_parts(sheet, [future.name for future, _, _ in found])
    if found:
        first, last = TOP, sheet.row - 1
        c = sheet.cells(first)
        texts = {
            "discount factor": (
                f"=1/(1+DiscountRate)^(({c['t']}*MonthsPerPeriod+CashShift)/12)", "factor",
            ),
            "present value": (f"={c['amount']}*{c['discount factor']}", "money"),
        }  # fmt: skip
        for name, (text, kind) in texts.items():
            model.book.fill_down(sheet, first, last, column[name], text, kind)


class Sources:
    """Where the plan workbook holds the amounts of a scenario's payments."""

    def __init__(self, model: Model, future: Future) -> None:
        self.model, self.future = model, future
        first, _ = model.sheet("Ledger").parts.get(future.name, (TOP, TOP))
        self.units = {key_of(unit): first + at for at, unit in enumerate(future.units)}
        self.stages = {
            (str(row["programme"]), int(row["stage"])): place  # type: ignore[call-overload]
            for place, row in future.rows.get("Programme timeline", [])
        }
        self.fees = {
            str(row["name"]): place
            for place, row in future.rows.get("Contracts and deals", [])
            if (row["kind"], row["event"]) == ("contract", "signed")
        }

    def formula(self, due: Due) -> str | None:
        """A payment's formula; None where the plan workbook has it nowhere else."""
        part, *of = due.source
        if part in COLUMNS:
            row = self.units[of[0]]
            return "=" + "+".join(self.cell("Ledger", row, name) for name in COLUMNS[part])
        if part in ("order fee", "set-up"):
            offer, at = str(of[0]), due.at
            row = self.model.row(BUYING, self.future, part, offer)
            return "=" + self.model.sheet(BUYING).address(row, FIRST + at)
        if part == "site step" and due.at < self.model.count:
            place, _ = self.future.rows["Site steps"][of[0]]
            return "=" + self.cell("Site steps", TOP + place, "cost")
        if part == "stage":
            place = TOP + self.stages[tuple(of)]
            cost, duration = (
                self.cell("Programme timeline", place, f"planned {name}")
                for name in ("cost", "duration")
            )
            return f"={cost}/{duration}"
        if part == "signing fee":
            return "=" + self.cell("Contracts and deals", TOP + self.fees[str(of[0])], "fee")
        return None

    def cell(self, sheet: str, row: int, column: str) -> str:
        """Address of a cell of a list."""
        cells = self.model.sheet(sheet)
        return cells.address(row, cells.columns[column])


def key_of(unit: Unit) -> tuple[object, ...]:
    """What the accounts tell units by (``Holding.key``)."""
    row = 0 if unit.kind == "order" else unit.book_row
    return (unit.kind, row, unit.offer, unit.ordered, unit.site)


def bound(model: Model, firm: bool, year: str = "", target: str = "amount") -> str:
    """What is bound now, or later (not ``firm``): in all or of the year in a cell; the mean."""
    criteria = ("firm", str(int(firm)), *(("year", year) if year else ()))
    parts = [
        (chance, model.sum_ifs(SHEET, future, target, *criteria))
        for future, chance in zip(model.futures, chances(model), strict=True)
    ]
    if not model.facts.several:
        return parts[0][1]
    return "+".join(f"{chance}*{text}" for chance, text in parts if text != "0") or "0"


def chances(model: Model) -> list[str]:
    """Cells of the scenarios' probabilities."""
    sheet = model.sheet("Objective")
    return [sheet.address(TOP + at, 1) for at in range(len(model.futures))]


def of_kinds(model: Model, future: Future, *kinds: str) -> str:
    """All payments of some kinds."""
    names = model.sheet("Names")
    first = names.columns["payment"]
    cells = (names.address(TOP + model.facts.number("payment", kind) - 1, first) for kind in kinds)
    return "+".join(model.sum_ifs(SHEET, future, "amount", "kind no.", cell) for cell in cells)
