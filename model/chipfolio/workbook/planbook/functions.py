"""The worksheet functions that the plan workbook uses: of Excel 2010 and LibreOffice 7.4.

``ISFORMULA`` alone is younger (Excel 2013); it stands inside ``IFERROR`` in one check, which an
older Excel then passes over.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .operators import FormulaError, Node, Range, number_of, operand, words_of

Builder = Callable[[list[Node]], Node]


def items(arguments: list[Node], r: int, c: int) -> np.ndarray:
    """All numbers of the arguments; what is no number in a range is left out."""
    found = []
    for argument in arguments:
        value = argument(r, c)
        if isinstance(value, Range):
            check_errors(value)
            numbers = value.numbers
            found.append(numbers[~np.isnan(numbers)])
        elif isinstance(value, np.ndarray):
            found.append(value.ravel())
        else:
            found.append(np.array([number_of(value)]))
    return np.concatenate(found) if found else np.zeros(0)


def check_errors(area: Range) -> None:
    """Pass on an error value that stands in a range."""
    if not np.isnan(area.numbers).any():
        return
    for value in area.source.texts(area.sheet, area.r1, area.c1, area.r2, area.c2):
        if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?", "A")):
            raise FormulaError(value)


def folding(work: Callable[[np.ndarray], float]) -> Builder:
    """A function of all numbers among its arguments."""

    def build(arguments: list[Node]) -> Node:
        return lambda r, c: float(work(items(arguments, r, c)))

    return build


def plain(work: Callable[..., object]) -> Builder:
    """A function of single numbers."""

    def build(arguments: list[Node]) -> Node:
        return lambda r, c: work(*(number_of(argument(r, c)) for argument in arguments))

    return build


def rounded(value: float, places: float) -> float:
    """Half away from zero, as worksheets round."""
    factor = 10.0 ** int(places)
    scaled = abs(value) * factor
    if scaled >= 2**52:
        return value
    whole = float(np.floor(scaled + 0.5))
    return (whole if value >= 0 else -whole) / factor if whole else 0.0


def choose(arguments: list[Node]) -> Node:
    """IF: only the branch taken is computed."""
    condition, then = arguments[0], arguments[1]
    otherwise = arguments[2] if len(arguments) > 2 else lambda r, c: False
    return lambda r, c: (then if number_of(condition(r, c)) else otherwise)(r, c)


def unless_error(arguments: list[Node]) -> Node:
    """IFERROR."""
    first, second = arguments

    def build(r: int, c: int) -> object:
        try:
            value = first(r, c)
            if isinstance(value, str) and value.startswith("#") and value.endswith(("!", "?")):
                raise FormulaError(value)
        except (FormulaError, ZeroDivisionError, OverflowError):
            return second(r, c)
        return value

    return build


def truths(fold: Callable[[list[bool]], bool]) -> Builder:
    """AND, OR over single truths."""

    def build(arguments: list[Node]) -> Node:
        return lambda r, c: fold([bool(number_of(argument(r, c))) for argument in arguments])

    return build


COMPARERS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "=": lambda a, b: a == b,
}


def criterion(node: Node) -> Callable[[int, int], tuple[str, float]]:
    """A criterion as (operator, number); text of the form ``"<=" & 5`` is taken apart."""
    parts = getattr(node, "parts", None)
    if parts is not None:
        left, right = parts
        return lambda r, c: (words_of(left(r, c)), number_of(right(r, c)))

    def read(r: int, c: int) -> tuple[str, float]:
        value = node(r, c)
        if isinstance(value, Range) and (value.r1, value.c1) != (value.r2, value.c2):
            return "=", value  # type: ignore[return-value]
        if isinstance(value, str):
            for operator in COMPARERS:
                if value.startswith(operator):
                    return operator, number_of(value[len(operator) :])
        return "=", number_of(value)

    return read


def mask_of(tests: list, r: int, c: int):  # noqa: ANN201 - a mask, or one per cell of a criterion
    """Where all criteria hold; a list of masks where one criterion is a column of cells."""
    mask, many = None, None
    for area, rule in tests:
        operator, bound = rule(r, c)
        numbers = area(r, c).numbers
        if isinstance(bound, Range):
            many = [numbers == each for each in bound.numbers.ravel()]
            continue
        here = COMPARERS[operator](numbers, bound)
        mask = here if mask is None else mask & here
    if many is None:
        return mask
    return many if mask is None else [one & mask for one in many]


def sum_ifs(arguments: list[Node]) -> Node:
    """SUMIFS over numbers."""
    target = arguments[0]
    tests = [(arguments[at], criterion(arguments[at + 1])) for at in range(1, len(arguments), 2)]

    def build(r: int, c: int):  # noqa: ANN202 - a number, or one for each cell of a criterion
        numbers = target(r, c).numbers
        mask = mask_of(tests, r, c)
        if isinstance(mask, list):
            return np.array([[total_of(numbers[one])] for one in mask])
        return total_of(numbers[mask])

    return build


def total_of(numbers: np.ndarray) -> float:
    """Sum of the numbers; what is none is left out."""
    total = float(numbers.sum())
    return float(np.nansum(numbers)) if np.isnan(total) else total


def count_ifs(arguments: list[Node]) -> Node:
    """COUNTIFS over numbers."""
    tests = [(arguments[at], criterion(arguments[at + 1])) for at in range(0, len(arguments), 2)]
    return lambda r, c: float(np.count_nonzero(mask_of(tests, r, c)))


def sum_product(arguments: list[Node]) -> Node:
    """SUMPRODUCT of arrays, each an expression over ranges."""

    def build(r: int, c: int) -> float:
        product = None
        for argument in arguments:
            value = argument(r, c)
            if isinstance(value, Range):
                check_errors(value)
            value = operand(value)
            product = value if product is None else product * value
        total = float(np.sum(product))
        if np.isnan(total):
            raise FormulaError("#VALUE!")
        return total

    return build


def index(arguments: list[Node]) -> Node:
    """INDEX(range, row, column); one index walks along a single row or column."""

    def build(r: int, c: int) -> object:
        area = arguments[0](r, c)
        numbers = [int(number_of(argument(r, c))) for argument in arguments[1:]]
        rows, columns = area.r2 - area.r1 + 1, area.c2 - area.c1 + 1
        if len(numbers) == 1:
            numbers = [1, numbers[0]] if rows == 1 else [numbers[0], 1]
        row, column = numbers
        if row == 0 or column == 0:
            return Range(
                area.source,
                area.sheet,
                area.r1 if row == 0 else area.r1 + row - 1,
                area.c1 if column == 0 else area.c1 + column - 1,
                area.r2 if row == 0 else area.r1 + row - 1,
                area.c2 if column == 0 else area.c1 + column - 1,
            )
        if not (1 <= row <= rows and 1 <= column <= columns):
            raise FormulaError("#REF!")
        return area.source.value(area.sheet, area.r1 + row - 1, area.c1 + column - 1)

    return build


def match(arguments: list[Node]) -> Node:
    """MATCH(number, range, 0)."""

    def build(r: int, c: int) -> float:
        wanted = number_of(arguments[0](r, c))
        if number_of(arguments[2](r, c)) != 0:
            raise FormulaError("#N/A")
        found = np.flatnonzero(arguments[1](r, c).numbers.ravel() == wanted)
        if not found.size:
            raise FormulaError("#N/A")
        return float(found[0] + 1)

    return build


def formula_count(arguments: list[Node]) -> Node:
    """ISFORMULA(range), as the number of cells that hold one."""

    def build(r: int, c: int) -> float:
        area = arguments[0](r, c)
        return float(area.source.formulas(area.sheet, area.r1, area.c1, area.r2, area.c2))

    return build


FUNCTIONS: dict[str, Builder] = {
    "SUM": folding(np.sum),
    "MAX": folding(lambda x: np.max(x) if x.size else 0.0),
    "MIN": folding(lambda x: np.min(x) if x.size else 0.0),
    "COUNT": folding(lambda x: x.size),
    "ABS": plain(abs),
    "ROUND": plain(rounded),
    "NOT": plain(lambda x: not x),
    "AND": truths(all),
    "OR": truths(any),
    "IF": choose,
    "IFERROR": unless_error,
    "SUMIFS": sum_ifs,
    "COUNTIFS": count_ifs,
    "SUMPRODUCT": sum_product,
    "INDEX": index,
    "MATCH": match,
    "ISFORMULA": formula_count,
}
"""Every function by name; a formula with another one does not pass the workbook's lint."""
