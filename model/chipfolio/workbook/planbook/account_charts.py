"""Charts of the accounts: costs by fiscal year, what is bound, and what units in service do."""

from __future__ import annotations

from xlsxwriter.workbook import Workbook

from .chart_pen import Chart, Pen, Series, money_axis
from .looks import NAVY, PALETTE
from .model import PRESENT, TOTAL

PALE, MIDDLE, WINE = "#9DB7D5", "#5B86B5", "#B5533C"
USES = {"used": NAVY, "ready": MIDDLE, "idle": PALE, "out": WINE}
"""What units in service do, with the colour of each."""
BOUND = {"bound now": (PRESENT, NAVY), "bound by later decisions": (TOTAL, PALE)}
"""Series of the maturity chart: column of the sheet Chart data, and colour."""


class AccountCharts(Pen):
    """Charts of the accounts."""

    def costs(self, workbook: Workbook):  # noqa: ANN201 - a chart and its text
        """Costs of the accounts by fiscal year and what they are spent on."""
        model, name = self.model, self.future.name
        first, last = model.spans["By year", name, "groups"]
        sheet = model.sheet("By year")
        series = [
            Series("By year", row, PALETTE[at], str(sheet.values[row, 1]))
            for at, row in enumerate(range(first, last + 1))
            if self.findings.seen("By year", row)
        ]
        if not series:
            return None
        unit, form = money_axis(model, self.findings.largest("By year", (first, last)))
        title = self.titled(self.findings.costs())
        return self.draw(workbook, Chart(title, "column", series, self.years, unit, form))

    def utilisation(self, workbook: Workbook):  # noqa: ANN201
        """Shares of units in service that are used, kept ready, idle and out."""
        rows = self.rows("use of units")
        series = [
            Series("Chart data", row, USES[name], name)
            for name, row in rows
            if self.findings.seen("Chart data", row)
        ]
        title = self.titled(self.findings.utilisation()) if rows else ""
        chart = Chart(title, "column", series, self.periods, "share of units in service", "0%",
                      highest=1.0)  # fmt: skip
        return self.draw(workbook, chart)

    def maturity(self, workbook: Workbook):  # noqa: ANN201
        """What is bound by fiscal year of payment, past the plan's end too."""
        rows = [row for key, row in self.model.rows.items() if key[::2] == ("Chart data", "bound")]
        if not rows:
            return None
        sheet, first, last = "Chart data", rows[0], rows[-1]
        chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
        for name, (column, colour) in BOUND.items():
            chart.add_series(
                {
                    "name": name,
                    "categories": [sheet, first, 2, last, 2],
                    "values": [sheet, first, column, last, column],
                    "fill": {"color": colour},
                    "gap": 40,
                }
            )
        columns = (PRESENT, TOTAL)
        largest = max(sum(self.findings.value(sheet, r, c) for c in columns) for r in rows)
        unit, form = money_axis(self.model, largest)
        title = self.findings.maturity(rows)
        self.finish(chart, title, unit, form, "y")
        chart.set_legend({"position": "right", "font": {"size": 8}})
        return chart, title
