"""Odd workbooks as people and programs make them: every cell read or listed, and what is said.

Beside the ninety layouts of ``test_nothing_lost``: each kind here is one that users of other tools
have reported as read wrongly, lost or refused.
"""

from __future__ import annotations

import re
import zipfile
from datetime import datetime

import pytest
from awkward_books import calculated, make_table, part_of, put, replaced, saved, small_book
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula
from test_nothing_lost import checked, filled_cells, listed_cells

KINDS = []
"""Each odd workbook: what makes it, of the small book, and all that is said of it."""


def kind(*sentences):
    """A way to make a workbook odd, with what is said of it."""

    def note(make):
        KINDS.append(pytest.param(make, list(sentences), id=make.__name__))
        return make

    return note


def values_of(sheet):
    """A sheet's rows."""
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


# ---------------------------------------------------------------------- sheets
@kind()
def a_list_for_a_dropdown_on_a_hidden_sheet(book):
    sheet = book.create_sheet("Choices")
    put(sheet, [["buy"], ["lease"]])
    sheet.sheet_state = "hidden"
    choices = DataValidation(type="list", formula1="=Choices!$A$1:$A$2")
    book["Offers"].add_data_validation(choices)
    choices.add("D2:D9")


@kind("warning: Offers is a hidden sheet: it is used like any other.")
def a_sheet_that_only_a_macro_can_show(book):
    book["Offers"].sheet_state = "veryHidden"


@kind("warning: OFFERS is not read: the table Offers stands on Offers.")
def two_sheets_of_one_name_up_to_case_and_a_blank(book):
    put(book.create_sheet("x"), [["hello"]])
    book["x"].title = "OFFERS "


@kind()
def a_sheet_whose_name_ends_in_a_blank(book):
    book["Offers"].title = "Offers "


@kind("fault: Offers the sheet is missing: it is required. Did you mean 'Copy of Offers'?")
def a_sheet_as_google_copies_it(book):
    book["Offers"].title = "Copy of Offers"


@kind()
def names_that_point_at_nothing(book):
    book.defined_names["Prices"] = DefinedName("Prices", attr_text="#REF!")
    book.defined_names["Other"] = DefinedName("Other", attr_text="Nowhere!$A$1")


@kind()
def a_table_of_headers_alone(book):
    book.create_sheet("Budgets").append(["budget", "lines", "window", "limit"])


# ---------------------------------------------------------------------- rows
@kind("warning: Offers!A2 2 hidden rows (2, 3) are used like any other.")
def rows_that_are_grouped_and_closed(book):
    book["Offers"].row_dimensions.group(2, 3, hidden=True)


@kind("warning: Offers!A3 1 hidden row (3) is used like any other.")
def rows_that_a_filter_hides(book):
    sheet = book["Offers"]
    sheet.auto_filter.ref = "A1:H4"
    sheet.auto_filter.add_filter_column(0, ["H buy"])
    sheet.row_dimensions[3].hidden = True


@kind()
def a_row_struck_through(book):
    for cell in book["Offers"][3]:
        cell.font = Font(strike=True)


@kind()
def a_blank_row_between(book):
    book["Offers"].insert_rows(3)


@kind(
    "fault: Offers!A3 'AMD offers' stands alone in its row: fill chip, seller, acquisition, price, "
    "or move it out of the table."
)
def a_heading_between_rows(book):
    book["Offers"].insert_rows(3)
    book["Offers"]["A3"] = "AMD offers"


@kind(
    "fault: Demand!A4 'Total' looks like a row of sums, which no plan needs: delete it, or put it on "
    "a sheet of its own."
)
def a_row_of_totals_of_demand(book):
    book["Demand"].append(["Total", 10, 120, 170, 220])


@kind(
    "fault: Offers!A5 'Total' looks like a row of sums, which no plan needs: delete it, or put it on "
    "a sheet of its own."
)
def a_row_of_totals_of_offers(book):
    book["Offers"]["A5"], book["Offers"]["E5"] = "Total", 51500


@kind("warning: Demand!A5 'Total' and 4 other cells below the table Demand are not read: A5:E5.")
def a_row_of_totals_apart_from_its_table(book):
    make_table(book["Demand"], "Demand", "A1:E3")
    put(book["Demand"], [["Total", 10, 120, 170, 220]], "A5")


@kind(
    "fault: Workloads!A5 1 row lies below the table Workloads (A1:C3), not read: move it up to the "
    "table, or away from its columns."
)
def a_row_after_a_blank_one_that_has_a_gap(book):
    make_table(book["Workloads"], "Workloads", "A1:C3")
    put(book["Workloads"], [["evaluate", None, 50]], "A5")


# ---------------------------------------------------------------------- columns
@kind(
    "fault: Offers!J1 'order_fee' stands beside the table Offers (A1:H4) and is not read: drag the "
    "table's corner over it, or begin its name with note to leave it out."
)
def a_column_beside_a_table_that_begins_with_a_blank_cell(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["order_fee"], [None], [200_000]], "J1")


