"""The engine of re-solves: every answer is got by solving the book again with something changed.

How to use it, for a new kind of answer or for whoever compares two books::

    engine = Engine(plan)                       # or Engine(plan, workers=2, folder=…, minutes=…)
    base = engine.base                          # the book as it is: .bound, .objective, .point
    best = engine.solve([Ask(edits=(Drop("Budgets", "capex", "limit"),))])[0]
    saving = base.objective - best.objective

A question is a generator that yields lists of asks and is sent the list of their answers; what it
returns is its result. ``engine.answer([question, …])`` runs all of them in step: the asks that all
of them wait for go out together, so workers are never idle while any question has work, and what
is asked does not depend on who is done first. Starts come from the plans known before a round, in
a fixed order. So the number of workers changes no answer.

Answers are kept in ``folder`` under a name made of the book, the change, the versions and the
options; a run that is stopped goes on from there. ``minutes`` are shared out over what is still to
be solved; what was not solved in time says so (status ``cut``) and is not kept.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import PlanError
from ..futures.engine import LOCAL, run
from ..futures.work import answer, canonical, keep, key_of, packed
from .resolve import Ask, Best, Common, point_of
from .spans import NEGLIGIBLE, SHARE_OF_ALL

if TYPE_CHECKING:
    from ..plan.plan import Plan
    from ..tables import Tables

FUNCTION = "chipfolio.answers.resolve:resolve"
SECONDS_PER_MINUTE = 60.0
KEPT = "answers"
"""Where a batch of workers leaves its answers, under its folder."""
LEAST_SECONDS = 5.0
"""A re-solve that is begun gets at least so long."""
OF_BASE, OF_BOTH = 0.3, 0.98
"""Share of the widest interval that counts as resolved which the book's own proof may leave open,
and which it and a re-solve may leave open together. The book's is fine, for it serves them all."""
FEW = 300
"""Whole-number columns up to which a proof is driven on until even a difference of 0 is told."""
WITHIN = 1.0 + 1e-6
"""Rounding of a gap that was reached."""
__all__ = ["LOCAL", "Ask", "Asking", "Best", "Engine", "Progress"]

Asking = Generator[list[Ask], list[Best], Any]
"""A question: yields what it asks, is sent the answers, returns its result."""


def scale_of(plan: Plan) -> float:
    """Σ |discounted lines| of a plan, expected over scenarios [money]; 1 at least."""
    weights = plan.solved.whole.weights()
    rows = plan.tables["Cash"]
    return max(sum(weights[row["scenario"]] * abs(row["discounted"]) for row in rows), 1.0)


def name_of(tables: Tables, names: Sequence[str], *what: object) -> str:
    """A name under which something about a book is kept: made of the book, versions, and what."""
    return key_of(
        "answer",
        *(version(name) for name in ("chipfolio", "highspy", "pyomo")),
        tables.sha256,
        tuple(names),
        tables.setting("tail_weight"),
        *what,
    )


def base_gap(plan: Plan, scale: float) -> float:
    """Gap of the book's own proof from which differences are told apart.

    Of a book of few whole numbers, from which even a difference of 0 is.
    """
    share = NEGLIGIBLE if plan.size.get("integers", 0) < FEW else SHARE_OF_ALL
    return OF_BASE * share * scale / max(1.0, abs(plan.best))


def fine_gap(plan: Plan, scale: float) -> float:
    """Gap of a re-solve from which its difference to the plan is told apart.

    Together with the gap of the plan it is as wide as an interval that counts as resolved. Where
    the plan's own proof was cut short, nothing finer than that is asked for.
    """
    rest = width = math.inf if plan.bound is None else max(plan.best - plan.bound, 0.0)
    for share in (SHARE_OF_ALL, NEGLIGIBLE):
        if width <= WITHIN * OF_BASE * share * scale:
            rest = OF_BOTH * share * scale - width
    return min(plan.inputs.setting("target_gap"), rest / max(1.0, abs(plan.best)))


