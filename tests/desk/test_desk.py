"""The desk in a real browser, and what it refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from driven import SECONDS, Browser
from waitress import create_server, wasyncore

from chipfolio.cli import cli
from chipfolio.desk.server import page_of
from chipfolio.desk.watch import Watch
from chipfolio.workbook.template import write_template
from tests.conftest import book

OFFERS = "offer, chip, seller, acquisition, price\nO, C, Nord, buy, {}\nP, C, Sud, buy, 30"
DEMAND = "workload, 2027, 2028, 2029\nW, 5, 5, 5"


def save(path: Path, price: float, **more: object) -> None:
    """A workbook put into the folder in one step."""
    beside = path.with_name(f".{path.name}")
    write_template(beside, book(Offers=OFFERS.format(price), Demand=DEMAND, **more), overwrite=True)
    beside.replace(path)


# ------------------------------------------------------------------------------ the real thing
class Desk:
    """`chipfolio desk` as a process of its own."""

    def __init__(self, folder: Path) -> None:
        said = folder.with_name("said")
        command = [sys.executable, "-u", "-m", "chipfolio", "desk", str(folder), "--port", "0"]
        with said.open("wb") as file:
            self.process = subprocess.Popen(command, stdout=file)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if match := re.search(r"open (http://127\.0\.0\.1:\d+/)", said.read_text()):
                self.address = match[1]
                return
            time.sleep(0.1)
        raise TimeoutError(said.read_text())

    def end(self, blow: int = signal.SIGKILL) -> None:
        self.process.send_signal(blow)
        self.process.wait()


def test_from_a_shared_folder_to_a_published_plan_without_a_terminal(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    desk = Desk(folder)
    try:
        with Browser() as browser:
            browser.open(desk.address)
            browser.sees("No workbooks yet")
            save(folder / "lab.xlsx", -1)
            browser.sees("1 fault in the workbook")
            browser.click("lab.xlsx")
            browser.sees("Offers!E6")
            browser.sees("is not at least 0")
            save(folder / "lab.xlsx", 10)
            browser.sees("50 USD, gap 0.000%")
            assert (folder / "lab-plan.xlsx").exists()
            assert not (folder / "lab-faults.html").exists()
            browser.click("Report")
            browser.wait_for(
                "document.title !== 'lab.xlsx' && document.querySelector('svg') !== null"
            )
            browser.open(f"{desk.address}book?name=lab.xlsx")
            for name, value in (("kind", "rule_price"), ("sheet", "Sites"), ("item", "Hall")):
                browser.fill(name, value)
            browser.click("Ask")
            browser.sees("Answers")
            finding = browser.does("document.querySelector('.answer').innerText")
            assert "Hall" in finding
            browser.open(f"{desk.address}book?name=lab.xlsx")
            boxes = "[...document.querySelectorAll('[name=run][type=checkbox]')]"
            assert browser.does(f"{boxes}.length") == 3
            browser.does(f"{boxes}.slice(0, 2).forEach((box) => {{ box.checked = true; }})")
            browser.click("Compare two")
            browser.sees("Run 2 and run 3")
            browser.sees("Inputs")
            browser.click("Solve the bridge")
            browser.sees("Both plans cost")
            browser.click("Bridge as a report")
            browser.wait_for("document.querySelector('svg') !== null")
            desk.end()  # killed; a new desk knows how all stands
            desk = Desk(folder)
            browser.open(desk.address)
            browser.sees("published")
    finally:
        desk.end()


# ------------------------------------------------------------------------------ with jobs of a test
class SlowJob:
    """A solve that goes on until it is stopped."""

    folder, number = Path("nowhere"), 0

    def __init__(self, *_: object) -> None:
        self.code: int | None = None

    def ended(self):
        return self.code

    def progress(self):
        return {"seconds": 12.0, "objective": 1234.0, "bound": 1200.0, "gap": 0.0275}

    def result(self):
        return {"status": "stopped"}

    def said(self):
        return ""

    def stop(self):
        self.code = 143

    def close(self):
        pass


class Served:
    """The page over a watch whose jobs are a test's, in a thread."""

    def __init__(self, folder: Path, token: str = "") -> None:
        self.watch = Watch(folder, folder, start=SlowJob, say=lambda _: None)
        self.server = create_server(lambda *_: [], host="127.0.0.1", port=0, threads=2)
        self.host = f"127.0.0.1:{self.server.effective_port}"
        self.address = f"http://{self.host}/"
        self.server.application = page_of(self.watch, (self.host,), token)
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.serve, daemon=True)]
        self.threads.append(threading.Thread(target=self.look, daemon=True))
        for thread in self.threads:
            thread.start()

    def serve(self) -> None:
        """Answer until it is to stop; closed by the thread that serves, or it would trip over it."""
        while not self.stop.is_set():
            wasyncore.loop(timeout=0.1, map=self.server._map, count=1)
        self.server.task_dispatcher.shutdown()
        wasyncore.close_all(map=self.server._map, ignore_all=True)

    def look(self) -> None:
        while not self.stop.wait(0.2):
            self.watch.look()

    def end(self) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture
