"""The page of a comparison: the waterfall from one plan's cost to the other's, and what moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from .blocks import Cell, Figure, Grid, Key, Section, Two, Words
from .charts import INK, TEXT, finished, marks
from .colours import GREEN, GREY, NAVY
from .drawing import clean, draw
from .numbers import DASH, Scale, count, first_up, money, percent, scale_for
from .page import STYLE, page_of

Rows = Sequence[Mapping[str, object]]
TEMPLATE = "bridge.html.j2"
FOOTER = (
    "Confidential: holds supplier prices. The comparison's workbook holds the same tables in full."
)
RUST = "#B4442F"
PALE = "#B9BFC8"
"""Colour of a step that is smaller than the gaps."""
ROW, WIDE, NAMES = 30, 800, 150
BELOW = 0.25
"""The axis starts so much of the steps' span below the lowest level, and not at zero."""
MOST = 60
ALIKE = 1e-4


def render(tables: Mapping[str, Rows], finding: str, currency: str, proven: bool) -> str:
    """The comparison as HTML; the same tables give the same page."""
    bridge = tables["Bridge"]
    alarm = "" if proven else "NOT PROVEN: a limit of time cut worlds between short"
    return page_of(
        TEMPLATE,
        [STYLE],
        finding=clean(finding),
        kicker=clean(f"Comparison of two plans: {bridge[0]['step']} and {bridge[-1]['step']}"),
        alarm=alarm,
        tiles=tiles(tables, currency),
        footer=FOOTER,
        sections=[
            one
            for one in (
                steps(bridge, finding, currency),
                decisions(tables["Moved decisions"], currency),
                promises(tables, currency),
                inputs(tables["Bridge inputs"]),
                worlds(tables["Bridge worlds"], currency),
            )
            if one is not None
        ],
    )


def tiles(tables: Mapping[str, Rows], currency: str) -> list[tuple[str, str, str]]:
    """Both costs, their difference, nervousness."""
    first, *_, last = tables["Bridge"]
    change = amount(last, "total") - amount(first, "total")
    nervous = {row["item"]: row for row in tables["Nervousness"]}
    share = nervous["nervousness"]["value"]
    word = "more" if change > 0 else "less"
    return [
        ("First plan costs", money(amount(first, "total"), currency), clean(first["step"])),
        ("Second plan costs", money(amount(last, "total"), currency), clean(last["step"])),
        ("Difference", money(abs(change), currency), word if change else "the same"),
        (
            "Promised orders lowered or dropped",
            DASH if share is None else percent(float(share)),  # type: ignore[arg-type]
            "of the list value promised for the next four periods",
        ),
    ]


def amount(row: Mapping[str, object], name: str) -> float:
    """An amount of a row; 0 where it is blank."""
    value = row[name]
    return 0.0 if value is None else float(value)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ the bridge
def steps(bridge: Rows, finding: str, currency: str) -> Section:
    """The waterfall, and its steps as a table."""
    scale = scale_of(bridge)
    said = "; ".join(f"{row['step']} {scale.show(amount(row, 'total'))}" for row in bridge)
    svg = draw(waterfall(bridge, scale), clean(f"{finding}. {said}."))
    keys = [
        Key("Plan", NAVY),
        Key("Adds cost", RUST),
        Key("Saves cost", GREEN),
        Key("Smaller than the gaps", PALE),
    ]
    note = (
        f"{scale.unit(currency)}, discounted. The axis does not start at zero. A thin line runs "
        "from the least to the most that is proven of a step. A step is the mean of what it adds "
        "in two opposite orders; all steps add up exactly."
    )
    figure = Figure(clean(finding), svg, keys, note, wide=True)
    heads = ["Step", "Total", "At least", "At most", "At unchanged decisions", "Response"]
    rows: list[Sequence[Cell]] = [
        [
            Two(first_up(clean(row["step"])), clean(row["finding"])),
            *(signed(scale, row[name]) for name in ("total", "low", "high", "effect", "response")),
        ]
        for row in bridge[1:-1]
    ]
    change = amount(bridge[-1], "total") - amount(bridge[0], "total")
    rows.append(["All steps", signed(scale, change), "", "", "", ""])
    table = Grid(
        heads,
        rows,
        title=f"Steps, in {scale.unit(currency)}",
        total=True,
        wide=True,
        note="At unchanged decisions: the first plan kept as it is and costed anew. Response: what "
        "deciding anew changes.",
    )
    return Section("bridge", "From one cost to the other", [figure, table])


