"""The page of a backtest: from the cost of hindsight to what was done, in three parts."""

from __future__ import annotations

from collections.abc import Mapping

from .blocks import Cell, Figure, Grid, Key, Section, Two, Words
from .bridge import MOST, PALE, RUST, TEMPLATE, Rows, amount, scale_of, shown, signed, waterfall
from .colours import GREEN, NAVY
from .drawing import clean, draw
from .numbers import DASH, first_up, money, percent, scale_for
from .page import STYLE, page_of

PARTS = ("forecast", "policy", "execution")
FOOTER = "Confidential: holds what was paid. The backtest's workbook holds the same tables in full."


def render(tables: Mapping[str, Rows], finding: str, currency: str, proven: bool) -> str:
    """The backtest as HTML; the same tables give the same page."""
    alarm = "" if proven else "NOT PROVEN: a limit of time cut solves short"
    names = [row["period"] for row in tables["Backtest regret"]]
    of = f" of the quarters from {names[0]} to {names[-1]}" if names else ""
    found = (
        regret(tables, finding, currency),
        policies(tables["Backtest policies"], currency),
        bias(tables["Backtest bias"]),
        truth(tables["Backtest truth"]),
    )
    return page_of(
        TEMPLATE,
        [STYLE],
        finding=clean(finding),
        kicker=clean(f"Backtest{of}"),
        alarm=alarm,
        tiles=tiles(tables["Backtest policies"], currency),
        sections=[one for one in found if one is not None],
        footer=FOOTER,
    )


def tiles(rows: Rows, currency: str) -> list[tuple[str, str, str]]:
    """The cost of every way of deciding, as far as it is known."""
    return [
        (
            first_up(clean(row["policy"])),
            DASH if row["cost"] is None else money(amount(row, "cost"), currency),
            clean(row["note"] or row["meaning"]),
        )
        for row in rows[:2]
    ]


def regret(tables: Mapping[str, Rows], finding: str, currency: str) -> Section | None:
    """The three parts from hindsight to what was done, then by quarter; nothing where unknown."""
    rows = tables["Backtest regret"]
    if not rows:
        return None
    best, did = tables["Backtest policies"][:2]
    steps: list[dict[str, object]] = [
        {
            "step": part,
            "total": sum(amount(row, part) for row in rows),
            "low": None,
            "high": None,
            "told_apart": "no" if all(unsure(row, part) for row in rows) else "yes",
        }
        for part in PARTS
    ]
    ends = [
        {
            "step": first_up(str(row["policy"])),
            "total": row["cost"],
            "low": None,
            "high": None,
            "told_apart": "",
        }
        for row in (best, did)
    ]
    way = [ends[0], *steps, ends[1]]
    scale = scale_of(way)
    said = "; ".join(f"{row['step']} {scale.show(amount(row, 'total'))}" for row in way)
    keys = [
        Key("Way of deciding", NAVY),
        Key("Adds cost", RUST),
        Key("Saves cost", GREEN),
        Key("Smaller than the gaps", PALE),
    ]
    note = (
        f"{scale.unit(currency)}, discounted. The axis does not start at zero. Forecast: what the "
        "plans' views of the future cost. Policy: what the workbooks' own rules, settings and end "
        "cost. Execution: what was done in fact, less what the plans would have done."
    )
    svg = draw(waterfall(way, scale), clean(f"{finding} {said}."))
    figure = Figure(most_of(steps), svg, keys, note, wide=True)
    cells: list[list[Cell]] = [
        [
            Two(clean(row["period"]), clean(row["note"] or row["book"])),
            *(signed(scale, row[name]) for name in (*PARTS, "regret", "low", "high")),
        ]
        for row in rows
    ]
    sums = [sum(amount(row, name) for row in rows) for name in (*PARTS, "regret")]
    cells.append(["All quarters", *(signed(scale, value) for value in sums), "", ""])
    heads = ["Quarter", *map(first_up, PARTS), "Regret", "At least", "At most"]
    title = f"Regret by quarter, in {scale.unit(currency)}"
    return Section(
        "regret", "From hindsight to what was done",
        [figure, Grid(heads, cells, title=title, total=True, wide=True)],
    )  # fmt: skip


def most_of(steps: Rows) -> str:
    """The figure's finding: the part that adds most."""
    largest = max(steps, key=lambda row: amount(row, "total"))
    if amount(largest, "total") <= 0.0 or largest["told_apart"] == "no":
        return "No part of the regret is larger than the gaps"
    return f"{first_up(str(largest['step']))} makes most of the regret"


def unsure(row: Mapping[str, object], part: str) -> bool:
    """Whether a quarter's part is nothing, or smaller than the gaps."""
    return not amount(row, part) or f"{part} is smaller than the gaps" in str(row["note"])


def policies(rows: Rows, currency: str) -> Section:
    """Every way of deciding, with its regret."""
    scale = scale_for(amount(row, name) for row in rows for name in ("cost", "bound"))
    small = scale_for(amount(row, "regret") for row in rows)
    cells: list[list[Cell]] = [
        [
            Two(first_up(clean(row["policy"])), clean(row["note"] or row["meaning"])),
            scale.show(row["cost"]),  # type: ignore[arg-type]
            scale.show(row["bound"]),  # type: ignore[arg-type]
            *(signed(small, row[name]) for name in ("regret", "low", "high")),
        ]
        for row in rows
    ]
    heads = ["Way of deciding", f"Cost, {scale.unit(currency)}", "At least",
             f"Regret, {small.unit(currency)}", "At least", "At most"]  # fmt: skip
    note = "All on what came true, from the first workbook's first period to the last one's end."
    return Section("policies", "Ways of deciding", [Grid(heads, cells, note=note, wide=True)])


def bias(rows: Rows) -> Section | None:
    """What workbooks said of periods ahead, against what came true."""
    if not rows:
        return None
    cells = [
        [
            first_up(clean(row["quantity"])),
            clean(row["item"]),
            f"{amount(row, 'ahead'):,.0f}",
            *(f"{amount(row, name):,.6g}" for name in ("said", "truth")),
            f"{amount(row, 'bias'):+,.6g}",
            DASH if row["bias_pct"] is None else percent(float(row["bias_pct"])),  # type: ignore[arg-type]
        ]
        for row in rows[:MOST]
    ]
    heads = ["Quantity", "Of", "Periods ahead", "Said", "Came true", "Bias", "Share"]
    note = "Means over the workbooks; a bias above 0: too much was said."
    if len(rows) > MOST:
        note += f" {len(rows) - MOST} more stand in the workbook."
    return Section(
        "bias", "Were forecasts too high?", [Grid(heads, cells, words=2, note=note, wide=True)]
    )


def truth(rows: Rows) -> Section:
    """Where what came true is not what the first workbook said."""
    title = "What came true otherwise"
    if not rows:
        return Section("truth", title, [Words(["All came true as the first workbook said."])])
    cells = [
        [
            clean(" · ".join(str(row[name]) for name in ("sheet", "item", "column") if row[name])),
            clean(row["period"]),
            clean(row["source"]),
            shown(row["first_said"]),
            shown(row["truth"]),
        ]
        for row in rows[:MOST]
    ]
    note = "" if len(rows) <= MOST else f"{len(rows) - MOST} more stand in the workbook."
    heads = ["Cell", "Period", "As said by", "First said", "Came true"]
    grid = Grid(heads, cells, words=3, folded=True, title=title, note=note, wide=True)
    return Section("truth", title, [grid])
