"""Contracts and deals against contract §3.7 and §3.9, and what they cost or bring."""

from __future__ import annotations

from collections import defaultdict

from ...contract.exact import rounding
from ...contract.periods import Window
from .checks import CENT, MONEY_RELATIVE, differs, exceeds, figure
from .earlier import in_all, past
from .facts import Facts
from .levels import Level, windows
from .payments import covered, payments, signed_by, spend
from .records import Fields, PlanRow, text
from .silicon import REQUIRED, in_window, ready
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
            required = row.get("requires")
            facts.findings.unless(
                not required or is_done(facts, required, at),
                REQUIRED,
                f"{where}: {required} is not finished, ready or signed",
            )
            fee = row.get("signing_fee") or 0.0
            if 0 <= at < facts.end:
                fees[at] += fee
            shown = facts.number(facts.signings[kind, row[kind]], "money", "Contracts and deals")
            same = abs(shown - fee) <= CENT
            facts.findings.unless(same, SIGNING, f"{where}: its fee is {figure(fee)}")
    return fees


def is_done(facts: Facts, required: str, at: int) -> bool:
    """Whether a project is finished, a programme ready or a contract signed for a signature."""
    if required in facts.software:
        porting = facts.portings.get(required)
        return porting is not None and porting.done <= at
    if required in facts.programmes:
        since = ready(facts, required)
        return since is not None and since <= at
    active = facts.named("Contracts")[required]["active"]
    return bool(active) and signed_by(facts, "contract", required, at)


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
            shortfall = 0.0
            if not soft:
                by_units = row["basis"] == "units"
                value = facts.list_value(row["offer"], window.last) if by_units else 1.0
                shortfall = row["shortfall_pct"] * missing * value
                money[window.last] += shortfall
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
                    shortfall=shortfall,
                )
            )
    check_shortfalls(facts, levels)
    return levels, money


def contract_level(facts: Facts, row: Fields, window: Window) -> float:
    """Payments that fall due in a window, or units ordered in it."""
    told = past(facts, "Contracts", row["contract"], window, row)
    offers, before = covered(facts, row), told.periods
    mine = [batch for batch in facts.batches if batch.offer in offers]
    if row["basis"] == "units":
        inside = {*window.positions, *before}
        return told.of("counted") + sum(b.units for b in mine if b.ordered in inside)
    level = told.of("counted")
    for batch in mine:
        due = payments(facts, batch)
        level += sum(money for at, money in due if at in window.positions)
        if batch.ordered in before:
            level += spend(facts, batch) - sum(money for _, money in due)
    return level


def check_shortfalls(facts: Facts, levels: list[Level]) -> None:
    """The shortfalls that the plan shows are those due, window by window."""
    shown: dict[tuple[str, str], PlanRow] = {}
    for row in facts.rows("Contracts and deals"):
        if text(row, "kind") == "contract" and text(row, "event") == "window":
            shown[text(row, "name"), text(row, "period")] = row
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
            free = level.shortfall <= CENT
            facts.findings.unless(free, MINIMUM, f"{where}: its shortfall is not shown")
            continue
        row = shown.pop(key)
        table = "Contracts and deals"
        amount = facts.number(row, "amount", table)
        threshold = facts.number(row, "threshold", table)
        paid = facts.number(row, "money", table)
        right = not differs(amount, level.level) and not differs(threshold, level.limit)
        right = right and abs(paid - level.shortfall) <= max(CENT, MONEY_RELATIVE * abs(paid))
        facts.findings.unless(
            right,
            MINIMUM,
            f"{where}: {figure(level.level)} of {figure(level.limit)} for "
            f"{figure(level.shortfall)} is due, not {figure(amount)} of {figure(threshold)} "
            f"for {figure(paid)}",
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
        told = in_all(facts, "Deal milestones", " / ".join(key), "counted")
        path = [level + told for level in path]
        may, must = reached(facts, row, path)
        shown = paid.pop(key, [])
        if row["met"] is not None:
            facts.findings.unless(not shown, MILESTONES, f"{' / '.join(key)} has paid already")
            continue
        seen = [at for at, _ in shown]
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
        for at, line in shown:
            check_milestone(facts, where, line, (path[at], row["threshold"], -value))
        due = seen[0] if seen and seen[0] in may else must
        if due is not None:
            (cash if row["kind"] == "cash" else equity)[due] -= value
    for key in paid:
        facts.findings.fault(MILESTONES, f"{' / '.join(key)} is not in the workbook")
    return cash, equity


def check_milestone(
    facts: Facts, where: str, shown: PlanRow, due: tuple[float, float, float]
) -> None:
    """Amount reached, threshold and money of a milestone as the plan shows them."""
    table = "Contracts and deals"
    found = [facts.number(shown, column, table) for column in ("amount", "threshold", "money")]
    same = not any(differs(one, other) for one, other in zip(found, due, strict=True))
    told = [
        " of ".join(map(figure, three[:2])) + f" for {figure(three[2])}" for three in (due, found)
    ]
    facts.findings.unless(same, MILESTONES, f"{where}: {told[0]} is due, not {told[1]}")


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
    room = rounding(row["threshold"], row["measure"] == "cumulative_spend")
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
