"""The template's first sheet: what it is for, how to fill it in, what each sheet holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from xlsxwriter.worksheet import Worksheet

from ..contract.inputs import INPUTS
from ..contract.versions import TEMPLATE_VERSION
from .template_looks import (
    A4,
    GREY,
    LINE,
    LINE_HEIGHT,
    NAVY,
    PROSE_LETTERS,
    ROSE,
    TABS,
    WINE,
    Looks,
    footer,
    write_cell,
)
from .template_sheet import Field, Sheet, wrapped_lines

KINDS = {
    "settings": "The plan as a whole",
    "master": "Things: one row each",
    "link": "Links between things",
    "time": "Values by period",
    "rules": "Rules (⚖)",
    "terms": "Commercial terms",
    "future": "Futures and reruns",
}
GUIDE_WIDTHS = (3, 24, 26, 12, 8, 92)
PURPOSE = (
    "This workbook says what compute you need, what can be bought, leased, rented or built, and "
    "which rules hold.",
    "chipfolio reads it, finds the cheapest plan, proves how far from the best it can be at most, "
    "and writes a separate plan workbook.",
    "It never writes into this one.",
)
CONVENTIONS = (
    ("Signs", "Costs are positive numbers. The one exception: a negative running_cost is revenue."),
    ("Money", "Whole units of the currency in Settings, never thousands or millions."),
    ("Shares", "Percent cells: type 35% (the cell then holds 0.35)."),
    ("Periods", "2027Q1, 2027-01, 2027H1 or 2027, whichever Settings say; a date works too."),
    ("Flow and stock", "Orders and payments belong to a period; units in service hold during it."),
    ("Blank", "A blank limit is no limit; a blank cost or rate is 0; a blank demand is a fault."),
    ("† varies", "The cell is the value in the first period; a row in Timeline overrides it "
     "period by period."),
    ("⚖ rules", "active = no switches a rule off; a penalty makes it soft; priority 5 gives way "
     "first when rules contradict each other."),
    ("Names", "Spelt alike on every sheet; case does not matter. No commas, no ' / ' in a name."),
    ("Your own notes", "Further sheets are welcome and not read, and so are columns headed note, "
     "source or as of."),
)  # fmt: skip
COMMANDS = (
    ("Check", "chipfolio check THIS_WORKBOOK.xlsx     lists every cell that needs mending"),
    ("Solve", "chipfolio solve THIS_WORKBOOK.xlsx     writes the plan into reports and says where"),
)


COVER = ("Owner of this workbook", "Version, and what changed")
"""What the first sheet asks of whoever answers for the book."""


def add_guide(
    page: Worksheet,
    looks: Looks,
    sheets: list[Sheet],
    plan_name: str,
    cover: Mapping[str, object],
) -> None:
    """The first sheet: what this is for, how to fill it in, what each sheet holds.

    ``cover``: what was answered beside the lines of COVER.
    """
    page.hide_gridlines(2)
    page.set_tab_color(TABS["guide"])
    for at, width in enumerate(GUIDE_WIDTHS):
        page.set_column(at, at, width)
    row = head(page, looks, plan_name, cover)
    row = section(page, looks, row, "Fill it in, in five steps", steps())
    row = colours(page, looks, row)
    row = section(page, looks, row, "What to keep in mind", CONVENTIONS)
    row = section(page, looks, row, "Run it", COMMANDS)
    row = contents(page, looks, sheets, row)
    page.set_landscape()
    page.set_paper(A4)
    page.fit_to_pages(1, 0)
    page.print_area(0, 0, row, 5)
    footer(page)


def head(page: Worksheet, looks: Looks, plan_name: str, cover: Mapping[str, object]) -> int:
    """Title, purpose and who answers for the book; the next free row."""
    page.set_row(0, 30)
    title = looks.style(bold=True, font_size=20, font_color=NAVY, valign="vcenter")
    page.write_string(0, 1, plan_name or "Plan", title)
    text = looks.style(font_size=11)
    for number, line in enumerate(PURPOSE, 1):
        page.write_string(number, 1, line, text)
    row = len(PURPOSE) + 2
    label, cell = looks.style(bold=True, font_color=NAVY), looks.input_style()
    for name in COVER:
        page.write_string(row, 1, name, label)
        write_cell(page, row, 2, cover.get(name), cell)
        row += 1
    page.write_string(row, 1, "Template version", label)
    page.write_string(row, 2, TEMPLATE_VERSION, looks.style(font_color=GREY))
    return row + 2


def heading(page: Worksheet, looks: Looks, row: int, text: str) -> int:
    """A section's heading, with a line under it; the next row."""
    page.set_row(row, 20)
    shown = {"bold": True, "font_size": 12, "font_color": NAVY, "bottom": 2, "valign": "bottom"}
    style = looks.style(**shown, bottom_color=NAVY)
    for at in range(1, 6):
        page.write_blank(row, at, None, style)
    page.write_string(row, 1, text, style)
    return row + 1


