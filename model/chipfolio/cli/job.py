"""``python -m chipfolio.cli.job FOLDER VERB …``: a verb run for a watcher that may not outlive it.

While it runs it holds a lock in the folder; as it ends it leaves its exit code there. So a watcher
that is started later can tell whether it still runs, and how it ended.
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import main


def run(folder: Path) -> None:
    """Run the verb that is left on the command line."""
    from filelock import FileLock

    from ..desk.job import ALIVE, CODE

    with FileLock(folder / ALIVE):
        code = 1  # a traceback's
        try:
            main()
            code = 0
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(bool(ending.code))
            raise
        finally:
            part = folder / f"{CODE}.part"
            part.write_text(str(code), encoding="utf-8")
            part.replace(folder / CODE)


if __name__ == "__main__":
    run(Path(sys.argv.pop(1)))
