"""Pictures of answers: bars from at least to at most, as proven, and the curve of a frontier."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from ..contract.inputs import in_words
from ..plan.words import change
from .blocks import Figure, Key
from .charts import INK, TEXT, WIDTH, Panel, finished, marks
from .colours import GREEN, GREY, NAVY
from .drawing import clean, draw
from .numbers import first_up, percent, scale_for, spaced
from .story import Row, Story

MOST_BARS = 12
ROW, TALL, NAMES = 24, 36, 190
LETTERS = 30
"""Letters of a name on one line: longer names take two, in taller rows."""
PALE = "#6C8EBF"
"""Colour of what is not told apart, between at least and at most."""
LETTER, GAP = 0.62 * TEXT, 8
"""Width of a letter at a bar's end, and the room around the words, in the drawing's points."""
NOTHING = 1e-9
LIMIT = ("sheet", "rule", "column", "member")
"""Columns that name a limit in Rule prices."""


@dataclass(frozen=True)
class Bar:
    """One bar: its name, its ends, what is written at it, and its colour."""

    name: str
    low: float
    high: float
    words: str
    colour: str = NAVY


def spans(bars: Sequence[Bar]) -> dict[str, object]:
    """Horizontal bars: solid from 0 to the nearer end, pale on to the farther."""
    import altair as alt

    rows, ends = [], []
    for at, bar in enumerate(bars):
        near = bar.low if bar.low > 0 else bar.high if bar.high < 0 else 0.0
        far = bar.high if bar.high > 0 else bar.low
        name = "\n".join(wrap(clean(bar.name), LETTERS, max_lines=2, placeholder=" …"))
        if abs(near) > NOTHING:
            rows.append({"n": name, "v": near, "z": 0.0, "c": bar.colour, "p": at})
        if abs(far - near) > NOTHING:
            rows.append({"n": name, "v": far, "z": near, "c": PALE, "p": at})
        if bar.low < 0 < bar.high:
            rows.append({"n": name, "v": bar.low, "z": 0.0, "c": PALE, "p": at})
        rows.append({"n": name, "v": 0.0, "z": 0.0, "c": bar.colour, "p": at})
        ends.append({"n": name, "e": max(bar.high, 0.0), "t": clean(bar.words), "p": at})
    low = min(0.0, *(row["v"] for row in rows))
    high = max(0.0, *(row["v"] for row in rows))
    room = room_for(bars, low, high)
    x = alt.X("v:Q", axis=None, scale=alt.Scale(domain=[low, high + room]))
    axis = alt.Axis(
        title=None,
        domain=False,
        ticks=False,
        labelLimit=NAMES,
        minExtent=NAMES,
        maxExtent=NAMES,
        labelExpr="split(datum.label, '\\n')",
    )
    y = alt.Y("n:N", sort=alt.EncodingSortField("p"), axis=axis)
    words = marks("ends").mark_text(align="left", dx=5, fontSize=TEXT, color=INK)
    layers = [
        marks("bars")
        .mark_bar(height=ROW - 10)
        .encode(x=x, x2="z:Q", y=y, color=alt.Color("c:N", scale=None)),
        words.encode(x=alt.X("e:Q", axis=None), y=y, text="t:N"),
        marks("zero").mark_rule(color=GREY).encode(x="v:Q"),
    ]
    data = {"bars": rows, "ends": ends, "zero": [{"v": 0.0}]}
    step = TALL if any("\n" in end["n"] for end in ends) else ROW
    return finished(layers, data, step * len(bars))


def room_for(bars: Sequence[Bar], low: float, high: float) -> float:
    """How far beyond the longest bar the scale has to reach for the words at every bar's end."""
    length, wide = (high - low) or 1.0, WIDTH - NAMES
    reach = [
        (max(bar.high, 0.0) - low) * wide / (wide - GAP - LETTER * len(bar.words)) for bar in bars
    ]
    return max(0.3 * length, max(reach) - length)


def pictures(story: Story, question: str, kind: str) -> Iterator[Figure]:
    """The picture of one question, where one says more than its sentences."""
    kinds = {"rule_price": rule_prices, "frontier": frontier, "no_regret": signing}
    draw_kind = kinds.get(kind)
    if draw_kind:
        yield from draw_kind(story, question)


