"""Eight quarters of the sample lab, solved, rolled and edited as finance would, with a ledger beside.

Demand and prices change each quarter, qualification of own silicon slips, orders come a quarter
late, a deal is withdrawn. Every bridge from one quarter's plan to the next has to add up, the other
way round it may change signs only, and what the next workbook says of the past has to be what the
ledger says. Then the backtest of all quarters has to add up.

``python -m tests.quarters.long [FOLDER]`` takes half an hour on two cores; the workbooks are left in
the folder.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

import chipfolio
from chipfolio.backtest import backtest
from chipfolio.comparing.sides import side_of_plan
from chipfolio.comparing.telling import compare
from chipfolio.contract.lines import CASH_LINES
from chipfolio.quarters.books import Book, opened
from chipfolio.quarters.roll import roll
from chipfolio.workbook.template import template_bytes

LAB = Path(__file__).parents[2] / "inputs" / "frontier_lab.xlsx"
QUARTERS = 8
GAP, SECONDS = 0.01, 180
EXACT = 1e-9
SLIPS, LATE, WITHDRAWN = 1, 2, 4
"""Quarters after which a stage slips, whose orders come late, after which a deal is withdrawn."""
MET = {"time rolled", "actuals", "demand", "prices", "programmes"}
"""Steps that some bridge has to have; a signed deal that is withdrawn is an actual."""
Frames = dict[str, pd.DataFrame]


def first_book() -> Frames:
    """The lab's first scenario as a book of one world."""
    tables = chipfolio.read(LAB)
    alone = {"Scenarios", "Scenario changes", "Questions", "Gates", "Ranges"}
    return {
        name: pd.DataFrame(rows[1:], columns=rows[0], dtype=object)
        for name, rows in tables.frames.items()
        if name not in alone
    }


def near(one: float, other: float, of: float = 1.0) -> bool:
    """Whether two amounts are the same to a share of the larger one."""
    return abs(one - other) <= EXACT * max(abs(one), abs(other), of)


# ------------------------------------------------------------------ the ledger
@dataclass
class Order:
    """Units ordered at once for one site; periods as months since year 0."""

    offer: str
    ordered: int
    arrives: int
    units: float
    price: float | None
    site: str
    paid: float = 0.0
    """Share of the price paid so far; of rents nothing."""


