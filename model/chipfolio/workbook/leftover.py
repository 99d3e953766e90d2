"""What stands in a workbook outside its tables: every cell listed, and told where it was meant.

A cell is never lost without a word. A sheet that is none of the contract, or a title above a
table, is listed as free. A column beside an Excel table, rows below it, or a second table are a
fault where they look as if they were meant to be read, and a warning otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from openpyxl.utils import get_column_letter

from ..checking.raw import RawBook
from ..contract.inputs import INPUTS
from ..contract.problems import Problem, fold, near_match, shown
from ..contract.schema import IGNORED_HEADERS, SUMS
from ..tables import OWN, Unread, counted
from .areas import (
    HEADER_ROWS,
    SPELLED,
    Area,
    At,
    address,
    boxed,
    is_period,
    near_sheet,
    table_of_heads,
)
from .own_words import is_own

LISTED = 6
"""How many places a message lists before it only counts."""
AROUND = [(down, across) for down in (-1, 0, 1) for across in (-1, 0, 1)]
"""Steps to the cells that touch a cell, itself among them."""
LEAVE_OUT = "or begin its name with note to leave it out."


def apart(grid: Mapping[At, object], sheet: str) -> tuple[dict[At, object], dict[At, object]]:
    """The cells that hold the template's own words, and the others."""
    own = {at: value for at, value in grid.items() if is_own(sheet, at, value)}
    return own, {at: value for at, value in grid.items() if at not in own}


def list_own(book: RawBook, title: str, own: Mapping[At, object]) -> None:
    """List the template's own words on a sheet."""
    if own:
        book.unread.append(Unread(title, boxed(own), len(own), OWN, "the template's own words"))


# ---------------------------------------------------------------------------- sheets of no table
def list_free_sheet(book: RawBook, title: str, grid: Mapping[At, object]) -> None:
    """List a sheet that is none of the contract; say so where it was probably meant for one.

    ``grid`` holds the values by row and column. All tables of the book must be known by now.
    """
    book.ignored_sheets.append(title)
    own, grid = apart(grid, title)
    list_own(book, title, own)
    if own and not grid:
        return
    book.unread.append(Unread(title, boxed(grid), len(grid), "sheet", "no sheet of the contract"))
    if fold(title).startswith(IGNORED_HEADERS):
        return
    found = table_on(grid)
    near = near_sheet(title) or near_sheet(title.partition(" - ")[0])
    if not found:
        if near:
            need = "is no sheet of the contract and is not read."
            book.problems.append(Problem(title, "", "", "", need, near, "warning"))
        return
    known = book.tables.get(found)
    if known is not None and known.rows:
        need = f"holds the columns of {found}, which is read from sheet {known.title}: not read."
        book.problems.append(Problem(title, "", "", "", need, severity="warning"))
        return
    book.likely.setdefault(found, title)
    if not INPUTS[found].required:  # a required one is told to be missing, with this name
        need = (
            f"holds the columns of a sheet of the contract and is not read: rename it, {LEAVE_OUT}"
        )
        book.problems.append(Problem(title, "", "", "", need, found))


def table_on(grid: Mapping[At, object]) -> str:
    """The contract table whose header row, with values below, a sheet shows; blank if none."""
    rows: dict[int, list[object]] = {}
    for (row, _), value in grid.items():
        if row <= HEADER_ROWS:
            rows.setdefault(row, []).append(value)
    last = max((row for row, _ in grid), default=0)
    texts = {fold(value) for value in grid.values() if isinstance(value, str)}
    settings = texts.intersection(INPUTS["Settings"].names)
    for row in sorted(rows):
        if row == last:
            continue
        if name := table_of_heads(rows[row]):
            return name
        heads = {fold(value) for value in rows[row]}
        if (
            heads.issuperset(SPELLED["Settings"])
            and len(settings & set(INPUTS["Settings"].names)) > 1
        ):
            return "Settings"
    return ""


