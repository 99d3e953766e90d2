"""Who may use the desk's page, and in what bounds its answers are kept.

Whoever can open the page can solve and publish, so it answers only to this machine, refuses
requests that other pages send (their Origin, their Host, no token of a form), and lets nothing of
a workbook become markup: templates escape, and a policy forbids all scripts but its own.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Response, abort, redirect, render_template, request
from werkzeug.exceptions import HTTPException

from ..errors import PlanError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
COOKIE = "chipfolio_desk"


def guard(app: Flask, hosts: tuple[str, ...], token: str) -> None:
    """Let an application answer only those who may, and tell others why not.

    ``hosts`` are the names, with port, by which it may be called. With a ``token`` every caller
    must have brought it once, in the address.
    """
    form_token = secrets.token_urlsafe(24)

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
    def secret_of_forms() -> dict[str, str]:
        return {"form_token": form_token}


def same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(), wanted.encode())
