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

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..answers.engine import LEAST_SECONDS, SECONDS_PER_MINUTE, Engine
from ..answers.resolve import Ask, Best
from ..checking.check import check
from ..errors import PlanError, StoppedError
from ..futures.settle import trunk_of
from ..plan.plan import Plan, solve
from ..plan.words import percent
from ..quarters.books import opened
from ..quarters.draft import draft_of
from ..tables import Tables
from ..workbook.frames import frames_to_book
from .decisions import Decided, Held, Mix, Only, cheapest, executed, planned, the_world
from .quarters import Quarter, quarters_of
from .truth import STILL, Truth, bias_rows, frames_of, paths, truth_of, truth_rows

WITHIN = 0.05
"""How near to its shares a rule of thumb has to come: lots are whole."""
HINDSIGHT, DECIDED = "hindsight", "as decided"
Rows = list[dict[str, object]]
Thumb = tuple[str, str, Held | Mix | Only | Best]
"""A rule of thumb: its name, what it means, and its rows; or why there is none."""


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
class Clock:
    """The time for a backtest, shared out over the solves that are still to come."""

    minutes: float | None
    left: int
    """Solves to come, those that workers share counted together."""
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Time that is left."""
        if self.minutes is None:
            return math.inf
        return self.minutes * SECONDS_PER_MINUTE - (time.monotonic() - self.begun)

    def share(self, tables: Tables) -> float | None:
        """Seconds for the next solve; None where the book's own limit of time is the shorter."""
        part = max(self.seconds / max(self.left, 1), LEAST_SECONDS)
        self.left -= 1
        own = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
        return part if part < own else None


def costs_of(engine: Engine, rows: Sequence[Held | Mix | Only | Best]) -> list[Best]:
    """The best on the truth with rows of each kind; what is known stays as it is."""
    found: dict[int, Best] = {}
    for at, row in enumerate(rows):
        if isinstance(row, Best):
            found[at] = row
        elif isinstance(row, Held) and (missing := row.misplaced(engine.plan.solved.whole)):
            found[at] = Best("infeasible", note=f"no place on the truth for {missing[0]}")
    asked = [at for at in range(len(rows)) if at not in found]
    answers = engine.solve([Ask(extras=(rows[at],)) for at in asked])
    found.update(zip(asked, answers, strict=True))
    return [found[at] for at in range(len(rows))]


