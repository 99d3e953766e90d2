"""Subjects: what a difference between two books is about; each belongs to exactly one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ..contract.inputs import INPUTS
from ..contract.problems import fold
from ..contract.schema import SEPARATOR
from ..quarters.books import Book
from ..quarters.difference import Difference, cells, moves_plan, settings, whole_row
from ..quarters.order import reordered
from ..quarters.pairing import Pairs, paired
from ..tables import Row

SUBJECTS = (
    "time rolled",
    "actuals",
    "demand",
    "prices",
    "supply",
    "performance",
    "programmes",
    "sites",
    "terms",
    "policy",
    "futures",
    "settings",
    "software version",
)
"""The steps of a bridge in their order (contract §8)."""
TIME, SOFTWARE, SETTINGS = "time rolled", "software version", "settings"
BETWEEN = SUBJECTS[1:-1]
"""Subjects whose cells a world between takes from one book or the other."""

OF_SHEET = {
    "Vendors": "supply",
    "Platforms": "performance",
    "Chips": "performance",
    "Offers": "supply",
    "Performance": "performance",
    "Workloads": "demand",
    "Demand": "demand",
    "Sites": "sites",
    "Site projects": "sites",
    "Fleet": "actuals",
    "Committed orders": "actuals",
    "Committed steps": "actuals",
    "Waiting work": "actuals",
    "So far": "actuals",
    "Actuals": "actuals",
    "Programmes": "programmes",
    "Programme stages": "programmes",
    "Programme ramp": "programmes",
    "Software": "performance",
    "Discounts": "terms",
    "Contracts": "terms",
    "Deals": "terms",
    "Deal milestones": "terms",
    "Share rules": "policy",
    "Supplier counts": "policy",
    "Budgets": "policy",
    "Custom rules": "policy",
    "Previous plan": "policy",
    "Scenarios": "futures",
    "Scenario changes": "futures",
    "Ranges": "futures",
    "Questions": "settings",
    "Gates": "settings",
}
"""What the rows of a sheet are about."""
OF_COLUMN = {
    ("Chips", "upkeep_per_unit_year"): "prices",
    ("Chips", "value_loss_per_year"): "prices",
    ("Chips", "resale_pct"): "prices",
    ("Offers", "price"): "prices",
    ("Offers", "price_change_per_year"): "prices",
    ("Offers", "order_fee"): "prices",
    ("Offers", "setup_cost"): "prices",
    ("Performance", "running_cost"): "prices",
    ("Sites", "energy_price"): "prices",
    ("Sites", "energy_price_change_per_year"): "prices",
    ("Sites", "hosting_cost"): "prices",
    ("Programmes", "abandoned"): "actuals",
    ("Programme stages", "started"): "actuals",
    ("Software", "started"): "actuals",
    ("Software", "finished"): "actuals",
    ("Contracts", "signed_in"): "actuals",
    ("Deals", "signed_in"): "actuals",
    ("Deal milestones", "met"): "actuals",
    ("Settings", "first_period"): TIME,
    ("Settings", "periods"): TIME,
    ("Settings", "frozen_periods"): "policy",
    ("Settings", "change_cost_pct"): "policy",
    ("Settings", "tail_probability"): "futures",
    ("Settings", "tail_weight"): "futures",
}
"""Columns that are about something else than their sheet."""
TOGETHER = ("programmes", "sites", "terms", "supply", "performance", "demand", "futures", "policy")
"""Whose names a new or dropped thing bears: differences that name it go with the first of these."""
SIGNED = "signed"
LAST_DIGIT = 1e-12
"""Numbers that differ by no more than this share are the same."""
WORD = re.compile(rf",|{SEPARATOR}")


def natural(sheet: str, column: str = "") -> str:
    """The subject of a sheet's column by itself; of a whole row, of what the sheet is about."""
    return OF_COLUMN.get((sheet, column)) or OF_SHEET.get(sheet, SETTINGS)


@dataclass(eq=False)
class Piece:
    """What changes together: a row that one book alone has, or cells of a row of both."""

    sheet: str
    old: Row | None
    new: Row | None
    columns: tuple[str, ...]
    """Cells that differ, of a row of both; empty for a whole row."""
    differences: list[Difference]
    subject: str

    @property
    def moves(self) -> bool:
        """Whether the model reads any of it."""
        return any(moves_plan(self.sheet, name) for name in self.columns or ("",))

    @property
    def introduces(self) -> bool:
        """Whether it brings or takes a name that other rows may use."""
        return not self.columns and len(INPUTS[self.sheet].key) == 1

    def words(self) -> Iterator[str]:
        """Names in it, on either side, as they are compared."""
        for row in (self.old, self.new):
            if row is not None:
                for column in self.columns or INPUTS[self.sheet].names:
                    yield from words_of(row.get(column))

    def names(self) -> Iterator[str]:
        """The names that it brings or takes."""
        row = self.new if self.new is not None else self.old
        if self.introduces and row is not None:
            yield fold(row.key)


