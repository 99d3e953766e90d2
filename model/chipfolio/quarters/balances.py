"""Closing balances of the accounts before a period: the opening ones of the next workbook.

They are read off the audit's books of the plan, which know neither the model nor the roll. Of a
thing that the books hold as one of many, its part is found by keeping the books of it alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..contract.schema import SEPARATOR
from ..plan.audit import books as accounts
from ..plan.audit.books import Books, Layered
from ..plan.audit.discounts import Rebate
from ..plan.audit.lines import WorldCheck
from ..plan.audit.records import Batch, StageRun, Step
from ..plan.audit.terms import shown_milestones
from .counted import Counted

NOTHING = 1e-9


class Balances:
    """What each row of the next workbook stands at in the books when it begins [money]."""

    def __init__(self, check: WorldCheck, until: int) -> None:
        self.facts, self.given, self.until = check.facts, check.rebates, until
        found = Books(self.facts)
        by_batch = accounts.add_chips(found)
        accounts.add_rebates(found, by_batch, self.given)
        accounts.add_set_up(found)
        accounts.add_steps(found)
        accounts.add_stages(found, check.lines)
        grants = accounts.add_deals(found)
        accounts.run(found, {key: grant for key, grant in grants.items() if key[1] < until})
        closed = Books(self.facts)
        self.closed = accounts.add_chips(closed)
        over = [item for item in self.given if item.window.last < until]
        accounts.add_rebates(closed, self.closed, over)
        self.chips = by_batch
        sites = [asset for asset in found.assets if asset.item == "sites"]
        self.steps = {id(s): asset for s, asset in zip(self.facts.steps, sites, strict=True)}
        self.named = {(asset.item, asset.name): asset for asset in found.assets if asset.name}

    def worth(self, asset: Layered) -> float:
        """Value of an asset at the end of the last period before."""
        at = self.until - 1
        return asset.worth(at) * asset.factor * asset.stock(at)

    def of(self, thing: Batch | Step | StageRun) -> dict[str, float]:
        """book_value, and of leases lease_liability; empty where neither is told."""
        if isinstance(thing, Step):
            return {"book_value": self.worth(self.steps[id(thing)])}
        if isinstance(thing, StageRun):
            asset = self.named["programmes", f"{thing.programme} / {thing.stage}"]
            return {"book_value": self.worth(asset)}
        if thing.owned:
            if thing.arrival < self.until:
                return {"book_value": self.worth(self.chips[id(thing)])}
            had = sum(amount for _, amount in self.closed[id(thing)].layers)
            had -= thing.units * thing.price
            return {"book_value": had} if abs(had) > NOTHING else {}
        if thing.acquisition != "lease" or thing.arrival >= self.until:
            return {}
        with self.only(thing):
            found = Books(self.facts)
            accounts.add_leases(found)
        return {
            "book_value": self.closing(found, "right of use"),
            "lease_liability": -self.closing(found, "lease liability"),
        }

    @contextmanager
    def only(self, batch: Batch) -> Iterator[None]:
        """The facts as if one batch were all there is."""
        every, self.facts.batches = self.facts.batches, [batch]
        try:
            yield
        finally:
            self.facts.batches = every

    def closing(self, found: Books, item: str) -> float:
        """Balance of an item at the end of the last period before."""
        changes = sum(found.change[item, at] for at in range(self.until))
        return found.opening[item] + changes

    # ------------------------------------------------------------------ So far
    def so_far(self) -> Iterator[Counted]:
        """The measures of So far that are for the accounts."""
        for (item, name), asset in self.named.items():
            if item == "set-up":
                value = self.worth(asset)
                placed = asset.layers[-1][0] < self.until
                if placed and value > NOTHING:
                    yield Counted("Offers", name, "set_up_value", value)
        for item in self.given:
            if item.window.first < self.until <= item.window.last:
                amount = self.accrued(item)
                if abs(amount) > NOTHING:
                    yield Counted("Discounts", item.scheme.name, "accrued", amount)
        yield from self.fees()
        yield from self.received()

    def accrued(self, item: Rebate) -> float:
        """Rebate of an open window that lowered costs already."""
        balances = []
        for given in ([item], []):
            found = Books(self.facts)
            by_batch = accounts.add_chips(found)
            accounts.add_rebates(found, by_batch, given)
            balances.append(self.closing(found, "rebates to come"))
        return balances[0] - balances[1] + item.told.of("credited")

    def fees(self) -> Iterator[Counted]:
        """What is left of signing fees paid ahead."""
        facts = self.facts
        found = Books(facts)
        for row in map(dict, facts.world.rows("Contracts")):
            name = row["contract"]
            at = facts.signed.get(("contract", name), -1)
            if row["signing"] == "signed":
                paid = found.told("Contracts", name, "prepaid_fee")
            else:
                paid = (row["signing_fee"] or 0.0) if 0 <= at < self.until else 0.0
            first = max(row["from"] or 0, at, 0)
            last = max(first, facts.end - 1 if row["to"] is None else row["to"])
            over = min(max(self.until - first, 0), last - first + 1)
            left = paid * (1.0 - over / (last - first + 1))
            if left > NOTHING:
                yield Counted("Contracts", name, "prepaid_fee", left)

    def received(self) -> Iterator[Counted]:
        """Vendor shares held for milestones, or shares issued for them."""
        facts = self.facts
        found, paid = Books(facts), shown_milestones(facts)
        for row in map(dict, facts.world.rows("Deal milestones")):
            item = SEPARATOR.join((row["deal"], row["milestone"]))
            equity, ours = row["kind"] == "equity", row["account"] == "own_shares"
            had = found.told("Deal milestones", item, "received")
            for at, _ in paid.get((row["deal"], row["milestone"]), []):
                if at < self.until and (equity or ours):
                    had += row["value"] * (1.0 if equity else 1.0 - (row["haircut_pct"] or 0.0))
            if had > NOTHING:
                yield Counted("Deal milestones", item, "received", had)
