"""One solve for each change of what a workbook says, however programs save it; never a half file."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chipfolio.desk.content import mark_of
from chipfolio.desk.names import original_of, workbooks
from chipfolio.desk.waiting import on_a_network
from chipfolio.desk.watch import Watch
from chipfolio.runs.store import Store
from chipfolio.workbook.template import write_template
from tests.conftest import book

Steps = Iterator[tuple[float, Callable[[], object]]]
"""What a program does to a folder: seconds from the step before, and the step."""


class FakeJob:
    """A solve that takes some seconds of the test's clock and says how it ended."""

    folder, number = Path("nowhere"), 0

    def __init__(self, scene: Scene, path: Path) -> None:
        self.scene, self.until, self.code = scene, scene.now + scene.takes, scene.code
        scene.runs.append(mark_of(path))

    def ended(self):
        return self.code if self.scene.now >= self.until else None

    def result(self):
        return self.scene.result

    def said(self):
        return ""

    def stop(self):
        self.until, self.code = self.scene.now, 143

    def close(self):
        pass


class Scene:
    """A folder under watch on a clock of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.takes, self.code = folder, 0.0, 3.0, 0
        self.runs: list[str] = []
        self.lines: list[str] = []
        self.result: dict = {"objective": 5.0, "currency": "USD"}
        self.watch = self.again()

    def again(self) -> Watch:
        """A watcher started anew."""
        return Watch(
            self.folder,
            self.folder,
            start=lambda path, *_: FakeJob(self, path),
            clock=lambda: self.now,
            say=self.lines.append,
        )

    def wait(self, seconds: float) -> None:
        """Let time pass, looking every second."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + 1.0, until)
            self.watch.look()

    def play(self, steps: Steps) -> None:
        """Let a program do its steps, then wait until all is quiet."""
        for seconds, step in steps:
            if seconds:
                self.wait(seconds)
            step()
        self.wait(60)


@pytest.fixture(scope="module")
def versions(tmp_path_factory) -> dict[str, bytes]:
    """Bytes of workbooks: two that say different things, and one that says what the first does."""
    folder = tmp_path_factory.mktemp("versions")
    made = {}
    for name, price in (("first", 10), ("second", 11)):
        offers = f"offer, chip, seller, acquisition, price\nO, C, Nord, buy, {price}"
        made[name] = write_template(folder / f"{name}.xlsx", book(Offers=offers)).read_bytes()
    for number in range(3):
        made[f"first{number}"] = rewritten(folder / "first.xlsx", number)
    return made


