"""The template's look: Guide, contract sheets with drop-downs and messages, lists, print set-up.

Rules of cells come three times over: as a drop-down or limit with its message, as a colour for what
was pasted past them, and again in the check. All reach below a table for rows still to come.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ..contract.inputs import INPUTS
from ..contract.periods import Calendar
from ..contract.schema import NUMERIC, Column, Kind
from .template_sheet import (
    DOC_ROW,
    FIRST_ROW,
    HEADER_ROW,
    LINK_ROW,
    LONGEST_MESSAGE,
    TEMPLATE_VERSION,
    TITLE_ROW,
    UNIT_ROW,
    Field,
    Sheet,
    derived_choices,
    free_message,
    joined,
    list_name,
    message,
    number_format,
    number_rule,
    unit_in_words,
    wrapped_lines,
    wraps,
)

CREATED = datetime(2026, 1, 1)
"""Stamped into every workbook, so that equal input gives equal bytes."""
SPARE_ROWS = 200
"""Rows below a table that already know its drop-downs, messages and formats."""
LONGEST_LIST = 255
"""Excel drops a list of choices that is longer when written into the cell's rule."""
PERIODS = "Plan_periods"
"""Name of the list of the plan's period labels."""

INK, CREAM, LINE, GREY, PAPER = "#0000FF", "#FFF9E5", "#D9D9D9", "#7F7F7F", "#F2F2F2"
NAVY, SKY, ROSE, WINE = "#1F3864", "#D6E4F0", "#FFC7CE", "#9C0006"
INPUT_LOOKS = {"font_color": INK, "bg_color": CREAM, "border": 1, "border_color": LINE}
TABS = {
    "guide": "#404040",
    "settings": "#1F3864",
    "master": "#2E75B6",
    "link": "#9DC3E6",
    "time": "#548235",
    "rules": "#C55A11",
    "terms": "#BF8F00",
    "future": "#7030A0",
    "lists": "#A6A6A6",
}
KINDS = {
    "settings": "The plan as a whole",
    "master": "Things: one row each",
    "link": "Links between things",
    "time": "Values by period",
    "rules": "Rules (⚖)",
    "terms": "Commercial terms",
    "future": "Futures and reruns",
}
LINE_HEIGHT = 12.75
PROSE_LETTERS, UNIT_LETTERS = 1.3, 1.5
"""Letters of prose, and of the small print of units, that fit into a unit of column width."""
GUIDE_WIDTHS = (3, 24, 26, 12, 8, 92)
A4, A3 = 9, 8
WIDE_SHEET = 130
"""Characters across from which a sheet is printed on the larger paper."""
NARROWEST, WIDEST, NOTE_WIDTH = 11, 44, 60

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


