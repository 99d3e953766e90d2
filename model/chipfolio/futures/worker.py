"""A local worker: a fresh interpreter that takes tasks by line and leaves each answer on disk.

Run as ``python -m chipfolio.futures.worker FOLDER``: a line on standard input names a task, a line
on standard output says that its answer lies there. The end of the input ends the worker.
"""

from __future__ import annotations

import sys
import traceback
from contextlib import suppress
from pathlib import Path

from .work import answer, canonical, keep


def main(folder: Path) -> None:
    """Answer tasks until the input ends."""
    line_out, sys.stdout = sys.stdout, sys.stderr  # whatever a task prints is no answer
    function = (folder / "function").read_text()
    common = (folder / "common").read_bytes()
    for line in sys.stdin:
        key = line.strip()
        try:
            data = answer(function, common, (folder / "tasks" / key).read_bytes())
            keep(folder / "answers" / key, data)
            said = "done"
        except Exception:
            keep(folder / "failures" / key, canonical(traceback.format_exc()))
            said = "failed"
        line_out.write(f"{said} {key}\n")
        line_out.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):  # nobody is left to tell: the answer is kept all the same
        main(Path(sys.argv[1]))
