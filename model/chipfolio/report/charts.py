"""Charts in plain geometry: the sections say where things lie, altair draws axes and marks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .colours import INK
from .drawing import clean, draw

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 400, 210
"""Drawn size [px]: half a page on a screen, a whole phone's width at nearly full size."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SMALL, TEXT = 12, 13
MOST_LABELS = 6
BAND = 7
"""Width of the pale line of demand that others are drawn over [px]."""
STRIDES = (1, 2, 4, 8, 12, 16, 20, 24, 32, 40, 80)
MONTHS = (1, 2, 3, 6, 12, 24, 36, 48, 60, 120)
"""Labels stand so many periods, or months, apart."""
HEADROOM = 1.08
LABEL = 390
"""Longest text in a chart [px]; what is longer ends in an ellipsis."""
HALO = {"color": "white", "stroke": "white", "strokeWidth": 4}
"""Beneath a text, so that no line of the grid runs through it."""
Mark = dict[str, Any]
CONFIG = {
    "font": FONT,
    "background": "white",
    "padding": 4,
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": SMALL,
        "titleFontSize": SMALL,
        "titleFontWeight": "normal",
        "labelColor": INK,
        "titleColor": "#5A6472",
        "gridColor": "#E3E7EC",
        "domainColor": "#98A2AE",
        "tickColor": "#98A2AE",
    },
}
MOST_BARS = 40
"""With more periods than this, bars touch and have no edge."""


@dataclass
class Panel:
    """One chart: marks in data coordinates; period or year i spans i to i + 1 across."""

    labels: Sequence[str]
    unit: str = ""
    percent: bool = False
    height: int = HEIGHT
    highest: float | None = None
    reach: float | None = None
    """A level within the axis whatever is drawn: pictures to be compared share it."""
    rects: list[Mark] = field(default_factory=list)
    lines: list[Mark] = field(default_factory=list)
    rules: list[Mark] = field(default_factory=list)
    bands: list[Mark] = field(default_factory=list)
    dots: list[Mark] = field(default_factory=list)
    texts: list[Mark] = field(default_factory=list)

    def rect(self, x: float, x2: float, y: float, y2: float, colour: str) -> None:
        """A filled box."""
        self.rects.append({"x": x, "x2": x2, "y": y, "y2": y2, "c": colour})

    def rule(self, x: float, x2: float, y: float, colour: str) -> None:
        """A level, such as a limit, over a stretch."""
        self.rules.append({"x": x, "x2": x2, "y": y, "c": colour})

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float = 2) -> None:
        """A line through points; each line keeps its own colour."""
        name = f"{len({mark['s'] for mark in self.lines}):04d}"
        self.lines += [{"x": x, "y": y, "c": colour, "s": name, "w": width} for x, y in points]

    def band(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """A broad pale line beneath the others."""
        name = f"{len({mark['s'] for mark in self.bands}):04d}"
        self.bands += [{"x": x, "y": y, "c": colour, "s": name} for x, y in points]

    def text(self, x: float, y: float, words: str, colour: str = INK) -> None:
        """A short text above a point."""
        self.texts.append({"x": x, "y": y, "t": clean(words), "c": colour})

    def svg(self, says: str) -> Markup:
        """The chart as inline SVG."""
        return draw(self.spec(), clean(says))

    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite's words."""
        import altair as alt

        x = alt.X("x:Q", axis=self.across(), scale=alt.Scale(domain=[0, len(self.labels)]))
        y = alt.Y("y:Q", axis=self.upright(), scale=alt.Scale(domain=self.domain()))
        colour, width = alt.Color("c:N", scale=None), alt.StrokeWidth("w:Q", scale=None)
        edge = {"stroke": "white", "strokeWidth": 0.5} if len(self.labels) <= MOST_BARS else {}
        boxes = marks("rects").mark_rect(**edge)
        line = marks("lines").mark_line()
        band = marks("bands").mark_line(strokeWidth=BAND)
        rules = marks("rules").mark_rule(strokeWidth=2)
        dots = marks("dots").mark_point(filled=True, size=28)
        above = {"dy": -9, "fontSize": SMALL, "limit": LABEL}
        words = marks("texts").mark_text(**above)
        place = {"x": x, "y": y, "color": colour}
        layers = {
            "rects": (boxes, {"x2": "x2:Q", "y2": "y2:Q"}),
            "bands": (band, {"detail": "s:N"}),
            "lines": (line, {"detail": "s:N", "strokeWidth": width}),
            "rules": (rules, {"x2": "x2:Q"}),
            "dots": (dots, {}),
            "texts": (words, {"text": "t:N"}),
        }
        data = {name: getattr(self, name) for name in layers if getattr(self, name)}
        drawn = [layers[name][0].encode(**place, **layers[name][1]) for name in data]
        if self.texts:
            halo = marks("texts").mark_text(**above, **HALO).encode(x=x, y=y, text="t:N")
            drawn.insert(-1, halo)
        return finished(drawn, data, self.height)

    def domain(self) -> list[float]:
        """From zero, or from the lowest value below it, to a little above the highest."""
        every = [mark[key] for mark in self.rects for key in ("y", "y2")]
        every += [mark["y"] for found in (self.lines, self.bands, self.rules) for mark in found]
        every += [] if self.reach is None else [self.reach]
        high = self.highest or max(every, default=0.0) * HEADROOM
        low = min(every, default=0.0)
        return [min(low * HEADROOM, 0.0), high if high > min(low, 0.0) else 1.0]

    def across(self, place: float = 0.5) -> Any:
        """The axis of periods or years: a few labels, in the middle of their stretches."""
        import altair as alt

        number = len(self.labels)
        strides = MONTHS if "-" in self.labels[0] else STRIDES
        stride = next((s for s in strides if number / s <= MOST_LABELS), number)
        shown = [at + place for at in range(0, number, stride)]
        return alt.Axis(
            values=shown,
            labelExpr=f"{json.dumps(list(self.labels))}[floor(datum.value)]",
            title=None,
            grid=not place,
            tickSize=4,
            labelFlush=not place,
        )

    def upright(self) -> Any:
        """The axis of amounts, its unit above it."""
        import altair as alt

        extra = {"labelExpr": "datum.label + ' %'"} if self.percent else {}
        return alt.Axis(
            title=clean(self.unit) or None,
            tickCount=5,
            format=",~f",
            domain=False,
            ticks=False,
            titleAngle=0,
            titleAlign="left",
            titleAnchor="start",
            titleX=-34,
            titleY=-10,
            **extra,
        )


def marks(name: str) -> Any:
    """A chart over the data of that name."""
    import altair as alt

    return alt.Chart(alt.NamedData(name))


def finished(
    layers: Sequence[Any], data: Mapping[str, Sequence[Mark]], height: int
) -> dict[str, Any]:
    """The whole chart: layers, their data, size, and quiet axes."""
    import altair as alt

    size = {"width": WIDTH, "height": height, "autosize": {"type": "fit-x", "contains": "padding"}}
    return {**alt.layer(*layers).to_dict(), **size, "datasets": dict(data), "config": CONFIG}
