"""How the plan workbook looks: one palette, number formats by kind, cell styles by role."""

from __future__ import annotations

from ...contract.schema import Column, Kind

INK, CREAM, LEAF, MINT = "#0000FF", "#FFF9E5", "#00612E", "#E8F5E9"
LINE, GREY, PAPER = "#D9D9D9", "#7F7F7F", "#F2F2F2"
SLATE = "#5B6B87"
NAVY, SKY, ROSE, WINE, AMBER = "#1F3864", "#D6E4F0", "#FFC7CE", "#9C0006", "#FFEB9C"

TABS = {
    "summary": "#1F3864",
    "charts": "#1F3864",
    "plan": "#00612E",
    "inputs": "#BF8F00",
    "model": "#404040",
    "views": "#2E75B6",
    "checks": "#C00000",
    "log": "#A6A6A6",
}
"""Colour of a sheet's tab by its kind."""

PALETTE = (
    "#2E75B6",
    "#ED7D31",
    "#548235",
    "#7030A0",
    "#BF9000",
    "#00838F",
    "#C2185B",
    "#5D4037",
    "#455A64",
    "#9DC3E6",
    "#F4B183",
    "#A9D18E",
    "#B39DDB",
    "#FFD966",
    "#80CBC4",
    "#F48FB1",
)

LIGHTEST, DARKEST = 0.66, -0.42
"""How far a vendor's first and last chip are from its colour, towards white and black."""
LUMINANCE = (0.2126, 0.7152, 0.0722)
"""What red, green and blue of sRGB add to the luminance."""
HALVINGS = 12
"""As often is an interval halved in search of a shade: less than one step of 255 is left."""

NUMBERS = {
    "money": '[>=0.5]#,##0;[<=-0.5](#,##0);"–"',
    "millions": '[>=50000]#,##0.0,,;[<=-50000](#,##0.0,,);"–"',
    "cents": '[>=0.005]#,##0.00;[<=-0.005](#,##0.00);"–"',
    "percent": '0.0%;(0.0%);"–"',
    "number": '#,##0.0;(#,##0.0);"–"',
    "exact": '#,##0.000;(#,##0.000);"–"',
    "integer": '#,##0;(#,##0);"–"',
    "rate": "#,##0.0000;(#,##0.0000);0",
    "factor": "0.000000",
    "gap": "0.000%",
    "portion": '[=0]"–";[<0.0005]"under 0.1%";0.0%',
    "code": "0;-0;0",
    "signal": "0",
    "text": "@",
    "general": "General",
    "small": "0.0E+00;-0.0E+00;0",
}
"""Number format by kind; an amount that would read as zero is a dash, never (0)."""

SIZED = frozenset(NUMBERS) - {"general", "small", "text"}
"""Kinds of which the number farthest from zero is the widest."""

ROLES: dict[str, dict[str, object]] = {
    "plain": {"valign": "top"},
    "formula": {"font_color": "#000000", "valign": "top"},
    "input": {"font_color": INK, "bg_color": CREAM, "border": 1, "border_color": LINE},
    "solved": {"font_color": LEAF, "bg_color": MINT, "border": 1, "border_color": LINE},
    "total": {"bold": True, "top": 1},
    "head": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": NAVY,
        "text_wrap": True,
        "align": "left",
        "indent": 1,
    },
    "head right": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": NAVY,
        "text_wrap": True,
        "align": "right",
    },
    "extra": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": SLATE,
        "text_wrap": True,
        "align": "left",
        "indent": 1,
    },
    "extra right": {
        "bold": True,
        "font_color": "#FFFFFF",
        "bg_color": SLATE,
        "text_wrap": True,
        "align": "right",
    },
    "unit right": {"font_color": GREY, "align": "right"},
    "section": {"bold": True, "font_color": NAVY, "bg_color": SKY},
    "title": {"bold": True, "font_size": 14, "font_color": NAVY},
    "note": {"font_color": GREY, "italic": True},
    "unit": {"font_color": GREY, "valign": "top"},
    "wrap": {"text_wrap": True, "valign": "top"},
    "big": {"bold": True, "font_size": 12, "valign": "top"},
    "alarm": {"bold": True, "font_size": 14, "font_color": "#FFFFFF", "bg_color": "#C00000"},
    "good": {"bold": True, "font_size": 12, "font_color": LEAF, "bg_color": MINT},
}
"""Style of a cell by what it is: input blue on cream, solver's green, formula black."""


def number_kind(column: Column) -> str:
    """The number format of a column of the contract."""
    kinds = {
        Kind.MONEY: "money",
        Kind.PERCENT: "percent",
        Kind.INTEGER: "code",
        Kind.NUMBER: "number",
    }
    return kinds.get(column.kind, "text")


def shown_width(value: float, kind: str) -> int:
    """Characters that a number takes in its format."""
    size = abs(value)
    if kind == "percent":
        return len(f"{size * 100:.1f}%") + 2
    if kind == "millions":
        return len(f"{size / 1e6:,.1f}") + 2
    places = {"cents": 2, "number": 1, "exact": 3, "rate": 4, "factor": 6}.get(kind, 0)
    if kind in ("general", "small"):
        return len(f"{value:.10g}")
    return len(f"{size:,.{places}f}") + 2


def shaded(colour: str, lean: float) -> str:
    """A colour mixed with white (``lean`` above 0) or black (below)."""
    target = 255.0 if lean > 0 else 0.0
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (target - part) * abs(lean)):02X}" for part in parts)


def shades(colour: str, number: int) -> list[str]:
    """So many shades of a colour, light to dark; of one, the colour itself.

    Their lightness goes down in equal steps, so that pale colours too have shades that differ.
    """
    if number == 1:
        return [colour]
    light, dark = (lightness(shaded(colour, lean)) for lean in (LIGHTEST, DARKEST))
    step = (dark - light) / (number - 1)
    return [shaded(colour, lean_to(colour, light + step * at)) for at in range(number)]


def lightness(colour: str) -> float:
    """The CIE's lightness of a colour, from 0 to 100: equal steps look equal."""
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = sum(share * part for share, part in zip(LUMINANCE, linear, strict=True))
    return 116.0 * luminance ** (1.0 / 3.0) - 16.0


def lean_to(colour: str, wanted: float) -> float:
    """How far a colour is mixed with white or black to be so light."""
    low, high = DARKEST, LIGHTEST
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if lightness(shaded(colour, middle)) < wanted else (low, middle)
    return (low + high) / 2.0
