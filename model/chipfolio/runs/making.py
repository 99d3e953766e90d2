"""A run being made: a private folder that becomes the run's own in one step, or never."""

from __future__ import annotations

import socket
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from ..errors import LockedError
from . import disk
from .manifest import NAME, Manifest, sha256

RUNS = "runs"
PRIVATE = ".tmp-"
OLD = 2 * 24 * 3600.0
"""Seconds after which a private folder of another machine counts as left behind."""
TRIES = 1000
"""How many numbers are tried where other machines take them first."""


class Making:
    """A private folder beside the runs. ``path`` is its place, ``files`` what it holds so far."""

    def __init__(self, folder: Path) -> None:
        """LockedError where the folder takes no files."""
        from filelock import FileLock  # only who makes a run waits for it

        self.runs = folder / RUNS
        self.files: dict[str, str] = {}
        try:
            self.runs.mkdir(parents=True, exist_ok=True)
            sweep(self.runs)
            self.path = Path(tempfile.mkdtemp(prefix=PRIVATE + here() + "-", dir=self.runs))
            self.lock = FileLock(lock_of(self.path))
            self.lock.acquire(timeout=0)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def put(self, name: str, content: bytes) -> Path:
        """Write a file into the folder; LockedError where that fails."""
        path = self.path / name
        try:
            disk.write(path, content)
        except OSError as error:
            raise cannot_write(self.runs, error) from error
        self.files[name] = sha256(content)
        return path

    def finish(self, manifest: Manifest) -> Path:
        """Write the manifest, number the run and give the folder its name; returns the folder."""
        manifest.files = dict(self.files)
        try:
            for _ in range(TRIES):
                manifest.run = highest(self.runs) + 1
                final = self.runs / manifest.folder_name
                disk.write(self.path / NAME, manifest.as_json())
                disk.sync(self.path)
                if claimed(self.runs, manifest.run):
                    continue
                disk.rename(self.path, final)
                self.close()
                return final
        except OSError as error:
            raise cannot_write(self.runs, error) from error
        raise LockedError(f"{self.runs} gives no run a number: too many machines write there")

    def close(self) -> None:
        """Remove what is private: all of it, unless the folder got its name."""
        disk.remove_folder(self.path)
        self.lock.release()
        with suppress(OSError):
            Path(lock_of(self.path)).unlink(missing_ok=True)


def claimed(runs: Path, number: int) -> bool:
    """Claim a number among all machines that write here; True where another one has it."""
    claim = runs / f".number-{number:06d}"
    try:
        claim.touch(exist_ok=False)
    except FileExistsError:
        return True
    for other in runs.glob(".number-*"):
        if other.name < claim.name:
            with suppress(OSError):
                other.unlink()
    return False


def highest(runs: Path) -> int:
    """The highest number that a run has or has claimed; 0 where there is none."""
    found = [0]
    for path in runs.iterdir():
        number = path.name.removeprefix(".number-").partition("-")[0]
        if number.isdigit():
            found.append(int(number))
    return max(found)


def sweep(runs: Path) -> None:
    """Remove what runs left behind that ended before they were whole.

    Locks may not reach across machines: what another one left goes once it is ``OLD``.
    """
    from filelock import FileLock, Timeout

    left = {path.name.removesuffix(".lock") for path in runs.glob(PRIVATE + "*")}
    for name in sorted(left):
        path = runs / name
        if not name.startswith(f"{PRIVATE}{here()}-") and age(path) < OLD:
            continue
        lock = FileLock(lock_of(path))
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        disk.remove_folder(path)
        lock.release()
        with suppress(OSError):
            Path(lock_of(path)).unlink(missing_ok=True)


def age(path: Path) -> float:
    """Seconds since a folder, or else its lock, was last touched; 0 where both are gone."""
    for place in (path, Path(lock_of(path))):
        with suppress(OSError):
            return time.time() - place.stat().st_mtime
    return 0.0


def lock_of(path: Path) -> str:
    """The file whose lock says that a private folder is at work."""
    return str(path) + ".lock"


def here() -> str:
    """A short mark of this machine that does not tell its name."""
    return sha256(socket.gethostname().encode())[:8]


def cannot_write(folder: Path, error: OSError) -> LockedError:
    """The error of a disk that takes no more, in a sentence."""
    reason = error.strerror or str(error)
    return LockedError(f"cannot write into {folder}: {reason}")