def backtest(
    sources: Sequence[str | Path | dict],
    names: Sequence[str] | None = None,
    gap: float | None = None,
    minutes: float | None = None,
    workers: int = 1,
    listener: Callable[[str], None] | None = None,
    solver: Callable[..., Plan] = solve,
) -> Backtest:
    """Workbooks of past quarters, in order: what each way of deciding costs on what came true.

    ``gap`` (a fraction) is that of each solve, each book's target by default; all of them take no
    longer than ``minutes``, and ``workers`` share what is costed on the truth. WorkbookError with
    every reason where the books do not follow each other; InfeasibleError where nothing can be,
    NoPlanInTimeError where hindsight was not found in time.
    """
    names = names or [
        one.stem if isinstance(one, Path) else f"book {at}" for at, one in enumerate(sources, 1)
    ]
    say = listener or (lambda _words: None)
    quarters = quarters_of([(name, opened(one)) for name, one in zip(names, sources, strict=True)])
    truth = truth_of(quarters)
    past, asked = quarters[:-1], 3 * (len(quarters) - 1) + 3
    clock = Clock(minutes, 1 + 2 * len(past) + math.ceil(asked / workers))
    say("solving hindsight")
    true = check(frames_to_book(frames_of(truth)))
    plan = solver(true, gap=gap, time_limit=clock.share(true))
    done = [executed(quarters, at) for at in range(len(past))]
    rows: list[Held | Mix | Only | Best] = []
    for at, quarter in enumerate(past):
        say(f"solving the quarter of {quarter.name}")
        before = joined(done[:at])
        rows.append(held(before | done[at], quarter.until))
        for book in (quarter.book.tables, knowing(truth, quarter)):
            rows.append(ahead(quarter, book, before, gap, solver, clock.share(book)))
    thumbs = rules_of_thumb(plan, quarters)
    say(f"costing {len(rows) + len(thumbs)} ways of deciding on what came true")
    left = None if minutes is None else max(clock.seconds, 0.0) / SECONDS_PER_MINUTE
    engine = Engine(plan, gap, left, workers=workers)
    found = costs_of(engine, [*rows, *(rule for _, _, rule in thumbs)])
    steps = [engine.base, *found[0 : len(rows) : 3]]
    regrets = [
        regret_row(quarter, steps[at], *found[3 * at : 3 * at + 3])
        for at, quarter in enumerate(past)
    ]
    policies = [
        policy(HINDSIGHT, "Best, had all been known.", steps[0], steps[0]),
        policy(DECIDED, "What was done, quarter by quarter.", steps[-1], steps[0]),
        *(
            policy(name, words, best, steps[0])
            for (name, words, _), best in zip(thumbs, found[len(rows) :], strict=True)
        ),
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


def knowing(truth: Truth, quarter: Quarter) -> Tables:
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
    quarter: Quarter,
    tables: Tables,
    before: Decided,
    gap: float | None,
    solver: Callable[..., Plan],
    seconds: float | None,
) -> Held | Best:
    """A workbook's quarter as its plan has it, with earlier ones as done; why there is none."""
    try:
        plan = solver(tables, gap=gap, time_limit=seconds)
    except StoppedError:
        raise
    except PlanError as error:
        return Best("failed", note=str(error).splitlines()[0])
    name = trunk_of(tables) if tables.scenarios else ""
    return held(before | planned(quarter, plan.tables, name), quarter.until)


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


def rules_of_thumb(plan: Plan, quarters: Sequence[Quarter]) -> list[Thumb]:
    """Rules that a person could have followed before the last workbook, given hindsight's plan."""
    until, whole = quarters[-1].begins, plan.solved.whole
    world, first = the_world(whole), quarters[0].book.tables
    offers = {row["offer"]: row for row in first.rows("Offers")}
    spent: dict[str, float] = {}
    for row in first.rows("Committed orders"):
        if row["order_period"] < 0:
            offer = offers[row["offer"]]
            price = offer["price"] if row["unit_price"] is None else row["unit_price"]
            months = 1 if offer["acquisition"] == "buy" else offer["term_months"]
            spent[offer["seller"]] = spent.get(offer["seller"], 0.0) + row["units"] * price * months
    rows: list[Thumb] = []
    total = sum(spent.values())
    if total:
        shares = tuple((name, value / total) for name, value in sorted(spent.items()))
        split = ", ".join(f"{name} {percent(share, 0)}" for name, share in shares)
        words = f"List value of orders by seller as ordered before, within {percent(WITHIN)}:"
        rows.append(("last split kept", f"{words} {split}.", Mix(shares, until, WITHIN)))
    else:
        empty = Best("unknown", note="nothing was ordered before the first workbook")
        rows.append(("last split kept", "As ordered before.", empty))
    only = Only(cheapest(world, until), until)
    words = "In each period only offers that are cheapest per unit of some workload's work."
    rows.append(("cheapest first", words, only))
    mine: dict[str, float] = {row["seller"]: 0.0 for row in offers.values()}
    for row in plan.tables["Orders"]:
        mine[str(row["seller"])] += float(row["spend"])
    two = sorted(mine, key=lambda name: (-mine[name], name))[:2]
    words = f"List value of orders 60% from {two[0]}"
    rule: Mix | Best = Best("unknown", note="there is one seller only")
    if len(two) == 2:
        words += f" and 40% from {two[1]}, within {percent(WITHIN)}."
        rule = Mix(tuple(zip(two, (0.6, 0.4), strict=True)), until, WITHIN)
    rows.append(("60/40", words, rule))
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
