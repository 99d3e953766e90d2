"""What each chart shows, in one sentence: the chart's title."""

from __future__ import annotations

from ...plan.summary import SHORT
from .facts import Future
from .model import PRESENT, TOTAL, Model
from .sheets import FIRST


def amount(value: float, currency: str) -> str:
    """Money in words."""
    for size, word in ((1e9, "billion"), (1e6, "million"), (1e3, "thousand")):
        if abs(value) >= size:
            return f"{currency} {value / size:,.1f} {word}"
    return f"{currency} {value:,.0f}"


def portion(share: float) -> str:
    """A share of demand in words; one that is something is never nothing."""
    return "under 0.1%" if 0.0 < share < 0.0005 else f"{share:.1%}"


def course(start: float, end: float, first: str, last: str) -> str:
    """How a share of the work served goes from the first period to the last."""
    begins, ends = f"{start:.0%}", f"{end:.0%}"
    if begins == ends:
        return f"has {begins} of work served in {first} and in {last} alike"
    word = "falls" if end < start else "rises"
    return f"{word} from {begins} of work served in {first} to {ends} in {last}"


NOTHING = 5e-4
"""What is below this, a twentieth of a cent or a percent, is not seen in a chart."""


class Findings:
    """Sentences over the computed sheets, for one scenario."""

    def __init__(self, model: Model, future: Future) -> None:
        self.model, self.future = model, future
        self.currency = model.facts.currency

    def value(self, sheet: str, row: int, column: int) -> float:
        """A number of a sheet."""
        found = self.model.book.value(sheet, row, column)
        return found if isinstance(found, float) else 0.0

    def path(self, sheet: str, *key: str) -> list[float]:
        """A line over the periods."""
        row = self.model.row(sheet, self.future, *key)
        return [self.value(sheet, row, FIRST + at) for at in range(self.model.count)]

    def ranked(self, sheet: str, span: tuple[int, int]) -> list[int]:
        """Rows of a block, largest total first."""
        rows = range(span[0], span[1] + 1)
        return sorted(rows, key=lambda row: -abs(self.value(sheet, row, TOTAL)))

    def seen(self, sheet: str, row: int) -> bool:
        """Whether any period or year of a row is to be seen."""
        columns = range(FIRST, FIRST + self.model.count)
        return any(abs(self.value(sheet, row, at)) > NOTHING for at in columns)

    def largest(self, sheet: str, span: tuple[int, int]) -> float:
        """Largest total of a block."""
        return max(abs(self.value(sheet, row, TOTAL)) for row in range(span[0], span[1] + 1))

    def fleet(self) -> str:
        """Whether demand is met, and by which chip most."""
        labels = self.model.facts.calendar.labels
        short: dict[str, float] = {}
        worst, when, who = 0.0, "", ""
        names = self.model.facts.numbers["workload"]
        waiting = [self.path("Work", "waiting at end", name) for name in names]
        late = sum(any(left > SHORT for left in at) for at in zip(*waiting, strict=True))
        for name in self.model.facts.numbers["workload"]:
            unmet, demand = self.path("Work", "unmet", name), self.path("Work", "demand", name)
            for at, asked in enumerate(demand):
                share = unmet[at] / asked if asked > 0 else 0.0
                if share > SHORT:
                    short[labels[at]] = share
                if share > worst:
                    worst, when, who = share, labels[at], name
        if not short and late:
            return f"All demand is served, some of it later, in {late} of {len(labels)} periods"
        if not short:
            return "All demand is served in every period"
        return (
            f"Demand is short in {len(short)} of {len(labels)} periods; worst: "
            f"{portion(worst)} of {who} in {when}"
        )

    def shares(self) -> str:
        """Where the largest vendor starts and ends."""
        rows = {
            key[3]: row
            for key, row in self.model.rows.items()
            if key[:3] == ("Chart data", self.future.name, "share of work")
        }
        if not rows:
            return "No work is served"
        last = self.model.count - 1
        big = max(rows, key=lambda name: self.value("Chart data", rows[name], FIRST))
        start = self.value("Chart data", rows[big], FIRST)
        end = self.value("Chart data", rows[big], FIRST + last)
        labels = self.model.facts.calendar.labels
        return f"{big} {course(start, end, labels[0], labels[last])}"

    def spend(self) -> str:
        """Who is paid most."""
        span = self.model.spans["By year", self.future.name, "sellers"]
        sheet = self.model.sheet("By year")
        total = sum(self.value("By year", row, TOTAL) for row in range(span[0], span[1] + 1))
        top = self.ranked("By year", span)[0]
        share = self.value("By year", top, TOTAL) / total if total else 0.0
        who = sheet.values[top, 2]
        money = amount(total, self.model.facts.currency)
        if who == "fleet of today" and len(self.ranked("By year", span)) > 1:
            second = self.ranked("By year", span)[1]
            part = self.value("By year", second, TOTAL) / total if total else 0.0
            name = sheet.values[second, 2]
            return f"Of {money} for units, today's rents take {share:.0%} and {name} {part:.0%}"
        return f"{who} gets {share:.0%} of {money} paid for units"

    def cash(self) -> str:
        """The dearest year."""
        row = self.model.row("By year", self.future, "all cash", "Cash flow in all")
        from .years import years_of

        years = years_of(self.model)
        values = [self.value("By year", row, FIRST + at) for at in range(len(years))]
        peak = max(range(len(years)), key=lambda at: values[at])
        currency = self.model.facts.currency
        return (
            f"Cash out is highest in FY{years[peak]}: {amount(values[peak], currency)} of "
            f"{amount(sum(values), currency)}"
        )

    def costs(self) -> str:
        """The dearest year of the accounts, and what it is spent on most."""
        from .years import years_of

        years = years_of(self.model)
        row = self.model.row("By year", self.future, "all costs", "Costs in all")
        values = [self.value("By year", row, FIRST + at) for at in range(len(years))]
        peak = max(range(len(years)), key=lambda at: values[at])
        first, last = self.model.spans["By year", self.future.name, "groups"]
        top = max(range(first, last + 1), key=lambda r: self.value("By year", r, FIRST + peak))
        part = self.value("By year", top, FIRST + peak) / values[peak] if values[peak] > 0 else 0.0
        words = f"Costs are highest in FY{years[peak]}: {amount(values[peak], self.currency)}"
        if not part:
            return words
        return (
            f"{words}, {part:.0%} of it {str(self.model.sheet('By year').values[top, 1]).lower()}"
        )

    def maturity(self, rows: list[int]) -> str:
        """What is bound now, and what later decisions bind."""
        now, later = (
            sum(self.value("Chart data", row, column) for row in rows)
            for column in (PRESENT, TOTAL)
        )
        mean = "Mean of the scenarios: " if self.model.facts.several else ""
        words = f"{mean}{amount(now, self.currency)} is bound now"
        return (
            f"{words}; later decisions bind {amount(later, self.currency)} more" if later else words
        )

    def utilisation(self) -> str:
        """How much of what is in service works, over the plan."""
        blocks = ("units at place", "used", "usable", "kept ready")
        sums = []
        for block in blocks:
            first, last = self.model.spans["Stock", self.future.name, block]
            columns = range(FIRST, FIRST + self.model.count)
            sums.append(
                sum(
                    self.value("Stock", row, at) for row in range(first, last + 1) for at in columns
                )
            )
        units, used, usable, ready = sums
        if not units:
            return "No unit is in service"
        idle = max(usable - used - ready, 0.0)
        return f"{used / units:.0%} of units in service work, {idle / units:.0%} stand idle"

    def power(self) -> str:
        """How near the sites come to their power."""
        best, where, when = 0.0, "", ""
        for site in self.model.facts.numbers["site"]:
            for at, share in enumerate(self.path("Stock", "share of power used", site)):
                if share > best:
                    best, where, when = share, site, self.model.facts.calendar.label(at)
        if not where:
            return "No site draws power"
        return f"Power is used up to {best:.0%} of its limit, at {where} in {when}"

    def most_power(self) -> float:
        """The most that all sites draw together in a period."""
        sites = self.model.facts.numbers["site"]
        paths = [self.path("Stock", "site power drawn", site) for site in sites]
        return max(map(sum, zip(*paths, strict=True)), default=0.0)

    def breakdown(self) -> str:
        """The largest line."""
        rows = [
            (key[3], row)
            for key, row in self.model.rows.items()
            if key[:3] == ("Chart data", self.future.name, "cost of line")
        ]
        name, row = rows[0]
        total = self.model.book.value(
            "Cash flow", self.model.row("Cash flow", self.future, "total discounted cost"), 6
        )
        currency = self.model.facts.currency
        return (
            f"{name.capitalize()} cost most: {amount(self.value('Chart data', row, 6), currency)} "
            f"in a net total of {amount(float(total or 0.0), currency)}, discounted"  # type: ignore
        )

    def gantt(self) -> str:
        """How many stages and projects run, and when the last ends."""
        stages = self.future.table("Programme timeline")
        projects = [row for row in self.future.table("Software timeline") if row["start"]]
        ends = [str(row["end"]) for row in (*stages, *projects) if row["end"]]
        words = f"{len(stages)} stages of own silicon and {len(projects)} software projects run"
        return words + (f"; the last ends in {max(ends)}" if ends else "")

    def scenarios(self) -> str:
        """The spread over scenarios."""
        totals = {
            future.name: float(self.model.book.value("Objective", 5 + at, 2) or 0.0)  # type: ignore[arg-type]
            for at, future in enumerate(self.model.futures)
        }
        high, low = max(totals, key=totals.__getitem__), min(totals, key=totals.__getitem__)
        spread = amount(totals[high] - totals[low], self.model.facts.currency)
        return f"{high} costs {spread} more than {low}"

    def over_scenarios(self, what: str, column: int) -> dict[str, float]:
        """A figure of every scenario, from the sheet Chart data."""
        return {
            future.name: self.value(
                "Chart data", self.model.row("Chart data", future, *key), column
            )
            for future in self.model.futures
            if ("Chart data", future.name, *(key := (what, future.name))) in self.model.rows
        }

    def fan_of_cash(self) -> str:
        """From where to where cash runs."""
        last = self.model.count - 1
        paid = self.over_scenarios("cash so far", FIRST + last)
        if not paid:
            return ""
        low, high = min(paid, key=paid.__getitem__), max(paid, key=paid.__getitem__)
        currency, label = self.model.facts.currency, self.model.facts.calendar.label(last)
        return (
            f"Cash paid by {label} runs from {amount(paid[low], currency)} ({low}) to "
            f"{amount(paid[high], currency)} ({high})"
        )

    def fan_of_work(self) -> str:
        """The scenario in which most demand is not served."""
        served = self.over_scenarios("served in all", TOTAL)
        demand = self.over_scenarios("demand in all", TOTAL)
        missing = {name: 1.0 - served[name] / (demand[name] or 1.0) for name in demand}
        worst = max(missing, key=missing.__getitem__, default="")
        if not worst or missing[worst] <= SHORT:
            return "All demand is served in every scenario"
        return f"Most demand is unserved in {worst}: {missing[worst]:.1%} over the plan"

    def silicon(self) -> str:
        """Which programmes go another way in another scenario."""
        fates: dict[str, list[list[tuple[object, object]]]] = {}
        for name in self.model.facts.tables.names("Programmes"):
            fates[name] = [
                [(row["start"], row["end"]) for row in future.table("Programme timeline")
                 if row["programme"] == name]
                for future in self.model.futures
            ]  # fmt: skip
        changed = [name for name, paths in fates.items() if any(p != paths[0] for p in paths)]
        if not changed:
            return "Own silicon goes the same way in every scenario"
        *most, last = changed
        which = f"{', '.join(most)} and {last}" if most else last
        return f"How {which} {'go' if most else 'goes'} on depends on the scenario"
