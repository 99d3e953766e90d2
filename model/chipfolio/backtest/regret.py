"""What each way of deciding costs on what came true, and the regret in three parts.

All costs are of one workbook, the truth (see ``truth``), by the same model, from the first
workbook's first period to the last one's end; decisions that a policy does not fix are best.

- *As decided*: in each quarter before the last workbook, what the next one says was done.
- *Hindsight*: the best on the truth.
- *Last split kept*: list value of orders by seller as it was before the first workbook, within
  ``WITHIN``; *60/40*: of the two sellers with the most in hindsight. Amounts and dates are best, so
  a rule that a person follows costs no less.
- *Cheapest first*: in each period only offers with the least list price per unit of some workload's
  work over their chip's life (rented: per period).

The regret by quarter telescopes. Let C(k) be the best cost on the truth with what was done in the
first k quarters held, P(k) with the k-th quarter as its own workbook's plan had it, and T(k) as
that plan would be if the workbook had known the truth. Then

    execution = C(k) − P(k)    forecast = P(k) − T(k)    policy = T(k) − C(k − 1)

add up to C(k) − C(k − 1), and these to as decided less hindsight. Where P(k) or T(k) cannot be on
the truth, or was not found, the part is not told apart from the next: the row says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..answers.engine import Engine
from ..answers.resolve import Ask, Best
from ..checking.check import check
from ..errors import PlanError
from ..futures.settle import trunk_of
from ..plan.plan import Plan, solve
from ..plan.words import percent
from ..quarters.books import opened
from ..quarters.draft import draft_of
from ..workbook.frames import frames_to_book
from .decisions import Decided, Held, Mix, Only, cheapest, executed, planned, the_world
from .quarters import Quarter, quarters_of
from .truth import STILL, Truth, bias_rows, frames_of, paths, truth_of, truth_rows

WITHIN = 0.05
"""How near to its shares a rule of thumb has to come: lots are whole."""
HINDSIGHT, DECIDED = "hindsight", "as decided"
Rows = list[dict[str, object]]


@dataclass
class Backtest:
    """``tables`` by name, a sentence over them, and whether every cost is proven to its gap."""

    finding: str
    tables: dict[str, Rows]
    currency: str
    proven: bool
    regret: float | None
    """Cost as decided less that of hindsight; None where what was done cannot be on the truth."""

    @property
    def exit_code(self) -> int:
        """0, or 4 where a limit of time left a cost without its proof."""
        return 0 if self.proven else 4


@dataclass
class Costs:
    """Costs on the truth of what is held."""

    engine: Engine

    def of(self, *extras: object) -> Best:
        """The best on the truth with these rows."""
        for extra in extras:
            if isinstance(extra, Held):
                missing = extra.misplaced(self.engine.plan.solved.whole)
                if missing:
                    return Best("infeasible", note=f"no place on the truth for {missing[0]}")
        return self.engine.solve([Ask(extras=extras)])[0]  # type: ignore[arg-type]


def backtest(
    sources: Sequence[str | Path | dict],
    names: Sequence[str] | None = None,
    gap: float | None = None,
    listener: Callable[[str], None] | None = None,
    solver: Callable[..., Plan] = solve,
) -> Backtest:
    """Workbooks of past quarters, in order: what each way of deciding costs on what came true.

    ``gap`` (a fraction) is that of each solve, each book's target by default. WorkbookError with
    every reason where they do not follow each other; InfeasibleError where nothing can be.
    """
    names = names or [
        one.stem if isinstance(one, Path) else f"book {at}" for at, one in enumerate(sources, 1)
    ]
    say = listener or (lambda _words: None)
    quarters = quarters_of([(name, opened(one)) for name, one in zip(names, sources, strict=True)])
    truth = truth_of(quarters)
    say("solving hindsight")
    plan = solver(check(frames_to_book(frames_of(truth))), gap=gap)
    costs = Costs(Engine(plan, gap=gap))
    done = [executed(quarters, at) for at in range(len(quarters) - 1)]
    steps, regrets = [costs.engine.base], []
    for at, quarter in enumerate(quarters[:-1]):
        say(f"solving the quarter of {quarter.name}")
        before = joined(done[:at])
        here = costs.of(held(before | done[at], quarter.until))
        steps.append(here)
        known = knowing(truth, quarter)
        parts = [
            ahead(costs, quarter, book, before, gap, solver)
            for book in (quarter.book.tables, known)
        ]
        regrets.append(regret_row(quarter, steps[-2], here, *parts))
    say("solving rules of thumb")
    policies = [
        policy(HINDSIGHT, "Best, had all been known.", steps[0], steps[0]),
        policy(DECIDED, "What was done, quarter by quarter.", steps[-1], steps[0]),
        *rules_of_thumb(costs, quarters),
    ]
    costed = [one for one in (*steps,) if one.objective is not None]
    whole = len(costed) == len(steps)
    tables = {
        "Backtest policies": policies,
        "Backtest regret": regrets if whole else [],
        "Backtest bias": bias_rows(truth),
        "Backtest truth": truth_rows(truth),
    }
    proven = all(one.is_sure for one in steps) and plan.status == "optimal"
    currency = str(plan.inputs.setting("currency") or "")
    regret = steps[-1].high - steps[0].high if whole else None
    return Backtest(finding(regret, regrets, steps, currency), tables, currency, proven, regret)


def joined(done: Sequence[Decided]) -> Decided:
    """Decisions of several quarters together."""
    return {key: value for one in done for key, value in one.items()}


def held(decided: Decided, until: int) -> Held:
    """Rows that hold decisions."""
    return Held(tuple(sorted(decided.items())), until)


def knowing(truth: Truth, quarter: Quarter):  # noqa: ANN201 - checked tables
    """A workbook that had known the truth: its own rules, settings, state and end."""
    own = replace(truth, quarters=[replace(quarter, begins=0)], deliveries={})
    count, begins = quarter.book.tables.calendar.count, quarter.begins
    own_places = set(paths(quarter))
    own.path = {
        place: (values[begins:] + [values[-1]] * count)[:count]
        for place, values in truth.path.items()
        if place in own_places
    }
    own.quarters[0] = replace(own.quarters[0], ends=count)
    own.deliveries = {
        (offer, ordered - begins): delivered - begins
        for (offer, ordered), delivered in truth.deliveries.items()
    }
    draft = frames_of(own)
    settings = draft["Settings"]
    for name in STILL:  # its own hesitations stay its own, but for the tail of futures it has not
        if name != "tail_weight":
            row = settings["name"].map(str).str.strip().str.casefold() == name
            settings.loc[row, "value"] = quarter.book.tables.setting(name)
    previous = draft_of(quarter.book).frames().get("Previous plan")
    if previous is not None and not quarter.book.tables.scenarios:
        draft["Previous plan"] = previous
    return check(frames_to_book(draft))


def ahead(
    costs: Costs,
    quarter: Quarter,
    tables,  # noqa: ANN001 - checked tables
    before: Decided,
    gap: float | None,
    solver: Callable[..., Plan],
) -> Best:
    """Cost on the truth with a workbook's quarter as its plan has it, and earlier ones as done."""
    try:
        plan = solver(tables, gap=gap)
    except PlanError as error:
        return Best("failed", note=str(error).splitlines()[0])
    name = trunk_of(tables) if tables.scenarios else ""
    mine = planned(quarter, plan.tables, name)
    return costs.of(held(before | mine, quarter.until))


