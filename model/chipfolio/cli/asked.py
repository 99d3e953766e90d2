"""What the desk asks on behalf of its page: one question that stands in no workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .asking import run, sharing
from .base import BOOK, JSON, OUT, cli


@cli.command(hidden=True)
@BOOK
@click.option("--question", "text", required=True, help="A row of Questions as a JSON object.")
@OUT
@JSON
def ask(book: Path, text: str, folder: Path, json_file: Path | None) -> None:
    """Answer one question, checked as if it stood on the sheet Questions."""
    question = json.loads(text)

    def asked(_: Any) -> list[dict[str, object]]:
        from ..checking.added import with_row
        from ..checking.check import check
        from ..workbook.read import read_book

        tables = check(with_row(read_book(book), "Questions", question))
        return [dict(tables.rows("Questions")[-1])]

    options = sharing(None, None, None, None)
    run(book, folder, options, True, json_file, questions=asked, said=question)
