"""Awkward columns, tables and sheets, each with the whole sentence it is answered by."""

from __future__ import annotations

from datetime import datetime

import pytest
from awkward_books import Awkward, make_table, put, said, saved, small_book, small_rows

AWKWARD = Awkward()
says = AWKWARD.says


# ---------------------------------------------------------------------- columns
@says(
    "fault: Offers!I1 'first_ordr' is no column of this sheet; free columns begin with "
    "note, source or as of. Did you mean 'first_order'?",
)
def an_unknown_column_with_a_near_one(book):
    book["Offers"]["I1"] = "first_ordr"


@says(
    "fault: Offers!I1 Price: stands twice in the sheet.",
)
def a_column_twice(book):
    book["Offers"]["I1"] = "Price"


@says(
    "fault: Offers!I1 column I holds values but has no name: name it, or begin it with note.",
)
def a_column_without_a_name(book):
    book["Offers"]["I2"] = 5


@says(
    "fault: Offers!E1 'list_price' is no column of this sheet; free columns begin with "
    "note, source or as of. Did you mean 'price'?",
)
def a_required_column_missing(book):
    book["Offers"]["E1"] = "list_price"


@says(
    "fault: Demand!A1 2027Q2: the column for 2027Q2 is missing (write 0 for none).",
)
def a_period_missing_from_demand(book):
    book["Demand"].delete_cols(3)


@says(
    "fault: Demand!F1 '2027-02-01' names a period that has a column.",
)
def a_period_twice_in_demand(book):
    book["Demand"]["F1"] = datetime(2027, 2, 1)
    book["Demand"]["F2"] = 1


@says(
    "warning: Demand!A1 holds periods outside the plan, which are not used: 2028Q1.",
)
def a_period_outside_the_plan(book):
    book["Demand"]["F1"] = "2028Q1"
    book["Demand"]["F2"] = 1


@says(
    "fault: Offers!I1 '#NAME?' is an error: type the value that is meant.",
)
def an_error_for_a_header(book):
    book["Offers"]["I1"] = "#NAME?"


@says()
def columns_of_notes_may_hold_anything(book):
    for column, head in enumerate(("note to self", "Source", "as of 2026"), 9):
        book["Offers"].cell(1, column, head)
        book["Offers"].cell(2, column, "#REF!")
        book["Offers"].cell(3, column, "=1+1")


# ---------------------------------------------------------------------- tables
@says(
    "fault: Offers!C2 the cells C2:C3 are merged: unmerge them, each row needs its own values.",
)
def merged_cells_among_the_data(book):
    book["Offers"].merge_cells("C2:C3")


@says()
def merged_cells_above_the_data(book):
    sheet = book["Offers"]
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Everything on offer"
    sheet.merge_cells("A1:H1")


@says(
    "warning: Offers!A3 1 hidden row (3) is used like any other.",
)
def a_hidden_row(book):
    book["Offers"].row_dimensions[3].hidden = True


@says()
def hidden_rows_without_values(book):
    book["Offers"].row_dimensions[9].hidden = True


@says(
    "warning: Offers!E1 1 hidden column (E) is used like any other.",
)
def a_hidden_column(book):
    book["Offers"].column_dimensions["E"].hidden = True


@says(
    "warning: Offers is a hidden sheet: it is used like any other.",
)
def a_hidden_sheet(book):
    book["Offers"].sheet_state = "hidden"


@says(
    "warning: Offers!A5 2 rows lie directly below the table Offers (A1:H4) and count as part of it: "
    "drag the table's corner down.",
    "fault: Offers!A6 'H later' stands alone in its row: fill chip, seller, acquisition, price, or "
    "move it out of the table.",
)
def rows_directly_under_a_table(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["H late", "H", "Nvidia", "buy", 20000], ["H later"]], "A5")


@says(
    "fault: Offers!A6 1 row lies below the table Offers (A1:H5), not read: move it up to the table, "
    "or away from its columns.",
)
def a_row_under_a_row_of_totals(book):
    sheet = book["Offers"]
    put(sheet, [["Total"]], "A5")
    table = make_table(sheet, "Offers", "A1:H5")
    table.totalsRowCount = 1
    put(sheet, [["H late", "H", "Nvidia", "buy", 20000]], "A6")


