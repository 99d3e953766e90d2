"""Contracts and deals against §3.7 and §3.9, and what they cost or bring."""

from __future__ import annotations

from collections import defaultdict

from ...contract.periods import Window
from .checks import CENT, RELATIVE, differs, exceeds, figure
from .facts import Facts
from .levels import Level, pre_plan, windows
from .payments import covered, payments, signed_by, spend, whole_spend
from .records import Fields, PlanRow, text
from .silicon import in_window
from .stock import Stock

SIGNING = "contracts and deals are signed once, when they can be"
MINIMUM = "contracts reach their minimum, or pay for what is missing"
MILESTONES = "milestones pay once, when they are first reached"


def check_signings(facts: Facts) -> list[float]:
    """When contracts and deals are signed; fees by period."""
    fees = [0.0] * facts.end
    for kind, sheet in (("contract", "Contracts"), ("deal", "Deals")):
        for row in map(dict, facts.world.rows(sheet)):
            facts.findings.look(SIGNING)
            at = facts.signed.get((kind, row[kind]))
            if at is None or row["signing"] == "signed":
                continue
            can = (
                row["signing"] == "optional"
                and in_window(facts, at, row["first_signing"], row["last_signing"])
                and not facts.world.removed(sheet, row[kind], at)
                and row.get("active", True)
            )
            where = f"{row[kind]} in {facts.label(at)}"
            facts.findings.unless(can, SIGNING, f"{where}: it cannot be signed then")
            if 0 <= at < facts.end:
                fees[at] += row.get("signing_fee") or 0.0
    known = {("contract", name) for name in names(facts, "Contracts", "contract")}
    known |= {("deal", name) for name in names(facts, "Deals", "deal")}
    for kind, name in facts.signed:
        facts.findings.unless((kind, name) in known, SIGNING, f"{kind} {name} is not in the book")
    return fees


def names(facts: Facts, sheet: str, column: str) -> list[str]:
    """Names on a sheet."""
    return [dict(row)[column] for row in facts.world.rows(sheet)]


# ------------------------------------------------------------------------- contracts
def contract_levels(facts: Facts) -> tuple[list[Level], list[float]]:
    """Where contracts stand against their minimum, and what is paid for shortfalls."""
    levels: list[Level] = []
    money = [0.0] * facts.end
    for row in map(dict, facts.world.rules("Contracts")):
        if row["minimum"] is None:
            continue
        for window in windows(facts, row, "fiscal_year"):
            if not signed_by(facts, "contract", row["contract"], window.last):
                continue
            level = contract_level(facts, row, window)
            missing = max(0.0, row["minimum"] - level)
            soft = row["shortfall_pct"] is None
            if not soft:
                value = 1.0
                if row["basis"] == "units":
                    value = facts.list_value(row["offer"], window.last)
                money[window.last] += row["shortfall_pct"] * missing * value
            levels.append(
                Level(
                    sheet="Contracts",
                    rule=row["contract"],
                    member="",
                    window=window.label,
                    last=window.last,
                    sense=">=",
                    level=level,
                    limit=row["minimum"],
                    violation=missing,
                    scale=row["minimum"],
                    penalty=row["penalty"] if soft else 0.0,
                )
            )
    check_shortfalls(facts, levels, money)
    return levels, money


def contract_level(facts: Facts, row: Fields, window: Window) -> float:
    """Payments that fall due in a window, or units ordered in it."""
    offers, before = covered(facts, row), pre_plan(row, window)
    mine = [batch for batch in facts.batches if batch.offer in offers]
    if row["basis"] == "units":
        inside = {*window.positions, *before}
        return sum(batch.units for batch in mine if batch.ordered in inside)
    level = 0.0
    for batch in mine:
        due = payments(facts, batch)
        level += sum(money for at, money in due if at in window.positions)
        if batch.ordered in before:
            level += whole_spend(facts, batch) - sum(money for _, money in due)
            if batch.owned and batch.arrival >= facts.end:
                level -= batch.units * batch.price * (1.0 - batch.paid)
    return level


