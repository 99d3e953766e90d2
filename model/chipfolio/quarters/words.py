"""Differences as lines that a person reads: by sheet, periods that moved alike taken together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from ..contract.inputs import INPUTS
from ..contract.schema import Kind
from ..plan.words import change
from .difference import ADDED, CHANGED, Difference, Differences

ALIKE = 1e-6
"""Changes that differ by less than this share are the same change."""
LONGEST = 160
"""How much of a whole row a line shows."""


def lines(found: Differences) -> Iterator[str]:
    """All differences, the inputs first; a sentence where there is none."""
    if not found:
        yield "no differences"
        return
    for sheet, members in groupby(found.inputs, key=lambda one: one.sheet):
        yield sheet
        for run in runs(list(members)):
            yield f"  {line(run)}"
    if found.notes:
        yield "Notes and free sheets, on which no plan depends"
        for one in found.notes:
            yield f"  {one.sheet}: {line([one])}"


def runs(members: list[Difference]) -> Iterator[list[Difference]]:
    """Differences of one row over neighbouring periods that are alike, together."""
    run: list[Difference] = []
    for one in members:
        if run and not (one.period and joined(run[-1], one)):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def joined(one: Difference, other: Difference) -> bool:
    """Whether two neighbours are of one row and moved by the same share, or to the same value."""
    if (one.what, one.item, one.column) != (other.what, other.item, other.column):
        return False
    if one.change is not None and other.change is not None:
        return abs(one.change - other.change) <= ALIKE
    return one.what == other.what != CHANGED


def line(run: list[Difference]) -> str:
    """One line for a difference, or for a run of them over periods."""
    one, last = run[0], run[-1]
    name = " · ".join(part for part in (one.item, one.column) if part)
    if one.column == "value" and one.sheet == "Settings":
        name = one.item
    when = one.period if len(run) == 1 else f"{one.period} … {last.period}, {len(run)} values"
    head = name + (f" · {when}" if when else "")
    head = f"{head}: " if head else ""
    if one.what == "reordered":
        return f"{head}the order was {one.old}, is {one.new} ({one.cell})"
    if one.what != CHANGED:
        text = shown(one, one.new if one.what == ADDED else one.old)
        text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
        more = " …" if len(run) > 1 else ""
        return f"{one.what} {head}{text}{more} ({one.cell})".replace(":  (", " (")
    share = f", {change(one.change)}" if one.change is not None else ""
    if len(run) > 1:
        return f"{head}{share.lstrip(', ')} ({one.cell} …)"
    return f"{head}{shown(one, one.old)} → {shown(one, one.new)}{share} ({one.cell})"


def shown(one: Difference, value: object) -> str:
    """A value in the form of its column."""
    if value is None:
        return "blank"
    if isinstance(value, (int, float)):
        return f"{100 * value:.6g} %" if is_percent(one) else f"{value:,.12g}"
    return str(value)


def is_percent(one: Difference) -> bool:
    """Whether a difference is of a column that holds percent."""
    if one.sheet == "Settings":
        return INPUTS["Settings"].column(one.item).kind is Kind.PERCENT
    sheet = one.item.split(" / ")[0] if one.sheet == "Timeline" else one.sheet
    columns = {column.name: column for column in INPUTS.get(sheet, ())}
    return one.column in columns and columns[one.column].kind is Kind.PERCENT
