"""The first screen: what the plan costs, how well it is proven, and four figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..contract.lines import CASH_LINES
from ..contract.outputs import unproven
from ..plan.net import net_of
from ..plan.words import not_applied
from .numbers import count, first_up, percent, plural
from .story import Story

HALF = 0.5
"""Less money than this is nothing: amounts are whole units of the currency."""


@dataclass(frozen=True)
class Headline:
    """Title, horizon, the sentence of cost and the proof; ``proven`` picks the colour."""

    title: str
    horizon: str
    cost: str
    sentence: str
    badge: str
    proof: str
    proven: bool
    net: str
    alarms: tuple[str, ...]
    tiles: tuple[tuple[str, str, str], ...]


def headline(story: Story) -> Headline:
    """The head of the page."""
    plan = story.plan
    first, last = story.labels[0], story.labels[-1]
    proven = plan.status == "optimal"
    futures = f", {plural(len(story.scenarios), 'scenario')}" if story.several else ""
    return Headline(
        title=story.title,
        horizon=f"{first} to {last}, {plural(len(story.labels), story.period)}{futures}",
        cost=story.money(plan.objective),
        sentence=costs(story),
        badge="PROVEN" if proven else "NOT PROVEN",
        proof=proof(story, proven),
        proven=proven,
        net=first_up(net_of(story.table("Cash"), story.weights, story.currency)),
        alarms=tuple(alarms(story)),
        tiles=tuple(tiles(story)),
    )


def alarms(story: Story) -> Iterator[str]:
    """What nobody may miss: rules that are not applied."""
    for rule, text in not_applied(story.table("Rules"), story.currency).items():
        yield f"RULE NOT APPLIED: {rule}: {text}."


def costs(story: Story) -> str:
    """What kind of total the cost is."""
    inputs = story.inputs
    rate = percent(float(inputs.setting("discount_rate")))
    words = f"in {story.labels[0]} money, discounted at {rate} a year"
    if not story.several:
        return words
    weight = float(inputs.setting("tail_weight"))
    if not weight:
        return f"on average over {len(story.scenarios)} scenarios, {words}"
    tail = percent(float(inputs.setting("tail_probability")))
    return (
        f"over {len(story.scenarios)} scenarios, {words}: {percent(1.0 - weight)} the average, "
        f"{percent(weight)} the worst {tail} of futures"
    )


def proof(story: Story, proven: bool) -> str:
    """How far from the best possible plan this one can be."""
    plan = story.plan
    why = "" if proven else first_up(unproven(plan.ended)) + ". "
    if plan.bound is None or plan.gap is None:
        return why + "No lower bound is known: it cannot be said how much cheaper a plan could be."
    room = max(plan.best - plan.bound, 0.0)
    rules = "the rules that are applied" if any(alarms(story)) else "the rules"
    if room < HALF:
        return why + f"No plan that keeps {rules} costs less."
    cheaper = f"at most {story.money(room)} ({percent(plan.gap)}) cheaper"
    bound = f"no plan that keeps {rules} costs less than {story.money(plan.bound)}"
    if proven:
        return f"The best plan is {cheaper}: {bound}."
    return f"{why}A better plan may exist, {cheaper}: {bound}."


def tiles(story: Story) -> list[tuple[str, str, str]]:
    """Figures a reader looks for first: heading, value, remark."""
    found = []
    cash = story.mean(
        "Cash",
        lambda row: story.year_of[str(row["period"])] if row["line"] in CASH_LINES else None,
        "amount",
    )
    if cash:
        peak = max(cash, key=lambda year: cash[year])
        found.append(("Peak cash out", story.money(cash[peak]), f"in {peak}, undiscounted"))
    found.append(first_orders(story))
    asked = story.mean("Service", lambda row: "", "demand").get("", 0.0)
    if asked:
        found.append(served(story))
    checks = story.table("Checks")
    if checks:
        passed = sum(row["result"] == "ok" for row in checks)
        found.append(("Independent checks", f"{passed} of {len(checks)}", "passed"))
    return found


def first_orders(story: Story) -> tuple[str, str, str]:
    """What to order first: units from least to most over the scenarios, money as a mean."""
    first = story.labels[0]
    sums: dict[str, dict[str, float]] = {"units": {}, "spend": {}}
    for scenario in story.scenarios:
        rows = [row for row in story.rows("Orders", scenario) if row["order_period"] == first]
        for column, by_scenario in sums.items():
            by_scenario[scenario] = sum(float(row[column]) for row in rows)
    low, high = min(sums["units"].values()), max(sums["units"].values())
    mean = sum(story.weights[name] * spend for name, spend in sums["spend"].items())
    worth = f"for {story.money(mean)}" if high else ""
    if high - low <= 1e-6 * high:
        shown = f"{count(high)} units" if high else "nothing"
        return f"Order in {first}", shown, worth
    worth += " on average, by scenario"
    return f"Order in {first}", f"{count(low)} to {count(high)} units", worth


def served(story: Story) -> tuple[str, str, str]:
    """The worst shortage of any workload in any scenario."""
    worst = max(
        story.table("Service"),
        key=lambda row: float(row["unmet"]) / float(row["demand"]) if row["demand"] else 0.0,
    )
    share = float(worst["unmet"]) / float(worst["demand"]) if worst["demand"] else 0.0
    if share < 1e-6:
        return "Demand", "served in full", f"in every {story.period}"
    case = f", if {worst['scenario']}" if story.several else ""
    return "Worst shortage", percent(share), f"of {worst['workload']} in {worst['period']}{case}"
