"""Shares of the work due: demand and what waits from before, so that none passes the whole."""

from __future__ import annotations

import pytest
from plans import computed

import chipfolio
from chipfolio.workbook.planbook.tables import TOP
from chipfolio.workbook.planbook.work import OF_DUE, WEIGHTS
from tests.conftest import frames


def late_work():
    """Six asked of W in the first year, none later; one chip that serves four a year.

    Four are served in the first year, two wait and are served in the second.
    """
    return frames(
        Settings="""name, value
            first_period, 2027
            periods, 2
            months_per_period, 12
            discount_rate, 0
            terminal_value, no""",
        Vendors="vendor\nNord",
        Sites="site, power_mw, pue, energy_price\nHall, 1000, 1, 0",
        Chips="chip, vendor, life_years\nK, Nord, 10",
        Offers="""offer, chip, seller, acquisition, price, total_limit
            B, K, Nord, buy, 100, 1""",
        Performance="chip, workload, throughput\nK, W, 4",
        Workloads="workload, defer_periods\nW, 1",
        Demand="workload, 2027, 2028\nW, 6, 0",
    )


def test_work_served_late_is_a_share_of_what_waited():
    model = computed(chipfolio.solve(chipfolio.read(late_work())))
    sheet, book = model.sheet("Usage"), model.book

    def column(name):
        at = sheet.columns[name]
        return [book.value("Usage", TOP + row, at) for row in range(2)]

    assert column("served") == [4.0, 2.0]
    assert column(OF_DUE) == pytest.approx([4 / 6, 2 / 2])
    assert column(WEIGHTS[0]) == pytest.approx([4 / 6, 0.0])  # nothing was asked for that year
    assert column(WEIGHTS[2]) == pytest.approx([4 / 6, 2 / 6])


def test_the_picture_of_work_served_is_of_what_is_due():
    model = computed(chipfolio.solve(chipfolio.read(late_work())))
    future, book = model.futures[0], model.book
    chip = model.row("Chart data", future, "served by chip", "K")
    due = model.row("Chart data", future, "due line", "all work due")
    first = model.sheet("Chart data").columns.get("2027", 8)
    found = [[book.value("Chart data", row, first + at) for at in range(2)] for row in (chip, due)]
    assert found == [pytest.approx([4 / 6, 1.0]), pytest.approx([1.0, 1.0])]
