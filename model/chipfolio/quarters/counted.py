"""What counted before a period in the windows that the period cuts: rows of the sheet So far.

Every amount is reckoned from the plan's tables by the audit, which knows nothing of the model. What
the workbook's own So far says is part of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..contract.periods import Window
from ..contract.problems import fold
from ..contract.schema import SEPARATOR
from ..plan.audit.amounts import ORDER_BASES, total
from ..plan.audit.discounts import highest_worth, rebate
from ..plan.audit.earlier import in_all, past
from ..plan.audit.facts import Facts
from ..plan.audit.levels import windows
from ..plan.audit.lines import WorldCheck
from ..plan.audit.payments import schemes, spend
from ..plan.audit.policies import custom_windows, parts_of, quantity
from ..plan.audit.records import Batch, Fields
from ..plan.audit.shares import orders_in
from ..plan.audit.terms import contract_level, measure, shown_milestones

NOTHING = 1e-12


@dataclass(frozen=True)
class Counted:
    """One row of So far."""

    sheet: str
    item: str
    measure: str
    amount: float
    member: str | None = None
    workload: str | None = None


def counted(check: WorldCheck, until: int) -> Iterator[Counted]:
    """All rows of So far at the start of a period, from a plan of one scenario."""
    facts = check.facts
    for amount in (
        *of_offers(facts, until),
        *of_vendors(facts, until),
        *of_discounts(facts, until),
        *of_contracts(facts, until),
        *of_shares(check, until),
        *of_counts(check, until),
        *of_budgets(check, until),
        *of_custom_rules(check, until),
        *of_milestones(facts, check, until),
    ):
        yield replace(amount, amount=amount.amount + 0.0)


def cut(windows: list[Window], until: int) -> Window | None:
    """What lies before a period of the window that holds it; None where none is cut by it.

    A window that begins with the period holds no position, but may still need a row of So far.
    """
    for window in windows:
        if window.last >= until and window.first <= until:
            return Window(window.label, tuple(at for at in window.positions if at < until),
                          window.before)  # fmt: skip
    return None


def begins_earlier(facts: Facts, kind: str, until: int) -> bool:
    """Whether a window of a kind, cut by a plan that begins in a period, held periods before it."""
    if kind == "plan":
        return True
    calendar = facts.calendar
    same = calendar.fiscal_year_number(until - 1) == calendar.fiscal_year_number(until)
    return kind == "fiscal_year" and same


def of_rule(facts: Facts, row: Fields, default: str, until: int) -> Window | None:
    """The part before a period of the window of a rule that it cuts; None where nothing is told."""
    kind = row["window"] or default
    if not begins_earlier(facts, kind, until):
        return None
    return cut(windows(facts, row, default), until)


def ordered_in(facts: Facts, window: Window, periods: frozenset[int]) -> list[Batch]:
    """Batches ordered in a window, those before the plan as far as they count."""
    inside = {*window.positions, *periods}
    return [batch for batch in facts.batches if batch.ordered in inside]


# ------------------------------------------------------------------ offers, vendors
def of_offers(facts: Facts, until: int) -> Iterator[Counted]:
    """Units towards total limits, and whether set-ups are paid."""
    for name, row in facts.offers.items():
        mine = [b for b in facts.batches if b.offer == name and b.ordered is not None]
        fresh = [b for b in mine if 0 <= b.ordered < until]
        if row["total_limit"] is not None:
            units = sum(batch.units for batch in fresh) + in_all(facts, "Offers", name, "ordered")
            yield Counted("Offers", name, "ordered", units)
        if row["setup_cost"]:
            signed = any(one["offer"] == name for one in facts.committed_rows.values())
            paid = signed or in_all(facts, "Offers", name, "set_up")
            paid = paid or any(batch.units > NOTHING for batch in fresh)
            yield Counted("Offers", name, "set_up", 1.0 if paid else 0.0)


def of_vendors(facts: Facts, until: int) -> Iterator[Counted]:
    """Spend of the fiscal year with vendors that sell only so much."""
    window = cut(facts.calendar.windows("fiscal_year"), until)
    if window is None or not begins_earlier(facts, "fiscal_year", until):
        return
    for vendor, row in facts.vendors.items():
        if row["max_spend_per_fiscal_year"] is None:
            continue
        spent = 0.0
        if window.positions:
            told = past(facts, "Vendors", vendor, window)
            spent = told.of("spend") + sum(
                spend(facts, batch)
                for batch in ordered_in(facts, window, told.periods)
                if batch.offer and facts.offers[batch.offer]["seller"] == vendor
            )
        yield Counted("Vendors", vendor, "spend", spent)


# ------------------------------------------------------------------ terms
def of_discounts(facts: Facts, until: int) -> Iterator[Counted]:
    """What counts towards tiers, what it cost, and how much of it is still worth at the end."""
    for scheme in schemes(facts):
        name = scheme.name
        if scheme.kind == "cumulative":
            yield Counted("Discounts", name, "counted", facts.so_far.get((name, until), 0.0))
            continue
        if not scheme.offers or not begins_earlier(facts, scheme.window, until):
            continue
        window = cut(facts.calendar.windows(scheme.window), until)
        if window is None:
            continue
        if not window.positions:
            yield Counted("Discounts", name, "counted", 0.0)
            continue
        told = past(facts, "Discounts", name, window)
        mine = [b for b in ordered_in(facts, window, told.periods) if b.offer in scheme.offers]
        item = rebate(facts, scheme, window, mine, told)
        money = sum(spend(facts, batch) for batch in mine)
        money += told.of("counted" if scheme.basis == "spend" else "spend")
        yield Counted("Discounts", name, "counted", item.basis)
        if scheme.basis == "units":
            yield Counted("Discounts", name, "spend", money)
            if scheme.kind == "incremental":
                value = told.of("list_price")
                value = value or facts.list_value(scheme.offers[0], window.first)
                yield Counted("Discounts", name, "list_price", value)
        if told.of("credited"):
            yield Counted("Discounts", name, "credited", told.of("credited"))
        yield Counted("Discounts", name, "worth", highest_worth(facts, item))


def of_contracts(facts: Facts, until: int) -> Iterator[Counted]:
    """What was taken towards minimums, signed or not."""
    for row in map(dict, facts.world.rules("Contracts")):
        window = of_rule(facts, row, "fiscal_year", until)
        if row["minimum"] is None or window is None:
            continue
        level = contract_level(facts, row, window) if window.positions else 0.0
        yield Counted("Contracts", row["contract"], "counted", level)


def of_milestones(facts: Facts, check: WorldCheck, until: int) -> Iterator[Counted]:
    """What cumulative measures of milestones have come to; of those that paid nothing is told."""
    deals = {row["deal"]: row for row in map(dict, facts.world.rows("Deals"))}
    paid = shown_milestones(facts)
    for row in map(dict, facts.world.rows("Deal milestones")):
        when = [at for at, _ in paid.get((row["deal"], row["milestone"]), [])]
        met = row["met"] is not None or min(when, default=until) < until
        if row["measure"] == "installed_mw" or met:
            continue
        item = SEPARATOR.join((row["deal"], row["milestone"]))
        path = measure(facts, row["measure"], deals[row["deal"]]["vendor"], check.amounts.stock)
        told = in_all(facts, "Deal milestones", item, "counted")
        yield Counted("Deal milestones", item, "counted", told + path[until - 1])


# ------------------------------------------------------------------ rules
def of_shares(check: WorldCheck, until: int) -> Iterator[Counted]:
    """Parts and wholes of share rules; of served work also what was asked for."""
    facts, amounts = check.facts, check.amounts
    for row in map(dict, facts.world.rules("Share rules")):
        default = "fiscal_year" if row["basis"] in ORDER_BASES else "period"
        window = of_rule(facts, row, default, until)
        if window is None:
            continue
        rule, served = row["rule"], row["basis"] == "served"
        members = amounts.names(row["dimension"]) if row["member"] == "each" else [row["member"]]
        works = [row["workload"]] if row["workload"] or not served else list(facts.workloads)
        for work in works:
            key = work if served and not row["workload"] else None
            parts, whole, told = {}, 0.0, None
            if window.positions:
                told = past(facts, "Share rules", rule, window, row)
                before = told.periods if row["basis"] in ORDER_BASES else frozenset()
                asked = (row["basis"], row["dimension"], window.positions, before, work)
                parts = dict(amounts.parts(*asked))
                whole = total(parts) + told.of("whole", None, key or "")
            for member in members:
                part = parts.get(fold(member), 0.0)
                part += told.of("part", fold(member), key or "") if told else 0.0
                yield Counted("Share rules", rule, "part", part, member, key)
            yield Counted("Share rules", rule, "whole", whole, None, key)
            if served:
                asked_for = sum(facts.demand[work][at] for at in window.positions)
                asked_for += told.of("demand", None, work) if told else 0.0
                yield Counted("Share rules", rule, "demand", asked_for, None, work)


def of_counts(check: WorldCheck, until: int) -> Iterator[Counted]:
    """Spend and orders of suppliers."""
    facts, amounts = check.facts, check.amounts
    for row in map(dict, facts.world.rules("Supplier counts")):
        window = of_rule(facts, row, "fiscal_year", until)
        if window is None:
            continue
        rule, dimension = row["rule"], row["dimension"]
        spend: dict[str, float] = {}
        orders: dict[str, float] = {}
        if window.positions:
            told = past(facts, "Supplier counts", rule, window, row)
            spend = dict(amounts.parts("order_spend", dimension, window.positions, told.periods))
            for member, amount in told.members("spend").items():
                spend[member] = spend.get(member, 0.0) + amount
            orders = dict(told.members("orders"))
            inside = {*window.positions, *told.periods}
            for (member, *_), order in orders_in(facts, amounts, dimension, inside).items():
                # exactly one divisible unit may count or not: as it is better for the rule
                enough = order.counts if row["min_count"] is None else order.may_count
                orders[member] = orders.get(member, 0.0) + (1.0 if enough else 0.0)
        names = {fold(name): name for name in amounts.names(dimension)}
        for member, name in [*names.items(), ("", None)]:
            yield Counted("Supplier counts", rule, "spend", spend.get(member, 0.0), name)
            if name is not None:
                yield Counted("Supplier counts", rule, "orders", orders.get(member, 0.0), name)


def of_budgets(check: WorldCheck, until: int) -> Iterator[Counted]:
    """What the lines of budgets came to."""
    facts = check.facts
    for row in map(dict, facts.world.rules("Budgets")):
        window = of_rule(facts, row, "fiscal_year", until)
        if window is None:
            continue
        spent = 0.0
        if window.positions:
            spent = past(facts, "Budgets", row["budget"], window).of("spent")
            lines = sorted(parts_of(row["lines"]))
            spent += sum(check.cash[line][at] for line in lines for at in window.positions)
        yield Counted("Budgets", row["budget"], "spent", spent)


def of_custom_rules(check: WorldCheck, until: int) -> Iterator[Counted]:
    """The sums of the team's own rules."""
    facts = check.facts
    rules: dict[str, list[Fields]] = {}
    for row in map(dict, facts.world.rules("Custom rules")):
        rules.setdefault(row["rule"], []).append(row)
    for name, rows in rules.items():
        level, told_of, found = 0.0, None, False
        for row in rows:
            if not begins_earlier(facts, row["window"] or "plan", until):
                continue
            whole = [window for _, window in custom_windows(facts, row)]
            last = max((window.last for window in whole), default=-1)
            window = cut(whole, until)
            if window is None and last < until:
                # a row that is over still counts in a window that its rule holds open
                kind = row["window"] or "plan"
                year = facts.calendar.fiscal_year(until)
                window = next((w for w in whole if kind == "plan" or w.label == year), None)
                if window is None:
                    continue
            found = True
            if window is not None and window.positions:
                if told_of is None and window.first == 0:
                    told_of = past(facts, "Custom rules", name, window).of("counted")
                level += row["coefficient"] * quantity(facts, check.amounts, row, window)
        if found:
            yield Counted("Custom rules", name, "counted", level + (told_of or 0.0))
