"""Scenarios solved alone, as a workbook: one row an item, one column a scenario."""

from __future__ import annotations

import openpyxl

from chipfolio.workbook.plan import write_comparison


def card(scenario, section, item, value=None, unit="", text=""):
    return {"scenario": scenario, "section": section, "item": item, "value": value, "unit": unit,
            "text": text}  # fmt: skip


CARDS = [
    card("Base", "Scenario", "Probability", 0.6, "%"),
    card("Base", "Result", "Total discounted cost", 2.5e9, "EUR"),
    card("Base", "Result", "Gap", 0.0012, "%", "proven within the target gap"),
    card("Base", "Programmes", "Asic, stage 1", 5e8, "EUR", "Design: 2027 to 2028"),
    card("Base", "Short demand", "Serve", 0.0, "%", "nothing goes short"),
    card("Boom", "Scenario", "Probability", 0.4, "%"),
    card("Boom", "Scenario", "Branches", text="from Base in 2028"),
    card("Boom", "Result", "No plan", text="no plan keeps all the limits of this book"),
]
DIFFERENCES = [
    {"scenario": "Boom", "side": "plan", "subject": "Total discounted cost", "item": "",
     "window": "plan", "base": 2.5e9, "here": 3e9, "difference": 5e8, "text": ""},
]  # fmt: skip


def sheets(tmp_path):
    tables = {"Scenario cards": CARDS, "Scenario differences": DIFFERENCES}
    return openpyxl.load_workbook(write_comparison(tables, tmp_path / "side.xlsx"))


def test_an_item_has_a_row_and_a_scenario_a_column(tmp_path):
    book = sheets(tmp_path)
    assert book.sheetnames == ["Side by side", "Scenario cards", "Scenario differences"]
    rows = [[cell.value for cell in row] for row in book["Side by side"].iter_rows(min_row=5)]
    assert rows == [
        ["section", "item", "unit", "Base", "Boom"],
        ["Scenario", "Probability", None, 0.6, 0.4],
        ["Scenario", "Branches", None, None, "from Base in 2028"],
        ["Result", "Total discounted cost", "EUR million", 2.5e9, None],
        ["Result", "Gap", None, 0.0012, None],
        ["Result", "No plan", None, None, "no plan keeps all the limits of this book"],
        ["Programmes", "Asic, stage 1", None, "Design: 2027 to 2028", None],
        ["Short demand", "Serve", None, 0, None],
    ]


def test_shares_show_as_shares_and_money_as_money(tmp_path):
    book = sheets(tmp_path)
    beside, cards = book["Side by side"], book["Scenario cards"]
    assert "%" in beside["D6"].number_format and "%" in cards["D6"].number_format
    assert beside["D8"].number_format.startswith("[>=50000]#,##0.0,,;")  # millions
    assert cards["D7"].number_format.startswith("[>=0.5]#,##0;")
    assert cards["D8"].number_format == "0.000%"
    assert book["Scenario differences"]["H6"].number_format.startswith("[>=0.5]#,##0;")
