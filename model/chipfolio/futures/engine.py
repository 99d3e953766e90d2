"""Batches of independent tasks: on the cores of this machine, or on a Dask cluster.

Whoever runs a task, and however many do, its answer is the same to the byte. Local workers are
fresh interpreters, never forks: a solver's threads do not survive a fork. A worker that is killed
loses the one task it was on, which is given to another; each answer is written down as soon as it
is there, under a name made of what was asked, so a batch that is run again in the same folder only
does what is missing.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import PlanError
from .work import answer, keep, packed

ATTEMPTS = 4
"""A task that ends so many workers is given up: it, not they, is at fault."""
LOCAL = "local"


@dataclass(frozen=True)
class Step:
    """What happens in a batch: a task was begun by a worker, or is done; how many are."""

    kind: str
    key: str
    worker: int
    done: int
    total: int


Watcher = Callable[[Step], None]


class TaskError(PlanError):
    """A task of a batch could not be done; the others were."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    function: str,
    common: object,
    tasks: Mapping[str, tuple],
    workers: int | None = None,
    cluster: str | None = None,
    folder: Path | None = None,
    watcher: Watcher | None = None,
) -> dict[str, Any]:
    """Answers by key, in the order of ``tasks``: {key: what the function returned, as JSON}.

    ``function`` is ``module:name``, called with ``common`` and a task's arguments. Without a
    ``cluster`` it runs on ``workers`` cores (all by default); ``local`` starts a Dask cluster here,
    an address joins one. ``folder`` keeps answers for the next run. TaskError where a task fails.
    """
    with place(folder) as where:
        batch = Batch(function, packed(common), dict(tasks), where, watcher)
        todo = [key for key in batch.tasks if not batch.answer_of(key).exists()]
        if todo and cluster is None:
            Pool(batch, min(workers or cores(), len(todo))).run(todo)
        elif todo:
            on_cluster(batch, todo, cluster, workers)
        batch.raise_failures()
        return {key: json.loads(batch.answer_of(key).read_bytes()) for key in batch.tasks}


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    """The folder given, or one that goes away."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    name = tempfile.mkdtemp(prefix="chipfolio-batch-")
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)


@dataclass
class Batch:
    """Tasks with their folder: one function, what all tasks share, and each one's arguments."""

    function: str
    common: bytes
    tasks: dict[str, tuple]
    folder: Path
    watcher: Watcher | None
    failures: dict[str, str] = field(default_factory=dict)
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        for name in ("tasks", "answers", "failures"):
            (self.folder / name).mkdir(exist_ok=True)
        keep(self.folder / "function", self.function.encode())
        keep(self.folder / "common", self.common)
        self.done = sum(self.answer_of(key).exists() for key in self.tasks)

    def answer_of(self, key: str) -> Path:
        """Where a task's answer lies, or will."""
        return self.folder / "answers" / key

    def say(self, kind: str, key: str, worker: int = 0) -> None:
        """Tell the watcher what happened."""
        with self.lock:
            self.done += kind == "done"
            step = Step(kind, key, worker, self.done, len(self.tasks))
        if self.watcher:
            self.watcher(step)

    def fail(self, key: str, why: str) -> None:
        """Note that a task could not be done."""
        with self.lock:
            self.failures[key] = why

    def raise_failures(self) -> None:
        """TaskError where a task failed; the answers of the others are kept."""
        if self.failures:
            key, why = next(iter(self.failures.items()))
            raise TaskError(f"{len(self.failures)} of {len(self.tasks)} tasks failed; {key}: {why}")


