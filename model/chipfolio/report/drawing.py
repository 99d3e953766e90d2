"""From a chart to inline SVG: only shapes and text get through, nothing that could act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from xml.etree.ElementTree import Element, SubElement, tostring

from defusedxml.ElementTree import fromstring
from markupsafe import Markup

SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "g", "path", "rect", "line", "text", "circle"}
KEPT = {
    "d",
    "fill",
    "fill-opacity",
    "font-size",
    "font-weight",
    "height",
    "opacity",
    "stroke",
    "stroke-dasharray",
    "stroke-opacity",
    "stroke-width",
    "text-anchor",
    "transform",
    "viewBox",
    "width",
    "x",
    "x1",
    "x2",
    "y",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
}
"""Attributes of shapes that say how they look; all others are left out."""
DULL = {("opacity", "1"), ("fill", "none"), ("transform", "translate(0,0)")}
LONG = re.compile(r"-?\d*\.\d{2,}(?:e-?\d+)?")
NEVER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that neither XML nor HTML may hold."""


def draw(spec: Mapping[str, object], says: str) -> Markup:
    """A Vega-Lite chart as inline SVG; ``says`` is read out in its place."""
    import vl_convert

    raw = vl_convert.vegalite_to_svg(dict(spec), vl_version=vega_lite(), allowed_base_urls=[])
    return tamed(raw, says)


@cache
def vega_lite() -> str:
    """Version of Vega-Lite that altair's charts are written for, as the converter names it."""
    import altair

    return ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def tamed(raw: str, says: str) -> Markup:
    """SVG reduced to shapes and text, short, with a spoken label; safe inside HTML."""
    old = fromstring(raw)
    looks = {"role": "img", "aria-label": says, "viewBox": old.get("viewBox", ""), "fill": "none"}
    new = Element("svg", looks)
    for child in old:
        add(new, child)
    return Markup(tostring(new, encoding="unicode"))  # noqa: S704 - rebuilt from a list of shapes


def add(parent: Element, old: Element) -> None:
    """Copy a shape and what it holds; groups that hold nothing and change nothing vanish."""
    tag = old.tag.removeprefix(SVG)
    if tag not in SHAPES or old.get("display") == "none":
        return
    looks = {
        name: LONG.sub(shorter, value)
        for name, value in sorted(old.attrib.items())
        if name in KEPT and "url(" not in value
    }
    if tag == "g":
        looks = {name: value for name, value in looks.items() if (name, value) not in DULL}
        if not looks:
            for child in old:
                add(parent, child)
            return
    elif tag != "text" and looks.get("fill", "none") == "none" and "stroke" not in looks:
        return
    looks = {name: value for name, value in looks.items() if (name, value) != ("opacity", "1")}
    last = parent[-1] if len(parent) else None
    if tag == "path" and last is not None and last.tag == "path" and same(last, looks):
        last.set("d", last.get("d", "") + looks["d"])
        return
    new = SubElement(parent, tag, looks)
    if tag == "text":
        if len(old) < 2:
            new.text = "".join(old.itertext())
        for line in old if len(old) > 1 else ():
            place = {name: line.get(name, "0") for name in ("x", "dy")}
            SubElement(new, "tspan", place).text = "".join(line.itertext())
        return
    for child in old:
        add(new, child)
    if tag == "g" and not len(new):
        parent.remove(new)


def same(shape: Element, looks: Mapping[str, str]) -> bool:
    """Whether two closed shapes differ in their outline only: both become one."""
    closed = shape.get("d", "").endswith("Z") and looks["d"].endswith("Z")
    before = {name: value for name, value in shape.attrib.items() if name != "d"}
    after = {name: value for name, value in looks.items() if name != "d"}
    return closed and before == after


def shorter(match: re.Match[str]) -> str:
    """A number of a drawing with one decimal place."""
    shown = f"{float(match[0]):.1f}".removesuffix(".0")
    return "0" if shown == "-0" else shown


def clean(text: object) -> str:
    """Text without characters that a page cannot hold."""
    return NEVER.sub("\ufffd", str(text))
