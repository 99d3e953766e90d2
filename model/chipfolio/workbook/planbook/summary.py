"""The page a board reads first: what to do, what it costs, and how well it is proven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...contract.lines import CASH_LINES, LINES
from ...contract.outputs import OUTPUTS
from ...plan.summary import SHORT
from .chart_data import SHEET as CHART_DATA
from .facts import Future
from .model import PRESENT, Model
from .payments import bound
from .sheets import DOC_ROW, MASTER_ROW, TITLE_ROW, TOP, Sheet
from .years import SHEET as YEARS

ITEM, VALUE, UNIT, WORDS = range(4)
WORDS_WIDTH = 96
"""Width of the words."""
WORDS_ROOM = 108
"""Characters of a line of words: their font is smaller than the one that widths are told in."""
MILLIONS = 1e8
"""Money from here on is shown in millions."""
UNPROVEN = "NOT PROVEN"
SECTION_LINES = "Discounted cost by line"
SECTION_YEARS = "Cash by fiscal year"
SECTION_BRIDGE = "From cash to cost"
SECTION_BOUND = "Bound to be paid, by fiscal year"


def add_summary(model: Model) -> None:
    """The sheet Summary, laid out from the table of that name; figures follow the model."""
    facts = model.facts
    rows = facts.plan.tables.get("Summary", [])
    sheet = model.book.add(Sheet("Summary", "summary", str(facts.setting("plan_name"))))
    sheet.frozen = (MASTER_ROW + 1, 0)
    sheet.put(TITLE_ROW, 0, sheet.title, "title")
    plan = next((str(row["text"]) for row in rows if row["item"] == "Plan"), "")
    about = plan.removeprefix(f"{sheet.title}, ")
    sheet.put(DOC_ROW, 0, f"{about}; costs positive, in {facts.currency}", "note")
    add_proof(model, sheet, rows)
    section, row = "", TOP + 1
    placed: dict[tuple[str, str], str] = {}
    for entry in rows:
        if entry["section"] == "Result" and entry["item"] in ("Plan", "Proof"):
            continue
        if entry["section"] != section:
            section = str(entry["section"])
            row += 1 if row > TOP + 1 else 0
            look = "alarm" if section == "Rules not applied" else "section"
            for column in range(4):
                sheet.put(row, column, section if column == 0 else None, look)
            row += 1
        add_entry(model, sheet, row, entry, placed)
        placed[section, str(entry["item"])] = sheet.address(row, VALUE)
        row += 1
    sheet.row = row
    sheet.widths.update({ITEM: 38.0, VALUE: 20.0, UNIT: 14.0, WORDS: float(WORDS_WIDTH)})
    sheet.landscape = True
    assert OUTPUTS["Summary"].names[0] == "section"


def add_proof(model: Model, sheet: Sheet, rows: list) -> None:
    """Whether the plan is proven, in words that nobody misses."""
    plan = model.facts.plan
    words = next((str(row["text"]) for row in rows if row["item"] == "Proof"), plan.status)
    proven = plan.status == "optimal"
    shown = words if proven or words.startswith(UNPROVEN) else f"{UNPROVEN}: {words}"
    if proven:
        shown = words[:1].upper() + words[1:]
    for column in range(4):
        sheet.put(TOP - 2, column, shown if column == 0 else None, "good" if proven else "alarm")


def add_entry(
    model: Model,
    sheet: Sheet,
    row: int,
    entry: Mapping[str, object],
    placed: Mapping[tuple[str, str], str],
) -> None:
    """One line of the page, below those that have their place."""
    facts = model.facts
    value, unit = entry["value"], str(entry["unit"] or "")
    item = str(entry["item"])
    if str(entry["section"]).startswith(SECTION_LINES) or item in LINES:
        item = item.replace("_", " ").capitalize()
    sheet.put(row, ITEM, item)
    sheet.put_words(row, WORDS, str(entry["text"] or ""), WORDS_ROOM)
    if value is None:
        return
    number = float(value)  # type: ignore[arg-type]
    kind = "number"
    if unit == "%":
        kind, unit = "portion", ""
    elif unit in (facts.currency, ""):
        kind = "money"
        if max(abs(number), abs(facts.plan.objective)) >= MILLIONS:
            kind, unit = "millions", f"{facts.currency} million"
        else:
            unit = facts.currency
    elif unit == "units":
        kind = "integer"
    if entry["item"] == "Gap":
        kind = "gap"
    sheet.put(row, UNIT, unit, "unit")
    text = live(model, entry) or step(entry, placed)
    if text is None:
        sheet.put(row, VALUE, number, "plain", kind)
    else:
        role = "big" if entry["item"] == "Total discounted cost" else "formula"
        model.book.set(sheet, row, VALUE, text, kind, role)


def live(model: Model, entry: Mapping[str, object]) -> str | None:
    """The formula behind a figure of the page; None where it stands as solved."""
    section, item = str(entry["section"]), str(entry["item"])
    named = {
        "Total discounted cost": "=Objective",
        "No plan can cost less than": "=SolverBound",
        "Gap": "=Gap",
        "Gap in money": "=GapMoney",
    }
    if section == "Result":
        return named.get(item)
    if section.startswith(SECTION_YEARS):
        return mean(model, lambda future: year_cell(model, future, item))
    if section.startswith(SECTION_LINES):
        return mean(model, lambda future: line_cell(model, future, item))
    if section.startswith("Vendor share of "):
        basis = "order_spend" if "spend" in section else "served"
        return ratio(model, basis, item)
    if section.startswith(SECTION_BOUND):
        return bound_now(model, item)
    if section == "Cost by scenario":
        return scenario_cell(model, item)
    if section.startswith("Order in "):
        period = section.removeprefix("Order in ").partition(",")[0]
        return ordered(model, period, item, float(entry["value"]))  # type: ignore[arg-type]
    return None


def step(entry: Mapping[str, object], placed: Mapping[tuple[str, str], str]) -> str | None:
    """The formula of a step from cash to cost, by the figures above it; None of any other line."""
    section, item = str(entry["section"]), str(entry["item"])
    if section != SECTION_BRIDGE:
        return None
    lines = {line: at for (of, line), at in placed.items() if of.startswith(SECTION_LINES)}
    before = [at for (of, _), at in placed.items() if of == SECTION_BRIDGE]
    if item in lines:
        return f"={lines[item]}"
    if not before:
        return added(at for (of, _), at in placed.items() if of.startswith(SECTION_YEARS))
    if item == "Discounting":
        return f"{added(at for line, at in lines.items() if line in CASH_LINES)}-{before[0]}"
    if item == "Total discounted cost":
        return added(before)
    return f"=Objective-({added(before).removeprefix('=')})"


def added(addresses: Iterable[str]) -> str:
    """The formula of a sum."""
    return "=" + ("+".join(addresses) or "0")


def scenario_cell(model: Model, name: str) -> str | None:
    """A scenario's total."""
    for at, future in enumerate(model.futures):
        if future.name == name:
            return "=" + model.sheet("Objective").address(TOP + at, 2)
    return None


