r"""Software: when to pay for porting, and the efficiency levels that are open.

Reads      Platforms   efficiency_at_start
           Software    cost, duration, efficiency, mature_efficiency, mature_after, requires …
Decides    starts      project starts in this period   [project, period]
Hands on   levels      [platform, workload, period]    to workloads
           residual    money                           to money
Pays       software

A project started in t with duration d fills t … t+d−1 and opens its level from t+d; one that is
finished in a period of the plan still pays for the periods of its work in the plan. While it
matures, each age is a level of its own that is open in one period only; so work at a level is
bounded by demand × (is it open), never by a big constant. Levels that an always-open level
dominates are left out.

Symbols    p project, q one that p requires, t period, y starts, Y started by, d duration,
           k age in periods, e efficiency: e(k) = e_0 + (e_m - e_0) \min(k / K, 1)
Source     contract §2 (Software), §3.3
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..tables import Row, World
from .linear import Linear, Once, Room


@dataclass(frozen=True)
class Level:
    """An efficiency that work can run at; ``open`` is None where it always is."""

    name: str
    efficiency: float
    open: Linear | None = None


@dataclass
class SoftwareDoor:
    """What software hands on; ``starts`` holds variables, ``done`` first usable periods."""

    starts: Once
    done: dict[str, int]
    residual: Linear
    projects: dict[str, Row]
    world: World
    _levels: dict = field(default_factory=dict)

    def start_terms(self, project: str) -> list[tuple[int, object]]:
        """(start period, variable) of a project, in order."""
        return [(at, v) for (name, at), v in self.starts.items() if name == project]

    def started_by(self, project: str, at: int) -> Linear:
        """Whether a project was started by a period, that period included."""
        if project in self.done:
            return Linear(1.0)
        return self.starts.by(project, at)

    def usable_by(self, project: str, at: int) -> Linear:
        """Whether a project is finished before a period begins."""
        if project in self.done:
            return Linear(1.0 if self.done[project] <= at else 0.0)
        return self.started_by(project, at - self.projects[project]["duration"])

    def levels(self, platform: str | None, workload: str, at: int) -> list[Level]:
        """Levels that are or can be open to a platform's chips for a workload in a period."""
        key = (platform, workload, at)
        if key not in self._levels:
            self._levels[key] = self._make_levels(platform, workload, at)
        return self._levels[key]

    def _make_levels(self, platform: str | None, workload: str, at: int) -> list[Level]:
        if platform is None:
            return [Level("", 1.0)]
        base = self.world.by_name("Platforms")[platform]["efficiency_at_start"]
        always = [Level("start", base)]
        others: list[Level] = []
        for name, row in self.projects.items():
            if row["platform"] != platform or (row["workload"] and workload not in row["workload"]):
                continue
            if name in self.done:
                if self.done[name] <= at:
                    efficiency = self.efficiency(row, at, at - self.done[name])
                    always.append(Level(name, efficiency))
                continue
            grown = row["mature_after"] or 0
            by_age: dict[int, Linear] = {}
            for start, variable in self.start_terms(name):
                age = at - start - row["duration"]
                if 0 <= age < grown:
                    by_age[age] = Linear().add(1.0, variable)
            if is_open := self.usable_by(name, at - grown):
                by_age[grown] = is_open
            for age, is_open in sorted(by_age.items()):
                level = Level(f"{name} / {age}", self.efficiency(row, at, age), is_open)
                others.append(level)
        best = max(always, key=lambda level: level.efficiency)
        found = [best] if best.efficiency > 0 else []
        return found + [level for level in others if level.efficiency > best.efficiency]

    def efficiency(self, row: Row, at: int, age: int) -> float:
        """Efficiency of a project's level in a period, so many periods after its finish."""
        first = self.world.path("Software", "efficiency")[row["project"]][at]
        last = row["mature_efficiency"]
        if last is None:
            return first
        grown = row["mature_after"] or 0
        return last if age >= grown else first + (last - first) * age / grown


def add_software(room: Room, world: World) -> SoftwareDoor:
    """Furnish the room; the door answers which levels are open to whom and when."""
    end = world.calendar.count
    projects = world.by_name("Software")
    done = {}
    for name, row in projects.items():
        if row["finished"] is not None:
            done[name] = row["finished"] + 1
        elif row["started"] is not None:
            done[name] = row["started"] + row["duration"]
    keys: dict[tuple[str, int], int] = {}
    for name, row in projects.items():
        if name in done:
            continue
        first = 0 if row["first_start"] is None else max(row["first_start"], 0)
        last = end - 1 if row["last_start"] is None else min(row["last_start"], end - 1)
        keys.update({(name, at): at for at in range(first, last + 1)})
    starts = room.decide_once("starts", keys, "project starts [yes = 1]")
    payment = room.cost("software")
    residual = Linear()
    for name, usable in done.items():
        row = projects[name]
        if usable <= end:
            residual.constant += row["residual_pct"] * row["cost"]
        for at in range(max(usable - row["duration"], 0), min(usable, end)):
            payment[at].constant += row["cost"] / row["duration"]
    for (name, start), variable in starts.items():
        row = projects[name]
        for at in range(start, min(start + row["duration"], end)):
            payment[at].add(row["cost"] / row["duration"], variable)
        if start + row["duration"] <= end:
            residual.add(row["residual_pct"] * row["cost"], variable)
    door = SoftwareDoor(starts, done, residual, projects, world)
    ordered = {}
    for name, row in projects.items():
        if name in done:
            continue
        if row["requires"]:
            for start, _ in door.start_terms(name):
                form = door.started_by(name, start).plus(
                    door.usable_by(row["requires"], start), -1.0
                )
                ordered[name, start] = (None, form, 0.0)
    room.require(
        "a_project_waits_for_what_it_requires",
        ordered,
        "a project starts only once the one it requires is finished",
        r"Y_{pt} \le Y_{q,\,t-d_q}",
    )
    return door
