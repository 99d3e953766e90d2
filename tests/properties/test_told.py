"""Sentences against tables: every figure, and every "binds", "kept", "broken", "least", "most".

For random plans, what terminal, Summary and HTML say is computed again from the tables Orders,
Cash, Service, Power and from the input, by code of its own; a sentence of no known pattern fails.
``CHIPFOLIO_TOLD=100`` tries a hundred plans.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from decimal import Decimal
from functools import cache

import pytest

import chipfolio
from chipfolio.cli.telling import told
from chipfolio.report.page import render
from tests.properties.told_books import made
from tests.report.pages import Page

PLANS = sorted({*range(int(os.environ.get("CHIPFOLIO_TOLD", "15"))), 54, 55, 109})
"""Plan 55 once told its net cost in millions and its parts in units, plan 54 a part that was fitted
to the others; plan 109 breaks both sides of one rule."""
PAGES = PLANS if len(PLANS) > 16 else PLANS[:4]
"""Pages take seconds to draw: a few of them are looked through where a few plans are tried."""
WORDS = {"": 1.0, "thousand": 1e3, "million": 1e6, "billion": 1e9}
NUMBER = r"(-?[\d,]+(?:\.\d+)?)(?: (million|billion))?"
AMOUNT = rf"{NUMBER} EUR"
SHARE = r"(-?[\d.]+)%"
CASH = {
    "chip_purchases", "lease_and_cloud", "order_fees", "setup", "energy", "hosting", "upkeep",
    "running", "programme_costs", "software", "site_projects", "contract_fees",
    "shortfall_payments", "discounts", "deal_value", "resale",
}  # fmt: skip
VALUES = {
    "still worth": "terminal_value",
    "work not served": "unmet_penalty",
    "broken at their price": "rule_penalties",
}
ROOM = 1e-6


@cache
def plan_of(seed: int):
    return chipfolio.solve(chipfolio.read(made(seed)), gap=1e-3)


def same(shown: str, word: str | None, exact: float, size: float = 0.0) -> bool:
    """Whether a figure is the exact one, rounded to the digits that it shows."""
    scale = size or WORDS[word or ""]
    places = len(shown.partition(".")[2])
    return abs(float(shown.replace(",", "")) * scale - exact) <= 0.501 * scale / 10**places


class Truth:
    """What a plan's tables and its input come to, computed here."""

    def __init__(self, plan) -> None:
        self.plan, self.tables, self.inputs = plan, plan.tables, plan.inputs
        costs = plan.tables["Scenario costs"]
        self.weights = {r["scenario"]: r["probability"] if len(costs) > 1 else 1.0 for r in costs}
        self.calendar = plan.inputs.calendar

    def rows(self, table: str, **where: object) -> list[dict]:
        return [r for r in self.tables[table] if all(r[k] == v for k, v in where.items())]

    def mean(self, rows: list[dict], column: str) -> float:
        return sum(self.weights[row["scenario"]] * row[column] for row in rows)

    def line(self, name: str, column: str = "discounted") -> float:
        return self.mean(self.rows("Cash", line=name), column)

    def paid(self, column: str = "discounted") -> float:
        return self.mean([row for row in self.tables["Cash"] if row["line"] in CASH], column)

    def year(self, period: str) -> str:
        return self.calendar.fiscal_year(self.calendar.position(period))

    # ---------------------------------------------------------------- rules
    def part(self, row: dict) -> tuple[float, float | None, float | None]:
        """Level of a row of Rules from Orders, Cash and Usage; its whole, if it is a share; the
        penalty of a soft rule, else None.
        """
        name, _, member = row["rule"].partition(": ")
        case, window = row["scenario"], row["window"]
        orders = [r for r in self.rows("Orders", scenario=case)
                  if window == "plan" or self.year(r["order_period"]) == window]  # fmt: skip
        if row["sheet"] == "Share rules":
            rule = self.inputs.world(case or None).by_name("Share rules")[name]
            if rule["basis"] == "served":
                usage = self.rows("Usage", scenario=case, period=window, workload=rule["workload"])
                designer = {"C": "Nord", "D": "Sud"}
                pairs = [(designer[r["chip"]], r["served"]) for r in usage]
            else:
                column = {"order_spend": "spend", "order_units": "units"}[rule["basis"]]
                pairs = [(r["seller"], r[column]) for r in orders]
            whole = sum(amount for _, amount in pairs)
            part = sum(amount for who, amount in pairs if who == member)
            return part, whole, rule["penalty"]
        cash = [r for r in self.rows("Cash", scenario=case) if self.year(r["period"]) == window]
        if row["sheet"] == "Budgets":
            capital = {"chip_purchases", "setup", "site_projects", "programme_costs", "resale"}
            penalty = self.inputs.rows("Budgets")[0]["penalty"]
            return sum(r["amount"] for r in cash if r["line"] in capital), None, penalty
        periods = [p for p in self.calendar.labels if self.year(p) == window]
        at = [self.calendar.position(p) for p in periods]
        level = 0.0
        for order in self.rows("Orders", scenario=case, seller="Sud"):
            start = self.calendar.position(order["order_period"])
            rented = order["acquisition"] == "cloud"
            money = order["units"] * order["unit_price"] * (12 if rented else 1)
            level += money if start in at else 0.0
        return level, None, None

    def state(self, row: dict) -> str:
        """The state of a rule in a window, by its level from the other tables."""
        part, whole, penalty = self.part(row)
        if whole is not None and whole <= 1e-9:
            return "nothing to share"
        level = part if whole is None else part / whole
        assert row["level"] == pytest.approx(level, rel=1e-6, abs=1e-6), row
        over = level - row["limit"] if row["sense"] == "<=" else row["limit"] - level
        room = ROOM * max(1.0, abs(row["limit"]))
        if over > room:
            if row["sheet"] == "Contracts":
                return "paid for"
            return "not applied" if penalty is None else "broken"
        return "binds" if -over <= room or -over < row["step"] - room else "kept"

    def found(self, state: str) -> dict[str, list[dict]]:
        """Rows in a state by rule."""
        rules = defaultdict(list)
        for row in self.tables["Rules"]:
            if row["state"] == state:
                rules[row["rule"]].append(row)
        return dict(rules)

    def price(self, rows: list[dict]) -> float:
        """What breaking a rule costs, or missing a minimum: its violation at its price, weighted."""
        total = 0.0
        for row in rows:
            part, whole, penalty = self.part(row)
            rate = penalty
            if row["sheet"] == "Contracts":
                rate = self.inputs.rows("Contracts")[0]["shortfall_pct"]
            limit = row["limit"] * (1.0 if whole is None else whole)
            beyond = part - limit if row["sense"] == "<=" else limit - part
            total += self.weights[row["scenario"]] * rate * beyond
        return total

    def worst(self, rows: list[dict]) -> dict:
        return min(rows, key=lambda row: row["slack"])