@says(
    "warning: Offers!A5 1 row lies directly below the table Offers (A1:H4) and counts as part of it: "
    "drag the table's corner down.",
    "warning: Offers!J1 'My list' and 13 other cells in the table Quotations are not read: J1:K7.",
)
def a_row_under_a_table_with_another_beside_it(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["H late", "H", "Nvidia", "buy", 20000]], "A5")
    put(book["Offers"], [["My list", "Price"], *[["H", 1]] * 6], "J1")
    make_table(book["Offers"], "Quotations", "J1:K7")


@says(
    "fault: Offers!A7 1 row lies below the table Offers (A1:H4), not read: move it up to the table, "
    "or away from its columns.",
)
def a_row_under_a_table_and_a_blank_row(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["H late", "H", "Nvidia", "buy", 20000]], "A7")


@says("warning: Offers!A5 'My list' and 3 other cells in the table Quotations are not read: A5:B6.")
def another_table_right_under_a_table(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    put(book["Offers"], [["My list", "Price"], ["H", 1]], "A5")
    make_table(book["Offers"], "Quotations", "A5:B6")


@says(
    "warning: Offers!A7 'Prices as of the last quotation' stands below the table Offers and is not "
    "read.",
)
def values_further_below_a_table(book):
    make_table(book["Offers"], "Offers", "A1:H4")
    book["Offers"]["A7"] = "Prices as of the last quotation"


@says()
def a_table_with_a_row_of_totals(book):
    table = make_table(book["Offers"], "Offers", "A1:H5")
    table.totalsRowCount = 1
    book["Offers"]["A5"] = "Total"


@says(
    "fault: Offers!A1 the table Offers has no header row: switch it on in Table Design.",
)
def a_table_without_a_header_row(book):
    make_table(book["Offers"], "Offers", "A1:H4").headerRowCount = 0


@says(
    "fault: Offers!A1 the table Offers stands here and on Other offers too: keep one of them.",
)
def a_table_found_twice(book):
    sheet = book.create_sheet("Other offers")
    make_table(sheet, "tblOffers", put(sheet, small_rows()["Offers"], "C5"))


@says(
    "fault: offers !A1 the table Offers stands here and on Offers too: keep one of them.",
)
def a_sheet_found_twice(book):
    put(book.create_sheet("offers "), small_rows()["Offers"])


@says(
    "fault: Sites shows no column names in its first 40 rows: write them above the data "
    "(site, country, power_mw, pue, energy_price, energy_price_change_per_year …).",
    "fault: Offers!A2 offer: 'H buy' needs a place (buy): add the sheet Sites with at "
    "least one site.",
)
def a_sheet_without_column_names(book):
    book["Sites"].delete_rows(1)


@says(
    "fault: Site holds the columns of a sheet of the contract and is not read: rename it, or begin "
    "its name with note to leave it out. Did you mean 'Sites'?",
    "fault: Offers!A2 offer: 'H buy' needs a place (buy): add the sheet Sites with at "
    "least one site.",
)
def a_sheet_misspelt(book):
    book["Sites"].title = "Site"


@says(
    "fault: Vendors the sheet is missing: it is required. Did you mean 'Vendor'?",
)
def a_required_sheet_misspelt(book):
    book["Vendors"].title = "Vendor"


@says(
    "warning: Share rule is no sheet of the contract and is not read. Did you mean 'Share rules'?",
)
def an_optional_sheet_misspelt(book):
    put(book.create_sheet("Share rule"), [["rule"], ["R"]])


@says(
    "warning: Policy holds the table 'tblShareRule', which is none of the contract and "
    "not read. Did you mean 'Share rules'?",
)
def a_table_misspelt(book):
    sheet = book.create_sheet("Policy")
    make_table(sheet, "tblShareRule", put(sheet, [["rule"], ["R"]]))


@says(
    "fault: Vendors!A1 vendor: the column is missing: it is required.",
)
def a_required_sheet_without_anything(book):
    book["Vendors"].delete_rows(1, 9)


@says()
def an_optional_sheet_without_anything(book):
    book.create_sheet("Share rules")


@says()
def other_sheets_are_nobodys_business(book):
    for name in ("Notes", "Cover", "Summary", "Old prices", "Sheet1"):
        book.create_sheet(name)["A1"] = "anything"


@says()
def a_row_without_values_in_the_middle(book):
    book["Offers"].insert_rows(3)


@pytest.mark.parametrize(("damage", "sentences"), AWKWARD)
def test_an_awkward_book_is_answered(damage, sentences, tmp_path):
    book = small_book()
    damage(book)
    assert said(saved(book, tmp_path)) == sentences