# ------------------------------------------------------------------ on this machine
class Pool:
    """Local workers, each led by a thread that hands it one task after another."""

    def __init__(self, batch: Batch, size: int) -> None:
        self.batch = batch
        self.size = size
        self.todo: queue.Queue[str] = queue.Queue()
        self.left = 0
        self.attempts: Counter[str] = Counter()
        self.workers: set[subprocess.Popen] = set()
        self.over = threading.Event()
        self.scratch = batch.folder.absolute() / "scratch"

    def run(self, keys: list[str]) -> None:
        """Do all tasks; an interruption ends the workers."""
        for key in keys:
            keep(self.batch.folder / "tasks" / key, packed(self.batch.tasks[key]))
            self.todo.put(key)
        self.left = len(keys)
        self.scratch.mkdir(exist_ok=True)
        threads = [threading.Thread(target=self.lead, daemon=True) for _ in range(self.size)]
        for thread in threads:
            thread.start()
        try:
            while any(thread.is_alive() for thread in threads):
                for thread in threads:
                    thread.join(timeout=0.2)
        finally:
            self.over.set()
            for worker in list(self.workers):
                end(worker)
            for thread in threads:
                thread.join(timeout=5.0)
            shutil.rmtree(self.scratch, ignore_errors=True)

    def lead(self) -> None:
        """Keep one worker busy until no task is left; a dead worker is replaced."""
        worker = None
        while not self.over.is_set() and self.left > 0:
            try:
                key = self.todo.get(timeout=0.1)
            except queue.Empty:
                continue  # another worker may yet die and leave its task
            worker = worker or self.start()
            answered = self.answered(worker, key)
            if not answered:
                self.bury(worker)
                worker = None
            if answered or self.given_up(key):
                with self.batch.lock:
                    self.left -= 1
        if worker is not None:
            self.bury(worker)

    def bury(self, worker: subprocess.Popen) -> None:
        """See a worker off, dead or alive."""
        self.workers.discard(worker)
        end(worker)

    def start(self) -> subprocess.Popen:
        """A fresh interpreter."""
        worker = subprocess.Popen(
            [sys.executable, "-m", "chipfolio.futures.worker", str(self.batch.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(self.scratch)},  # goes even if the worker is killed
            start_new_session=True,  # Ctrl-C reaches the parent alone, which then ends its workers
        )
        self.workers.add(worker)
        return worker

    def answered(self, worker: subprocess.Popen, key: str) -> bool:
        """Whether a worker did a task, well or badly; a dead one does not answer."""
        self.attempts[key] += 1
        self.batch.say("begun", key, worker.pid)
        said = ""
        with contextlib.suppress(OSError, ValueError):
            worker.stdin.write(f"{key}\n")
            worker.stdin.flush()
            said = worker.stdout.readline().strip()
        if said == f"done {key}":
            self.batch.say("done", key, worker.pid)
        elif said == f"failed {key}":
            self.batch.fail(key, json.loads((self.batch.folder / "failures" / key).read_bytes()))
        return said in (f"done {key}", f"failed {key}")

    def given_up(self, key: str) -> bool:
        """Whether a task has ended so many workers that it is not tried again."""
        if self.attempts[key] < ATTEMPTS:
            if not self.over.is_set():
                self.todo.put(key)
            return False
        self.batch.fail(key, f"it ended {ATTEMPTS} workers one after another")
        return True


def end(worker: subprocess.Popen) -> None:
    """End a worker and whatever it started."""
    if worker.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(worker.pid, signal.SIGKILL)
    for pipe in (worker.stdin, worker.stdout):
        with contextlib.suppress(OSError):
            pipe.close()
    worker.wait()


# ------------------------------------------------------------------ on a cluster
def on_cluster(batch: Batch, todo: list[str], cluster: str, workers: int | None) -> None:
    """Do tasks on a Dask cluster; each answer is written here as it comes in."""
    try:
        import distributed
    except ImportError as error:
        raise PlanError(
            "--cluster needs Dask distributed: install it with  pip install 'chipfolio[cluster]'"
        ) from error
    with contextlib.ExitStack() as stack:
        if cluster == LOCAL:
            cluster = stack.enter_context(
                distributed.LocalCluster(
                    n_workers=min(workers or cores(), len(todo)),
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address="127.0.0.1:0",
                    host="127.0.0.1",
                )
            )
        client = stack.enter_context(distributed.Client(cluster, timeout="30s"))
        futures = {}
        for key in todo:
            future = client.submit(
                answer,
                batch.function,
                batch.common,
                packed(batch.tasks[key]),
                key=f"chipfolio-{key}",
                retries=0,
                pure=False,
            )
            futures[future] = key
            batch.say("begun", key)
        for future in distributed.as_completed(futures):
            key = futures[future]
            try:
                keep(batch.answer_of(key), future.result())
            except Exception as error:  # noqa: BLE001 - whatever a task raised, the others go on
                batch.fail(key, f"{type(error).__name__}: {error}")
                continue
            batch.say("done", key)