def served(tmp_path) -> Iterator[Served]:
    one = Served(tmp_path)
    yield one
    one.end()


HOSTILE = "<img src=x onerror=\"document.title='hacked'\">.xlsx"


def test_progress_is_shown_a_solve_is_stopped_and_hostile_names_stay_texts(served, tmp_path):
    save(tmp_path / HOSTILE, 10, plan_name="<script>document.title='hacked'</script>")
    with Browser() as browser:
        browser.open(served.address)
        browser.sees("12 s, best 1,234, gap 2.750%")
        browser.sees(HOSTILE)
        assert browser.does("document.querySelectorAll('img').length") == 0
        browser.click("Stop")
        browser.sees("stopped by hand")
        browser.sees(HOSTILE)
        assert browser.does("document.title") == HOSTILE
        assert browser.does("document.querySelectorAll('img').length") == 0
        browser.click("Solve now")
        browser.sees("best 1,234")


class NoPlan(SlowJob):
    """A solve of a workbook that no plan keeps, with as much to say as a large one has."""

    limits = [f"Share rules rule {number}, at most {number} %" for number in range(200)]

    def ended(self):
        return 3

    def result(self):
        lines = ["no plan keeps all the limits of this book", *self.limits]
        return {"status": "infeasible", "message": "\n  ".join(lines)}


def read_page(served: Served, path: str) -> str:
    return urllib.request.urlopen(served.address + path, timeout=10).read().decode()


def test_a_long_contradiction_is_shown_whole(served, tmp_path):
    served.watch.start = NoPlan
    save(tmp_path / "lab.xlsx", 10)
    until = time.monotonic() + SECONDS
    while not (tmp_path / "lab-faults.html").exists():
        assert time.monotonic() < until
        time.sleep(0.2)
    page = read_page(served, "book?name=lab.xlsx")
    assert all(page.count(limit) == 1 for limit in NoPlan.limits)
    list_of_all = read_page(served, "rows")
    assert "no plan keeps all the limits of this book" in list_of_all
    assert NoPlan.limits[0] not in list_of_all
    faults = (tmp_path / "lab-faults.html").read_text()
    assert all(faults.count(limit) == 1 for limit in NoPlan.limits)


TREE = {
    "Scenarios": "scenario, probability, branches_from, branch_period\n"
    "as planned, 0.5, ,\ndearer, 0.5, as planned, 2028",
    "Scenario_changes": "scenario, sheet, item, column, operation, value\n"
    "dearer, Offers, O, price, add, 5",
}


def test_a_bridge_is_told_which_scenario_came_true(served, tmp_path):
    served.watch.start = SlowJob  # the runs are made here
    save(tmp_path / "lab.xlsx", 10, **TREE)
    later = tmp_path / "later.xlsx"
    plans = [str(tmp_path / name) for name in ("lab-plan.xlsx", "later-plan.xlsx")]
    for command in (
        ["solve", str(tmp_path / "lab.xlsx"), "--out", str(tmp_path)],
        ["roll", str(tmp_path / "lab.xlsx"), plans[0], "--to", "2029", "--scenario", "dearer",
         "--out", str(later)],
        ["solve", str(later), "--out", str(tmp_path)],
    ):  # fmt: skip
        done = CliRunner().invoke(cli, command)
        assert done.exit_code == 0, done.output

    def solved(scenario: str) -> str:
        body = {"form_token": form_token(served), "run": [1, 2], "scenario": scenario}
        assert code_of(served, "bridge", urlencode(body, doseq=True).encode()) == 200
        until = time.monotonic() + SECONDS
        while "are being solved" in (page := read_page(served, "bridge?run=1&run=2")):
            assert time.monotonic() < until
            time.sleep(0.2)
        return page

    page = read_page(served, "compare?run=1&run=2")
    assert "<option>as planned</option><option>dearer</option>" in page
    assert "name the one" in solved("")  # scenarios part before the newer plan begins
    assert "In between, dearer came true." in solved("dearer")
    assert code_of(served, "bridge", urlencode(
        {"form_token": form_token(served), "run": [1, 2], "scenario": "--gap=1"}, doseq=True
    ).encode()) == 400  # fmt: skip


