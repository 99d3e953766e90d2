"""Watching a folder: which workbook changed in what it says, and one solve at a time.

The watcher holds no events. Each look compares the folder with what was seen before, so an event
that a share swallowed, or ten that a program made of one save, change nothing. A workbook is read
once it has been still for `STILL` seconds, and solved where its mark (`content.mark_of`) is another
than that of its last solve. The marks lie in ``DIR/runs/watched.json``, and which job is under way
in ``DIR/runs/under_way.json``, so a new watcher goes on where the last one ended.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import LockedError, WorkbookError
from ..runs import disk
from ..runs.making import RUNS
from ..runs.store import Store
from .content import mark_of
from .job import RETRY, Adopted, Job, read_json
from .names import original_of, workbooks
from .states import FAULTS, WITH_PLAN, state_of

STILL = 5.0
"""Seconds for which a file must not have changed before it is read."""
HALF = 30.0
"""Seconds after which a file that still cannot be opened is no longer half written, but damaged."""
AGAIN = 10.0
"""Seconds until a workbook that was locked is tried again."""
MARKS, UNDER_WAY = "watched.json", "under_way.json"
Stamp = tuple[int, ...]


@dataclass
class Watched:
    """One workbook as it stands.

    ``state``: waiting, checking, solving, published, held by a gate, faults, no plan, stopped …
    ``detail`` is a sentence on it, ``result`` what its last solve found.
    """

    path: Path
    stamp: Stamp | None = None
    since: float = 0.0
    settled: Stamp | None = None
    state: str = "waiting"
    detail: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    asked: bool = False
    """Somebody asked for a solve now, whatever the mark."""
    questions: list[dict[str, str]] = field(default_factory=list)
    """Questions that wait to be answered, each a row of Questions."""
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Rows of Answers to the questions asked last."""


