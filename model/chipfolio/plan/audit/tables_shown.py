"""Tables Rules and Vendor split against what they should show."""

from __future__ import annotations

from collections.abc import Sequence

from ...contract.dimensions import DIMENSIONS
from ...contract.problems import fold
from .amounts import Amounts, total
from .checks import CENT, MONEY_RELATIVE, RELATIVE, differs, figure
from .facts import Facts
from .levels import Level
from .records import PlanRow, text

BASES = ("order_spend", "order_units", "units_in_service", "power", "served")
SHARE_ROOM = 1e-6
"""A share nearer to its limit than this stands at it."""
RULES_TABLE = "table Rules shows where rules stand"
SPLIT_TABLE = "table Vendor split shows how wholes are shared out"


def check_rules_table(facts: Facts, amounts: Amounts, levels: Sequence[Level]) -> None:
    """Level, limit, slack, violation and penalty of each rule that the plan shows."""
    table = "Rules"
    if not facts.rows(table):
        return
    known: dict[tuple[str, str, str, str], Level] = {}
    for level in levels:
        for name in (level.rule, f"{level.rule}: {level.member}"):
            known[level.sheet, fold(name), level.window, level.sense] = level
    names = rule_names(facts, amounts)
    facts.findings.look(RULES_TABLE)
    told: set[Level] = set()
    for row in facts.rows(table):
        sheet, name, window = text(row, "sheet"), text(row, "rule"), text(row, "window")
        sense, bare = text(row, "sense"), fold(name)
        if bare not in names.get(sheet, ()):
            facts.findings.fault(RULES_TABLE, f"{name} is no rule of {sheet or 'any sheet'}")
            continue
        if window not in facts.windows or sense not in ("<=", ">=", "="):
            facts.findings.fault(RULES_TABLE, f"{name}: {sense} in {window} cannot be")
            continue
        found = known.get((sheet, bare, window, sense)) or known.get((sheet, bare, "", sense))
        if found is not None:
            told.add(found)
            check_level(facts, row, name, found)
            check_state(facts, row, name, found)
    for level in levels:
        name = f"{level.rule} in {level.window}"
        shown = level in told or (level.money <= CENT and not level.lifted)
        words = "that it is not applied" if level.lifted else "its violation"
        facts.findings.unless(shown, RULES_TABLE, f"{name}: {words} is not shown")


def rule_names(facts: Facts, amounts: Amounts) -> dict[str, set[str]]:
    """Names under which rules may be shown by sheet, folded: alone, or with their member."""
    rules = facts.world.rules
    names: dict[str, set[str]] = {
        "Budgets": {dict(row)["budget"] for row in rules("Budgets")},
        "Contracts": {dict(row)["contract"] for row in rules("Contracts")},
        "Custom rules": {dict(row)["rule"] for row in rules("Custom rules")},
        "Share rules": set(),
        "Supplier counts": set(),
    }
    for row in map(dict, rules("Share rules")):
        every = fold(row["member"]) == "each"
        members = amounts.names(row["dimension"]) if every else [row["member"]]
        names["Share rules"] |= {row["rule"], *(f"{row['rule']}: {name}" for name in members)}
    for row in map(dict, rules("Supplier counts")):
        names["Supplier counts"] |= {row["rule"], f"{row['rule']}: {row['dimension']}"}
    return {sheet: set(map(fold, found)) for sheet, found in names.items()}


def check_level(facts: Facts, row: PlanRow, name: str, level: Level) -> None:
    """One row of Rules against where the rule stands; a difference is as exact as its parts are."""
    table = "Rules"
    rounding = {
        "violation": RELATIVE * abs(level.scale),
        "slack": MONEY_RELATIVE * max(abs(level.level), abs(level.limit)),
        "penalty": max(CENT, MONEY_RELATIVE * abs(level.scale) * (level.penalty or 0.0)),
    }
    due = {"limit": level.limit, "violation": level.violation, "penalty": level.money}
    if not (level.empty or level.either):
        due |= {"level": level.level, "slack": level.slack}
    for column, value in due.items():
        shown = facts.number(row, column, table)
        facts.findings.unless(
            not differs(shown, value) or abs(shown - value) <= rounding.get(column, 0.0),
            RULES_TABLE,
            f"{name} in {text(row, 'window')}: {column} is {figure(value)}, not {figure(shown)}",
        )


def check_state(facts: Facts, row: PlanRow, name: str, level: Level) -> None:
    """What is said of a rule in a window: broken, not applied, or that it holds."""
    state = text(row, "state")
    if not state or level.either:
        return
    over = level.violation > RELATIVE * max(1.0, abs(level.scale))
    if level.empty:
        right = state == "nothing to share"
    elif level.lifted and -level.slack > SHARE_ROOM:
        right = state == "not applied"
    elif over:
        right = state == "broken" or (state == "paid for" and level.sheet == "Contracts")
    else:
        right = state in ("kept", "binds") or level.violation > 0.0 or level.lifted
    facts.findings.unless(
        right, RULES_TABLE, f"{name} in {text(row, 'window')} is told as {state}, which it is not"
    )


def check_split_table(facts: Facts, amounts: Amounts) -> None:
    """Amount (a stock's average) and share of each member that the plan shows."""
    table = "Vendor split"
    if not facts.rows(table):
        return
    facts.findings.look(SPLIT_TABLE)
    for row in facts.rows(table):
        window, dimension = facts.windows.get(text(row, "window")), text(row, "dimension")
        member, basis = text(row, "member"), text(row, "basis")
        name = f"{dimension} {member} of {basis} in {text(row, 'window')}"
        if window is None or dimension not in DIMENSIONS or basis not in BASES:
            facts.findings.fault(SPLIT_TABLE, f"{name}: there is no such split")
            continue
        parts = amounts.parts(basis, dimension, window.positions, frozenset(window.before))
        periods = len(window.positions) if basis in ("units_in_service", "power") else 1
        amount, whole = parts.get(fold(member), 0.0) / periods, total(parts) / periods
        shown = facts.number(row, "amount", table)
        share = facts.number(row, "share", table)
        due = amount / whole if whole > 0.0 else 0.0
        facts.findings.unless(
            not differs(shown, amount) and (whole <= 0.0 or not differs(share, due)),
            SPLIT_TABLE,
            f"{name}: {figure(amount)} ({due:.4%}) is due, not {figure(shown)} ({share:.4%})",
        )
