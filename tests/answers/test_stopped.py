"""Answers of a run that was killed: what was done is not done again, and all is as undisturbed.

Killed at five points of one run, each time once one more answer is kept, with one worker, with four
and on a cluster; then run to its end.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import chipfolio
from chipfolio.answers import answer
from chipfolio.answers.engine import Engine
from chipfolio.futures.engine import Batch
from tests.answers.test_engine import ASKED as SOME
from tests.answers.test_engine import book

TOP = Path(__file__).parents[2]
POINTS, WORKERS = 5, 4
SUBREAPER = 36
"""By this number Linux is asked to give a process the children that a dead child of it leaves."""
PRICES = {"kind": "sensitivity", "sheet": "Offers", "column": "price", "low": 0.5, "high": 2.0}
ASKED = [
    *SOME,
    {**PRICES, "question": "p", "item": "o0"},
    {**PRICES, "question": "q", "item": "o1"},
]


@pytest.fixture(scope="module")
def undisturbed() -> str:
    """Every table of the answers of a run that nobody stops, as text."""
    found = answer(chipfolio.solve(book().read()), ASKED)
    assert found.solves > POINTS * WORKERS // 2  # at each point every busy worker may keep one
    return json.dumps(found.tables)


def kept(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The answers kept so far: when each was written, and what."""
    paths = (folder / "answers").glob("*")
    return {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in paths if not p.suffix}


def strike(folder: Path, blow) -> None:  # noqa: ANN001
    """Have a blow fall once one answer more than now is kept."""
    enough = len(kept(folder)) + 1

    def then(own):  # noqa: ANN001, ANN202
        def both(self, *what):  # noqa: ANN001, ANN002, ANN202
            own(self, *what)
            if len(kept(folder)) >= enough:
                blow()

        return both

    Engine.keep, Batch.say = then(Engine.keep), then(Batch.say)


def await_orphans() -> None:
    """Wait for the workers that a killed run left: they end with what they had in hand."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def main(folder: Path, workers: int) -> None:
    """Five runs that are killed, each a process of its own, and one that ends."""
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    plan = chipfolio.solve(book().read())
    for _ in range(POINTS):
        before = kept(folder)
        child = os.fork()
        if not child:
            strike(folder, lambda: os.kill(os.getpid(), signal.SIGKILL))
            answer(plan, ASKED, folder=folder, workers=workers)
            os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        await_orphans()
        after = kept(folder)
        assert len(after) > len(before)
        assert {name: after[name] for name in before} == before
    print(json.dumps(answer(plan, ASKED, folder=folder, workers=workers).tables))


@pytest.mark.parametrize("workers", [1, WORKERS])
def test_what_a_killed_run_did_is_not_done_again(tmp_path, undisturbed, workers):
    command = [sys.executable, "-m", "tests.answers.test_stopped", str(tmp_path), str(workers)]
    run = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == undisturbed


def test_what_a_killed_run_on_a_cluster_did_is_not_done_again(tmp_path, undisturbed, monkeypatch):
    distributed = pytest.importorskip("distributed")
    plan = chipfolio.solve(book().read())
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
    ) as made:
        asked = {"folder": tmp_path, "cluster": made.scheduler_address}
        for _ in range(POINTS):
            before = kept(tmp_path)
            with monkeypatch.context() as patch:
                patch.setattr(Engine, "keep", Engine.keep)
                patch.setattr(Batch, "say", Batch.say)
                strike(tmp_path, lambda: signal.raise_signal(signal.SIGINT))
                with pytest.raises(KeyboardInterrupt):
                    answer(plan, ASKED, **asked)
            after = kept(tmp_path)
            assert len(after) > len(before)
            assert {name: after[name] for name in before} == before
        assert json.dumps(answer(plan, ASKED, **asked).tables) == undisturbed


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
