"""What the model sheets stand on: a plan's quantities and the inputs they were solved with."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from ...contract.dimensions import DIMENSIONS
from ...contract.inputs import FOR_ACCOUNTS, INPUTS
from ...contract.periods import Window
from ...contract.statement import PAYMENTS
from ...tables import Row as SourceRow
from ...tables import Tables, World

if TYPE_CHECKING:
    from ...plan.plan import Plan

Row = Mapping[str, object]
ROUNDING = 1e-9
"""Months that come this close to whole periods count as whole."""
CUT_DIGITS = 12
"""A price cut is known to so many digits; what lies beyond is division's noise."""


@dataclass(frozen=True)
class Unit:
    """Units got at once for one place: a row of the ledger."""

    kind: str
    """order, committed or fleet."""
    source: int
    """Place of its row in the table Orders or Committed units, or in the sheet Fleet."""
    offer: str
    chip: str
    seller: str
    acquisition: str
    site: str
    ordered: int | None
    arrival: int
    leaves: int
    units: float
    price: float
    paid: float
    """Share of the price paid before the plan."""
    with_order: float
    """Share of the price paid with the order, within the plan."""
    availability: float
    book_row: int | None
    """Row of the input sheet it stands on."""
    book_value: float | None = None
    lease_liability: float | None = None

    @property
    def line(self) -> tuple[str, str, str, str]:
        """Units that reports never tell apart: chip, offer, acquisition and site."""
        return (self.chip, self.offer, self.acquisition, self.site)


@dataclass(frozen=True)
class Told:
    """A window as the ledger counts in it, and what the sheet So far adds."""

    window: Window
    amounts: tuple[dict, ...] = ()

    def of(self, measure: str, member: str = "") -> float:
        """Amount of a measure; 0 where So far says nothing."""
        return sum(
            row["amount"]
            for row in self.amounts
            if row["measure"] == measure and (row["member"] or "") == member
        )


@dataclass
class Future:
    """One scenario: its data, its rows of each plan table with their places, its ledger."""

    name: str
    world: World
    probability: float
    rows: dict[str, list[tuple[int, Row]]]
    units: list[Unit] = field(default_factory=list)

    def table(self, name: str) -> list[Row]:
        """Rows of a plan table."""
        return [row for _, row in self.rows.get(name, [])]

    @cached_property
    def lines(self) -> list[tuple[str, str, str, str]]:
        """Stock lines of the ledger, those in the cloud last."""
        found = {unit.line for unit in self.units}
        return sorted(found, key=lambda line: (line[3] == "", line))

    @cached_property
    def places(self) -> list[tuple[str, str]]:
        """(chip, site) where units stand, cloud (of blank site) last."""
        found = {(unit.chip, unit.site) for unit in self.units}
        return sorted(found, key=lambda place: (place[1] == "", place))


