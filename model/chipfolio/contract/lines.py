"""Lines of the objective, each declared once: model, audit, workbook and report read them here.

A new line takes an entry here and a room of the model that pays it (``room.cost(name)``). The audit
computes it again in ``plan/audit/money.py``, the plan workbook in ``workbook/planbook/cash.py``;
tests and errors name those places where one was forgotten. A line that a column of Chips or Sites
charges for units or sites says so (`Charge`), and needs no more than that: model, audit, accounts
and workbook each walk the charges themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

WORK = ("units", "place", "use", "none")
"""How the sheet *Cost of work* shares a line out over the work that is done.

units: paid for units, shared by what they do. place: paid for units in service at a site, likewise.
use: paid by use, so it belongs to the work that uses. none: belongs to no work.
"""


@dataclass(frozen=True)
class Charge:
    """What a varying column of Chips or Sites charges, period by period.

    Attributes:
        sheet: Chips or Sites.
        column: its varying column of money.
        fixed: charged once for each row of Sites; otherwise for each unit in service at a site.
        a_year: the money is that of a year; otherwise of a period.

    Raises:
        ValueError: a sheet that cannot charge so.
    """

    sheet: str
    column: str
    fixed: bool = False
    a_year: bool = False

    def __post_init__(self) -> None:
        charging = ("Sites",) if self.fixed else ("Sites", "Chips")
        if self.sheet not in charging:
            raise ValueError(f"A charge stands in {' or '.join(charging)}, not in {self.sheet!r}.")


@dataclass(frozen=True)
class Line:
    """One line of the objective.

    Attributes:
        name: as in the table Cash.
        doc: one sentence for the dictionary.
        cash: paid or received; other lines count in the objective only.
        capital: part of the word ``capex`` in a budget; all other cash is ``opex``.
        expensed: in Profit and loss a cost of the period in which it is paid, as it is; other
            lines are spread, or lower what they belong to (contract §4, Accounts).
        work: one of `WORK`; which work pays for it in the sheet Cost of work.
        part_of: the line in which the table Cash shows it; budgets tell its parts apart.
        charge: the column that charges it, for a line that is nothing but that.

    Raises:
        ValueError: a cash line that leaves open whether it is expensed, or what work pays for it;
            a charge for units that is not ``work="place"``, a fixed one that is not "none".
    """

    name: str
    doc: str
    cash: bool = True
    capital: bool = False
    expensed: bool | None = None
    work: str | None = None
    part_of: str = ""
    charge: Charge | None = None

    def __post_init__(self) -> None:
        if self.cash and not self.part_of and (self.expensed is None or self.work not in WORK):
            raise ValueError(
                f"Line {self.name!r} in contract/lines.py must say expensed=True or False, "
                f"and work= one of {', '.join(WORK)}."
            )
        due = None if self.charge is None else "none" if self.charge.fixed else "place"
        if due is not None and self.work != due:
            raise ValueError(
                f"Line {self.name!r} in contract/lines.py must say work={due!r}, as it is charged."
            )


ON_PURCHASES, ON_RENTALS = "discounts on purchases", "discounts on rentals"

DECLARED = (
    Line("chip_purchases", "Price of units bought, as it is paid.",
         capital=True, expensed=False, work="units"),
    Line("lease_and_cloud", "Rent of leased and cloud units.", expensed=False, work="units"),
    Line("order_fees", "Fee of each offer and period with an order.", expensed=True, work="units"),
    Line("setup", "Paid once with an offer's first order.",
         capital=True, expensed=False, work="units"),
    Line("energy", "Electricity of units at sites, PUE included.", expensed=True, work="place"),
    Line("hosting", "Hosting cost of units in service at sites.", expensed=True, work="place",
         charge=Charge("Sites", "hosting_cost")),
    Line("upkeep", "Maintenance of units in service at sites.", expensed=True, work="place",
         charge=Charge("Chips", "upkeep_per_unit_year", a_year=True)),
    Line("running", "Cost of each unit of work served.", expensed=True, work="use"),
    Line("programme_costs", "Stages of own silicon, and what abandoning one costs.",
         capital=True, expensed=False, work="none"),
    Line("software", "Porting and optimisation projects.", expensed=True, work="none"),
    Line("site_projects", "Steps that add power to a site.",
         capital=True, expensed=False, work="none"),
    Line("contract_fees", "Paid on signing a contract.", expensed=False, work="none"),
    Line("shortfall_payments", "Paid for what is missing to a contract's minimum.",
         expensed=True, work="none"),
    Line("discounts", "Rebates of tiers, negative.", expensed=False, work="units"),
    Line(ON_PURCHASES, "Rebates on units bought.", capital=True, part_of="discounts"),
    Line(ON_RENTALS, "Rebates on rent.", part_of="discounts"),
    Line("deal_value", "Cash that deal milestones pay us, negative.", expensed=False, work="none"),
    Line("resale", "What units sold early bring, negative.",
         capital=True, expensed=False, work="none"),
    Line("equity_value", "Vendor shares received, after their haircut, negative.", cash=False),
    Line("unmet_penalty", "Price of work that is not served.", cash=False),
    Line("deferral_cost", "Price of work that waits.", cash=False),
    Line("rule_penalties", "Price of breaking soft rules.", cash=False),
    Line("change_cost", "Price of ordering otherwise than the previous plan.", cash=False),
    Line("terminal_value", "What is still worth something at the plan's end, negative.",
         cash=False),
)  # fmt: skip
"""Every line in the order of the table Cash, with the parts of a line after it."""

LINES = {line.name: line for line in DECLARED if not line.part_of}
"""The lines of the table Cash by name."""
CASH_LINES = tuple(name for name, line in LINES.items() if line.cash)
VALUE_LINES = tuple(name for name, line in LINES.items() if not line.cash)
EXPENSED_LINES = tuple(name for name, line in LINES.items() if line.expensed)
CHARGES = {name: line.charge for name, line in LINES.items() if line.charge}
"""What columns of Chips and Sites charge, by line."""
PLACE_LINES = tuple(name for name, line in LINES.items() if line.work == "place")
"""What units in service at a site cost, place by place."""

SHOWN_IN = {line.name: line.part_of or line.name for line in DECLARED}
"""The line of the table Cash in which a line, or a part of one, is shown."""
_SPLIT = {line.part_of for line in DECLARED}
BUDGETED = {line.name: line for line in DECLARED if line.cash and line.name not in _SPLIT}
"""What budgets add up: the cash lines, where one has parts its parts instead."""
CAPEX = tuple(name for name, line in BUDGETED.items() if line.capital)
OPEX = tuple(name for name, line in BUDGETED.items() if not line.capital)
BUDGET_WORDS: dict[str, tuple[str, ...]] = {
    **{line: tuple(part for part in BUDGETED if SHOWN_IN[part] == line) for line in CASH_LINES},
    "capex": CAPEX,
    "opex": OPEX,
    "all": tuple(BUDGETED),
}
"""What each word of a budget's cell ``lines`` stands for."""
