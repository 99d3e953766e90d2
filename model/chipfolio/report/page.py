"""From a plan to one HTML file: sections, template, and a file that is whole or not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .accounts import accounts_section
from .actions import actions
from .answers import answers_section
from .blocks import Section
from .capacity import capacity_section, power_section
from .cash import money_section
from .drawing import clean
from .futures import futures_section
from .headline import headline
from .proof import proof_section
from .risk import risk_section
from .rules import rules_section
from .story import Story
from .terms import terms_section
from .timeline import timeline_section
from .vendors import vendor_section

if TYPE_CHECKING:
    from ..plan.plan import Plan

TEMPLATE, STYLE = "report.html.j2", "report.css"
CASES = "cases.css"
"""Style of what only a plan of several scenarios shows."""


def write_report(plan: Plan, path: Path) -> Path:
    """Write the report of a plan and return where it stands; nothing is ever overwritten.

    Where ``plan.html`` is there already, ``plan-2.html`` is written, then ``plan-3.html`` …
    Raises LockedError where the folder cannot be written to.
    """
    from ..workbook.plan import put_down

    path = Path(path)
    return put_down(
        render(plan).encode("utf-8"), path if path.suffix else path.with_suffix(".html")
    )


def render(plan: Plan, held: Sequence[str] = ()) -> str:
    """The report as HTML; the same plan gives the same text.

    ``held`` are the sentences of gates that hold the plan back: they are the page's first lines.
    """
    story = Story(plan)
    styles = [STYLE, CASES] if story.several else [STYLE]
    return page_of(TEMPLATE, styles, head=headline(story), sections=sections(story), held=held)


def page_of(template: str, styles: Sequence[str], **parts: object) -> str:
    """A template with its parts as a page of its own; ``styles`` are the style sheets it needs."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("chipfolio.report", package_path="."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    loader = environment.loader
    assert loader is not None
    style = "".join(loader.get_source(environment, name)[0] for name in styles)
    return clean(environment.get_template(template).render(style=style, **parts))


def sections(story: Story) -> list[Section]:
    """The page's sections in order; those with nothing to say are left out."""
    found = [
        answers_section(story),
        actions(story),
        futures_section(story),
        risk_section(story),
        money_section(story),
        accounts_section(story),
        vendor_section(story),
        capacity_section(story),
        power_section(story),
        timeline_section(story),
        rules_section(story),
        terms_section(story),
        proof_section(story),
    ]
    return [section for section in found if section is not None and section.blocks]
