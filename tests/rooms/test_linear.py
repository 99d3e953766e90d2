"""Linear forms: what they can come to together, and what has happened by a period."""

from __future__ import annotations

import pyomo.core as pyo
import pytest
from pyomo.repn import generate_standard_repn

import chipfolio
from chipfolio.formulation.linear import Caps, Linear, Once
from chipfolio.formulation.whole import build
from tests.rooms.by_hand import ONLY, book, demand, model_of


def variables(*most: float) -> list:
    """Variables from zero to so much."""
    block = pyo.Block(concrete=True)
    block.v = pyo.Var(range(len(most)), bounds=lambda _, at: (0, most[at]))
    return list(block.v.values())


def form(variables: list, *coefficients: float, constant: float = 0.0) -> Linear:
    """A form with these coefficients."""
    made = Linear(constant)
    for coefficient, variable in zip(coefficients, variables, strict=True):
        made.add(coefficient, variable)
    return made


def test_without_caps_a_form_comes_to_what_its_bounds_say():
    found = form(variables(10, 10), 2, -3, constant=5)
    assert Caps().most(found) == found.range()[1] == 25


def test_a_cap_is_filled_with_what_counts_most():
    # x and y are lots of 4, 10 at most each and 48 units together: a unit of x counts 2, of y 1;
    # x fills 40 and y the 8 left: 80 + 8; z is of no group: 6 × 1; what lowers the form is at zero
    x, y, z, w = variables(10, 10, 6, 9)
    caps = Caps()
    caps.hold("offers", "O", form([x, y], 4, 4), 48)
    assert caps.most(form([x, y, z, w], 8, 4, 1, -7, constant=3)) == 3 + 80 + 8 + 6
    # where the group lowers the form, its cap does not count
    assert caps.most(form([x, z], -8, 1)) == 6
    # a second family alone allows less: of x and z, each counted by itself, 5 together
    caps.hold("vendors", "V", form([x, z], 1, 1), 5)
    assert caps.most(form([x, z], 1, 1)) == 5
    assert caps.most(form([x, y], 4, 4)) == 48  # x 5 and y 10 by the second: 60


def test_what_has_happened_by_a_period_is_its_last_step():
    first, second = variables(1, 1)
    once = Once({("A", 1): None, ("A", 4): None}, {("A", 4): second, ("A", 1): first})
    by = {at: once.by("A", at).variables for at in (0, 1, 3, 4, 9)}
    assert by == {0: [], 1: [first], 3: [first], 4: [second], 9: [second]}
    assert not once.by("B", 4)


def test_worlds_of_one_past_share_pulses_and_steps():
    tree = {
        "Scenarios": "scenario, probability, branches_from, branch_period \n"
        "Calm, 60%, , \n Boom, 40%, Calm, 2028",
        "Contracts": "contract, seller, signing, price_cut_pct \n K, Nord, optional, 10%",
    }
    tables = chipfolio.read(book(3, Demand=demand(4, 4, 4), Offers=ONLY.format(9), **tree))
    made = build(tables, ["Calm", "Boom"])
    calm, boom = (made.worlds[name].rooms["signing"] for name in ("Calm", "Boom"))
    for name in ("signs", "signs_by"):
        shared = [calm.decisions[name]["K", at] is boom.decisions[name]["K", at] for at in range(3)]
        assert shared == [True, False, False]
    assert list(boom.block.signs_as_steps_say) == [("K", 1), ("K", 2)]
    row = boom.block.signs_as_steps_say["K", 1].body
    before = calm.decisions["signs_by"]["K", 0]
    assert any(variable is before for variable in generate_standard_repn(row).linear_vars)


@pytest.mark.parametrize("sites", ["Hall", "Hall Fjord Dale"])
def test_what_all_sites_share_counts_once(sites):
    # 6 a period at most, whatever the sites: 10 units are within reach from the second period on
    rows = "".join(f"\n{name}, 99, 1, 0" for name in sites.split())
    whole = model_of(
        book(
            3,
            Sites=f"site, power_mw, pue, energy_price{rows}",
            Demand=demand(4, 4, 4),
            Offers=ONLY.format(6),
            Deals="deal, vendor, signing \n Alliance, Nord, signed",
            Deal_milestones="deal, milestone, measure, threshold, deadline, value, kind \n"
            "Alliance, First, cumulative_units, 10, , 80, cash",
        )
    )
    milestones = whole.worlds[""].milestones
    assert [key[2] for key in milestones.pays] == [1, 2]
    caps = whole.worlds[""].orders.caps
    assert [caps.most(form) for form in milestones.measures.values()] == [6, 12, 18]
    stock = whole.worlds[""].fleet.stock
    for at in range(3):
        in_service = Linear()
        for line in stock.values():
            in_service.plus(line[at])
        assert caps.most(in_service) == 6 * (at + 1)
