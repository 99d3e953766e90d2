"""rule_price: what does this rule cost us?

A limit is dropped with its Timeline row and its changes in scenarios, and the book solved again.
Slack limits are dropped together first: what all of them save bounds what each saves. Only where
together they save something is the group halved (group testing: Dorfman 1943). Duals do not tell
who belongs to that group: with lots kept whole they are 0 of limits that cost a lot. A plan of the
book is a plan of every relaxation, and a bound of a wider relaxation is one of a narrower: both are
carried over.
Average price: highest saving per unit of what the limit must move (Crema 1995, EJOR 85).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from .engine import Asking
from .limits import EACH, OWN_UNIT, Excess, Limit
from .resolve import Ask, Best
from .spans import DOWN, NEGLIGIBLE, NOTHING, Span, finite
from .study import Question, Study

COUNTED = ("unit", "supplier")
KEPT = 1e-6
"""Share of a limit within which a plan keeps it."""
Atoms = frozenset[tuple[str, ...]]


@dataclass
class Known:
    """Relaxations solved so far, by the limits that were dropped."""

    base: Best
    found: dict[Atoms, Best] = field(default_factory=dict)

    def low(self, dropped: Atoms) -> float:
        """A bound: that of any relaxation as wide or wider."""
        lows = [best.low for atoms, best in self.found.items() if atoms >= dropped]
        return max(lows, default=-math.inf)

    def best(self, dropped: Atoms) -> Best:
        """The cheapest plan of any relaxation as narrow or narrower."""
        plans = [best for atoms, best in self.found.items() if atoms <= dropped]
        return min([self.base, *plans], key=lambda best: best.high)

    def saving(self, dropped: Atoms) -> Span:
        """What dropping saves."""
        high = self.base.high - self.low(dropped)
        low = self.base.low - self.best(dropped).high
        return Span.of(low, high, at_least_zero=True)


def rule_price(study: Study, question: Question) -> Asking:
    """Price the limits that a question names; ``each``, or nothing named, is all of them."""
    limits = asked_for(study, question)
    if not limits:
        study.say(question, question.item or EACH, "The book has no limit that this names.")
        return
    known = Known(study.base)
    atoms = {atom for limit in limits for atom in limit.atoms}
    by_atom = {next(iter(limit.atoms)): limit for limit in study.limits if limit.member != EACH}
    tight = [atom for atom in by_atom if atom in atoms and binds(study, atom)]
    slack = [atom for atom in by_atom if atom in atoms and atom not in tight]
    enough = study.base.high - NEGLIGIBLE * study.scale / 2.0

    def ask(dropped: Sequence[tuple[str, ...]]) -> Ask:
        edits = tuple(by_atom[atom].drop for atom in dropped)
        return Ask(edits=edits, until=(enough, None))

    wanted: list[list[tuple[str, ...]]] = [[atom] for atom in tight]
    wholes = [limit for limit in limits if limit.member == EACH]
    for limit in wholes:
        mine = [atom for atom in by_atom if atom in limit.atoms]
        if any(atom in tight for atom in mine):
            wanted.append(mine)
    if slack:
        wanted.append(slack)
    unbounded: dict[Atoms, Best] = {}
    while wanted:
        answers = yield [ask(group) for group in wanted]
        halves: list[list[tuple[str, ...]]] = []
        for group, best in zip(wanted, answers, strict=True):
            dropped = frozenset(group)
            if best.status == "unbounded":
                unbounded[dropped] = best
            else:
                known.found[dropped] = best
            saves = known.saving(dropped).low > NOTHING * study.scale or not best.is_sure
            if group[0] in slack and len(group) > 1 and (saves or dropped in unbounded):
                middle = len(group) // 2
                halves += [group[:middle], group[middle:]]
        wanted = halves
    for limit in limits:
        if limit.atoms in unbounded:
            why = unbounded[limit.atoms].note
            text = f"Without the {limit.named} the cost has no lower end: {why}."
            study.say(question, limit.named, text)
        else:
            tell(study, question, limit, known)


def asked_for(study: Study, question: Question) -> list[Limit]:
    """The limits that a question names."""
    if not question.sheet or question.item in ("", EACH):
        return [x for x in study.limits if not question.sheet or x.sheet == question.sheet]
    item = question.item.casefold()
    return [
        limit
        for limit in study.limits
        if limit.sheet == question.sheet
        and limit.item.casefold() == item
        and question.column in ("", limit.column)
    ]


def binds(study: Study, atom: tuple[str, ...]) -> bool:
    """Whether the best plan touches a limit in some window of some scenario."""
    return any(
        excess.excess >= -KEPT * max(1.0, abs(excess.limit)) for excess in study.today.get(atom, [])
    )


def furthest(found: Sequence[Excess]) -> Excess | None:
    """The window and scenario in which a plan passes a limit by most."""
    return max(found, key=lambda excess: excess.excess, default=None)


def tell(study: Study, question: Question, limit: Limit, known: Known) -> None:
    """The row of a limit, and its sentence."""
    words, span = study.words, known.saving(limit.atoms)
    best = known.best(limit.atoms)
    moved = None
    if best is not study.base:
        passed = study.passed(best)
        moved = furthest([x for atom in sorted(limit.atoms) for x in passed.get(atom, [])])
    if moved is not None and moved.excess <= KEPT * max(1.0, abs(moved.limit)):
        moved = None
    marginals = [
        x.marginal
        for atom in limit.atoms
        for x in study.today.get(atom, [])
        if x.marginal is not None
    ]
    average = span.low / in_units(limit, moved.excess) if moved and span.low > 0.0 else None
    unit = f"{words.currency} per {limit.unit(words.currency)}"
    saying = words.span(span)
    if span.low <= NOTHING * study.scale and math.isfinite(span.high):
        text = f"The {limit.named} costs {saying}."
    else:
        text = f"The {limit.named} costs {saying}: without it the plan costs "
        text += f"{words.money(best.high)} in place of {words.money(study.base.high)}."
    if moved is not None:
        text += (
            f" The plan without it passes the limit by {shown(limit, moved.excess, words.currency)}"
        )
        text += " over the whole plan" if moved.window == "plan" else f" in {moved.window}"
        text += f", {moved.scenario}." if moved.scenario else "."
        if average:
            text += f" Each {limit.unit(words.currency)} is worth at least "
            text += f"{words.money(average, DOWN)}."
    study.tables["Rule prices"].append(
        {
            "question": question.name,
            "sheet": limit.sheet,
            "rule": limit.item,
            "column": limit.column,
            "member": limit.member,
            "scenario": moved.scenario if moved else "",
            "window": moved.window if moved else "",
            "limit": moved.limit if moved else limit_now(study, limit),
            "priority": limit.priority,
            "cost": study.base.objective,
            "cost_without": finite(best.high),
            "saving_low": finite(span.low),
            "saving_high": finite(span.high),
            "relaxation": moved.excess if moved else None,
            "level_without": moved.level if moved else None,
            "average_price": average,
            "average_unit": unit if average else "",
            "marginal_value": max(marginals, default=None),
            "finding": text,
        }
    )
    study.say(question, limit.named, text, span)


def limit_now(study: Study, limit: Limit) -> float | None:
    """What the book says of a limit, in the window in which the plan is nearest to it."""
    found = furthest([x for atom in sorted(limit.atoms) for x in study.today.get(atom, [])])
    return found.limit if found else None


def in_units(limit: Limit, amount: float) -> float:
    """An amount of a limit in the unit in which its average price is told."""
    return amount * 100.0 if limit.column.endswith("_pct") else amount


def shown(limit: Limit, amount: float, currency: str) -> str:
    """An amount of a limit in words."""
    if limit.column.endswith("_pct"):
        return f"{100.0 * amount:,.3g} percentage points"
    said = f"{amount:,.4g}" if abs(amount) < 1000.0 else f"{amount:,.0f}"
    unit = limit.unit(currency)
    if unit not in COUNTED:
        return said if unit == OWN_UNIT else f"{said} {unit}"
    return f"{said} {unit}" if said == "1" else f"{said} {unit}s"
