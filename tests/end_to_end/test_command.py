"""The command as a person or a scheduler runs it: what it says, writes, and exits with."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from filelock import FileLock

from chipfolio import futures
from chipfolio.cli import cli
from chipfolio.contract.problems import Problem
from chipfolio.errors import StoppedError, WorkbookError
from chipfolio.futures.engine import Step
from chipfolio.workbook.planbook import comparison
from chipfolio.workbook.template import write_template
from tests.conftest import frames

TOP = Path(__file__).parents[2]
QUICKSTART = TOP / "inputs" / "quickstart.xlsx"


def run(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "chipfolio", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def written(tmp_path: Path, **changes: str) -> Path:
    """A small book as a workbook; two units of work each quarter, one chip at 100 a unit."""
    sheets = {
        "Settings": "name, value\nfirst_period, 2027Q1\nperiods, 2\ndiscount_rate, 0\n"
        "terminal_value, no",
        "Vendors": "vendor\nNord",
        "Chips": "chip, vendor, life_years\nN1, Nord, 5",
        "Offers": "offer, chip, seller, acquisition, price\nN1 buy, N1, Nord, buy, 100",
        "Performance": "chip, workload, throughput\nN1, serve, 1",
        "Workloads": "workload\nserve",
        "Demand": "workload, 2027Q1, 2027Q2\nserve, 2, 2",
        "Sites": "site, power_mw, pue, energy_price\nHall, 1, 1, 0",
        **changes,
    }
    path = tmp_path / "book.xlsx"
    write_template(path, frames(**sheets))
    return path


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path, dict]:
    folder = tmp_path_factory.mktemp("quickstart")
    before = hashlib.sha256(QUICKSTART.read_bytes()).hexdigest()
    done = run("solve", QUICKSTART, "--out", folder, "--json", folder / "plan.json")
    assert hashlib.sha256(QUICKSTART.read_bytes()).hexdigest() == before
    return done, folder, json.loads((folder / "plan.json").read_text())


def test_a_plan_within_the_gap_exits_with_0_and_says_where_it_is(quickstart):
    done, folder, found = quickstart
    assert done.returncode == 0, done.stderr
    assert (folder / "quickstart-plan.xlsx").exists()
    assert str(folder / "quickstart-plan.xlsx") in done.stdout
    assert found["status"] == "optimal"
    assert 0 <= found["gap"] <= 0.001 + 1e-7
    assert found["bound"] <= found["objective"]
    assert found["seconds"]["solve"] > 0


def test_the_published_lines_add_up_to_the_objective(quickstart):
    _, _, found = quickstart
    total = sum(row["discounted"] for row in found["tables"]["Cash"])
    assert total == pytest.approx(found["objective"], rel=1e-9)


def test_equal_books_give_equal_plans(quickstart, tmp_path):
    _, _, first = quickstart
    run("solve", QUICKSTART, "--out", tmp_path, "--json", tmp_path / "plan.json")
    second = json.loads((tmp_path / "plan.json").read_text())
    for name in first["tables"]:
        if name != "Run":
            assert json.dumps(first["tables"][name]) == json.dumps(second["tables"][name]), name


def test_a_second_plan_takes_the_first_ones_place_and_both_runs_are_kept(tmp_path):
    book = written(tmp_path)
    first = run("solve", book, "--out", tmp_path)
    second = run("solve", book, "--out", tmp_path, "--again")
    assert (first.returncode, second.returncode) == (0, 0)
    assert f"plan: {tmp_path / 'book-plan.xlsx'}" in second.stdout
    kept = sorted((tmp_path / "runs").glob("*/book-plan.xlsx"))
    assert [path.parent.name for path in kept] == ["000001-book", "000002-book"]
    assert (tmp_path / "book-plan.xlsx").read_bytes() == kept[1].read_bytes()


def test_faults_are_listed_at_their_cells_and_exit_with_2(tmp_path):
    book = written(tmp_path, Workloads="workload, unmet_penalty\nserve, -3", Vendors="vendor\nNrd")
    done = run("check", book, "--json", tmp_path / "faults.json")
    assert done.returncode == 2
    found = json.loads((tmp_path / "faults.json").read_text())
    assert found["status"] == "invalid_input"
    assert [found[name] for name in ("objective", "bound", "gap")] == [None, None, None]
    assert (found["seconds"], found["tables"]) == ({}, {})
    places = {(p["sheet"], p["column"]) for p in found["problems"] if p["severity"] == "fault"}
    assert {("Workloads", "unmet_penalty"), ("Chips", "vendor"), ("Offers", "seller")} <= places
    assert "Did you mean 'Nrd'?" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--json", "--progress"])
@pytest.mark.parametrize("place", ["book.xlsx/out.json", "folder"])
def test_a_result_that_cannot_be_written_exits_with_6_before_anything_is_solved(
    tmp_path, option, place
):
    book = written(tmp_path)
    (tmp_path / "folder").mkdir()
    done = run("solve", book, "--out", tmp_path, option, tmp_path / place)
    assert done.returncode == 6
    assert done.stderr.splitlines()[-1].startswith(f"cannot write {tmp_path / place}: ")
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "book-plan.xlsx").exists()


def test_a_check_that_cannot_write_its_result_exits_with_6(tmp_path):
    book = written(tmp_path)
    done = run("check", book, "--json", book / "out.json")
    assert (done.returncode, "Traceback" in done.stderr) == (6, False)
    done = run("check", book, "--json", tmp_path / "new" / "out.json")  # made, as --out is
    assert done.returncode == 0
    assert json.loads((tmp_path / "new" / "out.json").read_text())["status"] == "valid"


def test_warnings_are_told_beside_faults():
    # what is odd often explains what is wrong
    fault = Problem("Demand", "A6", "workload", "serve", "is not on sheet Workloads")
    odd = Problem("Workloads", "A9", "", "", "1 row below the table", severity="warning")
    said = str(WorkbookError([fault, odd]))
    assert said.startswith("1 fault in the workbook:")
    assert "warning: Workloads!A9 1 row below the table" in said


def test_futures_of_which_one_is_not_proven_exit_with_4(tmp_path, monkeypatch):
    results = {
        "Base": {"status": "optimal", "objective": 1.0, "gap": 0.0005},
        "Slump": {"status": "feasible", "objective": 2.0, "gap": 0.2},
    }
    found = SimpleNamespace(results=results, tables={})

    def solved(*_, folder, **__):
        folder.mkdir()
        return found

    monkeypatch.setattr(futures, "all_scenarios", solved)
    monkeypatch.setattr(comparison, "comparison_book", lambda _: b"a workbook")
    asked = ["solve", str(QUICKSTART), "--all-scenarios", "--out", str(tmp_path)]
    done = CliRunner().invoke(cli, [*asked, "--json", str(tmp_path / "found.json")])
    assert done.exit_code == 4
    assert json.loads((tmp_path / "found.json").read_text())["status"] == "feasible"
    assert "Base: 1.00 USD, gap 0.0500%" in done.output
    assert "Slump: 2.00 USD, NOT PROVEN, gap 20.0000%" in done.output
    assert not (tmp_path / ".quickstart-scenarios").exists()  # nothing is left to go on from


def test_futures_that_are_stopped_keep_what_is_done(tmp_path, monkeypatch):
    kept = []

    def stopped(*_, folder, watcher, **__):
        kept.append(folder)
        watcher(Step("done", "first", 1, 1, 3))
        raise KeyboardInterrupt

    monkeypatch.setattr(futures, "all_scenarios", stopped)
    asked = ["solve", str(QUICKSTART), "--all-scenarios", "--out", str(tmp_path)]
    done = CliRunner().invoke(cli, asked)
    assert isinstance(done.exception, StoppedError)
    words = "stopped with 1 of 3 scenarios done: the same command goes on from there"
    assert str(done.exception) == words
    assert kept == [tmp_path / ".quickstart-scenarios"]


def test_a_contradiction_exits_with_3_and_names_what_cannot_hold_together(tmp_path):
    # two units are needed and one may be bought: demand or max_order must give by 1
    offers = "offer, chip, seller, acquisition, price, max_order, last_order\n"
    book = written(tmp_path, Offers=offers + "N1 buy, N1, Nord, buy, 100, 1, 2027Q1")
    done = run("solve", book, "--out", tmp_path, "--json", tmp_path / "out.json")
    assert done.returncode == 3
    found = json.loads((tmp_path / "out.json").read_text())
    assert found["status"] == "infeasible"
    assert {c["sheet"] for c in found["conflicts"]} == {"Offers", "Workloads"}
    assert [c["gives"] for c in found["conflicts"]] == pytest.approx([1.0, 1.0])
    assert {c["when"] for c in found["conflicts"]} <= {"in 2027Q1", "in 2027Q2"}
    assert not (tmp_path / "book-plan.xlsx").exists()
    # the terminal says what cannot hold first, then what to type: 2 units at 100, or 1 for half of the work
    said = done.stderr.splitlines()
    repairs = said[said.index("solved again with one of them changed:") + 1 :]
    assert [line.split(" ", 3)[3] for line in repairs] == [
        "N1 buy: max_order from 1 to 2; the plan then costs 200 at most",
        "serve: max_unmet_pct from blank to 50% and its unmet_penalty from blank to 0; the plan then "
        "costs 100 at most",
    ]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["--risk"], "--risk compares scenarios, and the sheet Scenarios has no active row"),
        (["--samples", 5], "--samples draws from the sheet Ranges, which has no row"),
    ],
)
def test_what_a_book_has_nothing_for_is_said_before_it_is_solved(
    asked, sentence, tmp_path, monkeypatch
):
    monkeypatch.setattr("chipfolio.plan.plan.solve", lambda *_, **__: pytest.fail("it was solved"))
    arguments = ["solve", written(tmp_path), "--out", tmp_path, *asked]
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert str(done.exception) == sentence


def test_a_book_that_is_being_solved_exits_with_6(tmp_path):
    book = written(tmp_path)
    with FileLock(tmp_path / ".book.lock"):
        done = run("solve", book, "--out", tmp_path)
    assert done.returncode == 6
    assert "another run on book.xlsx" in done.stderr


def test_no_lock_is_left_behind(tmp_path):
    book = written(tmp_path)
    assert run("solve", book, "--out", tmp_path).returncode == 0
    assert not list(tmp_path.glob("*.lock")) and not list(tmp_path.glob(".*.lock"))


def test_a_folder_that_cannot_be_written_exits_with_6(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = run("solve", written(tmp_path), "--out", tmp_path / "file" / "reports")
    assert done.returncode == 6


def big(tmp_path: Path) -> Path:
    """A seeded book that takes minutes to prove."""
    from tests.benchmarks.instances import SIZES, book

    path = tmp_path / "big.xlsx"
    made = book(SIZES["large"])
    write_template(path, made)
    return path


def test_a_time_limit_exits_with_4_and_never_looks_optimal(tmp_path):
    book = big(tmp_path)
    limit = ("--time-limit", "15", "--gap", "0")
    done = run("solve", book, "--out", tmp_path, *limit, "--json", tmp_path / "o.json")
    assert done.returncode in (4, 5), done.stderr
    if done.returncode == 4:
        found = json.loads((tmp_path / "o.json").read_text())
        assert found["status"] == "feasible"
        assert "NOT PROVEN" in done.stdout


def test_no_time_at_all_exits_with_5_or_keeps_what_was_found_at_once(tmp_path):
    done = run("solve", big(tmp_path), "--out", tmp_path, "--time-limit", "0.01")
    assert done.returncode in (4, 5)
    said = done.stdout + done.stderr
    assert ("no plan was found" if done.returncode == 5 else "NOT PROVEN") in said


@pytest.mark.parametrize(("blow", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_hand_that_stops_it_exits_with_its_number(tmp_path, blow, code):
    book = big(tmp_path)
    command = [sys.executable, "-m", "chipfolio", "solve", str(book), "--out", str(tmp_path)]
    child = subprocess.Popen([*command, "--gap", "0"], stderr=subprocess.PIPE, text=True)
    time.sleep(12)
    os.kill(child.pid, blow)
    _, errors = child.communicate(timeout=300)  # its plan is checked and written first
    assert child.returncode == code, errors
    assert "Traceback" not in errors


def test_the_template_solves_as_shipped(tmp_path):
    assert run("template", tmp_path / "mine.xlsx").returncode == 0
    assert run("check", tmp_path / "mine.xlsx").returncode == 0
    done = run("solve", tmp_path / "mine.xlsx", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    assert run("template", tmp_path / "mine.xlsx").returncode != 0  # never overwritten unasked
