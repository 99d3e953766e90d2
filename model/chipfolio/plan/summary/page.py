"""What a board reads first: a page of sentences and numbers over a plan's tables."""

from __future__ import annotations

from collections.abc import Mapping

from ...tables import Tables, World
from .doing import orders, programmes, starts
from .due import commitments, maturity
from .limits import beyond_rules, binding, shares, shortfalls
from .lines import Rows
from .money import bridge, by_scenario, cash, outcome


def summarise(
    tables: Tables,
    plan: Mapping[str, Rows],
    worlds: Mapping[str, World],
    result: Mapping[str, object],
) -> Rows:
    """Rows of the table Summary; ``result`` holds status, objective, bound and gap."""
    weights = {name: 1.0 if len(worlds) == 1 else w.probability for name, w in worlds.items()}
    rows = list(outcome(tables, plan, worlds, weights, result))
    rows += beyond_rules(tables, plan, weights)
    rows += by_scenario(tables, plan, worlds)
    rows += orders(tables, plan, worlds)
    rows += starts(tables, plan, weights)
    rows += cash(tables, plan, weights)
    rows += bridge(tables, plan, weights, result)
    rows += binding(tables, plan, weights)
    rows += shares(plan, weights)
    rows += programmes(plan, worlds)
    rows += shortfalls(tables, plan, worlds)
    rows += commitments(tables, plan, worlds, weights)
    rows += maturity(tables, plan, weights)
    return rows
