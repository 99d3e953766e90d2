"""Why a workbook has no new plan, as a page beside it: each fault with its cell and its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def faults_page(book: str, state: str, detail: str, result: Mapping[str, Any]) -> str:
    """The page as HTML. ``result`` is what ``solve --json`` wrote: its problems or conflicts."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("chipfolio.report", package_path="."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    problems = list(result.get("problems") or [])
    faults = [one for one in problems if one.get("severity") != "warning"]
    warnings = [one for one in problems if one.get("severity") == "warning"]
    return environment.get_template("faults.html.j2").render(
        book=book,
        state=state,
        detail=detail,
        faults=faults,
        warnings=warnings,
        held=list(result.get("held") or []),
        message=str(result.get("message") or ""),
    )