# ------------------------------------------------------------------ rows
def regret_row(
    quarter: Quarter, before: Best, here: Best, plan: Best, known: Best
) -> dict[str, object]:
    """A quarter's regret and its parts; they add up by how they are made."""
    notes = []
    costs = [before.high, known.high, plan.high, here.high]
    if known.objective is None:
        costs[1] = costs[0]
        notes.append(f"policy is not told from forecast ({known.note or known.status})")
    if plan.objective is None:
        costs[2] = costs[3]
        notes.append(f"execution is not told from forecast ({plan.note or plan.status})")
    best, knew, had, did = costs
    for name, one, other in (
        ("forecast", plan, known),
        ("policy", known, before),
        ("execution", here, plan),
    ):
        if untold(one, other):
            notes.append(f"{name} is smaller than the gaps")
    return {
        "book": quarter.name,
        "period": quarter.book.tables.calendar.label(0),
        "forecast": had - knew,
        "policy": knew - best,
        "execution": did - had,
        "regret": did - best,
        "low": max(here.low - before.high, 0.0),
        "high": here.high - before.low,
        "note": "; ".join(notes),
    }


def untold(one: Best, other: Best) -> bool:
    """Whether two costs differ, but by less than what is not proven of them."""
    if one.objective is None or other.objective is None or one.objective == other.objective:
        return False
    return one.low - other.high <= 0.0 <= one.high - other.low


