"""Two solved plans, each solved once, and a plan workbook edited as a reader would edit it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

import chipfolio
from chipfolio.workbook.planbook.book import arrange, build
from chipfolio.workbook.planbook.charts import Artist
from chipfolio.workbook.planbook.draw import draw
from chipfolio.workbook.planbook.model import Model
from chipfolio.workbook.planbook.seal import add_seal
from chipfolio.workbook.planbook.sheets import TOP
from tests.workbook.rich_book import plain_book, rich_book

SECONDS = 240
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>"""
"""A LibreOffice profile that computes every formula on loading, whatever is stored."""


@cache
def plain_plan():
    """One world; names that would like to be formulas."""
    return chipfolio.solve(chipfolio.read(plain_book()))


@cache
def rich_plan():
    """Three scenarios and every kind of term; any audited plan will do."""
    return chipfolio.solve(chipfolio.read(rich_book()), gap=0.3)


PLANS = {"plain": plain_plan, "rich": rich_plan}


def computed(plan) -> Model:
    """The sheets of a plan workbook, computed and sealed."""
    model = build(plan)
    model.book.calculate()
    model.close_timelines()
    add_seal(model.book)
    arrange(model)
    return model


def recompute(model: Model) -> None:
    """Compute every formula anew, as a spreadsheet program does after an edit."""
    model.book.forget()
    model.book.calculate()


def edited(plan, change: Callable[[Model], None], path: Path, again: bool = True) -> Path:
    """A plan workbook that somebody edited after it was written, and saved."""
    model = computed(plan)
    change(model)
    if again:
        recompute(model)
    path.write_bytes(draw(model.book, Artist(model)))
    return path


def libreoffice(*paths: Path, into: Path, form: str = "xlsx") -> list[Path]:
    """Workbooks opened, wholly recomputed and saved by LibreOffice, in a profile of their own."""
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None and "CI" not in os.environ:
        pytest.skip("LibreOffice is not installed")
    assert program, "LibreOffice is needed for this test: install libreoffice-calc"
    profile = into / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(PROFILE, encoding="utf-8")
    out = into / "saved"
    subprocess.run(
        [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore",
         "--convert-to", form, "--outdir", str(out), *map(str, paths)],
        check=True, capture_output=True, timeout=SECONDS, env={**os.environ, "HOME": str(into)},
    )  # fmt: skip
    return [out / path.with_suffix(f".{form}").name for path in paths]


def failing(plan) -> list[str]:
    """Checks of a plan's workbook that do not hold, its own and the audit's."""
    model = build(plan)
    model.book.calculate()
    sheet = model.sheet("Checks")
    sentence, fails = sheet.columns["check"], sheet.columns["fails"]
    rows = range(TOP, max(row for row, _ in sheet.values) + 1)
    return [
        str(sheet.values[row, sentence])
        for row in rows
        if (row, sentence) in sheet.values and sheet.values[row, fails]
    ]
