"""One sentence for a block: problems of neighbouring cells that say the same are told once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from ..contract.problems import Problem

CELL = re.compile("([A-Z]{1,3})([0-9]+)")


def in_blocks(problems: list[Problem]) -> list[Problem]:
    """The problems, those of one sentence in neighbouring cells told once for the whole block.

    First cells of one row are joined, then such rows of equal width; the order is kept.
    """
    cells: dict[Problem, list[tuple[int, int]]] = {}
    told: dict[Problem, Problem] = {}
    seen: dict[Problem, int] = {}
    for problem in problems:
        same = replace(problem, column="")
        seen[same] = seen.get(same, 0) + 1
    for problem in problems:
        match = CELL.fullmatch(problem.cell) if problem.need.startswith("is ") else None
        if seen[replace(problem, column="")] > 1:
            match = None  # of two columns that stand nowhere: no block
        kind = replace(problem, cell="", column="") if match else problem
        told.setdefault(kind, problem)
        if match:
            cells.setdefault(kind, []).append((int(match[2]), number_of(match[1])))
    columns = {(problem.sheet, problem.cell): problem.column for problem in problems}
    found = []
    for kind, problem in told.items():
        if kind not in cells:
            found.append(problem)
        for first, last, count in rectangles(cells.get(kind, ())):
            start, end = cell_of(*first), cell_of(*last)
            column = columns[kind.sheet, start] if first[1] == last[1] else ""
            area = start if count == 1 else f"{start}:{end}"
            found.append(replace(kind, cell=area, column=column, cells=count))
    return found


def rectangles(
    cells: Iterable[tuple[int, int]],
) -> list[tuple[tuple[int, int], tuple[int, int], int]]:
    """Cells as rectangles: (first, last, how many), in reading order."""
    spans: list[list[int]] = []  # row, first column, last column
    for row, column in sorted(set(cells)):
        if spans and spans[-1][0] == row and spans[-1][2] == column - 1:
            spans[-1][2] = column
        else:
            spans.append([row, column, column])
    open_: dict[tuple[int, int], list[int]] = {}
    blocks: list[list[int]] = []  # first row, last row, first column, last column
    for row, left, right in spans:
        block = open_.get((left, right))
        if block is not None and block[1] == row - 1:
            block[1] = row
        else:
            block = [row, row, left, right]
            open_[left, right] = block
            blocks.append(block)
    return [
        ((top, left), (bottom, right), (bottom - top + 1) * (right - left + 1))
        for top, bottom, left, right in blocks
    ]


def number_of(letters: str) -> int:
    """The number of a column, counted from 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def cell_of(row: int, column: int) -> str:
    """A cell as Excel writes it; rows and columns are counted from 1."""
    return f"{letters_of(column)}{row}"


def letters_of(column: int) -> str:
    """The letters of a column, counted from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