def words_of(value: object) -> Iterator[str]:
    """The names in a cell: of a list each, of a composite item each part."""
    if isinstance(value, str):
        yield from (fold(word) for word in WORD.split(value))
    elif isinstance(value, tuple):
        yield from map(fold, value)


@dataclass
class Split:
    """Two books of the same periods, row beside row, and every piece in which they differ."""

    old: Book
    new: Book
    pairs: dict[str, Pairs]
    pieces: list[Piece] = field(default_factory=list)

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects that move anything, in their order."""
        found = {piece.subject for piece in self.pieces if piece.moves}
        return tuple(subject for subject in BETWEEN if subject in found)


def split(old: Book, new: Book) -> Split:
    """Every difference of two books with the same periods, each in a piece with its subject."""
    found = Split(old, new, {})
    before, after = old.tables, new.tables
    for table in INPUTS.values():
        sheet = table.name
        if table.vertical:
            for one in settings(old, new):
                subject = natural(sheet, one.item)
                subject = SETTINGS if subject == TIME else subject
                found.pieces.append(Piece(sheet, None, None, (one.item,), [one], subject))
            continue
        pairs = paired(
            sheet, before.rows(sheet), after.rows(sheet), before.calendar, after.calendar
        )
        found.pairs[sheet] = pairs
        for row in pairs.removed:
            told = list(whole_row("removed", table, row, old, new))
            found.pieces.append(Piece(sheet, row, None, (), told, subject_of_row(row)))
        for was, now in pairs.both:
            by_subject: dict[str, list[Difference]] = {}
            for one in cells(table, was, now, old, new):
                if is_last_digit(one):
                    continue
                subject = subject_of_row(now) if table.wide else subject_of_cell(one)
                by_subject.setdefault(subject, []).append(one)
            for subject, told in by_subject.items():
                names = tuple(
                    dict.fromkeys(one.period if table.wide else one.column for one in told)
                )
                found.pieces.append(Piece(sheet, was, now, names, told, subject))
        for row in pairs.added:
            told = list(whole_row("added", table, row, new, old))
            found.pieces.append(Piece(sheet, None, row, (), told, subject_of_row(row)))
        for row, item, column, was_order, is_order in reordered(sheet, pairs.both, before, after):
            cell = new.place(row, "value")
            one = Difference("reordered", sheet, item, column, "", was_order, is_order, None, cell)
            found.pieces.append(Piece(sheet, None, None, ("order",), [one], "futures"))
    join(found.pieces)
    return found


def is_last_digit(one: Difference) -> bool:
    """Whether two numbers are one that a file has rounded: a workbook keeps 16 digits."""
    if not isinstance(one.old, (int, float)) or not isinstance(one.new, (int, float)):
        return False
    return abs(one.new - one.old) <= LAST_DIGIT * max(abs(one.old), abs(one.new))


def subject_of_cell(one: Difference) -> str:
    """The subject of a cell: a signature is what happened, an offer to sign is of the terms."""
    if one.column == "signing" and SIGNED in (one.old, one.new):
        return "actuals"
    return natural(one.sheet, one.column)


def subject_of_row(row: Row) -> str:
    """The subject of a whole row; a row of Timeline is about the cell that it varies."""
    if row.sheet == "Timeline":
        return natural(str(row["sheet"]), str(row["column"]))
    return natural(row.sheet)


def join(pieces: list[Piece]) -> None:
    """Give what names a new or a dropped thing the subject of that thing.

    So no world between holds an offer of a chip that it does not have: a chip, its offers and its
    throughputs come together, as one subject.
    """
    parent = list(range(len(pieces)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = at = parent[parent[at]]
        return at

    brought: dict[str, int] = {}
    for at, piece in enumerate(pieces):
        for name in piece.names():
            parent[root(at)] = root(brought.setdefault(name, at))
    for at, piece in enumerate(pieces):
        for word in piece.words():
            if word in brought:
                parent[root(at)] = root(brought[word])
    groups: dict[int, list[Piece]] = {}
    for at, piece in enumerate(pieces):
        groups.setdefault(root(at), []).append(piece)
    for group in groups.values():
        able = {piece.subject for piece in group if piece.introduces}
        subject = next((one for one in TOGETHER if one in able), None)
        if subject is not None:
            for piece in group:
                piece.subject = subject


def listed(pieces: Iterable[Piece]) -> list[tuple[str, Difference, bool]]:
    """Differences with their subjects, and whether they move any plan; in the order of subjects."""
    found = [(piece.subject, one, one.moves) for piece in pieces for one in piece.differences]
    return sorted(found, key=lambda entry: SUBJECTS.index(entry[0]))
