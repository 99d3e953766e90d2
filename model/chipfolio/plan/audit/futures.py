"""Scenarios: what must be the same before they branch, and the objective over all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from .checks import CENT, MONEY_RELATIVE, RELATIVE, Findings, figure
from .facts import Facts

SAME = "scenarios that have not branched yet decide the same"
PLACED_ALIKE = "sites of committed orders are the same in every scenario"

Decision = tuple[str, ...]


def node(facts: Facts, at: int) -> str:
    """The scenario whose world a scenario still is in a period: the last of its line to branch."""
    found = ""
    for row in map(dict, facts.world.lineage):
        branch = row["branch_period"]
        if branch is None or branch <= at:
            found = row["scenario"]
    return found


def join(worlds: Sequence[Facts]) -> None:
    """Tell each scenario which others are one world with it, period by period."""
    for at in range(worlds[0].end):
        together: dict[str, list[Facts]] = defaultdict(list)
        for facts in worlds:
            together[node(facts, at)].append(facts)
        for peers in together.values():
            for facts in peers:
                facts.peers[at] = peers


def decisions(facts: Facts) -> Iterator[tuple[int, Decision, float]]:
    """Every decision of a scenario: its period, what it is, how much."""
    for batch in facts.batches:
        if batch.kind == "order" and batch.ordered is not None:
            yield batch.ordered, ("order", batch.offer, batch.site), batch.units
        whence = (batch.kind, batch.offer, str(batch.row), str(batch.ordered), batch.site)
        for at, units in batch.sold.items():
            yield at, ("sale", batch.chip, *whence), units
    for run in facts.runs.values():
        yield run.start, ("stage", run.programme, str(run.stage)), 1.0
    for porting in facts.portings.values():
        yield porting.start, ("software", porting.project), 1.0
    for step in facts.steps:
        yield step.start, ("steps", step.project), step.steps
    for (kind, name), at in facts.signed.items():
        yield at, ("signing", kind, name), 1.0
    for use in facts.uses:
        what = (use.chip, use.site, use.workload, f"{use.efficiency:.6f}")
        yield use.at, ("units used", *what), use.units
        yield use.at, ("units ready", *what), use.ready
    for (workload, at), line in facts.service.items():
        yield at, ("served", workload), line.served
        yield at, ("deferred", workload), line.deferred
        yield at, ("unmet", workload), line.unmet


def check_same(worlds: Sequence[Facts], findings: Findings) -> None:
    """Scenarios of one world decide the same; committed orders stand at the same sites."""
    if len(worlds) < 2:
        return
    findings.look(SAME)
    decided: list[dict[int, dict[Decision, float]]] = []
    for facts in worlds:
        mine: dict[int, dict[Decision, float]] = defaultdict(lambda: defaultdict(float))
        for at, what, amount in decisions(facts):
            mine[at][what] += amount
        decided.append(mine)
    number = {id(facts): place for place, facts in enumerate(worlds)}
    for at in range(worlds[0].end):
        for facts in worlds:
            first = facts.peers[at][0]
            if first is facts:
                continue
            one, other = decided[number[id(first)]][at], decided[number[id(facts)]][at]
            for what in dict.fromkeys([*one, *other]):
                here, there = one.get(what, 0.0), other.get(what, 0.0)
                if abs(here - there) > RELATIVE * max(1.0, abs(here), abs(there)):
                    findings.fault(
                        SAME,
                        f"{' '.join(part for part in what if part)} in {facts.label(at)}: "
                        f"{figure(here)} in {first.world.name}, "
                        f"{figure(there)} in {facts.world.name}",
                    )
    check_placed(worlds, findings)


def check_placed(worlds: Sequence[Facts], findings: Findings) -> None:
    """Committed orders stand at the same sites in every scenario."""
    places = []
    for facts in worlds:
        mine: dict[tuple[int, str], float] = defaultdict(float)
        for batch in facts.batches:
            if batch.kind == "committed" and batch.site:
                mine[batch.row, batch.site] += batch.units
        places.append(mine)
    for facts, mine in zip(worlds, places, strict=True):
        # an order that comes after the plan in one scenario needs no site there
        both = {row for row, _ in places[0]} & {row for row, _ in mine}
        for row, site in dict.fromkeys([*places[0], *mine]):
            if row not in both:
                continue
            here, there = places[0].get((row, site), 0.0), mine.get((row, site), 0.0)
            findings.unless(
                abs(here - there) <= RELATIVE * max(1.0, here),
                PLACED_ALIKE,
                f"row {row} of Committed orders at {site}: {figure(here)} units in "
                f"{worlds[0].world.name}, {figure(there)} in {facts.world.name}",
            )


def weights(worlds: Sequence[Facts]) -> list[float]:
    """Probability of each scenario; one alone is certain."""
    if len(worlds) == 1:
        return [1.0]
    given = [float(dict(facts.world.lineage[-1])["probability"]) for facts in worlds]
    return [probability / sum(given) for probability in given]


def expected_objective(
    totals: Sequence[float], probabilities: Sequence[float], tail: float, weight: float
) -> float:
    """Mean of the totals, with a weight for the mean of the worst ``tail`` of them."""
    mean = sum(p * total for p, total in zip(probabilities, totals, strict=True))
    left, worst = tail, 0.0
    for total, probability in sorted(zip(totals, probabilities, strict=True), reverse=True):
        taken = min(left, probability)
        worst += taken * total
        left -= taken
    return (1.0 - weight) * mean + weight * worst / tail


def close(one: float, other: float, scale: float) -> bool:
    """Whether two sums of money are the same to the cent, or to their ninth digit."""
    return abs(one - other) <= max(CENT, MONEY_RELATIVE * scale)