class Watch:
    """A folder under watch, its workbooks and the one job under way."""

    def __init__(
        self,
        folder: Path,
        out: Path,
        start: Callable[[Path, Path, dict[str, str] | None], Job] = Job,
        clock: Callable[[], float] = time.monotonic,
        say: Callable[[str], None] = print,
    ) -> None:
        self.folder, self.out = folder, out
        self.start, self.clock, self.say = start, clock, say
        self.books: dict[str, Watched] = {}
        self.job: Adopted | None = None
        self.under_way: Watched | None = None
        self.told: set[str] = set()
        self.worst = 0
        self.marks = self.read_marks()
        self.adopt()

    # ------------------------------------------------------------------ one look
    def look(self) -> bool:
        """Look once; whether something is waiting or under way."""
        now = self.clock()
        self.see(now)
        self.finish()
        if self.job is None:
            for book in list(self.books.values()):
                if self.due(book, now) and self.take(book, now):
                    break
        return self.job is not None or any(self.pending(book) for book in self.books.values())

    def see(self, now: float) -> None:
        """Note which workbooks there are and when each last changed."""
        there = set()
        for path in workbooks(self.folder):
            original = original_of(path)
            if original:
                if path.name not in self.told:
                    self.told.add(path.name)
                    self.say(f"{path.name}: a conflict copy of {original}, which is not solved")
                continue
            there.add(path.name)
            book = self.books.setdefault(path.name, Watched(path, since=now))
            stamp = stamp_of(path)
            if stamp != book.stamp:
                book.stamp, book.since = stamp, now
        for name in set(self.books) - there:
            book = self.books[name]
            if book.stamp is not None:
                book.stamp, book.since = None, now
            if book is not self.under_way and now - book.since > HALF:
                del self.books[name]

    def pending(self, book: Watched) -> bool:
        """Whether a workbook changed since it was last read, or somebody asked for a solve."""
        wanted = book.asked or bool(book.questions)
        return book.stamp is not None and (wanted or book.stamp != book.settled)

    def due(self, book: Watched, now: float) -> bool:
        """Whether a workbook that is pending has been still for long enough."""
        return self.pending(book) and now - book.since >= STILL

    # ------------------------------------------------------------------ one workbook
    def take(self, book: Watched, now: float) -> bool:
        """Read a workbook that is still; whether a solve of it was started."""
        stamp = book.stamp
        try:
            mark = mark_of(book.path)
        except LockedError as error:
            book.state, book.detail, book.since = "waiting", str(error), now
            return False
        except WorkbookError as error:
            if now - book.since < HALF:
                return False  # half a file, perhaps: it is read again when it grew, or later
            mark = f"unreadable {stamp}"
            if self.marks.get(book.path.name) != mark:
                self.refused(book, error, mark)
            book.settled = stamp
            return False
        if stamp_of(book.path) != stamp:
            return False  # it changed while it was read
        book.settled = stamp
        if mark == self.marks.get(book.path.name) and not book.asked:
            self.recall(book)
            if not book.questions:
                return False
        question = None if book.asked or not book.questions else book.questions.pop(0)
        book.asked = False
        self.begin(book, mark, question)
        return True

    def recall(self, book: Watched) -> None:
        """How a workbook stood after its last run, where that is not known yet."""
        if book.state != "waiting":
            return
        book.state, book.detail = "solved before", ""
        for run in Store(self.out).runs(book.path.name, limit=1):
            book.result = Store(self.out).result(run)
            book.state, book.detail = state_of(run.exit_code, book.result, run.message)

    def begin(self, book: Watched, mark: str, question: dict[str, str] | None) -> None:
        """Start a solve, or the answer to a question."""
        word = "solving" if question is None else "answering"
        self.say(f"{book.path.name}: {word}")
        book.state, book.detail = word, ""
        self.under_way, self.mark, self.question = book, mark, question
        self.job = job = self.start(book.path, self.out, question)
        facts = {"book": book.path.name, "mark": mark, "question": question}
        self.write(UNDER_WAY, {**facts, "folder": str(job.folder), "process": job.number})

    def adopt(self) -> None:
        """Take on the job that an earlier watcher started and did not see end."""
        found = read_json(self.out / RUNS / UNDER_WAY)
        if not found or not Path(found["folder"]).is_dir():
            return
        book = Watched(self.folder / found["book"], since=self.clock())
        self.books[book.path.name] = self.under_way = book
        self.mark, self.question = found["mark"], found["question"]
        self.job = Adopted(Path(found["folder"]), found["process"])
        book.state = "solving" if self.question is None else "answering"
        self.say(f"{book.path.name}: {book.state}, as an earlier start began it")

    def finish(self) -> None:
        """Take the result of a job that has ended."""
        job, book = self.job, self.under_way
        if job is None or book is None:
            return
        code = job.ended()
        if code is None:
            return
        self.job = self.under_way = None
        with suppress(OSError):
            disk.remove(self.out / RUNS / UNDER_WAY)
        result = job.result()
        if code == RETRY:
            if self.question is not None:
                book.questions.insert(0, self.question)
            book.settled, book.since = None, self.clock() + AGAIN - STILL
            book.state, book.detail = "waiting", str(result.get("message") or job.said())
            self.say(f"{book.path.name}: {book.detail.strip()}; tried again in {AGAIN:g} seconds")
            job.close()
            return
        self.keep(book, self.mark)
        book.result = result
        if self.question is not None:
            rows = result.get("tables", {}).get("Answers", [])
            book.answers = [row for row in rows if row["question"] == self.question["question"]]
        book.state, book.detail = state_of(code, result, job.said())
        self.worst = max(self.worst, code)
        self.say(f"{book.path.name}: {book.state}{': ' + book.detail if book.detail else ''}")
        if self.question is not None and code == FAULTS:
            job.close()
            return  # the question's fault, not the workbook's: the page shows it
        if code in WITH_PLAN:
            disk.remove(self.faults_file(book))
        else:
            self.tell_faults(book)
        job.close()

    def refused(self, book: Watched, error: WorkbookError, mark: str) -> None:
        """Tell that a file cannot be opened."""
        problems = [problem.as_dict() for problem in error.problems]
        book.result = {"status": "invalid_input", "problems": problems}
        book.state, book.detail = "faults", problems[0]["need"]
        self.keep(book, mark)
        self.say(f"{book.path.name}: {error}")
        self.tell_faults(book)

    # ------------------------------------------------------------------ asked by people
    def solve_now(self, name: str) -> bool:
        """Solve a workbook as soon as may be, changed or not; whether there is one of that name."""
        book = self.books.get(name)
        if book is not None:
            book.asked = True
        return book is not None

    def ask(self, name: str, question: dict[str, str]) -> bool:
        """Answer a question about a workbook as soon as may be; whether there is one."""
        book = self.books.get(name)
        if book is not None:
            book.questions.append(question)
        return book is not None

    def stop(self) -> bool:
        """Stop the solve under way; whether there was one."""
        if self.job is not None:
            self.job.stop()
        return self.job is not None

    # ------------------------------------------------------------------ on the disk
    def faults_file(self, book: Watched) -> Path:
        """Where faults of a workbook are told."""
        return self.out / f"{book.path.stem}-faults.html"

    def tell_faults(self, book: Watched) -> None:
        """Write why there is no new plan beside the workbook."""
        from ..report.faults import faults_page

        first = book.detail.partition("\n")[0]
        page = faults_page(book.path.name, book.state, first, book.result)
        target = self.faults_file(book)
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            disk.swap(page.encode("utf-8"), target, target.with_name(f".{target.name}.part"))
        except OSError as error:
            self.say(f"{target} cannot be written: {error.strerror or error}")

    def read_marks(self) -> dict[str, str]:
        """The marks of what was solved last, by workbook."""
        with suppress(OSError, ValueError):
            found = json.loads((self.out / RUNS / MARKS).read_bytes())
            if isinstance(found, dict):
                return {str(name): str(mark) for name, mark in found.items()}
        return {}

    def keep(self, book: Watched, mark: str) -> None:
        """Remember the mark of what was solved."""
        self.marks[book.path.name] = mark
        self.write(MARKS, self.marks)

    def write(self, name: str, facts: dict[str, Any]) -> None:
        """Put down beside the runs what the next watcher has to know."""
        target = self.out / RUNS / name
        with suppress(OSError):
            target.parent.mkdir(parents=True, exist_ok=True)
            content = json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True)
            disk.swap(content.encode("utf-8"), target, target.with_name(f".{name}.part"))


def stamp_of(path: Path) -> Stamp | None:
    """What tells a file from what it was: size, times and place; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino
