"""Pictures by scenario: a fold for each, the first one open; what is equal is drawn once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from ..plan.summary import listed
from .blocks import Block, Case, Cases, Figure, Key, Words
from .numbers import first_up, percent
from .story import Story

MOST_IN_ALL, FEWEST = 48, 2
"""Pictures of a section over all scenarios, and of each scenario where there are many."""


def cases(
    story: Story,
    pictures: Callable[[str], Iterator[Figure]],
    finding: Callable[[str, Sequence[Figure]], str],
    keys: Sequence[Key] = (),
) -> list[Block]:
    """A scenario's pictures under what they say of it; a plan of one world needs no folds."""
    if not story.several:
        return list(pictures(story.main))
    most = max(FEWEST, MOST_IN_ALL // len(story.scenarios))
    groups: list[tuple[list[str], list[Figure]]] = []
    for scenario in story.scenarios:
        figures = list(islice(pictures(scenario), most + 1))
        alike = next((names for names, others in groups if others == figures), None)
        if alike is None:
            groups.append(([scenario], figures))
        else:
            alike.append(scenario)
    if not any(figures for _, figures in groups):
        return []
    first = groups[0][1]
    found = []
    for names, figures in groups:
        shown, more = figures[:most], len(figures) > most
        said = first_up(finding(names[0], shown)) or "Nothing to show."
        weight = percent(sum(story.weights[name] for name in names))
        title = f"{listed(names)} (probability {weight})"
        blocks = folded(story, shown, () if figures is first else first, more)
        found.append(Case(title, said, blocks, keys, open=figures is first))
    return [Cases(found)]


def folded(
    story: Story, figures: Sequence[Figure], first: Sequence[Figure], more: bool
) -> list[Block]:
    """Pictures of a fold; those that the first fold shows already are named."""
    lines = []
    known = [figure.title for figure in figures if figure in first]
    if known:
        lines.append(f"As in {story.main}: {'; '.join(known)}.")
    if more:
        lines.append("The rest stands in the plan workbook.")
    words = [Words(lines)] if lines else []
    return [*(figure for figure in figures if figure not in first), *words]
