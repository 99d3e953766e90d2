"""The few things done to the disk, each whole or not at all, each brought to the disk at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..errors import LockedError

SPARE = 200 * 2**20
"""Bytes that must be free before a run begins, beside three times its input."""


def write(path: Path, content: bytes) -> None:
    """Write a new file and bring it to the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Bring a folder's own entries to the disk, where the system lets folders be opened."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def rename(old: Path, new: Path) -> None:
    """Give a folder its final name; OSError where the name is taken."""
    old.rename(new)
    sync(new.parent)


def swap(content: bytes, target: Path, work: Path) -> None:
    """Put a file in the place of another in one step; ``work`` is a path to write it to first."""
    try:
        write(work, content)
        work.replace(target)
    finally:
        work.unlink(missing_ok=True)
    sync(target.parent)


def remove(path: Path) -> None:
    """Remove a file, where there is one."""
    path.unlink(missing_ok=True)
    sync(path.parent)


def remove_folder(path: Path) -> None:
    """Remove a folder and what is in it."""
    shutil.rmtree(path, ignore_errors=True)


def room_for(folder: Path, size: int) -> None:
    """LockedError where the disk has no room for a run on an input of ``size`` bytes."""
    free, needed = shutil.disk_usage(folder).free, 3 * size + SPARE
    if free < needed:
        raise LockedError(
            f"{folder} has {free // 2**20:,} MB free and a run needs {needed // 2**20:,} MB: "
            "make room, or choose another folder with --out"
        )
