"""README opens with the lab's frontier, drawn from the lab as it is today."""

from __future__ import annotations

from xml.etree import ElementTree

import chipfolio
from chipfolio.answers import answer
from chipfolio.report.answer_pictures import frontier
from chipfolio.report.story import Story
from tests.answers.picture import LAB, PICTURE, README, drawn, fingerprint, in_readme
from tests.answers.test_engine import book

SPACE = "{http://www.w3.org/2000/svg}"
OPENS = 20
"""Lines of README in which the picture stands."""


def test_readme_opens_with_the_picture_of_the_lab_as_it_is():
    picture = ElementTree.parse(PICTURE).getroot()
    again = "the lab has changed since it was drawn: run  python -m tests.answers.picture"
    assert picture.findtext(f"{SPACE}metadata") == fingerprint(chipfolio.read(LAB)), again
    shown = in_readme(picture.findtext(f"{SPACE}title"))
    assert shown in "\n".join(README.read_text(encoding="utf-8").splitlines()[:OPENS])


def test_a_picture_is_drawn_of_the_figures_of_an_answer():
    plan = chipfolio.solve(book().read())
    asked = {"question": "f", "kind": "frontier", "sheet": "Share rules", "item": "split"}
    answer(plan, [{**asked, "low": 0.4, "high": 0.5, "steps": 2}])
    figures = list(frontier(Story(plan), "f"))
    found = ElementTree.fromstring(drawn("A & B", figures, "book"))
    assert found.findtext(f"{SPACE}title") == "A & B"
    assert len(found.findall(f"{SPACE}svg")) == len(figures) == 2
    said = [one.text for one in found.findall(f"{SPACE}text")]
    assert figures[0].note in said and "proven at least" in said