def policy(name: str, meaning: str, here: Best, best: Best) -> dict[str, object]:
    """A way of deciding as a row."""
    known = here.objective is not None
    why = here.note or (
        "no plan of this kind keeps the rules" if here.status == "infeasible" else ""
    )
    return {
        "policy": name,
        "meaning": meaning,
        "cost": here.objective,
        "bound": here.bound,
        "regret": here.objective - best.objective if known else None,
        "low": max(here.low - best.high, 0.0) if known else None,
        "high": here.high - best.low if known else None,
        "note": "" if known else why or here.status,
    }


def rules_of_thumb(costs: Costs, quarters: Sequence[Quarter]) -> Rows:
    """Rules that a person could have followed before the last workbook."""
    until, best = quarters[-1].begins, costs.engine.base
    whole = costs.engine.plan.solved.whole
    world, first = the_world(whole), quarters[0].book.tables
    offers = {row["offer"]: row for row in first.rows("Offers")}
    spent: dict[str, float] = {}
    for row in first.rows("Committed orders"):
        if row["order_period"] < 0:
            offer = offers[row["offer"]]
            price = offer["price"] if row["unit_price"] is None else row["unit_price"]
            months = 1 if offer["acquisition"] == "buy" else offer["term_months"]
            spent[offer["seller"]] = spent.get(offer["seller"], 0.0) + row["units"] * price * months
    rows = []
    total = sum(spent.values())
    if total:
        shares = tuple((name, value / total) for name, value in sorted(spent.items()))
        split = ", ".join(f"{name} {percent(share, 0)}" for name, share in shares)
        words = f"List value of orders by seller as ordered before, within {percent(WITHIN)}:"
        rows.append(
            policy(
                "last split kept",
                f"{words} {split}.",
                costs.of(Mix(shares, until, WITHIN)),
                best,
            )
        )
    else:
        empty = Best("unknown", note="nothing was ordered before the first workbook")
        rows.append(policy("last split kept", "As ordered before.", empty, best))
    only = Only(cheapest(world, until), until)
    words = "In each period only offers that are cheapest per unit of some workload's work."
    rows.append(policy("cheapest first", words, costs.of(only), best))
    mine: dict[str, float] = {row["seller"]: 0.0 for row in offers.values()}
    for row in costs.engine.plan.tables["Orders"]:
        mine[str(row["seller"])] += float(row["spend"])
    two = sorted(mine, key=lambda name: (-mine[name], name))[:2]
    words = f"List value of orders 60% from {two[0]}"
    if len(two) == 2:
        words += f" and 40% from {two[1]}, within {percent(WITHIN)}."
        found = costs.of(Mix(tuple(zip(two, (0.6, 0.4), strict=True)), until, WITHIN))
    else:
        found = Best("unknown", note="there is one seller only")
    rows.append(policy("60/40", words, found, best))
    return rows


def finding(regret: float | None, rows: Rows, steps: Sequence[Best], currency: str) -> str:
    """The sentence over a backtest."""
    if regret is None:
        why = next(one.note or one.status for one in steps if one.objective is None)
        return f"What was done cannot be costed on what came true: {why}."
    low, high = max(steps[-1].low - steps[0].high, 0.0), steps[-1].high - steps[0].low
    if low <= 0.0:
        return f"Deciding as we did cost less than {high:,.0f} {currency} more than hindsight."
    parts = ", ".join(
        f"{name} {sum(row[name] for row in rows):,.0f}"  # type: ignore[misc]
        for name in ("forecast", "policy", "execution")
    )
    unsure = any("smaller than the gaps" in str(row["note"]) for row in rows)
    doubt = " Parts smaller than the gaps are marked in their rows." if unsure else ""
    return (
        f"Deciding as we did cost {regret:,.0f} {currency} more than hindsight "
        f"(proven: {low:,.0f} to {high:,.0f}): {parts}.{doubt}"
    )
