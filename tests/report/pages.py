"""A report taken apart: tags, attributes, words by section, tables."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser


class Page(HTMLParser):
    """Everything a test asks of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.source = text
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.sections: dict[str, list[str]] = defaultdict(list)
        self.rows: dict[str, list[list[str]]] = defaultdict(list)
        self.here = "head"
        self.cell: list[str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "section":
            self.here = dict(attrs)["id"] or ""
        if tag == "tr":
            self.rows[self.here].append([])
        if tag in ("td", "th"):
            self.cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self.cell is not None:
            self.rows[self.here][-1].append(plain("".join(self.cell)))
            self.cell = None

    def handle_data(self, data: str) -> None:
        self.sections[self.here].append(data)
        if self.cell is not None:
            self.cell.append(data)

    def words(self, section: str) -> str:
        """Text of a section, its white space made single spaces."""
        return plain(" ".join(self.sections[section]))

    def values(self, name: str) -> list[str]:
        """Values of an attribute, wherever it stands."""
        return [value for _, found, value in self.attributes if found == name]


def plain(text: str) -> str:
    """Text with single spaces."""
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ")).strip()
