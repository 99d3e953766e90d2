"""Awkward cells and settings, each with its cell and the whole sentence it is answered by."""

from __future__ import annotations

from datetime import datetime

import pytest
from awkward_books import Awkward, said, saved, small_book

AWKWARD = Awkward()
says = AWKWARD.says


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
