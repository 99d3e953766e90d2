"""Dimensions: model, audit, checks and plan workbook lead units to the same members, in own ways."""

from __future__ import annotations

from functools import cache
from types import SimpleNamespace

import pytest

import chipfolio
from chipfolio.checking.rules.control import member_of
from chipfolio.checking.rules.view import View
from chipfolio.contract.dimensions import DIMENSIONS, Dimension
from chipfolio.contract.inputs import INPUTS
from chipfolio.contract.problems import fold
from chipfolio.formulation.shares import members_of
from chipfolio.formulation.whole import build
from chipfolio.plan.audit.amounts import Amounts
from chipfolio.plan.audit.checks import Findings
from chipfolio.plan.audit.facts import Facts as AuditFacts
from chipfolio.workbook.planbook.facts import Facts as BookFacts
from tests.conftest import book

UNITS = {
    "ordered": {"chip": "C", "offer": "O", "acquisition": "buy", "site": "Hall"},
    "rented": {"chip": "D", "offer": "P", "acquisition": "cloud", "site": ""},
    "today's": {"chip": "D", "offer": "", "acquisition": "lease", "site": "Fjord"},
}
MEMBERS = {
    # ordered, rented, of today's fleet: of no offer, so of no seller
    "vendor": ("Nord", "Sud", "Sud"),
    "seller": ("Reseller", "Sud", ""),
    "seller_country": ("FR", "", ""),
    "platform": ("A", "", ""),
    "chip": ("C", "D", "D"),
    "acquisition": ("buy", "cloud", "lease"),
    "site": ("Hall", "", "Fjord"),
    "site_country": ("NO", "", ""),
    "programme": ("Asic", "", ""),
}
ASK = "add its members to MEMBERS and, where they are read from a new column, fill it in `tables`"


@cache
def tables() -> chipfolio.Tables:
    """Three vendors, of which one sells another's chip; own silicon; a site without a country."""
    return chipfolio.read(
        book(
            Vendors="vendor, country\nNord, NO\nSud,\nReseller, FR",
            Platforms="platform, efficiency_at_start\nA, 1",
            Chips="chip, vendor, platform, life_years\nC, Nord, A, 9\nD, Sud, , 9",
            Programmes="programme\nAsic",
            Offers="offer, chip, seller, acquisition, price, term_months, programme\n"
            "O, C, Reseller, buy, 1, , Asic\nP, D, Sud, cloud, 1, 12,",
            Sites="site, country, power_mw, pue, energy_price\nHall, NO, 9, 1, 0\nFjord, , 9, 1, 0",
            Performance="chip, workload, throughput\nC, W, 1\nD, W, 1",
        )
    )


def by_model(dimension: str, units: dict[str, str]) -> str:
    measures = build(tables()).worlds[""].measures
    world = measures.world
    offer = world.by_name("Offers")[units["offer"]] if units["offer"] else None
    chip = world.by_name("Chips")[units["chip"]]
    return measures.tags(chip, offer, units["site"], units["acquisition"]).get(dimension, "")


def by_audit(dimension: str, units: dict[str, str]) -> str:
    facts = AuditFacts(tables().world(), {}, Findings())
    return facts.member(dimension, **units)


def by_checks(dimension: str, units: dict[str, str]) -> str:
    return str(member_of(View(tables(), None), units, dimension) or "")


def by_workbook(dimension: str, units: dict[str, str]) -> str:
    plan = SimpleNamespace(inputs=tables(), tables={"Scenario costs": [{"scenario": ""}]})
    facts = BookFacts(plan)
    number = facts.members(**units)[dimension]
    names = facts.numbers[facts.kind(dimension)]
    return next((name for name, known in names.items() if known == number), "")


@pytest.mark.parametrize("found", [by_model, by_audit, by_checks, by_workbook])
@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_units_belong_to_the_same_member_for_everyone(dimension, found):
    assert dimension in MEMBERS, f"{dimension} is a new dimension: {ASK}"
    said = [fold(found(dimension, units)) for units in UNITS.values()]
    assert said == [fold(member) for member in MEMBERS[dimension]]


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_the_members_of_a_dimension_are_the_same_for_everyone(dimension):
    world = tables().world()
    listed = members_of(world, dimension)
    named = Amounts(AuditFacts(world, {}, Findings()), {}).names(dimension)
    assert listed == named == list(View(tables(), None).members(dimension).values())


@pytest.mark.parametrize("found", DIMENSIONS.values(), ids=list(DIMENSIONS))
def test_a_dimensions_way_leads_over_columns_of_the_contract(found):
    for sheet, column in (found.listed_on, *found.steps):
        assert column in INPUTS[sheet].names, f"{found.name}: {sheet} has no column {column}"


def test_a_way_that_begins_nowhere_is_refused():
    with pytest.raises(ValueError, match="starts at 'vendor': use one of chip, offer"):
        Dimension("vendor", "Who designed the chip.", ("Vendors", "vendor"), "vendor")
