"""What the template itself writes outside its tables: the Guide, Lists, titles and units.

Who reads a workbook knows these words and does not list them among what the team wrote and nobody
reads. They are heard from the code that draws them, so that none is written down twice.
"""

from __future__ import annotations

import re
from functools import cache

from ..contract.inputs import INPUTS
from ..contract.problems import fold
from ..contract.versions import TEMPLATE_VERSION
from .areas import At, is_period
from .template_drawing import LISTS, PERIODS_HEAD, titles
from .template_fill import calendar_of, compose
from .template_guide import add_guide
from .template_sheet import unit_in_words

GUIDE = "Guide"
TITLE, VERSION, ROWS = (1, 2), 3, 5
"""Where the Guide shows the plan's name; its columns of the template's version and of rows."""
VERSIONS = {str(number) for number in range(1, int(TEMPLATE_VERSION) + 1)}
CURRENCY, ANY = re.compile(r"\b[A-Z]{3}\b"), "USD"
"""Units name the currency that the book had when it was written."""


class Hearer:
    """Stands in for a page and its looks, and keeps every text that is written on it."""

    def __init__(self) -> None:
        self.words: set[str] = set()

    def __getattr__(self, name: str):  # noqa: ANN204 - whatever a page can do
        def heard(*given: object, **_: object) -> Hearer:
            self.words.update(spelled(text) for text in given if isinstance(text, str))
            return self

        return heard


@cache
def own_words(sheet: str) -> frozenset[str]:
    """The texts that the template writes on a sheet, outside its table; none on a team's sheet."""
    calendar = calendar_of(None)
    page = Hearer()
    if sheet in INPUTS:
        mine = compose(INPUTS[sheet], None, calendar)
        titles(page, page, mine)
        page.words |= {spelled(unit_in_words(field, ANY)) for field in mine.fields}
    elif fold(sheet) == fold(GUIDE):
        every = [compose(table, None, calendar) for table in INPUTS.values()]
        add_guide(page, page, every, "", {})
    elif fold(sheet) == fold(LISTS[0]):
        page.words |= {*LISTS, PERIODS_HEAD}
    return frozenset(page.words)


def spelled(text: str) -> str:
    """A text with any currency as one."""
    return CURRENCY.sub(ANY, text)


def is_own(sheet: str, at: At, value: object) -> bool:
    """Whether a cell outside the tables holds what the template wrote on that sheet.

    On the Guide that is also the plan's name as its title, how many rows each sheet had and the
    version of the template, which may be an older one; on Lists the labels of periods.
    """
    if fold(sheet) == fold(GUIDE):
        rows = at[1] == ROWS and isinstance(value, int)
        if at == TITLE or rows or (at[1] == VERSION and str(value) in VERSIONS):
            return True
    if fold(sheet) == fold(LISTS[0]) and is_period(value):
        return True
    return isinstance(value, str) and spelled(value) in own_words(sheet)
