"""Signing fees, spread over the time of their contract, and what missed minimums cost."""

from __future__ import annotations

from .journal import Journal
from .records import Records


def post_fees(records: Records, journal: Journal) -> None:
    """Fees paid at signature, and what is left of those paid before the plan."""
    contracts = records.world.by_name("Contracts")
    for name, row in contracts.items():
        had = records.so_far("Contracts", str(name), "prepaid_fee")
        if had and row["signing"] == "signed":
            journal.open("prepayments", had)
            spread(records, journal, had, max(row["signed_in"] or 0, 0), row)
    for shown in records.events("contract", "signed"):
        signed = records.at(shown["period"])
        fee = float(shown["money"] or 0.0)  # type: ignore[arg-type]
        if signed is not None and fee:
            journal.add("prepayments", signed, fee)
            spread(records, journal, fee, signed, contracts[str(shown["name"])])


def spread(records: Records, journal: Journal, fee: float, signed: int, row: dict) -> None:
    """A fee in equal parts over from … to, at the earliest from signature."""
    first = max(row["from"] or 0, signed)
    last = records.count - 1 if row["to"] is None else row["to"]
    last = max(last, first)
    for at in range(first, min(last, records.count - 1) + 1):
        part = fee / (last - first + 1)
        journal.depreciate("prepayments", at, part)
        journal.cost("contract_fees", at, part)