def side_of(text: str, rows: list[dict]) -> list[dict]:
    """The rows of a rule with two limits that a sentence is about."""
    return [row for row in rows if row["sense"] == (">=" if "at least" in text else "<=")]


def check_levels(text: str, row: dict) -> None:
    """``X where at most Y``, ``X of at most Y``: the level and the limit of a row, told apart."""
    word = {"<=": "at most", ">=": "at least"}[row["sense"]]
    assert word in text, text
    if row["sheet"] == "Share rules":
        shown = re.findall(SHARE, text)[:2]
        pairs = [(digits, None, 0.01) for digits in shown]
    else:
        pairs = [(digits, word, 0.0) for digits, word in re.findall(AMOUNT, text)[:2]]
    for (digits, word, size), exact in zip(pairs, (row["level"], row["limit"]), strict=True):
        assert same(digits, word, exact, size), (text, row)
    if abs(row["level"] - row["limit"]) > 1e-9:
        assert pairs[0] != pairs[1], text


def check_net(truth: Truth, text: str) -> None:
    """``X million EUR net: Y paid (discounted), less Z that …``: parts and their sum."""
    head = re.match(rf"{NUMBER} EUR net( on average)?: {NUMBER}", text)
    scale = WORDS[head[2] or ""]
    digit = scale / 10.0 ** len(head[1].partition(".")[2])
    parts = {"paid": truth.paid()}
    assert same(head[4], head[5], parts["paid"], scale if head[2] else 0.0), text
    shown = [Decimal(head[4].replace(",", ""))]
    for sign, digits, word, about in re.findall(rf", (less|plus) {NUMBER} ([^,]*)", text):
        line = next(line for words, line in VALUES.items() if words in about)
        value = parts[line] = truth.line(line)
        assert (value < 0) == (sign == "less"), text
        assert same(digits, word, abs(value), scale if head[2] else 0.0), text
        shown.append(Decimal(digits.replace(",", "")) * (-1 if sign == "less" else 1))
    assert sum(shown) == Decimal(head[1].replace(",", "")), text
    for line in set(VALUES.values()) - set(parts):
        assert abs(truth.line(line)) <= 0.501 * digit, text
    mean = sum(truth.weights[r["scenario"]] * r["total"] for r in truth.tables["Scenario costs"])
    assert same(head[1], head[2], mean), text
    assert bool(head[3]) == (len(truth.weights) > 1)


