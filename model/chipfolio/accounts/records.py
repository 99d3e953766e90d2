"""What the accounts stand on: units by order and place, steps, stages, signatures, use."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..contract.periods import SHIFT, Window
from ..tables import Row, World

ROUNDING = 1e-9
"""Months that come this close to whole periods count as whole."""
MONTHS_PER_YEAR = 12.0
SOME = 1e-6
"""Units from which an offer counts as ordered, and a place as one where units stand."""

PlanRow = Mapping[str, object]
Plan = Mapping[str, Sequence[PlanRow]]


@dataclass
class Holding:
    """Units got at once for one place: a part of the fleet, of a committed or of a new order."""

    kind: str
    """fleet, committed or order."""
    row: int
    """Row of the sheet Fleet or Committed orders; 0 for a new order."""
    offer: str
    seller: str
    chip: str
    acquisition: str
    site: str
    ordered: int | None
    """Period of the order; None for the fleet."""
    arrival: int
    leaves: int
    """First period in which the units serve no more."""
    units: float
    price: float
    """Paid for a unit, or for a unit and month; net of cuts."""
    paid: float
    """Share of the price paid before the plan."""
    early: float
    """Share of the price paid with the order, in the plan."""
    availability: float
    book_value: float | None
    lease_liability: float | None
    sold: dict[int, float] = field(default_factory=dict)
    """Units sold, by period."""
    brought: dict[int, float] = field(default_factory=dict)
    """Money that sales bring, by period."""

    @property
    def owned(self) -> bool:
        """Whether the units are ours for good."""
        return self.acquisition == "buy"

    @property
    def cost(self) -> float:
        """What all of it costs; of rented units, a month's rent."""
        return self.units * self.price

    @property
    def key(self) -> tuple[object, ...]:
        """What it is told by."""
        return (self.kind, self.row, self.offer, self.ordered, self.site)

    @property
    def place(self) -> tuple[str, str]:
        """Chip and site; the site is blank in the cloud."""
        return (self.chip, self.site)

    def in_service(self, at: int) -> float:
        """Units that serve in a period."""
        if not self.arrival <= at < self.leaves:
            return 0.0
        return self.units - sum(units for when, units in self.sold.items() if when <= at)


@dataclass(frozen=True)
class Stage:
    """A stage of a programme as it runs."""

    programme: str
    number: int
    start: int
    done: int
    """First period after it; of one that never finishes, after its planned duration."""
    finishes: bool
    per_period: float
    row: Row


