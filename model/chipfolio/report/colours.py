"""One palette: a vendor has one colour everywhere, its chips are shades of it."""

from __future__ import annotations

from functools import cached_property

from ..contract.lines import LINES
from ..tables import Tables
from ..workbook.planbook.looks import PALETTE, shades

NAVY, RED, GREEN, GREY, INK = "#1F3864", "#C00000", "#00612E", "#7F7F7F", "#222B38"
DEMAND = "#111111"

MUTED = {
    "chip_purchases": "#1F3864",
    "lease_and_cloud": "#6C8EBF",
    "order_fees": "#CBD6E8",
    "setup": "#A5B8D6",
    "energy": "#B08D57",
    "hosting": "#D9C29A",
    "upkeep": "#85888C",
    "running": "#BABDC1",
    "programme_costs": "#5E3B6E",
    "software": "#A387B3",
    "site_projects": "#2F6B5E",
    "contract_fees": "#7FA99B",
    "shortfall_payments": "#9C0006",
    "discounts": "#9CC3A5",
    "deal_value": "#6FA57C",
    "resale": "#B7D7BD",
    "equity_value": "#4F8A5D",
    "unmet_penalty": "#D1495B",
    "deferral_cost": "#E08E9A",
    "rule_penalties": "#A63446",
    "change_cost": "#C9A0A6",
    "terminal_value": "#8DBB97",
}
SPARE = ("#7A6A53", "#5B7C8D", "#8C6D8A", "#A08A5B", "#4F6D7A", "#9A7B6B")
"""Colours for lines that have none of their own yet."""
COLOUR_OF = {
    **MUTED,
    **dict(zip((line for line in LINES if line not in MUTED), SPARE, strict=False)),
}
"""Colour of a line of cost: muted, so that none is taken for a vendor's."""


class Colours:
    """Colours of vendors, chips and other names of one book."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @cached_property
    def vendors(self) -> dict[str, str]:
        """Colour by vendor, in the order of their sheet, as in the plan workbook."""
        names = self.tables.names("Vendors")
        return {name: PALETTE[at % len(PALETTE)] for at, name in enumerate(names)}

    @cached_property
    def designer(self) -> dict[str, str]:
        """Vendor by chip."""
        return {str(row["chip"]): str(row["vendor"]) for row in self.tables.rows("Chips")}

    def chips(self, shown: list[str]) -> dict[str, str]:
        """Colour by chip among those shown, in the order of vendors, light to dark."""
        found: dict[str, str] = {}
        for vendor, colour in self.vendors.items():
            mine = [
                chip for chip, name in self.designer.items() if name == vendor and chip in shown
            ]
            found.update(zip(mine, shades(colour, len(mine)), strict=True))
        return found

    def of(self, dimension: str, names: list[str]) -> dict[str, str]:
        """Colour by member of any dimension."""
        if dimension in ("vendor", "seller"):
            return {name: self.vendors.get(name, GREY) for name in names}
        if dimension == "chip":
            return {**dict.fromkeys(names, GREY), **self.chips(names)}
        return series(names)


def series(names: list[str]) -> dict[str, str]:
    """Colours for names that are no vendors, such as scenarios: from the palette's end."""
    order = (NAVY, "#B5482A", "#4A7C59", "#8A6BBE", "#B08D57", "#2A9D9D", "#A0446E", "#6B705C")
    return {name: order[at % len(order)] for at, name in enumerate(names)}
