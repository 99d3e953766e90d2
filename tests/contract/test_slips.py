"""Slips that people type, each with what it is answered by: numbers, periods, names, blocks."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest
from small_books import SMALL, frames, read, said

import chipfolio
from chipfolio.checking.cells import Fault, number_of
from chipfolio.checking.check import check
from chipfolio.checking.likely import likely_number, likely_period
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.periods import month_of
from chipfolio.contract.problems import near_match
from chipfolio.errors import WorkbookError
from chipfolio.workbook.frames import frames_to_book

PRICE = INPUTS["Offers"].column("price")
POWER = INPUTS["Chips"].column("power_kw")
CHANGE = INPUTS["Offers"].column("price_change_per_year")
MEGAWATTS = INPUTS["Sites"].column("power_mw")


def offers_with(column: str) -> str:
    """The offers of the small book with one more column, blank."""
    head, *rows = SMALL["Offers"].splitlines()
    return "\n".join([f"{head},{column}", *(f"{row}," for row in rows)])


def said_of(sheet: str, column: str, row: int, value: object, **sheets: str) -> list[str]:
    """What is said of the small book with one cell changed, whatever its type."""
    book = frames(**sheets)
    book[sheet] = book[sheet].astype(object)
    book[sheet].loc[row, column] = value
    try:
        problems = check(frames_to_book(book)).warnings
    except WorkbookError as error:
        problems = error.problems
    return [f"{problem.severity}: {problem}" for problem in problems]


# ---------------------------------------------------------------------- numbers
@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("18 k", 18_000),
        ("6k", 6_000),
        ("5M", 5_000_000),
        ("3.2M", 3_200_000),
        ("3,2 m", 3_200_000),
        ("30 Mio", 30_000_000),
        ("1.5 bn", 1_500_000_000),
        ("(32,000)", -32_000),
        ("32,000-", -32_000),
        ("3E4", 30_000),
        ("\u22128%", -0.08),
        ("8 pct", 0.08),
        ("$ 30,000", 30_000),
        ("EUR 1.250,75", 1_250.75),
        ("1'250", 1_250),
        ("1\u202f250", 1_250),
        ("1.250.000", 1_250_000),
        ("0,500", 0.5),
        ("7/10", None),
        ("6 x 100", None),
        ("16.000", None),
        ("12 34", None),
        ("~30", None),
        ("> 5", None),
        ("1-2", None),
        ("5 EUR/h", None),
        ("9" * 4000, None),
    ],
)
def test_what_a_text_may_mean_keeps_sign_and_size_or_nothing_is_said(text, number):
    assert likely_number(text, PRICE) == number


@pytest.mark.parametrize(
    ("text", "column", "number"),
    [
        ("1.2 kW", POWER, 1.2),
        ("1.2 MW", POWER, None),
        ("20 MW", MEGAWATTS, 20),
        ("20 kW", MEGAWATTS, None),
        ("5 m", POWER, None),
        ("5M", POWER, 5_000_000),
    ],
)
def test_a_unit_is_understood_where_it_is_the_columns_own(text, column, number):
    assert likely_number(text, column) == number


@pytest.mark.parametrize(
    ("value", "column", "number"),
    [
        (2.0000000000000004, INPUTS["Offers"].column("lead_time"), 2),
        (-4e-17, PRICE, 0),
        (1 + 1e-12, INPUTS["Share rules"].column("max_pct"), 1),
        (8 * (1 - 1e-12), INPUTS["Offers"].column("lot_size"), 8),
        (5e-10, INPUTS["Performance"].column("running_cost"), 5e-10),
        (1e-12, PRICE, 1e-12),
    ],
)
def test_the_dust_of_sums_is_taken_away(value, column, number):
    assert number_of(value, column) == number


def test_more_than_dust_stays_a_fault():
    with pytest.raises(Fault, match="is not a whole number"):
        number_of(2.000001, INPUTS["Offers"].column("lead_time"))
    with pytest.raises(Fault, match="is not at least 0"):
        number_of(-1e-6, PRICE)


@pytest.mark.parametrize("word", ["None", "unlimited", "n/a", "∞", "-"])
def test_a_word_for_no_limit_is_answered_with_a_blank(word):
    assert said_of("Offers", "max_order", 0, word, Offers=offers_with("max_order")) == [
        f"fault: Offers!I2 max_order: {word!r} is text: leave the cell blank, which means no limit."
    ]


def test_a_number_in_a_time_format_is_answered_as_a_date_is():
    assert said_of("Offers", "price", 0, time(6, 0)) == [
        "fault: Offers!E2 price: '06:00:00' is a time of day, a number is needed: check the cell's "
        "number format."
    ]


# ---------------------------------------------------------------------- periods
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Q3'27", "2027Q3"),
        ("1Q28", "2028Q1"),
        ("2028 4Q", "2028Q4"),
        ("27Q1", "2027Q1"),
        ("Q2 FY28", "2028Q2"),
        ("FY28-Q2", "2028Q2"),
        ("2027-06", "2027Q2"),
        ("2027/06/15", "2027Q2"),
        ("Q5'27", ""),
        ("H1 27", ""),
        ("2027-06-31", ""),
        ("3Q", ""),
        ("soon", ""),
    ],
)
def test_a_label_that_people_type_is_answered_with_the_label_meant(text, label):
    assert likely_period(text, 3) == label


def test_a_fiscal_year_is_understood_only_where_it_is_the_calendar_year():
    assert likely_period("Q2 FY28", 3, fiscal_year_start_month=7) == ""


@pytest.mark.parametrize("text", ["2027-06-31", "2027-02-30", "2027-06-15 or later", "2027-13-01"])
def test_a_text_that_is_no_date_is_no_period(text):
    assert month_of(text, 3) is None
    assert month_of("2027-06-30 12:30:00", 3) == 2027 * 12 + 3


def test_a_typed_label_is_told_at_its_cell_with_the_label_meant():
    text = SMALL["Demand"].replace("2027Q3", "Q3'27")
    assert said(Demand=text)[0] == (
        'fault: Demand!D1 "Q3\'27" is no column of this sheet; free columns begin with note, '
        "source or as of. Did you mean '2027Q3'?"
    )


def test_a_time_of_day_in_a_period_is_a_warning():
    at = datetime(2027, 5, 3, 14, 30)
    assert said_of("Offers", "first_order", 0, at, Offers=offers_with("first_order")) == [
        "warning: Offers!I2 first_order: '2027-05-03 14:30:00' holds a time of day, which is not "
        "used: a period is meant."
    ]


# ---------------------------------------------------------------------- names
def test_composed_and_decomposed_letters_are_one_name():
    book = read(
        Vendors="vendor,country\nNvidia,US\nAMD,US\nCloud\u00e9,FR",
        Offers=SMALL["Offers"].replace("Cloudco", "Cloude\u0301"),
    )
    assert {row["offer"]: row["seller"] for row in book.rows("Offers")}["H cloud"] == "Cloud\u00e9"


@pytest.mark.parametrize(
    ("character", "words"),
    [
        ("\u200b", "(U+200B, zero width space) after 'Tex'"),
        ("\u00ad", "(U+00AD, soft hyphen) after 'Tex'"),
        ("\x07", "(U+0007, control character) after 'Tex'"),
    ],
)
def test_a_character_that_cannot_be_seen_is_named(character, words):
    (line,) = said_of("Sites", "site", 0, f"Tex{character}as")
    assert f"holds a character that cannot be seen {words}: type it anew." in line


def test_a_name_that_a_spreadsheet_turned_into_a_date_or_a_truth_value_is_told():
    (first, *_) = said_of("Chips", "chip", 0, date(2027, 3, 1))
    assert first == (
        "fault: Chips!A2 chip: '2027-03-01' is a date: a spreadsheet turns names like MAR1 into "
        "one; format the cell as text and type the name anew."
    )
    (first, *_) = said_of("Vendors", "vendor", 2, True)
    assert first == (
        "fault: Vendors!A4 vendor: 'True' is the truth value TRUE: if it is a name, type it with "
        "' before it."
    )


# ---------------------------------------------------------------------- all in one pass
def test_a_duplicate_name_hides_no_other_fault_of_its_row():
    twice = SMALL["Offers"] + "\nH buy,H,Cloudco,lease,900,1,0,"
    assert said(Offers=twice) == [
        "fault: Offers!A5 offer: 'H buy' is in row 2 already: names must be unique.",
        "fault: Offers!H5 term_months: is blank: a lease needs its term.",
    ]


def test_blank_cells_of_a_block_are_one_sentence():
    assert said(Demand="workload,2027Q1,2027Q2,2027Q3,2027Q4\nserve,,,,\ntrain,,,,") == [
        "fault: Demand!B2:E3 8 cells are blank: write 0 for none."
    ]


def test_the_same_fault_down_a_column_is_one_sentence():
    text = "chip,workload,throughput\nH,serv,1\nM,serv,0.7\nH,train,1"
    assert said(Performance=text)[:1] == [
        "fault: Performance!B2:B3 workload: 2 cells with 'serv' are not on sheet Workloads. "
        "Did you mean 'serve'?"
    ]


def test_an_empty_required_sheet_is_a_fault_with_its_name():
    lines = said(Vendors="vendor,country")
    assert lines[0] == "fault: Vendors!A2 holds no row: it is required, so fill in at least one."


# ---------------------------------------------------------------------- frames and books alike
def test_a_dict_of_frames_given_to_solve_is_read_as_read_does():
    plan = chipfolio.solve(frames(), time_limit=20)
    assert plan.objective == chipfolio.solve(chipfolio.read(frames()), time_limit=20).objective
    with pytest.raises(WorkbookError, match="the sheet is missing"):
        chipfolio.solve(frames(Offers=None))


def test_rows_in_another_order_give_the_same_plan():
    """Prices that tie, so that the order of rows would decide which of two plans is found."""
    book = frames(
        Offers="""offer,chip,seller,acquisition,price,lot_size
        B,H,Nvidia,buy,30000,8
        A,H,Nvidia,buy,30000,8
        C,H,AMD,buy,30000,8"""
    )
    turned = {name: frame.iloc[::-1].reset_index(drop=True) for name, frame in book.items()}
    first, second = (chipfolio.solve(one, time_limit=20) for one in (book, turned))
    for name, rows in first.tables.items():
        assert name == "Run" or rows == second.tables[name], name


def test_changes_of_one_column_act_in_the_order_of_the_book():
    """Set to 100, then twice that; the other way round it would be 100."""
    book = read(
        Scenarios="scenario,probability\nBase,1",
        Scenario_changes="""scenario,sheet,item,column,operation,value
        Base,Offers,M buy,price,set,100
        Base,Offers,all,price,multiply,2""",
    )
    assert book.world("Base").path("Offers", "price")["M buy"][0] == 200


@pytest.mark.parametrize(
    ("word", "choices", "near"),
    [
        ("year", ("period", "fiscal_year", "plan"), "fiscal_year"),
        ("spend", ("order_spend", "order_units", "units_in_service"), "order_spend"),
        ("unit", ("order_spend", "power"), ""),
    ],
)
def test_a_word_of_a_name_is_near_to_the_only_name_that_has_it(word, choices, near):
    assert near_match(word, choices) == near
