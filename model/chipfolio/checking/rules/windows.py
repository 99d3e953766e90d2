"""Pairs of limits, windows, and settings that rest on a sheet."""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.periods import Window
from ...contract.problems import Problem
from ...contract.versions import TEMPLATE_VERSION
from .view import PAIRS, WINDOWED, View, listed, number, percent


def first_is_not_after_last(view: View) -> Iterator[Problem]:
    """Where a first and a last period stand side by side, the first comes first."""
    for sheet, first, last in PAIRS:
        for row in view.rows(sheet):
            start, end = row.get(first), row.get(last)
            if start is not None and end is not None and start > end:
                yield view.fault(row, last, f"lies before {first} ({view.label(start)}).")


def least_is_not_above_most(view: View) -> Iterator[Problem]:
    """Where a least and a most stand side by side, the least is not above the most."""
    for sheet, least, most in (
        ("Share rules", "min_pct", "max_pct"),
        ("Supplier counts", "min_count", "max_count"),
    ):
        for row in view.rows(sheet):
            low, high = row.get(least), row.get(most)
            if low is not None and high is not None and low > high:
                shown = percent(high) if least == "min_pct" else number(high)
                yield view.fault(row, least, f"is above {most} ({shown}).")
            if low is None and high is None and view.blank(row, least) and view.blank(row, most):
                yield view.warning(
                    row, least, f"is blank, and so is {most}: the rule binds nothing."
                )


def rules_hold_within_the_plan(view: View) -> Iterator[Problem]:
    """A rule whose periods all lie outside the plan is never in force."""
    for sheet in (*WINDOWED, "Scenario changes", "Ranges"):
        for row in view.rows(sheet):
            start, end = row.get("from"), row.get("to")
            if row.get("active") is False:
                continue
            if (end is not None and end < 0) or (start is not None and start > view.last):
                column = "to" if end is not None and end < 0 else "from"
                yield view.warning(row, column, "lies outside the plan: this is never in force.")


def choices_open_within_the_plan(view: View) -> Iterator[Problem]:
    """What the plan may start, order or sign can be started, ordered or signed within it."""
    for sheet, first, last in PAIRS[:6]:
        for row in view.rows(sheet):
            start, end = row.get(first), row.get(last)
            if row.get("signing") in ("signed", "no") or not view.blank(row, "started"):
                continue
            if not view.blank(row, "finished"):
                continue
            if (end is not None and end < 0) or (start is not None and start > view.last):
                column = last if end is not None and end < 0 else first
                yield view.warning(row, column, "lies outside the plan: it can never be chosen.")


def windows_are_whole(view: View) -> Iterator[Problem]:
    """A minimum or a budget by fiscal year, where the plan holds only a part of the year."""
    for sheet, column in (
        ("Contracts", "minimum"),
        ("Supplier counts", "min_count"),
        ("Budgets", "limit"),
        ("Custom rules", "limit"),
    ):
        for row in view.active(sheet):
            if row.get(column) is None:
                continue
            if sheet == "Custom rules" and row.get("sense") == "<=":
                continue
            window = row.get("window")
            if window is None and sheet != "Custom rules":
                window = "fiscal_year"
            if window != "fiscal_year":
                continue
            first, last = view.window_of(row)
            cut = [one.label for one in cut_years(view, first, last)]
            if cut:
                need = (
                    f"runs by fiscal year, and the plan cuts {listed(cut)}: it holds there in full."
                )
                yield view.warning(row, column, need)


def cut_years(view: View, first: int, last: int) -> list[Window]:
    """Fiscal years between two periods that the plan holds only in part."""
    calendar = view.calendar
    found = []
    for window in calendar.windows("fiscal_year", first, last):
        year = calendar.fiscal_year_number(window.last)
        begins_before = calendar.fiscal_year_number(-1) == year
        ends_after = calendar.fiscal_year_number(calendar.count) == year
        if begins_before or ends_after:
            found.append(window)
    return found


def settings_that_need_a_sheet_have_it(view: View) -> Iterator[Problem]:
    """Settings that speak of a previous plan or of scenarios come with those sheets."""
    settings = view.tables.settings
    for name in ("frozen_periods", "change_cost_pct", "keep_within"):
        if settings.get(name) and not view.rows("Previous plan"):
            yield view.setting_warning(name, "has no effect without rows on sheet Previous plan.")
    if settings.get("tail_weight") and not view.rows("Scenarios"):
        yield view.setting_warning("tail_weight", "has no effect without rows on sheet Scenarios.")


def the_template_is_known(view: View) -> Iterator[Problem]:
    """A workbook of a newer template may say what this version does not understand."""
    said = str(view.tables.settings.get("template_version") or "")
    if said.isdigit() and int(said) > int(TEMPLATE_VERSION):
        need = f"is newer than {TEMPLATE_VERSION}, the newest that this chipfolio knows: "
        yield view.setting_fault("template_version", need + "install a newer chipfolio.")
