"""The whole plan workbook, sheet by sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...contract.outputs import OUTPUTS
from .basis import add_assumptions, add_chips, add_rates, add_time
from .buying import add_buying
from .cash import add_cash_flow, add_cash_table, add_objective, add_scenario_costs
from .draw import draw
from .facts import Facts
from .ledger import (
    add_committed,
    add_ledger,
    add_lines,
    add_orders,
    add_sales,
    fill_ledger,
    fill_orders,
    fill_sales,
)
from .market import add_market
from .model import Model
from .projects import add_project_tables, add_projects
from .rules import add_names, add_rules, add_splits, fill_rules
from .stock import add_service_units, add_stock, fill_power, fill_service_units
from .tables import new_table
from .terms import add_terms
from .work import add_usage, add_work, fill_service, fill_usage

if TYPE_CHECKING:
    from ...plan.plan import Plan


def plan_book(plan: Plan) -> bytes:
    """The plan workbook as bytes."""
    model = build(plan)
    model.book.calculate()
    return draw(model.book)


def build(plan: Plan) -> Model:
    """All sheets, formulas not yet computed."""
    model = Model(Facts(plan))
    add_assumptions(model)
    add_time(model)
    add_chips(model)
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
    fill_usage(model)
    add_project_tables(model)
    add_stock(model)
    add_work(model)
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
    fill_service(model)
    fill_power(model)
    add_scenario_costs(model)
    add_cash_table(model)
    for name in ("Summary", "Checks", "Run", "Profit and loss"):
        new_table(model.book, OUTPUTS[name], plan.tables.get(name, []))
    return model
