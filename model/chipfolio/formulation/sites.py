r"""Sites: how much power there is, and when to add more.

Reads      Sites           power_mw
           Site projects   step_mw, max_steps, lead_time, cost_per_step, residual_pct …
Decides    steps           steps   [project, period of start]
Hands on   power           MW      [site, period]      to fleet
           residual        money                       to money
Pays       site_projects

A step started in t gives its power from t + lead_time, and is paid at its start.

Symbols    g project, s site, t period, n steps, M step_mw, P power_mw
           P_{st} + \sum_{g,\tau + \ell_g \le t} M_g n_{g\tau}
Source     contract §2 (Site projects), §3.5, §4
"""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.core as pyo

from ..tables import World
from .linear import Linear, Room, linear


@dataclass(frozen=True)
class SitesDoor:
    """What the sites hand on."""

    steps: dict
    power: dict
    residual: Linear


def add_sites(room: Room, world: World) -> SitesDoor:
    """Furnish the room; the door holds power by site and period [MW]."""
    end = world.calendar.count
    projects = world.by_name("Site projects")
    keys: dict[tuple[str, int], int] = {}
    for name, row in projects.items():
        first = 0 if row["first_start"] is None else max(row["first_start"], 0)
        last = end - 1 if row["last_start"] is None else min(row["last_start"], end - 1)
        for at in range(first, last + 1):
            if at + row["lead_time"] <= end:
                keys[name, at] = at

    def most(key: tuple[str, int]) -> tuple[float, float]:
        row = projects[key[0]]
        limits = [row["max_steps"], row["max_steps_per_period"]]
        return 0, min(limit for limit in limits if limit is not None)

    steps = room.decide(
        "steps", keys, "steps started [steps]", domain=pyo.NonNegativeIntegers, bounds=most
    )
    room.require(
        "steps_stay_within_the_project",
        {
            name: (
                None,
                linear((1.0, steps[key]) for key in keys if key[0] == name),
                row["max_steps"],
            )
            for name, row in projects.items()
        },
        "all steps of a project together stay within max_steps [steps]",
    )
    power = {
        (site, at): Linear(limit)
        for site, path in world.path("Sites", "power_mw").items()
        for at, limit in enumerate(path)
    }
    payment = room.cost("site_projects")
    residual = Linear()
    for (name, start), variable in steps.items():
        row = projects[name]
        payment[start].add(row["cost_per_step"], variable)
        residual.add(row["residual_pct"] * row["cost_per_step"], variable)
        for at in range(start + row["lead_time"], end):
            power[row["site"], at].add(row["step_mw"], variable)
    return SitesDoor(steps, power, residual)