def apart_gap(plan: Plan, scale: float) -> float | None:
    """Gap of re-solves that are compared with one another alone, whatever the plan's own proof is.

    None, that of other re-solves, where the plan's proof was cut short, or of a book of few whole
    numbers.
    """
    if plan.status != "optimal" or plan.size.get("integers", 0) < FEW:
        return None
    rest = (OF_BOTH - OF_BASE) * SHARE_OF_ALL * scale
    return min(plan.inputs.setting("target_gap"), rest / max(1.0, abs(plan.best)))


def in_step(
    questions: Sequence[Asking], told: Callable[[int, int], None] | None = None
) -> Generator[list[Ask], list[Best], list[Any]]:
    """Several questions as one: what all of them wait for is asked together.

    Results in their order; ``told`` hears after each round how many are done, of how many.
    """
    results: list[Any] = [None] * len(questions)
    waiting: dict[int, list[Ask]] = {}

    def go_on(number: int, answers: list[Best] | None) -> None:
        try:
            waiting[number] = questions[number].send(answers)
        except StopIteration as ended:
            results[number] = ended.value
            waiting.pop(number, None)

    for number in range(len(questions)):
        go_on(number, None)
    while waiting:
        asked = {number: list(asks) for number, asks in waiting.items()}
        answers = iter((yield [ask for asks in asked.values() for ask in asks]))
        found = {number: [next(answers) for _ in asks] for number, asks in asked.items()}
        for number, mine in found.items():
            go_on(number, mine)
        if told is not None:
            told(len(questions) - len(waiting), len(questions))
    return results


@dataclass(frozen=True)
class Progress:
    """How far a run of questions is: questions done, and re-solves done and known to be needed."""

    questions: int
    of: int
    solved: int
    asked: int