def scale_of(bridge: Rows) -> Scale:
    """The unit of all amounts: that of the steps, not of the far larger costs."""
    changes = [abs(amount(row, "total")) for row in bridge[1:-1]]
    largest = max(changes, default=0.0) or abs(amount(bridge[0], "total"))
    scale = scale_for([largest * 20.0])
    return replace(scale, places=2 if scale.divisor > 1.0 or largest < 1000.0 else 0)


def signed(scale: Scale, value: object) -> str:
    """A change with its sign; blank where it is not known."""
    if value is None:
        return DASH
    shown = f"{float(value) / scale.divisor:+,.{scale.places}f}"  # type: ignore[arg-type]
    return shown[1:] if not shown.strip("+-0.,") else shown.replace("-", "−")


def levels(bridge: Rows) -> list[tuple[float, float]]:
    """From and to of every bar, in money; a plan's bar begins at no place of its own."""
    at = amount(bridge[0], "total")
    found = [(at, at)]
    for row in bridge[1:-1]:
        found.append((at, at + amount(row, "total")))
        at += amount(row, "total")
    return [*found, (at, at)]


def floor_of(bridge: Rows) -> tuple[float, float]:
    """Where the axis begins and ends, in money."""
    every = [end for pair in levels(bridge) for end in pair]
    low, high = min(every), max(every)
    span = (high - low) or abs(high) or 1.0
    start = low - BELOW * span
    return (0.0 if low >= 0.0 > start else start), high + 0.05 * span


def waterfall(bridge: Rows, scale: Scale) -> dict[str, object]:
    """Bars from level to level, one below the other; each is labelled with what it adds."""
    import altair as alt

    start, end = (value / scale.divisor for value in floor_of(bridge))
    bars, words, links, gaps = [], [], [], []
    found = levels(bridge)
    for at, (row, (one, two)) in enumerate(zip(bridge, found, strict=True)):
        whole = at in (0, len(bridge) - 1)
        low, high = sorted((one / scale.divisor, two / scale.divisor))
        colour = NAVY if whole else PALE if row["told_apart"] == "no" else RUST
        if colour == RUST and two < one:
            colour = GREEN
        name = clean(row["step"]) if whole else first_up(clean(row["step"]))
        low = start if whole else low
        bars.append({"n": name, "v": low, "z": high, "c": colour, "p": at})
        shown = signed(scale, row["total"])
        shown = shown.lstrip("+") if whole else shown
        if not whole and row["low"] is not None and row["high"] is not None:
            ends = ((one + amount(row, side)) / scale.divisor for side in ("low", "high"))
            gaps.append({"n": name, **dict(zip("vz", ends, strict=True)), "p": at})
            high = max(high, gaps[-1]["z"])
        words.append({"n": name, "e": high, "t": shown, "p": at})
        if at < len(bridge) - 1:
            links.append({"n": name, "v": two / scale.divisor, "p": at})
    room = 0.16 * (end - start)
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[start, end + room], zero=False))
    axis = alt.Axis(
        title=None, domain=False, ticks=False, labelLimit=NAMES, minExtent=NAMES, maxExtent=NAMES
    )
    y = alt.Y("n:N", sort=alt.EncodingSortField("p"), axis=axis)
    layers = [
        marks("links")
        .mark_tick(orient="vertical", thickness=1, color=GREY, size=ROW, yOffset=ROW / 2)
        .encode(x=x, y=y),
        marks("bars")
        .mark_bar(height=ROW - 10)
        .encode(x=x, x2="z:Q", y=y, color=alt.Color("c:N", scale=None)),
        marks("gaps").mark_rule(color=INK, strokeWidth=1.5).encode(x=x, x2="z:Q", y=y),
        marks("words")
        .mark_text(align="left", dx=5, fontSize=TEXT, color=INK)
        .encode(x=alt.X("e:Q", axis=None), y=y, text="t:N"),
    ]
    data = {"links": links, "bars": bars, "gaps": gaps, "words": words}
    return {**finished(layers, data, ROW * len(bars)), "width": WIDE}


