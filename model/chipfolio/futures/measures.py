r"""What uncertainty costs: the tail of a plan, its regrets, and what hedging and knowing are worth.

All of them are of costs, so less is better. S scenarios with probabilities p_s; z_s(x) is what
scenario s costs under the plan x of the tree.

Expected cost      E[z(x)] = \sum_s p_s z_s(x).
Value at risk      VaR_\beta: a least cost that is exceeded with probability at most \beta.
Tail (CVaR)        CVaR_\beta = \min_\eta \eta + \frac{1}{\beta} \sum_s p_s \max(z_s - \eta, 0):
                   the mean of the worst \beta, where a scenario may count in part (Rockafellar and
                   Uryasev, "Optimization of conditional value-at-risk", Journal of Risk 2, 2000;
                   for discrete distributions "Conditional value-at-risk for general loss
                   distributions", Journal of Banking & Finance 26, 2002).
Wait and see       WS = \sum_s p_s \min_x z_s(x): each scenario decided alone, with foresight.
Here and now       RP = \min_x E[z(x)] over the tree, the recourse problem.
Perfect            EVPI = RP - WS, the expected value of perfect information (Birge and Louveaux,
information        "Introduction to Stochastic Programming", 2nd ed. 2011, §4.1).
Value of the       VSS = EEV - RP: what is lost by planning for the mean of all scenarios. EEV is
stochastic         the expected cost where all decisions before the scenarios part are those of the
solution           plan for mean values, and later ones adapt (Birge and Louveaux §4.2; for several
                   stages Escudero, Garín, Merino and Pérez, "The value of the stochastic solution
                   in multistage problems", TOP 15, 2007, here at the first parting).
Regret             of s: z_s(x) - \min_x z_s(x) (Savage 1951).
Insurance          premium: E[z(x)] of the hedged plan less RP; what it buys: CVaR_\beta of the plan
                   that is best in the mean less that of the hedged one (the mean–risk frontier of
                   Rockafellar and Uryasev 2000).

Every figure that rests on an optimum is an interval: a minimum lies between a solve's proven bound
and the cost of its plan, and the interval of a difference is the difference of intervals. Intervals
are cut at 0 where theory says that a figure cannot be less. A plan found by any of the solves is a
plan of every scenario that it covers: an own best is no dearer than what another solve found.
Wait-and-see solves may place orders that arrive in time only in another scenario, as the tree may,
so that RP ≥ WS holds exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PlanError
from ..formulation.whole import build
from ..plan.plan import SECONDS_PER_MINUTE
from ..tables import Tables
from .engine import Watcher, run
from .settle import MeanWorld, decisions, hold, parting_of, settle, trunk_of, with_weight
from .work import key_of

if TYPE_CHECKING:
    from ..plan.plan import Plan

Rows = list[dict[str, object]]
TAILS = (0.05, 0.1, 0.25)
INSURED = 0.5
SAME = 1e-12


@dataclass(frozen=True)
class Interval:
    """A figure that is proven to lie between ``low`` and ``high``; ``value`` is the best known."""

    value: float
    low: float | None
    high: float

    def __sub__(self, other: Interval) -> Interval:
        low = None if self.low is None else self.low - other.high
        high = float("inf") if other.low is None else self.high - other.low
        return Interval(self.value - other.value, low, high)

    def at_least_zero(self) -> Interval:
        """The same, known not to be negative."""
        low = max(self.low if self.low is not None else 0.0, 0.0)
        return Interval(max(self.value, low), low, max(self.high, low))


def exactly(value: float) -> Interval:
    """A figure that is reckoned, not optimised."""
    return Interval(value, value, value)


def risk(
    plan: Plan,
    tables: Tables,
    tails: Sequence[float] = TAILS,
    insured: float = INSURED,
    gap: float | None = None,
    time_limit: float | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    folder: Path | None = None,
    watcher: Watcher | None = None,
) -> Rows:
    """Rows of the table Risk for the plan of a tree.

    ``tails`` are further tail probabilities to report. ``insured`` is the weight of the tail in the
    plan that a plan best in the mean is compared with (a hedged plan is compared with the plan best
    in the mean). Each of the solves behind it ends at ``gap`` or after ``time_limit`` seconds.
    """
    names = [row["scenario"] for row in tables.scenarios]
    totals = {row["scenario"]: row["total"] for row in plan.tables["Scenario costs"]}
    if len(names) < 2 or set(totals) != set(names):
        raise PlanError("risk is measured on a plan over all scenarios of a book that has several")
    gap = tables.setting("target_gap") if gap is None else gap
    limit = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
    limit = limit if time_limit is None else time_limit
    weight = tables.setting("tail_weight")
    other = insured if weight == 0 else 0.0
    jobs: list[tuple] = [("alone", name) for name in names]
    jobs += [("mean",), ("tree", other)]
    keys = {job: key_of("risk", tables.sha256, job, gap, limit) for job in jobs}
    found = run(
        "chipfolio.futures.measures:solved",
        tables,
        {keys[job]: (job, gap, limit) for job in jobs},
        workers,
        cluster,
        folder,
        watcher,
    )
    results = {job: found[key] for job, key in keys.items()}
    own = {name: interval(results["alone", name]) for name in names}
    mine = Interval(plan.objective, plan.bound, plan.objective)
    averaged, hedged = results["mean",], results["tree", other]
    return list(measures(tables, totals, own, mine, averaged, hedged, tails, insured))


def solved(tables: Tables, job: Sequence, gap: float, limit: float) -> dict[str, object]:
    """One solve behind the figures: a scenario alone, the plan for mean values, another weight."""
    names = [row["scenario"] for row in tables.scenarios]
    if job[0] == "alone":
        return settle(build(tables, [job[1]], beside=names), gap, limit).plain()
    if job[0] == "tree":
        return settle(build(with_weight(tables, job[1]), names), gap, limit).plain()
    trunk, until = trunk_of(tables), parting_of(tables)
    neutral = with_weight(tables, 0.0)
    whole = build(neutral, [trunk], replaced={trunk: MeanWorld(tables, trunk)})
    expected = settle(whole, gap, limit)
    if expected.objective is None:
        return expected.plain()
    held = decisions(whole.worlds[trunk], until)
    tree = build(neutral, names)
    for furnished in tree.worlds.values():
        hold(furnished, held, until)
    return settle(tree, gap, limit).plain()


def interval(result: Mapping) -> Interval | None:
    """What a solve proves of a minimum; None where it found no plan."""
    if result["objective"] is None:
        return None
    return Interval(result["objective"], result["bound"], result["objective"])


def best_known(found: Interval | None, costs: Sequence[float]) -> Interval:
    """A minimum with all plans found for it anywhere: no dearer than the cheapest of them."""
    cheapest = min(costs)
    if found is None:
        return Interval(cheapest, None, cheapest)
    value = min(found.value, cheapest)
    low = None if found.low is None else min(found.low, value)
    return Interval(value, low, min(found.high, cheapest))


def tail_of(totals: Mapping[str, float], shares: Mapping[str, float], tail: float) -> float:
    """CVaR: the mean of the worst ``tail`` of the totals."""
    left, worst = tail, 0.0
    for name in sorted(totals, key=lambda name: -totals[name]):
        taken = min(left, shares[name])
        worst += taken * totals[name]
        left -= taken
    return (worst + max(left, 0.0) * min(totals.values())) / tail


def at_risk(totals: Mapping[str, float], shares: Mapping[str, float], tail: float) -> float:
    """VaR: a least total that is exceeded with probability at most ``tail``."""
    above = 0.0
    for name in sorted(totals, key=lambda name: -totals[name]):
        above += shares[name]
        if above > tail + SAME:
            return totals[name]
    return min(totals.values())


def expected(totals: Mapping[str, float], shares: Mapping[str, float]) -> float:
    """Mean of the totals."""
    return sum(shares[name] * total for name, total in totals.items())


def measures(
    tables: Tables,
    totals: Mapping[str, float],
    own: Mapping[str, Interval | None],
    mine: Interval,
    averaged: Mapping,
    other: Mapping,
    tails: Sequence[float],
    insured: float,
) -> Iterator[dict[str, object]]:
    """The rows, from the plan's totals and the solves behind them."""
    given = {row["scenario"]: row["probability"] for row in tables.scenarios}
    shares = {name: share / sum(given.values()) for name, share in given.items()}
    weight, tail = tables.setting("tail_weight"), tables.setting("tail_probability")
    mean = expected(totals, shares)
    found = [plan for plan in (totals, averaged["totals"], other["totals"]) if plan]
    bests = {name: best_known(best, [plan[name] for plan in found]) for name, best in own.items()}
    yield row_of("expected cost", "", exactly(mean), "mean of the scenarios under this plan")
    yield row_of("objective", "", mine, f"mean and tail, the tail weighing {percent(weight)}")
    for share in dict.fromkeys([tail, *tails]):
        text = f"mean of the worst {percent(share)} of the futures"
        yield row_of(f"tail {percent(share)}", "", exactly(tail_of(totals, shares, share)), text)
        value = exactly(at_risk(totals, shares, share))
        text = f"exceeded with probability {percent(share)} at most"
        yield row_of(f"value at risk {percent(share)}", "", value, text)
    worst = max(totals, key=lambda name: totals[name])
    yield row_of("worst case", worst, exactly(totals[worst]), "the dearest scenario")
    for name, total in totals.items():
        yield row_of("cost", name, exactly(total), f"probability {percent(shares[name])}")
    for name, best in bests.items():
        yield row_of("own best", name, best, "what a plan made for it alone would cost")
        text = "what this plan costs more than its own best"
        yield row_of("regret", name, (exactly(totals[name]) - best).at_least_zero(), text)
    lows = [best.low for best in bests.values()]
    wait = Interval(
        sum(shares[name] * best.value for name, best in bests.items()),
        None if None in lows else sum(shares[name] * best.low for name, best in bests.items()),
        sum(shares[name] * best.high for name, best in bests.items()),
    )
    yield row_of("wait and see", "", wait, "mean of the own bests: decided with foresight")
    neutral = best_known(
        mine if weight == 0 else interval(other), [expected(plan, shares) for plan in found]
    )
    yield row_of("here and now", "", neutral, "least expected cost over the tree")
    knowing = (neutral - wait).at_least_zero()
    text = "expected value of perfect information: here and now less wait and see"
    yield row_of("perfect information", "", knowing, text)
    planned = interval(averaged)
    text = "expected cost where what is decided now is the plan for mean values"
    if planned is None and averaged["status"] == "infeasible":
        text += ": with it, some scenario has no plan"
    yield row_of("plan for the mean", "", planned, text)
    solution = None if planned is None else (planned - neutral).at_least_zero()
    text = "value of the stochastic solution: plan for the mean less here and now"
    yield row_of("stochastic solution", "", solution, text)
    yield from insurance(tables, totals, mine, other, shares, insured)


