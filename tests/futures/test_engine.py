"""Batches on cores and clusters: the same answers to the byte, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from chipfolio.errors import PlanError
from chipfolio.futures import engine
from chipfolio.futures.work import canonical, key_of

SLOW = "tests.futures.test_engine:slow_square"
TASKS = {key_of("square", number): (number,) for number in range(6)}
ANSWERS = {key: {"square": number * number / 7} for key, (number,) in TASKS.items()}


def slow_square(seconds: float, number: int) -> dict[str, float]:
    """A task that takes a while."""
    print("what a task prints is no answer")
    time.sleep(seconds)
    return {"square": number * number / 7}


def broken(_common: object, number: int) -> dict[str, float]:
    """A task that fails on one number."""
    if number == 3:
        raise ValueError("three is too many")
    return {"square": float(number)}


def deadly(_common: object, number: int) -> dict[str, float]:
    """A task that ends its worker on one number."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": float(number)}


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Workers find these tests as this process does."""
    top = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([top, os.environ.get("PYTHONPATH", "")]))


def answers_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "answers").iterdir()}


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_do_not_depend_on_the_number_of_workers(tmp_path, workers):
    found = engine.run(SLOW, 0.0, TASKS, workers=workers, folder=tmp_path)
    assert list(found.items()) == list(ANSWERS.items())
    assert answers_in(tmp_path) == {key: canonical(value) for key, value in ANSWERS.items()}


def test_a_killed_worker_loses_nothing(tmp_path):
    begun, killed = [], []

    def watch(step: engine.Step) -> None:
        if step.kind == "begun":
            begun.append(step.key)
            if len(begun) == 3:
                killed.append(step.worker)
                threading.Timer(0.2, os.kill, (step.worker, signal.SIGKILL)).start()

    found = engine.run(SLOW, 0.5, TASKS, workers=2, folder=tmp_path, watcher=watch)
    assert killed
    assert len(begun) == len(TASKS) + 1  # the task of the dead was begun again
    assert found == ANSWERS


def test_a_batch_run_again_does_what_is_missing(tmp_path):
    engine.run(SLOW, 0.0, TASKS, workers=1, folder=tmp_path)
    lost = list(TASKS)[2]
    (tmp_path / "answers" / lost).unlink()
    begun = []
    engine.run(SLOW, 0.0, TASKS, folder=tmp_path, watcher=lambda step: begun.append(step.key))
    assert set(begun) == {lost}


@pytest.mark.parametrize("function", ["broken", "deadly"])
def test_a_task_that_fails_leaves_the_others_unharmed(tmp_path, function):
    name = f"tests.futures.test_engine:{function}"
    with pytest.raises(engine.TaskError, match="1 of 6 tasks failed"):
        engine.run(name, None, TASKS, workers=2, folder=tmp_path)
    bad = list(TASKS)[3]
    assert set(answers_in(tmp_path)) == set(TASKS) - {bad}


def test_an_interruption_ends_the_workers(tmp_path):
    workers = []

    def watch(step: engine.Step) -> None:
        workers.append(step.worker)
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        engine.run(SLOW, 60.0, {"one": (1,)}, workers=1, folder=tmp_path, watcher=watch)
    with pytest.raises(ProcessLookupError):
        os.kill(workers[0], 0)
    assert not (tmp_path / "scratch").exists()  # where the killed worker had its own files


# ------------------------------------------------------------------ Dask, on this machine
@pytest.fixture(scope="module")
def cluster():
    """A real scheduler and two workers, each a process, on loopback."""
    distributed = pytest.importorskip("distributed")
    top = str(Path(__file__).parents[2])
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        env={"PYTHONPATH": top},
    ) as made:
        yield made


def test_a_cluster_answers_as_the_cores_do(tmp_path, cluster):
    here = engine.run(SLOW, 0.0, TASKS, workers=1, folder=tmp_path / "here")
    there = engine.run(
        SLOW, 0.0, TASKS, cluster=cluster.scheduler_address, folder=tmp_path / "there"
    )
    assert list(there.items()) == list(here.items())
    assert answers_in(tmp_path / "there") == answers_in(tmp_path / "here")


def test_a_killed_worker_of_a_cluster_loses_nothing(tmp_path, cluster):
    import distributed

    tasks = {key_of("cube", number): (number,) for number in range(8)}
    with distributed.Client(cluster) as client:
        before = dict(client.run(os.getpid))

    def watch(step: engine.Step) -> None:
        if step.kind == "done" and step.done == 2:
            os.kill(next(iter(before.values())), signal.SIGKILL)

    found = engine.run(
        SLOW, 0.4, tasks, cluster=cluster.scheduler_address, folder=tmp_path, watcher=watch
    )
    assert found == {key: {"square": number * number / 7} for key, (number,) in tasks.items()}


def test_a_cluster_of_ones_own_is_started_and_ended():
    pytest.importorskip("distributed")
    tasks = {"abs": (-3,)}
    assert engine.run("operator:mul", 2, tasks, workers=1, cluster="local") == {"abs": -6}


def test_without_dask_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with pytest.raises(PlanError, match=r"chipfolio\[cluster\]"):
        engine.run("operator:mul", 2, {"abs": (-3,)}, cluster="local")
