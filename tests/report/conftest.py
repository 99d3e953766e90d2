"""Plans solved once for all tests of reports."""

from __future__ import annotations

import pytest
from pages import Page
from report_books import one_world, tree_book

import chipfolio
from chipfolio.plan.plan import Plan
from chipfolio.report.page import render


@pytest.fixture(scope="session")
def tree() -> Plan:
    """A plan over three scenarios."""
    return chipfolio.solve(chipfolio.read(tree_book()), gap=1e-4)


@pytest.fixture(scope="session")
def world() -> Plan:
    """The smallest plan."""
    return chipfolio.solve(chipfolio.read(one_world()))


@pytest.fixture(scope="session")
def tree_page(tree: Plan) -> Page:
    return Page(render(tree))


@pytest.fixture(scope="session")
def world_page(world: Plan) -> Page:
    return Page(render(world))
