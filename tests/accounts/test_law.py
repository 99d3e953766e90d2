"""The law of the accounts, on random worlds with every feature: cash = costs + change of balances."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chipfolio.accounts import accounts, book
from chipfolio.accounts.records import Records
from chipfolio.contract.statement import COSTS, ITEMS
from chipfolio.plan.audit.accounts import check_accounts
from chipfolio.plan.audit.books import books
from chipfolio.plan.audit.bound import check_commitments
from chipfolio.plan.audit.checks import Findings
from chipfolio.plan.audit.discounts import rebates
from chipfolio.plan.audit.payments import set_prices
from chipfolio.plan.audit.reading import read
from chipfolio.plan.audit.working import check_unit_cost, check_utilisation
from tests.accounts.worlds import Made, made

CENT = 0.005
many = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)


@many
@given(st.integers(0, 10**6))
def test_the_law_and_the_audit_in_every_period(seed):
    drawn = made(seed)
    keeps_the_law(drawn)
    agrees_with_the_audit(drawn)
    shares_out_every_cost(drawn)
    passes_the_audits_of_tables(drawn)


def passes_the_audits_of_tables(drawn: Made) -> None:
    """The audit recomputes each table of the accounts with code of its own."""
    drawn.plan.update(accounts(drawn.world, drawn.plan))
    findings = Findings()
    facts = read(drawn.world, drawn.plan, findings)
    set_prices(facts)
    found = books(facts, drawn.lines, rebates(facts))
    before = len(findings.checks())
    check_accounts(facts, drawn.lines, found)
    check_unit_cost(facts, found)
    check_utilisation(facts)
    check_commitments(facts)
    made_here = findings.checks()[before:]
    assert len(made_here) == 10, [check.check for check in made_here]
    assert not [f"{c.check}: {c.detail}" for c in made_here if not c.ok]


def keeps_the_law(drawn: Made) -> None:
    """Cash of each period is its costs and what its balances grow by."""
    journal = book(Records(drawn.world, drawn.plan))
    for at, cash in enumerate(drawn.cash):
        costs = sum(journal.line(line, at) for line in COSTS)
        change = sum(roll.change(at) for roll in journal.items.values())
        assert abs(cash - costs - change) < CENT, (at, cash, costs, change)


def agrees_with_the_audit(drawn: Made) -> None:
    """Every line and item is what the audit values layer by layer."""
    journal = book(Records(drawn.world, drawn.plan))
    audited = books(drawn.facts, drawn.lines, rebates(drawn.facts))
    for line in COSTS:
        for at in range(drawn.facts.end):
            mine, theirs = journal.line(line, at), audited.costs.get((line, at), 0.0)
            assert abs(mine - theirs) < CENT, (line, at, mine, theirs)
    for item in ITEMS:
        roll = journal.items[item]
        assert abs(roll.opening - audited.opening.get(item, 0.0)) < CENT, item
        for at in range(drawn.facts.end):
            mine, theirs = roll.change(at), audited.change.get((item, at), 0.0)
            assert abs(mine - theirs) < CENT, (item, at, mine, theirs)


def shares_out_every_cost(drawn: Made) -> None:
    """Unit cost adds up to Profit and loss, line by line; balances open as they closed."""
    tables = accounts(drawn.world, drawn.plan)
    left: dict[tuple[object, object], float] = defaultdict(float)
    for row in tables["Profit and loss"]:
        left[row["fiscal_year"], row["line"]] += row["amount"]
    for row in tables["Unit cost"]:
        left[row["fiscal_year"], row["line"]] -= row["amount"]
    assert all(abs(amount) < CENT for amount in left.values()), left
    closed: dict[object, float] = {}
    for row in tables["Balance view"]:
        rolled = row["opening"] + row["additions"] - row["depreciation"] - row["disposals"]
        assert abs(rolled - row["amount"]) < CENT
        assert abs(closed.get(row["item"], row["opening"]) - row["opening"]) < CENT
        closed[row["item"]] = row["amount"]
