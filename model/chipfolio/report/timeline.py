"""What is built: own silicon, software projects and site steps on one time axis."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..plan.summary import listed
from ..workbook.planbook.looks import shaded
from .blocks import Block, Figure, Grid, Key, Section, Two
from .charts import HALO, LABEL, SMALL, Panel, finished, marks
from .colours import COLOUR_OF, INK, NAVY
from .drawing import clean, draw
from .numbers import first_up, plural, power, scale_for
from .story import Row, Story

SOFTWARE, SITES = COLOUR_OF["software"], COLOUR_OF["site_projects"]
ROW = 38
"""Height of a row: its label above its bars [px]."""
PALE = 0.55


@dataclass
class Track:
    """One row of the picture: bars (from, to, words inside) in one colour."""

    name: str
    colour: str
    bars: list[tuple[int, int, str, bool]] = field(default_factory=list)
    """From, to (not included), words inside, whether it ever finishes."""
    remark: str = ""
    cases: str = ""
    """Scenarios it stands for, where not for all."""

    @property
    def words(self) -> str:
        """What stands above its bars."""
        return f"{self.name}: {self.remark}{self.cases}"


def timeline_section(story: Story) -> Section | None:
    """Gantt chart and table."""
    tracks = [*silicon(story), *software(story), *sites(story)]
    blocks: list[Block] = []
    if tracks:
        blocks.append(picture(story, tracks))
    rows = list(table_rows(story))
    if not rows:
        return None
    scale = scale_for((amount for _, _, amount in rows), largest=1e6)
    cells = [[what, when, scale.show(amount)] for what, when, amount in rows]
    heads = ["What", "When", scale.unit(story.currency)]
    of = f", scenario {story.main}" if story.several else ""
    blocks.append(Grid(heads, cells, title=f"Stages, projects and steps{of}", words=2))
    kinds = {
        "own silicon": story.table("Programme timeline"),
        "software": story.table("Software timeline"),
        "sites": story.table("Site steps"),
    }
    title = first_up(listed(kind for kind, found in kinds.items() if found))
    return Section("build", title, blocks)


def silicon(story: Story) -> Iterator[Track]:
    """A row per programme; per scenario where the scenarios differ."""
    for programme in story.inputs.names("Programmes"):
        plans: dict[tuple, list[str]] = {}
        for scenario, rows in story.by_scenario("Programme timeline"):
            mine = tuple(
                (story.at(row["start"]), story.at(row["end"]), str(row["stage"]), bool(row["end"]))
                for row in rows
                if row["programme"] == programme
            )
            plans.setdefault(mine, []).append(scenario)
        for stages, scenarios in plans.items():
            if not stages:
                continue
            track = Track(programme, programme_colour(story, programme))
            if len(plans) > 1:
                track.cases = f" ({listed(map(story.short, scenarios))})"
            track.bars = [
                (start, end + 1 if ends else end, number, ends)
                for start, end, number, ends in stages
            ]
            track.remark = outcome(story, programme, scenarios[0])
            yield track


def programme_colour(story: Story, programme: str) -> str:
    """Colour of the vendor whose chips a programme makes."""
    for row in story.inputs.rows("Offers"):
        if row["programme"] == programme:
            return story.colours.vendors[story.colours.designer[str(row["chip"])]]
    return NAVY


def outcome(story: Story, programme: str, scenario: str) -> str:
    """What becomes of a programme in a scenario: ready when, stopped, or not started."""
    stages = [row for row in story.inputs.rows("Programme stages") if row["programme"] == programme]
    rows = [
        row for row in story.rows("Programme timeline", scenario) if row["programme"] == programme
    ]
    if not stages:
        return "ready at the start"
    if not rows:
        return "not started"
    last = max(rows, key=lambda row: int(str(row["stage"])))
    if not last["end"]:
        return f"stage {last['stage']} never finishes"
    if len(rows) < len(stages):
        return f"stopped after stage {last['stage']} in {last['end']}"
    ready = story.at(last["end"]) + 1
    return f"ready {story.calendar.label(ready)}"


def software(story: Story) -> Iterator[Track]:
    """A row per software project started in the plan."""
    for row in story.rows("Software timeline"):
        if row["start"]:
            start, end = story.at(row["start"]), story.at(row["end"])
            yield Track(str(row["project"]), SOFTWARE, [(start, end + 1, "", True)], "software")


def sites(story: Story) -> Iterator[Track]:
    """A row per site project, a bar per step from start to power."""
    found: dict[str, list[Row]] = {}
    for row in story.rows("Site steps"):
        found.setdefault(str(row["project"]), []).append(row)
    for project, rows in found.items():
        bars = [
            (
                story.at(row["start"]),
                max(story.at(row["ready"]), story.at(row["start"]) + 1),
                "",
                True,
            )
            for row in rows
        ]
        more = sum(float(row["mw"]) for row in rows)
        yield Track(project, SITES, bars, f"+{power(more)}")


def picture(story: Story, tracks: list[Track]) -> Figure:
    """Bars over periods, each row's name above its bars."""
    title = first_up(finding(story))
    said = "; ".join(
        f"{track.name} {span(story, track)}, {track.remark}{track.cases}" for track in tracks
    )
    keys = [Key("software", SOFTWARE), Key("site steps", SITES)]
    own = list(dict.fromkeys(track.colour for track in silicon(story)))
    keys = [Key("own silicon, by stage", colour) for colour in own[:1]] + keys
    used = {track.colour for track in tracks}
    svg = draw(spec(story, tracks), clean(f"{title}. {said}."))
    note = "" if not story.several else f"Title, software and sites: scenario {story.main}."
    return Figure(title, svg, [key for key in keys if key.colour in used], note)


