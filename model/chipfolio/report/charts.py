"""Charts in plain geometry: the sections say where things lie, altair draws axes and marks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .colours import INK
from .drawing import clean, draw

if TYPE_CHECKING:
    from markupsafe import Markup

WIDTH, HEIGHT = 400, 210
"""Drawn size [px]: half a page on a screen, a whole phone's width at nearly full size."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
SMALL, TEXT = 11, 12
MOST_LABELS = 6
STRIDES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 36, 48, 60, 120, 240)
HEADROOM = 1.06
LABEL = 390
"""Longest text in a chart [px]; what is longer ends in an ellipsis."""
Mark = dict[str, Any]


@dataclass
class Panel:
    """One chart: marks in data coordinates; period or year i spans i to i + 1 across."""

    labels: Sequence[str]
    unit: str = ""
    percent: bool = False
    height: int = HEIGHT
    highest: float | None = None
    rects: list[Mark] = field(default_factory=list)
    lines: list[Mark] = field(default_factory=list)
    rules: list[Mark] = field(default_factory=list)
    dots: list[Mark] = field(default_factory=list)
    texts: list[Mark] = field(default_factory=list)

    def rect(self, x: float, x2: float, y: float, y2: float, colour: str) -> None:
        """A filled box."""
        self.rects.append({"x": x, "x2": x2, "y": y, "y2": y2, "c": colour})

    def rule(self, x: float, x2: float, y: float, colour: str) -> None:
        """A level, such as a limit, over a stretch."""
        self.rules.append({"x": x, "x2": x2, "y": y, "c": colour})

    def line(self, points: Sequence[tuple[float, float]], colour: str, dashed: bool = False) -> None:
        """A line through points; each line keeps its own colour."""
        name = f"{len({mark['s'] for mark in self.lines}):04d}"
        for x, y in points:
            self.lines.append({"x": x, "y": y, "c": colour, "s": name, "d": dashed})

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
        colour = alt.Color("c:N", scale=None)
        layers = [
            chart(self.rects).mark_rect().encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour)
        ]
        for dashed in (False, True):
            layers.append(
                chart([mark for mark in self.lines if mark["d"] == dashed])
                .mark_line(strokeWidth=2, strokeDash=[5, 3] if dashed else [1, 0])
                .encode(x=x, y=y, detail="s:N", color=colour)
            )
        layers += [
            chart(self.rules).mark_rule(strokeWidth=2).encode(x=x, x2="x2:Q", y=y, color=colour),
            chart(self.dots).mark_point(filled=True, size=28).encode(x=x, y=y, color=colour),
            chart(self.texts)
            .mark_text(dy=-6, fontSize=SMALL, limit=LABEL)
            .encode(x=x, y=y, text="t:N", color=colour),
        ]
        return configured(alt.layer(*layers), self.height)

    def domain(self) -> list[float]:
        """From zero, or from the lowest value below it, to a little above the highest."""
        every = [mark[key] for mark in self.rects for key in ("y", "y2")]
        every += [mark["y"] for marks in (self.lines, self.rules) for mark in marks]
        high = self.highest or max(every, default=0.0) * HEADROOM
        low = min(every, default=0.0)
        return [min(low * HEADROOM, 0.0), high if high > min(low, 0.0) else 1.0]

    def across(self) -> Any:
        """The axis of periods or years: a few labels, each in the middle of its stretch."""
        import altair as alt

        number = len(self.labels)
        stride = next((s for s in STRIDES if number / s <= MOST_LABELS), number)
        shown = [at + 0.5 for at in range(0, number, stride)]
        return alt.Axis(
            values=shown,
            labelExpr=f"{json.dumps(list(self.labels))}[floor(datum.value)]",
            title=None,
            grid=False,
            tickSize=4,
            labelFlush=False,
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


def chart(marks: Sequence[Mark]) -> Any:
    """A chart over marks written into it."""
    import altair as alt

    return alt.Chart(alt.Data(values=list(marks)))


def configured(layered: Any, height: int, width: int = WIDTH) -> dict[str, Any]:
    """The finished chart: size, fonts, quiet axes."""
    found: dict[str, Any] = (
        layered.properties(
            width=width, height=height, autosize={"type": "fit-x", "contains": "padding"}
        )
        .configure(font=FONT, background="white", padding=4, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=SMALL,
            titleFontSize=SMALL,
            titleFontWeight="normal",
            labelColor=INK,
            titleColor="#5A6472",
            gridColor="#E3E7EC",
            domainColor="#98A2AE",
            tickColor="#98A2AE",
        )
        .to_dict()
    )
    return found
