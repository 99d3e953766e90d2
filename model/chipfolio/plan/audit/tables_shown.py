"""Tables Rules and Vendor split against what they should show."""

from __future__ import annotations

from collections.abc import Sequence

from ...contract.problems import fold
from .amounts import Amounts, total
from .checks import RELATIVE, differs, figure
from .facts import Facts
from .levels import Level
from .records import text

RULES_TABLE = "table Rules shows where rules stand"
SPLIT_TABLE = "table Vendor split shows how wholes are shared out"


def check_rules_table(facts: Facts, levels: Sequence[Level]) -> None:
    """Level, limit, violation and penalty of each rule that the plan shows."""
    table = "Rules"
    known: dict[tuple[str, str, str], list[Level]] = {}
    for level in levels:
        for name in names_of(level):
            known.setdefault((level.sheet, fold(name), level.window), []).append(level)
    for row in facts.rows(table):
        sheet, name, window = text(row, "sheet"), text(row, "rule"), text(row, "window")
        found = [
            level
            for label in (window, "")
            for level in known.get((sheet, fold(name), label), ())
            if level.sense == text(row, "sense")
        ]
        if not found:
            continue
        level = found[0]
        shown, limit = facts.number(row, "level", table), facts.number(row, "limit", table)
        money = facts.number(row, "penalty", table)
        right = level.empty or level.either or not differs(shown, level.level)
        right = right and not differs(limit, level.limit)
        right = right and abs(money - level.money) <= max(0.005, RELATIVE * abs(level.money))
        facts.findings.unless(
            right,
            RULES_TABLE,
            f"{name} in {window}: {figure(level.level)} against {figure(level.limit)} for "
            f"{figure(level.money)} is due, not {figure(shown)} against {figure(limit)} for "
            f"{figure(money)}",
        )


def names_of(level: Level) -> list[str]:
    """Names under which the table may show a rule: alone, or with its member."""
    return [level.rule, f"{level.rule}: {level.member}"]


def check_split_table(facts: Facts, amounts: Amounts) -> None:
    """Amount and share of each member that the plan shows."""
    table = "Vendor split"
    if not facts.rows(table):
        return
    windows = {
        window.label: window
        for kind in ("period", "fiscal_year", "plan")
        for window in facts.calendar.windows(kind)
    }
    facts.findings.look(SPLIT_TABLE)
    for row in facts.rows(table):
        window, dimension = windows.get(text(row, "window")), text(row, "dimension")
        member, basis = text(row, "member"), text(row, "basis")
        name = f"{dimension} {member} of {basis} in {text(row, 'window')}"
        if window is None:
            facts.findings.fault(SPLIT_TABLE, f"{name}: no such window")
            continue
        parts = amounts.parts(basis, dimension, window.positions, frozenset(window.before))
        amount, whole = parts.get(fold(member), 0.0), total(parts)
        shown = facts.number(row, "amount", table)
        share = facts.number(row, "share", table)
        due = amount / whole if whole > 0.0 else 0.0
        facts.findings.unless(
            not differs(shown, amount) and (whole <= 0.0 or not differs(share, due)),
            SPLIT_TABLE,
            f"{name}: {figure(amount)} ({due:.4%}) is due, not {figure(shown)} ({share:.4%})",
        )
