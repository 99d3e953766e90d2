"""Rules: which are not applied, broken or paid for, which bind, and what more room is worth."""

from __future__ import annotations

from ..plan.verdicts import BINDS, BROKEN, KEPT, NOT_APPLIED, PAID, ROOM, close, worst_first
from ..plan.words import BOUNDS, level_and_limit, listed
from .blocks import Block, Cell, Grid, Section, Two, Words
from .numbers import DASH, count, percent, plural, spaced
from .story import Row, Story

UNITS = {"Share rules": "per percentage point", "Supplier counts": "per supplier"}
"""What one more of a limit is, where it is no money."""
WORTH = 0.5
"""Marginal values below this are nothing [money]."""
ORDER = (NOT_APPLIED, BROKEN, PAID, BINDS)
"""States that are told rule by rule, the worst first."""
Key = tuple[str, str, str]
"""Sheet, rule and sense."""
Hits = list[tuple[str, Row]]
"""Rows of the table Rules with their scenarios."""


def rules_section(story: Story) -> Section | None:
    """A table of the rules that bind or lie beyond their limit; a sentence for the others."""
    by_rule: dict[Key, Hits] = {}
    for scenario, rows in story.by_scenario("Rules"):
        for row in rows:
            key = (str(row["sheet"]), str(row["rule"]), str(row["sense"]))
            by_rule.setdefault(key, []).append((scenario, row))
    if not by_rule:
        return None
    told: list[tuple[str, Key, Hits, Hits]] = []
    for state in ORDER:
        lines = [
            (state, key, rows, [hit for hit in rows if hit[1]["state"] == state])
            for key, rows in by_rule.items()
        ]
        lines = [line for line in lines if line[3]]
        told += sorted(lines, key=lambda line: -max(worth(row) for _, row in line[3]))
    blocks: list[Block] = []
    if told:
        rows = [cells(story, *line) for line in told]
        heads = ["Rule", "Where", "More room is worth"]
        note = (
            "A rule binds where no room is left for one lot, step or unit of what is ordered: the "
            "largest that counts. More room: what a little of it would save in the plan's cost, "
            "with all yes-or-no decisions and lots kept; it holds near the limit only."
        )
        blocks.append(Grid(heads, rows, title=summed(told), words=2, note=note, wide=True))
    beyond = {key for _, key, _, _ in told}
    loose = [key[1] for key, rows in by_rule.items() if key not in beyond and holds(rows, KEPT)]
    if loose:
        blocks.append(Words([f"Room in every window: {listed(dict.fromkeys(loose))}."]))
    rest = [key[1] for key, rows in by_rule.items() if key not in beyond and not holds(rows, KEPT)]
    if rest:
        words = f"Nothing to share, or not in force: {listed(dict.fromkeys(rest))}."
        blocks.append(Words([words]))
    return Section("rules", "Rules", blocks)


def holds(rows: Hits, state: str) -> bool:
    """Whether a rule is in a state in some window."""
    return any(row["state"] == state for _, row in rows)


def summed(told: list[tuple[str, Key, Hits, Hits]]) -> str:
    """How many rules are in each state, the worst first."""
    said = []
    for state in ORDER:
        number = len({key for found, key, _, _ in told if found == state})
        verb = {BINDS: "binds" if number == 1 else "bind"}.get(
            state, f"{'is' if number == 1 else 'are'} {state}"
        )
        if number:
            words = f"{plural(number, 'rule')} {verb}" if not said else f"{number} {verb}"
            said.append(words)
    return listed(said)


def worth(row: Row) -> float:
    """Saving for one more unit of the limit; for shares, one percentage point."""
    value = abs(float(row["marginal_value"]))
    return value / 100.0 if row["sheet"] == "Share rules" else value