def mean(model: Model, cell) -> str | None:  # noqa: ANN001 - a function of a scenario
    """Scenarios' figures weighted by probability."""
    parts = []
    for at, future in enumerate(model.futures):
        address = cell(future)
        if address is None:
            continue
        chance = model.sheet("Objective").address(TOP + at, 1)
        parts.append(f"{chance}*{address}" if model.facts.several else address)
    return "=" + "+".join(parts) if parts else None


def year_cell(model: Model, future: Future, item: str) -> str | None:
    """All cash of a fiscal year."""
    from .sheets import FIRST
    from .years import years_of

    years = [f"FY{year}" for year in years_of(model)]
    if item not in years:
        return None
    row = model.row(YEARS, future, "all cash", "Cash flow in all")
    return model.sheet(YEARS).address(row, FIRST + years.index(item))


def bound_now(model: Model, item: str) -> str:
    """What is bound now: of a fiscal year, in all, or at present value."""
    if item == "In all":
        return "=" + bound(model, firm=True)
    if item == "Present value":
        return "=" + bound(model, firm=True, target="present value")
    row = model.row(CHART_DATA, None, "bound", item)
    return "=" + model.sheet(CHART_DATA).address(row, PRESENT)


def line_cell(model: Model, future: Future, item: str) -> str | None:
    """Present value of a line."""
    if ("Cash flow", future.name, item) not in model.rows:
        return None
    return model.sheet("Cash flow").address(model.row("Cash flow", future, item), PRESENT)


def ratio(model: Model, basis: str, member: str) -> str | None:
    """A vendor's share over the plan; over scenarios, expected amount ÷ expected whole."""
    part = mean(model, lambda future: split_cell(model, future, basis, member, "amount"))
    whole = mean(model, lambda future: split_cell(model, future, basis, None, "whole"))
    if part is None or whole is None:
        return None
    top, bottom = part.removeprefix("="), whole.removeprefix("=")
    return f"=IF({bottom}>0,({top})/({bottom}),0)"


def split_cell(
    model: Model, future: Future, basis: str, member: str | None, column: str
) -> str | None:
    """A cell of a vendor's row over the plan; of any vendor's where none is named."""
    sheet = model.sheet("Vendor split")
    for place, row in future.rows.get("Vendor split", []):
        same = (row["dimension"], row["basis"], row["window"]) == ("vendor", basis, "plan")
        if same and member in (None, row["member"]):
            return sheet.address(TOP + place, sheet.columns[column])
    return None


def ordered(model: Model, period: str, offer: str, units: float) -> str | None:
    """Units of an offer ordered in a period, in the first scenario that orders so many."""
    from .sheets import FIRST

    at = model.facts.position(period)
    for future in model.futures:
        key = ("Buying", future.name, "ordered", offer)
        if at is not None and key in model.rows and same(future, period, offer, units):
            return "=" + model.sheet("Buying").address(model.rows[key], FIRST + at)
    return None


def same(future: Future, period: str, offer: str, units: float) -> bool:
    """Whether a scenario orders so many units of an offer in a period."""
    found = sum(
        float(row["units"])  # type: ignore[arg-type]
        for row in future.table("Orders")
        if (row["order_period"], row["offer"]) == (period, offer)
    )
    return abs(found - units) <= SHORT * max(abs(units), 1.0)
