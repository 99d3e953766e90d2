"""Values as formulas compute with them: numbers, texts, truths, ranges, and the operators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Value = float | str | bool | None
Node = Callable[[int, int], object]


class FormulaError(Exception):
    """A formula comes to an error value such as #DIV/0!, or cannot be read."""


class Source(Protocol):
    """Where the cells are."""

    def value(self, sheet: str, row: int, column: int) -> Value:
        """Value of a cell."""

    def block(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> np.ndarray:
        """Numbers of a range; not-a-number where a cell holds none."""

    def texts(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> list[Value]:
        """Values of a range, row by row."""

    def formulas(self, sheet: str, r1: int, c1: int, r2: int, c2: int) -> int:
        """How many cells of a range hold formulas."""

    def named(self, name: str) -> tuple[str, int, int] | None:
        """Cell of a defined name."""


@dataclass(frozen=True)
class Range:
    """A rectangle of cells, as a formula meets it."""

    source: Source
    sheet: str
    r1: int
    c1: int
    r2: int
    c2: int

    @property
    def numbers(self) -> np.ndarray:
        """Its numbers; not-a-number where there is none."""
        return self.source.block(self.sheet, self.r1, self.c1, self.r2, self.c2)


def fail(error: str) -> float:
    """Raise an error value."""
    raise FormulaError(error)


def single(area: Range) -> Value:
    """The one cell of a range."""
    if (area.r1, area.c1) != (area.r2, area.c2):
        raise FormulaError("#VALUE!")
    return area.source.value(area.sheet, area.r1, area.c1)


def operand(value: object):  # noqa: ANN201 - a number or an array
    """A value as arithmetic takes it: a number, or an array of a range's numbers."""
    if type(value) is float:
        return value
    if isinstance(value, Range):
        return np.nan_to_num(value.numbers, nan=0.0)
    if isinstance(value, np.ndarray):
        return value
    return number_of(value)


def number_of(value: object) -> float:
    """A single value as a number."""
    if type(value) is float:
        return value
    if value is None:
        return 0.0
    if isinstance(value, (bool, int)):
        return float(value)
    if isinstance(value, Range):
        return number_of(single(value))
    text = str(value)
    if text.startswith("#"):
        raise FormulaError(text)
    try:
        return float(text)
    except ValueError:
        raise FormulaError("#VALUE!") from None


def arithmetic(operator: str, left: Node, right: Node) -> Node:
    """Both sides under an operator."""

    def power(a, b):  # noqa: ANN001, ANN202 - numbers or arrays
        return a**b

    work = {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "^": power,
    }[operator]
    return lambda r, c: work(operand(left(r, c)), operand(right(r, c)))


def comparison(operator: str, left: Node, right: Node) -> Node:
    """Both sides compared; arrays give 1 and 0."""
    work = {
        "=": lambda a, b: a == b,
        "<>": lambda a, b: a != b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
    }[operator]

    def compare(r: int, c: int):  # noqa: ANN202 - a truth or an array
        a, b = left(r, c), right(r, c)
        if type(a) is float and type(b) is float:
            return work(a, b)
        if isinstance(a, (Range, np.ndarray)) or isinstance(b, (Range, np.ndarray)):
            one = a.numbers if isinstance(a, Range) else operand(a)
            other = b.numbers if isinstance(b, Range) else operand(b)
            return work(one, other) * 1.0
        if isinstance(a, str) or isinstance(b, str):
            for side in (a, b):
                if isinstance(side, str) and side.startswith("#") and side.endswith(("!", "?")):
                    raise FormulaError(side)
            one = "" if a is None else a
            other = "" if b is None else b
            if isinstance(one, str) and isinstance(other, str):
                return work(one.casefold(), other.casefold())
            return work(isinstance(one, str), isinstance(other, str))  # text above numbers
        return work(number_of(a), number_of(b))

    return compare


def words_of(value: object) -> str:
    """A value as text, as & joins it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, Range):
        return words_of(single(value))
    return str(value)


def joined(left: Node, right: Node) -> Node:
    """Both sides as one text; remembers its parts for criteria such as ``"<=" & 5``."""

    def join(r: int, c: int) -> str:
        return words_of(left(r, c)) + words_of(right(r, c))

    join.parts = (left, right)  # type: ignore[attr-defined]
    return join
