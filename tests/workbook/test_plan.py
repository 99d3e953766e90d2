"""The plan workbook as a file and a page: where it goes, what it shows, what follows a change."""

from __future__ import annotations

import dataclasses
import re
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from xlsxwriter.worksheet import Worksheet

from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.lines import CASH_LINES
from chipfolio.contract.outputs import OUTPUTS
from chipfolio.contract.schema import Kind
from chipfolio.errors import AuditError, LockedError
from chipfolio.workbook.plan import write_plan
from chipfolio.workbook.planbook.book import plan_book
from chipfolio.workbook.planbook.draw import PlanSheet
from chipfolio.workbook.planbook.findings import course, portion
from chipfolio.workbook.planbook.sheets import FIRST, TOP
from tests.workbook.plans import computed, failing, plain_plan, recompute, rich_plan
from tests.workbook.rich_book import rich_book

ALWAYS = ("Orders", "Cash", "Power", "Service", "Usage", "Rules", "Checks", "Run", "Vendor split")


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return write_plan(plain_plan(), tmp_path_factory.mktemp("plan") / "plan.xlsx")


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    return write_plan(rich_plan(), tmp_path_factory.mktemp("plan") / "plan.xlsx")


# ------------------------------------------------------------------ the file
def test_an_existing_plan_is_never_overwritten(tmp_path):
    path = tmp_path / "plan.xlsx"
    path.write_bytes(b"an older plan")
    (tmp_path / "plan-2.xlsx").write_bytes(b"another")
    assert write_plan(plain_plan(), path) == tmp_path / "plan-3.xlsx"
    assert path.read_bytes() == b"an older plan"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plan-2.xlsx", "plan-3.xlsx", "plan.xlsx"]


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(LockedError, match="cannot be written .Permission denied.: close it"):
        write_plan(plain_plan(), tmp_path / "plan.xlsx")
    assert not list(tmp_path.iterdir())


def test_a_plan_half_written_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(self, target):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with pytest.raises(LockedError):
        write_plan(plain_plan(), tmp_path / "plan.xlsx")
    assert not list(tmp_path.iterdir())


def test_equal_plans_give_equal_bytes_but_for_the_run():
    first = plan_book(plain_plan())
    assert plan_book(plain_plan()) == first
    tables = dict(plain_plan().tables)
    tables["Run"] = [
        {**row, "value": "9.999"} if str(row["item"]).startswith("seconds") else row
        for row in tables["Run"]
    ]
    other = plan_book(dataclasses.replace(plain_plan(), tables=tables))
    assert changed_parts(first, other) <= {"xl/sharedStrings.xml", *run_sheet(first)}


def changed_parts(one: bytes, other: bytes) -> set[str]:
    import io

    with zipfile.ZipFile(io.BytesIO(one)) as a, zipfile.ZipFile(io.BytesIO(other)) as b:
        assert a.namelist() == b.namelist()
        return {name for name in a.namelist() if a.read(name) != b.read(name)}


def run_sheet(content: bytes) -> set[str]:
    import io

    names = openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames
    return {f"xl/worksheets/sheet{names.index('Run') + 1}.xml"}


def test_a_formula_that_reads_what_nothing_writes_is_an_error_and_not_zero():
    model = computed(plain_plan())
    future = model.futures[0]
    for ask in (
        lambda: model.here("Stock", future, "site power drawn", "Nowhere"),
        lambda: model.sum_of("Stock", future, "toll"),
        lambda: model.own("Stock", future).here("site power drawn", "Nowhere"),
        lambda: model.own("Stock", future).sum("toll"),
    ):
        with pytest.raises(LookupError, match=r"Sheet Stock .* no line or block '.*(Nowhere|toll)"):
            ask()
    for ask in (
        lambda: model.sum_ifs("Legder", future, "cash", "order t", "0"),
        lambda: model.here("Stok", future, "site power drawn"),
        lambda: model.sum_of("Buyng", future, "order_fees"),
    ):
        with pytest.raises(
            LookupError, match=r"No plan workbook has a sheet '(Legder|Stok|Buyng)'"
        ):
            ask()
    # this book has no lease, no order fee and no market of used units
    assert model.own("Accounts", future).here("lease", "interest") == "0"
    assert model.sum_of("Buying", future, "order_fees") == "0"
    assert model.sum_of("Market", future, "market price") == "0"


