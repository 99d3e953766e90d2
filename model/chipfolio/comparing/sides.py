"""One of two plans that are compared: its workbook read back, with the book that it is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from ..errors import PlanError, WorkbookError
from ..quarters.books import Book, opened
from ..workbook.plan_back import read_plan_and_inputs

PlanTables = Mapping[str, Sequence[Mapping[str, object]]]
SOFTWARE = ("chipfolio", "highspy", "pyomo")
"""Packages whose versions a cost depends on."""


@dataclass(frozen=True)
class Side:
    """A plan, its book, its cost and bound [money], and the versions that solved it.

    ``scenario`` is the one that was solved alone, empty where all were or the book has none.
    """

    name: str
    book: Book
    tables: PlanTables
    objective: float
    bound: float | None
    versions: tuple[str, ...]
    scenario: str = ""

    @property
    def first_month(self) -> int:
        """The month in which the plan begins, counted from year 0."""
        return self.book.tables.calendar.first_month

    @property
    def weights(self) -> dict[str, float]:
        """How much each of the plan's scenarios counts."""
        rows = self.tables["Scenario costs"]
        if len(rows) == 1:
            return {str(rows[0]["scenario"]): 1.0}
        return {str(row["scenario"]): float(row["probability"]) for row in rows}  # type: ignore[arg-type]


def versions_now() -> tuple[str, ...]:
    """The versions that are installed."""
    return tuple(version(name) for name in SOFTWARE)


def side_of(path: Path) -> Side:
    """A plan workbook as one side.

    WorkbookError where the file is no plan workbook, or the book in it cannot be read by this
    version; the message names the file.
    """
    tables, inputs = read_plan_and_inputs(path)
    try:
        book = opened(inputs)
    except WorkbookError as error:
        told = f"{path.name}: the input that this plan was made of has"
        raise PlanError(f"{told} {error}") from error
    run = {str(row["item"]): str(row["value"]) for row in tables["Run"]}
    named = run.get("scenario", "")
    return Side(
        path.stem,
        book,
        tables,
        float(run["objective"]),
        None if run.get("bound") in (None, "None") else float(run["bound"]),
        tuple(run.get(name, "") for name in SOFTWARE),
        "" if named == "all" else named,
    )


def side_of_plan(name: str, book: Book, plan) -> Side:  # noqa: ANN001 - a plan just solved
    """A plan that was just solved as one side."""
    run = {row["item"]: row["value"] for row in plan.tables.get("Run", [])}
    named = str(run.get("scenario", ""))
    named = "" if named == "all" else named
    return Side(name, book, plan.tables, plan.objective, plan.bound, versions_now(), named)


def refuse_unlike(one: Side, other: Side) -> None:
    """PlanError where two plans cannot be set side by side, with all that is in the way."""
    found = []
    before, after = one.book.tables, other.book.tables
    for name, words in (("currency", "currency"), ("months_per_period", "length of a period")):
        was, now = before.setting(name), after.setting(name)
        if str(was) != str(now):
            found.append(f"the {words} is {was} in {one.name} and {now} in {other.name}")
    if one.scenario.casefold() != other.scenario.casefold():
        found.append(
            f"{one.name} is a plan of {one.scenario or 'all scenarios'}, "
            f"{other.name} of {other.scenario or 'all scenarios'}"
        )
    if found:
        raise PlanError("these plans cannot be compared: " + "; ".join(found))
