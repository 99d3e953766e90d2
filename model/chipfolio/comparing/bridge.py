"""The bridge from the cost of one plan to that of another, in steps that add up exactly.

The older of the two books is brought to the newer one's periods (the step `time rolled`); then
subject after subject is set to what the newer book says, and each world between is solved. A
step's total is the mean of what it adds in this order and in the opposite one. All worlds are those
of the older book on its way to the newer one, whichever plan is named first: exchanging the plans
changes signs and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..answers.engine import Ask, Asking, Engine
from ..answers.resolve import Best, Point
from ..answers.variant import Other
from ..quarters.difference import Difference, differences
from ..tables import Tables
from .horizon import at_periods_of
from .kept import DECISIONS, Kept, all_orders, shapley, worlds_of
from .mixing import Mix
from .moves import months_of
from .sides import Side, versions_now
from .subjects import SETTINGS, SOFTWARE, TIME, listed, natural
from .way import Node, Way

Rows = list[dict[str, object]]
KEPT_GAP = 1e-7
"""Gap of the worlds in which a plan is kept whole: little is left to decide there."""
FORWARD, REVERSE = "forward", "reverse"


def rank(side: Side) -> tuple[object, ...]:
    """A place of a plan among plans that begin together, whichever is named first."""
    return side.book.tables.sha256, side.objective, side.bound or -math.inf, side.versions


@dataclass(frozen=True)
class Found:
    """The ways from the older to the newer plan, and the effects told from the first plan's side.

    ``why`` says of a step that it has no effect; ``every``: effects are means over every order.
    """

    ways: tuple[Way, Way]
    effects: Mapping[str, float]
    why: Mapping[str, str]
    every: bool


@dataclass
class Bridge:
    """Everything between two plans; ``old`` begins first."""

    one: Side
    other: Side
    old: Side
    new: Side
    engine: Engine
    scenario: str | None = None

    def __post_init__(self) -> None:
        before, after = self.old.book.tables.calendar, self.new.book.tables.calendar
        self.rolled = (before.first_month, before.count) != (after.first_month, after.count)
        self.base, self.carried = self.old.book, 0.0
        if self.rolled:
            self.base, self.carried = at_periods_of(self.old, self.new, self.scenario)
        self.mix = Mix(self.base, self.new.book)
        self.mix.world(self.mix.split.subjects)  # asserts that nothing is without a subject
        self.between = self.mix.split.subjects
        now = versions_now()
        self.outdated = [side for side in (self.old, self.new) if side.versions != now]
        self.turned = self.one is self.new

    # ------------------------------------------------------------------ what is asked
    def ask(self, tables: Tables, start: Point | None, kept: Side | None = None) -> Ask:
        """A world to be solved, or one in which a plan is kept."""
        names = tuple(row["scenario"] for row in tables.scenarios)
        if self.old.scenario:
            names = tuple(
                row["scenario"]
                for row in tables.rows("Scenarios")
                if row["scenario"].casefold() == self.old.scenario.casefold()
            )
        extras = ()
        if kept is not None:
            extras = (Kept(f"{kept.book.tables.sha256} {kept.objective!r}", kept.tables),)
        return Ask(
            edits=(Other(tables.sha256, tables),),
            extras=extras,
            gap=None if kept is None else KEPT_GAP,
            tables=() if kept is not None else (*DECISIONS, "Scenario costs"),
            names=names,
            lacks=kept is not None,
            start=start,
        )

    def node_of(self, best: Best, newer: Sequence[str] = ()) -> Node:
        """A world as it was solved."""
        words = {
            "infeasible": "no plan keeps all the limits of such a book",
            "unbounded": "something in such a book pays without limit",
            "cut": "no plan was found in the time given",
        }
        if best.objective is None:
            note = best.note or words.get(best.status, "")
            return Node(best.status, newer=tuple(newer), note=note)
        costs = best.tables.get("Scenario costs", [])
        weights = {row["scenario"]: row["probability"] for row in costs}
        if len(weights) == 1:
            weights = dict.fromkeys(weights, 1.0)
        return Node(best.status, best.objective, best.bound, best.tables, tuple(newer), weights)

    def end(self, side: Side, newer: Sequence[str] = ()) -> Node:
        """A plan as an end of the way."""
        return Node(
            "plan", side.objective, side.bound, side.tables, tuple(newer), side.weights,
            f"as {side.name} says",
        )  # fmt: skip

    def best_at(self, subjects: Sequence[str], point: list[Point | None]) -> Asking:
        """The node of a world between, solved; what it starts from is put into ``point``."""
        world = self.mix.world(subjects)
        newer = [one for one in self.between if one in subjects]
        if world.tables is None:
            return Node("refused", newer=tuple(newer), note=world.why)
        best = (yield [self.ask(world.tables, point[0])])[0]
        if best.point:
            point[0] = best.point
        return self.node_of(best, newer)

    def first(self) -> Asking:
        """The older plan kept at the newer one's periods, then the best plan there."""
        world = self.base.tables
        kept = (yield [self.ask(world, None, self.old)])[0]
        point: list[Point | None] = [kept.point or None]
        if not self.rolled and self.old not in self.outdated:
            return self.end(self.old), point[0]
        if not self.between and self.new not in self.outdated:
            return self.end(self.new), point[0]  # the newer book itself
        best = (yield [self.ask(world, point[0])])[0]
        return self.node_of(best), best.point or point[0]

    def now(self, side: Side, point: Point | None) -> Asking:
        """What a plan's own book costs with the versions that are installed."""
        best = (yield [self.ask(side.book.tables, point)])[0]
        return self.node_of(best, self.between if side is self.new else ())

    def order(self, subjects: Sequence[str], start: Point | None) -> Asking:
        """The worlds between, changing one subject after the other."""
        point, nodes = [start], []
        for at in range(1, len(subjects)):
            nodes.append((yield from self.best_at(subjects[:at], point)))
        return nodes

    def effects(self) -> Asking:
        """What each subject adds with the first plan kept: (effects, why there is none)."""
        side = self.one

        def world(changed: frozenset[str]) -> Tables | None:
            other = set(self.between) - changed if self.turned else changed
            return self.mix.world(other).tables

        found: dict[frozenset[str], Best] = {}

        def asked(sets: Sequence[frozenset[str]]) -> Asking:
            able = [(one, tables) for one in sets if (tables := world(one)) is not None]
            answers = yield [self.ask(tables, None, side) for _, tables in able]
            found.update(zip((one for one, _ in able), answers, strict=True))

        def value(one: frozenset[str]) -> float | None:
            return found[one].objective if one in found else None

        alone = [frozenset({one}) for one in self.between]
        yield from asked([frozenset(), *alone])
        base = value(frozenset())
        why = {
            one: reason(found.get(frozenset({one})))
            for one in self.between
            if value(frozenset({one})) is None
        }
        able = [one for one in self.between if one not in why]
        if base is None:
            return {}, dict.fromkeys(self.between, reason(found.get(frozenset()))), None, True
        every = all_orders(able, size_of(found[frozenset()]))
        sets = worlds_of(able, every)
        yield from asked([one for one in sets if one not in found])
        result = shapley(able, every, value)
        if result is None:
            bad = min(
                (one for one in sets if value(one) is None),
                key=lambda one: (len(one), sets.index(one)),
            )
            names = " and ".join(one for one in able if one in bad)
            why |= dict.fromkeys(able, f"under {names} together {reason(found.get(bad))}")
            result = {}
        return result, why, base, every

    # ------------------------------------------------------------------ the way
    def ways(self) -> tuple[Way, Way]:
        """The nodes in the forward and in the reverse order, ends included."""
        first, start = self.engine.answer([self.first()])[0]
        orders = (self.between, self.between[::-1])
        questions = [self.order(subjects, start) for subjects in orders]
        if self.old in self.outdated and self.rolled:
            questions.append(self.now(self.old, None))
        if self.new in self.outdated and self.between:
            questions.append(self.now(self.new, start))
        found = self.engine.answer(questions)
        middle, extra = found[:2], found[2:]
        head: list[tuple[str, Node]] = []
        if self.old in self.outdated:
            head.append((SOFTWARE, extra.pop(0) if self.rolled else first))
        if self.rolled:
            head.append((TIME, first))
        ending = self.end(self.new, self.between)
        tail = [(SOFTWARE, ending)] if self.new in self.outdated else []
        last = extra.pop(0) if extra else ending
        ways = []
        for name, subjects, nodes in zip((FORWARD, REVERSE), orders, middle, strict=True):
            between = list(zip(subjects, [*nodes, last], strict=True)) if subjects else []
            steps = [*head, *between, *tail] or [(SETTINGS, ending)]
            way = Way(name, tuple(step for step, _ in steps),
                      (self.end(self.old), *(node for _, node in steps)))  # fmt: skip
            ways.append(way)
        return ways[0], ways[1]

    def found(self) -> Found:
        """The ways and the effects, all solved."""
        forward, reverse = self.ways()
        effects, why, base, every = self.engine.answer([self.effects()])[0]
        if TIME in forward.steps and base is not None and not self.turned:
            effects = {TIME: base - self.old.objective, **effects}
        elif TIME in forward.steps:
            why = {TIME: "the first plan does not say what to do before it begins", **why}
        return Found((forward, reverse), effects, why, every)

    def inputs(self) -> Iterator[tuple[str, Difference, bool]]:
        """Differences of the inputs by step, from the first plan's book to the second's.

        Where time was rolled, those from what the first plan rolls to: what it said would be.
        """
        shared = set(months_of(self.old.book.tables)) & set(months_of(self.new.book.tables))
        for one in differences(self.old.book, self.new.book).inputs:
            of_time = one.sheet == "Settings" and natural("Settings", one.item) == TIME
            beyond = one.period and one.period not in shared
            if of_time or beyond:
                yield TIME, self.directed(one), True
        for subject, one, moves in listed(self.mix.split.pieces):
            yield subject, self.directed(one), moves

    def directed(self, one: Difference) -> Difference:
        """A difference as it is told from the first plan's side."""
        if not self.turned:
            return one
        words = {"added": "removed", "removed": "added"}
        change = None
        if one.change is not None and isinstance(one.new, (int, float)) and one.new:
            change = (float(one.old) - one.new) / abs(one.new)  # type: ignore[arg-type]
        what = words.get(one.what, one.what)
        return replace(one, what=what, old=one.new, new=one.old, change=change)

    @property
    def currency(self) -> str:
        """The currency of both books."""
        return str(self.one.book.tables.setting("currency"))


def reason(best: Best | None) -> str:
    """Why a plan is no plan in a world."""
    if best is None:
        return "such a book cannot be"
    if best.status == "cut":
        return "it was not costed in the time given"
    if best.status == "infeasible":
        return f"the first plan breaks {best.note or 'a limit'}"
    return best.note or "there is no such plan"


def size_of(best: Best) -> int:
    """About how many columns a model has, by those that are not 0 in its plan."""
    return 2 * len(best.point) + 1
