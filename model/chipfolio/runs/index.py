"""An index of the runs' manifests: quick to search, mended from the folders whenever it is opened.

It lies in the user's cache, one file for each folder of runs, so it is never on a share or in a
synced folder, and never written by two machines. What it holds is read from the folders; where it
is missing, damaged or cannot be written, it is made anew, in memory if need be.
"""

from __future__ import annotations

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from .making import RUNS
from .manifest import NAME, Manifest, read_manifest, sha256

SECONDS_TO_WAIT = 10.0
TABLES = """
CREATE TABLE run (
  folder TEXT PRIMARY KEY, stamp TEXT, number INTEGER, book TEXT, target TEXT, content TEXT,
  plan TEXT, published INTEGER, body TEXT
);
CREATE INDEX by_plan ON run (target, plan);
CREATE INDEX by_publication ON run (target, published);
CREATE INDEX by_target ON run (target, number);
"""
LAYOUT = zlib.crc32(TABLES.encode()) & 0x7FFFFFFF
"""A mark of these tables: an index of others is made anew."""


class Index:
    """Manifests of the runs of one folder, as they are on the disk now."""

    def __init__(self, folder: Path, anew: bool = False) -> None:
        self.runs = folder / RUNS
        try:
            path = place_of(self.runs)
            if anew:
                path.unlink(missing_ok=True)
            self.database = self.opened(path)
        except (sqlite3.Error, OSError):
            self.database = self.opened(None)
        self.mend()

    def opened(self, path: Path | None) -> sqlite3.Connection:
        """The database, empty where it is new or of another layout."""
        if path is None:
            database = sqlite3.connect(":memory:")
            database.executescript(TABLES)
            return database
        path.parent.mkdir(parents=True, exist_ok=True)
        database = connected(path)
        if layout_of(database) == LAYOUT:
            return database
        database.close()
        path.unlink(missing_ok=True)
        database = connected(path)
        database.executescript(TABLES)
        database.execute(f"PRAGMA user_version = {LAYOUT}")
        return database

    def mend(self) -> None:
        """Bring the index up to the folders; in memory where its file cannot be used."""
        try:
            self.read_folders()
        except sqlite3.Error:
            self.database = self.opened(None)
            self.read_folders()

    def read_folders(self) -> None:
        """Read the manifests that are new or changed, forget those that are gone."""
        known = dict(self.database.execute("SELECT folder, stamp FROM run"))
        there = dict(stamps(self.runs))
        with self.database:
            gone = [(name,) for name in known if name not in there]
            self.database.executemany("DELETE FROM run WHERE folder = ?", gone)
            for name, stamp in there.items():
                if known.get(name) == stamp:
                    continue
                try:
                    manifest = read_manifest(self.runs / name)
                except (OSError, ValueError):
                    continue  # no run, or one that is being changed right now
                self.database.execute(
                    "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        name,
                        stamp,
                        manifest.run,
                        Path(manifest.book).stem,
                        manifest.target,
                        manifest.content,
                        manifest.files.get(manifest.main, ""),
                        manifest.last_published,
                        json.dumps(asdict(manifest)),
                    ),
                )

    def rows(self, where: str = "1", *values: object, limit: int = -1) -> Iterator[Manifest]:
        """Manifests, the newest first."""
        return self.found(where, "number DESC, folder", values, limit)

    def published_last(self, where: str, *values: object) -> Manifest | None:
        """Of some runs the one that was published last, or the newest of those that never were."""
        return next(self.found(where, "published DESC, number DESC", values, 1), None)

    def found(
        self, where: str, order: str, values: Iterable[object], limit: int
    ) -> Iterator[Manifest]:
        """Manifests in an order."""
        words = f"SELECT body FROM run WHERE {where} ORDER BY {order} LIMIT ?"
        for (body,) in self.database.execute(words, (*values, limit)):
            yield Manifest(**json.loads(body))

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()


def connected(path: Path) -> sqlite3.Connection:
    """An open database that does not wait for the disk: what it holds can be read anew."""
    database = sqlite3.connect(path, timeout=SECONDS_TO_WAIT)
    with suppress(sqlite3.DatabaseError):
        database.execute("PRAGMA synchronous = OFF")
    return database


def layout_of(database: sqlite3.Connection) -> int | None:
    """The mark of a database's tables; None where it is damaged."""
    try:
        return database.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.DatabaseError:
        return None


def stamps(runs: Path) -> Iterator[tuple[str, str]]:
    """Folders of runs, each with a mark that changes whenever its manifest does."""
    if not runs.is_dir():
        return
    with os.scandir(runs) as entries:
        for entry in entries:
            if not entry.name[:6].isdigit():
                continue
            try:
                found = os.stat(os.path.join(entry.path, NAME))  # noqa: PTH116, PTH118 - 10,000 of them
            except OSError:
                continue  # without a manifest it is no run
            yield entry.name, f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"


def place_of(runs: Path) -> Path:
    """Where the index of a folder of runs lies."""
    from platformdirs import user_cache_path

    name = sha256(str(runs.resolve()).encode())[:16]
    return user_cache_path("chipfolio", appauthor=False) / f"runs-{name}.sqlite"
