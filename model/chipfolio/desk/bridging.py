"""The bridge between two runs, solved for the desk's page by a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import LockedError
from .job import read_json

FOLDER = "comparisons"
"""Where bridges lie, in the folder of results; one folder for each two runs."""
RESULT = "bridge.json"
SAID = "said.txt"
Pair = tuple[int, int]


@dataclass(frozen=True)
class Bridged:
    """What is known of a bridge: none | solving | done | failed.

    ``said`` is its finding, or why there is none; ``rows`` its table Bridge; ``page`` and
    ``workbook`` where it stands.
    """

    state: str
    said: str = ""
    rows: list[dict[str, object]] = field(default_factory=list)
    currency: str = ""
    scenario: str = ""
    """The one that came true, where it was said."""
    page: Path | None = None
    workbook: Path | None = None


class Bridges:
    """Bridges between runs of one folder; one is solved at a time, and outlives the desk."""

    def __init__(self, out: Path) -> None:
        self.folder = out / FOLDER
        self.process: subprocess.Popen | None = None
        self.pair: Pair | None = None

    def place(self, pair: Pair) -> Path:
        """The folder of a bridge."""
        return self.folder / f"{pair[0]}-{pair[1]}"

    def of(self, pair: Pair) -> Bridged:
        """What is known of the bridge between two runs."""
        if self.pair == pair and self.busy():
            return Bridged("solving")
        found = read_json(self.place(pair) / RESULT)
        if "finding" in found:
            return Bridged(
                "done",
                found["finding"],
                found["tables"]["Bridge"],
                found["currency"],
                found.get("scenario", ""),
                Path(found["report"]),
                Path(found["comparison"]),
            )
        said = self.place(pair) / SAID
        if said.exists():
            text = said.read_text(encoding="utf-8", errors="replace")
            return Bridged("failed", found.get("message") or text)
        return Bridged("none")

    def start(self, pair: Pair, plans: tuple[Path, Path], scenario: str = "") -> None:
        """Have the bridge between two plan workbooks solved; LockedError where one is under way.

        ``scenario`` is the one that came true before the newer plan begins.
        """
        if self.busy():
            one, other = self.pair or pair
            raise LockedError(
                f"the bridge between run {one} and run {other} is being solved: wait until it ends"
            )
        place = self.place(pair)
        place.mkdir(parents=True, exist_ok=True)
        (place / RESULT).unlink(missing_ok=True)  # of another scenario
        named = [place / f"run-{number}.xlsx" for number in pair]
        for plan, path in zip(plans, named, strict=True):
            shutil.copyfile(plan, path)  # both are called the same in their runs' folders
        command = [sys.executable, "-m", "chipfolio", "compare", "--workers", "1"]
        command += [f"--scenario={scenario}"] if scenario else []
        command += ["--out", str(place), "--json", str(place / RESULT), "--", *map(str, named)]
        with (place / SAID).open("wb") as said:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
            )
        self.pair = pair

    def busy(self) -> bool:
        """Whether one is being solved."""
        return self.process is not None and self.process.poll() is None
