"""The template as drawn: contract sheets with drop-downs and messages, lists, print set-up.

Rules of cells come three times over: as a drop-down or limit with its message, as a colour for what
was pasted past them, and again in the check. All reach below a table for rows still to come.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from datetime import datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from ..contract.inputs import INPUTS
from ..contract.periods import Calendar
from ..contract.schema import NUMERIC, Column, Kind
from ..contract.versions import TEMPLATE_VERSION
from .template_guide import add_guide
from .template_looks import (
    A3,
    A4,
    GREY,
    INPUT_LOOKS,
    LINE,
    LINE_HEIGHT,
    NAVY,
    PROSE_LETTERS,
    TABS,
    UNIT_LETTERS,
    Looks,
    footer,
    write_cell,
)
from .template_sheet import (
    DOC_ROW,
    FIRST_ROW,
    HEADER_ROW,
    LINK_ROW,
    LONGEST_MESSAGE,
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

Cells = Mapping[tuple[int, int], object]
"""Values of a free sheet by (row, column), both counted from 1."""
FREE_WIDTH = 420
"""Widest column of a free sheet, in pixels."""
CREATED = datetime(2026, 1, 1)
"""Stamped into every workbook, so that equal input gives equal bytes."""
SPARE_ROWS = 200
"""Rows below a table that already know its drop-downs, messages and formats."""
LONGEST_LIST = 255
"""Excel drops a list of choices that is longer when written into the cell's rule."""
BACK = "← Guide"
LISTS = ("Lists", "What some drop-downs offer. Nothing to fill in; not read.", BACK)
"""Title and purpose of the sheet of lists, and its way back."""
PERIODS_HEAD = "Periods of the plan"
PERIODS = "Plan_periods"
"""Name of the list of the plan's period labels."""

WIDE_SHEET = 130
"""Characters across from which a sheet is printed on the larger paper."""
NARROWEST, WIDEST, NOTE_WIDTH = 11, 44, 60


def titles(page: Worksheet, looks: Looks, sheet: Sheet) -> None:
    """Name and purpose of a contract sheet, and the way back to the Guide."""
    rule = " ⚖" if "priority" in sheet.table.names else ""
    title = looks.style(bold=True, font_size=16, font_color=NAVY)
    page.write_string(TITLE_ROW, 0, sheet.name + rule, title)
    needed = "Required." if sheet.table.required else "Optional: left empty, it is switched off."
    doc = f"{sheet.table.doc} {needed}"
    page.write_string(DOC_ROW, 0, doc, looks.style(italic=True, font_color=GREY))
    page.write_url(LINK_ROW, 0, "internal:'Guide'!A1", looks.link(), BACK)