@dataclass
class Engine:
    """Re-solves of one book, given its plan.

    ``gap`` (a fraction) is that of each re-solve. By default it is so fine that a difference is
    told apart, but no wider than the book's own target and no finer than the plan's own proof
    (``fine_gap``). ``seconds`` is the longest that one may take; ``workers`` processes or a Dask
    ``cluster`` share the work.
    PlanError where the plan was read from a file and has no model. Without a plan (None) the book
    is ``tables``, asks say which scenarios they are of, and ``gap`` is the book's target.
    """

    plan: Plan | None
    gap: float | None = None
    minutes: float | None = None
    seconds: float | None = None
    workers: int = 1
    cluster: str | None = None
    folder: Path | None = None
    listener: Callable[[Progress], None] | None = None
    tables: Tables | None = None
    base: Best = field(init=False)
    scale: float = field(init=False)
    """Σ |discounted lines| of the plan, expected over scenarios [money]."""
    solves: int = field(default=0, init=False)
    """Re-solves that were really done in this run."""
    known: dict[str, Best] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        tables = self.tables if self.plan is None else self.plan.inputs
        if tables is None or (self.plan is not None and self.plan.solved is None):
            raise PlanError("answers are got from a plan that was just solved, not from a file")
        self.scale = 1.0 if self.plan is None else scale_of(self.plan)
        if self.gap is None:
            known = self.plan is not None
            self.gap = fine_gap(self.plan, self.scale) if known else tables.setting("target_gap")
        limit = tables.setting("time_limit_minutes") * SECONDS_PER_MINUTE
        self.seconds = limit if self.seconds is None else self.seconds
        self.deadline = math.inf
        if self.minutes is not None:
            self.deadline = time.monotonic() + self.minutes * SECONDS_PER_MINUTE
        if self.plan is None:
            self.base, self.common = Best("cut"), Common(tables, ())
            return
        solved = self.plan.solved
        self.common = Common(tables, tuple(name for name in solved.whole.worlds if name))
        whole = solved.whole
        self.base = Best(
            status="optimal" if self.plan.status == "optimal" else "feasible",
            objective=self.plan.objective,
            bound=self.plan.bound,
            cost=self.plan.objective,
            point=point_of(solved.matrix),
            totals={name: world.total.value() for name, world in whole.worlds.items()},
        )

    # ------------------------------------------------------------------ questions
    def answer(self, questions: Sequence[Asking]) -> list[Any]:
        """Results of questions, in their order; all that wait for answers are served together."""
        steps = in_step(questions, self.told)
        answers = None
        while True:
            try:
                asks = steps.send(answers)
            except StopIteration as ended:
                return ended.value
            answers = self.solve(asks)

    def told(self, done: int, of: int) -> None:
        """Let the listener know how many questions are done."""
        if self.listener:
            self.listener(Progress(done, of, self.solves, self.solves))

    # ------------------------------------------------------------------ re-solves
    def solve(self, asks: Sequence[Ask]) -> list[Best]:
        """The answers to asks, in their order; equal ones are solved once."""
        asks = [replace(ask, start=ask.start or self.base.point) for ask in asks]
        keys = [self.key_of(ask) for ask in asks]
        todo = {key: ask for key, ask in zip(keys, asks, strict=True) if key not in self.known}
        if todo:
            self.known.update(self.solved(todo))
        return [self.known[key] for key in keys]

    def solved(self, todo: Mapping[str, Ask]) -> dict[str, Best]:
        """The answers by key to asks that are not known yet."""
        found = {key: best for key in todo if (best := self.kept(key)) is not None}
        left = [key for key in todo if key not in found]
        while left and (seconds := self.share([todo[key] for key in left])) > 0.0:
            batch = left if math.isinf(self.deadline) else left[: max(self.workers, 1)]
            tasks = {key: (todo[key], self.gap, seconds) for key in batch}
            for key, plain in self.run(tasks):
                found[key] = Best(**plain)
                self.keep(key, found[key])
                self.solves += 1
            left = left[len(batch) :]
        found.update({key: Best("cut", note="no time was left for it") for key in left})
        return found

    def run(self, tasks: Mapping[str, tuple]) -> Iterator[tuple[str, dict]]:
        """Plain answers by key: solved here one after another, or by workers where there are some.

        A search beside which a second process looks for plans takes two processors, so half as many
        workers do those. One alone is solved here too: a worker would first have to start.
        """
        alone = {key: task for key, task in tasks.items() if task[0].alone}
        paired = {key: task for key, task in tasks.items() if key not in alone}
        for some, workers in ((alone, self.workers), (paired, self.pairs)):
            if some and (min(workers, len(some)) > 1 or self.cluster is not None):
                yield from run(
                    FUNCTION, self.common, some, workers, self.cluster, self.folder
                ).items()
                continue
            common = packed(self.common)
            for key, task in some.items():
                yield key, json.loads(answer(FUNCTION, common, packed(task)))

    @property
    def pairs(self) -> int:
        """Workers for searches that take two processors; on a cluster each has what it needs."""
        return self.workers if self.cluster is not None else max(self.workers // 2, 1)

    def share(self, left: Sequence[Ask]) -> float:
        """Seconds for each of the re-solves that are left; 0 where there is no more time."""
        if math.isinf(self.deadline):
            return self.seconds
        time_left = self.deadline - time.monotonic()
        if time_left <= 0.0:
            return 0.0
        alone = sum(ask.alone for ask in left)
        rounds = math.ceil(alone / max(self.workers, 1))
        rounds += math.ceil((len(left) - alone) / self.pairs)
        return min(self.seconds, max(time_left / rounds, LEAST_SECONDS))

    def key_of(self, ask: Ask) -> str:
        """A name for an ask that depends on nothing but what is asked, and of what."""
        start = key_of(sorted((ask.start or {}).items()))
        return name_of(self.common.tables, self.common.names, self.gap, repr(ask), start)

    def kept(self, key: str) -> Best | None:
        """An answer that an earlier run kept."""
        if self.folder is None or not (path := self.folder / KEPT / key).exists():
            return None
        best = Best(**json.loads(path.read_bytes()))
        if best.is_sure:
            return best
        path.unlink()  # cut short in a run that was killed before it could say so
        return None

    def keep(self, key: str, best: Best) -> None:
        """Keep an answer for the next run, unless a limit of time cut it short."""
        if self.folder is None:
            return
        path = self.folder / KEPT / key
        if best.is_sure:
            path.parent.mkdir(parents=True, exist_ok=True)
            keep(path, canonical(best.__dict__))
        else:
            path.unlink(missing_ok=True)
