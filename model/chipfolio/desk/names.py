"""Which files of a folder are workbooks to be solved, by their names."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

SUFFIXES = (".xlsx", ".xlsm")
MADE_BY_US = ("-plan.xlsx", "-scenarios.xlsx", "-rolled.xlsx")
"""How names of workbooks end that chipfolio writes beside a workbook of that name."""
CONFLICT = re.compile(
    r"(?P<name>.+?)("
    r" \([^)]*conflict[^)]*\)|"  # Dropbox, Nextcloud, ownCloud
    r"[ _.-]+(sync-)?conflict(ed)?[ _.-].*|"  # Syncthing and others
    r" \(\d{1,3}\)|"  # Google Drive, a browser's second download
    r"-(DESKTOP|LAPTOP|PC|WIN|MACBOOK|SURFACE)[-A-Z0-9]*"  # OneDrive: the other computer's name
    r")",
    re.IGNORECASE,
)


def workbooks(folder: Path) -> list[Path]:
    """Workbooks of a folder by name: no lock files, half files, or workbooks that we wrote."""
    found = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(("~", "."))
    ]
    stems = {path.stem.casefold() for path in found}
    return sorted(path for path in found if not made_by_us(path.name, stems))


def made_by_us(name: str, stems: Collection[str]) -> bool:
    """Whether a workbook is a plan or comparison of one that stands beside it."""
    for ending in MADE_BY_US:
        if name.lower().endswith(ending):
            start = name[: -len(ending)].casefold()
            # a scenario's plan bears its name between the book's and the ending
            return any(start == stem or start.startswith(f"{stem}-") for stem in stems)
    return False


def original_of(path: Path) -> str:
    """Stem of the workbook of which a file is a sync client's conflict copy; else empty."""
    match = CONFLICT.fullmatch(path.stem)
    if match is None:
        return ""
    name = match["name"]
    here = any(path.with_name(name + suffix).exists() for suffix in SUFFIXES)
    return name if here or "conflict" in path.stem.casefold() else ""
