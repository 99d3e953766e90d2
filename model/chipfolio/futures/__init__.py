"""Futures: what uncertainty costs, scenarios side by side, and Monte Carlo, on cores or a cluster.

``all_scenarios(tables, …) -> Comparison`` solves every scenario alone; ``risk(plan, tables, …)``
measures a plan over its tree; ``monte_carlo(tables, plan, …)`` replays it against drawn inputs.
"""

from __future__ import annotations

import importlib

PLACES = {
    "Comparison": "sweep",
    "all_scenarios": "sweep",
    "MonteCarlo": "montecarlo",
    "monte_carlo": "montecarlo",
    "risk": "measures",
}
"""Where each name lives; it is looked up when it is first asked for, as workers start often."""

__all__ = ["Comparison", "MonteCarlo", "all_scenarios", "monte_carlo", "risk"]  # noqa: F822


def __getattr__(name: str) -> object:
    if name not in PLACES:
        raise AttributeError(name)
    return getattr(importlib.import_module(f".{PLACES[name]}", __name__), name)
