"""Periods, fiscal years, windows and discount factors (contract §1, §4)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from chipfolio.contract.periods import Calendar


def calendar(first: object, months: int = 3, count: int = 8, **more: object) -> Calendar:
    """A calendar whose first period is named by a label."""
    made = Calendar(0, months, count, **more)
    return Calendar(made.position(first) * months, months, count, **more)


@pytest.mark.parametrize(
    ("months", "label", "next_label"),
    [
        (3, "2026Q4", "2027Q1"),
        (1, "2026-12", "2027-01"),
        (6, "2026H2", "2027H1"),
        (12, "2026", "2027"),
    ],
)
def test_labels_follow_one_another(months, label, next_label):
    plan = calendar(label, months, count=2)
    assert plan.labels == [label, next_label]
    assert plan.position(label) == 0
    assert plan.position(next_label) == 1


@pytest.mark.parametrize(
    ("months", "written", "label"),
    [
        (3, "Q4 2026", "2026Q4"),
        (3, " 2026q4 ", "2026Q4"),
        (3, date(2026, 11, 15), "2026Q4"),
        (3, datetime(2026, 12, 31, 23, 59), "2026Q4"),
        (3, "2026-10-01", "2026Q4"),
        (1, date(2026, 11, 30), "2026-11"),
        (6, date(2026, 6, 30), "2026H1"),
        (6, "H2 2026", "2026H2"),
        (12, date(2026, 2, 3), "2026"),
        (12, 2026, "2026"),
        (12, 2026.0, "2026"),
    ],
)
def test_a_date_in_the_period_is_read_as_that_period(months, written, label):
    plan = calendar(label, months)
    assert plan.label(plan.position(written)) == label


@pytest.mark.parametrize(
    ("months", "written"),
    [
        (3, "2026Q5"),
        (3, "2026"),
        (3, 2026),
        (1, "2026-13"),
        (6, "2026H3"),
        (12, True),
        (12, "soon"),
    ],
)
def test_what_names_no_period_is_none(months, written):
    assert Calendar(0, months, 4).position(written) is None


def test_periods_before_the_plan_have_negative_positions():
    plan = calendar("2027Q1")
    assert plan.position("2026Q4") == -1
    assert plan.label(-5) == "2025Q4"


def test_a_period_belongs_to_the_fiscal_year_in_which_its_first_month_lies():
    # Fiscal year from February: 2027Q1 begins in January, the last month of the year before.
    plan = calendar("2027Q1", fiscal_year_start_month=2)
    assert [plan.fiscal_year(at) for at in range(5)] == [
        "FY2027",
        "FY2028",
        "FY2028",
        "FY2028",
        "FY2028",
    ]
    # From October: 2027Q4 begins the fiscal year 2028.
    plan = calendar("2027Q1", fiscal_year_start_month=10)
    assert [plan.fiscal_year(at) for at in range(5)] == ["FY2027"] * 3 + ["FY2028"] * 2
    assert calendar("2027Q1").fiscal_year(3) == "FY2027"


def test_windows_are_cut_to_from_and_to_and_to_the_plan():
    plan = calendar("2027Q3", count=5)  # 2027Q3 … 2028Q3
    years = plan.windows("fiscal_year")
    assert [(year.label, year.positions) for year in years] == [
        ("FY2027", (0, 1)),
        ("FY2028", (2, 3, 4)),
    ]
    assert [w.positions for w in plan.windows("fiscal_year", 1, 3)] == [(1,), (2, 3)]
    assert [w.label for w in plan.windows("period", 1, 99)] == [
        "2027Q4",
        "2028Q1",
        "2028Q2",
        "2028Q3",
    ]
    (whole,) = plan.windows("plan", 1, 2)
    assert (whole.label, whole.positions, whole.last) == ("plan", (1, 2), 2)
    assert plan.windows("period", 4, 3) == []


def test_a_fiscal_year_that_began_before_the_plan_knows_its_earlier_periods():
    plan = calendar("2027Q3", count=5)
    first, second = plan.windows("fiscal_year")
    assert first.before == (-2, -1)
    assert second.before == ()
    assert plan.windows("period")[0].before == ()
    assert plan.windows("plan")[0].before == ()
    # a rule that begins later in that year, or before the plan, counts no earlier periods
    assert plan.windows("fiscal_year", 1)[0].before == ()
    assert plan.windows("fiscal_year", -1)[0].before == (-1,)


@pytest.mark.parametrize(("timing", "shift"), [("start", 0.0), ("mid", 1.5), ("end", 3.0)])
def test_the_discount_factor_is_the_contracts(timing, shift):
    # (1 + r)^(-(t m + shift) / 12) with r = 10 %, m = 3, t = 2: shift 0, m/2 or m months.
    plan = calendar("2027Q1", discount_rate=0.1, cash_timing=timing)
    assert plan.discount(2) == pytest.approx(1.1 ** (-(6 + shift) / 12))


def test_the_terminal_value_is_discounted_from_the_plans_end_date():
    # 8 quarters are 24 months: 1 / 1.1², whatever the cash timing.
    for timing in ("start", "mid", "end"):
        plan = calendar("2027Q1", discount_rate=0.1, cash_timing=timing)
        assert plan.discount_at_end == pytest.approx(1 / 1.21)
    assert plan.years(6) == 1.5
