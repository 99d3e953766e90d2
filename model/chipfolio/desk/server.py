"""The desk's page: one local server over a watch. It shows, and passes on what people ask for.

Whoever can open the page can solve and publish, so it answers only to this machine, refuses
requests that other pages send (their Origin, their Host, no token of a form), and lets nothing of
a workbook become markup: templates escape, and a policy forbids all scripts but its own.
"""

from __future__ import annotations

import hmac
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import HTTPException

from ..contract.inputs import INPUTS
from ..errors import LockedError, PlanError, WorkbookError
from ..runs import disk
from ..runs.comparing import compared
from ..runs.manifest import Manifest
from ..runs.store import Store, user
from ..workbook.preflight import MAX_FILE, preflight
from .bridging import Bridged, Bridges
from .names import SUFFIXES
from .watch import Watch, Watched

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
COOKIE = "chipfolio_desk"
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
    """The application over a watch.

    ``hosts`` are the names, with port, by which it may be called. With a ``token`` every caller
    must have brought it once, in the address.
    """
    app = Flask(__name__, template_folder="pages", static_folder="pages/static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_FILE
    form_token = secrets.token_urlsafe(24)
    bridges = Bridges(watch.out)

    # ------------------------------------------------------------------ who may
    @app.before_request
    def only_those_who_may() -> Response | None:
        if not token and request.host not in hosts:
            abort(421, "this page answers to its own address only")
        if token and not same(request.cookies.get(COOKIE, ""), token):
            if not same(request.args.get("token", ""), token):
                abort(403, "open the address with the token that chipfolio desk printed")
            answer = redirect(request.path)
            answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
            return answer
        if request.method not in ("GET", "HEAD"):
            origin = request.headers.get("Origin")
            if origin is not None and origin != f"{request.scheme}://{request.host}":
                abort(403, "requests of other pages are refused")
            if not same(request.form.get("form_token", ""), form_token):
                abort(403, "this form is of another start of the desk: load the page again")
        return None

    @app.after_request
    def kept_in_bounds(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @app.errorhandler(PlanError)
    def told(error: PlanError) -> tuple[str, int]:
        return render_template("told.html", title="That did not work", text=str(error)), 409

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> tuple[str, int]:
        code = error.code or 500
        return render_template("told.html", title=error.name, text=error.description), code

    @app.context_processor
    def common() -> dict[str, Any]:
        return {"form_token": form_token, "folder": str(watch.folder)}

    # ------------------------------------------------------------------ what it finds
    def known(name: str) -> Watched:
        return watch.books.get(name) or abort(404, f"there is no workbook {name!r} in the folder")

    def run_of(number: int) -> tuple[Store, Manifest]:
        store = Store(watch.out)
        return store, store.run(number)

    def books() -> list[dict[str, Any]]:
        return [facts(book) for book in sorted(watch.books.values(), key=lambda b: b.path.name)]

    def facts(book: Watched) -> dict[str, Any]:
        stem, out = book.path.stem, watch.out
        progress = watch.job.progress() if watch.job and watch.under_way is book else {}
        return {
            "name": book.path.name,
            "state": book.state,
            "detail": book.detail.partition("\n")[0],
            "whole": book.detail if "\n" in book.detail else "",
            "progress": progress,
            "busy": book.state in ("solving", "answering"),
            "plan": (out / f"{stem}-plan.xlsx").exists(),
            "report": (out / f"{stem}-plan.html").exists(),
            "result": book.result,
            "answers": book.answers,
            "questions": len(book.questions),
        }

    # ------------------------------------------------------------------ what it shows
    @app.get("/")
    def desk() -> str:
        return render_template("desk.html", books=books(), told=sorted(watch.told))

    @app.get("/rows")
    def rows() -> str:
        return render_template("rows.html", books=books())

    @app.get("/book")
    def book() -> str:
        found = known(request.args.get("name", ""))
        runs = list(Store(watch.out).runs(found.path.name, limit=LISTED))
        standing = Store(watch.out).standing(f"{found.path.stem}-plan")
        return render_template(
            "book.html",
            book=facts(found),
            runs=runs,
            standing=standing.run if standing else None,
            question=INPUTS["Questions"],
            asked=ASKED,
        )

    @app.get("/status")
    def status() -> str:
        return render_template("status.html", book=facts(known(request.args.get("name", ""))))

    @app.get("/plan")
    def plan() -> Response:
        return handed(watch.out / f"{known(request.args.get('name', '')).path.stem}-plan.xlsx")

    @app.get("/report")
    def report() -> Response:
        return shown(watch.out / f"{known(request.args.get('name', '')).path.stem}-plan.html")

    @app.get("/runs/<int:number>/plan")
    def plan_of_run(number: int) -> Response:
        store, run = run_of(number)
        return handed(store.place(run) / run.main)

    @app.get("/runs/<int:number>/report")
    def report_of_run(number: int) -> Response:
        store, run = run_of(number)
        return shown(store.place(run) / f"{run.target}.html")

    def two_runs(numbers: list[int]) -> tuple[Store, Manifest, Manifest]:
        if len(numbers) != 2 or numbers[0] == numbers[1]:
            abort(400, "choose two runs to compare")
        store = Store(watch.out)
        one, other = (store.run(number) for number in sorted(numbers))
        return store, one, other

    def bridged() -> Bridged:
        _, one, other = two_runs(request.args.getlist("run", type=int))
        return bridges.of((one.run, other.run))

    @app.get("/compare")
    def compare() -> str:
        store, one, other = two_runs(request.args.getlist("run", type=int))
        pair = (one.run, other.run)
        return render_template(
            "compare.html",
            title=f"Run {one.run} and run {other.run}",
            pair=pair,
            bridge=bridges.of(pair) if can_bridge(one, other) else None,
            choices=may_have_come_true(one, other),
            text="\n".join(compared(store, one, other).lines()),
        )

    @app.get("/bridge")
    def bridge() -> str:
        _, one, other = two_runs(request.args.getlist("run", type=int))
        pair, choices = (one.run, other.run), may_have_come_true(one, other)
        return render_template("bridge.html", pair=pair, bridge=bridges.of(pair), choices=choices)

    @app.get("/bridge/report")
    def bridge_report() -> Response:
        return shown(bridged().page)

    @app.get("/bridge/workbook")
    def bridge_workbook() -> Response:
        return handed(bridged().workbook)

    # ------------------------------------------------------------------ what it passes on
    @app.post("/solve")
    def solve() -> Response:
        name = request.form.get("name", "")
        known(name)
        watch.solve_now(name)
        return redirect(url_for("book", name=name))

    @app.post("/bridge")
    def solve_bridge() -> Response:
        store, one, other = two_runs(request.form.getlist("run", type=int))
        if not can_bridge(one, other):
            abort(400, "only two plans of solve have a bridge between them")
        pair, scenario = (one.run, other.run), request.form.get("scenario", "")
        if scenario and scenario not in may_have_come_true(one, other):
            abort(400, f"{scenario} is no scenario that parts between the two plans")
        plans = store.place(one) / one.main, store.place(other) / other.main
        bridges.start(pair, plans, scenario)
        return redirect(url_for("compare", run=pair))

    @app.post("/stop")
    def stop() -> Response:
        watch.stop()
        return redirect(url_for("book", name=known(request.form.get("name", "")).path.name))

    @app.post("/ask")
    def ask() -> Response:
        name = known(request.form.get("name", "")).path.name
        question = {column: request.form.get(column, "").strip() for column in ASKED}
        question = {column: value for column, value in question.items() if value}
        watch.ask(name, {"question": "asked here", **question})
        return redirect(url_for("book", name=name))

    @app.post("/publish")
    def publish() -> Response:
        store, run = run_of(request.form.get("run", 0, type=int))
        store.wave_through(run, request.form.get("because", ""), user())
        return redirect(url_for("book", name=run.book))

    @app.post("/upload")
    def upload() -> Response:
        file = request.files.get("workbook")
        if file is None or not file.filename:
            abort(400, "choose a workbook first")
        take_in(watch.folder, file.filename, file.read())
        return redirect(url_for("desk"))

    return app


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), wanted.encode())


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
