"""Native charts, each titled with its finding; one palette, a vendor in one colour everywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from .account_charts import AccountCharts
from .chart_data import main_unit
from .chart_pen import Chart, Series, money_axis
from .looks import NAVY, PALETTE, shades
from .model import Model
from .sheets import FIRST, Sheet

WIDTH, HEIGHT = 760, 400
ROWS_APART, COLUMNS_APART = 21, 12
START_ROW = 4
SMALL_MW = 20.0
"""Power below this takes decimals."""
MOST_SERIES = 10
ACROSS, DOWN = 2, 3
"""Charts side by side, and rows of them to a page."""
PRINTED = 47
"""Percent of their size on paper: so that two stand across A4."""


def vendor_color(model: Model, vendor: str) -> str:
    """A vendor's colour."""
    return PALETTE[(model.facts.number("vendor", vendor) - 1) % len(PALETTE)]


def chip_colors(model: Model, shown: Sequence[str]) -> dict[str, str]:
    """Each chip shown in a shade of its vendor's colour."""
    of_vendor: dict[str, list[str]] = {}
    for chip in shown:
        row = model.facts.by_name["Chips"].get(chip)
        if row:
            of_vendor.setdefault(row["vendor"], []).append(chip)
    found = {}
    for vendor, chips in of_vendor.items():
        found.update(zip(chips, shades(vendor_color(model, vendor), len(chips)), strict=True))
    return found


def named(line: object) -> str:
    """A cash line in words."""
    return str(line).replace("_", " ")


