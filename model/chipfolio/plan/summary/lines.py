"""A line of the page, and what its parts share."""

from __future__ import annotations

from collections.abc import Mapping

from ..words import amount, apart

Rows = list[dict[str, object]]
NEXT_PERIODS = 2
"""How many periods of orders the page lists: this one and the next."""
SHORT = 1e-6
"""A share of what is asked for, below which it is all there."""


def line(section: str, item: str, value: object = None, unit: str = "", text: str = "") -> dict:
    """One row of the page."""
    return {"section": section, "item": item, "value": value, "unit": unit, "text": text}


def alike(amounts: Mapping[str, float]) -> dict[float, list[str]]:
    """Scenarios by their amount, those with the same together."""
    found: dict[float, list[str]] = {}
    for name, value in amounts.items():
        same = next((at for at in found if abs(at - value) <= SHORT * max(abs(at), 1.0)), value)
        found.setdefault(same, []).append(name)
    return found


def spread(amounts: Mapping[str, float], currency: str) -> str:
    """From which to which scenario an amount runs, the mean of it being shown; else nothing."""
    if len(alike(amounts)) < 2:
        return ""
    low = min(amounts, key=lambda name: amounts[name])
    high = max(amounts, key=lambda name: amounts[name])
    least, most = apart([amounts[low], amounts[high]], amount)
    return f"; the mean, from {least} {currency} ({low}) to {most} {currency} ({high})"