def insurance(
    tables: Tables,
    totals: Mapping[str, float],
    mine: Interval,
    other: Mapping,
    shares: Mapping[str, float],
    insured: float,
) -> Iterator[dict[str, object]]:
    """What hedging costs in the mean, and what it buys in the tail."""
    weight, tail = tables.setting("tail_weight"), tables.setting("tail_probability")
    found = interval(other)
    premium = relief = None
    if found is not None:
        hedged, plain = (totals, other["totals"]) if weight else (other["totals"], totals)
        least = found if weight else mine
        premium = (exactly(expected(hedged, shares)) - least).at_least_zero()
        relief = exactly(tail_of(plain, shares, tail) - tail_of(hedged, shares, tail))
    what = "this plan" if weight else f"a plan whose tail weighs {percent(insured)}"
    text = f"{what} costs so much more in the mean than the plan that is best in the mean"
    yield row_of("insurance premium", "", premium, text)
    text = f"and its worst {percent(tail)} cost so much less"
    yield row_of("insurance buys", "", relief, text)


def percent(share: float) -> str:
    """A share as a reader writes it."""
    return f"{100.0 * share:.4g}%"


def row_of(measure: str, scenario: str, found: Interval | None, text: str) -> dict[str, object]:
    """One row of the table Risk."""
    row: dict[str, object] = {"measure": measure, "scenario": scenario, "text": text}
    if found is None:
        words = f"{text}: not known, a solve behind it found no plan"
        return {**row, "value": None, "low": None, "high": None, "gap": None, "text": words}
    high = found.high if found.high != float("inf") else None
    width = None if found.low is None or high is None else high - found.low
    gap = None if width is None else width / max(1.0, abs(found.value))
    if abs(found.value) < 1.0 < (width or 0.0):
        gap = None  # of nothing there is no share
    return {**row, "value": found.value, "low": found.low, "high": high, "gap": gap}
