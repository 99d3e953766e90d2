"""What verbs share: reading with faults told, JSON, the lock of a run, progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ..solver.engine import Listener
    from ..tables import Tables


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
            write_json(json_file, {"status": "invalid_input", "problems": problems})
        raise


def report_of(tables: Tables) -> dict[str, object]:
    """Warnings and row accounting as plain values."""
    return {
        "problems": [warning.as_dict() for warning in tables.warnings],
        "rows": [vars(entry) for entry in tables.accounting],
    }


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write JSON whole or not at all; ``-`` is standard output."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str)
    if str(path) == "-":
        click.echo(text)
        return
    part = path.with_name(path.name + ".part")
    part.write_text(text + "\n", encoding="utf-8")
    part.replace(path)


@contextmanager
def locked(folder: Path, book: Path) -> Iterator[None]:
    """One run per workbook and folder at a time; LockedError where another is under way."""
    from filelock import FileLock, Timeout

    from ..errors import LockedError

    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f".{book.stem}.lock", timeout=0)
        lock.acquire()
    except Timeout as error:
        raise LockedError(f"another run on {book.name} is writing into {folder}: wait") from error
    except OSError as error:
        raise LockedError(f"cannot write into {folder}: {error.strerror}") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def reported(json_file: Path | None) -> Iterator[None]:
    """Write how a run without a plan ended to the JSON file."""
    from ..errors import InfeasibleError, NoPlanInTimeError, PlanError, WorkbookError

    try:
        yield
    except WorkbookError:
        raise
    except PlanError as error:
        if json_file:
            status = {InfeasibleError: "infeasible", NoPlanInTimeError: "no_plan"}
            word = status.get(type(error), "error")
            conflicts = getattr(error, "conflicts", [])
            body = {"status": word, "message": str(error), "conflicts": conflicts}
            write_json(
                json_file,
                {**body, "objective": None, "bound": None, "gap": None, "tables": {}},
            )
        raise


@contextmanager
def progress() -> Iterator[Listener | None]:
    """A live line with gap, bound and time on a terminal; nothing otherwise."""
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
            if event.objective is not None and event.bound is not None:
                gap = (event.objective - event.bound) / max(1.0, abs(event.objective))
                words += f" · gap {gap:.3%}"
            status.update(words)

        yield listen