# ---------------------------------------------------------------------------- beside tables
def list_beside(
    book: RawBook, areas: list[Area], others: list[Area], grid: Mapping[At, object]
) -> None:
    """List what stands on the sheet of these areas and belongs to none of them.

    ``others`` are Excel tables on the sheet that bear no contract name.
    """
    told: dict[tuple[str, str], list[list[At]]] = {}
    top = min(area.header_row for area in areas)
    above = {at: value for at, value in grid.items() if at[0] < top}
    own, _ = apart(above, areas[0].sheet)
    list_own(book, areas[0].title, own)
    rest = {at: value for at, value in grid.items() if at not in own}
    for area, zone, block in outside(areas, others, rest):
        problems = meant(book, area, zone, block, grid)
        book.problems.extend(problems)
        free = zone in ("above", "in the totals of") or is_free_column(area, zone, block, grid)
        kind = "told" if problems else "free" if free else "odd"
        why = f"{zone} the table {area.bounds or area.sheet}"
        told.setdefault((why, kind), []).append(block)
    for (why, kind), blocks in told.items():
        cells = sum(len(block) for block in blocks)
        title, places = areas[0].title, ranges(blocks, areas)
        area = ", ".join(places)
        book.unread.append(Unread(title, area, cells, "outside", why, kind == "free"))
        if kind == "odd":
            spot, value = address(blocks[0][0]), shown(grid[blocks[0][0]])
            need = f"stands {why} and is not read."
            if cells > 1:
                more = counted(cells - 1, "other cell")
                need = f"and {more} {why} are not read: {listed(places)}."
            book.problems.append(Problem(title, spot, "", value, need, severity="warning"))


def outside(
    areas: list[Area], others: list[Area], grid: Mapping[At, object]
) -> Iterator[tuple[Area, str, list[At]]]:
    """Blocks of cells that touch each other, outside the areas: (nearest area, zone, cells)."""
    every = [*areas, *others]
    zones: dict[tuple[int, str], set[At]] = {}
    for at in grid:
        if not any(area.holds(at) for area in areas):
            zones.setdefault(zone_of(areas, others, at), set()).add(at)
    for (number, zone), cells in sorted(zones.items()):
        for block in joined(touching(cells), every[number], zone):
            yield every[number], zone, block


def zone_of(areas: list[Area], others: list[Area], at: At) -> tuple[int, str]:
    """Which area a cell lies beside, above or below, or in which other table it lies."""
    row = at[0]
    for number, other in enumerate(others, len(areas)):
        if other.holds(at):
            return number, "in"
    for number, area in enumerate(areas):
        if row < area.header_row:
            continue
        if area.header_row <= row <= area.last_row:
            return number, "beside"
        if row <= area.last_row + area.totals:
            inside = area.first_column <= at[1] <= area.last_column
            return number, "in the totals of" if inside else "beside"
    under = [number for number, area in enumerate(areas) if area.header_row > row]
    if under:
        return min(under, key=lambda number: areas[number].header_row), "above"
    return max(range(len(areas)), key=lambda number: areas[number].last_row), "below"


def joined(blocks: Iterable[list[At]], area: Area, zone: str) -> Iterator[list[At]]:
    """Blocks that stand in one column beside a table, or in one row below it, as one.

    A gap in a column, or in a row, is a blank cell of it, and what stands around is one thing.
    """
    along = {"beside": 1, "below": 0}.get(zone)
    groups: list[tuple[set[int], list[At]]] = []
    for block in blocks:
        inside = zone != "below" or all(
            area.first_column <= column <= area.last_column for _, column in block
        )
        lines = {at[along] for at in block} if along is not None and inside else set()
        meets = [group for group in groups if group[0] & lines]
        for group in meets:
            groups.remove(group)
            lines, block = lines | group[0], [*group[1], *block]
        groups.append((lines, sorted(block)))
    yield from (block for _, block in sorted(groups, key=lambda group: group[1]))


def touching(cells: set[At]) -> Iterator[list[At]]:
    """Cells in groups that touch at a side or a corner, each in order."""
    left = set(cells)
    for start in sorted(cells):
        if start not in left:
            continue
        left.remove(start)
        group, edge = [start], [start]
        while edge:
            row, column = edge.pop()
            for near in [
                (row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)
            ]:
                if near in left:
                    left.remove(near)
                    group.append(near)
                    edge.append(near)
        yield sorted(group)


def meant(
    book: RawBook, area: Area, zone: str, block: list[At], grid: Mapping[At, object]
) -> list[Problem]:
    """What is said of a block that was probably, or perhaps, meant to be read."""
    if found := second_table(book, area, block, grid):
        return [found]
    if zone == "below":
        return rows_below(area, block, grid)
    return columns_beside(area, block, grid) if zone == "beside" else []


