r"""Signing: which optional contracts and deals to sign, and from when they are in force.

Reads      Contracts, Deals   signing, first_signing, last_signing, signing_fee, from, to
           Contracts          requires
Decides    signs       signed in this period     [contract or deal, period]
Hands on   signed_by, in_force                   to orders, pricing, terms, milestones, shares
Pays       contract_fees

A contract that requires a software project, a programme or another contract is signed in t only
if the project is finished before t, the programme ready in t, or the contract signed by t. So a
price that a working second source earns is not had before the second source works.

Symbols    k contract or deal, t period, g signs, G signed by, which is in force in t
           R what k requires is finished, ready or signed by t
Source     contract §2 (Contracts, Deals), §3.7, §3.9; precedence between what has happened by a
           period, as in own silicon (Pritsker and Watters 1968)
"""

from __future__ import annotations

from dataclasses import dataclass

from ..tables import Row, World
from .linear import Linear, Once, Room
from .own_silicon import OwnSiliconDoor
from .software import SoftwareDoor


@dataclass(frozen=True)
class SigningDoor:
    """What signing hands on. Names of contracts and deals are unique together."""

    world: World
    contracts: dict[str, Row]
    deals: dict[str, Row]
    signs: Once

    def signed_by(self, name: str, at: int) -> Linear:
        """1 where it is signed by a period, that period included, and not withdrawn in it."""
        sheet = "Contracts" if name in self.contracts else "Deals"
        row = self.contracts.get(name) or self.deals.get(name)
        if row is None or self.world.removed(sheet, name, at):
            return Linear(0.0)
        if row["signing"] == "signed":
            return Linear(float((row["signed_in"] or 0) <= at))
        return self.signs.by(name, at)

    def can_be_signed_by(self, name: str, at: int) -> bool:
        """Whether it is signed by a period, or could be."""
        form = self.signed_by(name, at)
        return bool(form) or form.constant > 0

    def in_force(self, contract: str, at: int) -> Linear:
        """1 where a contract is signed by a period that lies in its from … to."""
        row = self.contracts[contract]
        first, last = row["from"], row["to"]
        if (first is not None and at < first) or (last is not None and at > last):
            return Linear(0.0)
        return self.signed_by(contract, at)


def add_signing(
    room: Room, world: World, software: SoftwareDoor, silicon: OwnSiliconDoor
) -> SigningDoor:
    """Furnish the room."""
    end = world.calendar.count
    contracts = {row["contract"]: row for row in world.rules("Contracts")}
    deals = {row["deal"]: row for row in world.rows("Deals") if row["signing"] != "no"}
    keys: dict[tuple[str, int], int] = {}
    for sheet, rows in (("Contracts", contracts), ("Deals", deals)):
        for name, row in rows.items():
            if row["signing"] != "optional":
                continue
            first = 0 if row["first_signing"] is None else max(row["first_signing"], 0)
            last = end - 1 if row["last_signing"] is None else min(row["last_signing"], end - 1)
            for at in range(first, last + 1):
                if not world.removed(sheet, name, at) and not lacks(world, row, at):
                    keys[name, at] = at
    signs = room.decide_once("signs", keys, "signed in this period [yes = 1]")
    payment = room.cost("contract_fees")
    for (name, at), variable in signs.items():
        if name in contracts:
            payment[at].add(contracts[name]["signing_fee"], variable)
    door = SigningDoor(world, contracts, deals, signs)
    waits = {}
    for name, at in keys:
        required = contracts[name]["requires"] if name in contracts else None
        if required:
            done = done_by(required, at, world, software, silicon, signs)
            if done or done.constant < 1.0:
                waits[name, at] = (None, signs.by(name, at).plus(done, -1.0), 0.0)
    room.require(
        "a_contract_waits_for_what_it_requires",
        waits,
        "a contract is signed only once what it requires is finished, ready or signed",
        r"G_{kt} \le R_{kt}",
    )
    return door


def lacks(world: World, row: Row, at: int) -> bool:
    """Whether the contract that a contract requires is withdrawn in a period."""
    return row.sheet == "Contracts" and world.removed("Contracts", row["requires"], at)


def done_by(
    required: str,
    at: int,
    world: World,
    software: SoftwareDoor,
    silicon: OwnSiliconDoor,
    signs: Once,
) -> Linear:
    """1 where a project is finished, a programme ready or a contract signed by a period.

    None of these ever ends, so that what was signed upon them once may stay signed.
    """
    if required in software.projects:
        return software.usable_by(required, at)
    if (required, at) in silicon.ready:
        return silicon.ready[required, at].times(1.0)
    row = world.by_name("Contracts")[required]
    if row["signing"] == "signed":
        return Linear(float(row["active"] and (row["signed_in"] or 0) <= at))
    return signs.by(required, at)
