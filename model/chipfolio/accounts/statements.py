"""Profit and loss and Balance view: the journal by fiscal year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..contract.statement import COSTS
from .journal import Journal, Roll
from .records import Records

NOTHING = 1e-7
"""Money below this is rounding."""


def profit_and_loss(records: Records, journal: Journal) -> Iterator[dict[str, object]]:
    """Costs by fiscal year and line."""
    year_of = records.calendar.fiscal_year
    found: dict[tuple[str, str], float] = defaultdict(float)
    for (line, _), path in journal.costs.items():
        for at, amount in path.items():
            found[year_of(at), line] += amount
    some = {line for (_, line), amount in found.items() if is_some(amount)}
    shown = lines_shown(records, journal, some)
    for year in dict.fromkeys(map(year_of, range(records.count))):
        for line in shown:
            yield {"fiscal_year": year, "line": line, "amount": found[year, line]}


def is_some(amount: float) -> bool:
    """Whether an amount is more than rounding."""
    return abs(amount) > NOTHING


def lines_shown(records: Records, journal: Journal, found: set[str]) -> list[str]:
    """Lines of every year: those that any year has, and those that another book life can bring."""
    found = found | {line for line, _ in journal.possible}
    owned = any(holding.owned for holding in records.holdings)
    granted = any(records.events("deal", "milestone"))
    may = {"depreciation_chips", "write_offs_chips"} if owned else set()
    may |= {"vendor_consideration"} if owned and granted else set()
    return [line for line in COSTS if line in found | may]


def balance_view(records: Records, journal: Journal) -> Iterator[dict[str, object]]:
    """Items by fiscal year, rolled forward from the plan's start.

    Every year shows the items that any year has, and those that another book life can bring.
    """
    years: dict[str, list[int]] = defaultdict(list)
    for at in range(records.count):
        years[records.calendar.fiscal_year(at)].append(at)
    value = {name: roll.opening for name, roll in journal.items.items()}
    shown = [name for name, roll in journal.items.items() if name in journal.held or is_any(roll)]
    for year, inside in years.items():
        for name in shown:
            roll = journal.items[name]
            parts = [
                sum(path[at] for at in inside)
                for path in (roll.additions, roll.depreciation, roll.disposals)
            ]
            opening = value[name]
            closing = value[name] = opening + parts[0] - parts[1] - parts[2]
            yield {
                "fiscal_year": year,
                "item": name,
                "opening": opening,
                "additions": parts[0],
                "depreciation": parts[1],
                "disposals": parts[2],
                "amount": closing,
            }


def is_any(roll: Roll) -> bool:
    """Whether an item is ever more than rounding."""
    paths = (roll.additions, roll.depreciation, roll.disposals)
    return any(map(is_some, (roll.opening, *(a for path in paths for a in path.values()))))
