"""A run of solve, from the input's bytes to a plan that stands published or is held back."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import LockedError, PlanError, WorkbookError
from ..quarters.books import opened
from ..quarters.difference import differences
from ..tables import Tables
from ..workbook.preflight import read_once
from . import disk
from .gates import Published, basis_of, judge
from .making import Making
from .manifest import Manifest, sha256
from .store import RESULT, Store, now

if TYPE_CHECKING:
    from ..plan.plan import Plan

WORDS = {2: "invalid_input", 3: "infeasible", 5: "no_plan", 9: "audit_failed", 130: "stopped"}
"""The result's word for a run without a plan, by exit code."""
HELD = 7
"""Exit code of a run that a gate holds back."""
PUBLISHED_AFTER = (0, 4, 8)
"""Exit codes of runs whose plan is published: proven, cut by time, or saved from a dead solver."""
WHOLE_ROW = 1.0
"""What a row or a text that changed counts, as a share."""


@dataclass
class Run:
    """A run under way: its private folder, what it knows of itself, the store it will join."""

    folder: Path
    book: Path
    target: str
    verb: str = "solve"
    options: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    stands: bool = False

    def __post_init__(self) -> None:
        content = read_once(self.book)
        self.making = Making(self.folder)
        try:
            disk.room_for(self.making.runs, len(content))
            self.input = self.making.put(self.book.name, content)
            self.store = Store(self.folder)
            self.store.mend(self.target)
        except BaseException:
            self.making.close()
            raise
        self.manifest = Manifest(
            run=0,
            verb=self.verb,
            book=self.book.name,
            target=self.target,
            input_sha256=sha256(content),
            options=self.options,
            versions=versions(),
            started=now(),
        )

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.making.close()

    # ------------------------------------------------------------------ before solving
    def earlier(self, tables: Tables, gap: float) -> Manifest | None:
        """An earlier run that solved the same to that gap; None where there is none."""
        self.manifest.content = content_of(tables)
        return self.store.solved(self.manifest, gap)

    # ------------------------------------------------------------------ how it ended
    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the run where it ends in an error that says something of the book."""
        try:
            yield
        except LockedError:
            raise  # the disk or the plan's file; what there is to keep is kept
        except PlanError as error:
            self.failed(error)
            raise

    def failed(self, error: PlanError) -> None:
        """Keep what a run without a plan has to say."""
        body: dict[str, Any] = {"status": WORDS.get(error.exit_code, "error")}
        body |= {"message": str(error), "conflicts": getattr(error, "conflicts", [])}
        body |= {"tables": getattr(error, "tables", {})}
        if isinstance(error, WorkbookError):
            body["problems"] = [problem.as_dict() for problem in error.problems]
        self.body = body
        self.manifest.status = body["status"]
        self.manifest.message = str(error).partition("\n")[0]
        self.end(error.exit_code)

    def finish(self, plan: Plan) -> int:
        """Keep a plan's files and publish it unless a gate holds it; the command's exit code."""
        from ..plan.plan import plain
        from ..workbook.planbook.book import plan_book

        tables, manifest = plan.inputs, self.manifest
        scenario = self.options.get("scenario")
        manifest.status, manifest.objective = plan.status, plan.objective
        manifest.bound, manifest.gap = plan.bound, plan.gap
        manifest.seconds = {name: round(value, 3) for name, value in plan.seconds.items()}
        manifest.currency = tables.setting("currency")
        manifest.basis = basis_of(tables, scenario)
        self.body = {**plain(plan), **self.body}
        if plan.exit_code in PUBLISHED_AFTER and not scenario:
            self.gates(tables, plan.tables, plan.gap)
        self.making.put(manifest.main, plan_book(plan))
        if self.options.get("html"):
            from ..report.page import render

            text = render(plan, manifest.held)
            self.making.put(f"{self.target}.html", text.encode("utf-8"))
        if plan.solver_log:
            self.making.put("solver.log", plan.solver_log.encode("utf-8"))
        self.end(HELD if manifest.held else plan.exit_code)
        return self.settle(manifest)

    def compared(self, body: dict[str, Any], tables: Tables) -> int:
        """Keep a comparison of scenarios and publish it; 4 where one of them is not proven."""
        from ..workbook.planbook.comparison import comparison_book

        found = [one for one in body["scenarios"].values() if "objective" in one]
        proven = all(one["status"] == "optimal" for one in found)
        self.manifest.status = "optimal" if proven else "feasible"
        self.body = {"status": self.manifest.status, **body}
        self.manifest.currency = tables.setting("currency")
        self.making.put(self.manifest.main, comparison_book(body["tables"]))
        self.end(0 if proven else 4)
        return self.settle(self.manifest)

    def again(self, earlier: Manifest, tables: Tables) -> int:
        """Take the result of an earlier run; publish it where another plan stands."""
        self.body = self.store.result(earlier)
        standing = self.store.standing(self.target)
        there = (self.folder / earlier.main).exists()
        self.manifest, self.stands = (
            earlier,
            bool(standing and standing.run == earlier.run and there),
        )
        if self.stands:
            return 0
        self.manifest.held = []
        if not self.options.get("scenario"):
            self.gates(tables, self.body["tables"], earlier.gap)
        if self.manifest.held:
            return HELD
        self.manifest.exit_code = 0
        return self.settle(earlier)

    def gates(self, tables: Tables, found: Mapping[str, list[dict]], gap: float | None) -> None:
        """Ask the book's gates; what holds the plan back goes into the manifest and the result."""
        verdicts = judge(tables, found, gap, self.published())
        self.manifest.held = [one.sentence for one in verdicts if one.holds]
        gates = [vars(one) for one in verdicts]
        for gate in gates:
            if gate["value"] == math.inf:
                gate["value"] = None
        first = {"held": self.manifest.held} if self.manifest.held else {}
        self.body = {**first, **self.body, "gates": gates}

    def end(self, exit_code: int) -> None:
        """Give the run its number and its folder."""
        self.manifest.exit_code = exit_code
        self.manifest.finished = now()
        self.making.put(RESULT, as_json(self.body))
        self.making.finish(self.manifest)

    def settle(self, manifest: Manifest) -> int:
        """Publish a run that may be; its exit code."""
        self.store.index.mend()
        if manifest.exit_code in PUBLISHED_AFTER:
            self.store.publish(manifest)
            self.stands = True
        return manifest.exit_code

    def held_words(self) -> str:
        """That the plan is held back, and by which gates, in one line."""
        return f"HELD BACK, not published: {'; '.join(self.manifest.held)}"

    def result(self) -> dict[str, Any]:
        """What the run found, for JSON: why it is held back first, where its plan is."""
        place = self.store.place(self.manifest) / self.manifest.main
        plan = self.folder / self.manifest.main if self.stands else place
        facts = {"plan": str(plan), "run": self.manifest.run, "published": self.stands}
        return {**self.body, **facts, "currency": self.manifest.currency}

    def published(self) -> Published | None:
        """The plan that stands, as gates compare with it; None where none does, or it is gone."""
        run = self.store.standing(self.target)
        if run is None:
            return None
        found = self.store.result(run).get("tables")
        if not found or not run.basis:
            return None
        before, present = self.store.place(run) / run.book, self.input
        return Published(run.run, found, run.basis, lambda: input_change(before, present))


def input_change(before: Path, present: Path) -> float:
    """The largest change of a number between two inputs; a row or a text counts as 100 %."""
    found = differences(opened(before), opened(present)).inputs
    return max((WHOLE_ROW if one.change is None else abs(one.change) for one in found), default=0.0)


def versions() -> dict[str, str]:
    """Versions on which a result depends."""
    found = {name: version(name) for name in ("chipfolio", "highspy", "pyomo", "numpy")}
    return {**found, "python": platform.python_version()}


def content_of(tables: Tables) -> str:
    """A hash of what a book says, notes included, whatever its bytes."""
    return sha256(json.dumps(tables.frames, sort_keys=True, default=str).encode())


def as_json(body: Mapping[str, Any]) -> bytes:
    """JSON as it is written into a run's folder."""
    text = json.dumps(body, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    return (text + "\n").encode("utf-8")
