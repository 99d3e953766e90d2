"""Rules that bind, and what more room in them is worth."""

from __future__ import annotations

from ..plan.summary import listed
from .blocks import Block, Cell, Grid, Section, Two, Words
from .numbers import count, percent, plural
from .story import Row, Story

BINDING = 1e-6
"""Slack, relative to the limit, below which a rule binds."""
WORTH = 0.5
"""Marginal values below this are nothing [money]."""


def rules_section(story: Story) -> Section | None:
    """A table of the rules that bind or are broken; a sentence for the others."""
    by_rule: dict[tuple[str, str, str], list[tuple[str, Row]]] = {}
    for scenario, rows in story.by_scenario("Rules"):
        for row in rows:
            key = (str(row["sheet"]), str(row["rule"]), str(row["sense"]))
            by_rule.setdefault(key, []).append((scenario, row))
    if not by_rule:
        return None
    lines = [
        (key, rows, [item for item in rows if tight(item[1])]) for key, rows in by_rule.items()
    ]
    tight_lines = [line for line in lines if line[2]]
    loose = [rule for (_, rule, _), _, hits in lines if not hits]
    blocks: list[Block] = []
    if tight_lines:
        tight_lines.sort(
            key=lambda line: (
                not any(broken(row) for _, row in line[2]),
                -max(worth(row) for _, row in line[2]),
            )
        )
        rows = [cells(story, key, every, hits) for key, every, hits in tight_lines]
        title = f"{len(tight_lines)} of {plural(len(lines), 'rule')} bind"
        if len(tight_lines) == 1:
            title = f"1 of {plural(len(lines), 'rule')} binds"
        heads = ["Rule", "Binds in", "More room is worth"]
        note = (
            "What a little more room would save in the plan's cost, with all yes-or-no "
            "decisions and lots kept; it holds near the limit only. "
            "A dash: more room saves nothing by itself."
        )
        blocks.append(Grid(heads, rows, title=title, words=2, note=note, wide=True))
    if loose:
        blocks.append(Words([f"Room in every window: {listed(loose)}."]))
    return Section("rules", "Rules that bind", blocks)


def tight(row: Row) -> bool:
    """Whether a rule stands at its limit or is broken."""
    return float(row["slack"]) <= BINDING * max(1.0, abs(float(row["limit"]))) or broken(row)


def broken(row: Row) -> bool:
    """Whether a soft rule is broken."""
    return float(row["violation"]) > BINDING * max(1.0, abs(float(row["limit"])))


def worth(row: Row) -> float:
    """Saving for one more unit of the limit; for shares, one percentage point."""
    value = abs(float(row["marginal_value"]))
    return value / 100.0 if row["sheet"] == "Share rules" else value


def cells(
    story: Story,
    key: tuple[str, str, str],
    every: list[tuple[str, Row]],
    hits: list[tuple[str, Row]],
) -> list[Cell]:
    """One row of the table."""
    sheet, rule, sense = key
    limits = sorted({float(row["limit"]) for _, row in hits})
    shown = [limit_text(story, sheet, rule, limit) for limit in (limits[:1] + limits[1:][-1:])]
    sign = {"<=": "at most ", ">=": "at least ", "=": "exactly "}.get(sense, "")
    when = periods(story, [row for _, row in hits])
    number = len({row["window"] for _, row in every})
    held = len({row["window"] for _, row in hits})
    cases = dict.fromkeys(name for name, _ in hits)
    some = f" in {listed(cases)}" if story.several and len(cases) < len(story.scenarios) else ""
    where = Two(when, f"{held} of {plural(number, 'window')}{some}")
    best = max((row for _, row in hits), key=worth)
    value: Cell = "–"
    if worth(best) > WORTH or (sheet == "Budgets" and worth(best) > BINDING):
        amount, unit = worth_text(story, sheet, worth(best))
        value = Two(amount, f"{unit}, in {best['window']}")
    failed = [row for _, row in hits if broken(row)]
    limit = sign + " – ".join(shown)
    if failed:
        fine = story.money(sum(float(row["penalty"]) for row in failed))
        return [Two(rule, f"{limit}, BROKEN: penalty {fine}"), where, value]
    return [Two(rule, limit), where, value]


def limit_text(story: Story, sheet: str, rule: str, limit: float) -> str:
    """A limit in its unit."""
    if sheet == "Share rules":
        return percent(limit)
    if sheet == "Budgets":
        return story.money(limit)
    for row in story.inputs.rows("Contracts") if sheet == "Contracts" else ():
        if row["contract"] == rule:
            return story.money(limit) if row["basis"] == "spend" else f"{count(limit)} units"
    return count(limit)


def worth_text(story: Story, sheet: str, value: float) -> tuple[str, str]:
    """What one more unit saves, and what the unit is."""
    if sheet == "Share rules":
        return story.money(value), "per percentage point"
    if sheet == "Budgets":
        return f"{value:.2f} {story.currency}", f"per {story.currency} more"
    return story.money(value), "per unit"


def periods(story: Story, rows: list[Row]) -> str:
    """Windows in words: runs of periods, or fiscal years as they are."""
    windows = list(dict.fromkeys(str(row["window"]) for row in rows))
    known = [window for window in windows if window in story.year_of]
    others = [window for window in windows if window not in story.year_of]
    said = [story.spans(known)] if known else []
    return ", ".join([*said, *("the whole plan" if w == "plan" else w for w in others)])