def cells(story: Story, state: str, key: Key, every: Hits, hits: Hits) -> list[Cell]:
    """One row of the table."""
    sheet, rule, sense = key
    limits = sorted({float(row["limit"]) for _, row in hits})
    shown = [limit_text(story, sheet, rule, limit) for limit in (limits[:1] + limits[1:][-1:])]
    limit = f"{BOUNDS[sense]} {f' {DASH} '.join(shown)}"
    when = periods(story, [row for _, row in hits])
    number = len({row["window"] for _, row in every})
    held = len({row["window"] for _, row in hits})
    cases = dict.fromkeys(name for name, _ in hits)
    some = f" in {listed(cases)}" if story.several and len(cases) < len(story.scenarios) else ""
    where = Two(when, f"{held} of {plural(number, 'window')}{some}")
    worst = worst_first(row for _, row in hits)[0]
    level = spaced(level_and_limit(worst, story.currency)[0])
    at = f"{level} in {worst['window'] or 'its window'}"
    if state == NOT_APPLIED:
        text = f"{limit}: NOT APPLIED, {at}"
        return [Two(rule, text), where, "no decision of the plan can change it"]
    if state == BROKEN:
        fine = story.money(sum(penalty(story, name, row) for name, row in hits))
        text = f"{limit}: BROKEN at its price, {at}; penalty {fine}, undiscounted"
        return [Two(rule, text), where, value_of(story, sheet, hits)]
    if state == PAID:
        return [Two(rule, f"{limit}: missed and paid for, {at}"), where, "see Contracts"]
    near = [row for _, row in hits if abs(float(row["slack"])) > close(float(row["limit"]))]
    if near:
        level, least = map(spaced, level_and_limit(near[0], story.currency))
        limit += f"; {level} of {least} in {near[0]['window']}, within one {near[0]['one']}"
    return [Two(rule, limit), where, value_of(story, sheet, hits)]


def penalty(story: Story, scenario: str, row: Row) -> float:
    """A penalty, weighted by its scenario's probability."""
    return story.weights[scenario] * float(row["penalty"])


def value_of(story: Story, sheet: str, hits: Hits) -> Cell:
    """What more room in a rule is worth, or why no figure says so."""
    best = max((row for _, row in hits), key=worth)
    rule = str(best["rule"])
    if worth(best) > WORTH or (is_money(story, sheet, rule) and worth(best) > ROOM):
        amount, unit = worth_text(story, sheet, rule, worth(best))
        return Two(amount, f"{unit}, in {best['window']}")
    return Two("not known", "whole lots or yes-or-no decisions stand at it, and they are kept")


def limit_text(story: Story, sheet: str, rule: str, limit: float) -> str:
    """A limit in its unit."""
    if sheet == "Share rules":
        return percent(limit)
    if sheet == "Budgets":
        return story.money(limit)
    if sheet == "Contracts":
        return story.money(limit) if is_money(story, sheet, rule) else f"{count(limit)} units"
    return count(limit)


def is_money(story: Story, sheet: str, rule: str) -> bool:
    """Whether a rule limits money: a budget, or a contract by what is spent."""
    spent = [row["contract"] for row in story.inputs.rows("Contracts") if row["basis"] == "spend"]
    return sheet == "Budgets" or (sheet == "Contracts" and rule in spent)


def worth_text(story: Story, sheet: str, rule: str, value: float) -> tuple[str, str]:
    """What one more unit saves, and what the unit is."""
    if is_money(story, sheet, rule):
        return f"{value:.2f} {story.currency}", f"per {story.currency} more"
    return story.money(value), UNITS.get(sheet, "per unit")


def periods(story: Story, rows: list[Row]) -> str:
    """Windows in words: runs of periods, or fiscal years as they are."""
    windows = list(dict.fromkeys(str(row["window"]) for row in rows))
    known = [window for window in windows if window in story.year_of]
    others = [window for window in windows if window not in story.year_of]
    said = [story.spans(known)] if known else []
    return ", ".join([*said, *("the whole plan" if w == "plan" else w for w in others)])
