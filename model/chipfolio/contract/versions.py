"""Versions of the input workbook: which sheets and columns each of them has.

A version's record is a file beside this module, ``records/2.csv``: a line for every column of the
contract. The present version's record is one of the generated documents; those of versions that
were handed out are never changed again (``tests/quarters/test_migrate.py`` holds their hashes).
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from .inputs import INPUTS

TEMPLATE_VERSION = "2"
RECORDS = Path(__file__).parent / "records"
HEAD = ("sheet", "column", "holds", "required", "default")


def record() -> str:
    """The record of the contract as it is declared now."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(HEAD)
    for table in INPUTS.values():
        for column in table:
            required = "required" if column.required else ""
            lines.writerow([table.name, column.name, column.takes, required, column.default])
    return text.getvalue()


def columns_of(version: str) -> dict[str, list[str]]:
    """Columns by sheet that a version has; KeyError where there is no such version."""
    path = RECORDS / f"{version}.csv"
    if not version.isdigit() or not path.exists():
        raise KeyError(version)
    found: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["sheet"], []).append(line["column"])
    return found
