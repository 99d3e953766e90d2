"""The plan workbook: what to do, what it costs, and formulas that anyone can recompute."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import LockedError
from .planbook.book import plan_book
from .planbook.comparison import comparison_book

if TYPE_CHECKING:
    from ..plan.plan import Plan


def write_plan(plan: Plan, path: Path) -> Path:
    """Write a plan workbook and return where it stands; an existing file is never overwritten.

    Where ``plan.xlsx`` is there already, ``plan-2.xlsx`` is written, then ``plan-3.xlsx`` …
    Raises LockedError where the folder cannot be written to.
    """
    return put_down(plan_book(plan), path)


def put_down(content: bytes, path: Path) -> Path:
    """Put a workbook into the first free name; LockedError where the folder takes none."""
    path = Path(path)
    if not path.suffix:
        path = path.with_suffix(".xlsx")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return publish(content, path)
    except OSError as error:
        raise LockedError(
            f"{path} cannot be written ({error.strerror or error}): close it if it is open, or "
            "choose another folder"
        ) from error


def write_comparison(tables: Mapping[str, list[dict]], path: Path) -> Path:
    """Write scenarios solved alone, side by side, under the rules of ``write_plan``."""
    return put_down(comparison_book(tables), path)


def publish(content: bytes, path: Path) -> Path:
    """Put bytes into the first free name, whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=".plan-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~mask())
        return claim(Path(temporary), path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def claim(temporary: Path, path: Path) -> Path:
    """Give a whole file the first name that is free; two runs never come to the same."""
    for number in count(1):
        target = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        if target.exists():
            continue
        try:
            target.hardlink_to(temporary)
        except FileExistsError:
            continue
        except OSError:  # a file system without hard links
            temporary.replace(target)
            return target
        temporary.unlink()
        return target
    raise AssertionError  # pragma: no cover - count never ends


def mask() -> int:
    """The user's umask, so that a plan gets the rights of any new file."""
    value = os.umask(0)
    os.umask(value)
    return value
