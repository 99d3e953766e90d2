"""A plan as its report asks for it: rows by scenario, weights, means, the calendar's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from ..tables import Tables, World
from .colours import Colours
from .numbers import money

if TYPE_CHECKING:
    from ..plan.plan import Plan

Row = dict[str, object]
PERIOD_WORDS = {1: "month", 3: "quarter", 6: "half-year", 12: "year"}
NOTHING = 1e-9


class Story:
    """What all sections share; the first scenario (the trunk) stands where one stands for all."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.inputs: Tables = plan.inputs
        self.calendar = plan.inputs.calendar
        self.currency = str(plan.inputs.setting("currency"))
        self.title = str(plan.inputs.setting("plan_name"))
        self.period = PERIOD_WORDS[self.calendar.months]
        self.labels = self.calendar.labels
        self.colours = Colours(self.inputs)
        self.parted: dict[str, dict[str, list[Row]]] = {}

    def table(self, name: str) -> list[Row]:
        """Rows of a table; empty where the plan has none."""
        return self.plan.tables.get(name, [])

    def rows(self, name: str, scenario: str | None = None) -> list[Row]:
        """Rows of one scenario, the main one if none is named."""
        if name not in self.parted:
            parts = self.parted[name] = defaultdict(list)
            for row in self.table(name):
                parts[str(row.get("scenario") or "")].append(row)
        return self.parted[name].get(self.main if scenario is None else scenario, [])

    @cached_property
    def weights(self) -> dict[str, float]:
        """Probability by scenario; 1 where the plan has one world."""
        found = {
            str(row["scenario"] or ""): float(row["probability"])
            for row in self.table("Scenario costs")
        }
        if len(found) > 1:
            return found
        named = next(iter(found), None)
        if named is None:
            named = next((str(row.get("scenario") or "") for row in self.table("Cash")), "")
        return {named: 1.0}

    @property
    def scenarios(self) -> list[str]:
        """Names of the plan's scenarios in order."""
        return list(self.weights)

    def short(self, scenario: str) -> str:
        """A scenario's first word where that tells it from the others, else its name."""
        first = scenario.split()[0] if scenario.split() else scenario
        alike = [name for name in self.scenarios if name.split()[:1] == [first]]
        return first if len(alike) == 1 else scenario

    @property
    def several(self) -> bool:
        """Whether the plan has more than one future."""
        return len(self.weights) > 1

    @property
    def main(self) -> str:
        """The scenario that is shown where there is room for one."""
        return self.scenarios[0]

    @property
    def of_mean(self) -> str:
        """Words that say that amounts are means over the futures."""
        return "Mean over the scenarios. " if self.several else ""

    def world(self, scenario: str) -> World:
        """Input data of a scenario."""
        known = {row["scenario"] for row in self.inputs.scenarios}
        return self.inputs.world(scenario if scenario in known else None)

    def mean(
        self, table: str, key: Callable[[Row], object], value: str, scenario: str | None = None
    ) -> dict[object, float]:
        """Sums by key, of one scenario or weighted by probability; no rows whose key is None."""
        weights = self.weights if scenario is None else {scenario: 1.0}
        found: dict[object, float] = defaultdict(float)
        for case, weight in weights.items():
            for row in self.rows(table, case):
                name = key(row)
                if name is not None:
                    found[name] += weight * float(row[value])  # type: ignore[arg-type]
        return dict(found)

    def top(self, table: str, columns: Sequence[str], **where: str) -> float:
        """The highest value in any scenario, so that their pictures have one scale."""
        found = (
            float(row[column])  # type: ignore[arg-type]
            for _, rows in self.by_scenario(table)
            for row in rows
            if all(row[name] == value for name, value in where.items())
            for column in columns
        )
        return max(found, default=0.0)

    def money(self, amount: float, way: int = 0) -> str:
        """An amount in a sentence; rounded down (-1) where it is at least that, up (1) at most."""
        return money(amount, self.currency, way)

    @cached_property
    def years(self) -> list[str]:
        """Fiscal years of the plan in order."""
        return list(dict.fromkeys(self.year_of.values()))

    @cached_property
    def year_of(self) -> dict[str, str]:
        """Fiscal year by period label."""
        return {self.calendar.label(at): self.calendar.fiscal_year(at) for at in self.positions}

    @property
    def positions(self) -> range:
        """Positions of the plan's periods."""
        return self.calendar.positions

    def at(self, label: object) -> int:
        """Position of a period's label; the plan's end where it is blank."""
        position = self.calendar.position(label) if label else None
        return self.calendar.count if position is None else position

    def spans(self, labels: list[str]) -> str:
        """Periods in words, runs joined: ``2027Q1–2027Q3, 2028Q1``."""
        return self.calendar.joined(self.calendar.label(self.at(label)) for label in labels)

    def by_scenario(self, table: str) -> Iterator[tuple[str, list[Row]]]:
        """Rows of each scenario, in order."""
        for name in self.scenarios:
            yield name, self.rows(table, name)