def rewritten(path: Path, number: int) -> bytes:
    """The same workbook as another save leaves it: other bytes, nothing else said."""
    target = path.with_name(f"again{number}.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, (2027, 1, 1 + number, 0, 0, 0)), old.read(name))
    return target.read_bytes()


@pytest.fixture
def scene(tmp_path, versions) -> Scene:
    """A folder with a workbook that was solved a while ago."""
    (tmp_path / "lab.xlsx").write_bytes(versions["first"])
    scene = Scene(tmp_path)
    scene.wait(30)
    assert len(scene.runs) == 1
    return scene


# ------------------------------------------------------------------------------ ways of saving
def excel_on_windows(folder: Path, content: bytes) -> Steps:
    lock, part, old = folder / "~$lab.xlsx", folder / "8F3A2B10.tmp", folder / "9C1D0E77.tmp"
    yield 0, lambda: lock.write_bytes(b"\x05user")
    yield 1, lambda: part.write_bytes(content[: len(content) // 2])
    yield 1, lambda: part.write_bytes(content)
    yield 0, lambda: (folder / "lab.xlsx").rename(old)
    yield 0, lambda: part.rename(folder / "lab.xlsx")
    yield 0, old.unlink
    yield 2, lock.unlink


def excel_on_macos(folder: Path, content: bytes) -> Steps:
    new = folder / ".sb-1f2e3d-lab.xlsx"
    yield 0, lambda: (folder / "~$lab.xlsx").write_bytes(b"\x05user")
    yield 1, lambda: new.write_bytes(content)
    yield 1, (folder / "lab.xlsx").unlink
    yield 2, lambda: new.rename(folder / "lab.xlsx")
    yield 1, (folder / "~$lab.xlsx").unlink


def libreoffice(folder: Path, content: bytes) -> Steps:
    lock = folder / ".~lock.lab.xlsx#"
    yield 0, lambda: lock.write_text(",ann,host,30.11.2026 10:00,file:///;")
    yield 1, lambda: (folder / "lu12345abc.tmp").write_bytes(content)
    yield 0, lambda: (folder / "lab.xlsx").write_bytes(b"")
    yield 1, lambda: shutil.copyfile(folder / "lu12345abc.tmp", folder / "lab.xlsx")
    yield 0, (folder / "lu12345abc.tmp").unlink
    yield 3, lock.unlink


def libreoffice_with_a_backup(folder: Path, content: bytes) -> Steps:
    yield 0, lambda: (folder / "lab.xlsx").rename(folder / "lab.bak")
    yield 2, lambda: (folder / "lab.xlsx").write_bytes(content)


def slowly_in_place(folder: Path, content: bytes) -> Steps:
    size = len(content)
    for part in range(1, 8):
        yield 3, lambda part=part: (folder / "lab.xlsx").write_bytes(content[: size * part // 7])


def a_copy_that_pauses(folder: Path, content: bytes) -> Steps:
    yield 0, lambda: (folder / "lab.xlsx").write_bytes(content[: len(content) // 3])
    yield 20, lambda: (folder / "lab.xlsx").write_bytes(content)


def a_sync_client(folder: Path, content: bytes) -> Steps:
    part = folder / ".lab.xlsx.sync-tmp"
    yield 0, lambda: part.write_bytes(content)
    yield 1, lambda: part.replace(folder / "lab.xlsx")
    for _ in range(3):
        yield 2, (folder / "lab.xlsx").touch


def a_sync_client_with_a_conflict_copy(folder: Path, content: bytes) -> Steps:
    copy = folder / "lab (Ann's conflicted copy 2026-11-30).xlsx"
    yield 0, lambda: copy.write_bytes((folder / "lab.xlsx").read_bytes())
    yield 1, lambda: (folder / "lab.xlsx").write_bytes(content)


def a_file_moved_in(folder: Path, content: bytes) -> Steps:
    beside = folder.with_name(folder.name + "-beside.xlsx")
    yield 0, lambda: beside.write_bytes(content)
    yield 0, lambda: shutil.move(beside, folder / "lab.xlsx")


def a_file_of_the_same_time(folder: Path, content: bytes) -> Steps:
    beside = folder.with_name(folder.name + "-beside.xlsx")
    yield 0, lambda: beside.write_bytes(content)
    yield 0, lambda: shutil.copystat(folder / "lab.xlsx", beside)
    yield 0, lambda: beside.replace(folder / "lab.xlsx")


def twice_within_seconds(folder: Path, content: bytes) -> Steps:
    yield 0, lambda: (folder / "lab.xlsx").write_bytes(content + b"")
    yield 2, lambda: (folder / "lab.xlsx").write_bytes(content)


def deleted_and_put_back(folder: Path, content: bytes) -> Steps:
    yield 0, (folder / "lab.xlsx").unlink
    yield 45, lambda: (folder / "lab.xlsx").write_bytes(content)


WAYS = (
    excel_on_windows,
    excel_on_macos,
    libreoffice,
    libreoffice_with_a_backup,
    slowly_in_place,
    a_copy_that_pauses,
    a_sync_client,
    a_sync_client_with_a_conflict_copy,
    a_file_moved_in,
    a_file_of_the_same_time,
    twice_within_seconds,
    deleted_and_put_back,
)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_one_solve_for_one_change_and_none_for_a_save_that_says_the_same(way, scene, versions):
    scene.play(way(scene.folder, versions["second"]))
    assert len(scene.runs) == 2
    scene.play(way(scene.folder, versions["second"]))
    assert len(scene.runs) == 2
    assert not list(scene.folder.glob("*-faults.html"))


def test_autosave_of_the_same_content_solves_nothing(scene, versions):
    for number in range(5):
        (scene.folder / "lab.xlsx").write_bytes(versions[f"first{number % 3}"])
        scene.wait(7)
    assert len(scene.runs) == 1


def test_with_solve_now_only_that_cell_counts(tmp_path):
    path = tmp_path / "lab.xlsx"
    scene = Scene(tmp_path)

    def save(price: int, asked: object) -> None:
        offers = f"offer, chip, seller, acquisition, price\nO, C, Nord, buy, {price}"
        write_template(path, book(Offers=offers, solve_now=asked), overwrite=True)
        scene.wait(12)

    save(1, "first")
    for price in range(2, 12):
        save(price, "first")
    assert len(scene.runs) == 1
    save(12, "second")
    for price in range(13, 23):
        save(price, "second")
    assert len(scene.runs) == 2


def test_bursts_of_saves_end_in_one_solve_of_the_last(scene, versions):
    chance = random.Random(3)
    for _ in range(6):
        before = len(scene.runs)
        last = mark_of(scene.folder / "lab.xlsx")
        for _ in range(chance.randint(2, 6)):
            name = chance.choice(("first", "second", "first1"))
            (scene.folder / "lab.xlsx").write_bytes(versions[name])
            scene.wait(chance.uniform(0, 4))
        scene.wait(20)
        now = mark_of(scene.folder / "lab.xlsx")
        assert scene.runs[before:] == ([now] if now != last else [])


def test_a_save_during_a_solve_queues_one_more(scene, versions):
    scene.takes = 40
    path = scene.folder / "lab.xlsx"
    path.write_bytes(versions["second"])
    scene.wait(15)
    for name in ("first", "second", "first"):
        path.write_bytes(versions[name])
        scene.wait(6)
    assert len(scene.runs) == 2
    scene.wait(120)
    assert scene.runs[2:] == [mark_of(path)]


def test_workbooks_are_solved_one_at_a_time(scene, versions):
    scene.takes = 10
    for name in ("a", "b"):
        (scene.folder / f"{name}.xlsx").write_bytes(versions["second"])
    scene.wait(8)
    states = sorted(book.state for book in scene.watch.books.values())
    assert states == ["published", "solving", "waiting"]
    scene.wait(30)
    assert len(scene.runs) == 3


# ------------------------------------------------------------------------------ what it says
def test_conflict_copies_are_told_once_and_never_solved(scene, versions):
    names = (
        "lab (Ann's conflicted copy 2026-11-30).xlsx",
        "lab.sync-conflict-20261130-101010-ABCDEFG.xlsx",
        "lab-DESKTOP-7QK2P1.xlsx",
        "lab (1).xlsx",
    )
    for name in names:
        (scene.folder / name).write_bytes(versions["second"])
    scene.wait(60)
    assert len(scene.runs) == 1
    told = [line for line in scene.lines if "conflict copy of lab" in line]
    assert sorted(line.partition(":")[0] for line in told) == sorted(names)


def test_files_that_are_no_workbooks_of_ours_are_left_alone(tmp_path):
    names = ("lab.xlsx", "~$lab.xlsx", ".lab.xlsx", "lab.tmp", "lab.xls", "lab-plan.xlsx",
             "lab-S1_base-plan.xlsx", "lab-scenarios.xlsx", "business-plan.xlsx", "b (2).xlsx")  # fmt: skip
    for name in names:
        (tmp_path / name).write_bytes(b"")
    found = [path.name for path in workbooks(tmp_path)]
    assert found == ["b (2).xlsx", "business-plan.xlsx", "lab.xlsx"]
    assert original_of(tmp_path / "b (2).xlsx") == ""  # there is no b.xlsx


def test_a_damaged_file_is_told_after_a_while_and_once(scene, versions):
    path = scene.folder / "lab.xlsx"
    path.write_bytes(versions["second"][:5000])
    scene.wait(25)
    assert not (scene.folder / "lab-faults.html").exists()
    scene.wait(60)
    page = (scene.folder / "lab-faults.html").read_text()
    assert "damaged or only half copied" in page
    assert sum("damaged" in line for line in scene.lines) == 1
    path.write_bytes(versions["second"])
    scene.wait(30)
    assert len(scene.runs) == 2
    assert not (scene.folder / "lab-faults.html").exists()


def test_faults_are_written_beside_the_workbook_with_their_cells_and_go_when_mended(
    scene, versions
):
    problem = {"sheet": "Offers", "cell": "E6", "column": "price", "value": "<b>-1</b>",
               "need": "is not at least 0.", "near": "", "severity": "fault"}  # fmt: skip
    scene.code, scene.result = 2, {"status": "invalid_input", "problems": [problem]}
    (scene.folder / "lab.xlsx").write_bytes(versions["second"])
    scene.wait(30)
    page = (scene.folder / "lab-faults.html").read_text()
    assert "Offers!E6" in page
    assert "&lt;b&gt;-1&lt;/b&gt;" in page
    assert scene.watch.books["lab.xlsx"].state == "faults"
    scene.code, scene.result = 0, {}
    (scene.folder / "lab.xlsx").write_bytes(versions["first"])
    scene.wait(30)
    assert not (scene.folder / "lab-faults.html").exists()


def test_a_workbook_that_is_locked_is_tried_again(scene, versions):
    scene.code, scene.result = 6, {"message": "another run on lab.xlsx is writing"}
    (scene.folder / "lab.xlsx").write_bytes(versions["second"])
    scene.wait(12)
    assert len(scene.runs) == 2
    scene.code, scene.result = 0, {}
    scene.wait(20)
    assert len(scene.runs) == 3
    scene.wait(60)
    assert len(scene.runs) == 3


def test_a_watcher_started_anew_goes_on_where_the_last_one_ended(scene, versions):
    scene.watch = scene.again()
    scene.wait(30)
    assert len(scene.runs) == 1
    (scene.folder / "lab.xlsx").write_bytes(versions["second"])
    scene.watch = scene.again()
    scene.wait(30)
    assert len(scene.runs) == 2


def test_a_watcher_killed_in_mid_solve_leaves_a_job_that_the_next_one_takes_on(tmp_path, versions):
    out = tmp_path / "out"
    (tmp_path / "lab.xlsx").write_bytes(versions["first"])
    now, lines = 100.0, []

    def watching() -> Watch:
        return Watch(tmp_path, out, clock=lambda: now, say=lines.append)

    def until(true: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not true():
            assert time.monotonic() < end
            time.sleep(0.05)

    first = watching()
    first.look()
    now += 10
    first.look()
    until(first.job.alive)
    os.kill(first.job.number, signal.SIGSTOP)  # it is busy for as long as the test wants
    second = watching()
    states = set()
    for _ in range(60):  # a minute of looks
        now += 1
        second.look()
        states.add(second.books["lab.xlsx"].state)
    assert states == {"solving"}
    os.kill(first.job.number, signal.SIGCONT)
    until(lambda: first.job.ended() is not None)
    second.look()
    assert second.books["lab.xlsx"].state == "published"
    now += 30
    assert not second.look()
    assert len(list(Store(out).runs())) == 1
    assert not (out / "runs" / "under_way.json").exists()


def test_a_job_that_died_with_its_watcher_is_done_again(tmp_path, versions):
    (tmp_path / "lab.xlsx").write_bytes(versions["first"])
    scene = Scene(tmp_path)
    dead = tmp_path / "job"
    dead.mkdir()
    facts = {"book": "lab.xlsx", "mark": "", "question": None, "folder": str(dead), "process": 1}
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "under_way.json").write_text(json.dumps(facts))
    scene.watch = scene.again()
    assert scene.watch.books["lab.xlsx"].state == "solving"
    scene.wait(60)
    assert len(scene.runs) == 1
    assert scene.watch.books["lab.xlsx"].state == "published"


def test_a_solve_can_be_asked_for_and_stopped(scene):
    assert scene.watch.solve_now("lab.xlsx")
    assert not scene.watch.solve_now("nothing.xlsx")
    scene.takes = 100
    scene.wait(8)
    assert len(scene.runs) == 2
    assert scene.watch.stop()
    scene.wait(3)
    assert scene.watch.books["lab.xlsx"].state == "stopped"
    assert not scene.watch.stop()


def test_a_local_folder_is_no_network(tmp_path):
    assert not on_a_network(tmp_path)
    assert on_a_network(Path("\\\\server\\share"))