class Records:
    """One scenario's plan and data, read for the accounts."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.calendar = world.calendar
        self.count = world.calendar.count
        self.months = world.calendar.months
        self.chips = world.by_name("Chips")
        self.offers = world.by_name("Offers")
        rate = world.setting("lease_rate")
        self.lease_rate: float = world.setting("discount_rate") if rate is None else rate

    # ------------------------------------------------------------------ reading
    def rows(self, table: str) -> Sequence[PlanRow]:
        """Rows of a plan table."""
        return self.plan.get(table, ())

    def at(self, label: object) -> int | None:
        """Position of a period's label; None for a blank."""
        return None if label in (None, "") else self.calendar.position(label)

    def so_far(self, sheet: str, item: str, measure: str) -> float | None:
        """What the sheet So far says; None where it has no such row."""
        found = self._so_far.get((sheet, item, measure))
        return None if found is None else found

    def counted_so_far(self, sheet: str, item: str) -> bool:
        """Whether So far stands for what counted of an item before the plan."""
        return (sheet, item) in self.world.tables.so_far

    @cached_property
    def _so_far(self) -> dict[tuple[str, str, str], float]:
        return {
            (row["sheet"], row["item"], row["measure"]): row["amount"]
            for row in self.world.rows("So far")
        }

    def periods(self, months: float) -> int:
        """Months as whole periods, rounded up."""
        return math.ceil(months / self.months - ROUNDING)

    def years(self, years: float) -> float:
        """Years as periods, parts of a period included."""
        return years * MONTHS_PER_YEAR / self.months

    def book_life(self, chip: str) -> float:
        """Periods over which an owned unit is depreciated."""
        row = self.chips[chip]
        years = row["book_life_years"]
        return self.years(row["life_years"] if years is None else years)

    def lease_factor(self, periods: int) -> float:
        """Factor of a payment made so many periods after, back to a period's start."""
        shift = SHIFT[self.calendar.cash_timing]
        years = self.calendar.years(periods + shift)
        return (1.0 + self.lease_rate) ** -years

    def serving(self, offer: Row) -> int:
        """Periods for which a unit of an offer serves."""
        if offer["acquisition"] == "buy":
            return self.periods(self.chips[offer["chip"]]["life_years"] * MONTHS_PER_YEAR)
        return self.periods(offer["term_months"])

    def covered(self, terms: Row) -> set[str]:
        """Offers that a discount or contract covers: its one, or all of its seller's."""
        return {
            name
            for name, row in self.offers.items()
            if row["seller"] == terms["seller"] and terms["offer"] in (None, "", name)
        }

    # ------------------------------------------------------------------ units
    @cached_property
    def holdings(self) -> list[Holding]:
        """Every unit of the plan once, sales laid on."""
        found = [*self._fleet(), *self._committed(), *self._orders()]
        self._lay_sales_on(found)
        return found

    def _fleet(self) -> Iterator[Holding]:
        for row in self.world.fleet:
            chip, since = self.chips[row["chip"]], row["in_service_since"]
            owned = row["acquisition"] == "buy"
            life = self.periods(chip["life_years"] * MONTHS_PER_YEAR)
            until = row["until"]
            yield Holding(
                kind="fleet",
                row=row.number,
                offer="",
                seller="",
                chip=row["chip"],
                acquisition=row["acquisition"],
                site=row["site"] or "",
                ordered=None,
                arrival=since,
                leaves=since + life if owned else self.count if until is None else until + 1,
                units=row["units"],
                price=row["unit_cost"] if owned else row["price_per_month"],
                paid=1.0 if owned else 0.0,
                early=0.0,
                availability=chip["availability"],
                book_value=row["book_value"],
                lease_liability=row["lease_liability"],
            )

    def _committed(self) -> Iterator[Holding]:
        signed = {row.number: row for row in self.world.rows("Committed orders")}
        for shown in self.rows("Committed units"):
            row = signed[int(shown["row"])]  # type: ignore[call-overload]
            offer = self.offers[row["offer"]]
            ordered = row["order_period"]
            early = offer["pay_on_order_pct"] if offer["acquisition"] == "buy" else 0.0
            paid = row["paid_pct"]
            arrival = self.world.arrival(offer, row)
            if paid is None:
                before = 1.0 if arrival < 0 and offer["acquisition"] == "buy" else early
                paid = before if ordered < 0 else 0.0
            part = float(shown["units"]) / row["units"] if row["units"] else 0.0  # type: ignore[arg-type]
            values = [row[name] for name in ("book_value", "lease_liability")]
            book, owed = (None if value is None else value * part for value in values)
            yield self._holding(
                "committed", row.number, offer, shown, ordered, arrival,
                (paid, max(early - paid, 0.0) if ordered >= 0 else 0.0, book, owed),
            )  # fmt: skip

    def _orders(self) -> Iterator[Holding]:
        for shown in self.rows("Orders"):
            offer = self.offers[str(shown["offer"])]
            ordered = self.at(shown["order_period"]) or 0
            early = offer["pay_on_order_pct"] if offer["acquisition"] == "buy" else 0.0
            arrival = ordered + self.world.lead_time(offer, ordered)
            terms = (0.0, early, None, None)
            yield self._holding("order", 0, offer, shown, ordered, arrival, terms)

    def _holding(
        self,
        kind: str,
        number: int,
        offer: Row,
        shown: PlanRow,
        ordered: int,
        arrival: int,
        terms: tuple[float, float, float | None, float | None],
    ) -> Holding:
        own = offer["availability"]
        return Holding(
            kind=kind,
            row=number,
            offer=offer["offer"],
            seller=offer["seller"],
            chip=offer["chip"],
            acquisition=offer["acquisition"],
            site=str(shown["site"] or ""),
            ordered=ordered,
            arrival=arrival,
            leaves=arrival + self.serving(offer),
            units=float(shown["units"]),  # type: ignore[arg-type]
            price=float(shown["unit_price"]),  # type: ignore[arg-type]
            paid=terms[0],
            early=terms[1],
            availability=self.chips[offer["chip"]]["availability"] if own is None else own,
            book_value=terms[2],
            lease_liability=terms[3],
        )

    def _lay_sales_on(self, found: Sequence[Holding]) -> None:
        index = {holding.key: holding for holding in found}
        for shown in self.rows("Sales"):
            offer, number = str(shown["offer"] or ""), int(shown["row"] or 0)  # type: ignore[call-overload]
            kind = "fleet" if not offer else "committed" if number else "order"
            ordered = self.at(shown["order_period"]) if offer else None
            holding = index[kind, number, offer, ordered, str(shown["site"] or "")]
            when = self.at(shown["period"]) or 0
            for name, into in (("units", holding.sold), ("amount", holding.brought)):
                into[when] = into.get(when, 0.0) + float(shown[name])  # type: ignore[arg-type]

    @cached_property
    def by_place(self) -> dict[tuple[str, str], dict[int, float]]:
        """Units in service by chip, site and period."""
        return self._serving(lambda holding: 1.0)

    @cached_property
    def usable(self) -> dict[tuple[str, str], dict[int, float]]:
        """Units in service × availability by chip, site and period."""
        return self._serving(lambda holding: holding.availability)

    def _serving(self, weight) -> dict[tuple[str, str], dict[int, float]]:  # noqa: ANN001
        found: dict[tuple[str, str], dict[int, float]] = {}
        for holding in self.holdings:
            path = found.setdefault(holding.place, defaultdict(float))
            for at in range(max(holding.arrival, 0), min(holding.leaves, self.count)):
                path[at] += holding.in_service(at) * weight(holding)
        return found

    # ------------------------------------------------------------------ payments
    def payments(self, holding: Holding, beyond: bool = False) -> list[tuple[int, float]]:
        """What units still make us pay, by period; ``beyond`` goes on past the plan's end."""
        last = math.inf if beyond else self.count
        if not holding.owned:
            rent = holding.cost * self.months * (1.0 - holding.paid)
            end = holding.leaves if beyond else min(holding.leaves, self.count)
            return [(at, rent) for at in range(max(holding.arrival, 0), end)]
        if holding.ordered is None:
            return []
        due = [(holding.ordered, holding.cost * holding.early)] if holding.early else []
        if holding.arrival < last:
            rest = holding.cost * (1.0 - holding.paid - holding.early)
            due.append((max(holding.arrival, 0), rest))
        return due

    def spend(self, holding: Holding) -> float:
        """All that is paid for an order up to the plan's end, before the plan too."""
        if holding.owned:
            due = sum(money for _, money in self.payments(holding))
            return due + holding.cost * holding.paid
        served = max(0, min(holding.leaves, self.count) - holding.arrival)
        return holding.cost * self.months * served

    @cached_property
    def set_ups(self) -> dict[str, tuple[int, float]]:
        """Set-up of offers paid in the plan: the period of the first order, and the cost."""
        begun = {row["offer"] for row in self.world.committed}
        units: dict[tuple[str, int], float] = defaultdict(float)
        for holding in self.holdings:
            if holding.kind == "order" and holding.ordered is not None:
                units[holding.offer, holding.ordered] += holding.units
        first: dict[str, int] = {}
        for (offer, at), amount in units.items():
            if amount > SOME:
                first[offer] = min(at, first.get(offer, at))
        return {
            offer: (at, self.offers[offer]["setup_cost"])
            for offer, at in first.items()
            if self.offers[offer]["setup_cost"]
            and offer not in begun
            and not self.so_far("Offers", offer, "set_up")
        }

    # ------------------------------------------------------------------ terms and projects
    @cached_property
    def windows(self) -> dict[tuple[str, str], Window]:
        """Windows of the plan by kind and label."""
        return {
            (kind, window.label): window
            for kind in ("period", "fiscal_year", "plan")
            for window in self.calendar.windows(kind)
        }

    def events(self, kind: str, event: str) -> Iterator[PlanRow]:
        """Rows of Contracts and deals."""
        for shown in self.rows("Contracts and deals"):
            if shown["kind"] == kind and shown["event"] == event:
                yield shown

    @cached_property
    def stages(self) -> dict[str, dict[int, Stage]]:
        """Stages that run, by programme and number."""
        rows = self.world.by_name("Programme stages")
        found: dict[str, dict[int, Stage]] = defaultdict(dict)
        for shown in self.rows("Programme timeline"):
            programme, number = str(shown["programme"]), int(shown["stage"])  # type: ignore[call-overload]
            row = rows[programme, str(number)]
            start, end = self.at(shown["start"]), self.at(shown["end"])
            assert start is not None
            done = start + row["duration"] if end is None else end + 1
            if self.world.by_name("Programmes")[programme]["abandoned"]:
                done = min(done, 0)
            cost = row["cost"] / row["duration"]
            stage = Stage(programme, number, start, done, end is not None, cost, row)
            found[programme][number] = stage
        return found

    def cash(self, line: str) -> dict[int, float]:
        """A line of Cash by period."""
        found: dict[int, float] = defaultdict(float)
        for shown in self.rows("Cash"):
            if shown["line"] == line:
                found[self.at(shown["period"]) or 0] += float(shown["amount"])  # type: ignore[arg-type]
        return found
