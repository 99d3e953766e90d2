"""Worlds between two books: the older one with the cells of some subjects set to the newer one's.

Both books have the same periods. A world is written as sheets and checked like any workbook, so
that what cannot be is told with its cells, and never solved.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from ..checking.check import check
from ..contract.inputs import INPUTS
from ..contract.problems import fold
from ..errors import WorkbookError
from ..quarters.books import Book, opened
from ..quarters.difference import differences
from ..quarters.draft import Draft, Line, draft_of
from ..tables import Row, Tables
from ..workbook.frames import frames_to_book
from .subjects import Piece, Split, natural, split


@dataclass(frozen=True)
class World:
    """A world between: its checked tables, or in words why it cannot be."""

    tables: Tables | None
    why: str = ""


@dataclass
class Mix:
    """Two books of the same periods, and every world between them, made once each."""

    old: Book
    new: Book
    made: dict[frozenset[str], World] = field(default_factory=dict)

    @cached_property
    def split(self) -> Split:
        """The two books, row beside row."""
        return split(self.old, self.new)

    @cached_property
    def drafts(self) -> tuple[Draft, Draft]:
        """Both books as rows of cells by heading."""
        return draft_of(self.old), draft_of(self.new)

    @cached_property
    def by_row(self) -> dict[int, list[Piece]]:
        """Pieces by the rows that they are about."""
        found: dict[int, list[Piece]] = {}
        for piece in self.split.pieces:
            for row in (piece.old, piece.new):
                if row is not None:
                    found.setdefault(id(row), []).append(piece)
        return found

    def world(self, subjects: Collection[str]) -> World:
        """The world in which these subjects are as in the newer book, all others as in the older.

        What no plan depends on is as in the newer book everywhere. With no subject of those that
        differ it is the older book, with all of them the newer one.
        """
        here = frozenset(subjects) & set(self.split.subjects)
        if here not in self.made:
            self.made[here] = self.checked(here)
        return self.made[here]

    def checked(self, here: frozenset[str]) -> World:
        """A world, checked; that of all subjects has to be the newer book, cell by cell."""
        if here == set(self.split.subjects):
            self.assert_is_new(here)
            return World(self.new.tables)
        try:
            return World(check(frames_to_book(self.frames(here))))
        except WorkbookError as error:
            first = next(one for one in error.problems if one.severity == "fault")
            return World(None, f"such a book cannot be: {first}")

    def assert_is_new(self, here: frozenset[str]) -> None:
        """AssertionError where a difference has no subject: the bridge would not add up."""
        left = differences(opened(self.frames(here, whole=True)), self.new).inputs
        assert not left, f"differences without a subject: {left}"

    # ------------------------------------------------------------------ sheets
    def frames(self, here: frozenset[str], whole: bool = False) -> dict[str, pd.DataFrame]:
        """The sheets of a world; those that no plan depends on only with ``whole``."""
        found = {}
        for sheet, table in INPUTS.items():
            if table.read_by != "model" and not whole:
                continue
            lines = self.settings(here) if table.vertical else self.lines(sheet, here)
            if not lines and not table.required:
                continue
            heads = list(
                dict.fromkeys(head for side in self.drafts for head in side.heads.get(sheet, []))
            )
            rows = [[line.cells.get(head) for head in heads] for line in lines]
            found[sheet] = pd.DataFrame(rows, columns=heads, dtype=object)
        return found

    def settings(self, here: frozenset[str]) -> list[Line]:
        """The lines of Settings."""
        before, after = (
            {fold(line.cells.get("name") or ""): line for line in side.lines["Settings"]}
            for side in self.drafts
        )
        olds = {
            name
            for piece in self.split.pieces
            if piece.sheet == "Settings" and piece.moves and piece.subject not in here
            for name in piece.columns
        }
        chosen = {name: before.get(name) if name in olds else after.get(name)
                  for name in (*after, *(name for name in before if name in olds))}  # fmt: skip
        return [line for line in chosen.values() if line is not None]

    def lines(self, sheet: str, here: frozenset[str]) -> list[Line]:
        """The lines of a sheet, in the order of the book that its own subject is of."""
        pairs = self.split.pairs[sheet]
        partner = {id(now): was for was, now in pairs.both}
        found: list[tuple[Row, bool, Line]] = []
        for was, now in pairs.both:
            found.append((now, True, self.merged(was, now, here)))
        found += [
            (row, False, self.line(0, row)) for row in pairs.removed if not self.is_new(row, here)
        ]
        found += [(row, True, self.line(1, row)) for row in pairs.added if self.is_new(row, here)]
        is_new = natural(sheet) in here or natural(sheet) not in self.split.subjects

        def place(entry: tuple[Row, bool, Line]) -> tuple[bool, int]:
            row, newer, _ = entry
            if newer == is_new:
                return False, row.number
            own = partner.get(id(row))
            return (False, own.number) if own is not None else (True, row.number)

        return [line for _, _, line in sorted(found, key=place)]

    def is_new(self, row: Row, here: frozenset[str]) -> bool:
        """Whether a row that one book alone has is as in the newer book; one unread always is."""
        return all(piece.subject in here or not piece.moves for piece in self.by_row[id(row)])

    def merged(self, was: Row, now: Row, here: frozenset[str]) -> Line:
        """A row of both books: the newer one's cells, save those of subjects not here."""
        line = self.line(1, now)
        cells = dict(line.cells)
        for piece in self.by_row.get(id(now), ()):
            if piece.moves and piece.subject not in here:
                before = self.line(0, was).cells
                for column in piece.columns:
                    cells[column] = before.get(column)
        return Line(line.number, cells)

    def line(self, side: int, row: Row) -> Line:
        """The line of a checked row of the older (0) or the newer (1) book."""
        return self.numbered[side][row.sheet, row.number]

    @cached_property
    def numbered(self) -> tuple[Mapping[tuple[str, int], Line], ...]:
        """Lines of both books by sheet and number."""
        return tuple(
            {(sheet, line.number): line for sheet, lines in side.lines.items() for line in lines}
            for side in self.drafts
        )