class Drawing:
    """One workbook being drawn."""

    def __init__(self, sheets: list[Sheet], calendar: Calendar, stream: io.BytesIO) -> None:
        self.sheets = sheets
        self.calendar = calendar
        self.book = xlsxwriter.Workbook(
            stream,
            {
                "in_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self.named = {sheet.name: sheet for sheet in sheets}
        settings = {str(row[0]): row[1] for row in self.named["Settings"].rows}
        self.currency = str(settings.get("currency") or "USD")
        self.plan_name = str(settings.get("plan_name") or "")
        self.formats: dict[tuple, Format] = {}
        self.lists: list[tuple[str, str, list[str]]] = []
        """Defined name, title and entries of each list on the sheet Lists."""

    def draw(self) -> None:
        """All sheets, the names they use, and the closed file."""
        self.book.set_properties({"title": self.plan_name, "created": CREATED})
        self.book.set_custom_property("chipfolio template", TEMPLATE_VERSION)
        self.book.set_size(2400, 1400)
        self.lists.append((PERIODS, "Periods of the plan", self.calendar.labels))
        pages = {name: self.book.add_worksheet(name) for name in ("Guide", *self.named, "Lists")}
        for sheet in self.sheets:
            self.name_list(sheet)
        for sheet in self.sheets:
            self.contract_sheet(pages[sheet.name], sheet)
        self.lists_sheet(pages["Lists"])
        self.guide(pages["Guide"])
        pages["Guide"].activate()
        self.book.close()

    def style(self, **wanted: object) -> Format:
        """A cell's format."""
        return self.bare(**{"font_name": "Arial", "font_size": 10, "valign": "top", **wanted})

    def bare(self, **wanted: object) -> Format:
        """A format of nothing but what is wanted, as conditions need it; each is made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(wanted)
        return self.formats[key]

    def input_style(self, **wanted: object) -> Format:
        """How a cell looks that a reader may write into."""
        return self.style(**INPUT_LOOKS, **wanted)

    def mend_me(self) -> Format:
        """How a cell looks that cannot be right."""
        return self.bare(bg_color=ROSE, font_color=WINE)

    # ------------------------------------------------------------------ names and lists
    def name_list(self, sheet: Sheet) -> None:
        """Name the sheet's first key column down to its last entry: the drop-downs' source."""
        if not sheet.table.key or not any(
            sheet.name in column.refers_to.split("|")
            for table in INPUTS.values()
            for column in table
        ):
            return
        at = sheet.place(sheet.table.key[0])
        letter = xl_col_to_name(at)
        column = f"'{sheet.name}'!${letter}${FIRST_ROW + 1}"
        whole = f"{column}:${letter}${sheet.last_row + SPARE_ROWS + 1}"
        self.book.define_name(
            list_name(sheet.name), f"={column}:INDEX({whole},MAX(1,COUNTA({whole})))"
        )

    def choice_source(self, title: str, choices: Iterable[str]) -> list[str] | str:
        """Choices in the cell's own rule, or a named range on Lists where they are too long."""
        choices = list(choices)
        if len(",".join(choices)) <= LONGEST_LIST:
            return choices
        name = "Choices_" + "".join(c if c.isalnum() else "_" for c in title)
        if name not in (known for known, _, _ in self.lists):
            self.lists.append((name, title, choices))
        return f"={name}"

    # ------------------------------------------------------------------ a contract sheet
    def contract_sheet(self, page: Worksheet, sheet: Sheet) -> None:
        """One contract sheet: head, table, rules of its cells, print set-up."""
        widths = [self.width(sheet, at) for at in range(len(sheet.fields))]
        for at, width in enumerate(widths):
            page.set_column(at, at, width)
        rule = " ⚖" if "priority" in sheet.table.names else ""
        page.hide_gridlines(2)
        page.set_tab_color(TABS[sheet.table.kind])
        page.set_row(TITLE_ROW, 24)
        page.write_string(
            TITLE_ROW, 0, sheet.name + rule, self.style(bold=True, font_size=16, font_color=NAVY)
        )
        needed = (
            "Required." if sheet.table.required else "Optional: left empty, it is switched off."
        )
        doc = f"{sheet.table.doc} {needed}"
        page.write_string(DOC_ROW, 0, doc, self.style(italic=True, font_color=GREY))
        link = self.style(font_color="#0563C1", underline=1)
        page.write_url(LINK_ROW, 0, "internal:'Guide'!A1", link, "← Guide")
        self.units(page, sheet, widths)
        self.rows(page, sheet, widths)
        self.table(page, sheet)
        for at in range(len(sheet.fields)):
            self.column_rules(page, sheet, at)
        if sheet.table.vertical:
            self.setting_rules(page, sheet)
        page.freeze_panes(FIRST_ROW, 1 if not sheet.table.key else len(sheet.table.key))
        self.printing(page, sheet.last_row, len(sheet.fields), sum(widths))

    def units(self, page: Worksheet, sheet: Sheet, widths: list[float]) -> None:
        """The unit row above the header."""
        looks = {"italic": True, "font_color": GREY, "font_size": 8, "valign": "bottom"}
        style = self.style(**looks, text_wrap=True, align="left", indent=1)
        lines = 1
        for at, item in enumerate(sheet.fields):
            text = unit_in_words(item, self.currency)
            page.write_string(UNIT_ROW, at, text, style)
            lines = max(lines, wrapped_lines(text, widths[at] * UNIT_LETTERS))
        page.set_row(UNIT_ROW, 11.5 * lines + 2)

    def rows(self, page: Worksheet, sheet: Sheet, widths: list[float]) -> None:
        """The table's values; an empty table shows one empty row."""
        styles = [self.cell_style(sheet, at) for at in range(len(sheet.fields))]
        for number, row in enumerate(sheet.rows or [[None] * len(sheet.fields)]):
            for at, item in enumerate(sheet.fields):
                style = styles[at]
                if sheet.table.vertical and item.name == "value":
                    style = self.setting_style(sheet.settings[number], row[at])
                self.cell(page, FIRST_ROW + number, at, row[at], style)
            prose = [at for at, item in enumerate(sheet.fields) if wraps(item) and row[at]]
            counts = [wrapped_lines(str(row[at]), (widths[at] - 3) * PROSE_LETTERS) for at in prose]
            lines = max(counts, default=1)
            if lines > 1:
                page.set_row(FIRST_ROW + number, LINE_HEIGHT * lines + 1)

    def cell(self, page: Worksheet, row: int, at: int, value: object, style: Format) -> None:
        """One value, a text always as text."""
        if value is None or value == "":
            page.write_blank(row, at, None, style)
        elif isinstance(value, (int, float)):
            page.write_number(row, at, value, style)
        else:
            page.write_string(row, at, str(value), style)

    def cell_style(self, sheet: Sheet, at: int) -> Format:
        """How the cells of a column look."""
        item = sheet.fields[at]
        if item.role == "label":
            bold = (
                {"bold": True, "font_color": NAVY} if item.name == "name" else {"font_color": GREY}
            )
            return self.style(
                border=1, border_color=LINE, align="left", indent=1, text_wrap=True, **bold
            )
        looks = {"num_format": self.column_format(sheet, at), "align": "left", "indent": 1}
        if wraps(item):
            looks["text_wrap"] = True
        if item.role.startswith("period") or (item.column and item.column.kind in NUMERIC):
            looks |= {"align": "right", "indent": 0}
        return self.input_style(**looks)

    def column_format(self, sheet: Sheet, at: int) -> str:
        """The number format of a column."""
        item = sheet.fields[at]
        if item.role == "note":
            return "General"
        if item.role.startswith("period"):
            if sheet.name == "Timeline":
                return "[>=1000]#,##0;[<=-1000]-#,##0;General"
            periods = [i for i, other in enumerate(sheet.fields) if other.role == item.role]
            return number_format(Kind.NUMBER, [v for i in periods for v in sheet.values(i)] or [0])
        kind = item.column.kind if item.column else None
        return number_format(kind, sheet.values(at))

    def setting_style(self, column: Column | None, value: object) -> Format:
        """How the value of one setting looks."""
        kind = column.kind if column else Kind.TEXT
        number = kind in NUMERIC
        values = [value] if value is not None else []
        return self.input_style(
            num_format=number_format(kind, values) if number else "General",
            align="right" if isinstance(value, (int, float)) else "left",
            indent=0 if isinstance(value, (int, float)) else 1,
        )

    def table(self, page: Worksheet, sheet: Sheet) -> None:
        """The Excel table: its header cells, filters where rows are many by nature."""
        columns = [
            {"header": item.name, "header_format": self.header_style(item)} for item in sheet.fields
        ]
        page.set_row(HEADER_ROW, 20)
        page.add_table(
            HEADER_ROW,
            0,
            sheet.last_row,
            len(sheet.fields) - 1,
            {
                "name": sheet.name.replace(" ", "_"),
                "columns": columns,
                "style": None,
                "autofilter": not sheet.table.vertical,
            },
        )

    def header_style(self, item: Field) -> Format:
        """Required columns in white on navy, optional ones in navy on blue, notes in grey."""
        looks = {"bold": True, "border": 1, "border_color": "#FFFFFF", "valign": "vcenter"}
        looks["indent"] = 1
        if item.role.endswith("required"):
            return self.style(**looks, font_color="#FFFFFF", bg_color=NAVY)
        if item.role.endswith("optional"):
            return self.style(**looks, font_color=NAVY, bg_color=SKY)
        return self.style(
            **{**looks, "bold": False}, font_color=GREY, bg_color="#E7E6E6", italic=True
        )

    # ------------------------------------------------------------------ rules of cells
    def column_rules(self, page: Worksheet, sheet: Sheet, at: int) -> None:
        """Drop-down, message and warning colours of a column, also for rows still to come."""
        item = sheet.fields[at]
        last = sheet.last_row + (0 if sheet.table.vertical else SPARE_ROWS)
        if item.role == "label" or sheet.table.vertical:
            return
        area = (FIRST_ROW, at, last, at)
        if item.column is not None:
            page.data_validation(*area, self.validation(sheet, item.column, at))
        elif item.role.startswith("period"):
            page.data_validation(*area, self.period_message(sheet, item))
        else:
            page.data_validation(*area, free_message(item))
        wrong = self.wrong(sheet, item, at)
        if wrong:
            page.conditional_format(
                *area, {"type": "formula", "criteria": f"={wrong}", "format": self.mend_me()}
            )
        spare = (sheet.last_row + 1, at, last, at)
        looks = {**INPUT_LOOKS, "num_format": self.column_format(sheet, at)}
        page.conditional_format(*spare, {"type": "no_blanks", "format": self.bare(**looks)})

    def setting_rules(self, page: Worksheet, sheet: Sheet) -> None:
        """Drop-down and message of each setting's own cell."""
        at = sheet.place("value")
        for number, column in enumerate(sheet.settings):
            if column is None:
                continue
            row = FIRST_ROW + number
            page.data_validation(row, at, row, at, self.validation(sheet, column, at, row))
            if column.required:
                blank = {"type": "blanks", "format": self.mend_me()}
                page.conditional_format(row, at, row, at, blank)

    def validation(
        self, sheet: Sheet, column: Column, at: int, row: int = FIRST_ROW
    ) -> dict[str, object]:
        """The rule of a cell in Excel's words."""
        rule: dict[str, object] = {
            "input_title": column.name[:32],
            "input_message": message(column, self.currency),
            "error_title": column.name[:32],
            "error_message": f"{column.name} takes {column.takes}."[:LONGEST_MESSAGE],
        }
        cell = f"{xl_col_to_name(at)}{row + 1}"
        special = derived_choices(sheet.name, column.name)
        if special:
            rule |= {"validate": "list", "source": self.choice_source(column.name, special)}
            rule |= {"error_type": "warning"}
        elif column.kind is Kind.YES_NO:
            rule |= {"validate": "list", "source": ["yes", "no"]}
        elif column.kind is Kind.CHOICE:
            title = f"{sheet.name} {column.name}"
            rule |= {"validate": "list", "source": self.choice_source(title, column.choices)}
        elif column.kind is Kind.NAME and column.refers_to in INPUTS:
            rule |= {"validate": "list", "source": f"={list_name(column.refers_to)}"}
            rule |= {"error_type": "warning"}
        elif column.kind is Kind.PERIOD and column.name != "first_period":
            rule |= {"validate": "list", "source": f"={PERIODS}", "show_error": False}
        elif column.kind in NUMERIC:
            rule |= number_rule(column, cell)
        else:
            rule |= {"validate": "any"}
        return rule

    def period_message(self, sheet: Sheet, item: Field) -> dict[str, object]:
        """The rule of a period's cell on a wide sheet."""
        text = f"Value in {item.name}."
        if sheet.name == "Demand":
            return {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "input_title": item.name,
                "input_message": f"Work asked for in {item.name}; write 0 for none.",
                "error_title": item.name,
                "error_message": "Demand is a number, at least 0; write 0 for none.",
            }
        text += " Blank keeps the default path; none takes a limit away."
        return {"validate": "any", "input_title": item.name, "input_message": text}

    def wrong(self, sheet: Sheet, item: Field, at: int) -> str:
        """A formula that is true where a cell cannot be right, pasted values included."""
        cell = f"{xl_col_to_name(at)}{FIRST_ROW + 1}"
        filled = f"LEN(TRIM({cell}))>0"
        tests = []
        if item.role.endswith("required"):
            inputs = [
                i for i, other in enumerate(sheet.fields) if other.role not in ("note", "label")
            ]
            first, last = xl_col_to_name(inputs[0]), xl_col_to_name(inputs[-1])
            row = f"${first}{FIRST_ROW + 1}:${last}{FIRST_ROW + 1}"
            tests.append(f"AND(COUNTA({row})>0,LEN(TRIM({cell}))=0)")
        column = item.column
        if item.role.startswith("period") and sheet.name == "Demand":
            tests.append(f"ISTEXT({cell})")
            tests.append(f"AND(ISNUMBER({cell}),{cell}<0)")
        if column is None:
            return joined(tests)
        if column.kind in NUMERIC:
            tests.append(f"AND(ISTEXT({cell}),{filled})")
            outside = [
                f"{cell}{sign}{limit!r}"
                for sign, limit in (
                    ("<", column.low),
                    (">", column.high),
                    ("<=", column.above),
                    (">=", column.below),
                )
                if limit is not None
            ]
            if outside:
                tests.append(f"AND(ISNUMBER({cell}),OR({','.join(outside)}))")
        elif column.kind is Kind.NAME and column.refers_to in INPUTS:
            tests.append(f"AND({filled},ISNA(MATCH({cell},{list_name(column.refers_to)},0)))")
        elif column.kind is Kind.CHOICE:
            equal = ",".join(f'{cell}="{choice}"' for choice in column.choices)
            tests.append(f"AND({filled},NOT(OR({equal})))")
        elif column.kind is Kind.YES_NO:
            tests.append(f'AND({filled},NOT(OR({cell}="yes",{cell}="no",ISLOGICAL({cell}))))')
        return joined(tests)

    # ------------------------------------------------------------------ widths and paper
    def width(self, sheet: Sheet, at: int) -> float:
        """A width that clips neither header, unit nor value; notes wrap."""
        item = sheet.fields[at]
        texts = [self.shown(sheet, at, value) for value in sheet.values(at)]
        longest = max((len(text) for text in texts), default=0)
        words = unit_in_words(item, self.currency).split() or [""]
        header = len(item.name) * 0.98 + (2 if sheet.table.vertical else 5)
        needed = max(header, max(len(word) for word in words) / UNIT_LETTERS + 3, NARROWEST)
        if item.name == "meaning":
            return 80
        if item.role == "note":
            return max(24, min(longest + 4, NOTE_WIDTH))
        return max(needed, min(longest * 0.98 + 3, WIDEST))

    def shown(self, sheet: Sheet, at: int, value: object) -> str:
        """A value about as long as its format shows it."""
        if isinstance(value, (int, float)):
            code = self.column_format(sheet, at)
            if code.endswith("%"):
                return f"{value:.2%}"
            if code.startswith("[") and abs(value) >= 1000:
                return f"{value:,.0f}"
            places = len(code.partition(".")[2])
            return f"{value:,.{places}f}" if places or code == "#,##0" else f"{value:,.6g}"
        return str(value)

    def printing(self, page: Worksheet, last_row: int, columns: int, width: float) -> None:
        """Landscape, one page wide, header rows repeated, file, sheet and page in the footer."""
        page.set_landscape()
        page.set_paper(A3 if width > WIDE_SHEET else A4)
        page.fit_to_pages(1, 0)
        page.repeat_rows(UNIT_ROW, HEADER_ROW)
        page.print_area(0, 0, last_row, columns - 1)
        self.footer(page)

    def footer(self, page: Worksheet) -> None:
        """Margins and footer, the same on every sheet."""
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.set_footer("&L&8&F&C&8&A&R&8Page &P of &N")

    # ------------------------------------------------------------------ lists and guide
    def lists_sheet(self, page: Worksheet) -> None:
        """What drop-downs offer where it stands in no contract sheet."""
        page.hide_gridlines(2)
        page.set_tab_color(TABS["lists"])
        page.set_row(TITLE_ROW, 24)
        title = self.style(bold=True, font_size=16, font_color=NAVY)
        page.write_string(TITLE_ROW, 0, "Lists", title)
        doc = "What some drop-downs offer. Nothing to fill in; not read."
        page.write_string(DOC_ROW, 0, doc, self.style(italic=True, font_color=GREY))
        link = self.style(font_color="#0563C1", underline=1)
        page.write_url(LINK_ROW, 0, "internal:'Guide'!A1", link, "← Guide")
        for at, (name, head, entries) in enumerate(self.lists):
            page.set_column(at, at, max(len(text) for text in (head, *entries)) + 6)
            page.write_string(HEADER_ROW, at, head, self.style(bold=True, bg_color="#E7E6E6"))
            for number, entry in enumerate(entries):
                page.write_string(FIRST_ROW + number, at, entry, self.style())
            letter = xl_col_to_name(at)
            last = FIRST_ROW + len(entries)
            self.book.define_name(name, f"=Lists!${letter}${FIRST_ROW + 1}:${letter}${last}")
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        self.footer(page)

    def guide(self, page: Worksheet) -> None:
        """The first sheet: what this is for, how to fill it in, what each sheet holds."""
        page.hide_gridlines(2)
        page.set_tab_color(TABS["guide"])
        for at, width in enumerate(GUIDE_WIDTHS):
            page.set_column(at, at, width)
        row = self.guide_head(page)
        row = self.guide_lines(page, row, "Fill it in, in five steps", self.steps())
        row = self.guide_colours(page, row)
        row = self.guide_lines(page, row, "What to keep in mind", CONVENTIONS)
        row = self.guide_lines(page, row, "Run it", COMMANDS)
        row = self.guide_sheets(page, row)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.print_area(0, 0, row, 5)
        self.footer(page)

    def guide_head(self, page: Worksheet) -> int:
        """Title, purpose and who answers for the book; the next free row."""
        page.set_row(0, 30)
        title = self.style(bold=True, font_size=20, font_color=NAVY, valign="vcenter")
        page.write_string(0, 1, self.plan_name or "Plan", title)
        text = self.style(font_size=11)
        for number, line in enumerate(PURPOSE, 1):
            page.write_string(number, 1, line, text)
        row = len(PURPOSE) + 2
        label, cell = self.style(bold=True, font_color=NAVY), self.input_style()
        for name, value in (
            ("Owner of this workbook", ""),
            ("Version, and what changed", ""),
        ):
            page.write_string(row, 1, name, label)
            self.cell(page, row, 2, value, cell)
            row += 1
        page.write_string(row, 1, "Template version", label)
        page.write_string(row, 2, TEMPLATE_VERSION, self.style(font_color=GREY))
        return row + 2

    def heading(self, page: Worksheet, row: int, text: str) -> int:
        """A section's heading, with a line under it; the next row."""
        page.set_row(row, 20)
        looks = {"bold": True, "font_size": 12, "font_color": NAVY, "bottom": 2, "valign": "bottom"}
        style = self.style(**looks, bottom_color=NAVY)
        for at in range(1, 6):
            page.write_blank(row, at, None, style)
        page.write_string(row, 1, text, style)
        return row + 1

    def guide_lines(
        self, page: Worksheet, row: int, heading: str, lines: Iterable[tuple[str, str]]
    ) -> int:
        """A section of lines, each a word and a sentence; the next free row."""
        row = self.heading(page, row, heading)
        for word, sentence in lines:
            page.write_string(row, 1, word, self.style(bold=True))
            page.write_string(row, 2, sentence, self.style())
            row += 1
        return row + 1

    def steps(self) -> list[tuple[str, str]]:
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

    def guide_colours(self, page: Worksheet, row: int) -> int:
        """The colour legend; the next free row."""
        row = self.heading(page, row, "Colours")
        head = Field("required", "required"), Field("optional", "optional"), Field("note", "note")
        for style, word, sentence in (
            (self.input_style(), "Input", "Yours to fill in: blue on cream, everywhere."),
            (self.header_style(head[0]), "required", "Heading of a column that must be filled."),
            (self.header_style(head[1]), "optional", "Heading of a column that may stay blank."),
            (self.header_style(head[2]), "note", "Free columns: any that begins with note, source "
             "or as of is kept and never read."),
            (self.style(italic=True, font_color=GREY, font_size=8), "unit", "What the column below "
             "is measured in. † = may vary over time."),
            (self.style(bg_color=ROSE, font_color=WINE), "mend me", "A required cell left blank, a "
             "name that no sheet has, a number out of range."),
        ):  # fmt: skip
            page.write_string(row, 1, word, style)
            page.write_string(row, 2, sentence, self.style())
            row += 1
        return row + 1

    def guide_sheets(self, page: Worksheet, row: int) -> int:
        """The list of sheets, each a link with its kind, need, rows and purpose."""
        row = self.heading(page, row, "Sheets")
        head = {"bold": True, "font_color": GREY, "bottom": 1, "bottom_color": LINE, "indent": 1}
        for at, text in enumerate(("Sheet", "Kind", "Needed", "Rows", "What it holds"), 1):
            right = {"align": "right"} if text == "Rows" else {}
            page.write_string(row, at, text, self.style(**head, **right))
        row += 1
        for sheet in self.sheets:
            link = self.style(font_color="#0563C1", underline=1)
            page.write_url(row, 1, f"internal:'{sheet.name}'!A1", link, sheet.name)
            kind = self.style(left=5, left_color=TABS[sheet.table.kind], indent=1)
            page.write_string(row, 2, KINDS[sheet.table.kind], kind)
            needed = sheet.table.required
            word = "required" if needed else "optional"
            page.write_string(row, 3, word, self.style(bold=True) if needed else self.style())
            page.write_number(row, 4, len(sheet.rows), self.style(num_format="#,##0"))
            text = self.style(text_wrap=True, align="left", indent=1)
            page.write_string(row, 5, sheet.table.doc, text)
            lines = wrapped_lines(sheet.table.doc, (GUIDE_WIDTHS[5] - 3) * PROSE_LETTERS)
            page.set_row(row, LINE_HEIGHT * lines + 1)
            row += 1
        return row
