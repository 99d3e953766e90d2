"""Whatever a cell or a byte holds, the answer is tables or a list of problems."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from awkward_books import book_of, read, replaced, rewritten, said, saved, small_book, small_rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils.exceptions import IllegalCharacterError
from small_books import frame

from chipfolio.checking.check import check
from chipfolio.contract.inputs import INPUTS
from chipfolio.errors import WorkbookError
from chipfolio.workbook.frames import frames_to_book

EXAMPLES = 200
SLOW_EXAMPLES = 50

EVERY_SHEET = {
    "Timeline": """sheet,item,column,2027Q2,2027Q3
        Offers,H buy,price,28000,27000""",
    "Site projects": """project,site,step_mw,max_steps,cost_per_step,lead_time
        Texas two,Texas,1,2,1000000,1""",
    "Fleet": """chip,site,units,in_service_since,acquisition,until
        H,Texas,10,2026Q1,lease,2027Q4""",
    "Committed orders": """offer,order_period,units,site
        H buy,2026Q4,16,Texas""",
    "Programmes": """programme,requires,must_run
        G1,,no
        G2,G1,yes""",
    "Programme stages": """programme,stage,duration,cost,started,max_wait
        G1,1,1,5,2026Q4,
        G1,2,1,5,,2
        G2,1,1,5,,""",
    "Programme ramp": """programme,periods_since_ready,max_units
        G1,0,5
        G1,1,50""",
    "Software": """project,platform,workload,requires,cost,duration,finished,efficiency
        P1,ROCm,serve,,5,1,2026Q3,0.8
        P2,ROCm,,P1,5,1,,0.9""",
    "Discounts": """discount,seller,offer,basis,window,kind,threshold,discount_pct
        D,AMD,,spend,plan,incremental,5,0.1
        D,AMD,,spend,plan,incremental,9,0.2""",
    "Contracts": """contract,seller,offer,signing,basis,minimum,from,to,price_cut_pct,extra_supply
        K,AMD,M buy,optional,units,8,2027Q1,2027Q4,0.1,8""",
    "Deals": """deal,vendor,signing,first_signing
        Alliance,AMD,optional,2027Q1""",
    "Deal milestones": """deal,milestone,measure,threshold,deadline,value,kind
        Alliance,one,installed_mw,1,2027Q4,5,cash""",
    "Share rules": """rule,dimension,member,basis,min_pct,max_pct,from,to,applies_if
        R,vendor,each,units_in_service,0.1,0.9,2027Q1,2027Q4,Alliance""",
    "Supplier counts": """rule,dimension,min_count,max_count,active_if_pct
        S,vendor,1,2,0.1""",
    "Budgets": """budget,lines,limit
        B,"capex, energy",100000000""",
    "Custom rules": """rule,quantity,dimension,member,coefficient,sense,limit
        C,stage_started,stage,G1 / 2,1,<=,5
        C,order_units,offer,H buy,1,,""",
    "Scenarios": """scenario,probability,branches_from,branch_period,active
        base,0.6,,,yes
        boom,0.4,base,2027Q2,yes""",
    "Scenario changes": """scenario,sheet,item,column,from,to,operation,value
        boom,Demand,all,,,,multiply,1.5
        boom,Programme stages,G1 / 2,completes,,,set,no
        boom,Offers,H buy,,,,remove,""",
    "Previous plan": """offer,order_period,units
        H buy,2027Q1,8""",
}
ROWS = small_rows(**EVERY_SHEET)
SMALL_ROWS = small_rows()
CELLS = [
    (name, row, column)
    for name, rows in ROWS.items()
    for row in range(len(rows))
    for column in range(len(rows[0]))
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 40),
    st.floats(),
    st.text(max_size=20),
    st.datetimes(datetime(1900, 3, 1), datetime(2999, 1, 1)),
    st.times(),
    st.timedeltas(timedelta(0), timedelta(900)),
    st.sampled_from(
        [
            *("all", "each", "none", "yes", "no", "H", "AMD", "G1", "G1 / 2", "H buy", "2027Q2"),
            *("2026Q1", "2030Q1", "#REF!", "=1+1", "1.250,75", "35%", "<=", "multiply", "remove"),
            *("Offers", "Demand", "price", "completes", "seller", "served", "power", "plan"),
            *(10**400, -1, 0, 1, 0.5, 1e15, -1e15, 5e-324, time(3, 4)),
        ]
    ),
)
DAMAGE = st.lists(st.tuples(st.sampled_from(CELLS), ODD), min_size=1, max_size=4)


def test_the_book_that_is_damaged_below_is_sound():
    book = {name: frame(text) for name, text in EVERY_SHEET.items()}
    rows = {name: [list(row) for row in cells] for name, cells in ROWS.items()}
    assert set(book) <= set(rows)
    assert faults(frames_of(rows)) == []


def frames_of(rows):
    """Rows as frames of objects."""
    import pandas as pd

    return {
        name: pd.DataFrame(cells[1:], columns=pd.Index(cells[0], dtype=object), dtype=object)
        for name, cells in rows.items()
    }


def faults(frames):
    """Faults of frames; anything but a list of problems is an error of ours."""
    try:
        furnish(check(frames_to_book(frames)))
        return []
    except WorkbookError as error:
        assert all(problem.need for problem in error.problems)
        assert str(error)
        return [p for p in error.problems if p.severity == "fault"]


def furnish(tables):
    """Every value over time in every world: what passed the check must not fail here."""
    for name in (None, *(str(row["scenario"]) for row in tables.rows("Scenarios"))):
        world = tables.world(name)
        assert all(min(path) >= 0 for path in world.demand.values())
        for sheet, table in INPUTS.items():
            for column in table:
                if column.varies:
                    for path in world.path(sheet, column.name).values():
                        assert len(path) == tables.calendar.count


def test_a_missing_column_or_sheet_is_told_and_nothing_falls_over_it():
    for name, cells in ROWS.items():
        rows = {other: cells for other, cells in ROWS.items() if other != name}
        faults(frames_of(rows))
        for column in range(len(cells[0])):
            rows[name] = [row[:column] + row[column + 1 :] for row in cells]
            faults(frames_of(rows))


@given(DAMAGE)
@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
def test_damaged_frames_are_read_or_refused_with_a_list(damage):
    rows = {name: [list(row) for row in cells] for name, cells in ROWS.items()}
    for (name, row, column), value in damage:
        rows[name][row][column] = value
    faults(frames_of(rows))


@given(DAMAGE)
@settings(
    max_examples=SLOW_EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damaged_workbooks_are_read_or_refused_with_a_list(tmp_path, damage):
    book = book_of(ROWS)
    for (name, row, column), value in damage:
        try:
            book[name].cell(row + 1, column + 1).value = value
        except (ValueError, TypeError, OverflowError, IllegalCharacterError):
            book[name].cell(row + 1, column + 1).value = "#REF!"
    try:
        path = saved(book, tmp_path)
    except (ValueError, OverflowError):
        return  # the library that writes refuses it
    try:
        assert read(path)
    except WorkbookError as error:
        assert all(problem.need for problem in error.problems)


@given(st.data())
@settings(
    max_examples=SLOW_EXAMPLES,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_damaged_bytes_of_parts_are_read_or_refused(tmp_path, data):
    path = saved(book_of(SMALL_ROWS), tmp_path)

    def change(parts):
        name = data.draw(st.sampled_from(sorted(parts)))
        content = parts[name]
        at = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 30))
        piece = data.draw(st.binary(max_size=12) | st.sampled_from([b"<c/>", b"99999999999", b'"']))
        parts[name] = content[:at] + piece + content[at + length :]

    said(rewritten(path, change))


def test_a_value_of_the_right_kind_in_the_wrong_encoding_is_read(tmp_path):
    path = saved(small_book(), tmp_path)
    path = replaced(path, "xl/worksheets/sheet5.xml", "<v>30000</v>", "<v>00030000</v>")
    assert read(path).rows("Offers")[0]["price"] == 30000
