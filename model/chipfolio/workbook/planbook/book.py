"""The whole plan workbook, sheet by sheet.

A formula is written as text and names the rows that it reads, so those rows must stand already;
their values may come later, for nothing is computed before every formula is written. Hence the
order of the calls in `build`:

- An ``add_*`` function makes a sheet: it fixes the place of every row, and writes the formulas
  that read only sheets made before it.
- A ``fill_*`` function makes no sheet. It writes the remaining formulas of a sheet, once the
  sheets that they read stand too: Cash flow adds up the penalties of Rules, and budgets among the
  Rules read Cash flow, so both sheets are added before Rules is filled.
- Inputs come first, then the lists of what is decided, then the sheets that count units, work and
  money by period, then the accounts and other views, and last the charts, the Summary and the
  Checks. `fill_counts` ends it all: it counts the formulas of every sheet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...collector import at_rest
from ...contract.answered import ANSWERED
from ...contract.outputs import OUTPUTS
from .accounts import add_accounts, add_balance_view, add_profit_and_loss
from .answers import add_answers
from .basis import add_assumptions, add_chips, add_names, add_rates, add_time
from .buying import add_buying
from .cash import add_cash_flow, add_cash_table, add_objective, add_scenario_costs
from .chart_data import add_chart_data
from .charts import Artist, add_chart_page
from .checks import add_checks, add_counts, fill_counts, show_master
from .costs import add_costs, add_unit_cost, add_utilisation
from .draw import draw
from .facts import Facts
from .guide import add_guide
from .inputs_read import add_inputs
from .ledger import add_ledger, add_lines, fill_ledger
from .lives import add_lives
from .market import add_market
from .model import Model
from .orders import add_committed, add_orders, add_sales, fill_orders, fill_sales
from .payments import add_commitments
from .projects import add_project_tables, add_projects
from .rules import add_rules, add_splits, fill_rules
from .seal import add_seal
from .sheets import TOP
from .stock import add_power, add_service_units, add_stock, fill_service_units
from .summary import add_summary
from .tables import new_table
from .terms import add_terms
from .work import add_service, add_usage, add_work, fill_usage
from .years import add_years

if TYPE_CHECKING:
    from ...plan.plan import Plan


def plan_book(plan: Plan) -> bytes:
    """The plan workbook as bytes."""
    with at_rest():
        model = build(plan)
        model.book.calculate()
        model.close_timelines()
        add_seal(model.book)
        arrange(model)
        return draw(model.book, Artist(model))


def build(plan: Plan) -> Model:
    """All sheets, formulas not yet computed."""
    model = Model(Facts(plan), ORDER)
    add_assumptions(model)
    add_time(model)
    add_chips(model)
    add_lives(model)
    add_names(model)
    add_rates(model)
    add_orders(model)
    add_committed(model)
    ledger = add_ledger(model)
    add_sales(model)
    fill_ledger(model)
    fill_orders(model, ledger)
    add_market(model)
    fill_sales(model)
    add_lines(model)
    add_usage(model)
    add_project_tables(model)
    add_stock(model)
    add_work(model)
    fill_usage(model)
    add_projects(model)
    add_buying(model)
    add_terms(model)
    add_rules(model)
    add_cash_flow(model)
    fill_rules(model)
    add_objective(model)
    add_service_units(model)
    fill_service_units(model)
    add_splits(model)
    add_service(model)
    add_power(model)
    add_scenario_costs(model)
    add_cash_table(model)
    add_accounts(model)
    add_profit_and_loss(model)
    add_balance_view(model)
    add_commitments(model)
    add_costs(model)
    add_unit_cost(model)
    add_utilisation(model)
    add_years(model)
    add_inputs(model)
    add_chart_data(model)
    add_chart_page(model)
    add_summary(model)
    add_run(model)
    add_answers(model)
    for name, table in OUTPUTS.items():
        if name not in ("Checks", *model.book.sheets) and plan.tables.get(name):
            new_table(model.book, table, plan.tables[name])
    add_guide(model)
    add_counts(model)
    add_checks(model)
    show_master(model)
    fill_counts(model)
    return model


ORDER = (
    "Summary",
    *(table.name for table in ANSWERED),
    "Charts",
    "Checks",
    "Guide",
    *(
        name
        for name, table in OUTPUTS.items()
        if name not in ("Summary", "Checks", "Run") and table not in ANSWERED
    ),
    "By year",
    "Cash flow",
    "Objective",
    "Accounts",
    "Cost of work",
    "Buying",
    "Stock",
    "Work",
    "Projects",
    "Ledger",
    "Rebates",
    "Minimums",
    "Milestones",
    "Milestones before",
    "Milestone measures",
    "Market",
    "Lines",
    "Places",
    "Book lives",
    "Assumptions",
    "Time",
    "Rates",
    "Chip data",
    "Tiers",
    "Inputs as read",
    "Run",
    "Payments due",
    "Chart data",
    "Names",
    "Formulas",
    "Seal",
)
"""Sheets as they are shown: the answer, its tables, views, model, inputs, log."""


def arrange(model: Model) -> None:
    """Put the sheets in the order in which they are shown; each has its place there."""
    sheets = model.book.sheets
    model.book.sheets = {name: sheets[name] for name in sorted(sheets, key=ORDER.index)}


def add_run(model: Model) -> None:
    """Table Run: where the plan comes from; the only sheet that two equal runs differ in."""
    rows = model.facts.plan.tables.get("Run", [])
    sheet = new_table(model.book, OUTPUTS["Run"], rows, kind="log")
    for at, row in enumerate(rows):
        if row["item"] == "input sha256":
            model.hash_cell = sheet.address(TOP + at, 1)