# ------------------------------------------------------------------ what it shows
def test_the_summary_comes_first_and_every_table_of_the_contract_is_there(rich):
    workbook = openpyxl.load_workbook(rich)
    assert workbook.sheetnames[:3] == ["Summary", "Charts", "Checks"]
    for name, table in OUTPUTS.items():
        if name == "Summary" or not (name in ALWAYS or rich_plan().tables.get(name)):
            continue
        sheet = workbook[name]
        heads = [cell.value for cell in sheet[TOP]][: len(table.names)]
        assert tuple(heads) == table.names, name
        (found,) = sheet.tables.values()
        assert found.autoFilter is not None
        assert sheet.freeze_panes == f"A{TOP + 1}"


def test_tables_show_what_the_plan_says(rich):
    stored = openpyxl.load_workbook(rich, data_only=True)
    for name, table in OUTPUTS.items():
        if name in ("Summary", "Checks") or name not in stored.sheetnames:
            continue
        for at, row in enumerate(rich_plan().tables.get(name, [])):
            for column, head in enumerate(table.names, 1):
                seen, due = stored[name].cell(TOP + 1 + at, column).value, row.get(head)
                if isinstance(due, (int, float)) and not isinstance(due, bool):
                    room = 1e-6 * max(1.0, abs(due))
                    assert abs((seen or 0.0) - due) <= room, (name, at, head, seen, due)
                else:
                    assert (seen or "") == (due or ""), (name, at, head)


def test_shares_are_formulas_in_the_trunk_and_for_vendors_and_limits_everywhere(rich):
    live = openpyxl.load_workbook(rich)["Vendor split"]
    solved = []
    for at, row in enumerate(rich_plan().tables["Vendor split"], TOP + 1):
        wanted = (
            row["scenario"] == "base" or row["dimension"] == "vendor" or row["limit"] is not None
        )
        cells = [live.cell(at, column) for column in (6, 7)]
        assert [cell.data_type for cell in cells] == ["f" if wanted else "n"] * 2, row
        solved += [] if wanted else [row]
    assert solved


def test_wholes_that_are_the_same_are_computed_once():
    sheet = computed(rich_plan()).sheet("Vendor split")
    rows = rich_plan().tables["Vendor split"]
    sums = [
        (row["scenario"], row["basis"], row["window"])
        for at, row in enumerate(rows)
        if "SUM" in sheet.text(TOP + at, sheet.columns["whole"])
    ]
    assert len(sums) == len(set(sums)) > 0


def test_cells_are_written_as_the_library_writes_them(monkeypatch):
    ours = plan_book(rich_plan())
    monkeypatch.setattr(PlanSheet, "_write_cell", Worksheet._write_cell)
    assert plan_book(rich_plan()) == ours


def test_an_order_says_in_how_many_scenarios_it_is_placed(rich, plain):
    sheet = openpyxl.load_workbook(rich)["Orders"]
    head = [cell.value for cell in sheet[TOP]]
    said = {sheet.cell(TOP + 1 + at, head.index("ordered in") + 1).value
            for at in range(len(rich_plan().tables["Orders"]))}  # fmt: skip
    scenarios = {row["scenario"] for row in rich_plan().tables["Orders"]}
    alone = {f"{name} alone" for name in scenarios}
    assert said <= {"every scenario", f"2 of {len(scenarios)}", *alone}
    assert "every scenario" in said
    assert "ordered in" not in [cell.value for cell in openpyxl.load_workbook(plain)["Orders"][TOP]]


def test_charts_show_all_scenarios_before_the_first_alone(rich):
    titles = []
    with zipfile.ZipFile(rich) as parts:
        for number in range(1, 1 + sum("charts/chart" in name for name in parts.namelist())):
            text = parts.read(f"xl/charts/chart{number}.xml").decode()
            titles.append(re.search(r"<c:title>.*?<a:t>(.*?)</a:t>", text, re.DOTALL)[1])
    first_alone = next(at for at, title in enumerate(titles) if title.startswith("base: "))
    assert first_alone >= 3
    assert all(title.startswith("base: ") for title in titles[first_alone:])
    assert any(title.startswith("Cash paid by 2028Q2 runs from EUR") for title in titles)


