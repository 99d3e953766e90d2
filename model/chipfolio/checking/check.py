"""From cells as found to checked tables: every fault in one pass, each at its cell."""

from __future__ import annotations

from datetime import datetime, time

from ..contract.inputs import INPUTS
from ..contract.periods import PATTERNS, Calendar, label_of, month_of
from ..contract.problems import Problem, fold, missing_from, near_match, shown
from ..contract.schema import IGNORED_HEADERS, NUMERIC, SEPARATOR, Column, Kind, Table
from ..errors import WorkbookError
from ..tables import Accounting, Row, Tables, Unread
from .blocks import in_blocks
from .cells import YES, Fault, as_text, check_name, check_seen, check_text, number_of
from .likely import likely_period
from .names import names_in
from .no_rows import no_row
from .ordered import in_order
from .raw import RawBook, RawColumn, RawTable, Unreadable
from .rules import across_rows
from .written import follow_demand, missing_periods

LONGEST_TEXT = 4096
NAMING = ("member", "item", "country")
"""Columns of plain text whose cells are names all the same."""


class Checker:
    """One pass over a raw book; collects problems and typed rows."""

    def __init__(self, book: RawBook) -> None:
        self.book = book
        self.problems: list[Problem] = list(book.problems)
        self.names: dict[str, dict[str, str]] = {}
        self.nameless: set[str] = set()
        """Sheets with a row whose name is at fault: a name that is missed may be that one."""
        self.meant: set[tuple[str, str]] = set()
        """Columns by sheet that a header of another name was probably meant for."""
        self.calendar: Calendar | None = None
        self.accounting: list[Accounting] = []
        self.cells_read = 0
        self.unread: list[Unread] = list(book.unread)

    # ------------------------------------------------------------------ reporting
    def report(
        self,
        table: RawTable,
        cell: str,
        column: str,
        value: object,
        need: str,
        near: str = "",
        severity: str = "fault",
    ) -> None:
        """Note one problem at its cell."""
        seen = shown(value.shown if isinstance(value, Unreadable) else value)
        self.problems.append(Problem(table.title, cell, column, seen, need, near, severity))

    # ------------------------------------------------------------------ the pass
    def run(self) -> Tables:
        """Check everything; WorkbookError with all problems where there is a fault."""
        for table in INPUTS.values():
            told = any(fold(problem.sheet) == fold(table.name) for problem in self.book.problems)
            if table.required and table.name not in self.book.tables and not told:
                near = self.book.likely.get(table.name) or near_match(
                    table.name, self.book.ignored_sheets
                )
                self.problems.append(
                    Problem(table.name, "", "", "", "the sheet is missing: it is required.", near)
                )
        settings = self.settings()
        self.names, self.nameless = names_in(self.book)
        sheets: dict[str, list[Row]] = {}
        for table in INPUTS.values():
            raw = self.book.tables.get(table.name)
            if raw is not None and not table.vertical:
                sheets[table.name] = self.rows(table, raw)
        calendar = self.calendar or Calendar(2000 * 12, 3, 1)
        tables = Tables(
            name=self.book.name,
            sha256=self.book.sha256,
            settings=settings,
            sheets=sheets,
            calendar=calendar,
            accounting=self.accounting,
            cells_read=self.cells_read,
            unread=self.unread,
            frames={
                name: [[column.header for column in raw.columns], *(row for _, row in raw.rows)]
                for name, raw in self.book.tables.items()
            },
            numbers={
                name: [raw.header_row, *(number for number, _ in raw.rows)]
                for name, raw in self.book.tables.items()
            },
        )
        if self.calendar is not None:
            self.problems.extend(across_rows(tables, self.book))
        tables.sheets = {name: in_order(INPUTS[name], rows) for name, rows in sheets.items()}
        self.problems = in_blocks(self.problems)
        if any(problem.severity == "fault" for problem in self.problems):
            raise WorkbookError(self.problems, self.unread)
        tables.warnings = self.problems
        return tables

    # ------------------------------------------------------------------ settings
    def settings(self) -> dict[str, object]:
        """Settings by name, defaults filled in; the calendar follows from them."""
        table = INPUTS["Settings"]
        values = {column.name: column.default for column in table}
        values["terminal_value"] = True
        values["months_per_period"] = 3
        raw = self.book.tables.get("Settings")
        if raw is None:
            return values
        heads = [fold(column.header) for column in raw.columns]
        found = {}
        for wanted in ("name", "value"):
            if wanted not in heads:
                self.report(raw, f"A{raw.header_row}", wanted, None, "the column is missing.")
                self.count_cells(raw, set())
                return values
            found[wanted] = heads.index(wanted)
        self.unknown_headers(table, raw, extra=("name", "value", "unit", "meaning"))
        self.count_cells(raw, set(found.values()))
        letter = raw.columns[found["value"]].letter
        name_letter = raw.columns[found["name"]].letter
        used = 0
        seen: dict[str, int] = {}
        cells: dict[str, tuple[str, object]] = {}
        declared = {column.name: column for column in table}
        for number, row in raw.rows:
            name, value = row[found["name"]], row[found["value"]]
            if name is None:
                if value is not None:
                    self.report(
                        raw, f"{letter}{number}", "value", value, "stands beside no setting's name."
                    )
                continue
            used += 1
            key = fold(name)
            if key not in declared:
                near = near_match(str(name), declared)
                need = "is no setting of the contract."
                self.report(raw, f"{name_letter}{number}", "name", name, need, near)
                continue
            if key in seen:
                need = f"is set already in row {seen[key]}."
                self.report(raw, f"{name_letter}{number}", "name", name, need)
                continue
            seen[key] = number
            cells[key] = (f"{letter}{number}", value)
        self.accounting.append(
            Accounting("Settings", len(raw.rows), used, len(raw.rows) - used, "no name")
        )
        # a period can only be read once its length is known, so that setting comes first
        for name in sorted(declared, key=lambda name: name != "months_per_period"):
            place, value = cells.get(name, (f"{name_letter}{raw.header_row}", None))
            if value is None:
                if declared[name].required:
                    self.report(raw, place, name, None, "is required: give it a value.")
                continue
            if declared[name].kind is Kind.PERIOD or name == "first_period":
                self.time_of_day(raw, place, name, value)
            try:
                values[name] = self.setting(declared[name], value, values["months_per_period"])
            except Fault as fault:
                self.report(raw, place, name, value, fault.need, fault.near)
                if name == "months_per_period":
                    values[name] = None
        follow_demand(values, self.book.tables.get("Demand"))
        if isinstance(values["first_period"], int) and isinstance(values["periods"], int):
            self.calendar = Calendar(
                first_month=values["first_period"],
                months=values["months_per_period"],
                count=values["periods"],
                fiscal_year_start_month=values["fiscal_year_start_month"],
                discount_rate=values["discount_rate"] or 0.0,
                cash_timing=values["cash_timing"],
            )
            values["first_period"] = self.calendar.label(0)
        return values

    def setting(self, column: Column, value: object, months: int | None) -> object:
        """Typed value of a setting; the first period as months since year 0.

        ``months`` is None where the length of a period is at fault: no label is judged then.
        """
        if column.name == "months_per_period":
            return int(self.value(column, value))
        if column.name != "first_period":
            return self.value(column, value)
        if months is None:
            return None
        month = None if isinstance(value, Unreadable) else month_of(value, months)
        if month is None:
            length = "a month" if months == 1 else f"{months} months"
            need = f"is no period of {length}: write it like {label_of(2027, 1, months)}."
            raise Fault(need, likely_period(value, months))
        return month

    # ------------------------------------------------------------------ one sheet
    def unknown_headers(
        self, table: Table, raw: RawTable, extra: tuple[str, ...] = ()
    ) -> dict[str, int]:
        """Place of each known column; faults for unknown, unnamed and repeated ones.

        What an unknown one may mean is noted, so that it is not told to be missing as well.
        """
        known = set(table.names) | set(extra)
        place: dict[str, int] = {}
        for at, column in enumerate(raw.columns):
            cell = f"{column.letter}{raw.header_row}"
            if isinstance(column.header, Unreadable):
                self.report(raw, cell, "", column.header, column.header.need)
                continue
            if column.header is None:
                if any(row[at] is not None for _, row in raw.rows):
                    need = "holds values but has no name: name it, or begin it with note."
                    self.report(raw, cell, "", None, f"column {column.letter} {need}")
                continue
            head = fold(column.header)
            if table.wide and self.names_period(column):
                continue
            if head in known:
                if head in place:
                    self.report(raw, cell, str(column.header), None, "stands twice in the sheet.")
                place.setdefault(head, at)
            elif not head.startswith(IGNORED_HEADERS):
                likely = self.likely_period(column.header) if table.wide else ""
                near = likely or near_match(head, known)
                need = "is no column of this sheet; free columns begin with note, source or as of."
                try:
                    check_seen(as_text(column.header))
                except Fault as fault:
                    need = fault.need
                self.meant.add((table.name, near))
                self.report(raw, cell, "", column.header, need, near)
        return place

    def count_cells(self, raw: RawTable, used: set[int]) -> None:
        """Count the cells of the columns that are used; list the other columns as not read."""
        last = max((number for number, _ in raw.rows), default=raw.header_row)
        for at, column in enumerate(raw.columns):
            if at in used:
                self.cells_read += column.filled
                continue
            area = f"{column.letter}{raw.header_row}:{column.letter}{last}"
            head = shown(column.header) if not isinstance(column.header, Unreadable) else ""
            free = fold(head).startswith(IGNORED_HEADERS) or (
                raw.sheet == "Settings" and fold(head) in ("unit", "meaning")
            )
            why = f"the {'free ' if free else ''}column {head}".rstrip()
            self.unread.append(Unread(raw.title, area, column.filled, "column", why, free))

    def period(self, column: RawColumn) -> int | None:
        """Position that a header names; None where it is no period."""
        if self.calendar is None or column.header is None:
            return None
        if isinstance(column.header, str) and self.calendar.months == 12:
            text = column.header.strip()
            return self.calendar.position(text) if text.isdigit() else None
        return self.calendar.position(column.header)

    def names_period(self, column: RawColumn) -> bool:
        """Whether a header names a period, of whatever length while the settings do not say."""
        if self.calendar is not None:
            return self.period(column) is not None
        return any(month_of(column.header, months) is not None for months in PATTERNS)

    def rows(self, table: Table, raw: RawTable) -> list[Row]:
        """Checked rows of one sheet."""
        place = self.unknown_headers(table, raw)
        for column in table:
            named = column.name in place or (table.name, column.name) in self.meant
            if column.required and not named:
                need = "the column is missing: it is required."
                self.report(raw, f"A{raw.header_row}", column.name, None, need)
        wide = self.period_columns(table, raw) if table.wide else {}
        inside = {
            at
            for position, at in wide.items()
            if self.calendar is None or 0 <= position < self.calendar.count
        }
        self.count_cells(raw, {*place.values(), *inside})
        letters = {name: raw.columns[at].letter for name, at in place.items()}
        rows: list[Row] = []
        seen: dict[tuple[object, ...], int] = {}
        ignored = 0
        for number, cells in raw.rows:
            if all(cells[at] is None for at in (*place.values(), *wide.values())):
                ignored += 1
                continue
            if found := no_row(table, cells, place, self.names):
                at, need = found
                self.report(raw, f"{raw.columns[at].letter}{number}", "", cells[at], need)
                continue
            values = self.cells(table, raw, number, cells, place)
            over_time = self.wide_cells(table, raw, number, cells, wide)
            row = Row(values, table.name, number, letters, over_time)
            if table.key and not any(values[name] is None for name in table.key):
                key = tuple(fold(values[name]) for name in table.key)
                if table.name == "Custom rules":
                    key = (*key, number)
                if key in seen:
                    need = f"is in row {seen[key]} already: names must be unique."
                    name = SEPARATOR.join(shown(values[name]) for name in table.key)
                    self.report(raw, row.cell(table.key[-1]), table.key[-1], name, need)
                seen.setdefault(key, number)
            rows.append(row)
        if table.required and not rows and not any(p.sheet == raw.title for p in self.problems):
            need = "holds no row: it is required, so fill in at least one."
            self.report(raw, f"A{raw.header_row + 1}", "", None, need)
        reason = "no value in any column of the contract" if ignored else ""
        self.accounting.append(
            Accounting(table.name, len(raw.rows), len(raw.rows) - ignored, ignored, reason)
        )
        return rows

    def cells(
        self,
        table: Table,
        raw: RawTable,
        number: int,
        cells: list[object],
        place: dict[str, int],
    ) -> dict[str, object]:
        """Typed values of one row; what cannot be read becomes None and a fault."""
        values: dict[str, object] = {}
        for column in table:
            at = place.get(column.name)
            value = cells[at] if at is not None else None
            if value is None:
                values[column.name] = default_of(column)
                if column.required and at is not None and (number, at) not in raw.merged:
                    cell = f"{raw.columns[at].letter}{number}"
                    need = f"is blank: {column.takes} is needed."
                    self.report(raw, cell, column.name, None, need)
                continue
            cell = f"{raw.columns[at].letter}{number}"
            try:
                values[column.name] = self.value(column, value, own=column.name in table.key)
            except Fault as fault:
                values[column.name] = default_of(column)
                self.report(raw, cell, column.name, value, fault.need, fault.near)
            if column.kind is Kind.PERIOD:
                self.time_of_day(raw, cell, column.name, value)
        return values

    def time_of_day(self, raw: RawTable, cell: str, column: str, value: object) -> None:
        """A warning where a period is given with a time of day."""
        if isinstance(value, datetime) and value.time() != time():
            need = "holds a time of day, which is not used: a period is meant."
            self.report(raw, cell, column, value, need, severity="warning")

    def period_columns(self, table: Table, raw: RawTable) -> dict[int, int]:
        """Place of each period's column; missing and repeated ones are faults where it matters."""
        found: dict[int, int] = {}
        outside = []
        for at, column in enumerate(raw.columns):
            position = self.period(column)
            if position is None or fold(column.header) in table.names:
                continue
            if position in found:
                cell = f"{column.letter}{raw.header_row}"
                self.report(raw, cell, "", column.header, "names a period that has a column.")
                continue
            found[position] = at
            self.time_of_day(raw, f"{column.letter}{raw.header_row}", "", column.header)
            if self.calendar and not 0 <= position < self.calendar.count:
                outside.append(str(column.header))
        if outside:
            need = f"holds periods outside the plan, which are not used: {', '.join(outside)}."
            self.report(raw, f"A{raw.header_row}", "", None, need, severity="warning")
        if table.name == "Demand" and self.calendar:
            meant = {label for sheet, label in self.meant if sheet == table.name}
            for labels in missing_periods(self.calendar, found, meant):
                need = f"the column for {labels[0]} is missing (write 0 for none)."
                if len(labels) > 1:
                    need = f"the {len(labels)} columns for {labels[0]} to {labels[-1]} are missing "
                    need += "(write 0 for none)."
                column = labels[0] if len(labels) == 1 else ""
                self.report(raw, f"A{raw.header_row}", column, None, need)
        return found

    def wide_cells(
        self,
        table: Table,
        raw: RawTable,
        number: int,
        cells: list[object],
        wide: dict[int, int],
    ) -> dict[int, object]:
        """Values of the period columns of one row by position."""
        values: dict[int, object] = {}
        for position, at in wide.items():
            value = cells[at]
            column = raw.columns[at]
            cell = f"{column.letter}{number}"
            inside = self.calendar is not None and 0 <= position < self.calendar.count
            if value is None:
                if table.name == "Demand" and inside:
                    self.report(raw, cell, str(column.header), None, "is blank: write 0 for none.")
                values[position] = None
                continue
            if table.name == "Timeline" and isinstance(value, str) and fold(value) == "none":
                values[position] = "none"
                continue
            try:
                low = 0 if table.name == "Demand" else None
                values[position] = number_of(value, Column("", Kind.NUMBER, "", "", low=low))
            except Fault as fault:
                values[position] = 0.0 if table.name == "Demand" else None
                self.report(raw, cell, str(column.header), value, fault.need)
        return values

    # ------------------------------------------------------------------ one cell
    def value(self, column: Column, value: object, own: bool = False) -> object:
        """The typed value of a cell; Fault where it is not what the column takes."""
        if isinstance(value, Unreadable):
            raise Fault(value.need)
        if column.kind in NUMERIC:
            return number_of(value, column)
        if column.kind is Kind.PERIOD:
            if self.calendar is None:
                return None
            position = self.calendar.position(value)
            if position is None:
                first = self.calendar.label(0)
                raise Fault(f"is no period: write it like {first}.", self.likely_period(value))
            return position
        if column.kind is Kind.YES_NO:
            answer = YES.get(fold(value))
            if answer is None:
                raise Fault("is neither yes nor no.")
            return answer
        if column.kind in (Kind.NAME, Kind.NAMES) or column.name in NAMING:
            check_text(value)
        text = as_text(value)
        if len(text) > LONGEST_TEXT:
            raise Fault(f"is longer than {LONGEST_TEXT:,} characters.")
        check_seen(text)
        if column.kind is Kind.CHOICE:
            folded = fold(text)
            for choice in column.choices:
                if fold(choice) == folded:
                    return choice
            need = "is not one of " + ", ".join(column.choices) + "."
            raise Fault(need, near_match(text, column.choices))
        if column.kind is Kind.NAMES:
            return tuple(
                self.reference(column, part.strip()) for part in text.split(",") if part.strip()
            )
        if column.kind is Kind.NAME:
            if column.refers_to:
                return self.reference(column, text)
            if own:
                check_name(text)
        return text

    def likely_period(self, value: object) -> str:
        """The label that a text may mean; blank where none is clear or no calendar is known."""
        if self.calendar is None:
            return ""
        start = self.calendar.fiscal_year_start_month
        return likely_period(value, self.calendar.months, start)

    def reference(self, column: Column, text: str) -> str:
        """The name as its own sheet spells it; Fault where no sheet has it."""
        for word in column.also:
            if fold(word) == fold(text):
                return word
        sheets = column.refers_to.split("|")
        if all(INPUTS[sheet].required and sheet not in self.names for sheet in sheets):
            return text  # the sheet that would tell is at fault itself
        folded = fold(text)
        for sheet in sheets:
            if folded in self.names.get(sheet, ()):
                return self.names[sheet][folded]
        known = {key: name for sheet in sheets for key, name in self.names.get(sheet, {}).items()}
        where = " or ".join(sheets)
        near = near_match(text, known.values())
        if not near and self.nameless.intersection(sheets):
            return text
        raise Fault(missing_from(where, known.values(), near), near)


def check(book: RawBook) -> Tables:
    """Checked tables of a raw book; WorkbookError lists every fault and warning."""
    return Checker(book).run()


def default_of(column: Column) -> object:
    """The value of a blank cell."""
    if column.kind is Kind.YES_NO:
        return column.default == "yes"
    if column.kind is Kind.NAMES:
        return ()
    return column.default
