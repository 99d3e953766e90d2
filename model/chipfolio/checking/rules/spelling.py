"""Spellings are settled first: the other rules, and every room, compare names exactly."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from ...contract.dimensions import DIMENSIONS, SERVED_DIMENSIONS
from ...contract.inputs import CHANGED_BESIDE_VARYING, INPUTS, REMOVED
from ...contract.problems import Problem, fold, missing_from, near_match, shown
from ...contract.schema import SEPARATOR, Column, Kind, Table
from ...tables import Row
from ..cells import YES, Fault, number_of
from ..likely import likely_number
from ..raw import Unreadable
from .view import (
    BUDGET_LINES,
    COUNTED_BY,
    NAMED_ON,
    PLAIN_NUMBER,
    View,
    listed,
)


def one_name_has_one_spelling(view: View) -> Iterator[Problem]:
    """Rows of one scheme or rule, and of one country of vendors or sites, are spelled alike."""
    free = [
        listed
        for listed in dict.fromkeys(found.listed_on for found in DIMENSIONS.values())
        if listed[1] not in INPUTS[listed[0]].key
        and not INPUTS[listed[0]].column(listed[1]).choices
    ]
    for sheet, column in (("Discounts", "discount"), ("Custom rules", "rule"), *free):
        first: dict[str, str] = {}
        for row in view.rows(sheet):
            name = row.get(column)
            if name is not None:
                row[column] = first.setdefault(fold(name), str(name))
    yield from ()


def timeline_names_values_that_vary(view: View) -> Iterator[Problem]:
    """A row of Timeline names a sheet, an item of it and a column that may vary."""
    for row in view.rows("Timeline"):
        table = yield from settled_sheet(view, row)
        if table is None:
            continue
        if not any(column.varies for column in table):
            need = "holds nothing that varies over time."
            if table.name == "Demand":
                need = "has its own columns by period: write the values there."
            yield view.fault(row, "sheet", need)
            continue
        column = yield from settled_column(view, row, table, lambda column: column.varies)
        item = yield from settled_item(view, row, table)
        if column is None or item is None:
            continue
        yield from timeline_values(view, row, column)


def timeline_values(view: View, row: Row, column: Column) -> Iterator[Problem]:
    """Values of a Timeline row obey the limits of the column that they override."""
    for at, value in row.over_time.items():
        if value is None:
            continue
        need = ""
        if value == "none":
            if not takes_none(column):
                need = f"is no value of {column.name}: only a limit can be taken away."
        else:
            try:
                number_of(value, column)
            except Fault as fault:
                need = fault.need
        if need:
            title, cell = view.title("Timeline"), period_cell(view, row, at)
            yield Problem(title, cell, column.name, shown(value), need)


def takes_none(column: Column) -> bool:
    """Whether a blank cell of a column means that there is no limit."""
    return not column.required and column.default is None


def period_cell(view: View, row: Row, at: int) -> str:
    """Address of a wide row's cell in a period."""
    names = INPUTS[row.sheet].names
    for head in view.book.tables[row.sheet].columns:
        if head.header is None or isinstance(head.header, Unreadable):
            continue
        if fold(head.header) not in names and view.calendar.position(head.header) == at:
            return f"{head.letter}{row.number}"
    return row.cell("")


def settled_sheet(view: View, row: Row) -> Generator[Problem, None, Table | None]:
    """The sheet that a row names, spelled as the contract does; returns its table."""
    text = row.get("sheet")
    if text is None:
        return None
    known = {fold(name): table for name, table in INPUTS.items()}
    table = known.get(fold(text))
    if table is None:
        yield view.fault(row, "sheet", "is no sheet of the contract.", near_match(text, INPUTS))
        return None
    row["sheet"] = table.name
    return table


def settled_column(
    view: View, row: Row, table: Table, legal: Callable[[Column], bool]
) -> Generator[Problem, None, Column | None]:
    """The column that a row names, spelled as the contract does; returns it."""
    text = row.get("column")
    if text is None:
        return None
    columns = columns_of(table)
    able = [column.name for column in columns if legal(column)]
    column = next((column for column in columns if fold(column.name) == fold(text)), None)
    if column is None or not legal(column):
        what = "is no column of" if column is None else "cannot change on"
        need = f"{what} {table.name}: choose {', '.join(able)}."
        yield view.fault(row, "column", need, near_match(text, able))
        return None
    row["column"] = column.name
    return column


