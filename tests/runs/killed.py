"""Runs killed at every step they take on the disk, or at random moments, and what they leave.

``python killed.py FOLDER steps`` and ``python killed.py FOLDER random 200``; a process of its own,
since it forks. It prints how many runs were killed, or the first thing that was wrong.
"""

from __future__ import annotations

import os
import pathlib
import random
import shutil
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path

from chipfolio.runs import disk
from chipfolio.runs.making import PRIVATE, Making
from chipfolio.runs.manifest import Manifest, read_manifest, sha256
from chipfolio.runs.store import Store

TARGET = "lab-plan"
left = -1
"""Steps still to be taken before the kill; negative for none."""


def step() -> None:
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def stepped(owner: object, name: str) -> None:
    """Make each call of a function two steps: just before it, and just after."""
    act = getattr(owner, name)

    def wrapped(*arguments: object, **options: object) -> object:
        step()
        found = act(*arguments, **options)
        step()
        return found

    setattr(owner, name, wrapped)


def half_written(path: Path, content: bytes) -> None:
    """A write in two halves, each a step."""
    with path.open("wb") as file:
        file.write(content[: len(content) // 2])
        file.flush()
        step()
        file.write(content[len(content) // 2 :])
        file.flush()
        os.fsync(file.fileno())
    step()


def run(folder: Path, word: str) -> None:
    """A whole run: what a solve does with the disk, without the solving."""
    making = Making(folder)
    try:
        store = Store(folder)
        store.mend(TARGET)
        content = word.encode() * 20
        making.put("lab.xlsx", b"input " + content)
        making.put(f"{TARGET}.xlsx", b"plan " + content)
        making.put(f"{TARGET}.html", b"report " + content)
        made = Manifest(0, "solve", "lab.xlsx", TARGET, sha256(content), status="optimal")
        making.finish(made)
        store.index.mend()
        store.publish(made)
    finally:
        making.close()


def word_of(path: Path) -> str:
    """The word of a plan or report that stands published; empty where none does."""
    if not path.exists():
        return ""
    content = path.read_bytes().decode().partition(" ")[2]
    word = content[: len(content) // 20]
    assert content == word * 20, f"{path} is a mixture"
    return word


def sound(folder: Path, allowed: set[str]) -> None:
    """What must hold after a kill: old or new, whole folders, an index that says what there is."""
    plan, report = word_of(folder / f"{TARGET}.xlsx"), word_of(folder / f"{TARGET}.html")
    assert plan in allowed, f"{plan} stands, not one of {allowed}"
    assert report in ("", plan), f"the report of {report} beside the plan of {plan}"
    runs = {}
    for place in (folder / "runs").iterdir():
        if place.name[:6].isdigit():
            found = read_manifest(place)
            for name, digest in found.files.items():
                assert sha256((place / name).read_bytes()) == digest, f"{place / name} is not whole"
            runs[found.run] = found
    kept = {one.run: asdict(one) for one in Store(folder).runs()}
    rebuilt = {one.run: asdict(one) for one in Store(folder, anew=True).runs()}
    assert kept == rebuilt == {number: asdict(one) for number, one in runs.items()}
    standing = Store(folder).standing(TARGET)
    assert plan == "" or (
        standing is not None
        and standing.files[standing.main] == sha256((folder / f"{TARGET}.xlsx").read_bytes())
    )


def next_succeeds(folder: Path, word: str, runs: int) -> None:
    """The next run is published, and no run is lost that was whole before."""
    run(folder, word)
    sound(folder, {word})
    assert word_of(folder / f"{TARGET}.html") == word
    assert len(list(Store(folder).runs())) >= runs + 1
    assert not list((folder / "runs").glob(f"{PRIVATE}*"))


def attempt(folder: Path, number: int, moment: float | None) -> bool:
    """Start a run and kill it; whether it was killed before its end."""
    global left
    child = os.fork()
    if child == 0:
        left = number if moment is None else -1
        run(folder, f"new{number}")
        os._exit(0)
    if moment is not None:
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    os.fsync = lambda _: None  # takes most of the time, and a kill loses nothing that was written
    if kind == "steps":
        disk.write = half_written
        for name in ("replace", "rename", "unlink", "touch", "mkdir"):
            stepped(pathlib.Path, name)
        stepped(shutil, "rmtree")
    began = time.perf_counter()
    run(folder, "old")
    length = time.perf_counter() - began
    chance = random.Random(1)
    killed, number = 0, 0
    times = int(sys.argv[3]) if kind == "random" else 10**6
    while number < times:
        number += 1
        before = word_of(folder / f"{TARGET}.xlsx")
        runs = len(list(Store(folder).runs()))
        moment = chance.uniform(0, 1.2 * length) if kind == "random" else None
        dead = attempt(folder, number, moment)
        sound(folder, {before, f"new{number}"})
        killed += dead
        if kind == "steps" and not dead:
            break
        next_succeeds(folder, f"again{number}", runs)
    print(f"{killed} killed, {number} runs")


if __name__ == "__main__":
    main()
