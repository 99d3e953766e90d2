"""The solver's process, which can be started before there is anything to solve.

What it loads takes a good part of a second; a command that is going to solve lets it load while
the workbook is read.
"""

from __future__ import annotations

import subprocess
import sys

_waiting: list[subprocess.Popen] = []


def start() -> subprocess.Popen:
    """A solver's process, which waits for the name of a folder on standard input."""
    return subprocess.Popen(
        [sys.executable, "-m", "chipfolio.solver.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C reaches the parent alone, which then asks it to stop
    )


def start_ahead() -> None:
    """Have one wait for the next solve; it ends with this process where none comes."""
    if not _waiting:
        _waiting.append(start())


def process() -> subprocess.Popen:
    """The process that waits, or a new one."""
    while _waiting:
        child = _waiting.pop()
        if child.poll() is None:
            return child
        child.communicate()
    return start()