@pytest.mark.parametrize("seed", PLANS)
def test_every_state_follows_from_the_other_tables(seed):
    truth = Truth(plan_of(seed))
    assert truth.tables["Rules"]
    for row in truth.tables["Rules"]:
        assert row["state"] == truth.state(row), row


def test_the_plans_tried_have_something_to_tell():
    states = {row["state"] for seed in PLANS for row in plan_of(seed).tables["Rules"]}
    assert states >= {"kept", "binds", "broken", "paid for", "not applied", "nothing to share"}
    assert any(row["unmet"] > 1.0 for seed in PLANS for row in plan_of(seed).tables["Service"])


@pytest.mark.parametrize("seed", PLANS)
def test_the_terminal_says_what_the_tables_say(seed):
    plan = plan_of(seed)
    truth, lines = Truth(plan), list(told(plan))
    total = re.match(rf"total {AMOUNT}, proven within ([\d.]+)% \({AMOUNT}\)", lines[0][0])
    assert same(total[1], total[2], plan.objective)
    assert same(total[3], None, plan.gap, 0.01)
    assert same(total[4], total[5], plan.objective - plan.bound)
    check_net(truth, lines[1][0])
    tight = truth.found("binds")
    said: dict[str, set[str]] = defaultdict(set)
    for text, colour in lines[2:]:
        if text.startswith("RULE NOT APPLIED: "):
            rule = next(r for r in truth.found("not applied") if text[18:].startswith(f"{r}: not"))
            assert colour == "red"
            check_levels(
                text[text.index("it stands at") :], truth.worst(truth.found("not applied")[rule])
            )
            said["not applied"].add(rule)
        elif found := re.match(
            rf"(.*?): (broken|missed) (?:at its price|and paid for), {AMOUNT}: (.*)", text
        ):
            state = {"broken": "broken", "missed": "paid for"}[found[2]]
            rows = side_of(text, truth.found(state)[found[1]])
            assert same(found[3], found[4], truth.price(rows)), text
            check_levels(found[5], truth.worst(rows))
            said[state].add(found[1])
        elif found := re.match(r"(\d+) of (\d+) rules bind: (.*)", text):
            assert int(found[1]) == len(tight)
            assert int(found[2]) == len({row["rule"] for row in truth.tables["Rules"]})
            assert all(rule in tight or "more" in rule for rule in re.split(r", | and ", found[3]))
        elif re.match(r"none of \d+ rules binds", text):
            assert not tight
        else:
            checks = re.fullmatch(r"(\d+) independent checks passed", text)
            assert int(checks[1]) == len(truth.tables["Checks"])
    for state in ("not applied", "broken", "paid for"):
        assert said[state] == set(truth.found(state)), state


