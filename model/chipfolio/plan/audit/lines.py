"""All checks of one scenario in order, its cash lines, and the sum over scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...contract.lines import BUDGETED, LINES, ON_PURCHASES, ON_RENTALS
from .accounts import check_accounts
from .amounts import Amounts
from .books import books
from .bound import check_commitments
from .checks import Findings, differs, figure
from .discounts import Rebate, check_tiers, rebates
from .facts import Facts
from .futures import close, expected_objective, weights
from .levels import Level
from .money import (
    DISCOUNTED,
    Lines,
    add_orders,
    add_projects,
    add_resale,
    add_running,
    add_service,
    add_terminal,
    empty,
)
from .movable import Movable
from .ordering import check_orders
from .payments import set_prices
from .policies import (
    budget_levels,
    check_previous,
    custom_levels,
)
from .records import PlanRow, text
from .shares import count_levels, share_levels
from .silicon import check_programmes, check_software, check_steps
from .stock import check_power, check_stock, stock
from .tables_shown import check_rules_table, check_split_table
from .terms import check_signings, contract_levels, deal_value
from .timelines import check_timelines
from .use import check_use
from .working import check_unit_cost, check_utilisation

RULE = {
    "Share rules": "share rules hold in every window",
    "Supplier counts": "supplier counts hold in every window",
    "Budgets": "budgets hold in every window",
    "Custom rules": "custom rules hold in every window",
}
UNKNOWN_LINE = "Cash holds only the lines of the contract"
TOTALS = "Scenario costs are the discounted sums of all lines"
ADDS_UP = "the published lines add up to the objective"
RECOMPUTED = "the recomputed lines add up to the objective"


class WorldCheck:
    """One scenario checked: its cash lines, recomputed and published."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.lines: Lines = empty(facts)
        self.cash: Lines = {}
        """What budgets add up, by line or its parts."""
        self.amounts: Amounts
        self.rebates: list[Rebate] = []
        self.total = 0.0
        self.shown_total = 0.0
        self.scale = 0.0

    def run(self) -> WorldCheck:
        """Every check of the scenario."""
        facts, lines = self.facts, self.lines
        set_prices(facts)
        check_orders(facts)
        units = stock(facts)
        check_stock(facts, units)
        check_use(facts)
        check_power(facts, units)
        check_programmes(facts)
        check_software(facts)
        check_steps(facts)
        add_orders(facts, lines)
        add_running(facts, units, lines)
        add_projects(facts, lines)
        add_service(facts, lines)
        add_resale(facts, lines)
        lines["contract_fees"] = check_signings(facts)
        contracts, lines["shortfall_payments"] = contract_levels(facts)
        lines["deal_value"], lines["equity_value"] = deal_value(facts, units)
        given = rebates(facts)
        check_tiers(facts, given)
        parts: Lines = {name: [0.0] * facts.end for name in (ON_PURCHASES, ON_RENTALS)}
        for item in given:
            name = ON_PURCHASES if item.bought else ON_RENTALS
            parts[name][item.window.last] -= item.money
            lines["discounts"][item.window.last] -= item.money
        cash = {line: parts.get(line) or lines[line] for line in BUDGETED}
        amounts = Amounts(facts, units)
        self.cash, self.amounts, self.rebates = cash, amounts, given
        movable = Movable(facts, amounts)
        levels = [*share_levels(facts, amounts, movable), *count_levels(facts, amounts)]
        levels += [*budget_levels(facts, cash), *custom_levels(facts, amounts)]
        check_levels(facts, levels)
        for level in [*contracts, *levels]:
            lines["rule_penalties"][level.last] += level.money
        lines["change_cost"] = check_previous(facts)
        add_terminal(facts, given, lines)
        check_rules_table(facts, amounts, [*contracts, *levels])
        check_timelines(facts)
        accounts = books(facts, lines, given)
        check_accounts(facts, lines, accounts)
        check_unit_cost(facts, accounts)
        check_utilisation(facts)
        check_commitments(facts)
        check_split_table(facts, amounts)
        self.check_cash()
        return self

    def check_cash(self) -> None:
        """Table Cash, line by line, and the total."""
        facts = self.facts
        shown: dict[str, dict[str, float]] = {line: {} for line in LINES}
        facts.findings.look(UNKNOWN_LINE)
        for row in facts.rows("Cash"):
            line, period = text(row, "line"), text(row, "period")
            at = facts.at(row, "period", "Cash")
            if line not in shown or at is None or not 0 <= at < facts.end:
                facts.findings.fault(UNKNOWN_LINE, f"{line} in {period}")
                continue
            amount = facts.number(row, "amount", "Cash")
            discounted = facts.number(row, "discounted", "Cash")
            shown[line][facts.label(at)] = shown[line].get(facts.label(at), 0.0) + amount
            due = amount * self.factor(line, at)
            facts.findings.unless(
                close(discounted, due, abs(amount)),
                DISCOUNTED,
                f"{line} in {period}: {figure(due)} is due, not {figure(discounted)}",
            )
            self.shown_total += discounted
        for line in LINES:
            path = self.lines[line]
            due_by_period = {facts.label(at): amount for at, amount in enumerate(path) if amount}
            sentence = f"{line} is recomputed to the cent"
            facts.findings.compare(sentence, due_by_period, shown[line], money=True)
            for at, amount in enumerate(path):
                self.total += amount * self.factor(line, at)
                self.scale += abs(amount * self.factor(line, at))

    def factor(self, line: str, at: int) -> float:
        """Discount factor of a line in a period; the value at the end has that of the end."""
        if line == "terminal_value":
            return self.facts.calendar.discount_at_end
        return self.facts.calendar.discount(at)


