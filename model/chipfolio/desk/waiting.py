"""Waiting for a folder to change: by the system's events, or by looking where there are none."""

from __future__ import annotations

import threading
from pathlib import Path

from watchfiles import watch as changes

from .watch import Watch

NETWORK = ("nfs", "cifs", "smb", "9p", "fuse", "afp", "drvfs", "vboxsf", "davfs")
"""How types of file systems begin that tell of no changes made on other machines."""
LOOK = 1.0
"""Longest time between looks, in seconds, should an event be lost or a file only grow still."""


def keep_watching(watch: Watch, stop: threading.Event, polling: bool, once: bool) -> None:
    """Look whenever the folder changes, and while something is waiting or under way."""
    polling = polling or on_a_network(watch.folder)
    how = "by looking, as on a network" if polling else "by the system's events"
    watch.say(f"watching {watch.folder} {how}")
    events = changes(
        watch.folder,
        watch_filter=None,
        recursive=False,
        force_polling=polling,
        stop_event=stop,
        rust_timeout=int(LOOK * 1000),
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    for _ in events:
        if not watch.look() and once:
            return


def on_a_network(folder: Path) -> bool:
    """Whether a folder lies on a network or a shared mount, as far as the system tells."""
    if str(folder).startswith("\\\\"):
        return True
    place = folder.resolve()
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    mounts = {line.split()[1]: line.split()[2] for line in lines if len(line.split()) > 2}
    for parent in (place, *place.parents):
        if str(parent) in mounts:
            return mounts[str(parent)].startswith(NETWORK)
    return False