def section(
    page: Worksheet, looks: Looks, row: int, title: str, lines: Iterable[tuple[str, str]]
) -> int:
    """A section of lines, each a word and a sentence; the next free row."""
    row = heading(page, looks, row, title)
    for word, sentence in lines:
        page.write_string(row, 1, word, looks.style(bold=True))
        page.write_string(row, 2, sentence, looks.style())
        row += 1
    return row + 1


def steps() -> list[tuple[str, str]]:
    """How to fill the book in."""
    required = [table.name for table in INPUTS.values() if table.required]
    first, last = ", ".join(required[1:-1]), required[-1]
    return [
        ("1  Settings", "Say when the plan begins, how many periods it has and the rate. Give "
         "Demand and Timeline the same periods as headings."),
        ("2  What must be there", f"Fill {first} and {last}; Sites as soon as something needs "
         "a place."),
        ("3  What you need besides", "Every other sheet is optional: left empty, its subject "
         "is switched off."),
        ("4  More rows", "Type straight under a table: it grows, and drop-downs come along. "
         "Delete whole table rows you do not need."),
        ("5  Check, then solve", "The check names every cell that needs mending, in one go; "
         "then let it solve (below)."),
    ]  # fmt: skip


def colours(page: Worksheet, looks: Looks, row: int) -> int:
    """The colour legend; the next free row."""
    row = heading(page, looks, row, "Colours")
    heads = Field("required", "required"), Field("optional", "optional"), Field("note", "note")
    for style, word, sentence in (
        (looks.input_style(), "Input", "Yours to fill in: blue on cream, everywhere."),
        (looks.header_style(heads[0]), "required", "Heading of a column that must be filled."),
        (looks.header_style(heads[1]), "optional", "Heading of a column that may stay blank."),
        (looks.header_style(heads[2]), "note", "Free columns: any that begins with note, source "
         "or as of is kept and never read."),
        (looks.style(italic=True, font_color=GREY, font_size=8), "unit", "What the column below "
         "is measured in. † = may vary over time."),
        (looks.style(bg_color=ROSE, font_color=WINE), "mend me", "A required cell left blank, a "
         "name that no sheet has, a number out of range."),
    ):  # fmt: skip
        page.write_string(row, 1, word, style)
        page.write_string(row, 2, sentence, looks.style())
        row += 1
    return row + 1


def contents(page: Worksheet, looks: Looks, sheets: list[Sheet], row: int) -> int:
    """The list of sheets, each a link with its kind, need, rows and purpose."""
    row = heading(page, looks, row, "Sheets")
    shown = {"bold": True, "font_color": GREY, "bottom": 1, "bottom_color": LINE, "indent": 1}
    for at, text in enumerate(("Sheet", "Kind", "Needed", "Rows", "What it holds"), 1):
        right = {"align": "right"} if text == "Rows" else {}
        page.write_string(row, at, text, looks.style(**shown, **right))
    row += 1
    for sheet in sheets:
        link = looks.link()
        page.write_url(row, 1, f"internal:'{sheet.name}'!A1", link, sheet.name)
        kind = looks.style(left=5, left_color=TABS[sheet.table.kind], indent=1)
        page.write_string(row, 2, KINDS[sheet.table.kind], kind)
        needed = sheet.table.required
        word = "required" if needed else "optional"
        page.write_string(row, 3, word, looks.style(bold=True) if needed else looks.style())
        page.write_number(row, 4, len(sheet.rows), looks.style(num_format="#,##0"))
        text = looks.style(text_wrap=True, align="left", indent=1)
        page.write_string(row, 5, sheet.table.doc, text)
        lines = wrapped_lines(sheet.table.doc, (GUIDE_WIDTHS[5] - 3) * PROSE_LETTERS)
        page.set_row(row, LINE_HEIGHT * lines + 1)
        row += 1
    return row
