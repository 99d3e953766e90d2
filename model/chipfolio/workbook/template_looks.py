"""How the cells of a template look, and what all its pages share."""

from __future__ import annotations

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from .template_sheet import Field

INK, CREAM, LINE, GREY = "#0000FF", "#FFF9E5", "#D9D9D9", "#7F7F7F"
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
LINE_HEIGHT = 12.75
PROSE_LETTERS, UNIT_LETTERS = 1.3, 1.5
"""Letters of prose, and of the small print of units, that fit into a unit of column width."""
A4, A3 = 9, 8


class Looks:
    """The formats of one workbook."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.book = book
        self.formats: dict[tuple, Format] = {}

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

    def link(self) -> Format:
        """How a link looks."""
        return self.style(font_color="#0563C1", underline=1)


def write_cell(page: Worksheet, row: int, at: int, value: object, style: Format) -> None:
    """One value, a text always as text."""
    if value is None or value == "":
        page.write_blank(row, at, None, style)
    elif isinstance(value, (int, float)):
        page.write_number(row, at, value, style)
    else:
        page.write_string(row, at, str(value), style)


def footer(page: Worksheet) -> None:
    """Margins and footer, the same on every sheet."""
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer("&L&8&F&C&8&A&R&8Page &P of &N")