def is_free_column(area: Area, zone: str, block: list[At], grid: Mapping[At, object]) -> bool:
    """Whether every column of a block beside a table bears a free header."""
    free = {
        column
        for row, column in block
        if row == area.header_row and fold(grid[row, column]).startswith(IGNORED_HEADERS)
    }
    return zone == "beside" and all(column in free for _, column in block)


def columns_beside(area: Area, block: list[At], grid: Mapping[At, object]) -> list[Problem]:
    """A fault for each column beside a table that bears the name of one of its columns."""
    table = INPUTS[area.sheet]
    known = SPELLED.get(table.name, table.names)
    filled = {column for row, column in block if row > area.header_row}
    found = []
    for at in block:
        if at[0] != area.header_row or at[1] not in filled:
            continue
        head = grid[at]
        exact = fold(head) in known or (table.wide and is_period(head))
        near = "" if exact else near_match(str(head), known)
        if exact or near:
            inside = [(at[0], other) for other in range(area.first_column, area.last_column + 1)]
            same = [there for there in inside if there in grid and fold(grid[there]) == fold(head)]
            todo = "drag the table's corner over it"
            if same:
                column = get_column_letter(same[0][1])
                todo = f"the table has that column already, {column}: move the values there"
            need = (
                f"stands beside the table {area.bounds or area.sheet} ({area.box}) and is not "
                f"read: {todo}, {LEAVE_OUT}"
            )
            severity = "fault" if exact else "warning"
            found.append(Problem(area.title, address(at), "", shown(head), need, near, severity))
    return found


def second_table(
    book: RawBook, area: Area, block: list[At], grid: Mapping[At, object]
) -> Problem | None:
    """What is said of a block that shows the columns of a contract table; None if it does not."""
    rows: dict[int, list[At]] = {}
    for at in block:
        rows.setdefault(at[0], []).append(at)
    last = block[-1][0]
    for row, cells in rows.items():
        name = table_of_heads(grid[at] for at in cells) if row < last else ""
        if not name:
            continue
        other = book.tables.get(name)
        begins = f"a table with the columns of {name} begins here and is not read"
        if other is not None and other.title == area.title:
            need, severity = f"{begins}: move its rows into the table {name}.", "fault"
        elif other is not None and other.rows:
            need, severity = f"{begins}: {name} is read from sheet {other.title}.", "warning"
        else:
            need, severity = f"{begins}: move it to a sheet named {name}.", "fault"
        return Problem(area.title, address(cells[0]), "", "", need, severity=severity)
    return None


def rows_below(area: Area, block: list[At], grid: Mapping[At, object]) -> list[Problem]:
    """A fault where rows below a table fill each column that a row must fill."""
    table = INPUTS[area.sheet]
    names = {
        fold(grid[at]): at[1]
        for column in range(area.first_column, area.last_column + 1)
        if (at := (area.header_row, column)) in grid
    }
    needed = [column.name for column in table if column.required]
    if table.vertical:
        needed = list(SPELLED[table.name])
    places = {names[name] for name in needed if name in names}
    rows: dict[int, set[int]] = {}
    for row, column in block:
        rows.setdefault(row, set()).add(column)
    full = sorted(
        row
        for row, columns in rows.items()
        if places and places <= columns and fold(grid[row, min(columns)]) not in SUMS
    )
    if not full or len(rows[full[0]]) < 2:
        return []
    lie = "1 row lies" if len(full) == 1 else f"{len(full):,} rows lie"
    move = "move it up to the table" if len(full) == 1 else "move them up to the table"
    need = (
        f"{lie} below the table {area.bounds or area.sheet} ({area.box}), not read: {move}, "
        "or away from its columns."
    )
    spot = f"{get_column_letter(area.first_column)}{full[0]}"
    return [Problem(area.title, spot, "", "", need)]


# ---------------------------------------------------------------------------- addresses
def ranges(blocks: list[list[At]], areas: list[Area]) -> list[str]:
    """Ranges that hold the blocks and none of the areas' cells."""
    found = []
    for block in blocks:
        rows, columns = [row for row, _ in block], [column for _, column in block]
        meets = any(
            area.header_row <= max(rows)
            and area.last_row >= min(rows)
            and area.first_column <= max(columns)
            and area.last_column >= min(columns)
            for area in areas
        )
        found += [address(at) for at in block] if meets else [boxed(block)]
    return found


def listed(places: list[str]) -> str:
    """Some places in a sentence, the first few of many."""
    more = len(places) - LISTED
    return ", ".join(places[:LISTED]) + (f" and {more} more" if more > 0 else "")