def check_row(truth: Truth, row: dict) -> None:
    """One row of Summary: its figure and its sentence; one of no known kind fails."""
    section, item, value, text = (row[k] for k in ("section", "item", "value", "text"))
    plan, several = truth.plan, len(truth.weights) > 1
    if section == "Result":
        exact = {
            "Total discounted cost": plan.objective,
            "No plan can cost less than": plan.bound,
            "Gap": plan.gap,
            "Gap in money": plan.objective - plan.bound,
        }
        if value is not None:
            assert value == pytest.approx(exact[item])
        if item == "Total discounted cost":
            check_net(truth, text)
    elif section == "Cost by scenario":
        total = truth.rows("Scenario costs", scenario=item)[0]["total"]
        assert value == total
        mean = sum(
            truth.weights[r["scenario"]] * r["total"] for r in truth.tables["Scenario costs"]
        )
        digits, word, side = re.search(rf"; {AMOUNT} (above|below) the mean", text).groups()
        assert same(digits, word, abs(total - mean))
        assert (total > mean) == (side == "above")
        assert same(re.search(SHARE, text)[1], None, truth.weights[item], 0.01)
    elif section.startswith("Order in"):
        if value is None:
            assert item == "Nothing to order"
            return
        period = section.removeprefix("Order in ").partition(",")[0]
        cases = list(truth.weights)
        if named := re.match(r"if (.*?): ", text):
            cases = re.split(r", | and ", named[1])
        for case in cases:
            rows = truth.rows("Orders", scenario=case, order_period=period, offer=item)
            assert sum(r["units"] for r in rows) == pytest.approx(value)
            if value:
                spend = sum(r["spend"] for r in rows)
                assert same(*re.search(AMOUNT, text).groups(), spend)
    elif section.startswith("Cash by fiscal year"):
        cash = [
            r for r in truth.tables["Cash"] if r["line"] in CASH and truth.year(r["period"]) == item
        ]
        assert value == pytest.approx(truth.mean(cash, "amount"), abs=1e-6)
        assert several == ("(mean)" in section)
    elif section.startswith("Discounted cost by line"):
        assert value == pytest.approx(truth.line(item), abs=1e-6)
    elif section.startswith("Bound to be paid, by fiscal year"):
        firm = [r for r in truth.tables["Commitments"] if r["bound"] == "firm"]
        if item not in ("In all", "Present value"):
            firm = [r for r in firm if r["fiscal_year"] == item]
        column = "present_value" if item == "Present value" else "amount"
        assert value == pytest.approx(truth.mean(firm, column), rel=1e-9, abs=1e-6)
        assert several == ("(mean)" in section)
    elif section == "From cash to cost":
        exact = {
            "Cash of all years, as paid": truth.paid("amount"),
            "Discounting": truth.paid() - truth.paid("amount"),
            "Total discounted cost": plan.objective,
        }
        assert value == pytest.approx(exact[item] if item in exact else truth.line(item), abs=1e-3)
    elif section == "Rules not applied":
        rows = truth.found("not applied")[item]
        check_levels(text[text.index("it stands at") :], truth.worst(rows))
        windows = list(dict.fromkeys(r["window"] for r in rows))
        assert text.startswith(f"not applied in {windows[0]}")
    elif section in ("Rules broken at their price", "Minimums missed and paid for"):
        state = "broken" if "broken" in section else "paid for"
        rows = side_of(text, truth.found(state)[item])
        assert value == pytest.approx(truth.price(rows), rel=1e-6, abs=1e-3)
        worst = truth.worst(rows)
        check_levels(text, worst)
        assert f" in {worst['window']}, where" in text
        more = len({r["window"] for r in rows}) - 1
        assert (f" in {more} more window" in text) == (more > 0)
    elif section == "Rules that bind":
        rule = re.sub(r" \(at (?:most|least)\)$", "", item)
        if rule.startswith("and ") and value is None and not text:
            return
        first = next(
            r for r in truth.found("binds")[rule]
            if {"<=": "at most", ">=": "at least"}[r["sense"]] in text
        )  # fmt: skip
        check_levels(text, first)
        assert f" in {first['window']}" in text
        near = abs(first["slack"]) > ROOM * max(1.0, abs(first["limit"]))
        assert ("within one" in text) == near
        if number := re.search(r"binds in (\d+) of (\d+) windows", text):
            every = [
                r
                for r in truth.tables["Rules"]
                if (r["rule"], r["sense"]) == (rule, first["sense"])
            ]
            tight = {r["window"] for r in every if r["state"] == "binds"}
            assert (int(number[1]), int(number[2])) == (
                len(tight),
                len({r["window"] for r in every}),
            )
    elif section.startswith("Vendor share of"):
        if "order spend" in section:
            of = {"O": "Nord", "P": "Sud", "L": "Nord"}
            parts = defaultdict(float)
            for row in truth.tables["Orders"]:
                parts[of[row["offer"]]] += truth.weights[row["scenario"]] * row["spend"]
        else:
            parts = defaultdict(float)
            for row in truth.tables["Usage"]:
                asked = sum(
                    r["demand"]
                    for r in truth.rows(
                        "Service", scenario=row["scenario"], workload=row["workload"]
                    )
                )
                if asked > 0:
                    parts[{"C": "Nord", "D": "Sud"}[row["chip"]]] += (
                        truth.weights[row["scenario"]] * row["served"] / asked
                    )
        assert value == pytest.approx(parts[item] / sum(parts.values()), rel=1e-6)
        assert text == ""  # the book limits sellers, and vendors on one workload: not these
    elif section.startswith("Demand not served"):
        case = section.partition("scenario ")[2] or next(iter(truth.weights))
        rows = [
            r
            for r in truth.rows("Service", scenario=case)
            if r["unmet"] > ROOM * max(r["demand"], 1.0)
        ]
        if item == "all workloads":
            cash = truth.rows("Cash", scenario=case, line="unmet_penalty")
            told = re.fullmatch(rf"counted as a penalty of {AMOUNT}, {AMOUNT} discounted", text)
            assert same(told[1], told[2], sum(r["amount"] for r in cash)), text
            assert same(told[3], told[4], sum(r["discounted"] for r in cash)), text
            return
        if value is None:
            assert (item, rows) == ("All demand is served", [])
            return
        mine = [r for r in rows if r["workload"] == item]
        worst = max(r["unmet"] / r["demand"] for r in mine)
        assert value == pytest.approx(worst)
        found = re.search(rf"in (\S+), {NUMBER} of {NUMBER}", text)
        at = next(r for r in mine if r["period"] == found[1])
        assert at["unmet"] / at["demand"] == pytest.approx(worst)
        assert same(found[2], found[3], at["unmet"])
        assert same(found[4], found[5], at["demand"])
        assert ("at worst" in text) == (len(mine) > 1)
        whole = re.search(rf"over the plan, {NUMBER} of {NUMBER}", text)
        asked = sum(r["demand"] for r in truth.rows("Service", scenario=case, workload=item))
        assert same(whole[1], whole[2], sum(r["unmet"] for r in mine))
        assert same(whole[3], whole[4], asked)
    else:
        assert section.startswith("Commitments past the plan's end"), section


