"""What a net cost is made of: what is paid, less what is still worth something, plus penalties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
TINY = 0.05
"""Of the unit: what is less takes more digits than the others."""
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
    """The net cost and its parts in one sentence, all in one unit.

    ``19.9 million USD net: 82.6 paid (discounted), less 62.7 that what was bought is still worth``.
    """
    parts = parts_of(cash, weights)
    total = sum(parts.values())
    largest = max(abs(total), *map(abs, parts.values()))
    size, word = next(
        ((s, w) for s, w in SIZES if largest >= s and abs(total) >= s / 100.0), (1.0, "")
    )

    def shown(value: float) -> str:
        if not word:
            return f"{value:,.0f}"
        small = abs(value) < TINY * size
        return f"{value / size:.1g}" if small else f"{value / size:,.1f}"

    said = [f"{shown(parts['paid'])} paid (discounted)"]
    for name, words in NOT_CASH.items():
        value = parts.get(name, 0.0)
        if value:
            said.append(f"{'less' if value < 0 else 'plus'} {shown(abs(value))} {words}")
    mean = " on average" if len(weights) > 1 else ""
    unit = f" {word}" if word else ""
    return f"{shown(total)}{unit} {currency} net{mean}: {', '.join(said)}"
