"""What the audit says: checks, each a sentence that is true of a good plan."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

RELATIVE = 1e-6
"""A rule holds within this share of its scale."""
MONEY_RELATIVE = 1e-9
"""Money agrees within this share of its scale …"""
CENT = 0.005
"""… or to the cent."""
SHOWN = 5
"""Failures told in words per check; the rest are counted."""


@dataclass(frozen=True)
class Check:
    """One sentence checked: what should be, what is, and where it fails."""

    check: str
    expected: float
    found: float
    ok: bool
    detail: str = ""

    def as_row(self) -> dict[str, object]:
        """The columns of the output table Checks."""
        return {
            "check": self.check,
            "expected": self.expected,
            "found": self.found,
            "difference": self.found - self.expected,
            "result": "ok" if self.ok else "failed",
        }


@dataclass
class Finding:
    """What was found under one sentence."""

    faults: list[str] = field(default_factory=list)
    expected: float = 0.0
    found: float = 0.0
    worst: tuple[float, float] | None = None
    counted: bool = True
    """Whether failures are counted (expected 0); sums are compared otherwise."""


class Findings:
    """Collects failures by sentence; a sentence looked at without failure is ok."""

    def __init__(self) -> None:
        self.by_sentence: dict[str, Finding] = {}
        self.scenario = ""

    def look(self, sentence: str) -> Finding:
        """Note that a sentence was looked at."""
        return self.by_sentence.setdefault(sentence, Finding())

    def fault(self, sentence: str, message: str) -> None:
        """Note a failure of a sentence, with the scenario where there are several."""
        where = f" (scenario {self.scenario})" if self.scenario else ""
        self.look(sentence).faults.append(message + where)

    def unless(self, true: bool, sentence: str, message: str) -> None:
        """Note a failure unless the sentence is true."""
        self.look(sentence)
        if not true:
            self.fault(sentence, message)

    def compare(
        self,
        sentence: str,
        expected: Mapping[Any, float],
        found: Mapping[Any, float],
        money: bool,
        scale: float | None = None,
    ) -> None:
        """Compare published values with recomputed ones, key by key; absent ones are zero."""
        finding = self.look(sentence)
        finding.counted = False
        whole = sum(map(abs, expected.values())) if scale is None else scale
        worst = 0.0
        for key in dict.fromkeys([*expected, *found]):
            due, seen = expected.get(key, 0.0), found.get(key, 0.0)
            finding.expected += due
            finding.found += seen
            near = RELATIVE * max(1.0, abs(due))
            room = max(CENT, MONEY_RELATIVE * whole) if money else near
            gap = abs(due - seen)
            if gap <= room:
                continue
            self.fault(sentence, f"{words(key)} shows {figure(seen)}, {figure(due)} is due")
            if gap > worst:
                worst = gap
                finding.worst = (due, seen)

    def checks(self) -> list[Check]:
        """Every sentence looked at, in the order of looking."""
        return [check_of(sentence, finding) for sentence, finding in self.by_sentence.items()]


def check_of(sentence: str, finding: Finding) -> Check:
    """The check that a finding amounts to."""
    faults = finding.faults
    detail = "; ".join(faults[:SHOWN])
    if len(faults) > SHOWN:
        detail += f"; and {len(faults) - SHOWN:,} more"
    if finding.counted:
        return Check(sentence, 0.0, float(len(faults)), not faults, detail)
    expected, found = finding.worst or (finding.expected, finding.found)
    return Check(sentence, expected, found, not faults, detail)


def exceeds(level: float, limit: float, scale: float = 0.0) -> bool:
    """Whether a level lies above its limit by more than rounding."""
    return level - limit > RELATIVE * max(1.0, abs(level), abs(limit), abs(scale))


def differs(one: float, other: float, scale: float = 0.0) -> bool:
    """Whether two values differ by more than rounding."""
    return abs(one - other) > RELATIVE * max(1.0, abs(one), abs(other), abs(scale))


def figure(value: float) -> str:
    """A number as a reader wants it: thousands apart, no noise at the end."""
    if abs(value) >= 1000:
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,.6g}"


def words(key: Hashable) -> str:
    """A key as words, blanks left out."""
    parts = key if isinstance(key, tuple) else (key,)
    return " ".join(str(part) for part in parts if part not in ("", None))