# ------------------------------------------------------------------------------ what moved
def decisions(rows: Rows, currency: str) -> Section | None:
    """Orders, starts and signatures that differ."""
    if not rows:
        return Section("moved", "What moved", [Words(["No order, start or signature moved."])])
    scale = scale_for(amount(row, "list_value") for row in rows)
    cells = [
        [
            Two(f"{first_up(clean(row['kind']))}: {clean(row['item'])}", clean(row["moved_by"])),
            clean(row["period"]),
            count(amount(row, "before")),
            count(amount(row, "after")),
            "" if row["list_value"] is None else signed(scale, row["list_value"]),
        ]
        for row in rows[:MOST]
    ]
    note = "Expected over scenarios. Below each, the steps that moved it, and by how much."
    if len(rows) > MOST:
        note += f" {len(rows) - MOST} more stand in the workbook."
    heads = ["Decision", "Period", "Before", "After", f"List value, {scale.unit(currency)}"]
    return Section("moved", "What moved", [Grid(heads, cells, words=2, note=note, wide=True)])


def promises(tables: Mapping[str, Rows], currency: str) -> Section | None:
    """What the first plan promised for the second one's next periods, and what became of it."""
    rows = tables["Promises"]
    if not rows:
        return None
    scale = scale_for(
        amount(row, name) for row in rows for name in ("promised_value", "lowered", "new")
    )
    cells = [
        [
            clean(row["offer"]),
            clean(row["period"]),
            count(amount(row, "promised")),
            count(amount(row, "now")),
            *(scale.show(amount(row, name)) for name in ("promised_value", "lowered", "new")),
        ]
        for row in rows[:MOST]
    ]
    sums = [
        scale.show(sum(amount(row, name) for row in rows))
        for name in ("promised_value", "lowered", "new")
    ]
    cells.append(["All", "", "", "", *sums])
    heads = ["Offer", "Period", "Promised", "Now", "List value", "Lowered or dropped", "New"]
    note = f"Units; values in {scale.unit(currency)} at the first plan's list prices."
    grid = Grid(heads, cells, words=2, total=True, note=note, wide=True)
    return Section("promises", "Are promises kept?", [grid])


def inputs(rows: Rows) -> Section | None:
    """Differences of the inputs by step."""
    if not rows:
        return None
    cells = []
    for run in list(runs(rows))[:MOST]:
        row, last = run[0], run[-1]
        when = str(row["period"]) if len(run) == 1 else f"{row['period']} … {last['period']}"
        where = (row["sheet"], row["item"], row["column"], when)
        many = f"{len(run)} values"
        cells.append(
            [
                first_up(clean(row["step"])),
                clean(" · ".join(str(part) for part in where if part)),
                shown(row["old"]) if len(run) == 1 else many,
                shown(row["new"]) if len(run) == 1 else many,
                "" if row["change_pct"] is None else percent(float(row["change_pct"])),  # type: ignore[arg-type]
            ]
        )
    number = len(list(runs(rows)))
    note = "" if number <= MOST else f"{number - MOST} more stand in the workbook."
    grid = Grid(["Step", "Cell", "Before", "After", "Change"], cells, words=4, note=note, wide=True)
    return Section("inputs", "What differs in the inputs", [grid])


def runs(rows: Rows) -> Iterator[list[Mapping[str, object]]]:
    """Differences of one row over neighbouring periods that changed by the same share, together."""
    run: list[Mapping[str, object]] = []
    for row in rows:
        if run and not alike(run[-1], row):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def alike(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two differences are of one row and changed by the same share."""
    names = ("step", "sheet", "item", "column", "what")
    changes = one["change_pct"], other["change_pct"]
    if not other["period"] or None in changes or any(one[name] != other[name] for name in names):
        return False
    return abs(changes[0] - changes[1]) < ALIKE  # type: ignore[operator]


def shown(text: object) -> str:
    """A value of an input: numbers to six digits."""
    try:
        return f"{float(str(text)):,.6g}"
    except ValueError:
        return clean(text) or DASH


def worlds(rows: Rows, currency: str) -> Section:
    """Every world between."""
    scale = scale_for(amount(row, "cost") for row in rows)
    cells = [
        [
            f"{row['order']} {row['number']}",
            Two(clean(row["as_second"]) or "as in the first book", clean(row["note"])),
            clean(row["status"]),
            scale.show(row["cost"]),  # type: ignore[arg-type]
            scale.show(row["bound"]),  # type: ignore[arg-type]
        ]
        for row in rows
    ]
    heads = ["World", "As in the second book", "Status", "Cost", "At least"]
    title = f"Worlds between, in {scale.unit(currency)}"
    grid = Grid(heads, cells, words=3, title=title, folded=True, wide=True)
    return Section("worlds", "How it was reckoned", [grid])
