"""The workbook of a comparison: the waterfall with its finding, then every table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from ...contract.compared import COMPARED
from .draw import draw
from .looks import NAVY
from .sheets import DOC_ROW, TOP, Book, Sheet
from .tables import Rows, new_table

PAGE, DATA = "Summary", "Chart data"
RUST, GREEN, PALE = "#B4442F", "#00612E", "#B9BFC8"
COLOURS = {"plan": NAVY, "adds cost": RUST, "saves cost": GREEN, "smaller than the gaps": PALE}
"""Kinds of bars and their colours."""
BELOW = 0.25
"""The axis starts so much of the steps' span below the lowest level, and not at zero."""
CHART_ROW, CHART_ROWS = 4, 23
WIDE, ROOM = 80.0, 84
UNITS = ((2e9, 1e9, "billion"), (2e6, 1e6, "million"))


def bridge_book(tables: Mapping[str, Rows], finding: str, currency: str) -> bytes:
    """The workbook as bytes."""
    book = Book()
    add_page(book, tables, finding, currency)
    for name, table in COMPARED.items():
        sheet = new_table(book, table, tables[name])
        for column in ("finding", "note", "moved_by"):
            if column in sheet.columns:
                place = sheet.columns[column]
                sheet.widths[place] = WIDE
                for at, row in enumerate(tables[name]):
                    sheet.put_words(TOP + at, place, str(row[column]), ROOM)
    nervous = book.sheets["Nervousness"]
    for at, row in enumerate(tables["Nervousness"]):
        kind = "percent" if row["unit"] == "share" else "money"
        if row["value"] is not None:
            nervous.looks[TOP + at, nervous.columns["value"]] = ("plain", kind)
    divisor, unit = unit_of(tables["Bridge"], currency)
    add_data(book, tables["Bridge"], divisor)
    return draw(book, Artist(tables["Bridge"], finding, unit))


def unit_of(bridge: Rows, currency: str) -> tuple[float, str]:
    """What amounts of the chart are divided by, and its unit."""
    largest = max((abs(float(row["total"])) for row in bridge), default=0.0)  # type: ignore[arg-type]
    for least, divisor, word in UNITS:
        if largest >= least:
            return divisor, f"{currency} {word}"
    return 1.0, currency


def add_page(book: Book, tables: Mapping[str, Rows], finding: str, currency: str) -> Sheet:
    """The first sheet: the finding, room for the chart, and how far promises are kept."""
    sheet = book.add(Sheet(PAGE, "summary", finding))
    first, last = tables["Bridge"][0]["step"], tables["Bridge"][-1]["step"]
    sheet.put(0, 0, f"From {first} to {last}", "title")
    words = "Each step is the mean of what it adds in two opposite orders; they add up exactly."
    sheet.put(DOC_ROW, 0, f"{words} The axis does not start at zero.", "note")
    sheet.frozen = (0, 0)
    row = CHART_ROW + CHART_ROWS
    sheet.put(row, 0, "Steps", "section")
    sheet.put(row, 1, currency, "section")
    for entry in tables["Bridge"]:
        row += 1
        ends = entry in (tables["Bridge"][0], tables["Bridge"][-1])
        sheet.put(row, 0, words_of(entry["step"], ends), "total" if ends else "plain")
        sheet.put(row, 1, entry["total"], "total" if ends else "plain", "money")
        sheet.put_words(row, 3, "" if ends else str(entry["finding"]), ROOM)
    row += 2
    sheet.put(row, 0, "Promises", "section")
    sheet.put(row, 1, "", "section")
    for entry in tables["Nervousness"]:
        row += 1
        sheet.put(row, 0, words_of(entry["item"], False))
        share = entry["unit"] == "share"
        if entry["value"] is None:
            sheet.put(row, 1, str(entry["unit"]))
        else:
            sheet.put(row, 1, entry["value"], "plain", "percent" if share else "money")
    sheet.widths.update({0: 36.0, 1: 20.0, 2: 2.0, 3: WIDE})
    sheet.row = row + 1
    return sheet


def add_data(book: Book, bridge: Rows, divisor: float) -> Sheet:
    """What the chart is drawn from: a bar's foot that is not seen, and its height by kind."""
    sheet = book.add(Sheet(DATA, "model", DATA, "What the waterfall is drawn from."))
    heads = ["step", "foot", *COLOURS, *(f"{kind}, below zero" for kind in COLOURS), "top"]
    for column, head in enumerate(heads):
        sheet.put(TOP - 1, column, head, "head")
    level = 0.0
    kinds = list(COLOURS)
    for at, row in enumerate(bridge):
        total = float(row["total"]) / divisor  # type: ignore[arg-type]
        whole = at in (0, len(bridge) - 1)
        one, two = (0.0, total) if whole else (level, level + total)
        level = two
        low, high = min(one, two), max(one, two)
        kind = "plan" if whole else kind_of(row)
        foot = low if low >= 0.0 else high if high <= 0.0 else 0.0
        sheet.put(TOP + at, 0, words_of(row["step"], whole))
        sheet.put(TOP + at, 1, foot, "plain", "number")
        column = 2 + kinds.index(kind)
        sheet.put(TOP + at, column, max(high - max(low, 0.0), 0.0), "plain", "number")
        sheet.put(TOP + at, column + len(kinds), min(low - min(high, 0.0), 0.0), "plain", "number")
        sheet.put(TOP + at, 2 + 2 * len(kinds), high, "plain", "number")
    return sheet