class Drawing:
    """One workbook being drawn."""

    def __init__(
        self,
        sheets: list[Sheet],
        calendar: Calendar,
        stream: io.BytesIO,
        free: Mapping[str, Cells] | None = None,
        cover: Mapping[str, object] | None = None,
    ) -> None:
        self.free = free or {}
        self.cover = cover or {}
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
        self.looks = Looks(self.book)
        self.lists: list[tuple[str, str, list[str]]] = []
        """Defined name, title and entries of each list on the sheet Lists."""

    def draw(self) -> None:
        """All sheets, the names they use, and the closed file."""
        self.book.set_properties({"title": self.plan_name, "created": CREATED})
        self.book.set_custom_property("chipfolio template", TEMPLATE_VERSION)
        self.book.set_size(2400, 1400)
        self.lists.append((PERIODS, PERIODS_HEAD, self.calendar.labels))
        pages = {name: self.book.add_worksheet(name) for name in ("Guide", *self.named, "Lists")}
        for sheet in self.sheets:
            self.name_list(sheet)
        for sheet in self.sheets:
            self.contract_sheet(pages[sheet.name], sheet)
        self.lists_sheet(pages["Lists"])
        for title, cells in self.free.items():
            page = self.book.add_worksheet(title)
            for (row, column), value in sorted(cells.items()):
                write_cell(page, row - 1, column - 1, value, self.looks.style())
            page.autofit(FREE_WIDTH)
        add_guide(pages["Guide"], self.looks, self.sheets, self.plan_name, self.cover)
        pages["Guide"].activate()
        self.book.close()

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
        page.hide_gridlines(2)
        page.set_tab_color(TABS[sheet.table.kind])
        page.set_row(TITLE_ROW, 24)
        titles(page, self.looks, sheet)
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
        style = self.looks.style(**looks, text_wrap=True, align="left", indent=1)
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
                write_cell(page, FIRST_ROW + number, at, row[at], style)
            prose = [at for at, item in enumerate(sheet.fields) if wraps(item) and row[at]]
            counts = [wrapped_lines(str(row[at]), (widths[at] - 3) * PROSE_LETTERS) for at in prose]
            lines = max(counts, default=1)
            if lines > 1:
                page.set_row(FIRST_ROW + number, LINE_HEIGHT * lines + 1)

    def cell_style(self, sheet: Sheet, at: int) -> Format:
        """How the cells of a column look."""
        item = sheet.fields[at]
        if item.role == "label":
            bold = (
                {"bold": True, "font_color": NAVY} if item.name == "name" else {"font_color": GREY}
            )
            return self.looks.style(
                border=1, border_color=LINE, align="left", indent=1, text_wrap=True, **bold
            )
        looks = {"num_format": self.column_format(sheet, at), "align": "left", "indent": 1}
        if wraps(item):
            looks["text_wrap"] = True
        if item.role.startswith("period") or (item.column and item.column.kind in NUMERIC):
            looks |= {"align": "right", "indent": 0}
        return self.looks.input_style(**looks)

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
        return self.looks.input_style(
            num_format=number_format(kind, values) if number else "General",
            align="right" if isinstance(value, (int, float)) else "left",
            indent=0 if isinstance(value, (int, float)) else 1,
        )

    def table(self, page: Worksheet, sheet: Sheet) -> None:
        """The Excel table: its header cells, filters where rows are many by nature."""
        columns = [
            {"header": item.name, "header_format": self.looks.header_style(item)}
            for item in sheet.fields
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
                *area, {"type": "formula", "criteria": f"={wrong}", "format": self.looks.mend_me()}
            )
        spare = (sheet.last_row + 1, at, last, at)
        looks = {**INPUT_LOOKS, "num_format": self.column_format(sheet, at)}
        page.conditional_format(*spare, {"type": "no_blanks", "format": self.looks.bare(**looks)})

    def setting_rules(self, page: Worksheet, sheet: Sheet) -> None:
        """Drop-down and message of each setting's own cell."""
        at = sheet.place("value")
        for number, column in enumerate(sheet.settings):
            if column is None:
                continue
            row = FIRST_ROW + number
            page.data_validation(row, at, row, at, self.validation(sheet, column, at, row))
            if column.required:
                blank = {"type": "blanks", "format": self.looks.mend_me()}
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
        footer(page)

    # ------------------------------------------------------------------ lists
    def lists_sheet(self, page: Worksheet) -> None:
        """What drop-downs offer where it stands in no contract sheet."""
        page.hide_gridlines(2)
        page.set_tab_color(TABS["lists"])
        page.set_row(TITLE_ROW, 24)
        title = self.looks.style(bold=True, font_size=16, font_color=NAVY)
        page.write_string(TITLE_ROW, 0, LISTS[0], title)
        page.write_string(DOC_ROW, 0, LISTS[1], self.looks.style(italic=True, font_color=GREY))
        link = self.looks.link()
        page.write_url(LINK_ROW, 0, "internal:'Guide'!A1", link, BACK)
        for at, (name, head, entries) in enumerate(self.lists):
            page.set_column(at, at, max(len(text) for text in (head, *entries)) + 6)
            page.write_string(HEADER_ROW, at, head, self.looks.style(bold=True, bg_color="#E7E6E6"))
            for number, entry in enumerate(entries):
                page.write_string(FIRST_ROW + number, at, entry, self.looks.style())
            letter = xl_col_to_name(at)
            last = FIRST_ROW + len(entries)
            self.book.define_name(name, f"=Lists!${letter}${FIRST_ROW + 1}:${letter}${last}")
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        footer(page)