@dataclass
class Ledger:
    """What was ordered and paid from the lab's first quarter on, kept from the plans' orders."""

    first: Book
    orders: list[Order] = field(default_factory=list)
    cash: dict[int, float] = field(default_factory=dict)
    """All cash by fiscal year."""

    def __post_init__(self) -> None:
        tables = self.first.tables
        self.offers = {row["offer"]: row for row in tables.rows("Offers")}
        self.life = {row["chip"]: row["life_years"] for row in tables.rows("Chips")}
        for row in tables.rows("Committed orders"):
            lead = self.offers[row["offer"]]["lead_time"]
            at = tables.calendar.first_month + 3 * row["order_period"]
            price = row["unit_price"]  # blank: list price, which is checked as it is carried
            self.orders.append(
                Order(row["offer"], at, at + 3 * lead, row["units"], price, row["site"] or "")
            )

    def serves_until(self, order: Order) -> int:
        """The month from which an order's units serve no more."""
        offer = self.offers[order.offer]
        months = offer["term_months"] or 12 * self.life[offer["chip"]]
        return order.arrives + 3 * int(-(-months // 3))

    def write_down(self, plan: chipfolio.Plan, late: bool) -> pd.DataFrame | None:
        """Write a plan's first quarter down; the sheet Actuals where its orders come late."""
        calendar = plan.inputs.calendar
        now, said = calendar.label(0), []
        for row in plan.tables["Orders"]:
            if row["order_period"] != now:
                continue
            offer = self.offers[row["offer"]]
            lead = offer["lead_time"] + (late and offer["lead_time"] > 0)
            order = Order(row["offer"], calendar.first_month, calendar.first_month + 3 * lead,
                          row["units"], row["unit_price"], row["site"])  # fmt: skip
            self.orders.append(order)
            if late and offer["lead_time"]:
                said.append([order.offer, now, order.units, order.site, calendar.label(lead)])
        for row in plan.tables["Sales"]:
            if row["period"] == now and row["offer"]:
                self.sell(calendar, row)
        year = calendar.fiscal_year_number(0)
        for row in plan.tables["Cash"]:
            if row["period"] == now and row["line"] in CASH_LINES:
                self.cash[year] = self.cash.get(year, 0.0) + row["amount"]
        heads = ["item", "period", "amount", "site", "delivery_period"]
        return pd.DataFrame(said, columns=heads, dtype=object) if said else None

    def sell(self, calendar, row: dict) -> None:  # noqa: ANN001 - a calendar
        """Take units sold off the order that they came with."""
        month = calendar.first_month + 3 * calendar.position(row["order_period"])
        left = row["units"]
        for order in self.orders:
            if (order.offer, order.ordered, order.site) == (row["offer"], month, row["site"]):
                part = min(left, order.units)
                order.units, left = order.units - part, left - part
        assert left <= EXACT * row["units"], row

    def ordered(self, offers: set[str], since: int) -> float:
        """Units ordered of offers since a month; sold ones too, of which there are none here."""
        return sum(o.units for o in self.orders if o.offer in offers and o.ordered >= since)

    def faults(self, rolled: Frames) -> Iterator[str]:
        """What the next workbook says of the past otherwise than the ledger."""
        book = opened(rolled).tables
        calendar, start = book.calendar, self.first.tables.calendar.first_month
        now = calendar.first_month
        told: dict[tuple, float] = {}
        for row in book.rows("Committed orders"):
            delivered = row["delivery_period"]
            key = (row["offer"], now + 3 * row["order_period"], now + 3 * delivered)
            told[key] = told.get(key, 0.0) + row["units"]
            offer, late = self.offers[row["offer"]], delivered >= 0
            new = [o for o in self.orders if (o.offer, o.ordered) == key[:2] and o.price]
            if any(not near(o.price, row["unit_price"]) for o in new):
                yield f"{key}: a unit costs {row['unit_price']}, {new[0].price} in the ledger"
            paid = (offer["pay_on_order_pct"] or 0.0) if late else 1.0
            if offer["acquisition"] == "buy" and new and not near(row["paid_pct"], paid):
                yield f"{key}: {row['paid_pct']:%} paid, {paid:%} in the ledger"
        mine: dict[tuple, float] = {}
        for order in self.orders:
            if self.serves_until(order) > now and order.units > EXACT:
                key = (order.offer, order.ordered, order.arrives)
                mine[key] = mine.get(key, 0.0) + order.units
        for key in {*told, *mine}:
            if not near(told.get(key, 0.0), mine.get(key, 0.0)):
                yield f"{key}: {told.get(key)} units, {mine.get(key)} in the ledger"
        yield from self.wrong_counts(book, start, now)

    def wrong_counts(self, book: chipfolio.Tables, start: int, now: int) -> Iterator[str]:
        """Rows of So far that the ledger says otherwise."""
        year = book.calendar.fiscal_year_number(0)
        since = max(start, 12 * year)
        by_name = {(r["sheet"], r["item"], r["measure"]): r["amount"] for r in book.rows("So far")}
        due = {("Budgets", f"Cash {year}", "spent"): self.cash.get(year, 0.0)}
        amd = 36_000 + self.ordered({"MI455X purchase"}, start)  # ordered before the first book
        due["Contracts", "AMD first gigawatt", "counted"] = amd
        nvidia = {name for name, row in self.offers.items() if row["seller"] == "NVIDIA"}
        due["Discounts", "NVIDIA volume", "counted"] = self.ordered(nvidia, since)
        wafers = {name for name, row in self.offers.items() if row["seller"] == "Cerebras"}
        due["Deal milestones", "Cerebras warrant / 2 GW", "counted"] = self.ordered(wafers, start)
        whole = now % 12 == 0  # a fiscal year begins: nothing fell into it yet
        for key, amount in due.items():
            said = by_name.get(key, 0.0 if whole else None)
            if said is None or not near(said, 0.0 if whole and key[0] in YEARLY else amount):
                yield f"{' '.join(key)}: {said}, {amount} in the ledger"


YEARLY = ("Budgets", "Discounts")
"""Sheets whose rules count by fiscal year here."""


# ------------------------------------------------------------------ what finance changes
def edited(rolled: Frames, at: int, chance: random.Random) -> Frames:
    """The next quarter's workbook as finance hands it in."""
    found = {sheet: frame.copy() for sheet, frame in rolled.items()}
    demand, offers = found["Demand"], found["Offers"]
    for row in demand.index:
        factor = chance.choice((0.98, 1.0, 1.01, 1.03))
        for label in demand.columns[1:]:
            if isinstance(demand.loc[row, label], (int, float)):
                demand.loc[row, label] *= factor
    for row in offers.index:
        offers.loc[row, "price"] *= chance.choice((0.98, 1.0, 1.0, 1.03))
    if at == SLIPS:
        stages = found["Programme stages"]
        first = (stages["programme"] == "CUST-G1") & (stages["stage"] == 1)
        stages.loc[first, "duration"] += 1
    if at == WITHDRAWN:
        deals = found["Deals"]
        deals.loc[deals["deal"] == "AMD warrant", "signing"] = "no"
    return found


# ------------------------------------------------------------------ the run
def steps(found) -> dict[str, float]:  # noqa: ANN001 - a comparison
    """What each step of a bridge adds."""
    return {row["step"]: row["total"] for row in found.tables["Bridge"][1:-1]}


def bridge_faults(one, other, folder: Path, met: set[str]) -> Iterator[str]:  # noqa: ANN001
    """Whether the bridge between two plans adds up both ways; how long it took is printed."""
    begun = time.monotonic()
    options = {"gap": GAP, "minutes": 20, "workers": 1, "folder": folder}
    there = compare(one, other, **options)
    print(f"  bridge of {there.solves} solves in {time.monotonic() - begun:.0f} s: {there.finding}")
    print("  ", {step: round(amount) for step, amount in steps(there).items()})
    met |= set(steps(there))
    back = compare(other, one, **options)
    parts, turned, scale = steps(there), steps(back), max(abs(one.objective), abs(other.objective))
    if abs(sum(parts.values()) - (other.objective - one.objective)) > EXACT * scale:
        yield f"steps add up to {sum(parts.values())}"
    if set(parts) != set(turned):
        yield f"steps {list(parts)} one way, {list(turned)} the other"
    for name in set(parts) & set(turned):
        if abs(parts[name] + turned[name]) > EXACT * scale:
            yield f"{name} is {parts[name]} one way, {turned[name]} the other"


def backtest_faults(books: list[Frames]) -> Iterator[str]:
    """Whether the parts of regret add up, by quarter and to as decided less hindsight."""
    begun = time.monotonic()
    found = backtest(books, [f"quarter {at}" for at in range(len(books))], gap=GAP)
    print(f"backtest in {time.monotonic() - begun:.0f} s: {found.finding}")
    costs = {row["policy"]: row["cost"] for row in found.tables["Backtest policies"]}
    for name, cost in costs.items():
        print(f"  {name}: {cost}")
    scale, whole = abs(costs["hindsight"]), 0.0
    for row in found.tables["Backtest regret"]:
        parts = [row[name] for name in ("forecast", "policy", "execution")]
        whole += sum(parts)
        print("  ", row)
        if abs(sum(parts) - row["regret"]) > EXACT * scale:
            yield f"{row['period']}: parts add up to {sum(parts)}, not {row['regret']}"
    if (
        found.regret is None
        or abs(whole - costs["as decided"] + costs["hindsight"]) > EXACT * scale
    ):
        yield f"regret of all quarters: {whole} by parts, {found.regret} in all"


def main(folder: Path) -> int:
    """Run the quarters; print what is wrong, and how many faults there are."""
    chance, faults = random.Random(8), []
    made = first_book()
    book = opened(made)
    ledger, books, met = Ledger(book), [made], set()
    plan = chipfolio.solve(book.tables, gap=GAP, time_limit=SECONDS)
    for at in range(QUARTERS):
        label = plan.inputs.calendar.label(1)
        late = ledger.write_down(plan, at == LATE)
        told = made if late is None else {**made, "Actuals": late}
        rolled = roll(opened(told), plan.tables, label).frames
        wrong = list(ledger.faults(rolled))
        made = edited(rolled, at, chance)
        (folder / f"lab-{label}.xlsx").write_bytes(template_bytes(made, blank=True))
        following = chipfolio.solve(opened(made).tables, gap=GAP, time_limit=SECONDS)
        print(f"{label}: {following.objective:,.0f}, {following.status}, gap {following.gap:.2%}")
        one = side_of_plan("before", opened(told), plan)
        other = side_of_plan("after", opened(made), following)
        wrong += bridge_faults(one, other, folder / f"bridge-{label}", met)
        for fault in wrong:
            print(f"  FAULT {fault}")
        faults += wrong
        books.append(made)
        plan = following
        sys.stdout.flush()
    wrong = [f"no bridge has the step {step}" for step in sorted(MET - met)]
    wrong += backtest_faults(books)
    for fault in wrong:
        print(f"FAULT {fault}")
    print(f"{len(faults) + len(wrong)} faults")
    return min(len(faults) + len(wrong), 1)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as name:
        sys.exit(main(Path(name)))
