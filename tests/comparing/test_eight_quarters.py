"""Eight quarters of one small lab, rolled and edited as finance would: every bridge adds up.

Demand and prices change each quarter, a stage of own silicon slips, an order comes late, a deal is
withdrawn. Beside the workbooks a ledger is kept of what was really ordered and paid: no unit and no
cent is lost from one quarter to the next.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pandas as pd
import pytest

from chipfolio.comparing import kept
from chipfolio.comparing.sides import side_of_plan
from chipfolio.quarters.books import opened
from chipfolio.quarters.roll import roll
from tests.comparing.sides import compared, side, steps
from tests.rooms.by_hand import Book, plan_of, quarters

PERIODS = [f"{year}Q{quarter}" for year in (2027, 2028, 2029) for quarter in range(1, 5)][:10]
ON_ORDER = {"O": 0.3, "P": 0.0, "Q": 0.0}
LEAD = {"O": 1, "P": 0, "Q": 0}
SELLER = {"O": "Nord", "P": "Sud", "Q": "Sud"}


def first_book() -> Book:
    """Two makers, own silicon that is ready after three quarters, a deal that opens in 2028Q3."""
    return quarters(
        len(PERIODS),
        {"discount_rate": "8%"},
        Chips="chip, vendor, life_years \n C, Nord, 10 \n K, Sud, 10",
        Offers="offer, chip, seller, acquisition, price, price_change_per_year, lead_time, "
        "pay_on_order_pct, total_limit, max_order, programme \n"
        "O, C, Nord, buy, 100, -10%, 1, 30%, 200, 9, \n P, K, Sud, buy, 130, , 0, , , 9, \n"
        "Q, K, Sud, buy, 60, , 0, , , 4, Own",
        Performance="chip, workload, throughput \n C, W, 1 \n K, W, 1",
        Workloads="workload, unmet_penalty \n W, 150",
        Demand=f"workload, {', '.join(PERIODS)} \n W, 4, 7, 10, 13, 16, 20, 24, 28, 32, 36",
        Programmes="programme, must_run, cancellation_cost \n Own, no, 10",
        Programme_stages="programme, stage, name, duration, cost \n Own, 1, design, 3, 90",
        Deals="deal, vendor, signing, first_signing \n Tie, Nord, optional, 2028Q3",
        Deal_milestones="deal, milestone, measure, threshold, value, kind \n"
        " Tie, Ten, cumulative_units, 10, 60, cash",
        Budgets="budget, lines, window, limit \n Purse, chip_purchases, plan, 100000",
    )


@dataclass
class Ledger:
    """What was ordered: units, price, period of order and of delivery, as places in PERIODS."""

    orders: list[tuple[str, int, int, float, float]] = field(default_factory=list)

    def spent(self, before: int) -> float:
        """What was paid for chips before a period."""
        paid = 0.0
        for offer, ordered, delivered, units, price in self.orders:
            share = ON_ORDER[offer]
            paid += (
                units * price * (share * (ordered < before) + (1 - share) * (delivered < before))
            )
        return paid

    def units(self, offer: str) -> float:
        """Units of an offer ordered so far."""
        return sum(units for name, _, _, units, _ in self.orders if name == offer)


def test_no_unit_and_no_cent_is_lost_over_eight_quarters(monkeypatch):
    monkeypatch.setattr(kept, "EXACT", 2)
    chance = random.Random(8)
    made, ledger, met = first_book(), Ledger(), set()
    for at in range(8):
        plan = plan_of(made)
        late = write_down(ledger, plan, at)
        real = {**made, "Actuals": late} if late is not None else made
        rolled = roll(opened(real), plan.tables, PERIODS[at + 1]).frames
        tie_out(ledger, rolled, at + 1)
        later = edited(rolled, at, chance)
        one, other = side_of_plan("A", opened(made), plan), side(later, "B")
        there, back = steps(compared(one, other)), steps(compared(other, one))
        scale = max(abs(one.objective), abs(other.objective))
        assert sum(there.values()) == pytest.approx(
            other.objective - one.objective, abs=1e-9 * scale
        )
        assert back == {
            step: pytest.approx(-part, abs=1e-9 * scale) for step, part in there.items()
        }
        met |= set(there)
        made = later
    assert met == {"time rolled", "actuals", "demand", "prices", "programmes", "terms"}


def write_down(ledger: Ledger, plan, at: int) -> pd.DataFrame | None:
    """Write the first period's orders down; in the third quarter those of O come a quarter late."""
    late = []
    for row in plan.tables["Orders"]:
        if row["order_period"] == PERIODS[at]:
            delivered = at + LEAD[row["offer"]]
            if at == 2 and row["offer"] == "O":
                delivered += 1
                late.append(["O", PERIODS[at], row["units"], PERIODS[delivered]])
            ledger.orders.append((row["offer"], at, delivered, row["units"], row["unit_price"]))
    assert at != 2 or late  # there is an order that can be late
    heads = ["item", "period", "amount", "delivery_period"]
    return pd.DataFrame(late, columns=heads, dtype=object) if late else None


def tie_out(ledger: Ledger, rolled: Book, at: int) -> None:
    """What the next workbook says of the past is what the ledger says."""
    told = rolled.get("Committed orders")
    rows = [] if told is None else told.to_dict("records")
    found = sorted(
        (row["offer"], PERIODS.index(row["order_period"]), PERIODS.index(row["delivery_period"]),
         pytest.approx(row["units"]), pytest.approx(row["unit_price"], rel=1e-9))
        for row in rows
    )  # fmt: skip
    assert [one[:3] for one in found] == sorted(one[:3] for one in ledger.orders)
    assert found == sorted(ledger.orders)
    counted = {
        (row["sheet"], row["item"], row["measure"]): row["amount"]
        for row in rolled["So far"].to_dict("records")
    }
    assert counted["Budgets", "Purse", "spent"] == pytest.approx(ledger.spent(at), rel=1e-9)
    assert counted["Offers", "O", "ordered"] == pytest.approx(ledger.units("O"))
    if ("Deal milestones", "Tie / Ten", "counted") in counted:
        ordered = sum(ledger.units(offer) for offer, seller in SELLER.items() if seller == "Nord")
        assert counted["Deal milestones", "Tie / Ten", "counted"] == pytest.approx(ordered)


def edited(rolled: Book, at: int, chance: random.Random) -> Book:
    """The next quarter's workbook as finance hands it in."""
    found = {sheet: frame.copy() for sheet, frame in rolled.items() if sheet != "Actuals"}
    demand = found["Demand"]
    for label in demand.columns[1:]:
        demand[label] = [value + chance.choice((-1, 0, 1, 2)) for value in demand[label]]
    offers = found["Offers"]
    offers.loc[offers["offer"] == "P", "price"] += chance.choice((-4.0, 3.0))
    if at == 1:
        found["Programme stages"]["duration"] = [4.0]
    if at == 4:
        found["Deals"]["signing"] = ["no"]
    return found