def test_the_fan_of_cash_ends_at_all_cash_of_each_scenario(rich):
    stored = openpyxl.load_workbook(rich, data_only=True)["Chart data"]
    ends = {row[0]: row[-1] for row in stored.iter_rows(min_row=TOP + 1, values_only=True)
            if row[1] == "cash so far"}  # fmt: skip
    for name, end in ends.items():
        paid = sum(row["amount"] for row in rich_plan().tables["Cash"]
                   if row["scenario"] == name and row["line"] in CASH_LINES)  # fmt: skip
        assert end == pytest.approx(paid)
    assert len(ends) == 3


def test_a_row_of_many_words_is_as_high_as_they_need():
    from chipfolio.workbook.planbook.sheets import LINE_HEIGHT, Sheet

    sheet = Sheet("S", "plan", "S")
    sheet.put_words(5, 0, "a few words", 20)
    sheet.put_words(6, 0, "words " * 7, 20)
    assert sheet.heights == {6: 3 * LINE_HEIGHT}


def test_percents_money_and_brackets_are_formats_not_texts(rich):
    workbook = openpyxl.load_workbook(rich)
    split = workbook["Vendor split"]
    share = [cell.value for cell in split[TOP]].index("share") + 1
    assert split.cell(TOP + 1, share).number_format.startswith("0.0%;(0.0%)")
    cash = workbook["Cash"]
    assert cash.cell(TOP + 1, 4).number_format.startswith("[>=0.5]#,##0;[<=-0.5](#,##0)")


def test_text_from_inputs_stays_text(plain):
    workbook = openpyxl.load_workbook(plain)
    names = {"=1+1", "@Boreal", "=cmd!' /C calc'!A0", ">5*?", "+first", "<>second", "-cloud",
             "{=serve}", '=HYPERLINK("http://x","y")'}  # fmt: skip
    seen = set()
    for sheet in workbook:
        assert not sheet._hyperlinks
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "s" and cell.value in names:
                    seen.add(cell.value)
                if cell.data_type == "f":
                    assert "HYPERLINK" not in str(cell.value) and "cmd!" not in str(cell.value)
    assert seen == names


def test_a_plan_without_proof_says_so_where_nobody_misses_it():
    tables = dict(plain_plan().tables)
    tables["Summary"] = [
        {**row, "text": "NOT PROVEN: stopped at the time limit"} if row["item"] == "Proof" else row
        for row in tables["Summary"]
    ]
    unproven = dataclasses.replace(
        plain_plan(), status="feasible", ended="time_limit", tables=tables
    )
    page = computed(unproven).sheet("Summary")
    assert page.values[3, 0] == "NOT PROVEN: stopped at the time limit"
    assert page.looks[3, 0][0] == "alarm"


def test_titles_of_charts_tell_no_nothing_and_no_move_that_is_none():
    assert [portion(share) for share in (0.00002, 0.0005, 0.0516)] == ["under 0.1%", "0.1%", "5.2%"]
    assert course(1.0, 0.6, "2027Q1", "2028Q4") == (
        "falls from 100% of work served in 2027Q1 to 60% in 2028Q4"
    )
    # 60.4 and 59.6 % are both shown as 60: "falls from 60% to 60%" would be no finding
    assert course(0.604, 0.596, "2027Q1", "2028Q4") == (
        "has 60% of work served in 2027Q1 and in 2028Q4 alike"
    )


def test_charts_are_native_and_bear_their_finding(rich):
    with zipfile.ZipFile(rich) as parts:
        charts = [name for name in parts.namelist() if name.startswith("xl/charts/chart")]
        titles = [parts.read(name).decode() for name in charts]
        drawing = parts.read("xl/drawings/drawing1.xml").decode()
    assert len(charts) >= 6
    assert all("<c:title>" in text for text in titles)
    assert drawing.count("descr=") == len(charts)


