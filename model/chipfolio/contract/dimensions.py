"""Dimensions, each declared once: by what units, orders, power and work are split among members.

A new dimension takes a column (if its members are not listed yet) and an entry here. Model, audit,
checks and plan workbook each follow `Dimension.steps` in their own way, from units to the member to
which they belong.
"""

from __future__ import annotations

from dataclasses import dataclass

STARTS = ("chip", "offer", "acquisition", "site")
"""What is known of units; what is left blank (the offer of today's fleet, a cloud's site) leads
to no member."""


@dataclass(frozen=True)
class Dimension:
    """One dimension: who its members are, and to which of them units belong.

    Attributes:
        name: as the cell ``dimension`` of a rule names it.
        doc: one sentence for the dictionary.
        listed_on: sheet and column that list its members.
        start: one of `STARTS`, where the way from units to their member begins.
        steps: the rest of the way: each looks a name up on a sheet and takes a column of its row.

    Raises:
        ValueError: a way that begins nowhere.
    """

    name: str
    doc: str
    listed_on: tuple[str, str]
    start: str
    steps: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if self.start not in STARTS:
            raise ValueError(
                f"Dimension {self.name!r} in contract/dimensions.py starts at {self.start!r}: "
                f"use one of {', '.join(STARTS)}."
            )

    @property
    def of_place(self) -> bool:
        """Whether the choice of a site decides the member."""
        return self.start == "site"

    @property
    def splits_work(self) -> bool:
        """Whether served work can be split by it: a use knows its chip and place, no offer."""
        return self.start in ("chip", "site")


DIMENSIONS = {
    found.name: found
    for found in (
        Dimension("vendor", "Who designed the chip.", ("Vendors", "vendor"),
                  "chip", (("Chips", "vendor"),)),
        Dimension("seller", "Who sells the offer.", ("Vendors", "vendor"),
                  "offer", (("Offers", "seller"),)),
        Dimension("seller_country", "Where the seller sits.", ("Vendors", "country"),
                  "offer", (("Offers", "seller"), ("Vendors", "country"))),
        Dimension("platform", "The chip's software ecosystem.", ("Platforms", "platform"),
                  "chip", (("Chips", "platform"),)),
        Dimension("chip", "The chip itself.", ("Chips", "chip"), "chip"),
        Dimension("acquisition", "How units were got: buy, lease or cloud.",
                  ("Offers", "acquisition"), "acquisition"),
        Dimension("site", "Where units stand.", ("Sites", "site"), "site"),
        Dimension("site_country", "The country in which units stand.", ("Sites", "country"),
                  "site", (("Sites", "country"),)),
        Dimension("programme", "Own silicon that the offer waits for.",
                  ("Programmes", "programme"), "offer", (("Offers", "programme"),)),
    )
}  # fmt: skip
"""Every dimension of share rules and supplier counts by name."""

SERVED_DIMENSIONS = tuple(name for name, found in DIMENSIONS.items() if found.splits_work)
PLACE_DIMENSIONS = tuple(name for name, found in DIMENSIONS.items() if found.of_place)