def check_shortfalls(facts: Facts, levels: list[Level], money: list[float]) -> None:
    """The shortfalls that the plan shows are those due, window by window."""
    shown: dict[tuple[str, str], PlanRow] = {}
    for row in facts.rows("Contracts and deals"):
        if text(row, "kind") == "contract" and text(row, "event") == "window":
            shown[text(row, "name"), text(row, "period")] = row
    paying = {
        row["contract"]: row["shortfall_pct"]
        for row in map(dict, facts.world.rules("Contracts"))
        if row["shortfall_pct"] is not None
    }
    for level in levels:
        where = f"{level.rule} in {level.window}"
        hard = level.penalty is None
        facts.findings.unless(
            not hard or not exceeds(level.limit, level.level),
            MINIMUM,
            f"{where}: {figure(level.level)} reached, {figure(level.limit)} is the minimum",
        )
        key = (level.rule, level.window)
        if key not in shown:
            continue
        row = shown.pop(key)
        table = "Contracts and deals"
        amount = facts.number(row, "amount", table)
        threshold = facts.number(row, "threshold", table)
        facts.findings.unless(
            not differs(amount, level.level) and not differs(threshold, level.limit),
            MINIMUM,
            f"{where}: {figure(level.level)} of {figure(level.limit)} is due, "
            f"not {figure(amount)} of {figure(threshold)}",
        )
        if level.rule in paying and facts.number(row, "money", table) > CENT:
            facts.findings.unless(
                level.violation > 0.0, MINIMUM, f"{where}: pays though nothing is missing"
            )
    for name, window in shown:
        facts.findings.fault(MINIMUM, f"{name} does not bind in {window}")


# ------------------------------------------------------------------------- deals
def deal_value(facts: Facts, units: Stock) -> tuple[list[float], list[float]]:
    """What milestones bring in cash and in equity, by period, as negative costs."""
    cash, equity = [0.0] * facts.end, [0.0] * facts.end
    paid = shown_milestones(facts)
    deals = {row["deal"]: row for row in map(dict, facts.world.rows("Deals"))}
    for row in map(dict, facts.world.rows("Deal milestones")):
        key = (row["deal"], row["milestone"])
        path = measure(facts, row["measure"], deals[row["deal"]]["vendor"], units)
        may, must = reached(facts, row, path)
        seen = [at for at, _ in paid.pop(key, [])]
        where = " / ".join(key)
        value = row["value"] * (1.0 - (row["haircut_pct"] or 0.0))
        if value == 0.0:
            must = None  # nothing to pay, nothing to show
        facts.findings.unless(
            len(seen) <= 1 and all(at in may for at in seen) and (must is None or bool(seen)),
            MILESTONES,
            f"{where}: paid in {', '.join(map(facts.label, seen)) or 'no period'}, due in "
            + (facts.label(must) if must is not None else "none"),
        )
        due = seen[0] if seen and seen[0] in may else must
        if due is not None:
            (cash if row["kind"] == "cash" else equity)[due] -= value
    for key in paid:
        facts.findings.fault(MILESTONES, f"{' / '.join(key)} is not in the workbook")
    return cash, equity


def shown_milestones(facts: Facts) -> dict[tuple[str, str], list[tuple[int, PlanRow]]]:
    """Periods in which the plan shows milestones to pay."""
    found: dict[tuple[str, str], list[tuple[int, PlanRow]]] = defaultdict(list)
    for row in facts.rows("Contracts and deals"):
        if text(row, "event") == "milestone":
            at = facts.at(row, "period", "Contracts and deals")
            if at is not None:
                found[text(row, "name"), text(row, "detail")].append((at, row))
    return found


def reached(facts: Facts, row: Fields, path: list[float]) -> tuple[list[int], int | None]:
    """Periods in which a milestone may pay, rounding apart, and the one in which it must."""
    room = RELATIVE * max(1.0, row["threshold"])
    may: list[int] = []
    for at, level in enumerate(path):
        late = row["deadline"] is not None and at > row["deadline"]
        if late or not signed_by(facts, "deal", row["deal"], at):
            continue
        if level >= row["threshold"] - room:
            may.append(at)
        if level >= row["threshold"]:
            return may, at
    return may, None


def measure(facts: Facts, kind: str, vendor: str, units: Stock) -> list[float]:
    """What a milestone measures, by period."""
    path = [0.0] * facts.end
    if kind == "installed_mw":
        for (chip, _, acquisition, _), amounts in units.items():
            if facts.chips[chip]["vendor"] == vendor and acquisition != "cloud":
                for at, amount in enumerate(amounts):
                    path[at] += amount * facts.chips[chip]["power_kw"] / 1000.0
        return path
    for batch in facts.batches:
        if batch.ordered is None or batch.ordered < 0:
            continue
        if facts.chips[batch.chip]["vendor"] != vendor:
            continue
        amount = batch.units if kind == "cumulative_units" else spend(facts, batch)
        for at in range(batch.ordered, facts.end):
            path[at] += amount
    return path
