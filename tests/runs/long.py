"""The command itself killed at random moments: ``python -m tests.runs.long [TIMES]``.

Each time a workbook with another price is solved by a process of its own, which gets SIGKILL at some
moment of its life. The plan that stands has to be the old or the new one, its report its own, every
run whole, the index kept the one rebuilt; every fifth time the next command has to succeed.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from chipfolio.runs.making import PRIVATE
from chipfolio.runs.manifest import Manifest, read_manifest, sha256
from chipfolio.runs.store import Store
from chipfolio.workbook.template import write_template
from tests.conftest import book

TARGET = "lab-plan"
FOLLOWED = 5
"""After so many kills a command runs to its end."""
OFFERS = "offer, chip, seller, acquisition, price\nO, C, Nord, buy, {}\nP, C, Sud, buy, 90"
DEMAND = "workload, 2027, 2028, 2029\nW, 5, 5, 5"


def started(folder: Path, price: int) -> subprocess.Popen:
    """The command on the workbook with a price."""
    path = folder / "lab.xlsx"
    write_template(path, book(Offers=OFFERS.format(price), Demand=DEMAND), overwrite=True)
    command = [sys.executable, "-m", "chipfolio", "solve", str(path), "--html"]
    command += ["--out", str(folder / "out")]
    with (folder / "said").open("wb") as said:
        return subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)


def standing_hash(out: Path) -> str:
    """The hash of the plan that stands; empty where none does."""
    plan = out / f"{TARGET}.xlsx"
    return sha256(plan.read_bytes()) if plan.exists() else ""


def runs_of(out: Path) -> dict[int, Manifest]:
    """Runs by number, each file of each of them whole."""
    found = {}
    for place in (out / "runs").glob("[0-9]*"):
        one = read_manifest(place)
        for name, digest in one.files.items():
            assert sha256((place / name).read_bytes()) == digest, f"{place / name} is not whole"
        found[one.run] = one
    return found


def sound(out: Path, before: str, runs_before: set[int]) -> dict[int, Manifest]:
    """What must hold after a kill; the runs that there are."""
    if not (out / "runs").is_dir():
        assert not before
        return {}
    found, now = runs_of(out), standing_hash(out)
    assert runs_before <= set(found), f"runs {runs_before - set(found)} are lost"
    new = {found[number].files[f"{TARGET}.xlsx"] for number in set(found) - runs_before}
    assert now in {before, *new}, "the plan that stands is neither the old nor the new one"
    report = out / f"{TARGET}.html"
    if report.exists():
        digest = sha256(report.read_bytes())
        mine = [one for one in found.values() if one.files.get(f"{TARGET}.xlsx") == now]
        assert digest in {one.files.get(f"{TARGET}.html") for one in mine}, "another plan's report"
    kept = {one.run: asdict(one) for one in Store(out).runs()}
    rebuilt = {one.run: asdict(one) for one in Store(out, anew=True).runs()}
    assert kept == rebuilt == {number: asdict(one) for number, one in found.items()}
    return found


def main(times: int, folder: Path) -> None:
    """Kill so many commands; print how they went."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    chance, out, killed, ended = random.Random(1), folder / "out", 0, 0
    began = time.perf_counter()
    assert started(folder, 1).wait() == 0, (folder / "said").read_text()
    length = time.perf_counter() - began
    for number in range(times):
        before, runs_before = standing_hash(out), set(runs_of(out))
        began = time.perf_counter()
        process = started(folder, 2 + number)
        time.sleep(chance.uniform(0.0, 1.1 * length))
        process.kill()
        dead = process.wait() != 0
        killed, ended = killed + dead, ended + (not dead)
        sound(out, before, runs_before)
        if number % FOLLOWED == FOLLOWED - 1:
            before, runs_before = standing_hash(out), set(runs_of(out))
            began = time.perf_counter()
            assert started(folder, 1000 + number).wait() == 0, (folder / "said").read_text()
            length = time.perf_counter() - began  # as busy as the machine is now
            found = sound(out, before, runs_before)
            assert standing_hash(out) == found[max(found)].files[f"{TARGET}.xlsx"]
            assert (out / f"{TARGET}.html").exists()
            assert not list((out / "runs").glob(f"{PRIVATE}*"))
            print(f"{killed} killed, {ended} ended before, {len(found)} runs", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200, Path(name))