def words_of(step: object, whole: bool) -> str:
    """A bar's name."""
    text = str(step)
    return text if whole else text[:1].upper() + text[1:]


def kind_of(row: Mapping[str, object]) -> str:
    """Which kind of bar a step is."""
    if row["told_apart"] == "no":
        return "smaller than the gaps"
    return "adds cost" if float(row["total"]) >= 0 else "saves cost"  # type: ignore[arg-type]


class Artist:
    """Draws the waterfall on the first sheet."""

    def __init__(self, bridge: Rows, finding: str, unit: str) -> None:
        self.bridge, self.finding, self.unit = bridge, finding, unit

    def __call__(self, workbook: Workbook, sheets: Mapping[str, Worksheet]) -> None:
        """Stacked columns on a foot without colour; labels ride on a line that is not drawn."""
        first, last = TOP, TOP + len(self.bridge) - 1
        chart = workbook.add_chart({"type": "column", "subtype": "stacked"})
        categories = [DATA, first, 0, last, 0]
        kinds = list(COLOURS)
        chart.add_series(
            {
                "name": "foot",
                "categories": categories,
                "values": [DATA, first, 1, last, 1],
                "fill": {"none": True},
                "border": {"none": True},
                "gap": 35,
            }
        )
        used = [kind for kind in kinds if self.has(kind)]
        for offset in (2, 2 + len(kinds)):
            for kind in used:
                column = offset + kinds.index(kind)
                chart.add_series(
                    {
                        "name": kind,
                        "categories": categories,
                        "values": [DATA, first, column, last, column],
                        "fill": {"color": COLOURS[kind]},
                        "border": {"none": True},
                    }
                )
        top = 2 + 2 * len(kinds)
        labels = workbook.add_chart({"type": "line"})
        labels.add_series(
            {
                "name": "amount",
                "categories": categories,
                "values": [DATA, first, top, last, top],
                "line": {"none": True},
                "marker": {"type": "none"},
                "data_labels": {
                    "value": True,
                    "position": "above",
                    "font": {"size": 9},
                    "custom": [{"value": text} for text in self.labels()],
                },
            }
        )
        chart.combine(labels)
        chart.set_title(
            {"name": self.finding, "name_font": {"size": 12, "color": NAVY}, "overlay": False}
        )
        low, high = self.ends()
        axis = {
            "name": f"{self.unit}, discounted",
            "num_format": "#,##0.0" if high - low < 100 else "#,##0",
            "name_font": {"size": 9, "bold": False},
            "num_font": {"size": 8},
            "major_gridlines": {"visible": True, "line": {"color": "#E0E0E0"}},
        }
        if low > 0.0:
            axis["min"] = low
        chart.set_y_axis(axis)
        chart.set_x_axis({"num_font": {"size": 9}, "label_position": "low"})
        hidden = [0, *range(1 + len(used), 2 + 2 * len(used))]
        chart.set_legend({"position": "bottom", "font": {"size": 9}, "delete_series": hidden})
        chart.set_size({"width": 960, "height": 440})
        chart.show_hidden_data()
        page = sheets[PAGE]
        page.insert_chart(CHART_ROW - 1, 0, chart, {"description": self.finding})

    def has(self, kind: str) -> bool:
        """Whether there is such a bar."""
        if kind == "plan":
            return True
        return any(kind_of(row) == kind for row in self.bridge[1:-1])

    def ends(self) -> tuple[float, float]:
        """Where the axis of the levels begins and ends; 0 where it should begin at zero."""
        divisor, _ = unit_of(self.bridge, "")
        level = float(self.bridge[0]["total"])  # type: ignore[arg-type]
        every = [level]
        for row in self.bridge[1:-1]:
            level += float(row["total"])  # type: ignore[arg-type]
            every.append(level)
        low, high = min(every), max(every)
        span = (high - low) or abs(high) or 1.0
        start = max(low - BELOW * span, 0.0) if low > 0.0 else 0.0
        return rounded(start / divisor, span / divisor), high / divisor

    def labels(self) -> Sequence[str]:
        """What is written on each bar."""
        divisor, _ = unit_of(self.bridge, "")
        steps = [abs(float(row["total"])) / divisor for row in self.bridge[1:-1]]  # type: ignore[arg-type]
        largest = max(steps, default=0.0)
        places = 0 if largest >= 1000 else 1 if largest >= 10 else 2 if largest >= 1 else 3
        found = []
        for at, row in enumerate(self.bridge):
            value = float(row["total"]) / divisor  # type: ignore[arg-type]
            if at in (0, len(self.bridge) - 1):
                found.append(f"{value:,.{places}f}")
            else:
                found.append(f"{value:+,.{places}f}".replace("-", "−"))
        return found


def rounded(value: float, span: float) -> float:
    """A start of an axis that is a plain number, at or below the value."""
    import math

    if value <= 0.0:
        return 0.0
    step = 10.0 ** math.floor(math.log10(span)) / 2.0
    return math.floor(value / step) * step