@pytest.mark.parametrize("seed", PLANS)
def test_every_row_of_summary_is_what_the_tables_say(seed):
    truth = Truth(plan_of(seed))
    for row in truth.tables["Summary"]:
        check_row(truth, row)
    sections = {row["section"] for row in truth.tables["Summary"]}
    for state, section in (
        ("not applied", "Rules not applied"),
        ("broken", "Rules broken at their price"),
        ("paid for", "Minimums missed and paid for"),
        ("binds", "Rules that bind"),
    ):
        assert (section in sections) == bool(truth.found(state)), section


@pytest.mark.parametrize("seed", PAGES)
def test_the_html_says_what_the_tables_say(seed):
    plan = plan_of(seed)
    truth, page = Truth(plan), Page(render(plan))
    head = page.words("head")
    cost = re.search(rf"The plan costs {AMOUNT}", head)
    assert same(cost[1], cost[2], plan.objective)
    net = head.partition(" a year. ")[2]
    check_net(truth, re.split(r"\.? (?:NOT )?PROVEN", net)[0])
    assert head.count("RULE NOT APPLIED") == len(truth.found("not applied"))
    first = truth.calendar.label(0)
    by_case = [
        sum(r["units"] for r in truth.rows("Orders", scenario=s, order_period=first))
        for s in truth.weights
    ]
    low, high = min(by_case), max(by_case)
    shown = re.search(rf"Order in {first} (?:nothing|([\d,.]+)(?: to ([\d,.]+))? units)", head)
    if high == 0:
        assert shown[1] is None
    else:
        assert same(shown[1], None, low)
        assert same(shown[2] or shown[1], None, high)
    short = [r for r in truth.tables["Service"] if r["unmet"] > ROOM * max(r["demand"], 1e-9)]
    assert ("served in full" in head) == (not short)
    if short:
        worst = max(r["unmet"] / r["demand"] for r in short)
        assert same(re.search(r"Worst shortage (?:under )?([\d.]+) %", head)[1], None, worst, 0.01)
        due, worth = (truth.line("unmet_penalty", name) for name in ("amount", "discounted"))
        note = rf"Counted as a (mean )?penalty of {AMOUNT}, {AMOUNT} discounted"
        told = re.search(note, page.words("capacity"))
        assert bool(told) == bool(due)
        if told:
            assert bool(told[1]) == (len(truth.weights) > 1)
            assert same(told[2], told[3], due) and same(told[4], told[5], worth), told[0]
    rules = page.words("rules")
    for state, words in (
        ("not applied", r"(\d+)(?: rules?)? (?:is|are) not applied"),
        ("broken", r"(\d+)(?: rules?)? (?:is|are) broken"),
        ("paid for", r"(\d+)(?: rules?)? (?:is|are) paid for"),
        ("binds", r"(\d+)(?: rules?)? binds?\b"),
    ):
        rows = {(r["rule"], r["sense"]) for r in truth.tables["Rules"] if r["state"] == state}
        number = re.search(words, rules)
        assert (int(number[1]) if number else 0) == len(rows), (state, rules[:200])
    for text in page.rows["rules"]:
        rule = next(
            (r for r in {row["rule"] for row in truth.tables["Rules"]} if text[0].startswith(r)),
            None,
        )
        if rule is None:
            continue
        word = (
            "NOT APPLIED" if "NOT APPLIED" in text[0] else "BROKEN" if "BROKEN" in text[0] else ""
        )
        state = {"NOT APPLIED": "not applied", "BROKEN": "broken"}.get(
            word, "paid for" if "paid for" in text[0] else "binds"
        )
        assert rule in truth.found(state), text
    for name in "WV":
        mine = [r for r in short if r["workload"] == name]
        for title in re.findall(rf"{name}: (short in|demand met in every)", page.words("capacity")):
            assert (title == "short in") == bool(mine) or len(truth.weights) > 1