def check_levels(facts: Facts, levels: Sequence[Level]) -> None:
    """Hard rules hold."""
    for level in levels:
        sentence = RULE[level.sheet]
        if not level.broken:
            facts.findings.look(sentence)
            continue
        who = f"{level.rule} ({level.member})" if level.member else level.rule
        where = f" in {level.window}" if level.window else ""
        word = {"<=": "at most", ">=": "at least", "=": "exactly"}[level.sense]
        share = level.sheet == "Share rules"
        at, limit = (
            (f"{level.level:.4%}", f"{level.limit:.4%}")
            if share
            else (figure(level.level), figure(level.limit))
        )
        facts.findings.fault(sentence, f"{who}{where}: {at}, {word} {limit} is allowed")


def check_objective(
    plan: Mapping[str, Sequence[PlanRow]],
    checked: Sequence[WorldCheck],
    objective: float,
    findings: Findings,
) -> None:
    """Totals of the scenarios, and the objective over them."""
    shares = weights([one.facts for one in checked])
    shown = {text(row, "scenario"): row for row in plan.get("Scenario costs", ())}
    for one, share in zip(checked, shares, strict=True):
        name = one.facts.world.name
        row = shown.get(name) or (shown.get("") if len(checked) == 1 else None)
        if row is None:
            findings.unless(len(checked) == 1, TOTALS, f"scenario {name} has no row")
            continue
        total = one.facts.number(row, "total", "Scenario costs")
        right = close(total, one.total, one.scale)
        findings.unless(
            right, TOTALS, f"scenario {name}: {figure(one.total)} is due, not {figure(total)}"
        )
        probability = one.facts.number(row, "probability", "Scenario costs")
        given = {share, one.facts.world.probability} if len(checked) == 1 else {share}
        likely = not all(differs(probability, value) for value in given)
        findings.unless(likely, TOTALS, f"scenario {name}: {share:.4%} likely")
    first = checked[0].facts
    tail, weight = first.setting("tail_probability"), first.setting("tail_weight") or 0.0
    scale = sum(share * one.scale for one, share in zip(checked, shares, strict=True))
    for sentence, totals in (
        (ADDS_UP, [one.shown_total for one in checked]),
        (RECOMPUTED, [one.total for one in checked]),
    ):
        due = expected_objective(totals, shares, tail, weight)
        finding = findings.look(sentence)
        finding.counted = False
        finding.expected, finding.found = due, objective
        if not close(due, objective, scale):
            findings.fault(
                sentence, f"they add up to {due:,.2f}, the objective is {objective:,.2f}"
            )
