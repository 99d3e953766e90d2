"""One solve under way: a process of its own, which outlives whoever started it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

RETRY = 6
"""Exit code of a run that found the workbook or the folder locked."""
ALIVE, CODE = "alive.lock", "code"
"""Files of a job's folder: locked while it runs; its exit code once it has ended."""


class Adopted:
    """A run of solve or ask that an earlier watcher started, known by its folder and its number."""

    def __init__(self, folder: Path, process: int) -> None:
        self.folder, self.number = folder, process

    @property
    def result_file(self) -> Path:
        """Where the run writes its result."""
        return self.folder / "result.json"

    @property
    def state_file(self) -> Path:
        """Where the run writes how far it is."""
        return self.folder / "progress.json"

    def ended(self) -> int | None:
        """Its exit code; None while it runs. One that died is to be tried again."""
        if (code := self.code()) is None and not self.alive():
            code = self.code()  # it may have ended between two looks
            return RETRY if code is None else code
        return code

    def code(self) -> int | None:
        """The exit code that it left behind."""
        with suppress(OSError, ValueError):
            return int((self.folder / CODE).read_text(encoding="utf-8"))
        return None

    def alive(self) -> bool:
        """Whether it holds its lock."""
        from filelock import FileLock, Timeout

        try:
            with FileLock(self.folder / ALIVE, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:
            return False

    def stop(self) -> None:
        """Ask it to stop: it keeps the best plan so far and ends."""
        if self.ended() is None:
            with suppress(OSError):
                os.kill(self.number, signal.SIGTERM)

    def progress(self) -> dict[str, Any]:
        """How far it is: seconds, objective, bound, gap; empty before the first sign."""
        return read_json(self.state_file)

    def result(self) -> dict[str, Any]:
        """What it found, as ``solve --json`` writes it; empty where it wrote nothing."""
        return read_json(self.result_file)

    def said(self) -> str:
        """What it said on the terminal."""
        with suppress(OSError):
            return (self.folder / "said").read_text(encoding="utf-8", errors="replace")
        return ""

    def close(self) -> None:
        """Remove its files."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Job(Adopted):
    """A run of solve on a workbook, or of answer to a question, with its progress and result."""

    def __init__(self, book: Path, out: Path, question: dict[str, str] | None = None) -> None:
        folder = Path(tempfile.mkdtemp(prefix="chipfolio-job-"))
        super().__init__(folder, 0)
        verb = ["solve", "--html", "--progress", str(self.state_file)]
        if question is not None:
            verb = ["ask", "--question", json.dumps(question)]
        command = [sys.executable, "-m", "chipfolio.cli.job", str(folder), *verb]
        command += ["--out", str(out), "--json", str(self.result_file), "--", str(book)]
        with (folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",  # a signal to the watcher is not one to it
            )
        self.number = self.process.pid

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty where there is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
