"""The way from one book to another: worlds as nodes, subjects as the steps between them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Node:
    """A world on the way: what its best plan costs; without a cost, why not."""

    status: str
    cost: float | None = None
    bound: float | None = None
    tables: Mapping[str, Sequence[Mapping]] = field(default_factory=dict, repr=False)
    newer: tuple[str, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @property
    def low(self) -> float:
        """What it costs at least."""
        return -math.inf if self.bound is None else self.bound


@dataclass(frozen=True)
class Way:
    """One order of the subjects: the step before each node after the first."""

    name: str
    steps: tuple[str, ...]
    nodes: tuple[Node, ...]

    def parts(
        self,
        value: Callable[[Node], float] = lambda node: node.cost,  # type: ignore[assignment,return-value]
        least: Callable[[Node], float] | None = None,
    ) -> dict[str, float]:
        """What each step adds to a value of the nodes.

        Steps around nodes without a plan share their sum equally. ``least`` is taken in place of
        ``value`` where a step ends: with bounds, the least that it adds.
        """
        least = least or value
        found = dict.fromkeys(self.steps, 0.0)
        start, waiting = self.nodes[0], list[str]()
        for step, node in zip(self.steps, self.nodes[1:], strict=True):
            waiting.append(step)
            if node.cost is None:
                continue
            added = 0.0 if node is start else least(node) - value(start)
            for one in waiting:
                found[one] += added / len(waiting)
            start, waiting = node, []
        return found

    def bounds(self) -> tuple[dict[str, float], dict[str, float]]:
        """The least and the most that each step adds to the best cost."""
        back = self.turned(self.name).parts(least=lambda node: node.low)
        return self.parts(least=lambda node: node.low), {one: -part for one, part in back.items()}

    def turned(self, name: str) -> Way:
        """The same way from its end to its start."""
        return Way(name, self.steps[::-1], self.nodes[::-1])

    def together(self) -> dict[str, tuple[str, ...]]:
        """Steps that share a sum, by step: those with a world between that has no plan."""
        found: dict[str, tuple[str, ...]] = {}
        waiting: list[str] = []
        for step, node in zip(self.steps, self.nodes[1:], strict=True):
            waiting.append(step)
            if node.cost is not None:
                if len(waiting) > 1:
                    found |= dict.fromkeys(waiting, tuple(waiting))
                waiting = []
        return found
