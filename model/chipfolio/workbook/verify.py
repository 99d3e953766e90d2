"""Verify a plan workbook without a solver: was anything changed, do formulas and checks hold?

The workbook is read as it is, every formula is computed anew, and three things are said: which
cells no longer bear the seal they were written with, which stored values are not what their
formulas come to, and which checks do not hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from ..contract.problems import Problem, shown
from ..errors import LockedError, WorkbookError
from .planbook import seal
from .planbook.comparison import CARDS
from .planbook.formula import Formula
from .planbook.operators import FormulaError, Value
from .planbook.sheets import TOP, Book, Sheet

RELATIVE = 1e-9
"""Stored values agree with recomputed ones within this share of their size (at least of 1)."""
MOST_TOLD = 25
"""Problems told one by one for each sheet; the rest are counted."""


@dataclass
class VerifyResult:
    """What verifying a plan workbook found."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    cells: int = 0
    formulas: int = 0
    checks: int = 0

    @property
    def ok(self) -> bool:
        """Whether the workbook is as it was written, and holds."""
        return not self.problems

    def __str__(self) -> str:
        if self.ok:
            return (
                f"{self.path.name} is as it was written: {self.cells:,} cells bear their seal, "
                f"{self.formulas:,} formulas come to their values, {self.checks} checks hold"
            )
        return "\n".join(str(problem) for problem in self.problems)


def verify_plan(path: Path | str) -> list[Problem]:
    """What is wrong with a plan workbook; empty where nothing is."""
    return verify(path).problems


def verify(path: Path | str) -> VerifyResult:
    """Recompute a plan workbook with no solver and compare it with its seal.

    WorkbookError where the file is no plan workbook at all.
    """
    path = Path(path)
    result = VerifyResult(path)
    formulas, values = load(path, False), load(path, True)
    sealed = read_seal(formulas)
    if not sealed and CARDS in formulas.sheetnames:
        need = (
            "sets scenarios side by side, each solved alone, and holds no plan to compute anew: "
            "solve one with --scenario NAME and give verify its workbook, BOOK-NAME-plan.xlsx"
        )
        raise WorkbookError([problem(path.name, "", need)])
    if not sealed and "Checks" not in formulas.sheetnames:
        need = "is no plan workbook: name a plan, its name ends in -plan.xlsx"
        raise WorkbookError([problem(path.name, "", need)])
    if not sealed:
        need = f"is not as written: it has no sheet named {seal.SHEET} with prints"
        result.problems.append(problem(path.name, "", need))
        return result
    book, stored = as_book(formulas, values, result)
    names = {name: defined.attr_text for name, defined in formulas.defined_names.items()}
    result.problems += compare_seal(book, names, sealed, result)
    if {sheet for sheet, _, _ in sealed} - {seal.WHOLE, seal.NAMES, *book.sheets}:
        return result  # nothing can be computed without the sheet that is gone
    result.problems += compare_values(book, stored, result)
    result.problems += compare_checks(book, result)
    return result


def problem(
    sheet: str, cell: str, need: str, value: object = "", severity: str = "fault"
) -> Problem:
    """One thing wrong at one place."""
    return Problem(sheet, cell, "", shown(value), need, severity=severity)


UNREADABLE = (
    InvalidFileException,
    BadZipFile,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    OSError,
)
"""What openpyxl raises for a file that is no workbook, or a broken one."""


def load(path: Path, values: bool) -> Workbook:
    """The workbook, as formulas or as stored values."""
    try:
        return openpyxl.load_workbook(path, data_only=values)
    except FileNotFoundError:
        raise WorkbookError([problem(path.name, "", "is not there: check the path")]) from None
    except PermissionError as error:
        raise LockedError(f"{path} cannot be read: close it if it is open in Excel") from error
    except UNREADABLE as error:
        need = "cannot be read as an Excel workbook (.xlsx): open it in Excel and save it again"
        raise WorkbookError([problem(path.name, "", need)]) from error


def read_seal(workbook: Workbook) -> list[tuple[str, int, str]]:
    """Sheet, row and prints, the whole workbook's first."""
    if seal.SHEET not in workbook.sheetnames:
        return []
    found = []
    for row in workbook[seal.SHEET].iter_rows(min_row=TOP + 1, max_col=3, values_only=True):
        if row[0] is not None and row[2] is not None:
            number = row[1] if isinstance(row[1], (int, float)) else 0
            found.append((str(row[0]), int(number), str(row[2])))
    return found