def of(story: Story, table: str, question: str) -> list[Row]:
    """Rows of a table of answers that belong to a question."""
    return [row for row in story.table(table) if row["question"] == question]


def rule_prices(story: Story, question: str) -> Iterator[Figure]:
    """What each limit costs, the dearest first."""
    rows = [row for row in of(story, "Rule prices", question) if row["saving_high"]]
    rows.sort(key=lambda row: (-row["saving_low"], -row["saving_high"]))
    rows = [row for row in rows if row["saving_high"] > NOTHING][:MOST_BARS]
    if not rows:
        return
    scale = scale_for(row["saving_high"] for row in rows)
    bars = []
    for row in rows:
        low, high = row["saving_low"] / scale.divisor, row["saving_high"] / scale.divisor
        words = ends_in_words(scale, row["saving_low"], row["saving_high"])
        bars.append(Bar(limit_words(row), low, high, words))
    top = rows[0]
    title = "No limit is shown to cost anything"
    if top["saving_low"] > 0:
        least = story.money(top["saving_low"], -1)
        title = f"{first_up(limit_words(top))} is the dearest limit: at least {least}"
    yield figure(title, bars, scale.unit(story.currency))


def limit_words(row: Row) -> str:
    """A limit of the table Rule prices, as the findings call it."""
    return in_words(*(str(row[name] or "") for name in LIMIT))


def ends_in_words(scale, low: float, high: float) -> str:  # noqa: ANN001
    """An interval at the end of a bar."""
    if low <= NOTHING:
        return f"less than {scale.show(high, 1)}"
    shown = [scale.show(low, -1), scale.show(high, 1)]
    return shown[0] if shown[0] == shown[1] else " to ".join(shown)


def figure(title: str, bars: Sequence[Bar], unit: str) -> Figure:
    """Bars as a picture with its legend."""
    said = "; ".join(f"{bar.name} {bar.words}" for bar in bars)
    keys = [Key("proven at least", NAVY), Key("up to", PALE)]
    return Figure(title, draw(spans(bars), clean(f"{title}. {said}.")), keys, unit)


def frontier(story: Story, question: str) -> Iterator[Figure]:
    """The cost at each level: the plan found, and the bound under it; the sellers' split below."""
    rows = [row for row in of(story, "Frontier", question) if row["objective"] is not None]
    if len(rows) < 2:
        return
    labels = [level_words(row["level"]) for row in rows]
    base = min(row["bound"] if row["bound"] is not None else row["objective"] for row in rows)
    scale = scale_for(row["objective"] - base for row in rows)
    panel = Panel(labels, unit=scale.unit(story.currency), height=230)
    costs = [(at + 0.5, (row["objective"] - base) / scale.divisor) for at, row in enumerate(rows)]
    panel.line(costs, NAVY)
    bounds = [
        (at + 0.5, (row["bound"] - base) / scale.divisor)
        for at, row in enumerate(rows)
        if row["bound"] is not None
    ]
    panel.line(bounds, PALE)
    more = rows[-1]["objective"] - rows[0]["objective"]
    title = f"From {labels[0]} to {labels[-1]} the cost rises by {story.money(more)}"
    said = "; ".join(
        f"{label} {story.money(row['objective'])}" for label, row in zip(labels, rows, strict=True)
    )
    keys = [Key("plan found", NAVY, "line"), Key("proven at least", PALE, "line")]
    note = f"More than {story.money(base)}, by level of the limit."
    yield Figure(title, panel.svg(f"{title}. {said}."), keys, note)
    yield from split(story, question, rows, labels)


def split(
    story: Story, question: str, rows: Sequence[Row], labels: Sequence[str]
) -> Iterator[Figure]:
    """Share of order spend by seller at each level."""
    spend: dict[float, dict[str, float]] = {}
    for row in of(story, "Frontier plans", question):
        if row["section"] == "spend by seller":
            spend.setdefault(row["level"], {})[row["item"]] = row["value"]
    sellers = list(dict.fromkeys(name for one in spend.values() for name in one))
    if not sellers:
        return
    panel = Panel(labels, percent=True, highest=100.0)
    for at, row in enumerate(rows):
        one = spend.get(row["level"], {})
        whole, low = sum(one.values()) or 1.0, 0.0
        for name in sellers:
            part = 100.0 * one.get(name, 0.0) / whole
            if part > NOTHING:
                panel.rect(at + 0.1, at + 0.9, low, low + part, colour_of(story, name))
            low += part
    title = "Who gets the orders at each level"
    keys = [Key(name, colour_of(story, name)) for name in sellers]
    yield Figure(title, panel.svg(f"{title}: {', '.join(sellers)}."), keys, "Share of order spend.")