@kind(
    "fault: Offers!J1 'price' stands beside the table Offers (A1:H4) and is not read: the table has "
    "that column already, E: move the values there, or begin its name with note to leave it out."
)
def a_column_beside_a_table_that_has_it_already(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["price"], [1]], "J1")


@kind(
    "fault: Offers!L1 a table with the columns of Sites begins here and is not read: move it to a "
    "sheet named Sites.",
    "fault: Offers!A2 offer: 'H buy' needs a place (buy): add the sheet Sites with at least one site.",
)
def two_tables_side_by_side_without_borders(book):
    put(book["Offers"], values_of(book["Sites"]), "L1")
    del book["Sites"]


@kind(
    "fault: Offers!A1 stands on its side, its column names one below the other: copy it and paste "
    "it transposed, so that they stand in one row."
)
def a_table_on_its_side(book):
    rows = values_of(book["Offers"])
    del book["Offers"]
    put(book.create_sheet("Offers"), [list(column) for column in zip(*rows, strict=True)])


@kind(
    "fault: Settings shows no column names in its first 40 rows: write them above the data "
    "(name, value …)."
)
def settings_without_a_header(book):
    book["Settings"].delete_rows(1)


@kind()
def headers_with_blanks_around_and_capitals(book):
    book["Offers"]["A1"], book["Offers"]["E1"] = "Offer", " price\u00a0"


@kind()
def a_header_that_ends_its_line(book):
    book["Offers"]["E1"] = "price\n"


@kind(
    "fault: Offers!G1 'lead\\ntime' is no column of this sheet; free columns begin with note, source "
    "or as of. Did you mean 'lead_time'?"
)
def a_header_on_two_lines(book):
    book["Offers"]["G1"] = "lead\ntime"


@kind(
    "fault: Offers!A1 '\\ufeffoffer' holds a character that cannot be seen (U+FEFF, zero width "
    "no-break space) at its start: type it anew. Did you mean 'offer'?"
)
def a_header_with_the_mark_of_a_text_file(book):
    book["Offers"]["A1"] = "\ufeffoffer"


@kind(
    "fault: Offers!E1 'price (USD)' is no column of this sheet; free columns begin with note, source "
    "or as of. Did you mean 'price'?"
)
def a_header_with_its_unit(book):
    book["Offers"]["E1"] = "price (USD)"


@kind()
def two_columns_of_notes(book):
    put(book["Offers"], [["note", "note"], ["a", "b"]], "I1")


@kind()
def periods_as_dates(book):
    dates = [datetime(2027, month, 1) for month in (1, 4, 7, 10)]
    put(book["Demand"], [dates], "B1")


@kind("fault: Demand!A1 the 4 columns for 2028Q1 to 2028Q4 are missing (write 0 for none).")
def a_plan_made_longer_than_its_demand(book):
    book["Settings"]["B3"] = 8


@kind(
    'fault: Demand!C1 "Q2\'27" is no column of this sheet; free columns begin with note, source or '
    "as of. Did you mean '2027Q2'?"
)
def a_period_in_other_words(book):
    book["Demand"]["C1"] = "Q2'27"


# ---------------------------------------------------------------------- cells
@kind("fault: Offers!C2 the cells C2:C3 are merged: unmerge them, each row needs its own values.")
def cells_that_are_merged(book):
    book["Offers"].merge_cells("C2:C3")


@kind()
def a_comment_without_a_value(book):
    book["Offers"]["E9"].comment = Comment("was 5", "Ann")


@kind()
def a_name_partly_in_bold(book):
    bold = TextBlock(InlineFont(b=True), "dia")
    book["Vendors"]["A2"] = CellRichText("Nvi", bold)


@kind(
    "fault: Offers!E2 price: '15000' is text, not a number; it may mean 15,000: type it as a number."
)
def a_number_behind_an_apostrophe(book):
    book["Offers"]["E2"] = "15000"
    book["Offers"]["E2"].quotePrefix = True


@kind(
    "fault: Offers!E2 price: 'EUR 18,000' is text, not a number; it may mean 18,000: type it as a "
    "number in the plan's currency."
)
def a_price_in_another_currency(book):
    book["Offers"]["E2"] = "EUR 18,000"


@kind()
def a_first_period_in_a_book_that_counts_from_1904(book):
    book.epoch = CALENDAR_MAC_1904
    book["Settings"]["B2"] = datetime(2027, 2, 1)


@kind()
def a_name_that_ends_its_line(book):
    book["Vendors"]["A2"] = "Nvidia\n"


@kind()
def an_answer_as_a_truth_value(book):
    book["Settings"].append(["terminal_value", True])


@kind(
    "fault: Sites!A2 site: 'True' is the truth value TRUE: if it is a name, type it with ' before it."
)
def a_name_as_a_truth_value(book):
    book["Sites"]["A2"] = True


