"""What verbs share: reading with faults told, JSON, the lock of a run, progress."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..solver.engine import Listener
    from ..tables import Tables, Unread

log = logging.getLogger(__name__)


def safe(name: str) -> str:
    """A name that any file system takes; never a path."""
    return "".join(letter if letter.isalnum() else "_" for letter in name)[:60]


def read_or_report(book: Path, json_file: Path | None) -> Tables:
    """Checked tables; on faults their JSON is written before the error goes on."""
    from .. import read
    from ..errors import WorkbookError

    try:
        return read(book)
    except WorkbookError as error:
        if json_file:
            problems = [problem.as_dict() for problem in error.problems]
            unread = [vars(entry) for entry in error.unread]
            found = {"problems": problems, "not_read": unread}
            write_json(json_file, without_plan("invalid_input") | found)
        raise


def without_plan(status: str) -> dict[str, object]:
    """What the JSON of a run without a plan holds in any case (contract §5)."""
    nothing = {"objective": None, "bound": None, "gap": None}
    return {"status": status, **nothing, "seconds": {}, "tables": {}}


def report_of(tables: Tables) -> dict[str, object]:
    """Warnings, row accounting and cells not read as plain values."""
    return {
        "problems": [warning.as_dict() for warning in tables.warnings],
        "rows": [vars(entry) for entry in tables.accounting],
        "cells_read": tables.cells_read,
        "not_read": [vars(entry) for entry in tables.unread],
    }


def tell_reading(tables: Tables) -> None:
    """Say to the error channel what was odd, and what was not read; with -v where each stands."""
    for warning in tables.warnings:
        click.echo(f"warning: {warning}", err=True)
    if words := unread_in_short(tables.unread):
        click.echo(f"not read: {words}", err=True)
    for entry in tables.unread:
        log.info("  not read: %s", entry)


def unread_in_short(unread: Sequence[Unread]) -> str:
    """What was not read in one line: sheets by name, the rest counted; blank where it is nothing.

    The template's own words are not told, and notes are told as what they are.
    """
    from ..tables import counted

    sheets = [entry for entry in unread if entry.kind == "sheet"]
    names = ", ".join(f"{entry.sheet} ({counted(entry.cells, 'cell')})" for entry in sheets)
    parts = [f"sheet{'' if len(sheets) == 1 else 's'} {names}"] if sheets else []
    for kind, free, words in (
        ("outside", (True, False), "around tables"),
        ("column", (False,), "in columns that are not used"),
        ("column", (True,), "of notes and sources"),
    ):
        cells = sum(e.cells for e in unread if e.kind == kind and e.free in free)
        if cells:
            parts.append(f"{counted(cells, 'cell')} {words}")
    return "; ".join(parts) + " (chipfolio -v lists each place)" if parts else ""


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON whole or not at all; ``-`` is standard output.

    LockedError where the file cannot be written.
    """
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    if str(path) == "-":
        click.echo(text)
        return
    with taking(path) as part:
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(path)


def can_write(path: Path) -> None:
    """LockedError, before any work is done, where no JSON can be put into a file."""
    if str(path) == "-":
        return
    with taking(path) as part:
        part.touch()
        part.unlink()


@contextmanager
def taking(path: Path) -> Iterator[Path]:
    """The file that takes another's place once it is whole, its folder made where it is missing.

    LockedError where that fails.
    """
    from ..errors import LockedError

    if path.is_dir():
        raise LockedError(f"cannot write {path}: it is a folder")
    part = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise LockedError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def locked(folder: Path, book: Path) -> Iterator[None]:
    """One run per workbook and folder at a time; LockedError where another is under way."""
    from filelock import FileLock, Timeout

    from ..errors import LockedError

    path = folder / f".{book.stem}.lock"
    lock = FileLock(path, timeout=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        if not path.exists():  # the run before removed it while we waited at its door
            raise Timeout(str(path))
    except Timeout as error:
        raise LockedError(f"another run on {book.name} is writing into {folder}: wait") from error
    except OSError as error:
        raise LockedError(f"cannot write into {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        with suppress(OSError):  # an open file cannot be removed on every system: then it stays
            path.unlink()
        lock.release()


@contextmanager
def repaired(tables: Tables, scenario: str | None = None) -> Iterator[None]:
    """Say of a book without a plan which least changes would give it one, each verified."""
    from ..errors import InfeasibleError

    try:
        yield
    except InfeasibleError as error:
        from ..answers.repairs import in_words, repairs
        from ..plan.plan import names_of

        names = names_of(tables, scenario) or ()
        error.tables = repairs(tables, names, error.contradictions)
        rows = [row for row in error.tables["Repairs"] if row["verified"] == "yes"]
        told = [in_words(tables, row) for row in rows]
        if told:
            head = "solved again with one of them changed"
            if len({row["conflict"] for row in rows}) > 1:
                head += ", and with the first of each other contradiction that it does not end"
            error.args = ("\n".join([str(error), f"{head}:", *told]),)
        raise


@contextmanager
def reported(json_file: Path | None) -> Iterator[None]:
    """Write how a run without a plan ended to the JSON file; LockedError where nothing can be."""
    from ..errors import InfeasibleError, NoPlanInTimeError, PlanError, WorkbookError

    if json_file:
        can_write(json_file)
    try:
        yield
    except WorkbookError:
        raise
    except PlanError as error:
        if json_file:
            status = {InfeasibleError: "infeasible", NoPlanInTimeError: "no_plan"}
            word = status.get(type(error), "error")
            conflicts = getattr(error, "conflicts", [])
            found = {"message": str(error), "conflicts": conflicts}
            tables = getattr(error, "tables", {})
            write_json(json_file, without_plan(word) | found | {"tables": tables})
        raise


@contextmanager
def progress(file: Path | None = None) -> Iterator[Listener | None]:
    """A live line with gap, bound and time on a terminal, or the same as JSON in a file."""
    if file is not None:
        can_write(file)
        yield lambda event: note_progress(file, event)
        return
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console

    with Console(stderr=True).status("building the model …") as status:

        def listen(event: Any) -> None:
            words = f"solving, {event.seconds:.0f} s"
            if event.objective is not None:
                words += f" · best {event.objective:,.0f}"
            if event.bound is not None:
                words += f" · bound {event.bound:,.0f}"
            gap = gap_of(event)
            if gap is not None:
                words += f" · gap {gap:.3%}"
            status.update(words)

        yield listen


def gap_of(event: Any) -> float | None:
    """The gap of a solve under way; None before there is a plan and a bound."""
    if event.objective is None or event.bound is None:
        return None
    return (event.objective - event.bound) / max(1.0, abs(event.objective))


def note_progress(file: Path, event: Any) -> None:
    """Write how far a solve is, for whoever waits in another process.

    What cannot be written now, as while somebody reads it, is written next time.
    """
    from ..errors import LockedError

    facts = {"seconds": event.seconds, "objective": event.objective, "bound": event.bound}
    with suppress(LockedError):
        write_json(file, {**facts, "gap": gap_of(event)})
