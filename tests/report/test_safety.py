"""A report asks nobody, runs nothing and shows names as the text they are."""

from __future__ import annotations

import html
import re

import pytest
from browser import addresses, measured
from report_books import IMAGE, SCENARIO, SCRIPT, SITE

from chipfolio.report.charts import Panel
from chipfolio.report.drawing import clean, tamed

NAMES = (SCRIPT, IMAGE, SITE, SCENARIO, "=Silicon & Co", "Small lab <b> & sons", "Port <u>")
TAGS = """
    html head meta title link style body header p h1 strong dl div dt dd small nav a main section
    h2 h3 ul li span figure figcaption svg g path line rect circle text table thead tbody tr th td
    details summary footer
"""
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


def test_only_harmless_tags_and_attributes(tree_page):
    assert tree_page.tags <= set(TAGS.split())
    for tag, name, value in tree_page.attributes:
        assert not name.startswith("on"), (tag, name)
        assert name not in ("src", "srcset", "action", "data", "xlink:href", "ping"), (tag, name)
        if name == "href":
            assert value.startswith("#") or value == "data:,", value
        if name == "style":
            assert re.fullmatch(r"color:#[0-9A-Fa-f]{6}", value), value
    assert POLICY in tree_page.values("content")
    style = re.search("<style>(.*?)</style>", tree_page.source, re.DOTALL)[1]
    assert not re.search(r"url\(|@import|https?:|expression", style)
    assert "http" not in tree_page.source.replace("http-equiv", "")


@pytest.mark.parametrize("name", NAMES)
def test_names_stay_text(tree_page, name):
    assert name not in tree_page.source or name == "=Silicon & Co"
    every = " ".join(tree_page.words(section) for section in tree_page.sections)
    assert name in every


def test_names_in_charts_stay_text():
    panel = Panel(["2027Q1"], unit=IMAGE)
    panel.rect(0.1, 0.9, 0.0, 5.0, "#112233")
    panel.text(0.5, 5.0, f"{SCRIPT}\x00\x1b")
    svg = str(panel.svg(f'say "{SCRIPT}"'))
    assert "<script" not in svg
    assert "<img" not in svg
    assert SCRIPT in html.unescape(svg)
    assert "\ufffd\ufffd" in svg


def test_drawings_are_reduced_to_shapes():
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink" '
        'viewBox="0 0 9 9" onload="a()"><script>a()</script><foreignObject><p/></foreignObject>'
        '<a x:href="javascript:a()"><text>hidden</text></a><image x:href="http://a/b.png"/>'
        '<style>@import "http://a"</style><g onclick="a()" class="k" opacity="0.5">'
        '<path d="M0,0Z" fill="url(http://a)"/><rect width="1.23456" fill="red" style="x"/></g>'
        '<text fill="#000">1 &lt; 2</text></svg>'
    )
    assert str(tamed(raw, 'a "b" <c>')) == (
        '<svg role="img" aria-label="a &quot;b&quot; &lt;c&gt;" viewBox="0 0 9 9" fill="none">'
        '<g opacity="0.5"><rect fill="red" width="1.2" /></g>'
        '<text fill="#000">1 &lt; 2</text></svg>'
    )


def test_characters_that_no_page_may_hold_are_replaced():
    assert clean("a\x00b\x0bc\ud800d\tçé😀") == "a\ufffdb\ufffdc\ufffdd\tçé😀"


def test_in_a_browser_nothing_runs_and_nothing_sticks_out(tree_page, world_page, tmp_path):
    pages = [(page.source, width) for page in (tree_page, world_page) for width in (390, 1200)]
    for found in measured(pages, tmp_path):
        assert found["scroll"] == found["width"]
        assert found["active"] == 0
        assert found["hacked"] == "no"
        assert not found["outside"]
        assert len(found["drawn"]) > 2
        assert all(width > 300 and height > 40 for width, height in found["drawn"])
    wide = measured(pages[:1], tmp_path)[0]["text"]
    assert all(name in wide for name in NAMES)


def test_in_a_browser_nothing_is_asked_for(tree_page, tmp_path):
    page = tmp_path / "report.html"
    page.write_text(tree_page.source, encoding="utf-8")
    assert addresses(page, tmp_path) == set()
    asking = tree_page.source.replace("Content-Security-Policy", "Other-Policy")
    asking = asking.replace("</body>", '<img src="https://fonts.example.com/a.png"></body>')
    page.write_text(asking, encoding="utf-8")
    assert addresses(page, tmp_path) == {"https://fonts.example.com/a.png"}
