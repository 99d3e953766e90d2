"""Awkward cells, tables and books, each with the cell and the whole sentence it is answered by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from awkward_books import (
    make_table,
    put,
    said,
    saved,
    small_book,
    small_rows,
)
from openpyxl.workbook import Workbook

AWKWARD: list[object] = []


def says(*sentences: str) -> Callable:
    """List a damage with the sentences that must answer it; its name is the test's."""

    def note(damage: Callable[[Workbook], None]) -> Callable[[Workbook], None]:
        name = damage.__name__.strip("_").replace("_", " ")
        AWKWARD.append(pytest.param(damage, list(sentences), id=name))
        return damage

    return note


# ---------------------------------------------------------------------- cells
@says(
    "fault: Offers!E2 price: '1.250,75' is text, not a number; it may mean 1,250.75: "
    "type it as a number.",
)
def a_price_with_a_decimal_comma(book):
    book["Offers"]["E2"] = "1.250,75"


@says(
    "fault: Offers!E2 price: '$ 30,000' is text, not a number; it may mean 30,000: type "
    "it as a number in the plan's currency.",
)
def a_price_with_thousands_and_currency(book):
    book["Offers"]["E2"] = "$ 30,000"


@says(
    "fault: Chips!F2 value_loss_per_year: '30%' is text, not a number; it may mean 0.3: "
    "type it as a number.",
)
def a_rate_typed_as_text(book):
    book["Chips"]["F2"] = "30%"


@says(
    "fault: Offers!E2 price: 'on request' is text: money at least 0 is needed.",
)
def a_word_for_a_number(book):
    book["Offers"]["E2"] = "on request"


@says(
    "fault: Chips!D2 power_kw: '1.2 kW' is text, not a number; it may mean 1.2: type it "
    "as a number.",
)
def a_number_as_text_with_unit(book):
    book["Chips"]["D2"] = "1.2 kW"


@says(
    "fault: Offers!E2 price: '2026-03-01' is a date, a number is needed: check the "
    "cell's number format.",
)
def a_date_for_a_number(book):
    book["Offers"]["E2"] = datetime(2026, 3, 1)


@says(
    "fault: Offers!E2 price: 'True' is a truth value: a number is needed.",
)
def a_truth_value_for_a_number(book):
    book["Offers"]["E2"] = True


@says(
    "fault: Chips!F2 value_loss_per_year: '30' is not between 0% and 100%; 30 % is "
    "written 0.3 or 30%.",
)
def a_share_above_one(book):
    book["Chips"]["F2"] = 30


@says(
    "fault: Offers!E2 price: '-1' is not at least 0.",
)
def a_negative_price(book):
    book["Offers"]["E2"] = -1


@says(
    "fault: Offers!G2 lead_time: '1.5' is not a whole number.",
)
def a_broken_lead_time(book):
    book["Offers"]["G2"] = 1.5


@says(
    "fault: Offers!E2 price: '10000000000000000' is beyond 1e+15: check its unit.",
)
def a_number_beyond_reason(book):
    book["Offers"]["E2"] = 1e16


@says(
    "fault: Offers!E2 price: '#REF!' is an error: type the value that is meant.",
)
def an_error_value(book):
    book["Offers"]["E2"] = "#REF!"


@says(
    "fault: Offers!E2 price: '=15000*2' has no calculated result: open the workbook in "
    "Excel, save it, run again.",
)
def a_formula_never_calculated(book):
    book["Offers"]["E2"] = "=15000*2"


@says(
    "fault: Offers!E2 price: '=SUM(A1:A3*2)' has no calculated result: open the workbook "
    "in Excel, save it, run again.",
)
def an_array_formula_never_calculated(book):
    from openpyxl.worksheet.formula import ArrayFormula

    book["Offers"]["E2"] = ArrayFormula("E2", "=SUM(A1:A3*2)")


@says(
    "fault: Offers!E2 price: "
    "'=15000+15000+15000+15000+15000+15000+15000+15000+15000+1500…' has no calculated "
    "result: open the workbook in Excel, save it, run again.",
)
def a_long_formula_never_calculated(book):
    book["Offers"]["E2"] = "=" + "+".join(["15000"] * 40)


@says(
    "fault: Offers!E2 price: is blank: money at least 0 is needed.",
)
def a_blank_required_cell(book):
    book["Offers"]["E2"] = None


@says(
    "fault: Offers!E2 price: is blank: money at least 0 is needed.",
)
def a_cell_of_blanks_alone(book):
    book["Offers"]["E2"] = " \u00a0 "


@says(
    "fault: Demand!C2 2027Q2: is blank: write 0 for none.",
)
def a_blank_demand(book):
    book["Demand"]["C2"] = None


@says(
    "fault: Vendors!A4 vendor: 'nvidia' is in row 2 already: names must be unique.",
    "fault: Offers!C4 seller: 'Cloudco' is not on sheet Vendors, which has Nvidia, AMD.",
)
def a_name_twice_in_other_letters(book):
    book["Vendors"]["A4"] = " nvidia "


@says(
    "fault: Offers!C3 seller: 'AMB' is not on sheet Vendors. Did you mean 'AMD'?",
)
def an_unknown_name_with_a_near_one(book):
    book["Offers"]["C3"] = "AMB"


@says(
    "fault: Offers!B2 chip: '7' is not on sheet Chips, which has H, M.",
)
def a_number_as_a_name_that_is_unknown(book):
    book["Offers"]["B2"] = 7


@says(
    "fault: Sites!A2 site: 'All' is a reserved word (all, each, none): choose another name.",
)
def a_reserved_word_as_a_name(book):
    book["Sites"]["A2"] = "All"