def colour_of(story: Story, vendor: str) -> str:
    """A vendor's colour, the same everywhere."""
    return story.colours.vendors.get(vendor, GREY)


def level_words(level: float) -> str:
    """A level on the axis: shares in percent."""
    return percent(level) if 0.0 <= level <= 1.0 else f"{level:,.4g}"


def signing(story: Story, question: str) -> Iterator[Figure]:
    """When each decision is in the plan, and how long it can wait within the tolerance."""
    rows = [row for row in of(story, "No regret", question) if row["last_period"]]
    if not rows:
        return
    rows.sort(key=lambda row: (row["verdict"] != "do now", story.at(row["last_period"])))
    bars = [
        Bar(
            signed(row),
            story.at(row["period"]) + 1.0,
            story.at(row["last_period"]) + 1.0,
            f"by {row['last_period']}",
            GREEN if row["verdict"] == "do now" else NAVY,
        )
        for row in rows[:MOST_BARS]
    ]
    sure = [row for row in rows if row["verdict"] == "do now"]
    title = "Nothing in the plan is safe to sign whatever near-best plan is chosen"
    if sure:
        what = "decision is" if len(sure) == 1 else "decisions are"
        first = min((row["last_period"] for row in sure), key=story.at)
        title = f"{len(sure)} {what} safe to sign, the first by {first}"
    said = "; ".join(f"{bar.name} {bar.words}" for bar in bars)
    keys = [
        Key("safe to sign: when the plan does", GREEN),
        Key("depends or free: when the plan does", NAVY),
        Key("how long it can wait", PALE),
    ]
    note = f"Each {story.period} is a step to the right, from {story.labels[0]} on."
    yield Figure(title, draw(spans(bars), clean(f"{title}. {said}.")), keys, note)


def signed(row: Row) -> str:
    """A decision of a period, and the branch in which it is taken."""
    node = f" ({row['node']})" if row["node"] else ""
    return f"{row['decision']}, {row['period']}{node}"


def tornado(story: Story) -> Figure | None:
    """All inputs that were moved, the widest swing first."""
    rows = [row for row in story.table("Tornado") if row["swing_high"] is not None]
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: -row["swing_high"])[:MOST_BARS]
    scale = scale_for(row["swing_high"] for row in rows)
    bars = [
        Bar(
            moved(row, rows),
            row["swing_low"] / scale.divisor,
            row["swing_high"] / scale.divisor,
            ends_in_words(scale, row["swing_low"], row["swing_high"]),
        )
        for row in rows
    ]
    least = story.money(rows[0]["swing_low"], -1)
    title = f"{first_up(bars[0].name)} moves the cost most: by at least {least}"
    return figure(title, bars, scale.unit(story.currency))


def moved(row: Row, rows: Sequence[Row]) -> str:
    """An input that was moved; with its question where that of another moves it too."""
    cell = ("sheet", "item", "column")
    name = in_words(*(str(row[part] or "") for part in cell))
    alike = [one for one in rows if all(one[part] == row[part] for part in cell)]
    return f"{name} ({row['question']})" if len(alike) > 1 else name


def ladder(story: Story) -> Figure | None:
    """How far each value would have to move for the plan to switch, the nearest first."""
    rows = [row for row in story.table("Break-even") if row["change_pct"] is not None]
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: abs(row["change_pct"]))[:MOST_BARS]
    bars = [
        Bar(
            in_words(str(row["sheet"]), str(row["item"]), str(row["column"])),
            100.0 * row["change_pct"],
            100.0 * row["change_pct"],
            spaced(change(row["change_pct"])),
            GREEN if row["change_pct"] < 0 else NAVY,
        )
        for row in rows
    ]
    title = f"{first_up(bars[0].name)} is nearest to a switch: {bars[0].words}"
    said = "; ".join(f"{bar.name} {bar.words}" for bar in bars)
    keys = [Key("has to fall", GREEN), Key("has to rise", NAVY)]
    note = "Change from today's value at which the plan would switch."
    return Figure(title, draw(spans(bars), clean(f"{title}. {said}.")), keys, note)
