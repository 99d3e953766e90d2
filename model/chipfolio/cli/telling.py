"""What the terminal says of a plan: its cost, its proof, and the rules that do not simply hold."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..plan.keeping import Keeping
    from ..plan.plan import Plan
    from ..runs.solving import Run

ALARM, CARE, PLAIN = "red", "yellow", ""
MOST_NAMED = 5
"""Rules that bind named in a line; the sheet Rules has them all."""
IN_WORDS = 1e6
"""Gaps from here on are told in millions, and the total beside them."""


def tell(plan: Plan) -> None:
    """Say what the plan costs, how well it is proven, what is wrong with it."""
    for text, colour in told(plan):
        click.secho(text, fg=colour or None, bold=colour == ALARM)


def tell_places(run: Run) -> None:
    """Say where the plan stands, or that it does not and where the run keeps it."""
    kept = run.store.place(run.manifest)
    if run.stands:
        click.echo(f"plan: {run.folder / run.manifest.main}")
        if run.manifest.main.replace(".xlsx", ".html") in run.manifest.files:
            click.echo(f"report: {run.folder / run.target}.html")
        if run.store.gone:
            click.echo(run.store.gone)
        click.echo(f"run {run.manifest.run}: {kept}")
    else:
        click.echo(
            f"not published; run {run.manifest.run} keeps the plan: {kept / run.manifest.main}"
        )


def told(plan: Plan) -> Iterator[tuple[str, str]]:
    """The lines and their colours; all figures are those of the plan's tables."""
    from ..plan.net import net_of
    from ..plan.words import not_applied

    currency = str(plan.inputs.setting("currency"))
    costs = plan.tables["Scenario costs"]
    several = len(costs) > 1
    weights = {str(row["scenario"]): row["probability"] if several else 1.0 for row in costs}
    proven = plan.status == "optimal"
    yield total_line(plan, currency), PLAIN if proven else ALARM
    if plan.keeping is not None:
        yield keeping_words(plan.keeping, currency), PLAIN
    yield net_of(plan.tables["Cash"], weights, currency), PLAIN
    for rule, text in not_applied(plan.tables["Rules"], currency).items():
        yield f"RULE NOT APPLIED: {rule}: {text}", ALARM
    for section, words in (
        ("Rules broken at their price", "broken at its price"),
        ("Minimums missed and paid for", "missed and paid for"),
    ):
        for row in plan.tables["Summary"]:
            if row["section"] == section:
                price = f"{row['value']:,.0f} {currency}"
                yield f"{row['item']}: {words}, {price}: {row['text']}", CARE
    yield rules_line(plan), PLAIN
    for text in (*risk_lines(plan.tables, currency), *draw_lines(plan.tables, currency)):
        yield text, PLAIN
    checks = plan.tables["Checks"]
    yield f"{len(checks)} independent checks passed", PLAIN


def keeping_words(keeping: Keeping, currency: str) -> str:
    """What keeping near the previous plan costs, and how near that is."""
    proof = "" if keeping.proven else ", not proven the nearest"
    return (
        f"kept near the previous plan{proof}: orders worth {keeping.distance:,.0f} {currency} at "
        f"list differ from it, of the best plan {keeping.before:,.0f}; that costs "
        f"{keeping.cost:,.0f} {currency} more than the best plan found"
    )


def total_line(plan: Plan, currency: str) -> str:
    """The total and its proof, with no digit finer than the gap."""
    proof = "proven" if plan.status == "optimal" else "NOT PROVEN"
    weight = plan.inputs.setting("tail_weight")
    if weight and len(plan.tables["Scenario costs"]) > 1:
        tail = plan.inputs.setting("tail_probability")
        currency += f" (mean {1.0 - weight:.4g}, worst {100.0 * tail:.4g}% of futures {weight:.4g})"
    if plan.gap is None or plan.bound is None:
        return f"total {plan.objective:,.0f} {currency}, {proof}: no bound is known"
    gap = max(plan.best - plan.bound, 0.0)
    total, room = (money_to(value, gap) for value in (plan.objective, gap))
    return f"total {total} {currency}, {proof} within {plan.gap:.4%} ({room} {currency})"


def money_to(value: float, gap: float) -> str:
    """An amount to the digit that a gap leaves certain: cents only where the gap is under one."""
    from ..plan.words import SIZES, amount

    if gap < IN_WORDS:
        return f"{value:,.0f}" if gap >= 1.0 else f"{value:,.2f}"
    size = next((size for size, _ in SIZES if abs(value) >= size), 1.0)
    return amount(value, max(1, math.ceil(math.log10(size / gap))))


RISK = {
    "perfect information": "knowing from the start which scenario comes would be worth",
    "stochastic solution": "planning for the mean of the scenarios instead would cost",
    "insurance premium": "hedging against the tail costs, in the mean,",
    "insurance buys": "and makes the tail cheaper by",
}
"""Figures of the table Risk that are told, and how each sentence begins."""


def risk_lines(tables: Mapping[str, list[dict]], currency: str) -> Iterator[str]:
    """What the table Risk comes to: the dearest scenario, what knowing and hedging are worth."""
    from ..plan.words import amount

    rows = tables.get("Risk", [])
    for row in rows:
        if row["measure"] == "worst case":
            mean = next(r["value"] for r in rows if r["measure"] == "expected cost")
            yield (
                f"risk: the dearest scenario is {row['scenario']}, {amount(row['value'])} "
                f"{currency}, {amount(row['value'] - mean)} more than the mean (see Risk)"
            )
        elif row["measure"] in RISK:
            known = f"{RISK[row['measure']]} {between(row['low'], row['high'])} {currency}"
            yield f"risk: {row['text'] if row['value'] is None else known}"


def between(low: float | None, high: float | None) -> str:
    """A figure by what is proven of it: an interval, not its middle."""
    from ..plan.words import amount, apart

    if low is None or high is None:
        known = [f"{word} {amount(end)}" for word, end in (("at least", low), ("at most", high))
                 if end is not None]  # fmt: skip
        return "".join(known) or "an unknown amount of"
    if low == 0.0 < high:
        return f"less than {amount(high)}"
    return " to ".join(dict.fromkeys(apart([low, high], amount)))


def draw_lines(tables: Mapping[str, list[dict]], currency: str) -> Iterator[str]:
    """What the draws of the sheet Ranges come to."""
    from ..plan.words import amount, apart

    for row in tables.get("Monte Carlo", []):
        if row["measure"] == "total" and row.get("p50") is not None:
            low, middle, high = apart([row["p5"], row["p50"], row["p95"]], amount)
            yield (
                f"draws: of {row['samples']:,.0f}, half cost more than {middle} {currency}, nine "
                f"in ten between {low} and {high} {currency}"
            )


def rules_line(plan: Plan) -> str:
    """How many rules bind somewhere, and which."""
    from ..plan.verdicts import BINDS
    from ..plan.words import listed

    every = list(dict.fromkeys(str(row["rule"]) for row in plan.tables["Rules"]))
    tight = dict.fromkeys(str(row["rule"]) for row in plan.tables["Rules"] if row["state"] == BINDS)
    if not every:
        return "no rules in this book"
    if not tight:
        return f"none of {len(every)} rules binds"
    names = list(tight)[:MOST_NAMED]
    more = len(tight) - len(names)
    if more:
        names.append(f"{more} more (see Rules)")
    return f"{len(tight)} of {len(every)} rules bind: {listed(names)}"
