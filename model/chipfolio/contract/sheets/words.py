"""The words that sheets share: kinds, windows, columns of every rule."""

from __future__ import annotations

from ..schema import Column, Kind

TEXT, NAME, NAMES, NUMBER = Kind.TEXT, Kind.NAME, Kind.NAMES, Kind.NUMBER
MONEY, PERCENT, INTEGER = Kind.MONEY, Kind.PERCENT, Kind.INTEGER
PERIOD, CHOICE, YES_NO = Kind.PERIOD, Kind.CHOICE, Kind.YES_NO

WINDOWS = ("period", "fiscal_year", "plan")
ACQUISITIONS = ("buy", "lease", "cloud")
POLICY = (
    Column("active", YES_NO, "", "Whether the rule is in force.", default="yes"),
    Column("owner", TEXT, "", "Who answers for the rule.", read_by="conflicts"),
    Column(
        "priority",
        INTEGER,
        "",
        "1 = never gives way … 5 = gives way first; used only when rules contradict each other.",
        default=2,
        low=1,
        high=5,
        read_by="conflicts",
    ),
    Column(
        "penalty",
        MONEY,
        "money per unit of violation",
        "Blank makes the rule hard; a price makes it soft: paid per unit of violation and window.",
        low=0,
    ),
)
FROM = Column("from", PERIOD, "", "First period in force; blank means the plan's first.")
TO = Column("to", PERIOD, "", "Last period in force; blank means the plan's last.")
