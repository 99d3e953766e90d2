"""A report taken apart: tags, attributes, words by section, tables."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Fold:
    """The part of a section that shows a scenario: its heading, words, and pictures as heard."""

    open: bool
    heading: str = ""
    text: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    fills: set[str] = field(default_factory=set)
    axes: list[list[str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Text of the fold, its heading included."""
        return plain(" ".join(self.text))


class Page(HTMLParser):
    """Everything a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.sections: dict[str, list[str]] = defaultdict(list)
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self.folds: dict[str, list[Fold]] = defaultdict(list)
        self.fold: Fold | None = None
        self.inside = ""
        self.here = "head"
        self.cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "section":
            self.here = dict(attrs)["id"] or ""
        self.inside = tag
        if tag == "details" and ("class", "case") in attrs:
            self.fold = Fold(("open", None) in attrs)
            self.folds[self.here].append(self.fold)
        if self.fold is not None and tag == "svg":
            self.fold.heard.append(dict(attrs)["aria-label"] or "")
            self.fold.axes.append([])
        if self.fold is not None and "fill" in dict(attrs):
            self.fold.fills.add((dict(attrs)["fill"] or "").upper())
        if tag == "tr":
            self.rows[self.here].append([])
        if tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "details":
            self.fold = None
        if tag in ("td", "th") and self.cell is not None:
            self.rows[self.here][-1].append(plain("".join(self.cell)))
            self.cell = None

    def handle_data(self, data: str) -> None:
        self.sections[self.here].append(data)
        if self.cell is not None:
            self.cell.append(data)
        if self.fold is not None:
            self.fold.text.append(data)
            if self.inside == "strong":
                self.fold.heading += data
            if self.inside == "text":
                self.fold.axes[-1].append(data)
        self.inside = ""

    def words(self, section: str) -> str:
        """Text of a section, its white space made single spaces."""
        return plain(" ".join(self.sections[section]))

    def values(self, name: str) -> list[str]:
        """Values of an attribute, wherever it stands."""
        return [value for _, found, value in self.attributes if found == name]


def plain(text: str) -> str:
    """Text with single spaces."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()
