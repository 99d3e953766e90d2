"""The picture with which README opens: what independence costs the sample lab, by the product.

``python -m tests.answers.picture`` solves one future of the lab, asks what its sheet Questions asks
of NVIDIA's share, draws ``reports/example-frontier.svg`` and puts it with its finding into README.
It takes some minutes. ``test_picture`` says when the lab has changed and it has to be run again.
"""

from __future__ import annotations

import hashlib
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import click

import chipfolio
from chipfolio.answers.ask import answer, chosen
from chipfolio.futures.engine import cores
from chipfolio.report.answer_pictures import frontier
from chipfolio.report.blocks import Figure, Key
from chipfolio.report.story import Story
from chipfolio.tables import Tables

TOP = Path(__file__).parents[2]
LAB, SCENARIO, QUESTION = TOP / "inputs/frontier_lab.xlsx", "S1 base", "NVIDIA's share"
PICTURE, README = TOP / "reports/example-frontier.svg", TOP / "README.md"
FROM, TO = "<!-- frontier: python -m tests.answers.picture -->", "<!-- end of frontier -->"
UNASKED = ("Questions", "Gates", "Ranges")
"""Sheets that say nothing of the lab's plans."""
WIDTH, MARGIN, LINE, LETTER = 520, 20, 17, 6.4
"""Pixels: of the picture, its margin, a line of text, a letter of a legend."""
CHARACTERS = 66
"""Of a line of the title."""


def fingerprint(tables: Tables) -> str:
    """A name for all that a book says of its plans."""
    said = {name: rows for name, rows in tables.sheets.items() if name not in UNASKED}
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


def text(x: float, y: float, words: str, looks: str = 'font-size="11" fill="#444"') -> str:
    """One line of words."""
    return f'<text x="{x:.0f}" y="{y:.0f}" {looks}>{escape(words)}</text>'


def legend(keys: Sequence[Key], y: float) -> Iterator[tuple[float, str]]:
    """Each entry with the line on which it stands."""
    x = float(MARGIN)
    for key in keys:
        wide = 30 + LETTER * len(key.name)
        if x + wide > WIDTH - MARGIN and x > MARGIN:
            x, y = float(MARGIN), y + LINE
        height, top = (3, y - 6) if key.style == "line" else (10, y - 9)
        mark = f'<rect x="{x:.0f}" y="{top:.0f}" width="12" height="{height}" fill="{key.colour}"/>'
        yield y, mark + text(x + 17, y, key.name)
        x += wide


def drawn(title: str, figures: Sequence[Figure], book: str) -> str:
    """One picture of all figures under a title, which notes the book it was drawn from."""
    parts, y = [], float(LINE)
    for line in textwrap.wrap(title, CHARACTERS):
        y += LINE
        parts.append(text(MARGIN, y, line, 'font-size="14" font-weight="bold" fill="#1F3864"'))
    for number, figure in enumerate(figures):
        y += 1.4 * LINE
        said = figure.note if number == 0 else f"{figure.title}. {figure.note}"
        parts.append(text(MARGIN, y, said))
        y += LINE
        marks = list(legend(figure.keys, y))
        parts += [mark for _, mark in marks]
        y = max(low for low, _ in marks) + 8
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', figure.svg)
        wide = WIDTH - 2 * MARGIN
        high = wide * float(box.group(2)) / float(box.group(1))
        place = f'x="{MARGIN}" y="{y:.0f}" width="{wide}" height="{high:.0f}" fill="none"'
        plain = str(figure.svg).replace('xmlns:ns0="http://www.w3.org/2000/svg"', "")
        parts.append(
            re.sub(r"^<svg[^>]*>", f"<svg {place} {box.group(0)}>", plain.replace("ns0:", ""))
        )
        y += high
    y += MARGIN
    size = f'viewBox="0 0 {WIDTH} {y:.0f}" width="{WIDTH}" height="{y:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="Arial, Helvetica, sans-serif">'
        f"<title>{escape(title)}</title><metadata>{book}</metadata>"
        f'<rect width="{WIDTH}" height="{y:.0f}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def in_readme(finding: str) -> str:
    """What README says of the picture: its finding, and the picture."""
    path = PICTURE.relative_to(TOP).as_posix()
    return f"{FROM}\n**{finding}**\n\n![{finding}]({path})\n{TO}"


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), help="Keeps answers for another run.")
def main(folder: Path | None) -> None:
    """Draw the picture and put it into README."""
    tables = chipfolio.read(LAB)
    plan = chipfolio.solve(tables, scenario=SCENARIO)
    asked = chosen(tables, [QUESTION])
    found = answer(plan, asked, folder=folder, workers=cores())
    finding = str(found.tables["Answers"][0]["finding"]).partition(". ")[0] + "."
    figures = list(frontier(Story(plan), QUESTION))
    PICTURE.write_text(drawn(finding, figures, fingerprint(tables)), encoding="utf-8")
    before, rest = README.read_text(encoding="utf-8").split(FROM)
    README.write_text(before + in_readme(finding) + rest.split(TO)[1], encoding="utf-8")
    click.echo(f"{finding} {found.solves} solves")


if __name__ == "__main__":
    main()