# ------------------------------------------------------------------ what follows a change
def test_an_ordered_unit_more_flows_to_every_figure():
    model = computed(plain_plan())
    future, book = model.futures[0], model.book
    cells = {
        "objective": book.names["Objective"],
        "cash": ("Cash flow", model.row("Cash flow", future, "chip_purchases"), 7),
        "stock": ("Units in service", TOP, model.sheet("Units in service").columns["units"]),
        "energy": ("Cash flow", model.row("Cash flow", future, "energy"), 7),
        "depreciation": (
            "Accounts",
            model.row("Accounts", future, "cost", "depreciation_chips"),
            7,
        ),
        "terminal": ("Cash flow", model.row("Cash flow", future, "terminal_value"), 7),
        "year": ("By year", model.row("By year", future, "all cash", "Cash flow in all"), 7),
    }
    before = {name: book.value(*cell) for name, cell in cells.items()}
    sheet = model.sheet("Orders")
    bought = next(
        TOP + at
        for at, row in enumerate(plain_plan().tables["Orders"])
        if row["acquisition"] == "buy" and row["delivery_period"] != ""
    )
    sheet.values[bought, sheet.columns["units"]] += 8.0
    recompute(model)
    after = {name: book.value(*cell) for name, cell in cells.items()}
    same = {name for name in cells if after[name] == before[name]}
    assert same <= {"stock"}, same
    assert str(book.value("Checks", 1, 0)).startswith("CHECKS FAIL")


def test_model_audit_and_workbook_agree_on_a_book_that_uses_everything():
    try:
        plan = rich_plan()
    except AuditError as error:
        pytest.fail(f"what the model counts, plan/audit/ must count too, in its own way: {error}")
    assert failing(plan) == [], "give it its formula in the sheet of workbook/planbook/ it is on"


MONEY_COLUMNS = [
    (table.name, column.name)
    for table in INPUTS.values()
    for column in table
    if column.kind is Kind.MONEY and "model" == table.read_by == column.read_by
]


@pytest.mark.parametrize(("sheet", "column"), MONEY_COLUMNS)
def test_the_rich_book_uses_every_column_of_money(sheet, column):
    found = rich_book()[sheet]
    assert column in found and (found[column].fillna(0) != 0).any(), (
        f"give {sheet}.{column} a value in tests/workbook/rich_book.py: the plan of that book is "
        "where model, audit and plan workbook must agree on it"
    )


@pytest.mark.parametrize("made", [plain_plan, rich_plan])
def test_the_page_leads_from_cash_to_cost_by_formulas(made):
    model = computed(made())
    page, book = model.sheet("Summary"), model.book
    first = next(at for (at, _), value in page.values.items() if value == "From cash to cost") + 1
    last = next(
        at
        for (at, _), value in sorted(page.values.items())
        if at > first and value == "Total discounted cost"
    )
    assert all((at, 1) in page.formulas for at in range(first, last + 1))
    steps = [book.value("Summary", at, 1) for at in range(first, last)]
    assert sum(steps) == pytest.approx(made().objective, rel=1e-9)
    assert book.value("Summary", last, 1) == pytest.approx(made().objective, rel=1e-9)
    rows = made().tables["Summary"]
    told = [row["value"] for row in rows if row["section"] == page.values[first - 1, 0]]
    assert steps == pytest.approx(told[:-1], rel=1e-9, abs=1e-6)


def test_a_price_flows_by_its_own_arithmetic():
    model = computed(plain_plan())
    future, book = model.futures[0], model.book
    row = next(r for r in plain_plan().tables["Orders"] if r["acquisition"] == "buy")
    at = plain_plan().inputs.calendar.position(row["order_period"])
    sheet = model.sheet("Rates")
    cash = ("Cash flow", model.row("Cash flow", future, "chip_purchases"), 7)
    before = book.value(*cash)
    place = model.row("Rates", future, "price", str(row["offer"])), FIRST + at
    sheet.values[place] += 100.0
    recompute(model)
    units = sum(
        r["units"]
        for r in plain_plan().tables["Orders"]
        if (r["offer"], r["order_period"]) == (row["offer"], row["order_period"])
    )
    paid = 1.0 if row["delivery_period"] else 0.2
    assert book.value(*cash) - before == pytest.approx(100.0 * units * paid)


def test_an_order_before_the_branch_is_changed_in_every_scenario():
    model = computed(rich_plan())
    sheet, book = model.sheet("Orders"), model.book
    linked = [row for row, column in sheet.formulas if column == sheet.columns["units"]]
    assert linked
    objective = book.names["Objective"]
    before = book.value(*objective)
    sheet.values[TOP, sheet.columns["units"]] += 8.0
    recompute(model)
    assert book.value(*objective) != before
