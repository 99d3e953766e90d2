"""Futures: what uncertainty costs, scenarios side by side, and Monte Carlo, on cores or a cluster.

``all_scenarios(tables, …) -> Comparison`` solves every scenario alone; ``risk(plan, tables, …)``
measures a plan over its tree; ``monte_carlo(tables, plan, …)`` replays it against drawn inputs.
"""

from .montecarlo import MonteCarlo, monte_carlo
from .risk import risk
from .sweep import Comparison, all_scenarios

__all__ = ["Comparison", "MonteCarlo", "all_scenarios", "monte_carlo", "risk"]