# ------------------------------------------------------------------------------ what it refuses
def code_of(served: Served, path: str = "", body: bytes | None = None, **headers: str) -> int:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(served.address + path, body, names)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def form_token(served: Served) -> str:
    page = urllib.request.urlopen(served.address, timeout=10).read().decode()
    return re.search(r'name="form_token" value="([^"]+)"', page)[1]


def test_other_pages_and_other_names_for_this_machine_are_refused(served):
    assert code_of(served) == 200
    assert code_of(served, Host="evil.example") == 421
    assert code_of(served, Host=f"localhost.evil.example:{served.host.partition(':')[2]}") == 421
    body = f"form_token={form_token(served)}&name=x.xlsx".encode()
    assert code_of(served, "solve", body) == 404  # it may, but there is no such workbook
    assert code_of(served, "solve", b"name=x.xlsx") == 403
    assert code_of(served, "solve", body, Origin="http://evil.example") == 403
    assert code_of(served, "solve", body, Origin="null") == 403
    assert code_of(served, "solve", body, Origin=f"http://{served.host}") == 404
    assert code_of(served, "solve") == 405


def test_names_never_lead_out_of_the_folder(served, tmp_path):
    (tmp_path.parent / "secret-plan.xlsx").write_bytes(b"secret")
    for name in ("../secret.xlsx", "..%2Fsecret.xlsx", "/etc/passwd", "%00", "..\\secret.xlsx"):
        for path in ("plan", "report", "book"):
            assert code_of(served, f"{path}?name={name}") == 404
    assert code_of(served, "runs/1/plan") == 409
    assert code_of(served, "static/../server.py") in (400, 404)
    assert code_of(served, "static/%2e%2e/%2e%2e/server.py") == 404


def test_from_another_machine_it_takes_the_token(tmp_path):
    served = Served(tmp_path, token="a long secret")
    try:
        assert code_of(served) == 403
        assert code_of(served, "?token=wrong") == 403
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        answer = opener.open(f"{served.address}?token=a%20long%20secret", timeout=10)
        assert (answer.status, answer.url) == (200, served.address)
        assert opener.open(f"{served.address}rows", timeout=10).status == 200
    finally:
        served.end()


def uploaded(served: Served, name: str, content: bytes) -> int:
    token = form_token(served)
    edge = "-----edge"
    body = (
        (
            f'--{edge}\r\nContent-Disposition: form-data; name="form_token"\r\n\r\n{token}\r\n'
            f'--{edge}\r\nContent-Disposition: form-data; name="workbook"; filename="{name}"\r\n\r\n'
        ).encode()
        + content
        + f"\r\n--{edge}--\r\n".encode()
    )
    return code_of(served, "upload", body, Content_Type=f"multipart/form-data; boundary={edge}")


def test_an_upload_passes_the_gate_of_files(served, tmp_path):
    content = write_template(tmp_path.parent / "upload.xlsx", book(), overwrite=True).read_bytes()
    assert uploaded(served, "../../evil/lab.xlsx", content) == 200
    assert (tmp_path / "lab.xlsx").read_bytes() == content
    assert uploaded(served, "lab.xlsx", content) == 409  # nobody's workbook is overwritten
    assert uploaded(served, "half.xlsx", content[:4000]) == 409
    assert uploaded(served, "text.csv", b"a,b") == 409
    assert uploaded(served, "~$lab.xlsx", content) == 409
    assert sorted(path.name for path in tmp_path.glob("*.xls*")) == ["lab.xlsx"]
    assert uploaded(served, "huge.xlsx", b"x" * (26 * 2**20)) == 413


def test_malformed_requests_are_answered_with_4xx_and_harm_nothing(served):
    port = int(served.host.partition(":")[2])
    broken = [
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x00\xff\xfe" * 20 + b"\r\n\r\n",
        b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /solve HTTP/1.1\r\nHost: %b\r\nContent-Length: -5\r\n\r\n" % served.host.encode(),
        b"POST /solve HTTP/1.1\r\nHost: %b\r\nContent-Length: 4\r\n\r\n\xff\xfe\x00\x01"
        % served.host.encode(),
        b"GET /book?name=%ff%fe HTTP/1.1\r\nHost: " + served.host.encode() + b"\r\n\r\n",
        b"GET /compare?run=a&run=b HTTP/1.1\r\nHost: " + served.host.encode() + b"\r\n\r\n",
        b"GET /runs/99999999999999999999/plan HTTP/1.1\r\nHost: "
        + served.host.encode()
        + b"\r\n\r\n",
    ]
    for number in range(1000):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(broken[number % len(broken)])
            with suppress(OSError):  # the server has answered and hung up already
                line.shutdown(socket.SHUT_WR)
            head = line.recv(200)
        assert head.split(b" ")[1][:1] == b"4", (broken[number % len(broken)][:60], head)
    assert code_of(served) == 200
