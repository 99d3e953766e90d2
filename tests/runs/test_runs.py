"""Runs are whole or not there; one plan stands published; repeats are recognised."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner

from chipfolio.cli import cli
from chipfolio.errors import LockedError, PlanError
from chipfolio.plan import plan as pipeline
from chipfolio.runs import disk
from chipfolio.runs.index import place_of
from chipfolio.runs.making import RUNS, Making
from chipfolio.runs.manifest import Manifest, sha256
from chipfolio.runs.store import Store
from chipfolio.workbook.template import write_template
from tests.conftest import book
from tests.rooms.by_hand import in_this_process
from tests.runs.long import runs_of, sound, standing_hash


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def made(folder: Path, word: str, name: str = "lab", **facts: object) -> Manifest:
    """A whole run whose files say a word."""
    making = Making(folder)
    target = f"{name}-plan"
    making.put(f"{name}.xlsx", b"input")
    making.put(f"{target}.xlsx", word.encode())
    found = Manifest(0, "solve", f"{name}.xlsx", target, sha256(b"input"), status="optimal")
    for fact, value in facts.items():
        setattr(found, fact, value)
    making.finish(found)
    return found


def published(folder: Path, word: str, **facts: object) -> Manifest:
    run = made(folder, word, **facts)
    store = Store(folder)
    store.publish(run)
    return run


def stands(folder: Path) -> str:
    return (folder / "lab-plan.xlsx").read_text()


# ------------------------------------------------------------------------------ whole or not at all
def test_a_run_killed_at_any_step_leaves_the_old_plan_or_the_new_and_whole_folders(tmp_path):
    script = Path(__file__).parent / "killed.py"
    command = [sys.executable, str(script), str(tmp_path / "out"), "steps"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    killed = int(done.stdout.split()[0])
    assert killed >= 40


@pytest.mark.parametrize("failing", range(1, 7))
def test_a_full_disk_at_any_write_leaves_the_old_plan_and_the_next_run_succeeds(
    failing, tmp_path, monkeypatch
):
    published(tmp_path, "old")
    writes, write = [], disk.write

    def full(path, content):
        writes.append(path)
        if len(writes) == failing:
            path.write_bytes(content[: len(content) // 2])
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(disk, "write", full)
    making = None
    try:
        making = Making(tmp_path)
        making.put("lab.xlsx", b"input")
        making.put("lab-plan.xlsx", b"new")
        found = Manifest(0, "solve", "lab.xlsx", "lab-plan", "", status="optimal")
        making.finish(found)
        Store(tmp_path).publish(found)
        assert failing == 6  # five writes: input, plan, manifest, published plan, manifest anew
    except LockedError as error:
        assert "No space left on device" in str(error)
        assert failing < 6
        making.close()
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert stands(tmp_path) in ("old", "new")
    published(tmp_path, "newest")
    assert stands(tmp_path) == "newest"
    assert {run.files["lab-plan.xlsx"] for run in Store(tmp_path).runs()} >= {
        sha256(b"old"),
        sha256(b"newest"),
    }


def test_a_disk_full_at_any_write_of_a_whole_command_leaves_the_old_plan_or_the_new(
    tmp_path, monkeypatch
):
    out, path, write, writes = tmp_path / "out", tmp_path / "lab.xlsx", disk.write, []

    def solved(price: float, failing: int = 0):
        """The command on a workbook of that price; the disk is full at a write."""
        writes.clear()

        def full(place: Path, content: bytes) -> None:
            writes.append(place)
            if len(writes) == failing:
                place.write_bytes(content[: len(content) // 2])
                raise OSError(28, "No space left on device")
            write(place, content)

        offers = f"offer, chip, seller, acquisition, price\nO, C, Nord, buy, {price}"
        write_template(path, book(Offers=offers), overwrite=True)
        with monkeypatch.context() as here:
            here.setattr(disk, "write", full)
            here.setattr(pipeline, "run_highs", in_this_process)
            command = ["solve", str(path), "--html", "--out", str(out)]
            return CliRunner().invoke(cli, command)

    assert solved(1).exit_code == 0
    failing = 0
    while True:
        failing += 1
        before, runs = standing_hash(out), set(runs_of(out))
        done = solved(1 + failing, failing)
        found = sound(out, before, runs)
        if done.exit_code == 0:
            break
        assert (done.exit_code, len(writes)) == (1, failing)
        assert isinstance(done.exception, LockedError)
        assert "No space left on device" in str(done.exception)
    assert failing == len(writes) + 1
    assert [place.name for place in writes].count("manifest.json") == 1
    assert len(writes) >= 7  # input, plan, report, result, manifest; plan, report, manifest anew
    assert standing_hash(out) == found[max(found)].files["lab-plan.xlsx"] != before


def test_a_plan_that_is_open_elsewhere_stays_and_the_run_is_kept(tmp_path, monkeypatch):
    published(tmp_path, "old")
    run = made(tmp_path, "new")
    replace = Path.replace

    def refused(self, target):
        if Path(target).name == "lab-plan.xlsx":
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refused)
    store = Store(tmp_path)
    with pytest.raises(
        LockedError, match=f"close it if it is open. The run is kept as number {run.run}"
    ):
        store.publish(run)
    assert stands(tmp_path) == "old"
    assert store.standing("lab-plan").run == 1
    monkeypatch.setattr(Path, "replace", replace)
    store.publish(run)
    assert stands(tmp_path) == "new"


def test_a_report_never_stands_beside_another_plan(tmp_path):
    first = Making(tmp_path)
    for name, content in (("lab.xlsx", b"i"), ("lab-plan.xlsx", b"old"), ("lab-plan.html", b"old")):
        first.put(name, content)
    one = Manifest(0, "solve", "lab.xlsx", "lab-plan", "")
    first.finish(one)
    Store(tmp_path).publish(one)
    assert (tmp_path / "lab-plan.html").read_bytes() == b"old"
    published(tmp_path, "new")
    assert not (tmp_path / "lab-plan.html").exists()
    Store(tmp_path).publish(one)
    assert (tmp_path / "lab-plan.html").read_bytes() == b"old"
    assert len(list(tmp_path.glob(".lab-plan*"))) == 0


def test_machines_that_share_a_folder_but_no_locks_take_different_numbers(tmp_path, monkeypatch):
    # both read the folder before either claims a number: the claim decides
    monkeypatch.setattr("chipfolio.runs.making.here", lambda: "one")
    one = Making(tmp_path)
    monkeypatch.setattr("chipfolio.runs.making.here", lambda: "two")
    other = Making(tmp_path)  # sweeps nothing of the first
    assert one.path.exists()
    for making in (one, other):
        making.put("lab-plan.xlsx", b"new")
    first = Manifest(0, "solve", "lab.xlsx", "lab-plan", "")
    second = Manifest(0, "solve", "lab.xlsx", "lab-plan", "")
    monkeypatch.setattr(
        "chipfolio.runs.making.highest", lambda _, numbers=[0, 0, 1]: numbers.pop(0)
    )
    one.finish(first)
    other.finish(second)
    assert (first.run, second.run) == (1, 2)


def test_one_run_at_a_time_the_others_end_at_once(tmp_path):
    # each waits for a word before it lets go of the lock; the word comes when 19 have ended
    script = (
        "import sys, pathlib\n"
        "from chipfolio.cli.running import locked\n"
        "from chipfolio.errors import LockedError\n"
        "try:\n"
        "    with locked(pathlib.Path(sys.argv[1]), pathlib.Path('lab.xlsx')):\n"
        "        sys.stdin.read(1)\n"
        "except LockedError as error:\n"
        "    sys.exit(error.exit_code)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(20)]
    waiting = list(children)
    while len(waiting) > 1:
        for child in list(waiting):
            if child.poll() is not None:
                waiting.remove(child)
        time.sleep(0.05)
    waiting[0].communicate(b"x", timeout=60)
    for child in children:
        child.stdin.close()
    assert sorted(child.wait() for child in children) == [0] + [6] * 19


def test_what_a_killed_run_left_is_swept_and_what_is_at_work_is_not(tmp_path):
    at_work, dead = Making(tmp_path), Making(tmp_path)
    dead.lock.release()
    Making(tmp_path).close()
    assert at_work.path.exists()
    assert not dead.path.exists()
    at_work.close()
    assert not [path for path in (tmp_path / RUNS).iterdir() if path.name.startswith(".tmp-")]


def test_a_full_disk_is_told_before_solving(tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 10 * 2**20})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(LockedError, match="has 10 MB free and a run needs 203 MB"):
        disk.room_for(tmp_path, 2**20)


# ------------------------------------------------------------------------------ history
def test_an_index_rebuilt_equals_the_index_kept_and_a_damaged_one_is_made_anew(tmp_path):
    for number in range(5):
        (published if number % 2 else made)(tmp_path, f"plan {number}")
    kept = [asdict(run) for run in Store(tmp_path).runs()]
    assert [run["run"] for run in kept] == [5, 4, 3, 2, 1]
    assert [asdict(run) for run in Store(tmp_path, anew=True).runs()] == kept
    place_of(tmp_path / RUNS).write_bytes(b"no database at all" * 100)
    assert [asdict(run) for run in Store(tmp_path).runs()] == kept


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch):
    made(tmp_path, "plan")
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [run.run for run in Store(tmp_path).runs()] == [1]


def test_a_clock_turned_back_changes_no_order(tmp_path):
    late = published(tmp_path, "first", finished="2027-05-01T00:00:00Z")
    early = published(tmp_path, "second", finished="2027-04-01T00:00:00Z")
    (tmp_path / "lab-plan.xlsx").unlink()
    assert Store(tmp_path).standing("lab-plan").run == early.run > late.run


def test_pruning_spares_what_was_published_and_what_is_held(tmp_path):
    published(tmp_path, "1")
    made(tmp_path, "2", held=["gate"])
    for word in "345":
        made(tmp_path, word)
    removed = Store(tmp_path).prune(1)
    assert sorted(run.run for run in removed) == [3, 4]
    assert sorted(run.run for run in Store(tmp_path).runs()) == [1, 2, 5]
    assert made(tmp_path, "6").run == 6


def test_a_run_is_waved_through_with_a_reason_by_somebody(tmp_path):
    published(tmp_path, "old")
    made(tmp_path, "held", held=["gate 'cost' holds the plan back"])
    arguments = ["history", "--out", str(tmp_path), "--publish", "2"]
    assert CliRunner().invoke(cli, arguments).exit_code == 2
    done = CliRunner().invoke(cli, [*arguments, "--because", "the board agreed"])
    assert done.exit_code == 0, done.output
    assert stands(tmp_path) == "held"
    entry = Store(tmp_path).run(2).published[0]
    assert entry["because"] == "the board agreed"
    assert entry["by"]
    made(tmp_path, "none", target="other-plan")
    with pytest.raises(PlanError, match="has no plan to publish"):
        Store(tmp_path).wave_through(Store(tmp_path).run(3), "why not", "me")


def test_a_list_marks_what_stands(tmp_path):
    published(tmp_path, "old")
    published(tmp_path, "new")
    made(tmp_path, "held", held=["gate"])
    lines = CliRunner().invoke(cli, ["history", "--out", str(tmp_path)]).output.splitlines()
    assert [line.split()[0] for line in lines] == ["run", "3", "2", "1"]
    assert ["held by a gate" in lines[1], "PUBLISHED" in lines[2], "published" in lines[3]] == [
        True
    ] * 3
    body = json.loads(CliRunner().invoke(cli, ["history", "--json", "--out", str(tmp_path)]).output)
    assert [run["run"] for run in body["runs"]] == [3, 2, 1]
    none = CliRunner().invoke(cli, ["history", "other.xlsx", "--out", str(tmp_path)]).output
    assert none.startswith("no runs")


# ------------------------------------------------------------------------------ by the command
OFFERS = "offer, chip, seller, acquisition, price\nO, C, Nord, buy, "


def solve(path: Path, out: Path, *more: str):
    return CliRunner().invoke(cli, ["solve", str(path), "--out", str(out), *more])


@pytest.fixture
def lab(tmp_path) -> Path:
    return tmp_path / "lab.xlsx"


def save(path: Path, price: float, **sheets: str) -> None:
    demand = "workload, 2027, 2028, 2029\nW, 5, 5, 5"
    sheets = {"Demand": demand, "Offers": f"{OFFERS}{price}", **sheets}
    write_template(path, book(**sheets), overwrite=True)


def test_what_was_solved_is_recognised_and_published_again_where_another_plan_stands(lab, tmp_path):
    out = tmp_path / "out"
    save(lab, 10)
    assert solve(lab, out).exit_code == 0
    first = (out / "lab-plan.xlsx").read_bytes()
    again = solve(lab, out)
    assert "solved already, by run 1" in again.output
    save(lab, 12)
    assert solve(lab, out).exit_code == 0
    assert (out / "lab-plan.xlsx").read_bytes() != first
    save(lab, 10)
    back = solve(lab, out, "--json", str(tmp_path / "back.json"))
    assert "solved already, by run 1" in back.output
    assert back.exit_code == 0
    assert (out / "lab-plan.xlsx").read_bytes() == first
    told = json.loads((tmp_path / "back.json").read_text())
    assert (told["run"], told["published"], told["objective"]) == (1, True, 50)
    assert len(Store(out).run(1).published) == 2
    finer = solve(lab, out, "--again")
    assert "solved already" not in finer.output
    assert [run.run for run in Store(out).runs()] == [3, 2, 1]
    compared = CliRunner().invoke(cli, ["history", "--out", str(out), "--compare", "1", "2"]).output
    assert "O · price: 10 → 12, +20%" in compared
    assert "the best cost is 10 to 10 USD more" in compared


def test_a_run_with_faults_is_kept_and_leaves_the_plan_as_it_was(lab, tmp_path):
    out = tmp_path / "out"
    save(lab, 10)
    solve(lab, out)
    before = (out / "lab-plan.xlsx").read_bytes()
    write_template(lab, book(Offers=f"{OFFERS}-1"), overwrite=True)
    done = solve(lab, out)
    assert done.exception.exit_code == 2
    assert (out / "lab-plan.xlsx").read_bytes() == before
    run = Store(out).run(2)
    assert (run.exit_code, run.word) == (2, "faults")
    result = Store(out).result(run)
    assert result["problems"][0]["column"] == "price"


def test_a_gate_holds_the_plan_back_and_says_why_first(lab, tmp_path):
    out = tmp_path / "out"
    gate = {"Gates": "gate, measure, limit, owner\nCost, cost_change_pct, 15%, Ann"}
    save(lab, 10, **gate)
    first = solve(lab, out)
    assert first.exit_code == 0
    assert Store(out).result(Store(out).run(1))["gates"][0]["sentence"] == (
        "gate 'Cost' passes: no earlier plan stands published"
    )
    before = (out / "lab-plan.xlsx").read_bytes()
    save(lab, 12, **gate)
    held = solve(lab, out, "--html", "--json", str(tmp_path / "held.json"))
    # 50 stands published, 60 is found: 20 %
    reason = "gate 'Cost' holds the plan back: cost_change_pct against run 1 is 20 %, above 15 %; Ann answers for it"
    assert held.exit_code == 7
    assert held.stdout.splitlines()[0] == f"HELD BACK, not published: {reason}"
    told = json.loads((tmp_path / "held.json").read_text())
    assert next(iter(told.items())) == ("held", [reason])
    assert told["published"] is False
    assert (out / "lab-plan.xlsx").read_bytes() == before
    page = (out / "runs" / "000002-lab" / "lab-plan.html").read_text()
    body = page.partition("<body>")[2]
    assert body.index("HELD BACK") < body.index("<h1")
    assert not (out / "lab-plan.html").exists()
    again = solve(lab, out, "--html")
    assert again.exit_code == 7
    assert again.stdout.startswith("HELD BACK")
    waved = ["history", "--out", str(out), "--publish", "2", "--because", "prices rose"]
    assert CliRunner().invoke(cli, waved).exit_code == 0
    assert (out / "lab-plan.html").exists()
    assert solve(lab, out, "--html").exit_code == 0


def test_a_report_of_the_plan_before_is_never_taken_away_without_a_word(lab, tmp_path):
    out = tmp_path / "out"
    save(lab, 10)
    told = solve(lab, out, "--html")
    assert f"report: {out / 'lab-plan.html'}" in told.stdout
    save(lab, 12)
    told = solve(lab, out)
    kept = out / "runs" / "000001-lab"
    assert told.stdout.splitlines()[-2] == (
        f"{out / 'lab-plan.html'} told of the plan before this one and is taken away; run 1 keeps "
        f"it, {kept}. With --html this plan has its own"
    )
    assert (kept / "lab-plan.html").exists()
    save(lab, 13)
    assert "is taken away" not in solve(lab, out).stdout


def test_a_command_is_told_how_it_ended(lab, tmp_path):
    save(lab, 10)
    told = tmp_path / "told"
    command = f"{sys.executable} -c \"import os; open({str(told)!r}, 'w').write(os.environ['CHIPFOLIO_EXIT_CODE'])\""
    assert solve(lab, tmp_path / "out", "--on-finish", command).exit_code == 0
    assert told.read_text() == "0"
    write_template(lab, book(Offers=f"{OFFERS}-1"), overwrite=True)
    solve(lab, tmp_path / "out", "--on-finish", command)
    assert told.read_text() == "2"