@kind(
    "fault: Offers!E2 price: '=A1:A2*2' has no calculated result: open the workbook in Excel, save "
    "it, run again."
)
def an_array_formula_over_two_rows(book):
    book["Offers"]["E2"] = ArrayFormula("E2:E3", "=A1:A2*2")


@kind()
def an_error_among_notes(book):
    put(book["Offers"], [["note"], ["#REF!"]], "I1")
    book["Offers"]["I2"].data_type = "e"


# ---------------------------------------------------------------------- as other programs write it
def cell(sheet, place, xml):
    """A workbook with one cell as another program would write it."""

    def write(path):
        part = part_of(path, sheet)
        with zipfile.ZipFile(path) as package:
            text = package.read(part).decode()
        found = re.search(rf'<c r="{place}".*?(</c>|/>)', text)
        return replaced(path, part, found[0], f'<c r="{place}" {xml}')

    return write


NAMED = 't="inlineStr"><is>{}</is></c>'
CELLS = {
    "a text in its cell": (cell("Vendors", "A2", NAMED.format("<t>Nvidia</t>")), ""),
    "a text in its cell in two fonts": (
        cell("Vendors", "A2", NAMED.format("<r><t>Nvi</t></r><r><rPr><b/></rPr><t>dia</t></r>")),
        "",
    ),
    "a text with its reading": (
        cell("Vendors", "A2", NAMED.format('<t>Nvidia</t><rPh sb="0" eb="1"><t>N</t></rPh>')),
        "",
    ),
    "a text with blanks that are kept": (
        cell("Vendors", "A2", NAMED.format('<t xml:space="preserve">  Nvidia </t>')),
        "",
    ),
    "a name with a line break from elsewhere": (
        cell("Vendors", "A2", NAMED.format("<t>Nvidia_x000D_</t>")),
        "",
    ),
    "a header with a line break from elsewhere": (
        cell("Offers", "E1", NAMED.format("<t>price_x000D_\n</t>")),
        "",
    ),
    "a date as a text of the standard": (
        cell("Settings", "B2", 't="d"><v>2027-02-01</v></c>'),
        "",
    ),
    "a name by a formula": (
        cell("Offers", "C2", 't="str"><f>Vendors!A2</f><v>Nvidia</v></c>'),
        "",
    ),
    "a formula that is calculated": (cell("Offers", "G2", "><f>3-2</f><v>1</v></c>"), ""),
    "an array formula that is calculated": (
        cell("Offers", "G2", '><f t="array" ref="G2:G3">A1:A2</f><v>1</v></c>'),
        "",
    ),
    "a sum with its dust": (cell("Offers", "G2", "><v>0.99999999999999989</v></c>"), ""),
    "a formula that yields an empty text": (
        cell("Offers", "H4", 't="str"><f>IF(1,"","")</f><v></v></c>'),
        "fault: Offers!H4 term_months: is blank: a cloud needs its term.",
    ),
    "a formula that finds nothing": (
        cell("Offers", "E2", 't="e"><f>VLOOKUP("x",A1:B2,2,0)</f><v>#N/A</v></c>'),
        "fault: Offers!E2 price: '#N/A' is an error: mend the formula =VLOOKUP(\"x\",A1:B2,2,0).",
    ),
    "a formula that is true": (
        cell("Offers", "G2", 't="b"><f>1=1</f><v>1</v></c>'),
        "fault: Offers!G2 lead_time: 'True' is a truth value: a number is needed.",
    ),
    "a date that has lost its format": (
        cell("Settings", "B2", "><v>46388</v></c>"),
        "fault: Settings!B2 first_period: '46388' is no period of 3 months: write it like 2027Q1.",
    ),
}


# ---------------------------------------------------------------------- what holds for each
def holds(path, sentences):
    """Every cell of a workbook is read or listed, and this is all that is said of it."""
    filled = filled_cells(path)
    checker, problems, values = checked(path)
    listed = listed_cells(checker.unread) & filled
    assert checker.cells_read + sum(entry.cells for entry in checker.unread) == len(filled)
    assert checker.cells_read == len(filled - listed)
    assert [f"{problem.severity}: {problem}" for problem in problems] == sentences
    return values


@pytest.mark.parametrize(("make", "sentences"), KINDS)
def test_every_cell_of_an_odd_book_is_read_or_listed(make, sentences, tmp_path):
    book = small_book()
    make(book)
    holds(calculated(saved(book, tmp_path)), sentences)


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """What is read of the small book as it is."""
    return checked(saved(small_book(), tmp_path_factory.mktemp("plain")))[2]


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_as_another_program_writes_it_is_the_same_cell(name, tmp_path, plain):
    write, sentence = CELLS[name]
    path = write(calculated(saved(small_book(), tmp_path)))
    values = holds(path, [sentence] if sentence else [])
    assert sentence or values == plain


def test_as_many_kinds_as_the_law_asks_for():
    assert len(KINDS) + len(CELLS) >= 50
