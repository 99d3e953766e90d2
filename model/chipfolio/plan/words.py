"""Amounts in sentences: with their unit, and with the digits that tell them apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from .verdicts import NOT_APPLIED, worst_first

SIZES = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))
MOST_PLACES = 9
SAME = 1e-9
"""Relative difference below which two amounts are one."""
NOT_CHANGED = "no decision of the plan can change it"
BOUNDS = {"<=": "at most", ">=": "at least", "=": "exactly"}
Write = Callable[[float, int], str]


def amount(value: float, places: int = 1) -> str:
    """An amount in a sentence: ``12.3 million``, ``4,500``; places count from a million on."""
    for size, word in SIZES:
        if abs(value) >= (1.0 - 0.5 * 10.0 ** -(places + 3)) * size:
            return f"{value / size:,.{places}f} {word}"
    return f"{value:,.{max(places - 1, 0)}f}"


def percent(share: float, places: int = 1) -> str:
    """A share in a sentence: ``59.99%``, no digit that says nothing."""
    shown = f"{100.0 * share:.{places}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + "%"


def change(share: float) -> str:
    """A change in a sentence: ``+12.3%``, ``-5%``."""
    return ("+" if share > 0.0 else "") + percent(share)


def plain(value: float, places: int = 1) -> str:
    """A number without a unit, whole where it is whole."""
    shown = f"{value:,.{places}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def apart(values: Sequence[float], write: Write, places: int = 1) -> list[str]:
    """Amounts with as many digits as tell those apart that are not the same."""
    for more in range(places, MOST_PLACES + 1):
        shown = [write(value, more) for value in values]
        if all(
            one != other or abs(a - b) <= SAME * max(abs(a), abs(b))
            for at, (a, one) in enumerate(zip(values, shown, strict=True))
            for b, other in zip(values[:at], shown[:at], strict=True)
        ):
            return shown
    return shown


def listed(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def windows(rows: Sequence[Mapping[str, object]], most: int = 3) -> str:
    """The windows of rows: each where they are few, else the first and how many more."""
    labels = list(dict.fromkeys(str(row["window"] or "its window") for row in rows))
    labels = ["the whole plan" if label == "plan" else label for label in labels]
    if len(labels) <= most:
        return listed(labels)
    return f"{labels[0]} and {len(labels) - 1} more windows"


def level_and_limit(row: Mapping[str, object], currency: str) -> tuple[str, str]:
    """Level and limit of a row of Rules in its unit, told apart."""
    write: Write = {"Share rules": percent, "Budgets": amount}.get(str(row["sheet"]), plain)
    if row["sheet"] == "Contracts" and row["counts"] == "paid":
        write = amount
    pair = [float(row["level"]), float(row["limit"])]  # type: ignore[arg-type]
    level, limit = apart(pair, write)
    unit = f" {currency}" if write is amount else ""
    return level + unit, limit + unit


def not_applied(rules: Iterable[Mapping[str, object]], currency: str) -> dict[str, str]:
    """Of each rule that is not applied in some window, what is to be said of it."""
    found: dict[tuple[str, str], list[Mapping[str, object]]] = {}
    for row in rules:
        if row.get("state") == NOT_APPLIED:
            found.setdefault((str(row["rule"]), str(row["sense"])), []).append(row)
    said = {}
    for (rule, sense), rows in found.items():
        worst = worst_first(rows)[0]
        level, limit = level_and_limit(worst, currency)
        cases = {str(row["scenario"]) for row in rows if row["scenario"]}
        some = f" ({listed(sorted(cases))})" if cases else ""
        at_worst = f"in {worst['window']} it stands at" if len(rows) > 1 else "it stands at"
        text = (
            f"not applied in {windows(rows)}{some}: {at_worst} {level} where {BOUNDS[sense]} "
            f"{limit} is asked for, and {NOT_CHANGED}"
        )
        said[rule] = f"{said[rule]}; {text}" if rule in said else text
    return said


def unmet_penalty(
    cash: Iterable[Mapping[str, object]], weights: Mapping[str, float], currency: str
) -> str:
    """What work not served is counted as, undiscounted and discounted; blank where it is nothing.

    ``counted as a penalty of 300 USD, 283 USD discounted``, weighted by probability.
    """
    due = worth = 0.0
    for row in cash:
        if row["line"] == "unmet_penalty":
            weight = weights[str(row["scenario"] or "")]
            due += weight * float(row["amount"])  # type: ignore[arg-type]
            worth += weight * float(row["discounted"])  # type: ignore[arg-type]
    if not due:
        return ""
    mean = "a mean penalty" if len(weights) > 1 else "a penalty"
    return f"counted as {mean} of {amount(due)} {currency}, {amount(worth)} {currency} discounted"
