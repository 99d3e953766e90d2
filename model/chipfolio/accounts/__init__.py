"""The accounts of a plan: profit and loss, balance view, commitments, unit cost, utilisation.

They move no decision. Everything here is plain arithmetic on a plan's own tables and the checked
workbook (contract §4, Accounts), one file per subject; each posts into one journal, where every
amount of cash is a cost of its period or a change of an item of the balance view. So the law of the
accounts holds for each posting by itself: cash = costs + closing balances − opening balances.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ..tables import World
from .assets import Asset, post_assets
from .commitments import commitments
from .deals import post_deals
from .journal import Journal
from .leases import post_leases
from .projects import post_programmes, post_sites
from .rebates import post_rebates
from .records import Records
from .running import post_running
from .statements import balance_view, profit_and_loss
from .supply import post_chips, post_setup
from .terms import post_fees
from .work import unit_cost, utilisation

__all__ = ["accounts", "book"]

Rows = list[dict[str, object]]


def book(records: Records) -> Journal:
    """The journal of one scenario: every posting of the plan."""
    journal = Journal(records.count)
    assets: list[Asset] = []
    post_chips(records, journal, assets)
    post_rebates(records, journal, assets)
    post_setup(records, journal, assets)
    post_sites(records, journal, assets)
    post_programmes(records, journal, assets)
    post_leases(records, journal)
    post_fees(records, journal)
    post_running(records, journal)
    grants = post_deals(records, journal)
    post_assets(records, journal, assets, grants)
    return journal


def accounts(world: World, plan: Mapping[str, Sequence[Mapping[str, object]]]) -> dict[str, Rows]:
    """The tables of the accounts of one scenario.

    ``plan`` holds the scenario's rows of each plan table by name.
    """
    records = Records(world, plan)
    journal = book(records)
    made: dict[str, Iterable[dict[str, object]]] = {
        "Profit and loss": profit_and_loss(records, journal),
        "Commitments": commitments(records),
        "Unit cost": unit_cost(records, journal),
        "Utilisation": utilisation(records),
        "Balance view": balance_view(records, journal),
    }
    return {table: list(rows) for table, rows in made.items()}
