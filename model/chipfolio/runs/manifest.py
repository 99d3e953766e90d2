"""What a run says of itself: its manifest, the last file that is written into its folder."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

NAME = "manifest.json"


@dataclass
class Manifest:
    """One run.

    ``book`` is the input's file name, ``target`` the name (without suffix) under which its plan is
    published. ``content`` is a hash of what the input says, whatever its bytes. ``exit_code`` is
    the command's. ``held`` are the sentences of gates that held the plan back. ``published`` are
    the times it was published, each with ``order`` (over all runs of the folder), ``at``, ``by``
    and ``because``. ``basis`` is what later runs need to cost this plan on their own dates.
    """

    run: int
    verb: str
    book: str
    target: str
    input_sha256: str
    content: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    started: str = ""
    finished: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    exit_code: int = 0
    status: str = ""
    message: str = ""
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    currency: str = ""
    held: list[str] = field(default_factory=list)
    basis: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file of the folder, by name."""
    published: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder_name(self) -> str:
        """Name of the run's folder."""
        return f"{self.run:06d}-{Path(self.book).stem[:60]}"

    @property
    def main(self) -> str:
        """Name of the file that is published."""
        return self.target + ".xlsx"

    @property
    def has_plan(self) -> bool:
        """Whether there is a plan (or a comparison) to publish."""
        return self.main in self.files

    @property
    def last_published(self) -> int:
        """Order of its latest publication; 0 where it never was published."""
        return max((int(one["order"]) for one in self.published), default=0)

    @property
    def word(self) -> str:
        """How it ended, in a word or two."""
        if self.held and not self.published:
            return "held by a gate"
        if self.published:
            return "published"
        return {130: "stopped", 143: "stopped", 2: "faults"}.get(self.exit_code, self.status)

    def as_json(self) -> bytes:
        """The manifest as it is written."""
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1, allow_nan=False)
        return (text + "\n").encode("utf-8")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a run's folder; ValueError where it cannot be read."""
    body = json.loads((folder / NAME).read_text(encoding="utf-8"))
    known = {one.name for one in fields(Manifest)}
    try:
        return Manifest(**{name: value for name, value in body.items() if name in known})
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{folder / NAME}: {error}") from error


def sha256(content: bytes) -> str:
    """The SHA-256 of some bytes."""
    return hashlib.sha256(content).hexdigest()