@says(
    "fault: Sites!A2 site: 'Texas, US' holds a comma or ' / ', which names may not.",
)
def a_comma_in_a_name(book):
    book["Sites"]["A2"] = "Texas, US"


@says(
    "fault: Sites!A2 site: 'Texas / US' holds a comma or ' / ', which names may not.",
)
def a_slash_between_blanks_in_a_name(book):
    book["Sites"]["A2"] = "Texas / US"


@says(
    "fault: Sites!A2 site: 'Tex\\u200bas' holds a character that cannot be seen (U+200B, "
    "zero width space) after 'Tex': type it anew.",
)
def a_character_that_cannot_be_seen(book):
    book["Sites"]["A2"] = "Tex\u200bas"


@says(
    "fault: Workloads!B2 unit: "
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' "
    "is longer than 4,096 characters.",
)
def a_text_beyond_measure(book):
    book["Workloads"]["B2"] = "x" * 5000


@says(
    "fault: Offers!D2 acquisition: 'bye' is not one of buy, lease, cloud. Did you mean 'buy'?",
)
def a_choice_misspelt(book):
    book["Offers"]["D2"] = "bye"


@says(
    "fault: Offers!I2 first_order: '2027-05' is no period: write it like 2027Q1. Did you mean "
    "'2027Q2'?",
)
def a_period_of_another_length(book):
    book["Offers"]["I1"] = "first_order"
    book["Offers"]["I2"] = "2027-05"


@says(
    "fault: Settings!B5 terminal_value: 'maybe' is neither yes nor no.",
)
def neither_yes_nor_no(book):
    book["Settings"].append(["terminal_value", "maybe"])


@says()
def texts_that_look_like_nothing_are_texts(book):
    for row, text in enumerate(("NA", "None", "n/a"), 2):
        book["Vendors"].cell(row, 2, text)


@says()
def blanks_around_names_are_tidied(book):
    book["Offers"]["C2"] = " \u00a0nvidia  "


# ---------------------------------------------------------------------- settings
@says(
    "fault: Settings!A5 name: 'discount_rat' is no setting of the contract. Did you mean "
    "'discount_rate'?",
)
def an_unknown_setting(book):
    book["Settings"].append(["discount_rat", 0.1])


@says(
    "fault: Settings!A5 name: 'Periods' is set already in row 3.",
)
def a_setting_twice(book):
    book["Settings"].append(["Periods", 8])


@says(
    "fault: Settings!B5 value: '8' stands beside no setting's name.",
)
def a_setting_without_a_name(book):
    book["Settings"].append([None, 8])


@says(
    "fault: Settings!B3 periods: 'four' is text: whole number between 1 and 480 is needed.",
)
def a_setting_of_the_wrong_kind(book):
    book["Settings"]["B3"] = "four"


@says(
    "fault: Settings!B4 discount_rate: is required: give it a value.",
)
def a_required_setting_left_blank(book):
    book["Settings"]["B4"] = None


@says(
    "fault: Settings!B5 months_per_period: '5' is not one of 1, 3, 6, 12.",
)
def a_period_length_that_is_none(book):
    book["Settings"].append(["months_per_period", 5])


@says(
    "fault: Settings!B2 first_period: '2027-01' is no period of 3 months: write it like "
    "2027Q1. Did you mean '2027Q1'?",
)
def a_first_period_of_another_length(book):
    book["Settings"]["B2"] = "2027-01"


@says(
    "fault: Settings!B5 tail_probability: '5' is not above 0% and at most 100%; 5 % is "
    "written 0.05 or 5%.",
)
def a_tail_outside_zero_to_one(book):
    book["Settings"].append(["tail_probability", 5])


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


@pytest.mark.parametrize(("cell", "value"), [
    ("B2", "2027-01"), ("B2", "soon"), ("B2", None), ("B2", "2040-13"),
    ("B3", "many"), ("B3", None), ("B3", -2), ("B5", 5), ("B5", "quarterly"),
])  # fmt: skip
def test_a_calendar_at_fault_hides_no_fault_of_another_sheet(cell, value, tmp_path):
    book = small_book()
    book["Settings"].append(["months_per_period", 3])
    book["Offers"]["I1"], book["Offers"]["I2"] = "first_order", "soon"  # no period
    book["Offers"]["B2"] = "H9"  # no chip
    book["Chips"]["D2"] = -1  # below zero
    book["Demand"].delete_cols(3)  # a quarter in the middle is missing
    alone = set(said(saved(book, tmp_path)))
    assert {text.split(" ")[1].split("!")[0] for text in alone} == {"Offers", "Chips", "Demand"}
    book["Settings"][cell] = value
    both = said(saved(book, tmp_path))
    assert len([text for text in both if f"Settings!{cell} " in text]) == 1
    assert {text for text in both if "Settings!" not in text} == alone


@pytest.mark.parametrize("months", [1, 3, 6, 12])
@pytest.mark.parametrize("typed", ["2027-01", "2027Q1", "2027H1", "2027", "Q3'27", "soon"])
def test_the_advice_on_a_first_period_is_itself_accepted(months, typed, tmp_path):
    book = small_book()
    book["Settings"].append(["months_per_period", months])

    def answers(label: str) -> list[str]:
        book["Settings"]["B2"] = label
        return [text for text in said(saved(book, tmp_path)) if "Settings!B2" in text]

    found = answers(typed)
    for text in found:
        advice = [text.partition("write it like ")[2].split(". ")[0].rstrip(".")]
        if "Did you mean" in text:
            advice.append(text.split("'")[-2])
        for label in advice:
            assert answers(label) == [], (typed, label)
    assert found or typed in ("2027-01", "2027Q1", "2027H1", "2027")