def columns_of(table: Table) -> tuple[Column, ...]:
    """Columns that a change may name: those of the sheet, and whether a stage completes."""
    return (*table, COMPLETES) if table.name == "Programme stages" else table.columns


def settled_item(
    view: View, row: Row, table: Table, every: bool = False
) -> Generator[Problem, None, str | None]:
    """The item that a row names, spelled as on its own sheet; returns it."""
    text = row.get("item")
    if text is None:
        return None
    if every and fold(text) == "all":
        row["item"] = "all"
        return "all"
    known = view.items(table.name)
    if fold(text) not in known:
        near = near_match(text, known.values())
        need = missing_from(table.name, known.values(), near)
        if len(table.key) > 1:
            need = f"is not on sheet {table.name}: write it as {SEPARATOR.join(table.key)}."
        yield view.fault(row, "item", need, near)
        return None
    row["item"] = known[fold(text)]
    return known[fold(text)]


def scenario_changes_name_what_may_change(view: View) -> Iterator[Problem]:
    """A change names a scenario's sheet, item and column that may change, and a fitting value."""
    for row in view.rows("Scenario changes"):
        operation = row.get("operation")
        table = yield from settled_sheet(view, row)
        if table is None:
            continue
        may_change = changeable(table)
        able = [column.name for column in columns_of(table) if may_change(column)]
        column = None
        if operation == "remove" or table.name == "Demand":
            yield from settled_without_column(view, row, table)
        elif not able:
            need = "holds nothing that scenarios can change."
            if table.name in REMOVED:
                need = "holds no value that scenarios can change: only the operation remove, which "
                need += "withdraws a row from … to."
            yield view.fault(row, "sheet", need)
        elif row.get("column") is None and view.blank(row, "column"):
            yield view.fault(row, "column", f"is blank: name what changes ({', '.join(able)}).")
        else:
            column = yield from settled_column(view, row, table, may_change)
        yield from settled_item(view, row, table, every=True)
        yield from settled_value(view, row, table, column)


def changeable(table: Table) -> Callable[[Column], bool]:
    """Whether scenarios may change a column of that sheet."""
    return lambda column: column.varies or (table.name, column.name) in CHANGED_BESIDE_VARYING


def settled_without_column(view: View, row: Row, table: Table) -> Iterator[Problem]:
    """Demand, and a removal, name no column; only offers, deals and contracts are removed."""
    if row.get("operation") == "remove" and table.name not in REMOVED:
        yield view.fault(row, "operation", f"takes from {listed(REMOVED)} only, not {table.name}.")
    column = row.get("column")
    if column is not None:
        row["column"] = None
        why = "a removal" if row.get("operation") == "remove" else "Demand"
        yield view.fault(row, "column", f"must be blank for {why}.")


def settled_value(view: View, row: Row, table: Table, column: Column | None) -> Iterator[Problem]:
    """The value of a change as a number, yes, no or none, as its operation needs."""
    operation, text = row.get("operation"), row.get("value")
    if operation is None or (text is None and not view.blank(row, "value")):
        return
    if operation == "remove":
        if text is not None:
            yield view.fault(row, "value", "must be blank for a removal.")
        return
    if text is None:
        yield view.fault(row, "value", f"is blank: {operation} needs a value.")
        return
    if column is COMPLETES:
        answer = YES.get(fold(text))
        if answer is None or operation != "set":
            yield view.fault(row, "value", "is no answer: completes is set to yes or no.")
        row["value"] = "no" if answer is False else "yes"
        return
    if fold(text) == "none":
        row["value"] = "none"
        if operation != "set" or column is None or not takes_none(column):
            what = column.name if column is not None else table.name
            yield view.fault(
                row, "value", f"is no value for {what}: only a limit can be set to it."
            )
        return
    if not PLAIN_NUMBER.fullmatch(str(text)):
        likely = likely_number(str(text), column)
        means = f"; it may mean {likely:,.10g}" if likely is not None else ""
        yield view.fault(row, "value", f"is not a number{means}: type it as a number.")
        row["value"] = 1.0 if operation == "multiply" else 0.0
        return
    row["value"] = float(text)
    limits = column or DEMANDED
    if operation == "multiply":
        limits = FACTOR
    elif operation == "add":
        limits = STEP
    try:
        number_of(row["value"], limits)
    except Fault as fault:
        yield view.fault(row, "value", fault.need)


