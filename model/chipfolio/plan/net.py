"""What a net cost is made of: what is paid, less what is still worth something, plus penalties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from ..contract.lines import CASH_LINES
from .words import SIZES

NOT_CASH = {
    "terminal_value": "that what was bought is still worth at the end",
    "equity_value": "of vendors' shares",
    "unmet_penalty": "counted for work not served",
    "deferral_cost": "counted for work served late",
    "rule_penalties": "counted for rules broken at their price",
    "change_cost": "counted for changing the previous plan",
}
"""The lines of the objective that nobody pays, in words."""
TO_THE_UNIT, CENTS = 6, 2
"""Most decimals that are tried until the parts add up as shown, of millions and of bare money."""
LEAST = 0.5
"""Less money than this is nothing."""
Rows = Iterable[Mapping[str, object]]


def parts_of(cash: Rows, weights: Mapping[str, float]) -> dict[str, float]:
    """Discounted money paid, and every line that is not cash, weighted by probability."""
    found = {"paid": 0.0}
    for row in cash:
        name = "paid" if row["line"] in CASH_LINES else str(row["line"])
        share = weights[str(row["scenario"] or "")]
        found[name] = found.get(name, 0.0) + share * float(row["discounted"])  # type: ignore[arg-type]
    return {name: value for name, value in found.items() if name == "paid" or abs(value) >= LEAST}


def net_of(cash: Rows, weights: Mapping[str, float], currency: str) -> str:
    """The net cost and its parts in one sentence, all in one unit, adding up as they are shown.

    ``19.9 million USD net: 82.6 paid (discounted), less 62.7 that what was bought is still worth``.
    A part that the digits shown leave nothing of is not named.
    """
    parts = parts_of(cash, weights)
    total = sum(parts.values())
    largest = max(abs(total), *map(abs, parts.values()))
    size, word = next(
        ((s, w) for s, w in SIZES if largest >= s and abs(total) >= s / 100.0), (1.0, "")
    )
    values = {name: value / size for name, value in {"": total, **parts}.items()}
    shown = adding_up(values, range(1, TO_THE_UNIT + 1) if word else range(CENTS + 1))
    said = [f"{shown.pop('paid')} paid (discounted)"]
    for name, words in NOT_CASH.items():
        digits = shown.get(name, "0")
        if digits.strip("-0.,"):
            sign = "less" if digits.startswith("-") else "plus"
            said.append(f"{sign} {digits.removeprefix('-')} {words}")
    mean = " on average" if len(weights) > 1 else ""
    unit = f" {word}" if word else ""
    return f"{shown['']}{unit} {currency} net{mean}: {', '.join(said)}"


def adding_up(values: Mapping[str, float], places: Iterable[int]) -> dict[str, str]:
    """A total, named by a blank, and its parts, in digits that add up.

    The first of the ``places`` at which they do as rounded; at the last, where they do at none,
    the largest part takes the difference.
    """
    for digits in places:
        found = {name: round(Decimal(value), digits) for name, value in values.items()}
        told = found[""] != 0 or abs(values[""]) < LEAST / 1e6
        if told and sum(found.values()) == 2 * found[""]:
            break
    else:
        parts = {name: abs(value) for name, value in values.items() if name}
        found[max(parts, key=lambda name: parts[name])] += 2 * found[""] - sum(found.values())
    return {name: f"{value:,}" for name, value in found.items()}