class Artist(AccountCharts):
    """Draws the charts once all values are known."""

    def __call__(self, workbook: Workbook, sheets: Mapping[str, Worksheet]) -> None:
        """Put every chart on the sheet Charts."""
        page = sheets["Charts"]
        page.set_landscape()
        page.set_print_scale(PRINTED)
        together = [self.scenarios, self.fan_of_cash, self.fan_of_work, self.silicon]
        alone = [self.fleet, self.shares, self.spend, self.cash, self.power, self.breakdown,
                 self.gantt, self.costs, self.utilisation]  # fmt: skip
        (together if self.model.facts.several else alone).append(self.maturity)
        made = [make(workbook) for make in (*together, *alone)]
        made = [chart for chart in made if chart is not None]
        breaks = range(DOWN * ROWS_APART, -(-len(made) // ACROSS) * ROWS_APART, DOWN * ROWS_APART)
        page.set_h_pagebreaks([START_ROW + row - 1 for row in breaks])
        for at, (chart, alt) in enumerate(made):
            row = START_ROW + (at // ACROSS) * ROWS_APART
            chart.set_size({"width": WIDTH, "height": HEIGHT})
            chart.show_hidden_data()
            page.insert_chart(row, (at % ACROSS) * COLUMNS_APART, chart, {"description": alt})

    # ------------------------------------------------------------------ the charts
    def of_scenarios(self, what: str) -> list[tuple[int, str, int]]:
        """Rows of the sheet Chart data under a name: number of the scenario, its name, row."""
        rows = self.model.rows
        return [
            (at, future.name, rows["Chart data", future.name, what, future.name])
            for at, future in enumerate(self.model.futures)
            if ("Chart data", future.name, what, future.name) in rows
        ]

    def fleet(self, workbook: Workbook):  # noqa: ANN201 - a chart and its text
        """Work served by chip against all that is due."""
        rows = self.rows("served by chip")
        colors = chip_colors(self.model, [name for name, _ in rows])
        series = [
            Series("Chart data", row, colors.get(name, "#BFBFBF"), (row, 2)) for name, row in rows
        ]
        lines = [Series("Chart data", row, "#000000", (row, 2), line=True)
                 for _, row in self.rows("due line")]  # fmt: skip
        chart = Chart(self.titled(self.findings.fleet()), "column", [*series, *lines], self.periods,
                      "share of the work due", "0%", highest=1.0)  # fmt: skip
        return self.draw(workbook, chart)

    def shares(self, workbook: Workbook):  # noqa: ANN201
        """Vendors' shares of work served against the limit."""
        series = [
            Series("Chart data", row, vendor_color(self.model, name), (row, 2), line=True)
            for name, row in self.rows("share of work")
        ]
        series += [
            Series("Chart data", row, vendor_color(self.model, name), (row, 2), True, True)
            for name, row in self.rows("limit on share")
        ]
        title = self.titled(self.findings.shares())
        chart = Chart(title, "line", series, self.periods, "share", "0%", highest=1.0)
        return self.draw(workbook, chart)

    def spend(self, workbook: Workbook):  # noqa: ANN201
        """Payments by seller and fiscal year."""
        model = self.model
        span = model.spans.get(("By year", self.future.name, "sellers"))
        if span is None:
            return None
        sheet = model.sheet("By year")
        series = []
        for row in range(span[0], span[1] + 1):
            if not self.findings.seen("By year", row):
                continue
            seller = str(sheet.values[row, 2])
            known = seller in model.facts.numbers["vendor"]
            color = vendor_color(model, seller) if known else "#D0CECE"
            series.append(Series("By year", row, color, (row, 2)))
        largest = self.findings.largest("By year", span)
        unit, form = money_axis(model, largest)
        chart = Chart(self.titled(self.findings.spend()), "column", series, self.years, unit, form)
        return self.draw(workbook, chart)

    def cash(self, workbook: Workbook):  # noqa: ANN201
        """Cash by fiscal year and line."""
        model = self.model
        span = model.spans["By year", self.future.name, "Cash flow"]
        sheet = model.sheet("By year")
        ranked = self.findings.ranked("By year", span)
        series = [
            Series("By year", row, PALETTE[at % len(PALETTE)], named(sheet.values[row, 1]))
            for at, row in enumerate(ranked[:MOST_SERIES])
            if sheet.values.get((row, 7), 0.0)
        ]
        unit, form = money_axis(model, self.findings.largest("By year", span))
        chart = Chart(self.titled(self.findings.cash()), "column", series, self.years, unit, form)
        return self.draw(workbook, chart)

    def power(self, workbook: Workbook):  # noqa: ANN201
        """Power by site against what there is."""
        drawn = self.rows("power drawn")
        if not drawn:
            return None
        series = [
            Series("Chart data", row, PALETTE[(at + 5) % len(PALETTE)], (row, 2))
            for at, (_, row) in enumerate(drawn)
        ]
        series += [Series("Chart data", row, "#000000", (row, 2), line=True, stepped=True)
                   for _, row in self.rows("power of all sites")]  # fmt: skip
        chart = Chart(
            self.titled(self.findings.power()),
            "column",
            series,
            self.periods,
            "MW",
            "#,##0" if self.findings.most_power() >= SMALL_MW else "0.00",
        )
        return self.draw(workbook, chart)

    def breakdown(self, workbook: Workbook):  # noqa: ANN201
        """Discounted cost by line."""
        rows = self.rows("cost of line")
        if not rows:
            return None
        sheet = self.model.sheet("Chart data")
        first, last = rows[0][1], rows[-1][1]
        largest = max(abs(float(sheet.values[row, 6] or 0.0)) for _, row in rows)  # type: ignore[arg-type]
        unit, form = money_axis(self.model, largest)
        chart = workbook.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": "discounted cost",
                "categories": ["Chart data", first, 2, last, 2],
                "values": ["Chart data", first, 6, last, 6],
                "fill": {"color": PALETTE[0]},
                "invert_if_negative": True,
                "invert_if_negative_color": PALETTE[2],
                "gap": 40,
                "data_labels": {"value": True, "num_format": form, "font": {"size": 8}},
            }
        )
        chart.set_y_axis({"reverse": True, "label_position": "low", "num_font": {"size": 8},
                          "major_gridlines": {"visible": False}})  # fmt: skip
        self.finish(chart, self.titled(self.findings.breakdown()), unit, form, "x")
        chart.set_legend({"none": True})
        return chart, self.titled(self.findings.breakdown())

    def gantt(self, workbook: Workbook):  # noqa: ANN201
        """Own silicon and software over time."""
        return self.bars(workbook, self.rows("bar"), self.titled(self.findings.gantt()))

    def silicon(self, workbook: Workbook):  # noqa: ANN201
        """Own silicon over time in every scenario."""
        rows = [
            (key[3], row)
            for key, row in self.model.rows.items()
            if key[0] == "Chart data" and key[2] == "span"
        ]
        return self.bars(workbook, rows, self.findings.silicon())

    def bars(self, workbook: Workbook, rows: list[tuple[str, int]], title: str):  # noqa: ANN201
        """Rows of the sheet Chart data that start and last for some periods."""
        if not rows:
            return None
        first, last = rows[0][1], rows[-1][1]
        data = self.model.sheet("Chart data")
        chart = workbook.add_chart({"type": "bar", "subtype": "stacked"})
        chart.add_series(
            {
                "name": "start",
                "categories": ["Chart data", first, 2, last, 2],
                "values": ["Chart data", first, 5, last, 5],
                "fill": {"none": True},
                "border": {"none": True},
                "gap": 40,
            }
        )
        colors = [PALETTE[5] if data.values[row, 1] == "software" else PALETTE[3]
                  for _, row in rows]  # fmt: skip
        chart.add_series(
            {
                "name": "under way",
                "categories": ["Chart data", first, 2, last, 2],
                "values": ["Chart data", first, 6, last, 6],
                "points": [{"fill": {"color": color}} for color in colors],
            }
        )  # fmt: skip
        chart.set_y_axis({"reverse": True, "num_font": {"size": 8},
                          "major_gridlines": {"visible": False}})  # fmt: skip
        self.finish(chart, title, "", "0", "x")
        middle, form = self.thirds()
        chart.set_x_axis({"min": 0, "max": self.model.count, "num_format": form,
                          "major_unit": middle, "num_font": {"size": 8},
                          "major_gridlines": {"visible": True,
                                              "line": {"color": "#E0E0E0"}}})  # fmt: skip
        chart.set_legend({"none": True})
        return chart, title

    def thirds(self) -> tuple[int, str]:
        """Ticks of an axis that counts periods: first, middle and end, named by their labels.

        A number format tells two values apart from all others, hence no more than three ticks.
        """
        label, middle = self.model.facts.calendar.label, max(self.model.count // 2, 1)
        return middle, f'[=0]"{label(0)}";[={middle}]"{label(middle)}";"{label(2 * middle)}"'

    def fan_of_cash(self, workbook: Workbook):  # noqa: ANN201
        """Cash paid so far by scenario."""
        rows = self.of_scenarios("cash so far")
        series = [
            Series("Chart data", row, PALETTE[at % len(PALETTE)], name, line=True)
            for at, name, row in rows
        ]
        last = FIRST + self.model.count - 1
        largest = max((abs(self.findings.value("Chart data", row, last)) for _, _, row in rows),
                      default=0.0)  # fmt: skip
        unit, form = money_axis(self.model, largest)
        chart = Chart(self.findings.fan_of_cash(), "line", series, self.periods, unit, form)
        return self.draw(workbook, chart)

    def fan_of_work(self, workbook: Workbook):  # noqa: ANN201
        """Work served by scenario, against each demand that there is."""
        series = [
            Series("Chart data", row, PALETTE[at % len(PALETTE)], name, line=True)
            for at, name, row in self.of_scenarios("served in all")
        ]
        seen: list[list[float]] = []
        for at, name, row in self.of_scenarios("demand in all"):
            path = [self.findings.value("Chart data", row, FIRST + t)
                    for t in range(self.model.count)]  # fmt: skip
            if path not in seen:
                seen.append(path)
                series.append(Series("Chart data", row, PALETTE[at % len(PALETTE)],
                                     f"demand, {name}", True, True))  # fmt: skip
        title, unit = self.findings.fan_of_work(), main_unit(self.model)[0]
        return self.draw(workbook, Chart(title, "line", series, self.periods, unit))

    def scenarios(self, workbook: Workbook):  # noqa: ANN201
        """Total cost by scenario, where there are several."""
        if not self.model.facts.several:
            return None
        sheet, count = self.model.sheet("Objective"), len(self.model.futures)
        largest = max(float(sheet.values[5 + at, 2]) for at in range(count))  # type: ignore[arg-type]
        unit, form = money_axis(self.model, largest)
        chart = workbook.add_chart({"type": "column"})
        chart.add_series(
            {
                "name": "total discounted cost",
                "categories": ["Objective", 5, 0, 4 + count, 0],
                "values": ["Objective", 5, 2, 4 + count, 2],
                "fill": {"color": NAVY},
                "gap": 60,
                "data_labels": {"value": True, "num_format": form, "font": {"size": 8}},
            }
        )
        self.finish(chart, self.findings.scenarios(), unit, form, "y")
        chart.set_legend({"none": True})
        return chart, self.findings.scenarios()


def add_chart_page(model: Model) -> Sheet:
    """The sheet that bears the charts."""
    sheet = model.book.add(Sheet("Charts", "charts", "Charts"))
    sheet.put(0, 0, "Charts", "title")
    first = model.futures[0].name
    words = "Charts follow the model's figures; their titles say what was found when it was solved."
    if model.facts.several:
        words += f" All scenarios first, then {first} alone."
    sheet.put(2, 0, words, "note")
    sheet.frozen = (0, 0)
    sheet.widths.update(dict.fromkeys(range(36), 9.0))
    return sheet
