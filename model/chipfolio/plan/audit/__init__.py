"""The independent audit of a plan: every rule and every money line, from workbook and plan alone.

It shares nothing with the formulation. It reads the checked inputs and the plan's output tables,
builds the facts anew (units by arrival, use, starts, signings) and says, sentence by sentence,
whether the contract's rules hold and the published money adds up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...tables import Tables, World
from .checks import Check, Findings
from .facts import Facts
from .futures import check_same, join
from .lines import WorldCheck, check_objective
from .reading import read
from .records import Fields, PlanRow

__all__ = ["Check", "audit"]


def audit(
    tables: Tables,
    plan: Mapping[str, list[Fields]],
    objective: float,
    scenarios: list[str] | None,
) -> list[Check]:
    """Every check of a plan; ``scenarios`` names its worlds, None where the book has one."""
    findings = Findings()
    checked = checks_of(tables, plan, scenarios, findings)
    findings.scenario = ""
    check_same([one.facts for one in checked], findings)
    check_objective(plan, checked, objective, findings)
    return findings.checks()


def checks_of(
    tables: Tables,
    plan: Mapping[str, list[Fields]],
    scenarios: list[str] | None,
    findings: Findings,
) -> list[WorldCheck]:
    """Each scenario of a plan read and checked by itself: facts, money, amounts, rebates."""
    worlds: list[World] = [tables.world(name or None) for name in scenarios or [""]]
    several = len(worlds) > 1
    split = rows_by_scenario(plan, [world.name for world in worlds], findings)
    facts: list[Facts] = []
    for world, rows in zip(worlds, split, strict=True):
        findings.scenario = world.name if several else ""
        facts.append(read(world, rows, findings))
    join(facts)
    checked = []
    for world, mine in zip(worlds, facts, strict=True):
        findings.scenario = world.name if several else ""
        checked.append(WorldCheck(mine).run())
    return checked


def rows_by_scenario(
    plan: Mapping[str, Sequence[PlanRow]], names: list[str], findings: Findings
) -> list[dict[str, list[PlanRow]]]:
    """The plan's tables of each scenario; rows without one belong to a plan of one world."""
    split: list[dict[str, list[PlanRow]]] = [{table: [] for table in plan} for _ in names]
    place = {name: at for at, name in enumerate(names)}
    sentence = "every row of the plan belongs to one of its scenarios"
    findings.look(sentence)
    for table, rows in plan.items():
        for row in rows:
            name = str(row.get("scenario") or "")
            at = 0 if len(names) == 1 and not name else place.get(name)
            if at is None:
                if "scenario" in row:
                    findings.fault(sentence, f"{table}: a row of scenario {name!r}")
                continue
            split[at][table].append(row)
    return split
