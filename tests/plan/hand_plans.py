"""Plans made by hand: a book, the tables a planner would hand in, and the money worked out."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import chipfolio
from chipfolio.plan.audit import Check, audit
from tests.conftest import frame, frames

Rows = list[dict[str, object]]


def rows(text: str, scenario: str = "") -> Rows:
    """Rows of a plan table typed as lines of comma-separated cells."""
    return [{"scenario": scenario, **row} for row in frame(text).to_dict("records")]


def cash(
    periods: list[str],
    scenario: str = "",
    factors: tuple[float, ...] = (),
    factor_at_end: float = 1.0,
    **lines: list[float],
) -> Rows:
    """Rows of Cash; without factors at a discount rate of zero."""
    found = []
    for line, amounts in lines.items():
        for at, amount in enumerate(amounts):
            if not amount:
                continue
            factor = factors[at] if factors else 1.0
            factor = factor_at_end if line == "terminal_value" else factor
            found.append(
                {
                    "scenario": scenario,
                    "line": line,
                    "period": periods[at],
                    "amount": float(amount),
                    "discounted": float(amount) * factor,
                }
            )
    return found


@dataclass
class Hand:
    """A book and a plan for it."""

    sheets: dict[str, str]
    plan: dict[str, Rows]
    objective: float
    scenarios: list[str] | None = None

    def checks(self) -> list[Check]:
        """What the audit says."""
        tables = chipfolio.read(frames(**self.sheets))
        return audit(tables, self.plan, self.objective, self.scenarios)

    def failed(self) -> dict[str, str]:
        """Sentences that fail, with their details."""
        return {check.check: check.detail for check in self.checks() if not check.ok}

    def with_sheets(self, **sheets: str) -> Hand:
        """The same plan on another book."""
        return Hand(self.sheets | sheets, copy.deepcopy(self.plan), self.objective, self.scenarios)

    def but(self, table: str, where: dict[str, object], **cells: object) -> Hand:
        """The plan with some cells of the rows that fit changed."""
        other = copy.deepcopy(self)
        fits = [r for r in other.plan[table] if all(r.get(k) == v for k, v in where.items())]
        assert fits, f"no row of {table} fits {where}"
        for row in fits:
            row.update(cells)
        return other

    def without(self, table: str, **where: object) -> Hand:
        """The plan without the rows that fit."""
        other = copy.deepcopy(self)
        kept = [r for r in other.plan[table] if any(r.get(k) != v for k, v in where.items())]
        assert len(kept) < len(other.plan[table]), f"no row of {table} fits {where}"
        other.plan[table] = kept
        return other

    def plus(self, table: str, text: str) -> Hand:
        """The plan with more rows."""
        other = copy.deepcopy(self)
        other.plan[table] = other.plan.get(table, []) + rows(text)
        return other


PERIODS = ["2027Q1", "2027Q2"]

SMALL_BOOK = {
    "Settings": """
        name, value
        first_period, 2027Q1
        periods, 2
        discount_rate, 0
        idle_power_pct, 50%""",
    "Vendors": """
        vendor, country, max_units, max_spend_per_fiscal_year
        Nova, US, 5, 4150
        Cirrus, NL, , """,
    "Chips": """
        chip, vendor, power_kw, life_years, upkeep_per_unit_year, value_loss_per_year
        H1, Nova, 1, 1, 40, 36%""",
    "Offers": """
        offer, chip, seller, acquisition, price, lead_time, lot_size, min_order, max_order, order_fee, setup_cost, pay_on_order_pct, term_months, max_in_service, total_limit, last_order
        Direct, H1, Nova, buy, 1000, 1, 4, 4, 4, 10, 100, 25%, , , 4, 2027Q1
        Cloud, H1, Cirrus, cloud, 50, 0, 1, , , , , , 3, 1, , """,  # noqa: E501 - a header is one line
    "Performance": """
        chip, workload, throughput, running_cost
        H1, Serving, 10, 0.1""",
    "Workloads": """
        workload, unmet_penalty, max_unmet_pct
        Serving, 30, 10%""",
    "Demand": """
        workload, 2027Q1, 2027Q2
        Serving, 25, 50""",
    "Sites": """
        site, power_mw, pue, energy_price, hosting_cost
        Texas, 0.0072, 1.2, 100, 5
        Oslo, 1, 1.1, 40, 5""",
    "Fleet": """
        chip, site, units, in_service_since, unit_cost
        H1, Texas, 2, 2026Q3, 900""",
}

# Four H1 are ordered in Q1 and arrive in Q2; one cloud unit helps out in Q1, when the fleet of two
# serves 20 of 25, the cloud unit 3 (three tenths of it), and 2 stay unmet (8 %, 10 % may).
# Full draw of a unit for a quarter: 1 kW × 1.2 × 2,190 h × 100 a MWh = 262.80.
# Q1: order 25 % of 4,000 = 1,000; cloud 50 × 3 months = 150; fee 10; set-up 100; hosting 2 × 5;
#     energy 262.80 × (½·2 in service + ½·2 used) = 525.60; upkeep 2 × 10; running 23 × 0.1;
#     unmet 2 × 30
# Q2: the rest of the order 3,000; energy 262.80 × (½·6 + ½·5) = 1,445.40; hosting 30; upkeep 60;
#     running 50 × 0.1; the four are worth 4,000 × 0.64^¼ = 3,577.708764 at the end, the fleet's
#     life of four quarters is over with the plan.
WORTH = 4000 * 0.64**0.25
SMALL = Hand(
    SMALL_BOOK,
    {
        "Orders": rows("""
            offer, seller, order_period, delivery_period, site, units, lots, unit_price, spend, chip, acquisition, list_price
            Direct, Nova, 2027Q1, 2027Q2, Texas, 4, 1, 1000, 4000, H1, buy, 1000
            Cloud, Cirrus, 2027Q1, 2027Q1, , 1, 1, 50, 150, H1, cloud, 50"""),  # noqa: E501 - a header is one line
        "Units in service": rows("""
            chip, site, acquisition, period, units
            H1, Texas, buy, 2027Q1, 2
            H1, , cloud, 2027Q1, 1
            H1, Texas, buy, 2027Q2, 6"""),
        "Usage": rows("""
            chip, site, workload, efficiency, period, units, served, ready
            H1, Texas, Serving, 1, 2027Q1, 2, 20, 0
            H1, , Serving, 1, 2027Q1, 0.3, 3, 0
            H1, Texas, Serving, 1, 2027Q2, 5, 50, 0"""),
        "Service": rows("""
            workload, period, demand, served, deferred, unmet
            Serving, 2027Q1, 25, 23, 0, 2
            Serving, 2027Q2, 50, 50, 0, 0"""),
        "Power": rows("""
            site, period, mw, limit
            Texas, 2027Q1, 0.0024, 0.0072
            Texas, 2027Q2, 0.0072, 0.0072
            Oslo, 2027Q1, 0, 1
            Oslo, 2027Q2, 0, 1"""),
        # in service: 2 and 6 bought, 1 and 0 in the cloud: (2 + 6) / 2 = 4 of 4.5 on average;
        # drawn: (0.0024 + 0.0072) / 2 = 0.0048 MW, all in Texas
        "Vendor split": rows("""
            dimension, member, basis, window, amount, share
            seller, Nova, order_spend, plan, 4000, 0.963855421686747
            acquisition, buy, units_in_service, FY2027, 4, 0.888888888888889
            acquisition, cloud, units_in_service, FY2027, 0.5, 0.111111111111111
            site, Texas, power, plan, 0.0048, 1
            seller, Cirrus, order_units, FY2027, 1, 0.2"""),
        # over four quarters: the fleet 2 × 900 / 4 twice; four for 4,000, and their set-up of 100,
        # from Q2 on. The deposit of 1,000 becomes chips in Q2. Opening: 1,800 half used up.
        "Profit and loss": rows("""
            fiscal_year, line, amount
            FY2027, depreciation_chips, 1900
            FY2027, depreciation_setup, 25
            FY2027, cloud, 150
            FY2027, order_fees, 10
            FY2027, energy, 1971
            FY2027, hosting, 40
            FY2027, upkeep, 80
            FY2027, running, 7.3"""),
        "Balance view": rows("""
            fiscal_year, item, opening, additions, depreciation, disposals, amount
            FY2027, chips, 900, 4000, 1900, 0, 3000
            FY2027, set-up, 0, 100, 25, 0, 75
            FY2027, prepayments, 0, 1000, 0, 1000, 0"""),
        "Scenario costs": [{"scenario": "", "probability": 1.0, "total": 6418.3 - WORTH}],
        "Cash": cash(
            PERIODS,
            chip_purchases=[1000, 3000],
            lease_and_cloud=[150, 0],
            order_fees=[10, 0],
            setup=[100, 0],
            energy=[525.6, 1445.4],
            hosting=[10, 30],
            upkeep=[20, 60],
            running=[2.3, 5],
            unmet_penalty=[60, 0],
            terminal_value=[0, -WORTH],
        ),
    },
    6418.3 - WORTH,
)