def as_book(
    formulas: Workbook, values: Workbook, result: VerifyResult
) -> tuple[Book, dict[str, dict[tuple[int, int], Value]]]:
    """The workbook as sheets that can be computed, and the values stored beside formulas."""
    book = Book()
    stored: dict[str, dict[tuple[int, int], Value]] = {}
    for worksheet in formulas.worksheets:
        sheet = book.add(Sheet(worksheet.title, "plan", worksheet.title))
        kept = values[worksheet.title]
        mine = stored[worksheet.title] = {}
        for line in worksheet.iter_rows():
            for cell in line:
                if cell.value is None:
                    continue
                place = (cell.row - 1, cell.column - 1)
                if cell.data_type == "f":
                    text = str(getattr(cell.value, "text", cell.value))
                    mine[place] = plain_value(kept.cell(*(n + 1 for n in place)).value)
                    result.formulas += 1
                    try:
                        sheet.formulas[place] = book.read(text, sheet, *place)
                    except FormulaError:
                        sheet.formulas[place] = Unread(text)  # type: ignore[assignment]
                else:
                    sheet.values[place] = plain_value(cell.value)
    for name, defined in formulas.defined_names.items():
        sheet_name, _, cell_name = defined.attr_text.rpartition("!")
        sheet_name = sheet_name.strip("'").replace("''", "'")
        if sheet_name in book.sheets and ":" not in cell_name:
            row, column = openpyxl.utils.cell.coordinate_to_tuple(cell_name.replace("$", ""))
            book.name(name, book.sheets[sheet_name], row - 1, column - 1)
    return book, stored


class Unread(Formula):
    """A formula that holds what no plan workbook is written with; it comes to an error."""

    def __init__(self, text: str) -> None:
        self.written = text

    def compute(self, row: int, column: int) -> Value:
        """An error, so that whatever stands on it shows one."""
        return "#NAME?"

    def text(self, row: int, column: int) -> str:
        """The formula as it stands."""
        return self.written


def plain_value(value: object) -> Value:
    """A cell's value as the book computes with it."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        return float(value)
    return str(value)


# ---------------------------------------------------------------------------- the seal
def compare_seal(
    book: Book, names: dict[str, str], sealed: list[tuple[str, int, str]], result: VerifyResult
) -> Iterator[Problem]:
    """Cells that no longer bear their seal, sheets that came or went."""
    rows = [entry for entry in sealed if entry[0] != seal.WHOLE]
    whole = next((entry[2] for entry in sealed if entry[0] == seal.WHOLE), "")
    if seal.whole_seal(rows) != whole:
        yield problem(seal.SHEET, "", "is not as written: its rows do not add up to their hash")
    names = {name: text for name, text in names.items() if not name.startswith("_xlnm")}
    if seal.seal_names(names) not in {entry[2] for entry in rows if entry[0] == seal.NAMES}:
        yield problem(seal.NAMES, "", "are not as written: a name was added, moved or taken away")
    by_sheet: dict[str, dict[int, str]] = {}
    for name, row, prints in rows:
        if name != seal.NAMES:
            by_sheet.setdefault(name, {})[row] = prints
    for name in book.sheets:
        if name not in by_sheet and name != seal.SHEET and seal.rows_of(book, name):
            yield problem(name, "", "was added after the plan was written", severity="fault")
    for name, prints in by_sheet.items():
        if name not in book.sheets:
            yield problem(name, "", "is gone: the plan was written with this sheet")
            continue
        yield from changed_cells(book, name, prints, result)


def changed_cells(
    book: Book, name: str, prints: dict[int, str], result: VerifyResult
) -> Iterator[Problem]:
    """Cells of a sheet that are not as written; a row put in or taken out is told as such."""
    cells = seal.rows_of(book, name)
    wrong: list[tuple[int, int]] = []
    for row in sorted({*prints, *(at + 1 for at in cells)}):
        mine = cells.get(row - 1, {})
        result.cells += len(mine)
        wrong += [(row, column) for column in seal.places(prints.get(row, ""), mine)]
    rows = sorted({row for row, _ in wrong})
    if rows and (shift := shifted(prints, cells, rows[0])):
        words = f"{shift} row{'s' if shift > 1 else ''} put in at row {rows[0]}"
        if shift < 0:
            words = f"{-shift} row{'s' if shift < -1 else ''} taken out at row {rows[0]}"
        yield problem(name, f"A{rows[0]}", f"is not as written: {words}")
        return
    for row, column in wrong[:MOST_TOLD]:
        text, value = cells.get(row - 1, {}).get(column, ("", None))
        yield problem(
            name, seal.address(row, column), "is not what was written there", text or value
        )
    if len(wrong) > MOST_TOLD:
        yield problem(name, "", f"has {len(wrong) - MOST_TOLD:,} more cells that were changed")


def shifted(prints: dict[int, str], cells: dict[int, dict], first: int) -> int:
    """By how many rows all that follows has moved; 0 where it has not."""
    fixed = [
        (row, seal_of_constants)
        for row, seal_of_constants in prints.items()
        if row >= first and row + 1 in prints
    ][:12]
    for by in (1, -1, 2, -2, 3, -3):
        hits = 0
        for row, due in fixed:
            mine = cells.get(row + by - 1, {})
            constants = {c: cell for c, cell in mine.items() if not cell[0]}
            found = seal.seal_row(constants).split()
            prints_due = due.split()
            same = [
                column
                for column in constants
                if column < len(prints_due) and found[column] == prints_due[column]
            ]
            hits += bool(same) and len(same) >= len(constants) - 1
        if fixed and hits >= max(1, len(fixed) - 2):
            return by
    return 0


# ---------------------------------------------------------------------------- values, checks
LAST_DIGITS = 4e-16
"""Share of a sheet's largest amount that sums and differences in it may be off."""