COMPLETES = Column("completes", Kind.YES_NO, "", "Whether a stage ever finishes.", default="yes")


DEMANDED = Column("demand", Kind.NUMBER, "", "Work asked for.", low=0)


FACTOR = Column("factor", Kind.NUMBER, "", "What a value is multiplied by.", low=0)


STEP = Column("step", Kind.NUMBER, "", "What is added to a value.")


def budget_lines_are_cash_lines(view: View) -> Iterator[Problem]:
    """A budget names cash lines, capex, opex or all, each once."""
    known = {fold(line): line for line in BUDGET_LINES}
    for row in view.rows("Budgets"):
        text = row.get("lines")
        if text is None:
            continue
        lines = []
        for part in str(text).split(","):
            if not part.strip():
                continue
            line = known.get(fold(part)) or known.get(fold(part).replace(" ", "_"))
            if line is None:
                need = f"names {part.strip()!r}, which is no cash line, capex, opex or all."
                yield view.fault(row, "lines", need, near_match(part, BUDGET_LINES))
            elif line in lines:
                yield view.fault(row, "lines", f"names {line} twice.")
            else:
                lines.append(line)
        if not lines and view.seen(row, "lines") is not None and not text.strip(", "):
            yield view.fault(row, "lines", "names no line.")
        if len(lines) > 1 and "all" in lines:
            yield view.warning(row, "lines", "counts every line already by all, others twice.")
        row["lines"] = ", ".join(lines)


def share_rules_split_what_can_be_split(view: View) -> Iterator[Problem]:
    """A share rule names a member of its dimension and a basis that the dimension can split."""
    for row in view.rows("Share rules"):
        dimension, basis = row.get("dimension"), row.get("basis")
        if basis == "served" and dimension is not None and dimension not in SERVED_DIMENSIONS:
            need = f"cannot split served work: use {', '.join(SERVED_DIMENSIONS)}."
            yield view.fault(row, "dimension", need)
        if basis is not None and basis != "served" and row.get("workload") is not None:
            yield view.fault(row, "workload", f"is for basis served only, not for {basis}.")
        yield from settled_member(view, row, each=True)


def custom_rules_count_what_can_be_counted(view: View) -> Iterator[Problem]:
    """A custom rule's quantity, dimension, member and workload fit together."""
    for row in view.rows("Custom rules"):
        quantity, dimension = row.get("quantity"), row.get("dimension")
        if row.get("dimension") is None and row.get("member") is not None:
            if view.blank(row, "dimension"):
                yield view.fault(row, "dimension", "is blank: a member needs its dimension.")
        elif row.get("member") is None and row.get("dimension") is not None:
            if view.blank(row, "member"):
                yield view.fault(row, "member", f"is blank: name a {dimension}, or no dimension.")
        else:
            yield from settled_member(view, row, each=False)
        if quantity is None:
            continue
        if dimension is not None and dimension not in COUNTED_BY[quantity]:
            need = f"does not narrow {quantity}: use {', '.join(COUNTED_BY[quantity])}."
            yield view.fault(row, "dimension", need)
        if row.get("workload") is not None and quantity not in ("served", "unmet"):
            yield view.fault(row, "workload", f"is for served and unmet only, not for {quantity}.")
        elif row.get("workload") is not None and dimension == "workload":
            yield view.fault(row, "workload", "is named as the member already: leave it blank.")


def settled_member(view: View, row: Row, each: bool) -> Iterator[Problem]:
    """The member that a rule names, spelled as on its own sheet."""
    dimension, member = row.get("dimension"), row.get("member")
    if dimension is None or member is None:
        return
    if each and fold(member) == "each":
        row["member"] = "each"
        return
    known = view.members(dimension)
    if fold(member) in known:
        row["member"] = known[fold(member)]
        return
    where = f"sheet {'Programme stages' if dimension == 'stage' else NAMED_ON[dimension][0]}"
    if dimension == "stage":
        where += ": write it as programme / number"
    near = near_match(member, known.values())
    there = f", which has {listed(known.values())}" if known and not near else ""
    need = f"is no {dimension} on {where}{there}."
    if fold(member) == "each":
        need = f"stands for one {dimension} at a time here: each is for Share rules."
    yield view.fault(row, "member", need, near)
