r"""Sites: how much power there is, and when to add more.

Reads      Sites           power_mw
           Committed steps   start_period, steps, paid_pct
           Site projects   step_mw, max_steps, lead_time, cost_per_step, residual_pct …
Decides    steps           steps   [project, period of start]
Hands on   power           MW      [site, period]      to fleet
           residual        money                       to money
Pays       site_projects

A step started in t gives its power from t + lead_time, and is paid at its start.

Symbols    g project, s site, t period, n steps started, N_g max_steps less steps committed,
           M step_mw, \ell lead_time; power of a site P_{st} is
           power_mw_{st} + \sum_{g,\tau + \ell_g \le t} M_g n_{g\tau}
Source     contract §2 (Site projects), §3.5, §4
"""

from __future__ import annotations

from dataclasses import dataclass

import pyomo.core as pyo

from ..tables import Row, World
from .linear import Linear, Room, linear


@dataclass(frozen=True)
class SitesDoor:
    """What the sites hand on."""

    steps: dict
    power: dict
    residual: Linear
    committed: list[Row]
    """Rows of Committed steps, each with the steps that it brings."""


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

    committed = [row for row in world.rows("Committed steps") if row["steps"]]
    left = {name: row["max_steps"] for name, row in projects.items()}
    for row in committed:
        left[row["project"]] = max(left[row["project"]] - row["steps"], 0)

    def most(key: tuple[str, int]) -> tuple[float, float]:
        limits = [left[key[0]], projects[key[0]]["max_steps_per_period"]]
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
                left[name],
            )
            for name in projects
        },
        "all steps of a project together stay within max_steps [steps]",
        r"\sum_t n_{gt} \le N_g",
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
    for step in committed:
        row, start, number = projects[step["project"]], step["start_period"], step["steps"]
        ready = start + row["lead_time"]
        if start < end:
            payment[max(start, 0)].constant += step_due(step, row)
        if ready <= end:
            residual.constant += row["residual_pct"] * row["cost_per_step"] * number
        for at in range(max(ready, 0), end):
            power[row["site"], at].constant += row["step_mw"] * number
    return SitesDoor(steps, power, residual, committed)


def step_due(step: Row, project: Row) -> float:
    """What committed steps still make us pay, at their start or at the plan's."""
    paid = step["paid_pct"]
    if paid is None:
        paid = 1.0 if step["start_period"] < 0 else 0.0
    return (1.0 - paid) * step["steps"] * project["cost_per_step"]
