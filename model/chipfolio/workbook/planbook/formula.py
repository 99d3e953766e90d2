"""Formulas of the plan workbook: read once, filled right or down, and computed without Excel.

A formula is read into a tree of functions of (row, column), the cell it stands in, so that one
reading serves a whole row of a timeline or a whole column of a list. Only what the workbook needs
is known here: the arithmetic and functions that Excel 2010 and LibreOffice 7.4 share.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from .operators import (
    FormulaError,
    Node,
    Range,
    Source,
    Value,
    arithmetic,
    comparison,
    fail,
    joined,
    operand,
    single,
)

TOKEN = re.compile(
    r"""\s*(?:
      (?P<text>"(?:[^"]|"")*")
    | (?P<ref>(?:(?P<sheet>'(?:[^']|'')+'|[A-Za-z_][A-Za-z0-9_.]*)!)?
        (?P<c1>\$?[A-Z]{1,3})(?P<r1>\$?[0-9]+)
        (?::(?P<c2>\$?[A-Z]{1,3})(?P<r2>\$?[0-9]+))?)(?![A-Za-z0-9_(.])
    | (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
    | (?P<op><=|>=|<>|[-+*/^&=<>(),%])
    )""",
    re.VERBOSE,
)
COMPARE = ("=", "<>", "<=", ">=", "<", ">")


@dataclass(frozen=True)
class Reference:
    """A reference as written: fixed parts are positions, others distances from the cell."""

    prefix: str
    sheet: str
    corners: tuple[tuple[int, bool, int, bool], ...]
    """(row, row is fixed, column, column is fixed) of one or two corners."""

    @property
    def is_fixed(self) -> bool:
        """Whether it reads the same in every cell."""
        return all(r_fixed and c_fixed for _, r_fixed, _, c_fixed in self.corners)

    def render(self, row: int, column: int) -> str:
        """The reference as it reads in a cell."""
        words = []
        for r, r_fixed, c, c_fixed in self.corners:
            at_row = r if r_fixed else r + row
            at_column = c if c_fixed else c + column
            words.append(
                f"{'$' if c_fixed else ''}{letters(at_column)}{'$' if r_fixed else ''}{at_row + 1}"
            )
        return self.prefix + ":".join(words)


@cache
def letters(column: int) -> str:
    """Column letters of a zero-based column."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


@cache
def column_of(name: str) -> int:
    """Zero-based column of its letters."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number - 1


@cache
def quoted(sheet: str) -> str:
    """A sheet's name as a formula writes it."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z_]*", sheet)
    return sheet if plain else "'" + sheet.replace("'", "''") + "'"


def joint(tokens: Iterable[object]) -> list[str | Reference]:
    """Tokens as stretches of text that reads the same in every cell, and what moves between."""
    found: list[str | Reference] = []
    for token in tokens:
        if isinstance(token, Reference):
            if not token.is_fixed:
                found.append(token)
                continue
            token = token.render(0, 0)
        if found and isinstance(found[-1], str):
            found[-1] += str(token)
        else:
            found.append(str(token))
    return found


class Formula:
    """A formula read in one cell, valid in every cell it is filled to."""

    def __init__(self, text: str, sheet: str, row: int, column: int, source: Source) -> None:
        self.source, self.sheet, self.row, self.column = source, sheet, row, column
        self.tokens = list(self._read(text.removeprefix("=")))
        self.parts = joint([token for _, token in self.tokens])
        self.at = 0
        self.root = self._comparison()
        if self.at < len(self.tokens):
            raise FormulaError(f"{text!r} goes on after its end")

    def compute(self, row: int, column: int) -> Value:
        """Its value in a cell; the error's name where it comes to one."""
        try:
            found = self.root(row, column)
            if isinstance(found, Range):
                found = single(found)
            if isinstance(found, np.ndarray):
                raise FormulaError("#VALUE!")
            if isinstance(found, float) and not math.isfinite(found):
                raise FormulaError("#NUM!")
        except FormulaError as error:
            return str(error)
        except ZeroDivisionError:
            return "#DIV/0!"
        except OverflowError:
            return "#NUM!"
        return 0.0 if found is None else found  # type: ignore[return-value]

    def text(self, row: int, column: int) -> str:
        """Its text in a cell."""
        return "=" + "".join(
            [part if type(part) is str else part.render(row, column) for part in self.parts]
        )

    # ------------------------------------------------------------------ reading
    def _read(self, text: str):  # noqa: ANN202 - pairs of kind and token
        at = 0
        while at < len(text):
            match = TOKEN.match(text, at)
            if match is None:
                raise FormulaError(f"{text!r} cannot be read from {text[at:]!r}")
            at = match.end()
            kind = "ref" if match["ref"] else str(match.lastgroup)
            yield kind, self._reference(match) if kind == "ref" else match[kind]

    def _reference(self, match: re.Match) -> Reference:
        sheet, prefix = self.sheet, ""
        if match["sheet"]:
            prefix = match["sheet"] + "!"
            sheet = match["sheet"]
            if sheet.startswith("'"):
                sheet = sheet[1:-1].replace("''", "'")
        corners = []
        for c, r in ((match["c1"], match["r1"]), (match["c2"], match["r2"])):
            if c is not None:
                r_fixed, c_fixed = r.startswith("$"), c.startswith("$")
                row, column = int(r.lstrip("$")) - 1, column_of(c.lstrip("$"))
                corners.append(
                    (
                        row if r_fixed else row - self.row,
                        r_fixed,
                        column if c_fixed else column - self.column,
                        c_fixed,
                    )
                )
        return Reference(prefix, sheet, tuple(corners))

    def _peek(self) -> tuple[str, object]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _take(self, *operators: str) -> str | None:
        kind, token = self._peek()
        if kind == "op" and token in operators:
            self.at += 1
            return str(token)
        return None

    def _need(self, operator: str) -> None:
        if self._take(operator) is None:
            raise FormulaError(f"{operator!r} is missing")

    def _comparison(self) -> Node:
        left = self._joined()
        while operator := self._take(*COMPARE):
            left = comparison(operator, left, self._joined())
        return left

    def _joined(self) -> Node:
        left = self._sum()
        while self._take("&"):
            left = joined(left, self._sum())
        return left

    def _sum(self) -> Node:
        left = self._product()
        while operator := self._take("+", "-"):
            left = arithmetic(operator, left, self._product())
        return left

    def _product(self) -> Node:
        left = self._power()
        while operator := self._take("*", "/"):
            left = arithmetic(operator, left, self._power())
        return left

    def _power(self) -> Node:
        left = self._signed()
        while self._take("^"):
            left = arithmetic("^", left, self._signed())
        return left

    def _signed(self) -> Node:
        if self._take("-"):
            inner = self._signed()
            return lambda r, c: -operand(inner(r, c))
        if self._take("+"):
            return self._signed()
        return self._atom()

    def _atom(self) -> Node:
        kind, token = self._peek()
        self.at += 1
        if kind == "number":
            number = float(str(token))
            return lambda r, c: number
        if kind == "text":
            words = str(token)[1:-1].replace('""', '"')
            return lambda r, c: words
        if kind == "ref":
            return self._cell(token)  # type: ignore[arg-type]
        if kind == "name":
            if self._take("("):
                return self._call(str(token).upper().removeprefix("_XLFN."))
            return self._named(str(token))
        if kind == "op" and token == "(":
            inner = self._comparison()
            self._need(")")
            return inner
        raise FormulaError(f"{token!r} is out of place")

    def _cell(self, reference: Reference) -> Node:
        source, sheet = self.source, reference.sheet
        (r1, r1_fixed, c1, c1_fixed) = reference.corners[0]
        if len(reference.corners) == 1:
            value = source.value
            return lambda r, c: value(sheet, r1 if r1_fixed else r1 + r, c1 if c1_fixed else c1 + c)
        (r2, r2_fixed, c2, c2_fixed) = reference.corners[1]
        return lambda r, c: Range(
            source,
            sheet,
            r1 if r1_fixed else r1 + r,
            c1 if c1_fixed else c1 + c,
            r2 if r2_fixed else r2 + r,
            c2 if c2_fixed else c2 + c,
        )

    def _named(self, name: str) -> Node:
        if name.upper() in ("TRUE", "FALSE"):
            truth = name.upper() == "TRUE"
            return lambda r, c: truth
        source = self.source

        def found(r: int, c: int) -> Value:
            cell = source.named(name)
            if cell is None:
                raise FormulaError("#NAME?")
            return source.value(*cell)

        return found

    def _call(self, name: str) -> Node:
        arguments: list[Node] = []
        if not self._take(")"):
            arguments.append(self._comparison())
            while self._take(","):
                arguments.append(self._comparison())
            self._need(")")
        from .functions import FUNCTIONS

        if name not in FUNCTIONS:
            return lambda r, c: fail("#NAME?")
        return FUNCTIONS[name](arguments)
