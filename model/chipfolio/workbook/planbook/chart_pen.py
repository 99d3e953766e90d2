"""What a chart is before it is drawn (its finding, series, axes), and how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from xlsxwriter.workbook import Workbook

from .findings import Findings
from .looks import NAVY
from .model import Model
from .sheets import FIRST, HEAD_ROW


@dataclass
class Series:
    """One row of a sheet in a chart."""

    sheet: str
    row: int
    color: str
    label: tuple[int, int] | str
    line: bool = False
    dashed: bool = False
    stepped: bool = False
    """A dash over each period, with no line between them: what holds period by period."""


@dataclass
class Chart:
    """One chart: its finding as title, its kind, its series and axes."""

    title: str
    kind: str
    series: list[Series]
    columns: tuple[int, int]
    unit: str
    format: str = "#,##0"
    alt: str = ""
    heads: int = HEAD_ROW
    highest: float | None = None
    """Where the value axis ends; left to the program where None."""


MANY = 6
"""Labels beside each other from which they are turned."""
DASHES = 240
"""Room for the dashes of a stepped line, side by side [points]."""
AXES = (
    (2e9, 1e9, "billion", "#,##0.0,,,"),
    (2e6, 1e6, "million", "#,##0.0,,"),
    (0.0, 1.0, "", "#,##0"),
)
"""From which largest amount an axis counts in which unit, its name and number format."""


def money_axis(model: Model, largest: float) -> tuple[str, str]:
    """Unit and number format of a money axis, by its largest amount of either sign."""
    _, _, word, form = next(axis for axis in AXES if abs(largest) >= axis[0])
    return f"{model.facts.currency} {word}".strip(), form


def least_shown(largest: float) -> float:
    """Amount from which a bar's label on such an axis is more than a zero."""
    return 0.05 * next(size for least, size, _, _ in AXES if abs(largest) >= least)


class Pen:
    """Draws what charts have in common, of the first scenario."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.future = model.futures[0]
        self.findings = Findings(model, self.future)

    def titled(self, finding: str) -> str:
        """A finding of one scenario, with its name where there are several."""
        return f"{self.future.name}: {finding}" if self.model.facts.several else finding

    def rows(self, *names: str) -> list[tuple[str, int]]:
        """Rows of the sheet Chart data under a name, by item."""
        prefix = ("Chart data", self.future.name, *names)
        return [
            (key[-1], row) for key, row in self.model.rows.items() if key[: len(prefix)] == prefix
        ]

    @property
    def periods(self) -> tuple[int, int]:
        """Columns of the periods."""
        return FIRST, FIRST + self.model.count - 1

    @property
    def years(self) -> tuple[int, int]:
        """Columns of the fiscal years."""
        from .years import years_of

        return FIRST, FIRST + len(years_of(self.model)) - 1

    def draw(self, workbook: Workbook, plan: Chart):  # noqa: ANN201 - a chart and its text
        """Stacked columns with lines over them, or lines alone."""
        if not plan.series:
            return None
        columns = [series for series in plan.series if not series.line]
        lines = [series for series in plan.series if series.line]
        chart = None
        if columns:
            chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
            for series in columns:
                chart.add_series({**self.data(plan, series), "gap": 40,
                                  "fill": {"color": series.color}})  # fmt: skip
        if lines:
            over = workbook.add_chart({"type": "line"})
            for series in lines:
                over.add_series({**self.data(plan, series), **self.stroke(series)})
            if chart is None:
                chart = over
            else:
                chart.combine(over)
        self.finish(chart, plan.title, plan.unit, plan.format, "y", plan.highest)
        many = plan.columns[1] - plan.columns[0] >= MANY
        font = {"size": 8, "rotation": -45} if many else {"size": 8}
        chart.set_x_axis({"num_font": font, "label_position": "low"})
        chart.set_legend({"position": "right", "font": {"size": 8}})
        chart.show_blanks_as("gap")
        return chart, plan.alt or plan.title

    def stroke(self, series: Series) -> dict:
        """How a line is drawn; a stepped one by a dash as wide as its period, unconnected."""
        if series.stepped:
            size = min(max(DASHES // self.model.count, 5), 30)
            mark = {"type": "long_dash", "size": size, "fill": {"color": series.color},
                    "border": {"color": series.color}}  # fmt: skip
            return {"line": {"none": True}, "marker": mark}
        style = {"color": series.color, "width": 2.25}
        if series.dashed:
            style["dash_type"] = "dash"
        return {"line": style}

    def data(self, plan: Chart, series: Series) -> dict:
        """Where a series stands."""
        first, last = plan.columns
        label = series.label
        return {
            "name": label if isinstance(label, str) else [series.sheet, *label],
            "categories": [series.sheet, plan.heads, first, plan.heads, last],
            "values": [series.sheet, series.row, first, series.row, last],
        }

    def finish(self, chart, title: str, unit: str, form: str, axis: str,  # noqa: ANN001
               highest: float | None = None) -> None:  # fmt: skip
        """Title, value axis and grid."""
        chart.set_title({"name": title, "name_font": {"size": 12, "color": NAVY}, "overlay": False})
        options = {
            "name": unit,
            "num_format": form,
            "name_font": {"size": 9, "bold": False},
            "num_font": {"size": 8},
            "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
        }
        if highest is not None:
            options |= {"min": 0.0, "max": highest}
        (chart.set_y_axis if axis == "y" else chart.set_x_axis)(options)
