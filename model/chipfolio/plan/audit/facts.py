"""What a plan's tables say about one scenario, as plain values by position in time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ...contract.dimensions import DIMENSIONS
from ...contract.inputs import INPUTS
from ...contract.problems import fold
from ...tables import Row, World
from .checks import Findings
from .records import Batch, Fields, Plan, PlanRow, Porting, Served, StageRun, Step, Use

READABLE = "every name, period and number of the plan can be read"
ROUNDING = 1e-9


class Facts:
    """One scenario's data and plan, read from its tables, with the workbook's rows at hand.

    Rows are copied into plain dictionaries, so that the audit's reading of a column does not
    count as the model's.
    """

    def __init__(self, world: World, plan: Plan, findings: Findings) -> None:
        self.world = world
        self.plan = plan
        self.findings = findings
        self.calendar = world.calendar
        self.end = world.calendar.count
        self.months = world.calendar.months
        self.place = {world.calendar.label(at): at for at in range(-self.end, self.end + 1)}
        self.windows = {
            window.label: window
            for kind in ("period", "fiscal_year", "plan")
            for window in world.calendar.windows(kind)
        }
        self._by_name: dict[str, dict[str, Fields]] = {}
        self.vendors = self.named("Vendors")
        self.chips = self.named("Chips")
        self.offers = self.named("Offers")
        self.sites = self.named("Sites")
        self.workloads = self.named("Workloads")
        self.programmes = self.named("Programmes")
        self.software = self.named("Software")
        self.projects = self.named("Site projects")
        self.offer_rows = {dict(row)["offer"]: row for row in world.rows("Offers")}
        self.stages: dict[str, dict[int, Row]] = defaultdict(dict)
        for row in world.rows("Programme stages"):
            self.stages[dict(row)["programme"]][dict(row)["stage"]] = row
        # orders of no units are none; what is dated after the plan is not used
        self.committed_rows = {
            row.number: dict(row)
            for row in world.rows("Committed orders")
            if dict(row)["units"] > 0 and dict(row)["order_period"] < self.end
        }
        self.fleet_rows = {
            row.number: dict(row)
            for row in world.rows("Fleet")
            if dict(row)["in_service_since"] < self.end  # a later one is not used
        }
        self.demand = world.demand
        self.batches: list[Batch] = []
        self.uses: list[Use] = []
        self.service: dict[tuple[str, int], Served] = {}
        self.runs: dict[tuple[str, int], StageRun] = {}
        self.portings: dict[str, Porting] = {}
        self.steps: list[Step] = []
        self.signed: dict[tuple[str, str], int] = {}
        self.signings: dict[tuple[str, str], PlanRow] = {}
        self.agreed: set[tuple[str, str]] = set()
        """Contracts and deals that the workbook says are signed."""
        self.so_far: dict[tuple[str, int], float] = {}
        """Cumulative basis of a price break before a period's orders."""
        self.told: dict[tuple[str, str], list[tuple[str, str, str, float]]] = defaultdict(list)
        """Rows of So far by sheet and item: measure, folded member, workload, amount."""
        self.peers: dict[int, list[Facts]] = {}
        findings.look(READABLE)

    def named(self, sheet: str) -> dict[str, Fields]:
        """Rows of an input sheet by the name in their key column."""
        if sheet not in self._by_name:
            rows = [dict(row) for row in self.world.rows(sheet)]
            self._by_name[sheet] = {row[INPUTS[sheet].key[0]]: row for row in rows}
        return self._by_name[sheet]

    # ------------------------------------------------------------------ cells
    def rows(self, table: str) -> Sequence[PlanRow]:
        """Rows of an output table."""
        return self.plan.get(table, ())

    def label(self, at: int) -> str:
        """Label of a period."""
        return self.calendar.label(at)

    def at(self, row: PlanRow, column: str, table: str) -> int | None:
        """Position that a cell names; None where it is blank."""
        value = row.get(column)
        if value is None or value == "":
            return None
        found = self.place.get(str(value))
        if found is None:
            found = self.calendar.position(value)
        if found is None:
            self.findings.fault(READABLE, f"{table}: {column} {value!r} is no period")
        return found

    def number(self, row: PlanRow, column: str, table: str) -> float:
        """Number in a cell; 0 where it is blank."""
        value = row.get(column)
        if value is None or value == "":
            return 0.0
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = math.nan
        if math.isfinite(number):
            return number
        self.findings.fault(READABLE, f"{table}: {column} {value!r} is no finite number")
        return 0.0

    def whole(self, row: PlanRow, column: str, table: str) -> int:
        """Whole number in a cell; 0 where it is blank."""
        number = self.number(row, column, table)
        if number != round(number):
            self.findings.fault(READABLE, f"{table}: {column} {number:g} is no whole number")
        return round(number)

    def known(self, name: str, names: Mapping[str, object], table: str) -> bool:
        """Whether the workbook has a name that the plan uses."""
        if name in names:
            return True
        self.findings.fault(READABLE, f"{table}: {name!r} is not in the workbook")
        return False

    # ------------------------------------------------------------------ data by period
    def setting(self, name: str) -> Any:
        """Value of a setting."""
        return self.world.tables.settings[name]

    def value(self, sheet: str, column: str, key: str | tuple[str, ...], at: int) -> float:
        """A varying value in a period; 0 where it is blank."""
        return self.world.path(sheet, column)[key][at] or 0.0

    def limit(self, sheet: str, column: str, key: str, at: int) -> float | None:
        """A varying limit in a period; None where there is none."""
        found = self.world.path(sheet, column)[key][at]
        return None if found is None else float(found)

    def whole_periods(self, months: float) -> int:
        """Months as periods, rounded up."""
        return math.ceil(months / self.months - ROUNDING)

    def open(self, offer: str, at: int) -> bool:
        """Whether an offer can be ordered in a period: its window, and not withdrawn."""
        row = self.offers[offer]
        first = 0 if row["first_order"] is None else row["first_order"]
        last = self.end - 1 if row["last_order"] is None else row["last_order"]
        return first <= at <= last and not self.world.removed("Offers", offer, at)

    def arrival(self, offer: str, at: int) -> int:
        """When an order placed in a period arrives."""
        return at + self.world.lead_time(self.offer_rows[offer], at)

    def committed_arrival(self, number: int) -> int:
        """When the units of a row of Committed orders arrive."""
        row = self.committed_rows[number]
        ordered, delivered = row["order_period"], row["delivery_period"]
        if delivered is None:
            return self.arrival(row["offer"], ordered)
        return self.world.arrival(self.offer_rows[row["offer"]], row)

    def leaves(self, offer: str, arrival: int) -> int:
        """First period in which units that arrived then serve no more."""
        row = self.offers[offer]
        if row["acquisition"] == "buy":
            return arrival + self.life(row["chip"])
        return arrival + self.whole_periods(row["term_months"] or 0.0)

    def life(self, chip: str) -> int:
        """Life of a chip in whole periods."""
        return self.whole_periods(12.0 * self.chips[chip]["life_years"])

    def worth(self, chip: str, periods: int) -> float:
        """Share of its price that a unit of that age is still worth."""
        loss = self.chips[chip]["value_loss_per_year"] or 0.0
        return float((1.0 - loss) ** self.calendar.years(periods))

    def list_price(self, offer: str, at: int) -> float:
        """List price, carried back by its growth before the plan."""
        if at >= 0:
            return self.value("Offers", "price", offer, min(at, self.end - 1))
        row = self.offers[offer]
        return float(row["price"] * (1.0 + (row["price_change_per_year"] or 0.0)) ** self.years(at))

    def years(self, periods: int) -> float:
        """Periods as years."""
        return self.calendar.years(periods)

    def list_value(self, offer: str, at: int) -> float:
        """List price of a unit; of a rented one, times the months of its term in the plan."""
        price = self.list_price(offer, at)
        if self.offers[offer]["acquisition"] == "buy":
            return price
        arrival = self.arrival(offer, at)
        inside = max(0, min(self.leaves(offer, arrival), self.end) - arrival)
        return price * self.months * inside

    def member(self, dimension: str, chip: str, offer: str, acquisition: str, site: str) -> str:
        """Member of a dimension to which units belong, folded; blank where to none."""
        if dimension == "offer":
            return fold(offer)
        way = DIMENSIONS[dimension]
        units = {"chip": chip, "offer": offer, "acquisition": acquisition, "site": site}
        found: Any = units[way.start]
        for sheet, column in way.steps:
            found = found and self.named(sheet)[found][column]
        return fold(found) if found else ""

    def suits(self, chip: str, site: str) -> bool:
        """Whether a site cools a chip."""
        return self.sites[site]["cooling"] in ("both", self.chips[chip]["cooling"])
