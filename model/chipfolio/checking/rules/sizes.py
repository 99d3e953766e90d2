"""Slips of size: a value in another unit than its column's, told at its cell as a warning.

The thresholds are far from anything known, so that a warning is nearly always a slip.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...contract.inputs import INPUTS
from ...contract.problems import Problem
from ...contract.schema import Kind
from ...tables import Row
from .view import KW_PER_MW, View, number, percent

EFFICIENCY_MOST = 2.0
"""An efficiency may exceed 100 %; above 200 % it is a slip."""
SITE_MW = 10_000.0
"""No site draws so much: 10 GW are the largest campuses planned."""
CHIP_KW = 650.0
"""No unit draws so much: racks of 600 kW are the largest announced."""
ENERGY_PRICE = 1.0
"""Energy below 1 per MWh is a price per kWh."""
SPREAD = 500.0
"""Prices of one column, of one way to buy, that lie so far apart are not in one unit."""
PRICES = (
    ("Offers", "price", "acquisition"),
    ("Fleet", "unit_cost", "acquisition"),
    ("Fleet", "price_per_month", "acquisition"),
    ("Sites", "energy_price", ""),
    ("Sites", "power_mw", ""),
)
"""Sheets and columns of prices and powers, and what splits them into those of one kind."""


def rates_are_shares(view: View) -> Iterator[Problem]:
    """A change per year, a reserve or an efficiency lies within 100 %: 8 is not 8 %."""
    for table in INPUTS.values():
        for column in table:
            if column.kind is not Kind.PERCENT or column.high is not None:
                continue
            most = EFFICIENCY_MOST if "efficiency" in column.name else 1.0
            for row in view.rows(table.name):
                value = row.get(column.name)
                if isinstance(value, (int, float)) and abs(value) > most:
                    need = f"is {percent(value)}: for {number(value)} % type {number(value / 100)} "
                    yield view.warning(row, column.name, f"{need}or {number(value)}%.")


def sites_are_in_megawatts(view: View) -> Iterator[Problem]:
    """A site's power is in MW, its energy in money per MWh."""
    for row in view.rows("Sites"):
        power, price = row.get("power_mw"), row.get("energy_price")
        drawn = sum(
            one.units * (one.chip.get("power_kw") or 0.0) / KW_PER_MW
            for one in view.standing
            if one.site == row.get("site") and one.acquisition != "cloud"
        )
        need = ""
        if power is not None and power > SITE_MW:
            need = "is in MW, and more than any site draws"
        elif power is not None and power >= KW_PER_MW * drawn > 0.0:
            need = f"is in MW, and more than a thousandfold what stands there ({number(drawn)} MW)"
        if need:
            need = f"{need}: {number(power)} kW are {number(power / KW_PER_MW)} MW."
            yield view.warning(row, "power_mw", need)
        if price is not None and 0 < price < ENERGY_PRICE:
            need = f"is per MWh, and looks like a price per kWh: that makes {number(price * 1000)}."
            yield view.warning(row, "energy_price", need)


def in_watts(chip: Row) -> bool:
    """Whether a chip's power looks as if it were given in W."""
    return (chip.get("power_kw") or 0.0) > CHIP_KW


def prices_are_in_one_unit(view: View) -> Iterator[Problem]:
    """Prices of one column and one way to buy, and powers, lie within a factor of 500."""
    told = {(problem.column, problem.cell) for problem in sites_are_in_megawatts(view)}
    for sheet, column, by in PRICES:
        kinds: dict[object, list[Row]] = {}
        for row in view.rows(sheet):
            if (row.get(column) or 0.0) > 0:
                kinds.setdefault(row.get(by) if by else "", []).append(row)
        for rows in kinds.values():
            ranked = sorted(rows, key=lambda row: row.get(column))
            low, middle, high = ranked[0], ranked[len(ranked) // 2], ranked[-1]
            if high.get(column) < SPREAD * low.get(column):
                continue
            below = middle.get(column) / low.get(column)
            above = high.get(column) / middle.get(column)
            is_low = below >= above and (column != "power_mw" or len(rows) > 2)
            row, other = (low, high) if is_low else (high, low)
            if {(column, row.cell(column)), (column, other.cell(column))} & told:
                continue
            need = f"differs {number(high.get(column) / low.get(column))}-fold from "
            need += f"{other.cell(column)} ({number(other.get(column))}): are both in "
            need += "MW?" if column == "power_mw" else "whole money of one currency?"
            yield view.warning(row, column, need)
