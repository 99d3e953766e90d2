"""The desk's page: one local server over a watch. It shows, and passes on what people ask for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, send_file, url_for

from ..contract.inputs import INPUTS
from ..errors import LockedError, PlanError, WorkbookError
from ..runs import disk
from ..runs.comparing import compared
from ..runs.manifest import Manifest
from ..runs.store import Store, user
from ..workbook.preflight import MAX_FILE, preflight
from .bridging import Bridged, Bridges
from .guard import guard
from .names import SUFFIXES
from .watch import Watch, Watched

REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
LISTED = 200
"""Runs that the history page shows."""
ASKED = (
    "kind",
    "sheet",
    "item",
    "column",
    "from",
    "to",
    "amount",
    "operation",
    "low",
    "high",
    "steps",
    "within",
)
"""Columns of Questions that the page's form offers."""


def page_of(watch: Watch, hosts: tuple[str, ...], token: str = "") -> Flask:
    """The application over a watch, for those who may (``guard``)."""
    app = Flask(__name__, template_folder="pages", static_folder="pages/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_FILE
    guard(app, hosts, token)
    desk = Desk(watch, Bridges(watch.out))
    app.context_processor(lambda: {"folder": str(watch.folder)})
    show_books(app, desk)
    show_runs(app, desk)
    take_orders(app, desk)
    return app


@dataclass(frozen=True)
class Desk:
    """What the page finds: the books of a watch, their runs, the bridges between two runs."""

    watch: Watch
    bridges: Bridges

    @property
    def store(self) -> Store:
        """All runs of the folder."""
        return Store(self.watch.out)

    def book(self, name: str) -> Watched:
        """The workbook of that name; error 404 where there is none."""
        return self.watch.books.get(name) or abort(404, f"no workbook {name!r} is in the folder")

    def books(self) -> list[dict[str, Any]]:
        """The facts of all workbooks, by name."""
        books = sorted(self.watch.books.values(), key=lambda book: book.path.name)
        return [self.facts(book) for book in books]

    def facts(self, book: Watched) -> dict[str, Any]:
        """What the page says of a workbook."""
        job, is_under_way = self.watch.job, self.watch.under_way is book
        return {
            "name": book.path.name,
            "state": book.state,
            "detail": book.detail.partition("\n")[0],
            "whole": book.detail if "\n" in book.detail else "",
            "progress": job.progress() if job and is_under_way else {},
            "busy": book.state in ("solving", "answering"),
            "plan": self.standing(book, ".xlsx").exists(),
            "report": self.standing(book, ".html").exists(),
            "result": book.result,
            "answers": book.answers,
            "questions": len(book.questions),
        }

    def standing(self, book: Watched, suffix: str) -> Path:
        """The file of a workbook's plan that stands, whether it is there or not."""
        return self.watch.out / f"{book.path.stem}-plan{suffix}"

    def pair(self, numbers: list[int]) -> tuple[Manifest, Manifest]:
        """Two runs, the earlier first; error 400 where the numbers are not of two."""
        if len(numbers) != 2 or numbers[0] == numbers[1]:
            abort(400, "choose two runs to compare")
        one, other = (self.store.run(number) for number in sorted(numbers))
        return one, other

    def bridge(self, one: Manifest, other: Manifest) -> Bridged:
        """What is known of the bridge between two runs."""
        return self.bridges.of((one.run, other.run))


def show_books(app: Flask, desk: Desk) -> None:
    """The pages of the workbooks and of the plans that stand."""

    def asked() -> Watched:
        return desk.book(request.args.get("name", ""))

    @app.get("/", endpoint="desk")
    def front() -> str:
        return render_template("desk.html", books=desk.books(), told=sorted(desk.watch.told))

    @app.get("/rows")
    def rows() -> str:
        return render_template("rows.html", books=desk.books())

    @app.get("/book")
    def book() -> str:
        found = asked()
        standing = desk.store.standing(f"{found.path.stem}-plan")
        return render_template(
            "book.html",
            book=desk.facts(found),
            runs=list(desk.store.runs(found.path.name, limit=LISTED)),
            standing=standing.run if standing else None,
            question=INPUTS["Questions"],
            asked=ASKED,
        )

    @app.get("/status")
    def status() -> str:
        return render_template("status.html", book=desk.facts(asked()))

    @app.get("/plan")
    def plan() -> Response:
        return handed(desk.standing(asked(), ".xlsx"))

    @app.get("/report")
    def report() -> Response:
        return shown(desk.standing(asked(), ".html"))


def show_runs(app: Flask, desk: Desk) -> None:
    """The pages of single runs, of two side by side, and of the bridge between them."""

    def asked() -> tuple[Manifest, Manifest]:
        return desk.pair(request.args.getlist("run", type=int))

    @app.get("/runs/<int:number>/plan")
    def plan_of_run(number: int) -> Response:
        run = desk.store.run(number)
        return handed(desk.store.place(run) / run.main)

    @app.get("/runs/<int:number>/report")
    def report_of_run(number: int) -> Response:
        run = desk.store.run(number)
        return shown(desk.store.place(run) / f"{run.target}.html")

    @app.get("/compare")
    def compare() -> str:
        one, other = asked()
        return render_template(
            "compare.html",
            title=f"Run {one.run} and run {other.run}",
            pair=(one.run, other.run),
            bridge=desk.bridge(one, other) if can_bridge(one, other) else None,
            choices=may_have_come_true(one, other),
            text="\n".join(compared(desk.store, one, other).lines()),
        )

    @app.get("/bridge")
    def bridge() -> str:
        one, other = asked()
        return render_template(
            "bridge.html",
            pair=(one.run, other.run),
            bridge=desk.bridge(one, other),
            choices=may_have_come_true(one, other),
        )

    @app.get("/bridge/report")
    def bridge_report() -> Response:
        return shown(desk.bridge(*asked()).page)

    @app.get("/bridge/workbook")
    def bridge_workbook() -> Response:
        return handed(desk.bridge(*asked()).workbook)


def take_orders(app: Flask, desk: Desk) -> None:
    """What people ask for is passed on to the watch, the store and the bridges."""

    def asked() -> str:
        return desk.book(request.form.get("name", "")).path.name

    @app.post("/solve")
    def solve() -> Response:
        name = asked()
        desk.watch.solve_now(name)
        return redirect(url_for("book", name=name))

    @app.post("/bridge")
    def solve_bridge() -> Response:
        one, other = desk.pair(request.form.getlist("run", type=int))
        if not can_bridge(one, other):
            abort(400, "only two plans of solve have a bridge between them")
        scenario = request.form.get("scenario", "")
        if scenario and scenario not in may_have_come_true(one, other):
            abort(400, f"{scenario} is no scenario that parts between the two plans")
        pair = (one.run, other.run)
        plans = desk.store.place(one) / one.main, desk.store.place(other) / other.main
        desk.bridges.start(pair, plans, scenario)
        return redirect(url_for("compare", run=pair))

    @app.post("/stop")
    def stop() -> Response:
        desk.watch.stop()
        return redirect(url_for("book", name=asked()))

    @app.post("/ask")
    def ask() -> Response:
        name = asked()
        question = {column: request.form.get(column, "").strip() for column in ASKED}
        question = {column: value for column, value in question.items() if value}
        desk.watch.ask(name, {"question": "asked here", **question})
        return redirect(url_for("book", name=name))

    @app.post("/publish")
    def publish() -> Response:
        run = desk.store.run(request.form.get("run", 0, type=int))
        desk.store.wave_through(run, request.form.get("because", ""), user())
        return redirect(url_for("book", name=run.book))

    @app.post("/upload")
    def upload() -> Response:
        file = request.files.get("workbook")
        if file is None or not file.filename:
            abort(400, "choose a workbook first")
        take_in(desk.watch.folder, file.filename, file.read())
        return redirect(url_for("desk"))


def can_bridge(one: Manifest, other: Manifest) -> bool:
    """Whether two runs have plans between which there is a bridge."""
    return all(run.has_plan and run.objective is not None for run in (one, other))


def may_have_come_true(one: Manifest, other: Manifest) -> list[str]:
    """Scenarios of the older plan, where it begins before the other; none where it has one only."""
    older, newer = sorted((one, other), key=lambda run: run.basis.get("first_month", 0))
    names = list(older.basis.get("probabilities", {}))
    later = older.basis.get("first_month") != newer.basis.get("first_month")
    return names if later and len(names) > 1 else []


def handed(path: Path | None) -> Response:
    """A workbook to be saved."""
    if path is None or not path.is_file():
        abort(404, "there is no plan yet")
    return send_file(path, as_attachment=True, download_name=path.name)


def shown(path: Path | None) -> Response:
    """A report to be looked at, in bounds of its own."""
    if path is None or not path.is_file():
        abort(404, "there is no report yet")
    answer = send_file(path, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = REPORT_POLICY
    return answer


def take_in(folder: Path, filename: str, content: bytes) -> Path:
    """Put an uploaded workbook into the folder, through the gate that every file passes.

    WorkbookError where it is no workbook, LockedError where one of that name is there.
    """
    bare = filename.replace("\\", "/").rpartition("/")[2]
    name = "".join(c for c in bare if c.isprintable() and c not in '<>:"|?*').strip(" .")
    path = folder / name
    if path.suffix.lower() not in SUFFIXES or name.startswith(("~", ".")):
        raise PlanError(f"{name or 'this'} is no Excel workbook: save it as .xlsx")
    if path.exists():
        raise LockedError(f"{name} is in the folder already: save it there, or rename yours")
    part = folder / f".{secrets.token_hex(8)}{path.suffix}"
    try:
        disk.write(part, content)
        preflight(part)
        part.rename(path)
    except WorkbookError as error:
        needs = "; ".join(problem.need for problem in error.problems)
        raise PlanError(f"{name} {needs}") from error
    finally:
        part.unlink(missing_ok=True)
    return path
