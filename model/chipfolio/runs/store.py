"""The runs of a folder: which there are, which plan stands published, what was solved already."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import LockedError, PlanError
from . import disk
from .index import Index
from .making import PRIVATE, RUNS, here
from .manifest import NAME, Manifest, sha256

RESULT = "result.json"
LARGEST = 10**9
"""No run has such a number."""
CLOSE = 1e-7
"""A gap this much above the one asked for is still that gap."""


class Store:
    """Runs below ``folder``, and the plans that stand published in it."""

    def __init__(self, folder: Path, anew: bool = False) -> None:
        self.folder = folder
        self.index = Index(folder, anew)
        self.gone = ""
        """What became of a report that told of the plan that stood before; blank if nothing."""

    def place(self, run: Manifest) -> Path:
        """The run's folder."""
        return self.folder / RUNS / run.folder_name

    def runs(self, book: str = "", limit: int = -1) -> Iterator[Manifest]:
        """All runs, or those of one workbook, the newest first."""
        if not book:
            return self.index.rows(limit=limit)
        return self.index.rows("book = ? COLLATE NOCASE", Path(book).stem, limit=limit)

    def run(self, number: int) -> Manifest:
        """The run of that number; PlanError where there is none."""
        known = 0 < number < LARGEST
        found = list(self.index.rows("number = ?", number)) if known else []
        if not found:
            raise PlanError(f"there is no run {number} in {self.folder / RUNS}")
        return found[0]

    def result(self, run: Manifest) -> dict[str, Any]:
        """The result of a run as it was written to JSON; empty where it has none."""
        path = self.place(run) / RESULT
        return json.loads(path.read_bytes()) if path.exists() else {}

    # ------------------------------------------------------------------ what stands
    def standing(self, target: str) -> Manifest | None:
        """The run whose plan stands published under a name; None where there is none.

        That is the run whose file it is. Where the file was changed or taken away by hand, it is
        the run that was published last.
        """
        found = None
        with suppress(OSError):
            digest = sha256((self.folder / f"{target}.xlsx").read_bytes())
            found = self.index.published_last("target = ? AND plan = ?", target, digest)
        return found or self.index.published_last("target = ? AND published > 0", target)

    def solved(self, like: Manifest, gap: float) -> Manifest | None:
        """The latest run that solved the same content, options and versions to a gap."""
        for run in self.index.rows("target = ? AND content = ?", like.target, like.content):
            proven = run.status == "optimal" and run.gap is not None and run.gap <= gap + CLOSE
            same = (run.options, run.versions) == (like.options, like.versions)
            if proven and run.has_plan and same:
                return run
        return None

    # ------------------------------------------------------------------ publishing
    def publish(self, run: Manifest, because: str = "", by: str = "") -> None:
        """Put a run's plan in the place of the one that stands, in one step.

        Its report follows; in between there is none, so a report never stands beside another
        plan. LockedError, the plan that stood left as it was, where the file cannot be replaced.
        """
        place = self.place(run)
        report = self.folder / f"{run.target}.html"
        aside = self.folder / f".{run.target}-{here()}.html.aside"
        had = report.exists()
        before = self.standing(run.target) if had else None
        try:
            content = (place / run.main).read_bytes()
            if had:
                report.replace(aside)
            try:
                target = self.folder / run.main
                disk.swap(content, target, self.folder / f".{run.target}-{here()}.xlsx.part")
            except OSError:
                if had:
                    aside.replace(report)
                raise
            self.record(run, because, by)
            disk.remove(aside)
            self.put_report(run)
            if had and report.name not in run.files:
                kept = before is not None and report.name in before.files
                where = f"; run {before.run} keeps it, {self.place(before)}" if kept else ""
                self.gone = (
                    f"{report} told of the plan before this one and is taken away{where}. With "
                    "--html this plan has its own"
                )
        except OSError as error:
            raise LockedError(
                f"{self.folder / run.main} cannot be replaced ({error.strerror or error}): close "
                f"it if it is open. The run is kept as number {run.run}; the same command, or "
                f"chipfolio history --publish {run.run}, publishes it"
            ) from error

    def wave_through(self, run: Manifest, because: str, by: str) -> None:
        """Publish a run that was not, for a reason; PlanError where it has no plan."""
        if not run.has_plan:
            raise PlanError(f"run {run.run} has no plan to publish: it ended as {run.word}")
        if not because.strip():
            raise PlanError("say why with --because: it stands in the run's manifest")
        self.publish(run, because.strip(), by)

    def put_report(self, run: Manifest) -> None:
        """Put the report of the plan that stands beside it, where it has one and lacks it."""
        name = f"{run.target}.html"
        if name in run.files:
            content = (self.place(run) / name).read_bytes()
            disk.swap(content, self.folder / name, self.folder / f".{name}-{here()}.part")

    def mend(self, target: str) -> None:
        """Finish what a publication that was cut short left undone."""
        run = self.standing(target)
        report = self.folder / f"{target}.html"
        with suppress(OSError):
            (self.folder / f".{target}-{here()}.html.aside").unlink(missing_ok=True)
            if run is None or f"{target}.html" not in run.files:
                return
            if not report.exists() and (self.folder / run.main).exists():
                self.put_report(run)

    def record(self, run: Manifest, because: str, by: str) -> None:
        """Note in the run's manifest that it was published."""
        last = max((one.last_published for one in self.index.rows("published > 0")), default=0)
        entry = {"order": last + 1, "at": now(), "by": by, "because": because}
        run.published = [*run.published, entry]
        self.save(run)

    def save(self, run: Manifest) -> None:
        """Write a run's manifest anew, in one step."""
        place = self.place(run)
        disk.swap(run.as_json(), place / NAME, place / (NAME + ".part"))
        self.index.mend()

    # ------------------------------------------------------------------ tidying
    def prune(self, keep: int) -> list[Manifest]:
        """Remove all but the newest ``keep`` runs of each workbook; returns those removed.

        Runs that were ever published, and those that a gate holds, are never removed.
        """
        seen: dict[str, int] = {}
        removed = []
        for run in list(self.index.rows()):
            seen[run.target] = seen.get(run.target, 0) + 1
            stands = self.standing(run.target)
            kept = run.published or run.held or (stands is not None and stands.run == run.run)
            if seen[run.target] > keep and not kept:
                removed.append(run)
                gone = self.folder / RUNS / f"{PRIVATE}{here()}-pruned-{run.run}"
                disk.rename(self.place(run), gone)
                disk.remove_folder(gone)
        self.index.mend()
        return removed


def now() -> str:
    """The present moment as text, to the second, in universal time."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def user() -> str:
    """Who is at the keyboard, as the system knows them; empty where it does not."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
