"""What a page is made of: figures, tables and words, in sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Key:
    """One entry of a legend; ``style`` is block, line or band."""

    name: str
    colour: str
    style: str = "block"


@dataclass(frozen=True)
class Figure:
    """A picture: its title is its finding, ``svg`` is drawn and made safe already."""

    title: str
    svg: Markup
    keys: Sequence[Key] = ()
    note: str = ""
    wide: bool = False
    kind: str = "figure"


@dataclass(frozen=True)
class Two:
    """A cell of two lines: what it is, and small below it what belongs to it."""

    main: str
    sub: str


Cell = str | Two


@dataclass(frozen=True)
class Grid:
    """A table; the first ``words`` columns are text, all others numbers to the right."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    title: str = ""
    words: int = 1
    total: bool = False
    folded: bool = False
    note: str = ""
    wide: bool = False
    kind: str = "grid"


@dataclass(frozen=True)
class Words:
    """A paragraph or a list; ``tone`` is plain, good or alarm."""

    lines: Sequence[str]
    tone: str = "plain"
    wide: bool = True
    kind: str = "words"


@dataclass(frozen=True)
class Case:
    """A fold: its heading, what it says at a glance, and the blocks and legend it opens on."""

    title: str
    remark: str
    blocks: Sequence[Block]
    keys: Sequence[Key] = ()
    open: bool = False


@dataclass(frozen=True)
class Cases:
    """The same blocks for one scenario after the other, in folds."""

    cases: Sequence[Case]
    wide: bool = True
    kind: str = "cases"


Block = Figure | Grid | Words | Cases


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it; ``keys`` is a legend that its figures share."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    keys: Sequence[Key] = field(default_factory=tuple)