def compare_values(
    book: Book, stored: dict[str, dict[tuple[int, int], Value]], result: VerifyResult
) -> Iterator[Problem]:
    """Stored values that are not what their formulas come to."""
    if all(value is None for values in stored.values() for value in values.values()):
        need = "stores no value beside its formulas: a program saved it that does not compute; "
        yield problem(result.path.name, "", need + "open it in Excel and save it")
        return
    for name, values in stored.items():
        wrong = 0
        amounts = (abs(seen) for seen in values.values() if isinstance(seen, float))
        room = LAST_DIGITS * max(amounts, default=0.0)
        for (row, column), seen in values.items():
            due = book.value(name, row, column)
            if agrees(due, seen, room):
                continue
            wrong += 1
            if wrong <= MOST_TOLD:
                yield problem(
                    name,
                    seal.address(row + 1, column),
                    f"is stored, but the formula comes to {shown(due)!r}",
                    seen,
                )
        if wrong > MOST_TOLD:
            yield problem(name, "", f"has {wrong - MOST_TOLD:,} more values not as computed")


def agrees(due: Value, seen: Value, room: float) -> bool:
    """Whether a stored value is what its formula comes to.

    ``room`` is what differences of the sheet's largest amounts leave in their last digits.
    """
    if isinstance(due, float) and isinstance(seen, float):
        return abs(due - seen) <= max(room, RELATIVE * max(1.0, abs(due), abs(seen)))
    return (due or "") == (seen or "")


def compare_checks(book: Book, result: VerifyResult) -> Iterator[Problem]:
    """Checks of the workbook that do not hold, as recomputed."""
    sheet = book.sheets.get("Checks")
    if sheet is None:
        yield problem("Checks", "", "is gone: the plan was written with this sheet")
        return
    heads = {sheet.values.get((TOP - 1, column)): column for column in range(12)}
    row = TOP
    while (sentence := sheet.values.get((row, heads.get("check", 0)))) is not None:
        fails = book.value("Checks", row, heads.get("fails", 6))
        result.checks += 1
        if fails != 0.0:
            expected, found = (
                book.value("Checks", row, heads.get(name, at))
                for name, at in (("expected", 1), ("found", 2))
            )
            yield problem(
                "Checks",
                seal.address(row + 1, 0),
                f"does not hold: {shown(expected)} expected, {shown(found)} found",
                sentence,
            )
        row += 1