class Facts:
    """All scenarios of a plan, with one numbering of everything that has a name."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.tables: Tables = plan.inputs
        self.calendar = self.tables.calendar
        self.count = self.calendar.count
        self.months = self.calendar.months
        self.numbers = self._numbers()
        names = [str(row["scenario"]) for row in plan.tables["Scenario costs"]]
        self.futures = [self._future(name, len(names)) for name in names]

    @property
    def several(self) -> bool:
        """Whether the plan covers several scenarios."""
        return len(self.futures) > 1

    def setting(self, name: str):  # noqa: ANN201 - a setting holds any type
        """Value of a setting, not counted as read by the model."""
        return self.tables.settings[name]

    @property
    def currency(self) -> str:
        """Currency of every amount."""
        return str(self.setting("currency"))

    def rows(self, sheet: str) -> list[dict]:
        """Rows of an input sheet as plain dictionaries."""
        return [dict(row) for row in self.tables.rows(sheet)]

    @cached_property
    def by_name(self) -> dict[str, dict[str, dict]]:
        """Rows of the master sheets by name."""
        named = {sheet: table.key[0] for sheet, table in INPUTS.items() if len(table.key) == 1}
        return {
            sheet: {str(row[key]): row for row in self.rows(sheet)} for sheet, key in named.items()
        }

    def earlier(self, sheet: str, item: str, window: Window) -> Told:
        """What fell before the plan into a window of an item, where So far tells it."""
        rows = tuple(
            row
            for row in self.rows("So far")
            if (row["sheet"], row["item"]) == (sheet, item)
            and (sheet, row["measure"]) not in FOR_ACCOUNTS
        )
        if not rows:
            return Told(window)
        return Told(replace(window, before=()), rows if window.first == 0 else ())

    def told(self, sheet: str, item: str, measure: str) -> float:
        """Amount of a measure that no window holds, as a milestone's units so far."""
        return sum(
            row["amount"]
            for row in self.rows("So far")
            if (row["sheet"], row["item"], row["measure"]) == (sheet, item, measure)
        )

    def _numbers(self) -> dict[str, dict[str, int]]:
        """Number of each name from 1 on, by kind: the column that lists it (vendor, country …)."""
        lists = dict.fromkeys(found.listed_on for found in DIMENSIONS.values())
        names: dict[str, list] = defaultdict(list)
        for sheet, column in (*lists, ("Offers", "offer"), ("Workloads", "workload")):
            choices = INPUTS[sheet].column(column).choices
            names[column] += choices or [row[column] for row in self.rows(sheet) if row[column]]
        names["payment"] = list(PAYMENTS)
        return {
            kind: {str(name): at + 1 for at, name in enumerate(dict.fromkeys(found))}
            for kind, found in names.items()
        }

    def kind(self, dimension: str) -> str:
        """Under which kind of name the members of a dimension are numbered."""
        return DIMENSIONS[dimension].listed_on[1] if dimension in DIMENSIONS else dimension

    def number(self, dimension: str, name: object) -> int:
        """Number of a name in a dimension; 0 for a blank."""
        return self.numbers[self.kind(dimension)].get(str(name or ""), 0)

    def members(self, chip: str, offer: str, acquisition: str, site: str) -> dict[str, int]:
        """Number of the member of each dimension to which units belong; 0 for none."""
        found = {}
        for name, way in DIMENSIONS.items():
            member = {"chip": chip, "offer": offer, "acquisition": acquisition, "site": site}[
                way.start
            ]
            for sheet, column in way.steps:
                member = self.by_name[sheet][member][column] if member else ""
            found[name] = self.number(name, member)
        return found

    # ------------------------------------------------------------------ scenarios
    def _future(self, name: str, count: int) -> Future:
        world = self.tables.world(name or None)
        rows: dict[str, list[tuple[int, Row]]] = defaultdict(list)
        for table, found in self.plan.tables.items():
            for at, row in enumerate(found):
                if row.get("scenario", name) == name:
                    rows[table].append((at, row))
        future = Future(name, world, world.probability if count > 1 else 1.0, dict(rows))
        future.units = [*self._orders(future), *self._committed(future), *self._fleet()]
        return future

    def together(self, future: Future, at: int) -> list[Future]:
        """The scenarios that are still one world with this one in a period."""
        return [other for other in self.futures if at < self.parting(future, other)]

    def parting(self, one: Future, other: Future) -> int:
        """First period in which two scenarios differ; past the plan where they never do."""
        mine, theirs = one.world.lineage, other.world.lineage
        if one is other:
            return self.count
        common = 0
        for a, b in zip(mine, theirs, strict=False):
            if a["scenario"] != b["scenario"]:
                break
            common += 1
        return min(
            row["branch_period"] or 0 for line in (mine, theirs) for row in line[common:][:1]
        )

    def position(self, label: object) -> int | None:
        """Position of a period label; None for a blank."""
        if label in (None, ""):
            return None
        return self.calendar.position(label)

    def whole_periods(self, months: float) -> int:
        """Months as whole periods, rounded up."""
        return math.ceil(months / self.months - ROUNDING)

    def serving(self, offer: dict) -> int:
        """Periods for which a unit of an offer serves."""
        if offer["acquisition"] == "buy":
            return self.whole_periods(self.by_name["Chips"][offer["chip"]]["life_years"] * 12.0)
        return self.whole_periods(offer["term_months"])

    def arrival(self, world: World, offer: str, ordered: int) -> int:
        """Period in which an order arrives."""
        return ordered + world.lead_time(self.tables_offers[offer], ordered)

    @cached_property
    def tables_offers(self) -> dict[str, SourceRow]:
        """Checked rows of Offers by name."""
        return {dict(row)["offer"]: row for row in self.tables.rows("Offers")}

    def list_months(self, world: World, offer: str, at: int) -> float:
        """What a list price is multiplied by for a unit's list value: 1, or months of rent."""
        row = self.by_name["Offers"][offer]
        if row["acquisition"] == "buy":
            return 1.0
        arrival = self.arrival(world, offer, at)
        inside = min(arrival + self.serving(row), self.count) - max(arrival, 0)
        return float(max(inside, 0) * self.months)

    def _orders(self, future: Future) -> list[Unit]:
        found = []
        for at, row in future.rows.get("Orders", []):
            offer = self.by_name["Offers"][str(row["offer"])]
            ordered = self.calendar.position(row["order_period"])
            arrival = self.arrival(future.world, str(row["offer"]), ordered)
            bought = offer["acquisition"] == "buy"
            found.append(
                Unit(
                    kind="order",
                    source=at,
                    offer=offer["offer"],
                    chip=offer["chip"],
                    seller=offer["seller"],
                    acquisition=offer["acquisition"],
                    site=str(row["site"] or ""),
                    ordered=ordered,
                    arrival=arrival,
                    leaves=arrival + self.serving(offer),
                    units=float(row["units"]),  # type: ignore[arg-type]
                    price=float(row["unit_price"]),  # type: ignore[arg-type]
                    paid=0.0,
                    with_order=(offer["pay_on_order_pct"] or 0.0) if bought else 0.0,
                    availability=self._availability(offer),
                    book_row=None,
                )
            )
        return found

    def _availability(self, offer: dict) -> float:
        chip = self.by_name["Chips"][offer["chip"]]
        return offer["availability"] or chip["availability"]

    def _committed(self, future: Future) -> list[Unit]:
        book = {row.number: dict(row) for row in self.tables.rows("Committed orders")}
        found = []
        for at, row in future.rows.get("Committed units", []):
            signed = book[int(row["row"])]  # type: ignore[call-overload]
            offer = self.by_name["Offers"][signed["offer"]]
            ordered = signed["order_period"]
            arrival = future.world.arrival(self.tables_offers[signed["offer"]], signed)
            bought = offer["acquisition"] == "buy"
            early = (offer["pay_on_order_pct"] or 0.0) if bought else 0.0
            paid = signed["paid_pct"]
            units = float(row["units"])  # type: ignore[arg-type]
            part = units / signed["units"] if signed["units"] else 0.0
            told = {
                name: None if signed[name] is None else signed[name] * part
                for name in ("book_value", "lease_liability")
            }
            if paid is None:
                paid = (1.0 if arrival < 0 else early) if bought and ordered < 0 else 0.0
            found.append(
                Unit(
                    kind="committed",
                    source=at,
                    offer=offer["offer"],
                    chip=offer["chip"],
                    seller=offer["seller"],
                    acquisition=offer["acquisition"],
                    site=str(row["site"] or ""),
                    ordered=ordered,
                    arrival=arrival,
                    leaves=arrival + self.serving(offer),
                    units=float(row["units"]),  # type: ignore[arg-type]
                    price=float(row["unit_price"]),  # type: ignore[arg-type]
                    paid=paid,
                    with_order=max(early - paid, 0.0) if 0 <= ordered < self.count else 0.0,
                    availability=self._availability(offer),
                    book_row=int(row["row"]),  # type: ignore[call-overload]
                    **told,
                )
            )
        return found

    def _fleet(self) -> list[Unit]:
        found = []
        for at, source in enumerate(self.tables.rows("Fleet")):
            row = dict(source)
            if row["in_service_since"] >= self.count:
                continue  # not used
            chip = self.by_name["Chips"][row["chip"]]
            bought = row["acquisition"] == "buy"
            if bought:
                leaves = row["in_service_since"] + self.whole_periods(chip["life_years"] * 12.0)
            else:
                leaves = self.count if row["until"] is None else row["until"] + 1
            price = row["unit_cost"] if bought else row["price_per_month"]
            found.append(
                Unit(
                    kind="fleet",
                    source=at,
                    offer="",
                    chip=row["chip"],
                    seller="",
                    acquisition=row["acquisition"],
                    site=row["site"] or "",
                    ordered=None,
                    arrival=row["in_service_since"],
                    leaves=leaves,
                    units=row["units"],
                    price=price or 0.0,
                    paid=1.0 if bought else 0.0,
                    with_order=0.0,
                    availability=chip["availability"],
                    book_row=source.number,
                    book_value=row["book_value"],
                    lease_liability=row["lease_liability"],
                )
            )
        return found