def span(story: Story, track: Track) -> str:
    """First and last period of a row, in words."""
    last = max(end for _, end, _, _ in track.bars) - 1
    return f"{story.calendar.label(track.bars[0][0])} to {story.calendar.label(last)}"


def spec(story: Story, tracks: list[Track]) -> dict[str, object]:
    """The Gantt chart in Vega-Lite's words."""
    import altair as alt

    number = len(story.labels)
    bars, names, inside = [], [], []
    for at, track in enumerate(tracks):
        names.append({"x": 0, "y": at + 0.25, "t": clean(track.words)})
        for start, end, words, ends in track.bars:
            colour = track.colour if ends else shaded(track.colour, PALE)
            left, right = max(start, 0), min(end, number)
            if right <= left:
                continue
            bars.append({"x": left, "x2": right, "y": at + 0.52, "y2": at + 0.94, "c": colour})
            inside.append({"x": (left + right) / 2, "y": at + 0.73, "t": words})
    axis = Panel(story.labels).across(place=0.0)
    x = alt.X("x:Q", axis=axis, scale=alt.Scale(domain=[0, number]))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[len(tracks), 0], nice=False))
    colour = alt.Color("c:N", scale=None)
    style = {"align": "left", "baseline": "middle", "fontSize": SMALL, "limit": LABEL}
    layers = [
        marks("names").mark_text(**style, **HALO).encode(x=x, y=y, text="t:N"),
        marks("bars")
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(x=x, x2="x2:Q", y=y, y2="y2:Q", color=colour),
        marks("names").mark_text(**style, color=INK).encode(x=x, y=y, text="t:N"),
        marks("inside")
        .mark_text(baseline="middle", fontSize=SMALL - 1, color="white", fontWeight="bold")
        .encode(x=x, y=y, text="t:N"),
    ]
    data = {"bars": bars, "names": names, "inside": inside}
    return finished(layers, data, ROW * len(tracks))


def finding(story: Story) -> str:
    """Which programmes are ready when, and how much is built beside them."""
    said = [
        f"{programme} is {outcome(story, programme, story.main)}"
        for programme in story.inputs.names("Programmes")
    ]
    said = [text.replace(" is stage", ": stage") for text in said]
    projects = sum(bool(row["start"]) for row in story.rows("Software timeline"))
    more = sum(float(row["mw"]) for row in story.rows("Site steps"))
    if projects:
        said.append(
            plural(projects, "software project") + (" starts" if projects == 1 else " start")
        )
    if more:
        said.append(f"sites grow by {power(more)}")
    return "; ".join(said) or "nothing is built"


def between(start: object, end: object) -> str:
    """A stretch of periods in words."""
    return str(start) if start == end else f"{start}–{end}"


def table_rows(story: Story) -> Iterator[tuple[Two, str, float]]:
    """Stages, projects and site projects with their time and cost."""
    for row in story.rows("Programme timeline"):
        stage = f"stage {row['stage']}: {row['name']}"
        when = between(row["start"], row["end"]) if row["end"] else f"{row['start']}, never ends"
        yield Two(str(row["programme"]), stage), when, float(row["cost"])
    for row in story.rows("Software timeline"):
        when = between(row["start"], row["end"]) if row["start"] else f"done by {row['end']}"
        yield Two(str(row["project"]), "software"), when, float(row["cost"])
    found: dict[str, list[Row]] = {}
    for row in story.rows("Site steps"):
        found.setdefault(str(row["project"]), []).append(row)
    for project, rows in found.items():
        steps = sum(int(float(row["steps"])) for row in rows)
        more = power(sum(float(row["mw"]) for row in rows))
        what = Two(project, f"{plural(steps, 'step')}, {more} at {rows[0]['site']}")
        ready = str(rows[-1]["ready"]) or "after the plan"
        cost = sum(float(row["cost"]) for row in rows)
        yield what, f"{rows[0]['start']}–{ready}", cost
