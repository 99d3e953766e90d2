"""One solve under way: a process of its own, which outlives whoever started it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

RETRY = 6
"""Exit code of a run that found the workbook or the folder locked."""


class Job:
    """A run of solve on a workbook, or of answer to a question, with its progress and result."""

    def __init__(self, book: Path, out: Path, question: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="chipfolio-job-"))
        verb = ["solve", "--html", "--progress", str(self.state_file)]
        if question is not None:
            verb = ["ask", "--question", json.dumps(question)]
        command = [sys.executable, "-m", "chipfolio", *verb, "--out", str(out)]
        command += ["--json", str(self.result_file), "--", str(book)]
        with (self.folder / "said").open("wb") as said:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",  # a signal to the watcher is not one to it
            )

    @property
    def result_file(self) -> Path:
        """Where the run writes its result."""
        return self.folder / "result.json"

    @property
    def state_file(self) -> Path:
        """Where the run writes how far it is."""
        return self.folder / "progress.json"

    def ended(self) -> int | None:
        """Its exit code; None while it runs."""
        return self.process.poll()

    def stop(self) -> None:
        """Ask it to stop: it keeps the best plan so far and ends."""
        if self.process.poll() is None:
            self.process.terminate()

    def progress(self) -> dict[str, Any]:
        """How far it is: seconds, objective, bound, gap; empty before the first sign."""
        return read_json(self.state_file)

    def result(self) -> dict[str, Any]:
        """What it found, as ``solve --json`` writes it; empty where it wrote nothing."""
        return read_json(self.result_file)

    def said(self) -> str:
        """What it said on the terminal."""
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """Remove its files."""
        for path in self.folder.iterdir():
            path.unlink(missing_ok=True)
        self.folder.rmdir()


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty where there is none."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
